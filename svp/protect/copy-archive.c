/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Copies of snapshots in folders: the copies of a group are the saves on one volume (docs/tape-format.md).
 *
 *     FOLDER/PROTECT.json                        whose copies they are
 *     FOLDER/PROD/VOLUME.json                    which there are
 *     FOLDER/PROD/000007-name-of-snapshot.tar.zst
 *
 * A copy shares with an earlier one what has not changed since, so it costs what has. A place has all it needs by itself: nothing is shared between
 * folders. A copy that is removed is gone for whoever asks; its file goes when no other copy needs it any more. When files that are kept so
 * would be more than three times the content, the next copy is written whole, and those files go with the copies before it.
 *
 * A copy is there as a whole or not at all, and whatever is read is compared with its SHA-256. Of a folder that has not the mark (a disk that is not mounted) nothing
 * is said but that: what was in it is as it was.
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

#define MARK_FILE         "PROTECT.json"
#define VOLUME_NAME       "SNAP01"
#define SAVE_KIND         "SNAPSHOT"
#define DROPPED_TIMES_MAX 3u /* the content: what files of removed copies may take */

typedef struct {
    const MonitorSystem *system;
    SvpArchiveMemory *memory;
    bool prepared; /* folders have the mark, or are not there */
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

static char *volume_path(const char *folder, const char *group)
{
    g_autofree char *name = svp_protect_key(group);

    return g_build_filename(folder, name, NULL);
}

static bool is_at_hand(const Archive *archive, const char *folder, GError **error)
{
    g_autofree char *mark = g_build_filename(folder, MARK_FILE, NULL), *quoted = svp_message_quote(folder);

    if (!archive->prepared || g_file_test(mark, G_FILE_TEST_EXISTS))
        return true;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_COPY_AWAY,
        "%s is not at hand: " MARK_FILE " is not in it\nLook whether the disk is mounted", quoted);
    return false;
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

/* --- Volumes ---------------------------------------------------------------------------------------------- */

static SvpVolumeSet *open_set(const char *path, GError **error)
{
    const char *const paths[] = {path, NULL};

    return svp_volume_set_open(paths, error);
}

static bool initialize(const char *path, GError **error)
{
    if (!make_folder(path, error))
        return false;
    g_autoptr(SvpVolume) volume = svp_volume_open(path, /* ignore_label= */ true, error);
    g_autoptr(SvpLabel) label = svp_label_new(VOLUME_NAME, /* size_bytes= */ 0);

    return volume && svp_volume_initialize(volume, label, error);
}

/* A volume without a label has nothing: it was to be initialized when the program ended. */
static bool has_label(const char *path)
{
    g_autofree char *label = g_build_filename(path, "VOLUME.json", NULL);

    return g_file_test(label, G_FILE_TEST_EXISTS);
}

/* `anew`: nothing that is there is good for anything, so a damaged label is replaced. */
static SvpVolumeSet *open_to_write(const char *path, bool anew, GError **error)
{
    g_autoptr(GError) problem = NULL;

    if (has_label(path)) {
        SvpVolumeSet *set = open_set(path, &problem);

        if (set)
            return set;
        if (!anew || !g_error_matches(problem, SVP_ERROR, SVP_ERROR_TAPE_DAMAGED)) {
            g_propagate_error(error, g_steal_pointer(&problem));
            return NULL;
        }
    }
    return initialize(path, error) ? open_set(path, error) : NULL;
}

/* The copy; NULL: it is not on the volume. */
static const SvpSaveRecord *find_copy(const SvpVolumeSet *set, const char *name)
{
    g_autoptr(GPtrArray) saves = svp_volume_set_saves(set);

    for (unsigned i = saves->len; i > 0; i--) {
        const SvpSaveRecord *record = saves->pdata[i - 1];

        if (!record->dropped && g_str_equal(record->name, name))
            return record;
    }
    return NULL;
}

static SvpVolumeSet *open_to_read(
    const Archive *archive, const char *folder, const SvpSnapshot *snapshot, unsigned *ret_sequence,
    GError **error)
{
    g_autofree char *path = volume_path(folder, snapshot->group);
    g_autoptr(SvpVolumeSet) set = is_at_hand(archive, folder, error) ? open_set(path, error) : NULL;
    const SvpSaveRecord *record = set ? find_copy(set, snapshot->name) : NULL;

    if (!set)
        return NULL;
    if (!record) {
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_COPY, "it is not on the volume '%s'\nTake another copy", path);
        return NULL;
    }
    *ret_sequence = record->sequence;
    return g_steal_pointer(&set);
}

/* --- Writing ---------------------------------------------------------------------------------------------- */

/* The sequence number of the copy to share with; 0: the next one is to be whole. */
static unsigned base_of(const SvpVolumeSet *set, const SvpSnapshot *base)
{
    const SvpSaveRecord *record = base ? find_copy(set, base->name) : NULL;
    g_autoptr(GPtrArray) saves = svp_volume_set_saves(set);
    uint64_t dropped_bytes = 0;

    for (unsigned i = 0; i < saves->len; i++) {
        const SvpSaveRecord *save = saves->pdata[i];

        dropped_bytes += save->dropped ? save->object_bytes : 0;
    }
    return record && dropped_bytes <= DROPPED_TIMES_MAX * record->content_bytes ? record->sequence : 0;
}

static bool write_save(
    const Archive *archive, SvpVolumeSet *set, const SvpSnapshot *snapshot, const SvpSnapshot *base,
    const GPtrArray *captures, GError **error)
{
    const SvpSaveRecord *replaced = find_copy(set, snapshot->name);
    unsigned replaced_sequence = replaced ? replaced->sequence : 0, base_sequence = base_of(set, base);
    const SvpSaveRequest request = {
        .system = archive->system,
        .name = snapshot->name,
        .kind = SAVE_KIND,
        .captures = captures,
        .alone = base_sequence == 0,
        .base = base_sequence,
    };

    return svp_save_write(set, archive->memory, &request, NULL, error) &&
           (!replaced_sequence || svp_volume_set_drop(set, replaced_sequence, error));
}

static bool archive_write(
    void *data, const char *folder, const SvpSnapshot *snapshot, const SvpSnapshot *base,
    const GPtrArray *captures, GError **error)
{
    const Archive *archive = data;
    g_autofree char *path = volume_path(folder, snapshot->group);
    g_autoptr(GError) problem = NULL;

    if (!is_at_hand(archive, folder, error))
        return false;
    g_autoptr(SvpVolumeSet) set = open_to_write(path, /* anew= */ base == NULL, &problem);

    return (set && write_save(archive, set, snapshot, base, captures, &problem)) ||
           fail_copy(snapshot, "written", g_steal_pointer(&problem), error);
}

/* --- Reading ---------------------------------------------------------------------------------------------- */

/* That the folder is not at hand is said as it is. */
static void fail_read(const SvpSnapshot *snapshot, GError *problem, GError **error)
{
    if (g_error_matches(problem, SVP_ERROR, SVP_ERROR_COPY_AWAY))
        g_propagate_error(error, problem);
    else
        fail_copy(snapshot, "read", problem, error);
}

static MonitorCapture *
archive_read(void *data, const char *folder, const SvpSnapshot *snapshot, const char *lpar, GError **error)
{
    const Archive *archive = data;
    g_autoptr(GError) problem = NULL;
    unsigned sequence = 0;
    g_autoptr(SvpVolumeSet) set = open_to_read(archive, folder, snapshot, &sequence, &problem);
    MonitorCapture *capture = set ? svp_save_read(set, archive->system, sequence, lpar, NULL, &problem)
                                  : NULL;

    if (!capture)
        fail_read(snapshot, g_steal_pointer(&problem), error);
    return capture;
}

/* One that others share with is read once for all of them: `seen` has what was found in it, "" for nothing bad. */
static bool check_save(SvpVolumeSet *set, unsigned sequence, GHashTable *seen, GError **error)
{
    g_autofree char *key = g_strdup_printf("%s %u", svp_volume_set_id(set), sequence);
    const char *found = g_hash_table_lookup(seen, key);
    g_autoptr(GError) problem = NULL;
    SvpArchiveCounts counts = {0};

    if (!found) {
        bool good = svp_archive_check(set, sequence, &counts, &problem);

        g_hash_table_insert(seen, g_strdup(key), g_strdup(good ? "" : problem->message));
        found = g_hash_table_lookup(seen, key);
    }
    if (*found)
        g_set_error_literal(error, SVP_ERROR, SVP_ERROR_COPY, found);
    return !*found;
}

static bool check_all(SvpVolumeSet *set, unsigned sequence, GHashTable *seen, GError **error)
{
    const SvpSaveRecord *record = svp_volume_set_find(set, sequence, error);

    for (unsigned i = 0; record && i < record->needs->len; i++)
        if (!check_save(set, g_array_index(record->needs, unsigned, i), seen, error))
            return false;
    return record && check_save(set, sequence, seen, error);
}

static bool
archive_verify(void *data, const char *folder, const SvpSnapshot *snapshot, GHashTable *seen, GError **error)
{
    g_autoptr(GError) problem = NULL;
    unsigned sequence = 0;
    g_autoptr(SvpVolumeSet) set = open_to_read(data, folder, snapshot, &sequence, &problem);

    if (set && check_all(set, sequence, seen, &problem))
        return true;
    fail_read(snapshot, g_steal_pointer(&problem), error);
    return false;
}

static bool archive_remove(void *data, const char *folder, const SvpSnapshot *snapshot, GError **error)
{
    const Archive *archive = data;
    g_autofree char *path = volume_path(folder, snapshot->group);
    g_autoptr(GError) problem = NULL;

    if (!is_at_hand(archive, folder, error))
        return false;
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return true;
    g_autoptr(SvpVolumeSet) set = open_set(path, &problem);
    const SvpSaveRecord *record = set ? find_copy(set, snapshot->name) : NULL;

    return (set && (!record || svp_volume_set_drop(set, record->sequence, &problem))) ||
           fail_copy(snapshot, "removed", g_steal_pointer(&problem), error);
}

static bool is_one_of(const GPtrArray *snapshots, const char *name)
{
    for (unsigned i = 0; i < snapshots->len; i++)
        if (g_str_equal(((const SvpSnapshot *)snapshots->pdata[i])->name, name))
            return true;
    return false;
}

static bool drop_others(SvpVolumeSet *set, const GPtrArray *snapshots, GError **error)
{
    g_autoptr(GPtrArray) saves = svp_volume_set_saves(set);
    g_autoptr(GArray) sequences = g_array_new(FALSE, FALSE, sizeof(unsigned));

    for (unsigned i = 0; i < saves->len; i++) {
        const SvpSaveRecord *save = saves->pdata[i];

        if (!save->dropped && !is_one_of(snapshots, save->name))
            g_array_append_val(sequences, save->sequence);
    }
    for (unsigned i = 0; i < sequences->len; i++)
        if (!svp_volume_set_drop(set, g_array_index(sequences, unsigned, i), error))
            return false;
    return true;
}

static bool
archive_sweep(void *data, const char *folder, const char *group, const GPtrArray *snapshots, GError **error)
{
    const Archive *archive = data;
    g_autofree char *path = volume_path(folder, group);

    if (!is_at_hand(archive, folder, error))
        return false;
    if (!has_label(path))
        return true;
    g_autoptr(SvpVolumeSet) set = open_set(path, error);

    return set && drop_others(set, snapshots, error);
}

static void archive_free(void *data)
{
    Archive *archive = data;

    svp_archive_memory_free(archive->memory);
    g_free(archive);
}

static const SvpCopyOps archive_ops = {
    .name = "archive",
    .prepare = archive_prepare,
    .write = archive_write,
    .read = archive_read,
    .verify = archive_verify,
    .remove = archive_remove,
    .sweep = archive_sweep,
    .free = archive_free,
};

SvpCopyMedium svp_copy_archive(const MonitorSystem *system, bool prepared)
{
    Archive *archive = g_new0(Archive, 1);

    archive->system = system;
    archive->memory = svp_archive_memory_new();
    archive->prepared = prepared;
    return (SvpCopyMedium){.ops = &archive_ops, .data = archive};
}
