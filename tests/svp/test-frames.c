/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What people see: golden files of whole sessions, and what must hold of every frame on every page: lines that fit, no
 * escape codes without colour, nothing but ASCII where that was asked for.
 *
 * LPARSIM_UPDATE_GOLDEN=1 writes the golden files anew.
 */
#include "svp/page.h"
#include "svp/table.h"
#include "tests/svp/console-room.h"
#include "tests/svp/machine-text.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const char *const patent_session[] = {
    "DISPLAY MACHINE",
    "RUN 10s",
    "DISPLAY MS",
    "DISPLAY ES",
    "DISPLAY IP",
    "DISPLAY CHP",
    "DISPLAY LPAR",
    "DISPLAY LPAR LPAR1",
    "DISPLAY TASK",
    "DISPLAY DEVICE",
    "INTEG LPAR2,LPAR1 PLAN",
    "SET FAULT 206",
    "AT 12s INTEG LPAR2,LPAR1 NONOTIFY",
    "AT 13s STOP LPAR2",
    "RUN 5s",
    "GUEST LPAR1,CF STOR(ALL),ONLINE",
    "GUEST LPAR1,CF CPU(3),ONLINE",
    "GUEST LPAR1,VERIFY",
    "SET RESERVED LPAR1,64M",
    "DISPLAY MS",
    "DISPLAY USAGE",
    "DISPLAY LOG",
    "HELP",
    "HELP SET",
    "HELP INTEG",
    "QUIT",
    NULL};

static const char *const sixty_session[] = {"RUN 100ms",         "DISPLAY MS",       "DISPLAY IP",
                                            "INTEG P01,P06",     "DISPLAY IP P06",   "DISPLAY CHP P06",
                                            "DISPLAY USAGE P06", "DISPLAY TASK P06", NULL};

static const char *const report_session[] = {
    "SET INTERVAL 5s",
    "RUN 10s",
    "INTEG LPAR2,LPAR1",
    "RUN 7s",
    "REPORT PARTITION",
    "REPORT PARTITION LPAR1 INTERVAL=10s",
    "REPORT LIP INTERVAL=10s",
    "REPORT CHANNEL LPAR3",
    "REPORT GROUP",
    "REPORT WORKLOAD",
    "REPORT LIP INTERVAL=7s",
    NULL};

/* An INTEG that is taken back: from a survivor that has given it up, and from one that does not. */
static const char *const restore_session[] = {
    "SET PRESNAP ON",
    "RUN 2s",
    "INTEG LPAR2,LPAR1",
    "RUN 2s",
    "DISPLAY PRESNAP",
    "RESTORE LPAR2 PRESNAP PLAN",
    "SET FAULT 303.COMMIT",
    "AT 5s RESTORE LPAR2 PRESNAP",
    "RUN 2s",
    "RESTORE LPAR2 PRESNAP",
    "DISPLAY LPAR",
    "DISPLAY MACHINE",
    "INTEG LPAR2,LPAR1",
    "LOAD LPAR1",
    "AT 7s RESTORE LPAR2 PRESNAP",
    "RUN 2s",
    "DEACTIVATE LPAR3",
    "RESTORE LPAR2 PRESNAP",
    "GUEST LPAR2,VERIFY",
    NULL};

static const struct {
    const char *golden, *machine;
    const char *const *lines;
    unsigned width;
    bool ascii, color;
} sessions[] = {
    {"tests/golden/console-patent-100.txt", "examples/patent.ini", patent_session, 100, false, false},
    {"tests/golden/console-patent-80-ascii.txt", "examples/patent.ini", patent_session, 80, true, false},
    {"tests/golden/console-patent-100-color.txt", "examples/patent.ini", patent_session, 100, false, true},
    {"tests/golden/console-report-100.txt", "examples/patent.ini", report_session, 100, false, false},
    {"tests/golden/console-report-80.txt", "examples/patent.ini", report_session, 80, false, false},
    {"tests/golden/console-restore-100.txt", "examples/patent.ini", restore_session, 100, false, false},
    {"tests/golden/console-restore-80.txt", "examples/patent.ini", restore_session, 80, false, false},
    {"tests/golden/console-sixty-80.txt", "examples/sixty.ini", sixty_session, 80, false, false},
    {"tests/golden/console-sixty-140.txt", "examples/sixty.ini", sixty_session, 140, false, false},
};

/* All that the session writes, errors where they come. */
static char *play(int session, unsigned width, bool ascii, bool color)
{
    const SvpConsoleConfig config = {.width = width, .ascii = ascii, .color = color, .echo = true};
    ConsoleRoom *room = console_room_new(sessions[session].machine, &config);
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; sessions[session].lines[i]; i++) {
        console_room_clear(room);
        svp_console_line(room->console, sessions[session].lines[i], "test");
        g_string_append_printf(text, "%s%s", console_room_out(room), console_room_err(room));
    }
    console_room_free(room);
    return g_string_free(text, FALSE);
}

START_TEST(sessions_look_as_they_did)
{
    g_autofree char *text = play(_i, sessions[_i].width, sessions[_i].ascii, sessions[_i].color);

    if (g_strcmp0(g_getenv("LPARSIM_UPDATE_GOLDEN"), "1") == 0) {
        g_autofree char *path = g_build_filename(SOURCE_ROOT, sessions[_i].golden, NULL);

        ck_assert(g_file_set_contents(path, text, -1, NULL));
    }
    g_autofree char *golden = machine_text_load(sessions[_i].golden);
    g_auto(GStrv) found = g_strsplit(text, "\n", -1), expected = g_strsplit(golden, "\n", -1);

    for (unsigned i = 0; found[i] && expected[i]; i++)
        ck_assert_msg(
            strcmp(found[i], expected[i]) == 0, "%s:%u\nis       %s\nshall be %s", sessions[_i].golden, i + 1,
            found[i], expected[i]);
    ck_assert_str_eq(text, golden);
}
END_TEST

/* --- What holds of every frame -------------------------------------------------------------------------- */

static const unsigned widths[] = {80, 100, 140, 250};

/* Messages and syntax are not broken into lines: a terminal does that, and a pipe wants them whole. */
static bool is_message(const char *line)
{
    return g_str_has_prefix(line, "LPS") || strstr(line, "SVP> ") || g_str_has_prefix(line, "Queued");
}

START_TEST(lines_fit_the_page)
{
    unsigned session = (unsigned)_i / G_N_ELEMENTS(widths),
             width = widths[(unsigned)_i % G_N_ELEMENTS(widths)];
    g_autofree char *text = play(session == 0 ? 0 : session == 1 ? 3 : 5, width, false, false);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (unsigned i = 0; lines[i]; i++) {
        ck_assert_msg(
            is_message(lines[i]) || svp_page_columns(lines[i]) <= width, "%u columns of %u: %s",
            svp_page_columns(lines[i]), width, lines[i]);
        ck_assert_msg(!g_str_has_suffix(lines[i], " "), "a blank at the end of: %s", lines[i]);
    }
}
END_TEST

START_TEST(no_color_no_escape_codes)
{
    g_autofree char *plain = play(0, 100, false, false), *ascii = play(0, 100, true, false);
    g_autofree char *color = play(0, 100, false, true);

    ck_assert_ptr_null(strchr(plain, '\033'));
    ck_assert(g_str_is_ascii(ascii));
    ck_assert_ptr_nonnull(strchr(color, '\033'));

    /* Colour adds escape codes and nothing else. */
    g_autoptr(GRegex) codes = g_regex_new("\033\\[[0-9;]*m", 0, 0, NULL);
    g_autofree char *stripped = g_regex_replace_literal(codes, color, -1, 0, "", 0, NULL);

    ck_assert_str_eq(stripped, plain);
}
END_TEST

/* --- Tables and pages ----------------------------------------------------------------------------------- */

static char *drawn(void (*draw)(SvpPage *page), unsigned width, bool ascii)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    const SvpPageConfig config = {.out = out, .width = width, .ascii = ascii};
    SvpPage *page = svp_page_new(&config);

    draw(page);
    svp_page_free(page);
    fclose(out);
    return text;
}

static void draw_table(SvpPage *page)
{
    static const SvpColumn columns[] = {{"name", false}, {"never", true}, {"n", true}, {"words", false}};
    g_autoptr(SvpTable) table = svp_table_new(columns, G_N_ELEMENTS(columns));

    svp_table_cell(table, "a");
    svp_table_empty(table);
    svp_table_cell(table, "%d", 1);
    svp_table_cell(table, "one two three four five six seven");
    svp_table_cell(table, "bcdef");
    svp_table_empty(table);
    svp_table_cell(table, "%d", 1000);
    svp_table_cell(table, "eight");
    svp_table_print(table, page);
}

START_TEST(tables_align_leave_out_and_wrap)
{
    char *text = drawn(draw_table, 40, false);

    ck_assert_str_eq(
        text, "  name      n  words\n"
              "  a         1  one two three four five\n"
              "               six seven\n"
              "  bcdef  1000  eight\n");
    free(text);
}
END_TEST

static void draw_hostile(SvpPage *page)
{
    svp_page_add(page, SVP_STYLE_PLAIN, "\033[2J\007 \xff caf\xc3\xa9\n\n\r");
}

START_TEST(nothing_reaches_the_terminal_that_it_would_obey)
{
    char *unicode = drawn(draw_hostile, 0, false), *ascii = drawn(draw_hostile, 0, true);

    ck_assert_str_eq(unicode, "\\x1B[2J\\x07 \\xFF caf\xc3\xa9\n\n\\x0D");
    ck_assert_str_eq(ascii, "\\x1B[2J\\x07 \\xFF caf?\n\n\\x0D");
    free(unicode);
    free(ascii);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("svp/frames");
    TCase *cases = tcase_create("frames");

    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, sessions_look_as_they_did, 0, G_N_ELEMENTS(sessions));
    tcase_add_loop_test(cases, lines_fit_the_page, 0, 3 * G_N_ELEMENTS(widths));
    tcase_add_test(cases, no_color_no_escape_codes);
    tcase_add_test(cases, tables_align_leave_out_and_wrap);
    tcase_add_test(cases, nothing_reaches_the_terminal_that_it_would_obey);
    suite_add_tcase(suite, cases);

    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
