/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Weight management in a cluster: the rule on worked and on random cases, and weights that move on a machine.
 */
#include "hv/rng.h"
#include "monitor/cluster.h"
#include "tests/resmgr/machine-builder.h"

#include <check.h>

#define S HV_NS_PER_S

/* --- The rule ------------------------------------------------------------------------------------------- */

/* 4 IPs, period 10 s: 40 s of processor time. Weight 100 of 400 is a part of 10 s. */
static const struct {
    const char *what;
    MonitorClusterMember members[3];
    MonitorClusterMove expected;
} cases[] = {
    /* Nothing wanted: needs its least, 1; the other 400. A step of 5 % of 200 moves. */
    {"idle and held back", {{100, 1, 999, 0}, {100, 1, 999, 40 * S}}, {0, 1, 10}},
    {"the other way round", {{100, 1, 999, 40 * S}, {100, 1, 999, 0}}, {1, 0, 10}},
    /* 9.7 s are 97 of 400: 3 to spare. */
    {"little to spare", {{100, 1, 999, 97 * S / 10}, {100, 1, 999, 40 * S}}, {0, 1, 3}},
    /* 10.5 s need 105. */
    {"little wanted", {{100, 1, 999, 0}, {100, 1, 999, 105 * S / 10}}, {0, 1, 5}},
    {"just what it has", {{100, 1, 999, 10 * S}, {100, 1, 999, 40 * S}}, {0, 0, 0}},
    {"nobody is held back", {{100, 1, 999, 0}, {100, 1, 999, 5 * S}}, {0, 0, 0}},
    {"least", {{100, 96, 999, 0}, {100, 1, 999, 40 * S}}, {0, 1, 4}},
    {"greatest", {{100, 1, 999, 0}, {100, 1, 107, 40 * S}}, {0, 1, 7}},
    {"at its least", {{100, 100, 999, 0}, {100, 1, 999, 40 * S}}, {0, 0, 0}},
    /* The one that lacks most gets it, from the one with most to spare: 5 % of 300 are 15. */
    {"three", {{100, 1, 999, 20 * S}, {100, 1, 999, 30 * S}, {100, 1, 999, 1 * S}}, {2, 1, 15}},
};

START_TEST(a_move_is_by_the_rule)
{
    unsigned n = cases[_i].members[2].weight > 0 ? 3 : 2;
    MonitorClusterMove move = monitor_cluster_decide(cases[_i].members, n, 400, 40 * S);

    ck_assert_msg(
        move.amount == cases[_i].expected.amount &&
            (move.amount == 0 || (move.from == cases[_i].expected.from && move.to == cases[_i].expected.to)),
        "%s: %u from %u to %u", cases[_i].what, move.amount, move.from, move.to);
}
END_TEST

/* However wishes change, weights stay within their limits, and their sum is what it was. */
START_TEST(limits_and_sum_hold)
{
    HvRng rng;

    hv_rng_init(&rng, (uint64_t)_i, "test-cluster");
    MonitorClusterMember members[5];
    unsigned n = 2 + (unsigned)hv_rng_below(&rng, 4);
    uint32_t sum = 0, after = 0;

    for (unsigned i = 0; i < n; i++) {
        uint32_t weight = 1 + (uint32_t)hv_rng_below(&rng, 500);

        members[i] = (MonitorClusterMember){
            weight, 1 + (uint32_t)hv_rng_below(&rng, weight), weight + (uint32_t)hv_rng_below(&rng, 500), 0};
        sum += weight;
    }
    for (unsigned step = 0; step < 500; step++) {
        for (unsigned i = 0; i < n; i++)
            members[i].wanted_ns = hv_rng_below(&rng, 3) * hv_rng_below(&rng, 10 * S);
        MonitorClusterMove move = monitor_cluster_decide(members, n, sum + 100, 40 * S);

        ck_assert_uint_le(move.amount, (sum + 19) / 20);
        ck_assert(move.amount == 0 || move.from != move.to);
        members[move.from].weight -= move.amount;
        members[move.to].weight += move.amount;
        after = 0;
        for (unsigned i = 0; i < n; i++) {
            ck_assert_uint_ge(members[i].weight, members[i].min);
            ck_assert_uint_le(members[i].weight, members[i].max);
            after += members[i].weight;
        }
        ck_assert_uint_eq(after, sum);
    }
}
END_TEST

/* --- On a machine --------------------------------------------------------------------------------------- */

static uint32_t weight_of(const MonitorSystem *system, unsigned lpar)
{
    return resmgr_state_lpar(monitor_system_state(system), lpar)->weights[HV_IP_CP];
}

static HvTime running_of(MonitorSystem *system, unsigned lpar)
{
    const MonitorDispatch *dispatch = monitor_system_dispatch(system);
    HvTime sum_ns = 0;

    for (unsigned lip = 1; lip <= 4; lip++)
        sum_ns += monitor_tcb_account(monitor_dispatch_find(dispatch, lpar, lip)).running_ns;
    return sum_ns;
}

/*
 * 4 IPs; LPAR 1 does nothing, 2 and 3 are busy; 100/100/200. By weight LPAR 1's part goes to 2 and 3 by 1:2. In a cluster
 * of 1 and 2, 10 of weight go to LPAR 2 every 10 s, until LPAR 1 has its least of 20 after 8 periods; then LPAR 2 has 180 to
 * the 200 of LPAR 3, whose nominal part is the same as before: half the pool.
 */
START_TEST(weight_moves_to_where_it_is_wanted)
{
    g_autoptr(ResmgrDefinition) definition = build_machine(4, 256, 0, 1);
    ResmgrClusterDef *cluster = resmgr_cluster_def_new("C");

    for (unsigned i = 1; i <= 3; i++) {
        ResmgrLparDef *lpar = build_lpar(definition, i, BUILD_FIRST_FIT, 16, 0);

        build_weight(lpar, HV_IP_CP, i == 3 ? 200 : 100, 4);
        lpar->workload.cpu = i == 1 ? HV_WORKLOAD_CPU_IDLE : HV_WORKLOAD_CPU_BUSY;
        lpar->weight_min = i == 1 ? 20 : 0;
    }
    g_ptr_array_add(cluster->members, g_strdup("lpar1"));
    g_ptr_array_add(cluster->members, g_strdup("2"));
    g_ptr_array_add(definition->clusters, cluster);
    g_autoptr(MonitorSystem) system = monitor_system_new(definition, 1);

    ck_assert(monitor_system_power_on(system, NULL));
    ck_assert(monitor_system_run(system, 35 * S, NULL));
    ck_assert_uint_eq(weight_of(system, 1), 70);
    ck_assert_uint_eq(weight_of(system, 2), 130);
    ck_assert(monitor_system_run(system, 65 * S, NULL));
    ck_assert_uint_eq(weight_of(system, 1), 20);
    ck_assert_uint_eq(weight_of(system, 2), 180);
    ck_assert_uint_eq(weight_of(system, 3), 200);
    MonitorPoolShare share = monitor_dispatch_pool_share(monitor_system_dispatch(system), 3, HV_IP_CP);
    HvTime before_ns[4] = {0, 0, running_of(system, 2), running_of(system, 3)};

    ck_assert_uint_eq(share.nominal_bp, 2 * HV_SHARE_WHOLE_BP);
    /* 38 s by 180:200, in frames of 37.5 ms. */
    ck_assert(monitor_system_run(system, 95 * S / 10, NULL));
    ck_assert_int_eq((int)((running_of(system, 2) - before_ns[2] + 50000000) / 100000000), 180);
    ck_assert_int_eq((int)((running_of(system, 3) - before_ns[3] + 50000000) / 100000000), 200);
    /* One member alone: nothing moves. */
    ck_assert(monitor_system_deactivate(system, 1, NULL));
    ck_assert(monitor_system_run(system, 30 * S, NULL));
    ck_assert_uint_eq(weight_of(system, 2), 180);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("monitor/cluster");
    TCase *tcase = tcase_create("cluster");

    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, a_move_is_by_the_rule, 0, G_N_ELEMENTS(cases));
    tcase_add_loop_test(tcase, limits_and_sum_hold, 0, 50);
    tcase_add_test(tcase, weight_moves_to_where_it_is_wanted);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
