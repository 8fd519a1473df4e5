/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The menus: options stand behind the menu that they are below, each is a command of the table, and what an operator types at them is what is
 * carried out.
 */
#include "svp/command-parse.h"
#include "svp/operations/menu.h"
#include "tests/svp/console-room.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define PATENT "examples/patent.ini"

static const struct {
    const char *parameter, *value;
} samples[] = {
    {"copy", "COPY"},  {"device", "TAP01"}, {"directory", "/tmp/x"}, {"job", "INTEG"},
    {"lpar", "LPAR1"}, {"number", "1"},     {"object", "ms"},        {"receiver", "ALL"},
};

static const char *sample(const char *parameter)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(samples); i++)
        if (strcmp(samples[i].parameter, parameter) == 0)
            return samples[i].value;
    ck_abort_msg("no sample of %s", parameter);
}

static bool is_in_table(const char *command)
{
    for (const SvpCommandRow *row = svp_commands; row->name; row++)
        if (g_str_has_prefix(command, row->name))
            return true;
    return false;
}

/* An option below an option stands behind it, and that one is a menu. */
START_TEST(options_are_a_tree)
{
    for (const SvpMenuOption *row = svp_menu; row->option; row++) {
        const char *point = strrchr(row->option, '.');
        g_autofree char *parent = point ? g_strndup(row->option, (gsize)(point - row->option)) : NULL;
        const SvpMenuOption *above = parent ? svp_menu_find(parent) : NULL;

        ck_assert_ptr_eq(svp_menu_find(row->option), row);
        ck_assert(!parent || (above && above < row && !above->command));
        ck_assert(svp_menu_is_below(row, parent));
    }
}
END_TEST

START_TEST(every_option_is_a_command)
{
    ConsoleRoom *room = console_room_new(PATENT, NULL);

    for (const SvpMenuOption *row = svp_menu; row->option; row++) {
        char *names[SVP_MENU_PARAMETERS] = {NULL};
        const char *values[SVP_MENU_PARAMETERS] = {NULL};
        bool optional[SVP_MENU_PARAMETERS];
        g_autoptr(GError) error = NULL;
        unsigned n = svp_menu_parameters(row, names, optional);

        for (unsigned i = 0; i < n; i++) {
            values[i] = sample(names[i]);
            ck_assert(*svp_menu_prompt(names[i]));
        }
        g_autofree char *command = row->command ? svp_menu_command(row, values) : NULL;
        g_autoptr(SvpCall) call =
            command ? svp_command_parse(monitor_system_state(room->system), command, NULL, &error) : NULL;

        ck_assert_msg(!row->command || call, "%s: %s: %s", row->option, command, error ? error->message : "");
        ck_assert_msg(!row->command || is_in_table(command), "%s", command);
        for (unsigned i = 0; i < n; i++)
            g_free(names[i]);
    }
    console_room_free(room);
}
END_TEST

START_TEST(parameters_are_put_in_or_left_out)
{
    static const SvpMenuOption option = {"1", "Test", "GO[ TO({a})] BY {b}[,{c}]"};
    static const struct {
        const char *values[SVP_MENU_PARAMETERS], *command;
    } cases[] = {
        {{"x", "y", "z"}, "GO TO(x) BY y,z"}, {{"", "y", ""}, "GO BY y"}, {{NULL, "y", NULL}, "GO BY y"},
        {{"x", "y", NULL}, "GO TO(x) BY y"},  {{"x", "", "z"}, NULL},
    };
    g_autofree char *synopsis = svp_menu_synopsis(&option);

    ck_assert_str_eq(synopsis, "GO [TO(a)] BY b[,c]");

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *command = svp_menu_command(&option, cases[i].values);

        ck_assert_pstr_eq(command, cases[i].command);
    }
}
END_TEST

/* --- At a terminal ---------------------------------------------------------------------------------------- */

typedef struct {
    const char *const *answers;
    GString *asked;
} Operator;

static char *answer(const char *prompt, void *data)
{
    Operator *operator= data;

    g_string_append_printf(operator->asked, "%s|", prompt);
    return *operator->answers ? g_strdup(*operator->answers++) : NULL;
}

static const struct {
    const char *line;
    const char *answers[6];
    bool done;         /* the line is carried out */
    const char *state; /* of LPAR1 afterwards */
    const char *asked; /* a part of what was asked */
} conversations[] = {
    {"MENU",
     {"54", "1", "LPAR1", ""},
     true,
     "stopped",
     "Option, or ENTER to leave: |LPAR (name or number): |ENTER to do it"},
    {"MENU", {"54.1", "LPAR1", ""}, true, "stopped", "LPAR (name or number): |"},
    {"MENU 54", {"1", "lpar1", ""}, true, "stopped", "Option, or ENTER to leave: |"},
    {"MENU 54.1", {"LPAR1", ""}, true, "stopped", "LPAR (name or number): |"},
    {"MENU 54.1 LPAR1", {""}, true, "stopped", "ENTER to do it"},
    {"MENU 54.1", {"LPAR1", "no"}, false, "operating", "ENTER"},
    {"MENU 54.1", {"LPAR1", NULL}, false, "operating", "ENTER"},
    {"MENU 54.1", {""}, false, "operating", "LPAR"},
    {"MENU 54.1", {"LPAR9", ""}, false, "operating", "LPAR (name or number): "}, /* nothing to confirm */
    {"MENU 33.12", {"LPAR1", NULL}, false, "operating", "Tape unit in use (TAP01 to TAP99): "},
    {"MENU", {""}, true, "operating", "Option, or ENTER to leave: |"},
    {"MENU", {NULL}, true, "operating", "Option, or ENTER to leave: |"},
    {"MENU", {"77"}, false, "operating", "Option, or ENTER to leave: |"},
};

START_TEST(an_operator_is_asked)
{
    Operator operator= {.answers = conversations[_i].answers, .asked = g_string_new(NULL)};
    const SvpConsoleConfig config = {.ask = true, .ask_func = answer, .ask_data = &operator};
    ConsoleRoom *room = console_room_new(PATENT, &config);

    svp_console_line(room->console, "RUN 1s", "test");
    ck_assert(svp_console_line(room->console, conversations[_i].line, "test") == conversations[_i].done);
    ck_assert_msg(strstr(operator.asked->str, conversations[_i].asked), "%s", operator.asked->str);
    ck_assert_msg(!strchr(operator.asked->str, '\n'), "%s", operator.asked->str); /* a prompt is one line */
    console_room_clear(room);
    svp_console_line(room->console, "DISPLAY LPAR LPAR1", "test");
    ck_assert_msg(
        strstr(console_room_out(room), conversations[_i].state), "%s: %s", conversations[_i].line,
        console_room_out(room));
    console_room_free(room);
    g_string_free(operator.asked, TRUE);
}
END_TEST

START_TEST(a_script_gives_parameters)
{
    ConsoleRoom *room = console_room_new(PATENT, NULL);
    json_t *object = console_room_json(room, "MENU 54.1 LPAR1");

    ck_assert_str_eq(json_string_value(console_room_at(object, "result.given")), "STOP LPAR1");
    json_decref(object);
    object = console_room_json(room, "DISPLAY LPAR LPAR1");
    ck_assert_str_eq(json_string_value(console_room_at(object, "result.lpars.0.state")), "stopped");
    json_decref(object);
    ck_assert(!svp_console_line(room->console, "MENU 54.1", "test"));
    ck_assert(!svp_console_line(room->console, "MENU 54.1 LPAR1 LPAR2", "test"));
    ck_assert(!svp_console_line(room->console, "MENU 55.1 LPAR9", "test"));
    console_room_free(room);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("svp/menu");
    TCase *cases = tcase_create("menu");

    tcase_add_test(cases, options_are_a_tree);
    tcase_add_test(cases, every_option_is_a_command);
    tcase_add_test(cases, parameters_are_put_in_or_left_out);
    tcase_add_loop_test(cases, an_operator_is_asked, 0, G_N_ELEMENTS(conversations));
    tcase_add_test(cases, a_script_gives_parameters);
    suite_add_tcase(suite, cases);

    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
