/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SNAPSHOT and UPDATE: content is captured, and copies of it are written.
 *
 * A copy that could not be written does not undo a snapshot: the command is carried out and says so, and REPORT PROTECTION goes on saying so until
 * it is there.
 */
#include "svp/command-row.h"
#include "svp/console-private.h"
#include "svp/error.h"
#include "svp/output.h"
#include "svp/protect/frames-protect.h"
#include "svp/protect/policy-run.h"

static void say_report(SvpResult *result, const SvpProtectReport *report)
{
    if (result->json) {
        json_object_set_new(result->json, "copies_written", json_integer(report->n_written));
        json_object_set_new(result->json, "copies_dropped", json_integer(report->n_dropped));
        json_object_set_new(result->json, "warnings", svp_json_strings(report->warnings));
        return;
    }
    if (report->n_written + report->n_dropped > 0)
        svp_page_printf(
            result->page, SVP_STYLE_PLAIN, "Copies written: %u; dropped by retention: %u.\n",
            report->n_written, report->n_dropped);
    for (unsigned i = 0; i < report->warnings->len; i++)
        svp_page_printf(result->page, SVP_STYLE_NOTABLE, "%s\n", (const char *)report->warnings->pdata[i]);
}

SVP_COMMAND_FUNC(snapshot)
{
    SvpProtect *protect = svp_console_protect(console, error);
    g_auto(SvpProtectReport) report = {0};
    const SvpSnapshotRequest request = {
        .group = svp_call_word(call, "group"),
        .policy = svp_call_word(call, "POLICY"),
        .name = svp_call_word(call, "NAME"),
        .tag = svp_call_word(call, "TAG"),
    };

    svp_protect_report_begin(&report);
    SvpProgress *progress = svp_console_working(console, "SNAPSHOT");
    const SvpSnapshot *snapshot = protect ? svp_protect_snapshot(protect, &request, &report, error) : NULL;

    svp_progress_end(progress);
    if (!snapshot)
        return false;
    if (result->json) {
        json_object_set_new(result->json, "snapshot", svp_snapshot_json(protect, snapshot));
    } else {
        g_autofree char *lpars = g_strjoinv(", ", (char **)snapshot->lpars->pdata);

        svp_page_printf(result->page, SVP_STYLE_GOOD, "Snapshot %s: %s\n", snapshot->name, lpars);
    }
    say_report(result, &report);
    return true;
}

/* Without mirror and vault there is nothing to be done but to look at the primary. */
static bool may_update(SvpProtect *protect, const SvpGroup *group, const SvpCall *call, GError **error)
{
    const SvpCatalog *catalog = svp_protect_catalog(protect);
    bool alone = !svp_catalog_relation(catalog, group->name, SVP_PLACE_MIRROR) &&
                 !svp_catalog_relation(catalog, group->name, SVP_PLACE_VAULT);

    return (alone && svp_call_word(call, "VERIFY")) ||
           svp_protect_may_replicate(protect, group, svp_call_word(call, "INITIALIZE") != NULL, error);
}

SVP_COMMAND_FUNC(update)
{
    SvpProtect *protect = svp_console_protect(console, error);
    const char *name = svp_call_word(call, "group");
    const SvpGroup *group = protect ? svp_catalog_need_group(svp_protect_catalog(protect), name, error)
                                    : NULL;
    g_auto(SvpProtectReport) report = {0};
    unsigned n_bad = 0;

    svp_protect_report_begin(&report);
    if (!group || !may_update(protect, group, call, error))
        return false;
    SvpProgress *progress = svp_console_working(console, "UPDATE");

    if (svp_call_word(call, "VERIFY"))
        n_bad = svp_protect_verify(protect, group, &report);
    svp_protect_replicate(protect, group, &report);
    svp_protect_prune(protect, group, &report);
    svp_progress_end(progress);
    if (result->json) {
        json_object_set_new(result->json, "group", json_string(group->name));
        json_object_set_new(result->json, "damaged", json_integer(n_bad));
    } else {
        svp_page_printf(
            result->page, SVP_STYLE_GOOD, "Group %s: copies are %s.\n", group->name,
            report.warnings->len > 0 ? "not all in step" : "in step");
    }
    say_report(result, &report);
    return true;
}
