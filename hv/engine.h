/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_ENGINE_H
#define LPARSIM_HV_ENGINE_H

#include "hv/event-queue.h"

/*
 * The simulated clock. Time moves only in hv_engine_run_until(), hv_engine_run_while() and
 * hv_engine_catch_up(), from event to event, and never backwards. Many engines can live in one process; none knows of the others.
 */
typedef struct HvEngine HvEngine;

HvEngine *hv_engine_new(void);
void hv_engine_free(HvEngine *engine);

HvTime hv_engine_now(const HvEngine *engine);
/* Queues the event at an absolute time, not before now (asserted); a queued event is moved. */
void hv_engine_at(HvEngine *engine, HvEvent *event, HvTime time_ns);
/* The same, `delay_ns` from now. */
void hv_engine_after(HvEngine *engine, HvEvent *event, HvTime delay_ns);
void hv_engine_cancel(HvEngine *engine, HvEvent *event);

/* Fires every event due up to and including `until_ns`, then sets the clock to it. until_ns >= now
 * (asserted). */
void hv_engine_run_until(HvEngine *engine, HvTime until_ns);
/*
 * Fires events one by one while `*go_on` is true. Returns false when no event is left although *go_on is
 * still true (whoever waits would wait for ever). The clock stands at the last event fired.
 */
bool hv_engine_run_while(HvEngine *engine, const bool *go_on);
/*
 * A machine with real guests: from now on the clock follows the wall clock. hv_engine_run_until() takes as long
 * as it says, hv_engine_run_while() waits for what comes from outside too, and both let the sources of GLib's
 * default main context run meanwhile. There is no way back.
 */
void hv_engine_follow_wall_clock(HvEngine *engine);
bool hv_engine_follows_wall_clock(const HvEngine *engine);
/*
 * In a source of the main context: for how long before nobody has listened to it. What came meanwhile comes late, all at
 * once.
 */
HvTime hv_engine_deaf_ns(const HvEngine *engine);
/* Everything that is due by the wall clock, now; nothing in simulated time. */
void hv_engine_catch_up(HvEngine *engine);
/*
 * What comes from outside, from any thread: func(data) is called by the engine that follows the wall clock, as
 * soon as it runs, in the order of the posts, and then free_func(data), which may be NULL. Of posts still there
 * when the engine is freed, only the latter is called.
 */
void hv_engine_post(HvEngine *engine, void (*func)(void *data), void *data, void (*free_func)(void *data));

/* Number of events fired so far, and that are queued now. */
uint64_t hv_engine_fired(const HvEngine *engine);
size_t hv_engine_queued(const HvEngine *engine);
/* Simulated time goes on from there, before anything has been queued (asserted): a state that was written down is read back. */
void hv_engine_set_clock(HvEngine *engine, HvTime now_ns);
/* So many events have fired, before any has (asserted): the same. */
void hv_engine_set_fired(HvEngine *engine, uint64_t fired);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvEngine, hv_engine_free)

#endif
