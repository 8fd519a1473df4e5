/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The engine: a clock and the queue of what is to happen.
 *
 * Time jumps from event to event; between two events nothing happens by definition, and whatever accrues
 * steadily (a LIP's running time, a guest's writes) is computed by its owner when somebody looks. The engine
 * knows nothing of what events mean.
 */
#include "hv/engine.h"

struct HvEngine {
    HvEventQueue *queue;
    HvTime now_ns;
    uint64_t fired;
};

HvEngine *hv_engine_new(void)
{
    HvEngine *engine = g_new0(HvEngine, 1);

    engine->queue = hv_event_queue_new();
    return engine;
}

void hv_engine_free(HvEngine *engine)
{
    if (!engine)
        return;
    hv_event_queue_free(engine->queue);
    g_free(engine);
}

HvTime hv_engine_now(const HvEngine *engine)
{
    return engine->now_ns;
}

uint64_t hv_engine_fired(const HvEngine *engine)
{
    return engine->fired;
}

void hv_engine_at(HvEngine *engine, HvEvent *event, HvTime time_ns)
{
    g_assert(time_ns >= engine->now_ns);
    hv_event_queue_put(engine->queue, event, time_ns);
}

void hv_engine_after(HvEngine *engine, HvEvent *event, HvTime delay_ns)
{
    g_assert(delay_ns < HV_TIME_NEVER - engine->now_ns);
    hv_engine_at(engine, event, engine->now_ns + delay_ns);
}

void hv_engine_cancel(HvEngine *engine, HvEvent *event)
{
    hv_event_queue_remove(engine->queue, event);
}

static void fire_next(HvEngine *engine)
{
    HvEvent *event = hv_event_queue_take(engine->queue);

    g_assert(event->time_ns >= engine->now_ns);
    engine->now_ns = event->time_ns;
    engine->fired++;
    event->func(event, event->data);
}

void hv_engine_run_until(HvEngine *engine, HvTime until_ns)
{
    const HvEvent *next;

    g_assert(until_ns >= engine->now_ns);
    while ((next = hv_event_queue_peek(engine->queue)) && next->time_ns <= until_ns)
        fire_next(engine);
    engine->now_ns = until_ns;
}

bool hv_engine_run_while(HvEngine *engine, const bool *go_on)
{
    while (*go_on && hv_event_queue_peek(engine->queue))
        fire_next(engine);
    return !*go_on;
}
