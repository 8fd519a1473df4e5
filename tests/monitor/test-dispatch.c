/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The dispatcher with busy and demanding LIPs: what they get over a minute, against closed forms.
 *
 * Caps are in test-cap.c; random wake and wait, and the comparison with a fluid ideal, in test-dispatch-
 * random.c.
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

static HvTime lpar_running(const Room *room, unsigned lpar)
{
    HvTime sum_ns = 0;

    for (unsigned i = 0; i < room->n_workers; i++)
        sum_ns += room->workers[i].lpar == lpar ? room_running(room, i) : 0;
    return sum_ns;
}

/* --- Busy LIPs get what they are entitled to ------------------------------------------------------------ */

/* IP 1 is LPAR1's; 2 is divided 50/50 by LPAR1/2, 3 33.33/66.67 by LPAR2/3; 4 is LPAR3's. */
START_TEST(shares_are_kept_for_a_minute)
{
    static const struct {
        unsigned lpar, lip;
        uint16_t ip;
        uint32_t share_bp;
    } lips[] = {{1, 1, 1, 10000}, {1, 2, 2, 5000}, {2, 1, 2, 5000},
                {2, 2, 3, 3333},  {3, 1, 3, 6667}, {3, 2, 4, 10000}};
    g_autoptr(Room) room = room_new(&(RoomPlan){.n_ips = 4});

    for (unsigned i = 0; i < G_N_ELEMENTS(lips); i++)
        room_add(room, lips[i].lpar, lips[i].lip, lips[i].ip, lips[i].share_bp);
    all_busy(room);
    room_run(room, MINUTE);
    room_check(room);
    for (unsigned i = 0; i < G_N_ELEMENTS(lips); i++)
        ck_assert_uint_eq(room_running(room, i), MINUTE / 10000 * lips[i].share_bp);
}
END_TEST

typedef struct {
    const char *what;
    unsigned n_ips;
    bool hard_caps;
    struct {
        uint32_t weight;
        unsigned n_lips;
        double low_percent, high_percent; /* of the pool */
    } lpars[3];
} PoolCase;

/* clang-format off */
static const PoolCase pool_cases[] = {
    /* PR/SM's examples; with caps, 20 of 1000 belong to somebody who does nothing. */
    {"caps", 6, true, {{500, 6, 48.2, 51.8}, {480, 3, 46.3, 49.7}, {20, 0, 0, 0}}},
    {"no caps", 6, false, {{500, 6, 48.2, 51.8}, {300, 3, 28.9, 31.1}, {200, 3, 19.3, 20.7}}},
    /* Exactly: 100/300/200 % of one of 6 IPs. */
    {"attainable", 6, false, {{300, 1, 16.65, 16.68}, {100, 6, 49.95, 50.05}, {900, 2, 33.32, 33.35}}},
};
/* clang-format on */

START_TEST(weights_are_kept_for_a_minute)
{
    const PoolCase *one = &pool_cases[_i];
    g_autoptr(Room) room = room_new(&(RoomPlan){.n_ips = one->n_ips, .pooled = true});

    for (unsigned i = 0; i < 3; i++) {
        room_set_lpar(
            room, i + 1, one->lpars[i].weight, one->hard_caps ? RESMGR_CAP_HARD : RESMGR_CAP_NONE, 0);
        for (unsigned lip = 1; lip <= one->lpars[i].n_lips; lip++)
            room_add(room, i + 1, lip, 0, 0);
    }
    all_busy(room);
    room_run(room, MINUTE);
    room_check(room);
    for (unsigned i = 0; i < 3; i++) {
        double percent = 100.0 * (double)lpar_running(room, i + 1) / (double)(one->n_ips * MINUTE);

        ck_assert_double_ge(percent, one->lpars[i].low_percent);
        ck_assert_double_le(percent, one->lpars[i].high_percent);
        /* LIPs of an LPAR have the same, to within a frame's rounding. */
        for (unsigned k = 0; k < room->n_workers; k++)
            if (room->workers[k].lpar == i + 1)
                ck_assert_double_eq_tol(
                    (double)room_running(room, k), (double)lpar_running(room, i + 1) / one->lpars[i].n_lips,
                    0.001 * (double)MINUTE);
    }
}
END_TEST

/*
 * K LIPs on M IPs, slice q: each has exactly M/K of a minute (a multiple of K * q), and its slices come every
 * K/M slices: it waits (K/M - 1) q in between. Looked at slice by slice.
 */
START_TEST(round_robin_is_exact)
{
    static const struct {
        unsigned k, m;
    } cases[] = {{4, 1}, {8, 2}, {12, 4}, {3, 3}, {6, 2}};
    const unsigned k = cases[_i].k, m = cases[_i].m;
    const HvTime slice_ns = 10 * MS;
    g_autoptr(Room) room = room_new(&(RoomPlan){.n_ips = m, .pooled = true, .slice_ns = slice_ns});
    unsigned ran_last[ROOM_MAX_WORKERS] = {0};

    for (unsigned i = 0; i < k; i++) {
        room_set_lpar(room, i + 1, 100, RESMGR_CAP_NONE, 0);
        room_add(room, i + 1, 1, 0, 0);
    }
    all_busy(room);
    for (unsigned slice = 1; slice <= 120; slice++) {
        HvTime before_ns[ROOM_MAX_WORKERS];

        for (unsigned i = 0; i < k; i++)
            before_ns[i] = room_running(room, i);
        room_run(room, slice_ns);
        for (unsigned i = 0; i < k; i++) {
            HvTime got_ns = room_running(room, i) - before_ns[i];

            ck_assert(got_ns == 0 || got_ns == slice_ns);
            if (got_ns > 0 && ran_last[i] > 0)
                ck_assert_uint_eq(slice - ran_last[i], k / m);
            ran_last[i] = got_ns > 0 ? slice : ran_last[i];
        }
    }
    room_run(room, MINUTE - 120 * slice_ns);
    room_check(room);
    for (unsigned i = 0; i < k; i++) {
        MonitorLipAccount account = monitor_tcb_account(room->workers[i].tcb);

        ck_assert_uint_eq(account.running_ns, MINUTE * m / k);
        ck_assert_uint_eq(account.ready_ns, MINUTE - MINUTE * m / k);
        ck_assert_uint_eq(account.dispatches, MINUTE * m / k / slice_ns);
    }
}
END_TEST

/* Slices by the rule: 9 LIPs on 6 IPs 16.67 ms, 7 on 3 12.5 ms; a slice of the user's own overrides. */
START_TEST(slices_are_of_the_domain)
{
    static const struct {
        unsigned n_lips, n_ips;
        HvTime own_ns, slice_ns;
    } cases[] = {{9, 6, 0, 16666666}, {7, 3, 0, 12500000}, {1, 3, 0, 25000000}, {9, 6, 3 * MS, 3 * MS}};

    for (unsigned c = 0; c < G_N_ELEMENTS(cases); c++) {
        g_autoptr(Room) room =
            room_new(&(RoomPlan){.n_ips = cases[c].n_ips, .pooled = true, .slice_ns = cases[c].own_ns});

        for (unsigned i = 0; i < cases[c].n_lips; i++)
            room_add(room, i + 1, 1, 0, 0);
        ck_assert_uint_eq(monitor_dispatch_slice_ns(room->dispatch, room->workers[0].tcb), cases[c].slice_ns);
    }
}
END_TEST

/* --- Dispatching itself --------------------------------------------------------------------------------- */

/*
 * 90 % and 10 % of an IP, slice 12.5 ms, frame 25 ms: pieces of 22.5 and 2.5 ms, three dispatches a frame,
 * 2400 frames. Each costs 20 us.
 */
START_TEST(dispatches_cost_time)
{
    g_autoptr(Room) room = room_new(&(RoomPlan){.n_ips = 1, .cost_ns = 20 * US});

    room_add(room, 1, 1, 1, 9000);
    room_add(room, 2, 1, 1, 1000);
    all_busy(room);
    room_run(room, MINUTE);
    room_check(room);
    MonitorIpAccount account = monitor_dispatch_ip_account(room->dispatch, 1);

    ck_assert_uint_eq(account.dispatches, 3 * 2400);
    ck_assert_uint_eq(account.management_ns, 3 * 2400 * 20 * US);
    ck_assert_uint_eq(account.idle_ns, 0);
    MonitorLipAccount first = monitor_tcb_account(room->workers[0].tcb);

    ck_assert_uint_eq(first.dispatches, 2 * 2400);
    ck_assert_uint_eq(first.running_ns, MINUTE / 10 * 9 - 2 * 2400 * 20 * US);
    ck_assert_uint_eq(first.management_ns, 2 * 2400 * 20 * US);
    ck_assert_uint_eq(room->workers[0].ran_ns, first.running_ns);
}
END_TEST

/* Who waits keeps its half of the IP, and gets no work done; the other has no more than its own half. */
START_TEST(waits_are_completed_on_the_ip)
{
    g_autoptr(Room) room = room_new(&(RoomPlan){.n_ips = 1, .wait_completion = true});

    room_add(room, 1, 1, 1, 5000);
    room_add(room, 2, 1, 1, 5000);
    room_set_busy(&room->workers[0], true);
    room_run(room, MINUTE);
    room_check(room);
    ck_assert_uint_eq(room_running(room, 0), MINUTE / 2);
    ck_assert_uint_eq(room_running(room, 1), MINUTE / 2);
    ck_assert_uint_eq(room->workers[0].ran_ns, MINUTE / 2);
    ck_assert_uint_eq(room->workers[1].ran_ns, 0);
    ck_assert_uint_eq(monitor_dispatch_ip_account(room->dispatch, 1).busy_ns, MINUTE);
    /* A held one does not keep it. */
    monitor_dispatch_set_held(room->dispatch, room->workers[1].tcb, true);
    room_run(room, MINUTE);
    room_check(room);
    ck_assert_uint_eq(room_running(room, 0), MINUTE / 2 + MINUTE);
    ck_assert_uint_eq(room_running(room, 1), MINUTE / 2);
}
END_TEST

/* Invariant 8: a held LIP never runs; the time is a part of its waiting time. */
START_TEST(a_held_lip_never_runs)
{
    g_autoptr(Room) room = room_new(&(RoomPlan){.n_ips = 2, .pooled = true});

    for (unsigned i = 0; i < 3; i++) {
        room_set_lpar(room, i + 1, 100, RESMGR_CAP_NONE, 0);
        room_add(room, i + 1, 1, 0, 0);
    }
    all_busy(room);
    room_run(room, 3 * MS);
    HvTime before_ns = room_running(room, 0);

    monitor_dispatch_set_held(room->dispatch, room->workers[0].tcb, true);
    ck_assert_int_eq(monitor_tcb_state(room->workers[0].tcb), MONITOR_TCB_HELD);
    room_run(room, 7 * MS);
    ck_assert_uint_eq(room_running(room, 0), before_ns);
    monitor_dispatch_set_held(room->dispatch, room->workers[0].tcb, false);
    ck_assert_int_eq(monitor_tcb_state(room->workers[0].tcb), MONITOR_TCB_READY);
    room_run(room, S);
    room_check(room);
    MonitorLipAccount account = monitor_tcb_account(room->workers[0].tcb);

    ck_assert_uint_eq(account.held_ns, 7 * MS);
    ck_assert_uint_eq(account.waiting_ns, 7 * MS);
    ck_assert_uint_gt(account.running_ns, before_ns);
}
END_TEST

/* --- Workers that act while they are told --------------------------------------------------------------- */

static void pass_token(void *data)
{
    RoomWorker *worker = data;
    Room *room = worker->room;
    RoomWorker *next = &room->workers[(worker - room->workers + 1) % room->n_workers];

    monitor_dispatch_set_ready(room->dispatch, worker->tcb, false);
    room_give(next, MS);
}

/* A token goes round on one IP, 1 ms with each: never a nanosecond idle, and the same for all. */
START_TEST(workers_wake_each_other)
{
    g_autoptr(Room) room = room_new(&(RoomPlan){.n_ips = 1});

    for (unsigned i = 0; i < 4; i++)
        room_add(room, i + 1, 1, 1, 1000 + 1000 * i)->done = pass_token;
    room_give(&room->workers[0], MS);
    room_run(room, 4 * S);
    room_check(room);
    for (unsigned i = 0; i < 4; i++) {
        ck_assert_uint_eq(room_running(room, i), S);
        ck_assert_uint_eq(room->workers[i].ran_ns, S);
    }
}
END_TEST

static void end_task(void *data)
{
    RoomWorker *worker = data;

    monitor_dispatch_end_task(worker->room->dispatch, worker->tcb);
    worker->tcb = NULL;
}

static void end_next_task(void *data)
{
    RoomWorker *worker = data;

    end_task(worker + 1);
    end_task(worker);
}

/* The LIP that has done its work goes offline, and takes another one along that has run in the same time. */
START_TEST(tasks_end_while_they_are_told)
{
    g_autoptr(Room) room = room_new(&(RoomPlan){.n_ips = 2, .pooled = true});

    for (unsigned i = 0; i < 3; i++) {
        room_set_lpar(room, i + 1, 100, RESMGR_CAP_NONE, 0);
        room_add(room, i + 1, 1, 0, 0);
    }
    room->workers[0].done = end_next_task;
    room_give(&room->workers[0], 40 * MS);
    room_set_busy(&room->workers[1], true);
    room_set_busy(&room->workers[2], true);
    room_run(room, 39 * MS);
    room_run(room, S - 39 * MS);
    ck_assert_ptr_null(monitor_dispatch_find(room->dispatch, 1, 1));
    ck_assert_ptr_null(monitor_dispatch_find(room->dispatch, 2, 1));
    ck_assert_uint_eq(room->workers[0].ran_ns, 40 * MS);
    ck_assert_uint_ge(room->workers[1].ran_ns, 20 * MS); /* at least what was settled before it ended */
    /*
     * Frame 25 ms, two thirds of it for each, 16.67 ms: the first has its 40 ms 6.67 ms after the beginning
     * of the third frame. The last one, behind the others on the second IP, has 33.33 ms by then, and is
     * alone from there on.
     */
    ck_assert_uint_ge(room_running(room, 2) + 1, S - 70 * MS / 3);
    ck_assert_uint_le(room_running(room, 2), S - 70 * MS / 3 + 1);
    room->n_workers = 0;
}
END_TEST

/* --- Pool shares ---------------------------------------------------------------------------------------- */

static void ck_pool_share(const Room *room, unsigned lpar, uint64_t nominal_bp, uint64_t attainable_bp)
{
    MonitorPoolShare share = monitor_dispatch_pool_share(room->dispatch, lpar, HV_IP_CP);

    ck_assert_uint_eq(share.nominal_bp, nominal_bp);
    ck_assert_uint_eq(share.attainable_bp, attainable_bp);
}

/*
 * 30/10/10/30 on one IP: 37.5/12.5/12.5/37.5 %. The fourth deactivated: 60/20/20. The fourth integrated into
 * the first: 75/12.5/12.5, and the others see no change. (PR/SM; see the glossary for nominal and
 * attainable.)
 */
START_TEST(weights_vanish_or_move)
{
    static const uint32_t weights[] = {30, 10, 10, 30};
    g_autoptr(Room) room = room_new(&(RoomPlan){.n_ips = 1, .pooled = true});

    for (unsigned i = 0; i < 4; i++) {
        room_set_lpar(room, i + 1, weights[i], RESMGR_CAP_NONE, 0);
        room_add(room, i + 1, 1, 0, 0);
    }
    ck_pool_share(room, 1, 3750, 3750);
    ck_pool_share(room, 2, 1250, 1250);
    ck_pool_share(room, 4, 3750, 3750);
    end_task(&room->workers[3]);
    room->n_workers = 3;
    room_set_lpar(room, 4, 0, RESMGR_CAP_NONE, 0);
    ck_pool_share(room, 1, 6000, 6000);
    ck_pool_share(room, 2, 2000, 2000);
    ck_pool_share(room, 4, 0, 0);
    room_set_lpar(room, 1, 60, RESMGR_CAP_NONE, 0);
    ck_pool_share(room, 1, 7500, 7500);
    ck_pool_share(room, 3, 1250, 1250);
}
END_TEST

/* 6 IPs, 300/100/900 with 1/6/2 LIPs: nominal 23.07/7.69/69.23 % of 6, attainable 100/300/200 % of one. */
START_TEST(nominal_and_attainable_differ)
{
    static const unsigned n_lips[] = {1, 6, 2};
    static const uint32_t weights[] = {300, 100, 900};
    g_autoptr(Room) room = room_new(&(RoomPlan){.n_ips = 6, .pooled = true});

    for (unsigned i = 0; i < 3; i++) {
        room_set_lpar(room, i + 1, weights[i], RESMGR_CAP_NONE, 0);
        for (unsigned lip = 1; lip <= n_lips[i]; lip++)
            room_add(room, i + 1, lip, 0, 0);
    }
    ck_pool_share(room, 1, 13846, 10000);
    ck_pool_share(room, 2, 4615, 30000);
    ck_pool_share(room, 3, 41538, 20000);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("monitor/dispatch");
    TCase *tcase = tcase_create("dispatch");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, shares_are_kept_for_a_minute);
    tcase_add_loop_test(tcase, weights_are_kept_for_a_minute, 0, G_N_ELEMENTS(pool_cases));
    tcase_add_loop_test(tcase, round_robin_is_exact, 0, 5);
    tcase_add_test(tcase, slices_are_of_the_domain);
    tcase_add_test(tcase, dispatches_cost_time);
    tcase_add_test(tcase, waits_are_completed_on_the_ip);
    tcase_add_test(tcase, a_held_lip_never_runs);
    tcase_add_test(tcase, workers_wake_each_other);
    tcase_add_test(tcase, tasks_end_while_they_are_told);
    tcase_add_test(tcase, weights_vanish_or_move);
    tcase_add_test(tcase, nominal_and_attainable_differ);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
