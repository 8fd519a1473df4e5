/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the LIPs of a domain may claim: slice, frame length, weights and caps, and the policy's division of
 * them.
 *
 * The frame is long enough that each LIP can have a slice of its own in it: slice x LIPs / IPs, at least one
 * slice. LIPs that wait or are held count, so the length changes only when tasks come or go.
 *
 * An absolute cap is the LPAR's. In a pool it bounds the LPAR there; what is bound to IPs by shares has the
 * cap split in proportion to the shares, in 1/100 % of an IP, so that the parts sum up to the cap.
 */
#include "monitor/dispatch-private.h"

HvTime monitor_domain_slice(const MonitorDomain *domain)
{
    HvTime slice_ns = domain->dispatch->config.slice_ns;

    return slice_ns ? slice_ns : domain->policy->slice(domain->tcbs->len, domain->ips->len);
}

static HvTime frame_length(const MonitorDomain *domain)
{
    unsigned n_lips = domain->tcbs->len, n_ips = domain->ips->len;
    HvTime slice_ns = monitor_domain_slice(domain);

    return n_lips > n_ips ? hv_muldiv(slice_ns, n_lips, n_ips) : slice_ns;
}

uint32_t monitor_domain_total_weight(const MonitorDomain *domain)
{
    return domain->policy == &monitor_policy_share ? HV_SHARE_WHOLE_BP
                                                   : domain->dispatch->weight_sums[domain->type];
}

/*
 * The part of the LPAR's cap for one LIP with a share: shares before it and with it, the difference. Of a soft cap
 * only CPs have parts.
 */
static uint64_t cap_of_share(const MonitorDispatch *dispatch, const MonitorTcb *tcb, uint64_t cap, bool soft)
{
    uint64_t before_bp = 0, sum_bp = 0;

    for (unsigned i = 0; i < dispatch->tcbs->len; i++) {
        const MonitorTcb *other = g_ptr_array_index(dispatch->tcbs, i);

        if (other->lpar != tcb->lpar || (soft && other->domain->type != HV_IP_CP))
            continue;
        before_bp = other == tcb ? sum_bp : before_bp;
        sum_bp += other->binding.share_bp;
    }
    uint64_t part = hv_muldiv(cap, before_bp + tcb->binding.share_bp, sum_bp) -
                    hv_muldiv(cap, before_bp, sum_bp);

    return MAX(part, 1);
}

static uint32_t cap_in_domain(const MonitorDomain *domain, const MonitorTcb *tcb, const ResmgrCap *cap)
{
    uint32_t cap_bp = cap->ips_hundredths * (HV_SHARE_WHOLE_BP / 100);

    if (cap->kind != RESMGR_CAP_ABSOLUTE)
        return 0;
    return tcb->binding.ip == 0 ? cap_bp
                                : (uint32_t)cap_of_share(domain->dispatch, tcb, cap_bp, /* soft= */ false);
}

/* A soft cap that is in force is divided like an absolute one, but in 10^-9 IPs. */
static void
add_soft_cap(const MonitorDomain *domain, const MonitorTcb *tcb, HvTime length_ns, MonitorClaim *claim)
{
    uint64_t nano_ips = monitor_capacity_soft_limit(domain->dispatch, tcb->lpar);

    if (nano_ips == 0 || domain->type != HV_IP_CP)
        return;
    if (tcb->binding.ip > 0)
        nano_ips = cap_of_share(domain->dispatch, tcb, nano_ips, /* soft= */ true);
    claim->limited = true;
    claim->most_ns = hv_muldiv(length_ns, nano_ips, UINT64_C(1000000000));
    claim->most_bound = MONITOR_BOUND_SOFT;
}

static MonitorClaim
claim_of(const MonitorDomain *domain, const MonitorTcb *tcb, bool everybody, uint32_t total)
{
    const MonitorLparTerms *terms = &domain->dispatch->terms[tcb->lpar];

    return (MonitorClaim){
        .lpar = tcb->lpar,
        .weight = tcb->binding.ip ? tcb->binding.share_bp : terms->weights[domain->type],
        .total_weight = total,
        .runnable = everybody || monitor_tcb_takes_part(tcb),
        .polarity = tcb->polarity,
        .hard_cap = terms->cap.kind == RESMGR_CAP_HARD,
        .cap_bp = cap_in_domain(domain, tcb, &terms->cap),
    };
}

/* How many LIPs the LPAR of that task has in the domain that take part. */
static unsigned count_takers(const MonitorDomain *domain, const MonitorTcb *tcb)
{
    unsigned n = 0;

    for (unsigned i = monitor_domain_position(domain, tcb->lpar, 0);
         i < domain->tcbs->len && monitor_domain_tcb(domain, i)->lpar == tcb->lpar; i++)
        n += monitor_tcb_takes_part(monitor_domain_tcb(domain, i));
    return n;
}

bool monitor_domain_cap_binds(const MonitorDomain *domain, const MonitorTcb *tcb)
{
    if (domain->dispatch->terms[tcb->lpar].cap.kind == RESMGR_CAP_NONE)
        return false;
    MonitorClaim claim = claim_of(domain, tcb, /* everybody= */ false, monitor_domain_total_weight(domain));
    unsigned n = tcb->binding.ip ? 1 : count_takers(domain, tcb);
    HvTime length_ns = frame_length(domain);

    return monitor_claim_limit(&claim, n, domain->ips->len, length_ns, NULL) < n * length_ns;
}

static MonitorClaim *make_claims(const MonitorDomain *domain, HvTime length_ns, bool everybody)
{
    MonitorClaim *claims = g_new(MonitorClaim, domain->tcbs->len);
    uint32_t total = monitor_domain_total_weight(domain);

    for (unsigned i = 0; i < domain->tcbs->len; i++)
        claims[i] = claim_of(domain, g_ptr_array_index(domain->tcbs, i), everybody, total);
    for (unsigned i = 0; domain->dispatch->capacity && i < domain->tcbs->len; i++)
        add_soft_cap(domain, g_ptr_array_index(domain->tcbs, i), length_ns, &claims[i]);
    monitor_capacity_limit(domain, length_ns, claims);
    monitor_lending_limit(domain, length_ns, claims);
    return claims;
}

HvTime monitor_domain_divide(MonitorDomain *domain, HvTime *ret_allotments_ns, bool *ret_capped)
{
    HvTime length_ns = frame_length(domain);
    g_autofree MonitorClaim *claims = make_claims(domain, length_ns, /* everybody= */ false);

    domain->policy->divide(
        claims, domain->tcbs->len, domain->ips->len, length_ns, ret_allotments_ns, ret_capped);
    if (domain->dispatch->has_caps)
        monitor_bound_note(domain, claims, length_ns, ret_allotments_ns, ret_capped);
    return length_ns;
}

HvTime monitor_domain_divide_all(const MonitorDomain *domain, HvTime *ret_allotments_ns, bool *ret_capped)
{
    HvTime length_ns = frame_length(domain);
    g_autofree MonitorClaim *claims = make_claims(domain, length_ns, /* everybody= */ true);

    domain->policy->divide(
        claims, domain->tcbs->len, domain->ips->len, length_ns, ret_allotments_ns, ret_capped);
    return length_ns;
}
