/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CHANGE POLICY, GROUP and SCHEDULE, and CONTINUE: what is defined becomes otherwise, and a policy that has stopped goes on.
 *
 * What is not given stays as it is. Nothing is dropped here: the answer says how many copies the next SNAPSHOT or UPDATE will drop.
 */
#include "svp/command-row.h"
#include "svp/console-private.h"
#include "svp/error.h"
#include "svp/message.h"
#include "svp/progress.h"
#include "svp/protect/define-words.h"
#include "svp/protect/frames-protect.h"
#include "svp/protect/policy-run.h"

static void say_changed(SvpResult *result, const char *what, const char *name)
{
    if (result->json) {
        json_object_set_new(result->json, "changed", json_string(what));
        json_object_set_new(result->json, "name", json_string(name));
    } else {
        svp_page_printf(result->page, SVP_STYLE_GOOD, "Changed: %s %s\n", what, name);
    }
}

/* --- Policies --------------------------------------------------------------------------------------------- */

static bool change_frequency(const SvpCall *call, SvpPolicy *policy, GError **error)
{
    const char *given = svp_call_word(call, "FREQUENCY");
    SvpFrequency frequency;

    if (!given)
        return true;
    if (!svp_frequency_parse(given, &frequency, error))
        return false;
    policy->schedule = svp_schedule_default(frequency);
    return true;
}

static bool change_console_only(const SvpCall *call, SvpPolicy *policy, GError **error)
{
    static const char *const words[] = {"no", "yes"};
    const char *given = svp_call_word(call, "CONSOLEONLY");
    unsigned word;

    if (!given)
        return true;
    if (!svp_word_parse(given, "CONSOLEONLY", words, G_N_ELEMENTS(words), &word, error))
        return false;
    policy->console_only = word == 1;
    return true;
}

static void drop_steps(SvpPolicy *policy)
{
    for (unsigned i = 0; i < SVP_STEPS; i++)
        g_ptr_array_set_size(policy->steps[i], 0);
}

static bool change(const SvpCall *call, SvpPolicy *policy, GError **error)
{
    const char *keep = svp_call_word(call, "KEEP");

    if (!change_frequency(call, policy, error) || !change_console_only(call, policy, error) ||
        !svp_schedule_set(&policy->schedule, svp_call_word(call, "AT"), svp_call_word(call, "DAY"), error) ||
        (keep && !svp_keep_parse(keep, &policy->keep, error)))
        return false;
    if (svp_call_value(call, "RPO"))
        policy->rpo_ns = svp_call_number(call, "RPO");
    if (svp_call_word(call, "NOSTEPS"))
        drop_steps(policy);
    return true;
}

SVP_COMMAND_FUNC(change_policy)
{
    SvpProtect *protect = svp_console_protect(console, error);
    const char *name = svp_call_word(call, "policy");
    const SvpPolicy *before = protect ? svp_catalog_need_policy(svp_protect_catalog(protect), name, error)
                                      : NULL;

    if (!before)
        return false;
    json_t *record = svp_policy_to_json(before);
    g_autoptr(SvpPolicy) policy = svp_policy_from_json(record, NULL);

    json_decref(record);
    if (!change(call, policy, error) || !svp_protect_change_policy(protect, g_steal_pointer(&policy), error))
        return false;
    unsigned n_droppable = svp_protect_droppable(protect, name);

    say_changed(result, "policy", name);
    if (result->json)
        json_object_set_new(result->json, "copies_to_drop", json_integer(n_droppable));
    else if (n_droppable > 0)
        svp_page_printf(
            result->page, SVP_STYLE_NOTABLE,
            "By the rule as it is now %u cop%s will be dropped with the next SNAPSHOT or UPDATE.\n",
            n_droppable, n_droppable == 1 ? "y" : "ies");
    return true;
}

/* --- Groups and schedules --------------------------------------------------------------------------------- */

SVP_COMMAND_FUNC(change_group)
{
    SvpProtect *protect = svp_console_protect(console, error);
    const char *name = svp_call_word(call, "group");
    const SvpGroup *before = protect ? svp_catalog_need_group(svp_protect_catalog(protect), name, error)
                                     : NULL;
    g_autoptr(SvpGroup) read = svp_group_new(name);

    if (!before ||
        !svp_group_read_lpars(read, svp_console_state(console), svp_call_word(call, "LPARS"), error) ||
        !svp_protect_change_group(protect, name, g_ptr_array_ref(read->lpars), error))
        return false;
    say_changed(result, "resource group", name);
    return true;
}

SVP_COMMAND_FUNC(change_schedule)
{
    SvpProtect *protect = svp_console_protect(console, error);
    const char *group = svp_call_word(call, "group"), *policy = svp_call_word(call, "policy"),
               *clock = svp_call_word(call, "CLOCK");
    bool wall = false;

    if (!protect || !svp_clock_read(clock, &wall, error) ||
        !svp_protect_change_schedule(
            protect, group, policy, svp_call_word(call, "AT"), svp_call_word(call, "DAY"),
            clock ? &wall : NULL, error))
        return false;
    svp_schedule_say(protect, group, policy, result);
    return true;
}

/* --- Going on --------------------------------------------------------------------------------------------- */

static const SvpRun *
need_run(const SvpProtect *protect, const char *group, const char *policy, GError **error)
{
    const SvpRun *run = svp_catalog_run(svp_protect_catalog(protect), group, policy);

    if (!run)
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_PROTECT_UNKNOWN,
            "Policy %s of group %s has not stopped on the way\nREPORT PROTECTION shows what has", policy,
            group);
    return run;
}

/* What has become of it. */
static void say_run(SvpConsole *console, const char *group, const char *policy, SvpResult *result)
{
    const SvpRun *left = svp_catalog_run(svp_protect_catalog(console->protect), group, policy);
    const char *state = !left ? "through" : console->policy_run ? "under way" : "stopped";

    if (result->json) {
        json_object_set_new(result->json, "group", json_string(group));
        json_object_set_new(result->json, "policy", json_string(policy));
        json_object_set_new(result->json, "state", json_string(state));
        json_object_set_new(result->json, "queued_refused", json_integer(console->queued_refused));
        return;
    }
    svp_page_printf(
        result->page, left ? SVP_STYLE_NOTABLE : SVP_STYLE_GOOD, "Policy %s of group %s is %s%s.\n", policy,
        group, state, console->policy_run ? "; RUN carries out the rest" : "");
}

SVP_COMMAND_FUNC(continue)
{
    SvpProtect *protect = svp_console_protect(console, error);
    const char *group = svp_call_word(call, "group"), *policy = svp_call_word(call, "policy");
    const SvpRun *run = protect ? need_run(protect, group, policy, error) : NULL;
    bool forget = svp_call_word(call, "FORGET") != NULL;

    if (!run)
        return false;
    /* The commands of the steps show their own progress. */
    g_clear_pointer(&console->progress, svp_progress_end);
    if (forget && !console->policy_run
            ? !svp_protect_forget_run(protect, run, error)
            : !svp_policy_run_continue(console, run, svp_call_word(call, "SKIP") != NULL, error))
        return false;
    say_run(console, group, policy, result);
    return true;
}
