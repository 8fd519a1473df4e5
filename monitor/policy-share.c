/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Dispatching by shares, the patent's: each LIP runs on its IP for its percentage of the time.
 *
 * The domain is one IP. The weights are the shares, so as long as all have work each gets exactly its share;
 * what somebody does not use goes to the others by share. A hard cap makes the share the limit, an absolute
 * cap another.
 */
#include "monitor/policy.h"

static void share_divide(
    const MonitorClaim *claims, unsigned n, unsigned n_ips, HvTime length_ns, HvTime *ret_allotments_ns,
    bool *ret_capped)
{
    g_autofree uint64_t *weights = g_new(uint64_t, n);
    g_autofree uint64_t *limits = g_new(uint64_t, n);

    g_assert(n_ips == 1);
    for (unsigned i = 0; i < n; i++) {
        weights[i] = claims[i].weight;
        limits[i] = monitor_claim_limit(&claims[i], claims[i].runnable, n_ips, length_ns, NULL);
    }
    monitor_policy_fill(weights, limits, n, length_ns, ret_allotments_ns);
    for (unsigned i = 0; i < n; i++)
        ret_capped[i] = claims[i].runnable && limits[i] < length_ns && ret_allotments_ns[i] == limits[i];
}

/* 25 ms x physical / logical, clamped to 12.5 .. 25 ms: the rule for pools, with one IP. */
static HvTime share_slice(unsigned n_lips, unsigned n_ips)
{
    return monitor_policy_weight.slice(n_lips, n_ips);
}

const MonitorPolicyOps monitor_policy_share = {
    .name = "share", .whole_ips = true, .divide = share_divide, .slice = share_slice};
