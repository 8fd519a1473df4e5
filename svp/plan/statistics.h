/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PLAN_STATISTICS_H
#define LPARSIM_SVP_PLAN_STATISTICS_H

#include <glib.h>
#include <stdbool.h>

/*
 * The statistics of studies. Everything here is for reports: no figure of it reaches a machine that is simulated.
 */

/* Mean and variance of values that come one by one (Welford, "Note on a method for calculating corrected sums of squares and
 * products", Technometrics 4(3), 1962). All zero: no value yet. */
typedef struct {
    unsigned n;
    double mean, m2; /* m2: sum of the squared differences from the mean */
} SvpMoments;

void svp_moments_add(SvpMoments *moments, double value);
double svp_moments_variance(const SvpMoments *moments); /* with n - 1; 0 for less than two values */

/* The x that a standard normal variable is below with this probability; 0 < probability < 1 (asserted). */
double svp_plan_normal_quantile(double probability);
/* The same of Student's t with `freedom` > 0 degrees of freedom (both asserted). */
double svp_plan_t_quantile(double probability, unsigned freedom);

/* What replications say of a mean. */
typedef struct {
    double mean, half_width; /* half_width: INFINITY for one value */
    double low, high;        /* for one value both are the mean: there is no interval */
    unsigned n;
} SvpInterval;

/* By Student's t; n > 0 (asserted), 0 < confidence_percent < 100. */
SvpInterval svp_plan_interval(const SvpMoments *moments, double confidence_percent);
SvpInterval svp_plan_interval_of(const double *values, unsigned n, double confidence_percent);
/* Of b[i] - a[i]: what common random numbers are for. */
SvpInterval
svp_plan_paired_difference(const double *a, const double *b, unsigned n, double confidence_percent);
/* Of mean(b) - mean(a) where nothing pairs the values (Welch, Biometrika 34, 1947; degrees of freedom rounded down). Both have at
 * least two values (asserted). */
SvpInterval svp_plan_welch_difference(const SvpMoments *a, const SvpMoments *b, double confidence_percent);
/* Over the means of `n_batches` >= 2 equal batches of one long run; what does not fill a batch is left out at the beginning.
 * n >= n_batches (asserted). */
SvpInterval
svp_plan_batch_means(const double *values, unsigned n, unsigned n_batches, double confidence_percent);

/*
 * How many of the values belong to the warm-up, by the marginal standard error rule: the number d, at most half of all, for which
 * sum of (value - mean)^2 / m^2 over the m = n - d values behind it is least; the smallest of equals. MSER (White, "An effective truncation
 * heuristic for bias reduction in simulation output", Simulation 69(6), 1997).
 */
unsigned svp_plan_mser(const double *values, unsigned n);
/* MSER-5 (White, Cobb and Spratt, Winter Simulation Conference 2000): the same over means of five values; what does not fill a
 * five at the end is left out. The answer is in values, a multiple of five. */
unsigned svp_plan_mser5(const double *values, unsigned n);

#endif
