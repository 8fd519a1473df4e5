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

/* One LPAR: its claims stand next to each other. */
typedef struct {
    unsigned first, count, runnable;
} Group;

static GArray *group_claims(const MonitorClaim *claims, unsigned n)
{
    GArray *groups = g_array_new(FALSE, FALSE, sizeof(Group));

    for (unsigned i = 0; i < n; i++) {
        if (i == 0 || claims[i].lpar != claims[i - 1].lpar) {
            const Group group = {.first = i};

            g_array_append_val(groups, group);
        }
        Group *last = &g_array_index(groups, Group, groups->len - 1);

        last->count++;
        last->runnable += claims[i].runnable;
    }
    return groups;
}

static void divide_group(
    const MonitorClaim *claims, const Group *group, uint64_t amount_ns, HvTime length_ns,
    HvTime *ret_allotments_ns)
{
    g_autofree uint64_t *weights = g_new(uint64_t, group->count);
    g_autofree uint64_t *limits = g_new(uint64_t, group->count);

    for (unsigned i = 0; i < group->count; i++) {
        weights[i] = claims[group->first + i].runnable;
        limits[i] = length_ns;
    }
    monitor_policy_fill(weights, limits, group->count, amount_ns, ret_allotments_ns + group->first);
}

static void weight_divide(
    const MonitorClaim *claims, unsigned n, unsigned n_ips, HvTime length_ns, HvTime *ret_allotments_ns,
    bool *ret_capped)
{
    g_autoptr(GArray) groups = group_claims(claims, n);
    g_autofree uint64_t *weights = g_new(uint64_t, groups->len);
    g_autofree uint64_t *limits = g_new(uint64_t, groups->len);
    g_autofree uint64_t *amounts = g_new(uint64_t, groups->len);

    for (unsigned g = 0; g < groups->len; g++) {
        const Group *group = &g_array_index(groups, Group, g);

        weights[g] = claims[group->first].weight;
        limits[g] = monitor_claim_limit(&claims[group->first], group->runnable, n_ips, length_ns, NULL);
    }
    monitor_policy_fill(weights, limits, groups->len, n_ips * length_ns, amounts);
    for (unsigned g = 0; g < groups->len; g++) {
        const Group *group = &g_array_index(groups, Group, g);
        bool capped = limits[g] < group->runnable * length_ns && amounts[g] == limits[g];

        divide_group(claims, group, amounts[g], length_ns, ret_allotments_ns);
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
    .name = "weight", .divide = weight_divide, .slice = weight_slice};
