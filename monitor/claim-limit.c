/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The limit of an LPAR in a frame: the lowest of its caps, and which that is.
 *
 * The same for shares and weights, because a share is a weight among 10000 on a single IP. Limits are rounded down, so
 * a cap is never exceeded. The kinds are looked at in the order of MonitorBound; a later one binds only if it is lower.
 */
#include "monitor/policy.h"

static void lower(HvTime *limit_ns, MonitorBound *bound, HvTime cap_ns, MonitorBound kind)
{
    if (cap_ns >= *limit_ns)
        return;
    *limit_ns = cap_ns;
    *bound = kind;
}

HvTime monitor_claim_limit(
    const MonitorClaim *claim, unsigned runnable, unsigned n_ips, HvTime length_ns, MonitorBound *ret_bound)
{
    HvTime limit_ns = runnable * length_ns;
    MonitorBound bound = MONITOR_BOUND_NONE;

    if (claim->hard_cap && claim->total_weight > 0)
        lower(
            &limit_ns, &bound, hv_muldiv(n_ips * length_ns, claim->weight, claim->total_weight),
            MONITOR_BOUND_HARD);
    if (claim->cap_bp > 0)
        lower(
            &limit_ns, &bound, hv_muldiv(length_ns, claim->cap_bp, HV_SHARE_WHOLE_BP),
            MONITOR_BOUND_ABSOLUTE);
    if (claim->limited)
        lower(&limit_ns, &bound, claim->most_ns, claim->most_bound);
    if (ret_bound)
        *ret_bound = bound;
    return limit_ns;
}
