/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_SAVE_ARCHIVE_GUEST_H
#define LPARSIM_SVP_SAVE_ARCHIVE_GUEST_H

#include "svp/save/archive-private.h"

/* Files of real guests as objects: of any length, so they go through a buffer; for archive*.c only. */

/* The member of that name. SVP_ERROR_TAPE_IO: the file cannot be read, or is shorter than it was. */
bool svp_archive_write_guest_file(
    SvpTarWriter *tar, const char *member, const SvpArchiveLpar *lpar, const SvpArchiveGuestFile *file,
    GError **error);

/* A file that is being put together. */
typedef struct {
    int fd;      /* -1: none */
    int problem; /* errno of what could not be written; 0: nothing */
} SvpArchiveGuestSink;

/* The next piece of the file of that name, holes where there are zeros. False: it cannot be written. */
bool svp_archive_guest_put(
    SvpArchiveGuestSink *sink, const char *folder, const char *file, const SvpArchivePiece *piece);
void svp_archive_guest_sink_close(SvpArchiveGuestSink *sink); /* where there is one */
/* What could not be written, in place of *error, as SVP_ERROR_TAPE_IO. */
void svp_archive_guest_say_problem(const SvpArchiveGuestSink *sink, const char *folder, GError **error);

#endif
