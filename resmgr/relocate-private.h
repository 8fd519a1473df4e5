/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_RESMGR_RELOCATE_PRIVATE_H
#define LPARSIM_RESMGR_RELOCATE_PRIVATE_H

#include "resmgr/relocate.h"

/*
 * What the files of the relocation planner share among themselves; nobody else includes this.
 *
 * A layout is where everybody stands afterwards. Its cost is (bytes moved, areas moved, the survivor moved), compared in this order:
 * of two layouts that move as much, the one in which the survivor need not be held is better.
 */
typedef struct {
    uint64_t bytes;
    unsigned areas;
    bool survivor;
} RelocateCost;

typedef struct {
    uint64_t survivor_origin;
    uint64_t *origins; /* [n_bystanders] */
    RelocateCost cost;
} RelocateLayout;

static inline bool relocate_cost_less(RelocateCost a, RelocateCost b)
{
    if (a.bytes != b.bytes)
        return a.bytes < b.bytes;
    return a.areas != b.areas ? a.areas < b.areas : a.survivor < b.survivor;
}

/* relocate-pack.c: items into bins. Writes offset_of[item] (from the bin's start) and bin_of[item]; exact. */
typedef enum {
    RELOCATE_PACKED,
    RELOCATE_NO_PACKING,
    RELOCATE_PACK_GAVE_UP, /* the step limit was reached */
} RelocatePacking;

RelocatePacking resmgr_relocate_pack(
    const uint64_t *sizes, unsigned n, const uint64_t *bins, unsigned n_bins, uint64_t step_limit,
    unsigned *ret_bin_of);

/*
 * relocate-search.c: the layout in which exactly `moved[i]` bystanders may move and the survivor's area begins at `survivor_origin`:
 * the moved ones are packed into what the others leave free.
 */
RelocatePacking resmgr_relocate_place(
    const ResmgrRelocateProblem *problem, uint64_t survivor_origin, const bool *moved, uint64_t step_limit,
    RelocateLayout *layout);
RelocateCost resmgr_relocate_cost(const ResmgrRelocateProblem *problem, const RelocateLayout *layout);

/* relocate-shift.c: the best layout that keeps the order of the bystanders; false if there is none. */
bool resmgr_relocate_shift(const ResmgrRelocateProblem *problem, RelocateLayout *layout);

/* relocate-order.c: fills in plan->moves from plan->origins. */
void resmgr_relocate_order(const ResmgrRelocateProblem *problem, ResmgrRelocatePlan *plan);

#endif
