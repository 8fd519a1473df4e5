/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading a save: archive by archive in the order in which they were written, so that layers fall on what they were made for.
 *
 * To restore, it is enough that the whole file has its digest (svp/save/tape-read.c): every object is in it. Only if something is wrong the
 * objects are compared with theirs, to say which one it is; VERIFY compares both. The content grows in a snapshot of its own: if anything
 * is wrong it is dropped, and nothing has happened.
 */
#include "hv/digest.h"
#include "svp/error.h"
#include "svp/save/archive-private.h"
#include "svp/save/segment.h"

#include <string.h>

static bool compare_object(
    const SvpManifestObject *object, const uint8_t *bytes, size_t length, const char **ret_why, void *data)
{
    g_autofree char *sha256 = hv_digest_of(bytes, length);

    (void)data;
    *ret_why = "is not what was written: its SHA-256 differs";
    return g_str_equal(sha256, object->sha256);
}

static bool compare_archive(SvpVolumeSet *set, unsigned sequence, SvpArchiveCounts *counts, GError **error)
{
    g_auto(SvpArchiveOpen) open = {0};

    return svp_archive_open(set, sequence, &open, error) &&
           svp_archive_read_members(&open, compare_object, NULL, counts, error);
}

/* --- One LPAR ------------------------------------------------------------------------------------------- */

typedef struct {
    const SvpManifestLpar *lpar; /* in the save that is asked for */
    unsigned sequence;           /* of the archive that is being read */
    unsigned wanted_state;       /* the save that is asked for */
    GHashTable *wanted;          /* names of the LPAR's objects in this archive -> Place */
    SvpArchiveLpar made;
    uint64_t found;
} Assembly;

typedef struct {
    char *name;
    ResmgrStorageKind kind;
    uint32_t number;
} Place;

static void free_place(gpointer data)
{
    Place *place = data;

    g_free(place->name);
    g_free(place);
}

static bool has_layer(const SvpManifestSegment *segment, unsigned sequence)
{
    for (unsigned i = 0; i < segment->n_layers; i++)
        if (segment->layers[i] == sequence)
            return true;
    return false;
}

static void want_objects(Assembly *assembly, unsigned sequence)
{
    g_hash_table_remove_all(assembly->wanted);
    assembly->sequence = sequence;
    for (unsigned kind = 0; kind < RESMGR_STORAGE_KINDS; kind++) {
        const GArray *segments = assembly->lpar->content[kind].segments;

        for (unsigned i = 0; i < segments->len; i++) {
            const SvpManifestSegment *segment = &g_array_index(segments, SvpManifestSegment, i);

            if (!has_layer(segment, sequence))
                continue;
            Place *place = g_new0(Place, 1);

            place->kind = (ResmgrStorageKind)kind;
            place->number = segment->number;
            place->name = svp_manifest_segment_name(assembly->lpar->name, place->kind, segment->number);
            g_hash_table_insert(assembly->wanted, place->name, place);
        }
    }
}

static bool take_object(
    const SvpManifestObject *object, const uint8_t *bytes, size_t length, const char **ret_why, void *data)
{
    Assembly *assembly = data;
    const Place *place = g_hash_table_lookup(assembly->wanted, object->name);
    g_autofree char *state = svp_manifest_state_name(assembly->lpar->name);

    if (assembly->sequence == assembly->wanted_state && g_str_equal(object->name, state)) {
        assembly->made.state = g_bytes_new(bytes, length);
        assembly->found++;
        return true;
    }
    if (!place)
        return true;
    assembly->found++;
    *ret_why = "is no segment of the LPAR's storage";
    return svp_segment_put(assembly->made.content[place->kind], place->number, bytes, length);
}

static gint by_number(gconstpointer a, gconstpointer b)
{
    unsigned left = *(const unsigned *)a, right = *(const unsigned *)b;

    return left < right ? -1 : left > right;
}

/* Sequence numbers of the saves in which objects of the LPAR are, ascending; the last one is the save itself. */
static GArray *saves_of(const SvpManifestLpar *lpar, unsigned sequence)
{
    GArray *saves = g_array_new(FALSE, FALSE, sizeof(unsigned));
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);

    g_hash_table_add(seen, GUINT_TO_POINTER(sequence));
    for (unsigned kind = 0; kind < RESMGR_STORAGE_KINDS; kind++)
        for (unsigned i = 0; i < lpar->content[kind].segments->len; i++) {
            const SvpManifestSegment *segment =
                &g_array_index(lpar->content[kind].segments, SvpManifestSegment, i);

            for (unsigned layer = 0; layer < segment->n_layers; layer++)
                g_hash_table_add(seen, GUINT_TO_POINTER(segment->layers[layer]));
        }
    GHashTableIter iter;
    gpointer key;

    g_hash_table_iter_init(&iter, seen);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        unsigned n = GPOINTER_TO_UINT(key);

        g_array_append_val(saves, n);
    }
    g_array_sort(saves, by_number);
    return saves;
}

/* Lays what the LPAR has in that save over what there is. If the file is damaged, the error says which object. */
static bool
read_layer(SvpVolumeSet *set, Assembly *assembly, unsigned sequence, SvpArchiveCounts *counts, GError **error)
{
    g_auto(SvpArchiveOpen) open = {0};
    g_autoptr(GError) problem = NULL;
    SvpArchiveCounts uncounted = {0};

    want_objects(assembly, sequence);
    if (svp_archive_open(set, sequence, &open, &problem) &&
        svp_archive_read_members(&open, take_object, assembly, counts, &problem))
        return true;
    if (!g_error_matches(problem, SVP_ERROR, SVP_ERROR_TAPE_DAMAGED) ||
        compare_archive(set, sequence, &uncounted, error))
        g_propagate_error(error, g_steal_pointer(&problem));
    return false;
}

static bool
assemble(SvpVolumeSet *set, Assembly *assembly, const GArray *saves, SvpArchiveCounts *counts, GError **error)
{
    for (unsigned i = 0; i < saves->len; i++) {
        uint64_t before = assembly->found;

        if (!read_layer(set, assembly, g_array_index(saves, unsigned, i), counts, error))
            return false;
        uint64_t expected = g_hash_table_size(assembly->wanted) +
                            (assembly->sequence == assembly->wanted_state ? 1 : 0);

        if (assembly->found - before == expected)
            continue;
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_TAPE_DAMAGED,
            "Save %u has %" G_GUINT64_FORMAT " objects of LPAR '%s' and should have %" G_GUINT64_FORMAT
            "\nUse another copy of the volume, or another save",
            assembly->sequence, assembly->found - before, assembly->lpar->name, expected);
        return false;
    }
    counts->lpar_objects = assembly->found;
    return true;
}

static const SvpSaveRecord *
find_save(const SvpVolumeSet *set, unsigned sequence, const char *lpar, GError **error)
{
    const SvpSaveRecord *record = sequence > 0 ? svp_volume_set_find(set, sequence, error)
                                               : svp_volume_set_newest(set, lpar, 0);

    if (sequence > 0 && !record)
        return NULL;
    if (record && g_strv_contains((const char *const *)record->lpars, lpar))
        return record;
    g_autofree char *where = sequence > 0 ? g_strdup_printf("in save %u", sequence)
                                          : g_strdup("on the volume");

    g_set_error(
        error, SVP_ERROR, SVP_ERROR_TAPE_SAVE,
        "LPAR '%s' is not %s\nDISPLAY TAPE lists the saves and the LPARs in them", lpar, where);
    return NULL;
}

bool svp_archive_read(
    SvpVolumeSet *set, unsigned sequence, const char *lpar, SvpArchiveLpar *ret_lpar,
    SvpArchiveCounts *ret_counts, GError **error)
{
    const SvpSaveRecord *record = find_save(set, sequence, lpar, error);
    g_autoptr(SvpManifest) manifest = record ? svp_archive_manifest(set, record->sequence, error) : NULL;

    if (!manifest)
        return false;
    const SvpManifestLpar *listed = svp_manifest_lpar(manifest, lpar);
    SvpArchiveCounts counts = {.sequence = record->sequence};

    if (!listed)
        return svp_archive_refuse(
            record->sequence, SVP_MANIFEST_NAME, "does not have the LPAR that the label says", error);
    g_autoptr(GArray) saves = saves_of(listed, record->sequence);
    g_autoptr(GHashTable) wanted = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_place);
    Assembly assembly = {.lpar = listed, .wanted_state = record->sequence, .wanted = wanted};

    assembly.made.name = g_strdup(lpar);
    assembly.made.number = listed->number;
    for (unsigned kind = 0; kind < RESMGR_STORAGE_KINDS; kind++)
        if (listed->content[kind].there)
            assembly.made.content[kind] = hv_storage_snapshot_new(listed->content[kind].length_bytes);
    if (!assemble(set, &assembly, saves, &counts, error)) {
        svp_archive_lpar_clear(&assembly.made);
        return false;
    }
    *ret_lpar = assembly.made;
    if (ret_counts)
        *ret_counts = counts;
    return true;
}

/* --- Verify --------------------------------------------------------------------------------------------- */

/* Whether the earlier saves have the objects that this one shares with them. */
static bool verify_layers(SvpVolumeSet *set, const SvpManifest *manifest, unsigned earlier, GError **error)
{
    g_autoptr(SvpManifest) other = svp_archive_manifest(set, earlier, error);

    if (!other)
        return false;
    for (unsigned i = 0; i < manifest->lpars->len; i++)
        for (unsigned kind = 0; kind < RESMGR_STORAGE_KINDS; kind++) {
            const SvpManifestLpar *lpar = g_ptr_array_index(manifest->lpars, i);
            const GArray *segments = lpar->content[kind].segments;

            for (unsigned j = 0; j < segments->len; j++) {
                const SvpManifestSegment *segment = &g_array_index(segments, SvpManifestSegment, j);
                g_autofree char *name =
                    svp_manifest_segment_name(lpar->name, (ResmgrStorageKind)kind, segment->number);

                if (has_layer(segment, earlier) && !svp_manifest_object(other, name))
                    return svp_archive_refuse(earlier, name, "is missing, and a later save needs it", error);
            }
        }
    return true;
}

bool svp_archive_check(SvpVolumeSet *set, unsigned sequence, SvpArchiveCounts *counts, GError **error)
{
    g_auto(SvpArchiveOpen) open = {0};

    return svp_archive_open(set, sequence, &open, error) &&
           svp_archive_read_members(&open, compare_object, NULL, counts, error);
}

bool svp_archive_verify(SvpVolumeSet *set, unsigned sequence, SvpArchiveCounts *counts, GError **error)
{
    g_auto(SvpArchiveOpen) open = {0};
    const SvpSaveRecord *record = svp_volume_set_find(set, sequence, error);

    if (!record || !svp_archive_open(set, sequence, &open, error) ||
        !svp_archive_read_members(&open, compare_object, NULL, counts, error))
        return false;
    for (unsigned i = 0; i < record->needs->len; i++)
        if (!verify_layers(set, open.manifest, g_array_index(record->needs, unsigned, i), error))
            return false;
    return true;
}
