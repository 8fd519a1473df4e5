/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_OPERATIONS_JOBS_H
#define LPARSIM_SVP_OPERATIONS_JOBS_H

#include "hv/calendar.h"
#include "svp/job.h"

/* The jobs of a console, as the console and the commands about jobs see them (svp/job.h: as programs of jobs do). */
typedef enum {
    SVP_JOB_HELD,   /* waits for RELEASE JOB */
    SVP_JOB_QUEUED, /* waits for what it needs */
    SVP_JOB_ACTIVE,
    SVP_JOB_ENDED,
} SvpJobState;
#define SVP_JOB_STATES 4u

/* Completion codes. */
#define SVP_JOB_DONE      0
#define SVP_JOB_PARTLY    20 /* it ended, but not all of its objects could be handled */
#define SVP_JOB_FAILED    30
#define SVP_JOB_NOT_BEGUN 40 /* it was ended before it was active */
#define SVP_JOB_CANCELLED 50 /* it was ended while it was active */
#define SVP_JOB_LOST      70 /* the console ended while it was active */

/*
 * Processor time that a job is charged, in 1/1000 of the simulated time for which it is active. Three saves that were observed used 6.4 %
 * (189.938 s in 49 min 16 s) to 6.7 % (392.306 s in 97 min 12 s) of their time.
 */
#define SVP_JOB_PROCESSOR_PERMILLE 65u

typedef struct {
    SvpStore *store;            /* outlives the jobs */
    const HvCalendar *calendar; /* of the machine */
    const char *user;           /* whose jobs they are */
    HvTime (*now_func)(void *data);
    void (*ended_func)(const SvpJob *job, void *data); /* a job that had been active has ended; may be NULL */
    void *data;
} SvpJobsConfig;

SvpJobs *svp_jobs_new(const SvpJobsConfig *config);
void svp_jobs_free(SvpJobs *jobs); /* NULL is allowed; programs of active jobs are not told */
/* Those that were active when the last console ended are ENDED (code 70) now; returns how many were. */
unsigned svp_jobs_end_lost(SvpJobs *jobs);
void svp_jobs_set_user(SvpJobs *jobs, const char *user); /* of those that are submitted from now on */

/* When the next active job ends; HV_TIME_NEVER: none does. */
HvTime svp_jobs_next_due(const SvpJobs *jobs);
/* Ends the jobs whose time is over, by (time, number), and lets those begin that waited for them. Results of jobs that had ended before are
 * freed. */
void svp_jobs_advance(SvpJobs *jobs);

/*
 * A policy has the console for itself, or no longer: batch jobs wait that are not its steps'. Jobs that are submitted while `of_policy` is set are steps.
 */
void svp_jobs_reserve(SvpJobs *jobs, bool reserved);
void svp_jobs_set_of_policy(SvpJobs *jobs, bool of_policy);

SvpJob *svp_jobs_current(SvpJobs *jobs); /* the job whose program is being called; NULL: none is */

/*
 * The next job that is submitted is a batch job, with that name (NULL: its own), on hold or not, and in the place of `number` (0: a new one),
 * whatever the request says: SBMJOB of a command that makes a job itself. NULL: no longer; returns the job that was made so, NULL if none was.
 */
typedef struct {
    const char *name;
    const char *command;
    bool hold;
    bool deferred; /* it waits for svp_jobs_release() as well, but the operator knows nothing of that */
    unsigned number;
} SvpJobSubmission;
const SvpJob *svp_jobs_submit_as(SvpJobs *jobs, const SvpJobSubmission *submission);

/* A job of an earlier console that waited, and cannot be made again: it is ENDED (code 40). */
void svp_jobs_give_up(SvpJobs *jobs, unsigned number, const GError *why);

/* SVP_ERROR_JOB: there is no such job, or it is not in a state for this. */
bool svp_jobs_hold(SvpJobs *jobs, unsigned number, GError **error);
bool svp_jobs_release(SvpJobs *jobs, unsigned number, GError **error);
bool svp_jobs_end(SvpJobs *jobs, unsigned number, GError **error);

const SvpJob *svp_jobs_find(const SvpJobs *jobs, unsigned number); /* of this console; NULL: none */
gint64 svp_job_host_us(const SvpJob *job); /* processor time of this program: for people, no two runs agree */
/* It ends, or has ended, before whoever has submitted it goes on. */
bool svp_job_is_at_once(const SvpJob *job);
HvTime svp_job_ended(const SvpJob *job); /* when it has ended */
HvTime svp_job_processor(const SvpJob *job);
unsigned svp_job_number(const SvpJob *job);
SvpJobState svp_job_state(const SvpJob *job);
int svp_job_code(const SvpJob *job);               /* of one that has ended */
const char *svp_job_state_name(SvpJobState state); /* "HELD" */
/* Of one that is queued: the first job that it waits for. */
const SvpJob *svp_job_waits_for(const SvpJob *job);

/* --- Records: what is kept of jobs, also of those of earlier consoles ------------------------------------- */

/*
 * In the collection "job", by number: {"number":3,"user":..,"name":..,"program":..,"command":..,"state":"ENDED","submitted_s":..,
 * "begun_s":..,"due_s":..,"ended_s":..,"processed":..,"total":..,"failed":..,"code":0,"processor_s":..,"resources":[..]}; times are simulated.
 */
void svp_jobs_foreach(SvpJobs *jobs, bool (*visit)(const char *key, json_t *record, void *data), void *data);
json_t *svp_jobs_record(SvpJobs *jobs, unsigned number); /* NULL: none; json_decref() */
/* In "joblog", by number of the job: {"messages":[{"number":17,"id":"LPS053I","severity":"information","at_s":..,"text":..}, ...]}. */
json_t *svp_jobs_log(SvpJobs *jobs, unsigned number);
/* The first error of the store since the last call, to be freed; NULL: none. What jobs do goes on without it. */
GError *svp_jobs_take_error(SvpJobs *jobs);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpJobs, svp_jobs_free)

#endif
