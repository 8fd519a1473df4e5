/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Policies at work: what RUN carries out when a snapshot is due.
 *
 *     due --> its steps PRE, SNAPSHOT, its steps POST --each carried out in turn--> ended
 *                                   +--one is refused--> ended: the rest is not carried out, and a message says so
 *
 * Each is a command like those that AT queues: announced, printed, entered in the log, at its simulated time. So two runs of the same commands
 * take the same snapshots. One policy is under way at a time; others that are due meanwhile follow. When an operator's command and a policy
 * are due at one time, the operator's is first, unless a policy that has the console for itself is under way: that one begins when no job is active, and
 * until it has ended commands that AT has queued wait. Any policy's next step waits while a job is active, so a step that is a save is through before the
 * next begins.
 */
#include "svp/protect/policy-run.h"

#include "svp/error.h"
#include "svp/message.h"

struct SvpPolicyRun {
    char *group, *policy;
    GPtrArray *commands;  /* char * */
    unsigned next;        /* of them */
    unsigned jobs_failed; /* of the console, when the last of them was carried out */
    HvTime due_ns;
    bool console_only;
};

void svp_policy_run_free(SvpPolicyRun *run)
{
    if (!run)
        return;
    g_free(run->group);
    g_free(run->policy);
    g_ptr_array_unref(run->commands);
    g_free(run);
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
    };

    console->protect = svp_protect_new(&config, error);
    return console->protect;
}

/* --- What is due ------------------------------------------------------------------------------------------- */

/* Nothing is looked up for a console that has never been told of protection, now or in an earlier session. */
static bool has_protection(SvpConsole *console)
{
    return console->protect || (console->config.store && svp_store_count(console->store, "group") > 0 &&
                                svp_console_protect(console, NULL));
}

static bool jobs_are_active(const SvpConsole *console)
{
    return svp_jobs_next_due(console->jobs) != HV_TIME_NEVER;
}

/* A step that is a job takes its time, and the next one waits for its end. */
static HvTime policy_due(SvpConsole *console)
{
    SvpProtectDue due;

    if (console->policy_run)
        return jobs_are_active(console) ? HV_TIME_NEVER : console->policy_run->due_ns;
    if (!has_protection(console) || !svp_protect_next_due(console->protect, &due))
        return HV_TIME_NEVER;
    if (due.policy->console_only && due.due_ns <= monitor_system_now(console->system) &&
        jobs_are_active(console))
        return HV_TIME_NEVER;
    return due.due_ns;
}

static HvTime queue_due(const SvpConsole *console)
{
    bool waits = console->policy_run && console->policy_run->console_only;

    return waits ? HV_TIME_NEVER : svp_console_next_due(console);
}

HvTime svp_policy_run_next_due(SvpConsole *console)
{
    return MIN(policy_due(console), queue_due(console));
}

bool svp_policy_run_is_next(SvpConsole *console)
{
    return policy_due(console) < queue_due(console);
}

static void add_steps(SvpPolicyRun *run, const SvpPolicy *policy, SvpStepsKind kind)
{
    for (unsigned i = 0; i < policy->steps[kind]->len; i++)
        g_ptr_array_add(run->commands, g_strdup(policy->steps[kind]->pdata[i]));
}

static SvpPolicyRun *begin(const SvpProtectDue *due)
{
    SvpPolicyRun *run = g_new0(SvpPolicyRun, 1);

    run->group = g_strdup(due->group->name);
    run->policy = g_strdup(due->policy->name);
    run->due_ns = due->due_ns;
    run->console_only = due->policy->console_only;
    run->commands = g_ptr_array_new_with_free_func(g_free);
    add_steps(run, due->policy, SVP_STEPS_PRE);
    g_ptr_array_add(run->commands, g_strdup_printf("SNAPSHOT %s POLICY(%s)", run->group, run->policy));
    add_steps(run, due->policy, SVP_STEPS_POST);
    return run;
}

/* --- Carrying out ------------------------------------------------------------------------------------------ */

/* Like a command that AT has queued, but that the journal does not look for it among those. */
static void announce(SvpConsole *console, const SvpPolicyRun *run, const SvpCall *call)
{
    g_autofree char *prompt = svp_console_prompt(console);

    if (console->config.json)
        return;
    svp_page_printf(console->page, SVP_STYLE_DIM, "\n%s", prompt);
    svp_page_printf(console->page, SVP_STYLE_TITLE, "%s", call->text);
    svp_page_printf(console->page, SVP_STYLE_DIM, "   (policy %s of group %s)\n", run->policy, run->group);
    svp_page_flush(console->page);
}

static bool carry_out(SvpConsole *console, const SvpPolicyRun *run, const char *command)
{
    g_autofree char *source = g_strdup_printf("policy %s of %s", run->policy, run->group), *spelled = NULL;
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

static void end_refused(SvpConsole *console, const SvpPolicyRun *run)
{
    const char *command = run->commands->pdata[run->next - 1];
    unsigned left = run->commands->len - run->next;

    if (left == 0)
        return;
    g_autofree char *text = svp_message_note(
        SVP_MESSAGE_POLICY_ENDED, "Policy %s of group %s ended at %s; not carried out: %u step%s after it",
        run->policy, run->group, command, left, left == 1 ? "" : "s");

    fprintf(console->config.err, "%s\n", text);
    fflush(console->config.err);
}

/* The schedule goes on whatever becomes of this one; one that cannot be written down would be due for ever, so it is taken as refused. */
static bool begin_due(SvpConsole *console, GError **error)
{
    SvpProtectDue due;
    bool is_due = svp_protect_next_due(console->protect, &due);

    g_assert(is_due);
    SvpPolicyRun *run = begin(&due);

    if (!svp_protect_due_done(console->protect, &due, error)) {
        svp_policy_run_free(run);
        return false;
    }
    console->policy_run = run;
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
    SvpPolicyRun *run = console->policy_run;
    /* A step that is a job was carried out when it began; how it has ended shows now. */
    bool ok = run->next == 0 || console->jobs_failed <= run->jobs_failed;

    run->jobs_failed = console->jobs_failed;
    ok = ok && carry_out(console, run, run->commands->pdata[run->next++]);

    if (!ok)
        end_refused(console, run);
    if (!ok || run->next == run->commands->len)
        g_clear_pointer(&console->policy_run, svp_policy_run_free);
    return ok;
}
