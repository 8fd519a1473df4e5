/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Bringing an LPAR back, on the books: the undo of an INTEG gives what was before, at once and after others; what the
 * survivor cannot give up is named, and had from elsewhere or done without; and what does not fit is refused, with
 * nothing changed.
 */
#include "resmgr/channel-table.h"
#include "resmgr/check.h"
#include "tests/resmgr/machine-builder.h"
#include "tests/resmgr/patent-definition.h"
#include "tests/resmgr/random-definition.h"
#include "tests/resmgr/restore-play.h"

#include <check.h>
#include <string.h>

/* LPAR `a` into `b`; the plan must be possible. */
static void integrate(ResmgrState *state, unsigned a, unsigned b)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ResmgrPlan) plan = resmgr_plan_new(state, a, b, /* force= */ true, &error);

    ck_assert_msg(plan != NULL, "%s", error ? error->message : "");
    play_integ(state, plan, 9);
}

static bool has_lack(const ResmgrRestorePlan *plan, const char *what, bool missed)
{
    for (unsigned i = 0; i < plan->lacks->len; i++) {
        const ResmgrLack *lack = g_ptr_array_index(plan->lacks, i);

        if (strcmp(lack->what, what) == 0 && lack->missed == missed)
            return true;
    }
    return false;
}

/* --- The patent's machine --------------------------------------------------------------------------------------- */

/* LPAR3 had been relocated to 384M; LPAR2 comes back to 256M, which LPAR1 has given up, and nobody moves. */
START_TEST(the_patents_integ_is_taken_back)
{
    g_autoptr(ResmgrDefinition) definition = patent_definition_new();
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);
    g_autoptr(ResmgrState) before = resmgr_state_copy(state);
    ResmgrRestoreWish wish = play_wish(before, 2);
    const ResmgrGiver giver = play_giver(before, 1);

    integrate(state, 2, 1);
    wish.giver = &giver;
    g_autoptr(ResmgrRestorePlan) plan = resmgr_restore_plan_new(state, &wish, NULL);

    ck_assert_ptr_nonnull(plan);
    ck_assert_uint_eq(plan->giver, 1);
    ck_assert_uint_eq(plan->moves->len, 0);
    ck_assert_uint_eq(plan->lacks->len, 0);
    play_restore(state, plan, 9);
    play_expect_same(before, state, /* origins= */ false, "the patent's machine");
    ck_assert_uint_eq(resmgr_state_lpar(state, 2)->areas[RESMGR_MS].origin_bytes, 256 * HV_MIB);
    const ResmgrCommit *commit = &g_array_index(state->commits, ResmgrCommit, 1);

    ck_assert(commit->at_ns == 9 && commit->retired == 2 && commit->survivor == 0);
    integrate(state, 2, 1); /* and again */
    ck_assert_uint_eq(resmgr_state_heir(state, 2), 1);
}
END_TEST

/* The guest of LPAR1 was loaded anew with all of its 384M: LPAR2 has 128M nowhere, for LPAR3 has the rest. */
START_TEST(storage_that_is_kept_is_missing)
{
    g_autoptr(ResmgrDefinition) definition = patent_definition_new();
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);
    g_autoptr(ResmgrState) before = resmgr_state_copy(state);
    ResmgrRestoreWish wish = play_wish(before, 2);
    GError *error = NULL;

    integrate(state, 2, 1);
    ResmgrGiver giver = play_giver(state, 1);
    g_autoptr(ResmgrState) as_it_was = resmgr_state_copy(state);

    wish.giver = &giver;
    wish.partial = true; /* is of no use: storage is all or nothing */
    ck_assert_ptr_null(resmgr_restore_plan_new(state, &wish, &error));
    build_expect_error(&error, RESMGR_ERROR_NO_ROOM, "128M is missing");
    ck_assert(resmgr_state_equal(state, as_it_was));
    resmgr_state_release(state, 3); /* frees 256M */
    wish.partial = false;
    g_autoptr(ResmgrRestorePlan) plan = resmgr_restore_plan_new(state, &wish, &error);

    ck_assert_ptr_nonnull(plan);
    ck_assert(!plan->partial && has_lack(plan, "MS 128M", /* missed= */ false));
    play_restore(state, plan, 9);
    ck_assert_uint_eq(resmgr_state_lpar(state, 2)->areas[RESMGR_MS].origin_bytes, 512 * HV_MIB);
    ck_assert_uint_eq(resmgr_state_lpar(state, 1)->areas[RESMGR_MS].size_bytes, 384 * HV_MIB);
}
END_TEST

/* LIP 2 of LPAR1 has 100 % of IP 2 by the INTEG, and its guest keeps it; path 02 is in use. */
START_TEST(what_is_kept_is_named_and_done_without)
{
    g_autoptr(ResmgrDefinition) definition = patent_definition_new();
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);
    g_autoptr(ResmgrState) before = resmgr_state_copy(state);
    ResmgrRestoreWish wish = play_wish(before, 2);
    ResmgrGiver giver = play_giver(before, 1);
    GError *error = NULL;
    unsigned kept = 0;

    integrate(state, 2, 1);
    for (unsigned ip = 1; ip <= 3; ip++) {
        const ResmgrLip *lip = &g_array_index(resmgr_state_lpar(state, 1)->lips, ResmgrLip, ip - 1);

        kept = lip->share_bp > 0 ? lip->number : kept;
        giver.keeps_lip[lip->number] = true;
    }
    hv_chp_map_set(giver.keeps_chps, 2, true);
    wish.giver = &giver;
    ck_assert_ptr_null(resmgr_restore_plan_new(state, &wish, &error));
    build_expect_error(&error, RESMGR_ERROR_NOT_GIVEN_BACK, "CHP 02 (LPAR1 has I/O on it)");
    wish.partial = true;
    g_autoptr(ResmgrRestorePlan) plan = resmgr_restore_plan_new(state, &wish, &error);

    ck_assert_msg(plan != NULL, "%s", error ? error->message : "");
    ck_assert(plan->partial && has_lack(plan, "CHP 02", /* missed= */ true));
    play_restore(state, plan, 9);
    ck_assert_uint_eq(state->chps[2].owner, 1);
    ck_assert_uint_eq(state->chps[3].owner, 2);
    /* The path belongs to LPAR1 for good: it asks for it again, and LPAR2 does not. */
    resmgr_state_release(state, 1);
    resmgr_state_release(state, 2);
    ck_assert(resmgr_state_assign(state, 2, NULL) && resmgr_state_assign(state, 1, NULL));
    resmgr_check_assert(state);
    ck_assert_uint_eq(state->chps[2].owner, 1);
    ck_assert_uint_eq(state->chps[3].owner, 2);
}
END_TEST

START_TEST(who_has_resources_is_not_restored)
{
    g_autoptr(ResmgrDefinition) definition = patent_definition_new();
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);
    ResmgrRestoreWish wish = play_wish(state, 2);
    GError *error = NULL;

    ck_assert_ptr_null(resmgr_restore_plan_new(state, &wish, &error));
    build_expect_error(&error, RESMGR_ERROR_ASSIGNED, "DEACTIVATE");
    wish.lpar = 9;
    ck_assert_ptr_null(resmgr_restore_plan_new(state, &wish, &error));
    build_expect_error(&error, RESMGR_ERROR_UNKNOWN_LPAR, "LPAR 9");
}
END_TEST

/* A deactivated one comes back where it was, or elsewhere when that is taken; a size off the increment is refused. */
START_TEST(a_deactivated_one_comes_back)
{
    g_autoptr(ResmgrDefinition) definition = patent_definition_new();
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);
    g_autoptr(ResmgrState) before = resmgr_state_copy(state);
    ResmgrRestoreWish wish = play_wish(before, 2);
    GError *error = NULL;

    resmgr_state_release(state, 2);
    wish.areas[RESMGR_MS].size_bytes += HV_PAGE_SIZE;
    ck_assert_ptr_null(resmgr_restore_plan_new(state, &wish, &error));
    build_expect_error(&error, RESMGR_ERROR_INCREMENT, "increment");
    wish.areas[RESMGR_MS].size_bytes -= HV_PAGE_SIZE;
    g_autoptr(ResmgrRestorePlan) plan = resmgr_restore_plan_new(state, &wish, &error);

    ck_assert_ptr_nonnull(plan);
    play_restore(state, plan, 9);
    ck_assert(resmgr_state_equal(state, before));
}
END_TEST

/* --- Others in between ------------------------------------------------------------------------------------------- */

/* 1 and 2 go into 3, 3 into 4; then 1 comes back from 4, and 2, and 3: in any order everybody has what he had. */
START_TEST(a_chain_is_taken_back_in_any_order)
{
    static const unsigned orders[6][3] = {{1, 2, 3}, {1, 3, 2}, {2, 1, 3}, {2, 3, 1}, {3, 1, 2}, {3, 2, 1}};
    g_autoptr(ResmgrDefinition) definition = build_machine(4, 64, 0, 8);

    for (unsigned i = 1; i <= 4; i++) {
        ResmgrLparDef *lpar = build_lpar(definition, i, 8 * i, 4 + i, 40);

        build_share(lpar, i, 40);
        build_share(lpar, i % 4 + 1, 60);
        build_chp(lpar, (uint8_t)i);
    }
    g_autoptr(ResmgrState) before = resmgr_state_new(definition);
    g_autoptr(ResmgrState) state = resmgr_state_copy(before);

    integrate(state, 1, 3);
    integrate(state, 2, 4);
    resmgr_state_declare_reserved(state, 4, RESMGR_MS, 40 * HV_MIB, NULL);
    resmgr_state_load_reserved(state, 4);
    integrate(state, 3, 4);
    for (unsigned i = 0; i < 3; i++) {
        unsigned lpar = orders[_i][i];
        ResmgrRestoreWish wish = play_wish(before, lpar);
        g_autoptr(GError) error = NULL;
        g_autoptr(ResmgrRestorePlan) plan = resmgr_restore_plan_new(state, &wish, &error);

        ck_assert_msg(plan != NULL, "%s", error ? error->message : "");
        ck_assert_uint_eq(plan->lacks->len, 0);
        play_restore(state, plan, 9 + i);
    }
    for (unsigned i = 1; i <= 4; i++) {
        const ResmgrLpar *was = resmgr_state_lpar(before, i), *is = resmgr_state_lpar(state, i);

        ck_assert_uint_eq(was->areas[RESMGR_MS].size_bytes, is->areas[RESMGR_MS].size_bytes);
        ck_assert_uint_eq(is->lips->len, was->lips->len);
        for (unsigned ip = 1; ip <= 4; ip++) {
            const ResmgrLip *lip = resmgr_share_table_on_ip(was->lips, ip);

            if (lip)
                ck_assert_uint_eq(resmgr_share_table_on_ip(is->lips, ip)->share_bp, lip->share_bp);
        }
        ck_assert_uint_eq(state->chps[i].owner, i);
    }
}
END_TEST

/* --- Random machines -------------------------------------------------------------------------------------------- */

static unsigned random_lpar(const ResmgrState *state, HvRng *rng)
{
    return ((const ResmgrLpar *)state->lpars->pdata[hv_rng_below(rng, state->lpars->len)])->number;
}

/* INTEG and back at once. */
static void there_and_back(ResmgrState *state, const ResmgrPlan *integ, uint64_t seed, HvTime now)
{
    g_autoptr(ResmgrState) before = resmgr_state_copy(state);
    ResmgrRestoreWish wish = play_wish(before, integ->retiring);
    const ResmgrGiver giver = play_giver(before, integ->survivor);
    g_autofree char *what =
        g_strdup_printf("seed %" G_GUINT64_FORMAT ", LPAR %u and %u", seed, integ->retiring, integ->survivor);
    g_autoptr(GError) error = NULL;

    play_integ(state, integ, now);
    wish.giver = &giver;
    wish.at_ns = now;
    g_autoptr(ResmgrRestorePlan) plan = resmgr_restore_plan_new(state, &wish, &error);

    ck_assert_msg(plan != NULL, "%s: %s", what, error ? error->message : "");
    ck_assert_msg(plan->lacks->len == 0, "%s", what);
    play_restore(state, plan, now);
    play_expect_same(before, state, /* origins= */ integ->moves->len == 0 && plan->moves->len == 0, what);
    ck_assert(integ->moves->len > 0 || plan->moves->len == 0);
}

/* What was had at some time, from whoever stands for it now, with a guest that keeps anything at all. */
static bool restore_anything(ResmgrState *state, const ResmgrState *from, HvRng *rng, HvTime now)
{
    unsigned lpar = random_lpar(state, rng);
    const ResmgrLpar *was = resmgr_state_lpar(from, lpar);
    ResmgrRestoreWish wish = play_wish(from, lpar);
    ResmgrGiver giver = {0};

    if (was->assignment != RESMGR_ASSIGNED)
        return false;
    giver.least_bytes[RESMGR_MS] = hv_rng_below(rng, 3) == 0 ? hv_rng_below(rng, 30) * HV_MIB : 0;
    for (unsigned lip = 1; lip <= HV_MAX_LIPS; lip++)
        giver.keeps_lip[lip] = hv_rng_below(rng, 4) == 0;
    giver.keeps_chps[0] = hv_rng_below(rng, 1 << 12) & hv_rng_below(rng, 1 << 12);
    wish.giver = &giver;
    wish.partial = hv_rng_below(rng, 4) != 0;
    wish.copy = hv_rng_below(rng, 4) == 0;
    g_autoptr(ResmgrState) before = resmgr_state_copy(state);
    g_autoptr(ResmgrRestorePlan) plan = resmgr_restore_plan_new(state, &wish, NULL);

    ck_assert(resmgr_state_equal(before, state));
    if (plan)
        play_restore(state, plan, now);
    return plan != NULL;
}

static unsigned play(ResmgrState *state, HvRng *rng, uint64_t seed)
{
    g_autoptr(ResmgrState) first = resmgr_state_copy(state);
    unsigned n_restored = 0;

    for (unsigned round = 0; round < 20; round++) {
        unsigned a = random_lpar(state, rng), b = random_lpar(state, rng);
        g_autoptr(ResmgrPlan) plan = resmgr_plan_new(state, a, b, hv_rng_below(rng, 2), NULL);

        if (plan && round % 3 == 0)
            there_and_back(state, plan, seed, round);
        else if (plan)
            play_integ(state, plan, round);
        else if (resmgr_state_lpar(state, a)->assignment == RESMGR_ASSIGNED && hv_rng_below(rng, 3) == 0)
            resmgr_state_release(state, a);
        else if (resmgr_state_lpar(state, a)->assignment == RESMGR_RELEASED && hv_rng_below(rng, 2))
            resmgr_state_assign(state, a, NULL);
        else
            n_restored += restore_anything(state, first, rng, round);
        resmgr_check_assert(state);
    }
    return n_restored;
}

START_TEST(random_machines_come_back)
{
    unsigned n_restored = 0;

    for (unsigned round = 0; round < 100; round++) {
        uint64_t seed = (uint64_t)_i * 1000 + round;
        HvRng rng;

        hv_rng_init(&rng, seed, "restore");
        g_autoptr(ResmgrDefinition) definition = random_definition_new(&rng, 7);
        g_autoptr(ResmgrState) state = resmgr_state_new(definition);

        n_restored += play(state, &rng, seed);
    }
    ck_assert_msg(n_restored > 50, "only %u restores were possible", n_restored);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("resmgr/restore");
    TCase *tcase = tcase_create("restore");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, the_patents_integ_is_taken_back);
    tcase_add_test(tcase, storage_that_is_kept_is_missing);
    tcase_add_test(tcase, what_is_kept_is_named_and_done_without);
    tcase_add_test(tcase, who_has_resources_is_not_restored);
    tcase_add_test(tcase, a_deactivated_one_comes_back);
    tcase_add_loop_test(tcase, a_chain_is_taken_back_in_any_order, 0, 6);
    tcase_add_loop_test(tcase, random_machines_come_back, 0, 10);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
