/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Random simulation: seeded machines, commands in any order, faults at every step of INTEG, checked from
 * outside.
 *
 * Each seed draws a machine and a row of commands. After each command the independent checkers look at
 * everything; an INTEG is compared with what it must keep: survivor not booted again, bystanders' bytes the
 * same, and, when it failed, the assignment and the retiring LPAR's bytes as they were. A part of the seeds
 * is run twice and must give one digest.
 *
 *     LPARSIM_SIM_SEED=n    only that seed          LPARSIM_SIM_SEEDS=n    that many seeds (2000, or 500 under sanitizers)
 */
#include "tests/sanitized.h"
#include "tests/sim/checker.h"
#include "tests/sim/random-machine.h"

#include <check.h>
#include <stdlib.h>

#define COMMANDS_PER_SEED 25

typedef struct {
    uint64_t seed;
    HvRng rng;
    MonitorSystem *system;
    unsigned integs, failures; /* carried out; failed by a fault */
} Run;

static void expect(const Run *run, const char *what, char *wrong)
{
    if (wrong)
        ck_abort_msg("LPARSIM_SIM_SEED=%" G_GUINT64_FORMAT ": after %s: %s", run->seed, what, wrong);
}

static unsigned draw_lpar_number(Run *run)
{
    const ResmgrState *state = monitor_system_state(run->system);
    const ResmgrLpar *lpar = g_ptr_array_index(state->lpars, hv_rng_below(&run->rng, state->lpars->len));

    return lpar->number;
}

/* What an INTEG must not change, taken before it. */
typedef struct {
    ResmgrState *state;
    char *digests[8]; /* [LPAR number]; NULL: not loaded, or its workload writes */
    unsigned boots[8];
    LparRunState run_states[8];
} Before;

static bool writes(const Run *run, unsigned lpar)
{
    const GPtrArray *defs = monitor_system_definition(run->system)->lpars;

    for (unsigned i = 0; i < defs->len; i++) {
        const ResmgrLparDef *def = g_ptr_array_index(defs, i);

        if (def->number == lpar)
            return def->workload.write_rate > 0;
    }
    return false;
}

static void take_before(Run *run, unsigned retiring, Before *before)
{
    *before = (Before){.state = resmgr_state_copy(monitor_system_state(run->system))};
    for (unsigned n = 1; n < 8; n++) {
        LparControl *lpar = monitor_system_lpar(run->system, n);

        if (!lpar)
            continue;
        before->run_states[n] = lpar_run_state(lpar);
        if (!lpar_guest(lpar))
            continue;
        before->boots[n] = hv_guest_status(lpar_guest(lpar)).boots;
        if (n == retiring || !writes(run, n))
            before->digests[n] = hv_guest_digest(lpar_guest(lpar));
    }
}

static void drop_before(Before *before)
{
    resmgr_state_free(before->state);
    for (unsigned n = 0; n < 8; n++)
        g_free(before->digests[n]);
}

/* LPARs that are to be as they were, apart from `but_for`; the content of `grown` may be more than it was. */
static void compare_guests(const Run *run, const Before *before, unsigned but_for, unsigned grown)
{
    for (unsigned n = 1; n < 8; n++) {
        LparControl *lpar = monitor_system_lpar(run->system, n);

        if (!lpar || n == but_for)
            continue;
        if (lpar_run_state(lpar) != before->run_states[n])
            expect(run, "INTEG", g_strdup_printf("LPAR %u changed its state", n));
        if (!lpar_guest(lpar))
            continue;
        if (hv_guest_status(lpar_guest(lpar)).boots != before->boots[n])
            expect(run, "INTEG", g_strdup_printf("LPAR %u was booted", n));
        g_autofree char *digest = hv_guest_digest(lpar_guest(lpar));

        if (n != grown && before->digests[n] && strcmp(digest, before->digests[n]) != 0)
            expect(run, "INTEG", g_strdup_printf("the content of LPAR %u changed", n));
    }
}

static void compare_survivor(const Run *run, const Before *before, const MonitorIntegReport *report)
{
    const ResmgrLpar *retired = resmgr_state_lpar(before->state, report->plan->retiring);
    const ResmgrLpar *was = resmgr_state_lpar(before->state, report->plan->survivor);
    const ResmgrLpar *is = resmgr_state_lpar(report->after, report->plan->survivor);

    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++)
        if (is->areas[k].size_bytes != was->areas[k].size_bytes + retired->areas[k].size_bytes)
            expect(run, "INTEG", g_strdup("the survivor's size is not the sum"));
    if (is->areas[RESMGR_MS].reserved_bytes != 0)
        expect(run, "INTEG", g_strdup("the survivor still has reserved storage"));
    if (lpar_run_state(monitor_system_lpar(run->system, retired->number)) != LPAR_RETIRED)
        expect(run, "INTEG", g_strdup("the retired LPAR is not retired"));
}

static void command_integ(Run *run)
{
    static const char *const points[] = {"off",        "off", "off", "201", "202", "203", "203.1", "203.2",
                                         "203.commit", "204", "205", "206", "207", "208", "209"};
    unsigned retiring = draw_lpar_number(run), survivor = draw_lpar_number(run);
    const char *point = points[hv_rng_below(&run->rng, G_N_ELEMENTS(points))];
    const MonitorIntegOptions options = {
        .force = hv_rng_below(&run->rng, 4) == 0, .notify = hv_rng_below(&run->rng, 2) == 0};
    Before before;

    monitor_system_set_fault(run->system, point, NULL);
    take_before(run, retiring, &before);
    g_autoptr(MonitorIntegReport)
        plan = monitor_system_integ_plan(run->system, retiring, survivor, &options, NULL);
    g_autoptr(MonitorIntegReport)
        report = monitor_system_integ(run->system, retiring, survivor, &options, NULL);

    if (report) {
        run->integs++;
        compare_survivor(run, &before, report);
        compare_guests(run, &before, retiring, survivor);
        if (!plan || !resmgr_state_equal(plan->before, before.state))
            expect(run, "INTEG", g_strdup("what was done was not what was planned"));
    } else {
        run->failures += plan != NULL;
        if (!resmgr_state_equal(before.state, monitor_system_state(run->system)))
            expect(run, point, g_strdup("a failed INTEG has changed the assignment"));
        compare_guests(run, &before, writes(run, retiring) && plan ? retiring : 0, /* grown= */ 0);
    }
    monitor_system_set_fault(run->system, "off", NULL);
    drop_before(&before);
}

static void command_run(Run *run)
{
    HvTime duration_ns = hv_rng_below(&run->rng, 400 * HV_NS_PER_MS);

    ck_assert(monitor_system_run(run->system, duration_ns, NULL));
}

static void command_lpar(Run *run)
{
    static bool (*const commands[])(MonitorSystem *, unsigned, GError **) = {
        monitor_system_activate,   monitor_system_load, monitor_system_start, monitor_system_stop,
        monitor_system_deactivate, monitor_system_load, monitor_system_start};

    commands[hv_rng_below(&run->rng, G_N_ELEMENTS(commands))](run->system, draw_lpar_number(run), NULL);
}

static void command_guest(Run *run)
{
    unsigned lpar = draw_lpar_number(run);
    uint64_t changed_bytes;

    if (hv_rng_below(&run->rng, 2) == 0)
        monitor_system_guest_storage(run->system, lpar, /* online= */ true, &changed_bytes, NULL);
    else
        monitor_system_guest_cpu(
            run->system, lpar, 1 + (unsigned)hv_rng_below(&run->rng, 5), hv_rng_below(&run->rng, 4) != 0,
            NULL);
}

static void command_reserved(Run *run)
{
    uint64_t bytes = hv_rng_below(&run->rng, 20) * 64 * HV_KIB;

    monitor_system_declare_reserved(run->system, draw_lpar_number(run), RESMGR_MS, bytes, NULL);
}

static void one_command(Run *run)
{
    static const struct {
        const char *name;
        unsigned percent;
        void (*func)(Run *run);
    } commands[] = {
        {"RUN", 30, command_run},
        {"INTEG", 30, command_integ},
        {"an LPAR command", 20, command_lpar},
        {"a GUEST command", 12, command_guest},
        {"SET RESERVED", 8, command_reserved},
    };
    uint64_t drawn = hv_rng_below(&run->rng, 100);
    unsigned i = 0;

    while (drawn >= commands[i].percent)
        drawn -= commands[i++].percent;
    commands[i].func(run);
    expect(run, commands[i].name, checker_all(run->system));
}

/* The whole run of a seed; its trace digest, to be freed. */
static char *run_seed(uint64_t seed, unsigned *ret_integs, unsigned *ret_failures)
{
    Run run = {.seed = seed};

    hv_rng_init(&run.rng, seed, "simulation");
    g_autoptr(ResmgrDefinition) definition = random_machine(&run.rng);

    run.system = monitor_system_new(definition, seed);
    if (hv_rng_below(&run.rng, 10) > 0)
        ck_assert(monitor_system_power_on(run.system, NULL));
    for (unsigned i = 0; i < COMMANDS_PER_SEED; i++)
        one_command(&run);
    char *digest = hv_trace_digest(monitor_system_trace(run.system));

    *ret_integs += run.integs;
    *ret_failures += run.failures;
    monitor_system_free(run.system);
    return digest;
}

START_TEST(random_seeds)
{
    const char *one = g_getenv("LPARSIM_SIM_SEED");
    const char *many = g_getenv("LPARSIM_SIM_SEEDS");
    uint64_t first = one ? g_ascii_strtoull(one, NULL, 10) : 1;
    uint64_t count = one ? 1 : many ? g_ascii_strtoull(many, NULL, 10) : 2000 / TESTS_ONE_OF;
    unsigned integs = 0, failures = 0;

    for (uint64_t seed = first; seed < first + count; seed++) {
        g_autofree char *digest = run_seed(seed, &integs, &failures);

        if (seed % 8 == 0) {
            g_autofree char *again = run_seed(seed, &integs, &failures);

            ck_assert_msg(
                strcmp(digest, again) == 0, "LPARSIM_SIM_SEED=%" G_GUINT64_FORMAT ": two runs, two digests",
                seed);
        }
    }
    g_print("%u INTEGs carried out, %u failed by a fault\n", integs, failures);
    if (!one)
        ck_assert_msg(integs > count / 4 && failures > count / 20, "too few INTEGs to be worth the name");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("simulation");
    TCase *tcase = tcase_create("random");

    tcase_add_test(tcase, random_seeds);
    tcase_set_timeout(tcase, 1200);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
