/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A whole machine written down and read back: random machines, random commands, in two systems. One lives through it all; of the other an
 * image is taken at random moments and read into a third, which goes on in its place, again and again. Everything that can be asked of the
 * two must be the same: the trace's digest, the assignment, usage, history, guests and their bytes.
 *
 * The number of the loop, printed with a failure, is the seed.
 */
#include "hv/error.h"
#include "image-room.h"
#include "monitor/history.h"
#include "monitor/image.h"
#include "tests/sanitized.h"
#include "tests/sim/checker.h"
#include "tests/sim/random-machine.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COMMANDS 30

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
    monitor_integ_report_free(monitor_system_integ(
        system, number_of(system, command->lpar), number_of(system, command->other), &options, NULL));
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
            read = image_room_read_again(definition, (uint64_t)_i, read);
        if (hv_rng_below(&rng, 3) == 0)
            image_room_ck_same(through, read);
    }
    image_room_ck_same(through, read);
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

        g_bytes_unref(monitor_system_image(looked_at));
        do_command(through, &command);
        do_command(looked_at, &command);
    }
    image_room_ck_same(through, looked_at);
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

    tcase_add_loop_test(tcase, goes_on_as_if_nothing_had_been, 0, 150 / TESTS_ONE_OF);
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
