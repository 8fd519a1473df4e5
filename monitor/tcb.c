/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What may be read of a task control block.
 *
 * Everything that changes one is in the dispatcher, which owns it (dispatch.c, domain.c). A state is not kept
 * but follows from what is: a hold is stronger than work, and who has work and is not held is ready, on an IP
 * or not.
 */
#include "monitor/dispatch-private.h"

unsigned monitor_tcb_lpar(const MonitorTcb *tcb)
{
    return tcb->lpar;
}

unsigned monitor_tcb_lip(const MonitorTcb *tcb)
{
    return tcb->lip;
}

MonitorTcbState monitor_tcb_state(const MonitorTcb *tcb)
{
    if (tcb->held)
        return MONITOR_TCB_HELD;
    return tcb->has_work ? MONITOR_TCB_READY : MONITOR_TCB_WAITING;
}

const char *monitor_tcb_state_name(MonitorTcbState state)
{
    static const char *const names[] = {
        [MONITOR_TCB_WAITING] = "waiting", [MONITOR_TCB_READY] = "ready", [MONITOR_TCB_HELD] = "held"};

    g_assert(state < G_N_ELEMENTS(names));
    return names[state];
}

MonitorPolarity monitor_tcb_polarity(const MonitorTcb *tcb)
{
    return tcb->polarity;
}

uint32_t monitor_tcb_vertical_bp(const MonitorTcb *tcb)
{
    return tcb->share_bp;
}

bool monitor_tcb_is_parked(const MonitorTcb *tcb)
{
    return tcb->parked;
}

MonitorBinding monitor_tcb_binding(const MonitorTcb *tcb)
{
    return tcb->binding;
}

MonitorLipAccount monitor_tcb_account(const MonitorTcb *tcb)
{
    return tcb->account;
}
