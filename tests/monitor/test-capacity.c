/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Limits of groups and soft limits: worked numbers of partitioning manuals, and hours of simulated time against the
 * rolling average computed by hand, 5 minutes by 5 minutes.
 */
#include "dispatch-room.h"
#include "monitor/capacity.h"

#include <check.h>

#define MS           HV_NS_PER_MS
#define S            HV_NS_PER_S
#define FIVE_MINUTES (300 * S)
#define HOUR         (3600 * S)
#define MAX_MEMBERS  4

/* --- Averages ------------------------------------------------------------------------------------------- */

/* One IP at 100 MSU: after k busy intervals 100 * k / 48, until the 48th; then, idle, the other way round. */
START_TEST(the_average_has_48_values)
{
    MonitorRolling rolling = {0};

    ck_assert_uint_eq(monitor_rolling_msu(&rolling, 10000), 0);
    for (unsigned k = 1; k <= 60; k++) {
        monitor_rolling_add(&rolling, FIVE_MINUTES);
        ck_assert_uint_eq(monitor_rolling_msu(&rolling, 10000), (10000 * MIN(k, 48) + 24) / 48);
    }
    for (unsigned k = 1; k <= 60; k++) {
        monitor_rolling_add(&rolling, 0);
        ck_assert_uint_eq(monitor_rolling_msu(&rolling, 10000), (10000 * (48 - MIN(k, 48)) + 24) / 48);
    }
    /* 255 IPs at the largest number of MSU: nothing overflows, and what does not fit is the most there is. */
    for (unsigned k = 0; k < 48; k++)
        monitor_rolling_add(&rolling, 255 * FIVE_MINUTES);
    ck_assert_uint_eq(monitor_rolling_msu(&rolling, 1000000000), UINT32_MAX);
}
END_TEST

/* --- Groups --------------------------------------------------------------------------------------------- */

typedef struct {
    const char *what;
    unsigned n_ips;
    uint32_t cap_hundredths;
    struct {
        uint32_t weight;
        unsigned n_lips;
        uint32_t own_cap_hundredths;
        HvTime expected_ns; /* of 3 s */
    } members[MAX_MEMBERS];
    HvTime other_ns; /* of 3 s, for an LPAR of weight 100 with as many LIPs as IPs and no cap */
} GroupCase;

/* clang-format off */
static const GroupCase group_cases[] = {
    /* 0.50 IP by 100/50/150: 1/6, 1/12, 1/4. */
    {"100/50/150", 2, 50, {{100, 2, 0, S / 2}, {50, 2, 0, S / 4}, {150, 2, 0, 3 * S / 4}}, 9 * S / 2},
    /* 1.75 IPs, the third takes the 1 its LIP can, 0.75 are spare by 200/100: 0.50/0.25. */
    {"spare 0.75", 8, 175, {{200, 2, 0, 3 * S / 2}, {100, 2, 0, 3 * S / 4}, {700, 1, 0, 3 * S}}, 75 * S / 4},
    /* 2.50 IPs, the first is held at 0.40 by its own cap: 2.10 by 1:2. */
    {"own cap", 4, 250, {{500, 4, 40, 6 * S / 5}, {200, 4, 0, 21 * S / 10}, {400, 4, 0, 21 * S / 5}}, 9 * S / 2},
    /* Weights 10/10 beside 100 of 2 IPs: 1/6 IP each by weight, less than the cap, which does nothing. */
    {"the pool is tighter", 2, 150, {{10, 2, 0, S / 2}, {10, 2, 0, S / 2}}, 5 * S},
    {"one member", 4, 125, {{100, 4, 0, 15 * S / 4}}, 33 * S / 4},
};
/* clang-format on */

static unsigned add_lips(Room *room, unsigned lpar, unsigned n)
{
    unsigned first = room->n_workers;

    for (unsigned lip = 1; lip <= n; lip++)
        room_set_busy(room_add(room, lpar, lip, 0, 0), true);
    return first;
}

static HvTime running_of(const Room *room, unsigned lpar)
{
    HvTime sum_ns = 0;

    for (unsigned i = 0; i < room->n_workers; i++)
        sum_ns += room->workers[i].lpar == lpar ? room_running(room, i) : 0;
    return sum_ns;
}

/* Rounding gives or takes at most a nanosecond of each frame, which is 12.5 ms or more: less than 10^-7 of the time. */
static void ck_near(const char *what, unsigned lpar, HvTime got_ns, HvTime expected_ns)
{
    ck_assert_msg(
        MAX(got_ns, expected_ns) - MIN(got_ns, expected_ns) <= 1000 + expected_ns / 5000000,
        "%s: LPAR %u has %" G_GUINT64_FORMAT " ns, not %" G_GUINT64_FORMAT, what, lpar, got_ns, expected_ns);
}

START_TEST(a_group_is_held_at_its_cap)
{
    const GroupCase *one = &group_cases[_i];
    g_autoptr(Room) room = room_new(&(RoomPlan){.n_ips = one->n_ips, .pooled = true});
    static const unsigned members[] = {1, 2, 3, 4};
    unsigned n = 0;
    HvTime sum_ns = 0;

    while (n < MAX_MEMBERS && one->members[n].weight > 0)
        n++;
    monitor_dispatch_add_group(
        room->dispatch,
        &(MonitorGroupTerms){.cap_ips_hundredths = one->cap_hundredths, .members = members, .n_members = n});
    for (unsigned i = 0; i < n; i++) {
        uint32_t own = one->members[i].own_cap_hundredths;

        room_set_lpar(room, i + 1, one->members[i].weight, own ? RESMGR_CAP_ABSOLUTE : RESMGR_CAP_NONE, own);
        add_lips(room, i + 1, one->members[i].n_lips);
    }
    room_set_lpar(room, 9, 100, RESMGR_CAP_NONE, 0);
    add_lips(room, 9, one->n_ips);
    room_run(room, 3 * S);
    room_check(room);
    for (unsigned i = 0; i < n; i++) {
        ck_near(one->what, i + 1, running_of(room, i + 1), one->members[i].expected_ns);
        sum_ns += running_of(room, i + 1);
    }
    ck_near(one->what, 9, running_of(room, 9), one->other_ns);
    ck_assert_uint_le(sum_ns, one->cap_hundredths * 3 * S / 100);
}
END_TEST

/* Members of a group of 1 IP: A has 0.75 and B 0.25, then A waits and B has it all; each knows what bound it. */
START_TEST(what_a_member_leaves_the_others_have)
{
    static const unsigned members[] = {1, 2};
    g_autoptr(Room) room = room_new(&(RoomPlan){.n_ips = 4, .pooled = true});

    monitor_dispatch_add_group(
        room->dispatch, &(MonitorGroupTerms){.cap_ips_hundredths = 100, .members = members, .n_members = 2});
    room_set_lpar(room, 1, 300, RESMGR_CAP_NONE, 0);
    room_set_lpar(room, 2, 100, RESMGR_CAP_ABSOLUTE, 60);
    add_lips(room, 1, 1);
    add_lips(room, 2, 2);
    room_run(room, 4 * S);
    ck_near("both", 1, running_of(room, 1), 3 * S);
    ck_near("both", 2, running_of(room, 2), S);
    ck_assert_uint_eq(monitor_dispatch_bound_ns(room->dispatch, 2, MONITOR_BOUND_GROUP), 4 * S);
    room_set_busy(&room->workers[0], false);
    room_run(room, 4 * S);
    ck_near("alone", 2, running_of(room, 2), S + 4 * S * 60 / 100);
    ck_assert_uint_eq(monitor_dispatch_bound_ns(room->dispatch, 2, MONITOR_BOUND_GROUP), 4 * S);
    ck_assert_uint_eq(monitor_dispatch_bound_ns(room->dispatch, 2, MONITOR_BOUND_ABSOLUTE), 4 * S);
    ck_assert_uint_eq(monitor_dispatch_bound_ns(room->dispatch, 1, MONITOR_BOUND_GROUP), 4 * S);
}
END_TEST

/* --- Defined capacity ----------------------------------------------------------------------------------- */

/*
 * One LIP with the whole IP, 100 MSU, and a defined capacity of 50. Busy from the load on, its average is 100 k / 48
 * after k intervals: 50 after 24, at 2 h. From then on it is held at 0.50 IP, and the zeros of before the load go out:
 * (24 * 100 + 24 * 50) / 48 = 75 at 4 h. Then its full hours go out: 50 at 6 h. That is the limit, and it stays there.
 * Never is it below, never does it jump up: every interval after 2 h has 150 s.
 */
START_TEST(a_soft_limit_is_a_level_not_a_brake)
{
    const bool pooled = _i % 2, every_slice = _i >= 2;
    g_autoptr(Room) room = room_new(&(RoomPlan){.n_ips = 1, .pooled = pooled, .every_slice = every_slice});

    monitor_dispatch_set_msu(room->dispatch, 10000);
    monitor_dispatch_set_defined_capacity(room->dispatch, 1, 5000);
    room_set_lpar(room, 1, pooled ? 10 : 0, RESMGR_CAP_NONE, 0);
    room_set_busy(room_add(room, 1, 1, pooled ? 0 : 1, pooled ? 0 : 6000), true);
    for (unsigned k = 1; k <= 10 * 12; k++) {
        HvTime before_ns = room_running(room, 0);
        uint32_t average = 0;

        for (unsigned value = k > 48 ? k - 47 : 1; value <= k; value++)
            average += value <= 24 ? 10000 : 5000;
        room_run(room, FIVE_MINUTES);
        ck_near("interval", k, room_running(room, 0) - before_ns, k <= 24 ? FIVE_MINUTES : FIVE_MINUTES / 2);
        ck_assert_uint_eq(monitor_dispatch_rolling_msu(room->dispatch, 1), (average + 24) / 48);
    }
    ck_assert_uint_eq(monitor_dispatch_bound_ns(room->dispatch, 1, MONITOR_BOUND_SOFT), 8 * HOUR);
    /* Loaded anew, the average is 0 again, and nothing holds it. */
    monitor_dispatch_forget_rolling(room->dispatch, 1);
    HvTime before_ns = room_running(room, 0);

    room_run(room, 2 * HOUR);
    ck_near("after a load", 1, room_running(room, 0) - before_ns, 2 * HOUR);
    room_check(room);
}
END_TEST

/* 40 % of an IP is below the 50 MSU for ever. Then all of it, 60 more each time: (40 * 48 + 60 k) / 48 >= 50 at k = 8;
 * and half an IP of others' work makes no difference to that. */
START_TEST(below_the_limit_nothing_is_held)
{
    g_autoptr(Room) room = room_new(&(RoomPlan){.n_ips = 1, .pooled = true});

    monitor_dispatch_set_msu(room->dispatch, 10000);
    monitor_dispatch_set_defined_capacity(room->dispatch, 1, 5000);
    room_set_lpar(room, 1, 10, RESMGR_CAP_NONE, 0);
    RoomWorker *worker = room_add(room, 1, 1, 0, 0);

    room_demand(worker, 40 * MS, 100 * MS);
    room_run(room, 5 * HOUR);
    ck_assert_uint_eq(monitor_dispatch_rolling_msu(room->dispatch, 1), 4000);
    ck_assert_uint_eq(monitor_dispatch_bound_ns(room->dispatch, 1, MONITOR_BOUND_NONE), 5 * HOUR);
    hv_engine_cancel(room->engine, &worker->arrival);
    room_set_busy(worker, true);
    room_run(room, 8 * FIVE_MINUTES);
    ck_assert_uint_eq(monitor_dispatch_bound_ns(room->dispatch, 1, MONITOR_BOUND_SOFT), 0);
    room_run(room, FIVE_MINUTES);
    ck_assert_uint_eq(monitor_dispatch_bound_ns(room->dispatch, 1, MONITOR_BOUND_SOFT), FIVE_MINUTES);
}
END_TEST

/* The capacity of an LPAR bound to two IPs by 20 % and 40 %: 0.90 IP is 0.30 and 0.60, as an absolute cap would be. */
START_TEST(a_soft_limit_is_split_by_share)
{
    g_autoptr(Room) room = room_new(&(RoomPlan){.n_ips = 2});

    monitor_dispatch_set_msu(room->dispatch, 10000);
    monitor_dispatch_set_defined_capacity(room->dispatch, 1, 9000);
    room_set_busy(room_add(room, 1, 1, 1, 2000), true);
    room_set_busy(room_add(room, 1, 2, 2, 4000), true);
    /* 200 MSU k / 48 >= 90 at k = 22. */
    room_run(room, 22 * FIVE_MINUTES);
    ck_assert_uint_eq(room_running(room, 1), 22 * FIVE_MINUTES);
    room_run(room, FIVE_MINUTES);
    ck_near("lips", 1, room_running(room, 0), 22 * FIVE_MINUTES + FIVE_MINUTES / 10 * 3);
    ck_near("lips", 2, room_running(room, 1), 22 * FIVE_MINUTES + FIVE_MINUTES / 10 * 6);
}
END_TEST

/* --- Group capacity ------------------------------------------------------------------------------------- */

/*
 * 50 MSU for three LPARs of 100/50/150 with an IP of 100 MSU each: 300 k / 48 >= 50 at k = 8. Then 16.7, 8.3 and 25
 * MSU. When the third is idle its part goes to the others, 2:1: 33.3 and 16.7. With a defined capacity of 20 the first
 * has no more than that, and the second 30.
 */
START_TEST(group_capacity_is_divided_by_weight)
{
    static const unsigned members[] = {1, 2, 3};
    static const uint32_t weights[] = {100, 50, 150};
    static const HvTime fractions[3][2][3] = {
        {{6, 12, 4}, {1, 1, 1}}, {{3, 6, 1}, {1, 1, 0}}, {{5, 10, 1}, {1, 3, 0}}};
    const bool own = _i == 2, idle = _i > 0;
    g_autoptr(Room) room = room_new(&(RoomPlan){.n_ips = 3, .pooled = true});

    monitor_dispatch_set_msu(room->dispatch, 10000);
    monitor_dispatch_add_group(
        room->dispatch,
        &(MonitorGroupTerms){.limit_msu_hundredths = 5000, .members = members, .n_members = 3});
    if (own)
        monitor_dispatch_set_defined_capacity(room->dispatch, 1, 2000);
    for (unsigned i = 0; i < 3; i++) {
        room_set_lpar(room, i + 1, weights[i], RESMGR_CAP_NONE, 0);
        room_set_busy(room_add(room, i + 1, 1, 0, 0), true);
    }
    room_run(room, own ? 6 * FIVE_MINUTES : 8 * FIVE_MINUTES);
    ck_assert_uint_eq(running_of(room, 2), own ? 6 * FIVE_MINUTES : 8 * FIVE_MINUTES);
    room_run(room, own ? 4 * FIVE_MINUTES : 0);
    ck_assert_uint_ge(monitor_dispatch_group_rolling_msu(room->dispatch, 1), 5000);
    room_set_busy(&room->workers[2], !idle);
    HvTime before_ns[3] = {running_of(room, 1), running_of(room, 2), running_of(room, 3)};

    room_run(room, FIVE_MINUTES);
    for (unsigned i = 0; i < 3; i++)
        ck_near(
            "member", i + 1, running_of(room, i + 1) - before_ns[i],
            FIVE_MINUTES * fractions[_i][1][i] / fractions[_i][0][i]);
    ck_assert_uint_gt(monitor_dispatch_bound_ns(room->dispatch, 2, MONITOR_BOUND_GROUP_CAPACITY), 0);
    ck_assert_int_eq(monitor_dispatch_bound_ns(room->dispatch, 1, MONITOR_BOUND_SOFT) > 0, own);
    /* In the long run the group is held at its limit, all together. */
    room_set_busy(&room->workers[2], true);
    room_run(room, 8 * HOUR);
    HvTime total_ns = running_of(room, 1) + running_of(room, 2) + running_of(room, 3);

    room_run(room, HOUR);
    ck_near("group", 0, running_of(room, 1) + running_of(room, 2) + running_of(room, 3) - total_ns, HOUR / 2);
    room_check(room);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("monitor/capacity");
    TCase *tcase = tcase_create("capacity");

    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, the_average_has_48_values);
    tcase_add_loop_test(tcase, a_group_is_held_at_its_cap, 0, G_N_ELEMENTS(group_cases));
    tcase_add_test(tcase, what_a_member_leaves_the_others_have);
    tcase_add_loop_test(tcase, a_soft_limit_is_a_level_not_a_brake, 0, 4);
    tcase_add_test(tcase, below_the_limit_nothing_is_held);
    tcase_add_test(tcase, a_soft_limit_is_split_by_share);
    tcase_add_loop_test(tcase, group_capacity_is_divided_by_weight, 0, 3);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
