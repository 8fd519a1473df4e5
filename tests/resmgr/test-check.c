/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The checkers, from the other side: a sound state is corrupted in one place, and exactly the checkers of the
 * invariants that this breaks must say so. A checker that finds nothing here would find nothing anywhere.
 */
#include "resmgr/check.h"

#include "resmgr/integ.h"
#include "tests/resmgr/machine-builder.h"

#include <check.h>
#include <signal.h>
#include <string.h>

/*
 * MS 16M: LPAR1 0+4, LPAR2 4+4, LPAR3 10+2; ES 8M: LPAR1 0+2. IP1 LPAR1 60 and LPAR2 40, IP2 LPAR1 50; LPAR3 weight 100
 * with 2 LIPs in the pool of IP3 and IP4. Paths 00 LPAR1, 01 LPAR2, 02 LPAR3, 03 shared by LPAR2 and LPAR3, 04 free.
 */
static ResmgrDefinition *definition_new(void)
{
    ResmgrDefinition *definition = build_machine(4, 16, 8, 5);
    ResmgrLparDef *lpar1 = build_lpar(definition, 1, 0, 4, 8), *lpar2 = build_lpar(definition, 2, 4, 4, 0);
    ResmgrLparDef *lpar3 = build_lpar(definition, 3, 10, 2, 0);

    build_es(lpar1, 0, 2);
    build_share(lpar1, 1, 60);
    build_share(lpar1, 2, 50);
    build_share(lpar2, 1, 40);
    build_weight(lpar3, HV_IP_CP, 100, 2);
    build_chp(lpar1, 0);
    build_chp(lpar2, 1);
    build_chp(lpar3, 2);
    definition->machine->chps[3].mode = HV_CHP_SHARED;
    build_chp(lpar2, 3);
    build_chp(lpar3, 3);
    return definition;
}

#define CORRUPT(name, statement)                                                                             \
    static void name(ResmgrState *state)                                                                     \
    {                                                                                                        \
        ResmgrLpar *lpar1 = build_corrupt(state, 1), *lpar2 = build_corrupt(state, 2);                       \
        ResmgrLpar *lpar3 = build_corrupt(state, 3);                                                         \
        ResmgrLip *lips1 = (ResmgrLip *)(void *)lpar1->lips->data;                                           \
        ResmgrLip *lips3 = (ResmgrLip *)(void *)lpar3->lips->data;                                           \
        ResmgrChp *chps = state->chps;                                                                       \
        ResmgrCommit commit = {1, 2, 1};                                                                     \
        ResmgrLip lip = {9, 0, 0, HV_IP_CP};                                                                 \
        (void)lpar1, (void)lpar2, (void)lpar3, (void)lips1, (void)lips3, (void)chps, (void)commit,           \
            (void)lip;                                                                                       \
        statement;                                                                                           \
    }

CORRUPT(overlap, lpar2->areas[RESMGR_MS].origin_bytes = 3 * HV_MIB)
CORRUPT(overlap_all, lpar2->areas[RESMGR_MS].origin_bytes = 0)
CORRUPT(past_the_end, lpar3->areas[RESMGR_MS].origin_bytes = 15 * HV_MIB)
CORRUPT(far_past_the_end, lpar3->areas[RESMGR_ES].size_bytes = 9 * HV_MIB)
CORRUPT(origin_off, lpar3->areas[RESMGR_MS].origin_bytes += 4096)
CORRUPT(size_off, lpar3->areas[RESMGR_MS].size_bytes += 4096)
CORRUPT(reserved_off, lpar1->areas[RESMGR_MS].reserved_bytes += 4096)
CORRUPT(no_ms, lpar3->areas[RESMGR_MS].size_bytes = 0)
CORRUPT(empty_origin, lpar3->areas[RESMGR_ES].origin_bytes = HV_MIB)
CORRUPT(share_too_large, lips1[0].share_bp += 1)
CORRUPT(
    share_of_offline, (lpar2->assignment = RESMGR_OFFLINE, lips1[0].share_bp += 1, chps[1].online = false))
CORRUPT(share_zero, lips1[1].share_bp = 0)
CORRUPT(lip_order, (lips1[0].number = 2, lips1[1].number = 1))
CORRUPT(lip_twice, lips1[1].number = 1)
CORRUPT(lip_zero, lips1[0].number = 0)
CORRUPT(lip_large, lips1[1].number = 257)
CORRUPT(ip_twice, lips1[1] = ((ResmgrLip){2, 1, 0, HV_IP_CP}))
CORRUPT(ip_twice_in_bounds, (lips1[0].share_bp = 1000, lips1[1].ip = 1))
CORRUPT(ip_unknown, lips1[1].ip = 5)
CORRUPT(ip_of_pool, lips1[1].ip = 3)
CORRUPT(type_wrong, lips1[1].type = HV_IP_IFL)
CORRUPT(pool_share, lips3[0].share_bp = 1)
CORRUPT(pool_weightless, lpar3->weights[HV_IP_CP] = 0)
CORRUPT(pool_lipless, g_array_set_size(lpar3->lips, 0))
CORRUPT(pool_full, g_array_append_val(lpar3->lips, lip))
CORRUPT(weight_alone, lpar1->weights[HV_IP_IFL] = 1)
CORRUPT(owner_lost, (chps[0].owner = 0, chps[0].online = false))
CORRUPT(owner_other, chps[0].owner = 2)
CORRUPT(owner_from_nowhere, chps[4].owner = 2)
CORRUPT(owner_unknown, chps[0].owner = 77)
CORRUPT(owner_of_shared, chps[3].owner = 2)
CORRUPT(user_lost, chps[3].users[0] = 1 << 2)
CORRUPT(user_gained, chps[3].users[0] |= 1 << 1)
CORRUPT(users_offline, chps[3].online = false)
CORRUPT(
    users_none, (lpar2->assignment = RESMGR_RELEASED, lpar3->assignment = RESMGR_RELEASED, chps[1].owner = 0,
                 chps[1].online = false, chps[2].owner = 0, chps[2].online = false, chps[3].users[0] = 0))
CORRUPT(user_of_owned, chps[0].users[0] = 1 << 1)
CORRUPT(path_lost, chps[0].installed = false)
CORRUPT(path_gained, chps[9].installed = true)
CORRUPT(path_not_there, chps[9].owner = 1)
CORRUPT(mode_changed, chps[4].mode = HV_CHP_SHARED)
CORRUPT(online_to_nobody, chps[4].online = true)
CORRUPT(online_while_offline, (lpar2->assignment = RESMGR_OFFLINE))
CORRUPT(kept_for_assigned, chps[4].reserved_for = 1)
CORRUPT(kept_and_owned, chps[0].reserved_for = 1)
CORRUPT(retired_without_record, (lpar2->assignment = RESMGR_RETIRED))
CORRUPT(record_without_retired, g_array_append_val(state->commits, commit))
CORRUPT(record_of_itself, (commit.retired = 1, g_array_append_val(state->commits, commit)))
CORRUPT(record_of_nobody, (commit.retired = 0, g_array_append_val(state->commits, commit)))

typedef char *(*Checker)(const ResmgrState *state);

static const struct {
    const char *number;
    Checker check;
} checkers[] = {
    {"1", resmgr_check_1}, {"2", resmgr_check_2}, {"3", resmgr_check_3},
    {"4", resmgr_check_4}, {"5", resmgr_check_5}, {"10", resmgr_check_10},
};

/* Which invariants each corruption breaks, by number with a blank behind each. */
static const struct {
    void (*corrupt)(ResmgrState *state);
    const char *broken;
} corruptions[] = {
    {overlap, "1 2 "},
    {overlap_all, "1 2 "},
    {past_the_end, "1 2 "},
    {far_past_the_end, "1 2 "},
    {origin_off, "2 "},
    {size_off, "2 "},
    {reserved_off, "2 "},
    {no_ms, "2 "},
    {empty_origin, "2 "},
    {share_too_large, "3 "},
    {share_of_offline, "3 "},
    {share_zero, "4 "},
    {lip_order, "4 "},
    {lip_twice, "4 "},
    {lip_zero, "4 "},
    {lip_large, "4 "},
    {ip_twice, "4 "},
    {ip_twice_in_bounds, "4 "},
    {ip_unknown, "4 "},
    {ip_of_pool, "4 "},
    {type_wrong, "4 "},
    {pool_share, "4 "},
    {pool_weightless, "4 "},
    {pool_lipless, "4 "},
    {pool_full, "4 "},
    {weight_alone, "4 "},
    {owner_lost, "5 "},
    {owner_other, "5 "},
    {owner_from_nowhere, "5 "},
    {owner_unknown, "5 "},
    {owner_of_shared, "5 "},
    {user_lost, "5 "},
    {user_gained, "5 "},
    {users_offline, "5 "},
    {users_none, "5 "},
    {user_of_owned, "5 "},
    {path_lost, "5 "},
    {path_gained, "5 "},
    {path_not_there, "5 "},
    {mode_changed, "5 "},
    {online_to_nobody, "5 "},
    {online_while_offline, "5 "},
    {kept_for_assigned, "5 "},
    {kept_and_owned, "5 "},
    {retired_without_record, "2 4 5 10 "},
    {record_without_retired, "5 10 "},
    {record_of_itself, "10 "},
    {record_of_nobody, "10 "},
};

static char *broken_in(const ResmgrState *state)
{
    GString *broken = g_string_new(NULL);

    for (unsigned i = 0; i < G_N_ELEMENTS(checkers); i++) {
        g_autofree char *wrong = checkers[i].check(state);
        g_autofree char *begin = g_strdup_printf("invariant %s: ", checkers[i].number);

        if (wrong == NULL)
            continue;
        ck_assert_msg(g_str_has_prefix(wrong, begin), "%s", wrong);
        g_string_append_printf(broken, "%s ", checkers[i].number);
    }
    return g_string_free(broken, FALSE);
}

START_TEST(each_corruption_breaks_what_it_should)
{
    g_autoptr(ResmgrDefinition) definition = definition_new();
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);
    g_autofree char *before = broken_in(state);

    ck_assert_str_eq(before, "");
    corruptions[_i].corrupt(state);
    g_autofree char *after = broken_in(state);

    ck_assert_str_eq(after, corruptions[_i].broken);
}
END_TEST

START_TEST(an_assertion_ends_the_program)
{
    g_autoptr(ResmgrDefinition) definition = definition_new();
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);

    resmgr_check_assert(state);
    corruptions[_i].corrupt(state);
    g_log_set_default_handler(g_log_default_handler, NULL);
    resmgr_check_assert(state);
}
END_TEST

/* --- Across an INTEG of LPAR2 into LPAR1, with LPAR3 as the bystander -------------------------------------------- */

CORRUPT(sum_changed, lips1[1].share_bp -= 1)
CORRUPT(weight_changed, lpar3->weights[HV_IP_CP] += 1)
CORRUPT(path_dropped, (chps[1].owner = 0, chps[1].online = false))
CORRUPT(users_dropped, chps[3].users[0] = 0)
CORRUPT(bystander_moved, lpar3->areas[RESMGR_MS].origin_bytes += HV_MIB) /* allowed */
CORRUPT(bystander_grown, lpar3->areas[RESMGR_MS].size_bytes += HV_MIB)
CORRUPT(bystander_reserved, lpar3->areas[RESMGR_ES].reserved_bytes += HV_MIB)
CORRUPT(bystander_declared, lpar3->areas[RESMGR_ES].reserved_next_given = true)
CORRUPT(bystander_lip, lips3[1].number = 7)
CORRUPT(bystander_lips, g_array_set_size(lpar3->lips, 1))
CORRUPT(bystander_cap, lpar3->cap.kind = RESMGR_CAP_HARD)
CORRUPT(bystander_authority, lpar3->cross_partition_authority = false)
CORRUPT(bystander_released, lpar3->assignment = RESMGR_RELEASED)
CORRUPT(bystander_path, chps[2].owner = 1)
CORRUPT(bystander_offline, chps[2].online = false)
CORRUPT(bystander_user, chps[3].users[0] = 1 << 1)
CORRUPT(path_kept, chps[4].reserved_for = 3)
CORRUPT(path_back, chps[0].owner = 2)
CORRUPT(lpar_lost, g_ptr_array_set_size(state->lpars, 2))

static const struct {
    void (*corrupt)(ResmgrState *state);
    const char *broken;
} changes[] = {
    {sum_changed, "3 "},          {weight_changed, "3 6 "},   {path_dropped, "5 6 "},
    {users_dropped, "5 6 "},      {bystander_moved, ""},      {bystander_grown, "6 "},
    {bystander_reserved, "6 "},   {bystander_declared, "6 "}, {bystander_lip, "6 "},
    {bystander_lips, "6 "},       {bystander_cap, "6 "},      {bystander_authority, "6 "},
    {bystander_released, "3 6 "}, {bystander_path, "6 "},     {bystander_offline, "6 "},
    {bystander_user, "6 "},       {path_kept, "6 "},          {path_back, "6 "},
    {lpar_lost, "3 6 "},
};

static char *broken_across(const ResmgrState *before, const ResmgrState *after)
{
    g_autofree char *three = resmgr_check_3_across(before, after);
    g_autofree char *five = resmgr_check_5_across(before, after);
    g_autofree char *six = resmgr_check_6(before, after, 2, 1);

    return g_strconcat(three != NULL ? "3 " : "", five != NULL ? "5 " : "", six != NULL ? "6 " : "", NULL);
}

START_TEST(across_an_integ_each_change_is_seen)
{
    g_autoptr(ResmgrDefinition) definition = definition_new();
    g_autoptr(ResmgrState) before = resmgr_state_new(definition);
    g_autoptr(ResmgrState) after = resmgr_state_copy(before);
    g_autoptr(ResmgrPlan) plan = resmgr_plan_new(before, 2, 1, /* force= */ false, NULL);

    resmgr_integ_offline(after, plan);
    resmgr_integ_commit(after, plan, 0);
    resmgr_integ_channels_online(after, plan);
    g_autofree char *sound = broken_across(before, after);

    ck_assert_str_eq(sound, "");
    changes[_i].corrupt(after);
    g_autofree char *broken = broken_across(before, after);

    ck_assert_str_eq(broken, changes[_i].broken);
}
END_TEST

/* A bystander that stays has stayed, and one that is not activated is not moved behind its back. */
START_TEST(who_may_not_move_has_not)
{
    g_autoptr(ResmgrDefinition) definition = definition_new();

    for (unsigned released = 0; released < 2; released++) {
        g_autoptr(ResmgrState) before = resmgr_state_new(definition);

        if (released)
            resmgr_state_release(before, 3);
        else
            build_corrupt(before, 3)->relocatable = false;
        g_autoptr(ResmgrState) after = resmgr_state_copy(before);
        g_autofree char *sound = resmgr_check_6(before, after, 2, 1);

        ck_assert_ptr_null(sound);
        build_corrupt(after, 3)->areas[RESMGR_MS].origin_bytes += HV_MIB;
        g_autofree char *moved = resmgr_check_6(before, after, 2, 1);

        ck_assert_ptr_nonnull(moved);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("resmgr/check");
    TCase *tcase = tcase_create("check");

    tcase_add_loop_test(tcase, each_corruption_breaks_what_it_should, 0, (int)G_N_ELEMENTS(corruptions));
    tcase_add_loop_test_raise_signal(
        tcase, an_assertion_ends_the_program, SIGTRAP, 0, (int)G_N_ELEMENTS(corruptions));
    tcase_add_loop_test(tcase, across_an_integ_each_change_is_seen, 0, (int)G_N_ELEMENTS(changes));
    tcase_add_test(tcase, who_may_not_move_has_not);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
