/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_MONITOR_DISPATCH_PRIVATE_H
#define LPARSIM_MONITOR_DISPATCH_PRIVATE_H

#include "monitor/dispatch.h"
#include "monitor/frame.h"
#include "monitor/policy.h"

/* What the dispatcher's files share among themselves; nobody else includes this. */
typedef struct MonitorDomain MonitorDomain;

struct MonitorTcb {
    unsigned lpar, lip;
    MonitorBinding binding;
    const MonitorWorkOps *ops;
    void *work;
    MonitorDomain *domain;
    bool has_work, held;
    MonitorBound bound; /* the cap that held it down in the last frame */
    /*
     * Time it was entitled to and did not get (negative: got beyond); at most a frame either way at a layout.
     */
    int64_t credit_ns;
    HvTime entitled_ns; /* per frame, by the policy; what the frame gives may differ by the credit */
    HvTime credited_ns; /* of what the frame entitles to, what is in the credit already */
    HvTime got_ns;      /* busy time of this settling, until its owner has been told */
    MonitorLipAccount account;
};

/* One IP divided by shares, or the pool of all IPs of one type. */
struct MonitorDomain {
    MonitorDispatch *dispatch;
    const MonitorPolicyOps *policy;
    GArray *ips; /* of unsigned, IP numbers from 1 */
    HvIpType type;
    GPtrArray *tcbs; /* MonitorTcb *, by (lpar, lip), not owned */
    MonitorFrame frame;
    MonitorTcb **frame_tcbs; /* [frame.n_lips] */
    MonitorRan *accounted; /* [frame.n_pieces]: what each piece of the frame had given at the last settling */
    HvTime since_ns;       /* engine time from which on the frame is in force */
    HvTime settled_ns;     /* part of the elapsed time that is in the accounts */
    bool stale;            /* somebody has changed: lay out anew before time passes */
    uint32_t *order;    /* [tcbs->len]: indices, as they were last sorted; a good guess for the next time */
    GPtrArray *telling; /* while owners are told: MonitorTcb *, NULL for those ended meanwhile; else NULL */
    bool corrects;      /* the frame makes credits good: it is in force once and does not repeat */
    HvEvent event;
};

/* Runs while some tasks of an LPAR are bound. */
typedef struct {
    HvTime sum_ns, since_ns; /* up to since_ns, and since then if n_tasks > 0 */
    unsigned n_tasks;
} MonitorBoundClock;

typedef struct {
    uint32_t weights[HV_IP_TYPES];
    ResmgrCap cap;
    MonitorBoundClock bounds[MONITOR_BOUNDS];
} MonitorLparTerms;

struct MonitorDispatch {
    HvEngine *engine;
    HvTrace *trace;
    MonitorDispatchConfig config; /* its arrays are ours */
    GPtrArray *domains;           /* MonitorDomain *, owned */
    MonitorDomain **domain_of_ip; /* [ip - 1] */
    MonitorDomain *pools[HV_IP_TYPES];
    GPtrArray *tcbs;               /* MonitorTcb *, by (lpar, lip), owned */
    MonitorIpAccount *ip_accounts; /* [ip - 1] */
    HvTime *matrix_ns;             /* [lpar * n_ips + ip - 1] */
    MonitorLparTerms *terms;       /* [lpar] */
    GArray *ended;                 /* MonitorEndedTask: accounts of tasks that have ended */
    bool has_caps;                 /* some LPAR has or had one */
};

typedef struct {
    unsigned lpar, lip;
    uint16_t ip;
    HvIpType type;
    MonitorLipAccount account; /* sum over all tasks that LIP has had */
} MonitorEndedTask;

/* domain.c */
MonitorDomain *monitor_domain_new(MonitorDispatch *dispatch, const MonitorPolicyOps *policy, HvIpType type);
void monitor_domain_free(MonitorDomain *domain);
/* Accounts up to now; the owners of work are told what they received. */
void monitor_domain_settle(MonitorDomain *domain);
/* The frame no longer fits; a new one is laid out before time passes. The domain is settled (asserted). */
void monitor_domain_change(MonitorDomain *domain);
void monitor_domain_add(MonitorDomain *domain, MonitorTcb *tcb);
void monitor_domain_remove(MonitorDomain *domain, MonitorTcb *tcb);

/* claim.c */
HvTime monitor_domain_slice(const MonitorDomain *domain);
/* The policy's division as it is: allotments_ns and capped [domain->tcbs->len] for one frame; its length. Notes what
 * bound whom. */
HvTime monitor_domain_divide(MonitorDomain *domain, HvTime *ret_allotments_ns, bool *ret_capped);
/* The same with everybody busy, as a question. */
HvTime monitor_domain_divide_all(const MonitorDomain *domain, HvTime *ret_allotments_ns, bool *ret_capped);
uint32_t monitor_domain_total_weight(const MonitorDomain *domain);

/* bound.c */
void monitor_bound_set(MonitorTcb *tcb, MonitorBound bound);
/* The domain is divided like that from now on: notes for each task what binds it. */
void monitor_bound_note(
    const MonitorDomain *domain, const MonitorClaim *claims, HvTime length_ns, const HvTime *allotments_ns,
    const bool *capped);

/* credit.c */
/* Adds credits to the allotments as far as a frame can; false, and nothing changed, if there is no need. */
bool monitor_credit_correct(
    const MonitorDomain *domain, HvTime length_ns, const bool *capped, HvTime *allotments_ns);

/* Has time on an IP: it has work, or keeps its place while it waits. */
static inline bool monitor_tcb_takes_part(const MonitorTcb *tcb)
{
    return !tcb->held && (tcb->has_work || tcb->domain->dispatch->config.wait_completion);
}

#endif
