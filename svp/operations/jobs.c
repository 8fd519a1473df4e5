/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Jobs: from being submitted to their end.
 *
 *     submit --hold--> HELD --release--> QUEUED --nobody has what it needs--> ACTIVE --its time is over--> ENDED 0, 20, 30
 *        |              ^                 | |                                   |
 *        +--------------+-----hold--------+ +------------END JOB--> ENDED 40    +--END JOB--> ENDED 50
 *
 * The program of a job does its work when it begins, and says for how long that keeps the job active. Nothing of a job is an event
 * of the machine: whoever lets time pass asks when the next job ends, and comes back then. Jobs end by (time, number), and a job
 * that waited begins at the moment in which the last that it waited for has ended: the same commands give the same jobs.
 *
 * What must hold: no two active jobs need the same, unless one has submitted the other; a job waits only behind one that needs the same.
 */
#include "svp/operations/jobs-private.h"

#include "svp/error.h"
#include "svp/message.h"
#include "svp/output.h"

#include <string.h>
#include <time.h>

#define JOB_NAME_MAX 10u

/* --- All of them ---------------------------------------------------------------------------------------- */

SvpJobs *svp_jobs_new(const SvpJobsConfig *config)
{
    SvpJobs *jobs = g_new0(SvpJobs, 1);

    jobs->config = *config;
    jobs->all = g_ptr_array_new();
    jobs->waiting = g_ptr_array_new();
    jobs->active = g_ptr_array_new();
    svp_jobs_set_user(jobs, config->user);
    svp_jobs_load(jobs);
    return jobs;
}

void svp_jobs_free(SvpJobs *jobs)
{
    if (!jobs)
        return;
    for (unsigned i = 0; i < jobs->all->len; i++)
        svp_job_free(g_ptr_array_index(jobs->all, i));
    g_ptr_array_unref(jobs->all);
    g_ptr_array_unref(jobs->waiting);
    g_ptr_array_unref(jobs->active);
    g_clear_error(&jobs->error);
    g_free(jobs->user);
    g_free(jobs);
}

void svp_jobs_set_user(SvpJobs *jobs, const char *user)
{
    g_free(jobs->user);
    jobs->user = g_ascii_strup(user, -1);
}

HvTime svp_jobs_now(const SvpJobs *jobs)
{
    return jobs->config.now_func(jobs->config.data);
}

/* --- Submitting ----------------------------------------------------------------------------------------- */

/* Lets all begin that can. What a program submits meanwhile has its turn in the same round. */
static void dispatch(SvpJobs *jobs)
{
    if (jobs->dispatching)
        return;
    jobs->dispatching = true;
    for (unsigned i = 0; i < jobs->waiting->len;) {
        SvpJob *job = g_ptr_array_index(jobs->waiting, i);

        if (svp_jobs_waits_for_policy(job) || svp_jobs_blocker(jobs, job)) {
            i++;
            continue;
        }
        svp_job_begin(job, NULL); /* what is wrong with it is in its log */
        i = 0;
    }
    jobs->dispatching = false;
}

static bool check_name(const char *name, GError **error)
{
    size_t length = strlen(name);

    if (length >= 1 && length <= JOB_NAME_MAX &&
        strspn(name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS) == length)
        return true;
    g_autofree char *quoted = svp_message_quote(name);

    g_set_error(
        error, SVP_ERROR, SVP_ERROR_JOB_NAME, "%s is no name of a job\nGive 1 to %u letters and digits",
        quoted, JOB_NAME_MAX);
    return false;
}

/* Now, or when the job whose place it takes was. */
static HvTime submitted_at(SvpJobs *jobs, const SvpJobSubmission *as)
{
    json_t *record = as && as->number > 0 ? svp_jobs_record(jobs, as->number) : NULL;
    const json_t *at = json_object_get(record, "submitted_ns");
    HvTime at_ns = at ? (HvTime)json_integer_value(at) : svp_jobs_now(jobs);

    json_decref(record);
    return at_ns;
}

static SvpJob *job_new(SvpJobs *jobs, const SvpJobRequest *request, const SvpJobOps *ops, void *data)
{
    const SvpJobSubmission *as = jobs->as;
    const char *name = as && as->name ? as->name : request->name ? request->name : ops->program;
    const char *command = as && as->command ? as->command : request->command;
    static const char *const none[] = {NULL};
    SvpJob *job = g_new0(SvpJob, 1);

    job->jobs = jobs;
    job->parent = jobs->current;
    job->of_policy = jobs->of_policy || (job->parent && job->parent->of_policy);
    job->number = as && as->number > 0 ? as->number : ++jobs->last_number;
    job->user = g_strdup(jobs->user);
    job->base_name = g_ascii_strup(name, -1);
    job->program = g_strdup(ops->program);
    job->command = g_strdup(command ? command : "");
    job->name = g_strdup_printf("%06u/%s/%s", job->number, job->user, job->base_name);
    job->resources = g_strdupv((char **)(guintptr)(request->resources ? request->resources : none));
    job->ops = ops;
    job->data = data;
    job->messages = json_array();
    job->submitted_ns = submitted_at(jobs, as);
    job->state = SVP_JOB_QUEUED;
    return job;
}

/* A job that is wanted at once, or not at all. */
static bool check_free(const SvpJob *job, GError **error)
{
    const SvpJob *blocker = svp_jobs_blocker(job->jobs, job);

    if (!blocker)
        return true;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_JOB_BUSY,
        "%s cannot begin: job %s has, or waits for, what it needs\nRUN until that has ended, or give SBMJOB",
        job->base_name, blocker->name);
    return false;
}

static void enqueue(SvpJob *job)
{
    SvpJobs *jobs = job->jobs;
    const SvpJob *blocker;

    job->state = SVP_JOB_QUEUED;
    g_ptr_array_add(jobs->waiting, job);
    blocker = svp_jobs_blocker(jobs, job);
    if (svp_jobs_waits_for_policy(job))
        svp_job_say(
            job, SVP_MESSAGE_JOB_QUEUED, "Job %s waits: a policy has the console for itself", job->name);
    else if (blocker)
        svp_job_say(job, SVP_MESSAGE_JOB_QUEUED, "Job %s waits for job %s", job->name, blocker->name);
}

static bool admit(SvpJob *job, bool batch, bool hold, GError **error)
{
    if (!batch && !check_free(job, error))
        return false;
    if (!svp_job_record_first(job, error))
        return false;
    g_ptr_array_add(job->jobs->all, job);
    if (batch)
        svp_job_say(job, SVP_MESSAGE_JOB_SUBMITTED, "Job %s was submitted: %s", job->name, job->command);
    if (hold && !job->deferred)
        svp_job_say(job, SVP_MESSAGE_JOB_HELD, "Job %s is held", job->name);
    if (hold)
        job->state = SVP_JOB_HELD;
    else if (batch)
        enqueue(job);
    return true;
}

SvpJob *
svp_jobs_submit(SvpJobs *jobs, const SvpJobRequest *request, const SvpJobOps *ops, void *data, GError **error)
{
    g_assert(ops->program && ops->begin);
    const SvpJobSubmission *as = jobs->as;
    bool batch = as || request->batch, hold = as ? as->hold || as->deferred : request->hold;
    SvpJob *job = job_new(jobs, request, ops, data);

    jobs->as = NULL;
    job->deferred = as && as->deferred && !as->hold;
    job->at_once = !batch && !hold;
    if (!check_name(job->base_name, error) || !admit(job, batch || hold, hold, error)) {
        jobs->last_number -= as && as->number > 0 ? 0 : 1;
        svp_job_free(job);
        return NULL;
    }
    if (as)
        jobs->made = job;
    bool begun = !job->at_once || svp_job_begin(job, error);

    if (!job->at_once)
        svp_job_record(job);
    job->at_once = false;
    dispatch(jobs);
    return begun ? job : NULL;
}

void svp_jobs_reserve(SvpJobs *jobs, bool reserved)
{
    bool released = jobs->reserved && !reserved;

    jobs->reserved = reserved;
    if (released)
        dispatch(jobs);
}

void svp_jobs_set_of_policy(SvpJobs *jobs, bool of_policy)
{
    jobs->of_policy = of_policy;
}

SvpJob *svp_jobs_current(SvpJobs *jobs)
{
    return jobs->current;
}

const SvpJob *svp_jobs_submit_as(SvpJobs *jobs, const SvpJobSubmission *submission)
{
    const SvpJob *made = g_steal_pointer(&jobs->made);

    jobs->as = submission;
    return made;
}

/* --- Time ----------------------------------------------------------------------------------------------- */

/* The active job that ends first; NULL: none ends. */
static SvpJob *next_job(const SvpJobs *jobs)
{
    SvpJob *next = NULL;

    for (unsigned i = 0; i < jobs->active->len; i++) {
        SvpJob *job = g_ptr_array_index(jobs->active, i);

        if (job->due_ns != HV_TIME_NEVER && (!next || job->due_ns < next->due_ns))
            next = job;
    }
    return next;
}

HvTime svp_jobs_next_due(const SvpJobs *jobs)
{
    const SvpJob *next = next_job(jobs);

    return next ? next->due_ns : HV_TIME_NEVER;
}

static void free_results(SvpJobs *jobs)
{
    bool all_before = true;

    for (unsigned i = jobs->n_unfreed; i < jobs->all->len; i++) {
        SvpJob *job = g_ptr_array_index(jobs->all, i);

        if (job->state == SVP_JOB_ENDED)
            svp_job_free_data(job);
        all_before = all_before && job->state == SVP_JOB_ENDED;
        if (all_before)
            jobs->n_unfreed = i + 1;
    }
}

void svp_jobs_advance(SvpJobs *jobs)
{
    SvpJob *job;

    if (jobs->current || jobs->dispatching)
        return; /* a program lets time pass: its job's turn comes first */
    free_results(jobs);
    while ((job = next_job(jobs)) && job->due_ns <= svp_jobs_now(jobs)) {
        svp_job_finish(job, NULL); /* what is wrong with it is in its log */
        dispatch(jobs);
    }
    dispatch(jobs);
}

/* --- The operator --------------------------------------------------------------------------------------- */

static SvpJob *job_of_number(const SvpJobs *jobs, unsigned number)
{
    for (unsigned i = 0; i < jobs->all->len; i++)
        if (((SvpJob *)g_ptr_array_index(jobs->all, i))->number == number)
            return g_ptr_array_index(jobs->all, i);
    return NULL;
}

const SvpJob *svp_jobs_find(const SvpJobs *jobs, unsigned number)
{
    return job_of_number(jobs, number);
}

static SvpJob *find(SvpJobs *jobs, unsigned number, GError **error)
{
    SvpJob *job = job_of_number(jobs, number);

    if (job)
        return job;
    json_t *record = svp_jobs_record(jobs, number);

    g_set_error(
        error, SVP_ERROR, SVP_ERROR_JOB,
        record ? "Job %06u has ended already\n%s" : "There is no job %06u\n%s", number,
        "DISPLAY JOB lists the jobs");
    json_decref(record);
    return NULL;
}

static bool refuse_state(const SvpJob *job, const char *wanted, GError **error)
{
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_JOB, "Job %s is %s, not %s\nDISPLAY JOB shows the states", job->name,
        svp_job_state_name(job->state), wanted);
    return false;
}

bool svp_jobs_hold(SvpJobs *jobs, unsigned number, GError **error)
{
    SvpJob *job = find(jobs, number, error);

    if (!job)
        return false;
    if (job->state != SVP_JOB_QUEUED)
        return refuse_state(job, "QUEUED", error);
    g_ptr_array_remove(jobs->waiting, job);
    job->state = SVP_JOB_HELD;
    svp_job_say(job, SVP_MESSAGE_JOB_HELD, "Job %s is held", job->name);
    svp_job_record(job);
    dispatch(jobs);
    return true;
}

bool svp_jobs_release(SvpJobs *jobs, unsigned number, GError **error)
{
    SvpJob *job = find(jobs, number, error);

    if (!job)
        return false;
    if (job->state != SVP_JOB_HELD)
        return refuse_state(job, "HELD", error);
    if (!job->deferred)
        svp_job_say(job, SVP_MESSAGE_JOB_SUBMITTED, "Job %s is released", job->name);
    job->deferred = false;
    enqueue(job);
    svp_job_record(job);
    dispatch(jobs);
    return true;
}

bool svp_jobs_end(SvpJobs *jobs, unsigned number, GError **error)
{
    SvpJob *job = find(jobs, number, error);

    if (!job)
        return false;
    if (job->state == SVP_JOB_ENDED || job == jobs->current)
        return refuse_state(job, "HELD, QUEUED or ACTIVE", error);
    bool was_active = job->state == SVP_JOB_ACTIVE;

    svp_job_say(job, SVP_MESSAGE_JOB_CANCELLED, "Job %s is ended by the operator", job->name);
    if (was_active && job->ops->cancel)
        job->ops->cancel(job, job->data);
    svp_job_set_ended(job, was_active ? SVP_JOB_CANCELLED : SVP_JOB_NOT_BEGUN);
    dispatch(jobs);
    return true;
}
