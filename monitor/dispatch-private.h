/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_MONITOR_DISPATCH_PRIVATE_H
#define LPARSIM_MONITOR_DISPATCH_PRIVATE_H

#include "monitor/dispatch.h"
#include "monitor/frame.h"
#include "monitor/place.h"
#include "monitor/policy.h"
#include "monitor/rolling.h"
#include "monitor/watch.h"

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
    MonitorPolarity polarity;
    bool parked;       /* low, and without a part in the frame */
    unsigned home;     /* high: the IP of the domain that is its own, counted from 1 by number; else 0 */
    uint32_t share_bp; /* of an IP, by the polarization; 0 also if it is horizontal */
    /*
     * Time it was entitled to and did not get (negative: got beyond); at most a frame either way at a layout.
     */
    int64_t credit_ns;
    HvTime entitled_ns;   /* per frame, by the policy; what the frame gives may differ by the credit */
    HvTime credited_ns;   /* of what the frame entitles to, what is in the credit already */
    HvTime got_ns;        /* busy time of this settling, until its owner has been told */
    HvTime settled_ns;    /* engine time up to which the account is good */
    unsigned index;       /* in domain->tcbs */
    unsigned seat;        /* the IP of the domain it has to itself, counted from 1; 0: none */
    HvTime seated_ns;     /* since when, in engine time */
    MonitorRan seat_gave; /* what the seat had given at the last settling */
    HvEvent burst_end;    /* only while it has a seat */
    MonitorLipAccount account;
};

/* Everybody who takes part has an IP to himself: seat.c. */
typedef struct {
    bool in_force; /* instead of the frame */
    uint64_t
        *free; /* [n_words]: bit i % 64 of word i / 64 is set while IP i of the domain has nobody on it */
    unsigned n_words;
    HvTime *idle_since_ns; /* [ips->len]: engine time up to which the account of a free IP is good */
    HvTime slice_ns;
} MonitorSeats;

/* Room for laying out a frame, [tcbs->len] each; what is in it is of no use afterwards. */
typedef struct {
    HvTime *allotments_ns, *ordered_ns;
    bool *capped;
    MonitorPlace *places, *spare_places;               /* of domain->takers */
    HvTime *wanted_ns, *rooms_ns, *extra_ns, *weights; /* credit.c */
} MonitorScratch;

/* One IP divided by shares, or the pool of all IPs of one type. */
struct MonitorDomain {
    MonitorDispatch *dispatch;
    const MonitorPolicyOps *policy;
    GArray *ips; /* of unsigned, IP numbers from 1 */
    HvIpType type;
    GPtrArray *tcbs; /* MonitorTcb *, by (lpar, lip), not owned */
    HvTime made_ns;
    MonitorSeats seats;
    MonitorScratch scratch;
    MonitorFrame frame;
    MonitorTcb **takers; /* [n_takers]: who takes part in the frame, by index */
    unsigned n_takers;
    MonitorTcb **frame_tcbs; /* [frame.n_lips]: those who have a part in it, in its order */
    MonitorRan *accounted; /* [frame.n_pieces]: what each piece of the frame had given at the last settling */
    HvTime since_ns;       /* engine time from which on the frame, or seats, are in force */
    HvTime
        settled_ns; /* part of the elapsed time that is in the accounts of the IPs and of all who take part */
    bool stale;     /* somebody has changed: lay out anew before time passes */
    unsigned comings_and_goings; /* of tasks, counted */
    bool resized;                /* there were some since a frame was last laid out */
    bool repolarizes;            /* LIPs or weights have changed, and the polarization depends on them */
    bool corrects;               /* the frame makes credits good: it is in force once and does not repeat */
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

typedef struct {
    unsigned group;                  /* from 1; 0: in none */
    uint32_t defined_msu_hundredths; /* 0: none */
    bool held;                       /* its average has reached that */
    MonitorRolling rolling;
    HvTime used_ns; /* since power on, at the last evaluation */
} MonitorLparCapacity;

typedef struct {
    uint32_t cap_ips_hundredths, limit_msu_hundredths; /* 0: none */
    bool held;                                         /* its average has reached the limit */
    bool changes;                                      /* held has just changed */
    MonitorRolling rolling;
    HvTime interval_ns; /* used by its members in the interval that ends */
} MonitorGroup;

typedef struct {
    uint32_t msu_per_ip_hundredths;
    MonitorLparCapacity *lpars; /* [lpar] */
    GArray *groups;             /* MonitorGroup */
    HvEvent event;
} MonitorCapacity;

typedef struct MonitorLending MonitorLending;

struct MonitorDispatch {
    HvEngine *engine;
    HvTrace *trace;
    MonitorDispatchConfig config; /* its arrays are ours */
    GPtrArray *domains;           /* MonitorDomain *, owned */
    MonitorDomain **domain_of_ip; /* [ip - 1] */
    MonitorDomain *pools[HV_IP_TYPES];
    GPtrArray *tcbs; /* MonitorTcb *, by (lpar, lip), owned */
    unsigned
        *first_tasks; /* [lpar]: where its tasks begin in tcbs; [max_lpar + 1]: where the last ones end */
    MonitorIpAccount *ip_accounts;     /* [ip - 1] */
    HvTime *matrix_ns;                 /* [lpar * n_ips + ip - 1] */
    MonitorLparTerms *terms;           /* [lpar] */
    uint32_t weight_sums[HV_IP_TYPES]; /* of all LPARs */
    GArray *ended;                     /* MonitorEndedTask: accounts of tasks that have ended */
    bool has_caps;                     /* some LPAR has or had one */
    const MonitorWatchOps *watch_ops;  /* NULL: nobody watches */
    void *watch_data;
    MonitorLending *lending;   /* NULL: everybody lends to all */
    MonitorCapacity *capacity; /* NULL: no groups, no limits in MSU */
};

typedef struct {
    unsigned lpar, lip;
    uint16_t ip;
    HvIpType type;
    MonitorLipAccount account; /* sum over all tasks that LIP has had */
} MonitorEndedTask;

/* lending-claims.c: what may not be lent to an LPAR becomes a limit of its claims. After all caps. */
void monitor_lending_limit(const MonitorDomain *domain, HvTime length_ns, MonitorClaim *claims);

/* The LPAR lends to all again. */
void monitor_lending_forget(MonitorDispatch *dispatch, unsigned lpar);

/* dispatch.c: every domain in which the LPAR has a task is laid out anew. */
void monitor_dispatch_lpar_changed(MonitorDispatch *dispatch, unsigned lpar);

/* capacity.c */
void monitor_capacity_free(MonitorDispatch *dispatch);
void monitor_capacity_codec(MonitorDispatch *dispatch, HvCodec *codec);
/* Room for LPARs up to that number. */
void monitor_capacity_grow(MonitorDispatch *dispatch, unsigned max_lpar);
/* What a soft limit that is in force lets the LPAR have, in 10^-9 IPs; 0: none is. */
uint64_t monitor_capacity_soft_limit(const MonitorDispatch *dispatch, unsigned lpar);
/* Some limit of its group, or a soft one, can hold it down at present. */
bool monitor_capacity_binds(const MonitorDispatch *dispatch, unsigned lpar);
/* Limits of groups become limits of the claims of their members. */
void monitor_capacity_limit(const MonitorDomain *domain, HvTime length_ns, MonitorClaim *claims);

/* domain.c */
MonitorDomain *monitor_domain_new(MonitorDispatch *dispatch, const MonitorPolicyOps *policy, HvIpType type);
void monitor_domain_free(MonitorDomain *domain);
/* The layout no longer fits; a new one is made before time passes. The domain is settled (asserted). */
void monitor_domain_change(MonitorDomain *domain);
/* The task begins or ends to take part; the LIPs of its LPAR are settled (asserted). */
void monitor_domain_adapt(MonitorDomain *domain, MonitorTcb *tcb);
/* The burst of the task has become another one. */
void monitor_domain_ask(MonitorDomain *domain, MonitorTcb *tcb);
void monitor_domain_add(MonitorDomain *domain, MonitorTcb *tcb);
void monitor_domain_remove(MonitorDomain *domain, MonitorTcb *tcb);
/* Of (lpar, lip) in domain->tcbs, or where it would be. */
unsigned monitor_domain_position(const MonitorDomain *domain, unsigned lpar, unsigned lip);

/* Room for laying out as many LIPs as there are now. */
void monitor_domain_make_room(MonitorDomain *domain);

/* domain-codec.c */
/* The reader's tasks are in it already, as monitor_domain_put_back() has put them. */
void monitor_domain_codec(MonitorDomain *domain, HvCodec *codec);
/* A task that was read, without any consequence; they come by (lpar, lip). */
void monitor_domain_put_back(MonitorDomain *domain, MonitorTcb *tcb);
/* All of a task but who it is and where: that is known before. */
void monitor_tcb_codec(MonitorTcb *tcb, HvCodec *codec);

/* settle.c */
/* Accounts up to now; the owners of work are told what they received. */
void monitor_domain_settle(MonitorDomain *domain);
/* The same for those who take part, at least. */
void monitor_domain_settle_takers(MonitorDomain *domain);
/* The same for the LIPs of that task's LPAR in the domain, at least. */
void monitor_domain_settle_lpar(MonitorDomain *domain, const MonitorTcb *tcb);

/* seat.c */
void monitor_seats_clear(MonitorSeats *seats);
void monitor_seat_init(MonitorTcb *tcb);
/* Seats for all who take part, if that can be; else nobody has one. The domain is settled. */
bool monitor_seats_lay_out(MonitorDomain *domain);
/* All get up. The domain is settled. */
void monitor_seats_leave(MonitorDomain *domain);
/* The task sits down, gets up or stays, as it takes part or not; false if it has no seat and cannot have one. */
bool monitor_seats_adapt(MonitorDomain *domain, MonitorTcb *tcb);
/* What its owner says of the burst of a task with a seat is when it will end. */
void monitor_seat_ask(MonitorTcb *tcb);
/* What the seat has given since the last settling; now it is settled. */
MonitorRan monitor_seat_take_ran(const MonitorDomain *domain, MonitorTcb *tcb, HvTime now_ns);
/* Free IPs were idle up to now. */
void monitor_seats_account_idle(MonitorDomain *domain);

/* watch.c */
/* The domain is about to be settled: what its frame gave since the last time is told. */
void monitor_watch_frame(const MonitorDomain *domain, HvTime elapsed_ns);
/* What the task's seat gave since it was last settled. */
void monitor_watch_seat(
    const MonitorDomain *domain, const MonitorTcb *tcb, const MonitorRan *got, HvTime now_ns);

/* claim.c */
HvTime monitor_domain_slice(const MonitorDomain *domain);
/* The policy's division as it is: allotments_ns and capped [domain->tcbs->len] for one frame; its length. Notes what
 * bound whom. */
HvTime monitor_domain_divide(MonitorDomain *domain, HvTime *ret_allotments_ns, bool *ret_capped);
/* The same with everybody busy, as a question. */
HvTime monitor_domain_divide_all(const MonitorDomain *domain, HvTime *ret_allotments_ns, bool *ret_capped);
uint32_t monitor_domain_total_weight(const MonitorDomain *domain);
/* Whether a cap of its own keeps its LPAR from having a whole IP for each of its LIPs that take part. */
bool monitor_domain_cap_binds(const MonitorDomain *domain, const MonitorTcb *tcb);

/* bound.c */
void monitor_bound_set(MonitorTcb *tcb, MonitorBound bound);
/* Nobody in the domain is bound by anything. */
void monitor_bound_clear(MonitorDomain *domain);
/* The domain is divided like that from now on: notes for each task what binds it. */
void monitor_bound_note(
    const MonitorDomain *domain, const MonitorClaim *claims, HvTime length_ns, const HvTime *allotments_ns,
    const bool *capped);

/* polarization.c: of domains with monitor_policy_vertical */
/* LIPs or weights are others now. The domain is settled. */
void monitor_polarization_apply(MonitorDomain *domain);
/* Who is low and has nothing of the frame (allotments of takers) is parked. */
void monitor_polarization_park(MonitorDomain *domain, const HvTime *allotments_ns);
/*
 * Places of highs that have an IP for the whole frame come first, and the domain's IPs in such an order that each is on
 * its own; returns how many they are.
 */
unsigned monitor_polarization_at_home(
    MonitorDomain *domain, const HvTime *allotments_ns, HvTime length_ns, MonitorPlace *places, unsigned n);

static inline bool monitor_domain_is_vertical(const MonitorDomain *domain)
{
    return domain->policy == &monitor_policy_vertical;
}

/* credit.c */
/* Adds credits to the allotments, of domain->takers, as far as a frame can; false, and nothing changed, if there is no need. */
bool monitor_credit_correct(
    MonitorDomain *domain, HvTime length_ns, const bool *capped, HvTime *allotments_ns);

static inline MonitorTcb *monitor_domain_tcb(const MonitorDomain *domain, unsigned i)
{
    return (MonitorTcb *)g_ptr_array_index(domain->tcbs, i);
}

/* Has time on an IP: it has work, or keeps its place while it waits. */
static inline bool monitor_tcb_takes_part(const MonitorTcb *tcb)
{
    return !tcb->held && (tcb->has_work || tcb->domain->dispatch->config.wait_completion);
}

#endif
