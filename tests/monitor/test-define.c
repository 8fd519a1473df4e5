/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * LPARs that come while the machine runs: a copy beside its original, that goes on by itself, is in the image of the machine, and goes again.
 *
 * The machine has four IPs in a pool and IP 5 for shares, so copies find room; what is refused changes nothing.
 */
#include "hv/error.h"
#include "monitor/capture.h"
#include "monitor/error.h"
#include "monitor/history.h"
#include "monitor/image.h"
#include "resmgr/define.h"
#include "tests/resmgr/machine-builder.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define MS HV_NS_PER_MS

static ResmgrDefinition *build(void)
{
    ResmgrDefinition *definition = build_machine(/* n_ips= */ 5, /* ms_mib= */ 64, /* es_mib= */ 16, 3);
    ResmgrLparDef *first = build_lpar(definition, 1, BUILD_FIRST_FIT, 8, 0);
    ResmgrLparDef *second = build_lpar(definition, 3, BUILD_FIRST_FIT, 8, 8);

    build_weight(first, HV_IP_CP, 100, 2);
    build_es(first, BUILD_FIRST_FIT, 2);
    build_share(second, 5, 60);
    build_chp(second, 0);
    first->workload.cpu = HV_WORKLOAD_CPU_DEMAND;
    first->workload.demand_bp = 4000;
    first->workload.period_ns = 30 * MS;
    first->workload.write_rate = HV_MIB;
    first->lips_min = 1;
    definition->machine->msu_per_ip_hundredths = 10000;
    first->defined_msu_hundredths = 100;
    return definition;
}

static MonitorSystem *power_on(const ResmgrDefinition *definition)
{
    MonitorSystem *system = monitor_system_new(definition, 7);

    monitor_system_record(system, 100 * MS);
    ck_assert(monitor_system_power_on(system, NULL));
    return system;
}

static void expect(GError **error, const char *says)
{
    ck_assert(g_error_matches(*error, MONITOR_ERROR, MONITOR_ERROR_DEFINE));
    ck_assert_msg(strstr((*error)->message, says) != NULL, "%s", (*error)->message);
    g_clear_error(error);
}

static ResmgrLparDef *copy_of(MonitorSystem *system, unsigned lpar, const char *name, unsigned number)
{
    g_autofree char *text = g_strdup_printf("%u", lpar);

    return resmgr_lpar_def_copy(
        resmgr_definition_find(monitor_system_definition(system), text), name, number);
}

static void run(MonitorSystem *system, HvTime duration_ns)
{
    ck_assert(monitor_system_run(system, duration_ns, NULL));
}

/* LPAR1 as it is now, once more. */
static void clone_first(MonitorSystem *system, const char *name, unsigned number)
{
    GError *error = NULL;
    g_autoptr(MonitorCapture) captured = monitor_system_capture(system, 1, NULL);
    bool defined = monitor_system_define(system, copy_of(system, 1, name, number), &error);

    ck_assert_msg(defined, "%s", error ? error->message : "");
    number = resmgr_state_find(monitor_system_state(system), name, NULL)->number;
    bool installed = monitor_system_install(system, number, captured, &error);

    ck_assert_msg(installed, "%s", error ? error->message : "");
}

static HvGuest *guest_of(MonitorSystem *system, unsigned lpar)
{
    return lpar_guest(monitor_system_lpar(system, lpar));
}

static void ck_same_guests(MonitorSystem *a, unsigned x, MonitorSystem *b, unsigned y)
{
    g_autofree char *d = hv_guest_digest(guest_of(a, x)), *e = hv_guest_digest(guest_of(b, y));

    ck_assert_str_eq(d, e);
    ck_assert_uint_eq(
        hv_guest_status(guest_of(a, x)).written_bytes, hv_guest_status(guest_of(b, y)).written_bytes);
    ck_assert(hv_guest_verify(guest_of(a, x), NULL) && hv_guest_verify(guest_of(b, y), NULL));
}

START_TEST(a_copy_goes_on_beside_its_original)
{
    g_autoptr(ResmgrDefinition) definition = build();
    g_autoptr(MonitorSystem) through = power_on(definition);
    g_autoptr(MonitorSystem) system = power_on(definition);

    run(through, 500 * MS);
    run(system, 500 * MS);
    clone_first(system, "COPY", 9);
    ck_assert_uint_eq(definition->lpars->len, 2);
    ck_assert_uint_eq(monitor_system_definition(system)->lpars->len, 3);
    for (unsigned i = 0; i < 5; i++) {
        run(through, 100 * MS);
        run(system, 100 * MS);
        ck_same_guests(through, 1, system, 1);
        ck_same_guests(system, 1, system, 9);
    }
    g_autoptr(MonitorUsage) usage = monitor_system_usage(system);

    ck_assert_uint_ge(usage->max_lpar, 9);
    ck_assert_ptr_nonnull(monitor_usage_lip(usage, 9, 1));
    ck_assert_uint_eq(monitor_usage_bound(usage, 9, MONITOR_BOUND_NONE), usage->interval_ns);
    ck_assert(monitor_system_load(system, 9, NULL));
    run(system, 100 * MS);
    ck_assert(hv_guest_verify(guest_of(system, 9), NULL));
}
END_TEST

/* Numbers are given from the lowest; all that use the definition beside it do not notice. */
START_TEST(numbers_are_given)
{
    g_autoptr(ResmgrDefinition) definition = build();
    g_autoptr(MonitorSystem) system = power_on(definition);
    GError *error = NULL;

    for (unsigned n = 0; n < 253; n++) {
        g_autofree char *name = g_strdup_printf("C%u", n);

        ck_assert(monitor_system_define(system, copy_of(system, 1, name, 0), NULL));
    }
    ck_assert_uint_eq(resmgr_state_find(monitor_system_state(system), "C0", NULL)->number, 2);
    ck_assert_uint_eq(resmgr_state_find(monitor_system_state(system), "C1", NULL)->number, 4);
    run(system, 400 * MS);
    ck_assert(!monitor_system_define(system, copy_of(system, 1, "LAST", 0), &error));
    expect(&error, "all 255 numbers are taken");
    ck_assert(monitor_system_undefine(system, 77, NULL));
    ck_assert(monitor_system_define(system, copy_of(system, 1, "LAST", 0), NULL));
    ck_assert_uint_eq(resmgr_state_find(monitor_system_state(system), "LAST", NULL)->number, 77);
}
END_TEST

START_TEST(what_does_not_fit_is_refused)
{
    g_autoptr(ResmgrDefinition) definition = build();
    g_autoptr(MonitorSystem) system = power_on(definition);
    g_autoptr(ResmgrState) before = resmgr_state_copy(monitor_system_state(system));
    GError *error = NULL;
    ResmgrLparDef *def;

    ck_assert(!monitor_system_define(system, copy_of(system, 1, "lpar3", 9), &error));
    expect(&error, "there is an LPAR LPAR3 with number 3 already");
    ck_assert(!monitor_system_define(system, copy_of(system, 1, "NEW", 3), &error));
    expect(&error, "number 3");
    ck_assert(!monitor_system_define(system, copy_of(system, 1, "12", 9), &error));
    expect(&error, "\"12\" is not an LPAR name");
    def = copy_of(system, 1, "NEW", 9);
    def->ms.size_bytes += 4096;
    ck_assert(!monitor_system_define(system, def, &error));
    expect(&error, "increment");
    def = copy_of(system, 1, "NEW", 9);
    def->ms.size_bytes = HV_GIB;
    ck_assert(!monitor_system_define(system, def, &error));
    expect(&error, "more than all the machine's MS");
    def = copy_of(system, 3, "NEW", 9);
    g_array_index(def->ip_shares, ResmgrIpShare, 0).ip = 1;
    ck_assert(!monitor_system_define(system, def, &error));
    expect(&error, "IP 1 is not divided by shares");
    def = copy_of(system, 1, "NEW", 9);
    def->n_lips = 5;
    ck_assert(!monitor_system_define(system, def, &error));
    expect(&error, "5 LIPs are not possible");
    def = copy_of(system, 1, "NEW", 9);
    def->ip_type = HV_IP_IFL;
    ck_assert(!monitor_system_define(system, def, &error));
    expect(&error, "pool of type IFL");
    def = copy_of(system, 1, "NEW", 9);
    def->dedicated = true;
    ck_assert(!monitor_system_define(system, def, &error));
    expect(&error, "dedicated when the machine is powered on");
    ck_assert(resmgr_state_equal(before, monitor_system_state(system)));
}
END_TEST

START_TEST(taken_away_again)
{
    g_autoptr(ResmgrDefinition) definition = build();
    g_autoptr(MonitorSystem) system = power_on(definition);
    GError *error = NULL;

    run(system, 200 * MS);
    monitor_system_usage_reset(system);
    clone_first(system, "COPY", 9);
    run(system, 500 * MS);
    ck_assert(!monitor_system_undefine(system, 9, &error));
    expect(&error, "COPY cannot be taken away: COPY has resources");
    ck_assert(monitor_system_deactivate(system, 9, NULL));
    run(system, 300 * MS);
    ck_assert(monitor_system_undefine(system, 9, NULL));
    monitor_system_check(system);
    ck_assert_ptr_null(monitor_system_lpar(system, 9));
    ck_assert_ptr_null(resmgr_state_lpar(monitor_system_state(system), 9));
    run(system, 300 * MS);

    /* What it used is nobody's, and the IPs' accounts still add up. */
    g_autoptr(MonitorUsage) usage = monitor_system_usage(system);

    ck_assert_ptr_null(monitor_usage_lip(usage, 9, 1));
    for (unsigned ip = 1; ip <= 5; ip++) {
        const MonitorIpAccount *account = &g_array_index(usage->ips, MonitorIpAccount, ip - 1);
        HvTime sum_ns = 0;

        for (unsigned lpar = 0; lpar <= usage->max_lpar; lpar++)
            sum_ns += monitor_usage_matrix(usage, lpar, ip);
        ck_assert_uint_eq(sum_ns, account->busy_ns + account->management_ns);
        ck_assert_uint_eq(monitor_usage_matrix(usage, 9, ip), 0);
    }
    g_autoptr(GPtrArray) intervals = monitor_system_intervals(system, 100 * MS, NULL);

    ck_assert_uint_gt(intervals->len, 5);
    /* And the number and the name can be had once more. */
    clone_first(system, "COPY", 9);
    run(system, 300 * MS);
    ck_same_guests(system, 1, system, 9);
}
END_TEST

START_TEST(others_stay)
{
    g_autoptr(ResmgrDefinition) definition = build();
    g_autoptr(MonitorSystem) system = power_on(definition);
    const MonitorIntegOptions options = {.force = true};
    GError *error = NULL;

    ck_assert(!monitor_system_undefine(system, 8, &error));
    expect(&error, "LPAR 8 is not defined");
    ck_assert(monitor_system_deactivate(system, 1, NULL));
    ck_assert(!monitor_system_undefine(system, 1, &error));
    expect(&error, "the machine file defines it");
    ck_assert(monitor_system_activate(system, 1, NULL) && monitor_system_load(system, 1, NULL));
    clone_first(system, "COPY", 9);
    g_autoptr(MonitorIntegReport) report = monitor_system_integ(system, 9, 3, &options, &error);

    ck_assert_msg(report != NULL, "%s", error ? error->message : "");
    ck_assert(!monitor_system_undefine(system, 9, &error));
    expect(&error, "COPY");
}
END_TEST

/* The image brings along what the machine file does not know. */
START_TEST(is_part_of_the_image)
{
    g_autoptr(ResmgrDefinition) definition = build();
    g_autoptr(MonitorSystem) system = power_on(definition);

    run(system, 200 * MS);
    clone_first(system, "COPY", 9);
    ck_assert(monitor_system_define(system, copy_of(system, 3, "GONE", 200), NULL));
    ck_assert(monitor_system_define(system, copy_of(system, 3, "SHARE", 20), NULL));
    ck_assert(monitor_system_undefine(system, 200, NULL));
    run(system, 20000 * MS);
    g_autoptr(GBytes) image = monitor_system_image(system);
    g_autoptr(MonitorSystem) read = monitor_system_new(definition, 7);

    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++) {
        g_autoptr(HvStorageSnapshot) content = monitor_system_content(system, k);

        monitor_system_put_content(read, k, content);
    }
    GError *error = NULL;
    bool ok = monitor_system_read_image(read, image, &error);

    ck_assert_msg(ok, "%s", error ? error->message : "");
    for (unsigned i = 0; i < 4; i++) {
        run(system, 7000 * MS);
        run(read, 7000 * MS);
        g_autofree char *d = hv_trace_digest(monitor_system_trace(system));
        g_autofree char *e = hv_trace_digest(monitor_system_trace(read));

        ck_assert_str_eq(d, e);
        ck_assert(resmgr_state_equal(monitor_system_state(system), monitor_system_state(read)));
        ck_same_guests(system, 1, read, 1);
        ck_same_guests(system, 9, read, 9);
    }
    const ResmgrLparDef *def = resmgr_definition_find(monitor_system_definition(read), "SHARE");

    ck_assert_uint_eq(def->number, 20);
    ck_assert_uint_eq(g_array_index(def->ip_shares, ResmgrIpShare, 0).share_bp, 6000);
    ck_assert_uint_eq(def->channels->len, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("monitor/define");
    TCase *tcase = tcase_create("define");

    tcase_add_test(tcase, a_copy_goes_on_beside_its_original);
    tcase_add_test(tcase, numbers_are_given);
    tcase_add_test(tcase, what_does_not_fit_is_refused);
    tcase_add_test(tcase, taken_away_again);
    tcase_add_test(tcase, others_stay);
    tcase_add_test(tcase, is_part_of_the_image);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
