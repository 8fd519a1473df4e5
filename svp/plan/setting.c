/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Setting a key in the text of a machine file.
 *
 * An alternative of a study is the planner's own machine file with some values changed. The change is made in the text, and the ordinary
 * reader reads the result: so everything that a machine file can say can vary, and what is wrong with an alternative is said in the
 * words that are used for machine files. Titles are compared as the reader does: in any case, with one blank between the words.
 */
#include "svp/plan/setting.h"

#include "hv/nearest.h"
#include "svp/error.h"

#include <string.h>

/* "lpar prod" of a line "[ lpar  PROD ] # comment"; NULL if the line is no group. Free with g_free(). */
static char *title_of(const char *line)
{
    const char *begin = line + strspn(line, " \t");
    const char *end = strchr(begin, ']');

    if (*begin != '[' || !end)
        return NULL;
    g_autofree char *inside = g_strndup(begin + 1, (gsize)(end - begin - 1));
    g_autofree char *small = g_ascii_strdown(inside, -1);
    g_auto(GStrv) words = g_strsplit_set(small, " \t", -1);
    GString *title = g_string_new(NULL);

    for (char **word = words; *word; word++)
        if (**word)
            g_string_append_printf(title, "%s%s", title->len > 0 ? " " : "", *word);
    return g_string_free(title, FALSE);
}

/* Whether the line is "key = ...". */
static bool sets_key(const char *line, const char *key)
{
    const char *begin = line + strspn(line, " \t");
    size_t length = strlen(key);

    return strncmp(begin, key, length) == 0 && begin[length + strspn(begin + length, " \t")] == '=';
}

static void refuse_group(char **lines, const char *group, GError **error)
{
    g_autoptr(GPtrArray) titles = g_ptr_array_new_with_free_func(g_free);

    for (char **line = lines; *line; line++) {
        char *title = title_of(*line);

        if (title)
            g_ptr_array_add(titles, title);
    }
    const char *like = hv_nearest(group, (const char *const *)titles->pdata, titles->len);

    g_set_error(
        error, SVP_ERROR, SVP_ERROR_STUDY, "The machine file has no group [%s]\n%s%s%s", group,
        like ? "Did you mean [" : "Vary a key of a group that is there", like ? like : "", like ? "]?" : "");
}

/* Where the group's line is, and where its key's (-1: it is not there). */
static bool find(char **lines, const char *group, const char *key, int *ret_group, int *ret_key)
{
    g_autofree char *bracketed = g_strdup_printf("[%s]", group);
    g_autofree char *wanted = title_of(bracketed);
    bool inside = false;

    *ret_group = *ret_key = -1;
    for (int i = 0; lines[i]; i++) {
        g_autofree char *title = title_of(lines[i]);

        if (title)
            inside = wanted && strcmp(title, wanted) == 0;
        if (title && inside)
            *ret_group = i;
        else if (inside && *ret_key < 0 && sets_key(lines[i], key))
            *ret_key = i;
    }
    return *ret_group >= 0;
}

char *svp_setting_apply(const char *machine_text, const char *key, const char *value, GError **error)
{
    const char *dot = strrchr(key, '.');
    g_auto(GStrv) lines = g_strsplit(machine_text, "\n", -1);
    int group_line, key_line;

    g_assert(dot);
    g_autofree char *group = g_strndup(key, (gsize)(dot - key));

    if (!find(lines, group, dot + 1, &group_line, &key_line)) {
        refuse_group(lines, group, error);
        return NULL;
    }
    int changed = key_line >= 0 ? key_line : group_line;
    char *line = key_line >= 0 ? g_strdup_printf("%s = %s", dot + 1, value)
                               : g_strdup_printf("%s\n%s = %s", lines[group_line], dot + 1, value);

    g_free(lines[changed]);
    lines[changed] = line;
    return g_strjoinv("\n", lines);
}
