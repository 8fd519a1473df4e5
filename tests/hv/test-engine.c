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

int main(void)
{
    Suite *suite = suite_create("engine");
    TCase *tcase = tcase_create("time");

    tcase_add_loop_test(tcase, queue_is_a_sorted_list, 0, 20);
    tcase_add_test(tcase, clock_jumps_from_event_to_event);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
