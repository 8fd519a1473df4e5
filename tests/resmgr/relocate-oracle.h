/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_TESTS_RESMGR_RELOCATE_ORACLE_H
#define LPARSIM_TESTS_RESMGR_RELOCATE_ORACLE_H

#include "resmgr/relocate.h"

/*
 * What the relocation planner is judged by: two optima and a referee, none of which knows how the planner works.
 * Units are increments; lines are short.
 */
typedef struct {
    uint64_t bytes;
    unsigned areas;
    bool possible; /* false: no legal layout; the cost has no meaning */
} OracleCost;

/* Tries every origin of every area: for up to four areas on a line of eight or so. */
OracleCost oracle_by_enumeration(const ResmgrRelocateProblem *problem);

/* Least cost by going along the line cell by cell with the set of those already passed: for up to 14 areas. */
OracleCost oracle_by_sweep(const ResmgrRelocateProblem *problem);

/* The largest new size of the survivor that has a legal layout, by trying all of them from the top. */
uint64_t oracle_largest_hole(const ResmgrRelocateProblem *problem);

/*
 * Plays the plan on a line of cells, move by move, and returns NULL, or what is wrong with it (free it): an illegal layout, who may
 * not move moves, a wrong sum, an unnecessary move, a target that is not free when its turn comes, a group that is not a cycle, a
 * bystander that waits for the survivor without need.
 */
char *oracle_find_fault(const ResmgrRelocateProblem *problem, const ResmgrRelocatePlan *plan);

/* The problem in one line, to be quoted when a test fails (free it). */
char *oracle_describe(const ResmgrRelocateProblem *problem);

#endif
