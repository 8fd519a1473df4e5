/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The best layout that keeps the bystanders' order: a good plan at once, whatever the size, and often the best there is.
 *
 * The survivor's area is tried in every place of the order. For each, those who stay are chosen so that what stays is as
 * large as possible: between two neighbours who stay, everybody in between must fit. That is a longest path over the areas in
 * order, O(n^2) per place and O(n^3) in all. Who moves is put as low as the order allows.
 */
#include "resmgr/relocate-private.h"

#include <stdlib.h>

/* One area in order; the survivor with its new size. */
typedef struct {
    uint32_t who;
    uint64_t origin, size;
    RelocateCost cost; /* of moving it */
    bool may_stay, must_stay;
} ShiftArea;

typedef struct {
    const ShiftArea *areas; /* [1 .. n]; 0 and n + 1 are the ends of the line and stay */
    unsigned n;
    RelocateCost *best; /* [i]: least cost of those before i when i stays */
    unsigned *before;   /* [i]: who stays before i */
    bool *reachable;
} Shift;

static RelocateCost cost_sum(RelocateCost a, RelocateCost b)
{
    return (RelocateCost){a.bytes + b.bytes, a.areas + b.areas, a.survivor || b.survivor};
}

/* Least cost for i to stay: over all j < i that stay, with everybody between them moved into the gap. */
static void reach(Shift *shift, unsigned i)
{
    uint64_t between = 0;
    RelocateCost cost = {0};

    shift->reachable[i] = false;
    if (!shift->areas[i].may_stay)
        return;
    for (unsigned j = i; j-- > 0;) {
        const ShiftArea *area = &shift->areas[j];
        uint64_t end = area->origin + area->size;
        bool fits = end <= shift->areas[i].origin && between <= shift->areas[i].origin - end;

        if (area->may_stay && shift->reachable[j] && fits) {
            RelocateCost total = cost_sum(shift->best[j], cost);

            if (!shift->reachable[i] || relocate_cost_less(total, shift->best[i])) {
                shift->reachable[i] = true;
                shift->best[i] = total;
                shift->before[i] = j;
            }
        }
        if (area->must_stay)
            return;
        between += area->size;
        cost = cost_sum(cost, area->cost);
    }
}

/* Origins of all: those who stay where they are, the others one behind the other from the last that stays. */
static void write_layout(const Shift *shift, RelocateLayout *layout)
{
    g_autofree bool *stays = g_new0(bool, shift->n + 2);
    uint64_t next = 0;

    for (unsigned i = shift->n + 1; i > 0; i = shift->before[i])
        stays[i] = true;
    for (unsigned i = 1; i <= shift->n; i++) {
        const ShiftArea *area = &shift->areas[i];
        uint64_t origin = stays[i] ? area->origin : next;

        if (area->who == RESMGR_RELOCATE_SURVIVOR)
            layout->survivor_origin = origin;
        else
            layout->origins[area->who] = origin;
        next = origin + area->size;
    }
}

static bool solve(
    const ResmgrRelocateProblem *problem, const ShiftArea *areas, unsigned n, bool limited,
    RelocateLayout *layout)
{
    g_autofree RelocateCost *best = g_new0(RelocateCost, n + 2);
    g_autofree unsigned *before = g_new0(unsigned, n + 2);
    g_autofree bool *reachable = g_new0(bool, n + 2);
    Shift shift = {.areas = areas, .n = n, .best = best, .before = before, .reachable = reachable};

    reachable[0] = true;
    for (unsigned i = 1; i <= n + 1; i++)
        reach(&shift, i);
    if (!reachable[n + 1] || (limited && !relocate_cost_less(best[n + 1], layout->cost)))
        return false;
    write_layout(&shift, layout);
    layout->cost = resmgr_relocate_cost(problem, layout); /* some may have come to lie where they were */
    return true;
}

static const ResmgrRelocateArea *bystander_of(const ResmgrRelocateProblem *problem, const ShiftArea *area)
{
    return &problem->bystanders[area->who];
}

static int compare_areas(const void *a, const void *b)
{
    const ShiftArea *x = a, *y = b;

    return x->origin < y->origin ? -1 : x->origin > y->origin;
}

/* The bystanders in order, with room for the survivor and the two ends. */
static ShiftArea *areas_in_order(const ResmgrRelocateProblem *problem)
{
    ShiftArea *areas = g_new0(ShiftArea, problem->n_bystanders + 3);

    for (unsigned i = 0; i < problem->n_bystanders; i++) {
        const ResmgrRelocateArea *area = &problem->bystanders[i];

        areas[i] =
            (ShiftArea){.who = i, .origin = area->origin, .size = area->size, .cost = {area->size, 1, false}};
    }
    qsort(areas, problem->n_bystanders, sizeof(*areas), compare_areas);
    for (unsigned i = 0; i < problem->n_bystanders; i++) {
        areas[i].may_stay = true;
        areas[i].must_stay = !bystander_of(problem, &areas[i])->movable;
    }
    return areas;
}

static ShiftArea survivor_area(const ResmgrRelocateProblem *problem, bool in_place)
{
    bool has_content = problem->survivor_size > 0;

    return (ShiftArea){
        .who = RESMGR_RELOCATE_SURVIVOR,
        .origin = problem->survivor_origin,
        .size = problem->survivor_new_size,
        .cost = has_content ? (RelocateCost){problem->survivor_size, 1, true} : (RelocateCost){0},
        .may_stay = in_place && has_content,
        .must_stay = has_content && !problem->survivor_movable,
    };
}

bool resmgr_relocate_shift(const ResmgrRelocateProblem *problem, RelocateLayout *layout)
{
    unsigned n = problem->n_bystanders + 1;
    g_autofree ShiftArea *order = areas_in_order(problem);
    g_autofree ShiftArea *areas = g_new0(ShiftArea, n + 2);
    bool found = false;
    unsigned own_place = 0;

    while (problem->survivor_size > 0 && own_place < n - 1 &&
           order[own_place].origin < problem->survivor_origin)
        own_place++;
    areas[0] = (ShiftArea){.may_stay = true, .must_stay = true};
    areas[n + 1] = (ShiftArea){.origin = problem->total, .may_stay = true, .must_stay = true};
    for (unsigned place = 0; place < n; place++) {
        bool in_place = place == own_place;

        if (!in_place && problem->survivor_size > 0 && !problem->survivor_movable)
            continue;
        for (unsigned i = 0; i < n; i++)
            areas[i + 1] = i == place ? survivor_area(problem, in_place) : order[i < place ? i : i - 1];
        found |= solve(problem, areas, n, /* limited= */ found, layout);
    }
    return found;
}
