/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Workers for the dispatcher's tests: they work, wait, and are told what they ran.
 *
 * A worker keeps books of its own on what it was told, so a test can compare them with the monitor's.
 */
#include "dispatch-room.h"

#include <check.h>

#define ROOM_MAX_LPAR 40

static HvTime worker_burst(void *work, unsigned lip)
{
    const RoomWorker *worker = work;

    ck_assert_uint_eq(worker->lip, lip);
    return worker->backlog_ns;
}

static void worker_ran(void *work, unsigned lip, HvTime ran_ns)
{
    RoomWorker *worker = work;

    ck_assert_uint_eq(worker->lip, lip);
    ck_assert_uint_gt(ran_ns, 0);
    worker->ran_ns += ran_ns;
    if (worker->backlog_ns == HV_TIME_NEVER)
        return;
    ck_assert_uint_le(ran_ns, worker->backlog_ns);
    worker->backlog_ns -= ran_ns;
    if (worker->backlog_ns > 0)
        return;
    if (worker->done)
        worker->done(worker);
    else
        monitor_dispatch_set_ready(worker->room->dispatch, worker->tcb, false);
}

static const MonitorWorkOps worker_ops = {.burst = worker_burst, .ran = worker_ran};

Room *room_new(const RoomPlan *plan)
{
    Room *room = g_new0(Room, 1);
    g_autofree HvIpType *types = g_new0(HvIpType, plan->n_ips);
    g_autofree bool *in_pool = g_new0(bool, plan->n_ips);

    for (unsigned i = 0; i < plan->n_ips; i++)
        in_pool[i] = plan->pooled;
    room->engine = hv_engine_new();
    room->trace = hv_trace_new();
    room->n_ips = plan->n_ips;
    room->dispatch = monitor_dispatch_new(
        room->engine, room->trace,
        &(MonitorDispatchConfig){
            .n_ips = plan->n_ips,
            .ip_types = types,
            .ip_in_pool = in_pool,
            .max_lpar = ROOM_MAX_LPAR,
            .slice_ns = plan->slice_ns,
            .dispatch_cost_ns = plan->cost_ns,
            .wait_completion = plan->wait_completion,
            .every_slice = plan->every_slice,
            .vertical = plan->vertical,
            .frames_only = plan->frames_only,
        });
    return room;
}

void room_free(Room *room)
{
    for (unsigned i = 0; i < room->n_workers; i++)
        hv_engine_cancel(room->engine, &room->workers[i].arrival);
    monitor_dispatch_free(room->dispatch);
    hv_trace_free(room->trace);
    hv_engine_free(room->engine);
    g_free(room);
}

void room_set_lpar(Room *room, unsigned lpar, uint32_t weight, ResmgrCapKind kind, uint32_t ips_hundredths)
{
    const uint32_t weights[HV_IP_TYPES] = {[HV_IP_CP] = weight};

    monitor_dispatch_set_lpar(room->dispatch, lpar, weights, (ResmgrCap){kind, ips_hundredths});
}

static void work_arrives(HvEvent *event, void *data)
{
    RoomWorker *worker = data;

    room_give(worker, worker->arrives_ns);
    hv_engine_after(worker->room->engine, event, worker->period_ns);
}

RoomWorker *room_add(Room *room, unsigned lpar, unsigned lip, uint16_t ip, uint32_t share_bp)
{
    const MonitorBinding binding = {.ip = ip, .share_bp = share_bp, .type = HV_IP_CP};

    g_assert(room->n_workers < ROOM_MAX_WORKERS);
    RoomWorker *worker = &room->workers[room->n_workers++];

    *worker = (RoomWorker){.room = room, .lpar = lpar, .lip = lip};
    hv_event_init(&worker->arrival, HV_PRIORITY_GUEST, work_arrives, worker);
    worker->tcb = monitor_dispatch_make_task(room->dispatch, lpar, lip, &binding, &worker_ops, worker);
    return worker;
}

void room_replace(RoomWorker *worker)
{
    const MonitorBinding binding = {.type = HV_IP_CP};
    MonitorDispatch *dispatch = worker->room->dispatch;

    monitor_dispatch_settle(dispatch);
    MonitorLipAccount account = monitor_tcb_account(worker->tcb);

    worker->room->ended_ns += account.running_ns + account.management_ns;
    monitor_dispatch_end_task(dispatch, worker->tcb);
    worker->backlog_ns = 0;
    worker->tcb =
        monitor_dispatch_make_task(dispatch, worker->lpar, worker->lip, &binding, &worker_ops, worker);
}

void room_give(RoomWorker *worker, HvTime work_ns)
{
    worker->backlog_ns += work_ns;
    monitor_dispatch_set_ready(worker->room->dispatch, worker->tcb, true);
}

void room_set_busy(RoomWorker *worker, bool busy)
{
    /* What it ran so far belongs to the work it had, so the monitor hears first. */
    monitor_dispatch_settle(worker->room->dispatch);
    worker->backlog_ns = busy ? HV_TIME_NEVER : 0;
    monitor_dispatch_set_ready(worker->room->dispatch, worker->tcb, busy);
}

void room_demand(RoomWorker *worker, HvTime work_ns, HvTime period_ns)
{
    worker->arrives_ns = work_ns;
    worker->period_ns = period_ns;
    hv_engine_after(worker->room->engine, &worker->arrival, 0);
}

void room_run(Room *room, HvTime duration_ns)
{
    hv_engine_run_until(room->engine, hv_engine_now(room->engine) + duration_ns);
    monitor_dispatch_settle(room->dispatch);
}

static void *find_worker(void *data, unsigned lpar, unsigned lip)
{
    Room *room = data;

    for (unsigned i = 0; i < room->n_workers; i++)
        if (room->workers[i].lpar == lpar && room->workers[i].lip == lip)
            return &room->workers[i];
    return NULL;
}

static void room_codec(Room *room, HvCodec *codec)
{
    const MonitorWorkers workers = {&worker_ops, find_worker, room};

    monitor_dispatch_codec(room->dispatch, codec, &workers);
    for (unsigned i = 0; i < room->n_workers; i++)
        hv_codec_event(codec, &room->workers[i].arrival);
}

GBytes *room_image(Room *room)
{
    g_autoptr(HvCodec) codec = hv_codec_writer(room->engine, /* whole= */ true);
    GBytes *image;

    monitor_dispatch_settle(room->dispatch);
    room_codec(room, codec);
    hv_codec_finish(codec, &image, NULL);
    return image;
}

bool room_read(Room *room, const Room *from, GBytes *image, GError **error)
{
    g_assert(room->n_workers == 0);
    monitor_dispatch_quiesce(room->dispatch);
    hv_engine_set_clock(room->engine, hv_engine_now(from->engine));
    g_autoptr(HvCodec) codec = hv_codec_reader(room->engine, /* whole= */ true, image);

    room->ended_ns = from->ended_ns;
    room->n_workers = from->n_workers;
    for (unsigned i = 0; i < room->n_workers; i++) {
        room->workers[i] = from->workers[i];
        room->workers[i].room = room;
        hv_event_init(&room->workers[i].arrival, HV_PRIORITY_GUEST, work_arrives, &room->workers[i]);
    }
    room_codec(room, codec);
    for (unsigned i = 0; i < room->n_workers; i++)
        room->workers[i].tcb =
            monitor_dispatch_find(room->dispatch, room->workers[i].lpar, room->workers[i].lip);
    return hv_codec_finish(codec, NULL, error);
}

void room_check(Room *room)
{
    HvTime now = hv_engine_now(room->engine), busy_ns = 0, running_ns = room->ended_ns;

    monitor_dispatch_settle(room->dispatch);
    for (unsigned ip = 1; ip <= room->n_ips; ip++) {
        MonitorIpAccount account = monitor_dispatch_ip_account(room->dispatch, ip);

        ck_assert_uint_eq(account.busy_ns + account.idle_ns + account.management_ns, now);
        busy_ns += account.busy_ns + account.management_ns;
    }
    for (unsigned i = 0; i < room->n_workers; i++) {
        MonitorLipAccount account = monitor_tcb_account(room->workers[i].tcb);

        ck_assert_uint_eq(account.running_ns + account.ready_ns + account.waiting_ns, account.online_ns);
        ck_assert_uint_le(account.held_ns, account.waiting_ns);
        running_ns += account.running_ns + account.management_ns;
    }
    ck_assert_uint_eq(busy_ns, running_ns);
    for (unsigned lpar = 0; lpar <= ROOM_MAX_LPAR; lpar++)
        for (unsigned ip = 1; ip <= room->n_ips; ip++)
            busy_ns -= monitor_dispatch_matrix_ns(room->dispatch, lpar, ip);
    ck_assert_uint_eq(busy_ns, 0);
}

HvTime room_running(const Room *room, unsigned i)
{
    return monitor_tcb_account(room->workers[i].tcb).running_ns;
}
