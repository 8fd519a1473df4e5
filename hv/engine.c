/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The engine: a clock and the queue of what is to happen.
 *
 * Time jumps from event to event; between two events nothing happens by definition, and whatever accrues
 * steadily (a LIP's running time, a guest's writes) is computed by its owner when somebody looks. The engine
 * knows nothing of what events mean.
 *
 * With real guests the clock follows the wall clock: an event fires when its time has come, and between events
 * the engine waits in GLib's main context. What happens outside (a call to the host has returned, a domain has
 * ended) is posted by whoever hears of it and admitted between two events, at the time it then is: so nothing
 * ever runs beside the engine that could see it half changed.
 */
#include "hv/engine.h"

/* An engine that is behind its events all the time still hears of the outside: after so many of them. */
#define LISTEN_EVERY 64
#define LISTEN_MAX   100

struct HvEngine {
    HvEventQueue *queue;
    HvTime now_ns;
    uint64_t fired;
    /* Following the wall clock; NULL otherwise. */
    GAsyncQueue *posts; /* of EnginePost * */
    GSourceFuncs alarm_funcs;
    GSource *alarm;      /* wakes the main context when the next event is due */
    gint64 wall_base_us; /* monotonic time at simulated time 0 */
    gint64 listened_us;  /* when the main context last ran, or waited */
    HvTime deaf_ns;
};

typedef struct {
    void (*func)(void *data);
    void *data;
    void (*free_func)(void *data); /* may be NULL */
} EnginePost;

static void post_free(void *data)
{
    EnginePost *post = data;

    if (post && post->free_func)
        post->free_func(post->data);
    g_free(post);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(EnginePost, post_free)

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
    if (engine->alarm) {
        g_source_destroy(engine->alarm);
        g_source_unref(engine->alarm);
        g_async_queue_unref(engine->posts);
    }
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

size_t hv_engine_queued(const HvEngine *engine)
{
    return hv_event_queue_length(engine->queue);
}

void hv_engine_set_clock(HvEngine *engine, HvTime now_ns)
{
    g_assert(hv_engine_queued(engine) == 0 && now_ns >= engine->now_ns);
    engine->now_ns = now_ns;
    if (engine->alarm)
        engine->wall_base_us = g_get_monotonic_time() - (gint64)(now_ns / HV_NS_PER_US);
}

void hv_engine_set_fired(HvEngine *engine, uint64_t fired)
{
    g_assert(engine->fired == 0);
    engine->fired = fired;
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

/* --- The wall clock ------------------------------------------------------------------------------------- */

static gboolean alarm_rings(GSource *source, G_GNUC_UNUSED GSourceFunc func, G_GNUC_UNUSED void *data)
{
    g_source_set_ready_time(source, -1);
    return G_SOURCE_CONTINUE;
}

void hv_engine_follow_wall_clock(HvEngine *engine)
{
    g_assert(!engine->alarm);
    engine->alarm_funcs.dispatch = alarm_rings;
    engine->posts = g_async_queue_new_full(post_free);
    engine->alarm = g_source_new(&engine->alarm_funcs, sizeof(GSource));
    g_source_attach(engine->alarm, NULL);
    engine->listened_us = g_get_monotonic_time();
    engine->wall_base_us = engine->listened_us - (gint64)(engine->now_ns / HV_NS_PER_US);
}

bool hv_engine_follows_wall_clock(const HvEngine *engine)
{
    return engine->alarm != NULL;
}

void hv_engine_post(HvEngine *engine, void (*func)(void *data), void *data, void (*free_func)(void *data))
{
    EnginePost *post = g_new(EnginePost, 1);

    g_assert(hv_engine_follows_wall_clock(engine));
    *post = (EnginePost){func, data, free_func};
    g_async_queue_push(engine->posts, post);
    g_main_context_wakeup(NULL);
}

static HvTime wall_now(const HvEngine *engine)
{
    HvTime now_ns = (HvTime)(g_get_monotonic_time() - engine->wall_base_us) * HV_NS_PER_US;

    return MAX(now_ns, engine->now_ns);
}

/* Does one thing that is due by `until_ns`, a post or an event; false if there is none. */
static bool admit_next(HvEngine *engine, HvTime until_ns)
{
    g_autoptr(EnginePost) post = g_async_queue_try_pop(engine->posts);
    const HvEvent *next = hv_event_queue_peek(engine->queue);

    if (post) {
        /* Events that were due before it come first. */
        hv_engine_catch_up(engine);
        post->func(post->data);
        return true;
    }
    if (!next || next->time_ns > MIN(until_ns, wall_now(engine)))
        return false;
    fire_next(engine);
    return true;
}

/* Runs the main context once; true if it had something. */
static bool iterate(HvEngine *engine, bool may_block)
{
    engine->deaf_ns = (HvTime)(g_get_monotonic_time() - engine->listened_us) * HV_NS_PER_US;
    bool ran = g_main_context_iteration(NULL, may_block);

    engine->listened_us = g_get_monotonic_time();
    return ran;
}

HvTime hv_engine_deaf_ns(const HvEngine *engine)
{
    return engine->deaf_ns;
}

/* Lets the main context run until something is due: an event, a post, or `until_ns`. */
static void wait_outside(HvEngine *engine, HvTime until_ns)
{
    const HvEvent *next = hv_event_queue_peek(engine->queue);
    HvTime due_ns = next ? MIN(next->time_ns, until_ns) : until_ns;

    if (due_ns != HV_TIME_NEVER)
        g_source_set_ready_time(engine->alarm, engine->wall_base_us + (gint64)(due_ns / HV_NS_PER_US) + 1);
    if (g_async_queue_length(engine->posts) <= 0)
        iterate(engine, /* may_block= */ true);
}

void hv_engine_catch_up(HvEngine *engine)
{
    const HvEvent *next;
    HvTime until_ns;

    if (!hv_engine_follows_wall_clock(engine))
        return;
    until_ns = wall_now(engine);
    while ((next = hv_event_queue_peek(engine->queue)) && next->time_ns <= until_ns)
        fire_next(engine);
    engine->now_ns = MAX(engine->now_ns, until_ns);
}

/* What the main context has ready, without waiting for more. */
static void listen(HvEngine *engine)
{
    for (unsigned i = 0; i < LISTEN_MAX && iterate(engine, /* may_block= */ false); i++)
        ;
}

static void run_until_wall(HvEngine *engine, HvTime until_ns)
{
    listen(engine);
    for (unsigned i = 1;; i++) {
        if (i % LISTEN_EVERY == 0)
            listen(engine);
        if (admit_next(engine, until_ns))
            continue;
        if (wall_now(engine) >= until_ns)
            break;
        wait_outside(engine, until_ns);
    }
    hv_engine_catch_up(engine);
}

static bool run_while_wall(HvEngine *engine, const bool *go_on)
{
    for (unsigned i = 1; *go_on; i++) {
        if (i % LISTEN_EVERY == 0)
            listen(engine);
        if (!admit_next(engine, HV_TIME_NEVER))
            wait_outside(engine, HV_TIME_NEVER);
    }
    return true;
}

/* -------------------------------------------------------------------------------------------------------- */

void hv_engine_run_until(HvEngine *engine, HvTime until_ns)
{
    const HvEvent *next;

    g_assert(until_ns >= engine->now_ns);
    if (hv_engine_follows_wall_clock(engine)) {
        run_until_wall(engine, until_ns);
        return;
    }
    while ((next = hv_event_queue_peek(engine->queue)) && next->time_ns <= until_ns)
        fire_next(engine);
    engine->now_ns = until_ns;
}

bool hv_engine_run_while(HvEngine *engine, const bool *go_on)
{
    if (hv_engine_follows_wall_clock(engine))
        return run_while_wall(engine, go_on);
    while (*go_on && hv_event_queue_peek(engine->queue))
        fire_next(engine);
    return !*go_on;
}
