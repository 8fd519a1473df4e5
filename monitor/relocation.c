/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A group of a plan's moves becomes a relocation of LPAR control.
 *
 * INTEG and restore plan their moves alike, and both can take one back; so both begin a group here, there or back. Nobody is held longer than
 * the LPAR of the group with the shortest time slice may be.
 */
#include "monitor/system-private.h"

LparRelocation *monitor_system_relocate(
    MonitorSystem *system, const ResmgrMove *moves, unsigned count, bool back, void (*done)(void *data),
    void *data)
{
    g_autofree LparRelocationMove *relocated = g_new0(LparRelocationMove, count);
    HvTime hold_limit_ns = HV_TIME_NEVER;

    for (unsigned i = 0; i < count; i++) {
        const ResmgrMove *move = &moves[i];

        relocated[i] = (LparRelocationMove){
            .lpar = system->lpars[move->lpar],
            .kind = move->kind,
            .from_bytes = back ? move->to_bytes : move->from_bytes,
            .to_bytes = back ? move->from_bytes : move->to_bytes,
            .size_bytes = move->size_bytes,
        };
        hold_limit_ns = MIN(hold_limit_ns, monitor_system_hold_limit(system, move->lpar));
    }
    return lpar_relocation_begin(
        system->engine, system->trace, system->definition->machine->ms_copy_rate, hold_limit_ns, relocated,
        count, done, data);
}
