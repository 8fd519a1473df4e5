/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pools with an IP for everybody, and pools on the edge of it: who runs where, and that nothing depends on the way it is
 * computed.
 *
 * The random pools have jobs that come at random, so that LIPs wake and wait all the time and seats and frames follow each
 * other. The same pool is gone through slice by slice, and with frames alone. The number of the loop, printed with a
 * failure, is the seed.
 */
#include "dispatch-room.h"
#include "hv/rng.h"
#include "tests/sanitized.h"

#include <check.h>

#define MS      HV_NS_PER_MS
#define SLICE   (10 * MS)
#define N_LPARS 8

static Room *new_pool(unsigned n_ips, unsigned n_lpars, const RoomPlan *plan)
{
    RoomPlan with_pool = *plan;

    with_pool.n_ips = n_ips;
    with_pool.pooled = true;
    with_pool.slice_ns = SLICE;
    Room *room = room_new(&with_pool);

    for (unsigned lpar = 1; lpar <= n_lpars; lpar++) {
        room_set_lpar(room, lpar, 100, RESMGR_CAP_NONE, 0);
        room_add(room, lpar, 1, 0, 0);
    }
    return room;
}

/* --- Who runs where ------------------------------------------------------------------------------------- */

static HvTime on_ip(const Room *room, unsigned worker, unsigned ip)
{
    return monitor_dispatch_matrix_ns(room->dispatch, room->workers[worker].lpar, ip);
}

/*
 * Three IPs. A sits on 1, B on 2. A gets up after 15 ms, C takes the lowest free IP, 1; when A comes back at 25 ms, 3 is
 * left. B has been on 2 all the time: 100 ms are ten dispatches, however often others came and went.
 */
START_TEST(a_lip_stays_where_it_is)
{
    g_autoptr(Room) room = new_pool(3, 3, &(RoomPlan){0});

    room_set_busy(&room->workers[0], true);
    room_set_busy(&room->workers[1], true);
    room_run(room, 15 * MS);
    room_set_busy(&room->workers[0], false);
    room_set_busy(&room->workers[2], true);
    room_run(room, 10 * MS);
    room_set_busy(&room->workers[0], true);
    room_run(room, 75 * MS);
    room_check(room);
    ck_assert_uint_eq(on_ip(room, 0, 1), 15 * MS);
    ck_assert_uint_eq(on_ip(room, 0, 3), 75 * MS);
    ck_assert_uint_eq(on_ip(room, 1, 2), 100 * MS);
    ck_assert_uint_eq(on_ip(room, 2, 1), 85 * MS);
    ck_assert_uint_eq(monitor_tcb_account(room->workers[1].tcb).dispatches, 10);
    ck_assert_uint_eq(monitor_dispatch_ip_account(room->dispatch, 3).idle_ns, 25 * MS);
}
END_TEST

/* 2 ms at the head of each slice of 10 ms: work of 20 ms is done after 2 + 8 + 2 + 8 + 2 + 4 = 26 ms. */
START_TEST(dispatches_cost_time_on_a_seat_too)
{
    g_autoptr(Room) room = new_pool(2, 2, &(RoomPlan){.cost_ns = 2 * MS});

    room_give(&room->workers[0], 20 * MS);
    room_run(room, 26 * MS - 1);
    ck_assert_uint_eq(room->workers[0].backlog_ns, 1);
    room_run(room, 30 * MS);
    room_check(room);
    MonitorLipAccount account = monitor_tcb_account(room->workers[0].tcb);

    ck_assert_uint_eq(account.running_ns, 20 * MS);
    ck_assert_uint_eq(account.management_ns, 6 * MS);
    ck_assert_uint_eq(account.ready_ns, 6 * MS);
    ck_assert_uint_eq(account.dispatches, 3);
}
END_TEST

static void note_end(void *data)
{
    RoomWorker *worker = data;

    worker->arrives_ns = hv_engine_now(worker->room->engine);
    monitor_dispatch_set_ready(worker->room->dispatch, worker->tcb, false);
}

/* Of 40 ms of work, 25 are cancelled after 10: with an IP to itself it ends at 15 ms, beside another LIP at 25. */
START_TEST(a_burst_that_has_become_shorter_is_asked_for)
{
    const unsigned n_busy = (unsigned)_i;
    g_autoptr(Room) room = new_pool(1, 1 + n_busy, &(RoomPlan){0});
    RoomWorker *worker = &room->workers[0];

    worker->done = note_end;
    room_give(worker, 40 * MS);
    for (unsigned i = 1; i <= n_busy; i++)
        room_set_busy(&room->workers[i], true);
    hv_engine_run_until(room->engine, 10 * MS);
    monitor_dispatch_settle_task(room->dispatch, worker->tcb);
    ck_assert_uint_eq(worker->backlog_ns, 30 * MS);
    worker->backlog_ns -= 25 * MS;
    monitor_dispatch_burst_changed(room->dispatch, worker->tcb);
    room_run(room, 90 * MS);
    room_check(room);
    ck_assert_uint_eq(worker->backlog_ns, 0);
    /* Frames of 20 ms, and it goes first: 10 ms, 10 ms of the other, 5 ms. */
    ck_assert_uint_eq(worker->arrives_ns, n_busy ? 25 * MS : 15 * MS);
    ck_assert_uint_eq(worker->ran_ns, 15 * MS);
}
END_TEST

/* --- Random pools --------------------------------------------------------------------------------------- */

typedef struct {
    Room *room;
    HvRng rng;
    uint64_t mean_gap_ns;
    HvEvent arrival;
} Pool;

/* A job for one of the LIPs of the pool; sometimes two at the same moment. */
static void job_comes(HvEvent *event, void *data)
{
    Pool *pool = data;
    RoomWorker *worker = &pool->room->workers[hv_rng_below(&pool->rng, pool->room->n_workers)];

    room_give(worker, 1 + hv_rng_below(&pool->rng, 30 * MS));
    hv_engine_after(
        pool->room->engine, event,
        hv_rng_below(&pool->rng, 20) ? hv_rng_below(&pool->rng, 2 * pool->mean_gap_ns) : 0);
}

/* Up to 16 IPs for up to 64 LIPs of 8 LPARs, which use them to between a third and all; now and then
 * a hold, and a LIP that goes offline and comes back. */
static Room *simulate(uint64_t seed, const RoomPlan *plan, bool looks, bool caps)
{
    g_autofree Pool *pool = g_new0(Pool, 1);
    RoomPlan with_ips = *plan;

    hv_rng_init(&pool->rng, seed, "test-seat");
    with_ips.n_ips = 1 + (unsigned)hv_rng_below(&pool->rng, 16);
    with_ips.pooled = true;
    pool->room = room_new(&with_ips);
    for (unsigned lpar = 1; lpar <= N_LPARS; lpar++)
        room_set_lpar(
            pool->room, lpar, 1 + (uint32_t)hv_rng_below(&pool->rng, 300),
            caps && lpar % 3 == 0 ? RESMGR_CAP_ABSOLUTE : RESMGR_CAP_NONE, 50 * lpar);
    for (unsigned i = 0, n = 1 + (unsigned)hv_rng_below(&pool->rng, ROOM_MAX_WORKERS); i < n; i++)
        room_add(pool->room, 1 + i % N_LPARS, 1 + i / N_LPARS, 0, 0);
    pool->mean_gap_ns = 15 * MS / with_ips.n_ips * (1 + hv_rng_below(&pool->rng, 3));
    hv_event_init(&pool->arrival, HV_PRIORITY_GUEST, job_comes, pool);
    hv_engine_after(pool->room->engine, &pool->arrival, 0);
    for (unsigned step = 0; step < 100; step++) {
        RoomWorker *worker = &pool->room->workers[step % pool->room->n_workers];

        monitor_dispatch_set_held(pool->room->dispatch, worker->tcb, step % 5 == 0);
        if (step % 7 == 3)
            room_replace(worker);
        hv_engine_run_until(pool->room->engine, (step + 1) * 20 * MS);
        if (looks)
            room_check(pool->room);
    }
    hv_engine_cancel(pool->room->engine, &pool->arrival);
    room_check(pool->room);
    return pool->room;
}

static void ck_same_lips(const Room *a, const Room *b, bool dispatches_too)
{
    for (unsigned i = 0; i < a->n_workers; i++) {
        MonitorLipAccount x = monitor_tcb_account(a->workers[i].tcb);
        MonitorLipAccount y = monitor_tcb_account(b->workers[i].tcb);

        ck_assert_uint_eq(a->workers[i].backlog_ns, b->workers[i].backlog_ns);
        ck_assert_uint_eq(x.running_ns, y.running_ns);
        ck_assert_uint_eq(x.ready_ns, y.ready_ns);
        ck_assert_uint_eq(x.waiting_ns, y.waiting_ns);
        if (!dispatches_too)
            continue;
        ck_assert_uint_eq(x.dispatches, y.dispatches);
        ck_assert_uint_eq(x.management_ns, y.management_ns);
    }
}

static void ck_same_ips(const Room *a, const Room *b)
{
    for (unsigned ip = 1; ip <= a->n_ips; ip++) {
        MonitorIpAccount x = monitor_dispatch_ip_account(a->dispatch, ip);
        MonitorIpAccount y = monitor_dispatch_ip_account(b->dispatch, ip);

        ck_assert_mem_eq(&x, &y, sizeof(x));
    }
}

START_TEST(jobs_fare_the_same_slice_by_slice_and_looked_at)
{
    const HvTime cost_ns = _i % 2 ? 50 * HV_NS_PER_US : 0;
    const bool caps = _i % 3 == 0;
    g_autoptr(Room) closed = simulate((uint64_t)_i, &(RoomPlan){.cost_ns = cost_ns}, false, caps);
    g_autoptr(Room)
        slices = simulate((uint64_t)_i, &(RoomPlan){.cost_ns = cost_ns, .every_slice = true}, false, caps);
    g_autoptr(Room) looked_at = simulate((uint64_t)_i, &(RoomPlan){.cost_ns = cost_ns}, true, caps);

    ck_same_lips(closed, slices, true);
    ck_same_ips(closed, slices);
    ck_same_lips(closed, looked_at, true);
    ck_same_ips(closed, looked_at);
}
END_TEST

/* As long as a dispatch costs nothing. */
START_TEST(jobs_fare_the_same_in_frames)
{
    const bool caps = _i % 3 == 0;
    g_autoptr(Room) seats = simulate((uint64_t)_i, &(RoomPlan){0}, false, caps);
    g_autoptr(Room) frames = simulate((uint64_t)_i, &(RoomPlan){.frames_only = true}, false, caps);

    ck_same_lips(seats, frames, false);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("monitor/seat");
    TCase *tcase = tcase_create("seat");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, a_lip_stays_where_it_is);
    tcase_add_test(tcase, dispatches_cost_time_on_a_seat_too);
    tcase_add_loop_test(tcase, a_burst_that_has_become_shorter_is_asked_for, 0, 2);
    tcase_add_loop_test(tcase, jobs_fare_the_same_slice_by_slice_and_looked_at, 0, 30 / TESTS_ONE_OF);
    tcase_add_loop_test(tcase, jobs_fare_the_same_in_frames, 0, 30 / TESTS_ONE_OF);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
