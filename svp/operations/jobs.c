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

static void dispatch(SvpJobs *jobs);

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

static void free_data(SvpJob *job)
{
    if (job->data && job->ops->free)
        job->ops->free(job->data);
    job->data = NULL;
}

void svp_job_free(SvpJob *job)
{
    free_data(job);
    g_strfreev(job->resources);
    g_free(job->user);
    g_free(job->base_name);
    g_free(job->program);
    g_free(job->command);
    g_free(job->name);
    json_decref(job->messages);
    g_free(job);
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

unsigned svp_jobs_lost(const SvpJobs *jobs)
{
    return jobs->n_lost;
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

/* --- One of them ---------------------------------------------------------------------------------------- */

const char *svp_job_state_name(SvpJobState state)
{
    static const char *const names[SVP_JOB_STATES] = {"HELD", "QUEUED", "ACTIVE", "ENDED"};

    g_assert(state < SVP_JOB_STATES);
    return names[state];
}

const char *svp_job_name(const SvpJob *job)
{
    return job->name;
}

unsigned svp_job_number(const SvpJob *job)
{
    return job->number;
}

SvpJobState svp_job_state(const SvpJob *job)
{
    return job->state;
}

int svp_job_code(const SvpJob *job)
{
    g_assert(job->state == SVP_JOB_ENDED);
    return job->code;
}

const SvpJob *svp_job_waits_for(const SvpJob *job)
{
    return job->state == SVP_JOB_QUEUED ? svp_jobs_blocker(job->jobs, job) : NULL;
}

static void say_text(SvpJob *job, int id, const char *text)
{
    g_autofree char *message_id = svp_message_id(id), *shown = svp_message_printable(text);

    json_array_append_new(
        job->messages, json_pack(
                           "{s:I, s:s, s:I, s:s}", "number", (json_int_t)++job->jobs->last_message, "id",
                           message_id, "at_ns", (json_int_t)svp_jobs_now(job->jobs), "text", shown));
}

void svp_job_say(SvpJob *job, int id, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    say_text(job, id, text);
}

/* The code of an error of any layer is the number of its message. */
static void say_error(SvpJob *job, const GError *error)
{
    g_autofree char *reason = NULL, *remedy = NULL, *text = NULL;

    svp_message_split(error, &reason, &remedy);
    text = remedy ? g_strdup_printf("%s. %s", reason, remedy) : g_strdup(reason);
    say_text(job, error->code, text);
}

void svp_job_count(SvpJob *job, uint64_t processed, uint64_t total, uint64_t failed)
{
    job->processed = processed;
    job->total = total;
    job->failed = failed;
}

/* --- The program ---------------------------------------------------------------------------------------- */

static gint64 host_us(void)
{
    struct timespec used;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (gint64)used.tv_sec * G_USEC_PER_SEC + used.tv_nsec / 1000;
}

/* While a program is called its job is the current one: what is submitted then works for it. */
typedef struct {
    SvpJob *before;
    gint64 begun_us;
} Turn;

static Turn turn_begin(SvpJob *job)
{
    Turn turn = {.before = job->jobs->current, .begun_us = host_us()};

    job->jobs->current = job;
    return turn;
}

static void turn_end(SvpJob *job, Turn turn)
{
    job->jobs->current = turn.before;
    job->host_us += host_us() - turn.begun_us;
}

static void say_end(SvpJob *job)
{
    g_autofree char *used = svp_text_seconds(job->processor_ns);

    if (job->total > 0)
        svp_job_say(
            job, SVP_MESSAGE_JOB_COUNTS,
            "%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " objects processed, %" G_GUINT64_FORMAT " not",
            job->processed, job->total, MAX(job->failed, job->total - MIN(job->processed, job->total)));
    svp_job_say(
        job, SVP_MESSAGE_JOB_ENDED, "Job %s has ended; %s of processor time used; completion code %d",
        job->name, used, job->code);
}

static void set_ended(SvpJob *job, int code)
{
    SvpJobs *jobs = job->jobs;
    bool was_active = job->state == SVP_JOB_ACTIVE;

    job->ended_ns = svp_jobs_now(jobs);
    if (was_active)
        job->processor_ns = (job->ended_ns - job->begun_ns) / 1000 * SVP_JOB_PROCESSOR_PERMILLE;
    job->state = SVP_JOB_ENDED;
    job->code = code;
    g_ptr_array_remove(jobs->active, job);
    g_ptr_array_remove(jobs->waiting, job);
    say_end(job);
    svp_job_record(job);
    if (was_active && jobs->config.ended_func)
        jobs->config.ended_func(job, jobs->config.data);
}

/* Its time is over. False: its program has failed. */
static bool finish(SvpJob *job, GError **error)
{
    Turn turn = turn_begin(job);
    g_autoptr(GError) failure = NULL;
    bool done = !job->ops->end || job->ops->end(job, job->data, &failure);

    turn_end(job, turn);
    if (!done)
        say_error(job, failure);
    set_ended(
        job, !done                                            ? SVP_JOB_FAILED
             : job->processed < job->total || job->failed > 0 ? SVP_JOB_PARTLY
                                                              : SVP_JOB_DONE);
    if (!done)
        g_propagate_error(error, g_steal_pointer(&failure));
    return done;
}

static gint by_number(gconstpointer a, gconstpointer b)
{
    unsigned left = (*(const SvpJob *const *)a)->number, right = (*(const SvpJob *const *)b)->number;

    return left < right ? -1 : left > right;
}

static bool begin(SvpJob *job, GError **error)
{
    SvpJobs *jobs = job->jobs;
    HvTime duration_ns = 0;
    g_autoptr(GError) failure = NULL;

    g_ptr_array_remove(jobs->waiting, job);
    g_ptr_array_add(jobs->active, job);
    g_ptr_array_sort(jobs->active, by_number);
    job->state = SVP_JOB_ACTIVE;
    job->begun_ns = svp_jobs_now(jobs);
    job->due_ns = HV_TIME_NEVER;
    svp_job_say(job, SVP_MESSAGE_JOB_STARTED, "Job %s has started", job->name);
    svp_job_record(job);
    Turn turn = turn_begin(job);
    bool begun = job->ops->begin(job, job->data, &duration_ns, &failure);

    turn_end(job, turn);
    if (!begun) {
        say_error(job, failure);
        set_ended(job, SVP_JOB_FAILED);
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    HvTime now = svp_jobs_now(jobs);

    job->due_ns = duration_ns < HV_TIME_NEVER - now ? now + duration_ns : HV_TIME_NEVER;
    if (duration_ns == 0)
        return finish(job, error);
    svp_job_record(job);
    return true;
}

/* Lets all begin that can. What a program submits meanwhile has its turn in the same round. */
static void dispatch(SvpJobs *jobs)
{
    if (jobs->dispatching)
        return;
    jobs->dispatching = true;
    for (unsigned i = 0; i < jobs->waiting->len;) {
        SvpJob *job = g_ptr_array_index(jobs->waiting, i);

        if (svp_jobs_blocker(jobs, job)) {
            i++;
            continue;
        }
        begin(job, NULL); /* what is wrong with it is in its log */
        i = 0;
    }
    jobs->dispatching = false;
}

/* --- Submitting ----------------------------------------------------------------------------------------- */

static bool check_name(const char *name, GError **error)
{
    size_t length = strlen(name);

    if (length >= 1 && length <= JOB_NAME_MAX && strspn(name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS) == length)
        return true;
    g_autofree char *quoted = svp_message_quote(name);

    g_set_error(
        error, SVP_ERROR, SVP_ERROR_JOB_NAME, "%s is no name of a job\nGive 1 to %u letters and digits",
        quoted, JOB_NAME_MAX);
    return false;
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
    job->submitted_ns = svp_jobs_now(jobs);
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
        job->program, blocker->name);
    return false;
}

static void enqueue(SvpJob *job)
{
    SvpJobs *jobs = job->jobs;
    const SvpJob *blocker;

    job->state = SVP_JOB_QUEUED;
    g_ptr_array_add(jobs->waiting, job);
    blocker = svp_jobs_blocker(jobs, job);
    if (blocker)
        svp_job_say(job, SVP_MESSAGE_JOB_QUEUED, "Job %s waits for job %s", job->name, blocker->name);
}

static bool admit(SvpJob *job, bool batch, bool hold, GError **error)
{
    if (!batch && !check_free(job, error))
        return false;
    if (!svp_job_record_first(job, error))
        return false;
    g_ptr_array_add(job->jobs->all, job);
    if (hold) {
        job->state = SVP_JOB_HELD;
        svp_job_say(job, SVP_MESSAGE_JOB_HELD, "Job %s is held", job->name);
    } else if (batch) {
        svp_job_say(job, SVP_MESSAGE_JOB_SUBMITTED, "Job %s was submitted: %s", job->name, job->command);
        enqueue(job);
    }
    return true;
}

SvpJob *
svp_jobs_submit(SvpJobs *jobs, const SvpJobRequest *request, const SvpJobOps *ops, void *data, GError **error)
{
    g_assert(ops->program && ops->begin);
    const SvpJobSubmission *as = jobs->as;
    bool batch = as || request->batch, hold = as ? as->hold : request->hold;
    SvpJob *job = job_new(jobs, request, ops, data);

    jobs->as = NULL;
    if (!check_name(job->base_name, error) || !admit(job, batch || hold, hold, error)) {
        jobs->last_number -= as && as->number > 0 ? 0 : 1;
        svp_job_free(job);
        return NULL;
    }
    if (as)
        jobs->made = job;
    bool begun = batch || hold || begin(job, error);

    if (batch || hold)
        svp_job_record(job);
    dispatch(jobs);
    return begun ? job : NULL;
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
            free_data(job);
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
        finish(job, NULL); /* what is wrong with it is in its log */
        dispatch(jobs);
    }
    dispatch(jobs);
}

/* --- The operator --------------------------------------------------------------------------------------- */

static SvpJob *find(SvpJobs *jobs, unsigned number, GError **error)
{
    for (unsigned i = 0; i < jobs->all->len; i++)
        if (((SvpJob *)g_ptr_array_index(jobs->all, i))->number == number)
            return g_ptr_array_index(jobs->all, i);
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
    svp_job_say(job, SVP_MESSAGE_JOB_SUBMITTED, "Job %s is released", job->name);
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
    set_ended(job, was_active ? SVP_JOB_CANCELLED : SVP_JOB_NOT_BEGUN);
    dispatch(jobs);
    return true;
}
