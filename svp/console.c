/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The console: lines in, results out.
 *
 * A line becomes a call (svp/command-parse.h), the call's row has the function that carries it out, and what comes of it is
 * printed once, here: a frame or one JSON object. Every line that is not blank is entered in the operator log, understood
 * or not. The console owns the session (its log, its queue of AT commands, whether LPARs have been brought up) and nothing of the
 * machine.
 *
 * Power on: the LPARs are assigned at start and not activated. The first command whose row says so brings all of them up, unless
 * the operator has begun to do it himself.
 */
#include "monitor/history.h"
#include "svp/command-row.h"
#include "svp/console-private.h"

#include "svp/error.h"
#include "svp/message.h"
#include "svp/operations/job-command.h"
#include "svp/output.h"
#include "svp/protect/policy-run.h"
#include "svp/save/presnap.h"

#include <string.h>

#define TRACE_RECORDS_KEPT 1000

SvpConsole *svp_console_new(MonitorSystem *system, const SvpConsoleConfig *config)
{
    SvpConsole *console = g_new0(SvpConsole, 1);
    const SvpPageConfig page = {
        .out = config->out, .width = config->width, .color = config->color, .ascii = config->ascii};

    console->system = system;
    console->config = *config;
    if (!config->operator_name)
        console->config.operator_name = "operator";
    console->page = svp_page_new(&page);
    console->log = svp_log_new(config->store);
    console->queued = g_ptr_array_new();
    console->operator_brings_up = config->no_power_on;
    hv_trace_keep(monitor_system_trace(system), TRACE_RECORDS_KEPT);
    if (!monitor_system_history(system))
        monitor_system_record(system, MONITOR_HISTORY_INTERVAL_NS);
    if (!config->store)
        console->own_store = svp_store_open(NULL, NULL);
    console->store = config->store ? config->store : console->own_store;
    g_assert(console->store);
    console->role = SVP_ROLE_VIEWER;
    console->unaudited = json_array();
    console->tapes = svp_tapes_new(console->store);
    console->presnaps = svp_presnaps_new(system, console->store, config->directory);
    svp_console_open_jobs(console);
    return console;
}

void svp_console_free(SvpConsole *console)
{
    if (!console)
        return;
    if (console->tracing)
        hv_trace_remove_sink(monitor_system_trace(console->system), console->config.err);
    for (unsigned i = 0; i < console->queued->len; i++)
        svp_queued_free(g_ptr_array_index(console->queued, i));
    g_ptr_array_unref(console->queued);
    svp_console_close_jobs(console);
    json_decref(console->unaudited);
    g_free(console->machine_id);
    svp_tapes_free(console->tapes);
    svp_presnaps_free(console->presnaps);
    svp_policy_run_free(console->policy_run);
    svp_protect_free(console->protect);
    svp_store_free(console->own_store);
    svp_page_free(console->page);
    svp_log_free(console->log);
    g_free(console);
}

bool svp_console_quit(const SvpConsole *console)
{
    return console->quit;
}

bool svp_console_keep(const SvpConsole *console)
{
    return console->keep;
}

void svp_console_set_width(SvpConsole *console, unsigned width)
{
    svp_page_set_width(console->page, width);
}

char *svp_console_prompt(const SvpConsole *console)
{
    g_autofree char *now = svp_text_seconds(monitor_system_now(console->system));

    return g_strdup_printf("[%s] SVP> ", now);
}

char **svp_console_complete(const SvpConsole *console, const char *line, size_t cursor)
{
    return svp_command_complete(svp_console_state(console), line, cursor);
}

/* --- Queued commands ------------------------------------------------------------------------------------ */

void svp_queued_free(SvpQueued *queued)
{
    if (!queued)
        return;
    svp_call_free(queued->call);
    g_free(queued->source);
    g_free(queued);
}

void svp_console_queue(SvpConsole *console, HvTime due_ns, SvpCall *call, const char *source)
{
    SvpQueued *queued = g_new0(SvpQueued, 1);
    unsigned at = 0;

    queued->due_ns = due_ns;
    queued->call = call;
    queued->source = g_strdup(source);
    while (at < console->queued->len &&
           ((SvpQueued *)g_ptr_array_index(console->queued, at))->due_ns <= due_ns)
        at++;
    g_ptr_array_insert(console->queued, (gint)at, queued);
}

HvTime svp_console_next_due(const SvpConsole *console)
{
    if (console->queued->len == 0)
        return HV_TIME_NEVER;
    return ((const SvpQueued *)g_ptr_array_index(console->queued, 0))->due_ns;
}

SvpQueued *svp_console_take_next(SvpConsole *console)
{
    g_assert(console->queued->len > 0);
    return g_ptr_array_steal_index(console->queued, 0);
}

void svp_console_end(const SvpConsole *console)
{
    if (console->state) { /* what waits stays queued */
        svp_console_say_audit_head(console);
        return;
    }
    svp_console_say_unfinished_jobs(console);
    for (unsigned i = 0; i < console->queued->len; i++) {
        const SvpQueued *queued = g_ptr_array_index(console->queued, i);
        g_autofree char *due = svp_text_seconds(queued->due_ns);
        g_autofree char *text =
            svp_message_note(SVP_MESSAGE_QUEUED, "Not carried out: AT %s %s", due, queued->call->text);

        fprintf(console->config.err, "%s\n", text);
    }
}

/* --- Asking --------------------------------------------------------------------------------------------- */

static bool answer_is(const char *answer, const char *name)
{
    g_autofree char *trimmed = g_strstrip(g_strdup(answer));

    return g_ascii_strcasecmp(trimmed, name) == 0;
}

bool svp_console_confirm(SvpConsole *console, const SvpCall *call, GError **error)
{
    const SvpCommandRow *row = svp_call_row(call);

    if (!console->config.ask || console->redoing || !row->confirm || svp_call_word(call, "PLAN"))
        return true;
    const ResmgrLpar *lpar = resmgr_state_lpar(svp_console_state(console), svp_call_lpar(call, row->confirm));
    g_autofree char *prompt =
        g_strdup_printf("%s ends %s. Type its name to confirm: ", row->name, lpar->name);

    svp_page_flush(console->page);
    g_autofree char *answer = console->config.ask_func(prompt, console->config.ask_data);

    if (answer && answer_is(answer, lpar->name))
        return true;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_CANCELLED,
        "%s is cancelled: the name typed is not %s\nNothing has been done", row->name, lpar->name);
    return false;
}

/* --- Carrying out --------------------------------------------------------------------------------------- */

static bool path_needs_power(const SvpCall *call)
{
    for (unsigned i = 0; i < call->n_path; i++)
        if (call->path[i]->needs_power)
            return true;
    return false;
}

/* *ret_powered_on: this command has made the first power on. */
static bool power_on(SvpConsole *console, const SvpCall *call, bool *ret_powered_on, GError **error)
{
    *ret_powered_on = false;
    if (console->operator_brings_up || !path_needs_power(call))
        return true;
    if (!svp_state_begin_power_on(console->state, error))
        return false;
    /* Once is enough: after a failure the operator is in charge of what is not up. */
    console->operator_brings_up = true;
    bool powered_on = monitor_system_power_on(console->system, error);

    svp_state_end(console->state, powered_on ? NULL : *error, NULL);
    if (!powered_on)
        return false;
    *ret_powered_on = true;
    if (!console->config.json) {
        g_autofree char *note =
            svp_message_note(SVP_MESSAGE_POWERED_ON, "Power on: all LPARs have been activated and loaded");

        svp_page_printf(console->page, SVP_STYLE_DIM, "%s\n", note);
    }
    return true;
}

/* What is printed of one command. */
typedef struct {
    const char *command;
    HvTime due_ns;   /* of a queued one, else HV_TIME_NEVER */
    const char *job; /* of a submitted one, else NULL */
    bool powered_on;
    json_t *result;      /* of one that was carried out, in JSON */
    const GError *error; /* of one that was refused */
} Outcome;

/* The line's own command, and none that waited for its time or its turn. */
static bool is_of_a_line(const Outcome *outcome)
{
    return outcome->due_ns == HV_TIME_NEVER && !outcome->job;
}

static void print_json(SvpConsole *console, const Outcome *outcome)
{
    json_t *line = json_object();

    json_object_set_new(line, "command", json_string(outcome->command));
    json_object_set_new(line, "ok", json_boolean(!outcome->error));
    json_object_set_new(line, "at_s", svp_json_seconds(monitor_system_now(console->system)));
    if (outcome->due_ns != HV_TIME_NEVER)
        json_object_set_new(line, "due_s", svp_json_seconds(outcome->due_ns));
    if (outcome->job)
        json_object_set_new(line, "job", json_string(outcome->job));
    if (outcome->powered_on)
        json_object_set_new(line, "powered_on", json_true());
    if (outcome->error)
        json_object_set_new(line, "error", svp_json_error(outcome->error));
    else
        json_object_set(line, "result", outcome->result);
    if (is_of_a_line(outcome) && json_array_size(console->jobs_ended) > 0)
        json_object_set(line, "jobs_ended", console->jobs_ended);
    svp_json_line(console->config.out, line);
    json_decref(line);
    if (is_of_a_line(outcome))
        json_array_clear(console->jobs_ended); /* each is told once */
}

static void print_outcome(SvpConsole *console, const Outcome *outcome)
{
    if (console->config.json) {
        print_json(console, outcome);
        return;
    }
    svp_page_flush(console->page);
    if (!outcome->error)
        return;
    g_autofree char *text = svp_message_text(outcome->error);

    fprintf(console->config.err, "%s\n", text);
    fflush(console->config.err);
}

/* A command that waited is shown as if it were typed now. */
static void announce(SvpConsole *console, const Outcome *outcome)
{
    g_autofree char *prompt = svp_console_prompt(console);
    g_autofree char *due = outcome->job ? g_strdup_printf("job %s", outcome->job)
                                        : svp_text_seconds(outcome->due_ns);

    if (console->config.json)
        return;
    svp_page_printf(console->page, SVP_STYLE_DIM, "\n%s", prompt);
    svp_page_printf(console->page, SVP_STYLE_TITLE, "%s", outcome->command);
    svp_page_printf(console->page, SVP_STYLE_DIM, "   (%s%s)\n", outcome->job ? "" : "queued for ", due);
    svp_page_flush(console->page);
}

/* Commands to real guests can wait for them; RUN shows how far it is by itself, and what it carries out meanwhile does so too. */
static void begin_progress(SvpConsole *console, const SvpCommandRow *row)
{
    bool waits = monitor_system_host_cpus(console->system) > 0 && row->run != svp_command_run;

    g_assert(!console->progress);
    if (console->config.progress && waits)
        console->progress = svp_progress_begin(console->config.err, row->name);
}

SvpProgress *svp_console_working(const SvpConsole *console, const char *what)
{
    return console->config.progress && !console->progress ? svp_progress_begin_work(console->config.err, what)
                                                          : NULL;
}

/* What it has done is recorded; if that fails it counts as refused. */
static bool record_end(SvpConsole *console, GError **error)
{
    g_autoptr(GError) unrecorded = NULL;

    if (svp_state_end(console->state, *error, &unrecorded))
        return true;
    g_clear_error(error);
    g_propagate_error(error, g_steal_pointer(&unrecorded));
    return false;
}

/* Some commands are jobs by themselves; but not while a job carries them out already, nor when they are done again from the journal. */
static bool run_row(SvpConsole *console, const SvpCall *call, bool in_job, SvpResult *result, GError **error)
{
    const SvpCommandRow *row = svp_call_row(call);

    if (row->program && !in_job && !console->redoing && !svp_call_word(call, "PLAN"))
        return svp_job_command_run(console, call, result, error);
    return row->run(console, call, result, error);
}

/* What waited was allowed when it was given. */
static bool may(SvpConsole *console, const SvpCall *call, const Outcome *outcome, GError **error)
{
    return console->redoing || !is_of_a_line(outcome) || svp_console_may(console, call, error);
}

static bool
carry_out(SvpConsole *console, const SvpCall *call, const char *source, Outcome *outcome, GError **error)
{
    const SvpCommandRow *row = svp_call_row(call);
    SvpLogEntry *entry = svp_log_add(
        console->log, monitor_system_now(console->system), console->config.operator_name, source, call->text,
        call);
    SvpResult result = {0};
    GError *refusal = NULL;

    outcome->command = call->text;
    if (!is_of_a_line(outcome))
        announce(console, outcome);
    svp_page_begin(console->page);
    if (console->config.json)
        outcome->result = result.json = json_object();
    else
        result.page = console->page;
    monitor_system_catch_up(console->system);
    begin_progress(console, row);
    bool begun = may(console, call, outcome, &refusal) &&
                 power_on(console, call, &outcome->powered_on, &refusal) &&
                 svp_state_begin(console->state, call, source, outcome->due_ns, entry->sequence, &refusal);
    bool ok = begun && run_row(console, call, outcome->job != NULL, &result, &refusal);

    if (begun)
        ok = record_end(console, &refusal) && ok;
    g_clear_pointer(&console->progress, svp_progress_end);
    g_assert(ok == (refusal == NULL));
    console->operator_brings_up = console->operator_brings_up || (ok && row->brings_up);
    svp_log_result(console->log, entry, monitor_system_now(console->system), refusal);
    if (!console->redoing)
        svp_console_audit(console, entry, begun ? call : NULL);
    if (is_of_a_line(outcome) && !console->redoing)
        svp_jobs_advance(console->jobs);
    outcome->error = refusal;
    print_outcome(console, outcome);
    outcome->error = NULL;
    json_decref(result.json);
    if (refusal)
        g_propagate_error(error, refusal);
    return ok;
}

bool svp_console_carry_out(SvpConsole *console, const SvpCall *call, const char *source, HvTime due_ns)
{
    Outcome outcome = {.due_ns = due_ns};

    return carry_out(console, call, source, &outcome, NULL);
}

bool svp_console_carry_out_job(SvpConsole *console, const SvpCall *call, const char *job_name, GError **error)
{
    g_autofree char *source = g_strdup_printf("job %s", job_name);
    Outcome outcome = {.due_ns = HV_TIME_NEVER, .job = job_name};

    /* The command under way shows no progress while this one is. */
    g_clear_pointer(&console->progress, svp_progress_end);
    return carry_out(console, call, source, &outcome, error);
}

/* --- Lines ---------------------------------------------------------------------------------------------- */

/* A command and its result stand apart from the one before; the comments above a command belong to it. */
static void echo(SvpConsole *console, const char *line)
{
    g_autofree char *trimmed = g_strstrip(g_strdup(line));
    g_autofree char *prompt = svp_console_prompt(console);
    bool is_comment = svp_command_is_blank(line);

    if (!console->config.echo || console->config.json || !*trimmed)
        return;
    if (console->echoed_command)
        svp_page_add(console->page, SVP_STYLE_PLAIN, "\n");
    console->echoed_command = !is_comment;
    if (is_comment) {
        svp_page_printf(console->page, SVP_STYLE_DIM, "%s\n", trimmed);
    } else {
        svp_page_printf(console->page, SVP_STYLE_DIM, "%s", prompt);
        svp_page_printf(console->page, SVP_STYLE_TITLE, "%s\n", trimmed);
    }
    svp_page_flush(console->page);
}

void svp_console_refuse(SvpConsole *console, const char *text, const char *source, const GError *error)
{
    HvTime now = monitor_system_now(console->system);
    SvpLogEntry *entry =
        svp_log_add(console->log, now, console->config.operator_name, source, text, /* call= */ NULL);

    const Outcome outcome = {.command = text, .due_ns = HV_TIME_NEVER, .error = error};

    svp_log_result(console->log, entry, now, error);
    svp_console_audit(console, entry, /* call= */ NULL);
    print_outcome(console, &outcome);
}

bool svp_console_line(SvpConsole *console, const char *line, const char *source)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;

    svp_console_begin(console);
    echo(console, line);
    if (svp_command_is_blank(line))
        return true;
    g_autoptr(SvpCall) call = svp_command_parse(svp_console_state(console), line, &text, &error);

    if (!call) {
        svp_console_refuse(console, text, source, error);
        return false;
    }
    console->source = source;
    console->queued_done = console->queued_refused = 0;
    console->jobs_done = console->jobs_failed = 0;
    json_array_clear(console->jobs_ended);
    svp_policy_run_at_prompt(console);
    bool ok = svp_console_carry_out(console, call, source, HV_TIME_NEVER);

    svp_console_say_job_trouble(console);
    return ok && console->queued_refused == 0 && console->jobs_failed == 0;
}
