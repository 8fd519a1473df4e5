/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PLAN_STUDY_FILE_H
#define LPARSIM_SVP_PLAN_STUDY_FILE_H

#include "svp/machine-file.h"

/*
 * Study files: which machine is simulated, for how long, how often, with which settings. The syntax is that of machine files.
 * All of it is plain data.
 */
#define SVP_STUDY_FILE_MAX_BYTES   ((size_t)1 << 20)
#define SVP_STUDY_MAX_REPLICATIONS 100000u
#define SVP_STUDY_MAX_ALTERNATIVES 100000u
#define SVP_STUDY_MAX_INTERVALS    100000u

/* [commands] at-1 = 18:00 INTEG TEST,PROD */
typedef struct {
    char *key;             /* "at-1" */
    char *text;            /* "18:00 INTEG TEST,PROD" */
    bool by_clock;         /* else `after_ns` since power on */
    unsigned second, days; /* by_clock: second of the day, and weekdays (hv/calendar.h) */
    HvTime after_ns;
    char *command; /* "INTEG TEST,PROD" */
} SvpStudyCommand;

/* One key that takes several values: [vary], and each value of it as a setting. */
typedef struct {
    char *key;         /* "machine.ips", "lpar PROD.weight", "command.1", "seed" */
    GPtrArray *values; /* char *, as they would stand in the file */
    unsigned line;
} SvpStudyVary;

typedef enum {
    SVP_STUDY_GRID,   /* every combination; the last row varies fastest */
    SVP_STUDY_LIST,   /* the first values of all rows, the second, ... */
    SVP_STUDY_RANDOM, /* `n_random` of the grid, by the seed, in the order of the grid */
} SvpStudyDesign;

/* "PROD.ONLINE.p95 < 200ms" */
typedef struct {
    char *text;
    char *metric;
    bool below;   /* true: <, false: > */
    double limit; /* in the unit of the metric */
} SvpStudyCondition;

typedef struct {
    char *key; /* NULL: nothing is searched */
    bool size; /* from, to are bytes, and steps are of 1 MiB, or as large as both are multiples of */
    uint64_t from, to, step;
    SvpStudyCondition condition;
} SvpStudySearch;

typedef struct {
    char *name, *title; /* title: the name if not given */
    char *machine;      /* as in the file */
    char *directory;    /* of the study file, absolute; NULL: none */
    HvTime length_ns, warm_up_ns, interval_ns;
    bool warm_up_auto;
    unsigned replications, replications_max; /* equal unless there is a precision */
    char *precision_of;                      /* metric; NULL: none */
    double precision_percent;                /* half-width, of the mean */
    uint64_t seed;
    double confidence_percent;
    GPtrArray *commands; /* SvpStudyCommand *, in the order of the file */
    SvpStudyDesign design;
    unsigned n_random;
    GPtrArray *vary; /* SvpStudyVary *, in the order of the file */
    SvpStudySearch search;
    char *compare_a, *compare_b; /* names of alternatives; NULL: not given */
} SvpStudy;

/* NULL on any problem: *ret_problems then has all of them, as of svp_machine_file_read(). */
SvpStudy *svp_study_read(const char *path, GPtrArray **ret_problems);
SvpStudy *svp_study_parse(const char *text, size_t length, GPtrArray **ret_problems);
/* A study of one machine as it is: one day, for --advise with a machine file. */
SvpStudy *svp_study_new_default(const char *machine_path);
void svp_study_free(SvpStudy *study);
/* Whether a text is that of a study, not of a machine: it has a group [study], or none that machines have. */
bool svp_study_is_study(const char *text);
/* The reference of all groups and keys, as Markdown; free with g_free(). */
char *svp_study_reference(void);

/* --- Values, each for itself ------------------------------------------------------------------------------- */

SvpStudyCommand *svp_study_command_parse(const char *key, const char *text, GError **error);
void svp_study_command_free(SvpStudyCommand *command);
bool svp_study_condition_parse(const char *text, SvpStudyCondition *ret_condition, GError **error);
/* "10", "5-50 until 5%". *ret_precision_percent is 0 without a precision. */
bool svp_study_replications_parse(
    const char *text, unsigned *ret_min, unsigned *ret_max, double *ret_precision_percent, GError **error);
/* "s", "percent", "ips", "per s": by the last word of a metric's name. */
const char *svp_plan_metric_unit(const char *metric);
/* Whether less of it is better. */
bool svp_plan_metric_less_is_better(const char *metric);
/* "0.1", "12", "1e-07": the shortest text that reads as the same number; free with g_free(). */
char *svp_plan_number_text(double value);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpStudy, svp_study_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpStudyCommand, svp_study_command_free)

#endif
