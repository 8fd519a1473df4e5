/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Roles: every command that can be given, by a user of every role, is refused or not as a list that was written down by hand says; and the
 * table of users never loses its last administrator.
 */
#include "svp/error.h"
#include "svp/operations/role.h"
#include "tests/svp/console-room.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define PATENT "examples/patent.ini"

/* Beginnings of examples; the first that fits counts. What is not in the list needs an operator. */
static const struct {
    const char *begins;
    SvpRole role;
} expected[] = {
    {"DISPLAY", SVP_ROLE_VIEWER},
    {"REPORT", SVP_ROLE_VIEWER},
    {"VERIFY", SVP_ROLE_VIEWER},
    {"HELP", SVP_ROLE_VIEWER},
    {"MENU", SVP_ROLE_VIEWER},
    {"QUIT", SVP_ROLE_VIEWER},
    {"GUEST LPAR1,DISPLAY", SVP_ROLE_VIEWER},
    {"SET USER", SVP_ROLE_ADMINISTRATOR},
    {"SET JOURNAL", SVP_ROLE_ADMINISTRATOR},
    {"DELETE", SVP_ROLE_ADMINISTRATOR},
    {"INZTAP", SVP_ROLE_ADMINISTRATOR},
    {"SAVE STATE", SVP_ROLE_ADMINISTRATOR},
    {"DEFINE", SVP_ROLE_ADMINISTRATOR},
};

static SvpRole expected_of(const char *line)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(expected); i++)
        if (g_str_has_prefix(line, expected[i].begins))
            return expected[i].role;
    return SVP_ROLE_OPERATOR;
}

static const char *const users[] = {
    [SVP_ROLE_VIEWER] = "VISITOR",
    [SVP_ROLE_OPERATOR] = "OPEIBM09",
    [SVP_ROLE_ADMINISTRATOR] = "CHIEF",
};

static ConsoleRoom *room_of(SvpStore *store, const char *user)
{
    const SvpConsoleConfig config = {.json = true, .store = store, .operator_name = user, .no_files = true};

    return console_room_new(PATENT, &config);
}

static SvpStore *store_with_users(void)
{
    SvpStore *store = svp_store_open(NULL, NULL);

    for (unsigned role = SVP_ROLE_ADMINISTRATOR; role >= SVP_ROLE_VIEWER; role--)
        ck_assert(svp_role_set(store, users[role], (SvpRole)role, NULL));
    return store;
}

static void check_line(const char *line, SvpRole needed, SvpRole role)
{
    g_autoptr(SvpStore) store = store_with_users();
    ConsoleRoom *room = room_of(store, users[role]);
    g_autofree char *refusal = console_room_refusal(room, line); /* of the line itself, the last object */

    ck_assert_msg(
        (strcmp(refusal, "LPS580E") == 0) == (role < needed), "%s as %s: %s", line, svp_role_name(role),
        refusal);
    console_room_free(room);
}

static unsigned check_rows(const SvpCommandRow *rows)
{
    unsigned n = 0;

    for (const SvpCommandRow *row = rows; row->name; row++) {
        if (row->rows) {
            n += check_rows(row->rows);
            continue;
        }
        SvpRole needed = expected_of(row->example);

        for (unsigned role = SVP_ROLE_VIEWER; role <= SVP_ROLE_ADMINISTRATOR; role++)
            check_line(row->example, needed, (SvpRole)role);
        n++;
    }
    return n;
}

START_TEST(every_row_for_every_role)
{
    ck_assert_uint_gt(check_rows(svp_commands), 40);
}
END_TEST

static const struct {
    const char *line;
    SvpRole role;
} lines[] = {
    {"INTEG LPAR2,LPAR1 PLAN", SVP_ROLE_VIEWER},
    {"AT 1s DISPLAY MS", SVP_ROLE_OPERATOR},
    {"AT 1s SET USER A ROLE(viewer)", SVP_ROLE_ADMINISTRATOR},
    {"SBMJOB SET USER A ROLE(viewer)", SVP_ROLE_ADMINISTRATOR},
    {"AT 1s SBMJOB SET USER A ROLE(viewer)", SVP_ROLE_ADMINISTRATOR},
    {"SBMJOB STOP LPAR1", SVP_ROLE_OPERATOR},
};

START_TEST(a_command_in_a_command_counts)
{
    for (unsigned role = SVP_ROLE_VIEWER; role <= SVP_ROLE_ADMINISTRATOR; role++)
        check_line(lines[_i].line, lines[_i].role, (SvpRole)role);
}
END_TEST

START_TEST(nobody_is_everybody)
{
    g_autoptr(SvpStore) store = svp_store_open(NULL, NULL);
    ConsoleRoom *room = room_of(store, "somebody");
    static const struct {
        const char *line, *refusal;
    } steps[] = {
        {"STOP LPAR1", ""},
        {"SET USER opeibm09,ROLE(operator)", "LPS581E"}, /* the first is an administrator */
        {"SET USER chief,ROLE(administrator)", ""},
        {"SET USER opeibm09,ROLE(operator)", ""}, /* whoever made him still is */
        {"SET USER chief,ROLE(viewer)", "LPS581E"},
        {"SET USER chief,ROLE(none)", "LPS581E"},
        {"SET USER nobody,ROLE(none)", "LPS581E"},
        {"SET USER a/b,ROLE(viewer)", "LPS581E"},
        {"SET USER viewer", "LPS581E"},
        {"SET USER viewer,ROLE(king)", "LPS581E"},
        {"SET USER second,ROLE(administrator)", ""},
        {"SET USER chief,ROLE(none)", ""},
        {"DISPLAY USER", ""},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(steps); i++) {
        g_autofree char *refusal = console_room_refusal(room, steps[i].line);

        ck_assert_msg(strcmp(refusal, steps[i].refusal) == 0, "%s: %s", steps[i].line, refusal);
    }
    json_t *object = console_room_json(room, "DISPLAY USER");
    json_t *table = json_pack(
        "[{s:s, s:s}, {s:s, s:s}]", "user", "OPEIBM09", "role", "operator", "user", "SECOND", "role",
        "administrator");

    ck_assert(json_equal(console_room_at(object, "result.users"), table));
    json_decref(table);
    json_decref(object);
    console_room_free(room);
    /* The next who is not in the table only looks; names are the same in any case. */
    room = room_of(store, "somebody");
    g_autofree char *refusal = console_room_refusal(room, "STOP LPAR1");

    ck_assert_str_eq(refusal, "LPS580E");
    console_room_free(room);
    room = room_of(store, "OpeIbm09");
    g_autofree char *allowed = console_room_refusal(room, "STOP LPAR1");

    ck_assert_str_eq(allowed, "");
    console_room_free(room);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("svp/role");
    TCase *cases = tcase_create("role");

    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, every_row_for_every_role);
    tcase_add_loop_test(cases, a_command_in_a_command_counts, 0, G_N_ELEMENTS(lines));
    tcase_add_test(cases, nobody_is_everybody);
    suite_add_tcase(suite, cases);

    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
