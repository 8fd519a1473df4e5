/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Caps: what LIPs that are held down by one get over a minute, and that nobody gets round it.
 */
#include "dispatch-room.h"

#include <check.h>

#define MS     HV_NS_PER_MS
#define US     HV_NS_PER_US
#define S      HV_NS_PER_S
#define MINUTE (60 * S)

static void all_busy(Room *room)
{
    for (unsigned i = 0; i < room->n_workers; i++)
        room_set_busy(&room->workers[i], true);
}

/*
 * A lone LIP on an IP wants d of it in periods of 100 ms and is capped at f: after a minute it has used
 * min(d, f), short of it by at most what is still to be done of one period, or of one frame (25 ms). Never
 * more.
 */
START_TEST(use_is_the_lower_of_demand_and_cap)
{
    static const struct {
        unsigned demand_percent, cap_percent;
    } cases[] = {{30, 50}, {50, 50}, {80, 50}, {100, 50}, {10, 1}, {99, 100}, {3, 90}, {45, 7}};
    const HvTime demand_ns = cases[_i % 8].demand_percent * MINUTE / 100;
    const HvTime cap_ns = cases[_i % 8].cap_percent * MINUTE / 100;
    const bool pooled = _i >= 8;
    g_autoptr(Room) room = room_new(&(RoomPlan){.n_ips = 1, .pooled = pooled});

    room_set_lpar(room, 1, 100, RESMGR_CAP_ABSOLUTE, cases[_i % 8].cap_percent);
    RoomWorker *worker = room_add(room, 1, 1, pooled ? 0 : 1, pooled ? 0 : 2000);

    room_demand(worker, cases[_i % 8].demand_percent * MS, 100 * MS);
    room_run(room, MINUTE - 1);
    room_check(room);
    ck_assert_uint_le(worker->ran_ns, MIN(demand_ns, cap_ns));
    ck_assert_uint_ge(
        worker->ran_ns + (demand_ns < cap_ns ? cases[_i % 8].demand_percent * MS : 25 * MS),
        MIN(demand_ns, cap_ns));
    ck_assert_uint_eq(worker->ran_ns, room_running(room, 0));
}
END_TEST

/* Hard caps of 30 % and 20 % on an IP: exactly that, and half of the IP idle. */
START_TEST(hard_caps_leave_time_idle)
{
    g_autoptr(Room) room = room_new(&(RoomPlan){.n_ips = 1});

    room_set_lpar(room, 1, 0, RESMGR_CAP_HARD, 0);
    room_set_lpar(room, 2, 0, RESMGR_CAP_HARD, 0);
    room_add(room, 1, 1, 1, 3000);
    room_add(room, 2, 1, 1, 2000);
    all_busy(room);
    room_run(room, MINUTE);
    room_check(room);
    ck_assert_uint_eq(room_running(room, 0), MINUTE / 10 * 3);
    ck_assert_uint_eq(room_running(room, 1), MINUTE / 10 * 2);
    ck_assert_uint_eq(monitor_dispatch_ip_account(room->dispatch, 1).idle_ns, MINUTE / 2);
}
END_TEST

/* An absolute cap of 0.90 IP over LIPs with 20 % and 40 % of two IPs: 0.30 and 0.60. */
START_TEST(an_absolute_cap_is_split_by_share)
{
    g_autoptr(Room) room = room_new(&(RoomPlan){.n_ips = 2});

    room_set_lpar(room, 1, 0, RESMGR_CAP_ABSOLUTE, 90);
    room_add(room, 1, 1, 1, 2000);
    room_add(room, 1, 2, 2, 4000);
    all_busy(room);
    room_run(room, MINUTE);
    ck_assert_uint_eq(room_running(room, 0), MINUTE / 100 * 30);
    ck_assert_uint_eq(room_running(room, 1), MINUTE / 100 * 60);
    /* INTEG brings the second one 20 % more: 1/3 and 2/3 become 1/4 and 3/4 of 0.90 from then on. */
    monitor_dispatch_set_share(room->dispatch, room->workers[1].tcb, 6000);
    room_run(room, MINUTE);
    room_check(room);
    ck_assert_uint_eq(room_running(room, 0), MINUTE / 100 * 30 + MINUTE / 1000 * 225);
    ck_assert_uint_eq(room_running(room, 1), MINUTE / 100 * 60 + MINUTE / 1000 * 675);
}
END_TEST

/*
 * A cap is not got round by changes: LIP 1 has a hard cap of 50 % of its IP, LIP 2, with 1 %, begins or ends
 * to work every 12.5 ms, just when LIP 1 has had its half of the frame.
 */
START_TEST(a_cap_holds_while_others_come_and_go)
{
    g_autoptr(Room) room = room_new(&(RoomPlan){.n_ips = 1});

    room_set_lpar(room, 1, 0, RESMGR_CAP_HARD, 0);
    room_add(room, 1, 1, 1, 5000);
    room_add(room, 2, 1, 1, 100);
    room_set_busy(&room->workers[0], true);
    for (unsigned i = 0; i < 4800; i++) {
        room_run(room, 12500 * US);
        room_set_busy(&room->workers[1], i % 2 == 0);
        ck_assert_uint_le(
            room_running(room, 0), hv_engine_now(room->engine) / 2 + 12500 * US); /* half a frame ahead */
    }
    room_check(room);
    ck_assert_uint_ge(room_running(room, 0), MINUTE / 2 - 25 * MS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("monitor/cap");
    TCase *tcase = tcase_create("cap");

    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, use_is_the_lower_of_demand_and_cap, 0, 16);
    tcase_add_test(tcase, hard_caps_leave_time_idle);
    tcase_add_test(tcase, an_absolute_cap_is_split_by_share);
    tcase_add_test(tcase, a_cap_holds_while_others_come_and_go);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
