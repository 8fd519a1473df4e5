/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writing a tar archive, compressed.
 *
 * The bytes go on to a tape. An error there comes back through the library as a mere failure, so it is kept here and is what the caller
 * is told. Two processors compress at once, where the library can: the archive is the same but for the places where zstd begins anew.
 */
#include "svp/error.h"
#include "svp/save/archive-tar.h"

#include <archive.h>
#include <archive_entry.h>

struct SvpTarWriter {
    SvpTapeWriter *tape;
    struct archive *archive;
    GError *problem; /* of the tape */
    gint64 at;
};

static la_ssize_t write_out(struct archive *archive, void *data, const void *bytes, size_t length)
{
    SvpTarWriter *writer = data;

    if (!writer->problem && svp_tape_writer_write(writer->tape, bytes, length, &writer->problem))
        return (la_ssize_t)length;
    archive_set_error(archive, EIO, "the tape");
    return -1;
}

static bool fail(SvpTarWriter *writer, GError **error)
{
    if (writer->problem)
        g_propagate_error(error, g_steal_pointer(&writer->problem));
    else
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_TAPE_IO,
            "The archive cannot be written: %s\nGive the command again, to another volume",
            archive_error_string(writer->archive));
    return false;
}

SvpTarWriter *svp_tar_writer_new(SvpTapeWriter *tape, gint64 at, GError **error)
{
    g_autoptr(SvpTarWriter) writer = g_new0(SvpTarWriter, 1);
    g_autofree char *threads = g_strdup_printf("%u", MIN(g_get_num_processors(), 4u));

    writer->tape = tape;
    writer->at = at;
    writer->archive = archive_write_new();
    if (archive_write_set_format_pax_restricted(writer->archive) != ARCHIVE_OK ||
        archive_write_add_filter_zstd(writer->archive) != ARCHIVE_OK) {
        fail(writer, error);
        return NULL;
    }
    /* Level 1 leaves the time for digests, and costs a hundredth of the space. A library without threads does it with one. */
    archive_write_set_filter_option(writer->archive, "zstd", "compression-level", "1");
    archive_write_set_filter_option(writer->archive, "zstd", "threads", threads);
    archive_write_set_bytes_in_last_block(writer->archive, 1);
    if (archive_write_open(writer->archive, writer, NULL, write_out, NULL) != ARCHIVE_OK) {
        fail(writer, error);
        return NULL;
    }
    return g_steal_pointer(&writer);
}

bool svp_tar_writer_begin(SvpTarWriter *writer, const char *name, uint64_t bytes, GError **error)
{
    struct archive_entry *entry = archive_entry_new();

    archive_entry_set_pathname(entry, name);
    archive_entry_set_size(entry, (la_int64_t)bytes);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0600);
    archive_entry_set_mtime(entry, writer->at, 0);
    bool done = archive_write_header(writer->archive, entry) == ARCHIVE_OK;

    archive_entry_free(entry);
    return done || fail(writer, error);
}

bool svp_tar_writer_data(SvpTarWriter *writer, const void *bytes, size_t length, GError **error)
{
    return archive_write_data(writer->archive, bytes, length) == (la_ssize_t)length || fail(writer, error);
}

bool svp_tar_writer_end(SvpTarWriter *writer, GError **error)
{
    return archive_write_close(writer->archive) == ARCHIVE_OK || fail(writer, error);
}

void svp_tar_writer_free(SvpTarWriter *writer)
{
    if (!writer)
        return;
    /* What is given up is not to be written to its end. */
    archive_write_fail(writer->archive);
    archive_write_free(writer->archive);
    g_clear_error(&writer->problem);
    g_free(writer);
}
