/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Vertical polarization: who is high, medium and low, and how that is dispatched.
 *
 * What an LPAR gets is the same as without it, the filling by weight (policy-weight.c). Only on which of its LIPs it
 * gets it differs: highs are filled first, each up to a whole IP, then mediums, and what is left over, which there is
 * when others leave time or highs wait, goes to lows. A low one that gets nothing is parked: it is not dispatched, and
 * what it waits is no complaint.
 *
 * Each high LIP has an IP of its own: in the order of LPARs and LIPs, the first IPs of the pool. In a frame in which it
 * has all of that IP it runs there and nowhere else, in slices of 100 ms that go on from frame to frame; the others are
 * wrapped round the other IPs. While it waits its IP is theirs.
 */
#include "monitor/dispatch-private.h"

#include <string.h>

/* --- The layout ----------------------------------------------------------------------------------------- */

/* The mediums share what the highs leave of `sum` / `weight` IPs. */
static uint32_t medium_share(uint64_t sum, uint32_t total_weight, const MonitorVerticalLayout *layout)
{
    uint64_t left = sum - (uint64_t)layout->n_high * total_weight;

    return (uint32_t)hv_muldiv(left, HV_SHARE_WHOLE_BP, (uint64_t)total_weight * layout->n_medium);
}

MonitorVerticalLayout
monitor_polarization_layout(unsigned n_ips, uint32_t weight, uint32_t total_weight, unsigned n_lips)
{
    MonitorVerticalLayout layout = {.n_low = n_lips};

    if (weight == 0 || n_lips == 0 || n_ips == 0)
        return layout;
    g_assert(weight <= total_weight);
    uint64_t sum = MIN((uint64_t)n_ips * weight, (uint64_t)n_lips * total_weight); /* E x total weight */
    unsigned whole = (unsigned)(sum / total_weight);
    uint64_t fraction = sum % total_weight;

    layout.n_high = whole;
    if (fraction > 0 && (2 * fraction >= total_weight || whole == 0)) {
        layout.n_medium = 1;
    } else if (fraction > 0) {
        layout.n_high = whole - 1;
        layout.n_medium = 2;
    }
    layout.n_low = n_lips - layout.n_high - layout.n_medium;
    if (layout.n_medium > 0)
        layout.medium_bp = medium_share(sum, total_weight, &layout);
    return layout;
}

const char *monitor_polarity_name(MonitorPolarity polarity)
{
    static const char *const names[] = {
        [MONITOR_HORIZONTAL] = "",
        [MONITOR_VERTICAL_HIGH] = "high",
        [MONITOR_VERTICAL_MEDIUM] = "medium",
        [MONITOR_VERTICAL_LOW] = "low",
    };

    g_assert(polarity < G_N_ELEMENTS(names));
    return names[polarity];
}

/* LIPs [first, end) of the domain are those of one LPAR; returns how many highs there are by now. */
static unsigned
polarize_lpar(MonitorDomain *domain, unsigned first, unsigned end, uint32_t total, unsigned homes)
{
    const MonitorDispatch *dispatch = domain->dispatch;
    uint32_t weight = dispatch->terms[monitor_domain_tcb(domain, first)->lpar].weights[domain->type];
    MonitorVerticalLayout layout = monitor_polarization_layout(domain->ips->len, weight, total, end - first);

    for (unsigned i = first; i < end; i++) {
        MonitorTcb *tcb = monitor_domain_tcb(domain, i);
        unsigned nth = i - first;

        tcb->polarity = nth < layout.n_high                     ? MONITOR_VERTICAL_HIGH
                        : nth < layout.n_high + layout.n_medium ? MONITOR_VERTICAL_MEDIUM
                                                                : MONITOR_VERTICAL_LOW;
        tcb->home = tcb->polarity == MONITOR_VERTICAL_HIGH ? ++homes : 0;
        tcb->share_bp = tcb->polarity == MONITOR_VERTICAL_HIGH     ? HV_SHARE_WHOLE_BP
                        : tcb->polarity == MONITOR_VERTICAL_MEDIUM ? layout.medium_bp
                                                                   : 0;
    }
    return homes;
}

void monitor_polarization_apply(MonitorDomain *domain)
{
    uint32_t total = monitor_domain_total_weight(domain);
    unsigned homes = 0;

    for (unsigned i = 0, next; i < domain->tcbs->len; i = next) {
        for (next = i + 1; next < domain->tcbs->len &&
                           monitor_domain_tcb(domain, next)->lpar == monitor_domain_tcb(domain, i)->lpar;)
            next++;
        homes = polarize_lpar(domain, i, next, total, homes);
    }
    g_assert(homes <= domain->ips->len);
}

/* --- The policy ----------------------------------------------------------------------------------------- */

/* Equal parts of *amount for those of the polarity that can run, none above the frame; takes it off. */
static void fill_tier(
    const MonitorClaim *claims, unsigned n, MonitorPolarity polarity, HvTime length_ns, HvTime *amount_ns,
    HvTime *ret_allotments_ns)
{
    unsigned runnable = 0;

    for (unsigned i = 0; i < n; i++)
        runnable += claims[i].runnable && claims[i].polarity == polarity;
    if (runnable == 0)
        return;
    HvTime tier_ns = MIN(*amount_ns, runnable * length_ns);
    HvTime part_ns = tier_ns / runnable, rest = tier_ns % runnable;

    *amount_ns -= tier_ns;
    for (unsigned i = 0; i < n; i++) {
        if (!claims[i].runnable || claims[i].polarity != polarity)
            continue;
        ret_allotments_ns[i] = part_ns + (rest > 0);
        rest -= rest > 0;
    }
}

static void vertical_divide(
    const MonitorClaim *claims, unsigned n, unsigned n_ips, HvTime length_ns, HvTime *ret_allotments_ns,
    bool *ret_capped)
{
    monitor_policy_weight.divide(claims, n, n_ips, length_ns, ret_allotments_ns, ret_capped);
    for (unsigned i = 0, next; i < n; i = next) {
        HvTime amount_ns = 0;

        for (next = i; next < n && claims[next].lpar == claims[i].lpar; next++)
            amount_ns += ret_allotments_ns[next];
        for (MonitorPolarity tier = MONITOR_VERTICAL_HIGH; tier <= MONITOR_VERTICAL_LOW; tier++)
            fill_tier(claims + i, next - i, tier, length_ns, &amount_ns, ret_allotments_ns + i);
        g_assert(amount_ns == 0);
    }
}

static HvTime vertical_slice(unsigned n_lips, unsigned n_ips)
{
    return monitor_policy_weight.slice(n_lips, n_ips);
}

const MonitorPolicyOps monitor_policy_vertical = {
    .name = "vertical", .divide = vertical_divide, .slice = vertical_slice};

/* --- Dispatching ---------------------------------------------------------------------------------------- */

void monitor_polarization_park(MonitorDomain *domain, const HvTime *allotments_ns)
{
    for (unsigned i = 0; i < domain->tcbs->len; i++) {
        MonitorTcb *tcb = monitor_domain_tcb(domain, i);

        tcb->parked = tcb->polarity == MONITOR_VERTICAL_LOW;
    }
    for (unsigned i = 0; i < domain->n_takers; i++)
        domain->takers[i]->parked = domain->takers[i]->parked && allotments_ns[i] == 0;
}

static int compare_ips(const void *a, const void *b)
{
    unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

    return (x > y) - (x < y);
}

/* The IPs of the homes first, then the others by number. */
static void order_ips(MonitorDomain *domain, const MonitorPlace *places, unsigned n)
{
    unsigned n_ips = domain->ips->len;
    g_autofree bool *taken = g_new0(bool, n_ips);
    g_autofree unsigned *sorted = g_new(unsigned, n_ips);
    unsigned at = n;

    g_array_sort(domain->ips, compare_ips);
    memcpy(sorted, domain->ips->data, n_ips * sizeof(*sorted));
    for (unsigned k = 0; k < n; k++) {
        unsigned home = domain->takers[places[k].index]->home - 1;

        taken[home] = true;
        g_array_index(domain->ips, unsigned, k) = sorted[home];
    }
    for (unsigned i = 0; i < n_ips; i++)
        if (!taken[i])
            g_array_index(domain->ips, unsigned, at++) = sorted[i];
    g_assert(at == n_ips);
}

unsigned monitor_polarization_at_home(
    MonitorDomain *domain, const HvTime *allotments_ns, HvTime length_ns, MonitorPlace *places, unsigned n)
{
    unsigned n_home = 0;

    for (unsigned k = 0; k < n; k++) {
        const MonitorPlace place = places[k];

        if (domain->takers[place.index]->home == 0 || allotments_ns[place.index] < length_ns)
            continue;
        /* Those between keep their order. */
        memmove(&places[n_home + 1], &places[n_home], (k - n_home) * sizeof(*places));
        places[n_home++] = place;
    }
    order_ips(domain, places, n_home);
    return n_home;
}
