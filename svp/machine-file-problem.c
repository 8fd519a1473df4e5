/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The problems of one machine file: collected, put in order, and written as the line that an operator sees.
 *
 * Somebody who corrects a file wants to see every mistake and no consequence of one. So the collection also keeps
 * the set of spoiled keys; whoever finds a problem about such a key asks first and keeps quiet. And a file of pure
 * noise must not fill the memory: after a thousand problems the rest is counted only.
 */
#include "svp/machine-file-problem.h"

#include <string.h>

#define PROBLEMS_MAX     1000
#define VALUE_SHOWN_MAX  120
#define REASON_SHOWN_MAX 240

struct SvpFileProblems {
    GPtrArray *list; /* of SvpFileProblem * */
    unsigned n_not_kept;
    GHashTable *spoiled; /* set of "group\nkey" in small letters, "\nkey" for every group */
};

static void problem_free(void *data)
{
    SvpFileProblem *problem = data;

    g_free(problem->group);
    g_free(problem->key);
    g_free(problem->value);
    g_free(problem->reason);
    g_free(problem->remedy);
    g_free(problem);
}

SvpFileProblems *svp_file_problems_new(void)
{
    SvpFileProblems *problems = g_new0(SvpFileProblems, 1);

    problems->list = g_ptr_array_new_with_free_func(problem_free);
    problems->spoiled = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return problems;
}

void svp_file_problems_free(SvpFileProblems *problems)
{
    if (!problems)
        return;
    g_ptr_array_unref(problems->list);
    g_hash_table_unref(problems->spoiled);
    g_free(problems);
}

/* At most `max` characters of the text, and "..." if there were more. NULL gives NULL. */
static char *shorten(const char *text, long max)
{
    if (!text || g_utf8_strlen(text, -1) <= max)
        return g_strdup(text);
    g_autofree char *begin = g_utf8_substring(text, 0, max);

    return g_strconcat(begin, "...", NULL);
}

static void
add(SvpFileProblems *problems, unsigned line, const char *group, const char *key, const char *value,
    const char *remedy, const char *reason)
{
    g_assert(reason && *reason);
    if (problems->list->len == PROBLEMS_MAX) {
        problems->n_not_kept++;
        return;
    }
    SvpFileProblem *problem = g_new0(SvpFileProblem, 1);

    problem->line = line;
    problem->group = shorten(group, VALUE_SHOWN_MAX);
    problem->key = shorten(key, VALUE_SHOWN_MAX);
    problem->value = shorten(value, VALUE_SHOWN_MAX);
    problem->reason = shorten(reason, REASON_SHOWN_MAX);
    problem->remedy = shorten(remedy, REASON_SHOWN_MAX);
    g_ptr_array_add(problems->list, problem);
}

void svp_file_problems_add(
    SvpFileProblems *problems, unsigned line, const char *group, const char *key, const char *value,
    const char *remedy, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *reason = g_strdup_vprintf(format, args);
    va_end(args);
    add(problems, line, group, key, value, remedy, reason);
}

void svp_file_problems_add_error(
    SvpFileProblems *problems, unsigned line, const char *group, const char *key, const char *value,
    const GError *error)
{
    g_auto(GStrv) halves = g_strsplit(error->message, "\n", 2);

    add(problems, line, group, key, value, halves[1], halves[0]);
}

static char *spoiled_entry(const char *group, const char *key)
{
    g_autofree char *entry = g_strconcat(group ? group : "", "\n", key, NULL);

    return g_ascii_strdown(entry, -1);
}

void svp_file_problems_spoil(SvpFileProblems *problems, const char *group, const char *key)
{
    g_hash_table_add(problems->spoiled, spoiled_entry(group, key));
}

bool svp_file_problems_spoiled(const SvpFileProblems *problems, const char *group, const char *key)
{
    g_autofree char *here = spoiled_entry(group, key);
    g_autofree char *everywhere = spoiled_entry(NULL, key);

    return g_hash_table_contains(problems->spoiled, here) ||
           g_hash_table_contains(problems->spoiled, everywhere);
}

static int compare_lines(const void *a, const void *b)
{
    const SvpFileProblem *x = *(SvpFileProblem *const *)a, *y = *(SvpFileProblem *const *)b;

    return (x->line > y->line) - (x->line < y->line);
}

void svp_file_problems_sort(SvpFileProblems *problems)
{
    g_ptr_array_sort(problems->list, compare_lines); /* keeps the order of equals */
}

GPtrArray *svp_file_problems_steal(SvpFileProblems *problems)
{
    GPtrArray *list = problems->list;

    if (list->len == 0)
        return NULL;
    if (problems->n_not_kept > 0) {
        SvpFileProblem *last = g_new0(SvpFileProblem, 1);
        last->reason = g_strdup_printf("there are %u more problems", problems->n_not_kept);
        g_ptr_array_add(list, last);
    }
    problems->list = g_ptr_array_new_with_free_func(problem_free);
    problems->n_not_kept = 0;
    return list;
}

/* "[lpar LPAR2] ip-shares = 9:50: ", as much of it as there is. */
static void append_place(GString *text, const SvpFileProblem *problem)
{
    if (problem->group)
        g_string_append_printf(text, "[%s]", problem->group);
    if (problem->key)
        g_string_append_printf(text, "%s%s", problem->group ? " " : "", problem->key);
    if (problem->value)
        g_string_append_printf(text, " =%s%s", *problem->value ? " " : "", problem->value);
    if (problem->group || problem->key)
        g_string_append(text, ": ");
}

char *svp_machine_file_problem_text(const char *path, const SvpFileProblem *problem)
{
    g_autofree char *shown_path = g_filename_display_name(path);
    GString *text = g_string_new(shown_path);

    if (problem->line > 0)
        g_string_append_printf(text, ":%u", problem->line);
    g_string_append(text, ": ");
    append_place(text, problem);
    g_string_append_printf(text, "%s.", problem->reason);
    if (problem->remedy)
        g_string_append_printf(
            text, " %c%s%s", g_ascii_toupper(problem->remedy[0]), problem->remedy + 1,
            g_str_has_suffix(problem->remedy, "?") ? "" : ".");
    return g_string_free(text, FALSE);
}
