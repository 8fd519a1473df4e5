/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_MACHINE_FILE_PROBLEM_H
#define LPARSIM_SVP_MACHINE_FILE_PROBLEM_H

#include "svp/machine-file.h"

/*
 * What is wrong with one file, collected while it is read. A key that could not be read is remembered as spoiled:
 * what the check of the definition then says about it, or about keys that depend on it, would be a consequence and
 * not a second mistake.
 */
typedef struct SvpFileProblems SvpFileProblems;

SvpFileProblems *svp_file_problems_new(void);
void svp_file_problems_free(SvpFileProblems *problems);
/* `group`, `key`, `value` and `remedy` may be NULL. */
void svp_file_problems_add(
    SvpFileProblems *problems, unsigned line, const char *group, const char *key, const char *value,
    const char *remedy, const char *format, ...) G_GNUC_PRINTF(7, 8);
/* The same; reason and remedy are the two lines of `error`. */
void svp_file_problems_add_error(
    SvpFileProblems *problems, unsigned line, const char *group, const char *key, const char *value,
    const GError *error);

/* `key` of `group`; NULL: of every group. */
void svp_file_problems_spoil(SvpFileProblems *problems, const char *group, const char *key);
bool svp_file_problems_spoiled(const SvpFileProblems *problems, const char *group, const char *key);

/* Puts those so far in the order of their lines. */
void svp_file_problems_sort(SvpFileProblems *problems);
/* All of them, or NULL if there is none. The collection is empty afterwards. */
GPtrArray *svp_file_problems_steal(SvpFileProblems *problems);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpFileProblems, svp_file_problems_free)

#endif
