/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_RESMGR_RELOCATE_H
#define LPARSIM_RESMGR_RELOCATE_H

#include "hv/quantity.h"

/*
 * Where everybody stands after an INTEG, on one kind of storage (MS or ES), as a pure function of where they
 * stand now.
 *
 * The line of storage is [0, total). The retiring LPAR's area is already free. Each bystander keeps its size
 * and may get another origin; the survivor gets one area of `survivor_new_size`, and if its origin changes
 * its content (survivor_size) moves with it. Least bytes moved first (the survivor's count too), then least
 * areas moved, then, so that the result is one and only one, the survivor unmoved before moved, then the
 * lowest sum of origins, and then the lexicographically lowest origins in the order of the input.
 *
 * All numbers are in any one unit (the caller uses bytes); the order of the bystanders does not matter to the
 * cost.
 */
typedef struct {
    uint64_t origin, size; /* size > 0; areas are disjoint and inside [0, total) */
    bool movable;
} ResmgrRelocateArea;

typedef struct {
    uint64_t total;
    const ResmgrRelocateArea *bystanders;
    unsigned n_bystanders;
    uint64_t survivor_origin;   /* of no meaning while survivor_size is 0 */
    uint64_t survivor_size;     /* what it has; 0: nothing yet, so it can start anywhere at no cost */
    uint64_t survivor_new_size; /* >= survivor_size, > 0 */
    bool survivor_movable;
    unsigned node_limit; /* search nodes before exactness is given up; 0: the default. Legality is never given
                            up */
} ResmgrRelocateProblem;

#define RESMGR_RELOCATE_SURVIVOR UINT32_MAX

/* One area's way. Moves are carried out in the order of the array. */
typedef struct {
    uint32_t who; /* index of the bystander, or RESMGR_RELOCATE_SURVIVOR */
    uint64_t from, to, size;
    /*
     * Moves of one group stand next to each other and are carried out together, page by page through a
     * buffer, because each needs room that another of the group still occupies (a cycle). A group of one is
     * an ordinary move: its target is free, or its own, when its turn comes.
     */
    uint32_t group;
} ResmgrRelocateMove;

typedef struct {
    uint64_t survivor_origin; /* after */
    uint64_t *origins;        /* after, [n_bystanders] */
    ResmgrRelocateMove *moves;
    unsigned n_moves;
    uint64_t moved;       /* sum of the sizes in moves */
    uint64_t lower_bound; /* proved: no legal layout moves less. moved == lower_bound when exact */
    bool exact;
} ResmgrRelocatePlan;

/* Why there is no legal layout. */
typedef struct {
    uint64_t
        largest_hole; /* the largest piece that can be freed for the survivor, whatever movable areas do */
    unsigned *fixed;  /* bystanders that stay and stand in the way; free with g_free() */
    unsigned n_fixed;
} ResmgrRelocateObstacle;

/*
 * Returns the plan (free with resmgr_relocate_plan_free()), or NULL if and only if no legal layout exists;
 * then *ret_obstacle, if not NULL, is filled in. The same input gives the same plan on every machine.
 */
ResmgrRelocatePlan *
resmgr_relocate_plan(const ResmgrRelocateProblem *problem, ResmgrRelocateObstacle *ret_obstacle);
void resmgr_relocate_plan_free(ResmgrRelocatePlan *plan);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ResmgrRelocatePlan, resmgr_relocate_plan_free)

#endif
