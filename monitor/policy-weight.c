/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Dispatching by weights: the LPARs of a pool share all its IPs.
 *
 * Two fillings, one in the other. Among LPARs by weight, each limited by the LIPs that can run (a LIP cannot
 * use more than one IP), its hard cap (the nominal share: weight / sum of the weights of all active LPARs)
 * and its absolute cap. Then equally among the LPAR's LIPs that can run, none above one IP. This is
 * "attainable" as PR/SM manuals have it.
 */
#include "monitor/policy.h"

#define SLICE_LONGEST_NS  (25 * HV_NS_PER_MS)
#define SLICE_SHORTEST_NS (12500 * HV_NS_PER_US)

/* Up to so many LPARs, nothing is allocated. */
#define WEIGHT_FEW 32

/* One LPAR: its claims stand next to each other. */
typedef struct {
    unsigned first, count, runnable;
} Group;

/* Returns how many there are, at most n. */
static unsigned group_claims(const MonitorClaim *claims, unsigned n, Group *ret_groups)
{
    unsigned n_groups = 0;

    for (unsigned i = 0; i < n; i++) {
        if (i == 0 || claims[i].lpar != claims[i - 1].lpar)
            ret_groups[n_groups++] = (Group){.first = i};
        ret_groups[n_groups - 1].count++;
        ret_groups[n_groups - 1].runnable += claims[i].runnable;
    }
    return n_groups;
}

/* Equal parts for those that can run; what is left over by rounding goes to the first of them, a unit each. */
static void
divide_group(const MonitorClaim *claims, const Group *group, uint64_t amount_ns, HvTime *ret_allotments_ns)
{
    uint64_t part_ns = group->runnable > 0 ? amount_ns / group->runnable : 0;
    uint64_t rest = amount_ns - part_ns * group->runnable;

    for (unsigned i = group->first; i < group->first + group->count; i++) {
        ret_allotments_ns[i] = claims[i].runnable ? part_ns + (rest > 0) : 0;
        rest -= claims[i].runnable && rest > 0;
    }
    g_assert(rest == 0);
}

static void weight_divide(
    const MonitorClaim *claims, unsigned n, unsigned n_ips, HvTime length_ns, HvTime *ret_allotments_ns,
    bool *ret_capped)
{
    uint64_t few[3 * WEIGHT_FEW];
    Group few_groups[WEIGHT_FEW];
    g_autofree uint64_t *many = n > WEIGHT_FEW ? g_new(uint64_t, 3 * (size_t)n) : NULL;
    g_autofree Group *many_groups = n > WEIGHT_FEW ? g_new(Group, n) : NULL;
    Group *groups = many_groups ? many_groups : few_groups;
    unsigned n_groups = group_claims(claims, n, groups);
    uint64_t *weights = many ? many : few, *limits = weights + n_groups, *amounts = limits + n_groups;

    for (unsigned g = 0; g < n_groups; g++) {
        weights[g] = claims[groups[g].first].weight;
        limits[g] = monitor_claim_limit(&claims[groups[g].first], groups[g].runnable, n_ips, length_ns, NULL);
    }
    monitor_policy_fill(weights, limits, n_groups, n_ips * length_ns, amounts);
    for (unsigned g = 0; g < n_groups; g++) {
        const Group *group = &groups[g];
        bool capped = limits[g] < group->runnable * length_ns && amounts[g] == limits[g];

        divide_group(claims, group, amounts[g], ret_allotments_ns);
        for (unsigned i = group->first; i < group->first + group->count; i++)
            ret_capped[i] = capped && claims[i].runnable;
    }
}

static HvTime weight_slice(unsigned n_lips, unsigned n_ips)
{
    if (n_lips == 0)
        return SLICE_LONGEST_NS;
    return CLAMP(SLICE_LONGEST_NS * n_ips / n_lips, SLICE_SHORTEST_NS, SLICE_LONGEST_NS);
}

const MonitorPolicyOps monitor_policy_weight = {
    .name = "weight", .whole_ips = true, .divide = weight_divide, .slice = weight_slice};
