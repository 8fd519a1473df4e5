/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lending in a domain: whose part is how large, who lends to whom, and what comes out as limits of claims.
 *
 * The parts of a pool are the nominal ones, those of an IP its shares; what no share covers belongs to nobody and is
 * lent to all. LPARs that count by their weight but have no task lend too. What the division gives to an LPAR becomes
 * its limit in the policy's, whose limits then add up to no more than there is: so it gives exactly that.
 */
#include "monitor/lending.h"

#include "monitor/dispatch-private.h"

#include <string.h>

struct MonitorLending {
    bool restricted[256]; /* [lpar]: lends to some only */
    uint64_t to[256][4];  /* bit maps of LPARs */
};

void monitor_dispatch_set_lending(MonitorDispatch *dispatch, unsigned lpar, const uint64_t to[4])
{
    g_assert(lpar < 256 && dispatch->config.max_lpar < 256);
    if (!dispatch->lending)
        dispatch->lending = g_new0(MonitorLending, 1);
    dispatch->lending->restricted[lpar] = true;
    memcpy(dispatch->lending->to[lpar], to, 4 * sizeof(*to));
}

void monitor_lending_forget(MonitorDispatch *dispatch, unsigned lpar)
{
    bool any = false;

    if (!dispatch->lending)
        return;
    dispatch->lending->restricted[lpar] = false;
    for (unsigned i = 0; i < G_N_ELEMENTS(dispatch->lending->restricted); i++)
        any = any || dispatch->lending->restricted[i];
    if (!any)
        g_clear_pointer(&dispatch->lending, g_free);
}

static bool may_lend(const MonitorLending *lending, unsigned from, unsigned to)
{
    return !lending->restricted[from] || ((lending->to[from][to / 64] >> (to % 64)) & 1);
}

/* The LPARs that count in a domain. */
typedef struct {
    unsigned n;
    unsigned lpars[256];
    unsigned firsts[256]; /* first claim */
    unsigned counts[256]; /* claims; 0: it has no task there */
    MonitorLendingParty parties[256];
} Parties;

static void add_party(Parties *parties, unsigned lpar, uint32_t weight, unsigned first, unsigned count)
{
    unsigned p = parties->n++;

    parties->lpars[p] = lpar;
    parties->firsts[p] = first;
    parties->counts[p] = count;
    parties->parties[p] = (MonitorLendingParty){.weight = weight};
}

static unsigned count_claims(const MonitorClaim *claims, unsigned n, unsigned first)
{
    unsigned end = first + 1;

    while (end < n && claims[end].lpar == claims[first].lpar)
        end++;
    return end - first;
}

/* Those with claims, and in a pool those with a weight alone, by number. */
static void find_parties(const MonitorDomain *domain, const MonitorClaim *claims, Parties *parties)
{
    const MonitorDispatch *dispatch = domain->dispatch;
    unsigned n = domain->tcbs->len, i = 0;
    bool pool = domain->policy != &monitor_policy_share;

    parties->n = 0;
    for (unsigned lpar = 0; lpar <= dispatch->config.max_lpar; lpar++) {
        unsigned count = i < n && claims[i].lpar == lpar ? count_claims(claims, n, i) : 0;
        uint32_t weight = count > 0 ? claims[i].weight
                          : pool    ? dispatch->terms[lpar].weights[domain->type]
                                    : 0;

        if (count > 0 || weight > 0)
            add_party(parties, lpar, weight, i, count);
        i += count;
    }
}

/* What each has of the frame for its own, and what it can use; returns what is nobody's. */
static HvTime
find_parts(const MonitorDomain *domain, HvTime length_ns, const MonitorClaim *claims, Parties *parties)
{
    uint64_t weights[257], limits[257], parts[257], weight = 0;
    HvTime total_ns = domain->ips->len * length_ns;

    for (unsigned p = 0; p < parties->n; p++) {
        unsigned first = parties->firsts[p], runnable = 0;

        for (unsigned i = first; i < first + parties->counts[p]; i++)
            runnable += claims[i].runnable;
        if (runnable > 0)
            parties->parties[p].limit =
                monitor_claim_limit(&claims[first], runnable, domain->ips->len, length_ns, NULL);
        weights[p] = parties->parties[p].weight;
        weight += weights[p];
        limits[p] = total_ns;
    }
    limits[parties->n] = total_ns;
    weights[parties->n] = monitor_domain_total_weight(domain) - weight;
    monitor_policy_fill(weights, limits, parties->n + 1, total_ns, parts);
    for (unsigned p = 0; p < parties->n; p++)
        parties->parties[p].own = parts[p];
    return parts[parties->n];
}

static void limit_claims(const Parties *parties, unsigned p, HvTime amount_ns, MonitorClaim *claims)
{
    if (amount_ns >= parties->parties[p].limit)
        return;
    for (unsigned i = parties->firsts[p]; i < parties->firsts[p] + parties->counts[p]; i++) {
        claims[i].limited = true;
        claims[i].most_ns = amount_ns;
        claims[i].most_bound = MONITOR_BOUND_NONE;
    }
}

void monitor_lending_limit(const MonitorDomain *domain, HvTime length_ns, MonitorClaim *claims)
{
    const MonitorLending *lending = domain->dispatch->lending;
    Parties parties;

    if (!lending)
        return;
    find_parties(domain, claims, &parties);
    HvTime common_ns = find_parts(domain, length_ns, claims, &parties);
    g_autofree bool *may = g_new(bool, (size_t)parties.n *parties.n);
    g_autofree HvTime *amounts_ns = g_new(HvTime, parties.n);

    for (unsigned from = 0; from < parties.n; from++)
        for (unsigned to = 0; to < parties.n; to++)
            may[from * parties.n + to] = may_lend(lending, parties.lpars[from], parties.lpars[to]);
    monitor_lending_divide(parties.parties, parties.n, common_ns, may, amounts_ns);
    for (unsigned p = 0; p < parties.n; p++)
        limit_claims(&parties, p, amounts_ns[p], claims);
}
