/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A restore as a flow of steps: what it says of its table to the one who runs it (flow.c), the plan, and the execution.
 *
 * It is INTEG the other way round, and keeps the same promises: nothing irrevocable is done before the record of the commit
 * point is durable, and a flow that has turned back leaves the assignment as it was, field by field.
 *
 * Planning walks the same table with a report of estimates and touches nothing.
 */
#include "monitor/check.h"
#include "monitor/restore-step.h"
#include "resmgr/check.h"

static const HvTraceEvent monitor_ev_step = {"restore.step", {"step", "lpar"}};
static const HvTraceEvent monitor_ev_failed = {"restore.failed", {"step"}};
static const HvTraceEvent monitor_ev_undone = {"restore.undone", {"step"}};

static unsigned side_lpar(const ResmgrRestorePlan *plan, MonitorRestoreSide side)
{
    if (side == MONITOR_RESTORE_NONE)
        return 0;
    return side == MONITOR_RESTORE_GIVER && plan->giver != 0 ? plan->giver : plan->lpar;
}

uint64_t monitor_restore_rate(const MonitorSystem *system, const MonitorRestoreOptions *options)
{
    uint64_t copy_rate = system->definition->machine->ms_copy_rate;

    return options->content_rate ? MIN(options->content_rate, copy_rate) : copy_rate;
}

/* --- The table ------------------------------------------------------------------------------------------ */

static const MonitorRestoreReport *report_of(const MonitorFlow *base)
{
    return ((const MonitorRestoreFlow *)base)->report;
}

static MonitorFlowPlace place(const MonitorFlow *base)
{
    const MonitorRestoreStepRow *row = &monitor_restore_steps[base->step];

    return (MonitorFlowPlace){row->number, row->component, side_lpar(report_of(base)->plan, row->side)};
}

static MonitorStepResult run(MonitorFlow *base)
{
    return monitor_restore_steps[base->step].run((MonitorRestoreFlow *)base);
}

static MonitorStepResult undo(MonitorFlow *base)
{
    return monitor_restore_steps[base->step].undo((MonitorRestoreFlow *)base);
}

static char *describe(const MonitorFlow *base)
{
    return monitor_restore_steps[base->step].describe(report_of(base));
}

static void check_committed(const MonitorFlow *base)
{
    const MonitorRestoreReport *report = report_of(base);
    const ResmgrRestorePlan *plan = report->plan;

    monitor_check_assert(resmgr_check_6_restored(
        report->before, base->system->state, plan->lpar, plan->parent ? plan->parent : plan->giver));
}

static const MonitorFlowOps restore_ops = {
    .command = "RESTORE",
    .n_steps = MONITOR_RESTORE_STEPS,
    .step = &monitor_ev_step,
    .failed = &monitor_ev_failed,
    .undone = &monitor_ev_undone,
    .place = place,
    .run = run,
    .undo = undo,
    .describe = describe,
    .check_committed = check_committed,
};

static MonitorRestoreFlow flow_for(
    MonitorSystem *system, const MonitorCapture *capture, MonitorRestoreReport *report,
    const MonitorRestoreOptions *options)
{
    return (MonitorRestoreFlow){
        .base =
            {
                .ops = &restore_ops,
                .system = system,
                .before = report->before,
                .entries = report->steps,
                .tell = options->step,
                .tell_data = options->data,
                .planned = report->planned,
            },
        .capture = capture,
        .options = options,
        .report = report,
    };
}

static void moment_has_come(HvEvent *event, void *data)
{
    (void)event;
    monitor_flow_resume(data);
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

static void describe_steps(MonitorFlow *base, const ResmgrRestorePlan *plan)
{
    for (; base->step < MONITOR_RESTORE_STEPS; base->step++) {
        bool moves = monitor_restore_steps[base->step].moves;

        for (unsigned move = 0; moves && move < plan->moves->len; move++)
            monitor_flow_enter(
                base, monitor_flow_move(plan->moves, move)->lpar,
                monitor_restore_text_move(report_of(base), move));
        monitor_flow_enter(base, place(base).lpar, describe(base));
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
    MonitorRestoreFlow flow = flow_for(system, capture, report, options);

    describe_steps(&flow.base, report->plan);
    return report;
}

/* --- Execution ------------------------------------------------------------------------------------------ */

MonitorRestoreReport *monitor_system_restore(
    MonitorSystem *system, const MonitorCapture *capture, const MonitorRestoreOptions *options,
    GError **error)
{
    g_autoptr(MonitorRestoreReport)
        report = monitor_restore_report_new(system, capture, options, /* planned= */ false, error);

    if (!report)
        return NULL;
    MonitorRestoreFlow flow = flow_for(system, capture, report, options);

    hv_event_init(&flow.event, HV_PRIORITY_MONITOR, moment_has_come, &flow.base);
    bool done = monitor_flow_carry_out(
        &flow.base, resmgr_state_lpar(report->before, report->plan->lpar)->name, error);

    report->after = resmgr_state_copy(system->state);
    report->ended_ns = hv_engine_now(system->engine);
    report->elapsed_ns = report->ended_ns - report->begun_ns;
    return done ? g_steal_pointer(&report) : NULL;
}
