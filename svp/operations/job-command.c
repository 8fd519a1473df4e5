/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Commands as jobs: at once, or submitted.
 *
 * A command that is a job's program by itself (INTEG) is carried out as a job that begins at once: what it prints and refuses is as without. A
 * command that is submitted becomes a job that carries it out when its turn has come, as one that AT has queued; one that makes a job
 * itself (a save) makes that one as a batch job instead. What waits can be known by its command alone, so it survives the console.
 *
 * A command needs the LPARs that it names, and the device in DEV(...).
 */
#include "svp/operations/job-command.h"

#include "svp/console-private.h"
#include "svp/error.h"

#include <string.h>

/* A command that a job carries out. */
typedef struct {
    SvpConsole *console;
    SvpCall *owned; /* submitted: parsed for the job; NULL: the call is somebody else's */
    const SvpCall *call;
    SvpResult *result; /* at once */
} Work;

/* --- What it needs -------------------------------------------------------------------------------------- */

static void add_resource(GPtrArray *resources, char *name)
{
    if (g_ptr_array_find_with_equal_func(resources, name, g_str_equal, NULL))
        g_free(name);
    else
        g_ptr_array_add(resources, name);
}

static void add_needs(GPtrArray *resources, const SvpConsole *console, const SvpCall *call)
{
    for (unsigned i = 0; i < call->n_values; i++) {
        const SvpValue *value = &call->values[i];

        if (value->lpar > 0)
            add_resource(
                resources,
                g_strdup_printf("LPAR %s", resmgr_state_lpar(svp_console_state(console), value->lpar)->name));
        if (value->word && strcmp(value->operand->name, "DEV") == 0)
            add_resource(resources, g_ascii_strup(value->word, -1));
    }
}

static GPtrArray *needs(const SvpConsole *console, const SvpCall *call)
{
    GPtrArray *resources = g_ptr_array_new_with_free_func(g_free);

    add_needs(resources, console, call);
    g_ptr_array_add(resources, NULL);
    return resources;
}

/* --- The programs --------------------------------------------------------------------------------------- */

static void work_free(void *data)
{
    Work *work = data;

    svp_call_free(work->owned);
    g_free(work);
}

static bool begin_at_once(SvpJob *job, void *data, HvTime *ret_duration_ns, GError **error)
{
    const Work *work = data;

    (void)job;
    *ret_duration_ns = 0;
    return svp_call_row(work->call)->run(work->console, work->call, work->result, error);
}

/* The command is refused or done, and says so, by itself; the job has the message as well. */
static bool begin_submitted(SvpJob *job, void *data, HvTime *ret_duration_ns, GError **error)
{
    const Work *work = data;

    *ret_duration_ns = 0;
    return svp_console_carry_out_job(work->console, work->call, svp_job_name(job), error);
}

static const SvpJobOps at_once_ops = {.program = "COMMAND", .begin = begin_at_once, .free = work_free};
static const SvpJobOps submitted_ops = {.program = "COMMAND", .begin = begin_submitted, .free = work_free};

/* --- At once -------------------------------------------------------------------------------------------- */

bool svp_job_command_run(SvpConsole *console, const SvpCall *call, SvpResult *result, GError **error)
{
    g_autoptr(GPtrArray) resources = needs(console, call);
    Work *work = g_new0(Work, 1);
    const SvpJobRequest request = {
        .name = svp_call_row(call)->program,
        .command = call->text,
        .resources = (const char *const *)resources->pdata,
    };

    *work = (Work){.console = console, .call = call, .result = result};
    return svp_jobs_submit(console->jobs, &request, &at_once_ops, work, error) != NULL;
}

/* --- Submitted ------------------------------------------------------------------------------------------ */

static const SvpJob *
submit_command(SvpConsole *console, const SvpCall *call, const SvpJobSubmission *as, GError **error)
{
    SvpCall *copy = svp_command_parse(svp_console_state(console), call->text, NULL, error);

    if (!copy)
        return NULL;
    g_autoptr(GPtrArray) resources = needs(console, copy);
    g_autofree char *name = g_strndup(copy->path[0]->name, 10);
    const SvpJobRequest request = {.name = name, .resources = (const char *const *)resources->pdata};
    Work *work = g_new0(Work, 1);

    *work = (Work){.console = console, .owned = copy, .call = copy};
    svp_jobs_submit_as(console->jobs, as);
    return svp_jobs_submit(console->jobs, &request, &submitted_ops, work, error);
}

const SvpJob *svp_job_command_submit(
    SvpConsole *console, const SvpCall *call, const SvpJobSubmission *as, SvpResult *result, GError **error)
{
    SvpJobSubmission held = *as;
    bool done;

    held.deferred = true;
    if (held.command == NULL)
        held.command = call->text;
    if (!svp_call_row(call)->makes_job)
        return submit_command(console, call, &held, error);
    svp_jobs_submit_as(console->jobs, &held);
    done = svp_call_row(call)->run(console, call, result, error);

    const SvpJob *made = svp_jobs_submit_as(console->jobs, NULL);

    if (done && !made)
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_JOB, "%s has made no job\nGive it by itself",
            svp_call_row(call)->name);
    return done ? made : NULL;
}

/* --- After a start -------------------------------------------------------------------------------------- */

static bool collect_waiting(const char *key, json_t *record, void *data)
{
    const char *state = json_string_value(json_object_get(record, "state"));

    (void)key;
    if (g_strcmp0(state, svp_job_state_name(SVP_JOB_HELD)) == 0 ||
        g_strcmp0(state, svp_job_state_name(SVP_JOB_QUEUED)) == 0)
        g_ptr_array_add(data, json_incref(record));
    return true;
}

static bool readmit(SvpConsole *console, json_t *record, GError **error)
{
    const char *state = json_string_value(json_object_get(record, "state"));
    const SvpJobSubmission as = {
        .name = json_string_value(json_object_get(record, "name")),
        .command = json_string_value(json_object_get(record, "command")),
        .number = (unsigned)json_integer_value(json_object_get(record, "number")),
    };
    g_autoptr(SvpCall) call = svp_command_parse(svp_console_state(console), as.command, NULL, error);
    json_t *unseen = json_object();
    SvpResult result = {.json = unseen};
    bool again = call && svp_job_command_submit(console, call, &as, &result, error);

    json_decref(unseen);
    return again && (g_strcmp0(state, svp_job_state_name(SVP_JOB_HELD)) == 0 ||
                     svp_jobs_release(console->jobs, as.number, error));
}

void svp_job_command_readmit(SvpConsole *console)
{
    g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func((GDestroyNotify)json_decref);

    svp_jobs_foreach(console->jobs, collect_waiting, records);
    for (unsigned i = 0; i < records->len; i++) {
        g_autoptr(GError) error = NULL;
        json_t *record = g_ptr_array_index(records, i);
        unsigned number = (unsigned)json_integer_value(json_object_get(record, "number"));

        if (!svp_jobs_find(console->jobs, number) && !readmit(console, record, &error))
            svp_jobs_give_up(console->jobs, number, error);
    }
}
