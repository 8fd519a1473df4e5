/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_FOLDER_H
#define LPARSIM_HV_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

/* Folders whose names outlive a loss of power. Where one of these returns false, errno says why. */

/* With those above it (0700), each name on the disk. One that is there is left as it is. */
bool hv_folder_make(const char *path);
/* The names in it are on the disk. */
bool hv_folder_sync(const char *path);
/* A file in it, of that content, in place of one of that name: whole or not at all, and on the disk. NAME.new beside it is in the making. */
bool hv_folder_put(const char *path, const char *name, const void *bytes, size_t length);
/* With the files in it; it has no folders. One that is not there has been removed already. */
bool hv_folder_remove(const char *path);

#endif
