/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Credits: what LIPs were entitled to and did not get, and how a frame makes it good.
 *
 * A frame that is cut short by a change leaves some LIPs behind the fluid ideal and others ahead of it. The
 * credit of a LIP is exactly that difference. It is kept, also while the LIP waits, and the next frame is to
 * be
 *
 *     allotment = entitlement + credit
 *
 * for each LIP, after which all are quits. Three things stand in the way:
 *
 * - Nobody has less than nothing or more than the frame: what is clipped is left for the frame after.
 * - Credits need not sum up to nothing: who is behind may be waiting now. If LIPs that no cap holds down use
 *   all the time there is, the sum is divided among them in proportion to their allotments and left out of
 *   account for now, so that the frame stays full. It comes back when those return who owe it.
 * - Where time is left idle, LIPs without a cap have all they can use anyway; a LIP that is held down by a
 *   cap gets what it missed and loses what it had beyond, to the nanosecond. So a cap holds however often
 *   frames are cut short.
 */
#include "monitor/dispatch-private.h"

#include <string.h>

/* Corrections below this are not worth a frame of their own; the credit stays. */
#define CREDIT_SMALL_NS 1000

typedef struct {
    const MonitorDomain *domain;
    unsigned n;
    HvTime length_ns, capacity_ns;
    const HvTime *allotments_ns;
    const bool *capped;
    HvTime free_ns;     /* allotted to LIPs that no cap holds down */
    bool full;          /* the allotments use all there is, and some of it can be shifted */
    int64_t credits_ns; /* sum of those with an allotment */
} Balance;

static int64_t credit_of(const Balance *balance, unsigned i)
{
    return balance->domain->takers[i]->credit_ns;
}

static HvTime sum_of(const HvTime *values_ns, unsigned n)
{
    HvTime sum_ns = 0;

    for (unsigned i = 0; i < n; i++)
        sum_ns += values_ns[i];
    return sum_ns;
}

static void weigh(Balance *balance)
{
    for (unsigned i = 0; i < balance->n; i++) {
        balance->free_ns += balance->capped[i] ? 0 : balance->allotments_ns[i];
        balance->credits_ns += balance->allotments_ns[i] ? credit_of(balance, i) : 0;
    }
    balance->full = balance->free_ns > 0 &&
                    sum_of(balance->allotments_ns, balance->n) == balance->capacity_ns;
}

/* value * part / whole, also of a negative value. */
static int64_t signed_muldiv(int64_t value, uint64_t part, uint64_t whole)
{
    return value < 0 ? -(int64_t)hv_muldiv((uint64_t)-value, part, whole)
                     : (int64_t)hv_muldiv((uint64_t)value, part, whole);
}

/* Entitlement and credit of each, clipped. */
static void want(const Balance *balance, HvTime *ret_wanted_ns)
{
    uint64_t seen_ns = 0;
    int64_t divided_ns = 0; /* of the credits, among those seen */

    for (unsigned i = 0; i < balance->n; i++) {
        HvTime allotment_ns = balance->allotments_ns[i];
        int64_t correction_ns = credit_of(balance, i);

        ret_wanted_ns[i] = allotment_ns;
        if (allotment_ns == 0 || (!balance->capped[i] && !balance->full))
            continue;
        if (!balance->capped[i]) {
            seen_ns += allotment_ns;
            int64_t with_it_ns = signed_muldiv(balance->credits_ns, seen_ns, balance->free_ns);

            correction_ns -= with_it_ns - divided_ns;
            divided_ns = with_it_ns;
        }
        ret_wanted_ns[i] =
            (HvTime)CLAMP((int64_t)allotment_ns + correction_ns, 0, (int64_t)balance->length_ns);
    }
}

/* Gives what clipping left over to LIPs that no cap holds down, as far as they have room in the frame. */
static void top_up(const Balance *balance, HvTime *wanted_ns, HvTime left_ns)
{
    const MonitorScratch *scratch = &balance->domain->scratch;

    for (unsigned i = 0; i < balance->n; i++) {
        scratch->weights[i] = balance->capped[i] ? 0 : balance->allotments_ns[i];
        scratch->rooms_ns[i] = balance->length_ns - wanted_ns[i];
    }
    monitor_policy_fill(scratch->weights, scratch->rooms_ns, balance->n, left_ns, scratch->extra_ns);
    for (unsigned i = 0; i < balance->n; i++)
        wanted_ns[i] += scratch->extra_ns[i];
}

/* Makes the sum what it must be: all there is if the frame is to be full, never more. */
static void meet_capacity(const Balance *balance, HvTime *wanted_ns)
{
    HvTime sum_ns = sum_of(wanted_ns, balance->n);

    if (sum_ns > balance->capacity_ns) {
        HvTime *cut_ns = balance->domain->scratch.extra_ns;

        monitor_policy_fill(wanted_ns, wanted_ns, balance->n, balance->capacity_ns, cut_ns);
        memcpy(wanted_ns, cut_ns, balance->n * sizeof(*cut_ns));
    } else if (balance->full && sum_ns < balance->capacity_ns) {
        top_up(balance, wanted_ns, balance->capacity_ns - sum_ns);
    }
}

static bool differ(const HvTime *a_ns, const HvTime *b_ns, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (MAX(a_ns[i], b_ns[i]) - MIN(a_ns[i], b_ns[i]) >= CREDIT_SMALL_NS)
            return true;
    return false;
}

bool monitor_credit_correct(
    MonitorDomain *domain, HvTime length_ns, const bool *capped, HvTime *allotments_ns)
{
    Balance balance = {
        .domain = domain,
        .n = domain->n_takers,
        .length_ns = length_ns,
        .capacity_ns = domain->ips->len * length_ns,
        .allotments_ns = allotments_ns,
        .capped = capped,
    };
    HvTime *wanted_ns = domain->scratch.wanted_ns;

    weigh(&balance);
    want(&balance, wanted_ns);
    if (!differ(wanted_ns, allotments_ns, balance.n))
        return false;
    meet_capacity(&balance, wanted_ns);
    if (!differ(wanted_ns, allotments_ns, balance.n))
        return false;
    memcpy(allotments_ns, wanted_ns, balance.n * sizeof(*wanted_ns));
    return true;
}
