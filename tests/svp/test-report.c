/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reports: every formula computed once more from DISPLAY USAGE or by hand, rows that add up to the machine and intervals that add up to
 * the whole.
 */
#include "tests/svp/report-room.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void check_percent(double found, double part, double whole)
{
    double expected = 100.0 * part / whole;

    ck_assert_msg(fabs(found - expected) <= 0.005 + 1e-9, "%.4f %% shall be %.6f %%", found, expected);
}

/* --- Formulas ------------------------------------------------------------------------------------------- */

static const struct {
    const char *lpar, *type;
    unsigned n_ips;
} lpar_types[] = {{"A", "CP", 4}, {"B", "CP", 4}, {"C", "CP", 4}, {"D", "CP", 4}, {"E", "IFL", 1}};

/* Sum of a field over the LIPs of an LPAR ("": of all but E, which alone has an IFL). */
static double lips_sum(json_t *usage, const char *lpar, const char *field)
{
    double sum = 0.0;
    json_t *lip;
    size_t i;

    json_array_foreach(json_object_get(usage, "lips"), i, lip)
    {
        bool meant = *lpar ? strcmp(report_room_text(lip, "lpar"), lpar) == 0
                           : strcmp(report_room_text(lip, "lpar"), "E") != 0;

        sum += meant ? report_room_number(lip, field) : 0.0;
    }
    return sum;
}

START_TEST(formulas_hold)
{
    ConsoleRoom *room = report_room_new();

    json_decref(report_room_result(room, "RUN 3s"));
    json_decref(report_room_result(room, "SET USAGE RESET"));
    json_decref(report_room_result(room, "RUN 10.007s"));
    json_t *usage = report_room_result(room, "DISPLAY USAGE"),
           *report = report_room_result(room, "REPORT PARTITION");
    json_t *whole = json_object_get(report, "whole");
    double interval_s = report_room_number(usage, "interval_s");

    ck_assert_double_eq_tol(interval_s, 10.007, 1e-9);
    ck_assert_double_eq_tol(report_room_number(whole, "interval_s"), interval_s, 1e-9);
    for (unsigned i = 0; i < G_N_ELEMENTS(lpar_types); i++) {
        const char *lpar = lpar_types[i].lpar;
        json_t *row = report_room_row(whole, "rows", lpar, lpar_types[i].type);
        double running_s = lips_sum(usage, lpar, "busy_s"), online_s = lips_sum(usage, lpar, "online_s");
        double management_s = lips_sum(usage, lpar, "management_s");
        double all_s = interval_s * lpar_types[i].n_ips, total_s = running_s + management_s;

        ck_assert(running_s > 0.0 && management_s > 0.0);
        ck_assert_double_eq_tol(report_room_number(row, "dispatch_effective_s"), running_s, 1e-8);
        ck_assert_double_eq_tol(report_room_number(row, "dispatch_total_s"), total_s, 1e-8);
        ck_assert_double_eq_tol(report_room_number(row, "lips"), online_s / interval_s, 0.0005001);
        check_percent(report_room_number(row, "logical_effective_percent"), running_s, online_s);
        check_percent(report_room_number(row, "logical_total_percent"), total_s, online_s);
        check_percent(report_room_number(row, "physical_management_percent"), management_s, all_s);
        check_percent(report_room_number(row, "physical_effective_percent"), running_s, all_s);
        check_percent(report_room_number(row, "physical_total_percent"), total_s, all_s);
        ck_assert_uint_eq((unsigned)report_room_number(row, "ips"), lpar_types[i].n_ips);
    }
    ck_assert_str_eq(report_room_text(report_room_row(whole, "rows", "C", "CP"), "weight"), "300");
    ck_assert_str_eq(report_room_text(report_room_row(whole, "rows", "A", "CP"), "weight"), "");
    /*
     * D is capped at a quarter of two IPs. C wants 40 ms in each 100 ms for each of its LIPs, and gets them at 75 %: for 53 ms it
     * leaves nothing, and in the other 47 only the cap keeps D from having more.
     */
    ck_assert_str_eq(report_room_text(report_room_row(whole, "rows", "D", "CP"), "capped_by"), "hard");
    ck_assert_double_eq_tol(
        report_room_number(report_room_row(whole, "rows", "D", "CP"), "capped_percent"), 47.0, 1.0);
    ck_assert_double_eq(report_room_number(report_room_row(whole, "rows", "C", "CP"), "capped_percent"), 0.0);
    json_decref(usage);
    json_decref(report);
    console_room_free(room);
}
END_TEST

START_TEST(rows_add_up_to_the_machine)
{
    ConsoleRoom *room = report_room_new();

    json_decref(report_room_result(room, "RUN 10.007s"));
    json_t *usage = report_room_result(room, "DISPLAY USAGE"),
           *report = report_room_result(room, "REPORT PARTITION");
    json_t *whole = json_object_get(report, "whole"),
           *total = report_room_row(whole, "totals", "total", "CP");
    json_t *cell;
    double busy_s = 0.0, management_s = 0.0, matrix_s = 0.0;
    size_t i;

    for (i = 0; i < 4; i++) {
        json_t *ip = console_room_at(usage, "ips");

        busy_s += report_room_number(json_array_get(ip, i), "busy_s");
        management_s += report_room_number(json_array_get(ip, i), "management_s");
    }
    ck_assert_double_eq_tol(report_room_number(total, "dispatch_effective_s"), busy_s, 1e-8);
    ck_assert_double_eq_tol(report_room_number(total, "dispatch_total_s"), busy_s + management_s, 1e-8);
    ck_assert_double_eq_tol(lips_sum(usage, "", "busy_s"), busy_s, 1e-8);
    ck_assert_double_eq_tol(
        report_room_number(report_room_row(whole, "rows", "*PHYSICAL*", "CP"), "dispatch_total_s"),
        management_s - lips_sum(usage, "", "management_s"), 1e-8);
    json_array_foreach(json_object_get(whole, "matrix"), i, cell)
        matrix_s += report_room_number(cell, "ip") <= 4.0 ? report_room_number(cell, "busy_s") : 0.0;
    ck_assert_double_eq_tol(matrix_s, busy_s + management_s, 1e-8);
    json_decref(usage);
    json_decref(report);
    console_room_free(room);
}
END_TEST

START_TEST(lips_are_as_displayed)
{
    ConsoleRoom *room = report_room_new();

    json_decref(report_room_result(room, "RUN 10.007s"));
    json_t *usage = report_room_result(room, "DISPLAY USAGE"),
           *report = report_room_result(room, "REPORT LIP");
    json_t *lips = json_object_get(usage, "lips"), *rows = console_room_at(report, "whole.rows");
    /* Of one IP: A 100 and 50, B 50, C's two have 3/4 of two IPs between them, D 1/4 of two, E all of the IFL. */
    static const double shares[] = {100.0, 50.0, 50.0, 75.0, 75.0, 50.0, 100.0};
    json_t *row;
    size_t i;

    ck_assert_uint_eq(json_array_size(rows), G_N_ELEMENTS(shares));
    ck_assert_uint_eq(json_array_size(lips), G_N_ELEMENTS(shares));
    json_array_foreach(rows, i, row)
    {
        json_t *lip = json_array_get(lips, i);
        double on_ip_s = report_room_number(lip, "busy_s") + report_room_number(lip, "management_s");

        ck_assert_str_eq(report_room_text(row, "lpar"), report_room_text(lip, "lpar"));
        ck_assert_double_eq(report_room_number(row, "busy_percent"), report_room_number(lip, "busy_percent"));
        ck_assert_double_eq(
            report_room_number(row, "ready_percent"), report_room_number(lip, "ready_percent"));
        ck_assert_double_eq(report_room_number(row, "share_percent"), shares[i]);
        ck_assert_double_eq_tol(
            report_room_number(row, "mean_slice_s"), on_ip_s / report_room_number(lip, "dispatches"),
            1.001e-9);
    }
    json_decref(usage);
    json_decref(report);
    console_room_free(room);
}
END_TEST

/* Two LPARs of weights 600 and 200 on 4 IPs are entitled to 3 and 1: three highs and a low, one high and a low. All are busy. */
START_TEST(polarization_is_told)
{
    ConsoleRoom *room = console_room_parse(
        "[machine]\nips = 4\nms = 64M\npolarization = vertical\n"
        "[lpar A]\nnumber = 1\nms = 8M\nweight = 600\nlips = 4\nworkload = busy\n"
        "[lpar B]\nnumber = 2\nms = 8M\nweight = 200\nlips = 2\nworkload = busy\n",
        NULL);
    static const char *const expected[] = {"HIGH", "HIGH", "HIGH", "LOW", "HIGH", "LOW"};

    console_room_give(room, (const char *const[]){"RUN 10s", NULL});
    json_t *report = report_room_result(room, "REPORT LIP"), *rows = console_room_at(report, "whole.rows"),
           *row;
    size_t i;

    ck_assert_uint_eq(json_array_size(rows), G_N_ELEMENTS(expected));
    json_array_foreach(rows, i, row)
    {
        bool high = strcmp(expected[i], "HIGH") == 0;

        ck_assert_str_eq(report_room_text(row, "polarity"), expected[i]);
        ck_assert_double_eq(report_room_number(row, "share_percent"), high ? 100.0 : 0.0);
        ck_assert_double_eq_tol(report_room_number(row, "busy_percent"), high ? 100.0 : 0.0, 0.01);
        ck_assert_double_eq_tol(report_room_number(row, "parked_percent"), high ? 0.0 : 100.0, 0.01);
    }
    json_decref(report);
    console_room_free(room);
}
END_TEST

/* 80 requests a second, 5 ms each, on one device with two idle paths: 40 % busy, nobody waits. */
START_TEST(channels_are_counted)
{
    ConsoleRoom *room = report_room_new();

    json_decref(report_room_result(room, "RUN 10s"));
    json_t *report = report_room_result(room, "REPORT CHANNEL A");
    json_t *rows = console_room_at(report, "whole.rows"), *device = json_array_get(rows, 2);

    ck_assert_uint_eq(json_array_size(rows), 3);
    ck_assert_str_eq(report_room_text(device, "name"), "DISK");
    ck_assert_double_eq_tol(report_room_number(device, "requests_per_s"), 80.0, 0.2);
    ck_assert_double_eq_tol(report_room_number(device, "utilization_percent"), 40.0, 0.1);
    ck_assert_double_eq_tol(report_room_number(device, "mean_service_s"), 0.005, 0.00001);
    ck_assert_double_eq(report_room_number(device, "mean_queue"), 0.0);
    json_decref(report);
    console_room_free(room);
}
END_TEST

/* 100 MSU an IP; P may use 0.3 IPs by its own cap, Q and R half an IP together: 0.375 and 0.125 by their weights. */
START_TEST(groups_and_msu)
{
    ConsoleRoom *room = console_room_parse(
        "[machine]\nips = 2\nms = 64M\nmsu-per-ip = 100\n"
        "[lpar P]\nnumber = 1\nms = 8M\nweight = 100\nlips = 1\ncap = 0.3\nworkload = busy\n"
        "defined-capacity = 77\n"
        "[lpar Q]\nnumber = 2\nms = 8M\nweight = 300\nlips = 1\nworkload = busy\n"
        "[lpar R]\nnumber = 3\nms = 8M\nweight = 100\nlips = 1\nworkload = busy\n"
        "[group G]\nmembers = Q;R\ncap = 0.5\nlimit = 60\n",
        NULL);

    console_room_give(room, (const char *const[]){"RUN 10s", NULL});
    json_t *partition = report_room_result(room, "REPORT PARTITION"),
           *report = report_room_result(room, "REPORT GROUP");
    json_t *whole = json_object_get(partition, "whole"), *rows = console_room_at(report, "whole.rows");
    static const struct {
        const char *name;
        double msu;
    } used[] = {{"P", 30.0}, {"Q", 37.5}, {"R", 12.5}};

    for (unsigned i = 0; i < G_N_ELEMENTS(used); i++) {
        json_t *row = report_room_row(whole, "rows", used[i].name, "CP");

        ck_assert_double_eq_tol(report_room_number(row, "msu_actual"), used[i].msu, 0.2);
        ck_assert_double_eq_tol(
            report_room_number(row, "msu_actual"), 100.0 * report_room_number(row, "dispatch_total_s") / 10.0,
            0.00051);
        ck_assert_str_eq(report_room_text(row, "capped_by"), i == 0 ? "absolute" : "group");
    }
    ck_assert_double_eq(report_room_number(report_room_row(whole, "rows", "P", "CP"), "msu_defined"), 77.0);
    ck_assert_double_eq_tol(
        report_room_number(report_room_row(whole, "totals", "total", "CP"), "msu_actual"), 80.0, 0.2);
    ck_assert_uint_eq(json_array_size(rows), 3);
    ck_assert_double_eq(report_room_number(rows, "0.entitled_msu"), 45.0);
    ck_assert_double_eq(report_room_number(rows, "1.entitled_msu"), 15.0);
    ck_assert_double_eq_tol(report_room_number(rows, "0.ips_used"), 0.375, 0.002);
    ck_assert_double_eq_tol(
        report_room_number(rows, "2.dispatch_total_s"),
        report_room_number(rows, "0.dispatch_total_s") + report_room_number(rows, "1.dispatch_total_s"),
        1e-8);
    ck_assert_double_eq(report_room_number(rows, "2.limit_ips"), 0.5);
    ck_assert_double_eq(report_room_number(rows, "0.capped_percent"), 100.0);
    json_decref(partition);
    json_decref(report);
    console_room_free(room);
}
END_TEST

/*
 * A job each 100 ms that takes 30 ms, on an IP of its own: nobody waits, 0.3 are there on average. Two users who think 60 ms and want
 * 40 ms, in step, share a LIP: each job takes 80 ms, so there are 2 / 140 ms of them.
 */
START_TEST(classes_of_jobs)
{
    ConsoleRoom *room = console_room_parse(
        "[machine]\nips = 2\nms = 64M\n"
        "[lpar A]\nnumber = 1\nms = 8M\nip-shares = 1:100\n[lpar B]\nnumber = 2\nms = 8M\nip-shares = 2:100\n"
        "[class EVERY]\nlpar = A\narrivals = every 100ms\nservice = 30ms\ngoal = p95 < 31ms\n"
        "[class USERS]\nlpar = B\nusers = 2\nthink = 60ms\nservice = 40ms\ngoal = mean < 39ms\n",
        NULL);

    console_room_give(room, (const char *const[]){"SET INTERVAL 5s", "RUN 20.05s", NULL});
    json_t *report = report_room_result(room, "REPORT WORKLOAD INTERVAL=10s");
    json_t *rows = console_room_at(report, "whole.rows"), *every = json_array_get(rows, 0);
    json_t *users = json_array_get(rows, 1), *intervals = json_object_get(report, "intervals"), *block;
    double done = 0.0, cpu_s = 0.0;
    size_t i;

    ck_assert_str_eq(report_room_text(every, "class"), "EVERY");
    ck_assert_str_eq(report_room_text(every, "kind"), "open");
    ck_assert_str_eq(report_room_text(every, "goal_result"), "met");
    ck_assert_double_eq_tol(report_room_number(every, "throughput_per_s"), 10.0, 0.06);
    ck_assert_double_eq_tol(report_room_number(every, "response_mean_s"), 0.030, 1e-9);
    ck_assert_double_eq_tol(report_room_number(every, "response_p99_s"), 0.030, 0.030 / 128.0);
    ck_assert_double_eq_tol(report_room_number(every, "in_system"), 0.3, 0.002);
    ck_assert_double_eq(report_room_number(every, "velocity_percent"), 100.0);
    ck_assert_double_eq_tol(
        report_room_number(every, "cpu_s"), 0.030 * report_room_number(every, "done"), 0.0300001);
    ck_assert_str_eq(report_room_text(users, "goal"), "mean < 39ms");
    ck_assert_str_eq(report_room_text(users, "goal_result"), "missed");
    ck_assert_double_eq_tol(report_room_number(users, "throughput_per_s"), 2.0 / 0.140, 0.1);
    ck_assert_double_eq_tol(report_room_number(users, "response_mean_s"), 0.080, 1e-6);
    ck_assert_uint_eq(json_array_size(intervals), 3);
    json_array_foreach(intervals, i, block)
    {
        done += report_room_number(block, "rows.0.done");
        cpu_s += report_room_number(block, "rows.0.cpu_s");
    }
    ck_assert_double_eq(done, report_room_number(every, "done"));
    ck_assert_double_eq_tol(cpu_s, report_room_number(every, "cpu_s"), 1e-8);
    json_decref(report);
    console_room_free(room);
}
END_TEST

/* --- Intervals ------------------------------------------------------------------------------------------ */

/* Nanoseconds and counts add up exactly: the seconds of JSON are those of integers. */
START_TEST(intervals_add_up_to_the_whole)
{
    static const char *const lines[] = {
        "REPORT PARTITION INTERVAL=2s", "REPORT LIP INTERVAL=2s", "REPORT CHANNEL INTERVAL=2s"};
    static const char *const fields[] = {"dispatch_total_s", "running_s", "done"};
    ConsoleRoom *room = report_room_new();

    console_room_give(room, (const char *const[]){"SET INTERVAL 1s", "RUN 9.5s", NULL});
    for (unsigned n = 0; n < G_N_ELEMENTS(lines); n++) {
        json_t *report = report_room_result(room, lines[n]);
        json_t *intervals = json_object_get(report, "intervals"), *block;
        json_t *rows = console_room_at(report, "whole.rows");

        ck_assert_uint_eq(json_array_size(intervals), 5);
        for (size_t row = 0; row < json_array_size(rows); row++) {
            json_t *of_whole = json_object_get(json_array_get(rows, row), fields[n]);
            long long sum = 0;
            size_t i;

            json_array_foreach(intervals, i, block) sum += llround(
                1e9 * report_room_number(json_array_get(json_object_get(block, "rows"), row), fields[n]));
            ck_assert_int_eq(sum, llround(1e9 * json_number_value(of_whole)));
        }
        json_decref(report);
    }
    console_room_free(room);
}
END_TEST

/* Figures that are kept every 7 ms settle the accounts at moments that have nothing to do with the jobs. */
START_TEST(keeping_figures_changes_none)
{
    static const char *const shown[] = {"REPORT WORKLOAD", "DISPLAY USAGE", "DISPLAY TRACE", "DISPLAY LPAR"};
    static const char text_of_machine[] =
        "[machine]\nips = 2\nms = 64M\nchannels = 00\ndispatch-cost = 15us\n"
        "[lpar A]\nnumber = 1\nms = 8M\nweight = 100\nlips = 2\nchannels = 00\n"
        "[lpar B]\nnumber = 2\nms = 8M\nweight = 300\nlips = 1\n"
        "[class OPEN]\nlpar = A\narrivals = poisson 60/s\nservice = exponential 9ms\nios = 2\n"
        "[class BATCH]\nlpar = A\nstart = 00:00\njobs = 40\nservice = 50ms\npriority = 5\n"
        "[class USERS]\nlpar = B\nusers = 9\nthink = exponential 80ms\nservice = exponential 10ms\n"
        "[device D]\nnumber = 0190\nchannels = 00\nservice-time = 2ms\n";
    ConsoleRoom *often = console_room_parse(text_of_machine, NULL);
    ConsoleRoom *seldom = console_room_parse(text_of_machine, NULL);

    console_room_give(often, (const char *const[]){"SET INTERVAL 7ms", "RUN 20s", NULL});
    console_room_give(seldom, (const char *const[]){"RUN 20s", NULL});
    for (unsigned i = 0; i < G_N_ELEMENTS(shown); i++) {
        json_t *a = report_room_result(often, shown[i]), *b = report_room_result(seldom, shown[i]);

        ck_assert_msg(json_equal(a, b), "%s", shown[i]);
        json_decref(a);
        json_decref(b);
    }
    console_room_free(often);
    console_room_free(seldom);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("svp/report");
    TCase *cases = tcase_create("report");

    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, formulas_hold);
    tcase_add_test(cases, rows_add_up_to_the_machine);
    tcase_add_test(cases, lips_are_as_displayed);
    tcase_add_test(cases, polarization_is_told);
    tcase_add_test(cases, channels_are_counted);
    tcase_add_test(cases, groups_and_msu);
    tcase_add_test(cases, classes_of_jobs);
    tcase_add_test(cases, intervals_add_up_to_the_whole);
    tcase_add_test(cases, keeping_figures_changes_none);
    suite_add_tcase(suite, cases);

    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
