/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Copies of snapshots in folders, each a volume of its own with one archive (docs/tape-format.md).
 *
 *     FOLDER/PROTECT.json              whose copies they are
 *     FOLDER/name-of-snapshot/         VOLUME.json and 000001-SNAPSHOT.tar.zst
 *     FOLDER/.name-of-snapshot.new/    one that is being written, or that a crash has left behind
 *
 * A copy shares nothing with others, so any can be dropped, moved or unpacked by itself. It is written beside its place, brought to the disk, and then
 * renamed: it is there as a whole or not at all. Whatever is read is compared with its SHA-256.
 */
#include "hv/folder.h"
#include "svp/error.h"
#include "svp/message.h"
#include "svp/protect/copy.h"
#include "svp/protect/name.h"
#include "svp/save/save.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MARK_FILE   "PROTECT.json"
#define VOLUME_NAME "SNAP01"
#define SAVE_NAME   "SNAPSHOT"

typedef struct {
    const MonitorSystem *system;
} Archive;

static bool fail(GError **error, const char *path, const char *what, const char *why)
{
    g_autofree char *quoted = svp_message_quote(path);

    g_set_error(
        error, SVP_ERROR, SVP_ERROR_COPY,
        "%s cannot be %s: %s\nLook at the folder, its permissions and the room on the disk", quoted, what,
        why);
    return false;
}

/* What the volume says, as what is wrong with the copy. */
static bool fail_copy(const SvpSnapshot *snapshot, const char *what, GError *cause, GError **error)
{
    g_autoptr(GError) owned = cause;

    g_set_error(
        error, SVP_ERROR, SVP_ERROR_COPY, "A copy of snapshot %s cannot be %s: %s", snapshot->name, what,
        owned->message);
    return false;
}

/* --- Folders ---------------------------------------------------------------------------------------------- */

static char *path_of(const char *folder, const SvpSnapshot *snapshot)
{
    return g_build_filename(folder, snapshot->name, NULL);
}

static char *new_path_of(const char *folder, const SvpSnapshot *snapshot)
{
    g_autofree char *name = g_strdup_printf(".%s.new", snapshot->name);

    return g_build_filename(folder, name, NULL);
}

static bool remove_folder(const char *path, GError **error)
{
    return hv_folder_remove(path) || fail(error, path, "removed", g_strerror(errno));
}

static bool make_folder(const char *folder, GError **error)
{
    return hv_folder_make(folder) || fail(error, folder, "made", g_strerror(errno));
}

static bool is_empty(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);

    const char *name;

    while (dir && (name = g_dir_read_name(dir)))
        if (!g_str_equal(name, MARK_FILE ".new")) /* a crash has left it */
            return false;
    return dir != NULL;
}

static bool refuse_folder(const char *folder, const char *why, GError **error)
{
    g_autofree char *quoted = svp_message_quote(folder);

    g_set_error(error, SVP_ERROR, SVP_ERROR_RELATION, "%s %s\nGive a folder of its own", quoted, why);
    return false;
}

static bool check_mark(const char *folder, const char *mark, const json_t *expected, GError **error)
{
    json_t *found = json_load_file(mark, 0, NULL);
    const char *group = json_string_value(json_object_get(found, "group"));
    bool same = json_equal(found, expected);
    g_autofree char *why =
        g_strdup_printf("has the copies of group %s of another machine or group", group ? group : "?");

    json_decref(found);
    return same || refuse_folder(folder, why, error);
}

static bool write_mark(const char *folder, const json_t *mark)
{
    char *text = json_dumps(mark, JSON_COMPACT);
    bool written = hv_folder_put(folder, MARK_FILE, text, strlen(text));

    free(text);
    return written;
}

static bool archive_prepare(void *data, const char *folder, const char *group, GError **error)
{
    const Archive *archive = data;
    g_autofree char *mark = g_build_filename(folder, MARK_FILE, NULL);

    if (!make_folder(folder, error))
        return false;
    json_t *expected = json_pack(
        "{s:s,s:s}", "machine", monitor_system_definition(archive->system)->machine->name, "group", group);
    bool ok = true;

    if (g_file_test(mark, G_FILE_TEST_EXISTS))
        ok = check_mark(folder, mark, expected, error);
    else if (!is_empty(folder))
        ok = refuse_folder(folder, "is not empty", error);
    else
        ok = write_mark(folder, expected) || fail(error, mark, "written", g_strerror(errno));
    json_decref(expected);
    return ok;
}

/* --- Writing and reading ---------------------------------------------------------------------------------- */

static SvpVolumeSet *open_set(const char *path, GError **error)
{
    const char *const paths[] = {path, NULL};

    return svp_volume_set_open(paths, error);
}

static bool initialize(const char *path, GError **error)
{
    g_autoptr(SvpVolume) volume = svp_volume_open(path, /* ignore_label= */ true, error);
    g_autoptr(SvpLabel) label = svp_label_new(VOLUME_NAME, /* size_bytes= */ 0);

    return volume && svp_volume_initialize(volume, label, error);
}

static bool write_volume(const Archive *archive, const char *path, const GPtrArray *captures, GError **error)
{
    const SvpSaveRequest request = {
        .system = archive->system, .name = SAVE_NAME, .kind = SAVE_NAME, .captures = captures, .alone = true};

    if (!initialize(path, error))
        return false;
    g_autoptr(SvpVolumeSet) set = open_set(path, error);

    return set && svp_save_write(set, NULL, &request, NULL, error);
}

static bool put_in_place(const char *folder, const char *from, const char *to, GError **error)
{
    if (!remove_folder(to, error))
        return false;
    if (g_rename(from, to) != 0 || !hv_folder_sync(folder))
        return fail(error, to, "written", g_strerror(errno));
    return true;
}

static bool archive_write(
    void *data, const char *folder, const SvpSnapshot *snapshot, const GPtrArray *captures, GError **error)
{
    g_autofree char *path = path_of(folder, snapshot), *fresh = new_path_of(folder, snapshot);
    g_autoptr(GError) problem = NULL;

    if (!make_folder(folder, error) || !remove_folder(fresh, error) || !make_folder(fresh, error))
        return false;
    bool ok = write_volume(data, fresh, captures, &problem)
                  ? put_in_place(folder, fresh, path, error)
                  : fail_copy(snapshot, "written", g_steal_pointer(&problem), error);

    if (!ok)
        remove_folder(fresh, NULL);
    return ok;
}

static MonitorCapture *
archive_read(void *data, const char *folder, const SvpSnapshot *snapshot, const char *lpar, GError **error)
{
    const Archive *archive = data;
    g_autofree char *path = path_of(folder, snapshot);
    g_autoptr(GError) problem = NULL;
    g_autoptr(SvpVolumeSet) set = open_set(path, &problem);
    MonitorCapture *capture = set ? svp_save_read(set, archive->system, 1, lpar, NULL, &problem) : NULL;

    if (!capture)
        fail_copy(snapshot, "read", g_steal_pointer(&problem), error);
    return capture;
}

static bool archive_verify(void *data, const char *folder, const SvpSnapshot *snapshot, GError **error)
{
    g_autofree char *path = path_of(folder, snapshot);
    g_autoptr(GError) problem = NULL;
    g_autoptr(SvpVolumeSet) set = open_set(path, &problem);
    SvpArchiveCounts counts = {0};

    (void)data;
    return (set && svp_archive_verify(set, 1, &counts, &problem)) ||
           fail_copy(snapshot, "read", g_steal_pointer(&problem), error);
}

/* Under its name it is whole or gone: it loses the name first. What cannot be removed then is in nobody's way. */
static bool archive_remove(void *data, const char *folder, const SvpSnapshot *snapshot, GError **error)
{
    g_autofree char *path = path_of(folder, snapshot), *old = new_path_of(folder, snapshot);

    (void)data;
    if (!remove_folder(old, error))
        return false;
    if (g_rename(path, old) != 0)
        return errno == ENOENT || fail(error, path, "removed", g_strerror(errno));
    hv_folder_remove(old);
    return true;
}

static void archive_free(void *data)
{
    g_free(data);
}

static const SvpCopyOps archive_ops = {
    .name = "archive",
    .prepare = archive_prepare,
    .write = archive_write,
    .read = archive_read,
    .verify = archive_verify,
    .remove = archive_remove,
    .free = archive_free,
};

SvpCopyMedium svp_copy_archive(const MonitorSystem *system)
{
    Archive *archive = g_new0(Archive, 1);

    archive->system = system;
    return (SvpCopyMedium){.ops = &archive_ops, .data = archive};
}
