/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is kept of jobs: one record of each job, and one with its messages.
 *
 * The record is put when the job is made, when it becomes active and when it has ended: so a job during which the program
 * died is found by the next console as one that was active. What a store that fails has not kept is said once, and the job goes on: a save that
 * was written to tape is not undone because its log could not be.
 */
#include "svp/operations/jobs-private.h"

#include "svp/message.h"
#include "svp/output.h"

#include <stdlib.h>

#define COLLECTION_JOBS "job"
#define COLLECTION_LOGS "joblog"

static char *key_of(unsigned number)
{
    return g_strdup_printf("%06u", number);
}

static void set_time(json_t *record, const char *name, HvTime at_ns, bool known)
{
    if (known)
        json_object_set_new(record, name, json_integer((json_int_t)at_ns));
}

char *svp_job_record_name(const json_t *record)
{
    return g_strdup_printf(
        "%06u/%s/%s", (unsigned)json_integer_value(json_object_get(record, "number")),
        json_string_value(json_object_get(record, "user")),
        json_string_value(json_object_get(record, "name")));
}

/* One that begins at once does not wait, so it is not taken up again by another console. */
static SvpJobState state_of(const SvpJob *job)
{
    return job->at_once && job->state == SVP_JOB_QUEUED ? SVP_JOB_ACTIVE : job->state;
}

static json_t *record_of(const SvpJob *job)
{
    json_t *record = json_object(), *resources = json_array();
    bool was_active = job->state == SVP_JOB_ACTIVE ||
                      (job->state == SVP_JOB_ENDED && job->code != SVP_JOB_NOT_BEGUN);

    for (char **resource = job->resources; *resource; resource++)
        json_array_append_new(resources, json_string(*resource));
    json_object_set_new(record, "number", json_integer(job->number));
    json_object_set_new(record, "user", json_string(job->user));
    json_object_set_new(record, "name", json_string(job->base_name));
    json_object_set_new(record, "program", json_string(job->program));
    json_object_set_new(record, "command", json_string(job->command));
    json_object_set_new(record, "state", json_string(svp_job_state_name(state_of(job))));
    json_object_set_new(record, "resources", resources);
    set_time(record, "submitted_ns", job->submitted_ns, true);
    set_time(record, "begun_ns", job->begun_ns, was_active);
    set_time(record, "due_ns", job->due_ns, job->state == SVP_JOB_ACTIVE && job->due_ns != HV_TIME_NEVER);
    set_time(record, "ended_ns", job->ended_ns, job->state == SVP_JOB_ENDED);
    json_object_set_new(record, "processed", json_integer((json_int_t)job->processed));
    json_object_set_new(record, "total", json_integer((json_int_t)job->total));
    json_object_set_new(record, "failed", json_integer((json_int_t)job->failed));
    set_time(record, "processor_ns", job->processor_ns, job->state == SVP_JOB_ENDED);
    if (job->state == SVP_JOB_ENDED)
        json_object_set_new(record, "code", json_integer(job->code));
    return record;
}

static bool put(SvpStore *store, const char *collection, unsigned number, json_t *record, GError **error)
{
    g_autofree char *key = key_of(number);
    bool done = svp_store_put(store, collection, key, record, error);

    json_decref(record);
    return done;
}

bool svp_job_record_first(SvpJob *job, GError **error)
{
    return put(job->jobs->config.store, COLLECTION_JOBS, job->number, record_of(job), error);
}

void svp_job_record(SvpJob *job)
{
    SvpJobs *jobs = job->jobs;
    g_autoptr(GError) error = NULL;
    json_t *log = json_pack("{s:O}", "messages", job->messages);

    bool done = svp_job_record_first(job, &error) &&
                put(jobs->config.store, COLLECTION_LOGS, job->number, json_incref(log), &error);

    json_decref(log);
    if (!done && !jobs->error)
        jobs->error = g_steal_pointer(&error);
}

GError *svp_jobs_take_error(SvpJobs *jobs)
{
    return g_steal_pointer(&jobs->error);
}

/* --- Reading -------------------------------------------------------------------------------------------- */

void svp_jobs_foreach(SvpJobs *jobs, bool (*visit)(const char *key, json_t *record, void *data), void *data)
{
    svp_store_foreach(jobs->config.store, COLLECTION_JOBS, visit, data);
}

json_t *svp_jobs_record(SvpJobs *jobs, unsigned number)
{
    g_autofree char *key = key_of(number);

    return svp_store_get(jobs->config.store, COLLECTION_JOBS, key);
}

json_t *svp_jobs_log(SvpJobs *jobs, unsigned number)
{
    g_autofree char *key = key_of(number);

    return svp_store_get(jobs->config.store, COLLECTION_LOGS, key);
}

/* --- What the last console has left --------------------------------------------------------------------- */

static bool find_number(const char *key, json_t *record, void *data)
{
    SvpJobs *jobs = data;

    (void)record;
    jobs->last_number = MAX(jobs->last_number, (unsigned)strtoul(key, NULL, 10));
    return true;
}

static bool find_active(const char *key, json_t *record, void *data)
{
    unsigned number = (unsigned)strtoul(key, NULL, 10);
    const char *state = json_string_value(json_object_get(record, "state"));

    if (g_strcmp0(state, svp_job_state_name(SVP_JOB_ACTIVE)) == 0)
        g_array_append_val((GArray *)data, number);
    return true;
}

static bool find_message(const char *key, json_t *log, void *data)
{
    SvpJobs *jobs = data;
    json_t *messages = json_object_get(log, "messages");
    size_t index;
    json_t *message;

    (void)key;
    json_array_foreach(messages, index, message)
    {
        json_int_t number = json_integer_value(json_object_get(message, "number"));

        jobs->last_message = MAX(jobs->last_message, (unsigned)number);
    }
    return true;
}

/* A job that nobody has any more. Where the clock stood when the console ended is not known: it ends now. */
static void end_record(SvpJobs *jobs, unsigned number, int code, int id, const char *text)
{
    g_autoptr(GError) error = NULL;
    json_t *record = svp_jobs_record(jobs, number), *log = svp_jobs_log(jobs, number);
    json_t *messages = log ? json_incref(json_object_get(log, "messages")) : json_array();
    g_autofree char *message_id = svp_message_id(id);
    HvTime now = svp_jobs_now(jobs);

    json_object_set_new(record, "state", json_string(svp_job_state_name(SVP_JOB_ENDED)));
    json_object_set_new(record, "ended_ns", json_integer((json_int_t)now));
    json_object_set_new(record, "code", json_integer(code));
    json_object_del(record, "due_ns");
    json_array_append_new(
        messages, json_pack(
                      "{s:I, s:s, s:I, s:s}", "number", (json_int_t)++jobs->last_message, "id", message_id,
                      "at_ns", (json_int_t)now, "text", text));
    json_decref(log);
    log = json_pack("{s:o}", "messages", messages);
    bool done = put(jobs->config.store, COLLECTION_JOBS, number, json_incref(record), &error) &&
                put(jobs->config.store, COLLECTION_LOGS, number, json_incref(log), &error);

    json_decref(record);
    json_decref(log);
    if (!done && !jobs->error)
        jobs->error = g_steal_pointer(&error);
}

static void end_lost(SvpJobs *jobs, unsigned number)
{
    json_t *record = svp_jobs_record(jobs, number);
    g_autofree char *name = svp_job_record_name(record);
    g_autofree char *text =
        g_strdup_printf("Job %s was active when the console ended; completion code %d", name, SVP_JOB_LOST);

    json_decref(record);
    end_record(jobs, number, SVP_JOB_LOST, SVP_MESSAGE_JOB_LOST, text);
}

void svp_jobs_give_up(SvpJobs *jobs, unsigned number, const GError *why)
{
    g_autofree char *reason = NULL, *remedy = NULL;

    svp_message_split(why, &reason, &remedy);
    end_record(jobs, number, SVP_JOB_NOT_BEGUN, why->code, reason);
}

void svp_jobs_load(SvpJobs *jobs)
{
    svp_store_foreach(jobs->config.store, COLLECTION_JOBS, find_number, jobs);
    svp_store_foreach(jobs->config.store, COLLECTION_LOGS, find_message, jobs);
}

unsigned svp_jobs_end_lost(SvpJobs *jobs)
{
    g_autoptr(GArray) lost = g_array_new(FALSE, FALSE, sizeof(unsigned));
    unsigned n = 0;

    svp_store_foreach(jobs->config.store, COLLECTION_JOBS, find_active, lost);
    for (unsigned i = 0; i < lost->len; i++) {
        unsigned number = g_array_index(lost, unsigned, i);

        if (svp_jobs_find(jobs, number))
            continue;
        end_lost(jobs, number);
        n++;
    }
    return n;
}
