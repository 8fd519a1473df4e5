/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Counts of durations by size, in bounded memory.
 *
 * The idea is that of Gil Tene's HdrHistogram: a value is put in a bucket by its leading bits. Group 0 has a bucket for each value
 * below 128; group g > 0 has the values from 2^(g+6) up to 2^(g+7), in 128 buckets of 2^(g-1) values each. So a bucket is at most
 * 1/128 of its values wide, and its middle is within 0.4 % of each of them. A group is allocated when its first value comes: 58
 * groups of 1 KiB at the most.
 *
 * What must hold: the counts of all buckets add up to `count`; if there is a value, least <= greatest, and no value lies outside.
 * A bucket stands for its middle, but never for less than the least or more than the greatest value, so that no quantile is above
 * the maximum that is printed beside it.
 */
#include "hv/histogram.h"

#include "hv/codec.h"

#define GROUP_BITS    7u
#define GROUP_BUCKETS (1u << GROUP_BITS)
#define N_GROUPS      (64u - GROUP_BITS + 1u)
#define N_BUCKETS     (N_GROUPS * GROUP_BUCKETS)

__extension__ typedef unsigned __int128 WideSum;

struct HvHistogram {
    uint64_t *groups[N_GROUPS]; /* GROUP_BUCKETS counts each; NULL: all are 0 */
    uint64_t count;
    WideSum sum_ns;
    HvTime least_ns, greatest_ns; /* of no meaning while count is 0 */
};

HvHistogram *hv_histogram_new(void)
{
    return g_new0(HvHistogram, 1);
}

void hv_histogram_free(HvHistogram *histogram)
{
    for (unsigned g = 0; histogram && g < N_GROUPS; g++)
        g_free(histogram->groups[g]);
    g_free(histogram);
}

HvHistogram *hv_histogram_copy(const HvHistogram *histogram)
{
    HvHistogram *copy = g_memdup2(histogram, sizeof *histogram);

    for (unsigned g = 0; g < N_GROUPS; g++)
        copy->groups[g] = g_memdup2(histogram->groups[g], GROUP_BUCKETS * sizeof(uint64_t));
    return copy;
}

/* --- Buckets, numbered from 0 through all groups -------------------------------------------------------------- */

static unsigned bucket_of(HvTime value_ns)
{
    if (value_ns < GROUP_BUCKETS)
        return (unsigned)value_ns;
    unsigned leading_bit = 63u - (unsigned)__builtin_clzll(value_ns);
    unsigned group = leading_bit - GROUP_BITS + 1u;

    /* The leading bit is dropped by taking the rest modulo the number of buckets. */
    return group * GROUP_BUCKETS + (unsigned)(value_ns >> (group - 1u)) % GROUP_BUCKETS;
}

static HvTime middle_of(unsigned bucket)
{
    unsigned group = bucket / GROUP_BUCKETS, index = bucket % GROUP_BUCKETS;

    if (group == 0)
        return index;
    uint64_t low = (uint64_t)(GROUP_BUCKETS + index) << (group - 1u);

    return low + (UINT64_C(1) << (group - 1u)) / 2;
}

static uint64_t count_in(const HvHistogram *histogram, unsigned bucket)
{
    const uint64_t *group = histogram->groups[bucket / GROUP_BUCKETS];

    return group ? group[bucket % GROUP_BUCKETS] : 0;
}

/* The value that a bucket with something in it stands for. */
static HvTime value_of(const HvHistogram *histogram, unsigned bucket)
{
    return CLAMP(middle_of(bucket), histogram->least_ns, histogram->greatest_ns);
}

static uint64_t *group_to_write(HvHistogram *histogram, unsigned group)
{
    if (G_UNLIKELY(!histogram->groups[group]))
        histogram->groups[group] = g_new0(uint64_t, GROUP_BUCKETS);
    return histogram->groups[group];
}

/* The range with [least_ns, greatest_ns] in it, when something is about to be added to it. */
static void widen(HvHistogram *histogram, HvTime least_ns, HvTime greatest_ns)
{
    bool empty = histogram->count == 0;

    histogram->least_ns = empty ? least_ns : MIN(histogram->least_ns, least_ns);
    histogram->greatest_ns = empty ? greatest_ns : MAX(histogram->greatest_ns, greatest_ns);
}

/* --- What changes it ------------------------------------------------------------------------------------------ */

void hv_histogram_add(HvHistogram *histogram, HvTime value_ns)
{
    unsigned bucket = bucket_of(value_ns);

    group_to_write(histogram, bucket / GROUP_BUCKETS)[bucket % GROUP_BUCKETS]++;
    widen(histogram, value_ns, value_ns);
    histogram->count++;
    histogram->sum_ns += value_ns;
}

void hv_histogram_merge(HvHistogram *histogram, const HvHistogram *other)
{
    if (other->count == 0)
        return;
    widen(histogram, other->least_ns, other->greatest_ns);
    for (unsigned g = 0; g < N_GROUPS; g++) {
        uint64_t *counts = other->groups[g] ? group_to_write(histogram, g) : NULL;
        for (unsigned i = 0; counts && i < GROUP_BUCKETS; i++)
            counts[i] += other->groups[g][i];
    }
    histogram->count += other->count;
    histogram->sum_ns += other->sum_ns;
}

/* The range of what is left, as near as the buckets tell. */
static void narrow(HvHistogram *histogram)
{
    unsigned first = 0, last = N_BUCKETS - 1;

    if (histogram->count == 0)
        return;
    while (count_in(histogram, first) == 0)
        first++;
    while (count_in(histogram, last) == 0)
        last--;
    HvTime least_ns = value_of(histogram, first), greatest_ns = value_of(histogram, last);

    histogram->least_ns = least_ns;
    histogram->greatest_ns = greatest_ns;
}

void hv_histogram_subtract(HvHistogram *histogram, const HvHistogram *earlier)
{
    g_assert(histogram->count >= earlier->count && histogram->sum_ns >= earlier->sum_ns);
    for (unsigned g = 0; g < N_GROUPS; g++) {
        if (!earlier->groups[g])
            continue;
        uint64_t *counts = group_to_write(histogram, g);
        for (unsigned i = 0; i < GROUP_BUCKETS; i++) {
            g_assert(counts[i] >= earlier->groups[g][i]);
            counts[i] -= earlier->groups[g][i];
        }
    }
    histogram->count -= earlier->count;
    histogram->sum_ns -= earlier->sum_ns;
    narrow(histogram);
}

/* --- What is read from it ------------------------------------------------------------------------------------- */

size_t hv_histogram_bytes(const HvHistogram *histogram)
{
    size_t bytes = sizeof(*histogram);

    for (unsigned g = 0; g < N_GROUPS; g++)
        bytes += histogram->groups[g] ? GROUP_BUCKETS * sizeof(uint64_t) : 0;
    return bytes;
}

uint64_t hv_histogram_count(const HvHistogram *histogram)
{
    return histogram->count;
}

HvTime hv_histogram_sum_ns(const HvHistogram *histogram)
{
    return (HvTime)MIN(histogram->sum_ns, UINT64_MAX);
}

HvTime hv_histogram_least_ns(const HvHistogram *histogram)
{
    return histogram->count > 0 ? histogram->least_ns : 0;
}

HvTime hv_histogram_greatest_ns(const HvHistogram *histogram)
{
    return histogram->count > 0 ? histogram->greatest_ns : 0;
}

double hv_histogram_mean_ns(const HvHistogram *histogram)
{
    return histogram->count > 0 ? (double)histogram->sum_ns / (double)histogram->count : 0;
}

/* Nearest rank: the least whole number, from 1, that is not below percent % of `count`. */
static uint64_t rank_of(uint64_t count, double percent)
{
    double wanted = percent * (double)count / 100;
    uint64_t rank = wanted >= (double)count ? count : (uint64_t)wanted;

    if ((double)rank < wanted)
        rank++;
    return CLAMP(rank, 1, count);
}

HvTime hv_histogram_quantile_ns(const HvHistogram *histogram, double percent)
{
    g_assert(percent >= 0 && percent <= 100);
    if (histogram->count == 0)
        return 0;
    uint64_t rank = rank_of(histogram->count, percent), seen = 0;

    for (unsigned bucket = 0; bucket < N_BUCKETS; bucket++) {
        seen += count_in(histogram, bucket);
        if (seen >= rank)
            return value_of(histogram, bucket);
    }
    g_assert_not_reached(); /* the counts add up to `count` */
}

uint64_t hv_histogram_count_up_to(const HvHistogram *histogram, HvTime value_ns)
{
    uint64_t seen = 0;

    for (unsigned bucket = 0; bucket <= bucket_of(value_ns); bucket++) {
        uint64_t count = count_in(histogram, bucket);
        if (count > 0 && value_of(histogram, bucket) <= value_ns)
            seen += count;
    }
    return seen;
}

/* --- Written down and read back ------------------------------------------------------------------------------- */

static void group_codec(HvHistogram *histogram, unsigned group, HvCodec *codec)
{
    bool any = histogram->groups[group] != NULL;

    hv_codec_bool(codec, &any);
    if (!any)
        return;
    uint64_t *counts = group_to_write(histogram, group);

    for (unsigned i = 0; i < GROUP_BUCKETS; i++)
        hv_codec_u64(codec, &counts[i]);
}

/* The count follows from the buckets; the range must lie in the outermost of them. */
static void complete(HvHistogram *histogram, HvCodec *codec)
{
    unsigned first = N_BUCKETS, last = 0;

    histogram->count = 0;
    for (unsigned bucket = 0; bucket < N_BUCKETS; bucket++) {
        uint64_t count = count_in(histogram, bucket);

        if (count == 0)
            continue;
        if (__builtin_add_overflow(histogram->count, count, &histogram->count))
            hv_codec_fail(codec, "there are too many values");
        first = MIN(first, bucket);
        last = bucket;
    }
    if (histogram->count > 0 &&
        (histogram->least_ns > histogram->greatest_ns || bucket_of(histogram->least_ns) != first ||
         bucket_of(histogram->greatest_ns) != last))
        hv_codec_fail(codec, "the least or the greatest value is not among the others");
}

void hv_histogram_codec(HvHistogram *histogram, HvCodec *codec)
{
    uint64_t low = (uint64_t)histogram->sum_ns, high = (uint64_t)(histogram->sum_ns >> 64);

    hv_codec_begin(codec, "histogram", 1);
    for (unsigned group = 0; group < N_GROUPS; group++)
        group_codec(histogram, group, codec);
    hv_codec_u64(codec, &low);
    hv_codec_u64(codec, &high);
    hv_codec_u64(codec, &histogram->least_ns);
    hv_codec_u64(codec, &histogram->greatest_ns);
    histogram->sum_ns = (WideSum)high << 64 | low;
    if (hv_codec_reads(codec))
        complete(histogram, codec);
    hv_codec_end(codec);
}
