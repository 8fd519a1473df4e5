/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Carrying out an INTEG: runs the table of steps forward, waits where a step waits, and turns back where one
 * fails.
 *
 *     forward: step i DONE -> i + 1            behind the last: ended, done
 *              step i WAIT -> engine runs      until monitor_integ_resume()
 *              step i FAILED, not committed -> backward from i
 *              step i FAILED, committed     -> step i once more: after the commit point there is only forward
 *     backward: undo of step i DONE -> i - 1   before the first: ended, everything as before
 *
 * What a step asks of real guests is waited for before the flow goes on (integ-guest.c). What fails there fails the
 * step; behind the commit point it is left pending instead, since asking once more at once would not help.
 *
 * Before a step acts, control passes to its component, by way of the monitor when the LPAR changes, as arrows
 * do in the patent's figure 1; when the flow ends the SVP has it again. The invariants are asserted after
 * every step, and, when the flow has turned back, that the assignment equals the one before, field by field.
 *
 * Planning walks the same table with a report of estimates and touches nothing.
 */
#include "monitor/check.h"
#include "monitor/error.h"
#include "monitor/integ-step.h"
#include "resmgr/check.h"
#include "resmgr/integ.h"

#include <string.h>

static const HvTraceEvent monitor_ev_step = {"integ.step", {"step", "lpar"}};
static const HvTraceEvent monitor_ev_failed = {"integ.failed", {"step"}};
static const HvTraceEvent monitor_ev_undone = {"integ.undone", {"step"}};

unsigned monitor_integ_side_lpar(const MonitorIntegReport *report, MonitorSide side)
{
    if (side == MONITOR_SIDE_NONE)
        return 0;
    return side == MONITOR_SIDE_RETIRING ? report->plan->retiring : report->plan->survivor;
}

void monitor_integ_enter(
    MonitorIntegReport *report, const MonitorIntegOptions *options, const MonitorIntegStepRow *row,
    HvTime now, unsigned lpar, char *text)
{
    MonitorIntegStep *step = g_new0(MonitorIntegStep, 1);

    *step = (MonitorIntegStep){
        .step = g_strdup(row->number), .component = row->component, .lpar = lpar, .at_ns = now, .text = text};
    g_ptr_array_add(report->steps, step);
    if (options->step)
        options->step(step, options->data);
}

static void step_free(void *data)
{
    MonitorIntegStep *step = data;

    g_free(step->step);
    g_free(step->text);
    g_free(step);
}

bool monitor_integ_fault(MonitorIntegFlow *flow, const char *point)
{
    if (g_strcmp0(flow->system->fault, point) != 0)
        return false;
    g_clear_pointer(&flow->system->fault, g_free);
    if (!flow->committed)
        flow->failed_step = g_strdup(point);
    flow->did_nothing = strchr(point, '.') == NULL;
    return true;
}

/* The step's number for the trace; 0 for the check. */
static uint64_t step_number(const MonitorIntegFlow *flow)
{
    return g_ascii_strtoull(monitor_integ_steps[flow->step].number, NULL, 10);
}

/* Control goes to the step's component. */
static void pass_control(MonitorIntegFlow *flow)
{
    const MonitorIntegStepRow *row = &monitor_integ_steps[flow->step];

    monitor_pass_control(
        &flow->system->control, hv_engine_now(flow->system->engine), row->component,
        monitor_integ_side_lpar(flow->report, row->side));
}

static void end_flow(MonitorIntegFlow *flow)
{
    MonitorSystem *system = flow->system;

    flow->active = false;
    system->integ_active = false;
    g_clear_pointer(&system->fault, g_free);
    monitor_return_control(&system->control, hv_engine_now(system->engine));
}

static void check_step(MonitorIntegFlow *flow)
{
    const MonitorIntegReport *report = flow->report;

    monitor_system_check(flow->system);
    if (flow->committed)
        resmgr_check_assert_across(
            report->before, flow->system->state, report->plan->retiring, report->plan->survivor);
}

static void note_failure(MonitorIntegFlow *flow)
{
    MonitorSystem *system = flow->system;
    const MonitorIntegStepRow *row = &monitor_integ_steps[flow->step];
    HvTime now = hv_engine_now(system->engine);

    hv_trace_emit(system->trace, now, &monitor_ev_failed, step_number(flow));
    monitor_integ_enter(
        flow->report, flow->options, row, now, 0,
        g_strdup_printf(
            "%s%s%s", flow->reason ? flow->reason : "", flow->reason ? ": " : "",
            flow->committed ? "failed behind the commit point: done once more"
                            : "failed before the commit point: everything is taken back"));
    flow->undoing = !flow->committed;
}

static void advance_step(MonitorIntegFlow *flow)
{
    MonitorSystem *system = flow->system;
    const MonitorIntegStepRow *row = &monitor_integ_steps[flow->step];
    HvTime now = hv_engine_now(system->engine);
    unsigned lpar = monitor_integ_side_lpar(flow->report, row->side);

    char *text = row->describe(flow->report);

    hv_trace_emit(system->trace, now, &monitor_ev_step, step_number(flow), lpar);
    monitor_journal_step(system, row->number, now, lpar, text);
    monitor_integ_enter(flow->report, flow->options, row, now, lpar, text);
    check_step(flow);
    if (++flow->step == MONITOR_INTEG_STEPS)
        end_flow(flow);
}

/* A step failed for a reason that lies outside. Before the commit point only. */
static void fail_step(MonitorIntegFlow *flow, const char *reason)
{
    g_assert(!flow->committed && !flow->failed_step);
    flow->failed_step = g_strdup(monitor_integ_steps[flow->step].number);
    flow->reason = g_strdup(reason);
    note_failure(flow);
}

/* A real guest can end at any moment. Behind the commit point it gets all that is its own when it is loaded. */
static bool survivor_is_there(MonitorIntegFlow *flow)
{
    const LparControl *survivor = flow->system->lpars[flow->report->plan->survivor];

    if (flow->committed || !lpar_is_real(survivor) || lpar_run_state(survivor) == LPAR_OPERATING)
        return true;
    g_autofree char *reason = g_strdup_printf("The guest of %s has ended", lpar_name(survivor));

    flow->did_nothing = true;
    fail_step(flow, reason);
    return false;
}

/* The guests of the step have done what they could: what comes next. */
static void after_settling(MonitorIntegFlow *flow)
{
    g_autoptr(GError) problem = g_steal_pointer(&flow->problem);

    if (problem && !flow->committed) {
        fail_step(flow, problem->message);
        return;
    }
    monitor_integ_enter_did(flow);
    if (problem)
        monitor_integ_enter(
            flow->report, flow->options, &monitor_integ_steps[flow->step],
            hv_engine_now(flow->system->engine),
            monitor_integ_side_lpar(flow->report, MONITOR_SIDE_SURVIVING),
            g_strdup_printf("not done yet: %s", problem->message));
    if (!flow->run_again)
        advance_step(flow);
}

/* Does, or goes on with, the step; false if it waits. */
static bool go_forward(MonitorIntegFlow *flow)
{
    const MonitorIntegStepRow *row = &monitor_integ_steps[flow->step];
    MonitorStepResult result = MONITOR_STEP_FAILED;

    if (!survivor_is_there(flow))
        return true;
    pass_control(flow);
    if (!monitor_integ_fault(flow, row->number))
        result = row->run(flow);
    if (result == MONITOR_STEP_WAIT)
        return false;
    if (result == MONITOR_STEP_FAILED) {
        note_failure(flow);
        return true;
    }
    flow->run_again = result == MONITOR_STEP_SETTLE;
    if (!monitor_integ_settle(flow))
        return false;
    after_settling(flow);
    return true;
}

/* A step is taken back: its guests are what they were, or what is wrong with them has been noted. */
static void after_undo(MonitorIntegFlow *flow)
{
    monitor_integ_enter_did(flow);
    if (flow->problem) {
        g_autofree char *before = flow->reason;

        flow->reason = g_strdup_printf(
            "%s%s%s", before ? before : "", before ? "; and then: " : "", flow->problem->message);
        g_clear_error(&flow->problem);
    }
    hv_trace_emit(
        flow->system->trace, hv_engine_now(flow->system->engine), &monitor_ev_undone, step_number(flow));
    monitor_system_check(flow->system);
    if (flow->step-- == 0) {
        g_assert(resmgr_state_equal(flow->report->before, flow->system->state));
        end_flow(flow);
    }
}

/* The same backwards. The step that failed has done nothing, or part of its work: its undo knows. */
static bool go_back(MonitorIntegFlow *flow)
{
    const MonitorIntegStepRow *row = &monitor_integ_steps[flow->step];
    bool did_nothing = flow->did_nothing;

    pass_control(flow);
    if (!did_nothing && row->undo(flow) == MONITOR_STEP_WAIT)
        return false;
    flow->did_nothing = false;
    if (!monitor_integ_settle(flow))
        return false;
    after_undo(flow);
    return true;
}

void monitor_integ_settled(MonitorIntegFlow *flow)
{
    if (flow->undoing)
        after_undo(flow);
    else
        after_settling(flow);
    monitor_integ_resume(flow);
}

void monitor_integ_resume(MonitorIntegFlow *flow)
{
    bool goes_on = true;

    while (flow->active && goes_on)
        goes_on = flow->undoing ? go_back(flow) : go_forward(flow);
}

/* --- Planning ------------------------------------------------------------------------------------------- */

/* Unknown and equal operands are the resource manager's to refuse, which it does when it plans. */
static bool operands_allow(MonitorSystem *system, unsigned retiring, unsigned survivor, GError **error)
{
    bool known = retiring != survivor && retiring <= RESMGR_MAX_LPARS && survivor <= RESMGR_MAX_LPARS &&
                 system->lpars[retiring] && system->lpars[survivor];

    return !known || (lpar_can_retire(system->lpars[retiring], error) &&
                      lpar_can_absorb(system->lpars[survivor], error));
}

static MonitorIntegReport *report_new(
    MonitorSystem *system, unsigned retiring, unsigned survivor, const MonitorIntegOptions *options,
    GError **error)
{
    if (!operands_allow(system, retiring, survivor, error))
        return NULL;
    ResmgrPlan *plan = resmgr_plan_new(system->state, retiring, survivor, options->force, error);

    if (!plan)
        return NULL;
    MonitorIntegReport *report = g_new0(MonitorIntegReport, 1);

    report->plan = plan;
    report->before = resmgr_state_copy(system->state);
    report->costs = g_array_new(FALSE, /* clear= */ TRUE, sizeof(LparRelocationCost));
    g_array_set_size(report->costs, plan->moves->len);
    report->steps = g_ptr_array_new_with_free_func(step_free);
    report->begun_ns = hv_engine_now(system->engine);
    report->notify = options->notify;
    return report;
}

ResmgrState *monitor_integ_state_after(const MonitorSystem *system, const ResmgrPlan *plan)
{
    ResmgrState *after = resmgr_state_copy(system->state);

    resmgr_integ_offline(after, plan);
    for (unsigned first = 0, count; first < plan->n_moves_running; first += count) {
        count = resmgr_moves_group_size(plan->moves, first);
        resmgr_integ_move(after, plan, first, count);
    }
    resmgr_integ_commit(after, plan, hv_engine_now(system->engine));
    resmgr_integ_channels_online(after, plan);
    return after;
}

static void estimate_times(const MonitorSystem *system, MonitorIntegReport *report)
{
    uint64_t copy_rate = system->definition->machine->ms_copy_rate;

    for (unsigned i = 0; i < report->plan->moves->len; i++) {
        const ResmgrMove *move = &g_array_index(report->plan->moves, ResmgrMove, i);
        bool is_real = lpar_is_real(system->lpars[move->lpar]); /* its content does not move */
        HvTime copy_ns = is_real ? 0 : hv_muldiv(move->size_bytes, HV_NS_PER_S, copy_rate);

        report->elapsed_ns += copy_ns;
        if (i >= report->plan->n_moves_running && !lpar_is_real(system->lpars[report->plan->survivor]))
            report->survivor_hold_ns += copy_ns;
    }
    report->ended_ns = report->begun_ns + report->elapsed_ns;
}

static void describe_steps(MonitorIntegReport *report, const MonitorIntegOptions *options)
{
    const ResmgrPlan *plan = report->plan;
    unsigned move = 0;

    for (unsigned i = 0; i < MONITOR_INTEG_STEPS; i++) {
        const MonitorIntegStepRow *row = &monitor_integ_steps[i];
        unsigned moves_end = row->moves_until ? row->moves_until(plan) : move;

        for (; move < moves_end; move++)
            monitor_integ_enter(
                report, options, row, 0, g_array_index(plan->moves, ResmgrMove, move).lpar,
                monitor_integ_text_move(report, move));
        monitor_integ_enter(
            report, options, row, 0, monitor_integ_side_lpar(report, row->side), row->describe(report));
    }
}

MonitorIntegReport *monitor_system_integ_plan(
    MonitorSystem *system, unsigned retiring, unsigned survivor, const MonitorIntegOptions *options,
    GError **error)
{
    MonitorIntegReport *report = report_new(system, retiring, survivor, options, error);

    if (!report)
        return NULL;
    report->planned = true;
    report->after = monitor_integ_state_after(system, report->plan);
    estimate_times(system, report);
    describe_steps(report, options);
    return report;
}

/* --- Execution ------------------------------------------------------------------------------------------ */

static bool flow_failed(const MonitorIntegFlow *flow, GError **error)
{
    if (!flow->failed_step)
        return false;
    g_set_error(
        error, MONITOR_ERROR, MONITOR_ERROR_STEP_FAILED,
        "INTEG %s,%s failed at %s, before the commit point; everything is as before%s%s\nGive the command "
        "again%s",
        resmgr_state_lpar(flow->report->before, flow->report->plan->retiring)->name,
        resmgr_state_lpar(flow->report->before, flow->report->plan->survivor)->name, flow->failed_step,
        flow->reason ? ": " : "", flow->reason ? flow->reason : "",
        flow->reason ? " when that is mended" : "");
    return true;
}

MonitorIntegReport *monitor_system_integ(
    MonitorSystem *system, unsigned retiring, unsigned survivor, const MonitorIntegOptions *options,
    GError **error)
{
    g_autoptr(MonitorIntegReport) report = report_new(system, retiring, survivor, options, error);
    MonitorIntegFlow flow = {.system = system, .report = report, .options = options, .active = true};

    if (!report)
        return NULL;
    flow.did = g_string_new(NULL);
    system->integ_active = true;
    monitor_integ_resume(&flow);
    bool ended = hv_engine_run_while(system->engine, &flow.active);

    g_assert(ended); /* whoever waits has an event queued */
    report->after = resmgr_state_copy(system->state);
    report->pending = monitor_integ_pending(&flow);
    report->ended_ns = hv_engine_now(system->engine);
    report->elapsed_ns = report->ended_ns - report->begun_ns;
    monitor_system_check(system);
    bool failed = flow_failed(&flow, error);

    g_free(flow.failed_step);
    g_free(flow.reason);
    g_string_free(flow.did, TRUE);
    g_clear_pointer(&flow.new_lips, g_array_unref);
    return failed ? NULL : g_steal_pointer(&report);
}
