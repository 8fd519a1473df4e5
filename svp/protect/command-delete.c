/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * DELETE: what was defined, and snapshots.
 *
 * Nothing that is needed goes away; what needs it is in the message (svp/protect/protect-define.c, protect-take.c).
 */
#include "svp/command-row.h"
#include "svp/console-private.h"
#include "svp/error.h"
#include "svp/message.h"
#include "svp/protect/policy-run.h"

static bool say_deleted(SvpResult *result, const char *what, const char *name)
{
    if (result->json) {
        json_object_set_new(result->json, "deleted", json_string(what));
        json_object_set_new(result->json, "name", json_string(name));
    } else {
        svp_page_printf(result->page, SVP_STYLE_GOOD, "Deleted: %s %s\n", what, name);
    }
    return true;
}

SVP_COMMAND_FUNC(delete_policy)
{
    SvpProtect *protect = svp_console_protect(console, error);
    const char *name = svp_call_word(call, "policy");

    return protect && svp_protect_delete_policy(protect, name, error) && say_deleted(result, "policy", name);
}

SVP_COMMAND_FUNC(delete_group)
{
    SvpProtect *protect = svp_console_protect(console, error);
    const char *name = svp_call_word(call, "group");

    return protect && svp_protect_delete_group(protect, name, error) &&
           say_deleted(result, "resource group", name);
}

SVP_COMMAND_FUNC(delete_schedule)
{
    SvpProtect *protect = svp_console_protect(console, error);
    const char *group = svp_call_word(call, "group"), *policy = svp_call_word(call, "policy");
    g_autofree char *what = g_strdup_printf("schedule of group %s, policy", group);

    return protect && svp_protect_unfollow(protect, group, policy, error) &&
           say_deleted(result, what, policy);
}

static bool
delete_relation(SvpConsole *console, const SvpCall *call, SvpPlace place, SvpResult *result, GError **error)
{
    SvpProtect *protect = svp_console_protect(console, error);
    const char *group = svp_call_word(call, "group");
    g_auto(SvpProtectReport) report = {0};
    g_autofree char *what = g_strdup_printf("%s of group", svp_place_name(place));

    svp_protect_report_begin(&report);
    if (!protect || !svp_protect_delete_relation(protect, group, place, &report, error))
        return false;
    if (result->json)
        json_object_set_new(result->json, "copies_dropped", json_integer(report.n_dropped));
    return say_deleted(result, what, group);
}

SVP_COMMAND_FUNC(delete_mirror)
{
    return delete_relation(console, call, SVP_PLACE_MIRROR, result, error);
}

SVP_COMMAND_FUNC(delete_vault)
{
    return delete_relation(console, call, SVP_PLACE_VAULT, result, error);
}

static bool read_place(const char *text, SvpPlace *ret_place, GError **error)
{
    *ret_place = SVP_PLACES;
    if (!text || svp_place_parse(text, ret_place))
        return true;
    g_autofree char *quoted = svp_message_quote(text);

    g_set_error(
        error, SVP_ERROR, SVP_ERROR_OPERAND,
        "%s is no place of copies\nGive FROM(PRIMARY), FROM(MIRROR) or FROM(VAULT)", quoted);
    return false;
}

SVP_COMMAND_FUNC(delete_snapshot)
{
    SvpProtect *protect = svp_console_protect(console, error);
    const char *name = svp_call_word(call, "snapshot");
    bool force = svp_call_word(call, "FORCE") != NULL;
    SvpPlace place;

    return protect && read_place(svp_call_word(call, "FROM"), &place, error) &&
           svp_protect_delete_snapshot(protect, name, place, force, error) &&
           say_deleted(result, "snapshot", name);
}
