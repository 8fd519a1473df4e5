/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Snapshots of storage against plain copies of an array of bytes: whatever is written, moved or cleared afterwards, a snapshot stays what it was;
 * what it says of changed pages is compared with memcmp(); digests with those of a storage that has the same bytes.
 */
#include "hv/rng.h"
#include "hv/storage-snapshot.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define SIZE    (12 * HV_MIB)
#define N_PAGES (SIZE / HV_PAGE_SIZE)
#define N_KEPT  4u
#define N_STEPS 400u

/* A snapshot and what it must read as. */
typedef struct {
    HvStorageSnapshot *snapshot;
    uint8_t *bytes;
    uint64_t addr, length; /* where it was taken */
} Kept;

typedef struct {
    HvRng rng;
    HvStorage *storage;
    uint8_t *bytes;
    Kept kept[N_KEPT];
} Room;

static uint64_t draw(Room *room, uint64_t below)
{
    return hv_rng_below(&room->rng, below);
}

/* A range of pages with room for it. */
static uint64_t draw_range(Room *room, uint64_t *ret_length)
{
    uint64_t n = 1 + draw(room, draw(room, 2) ? 40 : N_PAGES / 2);

    *ret_length = n * HV_PAGE_SIZE;
    return draw(room, N_PAGES - n + 1) * HV_PAGE_SIZE;
}

/* A place for a range, half of the time one at which whole tables of 2 MiB fit. */
static uint64_t draw_place(Room *room, uint64_t from, uint64_t length)
{
    uint64_t skew = from % (2 * HV_MIB);

    if (draw(room, 2))
        return draw(room, (SIZE - length) / HV_PAGE_SIZE + 1) * HV_PAGE_SIZE;
    return skew + draw(room, (SIZE - length - skew) / (2 * HV_MIB) + 1) * 2 * HV_MIB;
}

static void write_bytes(Room *room)
{
    uint8_t data[5000];
    uint64_t length = 1 + draw(room, sizeof(data)), addr = draw(room, SIZE - length + 1);

    memset(data, (int)draw(room, 3) == 0 ? 0 : (int)draw(room, 256), length);
    hv_storage_write(room->storage, addr, data, length);
    memcpy(room->bytes + addr, data, length);
}

static void move_or_clear(Room *room)
{
    uint64_t length, from = draw_range(room, &length);
    uint64_t to = draw_place(room, from, length);

    if (draw(room, 2)) {
        hv_storage_clear(room->storage, from, length);
        memset(room->bytes + from, 0, length);
        return;
    }
    uint8_t *content = g_memdup2(room->bytes + from, length);

    hv_storage_move(room->storage, from, to, length);
    memset(room->bytes + from, 0, length);
    memcpy(room->bytes + to, content, length);
    g_free(content);
}

static void take(Room *room, Kept *kept)
{
    kept->addr = draw_range(room, &kept->length);
    hv_storage_snapshot_unref(kept->snapshot);
    g_free(kept->bytes);
    kept->snapshot = hv_storage_snapshot(room->storage, kept->addr, kept->length);
    kept->bytes = g_memdup2(room->bytes + kept->addr, kept->length);
}

static void put_back(Room *room, const Kept *kept)
{
    uint64_t addr = draw_place(room, kept->addr, kept->length);

    hv_storage_snapshot_apply(kept->snapshot, room->storage, addr);
    memcpy(room->bytes + addr, kept->bytes, kept->length);
}

static bool fill(uint64_t offset, const uint8_t *page, void *data)
{
    memcpy((uint8_t *)data + offset, page, HV_PAGE_SIZE);
    return true;
}

static void compare(Room *room)
{
    uint8_t *read = g_malloc0(SIZE);

    hv_storage_read(room->storage, 0, read, SIZE);
    ck_assert(memcmp(read, room->bytes, SIZE) == 0);
    for (unsigned i = 0; i < N_KEPT; i++) {
        const Kept *kept = &room->kept[i];

        if (!kept->snapshot)
            continue;
        memset(read, 0, SIZE);
        ck_assert(hv_storage_snapshot_foreach(kept->snapshot, 0, kept->length, fill, read));
        ck_assert(memcmp(read, kept->bytes, kept->length) == 0);
    }
    g_free(read);
}

START_TEST(a_snapshot_stays_what_it_was)
{
    Room room = {.storage = hv_storage_new(SIZE), .bytes = g_malloc0(SIZE)};

    hv_rng_init(&room.rng, (uint64_t)_i, "snapshot");
    for (unsigned step = 0; step < N_STEPS; step++) {
        Kept *kept = &room.kept[draw(&room, N_KEPT)];
        uint64_t what = draw(&room, 10);

        if (what == 0)
            take(&room, kept);
        else if (what == 1 && kept->snapshot)
            put_back(&room, kept);
        else if (what == 2)
            move_or_clear(&room);
        else
            write_bytes(&room);
        if (step % 40 == 39)
            compare(&room);
    }
    for (unsigned i = 0; i < N_KEPT; i++) {
        hv_storage_snapshot_unref(room.kept[i].snapshot);
        g_free(room.kept[i].bytes);
    }
    hv_storage_free(room.storage);
    g_free(room.bytes);
}
END_TEST

static bool note_changed(uint64_t offset, const uint8_t *page, void *data)
{
    bool *changed = data;

    changed[offset / HV_PAGE_SIZE] = true;
    (void)page;
    return true;
}

/* Every page that differs is told; of those that do not, none that was not touched. */
START_TEST(changed_pages_are_those_written_since)
{
    g_autofree bool *changed = g_new0(bool, N_PAGES), *touched = g_new0(bool, N_PAGES);
    HvStorage *storage = hv_storage_new(2 * SIZE);
    HvRng rng;

    hv_rng_init(&rng, (uint64_t)_i, "changed");
    for (unsigned i = 0; i < 600; i++)
        hv_storage_write(storage, SIZE / 2 + hv_rng_below(&rng, SIZE), "old", 1);
    g_autoptr(HvStorageSnapshot) older = hv_storage_snapshot(storage, SIZE / 2, SIZE);

    for (unsigned i = 0; i < 50; i++) {
        uint64_t addr = hv_rng_below(&rng, SIZE);

        if (i % 5 == 0)
            hv_storage_clear(storage, SIZE / 2 + addr / HV_PAGE_SIZE * HV_PAGE_SIZE, HV_PAGE_SIZE);
        else
            hv_storage_write(storage, SIZE / 2 + addr, "new", 1);
        touched[addr / HV_PAGE_SIZE] = true;
    }
    g_autoptr(HvStorageSnapshot) now = hv_storage_snapshot(storage, SIZE / 2, SIZE);

    hv_storage_snapshot_foreach_changed(now, older, 0, SIZE, note_changed, changed);
    g_autofree uint8_t *before = g_malloc0(SIZE), *after = g_malloc0(SIZE);

    hv_storage_snapshot_foreach(older, 0, SIZE, fill, before);
    hv_storage_snapshot_foreach(now, 0, SIZE, fill, after);
    for (uint64_t p = 0; p < N_PAGES; p++) {
        bool differs = memcmp(before + p * HV_PAGE_SIZE, after + p * HV_PAGE_SIZE, HV_PAGE_SIZE) != 0;

        ck_assert_msg(!differs || changed[p], "page %" G_GUINT64_FORMAT " is not told", p);
        ck_assert_msg(!changed[p] || touched[p], "page %" G_GUINT64_FORMAT " was not touched", p);
    }
    hv_storage_free(storage);
}
END_TEST

/* One that is put together page by page is the same as one that was taken. */
START_TEST(a_snapshot_can_be_built)
{
    HvStorage *storage = hv_storage_new(SIZE);
    g_autofree uint8_t *bytes = g_malloc0(SIZE);
    g_autoptr(HvStorageSnapshot) built = hv_storage_snapshot_new(SIZE);

    for (uint64_t i = 0; i < 300; i++)
        hv_storage_write(storage, i * 37813 % (SIZE - 8), &i, sizeof(i));
    hv_storage_read(storage, 0, bytes, SIZE);
    for (uint64_t offset = 0; offset < SIZE; offset += HV_PAGE_SIZE)
        hv_storage_snapshot_put(built, offset, bytes + offset);
    g_autofree char *of_storage = hv_storage_digest(storage, 0, SIZE);
    g_autofree char *of_built = hv_storage_snapshot_digest(built);

    ck_assert_str_eq(of_built, of_storage);
    hv_storage_snapshot_apply(built, storage, 0);
    g_autofree char *again = hv_storage_digest(storage, 0, SIZE);

    ck_assert_str_eq(again, of_storage);
    hv_storage_free(storage);
    ck_assert_uint_gt(hv_storage_snapshot_pages(built), 0);
}
END_TEST

/* A table that two snapshots share is not looked into: changed pages beside it are told, also where the storage has been relocated. */
START_TEST(a_change_is_told_wherever_the_range_lies)
{
    uint64_t to = _i % 2 ? 5 * HV_MIB : 4 * HV_MIB;
    g_autofree bool *changed = g_new0(bool, N_PAGES);
    HvStorage *storage = hv_storage_new(2 * SIZE);

    for (uint64_t addr = 0; addr < SIZE; addr += HV_PAGE_SIZE)
        hv_storage_write(storage, addr, "x", 1);
    g_autoptr(HvStorageSnapshot) older = hv_storage_snapshot(storage, 0, SIZE);

    hv_storage_move(storage, 0, to, SIZE);
    hv_storage_write(storage, to + 3 * HV_MIB, "y", 1);
    g_autoptr(HvStorageSnapshot) now = hv_storage_snapshot(storage, to, SIZE);

    hv_storage_snapshot_foreach_changed(now, older, 0, SIZE, note_changed, changed);
    for (uint64_t p = 0; p < N_PAGES; p++)
        ck_assert_msg(changed[p] == (p == 3 * HV_MIB / HV_PAGE_SIZE), "page %" G_GUINT64_FORMAT, p);
    hv_storage_free(storage);
}
END_TEST

/* A snapshot of everything costs its tables; the content is there once. */
START_TEST(pages_are_shared)
{
    HvStorage *storage = hv_storage_new(SIZE);

    for (uint64_t addr = 0; addr < SIZE; addr += HV_PAGE_SIZE)
        hv_storage_write(storage, addr, "x", 1);
    uint64_t before = hv_storage_footprint(storage);
    g_autoptr(HvStorageSnapshot) snapshot = hv_storage_snapshot(storage, 0, SIZE);

    ck_assert_uint_eq(hv_storage_snapshot_pages(snapshot), N_PAGES);
    ck_assert_uint_eq(hv_storage_footprint(storage), before);
    g_autofree bool *changed = g_new0(bool, N_PAGES);
    g_autoptr(HvStorageSnapshot) second = hv_storage_snapshot(storage, 0, SIZE);

    hv_storage_snapshot_foreach_changed(second, snapshot, 0, SIZE, note_changed, changed);
    for (uint64_t p = 0; p < N_PAGES; p++)
        ck_assert(!changed[p]);
    hv_storage_free(storage);
}
END_TEST

/* Every third page is written again after the snapshot, so two thirds of them are shared; of those, half lie in the range that is split. */
START_TEST(a_range_is_split_from_its_snapshot)
{
    HvStorage *storage = hv_storage_new(SIZE);
    uint64_t half = SIZE / 2, n_shared = 0;

    for (uint64_t addr = 0; addr < SIZE; addr += HV_PAGE_SIZE)
        hv_storage_write(storage, addr, &addr, sizeof(addr));
    g_autoptr(HvStorageSnapshot) snapshot = hv_storage_snapshot(storage, 0, SIZE);

    for (uint64_t addr = 0; addr < SIZE; addr += 3 * HV_PAGE_SIZE)
        hv_storage_write(storage, addr, "y", 1);
    for (uint64_t page = 0; page < N_PAGES; page++)
        n_shared += page % 3 != 0;
    g_autofree char *before = hv_storage_digest(storage, 0, SIZE), *of = hv_storage_snapshot_digest(snapshot);
    uint64_t in_half = hv_storage_count_shared(storage, 0, half);

    ck_assert_uint_eq(hv_storage_count_shared(storage, 0, SIZE), n_shared);
    ck_assert_uint_eq(hv_storage_split(storage, 0, half), in_half);
    ck_assert_uint_eq(hv_storage_count_shared(storage, 0, half), 0);
    ck_assert_uint_eq(hv_storage_count_shared(storage, half, half), n_shared - in_half);
    ck_assert_uint_eq(hv_storage_split(storage, 0, SIZE), n_shared - in_half);
    g_autofree char *after = hv_storage_digest(storage, 0, SIZE);
    g_autofree char *still = hv_storage_snapshot_digest(snapshot);

    ck_assert_str_eq(before, after);
    ck_assert_str_eq(of, still);
    hv_storage_free(storage);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hv/storage-snapshot");
    TCase *tcase = tcase_create("snapshot");

    tcase_add_loop_test(tcase, a_snapshot_stays_what_it_was, 0, 6);
    tcase_add_loop_test(tcase, changed_pages_are_those_written_since, 0, 4);
    tcase_add_loop_test(tcase, a_change_is_told_wherever_the_range_lies, 0, 2);
    tcase_add_test(tcase, a_snapshot_can_be_built);
    tcase_add_test(tcase, pages_are_shared);
    tcase_add_test(tcase, a_range_is_split_from_its_snapshot);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
