/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Service classes as data: goals as text, kinds, equality field by field. */
#include "hv/class-def.h"

#include "hv/error.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *text, *canonical; /* NULL: it is canonical */
    HvGoal goal;
} goals[] = {
    {"p95 < 200ms", NULL, {.kind = HV_GOAL_PERCENTILE, .percent_bp = 9500, .limit_ns = 200 * HV_NS_PER_MS}},
    {"P99.9<1s", "p99.9 < 1s", {.kind = HV_GOAL_PERCENTILE, .percent_bp = 9990, .limit_ns = HV_NS_PER_S}},
    {"mean < 100ms", NULL, {.kind = HV_GOAL_MEAN, .limit_ns = 100 * HV_NS_PER_MS}},
    {" Mean  <5s ", "mean < 5s", {.kind = HV_GOAL_MEAN, .limit_ns = 5 * HV_NS_PER_S}},
    {"velocity > 50%", NULL, {.kind = HV_GOAL_VELOCITY, .percent_bp = 5000}},
    {"end < 04:30", NULL, {.kind = HV_GOAL_END, .end_second = 16200}},
};

START_TEST(a_goal_is_read_and_written)
{
    HvGoal goal;

    ck_assert(hv_goal_parse(goals[_i].text, &goal, NULL));
    ck_assert_int_eq(goal.kind, goals[_i].goal.kind);
    ck_assert_uint_eq(goal.percent_bp, goals[_i].goal.percent_bp);
    ck_assert_uint_eq(goal.limit_ns, goals[_i].goal.limit_ns);
    ck_assert_uint_eq(goal.end_second, goals[_i].goal.end_second);
    g_autofree char *text = hv_goal_format(&goal);

    ck_assert_str_eq(text, goals[_i].canonical ? goals[_i].canonical : goals[_i].text);
}
END_TEST

static const char *const no_goals[] = {
    "",        "p95",         "p95 > 200ms",    "p0 < 1s",       "p101 < 1s",   "mean < 0s",
    "mean 5s", "median < 5s", "velocity < 50%", "velocity > 0%", "end < 25:00", "end > 04:30",
    "p < 1s",  "means < 1s",  "p95 < 200"};

START_TEST(what_is_no_goal_is_refused)
{
    g_autoptr(GError) error = NULL;
    HvGoal goal = {.kind = HV_GOAL_END};

    ck_assert(!hv_goal_parse(no_goals[_i], &goal, &error));
    ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_WORKLOAD));
    ck_assert_ptr_nonnull(strstr(error->message, "\"p95 < 200ms\""));
    ck_assert_int_eq(goal.kind, HV_GOAL_END);
}
END_TEST

static HvClassDef *sample(void)
{
    HvClassDef *def = hv_class_def_new("C");

    def->lpar = g_strdup("A");
    def->users = 3;
    def->think = hv_distribution_parse("exponential 9s", NULL, NULL);
    def->service = hv_distribution_parse("5ms", NULL, NULL);
    return def;
}

/* Each changes one thing. */
static void other_lpar(HvClassDef *def)
{
    def->lpar[0] = 'B';
}
static void other_users(HvClassDef *def)
{
    def->users++;
}
static void other_think(HvClassDef *def)
{
    hv_distribution_unref(def->think);
    def->think = hv_distribution_parse("exponential 8s", NULL, NULL);
}
static void no_think(HvClassDef *def)
{
    g_clear_pointer(&def->think, hv_distribution_unref);
}
static void arrivals(HvClassDef *def)
{
    def->arrivals = hv_arrivals_parse("poisson 1/s", NULL, NULL);
}
static void other_jobs(HvClassDef *def)
{
    def->jobs = 2;
}
static void other_start(HvClassDef *def)
{
    def->at_start = true;
}
static void other_days(HvClassDef *def)
{
    def->days = 1;
}
static void other_after(HvClassDef *def)
{
    def->after = g_strdup("D");
}
static void other_ios(HvClassDef *def)
{
    def->ios = 1;
}
static void other_device(HvClassDef *def)
{
    const uint16_t number = 0x190;

    g_array_append_val(def->devices, number);
}
static void other_priority(HvClassDef *def)
{
    def->priority = 2;
}
static void other_initiators(HvClassDef *def)
{
    def->initiators = 2;
}
static void other_goal(HvClassDef *def)
{
    hv_goal_parse("mean < 5s", &def->goal, NULL);
}

static void (*const changes[])(HvClassDef *def) = {
    other_lpar, other_users, other_think, no_think,     arrivals,       other_jobs,       other_start,
    other_days, other_after, other_ios,   other_device, other_priority, other_initiators, other_goal};

START_TEST(equality_sees_every_field)
{
    g_autoptr(HvClassDef) a = sample();
    g_autoptr(HvClassDef) b = sample();

    ck_assert(hv_class_def_equal(a, b));
    changes[_i](b);
    ck_assert(!hv_class_def_equal(a, b) && !hv_class_def_equal(b, a));
}
END_TEST

START_TEST(the_source_says_of_what_kind_a_class_is)
{
    g_autoptr(HvClassDef) def = sample();

    ck_assert_str_eq(hv_class_kind_name(hv_class_def_kind(def)), "closed");
    def->at_start = true;
    ck_assert_str_eq(hv_class_kind_name(hv_class_def_kind(def)), "batch");
    def->at_start = false;
    def->after = g_strdup("D");
    ck_assert_str_eq(hv_class_kind_name(hv_class_def_kind(def)), "batch");
    g_clear_pointer(&def->after, g_free);
    def->arrivals = hv_arrivals_parse("every 1s", NULL, NULL);
    ck_assert_str_eq(hv_class_kind_name(hv_class_def_kind(def)), "open");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hv/class-def");
    TCase *cases = tcase_create("class-def");
    SRunner *runner = srunner_create(suite);

    tcase_add_loop_test(cases, a_goal_is_read_and_written, 0, G_N_ELEMENTS(goals));
    tcase_add_loop_test(cases, what_is_no_goal_is_refused, 0, G_N_ELEMENTS(no_goals));
    tcase_add_loop_test(cases, equality_sees_every_field, 0, G_N_ELEMENTS(changes));
    tcase_add_test(cases, the_source_says_of_what_kind_a_class_is);
    suite_add_tcase(suite, cases);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
