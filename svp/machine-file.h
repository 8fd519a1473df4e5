/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_MACHINE_FILE_H
#define LPARSIM_SVP_MACHINE_FILE_H

#include "resmgr/definition.h"

/*
 * Machine files (GKeyFile syntax). One table of keys, with type, default and one line of help, drives reading,
 * writing, unknown-key messages and the reference in docs/machine-file.md.
 */
#define SVP_MACHINE_FILE_MAX_BYTES ((size_t)16 << 20)

/* One thing wrong with a file. All strings are owned by the array. */
typedef struct {
    unsigned line;             /* of the file, from 1; 0: none */
    char *group, *key, *value; /* NULL where it does not apply */
    char *reason, *remedy;     /* remedy may be NULL */
} SvpFileProblem;

/*
 * Reads and checks a file. NULL on any problem: *ret_problems then has all of them (GPtrArray of
 * SvpFileProblem *; g_ptr_array_unref()), first those of the text in the order of its lines, then those of what
 * it says. After 1000 of them one more says how many there are besides. *ret_problems is NULL on success. The
 * folder of the file becomes machine->directory.
 */
ResmgrDefinition *svp_machine_file_read(const char *path, GPtrArray **ret_problems);
/* The same from memory; `text` need not end with NUL. */
ResmgrDefinition *svp_machine_file_parse(const char *text, size_t length, GPtrArray **ret_problems);
/* The same; names of files in it are relative to `directory`, which may be NULL. */
ResmgrDefinition *
svp_machine_file_parse_in(const char *directory, const char *text, size_t length, GPtrArray **ret_problems);
/* A file that reads back as an equal definition, if the definition came from a file; free with g_free(). */
char *svp_machine_file_format(const ResmgrDefinition *definition);
/* "FILE:12: [lpar LPAR2] ip-shares = 9:50: there is no IP 9. Use 1 to 4."; free with g_free(). */
char *svp_machine_file_problem_text(const char *path, const SvpFileProblem *problem);
/* The reference of all groups and keys, as Markdown, from the table; free with g_free(). */
char *svp_machine_file_reference(void);

#endif
