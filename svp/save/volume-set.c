/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sets of volumes.
 *
 * A save's first part is put into its label last, so a save is in the set when its first part is. Parts of a save without a first one were
 * left by a crash; they are removed from their labels before the next save is written.
 *
 * What must hold of a set that is open: volumes 0 .. used-1 have the set's id and the indices 1 .. used, the others have no save; and the
 * label of each but the last used one names the next.
 */
#include "svp/save/volume-set.h"

#include "svp/error.h"

#include <string.h>

struct SvpVolumeSet {
    GPtrArray *volumes; /* SvpVolume * */
    unsigned used;
};

static void free_volume(gpointer data)
{
    svp_volume_free(data);
}

static const SvpLabel *label_of(const SvpVolumeSet *set, unsigned n)
{
    return svp_volume_label(g_ptr_array_index(set->volumes, n));
}

/* --- Opening -------------------------------------------------------------------------------------------- */

static bool open_all(SvpVolumeSet *set, const char *const *paths, GError **error)
{
    for (unsigned i = 0; paths[i]; i++) {
        SvpVolume *volume = svp_volume_open(paths[i], /* ignore_label= */ false, error);

        if (!volume)
            return false;
        g_ptr_array_add(set->volumes, volume);
        if (svp_volume_label(volume))
            continue;
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_TAPE_VOLUME,
            "The volume '%s' is not initialized\nINZTAP gives it a label", paths[i]);
        return false;
    }
    return true;
}

/* Those of the set by their index, then blank ones as they were given. */
static gint by_index(gconstpointer a, gconstpointer b, gpointer data)
{
    const SvpLabel *left = svp_volume_label(*(SvpVolume *const *)a);
    const SvpLabel *right = svp_volume_label(*(SvpVolume *const *)b);
    const char *id = data;
    bool left_of = g_str_equal(left->set, id), right_of = g_str_equal(right->set, id);

    if (left_of != right_of)
        return left_of ? -1 : 1;
    return left_of ? (gint)left->index - (gint)right->index : 0;
}

/* The set that is meant: that of the first volume with saves, or of the first. */
static char *id_of(const SvpVolumeSet *set)
{
    for (unsigned i = 0; i < set->volumes->len; i++)
        if (label_of(set, i)->saves->len > 0 || label_of(set, i)->next_volume)
            return g_strdup(label_of(set, i)->set);
    return g_strdup(label_of(set, 0)->set);
}

static bool refuse_missing(const char *volume, unsigned index, GError **error)
{
    g_autofree char *quoted = volume ? g_strdup_printf(" '%s'", volume) : g_strdup("");

    g_set_error(
        error, SVP_ERROR, SVP_ERROR_TAPE_VOLUME,
        "Volume %u%s of the set is missing\nMount it too: all volumes of a set are needed", index, quoted);
    return false;
}

/* A blank volume that carries the name may be the next one: a crash came before its label was written. */
static bool blank_is_there(const SvpVolumeSet *set, const char *volume)
{
    for (unsigned i = set->used; i < set->volumes->len; i++)
        if (g_str_equal(label_of(set, i)->volume, volume))
            return true;
    return false;
}

static bool check(SvpVolumeSet *set, const char *id, GError **error)
{
    while (set->used < set->volumes->len && g_str_equal(label_of(set, set->used)->set, id))
        set->used++;
    for (unsigned i = 0; i < set->used; i++)
        if (label_of(set, i)->index != i + 1)
            return refuse_missing(i > 0 ? label_of(set, i - 1)->next_volume : NULL, i + 1, error);
    for (unsigned i = set->used; i < set->volumes->len; i++)
        if (label_of(set, i)->saves->len > 0 || label_of(set, i)->index != 1 ||
            label_of(set, i)->next_volume) {
            g_set_error(
                error, SVP_ERROR, SVP_ERROR_TAPE_VOLUME,
                "The volume '%s' belongs to another set than '%s'\nMount volumes of one set, or blank ones",
                label_of(set, i)->volume, label_of(set, 0)->volume);
            return false;
        }
    const char *next = label_of(set, set->used - 1)->next_volume;

    return !next || blank_is_there(set, next) || refuse_missing(next, set->used + 1, error);
}

SvpVolumeSet *svp_volume_set_open(const char *const *paths, GError **error)
{
    g_autoptr(SvpVolumeSet) set = g_new0(SvpVolumeSet, 1);

    g_assert(paths[0]);
    set->volumes = g_ptr_array_new_with_free_func(free_volume);
    if (!open_all(set, paths, error))
        return NULL;
    g_autofree char *id = id_of(set);

    g_ptr_array_sort_with_data(set->volumes, by_index, id);
    return check(set, id, error) ? g_steal_pointer(&set) : NULL;
}

void svp_volume_set_free(SvpVolumeSet *set)
{
    if (!set)
        return;
    g_ptr_array_unref(set->volumes);
    g_free(set);
}

/* --- What is in it -------------------------------------------------------------------------------------- */

const char *svp_volume_set_id(const SvpVolumeSet *set)
{
    return label_of(set, 0)->set;
}

unsigned svp_volume_set_size(const SvpVolumeSet *set)
{
    return set->volumes->len;
}

unsigned svp_volume_set_used(const SvpVolumeSet *set)
{
    unsigned used = set->used;

    while (used < set->volumes->len && g_str_equal(label_of(set, used)->set, svp_volume_set_id(set)))
        used++;
    return used;
}

SvpVolume *svp_volume_set_volume(const SvpVolumeSet *set, unsigned n)
{
    g_assert(n < set->volumes->len);
    return g_ptr_array_index(set->volumes, n);
}

static gint by_sequence(gconstpointer a, gconstpointer b)
{
    const SvpSaveRecord *left = *(const SvpSaveRecord *const *)a, *right = *(const SvpSaveRecord *const *)b;

    return left->sequence < right->sequence ? -1 : left->sequence > right->sequence;
}

GPtrArray *svp_volume_set_saves(const SvpVolumeSet *set)
{
    GPtrArray *saves = g_ptr_array_new();

    for (unsigned i = 0; i < svp_volume_set_used(set); i++)
        for (unsigned j = 0; j < label_of(set, i)->saves->len; j++) {
            SvpSaveRecord *record = g_ptr_array_index(label_of(set, i)->saves, j);

            if (record->part == 1)
                g_ptr_array_add(saves, record);
        }
    g_ptr_array_sort(saves, by_sequence);
    return saves;
}

const SvpSaveRecord *svp_volume_set_find(const SvpVolumeSet *set, unsigned sequence, GError **error)
{
    const SvpSaveRecord *record;

    if (svp_volume_set_part(set, sequence, 1, &record))
        return record;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_TAPE_SAVE,
        "There is no save with the sequence number %u on the volume '%s'\nDISPLAY TAPE lists what is there",
        sequence, label_of(set, 0)->volume);
    return NULL;
}

unsigned svp_volume_set_last_sequence(const SvpVolumeSet *set)
{
    g_autoptr(GPtrArray) saves = svp_volume_set_saves(set);

    return saves->len > 0 ? ((const SvpSaveRecord *)g_ptr_array_index(saves, saves->len - 1))->sequence : 0;
}

const SvpSaveRecord *svp_volume_set_newest(const SvpVolumeSet *set, const char *lpar, unsigned at_most)
{
    g_autoptr(GPtrArray) saves = svp_volume_set_saves(set);

    for (unsigned i = saves->len; i-- > 0;) {
        const SvpSaveRecord *record = g_ptr_array_index(saves, i);

        if (record->dropped || (at_most > 0 && record->sequence > at_most))
            continue;
        if (!lpar || g_strv_contains((const char *const *)record->lpars, lpar))
            return record;
    }
    return NULL;
}

SvpVolume *svp_volume_set_part(
    const SvpVolumeSet *set, unsigned sequence, unsigned part, const SvpSaveRecord **ret_record)
{
    for (unsigned i = 0; i < svp_volume_set_used(set); i++) {
        const SvpSaveRecord *record = svp_label_find(label_of(set, i), sequence);

        if (record && record->part == part) {
            *ret_record = record;
            return g_ptr_array_index(set->volumes, i);
        }
    }
    return NULL;
}

/* --- Removing ------------------------------------------------------------------------------------------- */

static bool is_needed(const SvpVolumeSet *set, unsigned sequence, GError **error)
{
    g_autoptr(GPtrArray) saves = svp_volume_set_saves(set);

    for (unsigned i = 0; i < saves->len; i++) {
        const SvpSaveRecord *record = g_ptr_array_index(saves, i);

        for (unsigned j = 0; j < record->needs->len; j++)
            if (g_array_index(record->needs, unsigned, j) == sequence) {
                g_set_error(
                    error, SVP_ERROR, SVP_ERROR_TAPE_NEEDED,
                    "Save %u cannot be removed: save %u shares objects with it\nRemove that one first",
                    sequence, record->sequence);
                return true;
            }
    }
    return false;
}

bool svp_volume_set_remove(SvpVolumeSet *set, unsigned sequence, GError **error)
{
    const SvpSaveRecord *first = svp_volume_set_find(set, sequence, error);

    if (!first || is_needed(set, sequence, error))
        return false;
    unsigned parts = first->parts;

    /* The first part first: without it the others are nothing. */
    for (unsigned part = 1; part <= parts; part++) {
        const SvpSaveRecord *record;
        SvpVolume *volume = svp_volume_set_part(set, sequence, part, &record);

        if (!volume)
            continue;
        g_autoptr(SvpLabel) label = svp_label_copy(svp_volume_label(volume));
        g_autofree char *file = g_strdup(record->file);

        svp_label_drop(label, sequence);
        if (!svp_volume_remove(volume, file, label, error))
            return false;
    }
    return true;
}

bool svp_volume_set_drop_orphans(SvpVolumeSet *set, GError **error)
{
    for (unsigned i = 0; i < svp_volume_set_used(set); i++) {
        SvpVolume *volume = svp_volume_set_volume(set, i);
        g_autoptr(SvpLabel) label = svp_label_copy(svp_volume_label(volume));
        const SvpSaveRecord *first;

        for (unsigned j = label->saves->len; j-- > 0;) {
            unsigned sequence = ((SvpSaveRecord *)g_ptr_array_index(label->saves, j))->sequence;

            if (!svp_volume_set_part(set, sequence, 1, &first))
                svp_label_drop(label, sequence);
        }
        if (label->saves->len < svp_volume_label(volume)->saves->len &&
            !svp_volume_put_label(volume, label, error))
            return false;
    }
    return true;
}

/* --- Dropping ------------------------------------------------------------------------------------------- */

/* Sequence numbers of the saves that are wanted, and of those that they share objects with: each names all of them. */
static GHashTable *numbers_needed(const SvpLabel *label)
{
    GHashTable *needed = g_hash_table_new(NULL, NULL);

    for (unsigned i = 0; i < label->saves->len; i++) {
        const SvpSaveRecord *record = g_ptr_array_index(label->saves, i);

        if (record->dropped)
            continue;
        g_hash_table_add(needed, GUINT_TO_POINTER(record->sequence));
        for (unsigned j = 0; j < record->needs->len; j++)
            g_hash_table_add(needed, GUINT_TO_POINTER(g_array_index(record->needs, unsigned, j)));
    }
    return needed;
}

/* Takes what nobody needs out of the label; the names of the files. */
static GPtrArray *take_out_unneeded(SvpLabel *label)
{
    g_autoptr(GHashTable) needed = numbers_needed(label);
    GPtrArray *files = g_ptr_array_new_with_free_func(g_free);

    for (unsigned i = label->saves->len; i-- > 0;) {
        const SvpSaveRecord *record = g_ptr_array_index(label->saves, i);

        if (g_hash_table_contains(needed, GUINT_TO_POINTER(record->sequence)))
            continue;
        g_ptr_array_add(files, g_strdup(record->file));
        svp_label_drop(label, record->sequence);
    }
    return files;
}

bool svp_volume_set_drop(SvpVolumeSet *set, unsigned sequence, GError **error)
{
    SvpVolume *volume = svp_volume_set_volume(set, 0);
    g_autoptr(SvpLabel) label = svp_label_copy(svp_volume_label(volume));
    SvpSaveRecord *record = svp_label_find(label, sequence);

    g_assert(record && svp_volume_set_size(set) == 1);
    record->dropped = true;
    g_autoptr(GPtrArray) files = take_out_unneeded(label);

    if (files->len == 0)
        return svp_volume_put_label(volume, label, error);
    for (unsigned i = 0; i < files->len; i++)
        if (!svp_volume_remove(volume, g_ptr_array_index(files, i), label, error))
            return false;
    return true;
}
