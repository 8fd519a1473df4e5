/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Events against a sorted list, and the clock that follows them.
 */
#include "hv/engine.h"
#include "hv/rng.h"

#include <check.h>
#include <stdlib.h>

#define EVENTS 200

typedef struct {
    HvEvent event;
    bool queued;
    HvTime time_ns;
    uint64_t order; /* of queueing */
} Known;

static void never(HvEvent *event, void *data)
{
    (void)event, (void)data;
    ck_abort_msg("fired");
}

/* The event that must come next, found by looking at all of them. */
static Known *expected_next(Known *known)
{
    Known *next = NULL;

    for (unsigned i = 0; i < EVENTS; i++) {
        Known *k = &known[i];
        bool earlier = next &&
                       (k->time_ns != next->time_ns                 ? k->time_ns < next->time_ns
                        : k->event.priority != next->event.priority ? k->event.priority < next->event.priority
                                                                    : k->order < next->order);

        if (k->queued && (!next || earlier))
            next = k;
    }
    return next;
}

START_TEST(queue_is_a_sorted_list)
{
    HvEventQueue *queue = hv_event_queue_new();
    static Known known[EVENTS];
    uint64_t order = 0;
    size_t length = 0;
    HvRng rng;

    hv_rng_init(&rng, (uint64_t)_i, "queue");
    for (unsigned i = 0; i < EVENTS; i++) {
        known[i] = (Known){0};
        hv_event_init(&known[i].event, (HvPriority)hv_rng_below(&rng, 5), never, NULL);
    }
    for (unsigned step = 0; step < 5000; step++) {
        Known *k = &known[hv_rng_below(&rng, EVENTS)];
        uint64_t drawn = hv_rng_below(&rng, 10);

        if (drawn < 5) {
            length += !k->queued;
            k->queued = true;
            k->time_ns = hv_rng_below(&rng, 50);
            k->order = order++;
            hv_event_queue_put(queue, &k->event, k->time_ns);
        } else if (drawn < 7) {
            length -= k->queued;
            k->queued = false;
            hv_event_queue_remove(queue, &k->event);
        } else {
            Known *next = expected_next(known);

            ck_assert_ptr_eq(hv_event_queue_take(queue), next ? &next->event : NULL);
            length -= next != NULL;
            if (next)
                next->queued = false;
        }
        ck_assert_uint_eq(hv_event_queue_length(queue), length);
        ck_assert_int_eq(hv_event_is_queued(&k->event), k->queued);
    }
    hv_event_queue_free(queue);
}
END_TEST

typedef struct {
    HvEngine *engine;
    HvEvent event;
    unsigned fired;
    bool go_on;
} Ticker;

static void tick(HvEvent *event, void *data)
{
    Ticker *ticker = data;

    if (++ticker->fired == 5)
        ticker->go_on = false;
    hv_engine_after(ticker->engine, event, 10);
}

START_TEST(clock_jumps_from_event_to_event)
{
    Ticker ticker = {.engine = hv_engine_new(), .go_on = true};

    hv_event_init(&ticker.event, HV_PRIORITY_GUEST, tick, &ticker);
    hv_engine_run_until(ticker.engine, 100);
    ck_assert_uint_eq(hv_engine_now(ticker.engine), 100);
    hv_engine_at(ticker.engine, &ticker.event, 105);
    hv_engine_run_until(ticker.engine, 125); /* 105, 115, 125: the last one is due exactly then */
    ck_assert_uint_eq(ticker.fired, 3);
    ck_assert_uint_eq(hv_engine_now(ticker.engine), 125);
    ck_assert(hv_engine_run_while(ticker.engine, &ticker.go_on));
    ck_assert_uint_eq(hv_engine_now(ticker.engine), 145);
    ck_assert_uint_eq(hv_engine_fired(ticker.engine), 5);
    hv_engine_cancel(ticker.engine, &ticker.event);
    ticker.go_on = true;
    ck_assert(!hv_engine_run_while(ticker.engine, &ticker.go_on));
    hv_engine_free(ticker.engine);
}
END_TEST

/* --- The wall clock ------------------------------------------------------------------------------------- */

static void ring(G_GNUC_UNUSED HvEvent *event, void *data)
{
    Ticker *ticker = data;

    ticker->fired++;
    ticker->go_on = false;
}

typedef struct {
    HvEngine *engine;
    unsigned next; /* the post that must come next */
    HvTime last_ns;
    bool go_on;
} Outside;

typedef struct {
    Outside *outside;
    unsigned number;
} Post;

#define POSTS 200

static void admitted(void *data)
{
    Post *post = data;
    Outside *outside = post->outside;

    ck_assert_uint_eq(post->number, outside->next);
    ck_assert_uint_ge(hv_engine_now(outside->engine), outside->last_ns);
    outside->last_ns = hv_engine_now(outside->engine);
    outside->go_on = ++outside->next < POSTS;
}

static void *post_from_a_thread(void *data)
{
    for (unsigned i = 0; i < POSTS; i++) {
        Post *post = g_new(Post, 1);

        *post = (Post){data, i};
        if (i % 20 == 0)
            g_usleep(1000);
        hv_engine_post(((Outside *)data)->engine, admitted, post, g_free);
    }
    return NULL;
}

START_TEST(what_comes_from_outside_is_admitted_in_order)
{
    Outside outside = {.engine = hv_engine_new(), .go_on = true};
    Ticker ticker = {.engine = outside.engine, .go_on = true};

    hv_engine_run_until(outside.engine, 500);
    hv_engine_follow_wall_clock(outside.engine);
    hv_event_init(&ticker.event, HV_PRIORITY_GUEST, ring, &ticker);
    GThread *thread = g_thread_new("outside", post_from_a_thread, &outside);

    ck_assert(hv_engine_run_while(outside.engine, &outside.go_on));
    g_thread_join(thread);
    ck_assert_uint_eq(outside.next, POSTS);
    /* No post and no event is left: an event queued now is waited for. */
    hv_engine_at(outside.engine, &ticker.event, hv_engine_now(outside.engine) + 5 * HV_NS_PER_MS);
    ck_assert(hv_engine_run_while(outside.engine, &ticker.go_on));
    ck_assert_uint_eq(ticker.fired, 1);
    hv_engine_free(outside.engine);
}
END_TEST

START_TEST(real_time_passes_as_it_is_simulated)
{
    HvEngine *engine = hv_engine_new();
    Ticker ticker = {.engine = engine};
    gint64 begun_us = g_get_monotonic_time();

    hv_engine_follow_wall_clock(engine);
    hv_event_init(&ticker.event, HV_PRIORITY_GUEST, ring, &ticker);
    hv_engine_at(engine, &ticker.event, 10 * HV_NS_PER_MS);
    hv_engine_run_until(engine, 40 * HV_NS_PER_MS);
    ck_assert_int_ge(g_get_monotonic_time() - begun_us, 40 * 1000);
    ck_assert_uint_ge(hv_engine_now(engine), 40 * HV_NS_PER_MS);
    ck_assert_uint_eq(ticker.fired, 1);
    g_usleep(10 * 1000);
    hv_engine_catch_up(engine);
    ck_assert_uint_ge(hv_engine_now(engine), 50 * HV_NS_PER_MS);
    hv_engine_free(engine);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("engine");
    TCase *tcase = tcase_create("time");

    tcase_add_loop_test(tcase, queue_is_a_sorted_list, 0, 20);
    tcase_add_test(tcase, clock_jumps_from_event_to_event);
    tcase_add_test(tcase, what_comes_from_outside_is_admitted_in_order);
    tcase_add_test(tcase, real_time_passes_as_it_is_simulated);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
