/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * REPORT as a command: files that are written as a whole or not at all and say what JSON says, the clock, and how options and LPARs
 * are told apart.
 */
#include "hv/demand.h"
#include "hv/smf70.h"
#include "svp/csv.h"
#include "tests/svp/report-room.h"

#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

/* --- Files ---------------------------------------------------------------------------------------------- */

static char *directory_new(void)
{
    char *directory = g_dir_make_tmp("lparsim-report-XXXXXX", NULL);

    ck_assert_ptr_nonnull(directory);
    return directory;
}

static char *read_text(const char *path)
{
    char *contents = NULL;

    ck_assert_msg(g_file_get_contents(path, &contents, NULL, NULL), "%s", path);
    return contents;
}

START_TEST(a_csv_says_what_json_says)
{
    ConsoleRoom *room = report_room_new();
    g_autofree char *directory = directory_new(), *path = g_build_filename(directory, "p.csv", NULL);
    g_autofree char *line = g_strdup_printf("REPORT PARTITION INTERVAL=5s CSV(%s)", path);

    console_room_give(room, (const char *const[]){"SET INTERVAL 5s", "RUN 12s", NULL});
    json_t *report = report_room_result(room, line);
    g_autofree char *contents = read_text(path);
    g_auto(GStrv) rows = g_strsplit(contents, "\n", -1);
    /* Three intervals of five LPARs, and of the two types' *PHYSICAL*. */
    json_t *last = console_room_at(report, "intervals.2.rows.2");
    g_auto(GStrv) cells = g_strsplit(rows[1 + 2 * 7 + 2], ",", -1);

    ck_assert_uint_eq(g_strv_length(rows), 1 + 3 * 7 + 1);
    ck_assert_str_eq(rows[0], HV_SMF70_COLUMNS);
    ck_assert_str_eq(rows[1 + 3 * 7], "");
    ck_assert_str_eq(report_room_text(report, "csv"), path);
    ck_assert_str_eq(cells[0], "12.000000");
    ck_assert_str_eq(cells[1], "2.000000");
    ck_assert_str_eq(cells[3], report_room_text(last, "name"));
    ck_assert_double_eq_tol(
        g_ascii_strtod(cells[13], NULL), report_room_number(last, "dispatch_effective_s"), 5.1e-7);
    ck_assert_double_eq(g_ascii_strtod(cells[19], NULL), report_room_number(last, "physical_total_percent"));
    json_decref(report);
    ck_assert_int_eq(g_remove(path), 0);
    ck_assert_int_eq(g_rmdir(directory), 0);
    console_room_free(room);
}
END_TEST

/* What the report says that an LPAR got is what a guest can be made to want. */
START_TEST(a_csv_is_a_demand)
{
    ConsoleRoom *room = report_room_new();
    g_autofree char *directory = directory_new(), *path = g_build_filename(directory, "p.csv", NULL);
    g_autofree char *line = g_strdup_printf("REPORT PARTITION INTERVAL=5s CSV(%s)", path);
    g_autofree char *file = g_strdup_printf("%s key C", path);

    console_room_give(room, (const char *const[]){"SET INTERVAL 5s", "RUN 12s", NULL});
    json_t *report = report_room_result(room, line), *intervals = json_object_get(report, "intervals"),
           *block;
    g_autoptr(HvDemandDef) def = hv_demand_parse(file, NULL, NULL);
    g_autoptr(HvDemand) demand = hv_demand_open(def, NULL);
    HvDemandSample sample;
    size_t i;

    ck_assert_ptr_nonnull(demand);
    json_array_foreach(intervals, i, block)
    {
        double got_s = report_room_number(report_room_row(block, "rows", "C", "CP"), "dispatch_effective_s");

        ck_assert(hv_demand_next(demand, &sample));
        ck_assert_uint_eq(sample.begin_ns, i * 5 * HV_NS_PER_S);
        ck_assert_double_eq_tol((double)sample.work_ns / 1e9, got_s, 5.1e-7);
    }
    ck_assert(!hv_demand_next(demand, &sample));
    ck_assert_ptr_null(hv_demand_problem(demand));
    json_decref(report);
    ck_assert_int_eq(g_remove(path), 0);
    ck_assert_int_eq(g_rmdir(directory), 0);
    console_room_free(room);
}
END_TEST

START_TEST(files_are_not_lost)
{
    ConsoleRoom *room = report_room_new();
    g_autofree char *directory = directory_new(), *path = g_build_filename(directory, "r.csv", NULL);
    g_autofree char *plain = g_strdup_printf("REPORT LIP CSV(%s)", path);
    g_autofree char *replace = g_strdup_printf("REPORT LIP CSV(%s) REPLACE", path);

    ck_assert(g_file_set_contents(path, "mine", -1, NULL));
    g_autofree char *refused = console_room_refusal(room, plain);
    g_autofree char *kept = read_text(path);

    ck_assert_str_eq(refused, "LPS505E");
    ck_assert_str_eq(kept, "mine");
    json_decref(report_room_result(room, replace));
    g_autofree char *written = read_text(path);

    ck_assert(g_str_has_prefix(written, "time,interval_s,lpar,lip,"));
    ck_assert_int_eq(g_remove(path), 0);
    ck_assert_int_eq(g_rmdir(directory), 0); /* nothing else is left in it */
    console_room_free(room);
}
END_TEST

START_TEST(a_console_can_be_kept_from_files)
{
    const SvpConsoleConfig config = {.json = true, .no_files = true};
    ConsoleRoom *room = console_room_parse(report_room_machine, &config);
    g_autofree char *directory = directory_new(), *path = g_build_filename(directory, "r.csv", NULL);
    g_autofree char *line = g_strdup_printf("REPORT LIP CSV(%s) REPLACE", path);
    g_autofree char *refused = console_room_refusal(room, line);

    ck_assert_str_eq(refused, "LPS505E");
    ck_assert_int_eq(g_rmdir(directory), 0);
    console_room_free(room);
}
END_TEST

START_TEST(csv_is_quoted_where_it_must_be)
{
    g_autoptr(GString) csv = g_string_new(NULL);
    g_autofree char *half = svp_csv_seconds(1500), *whole = svp_csv_seconds(UINT64_C(86400000000500));

    svp_csv_field(csv, "");
    svp_csv_field(csv, "a b");
    svp_csv_field(csv, "a,b");
    svp_csv_end_row(csv);
    svp_csv_field(csv, "say \"no\"");
    svp_csv_field(csv, "two\nlines");
    svp_csv_field(csv, "");
    svp_csv_end_row(csv);
    ck_assert_str_eq(csv->str, ",a b,\"a,b\"\n\"say \"\"no\"\"\",\"two\nlines\",\n");
    ck_assert_str_eq(half, "0.000002");
    ck_assert_str_eq(whole, "86400.000001");
}
END_TEST

/* On a machine with a clock, each interval says what it showed. */
START_TEST(the_clock_is_told)
{
    ConsoleRoom *room = console_room_parse(
        "[machine]\nips = 1\nms = 64M\nclock = 2026-11-20 17:30\n[lpar A]\nnumber = 1\nms = 8M\nip-shares = "
        "1:100\n",
        NULL);

    console_room_give(room, (const char *const[]){"RUN 1h", NULL});
    json_t *report = report_room_result(room, "REPORT LIP INTERVAL=30m");

    ck_assert_str_eq(report_room_text(report, "intervals.1.from_clock"), "Fri 2026-11-20 18:00:00");
    ck_assert_str_eq(report_room_text(report, "whole.to_clock"), "Fri 2026-11-20 18:30:00");
    json_decref(report);
    console_room_free(room);
}
END_TEST

/* --- Giving the command ----------------------------------------------------------------------------------- */

/* An LPAR may be left out before the options; one that is called like an option is the LPAR. */
START_TEST(options_and_lpars_are_told_apart)
{
    static const struct {
        const char *line, *spelled;
    } rows[] = {
        {"rep par int=1s", "REPORT PARTITION INTERVAL=1s"},
        {"rep par a int=1s", "REPORT PARTITION a INTERVAL=1s"},
        {"rep par CSV int=1s", "REPORT PARTITION CSV INTERVAL=1s"},
        {"rep par 2", "REPORT PARTITION 2"},
    };
    ConsoleRoom *room = console_room_parse(
        "[machine]\nips = 2\nms = 64M\n[lpar A]\nnumber = 1\nms = 8M\nip-shares = 1:100\n"
        "[lpar CSV]\nnumber = 2\nms = 8M\nip-shares = 2:100\n",
        NULL);

    console_room_give(room, (const char *const[]){"SET INTERVAL 1s", "RUN 2s", NULL});
    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        json_t *object = console_room_json(room, rows[i].line);

        ck_assert_str_eq(report_room_text(object, "command"), rows[i].spelled);
        ck_assert_str_eq(report_room_text(object, "error.reason"), "");
        json_decref(object);
    }
    g_auto(GStrv) words = svp_console_complete(room->console, "REPORT LIP ", strlen("REPORT LIP "));
    g_autofree char *offered = g_strjoinv(" ", words);

    ck_assert_str_eq(offered, "A CSV INTERVAL CSV REPLACE");
    console_room_free(room);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("svp/report-file");
    TCase *cases = tcase_create("report-file");

    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, a_csv_says_what_json_says);
    tcase_add_test(cases, a_csv_is_a_demand);
    tcase_add_test(cases, files_are_not_lost);
    tcase_add_test(cases, a_console_can_be_kept_from_files);
    tcase_add_test(cases, csv_is_quoted_where_it_must_be);
    tcase_add_test(cases, the_clock_is_told);
    tcase_add_test(cases, options_and_lpars_are_told_apart);
    suite_add_tcase(suite, cases);

    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
