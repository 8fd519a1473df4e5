/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * HELP, and the reference of all commands.
 *
 * The same rows are written for a terminal, as JSON, and as Markdown, by walking from a row to all below it that can
 * be run. Nothing is said here about any single command.
 */
#include "svp/command-row.h"
#include "svp/console-private.h"
#include "svp/operations/role.h"
#include "svp/table.h"

#include <string.h>

/* How operands are written, for HELP without a command and for the top of the reference. */
static const char *const conventions[] = {
    "Names may be in any case, and abbreviated as long as they fit one command only.",
    "Operands are separated by commas or blanks. LPARs are given by number or name.",
    "Durations: 10s, 250ms, 1.5h. Sizes: 256M, 64T (binary). CHPIDs: two hexadecimal digits.",
    "A line that begins with # or * is a comment.",
};

/* --- The path of a topic -------------------------------------------------------------------------------- */

typedef struct {
    const SvpCommandRow *rows[SVP_PATH_MAX];
    unsigned n;
} Path;

static Path path_below(const Path *path, const SvpCommandRow *row)
{
    Path below = *path;

    g_assert(below.n < SVP_PATH_MAX);
    below.rows[below.n++] = row;
    return below;
}

static const SvpCommandRow *path_row(const Path *path)
{
    return path->rows[path->n - 1];
}

/* Calls `visit` for the path itself, if it can be run, or for every path below it that can. */
static void visit_runnable(const Path *path, void (*visit)(const Path *path, void *data), void *data)
{
    if (path_row(path)->run) {
        visit(path, data);
        return;
    }
    for (const SvpCommandRow *row = path_row(path)->rows; row->name; row++) {
        Path below = path_below(path, row);

        visit_runnable(&below, visit, data);
    }
}

/* --- JSON ----------------------------------------------------------------------------------------------- */

static void append_json(const Path *path, void *data)
{
    const SvpCommandRow *row = path_row(path);
    g_autofree char *syntax = svp_command_syntax(path->rows, path->n);
    json_t *object = json_pack(
        "{s:s, s:s, s:s, s:s, s:b, s:b}", "syntax", syntax, "help", row->help, "example", row->example,
        "role", svp_role_name(svp_role_of_path(path->rows, path->n)), "modifies", (int)row->modifies, "plan",
        (int)row->plannable);

    g_assert(object);
    if (row->detail)
        json_object_set_new(object, "detail", json_string(row->detail));
    json_array_append_new(data, object);
}

/* --- For people ----------------------------------------------------------------------------------------- */

static void add_table_row(const Path *path, void *data)
{
    g_autofree char *syntax = svp_command_syntax(path->rows, path->n);

    svp_table_cell(data, "%s", syntax);
    svp_table_cell(data, "%s", path_row(path)->help);
}

static void draw_list(SvpPage *page)
{
    static const SvpColumn columns[] = {{"", false}, {"", false}};
    g_autoptr(SvpTable) table = svp_table_new(columns, G_N_ELEMENTS(columns));

    for (const SvpCommandRow *row = svp_commands; row->name; row++) {
        g_autoptr(GString) syntax = g_string_new(NULL);

        svp_command_append_summary(syntax, row);
        svp_table_cell(table, "%s%s", syntax->str, row->rows ? " ..." : "");
        svp_table_cell(table, "%s", row->help);
    }
    svp_page_title(page, "Commands");
    svp_table_print(table, page);
    svp_page_add(page, SVP_STYLE_PLAIN, "\n");
    for (unsigned i = 0; i < G_N_ELEMENTS(conventions); i++)
        svp_page_wrap(page, SVP_STYLE_PLAIN, conventions[i], 0, 0);
    svp_page_add(page, SVP_STYLE_PLAIN, "HELP command explains one, with an example.\n");
}

/* The rows below stand in the table anyway: "SET ..." where their names do not fit. */
static char *topic_title(const SvpPage *page, const Path *path)
{
    g_autofree char *syntax = svp_command_syntax(path->rows, path->n);
    const char *choice = path_row(path)->run ? NULL : strchr(syntax, '|');

    if (!choice || svp_page_columns(syntax) <= svp_page_width(page))
        return g_steal_pointer(&syntax);
    while (choice > syntax && *choice != ' ' && *choice != ',')
        choice--;
    return g_strdup_printf("%.*s ...", (int)(choice - syntax), syntax);
}

static void draw_topic(SvpPage *page, const Path *path)
{
    static const SvpColumn columns[] = {{"", false}, {"", false}};
    const SvpCommandRow *row = path_row(path);
    g_autofree char *title = topic_title(page, path);
    g_autofree char *help = g_strdup_printf("%s.", row->help);
    g_autoptr(SvpTable) table = svp_table_new(columns, G_N_ELEMENTS(columns));

    svp_page_title(page, "%s", title);
    svp_page_wrap(page, SVP_STYLE_PLAIN, help, 0, 0);
    if (row->detail)
        svp_page_wrap(page, SVP_STYLE_PLAIN, row->detail, 0, 0);
    if (!row->run) {
        svp_page_add(page, SVP_STYLE_PLAIN, "\n");
        visit_runnable(path, add_table_row, table);
        svp_table_print(table, page);
    }
    svp_page_printf(page, SVP_STYLE_PLAIN, "\nExample: %s\n", row->example);
    if (row->run)
        svp_page_printf(
            page, SVP_STYLE_PLAIN, "Least role: %s\n", svp_role_name(svp_role_of_path(path->rows, path->n)));
}

SVP_COMMAND_FUNC(help)
{
    Path topic = {0};

    (void)console;
    (void)error;
    for (unsigned i = 0; call->topic && i < call->topic->len; i++)
        topic = path_below(&topic, g_ptr_array_index(call->topic, i));
    if (result->json) {
        json_t *commands = json_array();

        if (topic.n > 0)
            visit_runnable(&topic, append_json, commands);
        for (const SvpCommandRow *row = svp_commands; topic.n == 0 && row->name; row++) {
            const Path path = {.rows = {row}, .n = 1};

            visit_runnable(&path, append_json, commands);
        }
        json_object_set_new(result->json, "commands", commands);
    } else if (topic.n > 0) {
        draw_topic(result->page, &topic);
    } else {
        draw_list(result->page);
    }
    return true;
}

/* --- The reference -------------------------------------------------------------------------------------- */

static char *escape_bars(const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, "|", -1);

    return g_strjoinv("\\|", parts);
}

static void append_markdown_row(const Path *path, void *data)
{
    const SvpCommandRow *row = path_row(path);
    g_autofree char *syntax = svp_command_syntax(path->rows, path->n), *escaped = escape_bars(syntax);

    g_string_append_printf(
        data, "| `%s` | %s.%s%s | `%s` |\n", escaped, row->help, row->detail ? " " : "",
        row->detail ? row->detail : "", row->example);
}

char *svp_command_reference(void)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < G_N_ELEMENTS(conventions); i++)
        g_string_append_printf(text, "- %s\n", conventions[i]);
    for (const SvpCommandRow *row = svp_commands; row->name; row++) {
        const Path path = {.rows = {row}, .n = 1};

        g_string_append_printf(text, "\n## %s\n\n", row->name);
        if (!row->run)
            g_string_append_printf(text, "%s.\n\n", row->help);
        g_string_append(text, "| command | what it does | example |\n| --- | --- | --- |\n");
        visit_runnable(&path, append_markdown_row, text);
    }
    return g_string_free(text, FALSE);
}
