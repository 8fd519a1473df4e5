/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Paging beside its formula in floating point, and its sums over many jobs.
 */
#include "hv/paging.h"

#include "hv/rng.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

static const HvPagingDef def = {
    .working_set_bytes = 1 << 30, .faults_milli = 50000, .es_page_ns = 75 * HV_NS_PER_US};

/* F ((W/m)^2 - 1) / 3 with F = 50/s: at W/2 it is F, at W/4 5 F, at 3W/4 7/27 F. */
START_TEST(the_rate_is_that_of_the_formula)
{
    static const struct {
        uint64_t ms_bytes;
        double rate;
    } rows[] = {
        {UINT64_C(1) << 30, 0},
        {UINT64_C(1) << 31, 0},
        {UINT64_C(1) << 29, 50},
        {UINT64_C(1) << 28, 250},
        {UINT64_C(3) << 28, 50 * 7 / 27.},
        {(UINT64_C(1) << 30) - 4096, 0.000127},
        {UINT64_C(1) << 20, 17476250},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        double rate = (double)hv_paging_rate_nano(&def, rows[i].ms_bytes) / 1e9;
        double most = 1e6; /* what is bounded */

        ck_assert_double_le(fabs(rate - MIN(rows[i].rate, most)), MAX(rows[i].rate * 1e-4, 2e-4));
    }
}
END_TEST

START_TEST(es_holds_what_ms_does_not)
{
    ck_assert_uint_eq(hv_paging_es_part(&def, 1 << 30, 1 << 20), 0);
    ck_assert_uint_eq(hv_paging_es_part(&def, 1 << 29, 0), 0);
    ck_assert_uint_eq(hv_paging_es_part(&def, 1 << 29, 1 << 28), HV_PAGING_UNIT / 2);
    ck_assert_uint_eq(hv_paging_es_part(&def, 1 << 29, 1 << 30), HV_PAGING_UNIT);
}
END_TEST

/* However small the jobs are, the faults of the long run are the rate's. */
START_TEST(nothing_is_lost_between_jobs)
{
    HvPaging paging = {0};
    HvRng rng;
    uint64_t faults = 0, es = 0;
    HvTime service_ns = 0, extra_ns = 0;

    hv_rng_init(&rng, 1, "paging");
    for (unsigned i = 0; i < 200000; i++) {
        HvTime job_ns = 1 + hv_rng_below(&rng, 4 * HV_NS_PER_MS);
        HvPagingCost cost = hv_paging_charge(&paging, &def, job_ns, 1 << 29, 1 << 28);

        service_ns += job_ns;
        faults += cost.ios + cost.es;
        es += cost.es;
        extra_ns += cost.extra_ns;
    }
    ck_assert_double_le(fabs((double)faults - 50 * (double)service_ns / 1e9), 2);
    ck_assert_double_le(fabs((double)es - (double)faults / 2), 2);
    ck_assert_uint_eq(extra_ns, es * def.es_page_ns);
}
END_TEST

START_TEST(a_job_of_a_year_overflows_nothing)
{
    HvPaging paging = {0};
    HvPagingCost cost = hv_paging_charge(&paging, &def, 365 * 86400 * HV_NS_PER_S, 1, 0);

    ck_assert_uint_eq(cost.ios, UINT32_MAX);
    ck_assert_uint_eq(cost.es, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hv/paging");
    TCase *cases = tcase_create("paging");
    SRunner *runner = srunner_create(suite);

    tcase_add_test(cases, the_rate_is_that_of_the_formula);
    tcase_add_test(cases, es_holds_what_ms_does_not);
    tcase_add_test(cases, nothing_is_lost_between_jobs);
    tcase_add_test(cases, a_job_of_a_year_overflows_nothing);
    suite_add_tcase(suite, cases);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
