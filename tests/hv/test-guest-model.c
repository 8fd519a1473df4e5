/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The model guest apart from its content: demand and backlog, I/O on its clock, reconfiguration by its
 * operator and by interruption, and what it says of itself.
 */
#include "hv/error.h"
#include "tests/hv/guest-room.h"

#include <check.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MS HV_NS_PER_MS

static void check_refused(bool done, GError *error, const char *words)
{
    g_autoptr(GError) owned = error;

    ck_assert(!done);
    ck_assert(g_error_matches(owned, HV_ERROR, HV_ERROR_GUEST));
    ck_assert_msg(strstr(owned->message, words) != NULL, "%s", owned->message);
}

START_TEST(kinds_are_found_by_name)
{
    ck_assert_ptr_eq(hv_guest_kind("model"), hv_guest_kind("MODEL"));
    ck_assert_ptr_null(hv_guest_kind("mode"));
    ck_assert_ptr_null(hv_guest_kind(""));
    g_auto(GStrv) names = g_strsplit(hv_guest_kind_names(), ", ", -1);

    for (char **name = names; *name; name++)
        ck_assert_ptr_nonnull(hv_guest_kind(*name));
    ck_assert_ptr_eq(hv_guest_kind("trace"), hv_guest_kind("model")); /* its demand is another matter */
    hv_guest_destroy(NULL);
}
END_TEST

START_TEST(busy_and_idle)
{
    static const struct {
        const char *workload;
        HvTime burst_ns;
    } rows[] = {{"busy", HV_TIME_NEVER}, {"idle", 0}, {"write 1M", 0}};

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GuestRoom) room = guest_room_booted(rows[i].workload);

        for (unsigned step = 0; step < 3; step++) {
            for (unsigned lip = 1; lip <= 3; lip++) {
                bool online = lip <= 2;

                ck_assert_int_eq(hv_guest_lip_is_online(room->guest, lip), online);
                ck_assert_int_eq(room->ready[lip], online && rows[i].burst_ns > 0);
                ck_assert_uint_eq(hv_guest_lip_burst(room->guest, lip), online ? rows[i].burst_ns : 0);
            }
            guest_room_run(room, 100 * MS);
            if (rows[i].burst_ns > 0)
                hv_guest_lip_ran(room->guest, 1, 70 * MS);
        }
        ck_assert(!hv_guest_lip_is_online(room->guest, 0));
        ck_assert(!hv_guest_lip_is_online(room->guest, HV_MAX_LIPS + 1));
    }
}
END_TEST

/*
 * 30 % of 50 ms: 15 ms of work at 0, 50, 100 ... of the guest's clock. A test that serves at random and holds
 * at random knows at any time what is left: arrivals so far x 15 ms - served.
 */
START_TEST(backlog_follows_demand)
{
    g_autoptr(GuestRoom) room = guest_room_booted("cpu 30%/50ms");
    HvTime clock_ns = 0, served_ns[3] = {0};
    HvRng rng;

    hv_rng_init(&rng, (uint64_t)_i, "backlog");
    for (unsigned step = 0; step < 500; step++) {
        HvTime run_ns = hv_rng_below(&rng, 40 * MS);

        guest_room_run(room, run_ns);
        clock_ns += run_ns;
        for (unsigned lip = 1; lip <= 2; lip++) {
            HvTime backlog_ns = (clock_ns / (50 * MS) + 1) * 15 * MS - served_ns[lip];
            HvTime ran_ns = hv_rng_below(&rng, 4) ? backlog_ns : hv_rng_below(&rng, backlog_ns + 1);

            ck_assert_msg(
                hv_guest_lip_burst(room->guest, lip) == backlog_ns, "seed %d, step %u, LIP %u", _i, step,
                lip);
            ck_assert_int_eq(room->ready[lip], backlog_ns > 0);
            hv_guest_lip_ran(room->guest, lip, ran_ns);
            served_ns[lip] += ran_ns;
            ck_assert_int_eq(room->ready[lip], ran_ns < backlog_ns);
        }
        if (hv_rng_below(&rng, 3) == 0) {
            hv_guest_hold(room->guest);
            guest_room_run(room, hv_rng_below(&rng, 200 * MS));
            hv_guest_release(room->guest);
        }
        if (hv_rng_below(&rng, 5) == 0) {
            hv_guest_halt(room->guest);
            guest_room_run(room, hv_rng_below(&rng, 200 * MS));
            hv_guest_resume(room->guest);
        }
    }
}
END_TEST

/* Ready is told when it changes: 2 LIPs, work at 0 ms; the second arrival finds LIP 2 still unserved. */
START_TEST(ready_is_told_once)
{
    g_autoptr(GuestRoom) room = guest_room_booted("cpu 10%");

    guest_room_run(room, 0);
    ck_assert_uint_eq(room->ready_calls, 2);
    hv_guest_lip_ran(room->guest, 1, 4 * MS);
    ck_assert_uint_eq(room->ready_calls, 2);
    hv_guest_lip_ran(room->guest, 1, 6 * MS);
    ck_assert_uint_eq(room->ready_calls, 3);
    guest_room_run(room, 100 * MS);
    ck_assert_uint_eq(room->ready_calls, 4);
    ck_assert_uint_eq(hv_guest_lip_burst(room->guest, 2), 20 * MS);
    guest_room_boot(room);
    ck_assert_uint_eq(hv_guest_lip_burst(room->guest, 2), 0);
    guest_room_run(room, 0);
    ck_assert_uint_eq(hv_guest_lip_burst(room->guest, 2), 10 * MS);
}
END_TEST

/* 8 requests a second on 3 devices: at 0, 125, 250 ms ... of the guest's clock, on devices 0, 1, 2, 0 ... */
START_TEST(io_follows_the_clock)
{
    g_autoptr(GuestRoom) room = guest_room_new("io 8/s", 1);

    room->n_devices = 3;
    guest_room_boot(room);
    guest_room_run(room, 300 * MS); /* 0, 125, 250 */
    hv_guest_hold(room->guest);
    guest_room_run(room, 1000 * MS);
    hv_guest_release(room->guest);
    guest_room_run(room, 199 * MS); /* 375 */
    ck_assert_uint_eq(room->n_io, 4);
    guest_room_run(room, 1 * MS); /* 500 */
    ck_assert_uint_eq(room->n_io, 5);
    for (unsigned i = 0; i < 5; i++) {
        ck_assert_uint_eq(room->io_nth[i], i % 3);
        ck_assert_uint_eq(room->io_at_ns[i], (i * 125 + (i >= 3 ? 1000 : 0)) * MS);
    }
    ck_assert_uint_eq(hv_guest_status(room->guest).io_started, 5);
    guest_room_conclude(room, 3, HV_IO_DONE);
    guest_room_conclude(room, 2, HV_IO_ENDED);
    ck_assert_uint_eq(hv_guest_status(room->guest).io_done, 3);
    ck_assert_uint_eq(hv_guest_status(room->guest).io_ended, 2);
    guest_room_boot(room);
    ck_assert_uint_eq(hv_guest_status(room->guest).io_started, 0);
}
END_TEST

/* What completes while the guest stands it notes when it goes on; what was ended is known at once. */
START_TEST(completions_wait_for_the_release)
{
    g_autoptr(GuestRoom) room = guest_room_new("io 100/s", 1);

    room->n_devices = 1;
    guest_room_boot(room);
    guest_room_run(room, 50 * MS);
    ck_assert_uint_eq(room->n_io, 6);
    hv_guest_hold(room->guest);
    guest_room_conclude(room, 2, HV_IO_DONE);
    guest_room_conclude(room, 1, HV_IO_ENDED);
    ck_assert_uint_eq(hv_guest_status(room->guest).io_done, 0);
    ck_assert_uint_eq(hv_guest_status(room->guest).io_ended, 1);
    hv_guest_halt(room->guest);
    hv_guest_release(room->guest);
    ck_assert_uint_eq(hv_guest_status(room->guest).io_done, 0);
    hv_guest_resume(room->guest);
    ck_assert_uint_eq(hv_guest_status(room->guest).io_done, 2);
    guest_room_conclude(room, 3, HV_IO_DONE);
    ck_assert_uint_eq(hv_guest_status(room->guest).io_done, 5);
}
END_TEST

/* 100 a second for 1 s: 101 are due. Without a device or a path, or with 64 under way, they are skipped. */
START_TEST(io_that_cannot_start_is_counted)
{
    static const struct {
        unsigned n_devices, started, skipped;
        bool path_is_online;
    } rows[] = {{0, 0, 101, true}, {1, 0, 101, false}, {1, 64, 37, true}};

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GuestRoom) room = guest_room_new("io 100/s", 1);

        room->n_devices = rows[i].n_devices;
        room->path_is_online = rows[i].path_is_online;
        guest_room_boot(room);
        guest_room_run(room, 1000 * MS);
        ck_assert_uint_eq(room->n_io, rows[i].started);
        ck_assert_uint_eq(hv_guest_status(room->guest).io_started, rows[i].started);
        ck_assert_uint_eq(hv_guest_status(room->guest).io_skipped, rows[i].skipped);
    }
}
END_TEST

START_TEST(storage_comes_online)
{
    g_autoptr(GuestRoom) room = guest_room_booted("idle");
    uint64_t changed_bytes = 7;
    GError *error = NULL;
    bool done = hv_guest_config_storage(room->guest, true, &changed_bytes, &error);

    check_refused(done, g_steal_pointer(&error), "No storage is waiting to be brought online\nINTEG");
    done = hv_guest_config_storage(room->guest, false, &changed_bytes, &error); /* nothing has come since */
    check_refused(done, g_steal_pointer(&error), "gives back only what was brought online");
    ck_assert_uint_eq(changed_bytes, 7);
    room->windows[0].size_bytes += 16 * HV_MIB;
    room->windows[1].size_bytes += 8 * HV_MIB;
    ck_assert_uint_eq(hv_guest_status(room->guest).ms_online_bytes, 64 * HV_MIB);
    ck_assert_uint_eq(hv_guest_status(room->guest).ms_assigned_bytes, 80 * HV_MIB);
    ck_assert(hv_guest_config_storage(room->guest, true, &changed_bytes, NULL));
    ck_assert_uint_eq(changed_bytes, 24 * HV_MIB);
    ck_assert_uint_eq(hv_guest_status(room->guest).ms_online_bytes, 80 * HV_MIB);
    ck_assert_uint_eq(hv_guest_status(room->guest).es_online_bytes, 24 * HV_MIB);
    ck_assert_uint_eq(hv_guest_status(room->guest).es_assigned_bytes, 24 * HV_MIB);
    ck_assert(hv_guest_verify(room->guest, NULL));
}
END_TEST

/* What came goes again, all or a part; what the guest was loaded with does not. */
START_TEST(storage_goes_offline_again)
{
    g_autoptr(GuestRoom) room = guest_room_booted("idle");
    const uint64_t part[2] = {72 * HV_MIB, 16 * HV_MIB}, less[2] = {60 * HV_MIB, 16 * HV_MIB};
    g_autofree char *before = hv_guest_digest(room->guest);
    uint64_t changed_bytes = 0;
    GError *error = NULL;

    room->windows[0].size_bytes += 16 * HV_MIB;
    room->windows[1].size_bytes += 8 * HV_MIB;
    ck_assert(hv_guest_config_storage(room->guest, true, &changed_bytes, NULL));
    ck_assert(hv_guest_set_storage(room->guest, part, NULL));
    ck_assert_uint_eq(hv_guest_status(room->guest).ms_online_bytes, 72 * HV_MIB);
    ck_assert(hv_guest_verify(room->guest, NULL));
    ck_assert(hv_guest_config_storage(room->guest, false, &changed_bytes, NULL));
    ck_assert_uint_eq(changed_bytes, 8 * HV_MIB);
    ck_assert_uint_eq(hv_guest_status(room->guest).ms_online_bytes, 64 * HV_MIB);
    ck_assert_uint_eq(hv_guest_status(room->guest).ms_least_bytes, 64 * HV_MIB);
    ck_assert(hv_guest_verify(room->guest, NULL));
    g_autofree char *after = hv_guest_digest(room->guest);
    bool done = hv_guest_set_storage(room->guest, less, &error);

    ck_assert_str_eq(before, after);
    check_refused(done, g_steal_pointer(&error), "between 64M and");
}
END_TEST

/* 64 MiB and 64 MiB reserved were declared: of 144 MiB the guest uses 128 until it is loaded anew. */
START_TEST(storage_grows_as_far_as_declared)
{
    g_autoptr(GuestRoom) room = guest_room_booted("idle");
    uint64_t changed_bytes;
    GError *error = NULL;

    room->windows[0].size_bytes = 144 * HV_MIB;
    ck_assert(hv_guest_config_storage(room->guest, true, &changed_bytes, NULL));
    ck_assert_uint_eq(changed_bytes, 64 * HV_MIB);
    bool done = hv_guest_config_storage(room->guest, true, &changed_bytes, &error);

    check_refused(done, error, "The LPAR has 144M of MS, but 128M at most were declared");
    guest_room_boot(room);
    ck_assert_uint_eq(hv_guest_status(room->guest).ms_online_bytes, 144 * HV_MIB);
}
END_TEST

START_TEST(cpus_come_and_go)
{
    g_autoptr(GuestRoom) room = guest_room_booted("busy");
    GError *error = NULL;

    ck_assert(hv_guest_config_cpu(room->guest, 3, true, NULL));
    ck_assert(room->started[3] && room->ready[3] && hv_guest_lip_is_online(room->guest, 3));
    ck_assert_uint_eq(hv_guest_status(room->guest).cpus_online, 3);
    static const struct {
        unsigned lip;
        bool online;
        const char *words;
    } refused[] = {
        {3, true, "The host does not start 3"},     {4, true, "The host does not start 4"},
        {4, false, "The host does not stop 4"},     {0, true, "The guest knows no CPU 0\nGive 1 to 256"},
        {257, false, "The guest knows no CPU 257"},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(refused); i++) {
        bool done = hv_guest_config_cpu(room->guest, refused[i].lip, refused[i].online, &error);

        check_refused(done, g_steal_pointer(&error), refused[i].words);
    }
    ck_assert(hv_guest_config_cpu(room->guest, 1, false, NULL));
    ck_assert(hv_guest_config_cpu(room->guest, 3, false, NULL));
    ck_assert(!room->started[1] && !hv_guest_lip_is_online(room->guest, 1));
    bool done = hv_guest_config_cpu(room->guest, 2, false, &error);

    check_refused(done, g_steal_pointer(&error), "CPU 2 is the last one online");
    ck_assert(room->started[2]);
    ck_assert_uint_eq(hv_guest_status(room->guest).cpus_online, 1);
}
END_TEST

/* 20 ms of work each; LIP 1 is through, LIP 2 has 15 ms left when it goes: LIP 1 gets them. */
START_TEST(work_of_a_cpu_that_goes_is_done_by_another)
{
    g_autoptr(GuestRoom) room = guest_room_booted("cpu 20%");

    guest_room_run(room, 0);
    hv_guest_lip_ran(room->guest, 1, 20 * MS);
    hv_guest_lip_ran(room->guest, 2, 5 * MS);
    ck_assert(!room->ready[1]);
    ck_assert(hv_guest_config_cpu(room->guest, 2, false, NULL));
    ck_assert(room->ready[1]);
    ck_assert_uint_eq(hv_guest_lip_burst(room->guest, 1), 15 * MS);
    ck_assert_uint_eq(hv_guest_lip_burst(room->guest, 2), 0);
    ck_assert(hv_guest_config_cpu(room->guest, 3, true, NULL));
    ck_assert_uint_eq(hv_guest_lip_burst(room->guest, 3), 0); /* until the next period */
    guest_room_run(room, 100 * MS);
    ck_assert_uint_eq(hv_guest_lip_burst(room->guest, 1), 35 * MS);
    ck_assert_uint_eq(hv_guest_lip_burst(room->guest, 3), 20 * MS);
}
END_TEST

START_TEST(interruption_brings_all_online)
{
    static const unsigned lips[] = {3, 4};
    g_autoptr(GuestRoom) room = guest_room_booted("busy");

    room->windows[0].size_bytes = 96 * HV_MIB;
    hv_guest_resources_changed(room->guest, lips, 2); /* LIP 4 is refused, the rest is done */
    ck_assert_uint_eq(hv_guest_status(room->guest).notified, 1);
    ck_assert_uint_eq(hv_guest_status(room->guest).ms_online_bytes, 96 * HV_MIB);
    ck_assert_uint_eq(hv_guest_status(room->guest).cpus_online, 3);
    ck_assert(room->ready[3]);
    hv_guest_resources_changed(room->guest, NULL, 0); /* channels only */
    ck_assert_uint_eq(hv_guest_status(room->guest).notified, 2);
    ck_assert_uint_eq(hv_guest_status(room->guest).boots, 1);
}
END_TEST

static void append_line(const char *text, void *data)
{
    g_string_append_printf(data, "%s\n", text);
}

/* The trace has what is rare; writing, working and I/O leave no record. */
START_TEST(traces_what_is_rare)
{
    static const unsigned lips[] = {3};
    g_autoptr(GuestRoom) room = guest_room_new("cpu 10%; write 1M/s; io 50/s", 1);
    static const char *const expected[] = {
        "guest.boot lpar=1 boot=1", "guest.interruption lpar=1 lips=1",
        "guest.storage-online lpar=1 ms_bytes=83886080 es_bytes=16777216", "guest.cpu lpar=1 lip=3 online=1"};
    g_autoptr(GString) text = g_string_new(NULL);

    hv_trace_keep(room->trace, 100);
    room->n_devices = 1;
    guest_room_boot(room);
    guest_room_run(room, 1000 * MS);
    guest_room_conclude(room, room->n_io, HV_IO_DONE);
    hv_guest_catch_up(room->guest);
    ck_assert_uint_eq(hv_trace_count(room->trace), 1);
    room->windows[0].size_bytes = 80 * HV_MIB;
    hv_guest_resources_changed(room->guest, lips, 1);
    ck_assert_uint_eq(hv_trace_count(room->trace), G_N_ELEMENTS(expected));
    hv_trace_foreach_kept(room->trace, 100, append_line, text);
    for (unsigned i = 0; i < G_N_ELEMENTS(expected); i++)
        ck_assert_msg(strstr(text->str, expected[i]) != NULL, "%s lacks %s", text->str, expected[i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hv/guest-model");
    TCase *tcase = tcase_create("model");

    tcase_add_test(tcase, kinds_are_found_by_name);
    tcase_add_test(tcase, busy_and_idle);
    tcase_add_loop_test(tcase, backlog_follows_demand, 0, 10);
    tcase_add_test(tcase, ready_is_told_once);
    tcase_add_test(tcase, io_follows_the_clock);
    tcase_add_test(tcase, completions_wait_for_the_release);
    tcase_add_test(tcase, io_that_cannot_start_is_counted);
    tcase_add_test(tcase, storage_comes_online);
    tcase_add_test(tcase, storage_goes_offline_again);
    tcase_add_test(tcase, storage_grows_as_far_as_declared);
    tcase_add_test(tcase, cpus_come_and_go);
    tcase_add_test(tcase, work_of_a_cpu_that_goes_is_done_by_another);
    tcase_add_test(tcase, interruption_brings_all_online);
    tcase_add_test(tcase, traces_what_is_rare);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
