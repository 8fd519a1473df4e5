/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Distributions of durations: numbers that say which one, and variates made from them.
 *
 * Each kind is a row of a table of operations: how to make a variate, and what is computed for it beforehand. Parameters
 * are kept as the exact integers they were read as (nanoseconds, millionths), so that what is written reads back the same; what a
 * variate needs is computed from them once. Variates are made by inversion, of one random number each (two where a phase has to be
 * chosen first): they grow with the number, and two alternatives that draw from copies of a stream stay in step.
 *
 * What must hold: nothing changes after parsing; every variate is made by hv/float.h and exact operations only. Reading the text is
 * in hv/distribution-parse.c.
 */
#include "hv/distribution-private.h"
#include "hv/float.h"
#include "hv/normal.h"

#include <math.h>
#include <string.h>

/* --- Variates ------------------------------------------------------------------------------------------------- */

static HvTime to_time(double ns)
{
    return ns >= (double)HV_DISTRIBUTION_MAX_NS ? HV_DISTRIBUTION_MAX_NS : (HvTime)(ns + 0.5);
}

static HvTime draw_constant(const HvDistribution *distribution, HvRng *rng)
{
    (void)rng;
    return distribution->time_ns[0];
}

/* 1 - u is in (0, 1] and exact. */
static double draw_unit_exponential(HvRng *rng)
{
    return -hv_float_log(1 - hv_rng_unit(rng));
}

static HvTime draw_exponential(const HvDistribution *distribution, HvRng *rng)
{
    return to_time((double)distribution->time_ns[0] * draw_unit_exponential(rng));
}

static HvTime draw_hyperexponential(const HvDistribution *distribution, HvRng *rng)
{
    const HvHyperexponential *h = &distribution->hyperexponential;
    bool is_long = hv_rng_unit(rng) < h->long_probability;

    return to_time((is_long ? h->long_mean_ns : h->short_mean_ns) * draw_unit_exponential(rng));
}

static HvTime draw_lognormal(const HvDistribution *distribution, HvRng *rng)
{
    double p = hv_rng_unit(rng);
    double z = hv_normal_quantile(p > 0 ? p : 0x1p-54);

    return to_time(hv_float_exp(distribution->lognormal.mu + distribution->lognormal.sigma * z));
}

/* 1 - u (1 - (LOW/HIGH)^ALPHA) = (LOW/x)^ALPHA, solved for x. */
static HvTime draw_pareto(const HvDistribution *distribution, HvRng *rng)
{
    const HvPareto *pareto = &distribution->pareto;
    double beyond = 1 - hv_rng_unit(rng) * pareto->covered;
    HvTime x =
        to_time((double)distribution->time_ns[0] * hv_float_exp(-hv_float_log(beyond) / pareto->alpha));

    return CLAMP(x, distribution->time_ns[0], distribution->time_ns[1]);
}

/* The first point whose cumulated count is above a number below the sum of all. */
static HvTime draw_empirical(const HvDistribution *distribution, HvRng *rng)
{
    const HvEmpiricalPoint *points = distribution->points;
    uint64_t number = hv_rng_below(rng, points[distribution->n_points - 1].cumulated);
    unsigned low = 0, high = distribution->n_points - 1;

    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        if (points[middle].cumulated > number)
            high = middle;
        else
            low = middle + 1;
    }
    return points[low].value_ns;
}

/* --- Moments and what variates need --------------------------------------------------------------------------- */

static void prepare_constant(HvDistribution *distribution)
{
    distribution->mean_ns = (double)distribution->time_ns[0];
    distribution->cs2 = 0;
}

static void prepare_exponential(HvDistribution *distribution)
{
    distribution->mean_ns = (double)distribution->time_ns[0];
    distribution->cs2 = 1;
}

static void prepare_given(HvDistribution *distribution)
{
    distribution->mean_ns = (double)distribution->time_ns[0];
    distribution->cs2 = (double)distribution->millionths / 1e6;
}

/*
 * Balanced means: both phases contribute half of the mean, p1 m1 = p2 m2 = mean/2, with p = (1 -+ r) / 2, r = sqrt((c-1)/(c+1))
 * (Whitt, "Approximating a point process by a renewal process", Operations Research 30(1), 1982). 1 - r = (1 - r^2) / (1 + r)
 * keeps the digits of a small probability.
 */
static void prepare_hyperexponential(HvDistribution *distribution)
{
    prepare_given(distribution);
    double c = distribution->cs2, r = sqrt((c - 1) / (c + 1)), p = 1 / ((c + 1) * (1 + r));

    distribution->hyperexponential = (HvHyperexponential){
        .long_probability = p,
        .long_mean_ns = distribution->mean_ns / (2 * p),
        .short_mean_ns = distribution->mean_ns / (2 * (1 - p)),
    };
}

/* cs2 = exp(sigma^2) - 1, mean = exp(mu + sigma^2/2). */
static void prepare_lognormal(HvDistribution *distribution)
{
    prepare_given(distribution);
    double variance = hv_float_log(1 + distribution->cs2);

    distribution->lognormal = (HvLognormal){
        .mu = hv_float_log(distribution->mean_ns) - variance / 2,
        .sigma = sqrt(variance),
    };
}

/* (1 - exp(-z)) / z, for small z by its series. */
static double covered_of(double z)
{
    if (z > -1e-3 && z < 1e-3)
        return 1 - z / 2 * (1 - z / 3 * (1 - z / 4 * (1 - z / 5)));
    return (1 - hv_float_exp(-z)) / z;
}

/* log(b / a) for a <= b: near 1 from the difference, which the integers give exactly. */
static double log_ratio(HvTime a, HvTime b)
{
    double d = (double)(b - a) / (double)a;

    if (d < 1e-3)
        return d * (1 - d * (1.0 / 2 - d * (1.0 / 3 - d * (1.0 / 4 - d / 5))));
    return hv_float_log((double)b / (double)a);
}

/*
 * E[(X/LOW)^k] = ALPHA / (1 - h^-ALPHA) * (1 - h^(k-ALPHA)) / (ALPHA - k) with h = HIGH/LOW. Written with l = log h and
 * g(z) = (1 - exp(-z)) / z it is g((ALPHA - k) l) / g(ALPHA l), which has no gap at ALPHA = k and none at h = 1.
 */
static void prepare_pareto(HvDistribution *distribution)
{
    double alpha = (double)distribution->millionths / 1e6;
    double l = log_ratio(distribution->time_ns[0], distribution->time_ns[1]);
    double first = covered_of((alpha - 1) * l) / covered_of(alpha * l);
    double second = covered_of((alpha - 2) * l) / covered_of(alpha * l);

    distribution->mean_ns = (double)distribution->time_ns[0] * first;
    distribution->cs2 = MAX(second / (first * first) - 1, 0);
    distribution->pareto = (HvPareto){.alpha = alpha, .covered = MIN(alpha * l * covered_of(alpha * l), 1)};
}

static void prepare_empirical(HvDistribution *distribution)
{
    const HvEmpiricalPoint *points = distribution->points;
    double total = (double)points[distribution->n_points - 1].cumulated, mean = 0, variance = 0;

    for (unsigned i = 0; i < distribution->n_points; i++)
        mean += (double)points[i].value_ns * ((double)points[i].count / total);
    for (unsigned i = 0; i < distribution->n_points; i++) {
        double away = (double)points[i].value_ns - mean;
        variance += away * away * ((double)points[i].count / total);
    }
    distribution->mean_ns = mean;
    distribution->cs2 = mean > 0 ? variance / (mean * mean) : 0;
}

/* --- The kinds ------------------------------------------------------------------------------------------------ */

static const struct {
    HvTime (*draw)(const HvDistribution *distribution, HvRng *rng);
    void (*prepare)(HvDistribution *distribution);
} kinds[] = {
    [HV_DISTRIBUTION_CONSTANT] = {draw_constant, prepare_constant},
    [HV_DISTRIBUTION_EXPONENTIAL] = {draw_exponential, prepare_exponential},
    [HV_DISTRIBUTION_HYPEREXPONENTIAL] = {draw_hyperexponential, prepare_hyperexponential},
    [HV_DISTRIBUTION_LOGNORMAL] = {draw_lognormal, prepare_lognormal},
    [HV_DISTRIBUTION_PARETO] = {draw_pareto, prepare_pareto},
    [HV_DISTRIBUTION_EMPIRICAL] = {draw_empirical, prepare_empirical},
};

HvDistribution *hv_distribution_new(HvDistributionKind kind)
{
    HvDistribution *distribution = g_new0(HvDistribution, 1);

    g_assert(kind < G_N_ELEMENTS(kinds));
    distribution->references = 1;
    distribution->kind = kind;
    return distribution;
}

void hv_distribution_prepare(HvDistribution *distribution)
{
    kinds[distribution->kind].prepare(distribution);
}

HvTime hv_distribution_draw(const HvDistribution *distribution, HvRng *rng)
{
    return kinds[distribution->kind].draw(distribution, rng);
}

HvDistribution *hv_distribution_constant(HvTime value_ns)
{
    HvDistribution *distribution = hv_distribution_new(HV_DISTRIBUTION_CONSTANT);

    g_assert(value_ns <= HV_DISTRIBUTION_MAX_NS);
    distribution->time_ns[0] = value_ns;
    hv_distribution_prepare(distribution);
    return distribution;
}

HvDistribution *hv_distribution_ref(HvDistribution *distribution)
{
    g_atomic_int_inc(&distribution->references);
    return distribution;
}

void hv_distribution_unref(HvDistribution *distribution)
{
    if (!distribution || !g_atomic_int_dec_and_test(&distribution->references))
        return;
    g_free(distribution->file);
    g_free(distribution->points);
    g_free(distribution);
}

static bool points_equal(const HvDistribution *a, const HvDistribution *b)
{
    for (unsigned i = 0; i < a->n_points && i < b->n_points; i++)
        if (a->points[i].value_ns != b->points[i].value_ns || a->points[i].count != b->points[i].count)
            return false;
    return a->n_points == b->n_points;
}

bool hv_distribution_equal(const HvDistribution *a, const HvDistribution *b)
{
    return a->kind == b->kind && a->time_ns[0] == b->time_ns[0] && a->time_ns[1] == b->time_ns[1] &&
           a->millionths == b->millionths && g_strcmp0(a->file, b->file) == 0 && points_equal(a, b);
}

HvDistributionKind hv_distribution_kind(const HvDistribution *distribution)
{
    return distribution->kind;
}

double hv_distribution_mean_ns(const HvDistribution *distribution)
{
    return distribution->mean_ns;
}

double hv_distribution_cs2(const HvDistribution *distribution)
{
    return distribution->cs2;
}
