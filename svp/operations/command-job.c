/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The commands about jobs: SBMJOB, DISPLAY JOB, JOBLOG and MESSAGE, HOLD, RELEASE and END JOB.
 *
 * A job that is submitted is announced before it begins, so what it prints stands below the announcement.
 */
#include "svp/command-row.h"
#include "svp/console-private.h"
#include "svp/error.h"
#include "svp/message.h"
#include "svp/operations/job-command.h"
#include "svp/operations/job-frames.h"

#include <stdlib.h>
#include <string.h>

#define ENDED_SHOWN 20u

static SvpJobSelection selection_of(const SvpConsole *console)
{
    return (SvpJobSelection){
        .jobs = console->jobs,
        .calendar = &monitor_system_definition(console->system)->machine->calendar,
        .now_ns = monitor_system_now(console->system),
    };
}

static bool is_number(const char *word)
{
    return *word && strlen(word) <= 6 && strspn(word, "0123456789") == strlen(word);
}

static bool say_no_job(unsigned number, GError **error)
{
    g_set_error(error, SVP_ERROR, SVP_ERROR_JOB, "There is no job %06u\nDISPLAY JOB lists the jobs", number);
    return false;
}

/* --- Submitting and the like ---------------------------------------------------------------------------- */

/* What has become of a job, after the command. */
static void show_job(SvpConsole *console, const SvpJob *job, SvpResult *result)
{
    const char *state = svp_job_state_name(svp_job_state(job));
    const SvpJob *before = svp_job_waits_for(job);

    if (result->json) {
        json_object_set_new(result->json, "job", json_string(svp_job_name(job)));
        json_object_set_new(result->json, "state", json_string(state));
        if (svp_job_state(job) == SVP_JOB_ENDED)
            json_object_set_new(result->json, "code", json_integer(svp_job_code(job)));
        if (before)
            json_object_set_new(result->json, "waits_for", json_string(svp_job_name(before)));
        json_object_set_new(result->json, "jobs_failed", json_integer(console->jobs_failed));
        return;
    }
    if (svp_job_state(job) == SVP_JOB_ENDED)
        return; /* the console has said so */
    svp_page_printf(
        result->page, SVP_STYLE_GOOD, "Job %s is %s%s%s.\n", svp_job_name(job), state,
        before ? ", and waits for job " : "", before ? svp_job_name(before) : "");
}

SVP_COMMAND_FUNC(sbmjob)
{
    const SvpValue *command = svp_call_value(call, "command");
    const SvpJobSubmission as = {.name = svp_call_word(call, "JOB")};
    json_t *unseen = result->json ? json_object() : NULL;
    SvpResult of_job = {.json = unseen, .page = result->page};
    const SvpJob *job = svp_job_command_submit(console, command->command, &as, &of_job, error);

    json_decref(unseen);
    if (!job)
        return false;
    if (result->page) {
        svp_page_printf(result->page, SVP_STYLE_GOOD, "Submitted as job %s.\n", svp_job_name(job));
        svp_page_flush(result->page);
    }
    bool released = svp_call_word(call, "HOLD") ||
                    svp_jobs_release(console->jobs, svp_job_number(job), error);

    g_assert(released);
    show_job(console, job, result);
    return true;
}

static bool
act(SvpConsole *console, const SvpCall *call, bool (*func)(SvpJobs *jobs, unsigned number, GError **error),
    SvpResult *result, GError **error)
{
    unsigned number = (unsigned)svp_call_number(call, "number");

    if (!func(console->jobs, number, error))
        return false;
    show_job(console, svp_jobs_find(console->jobs, number), result);
    return true;
}

SVP_COMMAND_FUNC(hold_job)
{
    return act(console, call, svp_jobs_hold, result, error);
}

SVP_COMMAND_FUNC(release_job)
{
    return act(console, call, svp_jobs_release, result, error);
}

SVP_COMMAND_FUNC(end_job)
{
    return act(console, call, svp_jobs_end, result, error);
}

/* --- Looking -------------------------------------------------------------------------------------------- */

static bool display_one(SvpConsole *console, unsigned number, SvpResult *result, GError **error)
{
    const SvpJobSelection selection = selection_of(console);
    json_t *record = svp_jobs_record(console->jobs, number);

    if (!record)
        return say_no_job(number, error);
    if (result->json)
        json_object_set_new(result->json, "jobs", json_pack("[o]", svp_job_json(&selection, record)));
    else
        svp_job_frame(result->page, &selection, record);
    json_decref(record);
    return true;
}

static json_t *jobs_json(const SvpJobSelection *selection)
{
    json_t *records = svp_jobs_selected(selection), *shown = json_array(), *record;
    size_t index;

    json_array_foreach(records, index, record) json_array_append_new(shown, svp_job_json(selection, record));
    json_decref(records);
    return shown;
}

SVP_COMMAND_FUNC(display_job)
{
    const char *which = svp_call_word(call, "which");
    SvpJobSelection selection = selection_of(console);

    if (which && is_number(which))
        return display_one(console, (unsigned)atoi(which), result, error);
    if (which && g_ascii_strcasecmp(which, "ACTIVE") == 0)
        selection.unended_only = true;
    else if (which)
        selection.name = which;
    selection.user = svp_call_word(call, "USER");
    selection.ended_max = ENDED_SHOWN;
    if (result->json)
        json_object_set_new(result->json, "jobs", jobs_json(&selection));
    else
        svp_jobs_frame(result->page, &selection);
    return true;
}

SVP_COMMAND_FUNC(display_joblog)
{
    const char *which = svp_call_word(call, "JOB");
    SvpJobSelection selection = selection_of(console);

    if (which && is_number(which))
        selection.number = (unsigned)atoi(which);
    else
        selection.name = which;
    selection.user = svp_call_word(call, "USER");
    selection.ended_max = which || selection.user ? 0 : ENDED_SHOWN;
    if (selection.number > 0) {
        json_t *record = svp_jobs_record(console->jobs, selection.number);

        if (!record)
            return say_no_job(selection.number, error);
        json_decref(record);
    }
    if (result->json)
        json_object_set_new(result->json, "joblog", svp_job_log_json(&selection));
    else
        svp_job_log_frame(result->page, &selection);
    return true;
}

SVP_COMMAND_FUNC(display_message)
{
    unsigned number = (unsigned)svp_call_number(call, "number");
    const SvpJobSelection selection = selection_of(console);
    json_t *found = svp_job_message(console->jobs, number);

    if (!found) {
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_JOB, "No job has sent message %u\nDISPLAY JOBLOG shows the numbers",
            number);
        return false;
    }
    if (result->json)
        json_object_set_new(result->json, "message", svp_job_message_json(&selection, found));
    else
        svp_job_message_frame(result->page, &selection, found);
    json_decref(found);
    return true;
}
