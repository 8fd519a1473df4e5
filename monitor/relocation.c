/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The moves of a plan, carried out as relocations of LPAR control.
 *
 * Moves of one group go together, groups one after the other, and in the reverse order if they are taken back. The flow has one relocation under
 * way at most and is resumed when it has arrived; the books are changed by the step that waited, since only it knows whether an area is
 * entered at its new place by then. Nobody is held longer than the LPAR of the group with the shortest time slice may be.
 */
#include "monitor/flow.h"

const ResmgrMove *monitor_flow_move(const GArray *moves, unsigned index)
{
    return &g_array_index(moves, ResmgrMove, index);
}

static void has_arrived(void *data)
{
    monitor_flow_resume(data);
}

/* Begins the relocation of the group that begins with `first`, there or back. */
static MonitorStepResult begin(MonitorFlow *flow, const GArray *moves, unsigned first, bool back)
{
    MonitorSystem *system = flow->system;
    unsigned count = resmgr_moves_group_size(moves, first);
    g_autofree LparRelocationMove *relocated = g_new0(LparRelocationMove, count);
    HvTime hold_limit_ns = HV_TIME_NEVER;

    for (unsigned i = 0; i < count; i++) {
        const ResmgrMove *move = monitor_flow_move(moves, first + i);

        relocated[i] = (LparRelocationMove){
            .lpar = system->lpars[move->lpar],
            .kind = move->kind,
            .from_bytes = back ? move->to_bytes : move->from_bytes,
            .to_bytes = back ? move->from_bytes : move->to_bytes,
            .size_bytes = move->size_bytes,
        };
        hold_limit_ns = MIN(hold_limit_ns, monitor_system_hold_limit(system, move->lpar));
    }
    flow->group_first = first;
    flow->group_count = count;
    flow->relocation = lpar_relocation_begin(
        system->engine, system->trace, system->definition->machine->ms_copy_rate, hold_limit_ns, relocated,
        count, has_arrived, flow);
    return MONITOR_STEP_WAIT;
}

MonitorStepResult monitor_flow_begin_group(MonitorFlow *flow, const GArray *moves)
{
    return begin(flow, moves, flow->moves_done, /* back= */ false);
}

MonitorStepResult monitor_flow_begin_group_back(MonitorFlow *flow, const GArray *moves)
{
    unsigned first = 0;

    g_assert(flow->moves_done > 0);
    while (first + resmgr_moves_group_size(moves, first) < flow->moves_done)
        first += resmgr_moves_group_size(moves, first);
    return begin(flow, moves, first, /* back= */ true);
}

void monitor_flow_end_group(MonitorFlow *flow, GArray *costs)
{
    for (unsigned i = 0; i < flow->group_count; i++)
        g_array_index(costs, LparRelocationCost, flow->group_first + i) =
            lpar_relocation_cost(flow->relocation, i);
    g_clear_pointer(&flow->relocation, lpar_relocation_free);
    flow->moves_done += flow->group_count;
}

void monitor_flow_end_group_back(MonitorFlow *flow)
{
    g_clear_pointer(&flow->relocation, lpar_relocation_free);
    flow->moves_done -= flow->group_count;
}

bool monitor_flow_fault_behind_moves(MonitorFlow *flow, const char *step)
{
    for (unsigned i = flow->group_first + 1; i <= flow->moves_done; i++) {
        g_autofree char *point = g_strdup_printf("%s.%u", step, i);

        if (monitor_flow_fault(flow, point))
            return true;
    }
    return false;
}
