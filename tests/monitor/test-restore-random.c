/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Restore on random machines: INTEG and back, LPARs that are saved, taken away and brought back, faults at any step, in any order. Each
 * LPAR that comes back has the bytes that it had, everybody has the resources that he had before, and nobody else has noticed.
 */
#include "hv/rng.h"
#include "monitor/error.h"
#include "monitor/restore.h"
#include "tests/sim/random-machine.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const char *const points[] = {"301", "302", "303", "303.commit", "304", "305", "306", "307", "308"};

static void run(MonitorSystem *system, HvTime duration_ns)
{
    ck_assert(monitor_system_run(system, duration_ns, NULL));
}

static void ck_verifies(MonitorSystem *system, unsigned lpar)
{
    GError *error = NULL;

    ck_assert_msg(
        hv_guest_verify(lpar_guest(monitor_system_lpar(system, lpar)), &error), "LPAR %u: %s", lpar,
        error ? error->message : "");
}

static MonitorCapture *capture(MonitorSystem *system, unsigned lpar)
{
    GError *error = NULL;
    MonitorCapture *captured = monitor_system_capture(system, lpar, &error);

    ck_assert_msg(captured != NULL, "%s", error ? error->message : "");
    return captured;
}

static void ck_same_resources(const ResmgrState *was, const ResmgrState *is, unsigned lpar)
{
    const ResmgrLpar *a = resmgr_state_lpar(was, lpar), *b = resmgr_state_lpar(is, lpar);

    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++) {
        ck_assert_uint_eq(a->areas[k].size_bytes, b->areas[k].size_bytes);
        ck_assert_uint_eq(a->areas[k].reserved_bytes, b->areas[k].reserved_bytes);
    }
    ck_assert_uint_eq(a->lips->len, b->lips->len);
    for (unsigned i = 0; i < a->lips->len; i++) {
        const ResmgrLip *x = &g_array_index(a->lips, ResmgrLip, i),
                        *y = &g_array_index(b->lips, ResmgrLip, i);

        ck_assert(x->number == y->number && x->ip == y->ip && x->share_bp == y->share_bp);
    }
    for (unsigned chpid = 0; chpid < HV_MAX_CHPS; chpid++)
        ck_assert_uint_eq(was->chps[chpid].owner == lpar, is->chps[chpid].owner == lpar);
}

/* --- Random machines -------------------------------------------------------------------------------------------- */

typedef struct {
    uint64_t seed;
    HvRng rng;
    MonitorSystem *system;
    unsigned n_restored, n_undone, n_failed;
} Play;

static unsigned draw_lpar(Play *play)
{
    const GPtrArray *lpars = monitor_system_state(play->system)->lpars;

    return ((const ResmgrLpar *)g_ptr_array_index(lpars, hv_rng_below(&play->rng, lpars->len)))->number;
}

static void draw_fault(Play *play)
{
    if (hv_rng_below(&play->rng, 3) == 0)
        monitor_system_set_fault(play->system, points[hv_rng_below(&play->rng, G_N_ELEMENTS(points))], NULL);
}

/* Brings it back, by force of repetition if a fault was drawn; then it has the content that it had. */
static void bring_back(Play *play, MonitorCapture *saved, const ResmgrLpar *giver_before, bool must)
{
    const MonitorRestoreOptions options = {.giver_before = giver_before, .partial = !must};
    g_autoptr(GError) error = NULL;

    draw_fault(play);
    g_autoptr(MonitorRestoreReport) report = monitor_system_restore(play->system, saved, &options, &error);

    if (!report && g_error_matches(error, MONITOR_ERROR, MONITOR_ERROR_STEP_FAILED)) {
        play->n_failed++;
        g_clear_error(&error);
        report = monitor_system_restore(play->system, saved, &options, &error);
    }
    monitor_system_set_fault(play->system, "off", NULL);
    ck_assert_msg(
        !must || report, "seed %" G_GUINT64_FORMAT ": %s: %s", play->seed, saved->name,
        error ? error->message : "");
    if (!report)
        return;
    play->n_restored++;
    if (report->guest_problem || !saved->image)
        return;
    g_autoptr(MonitorCapture) again = capture(play->system, saved->number);

    ck_assert_msg(
        strcmp(monitor_capture_digest(saved), monitor_capture_digest(again)) == 0,
        "seed %" G_GUINT64_FORMAT ": %s has other bytes", play->seed, saved->name);
}

/* An INTEG, some time, and back. */
static void there_and_back(Play *play)
{
    unsigned retiring = draw_lpar(play), survivor = draw_lpar(play);
    const MonitorIntegOptions options = {.notify = hv_rng_below(&play->rng, 2), .force = true};
    g_autoptr(MonitorIntegReport)
        plan = monitor_system_integ_plan(play->system, retiring, survivor, &options, NULL);

    if (!plan)
        return;
    g_autoptr(ResmgrState) before = resmgr_state_copy(monitor_system_state(play->system));
    g_autoptr(MonitorCapture) saved = capture(play->system, retiring);
    g_autoptr(MonitorIntegReport)
        report = monitor_system_integ(play->system, retiring, survivor, &options, NULL);

    ck_assert_ptr_nonnull(report);
    run(play->system, hv_rng_below(&play->rng, 2 * HV_NS_PER_S));
    bring_back(play, saved, resmgr_state_lpar(before, survivor), /* must= */ true);
    for (unsigned i = 0; i < before->lpars->len; i++)
        ck_same_resources(
            before, monitor_system_state(play->system),
            ((const ResmgrLpar *)g_ptr_array_index(before->lpars, i))->number);
    play->n_undone++;
}

static void save_and_destroy(Play *play)
{
    unsigned lpar = draw_lpar(play);
    g_autoptr(MonitorCapture) saved = monitor_system_capture(play->system, lpar, NULL);

    if (!saved || saved->state == LPAR_NOT_ACTIVATED)
        return;
    ck_assert(monitor_system_deactivate(play->system, lpar, NULL));
    if (hv_rng_below(&play->rng, 2))
        monitor_system_activate(play->system, draw_lpar(play), NULL); /* perhaps somebody takes the room */
    run(play->system, hv_rng_below(&play->rng, HV_NS_PER_S));
    if (resmgr_state_lpar(monitor_system_state(play->system), lpar)->assignment == RESMGR_RELEASED)
        bring_back(play, saved, NULL, /* must= */ false);
}

static void check_all(Play *play)
{
    monitor_system_check(play->system);
    for (unsigned i = 1; i <= RESMGR_MAX_LPARS; i++)
        if (monitor_system_lpar(play->system, i) && lpar_guest(monitor_system_lpar(play->system, i)))
            ck_verifies(play->system, i);
}

static void play_on(Play *play)
{
    switch (hv_rng_below(&play->rng, 6)) {
    case 0:
        run(play->system, hv_rng_below(&play->rng, HV_NS_PER_S));
        break;
    case 1:
        save_and_destroy(play);
        break;
    case 2: {
        const MonitorIntegOptions options = {.notify = true};
        MonitorIntegReport *report =
            monitor_system_integ(play->system, draw_lpar(play), draw_lpar(play), &options, NULL);

        monitor_integ_report_free(report);
        break;
    }
    case 3:
        monitor_system_load(play->system, draw_lpar(play), NULL);
        break;
    default:
        there_and_back(play);
    }
    check_all(play);
}

START_TEST(random_machines)
{
    Play play = {0};

    for (unsigned round = 0; round < 40; round++) {
        play.seed = (uint64_t)_i * 1000 + round;
        hv_rng_init(&play.rng, play.seed, "restore");
        g_autoptr(ResmgrDefinition) definition = random_machine(&play.rng);

        play.system = monitor_system_new(definition, play.seed);
        ck_assert(monitor_system_power_on(play.system, NULL));
        for (unsigned command = 0; command < 12; command++)
            play_on(&play);
        monitor_system_free(play.system);
    }
    ck_assert_uint_gt(play.n_undone, 5);
    ck_assert_uint_gt(play.n_restored, 5);
    ck_assert_uint_gt(play.n_failed, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("monitor/restore-random");
    TCase *tcase = tcase_create("restore");

    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, random_machines, 0, 8);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
