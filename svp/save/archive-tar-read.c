/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading a tar archive, compressed.
 *
 * What is read may be damaged. The library notices much of it (checksums of headers, frames that do not end), digests the rest; both
 * end as one error, which names the member that was being read.
 */
#include "svp/error.h"
#include "svp/save/archive-tar.h"

#include <archive.h>
#include <archive_entry.h>

struct SvpTarReader {
    SvpTapeReader *tape;
    struct archive *archive;
    GError *problem; /* of the tape */
    char *name;      /* of the member */
};

static la_ssize_t read_in(struct archive *archive, void *data, const void **ret_bytes)
{
    SvpTarReader *reader = data;
    size_t length;

    if (!reader->problem && svp_tape_reader_read(reader->tape, ret_bytes, &length, &reader->problem))
        return (la_ssize_t)length;
    archive_set_error(archive, EIO, "the tape");
    return -1;
}

static bool fail(SvpTarReader *reader, GError **error)
{
    if (reader->problem) {
        g_propagate_error(error, g_steal_pointer(&reader->problem));
        return false;
    }
    const char *reason = archive_error_string(reader->archive);

    g_set_error(
        error, SVP_ERROR, SVP_ERROR_TAPE_DAMAGED,
        "The archive is damaged %s '%s': %s\nUse another copy of the volume, or another save",
        reader->name ? "at or behind" : "before", reader->name ? reader->name : "manifest.json",
        reason ? reason : "it ends too early");
    return false;
}

SvpTarReader *svp_tar_reader_new(SvpTapeReader *tape, GError **error)
{
    g_autoptr(SvpTarReader) reader = g_new0(SvpTarReader, 1);

    reader->tape = tape;
    reader->archive = archive_read_new();
    if (archive_read_support_format_tar(reader->archive) != ARCHIVE_OK ||
        archive_read_support_filter_zstd(reader->archive) != ARCHIVE_OK ||
        archive_read_open(reader->archive, reader, NULL, read_in, NULL) != ARCHIVE_OK) {
        fail(reader, error);
        return NULL;
    }
    return g_steal_pointer(&reader);
}

bool svp_tar_reader_next(SvpTarReader *reader, const char **ret_name, uint64_t *ret_bytes, GError **error)
{
    struct archive_entry *entry;
    int result = archive_read_next_header(reader->archive, &entry);

    *ret_name = NULL;
    *ret_bytes = 0;
    if (result == ARCHIVE_EOF)
        return !reader->problem || fail(reader, error);
    if (result != ARCHIVE_OK || !archive_entry_pathname(entry) || archive_entry_size(entry) < 0)
        return fail(reader, error);
    g_free(reader->name);
    reader->name = g_strdup(archive_entry_pathname(entry));
    *ret_name = reader->name;
    *ret_bytes = (uint64_t)archive_entry_size(entry);
    return true;
}

bool svp_tar_reader_data(SvpTarReader *reader, void *buffer, size_t length, GError **error)
{
    return archive_read_data(reader->archive, buffer, length) == (la_ssize_t)length || fail(reader, error);
}

void svp_tar_reader_free(SvpTarReader *reader)
{
    if (!reader)
        return;
    archive_read_free(reader->archive);
    g_clear_error(&reader->problem);
    g_free(reader->name);
    g_free(reader);
}
