/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A storage and volumes for tests of saves; folders are removed at the end. */
#include "tests/svp/tape-room.h"

#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

TapeRoom *tape_room_new(uint64_t storage_bytes, uint64_t seed)
{
    TapeRoom *room = g_new0(TapeRoom, 1);
    g_autofree char *name = g_strdup_printf("lparsim tape %" G_GUINT64_FORMAT, seed);

    room->folder = g_dir_make_tmp("lparsim-tape-XXXXXX", NULL);
    ck_assert_ptr_nonnull(room->folder);
    room->storage = hv_storage_new(storage_bytes);
    hv_rng_init(&room->rng, seed, name);
    room->memory = svp_archive_memory_new();
    return room;
}

void tape_room_free(TapeRoom *room)
{
    g_autofree char *command = g_strdup_printf("chmod -R u+w '%s'; rm -rf '%s'", room->folder, room->folder);

    svp_archive_memory_free(room->memory);
    hv_storage_free(room->storage);
    ck_assert_int_eq(system(command), 0);
    g_free(room->folder);
    g_free(room);
}

char *tape_room_path(const TapeRoom *room, const char *name)
{
    return g_build_filename(room->folder, name, NULL);
}

void tape_room_volume(const TapeRoom *room, const char *name, uint64_t size_bytes)
{
    g_autofree char *path = tape_room_path(room, name);
    g_autoptr(GError) error = NULL;

    if (!g_str_has_suffix(name, ".tar"))
        g_mkdir(path, 0777);
    g_autoptr(SvpVolume) volume = svp_volume_open(path, /* ignore_label= */ true, &error);

    ck_assert_msg(volume, "%s", error ? error->message : "");
    g_autoptr(SvpLabel) label = svp_label_new(name, size_bytes);

    ck_assert_msg(svp_volume_initialize(volume, label, &error), "%s", error ? error->message : "");
}

SvpVolumeSet *tape_room_set(const TapeRoom *room, const char *names, GError **error)
{
    g_auto(GStrv) paths = g_strsplit(names, " ", -1);

    for (unsigned i = 0; paths[i]; i++) {
        char *path = tape_room_path(room, paths[i]);

        g_free(paths[i]);
        paths[i] = path;
    }
    return svp_volume_set_open((const char *const *)paths, error);
}

void tape_room_write(TapeRoom *room, unsigned n)
{
    uint64_t pages = hv_storage_size(room->storage) / HV_PAGE_SIZE;
    uint64_t page[HV_PAGE_SIZE / sizeof(uint64_t)];

    for (unsigned i = 0; i < n; i++) {
        uint64_t kind = hv_rng_below(&room->rng, 8);

        memset(page, kind == 0 ? 0 : (int)kind, sizeof page);
        for (unsigned j = 0; kind > 4 && j < G_N_ELEMENTS(page); j++)
            page[j] = hv_rng_u64(&room->rng);
        hv_storage_write(room->storage, hv_rng_below(&room->rng, pages) * HV_PAGE_SIZE, page, sizeof page);
    }
}

bool tape_room_save(
    TapeRoom *room, const char *volumes, bool with_memory, SvpSaveRecord **ret_record, GError **error)
{
    static const char state[] = "the state of LPAR1";
    uint64_t size = hv_storage_size(room->storage);
    g_autoptr(SvpVolumeSet) set = tape_room_set(room, volumes, error);

    if (!set)
        return false;
    g_auto(SvpArchiveLpar) lpar = {
        .name = g_strdup("LPAR1"),
        .number = 1,
        .state = g_bytes_new_static(state, sizeof state),
        .content = {
            hv_storage_snapshot(room->storage, 0, size),
            hv_storage_snapshot(room->storage, size / 2, size / 4)}};
    const SvpArchiveRequest request = {
        .name = "LPAR1",
        .kind = "LPAR",
        .lpars = &lpar,
        .n_lpars = 1,
        .machine = "TEST",
        .machine_text = "[machine]\n",
        .clock = "Mon 0001-01-01 00:00:00"};

    return svp_archive_write(set, with_memory ? room->memory : NULL, &request, ret_record, error);
}

char *tape_room_digest(const TapeRoom *room)
{
    uint64_t size = hv_storage_size(room->storage);
    g_autofree char *ms = hv_storage_digest(room->storage, 0, size);
    g_autofree char *es = hv_storage_digest(room->storage, size / 2, size / 4);

    return g_strconcat(ms, " ", es, NULL);
}

char *tape_room_restore(const TapeRoom *room, const char *volumes, unsigned sequence, GError **error)
{
    g_autoptr(SvpVolumeSet) set = tape_room_set(room, volumes, error);
    g_auto(SvpArchiveLpar) lpar = {0};

    if (!set || !svp_archive_read(set, sequence, "LPAR1", &lpar, NULL, error))
        return NULL;
    ck_assert_str_eq(g_bytes_get_data(lpar.state, NULL), "the state of LPAR1");
    ck_assert_uint_eq(lpar.number, 1);
    g_autofree char *ms = hv_storage_snapshot_digest(lpar.content[RESMGR_MS]);
    g_autofree char *es = hv_storage_snapshot_digest(lpar.content[RESMGR_ES]);

    return g_strconcat(ms, " ", es, NULL);
}
