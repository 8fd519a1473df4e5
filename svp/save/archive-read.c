/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading a save: archive by archive in the order in which they were written, so that layers fall on what they were made for.
 *
 * Every member must stand in the archive's manifest, which itself has the digest that the label says, and every byte is compared with the
 * manifest's digests by other threads while the next ones are read. The content grows in a snapshot of its own: if anything is wrong it is
 * dropped, and nothing has happened.
 */
#include "hv/digest.h"
#include "svp/error.h"
#include "svp/save/archive-private.h"
#include "svp/save/segment.h"

#include <string.h>

#define IN_FLIGHT_MAX 16u /* objects that are being compared, 1 MiB each */

/* Longer is nothing that a save consists of; an archive of a stranger may say what it likes. */
#define OBJECT_BYTES_MAX ((uint64_t)256 << 20)

static bool refuse_object(unsigned sequence, const char *name, const char *why, GError **error)
{
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_TAPE_DAMAGED,
        "Object '%s' of save %u %s\nUse another copy of the volume, or another save", name, sequence, why);
    return false;
}

/* --- Comparing ------------------------------------------------------------------------------------------ */

typedef struct {
    GThreadPool *pool;
    GMutex mutex;
    GCond cond;
    unsigned in_flight;
    unsigned n_pushed, first_wrong; /* by order; UINT_MAX: none */
    char *wrong;
} Checker;

typedef struct {
    unsigned order;
    uint8_t *bytes;
    size_t length;
    const SvpManifestObject *object;
} Check;

static void check_object(gpointer data, gpointer checker_data)
{
    Check *check = data;
    Checker *checker = checker_data;
    g_autofree char *sha256 = hv_digest_of(check->bytes, check->length);
    bool right = g_str_equal(sha256, check->object->sha256);

    g_mutex_lock(&checker->mutex);
    if (!right && check->order < checker->first_wrong) {
        checker->first_wrong = check->order;
        g_free(checker->wrong);
        checker->wrong = g_strdup(check->object->name);
    }
    checker->in_flight--;
    g_cond_signal(&checker->cond);
    g_mutex_unlock(&checker->mutex);
    g_free(check->bytes);
    g_free(check);
}

static void checker_begin(Checker *checker)
{
    *checker = (Checker){.first_wrong = UINT_MAX};
    g_mutex_init(&checker->mutex);
    g_cond_init(&checker->cond);
    checker->pool =
        g_thread_pool_new(check_object, checker, (gint)g_get_num_processors(), /* exclusive= */ FALSE, NULL);
}

/* Takes the bytes. */
static void checker_push(Checker *checker, uint8_t *bytes, size_t length, const SvpManifestObject *object)
{
    Check *check = g_new0(Check, 1);

    *check = (Check){checker->n_pushed++, bytes, length, object};
    g_mutex_lock(&checker->mutex);
    while (checker->in_flight >= IN_FLIGHT_MAX)
        g_cond_wait(&checker->cond, &checker->mutex);
    checker->in_flight++;
    g_mutex_unlock(&checker->mutex);
    g_thread_pool_push(checker->pool, check, NULL);
}

/* The name of the first object that is wrong, to be freed; NULL: none. */
static char *checker_end(Checker *checker)
{
    g_thread_pool_free(checker->pool, /* immediate= */ FALSE, /* wait_= */ TRUE);
    g_mutex_clear(&checker->mutex);
    g_cond_clear(&checker->cond);
    return checker->wrong;
}

/* --- Opening -------------------------------------------------------------------------------------------- */

void svp_archive_open_clear(SvpArchiveOpen *open)
{
    g_clear_pointer(&open->tar, svp_tar_reader_free);
    g_clear_pointer(&open->tape, svp_tape_reader_free);
    g_clear_pointer(&open->manifest, svp_manifest_unref);
}

static SvpManifest *read_manifest(SvpTarReader *tar, const SvpSaveRecord *record, GError **error)
{
    const char *name;
    uint64_t bytes;

    if (!svp_tar_reader_next(tar, &name, &bytes, error))
        return NULL;
    if (!name || !g_str_equal(name, SVP_MANIFEST_NAME) || bytes > G_MAXINT32) {
        refuse_object(record->sequence, SVP_MANIFEST_NAME, "is not where it should be", error);
        return NULL;
    }
    g_autofree char *text = g_try_malloc(bytes + 1);

    if (!text) {
        refuse_object(record->sequence, SVP_MANIFEST_NAME, "is larger than the memory", error);
        return NULL;
    }
    if (!svp_tar_reader_data(tar, text, bytes, error))
        return NULL;
    g_autofree char *sha256 = hv_digest_of(text, bytes);

    if (!g_str_equal(sha256, record->manifest_sha256)) {
        refuse_object(
            record->sequence, SVP_MANIFEST_NAME, "is not what was written: its SHA-256 differs", error);
        return NULL;
    }
    g_autoptr(SvpManifest) manifest = svp_manifest_parse(text, bytes, error);

    if (manifest && manifest->sequence != record->sequence) {
        refuse_object(record->sequence, SVP_MANIFEST_NAME, "is that of another save", error);
        return NULL;
    }
    return g_steal_pointer(&manifest);
}

bool svp_archive_open(SvpVolumeSet *set, unsigned sequence, SvpArchiveOpen *ret, GError **error)
{
    const SvpSaveRecord *record = svp_volume_set_find(set, sequence, error);
    g_auto(SvpArchiveOpen) open = {0};

    if (!record || !(open.tape = svp_tape_reader_new(set, sequence, error)) ||
        !(open.tar = svp_tar_reader_new(open.tape, error)) ||
        !(open.manifest = read_manifest(open.tar, record, error)))
        return false;
    *ret = open;
    open = (SvpArchiveOpen){0};
    return true;
}

SvpManifest *svp_archive_manifest(SvpVolumeSet *set, unsigned sequence, GError **error)
{
    g_auto(SvpArchiveOpen) open = {0};

    return svp_archive_open(set, sequence, &open, error) ? svp_manifest_ref(open.manifest) : NULL;
}

/* --- One archive ---------------------------------------------------------------------------------------- */

/* Called for each member with its bytes; false: not what it should be, and *ret_why says why. */
typedef bool (*TakeFunc)(
    const SvpManifestObject *object, const uint8_t *bytes, size_t length, const char **ret_why, void *data);

static bool read_member(
    SvpArchiveOpen *open, const char *name, uint64_t length, Checker *checker, TakeFunc take, void *data,
    GError **error)
{
    const SvpManifestObject *object = svp_manifest_object(open->manifest, name);
    unsigned sequence = open->manifest->sequence;
    const char *why = NULL;

    if (!object || object->bytes != length)
        return refuse_object(
            sequence, name, object ? "has another length than the manifest says" : "is not in the manifest",
            error);
    if (length > OBJECT_BYTES_MAX)
        return refuse_object(sequence, name, "is larger than any object of a save", error);
    g_autofree uint8_t *bytes = g_malloc(length > 0 ? length : 1);

    if (!svp_tar_reader_data(open->tar, bytes, length, error))
        return false;
    if (take && !take(object, bytes, length, &why, data))
        return refuse_object(sequence, name, why, error);
    checker_push(checker, g_steal_pointer(&bytes), length, object);
    return true;
}

static bool read_members(
    SvpArchiveOpen *open, Checker *checker, TakeFunc take, void *data, SvpArchiveCounts *counts,
    GError **error)
{
    unsigned found = 0;

    for (;;) {
        const char *name;
        uint64_t length;

        if (!svp_tar_reader_next(open->tar, &name, &length, error))
            return false;
        if (!name)
            break;
        if (!read_member(open, name, length, checker, take, data, error))
            return false;
        found++;
        counts->objects++;
        counts->bytes += length;
    }
    if (found != open->manifest->objects->len) {
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_TAPE_DAMAGED,
            "Save %u has %u objects and should have %u\nUse another copy of the volume, or another save",
            open->manifest->sequence, found, open->manifest->objects->len);
        return false;
    }
    return svp_tape_reader_finish(open->tape, error);
}

/* Reads all of an archive that is open. What a thread finds wrong names the object, so it is said rather than what followed from it. */
static bool
read_archive(SvpArchiveOpen *open, TakeFunc take, void *data, SvpArchiveCounts *counts, GError **error)
{
    g_autoptr(GError) problem = NULL;
    Checker checker;

    checker_begin(&checker);
    bool done = read_members(open, &checker, take, data, counts, &problem);
    g_autofree char *wrong = checker_end(&checker);

    if (wrong)
        return refuse_object(
            open->manifest->sequence, wrong, "is not what was written: its SHA-256 differs", error);
    if (!done)
        g_propagate_error(error, g_steal_pointer(&problem));
    counts->saves++;
    return done;
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

static bool
assemble(SvpVolumeSet *set, Assembly *assembly, const GArray *saves, SvpArchiveCounts *counts, GError **error)
{
    for (unsigned i = 0; i < saves->len; i++) {
        g_auto(SvpArchiveOpen) open = {0};
        uint64_t before = assembly->found;

        if (!svp_archive_open(set, g_array_index(saves, unsigned, i), &open, error))
            return false;
        want_objects(assembly, open.manifest->sequence);
        if (!read_archive(&open, take_object, assembly, counts, error))
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
        return refuse_object(
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
                    return refuse_object(earlier, name, "is missing, and a later save needs it", error);
            }
        }
    return true;
}

bool svp_archive_check(SvpVolumeSet *set, unsigned sequence, SvpArchiveCounts *counts, GError **error)
{
    g_auto(SvpArchiveOpen) open = {0};

    return svp_archive_open(set, sequence, &open, error) && read_archive(&open, NULL, NULL, counts, error);
}

bool svp_archive_verify(SvpVolumeSet *set, unsigned sequence, SvpArchiveCounts *counts, GError **error)
{
    g_auto(SvpArchiveOpen) open = {0};
    const SvpSaveRecord *record = svp_volume_set_find(set, sequence, error);

    if (!record || !svp_archive_open(set, sequence, &open, error) ||
        !read_archive(&open, NULL, NULL, counts, error))
        return false;
    for (unsigned i = 0; i < record->needs->len; i++)
        if (!verify_layers(set, open.manifest, g_array_index(record->needs, unsigned, i), error))
            return false;
    return true;
}
