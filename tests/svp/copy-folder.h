/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_TESTS_SVP_COPY_FOLDER_H
#define LPARSIM_TESTS_SVP_COPY_FOLDER_H

#include <glib.h>
#include <stdint.h>

/* Folders with copies of snapshots, as somebody sees them who looks at the disk. */
unsigned
copy_folder_count(const char *folder, const char *group); /* of those that are there for themselves */
uint64_t copy_folder_bytes(const char *folder, const char *group); /* of all files */
void remove_tree(const char *path);                                /* whatever is there */

#endif
