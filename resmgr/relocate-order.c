/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The order of the moves, from where everybody stands to where everybody shall stand.
 *
 * A move must wait for every other whose old room its target touches. Waiting for each other in a circle (strongly
 * connected moves) makes a group that goes together, page by page through a buffer. Groups are carried out as soon as they wait
 * for nobody, in the order of the input; the survivor's group only when no other can go, because the survivor is
 * held from then on.
 */
#include "resmgr/relocate-private.h"

typedef struct {
    ResmgrRelocateMove *moves;
    unsigned n;
    bool *waits; /* [i * n + j]: i must wait for j, directly or through others */
    bool *done;
} Ordering;

static bool touch(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
    return a < b + b_size && b < a + a_size;
}

static void close_transitively(Ordering *ordering)
{
    unsigned n = ordering->n;

    for (unsigned k = 0; k < n; k++)
        for (unsigned i = 0; i < n; i++)
            for (unsigned j = 0; ordering->waits[i * n + k] && j < n; j++)
                ordering->waits[i * n + j] |= ordering->waits[k * n + j];
}

static bool same_group(const Ordering *ordering, unsigned i, unsigned j)
{
    return i == j || (ordering->waits[i * ordering->n + j] && ordering->waits[j * ordering->n + i]);
}

/* Whether move i and its group wait for nobody who is not through. */
static bool is_free(const Ordering *ordering, unsigned i)
{
    for (unsigned j = 0; j < ordering->n; j++)
        if (ordering->waits[i * ordering->n + j] && !ordering->done[j] && !same_group(ordering, i, j))
            return false;
    return true;
}

static bool has_survivor(const Ordering *ordering, unsigned i)
{
    for (unsigned j = 0; j < ordering->n; j++)
        if (same_group(ordering, i, j) && ordering->moves[j].who == RESMGR_RELOCATE_SURVIVOR)
            return true;
    return false;
}

/* The next move whose group can go; the survivor's only if there is no other. */
static unsigned next_free(const Ordering *ordering)
{
    unsigned survivors = ordering->n;

    for (unsigned i = 0; i < ordering->n; i++) {
        if (ordering->done[i] || !is_free(ordering, i))
            continue;
        if (!has_survivor(ordering, i))
            return i;
        survivors = MIN(survivors, i);
    }
    g_assert(survivors < ordering->n); /* groups cannot wait in a circle: they would be one group */
    return survivors;
}

static void collect_moves(const ResmgrRelocateProblem *problem, ResmgrRelocatePlan *plan)
{
    plan->moves = g_new0(ResmgrRelocateMove, problem->n_bystanders + 1);
    for (unsigned i = 0; i < problem->n_bystanders; i++) {
        const ResmgrRelocateArea *area = &problem->bystanders[i];

        if (plan->origins[i] != area->origin)
            plan->moves[plan->n_moves++] = (ResmgrRelocateMove){
                .who = i, .from = area->origin, .to = plan->origins[i], .size = area->size};
    }
    if (problem->survivor_size > 0 && plan->survivor_origin != problem->survivor_origin)
        plan->moves[plan->n_moves++] = (ResmgrRelocateMove){
            .who = RESMGR_RELOCATE_SURVIVOR,
            .from = problem->survivor_origin,
            .to = plan->survivor_origin,
            .size = problem->survivor_size};
}

void resmgr_relocate_order(const ResmgrRelocateProblem *problem, ResmgrRelocatePlan *plan)
{
    collect_moves(problem, plan);
    unsigned n = plan->n_moves, placed = 0;
    g_autofree ResmgrRelocateMove *moves = g_memdup2(plan->moves, n * sizeof(*moves));
    g_autofree bool *waits = g_new0(bool, n *n + 1);
    g_autofree bool *done = g_new0(bool, n + 1);
    Ordering ordering = {.moves = moves, .n = n, .waits = waits, .done = done};

    for (unsigned i = 0; i < n; i++)
        for (unsigned j = 0; j < n; j++)
            waits[i * n + j] = i != j && touch(moves[i].to, moves[i].size, moves[j].from, moves[j].size);
    close_transitively(&ordering);
    for (uint32_t group = 0; placed < n; group++) {
        unsigned next = next_free(&ordering);

        for (unsigned j = 0; j < n; j++) {
            if (done[j] || !same_group(&ordering, next, j))
                continue;
            moves[j].group = group;
            plan->moves[placed++] = moves[j];
            plan->moved += moves[j].size;
        }
        for (unsigned j = 0; j < n; j++)
            done[j] |= same_group(&ordering, next, j);
    }
}
