/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PLAN_ALTERNATIVE_H
#define LPARSIM_SVP_PLAN_ALTERNATIVE_H

#include "svp/plan/run.h"

/* An alternative of a study: the machine with some settings, and the commands that it gets. Plain data. */
typedef struct {
    char *key, *value;
} SvpSetting;

/* A goal of a class of jobs, as a limit of one metric. */
typedef struct {
    char *text; /* "p95 < 200ms" */
    char *lpar, *class_name, *metric;
    double limit; /* in the unit of the metric */
    bool below;   /* the metric shall be below the limit; false: above */
} SvpGoal;

typedef struct {
    char *name;          /* "ips=2, PROD.weight=300"; unique in a study */
    GPtrArray *settings; /* SvpSetting * */
    char *machine_text;  /* NULL if it failed */
    char *inputs;        /* digest of all files that it names */
    uint64_t seed;
    GPtrArray *commands; /* SvpStudyCommand * */
    char *failed;        /* why it cannot run; NULL: it can */
    char *machine_name;  /* of the machine file; NULL if it failed */
    char *clock;         /* at power on; NULL: the machine file gives none */
    GPtrArray *goals;    /* SvpGoal *, in the order of the machine file */
    GPtrArray *metrics;  /* char *: names that its runs can have */
} SvpAlternative;

/* The machine that the study is about, as text. */
typedef struct {
    const SvpStudy *study;
    char *text, *path, *directory;
    GHashTable *input_files; /* digests of files that it names, by path */
} SvpStudyMachine;

/* Reads the machine file of the study; NULL with SVP_ERROR_STUDY. */
SvpStudyMachine *svp_study_machine_read(const SvpStudy *study, GError **error);
void svp_study_machine_free(SvpStudyMachine *machine);

/* All that [vary] asks for, in order; one if nothing varies. SvpAlternative *, owned by the array. */
GPtrArray *svp_alternatives_new(const SvpStudyMachine *machine);
/* One with the settings (SvpSetting *, taken) and one more command if `command` is not NULL; a name of its own, or by the settings. */
SvpAlternative *svp_alternative_new(
    const SvpStudyMachine *machine, GPtrArray *settings, const char *name, const char *command);
void svp_alternative_free(SvpAlternative *alternative);
GPtrArray *svp_settings_new(void);
void svp_settings_add(GPtrArray *settings, const char *key, const char *value);

/* What a run of it is. */
SvpRunConfig svp_alternative_config(
    const SvpAlternative *alternative, const SvpStudyMachine *machine, unsigned replication);
/* False with SVP_ERROR_STUDY and the nearest metric if no run of it can have the metric. */
bool svp_alternative_has_metric(const SvpAlternative *alternative, const char *metric, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpStudyMachine, svp_study_machine_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpAlternative, svp_alternative_free)

#endif
