/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writing an archive to a set of volumes.
 *
 *     volume n: [part 1] full --> volume n+1: [part 2] full --> ...
 *
 * All parts stay without names until the archive is complete and all bytes are on the disks. Then the parts get their names, and the
 * volumes their labels, from the last to the first. The first one decides: before it the save is nowhere, and what the
 * other labels say of it is removed by the next writer.
 */
#include "svp/save/tape-stream.h"

#include "hv/digest.h"
#include "svp/error.h"

typedef struct {
    unsigned volume; /* in the set */
    SvpVolumePart *part;
    HvDigest digest;
} Part;

struct SvpTapeWriter {
    SvpVolumeSet *set;
    GPtrArray *parts; /* Part *; the last one is being written */
    uint64_t written_bytes;
};

static void free_part(gpointer data)
{
    Part *part = data;

    svp_volume_part_free(part->part);
    g_free(part);
}

static bool begin_part(SvpTapeWriter *writer, unsigned volume, GError **error)
{
    Part *part = g_new0(Part, 1);

    part->volume = volume;
    part->part = svp_volume_begin(svp_volume_set_volume(writer->set, volume), error);
    hv_digest_init(&part->digest);
    if (!part->part) {
        g_free(part);
        return false;
    }
    g_ptr_array_add(writer->parts, part);
    return true;
}

SvpTapeWriter *svp_tape_writer_new(SvpVolumeSet *set, GError **error)
{
    g_autoptr(SvpTapeWriter) writer = g_new0(SvpTapeWriter, 1);

    writer->set = set;
    writer->parts = g_ptr_array_new_with_free_func(free_part);
    if (!svp_volume_set_drop_orphans(set, error) || !begin_part(writer, svp_volume_set_used(set) - 1, error))
        return NULL;
    return g_steal_pointer(&writer);
}

void svp_tape_writer_free(SvpTapeWriter *writer)
{
    if (!writer)
        return;
    g_ptr_array_unref(writer->parts);
    g_free(writer);
}

static bool next_volume(SvpTapeWriter *writer, GError **error)
{
    const Part *last = g_ptr_array_index(writer->parts, writer->parts->len - 1);
    unsigned next = last->volume + 1;

    if (next < svp_volume_set_size(writer->set)) {
        /* Nothing of the archive is on a volume that was full already. */
        if (svp_volume_part_bytes(last->part) == 0 && next == svp_volume_set_used(writer->set))
            g_ptr_array_set_size(writer->parts, (gint)writer->parts->len - 1);
        return begin_part(writer, next, error);
    }
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_TAPE_FULL,
        "The volume '%s' is full, and there is no next volume\n"
        "Mount another one behind it (SET TAPE unit,path;path), or name a second unit: DEV(TAP01 TAP02)",
        svp_volume_label(svp_volume_set_volume(writer->set, last->volume))->volume);
    return false;
}

bool svp_tape_writer_write(SvpTapeWriter *writer, const void *bytes, size_t length, GError **error)
{
    const uint8_t *from = bytes;

    while (length > 0) {
        Part *part = g_ptr_array_index(writer->parts, writer->parts->len - 1);
        size_t written;

        if (!svp_volume_write(part->part, from, length, &written, error))
            return false;
        hv_digest_update(&part->digest, from, written);
        writer->written_bytes += written;
        from += written;
        length -= written;
        if (length > 0 && !next_volume(writer, error))
            return false;
    }
    return true;
}

uint64_t svp_tape_writer_bytes(const SvpTapeWriter *writer)
{
    return writer->written_bytes;
}

/* --- Commit --------------------------------------------------------------------------------------------- */

static void name_next(const SvpTapeWriter *writer, SvpLabel *label, unsigned volume)
{
    g_free(label->next_volume);
    label->next_volume = g_strdup(svp_volume_label(svp_volume_set_volume(writer->set, volume + 1))->volume);
}

/* The set goes on on a new volume, and nothing of the archive is on the last one that it had. */
static bool link_volumes(SvpTapeWriter *writer, GError **error)
{
    const Part *first = g_ptr_array_index(writer->parts, 0);
    unsigned last = svp_volume_set_used(writer->set) - 1;
    SvpVolume *volume = svp_volume_set_volume(writer->set, last);
    g_autoptr(SvpLabel) label = svp_label_copy(svp_volume_label(volume));

    if (first->volume == last)
        return true;
    name_next(writer, label, last);
    return svp_volume_put_label(volume, label, error);
}

static SvpSaveRecord *record_of_part(const SvpTapeWriter *writer, const SvpSaveRecord *record, unsigned n)
{
    const Part *part = g_ptr_array_index(writer->parts, n);
    SvpSaveRecord *copy = svp_save_record_copy(record);

    g_free(copy->file);
    g_free(copy->file_sha256);
    copy->part = n + 1;
    copy->parts = writer->parts->len;
    copy->file = g_strdup_printf("%06u-%s.tar.zst", record->sequence, record->name);
    if (copy->parts > 1) {
        char *whole = copy->file;

        copy->file = g_strdup_printf("%s.%03u", whole, copy->part);
        g_free(whole);
    }
    copy->file_sha256 = hv_digest_hex(&part->digest);
    copy->file_bytes = svp_volume_part_bytes(part->part);
    return copy;
}

static bool commit_part(SvpTapeWriter *writer, const SvpSaveRecord *record, unsigned n, GError **error)
{
    Part *part = g_ptr_array_index(writer->parts, n);
    SvpVolume *volume = svp_volume_set_volume(writer->set, part->volume);
    g_autoptr(SvpLabel) label = svp_label_copy(svp_volume_label(volume));
    SvpSaveRecord *mine = record_of_part(writer, record, n);

    g_free(label->set);
    label->set = g_strdup(svp_volume_set_id(writer->set));
    label->index = part->volume + 1;
    if (n + 1 < writer->parts->len)
        name_next(writer, label, part->volume);
    g_ptr_array_add(label->saves, mine);
    return svp_volume_commit(part->part, mine->file, label, error);
}

bool svp_tape_writer_commit(SvpTapeWriter *writer, const SvpSaveRecord *record, GError **error)
{
    for (unsigned n = 0; n < writer->parts->len; n++)
        if (!svp_volume_sync(((Part *)g_ptr_array_index(writer->parts, n))->part, error))
            return false;
    if (!link_volumes(writer, error))
        return false;
    for (unsigned n = writer->parts->len; n-- > 0;)
        if (!commit_part(writer, record, n, error))
            return false;
    return true;
}
