/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_MONITOR_TCB_H
#define LPARSIM_MONITOR_TCB_H

#include "hv/guest.h"
#include "monitor/polarization.h"

/*
 * The task control block of a LIP task. The dispatcher owns it; others read.
 *
 *     WAITING --has work--> READY <--frame--> RUNNING --waits--> WAITING        any --hold--> HELD
 * --release--> any
 */
typedef struct {
    uint16_t ip;       /* bound to that IP with a share of it; 0: in the pool of its type */
    uint32_t share_bp; /* ip > 0 */
    HvIpType type;     /* ip 0 */
} MonitorBinding;

/* How the dispatcher asks and tells whoever has the work (the guest, by way of the monitor). */
typedef struct {
    HvTime (*burst)(void *work, unsigned lip);            /* hv_guest_lip_burst() */
    void (*ran)(void *work, unsigned lip, HvTime ran_ns); /* hv_guest_lip_ran() */
} MonitorWorkOps;

/* running + ready + waiting = online, always, after monitor_dispatch_settle(). */
typedef struct {
    HvTime running_ns;
    HvTime
        ready_ns; /* had work and was allowed to run, but was not on an IP (its own dispatching included) */
    HvTime waiting_ns;    /* had no work, or was held */
    HvTime online_ns;     /* since the task was made */
    HvTime management_ns; /* spent by the monitor for its dispatches; a part of ready_ns */
    HvTime held_ns;       /* a part of waiting_ns */
    HvTime
        parked_ns; /* a part of waiting_ns: vertical low, without spare time for it, with work or without */
    uint64_t dispatches;
} MonitorLipAccount;

typedef enum {
    MONITOR_TCB_WAITING,
    MONITOR_TCB_READY, /* includes running at this moment: who is on the IP is a matter of the frame */
    MONITOR_TCB_HELD,
} MonitorTcbState;

typedef struct MonitorTcb MonitorTcb;

unsigned monitor_tcb_lpar(const MonitorTcb *tcb);
unsigned monitor_tcb_lip(const MonitorTcb *tcb);
MonitorTcbState monitor_tcb_state(const MonitorTcb *tcb);
const char *monitor_tcb_state_name(MonitorTcbState state);
MonitorPolarity monitor_tcb_polarity(const MonitorTcb *tcb);
/* Of one IP, in 1/100 %, by the polarization; 0 if it is horizontal. */
uint32_t monitor_tcb_vertical_bp(const MonitorTcb *tcb);
bool monitor_tcb_is_parked(const MonitorTcb *tcb);
MonitorBinding monitor_tcb_binding(const MonitorTcb *tcb);
MonitorLipAccount monitor_tcb_account(const MonitorTcb *tcb); /* as of the last settling */

#endif
