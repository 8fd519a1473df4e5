/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_SAVE_ARCHIVE_FILE_H
#define LPARSIM_SVP_SAVE_ARCHIVE_FILE_H

#include "svp/save/archive-private.h"

/* Files of real guests as objects: of any length, so they go through a buffer; for archive*.c only. */

/* The member of that name. SVP_ERROR_TAPE_IO: the file cannot be read, or is shorter than it was. */
bool svp_archive_write_file(
    SvpTarWriter *tar, const char *member, const SvpArchiveLpar *lpar, const SvpArchiveFile *file,
    GError **error);
/*
 * The member that comes next, into a file, holes where there are zeros; `path` NULL: it is only looked at. *ret_right: it has the digest of the
 * object. SVP_ERROR_TAPE_IO: it cannot be written there.
 */
bool svp_archive_read_file(
    SvpTarReader *tar, const SvpManifestObject *object, const char *path, bool *ret_right, GError **error);

#endif
