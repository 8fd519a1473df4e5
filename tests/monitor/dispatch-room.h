/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_TESTS_DISPATCH_ROOM_H
#define LPARSIM_TESTS_DISPATCH_ROOM_H

#include "monitor/dispatch.h"

/* A dispatcher with an engine, and workers instead of guests: what the dispatcher's tests run in. */
#define ROOM_MAX_WORKERS 64

typedef struct Room Room;

/* The work of one LIP. */
typedef struct {
    Room *room;
    MonitorTcb *tcb;
    unsigned lpar, lip;
    HvTime backlog_ns; /* what is left to do; HV_TIME_NEVER: no end to it */
    HvTime ran_ns;     /* what it was told that it ran */
    HvTime arrives_ns; /* work that arrives each period */
    HvTime period_ns;
    HvEvent arrival;
    void (*done)(void *worker); /* called when the backlog is done; NULL: it waits */
} RoomWorker;

struct Room {
    HvEngine *engine;
    HvTrace *trace;
    MonitorDispatch *dispatch;
    unsigned n_ips, n_workers;
    HvTime ended_ns; /* what tasks that have ended had on IPs */
    RoomWorker workers[ROOM_MAX_WORKERS];
};

/* How the machine is: n_ips CPs, all in one pool or all divided by shares. */
typedef struct {
    unsigned n_ips;
    bool pooled;
    HvTime slice_ns, cost_ns;
    bool wait_completion, every_slice, frames_only, vertical;
} RoomPlan;

Room *room_new(const RoomPlan *plan);
void room_free(Room *room);
/* LPAR with a weight for CPs (0: shares) and a cap. */
void room_set_lpar(Room *room, unsigned lpar, uint32_t weight, ResmgrCapKind kind, uint32_t ips_hundredths);
/* A LIP with `share_bp` of `ip`, or in the pool (ip 0), that waits. */
RoomWorker *room_add(Room *room, unsigned lpar, unsigned lip, uint16_t ip, uint32_t share_bp);
/* Ends the worker's task and makes another one for the same LIP, in the pool, that waits. */
void room_replace(RoomWorker *worker);
/* The worker has this much (more) to do. */
void room_give(RoomWorker *worker, HvTime work_ns);
void room_set_busy(RoomWorker *worker, bool busy);
/* From now on `work_ns` arrive at the beginning of each period. */
void room_demand(RoomWorker *worker, HvTime work_ns, HvTime period_ns);
/* Lets time pass and settles. */
void room_run(Room *room, HvTime duration_ns);
/* The dispatcher and what its workers wait for, written down, and read into a room without any (asserted). */
GBytes *room_image(Room *room);
bool room_read(Room *room, const Room *from, GBytes *image, GError **error);
/* Invariant 9, added up here: stops the test if it does not hold. Settled by the call. */
void room_check(Room *room);
/* Busy time of worker i as the monitor accounts it, dispatching not included. */
HvTime room_running(const Room *room, unsigned i);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Room, room_free)

#endif
