/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The charts of a study as files: which there are for a result, that each SVG is one and each PNG has its size, that names of all
 * kinds do no harm, and that the same result gives the same bytes.
 *
 *     test-plan-charts RESULT.json DIR      writes the charts of a result there, to be looked at
 */
#include "svp/plan/charts.h"

#include <check.h>
#include <glib/gstdio.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const fixtures[] = {"study-result", "study-one", "study-many", "study-odd"};

static json_t *load(const char *name)
{
    g_autofree char *path = g_strdup_printf(SOURCE_ROOT "/tests/svp/data/%s.json", name);
    json_t *result = json_load_file(path, 0, NULL);

    ck_assert_msg(result != NULL, "%s", path);
    return result;
}

static GPtrArray *list(const char *directory)
{
    g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);

    for (const char *name; dir && (name = g_dir_read_name(dir));)
        g_ptr_array_add(names, g_strdup(name));
    return names;
}

static void clean(const char *directory)
{
    g_autoptr(GPtrArray) names = list(directory);

    for (unsigned i = 0; i < names->len; i++) {
        g_autofree char *path = g_build_filename(directory, g_ptr_array_index(names, i), NULL);

        g_unlink(path);
    }
    g_rmdir(directory);
}

static void check_svg(const char *bytes, size_t length, const char *name)
{
    xmlDocPtr document = xmlReadMemory(bytes, (int)length, name, NULL, XML_PARSE_NONET);

    ck_assert_msg(document != NULL, "%s is no XML", name);
    ck_assert_str_eq((const char *)xmlDocGetRootElement(document)->name, "svg");
    ck_assert_uint_gt(length, 500);
    xmlFreeDoc(document);
}

static void check_png(const unsigned char *bytes, size_t length, const char *name)
{
    static const unsigned char signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

    ck_assert_msg(length > 500 && memcmp(bytes, signature, sizeof(signature)) == 0, "%s is no PNG", name);
    unsigned width = (unsigned)bytes[16] << 24 | (unsigned)bytes[17] << 16 | (unsigned)bytes[18] << 8 |
                     bytes[19];

    ck_assert_msg(width >= 600 && width <= 4000, "%s is %u wide", name, width);
}

static void check_files(const char *directory, const char *other)
{
    g_autoptr(GPtrArray) names = list(directory);

    ck_assert_uint_gt(names->len, 0);
    for (unsigned i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_autofree char *path = g_build_filename(directory, name, NULL);
        g_autofree char *other_path = g_build_filename(other, name, NULL);
        g_autofree char *bytes = NULL;
        g_autofree char *other_bytes = NULL;
        size_t length, other_length;

        ck_assert(g_file_get_contents(path, &bytes, &length, NULL));
        ck_assert(g_file_get_contents(other_path, &other_bytes, &other_length, NULL));
        ck_assert(length == other_length && memcmp(bytes, other_bytes, length) == 0);
        if (g_str_has_suffix(name, ".svg"))
            check_svg(bytes, length, name);
        else
            check_png((const unsigned char *)bytes, length, name);
    }
}

START_TEST(a_result_has_its_charts)
{
    json_t *result = load(fixtures[_i]);
    g_autofree char *first = g_dir_make_tmp("lparsim-charts-XXXXXX", NULL);
    g_autofree char *second = g_dir_make_tmp("lparsim-charts-XXXXXX", NULL);
    g_autoptr(GError) error = NULL;

    ck_assert_msg(svp_study_charts_write(result, first, &error), "%s", error ? error->message : "");
    ck_assert(svp_study_charts_write(result, second, NULL));
    check_files(first, second);
    clean(first);
    clean(second);
    json_decref(result);
}
END_TEST

START_TEST(a_folder_that_cannot_be_is_an_error)
{
    json_t *result = load(fixtures[0]);
    g_autoptr(GError) error = NULL;

    ck_assert(!svp_study_charts_write(result, "/proc/none/charts", &error));
    ck_assert_ptr_nonnull(strstr(error->message, "/proc/none"));
    json_decref(result);
}
END_TEST

static int write_for_eyes(const char *path, const char *directory)
{
    json_t *result = json_load_file(path, 0, NULL);
    bool ok = result && svp_study_charts_write(result, directory, NULL);

    json_decref(result);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    if (argc == 3)
        return write_for_eyes(argv[1], argv[2]);
    Suite *suite = suite_create("svp/plan-charts");
    TCase *cases = tcase_create("charts");
    SRunner *runner = srunner_create(suite);

    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, a_result_has_its_charts, 0, G_N_ELEMENTS(fixtures));
    tcase_add_test(cases, a_folder_that_cannot_be_is_an_error);
    suite_add_tcase(suite, cases);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
