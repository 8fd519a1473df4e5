/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The codec of states and time: points in time on another clock, events in the order in which they would have fired, requests and their
 * owners, and what is done at the end.
 */
#include "hv/codec.h"

#include "hv/error.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define S HV_NS_PER_S

static HvEngine *engine_at(HvTime now_ns)
{
    HvEngine *engine = hv_engine_new();

    hv_engine_set_clock(engine, now_ns);
    return engine;
}

/* --- Points in time ------------------------------------------------------------------------------------- */

static const struct {
    HvTime written_at, value, read_at, moment, since;
} times[] = {
    {100, 100, 50, 50, 50},
    {100, 30, 500, 430, 430},
    {100, 30, 50, 0, (HvTime)-20}, /* 70 before 50: as far back as there is, or by the difference only */
    {100, 0, 100, 0, 0},
    {0, 0, 1000 * S, 1000 * S, 1000 * S},
    {100, HV_TIME_NEVER, 7, HV_TIME_NEVER, (HvTime)-94},
};

START_TEST(points_in_time_follow_the_clock)
{
    g_autoptr(HvEngine) then = engine_at(times[_i].written_at);
    g_autoptr(HvEngine) now = engine_at(times[_i].read_at);
    g_autoptr(HvCodec) writer = hv_codec_writer(then, /* whole= */ false);
    HvTime moment = times[_i].value, since = times[_i].value;
    GBytes *bytes;

    hv_codec_moment(writer, &moment);
    hv_codec_since(writer, &since);
    ck_assert(moment == times[_i].value && since == times[_i].value);
    hv_codec_finish(writer, &bytes, NULL);
    g_autoptr(HvCodec) reader = hv_codec_reader(now, /* whole= */ false, bytes);

    hv_codec_moment(reader, &moment);
    hv_codec_since(reader, &since);
    ck_assert(hv_codec_finish(reader, NULL, NULL));
    ck_assert_uint_eq(moment, times[_i].moment);
    ck_assert_uint_eq(since, times[_i].since);
    ck_assert_uint_eq(times[_i].read_at - since, times[_i].written_at - times[_i].value);
    g_bytes_unref(bytes);
}
END_TEST

/* --- Events --------------------------------------------------------------------------------------------- */

#define EVENTS 40

typedef struct {
    HvEvent events[EVENTS];
    unsigned order[EVENTS], n_fired;
} Agenda;

static void note_event(HvEvent *event, void *data)
{
    Agenda *agenda = data;

    agenda->order[agenda->n_fired++] = (unsigned)(event - agenda->events);
}

static void agenda_init(Agenda *agenda)
{
    *agenda = (Agenda){.n_fired = 0};
    for (unsigned i = 0; i < EVENTS; i++)
        hv_event_init(
            &agenda->events[i], i % 2 ? HV_PRIORITY_GUEST : HV_PRIORITY_MONITOR, note_event, agenda);
}

/* Named in another order than they were queued in. */
static void agenda_codec(Agenda *agenda, HvCodec *codec)
{
    for (unsigned i = EVENTS; i-- > 0;)
        hv_codec_event(codec, &agenda->events[i]);
}

/* Many events at few times: most are ties. Some are not queued. */
START_TEST(events_fire_in_the_order_in_which_they_would_have)
{
    g_autoptr(HvEngine) then = engine_at(1000), now = engine_at(5);
    g_autoptr(HvCodec) writer = hv_codec_writer(then, /* whole= */ true);
    Agenda a, b;
    GBytes *bytes;
    HvRng rng;

    hv_rng_init(&rng, (uint64_t)_i, "agenda");
    agenda_init(&a);
    agenda_init(&b);
    for (unsigned i = 0; i < 100; i++)
        hv_engine_after(then, &a.events[hv_rng_below(&rng, EVENTS)], hv_rng_below(&rng, 4));
    agenda_codec(&a, writer);
    hv_codec_finish(writer, &bytes, NULL);
    g_autoptr(HvCodec) reader = hv_codec_reader(now, /* whole= */ true, bytes);

    agenda_codec(&b, reader);
    ck_assert_uint_eq(hv_engine_queued(now), 0);
    ck_assert(hv_codec_finish(reader, NULL, NULL));
    ck_assert_uint_eq(hv_engine_queued(now), hv_engine_queued(then));
    for (unsigned step = 0; step < 5; step++) {
        hv_engine_run_until(then, 1000 + step);
        hv_engine_run_until(now, 5 + step);
        ck_assert_uint_eq(a.n_fired, b.n_fired);
        ck_assert_mem_eq(a.order, b.order, sizeof(a.order));
    }
    ck_assert_uint_eq(hv_engine_queued(now), 0);
    g_bytes_unref(bytes);
}
END_TEST

typedef struct {
    HvEngine *engine;
    HvEvent event;
    unsigned calls[2], n_calls;
    size_t queued;
} Owner;

static void first_afterwards(void *data)
{
    Owner *owner = data;

    owner->calls[owner->n_calls++] = 1;
    owner->queued = hv_engine_queued(owner->engine);
}

static void second_afterwards(void *data)
{
    Owner *owner = data;

    owner->calls[owner->n_calls++] = 2;
}

static void do_nothing(G_GNUC_UNUSED HvEvent *event, G_GNUC_UNUSED void *data)
{
}

static void owner_codec(Owner *owner, HvCodec *codec)
{
    hv_codec_afterwards(codec, first_afterwards, owner);
    hv_codec_afterwards(codec, second_afterwards, owner);
    hv_codec_event(codec, &owner->event);
}

START_TEST(what_is_to_be_done_afterwards_finds_events_queued)
{
    Owner a = {.n_calls = 0}, b = {.n_calls = 0}; /* they outlive the engines */
    g_autoptr(HvEngine) engine = hv_engine_new();
    g_autoptr(HvEngine) other = hv_engine_new();
    g_autoptr(HvCodec) writer = hv_codec_writer(engine, /* whole= */ true);
    GBytes *bytes;

    a.engine = engine;
    b.engine = other;
    hv_event_init(&a.event, HV_PRIORITY_GUEST, do_nothing, NULL);
    hv_event_init(&b.event, HV_PRIORITY_GUEST, do_nothing, NULL);
    hv_engine_at(engine, &a.event, 17);
    owner_codec(&a, writer);
    hv_codec_finish(writer, &bytes, NULL);
    ck_assert_uint_eq(a.n_calls, 0);
    g_autoptr(HvCodec) reader = hv_codec_reader(other, /* whole= */ true, bytes);

    owner_codec(&b, reader);
    ck_assert_uint_eq(b.n_calls, 0);
    ck_assert(hv_codec_finish(reader, NULL, NULL));
    ck_assert(b.n_calls == 2 && b.calls[0] == 1 && b.calls[1] == 2 && b.queued == 1);
    ck_assert_uint_eq(b.event.time_ns, 17);
    hv_engine_cancel(other, &b.event);
    g_bytes_unref(bytes);
}
END_TEST

/* --- Requests ------------------------------------------------------------------------------------------- */

static void
told_one(G_GNUC_UNUSED void *data, G_GNUC_UNUSED HvIoResult result, G_GNUC_UNUSED HvTime served_ns)
{
}

static void
told_two(G_GNUC_UNUSED void *data, G_GNUC_UNUSED HvIoResult result, G_GNUC_UNUSED HvTime served_ns)
{
}

typedef struct {
    HvIoFunc func;
    void *data;
} Request;

/* Owner 0 has two requests, owner 1 one, owner 2 none. */
static void
io_codec(char owners[3], Request *requests, unsigned n_requests, const uint64_t counts[3], HvCodec *codec)
{
    hv_codec_declare_io(codec, told_one, &owners[0], counts[0]);
    hv_codec_declare_io(codec, told_two, &owners[1], counts[1]);
    hv_codec_declare_io(codec, told_one, &owners[2], counts[2]);
    for (unsigned i = 0; i < n_requests; i++)
        hv_codec_io(codec, &requests[i].func, &requests[i].data);
}

static const struct {
    uint64_t counts[3]; /* that the reader's owners wait for */
    const char *says;   /* NULL: it fits */
} waiting[] = {
    {{2, 1, 0}, NULL},
    {{2, 1, 1}, "somebody waits for a request that is not there"},
    {{3, 1, 0}, "somebody waits for a request that is not there"},
    {{1, 1, 0}, "a request belongs to nobody"},
    {{2, 0, 0}, "a request belongs to nobody"},
};

START_TEST(requests_find_their_owners)
{
    g_autoptr(HvEngine) engine = hv_engine_new();
    g_autoptr(HvCodec) writer = hv_codec_writer(engine, /* whole= */ true);
    char a[3], b[3];
    Request written[3] = {{told_two, &a[1]}, {told_one, &a[0]}, {told_one, &a[0]}}, read[3] = {{NULL, NULL}};
    g_autoptr(GError) error = NULL;
    GBytes *bytes;

    io_codec(a, written, 3, waiting[0].counts, writer);
    hv_codec_finish(writer, &bytes, NULL);
    g_autoptr(HvCodec) reader = hv_codec_reader(engine, /* whole= */ true, bytes);

    io_codec(b, read, 3, waiting[_i].counts, reader);
    ck_assert_int_eq(hv_codec_finish(reader, NULL, &error), waiting[_i].says == NULL);
    g_bytes_unref(bytes);
    if (waiting[_i].says) {
        ck_assert_ptr_nonnull(strstr(error->message, waiting[_i].says));
        return;
    }
    ck_assert(read[0].func == told_two && read[0].data == &b[1]);
    ck_assert(read[1].func == told_one && read[1].data == &b[0]);
    ck_assert(read[2].func == told_one && read[2].data == &b[0]);
}
END_TEST

/* --- What a writer must not do -------------------------------------------------------------------------- */

START_TEST(an_event_that_nobody_names_stops_the_writer)
{
    HvEngine *engine = hv_engine_new();
    HvCodec *codec = hv_codec_writer(engine, /* whole= */ true);
    HvEvent event;
    GBytes *bytes;

    hv_event_init(&event, HV_PRIORITY_GUEST, do_nothing, NULL);
    hv_engine_at(engine, &event, 1);
    hv_codec_finish(codec, &bytes, NULL);
}
END_TEST

START_TEST(a_request_that_nobody_names_stops_the_writer)
{
    HvEngine *engine = hv_engine_new();
    HvCodec *codec = hv_codec_writer(engine, /* whole= */ true);
    char owner;
    GBytes *bytes;

    hv_codec_declare_io(codec, told_one, &owner, 1);
    hv_codec_finish(codec, &bytes, NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hv/codec-events");
    TCase *tcase = tcase_create("codec");

    tcase_add_loop_test(tcase, points_in_time_follow_the_clock, 0, G_N_ELEMENTS(times));
    tcase_add_loop_test(tcase, events_fire_in_the_order_in_which_they_would_have, 0, 50);
    tcase_add_test(tcase, what_is_to_be_done_afterwards_finds_events_queued);
    tcase_add_loop_test(tcase, requests_find_their_owners, 0, G_N_ELEMENTS(waiting));
    tcase_add_test_raise_signal(tcase, an_event_that_nobody_names_stops_the_writer, SIGABRT);
    tcase_add_test_raise_signal(tcase, a_request_that_nobody_names_stops_the_writer, SIGABRT);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
