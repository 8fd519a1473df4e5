/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Usage over intervals, and the checkers of the invariants about control and time.
 */
#include "dispatch-room.h"
#include "monitor/account.h"
#include "monitor/check.h"

#include <check.h>

#define S HV_NS_PER_S

/* One IP, LIPs with 75 % and 25 %, both busy. */
static Room *two_on_one(void)
{
    Room *room = room_new(&(RoomPlan){.n_ips = 1});

    room_add(room, 1, 1, 1, 7500);
    room_add(room, 2, 1, 1, 2500);
    room_set_busy(&room->workers[0], true);
    room_set_busy(&room->workers[1], true);
    return room;
}

static MonitorUsage *take(Room *room)
{
    monitor_dispatch_settle(room->dispatch);
    return monitor_usage_take(room->dispatch);
}

static const MonitorLipUsage *lip_at(const MonitorUsage *usage, unsigned i)
{
    ck_assert_uint_lt(i, usage->lips->len);
    return &g_array_index(usage->lips, MonitorLipUsage, i);
}

/* 8 s, of which the last 4 are measured: 3 and 1 s. */
START_TEST(usage_is_of_the_interval)
{
    g_autoptr(Room) room = two_on_one();

    room_run(room, 4 * S);
    g_autoptr(MonitorUsage) before = take(room);

    room_run(room, 4 * S);
    g_autoptr(MonitorUsage) now = take(room);
    g_autoptr(MonitorUsage) usage = monitor_usage_since(before, now);
    g_autoptr(MonitorUsage) all = monitor_usage_since(NULL, now);

    ck_assert_uint_eq(usage->interval_ns, 4 * S);
    ck_assert_uint_eq(g_array_index(usage->ips, MonitorIpAccount, 0).busy_ns, 4 * S);
    ck_assert_uint_eq(usage->lips->len, 2);
    ck_assert_uint_eq(lip_at(usage, 0)->account.running_ns, 3 * S);
    ck_assert_uint_eq(lip_at(usage, 0)->account.ready_ns, S);
    ck_assert_uint_eq(lip_at(usage, 1)->account.running_ns, S);
    ck_assert_uint_eq(lip_at(usage, 1)->account.online_ns, 4 * S);
    ck_assert_uint_eq(monitor_usage_matrix(usage, 1, 1), 3 * S);
    ck_assert_uint_eq(monitor_usage_matrix(usage, 2, 1), S);
    ck_assert_uint_eq(monitor_usage_matrix(usage, 3, 1), 0);
    ck_assert_uint_eq(all->interval_ns, 8 * S);
    ck_assert_uint_eq(lip_at(all, 0)->account.running_ns, 6 * S);
    /* A frame of 25 ms has pieces of 18.75 and 6.25 ms, slice 12.5 ms: three dispatches. */
    ck_assert_uint_eq(g_array_index(all->ips, MonitorIpAccount, 0).dispatches, 3 * 8 * 40);
}
END_TEST

/* 2 s with both, 2 s with the first alone, whose task then ends and is made again, 2 s with nobody busy. */
START_TEST(nothing_is_lost_when_tasks_end)
{
    g_autoptr(Room) room = two_on_one();

    room_run(room, 2 * S);
    monitor_dispatch_end_task(room->dispatch, room->workers[1].tcb);
    room_run(room, 2 * S);
    monitor_dispatch_end_task(room->dispatch, room->workers[0].tcb);
    room->n_workers = 0;
    room_add(room, 1, 1, 1, 7500);
    room_run(room, 2 * S);
    g_autoptr(MonitorUsage) now = take(room);
    g_autoptr(MonitorUsage) usage = monitor_usage_since(NULL, now);

    ck_assert_uint_eq(usage->lips->len, 2);
    ck_assert(lip_at(usage, 0)->online && !lip_at(usage, 1)->online);
    ck_assert_uint_eq(lip_at(usage, 0)->account.running_ns, 3 * S / 2 + 2 * S);
    ck_assert_uint_eq(lip_at(usage, 0)->account.waiting_ns, 2 * S);
    ck_assert_uint_eq(lip_at(usage, 0)->account.online_ns, 6 * S);
    ck_assert_uint_eq(lip_at(usage, 1)->account.running_ns, S / 2);
    ck_assert_uint_eq(lip_at(usage, 1)->account.online_ns, 2 * S);
    ck_assert_uint_eq(g_array_index(usage->ips, MonitorIpAccount, 0).idle_ns, 2 * S);

    /* From now on LPAR2 neither has been nor is online: it is left out. */
    room_run(room, S);
    g_autoptr(MonitorUsage) later = take(room);
    g_autoptr(MonitorUsage) last = monitor_usage_since(now, later);

    ck_assert_uint_eq(last->lips->len, 1);
    ck_assert_uint_eq(lip_at(last, 0)->account.online_ns, S);
    ck_assert_uint_eq(lip_at(last, 0)->account.waiting_ns, S);
}
END_TEST

/* --- Checkers ------------------------------------------------------------------------------------------- */

static void ck_says(char *wrong, const char *part)
{
    g_autofree char *sentence = wrong;

    ck_assert_ptr_nonnull(sentence);
    ck_assert_msg(strstr(sentence, part) != NULL, "\"%s\" says nothing of \"%s\"", sentence, part);
}

START_TEST(check_7_wants_one_holder)
{
    static const MonitorHolder good[] = {
        {MONITOR_COMPONENT_SVP, 0}, {MONITOR_COMPONENT_RESMGR, 0}, {MONITOR_COMPONENT_LIP_CONTROL, 3}};
    static const MonitorHolder bad[] = {
        {MONITOR_COMPONENT_LPAR_CONTROL, 0}, {MONITOR_COMPONENT_MONITOR, 2}, {MONITOR_COMPONENTS, 0}};

    for (unsigned i = 0; i < G_N_ELEMENTS(good); i++)
        ck_assert_ptr_null(monitor_check_7(&(MonitorControl){.holder = good[i]}));
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++)
        ck_says(monitor_check_7(&(MonitorControl){.holder = bad[i]}), "invariant 7");
}
END_TEST

START_TEST(check_8_wants_no_running_while_held)
{
    ck_assert_ptr_null(monitor_check_8(5 * S, 5 * S));
    ck_says(monitor_check_8(5 * S, 5 * S + 12), "ran for 12 ns");
}
END_TEST

START_TEST(check_9_wants_all_time_accounted)
{
    g_autoptr(Room) room = two_on_one();

    room_run(room, S);
    ck_assert_ptr_null(monitor_check_9(room->dispatch, 1, S));
    ck_says(monitor_check_9(room->dispatch, 1, S + 1), "IP 1");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("monitor/account");
    TCase *tcase = tcase_create("account");

    tcase_add_test(tcase, usage_is_of_the_interval);
    tcase_add_test(tcase, nothing_is_lost_when_tasks_end);
    tcase_add_test(tcase, check_7_wants_one_holder);
    tcase_add_test(tcase, check_8_wants_no_running_while_held);
    tcase_add_test(tcase, check_9_wants_all_time_accounted);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
