/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A whole machine written down and read back: random machines, random commands, in two systems. One lives through it all; of the other an
 * image is taken at random moments and read into a third, which goes on in its place, again and again. Everything that can be asked of the
 * two must be the same: the trace's digest, the assignment, usage, history, guests and their bytes.
 *
 * The number of the loop, printed with a failure, is the seed.
 */
#include "hv/error.h"
#include "monitor/history.h"
#include "monitor/image.h"
#include "tests/sim/checker.h"
#include "tests/sim/random-machine.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COMMANDS 30

/* --- Reading back --------------------------------------------------------------------------------------- */

typedef struct {
    GBytes *image;
    HvStorageSnapshot *content[RESMGR_STORAGE_KINDS];
} Saved;

static Saved save(MonitorSystem *system)
{
    Saved saved = {.image = monitor_system_image(system)};

    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++)
        saved.content[k] = monitor_system_content(system, k);
    return saved;
}

static void saved_clear(Saved *saved)
{
    g_bytes_unref(saved->image);
    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++)
        hv_storage_snapshot_unref(saved->content[k]);
}

static MonitorSystem *restore(const ResmgrDefinition *definition, uint64_t seed, const Saved *saved)
{
    MonitorSystem *system = monitor_system_new(definition, seed);
    GError *error = NULL;

    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++)
        monitor_system_put_content(system, k, saved->content[k]);
    bool read = monitor_system_read_image(system, saved->image, &error);

    ck_assert_msg(read, "%s", error ? error->message : "");
    monitor_system_check(system);
    return system;
}

/* What was read from the system's image, in its place. Of an image that was read once, the next is the same. */
static MonitorSystem *read_again(const ResmgrDefinition *definition, uint64_t seed, MonitorSystem *system)
{
    Saved first = save(system);
    MonitorSystem *once = restore(definition, seed, &first);
    Saved second = save(once);
    MonitorSystem *twice = restore(definition, seed, &second);
    g_autoptr(GBytes) third = monitor_system_image(twice);

    ck_assert(g_bytes_equal(second.image, third));
    saved_clear(&first);
    saved_clear(&second);
    monitor_system_free(system);
    monitor_system_free(once);
    return twice;
}

/* --- Comparing ------------------------------------------------------------------------------------------ */

static void ck_same_usage(const MonitorUsage *a, const MonitorUsage *b)
{
    ck_assert_uint_eq(a->interval_ns, b->interval_ns);
    ck_assert_uint_eq(a->lips->len, b->lips->len);
    ck_assert_mem_eq(a->ips->data, b->ips->data, a->ips->len * sizeof(MonitorIpAccount));
    ck_assert_uint_eq(a->matrix_ns->len, b->matrix_ns->len);
    ck_assert_mem_eq(a->matrix_ns->data, b->matrix_ns->data, a->matrix_ns->len * sizeof(HvTime));
    ck_assert_mem_eq(a->bounds_ns->data, b->bounds_ns->data, a->bounds_ns->len * sizeof(HvTime));
    for (unsigned i = 0; i < a->lips->len; i++) {
        const MonitorLipUsage *x = &g_array_index(a->lips, MonitorLipUsage, i);
        const MonitorLipUsage *y = &g_array_index(b->lips, MonitorLipUsage, i);

        ck_assert_uint_eq(x->lpar, y->lpar);
        ck_assert_uint_eq(x->lip, y->lip);
        ck_assert_uint_eq(x->ip, y->ip);
        ck_assert_uint_eq(x->online, y->online);
        ck_assert_uint_eq(x->share_bp, y->share_bp);
        ck_assert_mem_eq(&x->account, &y->account, sizeof(x->account));
    }
}

static void ck_same_io(const GArray *a, const GArray *b)
{
    ck_assert_uint_eq(a->len, b->len);
    for (unsigned i = 0; i < a->len; i++) {
        const HvIoCounts *x = &g_array_index(a, MonitorIoSample, i).counts;
        const HvIoCounts *y = &g_array_index(b, MonitorIoSample, i).counts;

        ck_assert_mem_eq(x, y, sizeof(*x));
    }
}

static void ck_same_sample(const MonitorSample *a, const MonitorSample *b)
{
    ck_assert_uint_eq(a->at_ns, b->at_ns);
    ck_same_usage(a->usage, b->usage);
    ck_same_io(a->channels, b->channels);
    ck_same_io(a->devices, b->devices);
    ck_assert_uint_eq(a->lpars->len, b->lpars->len);
    for (unsigned i = 0; i < a->lpars->len; i++)
        ck_assert_uint_eq(
            g_array_index(a->lpars, MonitorLparSample, i).status,
            g_array_index(b->lpars, MonitorLparSample, i).status);
}

static void ck_same_history(MonitorSystem *a, MonitorSystem *b)
{
    HvTime interval_ns = monitor_history_interval_ns(monitor_system_history(a));
    g_autoptr(GPtrArray) x = monitor_system_intervals(a, interval_ns, NULL);
    g_autoptr(GPtrArray) y = monitor_system_intervals(b, interval_ns, NULL);

    ck_assert(x && y);
    ck_assert_uint_eq(x->len, y->len);
    for (unsigned i = 0; i < x->len; i++)
        ck_same_sample(g_ptr_array_index(x, i), g_ptr_array_index(y, i));
}

static void ck_same_guests(MonitorSystem *a, MonitorSystem *b)
{
    for (unsigned i = 1; i <= RESMGR_MAX_LPARS; i++) {
        LparControl *x = monitor_system_lpar(a, i), *y = monitor_system_lpar(b, i);

        ck_assert((x == NULL) == (y == NULL));
        if (!x)
            continue;
        ck_assert_uint_eq(lpar_run_state(x), lpar_run_state(y));
        ck_assert((lpar_guest(x) == NULL) == (lpar_guest(y) == NULL));
        if (!lpar_guest(x))
            continue;
        HvGuestStatus p = hv_guest_status(lpar_guest(x)), q = hv_guest_status(lpar_guest(y));
        g_autofree char *d = hv_guest_digest(lpar_guest(x)), *e = hv_guest_digest(lpar_guest(y));

        ck_assert_str_eq(d, e);
        ck_assert_uint_eq(p.boots, q.boots);
        ck_assert_uint_eq(p.uptime_ns, q.uptime_ns);
        ck_assert_uint_eq(p.written_bytes, q.written_bytes);
        ck_assert_uint_eq(p.io_started, q.io_started);
        ck_assert_uint_eq(p.io_done, q.io_done);
        ck_assert_uint_eq(p.cpus_online, q.cpus_online);
    }
}

static void ck_same(MonitorSystem *a, MonitorSystem *b)
{
    g_autofree char *d = hv_trace_digest(monitor_system_trace(a));
    g_autofree char *e = hv_trace_digest(monitor_system_trace(b));
    g_autoptr(MonitorUsage) x = monitor_system_usage(a);
    g_autoptr(MonitorUsage) y = monitor_system_usage(b);

    ck_assert_uint_eq(monitor_system_now(a), monitor_system_now(b));
    ck_assert(resmgr_state_equal(monitor_system_state(a), monitor_system_state(b)));
    ck_same_usage(x, y);
    ck_same_history(a, b);
    ck_same_guests(a, b);
    ck_assert_uint_eq(monitor_system_control(a)->transfers, monitor_system_control(b)->transfers);
    ck_assert_str_eq(d, e);
}

/* --- Commands ------------------------------------------------------------------------------------------- */

typedef struct {
    uint64_t what, lpar, other, number;
} Command;

static Command draw_command(HvRng *rng)
{
    return (Command){
        hv_rng_below(rng, 100), hv_rng_below(rng, 7), hv_rng_below(rng, 7),
        hv_rng_below(rng, UINT64_C(1) << 62)};
}

static unsigned number_of(MonitorSystem *system, uint64_t nth)
{
    const GPtrArray *lpars = monitor_system_state(system)->lpars;

    return ((const ResmgrLpar *)g_ptr_array_index(lpars, nth % lpars->len))->number;
}

static void integ(MonitorSystem *system, const Command *command)
{
    static const char *const points[] = {"off", "off", "202", "203.1", "203.commit", "206", "209"};
    const MonitorIntegOptions options = {
        .force = command->number % 4 == 0, .notify = command->number % 3 == 0};

    monitor_system_set_fault(system, points[command->number % G_N_ELEMENTS(points)], NULL);
    g_autoptr(MonitorIntegReport) report = monitor_system_integ(
        system, number_of(system, command->lpar), number_of(system, command->other), &options, NULL);

    /* A fault that was not met stays, and is state. */
    if (command->number % 2 == 0)
        monitor_system_set_fault(system, "off", NULL);
}

static void control_lpar(MonitorSystem *system, const Command *command)
{
    static bool (*const commands[])(MonitorSystem *, unsigned, GError **) = {
        monitor_system_activate,   monitor_system_load, monitor_system_start, monitor_system_stop,
        monitor_system_deactivate, monitor_system_load, monitor_system_start};

    commands[command->number % G_N_ELEMENTS(commands)](system, number_of(system, command->lpar), NULL);
}

static void ask_guest(MonitorSystem *system, const Command *command)
{
    unsigned lpar = number_of(system, command->lpar);
    uint64_t changed_bytes;

    if (command->number % 2 == 0)
        monitor_system_guest_storage(system, lpar, command->number % 8 != 0, &changed_bytes, NULL);
    else
        monitor_system_guest_cpu(
            system, lpar, 1 + (unsigned)(command->number / 2 % 5), command->number % 7 > 2, NULL);
}

static void do_command(MonitorSystem *system, const Command *command)
{
    if (command->what < 45)
        ck_assert(monitor_system_run(system, command->number % (300 * HV_NS_PER_MS), NULL));
    else if (command->what < 58)
        integ(system, command);
    else if (command->what < 75)
        control_lpar(system, command);
    else if (command->what < 90)
        ask_guest(system, command);
    else if (command->what < 94)
        monitor_system_declare_reserved(
            system, number_of(system, command->lpar), RESMGR_MS, command->number % 20 * 64 * HV_KIB, NULL);
    else if (command->what < 96)
        monitor_system_usage_reset(system);
    else if (command->what < 98)
        monitor_system_set_every_slice(system, command->number % 2);
    else
        monitor_system_record(system, (1 + command->number % 50) * 10 * HV_NS_PER_MS);
}

static ResmgrDefinition *draw_machine(uint64_t seed, HvRng *rng)
{
    hv_rng_init(rng, seed, "test-image");
    return random_machine(rng);
}

static MonitorSystem *power_on(const ResmgrDefinition *definition, uint64_t seed)
{
    MonitorSystem *system = monitor_system_new(definition, seed);

    monitor_system_record(system, 100 * HV_NS_PER_MS);
    ck_assert(monitor_system_power_on(system, NULL));
    return system;
}

/* --- Tests ---------------------------------------------------------------------------------------------- */

START_TEST(goes_on_as_if_nothing_had_been)
{
    HvRng rng;
    g_autoptr(ResmgrDefinition) definition = draw_machine((uint64_t)_i, &rng);
    g_autoptr(MonitorSystem) through = power_on(definition, (uint64_t)_i);
    MonitorSystem *read = power_on(definition, (uint64_t)_i);

    for (unsigned i = 0; i < COMMANDS; i++) {
        Command command = draw_command(&rng);

        do_command(through, &command);
        do_command(read, &command);
        if (hv_rng_below(&rng, 3) == 0)
            read = read_again(definition, (uint64_t)_i, read);
        if (hv_rng_below(&rng, 3) == 0)
            ck_same(through, read);
    }
    ck_same(through, read);
    char *wrong = checker_all(read);

    ck_assert_msg(!wrong, "%s", wrong);
    monitor_system_free(read);
}
END_TEST

START_TEST(taking_one_changes_nothing)
{
    HvRng rng;
    g_autoptr(ResmgrDefinition) definition = draw_machine((uint64_t)_i, &rng);
    g_autoptr(MonitorSystem) through = power_on(definition, (uint64_t)_i);
    g_autoptr(MonitorSystem) looked_at = power_on(definition, (uint64_t)_i);

    for (unsigned i = 0; i < COMMANDS; i++) {
        Command command = draw_command(&rng);
        Saved saved = save(looked_at);

        saved_clear(&saved);
        do_command(through, &command);
        do_command(looked_at, &command);
    }
    ck_same(through, looked_at);
}
END_TEST

START_TEST(damage_is_refused)
{
    HvRng rng;
    g_autoptr(ResmgrDefinition) definition = draw_machine((uint64_t)_i, &rng);
    g_autoptr(MonitorSystem) system = power_on(definition, (uint64_t)_i);

    ck_assert(monitor_system_run(system, HV_NS_PER_S / 3, NULL));
    g_autoptr(GBytes) image = monitor_system_image(system);
    gsize length;
    const guint8 *bytes = g_bytes_get_data(image, &length);

    for (unsigned i = 0; i < 200; i++) {
        bool cut = i % 2 == 0;
        g_autofree guint8 *copy = g_memdup2(bytes, length);
        gsize at = hv_rng_below(&rng, length);

        copy[at] ^= (guint8)(1u << hv_rng_below(&rng, 8));
        g_autoptr(GBytes) damaged = g_bytes_new(copy, cut ? at : length);
        g_autoptr(MonitorSystem) fresh = monitor_system_new(definition, (uint64_t)_i);
        g_autoptr(GError) error = NULL;

        ck_assert(!monitor_system_read_image(fresh, damaged, &error));
        ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_IMAGE));
    }
}
END_TEST

START_TEST(another_machine_is_refused)
{
    HvRng rng;
    g_autoptr(ResmgrDefinition) definition = draw_machine(1, &rng);
    g_autoptr(ResmgrDefinition) other = draw_machine(2, &rng);
    g_autoptr(MonitorSystem) system = power_on(definition, 1);
    g_autoptr(GBytes) image = monitor_system_image(system);
    g_autoptr(MonitorSystem) other_machine = monitor_system_new(other, 1);
    g_autoptr(MonitorSystem) other_seed = monitor_system_new(definition, 2);
    g_autoptr(GError) error = NULL;

    ck_assert(!monitor_system_read_image(other_machine, image, &error));
    ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_IMAGE));
    ck_assert(!monitor_system_read_image(other_seed, image, NULL));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("monitor/image");
    TCase *tcase = tcase_create("random");

    tcase_add_loop_test(tcase, goes_on_as_if_nothing_had_been, 0, 150);
    tcase_add_loop_test(tcase, taking_one_changes_nothing, 0, 20);
    tcase_add_loop_test(tcase, damage_is_refused, 0, 3);
    tcase_add_test(tcase, another_machine_is_refused);
    tcase_set_timeout(tcase, 240);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
