/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The statistics of studies: intervals over replications, paired differences, batch means, warm-up.
 *
 * Quantiles are found by bisection on distribution functions that have exact series: for the normal distribution formula 26.2.11 and
 * for Student's t with whole degrees of freedom formulas 26.7.3 and 26.7.4 of Abramowitz and Stegun, Handbook of Mathematical
 * Functions (1964). All terms of the series are positive, so nothing cancels, and there is no table and no fitted coefficient
 * that could be mistyped. A quantile takes some microseconds, which nobody waits for.
 */
#include "svp/plan/statistics.h"

#include <math.h>

#define BISECTIONS 200

void svp_moments_add(SvpMoments *moments, double value)
{
    double off = value - moments->mean;

    moments->n++;
    moments->mean += off / moments->n;
    moments->m2 += off * (value - moments->mean);
}

double svp_moments_variance(const SvpMoments *moments)
{
    return moments->n < 2 ? 0.0 : moments->m2 / (moments->n - 1);
}

/* --- Quantiles ------------------------------------------------------------------------------------------ */

/* P(0 < X < x) for x >= 0: x + x^3/3 + x^5/(3*5) + ... times the density. */
static double normal_above_middle(double x)
{
    double term = x, sum = x;

    if (x > 9.0) /* 1e-19 of the distribution is further away */
        return 0.5;
    for (unsigned k = 1; term > sum * 1e-18; k++) {
        term *= x * x / (2 * k + 1);
        sum += term;
    }
    return sum * exp(-x * x / 2) / sqrt(2 * G_PI);
}

/* P(0 < T < x) for x >= 0. */
static double t_above_middle(double x, unsigned freedom)
{
    double theta = atan(x / sqrt(freedom)), cos2 = freedom / (freedom + x * x);
    double cosine = sqrt(cos2), sine = x / sqrt(freedom + x * x);
    bool odd = freedom % 2 == 1;
    double term = odd ? cosine : 1.0, sum = 0.0;

    for (unsigned k = odd ? 3 : 2; k <= freedom; k += 2) {
        sum += term;
        term *= cos2 * (k - 1) / k;
    }
    return odd ? (theta + sine * sum) / G_PI : sine * sum / 2;
}

/* freedom 0: the normal distribution. */
static double above_middle(double x, unsigned freedom)
{
    return freedom == 0 ? normal_above_middle(x) : t_above_middle(x, freedom);
}

static double quantile(double probability, unsigned freedom)
{
    g_assert(probability > 0.0 && probability < 1.0);
    double wanted = fabs(probability - 0.5), low = 0.0, high = 1.0;

    while (above_middle(high, freedom) < wanted && high < 1e18)
        high *= 2;
    for (unsigned i = 0; i < BISECTIONS && low < high; i++) {
        double middle = low + (high - low) / 2;

        if (middle <= low || middle >= high)
            break;
        if (above_middle(middle, freedom) < wanted)
            low = middle;
        else
            high = middle;
    }
    return probability < 0.5 ? -high : high;
}

double svp_plan_normal_quantile(double probability)
{
    return probability == 0.5 ? 0.0 : quantile(probability, /* freedom= */ 0);
}

double svp_plan_t_quantile(double probability, unsigned freedom)
{
    g_assert(freedom > 0);
    return probability == 0.5 ? 0.0 : quantile(probability, freedom);
}

/* --- Intervals ------------------------------------------------------------------------------------------ */

static SvpInterval interval(double mean, double standard_error, unsigned freedom, double confidence_percent)
{
    g_assert(confidence_percent > 0.0 && confidence_percent < 100.0);
    double t = svp_plan_t_quantile(0.5 + confidence_percent / 200.0, freedom), half = t * standard_error;

    return (SvpInterval){.mean = mean, .half_width = half, .low = mean - half, .high = mean + half};
}

SvpInterval svp_plan_interval(const SvpMoments *moments, double confidence_percent)
{
    g_assert(moments->n > 0);
    if (moments->n == 1)
        return (SvpInterval){
            .mean = moments->mean,
            .half_width = INFINITY,
            .low = moments->mean,
            .high = moments->mean,
            .n = 1,
        };
    SvpInterval found = interval(
        moments->mean, sqrt(svp_moments_variance(moments) / moments->n), moments->n - 1, confidence_percent);

    found.n = moments->n;
    return found;
}

SvpInterval svp_plan_interval_of(const double *values, unsigned n, double confidence_percent)
{
    SvpMoments moments = {0};

    for (unsigned i = 0; i < n; i++)
        svp_moments_add(&moments, values[i]);
    return svp_plan_interval(&moments, confidence_percent);
}

SvpInterval
svp_plan_paired_difference(const double *a, const double *b, unsigned n, double confidence_percent)
{
    SvpMoments moments = {0};

    for (unsigned i = 0; i < n; i++)
        svp_moments_add(&moments, b[i] - a[i]);
    return svp_plan_interval(&moments, confidence_percent);
}

SvpInterval svp_plan_welch_difference(const SvpMoments *a, const SvpMoments *b, double confidence_percent)
{
    g_assert(a->n > 1 && b->n > 1);
    double from_a = svp_moments_variance(a) / a->n, from_b = svp_moments_variance(b) / b->n;
    double both = from_a + from_b;
    double freedom = both > 0.0 ? both * both / (from_a * from_a / (a->n - 1) + from_b * from_b / (b->n - 1))
                                : a->n + b->n - 2;
    SvpInterval found =
        interval(b->mean - a->mean, sqrt(both), MAX(1, (unsigned)freedom), confidence_percent);

    found.n = MIN(a->n, b->n);
    return found;
}

SvpInterval
svp_plan_batch_means(const double *values, unsigned n, unsigned n_batches, double confidence_percent)
{
    g_assert(n_batches >= 2 && n >= n_batches);
    unsigned size = n / n_batches, first = n % n_batches;
    SvpMoments moments = {0};

    for (unsigned b = 0; b < n_batches; b++) {
        SvpMoments batch = {0};

        for (unsigned i = 0; i < size; i++)
            svp_moments_add(&batch, values[first + b * size + i]);
        svp_moments_add(&moments, batch.mean);
    }
    return svp_plan_interval(&moments, confidence_percent);
}

/* --- Warm-up -------------------------------------------------------------------------------------------- */

/* From the last value backwards, so that each d takes one step. */
unsigned svp_plan_mser(const double *values, unsigned n)
{
    SvpMoments behind = {0};
    double least = INFINITY;
    unsigned best = 0;

    for (unsigned d = n; d-- > 0;) {
        svp_moments_add(&behind, values[d]);
        if (d > n / 2)
            continue;
        double error = behind.m2 / ((double)behind.n * behind.n);

        if (error <= least) {
            least = error;
            best = d;
        }
    }
    return best;
}

unsigned svp_plan_mser5(const double *values, unsigned n)
{
    unsigned n_fives = n / 5;
    g_autofree double *means = g_new(double, n_fives + 1);

    for (unsigned i = 0; i < n_fives; i++) {
        SvpMoments five = {0};

        for (unsigned k = 0; k < 5; k++)
            svp_moments_add(&five, values[5 * i + k]);
        means[i] = five.mean;
    }
    return 5 * svp_plan_mser(means, n_fives);
}
