/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Machine files in tests: read, refused, and written again. */
#include "tests/svp/machine-text.h"

#include <check.h>
#include <string.h>

#ifndef SOURCE_ROOT
#error "SOURCE_ROOT is where the golden files are"
#endif

char *machine_text_load(const char *path)
{
    g_autofree char *full = g_build_filename(SOURCE_ROOT, path, NULL);
    char *text = NULL;

    ck_assert_msg(g_file_get_contents(full, &text, NULL, NULL), "%s cannot be read", full);
    return text;
}

char *machine_text_problems(GPtrArray *problems, const char *path)
{
    GString *lines = g_string_new(NULL);

    for (unsigned i = 0; problems && i < problems->len; i++) {
        g_autofree char *line = svp_machine_file_problem_text(path, g_ptr_array_index(problems, i));
        ck_assert(g_utf8_validate(line, -1, NULL));
        ck_assert_ptr_null(strchr(line, '\n'));
        g_string_append_printf(lines, "%s\n", line);
    }
    g_clear_pointer(&problems, g_ptr_array_unref);
    return g_string_free(lines, FALSE);
}

ResmgrDefinition *machine_text_parse(const char *text)
{
    GPtrArray *problems = NULL;
    ResmgrDefinition *definition = svp_machine_file_parse(text, strlen(text), &problems);
    g_autofree char *lines = machine_text_problems(problems, "FILE");

    ck_assert_msg(definition, "%s\n%s", text, lines);
    ck_assert_str_eq(lines, "");
    return definition;
}

char *machine_text_refused(const char *text, size_t length)
{
    GPtrArray *problems = NULL;

    ck_assert_ptr_null(svp_machine_file_parse(text, length, &problems));
    ck_assert(problems && problems->len > 0);
    return machine_text_problems(problems, "FILE");
}

void machine_text_round_trip(const ResmgrDefinition *definition)
{
    g_autofree char *text = svp_machine_file_format(definition);
    g_autoptr(ResmgrDefinition) again = machine_text_parse(text);
    g_autofree char *text_again = svp_machine_file_format(again);

    ck_assert_msg(resmgr_definition_equal(definition, again), "%s", text);
    ck_assert_str_eq(text, text_again);
}
