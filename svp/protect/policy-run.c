/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Policies at work: what RUN carries out when a snapshot is due.
 *
 *     due --> its steps PRE, SNAPSHOT, its steps POST --each carried out in turn--> ended
 *                     |                  ^
 *                     | one is refused,  | CONTINUE: from that step on, or (SKIP) the one behind it
 *                     v the program ends |
 *                  stopped --------------+---- FORGET, or the next time --> gone
 *
 * Each is a command like those that AT queues: announced, printed, entered in the log, at its simulated time. So two runs of the same commands
 * take the same snapshots. How far a run is stands in the catalog before and behind each step: what stops on the way is there when the program
 * starts again, and is said until somebody goes on with it.
 *
 * One policy is under way at a time; others that are due meanwhile follow. When an operator's command and a policy
 * are due at one time, the operator's is first, unless a policy that has the console for itself is under way: that one begins when no job is active, and
 * until it has ended commands that AT has queued wait, and so do batch jobs. Any policy's next step waits while a job is active, so a step that is a save is
 * through before the next begins.
 *
 * What goes by the clock on the wall is begun at the prompt as well. Its commands are recorded as those of an operator are, each at the simulated time at
 * which it was carried out, so what is done again after a crash does not look at that clock.
 */
#include "svp/protect/policy-run.h"

#include "svp/error.h"
#include "svp/message.h"

struct SvpPolicyRun {
    SvpRun *run;
    bool wall;            /* it goes on at the prompt */
    unsigned jobs_failed; /* of the console, when its last step began */
};

void svp_policy_run_free(SvpPolicyRun *policy)
{
    if (!policy)
        return;
    svp_run_free(policy->run);
    g_free(policy);
}

/* --- The console's protection ------------------------------------------------------------------------------ */

SvpProtect *svp_console_protect(SvpConsole *console, GError **error)
{
    if (console->protect)
        return console->protect;
    g_autofree char *primary = console->state
                                   ? g_build_filename(svp_state_directory(console->state), "snapshots", NULL)
                                   : NULL;
    const SvpProtectConfig config = {
        .system = console->system,
        .store = console->store,
        .primary = primary,
        .primary_medium = primary ? svp_copy_archive(console->system, /* prepared= */ false)
                                  : svp_copy_memory(console->system),
        .folder_medium = svp_copy_archive(console->system, /* prepared= */ true),
        .wall_func = console->config.wall_func,
        .wall_data = console->config.wall_data,
    };

    console->protect = svp_protect_new(&config, error);
    return console->protect;
}

/* Nothing is looked up for a console that has never been told of protection, now or in an earlier session. */
static bool has_protection(SvpConsole *console)
{
    return console->protect || (console->config.store && svp_store_count(console->store, "group") > 0 &&
                                svp_console_protect(console, NULL));
}

/* --- The run under way ------------------------------------------------------------------------------------- */

static bool jobs_are_active(const SvpConsole *console)
{
    return svp_jobs_next_due(console->jobs) != HV_TIME_NEVER;
}

static void say(const SvpConsole *console, const char *text)
{
    fprintf(console->config.err, "%s\n", text);
    fflush(console->config.err);
}

/* What cannot be written down is said; the run goes on, for services may be stopped. */
static void record(SvpConsole *console)
{
    g_autoptr(GError) error = NULL;

    if (svp_protect_record_run(console->protect, console->policy_run->run, &error))
        return;
    g_autofree char *text = svp_message_text(error);

    say(console, text);
}

static void begin_run(SvpConsole *console, SvpRun *run, bool wall)
{
    g_assert(!console->policy_run);
    console->policy_run = g_new0(SvpPolicyRun, 1);
    console->policy_run->run = run;
    console->policy_run->wall = wall;
}

static void end_run(SvpConsole *console)
{
    g_clear_pointer(&console->policy_run, svp_policy_run_free);
}

/* It is as far as it came, and stays known. */
static void stop(SvpConsole *console)
{
    SvpRun *run = console->policy_run->run;
    unsigned left = run->steps->len - run->done - 1;
    g_autofree char *text = svp_message_note(
        SVP_MESSAGE_POLICY_ENDED,
        "Policy %s of group %s ended at %s; not carried out: %u step%s after it; CONTINUE %s,%s goes on",
        run->policy, run->group, svp_run_next(run), left, left == 1 ? "" : "s", run->group, run->policy);

    run->under_way = false;
    record(console);
    say(console, text);
    end_run(console);
}

/* The step that has begun is done, now that no job is active; false: one has failed. */
static bool finish_step(SvpConsole *console)
{
    SvpPolicyRun *policy = console->policy_run;

    if (!policy->run->under_way)
        return true;
    if (console->jobs_failed_ever > policy->jobs_failed)
        return false;
    policy->run->under_way = false;
    policy->run->done++;
    record(console);
    return true;
}

/* The last step was a job, and that has ended. */
static void settle(SvpConsole *console)
{
    const SvpPolicyRun *policy = console->policy_run;

    if (!policy || !policy->run->under_way || policy->run->done + 1 < policy->run->steps->len ||
        jobs_are_active(console))
        return;
    if (finish_step(console))
        end_run(console);
    else
        stop(console);
}

/* --- What is due ------------------------------------------------------------------------------------------- */

/* A step that is a job takes its time, and the next one waits for its end. */
static HvTime policy_due(SvpConsole *console, bool wall)
{
    const SvpPolicyRun *policy = console->policy_run;
    SvpProtectDue due;

    if (policy)
        return jobs_are_active(console) || (wall && !policy->wall) ? HV_TIME_NEVER : policy->run->due_ns;
    if (!has_protection(console) || !svp_protect_next_due(console->protect, wall, &due))
        return HV_TIME_NEVER;
    if (due.policy->console_only && due.due_ns <= monitor_system_now(console->system) &&
        jobs_are_active(console))
        return HV_TIME_NEVER;
    return due.due_ns;
}

static HvTime queue_due(const SvpConsole *console)
{
    bool waits = console->policy_run && console->policy_run->run->console_only;

    return waits ? HV_TIME_NEVER : svp_console_next_due(console);
}

/* From the time at which it is due on: jobs that are active end, and no other begins. */
static bool has_console_for_itself(SvpConsole *console)
{
    SvpProtectDue due;

    if (console->policy_run)
        return console->policy_run->run->console_only;
    return has_protection(console) && svp_protect_next_due(console->protect, /* wall= */ false, &due) &&
           due.policy->console_only && due.due_ns <= monitor_system_now(console->system);
}

HvTime svp_policy_run_next_due(SvpConsole *console)
{
    settle(console);
    svp_jobs_reserve(console->jobs, has_console_for_itself(console));
    return MIN(policy_due(console, /* wall= */ false), queue_due(console));
}

bool svp_policy_run_is_next(SvpConsole *console)
{
    return policy_due(console, /* wall= */ false) < queue_due(console);
}

bool svp_policy_run_has_wall(SvpConsole *console)
{
    return has_protection(console) && svp_protect_has_wall(console->protect);
}

bool svp_policy_run_wall_is_due(SvpConsole *console)
{
    settle(console);
    svp_jobs_reserve(console->jobs, has_console_for_itself(console));
    return policy_due(console, /* wall= */ true) <= monitor_system_now(console->system);
}

/* --- Carrying out ------------------------------------------------------------------------------------------ */

/* Like a command that AT has queued, but that the journal does not look for it among those. */
static void announce(SvpConsole *console, const SvpRun *run, const SvpCall *call)
{
    g_autofree char *prompt = svp_console_prompt(console);

    if (console->config.json)
        return;
    svp_page_printf(console->page, SVP_STYLE_DIM, "\n%s", prompt);
    svp_page_printf(console->page, SVP_STYLE_TITLE, "%s", call->text);
    svp_page_printf(console->page, SVP_STYLE_DIM, "   (policy %s of group %s)\n", run->policy, run->group);
    svp_page_flush(console->page);
}

static bool carry_out(SvpConsole *console, const SvpPolicyRun *policy, const char *command)
{
    const SvpRun *run = policy->run;
    g_autofree char *source = g_strdup_printf(
        "policy %s of %s%s", run->policy, run->group, policy->wall ? ", by the clock on the wall" : "");
    g_autofree char *spelled = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(SvpCall) call = svp_command_parse(svp_console_state(console), command, &spelled, &error);

    if (call) {
        announce(console, run, call);
        return svp_console_carry_out(console, call, source, HV_TIME_NEVER);
    }
    /* It was understood when it was defined: the LPARs are others now. */
    svp_console_refuse(console, spelled, source, error);
    return false;
}

static bool take_step(SvpConsole *console)
{
    SvpPolicyRun *policy = console->policy_run;

    policy->run->under_way = true;
    policy->jobs_failed = console->jobs_failed_ever;
    record(console);
    svp_jobs_set_of_policy(console->jobs, true);
    bool ok = carry_out(console, policy, svp_run_next(policy->run));

    svp_jobs_set_of_policy(console->jobs, false);
    return ok && (jobs_are_active(console) || finish_step(console));
}

static void add_steps(SvpRun *run, const SvpPolicy *policy, SvpStepsKind kind)
{
    for (unsigned i = 0; i < policy->steps[kind]->len; i++)
        g_ptr_array_add(run->steps, g_strdup(policy->steps[kind]->pdata[i]));
}

static SvpRun *run_of(const SvpProtectDue *due)
{
    SvpRun *run = svp_run_new(due->group->name, due->policy->name);

    run->due_ns = due->due_ns;
    run->console_only = due->policy->console_only;
    add_steps(run, due->policy, SVP_STEPS_PRE);
    g_ptr_array_add(run->steps, g_strdup_printf("SNAPSHOT %s POLICY(%s)", run->group, run->policy));
    add_steps(run, due->policy, SVP_STEPS_POST);
    return run;
}

/* The schedule goes on whatever becomes of this one; one that cannot be written down would be due for ever, so it is taken as refused. */
static bool begin_due(SvpConsole *console, GError **error)
{
    SvpProtectDue due;
    bool is_due = svp_protect_next_due(console->protect, /* wall= */ false, &due);

    g_assert(is_due);
    bool wall = due.wall;
    g_autoptr(SvpRun) run = run_of(&due);

    if (!svp_protect_begin_run(console->protect, &due, svp_run_copy(run), error))
        return false;
    begin_run(console, g_steal_pointer(&run), wall);
    return true;
}

bool svp_policy_run_step(SvpConsole *console)
{
    g_autoptr(GError) error = NULL;

    if (!console->policy_run && !begin_due(console, &error)) {
        svp_console_refuse(console, "SNAPSHOT", "policy", error);
        g_clear_pointer(&console->protect, svp_protect_free);
        return false;
    }
    bool ok = finish_step(console) && take_step(console);

    if (!ok)
        stop(console);
    else if (svp_run_is_through(console->policy_run->run))
        end_run(console);
    return ok;
}

void svp_policy_run_at_prompt(SvpConsole *console)
{
    while (svp_policy_run_wall_is_due(console))
        if (svp_policy_run_step(console))
            console->queued_done++;
        else
            console->queued_refused++;
}

/* --- Going on ---------------------------------------------------------------------------------------------- */

bool svp_policy_run_continue(SvpConsole *console, const SvpRun *stopped, bool skip, GError **error)
{
    const SvpRun *under_way = console->policy_run ? console->policy_run->run : NULL;

    if (under_way) {
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_POLICY, "Policy %s of group %s is under way\nRUN until it has ended",
            under_way->policy, under_way->group);
        return false;
    }
    SvpRun *run = svp_run_copy(stopped);

    run->done += skip;
    run->under_way = false;
    run->due_ns = monitor_system_now(console->system);
    begin_run(console, run, /* wall= */ false);
    record(console);
    if (svp_run_is_through(run))
        end_run(console);
    while (console->policy_run &&
           policy_due(console, /* wall= */ false) <= monitor_system_now(console->system))
        if (!svp_policy_run_step(console))
            console->queued_refused++;
    return true;
}

void svp_policy_runs_say_stopped(SvpConsole *console)
{
    if (!console->config.store || svp_store_count(console->store, "policy-run") == 0 ||
        !svp_console_protect(console, NULL))
        return;
    const GPtrArray *runs = svp_catalog_all(svp_protect_catalog(console->protect), SVP_CATALOG_RUN);

    for (unsigned i = 0; i < runs->len; i++) {
        const SvpRun *run = runs->pdata[i];
        g_autofree char *text = svp_message_note(
            SVP_MESSAGE_POLICY_STOPPED,
            "Policy %s of group %s was cut off %s step %u of %u, %s; CONTINUE %s,%s goes on with it, and "
            "with "
            "SKIP behind it",
            run->policy, run->group, run->under_way ? "in" : "before", run->done + 1, run->steps->len,
            svp_run_next(run), run->group, run->policy);

        say(console, text);
    }
}
