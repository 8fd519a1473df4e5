/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every small machine: a line of up to 8 increments, a survivor that has something or nothing, up to 3 bystanders, each of them
 * relocatable or not, holes anywhere (the retiring LPAR's area is one of them), and every size that the survivor could get.
 * Of each: the cost is the least of all layouts, the layout is legal, the moves can be carried out in their order, and there
 * is a refusal if and only if there is no layout; then the hole it names is the largest that can be made.
 */
#include "../resmgr/relocate-oracle.h"

#include <check.h>
#include <stdlib.h>

#define MAX_TOTAL      8
#define MAX_BYSTANDERS 3

typedef struct {
    ResmgrRelocateArea bystanders[MAX_BYSTANDERS];
    ResmgrRelocateProblem problem;
    uint64_t n_checked, n_refused;
} Walk;

static void check_refusal(const ResmgrRelocateProblem *problem, const ResmgrRelocateObstacle *obstacle)
{
    g_autofree char *text = oracle_describe(problem);

    ck_assert_msg(!oracle_by_enumeration(problem).possible, "refused without need: %s", text);
    ck_assert_msg(
        obstacle->largest_hole == oracle_largest_hole(problem), "hole %" G_GUINT64_FORMAT ": %s",
        obstacle->largest_hole, text);
    for (unsigned i = 0; i < obstacle->n_fixed; i++)
        ck_assert_msg(!problem->bystanders[obstacle->fixed[i]].movable, "%s", text);
    g_free(obstacle->fixed);
}

static void check_plan(const ResmgrRelocateProblem *problem, const ResmgrRelocatePlan *plan)
{
    OracleCost least = oracle_by_enumeration(problem), sweep = oracle_by_sweep(problem);
    g_autofree char *text = oracle_describe(problem);
    g_autofree char *fault = oracle_find_fault(problem, plan);

    ck_assert_msg(!fault, "%s: %s", fault, text);
    ck_assert_msg(least.bytes == sweep.bytes && least.areas == sweep.areas, "the optima differ: %s", text);
    ck_assert_msg(
        plan->exact && plan->moved == least.bytes && plan->n_moves == least.areas,
        "exact %d, %" G_GUINT64_FORMAT " in %u moves instead of %" G_GUINT64_FORMAT " in %u: %s", plan->exact,
        plan->moved, plan->n_moves, least.bytes, least.areas, text);
}

static void check_machine(Walk *walk)
{
    ResmgrRelocateProblem *problem = &walk->problem;
    uint64_t least = MAX(problem->survivor_size, 1);

    problem->bystanders = walk->bystanders;
    for (uint64_t size = least; size <= problem->total; size++) {
        ResmgrRelocateObstacle obstacle = {0};

        problem->survivor_new_size = size;
        g_autoptr(ResmgrRelocatePlan) plan = resmgr_relocate_plan(problem, &obstacle);

        if (plan)
            check_plan(problem, plan);
        else
            check_refusal(problem, &obstacle);
        walk->n_checked++;
        walk->n_refused += !plan;
    }
}

/* All ways to go on from cell `at`: end here, a bystander, or the survivor if it is still to come. */
static void walk_on(Walk *walk, uint64_t at, bool survivor_to_come)
{
    ResmgrRelocateProblem *problem = &walk->problem;

    if (!survivor_to_come)
        check_machine(walk);
    for (uint64_t origin = at; origin < problem->total; origin++)
        for (uint64_t size = 1; size <= problem->total - origin; size++)
            for (unsigned movable = 0; movable < 2; movable++) {
                if (survivor_to_come) {
                    problem->survivor_origin = origin;
                    problem->survivor_size = size;
                    problem->survivor_movable = movable;
                    walk_on(walk, origin + size, /* survivor_to_come= */ false);
                }
                if (problem->n_bystanders == MAX_BYSTANDERS)
                    continue;
                walk->bystanders[problem->n_bystanders++] = (ResmgrRelocateArea){origin, size, movable};
                walk_on(walk, origin + size, survivor_to_come);
                problem->n_bystanders--;
            }
}

START_TEST(every_small_machine)
{
    Walk walk = {.problem.total = (uint64_t)_i};

    walk_on(&walk, 0, /* survivor_to_come= */ true);
    walk.problem.survivor_origin = walk.problem.survivor_size = 0;
    walk_on(&walk, 0, /* survivor_to_come= */ false);
    ck_assert_uint_gt(walk.n_checked, 0);
    ck_assert(_i < 3 || walk.n_refused > 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("relocate-exhaustive");
    TCase *small = tcase_create("small");
    SRunner *runner = srunner_create(suite);

    tcase_set_timeout(small, 300);
    tcase_add_loop_test(small, every_small_machine, 1, MAX_TOTAL + 1);
    suite_add_tcase(suite, small);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
