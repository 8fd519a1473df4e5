/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The storage map: figure 3(c), who is counted and who is not, and random maps against one cell per MiB. */
#include "resmgr/storage-map.h"

#include "hv/rng.h"
#include "tests/resmgr/machine-builder.h"
#include "tests/resmgr/patent-definition.h"

#include <check.h>

#define TOTAL_MIB 20

static void
expect_piece(const GArray *pieces, unsigned i, unsigned origin_mib, unsigned size_mib, unsigned lpar)
{
    const ResmgrPiece *piece = &g_array_index(pieces, ResmgrPiece, i);

    ck_assert_uint_lt(i, pieces->len);
    ck_assert_uint_eq(piece->origin_bytes, origin_mib * HV_MIB);
    ck_assert_uint_eq(piece->size_bytes, size_mib * HV_MIB);
    ck_assert_uint_eq(piece->lpar, lpar);
}

START_TEST(figure_3c)
{
    g_autoptr(ResmgrDefinition) definition = patent_definition_new();
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);
    g_autoptr(GArray) ms = resmgr_storage_map(state, RESMGR_MS);
    g_autoptr(GArray) es = resmgr_storage_map(state, RESMGR_ES);

    ck_assert_uint_eq(ms->len, 3);
    expect_piece(ms, 0, 0, 256, 1);
    expect_piece(ms, 1, 256, 256, 3);
    expect_piece(ms, 2, 512, 128, 2);
    ck_assert_uint_eq(resmgr_storage_map_free(ms), 0);
    ck_assert_uint_eq(resmgr_storage_map_largest_hole(ms), 0);
    ck_assert_uint_eq(es->len, 0);
}
END_TEST

/* Only what is ASSIGNED stands in the map: without LPAR3 there is a hole of 256 MiB in the middle. */
START_TEST(others_than_assigned_are_free)
{
    g_autoptr(ResmgrDefinition) definition = patent_definition_new();
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);
    static const ResmgrAssignment away[] = {RESMGR_RELEASED, RESMGR_OFFLINE, RESMGR_RETIRED};

    for (unsigned i = 0; i < G_N_ELEMENTS(away); i++) {
        build_corrupt(state, 3)->assignment = away[i];
        g_autoptr(GArray) ms = resmgr_storage_map(state, RESMGR_MS);

        ck_assert_uint_eq(ms->len, 3);
        expect_piece(ms, 1, 256, 256, 0);
        ck_assert_uint_eq(resmgr_storage_map_free(ms), 256 * HV_MIB);
    }
}
END_TEST

/* Areas of 1 .. 4 MiB with gaps of 0 .. 2 between them; cells[] says who is where. */
static ResmgrDefinition *draw(HvRng *rng, unsigned cells[TOTAL_MIB])
{
    ResmgrDefinition *definition = build_machine(1, TOTAL_MIB, 0, 0);
    unsigned at = (unsigned)hv_rng_below(rng, 3);

    for (unsigned number = 1;; number++) {
        unsigned size = 1 + (unsigned)hv_rng_below(rng, 4);

        if (at + size > TOTAL_MIB)
            return definition;
        ResmgrLparDef *lpar = build_lpar(definition, number, at, size, 0);
        build_weight(lpar, HV_IP_CP, 1, 1);
        for (unsigned i = 0; i < size; i++)
            cells[at + i] = number;
        at += size + (unsigned)hv_rng_below(rng, 3);
    }
}

static bool cells_are_free(const unsigned cells[TOTAL_MIB], unsigned origin, unsigned size)
{
    for (unsigned i = origin; i < origin + size; i++) {
        if (i >= TOTAL_MIB || cells[i] != 0)
            return false;
    }
    return true;
}

static void expect_holes(const GArray *pieces, const unsigned cells[TOTAL_MIB])
{
    unsigned sum = 0, largest = 0;

    for (unsigned i = 0; i < TOTAL_MIB; i++)
        sum += cells[i] == 0;
    ck_assert_uint_eq(resmgr_storage_map_free(pieces), sum * HV_MIB);
    for (unsigned size = 1; size <= TOTAL_MIB; size++) {
        uint64_t found = UINT64_MAX;
        unsigned first = 0;

        while (first < TOTAL_MIB && !cells_are_free(cells, first, size))
            first++;
        largest = first < TOTAL_MIB ? size : largest;
        ck_assert_uint_eq(resmgr_storage_map_first_fit(pieces, size * HV_MIB, &found), first < TOTAL_MIB);
        ck_assert_uint_eq(found, first < TOTAL_MIB ? first * HV_MIB : UINT64_MAX); /* untouched on failure */
        for (unsigned origin = 0; origin <= TOTAL_MIB; origin++)
            ck_assert_uint_eq(
                resmgr_storage_map_is_free(pieces, origin * HV_MIB, size * HV_MIB),
                cells_are_free(cells, origin, size));
    }
    ck_assert_uint_eq(resmgr_storage_map_largest_hole(pieces), largest * HV_MIB);
}

START_TEST(pieces_are_runs_of_cells)
{
    unsigned cells[TOTAL_MIB] = {0}, at = 0;
    HvRng rng;

    hv_rng_init(&rng, (uint64_t)_i, "storage-map");
    g_autoptr(ResmgrDefinition) definition = draw(&rng, cells);
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);
    g_autoptr(GArray) pieces = resmgr_storage_map(state, RESMGR_MS);

    for (unsigned i = 0; i < pieces->len; i++) {
        unsigned size = 1;

        while (at + size < TOTAL_MIB && cells[at + size] == cells[at])
            size++;
        expect_piece(pieces, i, at, size, cells[at]);
        at += size;
    }
    ck_assert_uint_eq(at, TOTAL_MIB);
    expect_holes(pieces, cells);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("resmgr/storage-map");
    TCase *tcase = tcase_create("storage-map");

    tcase_add_test(tcase, figure_3c);
    tcase_add_test(tcase, others_than_assigned_are_free);
    tcase_add_loop_test(tcase, pieces_are_runs_of_cells, 0, 100);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
