/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The channel subsystem: queueing at devices by hand and against a second implementation, the choice of a
 * path, what is told to whom when an LPAR's requests are ended, and the meters.
 */
#include "hv/channel.h"
#include "hv/rng.h"

#include <check.h>
#include <inttypes.h>
#include <stdlib.h>

#define MS HV_NS_PER_MS

typedef struct Room Room;

/* One request as its owner sees it. */
typedef struct {
    Room *room;
    unsigned told;     /* times it was told */
    unsigned told_nth; /* its place among all that were told, from 1 */
    HvTime told_at_ns;
    HvIoResult result;
    bool starts_another; /* when told, it starts the request behind it in the array */
} Ticket;

struct Room {
    HvEngine *engine;
    HvTrace *trace;
    HvMachineDef *def;
    HvChannels *channels;
    unsigned n_told;
};

/* Paths 03 (0 ms), 0A (1 ms), FF (2 ms). Devices: 0 on 0A, 5 ms; 1 on 0A, 3 ms; 2 on 03, 0A and FF, 10 ms. */
static Room *room_new(void)
{
    Room *room = g_new0(Room, 1);

    room->engine = hv_engine_new();
    room->trace = hv_trace_new();
    room->def = hv_machine_def_new();
    room->def->chps[0x0A].service_ns = 1 * MS;
    room->def->chps[0xFF].service_ns = 2 * MS;
    for (unsigned d = 0; d < 3; d++) {
        static const HvTime service_ns[] = {5 * MS, 3 * MS, 10 * MS};
        HvDeviceDef *device = hv_device_def_new("D", (uint16_t)d, service_ns[d]);

        hv_device_def_add_chp(device, 0x0A);
        g_ptr_array_add(room->def->devices, device);
    }
    hv_device_def_add_chp(g_ptr_array_index(room->def->devices, 2), 0x03);
    hv_device_def_add_chp(g_ptr_array_index(room->def->devices, 2), 0xFF);
    room->channels = hv_channels_new(room->engine, room->trace, room->def, 1);
    return room;
}

static void room_free(Room *room)
{
    hv_channels_free(room->channels);
    hv_machine_def_free(room->def);
    hv_trace_free(room->trace);
    hv_engine_free(room->engine);
    g_free(room);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Room, room_free)

static const uint64_t all_chps[4] = {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};

static void told(void *data, HvIoResult result, HvTime served_ns);

static bool start(Room *room, Ticket *ticket, unsigned lpar, unsigned device)
{
    ticket->room = room;
    return hv_channels_start(room->channels, lpar, device, all_chps, told, ticket);
}

static void told(void *data, HvIoResult result, G_GNUC_UNUSED HvTime served_ns)
{
    Ticket *ticket = data;

    ticket->told++;
    ticket->told_nth = ++ticket->room->n_told;
    ticket->told_at_ns = hv_engine_now(ticket->room->engine);
    ticket->result = result;
    if (ticket->starts_another)
        ck_assert(start(ticket->room, ticket + 1, 1, 0));
}

static void check_counts(HvIoCounts counts, uint64_t started, uint64_t done, uint64_t ended, HvTime busy_ns)
{
    ck_assert_uint_eq(counts.started, started);
    ck_assert_uint_eq(counts.done, done);
    ck_assert_uint_eq(counts.ended, ended);
    ck_assert_uint_eq(counts.busy_ns, busy_ns);
}

/*
 * Device 0 takes 1 + 5 = 6 ms: requests at 0, 2, 3, 20 ms are done at 6, 12, 18, 26 ms.
 * Device 1 takes 1 + 3 = 4 ms; on the same path, but not kept waiting by it: at 1, 2 ms, done at 5, 9 ms.
 */
START_TEST(first_come_first_served)
{
    static const struct {
        HvTime at_ms, done_ms;
        unsigned device, told_nth;
    } rows[] = {{0, 6, 0, 2}, {1, 5, 1, 1}, {2, 12, 0, 4}, {2, 9, 1, 3}, {3, 18, 0, 5}, {20, 26, 0, 6}};
    g_autoptr(Room) room = room_new();
    Ticket tickets[G_N_ELEMENTS(rows)] = {0};

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        hv_engine_run_until(room->engine, rows[i].at_ms * MS);
        ck_assert(start(room, &tickets[i], 1 + i % 2, rows[i].device));
    }
    hv_engine_run_until(room->engine, 100 * MS);
    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        ck_assert_uint_eq(tickets[i].told, 1);
        ck_assert_int_eq(tickets[i].result, HV_IO_DONE);
        ck_assert_uint_eq(tickets[i].told_at_ns, rows[i].done_ms * MS);
        ck_assert_uint_eq(tickets[i].told_nth, rows[i].told_nth);
    }
    /* Device 0 is busy 0-18 and 20-26; device 1 1-9; the path whenever one of them is. */
    check_counts(hv_channels_device_counts(room->channels, 0), 4, 4, 0, 24 * MS);
    check_counts(hv_channels_device_counts(room->channels, 1), 2, 2, 0, 8 * MS);
    check_counts(hv_channels_chp_counts(room->channels, 0x0A), 6, 6, 0, 24 * MS);

    /* In service and waiting on the path: all that lies between a request's start and its end. */
    HvIoCounts path = hv_channels_chp_counts(room->channels, 0x0A);
    HvTime sum_ns = 0;

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++)
        sum_ns += (rows[i].done_ms - rows[i].at_ms) * MS;
    ck_assert_uint_eq(path.service_ns, (4 * 6 + 2 * 4) * MS);
    ck_assert_uint_eq(path.service_ns + path.wait_ns, sum_ns);
}
END_TEST

START_TEST(meters_show_what_is_in_service)
{
    g_autoptr(Room) room = room_new();
    Ticket tickets[2] = {0};

    hv_engine_run_until(room->engine, 10 * MS);
    ck_assert(start(room, &tickets[0], 1, 0));
    ck_assert(start(room, &tickets[1], 2, 0));
    hv_engine_run_until(room->engine, 13 * MS);
    check_counts(hv_channels_device_counts(room->channels, 0), 2, 0, 0, 3 * MS);
    check_counts(hv_channels_chp_counts(room->channels, 0x0A), 2, 0, 0, 3 * MS);
    ck_assert_uint_eq(hv_channels_device_counts(room->channels, 0).wait_ns, 3 * MS);
    ck_assert_uint_eq(hv_channels_pending(room->channels, 1), 1);
    ck_assert_uint_eq(hv_channels_pending(room->channels, 3), 0);
    hv_engine_run_until(room->engine, 17 * MS);
    check_counts(hv_channels_device_counts(room->channels, 0), 2, 1, 0, 7 * MS);
    ck_assert_uint_eq(hv_channels_device_counts(room->channels, 0).service_ns, 7 * MS);
    ck_assert_uint_eq(hv_channels_device_counts(room->channels, 0).wait_ns, 6 * MS);
    ck_assert_uint_eq(hv_channels_pending(room->channels, 1), 0);
    ck_assert_uint_eq(hv_channels_pending(room->channels, 2), 1);
}
END_TEST

/* Device 2 has paths 03, 0A, FF. Device 0's requests load 0A. */
START_TEST(takes_the_least_loaded_path)
{
    static const uint8_t expected[] = {0x03, 0x0A, 0xFF, 0x03, 0x0A};
    g_autoptr(Room) room = room_new();
    Ticket tickets[8] = {0};

    for (unsigned i = 0; i < G_N_ELEMENTS(expected); i++) {
        uint64_t before = hv_channels_chp_counts(room->channels, expected[i]).started;

        ck_assert(start(room, &tickets[i], 1, 2));
        ck_assert_uint_eq(hv_channels_chp_counts(room->channels, expected[i]).started, before + 1);
    }
    ck_assert(start(room, &tickets[5], 1, 0)); /* loads are now 2, 3, 1 */
    ck_assert(start(room, &tickets[6], 1, 2));
    ck_assert_uint_eq(hv_channels_chp_counts(room->channels, 0xFF).started, 2);
    /* 03 at 10; 0A 11 more; FF 12; 03 10; 0A 11; FF 12: the path each came by decides its time. */
    hv_engine_run_until(room->engine, 200 * MS);
    ck_assert_uint_eq(tickets[0].told_at_ns, 10 * MS);
    ck_assert_uint_eq(tickets[1].told_at_ns, 21 * MS);
    ck_assert_uint_eq(tickets[2].told_at_ns, 33 * MS);
    ck_assert_uint_eq(tickets[6].told_at_ns, 66 * MS);
}
END_TEST

START_TEST(needs_a_path_of_the_device)
{
    g_autoptr(Room) room = room_new();
    Ticket ticket = {.room = room};
    uint64_t chps[4] = {0};

    hv_chp_map_set(chps, 0x03, true);
    ck_assert(!hv_channels_start(room->channels, 1, 0, chps, told, &ticket));
    ck_assert(hv_channels_start(room->channels, 1, 2, chps, told, &ticket));
    check_counts(hv_channels_device_counts(room->channels, 0), 0, 0, 0, 0);
    hv_chp_map_set(chps, 0x03, false);
    ck_assert(!hv_channels_start(room->channels, 1, 2, chps, told, &ticket));
    hv_engine_run_until(room->engine, 50 * MS);
    ck_assert_uint_eq(ticket.told, 1);
}
END_TEST

/*
 * Started at 0: LPAR 1 on device 1, on device 0; LPAR 2 on device 0; LPAR 1 on device 0 and on device 2.
 * Ended at 2 ms: LPAR 1's in order of start; LPAR 2's, which waited, begins at 2 ms and is done at 8 ms.
 */
START_TEST(ends_what_an_lpar_has_under_way)
{
    static const unsigned lpars[] = {1, 1, 2, 1, 1}, devices[] = {1, 0, 0, 0, 2};
    static const unsigned told_nth[] = {1, 2, 5, 3, 4};
    g_autoptr(Room) room = room_new();
    Ticket tickets[5] = {0};

    for (unsigned i = 0; i < 5; i++)
        ck_assert(start(room, &tickets[i], lpars[i], devices[i]));
    hv_engine_run_until(room->engine, 2 * MS);
    ck_assert_uint_eq(hv_channels_end_lpar(room->channels, 1), 4);
    ck_assert_uint_eq(hv_channels_end_lpar(room->channels, 1), 0);
    ck_assert_uint_eq(hv_channels_pending(room->channels, 1), 0);
    ck_assert_uint_eq(hv_trace_count(room->trace), 4);
    hv_engine_run_until(room->engine, 100 * MS);
    for (unsigned i = 0; i < 5; i++) {
        ck_assert_uint_eq(tickets[i].told, 1);
        ck_assert_uint_eq(tickets[i].told_nth, told_nth[i]);
        ck_assert_int_eq(tickets[i].result, lpars[i] == 1 ? HV_IO_ENDED : HV_IO_DONE);
        ck_assert_uint_eq(tickets[i].told_at_ns, lpars[i] == 1 ? 2 * MS : 8 * MS);
    }
    check_counts(hv_channels_device_counts(room->channels, 0), 3, 1, 2, 8 * MS);
    check_counts(hv_channels_device_counts(room->channels, 1), 1, 0, 1, 2 * MS);
    check_counts(hv_channels_chp_counts(room->channels, 0x0A), 4, 1, 3, 8 * MS);
}
END_TEST

/* A guest that answers an ended request with a new one keeps that one, and ending comes to an end. */
START_TEST(a_new_request_while_ending_stays)
{
    g_autoptr(Room) room = room_new();
    Ticket tickets[3] = {{.starts_another = true}, {.starts_another = true}};

    ck_assert(start(room, &tickets[0], 1, 0));
    ck_assert_uint_eq(hv_channels_end_lpar(room->channels, 1), 1);
    ck_assert_uint_eq(hv_channels_pending(room->channels, 1), 1);
    hv_engine_run_until(room->engine, 100 * MS);
    ck_assert_int_eq(tickets[1].result, HV_IO_DONE);
    ck_assert_uint_eq(tickets[1].told_at_ns, 6 * MS);
    ck_assert_uint_eq(tickets[2].told_at_ns, 12 * MS);
    /* Freed with a request under way: nobody is told any more. */
    tickets[2] = (Ticket){0};
    ck_assert(start(room, &tickets[2], 1, 0));
    hv_channels_free(room->channels);
    room->channels = NULL;
    hv_engine_run_until(room->engine, 200 * MS);
    ck_assert_uint_eq(tickets[2].told, 0);
}
END_TEST

/* What the second implementation keeps of a request: all of it at once, no events. */
typedef struct {
    HvTime at_ns, done_ns;
    unsigned device;
    uint8_t chpid;
} Reference;

static void predict(const Room *room, Reference *all, unsigned nth)
{
    static const uint8_t paths[] = {0x03, 0x0A, 0xFF};
    const HvDeviceDef *device = g_ptr_array_index(room->def->devices, all[nth].device);
    HvTime begin_ns = all[nth].at_ns;
    unsigned least = UINT_MAX;

    for (unsigned p = 0; p < 3; p++) {
        unsigned load = 0;

        for (unsigned i = 0; i < nth; i++)
            load += all[i].chpid == paths[p] && all[i].done_ns > all[nth].at_ns;
        if (hv_device_def_on_chp(device, paths[p]) && load < least) {
            least = load;
            all[nth].chpid = paths[p];
        }
    }
    for (unsigned i = 0; i < nth; i++)
        if (all[i].device == all[nth].device)
            begin_ns = MAX(begin_ns, all[i].done_ns);
    all[nth].done_ns = begin_ns + device->service_ns + room->def->chps[all[nth].chpid].service_ns;
}

START_TEST(agrees_with_a_second_implementation)
{
    enum { N = 400 };
    g_autoptr(Room) room = room_new();
    Reference references[N] = {0};
    Ticket tickets[N] = {0};
    HvTime at_ns = 0;
    HvRng rng;

    hv_rng_init(&rng, (uint64_t)_i, "requests");
    for (unsigned i = 0; i < N; i++) {
        at_ns += hv_rng_below(&rng, 8 * MS);
        references[i] = (Reference){.at_ns = at_ns, .device = (unsigned)hv_rng_below(&rng, 3)};
        predict(room, references, i);
        hv_engine_run_until(room->engine, at_ns);
        ck_assert(start(room, &tickets[i], 1, references[i].device));
    }
    hv_engine_run_until(room->engine, at_ns + 100 * HV_NS_PER_S);
    for (unsigned i = 0; i < N; i++)
        ck_assert_msg(
            tickets[i].told == 1 && tickets[i].told_at_ns == references[i].done_ns,
            "seed %d, request %u: %" PRIu64 ", not %" PRIu64, _i, i, tickets[i].told_at_ns,
            references[i].done_ns);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hv/channel");
    TCase *tcase = tcase_create("channel");

    tcase_add_test(tcase, first_come_first_served);
    tcase_add_test(tcase, meters_show_what_is_in_service);
    tcase_add_test(tcase, takes_the_least_loaded_path);
    tcase_add_test(tcase, needs_a_path_of_the_device);
    tcase_add_test(tcase, ends_what_an_lpar_has_under_way);
    tcase_add_test(tcase, a_new_request_while_ending_stays);
    tcase_add_loop_test(tcase, agrees_with_a_second_implementation, 0, 20);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
