/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Carrying out a restore: runs the table of steps forward, waits where a step waits, and turns back where one fails.
 *
 *     forward: step i DONE -> i + 1            behind the last: ended, done
 *              step i WAIT -> engine runs      until monitor_restore_resume()
 *              step i FAILED, not committed -> backward from i
 *              step i FAILED, committed     -> step i once more: after the commit point there is only forward
 *     backward: undo of step i DONE -> i - 1   before the first: ended, everything as before
 *
 * It is INTEG the other way round, and keeps the same promises: control passes as there, the invariants are asserted after every
 * step, and a flow that has turned back leaves the assignment as it was, field by field. Each step is told to whoever keeps a
 * journal, and nothing irrevocable is done before the record of the commit point is durable.
 *
 * Planning walks the same table with a report of estimates and touches nothing.
 */
#include "monitor/check.h"
#include "monitor/error.h"
#include "monitor/restore-step.h"
#include "resmgr/check.h"

#include <string.h>

static const HvTraceEvent monitor_ev_step = {"restore.step", {"step", "lpar"}};
static const HvTraceEvent monitor_ev_failed = {"restore.failed", {"step"}};
static const HvTraceEvent monitor_ev_undone = {"restore.undone", {"step"}};

unsigned monitor_restore_side_lpar(const MonitorRestoreReport *report, MonitorRestoreSide side)
{
    if (side == MONITOR_RESTORE_NONE)
        return 0;
    return side == MONITOR_RESTORE_GIVER && report->plan->giver != 0 ? report->plan->giver
                                                                     : report->plan->lpar;
}

void monitor_restore_enter(
    MonitorSystem *system, MonitorRestoreReport *report, const MonitorRestoreOptions *options,
    const MonitorRestoreStepRow *row, HvTime now, unsigned lpar, char *text)
{
    MonitorIntegStep *step = g_new0(MonitorIntegStep, 1);

    *step = (MonitorIntegStep){
        .step = g_strdup(row->number), .component = row->component, .lpar = lpar, .at_ns = now, .text = text};
    g_ptr_array_add(report->steps, step);
    if (!report->planned)
        monitor_journal_step(system, row->number, now, lpar, text);
    if (options->step)
        options->step(step, options->data);
}

bool monitor_restore_fault(MonitorRestoreFlow *flow, const char *point)
{
    if (g_strcmp0(flow->system->fault, point) != 0)
        return false;
    g_clear_pointer(&flow->system->fault, g_free);
    if (!flow->committed)
        flow->failed_step = g_strdup(point);
    flow->did_nothing = strchr(point, '.') == NULL;
    return true;
}

MonitorStepResult monitor_restore_fail(MonitorRestoreFlow *flow, const char *point, char *reason)
{
    g_assert(!flow->committed && !flow->failed_step);
    flow->failed_step = g_strdup(point);
    flow->reason = reason;
    return MONITOR_STEP_FAILED;
}

uint64_t monitor_restore_rate(const MonitorSystem *system, const MonitorRestoreOptions *options)
{
    uint64_t copy_rate = system->definition->machine->ms_copy_rate;

    return options->content_rate ? MIN(options->content_rate, copy_rate) : copy_rate;
}

static HvTime now_of(const MonitorRestoreFlow *flow)
{
    return hv_engine_now(flow->system->engine);
}

/* The step's number for the trace; 0 for the check. */
static uint64_t step_number(const MonitorRestoreFlow *flow)
{
    return g_ascii_strtoull(monitor_restore_steps[flow->step].number, NULL, 10);
}

/* Control goes to the step's component. */
static void pass_control(MonitorRestoreFlow *flow)
{
    const MonitorRestoreStepRow *row = &monitor_restore_steps[flow->step];

    monitor_pass_control(
        &flow->system->control, hv_engine_now(flow->system->engine), row->component,
        monitor_restore_side_lpar(flow->report, row->side));
}

static void end_flow(MonitorRestoreFlow *flow)
{
    MonitorSystem *system = flow->system;

    flow->active = false;
    system->integ_active = false;
    g_clear_pointer(&system->fault, g_free);
    monitor_return_control(&system->control, hv_engine_now(system->engine));
}

/* --- Forward -------------------------------------------------------------------------------------------- */

static void check_step(MonitorRestoreFlow *flow)
{
    const MonitorRestoreReport *report = flow->report;

    monitor_system_check(flow->system);
    const ResmgrRestorePlan *plan = report->plan;

    if (flow->committed)
        monitor_check_assert(resmgr_check_6_restored(
            report->before, flow->system->state, plan->lpar, plan->parent ? plan->parent : plan->giver));
}

static void note_failure(MonitorRestoreFlow *flow)
{
    const MonitorRestoreStepRow *row = &monitor_restore_steps[flow->step];

    hv_trace_emit(flow->system->trace, now_of(flow), &monitor_ev_failed, step_number(flow));
    monitor_restore_enter(
        flow->system, flow->report, flow->options, row, now_of(flow), 0,
        g_strdup_printf(
            "%s%s%s", flow->reason ? flow->reason : "", flow->reason ? ": " : "",
            flow->committed ? "failed behind the commit point: done once more"
                            : "failed before the commit point: everything is taken back"));
    flow->undoing = !flow->committed;
}

static void advance_step(MonitorRestoreFlow *flow)
{
    const MonitorRestoreStepRow *row = &monitor_restore_steps[flow->step];
    unsigned lpar = monitor_restore_side_lpar(flow->report, row->side);

    hv_trace_emit(flow->system->trace, now_of(flow), &monitor_ev_step, step_number(flow), lpar);
    monitor_restore_enter(
        flow->system, flow->report, flow->options, row, now_of(flow), lpar, row->describe(flow->report));
    check_step(flow);
    if (++flow->step == MONITOR_RESTORE_STEPS)
        end_flow(flow);
}

/* Does, or goes on with, the step; false if it waits. */
static bool go_forward(MonitorRestoreFlow *flow)
{
    const MonitorRestoreStepRow *row = &monitor_restore_steps[flow->step];
    MonitorStepResult result = MONITOR_STEP_FAILED;

    pass_control(flow);
    if (!monitor_restore_fault(flow, row->number))
        result = row->run(flow);
    if (result == MONITOR_STEP_WAIT)
        return false;
    if (result == MONITOR_STEP_FAILED)
        note_failure(flow);
    else
        advance_step(flow);
    return true;
}

/* --- Backward ------------------------------------------------------------------------------------------- */

/* The step that failed has done nothing, or part of its work: its undo knows. */
static bool go_back(MonitorRestoreFlow *flow)
{
    const MonitorRestoreStepRow *row = &monitor_restore_steps[flow->step];

    pass_control(flow);
    if (!flow->did_nothing && row->undo(flow) == MONITOR_STEP_WAIT)
        return false;
    flow->did_nothing = false;
    hv_trace_emit(flow->system->trace, now_of(flow), &monitor_ev_undone, step_number(flow));
    monitor_system_check(flow->system);
    if (flow->step-- == 0) {
        g_assert(resmgr_state_equal(flow->report->before, flow->system->state));
        end_flow(flow);
    }
    return true;
}

void monitor_restore_resume(MonitorRestoreFlow *flow)
{
    bool goes_on = true;

    while (flow->active && goes_on)
        goes_on = flow->undoing ? go_back(flow) : go_forward(flow);
}

static void moment_has_come(HvEvent *event, void *data)
{
    (void)event;
    monitor_restore_resume(data);
}

/* --- Planning ------------------------------------------------------------------------------------------- */

static ResmgrState *state_after(const MonitorSystem *system, const ResmgrRestorePlan *plan)
{
    ResmgrState *after = resmgr_state_copy(system->state);

    resmgr_restore_shrink(after, plan);
    for (unsigned first = 0, count; first < plan->moves->len; first += count) {
        count = resmgr_moves_group_size(plan->moves, first);
        resmgr_restore_move(after, plan, first, count);
    }
    resmgr_restore_commit(after, plan, hv_engine_now(system->engine));
    resmgr_restore_channels_online(after, plan);
    return after;
}

static void
describe_steps(MonitorSystem *system, MonitorRestoreReport *report, const MonitorRestoreOptions *options)
{
    const ResmgrRestorePlan *plan = report->plan;

    for (unsigned i = 0; i < MONITOR_RESTORE_STEPS; i++) {
        const MonitorRestoreStepRow *row = &monitor_restore_steps[i];

        for (unsigned move = 0; row->moves && move < plan->moves->len; move++)
            monitor_restore_enter(
                system, report, options, row, 0, g_array_index(plan->moves, ResmgrMove, move).lpar,
                monitor_restore_text_move(report, move));
        monitor_restore_enter(
            system, report, options, row, 0, monitor_restore_side_lpar(report, row->side),
            row->describe(report));
    }
}

MonitorRestoreReport *monitor_system_restore_plan(
    MonitorSystem *system, const MonitorCapture *capture, const MonitorRestoreOptions *options,
    GError **error)
{
    MonitorRestoreReport *report =
        monitor_restore_report_new(system, capture, options, /* planned= */ true, error);
    uint64_t copy_rate = system->definition->machine->ms_copy_rate;

    if (!report)
        return NULL;
    report->after = state_after(system, report->plan);
    report->elapsed_ns = hv_muldiv(report->plan->moved_bytes, HV_NS_PER_S, copy_rate) +
                         hv_muldiv(report->content_bytes, HV_NS_PER_S, monitor_restore_rate(system, options));
    report->ended_ns = report->begun_ns + report->elapsed_ns;
    describe_steps(system, report, options);
    return report;
}

/* --- Execution ------------------------------------------------------------------------------------------ */

static bool flow_failed(const MonitorRestoreFlow *flow, GError **error)
{
    if (!flow->failed_step)
        return false;
    g_set_error(
        error, MONITOR_ERROR, MONITOR_ERROR_STEP_FAILED,
        "RESTORE %s failed at %s, before the commit point; everything is as before%s%s\nGive the command "
        "again%s",
        resmgr_state_lpar(flow->report->before, flow->report->plan->lpar)->name, flow->failed_step,
        flow->reason ? ": " : "", flow->reason ? flow->reason : "",
        flow->reason ? " when that is mended" : "");
    return true;
}

MonitorRestoreReport *monitor_system_restore(
    MonitorSystem *system, const MonitorCapture *capture, const MonitorRestoreOptions *options,
    GError **error)
{
    g_autoptr(MonitorRestoreReport)
        report = monitor_restore_report_new(system, capture, options, /* planned= */ false, error);
    MonitorRestoreFlow flow = {
        .system = system, .capture = capture, .options = options, .report = report, .active = true};

    if (!report)
        return NULL;
    hv_event_init(&flow.event, HV_PRIORITY_MONITOR, moment_has_come, &flow);
    system->integ_active = true;
    monitor_restore_resume(&flow);
    bool ended = hv_engine_run_while(system->engine, &flow.active);

    g_assert(ended); /* whoever waits has an event queued */
    report->after = resmgr_state_copy(system->state);
    report->ended_ns = hv_engine_now(system->engine);
    report->elapsed_ns = report->ended_ns - report->begun_ns;
    monitor_system_check(system);
    bool failed = flow_failed(&flow, error);

    g_free(flow.failed_step);
    g_free(flow.reason);
    return failed ? NULL : g_steal_pointer(&report);
}
