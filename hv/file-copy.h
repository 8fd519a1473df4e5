/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_FILE_COPY_H
#define LPARSIM_HV_FILE_COPY_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* What a file holds: its length with holes, what it takes on the disk, and the SHA-256 of its bytes. */
typedef struct {
    uint64_t size_bytes, stored_bytes;
    char sha256[65];
} HvFileContent;

/*
 * Copies a file or block device into a file, holes as holes, and waits until it is on the disk. HV_ERROR_FILE; then `to` is not there.
 * An existing `to` is replaced in one moment, when all has been written, and keeps its owner and mode; a new one has those of
 * `like`, or (NULL) is its maker's alone. A block device is written to as it is. `ret_content` may be NULL.
 */
bool hv_file_copy(
    const char *from, const char *to, const char *like, HvFileContent *ret_content, GError **error);
/* Waits until what was written to it is on the disk. HV_ERROR_FILE. */
bool hv_file_sync(const char *path, GError **error);
/* Reads all of it. HV_ERROR_FILE. */
bool hv_file_content(const char *path, HvFileContent *ret_content, GError **error);

#endif
