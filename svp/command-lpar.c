/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ACTIVATE, DEACTIVATE, LOAD, START, STOP, COMPLETE: one LPAR, or with ALL every one for which the command has a meaning, in the
 * order of their numbers.
 *
 * ALL stops at the first LPAR that is refused; the message says which ones had been done.
 */
#include "svp/command-row.h"
#include "svp/console-private.h"
#include "svp/output.h"

typedef bool (*Change)(MonitorSystem *system, unsigned lpar, GError **error);

/* An LPAR and the state it is in now. */
static void show_lpar(SvpConsole *console, unsigned number, json_t *lpars, SvpPage *page)
{
    const LparControl *lpar = monitor_system_lpar(console->system, number);
    const char *state = lpar_run_state_name(lpar_run_state(lpar));

    if (lpars)
        json_array_append_new(
            lpars,
            json_pack("{s:i, s:s, s:s}", "number", (int)number, "name", lpar_name(lpar), "state", state));
    else
        svp_page_printf(page, SVP_STYLE_GOOD, "%s is %s.\n", lpar_name(lpar), state);
}

/* Carries the change out on each; *ret_done has those that it was carried out on. */
static bool
change_each(SvpConsole *console, const GArray *numbers, Change change, GArray *ret_done, GError **error)
{
    for (unsigned i = 0; i < numbers->len; i++) {
        unsigned number = g_array_index(numbers, unsigned, i);

        if (!change(console->system, number, error))
            return false;
        g_array_append_val(ret_done, number);
    }
    return true;
}

static void say_what_was_done(SvpConsole *console, const GArray *done, GError **error)
{
    g_autoptr(GString) names = g_string_new(NULL);

    for (unsigned i = 0; i < done->len; i++)
        g_string_append_printf(
            names, "%s%s", i ? ", " : "",
            lpar_name(monitor_system_lpar(console->system, g_array_index(done, unsigned, i))));
    if (done->len > 0)
        g_prefix_error(error, "After %s: ", names->str);
}

static bool
change_lpars(SvpConsole *console, const GArray *numbers, Change change, SvpResult *result, GError **error)
{
    g_autoptr(GArray) done = g_array_new(FALSE, FALSE, sizeof(unsigned));
    json_t *lpars = result->json ? json_array() : NULL;
    bool ok = change_each(console, numbers, change, done, error);

    if (!ok)
        say_what_was_done(console, done, error);
    for (unsigned i = 0; ok && i < done->len; i++)
        show_lpar(console, g_array_index(done, unsigned, i), lpars, result->page);
    if (lpars)
        json_object_set_new(result->json, "lpars", lpars);
    if (ok && !lpars && done->len == 0)
        svp_page_add(result->page, SVP_STYLE_PLAIN, "There is no LPAR to do that to.\n");
    return ok;
}

static bool
change_one(SvpConsole *console, const SvpCall *call, Change change, SvpResult *result, GError **error)
{
    unsigned number = svp_call_lpar(call, "lpar");
    g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(unsigned));

    g_array_append_val(numbers, number);
    return change_lpars(console, numbers, change, result, error);
}

/* ALL: those that are in that state. */
static bool
change_all(SvpConsole *console, LparRunState state, Change change, SvpResult *result, GError **error)
{
    g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(unsigned));
    const GPtrArray *lpars = svp_console_state(console)->lpars;

    for (unsigned i = 0; i < lpars->len; i++) {
        unsigned number = ((const ResmgrLpar *)g_ptr_array_index(lpars, i))->number;

        if (lpar_run_state(monitor_system_lpar(console->system, number)) == state)
            g_array_append_val(numbers, number);
    }
    return change_lpars(console, numbers, change, result, error);
}

SVP_COMMAND_FUNC(activate)
{
    if (svp_call_lpar(call, "lpar") == 0)
        return change_all(console, LPAR_NOT_ACTIVATED, monitor_system_activate, result, error);
    return change_one(console, call, monitor_system_activate, result, error);
}

SVP_COMMAND_FUNC(load)
{
    if (svp_call_lpar(call, "lpar") == 0)
        return change_all(console, LPAR_NOT_OPERATING, monitor_system_load, result, error);
    return change_one(console, call, monitor_system_load, result, error);
}

SVP_COMMAND_FUNC(deactivate)
{
    const LparControl *lpar = monitor_system_lpar(console->system, svp_call_lpar(call, "lpar"));

    return lpar_can_deactivate(lpar, error) && svp_console_confirm(console, call, error) &&
           change_one(console, call, monitor_system_deactivate, result, error);
}

SVP_COMMAND_FUNC(start)
{
    return change_one(console, call, monitor_system_start, result, error);
}

SVP_COMMAND_FUNC(stop)
{
    return change_one(console, call, monitor_system_stop, result, error);
}

SVP_COMMAND_FUNC(complete_lpar)
{
    return change_one(console, call, monitor_system_complete, result, error);
}
