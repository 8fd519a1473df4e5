/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_MONITOR_POLICY_H
#define LPARSIM_MONITOR_POLICY_H

#include "hv/quantity.h"
#include "monitor/bound.h"
#include "monitor/polarization.h"

/*
 * A dispatching policy decides how a frame's time is divided among the LIPs of a domain that can run. A
 * domain is one IP (shares) or the pool of all IPs of one type (weights). Policies are pure: same input, same
 * allotments.
 */
typedef struct {
    unsigned lpar; /* number; LIPs of one LPAR stand next to each other */
    /* Shares: basis points of the IP. Weights: the LPAR's, the same for each of its LIPs. */
    uint32_t weight;
    /* What a weight is a part of: the sum of all in the domain, LPARs without a task included. */
    uint32_t total_weight;
    bool runnable;   /* has work and is not held */
    bool hard_cap;   /* never above the share (the nominal share of the LPAR) */
    uint32_t cap_bp; /* absolute cap of what `lpar` may use in this domain, in 1/100 % of an IP; 0: none */
    bool limited;    /* beside the caps above, `lpar` may have at most most_ns of one frame */
    HvTime most_ns;
    MonitorPolarity polarity;
    MonitorBound most_bound; /* by which cap; NONE: by none, but by what may be lent to it */
} MonitorClaim;

/*
 * The most that the LPAR of a claim may have of a frame on n_ips IPs, by its caps and because a LIP that can run, of
 * which it has `runnable`, cannot use more than one IP. *ret_bound, which may be NULL: the cap that is the lowest.
 */
HvTime monitor_claim_limit(
    const MonitorClaim *claim, unsigned runnable, unsigned n_ips, HvTime length_ns, MonitorBound *ret_bound);

typedef struct {
    const char *name;
    /* Whoever no cap holds down gets a whole IP, if there is one for each that can run; nobody need ask for it. */
    bool whole_ips;
    /*
     * allotments_ns[i]: time of claim i in one frame of length_ns on n_ips IPs. 0 for those not runnable;
     * never above length_ns; the sum never above n_ips * length_ns, and equal to it unless caps or the number
     * of runnable LIPs forbid. Rounding is by largest remainder, ties to the lower index, so the sum is
     * exact. capped[i] tells that a cap is what keeps claim i from having more.
     */
    void (*divide)(
        const MonitorClaim *claims, unsigned n, unsigned n_ips, HvTime length_ns, HvTime *ret_allotments_ns,
        bool *ret_capped);
    /* Slice (before the user's own setting) for n LIPs on n_ips IPs. */
    HvTime (*slice)(unsigned n_lips, unsigned n_ips);
} MonitorPolicyOps;

/* The patent's: each LIP on its IP for its percentage; what is not used goes to the others by share. */
extern const MonitorPolicyOps monitor_policy_share;
/* Pool by weight: water filling over LPARs with runnable LIPs, caps and nominal share as bounds; then equally
 * over an LPAR's LIPs. */
extern const MonitorPolicyOps monitor_policy_weight;
/* The same for each LPAR, but its high LIPs first, then its mediums, then its lows. */
extern const MonitorPolicyOps monitor_policy_vertical;

/*
 * Weighted max-min filling, the rule both use: divides `total` among n takers by weight, none above its
 * limit, what one cannot take going to the others by weight. Exact in integers; the sum of the results is
 * min(total, sum of the limits of takers with weight > 0).
 */
void monitor_policy_fill(
    const uint64_t *weights, const uint64_t *limits, unsigned n, uint64_t total, uint64_t *ret_amounts);

#endif
