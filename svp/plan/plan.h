/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PLAN_PLAN_H
#define LPARSIM_SVP_PLAN_PLAN_H

#include "svp/console.h"
#include "svp/plan/mpi.h"
#include "svp/plan/study-run.h"

/* `lparsim plan`: studies, from the file to the files. Messages go to standard error, results to standard output. */
typedef struct {
    const char *path;      /* study file; with `advise` a machine file too */
    const char *directory; /* of the results */
    const char *at;        /* --advise: times with ',' between them; NULL: each three hours */
    const char *compare_a, *compare_b;
    unsigned jobs; /* 0: as many as there are processors */
    bool json, advise, compare;
    SvpMpi *mpi; /* NULL: threads */
} SvpPlanOptions;

SvpExit svp_plan(const SvpPlanOptions *options);
/* `lparsim plan ...`; argv[0] is "plan". */
SvpExit svp_plan_main(int argc, char **argv);

/*
 * Advice: adds and completes alternatives, each an INTEG at a time, and ranks them. `at` as in the options.
 * *ret_advice: the "advice" of the result; json_decref() it.
 */
bool svp_advise(SvpStudyRun *run, const char *at, json_t **ret_advice, GError **error);

/* {"comparisons":[..]} of two directories, or, if `directory` is given, of two alternatives in it. NULL with an error. */
json_t *svp_plan_compare(const char *a, const char *b, const char *directory, GError **error);

#endif
