/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Logarithm, exponential, power: near those of the C library wherever one looks, and the same bits on every machine.
 */
#include "hv/float.h"
#include "hv/rng.h"

#include <check.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N_RANDOM 400000

static uint64_t bits_of(double x)
{
    uint64_t bits;

    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* How many doubles lie between a and b. */
static uint64_t distance(double a, double b)
{
    int64_t x = (int64_t)bits_of(a), y = (int64_t)bits_of(b);

    x = x < 0 ? INT64_MIN - x : x; /* so that the order of the integers is that of the doubles */
    y = y < 0 ? INT64_MIN - y : y;
    return x < y ? (uint64_t)y - (uint64_t)x : (uint64_t)x - (uint64_t)y;
}

static void check_log(double x)
{
    ck_assert_msg(distance(hv_float_log(x), log(x)) <= 2, "log %a: %a, not %a", x, hv_float_log(x), log(x));
}

static void check_exp(double x)
{
    ck_assert_msg(distance(hv_float_exp(x), exp(x)) <= 2, "exp %a: %a, not %a", x, hv_float_exp(x), exp(x));
}

/* y log x is rounded to half a unit after an error of one in the logarithm: |y log x| * 1.5 * 2^-52 of the result at most. */
static void check_pow(double x, double y)
{
    double exact = pow(x, y), allowed = (2 + 2 * fabs(y * log(x))) * DBL_EPSILON * exact;

    ck_assert_msg(
        fabs(hv_float_pow(x, y) - exact) <= allowed, "pow %a %a: %a, not %a", x, y, hv_float_pow(x, y),
        exact);
}

START_TEST(random_sweep)
{
    HvRng rng;

    hv_rng_init(&rng, 12, "float");
    for (unsigned i = 0; i < N_RANDOM; i++) {
        uint64_t bits = hv_rng_u64(&rng) >> 1;
        double any, unit = hv_rng_unit(&rng);
        memcpy(&any, &bits, sizeof any);
        if (any > 0 && any <= DBL_MAX)
            check_log(any); /* all exponents alike, subnormal numbers too */
        check_log(1 - unit);
        check_log(0.5 + 2 * unit);
        check_log(1 + (unit - 0.5) * 1e-6);
        check_exp(unit * 1453 - 744);
        check_exp((unit - 0.5) * 4);
        check_exp((unit - 0.5) * 1e-6);
        check_pow(1 - unit, hv_rng_unit(&rng) * 20 - 10);
        check_pow(unit * 1000 + 1e-3, hv_rng_unit(&rng) * 10);
    }
}
END_TEST

/* Around each power of two, each half and the square root of two, where the parts change. */
START_TEST(special_points)
{
    static const double around[] = {0x1p0, 0x1.8p0, 0x1.6a09e667f3bcdp+0, 0x1.fffffffffffffp0};

    for (int exponent = -1073; exponent <= 1022; exponent++)
        for (unsigned i = 0; i < G_N_ELEMENTS(around); i++) {
            double x = ldexp(around[i], exponent);
            check_log(x);
            check_log(nextafter(x, 0) > 0 ? nextafter(x, 0) : x);
            check_log(nextafter(x, 1e308));
        }
    for (int k = -1074; k <= 1022; k++) {
        double middle = (k + 0.5) * 0.693147180559945309417; /* where the power of two changes */
        check_exp(middle);
        check_exp(nextafter(middle, -1e308));
        check_exp(nextafter(middle, 1e308));
        check_exp(k * 0.693147180559945309417);
    }
    check_log(DBL_MAX);
    check_log(DBL_TRUE_MIN);
    check_exp(709);
    check_exp(-745);
}
END_TEST

START_TEST(exact_points)
{
    ck_assert_double_eq(hv_float_log(1), 0);
    ck_assert_double_eq(hv_float_exp(0), 1);
    ck_assert_double_eq(hv_float_exp(-0.0), 1);
    ck_assert_double_eq(hv_float_exp(-745), DBL_TRUE_MIN);
    ck_assert_double_eq(hv_float_exp(-746), 0);
    ck_assert_double_eq(hv_float_exp(-1e300), 0);
    ck_assert_double_eq(hv_float_exp(-INFINITY), 0);
    ck_assert_double_eq(hv_float_pow(1, 1e300), 1);
    ck_assert_double_eq(hv_float_pow(1e300, 0), 1);
}
END_TEST

/* --- The same bits everywhere --------------------------------------------------------------------------------- */

typedef struct {
    double x;
    uint64_t log_bits, exp_bits, pow_bits; /* of log x, exp(-x / 64), x^0.7 */
} Golden;

static const Golden golden[] = {
    {0x0.0000000000001p-1022, 0xc0874385446d71c3, 0x3ff0000000000000, 0x10f2611186bae750},
    {0x1p-1022, 0xc086232bdd7abcd2, 0x3ff0000000000000, 0x1338406003b2af7b},
    {0x1.56e1fc2f8f359p-997, 0xc085963447f87fb5, 0x3ff0000000000000, 0x14550a6110d6ab6a},
    {0x1.b7cdfd9d7bdbbp-34, 0xc037069e2aa2aa5b, 0x3fefffffffffc906, 0x3e7ad7f29abcaf44},
    {0x1p-53, 0xc0425e4f7b2737fa, 0x3ff0000000000000, 0x3d9ddb680117ab1c},
    {0x1.999999999999ap-4, 0xc0026bb1bbb55515, 0x3feff335c2380346, 0x3fc98a13577c93c1},
    {0x1.3333333333333p-2, 0xbff34378fcbda721, 0x3fefd9b09aa28197, 0x3fdb8d809c615f41},
    {0x1p-1, 0xbfe62e42fefa39ef, 0x3fefc03fd56aa225, 0x3fe3b2c47bff8329},
    {0x1.6a09e667f3bccp-1, 0xbfd62e42fefa39f1, 0x3fefa5fd0e0d30bf, 0x3fe91b501c2db3de},
    {0x1.6a09e667f3bcdp-1, 0xbfd62e42fefa39ee, 0x3fefa5fd0e0d30bf, 0x3fe91b501c2db3df},
    {0x1.ccccccccccccdp-1, 0xbfbaf8e8210a415c, 0x3fef8d9b310016a3, 0x3fedb9900d983dd4},
    {0x1.fffffffffffffp-1, 0xbca0000000000000, 0x3fef80feabfeefa5, 0x3fefffffffffffff},
    {0x1p+0, 0x0000000000000000, 0x3fef80feabfeefa5, 0x3ff0000000000000},
    {0x1.0000000000001p+0, 0x3cafffffffffffff, 0x3fef80feabfeefa5, 0x3ff0000000000001},
    {0x1.199999999999ap+0, 0x3fb8663f793c46cc, 0x3fef7467316409db, 0x3ff11a98737912e1},
    {0x1.6a09e667f3bccp+0, 0x3fd62e42fefa39ee, 0x3fef4cf74cab9cb0, 0x3ff46499af31b006},
    {0x1.6a09e667f3bcdp+0, 0x3fd62e42fefa39f0, 0x3fef4cf74cab9cb0, 0x3ff46499af31b006},
    {0x1p+1, 0x3fe62e42fefa39ef, 0x3fef03f56a88b5d8, 0x3ff9fdf8bcce533d},
    {0x1.5bf0a8b145769p+1, 0x3ff0000000000000, 0x3feeab5870ceea1e, 0x40001c2a61268987},
    {0x1.8p+1, 0x3ff193ea7aad030a, 0x3fee88dc6afecfc0, 0x400142e81c889913},
    {0x1.4p+3, 0x40026bb1bbb55516, 0x3feb5efd29f24c26, 0x40140c28430012e7},
    {0x1.9p+6, 0x40126bb1bbb55516, 0x3fcad48bc25771c8, 0x40391e6de449ff76},
    {0x1.f4p+9, 0x401ba18a998fffa0, 0x3e85f9fc27c27ae6, 0x405f791f6509fb61},
    {0x1.81cd6c8b43958p+13, 0x4022d79559791e31, 0x2e8a08e75cd5cff6, 0x4086d9ed51d0b00a},
    {0x1.e848p+19, 0x402ba18a998fffa0, 0x0000000000000000, 0x40cef477494e3f8c},
    {0x1.dcd65p+29, 0x4034b927f32bffb8, 0x0000000000000000, 0x413e71fe50a1cce0},
    {0x1.249ad2594c37dp+332, 0x406cc845b54b54f2, 0x0000000000000000, 0x4e772ebad6ddc6da},
    {0x1.7e43c8800759cp+996, 0x4085963447f87fb5, 0x0000000000000000, 0x6b88557f313269c4},
    {0x1.fffffffffffffp+1023, 0x40862e42fefa39ef, 0x0000000000000000, 0x6cbbdb8cdadbdf92},
};

START_TEST(golden_bits)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(golden); i++) {
        const Golden *row = &golden[i];
        uint64_t log_bits = bits_of(hv_float_log(row->x)), exp_bits = bits_of(hv_float_exp(-row->x / 64));
        uint64_t pow_bits = bits_of(hv_float_pow(row->x, 0.7));
        ck_assert_msg(
            log_bits == row->log_bits && exp_bits == row->exp_bits && pow_bits == row->pow_bits,
            "    {%a, 0x%016lx, 0x%016lx, 0x%016lx},", row->x, log_bits, exp_bits, pow_bits);
    }
}
END_TEST

/* A digest of many results, so that one wrong bit in a million is seen: FNV-1a over log, exp and pow of random numbers. */
START_TEST(golden_digest)
{
    uint64_t digest = UINT64_C(0xcbf29ce484222325);
    HvRng rng;

    hv_rng_init(&rng, 13, "golden");
    for (unsigned i = 0; i < 200000; i++) {
        double x = 1 - hv_rng_unit(&rng), y = hv_rng_unit(&rng) * 40 - 20;
        digest = (digest ^ bits_of(hv_float_log(x))) * UINT64_C(0x100000001b3);
        digest = (digest ^ bits_of(hv_float_exp(y))) * UINT64_C(0x100000001b3);
        digest = (digest ^ bits_of(hv_float_pow(x, y))) * UINT64_C(0x100000001b3);
    }
    ck_assert_msg(digest == UINT64_C(0x861c841b5a126012), "0x%016lx", digest);
}
END_TEST

START_TEST(what_has_no_logarithm)
{
    static const double none[] = {0, -0.0, -1, INFINITY, NAN};

    hv_float_log(none[_i]);
}
END_TEST

START_TEST(what_has_no_exponential)
{
    static const double none[] = {709.5, INFINITY, NAN};

    hv_float_exp(none[_i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("float");
    TCase *tcase = tcase_create("functions");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, random_sweep);
    tcase_add_test(tcase, special_points);
    tcase_add_test(tcase, exact_points);
    tcase_add_test(tcase, golden_bits);
    tcase_add_test(tcase, golden_digest);
    tcase_add_loop_test_raise_signal(tcase, what_has_no_logarithm, SIGABRT, 0, 5);
    tcase_add_loop_test_raise_signal(tcase, what_has_no_exponential, SIGABRT, 0, 3);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
