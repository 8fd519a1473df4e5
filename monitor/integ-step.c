/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the steps of INTEG do, 201 to 209 of the patent's figure 2, and how those before the commit point are
 * undone.
 *
 *     201 fence      <-> unfence            LIP control of the retiring LPAR
 *     202 offline    <-> online             resource manager; the content is set aside <-> put back
 *     203 reassign   <-> move back          resource manager; ends with the COMMIT POINT
 *     204 hold, 205 storage, 206 channels, 207 processors, 208 release, 209 report: only forward
 *
 * Each step calls down: into the books (resmgr/integ.h), into LPAR control (lpar/), into the dispatcher. The
 * books change with the content: an area is entered at its new origin when its relocation has arrived. Only
 * the moves of 205 are entered at the commit already, because from then on there is no other way; their
 * content follows under the hold.
 */
#include "monitor/integ-step.h"
#include "resmgr/check.h"
#include "resmgr/integ.h"

static LparControl *side_control(const MonitorIntegFlow *flow, MonitorSide side)
{
    return flow->base.system->lpars[monitor_integ_side_lpar(flow->report, side)];
}

/* --- 201 ------------------------------------------------------------------------------------------------ */

static MonitorStepResult step_check(MonitorIntegFlow *flow)
{
    MonitorSystem *system = flow->base.system;

    resmgr_check_assert(system->state);
    if (lpar_is_real(side_control(flow, MONITOR_SIDE_SURVIVING))) {
        g_autoptr(ResmgrState) after = monitor_integ_state_after(system, flow->report->plan);

        lpar_probe(side_control(flow, MONITOR_SIDE_SURVIVING), after);
    }
    return MONITOR_STEP_DONE;
}

static MonitorStepResult step_nothing_to_undo(MonitorIntegFlow *flow)
{
    g_assert(!flow->base.committed);
    return MONITOR_STEP_DONE;
}

static MonitorStepResult step_fence(MonitorIntegFlow *flow)
{
    LparControl *retiring = side_control(flow, MONITOR_SIDE_RETIRING);

    if (flow->options->shutdown_ns > 0)
        lpar_shutdown(retiring, flow->options->shutdown_ns);
    flow->report->io_ended = lpar_fence(retiring);
    lpar_look(retiring);
    return MONITOR_STEP_DONE;
}

static MonitorStepResult step_unfence(MonitorIntegFlow *flow)
{
    lpar_unfence(side_control(flow, MONITOR_SIDE_RETIRING));
    return MONITOR_STEP_DONE;
}

/* --- 202 ------------------------------------------------------------------------------------------------ */

static MonitorStepResult step_offline(MonitorIntegFlow *flow)
{
    monitor_system_charge(flow->base.system); /* the last figures of the retiring guest */
    resmgr_integ_offline(flow->base.system->state, flow->report->plan);
    lpar_set_aside(side_control(flow, MONITOR_SIDE_RETIRING));
    return MONITOR_STEP_DONE;
}

static MonitorStepResult step_online(MonitorIntegFlow *flow)
{
    lpar_put_back(side_control(flow, MONITOR_SIDE_RETIRING));
    resmgr_integ_online(flow->base.system->state, flow->report->plan);
    return MONITOR_STEP_DONE;
}

/* --- Relocations, for 203, its undo, and 205 ------------------------------------------------------------ */

static unsigned running_moves(const ResmgrPlan *plan)
{
    return plan->n_moves_running;
}

static unsigned all_moves(const ResmgrPlan *plan)
{
    return plan->moves->len;
}

/* The relocation that was waited for has arrived: it goes into the report. */
static void end_group(MonitorIntegFlow *flow)
{
    const GArray *moves = flow->report->plan->moves;

    monitor_flow_end_group(&flow->base, flow->report->costs);
    for (unsigned i = flow->base.group_first; i < flow->base.moves_done; i++)
        monitor_flow_enter(
            &flow->base, monitor_flow_move(moves, i)->lpar, monitor_integ_text_move(flow->report, i));
}

/* --- 203 ------------------------------------------------------------------------------------------------ */

static MonitorStepResult step_commit(MonitorIntegFlow *flow)
{
    MonitorSystem *system = flow->base.system;
    HvTime now = hv_engine_now(system->engine);

    if (!flow->powered_off) {
        flow->powered_off = true;
        lpar_power_off(side_control(flow, MONITOR_SIDE_RETIRING));
        return MONITOR_STEP_SETTLE;
    }
    if (monitor_flow_fault(&flow->base, "203.commit"))
        return MONITOR_STEP_FAILED;
    g_autoptr(ResmgrState) after = resmgr_state_copy(system->state);

    resmgr_integ_commit(after, flow->report->plan, now);
    if (!monitor_flow_commit(&flow->base, "203.commit", after))
        return MONITOR_STEP_FAILED;
    resmgr_integ_commit(system->state, flow->report->plan, now);
    lpar_retire(side_control(flow, MONITOR_SIDE_RETIRING));
    return MONITOR_STEP_DONE;
}

static MonitorStepResult step_reassign(MonitorIntegFlow *flow)
{
    const ResmgrPlan *plan = flow->report->plan;
    MonitorFlow *base = &flow->base;

    if (base->relocation) {
        resmgr_integ_move(base->system->state, plan, base->group_first, base->group_count);
        end_group(flow);
        if (monitor_flow_fault_behind_moves(base, "203"))
            return MONITOR_STEP_FAILED;
    }
    return base->moves_done < plan->n_moves_running ? monitor_flow_begin_group(base, plan->moves)
                                                    : step_commit(flow);
}

static MonitorStepResult step_move_back(MonitorIntegFlow *flow)
{
    const ResmgrPlan *plan = flow->report->plan;
    MonitorFlow *base = &flow->base;

    if (base->relocation) {
        resmgr_integ_move_back(base->system->state, plan, base->group_first, base->group_count);
        monitor_flow_end_group_back(base);
    }
    return base->moves_done == 0 ? MONITOR_STEP_DONE : monitor_flow_begin_group_back(base, plan->moves);
}

/* --- 204 to 209 ----------------------------------------------------------------------------------------- */

static MonitorStepResult step_hold(MonitorIntegFlow *flow)
{
    flow->hold_begun_ns = hv_engine_now(flow->base.system->engine);
    lpar_hold(side_control(flow, MONITOR_SIDE_SURVIVING));
    return MONITOR_STEP_DONE;
}

static MonitorStepResult step_storage(MonitorIntegFlow *flow)
{
    const GArray *moves = flow->report->plan->moves;

    if (flow->base.relocation)
        end_group(flow);
    if (flow->base.moves_done < moves->len)
        return monitor_flow_begin_group(&flow->base, moves);
    lpar_read_storage(side_control(flow, MONITOR_SIDE_SURVIVING));
    lpar_assign(side_control(flow, MONITOR_SIDE_SURVIVING), HV_ASSIGN_STORAGE);
    return MONITOR_STEP_DONE;
}

static MonitorStepResult step_channels(MonitorIntegFlow *flow)
{
    resmgr_integ_channels_online(flow->base.system->state, flow->report->plan);
    lpar_assign(side_control(flow, MONITOR_SIDE_SURVIVING), HV_ASSIGN_DEVICES);
    return MONITOR_STEP_DONE;
}

static MonitorStepResult step_processors(MonitorIntegFlow *flow)
{
    MonitorSystem *system = flow->base.system;
    const ResmgrPlan *plan = flow->report->plan;

    flow->new_lips = lpar_read_lips(side_control(flow, MONITOR_SIDE_SURVIVING));
    lpar_assign(side_control(flow, MONITOR_SIDE_SURVIVING), HV_ASSIGN_PROCESSORS);
    for (unsigned i = 0; i < plan->lip_merges->len; i++) {
        const ResmgrLipMerge *merge = &g_array_index(plan->lip_merges, ResmgrLipMerge, i);
        MonitorTcb *tcb = merge->dropped || merge->ip == 0
                              ? NULL
                              : monitor_dispatch_find(system->dispatch, plan->survivor, merge->to_lip);

        if (tcb)
            monitor_dispatch_set_share(system->dispatch, tcb, merge->after_bp);
    }
    monitor_system_reschedule(system, plan->retiring);
    monitor_system_reschedule(system, plan->survivor);
    return MONITOR_STEP_DONE;
}

static MonitorStepResult step_release(MonitorIntegFlow *flow)
{
    if (!lpar_is_real(side_control(flow, MONITOR_SIDE_SURVIVING)))
        flow->report->survivor_hold_ns = hv_engine_now(flow->base.system->engine) - flow->hold_begun_ns;
    lpar_release(side_control(flow, MONITOR_SIDE_SURVIVING));
    return MONITOR_STEP_DONE;
}

static MonitorStepResult step_report(MonitorIntegFlow *flow)
{
    if (flow->report->notify)
        lpar_notify(side_control(flow, MONITOR_SIDE_SURVIVING), flow->new_lips);
    return MONITOR_STEP_DONE;
}

const MonitorIntegStepRow monitor_integ_steps[MONITOR_INTEG_STEPS] = {
    {"check", MONITOR_COMPONENT_RESMGR, MONITOR_SIDE_NONE, step_check, step_nothing_to_undo,
     monitor_integ_text_check, NULL},
    {"201", MONITOR_COMPONENT_LIP_CONTROL, MONITOR_SIDE_RETIRING, step_fence, step_unfence,
     monitor_integ_text_fence, NULL},
    {"202", MONITOR_COMPONENT_RESMGR, MONITOR_SIDE_RETIRING, step_offline, step_online,
     monitor_integ_text_offline, NULL},
    {"203", MONITOR_COMPONENT_RESMGR, MONITOR_SIDE_SURVIVING, step_reassign, step_move_back,
     monitor_integ_text_reassign, running_moves},
    {"204", MONITOR_COMPONENT_LIP_CONTROL, MONITOR_SIDE_SURVIVING, step_hold, NULL, monitor_integ_text_hold,
     NULL},
    {"205", MONITOR_COMPONENT_LPAR_CONTROL, MONITOR_SIDE_SURVIVING, step_storage, NULL,
     monitor_integ_text_storage, all_moves},
    {"206", MONITOR_COMPONENT_RESMGR, MONITOR_SIDE_SURVIVING, step_channels, NULL,
     monitor_integ_text_channels, NULL},
    {"207", MONITOR_COMPONENT_LPAR_CONTROL, MONITOR_SIDE_SURVIVING, step_processors, NULL,
     monitor_integ_text_processors, NULL},
    {"208", MONITOR_COMPONENT_LIP_CONTROL, MONITOR_SIDE_SURVIVING, step_release, NULL,
     monitor_integ_text_release, NULL},
    {"209", MONITOR_COMPONENT_SVP, MONITOR_SIDE_NONE, step_report, NULL, monitor_integ_text_report, NULL},
};
