/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * RUN, AT and QUIT: simulated time passes, and commands wait for their time.
 *
 * RUN goes from one queued command, or end of a job, to the next. Where somebody watches (a terminal shows progress, the operator can interrupt) each
 * such stretch is cut into chunks that take a fraction of a second; a chunk ends at any nanosecond without the machine noticing, so
 * cutting changes no result and no digest.
 */
#include "svp/command-row.h"
#include "svp/console-private.h"
#include "svp/error.h"
#include "svp/output.h"
#include "svp/protect/policy-run.h"

#define CHUNK_NS_FIRST      (100 * HV_NS_PER_MS)
#define CHUNK_WALL_US_SHORT (50 * 1000)
#define CHUNK_WALL_US_LONG  (200 * 1000)
#define PROGRESS_AFTER_US   (2 * G_USEC_PER_SEC)

/* One RUN under way. Wall-clock times are for the operator, none reaches the machine. */
typedef struct {
    SvpConsole *console;
    HvTime begin_ns, end_ns;
    HvTime chunk_ns;
    gint64 begun_us;
    bool shown; /* there is a progress line to be wiped */
} Run;

/* Somebody wants to know now and then how far it is: a person, the journal, or the clock on the wall. */
static bool is_watched(SvpConsole *console)
{
    return console->config.progress || console->config.interrupted_func || console->state ||
           svp_policy_run_has_wall(console);
}

static void show_progress(Run *run)
{
    SvpConsole *console = run->console;
    HvTime now = monitor_system_now(console->system);
    g_autofree char *text = svp_text_seconds(now);

    if (!console->config.progress || g_get_monotonic_time() - run->begun_us < PROGRESS_AFTER_US)
        return;
    fprintf(
        console->config.err, "\rRUN: %s, %u %%  ", text,
        (unsigned)svp_percent_of(now - run->begin_ns, MAX(run->end_ns - run->begin_ns, 1)));
    fflush(console->config.err);
    run->shown = true;
}

static void wipe_progress(Run *run)
{
    if (run->shown)
        fprintf(run->console->config.err, "\r%*s\r", 60, "");
    run->shown = false;
}

static void adapt_chunk(Run *run, gint64 took_us)
{
    if (took_us < CHUNK_WALL_US_SHORT && run->chunk_ns < (HvTime)G_MAXINT64 / 2)
        run->chunk_ns *= 2;
    else if (took_us > CHUNK_WALL_US_LONG && run->chunk_ns > 1)
        run->chunk_ns /= 2;
}

static bool check_interrupted(const Run *run, GError **error)
{
    const SvpConsoleConfig *config = &run->console->config;
    g_autofree char *now = svp_text_seconds(monitor_system_now(run->console->system));

    if (!config->interrupted_func || !config->interrupted_func(config->interrupted_data))
        return true;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_INTERRUPTED, "RUN was interrupted at %s\nRUN again to go on", now);
    return false;
}

/* Or until something is due by the clock on the wall. */
static bool run_until(Run *run, HvTime until_ns, GError **error)
{
    MonitorSystem *system = run->console->system;

    while (monitor_system_now(system) < until_ns) {
        HvTime left_ns = until_ns - monitor_system_now(system);
        gint64 before_us = g_get_monotonic_time();

        if (!monitor_system_run(
                system, is_watched(run->console) ? MIN(left_ns, run->chunk_ns) : left_ns, error))
            return false;
        adapt_chunk(run, g_get_monotonic_time() - before_us);
        show_progress(run);
        if (!svp_state_advance(run->console->state, /* at_once= */ false, error))
            return false;
        if (!check_interrupted(run, error))
            return false;
        if (svp_policy_run_wall_is_due(run->console))
            break;
    }
    return true;
}

static void carry_out_next(Run *run)
{
    SvpConsole *console = run->console;
    g_autoptr(SvpQueued) queued = svp_policy_run_is_next(console) ? NULL : svp_console_take_next(console);

    wipe_progress(run);
    if (queued ? svp_console_carry_out(console, queued->call, queued->source, queued->due_ns)
               : svp_policy_run_step(console))
        console->queued_done++;
    else
        console->queued_refused++;
}

static HvTime next_due(SvpConsole *console)
{
    HvTime commands_ns = svp_policy_run_next_due(console), jobs_ns = svp_jobs_next_due(console->jobs);

    return MIN(commands_ns, jobs_ns);
}

/* At one moment jobs end first: that can free what a command needs. */
static void do_what_is_due(Run *run)
{
    SvpConsole *console = run->console;

    wipe_progress(run);
    svp_jobs_advance(console->jobs);
    if (svp_policy_run_next_due(console) <= monitor_system_now(console->system))
        carry_out_next(run);
}

/* Jobs end, and queued commands and steps of policies that are due until the end are carried out, each at its time. */
static bool run_to_end(Run *run, GError **error)
{
    MonitorSystem *system = run->console->system;
    HvTime due_ns;

    while ((due_ns = next_due(run->console)) <= run->end_ns || monitor_system_now(system) < run->end_ns) {
        if (!run_until(run, MIN(due_ns, run->end_ns), error))
            return false;
        do_what_is_due(run);
    }
    return true;
}

/* Asked before anything is done, since the clock may have to stop on the way. */
static bool clock_allows(const SvpConsole *console, HvTime duration_ns, GError **error)
{
    HvTime now = monitor_system_now(console->system);

    return duration_ns <= (HvTime)G_MAXINT64 - now || monitor_system_run(console->system, duration_ns, error);
}

static void show_ran(const SvpConsole *console, HvTime begin_ns, SvpResult *result)
{
    HvTime now = monitor_system_now(console->system);
    g_autofree char *ran = svp_text_seconds(now - begin_ns), *stands = svp_text_seconds(now);

    if (result->json) {
        json_object_set_new(result->json, "ran_s", svp_json_seconds(now - begin_ns));
        json_object_set_new(result->json, "queued_done", json_integer(console->queued_done));
        json_object_set_new(result->json, "queued_refused", json_integer(console->queued_refused));
        json_object_set_new(result->json, "jobs_failed", json_integer(console->jobs_failed));
        return;
    }
    if (console->queued_done + console->queued_refused + console->jobs_done + console->jobs_failed > 0)
        svp_page_add(result->page, SVP_STYLE_PLAIN, "\n");
    svp_page_printf(result->page, SVP_STYLE_PLAIN, "Ran for %s; the clock stands at %s.\n", ran, stands);
}

SVP_COMMAND_FUNC(run)
{
    HvTime begin_ns = monitor_system_now(console->system), duration_ns = svp_call_number(call, "duration");
    Run run = {
        .console = console,
        .begin_ns = begin_ns,
        .end_ns = begin_ns + duration_ns,
        .chunk_ns = CHUNK_NS_FIRST,
        .begun_us = g_get_monotonic_time(),
    };

    if (!clock_allows(console, duration_ns, error))
        return false;
    if (console->config.interrupted_func)
        console->config.interrupted_func(console->config.interrupted_data); /* an old key does not count */
    bool ok = run_to_end(&run, error);
    bool recorded = svp_state_advance(console->state, /* at_once= */ true, ok ? error : NULL);

    wipe_progress(&run);
    if (!ok || !recorded)
        return false;
    show_ran(console, begin_ns, result);
    return true;
}

/* A time of day is the next one that the machine's clock will show, now included. */
static HvTime due_time(const SvpConsole *console, const SvpValue *value)
{
    const HvCalendar *calendar = &monitor_system_definition(console->system)->machine->calendar;

    return value->word
               ? hv_calendar_next(
                     calendar, monitor_system_now(console->system), (unsigned)value->number, HV_ALL_WEEKDAYS)
               : value->number;
}

SVP_COMMAND_FUNC(at)
{
    HvTime now = monitor_system_now(console->system),
           due_ns = due_time(console, svp_call_value(call, "time"));
    const SvpValue *command = svp_call_value(call, "command");
    g_autofree char *due = svp_text_seconds(due_ns), *current = svp_text_seconds(now);

    if (due_ns < now) {
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_PAST, "%s has passed: the clock stands at %s\nGive a later time", due,
            current);
        return false;
    }
    if (!svp_console_confirm(console, command->command, error))
        return false;
    /* The queue outlives this call, so it gets a call of its own. */
    SvpCall *copy = svp_command_parse(svp_console_state(console), command->command->text, NULL, error);

    g_assert(copy);
    g_autofree char *source = g_strdup_printf("%s (AT)", console->source);

    svp_console_queue(console, due_ns, copy, source);
    if (result->json) {
        json_object_set_new(result->json, "queued", json_string(copy->text));
        json_object_set_new(result->json, "due_s", svp_json_seconds(due_ns));
        return true;
    }
    svp_page_printf(result->page, SVP_STYLE_GOOD, "Queued for %s: %s\n", due, copy->text);
    return true;
}

SVP_COMMAND_FUNC(quit)
{
    (void)error;
    console->quit = true;
    console->keep = console->keep || svp_call_word(call, "KEEP");
    if (result->json)
        json_object_set_new(result->json, "quit", json_true());
    return true;
}
