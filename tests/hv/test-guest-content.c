/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the model guest writes: how much and where by then, whatever was held and whoever looked, and that no
 * byte of it can change without being found. What must have been written is counted here page by page.
 */
#include "hv/error.h"
#include "tests/hv/guest-room.h"

#include <check.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MS    HV_NS_PER_MS
#define BLOCK (64 * HV_KIB) /* the boot block; the working set begins behind it */

static void hold_for(GuestRoom *room, HvTime duration_ns)
{
    hv_guest_hold(room->guest);
    guest_room_run(room, duration_ns);
    hv_guest_release(room->guest);
}

static void halt_for(GuestRoom *room, HvTime duration_ns)
{
    hv_guest_halt(room->guest);
    guest_room_run(room, duration_ns);
    hv_guest_resume(room->guest);
}

static const struct {
    const char *workload;
    HvTime run_ms[3], held_ms, halted_ms;
    uint64_t pages;
} schedules[] = {
    {"idle", {1000, 0, 0}, 0, 0, 0},
    /* 1 MiB/s, 2.25 s: 2.25 x 256 pages */
    {"write 1M/s", {1000, 250, 1000}, 700, 333, 576},
    /* 10 000 B/s, 1.8 s: 18 000 B, 4.39 pages */
    {"write 10000", {600, 600, 600}, 5000, 1, 4},
    /* 4096 B/s: one ms before the third page, and on the dot */
    {"write 4K", {1000, 1000, 999}, 9, 9, 2},
    {"write 4K", {1000, 1000, 1000}, 9, 9, 3},
    /* 64 MiB - 64 KiB are 16 368 pages; 100 MiB/s, 3 s: 76 800 pages, 4.7 rounds */
    {"write 100M/s", {1000, 1000, 1000}, 50, 50, 76800},
    {"write 100M/s 1G", {1000, 1000, 1000}, 50, 50, 76800}, /* the set ends where the storage does */
    {"write 1T/s 4K", {1000, 0, 0}, 0, 0, HV_TIB / 4096},
};

/* Runs, is held, runs, is halted, runs: only the running counts, and only whole pages. */
START_TEST(writes_follow_the_clock)
{
    g_autoptr(GuestRoom) room = guest_room_booted(schedules[_i].workload);
    g_autoptr(GError) error = NULL;

    guest_room_run(room, schedules[_i].run_ms[0] * MS);
    hold_for(room, schedules[_i].held_ms * MS);
    guest_room_run(room, schedules[_i].run_ms[1] * MS);
    halt_for(room, schedules[_i].halted_ms * MS);
    guest_room_run(room, schedules[_i].run_ms[2] * MS);
    ck_assert_uint_eq(hv_guest_status(room->guest).written_bytes, schedules[_i].pages * 4096);
    ck_assert_uint_eq(
        hv_guest_status(room->guest).uptime_ns,
        (schedules[_i].run_ms[0] + schedules[_i].run_ms[1] + schedules[_i].run_ms[2] + schedules[_i].held_ms +
         schedules[_i].halted_ms) *
            MS);
    ck_assert_msg(hv_guest_verify(room->guest, &error), "%s", error ? error->message : "");
}
END_TEST

/* Pages of the guest's MS that are dirty, one by one, against the pages that the formula names. */
static void check_dirty(GuestRoom *room, uint64_t first, uint64_t end, uint64_t set_pages)
{
    const HvStorageWindow *ms = &room->windows[0];

    for (uint64_t page = 0; page < ms->size_bytes / 4096; page++) {
        uint64_t dirty = hv_storage_collect_dirty(ms->storage, ms->origin_bytes + page * 4096, 4096);
        bool expected = false;

        for (uint64_t n = first; n < end && !expected; n++)
            expected = page == BLOCK / 4096 + n % set_pages;
        ck_assert_msg(dirty == expected, "page %" PRIu64, page);
    }
}

/* 256 pages a second into a set of 100 pages. */
START_TEST(dirties_exactly_what_it_writes)
{
    g_autoptr(GuestRoom) room = guest_room_booted("write 1M/s 400K");
    const HvStorageWindow *ms = &room->windows[0];

    hv_storage_track(ms->storage, ms->origin_bytes, ms->size_bytes);
    guest_room_run(room, 125 * MS); /* 32 pages */
    hv_guest_catch_up(room->guest);
    check_dirty(room, 0, 32, 100);
    hv_guest_catch_up(room->guest);
    check_dirty(room, 0, 0, 100);
    guest_room_run(room, 312500000); /* 80 pages: to the end and over it */
    hv_guest_hold(room->guest);
    check_dirty(room, 32, 112, 100);
    guest_room_run(room, 1000 * MS);
    hv_guest_catch_up(room->guest);
    check_dirty(room, 0, 0, 100);
    hv_guest_release(room->guest);
    guest_room_run(room, 10000 * MS); /* 2560 pages: every page of the set, none other */
    hv_guest_halt(room->guest);
    check_dirty(room, 112, 2672, 100);
    hv_storage_untrack(ms->storage, ms->origin_bytes, ms->size_bytes);
}
END_TEST

/* The content is a function of the clock: looking at it, holds and the place in storage do not show in it. */
START_TEST(content_does_not_depend_on_who_looked)
{
    static const char workload[] = "write 7M/s 3M";
    g_autoptr(GuestRoom) plain = guest_room_booted(workload), watched = guest_room_booted(workload);

    guest_room_run(plain, 1000 * MS);
    for (unsigned i = 0; i < 100; i++) {
        guest_room_run(watched, 10 * MS);
        hv_guest_catch_up(watched->guest);
        hold_for(watched, 3 * MS);
    }
    g_autofree char *a = hv_guest_digest(plain->guest), *b = hv_guest_digest(watched->guest);

    ck_assert_str_eq(a, b);
    ck_assert_uint_eq(strlen(a), 64);
    guest_room_run(plain, 100 * MS);
    g_autofree char *later = hv_guest_digest(plain->guest);

    ck_assert_str_ne(a, later);
}
END_TEST

static void move_ms(GuestRoom *room, uint64_t to)
{
    HvStorageWindow *ms = &room->windows[0];

    hv_guest_hold(room->guest);
    hv_storage_move(ms->storage, ms->origin_bytes, to, ms->size_bytes);
    ms->origin_bytes = to;
    hv_guest_release(room->guest);
}

START_TEST(digest_survives_a_move)
{
    g_autoptr(GuestRoom) room = guest_room_booted("write 5M/s"), still = guest_room_booted("write 5M/s");
    static const uint64_t to_mib[] = {96, 100, 0, 192, 33};

    for (unsigned i = 0; i < G_N_ELEMENTS(to_mib); i++) {
        guest_room_run(room, 300 * MS);
        guest_room_run(still, 300 * MS);
        g_autofree char *before = hv_guest_digest(room->guest);

        move_ms(room, to_mib[i] * HV_MIB);
        g_autofree char *after = hv_guest_digest(room->guest), *unmoved = hv_guest_digest(still->guest);

        ck_assert_str_eq(before, after);
        ck_assert_str_eq(before, unmoved);
        ck_assert(hv_guest_verify(room->guest, NULL));
    }
}
END_TEST

static const struct {
    unsigned window;
    uint64_t addr;
    bool is_written;
} wrong_bytes[] = {
    {0, 0, true},
    {0, 4095, true},
    {0, BLOCK - 1, true},              /* the boot block */
    {0, BLOCK, true},                  /* the first page of the set */
    {0, BLOCK + 3 * HV_MIB - 1, true}, /* the last page written */
    {0, BLOCK + 3 * HV_MIB, false},    /* not written yet */
    {0, BLOCK + 16 * HV_MIB, true},    /* the parts */
    {0, BLOCK + 48 * HV_MIB + 1234, true},
    {0, BLOCK + 48 * HV_MIB + 4096, false},
    {0, 64 * HV_MIB - 4096, true}, /* the last page */
    {0, 64 * HV_MIB - 1, true},
    {1, 0, true},
    {1, 4096, false},
    {1, 16 * HV_MIB - 1, true},
};

/*
 * 3 MiB/s for 1 s: pages 16 .. 783 of MS are written by the workload, the set is 4 MiB. Parts are 16 MiB
 * behind the boot block of MS, and from 0 on in ES.
 */
START_TEST(finds_one_wrong_byte)
{
    g_autoptr(GuestRoom) room = guest_room_booted("write 3M/s 4M");
    g_autoptr(GError) error = NULL;

    guest_room_run(room, 1000 * MS);
    ck_assert(hv_guest_verify(room->guest, NULL));
    g_autofree char *before = hv_guest_digest(room->guest);
    uint8_t right = guest_room_byte(room, wrong_bytes[_i].window, wrong_bytes[_i].addr);
    g_autofree char *expected = g_strdup_printf(
        "The guest's %s differs at address %" PRIu64 ": %02X instead of %02X",
        wrong_bytes[_i].window ? "ES" : "MS", wrong_bytes[_i].addr, right ^ 0xFF, right);

    guest_room_flip(room, wrong_bytes[_i].window, wrong_bytes[_i].addr);
    ck_assert_int_eq(hv_guest_verify(room->guest, &error), !wrong_bytes[_i].is_written);
    if (wrong_bytes[_i].is_written) {
        ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_GUEST));
        ck_assert_str_eq(error->message, expected);
    }
    g_autofree char *after = hv_guest_digest(room->guest);

    ck_assert_str_ne(before, after);
}
END_TEST

START_TEST(names_the_first_wrong_byte)
{
    static const struct {
        unsigned window;
        uint64_t addr;
    } last_to_first[] = {{1, 9}, {0, BLOCK + 48 * HV_MIB}, {0, BLOCK + 5 * 4096}, {0, BLOCK + 7}, {0, 5},
                         {0, 3}};
    g_autoptr(GuestRoom) room = guest_room_booted("write 3M/s 4M");

    guest_room_run(room, 1000 * MS);
    hv_guest_catch_up(room->guest);
    for (unsigned i = 0; i < G_N_ELEMENTS(last_to_first); i++) {
        g_autofree char *expected = g_strdup_printf("address %" PRIu64 ":", last_to_first[i].addr);
        g_autoptr(GError) error = NULL;

        guest_room_flip(room, last_to_first[i].window, last_to_first[i].addr);
        ck_assert(!hv_guest_verify(room->guest, &error));
        ck_assert_msg(strstr(error->message, expected) != NULL, "%s", error->message);
    }
}
END_TEST

/* A page that comes from elsewhere, from the last load or from another guest is no better than a wrong byte. */
START_TEST(pages_are_not_alike)
{
    g_autoptr(GuestRoom) room = guest_room_booted("write 4M/s 8K"),
                         other = guest_room_new("write 4M/s 8K", 2);
    uint8_t pages[5][4096];

    hv_storage_window_read(&room->windows[0], BLOCK - 4096, pages[0], 4096, NULL);
    hv_storage_window_read(&room->windows[0], BLOCK - 8192, pages[1], 4096, NULL);
    guest_room_boot(other);
    hv_storage_window_read(&other->windows[0], BLOCK - 4096, pages[2], 4096, NULL);
    guest_room_run(room, 2 * MS); /* 2 pages: round 1 */
    hv_guest_catch_up(room->guest);
    hv_storage_window_read(&room->windows[0], BLOCK, pages[3], 4096, NULL);
    guest_room_run(room, 2 * MS); /* 4 pages: round 2 */
    hv_guest_catch_up(room->guest);
    ck_assert(hv_storage_window_read(&room->windows[0], BLOCK, pages[4], 4096, NULL));
    ck_assert_int_ne(memcmp(pages[3], pages[4], 4096), 0);
    ck_assert_int_ne(memcmp(pages[0], pages[1], 4096), 0);
    ck_assert_int_ne(memcmp(pages[0], pages[2], 4096), 0);
    guest_room_boot(room);
    hv_storage_window_read(&room->windows[0], BLOCK - 4096, pages[4], 4096, NULL);
    ck_assert_int_ne(memcmp(pages[0], pages[4], 4096), 0);
    ck_assert(hv_guest_verify(room->guest, NULL));
}
END_TEST

/* Loaded anew without anybody having looked: what is left of the last load is as if somebody had. */
START_TEST(a_load_leaves_the_same_whoever_looked)
{
    g_autoptr(GuestRoom) plain = guest_room_booted("write 1M/s"), watched = guest_room_booted("write 1M/s");

    guest_room_run(plain, 500 * MS);
    guest_room_run(watched, 500 * MS);
    hv_guest_catch_up(watched->guest);
    guest_room_boot(plain);
    guest_room_boot(watched);
    g_autofree char *a = hv_guest_digest(plain->guest), *b = hv_guest_digest(watched->guest);

    ck_assert_str_eq(a, b);
    ck_assert_uint_eq(hv_guest_status(plain->guest).boots, 2);
    ck_assert_uint_eq(hv_guest_status(plain->guest).written_bytes, 0);
    ck_assert_uint_eq(hv_guest_status(plain->guest).uptime_ns, 0);
}
END_TEST

/* 64 MiB are added: parts begin at 64, 80, 96, 112 MiB, the last page ends at 128 MiB. */
START_TEST(uses_storage_that_was_added)
{
    static const uint64_t stamped_mib[] = {64, 80, 96, 112};
    g_autoptr(GuestRoom) room = guest_room_booted("write 32M/s");
    uint64_t changed_bytes;

    guest_room_run(room, 1000 * MS);
    room->windows[0].size_bytes = 128 * HV_MIB;
    ck_assert(hv_guest_config_storage(room->guest, true, &changed_bytes, NULL));
    for (unsigned i = 0; i < G_N_ELEMENTS(stamped_mib); i++) {
        ck_assert(hv_guest_verify(room->guest, NULL));
        guest_room_flip(room, 0, stamped_mib[i] * HV_MIB);
        ck_assert(!hv_guest_verify(room->guest, NULL));
        guest_room_flip(room, 0, stamped_mib[i] * HV_MIB);
    }
    guest_room_flip(room, 0, 128 * HV_MIB - 1);
    ck_assert(!hv_guest_verify(room->guest, NULL));
    guest_room_flip(room, 0, 128 * HV_MIB - 1);
    guest_room_run(room, 5000 * MS); /* the working set is that of the load */
    ck_assert(hv_guest_verify(room->guest, NULL));
    ck_assert_uint_eq(hv_guest_status(room->guest).written_bytes, 6 * 32 * HV_MIB);
    ck_assert_uint_eq(guest_room_byte(room, 0, 64 * HV_MIB + 4096), 0);
}
END_TEST

/* A guest of 64 TiB costs what it touches: about 1024 stamped pages, each with tables of its own. */
START_TEST(a_huge_guest_is_cheap)
{
    g_autoptr(GuestRoom) room = guest_room_new("write 1M/s", 1);

    hv_storage_free(room->storages[0]);
    room->storages[0] = hv_storage_new(64 * HV_TIB);
    room->windows[0] = (HvStorageWindow){room->storages[0], 0, 64 * HV_TIB};
    guest_room_boot(room);
    guest_room_run(room, 1000 * MS);
    ck_assert(hv_guest_verify(room->guest, NULL));
    ck_assert_uint_lt(hv_storage_footprint(room->storages[0]), 32 * HV_MIB);
    guest_room_flip(room, 0, 64 * HV_TIB - 1);
    ck_assert(!hv_guest_verify(room->guest, NULL));
}
END_TEST

/* Guests of a few pages: the set may be a single page or none. */
START_TEST(small_guests_work_too)
{
    static const uint64_t pages[] = {1, 2, 3, 16, 17, 31, 32, 33, 40};
    g_autoptr(GuestRoom) room = guest_room_new("write 1M/s", 1);

    for (unsigned i = 0; i < G_N_ELEMENTS(pages); i++) {
        room->windows[0].size_bytes = pages[i] * 4096;
        room->windows[1].size_bytes = 4096;
        guest_room_boot(room);
        guest_room_run(room, 100 * MS);
        ck_assert(hv_guest_verify(room->guest, NULL));
        guest_room_flip(room, 0, 0);
        ck_assert(!hv_guest_verify(room->guest, NULL));
        guest_room_flip(room, 0, 0);
        guest_room_flip(room, 0, pages[i] * 4096 - 1);
        ck_assert(!hv_guest_verify(room->guest, NULL));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hv/guest-content");
    TCase *tcase = tcase_create("content");

    tcase_add_loop_test(tcase, writes_follow_the_clock, 0, G_N_ELEMENTS(schedules));
    tcase_add_test(tcase, dirties_exactly_what_it_writes);
    tcase_add_test(tcase, content_does_not_depend_on_who_looked);
    tcase_add_test(tcase, digest_survives_a_move);
    tcase_add_loop_test(tcase, finds_one_wrong_byte, 0, G_N_ELEMENTS(wrong_bytes));
    tcase_add_test(tcase, names_the_first_wrong_byte);
    tcase_add_test(tcase, pages_are_not_alike);
    tcase_add_test(tcase, a_load_leaves_the_same_whoever_looked);
    tcase_add_test(tcase, uses_storage_that_was_added);
    tcase_add_test(tcase, a_huge_guest_is_cheap);
    tcase_add_test(tcase, small_guests_work_too);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
