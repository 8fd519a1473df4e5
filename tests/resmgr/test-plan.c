/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The plan of an INTEG: figures 3(b) and 4(b) exactly, layouts where the survivor or its neighbours must move, ES,
 * weights and caps, and each refusal. Layouts are drawn as one letter per MiB: R retiring (LPAR1), S survivor (LPAR2),
 * A, B, C bystanders (LPARs 3 .. 5), F a bystander that stays (LPAR 6), '.' nobody.
 */
#include "resmgr/plan.h"

#include "tests/resmgr/machine-builder.h"
#include "tests/resmgr/patent-definition.h"

#include <check.h>
#include <string.h>

static const char letters[] = "RSABCF";

/* LPARs as the map shows them; R has all of IP1, S all of IP2, and any growth is declared. */
static ResmgrDefinition *definition_of(const char *ms_map, const char *es_map)
{
    ResmgrDefinition *definition = build_machine(6, (unsigned)strlen(ms_map), (unsigned)strlen(es_map), 8);

    for (unsigned i = 0; letters[i] != '\0'; i++) {
        const char *ms = strchr(ms_map, letters[i]), *es = strchr(es_map, letters[i]);
        const char one[] = {letters[i], '\0'};

        if (ms == NULL)
            continue;
        ResmgrLparDef *lpar =
            build_lpar(definition, i + 1, (unsigned)(ms - ms_map), (unsigned)strspn(ms, one), 0);

        build_share(lpar, i + 1, 100);
        lpar->relocatable = letters[i] != 'F';
        if (es != NULL)
            build_es(lpar, (unsigned)(es - es_map), (unsigned)strspn(es, one));
        if (letters[i] == 'S')
            lpar->ms.reserved_bytes = definition->machine->ms_bytes - lpar->ms.size_bytes;
    }
    return definition;
}

static const ResmgrMove *move_at(const ResmgrPlan *plan, unsigned i)
{
    ck_assert_uint_lt(i, plan->moves->len);
    return &g_array_index(plan->moves, ResmgrMove, i);
}

/* "A 4>0, S 2>4 held" and so on, in MiB; ES moves have a star. */
static char *moves_text(const ResmgrPlan *plan)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < plan->moves->len; i++) {
        const ResmgrMove *move = move_at(plan, i);

        g_string_append_printf(
            text, "%s%c%s %u>%u%s", i > 0 ? ", " : "", letters[move->lpar - 1],
            move->kind == RESMGR_ES ? "*" : "", (unsigned)(move->from_bytes / HV_MIB),
            (unsigned)(move->to_bytes / HV_MIB), move->held ? " held" : "");
        ck_assert_uint_eq(move->held, i >= plan->n_moves_running);
    }
    return g_string_free(text, FALSE);
}

START_TEST(figures_3b_and_4b)
{
    g_autoptr(ResmgrDefinition) definition = patent_definition_new();
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);
    g_autoptr(ResmgrState) before = resmgr_state_copy(state);
    GError *error = NULL;
    g_autoptr(ResmgrPlan) plan = resmgr_plan_new(state, 2, 1, /* force= */ false, &error);
    static const unsigned figure_4b[3][2] = {{1, 100}, {2, 100}, {3, 50}};

    ck_assert_ptr_nonnull(plan);
    ck_assert(resmgr_state_equal(state, before));
    ck_assert_uint_eq(plan->moves->len, 1);
    ck_assert_uint_eq(move_at(plan, 0)->lpar, 3);
    ck_assert_uint_eq(move_at(plan, 0)->from_bytes, 256 * HV_MIB);
    ck_assert_uint_eq(move_at(plan, 0)->to_bytes, 384 * HV_MIB);
    ck_assert_uint_eq(move_at(plan, 0)->size_bytes, 256 * HV_MIB);
    ck_assert(!move_at(plan, 0)->held && plan->n_moves_running == 1);
    ck_assert_uint_eq(plan->areas_after[RESMGR_MS].origin_bytes, 0);
    ck_assert_uint_eq(plan->areas_after[RESMGR_MS].size_bytes, 384 * HV_MIB);
    ck_assert_uint_eq(plan->areas_after[RESMGR_MS].reserved_bytes, 0);
    ck_assert(plan->areas_after[RESMGR_MS].reserved_limits);
    ck_assert_uint_eq(plan->areas_after[RESMGR_ES].size_bytes, 0);
    ck_assert_uint_eq(plan->moved_bytes, 256 * HV_MIB);
    ck_assert_uint_eq(plan->moved_bound_bytes, 256 * HV_MIB);
    ck_assert(plan->layout_exact[RESMGR_MS] && plan->layout_exact[RESMGR_ES]);
    ck_assert_uint_eq(plan->lips_after->len, 3);
    for (unsigned l = 0; l < 3; l++) {
        const ResmgrLip *lip = &g_array_index(plan->lips_after, ResmgrLip, l);

        ck_assert_uint_eq(lip->number, l + 1);
        ck_assert_uint_eq(lip->ip, figure_4b[l][0]);
        ck_assert_uint_eq(lip->share_bp, 100 * figure_4b[l][1]);
    }
    ck_assert_uint_eq(plan->lip_merges->len, 2);
    ck_assert_uint_eq(plan->chps->len, 2);
    ck_assert_uint_eq(g_array_index(plan->chps, uint8_t, 0), 2);
    ck_assert_uint_eq(g_array_index(plan->chps, uint8_t, 1), 3);
}
END_TEST

/* --- Layouts ---------------------------------------------------------------------------------------------------- */

static const struct {
    const char *ms, *es;
    const char *moves;
    unsigned ms_origin, es_origin, moved;
} layouts[] = {
    {"SSRR", "", "", 0, 0, 0},             /* behind it: nothing moves */
    {"SSAAR", "", "A 2>3", 0, 0, 2},       /* A up by one: 2 + 1 */
    {"RSSAA", "", "S 1>0 held", 0, 0, 2},  /* itself, down by one; A would have to go up, there is no room */
    {"RRSSFF", "", "S 2>0 held", 0, 0, 2}, /* F stays */
    {"ARRFSS....", "", "", 4, 0, 0},       /* not adjacent, but there is a hole behind */
    {"AARFSS", "", "A 0>4 held, S 4>0 held", 0, 0, 4},  /* change places: 3 in front of F, 2 behind */
    {"RRAAFSS", "", "S 5>0 held, A 2>5 held", 0, 0, 4}, /* A follows into the survivor's old room */
    {"SSRA", "SSAAR", "A* 2>3", 0, 0, 2},               /* ES alone: A up by one */
    {"SSRA", "AARR", "", 0, 2, 0},                      /* the survivor's first ES: where R's was */
    {"RSSAA", "SAAR", "A* 1>2, S 1>0 held", 0, 0, 4},   /* who runs goes first, whatever the kind */
    {"SAR", "FSS", "A 1>2", 0, 1, 1},                   /* R has no ES: the survivor's is left alone */
};

START_TEST(layouts_by_hand)
{
    g_autoptr(ResmgrDefinition) definition = definition_of(layouts[_i].ms, layouts[_i].es);
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);
    GError *error = NULL;
    g_autoptr(ResmgrPlan) plan = resmgr_plan_new(state, 1, 2, /* force= */ false, &error);

    ck_assert_msg(plan != NULL, "%s", error != NULL ? error->message : "no plan");
    g_autofree char *moves = moves_text(plan);

    ck_assert_str_eq(moves, layouts[_i].moves);
    ck_assert_uint_eq(plan->areas_after[RESMGR_MS].origin_bytes, layouts[_i].ms_origin * HV_MIB);
    ck_assert_uint_eq(plan->areas_after[RESMGR_ES].origin_bytes, layouts[_i].es_origin * HV_MIB);
    ck_assert_uint_eq(plan->moved_bytes, layouts[_i].moved * HV_MIB);
    ck_assert_uint_eq(plan->moved_bound_bytes, layouts[_i].moved * HV_MIB);
}
END_TEST

/* Who changes places or follows in a circle is moved together, who merely follows is not. */
START_TEST(groups)
{
    static const char *const maps[] = {"AARFSS", "RRAAFSS"};

    for (unsigned i = 0; i < 2; i++) {
        g_autoptr(ResmgrDefinition) definition = definition_of(maps[i], "");
        g_autoptr(ResmgrState) state = resmgr_state_new(definition);
        g_autoptr(ResmgrPlan) plan = resmgr_plan_new(state, 1, 2, /* force= */ false, NULL);

        ck_assert_uint_eq(move_at(plan, 0)->group == move_at(plan, 1)->group, i == 0);
    }
}
END_TEST

/* --- ES and what was declared --------------------------------------------------------------------------------- */

/* ES grows freely unless something was declared: then only by that, and afterwards by nothing. */
START_TEST(declared_es_limits_its_growth)
{
    static const struct {
        bool given;
        unsigned reserved;
        bool can, limits;
    } cases[] = {{false, 0, true, false}, {true, 2, true, true}, {true, 1, false, true}};

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(ResmgrDefinition) definition = definition_of("SSR", "SSRR");
        ResmgrLparDef *survivor = definition->lpars->pdata[1];
        GError *error = NULL;

        survivor->es.reserved_given = cases[i].given;
        survivor->es.reserved_bytes = cases[i].reserved * HV_MIB;
        g_autoptr(ResmgrState) state = resmgr_state_new(definition);
        g_autoptr(ResmgrPlan) plan = resmgr_plan_new(state, 1, 2, /* force= */ false, &error);

        ck_assert_uint_eq(plan != NULL, cases[i].can);
        if (plan == NULL) {
            build_expect_error(&error, RESMGR_ERROR_RESERVED, "SET RESERVED LPAR2,2M,ES");
            continue;
        }
        ck_assert_uint_eq(plan->areas_after[RESMGR_ES].size_bytes, 4 * HV_MIB);
        ck_assert_uint_eq(plan->areas_after[RESMGR_ES].reserved_bytes, 0);
        ck_assert_uint_eq(plan->areas_after[RESMGR_ES].reserved_limits, cases[i].limits);
    }
}
END_TEST

/* What is declared for the survivor's next load is still declared afterwards. */
START_TEST(a_declaration_for_the_next_load_stays)
{
    g_autoptr(ResmgrDefinition) definition = definition_of("SSR", "");
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);

    ck_assert(resmgr_state_declare_reserved(state, 2, RESMGR_MS, HV_MIB, NULL));
    g_autoptr(ResmgrPlan) plan = resmgr_plan_new(state, 1, 2, /* force= */ false, NULL);

    ck_assert(plan->areas_after[RESMGR_MS].reserved_next_given);
    ck_assert_uint_eq(plan->areas_after[RESMGR_MS].reserved_next_bytes, HV_MIB);
}
END_TEST

/* --- Weights, pools and caps ---------------------------------------------------------------------------------- */

/* Weights 30/10/10/30; the fourth's weight goes to the first: 60. The pool has 2 IPs: of its 2 LIPs one is dropped. */
START_TEST(weights_add_and_lips_are_at_most_the_pool)
{
    static const unsigned weights[] = {30, 10, 10, 30};
    g_autoptr(ResmgrDefinition) definition = build_machine(2, 16, 0, 0);

    for (unsigned i = 0; i < 4; i++)
        build_weight(build_lpar(definition, i + 1, i, 1, 8), HV_IP_CP, weights[i], i == 3 ? 2 : 1);
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);
    g_autoptr(ResmgrPlan) plan = resmgr_plan_new(state, 4, 1, /* force= */ false, NULL);
    const ResmgrLipMerge *merges = (const ResmgrLipMerge *)(const void *)plan->lip_merges->data;

    ck_assert_uint_eq(plan->weights_after[HV_IP_CP], 60);
    ck_assert_uint_eq(plan->weights_after[HV_IP_IFL], 0);
    ck_assert_uint_eq(plan->lips_after->len, 2);
    ck_assert(merges[0].is_new && merges[0].to_lip == 2 && merges[0].ip == 0);
    ck_assert(merges[1].dropped && merges[1].to_lip == 0);
}
END_TEST

START_TEST(absolute_caps_add)
{
    static const ResmgrCap none = {RESMGR_CAP_NONE, 0}, hard = {RESMGR_CAP_HARD, 0};
    static const ResmgrCap one = {RESMGR_CAP_ABSOLUTE, 100}, half = {RESMGR_CAP_ABSOLUTE, 50};
    const struct {
        ResmgrCap retiring, survivor, after;
    } cases[] = {
        {one, half, {RESMGR_CAP_ABSOLUTE, 150}}, {none, half, half}, {half, hard, hard}, {hard, none, none}};

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(ResmgrDefinition) definition = definition_of("SSR", "");
        ResmgrLparDef *retiring = definition->lpars->pdata[0], *survivor = definition->lpars->pdata[1];

        retiring->cap = cases[i].retiring;
        survivor->cap = cases[i].survivor;
        g_autoptr(ResmgrState) state = resmgr_state_new(definition);
        g_autoptr(ResmgrPlan) plan = resmgr_plan_new(state, 1, 2, /* force= */ false, NULL);

        ck_assert_uint_eq(plan->cap_after.kind, cases[i].after.kind);
        ck_assert_uint_eq(plan->cap_after.ips_hundredths, cases[i].after.ips_hundredths);
    }
}
END_TEST

/* --- Refusals --------------------------------------------------------------------------------------------------- */

static void released(ResmgrState *state)
{
    resmgr_state_release(state, 1);
}

static void retired(ResmgrState *state)
{
    build_corrupt(state, 2)->assignment = RESMGR_RETIRED;
}

static void no_authority(ResmgrState *state)
{
    build_corrupt(state, 2)->cross_partition_authority = false;
}

static void little_reserved(ResmgrState *state)
{
    build_corrupt(state, 2)->areas[RESMGR_MS].reserved_bytes = HV_MIB;
}

static void dedicated(ResmgrState *state)
{
    state->chps[0].mode = HV_CHP_DEDICATED;
}

static void survivor_fixed(ResmgrState *state)
{
    build_corrupt(state, 2)->relocatable = false;
}

static void many_lips(ResmgrState *state)
{
    GArray *lips = build_corrupt(state, 2)->lips;

    for (unsigned number = lips->len + 1; number <= 256; number++) {
        ResmgrLip lip = {(uint16_t)number, (uint16_t)(number + 10), 1, HV_IP_CP};

        g_array_append_val(lips, lip);
    }
}

/* LPAR1 2M, LPAR2 2M, LPAR6 1M, which stays; LPAR1 has path 00 with a device of number 0100, LPAR2 01. */
static const struct {
    void (*prepare)(ResmgrState *state);
    unsigned retiring, survivor;
    bool same_device;
    int code;
    const char *says;
} refusals[] = {
    {NULL, 7, 2, false, RESMGR_ERROR_UNKNOWN_LPAR, "LPAR 7 is not defined\nDISPLAY LPAR"},
    {NULL, 1, 9, false, RESMGR_ERROR_UNKNOWN_LPAR, "LPAR 9 is not defined\nDISPLAY LPAR"},
    {NULL, 2, 2, false, RESMGR_ERROR_SAME_LPAR, "LPAR2 cannot be integrated into itself\n"},
    {released, 1, 2, false, RESMGR_ERROR_NOT_ASSIGNED, "LPAR1 has no resources: it is deactivated\nACTIVATE"},
    {retired, 1, 2, false, RESMGR_ERROR_NOT_ASSIGNED, "LPAR2 has no resources: it was integrated"},
    {no_authority, 1, 2, false, RESMGR_ERROR_AUTHORITY, "LPAR2 may not take another LPAR's resources"},
    {little_reserved, 1, 2, false, RESMGR_ERROR_RESERVED, "LPAR2 has MS 2M and declared 1M reserved"},
    {little_reserved, 1, 2, false, RESMGR_ERROR_RESERVED,
     "LPAR1 would add 2M\nDeclare more and load it again: SET RESERVED LPAR2,2M"},
    {dedicated, 1, 2, false, RESMGR_ERROR_CANDIDATE, "00 (dedicated)\n"},
    {NULL, 1, 2, true, RESMGR_ERROR_DEVICE_NUMBER, "two devices of number 0100, DEVA and DEVB"},
    {many_lips, 1, 2, false, RESMGR_ERROR_LIPS, "LPAR2 would have 257 LIPs, but an LPAR can have 256"},
    {survivor_fixed, 1, 2, false, RESMGR_ERROR_NO_ROOM, "LPAR6, the survivor itself"},
    {survivor_fixed, 1, 2, false, RESMGR_ERROR_NO_ROOM, "and the largest hole that can be made is "},
};

START_TEST(each_refusal_says_why_and_changes_nothing)
{
    g_autoptr(ResmgrDefinition) definition = definition_of("RRSSF", "");
    GError *error = NULL;

    build_chp(definition->lpars->pdata[0], 0);
    build_chp(definition->lpars->pdata[1], 1);
    build_device(definition, "DEVA", 0x100, 0);
    build_device(definition, "DEVB", refusals[_i].same_device ? 0x100 : 0x101, 1);
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);

    if (refusals[_i].prepare != NULL)
        refusals[_i].prepare(state);
    g_autoptr(ResmgrState) before = resmgr_state_copy(state);
    g_autoptr(ResmgrPlan) plan =
        resmgr_plan_new(state, refusals[_i].retiring, refusals[_i].survivor, /* force= */ false, &error);

    ck_assert_ptr_null(plan);
    build_expect_error(&error, refusals[_i].code, refusals[_i].says);
    ck_assert(resmgr_state_equal(state, before));
}
END_TEST

/* FORCE helps against lists and dedication, and against nothing else. */
START_TEST(force_is_for_paths_only)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(refusals); i++) {
        g_autoptr(ResmgrDefinition) definition = definition_of("RRSSF", "");
        GError *error = NULL;

        build_chp(definition->lpars->pdata[0], 0);
        build_chp(definition->lpars->pdata[1], 1);
        build_device(definition, "DEVA", 0x100, 0);
        build_device(definition, "DEVB", refusals[i].same_device ? 0x100 : 0x101, 1);
        g_autoptr(ResmgrState) state = resmgr_state_new(definition);

        if (refusals[i].prepare != NULL)
            refusals[i].prepare(state);
        g_autoptr(ResmgrPlan) plan =
            resmgr_plan_new(state, refusals[i].retiring, refusals[i].survivor, /* force= */ true, &error);

        ck_assert_uint_eq(plan != NULL, refusals[i].code == RESMGR_ERROR_CANDIDATE);
        ck_assert(plan == NULL || plan->force);
        g_clear_error(&error);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("resmgr/plan");
    TCase *tcase = tcase_create("plan");

    tcase_add_test(tcase, figures_3b_and_4b);
    tcase_add_loop_test(tcase, layouts_by_hand, 0, (int)G_N_ELEMENTS(layouts));
    tcase_add_test(tcase, groups);
    tcase_add_test(tcase, declared_es_limits_its_growth);
    tcase_add_test(tcase, a_declaration_for_the_next_load_stays);
    tcase_add_test(tcase, weights_add_and_lips_are_at_most_the_pool);
    tcase_add_test(tcase, absolute_caps_add);
    tcase_add_loop_test(tcase, each_refusal_says_why_and_changes_nothing, 0, (int)G_N_ELEMENTS(refusals));
    tcase_add_test(tcase, force_is_for_paths_only);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
