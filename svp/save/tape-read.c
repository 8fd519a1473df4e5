/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading an archive from a set of volumes.
 *
 * The parts follow each other as one stream. Each is compared with the length and the SHA-256 that the label has for it, so no bit of a
 * volume can change unseen, be it of an object or of what holds them together.
 */
#include "hv/digest.h"
#include "svp/error.h"
#include "svp/save/tape-stream.h"

#include <errno.h>
#include <unistd.h>

struct SvpTapeReader {
    SvpVolumeSet *set;
    unsigned sequence, part, parts; /* the part that is open */
    int fd;
    uint64_t left_bytes; /* of the part */
    HvDigest digest;
};

static bool open_part(SvpTapeReader *reader, GError **error)
{
    const SvpSaveRecord *record;
    SvpVolume *volume = svp_volume_set_part(reader->set, reader->sequence, reader->part, &record);

    if (!volume) {
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_TAPE_VOLUME,
            "Part %u of %u of save %u is on no volume that is mounted\nMount all volumes of the set",
            reader->part, reader->parts, reader->sequence);
        return false;
    }
    reader->fd = svp_volume_open_file(volume, record->file, record->file_bytes, error);
    reader->left_bytes = record->file_bytes;
    hv_digest_init(&reader->digest);
    return reader->fd >= 0;
}

SvpTapeReader *svp_tape_reader_new(SvpVolumeSet *set, unsigned sequence, GError **error)
{
    const SvpSaveRecord *record = svp_volume_set_find(set, sequence, error);

    if (!record)
        return NULL;
    g_autoptr(SvpTapeReader) reader = g_new0(SvpTapeReader, 1);

    reader->set = set;
    reader->sequence = sequence;
    reader->part = 1;
    reader->parts = record->parts;
    return open_part(reader, error) ? g_steal_pointer(&reader) : NULL;
}

void svp_tape_reader_free(SvpTapeReader *reader)
{
    if (!reader)
        return;
    if (reader->fd >= 0)
        close(reader->fd);
    g_free(reader);
}

static bool end_part(SvpTapeReader *reader, GError **error)
{
    const SvpSaveRecord *record;
    SvpVolume *volume = svp_volume_set_part(reader->set, reader->sequence, reader->part, &record);
    g_autofree char *hex = hv_digest_hex(&reader->digest);

    close(reader->fd);
    reader->fd = -1;
    if (g_str_equal(hex, record->file_sha256))
        return true;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_TAPE_DAMAGED,
        "'%s' on the volume '%s' is not what was written: its SHA-256 differs\n"
        "Use another copy of the volume, or another save",
        record->file, svp_volume_path(volume));
    return false;
}

/* The part that has bytes left; false at the end of the last one, with *error unset. */
static bool turn_to_part(SvpTapeReader *reader, GError **error)
{
    while (reader->left_bytes == 0) {
        if (reader->fd >= 0 && !end_part(reader, error))
            return false;
        if (reader->part == reader->parts)
            return false;
        reader->part++;
        if (!open_part(reader, error))
            return false;
    }
    return true;
}

bool svp_tape_reader_read(
    SvpTapeReader *reader, void *buffer, size_t length, size_t *ret_length, GError **error)
{
    g_autoptr(GError) problem = NULL;

    *ret_length = 0;
    if (!turn_to_part(reader, &problem)) {
        if (!problem)
            return true;
        g_propagate_error(error, g_steal_pointer(&problem));
        return false;
    }
    ssize_t n;

    do
        n = read(reader->fd, buffer, (size_t)MIN(length, reader->left_bytes));
    while (n < 0 && errno == EINTR);
    if (n <= 0) {
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_TAPE_IO,
            "Save %u cannot be read: %s\nUse another copy of the volume, or another save", reader->sequence,
            n < 0 ? g_strerror(errno) : "the file has become shorter");
        return false;
    }
    hv_digest_update(&reader->digest, buffer, (size_t)n);
    reader->left_bytes -= (uint64_t)n;
    *ret_length = (size_t)n;
    return true;
}

bool svp_tape_reader_finish(SvpTapeReader *reader, GError **error)
{
    g_autofree uint8_t *buffer = g_malloc(HV_MIB);
    size_t length;

    do
        if (!svp_tape_reader_read(reader, buffer, HV_MIB, &length, error))
            return false;
    while (length > 0);
    return true;
}
