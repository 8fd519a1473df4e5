/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One archive: opened, and unpacked.
 *
 * Every member must stand in the archive's manifest, which comes first and itself has the digest that the label says. A thread of its own
 * unpacks members into buffers, which go to the caller and back through two queues; so there is never more in memory than these buffers
 * hold. A third thread computes the digest of the file (svp/save/tape-read.c).
 */
#include "hv/digest.h"
#include "svp/error.h"
#include "svp/save/archive-private.h"

#define OBJECTS_MAX 16u /* in memory, of 1 MiB as a rule */

/* Longer is nothing that a save consists of; an archive of a stranger may say what it likes. */
#define OBJECT_BYTES_MAX ((uint64_t)256 << 20)

bool svp_archive_refuse(unsigned sequence, const char *name, const char *why, GError **error)
{
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_TAPE_DAMAGED,
        "Object '%s' of save %u %s\nUse another copy of the volume, or another save", name, sequence, why);
    return false;
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
        svp_archive_refuse(record->sequence, SVP_MANIFEST_NAME, "is not where it should be", error);
        return NULL;
    }
    g_autofree char *text = g_try_malloc(bytes + 1);

    if (!text) {
        svp_archive_refuse(record->sequence, SVP_MANIFEST_NAME, "is larger than the memory", error);
        return NULL;
    }
    if (!svp_tar_reader_data(tar, text, bytes, error))
        return NULL;
    g_autofree char *sha256 = hv_digest_of(text, bytes);

    if (!g_str_equal(sha256, record->manifest_sha256)) {
        svp_archive_refuse(
            record->sequence, SVP_MANIFEST_NAME, "is not what was written: its SHA-256 differs", error);
        return NULL;
    }
    g_autoptr(SvpManifest) manifest = svp_manifest_parse(text, bytes, error);

    if (manifest && manifest->sequence != record->sequence) {
        svp_archive_refuse(record->sequence, SVP_MANIFEST_NAME, "is that of another save", error);
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

typedef struct {
    const SvpManifestObject *object; /* the manifest's; NULL: there are no more */
    uint8_t *bytes;
    size_t size, length; /* there is room for, and is */
} Member;

/* Goes to and fro between two threads, with at most OBJECTS_MAX members. */
typedef struct {
    SvpArchiveOpen *open;
    GAsyncQueue *empty, *full; /* of Member * */
    unsigned n_members;
    SvpArchiveCounts *counts;
    GError *problem;
} Unpacking;

static void free_member(gpointer data)
{
    Member *member = data;

    g_free(member->bytes);
    g_free(member);
}

static bool unpack_member(Unpacking *unpacking, const char *name, uint64_t length)
{
    SvpArchiveOpen *open = unpacking->open;
    const SvpManifestObject *object = svp_manifest_object(open->manifest, name);

    if (!object || object->bytes != length)
        return svp_archive_refuse(
            open->manifest->sequence, name,
            object ? "has another length than the manifest says" : "is not in the manifest",
            &unpacking->problem);
    if (length > OBJECT_BYTES_MAX)
        return svp_archive_refuse(
            open->manifest->sequence, name, "is larger than any object of a save", &unpacking->problem);
    Member *member = g_async_queue_pop(unpacking->empty);

    if (length > member->size) {
        g_free(member->bytes);
        member->bytes = g_malloc(length);
        member->size = length;
    }
    bool done = svp_tar_reader_data(open->tar, member->bytes, length, &unpacking->problem);

    member->length = length;
    member->object = object;
    g_async_queue_push(done ? unpacking->full : unpacking->empty, member);
    return done;
}

static bool unpack_members(Unpacking *unpacking)
{
    SvpArchiveOpen *open = unpacking->open;

    for (;;) {
        const char *name;
        uint64_t length;

        if (!svp_tar_reader_next(open->tar, &name, &length, &unpacking->problem))
            return false;
        if (!name)
            break;
        if (!unpack_member(unpacking, name, length))
            return false;
        unpacking->n_members++;
        unpacking->counts->objects++;
        unpacking->counts->bytes += length;
    }
    if (unpacking->n_members == open->manifest->objects->len)
        return svp_tape_reader_finish(open->tape, &unpacking->problem);
    g_set_error(
        &unpacking->problem, SVP_ERROR, SVP_ERROR_TAPE_DAMAGED,
        "Save %u has %u objects and should have %u\nUse another copy of the volume, or another save",
        open->manifest->sequence, unpacking->n_members, open->manifest->objects->len);
    return false;
}

static gpointer unpack(gpointer data)
{
    Unpacking *unpacking = data;

    unpack_members(unpacking);
    Member *last = g_async_queue_pop(unpacking->empty);

    last->object = NULL;
    g_async_queue_push(unpacking->full, last);
    return NULL;
}

/* Those that come, until there are no more; *ret_wrong is the first of them that was wrong. */
static void take_members(
    Unpacking *unpacking, SvpArchiveTakeFunc take, void *data, const char **ret_wrong, const char **ret_why)
{
    for (;;) {
        Member *member = g_async_queue_pop(unpacking->full);
        const SvpManifestObject *object = member->object;

        if (object && !*ret_wrong && !take(object, member->bytes, member->length, ret_why, data))
            *ret_wrong = object->name;
        g_async_queue_push(unpacking->empty, member);
        if (!object)
            return;
    }
}

bool svp_archive_read_members(
    SvpArchiveOpen *open, SvpArchiveTakeFunc take, void *data, SvpArchiveCounts *counts, GError **error)
{
    Unpacking unpacking = {.open = open, .counts = counts};
    const char *wrong = NULL, *why = NULL;

    unpacking.full = g_async_queue_new_full(free_member);
    unpacking.empty = g_async_queue_new_full(free_member);
    for (unsigned i = 0; i < OBJECTS_MAX; i++)
        g_async_queue_push(unpacking.empty, g_new0(Member, 1));
    GThread *thread = g_thread_new("unpack", unpack, &unpacking);

    take_members(&unpacking, take, data, &wrong, &why);
    g_thread_join(thread);
    g_async_queue_unref(unpacking.full);
    g_async_queue_unref(unpacking.empty);
    g_autoptr(GError) problem = unpacking.problem;

    if (wrong)
        return svp_archive_refuse(open->manifest->sequence, wrong, why, error);
    if (problem) {
        g_propagate_error(error, g_steal_pointer(&problem));
        return false;
    }
    counts->saves++;
    return true;
}
