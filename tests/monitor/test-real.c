/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Real guests without a daemon: libvirt's built-in driver plays the host, with its domain "test" (2 GiB, 2 vCPUs, a disk).
 *
 * It does what it is told at once and runs nothing, so a machine can be taken through all its commands here, under
 * valgrind too. What a guest does in a real domain is proved by tests/libvirt.
 */
#include "hv/error.h"
#include "lpar/error.h"
#include "monitor/error.h"
#include "monitor/system.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { REAL = 1, MODEL = 2, OTHER = 3 };

typedef struct {
    ResmgrDefinition *definition;
    MonitorSystem *system;
} Machine;

static ResmgrLparDef *add_lpar(
    ResmgrDefinition *definition, const char *name, unsigned number, uint64_t size_bytes, unsigned first_ip,
    unsigned n_ips)
{
    ResmgrLparDef *lpar = resmgr_lpar_def_new(name, number);

    lpar->ms.size_bytes = size_bytes;
    for (unsigned i = 0; i < n_ips; i++) {
        const ResmgrIpShare share = {.ip = (uint16_t)(first_ip + i), .share_bp = 10000};

        g_array_append_val(lpar->ip_shares, share);
    }
    g_ptr_array_add(definition->lpars, lpar);
    return lpar;
}

static ResmgrDefinition *definition_new(void)
{
    ResmgrDefinition *definition = resmgr_definition_new();
    HvMachineDef *machine = definition->machine;

    machine->n_ips = 4;
    machine->ms_bytes = 4 * HV_GIB;
    machine->libvirt = true;
    machine->uri = g_strdup("test:///default");
    ResmgrLparDef *real = add_lpar(definition, "REAL", REAL, 2 * HV_GIB, 1, 2);

    g_free(real->guest);
    real->guest = g_strdup("libvirt");
    real->domain.domain = g_strdup("test");
    real->ms.reserved_bytes = HV_GIB;
    add_lpar(definition, "MODEL", MODEL, 256 * HV_MIB, 3, 1)->ms.reserved_bytes = 2 * HV_GIB;
    add_lpar(definition, "OTHER", OTHER, 256 * HV_MIB, 4, 1);
    return definition;
}

static Machine machine_new(void)
{
    Machine machine = {.definition = definition_new()};
    g_autoptr(GError) error = NULL;

    machine.system = monitor_system_open(machine.definition, 1, &error);
    ck_assert_msg(machine.system != NULL, "%s", error ? error->message : "");
    monitor_system_set_patience(machine.system, 5 * HV_NS_PER_S);
    return machine;
}

static void machine_end(Machine *machine)
{
    monitor_system_free(machine->system);
    resmgr_definition_free(machine->definition);
}

static void power_on(Machine *machine)
{
    g_autoptr(GError) error = NULL;

    ck_assert_msg(monitor_system_power_on(machine->system, &error), "%s", error ? error->message : "");
    ck_assert(monitor_system_run(machine->system, 20 * HV_NS_PER_MS, NULL));
}

static LparRunState state_of(const Machine *machine, unsigned lpar)
{
    return lpar_run_state(monitor_system_lpar(machine->system, lpar));
}

static HvGuestSight sight_of(const Machine *machine)
{
    monitor_system_look(machine->system, REAL);
    return hv_guest_sight(lpar_guest(monitor_system_lpar(machine->system, REAL)));
}

START_TEST(a_domain_is_adopted_and_let_go)
{
    Machine machine = machine_new();

    power_on(&machine);
    HvGuestSight sight = sight_of(&machine);

    ck_assert(sight.adopted);
    ck_assert_str_eq(sight.domain, "test");
    ck_assert_str_eq(sight.run, "running");
    ck_assert_uint_eq(sight.memory_bytes, 2 * HV_GIB);
    ck_assert_uint_eq(sight.beats, 0);
    ck_assert_uint_eq(sight.pending->len, 0);
    ck_assert(monitor_system_let_go(machine.system, /* keep= */ false, NULL));
    machine_end(&machine);
}
END_TEST

START_TEST(it_is_stopped_and_started_and_loaded_anew)
{
    Machine machine = machine_new();

    power_on(&machine);
    ck_assert(monitor_system_stop(machine.system, REAL, NULL));
    ck_assert_str_eq(sight_of(&machine).run, "paused");
    ck_assert_int_eq(state_of(&machine, REAL), LPAR_STOPPED);
    ck_assert(monitor_system_start(machine.system, REAL, NULL));
    ck_assert_str_eq(sight_of(&machine).run, "running");
    ck_assert(monitor_system_load(machine.system, REAL, NULL));
    ck_assert_uint_eq(hv_guest_status(lpar_guest(monitor_system_lpar(machine.system, REAL))).boots, 2);
    ck_assert(monitor_system_deactivate(machine.system, REAL, NULL));
    ck_assert_int_eq(state_of(&machine, REAL), LPAR_NOT_ACTIVATED);
    machine_end(&machine);
}
END_TEST

START_TEST(what_does_not_fit_is_not_loaded)
{
    Machine machine = {.definition = definition_new()};
    g_autoptr(GError) error = NULL;

    ((ResmgrLparDef *)machine.definition->lpars->pdata[0])->ms.size_bytes = HV_GIB;
    machine.system = monitor_system_open(machine.definition, 1, NULL);
    ck_assert(!monitor_system_power_on(machine.system, &error));
    ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_DOMAIN));
    ck_assert_ptr_nonnull(strstr(error->message, "has 2G"));
    /* The others are up, and this one is as it was before its LOAD. */
    ck_assert_int_eq(state_of(&machine, REAL), LPAR_NOT_OPERATING);
    ck_assert_int_eq(state_of(&machine, MODEL), LPAR_OPERATING);
    machine_end(&machine);
}
END_TEST

static MonitorIntegReport *integ(Machine *machine, unsigned retiring, unsigned survivor, GError **error)
{
    const MonitorIntegOptions options = {.notify = true};

    return monitor_system_integ(machine->system, retiring, survivor, &options, error);
}

START_TEST(a_real_guest_retires_into_a_simulated_one)
{
    Machine machine = machine_new();

    power_on(&machine);
    g_autoptr(MonitorIntegReport) report = integ(&machine, REAL, MODEL, NULL);

    ck_assert_ptr_nonnull(report);
    ck_assert_int_eq(state_of(&machine, REAL), LPAR_RETIRED);
    ck_assert_uint_eq(report->pending->len, 0);
    ck_assert_uint_eq(
        resmgr_state_lpar(monitor_system_state(machine.system), MODEL)->areas[RESMGR_MS].size_bytes,
        2 * HV_GIB + 256 * HV_MIB);
    machine_end(&machine);
}
END_TEST

static const char *const points[] = {"201", "202", "203", "203.commit"};

/* The domain has been suspended, or ended already; in any case it runs afterwards. */
START_TEST(a_fault_before_the_commit_point_leaves_the_domain_running)
{
    Machine machine = machine_new();
    g_autoptr(GError) error = NULL;

    power_on(&machine);
    ck_assert(monitor_system_set_fault(machine.system, points[_i], NULL));
    ck_assert_ptr_null(integ(&machine, REAL, MODEL, &error));
    ck_assert(g_error_matches(error, MONITOR_ERROR, MONITOR_ERROR_STEP_FAILED));
    ck_assert_int_eq(state_of(&machine, REAL), LPAR_OPERATING);
    ck_assert_str_eq(sight_of(&machine).run, "running");
    machine_end(&machine);
}
END_TEST

/* The driver has no room for a third vCPU: that is found before anything has changed. */
START_TEST(what_the_survivor_could_not_take_is_refused_at_the_check)
{
    Machine machine = machine_new();
    g_autoptr(GError) error = NULL;

    power_on(&machine);
    ck_assert_ptr_null(integ(&machine, OTHER, REAL, &error));
    ck_assert_ptr_nonnull(strstr(error->message, "failed at check"));
    ck_assert_int_eq(state_of(&machine, OTHER), LPAR_OPERATING);
    ck_assert_int_eq(state_of(&machine, REAL), LPAR_OPERATING);
    machine_end(&machine);
}
END_TEST

START_TEST(only_real_guests_have_something_to_complete)
{
    Machine machine = machine_new();
    g_autoptr(GError) error = NULL;
    g_autofree char *answer = NULL;

    power_on(&machine);
    ck_assert(monitor_system_complete(machine.system, REAL, NULL));
    ck_assert(!monitor_system_complete(machine.system, MODEL, &error));
    ck_assert(g_error_matches(error, LPAR_ERROR, LPAR_ERROR_NOT_OPERATING));
    g_clear_error(&error);
    ck_assert(!monitor_system_guest_tell(machine.system, MODEL, "ls", &answer, &error));
    ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_GUEST));
    g_clear_error(&error);
    ck_assert(!monitor_system_guest_tell(machine.system, REAL, "ls", &answer, &error));
    ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_GUEST));
    machine_end(&machine);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("real");
    TCase *tcase = tcase_create("guests");

    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, a_domain_is_adopted_and_let_go);
    tcase_add_test(tcase, it_is_stopped_and_started_and_loaded_anew);
    tcase_add_test(tcase, what_does_not_fit_is_not_loaded);
    tcase_add_test(tcase, a_real_guest_retires_into_a_simulated_one);
    tcase_add_loop_test(
        tcase, a_fault_before_the_commit_point_leaves_the_domain_running, 0, G_N_ELEMENTS(points));
    tcase_add_test(tcase, what_the_survivor_could_not_take_is_refused_at_the_check);
    tcase_add_test(tcase, only_real_guests_have_something_to_complete);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
