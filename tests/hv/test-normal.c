/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Quantiles of the normal distribution against values computed with forty digits, and against the distribution function.
 */
#include "hv/normal.h"
#include "hv/rng.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

static const struct {
    double p, x;
} values[] = {
    {0x1.0000000000000p-54, -8.292361075813595},
    {0x1.0000000000000p-53, -8.209536151601387},
    {0x1.56e1fc2f8f359p-997, -37.0470962993612},
    {0x1.79ca10c924223p-67, -9.262340089798407},
    {0x1.b7cdfd9d7bdbbp-34, -6.361340902404057},
    {0x1.0c6f7a0b5ed8dp-20, -4.753424308822899},
    {0x1.0624dd2f1a9fcp-10, -3.0902323061678136},
    {0x1.47ae147ae147bp-7, -2.326347874040841},
    {0x1.999999999999ap-6, -1.9599639845400543},
    {0x1.999999999999ap-5, -1.6448536269514726},
    {0x1.2f1a9fbe76c8bp-4, -1.4466320671589785},
    {0x1.3333333333333p-4, -1.439531470938456},
    {0x1.374bc6a7ef9dbp-4, -1.4325027208258116},
    {0x1.999999999999ap-4, -1.2815515655446004},
    {0x1.0000000000000p-2, -0.6744897501960817},
    {0x1.3333333333333p-2, -0.5244005127080408},
    {0x1.0000000000000p-1, 0.0},
    {0x1.3333333333333p-1, 0.2533471031357997},
    {0x1.ccccccccccccdp-1, 1.2815515655446006},
    {0x1.d916872b020c5p-1, 1.4325027208258119},
    {0x1.d99999999999ap-1, 1.4395314709384561},
    {0x1.da1cac083126fp-1, 1.4466320671589787},
    {0x1.f333333333333p-1, 1.9599639845400538},
    {0x1.fae147ae147aep-1, 2.3263478740408408},
    {0x1.ff7ced916872bp-1, 3.090232306167813},
    {0x1.fffffffffffffp-1, 8.209536151601387},
};

START_TEST(known_values)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(values); i++) {
        double x = hv_normal_quantile(values[i].p);
        ck_assert_msg(fabs(x - values[i].x) <= 3e-15 * fmax(fabs(x), 0.1), "%a: %.17g", values[i].p, x);
    }
}
END_TEST

/* erfc() of the C library back again. Far out in the upper tail p itself has too few digits for it. */
START_TEST(the_distribution_function_of_a_quantile)
{
    HvRng rng;

    hv_rng_init(&rng, 23, "normal");
    for (unsigned i = 0; i < 300000; i++) {
        double p = (1 - hv_rng_unit(&rng)) / (i % 2 ? 1 : 1e6), x = p < 1 ? hv_normal_quantile(p) : 0;
        ck_assert_msg(
            p == 1 || fabs(erfc(-x / sqrt(2)) / 2 - p) <= 1e-14 * p * fmax(1, x * x), "%a: %.17g", p, x);
    }
}
END_TEST

START_TEST(what_has_no_quantile)
{
    static const double none[] = {0, 1, -0.1, NAN};

    hv_normal_quantile(none[_i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("normal");
    TCase *tcase = tcase_create("quantiles");

    tcase_add_test(tcase, known_values);
    tcase_add_test(tcase, the_distribution_function_of_a_quantile);
    tcase_add_loop_test_raise_signal(tcase, what_has_no_quantile, SIGABRT, 0, 4);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
