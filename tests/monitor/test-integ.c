/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * INTEG on the patent's machine: figures 3 and 4, what LPAR3 and LPAR1's guest notice, and a failure at every
 * point.
 */
#include "monitor/error.h"
#include "monitor/system.h"
#include "resmgr/error.h"
#include "tests/resmgr/patent-definition.h"

#include <check.h>
#include <stdlib.h>

typedef struct {
    ResmgrDefinition *definition;
    MonitorSystem *system;
} Patent;

/* The patent's machine, its guests running for a second of which LPAR1 and LPAR3 write 8 MiB. */
static Patent patent_running(void)
{
    Patent patent = {.definition = patent_definition_new()};

    for (unsigned i = 0; i < patent.definition->lpars->len; i++) {
        ResmgrLparDef *lpar = g_ptr_array_index(patent.definition->lpars, i);

        lpar->workload.cpu = HV_WORKLOAD_CPU_BUSY;
        lpar->workload.write_rate = 8 * HV_MIB;
        lpar->workload.write_set_bytes = 16 * HV_MIB;
    }
    patent.system = monitor_system_new(patent.definition, 1);
    ck_assert(monitor_system_power_on(patent.system, NULL));
    ck_assert(monitor_system_run(patent.system, HV_NS_PER_S, NULL));
    return patent;
}

static void patent_end(Patent *patent)
{
    monitor_system_free(patent->system);
    resmgr_definition_free(patent->definition);
}

static HvGuestStatus status_of(const Patent *patent, unsigned lpar)
{
    return hv_guest_status(lpar_guest(monitor_system_lpar(patent->system, lpar)));
}

static const ResmgrArea *ms_of(const Patent *patent, unsigned lpar)
{
    return &resmgr_state_lpar(monitor_system_state(patent->system), lpar)->areas[RESMGR_MS];
}

static uint32_t share_on(const Patent *patent, unsigned lpar, unsigned ip)
{
    const ResmgrLip *lip =
        resmgr_share_table_on_ip(resmgr_state_lpar(monitor_system_state(patent->system), lpar)->lips, ip);

    return lip ? lip->share_bp : 0;
}

static const MonitorIntegOptions notify = {.notify = true};
static const MonitorIntegOptions nonotify = {.notify = false};

START_TEST(figures_3b_and_4b)
{
    static const uint32_t shares[4][5] = {
        [1] = {0, 10000, 10000, 5000, 0}, [3] = {0, 0, 0, 5000, 10000}}; /* figure 4(b), [LPAR][IP] */
    Patent patent = patent_running();
    g_autoptr(MonitorIntegReport) report = monitor_system_integ(patent.system, 2, 1, &notify, NULL);

    ck_assert_ptr_nonnull(report);
    ck_assert_uint_eq(ms_of(&patent, 1)->origin_bytes, 0);
    ck_assert_uint_eq(ms_of(&patent, 1)->size_bytes, 384 * HV_MIB);
    ck_assert_uint_eq(ms_of(&patent, 1)->reserved_bytes, 0);
    ck_assert_uint_eq(ms_of(&patent, 3)->origin_bytes, 384 * HV_MIB);
    ck_assert_uint_eq(ms_of(&patent, 3)->size_bytes, 256 * HV_MIB);
    for (unsigned ip = 1; ip <= 4; ip++) {
        ck_assert_uint_eq(share_on(&patent, 1, ip), shares[1][ip]);
        ck_assert_uint_eq(share_on(&patent, 3, ip), shares[3][ip]);
    }
    ck_assert_uint_eq(report->plan->moved_bytes, 256 * HV_MIB);
    ck_assert_uint_eq(lpar_run_state(monitor_system_lpar(patent.system, 2)), LPAR_RETIRED);
    patent_end(&patent);
}
END_TEST

START_TEST(nobody_is_restarted_and_nothing_is_lost)
{
    Patent patent = patent_running();
    g_autoptr(MonitorIntegReport) report = monitor_system_integ(patent.system, 2, 1, &notify, NULL);
    const LparRelocationCost *cost = &g_array_index(report->costs, LparRelocationCost, 0);

    /* 256 MiB at 2 GiB/s: 125 ms, and the rounds for what LPAR3 wrote meanwhile. */
    ck_assert_uint_ge(report->elapsed_ns, 125 * HV_NS_PER_MS);
    ck_assert_uint_le(report->elapsed_ns, 130 * HV_NS_PER_MS);
    ck_assert_uint_le(cost->hold_ns, 12500 * HV_NS_PER_US);
    ck_assert_uint_eq(report->survivor_hold_ns, 0); /* it stayed where it was */
    for (unsigned lpar = 1; lpar <= 3; lpar += 2) {
        ck_assert_uint_eq(status_of(&patent, lpar).boots, 1);
        ck_assert_uint_eq(status_of(&patent, lpar).uptime_ns, monitor_system_now(patent.system));
        ck_assert(hv_guest_verify(lpar_guest(monitor_system_lpar(patent.system, lpar)), NULL));
    }
    ck_assert_uint_eq(status_of(&patent, 1).ms_online_bytes, 384 * HV_MIB);
    ck_assert_uint_eq(status_of(&patent, 1).cpus_online, 3);
    ck_assert_uint_eq(status_of(&patent, 1).notified, 1);
    patent_end(&patent);
}
END_TEST

START_TEST(without_notify_the_guest_waits_for_its_operator)
{
    Patent patent = patent_running();
    g_autoptr(MonitorIntegReport) report = monitor_system_integ(patent.system, 2, 1, &nonotify, NULL);
    uint64_t changed_bytes = 0;

    ck_assert_ptr_nonnull(report);
    ck_assert_uint_eq(status_of(&patent, 1).ms_online_bytes, 256 * HV_MIB);
    ck_assert_uint_eq(status_of(&patent, 1).cpus_online, 2);
    ck_assert_ptr_null(monitor_dispatch_find(monitor_system_dispatch(patent.system), 1, 3));
    ck_assert(monitor_system_guest_storage(patent.system, 1, true, &changed_bytes, NULL));
    ck_assert_uint_eq(changed_bytes, 128 * HV_MIB);
    ck_assert(monitor_system_guest_cpu(patent.system, 1, 3, true, NULL));
    ck_assert_ptr_nonnull(monitor_dispatch_find(monitor_system_dispatch(patent.system), 1, 3));
    ck_assert_uint_eq(status_of(&patent, 1).cpus_online, 3);
    patent_end(&patent);
}
END_TEST

START_TEST(measured_shares_are_figure_4b)
{
    static const struct {
        unsigned lpar, lip, ip;
        double percent;
    } rows[] = {{1, 1, 1, 100}, {1, 2, 2, 100}, {1, 3, 3, 50}, {3, 1, 3, 50}, {3, 2, 4, 100}};
    Patent patent = patent_running();
    g_autoptr(MonitorIntegReport) report = monitor_system_integ(patent.system, 2, 1, &notify, NULL);

    ck_assert_ptr_nonnull(report);
    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        const MonitorTcb *tcb =
            monitor_dispatch_find(monitor_system_dispatch(patent.system), rows[i].lpar, rows[i].lip);
        MonitorLipAccount before = monitor_tcb_account(tcb);

        ck_assert_uint_eq(monitor_tcb_binding(tcb).ip, rows[i].ip);
        ck_assert(monitor_system_run(patent.system, 60 * HV_NS_PER_S, NULL));
        monitor_system_dispatch(patent.system);
        double got = 100.0 * (double)(monitor_tcb_account(tcb).running_ns - before.running_ns) / 60e9;

        ck_assert_double_eq_tol(got, rows[i].percent, 0.1);
    }
    patent_end(&patent);
}
END_TEST

/* --- Failures ------------------------------------------------------------------------------------------- */

static const char *const points_before_commit[] = {"201", "202", "203", "203.1", "203.commit"};
static const char *const points_behind_commit[] = {"204", "205", "206", "207", "208", "209"};

START_TEST(before_the_commit_point_everything_is_as_before)
{
    Patent patent = patent_running();
    g_autoptr(ResmgrState) before = resmgr_state_copy(monitor_system_state(patent.system));
    g_autoptr(GError) error = NULL;
    /* A stopped guest's bytes cannot change by themselves, so they can be compared. */
    bool retiring_runs = _i % 2 == 0;

    if (!retiring_runs)
        ck_assert(monitor_system_stop(patent.system, 2, NULL));
    g_autofree char *digest = hv_guest_digest(lpar_guest(monitor_system_lpar(patent.system, 2)));

    ck_assert(monitor_system_set_fault(patent.system, points_before_commit[_i / 2], NULL));
    ck_assert_ptr_null(monitor_system_integ(patent.system, 2, 1, &notify, &error));
    ck_assert(g_error_matches(error, MONITOR_ERROR, MONITOR_ERROR_STEP_FAILED));
    ck_assert(resmgr_state_equal(before, monitor_system_state(patent.system)));
    ck_assert_ptr_null(monitor_system_fault(patent.system));
    g_autofree char *digest_after = hv_guest_digest(lpar_guest(monitor_system_lpar(patent.system, 2)));

    ck_assert_str_eq(digest, digest_after);
    ck_assert_int_eq(
        lpar_run_state(monitor_system_lpar(patent.system, 2)), retiring_runs ? LPAR_OPERATING : LPAR_STOPPED);
    ck_assert(monitor_system_run(patent.system, HV_NS_PER_S, NULL));
    for (unsigned lpar = 1; lpar <= 3; lpar++) {
        ck_assert_uint_eq(status_of(&patent, lpar).boots, 1);
        ck_assert(hv_guest_verify(lpar_guest(monitor_system_lpar(patent.system, lpar)), NULL));
    }
    g_autoptr(MonitorIntegReport) again = monitor_system_integ(patent.system, 2, 1, &notify, NULL);

    ck_assert_ptr_nonnull(again);
    patent_end(&patent);
}
END_TEST

START_TEST(behind_the_commit_point_it_completes)
{
    Patent patent = patent_running();

    ck_assert(monitor_system_set_fault(patent.system, points_behind_commit[_i], NULL));
    g_autoptr(MonitorIntegReport) report = monitor_system_integ(patent.system, 2, 1, &notify, NULL);

    ck_assert_ptr_nonnull(report);
    ck_assert_uint_eq(ms_of(&patent, 1)->size_bytes, 384 * HV_MIB);
    ck_assert_uint_eq(status_of(&patent, 1).ms_online_bytes, 384 * HV_MIB);
    ck_assert_uint_eq(status_of(&patent, 1).cpus_online, 3);
    patent_end(&patent);
}
END_TEST

START_TEST(planning_changes_nothing_and_foretells_the_result)
{
    Patent patent = patent_running();
    g_autoptr(ResmgrState) before = resmgr_state_copy(monitor_system_state(patent.system));
    g_autofree char *digest = hv_trace_digest(monitor_system_trace(patent.system));
    g_autoptr(MonitorIntegReport) plan = monitor_system_integ_plan(patent.system, 2, 1, &notify, NULL);
    g_autofree char *digest_after = hv_trace_digest(monitor_system_trace(patent.system));

    ck_assert_str_eq(digest, digest_after);
    ck_assert(resmgr_state_equal(before, monitor_system_state(patent.system)));
    ck_assert_uint_eq(plan->elapsed_ns, 125 * HV_NS_PER_MS);
    g_autoptr(MonitorIntegReport) report = monitor_system_integ(patent.system, 2, 1, &notify, NULL);

    for (unsigned lpar = 1; lpar <= 3; lpar++)
        for (unsigned kind = 0; kind < RESMGR_STORAGE_KINDS; kind++)
            ck_assert_uint_eq(
                resmgr_state_lpar(plan->after, lpar)->areas[kind].origin_bytes,
                resmgr_state_lpar(report->after, lpar)->areas[kind].origin_bytes);
    patent_end(&patent);
}
END_TEST

START_TEST(refused_by_run_states_and_operands)
{
    static const struct {
        unsigned stop, deactivate, retiring, survivor;
        int code;
    } rows[] = {
        {0, 0, 2, 2, RESMGR_ERROR_SAME_LPAR},
        {0, 0, 9, 1, RESMGR_ERROR_UNKNOWN_LPAR},
        {0, 0, 2, 9, RESMGR_ERROR_UNKNOWN_LPAR},
        {1, 0, 2, 1, 305 /* LPAR_ERROR_NOT_OPERATING */},
        {0, 1, 2, 1, 301 /* LPAR_ERROR_NOT_ACTIVATED */},
        {0, 2, 2, 1, 301},
        {0, 0, 3, 2, RESMGR_ERROR_RESERVED},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        Patent patent = patent_running();
        g_autoptr(GError) error = NULL;

        if (rows[i].stop)
            ck_assert(monitor_system_stop(patent.system, rows[i].stop, NULL));
        if (rows[i].deactivate)
            ck_assert(monitor_system_deactivate(patent.system, rows[i].deactivate, NULL));
        ck_assert_ptr_null(
            monitor_system_integ(patent.system, rows[i].retiring, rows[i].survivor, &notify, &error));
        ck_assert_msg(error->code == rows[i].code, "row %u: %d %s", i, error->code, error->message);
        patent_end(&patent);
    }
}
END_TEST

typedef struct {
    unsigned steps;
    char last[8];
} Seen;

static void see_step(const MonitorIntegStep *step, void *data)
{
    Seen *seen = data;

    seen->steps++;
    g_strlcpy(seen->last, step->step, sizeof(seen->last));
}

START_TEST(steps_are_seen_as_they_happen_and_control_returns)
{
    Patent patent = patent_running();
    Seen seen = {0};
    const MonitorIntegOptions options = {.notify = true, .step = see_step, .data = &seen};
    g_autoptr(MonitorIntegReport) report = monitor_system_integ(patent.system, 2, 1, &options, NULL);
    const MonitorHolder svp = {.component = MONITOR_COMPONENT_SVP};

    ck_assert_uint_eq(seen.steps, report->steps->len);
    ck_assert_uint_eq(seen.steps, 11 /* check, 201, 202, the move and the commit of 203, 204 .. 209 */);
    ck_assert_str_eq(seen.last, "209");
    ck_assert(monitor_has_control(monitor_system_control(patent.system), svp));
    patent_end(&patent);
}
END_TEST

START_TEST(reserved_storage_is_declared_anew_for_a_second_integ)
{
    Patent patent = patent_running();
    g_autoptr(GError) error = NULL;
    g_autoptr(MonitorIntegReport) first = monitor_system_integ(patent.system, 2, 1, &notify, NULL);

    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_null(monitor_system_integ(patent.system, 3, 1, &notify, &error));
    ck_assert(g_error_matches(error, RESMGR_ERROR, RESMGR_ERROR_RESERVED));
    ck_assert(monitor_system_declare_reserved(patent.system, 1, RESMGR_MS, 256 * HV_MIB, NULL));
    ck_assert_uint_eq(ms_of(&patent, 1)->reserved_bytes, 0); /* not before the guest is loaded again */
    ck_assert(monitor_system_load(patent.system, 1, NULL));
    ck_assert_uint_eq(ms_of(&patent, 1)->reserved_bytes, 256 * HV_MIB);
    g_autoptr(MonitorIntegReport) second = monitor_system_integ(patent.system, 3, 1, &notify, NULL);

    ck_assert_ptr_nonnull(second);
    ck_assert_uint_eq(ms_of(&patent, 1)->size_bytes, 640 * HV_MIB);
    patent_end(&patent);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("integ");
    TCase *tcase = tcase_create("patent");

    tcase_add_test(tcase, figures_3b_and_4b);
    tcase_add_test(tcase, nobody_is_restarted_and_nothing_is_lost);
    tcase_add_test(tcase, without_notify_the_guest_waits_for_its_operator);
    tcase_add_test(tcase, measured_shares_are_figure_4b);
    tcase_add_loop_test(
        tcase, before_the_commit_point_everything_is_as_before, 0,
        2 * (int)G_N_ELEMENTS(points_before_commit));
    tcase_add_loop_test(
        tcase, behind_the_commit_point_it_completes, 0, (int)G_N_ELEMENTS(points_behind_commit));
    tcase_add_test(tcase, planning_changes_nothing_and_foretells_the_result);
    tcase_add_test(tcase, refused_by_run_states_and_operands);
    tcase_add_test(tcase, steps_are_seen_as_they_happen_and_control_returns);
    tcase_add_test(tcase, reserved_storage_is_declared_anew_for_a_second_integ);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
