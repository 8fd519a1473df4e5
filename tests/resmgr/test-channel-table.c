/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The channel table: who has a path and who may get it, mode by mode; and when all paths of an LPAR may go to another. */
#include "resmgr/channel-table.h"

#include "tests/resmgr/machine-builder.h"

#include <check.h>

/*
 * Three LPARs of one MiB. Paths: 00 and 01 LPAR1's, 01 dedicated; 02 LPAR2's with candidates LPAR2 and LPAR3; 03 shared by
 * LPAR1 (channels) and LPAR3 (access); 04 shared by LPAR2, candidates LPAR2; 05 free; 06 free, candidates LPAR1.
 */
static ResmgrDefinition *definition_new(void)
{
    ResmgrDefinition *definition = build_machine(3, 16, 0, 7);

    for (unsigned number = 1; number <= 3; number++)
        build_share(build_lpar(definition, number, BUILD_FIRST_FIT, 1, 0), number, 100);
    build_chp(definition->lpars->pdata[0], 0);
    build_chp(definition->lpars->pdata[0], 1);
    definition->machine->chps[1].mode = HV_CHP_DEDICATED;
    build_chp(definition->lpars->pdata[1], 2);
    build_candidate(definition, 2, "LPAR2");
    build_candidate(definition, 2, "LPAR3");
    definition->machine->chps[3].mode = HV_CHP_SHARED;
    build_chp(definition->lpars->pdata[0], 3);
    build_access(definition, 3, "LPAR3");
    definition->machine->chps[4].mode = HV_CHP_SHARED;
    build_chp(definition->lpars->pdata[1], 4);
    build_candidate(definition, 4, "LPAR2");
    build_candidate(definition, 6, "LPAR1");
    return definition;
}

/* By path and LPAR 1 .. 3: H it has it, m it may have it, - neither. Path 07 is not installed. */
static const char *const rights[8] = {"Hmm", "H--", "-Hm", "HmH", "-H-", "mmm", "m--", "---"};

START_TEST(who_has_and_who_may_have_what)
{
    g_autoptr(ResmgrDefinition) definition = definition_new();
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);

    for (unsigned lpar = 1; lpar <= 3; lpar++) {
        g_autoptr(GArray) of = resmgr_channel_table_of(state, lpar);
        unsigned n = 0;

        for (unsigned chpid = 0; chpid < 8; chpid++) {
            char right = rights[chpid][lpar - 1];

            ck_assert_uint_eq(resmgr_channel_table_has(state, lpar, (uint8_t)chpid), right == 'H');
            ck_assert_uint_eq(resmgr_channel_table_may_have(state, lpar, (uint8_t)chpid), right != '-');
            if (right == 'H')
                ck_assert_uint_eq(g_array_index(of, uint8_t, n++), chpid);
        }
        ck_assert_uint_eq(of->len, n);
    }
    ck_assert(!resmgr_channel_table_has(state, 0, 5)); /* LPAR 0 is nobody, not the owner of what is free */
}
END_TEST

START_TEST(a_kept_path_is_nobody_elses)
{
    g_autoptr(ResmgrDefinition) definition = definition_new();
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);

    state->chps[5].reserved_for = 2;
    ck_assert(!resmgr_channel_table_may_have(state, 1, 5));
    ck_assert(resmgr_channel_table_may_have(state, 2, 5));
}
END_TEST

/* Which pairs can merge without force, and what the refusal names. Device numbers are not concerned yet. */
static const struct {
    unsigned retiring, survivor;
    const char *denied; /* NULL: it can */
} merges[] = {
    {1, 2, "of LPAR1 may not go to LPAR2: 01 (dedicated)\n"},
    {1, 3, "of LPAR1 may not go to LPAR3: 01 (dedicated)\n"}, /* 03 it has already */
    {2, 1, "of LPAR2 may not go to LPAR1: 02 (not a candidate), 04 (not a candidate)\n"},
    {2, 3, "of LPAR2 may not go to LPAR3: 04 (not a candidate)\n"},
    {3, 1, NULL},
    {3, 2, NULL},
};

START_TEST(a_merge_needs_the_right_to_every_path)
{
    g_autoptr(ResmgrDefinition) definition = definition_new();
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);
    GError *error = NULL;
    unsigned retiring = merges[_i].retiring, survivor = merges[_i].survivor;
    bool can = resmgr_channel_table_can_merge(state, retiring, survivor, /* force= */ false, &error);

    ck_assert_uint_eq(can, merges[_i].denied == NULL);
    if (!can)
        build_expect_error(&error, RESMGR_ERROR_CANDIDATE, merges[_i].denied);
    ck_assert(resmgr_channel_table_can_merge(state, retiring, survivor, /* force= */ true, &error));
    ck_assert_ptr_null(error);
}
END_TEST

/* LPAR1, no candidate, came to use 04 by an INTEG with FORCE: it has it, and nothing is left to be asked. */
START_TEST(what_the_survivor_has_already_needs_no_right)
{
    g_autoptr(ResmgrDefinition) definition = definition_new();
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);
    GError *error = NULL;

    state->chps[4].users[0] |= 1 << 1;
    ck_assert(!resmgr_channel_table_can_merge(state, 2, 1, /* force= */ false, &error));
    build_expect_error(&error, RESMGR_ERROR_CANDIDATE, "may not go to LPAR1: 02 (not a candidate)\n");
}
END_TEST

/* Numbers of two devices on paths of LPAR3 and LPAR2, or one device on both: only two devices of one number collide. */
START_TEST(two_devices_of_one_number_cannot_meet)
{
    for (unsigned same = 0; same < 2; same++) {
        g_autoptr(ResmgrDefinition) definition = definition_new();
        GError *error = NULL;

        build_chp(definition->lpars->pdata[2], 5);
        build_device(definition, "TAPE", 0x0A00, 5);
        build_device(definition, "DISK", same ? 0x0A00 : 0x0A01, 2);
        g_autoptr(ResmgrState) state = resmgr_state_new(definition);

        for (unsigned force = 0; force < 2; force++) {
            bool can = resmgr_channel_table_can_merge(state, 3, 2, force, &error);

            ck_assert_uint_eq(can, !same);
            if (!can)
                build_expect_error(
                    &error, RESMGR_ERROR_DEVICE_NUMBER,
                    "LPAR2 would have two devices of number 0A00, TAPE and DISK");
        }
    }
}
END_TEST

START_TEST(one_device_on_both_sides_is_no_conflict)
{
    g_autoptr(ResmgrDefinition) definition = definition_new();
    GError *error = NULL;

    build_chp(definition->lpars->pdata[2], 5);
    hv_device_def_add_chp(build_device(definition, "DISK", 0x0A00, 5), 2);
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);

    ck_assert(resmgr_channel_table_can_merge(state, 3, 2, /* force= */ false, &error));
}
END_TEST

/* Devices of an LPAR, by number, through owned and shared paths. */
START_TEST(devices_come_with_paths)
{
    g_autoptr(ResmgrDefinition) definition = definition_new();

    build_device(definition, "LATER", 0x0200, 0);
    build_device(definition, "OTHER", 0x0050, 2);
    build_device(definition, "FIRST", 0x0100, 3);
    hv_device_def_add_chp(build_device(definition, "BOTH", 0x0150, 0), 3);
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);
    g_autoptr(GArray) of_1 = resmgr_state_devices(state, 1);
    g_autoptr(GArray) of_3 = resmgr_state_devices(state, 3);

    ck_assert_uint_eq(of_1->len, 3);
    ck_assert_uint_eq(g_array_index(of_1, unsigned, 0), 2);
    ck_assert_uint_eq(g_array_index(of_1, unsigned, 1), 3);
    ck_assert_uint_eq(g_array_index(of_1, unsigned, 2), 0);
    ck_assert_uint_eq(of_3->len, 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("resmgr/channel-table");
    TCase *tcase = tcase_create("channel-table");

    tcase_add_test(tcase, who_has_and_who_may_have_what);
    tcase_add_test(tcase, a_kept_path_is_nobody_elses);
    tcase_add_loop_test(tcase, a_merge_needs_the_right_to_every_path, 0, (int)G_N_ELEMENTS(merges));
    tcase_add_test(tcase, what_the_survivor_has_already_needs_no_right);
    tcase_add_test(tcase, two_devices_of_one_number_cannot_meet);
    tcase_add_test(tcase, one_device_on_both_sides_is_no_conflict);
    tcase_add_test(tcase, devices_come_with_paths);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
