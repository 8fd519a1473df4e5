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

/* Up to so many takers, nothing is allocated. */
#define FILL_FEW 64

__extension__ typedef unsigned __int128 Wide;

typedef struct {
    uint64_t remainder; /* of left * weight / sum: whoever has the largest is nearest to one unit more */
    unsigned index;
} Claimant;

typedef struct {
    const uint64_t *weights, *limits;
    uint64_t *amounts;
    Claimant *open; /* those who have not reached their limits; their remainders are told at the end */
    unsigned n_open;
    uint64_t left, weight; /* what is left, and the weight of those who are open */
} Filling;

/* Gives everyone whose part would reach his limit the limit; false if there was none. */
static bool settle_limited(Filling *filling)
{
    uint64_t weight = filling->weight, left = filling->left;
    unsigned n = 0;

    for (unsigned k = 0; k < filling->n_open; k++) {
        unsigned i = filling->open[k].index;

        /* left * weights[i] / weight, rounded down, is below the limit */
        if ((Wide)left * filling->weights[i] < (Wide)filling->limits[i] * weight) {
            filling->open[n++].index = i;
            continue;
        }
        filling->amounts[i] = filling->limits[i];
        filling->left -= filling->limits[i];
        filling->weight -= filling->weights[i];
    }
    if (n == filling->n_open)
        return false;
    filling->n_open = n;
    return true;
}

static bool goes_before(const Claimant *a, const Claimant *b)
{
    return a->remainder > b->remainder || (a->remainder == b->remainder && a->index < b->index);
}

/* Parts [low, high] by the claimant in the middle: those up to *ret_left go before those from *ret_right on. */
static void part(Claimant *claimants, int low, int high, int *ret_left, int *ret_right)
{
    const Claimant pivot = claimants[low + (high - low) / 2];

    while (low <= high) {
        while (goes_before(&claimants[low], &pivot))
            low++;
        while (goes_before(&pivot, &claimants[high]))
            high--;
        if (low > high)
            break;
        const Claimant moved = claimants[low];

        claimants[low++] = claimants[high];
        claimants[high--] = moved;
    }
    *ret_left = high;
    *ret_right = low;
}

/* Brings those that go before all others to the front, n of them, in any order (Hoare's "Find", CACM 4(7), 1961). */
static void bring_to_front(Claimant *claimants, unsigned n_all, unsigned n)
{
    int low = 0, high = (int)n_all - 1, last = (int)n - 1;

    while (low < high) {
        int left, right;

        part(claimants, low, high, &left, &right);
        if (last <= left)
            high = left;
        else if (last >= right)
            low = right;
        else
            return;
    }
}

/* One unit each to those with the largest remainders. */
static void give_units(Filling *filling, uint64_t units)
{
    g_assert(units <= filling->n_open);
    if (units > 0)
        bring_to_front(filling->open, filling->n_open, (unsigned)units);
    for (unsigned k = 0; k < units; k++)
        filling->amounts[filling->open[k].index]++;
}

static void divide_rest(Filling *filling)
{
    uint64_t given = 0;

    if (filling->weight == 0)
        return;
    for (unsigned k = 0; k < filling->n_open; k++) {
        Claimant *claimant = &filling->open[k];
        uint64_t weight = filling->weights[claimant->index];
        uint64_t amount = hv_muldiv(filling->left, weight, filling->weight);

        /* Modulo 2^64, in which a remainder fits. */
        claimant->remainder = filling->left * weight - amount * filling->weight;
        filling->amounts[claimant->index] = amount;
        given += amount;
    }
    give_units(filling, filling->left - given);
}

void monitor_policy_fill(
    const uint64_t *weights, const uint64_t *limits, unsigned n, uint64_t total, uint64_t *ret_amounts)
{
    Claimant few[FILL_FEW];
    g_autofree Claimant *many = n > FILL_FEW ? g_new(Claimant, n) : NULL;
    Filling filling = {
        .weights = weights,
        .limits = limits,
        .amounts = ret_amounts,
        .open = many ? many : few,
        .left = total,
    };

    for (unsigned i = 0; i < n; i++) {
        ret_amounts[i] = 0;
        if (weights[i] == 0 || limits[i] == 0)
            continue;
        filling.open[filling.n_open++].index = i;
        filling.weight += weights[i];
    }
    while (filling.weight > 0 && settle_limited(&filling))
        ;
    divide_rest(&filling);
}
