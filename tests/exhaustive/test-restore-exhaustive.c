/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Small restores one and all, on 8 increments of storage and 3 IPs.
 *
 * Back from an INTEG: every way to place the areas of 2 to 4 LPARs, everybody movable or not, every way to give out shares
 * of 0, 50 and 100 %. LPAR1 goes into LPAR2 and comes back at once: all is as before, but for origins where INTEG moved
 * somebody; and no restore moves anybody, for the room is there.
 *
 * Into what there is: up to three LPARs placed and movable in every way, and one more that is not there, of every size, with every
 * preferred origin. There is a plan if and only if there is a layout, and it moves the fewest bytes of all, both found by
 * trying every layout; where the preferred place is free, it is that. It is played on a line of cells, move by move.
 */
#include "resmgr/check.h"
#include "resmgr/integ.h"
#include "tests/resmgr/machine-builder.h"
#include "tests/resmgr/relocate-oracle.h"
#include "tests/resmgr/restore-play.h"
#include "tests/sanitized.h"

#include <check.h>
#include <string.h>

#define CELLS     8
#define IPS       3
#define MAX_LPARS 4
#define SLICES    8

/*
 * All of it takes minutes: one placement of so many is looked at, with everybody movable or not. LPARSIM_ONE_OF=1 looks at
 * every one. Under sanitizers each costs many times as much.
 */
#define ONE_OF (TESTS_SANITIZED ? 16u : 4u)

typedef struct {
    unsigned n_lpars;
    unsigned origin[MAX_LPARS], size[MAX_LPARS]; /* [number - 1] */
    unsigned fixed;                              /* bit `number`: relocatable = no */
    unsigned percent[MAX_LPARS][IPS];
} Config;

typedef struct {
    Config config;
    unsigned placement, serial, slice, one_of;
    unsigned n_done, n_refused, n_moved;
} Walk;

static ResmgrDefinition *definition_of(const Config *config)
{
    ResmgrDefinition *definition = build_machine(IPS + 1, CELLS, CELLS, MAX_LPARS);

    for (unsigned i = 0; i < config->n_lpars; i++) {
        ResmgrLparDef *lpar =
            build_lpar(definition, i + 1, config->origin[i], config->size[i], CELLS - config->size[i]);

        build_es(lpar, CELLS - config->origin[i] - config->size[i], config->size[i]); /* mirrored */
        lpar->relocatable = (config->fixed & (1u << (i + 1))) == 0;
        for (unsigned ip = 0; ip < IPS; ip++)
            if (config->percent[i][ip] > 0)
                build_share(lpar, ip + 1, config->percent[i][ip]);
        build_chp(lpar, (uint8_t)i);
    }
    return definition;
}

static char *config_text(const Config *config)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < config->n_lpars; i++)
        g_string_append_printf(
            text, "LPAR%u %u+%u%s shares %u/%u/%u; ", i + 1, config->origin[i], config->size[i],
            config->fixed & (1u << (i + 1)) ? " stays" : "", config->percent[i][0], config->percent[i][1],
            config->percent[i][2]);
    return g_string_free(text, FALSE);
}

static unsigned one_of(void)
{
    const char *wanted = g_getenv("LPARSIM_ONE_OF");
    unsigned n = wanted ? (unsigned)g_ascii_strtoull(wanted, NULL, 10) : ONE_OF;

    return MAX(n, 1u);
}

/* --- All of them ---------------------------------------------------------------------------------------------------- */

static bool everybody_has_some(const Config *config)
{
    for (unsigned i = 0; i < config->n_lpars; i++)
        if (config->percent[i][0] + config->percent[i][1] + config->percent[i][2] == 0)
            return false;
    return true;
}

/* Per IP, the serial number's way of giving two halves to the LPARs or to nobody. */
static void give_shares_by(Config *config, unsigned serial)
{
    unsigned n = config->n_lpars, ways = (n + 1) * (n + 2) / 2;

    memset(config->percent, 0, sizeof config->percent);
    for (unsigned ip = 0; ip < IPS; ip++, serial /= ways) {
        unsigned way = serial % ways, first = 0;

        while (way >= n + 1 - first)
            way -= n + 1 - first++;
        if (first < n)
            config->percent[first][ip] += 50;
        if (first + way < n)
            config->percent[first + way][ip] += 50;
    }
}

static void give_shares(Config *config, unsigned serial)
{
    do
        give_shares_by(config, serial++);
    while (!everybody_has_some(config));
}

static void place_rest(Walk *walk, unsigned lpar, unsigned taken, void (*run)(Walk *walk))
{
    Config *config = &walk->config;

    if (lpar == config->n_lpars) {
        if (walk->placement++ % (SLICES * walk->one_of) != walk->slice)
            return;
        for (config->fixed = 0; config->fixed < 2u << config->n_lpars; config->fixed += 2) {
            give_shares(config, walk->serial++);
            run(walk);
        }
        return;
    }
    for (unsigned origin = 0; origin < CELLS; origin++)
        for (unsigned size = 1; origin + size <= CELLS; size++) {
            unsigned cells = ((1u << size) - 1) << origin;

            if (cells & taken)
                break;
            config->origin[lpar] = origin;
            config->size[lpar] = size;
            place_rest(walk, lpar + 1, taken | cells, run);
        }
}

/* --- Back from an INTEG --------------------------------------------------------------------------------------------- */

static void integrate_and_restore(Walk *walk)
{
    g_autofree char *text = config_text(&walk->config);
    g_autoptr(ResmgrDefinition) definition = definition_of(&walk->config);
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);
    g_autoptr(ResmgrState) before = resmgr_state_copy(state);
    g_autoptr(ResmgrPlan) integ = resmgr_plan_new(state, 1, 2, /* force= */ false, NULL);
    ResmgrRestoreWish wish = play_wish(before, 1);
    const ResmgrGiver giver = play_giver(before, 2);

    walk->n_done++;
    if (!integ) {
        walk->n_refused++;
        return;
    }
    play_integ(state, integ, 0);
    wish.giver = &giver;
    g_autoptr(ResmgrRestorePlan) plan = resmgr_restore_plan_new(state, &wish, NULL);

    ck_assert_msg(plan != NULL && plan->moves->len == 0 && plan->lacks->len == 0, "%s", text);
    play_restore(state, plan, 0);
    play_expect_same(before, state, /* origins= */ integ->moves->len == 0, text);
    walk->n_moved += integ->moves->len > 0;
}

START_TEST(every_small_integ_is_taken_back)
{
    Walk walk = {.slice = (unsigned)_i, .one_of = one_of()};

    for (walk.config.n_lpars = 2; walk.config.n_lpars <= MAX_LPARS; walk.config.n_lpars++)
        place_rest(&walk, 0, 0, integrate_and_restore);
    ck_assert_uint_gt(walk.n_moved, 0);
    ck_assert_uint_gt(walk.n_done - walk.n_refused, walk.n_done / 10);
}
END_TEST

/* --- Into what there is --------------------------------------------------------------------------------------------- */

static bool place_is_free(const Config *config, unsigned origin, unsigned size)
{
    for (unsigned i = 0; i < config->n_lpars; i++)
        if (origin < config->origin[i] + config->size[i] && config->origin[i] < origin + size)
            return false;
    return origin + size <= CELLS;
}

/* Everybody is where the plan says, without ever standing on another. */
static void play_on_cells(const Config *config, const ResmgrRestorePlan *plan, const char *text)
{
    unsigned cells[CELLS] = {0};
    const ResmgrMove *moves = (const ResmgrMove *)(const void *)plan->moves->data;

    for (unsigned i = 0; i < config->n_lpars; i++)
        for (unsigned c = 0; c < config->size[i]; c++)
            cells[config->origin[i] + c] = i + 1;
    for (unsigned first = 0, count; first < plan->moves->len; first += count) {
        count = resmgr_moves_group_size(plan->moves, first);
        for (unsigned i = first; i < first + count; i++)
            for (unsigned c = 0; c < moves[i].size_bytes / HV_MIB; c++)
                cells[moves[i].from_bytes / HV_MIB + c] = 0;
        for (unsigned i = first; i < first + count; i++)
            for (unsigned c = 0; c < moves[i].size_bytes / HV_MIB; c++) {
                ck_assert_msg(cells[moves[i].to_bytes / HV_MIB + c] == 0, "%s", text);
                cells[moves[i].to_bytes / HV_MIB + c] = moves[i].lpar;
            }
    }
    for (unsigned c = 0; c < plan->areas[RESMGR_MS].size_bytes / HV_MIB; c++)
        ck_assert_msg(cells[plan->areas[RESMGR_MS].origin_bytes / HV_MIB + c] == 0, "%s", text);
}

static void restore_one(Walk *walk, const ResmgrState *state, unsigned number, unsigned origin, unsigned size)
{
    const Config *config = &walk->config;
    g_autofree char *text = config_text(config);
    const ResmgrRestoreWish wish = {
        .lpar = number,
        .lips = resmgr_state_lpar(state, number)->lips,
        .areas = {{.origin_bytes = origin * HV_MIB, .size_bytes = size * HV_MIB}}};
    ResmgrRelocateArea others[MAX_LPARS];
    ResmgrRelocateProblem problem = {
        .total = CELLS, .bystanders = others, .n_bystanders = config->n_lpars, .survivor_new_size = size};

    for (unsigned i = 0; i < config->n_lpars; i++)
        others[i] =
            (ResmgrRelocateArea){config->origin[i], config->size[i], (config->fixed & (1u << (i + 1))) == 0};
    OracleCost best = oracle_by_enumeration(&problem);
    g_autoptr(GError) error = NULL;
    g_autoptr(ResmgrRestorePlan) plan = resmgr_restore_plan_new(state, &wish, &error);

    walk->n_done++;
    ck_assert_msg((plan != NULL) == best.possible, "%u at %u: %s", size, origin, text);
    if (!plan) {
        ck_assert_int_eq(error->code, RESMGR_ERROR_NO_ROOM);
        walk->n_refused++;
        return;
    }
    ck_assert_msg(
        plan->moved_bytes == best.bytes * HV_MIB && plan->moves->len == best.areas, "%u at %u: %s", size,
        origin, text);
    if (place_is_free(config, origin, size))
        ck_assert_msg(
            plan->areas[RESMGR_MS].origin_bytes == origin * HV_MIB, "%u at %u: %s", size, origin, text);
    play_on_cells(config, plan, text);
    g_autoptr(ResmgrState) after = resmgr_state_copy(state);

    play_restore(after, plan, 0);
    walk->n_moved += plan->moves->len > 0;
}

/* The one that is not there is defined and deactivated before the others get what the walk says. */
static void restore_each(Walk *walk)
{
    const Config *config = &walk->config;
    g_autoptr(ResmgrDefinition) definition = definition_of(config);
    unsigned number = config->n_lpars + 1;
    unsigned hole = 0;

    while (hole < CELLS && !place_is_free(config, hole, 1))
        hole++;
    if (hole == CELLS)
        return;
    build_share(build_lpar(definition, number, hole, 1, 0), IPS + 1, 100);
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);

    resmgr_state_release(state, number);
    for (unsigned size = 1; size <= CELLS; size++)
        for (unsigned origin = 0; origin < CELLS; origin += 2 + size / 2)
            restore_one(walk, state, number, origin, size);
}

START_TEST(every_small_restore_is_the_best_there_is)
{
    Walk walk = {.slice = (unsigned)_i, .one_of = one_of()};

    for (walk.config.n_lpars = 1; walk.config.n_lpars < MAX_LPARS; walk.config.n_lpars++)
        place_rest(&walk, 0, 0, restore_each);
    ck_assert_uint_gt(walk.n_moved, 0);
    ck_assert_uint_gt(walk.n_refused, walk.n_done / 100);
    ck_assert_uint_gt(walk.n_done - walk.n_refused, walk.n_done / 10);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("exhaustive/restore");
    TCase *tcase = tcase_create("restore");

    tcase_set_timeout(tcase, 600);
    tcase_add_loop_test(tcase, every_small_integ_is_taken_back, 0, SLICES);
    tcase_add_loop_test(tcase, every_small_restore_is_the_best_there_is, 0, SLICES);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
