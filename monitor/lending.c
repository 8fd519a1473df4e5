/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One-way lending: the fair division of what may not go to everybody.
 *
 * Everybody has what he uses of his own part, and that is not touched again. The rest is a flow from owners to takers:
 * what an owner leaves goes to those it lends to. Amounts can be had if and only if there is such a flow; it is found by
 * augmenting paths, on which a unit that a taker has from one owner is replaced by one from another.
 *
 * The level rises as in the plain filling: at level k taker i has min(limit, weight x k / largest weight), or what it has
 * of its own if that is more. The highest
 * level at which there is a flow is looked for by bisection. There, those that cannot have what the next level would
 * give them get what they can, in order, and stop; the others go on. This gives one and only one result in whole units,
 * each at most a unit or so from the fluid ideal. When the plain filling can be had, it is the result.
 *
 * The flow is n x n for n LPARs, and a division takes some thousand steps for each taker. It is done when a frame is
 * laid out, and only on machines in which somebody does not lend to all.
 */
#include "monitor/lending.h"

#include "monitor/dispatch-private.h"

#include <string.h>

#define NOBODY UINT32_MAX

typedef struct {
    const MonitorLendingParty *parties;
    unsigned n;          /* takers; owner n is nobody, to whom the common part belongs */
    const bool *may;     /* [n * n] */
    uint64_t largest;    /* weight */
    uint64_t *flow;      /* [(n + 1) * n]: from owner to taker */
    uint64_t *left;      /* [n + 1]: of each owner */
    uint64_t *amounts;   /* [n] */
    bool *stopped;       /* [n] */
    uint64_t *kept;      /* room for flow, left and amounts */
    uint32_t *came_by;   /* [n]: owner by which the search came to a taker */
    uint32_t *came_from; /* [n + 1]: taker from which it came to an owner */
    uint32_t *queue;     /* [n] */
} Lending;

static size_t state_size(unsigned n)
{
    return (size_t)(n + 1) * n + (n + 1) + n;
}

static bool lends(const Lending *lending, unsigned owner, unsigned taker)
{
    return owner == lending->n || lending->may[owner * lending->n + taker];
}

/* --- Flow ----------------------------------------------------------------------------------------------- */

/* Looks for an owner with something left, from `taker` backwards; NOBODY: there is none. */
static uint32_t find_owner(const Lending *lending, unsigned taker)
{
    unsigned n = lending->n, head = 0, tail = 0;

    for (unsigned owner = 0; owner <= n; owner++)
        lending->came_from[owner] = NOBODY;
    for (unsigned i = 0; i < n; i++)
        lending->came_by[i] = NOBODY;
    lending->queue[tail++] = taker;
    lending->came_by[taker] = n + 1; /* the search began here */
    while (head < tail) {
        unsigned at = lending->queue[head++];

        for (unsigned owner = 0; owner <= n; owner++) {
            if (lending->came_from[owner] != NOBODY || !lends(lending, owner, at))
                continue;
            lending->came_from[owner] = at;
            if (lending->left[owner] > 0)
                return owner;
            for (unsigned other = 0; other < n; other++) {
                if (lending->came_by[other] != NOBODY || lending->flow[owner * n + other] == 0)
                    continue;
                lending->came_by[other] = owner;
                lending->queue[tail++] = other;
            }
        }
    }
    return NOBODY;
}

/* How much can go along the path that was found, at most `most`. */
static uint64_t path_width(const Lending *lending, uint32_t owner, uint64_t most)
{
    uint64_t width = MIN(most, lending->left[owner]);

    for (unsigned at = lending->came_from[owner]; lending->came_by[at] <= lending->n;) {
        uint32_t by = lending->came_by[at];

        width = MIN(width, lending->flow[by * lending->n + at]);
        at = lending->came_from[by];
    }
    return width;
}

static void send(Lending *lending, uint32_t owner, uint64_t width)
{
    unsigned n = lending->n;

    lending->left[owner] -= width;
    for (;;) {
        unsigned at = lending->came_from[owner];

        lending->flow[owner * n + at] += width;
        if (lending->came_by[at] > n)
            return;
        owner = lending->came_by[at];
        lending->flow[owner * n + at] -= width;
    }
}

/* Gives the taker up to `wanted` in all; false if it cannot have that much. */
static bool raise_to(Lending *lending, unsigned taker, uint64_t wanted)
{
    while (lending->amounts[taker] < wanted) {
        uint32_t owner = find_owner(lending, taker);

        if (owner == NOBODY)
            return false;
        uint64_t width = path_width(lending, owner, wanted - lending->amounts[taker]);

        g_assert(width > 0);
        send(lending, owner, width);
        lending->amounts[taker] += width;
    }
    return true;
}

static void keep(const Lending *lending)
{
    memcpy(lending->kept, lending->flow, state_size(lending->n) * sizeof(uint64_t));
}

static void restore(const Lending *lending)
{
    memcpy(lending->flow, lending->kept, state_size(lending->n) * sizeof(uint64_t));
}

/* --- Levels --------------------------------------------------------------------------------------------- */

static uint64_t at_level(const Lending *lending, unsigned i, uint64_t level)
{
    const MonitorLendingParty *party = &lending->parties[i];
    __extension__ typedef unsigned __int128 Wide;
    Wide amount = (Wide)party->weight * level / lending->largest;

    return MAX(amount < party->limit ? (uint64_t)amount : party->limit, lending->amounts[i]);
}

/* The lowest level at which everybody is at his limit. */
static uint64_t highest_level(const Lending *lending)
{
    uint64_t level = 0;

    for (unsigned i = 0; i < lending->n; i++)
        if (lending->parties[i].weight > 0)
            level =
                MAX(level,
                    hv_muldiv(lending->parties[i].limit, lending->largest, lending->parties[i].weight) + 1);
    return level;
}

/* Brings all that have not stopped to the level, or leaves all as it was. */
static bool reach(Lending *lending, uint64_t level)
{
    keep(lending);
    for (unsigned i = 0; i < lending->n; i++)
        if (!lending->stopped[i] && !raise_to(lending, i, at_level(lending, i, level))) {
            restore(lending);
            return false;
        }
    return true;
}

/* The level that cannot be reached by all: who can, does, the others get what they can and stop. */
static void stop_some(Lending *lending, uint64_t level)
{
    for (unsigned i = 0; i < lending->n; i++)
        if (!lending->stopped[i])
            lending->stopped[i] = !raise_to(lending, i, at_level(lending, i, level));
}

static void fill_by_levels(Lending *lending)
{
    uint64_t level = 0, top = highest_level(lending);

    while (!reach(lending, top)) {
        uint64_t high = top;

        while (high - level > 1) {
            uint64_t middle = level + (high - level) / 2;

            *(reach(lending, middle) ? &level : &high) = middle;
        }
        stop_some(lending, high);
        level = high;
    }
}

/* The plain filling, if there is a flow for it. */
static bool fill_plainly(Lending *lending, uint64_t total)
{
    unsigned n = lending->n;
    g_autofree uint64_t *weights = g_new(uint64_t, n);
    g_autofree uint64_t *limits = g_new(uint64_t, n);
    g_autofree uint64_t *amounts = g_new(uint64_t, n);

    for (unsigned i = 0; i < n; i++) {
        weights[i] = lending->parties[i].weight;
        limits[i] = lending->parties[i].limit;
    }
    monitor_policy_fill(weights, limits, n, total, amounts);
    keep(lending);
    for (unsigned i = 0; i < n; i++)
        if (amounts[i] < lending->amounts[i] || !raise_to(lending, i, amounts[i])) {
            restore(lending);
            return false;
        }
    return true;
}

static void lending_init(
    Lending *lending, const MonitorLendingParty *parties, unsigned n, uint64_t common, const bool *may)
{
    *lending = (Lending){.parties = parties, .n = n, .may = may, .largest = 1};
    lending->flow = g_new0(uint64_t, state_size(n));
    lending->left = lending->flow + (size_t)(n + 1) * n;
    lending->amounts = lending->left + n + 1;
    lending->kept = g_new(uint64_t, state_size(n));
    lending->stopped = g_new0(bool, n);
    lending->came_by = g_new(uint32_t, n);
    lending->came_from = g_new(uint32_t, n + 1);
    lending->queue = g_new(uint32_t, n);
    for (unsigned i = 0; i < n; i++) {
        lending->amounts[i] = parties[i].weight > 0 ? MIN(parties[i].own, parties[i].limit) : 0;
        lending->left[i] = parties[i].own - lending->amounts[i];
        lending->largest = MAX(lending->largest, parties[i].weight);
        lending->stopped[i] = parties[i].weight == 0;
    }
    lending->left[n] = common;
}

static void lending_clear(Lending *lending)
{
    g_free(lending->flow);
    g_free(lending->kept);
    g_free(lending->stopped);
    g_free(lending->came_by);
    g_free(lending->came_from);
    g_free(lending->queue);
}

void monitor_lending_divide(
    const MonitorLendingParty *parties, unsigned n, uint64_t common, const bool *may, uint64_t *ret_amounts)
{
    Lending lending;
    uint64_t total = common;

    lending_init(&lending, parties, n, common, may);
    for (unsigned i = 0; i < n; i++)
        total += parties[i].own;
    if (!fill_plainly(&lending, total))
        fill_by_levels(&lending);
    memcpy(ret_amounts, lending.amounts, n * sizeof(*ret_amounts));
    lending_clear(&lending);
}
