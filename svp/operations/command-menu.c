/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MENU: the options, and doing what one of them says.
 *
 * Where somebody sits at the console he is asked: for the option, for its parameters, and whether the command that comes of it is to be
 * carried out. In a script the parameters stand behind the option, in order, and the command is carried out. Either way it is a command
 * as if it had been typed: with its own role, its own entry in the log and in the audit.
 */
#include "svp/command-row.h"
#include "svp/console-private.h"
#include "svp/error.h"
#include "svp/message.h"
#include "svp/operations/menu.h"
#include "svp/table.h"

#include <string.h>

/* --- Showing -------------------------------------------------------------------------------------------- */

static void add_options(SvpTable *table, const char *parent, unsigned depth)
{
    for (const SvpMenuOption *row = svp_menu; row->option; row++) {
        if (!svp_menu_is_below(row, parent))
            continue;
        svp_table_cell(table, "%s", row->option);
        svp_table_cell(table, "%*s%s", (int)(2 * depth), "", row->title);
        g_autofree char *synopsis = svp_menu_synopsis(row);

        svp_table_cell(table, "%s", synopsis ? synopsis : "");
        add_options(table, row->option, depth + 1);
    }
}

static void draw_menu(SvpPage *page, const SvpMenuOption *menu)
{
    static const SvpColumn columns[] = {{"option", false}, {"", false}, {"command", false}};
    g_autoptr(SvpTable) table = svp_table_new(columns, G_N_ELEMENTS(columns));

    add_options(table, menu ? menu->option : NULL, 0);
    svp_page_title(page, "%s", menu ? menu->title : "Menu");
    svp_table_print(table, page);
}

static void show_menu(const SvpMenuOption *menu, SvpResult *result)
{
    if (result->json)
        json_object_set_new(result->json, "menu", svp_menu_json(menu ? menu->option : NULL));
    else
        draw_menu(result->page, menu);
}

/* --- Asking --------------------------------------------------------------------------------------------- */

/* The answer without blanks around it; NULL: there is no more. Free with g_free(). */
static char *ask(const SvpConsole *console, const char *question)
{
    g_autofree char *prompt = g_strdup_printf("%s: ", question);

    svp_page_flush(console->page);
    char *answer = console->config.ask_func(prompt, console->config.ask_data);

    return answer ? g_strstrip(answer) : NULL;
}

static bool refuse_option(const char *option, GError **error)
{
    g_autofree char *quoted = svp_message_quote(option);

    g_set_error(
        error, SVP_ERROR, SVP_ERROR_OPERAND, "%s is no option of the menu\nMENU shows the options", quoted);
    return false;
}

static bool say_cancelled(GError **error)
{
    g_set_error_literal(error, SVP_ERROR, SVP_ERROR_CANCELLED, "MENU is cancelled\nNothing has been done");
    return false;
}

/* From menu to menu, down to an option with a command. *ret_option NULL: the operator wants none. */
static bool choose(
    SvpConsole *console, const SvpMenuOption *menu, SvpResult *result, const SvpMenuOption **ret_option,
    GError **error)
{
    while (!menu || !menu->command) {
        draw_menu(result->page, menu);
        g_autofree char *answer = ask(console, "Option, or ENTER to leave");

        if (!answer || !*answer) {
            *ret_option = NULL;
            return true;
        }
        g_autofree char *below = menu ? g_strdup_printf("%s.%s", menu->option, answer) : g_strdup(answer);
        const SvpMenuOption *next = svp_menu_find(below);

        menu = next ? next : svp_menu_find(answer);
        if (!menu)
            return refuse_option(answer, error);
    }
    *ret_option = menu;
    return true;
}

/* Values that were not given are asked for. False: there are no more answers. */
static bool ask_values(
    const SvpConsole *console, char *const names[], const bool optional[], unsigned n,
    char *values[SVP_MENU_PARAMETERS], GError **error)
{
    for (unsigned i = 0; i < n; i++) {
        g_autofree char *question =
            g_strdup_printf("%s%s", svp_menu_prompt(names[i]), optional[i] ? " (may be left out)" : "");

        if (!values[i] && !(values[i] = ask(console, question)))
            return say_cancelled(error);
    }
    return true;
}

static bool confirm(const SvpConsole *console, GError **error)
{
    g_autofree char *answer = ask(console, "ENTER to do it, anything else not to");

    return answer && !*answer ? true : say_cancelled(error);
}

/* --- Doing ---------------------------------------------------------------------------------------------- */

/* The command is shown before anybody is asked whether it is meant, and nobody is asked for one that cannot be understood. */
static bool carry_out(
    SvpConsole *console, const SvpMenuOption *option, const char *command, bool asks, SvpResult *result,
    GError **error)
{
    g_autofree char *source = g_strdup_printf("menu %s", option->option);
    g_autoptr(SvpCall) call = svp_command_parse(svp_console_state(console), command, NULL, error);

    if (!call)
        return false;
    if (result->page) {
        svp_page_printf(result->page, SVP_STYLE_NOTABLE, "%s: %s\n", option->title, call->text);
        svp_page_flush(result->page);
    }
    if (asks && !confirm(console, error))
        return false;
    bool done = svp_console_carry_out(console, call, source, HV_TIME_NEVER);

    console->queued_refused += done ? 0 : 1;
    if (result->json) {
        json_object_set_new(result->json, "option", json_string(option->option));
        json_object_set_new(result->json, "given", json_string(call->text));
        json_object_set_new(result->json, "queued_refused", json_integer(done ? 0 : 1));
    }
    return true;
}

/* What stands behind the option, by blanks; more than the option takes is refused. */
static bool take_values(
    const SvpMenuOption *option, const char *text, unsigned n, char *values[SVP_MENU_PARAMETERS],
    GError **error)
{
    g_auto(GStrv) words = g_strsplit_set(text ? text : "", " ,", -1);
    unsigned n_given = 0;

    for (unsigned i = 0; words[i]; i++) {
        if (!*words[i])
            continue;
        if (n_given == n) {
            g_autofree char *quoted = svp_message_quote(words[i]), *synopsis = svp_menu_synopsis(option);

            g_set_error(
                error, SVP_ERROR, SVP_ERROR_OPERAND,
                "%s is one parameter too many for option %s\nIt gives %s", quoted, option->option, synopsis);
            return false;
        }
        values[n_given++] = g_strdup(words[i]);
    }
    return true;
}

static bool do_option(
    SvpConsole *console, const SvpMenuOption *option, const char *text, SvpResult *result, GError **error)
{
    char *names[SVP_MENU_PARAMETERS] = {NULL}, *values[SVP_MENU_PARAMETERS] = {NULL};
    bool optional[SVP_MENU_PARAMETERS] = {false}, asks = console->config.ask && result->page;
    unsigned n = svp_menu_parameters(option, names, optional);
    bool done = take_values(option, text, n, values, error);

    done = done && (!asks || ask_values(console, names, optional, n, values, error));
    g_autofree char *command = done ? svp_menu_command(option, (const char *const *)values) : NULL;
    g_autofree char *synopsis = svp_menu_synopsis(option);

    if (done && !command)
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_OPERAND, "Option %s needs its parameters\nIt gives %s",
            option->option, synopsis);
    done = command && carry_out(console, option, command, asks && n > 0, result, error);
    for (unsigned i = 0; i < SVP_MENU_PARAMETERS; i++) {
        g_free(names[i]);
        g_free(values[i]);
    }
    return done;
}

SVP_COMMAND_FUNC(menu)
{
    const char *given = svp_call_word(call, "option");
    const SvpMenuOption *option = given ? svp_menu_find(given) : NULL;

    if (given && !option)
        return refuse_option(given, error);
    if (console->config.ask && result->page) {
        if (!choose(console, option, result, &option, error))
            return false;
        if (!option)
            return true;
    }
    if (option && option->command)
        return do_option(console, option, svp_call_word(call, "parameters"), result, error);
    show_menu(option, result);
    return true;
}
