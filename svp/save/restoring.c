/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An LPAR that is put back, or put beside itself: what there was, the steps as they happen, what there is.
 *
 * As with INTEG the plan comes first in any case, so a refusal comes before anything is drawn. A new LPAR is defined before the plan,
 * which needs it, and is gone again if nothing comes of it: then nothing has changed.
 */
#include "svp/save/restoring.h"

#include "monitor/image.h"
#include "resmgr/define.h"
#include "svp/frames/frames.h"
#include "svp/output.h"
#include "svp/save/save.h"

/* --- Who ------------------------------------------------------------------------------------------------ */

/* The number of the LPAR that is put back; 0: refused. A new one is like the one that was captured, but for its name. */
static unsigned target(SvpConsole *console, const SvpRestoring *restoring, GError **error)
{
    const ResmgrLpar *lpar = resmgr_state_lpar(svp_console_state(console), restoring->lpar);

    if (!restoring->to)
        return restoring->lpar;
    const ResmgrLparDef *def = resmgr_definition_find(monitor_system_definition(console->system), lpar->name);

    if (!monitor_system_define(console->system, resmgr_lpar_def_copy(def, restoring->to, 0), error))
        return 0;
    return resmgr_state_find(svp_console_state(console), restoring->to, NULL)->number;
}

static void give_up_target(SvpConsole *console, const SvpRestoring *restoring, unsigned lpar)
{
    if (restoring->to) {
        bool gone = monitor_system_undefine(console->system, lpar, NULL);

        g_assert(gone);
    }
}

/* --- What is shown -------------------------------------------------------------------------------------- */

static void
draw(SvpConsole *console, const MonitorRestoreReport *report, const ResmgrState *state, const char *when)
{
    const unsigned lpars[2] = {report->plan->lpar, report->plan->giver};

    svp_assignment_frame(console->page, console->system, state, lpars, when);
}

static void draw_step(const MonitorIntegStep *step, void *data)
{
    SvpConsole *console = data;

    svp_progress_wipe(console->progress);
    svp_integ_step_line(console->page, step, /* planned= */ false);
    svp_page_flush(console->page);
}

static void show_plan(SvpConsole *console, const MonitorRestoreReport *plan, SvpResult *result)
{
    if (result->json) {
        svp_restore_json(result->json, plan);
        json_object_set_new(result->json, "before", svp_assignment_json(console->system, plan->before));
        json_object_set_new(result->json, "after", svp_assignment_json(console->system, plan->after));
        return;
    }
    draw(console, plan, plan->before, "before");
    svp_page_title(result->page, "Steps");
    for (unsigned i = 0; i < plan->steps->len; i++)
        svp_integ_step_line(result->page, g_ptr_array_index(plan->steps, i), /* planned= */ true);
    svp_restore_lacks(result->page, plan);
    draw(console, plan, plan->after, "after");
    svp_restore_summary(result->page, plan);
    svp_page_add(
        result->page, SVP_STYLE_NOTABLE,
        plan->plan->partial ? "This was a plan; nothing has been changed. It needs PARTIAL.\n"
                            : "This was a plan; nothing has been changed.\n");
}

/* --- Doing it ------------------------------------------------------------------------------------------- */

static MonitorRestoreReport *carry_out(
    SvpConsole *console, const SvpRestoring *restoring, MonitorRestoreOptions *options, SvpResult *result,
    GError **error)
{
    json_t *before = result->json ? svp_assignment_json(console->system, svp_console_state(console)) : NULL;
    const unsigned lpars[2] = {options->lpar, resmgr_state_heir(svp_console_state(console), options->lpar)};

    if (result->page) {
        svp_assignment_frame(result->page, console->system, svp_console_state(console), lpars, "before");
        svp_page_title(result->page, "Steps");
        svp_page_flush(result->page);
        options->step = draw_step;
        options->data = console;
    }
    MonitorRestoreReport *report =
        monitor_system_restore(console->system, restoring->capture, options, error);

    if (report && result->json) {
        svp_restore_json(result->json, report);
        json_object_set(result->json, "before", before);
        json_object_set_new(result->json, "after", svp_assignment_json(console->system, report->after));
    }
    json_decref(before);
    if (report && result->page) {
        svp_restore_lacks(result->page, report);
        draw(console, report, report->after, "after");
        svp_restore_summary(result->page, report);
    }
    return report;
}

/* The job has handled what the save had counted, but for so many. */
static void count_objects(SvpConsole *console, const MonitorCapture *capture, bool restored, bool goes_on)
{
    SvpJob *job = svp_jobs_current(console->jobs);
    g_autoptr(GPtrArray) captures = g_ptr_array_new();

    g_ptr_array_add(captures, (gpointer)(uintptr_t)capture);
    uint64_t total = svp_save_objects(captures);

    /* A guest that does not go on is one object that was not restored. */
    uint64_t failed = !restored ? total : goes_on ? 0 : 1;

    if (job)
        svp_job_count(job, total - failed, total, failed);
}

/* Plans it as it is to be carried out: so that a refusal comes before anything is drawn. */
static bool is_possible(
    SvpConsole *console, const SvpRestoring *restoring, const MonitorRestoreOptions *options, GError **error)
{
    g_autoptr(MonitorRestoreReport)
        plan = monitor_system_restore_plan(console->system, restoring->capture, options, error);

    if (!plan)
        return false;
    /* Without PARTIAL the restore itself refuses, and says what is missed, before it does anything. */
    return true;
}

bool svp_restoring_carry_out(
    SvpConsole *console, const SvpRestoring *restoring, SvpResult *result, HvTime *ret_took_ns,
    GError **error)
{
    unsigned lpar = target(console, restoring, error);
    MonitorRestoreOptions options = {
        .lpar = lpar,
        .copy = restoring->to != NULL,
        .partial = restoring->partial,
        .parent_bp = restoring->parent_bp,
        .giver_before = restoring->giver_before,
        .content_rate = restoring->content_rate,
    };
    g_autoptr(MonitorRestoreReport) report = NULL;

    if (lpar == 0)
        return false;
    if (restoring->plan) {
        report = monitor_system_restore_plan(console->system, restoring->capture, &options, error);
        if (report)
            show_plan(console, report, result);
        give_up_target(console, restoring, lpar);
        return report != NULL;
    }
    if (is_possible(console, restoring, &options, error))
        report = carry_out(console, restoring, &options, result, error);
    count_objects(console, restoring->capture, report != NULL, report && !report->guest_problem);
    if (!report) {
        give_up_target(console, restoring, lpar);
        return false;
    }
    *ret_took_ns = report->elapsed_ns;
    return true;
}
