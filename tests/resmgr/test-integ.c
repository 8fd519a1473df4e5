/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The books of an INTEG: figure 3(b) after the whole of it, every undo bit for bit at every point before the commit,
 * on random machines, with all checkers after each step; and several in a row, into and out of one another.
 */
#include "resmgr/integ.h"

#include "resmgr/channel-table.h"
#include "resmgr/check.h"
#include "tests/resmgr/machine-builder.h"
#include "tests/resmgr/patent-definition.h"
#include "tests/resmgr/random-definition.h"

#include <check.h>
#include <string.h>

static unsigned group_size(const ResmgrPlan *plan, unsigned first)
{
    const ResmgrMove *moves = (const ResmgrMove *)(const void *)plan->moves->data;
    unsigned count = 1;

    while (first + count < plan->n_moves_running && moves[first + count].group == moves[first].group &&
           moves[first + count].kind == moves[first].kind)
        count++;
    return count;
}

/* Offline and the first `n_groups` groups of moves; returns how many there were to make. */
static unsigned go_forward(ResmgrState *state, const ResmgrPlan *plan, unsigned n_groups)
{
    unsigned first = 0, group = 0;

    resmgr_integ_offline(state, plan);
    resmgr_check_assert(state);
    for (; first < plan->n_moves_running && group < n_groups; group++) {
        unsigned count = group_size(plan, first);

        resmgr_integ_move(state, plan, first, count);
        resmgr_check_assert(state);
        first += count;
    }
    return group;
}

static void go_back(ResmgrState *state, const ResmgrPlan *plan, unsigned n_groups)
{
    g_autofree unsigned *firsts = g_new0(unsigned, n_groups + 1);

    for (unsigned group = 0; group < n_groups; group++)
        firsts[group + 1] = firsts[group] + group_size(plan, firsts[group]);
    for (unsigned group = n_groups; group-- > 0;) {
        resmgr_integ_move_back(state, plan, firsts[group], firsts[group + 1] - firsts[group]);
        resmgr_check_assert(state);
    }
    resmgr_integ_online(state, plan);
    resmgr_check_assert(state);
}

/* The survivor has what the plan says it will have, and the bystanders are where it says. */
static void expect_as_planned(const ResmgrState *state, const ResmgrPlan *plan)
{
    const ResmgrLpar *survivor = resmgr_state_lpar(state, plan->survivor);

    for (ResmgrStorageKind kind = 0; kind < RESMGR_STORAGE_KINDS; kind++) {
        ck_assert_uint_eq(survivor->areas[kind].origin_bytes, plan->areas_after[kind].origin_bytes);
        ck_assert_uint_eq(survivor->areas[kind].size_bytes, plan->areas_after[kind].size_bytes);
        ck_assert_uint_eq(survivor->areas[kind].reserved_bytes, plan->areas_after[kind].reserved_bytes);
    }
    for (unsigned i = 0; i < plan->moves->len; i++) {
        const ResmgrMove *move = &g_array_index(plan->moves, ResmgrMove, i);

        ck_assert_uint_eq(
            resmgr_state_lpar(state, move->lpar)->areas[move->kind].origin_bytes, move->to_bytes);
    }
    for (unsigned i = 0; i < plan->chps->len; i++) {
        uint8_t chpid = g_array_index(plan->chps, uint8_t, i);

        ck_assert(resmgr_channel_table_has(state, plan->survivor, chpid));
        ck_assert(!resmgr_channel_table_has(state, plan->retiring, chpid));
        ck_assert(state->chps[chpid].online);
    }
    ck_assert_mem_eq(survivor->weights, plan->weights_after, sizeof plan->weights_after);
    ck_assert_uint_eq(survivor->cap.kind, plan->cap_after.kind);
    ck_assert_uint_eq(survivor->cap.ips_hundredths, plan->cap_after.ips_hundredths);
    ck_assert_uint_eq(survivor->lips->len, plan->lips_after->len);
}

static void go_through(ResmgrState *state, const ResmgrPlan *plan, HvTime now)
{
    g_autoptr(ResmgrState) before = resmgr_state_copy(state);

    go_forward(state, plan, UINT_MAX);
    resmgr_integ_commit(state, plan, now);
    resmgr_check_assert_across(before, state, plan->retiring, plan->survivor);
    resmgr_integ_channels_online(state, plan);
    resmgr_check_assert_across(before, state, plan->retiring, plan->survivor);
    expect_as_planned(state, plan);
}

/* --- The patent's machine --------------------------------------------------------------------------------------- */

START_TEST(figures_3b_and_4b)
{
    g_autoptr(ResmgrDefinition) definition = patent_definition_new();
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);
    g_autoptr(ResmgrPlan) plan = resmgr_plan_new(state, 2, 1, /* force= */ false, NULL);
    const ResmgrLpar *lpar1 = resmgr_state_lpar(state, 1), *lpar2 = resmgr_state_lpar(state, 2);
    const ResmgrLpar *lpar3 = resmgr_state_lpar(state, 3);
    static const unsigned ips[] = {1, 2, 3}, percents[] = {100, 100, 50};

    go_through(state, plan, 10 * HV_NS_PER_S);
    ck_assert_uint_eq(lpar1->areas[RESMGR_MS].origin_bytes, 0);
    ck_assert_uint_eq(lpar1->areas[RESMGR_MS].size_bytes, 384 * HV_MIB);
    ck_assert_uint_eq(lpar1->areas[RESMGR_MS].reserved_bytes, 0);
    ck_assert_uint_eq(lpar3->areas[RESMGR_MS].origin_bytes, 384 * HV_MIB);
    ck_assert_uint_eq(lpar3->areas[RESMGR_MS].size_bytes, 256 * HV_MIB);
    for (unsigned l = 0; l < 3; l++) {
        const ResmgrLip *lip = resmgr_lpar_lip(lpar1, l + 1);

        ck_assert_uint_eq(lip->ip, ips[l]);
        ck_assert_uint_eq(lip->share_bp, 100 * percents[l]);
    }
    ck_assert_uint_eq(lpar2->assignment, RESMGR_RETIRED);
    ck_assert_uint_eq(lpar2->lips->len, 0);
    ck_assert_uint_eq(lpar2->areas[RESMGR_MS].size_bytes, 0);
    for (uint8_t chpid = 0; chpid < 4; chpid++) {
        ck_assert_uint_eq(state->chps[chpid].owner, 1);
        ck_assert(state->chps[chpid].online);
    }
    ck_assert_uint_eq(state->commits->len, 1);
    const ResmgrCommit *commit = &g_array_index(state->commits, ResmgrCommit, 0);

    ck_assert(commit->at_ns == 10 * HV_NS_PER_S && commit->retired == 2 && commit->survivor == 1);
}
END_TEST

/* What each step does to the paths: 202 takes them away, the commit passes them on, 206 brings them back. */
START_TEST(paths_are_online_again_only_at_206)
{
    g_autoptr(ResmgrDefinition) definition = patent_definition_new();
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);
    g_autoptr(ResmgrPlan) plan = resmgr_plan_new(state, 2, 1, /* force= */ false, NULL);
    uint64_t online[4];

    resmgr_integ_offline(state, plan);
    resmgr_state_chps_online(state, 2, online);
    ck_assert_uint_eq(online[0], 0);
    ck_assert_uint_eq(state->chps[2].owner, 2);
    resmgr_integ_move(state, plan, 0, 1);
    resmgr_integ_commit(state, plan, 0);
    resmgr_state_chps_online(state, 1, online);
    ck_assert_uint_eq(online[0], 0x3);
    ck_assert_uint_eq(state->chps[2].owner, 1);
    resmgr_integ_channels_online(state, plan);
    resmgr_state_chps_online(state, 1, online);
    ck_assert_uint_eq(online[0], 0xF);
}
END_TEST

/* After LPAR2 went into LPAR1, LPAR1's activation asks for all paths, and the first plan's origin. */
START_TEST(what_was_taken_over_is_kept_over_a_deactivation)
{
    g_autoptr(ResmgrDefinition) definition = patent_definition_new();
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);
    g_autoptr(ResmgrPlan) plan = resmgr_plan_new(state, 2, 1, /* force= */ false, NULL);

    go_through(state, plan, 0);
    g_autoptr(ResmgrState) before = resmgr_state_copy(state);

    resmgr_state_release(state, 1);
    resmgr_check_assert(state);
    ck_assert(resmgr_state_assign(state, 1, NULL));
    ck_assert(resmgr_state_equal(state, before));
}
END_TEST

/* Reserved is 0 after the first, figure 3(b), so a second is refused until more is declared and the LPAR is loaded. */
START_TEST(a_second_integ_needs_a_new_declaration)
{
    g_autoptr(ResmgrDefinition) definition = patent_definition_new();
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);
    g_autoptr(ResmgrPlan) first = resmgr_plan_new(state, 2, 1, /* force= */ false, NULL);
    GError *error = NULL;

    go_through(state, first, 0);
    ck_assert_ptr_null(resmgr_plan_new(state, 3, 1, /* force= */ false, &error));
    build_expect_error(&error, RESMGR_ERROR_RESERVED, "declared 0 reserved");
    ck_assert(resmgr_state_declare_reserved(state, 1, RESMGR_MS, 256 * HV_MIB, NULL));
    ck_assert_ptr_null(resmgr_plan_new(state, 3, 1, /* force= */ false, NULL));
    resmgr_state_load_reserved(state, 1);
    g_autoptr(ResmgrPlan) second = resmgr_plan_new(state, 3, 1, /* force= */ false, NULL);

    ck_assert_ptr_nonnull(second);
    go_through(state, second, 1);
    ck_assert_uint_eq(resmgr_state_lpar(state, 1)->areas[RESMGR_MS].size_bytes, 640 * HV_MIB);
    ck_assert_uint_eq(state->chps[5].owner, 1);
}
END_TEST

/* --- Random machines -------------------------------------------------------------------------------------------- */

static unsigned random_lpar(const ResmgrState *state, HvRng *rng)
{
    return ((const ResmgrLpar *)state->lpars->pdata[hv_rng_below(rng, state->lpars->len)])->number;
}

/* Back from after each group of moves: nothing remains. */
static void undo_at_every_point(ResmgrState *state, const ResmgrPlan *plan)
{
    g_autoptr(ResmgrState) before = resmgr_state_copy(state);
    unsigned made = 0;

    for (unsigned n_groups = 0; made == n_groups; n_groups++) {
        made = go_forward(state, plan, n_groups);
        ck_assert(!resmgr_state_equal(state, before));
        go_back(state, plan, made);
        ck_assert_msg(
            resmgr_state_equal(state, before), "something is left of the undo after %u groups", made);
    }
}

/* Up to five INTEGs and some deactivations on one machine; returns how many INTEGs were made. */
static unsigned play(ResmgrState *state, HvRng *rng)
{
    unsigned n_done = 0;

    for (unsigned round = 0; round < 12; round++) {
        unsigned retiring = random_lpar(state, rng), survivor = random_lpar(state, rng);
        bool force = hv_rng_below(rng, 2);
        g_autoptr(ResmgrPlan) plan = resmgr_plan_new(state, retiring, survivor, force, NULL);

        if (plan != NULL) {
            undo_at_every_point(state, plan);
            go_through(state, plan, round);
            n_done++;
        }
        if (resmgr_state_lpar(state, survivor)->assignment == RESMGR_ASSIGNED && hv_rng_below(rng, 3) == 0)
            resmgr_state_release(state, survivor);
        else if (resmgr_state_lpar(state, survivor)->assignment == RESMGR_RELEASED)
            resmgr_state_assign(state, survivor, NULL);
        resmgr_state_load_reserved(state, retiring);
        resmgr_check_assert(state);
    }
    return n_done;
}

START_TEST(random_machines_go_forward_and_back)
{
    unsigned n_done = 0;

    for (unsigned round = 0; round < 100; round++) {
        HvRng rng;

        hv_rng_init(&rng, (uint64_t)_i * 1000 + round, "integ");
        g_autoptr(ResmgrDefinition) definition = random_definition_new(&rng, 7);
        g_autoptr(ResmgrState) state = resmgr_state_new(definition);

        n_done += play(state, &rng);
    }
    ck_assert_msg(n_done > 50, "only %u INTEGs were possible", n_done);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("resmgr/integ");
    TCase *tcase = tcase_create("integ");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, figures_3b_and_4b);
    tcase_add_test(tcase, paths_are_online_again_only_at_206);
    tcase_add_test(tcase, what_was_taken_over_is_kept_over_a_deactivation);
    tcase_add_test(tcase, a_second_integ_needs_a_new_declaration);
    tcase_add_loop_test(tcase, random_machines_go_forward_and_back, 0, 10);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
