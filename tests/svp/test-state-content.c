/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The content of a storage in layers, against digests of the storage itself: whatever is written, moved or cleared between checkpoints, and
 * however often somebody begins anew from what is on the disk, the layers of the last folder read as the storage did. There are few of
 * them, their length is bounded, and what did not change is not written again.
 */
#include "hv/folder.h"
#include "hv/rng.h"
#include "svp/state-content.h"

#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE          (16 * HV_MIB)
#define N_PAGES       (SIZE / HV_PAGE_SIZE)
#define N_CHECKPOINTS 80u

typedef struct {
    HvRng rng;
    HvStorage *storage;
    char *folder;
    unsigned n; /* checkpoints written; the last is in folder/n */
    SvpStateContent *content;
    uint64_t written; /* bytes in files that only the last one has */
} Room;

typedef struct {
    const char *folder;
    SvpStateContent *content;
    unsigned n_layers;
    uint64_t length, own;
} Walk;

static char *folder_of(const Room *room, unsigned n)
{
    return g_strdup_printf("%s/%u", room->folder, n);
}

static uint64_t draw(Room *room, uint64_t below)
{
    return hv_rng_below(&room->rng, below);
}

static void change(Room *room)
{
    uint64_t n = 1 + draw(room, draw(room, 4) ? 30 : N_PAGES / 2), from = draw(room, N_PAGES - n + 1);
    uint64_t to = draw(room, N_PAGES - n + 1);
    uint8_t page[HV_PAGE_SIZE];

    memset(page, draw(room, 4) ? (int)draw(room, 256) : 0, sizeof page);
    if (draw(room, 6) == 0)
        hv_storage_clear(room->storage, from * HV_PAGE_SIZE, n * HV_PAGE_SIZE);
    else if (draw(room, 6) == 0)
        hv_storage_move(room->storage, from * HV_PAGE_SIZE, to * HV_PAGE_SIZE, n * HV_PAGE_SIZE);
    else
        for (uint64_t i = from; i < from + n; i++)
            hv_storage_write(room->storage, i * HV_PAGE_SIZE, page, sizeof page);
}

static void count_layer(const char *name, uint64_t length, const char *sha256, void *data)
{
    Walk *walk = data;
    g_autofree char *path = g_build_filename(walk->folder, name, NULL);
    struct stat status;

    (void)sha256;
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_uint_eq((uint64_t)status.st_size, length);
    walk->n_layers++;
    walk->length += length;
    walk->own += status.st_nlink == 1 ? length : 0;
}

static void read_layer(const char *name, uint64_t length, const char *sha256, void *data)
{
    Walk *walk = data;

    ck_assert_ptr_null(svp_state_content_read(walk->content, walk->folder, name, length, sha256));
}

static SvpStateContent *read_back(const Room *room)
{
    g_autofree char *folder = folder_of(room, room->n);
    Walk walk = {.folder = folder, .content = svp_state_content_new(SIZE)};

    svp_state_content_foreach(room->content, read_layer, &walk);
    return walk.content;
}

/* Few layers: each twice as long as the one above, in pages; a page and its offset take 4104 bytes. */
static void check_layers(Room *room)
{
    g_autofree char *folder = folder_of(room, room->n);
    Walk walk = {.folder = folder};

    svp_state_content_foreach(room->content, count_layer, &walk);
    ck_assert_uint_le(walk.n_layers, 13);
    ck_assert_uint_le(walk.length, 2 * N_PAGES * (HV_PAGE_SIZE + 8) + 13 * 8);
    room->written = walk.own;
}

static void checkpoint(Room *room)
{
    g_autoptr(HvStorageSnapshot) now = hv_storage_snapshot(room->storage, 0, SIZE);
    g_autofree char *from = folder_of(room, room->n), *to = folder_of(room, room->n + 1);
    g_autofree char *name = g_strdup_printf("ms-%u", room->n + 1);

    ck_assert_int_eq(g_mkdir(to, 0700), 0);
    SvpStateContent *content = svp_state_content_write(now, room->content, from, to, name);

    ck_assert_ptr_nonnull(content);
    svp_state_content_free(room->content);
    room->content = content;
    room->n++;
    check_layers(room);
    ck_assert(hv_folder_remove(from));
}

static void check_content(const Room *room, const SvpStateContent *content)
{
    g_autofree char *expected = hv_storage_digest(room->storage, 0, SIZE);
    g_autofree char *found = hv_storage_snapshot_digest(svp_state_content_snapshot(content));

    ck_assert_str_eq(found, expected);
}

static Room room_new(uint64_t seed)
{
    Room room = {.storage = hv_storage_new(SIZE), .folder = g_dir_make_tmp("lparsim-content-XXXXXX", NULL)};

    hv_rng_init(&room.rng, seed, "content");
    ck_assert_ptr_nonnull(room.folder);
    return room;
}

static void room_clear(Room *room)
{
    g_autofree char *last = folder_of(room, room->n);

    ck_assert(hv_folder_remove(last));
    ck_assert(hv_folder_remove(room->folder));
    svp_state_content_free(room->content);
    hv_storage_free(room->storage);
    g_free(room->folder);
}

START_TEST(test_random)
{
    uint64_t seed = g_random_int();
    Room room = room_new(seed);

    printf("seed %" G_GUINT64_FORMAT "\n", seed);
    for (unsigned i = 0; i < N_CHECKPOINTS; i++) {
        for (uint64_t n = draw(&room, 4); n > 0; n--)
            change(&room);
        checkpoint(&room);
        SvpStateContent *content = read_back(&room);

        check_content(&room, content);
        if (draw(&room, 3) == 0) { /* somebody begins anew with what is on the disk */
            svp_state_content_free(room.content);
            room.content = content;
            hv_storage_snapshot_apply(svp_state_content_snapshot(content), room.storage, 0);
        } else
            svp_state_content_free(content);
    }
    room_clear(&room);
}
END_TEST

static void write_page(Room *room, uint64_t page, int byte)
{
    uint8_t bytes[HV_PAGE_SIZE];

    memset(bytes, byte, sizeof bytes);
    hv_storage_write(room->storage, page * HV_PAGE_SIZE, bytes, sizeof bytes);
}

/* 8 bytes of magic, then 4104 a page; a page of zeros takes 8. */
START_TEST(test_cost_follows_change)
{
    Room room = room_new(1);

    for (unsigned i = 0; i < 1000; i++)
        write_page(&room, i, 1);
    checkpoint(&room);
    ck_assert_uint_eq(room.written, 8 + 1000 * 4104);
    checkpoint(&room);
    ck_assert_uint_eq(room.written, 0);
    write_page(&room, 7, 2);
    write_page(&room, 999, 2);
    checkpoint(&room);
    ck_assert_uint_eq(room.written, 8 + 2 * 4104);
    hv_storage_clear(room.storage, 5 * HV_PAGE_SIZE, HV_PAGE_SIZE);
    checkpoint(&room);
    ck_assert_uint_eq(room.written, 8 + 8); /* the layer of 2 pages is twice as long: it is kept */
    write_page(&room, 6, 3);
    checkpoint(&room);
    ck_assert_uint_eq(room.written, 8 + 3 * 4104 + 8); /* 1 with the 1 of zeros, then with the 2 */
    g_autoptr(SvpStateContent) content = read_back(&room);

    check_content(&room, content);
    room_clear(&room);
}
END_TEST

/* Where nothing can be linked all is written. */
START_TEST(test_without_links)
{
    Room room = room_new(1);

    write_page(&room, 1, 1);
    checkpoint(&room);
    g_autofree char *folder = folder_of(&room, room.n);

    ck_assert(hv_folder_remove(folder));
    ck_assert_int_eq(g_mkdir(folder, 0700), 0);
    write_page(&room, 2, 1);
    checkpoint(&room);
    ck_assert_uint_eq(room.written, 8 + 2 * 4104);
    g_autoptr(SvpStateContent) content = read_back(&room);

    check_content(&room, content);
    room_clear(&room);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("state-content");
    TCase *tcase = tcase_create("state-content");

    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, test_random);
    tcase_add_test(tcase, test_cost_follows_change);
    tcase_add_test(tcase, test_without_links);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
