/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Study files: what is read, and the words for what is refused; settings in the text of a machine file.
 */
#include "svp/error.h"
#include "svp/machine-file.h"
#include "svp/plan/setting.h"
#include "svp/plan/study-file.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "[study]\nmachine = m.ini\nlength = 1h\n"

static SvpStudy *parse(const char *text)
{
    GPtrArray *problems = NULL;
    SvpStudy *study = svp_study_parse(text, strlen(text), &problems);

    ck_assert_msg(
        study && !problems, "%s",
        problems ? ((const SvpFileProblem *)g_ptr_array_index(problems, 0))->reason : "");
    return study;
}

START_TEST(all_keys_are_read)
{
    g_autoptr(SvpStudy) study = parse(
        "# a comment\n" HEAD
        "name = n # behind a value\ntitle = T, t\nwarm-up = 5m\nreplications = 5-50 until 5%\n"
        "precision-of = A.C.p95\nseed = 9223372036854775807\nconfidence = 99\ninterval = 10m\n"
        "[commands]\nat-2 = 18:00 INTEG B,A\nat-1 = 90s DISPLAY MS\nat-3 = Sat 02:00:30  STOP A\n"
        "[vary]\nmachine.ips = 1|2 | 3\nlpar A.weight = 7\ndesign = random 2\n"
        "[compare]\na = ips=1\nb = ips=2\n");
    const SvpStudyCommand *first = g_ptr_array_index(study->commands, 0);
    const SvpStudyCommand *second = g_ptr_array_index(study->commands, 1);
    const SvpStudyCommand *third = g_ptr_array_index(study->commands, 2);
    const SvpStudyVary *ips = g_ptr_array_index(study->vary, 0);

    ck_assert_str_eq(study->name, "n");
    ck_assert_str_eq(study->title, "T, t");
    ck_assert_uint_eq(study->length_ns, 3600 * HV_NS_PER_S);
    ck_assert_uint_eq(study->warm_up_ns, 300 * HV_NS_PER_S);
    ck_assert_uint_eq(study->interval_ns, 600 * HV_NS_PER_S);
    ck_assert_uint_eq(study->replications, 5);
    ck_assert_uint_eq(study->replications_max, 50);
    ck_assert_double_eq(study->precision_percent, 5.0);
    ck_assert_uint_eq(study->seed, G_MAXINT64);
    ck_assert_double_eq(study->confidence_percent, 99.0);
    ck_assert_str_eq(first->key, "at-2");
    ck_assert(first->by_clock && first->second == 18 * 3600 && first->days == HV_ALL_WEEKDAYS);
    ck_assert_str_eq(first->command, "INTEG B,A");
    ck_assert(!second->by_clock && second->after_ns == 90 * HV_NS_PER_S);
    ck_assert(third->by_clock && third->second == 7230 && third->days == 1u << 5);
    ck_assert_str_eq(third->command, "STOP A");
    ck_assert_uint_eq(ips->values->len, 3);
    ck_assert_str_eq(g_ptr_array_index(ips->values, 1), "2");
    ck_assert(study->design == SVP_STUDY_RANDOM && study->n_random == 2);
}
END_TEST

START_TEST(what_is_not_given_has_a_default)
{
    g_autoptr(SvpStudy) study = parse(HEAD);

    ck_assert_str_eq(study->name, "study");
    ck_assert_str_eq(study->title, "study");
    ck_assert_uint_eq(study->warm_up_ns, 0);
    ck_assert_uint_eq(study->replications, 10);
    ck_assert_uint_eq(study->replications_max, 10);
    ck_assert_uint_eq(study->seed, 1);
    ck_assert_double_eq(study->confidence_percent, 95.0);
    ck_assert_uint_eq(study->interval_ns, 3600 * HV_NS_PER_S / 96);
    ck_assert(study->design == SVP_STUDY_GRID && study->vary->len == 0 && !study->search.key);
}
END_TEST

START_TEST(a_search_is_read)
{
    g_autoptr(SvpStudy)
        study = parse(HEAD "[search]\nkey = lpar A.ms\nfrom = 256K\nto = 8M\ncondition = A.C.p99.9 > 1.5s\n");

    ck_assert(study->search.size && study->search.from == 256 * HV_KIB && study->search.to == 8 * HV_MIB);
    ck_assert_uint_eq(study->search.step, 256 * HV_KIB); /* the largest power of two up to 1M in both */
    ck_assert_str_eq(study->search.condition.metric, "A.C.p99.9");
    ck_assert(!study->search.condition.below);
    ck_assert_double_eq(study->search.condition.limit, 1.5);
}
END_TEST

/* Limits are in the unit of the metric. */
static const struct {
    const char *text;
    double limit;
} conditions[] = {
    {"A.C.p95 < 200ms", 0.2},
    {"A.C.mean<1m", 60.0},
    {"A.C.velocity > 50%", 50.0},
    {"A.ready_percent < 12.5", 12.5},
    {"machine.busy_percent < 80%", 80.0},
    {"A.busy_ips < 3.5", 3.5},
    {"A.C.throughput > 40", 40.0},
    {"A.C.end < 04:30", 16200.0},
};

START_TEST(a_condition_has_the_unit_of_its_metric)
{
    SvpStudyCondition condition = {0};

    ck_assert(svp_study_condition_parse(conditions[_i].text, &condition, NULL));
    ck_assert_double_eq(condition.limit, conditions[_i].limit);
    g_free(condition.text);
    g_free(condition.metric);
}
END_TEST

static const struct {
    double value;
    const char *text;
} numbers[] = {
    {0, "0"},     {50, "50"},        {-900, "-900"},  {99.9, "99.9"},
    {0.1, "0.1"}, {1.0 / 3.0, NULL}, {1e-7, "1e-07"}, {1e300, "1e+300"},
};

START_TEST(a_number_is_written_shortly)
{
    g_autofree char *text = svp_plan_number_text(numbers[_i].value);

    if (numbers[_i].text)
        ck_assert_str_eq(text, numbers[_i].text);
    ck_assert_double_eq(g_ascii_strtod(text, NULL), numbers[_i].value);
}
END_TEST

/* All problems of a text, one line each. */
static const struct {
    const char *text, *problems;
} refusals[] = {
    {"", "F: the file is empty. Begin with [study].\n"},
    {"\xff", "F: the file is not UTF-8 text. Save the file as plain text in UTF-8.\n"},
    {"[study]\n", "F: [study] machine: the key is missing. Give it, as in machine = machine.ini.\n"
                  "F: [study] length: the key is missing. Give it, as in length = 24h.\n"},
    {"name = x\n" HEAD "nonsense\n",
     "F:1: a key stands before the first group: name = x. Begin with [study].\n"
     "F:5: [study]: this line is neither group nor key: nonsense. Write [GROUP], KEY = VALUE, or a comment "
     "from #.\n"},
    {HEAD "[vari]\nx = 1\n[x\n", "F:4: [vari]: there is no such group in study files. Did you mean [vary]?\n"
                                 "F:6: this is no group: [x. Write [GROUP].\n"},
    {HEAD "sead = 1\nseed = 1\nseed = 2\n",
     "F:4: [study] sead = 1: there is no such key here. Did you mean seed?\n"
     "F:6: [study] seed = 2: the key is there already, in line 5. Keep one of them.\n"},
    {HEAD "warm-up = 1h\ninterval = 2h\n", "F:4: [study] warm-up: the warm-up leaves nothing of the run, "
                                           "whose length is 1h. Give less, or a greater "
                                           "length.\n"
                                           "F:5: [study] interval: a run of 1h cannot be divided into such "
                                           "intervals. Give at most the length, and no less "
                                           "than 1/100000 of it.\n"},
    {HEAD "replications = 5-2\n", "F:4: [study] replications = 5-2: \"5-2\" is not a number of replications. "
                                  "Give 1 to 100000, as in 10, or from "
                                  "two upwards until the interval is narrow enough, as in 5-50 until 5%.\n"},
    {HEAD "replications = 5-20 until 5%\n", "F: [study] precision-of: replications run until an interval is "
                                            "narrow, but nothing says which. Give a metric, "
                                            "as in precision-of = PROD.ONLINE.p95.\n"},
    {HEAD "precision-of = A.C.p95\n", "F:4: [study] precision-of: the number of replications is fixed. Give "
                                      "replications = 5-50 until 5%, or leave "
                                      "this out.\n"},
    {HEAD "confidence = 100\n", "F:4: [study] confidence = 100: \"100\" is not 50 to 99.99. Give the "
                                "confidence in percent, as in 95.\n"},
    {HEAD "[commands]\nat-1 = INTEG B,A\nat1 = 18:00 STOP A\n",
     "F:5: [commands] at-1 = INTEG B,A: \"INTEG B,A\" is not a time and a command. Give a time of the clock "
     "or a time "
     "since power on, and a command, as in 18:00 INTEG TEST,PROD.\n"
     "F:6: [commands] at1 = 18:00 STOP A: \"at1\" is not at- and a number. Number the commands: at-1, "
     "at-2.\n"},
    {HEAD "[vary]\nips = 1\nmachine.ips = 1 | | 2\n",
     "F:5: [vary] ips = 1: \"ips\" is not GROUP.KEY of the machine file. Write machine.ips, lpar NAME.weight "
     "and so "
     "on, command.1 for at-1, or seed.\n"
     "F:6: [vary] machine.ips = 1 | | 2: \"1 | | 2\" is not a list of values. Put | between values, and a "
     "value on "
     "both sides of each.\n"},
    {HEAD "[vary]\ndesign = list\nmachine.ips = 1 | 2\nlpar A.weight = 1\n",
     "F:7: [vary] lpar A.weight: a list pairs values, and here are 1 but 2 in machine.ips. Give as many in "
     "each row, "
     "or design = grid.\n"},
    {HEAD "[vary]\ndesign = grid\n", "F:5: [vary] design: nothing varies, so there is no alternative to "
                                     "choose. Give a row, as in machine.ips = 2 | 3 "
                                     "| 4.\n"},
    {HEAD "[search]\nkey = machine.ips\nfrom = 4\nto = 4\ncondition = A.busy < 1\n",
     "F:7: [search] to: there is nothing between 4 and 4 to search. Give a greater value than from.\n"
     "F:8: [search] condition = A.busy < 1: \"A.busy\" is not a metric. Metrics end in busy_ips, "
     "ready_percent, "
     "capped_percent, busy_percent, mean, p95 or any other percentile, throughput, velocity, end.\n"},
    {HEAD "[compare]\na = x\n", "F: [compare] b: the key is missing. Give it, as in b = ips=4.\n"},
};

START_TEST(a_problem_has_its_words)
{
    GPtrArray *problems = NULL;
    SvpStudy *study = svp_study_parse(refusals[_i].text, strlen(refusals[_i].text), &problems);
    g_autoptr(GString) text = g_string_new(NULL);

    ck_assert(!study && problems);
    for (unsigned i = 0; i < problems->len; i++) {
        g_autofree char *line = svp_machine_file_problem_text("F", g_ptr_array_index(problems, i));

        g_string_append_printf(text, "%s\n", line);
    }
    g_ptr_array_unref(problems);
    ck_assert_str_eq(text->str, refusals[_i].problems);
}
END_TEST

START_TEST(a_study_is_no_machine)
{
    ck_assert(svp_study_is_study("\n [ study ]\nmachine = m\n"));
    ck_assert(!svp_study_is_study("[machine]\nips = 1\n"));
    ck_assert(svp_study_is_study("[machine]\n[study]\n"));
}
END_TEST

/* --- Settings ------------------------------------------------------------------------------------------- */

static const char machine[] =
    "# IPs\n[machine]\nips=4   # four\n\n[ LPAR   Prod ]\nweight = 1\n[lpar TEST]\nweight = 2\n";

static const struct {
    const char *key, *value, *text;
} settings[] = {
    {"machine.ips", "5",
     "# IPs\n[machine]\nips = 5\n\n[ LPAR   Prod ]\nweight = 1\n[lpar TEST]\nweight = 2\n"},
    {"lpar PROD.weight", "7",
     "# IPs\n[machine]\nips=4   # four\n\n[ LPAR   Prod ]\nweight = 7\n[lpar TEST]\nweight = 2\n"},
    {"lpar  test.cap", "hard",
     "# IPs\n[machine]\nips=4   # four\n\n[ LPAR   Prod ]\nweight = 1\n[lpar TEST]\ncap = hard\nweight = "
     "2\n"},
};

START_TEST(a_setting_changes_one_line)
{
    g_autofree char *text = svp_setting_apply(machine, settings[_i].key, settings[_i].value, NULL);

    ck_assert_str_eq(text, settings[_i].text);
}
END_TEST

START_TEST(a_setting_needs_its_group)
{
    g_autoptr(GError) error = NULL;

    ck_assert_ptr_null(svp_setting_apply(machine, "lpar PRDO.weight", "1", &error));
    ck_assert(g_error_matches(error, SVP_ERROR, SVP_ERROR_STUDY));
    ck_assert_str_eq(error->message, "The machine file has no group [lpar PRDO]\nDid you mean [lpar prod]?");
}
END_TEST

START_TEST(the_reference_is_in_the_docs)
{
    g_autofree char *page = NULL;
    g_autofree char *reference = svp_study_reference();

    ck_assert(g_file_get_contents(SOURCE_ROOT "/docs/planning.md", &page, NULL, NULL));
    /* If not: `lparsim reference study-file` prints what belongs there. */
    ck_assert_ptr_nonnull(strstr(page, reference));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("svp/plan-study-file");
    TCase *tcase = tcase_create("study-file");

    tcase_add_test(tcase, all_keys_are_read);
    tcase_add_test(tcase, what_is_not_given_has_a_default);
    tcase_add_test(tcase, a_search_is_read);
    tcase_add_loop_test(tcase, a_condition_has_the_unit_of_its_metric, 0, G_N_ELEMENTS(conditions));
    tcase_add_loop_test(tcase, a_problem_has_its_words, 0, G_N_ELEMENTS(refusals));
    tcase_add_loop_test(tcase, a_number_is_written_shortly, 0, G_N_ELEMENTS(numbers));
    tcase_add_test(tcase, a_study_is_no_machine);
    tcase_add_test(tcase, the_reference_is_in_the_docs);
    tcase_add_loop_test(tcase, a_setting_changes_one_line, 0, G_N_ELEMENTS(settings));
    tcase_add_test(tcase, a_setting_needs_its_group);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
