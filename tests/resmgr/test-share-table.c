/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The share table: figure 4, the worked numbers of nominal shares, and merges against a second implementation that
 * knows only matrices: LPAR by IP, and the set of numbers in use.
 */
#include "resmgr/share-table.h"

#include "hv/guest.h"
#include "hv/rng.h"
#include "tests/resmgr/machine-builder.h"
#include "tests/resmgr/patent-definition.h"

#include <check.h>

static void expect_lip(const GArray *lips, unsigned i, unsigned number, unsigned ip, uint32_t share_bp)
{
    const ResmgrLip *lip = &g_array_index(lips, ResmgrLip, i);

    ck_assert_uint_lt(i, lips->len);
    ck_assert_uint_eq(lip->number, number);
    ck_assert_uint_eq(lip->ip, ip);
    ck_assert_uint_eq(lip->share_bp, share_bp);
    ck_assert_uint_eq(lip->type, HV_IP_CP);
}

/* LIP12: 50 + 50 = 100 % of IP2; LIP13 is new on IP3 with 50 %. */
START_TEST(figure_4)
{
    g_autoptr(ResmgrDefinition) definition = patent_definition_new();
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);
    const ResmgrLpar *retiring = resmgr_state_lpar(state, 2), *survivor = resmgr_state_lpar(state, 1);
    static const unsigned sums[] = {10000, 10000, 10000, 10000};

    expect_lip(survivor->lips, 0, 1, 1, 10000);
    expect_lip(survivor->lips, 1, 2, 2, 5000);
    expect_lip(retiring->lips, 0, 1, 2, 5000);
    expect_lip(retiring->lips, 1, 2, 3, 5000);
    for (unsigned ip = 1; ip <= 4; ip++)
        ck_assert_uint_eq(resmgr_share_table_sum_bp(state, ip, /* with_offline= */ false), sums[ip - 1]);

    g_autoptr(GArray) merges = resmgr_share_table_merge(state, retiring, survivor);
    g_autoptr(GArray) after = resmgr_share_table_merged(survivor->lips, merges);
    const ResmgrLipMerge *first = &g_array_index(merges, ResmgrLipMerge, 0);
    const ResmgrLipMerge *second = &g_array_index(merges, ResmgrLipMerge, 1);

    ck_assert_uint_eq(merges->len, 2);
    ck_assert(
        first->from_lip == 1 && first->to_lip == 2 && !first->is_new && !first->dropped && first->ip == 2);
    ck_assert(first->before_bp == 5000 && first->added_bp == 5000 && first->after_bp == 10000);
    ck_assert(
        second->from_lip == 2 && second->to_lip == 3 && second->is_new && !second->dropped &&
        second->ip == 3);
    ck_assert(second->before_bp == 0 && second->added_bp == 5000 && second->after_bp == 5000);
    ck_assert_uint_eq(after->len, 3);
    expect_lip(after, 0, 1, 1, 10000);
    expect_lip(after, 1, 2, 2, 10000);
    expect_lip(after, 2, 3, 3, 5000);
    ck_assert_uint_eq(survivor->lips->len, 2); /* nothing has changed */
}
END_TEST

START_TEST(sums_count_offline_only_when_asked)
{
    g_autoptr(ResmgrDefinition) definition = patent_definition_new();
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);
    ResmgrLpar *lpar = build_corrupt(state, 2);

    lpar->assignment = RESMGR_OFFLINE;
    ck_assert_uint_eq(resmgr_share_table_sum_bp(state, 2, /* with_offline= */ false), 5000);
    ck_assert_uint_eq(resmgr_share_table_sum_bp(state, 2, /* with_offline= */ true), 10000);
    lpar->assignment = RESMGR_RELEASED;
    ck_assert_uint_eq(resmgr_share_table_sum_bp(state, 2, /* with_offline= */ true), 5000);
}
END_TEST

/* Weights of LPARs 1 .. 4, who is active, and nominal shares in 1/100 %, rounded. */
static const struct {
    unsigned weights[4], active;
    unsigned nominal_bp[4];
} nominals[] = {
    {{300, 100, 900, 0}, 7, {2308, 769, 6923, 0}},    /* 300/1300, 100/1300, 900/1300: 23.1, 7.7, 69.2 % */
    {{30, 10, 10, 30}, 15, {3750, 1250, 1250, 3750}}, /* 30/80, 10/80 */
    {{30, 10, 10, 30}, 7, {6000, 2000, 2000, 0}},     /* the fourth deactivated: 30/50, 10/50 */
    {{60, 10, 10, 0}, 15, {7500, 1250, 1250, 0}},     /* or integrated into the first: 60/80 */
    {{30, 10, 10, 30}, 0, {0, 0, 0, 0}},              /* nobody is active */
};

START_TEST(nominal_shares)
{
    g_autoptr(ResmgrDefinition) definition = build_machine(6, 64, 0, 0);
    uint64_t active[4] = {(uint64_t)nominals[_i].active << 1, 0, 0, 0};

    for (unsigned i = 0; i < 4; i++) {
        ResmgrLparDef *lpar = build_lpar(definition, i + 1, BUILD_FIRST_FIT, 1, 0);

        build_weight(lpar, HV_IP_CP, MAX(nominals[_i].weights[i], 1), 1);
    }
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);

    for (unsigned i = 0; i < 4; i++)
        build_corrupt(state, i + 1)->weights[HV_IP_CP] = nominals[_i].weights[i];
    for (unsigned i = 0; i < 4; i++) {
        ck_assert_uint_eq(
            resmgr_share_table_nominal_bp(state, i + 1, HV_IP_CP, active), nominals[_i].nominal_bp[i]);
        ck_assert_uint_eq(resmgr_share_table_nominal_bp(state, i + 1, HV_IP_IFL, active), 0);
    }
}
END_TEST

START_TEST(pools_are_the_ips_that_no_shares_name)
{
    g_autoptr(ResmgrDefinition) definition = build_machine(6, 64, 0, 0);

    definition->machine->ip_types[4] = HV_IP_IFL;
    definition->machine->ip_types[5] = HV_IP_IFL;
    build_share(build_lpar(definition, 1, BUILD_FIRST_FIT, 1, 0), 2, 10);
    build_weight(build_lpar(definition, 2, BUILD_FIRST_FIT, 1, 0), HV_IP_IFL, 10, 2);
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);

    ck_assert_uint_eq(resmgr_share_table_pool_size(state, HV_IP_CP), 3); /* IPs 1, 3 and 4 */
    ck_assert_uint_eq(resmgr_share_table_pool_size(state, HV_IP_IFL), 2);
    ck_assert_uint_eq(resmgr_share_table_pool_size(state, HV_IP_ICF), 0);
    ck_assert_ptr_null(resmgr_share_table_on_ip(resmgr_state_lpar(state, 2)->lips, 0)); /* a pool is no IP */
}
END_TEST

/* --- Random merges -------------------------------------------------------------------------------------------- */

#define IPS      8
#define POOL_IPS 3 /* the last three */

/* Share LIPs on some of the first IPs and LIPs in the pool, with random numbers in ascending order. */
static void draw_lips(ResmgrLpar *lpar, HvRng *rng)
{
    unsigned number = 0, n_pool = (unsigned)hv_rng_below(rng, POOL_IPS + 1);

    g_array_set_size(lpar->lips, 0);
    for (unsigned ip = 1; ip <= IPS - POOL_IPS; ip++) {
        number += 1 + (unsigned)hv_rng_below(rng, 2);
        ResmgrLip lip = {(uint16_t)number, (uint16_t)ip, 1 + (uint32_t)hv_rng_below(rng, 5000), HV_IP_CP};

        if (hv_rng_below(rng, 2))
            g_array_append_val(lpar->lips, lip);
    }
    for (unsigned i = 0; i < n_pool; i++) {
        number += 1 + (unsigned)hv_rng_below(rng, 2);
        ResmgrLip lip = {(uint16_t)number, 0, 0, HV_IP_CP};

        g_array_append_val(lpar->lips, lip);
    }
}

/* number[n]: IP of LIP n, 0: pool; -1: none. share[ip]: of the LPAR. */
typedef struct {
    int ip_of[64];
    uint32_t share_bp[IPS + 1];
    unsigned n_pool;
} Matrix;

static void matrix_read(Matrix *matrix, const GArray *lips)
{
    for (unsigned n = 0; n < 64; n++)
        matrix->ip_of[n] = -1;
    for (unsigned ip = 0; ip <= IPS; ip++)
        matrix->share_bp[ip] = 0;
    matrix->n_pool = 0;
    for (unsigned i = 0; i < lips->len; i++) {
        const ResmgrLip *lip = &g_array_index(lips, ResmgrLip, i);

        ck_assert_int_eq(matrix->ip_of[lip->number], -1);
        matrix->ip_of[lip->number] = lip->ip;
        matrix->share_bp[lip->ip] += lip->share_bp;
        matrix->n_pool += lip->ip == 0;
    }
}

static void matrix_add(Matrix *matrix, const GArray *lips)
{
    for (unsigned i = 0; i < lips->len; i++) {
        const ResmgrLip *lip = &g_array_index(lips, ResmgrLip, i);
        bool there = lip->ip == 0 ? matrix->n_pool == POOL_IPS : matrix->share_bp[lip->ip] > 0;
        unsigned number = 1;

        matrix->share_bp[lip->ip] += lip->share_bp;
        if (there)
            continue;
        while (matrix->ip_of[number] != -1)
            number++;
        matrix->ip_of[number] = lip->ip;
        matrix->n_pool += lip->ip == 0;
    }
}

START_TEST(merges_are_sums_of_matrices)
{
    g_autoptr(ResmgrDefinition) definition = build_machine(IPS, 64, 0, 0);
    HvRng rng;

    build_share(build_lpar(definition, 1, BUILD_FIRST_FIT, 1, 0), 1, 1);
    build_share(build_lpar(definition, 2, BUILD_FIRST_FIT, 1, 0), 2, 1);
    for (unsigned ip = 3; ip <= IPS - POOL_IPS; ip++)
        build_share(definition->lpars->pdata[0], ip, 1);
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);
    ResmgrLpar *retiring = build_corrupt(state, 1), *survivor = build_corrupt(state, 2);

    for (unsigned round = 0; round < 200; round++) {
        Matrix expected, actual;

        hv_rng_init(&rng, (uint64_t)_i * 1000 + round, "merge");
        draw_lips(retiring, &rng);
        draw_lips(survivor, &rng);
        g_autoptr(GArray) merges = resmgr_share_table_merge(state, retiring, survivor);
        g_autoptr(GArray) after = resmgr_share_table_merged(survivor->lips, merges);

        matrix_read(&expected, survivor->lips);
        matrix_add(&expected, retiring->lips);
        matrix_read(&actual, after);
        ck_assert_uint_eq(merges->len, retiring->lips->len);
        for (unsigned n = 0; n < 64; n++)
            ck_assert_msg(expected.ip_of[n] == actual.ip_of[n], "LIP %u, seed %d round %u", n, _i, round);
        for (unsigned ip = 1; ip <= IPS; ip++)
            ck_assert_uint_eq(expected.share_bp[ip], actual.share_bp[ip]);
        for (unsigned i = 1; i < after->len; i++)
            ck_assert_uint_lt(
                g_array_index(after, ResmgrLip, i - 1).number, g_array_index(after, ResmgrLip, i).number);
        ck_assert_uint_le(resmgr_share_table_lowest_free(after), after->len + 1);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("resmgr/share-table");
    TCase *tcase = tcase_create("share-table");

    tcase_add_test(tcase, figure_4);
    tcase_add_test(tcase, sums_count_offline_only_when_asked);
    tcase_add_loop_test(tcase, nominal_shares, 0, (int)G_N_ELEMENTS(nominals));
    tcase_add_test(tcase, pools_are_the_ips_that_no_shares_name);
    tcase_add_loop_test(tcase, merges_are_sums_of_matrices, 0, 10);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
