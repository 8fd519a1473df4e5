/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The console on the patent's machine: what each command answers, as programs see it. The figures are the patent's; the
 * names are those that the design promises.
 */
#include "tests/svp/console-room.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const char *const patent = "examples/patent.ini";

/* A line, given after others, and what must stand in its object. */
typedef struct {
    const char *before[6]; /* lines given first */
    const char *line;
    const char *path, *json; /* the value there, as JSON text */
} Fragment;

static void assert_fragment(json_t *object, const char *line, const char *path, const char *json)
{
    g_autofree char *wrapped = g_strdup_printf("[%s]", json);
    json_t *expected = json_loads(wrapped, 0, NULL), *found = console_room_at(object, path);
    char *text = json_dumps(found ? found : object, JSON_COMPACT | JSON_ENCODE_ANY);

    ck_assert_ptr_nonnull(expected);
    ck_assert_msg(
        found && json_equal(found, json_array_get(expected, 0)), "%s: %s is not %s in %s", line, path, json,
        text);
    free(text);
    json_decref(expected);
}

#define MS_BEFORE                                                                                            \
    "{\"size_mib\":640,\"increment_mib\":1,\"areas\":["                                                      \
    "{\"lpar\":\"LPAR1\",\"origin_mib\":0,\"size_mib\":256,\"reserved_mib\":256},"                           \
    "{\"lpar\":\"LPAR3\",\"origin_mib\":256,\"size_mib\":256,\"reserved_mib\":0},"                           \
    "{\"lpar\":\"LPAR2\",\"origin_mib\":512,\"size_mib\":128,\"reserved_mib\":0}],\"free\":[]}"
#define MS_AFTER                                                                                             \
    "{\"size_mib\":640,\"increment_mib\":1,\"areas\":["                                                      \
    "{\"lpar\":\"LPAR1\",\"origin_mib\":0,\"size_mib\":384,\"reserved_mib\":0},"                             \
    "{\"lpar\":\"LPAR3\",\"origin_mib\":384,\"size_mib\":256,\"reserved_mib\":0}],\"free\":[]}"
#define IP2_AFTER "[{\"lpar\":\"LPAR1\",\"lip\":2,\"share_percent\":100,\"state\":\"online\"}]"

static const Fragment fragments[] = {
    /* Figures 3(a) and 4(a). */
    {{0}, "DISPLAY MS", "result.ms", MS_BEFORE},
    {{0}, "DISPLAY MS LPAR2", "result.ms.areas.0.origin_mib", "512"},
    {{0}, "DISPLAY ES", "result.es", "{\"size_mib\":0,\"increment_mib\":1,\"areas\":[],\"free\":[]}"},
    {{0},
     "DISPLAY IP",
     "result.ips.1.shares.1",
     "{\"lpar\":\"LPAR2\",\"lip\":1,\"share_percent\":50,\"state\":\"offline\"}"},
    {{"RUN 1s"},
     "DISPLAY IP",
     "result.ips.1.shares.1",
     "{\"lpar\":\"LPAR2\",\"lip\":1,\"share_percent\":50,\"state\":\"online\"}"},
    {{0}, "DISPLAY IP", "result.ips.0.type", "\"CP\""},
    {{0}, "DISPLAY IP", "result.pools", "[]"},
    {{0}, "DISPLAY CHP", "result.channels.0.owner", "\"LPAR1\""},
    {{0},
     "DISPLAY CHP",
     "result.channels.15",
     "{\"chpid\":\"0F\",\"owner\":null,\"state\":\"offline\",\"mode\":\"reconfigurable\",\"candidates\":["
     "\"LPAR1\","
     "\"LPAR2\",\"LPAR3\"],\"candidates_limited\":false,\"reserved_for\":null}"},
    {{0}, "DISPLAY LPAR", "result.lpars.0.state", "\"not-activated\""},
    {{0}, "DISPLAY LPAR", "result.lpars.0.guest", "null"},
    {{"RUN 2s"}, "DISPLAY LPAR 1", "result.lpars.0.guest.boots", "1"},
    {{"RUN 2s"}, "DISPLAY LPAR 1", "result.lpars.0.guest.uptime_s", "2.0"},
    {{"RUN 2s"}, "DISPLAY LPAR LPAR1", "result.lpars.0.guest.storage_online_mib", "256"},
    {{"RUN 2s"}, "DISPLAY LPAR LPAR1", "result.lpars.0.guest.cpus_online", "2"},
    {{"RUN 2s"},
     "DISPLAY LPAR lpar1",
     "result.lpars.0.lips.1",
     "{\"lip\":2,\"ip\":2,\"type\":\"CP\",\"share_percent\":50,\"state\":\"online\"}"},
    {{0}, "DISPLAY TASK", "result.control", "\"SVP\""},
    {{"RUN 1s"}, "DISPLAY TASK", "result.tasks.5.lpar", "\"LPAR3\""},
    {{0}, "DISPLAY MACHINE", "result.machine.name", "\"JP06103092\""},
    {{0}, "DISPLAY DEVICE", "result.devices.0.number", "\"0190\""},
    {{0}, "DISPLAY DEVICE LPAR3", "result.devices.0.chpids", "[\"04\",\"05\"]"},
    {{0}, "DISPLAY TRACE", "result.records", "0"},
    /* All are busy: each gets its share of the 10 s, and no more. 50 % of them is 5 s. */
    {{"RUN 10s"}, "DISPLAY USAGE", "result.interval_s", "10.0"},
    {{"RUN 10s"}, "DISPLAY USAGE", "result.ips.1.busy_percent", "100"},
    {{"RUN 10s"}, "DISPLAY USAGE", "result.ips.1.management_percent", "0"},
    {{"RUN 10s"}, "DISPLAY USAGE", "result.lips.1.busy_percent", "50"},
    {{"RUN 10s"}, "DISPLAY USAGE", "result.lips.1.ready_percent", "50"},
    {{"RUN 10s"}, "DISPLAY USAGE LPAR2", "result.lips.0.busy_s", "5.0"},
    {{"RUN 10s"}, "DISPLAY USAGE", "result.matrix.1", "{\"lpar\":\"LPAR1\",\"ip\":2,\"busy_s\":5.0}"},
    {{"RUN 10s", "SET USAGE RESET", "RUN 1s"}, "DISPLAY USAGE", "result.interval_s", "1.0"},
    /* Figures 3(b) and 4(b). */
    {{"RUN 1s"}, "INTEG LPAR2,LPAR1", "result.retired", "\"LPAR2\""},
    {{"RUN 1s"}, "INTEG LPAR2,LPAR1", "result.survivor", "\"LPAR1\""},
    {{"RUN 1s"}, "INTEG LPAR2,LPAR1", "result.moved_mib", "256"},
    {{"RUN 1s"}, "INTEG LPAR2,LPAR1", "result.before.ms", MS_BEFORE},
    {{"RUN 1s"}, "INTEG LPAR2,LPAR1", "result.after.ms", MS_AFTER},
    {{"RUN 1s"}, "INTEG LPAR2,LPAR1", "result.after.ips.1.shares", IP2_AFTER},
    {{"RUN 1s"}, "INTEG LPAR2,LPAR1", "result.before.channels.2.owner", "\"LPAR2\""},
    {{"RUN 1s"}, "INTEG LPAR2,LPAR1", "result.after.channels.2.owner", "\"LPAR1\""},
    {{"RUN 1s"}, "INTEG LPAR2,LPAR1", "result.moves.0.lpar", "\"LPAR3\""},
    {{"RUN 1s"}, "INTEG LPAR2,LPAR1", "result.moves.0.storage", "\"ms\""},
    {{"RUN 1s"}, "INTEG LPAR2,LPAR1", "result.moves.0.from_mib", "256"},
    {{"RUN 1s"}, "INTEG LPAR2,LPAR1", "result.moves.0.to_mib", "384"},
    {{"RUN 1s"}, "INTEG LPAR2,LPAR1", "result.steps.1.step", "\"201\""},
    {{"RUN 1s"}, "INTEG LPAR2,LPAR1", "result.steps.1.component", "\"LIP control\""},
    {{"RUN 1s"}, "INTEG LPAR2,LPAR1", "result.planned", "null"},
    {{"RUN 1s", "INTEG LPAR2,LPAR1"}, "DISPLAY MS", "result.ms", MS_AFTER},
    {{"RUN 1s", "INTEG LPAR2,LPAR1", "RUN 1s"},
     "DISPLAY LPAR 1",
     "result.lpars.0.guest.storage_online_mib",
     "384"},
    {{"RUN 1s", "INTEG LPAR2,LPAR1"}, "DISPLAY LPAR 2", "result.lpars.0.state", "\"retired\""},
    {{"RUN 1s", "INTEG LPAR2,LPAR1"},
     "DISPLAY MACHINE",
     "result.machine.integrations.0.retired",
     "\"LPAR2\""},
    /* PLAN says the same and changes nothing. */
    {{0}, "INTEG LPAR2,LPAR1 PLAN", "result.planned", "true"},
    {{0}, "INTEG LPAR2 LPAR1 PLAN", "powered_on", "true"},
    {{0}, "INTEG LPAR2,LPAR1 PLAN", "result.before.ms", MS_BEFORE},
    {{0}, "INTEG LPAR2,LPAR1 PLAN", "result.after.ms", MS_AFTER},
    {{"INTEG LPAR2,LPAR1 PLAN"}, "DISPLAY MS", "result.ms", MS_BEFORE},
    /* A new LIP has no task before the guest starts it. */
    {{"INTEG 2,1 NONOTIFY"},
     "DISPLAY IP",
     "result.ips.2.shares.0",
     "{\"lpar\":\"LPAR1\",\"lip\":3,\"share_percent\":50,\"state\":\"offline\"}"},
    {{"INTEG 2,1 NONOTIFY"}, "GUEST LPAR1,CF STOR(ALL),ONLINE", "result.changed_mib", "128"},
    {{"INTEG 2,1 NONOTIFY"}, "GUEST LPAR1 CF CPU(3) ONLINE", "result.cpus_online", "3"},
    {{"INTEG 2,1 NONOTIFY", "GUEST 1,CF CPU(3),ONLINE"},
     "DISPLAY IP",
     "result.ips.2.shares.0.state",
     "\"online\""},
    {{"INTEG 2,1"}, "GUEST LPAR1,VERIFY", "result.verified", "true"},
    {{"INTEG 2,1"}, "GUEST LPAR1,DISPLAY", "result.guest.notified", "1"},
    /* Operator's states. */
    {{0},
     "ACTIVATE LPAR1",
     "result.lpars",
     "[{\"number\":1,\"name\":\"LPAR1\",\"state\":\"not-operating\"}]"},
    {{"ACTIVATE ALL"}, "LOAD ALL", "result.lpars.2.state", "\"operating\""},
    {{"ACTIVATE LPAR1"}, "RUN 1s", "powered_on", "null"},
    {{"ACTIVATE LPAR1", "RUN 1s"}, "DISPLAY LPAR 2", "result.lpars.0.state", "\"not-activated\""},
    {{0}, "STOP LPAR1", "result.lpars.0.state", "\"stopped\""},
    {{"STOP LPAR1"}, "START LPAR1", "result.lpars.0.state", "\"operating\""},
    {{0}, "DEACTIVATE LPAR1", "result.lpars.0.state", "\"not-activated\""},
    {{0}, "RUN 1s", "powered_on", "true"},
    {{"RUN 1s"}, "RUN 250ms", "result.ran_s", "0.25"},
    {{"RUN 1s"}, "RUN 250ms", "at_s", "1.25"},
    {{"RUN 1s"}, "RUN 250ms", "powered_on", "null"},
    /* SET */
    {{0}, "SET FAULT 203.commit", "result.fault", "\"203.commit\""},
    {{0}, "SET FAULT OFF", "result.fault", "null"},
    {{0}, "SET RESERVED LPAR1,128M", "result.reserved_next_mib", "128"},
    {{0}, "SET EVERYSLICE ON", "result.everyslice", "\"on\""},
    {{0}, "SET TRACE ON", "result.trace", "\"on\""},
    {{0}, "HELP INTEG", "result.commands.0.plan", "true"},
    {{0}, "HELP DISPLAY MS", "result.commands.0.syntax", "\"DISPLAY MS [lpar]\""},
    {{0}, "HELP", "result.commands.0.syntax", "\"DISPLAY MS [lpar]\""},
    {{0}, "QUIT", "result.quit", "true"},
    /* What was typed, spelled out. */
    {{0}, "  dis ms ", "command", "\"DISPLAY MS\""},
    {{0}, "INT lpar2 , lpar1  pl", "command", "\"INTEG lpar2 , lpar1  PLAN\""},
    {{"INTEG 2,1 NONOTIFY"}, "gu 1,cf s(a),on", "command", "\"GUEST 1,CF STOR(ALL),ONLINE\""},
    {{0}, "AT 10s int 2,1 fo", "command", "\"AT 10s INTEG 2,1 FORCE\""},
    {{0}, "AT 10s\tint 2,\t1", "command", "\"AT 10s INTEG 2, 1\""}, /* a tab is a blank, queued or not */
    {{0}, "dis zz", "command", "\"DISPLAY zz\""},
    /* The log has the line that was refused too. */
    {{"DISPLAY MS LPAR2"}, "DISPLAY LOG", "result.log.0.command", "\"DISPLAY MS LPAR2\""},
    {{"DISPLAY MS", "RUN 1s"},
     "DISPLAY LOG",
     "result.log.1",
     "{\"at_s\":0.0,\"done_s\":1.0,\"by\":\"operator\",\"source\":\"test\",\"command\":\"RUN "
     "1s\",\"modifies\":true,"
     "\"ok\":true}"},
    {{"DISPLAY MS", "STOP LPAR3"}, "DISPLAY LOG LPAR3", "result.log.0.command", "\"STOP LPAR3\""},
};

START_TEST(answers)
{
    const Fragment *row = &fragments[_i];
    ConsoleRoom *room = console_room_new(patent, NULL);

    console_room_give(room, row->before);
    json_t *object = console_room_json(room, row->line);

    if (strcmp(row->json, "null") == 0 && !console_room_at(object, row->path))
        ck_assert(json_is_true(json_object_get(object, "ok"))); /* left out is as good as null */
    else
        assert_fragment(object, row->line, row->path, row->json);
    json_decref(object);
    console_room_free(room);
}
END_TEST

START_TEST(blank_lines_and_comments_are_silent)
{
    static const char *const lines[] = {"", "   \t", "# DISPLAY MS", "  * note", "\r", NULL};
    ConsoleRoom *room = console_room_new(patent, NULL);

    console_room_give(room, lines);
    ck_assert_str_eq(console_room_out(room), "");
    console_room_free(room);
}
END_TEST

static bool is_digest(const json_t *value)
{
    const char *text = json_string_value(value);

    return text && strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

START_TEST(digests_are_64_digits_and_prove_that_nothing_was_lost)
{
    static const char *const before[] = {"RUN 1s", "STOP LPAR3", NULL};
    ConsoleRoom *room = console_room_new(patent, NULL);

    console_room_give(room, before);
    json_t *a = console_room_json(room, "DISPLAY LPAR LPAR3"), *integ = console_room_json(room, "INTEG 2,1");
    json_t *b = console_room_json(room, "DISPLAY LPAR LPAR3"),
           *trace = console_room_json(room, "DISPLAY TRACE");
    const char *path = "result.lpars.0.guest.digest";

    ck_assert(is_digest(console_room_at(a, path)));
    ck_assert(json_equal(console_room_at(a, path), console_room_at(b, path)));
    ck_assert(
        json_equal(console_room_at(a, "result.lpars.0.lips"), console_room_at(b, "result.lpars.0.lips")));
    ck_assert(!json_equal(console_room_at(a, "result.lpars.0.ms"), console_room_at(b, "result.lpars.0.ms")));
    ck_assert(is_digest(console_room_at(trace, "result.digest")));
    json_decref(a);
    json_decref(b);
    json_decref(integ);
    json_decref(trace);
    console_room_free(room);
}
END_TEST

/* --- AT ------------------------------------------------------------------------------------------------- */

/* The "command at_s" of each object that the line gives. */
static char *story(ConsoleRoom *room, const char *line)
{
    GString *text = g_string_new(NULL);

    console_room_clear(room);
    svp_console_line(room->console, line, "test");
    g_auto(GStrv) lines = g_strsplit(console_room_out(room), "\n", -1);

    for (unsigned i = 0; *lines[i]; i++) {
        json_t *object = json_loads(lines[i], 0, NULL);

        g_string_append_printf(
            text, "%s%s@%g%s", i ? "; " : "", json_string_value(json_object_get(object, "command")),
            json_real_value(json_object_get(object, "at_s")),
            json_is_true(json_object_get(object, "ok")) ? "" : "!");
        json_decref(object);
    }
    return g_string_free(text, FALSE);
}

START_TEST(queued_commands_come_at_their_time)
{
    static const char *const before[] = {"AT 5s STOP LPAR3",  "AT 2s DISPLAY MS",  "AT 5s START LPAR3",
                                         "AT 20s DISPLAY ES", "AT 3s START LPAR2", NULL};
    ConsoleRoom *room = console_room_new(patent, NULL);

    console_room_give(room, before);
    g_autofree char *first = story(room, "RUN 4s"), *second = story(room, "RUN 6s");

    /* START of a guest that operates is refused; the clock goes on all the same. */
    ck_assert_str_eq(first, "DISPLAY MS@2; START LPAR2@3!; RUN 4s@4");
    ck_assert_str_eq(second, "STOP LPAR3@5; START LPAR3@5; RUN 6s@10");
    svp_console_end(room->console);
    ck_assert_str_eq(console_room_err(room), "LPS002W Not carried out: AT 20.000 s DISPLAY ES.\n");
    console_room_free(room);
}
END_TEST

START_TEST(a_run_in_pieces_is_the_same_run)
{
    static const char *const pieces[] = {"RUN 1s",    "RUN 1ns",    "RUN 999999999ns",
                                         "RUN 300ms", "RUN 1700ms", NULL};
    static const char *const whole[] = {"RUN 4s", NULL};
    ConsoleRoom *a = console_room_new(patent, NULL), *b = console_room_new(patent, NULL);

    console_room_give(a, pieces);
    console_room_give(b, whole);
    g_autofree char *digest_a = hv_trace_digest(monitor_system_trace(a->system));
    g_autofree char *digest_b = hv_trace_digest(monitor_system_trace(b->system));

    ck_assert_str_eq(digest_a, digest_b);
    console_room_free(a);
    console_room_free(b);
}
END_TEST

/* --- Asking, interrupting ------------------------------------------------------------------------------- */

typedef struct {
    const char *answer;
    unsigned asked;
} Operator;

static char *answer(const char *prompt, void *data)
{
    Operator *operator= data;

    ck_assert_ptr_nonnull(strstr(prompt, "Type its name"));
    operator->asked++;
    return g_strdup(operator->answer);
}

static const struct {
    const char *line, *answer;
    unsigned asked;
    const char *id;
} questions[] = {
    {"INTEG LPAR2,LPAR1", "LPAR2", 1, ""},
    {"INTEG 2,1", " lpar2 ", 1, ""},
    {"INTEG LPAR2,LPAR1", "LPAR1", 1, "LPS503E"},
    {"INTEG LPAR2,LPAR1", "2", 1, "LPS503E"},
    {"INTEG LPAR2,LPAR1", "yes", 1, "LPS503E"},
    {"INTEG LPAR2,LPAR1", "", 1, "LPS503E"},
    {"INTEG LPAR2,LPAR1", NULL, 1, "LPS503E"},
    {"INTEG LPAR2,LPAR1 PLAN", "no", 0, ""},
    {"INTEG LPAR3,LPAR2", "LPAR3", 0, "LPS204E"}, /* refused before anybody is asked */
    {"DEACTIVATE LPAR3", "LPAR3", 1, ""},
    {"DEACTIVATE LPAR3", "LPAR1", 1, "LPS503E"},
    {"AT 1s INTEG LPAR2,LPAR1", "LPAR1", 1, "LPS503E"},
    {"AT 1s INTEG LPAR2,LPAR1", "LPAR2", 1, ""},
    {"STOP LPAR3", NULL, 0, ""},
};

START_TEST(the_operator_confirms)
{
    Operator operator= {.answer = questions[_i].answer};
    const SvpConsoleConfig config = {.json = true, .ask = true, .ask_func = answer, .ask_data = &operator};
    ConsoleRoom *room = console_room_new(patent, &config);
    g_autofree char *id = console_room_refusal(room, questions[_i].line);

    ck_assert_str_eq(id, questions[_i].id);
    ck_assert_uint_eq(operator.asked, questions[_i].asked);
    if (questions[_i].id[0]) {
        json_t *ms = console_room_json(room, "DISPLAY MS");

        assert_fragment(ms, "DISPLAY MS", "result.ms", MS_BEFORE);
        json_decref(ms);
    }
    console_room_free(room);
}
END_TEST

static bool at_once(void *data)
{
    return ++*(unsigned *)data > 2;
}

START_TEST(a_run_can_be_interrupted)
{
    unsigned asked = 0;
    const SvpConsoleConfig config = {.json = true, .interrupted_func = at_once, .interrupted_data = &asked};
    ConsoleRoom *room = console_room_new(patent, &config);
    g_autofree char *id = console_room_refusal(room, "RUN 100h");

    ck_assert_str_eq(id, "LPS508E");
    ck_assert_uint_gt(monitor_system_now(room->system), 0);
    ck_assert_uint_lt(monitor_system_now(room->system), 100 * 3600 * HV_NS_PER_S);
    console_room_free(room);
}
END_TEST

START_TEST(without_power_on_nothing_comes_up)
{
    const SvpConsoleConfig config = {.json = true, .no_power_on = true};
    ConsoleRoom *room = console_room_new(patent, &config);
    g_autofree char *id = console_room_refusal(room, "INTEG LPAR2,LPAR1");

    ck_assert_str_eq(id, "LPS301E");
    console_room_free(room);
}
END_TEST

/* --- Pools ---------------------------------------------------------------------------------------------- */

/* 6 IPs, weights 300/100/900 with 1/6/2 LIPs: nominal 23.08/7.69/69.23 % of the pool, attainable 100/300/200 % of one IP. */
static const char *const pool_machine =
    "[machine]\nips = 6\nms = 30M\n"
    "[lpar A]\nnumber = 1\nms = 10M\nweight = 300\nlips = 1\nworkload = busy\n"
    "[lpar B]\nnumber = 2\nms = 10M\nweight = 100\nlips = 6\nworkload = busy\n"
    "[lpar C]\nnumber = 3\nms = 10M\nweight = 900\nlips = 2\nworkload = busy\n";

START_TEST(pools_show_nominal_and_attainable)
{
    ConsoleRoom *room = console_room_parse(pool_machine, NULL);
    static const char *const before[] = {"RUN 1s", NULL};

    console_room_give(room, before);
    json_t *ip = console_room_json(room, "DISPLAY IP"), *lpar = console_room_json(room, "DISPLAY LPAR B");

    assert_fragment(ip, "DISPLAY IP", "result.pools.0.type", "\"CP\"");
    assert_fragment(ip, "DISPLAY IP", "result.pools.0.ips", "[1,2,3,4,5,6]");
    assert_fragment(ip, "DISPLAY IP", "result.pools.0.lpars.0.nominal_pool_percent", "23.08");
    assert_fragment(ip, "DISPLAY IP", "result.pools.0.lpars.0.attainable_percent", "100");
    assert_fragment(ip, "DISPLAY IP", "result.pools.0.lpars.1.attainable_percent", "300");
    assert_fragment(ip, "DISPLAY IP", "result.pools.0.lpars.2.attainable_percent", "200");
    assert_fragment(ip, "DISPLAY IP", "result.pools.0.lpars.2.lips", "[1,2]");
    assert_fragment(ip, "DISPLAY IP", "result.ips.0.pool", "true");
    assert_fragment(ip, "DISPLAY IP", "result.ips.0.shares", "[]");
    assert_fragment(lpar, "DISPLAY LPAR", "result.lpars.0.lips.0.ip", "null");
    /* 6 IPs x 100/1300 over 6 LIPs: 7.69 % of one IP each. */
    assert_fragment(lpar, "DISPLAY LPAR", "result.lpars.0.lips.0.share_percent", "7.69");
    json_decref(ip);
    json_decref(lpar);
    console_room_free(room);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("svp/console");
    TCase *cases = tcase_create("console");

    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, answers, 0, G_N_ELEMENTS(fragments));
    tcase_add_test(cases, blank_lines_and_comments_are_silent);
    tcase_add_test(cases, digests_are_64_digits_and_prove_that_nothing_was_lost);
    tcase_add_test(cases, queued_commands_come_at_their_time);
    tcase_add_test(cases, a_run_in_pieces_is_the_same_run);
    tcase_add_loop_test(cases, the_operator_confirms, 0, G_N_ELEMENTS(questions));
    tcase_add_test(cases, a_run_can_be_interrupted);
    tcase_add_test(cases, without_power_on_nothing_comes_up);
    tcase_add_test(cases, pools_show_nominal_and_attainable);
    suite_add_tcase(suite, cases);

    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
