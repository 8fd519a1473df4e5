/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Arrivals against what is known of their processes: rates, distances between arrivals, how much counts in windows of time vary.
 * Seeds are fixed; limits are those that a right process stays within with 99.9 %.
 */
#include "hv/arrivals.h"

#include <check.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#define NORMAL_999     3.2905
#define KOLMOGOROV_999 1.9495 /* / sqrt(n) */
#define N_ARRIVALS     1000000

static HvArrivals *begin(const char *text, uint64_t seed)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(HvArrivalsDef) def = hv_arrivals_parse(text, NULL, &error);
    HvRng rng;

    ck_assert_msg(def != NULL, "%s: %s", text, error ? error->message : "");
    hv_rng_init(&rng, seed, text);
    return hv_arrivals_new(def, &rng);
}

/* --- Poisson ------------------------------------------------------------------------------------------------------ */

static const struct {
    const char *text;
    double per_s;
} poissons[] = {
    {"poisson 40/s", 40}, {"poisson 0.5/s", 0.5}, {"poisson 3/min", 0.05}, {"poisson 900/h", 0.25}};

static int compare_times(const void *a, const void *b)
{
    const HvTime *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* Distances are exponential: their distribution function, and the standard error of their mean, which is mean / sqrt(n). */
START_TEST(poisson_distances)
{
    g_autoptr(HvArrivals) arrivals = begin(poissons[_i].text, 41);
    g_autofree HvTime *gaps = g_new(HvTime, N_ARRIVALS);
    double mean_ns = 1e9 / poissons[_i].per_s, greatest = 0;
    HvTime last_ns = 0;

    for (unsigned i = 0; i < N_ARRIVALS; i++) {
        HvTime at_ns = hv_arrivals_next(arrivals);
        ck_assert_uint_ge(at_ns, last_ns);
        gaps[i] = at_ns - last_ns;
        last_ns = at_ns;
    }
    ck_assert_double_eq_tol((double)last_ns / N_ARRIVALS / mean_ns, 1, NORMAL_999 / sqrt(N_ARRIVALS));
    qsort(gaps, N_ARRIVALS, sizeof *gaps, compare_times);
    for (unsigned i = 0; i < N_ARRIVALS; i++) {
        double f = -expm1(-(double)gaps[i] / mean_ns);
        greatest = fmax(greatest, fmax(fabs(f - (double)i / N_ARRIVALS), fabs(f - (i + 1.0) / N_ARRIVALS)));
    }
    ck_assert_msg(
        greatest <= KOLMOGOROV_999 / sqrt(N_ARRIVALS), "%s: distance %g", poissons[_i].text, greatest);
}
END_TEST

/* Parts of a nanosecond are carried on: a million a second is 1000 ns apart, and rounding each down would make that 999.5. */
START_TEST(rounding_changes_no_rate)
{
    g_autoptr(HvArrivals) arrivals = begin("poisson 1000000/s", 42);
    const unsigned n = 20000000; /* the standard error is 0.00022, half a nanosecond 0.0005 */
    HvTime at_ns = 0;

    for (unsigned i = 0; i < n; i++)
        at_ns = hv_arrivals_next(arrivals);
    ck_assert_double_eq_tol((double)at_ns / n / 1000, 1, 1.6 / sqrt(n));
}
END_TEST

/* --- Modulated ---------------------------------------------------------------------------------------------------- */

typedef struct {
    const char *text;
    double rates[3], means[3]; /* per second, seconds */
    unsigned n_states;
} Modulated;

static const Modulated modulated[] = {
    {"mmpp 100/s 1s, 10/s 4s", {100, 10}, {1, 4}, 2},
    {"mmpp 50/s 0.2s, 0/s 1s", {50, 0}, {0.2, 1}, 2},
    {"mmpp 0/s 3s, 20/s 100ms, 600/min 2s", {0, 20, 10}, {3, 0.1, 2}, 3},
    {"mmpp 7/s 10s, 7/s 1s", {7, 7}, {10, 1}, 2}, /* no different from a Poisson process */
};

static double long_run_rate(const Modulated *row)
{
    double jobs = 0, seconds = 0;

    for (unsigned i = 0; i < row->n_states; i++) {
        jobs += row->rates[i] * row->means[i];
        seconds += row->means[i];
    }
    return jobs / seconds;
}

/* Counts in n windows of window_s with as long a pause between, after a warm-up. */
static void count_windows(HvArrivals *arrivals, double window_s, unsigned n, unsigned *counts)
{
    HvTime window_ns = (HvTime)(window_s * 1e9), begin_ns = 100 * window_ns,
           at_ns = hv_arrivals_next(arrivals);

    for (unsigned i = 0; i < n; i++, begin_ns += 2 * window_ns) {
        counts[i] = 0;
        for (; at_ns < begin_ns + window_ns; at_ns = hv_arrivals_next(arrivals))
            counts[i] += at_ns >= begin_ns;
    }
}

/*
 * Index of dispersion of the counts in windows of t, of a process of two states (Heffes and Lucantoni, "A Markov modulated
 * characterization of packetized voice and data traffic", IEEE JSAC 4(6), 1986), with s = 1/D1 + 1/D2:
 *   1 + 2 (r1 - r2)^2 / (D1 D2 s^2 (r1/D2 + r2/D1)) * (1 - (1 - exp(-s t)) / (s t))
 */
static double dispersion_of(const Modulated *row, double t)
{
    const double *r = row->rates, *d = row->means;
    double s = 1 / d[0] + 1 / d[1], difference = r[0] - r[1];
    double limit = 2 * difference * difference / (d[0] * d[1] * s * s * (r[0] / d[1] + r[1] / d[0]));

    return 1 + limit * (1 + expm1(-s * t) / (s * t));
}

/* The limits: standard errors of a mean and of a variance, the latter from the fourth moment of the sample itself. */
static void check_windows(const Modulated *row, double window_s)
{
    enum { N_WINDOWS = 40000 };
    g_autoptr(HvArrivals) arrivals = begin(row->text, 43);
    g_autofree unsigned *counts = g_new(unsigned, N_WINDOWS);
    double mean = 0, variance = 0, fourth = 0;

    count_windows(arrivals, window_s, N_WINDOWS, counts);
    for (unsigned i = 0; i < N_WINDOWS; i++)
        mean += (double)counts[i] / N_WINDOWS;
    for (unsigned i = 0; i < N_WINDOWS; i++) {
        double away = counts[i] - mean;
        variance += away * away / N_WINDOWS;
        fourth += away * away * away * away / N_WINDOWS;
    }
    double expected = long_run_rate(row) * window_s;

    /* The windows are correlated a little: with their neighbours less than half of what they are with themselves. */
    ck_assert_double_eq_tol(mean, expected, NORMAL_999 * sqrt(2 * variance / N_WINDOWS));
    if (row->n_states != 2)
        return;
    double limit = NORMAL_999 * sqrt((fourth - variance * variance) / N_WINDOWS) / mean;

    ck_assert_msg(
        fabs(variance / mean - dispersion_of(row, window_s)) <= 1.5 * limit, "%s, %g s: %g, not %g within %g",
        row->text, window_s, variance / mean, dispersion_of(row, window_s), limit);
}

START_TEST(modulated_rates_and_dispersion)
{
    const Modulated *row = &modulated[_i];
    g_autoptr(HvArrivalsDef) def = hv_arrivals_parse(row->text, NULL, NULL);

    ck_assert_double_eq_tol(hv_arrivals_rate(def) / long_run_rate(row), 1, 1e-12);
    check_windows(row, 0.5);
    check_windows(row, 4);
    check_windows(row, 20);
}
END_TEST

/* It begins in the first state: with hours of it, the arrivals of the first minute are those of its rate. */
START_TEST(the_first_state_comes_first)
{
    g_autoptr(HvArrivals) arrivals = begin("mmpp 1000/s 1000h, 0/s 1h", 44);
    unsigned n = 0;

    while (hv_arrivals_next(arrivals) < 60 * HV_NS_PER_S)
        n++;
    ck_assert_double_eq_tol(n, 60000, NORMAL_999 * sqrt(60000));
}
END_TEST

/* --- Others --------------------------------------------------------------------------------------------------------- */

START_TEST(every)
{
    g_autoptr(HvArrivals) arrivals = begin("every 250ms", 1), rare = begin("every 2000000h", 1);

    for (unsigned i = 1; i < 1000; i++)
        ck_assert_uint_eq(hv_arrivals_next(arrivals), i * 250 * HV_NS_PER_MS);
    ck_assert_uint_eq(hv_arrivals_next(rare), UINT64_C(7200000000) * HV_NS_PER_S);
    ck_assert_uint_eq(hv_arrivals_next(rare), HV_TIME_NEVER); /* time ends before */
    ck_assert_uint_eq(hv_arrivals_next(rare), HV_TIME_NEVER);
    ck_assert_ptr_null(hv_arrivals_problem(rare));
}
END_TEST

/* A rate so small that the end of time comes first: 10^-6 an hour is once in 114 years. */
START_TEST(the_end_of_time)
{
    g_autoptr(HvArrivals) poisson = begin("poisson 0.000001/h", 1);
    g_autoptr(HvArrivals) mmpp = begin("mmpp 0.000001/h 2000000h, 0/s 2000000h", 1);
    HvTime last_ns = 0, at_ns;
    unsigned n = 0;

    for (; (at_ns = hv_arrivals_next(poisson)) != HV_TIME_NEVER; n++) {
        ck_assert_uint_ge(at_ns, last_ns);
        last_ns = at_ns;
    }
    ck_assert_uint_lt(n, 30);
    ck_assert_uint_eq(hv_arrivals_next(poisson), HV_TIME_NEVER);
    while (hv_arrivals_next(mmpp) != HV_TIME_NEVER)
        n++;
    ck_assert_uint_lt(n, 60);
}
END_TEST

/* The stream is copied: two sources of one stream are the same, and the same everywhere (FNV-1a over 10,000 arrivals). */
START_TEST(golden_arrivals)
{
    static const struct {
        const char *text;
        uint64_t digest;
    } rows[] = {
        {"poisson 40/s", UINT64_C(0x5c5123bf55837f40)},
        {"mmpp 100/s 1s, 0/s 4s, 1/min 1m", UINT64_C(0x6c492f9780af4cf6)}};

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(HvArrivals) arrivals = begin(rows[i].text, 45), again = begin(rows[i].text, 45);
        uint64_t digest = UINT64_C(0xcbf29ce484222325);
        for (unsigned j = 0; j < 10000; j++) {
            HvTime at_ns = hv_arrivals_next(arrivals);
            ck_assert_uint_eq(at_ns, hv_arrivals_next(again));
            digest = (digest ^ at_ns) * UINT64_C(0x100000001b3);
        }
        ck_assert_msg(digest == rows[i].digest, "%s: 0x%016" PRIx64, rows[i].text, digest);
    }
    hv_arrivals_free(NULL);
    hv_arrivals_def_unref(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("arrivals");
    TCase *tcase = tcase_create("processes");

    tcase_set_timeout(tcase, 90);
    tcase_add_loop_test(tcase, poisson_distances, 0, (int)G_N_ELEMENTS(poissons));
    tcase_add_test(tcase, rounding_changes_no_rate);
    tcase_add_loop_test(tcase, modulated_rates_and_dispersion, 0, (int)G_N_ELEMENTS(modulated));
    tcase_add_test(tcase, the_first_state_comes_first);
    tcase_add_test(tcase, every);
    tcase_add_test(tcase, the_end_of_time);
    tcase_add_test(tcase, golden_arrivals);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
