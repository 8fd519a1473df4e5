/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * LIPs that go offline and come back by load: the rule, and a guest on a machine.
 */
#include "monitor/vary.h"
#include "tests/resmgr/machine-builder.h"

#include <check.h>

#define S HV_NS_PER_S

/* A period of 10 s; at least 2 LIPs stay. */
START_TEST(the_rule_has_hysteresis)
{
    static const struct {
        unsigned n_online;
        bool more;
        HvTime wanted_ms; /* of 10 s */
        int expected;
    } cases[] = {
        {4, false, 40000, 0},                                        /* there are no more */
        {3, true, 27001, 1},                                         /* 90 % of 3 LIPs are 27 s */
        {3, true, 27000, 0},  {4, true, 20999, -1},                  /* 70 % of 3 LIPs are 21 s */
        {4, true, 21000, 0},  {3, true, 13999, -1}, {2, true, 0, 0}, /* the least */
        {2, true, 18001, 1},  {3, true, 20999, 0}, /* what made a fourth one go does not bring it back */
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++)
        ck_assert_msg(
            monitor_vary_decide(
                cases[i].n_online, 2, cases[i].more, cases[i].wanted_ms * HV_NS_PER_MS, 10 * S) ==
                cases[i].expected,
            "case %u", i);
}
END_TEST

static unsigned n_online(MonitorSystem *system, unsigned lpar)
{
    unsigned n = 0;

    for (unsigned lip = 1; lip <= 4; lip++)
        n += lpar_lip_is_online(monitor_system_lpar(system, lpar), lip);
    return n;
}

/*
 * Each LIP of LPAR 1 wants 10 %: of four, 40 % in all, three would do, and so on down to two, the least. LPAR 2 is as
 * busy as it can be and keeps all. An operator's LIP that went offline stays so; the guest's come back with a load.
 */
START_TEST(a_guest_keeps_what_it_needs)
{
    g_autoptr(ResmgrDefinition) definition = build_machine(8, 256, 0, 1);

    for (unsigned i = 1; i <= 2; i++) {
        ResmgrLparDef *lpar = build_lpar(definition, i, BUILD_FIRST_FIT, 16, 0);

        build_weight(lpar, HV_IP_CP, 100, 4);
        lpar->workload = (HvWorkload){
            .cpu = i == 1 ? HV_WORKLOAD_CPU_DEMAND : HV_WORKLOAD_CPU_BUSY,
            .demand_bp = i == 1 ? 1000 : 0,
            .period_ns = i == 1 ? 100 * HV_NS_PER_MS : 0,
        };
        lpar->lips_min = i == 1 ? 2 : 1;
    }
    g_autoptr(MonitorSystem) system = monitor_system_new(definition, 1);

    ck_assert(monitor_system_power_on(system, NULL));
    ck_assert(monitor_system_run(system, 9 * S, NULL));
    ck_assert_uint_eq(n_online(system, 1), 4);
    ck_assert(monitor_system_run(system, 2 * S, NULL));
    ck_assert_uint_eq(n_online(system, 1), 3);
    ck_assert(monitor_system_run(system, 60 * S, NULL));
    ck_assert_uint_eq(n_online(system, 1), 2);
    ck_assert_uint_eq(n_online(system, 2), 4);
    ck_assert(monitor_system_guest_cpu(system, 2, 4, /* online= */ false, NULL));
    ck_assert(monitor_system_run(system, 60 * S, NULL));
    ck_assert_uint_eq(n_online(system, 2), 3);
    ck_assert(monitor_system_deactivate(system, 1, NULL));
    ck_assert(monitor_system_run(system, 60 * S, NULL));
    ck_assert(monitor_system_activate(system, 1, NULL) && monitor_system_load(system, 1, NULL));
    ck_assert_uint_eq(n_online(system, 1), 4);
}
END_TEST

/* Alone, LPAR 1 does with one LIP. Then LPAR 2 takes nearly all of the 4 IPs, work piles up, and its LIPs come back, one
 * every 10 s. */
START_TEST(lips_come_back_when_they_are_needed)
{
    g_autoptr(ResmgrDefinition) definition = build_machine(4, 256, 0, 1);

    for (unsigned i = 1; i <= 2; i++) {
        ResmgrLparDef *lpar = build_lpar(definition, i, BUILD_FIRST_FIT, 16, 0);

        build_weight(lpar, HV_IP_CP, i == 1 ? 1 : 999, 4);
        lpar->workload.cpu = HV_WORKLOAD_CPU_BUSY;
        lpar->lips_min = i == 1 ? 1 : 0;
    }
    ResmgrLparDef *varied = g_ptr_array_index(definition->lpars, 0);

    varied->workload =
        (HvWorkload){.cpu = HV_WORKLOAD_CPU_DEMAND, .demand_bp = 1000, .period_ns = 100 * HV_NS_PER_MS};
    g_autoptr(MonitorSystem) system = monitor_system_new(definition, 1);

    ck_assert(monitor_system_activate(system, 1, NULL) && monitor_system_load(system, 1, NULL));
    ck_assert(monitor_system_run(system, 41 * S, NULL));
    ck_assert_uint_eq(n_online(system, 1), 1);
    ck_assert(monitor_system_activate(system, 2, NULL) && monitor_system_load(system, 2, NULL));
    ck_assert(monitor_system_run(system, 20 * S, NULL)); /* one at 50 s, one at 60 s */
    ck_assert_uint_eq(n_online(system, 1), 3);
    ck_assert(monitor_system_run(system, 40 * S, NULL));
    ck_assert_uint_eq(n_online(system, 1), 4);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("monitor/vary");
    TCase *tcase = tcase_create("vary");

    tcase_add_test(tcase, the_rule_has_hysteresis);
    tcase_add_test(tcase, a_guest_keeps_what_it_needs);
    tcase_add_test(tcase, lips_come_back_when_they_are_needed);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
