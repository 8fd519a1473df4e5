/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * RESTORE: from tape, from a snapshot, or from the snapshot before an INTEG, which takes that back; and SET PRESNAP, DISPLAY PRESNAP.
 *
 * A save or snapshot is of one LPAR and is restored to that, or, with TO, to a new one of another name. All is read and
 * checked before anything of the machine changes.
 */
#include "svp/command-row.h"
#include "svp/error.h"
#include "svp/output.h"
#include "svp/protect/policy-run.h"
#include "svp/save/presnap.h"
#include "svp/save/restore-objects.h"
#include "svp/save/restoring.h"
#include "svp/save/save.h"
#include "svp/save/tape.h"
#include "svp/table.h"

#include <string.h>

/* --- Where it comes from -------------------------------------------------------------------------------- */

static bool parse_sequence(const SvpCall *call, unsigned *ret_sequence, GError **error)
{
    const char *word = svp_call_word(call, "SEQNBR");
    uint64_t sequence = 0;

    *ret_sequence = 0;
    if (!word || g_ascii_strcasecmp(word, "*SEARCH") == 0)
        return true;
    if (!hv_quantity_parse_number(word, 1, G_MAXINT32, &sequence, NULL)) {
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_OPERAND,
            "SEQNBR('%s') is no sequence number\nGive a number of DISPLAY TAPE, or *SEARCH for the newest",
            word);
        return false;
    }
    *ret_sequence = (unsigned)sequence;
    return true;
}

/* Of the first of the units, at which volumes are mounted: bytes per second. */
static uint64_t rate_of(const SvpConsole *console, const char *units)
{
    g_auto(GStrv) names = g_strsplit(units, " ", 2);

    return svp_tapes_find(console->tapes, names[0], NULL)->rate_bytes;
}

static MonitorCapture *
from_tape(SvpConsole *console, const SvpCall *call, const char *lpar, uint64_t *ret_rate, GError **error)
{
    const char *units = svp_call_word(call, "DEV");
    unsigned sequence;

    if (!parse_sequence(call, &sequence, error))
        return NULL;
    g_autoptr(SvpVolumeSet) set = svp_tapes_open(console->tapes, units, svp_call_word(call, "VOL"), error);

    if (!set)
        return NULL;
    *ret_rate = rate_of(console, units);
    return svp_save_read(set, console->system, sequence, lpar, NULL, error);
}

static MonitorCapture *
from_snapshot(SvpConsole *console, const SvpCall *call, const char *lpar, GError **error)
{
    SvpProtect *protect = svp_console_protect(console, error);
    const char *from = svp_call_word(call, "FROM");
    SvpPlace place = SVP_PLACES;

    if (!protect)
        return NULL;
    if (from && !svp_place_parse(from, &place)) {
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_OPERAND,
            "FROM('%s') is no place of copies\nGive FROM(PRIMARY), FROM(MIRROR) or FROM(VAULT)", from);
        return NULL;
    }
    return svp_protect_find(protect, svp_call_word(call, "SNAPSHOT"), lpar, place, error);
}

static bool one_source(const SvpCall *call, GError **error)
{
    int n = (svp_call_word(call, "DEV") != NULL) + (svp_call_word(call, "SNAPSHOT") != NULL) +
            (svp_call_word(call, "PRESNAP") != NULL);

    if (n == 1)
        return true;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_RESTORE, "%s\nGive one of DEV(unit), SNAPSHOT(name) and PRESNAP",
        n == 0 ? "It is not said what is restored" : "More than one thing to restore from is given");
    return false;
}

/* What is restored, in *restoring; what is read is *ret_read, the caller's. */
static bool find_source(
    SvpConsole *console, const SvpCall *call, SvpRestoring *restoring, MonitorCapture **ret_read,
    GError **error)
{
    const ResmgrLpar *lpar = resmgr_state_lpar(svp_console_state(console), restoring->lpar);

    if (!one_source(call, error))
        return false;
    if (svp_call_word(call, "PRESNAP")) {
        const SvpPresnap *presnap = svp_presnaps_find(console->presnaps, lpar, error);

        if (!presnap)
            return false;
        restoring->capture = presnap->capture;
        restoring->giver_before = presnap->giver;
        return true;
    }
    SvpProgress *progress = svp_console_working(console, "RESTORE");

    *ret_read = svp_call_word(call, "DEV")
                    ? from_tape(console, call, lpar->name, &restoring->content_rate, error)
                    : from_snapshot(console, call, lpar->name, error);
    svp_progress_end(progress);
    restoring->capture = *ret_read;
    return *ret_read != NULL;
}

/* --- Single objects ------------------------------------------------------------------------------------- */

static bool restore_objects(SvpConsole *console, const SvpCall *call, SvpResult *result, GError **error)
{
    const char *units = svp_call_word(call, "DEV");
    SvpRestoreObjects wish = {
        .lpar = svp_call_lpar(call, "lpar"),
        .objects = svp_call_word(call, "OBJECT"),
        .file = svp_call_word(call, "TO"),
        .plan = svp_call_word(call, "PLAN") != NULL};

    if (!one_source(call, error) || !parse_sequence(call, &wish.sequence, error))
        return false;
    if (!units) {
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_RESTORE,
            "Single objects are those of a save on tape\nGive DEV(unit); a snapshot can be restored as a "
            "whole, or under another name");
        return false;
    }
    g_autoptr(SvpVolumeSet) set = svp_tapes_open(console->tapes, units, svp_call_word(call, "VOL"), error);

    if (!set)
        return false;
    wish.set = set;
    wish.rate_bytes = rate_of(console, units);
    return svp_restore_objects(console, &wish, result, error);
}

/* --- The command ---------------------------------------------------------------------------------------- */

/* For REPORT PROTECTION. The restore is done: what cannot be noted is only not known later. */
static void note_measure(SvpConsole *console, const char *lpar, HvTime took_ns, gint64 begun_us)
{
    SvpProtect *protect = svp_console_protect(console, NULL);

    if (protect)
        svp_protect_measured(
            protect, lpar, SVP_MEASURE_RESTORE, took_ns, g_get_monotonic_time() - begun_us, NULL);
}

SVP_COMMAND_FUNC(restore)
{
    g_autoptr(MonitorCapture) read = NULL;
    gint64 begun_us = g_get_monotonic_time();
    HvTime took_ns = 0;
    SvpRestoring restoring = {
        .lpar = svp_call_lpar(call, "lpar"),
        .to = svp_call_word(call, "TO"),
        .plan = svp_call_word(call, "PLAN") != NULL,
        .partial = svp_call_word(call, "PARTIAL") != NULL,
    };

    if (svp_call_word(call, "OBJECT"))
        return restore_objects(console, call, result, error);
    if (!find_source(console, call, &restoring, &read, error) ||
        !svp_restoring_carry_out(console, &restoring, result, &took_ns, error))
        return false;
    if (!restoring.plan)
        note_measure(console, restoring.capture->name, took_ns, begun_us);
    if (!restoring.plan && restoring.to && svp_call_word(call, "SNAPSHOT") && console->protect)
        svp_protect_add_clone(
            console->protect, svp_call_word(call, "SNAPSHOT"), restoring.capture->name, restoring.to, NULL);
    return true;
}

/* --- Snapshots before INTEG ------------------------------------------------------------------------------ */

SVP_COMMAND_FUNC(set_presnap)
{
    bool on = g_str_equal(svp_call_word(call, "ON|OFF"), "ON");

    if (!svp_presnaps_set(console->presnaps, on, error))
        return false;
    if (result->json)
        json_object_set_new(result->json, "presnap", json_boolean(on));
    else
        svp_page_wrap(
            result->page, SVP_STYLE_GOOD,
            on ? "Before each INTEG a snapshot is taken, from which RESTORE lpar PRESNAP brings the LPAR "
                 "back."
               : "No snapshots are taken before INTEG any more.",
            0, 0);
    return true;
}

static uint64_t pages_of(const MonitorCapture *capture)
{
    uint64_t pages = 0;

    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++)
        pages += capture->content[k] ? hv_storage_snapshot_pages(capture->content[k]) : 0;
    return pages;
}

static void draw_presnaps(const GPtrArray *list, SvpPage *page)
{
    static const SvpColumn columns[] = {
        {"LPAR", false}, {"taken", true}, {"before INTEG into", false}, {"content", true}};
    g_autoptr(SvpTable) table = svp_table_new(columns, G_N_ELEMENTS(columns));

    for (unsigned i = 0; i < list->len; i++) {
        const SvpPresnap *presnap = g_ptr_array_index(list, i);
        g_autofree char *at = svp_text_seconds(presnap->capture->at_ns);
        g_autofree char *content = hv_quantity_format_size(pages_of(presnap->capture) * HV_PAGE_SIZE);

        svp_table_cell(table, "%s", presnap->capture->name);
        svp_table_cell(table, "%s", at);
        svp_table_cell(table, "%s", presnap->giver->name);
        svp_table_cell(table, "%s", content);
    }
    svp_table_print(table, page);
}

SVP_COMMAND_FUNC(display_presnap)
{
    g_autoptr(GPtrArray) list = svp_presnaps_list(console->presnaps);
    bool on = svp_presnaps_are_on(console->presnaps);

    (void)call;
    (void)error;
    if (result->page) {
        svp_page_title(result->page, "Snapshots before INTEG: %s", on ? "on" : "off");
        draw_presnaps(list, result->page);
        return true;
    }
    json_t *presnaps = json_array();

    for (unsigned i = 0; i < list->len; i++) {
        const SvpPresnap *presnap = g_ptr_array_index(list, i);

        json_array_append_new(
            presnaps, json_pack(
                          "{s:s, s:o, s:s, s:o}", "lpar", presnap->capture->name, "at_s",
                          svp_json_seconds(presnap->capture->at_ns), "survivor", presnap->giver->name,
                          "content_mib", svp_json_mib(pages_of(presnap->capture) * HV_PAGE_SIZE)));
    }
    json_object_set_new(result->json, "presnap", json_boolean(on));
    json_object_set_new(result->json, "snapshots", presnaps);
    return true;
}
