/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Protection at the console: policies at work in RUN, their steps, what is refused, and REPORT PROTECTION.
 */
#include "tests/svp/console-room.h"

#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

/* The clock shows 22:00 on the last day but one of a leap year's February. */
static const char machine[] =
    "[machine]\nname = ROOM\nips = 2\nms = 8M\nclock = 2024-02-28 22:00\n"
    "[lpar A]\nnumber = 1\nms = 2M\nip-shares = 1:50\nworkload = busy; write 4096/s 64K\n"
    "[lpar B]\nnumber = 2\nms = 2M\nip-shares = 1:50;2:50\n"
    "[lpar C]\nnumber = 3\nms = 1M\nip-shares = 2:50\n";

static const char *const defined[] = {
    "DEFINE POLICY DAYS FREQUENCY(daily) AT(22:00) KEEP(2 COPIES)",
    "DEFINE POLICY ENDS FREQUENCY(monthly) AT(03:00) DAY(31)",
    "DEFINE GROUP PROD LPARS(A,B) POLICY(days)",
    "DEFINE SCHEDULE prod,ENDS",
    NULL,
};

static ConsoleRoom *room_with(const char *const *lines)
{
    ConsoleRoom *room = console_room_parse(machine, NULL);

    console_room_give(room, lines);
    return room;
}

/* "name name": of all snapshots that DISPLAY SNAPSHOT shows. */
static char *snapshot_names(ConsoleRoom *room)
{
    json_t *object = console_room_json(room, "DISPLAY SNAPSHOT"), *snapshot;
    json_t *list = console_room_at(object, "result.snapshots");
    GString *names = g_string_new(NULL);
    size_t i;

    json_array_foreach(list, i, snapshot) g_string_append_printf(
        names, "%s%s", i ? " " : "", json_string_value(json_object_get(snapshot, "name")));
    json_decref(object);
    return g_string_free(names, FALSE);
}

static void assert_value(json_t *object, const char *path, const char *json)
{
    json_t *found = console_room_at(object, path);
    char *text = found ? json_dumps(found, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

    ck_assert_msg(text && strcmp(text, json) == 0, "%s is %s, not %s", path, text ? text : "not there", json);
    free(text);
}

START_TEST(snapshots_come_when_they_are_due)
{
    ConsoleRoom *room = room_with(defined);
    g_autofree char *none = snapshot_names(room);

    ck_assert_str_eq(none, "");
    /* The first is due at once, the end of the month on the next day: February has 29 days. */
    json_t *ran = console_room_json(room, "RUN 30h");
    g_autofree char *names = snapshot_names(room);

    assert_value(ran, "result.queued_done", "3");
    ck_assert_str_eq(
        names, "PROD_ROOM_02-28-2024_22.00.00 PROD_ROOM_02-29-2024_03.00.00 PROD_ROOM_02-29-2024_22.00.00");
    json_decref(ran);
    json_decref(console_room_json(room, "RUN 24h"));
    /* Two copies of its label; the month's is kept. */
    g_autofree char *later = snapshot_names(room);

    ck_assert_str_eq(
        later, "PROD_ROOM_02-29-2024_03.00.00 PROD_ROOM_02-29-2024_22.00.00 PROD_ROOM_03-01-2024_22.00.00");
    console_room_free(room);
}
END_TEST

static char *whole_run(void)
{
    static const char *const lines[] = {
        "AT 5h SNAPSHOT PROD TAG(by hand, of A and B)",
        "RUN 60h",
        "DISPLAY SNAPSHOT",
        "DISPLAY GROUP",
        "DISPLAY POLICY",
        "REPORT PROTECTION",
        "DISPLAY TRACE 1",
        NULL};
    ConsoleRoom *room = room_with(defined);

    console_room_give(room, lines);
    fflush(room->out);
    char *text = g_strdup(room->out_text);

    console_room_free(room);
    return text;
}

START_TEST(the_same_commands_give_the_same_snapshots)
{
    g_autofree char *one = whole_run(), *other = whole_run();

    ck_assert_str_eq(one, other);
    ck_assert_ptr_nonnull(strstr(one, "by hand, of A and B"));
}
END_TEST

/* What came of the commands that the log has from a policy: "STOP A:ok LOAD B:LPS301E". */
static char *policy_log(ConsoleRoom *room)
{
    json_t *object = console_room_json(room, "DISPLAY LOG"), *entry;
    json_t *list = console_room_at(object, "result.log");
    GString *text = g_string_new(NULL);
    size_t i;

    json_array_foreach(list, i, entry)
    {
        const char *id = json_string_value(json_object_get(entry, "id"));

        if (g_str_has_prefix(json_string_value(json_object_get(entry, "source")), "policy "))
            g_string_append_printf(
                text, "%s:%s|", json_string_value(json_object_get(entry, "command")), id ? id : "ok");
    }
    json_decref(object);
    return g_string_free(text, FALSE);
}

START_TEST(steps_are_around_the_snapshot)
{
    static const char *const lines[] = {
        "DEFINE POLICY FULL FREQUENCY(daily) AT(23:00) CONSOLEONLY",
        "DEFINE STEP FULL,PRE,STOP A",
        "DEFINE STEP FULL,PRE,LOAD A",
        "DEFINE STEP full,POST,STOP B",
        "DEFINE STEP FULL,POST,START B",
        "DEFINE GROUP PROD LPARS(ALL) POLICY(FULL)",
        "AT 1h DISPLAY MACHINE",
        "RUN 2h",
        NULL};
    ConsoleRoom *room = room_with(lines);
    g_autofree char *log = policy_log(room);

    ck_assert_str_eq(log, "STOP A:ok|LOAD A:ok|SNAPSHOT PROD POLICY(FULL):ok|STOP B:ok|START B:ok|");
    console_room_free(room);
}
END_TEST

START_TEST(a_step_that_is_refused_ends_the_run)
{
    static const char *const lines[] = {
        "DEFINE POLICY FULL FREQUENCY(daily) AT(23:00)",
        "DEFINE STEP FULL,PRE,STOP A",
        "DEFINE STEP FULL,PRE,START B",
        "DEFINE STEP FULL,POST,START A",
        "DEFINE GROUP PROD LPARS(A) POLICY(FULL)",
        NULL};
    ConsoleRoom *room = room_with(lines);
    json_t *ran = console_room_json(room, "RUN 2h");
    g_autofree char *log = policy_log(room), *names = snapshot_names(room);

    assert_value(ran, "result.queued_refused", "1");
    ck_assert_str_eq(log, "STOP A:ok|START B:LPS304E|");
    ck_assert_str_eq(names, "");
    fflush(room->err);
    ck_assert_ptr_nonnull(strstr(room->err_text, "LPS041W Policy FULL of group PROD ended at START B"));
    json_decref(ran);
    /* The next day it is tried again. */
    json_decref(console_room_json(room, "RUN 24h"));
    g_autofree char *again = policy_log(room);

    ck_assert_str_eq(again, "STOP A:ok|START B:LPS304E|STOP A:LPS305E|");
    console_room_free(room);
}
END_TEST

/* A save takes its time: what is after it waits for its end, and so does a command of AT, for the policy has the console for itself. */
START_TEST(steps_wait_for_jobs)
{
    g_autofree char *tape = g_dir_make_tmp("lparsim-tape-XXXXXX", NULL);
    g_autofree char *mount = g_strdup_printf("SET TAPE TAP01,%s RATE(1M)", tape);
    const char *const lines[] = {
        mount,
        "INZTAP DEV(TAP01) NEWVOL(VOL001)",
        "DEFINE POLICY FULL FREQUENCY(daily) AT(23:00) CONSOLEONLY",
        "DEFINE STEP FULL,POST,SAVE SYSTEM DEV(TAP01)",
        "DEFINE STEP FULL,POST,STOP B",
        "DEFINE GROUP PROD LPARS(ALL) POLICY(FULL)",
        "AT 3600.001s STOP C",
        "RUN 2h",
        NULL};
    ConsoleRoom *room = room_with(lines);
    json_t *object = console_room_json(room, "DISPLAY LOG");
    json_t *log = console_room_at(object, "result.log");
    size_t n = json_array_size(log);
    const char *last[3];

    for (size_t i = 0; i < 3; i++)
        last[i] = json_string_value(json_object_get(json_array_get(log, n - 4 + i), "command"));
    ck_assert_str_eq(last[0], "SAVE SYSTEM DEV(TAP01)");
    ck_assert_str_eq(last[1], "STOP B");
    ck_assert_str_eq(last[2], "STOP C");
    ck_assert_double_gt(json_real_value(json_object_get(json_array_get(log, n - 3), "at_s")), 3600.001);
    json_decref(object);
    console_room_free(room);
    g_autofree char *clean = g_strdup_printf("rm -r %s", tape);

    ck_assert_int_eq(system(clean), 0);
}
END_TEST

START_TEST(the_report_says_what_is_out_of_policy)
{
    static const char *const lines[] = {
        "DEFINE POLICY HOURS KEEP(3 COPIES) RPO=2h",
        "DEFINE POLICY NEVER",
        "DEFINE GROUP PROD LPARS(A) POLICY(HOURS)",
        "DEFINE GROUP TEST LPARS(B) POLICY(NEVER)",
        "DEFINE MIRROR PROD,/nowhere/at/all",
        "SNAPSHOT PROD POLICY(HOURS)",
        "RUN 1h",
        NULL};
    ConsoleRoom *room = room_with(lines);
    json_t *object = console_room_json(room, "REPORT PROTECTION");

    assert_value(object, "result.lpars.0.age_s", "3600.0");
    assert_value(object, "result.lpars.0.rpo_s", "7200.0");
    assert_value(
        object, "result.lpars.0.copies",
        "[{\"label\":\"ON-DEMAND\",\"primary\":1,\"mirror\":0,\"vault\":0}]");
    assert_value(object, "result.lpars.0.findings", "[\"the mirror of PROD is not initialized\"]");
    assert_value(object, "result.lpars.0.save_s", "0.0");
    assert_value(object, "result.lpars.0.restore_s", "null");
    assert_value(object, "result.lpars.1.findings", "[\"no policy\",\"no good copy\"]");
    assert_value(object, "result.lpars.2.findings", "[\"no group\",\"no good copy\"]");
    json_decref(object);
    console_room_give(room, (const char *const[]){"DELETE MIRROR PROD", "RUN 2h", NULL});
    object = console_room_json(room, "REPORT PROTECTION A");
    assert_value(object, "result.lpars.0.findings", "[\"the newest copy is 3h00m old, the RPO is 2h\"]");
    assert_value(object, "result.lpars.0.in_policy", "false");
    json_decref(object);
    console_room_free(room);
}
END_TEST

START_TEST(the_report_is_written_as_csv)
{
    g_autofree char *folder = g_dir_make_tmp("lparsim-csv-XXXXXX", NULL),
                    *path = g_build_filename(folder, "p.csv", NULL),
                    *line = g_strdup_printf("REPORT PROTECTION A CSV(%s)", path), *text = NULL;
    ConsoleRoom *room = room_with(defined);

    console_room_give(room, (const char *const[]){"RUN 1h", line, NULL});
    ck_assert(g_file_get_contents(path, &text, NULL, NULL));
    ck_assert_str_eq(
        text, "lpar,newest,age_s,rpo_s,label,primary,mirror,vault,tape,save_s,restore_s,in_policy,findings\n"
              "A,PROD_ROOM_02-28-2024_22.00.00,3600.000000,86400.000000,DAILY,1,0,0,0,0.000000,,yes,\n");
    g_autofree char *again = console_room_refusal(room, line);

    ck_assert_str_eq(again, "LPS505E");
    g_unlink(path);
    g_rmdir(folder);
    console_room_free(room);
}
END_TEST

static const struct {
    const char *line, *id;
} refused[] = {
    {"DEFINE GROUP G", "LPS560E"},
    {"DEFINE GROUP G LPARS(A) AT(22:00)", "LPS560E"},
    {"DEFINE GROUP G LPARS(A) POLICY(X)", "LPS562E"},
    {"DEFINE GROUP G LPARS(X)", "LPS201E"},
    {"DEFINE GROUP prod LPARS(A)", "LPS561E"},
    {"DEFINE STEP DAYS,PRE,RUN 1s", "LPS502E"},
    {"DEFINE STEP DAYS,PRE,STOP X", "LPS201E"},
    {"DEFINE SCHEDULE PROD,DAYS", "LPS560E"},
    {"DEFINE VAULT PROD,/v POLICY(X)", "LPS562E"},
    {"DEFINE POLICY P KEEP 7", "LPS502E"},
    {"SNAPSHOT PROD NAME(a/b)", "LPS561E"},
    {"SNAPSHOT PROD POLICY(NONE)", "LPS562E"},
    {"UPDATE PROD", "LPS563E"},
    {"DISPLAY SNAPSHOT X", "LPS562E"},
    {"DELETE SNAPSHOT X", "LPS562E"},
    {"DELETE VAULT PROD", "LPS562E"},
};

/* And nothing of it is there afterwards. */
START_TEST(what_is_wrong_is_refused)
{
    ConsoleRoom *room = room_with(defined);
    json_t *before = console_room_json(room, "DISPLAY GROUP");
    g_autofree char *id = console_room_refusal(room, refused[_i].line);
    json_t *after = console_room_json(room, "DISPLAY GROUP");

    ck_assert_str_eq(id, refused[_i].id);
    ck_assert(json_equal(console_room_at(before, "result"), console_room_at(after, "result")));
    json_decref(before);
    json_decref(after);
    console_room_free(room);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("svp/protect-console");
    TCase *cases = tcase_create("protect-console");

    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, snapshots_come_when_they_are_due);
    tcase_add_test(cases, the_same_commands_give_the_same_snapshots);
    tcase_add_test(cases, steps_are_around_the_snapshot);
    tcase_add_test(cases, a_step_that_is_refused_ends_the_run);
    tcase_add_test(cases, steps_wait_for_jobs);
    tcase_add_test(cases, the_report_says_what_is_out_of_policy);
    tcase_add_test(cases, the_report_is_written_as_csv);
    tcase_add_loop_test(cases, what_is_wrong_is_refused, 0, G_N_ELEMENTS(refused));
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
