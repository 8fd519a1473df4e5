/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Weighted max-min filling ("water filling"), in integers.
 *
 * The level rises for all in proportion to their weights; who reaches his limit stops there, and the level
 * goes on rising for the others. Done from the other end: as long as somebody's proportional part of what is
 * left would pass his limit, he gets the limit and is out. When nobody does, what is left is divided by
 * weight, whole units by largest remainder, ties to the lower index, so that the sum is exact and the result
 * one and only one.
 */
#include "monitor/policy.h"

#include <stdlib.h>

typedef struct {
    const uint64_t *weights, *limits;
    uint64_t *amounts;
    bool *settled;
    unsigned n;
    uint64_t left;
} Filling;

static uint64_t open_weight(const Filling *filling)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < filling->n; i++)
        sum += filling->settled[i] ? 0 : filling->weights[i];
    return sum;
}

/* Gives everyone whose part would reach his limit the limit; false if there was none. */
static bool settle_limited(Filling *filling)
{
    uint64_t weight = open_weight(filling), left = filling->left;
    bool some = false;

    for (unsigned i = 0; i < filling->n; i++) {
        if (filling->settled[i] || hv_muldiv(left, filling->weights[i], weight) < filling->limits[i])
            continue;
        filling->settled[i] = some = true;
        filling->amounts[i] = filling->limits[i];
        filling->left -= filling->limits[i];
    }
    return some;
}

/* Remainder of left * weight / sum, to see who is nearest to one unit more. */
static uint64_t remainder_of(uint64_t left, uint64_t weight, uint64_t sum)
{
    __extension__ typedef unsigned __int128 Wide;

    return (uint64_t)((Wide)left * weight % sum);
}

typedef struct {
    uint64_t remainder;
    unsigned index;
} Claimant;

static int compare_claimants(const void *a, const void *b)
{
    const Claimant *x = a, *y = b;

    if (x->remainder != y->remainder)
        return x->remainder > y->remainder ? -1 : 1;
    return x->index < y->index ? -1 : 1;
}

/* One unit each to those with the largest remainders. */
static void give_units(Filling *filling, uint64_t left, uint64_t sum, uint64_t units)
{
    g_autofree Claimant *claimants = units > 0 ? g_new(Claimant, filling->n) : NULL;
    unsigned n = 0;

    if (units == 0)
        return;
    for (unsigned i = 0; i < filling->n; i++)
        if (!filling->settled[i])
            claimants[n++] = (Claimant){remainder_of(left, filling->weights[i], sum), i};
    g_assert(units <= n);
    qsort(claimants, n, sizeof(*claimants), compare_claimants);
    for (unsigned k = 0; k < units; k++)
        filling->amounts[claimants[k].index]++;
}

static void divide_rest(Filling *filling)
{
    uint64_t sum = open_weight(filling), left = filling->left, given = 0;

    if (sum == 0)
        return;
    for (unsigned i = 0; i < filling->n; i++) {
        if (filling->settled[i])
            continue;
        filling->amounts[i] = hv_muldiv(left, filling->weights[i], sum);
        given += filling->amounts[i];
    }
    give_units(filling, left, sum, left - given);
}

void monitor_policy_fill(
    const uint64_t *weights, const uint64_t *limits, unsigned n, uint64_t total, uint64_t *ret_amounts)
{
    g_autofree bool *settled = g_new0(bool, n);
    Filling filling = {
        .weights = weights,
        .limits = limits,
        .amounts = ret_amounts,
        .settled = settled,
        .n = n,
        .left = total};

    for (unsigned i = 0; i < n; i++) {
        ret_amounts[i] = 0;
        settled[i] = weights[i] == 0 || limits[i] == 0;
    }
    while (open_weight(&filling) > 0 && settle_limited(&filling))
        ;
    divide_rest(&filling);
}
