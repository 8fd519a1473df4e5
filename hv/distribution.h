/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_DISTRIBUTION_H
#define LPARSIM_HV_DISTRIBUTION_H

#include "hv/quantity.h"
#include "hv/rng.h"

/*
 * Distributions of durations, as text and as numbers. MEAN, LOW, HIGH are durations, CS2 the squared coefficient of variation
 * (variance / mean^2), ALPHA a decimal.
 *
 *   MEAN                          constant: "5ms", the same as "constant 5ms"
 *   exponential MEAN
 *   hyperexponential MEAN CS2     two phases with balanced means; 1 < CS2 <= 10^6
 *   lognormal MEAN CS2            0 < CS2 <= 10^6
 *   pareto ALPHA LOW HIGH         bounded Pareto; 0 < ALPHA <= 10, LOW < HIGH
 *   empirical VALUE[:COUNT] ...   each VALUE with probability COUNT / sum (COUNT 1 unless given)
 *   empirical FILE                the same from a file, one VALUE [COUNT] a line, '#' begins a comment; a FILE that begins with
 *                                 a digit is written ./FILE
 *
 * Durations are at most HV_DISTRIBUTION_MAX_NS, and above 0 but for constant and empirical; decimals have at most six digits behind
 * the point. Of a distribution beyond HV_DISTRIBUTION_MAX_NS what is above is cut off, which mean and CS2 do not show.
 */
typedef enum {
    HV_DISTRIBUTION_CONSTANT,
    HV_DISTRIBUTION_EXPONENTIAL,
    HV_DISTRIBUTION_HYPEREXPONENTIAL,
    HV_DISTRIBUTION_LOGNORMAL,
    HV_DISTRIBUTION_PARETO,
    HV_DISTRIBUTION_EMPIRICAL,
} HvDistributionKind;

/* Immutable once parsed, so copies may be shared between threads. */
typedef struct HvDistribution HvDistribution;

/*
 * NULL with HV_ERROR_WORKLOAD; the message quotes what is wrong and says what is accepted. `directory`: names of files are
 * relative to it; NULL: to the working directory.
 */
HvDistribution *hv_distribution_parse(const char *text, const char *directory, GError **error);
HvDistribution *hv_distribution_constant(HvTime value_ns);
HvDistribution *hv_distribution_ref(HvDistribution *distribution);
void hv_distribution_unref(HvDistribution *distribution); /* NULL is allowed */
/* The canonical text, which parses to the same distribution; free with g_free(). */
char *hv_distribution_format(const HvDistribution *distribution);
bool hv_distribution_equal(const HvDistribution *a, const HvDistribution *b);
HvDistributionKind hv_distribution_kind(const HvDistribution *distribution);
double hv_distribution_mean_ns(const HvDistribution *distribution);
double hv_distribution_cs2(const HvDistribution *distribution);
/* One variate, rounded to whole nanoseconds, at most HV_DISTRIBUTION_MAX_NS; the same bits on every machine. */
HvTime hv_distribution_draw(const HvDistribution *distribution, HvRng *rng);
#define HV_DISTRIBUTION_MAX_NS (366 * 24 * 3600 * HV_NS_PER_S)

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvDistribution, hv_distribution_unref)

#endif
