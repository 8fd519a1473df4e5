/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_MACHINE_FILE_SCAN_H
#define LPARSIM_SVP_MACHINE_FILE_SCAN_H

#include "svp/machine-file-keys.h"
#include "svp/machine-file-problem.h"

/* One group of a file: which keys are given, where, with which text. */
typedef struct {
    SvpFileKind kind;
    char *title;      /* without brackets, one blank between the words: "lpar LPAR1" */
    const char *name; /* behind the word in `title`: "LPAR1"; "" for the machine */
    unsigned line;
    char *values[SVP_FILE_MAX_KEYS];   /* by position of the key in its kind; NULL: not given */
    unsigned lines[SVP_FILE_MAX_KEYS]; /* 0: not given */
} SvpFileGroup;

typedef struct {
    GPtrArray *groups;    /* SvpFileGroup *, in the order of the file, each title once */
    GHashTable *by_title; /* title in small letters -> SvpFileGroup * */
} SvpFileScan;

/* Takes a text in UTF-8 apart. What is wrong with its lines goes to `problems`; the rest of it is in the result. */
SvpFileScan *svp_file_scan_new(const char *text, size_t length, SvpFileProblems *problems);
void svp_file_scan_free(SvpFileScan *scan);
/* The group with that title in any case, or NULL. */
const SvpFileGroup *svp_file_scan_group(const SvpFileScan *scan, const char *title);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpFileScan, svp_file_scan_free)

#endif
