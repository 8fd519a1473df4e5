/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * GUEST lpar,SAVE and RESTORE; TAKEUP: what is done to real guests as a whole.
 *
 * The monitor does it; here the result is printed: the files of the save with their lengths and digests, how long the guest stood, how long
 * it took. TAKEUP ALL takes up what an earlier console of the machine has left running, and leaves alone what does not run.
 */
#include "hv/error.h"
#include "monitor/real-save.h"
#include "svp/command-row.h"
#include "svp/console-private.h"
#include "svp/output.h"
#include "svp/save/real-saved.h"

/* --- Saves ---------------------------------------------------------------------------------------------- */

static LparControl *lpar_of(SvpConsole *console, const SvpCall *call)
{
    return monitor_system_lpar(console->system, svp_call_lpar(call, "lpar"));
}

SVP_COMMAND_FUNC(guest_save)
{
    LparControl *lpar = lpar_of(console, call);
    HvSaveKind kind = svp_call_word(call, "STOP")    ? HV_SAVE_STOP
                      : svp_call_word(call, "DISKS") ? HV_SAVE_DISKS
                                                     : HV_SAVE_LIVE;
    g_autoptr(HvGuestSaved) saved = monitor_system_save_real(
        console->system, lpar_number(lpar), svp_call_word(call, "folder"), kind, error);

    if (!saved)
        return false;
    if (result->json) {
        svp_real_saved_json(lpar, saved, result->json);
        json_object_set_new(result->json, "folder", json_string(saved->folder));
        return true;
    }
    g_autofree char *took = svp_text_seconds(saved->took_ns);
    g_autofree char *hold = kind == HV_SAVE_STOP ? g_strdup("it has ended") : svp_text_hold(saved);

    svp_page_printf(
        result->page, SVP_STYLE_GOOD, "The guest of %s is saved into %s, in %s%s%s.\n", lpar_name(lpar),
        saved->folder, took, hold ? "; " : "", hold ? hold : "");
    svp_real_saved_files(saved, result->page);
    return true;
}

SVP_COMMAND_FUNC(guest_restore)
{
    LparControl *lpar = lpar_of(console, call);
    g_autoptr(HvGuestSaved) saved =
        monitor_system_restore_real(console->system, lpar_number(lpar), svp_call_word(call, "folder"), error);

    if (!saved)
        return false;
    if (result->json) {
        svp_real_saved_json(lpar, saved, result->json);
        json_object_set_new(result->json, "folder", json_string(saved->folder));
        return true;
    }
    svp_page_printf(
        result->page, SVP_STYLE_GOOD, "The guest of %s %s %s, saved of domain %s.\n", lpar_name(lpar),
        saved->kind == HV_SAVE_DISKS ? "boots from the disks in" : "goes on from", saved->folder,
        saved->domain);
    return true;
}

/* --- Taking up ------------------------------------------------------------------------------------------ */

static void show_taken(const LparControl *lpar, bool loaded, const SvpResult *result, json_t *lpars)
{
    if (lpars)
        json_array_append_new(
            lpars, json_pack("{s:s, s:s}", "name", lpar_name(lpar), "how", loaded ? "loaded" : "taken up"));
    else
        svp_page_printf(
            result->page, SVP_STYLE_GOOD, "%s: %s.\n", lpar_name(lpar),
            loaded ? "its domain had ended, and is loaded again" : "its domain is taken up as it runs");
}

/* ALL: those that run; one alone must. */
static bool take_up(
    SvpConsole *console, LparControl *lpar, bool all, bool load, const SvpResult *result, json_t *lpars,
    GError **error)
{
    GError *problem = NULL;
    bool loaded;

    if (monitor_system_take_up(console->system, lpar_number(lpar), load, &loaded, &problem)) {
        show_taken(lpar, loaded, result, lpars);
        return true;
    }
    if (all && g_error_matches(problem, HV_ERROR, HV_ERROR_GONE)) {
        g_clear_error(&problem);
        return true;
    }
    g_propagate_error(error, problem);
    return false;
}

static bool is_meant(const LparControl *lpar, unsigned wanted)
{
    if (wanted > 0)
        return lpar_number(lpar) == wanted;
    return lpar_is_real(lpar) &&
           (lpar_run_state(lpar) == LPAR_NOT_ACTIVATED || lpar_run_state(lpar) == LPAR_NOT_OPERATING);
}

SVP_COMMAND_FUNC(takeup)
{
    unsigned wanted = svp_call_lpar(call, "lpar");
    const GPtrArray *all = svp_console_state(console)->lpars;
    json_t *lpars = result->json ? json_array() : NULL;
    bool ok = true;

    for (unsigned i = 0; ok && i < all->len; i++) {
        LparControl *lpar =
            monitor_system_lpar(console->system, ((const ResmgrLpar *)g_ptr_array_index(all, i))->number);

        if (is_meant(lpar, wanted))
            ok = take_up(
                console, lpar, wanted == 0, svp_call_word(call, "LOAD") != NULL, result, lpars, error);
    }
    if (lpars)
        json_object_set_new(result->json, "lpars", lpars);
    return ok;
}

SVP_COMMAND_FUNC(set_keep)
{
    console->keep = g_str_equal(svp_call_word(call, "ON|OFF"), "ON");
    (void)error;
    if (result->json)
        json_object_set_new(result->json, "keep", json_boolean(console->keep));
    else
        svp_page_printf(
            result->page, SVP_STYLE_GOOD, "Domains of real guests %s when the session ends.\n",
            console->keep ? "are left running" : "shut down");
    return true;
}
