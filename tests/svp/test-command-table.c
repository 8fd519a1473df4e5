/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The table of commands: every row has what help, parsing and completion need, its example is a command, and the page in docs/
 * is what the table says.
 */
#include "svp/command-walk.h"
#include "svp/error.h"
#include "tests/svp/machine-text.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    ResmgrDefinition *definition;
    ResmgrState *state;
} Machine;

static Machine machine_new(void)
{
    g_autofree char *text = machine_text_load("examples/patent.ini");
    Machine machine = {.definition = machine_text_parse(text)};

    machine.state = resmgr_state_new(machine.definition);
    return machine;
}

static void machine_free(Machine *machine)
{
    resmgr_state_free(machine->state);
    resmgr_definition_free(machine->definition);
}

/* --- Rows ----------------------------------------------------------------------------------------------- */

static void check_operands(const SvpCommandRow *row)
{
    bool optional = false;

    ck_assert_msg(!row->operands[SVP_OPERANDS - 1].name, "%s has too many operands", row->name);
    for (const SvpOperand *operand = row->operands; operand->name; operand++) {
        ck_assert_msg(
            operand->optional || !optional || svp_operand_is_flag(operand),
            "%s: %s stands behind an optional one", row->name, operand->name);
        ck_assert_msg(!operand->optional || !row->rows, "%s: optional before a choice", row->name);
        ck_assert((operand->kind == SVP_OPERAND_KEYWORD) == (operand->words != NULL));
        ck_assert((operand->kind == SVP_OPERAND_NUMBER) == (operand->max > 0));
        optional = operand->optional;
    }
}

static void check_rows(const SvpCommandRow *rows, const ResmgrState *state)
{
    for (const SvpCommandRow *row = rows; row->name; row++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(SvpCall) call = svp_command_parse(state, row->example, NULL, &error);

        ck_assert_msg(call, "%s: %s", row->example, error ? error->message : "");
        ck_assert_msg(strstr(row->example, row->name), "%s is no example of %s", row->example, row->name);
        ck_assert_str_eq(call->text, row->example);
        ck_assert(row->help && *row->help && !g_str_has_suffix(row->help, "."));
        ck_assert(!row->detail || g_str_has_suffix(row->detail, "."));
        ck_assert_msg((row->run != NULL) != (row->rows != NULL), "%s", row->name);
        check_operands(row);
        for (const SvpCommandRow *other = rows; other < row; other++)
            ck_assert_str_ne(other->name, row->name);
        if (row->rows)
            check_rows(row->rows, state);
    }
}

START_TEST(rows_are_complete)
{
    Machine machine = machine_new();

    check_rows(svp_commands, machine.state);
    machine_free(&machine);
}
END_TEST

static const struct {
    const char *line, *syntax;
} syntaxes[] = {
    {"INTEG LPAR2,LPAR1", "INTEG retiring,surviving [PLAN] [NONOTIFY] [FORCE] [SHUTDOWN=duration]"},
    {"GUEST LPAR1,CF STOR(ALL),ONLINE", "GUEST lpar,CF STOR(ALL),ONLINE"},
    {"GUEST LPAR1,CF CPU(1),ONLINE", "GUEST lpar,CF CPU(n),ONLINE|OFFLINE"},
    {"GUEST LPAR1,DISPLAY", "GUEST lpar,DISPLAY"},
    {"DISPLAY MS", "DISPLAY MS [lpar]"},
    {"SET RESERVED 1,1M", "SET RESERVED lpar,size[,ES]"},
    {"SET FAULT OFF", "SET FAULT point|OFF"},
    {"SET CHP 00,RELEASE", "SET CHP chpid,RELEASE"},
    {"ACTIVATE ALL", "ACTIVATE lpar|ALL"},
    {"AT 1s QUIET", NULL},
    {"RUN 1s", "RUN duration"},
    {"SBMJOB RUN", NULL},
    {"SBMJOB DISPLAY MS", "SBMJOB command [JOB(name)] [HOLD]"},
    {"QUIT", "QUIT [KEEP]"},
};

START_TEST(syntax_derives_from_the_row)
{
    Machine machine = machine_new();
    g_autoptr(SvpCall) call = svp_command_parse(machine.state, syntaxes[_i].line, NULL, NULL);
    g_autofree char *syntax = call ? svp_command_syntax(call->path, call->n_path) : NULL;

    ck_assert_pstr_eq(syntax, syntaxes[_i].syntax);
    machine_free(&machine);
}
END_TEST

/* Every name, and every abbreviation of it down to where it fits two, names its row. */
START_TEST(names_can_be_abbreviated_while_unique)
{
    Machine machine = machine_new();

    for (const SvpCommandRow *row = svp_display_rows; row->name; row++)
        for (size_t length = strlen(row->name); length > 0; length--) {
            unsigned fit = 0, whole = 0; /* of another row */
            const char *operands = row->example + strlen("DISPLAY ") + strlen(row->name);
            g_autofree char *line = g_strdup_printf("display %.*s%s", (int)length, row->name, operands);
            g_autofree char *lower = g_ascii_strdown(line, -1);
            g_autoptr(SvpCall) call = svp_command_parse(machine.state, lower, NULL, NULL);

            for (const SvpCommandRow *other = svp_display_rows; other->name; other++) {
                fit += strncmp(other->name, row->name, length) == 0 ? 1 : 0;
                whole += other != row && strlen(other->name) == length &&
                         strncmp(other->name, row->name, length) == 0;
            }
            if (whole > 0)
                continue;
            ck_assert_msg((call != NULL) == (fit == 1 || length == strlen(row->name)), "%s", line);
            if (call)
                ck_assert_ptr_eq(svp_call_row(call), row);
        }
    machine_free(&machine);
}
END_TEST

static const struct {
    const char *word;
    int index;
    const char *remedy; /* a part of it, where the word is refused */
} words[] = {
    {"AT", 0, NULL}, /* a whole name wins over those that begin with it */
    {"at", 0, NULL},
    {"ATT", 1, NULL},
    {"l", 2, NULL},
    {"A", -1, "tell them apart"},
    {"LOAS", -1, "Did you mean LOAD?"},
    {"XYZZY", -1, "There are AT, ATTACH, LOAD"},
    {"ATTACHED", -1, "Did you mean ATTACH?"},
};

START_TEST(words_are_matched_or_something_near_is_suggested)
{
    static const char *const names[] = {"AT", "ATTACH", "LOAD", NULL};
    g_autoptr(GError) error = NULL;
    int index = svp_walk_match(words[_i].word, names, "nothing", SVP_ERROR_OPERAND, &error);

    ck_assert_int_eq(index, words[_i].index);
    ck_assert((error != NULL) == (index < 0));
    if (error)
        ck_assert_msg(strstr(error->message, words[_i].remedy), "%s", error->message);
}
END_TEST

/* --- Completion ----------------------------------------------------------------------------------------- */

/* "|" is the cursor; "@": the names of all rows. */
static const struct {
    const char *line, *candidates;
} completions[] = {
    {"|", "@commands"},
    {"dea|", "DEACTIVATE"},
    {"integ|", "INTEG"},
    {"x|", NULL},
    {"display |", "@nouns"},
    {"d|", "DISPLAY DEACTIVATE DEFINE DELETE"},
    {"integ|", "INTEG"},
    {"x|", NULL},
    {"dis l|", "LPAR LOG"},
    {"dis l| rest", "LPAR LOG"},
    {"display ms |", "LPAR1 LPAR2 LPAR3"},
    {"display ms lpar1 |", NULL},
    {"integ lpar2,|", "LPAR1 LPAR2 LPAR3"},
    {"integ lpar2,lpar1 |", "PLAN NONOTIFY FORCE SHUTDOWN"},
    {"integ lpar2,lpar1 FORCE |", "PLAN NONOTIFY SHUTDOWN"},
    {"integ nobody,|", NULL},
    {"activate |", "LPAR1 LPAR2 LPAR3 ALL"},
    {"guest 1,|", "CF DISPLAY TELL VERIFY SAVE RESTORE"},
    {"guest 1,cf |", "STOR CPU"},
    {"guest 1,cf stor(|", "ALL"},
    {"guest 1,cf cpu(3),|", "ONLINE OFFLINE"},
    {"run |", NULL},
    {"run 1|", NULL},
    {"at 10s |", "@commands"},
    {"sbmjob integ 2,|", "LPAR1 LPAR2 LPAR3"},
    {"at 10s integ 2,|", "LPAR1 LPAR2 LPAR3"},
    {"help set |", "@settings"},
    {"((|", NULL},
    {",,|", NULL},
    {"\xff|", NULL},
};

static char *all_names(const SvpCommandRow *rows)
{
    GString *text = g_string_new(NULL);

    for (; rows->name; rows++)
        g_string_append_printf(text, "%s%s", text->len ? " " : "", rows->name);
    return g_string_free(text, FALSE);
}

START_TEST(words_are_completed)
{
    const char *shall = completions[_i].candidates;
    g_autofree char *commands = all_names(svp_commands), *nouns = all_names(svp_display_rows),
                    *settings = all_names(svp_set_rows);
    Machine machine = machine_new();
    g_auto(GStrv) parts = g_strsplit(completions[_i].line, "|", 2);
    g_autofree char *line = g_strconcat(parts[0], parts[1], NULL);
    g_auto(GStrv) found = svp_command_complete(machine.state, line, strlen(parts[0]));
    g_autofree char *joined = found ? g_strjoinv(" ", found) : NULL;

    if (shall && *shall == '@')
        shall = strcmp(shall, "@nouns") == 0 ? nouns : strcmp(shall, "@settings") == 0 ? settings : commands;
    ck_assert_pstr_eq(joined, shall);
    machine_free(&machine);
}
END_TEST

/* --- The reference -------------------------------------------------------------------------------------- */

#define BEGIN "<!-- begin: commands -->\n"
#define END   "<!-- end: commands -->\n"

START_TEST(the_table_is_in_the_docs)
{
    g_autofree char *reference = svp_command_reference();
    g_autofree char *page = machine_text_load("docs/commands.md");
    const char *begin = strstr(page, BEGIN), *end = strstr(page, END);

    ck_assert(begin && end && begin < end);
    g_autofree char *head = g_strndup(page, (gsize)(begin - page) + strlen(BEGIN));
    g_autofree char *updated = g_strconcat(head, "\n", reference, "\n", end, NULL);

    if (g_strcmp0(g_getenv("LPARSIM_UPDATE_GOLDEN"), "1") == 0)
        ck_assert(g_file_set_contents(SOURCE_ROOT "/docs/commands.md", updated, -1, NULL));
    else
        ck_assert_str_eq(updated, page);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("svp/command-table");
    TCase *cases = tcase_create("command-table");

    tcase_add_test(cases, rows_are_complete);
    tcase_add_loop_test(cases, syntax_derives_from_the_row, 0, G_N_ELEMENTS(syntaxes));
    tcase_add_test(cases, names_can_be_abbreviated_while_unique);
    tcase_add_loop_test(cases, words_are_matched_or_something_near_is_suggested, 0, G_N_ELEMENTS(words));
    tcase_add_loop_test(cases, words_are_completed, 0, G_N_ELEMENTS(completions));
    tcase_add_test(cases, the_table_is_in_the_docs);
    suite_add_tcase(suite, cases);

    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
