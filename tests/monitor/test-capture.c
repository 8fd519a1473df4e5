/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Capturing one LPAR, and putting it back: in its own place, in another, under another number.
 *
 * The room has three IPs, one for each LPAR, so an LPAR that was put back does the same as one that was never taken away: its guest is
 * compared with that of a twin machine in which nothing has been. What is random is printed with a failure as the number of the loop.
 */
#include "hv/error.h"
#include "monitor/capture.h"
#include "monitor/error.h"
#include "tests/resmgr/machine-builder.h"
#include "tests/sim/random-machine.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define MS HV_NS_PER_MS

/* LPAR1 computes, writes, and does I/O; LPAR2 is as large as it and idle; LPAR3 is smaller. Each has an IP. */
static ResmgrDefinition *three_lpars(void)
{
    ResmgrDefinition *definition = build_machine(/* n_ips= */ 3, /* ms_mib= */ 64, /* es_mib= */ 16, 3);
    static const unsigned sizes_mib[] = {8, 8, 4};

    for (unsigned i = 1; i <= 3; i++) {
        ResmgrLparDef *lpar = build_lpar(definition, i, BUILD_FIRST_FIT, sizes_mib[i - 1], i == 1 ? 8 : 0);

        build_share(lpar, i, 100);
        build_chp(lpar, (uint8_t)(i - 1));
        build_es(lpar, BUILD_FIRST_FIT, 2);
    }
    ResmgrLparDef *first = g_ptr_array_index(definition->lpars, 0);

    build_device(definition, "DISK1", 0x100, 0);
    first->workload.cpu = HV_WORKLOAD_CPU_DEMAND;
    first->workload.demand_bp = 4000;
    first->workload.period_ns = 30 * MS;
    first->workload.write_rate = HV_MIB;
    return definition;
}

static MonitorSystem *power_on(const ResmgrDefinition *definition)
{
    MonitorSystem *system = monitor_system_new(definition, 7);

    ck_assert(monitor_system_power_on(system, NULL));
    return system;
}

static void expect(GError **error, GQuark domain, int code, const char *says)
{
    ck_assert(g_error_matches(*error, domain, code));
    ck_assert_msg(strstr((*error)->message, says) != NULL, "%s", (*error)->message);
    g_clear_error(error);
}

static MonitorCapture *capture(MonitorSystem *system, unsigned lpar)
{
    GError *error = NULL;
    MonitorCapture *captured = monitor_system_capture(system, lpar, &error);

    ck_assert_msg(captured != NULL, "%s", error ? error->message : "");
    return captured;
}

static void run(MonitorSystem *system, HvTime duration_ns)
{
    ck_assert(monitor_system_run(system, duration_ns, NULL));
}

static HvGuest *guest_of(MonitorSystem *system, unsigned lpar)
{
    return lpar_guest(monitor_system_lpar(system, lpar));
}

static void ck_verifies(MonitorSystem *system, unsigned lpar)
{
    GError *error = NULL;

    ck_assert_msg(hv_guest_verify(guest_of(system, lpar), &error), "%s", error ? error->message : "");
}

/* The guests are as far as each other: by their clocks, writes, processor time and bytes. */
static void ck_same_guest(MonitorSystem *a, unsigned lpar_a, MonitorSystem *b, unsigned lpar_b)
{
    HvGuestStatus x = hv_guest_status(guest_of(a, lpar_a)), y = hv_guest_status(guest_of(b, lpar_b));
    g_autofree char *d = hv_guest_digest(guest_of(a, lpar_a)), *e = hv_guest_digest(guest_of(b, lpar_b));

    ck_assert_uint_eq(x.boots, y.boots);
    ck_assert_uint_eq(x.written_bytes, y.written_bytes);
    ck_assert_uint_eq(x.uptime_ns, y.uptime_ns);
    ck_assert_uint_eq(x.cpus_online, y.cpus_online);
    ck_assert_uint_eq(x.ms_online_bytes, y.ms_online_bytes);
    ck_assert_uint_eq(x.es_online_bytes, y.es_online_bytes);
    ck_assert_str_eq(d, e);
    ck_verifies(a, lpar_a);
    ck_verifies(b, lpar_b);
}

static HvTime used_by(MonitorSystem *system, unsigned lpar)
{
    return monitor_dispatch_matrix_ns(monitor_system_dispatch(system), lpar, lpar);
}

/* --- Taking --------------------------------------------------------------------------------------------- */

START_TEST(nobody_notices)
{
    HvRng rng;

    hv_rng_init(&rng, (uint64_t)_i, "test-capture");
    g_autoptr(ResmgrDefinition) definition = random_machine(&rng);
    g_autoptr(MonitorSystem) through = power_on(definition);
    g_autoptr(MonitorSystem) captured = power_on(definition);

    for (unsigned i = 0; i < 20; i++) {
        HvTime pause_ns = hv_rng_below(&rng, 100 * MS);
        const ResmgrLparDef *def =
            g_ptr_array_index(definition->lpars, hv_rng_below(&rng, definition->lpars->len));
        g_autoptr(MonitorCapture) one = capture(captured, def->number);

        ck_assert_uint_eq(one->at_ns, monitor_system_now(captured));
        run(through, pause_ns);
        run(captured, pause_ns);
    }
    g_autofree char *d = hv_trace_digest(monitor_system_trace(through));
    g_autofree char *e = hv_trace_digest(monitor_system_trace(captured));

    ck_assert_str_eq(d, e);
    for (unsigned i = 0; i < definition->lpars->len; i++) {
        unsigned number = ((const ResmgrLparDef *)g_ptr_array_index(definition->lpars, i))->number;

        ck_same_guest(through, number, captured, number);
    }
}
END_TEST

/* The capture stays as it was while the LPAR runs on and writes. */
START_TEST(is_of_its_moment)
{
    g_autoptr(ResmgrDefinition) definition = three_lpars();
    g_autoptr(MonitorSystem) system = power_on(definition);

    run(system, 700 * MS);
    g_autoptr(MonitorCapture) early = capture(system, 1);
    g_autoptr(MonitorCapture) same = capture(system, 1);

    run(system, 700 * MS);
    g_autoptr(MonitorCapture) late = capture(system, 1);

    ck_assert_str_eq(monitor_capture_digest(early), monitor_capture_digest(same));
    ck_assert_str_ne(monitor_capture_digest(early), monitor_capture_digest(late));
    ck_assert_str_eq(early->name, "LPAR1");
    ck_assert(hv_chp_map_has(early->chps_owned, 0) && !hv_chp_map_has(early->chps_owned, 1));
    ck_assert_uint_eq(early->books->areas[RESMGR_MS].size_bytes, 8 * HV_MIB);
    ck_assert_int_eq(early->state, LPAR_OPERATING);
}
END_TEST

START_TEST(what_has_nothing_is_refused)
{
    g_autoptr(ResmgrDefinition) definition = three_lpars();
    g_autoptr(MonitorSystem) system = power_on(definition);
    const MonitorIntegOptions options = {.force = true};
    GError *error = NULL;

    ck_assert(monitor_system_deactivate(system, 2, NULL));
    ck_assert_ptr_null(monitor_system_capture(system, 2, &error));
    expect(&error, MONITOR_ERROR, MONITOR_ERROR_CAPTURE, "LPAR2 cannot be saved: it has no resources");
    ck_assert_ptr_null(monitor_system_capture(system, 9, &error));
    expect(&error, MONITOR_ERROR, MONITOR_ERROR_CAPTURE, "LPAR 9 is not defined");
    g_autoptr(MonitorIntegReport) report = monitor_system_integ(system, 3, 1, &options, NULL);

    ck_assert_ptr_nonnull(report);
    ck_assert_ptr_null(monitor_system_capture(system, 3, &error));
    expect(&error, MONITOR_ERROR, MONITOR_ERROR_CAPTURE, "retired");
}
END_TEST

/* Activated and not loaded, and not even activated: books and content, and no state. */
START_TEST(what_is_not_loaded_has_no_image)
{
    g_autoptr(ResmgrDefinition) definition = three_lpars();
    g_autoptr(MonitorSystem) system = monitor_system_new(definition, 7);
    g_autoptr(MonitorCapture) off = capture(system, 1);

    ck_assert(monitor_system_activate(system, 2, NULL));
    g_autoptr(MonitorCapture) activated = capture(system, 2);

    ck_assert_int_eq(off->state, LPAR_NOT_ACTIVATED);
    ck_assert(!off->image && !off->content[RESMGR_MS] && !monitor_capture_digest(off));
    ck_assert_int_eq(activated->state, LPAR_NOT_OPERATING);
    ck_assert(!activated->image && activated->content[RESMGR_MS]);
}
END_TEST

/* --- Putting back --------------------------------------------------------------------------------------- */

START_TEST(goes_on_where_it_was)
{
    g_autoptr(ResmgrDefinition) definition = three_lpars();
    g_autoptr(MonitorSystem) through = power_on(definition);
    g_autoptr(MonitorSystem) system = power_on(definition);
    HvTime at_ns = 1 + (HvTime)_i * 37 * MS;

    run(through, at_ns);
    run(system, at_ns);
    g_autoptr(MonitorCapture) captured = capture(system, 1);

    ck_assert(monitor_system_deactivate(system, 1, NULL));
    ck_assert(monitor_system_install(system, 1, captured, NULL));
    ck_same_guest(through, 1, system, 1);
    for (unsigned i = 0; i < 5; i++) {
        run(through, 213 * MS);
        run(system, 213 * MS);
        ck_same_guest(through, 1, system, 1);
        ck_assert_uint_eq(used_by(through, 1), used_by(system, 1));
    }
}
END_TEST

/* It is put back later: it goes on from where it was then. */
START_TEST(goes_on_later)
{
    g_autoptr(ResmgrDefinition) definition = three_lpars();
    g_autoptr(MonitorSystem) system = power_on(definition);

    run(system, 500 * MS);
    g_autoptr(MonitorCapture) captured = capture(system, 1);
    HvGuestStatus then = hv_guest_status(guest_of(system, 1));
    g_autofree char *digest = hv_guest_digest(guest_of(system, 1));

    run(system, 2000 * MS);
    ck_assert(monitor_system_deactivate(system, 1, NULL));
    run(system, 1000 * MS);
    ck_assert(monitor_system_install(system, 1, captured, NULL));
    HvGuestStatus now = hv_guest_status(guest_of(system, 1));
    g_autofree char *again = hv_guest_digest(guest_of(system, 1));

    ck_assert_str_eq(digest, again);
    ck_assert_uint_eq(then.written_bytes, now.written_bytes);
    ck_assert_uint_eq(then.boots, now.boots);
    run(system, 500 * MS);
    HvGuestStatus after = hv_guest_status(guest_of(system, 1));

    ck_assert_uint_eq(after.written_bytes - now.written_bytes, then.written_bytes);
    ck_verifies(system, 1);
}
END_TEST

/* An LPAR that has its resources already, as at a new start, and a guest that was never loaded here. */
START_TEST(goes_on_in_what_it_has_already)
{
    g_autoptr(ResmgrDefinition) definition = three_lpars();
    g_autoptr(MonitorSystem) system = power_on(definition);
    g_autoptr(MonitorSystem) fresh = monitor_system_new(definition, 1);
    g_autoptr(GError) error = NULL;

    run(system, 500 * MS);
    g_autoptr(MonitorCapture) captured = capture(system, 1);

    ck_assert(!monitor_system_reinstall(system, 1, captured, &error)); /* it is activated */
    ck_assert(monitor_system_deactivate(system, 1, NULL));
    g_clear_error(&error);
    ck_assert(!monitor_system_reinstall(system, 1, captured, &error));
    ck_assert(g_error_matches(error, MONITOR_ERROR, MONITOR_ERROR_CAPTURE)); /* it has nothing */
    ck_assert(monitor_system_reinstall(fresh, 1, captured, NULL));
    ck_assert_uint_eq(hv_guest_status(guest_of(fresh, 1)).boots, 1);
    run(fresh, 500 * MS);
    ck_verifies(fresh, 1);
}
END_TEST

/* A copy beside the original: each goes on by itself, and knows its own bytes. */
START_TEST(goes_on_under_another_number)
{
    g_autoptr(ResmgrDefinition) definition = three_lpars();
    g_autoptr(MonitorSystem) through = power_on(definition);
    g_autoptr(MonitorSystem) system = power_on(definition);
    ResmgrLparDef *second = g_ptr_array_index(definition->lpars, 1);

    run(through, 900 * MS);
    run(system, 900 * MS);
    g_autoptr(MonitorCapture) captured = capture(system, 1);

    ck_assert(monitor_system_deactivate(system, 2, NULL));
    /* What its guest does is defined with the LPAR. */
    second->workload = ((const ResmgrLparDef *)g_ptr_array_index(definition->lpars, 0))->workload;
    ck_assert(monitor_system_install(system, 2, captured, NULL));
    for (unsigned i = 0; i < 5; i++) {
        run(through, 100 * MS);
        run(system, 100 * MS);
        ck_same_guest(through, 1, system, 1);
        ck_same_guest(through, 1, system, 2);
    }
    ck_assert(monitor_system_stop(system, 2, NULL));
    run(system, 100 * MS);
    ck_verifies(system, 1);
    ck_verifies(system, 2);
    g_autofree char *d = hv_guest_digest(guest_of(system, 1)), *e = hv_guest_digest(guest_of(system, 2));

    ck_assert_str_ne(d, e);
}
END_TEST

START_TEST(what_was_stopped_stands_still)
{
    g_autoptr(ResmgrDefinition) definition = three_lpars();
    g_autoptr(MonitorSystem) system = power_on(definition);

    run(system, 500 * MS);
    ck_assert(monitor_system_stop(system, 1, NULL));
    g_autoptr(MonitorCapture) captured = capture(system, 1);
    g_autofree char *digest = hv_guest_digest(guest_of(system, 1));

    ck_assert(monitor_system_deactivate(system, 1, NULL));
    ck_assert(monitor_system_install(system, 1, captured, NULL));
    ck_assert_int_eq(lpar_run_state(monitor_system_lpar(system, 1)), LPAR_STOPPED);
    HvTime used_ns = used_by(system, 1);

    run(system, 500 * MS);
    g_autofree char *again = hv_guest_digest(guest_of(system, 1));

    ck_assert_str_eq(digest, again);
    ck_assert_uint_eq(used_by(system, 1), used_ns);
    ck_assert(monitor_system_start(system, 1, NULL));
    run(system, 500 * MS);
    ck_assert_uint_gt(used_by(system, 1), used_ns + 100 * MS);
    ck_verifies(system, 1);
    /* And it can be loaded like any other. */
    ck_assert(monitor_system_load(system, 1, NULL));
    run(system, 500 * MS);
    ck_verifies(system, 1);
}
END_TEST

START_TEST(what_does_not_fit_changes_nothing)
{
    g_autoptr(ResmgrDefinition) definition = three_lpars();
    g_autoptr(MonitorSystem) system = power_on(definition);
    GError *error = NULL;

    run(system, 500 * MS);
    g_autoptr(MonitorCapture) captured = capture(system, 1);

    ck_assert(monitor_system_deactivate(system, 3, NULL));
    ck_assert(!monitor_system_install(system, 3, captured, &error));
    expect(
        &error, MONITOR_ERROR, MONITOR_ERROR_CAPTURE, "LPAR1 cannot be put into LPAR3: it had more storage");
    /* And who looks closer: books that do not fit to the state. */
    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++)
        g_clear_pointer(&captured->content[k], hv_storage_snapshot_unref);
    ck_assert(!monitor_system_install(system, 3, captured, &error));
    expect(&error, HV_ERROR, HV_ERROR_IMAGE, "LPAR3 has been assigned");
    ck_assert_int_eq(lpar_run_state(monitor_system_lpar(system, 3)), LPAR_NOT_ACTIVATED);
    ck_assert(monitor_system_activate(system, 3, NULL) && monitor_system_load(system, 3, NULL));
    ck_assert(!lpar_install(monitor_system_lpar(system, 3), captured->image, &error));
    g_clear_error(&error);
    run(system, 500 * MS);
    ck_verifies(system, 3);
}
END_TEST

/* Cut anywhere, or with a bit flipped: refused, or some state of a guest; the machine goes on. */
START_TEST(damaged_images_harm_nobody)
{
    g_autoptr(ResmgrDefinition) definition = three_lpars();
    g_autoptr(MonitorSystem) system = power_on(definition);
    HvRng rng;

    hv_rng_init(&rng, (uint64_t)_i, "test-capture damage");
    run(system, 500 * MS);
    g_autoptr(MonitorCapture) captured = capture(system, 1);
    gsize length = g_bytes_get_size(captured->image);

    ck_assert(monitor_system_deactivate(system, 1, NULL));
    g_autoptr(GBytes) whole = g_steal_pointer(&captured->image);
    g_autoptr(ResmgrState) before = resmgr_state_copy(monitor_system_state(system));

    for (unsigned i = 0; i < 200; i++) {
        captured->image = g_bytes_new_from_bytes(whole, 0, hv_rng_below(&rng, length));
        ck_assert(!monitor_system_install(system, 1, captured, NULL));
        ck_assert(resmgr_state_equal(before, monitor_system_state(system)));
        monitor_system_check(system);
        g_clear_pointer(&captured->image, g_bytes_unref);
    }
    run(system, 500 * MS);
}
END_TEST

/* --- As bytes ------------------------------------------------------------------------------------------- */

START_TEST(bytes_and_back)
{
    g_autoptr(ResmgrDefinition) definition = three_lpars();
    g_autoptr(MonitorSystem) system = power_on(definition);

    run(system, 500 * MS);
    g_autoptr(MonitorCapture) captured = capture(system, 1);

    monitor_capture_digest(captured);
    g_autoptr(GBytes) bytes = monitor_capture_to_bytes(captured);
    g_autoptr(MonitorCapture) back = monitor_capture_from_bytes(system, bytes, NULL);

    ck_assert_ptr_nonnull(back);
    ck_assert_uint_eq(back->number, captured->number);
    ck_assert_uint_eq(back->at_ns, captured->at_ns);
    ck_assert_str_eq(back->name, captured->name);
    ck_assert_str_eq(back->digest, captured->digest);
    ck_assert_int_eq(back->state, captured->state);
    ck_assert(g_bytes_equal(back->image, captured->image));
    ck_assert_mem_eq(back->chps_owned, captured->chps_owned, sizeof(back->chps_owned));
    ck_assert_uint_eq(back->books->lips->len, captured->books->lips->len);
    ck_assert_uint_eq(back->books->areas[0].origin_bytes, captured->books->areas[0].origin_bytes);
    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++)
        back->content[k] = hv_storage_snapshot_ref(captured->content[k]);
    ck_assert(monitor_system_deactivate(system, 1, NULL));
    ck_assert(monitor_system_install(system, 1, back, NULL));
    ck_verifies(system, 1);
}
END_TEST

START_TEST(damaged_bytes_are_refused)
{
    g_autoptr(ResmgrDefinition) definition = three_lpars();
    g_autoptr(MonitorSystem) system = power_on(definition);
    g_autoptr(MonitorCapture) captured = capture(system, 1);
    g_autoptr(GBytes) bytes = monitor_capture_to_bytes(captured);
    gsize length;
    const guint8 *data = g_bytes_get_data(bytes, &length);

    for (gsize at = 0; at < length; at++) {
        g_autofree guint8 *copy = g_memdup2(data, length);
        GError *error = NULL;

        copy[at] ^= 0x10;
        g_autoptr(GBytes) flipped = g_bytes_new(copy, length);
        g_autoptr(GBytes) cut = g_bytes_new(data, at);

        ck_assert_ptr_null(monitor_capture_from_bytes(system, flipped, &error));
        ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_IMAGE));
        g_clear_error(&error);
        ck_assert_ptr_null(monitor_capture_from_bytes(system, cut, NULL));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("monitor/capture");
    TCase *tcase = tcase_create("capture");

    tcase_add_loop_test(tcase, nobody_notices, 0, 20);
    tcase_add_test(tcase, is_of_its_moment);
    tcase_add_test(tcase, what_has_nothing_is_refused);
    tcase_add_test(tcase, what_is_not_loaded_has_no_image);
    tcase_add_loop_test(tcase, goes_on_where_it_was, 0, 20);
    tcase_add_test(tcase, goes_on_later);
    tcase_add_test(tcase, goes_on_under_another_number);
    tcase_add_test(tcase, goes_on_in_what_it_has_already);
    tcase_add_test(tcase, what_was_stopped_stands_still);
    tcase_add_test(tcase, what_does_not_fit_changes_nothing);
    tcase_add_loop_test(tcase, damaged_images_harm_nobody, 0, 3);
    tcase_add_test(tcase, bytes_and_back);
    tcase_add_test(tcase, damaged_bytes_are_refused);
    tcase_set_timeout(tcase, 120);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
