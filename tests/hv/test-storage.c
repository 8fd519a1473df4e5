/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Storage against a plain array of bytes: random writes, moves that overlap, content set aside, dirty pages, digests.
 */
#include "hv/rng.h"
#include "hv/storage.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define SIZE (24 * HV_MIB)

typedef struct {
    HvRng rng;
    HvStorage *storage;
    uint8_t *bytes; /* what the storage must read as */
    uint8_t *spare;
} Twin;

static Twin twin_new(uint64_t seed)
{
    Twin twin = {.storage = hv_storage_new(SIZE), .bytes = g_malloc0(SIZE), .spare = g_malloc0(SIZE)};

    hv_rng_init(&twin.rng, seed, "storage");
    return twin;
}

static void twin_free(Twin *twin)
{
    hv_storage_free(twin->storage);
    g_free(twin->bytes);
    g_free(twin->spare);
}

static void twin_compare(Twin *twin, unsigned step)
{
    hv_storage_read(twin->storage, 0, twin->spare, SIZE);
    ck_assert_msg(memcmp(twin->spare, twin->bytes, SIZE) == 0, "step %u: contents differ", step);
}

static uint64_t draw_pages(Twin *twin, uint64_t most)
{
    return (1 + hv_rng_below(&twin->rng, most)) * HV_PAGE_SIZE;
}

/* A place for `length` bytes, on a page, now and then on a 2 MiB table. */
static uint64_t draw_addr(Twin *twin, uint64_t length)
{
    uint64_t addr = hv_rng_below(&twin->rng, (SIZE - length) / HV_PAGE_SIZE + 1) * HV_PAGE_SIZE;

    return hv_rng_below(&twin->rng, 3) == 0 ? addr / (2 * HV_MIB) * (2 * HV_MIB) : addr;
}

static void twin_write(Twin *twin)
{
    uint8_t data[700];
    uint64_t length = 1 + hv_rng_below(&twin->rng, sizeof(data));
    uint64_t addr = hv_rng_below(&twin->rng, SIZE - length + 1);

    memset(data, (int)hv_rng_below(&twin->rng, 256), sizeof(data));
    hv_storage_write(twin->storage, addr, data, length);
    memcpy(twin->bytes + addr, data, length);
}

static void twin_move(Twin *twin, bool set_aside)
{
    uint64_t length = draw_pages(twin, 3000), from = draw_addr(twin, length), to = draw_addr(twin, length);

    if (set_aside)
        hv_storage_insert(twin->storage, to, hv_storage_extract(twin->storage, from, length));
    else
        hv_storage_move(twin->storage, from, to, length);
    memcpy(twin->spare, twin->bytes + from, length);
    memset(twin->bytes + from, 0, length);
    memcpy(twin->bytes + to, twin->spare, length);
}

static void twin_clear(Twin *twin)
{
    uint64_t length = draw_pages(twin, 200), addr = draw_addr(twin, length);

    hv_storage_clear(twin->storage, addr, length);
    memset(twin->bytes + addr, 0, length);
}

START_TEST(as_an_array_of_bytes)
{
    Twin twin = twin_new((uint64_t)_i);

    for (unsigned step = 0; step < 400; step++) {
        uint64_t drawn = hv_rng_below(&twin.rng, 20);

        if (drawn < 10)
            twin_write(&twin);
        else if (drawn < 19)
            twin_move(&twin, /* set_aside= */ drawn < 13);
        else
            twin_clear(&twin);
        if (step % 20 == 0)
            twin_compare(&twin, step);
    }
    twin_compare(&twin, 400);
    twin_free(&twin);
}
END_TEST

START_TEST(dirty_pages_are_counted_once_and_travel)
{
    HvStorage *storage = hv_storage_new(SIZE);

    hv_storage_write(storage, 5 * HV_PAGE_SIZE, "before", 6);
    hv_storage_track(storage, 0, 4 * HV_MIB);
    ck_assert_uint_eq(hv_storage_collect_dirty(storage, 0, 4 * HV_MIB), 0);
    hv_storage_write(storage, 5 * HV_PAGE_SIZE, "a", 1);
    hv_storage_write(storage, 5 * HV_PAGE_SIZE + 9, "b", 1);
    hv_storage_write(storage, 7 * HV_PAGE_SIZE - 1, "cd", 2); /* two pages */
    ck_assert_uint_eq(hv_storage_collect_dirty(storage, 0, 6 * HV_PAGE_SIZE), 1);
    ck_assert_uint_eq(hv_storage_collect_dirty(storage, 0, 4 * HV_MIB), 2);
    ck_assert_uint_eq(hv_storage_collect_dirty(storage, 0, 4 * HV_MIB), 0);
    hv_storage_write(storage, 3 * HV_MIB, "e", 1);
    hv_storage_move(storage, 3 * HV_MIB, 9 * HV_MIB + HV_PAGE_SIZE, HV_MIB);
    ck_assert_uint_eq(hv_storage_collect_dirty(storage, 9 * HV_MIB, 2 * HV_MIB), 1);
    hv_storage_free(storage);
}
END_TEST

START_TEST(digest_is_of_what_a_reader_sees)
{
    HvStorage *storage = hv_storage_new(SIZE);
    static const char zeros[8192];

    hv_storage_write(storage, 12345, "content", 7);
    g_autofree char *before = hv_storage_digest(storage, 0, HV_MIB);

    hv_storage_move(storage, 0, 7 * HV_MIB + HV_PAGE_SIZE, HV_MIB);
    g_autofree char *moved = hv_storage_digest(storage, 7 * HV_MIB + HV_PAGE_SIZE, HV_MIB);

    hv_storage_write(storage, 7 * HV_MIB + 9 * HV_PAGE_SIZE, zeros, sizeof(zeros));
    g_autofree char *with_zeros = hv_storage_digest(storage, 7 * HV_MIB + HV_PAGE_SIZE, HV_MIB);

    hv_storage_write(storage, 7 * HV_MIB + 5 * HV_PAGE_SIZE, "x", 1);
    g_autofree char *changed = hv_storage_digest(storage, 7 * HV_MIB + HV_PAGE_SIZE, HV_MIB);

    ck_assert_str_eq(before, moved);
    ck_assert_str_eq(before, with_zeros);
    ck_assert_str_ne(before, changed);
    hv_storage_free(storage);
}
END_TEST

START_TEST(sixty_four_tebibytes_cost_what_is_touched)
{
    HvStorage *storage = hv_storage_new(64 * HV_TIB);
    uint64_t empty = hv_storage_footprint(storage);
    char read[6];

    ck_assert_uint_le(empty, HV_MIB);
    hv_storage_write(storage, 63 * HV_TIB + 5, "there", 6);
    /* A page and two tables on the way to it. */
    ck_assert_uint_le(hv_storage_footprint(storage), empty + 16 * HV_KIB);
    hv_storage_move(storage, 40 * HV_TIB, HV_PAGE_SIZE, 24 * HV_TIB);
    hv_storage_read(storage, 23 * HV_TIB + HV_PAGE_SIZE + 5, read, sizeof(read));
    ck_assert_str_eq(read, "there");
    hv_storage_clear(storage, 0, 64 * HV_TIB);
    ck_assert_uint_eq(hv_storage_footprint(storage), empty);
    hv_storage_free(storage);
}
END_TEST

START_TEST(a_window_ends_where_it_ends)
{
    HvStorage *storage = hv_storage_new(SIZE);
    const HvStorageWindow window = {.storage = storage, .origin_bytes = HV_MIB, .size_bytes = 2 * HV_MIB};
    static const struct {
        uint64_t addr;
        size_t length;
        bool inside;
    } rows[] = {
        {0, 1, true},           {2 * HV_MIB - 1, 1, true},  {2 * HV_MIB, 0, true},
        {2 * HV_MIB, 1, false}, {2 * HV_MIB - 1, 2, false}, {UINT64_MAX, 1, false},
    };
    char byte = 'x', read = 0;

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        char data[2] = "ab";

        ck_assert_int_eq(
            hv_storage_window_write(&window, rows[i].addr, data, rows[i].length, NULL), rows[i].inside);
        ck_assert_int_eq(
            hv_storage_window_read(&window, rows[i].addr, data, rows[i].length, NULL), rows[i].inside);
    }
    ck_assert(hv_storage_window_write(&window, 7, &byte, 1, NULL));
    hv_storage_read(storage, HV_MIB + 7, &read, 1);
    ck_assert_int_eq(read, 'x');
    hv_storage_free(storage);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("storage");
    TCase *tcase = tcase_create("content");

    tcase_add_loop_test(tcase, as_an_array_of_bytes, 0, 8);
    tcase_add_test(tcase, dirty_pages_are_counted_once_and_travel);
    tcase_add_test(tcase, digest_is_of_what_a_reader_sees);
    tcase_add_test(tcase, sixty_four_tebibytes_cost_what_is_touched);
    tcase_add_test(tcase, a_window_ends_where_it_ends);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
