/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files as saves: journals, and what else is no LPAR.
 *
 * On the tape such a save looks like any other: a manifest, then the objects that stand in it; it has no LPARs, and shares nothing with other saves.
 * So it is listed, verified, and unpacked by standard tools as they are. Read back, an object is given out when all of the archive has been read and
 * found as it was written.
 */
#include "svp/save/archive-files.h"

#include "hv/digest.h"
#include "svp/error.h"
#include "svp/save/archive-private.h"

#include <string.h>

static void free_file(gpointer data)
{
    SvpArchiveFile *file = data;

    g_free(file->name);
    g_bytes_unref(file->bytes);
    g_free(file);
}

GPtrArray *svp_archive_files_new(void)
{
    return g_ptr_array_new_with_free_func(free_file);
}

void svp_archive_files_add(GPtrArray *files, const char *name, const void *bytes, size_t length)
{
    SvpArchiveFile *file = g_new0(SvpArchiveFile, 1);

    file->name = g_strdup(name);
    file->bytes = g_bytes_new(bytes, length);
    g_ptr_array_add(files, file);
}

/* --- Writing -------------------------------------------------------------------------------------------- */

static SvpManifest *
manifest_of(const SvpVolumeSet *set, const SvpArchiveRequest *request, const GPtrArray *files)
{
    const SvpSaveRecord *newest = svp_volume_set_newest(set, NULL, 0);
    SvpManifest *manifest = svp_manifest_new();

    manifest->set = g_strdup(svp_volume_set_id(set));
    manifest->sequence = newest ? newest->sequence + 1 : 1;
    manifest->kind = g_strdup(request->kind);
    manifest->name = g_strdup(request->name);
    manifest->machine = g_strdup(request->machine);
    manifest->clock = g_strdup(request->clock);
    manifest->saved = svp_label_wall_clock();
    manifest->at_ns = request->at_ns;
    for (unsigned i = 0; i < files->len; i++) {
        const SvpArchiveFile *file = g_ptr_array_index(files, i);
        gsize length;
        const void *bytes = g_bytes_get_data(file->bytes, &length);
        g_autofree char *sha256 = hv_digest_of(bytes, length);

        svp_manifest_add_object(manifest, file->name, length, sha256);
    }
    return manifest;
}

static SvpSaveRecord *record_of(const SvpManifest *manifest, const char *manifest_text)
{
    SvpSaveRecord *record = g_new0(SvpSaveRecord, 1);

    *record = (SvpSaveRecord){
        .sequence = manifest->sequence,
        .name = g_strdup(manifest->name),
        .kind = g_strdup(manifest->kind),
        .lpars = g_new0(char *, 1),
        .at_ns = manifest->at_ns,
        .clock = g_strdup(manifest->clock),
        .saved = g_strdup(manifest->saved),
        .objects = manifest->objects->len,
        .needs = g_array_new(FALSE, FALSE, sizeof(unsigned)),
        .manifest_sha256 = hv_digest_of(manifest_text, strlen(manifest_text))};
    for (unsigned i = 0; i < manifest->objects->len; i++)
        record->object_bytes += ((const SvpManifestObject *)g_ptr_array_index(manifest->objects, i))->bytes;
    return record;
}

static bool
write_member(SvpTarWriter *tar, const char *name, const void *bytes, size_t length, GError **error)
{
    return svp_tar_writer_begin(tar, name, length, error) &&
           (length == 0 || svp_tar_writer_data(tar, bytes, length, error));
}

static bool
write_members(SvpTapeWriter *tape, const char *manifest_text, const GPtrArray *files, GError **error)
{
    g_autoptr(SvpTarWriter) tar = svp_tar_writer_new(tape, g_get_real_time() / G_USEC_PER_SEC, error);

    if (!tar || !write_member(tar, SVP_MANIFEST_NAME, manifest_text, strlen(manifest_text), error))
        return false;
    for (unsigned i = 0; i < files->len; i++) {
        const SvpArchiveFile *file = g_ptr_array_index(files, i);
        gsize length;
        const void *bytes = g_bytes_get_data(file->bytes, &length);

        if (!write_member(tar, file->name, bytes, length, error))
            return false;
    }
    return svp_tar_writer_end(tar, error);
}

bool svp_archive_write_files(
    SvpVolumeSet *set, const SvpArchiveRequest *request, const GPtrArray *files, SvpSaveRecord **ret_record,
    GError **error)
{
    g_assert(files->len > 0);
    g_autoptr(SvpManifest) manifest = manifest_of(set, request, files);
    g_autofree char *text = svp_manifest_format(manifest);
    g_autoptr(SvpSaveRecord) record = record_of(manifest, text);
    g_autoptr(SvpTapeWriter) tape = svp_tape_writer_new(set, error);

    if (!tape || !write_members(tape, text, files, error) || !svp_tape_writer_commit(tape, record, error))
        return false;
    if (ret_record)
        *ret_record = g_steal_pointer(&record);
    return true;
}

/* --- Reading -------------------------------------------------------------------------------------------- */

typedef struct {
    const char *name; /* NULL: all */
    GPtrArray *files;
} Taking;

static bool take_file(
    const SvpManifestObject *object, const uint8_t *bytes, size_t length, const char **ret_why, void *data)
{
    const Taking *taking = data;

    (void)ret_why;
    if (!taking->name || g_str_equal(object->name, taking->name))
        svp_archive_files_add(taking->files, object->name, bytes, length);
    return true;
}

GPtrArray *svp_archive_read_files(SvpVolumeSet *set, unsigned sequence, const char *name, GError **error)
{
    g_autoptr(GPtrArray) files = svp_archive_files_new();
    g_auto(SvpArchiveOpen) open = {0};
    SvpArchiveCounts counts = {0};
    Taking taking = {.name = name, .files = files};

    if (!svp_archive_open(set, sequence, &open, error) ||
        !svp_archive_read_members(&open, take_file, &taking, &counts, error))
        return NULL;
    if (files->len > 0)
        return g_steal_pointer(&files);
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_TAPE_SAVE,
        "Object '%s' is not in save %u\nDISPLAY TAPE unit lists the saves", name ? name : "*", sequence);
    return NULL;
}
