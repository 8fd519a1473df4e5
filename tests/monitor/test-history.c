/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Samples and their history: intervals add up to the whole, recording changes nothing, and a long run takes no more memory
 * than a short one.
 */
#include "monitor/error.h"
#include "monitor/history.h"
#include "tests/resmgr/patent-definition.h"

#include <check.h>
#include <stdlib.h>

#define S      HV_NS_PER_S
#define MINUTE (60 * HV_NS_PER_S)

typedef struct {
    ResmgrDefinition *definition;
    MonitorSystem *system;
} Patent;

/* The patent's machine, its guests busy, LPAR3's for 30 % only. */
static Patent patent_on(void)
{
    Patent patent = {.definition = patent_definition_new()};

    for (unsigned i = 0; i < patent.definition->lpars->len; i++) {
        ResmgrLparDef *lpar = g_ptr_array_index(patent.definition->lpars, i);

        lpar->workload.cpu = i == 2 ? HV_WORKLOAD_CPU_DEMAND : HV_WORKLOAD_CPU_BUSY;
        lpar->workload.demand_bp = 3000;
        lpar->workload.period_ns = 100 * HV_NS_PER_MS;
    }
    patent.system = monitor_system_new(patent.definition, 1);
    return patent;
}

static void power_on(Patent *patent)
{
    ck_assert(monitor_system_power_on(patent->system, NULL));
}

static void patent_end(Patent *patent)
{
    monitor_system_free(patent->system);
    resmgr_definition_free(patent->definition);
}

static void run(Patent *patent, HvTime duration_ns)
{
    ck_assert(monitor_system_run(patent->system, duration_ns, NULL));
}

static void integ(Patent *patent)
{
    const MonitorIntegOptions options = {.notify = true};
    MonitorIntegReport *report = monitor_system_integ(patent->system, 2, 1, &options, NULL);

    ck_assert_ptr_nonnull(report);
    monitor_integ_report_free(report);
}

static const MonitorSample *at(const GPtrArray *intervals, unsigned i)
{
    ck_assert_uint_lt(i, intervals->len);
    return g_ptr_array_index(intervals, i);
}

static HvTime running(const MonitorSample *sample, unsigned lpar, unsigned lip)
{
    const MonitorLipUsage *usage = monitor_usage_lip(sample->usage, lpar, lip);

    return usage ? usage->account.running_ns : 0;
}

/* --- Intervals ------------------------------------------------------------------------------------------ */

/* Of each LIP and IP, and each cell of the matrix: the sum over the intervals is that of the whole. */
static void check_sum(const GPtrArray *intervals, const MonitorSample *whole)
{
    HvTime sum_ns = 0;

    for (unsigned i = 0; i < intervals->len; i++)
        sum_ns += at(intervals, i)->interval_ns;
    ck_assert_uint_eq(sum_ns, whole->interval_ns);
    for (unsigned n = 0; n < whole->usage->lips->len; n++) {
        const MonitorLipUsage *lip = &g_array_index(whole->usage->lips, MonitorLipUsage, n);
        MonitorLipAccount sum = {0};

        for (unsigned i = 0; i < intervals->len; i++) {
            const MonitorLipUsage *part = monitor_usage_lip(at(intervals, i)->usage, lip->lpar, lip->lip);

            sum.running_ns += part ? part->account.running_ns : 0;
            sum.online_ns += part ? part->account.online_ns : 0;
            sum.dispatches += part ? part->account.dispatches : 0;
        }
        ck_assert_uint_eq(sum.running_ns, lip->account.running_ns);
        ck_assert_uint_eq(sum.online_ns, lip->account.online_ns);
        ck_assert_uint_eq(sum.dispatches, lip->account.dispatches);
    }
    for (unsigned n = 0; n < whole->usage->matrix_ns->len; n++) {
        HvTime cell_ns = 0;

        for (unsigned i = 0; i < intervals->len; i++)
            cell_ns += g_array_index(at(intervals, i)->usage->matrix_ns, HvTime, n);
        ck_assert_uint_eq(cell_ns, g_array_index(whole->usage->matrix_ns, HvTime, n));
    }
}

/* 7.5 min, an INTEG in the sixth: seven intervals of a minute and one of half a minute. */
START_TEST(intervals_add_up)
{
    Patent patent = patent_on();

    monitor_system_record(patent.system, MINUTE);
    power_on(&patent);
    run(&patent, 5 * MINUTE + 10 * S);
    integ(&patent);
    run(&patent, 7 * MINUTE + 30 * S - monitor_system_now(patent.system));
    g_autoptr(GPtrArray) minutes = monitor_system_intervals(patent.system, MINUTE, NULL);
    g_autoptr(GPtrArray) thirds = monitor_system_intervals(patent.system, 3 * MINUTE, NULL);
    g_autoptr(MonitorSample) whole = monitor_system_whole(patent.system);

    ck_assert_uint_eq(minutes->len, 8);
    ck_assert_uint_eq(thirds->len, 3);
    ck_assert_uint_eq(whole->interval_ns, 7 * MINUTE + 30 * S);
    check_sum(minutes, whole);
    check_sum(thirds, whole);
    for (unsigned i = 0; i < 7; i++) {
        ck_assert_uint_eq(at(minutes, i)->interval_ns, MINUTE);
        ck_assert_uint_eq(at(minutes, i)->at_ns, (i + 1) * MINUTE);
    }
    ck_assert_uint_eq(at(minutes, 7)->interval_ns, 30 * S);
    /* LIP 2 of LPAR1 has half of IP 2, and from the INTEG on all of it; LPAR2 was on the other half. */
    ck_assert_uint_eq(running(at(minutes, 0), 1, 2), 30 * S);
    ck_assert_uint_eq(running(at(minutes, 6), 1, 2), 60 * S);
    ck_assert_uint_eq(running(at(minutes, 0), 2, 1), 30 * S);
    ck_assert_uint_eq(running(at(minutes, 6), 2, 1), 0);
    ck_assert_int_eq(monitor_sample_lpar(at(minutes, 0), 2)->status, LPAR_OPERATING);
    ck_assert_int_eq(monitor_sample_lpar(at(minutes, 7), 2)->status, LPAR_RETIRED);
    patent_end(&patent);
}
END_TEST

START_TEST(other_intervals_are_refused)
{
    static const HvTime refused_ns[] = {0, 30 * S, 90 * S, MINUTE + 1};
    Patent patent = patent_on();

    monitor_system_record(patent.system, MINUTE);
    power_on(&patent);
    run(&patent, 5 * MINUTE);
    for (unsigned i = 0; i < G_N_ELEMENTS(refused_ns); i++) {
        g_autoptr(GError) error = NULL;

        ck_assert_ptr_null(monitor_system_intervals(patent.system, refused_ns[i], &error));
        ck_assert(g_error_matches(error, MONITOR_ERROR, MONITOR_ERROR_INTERVAL));
        ck_assert_ptr_nonnull(strstr(error->message, "Give 1m or a multiple of it"));
    }
    patent_end(&patent);
}
END_TEST

/* --- Beginning anew ------------------------------------------------------------------------------------- */

/* A reset at 90 s forgets what was before; the grid begins there. */
START_TEST(a_reset_begins_anew)
{
    Patent patent = patent_on();

    monitor_system_record(patent.system, MINUTE);
    power_on(&patent);
    run(&patent, 90 * S);
    monitor_system_usage_reset(patent.system);
    run(&patent, 2 * MINUTE + 1 * S);
    g_autoptr(GPtrArray) minutes = monitor_system_intervals(patent.system, MINUTE, NULL);
    g_autoptr(MonitorSample) whole = monitor_system_whole(patent.system);
    g_autoptr(MonitorUsage) usage = monitor_system_usage(patent.system);

    ck_assert_uint_eq(minutes->len, 3);
    ck_assert_uint_eq(at(minutes, 0)->at_ns, 150 * S);
    ck_assert_uint_eq(at(minutes, 2)->interval_ns, S);
    check_sum(minutes, whole);
    ck_assert_uint_eq(whole->interval_ns, usage->interval_ns);
    ck_assert_uint_eq(running(whole, 1, 1), 121 * S);
    patent_end(&patent);
}
END_TEST

/* 1 min intervals for 150 s, then 20 s ones for 50 s: one interval of 150 s, two of 20 s, one of 10 s. */
START_TEST(a_new_interval_keeps_what_was)
{
    Patent patent = patent_on();

    monitor_system_record(patent.system, MINUTE);
    power_on(&patent);
    run(&patent, 150 * S);
    monitor_system_record(patent.system, 20 * S);
    run(&patent, 50 * S);
    g_autoptr(GPtrArray) parts = monitor_system_intervals(patent.system, 20 * S, NULL);
    g_autoptr(MonitorSample) whole = monitor_system_whole(patent.system);

    ck_assert_uint_eq(parts->len, 4);
    ck_assert_uint_eq(at(parts, 0)->interval_ns, 150 * S);
    ck_assert_uint_eq(at(parts, 1)->interval_ns, 20 * S);
    ck_assert_uint_eq(at(parts, 3)->interval_ns, 10 * S);
    check_sum(parts, whole);
    patent_end(&patent);
}
END_TEST

/* --- Bounds, and that nobody notices ---------------------------------------------------------------------- */

/* 10000 intervals of a second: 512 fill the array, so 2, 4, 8, 16 and then 32 s are kept: 312 of them. */
START_TEST(a_long_run_is_thinned_out)
{
    Patent patent = patent_on();

    monitor_system_record(patent.system, S);
    power_on(&patent);
    run(&patent, 10000 * S);
    const MonitorHistory *history = monitor_system_history(patent.system);

    ck_assert_uint_eq(monitor_history_interval_ns(history), 32 * S);
    ck_assert_uint_eq(monitor_history_length(history), 312);
    g_autoptr(GPtrArray) parts = monitor_system_intervals(patent.system, 32 * S, NULL);
    g_autoptr(MonitorSample) whole = monitor_system_whole(patent.system);

    ck_assert_uint_eq(parts->len, 313);
    ck_assert_uint_eq(at(parts, 312)->interval_ns, 16 * S);
    for (unsigned i = 0; i < 312; i++)
        ck_assert_uint_eq(at(parts, i)->at_ns, (i + 1) * 32 * S);
    check_sum(parts, whole);
    patent_end(&patent);
}
END_TEST

static char *digest_of(HvTime interval_ns)
{
    Patent patent = patent_on();

    if (interval_ns > 0)
        monitor_system_record(patent.system, interval_ns);
    power_on(&patent);
    run(&patent, 13 * S);
    integ(&patent);
    run(&patent, 7 * S);
    g_autoptr(MonitorUsage) usage = monitor_system_usage(patent.system);
    g_autofree char *trace = hv_trace_digest(monitor_system_trace(patent.system));
    g_autofree char *guest = hv_guest_digest(lpar_guest(monitor_system_lpar(patent.system, 1)));
    GString *text = g_string_new(trace);

    g_string_append_printf(text, " %s", guest);
    for (unsigned i = 0; i < usage->lips->len; i++) {
        const MonitorLipUsage *lip = &g_array_index(usage->lips, MonitorLipUsage, i);

        g_string_append_printf(
            text, " %u.%u:%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT, lip->lpar, lip->lip,
            lip->account.running_ns, lip->account.dispatches);
    }
    patent_end(&patent);
    return g_string_free(text, FALSE);
}

/* With samples at odd moments (7 ms falls into slices and into the INTEG) everything is as without. */
START_TEST(recording_changes_nothing)
{
    g_autofree char *without = digest_of(0), *often = digest_of(7 * HV_NS_PER_MS + 1),
                    *seldom = digest_of(MINUTE);

    ck_assert_str_eq(often, without);
    ck_assert_str_eq(seldom, without);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("monitor/history");
    TCase *cases = tcase_create("history");

    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, intervals_add_up);
    tcase_add_test(cases, other_intervals_are_refused);
    tcase_add_test(cases, a_reset_begins_anew);
    tcase_add_test(cases, a_new_interval_keeps_what_was);
    tcase_add_test(cases, a_long_run_is_thinned_out);
    tcase_add_test(cases, recording_changes_nothing);
    suite_add_tcase(suite, cases);

    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
