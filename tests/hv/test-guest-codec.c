/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Guests written down and read back: what was read goes on as what was written would have.
 *
 * Two rooms (load-room.c) of one definition: the one that was never written, and one that was read from it at a random moment. Both are run on
 * and meddled with in the same way, and all that can be seen of them is compared again and again, with every call of the guest since. At the
 * end their complete states are compared byte by byte. Then the one that was read is written, and so on.
 *
 * For a guest that is read elsewhere the other room is held and its requests are ended at that moment, which must come to the same.
 *
 * Definitions and moments follow from the number of the test, which is in each message.
 */
#include "tests/hv/load-room.h"

#include "hv/error.h"
#include "tests/sanitized.h"

#include <check.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS     HV_NS_PER_MS
#define DAY_NS (86400 * HV_NS_PER_S)

/* The folder of the files that workloads name. */
static const char *folder(void)
{
    return g_getenv("LPARSIM_TEST_FOLDER");
}

static void check_same(const char *expected, const char *found, unsigned number, const char *what)
{
    ck_assert_msg(
        strcmp(expected, found) == 0, "number %u, %s:\n--- was never written:\n%s--- was read:\n%s", number,
        what, expected, found);
}

static void check_alike(LoadRoom *a, LoadRoom *b, bool with_channels, unsigned number, const char *what)
{
    g_autofree char *expected = load_room_describe(a, with_channels);
    g_autofree char *found = load_room_describe(b, with_channels);

    check_same(expected, found, number, what);
}

/* Sequence numbers of events depend on the past; those of a room that was just read do not. */
static GBytes *whole_state(LoadRoom *room)
{
    g_autoptr(GBytes) bytes = load_room_write(room, /* whole= */ true);
    g_autoptr(LoadRoom)
        copy = load_room_read_beside(room, hv_engine_now(room->engine), /* whole= */ true, bytes);

    return load_room_write(copy, /* whole= */ true);
}

static void check_same_state(LoadRoom *a, LoadRoom *b, unsigned number)
{
    g_autoptr(GBytes) x = whole_state(a);
    g_autoptr(GBytes) y = whole_state(b);

    ck_assert_msg(g_bytes_equal(x, y), "number %u: the states differ", number);
}

/* A room that has been loaded, and has seen something. Half of them stand between two events of one moment. */
static LoadRoom *old_room(const LoadDef *def, HvRng *rng, bool meddle)
{
    LoadRoom *room = load_room_new(def);

    load_room_run(room, hv_rng_below(rng, 50 * MS));
    load_room_boot(room);
    for (uint64_t n = hv_rng_below(rng, 6); n > 0; n--) {
        load_room_run(room, hv_rng_below(rng, 700 * MS));
        if (meddle)
            load_room_meddle(room, rng);
    }
    load_room_run(room, hv_rng_below(rng, 900 * MS));
    if (hv_rng_below(rng, 2))
        load_room_run_to_call(room, (unsigned)(1 + hv_rng_below(rng, 300)));
    return room;
}

/* --- Whole machines ------------------------------------------------------------------------------------- */

/* Both the same way; `rng` is a copy. */
static void run_on(LoadRoom *room, HvRng rng)
{
    load_room_run(room, hv_rng_below(&rng, 250 * MS));
    if (hv_rng_below(&rng, 2))
        load_room_meddle(room, &rng);
    load_room_run(room, hv_rng_below(&rng, 40 * MS));
}

START_TEST(a_guest_of_a_whole_machine_goes_on_as_if_nothing_had_happened)
{
    g_autoptr(LoadDef) def = load_def_new((uint64_t)_i, folder(), /* with_calendar= */ true);
    HvRng rng;

    hv_rng_init(&rng, (uint64_t)_i, "whole");
    LoadRoom *room = old_room(def, &rng, /* meddle= */ true);

    for (unsigned generation = 0; generation < 3; generation++) {
        g_autoptr(GBytes) bytes = load_room_write(room, /* whole= */ true);
        LoadRoom *copy = load_room_read_beside(room, hv_engine_now(room->engine), /* whole= */ true, bytes);

        load_room_forget(room);
        load_room_forget(copy);
        check_alike(room, copy, /* with_channels= */ true, (unsigned)_i, "at once");
        for (unsigned step = 0; step < 5; step++) {
            HvRng same = rng;

            hv_rng_u64(&rng);
            run_on(room, same);
            run_on(copy, same);
            check_alike(room, copy, /* with_channels= */ true, (unsigned)_i, "later");
        }
        check_same_state(room, copy, (unsigned)_i);
        load_room_run_to_call(copy, 1 + (unsigned)hv_rng_below(&rng, 100));
        load_room_free(room);
        room = copy;
    }
    load_room_free(room);
}
END_TEST

/* A job that finds no device goes on by an event of the same moment: at 60 calls of the guest, some of which come between the two. */
START_TEST(a_job_that_is_about_to_go_on_does_so)
{
    g_autoptr(LoadDef) def = load_def_new(1, folder(), /* with_calendar= */ false);

    ck_assert_uint_gt(((const HvClassDef *)g_ptr_array_index(def->jobs.classes, 0))->ios, 0);
    for (unsigned calls = 1; calls <= 60; calls++) {
        g_autoptr(LoadRoom) room = load_room_new(def);

        room->no_paths = true;
        load_room_boot(room);
        load_room_run_to_call(room, calls);
        g_autoptr(GBytes) bytes = load_room_write(room, /* whole= */ true);
        g_autoptr(LoadRoom)
            copy = load_room_read_beside(room, hv_engine_now(room->engine), /* whole= */ true, bytes);

        load_room_forget(room);
        load_room_forget(copy);
        load_room_run(room, 50 * MS);
        load_room_run(copy, 50 * MS);
        check_alike(room, copy, /* with_channels= */ true, calls, "without devices");
    }
}
END_TEST

/* Writing changes nothing: a room that is written all the time does what one does that never is. */
START_TEST(writing_changes_nothing)
{
    g_autoptr(LoadDef) def = load_def_new((uint64_t)_i, folder(), /* with_calendar= */ true);
    g_autoptr(LoadRoom) never = load_room_new(def);
    g_autoptr(LoadRoom) often = load_room_new(def);

    load_room_boot(never);
    load_room_boot(often);
    load_room_run(never, 1500 * MS);
    for (unsigned i = 0; i < 100; i++) {
        load_room_run(often, 15 * MS);
        g_bytes_unref(load_room_write(often, /* whole= */ i % 2 == 0));
    }
    check_alike(never, often, /* with_channels= */ true, (unsigned)_i, "written often");
}
END_TEST

START_TEST(a_guest_that_was_not_loaded_stays_so)
{
    g_autoptr(LoadDef) def = load_def_new(3, folder(), /* with_calendar= */ true);
    g_autoptr(LoadRoom) room = load_room_new(def);

    load_room_run(room, 100 * MS);
    g_autoptr(GBytes) bytes = load_room_write(room, /* whole= */ true);
    g_autoptr(LoadRoom) copy = load_room_read_beside(room, 100 * MS, /* whole= */ true, bytes);

    check_alike(room, copy, /* with_channels= */ true, 3, "not loaded");
    load_room_boot(room);
    load_room_boot(copy);
    load_room_run(room, 500 * MS);
    load_room_run(copy, 500 * MS);
    check_alike(room, copy, /* with_channels= */ true, 3, "loaded afterwards");
}
END_TEST

/* --- Parts ---------------------------------------------------------------------------------------------- */

/* Service times of devices are the machine's, not the guest's: another machine draws others. */
static void make_service_constant(LoadDef *def)
{
    for (unsigned d = 0; d < LOAD_DEVICES; d++) {
        HvDeviceDef *device = g_ptr_array_index(def->machine->devices, d);

        g_clear_pointer(&device->service, hv_distribution_unref);
    }
}

/* What a fence and a release do to the room that was written. */
static void interrupt(LoadRoom *room)
{
    if (!room->is_held)
        load_room_hold(room, true);
    hv_channels_end_lpar(room->channels, 1);
    load_room_hold(room, false);
    load_room_forget(room);
}

static HvTime another_time(HvTime now_ns, HvRng *rng, bool same_time_of_day)
{
    if (same_time_of_day)
        return now_ns + hv_rng_below(rng, 3) * DAY_NS;
    return hv_rng_below(rng, 2) ? hv_rng_below(rng, now_ns + 1)
                                : now_ns + hv_rng_below(rng, 100 * HV_NS_PER_S);
}

START_TEST(a_guest_goes_on_elsewhere_from_where_it_was)
{
    bool with_calendar = _i % 2;
    g_autoptr(LoadDef) def = load_def_new((uint64_t)_i, folder(), with_calendar);
    HvRng rng;

    make_service_constant(def);
    def->workload.io_rate_milli = 0; /* see the next test */
    hv_rng_init(&rng, (uint64_t)_i, "part");
    g_autoptr(LoadRoom) room = old_room(def, &rng, /* meddle= */ _i % 3 == 0);

    room->no_paths = false;
    load_room_settle(room);
    g_autoptr(GBytes) bytes = load_room_write(room, /* whole= */ false);
    g_autoptr(LoadRoom) copy = load_room_read_beside(
        room, another_time(hv_engine_now(room->engine), &rng, with_calendar), /* whole= */ false, bytes);

    interrupt(room);
    load_room_hold(copy, false);
    load_room_forget(copy);
    check_alike(room, copy, /* with_channels= */ false, (unsigned)_i, "released");
    for (unsigned step = 0; step < 5; step++) {
        HvTime run_ns = hv_rng_below(&rng, 300 * MS);

        load_room_run(room, run_ns);
        load_room_run(copy, run_ns);
        check_alike(room, copy, /* with_channels= */ false, (unsigned)_i, "later");
    }
}
END_TEST

/* 300 requests a second, three devices of 2 to 4 ms: some are always under way. With devices they are started anew, without they have ended. */
START_TEST(requests_of_the_workload_are_started_anew)
{
    g_autoptr(LoadDef) def = load_def_new(6, NULL, /* with_calendar= */ false);

    g_ptr_array_set_size(def->jobs.classes, 0);
    g_autoptr(LoadRoom) room = load_room_new(def);

    load_room_boot(room);
    load_room_run(room, 500 * MS + 1);
    load_room_settle(room);
    uint64_t n = hv_channels_pending(room->channels, 1);
    HvGuestStatus before = hv_guest_status(room->guest);
    g_autoptr(GBytes) bytes = load_room_write(room, /* whole= */ false);
    g_autoptr(LoadRoom) copy = load_room_read_beside(room, 7, /* whole= */ false, bytes);

    ck_assert_uint_gt(n, 0);
    ck_assert_uint_eq(before.io_started - before.io_done - before.io_ended, n);
    copy->no_paths = _i == 1;
    load_room_hold(copy, false);
    HvGuestStatus after = hv_guest_status(copy->guest);

    ck_assert_uint_eq(hv_channels_pending(copy->channels, 1), _i == 1 ? 0 : n);
    ck_assert_uint_eq(after.io_started, before.io_started);
    ck_assert_uint_eq(after.io_done, before.io_done);
    ck_assert_uint_eq(after.io_ended, before.io_ended + (_i == 1 ? n : 0));
    ck_assert_uint_eq(after.uptime_ns, before.uptime_ns);
    load_room_run(copy, 500 * MS);
    load_room_boot(copy); /* asserts that none was lost */
}
END_TEST

/* Between reading and release it may be written, loaded or destroyed as any other. */
START_TEST(a_guest_that_was_read_and_not_released_is_complete)
{
    g_autoptr(LoadDef) def = load_def_new(6, folder(), /* with_calendar= */ false);
    g_autoptr(LoadRoom) room = load_room_new(def);

    load_room_boot(room);
    load_room_run(room, 500 * MS + 1);
    load_room_settle(room);
    g_autoptr(GBytes) bytes = load_room_write(room, /* whole= */ false);
    g_autoptr(LoadRoom) copy = load_room_read_beside(room, 7, /* whole= */ false, bytes);
    g_autoptr(GBytes) again = load_room_write(copy, /* whole= */ true);
    g_autoptr(LoadRoom) third = load_room_read_beside(copy, 7, /* whole= */ true, again);

    load_room_hold(copy, false);
    load_room_hold(third, false);
    load_room_run(copy, 300 * MS);
    load_room_run(third, 300 * MS);
    check_alike(copy, third, /* with_channels= */ true, 6, "written while held");
    g_autoptr(LoadRoom) loaded = load_room_read_beside(room, 7, /* whole= */ false, bytes);

    load_room_boot(loaded);
    load_room_run(loaded, 300 * MS);
    ck_assert(hv_guest_verify(loaded->guest, NULL));
}
END_TEST

/* --- Files ---------------------------------------------------------------------------------------------- */

static LoadDef *file_def(const char *directory, bool demand)
{
    LoadDef *def = load_def_new(1, NULL, /* with_calendar= */ false);

    g_ptr_array_set_size(def->jobs.classes, 0);
    if (demand) {
        def->jobs.demand = hv_demand_parse("file interval 100ms", directory, NULL);
        g_assert(def->jobs.demand);
    } else {
        HvClassDef *cls = hv_class_def_new("C");

        cls->arrivals = hv_arrivals_parse("file file", directory, NULL);
        cls->service = hv_distribution_parse("1ms", NULL, NULL);
        cls->priority = 1;
        g_ptr_array_add(def->jobs.classes, cls);
    }
    return def;
}

static const struct {
    const char *content; /* NULL: there is none */
    const char *says;    /* NULL: it is as good */
} files[] = {
    {"0.1\n0.2\n0.3\n0.4\n", NULL},
    {"0.1\n0.2\n0.3\n0.5\n", "the file \"file\" has changed since"},
    {"0.1\n0.2\n0.3\n0.4\n0.5\n", "the file \"file\" has changed since"},
    {NULL, "cannot be read"},
};

/* The first half of the loop: demand, the second: arrivals. */
START_TEST(a_file_that_has_changed_does_not_fit)
{
    bool demand = (size_t)_i < G_N_ELEMENTS(files);
    unsigned row = (unsigned)_i % G_N_ELEMENTS(files);
    g_autofree char *directory = g_dir_make_tmp("test-guest-codec-XXXXXX", NULL);
    g_autoptr(GError) error = NULL;

    load_def_write_file(directory, "file", files[0].content);
    g_autoptr(LoadDef) def = file_def(directory, demand);
    g_autoptr(LoadRoom) room = load_room_new(def);

    load_room_boot(room);
    load_room_run(room, 250 * MS);
    g_autoptr(GBytes) bytes = load_room_write(room, /* whole= */ true);
    g_autoptr(LoadRoom) copy = load_room_new(def);

    load_def_remove_file(directory, "file");
    if (files[row].content)
        load_def_write_file(directory, "file", files[row].content);
    hv_engine_set_clock(copy->engine, 250 * MS);
    bool good = load_room_read(copy, /* whole= */ true, bytes, &error);

    ck_assert_int_eq(good, files[row].says == NULL);
    if (files[row].says) {
        ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_IMAGE));
        ck_assert_msg(strstr(error->message, files[row].says) != NULL, "%s", error->message);
    }
    load_def_remove_file(directory, "file");
    g_rmdir(directory);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("hv/guest-codec");
    TCase *tcase = tcase_create("guest codec");

    tcase_add_loop_test(
        tcase, a_guest_of_a_whole_machine_goes_on_as_if_nothing_had_happened, 0, 60 / TESTS_ONE_OF);
    tcase_add_test(tcase, a_job_that_is_about_to_go_on_does_so);
    tcase_add_loop_test(tcase, writing_changes_nothing, 0, 20);
    tcase_add_test(tcase, a_guest_that_was_not_loaded_stays_so);
    tcase_add_loop_test(tcase, a_guest_goes_on_elsewhere_from_where_it_was, 0, 60 / TESTS_ONE_OF);
    tcase_add_loop_test(tcase, requests_of_the_workload_are_started_anew, 0, 2);
    tcase_add_test(tcase, a_guest_that_was_read_and_not_released_is_complete);
    tcase_add_loop_test(tcase, a_file_that_has_changed_does_not_fit, 0, 2 * G_N_ELEMENTS(files));
    tcase_set_timeout(tcase, 120);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    char *directory = load_def_make_folder();

    g_setenv("LPARSIM_TEST_FOLDER", directory, TRUE);
    SRunner *runner = srunner_create(make_suite());

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    load_def_remove_folder(directory);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
