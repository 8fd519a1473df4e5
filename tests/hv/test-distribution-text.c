/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Distributions as text and from files: what is read, what is written, what is refused and why.
 */
#include "hv/distribution.h"
#include "hv/error.h"

#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>

static HvDistribution *parse(const char *text)
{
    g_autoptr(GError) error = NULL;
    HvDistribution *distribution = hv_distribution_parse(text, NULL, &error);

    ck_assert_msg(distribution != NULL, "%s: %s", text, error ? error->message : "");
    return distribution;
}

START_TEST(texts_and_their_canonical_forms)
{
    static const struct {
        const char *text, *canonical;
    } texts[] = {
        {"5ms", "5ms"},
        {" Constant  0.005s ", "5ms"},
        {"0", "0"},
        {"EXPONENTIAL 1000ms", "exponential 1s"},
        {"hyperexponential\t10ms 4.50", "hyperexponential 10ms 4.5"},
        {"lognormal 10ms 0.000001", "lognormal 10ms 0.000001"},
        {"pareto 1.50 1ms 8784h", "pareto 1.5 1ms 8784h"},
        {"empirical 2ms:1 1ms:3 2ms", "empirical 1ms:3 2ms:2"},
        {"empirical 0", "empirical 0"},
        {"empirical 5ms:1000000000000000", "empirical 5ms:1000000000000000"},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(HvDistribution) distribution = parse(texts[i].text);
        g_autofree char *text = hv_distribution_format(distribution);
        g_autoptr(HvDistribution) again = parse(text);
        ck_assert_str_eq(text, texts[i].canonical);
        ck_assert(hv_distribution_equal(distribution, again));
        ck_assert_double_eq(hv_distribution_mean_ns(distribution), hv_distribution_mean_ns(again));
    }
}
END_TEST

START_TEST(texts_that_are_refused)
{
    static const struct {
        const char *text, *reason;
    } texts[] = {
        {"", "\"\" is no distribution"},
        {"normal 5ms", "\"normal 5ms\" is no distribution"},
        {"-5ms", "\"-5ms\" is no distribution"},
        {"5", "\"5\" is no duration from 0 to 8784h"},
        {"5ms 3", "\"5ms 3\" has too many operands, or too few"},
        {"exponential", "\"exponential\" has too many operands, or too few"},
        {"exponential 0", "\"0\" is no duration from 1ns to 8784h"},
        {"exponential 8785h", "\"8785h\" is no duration from 1ns to 8784h"},
        {"hyperexponential 5ms", "\"hyperexponential 5ms\" has too many operands, or too few"},
        {"hyperexponential 5ms 1",
         "\"1\" is no CS2 of a hyperexponential distribution: it is above 1 and at most 1000000"},
        {"lognormal 5ms 0", "\"0\" is no CS2 of a lognormal distribution: it is above 0 and at most 1000000"},
        {"lognormal 5ms 0.0000001",
         "\"0.0000001\" is no CS2 of a lognormal distribution: it is above 0 and at most 1000000"},
        {"pareto 10.1 1ms 2ms", "\"10.1\" is no ALPHA: it is above 0 and at most 10"},
        {"pareto 1 2ms 2ms", "\"pareto 1 2ms 2ms\" has a LOW that is not below its HIGH"},
        {"pareto 1 0 2ms", "\"0\" is no duration from 1ns to 8784h"},
        {"empirical", "\"empirical\" needs values or a file"},
        {"empirical 5ms:0", "\"5ms:0\" is no VALUE[:COUNT] of at most 8784h"},
        {"empirical 5ms 6", "\"6\" is no VALUE[:COUNT] of at most 8784h"},
        {"empirical 5ms:1000000000000000 1ms",
         "\"1ms\" is too much: 1000000 values can be given, and their counts can add up to 1000000000000000"},
        {"empirical no-such-file", "\"no-such-file\" cannot be read: No such file or directory"},
        {"empirical /dev", "\"/dev\" cannot be read: it is no regular file"},
        {"\x01\xff 5ms", "\"\\001\\377 5ms\" is no distribution"},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GError) error = NULL;
        ck_assert_msg(!hv_distribution_parse(texts[i].text, NULL, &error), "%s", texts[i].text);
        ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_WORKLOAD));
        g_auto(GStrv) halves = g_strsplit(error->message, "\n", 2);
        ck_assert_str_eq(halves[0], texts[i].reason);
        ck_assert(halves[1] && *halves[1]);
    }
}
END_TEST

/* --- Files -------------------------------------------------------------------------------------------------------- */

static char *write_file(const char *folder, const char *name, const char *content, gssize length)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);

    ck_assert(g_file_set_contents(path, content, length, NULL));
    return g_steal_pointer(&path);
}

START_TEST(files)
{
    g_autofree char *folder = g_dir_make_tmp("lparsim-XXXXXX", NULL);
    g_autofree char *path = write_file(
        folder, "1 times.txt", "\xEF\xBB\xBF# seen in May\r\n\r\n1ms 3\r\n 20ms\t1 # slow\n1ms 1\n\n0.5s",
        -1);
    g_autoptr(GError) error = NULL;
    g_autoptr(HvDistribution) relative = hv_distribution_parse("empirical ./1 times.txt", folder, &error);

    g_assert_no_error(error);
    g_autofree char *text = hv_distribution_format(relative);
    g_autofree char *absolute_text = g_strconcat("empirical ", path, NULL);
    g_autoptr(HvDistribution) again = hv_distribution_parse(text, folder, NULL),
                              absolute = parse(absolute_text);

    ck_assert_str_eq(text, "empirical ./1 times.txt");
    ck_assert(hv_distribution_equal(relative, again));
    /* (4 * 1 + 20 + 500) / 6 */
    ck_assert_double_eq_tol(hv_distribution_mean_ns(absolute), 524e6 / 6, 1e-6);
    g_unlink(path);
    g_rmdir(folder);
}
END_TEST

START_TEST(files_that_are_refused)
{
    g_autofree char *too_long = g_strnfill(20000, '1');
    const struct {
        const char *content;
        gssize length;
        const char *reason;
    } contents[] = {
        {"", 0, "times:0: there is no value in the file"},
        {"# nothing\n\n", -1, "times:2: there is no value in the file"},
        {"1ms\n\n2 3\n", -1, "times:3: \"2 3\" is no VALUE [COUNT] of at most 8784h"},
        {"1ms 1 1\n", -1, "times:1: \"1ms 1 1\" is no VALUE [COUNT] of at most 8784h"},
        {"1ms\n2ms 0", -1, "times:2: \"2ms 0\" is no VALUE [COUNT] of at most 8784h"},
        {"1ms\n2ms\0 5", 10, "times:2: there is a NUL in the line"},
        {too_long, -1, "times:1: the line is too long"},
    };
    g_autofree char *folder = g_dir_make_tmp("lparsim-XXXXXX", NULL);

    for (unsigned i = 0; i < G_N_ELEMENTS(contents); i++) {
        g_autofree char *path = write_file(folder, "times", contents[i].content, contents[i].length);
        g_autoptr(GError) error = NULL;
        ck_assert(!hv_distribution_parse("empirical times", folder, &error));
        ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_WORKLOAD));
        g_auto(GStrv) halves = g_strsplit(error->message, "\n", 2);
        ck_assert_str_eq(halves[0], contents[i].reason);
        g_unlink(path);
    }
    g_rmdir(folder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("distribution-text");
    TCase *tcase = tcase_create("text");

    tcase_add_test(tcase, texts_and_their_canonical_forms);
    tcase_add_test(tcase, texts_that_are_refused);
    tcase_add_test(tcase, files);
    tcase_add_test(tcase, files_that_are_refused);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
