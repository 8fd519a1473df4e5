/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_SAVE_ARCHIVE_FILES_H
#define LPARSIM_SVP_SAVE_ARCHIVE_FILES_H

#include "svp/save/archive.h"

/* Files as saves on a tape: what is saved that is no LPAR. */
typedef struct {
    char *name; /* of the object: "JRN00001.jrn" */
    GBytes *bytes;
} SvpArchiveFile;
GPtrArray *svp_archive_files_new(void); /* of SvpArchiveFile *; g_ptr_array_unref() */
void svp_archive_files_add(GPtrArray *files, const char *name, const void *bytes, size_t length);

/* A save of the files, at least one (asserted); request->lpars is not looked at, nor machine_text. As svp_archive_write(). */
bool svp_archive_write_files(
    SvpVolumeSet *set, const SvpArchiveRequest *request, const GPtrArray *files, SvpSaveRecord **ret_record,
    GError **error);
/* The objects of a save that are in it as files, or only the one of that name; in the order of the archive. SVP_ERROR_TAPE_*. */
GPtrArray *svp_archive_read_files(SvpVolumeSet *set, unsigned sequence, const char *name, GError **error);

#endif
