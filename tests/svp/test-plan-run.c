/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs and how many of them count: figures with a closed form, common random numbers, and decisions on prefixes, which a pool that
 * gives results back in the worst order must not change.
 */
#include "svp/plan/study-run.h"

#include "svp/error.h"

#include <check.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MACHINE                                                                                              \
    "[machine]\nips = 2\nms = 64M\n[lpar A]\nms = 16M\nms-reserved = 16M\nweight = 10\nlips = 1\nworkload "  \
    "= cpu 25%\n"                                                                                            \
    "[lpar B]\nms = 16M\nweight = 10\nlips = 1\nworkload = busy\n"

static json_t *run_once(unsigned replication, uint64_t seed, HvTime warm_up_ns, const char *command)
{
    g_autoptr(GPtrArray) commands = g_ptr_array_new();
    SvpStudyCommand *given = command ? svp_study_command_parse("at-1", command, NULL) : NULL;

    if (given)
        g_ptr_array_add(commands, given);
    const SvpRunConfig config = {
        .machine_text = MACHINE,
        .commands = commands,
        .seed = seed,
        .replication = replication,
        .length_ns = 100 * HV_NS_PER_S,
        .interval_ns = 30 * HV_NS_PER_S,
        .warm_up_ns = warm_up_ns,
        .warm_up_auto = warm_up_ns == HV_TIME_NEVER,
    };

    ck_assert(svp_run_check(&config, NULL, NULL));
    json_t *spec = svp_run_spec(&config), *run = svp_run(spec, NULL, NULL);

    json_decref(spec);
    svp_study_command_free(given);
    return run;
}

static double metric_of(const json_t *run, const char *name)
{
    double value = -1.0;

    ck_assert_msg(svp_run_metric(run, name, &value), "there is no %s", name);
    return value;
}

START_TEST(figures_have_a_closed_form)
{
    json_t *run = run_once(1, 1, 20 * HV_NS_PER_S, NULL);
    const json_t *series = json_object_get(run, "series");
    const json_t *b = json_array_get(json_object_get(series, "lpars"), 1);

    /* A: 25 % of one LIP, B: all of one; 1.25 of 2 IPs are busy, nobody waits */
    ck_assert_double_eq_tol(metric_of(run, "A.busy_ips"), 0.25, 1e-9);
    ck_assert_double_eq_tol(metric_of(run, "B.busy_ips"), 1.0, 1e-9);
    ck_assert_double_eq_tol(metric_of(run, "machine.busy_percent"), 62.5, 1e-9);
    ck_assert_double_eq_tol(metric_of(run, "A.ready_percent"), 0.0, 1e-9);
    ck_assert_double_eq(json_number_value(json_object_get(run, "warm_up_s")), 20.0);
    /* 0, 30, 60, 90: the last interval is shorter, and its mean is a mean all the same */
    ck_assert_uint_eq(json_array_size(json_object_get(series, "t_s")), 4);
    ck_assert_double_eq_tol(json_number_value(json_array_get(json_object_get(b, "busy_ips"), 3)), 1.0, 1e-9);
    json_decref(run);
}
END_TEST

START_TEST(commands_are_carried_out_and_told)
{
    json_t *run = run_once(1, 1, 0, "40s INTEG B,A"), *refused = run_once(1, 1, 0, "40s INTEG A,B");
    const json_t *told = json_array_get(json_object_get(run, "commands"), 0);
    const json_t *told_refused = json_array_get(json_object_get(refused, "commands"), 0);

    ck_assert(json_is_true(json_object_get(told, "ok")));
    ck_assert_double_eq(json_number_value(json_object_get(told, "at_s")), 40.0);
    ck_assert_str_eq(json_string_value(json_object_get(told, "command")), "INTEG B,A");
    ck_assert_double_eq_tol(metric_of(run, "B.busy_ips"), 0.4, 1e-6); /* 40 of 100 seconds */
    ck_assert(json_is_false(json_object_get(told_refused, "ok")));
    ck_assert_ptr_nonnull(strstr(json_string_value(json_object_get(told_refused, "message")), "reserved"));
    json_decref(run);
    json_decref(refused);
}
END_TEST

START_TEST(warm_up_is_found_where_something_settles)
{
    /* The level is flat: nothing is warm-up. It drops for good at 40 s, in the second interval: two are. */
    json_t *flat = run_once(1, 1, HV_TIME_NEVER, NULL),
           *settles = run_once(1, 1, HV_TIME_NEVER, "40s STOP B");

    ck_assert_double_eq(json_number_value(json_object_get(flat, "warm_up_s")), 0.0);
    ck_assert_double_eq(json_number_value(json_object_get(settles, "warm_up_s")), 60.0);
    json_decref(flat);
    json_decref(settles);
}
END_TEST

START_TEST(a_run_is_its_specification)
{
    json_t *first = run_once(3, 7, 0, NULL), *again = run_once(3, 7, 0, NULL);

    ck_assert(json_equal(first, again));
    ck_assert_ptr_null(json_object_get(first, "before")); /* of replication 1 only */
    json_decref(first);
    json_decref(again);
}
END_TEST

/* --- Decisions ------------------------------------------------------------------------------------------ */

/* A pool that simulates nothing: results are made from the replication, and come back in the order of `newest_first`. */
typedef struct {
    SvpPool pool;
    GArray *tickets, *replications; /* unsigned */
    bool newest_first;
} FakePool;

static void fake_submit(SvpPool *pool, unsigned ticket, const json_t *spec)
{
    FakePool *fake = (FakePool *)pool;
    unsigned replication = (unsigned)json_integer_value(json_object_get(spec, "replication"));

    g_array_append_val(fake->tickets, ticket);
    g_array_append_val(fake->replications, replication);
}

/* 10 +- 2 for the first four, exactly 10 from then on: the interval narrows. */
static double fake_value(unsigned replication)
{
    return replication <= 4 ? 10.0 + (replication % 2 ? 2.0 : -2.0) : 10.0;
}

static bool fake_wait(SvpPool *pool, gint64 timeout_us, SvpPoolResult *ret_result)
{
    FakePool *fake = (FakePool *)pool;
    unsigned i = fake->newest_first ? fake->tickets->len - 1 : 0;

    (void)timeout_us;
    ret_result->ticket = g_array_index(fake->tickets, unsigned, i);
    ret_result->run_text = g_strdup_printf(
        "{\"metrics\":{\"A.busy_ips\":%g}}", fake_value(g_array_index(fake->replications, unsigned, i)));
    g_array_remove_index(fake->tickets, i);
    g_array_remove_index(fake->replications, i);
    return true;
}

static const SvpPoolOps fake_ops = {.submit = fake_submit, .wait = fake_wait};

/* How many runs count, by the definition: the first prefix of at least `min` whose interval is narrow. */
static unsigned expected_runs(unsigned min, unsigned max, double percent)
{
    double values[100];

    for (unsigned n = 1; n <= max; n++) {
        values[n - 1] = fake_value(n);
        if (n < MAX(min, 2))
            continue;
        SvpInterval found = svp_plan_interval_of(values, n, 95.0);
        if (found.half_width <= found.mean * percent / 100.0)
            return n;
    }
    return max;
}

static unsigned count_runs(const SvpStudy *study, unsigned capacity, bool newest_first)
{
    g_autofree char *directory = g_dir_make_tmp("plan-XXXXXX", NULL);
    g_autofree char *file = g_build_filename(directory, "runs.jsonl", NULL);
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    const SvpStudyMachine machine = {.study = study, .text = (char[]){MACHINE}, .input_files = known};
    g_autoptr(GArray) tickets = g_array_new(FALSE, FALSE, sizeof(unsigned));
    g_autoptr(GArray) replications = g_array_new(FALSE, FALSE, sizeof(unsigned));
    FakePool fake = {
        .pool = {.ops = &fake_ops, .capacity = capacity},
        .tickets = tickets,
        .replications = replications,
        .newest_first = newest_first,
    };
    SvpStudyRun *run = svp_study_run_new(study, &machine);
    g_autoptr(SvpRunStore) store = svp_run_store_open(directory, NULL);

    run->store = store;
    run->pool = &fake.pool;
    SvpStudyCase *of = svp_study_run_add(run, svp_alternative_new(&machine, svp_settings_new(), NULL, NULL));

    ck_assert_ptr_null(of->alternative->failed);
    ck_assert(svp_study_run_complete(run, NULL));
    ck_assert(svp_study_run_settle(run, NULL));
    json_t *kept = svp_run_store_read(directory, NULL);
    unsigned decided = of->decided;

    ck_assert_uint_eq(json_array_size(kept), decided); /* those that are too many are dropped */
    json_decref(kept);
    svp_study_run_free(run);
    g_remove(file);
    g_rmdir(directory);
    return decided;
}

START_TEST(runs_count_whoever_is_first)
{
    static const unsigned capacities[] = {1, 2, 3, 8, 64};
    g_autofree char *text = g_strdup_printf(
        "[study]\nmachine = m\nlength = 1s\nreplications = 2-60 until %d%%\nprecision-of = A.busy_ips\n", _i);
    GPtrArray *problems = NULL;
    g_autoptr(SvpStudy) study = svp_study_parse(text, strlen(text), &problems);
    unsigned expected = expected_runs(2, 60, _i);

    ck_assert_ptr_nonnull(study);
    ck_assert_uint_gt(expected, 2);
    for (unsigned i = 0; i < G_N_ELEMENTS(capacities); i++) {
        ck_assert_uint_eq(count_runs(study, capacities[i], false), expected);
        ck_assert_uint_eq(count_runs(study, capacities[i], true), expected);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("svp/plan-run");
    TCase *tcase = tcase_create("run");

    tcase_add_test(tcase, figures_have_a_closed_form);
    tcase_add_test(tcase, commands_are_carried_out_and_told);
    tcase_add_test(tcase, warm_up_is_found_where_something_settles);
    tcase_add_test(tcase, a_run_is_its_specification);
    tcase_add_loop_test(tcase, runs_count_whoever_is_first, 2, 16);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
