/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One job: what it is, what it says, and its program.
 *
 * A job becomes active when its program is called to begin, and has ended when the program has said that it is at its end, or that it
 * failed. Whether it may begin, and when its time is over, is for svp/operations/jobs.c to know. A program can submit jobs of its own meanwhile: those work
 * for its job.
 */
#include "svp/operations/jobs-private.h"

#include "svp/message.h"
#include "svp/output.h"

#include <time.h>

/* --- What it is ----------------------------------------------------------------------------------------- */

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

bool svp_job_is_at_once(const SvpJob *job)
{
    return job->at_once;
}

gint64 svp_job_host_us(const SvpJob *job)
{
    return job->host_us;
}

HvTime svp_job_ended(const SvpJob *job)
{
    g_assert(job->state == SVP_JOB_ENDED);
    return job->ended_ns;
}

HvTime svp_job_processor(const SvpJob *job)
{
    g_assert(job->state == SVP_JOB_ENDED);
    return job->processor_ns;
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

void svp_job_free_data(SvpJob *job)
{
    if (job->data && job->ops->free)
        job->ops->free(job->data);
    job->data = NULL;
}

void svp_job_free(SvpJob *job)
{
    svp_job_free_data(job);
    g_strfreev(job->resources);
    g_free(job->user);
    g_free(job->base_name);
    g_free(job->program);
    g_free(job->command);
    g_free(job->name);
    json_decref(job->messages);
    g_free(job);
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

void svp_job_set_ended(SvpJob *job, int code)
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

bool svp_job_finish(SvpJob *job, GError **error)
{
    Turn turn = turn_begin(job);
    g_autoptr(GError) failure = NULL;
    bool done = !job->ops->end || job->ops->end(job, job->data, &failure);

    turn_end(job, turn);
    if (!done)
        say_error(job, failure);
    svp_job_set_ended(
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

bool svp_job_begin(SvpJob *job, GError **error)
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
        svp_job_set_ended(job, SVP_JOB_FAILED);
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    HvTime now = svp_jobs_now(jobs);

    job->due_ns = duration_ns < HV_TIME_NEVER - now ? now + duration_ns : HV_TIME_NEVER;
    if (duration_ns == 0)
        return svp_job_finish(job, error);
    svp_job_record(job);
    return true;
}
