/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The histogram against the sorted values themselves, and what merging, subtracting and the end of the range do.
 */
#include "hv/histogram.h"
#include "hv/rng.h"

#include <check.h>
#include <malloc.h>
#include <stdlib.h>

#define N_VALUES  20000
#define PRECISION 0.008

/* How random values are made: `bits` significant bits at the most, whatever their size. */
static const struct {
    const char *name;
    unsigned least_shift, greatest_shift; /* the value is 64 random bits shifted right by one of these */
} sweeps[] = {
    {"all sizes", 1, 63},         {"small", 56, 63}, {"milliseconds", 34, 44}, {"huge", 1, 3},
    {"one power of two", 40, 40},
};

static const double percents[] = {0, 0.01, 1, 5, 25, 33.3, 50, 75, 90, 95, 99, 99.9, 99.99, 100};

static HvTime draw(HvRng *rng, unsigned sweep)
{
    unsigned span = sweeps[sweep].greatest_shift - sweeps[sweep].least_shift + 1;

    return hv_rng_u64(rng) >> (sweeps[sweep].least_shift + (unsigned)hv_rng_below(rng, span));
}

static int compare_times(const void *a, const void *b)
{
    const HvTime *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* N_VALUES sorted values of a sweep; free with g_free(). */
static HvTime *draw_sorted(unsigned sweep, uint64_t seed)
{
    HvTime *values = g_new(HvTime, N_VALUES);
    HvRng rng;

    hv_rng_init(&rng, seed, sweeps[sweep].name);
    for (unsigned i = 0; i < N_VALUES; i++)
        values[i] = draw(&rng, sweep);
    qsort(values, N_VALUES, sizeof *values, compare_times);
    return values;
}

static HvHistogram *histogram_of(const HvTime *values, unsigned n)
{
    HvHistogram *histogram = hv_histogram_new();

    for (unsigned i = 0; i < n; i++)
        hv_histogram_add(histogram, values[i]);
    return histogram;
}

/* Nearest rank from the definition, by counting up: the first value that at least percent % of all are not above. */
static HvTime exact_quantile(const HvTime *sorted, unsigned n, double percent)
{
    unsigned rank = 1;

    while (rank < n && rank * 100.0 < percent * n)
        rank++;
    return sorted[rank - 1];
}

static void check_near(HvTime seen, HvTime exact, const char *what, double percent)
{
    double error = (double)seen - (double)exact;

    ck_assert_msg(
        exact < 256 ? seen == exact
                    : error <= PRECISION * (double)exact && error >= -PRECISION * (double)exact,
        "%s, %g %%: %lu, not %lu", what, percent, seen, exact);
}

START_TEST(quantiles_are_those_of_the_sorted_values)
{
    g_autofree HvTime *sorted = draw_sorted((unsigned)_i, 7);
    g_autoptr(HvHistogram) histogram = histogram_of(sorted, N_VALUES);
    double mean = 0;

    for (unsigned i = 0; i < G_N_ELEMENTS(percents); i++)
        check_near(
            hv_histogram_quantile_ns(histogram, percents[i]), exact_quantile(sorted, N_VALUES, percents[i]),
            sweeps[_i].name, percents[i]);
    for (unsigned i = 0; i < N_VALUES; i++)
        mean += (double)sorted[i] / N_VALUES;
    ck_assert_uint_eq(hv_histogram_count(histogram), N_VALUES);
    ck_assert_uint_eq(hv_histogram_least_ns(histogram), sorted[0]);
    ck_assert_uint_eq(hv_histogram_greatest_ns(histogram), sorted[N_VALUES - 1]);
    ck_assert_double_eq_tol(hv_histogram_mean_ns(histogram) / mean, 1, 1e-12);
}
END_TEST

/* A count is right for a limit moved by the precision either way: all surely below are in, all surely above are not. */
START_TEST(counts_up_to_a_limit)
{
    g_autofree HvTime *sorted = draw_sorted((unsigned)_i, 8);
    g_autoptr(HvHistogram) histogram = histogram_of(sorted, N_VALUES);

    for (unsigned i = 0; i < N_VALUES; i += 97) {
        HvTime limit = sorted[i], slack = (HvTime)((double)limit * PRECISION);
        uint64_t surely = 0, perhaps = 0, seen = hv_histogram_count_up_to(histogram, limit);
        for (unsigned j = 0; j < N_VALUES; j++) {
            surely += sorted[j] + slack <= limit;
            perhaps += sorted[j] <= limit + slack;
        }
        ck_assert_uint_ge(seen, surely);
        ck_assert_uint_le(seen, perhaps);
    }
    ck_assert_uint_eq(hv_histogram_count_up_to(histogram, sorted[N_VALUES - 1]), N_VALUES);
    ck_assert_uint_eq(hv_histogram_count_up_to(histogram, UINT64_MAX), N_VALUES);
    ck_assert(sorted[0] == 0 || hv_histogram_count_up_to(histogram, sorted[0] - 1) == 0);
}
END_TEST

START_TEST(exact_below_256)
{
    g_autoptr(HvHistogram) histogram = hv_histogram_new();

    for (HvTime value = 0; value < 256; value++)
        hv_histogram_add(histogram, value);
    for (unsigned value = 0; value < 256; value++) {
        ck_assert_uint_eq(hv_histogram_count_up_to(histogram, value), value + 1);
        ck_assert_uint_eq(hv_histogram_quantile_ns(histogram, (value + 1) * 100.0 / 256), value);
    }
    ck_assert_uint_eq(hv_histogram_sum_ns(histogram), 255 * 128);
    ck_assert_double_eq(hv_histogram_mean_ns(histogram), 127.5);
}
END_TEST

/* Every bucket boundary: a value and the one before and after it, alone in a histogram, comes back within the precision. */
START_TEST(boundaries)
{
    for (unsigned bit = 1; bit < 64; bit++)
        for (uint64_t eighth = 8; eighth < 16; eighth++)
            for (int64_t step = -1; step <= 1; step++) {
                g_autoptr(HvHistogram) histogram = hv_histogram_new();
                HvTime value = (bit >= 3 ? eighth << (bit - 3) : eighth >> (3 - bit)) + (uint64_t)step;
                hv_histogram_add(histogram, value);
                ck_assert_uint_eq(hv_histogram_quantile_ns(histogram, 50), value); /* least = greatest */
                hv_histogram_add(histogram, 0);
                hv_histogram_add(histogram, UINT64_MAX);
                check_near(hv_histogram_quantile_ns(histogram, 50), value, "boundary", 50);
            }
}
END_TEST

static void check_same(const HvHistogram *a, const HvHistogram *b)
{
    ck_assert_uint_eq(hv_histogram_count(a), hv_histogram_count(b));
    ck_assert_uint_eq(hv_histogram_sum_ns(a), hv_histogram_sum_ns(b));
    ck_assert_uint_eq(hv_histogram_least_ns(a), hv_histogram_least_ns(b));
    ck_assert_uint_eq(hv_histogram_greatest_ns(a), hv_histogram_greatest_ns(b));
    for (unsigned i = 0; i < G_N_ELEMENTS(percents); i++)
        ck_assert_uint_eq(hv_histogram_quantile_ns(a, percents[i]), hv_histogram_quantile_ns(b, percents[i]));
}

START_TEST(merged_is_as_if_added_to_one)
{
    g_autofree HvTime *values = draw_sorted((unsigned)_i, 9);
    g_autoptr(HvHistogram) all = histogram_of(values, N_VALUES), merged = histogram_of(values, 500);
    g_autoptr(HvHistogram) rest = histogram_of(values + 500, N_VALUES - 500), empty = hv_histogram_new();

    hv_histogram_merge(merged, empty);
    hv_histogram_merge(merged, rest);
    check_same(merged, all);
    hv_histogram_merge(empty, all);
    check_same(empty, all);
}
END_TEST

START_TEST(subtracted_is_as_if_it_had_begun_later)
{
    g_autofree HvTime *sorted = draw_sorted((unsigned)_i, 10);
    g_autoptr(HvHistogram) histogram = histogram_of(sorted, N_VALUES / 2), later = hv_histogram_new();
    g_autoptr(HvHistogram) earlier = hv_histogram_copy(histogram), all = NULL;

    for (unsigned i = N_VALUES / 2; i < N_VALUES; i++) {
        hv_histogram_add(histogram, sorted[i]);
        hv_histogram_add(later, sorted[i]);
    }
    all = hv_histogram_copy(histogram);
    hv_histogram_subtract(histogram, earlier);
    ck_assert_uint_eq(hv_histogram_count(histogram), hv_histogram_count(later));
    ck_assert_double_eq_tol(hv_histogram_mean_ns(histogram) / hv_histogram_mean_ns(later), 1, 1e-12);
    for (unsigned i = 0; i < G_N_ELEMENTS(percents); i++)
        check_near(
            hv_histogram_quantile_ns(histogram, percents[i]), hv_histogram_quantile_ns(later, percents[i]),
            "subtracted", percents[i]);
    check_near(hv_histogram_least_ns(histogram), sorted[N_VALUES / 2], "least", 0);
    check_near(hv_histogram_greatest_ns(histogram), sorted[N_VALUES - 1], "greatest", 100);

    hv_histogram_subtract(all, all); /* all of it: empty, and usable again */
    ck_assert_uint_eq(hv_histogram_count(all), 0);
    hv_histogram_add(all, 5);
    ck_assert_uint_eq(hv_histogram_greatest_ns(all), 5);
}
END_TEST

START_TEST(what_was_never_added_cannot_be_subtracted)
{
    g_autoptr(HvHistogram) a = hv_histogram_new(), b = hv_histogram_new();

    hv_histogram_add(a, 1000);
    hv_histogram_add(b, 10);
    hv_histogram_subtract(a, b);
}
END_TEST

START_TEST(empty)
{
    g_autoptr(HvHistogram) histogram = hv_histogram_new();

    ck_assert_uint_eq(hv_histogram_count(histogram), 0);
    ck_assert_uint_eq(hv_histogram_sum_ns(histogram), 0);
    ck_assert_uint_eq(hv_histogram_least_ns(histogram), 0);
    ck_assert_uint_eq(hv_histogram_greatest_ns(histogram), 0);
    ck_assert_uint_eq(hv_histogram_quantile_ns(histogram, 50), 0);
    ck_assert_uint_eq(hv_histogram_count_up_to(histogram, UINT64_MAX), 0);
    ck_assert_double_eq(hv_histogram_mean_ns(histogram), 0);
    hv_histogram_free(NULL);
}
END_TEST

/* The sum has room for more than the type that reports it: 3 * 2^63 is more than 2^64, its mean is 2^63. */
START_TEST(huge_values)
{
    g_autoptr(HvHistogram) histogram = hv_histogram_new();
    HvTime huge = UINT64_C(1) << 63;

    for (unsigned i = 0; i < 3; i++)
        hv_histogram_add(histogram, huge);
    ck_assert_uint_eq(hv_histogram_sum_ns(histogram), UINT64_MAX);
    ck_assert_double_eq(hv_histogram_mean_ns(histogram), 0x1p63);
    ck_assert_uint_eq(hv_histogram_quantile_ns(histogram, 50), huge);
    ck_assert_uint_eq(hv_histogram_greatest_ns(histogram), huge);
}
END_TEST

/* 58 KiB of counts, and what an allocator and the table of groups take besides. (Sanitizers' allocators report nothing.) */
START_TEST(memory_is_bounded)
{
    HvRng rng;

    hv_rng_init(&rng, 11, "memory");
    size_t before = mallinfo2().uordblks;
    g_autoptr(HvHistogram) histogram = hv_histogram_new();

    for (unsigned i = 0; i < 1000000; i++)
        hv_histogram_add(histogram, hv_rng_u64(&rng) >> hv_rng_below(&rng, 64));
    ck_assert_uint_le(mallinfo2().uordblks - before, 62 * 1024);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("histogram");
    TCase *tcase = tcase_create("values");
    int n_sweeps = (int)G_N_ELEMENTS(sweeps);

    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, quantiles_are_those_of_the_sorted_values, 0, n_sweeps);
    tcase_add_loop_test(tcase, counts_up_to_a_limit, 0, n_sweeps);
    tcase_add_test(tcase, exact_below_256);
    tcase_add_test(tcase, boundaries);
    tcase_add_loop_test(tcase, merged_is_as_if_added_to_one, 0, n_sweeps);
    tcase_add_loop_test(tcase, subtracted_is_as_if_it_had_begun_later, 0, n_sweeps);
    tcase_add_test_raise_signal(tcase, what_was_never_added_cannot_be_subtracted, SIGABRT);
    tcase_add_test(tcase, empty);
    tcase_add_test(tcase, huge_values);
    tcase_add_test(tcase, memory_is_bounded);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
