/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The jobs of a console: made with it, taken over from the one before, and what the operator is told of them.
 *
 * Whoever carries out a command at once sees how that has ended. A job that ends later, while time passes, is announced when it does, and
 * makes the line under way fail if it has failed: so a script that runs through the night stops where something went wrong.
 */
#include "svp/console-private.h"
#include "svp/message.h"
#include "svp/operations/job-command.h"
#include "svp/output.h"
#include "svp/protect/policy-run.h"

static HvTime job_clock(void *data)
{
    return monitor_system_now(((const SvpConsole *)data)->system);
}

/* Whoever carries out a command at once sees how it has ended; of the others he is told. */
static void note_ended_job(const SvpJob *job, void *data)
{
    SvpConsole *console = data;
    int code = svp_job_code(job);
    g_autofree char *at = svp_text_seconds(svp_job_ended(job)),
                    *used = svp_text_seconds(svp_job_processor(job));

    if (svp_job_is_at_once(job))
        return;
    if (code == SVP_JOB_PARTLY || code == SVP_JOB_FAILED) {
        console->jobs_failed++;
        console->jobs_failed_ever++;
    } else {
        console->jobs_done++;
    }
    json_array_append_new(
        console->jobs_ended, json_pack(
                                 "{s:s, s:i, s:o}", "job", svp_job_name(job), "code", code, "ended_s",
                                 svp_json_seconds(svp_job_ended(job))));
    if (console->config.json)
        return;
    g_autofree char *note = svp_message_note(
        SVP_MESSAGE_JOB_ENDED, "Job %s has ended at %s; %s of processor time used; completion code %d",
        svp_job_name(job), at, used, code);

    svp_page_printf(console->page, code == 0 ? SVP_STYLE_DIM : SVP_STYLE_NOTABLE, "%s\n", note);
}

void svp_console_open_jobs(SvpConsole *console)
{
    const SvpJobsConfig jobs = {
        .store = console->store,
        .calendar = &monitor_system_definition(console->system)->machine->calendar,
        .user = console->config.operator_name,
        .now_func = job_clock,
        .ended_func = note_ended_job,
        .data = console,
    };

    console->jobs_ended = json_array();
    console->jobs = svp_jobs_new(&jobs);
}

void svp_console_begin(SvpConsole *console)
{
    if (console->begun)
        return;
    console->begun = true;
    svp_console_check_audit(console);
    unsigned n_lost = svp_jobs_end_lost(console->jobs);

    if (n_lost > 0) {
        g_autofree char *note = svp_message_note(
            SVP_MESSAGE_JOB_LOST,
            "%u job%s active when the last console ended; DISPLAY JOB shows the jobs, and what is still "
            "wanted has to be submitted again",
            n_lost, n_lost == 1 ? " was" : "s were");

        fprintf(console->config.err, "%s\n", note);
    }
    svp_job_command_readmit(console);
    svp_console_clean_tapes(console);
    svp_policy_runs_say_stopped(console);
}

void svp_console_say_job_trouble(SvpConsole *console)
{
    g_autoptr(GError) error = svp_jobs_take_error(console->jobs);

    if (!error)
        return;
    g_autofree char *text = svp_message_text(error);

    fprintf(console->config.err, "%s\n", text);
}

void svp_console_close_jobs(SvpConsole *console)
{
    svp_jobs_free(console->jobs);
    json_decref(console->jobs_ended);
}

SvpJobs *svp_console_jobs(SvpConsole *console)
{
    return console->jobs;
}

/* A job that has not ended: without a store it is gone, with one it waits on, unless it was active. */
static bool say_unfinished(const char *key, json_t *record, void *data)
{
    const SvpConsole *console = data;
    const char *state = json_string_value(json_object_get(record, "state"));
    bool is_active = g_strcmp0(state, svp_job_state_name(SVP_JOB_ACTIVE)) == 0;
    bool has_ended = g_strcmp0(state, svp_job_state_name(SVP_JOB_ENDED)) == 0;

    if (has_ended || (!is_active && !console->own_store))
        return true;
    g_autofree char *text = svp_message_note(
        SVP_MESSAGE_JOB_UNFINISHED, "Job %s has not ended, it is %s: %s", key, state,
        json_string_value(json_object_get(record, "command")));

    fprintf(console->config.err, "%s\n", text);
    return true;
}

void svp_console_say_unfinished_jobs(const SvpConsole *console)
{
    svp_jobs_foreach(console->jobs, say_unfinished, (void *)(guintptr)console);
}
