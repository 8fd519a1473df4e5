/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which cap bound an LPAR, and for how long.
 *
 * A cap binds while it keeps the LPAR from having more: without it there would be more for it, because IPs stand
 * idle or because somebody else stands at a higher level, that is, has more for each unit of his weight. An LPAR
 * that has just what its hard cap allows because all others take all of theirs is not held down by the cap.
 *
 * Each task remembers what bound it in its last frame, and each LPAR how many of its tasks each kind binds. The time
 * of a kind runs while that number is above 0. So LIPs on several IPs count once, nothing is to be done while frames
 * repeat, and looking changes nothing.
 */
#include "monitor/dispatch-private.h"

/* --- Time ----------------------------------------------------------------------------------------------- */

static void count(MonitorBoundClock *clock, HvTime now_ns, int change)
{
    if (clock->n_tasks > 0)
        clock->sum_ns += now_ns - clock->since_ns;
    clock->since_ns = now_ns;
    g_assert(change > 0 || clock->n_tasks > 0);
    clock->n_tasks += (unsigned)change;
}

void monitor_bound_set(MonitorTcb *tcb, MonitorBound bound)
{
    MonitorDispatch *dispatch = tcb->domain->dispatch;
    MonitorBoundClock *clocks = dispatch->terms[tcb->lpar].bounds;
    HvTime now_ns = hv_engine_now(dispatch->engine);

    if (tcb->bound == bound)
        return;
    if (tcb->bound != MONITOR_BOUND_NONE)
        count(&clocks[tcb->bound], now_ns, -1);
    if (bound != MONITOR_BOUND_NONE)
        count(&clocks[bound], now_ns, 1);
    /* The clock of NONE runs while anything binds; what is told is the rest of the time. */
    if (tcb->bound == MONITOR_BOUND_NONE || bound == MONITOR_BOUND_NONE)
        count(&clocks[MONITOR_BOUND_NONE], now_ns, bound == MONITOR_BOUND_NONE ? -1 : 1);
    tcb->bound = bound;
}

HvTime monitor_dispatch_bound_ns(const MonitorDispatch *dispatch, unsigned lpar, MonitorBound bound)
{
    g_assert(lpar <= dispatch->config.max_lpar && bound < MONITOR_BOUNDS);
    const MonitorBoundClock *clock = &dispatch->terms[lpar].bounds[bound];
    HvTime now_ns = hv_engine_now(dispatch->engine);
    HvTime sum_ns = clock->sum_ns + (clock->n_tasks > 0 ? now_ns - clock->since_ns : 0);

    return bound == MONITOR_BOUND_NONE ? now_ns - sum_ns : sum_ns;
}

void monitor_bound_clear(MonitorDomain *domain)
{
    for (unsigned i = 0; domain->dispatch->has_caps && i < domain->tcbs->len; i++)
        monitor_bound_set(monitor_domain_tcb(domain, i), MONITOR_BOUND_NONE);
}

/* --- What binds in a frame ------------------------------------------------------------------------------ */

/* LPARs of a domain: their claims stand next to each other. */
typedef struct {
    const MonitorClaim *claims;
    const HvTime *allotments_ns;
    unsigned n;
} Division;

/* What the LPAR of claim i has; *ret_next is the first claim of the next LPAR. */
static HvTime lpar_amount(const Division *division, unsigned i, unsigned *ret_next)
{
    unsigned lpar = division->claims[i].lpar;
    HvTime sum_ns = 0;

    for (; i < division->n && division->claims[i].lpar == lpar; i++)
        sum_ns += division->allotments_ns[i];
    *ret_next = i;
    return sum_ns;
}

/* a / x < b / y, by more than the rounding of either amount can make of equals. */
static bool is_lower(HvTime a_ns, uint32_t x, HvTime b_ns, uint32_t y)
{
    __extension__ typedef unsigned __int128 Wide;

    return (Wide)a_ns * y + x + y < (Wide)b_ns * x;
}

/* The LPAR with the highest level in the division: amount and weight. */
static void find_highest(const Division *division, HvTime *ret_amount_ns, uint32_t *ret_weight)
{
    *ret_amount_ns = 0;
    *ret_weight = 1;
    for (unsigned i = 0, next; i < division->n; i = next) {
        HvTime amount_ns = lpar_amount(division, i, &next);
        uint32_t weight = division->claims[i].weight;

        if (weight == 0 || !is_lower(*ret_amount_ns, *ret_weight, amount_ns, weight))
            continue;
        *ret_amount_ns = amount_ns;
        *ret_weight = weight;
    }
}

static HvTime sum_of(const Division *division)
{
    HvTime sum_ns = 0;

    for (unsigned i = 0; i < division->n; i++)
        sum_ns += division->allotments_ns[i];
    return sum_ns;
}

void monitor_bound_note(
    const MonitorDomain *domain, const MonitorClaim *claims, HvTime length_ns, const HvTime *allotments_ns,
    const bool *capped)
{
    const Division division = {claims, allotments_ns, domain->tcbs->len};
    unsigned n_ips = domain->ips->len;
    bool idle = sum_of(&division) < n_ips * length_ns;
    HvTime highest_ns;
    uint32_t highest_weight;

    find_highest(&division, &highest_ns, &highest_weight);
    for (unsigned i = 0, next; i < division.n; i = next) {
        HvTime amount_ns = lpar_amount(&division, i, &next);
        bool more = idle || is_lower(amount_ns, claims[i].weight, highest_ns, highest_weight);

        for (unsigned k = i; k < next; k++) {
            MonitorBound bound = MONITOR_BOUND_NONE;

            if (capped[k] && more)
                monitor_claim_limit(&claims[k], next - i, n_ips, length_ns, &bound);
            monitor_bound_set(monitor_domain_tcb(domain, k), bound);
        }
    }
}
