/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * INTEG: what there was, the steps as they happen, and what there is.
 *
 * The plan is made first in any case: so a refusal comes before the operator is asked and before anything is drawn, and PLAN is the
 * same command that stops there. The assignment before is shown before the first step, since which LIPs are online is
 * known of the present only.
 */
#include "svp/command-row.h"
#include "svp/console-private.h"
#include "svp/frames/frames.h"
#include "svp/output.h"
#include "svp/save/presnap.h"

/* --- For people ----------------------------------------------------------------------------------------- */

static void draw_assignment(
    SvpPage *page, MonitorSystem *system, const ResmgrState *state, const ResmgrPlan *plan, const char *when)
{
    const unsigned lpars[2] = {plan->retiring, plan->survivor};

    svp_assignment_frame(page, system, state, lpars, when);
}

static void draw_plan(SvpPage *page, const MonitorIntegReport *plan)
{
    svp_page_title(page, "Steps");
    for (unsigned i = 0; i < plan->steps->len; i++)
        svp_integ_step_line(page, g_ptr_array_index(plan->steps, i), /* planned= */ true);
}

static void draw_step(const MonitorIntegStep *step, void *data)
{
    SvpConsole *console = data;

    svp_progress_wipe(console->progress);
    svp_integ_step_line(console->page, step, /* planned= */ false);
    svp_page_flush(console->page);
}

/* --- The command ---------------------------------------------------------------------------------------- */

static void show_plan(SvpConsole *console, const MonitorIntegReport *plan, SvpResult *result)
{
    if (result->json) {
        svp_integ_json(result->json, plan);
        json_object_set_new(result->json, "before", svp_assignment_json(console->system, plan->before));
        json_object_set_new(result->json, "after", svp_assignment_json(console->system, plan->after));
        return;
    }
    draw_assignment(result->page, console->system, plan->before, plan->plan, "before");
    draw_plan(result->page, plan);
    draw_assignment(result->page, console->system, plan->after, plan->plan, "after");
    svp_integ_summary(result->page, plan);
    svp_page_add(result->page, SVP_STYLE_NOTABLE, "This was a plan; nothing has been changed.\n");
}

/* SET PRESNAP: before anything else, so that it can all be taken back. */
static bool
take_presnap(SvpConsole *console, const ResmgrPlan *plan, SvpPresnap **ret_presnap, GError **error)
{
    if (!svp_presnaps_are_on(console->presnaps))
        return true;
    *ret_presnap = svp_presnaps_take(console->presnaps, plan->retiring, plan->survivor, error);
    return *ret_presnap != NULL;
}

static void keep_presnap(SvpConsole *console, SvpPresnap *presnap, SvpResult *result)
{
    g_autoptr(GError) error = NULL;

    if (!presnap)
        return;
    bool kept = svp_presnaps_keep(console->presnaps, presnap, &error);

    if (result->json) {
        json_object_set_new(result->json, "presnap", json_true());
        return;
    }
    svp_page_printf(
        result->page, SVP_STYLE_PLAIN, "A snapshot was taken before: RESTORE %s PRESNAP takes it back.\n",
        presnap->capture->name);
    if (!kept)
        svp_page_printf(
            result->page, SVP_STYLE_NOTABLE, "It lasts as long as the program: %s\n", error->message);
}

static bool carry_out(
    SvpConsole *console, const ResmgrPlan *plan, MonitorIntegOptions *options, SvpResult *result,
    GError **error)
{
    SvpPresnap *presnap = NULL;

    if (!take_presnap(console, plan, &presnap, error))
        return false;
    json_t *before = result->json ? svp_assignment_json(console->system, svp_console_state(console)) : NULL;

    if (result->page) {
        draw_assignment(result->page, console->system, svp_console_state(console), plan, "before");
        svp_page_title(result->page, "Steps");
        svp_page_flush(result->page);
        options->step = draw_step;
        options->data = console;
    }
    g_autoptr(MonitorIntegReport)
        report = monitor_system_integ(console->system, plan->retiring, plan->survivor, options, error);

    if (!report) {
        svp_presnaps_drop(console->presnaps, presnap);
        json_decref(before);
        return false;
    }
    if (result->json) {
        svp_integ_json(result->json, report);
        json_object_set_new(result->json, "before", before);
        json_object_set_new(result->json, "after", svp_assignment_json(console->system, report->after));
        keep_presnap(console, presnap, result);
        return true;
    }
    draw_assignment(result->page, console->system, report->after, plan, "after");
    svp_integ_summary(result->page, report);
    keep_presnap(console, presnap, result);
    return true;
}

SVP_COMMAND_FUNC(integ)
{
    const SvpValue *shutdown = svp_call_value(call, "SHUTDOWN");
    MonitorIntegOptions options = {
        .force = svp_call_word(call, "FORCE") != NULL,
        .notify = svp_call_word(call, "NONOTIFY") == NULL,
        .shutdown_ns = shutdown ? shutdown->number : 0,
    };
    g_autoptr(MonitorIntegReport) plan = monitor_system_integ_plan(
        console->system, svp_call_lpar(call, "retiring"), svp_call_lpar(call, "surviving"), &options, error);

    if (!plan)
        return false;
    if (svp_call_word(call, "PLAN")) {
        show_plan(console, plan, result);
        return true;
    }
    if (console->config.ask && result->page)
        svp_integ_summary(result->page, plan);
    return svp_console_confirm(console, call, error) &&
           carry_out(console, plan->plan, &options, result, error);
}
