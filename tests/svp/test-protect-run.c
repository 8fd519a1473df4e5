/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Policies that are changed, that stop and go on, that go by the clock on the wall (one that the test sets), and that have the console for themselves.
 */
#include "monitor/capture.h"
#include "svp/machine-file.h"
#include "svp/state.h"
#include "tests/svp/console-room.h"
#include "tests/svp/copy-folder.h"

#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_S UINT64_C(3600)

static const char machine[] =
    "[machine]\nname = ROOM\nips = 2\nms = 8M\nclock = 2024-02-28 22:00\n"
    "[lpar A]\nnumber = 1\nms = 2M\nip-shares = 1:50\nworkload = busy; write 4096/s 64K\n"
    "[lpar B]\nnumber = 2\nms = 2M\nip-shares = 1:50;2:50\n"
    "[lpar C]\nnumber = 3\nms = 1M\nip-shares = 2:50\n";

/* The clock on the wall: it shows what the test says, and goes on by so much each time somebody looks at it. */
typedef struct {
    uint64_t now_s, step_s;
} Wall;

static uint64_t look_at_wall(void *data)
{
    Wall *wall = data;

    wall->now_s += wall->step_s;
    return wall->now_s * HV_NS_PER_S;
}

static ConsoleRoom *room_at(Wall *wall, const char *const *lines)
{
    const SvpConsoleConfig config = {
        .json = true, .wall_func = wall ? look_at_wall : NULL, .wall_data = wall};
    ConsoleRoom *room = console_room_parse(machine, &config);

    console_room_give(room, lines);
    return room;
}

static unsigned count_snapshots(ConsoleRoom *room)
{
    json_t *object = console_room_json(room, "DISPLAY SNAPSHOT");
    unsigned n = (unsigned)json_array_size(console_room_at(object, "result.snapshots"));

    json_decref(object);
    return n;
}

/* What came of the commands that the log has from a policy: "STOP A:ok|LOAD B:LPS301E|". */
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

static void assert_value(json_t *object, const char *path, const char *json)
{
    json_t *found = console_room_at(object, path);
    char *text = found ? json_dumps(found, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

    ck_assert_msg(text && strcmp(text, json) == 0, "%s is %s, not %s", path, text ? text : "not there", json);
    free(text);
    json_decref(object);
}

static void assert_log(ConsoleRoom *room, const char *expected)
{
    g_autofree char *log = policy_log(room);

    ck_assert_str_eq(log, expected);
}

/* --- The clock on the wall -------------------------------------------------------------------------------- */

static const char *const by_wall[] = {
    "DEFINE POLICY DAYS FREQUENCY(daily) AT(22:00)",
    "DEFINE GROUP PROD LPARS(A,B)",
    "DEFINE SCHEDULE PROD,DAYS CLOCK(WALL)",
    NULL,
};

/* Simulated days go by in which it is evening twice; on the wall it is not. */
START_TEST(the_wall_is_asked_at_the_prompt)
{
    Wall wall = {.now_s = 21 * HOUR_S};
    ConsoleRoom *room = room_at(&wall, by_wall);

    console_room_give(room, (const char *const[]){"RUN 48h", NULL});
    ck_assert_uint_eq(count_snapshots(room), 0);
    wall.now_s += HOUR_S;
    ck_assert_uint_eq(count_snapshots(room), 1); /* before the command at the prompt */
    ck_assert_uint_eq(count_snapshots(room), 1);
    wall.now_s += 72 * HOUR_S; /* three evenings were missed: one is made up for */
    ck_assert_uint_eq(count_snapshots(room), 2);
    assert_log(room, "SNAPSHOT PROD POLICY(DAYS):ok|SNAPSHOT PROD POLICY(DAYS):ok|");
    assert_value(
        console_room_json(room, "DISPLAY GROUP"), "result.groups.0.schedules.0",
        "{\"policy\":\"DAYS\",\"when\":\"daily, 22:00, by the clock on the wall\",\"clock\":\"wall\","
        "\"next_s\":424800.0}");
    console_room_free(room);
}
END_TEST

/* While RUN is under way it gets evening on the wall: the snapshot is of a moment between begin and end. */
START_TEST(the_wall_is_asked_while_time_passes)
{
    Wall wall = {.now_s = 21 * HOUR_S};
    ConsoleRoom *room = room_at(&wall, by_wall);

    console_room_give(room, (const char *const[]){"RUN 1s", NULL});
    wall.step_s = 600;
    assert_value(console_room_json(room, "RUN 1h"), "result.queued_done", "1");
    wall.step_s = 0;
    json_t *object = console_room_json(room, "DISPLAY SNAPSHOT");
    double taken_s = json_real_value(console_room_at(object, "result.snapshots.0.taken_s"));

    ck_assert_double_gt(taken_s, 1);
    ck_assert_double_lt(taken_s, 3601);
    json_decref(object);
    console_room_free(room);
}
END_TEST

START_TEST(a_schedule_changes_its_clock)
{
    Wall wall = {.now_s = 21 * HOUR_S};
    ConsoleRoom *room = room_at(&wall, by_wall);

    console_room_give(
        room, (const char *const[]){"CHANGE SCHEDULE PROD,DAYS CLOCK(MACHINE) AT(23:00)", "RUN 2h", NULL});
    ck_assert_uint_eq(count_snapshots(room), 1);
    console_room_give(room, (const char *const[]){"CHANGE SCHEDULE PROD,DAYS CLOCK(WALL)", "RUN 48h", NULL});
    ck_assert_uint_eq(count_snapshots(room), 1);
    g_autofree char *refusal = console_room_refusal(room, "CHANGE SCHEDULE PROD,DAYS CLOCK(MOON)");

    ck_assert_str_eq(refusal, "LPS560E");
    console_room_free(room);
}
END_TEST

/* A session on a state directory, as the program has it. */
typedef struct {
    SvpState *state;
    ResmgrDefinition *definition;
    MonitorSystem *system;
    SvpConsole *console;
    FILE *out;
    char *out_text;
    size_t out_length;
} Session;

static Session *session_open(const char *directory, Wall *wall)
{
    Session *session = g_new0(Session, 1);
    g_autoptr(GPtrArray) problems = NULL, notes = NULL;
    g_autoptr(GError) error = NULL;

    session->state = svp_state_open(directory, NULL);
    session->definition = svp_machine_file_parse(machine, strlen(machine), &problems);
    session->system = monitor_system_new(session->definition, 1);
    session->out = open_memstream(&session->out_text, &session->out_length);
    const SvpConsoleConfig config = {
        .out = session->out,
        .err = session->out,
        .json = true,
        .store = svp_state_store(session->state),
        .directory = directory,
        .wall_func = look_at_wall,
        .wall_data = wall};

    session->console = svp_console_new(session->system, &config);
    if (svp_state_is_new(session->state))
        ck_assert(svp_state_put_machine(session->state, session->definition, 1, NULL));
    ck_assert_msg(
        svp_state_resume(session->state, session->console, &notes, &error), "%s",
        error ? error->message : "");
    return session;
}

/* No checkpoint is written, as if the program had been killed. */
static void session_kill(Session *session)
{
    svp_console_free(session->console);
    svp_state_free(session->state);
    monitor_system_free(session->system);
    resmgr_definition_free(session->definition);
    fclose(session->out);
    free(session->out_text);
    g_free(session);
}

/*
 * LPARs are stopped and started at moments that the clock on the wall has chosen. What is done again after a crash comes to the same machine, whatever that
 * clock shows now.
 */
START_TEST(what_the_wall_has_begun_is_done_again)
{
    static const char *const lines[] = {
        "DEFINE POLICY HOURS FREQUENCY(hourly)",
        "DEFINE STEP HOURS,PRE,STOP A",
        "DEFINE STEP HOURS,POST,START A",
        "DEFINE GROUP PROD LPARS(A,B)",
        "DEFINE SCHEDULE PROD,HOURS CLOCK(WALL)",
        "RUN 1s",
        "RUN 4h",
        NULL};
    g_autofree char *folder = g_dir_make_tmp("lparsim-wall-XXXXXX", NULL),
                    *directory = g_build_filename(folder, "state", NULL);
    Wall wall = {.now_s = 21 * HOUR_S + 1, .step_s = 300}, other = {.now_s = 5 * HOUR_S};
    Session *session = session_open(directory, &wall);

    for (unsigned i = 0; lines[i]; i++)
        ck_assert_msg(svp_console_line(session->console, lines[i], "test"), "%s", session->out_text);
    fflush(session->out);
    ck_assert_ptr_nonnull(strstr(session->out_text, "\"STOP A\""));
    g_autofree char *digest = hv_trace_digest(monitor_system_trace(session->system));

    session_kill(session);
    session = session_open(directory, &other);
    g_autofree char *again = hv_trace_digest(monitor_system_trace(session->system));

    ck_assert_str_eq(again, digest);
    ck_assert_uint_eq(monitor_system_now(session->system), (4 * HOUR_S + 1) * HV_NS_PER_S);
    session_kill(session);
    remove_tree(folder);
}
END_TEST

/* --- Going on --------------------------------------------------------------------------------------------- */

/* START B is refused, for B runs. */
static ConsoleRoom *room_stopped(void)
{
    static const char *const lines[] = {
        "DEFINE POLICY FULL FREQUENCY(daily) AT(23:00)",
        "DEFINE STEP FULL,PRE,STOP A",
        "DEFINE STEP FULL,PRE,START B",
        "DEFINE STEP FULL,POST,START A",
        "DEFINE GROUP PROD LPARS(A) POLICY(FULL)",
        NULL};
    ConsoleRoom *room = room_at(NULL, lines);

    json_decref(console_room_json(room, "RUN 2h"));
    assert_log(room, "STOP A:ok|START B:LPS304E|");
    return room;
}

START_TEST(a_policy_goes_on)
{
    ConsoleRoom *room = room_stopped();

    fflush(room->err);
    ck_assert_ptr_nonnull(strstr(room->err_text, "CONTINUE PROD,FULL goes on"));
    assert_value(
        console_room_json(room, "REPORT PROTECTION A"), "result.lpars.0.findings",
        "[\"policy FULL of PROD is at step 2 of 4, START B\",\"no good copy\"]");
    assert_value(console_room_json(room, "CONTINUE prod,full"), "result.state", "\"stopped\"");
    console_room_give(room, (const char *const[]){"STOP B", NULL});
    assert_value(console_room_json(room, "CONTINUE PROD,FULL"), "result.state", "\"through\"");
    assert_log(
        room,
        "STOP A:ok|START B:LPS304E|START B:LPS304E|START B:ok|SNAPSHOT PROD POLICY(FULL):ok|START A:ok|");
    g_autofree char *refusal = console_room_refusal(room, "CONTINUE PROD,FULL");

    ck_assert_str_eq(refusal, "LPS562E");
    console_room_free(room);
}
END_TEST

START_TEST(a_step_is_left_out)
{
    ConsoleRoom *room = room_stopped();

    assert_value(console_room_json(room, "CONTINUE PROD,FULL SKIP"), "result.state", "\"through\"");
    assert_log(room, "STOP A:ok|START B:LPS304E|SNAPSHOT PROD POLICY(FULL):ok|START A:ok|");
    console_room_free(room);
}
END_TEST

START_TEST(a_run_is_forgotten)
{
    ConsoleRoom *room = room_stopped();

    console_room_give(room, (const char *const[]){"CONTINUE PROD,FULL FORGET", NULL});
    assert_value(
        console_room_json(room, "REPORT PROTECTION A"), "result.lpars.0.findings", "[\"no good copy\"]");
    console_room_free(room);
}
END_TEST

/* --- The console for itself ------------------------------------------------------------------------------- */

static unsigned at_in_log(ConsoleRoom *room, const char *command)
{
    json_t *object = console_room_json(room, "DISPLAY LOG"), *entry;
    unsigned found = 0;
    size_t i;

    json_array_foreach(
        console_room_at(object, "result.log"), i,
        entry) if (strcmp(json_string_value(json_object_get(entry, "command")), command) == 0)
        found = (unsigned)i + 1;
    json_decref(object);
    ck_assert_msg(found > 0, "%s is not in the log", command);
    return found;
}

/*
 * A save is active when the policy is due, and jobs wait behind it that would take hours: the policy begins as soon as that one has ended, its own save needs the
 * same unit and does not wait behind them, and a job that is submitted meanwhile waits, too.
 */
START_TEST(batch_jobs_wait_for_the_policy)
{
    g_autofree char *tape = g_dir_make_tmp("lparsim-tape-XXXXXX", NULL);
    g_autofree char *mount = g_strdup_printf("SET TAPE TAP01,%s RATE(64K)", tape);
    const char *const lines[] = {
        mount,
        "INZTAP DEV(TAP01) NEWVOL(VOL001)",
        "DEFINE POLICY FULL FREQUENCY(daily) AT(22:00:30) CONSOLEONLY",
        "DEFINE STEP FULL,POST,SAVE SYSTEM DEV(TAP01)",
        "DEFINE STEP FULL,POST,STOP B",
        "DEFINE GROUP PROD LPARS(ALL) POLICY(FULL)",
        "RUN 29.999s",
        "SBMJOB SAVE LPAR A DEV(TAP01)",
        "SBMJOB SAVE LPAR B DEV(TAP01)",
        "RUN 0.002s",
        "SBMJOB STOP C",
        "RUN 4h",
        NULL};
    ConsoleRoom *room = room_at(NULL, lines);

    assert_log(room, "SNAPSHOT PROD POLICY(FULL):ok|SAVE SYSTEM DEV(TAP01):ok|STOP B:ok|");
    ck_assert_uint_lt(at_in_log(room, "STOP B"), at_in_log(room, "STOP C"));
    json_t *object = console_room_json(room, "DISPLAY TAPE TAP01"), *save;
    GString *names = g_string_new(NULL);
    size_t i;

    json_array_foreach(console_room_at(object, "result.tapes.0.saves"), i, save)
        g_string_append_printf(names, "%s ", json_string_value(json_object_get(save, "name")));
    ck_assert_str_eq(names->str, "A SYSTEM B ");
    g_string_free(names, TRUE);
    json_decref(object);
    console_room_free(room);
    g_autofree char *clean = g_strdup_printf("rm -r %s", tape);

    ck_assert_int_eq(system(clean), 0);
}
END_TEST

/* --- Changes ---------------------------------------------------------------------------------------------- */

START_TEST(a_policy_is_changed)
{
    static const char *const lines[] = {
        "DEFINE POLICY DAYS FREQUENCY(daily) AT(22:00)", "DEFINE GROUP PROD LPARS(A,B) POLICY(DAYS)",
        "DEFINE GROUP TEST LPARS(C) POLICY(DAYS) AT(21:00)", "RUN 71h", NULL};
    ConsoleRoom *room = room_at(NULL, lines);

    ck_assert_uint_eq(count_snapshots(room), 6);
    assert_value(console_room_json(room, "CHANGE POLICY days KEEP(2 COPIES)"), "result.copies_to_drop", "2");
    ck_assert_uint_eq(count_snapshots(room), 6);
    assert_value(console_room_json(room, "SNAPSHOT PROD POLICY(DAYS)"), "result.copies_dropped", "2");
    /* PROD follows at the policy's time, TEST at its own; by the hour both follow at the policy's. */
    console_room_give(room, (const char *const[]){"CHANGE POLICY DAYS AT(20:00)", NULL});
    assert_value(
        console_room_json(room, "DISPLAY GROUP PROD"), "result.groups.0.schedules.0.when",
        "\"daily, 20:00\"");
    assert_value(
        console_room_json(room, "DISPLAY GROUP TEST"), "result.groups.0.schedules.0.when",
        "\"daily, 21:00\"");
    console_room_give(room, (const char *const[]){"CHANGE POLICY DAYS FREQUENCY(hourly) AT(00:15)", NULL});
    assert_value(
        console_room_json(room, "DISPLAY GROUP TEST"), "result.groups.0.schedules.0.when",
        "\"hourly, 00:15\"");
    assert_value(console_room_json(room, "RUN 90m"), "result.queued_done", "4");
    console_room_free(room);
}
END_TEST

START_TEST(a_group_is_changed)
{
    static const char *const lines[] = {
        "DEFINE GROUP PROD LPARS(A,B)", "SNAPSHOT PROD NAME(ONE)", "CHANGE GROUP PROD LPARS(B,C)",
        "SNAPSHOT PROD NAME(TWO)", NULL};
    ConsoleRoom *room = room_at(NULL, lines);

    assert_value(console_room_json(room, "DISPLAY SNAPSHOT ONE"), "result.snapshots.0.lpars.0.lpar", "\"A\"");
    assert_value(console_room_json(room, "DISPLAY SNAPSHOT TWO"), "result.snapshots.0.lpars.1.lpar", "\"C\"");
    console_room_free(room);
}
END_TEST

static const struct {
    const char *line, *id;
} refused[] = {
    {"CHANGE POLICY NONE KEEP(1 COPY)", "LPS562E"},
    {"CHANGE POLICY DAYS KEEP(256 COPIES)", "LPS560E"},
    {"CHANGE POLICY DAYS FREQUENCY(yearly)", "LPS560E"},
    {"CHANGE POLICY DAYS CONSOLEONLY(PERHAPS)", "LPS560E"},
    {"CHANGE POLICY DAYS DAY(fri)", "LPS560E"},
    {"CHANGE GROUP PROD", "LPS560E"},
    {"CHANGE GROUP PROD LPARS(X)", "LPS201E"},
    {"CHANGE GROUP NONE LPARS(A)", "LPS562E"},
    {"CHANGE SCHEDULE PROD,NONE AT(01:00)", "LPS562E"},
    {"CONTINUE PROD,DAYS", "LPS562E"},
};

START_TEST(a_change_that_is_refused_changes_nothing)
{
    static const char *const lines[] = {
        "DEFINE POLICY DAYS FREQUENCY(daily) AT(22:00)", "DEFINE GROUP PROD LPARS(A,B) POLICY(DAYS)", NULL};
    ConsoleRoom *room = room_at(NULL, lines);
    json_t *before = console_room_json(room, "DISPLAY GROUP"),
           *policy = console_room_json(room, "DISPLAY POLICY");
    g_autofree char *id = console_room_refusal(room, refused[_i].line);
    json_t *after = console_room_json(room, "DISPLAY GROUP"),
           *policy_after = console_room_json(room, "DISPLAY POLICY");

    ck_assert_str_eq(id, refused[_i].id);
    ck_assert(json_equal(console_room_at(before, "result"), console_room_at(after, "result")));
    ck_assert(json_equal(console_room_at(policy, "result"), console_room_at(policy_after, "result")));
    json_decref(before);
    json_decref(policy);
    json_decref(after);
    json_decref(policy_after);
    console_room_free(room);
}
END_TEST

/* --- Digests ---------------------------------------------------------------------------------------------- */

START_TEST(a_snapshot_shows_what_was_captured)
{
    ConsoleRoom *room = room_at(
        NULL,
        (const char *const[]){"DEFINE GROUP PROD LPARS(A)", "RUN 10s", "SNAPSHOT PROD NAME(ONE)", NULL});
    g_autoptr(MonitorCapture) capture = monitor_system_capture(room->system, 1, NULL);
    g_autofree char *expected = g_strdup_printf("\"%s\"", monitor_capture_digest(capture));

    console_room_give(room, (const char *const[]){"RUN 10s", NULL});
    assert_value(
        console_room_json(room, "DISPLAY SNAPSHOT ONE"), "result.snapshots.0.lpars.0.digest", expected);
    assert_value(console_room_json(room, "DISPLAY SNAPSHOT"), "result.snapshots.0.lpars.0.digest", expected);
    console_room_free(room);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("svp/protect-run");
    TCase *cases = tcase_create("protect-run");

    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, the_wall_is_asked_at_the_prompt);
    tcase_add_test(cases, the_wall_is_asked_while_time_passes);
    tcase_add_test(cases, a_schedule_changes_its_clock);
    tcase_add_test(cases, what_the_wall_has_begun_is_done_again);
    tcase_add_test(cases, a_policy_goes_on);
    tcase_add_test(cases, a_step_is_left_out);
    tcase_add_test(cases, a_run_is_forgotten);
    tcase_add_test(cases, batch_jobs_wait_for_the_policy);
    tcase_add_test(cases, a_policy_is_changed);
    tcase_add_test(cases, a_group_is_changed);
    tcase_add_loop_test(cases, a_change_that_is_refused_changes_nothing, 0, G_N_ELEMENTS(refused));
    tcase_add_test(cases, a_snapshot_shows_what_was_captured);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
