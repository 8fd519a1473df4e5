/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tape units.
 *
 * A unit is a name for one or more paths; what is on them is asked anew each time, since volumes are moved about behind the program's back,
 * as tapes are. The units themselves are remembered.
 */
#include "svp/save/tape.h"

#include "svp/error.h"
#include "svp/save/saved.h"

#include <string.h>
#include <unistd.h>

#define COLLECTION "tape"

struct SvpTapes {
    SvpStore *store;
    GPtrArray *tapes; /* SvpTape *, by unit */
    SvpArchiveMemory *memory;
};

static void free_tape(gpointer data)
{
    SvpTape *tape = data;

    g_free(tape->unit);
    g_strfreev(tape->paths);
    g_free(tape);
}

static gint by_unit(gconstpointer a, gconstpointer b)
{
    return strcmp((*(const SvpTape *const *)a)->unit, (*(const SvpTape *const *)b)->unit);
}

static bool read_tape(const char *key, json_t *record, void *data)
{
    SvpTapes *tapes = data;
    const json_t *paths = json_object_get(record, "paths");
    SvpTape *tape = g_new0(SvpTape, 1);
    GStrvBuilder *builder = g_strv_builder_new();

    for (size_t i = 0; i < json_array_size(paths); i++)
        g_strv_builder_add(builder, json_string_value(json_array_get(paths, i)));
    tape->unit = g_strdup(key);
    tape->paths = g_strv_builder_end(builder);
    tape->rate_bytes = (uint64_t)json_integer_value(json_object_get(record, "rate_bytes"));
    g_strv_builder_unref(builder);
    g_ptr_array_add(tapes->tapes, tape);
    return true;
}

SvpTapes *svp_tapes_new(SvpStore *store)
{
    SvpTapes *tapes = g_new0(SvpTapes, 1);

    tapes->store = store;
    tapes->tapes = g_ptr_array_new_with_free_func(free_tape);
    tapes->memory = svp_archive_memory_new();
    svp_store_foreach(store, COLLECTION, read_tape, tapes);
    return tapes;
}

void svp_tapes_free(SvpTapes *tapes)
{
    if (!tapes)
        return;
    svp_archive_memory_free(tapes->memory);
    g_ptr_array_unref(tapes->tapes);
    g_free(tapes);
}

SvpArchiveMemory *svp_tapes_memory(SvpTapes *tapes)
{
    return tapes->memory;
}

/* --- Units ---------------------------------------------------------------------------------------------- */

/* "tap01" as "TAP01"; NULL with *error: no unit. */
static char *unit_name(const char *unit, GError **error)
{
    g_autofree char *name = g_ascii_strup(unit, -1);

    if (strlen(name) == 5 && g_str_has_prefix(name, "TAP") && g_ascii_isdigit(name[3]) &&
        g_ascii_isdigit(name[4]) && !g_str_equal(name, "TAP00"))
        return g_steal_pointer(&name);
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_TAPE_UNIT, "'%s' is no tape unit\nTape units are TAP01 to TAP99", unit);
    return NULL;
}

static SvpTape *find(const SvpTapes *tapes, const char *unit)
{
    for (unsigned i = 0; i < tapes->tapes->len; i++) {
        SvpTape *tape = g_ptr_array_index(tapes->tapes, i);

        if (g_str_equal(tape->unit, unit))
            return tape;
    }
    return NULL;
}

const SvpTape *svp_tapes_find(const SvpTapes *tapes, const char *unit, GError **error)
{
    g_autofree char *name = unit_name(unit, error);
    const SvpTape *tape = name ? find(tapes, name) : NULL;

    if (name && !tape)
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_TAPE_UNIT,
            "Nothing is mounted on '%s'\nSET TAPE %s,path mounts a folder or a file", name, name);
    return tape;
}

GPtrArray *svp_tapes_list(const SvpTapes *tapes)
{
    GPtrArray *list = g_ptr_array_new();

    for (unsigned i = 0; i < tapes->tapes->len; i++)
        g_ptr_array_add(list, g_ptr_array_index(tapes->tapes, i));
    return list;
}

/* Absolute paths, each of which is a volume or can become one. */
static char **read_paths(const char *paths, GError **error)
{
    g_auto(GStrv) list = g_strsplit(paths, ";", -1);

    for (unsigned i = 0; list[i]; i++) {
        if (!*list[i]) {
            g_set_error(
                error, SVP_ERROR, SVP_ERROR_TAPE_UNIT,
                "There is an empty path in '%s'\nGive paths with one semicolon between them", paths);
            return NULL;
        }
        char *path = g_canonicalize_filename(list[i], NULL);
        g_autoptr(SvpVolume) volume = svp_volume_open(path, /* ignore_label= */ true, error);

        g_free(list[i]);
        list[i] = path;
        if (!volume)
            return NULL;
        for (unsigned j = 0; j < i; j++)
            if (g_str_equal(list[j], path)) {
                g_set_error(
                    error, SVP_ERROR, SVP_ERROR_TAPE_UNIT, "'%s' is named twice\nName each volume once",
                    path);
                return NULL;
            }
    }
    return g_steal_pointer(&list);
}

static bool remember(SvpTapes *tapes, const SvpTape *tape, GError **error)
{
    json_t *paths = json_array();

    for (unsigned i = 0; tape->paths[i]; i++)
        json_array_append_new(paths, json_string(tape->paths[i]));
    json_t *record = json_pack("{s:o, s:I}", "paths", paths, "rate_bytes", (json_int_t)tape->rate_bytes);

    if (!record) {
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_TAPE_UNIT, "The path is no UTF-8 text\nUse another name for it");
        return false;
    }
    bool done = svp_store_put(tapes->store, COLLECTION, tape->unit, record, error);

    json_decref(record);
    return done;
}

bool svp_tapes_mount(
    SvpTapes *tapes, const char *unit, const char *paths, uint64_t rate_bytes, GError **error)
{
    g_autofree char *name = unit_name(unit, error);
    g_auto(GStrv) list = name ? read_paths(paths, error) : NULL;

    if (!list)
        return false;
    const SvpTape *before = find(tapes, name);
    SvpTape wanted = {
        .unit = name,
        .paths = list,
        .rate_bytes = rate_bytes > 0 ? rate_bytes
                      : before       ? before->rate_bytes
                                     : SVP_TAPE_RATE_BYTES};

    if (!remember(tapes, &wanted, error))
        return false;
    if (before)
        g_ptr_array_remove(tapes->tapes, find(tapes, name));
    SvpTape *tape = g_memdup2(&wanted, sizeof wanted);

    tape->unit = g_steal_pointer(&name);
    tape->paths = g_steal_pointer(&list);
    g_ptr_array_add(tapes->tapes, tape);
    g_ptr_array_sort(tapes->tapes, by_unit);
    return true;
}

bool svp_tapes_demount(SvpTapes *tapes, const char *unit, GError **error)
{
    const SvpTape *tape = svp_tapes_find(tapes, unit, error);

    if (!tape || !svp_store_delete(tapes->store, COLLECTION, tape->unit, error))
        return false;
    g_ptr_array_remove(tapes->tapes, find(tapes, tape->unit));
    return true;
}

/* --- Volumes -------------------------------------------------------------------------------------------- */

SvpVolumeSet *svp_tapes_open(const SvpTapes *tapes, const char *units, const char *volume, GError **error)
{
    g_auto(GStrv) names = g_strsplit_set(units, " ,\t", -1);
    g_autoptr(GPtrArray) paths = g_ptr_array_new();

    for (unsigned i = 0; names[i]; i++) {
        if (!*names[i])
            continue;
        const SvpTape *tape = svp_tapes_find(tapes, names[i], error);

        if (!tape)
            return NULL;
        for (unsigned j = 0; tape->paths[j]; j++) {
            if (g_ptr_array_find_with_equal_func(paths, tape->paths[j], g_str_equal, NULL)) {
                g_set_error(
                    error, SVP_ERROR, SVP_ERROR_TAPE_UNIT,
                    "'%s' is named twice in '%s'\nName each unit once, and mount each volume on one",
                    tape->paths[j], units);
                return NULL;
            }
            g_ptr_array_add(paths, tape->paths[j]);
        }
    }
    g_assert(paths->len > 0);
    g_ptr_array_add(paths, NULL);
    g_autoptr(SvpVolumeSet) set = svp_volume_set_open((const char *const *)paths->pdata, error);
    const char *first = set ? svp_volume_label(svp_volume_set_volume(set, 0))->volume : NULL;

    if (set && volume && g_ascii_strcasecmp(volume, first) != 0) {
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_TAPE_VOLUME,
            "The volume on %s is '%s' and not '%s'\nMount the other one, or name this one", units, first,
            volume);
        return NULL;
    }
    return g_steal_pointer(&set);
}

static bool clean_volumes(const SvpTape *tape, GError **error)
{
    g_autoptr(SvpVolumeSet) set = svp_volume_set_open((const char *const *)tape->paths, NULL);

    if (set && !svp_volume_set_drop_orphans(set, error))
        return false;
    for (unsigned i = 0; tape->paths[i]; i++) {
        g_autoptr(SvpVolume) volume = svp_volume_open(tape->paths[i], /* ignore_label= */ false, NULL);

        if (volume && svp_volume_label(volume) && !svp_volume_clean(volume, error))
            return false;
    }
    return true;
}

bool svp_tape_clean(const SvpTape *tape, GError **error)
{
    unsigned n = g_strv_length(tape->paths), locked = 0;
    g_autofree int *locks = g_new(int, n);

    for (; locked < n; locked++) {
        g_autoptr(SvpVolume) volume = svp_volume_open(tape->paths[locked], /* ignore_label= */ true, NULL);

        locks[locked] = volume ? svp_volume_lock(volume, NULL) : -1;
        if (locks[locked] < 0)
            break;
    }
    bool done = locked < n || clean_volumes(tape, error);

    while (locked > 0)
        close(locks[--locked]);
    return done;
}

static bool is_volume_name(const char *name, GError **error)
{
    size_t length = strlen(name);
    bool good = length >= 1 && length <= 6;

    for (size_t i = 0; i < length; i++)
        good = good && g_ascii_isalnum(name[i]);
    if (!good)
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_TAPE_VOLUME,
            "'%s' is no name of a volume\nGive one to six letters and digits", name);
    return good;
}

/* Whether the volume may be used anew. A label that cannot be read is no reason if nobody asks. */
static bool may_initialize(const char *path, bool check, GError **error)
{
    if (!check)
        return true;
    g_autoptr(SvpVolume) volume = svp_volume_open(path, /* ignore_label= */ false, error);

    if (!volume)
        return false;
    const SvpLabel *label = svp_volume_label(volume);

    if (!label || label->saves->len == 0)
        return true;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_TAPE_ACTIVE,
        "The volume '%s' has %u active file%s\nGive CHECK(*NO) if nothing of that is needed any more",
        label->volume, label->saves->len, label->saves->len == 1 ? "" : "s");
    return false;
}

/* Of several volumes on a unit the first that has no label, else the last. */
static const char *volume_to_initialize(const SvpTape *tape)
{
    unsigned n = g_strv_length(tape->paths);

    for (unsigned i = 0; i < n; i++) {
        g_autoptr(SvpVolume) volume = svp_volume_open(tape->paths[i], /* ignore_label= */ false, NULL);

        if (volume && !svp_volume_label(volume))
            return tape->paths[i];
    }
    return tape->paths[n - 1];
}

bool svp_tapes_initialize(
    SvpTapes *tapes, const char *unit, const char *volume, uint64_t size_bytes, bool check, GError **error)
{
    const SvpTape *tape = svp_tapes_find(tapes, unit, error);

    if (!tape || !is_volume_name(volume, error))
        return false;
    const char *path = volume_to_initialize(tape);

    if (!may_initialize(path, check, error))
        return false;
    g_autofree char *name = g_ascii_strup(volume, -1);
    g_autoptr(SvpLabel) label = svp_label_new(name, size_bytes);
    g_autoptr(SvpVolume) before = svp_volume_open(path, /* ignore_label= */ false, NULL);
    g_autoptr(SvpVolume) anew = svp_volume_open(path, /* ignore_label= */ true, error);

    if (!anew || !svp_volume_initialize(anew, label, error))
        return false;
    if (!before || !svp_volume_label(before))
        return true;
    svp_archive_memory_forget(tapes->memory, svp_volume_label(before)->set);
    return svp_saved_forget(tapes->store, svp_volume_label(before)->set, error);
}
