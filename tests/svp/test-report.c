/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reports: every formula computed once more from DISPLAY USAGE, rows that add up to the machine and intervals that add up to the
 * whole, and files that are written as a whole or not at all.
 */
#include "hv/demand.h"
#include "hv/smf70.h"
#include "svp/csv.h"
#include "svp/error.h"
#include "tests/svp/console-room.h"

#include <check.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Shares, a pool with caps and management time, a second type, an LPAR without work, devices. */
static const char machine_text[] =
    "[machine]\nips = 1-4:CP;5:IFL\nms = 64M\nchannels = 00-03\ndispatch-cost = 50us\n"
    "[lpar A]\nnumber = 1\nms = 16M\nip-shares = 1:100;2:50\nchannels = 00;01\nworkload = busy; io 80/s\n"
    "[lpar B]\nnumber = 2\nms = 8M\nip-shares = 2:50\nchannels = 02\nworkload = cpu 20%\n"
    "[lpar C]\nnumber = 3\nms = 8M\nweight = 300\nlips = 2\nworkload = cpu 40%\n"
    "[lpar D]\nnumber = 4\nms = 8M\nweight = 100\nlips = 1\ncap = hard\nworkload = busy\n"
    "[lpar E]\nnumber = 5\nms = 4M\nweight = 200\nlips = 1\nip-type = IFL\nworkload = cpu 30%\n"
    "[device DISK]\nnumber = 0190\nchannels = 00;01\nservice-time = 5ms\n";

static ConsoleRoom *room_new(void)
{
    return console_room_parse(machine_text, NULL);
}

static json_t *result_of(ConsoleRoom *room, const char *line)
{
    json_t *object = console_room_json(room, line);
    json_t *result = json_object_get(object, "result");

    ck_assert_msg(result, "%s: %s", line, console_room_out(room));
    json_incref(result);
    json_decref(object);
    return result;
}

static double number(json_t *object, const char *path)
{
    json_t *value = console_room_at(object, path);

    ck_assert_msg(json_is_number(value), "%s", path);
    return json_number_value(value);
}

static const char *text(json_t *object, const char *path)
{
    const char *value = json_string_value(console_room_at(object, path));

    return value ? value : "";
}

/* The row of an LPAR and a type, by their names. */
static json_t *find_row(json_t *block, const char *rows, const char *name, const char *type)
{
    json_t *row;
    size_t i;

    json_array_foreach(
        json_object_get(block, rows), i,
        row) if (strcmp(text(row, "name"), name) == 0 && strcmp(text(row, "type"), type) == 0) return row;
    ck_abort_msg("no row %s %s", name, type);
}

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
        bool meant = *lpar ? strcmp(text(lip, "lpar"), lpar) == 0 : strcmp(text(lip, "lpar"), "E") != 0;

        sum += meant ? number(lip, field) : 0.0;
    }
    return sum;
}

START_TEST(formulas_hold)
{
    ConsoleRoom *room = room_new();

    json_decref(result_of(room, "RUN 3s"));
    json_decref(result_of(room, "SET USAGE RESET"));
    json_decref(result_of(room, "RUN 10.007s"));
    json_t *usage = result_of(room, "DISPLAY USAGE"), *report = result_of(room, "REPORT PARTITION");
    json_t *whole = json_object_get(report, "whole");
    double interval_s = number(usage, "interval_s");

    ck_assert_double_eq_tol(interval_s, 10.007, 1e-9);
    ck_assert_double_eq_tol(number(whole, "interval_s"), interval_s, 1e-9);
    for (unsigned i = 0; i < G_N_ELEMENTS(lpar_types); i++) {
        const char *lpar = lpar_types[i].lpar;
        json_t *row = find_row(whole, "rows", lpar, lpar_types[i].type);
        double running_s = lips_sum(usage, lpar, "busy_s"), online_s = lips_sum(usage, lpar, "online_s");
        double management_s = lips_sum(usage, lpar, "management_s");
        double all_s = interval_s * lpar_types[i].n_ips, total_s = running_s + management_s;

        ck_assert(running_s > 0.0 && management_s > 0.0);
        ck_assert_double_eq_tol(number(row, "dispatch_effective_s"), running_s, 1e-8);
        ck_assert_double_eq_tol(number(row, "dispatch_total_s"), total_s, 1e-8);
        ck_assert_double_eq_tol(number(row, "lips"), online_s / interval_s, 0.0005001);
        check_percent(number(row, "logical_effective_percent"), running_s, online_s);
        check_percent(number(row, "logical_total_percent"), total_s, online_s);
        check_percent(number(row, "physical_management_percent"), management_s, all_s);
        check_percent(number(row, "physical_effective_percent"), running_s, all_s);
        check_percent(number(row, "physical_total_percent"), total_s, all_s);
        ck_assert_uint_eq((unsigned)number(row, "ips"), lpar_types[i].n_ips);
    }
    ck_assert_str_eq(text(find_row(whole, "rows", "C", "CP"), "weight"), "300");
    ck_assert_str_eq(text(find_row(whole, "rows", "A", "CP"), "weight"), "");
    /*
     * D is capped at a quarter of two IPs. C wants 40 ms in each 100 ms for each of its LIPs, and gets them at 75 %: for 53 ms it
     * leaves nothing, and in the other 47 only the cap keeps D from having more.
     */
    ck_assert_str_eq(text(find_row(whole, "rows", "D", "CP"), "capped_by"), "hard");
    ck_assert_double_eq_tol(number(find_row(whole, "rows", "D", "CP"), "capped_percent"), 47.0, 1.0);
    ck_assert_double_eq(number(find_row(whole, "rows", "C", "CP"), "capped_percent"), 0.0);
    json_decref(usage);
    json_decref(report);
    console_room_free(room);
}
END_TEST

START_TEST(rows_add_up_to_the_machine)
{
    ConsoleRoom *room = room_new();

    json_decref(result_of(room, "RUN 10.007s"));
    json_t *usage = result_of(room, "DISPLAY USAGE"), *report = result_of(room, "REPORT PARTITION");
    json_t *whole = json_object_get(report, "whole"), *total = find_row(whole, "totals", "total", "CP");
    json_t *cell;
    double busy_s = 0.0, management_s = 0.0, matrix_s = 0.0;
    size_t i;

    for (i = 0; i < 4; i++) {
        json_t *ip = console_room_at(usage, "ips");

        busy_s += number(json_array_get(ip, i), "busy_s");
        management_s += number(json_array_get(ip, i), "management_s");
    }
    ck_assert_double_eq_tol(number(total, "dispatch_effective_s"), busy_s, 1e-8);
    ck_assert_double_eq_tol(number(total, "dispatch_total_s"), busy_s + management_s, 1e-8);
    ck_assert_double_eq_tol(lips_sum(usage, "", "busy_s"), busy_s, 1e-8);
    ck_assert_double_eq_tol(
        number(find_row(whole, "rows", "*PHYSICAL*", "CP"), "dispatch_total_s"),
        management_s - lips_sum(usage, "", "management_s"), 1e-8);
    json_array_foreach(json_object_get(whole, "matrix"), i, cell)
        matrix_s += number(cell, "ip") <= 4.0 ? number(cell, "busy_s") : 0.0;
    ck_assert_double_eq_tol(matrix_s, busy_s + management_s, 1e-8);
    json_decref(usage);
    json_decref(report);
    console_room_free(room);
}
END_TEST

START_TEST(lips_are_as_displayed)
{
    ConsoleRoom *room = room_new();

    json_decref(result_of(room, "RUN 10.007s"));
    json_t *usage = result_of(room, "DISPLAY USAGE"), *report = result_of(room, "REPORT LIP");
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
        double on_ip_s = number(lip, "busy_s") + number(lip, "management_s");

        ck_assert_str_eq(text(row, "lpar"), text(lip, "lpar"));
        ck_assert_double_eq(number(row, "busy_percent"), number(lip, "busy_percent"));
        ck_assert_double_eq(number(row, "ready_percent"), number(lip, "ready_percent"));
        ck_assert_double_eq(number(row, "share_percent"), shares[i]);
        ck_assert_double_eq_tol(number(row, "mean_slice_s"), on_ip_s / number(lip, "dispatches"), 1.001e-9);
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
    json_t *report = result_of(room, "REPORT LIP"), *rows = console_room_at(report, "whole.rows"), *row;
    size_t i;

    ck_assert_uint_eq(json_array_size(rows), G_N_ELEMENTS(expected));
    json_array_foreach(rows, i, row)
    {
        bool high = strcmp(expected[i], "HIGH") == 0;

        ck_assert_str_eq(text(row, "polarity"), expected[i]);
        ck_assert_double_eq(number(row, "share_percent"), high ? 100.0 : 0.0);
        ck_assert_double_eq_tol(number(row, "busy_percent"), high ? 100.0 : 0.0, 0.01);
        ck_assert_double_eq_tol(number(row, "parked_percent"), high ? 0.0 : 100.0, 0.01);
    }
    json_decref(report);
    console_room_free(room);
}
END_TEST

/* 80 requests a second, 5 ms each, on one device with two idle paths: 40 % busy, nobody waits. */
START_TEST(channels_are_counted)
{
    ConsoleRoom *room = room_new();

    json_decref(result_of(room, "RUN 10s"));
    json_t *report = result_of(room, "REPORT CHANNEL A");
    json_t *rows = console_room_at(report, "whole.rows"), *device = json_array_get(rows, 2);

    ck_assert_uint_eq(json_array_size(rows), 3);
    ck_assert_str_eq(text(device, "name"), "DISK");
    ck_assert_double_eq_tol(number(device, "requests_per_s"), 80.0, 0.2);
    ck_assert_double_eq_tol(number(device, "utilization_percent"), 40.0, 0.1);
    ck_assert_double_eq_tol(number(device, "mean_service_s"), 0.005, 0.00001);
    ck_assert_double_eq(number(device, "mean_queue"), 0.0);
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
    json_t *partition = result_of(room, "REPORT PARTITION"), *report = result_of(room, "REPORT GROUP");
    json_t *whole = json_object_get(partition, "whole"), *rows = console_room_at(report, "whole.rows");
    static const struct {
        const char *name;
        double msu;
    } used[] = {{"P", 30.0}, {"Q", 37.5}, {"R", 12.5}};

    for (unsigned i = 0; i < G_N_ELEMENTS(used); i++) {
        json_t *row = find_row(whole, "rows", used[i].name, "CP");

        ck_assert_double_eq_tol(number(row, "msu_actual"), used[i].msu, 0.2);
        ck_assert_double_eq_tol(
            number(row, "msu_actual"), 100.0 * number(row, "dispatch_total_s") / 10.0, 0.00051);
        ck_assert_str_eq(text(row, "capped_by"), i == 0 ? "absolute" : "group");
    }
    ck_assert_double_eq(number(find_row(whole, "rows", "P", "CP"), "msu_defined"), 77.0);
    ck_assert_double_eq_tol(number(find_row(whole, "totals", "total", "CP"), "msu_actual"), 80.0, 0.2);
    ck_assert_uint_eq(json_array_size(rows), 3);
    ck_assert_double_eq(number(rows, "0.entitled_msu"), 45.0);
    ck_assert_double_eq(number(rows, "1.entitled_msu"), 15.0);
    ck_assert_double_eq_tol(number(rows, "0.ips_used"), 0.375, 0.002);
    ck_assert_double_eq_tol(
        number(rows, "2.dispatch_total_s"),
        number(rows, "0.dispatch_total_s") + number(rows, "1.dispatch_total_s"), 1e-8);
    ck_assert_double_eq(number(rows, "2.limit_ips"), 0.5);
    ck_assert_double_eq(number(rows, "0.capped_percent"), 100.0);
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
    json_t *report = result_of(room, "REPORT WORKLOAD INTERVAL=10s");
    json_t *rows = console_room_at(report, "whole.rows"), *every = json_array_get(rows, 0);
    json_t *users = json_array_get(rows, 1), *intervals = json_object_get(report, "intervals"), *block;
    double done = 0.0, cpu_s = 0.0;
    size_t i;

    ck_assert_str_eq(text(every, "class"), "EVERY");
    ck_assert_str_eq(text(every, "kind"), "open");
    ck_assert_str_eq(text(every, "goal_result"), "met");
    ck_assert_double_eq_tol(number(every, "throughput_per_s"), 10.0, 0.06);
    ck_assert_double_eq_tol(number(every, "response_mean_s"), 0.030, 1e-9);
    ck_assert_double_eq_tol(number(every, "response_p99_s"), 0.030, 0.030 / 128.0);
    ck_assert_double_eq_tol(number(every, "in_system"), 0.3, 0.002);
    ck_assert_double_eq(number(every, "velocity_percent"), 100.0);
    ck_assert_double_eq_tol(number(every, "cpu_s"), 0.030 * number(every, "done"), 0.0300001);
    ck_assert_str_eq(text(users, "goal"), "mean < 39ms");
    ck_assert_str_eq(text(users, "goal_result"), "missed");
    ck_assert_double_eq_tol(number(users, "throughput_per_s"), 2.0 / 0.140, 0.1);
    ck_assert_double_eq_tol(number(users, "response_mean_s"), 0.080, 1e-6);
    ck_assert_uint_eq(json_array_size(intervals), 3);
    json_array_foreach(intervals, i, block)
    {
        done += number(block, "rows.0.done");
        cpu_s += number(block, "rows.0.cpu_s");
    }
    ck_assert_double_eq(done, number(every, "done"));
    ck_assert_double_eq_tol(cpu_s, number(every, "cpu_s"), 1e-8);
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
    ConsoleRoom *room = room_new();

    console_room_give(room, (const char *const[]){"SET INTERVAL 1s", "RUN 9.5s", NULL});
    for (unsigned n = 0; n < G_N_ELEMENTS(lines); n++) {
        json_t *report = result_of(room, lines[n]);
        json_t *intervals = json_object_get(report, "intervals"), *block;
        json_t *rows = console_room_at(report, "whole.rows");

        ck_assert_uint_eq(json_array_size(intervals), 5);
        for (size_t row = 0; row < json_array_size(rows); row++) {
            json_t *of_whole = json_object_get(json_array_get(rows, row), fields[n]);
            long long sum = 0;
            size_t i;

            json_array_foreach(intervals, i, block)
                sum += llround(1e9 * number(json_array_get(json_object_get(block, "rows"), row), fields[n]));
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
        json_t *a = result_of(often, shown[i]), *b = result_of(seldom, shown[i]);

        ck_assert_msg(json_equal(a, b), "%s", shown[i]);
        json_decref(a);
        json_decref(b);
    }
    console_room_free(often);
    console_room_free(seldom);
}
END_TEST

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
    ConsoleRoom *room = room_new();
    g_autofree char *directory = directory_new(), *path = g_build_filename(directory, "p.csv", NULL);
    g_autofree char *line = g_strdup_printf("REPORT PARTITION INTERVAL=5s CSV(%s)", path);

    console_room_give(room, (const char *const[]){"SET INTERVAL 5s", "RUN 12s", NULL});
    json_t *report = result_of(room, line);
    g_autofree char *contents = read_text(path);
    g_auto(GStrv) rows = g_strsplit(contents, "\n", -1);
    /* Three intervals of five LPARs, and of the two types' *PHYSICAL*. */
    json_t *last = console_room_at(report, "intervals.2.rows.2");
    g_auto(GStrv) cells = g_strsplit(rows[1 + 2 * 7 + 2], ",", -1);

    ck_assert_uint_eq(g_strv_length(rows), 1 + 3 * 7 + 1);
    ck_assert_str_eq(rows[0], HV_SMF70_COLUMNS);
    ck_assert_str_eq(rows[1 + 3 * 7], "");
    ck_assert_str_eq(text(report, "csv"), path);
    ck_assert_str_eq(cells[0], "12.000000");
    ck_assert_str_eq(cells[1], "2.000000");
    ck_assert_str_eq(cells[3], text(last, "name"));
    ck_assert_double_eq_tol(g_ascii_strtod(cells[13], NULL), number(last, "dispatch_effective_s"), 5.1e-7);
    ck_assert_double_eq(g_ascii_strtod(cells[19], NULL), number(last, "physical_total_percent"));
    json_decref(report);
    ck_assert_int_eq(g_remove(path), 0);
    ck_assert_int_eq(g_rmdir(directory), 0);
    console_room_free(room);
}
END_TEST

/* What the report says that an LPAR got is what a guest can be made to want. */
START_TEST(a_csv_is_a_demand)
{
    ConsoleRoom *room = room_new();
    g_autofree char *directory = directory_new(), *path = g_build_filename(directory, "p.csv", NULL);
    g_autofree char *line = g_strdup_printf("REPORT PARTITION INTERVAL=5s CSV(%s)", path);
    g_autofree char *file = g_strdup_printf("%s key C", path);

    console_room_give(room, (const char *const[]){"SET INTERVAL 5s", "RUN 12s", NULL});
    json_t *report = result_of(room, line), *intervals = json_object_get(report, "intervals"), *block;
    g_autoptr(HvDemandDef) def = hv_demand_parse(file, NULL, NULL);
    g_autoptr(HvDemand) demand = hv_demand_open(def, NULL);
    HvDemandSample sample;
    size_t i;

    ck_assert_ptr_nonnull(demand);
    json_array_foreach(intervals, i, block)
    {
        double got_s = number(find_row(block, "rows", "C", "CP"), "dispatch_effective_s");

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
    ConsoleRoom *room = room_new();
    g_autofree char *directory = directory_new(), *path = g_build_filename(directory, "r.csv", NULL);
    g_autofree char *plain = g_strdup_printf("REPORT LIP CSV(%s)", path);
    g_autofree char *replace = g_strdup_printf("REPORT LIP CSV(%s) REPLACE", path);

    ck_assert(g_file_set_contents(path, "mine", -1, NULL));
    g_autofree char *refused = console_room_refusal(room, plain);
    g_autofree char *kept = read_text(path);

    ck_assert_str_eq(refused, "LPS505E");
    ck_assert_str_eq(kept, "mine");
    json_decref(result_of(room, replace));
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
    ConsoleRoom *room = console_room_parse(machine_text, &config);
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
    json_t *report = result_of(room, "REPORT LIP INTERVAL=30m");

    ck_assert_str_eq(text(report, "intervals.1.from_clock"), "Fri 2026-11-20 18:00:00");
    ck_assert_str_eq(text(report, "whole.to_clock"), "Fri 2026-11-20 18:30:00");
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

        ck_assert_str_eq(text(object, "command"), rows[i].spelled);
        ck_assert_str_eq(text(object, "error.reason"), "");
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
