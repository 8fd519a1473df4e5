/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The page of a study as text: an HTML parser that is not ours has nothing to say against it, what the result says is on it, names of
 * all kinds do no harm, and the same result gives the same bytes. What a browser makes of it is tested in tests/browser.
 */
#include "svp/plan/page-html.h"

#include <check.h>
#include <glib/gstdio.h>
#include <libxml/HTMLparser.h>
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

/* libxml2 knows HTML 4: what HTML 5 added is no error. */
static void note_error(void *data, xmlErrorPtr error)
{
    unsigned *n = data;

    if (error->code == XML_HTML_UNKNOWN_TAG)
        return;
    fprintf(stderr, "line %d: %s", error->line, error->message);
    (*n)++;
}

/* Without its scripts, which are no markup. */
static char *without_scripts(const char *page)
{
    GString *rest = g_string_new(NULL);

    for (const char *script; (script = strstr(page, "<script")); page = strstr(script, "</script>"))
        g_string_append_len(rest, page, script - page);
    g_string_append(rest, page);
    g_string_replace(rest, "</script>", "", 0);
    return g_string_free(rest, FALSE);
}

static char *text_of(const char *page, unsigned *ret_errors)
{
    g_autofree char *markup = without_scripts(page);

    xmlSetStructuredErrorFunc(ret_errors, note_error);
    htmlDocPtr document = htmlReadMemory(markup, (int)strlen(markup), "page", "UTF-8", HTML_PARSE_NONET);
    xmlSetStructuredErrorFunc(NULL, NULL);

    ck_assert_ptr_nonnull(document);
    xmlChar *content = xmlNodeGetContent(xmlDocGetRootElement(document));
    char *text = g_strdup((const char *)content);

    xmlFree(content);
    xmlFreeDoc(document);
    return text;
}

static void check_words(const char *text, const json_t *rows, const char *field)
{
    const json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        const char *word = json_string_value(json_object_get(row, field));

        ck_assert_msg(!word || strstr(text, word), "%s \"%s\" is not on the page", field, word);
    }
}

START_TEST(a_page_is_html_with_all_that_was_found)
{
    json_t *result = load(fixtures[_i]);
    g_autofree char *page = svp_study_page_text(result), *again = svp_study_page_text(result);
    unsigned errors = 0;
    g_autofree char *text = text_of(page, &errors);
    const json_t *alternatives = json_object_get(result, "alternatives");

    ck_assert_uint_eq(errors, 0);
    ck_assert_str_eq(page, again);
    ck_assert(g_utf8_validate(page, -1, NULL));
    ck_assert_ptr_nonnull(strstr(text, json_string_value(json_object_get(result, "title"))));
    for (size_t i = 0; i < MIN(json_array_size(alternatives), 50); i++) {
        const json_t *alternative = json_array_get(alternatives, i);

        ck_assert_ptr_nonnull(strstr(text, json_string_value(json_object_get(alternative, "name"))));
        check_words(text, json_object_get(alternative, "goals"), "goal");
        if (!json_is_string(json_object_get(alternative, "failed")))
            check_words(text, json_object_get(alternative, "metrics"), "name");
    }
    check_words(text, json_object_get(result, "advice"), "reason");
    json_decref(result);
}
END_TEST

/* Nothing that is loaded, and no way out of the JSON in its script. */
START_TEST(a_page_stands_alone)
{
    json_t *result = load("study-odd");
    g_autofree char *page = svp_study_page_text(result);
    g_autofree char *markup = without_scripts(page);
    const char *data = strstr(page, "<script type=\"application/json\" id=\"data\">");

    ck_assert_ptr_null(strstr(markup, "<img"));
    ck_assert_ptr_null(strstr(markup, "stylesheet"));
    ck_assert_ptr_nonnull(data);
    data = strchr(data, '>') + 1;
    const char *end = strstr(data, "</script>");
    json_t *again = json_loadb(data, (size_t)(end - data), 0, NULL);

    ck_assert_ptr_nonnull(again);
    ck_assert_str_eq(
        json_string_value(json_object_get(again, "title")),
        json_string_value(json_object_get(result, "title")));
    json_decref(again);
    json_decref(result);
}
END_TEST

START_TEST(a_page_that_cannot_be_written_is_an_error)
{
    json_t *result = load("study-one");
    g_autoptr(GError) error = NULL;

    ck_assert(!svp_study_page_write(result, "/proc/none/report.html", &error));
    ck_assert_ptr_nonnull(strstr(error->message, "/proc/none/report.html"));
    json_decref(result);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("svp/plan-page");
    TCase *cases = tcase_create("page");
    SRunner *runner = srunner_create(suite);

    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, a_page_is_html_with_all_that_was_found, 0, G_N_ELEMENTS(fixtures));
    tcase_add_test(cases, a_page_stands_alone);
    tcase_add_test(cases, a_page_that_cannot_be_written_is_an_error);
    suite_add_tcase(suite, cases);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
