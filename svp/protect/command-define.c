/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * DEFINE: an operator's words become policies, groups, schedules, mirrors and vaults.
 *
 * What is given is read and made into a thing here; whether it may be is for svp/protect/protect.h to say.
 */
#include "svp/command-row.h"
#include "svp/console-private.h"
#include "svp/error.h"
#include "svp/message.h"
#include "svp/protect/define-words.h"
#include "svp/protect/frames-protect.h"
#include "svp/protect/name.h"
#include "svp/protect/policy-run.h"

#include <string.h>

static void say_defined(SvpResult *result, const char *what, const char *name)
{
    if (result->json) {
        json_object_set_new(result->json, "defined", json_string(what));
        json_object_set_new(result->json, "name", json_string(name));
    } else {
        svp_page_printf(result->page, SVP_STYLE_GOOD, "Defined: %s %s\n", what, name);
    }
}

/* --- Policies --------------------------------------------------------------------------------------------- */

static bool read_policy(const SvpCall *call, SvpPolicy *policy, GError **error)
{
    const char *keep = svp_call_word(call, "KEEP"), *label = svp_call_word(call, "LABEL");

    if (!svp_schedule_set(&policy->schedule, svp_call_word(call, "AT"), svp_call_word(call, "DAY"), error) ||
        (keep && !svp_keep_parse(keep, &policy->keep, error)))
        return false;
    if (label) {
        g_free(policy->label);
        policy->label = g_ascii_strup(label, -1);
    }
    policy->rpo_ns = svp_call_value(call, "RPO") ? svp_call_number(call, "RPO") : 0;
    policy->console_only = svp_call_word(call, "CONSOLEONLY") != NULL;
    return true;
}

SVP_COMMAND_FUNC(define_policy)
{
    SvpProtect *protect = svp_console_protect(console, error);
    const char *name = svp_call_word(call, "policy"), *given = svp_call_word(call, "FREQUENCY");
    SvpFrequency frequency = SVP_FREQUENCY_NONE;

    if (!protect || (given && !svp_frequency_parse(given, &frequency, error)))
        return false;
    g_autoptr(SvpPolicy) policy = svp_policy_new(name, frequency);

    if (!read_policy(call, policy, error) ||
        !svp_protect_define_policy(protect, g_steal_pointer(&policy), error))
        return false;
    say_defined(result, "policy", name);
    return true;
}

SVP_COMMAND_FUNC(define_step)
{
    SvpProtect *protect = svp_console_protect(console, error);
    const char *policy = svp_call_word(call, "policy"), *which = svp_call_word(call, "PRE|POST");
    const SvpCall *command = svp_call_value(call, "command")->command;
    SvpStepsKind kind = strcmp(which, "PRE") == 0 ? SVP_STEPS_PRE : SVP_STEPS_POST;

    if (!protect || !svp_protect_add_step(protect, policy, kind, command->text, error))
        return false;
    if (result->json) {
        json_object_set_new(result->json, "policy", json_string(policy));
        json_object_set_new(result->json, "step", json_string(command->text));
        return true;
    }
    svp_page_printf(
        result->page, SVP_STYLE_GOOD, "%s the snapshots of policy %s: %s\n",
        kind == SVP_STEPS_PRE ? "Before" : "After", policy, command->text);
    return true;
}

/* --- Groups ----------------------------------------------------------------------------------------------- */

static bool add_lpar(SvpGroup *group, const ResmgrLpar *lpar, GError **error)
{
    if (!lpar)
        return false;
    if (!svp_group_has(group, lpar->name)) {
        g_ptr_array_add(group->lpars, g_strdup(lpar->name));
        return true;
    }
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_POLICY, "LPAR %s is named twice\nName each LPAR of a group once",
        lpar->name);
    return false;
}

static void add_all_lpars(SvpGroup *group, const ResmgrState *state)
{
    for (unsigned i = 0; i < state->lpars->len; i++)
        g_ptr_array_add(group->lpars, g_strdup(((const ResmgrLpar *)state->lpars->pdata[i])->name));
}

bool svp_group_read_lpars(SvpGroup *group, const ResmgrState *state, const char *names, GError **error)
{
    g_auto(GStrv) words = g_strsplit_set(names ? names : "", ", ", -1);

    if (g_ascii_strcasecmp(names ? names : "", "ALL") == 0)
        add_all_lpars(group, state);
    else
        for (char **word = words; *word; word++)
            if (**word && !add_lpar(group, resmgr_state_find(state, *word, error), error))
                return false;
    if (group->lpars->len > 0)
        return true;
    g_set_error_literal(
        error, SVP_ERROR, SVP_ERROR_POLICY,
        "A resource group has LPARs\nGive them as LPARS(LPAR1,LPAR2), or LPARS(ALL)");
    return false;
}

/* The group with its first schedule, or neither. */
static bool define_following(SvpProtect *protect, const SvpCall *call, const char *name, GError **error)
{
    const char *policy = svp_call_word(call, "POLICY"), *at = svp_call_word(call, "AT"),
               *day = svp_call_word(call, "DAY");

    if (!policy && (at || day)) {
        svp_protect_delete_group(protect, name, NULL);
        g_set_error_literal(
            error, SVP_ERROR, SVP_ERROR_POLICY,
            "AT and DAY say when a policy is followed\nGive POLICY as well");
        return false;
    }
    if (!policy || svp_protect_follow(protect, name, policy, at, day, /* wall= */ false, error))
        return true;
    svp_protect_delete_group(protect, name, NULL);
    return false;
}

SVP_COMMAND_FUNC(define_group)
{
    SvpProtect *protect = svp_console_protect(console, error);
    const char *name = svp_call_word(call, "group");
    g_autoptr(SvpGroup) group = svp_group_new(name);

    if (!protect ||
        !svp_group_read_lpars(group, svp_console_state(console), svp_call_word(call, "LPARS"), error) ||
        !svp_protect_define_group(protect, g_steal_pointer(&group), error) ||
        !define_following(protect, call, name, error))
        return false;
    say_defined(result, "resource group", name);
    return true;
}

bool svp_word_parse(
    const char *given, const char *operand, const char *const *words, unsigned n_words, unsigned *ret_word,
    GError **error)
{
    g_autofree char *lower = g_ascii_strdown(given, -1), *quoted = svp_message_quote(given);

    if (hv_quantity_parse_word(lower, words, n_words, ret_word))
        return true;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_POLICY, "%s is not understood for %s\nGive %s(%s) or %s(%s)", quoted,
        operand, operand, words[0], operand, words[1]);
    return false;
}

bool svp_clock_read(const char *given, bool *ret_wall, GError **error)
{
    static const char *const clocks[] = {"machine", "wall"};
    unsigned clock = 0;

    if (given && !svp_word_parse(given, "CLOCK", clocks, G_N_ELEMENTS(clocks), &clock, error))
        return false;
    *ret_wall = clock == 1;
    return true;
}

void svp_schedule_say(const SvpProtect *protect, const char *group, const char *policy, SvpResult *result)
{
    const SvpGroup *defined = svp_catalog_group(svp_protect_catalog(protect), group);
    const SvpGroupSchedule *schedule = svp_group_schedule(defined, policy);
    g_autofree char *when = svp_group_schedule_format(schedule);

    if (result->json)
        json_object_set_new(result->json, "group", svp_group_json(protect, defined));
    else
        svp_page_printf(
            result->page, SVP_STYLE_GOOD, "Group %s follows policy %s: %s\n", defined->name, schedule->policy,
            when);
}

SVP_COMMAND_FUNC(define_schedule)
{
    SvpProtect *protect = svp_console_protect(console, error);
    const char *group = svp_call_word(call, "group"), *policy = svp_call_word(call, "policy");
    bool wall;

    if (!protect || !svp_clock_read(svp_call_word(call, "CLOCK"), &wall, error) ||
        !svp_protect_follow(
            protect, group, policy, svp_call_word(call, "AT"), svp_call_word(call, "DAY"), wall, error))
        return false;
    svp_schedule_say(protect, group, policy, result);
    return true;
}

/* --- Mirrors and vaults ------------------------------------------------------------------------------------ */

static bool
define_relation(SvpConsole *console, const SvpCall *call, SvpPlace place, SvpResult *result, GError **error)
{
    SvpProtect *protect = svp_console_protect(console, error);
    const char *only = svp_call_word(call, "ONLY"), *group = svp_call_word(call, "group");

    if (!protect)
        return false;
    if (console->config.no_files) {
        g_set_error_literal(
            error, SVP_ERROR, SVP_ERROR_FILE,
            "This console writes no files\nDefine mirrors and vaults where files can be written");
        return false;
    }
    SvpRelation *relation = g_new0(SvpRelation, 1);

    relation->group = g_strdup(group);
    relation->place = place;
    relation->path = svp_relation_resolve(svp_call_word(call, "folder"));
    relation->policy = g_strdup(svp_call_word(call, "POLICY"));
    relation->only = only ? g_ascii_strup(only, -1) : NULL;
    if (!svp_protect_define_relation(protect, relation, svp_call_word(call, "FROM"), error))
        return false;
    const SvpRelation *defined = svp_catalog_relation(svp_protect_catalog(protect), group, place);

    if (result->json) {
        json_object_set_new(result->json, "relation", svp_relation_json(protect, defined));
        return true;
    }
    svp_page_printf(
        result->page, SVP_STYLE_GOOD, "The %s of group %s is %s; UPDATE %s INITIALIZE prepares it.\n",
        svp_place_name(place), defined->group, defined->path, defined->group);
    return true;
}

SVP_COMMAND_FUNC(define_mirror)
{
    return define_relation(console, call, SVP_PLACE_MIRROR, result, error);
}

SVP_COMMAND_FUNC(define_vault)
{
    return define_relation(console, call, SVP_PLACE_VAULT, result, error);
}
