/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_HISTOGRAM_H
#define LPARSIM_HV_HISTOGRAM_H

#include "hv/quantity.h"

/*
 * How often durations of which size were seen: counts in buckets that are as wide as 1/128 of their value (the layout of Tene's
 * HdrHistogram), so that a quantile is within 0.8 % of the exact one, in memory that is allocated once per power of two that was
 * seen and at most 58 KiB, however many values there are. Values below 256 ns are exact; sum, least and greatest are exact.
 */
typedef struct HvHistogram HvHistogram;
typedef struct HvCodec HvCodec; /* hv/codec.h */

HvHistogram *hv_histogram_new(void);
void hv_histogram_free(HvHistogram *histogram); /* NULL is allowed */
HvHistogram *hv_histogram_copy(const HvHistogram *histogram);
void hv_histogram_add(HvHistogram *histogram, HvTime value_ns);
void hv_histogram_merge(HvHistogram *histogram, const HvHistogram *other);
/* Takes off what an earlier copy of the same histogram had seen (asserted bucket by bucket); least and greatest are then those of
 * the buckets that are left, within 0.8 %. */
void hv_histogram_subtract(HvHistogram *histogram, const HvHistogram *earlier);
size_t hv_histogram_bytes(const HvHistogram *histogram); /* of memory that it takes now */
uint64_t hv_histogram_count(const HvHistogram *histogram);
HvTime hv_histogram_sum_ns(const HvHistogram *histogram);      /* at most 2^64 - 1: 584 years */
HvTime hv_histogram_least_ns(const HvHistogram *histogram);    /* 0 if empty */
HvTime hv_histogram_greatest_ns(const HvHistogram *histogram); /* 0 if empty */
double hv_histogram_mean_ns(const HvHistogram *histogram);     /* 0 if empty */
/* The value that `percent` (0 .. 100, asserted) of all are not above, nearest rank, as the middle of its bucket, but never
 * outside least .. greatest; 0 if empty. */
HvTime hv_histogram_quantile_ns(const HvHistogram *histogram, double percent);
/* How many are not above value_ns, by bucket (a bucket counts if what it stands for, as above, is not above). */
uint64_t hv_histogram_count_up_to(const HvHistogram *histogram, HvTime value_ns);

/* All of it, into an empty one. */
void hv_histogram_codec(HvHistogram *histogram, HvCodec *codec);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvHistogram, hv_histogram_free)

#endif
