/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_SAVE_ARCHIVE_TAR_H
#define LPARSIM_SVP_SAVE_ARCHIVE_TAR_H

#include "svp/save/tape-stream.h"

/* A POSIX tar (pax) compressed by zstd, as a stream to or from a tape. The only files that know the library for it. */
typedef struct SvpTarWriter SvpTarWriter;
typedef struct SvpTarReader SvpTarReader;

/* `at` is the time of all members, in seconds since 1970. The tape outlives the writer. */
SvpTarWriter *svp_tar_writer_new(SvpTapeWriter *tape, gint64 at, GError **error);
/* A member of that length begins; its bytes follow. */
bool svp_tar_writer_begin(SvpTarWriter *writer, const char *name, uint64_t bytes, GError **error);
bool svp_tar_writer_data(SvpTarWriter *writer, const void *bytes, size_t length, GError **error);
bool svp_tar_writer_end(SvpTarWriter *writer, GError **error); /* of the archive */
void svp_tar_writer_free(SvpTarWriter *writer);                /* NULL is allowed */

SvpTarReader *svp_tar_reader_new(SvpTapeReader *tape, GError **error);
/* The next member; *ret_name is NULL at the end, else the reader's until the next call. SVP_ERROR_TAPE_DAMAGED. */
bool svp_tar_reader_next(SvpTarReader *reader, const char **ret_name, uint64_t *ret_bytes, GError **error);
/* The next bytes of the member, all of `length`. */
bool svp_tar_reader_data(SvpTarReader *reader, void *buffer, size_t length, GError **error);
void svp_tar_reader_free(SvpTarReader *reader); /* NULL is allowed */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpTarWriter, svp_tar_writer_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpTarReader, svp_tar_reader_free)

#endif
