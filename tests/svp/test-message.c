/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Messages: each error of each layer is in the catalogue, each that commands can bring about is brought about here, with
 * its id and the values in it, and the page in docs/ is what the catalogue says.
 */
#include "hv/error.h"
#include "svp/error.h"
#include "svp/message.h"
#include "tests/svp/console-room.h"
#include "tests/svp/machine-text.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* --- Every refusal -------------------------------------------------------------------------------------- */

#define PATENT  "examples/patent.ini"
#define REFUSES "examples/refuses.ini"

static const struct {
    int number;
    const char *machine;
    const char *before[4];
    const char *line;
    const char *says; /* a part of the reason */
} refusals[] = {
    {101, PATENT, {0}, "RUN abc", "\"abc\""},
    {101, PATENT, {0}, "RUN -1s", "\"-1s\""},
    {101, PATENT, {0}, "RUN 99999999999999999999h", "99999999999999999999h"},
    {101, PATENT, {0}, "SET RESERVED LPAR1,12Q", "\"12Q\""},
    {101, PATENT, {0}, "SET CHP 1,RELEASE", "\"1\""},
    {101, PATENT, {0}, "SET CHP 100,RELEASE", "\"100\""},
    {101, PATENT, {0}, "GUEST LPAR1,CF CPU(0),ONLINE", "\"0\""},
    {101, PATENT, {0}, "GUEST LPAR1,CF CPU(999999),ONLINE", "\"999999\""},
    {103, PATENT, {0}, "GUEST LPAR1,CF STOR(ALL),ONLINE", "waiting"},
    {103, PATENT, {0}, "GUEST LPAR1,CF STOR(ALL),OFFLINE", "gives back only"},
    {201, PATENT, {0}, "INTEG LPAR2,LPAR9", "LPAR9"},
    {201, PATENT, {0}, "DISPLAY MS 0", "0"},
    {201, PATENT, {0}, "STOP 4294967297", "4294967297"},
    {202, PATENT, {0}, "INTEG LPAR1,1", "LPAR1"},
    {203, PATENT, {"INTEG 2,1"}, "SET RESERVED LPAR2,1M", "LPAR2"},
    {204, PATENT, {0}, "INTEG LPAR1,LPAR2", "256M"},
    {204, PATENT, {"INTEG 2,1"}, "INTEG LPAR3,LPAR1", "256M"},
    {205, REFUSES, {0}, "INTEG GIVER,STRANGER", "00"},
    {205, REFUSES, {0}, "INTEG RICH,TWIN", "02"},
    {206, REFUSES, {0}, "INTEG GIVER,TWIN FORCE", "0190"},
    {207, REFUSES, {0}, "INTEG GIVER,MEEK", "MEEK"},
    {208, REFUSES, {0}, "INTEG GIVER,WALLED", "WALL1"},
    {211, PATENT, {0}, "SET CHP 0F,RELEASE", "0F"},
    {211, PATENT, {0}, "SET CHP FF,RELEASE", "FF"},
    {213, PATENT, {0}, "SET RESERVED LPAR1,1500K", "1500K"},
    {301, PATENT, {0}, "LOAD LPAR1", "LPAR1"},
    {301, PATENT, {"DEACTIVATE LPAR3"}, "INTEG LPAR3,LPAR1", "LPAR3"},
    {301, PATENT, {"DEACTIVATE LPAR3"}, "GUEST LPAR3,DISPLAY", "LPAR3"},
    {302, PATENT, {"ACTIVATE LPAR1"}, "ACTIVATE LPAR1", "LPAR1"},
    {303, PATENT, {"ACTIVATE LPAR1"}, "STOP LPAR1", "LPAR1"},
    {303, PATENT, {"ACTIVATE LPAR1"}, "GUEST LPAR1,VERIFY", "LPAR1"},
    {304, PATENT, {"RUN 1s"}, "START LPAR1", "LPAR1"},
    {305, PATENT, {"STOP LPAR1"}, "INTEG LPAR2,LPAR1", "LPAR1"},
    {306, PATENT, {"INTEG 2,1"}, "STOP LPAR2", "LPAR2"},
    {306, PATENT, {"INTEG 2,1"}, "GUEST LPAR2,DISPLAY", "LPAR2"},
    {307, PATENT, {0}, "GUEST LPAR1,CF CPU(9),ONLINE", "9"},
    {401, PATENT, {"SET FAULT 203.1"}, "INTEG LPAR2,LPAR1", "203.1"},
    {401, PATENT, {"SET FAULT 203.COMMIT"}, "INTEG LPAR2,LPAR1", "203.commit"},
    {402, PATENT, {0}, "SET FAULT 300", "300"},
    {403, PATENT, {"ACTIVATE LPAR1", "RUN 2562047h"}, "RUN 1h", "292 years"},
    {410, PATENT, {"SET INTERVAL 10s", "RUN 30s"}, "REPORT LIP INTERVAL=15s", "15s"},
    {501, PATENT, {0}, "FOO", "\"FOO\""},
    {501, PATENT, {0}, "D MS", "DISPLAY, DEACTIVATE"},
    {501, PATENT, {0}, "HELP FOO", "\"FOO\""},
    {501, PATENT, {0}, "AT 1s FOO", "\"FOO\""},
    {502, PATENT, {0}, "INTEG LPAR1", "surviving"},
    {502, PATENT, {0}, "INTEG", "retiring"},
    {502, PATENT, {0}, "INTEG LPAR2,LPAR1 PLAN PLAN", "PLAN"},
    {502, PATENT, {0}, "INTEG LPAR2,LPAR1 SOON", "\"SOON\""},
    {502, PATENT, {0}, "INTEG LPAR2,,LPAR1", "comma"},
    {502, PATENT, {0}, "INTEG LPAR2,LPAR1,", "comma"},
    {502, PATENT, {0}, ",", "comma"},
    {502, PATENT, {0}, "DISPLAY", "DISPLAY"},
    {502, PATENT, {0}, "DISPLAY M", "MS, MACHINE"},
    {502, PATENT, {0}, "DISPLAY MS LPAR1 LPAR2", "LPAR2"},
    {502, PATENT, {0}, "DISPLAY (MS)", "MS"},
    {502, PATENT, {0}, "GUEST LPAR1,CF STOR ALL,ONLINE", "\"ALL\""},
    {502, PATENT, {0}, "GUEST LPAR1,CF STOR(ALL,ONLINE", "parentheses"},
    {502, PATENT, {0}, "GUEST LPAR1,CF STOR)ALL(,ONLINE", "parentheses"},
    {502, PATENT, {0}, "(DISPLAY) MS", "parentheses"},
    {502, PATENT, {0}, "RUN 10s 10s", "\"10s\""},
    {502, PATENT, {0}, "AT 10s RUN 10s", "RUN"},
    {502, PATENT, {0}, "AT 10s AT 20s DISPLAY MS", "AT"},
    {502, PATENT, {0}, "AT 10s", "command"},
    {502, PATENT, {0}, "SET USAGE LPAR1", "\"LPAR1\""},
    {502, PATENT, {0}, "QUIT NOW", "\"NOW\""},
    {502, PATENT, {0}, "REPORT LIP CSV", "CSV(FILE)"},
    {502, PATENT, {0}, "REPORT LIP CSV,LPAR1", "CSV(FILE)"},
    {502, PATENT, {0}, "REPORT LIP LPAR1 CSV(a) CSV(b)", "CSV"},
    {502, PATENT, {0}, "REPORT LIP LPAR1 LPAR2", "LPAR2"},
    {502, PATENT, {0}, "REPORT LIP (CSV)", "parentheses"},
    {502, PATENT, {0}, "REPORT LIP INTERVAL", "INTERVAL=60s"},
    {502, PATENT, {0}, "SET INTERVAL 0", "0 s"},
    {505, PATENT, {0}, "REPORT LIP CSV(/proc/no/such/place)", "/proc/no/such/place"},
    {504, PATENT, {"RUN 2s"}, "AT 1s DISPLAY MS", "1.000 s"},
    {502, PATENT, {0}, "SBMJOB RUN 10s", "RUN cannot be queued"},
    {502, PATENT, {0}, "SBMJOB SBMJOB DISPLAY MS", "SBMJOB cannot be submitted"},
    {502, PATENT, {0}, "SBMJOB DISPLAY MS LPAR1 JOB HOLD", "JOB"},
    {570, PATENT, {0}, "HOLD JOB 7", "000007"},
    {570, PATENT, {0}, "DISPLAY JOB 7", "000007"},
    {570, PATENT, {0}, "DISPLAY JOBLOG JOB(7)", "000007"},
    {570, PATENT, {0}, "DISPLAY MESSAGE 7", "7"},
    {570, PATENT, {"SBMJOB DISPLAY MS"}, "END JOB 1", "ENDED"},
    {570, PATENT, {"SBMJOB DISPLAY MS HOLD", "RELEASE JOB 1"}, "RELEASE JOB 1", "ENDED"},
    {570, PATENT, {"SBMJOB DISPLAY MS HOLD"}, "HOLD JOB 1", "HELD"},
    {572, PATENT, {0}, "SBMJOB DISPLAY MS JOB(A/B)", "A/B"},
    {540, PATENT, {0}, "SET TAPE TAP00,/tmp", "TAP00"},
    {540, PATENT, {0}, "SET TAPE DISK1,/tmp", "DISK1"},
    {540, PATENT, {0}, "SAVE LPAR LPAR1 DEV(TAP07)", "TAP07"},
    {540, PATENT, {0}, "VERIFY DEV(TAP07)", "TAP07"},
    {540, PATENT, {0}, "INZTAP DEV(TAP07) NEWVOL(VOL1)", "TAP07"},
    {540, PATENT, {0}, "DISPLAY TAPE TAP07", "TAP07"},
    {544, PATENT, {0}, "SET TAPE TAP01,/no/such/folder", "/no/such/folder"},
    {502, PATENT, {0}, "SAVE LPAR LPAR1", "DEV"},
    {502, PATENT, {0}, "INZTAP DEV(TAP01)", "NEWVOL"},
    {502, PATENT, {0}, "SAVE LPAR LPAR1 DEV", "DEV"},
    {502, PATENT, {0}, "INZTAP DEV(TAP01) NEWVOL(VOL1) CHECK(MAYBE)", "MAYBE"},
    {509, PATENT, {0}, "DISPLAY \x1b[2J", "\\x1B"},
    {509, PATENT, {0}, "DISPLAY \xff", "\\xFF"},
    {509, PATENT, {0}, "DISPLAY \xe2\x80\xae MS", "\\xE2"}, /* right-to-left override */
    {509, PATENT, {0}, "DISPLAY\nMS", "\\x0A"},
    {560, PATENT, {0}, "DEFINE POLICY P FREQUENCY(yearly)", "\"yearly\""},
    {560, PATENT, {0}, "DEFINE POLICY P FREQUENCY(hourly) AT(02:00)", "\"02:00\""},
    {560, PATENT, {0}, "DEFINE POLICY P KEEP(256 COPIES)", "\"256 COPIES\""},
    {560, PATENT, {0}, "DEFINE GROUP G LPARS(LPAR1,1)", "LPAR1"},
    {561, PATENT, {0}, "DEFINE POLICY ../P", "\"../P\""},
    {561, PATENT, {"DEFINE POLICY P"}, "DEFINE POLICY p", "policy p"},
    {562, PATENT, {0}, "SNAPSHOT G", "\"G\""},
    {562, PATENT, {"DEFINE GROUP G LPARS(ALL)"}, "SNAPSHOT G POLICY(P)", "\"P\""},
    {563, PATENT, {"DEFINE GROUP G LPARS(ALL)"}, "DEFINE VAULT G,/v FROM(MIRROR)", "cascade"},
    {563, PATENT, {"DEFINE GROUP G LPARS(ALL)", "DEFINE MIRROR G,/m"}, "UPDATE G", "initialized"},
    {564, PATENT, {"DEFINE POLICY P", "DEFINE GROUP G LPARS(1) POLICY(P)"}, "DELETE POLICY P", "group G"},
};

/* Those that no command of an operator brings about, and where they are tested. */
static const struct {
    int number;
    const char *where;
} elsewhere[] = {
    {1, "test-console: powered_on"},
    {2, "test-console: queued commands"},
    {3, "test-program.sh"},
    {4, "tests/libvirt: a machine of more IPs than the host has CPUs"},
    {10, "test-state.py"},
    {11, "test-state.py"},
    {12, "test-state.py"},
    {13, "test-state.py"},
    {34, "tests/libvirt/save.py"},
    {35, "tests/libvirt/save.py"},
    {36, "test-tape.py"},
    {50, "test-job-console"},
    {51, "test-job-console"},
    {52, "test-job-console"},
    {53, "test-job-console"},
    {54, "test-job-console"},
    {55, "test-job-console"},
    {56, "test-job-console"},
    {57, "test-job-console"},
    {58, "test-job-console"},
    {571, "test-job-console"},
    {70, "test-audit"},
    {71, "test-state.py"},
    {573, "test-journal-file"},
    {574, "test-journal-file"},
    {575, "test-contingency.py"},
    {580, "test-role"},
    {581, "test-role"},
    {582, "test-audit"},
    {102, "test-machine-file: a workload"},
    {104, "tests/hv: a guest outside its storage"},
    {105, "test-program.sh"},
    {106, "tests/libvirt: what libvirt refuses"},
    {107, "tests/libvirt: a domain that has ended"},
    {115, "tests/hv: test-database"},
    {116, "test-state.py"},
    {117, "tests/crash"},
    {118, "tests/hv: test-database"},
    {119, "tests/hv: test-database"},
    {209, "tests/resmgr: a path can change its owner by INTEG only"},
    {210, "tests/resmgr: shares are freed by DEACTIVATE and go nowhere else"},
    {212, "tests/resmgr: 257 LIPs"},
    {230, "test-state.py"},
    {231, "test-state.py"},
    {232, "tests/resmgr: test-journal"},
    {233, "test-state.py"},
    {503, "test-console: the operator confirms"},
    {506, "test-program.sh"},
    {507, "test-program.sh"},
    {508, "test-console: a run can be interrupted"},
    {41, "test-protect-console.c"},
    {42, "test-protect.py"},
    {565, "test-protect-catalog.c"},
    {566, "test-protect-catalog.c"},
    {567, "test-protect-catalog.c"},
    {568, "test-protect-catalog.c"},
    {420, "test-capture.c"},
    {421, "test-define.c"},
    {14, "test-state-end.py"},
    {15, "test-state-open.py"},
    {530, "test-state.py"},
    {531, "test-state.py"},
    {30, "test-tape-console"},
    {31, "test-tape-console"},
    {32, "test-tape-console"},
    {33, "test-tape-console"},
    {34, "test-tape.py"},
    {541, "test-tape-console"},
    {542, "test-tape-console"},
    {543, "test-tape"},
    {545, "test-tape"},
    {546, "test-tape-console"},
    {547, "test-tape"},
    {108, "test-codec.c, test-image.c"},
    {551, "test-restore.c"},
    {552, "test-restore.c"},
    {550, "test-restore.c"},
    {435, "tests/libvirt: save.py"},
    {422, "test-restore.c"},
    {215, "test-restore.c"},
    {214, "test-restore.c"},
    {109, "test-guest-save.c"},
    {520, "test-plan.py"},
    {521, "test-plan.py"},
};

START_TEST(refusals_have_their_number_and_name_the_values)
{
    ConsoleRoom *room = console_room_new(refusals[_i].machine, NULL);
    g_autofree char *expected = g_strdup_printf("LPS%03dE", refusals[_i].number);

    console_room_give(room, refusals[_i].before);
    json_t *before = console_room_json(room, "DISPLAY IP"), *storage = console_room_json(room, "DISPLAY MS");
    json_t *object = console_room_json(room, refusals[_i].line);
    const char *id = json_string_value(console_room_at(object, "error.id"));
    const char *reason = json_string_value(console_room_at(object, "error.reason"));

    ck_assert_msg(id, "%s was carried out", refusals[_i].line);
    ck_assert_msg(
        strcmp(id, expected) == 0 && strstr(reason, refusals[_i].says), "%s: %s %s", refusals[_i].line, id,
        reason);
    ck_assert_ptr_null(console_room_at(object, "result"));
    ck_assert_ptr_null(strpbrk(reason, "\n\x1b"));

    /* Nothing has changed, but LPARs may have been brought up. */
    json_t *storage_after = console_room_json(room, "DISPLAY MS");

    ck_assert(json_equal(console_room_at(storage, "result"), console_room_at(storage_after, "result")));
    json_decref(before);
    json_decref(storage);
    json_decref(storage_after);
    json_decref(object);
    console_room_free(room);
}
END_TEST

static bool is_tested(int number)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(refusals); i++)
        if (refusals[i].number == number)
            return true;
    for (unsigned i = 0; i < G_N_ELEMENTS(elsewhere); i++)
        if (elsewhere[i].number == number)
            return true;
    return false;
}

START_TEST(every_message_is_tested)
{
    for (unsigned i = 0; i < svp_n_messages; i++)
        ck_assert_msg(is_tested(svp_messages[i].number), "nothing brings about %d", svp_messages[i].number);
    for (unsigned i = 0; i < G_N_ELEMENTS(elsewhere); i++)
        ck_assert_ptr_nonnull(svp_message_find(elsewhere[i].number));
}
END_TEST

/* --- The catalogue -------------------------------------------------------------------------------------- */

static const char *const layers[] = {"hv", "resmgr", "lpar", "monitor", "svp"};

/* The numbers in <layer>/error.h: what stands behind "_ERROR_NAME =". */
static GArray *numbers_of_layer(const char *layer)
{
    g_autofree char *path = g_strdup_printf("%s/error.h", layer);
    g_autofree char *header = machine_text_load(path);
    g_autoptr(GRegex) regex = g_regex_new("_ERROR_[A-Z_]+\\s*=\\s*([0-9]{3})", 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    GArray *numbers = g_array_new(FALSE, FALSE, sizeof(int));

    for (g_regex_match(regex, header, 0, &match); g_match_info_matches(match);
         g_match_info_next(match, NULL)) {
        g_autofree char *text = g_match_info_fetch(match, 1);
        int number = atoi(text);

        g_array_append_val(numbers, number);
    }
    return numbers;
}

START_TEST(every_error_of_a_layer_has_a_row_and_every_row_an_error)
{
    g_autoptr(GArray) numbers = numbers_of_layer(layers[_i]);
    unsigned n_rows = 0;

    ck_assert_uint_gt(numbers->len, 0);
    for (unsigned i = 0; i < numbers->len; i++) {
        const SvpMessageRow *row = svp_message_find(g_array_index(numbers, int, i));

        ck_assert_msg(row, "%d is not in the catalogue", g_array_index(numbers, int, i));
        ck_assert_str_eq(row->layer, layers[_i]);
        ck_assert_int_eq(row->severity, SVP_MESSAGE_ERROR);
    }
    for (unsigned i = 0; i < svp_n_messages; i++)
        n_rows += svp_messages[i].number >= 100 && strcmp(svp_messages[i].layer, layers[_i]) == 0 ? 1 : 0;
    ck_assert_uint_eq(n_rows, numbers->len);
}
END_TEST

START_TEST(rows_are_in_order_and_whole_sentences)
{
    for (unsigned i = 0; i < svp_n_messages; i++) {
        const SvpMessageRow *row = &svp_messages[i];

        ck_assert(i == 0 || svp_messages[i - 1].number < row->number);
        ck_assert(g_str_has_suffix(row->meaning, ".") && g_str_has_suffix(row->remedy, "."));
        ck_assert((row->number < 100) == (row->severity != SVP_MESSAGE_ERROR));
    }
}
END_TEST

#define BEGIN "<!-- begin: messages -->\n"
#define END   "<!-- end: messages -->\n"

START_TEST(the_catalogue_is_in_the_docs)
{
    g_autofree char *reference = svp_message_reference();
    g_autofree char *page = machine_text_load("docs/messages.md");
    const char *begin = strstr(page, BEGIN), *end = strstr(page, END);

    ck_assert(begin && end && begin < end);
    g_autofree char *head = g_strndup(page, (gsize)(begin - page) + strlen(BEGIN));
    g_autofree char *updated = g_strconcat(head, "\n", reference, "\n", end, NULL);

    if (g_strcmp0(g_getenv("LPARSIM_UPDATE_GOLDEN"), "1") == 0)
        ck_assert(g_file_set_contents(SOURCE_ROOT "/docs/messages.md", updated, -1, NULL));
    else
        ck_assert_str_eq(updated, page);
}
END_TEST

/* --- The line ------------------------------------------------------------------------------------------- */

static const struct {
    int code;
    const char *message, *line;
} lines[] = {
    {204, "LPAR1 has 256M\nSET RESERVED helps", "LPS204E LPAR1 has 256M. SET RESERVED helps."},
    {501, "\"FOO\" is no command\nDid you mean LOAD?", "LPS501E \"FOO\" is no command. Did you mean LOAD?"},
    {201, "there is no LPAR X\nthe LPARs are A, B", "LPS201E There is no LPAR X. The LPARs are A, B."},
    {403, "too far", "LPS403E Too far."},
    {403, "too far\n", "LPS403E Too far."},
    {509, "\x1b[31m\xff\tred\nsee \x7f", "LPS509E \\x1B[31m\\xFF\\x09red. See \\x7F."},
};

START_TEST(an_error_becomes_one_printable_line)
{
    g_autoptr(GError) error = g_error_new_literal(SVP_ERROR, lines[_i].code, lines[_i].message);
    g_autofree char *line = svp_message_text(error);

    ck_assert_str_eq(line, lines[_i].line);
}
END_TEST

START_TEST(quotes_are_cut)
{
    g_autofree char *text = g_strnfill(5000, 'x'), *quoted = svp_message_quote(text);

    ck_assert_uint_lt(strlen(quoted), 80);
    ck_assert(g_str_has_suffix(quoted, "...\""));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("svp/message");
    TCase *cases = tcase_create("message");

    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, refusals_have_their_number_and_name_the_values, 0, G_N_ELEMENTS(refusals));
    tcase_add_test(cases, every_message_is_tested);
    tcase_add_loop_test(
        cases, every_error_of_a_layer_has_a_row_and_every_row_an_error, 0, G_N_ELEMENTS(layers));
    tcase_add_test(cases, rows_are_in_order_and_whole_sentences);
    tcase_add_test(cases, the_catalogue_is_in_the_docs);
    tcase_add_loop_test(cases, an_error_becomes_one_printable_line, 0, G_N_ELEMENTS(lines));
    tcase_add_test(cases, quotes_are_cut);
    suite_add_tcase(suite, cases);

    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
