/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * INTEG as a flow of steps: what it says of its table to the one who runs it (flow.c), the plan, and the execution.
 *
 * The plan is made first, by the resource manager, and everything that can be refused is refused there. Planning only walks the
 * same table with a report of estimates and touches nothing.
 */
#include "monitor/integ-step.h"
#include "resmgr/check.h"
#include "resmgr/integ.h"

static const HvTraceEvent monitor_ev_step = {"integ.step", {"step", "lpar"}};
static const HvTraceEvent monitor_ev_failed = {"integ.failed", {"step"}};
static const HvTraceEvent monitor_ev_undone = {"integ.undone", {"step"}};

unsigned monitor_integ_side_lpar(const MonitorIntegReport *report, MonitorSide side)
{
    if (side == MONITOR_SIDE_NONE)
        return 0;
    return side == MONITOR_SIDE_RETIRING ? report->plan->retiring : report->plan->survivor;
}

/* --- The table ------------------------------------------------------------------------------------------ */

static const MonitorIntegFlow *integ_of(const MonitorFlow *base)
{
    return (const MonitorIntegFlow *)base;
}

static MonitorFlowPlace place(const MonitorFlow *base)
{
    const MonitorIntegStepRow *row = &monitor_integ_steps[base->step];

    return (MonitorFlowPlace){
        row->number, row->component, monitor_integ_side_lpar(integ_of(base)->report, row->side)};
}

static MonitorStepResult run(MonitorFlow *base)
{
    return monitor_integ_steps[base->step].run((MonitorIntegFlow *)base);
}

static MonitorStepResult undo(MonitorFlow *base)
{
    return monitor_integ_steps[base->step].undo((MonitorIntegFlow *)base);
}

static char *describe(const MonitorFlow *base)
{
    return monitor_integ_steps[base->step].describe(integ_of(base)->report);
}

/* A real guest can end at any moment. Behind the commit point it gets all that is its own when it is loaded. */
static char *obstacle(const MonitorFlow *base)
{
    const LparControl *survivor = base->system->lpars[integ_of(base)->report->plan->survivor];

    if (!lpar_is_real(survivor) || lpar_run_state(survivor) == LPAR_OPERATING)
        return NULL;
    return g_strdup_printf("The guest of %s has ended", lpar_name(survivor));
}

static void check_committed(const MonitorFlow *base)
{
    const MonitorIntegReport *report = integ_of(base)->report;

    resmgr_check_assert_across(
        report->before, base->system->state, report->plan->retiring, report->plan->survivor);
}

static const MonitorFlowOps integ_ops = {
    .command = "INTEG",
    .n_steps = MONITOR_INTEG_STEPS,
    .step = &monitor_ev_step,
    .failed = &monitor_ev_failed,
    .undone = &monitor_ev_undone,
    .place = place,
    .obstacle = obstacle,
    .run = run,
    .undo = undo,
    .describe = describe,
    .settle = monitor_integ_settle,
    .check_committed = check_committed,
};

static MonitorIntegFlow
flow_for(MonitorSystem *system, MonitorIntegReport *report, const MonitorIntegOptions *options)
{
    return (MonitorIntegFlow){
        .base =
            {
                .ops = &integ_ops,
                .system = system,
                .before = report->before,
                .entries = report->steps,
                .tell = options->step,
                .tell_data = options->data,
                .planned = report->planned,
            },
        .report = report,
        .options = options,
    };
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
    report->steps = monitor_flow_entries_new();
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

static void describe_steps(MonitorFlow *base, const ResmgrPlan *plan)
{
    unsigned move = 0;

    for (; base->step < MONITOR_INTEG_STEPS; base->step++) {
        const MonitorIntegStepRow *row = &monitor_integ_steps[base->step];
        unsigned moves_end = row->moves_until ? row->moves_until(plan) : move;

        for (; move < moves_end; move++)
            monitor_flow_enter(
                base, monitor_flow_move(plan->moves, move)->lpar,
                monitor_integ_text_move(integ_of(base)->report, move));
        monitor_flow_enter(base, place(base).lpar, describe(base));
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
    MonitorIntegFlow flow = flow_for(system, report, options);

    describe_steps(&flow.base, report->plan);
    return report;
}

/* --- Execution ------------------------------------------------------------------------------------------ */

MonitorIntegReport *monitor_system_integ(
    MonitorSystem *system, unsigned retiring, unsigned survivor, const MonitorIntegOptions *options,
    GError **error)
{
    g_autoptr(MonitorIntegReport) report = report_new(system, retiring, survivor, options, error);

    if (!report)
        return NULL;
    MonitorIntegFlow flow = flow_for(system, report, options);
    g_autofree char *operands = g_strdup_printf(
        "%s,%s", resmgr_state_lpar(report->before, retiring)->name,
        resmgr_state_lpar(report->before, survivor)->name);
    bool done = monitor_flow_carry_out(&flow.base, operands, error);

    report->after = resmgr_state_copy(system->state);
    report->pending = monitor_integ_pending(&flow);
    report->ended_ns = hv_engine_now(system->engine);
    report->elapsed_ns = report->ended_ns - report->begun_ns;
    g_clear_pointer(&flow.new_lips, g_array_unref);
    return done ? g_steal_pointer(&report) : NULL;
}
