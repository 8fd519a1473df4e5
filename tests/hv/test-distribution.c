/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Random durations against the closed forms of their distributions.
 *
 * Seeds are fixed, so a limit that a right generator stays within with 99.9 % is one that this one stays within always or never.
 * The closed forms here use the C library's functions, not those that the variates are made with.
 */
#include "hv/distribution.h"

#include <check.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#define N_DRAWS        1000000
#define NORMAL_999     3.2905 /* a normal variate is within so many standard deviations with 99.9 % */
#define KOLMOGOROV_999 1.9495 /* / sqrt(n); sqrt(-log(0.001 / 2) / 2) */
#define MS             1000000.0

/* --- Closed forms: moments E[X^k] and distribution function, x in nanoseconds ----------------------------------- */

typedef struct {
    double a, b, c; /* the operands, durations in nanoseconds */
} Operands;

static double factorial(unsigned k)
{
    return k == 0 ? 1 : k * factorial(k - 1);
}

static double exponential_moment(Operands o, unsigned k)
{
    return factorial(k) * pow(o.a, k);
}

static double exponential_cdf(Operands o, double x)
{
    return -expm1(-x / o.a);
}

/* The probability of the shorter phase; its mean is mean / (2p). */
static double balanced(double cs2)
{
    return (1 + sqrt((cs2 - 1) / (cs2 + 1))) / 2;
}

static double hyperexponential_moment(Operands o, unsigned k)
{
    double p = balanced(o.b);

    return factorial(k) * (p * pow(o.a / (2 * p), k) + (1 - p) * pow(o.a / (2 * (1 - p)), k));
}

static double hyperexponential_cdf(Operands o, double x)
{
    double p = balanced(o.b);

    return 1 - p * exp(-x * 2 * p / o.a) - (1 - p) * exp(-x * 2 * (1 - p) / o.a);
}

static double lognormal_moment(Operands o, unsigned k)
{
    double variance = log1p(o.b), mu = log(o.a) - variance / 2;

    return exp(k * mu + k * k * variance / 2);
}

static double lognormal_cdf(Operands o, double x)
{
    double variance = log1p(o.b), mu = log(o.a) - variance / 2;

    return erfc(-(log(x) - mu) / sqrt(2 * variance)) / 2;
}

/* Integral of x^k a L^a x^(-a-1) / (1 - (L/H)^a) from L to H. */
static double pareto_moment(Operands o, unsigned k)
{
    double a = o.a, factor = a * pow(o.b, a) / (1 - pow(o.b / o.c, a));

    return fabs(k - a) < 1e-12 ? factor * log(o.c / o.b)
                               : factor * (pow(o.c, k - a) - pow(o.b, k - a)) / (k - a);
}

static double pareto_cdf(Operands o, double x)
{
    return x < o.b ? 0 : x > o.c ? 1 : (1 - pow(o.b / x, o.a)) / (1 - pow(o.b / o.c, o.a));
}

typedef struct {
    const char *text;
    double (*moment)(Operands operands, unsigned k);
    double (*cdf)(Operands operands, double x);
    Operands operands;
    uint64_t digest; /* of the first 10,000 variates with seed 21 */
} Row;

static const Row rows[] = {
    {"exponential 10ms", exponential_moment, exponential_cdf, {10 * MS, 0, 0}, UINT64_C(0xda96b1e23f67cda6)},
    {"exponential 2h", exponential_moment, exponential_cdf, {7.2e12, 0, 0}, UINT64_C(0x78b50bd71a31aa04)},
    {"hyperexponential 10ms 4",
     hyperexponential_moment,
     hyperexponential_cdf,
     {10 * MS, 4, 0},
     UINT64_C(0xb81afa0189822851)},
    {"hyperexponential 1s 1.01",
     hyperexponential_moment,
     hyperexponential_cdf,
     {1000 * MS, 1.01, 0},
     UINT64_C(0xb02396f0453aa306)},
    {"hyperexponential 1s 50",
     hyperexponential_moment,
     hyperexponential_cdf,
     {1000 * MS, 50, 0},
     UINT64_C(0xef773f0a98575790)},
    {"lognormal 10ms 1", lognormal_moment, lognormal_cdf, {10 * MS, 1, 0}, UINT64_C(0xfd64395a33d1a938)},
    {"lognormal 10ms 0.01",
     lognormal_moment,
     lognormal_cdf,
     {10 * MS, 0.01, 0},
     UINT64_C(0x61512366d250c99a)},
    {"lognormal 5s 4", lognormal_moment, lognormal_cdf, {5000 * MS, 4, 0}, UINT64_C(0x740854946c1d77c8)},
    {"pareto 1.5 1ms 10s",
     pareto_moment,
     pareto_cdf,
     {1.5, 1 * MS, 10000 * MS},
     UINT64_C(0x014f6c67e399ea0d)},
    {"pareto 1 1ms 1s", pareto_moment, pareto_cdf, {1, 1 * MS, 1000 * MS}, UINT64_C(0x3974ee45e1afeeaa)},
    {"pareto 2 1ms 1s", pareto_moment, pareto_cdf, {2, 1 * MS, 1000 * MS}, UINT64_C(0xb214976686ae4c3d)},
    {"pareto 10 1ms 1s", pareto_moment, pareto_cdf, {10, 1 * MS, 1000 * MS}, UINT64_C(0xdc93cba5bd6af1a5)},
    {"pareto 0.5 10ms 20ms",
     pareto_moment,
     pareto_cdf,
     {0.5, 10 * MS, 20 * MS},
     UINT64_C(0x67bddda5e74b2162)},
};

static HvDistribution *parse(const char *text)
{
    g_autoptr(GError) error = NULL;
    HvDistribution *distribution = hv_distribution_parse(text, NULL, &error);

    ck_assert_msg(distribution != NULL, "%s: %s", text, error ? error->message : "");
    return distribution;
}

static double cs2_of(const Row *row)
{
    double m1 = row->moment(row->operands, 1);

    return row->moment(row->operands, 2) / (m1 * m1) - 1;
}

START_TEST(moments_are_the_closed_forms)
{
    const Row *row = &rows[_i];
    g_autoptr(HvDistribution) distribution = parse(row->text);

    ck_assert_double_eq_tol(hv_distribution_mean_ns(distribution) / row->moment(row->operands, 1), 1, 1e-9);
    ck_assert_double_eq_tol(hv_distribution_cs2(distribution) / cs2_of(row), 1, 1e-6);
}
END_TEST

static HvTime *draw_many(const Row *row, unsigned n)
{
    g_autoptr(HvDistribution) distribution = parse(row->text);
    HvTime *values = g_new(HvTime, n);
    HvRng rng;

    hv_rng_init(&rng, 20, row->text);
    for (unsigned i = 0; i < n; i++)
        values[i] = hv_distribution_draw(distribution, &rng);
    return values;
}

/*
 * The standard error of the mean is sqrt((m2 - m1^2) / n); that of cs2 = M2 / M1^2 - 1 follows from the gradient
 * (-2 m2 / m1^3, 1 / m1^2) and the covariances of X and X^2. In units of the mean, so that m1 = 1.
 */
START_TEST(sample_moments)
{
    const Row *row = &rows[_i];
    g_autofree HvTime *values = draw_many(row, N_DRAWS);
    double mean = row->moment(row->operands, 1), m[5], sum = 0, squares = 0;

    for (unsigned k = 0; k <= 4; k++)
        m[k] = row->moment(row->operands, k) / pow(mean, k);
    for (unsigned i = 0; i < N_DRAWS; i++) {
        double x = (double)values[i] / mean;
        sum += x;
        squares += x * x;
    }
    double sample_mean = sum / N_DRAWS, sample_cs2 = squares / N_DRAWS / (sample_mean * sample_mean) - 1;
    double mean_limit = NORMAL_999 * sqrt((m[2] - 1) / N_DRAWS);
    double cs2_variance = 4 * m[2] * m[2] * (m[2] - 1) - 4 * m[2] * (m[3] - m[2]) + m[4] - m[2] * m[2];
    double cs2_limit = NORMAL_999 * sqrt(cs2_variance / N_DRAWS);

    ck_assert_msg(
        fabs(sample_mean - 1) <= mean_limit, "%s: mean %g, not 1 within %g", row->text, sample_mean,
        mean_limit);
    ck_assert_msg(
        fabs(sample_cs2 - (m[2] - 1)) <= cs2_limit, "%s: cs2 %g, not %g within %g", row->text, sample_cs2,
        m[2] - 1, cs2_limit);
}
END_TEST

static int compare_times(const void *a, const void *b)
{
    const HvTime *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

START_TEST(kolmogorov_smirnov)
{
    const Row *row = &rows[_i];
    g_autofree HvTime *values = draw_many(row, N_DRAWS);
    double greatest = 0;

    qsort(values, N_DRAWS, sizeof *values, compare_times);
    for (unsigned i = 0; i < N_DRAWS; i++) {
        double f = row->cdf(row->operands, (double)values[i]);
        greatest = fmax(greatest, fmax(fabs(f - (double)i / N_DRAWS), fabs(f - (i + 1.0) / N_DRAWS)));
    }
    ck_assert_msg(greatest <= KOLMOGOROV_999 / sqrt(N_DRAWS), "%s: distance %g", row->text, greatest);
}
END_TEST

/* The same numbers everywhere: FNV-1a over variates. */
START_TEST(golden_variates)
{
    const Row *row = &rows[_i];
    g_autoptr(HvDistribution) distribution = parse(row->text);
    uint64_t digest = UINT64_C(0xcbf29ce484222325);
    HvRng rng;

    hv_rng_init(&rng, 21, row->text);
    for (unsigned i = 0; i < 10000; i++)
        digest = (digest ^ hv_distribution_draw(distribution, &rng)) * UINT64_C(0x100000001b3);
    ck_assert_msg(digest == row->digest, "%s: 0x%016" PRIx64, row->text, digest);
}
END_TEST

START_TEST(constants)
{
    g_autoptr(HvDistribution) read = parse("5ms"), made = hv_distribution_constant(5000000);
    g_autoptr(HvDistribution) zero = parse("constant 0");
    HvRng rng;

    hv_rng_init(&rng, 1, "constant");
    ck_assert(hv_distribution_equal(read, made));
    ck_assert(!hv_distribution_equal(read, zero));
    ck_assert_int_eq(hv_distribution_kind(read), HV_DISTRIBUTION_CONSTANT);
    ck_assert_double_eq(hv_distribution_mean_ns(read), 5e6);
    ck_assert_double_eq(hv_distribution_cs2(read), 0);
    ck_assert_uint_eq(hv_distribution_draw(read, &rng), 5000000);
    ck_assert_uint_eq(hv_distribution_draw(zero, &rng), 0);
    hv_distribution_unref(hv_distribution_ref(read));
    hv_distribution_unref(NULL);
}
END_TEST

/* 1ms, 2ms, 10ms, 0 with 3, 4, 2, 1 of 10: mean 3.1 ms, second moment (3 + 16 + 200) / 10 = 21.9, cs2 = 21.9 / 9.61 - 1. */
START_TEST(empirical)
{
    static const struct {
        HvTime value_ns;
        double probability;
    } points[] = {{1000000, 0.3}, {2000000, 0.4}, {10000000, 0.2}, {0, 0.1}};
    g_autoptr(HvDistribution) distribution = parse("empirical 10ms:2 1ms:1 2ms:4 0 1ms:2");
    unsigned seen[G_N_ELEMENTS(points)] = {0}, total = 0;
    HvRng rng;

    ck_assert_double_eq_tol(hv_distribution_mean_ns(distribution), 3.1e6, 1e-3);
    ck_assert_double_eq_tol(hv_distribution_cs2(distribution), 21.9 / 9.61 - 1, 1e-12);
    hv_rng_init(&rng, 22, "empirical");
    for (unsigned i = 0; i < N_DRAWS; i++) {
        HvTime value_ns = hv_distribution_draw(distribution, &rng);
        for (unsigned j = 0; j < G_N_ELEMENTS(points); j++)
            seen[j] += points[j].value_ns == value_ns;
    }
    for (unsigned j = 0; j < G_N_ELEMENTS(points); j++) {
        double p = points[j].probability;
        ck_assert_double_eq_tol((double)seen[j] / N_DRAWS, p, NORMAL_999 * sqrt(p * (1 - p) / N_DRAWS));
        total += seen[j];
    }
    ck_assert_uint_eq(total, N_DRAWS);
}
END_TEST

/* --- The ends of the range -------------------------------------------------------------------------------------- */

/* x such that x * factor = 1 modulo 2^64, by Newton's iteration; factor is odd. */
static uint64_t inverse(uint64_t factor)
{
    uint64_t x = factor;

    for (unsigned i = 0; i < 6; i++)
        x *= 2 - factor * x;
    return x;
}

/* A stream of which the next two numbers are `number`: the output is rotl(s1 * 5, 7) * 9, and s1 stays if s0 = s2. */
static HvRng stream_of(uint64_t number)
{
    uint64_t product = number * inverse(9);

    return (HvRng){.state = {5, ((product >> 7) | (product << 57)) * inverse(5), 5, 3}};
}

START_TEST(least_and_greatest_random_numbers)
{
    static const char *const texts[] = {
        "exponential 1ns",
        "exponential 8784h",
        "hyperexponential 1ns 1.000001",
        "hyperexponential 8784h 1000000",
        "lognormal 1ns 0.000001",
        "lognormal 1ns 1000000",
        "lognormal 8784h 1000000",
        "pareto 0.000001 1ns 8784h",
        "pareto 10 1ns 8784h",
        "pareto 1 1ns 8784h",
        "pareto 0.9 1ns 8784h",
        "pareto 1 8783h 8784h",
        "pareto 0.000001 31622399999999998ns 31622399999999999ns",
        "pareto 10 31622399999999999ns 8784h",
    };
    static const uint64_t numbers[] = {0, 1, 2047, 2048, UINT64_C(1) << 63, UINT64_MAX - 2048, UINT64_MAX};

    for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(HvDistribution) distribution = parse(texts[i]);
        HvTime last_ns = 0;
        for (unsigned j = 0; j < G_N_ELEMENTS(numbers); j++) {
            HvRng rng = stream_of(numbers[j]), copy = rng;
            ck_assert_uint_eq(hv_rng_u64(&copy), numbers[j]);
            ck_assert_uint_eq(hv_rng_u64(&copy), numbers[j]);
            HvTime value_ns = hv_distribution_draw(distribution, &rng);
            ck_assert_uint_le(value_ns, HV_DISTRIBUTION_MAX_NS);
            ck_assert(
                hv_distribution_kind(distribution) == HV_DISTRIBUTION_HYPEREXPONENTIAL ||
                value_ns >= last_ns);
            last_ns = value_ns;
        }
        ck_assert(isfinite(hv_distribution_mean_ns(distribution)));
        ck_assert(hv_distribution_cs2(distribution) >= 0);
    }
}
END_TEST

/* The bounds are reached: the least random number gives LOW, the greatest HIGH or nearly. */
START_TEST(pareto_bounds)
{
    g_autoptr(HvDistribution) distribution = parse("pareto 1 1ms 8ms");
    HvRng least = stream_of(0), greatest = stream_of(UINT64_MAX);

    ck_assert_uint_eq(hv_distribution_draw(distribution, &least), 1000000);
    ck_assert_uint_eq(hv_distribution_draw(distribution, &greatest), 8000000);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("distribution");
    TCase *tcase = tcase_create("distributions");
    int n_rows = (int)G_N_ELEMENTS(rows);

    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, moments_are_the_closed_forms, 0, n_rows);
    tcase_add_loop_test(tcase, sample_moments, 0, n_rows);
    tcase_add_loop_test(tcase, kolmogorov_smirnov, 0, n_rows);
    tcase_add_loop_test(tcase, golden_variates, 0, n_rows);
    tcase_add_test(tcase, constants);
    tcase_add_test(tcase, empirical);
    tcase_add_test(tcase, least_and_greatest_random_numbers);
    tcase_add_test(tcase, pareto_bounds);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
