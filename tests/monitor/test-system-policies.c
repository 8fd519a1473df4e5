/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a definition says of processors, seen on whole machines: dedicated IPs, pools of several types, limits of groups
 * and in MSU.
 */
#include "monitor/capacity.h"
#include "monitor/system.h"
#include "tests/resmgr/machine-builder.h"

#include <check.h>

#define S    HV_NS_PER_S
#define HOUR (3600 * S)

static ResmgrLparDef *add_busy(ResmgrDefinition *definition, unsigned number)
{
    ResmgrLparDef *lpar = build_lpar(definition, number, BUILD_FIRST_FIT, 16, 0);

    lpar->workload.cpu = HV_WORKLOAD_CPU_BUSY;
    return lpar;
}

static void dedicate(ResmgrLparDef *lpar, HvIpType type, unsigned n_ips)
{
    lpar->dedicated = true;
    lpar->ip_type = type;
    lpar->n_lips = n_ips;
}

static MonitorSystem *power_on(const ResmgrDefinition *definition)
{
    MonitorSystem *system = monitor_system_new(definition, 1);

    ck_assert(monitor_system_power_on(system, NULL));
    return system;
}

static HvTime running_of(MonitorSystem *system, unsigned lpar, unsigned lip)
{
    return monitor_tcb_account(monitor_dispatch_find(monitor_system_dispatch(system), lpar, lip)).running_ns;
}

/* 6 CPs: IP 1 is divided by shares, 2 and 3 are dedicated to LPAR 2, which uses 30 % of them, and 4 to LPAR 4; LPARs 3 and
 * 5 share 5 and 6. The 70 % that LPAR 2 leaves are nobody's. */
START_TEST(dedicated_ips_are_nobody_elses)
{
    g_autoptr(ResmgrDefinition) definition = build_machine(6, 256, 0, 1);

    build_share(add_busy(definition, 1), 1, 50);
    ResmgrLparDef *owner = add_busy(definition, 2);

    dedicate(owner, HV_IP_CP, 2);
    owner->workload =
        (HvWorkload){.cpu = HV_WORKLOAD_CPU_DEMAND, .demand_bp = 3000, .period_ns = 100 * HV_NS_PER_MS};
    build_weight(add_busy(definition, 3), HV_IP_CP, 30, 2);
    dedicate(add_busy(definition, 4), HV_IP_CP, 1);
    build_weight(add_busy(definition, 5), HV_IP_CP, 10, 2);
    g_autoptr(MonitorSystem) system = power_on(definition);
    static const bool in_pool[] = {0, 0, 0, 0, 1, 1}, dedicated[] = {0, 1, 1, 1, 0, 0};

    for (unsigned ip = 1; ip <= 6; ip++) {
        ck_assert(monitor_system_state(system)->ip_in_pool[ip - 1] == in_pool[ip - 1]);
        ck_assert(monitor_system_state(system)->ip_dedicated[ip - 1] == dedicated[ip - 1]);
    }
    ck_assert(monitor_system_run(system, 10 * S, NULL));
    const MonitorDispatch *dispatch = monitor_system_dispatch(system);

    for (unsigned ip = 2; ip <= 3; ip++) {
        ck_assert_uint_eq(monitor_dispatch_ip_account(dispatch, ip).busy_ns, 3 * S);
        ck_assert_uint_eq(monitor_dispatch_matrix_ns(dispatch, 2, ip), 3 * S);
    }
    ck_assert_uint_eq(monitor_dispatch_ip_account(dispatch, 4).busy_ns, 10 * S);
    ck_assert_uint_eq(running_of(system, 4, 1), 10 * S);
    /* 2 IPs by 30:10. */
    ck_assert_uint_eq(running_of(system, 3, 1) + running_of(system, 3, 2), 15 * S);
    ck_assert_uint_eq(running_of(system, 5, 1) + running_of(system, 5, 2), 5 * S);
    /* Its IPs stand still when it is gone, and are its own again when it comes back. */
    ck_assert(monitor_system_deactivate(system, 4, NULL));
    ck_assert(monitor_system_run(system, S, NULL));
    ck_assert_uint_eq(monitor_dispatch_ip_account(monitor_system_dispatch(system), 4).busy_ns, 10 * S);
    ck_assert(monitor_system_activate(system, 4, NULL) && monitor_system_load(system, 4, NULL));
    ck_assert(monitor_system_run(system, S, NULL));
    ck_assert_uint_eq(monitor_dispatch_ip_account(monitor_system_dispatch(system), 4).busy_ns, 11 * S);
}
END_TEST

/* A dedicated IP comes to the survivor whole, as a new LIP beside those in the pool. */
START_TEST(a_dedicated_ip_can_be_integrated)
{
    const MonitorIntegOptions options = {.notify = true};
    g_autoptr(ResmgrDefinition) definition = build_machine(3, 256, 0, 1);
    ResmgrLparDef *survivor = add_busy(definition, 1);

    build_weight(survivor, HV_IP_CP, 10, 2);
    survivor->ms.reserved_bytes = 64 * HV_MIB;
    dedicate(add_busy(definition, 2), HV_IP_CP, 1);
    g_autoptr(MonitorSystem) system = power_on(definition);
    g_autoptr(MonitorIntegReport) report = monitor_system_integ(system, 2, 1, &options, NULL);
    const ResmgrLip *lip = resmgr_lpar_lip(resmgr_state_lpar(monitor_system_state(system), 1), 3);

    ck_assert_ptr_nonnull(report);
    ck_assert_ptr_nonnull(lip);
    ck_assert_uint_eq(lip->ip, 1);
    ck_assert_uint_eq(lip->share_bp, HV_SHARE_WHOLE_BP);
    ck_assert(monitor_system_state(system)->ip_dedicated[0]);
}
END_TEST

/* 2 CPs and 2 ZIIPs; weights 30/10 for the one, 10/30 for the other, all busy. 100 MSU an IP: LPAR 1 uses 1.5 CPs, its
 * ZIIP time is none of its MSU. Held at 90 MSU it has 0.9 CPs, and its ZIIPs as before. */
START_TEST(an_lpar_can_be_in_several_pools)
{
    g_autoptr(ResmgrDefinition) definition = build_machine(4, 256, 0, 1);
    const ResmgrPoolDef pools[] = {{HV_IP_ZIIP, 10, 2}, {HV_IP_ZIIP, 30, 2}};

    definition->machine->ip_types[2] = definition->machine->ip_types[3] = HV_IP_ZIIP;
    definition->machine->msu_per_ip_hundredths = 10000;
    for (unsigned i = 0; i < 2; i++) {
        ResmgrLparDef *lpar = add_busy(definition, i + 1);

        build_weight(lpar, HV_IP_CP, i == 0 ? 30 : 10, 2);
        g_array_append_val(lpar->pools, pools[i]);
        lpar->defined_msu_hundredths = i == 0 ? 9000 : 0;
    }
    g_autoptr(MonitorSystem) system = power_on(definition);

    ck_assert(monitor_system_run(system, 10 * S, NULL));
    ck_assert_uint_eq(running_of(system, 1, 1) + running_of(system, 1, 2), 15 * S);
    ck_assert_uint_eq(running_of(system, 1, 3) + running_of(system, 1, 4), 5 * S);
    ck_assert_uint_eq(running_of(system, 2, 3) + running_of(system, 2, 4), 15 * S);
    /* 150 MSU k / 48 >= 90 at k = 29. */
    ck_assert(monitor_system_run(system, 29 * 300 * S - 10 * S, NULL));
    ck_assert_uint_eq(
        monitor_dispatch_rolling_msu(monitor_system_dispatch(system), 1), (15000 * 29 + 24) / 48);
    HvTime cp_ns = running_of(system, 1, 1) + running_of(system, 1, 2);
    HvTime ziip_ns = running_of(system, 1, 3) + running_of(system, 1, 4);

    ck_assert(monitor_system_run(system, 100 * S, NULL));
    ck_assert_uint_eq((running_of(system, 1, 1) + running_of(system, 1, 2) - cp_ns + 50000) / 100000, 900000);
    ck_assert_uint_eq(running_of(system, 1, 3) + running_of(system, 1, 4) - ziip_ns, 50 * S);
}
END_TEST

/* A group in a machine: 1 IP for LPARs 1 and 2 by 3:1, and what is left of 4 for LPAR 3; in 200 frames of 37.5 ms. */
START_TEST(a_group_of_the_definition_is_held)
{
    g_autoptr(ResmgrDefinition) definition = build_machine(4, 256, 0, 1);
    ResmgrGroupDef *group = resmgr_group_def_new("G");

    for (unsigned i = 1; i <= 3; i++)
        build_weight(add_busy(definition, i), HV_IP_CP, i == 1 ? 30 : 10, 4);
    group->cap_ips_hundredths = 100;
    g_ptr_array_add(group->members, g_strdup("lpar1"));
    g_ptr_array_add(group->members, g_strdup("2"));
    g_ptr_array_add(definition->groups, group);
    g_autoptr(MonitorSystem) system = power_on(definition);
    HvTime sums_ns[4] = {0};

    ck_assert(monitor_system_run(system, 15 * S / 2, NULL));
    for (unsigned lpar = 1; lpar <= 3; lpar++)
        for (unsigned lip = 1; lip <= 4; lip++)
            sums_ns[lpar] += running_of(system, lpar, lip);
    ck_assert_uint_eq(sums_ns[1], 5625 * S / 1000);
    ck_assert_uint_eq(sums_ns[2], 1875 * S / 1000);
    ck_assert_uint_eq(sums_ns[3], 45 * S / 2);
    ck_assert_uint_eq(
        monitor_dispatch_bound_ns(monitor_system_dispatch(system), 1, MONITOR_BOUND_GROUP), 15 * S / 2);
}
END_TEST

/* The average begins from zero at the load: 1 IP of 100 MSU reaches 10 after 5 intervals, again after a new load. */
START_TEST(a_load_forgets_the_average)
{
    g_autoptr(ResmgrDefinition) definition = build_machine(1, 256, 0, 1);
    ResmgrLparDef *lpar = add_busy(definition, 1);

    build_weight(lpar, HV_IP_CP, 10, 1);
    lpar->defined_msu_hundredths = 1000;
    definition->machine->msu_per_ip_hundredths = 10000;
    g_autoptr(MonitorSystem) system = power_on(definition);

    ck_assert(monitor_system_run(system, HOUR, NULL));
    ck_assert_uint_eq(
        monitor_dispatch_bound_ns(monitor_system_dispatch(system), 1, MONITOR_BOUND_SOFT), HOUR - 1500 * S);
    ck_assert(monitor_system_deactivate(system, 1, NULL));
    ck_assert(monitor_system_activate(system, 1, NULL));
    ck_assert(monitor_system_load(system, 1, NULL));
    ck_assert(monitor_system_run(system, HOUR, NULL));
    ck_assert_uint_eq(
        monitor_dispatch_bound_ns(monitor_system_dispatch(system), 1, MONITOR_BOUND_SOFT),
        2 * (HOUR - 1500 * S));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("monitor/system-policies");
    TCase *tcase = tcase_create("policies");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, dedicated_ips_are_nobody_elses);
    tcase_add_test(tcase, a_dedicated_ip_can_be_integrated);
    tcase_add_test(tcase, an_lpar_can_be_in_several_pools);
    tcase_add_test(tcase, a_group_of_the_definition_is_held);
    tcase_add_test(tcase, a_load_forgets_the_average);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
