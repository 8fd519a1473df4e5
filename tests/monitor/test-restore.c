/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Restore: the undo of an INTEG on the patent's machine, with guests that run and write; an LPAR saved, taken away and brought back;
 * what a survivor cannot give up; and a failure at every step, after which all is as before.
 */
#include "monitor/error.h"
#include "monitor/restore.h"
#include "resmgr/error.h"
#include "tests/resmgr/machine-builder.h"
#include "tests/resmgr/patent-definition.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    ResmgrDefinition *definition;
    MonitorSystem *system;
    MonitorCapture *saved; /* LPAR2 before the INTEG */
    ResmgrState *before;
} Patent;

static const MonitorIntegOptions notify = {.notify = true};

static void run(MonitorSystem *system, HvTime duration_ns)
{
    ck_assert(monitor_system_run(system, duration_ns, NULL));
}

static HvGuest *guest_of(const Patent *patent, unsigned lpar)
{
    return lpar_guest(monitor_system_lpar(patent->system, lpar));
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

/* The patent's machine with a disk on each path, all guests busy, writing and doing I/O; LPAR2 saved, then integrated into LPAR1. */
static Patent patent_integrated(bool told)
{
    static const char *const names[] = {"D0", "D1", "D2", "D3", "D4", "D5"};
    Patent patent = {.definition = patent_definition_new()};

    for (unsigned chpid = 0; chpid < 6; chpid++)
        build_device(patent.definition, names[chpid], (uint16_t)(0x100 + chpid), (uint8_t)chpid);
    for (unsigned i = 0; i < patent.definition->lpars->len; i++) {
        ResmgrLparDef *lpar = g_ptr_array_index(patent.definition->lpars, i);

        lpar->workload.cpu = HV_WORKLOAD_CPU_BUSY;
        lpar->workload.write_rate = 8 * HV_MIB;
        lpar->workload.write_set_bytes = 16 * HV_MIB;
        lpar->workload.io_rate_milli = 300 * 1000;
    }
    patent.system = monitor_system_new(patent.definition, 1);
    ck_assert(monitor_system_power_on(patent.system, NULL));
    run(patent.system, HV_NS_PER_S);
    patent.saved = capture(patent.system, 2);
    patent.before = resmgr_state_copy(monitor_system_state(patent.system));
    const MonitorIntegOptions options = {.notify = told};
    g_autoptr(MonitorIntegReport) report = monitor_system_integ(patent.system, 2, 1, &options, NULL);

    ck_assert_ptr_nonnull(report);
    run(patent.system, HV_NS_PER_S);
    return patent;
}

static void patent_end(Patent *patent)
{
    monitor_capture_free(patent->saved);
    resmgr_state_free(patent->before);
    monitor_system_free(patent->system);
    resmgr_definition_free(patent->definition);
}

static MonitorRestoreOptions undo_options(const Patent *patent)
{
    return (MonitorRestoreOptions){.giver_before = resmgr_state_lpar(patent->before, 1)};
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

/* --- Undo of an INTEG ------------------------------------------------------------------------------------------ */

/* The survivor has all of it online, and is busy with it: it gives it up and runs on. */
START_TEST(an_integ_is_taken_back)
{
    Patent patent = patent_integrated(/* told= */ true);
    const MonitorRestoreOptions options = undo_options(&patent);
    HvGuestStatus survivor = hv_guest_status(guest_of(&patent, 1));
    GError *error = NULL;

    ck_assert_uint_eq(survivor.ms_online_bytes, 384 * HV_MIB);
    ck_assert_uint_eq(survivor.cpus_online, 3);
    g_autoptr(MonitorRestoreReport)
        report = monitor_system_restore(patent.system, patent.saved, &options, &error);

    ck_assert_msg(report != NULL, "%s", error ? error->message : "");
    ck_assert_uint_eq(report->plan->lacks->len, 0);
    ck_assert_ptr_null(report->guest_problem);
    ck_assert_uint_eq(report->offline_bytes[RESMGR_MS], 128 * HV_MIB);
    ck_assert_uint_eq(report->offline_lips->len, 1);
    for (unsigned lpar = 1; lpar <= 3; lpar++)
        ck_same_resources(patent.before, monitor_system_state(patent.system), lpar);
    g_autoptr(MonitorCapture) again = capture(patent.system, 2);

    ck_assert_str_eq(monitor_capture_digest(patent.saved), monitor_capture_digest(again));
    HvGuestStatus back = hv_guest_status(guest_of(&patent, 2)), after = hv_guest_status(guest_of(&patent, 1));

    ck_assert_uint_eq(back.boots, 1);
    ck_assert_uint_eq(after.boots, 1);
    ck_assert_uint_eq(after.ms_online_bytes, 256 * HV_MIB);
    ck_assert_uint_eq(after.cpus_online, 2);
    run(patent.system, HV_NS_PER_S);
    for (unsigned lpar = 1; lpar <= 3; lpar++)
        ck_verifies(patent.system, lpar);
    ck_assert_uint_gt(hv_guest_status(guest_of(&patent, 2)).written_bytes, back.written_bytes);
    ck_assert_uint_gt(hv_guest_status(guest_of(&patent, 2)).io_done, back.io_done);
    ck_assert_uint_eq(hv_guest_status(guest_of(&patent, 1)).io_ended, 0);
    g_autoptr(MonitorIntegReport) once_more = monitor_system_integ(patent.system, 2, 1, &notify, &error);

    ck_assert_msg(once_more != NULL, "%s", error ? error->message : "");
    patent_end(&patent);
}
END_TEST

/* Its guest was loaded anew with all of it: nothing to be had, until LPAR3 is gone. */
START_TEST(what_the_survivor_keeps_is_said)
{
    Patent patent = patent_integrated(/* told= */ true);
    const MonitorRestoreOptions options = undo_options(&patent);
    GError *error = NULL;

    ck_assert(monitor_system_load(patent.system, 1, NULL));
    g_autofree char *digest = hv_trace_digest(monitor_system_trace(patent.system));
    ck_assert_ptr_null(monitor_system_restore(patent.system, patent.saved, &options, &error));
    ck_assert(g_error_matches(error, RESMGR_ERROR, RESMGR_ERROR_NO_ROOM));
    g_clear_error(&error);
    g_autofree char *digest_after = hv_trace_digest(monitor_system_trace(patent.system));

    ck_assert_str_eq(digest, digest_after);
    ck_assert(monitor_system_deactivate(patent.system, 3, NULL));
    g_autoptr(MonitorRestoreReport)
        report = monitor_system_restore(patent.system, patent.saved, &options, &error);

    ck_assert_msg(report != NULL, "%s", error ? error->message : "");
    ck_assert_uint_eq(report->plan->lacks->len, 1);
    ck_assert_str_eq(((const ResmgrLack *)g_ptr_array_index(report->plan->lacks, 0))->what, "MS 128M");
    run(patent.system, HV_NS_PER_S);
    ck_verifies(patent.system, 1);
    ck_verifies(patent.system, 2);
    patent_end(&patent);
}
END_TEST

/* A plan says what will be, and changes nothing. */
START_TEST(a_plan_changes_nothing)
{
    Patent patent = patent_integrated(/* told= */ true);
    const MonitorRestoreOptions options = undo_options(&patent);
    g_autoptr(ResmgrState) before = resmgr_state_copy(monitor_system_state(patent.system));
    g_autofree char *digest = hv_trace_digest(monitor_system_trace(patent.system));
    g_autoptr(MonitorRestoreReport)
        plan = monitor_system_restore_plan(patent.system, patent.saved, &options, NULL);
    g_autofree char *digest_after = hv_trace_digest(monitor_system_trace(patent.system));

    ck_assert_ptr_nonnull(plan);
    ck_assert(plan->planned && resmgr_state_equal(before, monitor_system_state(patent.system)));
    ck_assert_str_eq(digest, digest_after);
    g_autoptr(MonitorRestoreReport)
        report = monitor_system_restore(patent.system, patent.saved, &options, NULL);

    ck_assert_ptr_nonnull(report);
    for (unsigned lpar = 1; lpar <= 3; lpar++)
        ck_same_resources(plan->after, report->after, lpar);
    patent_end(&patent);
}
END_TEST

/* --- Faults ---------------------------------------------------------------------------------------------------- */

static const char *const points[] = {"301", "302", "303", "303.commit", "304", "305", "306", "307", "308"};

START_TEST(a_fault_is_taken_back_or_overcome)
{
    Patent patent = patent_integrated(/* told= */ true);
    const MonitorRestoreOptions options = undo_options(&patent);
    bool before_commit = _i < 4;
    g_autoptr(ResmgrState) before = resmgr_state_copy(monitor_system_state(patent.system));
    GError *error = NULL;

    ck_assert(monitor_system_set_fault(patent.system, points[_i], NULL));
    g_autoptr(MonitorRestoreReport)
        report = monitor_system_restore(patent.system, patent.saved, &options, &error);

    ck_assert_int_eq(report == NULL, before_commit);
    if (before_commit) {
        ck_assert(g_error_matches(error, MONITOR_ERROR, MONITOR_ERROR_STEP_FAILED));
        ck_assert(resmgr_state_equal(before, monitor_system_state(patent.system)));
        ck_assert_uint_eq(hv_guest_status(guest_of(&patent, 1)).ms_online_bytes, 384 * HV_MIB);
        ck_assert_uint_eq(hv_guest_status(guest_of(&patent, 1)).cpus_online, 3);
        ck_assert_int_eq(lpar_run_state(monitor_system_lpar(patent.system, 2)), LPAR_RETIRED);
        g_clear_error(&error);
    }
    ck_assert_ptr_null(monitor_system_fault(patent.system));
    run(patent.system, HV_NS_PER_S / 2);
    ck_verifies(patent.system, 1);
    ck_verifies(patent.system, 3);
    if (!report)
        report = monitor_system_restore(patent.system, patent.saved, &options, &error);
    ck_assert_msg(report != NULL, "%s", error ? error->message : "");
    ck_verifies(patent.system, 2);
    patent_end(&patent);
}
END_TEST

/* --- Saved, taken away, brought back --------------------------------------------------------------------------- */

/* Four LPARs of 8 MiB in 40 MiB, each with an IP; after LPAR2 has gone the two holes are too small for it. */
static ResmgrDefinition *fragmented(void)
{
    ResmgrDefinition *definition = build_machine(/* n_ips= */ 4, /* ms_mib= */ 32, /* es_mib= */ 16, 4);
    static const unsigned origins_mib[] = {0, 8, 16, 26}, sizes_mib[] = {8, 8, 8, 6};

    for (unsigned i = 1; i <= 4; i++) {
        ResmgrLparDef *lpar = build_lpar(definition, i, origins_mib[i - 1], sizes_mib[i - 1], 0);
        g_autofree char *name = g_strdup_printf("DISK%u", i);

        build_share(lpar, i, 100);
        build_chp(lpar, (uint8_t)(i - 1));
        build_es(lpar, BUILD_FIRST_FIT, 2);
        build_device(definition, name, (uint16_t)(0x100 + i), (uint8_t)(i - 1));
        lpar->workload.cpu = HV_WORKLOAD_CPU_DEMAND;
        lpar->workload.demand_bp = 4000;
        lpar->workload.period_ns = 30 * HV_NS_PER_MS;
        lpar->workload.write_rate = HV_MIB;
        lpar->workload.io_rate_milli = 50 * 1000;
    }
    return definition;
}

START_TEST(saved_destroyed_restored)
{
    g_autoptr(ResmgrDefinition) definition = fragmented();
    g_autoptr(MonitorSystem) system = monitor_system_new(definition, 7);
    const MonitorRestoreOptions options = {0};
    GError *error = NULL;

    ck_assert(monitor_system_power_on(system, NULL));
    run(system, HV_NS_PER_S);
    if (_i == 1)
        ck_assert(monitor_system_stop(system, 2, NULL));
    g_autoptr(MonitorCapture) saved = capture(system, 2);
    g_autoptr(GBytes) bytes = monitor_capture_to_bytes(saved);
    g_autoptr(MonitorCapture) read = monitor_capture_from_bytes(system, bytes, NULL);

    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++)
        read->content[k] = hv_storage_snapshot_ref(saved->content[k]);
    ck_assert_ptr_null(monitor_system_restore(system, read, &options, &error));
    ck_assert(g_error_matches(error, RESMGR_ERROR, RESMGR_ERROR_ASSIGNED));
    g_clear_error(&error);
    ck_assert(monitor_system_deactivate(system, 2, NULL));
    run(system, HV_NS_PER_S);
    g_autoptr(MonitorRestoreReport) report = monitor_system_restore(system, read, &options, &error);

    ck_assert_msg(report != NULL, "%s", error ? error->message : "");
    g_autoptr(MonitorCapture) again = capture(system, 2);

    ck_assert_str_eq(monitor_capture_digest(saved), monitor_capture_digest(again));
    ck_assert_int_eq(lpar_run_state(monitor_system_lpar(system, 2)), _i == 1 ? LPAR_STOPPED : LPAR_OPERATING);
    if (_i == 1)
        ck_assert(monitor_system_start(system, 2, NULL));
    run(system, HV_NS_PER_S);
    for (unsigned lpar = 1; lpar <= 4; lpar++)
        ck_verifies(system, lpar);
    ck_assert_uint_gt(hv_guest_status(lpar_guest(monitor_system_lpar(system, 2))).written_bytes, HV_MIB);
}
END_TEST

/*
 * LPAR4, of 6 MiB, is activated again where LPAR2 was: at 8. Then 14-16 and 24-32 are free: LPAR2 has room. But with LPAR3 gone and
 * LPAR4 at 8, LPAR3 of 8 comes to its own place, and LPAR2 finds 14-16 and 24-32 only when LPAR3 stands in between.
 */
START_TEST(bystanders_are_relocated_and_notice_nothing)
{
    g_autoptr(ResmgrDefinition) definition = fragmented();
    g_autoptr(MonitorSystem) system = monitor_system_new(definition, 7);
    MonitorRestoreOptions options = {0};
    GError *error = NULL;

    definition->machine->ms_copy_rate = 64 * HV_MIB;
    ck_assert(monitor_system_power_on(system, NULL));
    run(system, HV_NS_PER_S);
    g_autoptr(MonitorCapture) saved = capture(system, 2);

    /* As if it had been 10 MiB large: 8 where it was, 2 behind LPAR3. */
    ck_assert(monitor_system_deactivate(system, 2, NULL));
    saved->books->areas[RESMGR_MS].size_bytes = 10 * HV_MIB;
    HvStorageSnapshot *larger = hv_storage_snapshot_new(10 * HV_MIB);

    hv_storage_snapshot_unref(saved->content[RESMGR_MS]);
    saved->content[RESMGR_MS] = larger;
    g_clear_pointer(&saved->image, g_bytes_unref);
    saved->state = LPAR_NOT_OPERATING;
    static const char *const faults[] = {"303.1", "303.commit", "304"};

    for (unsigned i = 0; i < G_N_ELEMENTS(faults); i++) {
        g_autoptr(ResmgrState) before = resmgr_state_copy(monitor_system_state(system));

        ck_assert(monitor_system_set_fault(system, faults[i], NULL));
        g_autoptr(MonitorRestoreReport) report = monitor_system_restore(system, saved, &options, &error);

        ck_assert_int_eq(report != NULL, i == 2);
        ck_verifies(system, 3);
        if (!report) {
            ck_assert(resmgr_state_equal(before, monitor_system_state(system)));
            g_clear_error(&error);
            continue;
        }
        ck_assert_uint_eq(report->plan->moves->len, 1);
        const LparRelocationCost *cost = &g_array_index(report->costs, LparRelocationCost, 0);

        ck_assert_uint_gt(cost->rounds, 1);
        ck_assert_uint_le(cost->hold_ns, 25 * HV_NS_PER_MS); /* the longest slice there is */
    }
    ck_assert_int_eq(lpar_run_state(monitor_system_lpar(system, 2)), LPAR_NOT_OPERATING);
    run(system, HV_NS_PER_S);
    for (unsigned lpar = 1; lpar <= 4; lpar++) {
        if (lpar == 2)
            continue;
        ck_verifies(system, lpar);
        ck_assert_uint_eq(hv_guest_status(lpar_guest(monitor_system_lpar(system, lpar))).boots, 1);
    }
}
END_TEST

/* --- Refusals --------------------------------------------------------------------------------------------------- */

START_TEST(another_machines_lpar_is_refused)
{
    Patent patent = patent_integrated(/* told= */ true);
    const MonitorRestoreOptions options = undo_options(&patent);
    GError *error = NULL;

    g_free(patent.saved->name);
    patent.saved->name = g_strdup("OTHER");
    ck_assert_ptr_null(monitor_system_restore(patent.system, patent.saved, &options, &error));
    ck_assert(g_error_matches(error, MONITOR_ERROR, MONITOR_ERROR_RESTORE));
    g_clear_error(&error);
    patent.saved->number = 9999;
    ck_assert_ptr_null(monitor_system_restore(patent.system, patent.saved, &options, &error));
    ck_assert(g_error_matches(error, MONITOR_ERROR, MONITOR_ERROR_RESTORE));
    g_clear_error(&error);
    patent.saved->number = 2;
    g_free(patent.saved->name);
    patent.saved->name = g_strdup("LPAR2");
    g_clear_pointer(&patent.saved->content[RESMGR_MS], hv_storage_snapshot_unref);
    ck_assert_ptr_null(monitor_system_restore(patent.system, patent.saved, &options, &error));
    ck_assert(g_error_matches(error, MONITOR_ERROR, MONITOR_ERROR_RESTORE));
    g_clear_error(&error);
    patent_end(&patent);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("monitor/restore");
    TCase *tcase = tcase_create("restore");

    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, an_integ_is_taken_back);
    tcase_add_test(tcase, what_the_survivor_keeps_is_said);
    tcase_add_test(tcase, a_plan_changes_nothing);
    tcase_add_loop_test(tcase, a_fault_is_taken_back_or_overcome, 0, G_N_ELEMENTS(points));
    tcase_add_loop_test(tcase, saved_destroyed_restored, 0, 2);
    tcase_add_test(tcase, bystanders_are_relocated_and_notice_nothing);
    tcase_add_test(tcase, another_machines_lpar_is_refused);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
