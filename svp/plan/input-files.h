/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PLAN_INPUT_FILES_H
#define LPARSIM_SVP_PLAN_INPUT_FILES_H

#include <glib.h>

/*
 * 64 hexadecimal digits that change when any file changes that a machine file names (demand, arrivals, distributions, or a folder of
 * such); "" if it names none. `known` is a table of digests by path that calls share: char * -> char *, both freed by it. A file
 * is read once for each table. Free with g_free().
 */
char *svp_input_files_digest(const char *machine_text, const char *directory, GHashTable *known);

#endif
