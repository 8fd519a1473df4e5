/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The layout at power on against a second implementation that has one cell per MiB: given origins are painted first,
 * then each other area goes to the first run of unpainted cells that is long enough.
 */
#include "hv/rng.h"
#include "resmgr/layout.h"
#include "tests/resmgr/machine-builder.h"

#include <check.h>
#include <string.h>

#define TOTAL_MIB 24
#define MAX_LPARS 7

static void paint(bool *cells, unsigned origin, unsigned size)
{
    for (unsigned i = origin; i < origin + size; i++)
        cells[i] = true;
}

static unsigned run_at(const bool *cells, unsigned from)
{
    unsigned length = 0;

    while (from + length < TOTAL_MIB && !cells[from + length])
        length++;
    return length;
}

static unsigned longest_run(const bool *cells)
{
    unsigned longest = 0;

    for (unsigned i = 0; i < TOTAL_MIB; i++)
        longest = MAX(longest, run_at(cells, i));
    return longest;
}

/* What is drawn may be faulty: areas may overlap, or reach past the end and then take no room. */
static ResmgrDefinition *draw(HvRng *rng)
{
    ResmgrDefinition *definition = build_machine(1, TOTAL_MIB, 0, 0);
    unsigned n_lpars = 1 + (unsigned)hv_rng_below(rng, MAX_LPARS);

    for (unsigned n = 1; n <= n_lpars; n++) {
        unsigned origin = hv_rng_below(rng, 2) ? (unsigned)hv_rng_below(rng, TOTAL_MIB + 2) : BUILD_FIRST_FIT;

        build_lpar(definition, n, origin, (unsigned)hv_rng_below(rng, 8), 0);
    }
    return definition;
}

static void expect_given(const ResmgrDefinition *definition, const ResmgrPlace *places, bool *cells)
{
    for (unsigned i = 0; i < definition->lpars->len; i++) {
        const ResmgrLparDef *lpar = definition->lpars->pdata[i];
        uint64_t origin = lpar->ms.origin_bytes / HV_MIB, size = lpar->ms.size_bytes / HV_MIB;

        if (lpar->ms.origin_bytes == RESMGR_ORIGIN_FIRST_FIT)
            continue;
        ck_assert_uint_eq(places[i].placed, size > 0 && origin + size <= TOTAL_MIB);
        if (!places[i].placed)
            continue;
        ck_assert_uint_eq(places[i].origin_bytes, lpar->ms.origin_bytes);
        paint(cells, (unsigned)origin, (unsigned)size);
    }
}

static void expect_first_fit(const ResmgrDefinition *definition, const ResmgrPlace *places, bool *cells)
{
    for (unsigned i = 0; i < definition->lpars->len; i++) {
        const ResmgrLparDef *lpar = definition->lpars->pdata[i];
        unsigned size = (unsigned)(lpar->ms.size_bytes / HV_MIB), at = 0;

        if (lpar->ms.origin_bytes != RESMGR_ORIGIN_FIRST_FIT || size == 0)
            continue;
        while (at < TOTAL_MIB && run_at(cells, at) < size)
            at++;
        ck_assert_uint_eq(places[i].placed, at < TOTAL_MIB);
        ck_assert_uint_eq(places[i].largest_hole_bytes, longest_run(cells) * HV_MIB);
        if (!places[i].placed)
            continue;
        ck_assert_uint_eq(places[i].origin_bytes, at * HV_MIB);
        paint(cells, at, size);
    }
}

START_TEST(areas_stand_where_a_map_of_cells_puts_them)
{
    HvRng rng;

    for (unsigned round = 0; round < 200; round++) {
        bool cells[TOTAL_MIB] = {false};

        hv_rng_init(&rng, (uint64_t)_i * 1000 + round, "layout");
        g_autoptr(ResmgrDefinition) definition = draw(&rng);
        g_autofree ResmgrPlace *places = resmgr_layout_new(definition, RESMGR_MS);

        expect_given(definition, places, cells);
        expect_first_fit(definition, places, cells);
    }
}
END_TEST

/* 2^63 + 2^63 is 0 in 64 bits: nothing may take it for inside. */
START_TEST(inside_means_inside_whatever_the_numbers)
{
    uint64_t half = UINT64_C(1) << 63;

    ck_assert(resmgr_layout_inside(0, 10, 10));
    ck_assert(resmgr_layout_inside(4, 6, 10));
    ck_assert(!resmgr_layout_inside(5, 6, 10));
    ck_assert(!resmgr_layout_inside(0, 11, 10));
    ck_assert(!resmgr_layout_inside(half, half, half));
    ck_assert(resmgr_layout_inside(0, half, half));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("resmgr/layout");
    TCase *tcase = tcase_create("layout");

    tcase_add_loop_test(tcase, areas_stand_where_a_map_of_cells_puts_them, 0, 20);
    tcase_add_test(tcase, inside_means_inside_whatever_the_numbers);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
