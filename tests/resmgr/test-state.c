/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The assignment: at power on it is figures 3(a) and 4(a); ACTIVATE undoes DEACTIVATE whatever the machine; each
 * refusal of an activation; storage declared for the next load; and that comparing two states misses no field.
 */
#include "resmgr/channel-table.h"
#include "resmgr/check.h"
#include "resmgr/storage-map.h"
#include "tests/resmgr/machine-builder.h"
#include "tests/resmgr/patent-definition.h"
#include "tests/resmgr/random-definition.h"

#include <check.h>
#include <string.h>

START_TEST(power_on_is_figures_3a_and_4a)
{
    static const unsigned figure_3a[3][3] = {{0, 256, 256}, {512, 128, 0}, {256, 256, 0}};
    static const unsigned figure_4a[3][2][2] = {{{1, 100}, {2, 50}}, {{2, 50}, {3, 50}}, {{3, 50}, {4, 100}}};
    g_autoptr(ResmgrDefinition) definition = patent_definition_new();
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);

    for (unsigned number = 1; number <= 3; number++) {
        const ResmgrLpar *lpar = resmgr_state_lpar(state, number);
        const ResmgrArea *ms = &lpar->areas[RESMGR_MS];

        ck_assert_uint_eq(lpar->assignment, RESMGR_ASSIGNED);
        ck_assert_uint_eq(ms->origin_bytes, figure_3a[number - 1][0] * HV_MIB);
        ck_assert_uint_eq(ms->size_bytes, figure_3a[number - 1][1] * HV_MIB);
        ck_assert_uint_eq(ms->reserved_bytes, figure_3a[number - 1][2] * HV_MIB);
        ck_assert(ms->reserved_limits);
        ck_assert_uint_eq(lpar->lips->len, 2);
        for (unsigned l = 0; l < 2; l++) {
            const ResmgrLip *lip = resmgr_lpar_lip(lpar, l + 1);

            ck_assert_uint_eq(lip->ip, figure_4a[number - 1][l][0]);
            ck_assert_uint_eq(lip->share_bp, 100 * figure_4a[number - 1][l][1]);
            ck_assert_uint_eq(state->chps[2 * (number - 1) + l].owner, number);
            ck_assert(state->chps[2 * (number - 1) + l].online);
        }
        ck_assert_ptr_null(resmgr_lpar_lip(lpar, 3));
    }
    ck_assert_ptr_null(resmgr_state_lpar(state, 4));
    resmgr_check_assert(state);
}
END_TEST

START_TEST(an_unknown_lpar_is_answered_with_those_there_are)
{
    g_autoptr(ResmgrDefinition) definition = patent_definition_new();
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);
    GError *error = NULL;

    ck_assert_ptr_eq(resmgr_state_find(state, "lpar3", NULL), resmgr_state_lpar(state, 3));
    ck_assert_ptr_eq(resmgr_state_find(state, "3", NULL), resmgr_state_lpar(state, 3));
    ck_assert_ptr_null(resmgr_state_find(state, "LPAR9", &error));
    build_expect_error(
        &error, RESMGR_ERROR_UNKNOWN_LPAR, "LPAR9\nthe LPARs are LPAR1 (1), LPAR2 (2), LPAR3 (3)");
}
END_TEST

START_TEST(activate_undoes_deactivate)
{
    HvRng rng;

    for (unsigned round = 0; round < 20; round++) {
        hv_rng_init(&rng, (uint64_t)_i * 1000 + round, "state");
        g_autoptr(ResmgrDefinition) definition = random_definition_new(&rng, 6);
        g_autoptr(ResmgrState) state = resmgr_state_new(definition);
        g_autoptr(ResmgrState) before = resmgr_state_copy(state);

        for (unsigned i = 0; i < state->lpars->len; i++) {
            unsigned number = ((const ResmgrLpar *)state->lpars->pdata[i])->number;
            uint64_t online[4];

            resmgr_state_release(state, number);
            resmgr_check_assert(state);
            ck_assert(!resmgr_state_equal(state, before));
            resmgr_state_chps_online(state, number, online);
            ck_assert_uint_eq(online[0] | online[1] | online[2] | online[3], 0);
        }
        for (unsigned i = state->lpars->len; i-- > 0;) {
            ck_assert(resmgr_state_assign(state, ((const ResmgrLpar *)state->lpars->pdata[i])->number, NULL));
            resmgr_check_assert(state);
        }
        ck_assert_msg(resmgr_state_equal(state, before), "seed %d, round %u", _i, round);
    }
}
END_TEST

/* LPAR2's 128M at 512 is taken by a grown LPAR3 while it is away: the first hole is LPAR1's old place. */
START_TEST(an_area_whose_place_is_taken_goes_to_the_first_hole)
{
    g_autoptr(ResmgrDefinition) definition = patent_definition_new();
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);
    GError *error = NULL;

    resmgr_state_release(state, 2);
    build_corrupt(state, 3)->areas[RESMGR_MS].origin_bytes = 384 * HV_MIB;
    ck_assert(resmgr_state_assign(state, 2, &error));
    ck_assert_uint_eq(resmgr_state_lpar(state, 2)->areas[RESMGR_MS].origin_bytes, 256 * HV_MIB);
    resmgr_check_assert(state);

    resmgr_state_release(state, 2);
    build_corrupt(state, 3)->areas[RESMGR_MS].origin_bytes = 320 * HV_MIB; /* holes of 64 + 64 */
    g_autoptr(ResmgrState) before = resmgr_state_copy(state);

    ck_assert(!resmgr_state_assign(state, 2, &error));
    build_expect_error(
        &error, RESMGR_ERROR_NO_ROOM, "the MS of LPAR2, 128M, does not fit: the largest hole is 64M");
    ck_assert(resmgr_state_equal(state, before));
}
END_TEST

START_TEST(other_refusals_of_an_activation_change_nothing)
{
    g_autoptr(ResmgrDefinition) definition = patent_definition_new();
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);
    GError *error = NULL;

    resmgr_state_release(state, 2);
    g_array_index(build_corrupt(state, 1)->lips, ResmgrLip, 1).share_bp = 6000;
    ck_assert(!resmgr_state_assign(state, 2, &error));
    build_expect_error(&error, RESMGR_ERROR_SHARES, "LPAR2 needs 50 % of IP 2, and 60 % of it are taken");

    g_array_index(build_corrupt(state, 1)->lips, ResmgrLip, 1).share_bp = 5000;
    state->chps[2].owner = 3;
    state->chps[3].reserved_for = 1;
    ck_assert(!resmgr_state_assign(state, 2, &error));
    build_expect_error(&error, RESMGR_ERROR_CHANNEL_OWNED, "LPAR2 belong to others: 02 (LPAR3), 03 (LPAR1)");
    ck_assert_uint_eq(resmgr_state_lpar(state, 2)->assignment, RESMGR_RELEASED);

    ResmgrCommit commit = {0, 2, 3};
    g_array_append_val(state->commits, commit);
    build_corrupt(state, 2)->assignment = RESMGR_RETIRED;
    ck_assert(!resmgr_state_assign(state, 2, &error));
    build_expect_error(&error, RESMGR_ERROR_NOT_ASSIGNED, "LPAR2 is retired: all it had belongs to LPAR3");
}
END_TEST

/* 00 stays kept for the isolated LPAR1 until it is given back; what LPAR2 had is nobody's at once. */
START_TEST(an_isolated_lpar_keeps_its_paths)
{
    g_autoptr(ResmgrDefinition) definition = patent_definition_new();
    GError *error = NULL;

    ((ResmgrLparDef *)definition->lpars->pdata[0])->isolated = true;
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);

    ck_assert(!resmgr_state_release_chp(state, 0, &error));
    build_expect_error(&error, RESMGR_ERROR_CHANNEL, "path 00 is not reserved");
    ck_assert(!resmgr_state_release_chp(state, 0x50, &error));
    build_expect_error(&error, RESMGR_ERROR_CHANNEL, "path 50 is not installed");
    resmgr_state_release(state, 1);
    resmgr_state_release(state, 2);
    ck_assert_uint_eq(state->chps[0].reserved_for, 1);
    ck_assert_uint_eq(state->chps[0].owner, 0);
    ck_assert_uint_eq(state->chps[2].reserved_for, 0);
    ck_assert(!resmgr_channel_table_may_have(state, 3, 0));
    ck_assert(resmgr_state_release_chp(state, 0, &error));
    ck_assert(resmgr_channel_table_may_have(state, 3, 0));
    ck_assert_uint_eq(state->chps[1].reserved_for, 1);
    ck_assert(resmgr_state_assign(state, 1, &error)); /* and gets both again */
    ck_assert_uint_eq(state->chps[0].owner, 1);
    ck_assert_uint_eq(state->chps[1].owner, 1);
    ck_assert_uint_eq(state->chps[1].reserved_for, 0);
}
END_TEST

START_TEST(reserved_storage_counts_from_the_next_load)
{
    g_autoptr(ResmgrDefinition) definition = patent_definition_new();
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);
    const ResmgrArea *ms = &resmgr_state_lpar(state, 2)->areas[RESMGR_MS];
    const ResmgrArea *es = &resmgr_state_lpar(state, 2)->areas[RESMGR_ES];
    GError *error = NULL;

    ck_assert(resmgr_state_declare_reserved(state, 2, RESMGR_MS, 512 * HV_MIB, &error)); /* 128 + 512 = 640 */
    ck_assert_uint_eq(ms->reserved_bytes, 0);
    resmgr_state_load_reserved(state, 2);
    ck_assert_uint_eq(ms->reserved_bytes, 512 * HV_MIB);
    ck_assert(!ms->reserved_next_given && ms->reserved_next_bytes == 0 && ms->reserved_limits);
    resmgr_state_load_reserved(state, 2); /* nothing new was declared */
    ck_assert_uint_eq(ms->reserved_bytes, 512 * HV_MIB);

    ck_assert(!es->reserved_limits);
    ck_assert(resmgr_state_declare_reserved(state, 2, RESMGR_ES, 0, &error));
    resmgr_state_load_reserved(state, 2);
    ck_assert(es->reserved_limits);

    ck_assert(!resmgr_state_declare_reserved(state, 2, RESMGR_MS, HV_MIB + 1, &error));
    build_expect_error(
        &error, RESMGR_ERROR_INCREMENT,
        "1048577 is not a multiple of the increment 1M\nthe nearest sizes that are: 1M and 2M");
    ck_assert(!resmgr_state_declare_reserved(state, 2, RESMGR_MS, 513 * HV_MIB, &error));
    build_expect_error(&error, RESMGR_ERROR_NO_ROOM, "at most 512M");
    build_corrupt(state, 2)->assignment = RESMGR_RETIRED;
    ck_assert(!resmgr_state_declare_reserved(state, 2, RESMGR_MS, 0, &error));
    build_expect_error(&error, RESMGR_ERROR_NOT_ASSIGNED, "LPAR2 is retired");
}
END_TEST

/* --- Every field counts ----------------------------------------------------------------------------------------- */

#define CHANGE(name, statement)                                                                              \
    static void name(ResmgrState *state)                                                                     \
    {                                                                                                        \
        ResmgrLpar *lpar = build_corrupt(state, 2);                                                          \
        ResmgrLip *lip = &g_array_index(lpar->lips, ResmgrLip, 1);                                           \
        ResmgrChp *chp = &state->chps[7];                                                                    \
        ResmgrCommit commit = {1, 2, 3};                                                                     \
        (void)lip, (void)chp, (void)commit;                                                                  \
        statement;                                                                                           \
    }

CHANGE(change_number, lpar->number = 9)
CHANGE(change_name, lpar->name[0] = 'X')
CHANGE(change_assignment, lpar->assignment = RESMGR_OFFLINE)
CHANGE(change_origin, lpar->areas[RESMGR_MS].origin_bytes++)
CHANGE(change_size, lpar->areas[RESMGR_ES].size_bytes++)
CHANGE(change_reserved, lpar->areas[RESMGR_MS].reserved_bytes++)
CHANGE(change_limits, lpar->areas[RESMGR_ES].reserved_limits = true)
CHANGE(change_next, lpar->areas[RESMGR_MS].reserved_next_bytes++)
CHANGE(change_next_given, lpar->areas[RESMGR_MS].reserved_next_given = true)
CHANGE(change_lips, g_array_set_size(lpar->lips, 1))
CHANGE(change_lip_number, lip->number++)
CHANGE(change_lip_ip, lip->ip++)
CHANGE(change_lip_share, lip->share_bp++)
CHANGE(change_lip_type, lip->type = HV_IP_ICF)
CHANGE(change_weight, lpar->weights[HV_IP_ICF] = 1)
CHANGE(change_cap, lpar->cap.kind = RESMGR_CAP_HARD)
CHANGE(change_cap_ips, lpar->cap.ips_hundredths++)
CHANGE(change_relocatable, lpar->relocatable = false)
CHANGE(change_authority, lpar->cross_partition_authority = false)
CHANGE(change_isolated, lpar->isolated = true)
CHANGE(change_installed, chp->installed = false)
CHANGE(change_mode, chp->mode = HV_CHP_SHARED)
CHANGE(change_owner, chp->owner = 3)
CHANGE(change_online, chp->online = true)
CHANGE(change_reserved_for, chp->reserved_for = 2)
CHANGE(change_limited, chp->candidates_limited = true)
CHANGE(change_candidates, chp->candidates[3] = 1)
CHANGE(change_users, chp->users[1] = 1)
CHANGE(change_pool, state->ip_in_pool[0] = true)
CHANGE(change_start, state->chp_claims[255][3] = 1)
CHANGE(change_commits, g_array_append_val(state->commits, commit))
CHANGE(change_lpars, g_ptr_array_set_size(state->lpars, 2))

static void (*const changes[])(ResmgrState *state) = {
    change_number,     change_name,       change_assignment,  change_origin,     change_size,
    change_reserved,   change_limits,     change_next,        change_next_given, change_lips,
    change_lip_number, change_lip_ip,     change_lip_share,   change_lip_type,   change_weight,
    change_cap,        change_cap_ips,    change_relocatable, change_authority,  change_isolated,
    change_installed,  change_mode,       change_owner,       change_online,     change_reserved_for,
    change_limited,    change_candidates, change_users,       change_pool,       change_start,
    change_commits,    change_lpars};

START_TEST(no_field_is_forgotten_in_a_comparison)
{
    g_autoptr(ResmgrDefinition) definition = patent_definition_new();
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);
    g_autoptr(ResmgrState) copy = resmgr_state_copy(state);

    ck_assert(resmgr_state_equal(state, copy));
    changes[_i](copy);
    ck_assert(!resmgr_state_equal(state, copy));
    ck_assert(!resmgr_state_equal(copy, state));
    g_autoptr(ResmgrState) again = resmgr_state_copy(copy);

    ck_assert(resmgr_state_equal(copy, again)); /* and a copy has them all */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("resmgr/state");
    TCase *tcase = tcase_create("state");

    tcase_add_test(tcase, power_on_is_figures_3a_and_4a);
    tcase_add_test(tcase, an_unknown_lpar_is_answered_with_those_there_are);
    tcase_add_loop_test(tcase, activate_undoes_deactivate, 0, 10);
    tcase_add_test(tcase, an_area_whose_place_is_taken_goes_to_the_first_hole);
    tcase_add_test(tcase, other_refusals_of_an_activation_change_nothing);
    tcase_add_test(tcase, an_isolated_lpar_keeps_its_paths);
    tcase_add_test(tcase, reserved_storage_counts_from_the_next_load);
    tcase_add_loop_test(tcase, no_field_is_forgotten_in_a_comparison, 0, (int)G_N_ELEMENTS(changes));
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
