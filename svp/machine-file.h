/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_MACHINE_FILE_H
#define LPARSIM_SVP_MACHINE_FILE_H

#include "resmgr/definition.h"

/*
 * Machine files (GKeyFile syntax). One table of keys, with type, default and one line of help, drives
 * reading, writing, unknown-key messages and the reference in docs/machine-file.md.
 */

/* One thing wrong with a file. All strings are owned by the array. */
typedef struct {
    char *group, *key, *value; /* NULL where it does not apply */
    char *reason, *remedy;     /* remedy may be NULL */
} SvpFileProblem;

/*
 * Reads and checks a file. NULL on any problem: *ret_problems then has all of them (GPtrArray of
 * SvpFileProblem *, in the order of the file as far as it has one); it is NULL on success.
 */
ResmgrDefinition *svp_machine_file_read(const char *path, GPtrArray **ret_problems);
/* The same from memory. */
ResmgrDefinition *svp_machine_file_parse(const char *text, size_t length, GPtrArray **ret_problems);
/* A file that reads back as an equal definition; free with g_free(). */
char *svp_machine_file_format(const ResmgrDefinition *definition);
/* "FILE: [lpar LPAR2] ip-shares = 9:50: IP 9 does not exist. Use 1 to 4."; free with g_free(). */
char *svp_machine_file_problem_text(const char *path, const SvpFileProblem *problem);
/* The reference of all groups and keys, as Markdown, from the table; free with g_free(). */
char *svp_machine_file_reference(void);

#endif
