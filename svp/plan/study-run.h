/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PLAN_STUDY_RUN_H
#define LPARSIM_SVP_PLAN_STUDY_RUN_H

#include "svp/plan/alternative.h"
#include "svp/plan/pool.h"
#include "svp/plan/run-store.h"
#include "svp/plan/statistics.h"
#include "svp/plan/watch.h"

/* An alternative and its runs. */
typedef struct {
    SvpAlternative *alternative; /* owned */
    GPtrArray *runs;             /* const json_t *, [replication - 1], the store's; NULL: not there yet */
    GPtrArray *keys;             /* char *, of the same */
    unsigned issued;             /* replications 1 .. issued are under way or there */
    unsigned prefix;             /* replications 1 .. prefix are there */
    unsigned decided;            /* how many count, from the first on; 0: not known yet */
    SvpMoments precision;        /* of the first `prefix` values of the metric that decides */
} SvpStudyCase;

/*
 * A study under way. Which runs count depends on results only: never on which thread was first.
 */
typedef struct {
    const SvpStudy *study;
    const SvpStudyMachine *machine;
    SvpRunStore *store;
    SvpPool *pool;
    SvpWatch *watch;
    GPtrArray *cases;    /* SvpStudyCase * */
    GHashTable *names;   /* of the alternatives */
    GArray *tickets;     /* who gets the result of a task */
    unsigned first_open; /* all cases before it are decided */
    unsigned n_done, n_found;
} SvpStudyRun;

/* Study and machine stay the caller's, and so do store, pool and watch, which are set before anything is carried out. */
SvpStudyRun *svp_study_run_new(const SvpStudy *study, const SvpStudyMachine *machine);
void svp_study_run_free(SvpStudyRun *run);
/* Takes the alternative, whose name is made different from those before it; the case stays the run's. */
SvpStudyCase *svp_study_run_add(SvpStudyRun *run, SvpAlternative *alternative);
/* Carries out all that is missing. SVP_ERROR_STUDY_ENDED: interrupted; SVP_ERROR_FILE. */
bool svp_study_run_complete(SvpStudyRun *run, GError **error);
/* Writes the runs that count in the order of the study. */
bool svp_study_run_settle(SvpStudyRun *run, GError **error);

/* The values of a metric in the runs that count: [i] of replication i + 1, NAN where it has none. Free with g_free(). */
double *svp_study_case_values(const SvpStudyCase *of, const char *metric);
/* Over the runs that have the metric; of a single run by its batches, if it has them. False if none has the metric. */
bool svp_study_case_interval(
    const SvpStudyCase *of, const char *metric, double confidence_percent, SvpInterval *ret_interval);
/* A metric of one run; false if it has no such. */
bool svp_run_metric(const json_t *run, const char *metric, double *ret_value);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpStudyRun, svp_study_run_free)

#endif
