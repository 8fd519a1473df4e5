/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_OPERATIONS_JOBS_PRIVATE_H
#define LPARSIM_SVP_OPERATIONS_JOBS_PRIVATE_H

#include "svp/operations/jobs.h"

/* What the files of jobs share; nobody else includes this. */
struct SvpJob {
    SvpJobs *jobs;
    const SvpJob *parent; /* the job that has submitted it from its program; NULL: the console has */
    unsigned number;
    char *user, *base_name, *program, *command;
    char *name; /* "000123/OPERATOR/SAVE" */
    GStrv resources;
    const SvpJobOps *ops;
    bool deferred;  /* held, but not by the operator */
    bool of_policy; /* it, or the job that has submitted it, is a step of a policy */
    bool at_once;   /* whoever has submitted it waits for svp_jobs_submit() to return */
    void *data;     /* for the program; NULL once it was freed */
    SvpJobState state;
    HvTime submitted_ns, begun_ns, due_ns, ended_ns; /* as far as the state says */
    HvTime processor_ns;
    gint64 host_us; /* processor time of this program, for people only */
    uint64_t processed, total, failed;
    int code;
    json_t *messages; /* array, as in the record */
};

struct SvpJobs {
    SvpJobsConfig config;
    char *user;
    GPtrArray *all;     /* SvpJob *, of this console, by number */
    GPtrArray *waiting; /* SvpJob *, QUEUED, in the order in which they became so */
    GPtrArray *active;  /* SvpJob *, by number */
    SvpJob *current;    /* whose program is being called; NULL: none */
    bool dispatching;
    bool reserved, of_policy; /* svp_jobs_reserve(), svp_jobs_set_of_policy() */
    unsigned last_number, last_message;
    unsigned
        n_unfreed; /* jobs up to this index of `all` have been looked at: nothing of them is left to be freed */
    const SvpJobSubmission *as;
    const SvpJob *made; /* as `as` said */
    GError *error;      /* of the store */
};

char *svp_job_record_name(const json_t *record); /* "000123/OPERATOR/SAVE"; free with g_free() */
HvTime svp_jobs_now(const SvpJobs *jobs);

/* job.c */
void svp_job_free(SvpJob *job);
void svp_job_free_data(SvpJob *job); /* the program has ended: whatever it kept for its end */
/* It has what it needs: its program begins, and ends if that takes no time. False: the program has failed, and the job has ended. */
bool svp_job_begin(SvpJob *job, GError **error);
/* Its time is over. False: its program has failed; ended it has in any case. */
bool svp_job_finish(SvpJob *job, GError **error);
/* It has ended with that code, and needs nothing any more; a program that is active is not told. */
void svp_job_set_ended(SvpJob *job, int code);

/* job-record.c */
/* Puts what is known of the job; an error of the store is kept in `jobs`. */
void svp_job_record(SvpJob *job);
bool svp_job_record_first(SvpJob *job, GError **error);
void svp_jobs_load(SvpJobs *jobs);

/* job-queue.c */
bool svp_jobs_waits_for_policy(const SvpJob *job); /* which has the console for itself */
/* The first job because of which it cannot begin: one that is active, or waits before it, and needs the same; NULL: it can. */
const SvpJob *svp_jobs_blocker(const SvpJobs *jobs, const SvpJob *job);

#endif
