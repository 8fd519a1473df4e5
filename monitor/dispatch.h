/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_MONITOR_DISPATCH_H
#define LPARSIM_MONITOR_DISPATCH_H

#include "hv/codec.h"
#include "hv/engine.h"
#include "hv/machine.h"
#include "hv/trace.h"
#include "monitor/bound.h"
#include "monitor/tcb.h"
#include "resmgr/definition.h"

/*
 * The dispatcher: puts LIP tasks on IPs, exactly, in simulated time, and keeps the accounts.
 *
 * Each IP divided by shares is a domain of its own, each pool of IPs of one type another. A domain has a
 * frame (monitor/frame.h) that its policy (monitor/policy.h) has divided. As long as nobody in the domain
 * begins or ends to be runnable the frame repeats, and nothing needs to be done; when something changes, the
 * domain is settled (accounts brought up to now in closed form) and laid out anew. Who had got less than it
 * was entitled to by then keeps a credit that the next frame makes good, so that nobody loses by the changes
 * of others: no LIP is ever more than a frame behind the fluid ideal, nor ahead of it by more than others,
 * held down by their caps, have to give back.
 */
typedef struct MonitorDispatch MonitorDispatch;

typedef struct {
    unsigned n_ips;
    const HvIpType *ip_types; /* [n_ips] */
    const bool *ip_in_pool;   /* [n_ips] */
    unsigned max_lpar;        /* highest LPAR number */
    HvTime slice_ns;          /* 0: by the policy's rule */
    HvTime dispatch_cost_ns;
    bool wait_completion; /* a LIP that waits keeps its place in the frame (its IP is busy, it gets no work
                             done) */
    bool
        frames_only; /* for tests: a frame even where there is an IP for everybody; what LIPs get is the same */
    bool vertical;   /* pools have vertical polarization */
    bool every_slice; /* account each piece when it ends instead of in closed form: same integers, slower */
} MonitorDispatchConfig;

/* Per IP; busy + idle + management = time since the dispatcher was made, after monitor_dispatch_settle(). */
typedef struct {
    HvTime busy_ns, idle_ns, management_ns;
    uint64_t dispatches;
} MonitorIpAccount;

/* The arrays of the config are copied. */
MonitorDispatch *monitor_dispatch_new(HvEngine *engine, HvTrace *trace, const MonitorDispatchConfig *config);
void monitor_dispatch_free(MonitorDispatch *dispatch);

/* A LIP task: made not ready and not held. Freed by monitor_dispatch_end_task(), also from within ran(). */
MonitorTcb *monitor_dispatch_make_task(
    MonitorDispatch *dispatch, unsigned lpar, unsigned lip, const MonitorBinding *binding,
    const MonitorWorkOps *ops, void *work);
void monitor_dispatch_end_task(MonitorDispatch *dispatch, MonitorTcb *tcb);
/* Tasks of an LPAR, and all of them by (lpar, lip): GPtrArray of MonitorTcb *, not owned; free with
 * g_ptr_array_unref(). */
GPtrArray *monitor_dispatch_tasks(const MonitorDispatch *dispatch);
MonitorTcb *monitor_dispatch_find(const MonitorDispatch *dispatch, unsigned lpar, unsigned lip);

/* The LIP has work, or waits. burst() may be called at once, and again whenever something of its LPAR has been told. */
void monitor_dispatch_set_ready(MonitorDispatch *dispatch, MonitorTcb *tcb, bool has_work);
/* Its work is told of all it has received up to now. Not from within ran() of the same domain. */
void monitor_dispatch_settle_task(MonitorDispatch *dispatch, MonitorTcb *tcb);
/* What burst() says of it is another value from now on; it is settled up to now (asserted). */
void monitor_dispatch_burst_changed(MonitorDispatch *dispatch, MonitorTcb *tcb);
void monitor_dispatch_set_held(MonitorDispatch *dispatch, MonitorTcb *tcb, bool held);
void monitor_dispatch_set_share(MonitorDispatch *dispatch, MonitorTcb *tcb, uint32_t share_bp);
/* Weights by type and cap of an LPAR; weights count for nominal shares while > 0, whether or not the LPAR has
 * tasks. */
void monitor_dispatch_set_lpar(
    MonitorDispatch *dispatch, unsigned lpar, const uint32_t weights[HV_IP_TYPES], ResmgrCap cap);

/*
 * Accounts for what a real guest's LIP has used elsewhere: `ran_ns` on its IP, or on those of its pool, `ready_ns` waiting
 * for one. It comes out of time that was accounted as waiting and as idle; what exceeds that is left out (several IPs
 * can share one CPU of the host, not the other way round). Settled before (by the call).
 */
void monitor_dispatch_charge(MonitorDispatch *dispatch, MonitorTcb *tcb, HvTime ran_ns, HvTime ready_ns);

/* Brings all accounts up to now; the getters below tell what was settled last. */
void monitor_dispatch_settle(MonitorDispatch *dispatch);
MonitorIpAccount monitor_dispatch_ip_account(const MonitorDispatch *dispatch, unsigned ip); /* 1 .. n_ips */
/* The LPAR x IP matrix: busy + management time of the LPAR's LIPs on that IP since power on. */
HvTime monitor_dispatch_matrix_ns(const MonitorDispatch *dispatch, unsigned lpar, unsigned ip);
/*
 * For how long since power on caps of that kind kept the LPAR, with work to do, from having more; up to now. NONE: for
 * how long no cap did. An LPAR on several IPs can be bound by several kinds at once.
 */
HvTime monitor_dispatch_bound_ns(const MonitorDispatch *dispatch, unsigned lpar, MonitorBound bound);
/* The time slice in force for that LIP task. */
HvTime monitor_dispatch_slice_ns(const MonitorDispatch *dispatch, const MonitorTcb *tcb);
/* Nominal and attainable share of an LPAR in the pool of a type, in 1/100 % of one IP; attainable: everybody
 * busy. */
typedef struct {
    uint64_t nominal_bp, attainable_bp;
} MonitorPoolShare;
MonitorPoolShare monitor_dispatch_pool_share(const MonitorDispatch *dispatch, unsigned lpar, HvIpType type);
/* The settings the dispatcher uses when `every_slice` is switched at run time. */
void monitor_dispatch_set_every_slice(MonitorDispatch *dispatch, bool every_slice);

/* Numbers up to that one, from now on; fewer than there are: nothing. What others were told, and know, stays as it is. */
void monitor_dispatch_grow(MonitorDispatch *dispatch, unsigned max_lpar);

/* The LPAR, which has no tasks (asserted), is no more: what it used is nobody's (LPAR 0), its terms are none. */
void monitor_dispatch_forget(MonitorDispatch *dispatch, unsigned lpar);

/* Who works for the tasks that are read. */
typedef struct {
    const MonitorWorkOps *ops;
    void *(*work)(void *data, unsigned lpar, unsigned lip); /* handed to ops; NULL: there is nobody */
    void *data;
} MonitorWorkers;

/* Written down and read back, of a whole machine (hv/codec.h). A reader's is new, without tasks (asserted), and quiet. */
void monitor_dispatch_codec(MonitorDispatch *dispatch, HvCodec *codec, const MonitorWorkers *workers);
/* A new one without tasks (asserted) waits for nothing any more: what it waits for is read next. */
void monitor_dispatch_quiesce(MonitorDispatch *dispatch);
void monitor_lip_account_codec(MonitorLipAccount *account, HvCodec *codec);
void monitor_ip_account_codec(MonitorIpAccount *account, HvCodec *codec);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(MonitorDispatch, monitor_dispatch_free)

#endif
