/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PLAN_STUDY_KEY_H
#define LPARSIM_SVP_PLAN_STUDY_KEY_H

#include "svp/plan/study-file.h"

/* The table of groups and keys of study files, for the reader and the reference only. */
#define SVP_STUDY_GROUPS_MAX 8
#define SVP_STUDY_KEYS_MAX   16

typedef struct {
    SvpStudy *study;
    unsigned line;
} SvpStudyReading;

typedef struct {
    const char *name;
    bool (*read)(SvpStudyReading *reading, const char *value, GError **error);
    const char *values, *otherwise, *meaning, *example; /* in Markdown; otherwise NULL: must be given */
} SvpStudyKeyRow;

typedef struct {
    const char *name, *about;
    const SvpStudyKeyRow *keys;
    unsigned n_keys;
    /* Keys of the writer's choice; NULL: none. */
    bool (*read_any)(SvpStudyReading *reading, const char *key, const char *value, GError **error);
} SvpStudyGroupRow;

const SvpStudyGroupRow *svp_study_groups(unsigned *ret_n);

/* What the keys say together; fills in defaults that depend on others. */
void svp_study_check(
    SvpStudy *study, bool (*is_given)(void *data, const char *group, const char *key),
    void (*complain)(void *data, const char *group, const char *key, const char *reason, const char *remedy),
    void *data);

#endif
