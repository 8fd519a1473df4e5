/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_JOB_H
#define LPARSIM_SVP_JOB_H

#include "hv/quantity.h"
#include "svp/store.h"

/*
 * Jobs of the SVP: saves, restores, snapshots, integrations. A job is number/user/name ("000123/OPERATOR/SAVE"), is submitted or run at once, is
 * seen while it is active, leaves messages in the log, and ends with a completion code: 0 is success.
 *
 *     submit --hold--> HELD --release--> QUEUED --what it needs is free--> ACTIVE --its time is over--> ENDED
 *                                                                             +--ENDJOB--> ENDED (code 50, cancelled)
 *
 * A job takes simulated time: begin() says how long, end() is called when that has passed. Jobs that need the same thing (a tape unit, an LPAR)
 * wait for each other; others are active side by side.
 */
typedef struct SvpJobs SvpJobs; /* all of them */
typedef struct SvpJob SvpJob;

typedef struct {
    const char *program; /* "SAVE": the default for the job's name, too */
    /* What takes no time is done. *ret_duration_ns: it is active for so long from now on; 0: it ends at once. */
    bool (*begin)(SvpJob *job, void *data, HvTime *ret_duration_ns, GError **error);
    bool (*end)(SvpJob *job, void *data, GError **error); /* its time is over; may be NULL */
    void (*cancel)(SvpJob *job, void *data); /* instead of end(): what was begun is given up; may be NULL */
    void (*free)(void *data);                /* may be NULL */
} SvpJobOps;

typedef struct {
    const char *name;             /* up to 10 letters and digits; NULL: the program's */
    const char *command;          /* for the log */
    const char *const *resources; /* NULL-terminated: "TAP01", "LPAR LPAR1"; NULL: none */
    bool hold;                    /* waits for the operator's RELEASE JOB */
    bool batch; /* submitted: may wait; else it is refused if it would have to (SVP_ERROR_JOB_BUSY) */
} SvpJobRequest;

/*
 * The job belongs to `jobs`; `data` to the job, in any case: it is freed after the job's end, not before the line under way is done. A job that another's
 * program submits has what that one has. A job that is not `batch` has begun (and, if it takes no time, ended) on return; NULL with *error: refused or failed.
 */
SvpJob *svp_jobs_submit(
    SvpJobs *jobs, const SvpJobRequest *request, const SvpJobOps *ops, void *data, GError **error);
const char *svp_job_name(const SvpJob *job); /* "000123/OPERATOR/SAVE" */

/* A message in the job's log; `id` is a number of svp/error.h (information or error). */
void svp_job_say(SvpJob *job, int id, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* Objects handled: processed, of how many, and how many could not be; a job with any of those ends with code 20 at least. */
void svp_job_count(SvpJob *job, uint64_t processed, uint64_t total, uint64_t failed);

#endif
