/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The statistics of studies, against printed tables and closed forms. */
#include "svp/plan/statistics.h"

#include "hv/rng.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

/* Printed tables: Abramowitz and Stegun, tables 26.5 and 26.10; more digits where there is a closed form. */
static const struct {
    double probability;
    unsigned freedom; /* 0: normal */
    double quantile, tolerance;
} quantiles[] = {
    {0.5, 0, 0.0, 0.0},
    {0.8413447460685429, 0, 1.0, 1e-12},
    {0.9772498680518208, 0, 2.0, 1e-11},
    {0.975, 0, 1.959963984540054, 1e-13},
    {0.995, 0, 2.575829303548901, 1e-13},
    {0.025, 0, -1.959963984540054, 1e-13},
    {0.999999, 0, 4.753424308822899, 1e-10},
    {0.5, 7, 0.0, 0.0},
    {0.75, 1, 1.0, 1e-13},                 /* tan(pi/4) */
    {0.975, 1, 12.706204736174698, 1e-11}, /* tan(0.475 pi) */
    {0.995, 1, 63.65674116287399, 1e-9},   /* tan(0.495 pi) */
    {0.975, 2, 4.302652729749462, 1e-12},  /* 2a sqrt(2 / (1 - 4a^2)) with a = p - 1/2 */
    {0.95, 3, 2.353, 5e-4},
    {0.975, 4, 2.776, 5e-4},
    {0.975, 5, 2.571, 5e-4},
    {0.975, 9, 2.262, 5e-4},
    {0.025, 9, -2.262, 5e-4},
    {0.995, 9, 3.250, 5e-4},
    {0.99, 10, 2.764, 5e-4},
    {0.995, 19, 2.861, 5e-4},
    {0.995, 29, 2.756, 5e-4},
    {0.975, 30, 2.042, 5e-4},
    {0.975, 120, 1.980, 5e-4},
    {0.9995, 60, 3.460, 5e-4},
};

START_TEST(quantile_is_in_the_table)
{
    double found = quantiles[_i].freedom == 0
                       ? svp_plan_normal_quantile(quantiles[_i].probability)
                       : svp_plan_t_quantile(quantiles[_i].probability, quantiles[_i].freedom);

    ck_assert_double_eq_tol(found, quantiles[_i].quantile, quantiles[_i].tolerance + 1e-300);
}
END_TEST

START_TEST(t_becomes_normal)
{
    /* t = z + (z^3 + z) / (4 v) + ...: A&S 26.7.5 */
    double z = svp_plan_normal_quantile(0.975);

    ck_assert_double_eq_tol(svp_plan_t_quantile(0.975, 100000), z + (z * z * z + z) / 400000.0, 1e-8);
}
END_TEST

START_TEST(moments_do_not_cancel)
{
    /* 1e9 + {4, 7, 13, 16}: mean 1e9 + 10, variance ((-6)^2 + 3^2 + 3^2 + 6^2) / 3 = 30 */
    const double values[] = {4, 7, 13, 16};
    SvpMoments moments = {0};

    for (unsigned i = 0; i < 4; i++)
        svp_moments_add(&moments, 1e9 + values[i]);
    ck_assert_double_eq(moments.mean, 1e9 + 10);
    ck_assert_double_eq(svp_moments_variance(&moments), 30.0);
}
END_TEST

START_TEST(interval_is_students)
{
    /* 1 2 3 4 5: mean 3, variance 2.5, error sqrt(0.5), t(.975, 4) = 2.776445 */
    const double values[] = {1, 2, 3, 4, 5};
    SvpInterval found = svp_plan_interval_of(values, 5, 95.0);

    ck_assert_uint_eq(found.n, 5);
    ck_assert_double_eq_tol(found.mean, 3.0, 1e-15);
    ck_assert_double_eq_tol(found.half_width, 2.776445105 * sqrt(0.5), 1e-9);
    ck_assert_double_eq_tol(found.low, 3.0 - found.half_width, 1e-15);
    ck_assert_double_eq_tol(found.high, 3.0 + found.half_width, 1e-15);
}
END_TEST

START_TEST(one_value_has_no_interval)
{
    const double value = 7;
    SvpInterval found = svp_plan_interval_of(&value, 1, 95.0);

    ck_assert_double_eq(found.mean, 7);
    ck_assert(isinf(found.half_width));
    ck_assert_double_eq(found.low, 7);
    ck_assert_double_eq(found.high, 7);
}
END_TEST

START_TEST(pairs_take_away_what_is_common)
{
    /* The values vary by 100, the differences are 1 2 3: mean 2, variance 1, error 1/sqrt(3), t(.975, 2) = 4.302653 */
    const double a[] = {100, 200, 300}, b[] = {101, 202, 303};
    SvpInterval found = svp_plan_paired_difference(a, b, 3, 95.0);

    ck_assert_double_eq_tol(found.mean, 2.0, 1e-13);
    ck_assert_double_eq_tol(found.half_width, 4.30265273 / sqrt(3.0), 1e-8);
}
END_TEST

START_TEST(welch_without_pairs)
{
    /* a: 1 3 (mean 2, variance 2), b: 10 14 (12, 8): error^2 = 1 + 4 = 5; freedom 25 / (1 + 16) = 1.47, down to 1 */
    SvpMoments a = {0}, b = {0};

    svp_moments_add(&a, 1);
    svp_moments_add(&a, 3);
    svp_moments_add(&b, 10);
    svp_moments_add(&b, 14);
    SvpInterval found = svp_plan_welch_difference(&a, &b, 50.0);

    ck_assert_double_eq_tol(found.mean, 10.0, 1e-13);
    ck_assert_double_eq_tol(found.half_width, sqrt(5.0), 1e-12); /* t(.75, 1) = 1 */
}
END_TEST

START_TEST(batches_are_equal_and_last)
{
    /* 7 values, 3 batches of 2, the first value left out: means 1.5, 3.5, 5.5; variance 4, error 2/sqrt(3) */
    const double values[] = {99, 1, 2, 3, 4, 5, 6};
    SvpInterval found = svp_plan_batch_means(values, 7, 3, 95.0);

    ck_assert_uint_eq(found.n, 3);
    ck_assert_double_eq_tol(found.mean, 3.5, 1e-15);
    ck_assert_double_eq_tol(found.half_width, 4.30265273 * 2 / sqrt(3.0), 1e-8);
}
END_TEST

/* As the definition says, for each d anew. */
static unsigned mser_slowly(const double *values, unsigned n)
{
    double least = INFINITY;
    unsigned best = 0;

    for (unsigned d = 0; n > 0 && d <= n / 2 && d < n; d++) {
        double mean = 0, squares = 0, m = n - d;

        for (unsigned i = d; i < n; i++)
            mean += values[i] / m;
        for (unsigned i = d; i < n; i++)
            squares += (values[i] - mean) * (values[i] - mean);
        if (squares / (m * m) < least * (1 - 1e-9)) {
            least = squares / (m * m);
            best = d;
        }
    }
    return best;
}

START_TEST(mser_finds_the_step)
{
    /* 8 values of the beginning are ten higher than the 32 behind them, which only flicker */
    double values[40];

    for (unsigned i = 0; i < 40; i++)
        values[i] = (i < 8 ? 10.0 : 0.0) + (i % 2 ? 0.1 : -0.1);
    ck_assert_uint_eq(svp_plan_mser(values, 40), 8);
    ck_assert_uint_eq(svp_plan_mser5(values, 40), 10); /* the next multiple of five */
    ck_assert_uint_eq(svp_plan_mser(values, 0), 0);
    ck_assert_uint_eq(svp_plan_mser5(values, 4), 0);
}
END_TEST

START_TEST(mser_is_its_definition)
{
    HvRng rng;

    hv_rng_init(&rng, (uint64_t)_i, "mser");
    double values[60];
    unsigned n = 1 + (unsigned)hv_rng_below(&rng, 60);

    for (unsigned i = 0; i < n; i++)
        values[i] = hv_rng_unit(&rng) + 5.0 * exp(-(double)i / 5.0) * (double)(_i % 3);
    ck_assert_msg(svp_plan_mser(values, n) == mser_slowly(values, n), "seed %d", _i);
}
END_TEST

/* Of 2000 intervals of 5 exponential-sum values about 90 % must contain the mean: 1800 +- 3.3 sqrt(180) = 44, and a little, for
 * sums of 12 uniform variables are only nearly normal. */
START_TEST(intervals_cover_the_mean)
{
    HvRng rng;
    unsigned covered = 0;

    hv_rng_init(&rng, 1, "cover");
    for (unsigned i = 0; i < 2000; i++) {
        double values[5] = {0};

        for (unsigned k = 0; k < 60; k++)
            values[k % 5] += hv_rng_unit(&rng);
        SvpInterval found = svp_plan_interval_of(values, 5, 90.0);
        covered += found.low <= 6.0 && 6.0 <= found.high;
    }
    ck_assert_uint_ge(covered, 1750);
    ck_assert_uint_le(covered, 1850);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("svp/plan-statistics");
    TCase *tcase = tcase_create("statistics");

    tcase_add_loop_test(tcase, quantile_is_in_the_table, 0, G_N_ELEMENTS(quantiles));
    tcase_add_test(tcase, t_becomes_normal);
    tcase_add_test(tcase, moments_do_not_cancel);
    tcase_add_test(tcase, interval_is_students);
    tcase_add_test(tcase, one_value_has_no_interval);
    tcase_add_test(tcase, pairs_take_away_what_is_common);
    tcase_add_test(tcase, welch_without_pairs);
    tcase_add_test(tcase, batches_are_equal_and_last);
    tcase_add_test(tcase, mser_finds_the_step);
    tcase_add_loop_test(tcase, mser_is_its_definition, 0, 100);
    tcase_add_test(tcase, intervals_cover_the_mean);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
