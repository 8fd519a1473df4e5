/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files of measurements as files: what sysstat really writes, folders, files that are missing, change, or are large, and many at a time.
 *
 *     test-demand-files DATA      DATA: the folder with what sysstat wrote
 *
 * The files in it are five ways to print one recording of `sadc` 12.6.1 on two processors: a restart, three intervals of 2 s, a restart, two
 * intervals of 2 s, and where the collector was started again an interval of no length, in which nothing was idle, and two of 1 s.
 */
#include "hv/demand-lines.h"
#include "hv/demand.h"
#include "hv/error.h"

#include <check.h>
#include <glib/gstdio.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

static const char *data_folder(void)
{
    return g_getenv("LPARSIM_TEST_DATA");
}

/* A folder of its own for each test; remove_room() removes it with its files. */
static char *make_room(void)
{
    char *folder = g_dir_make_tmp("test-demand-XXXXXX", NULL);

    ck_assert_ptr_nonnull(folder);
    return folder;
}

static void remove_room(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);

    for (const char *name; (name = g_dir_read_name(dir));) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        g_remove(path);
    }
    g_rmdir(folder);
}

static void write_file(const char *folder, const char *name, const char *content)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);

    ck_assert(g_file_set_contents(path, content, -1, NULL));
}

static void check_refused(const char *text, const char *folder, const char *message)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(HvDemandDef) def = hv_demand_parse(text, folder, &error);

    ck_assert_msg(!def, "%s", text);
    ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_WORKLOAD));
    ck_assert_str_eq(error->message, message);
}

/* --- What sysstat writes -------------------------------------------------------------------------------- */

/* Ends count from the beginning of the first interval, 08:36:51; work: (100 - idle) % of the length. */
static const struct {
    unsigned begin_s, end_s, work_ms_tenths;
} recorded[] = {
    {0, 2, 10050},   /* idle 49.75 */
    {2, 4, 15100},   /* 24.50 */
    {4, 6, 19900},   /* 0.50 */
    {9, 11, 10050},  /* 49.75 */
    {11, 13, 10200}, /* 49.00 */
    {13, 14, 5099},  /* 49.01 */
    {14, 15, 5000},  /* 50.00 */
};

static const char *const printed[] = {
    "sadf",       /* sadf -d */
    "sadf-all",   /* sadf -d -- -P ALL -u -r: a header for each activity */
    "sadf-epoch", /* sadf -dU -- -C: seconds, and a comment with semicolons */
    "sadf-flat",  /* sadf -dh -- -P ALL -u -r: all in one row */
    "sadf-local", /* sadf -dT: no time zone */
};

START_TEST(real_files_are_read)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(HvDemandDef) def = hv_demand_parse(printed[_i], data_folder(), &error);

    ck_assert_msg(def != NULL, "%s", error ? error->message : "");
    g_autoptr(HvDemand) demand = hv_demand_open(def, &error);
    HvDemandSample sample;

    for (unsigned i = 0; i < G_N_ELEMENTS(recorded); i++) {
        ck_assert(hv_demand_next(demand, &sample));
        ck_assert_uint_eq(sample.begin_ns, recorded[i].begin_s * HV_NS_PER_S);
        ck_assert_uint_eq(sample.end_ns, recorded[i].end_s * HV_NS_PER_S);
        ck_assert_uint_eq(sample.work_ns, recorded[i].work_ms_tenths * (HV_NS_PER_MS / 10));
    }
    ck_assert(!hv_demand_next(demand, &sample));
    ck_assert(!hv_demand_next(demand, &sample));
    ck_assert_ptr_null(hv_demand_problem(demand));
}
END_TEST

/* --- Files that are there or not ------------------------------------------------------------------------ */

START_TEST(folders_and_missing_files)
{
    g_autofree char *room = make_room(), *fifo = g_build_filename(room, "fifo", NULL);
    g_autofree char *absolute = g_build_filename(room, "vm 1", NULL),
                    *quoted = g_strdup_printf("\"%s\"", absolute);
    g_autofree char *folder = g_strdup_printf("%s key \"vm 1\" repeat", room);

    write_file(room, "vm 1", "10\nx\n");
    write_file(room, "vm 2", "20\n");
    write_file(room, "empty", "");
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    check_refused(
        "vm", room, "\"vm\" cannot be read: No such file or directory\nGive a file of measured utilization");
    check_refused(
        "fifo", room, "\"fifo\" cannot be read: it is no regular file\nGive a file of measured utilization");
    check_refused("empty", room, "\"empty\" is empty");
    check_refused(".", room, "\".\" is a folder\nAdd key and the name of a file in it");
    check_refused(
        ". key \"vm 3\"", room,
        "The folder \".\" has no file \"vm 3\"\nDid you mean vm 1? It has empty, fifo, vm 1, vm 2");
    check_refused(
        ". key ../vm", room, "The folder \".\" has no file \"../vm\"\nIt has empty, fifo, vm 1, vm 2");
    check_refused(
        ". key fifo", room,
        "The folder \".\" has no file \"fifo\"\nDid you mean fifo? It has empty, fifo, vm 1, vm 2");
    check_refused(
        ". key \"vm 1\" column x", room,
        "\"column\" says nothing of \"./vm 1\", which is a number a line\nLeave it out");

    g_autoptr(HvDemandDef) by_path = hv_demand_parse(quoted, "/nowhere", NULL);
    g_autoptr(HvDemandDef) by_key = hv_demand_parse(folder, NULL, NULL);
    g_autoptr(HvDemandDef) relative = hv_demand_parse(". key \"vm 1\"", room, NULL);
    HvDemandSample sample;

    ck_assert(by_path && by_key && relative);
    g_autoptr(HvDemand) demand = hv_demand_open(relative, NULL);
    g_autofree char *text = hv_demand_format(by_key);

    ck_assert_str_eq(text, folder);
    ck_assert(hv_demand_next(demand, &sample));
    ck_assert_uint_eq(sample.work_ns, 30 * HV_NS_PER_S); /* 10 % of 5 minutes */
    ck_assert(!hv_demand_next(demand, &sample));
    ck_assert_str_eq(hv_demand_problem(demand), "./vm 1:2: \"x\" is no percentage");
    /* A file that goes between the definition and its use. */
    g_autoptr(GError) error = NULL;

    g_remove(absolute);
    ck_assert(!hv_demand_open(by_path, &error) && g_error_matches(error, HV_ERROR, HV_ERROR_WORKLOAD));
    remove_room(room);
}
END_TEST

/* A file of two chunks that is written again between them. */
START_TEST(a_change_is_seen)
{
    g_autofree char *room = make_room();
    g_autofree char *content = g_strnfill(HV_DEMAND_CHUNK_SIZE * 2, '\n');
    HvDemandSample sample;

    content[0] = '1';
    content[HV_DEMAND_CHUNK_SIZE + 9] = '2';
    write_file(room, "file", content);
    g_autoptr(HvDemandDef) def = hv_demand_parse("file repeat interval 1s", room, NULL);
    g_autoptr(HvDemand) demand = hv_demand_open(def, NULL);

    for (unsigned i = 0; i < 10; i++)
        ck_assert(hv_demand_next(demand, &sample));
    ck_assert_uint_eq(sample.work_ns, 20 * HV_NS_PER_MS);
    /* Line 1 is "1" and its end, so byte k from 2 on is line k, and the '2' stands on line 16393, in second 16392. */
    ck_assert_uint_eq(sample.end_ns, 5 * (HV_DEMAND_CHUNK_SIZE + 9) * HV_NS_PER_S);
    content[HV_DEMAND_CHUNK_SIZE + 9] = '3';
    write_file(room, "file", content);
    while (hv_demand_next(demand, &sample))
        ck_assert_uint_eq(sample.work_ns, 10 * HV_NS_PER_MS);
    ck_assert_ptr_nonnull(hv_demand_problem(demand));
    ck_assert(g_str_has_suffix(hv_demand_problem(demand), ": the file was changed while it was read"));
    remove_room(room);
}
END_TEST

/* --- Bounds --------------------------------------------------------------------------------------------- */

START_TEST(the_longest_line)
{
    g_autoptr(GString) text = g_string_new("7\n");

    for (size_t i = 0; i < HV_DEMAND_LINE_MAX - 1; i++)
        g_string_append_c(text, ' ');
    g_string_append(text, "8\n9");
    for (unsigned over = 0; over < 2; over++) {
        g_autoptr(GBytes) content = g_bytes_new(text->str, text->len);
        g_autoptr(HvDemandDef) def = hv_demand_parse_content("FILE", content, NULL);
        g_autoptr(HvDemand) demand = hv_demand_open(def, NULL);
        HvDemandSample sample;
        unsigned n = 0;

        while (hv_demand_next(demand, &sample))
            n++;
        ck_assert_uint_eq(n, over ? 1 : 3);
        if (over)
            ck_assert_str_eq(hv_demand_problem(demand), "FILE:2: the line is longer than 65536 bytes");
        else
            ck_assert_ptr_null(hv_demand_problem(demand));
        g_string_insert_c(text, 2, ' ');
    }
}
END_TEST

START_TEST(the_longest_quoted_field)
{
    g_autoptr(GString) text = g_string_new("cpu\n1\n\"");

    for (size_t i = 0; i < HV_DEMAND_LINE_MAX; i++)
        g_string_append(text, "2\n");
    g_autoptr(GBytes) content = g_bytes_new(text->str, text->len);
    g_autoptr(HvDemandDef) def = hv_demand_parse_content("FILE", content, NULL);
    g_autoptr(HvDemand) demand = hv_demand_open(def, NULL);
    HvDemandSample sample;

    ck_assert(hv_demand_next(demand, &sample) && !hv_demand_next(demand, &sample));
    ck_assert_str_eq(hv_demand_problem(demand), "FILE:3: a quotation mark is not closed within 65536 bytes");
}
END_TEST

/* More demands than files may be open, each of several chunks, read in turn. */
START_TEST(many_files_at_a_time)
{
    enum { N = 300, ROWS = 6000 };
    const struct rlimit few = {64, 64};
    g_autofree char *room = make_room();
    g_autoptr(GString) text = g_string_new(NULL);
    HvDemand *demands[N];
    HvDemandSample sample;

    for (unsigned i = 0; i < ROWS; i++)
        g_string_append_printf(text, "%u.25\n", i % 100);
    write_file(room, "file", text->str);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
    g_autoptr(HvDemandDef) def = hv_demand_parse("file", room, NULL);

    for (unsigned k = 0; k < N; k++)
        ck_assert_ptr_nonnull(demands[k] = hv_demand_open(def, NULL));
    for (unsigned i = 0; i < ROWS; i++)
        for (unsigned k = 0; k < N; k++) {
            ck_assert(hv_demand_next(demands[k], &sample));
            ck_assert_uint_eq(sample.work_ns, (i % 100 * 3000 + 750) * HV_NS_PER_MS); /* % of 300 s */
        }
    for (unsigned k = 0; k < N; k++)
        hv_demand_free(demands[k]);
    remove_room(room);
}
END_TEST

static size_t heap_in_use(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

/* 50 MB, of which the heap holds no more than a chunk and a little. Under sanitizers the heap is not seen. */
START_TEST(memory_does_not_grow_with_the_file)
{
    enum { ROWS = 2500000 };
    g_autofree char *room = make_room(), *path = g_build_filename(room, "file", NULL);
    FILE *file = fopen(path, "w");
    uint64_t work_ns = 0, expected_ns = 0;
    HvDemandSample sample;
    size_t most = 0;

    fputs("time,host,cpu\n", file);
    for (unsigned i = 0; i < ROWS; i++) {
        fprintf(file, "%09u,web,%05.2f\n", i, i % 100 + 0.25);
        expected_ns += (i % 100 * 100 + 25) * (HV_NS_PER_S / 10000);
    }
    ck_assert_int_gt(ftell(file), 49 * 1000 * 1000);
    fclose(file);
    g_autoptr(HvDemandDef) def = hv_demand_parse("file column cpu key host=web", room, NULL);
    size_t before = heap_in_use();
    g_autoptr(HvDemand) demand = hv_demand_open(def, NULL);

    for (unsigned i = 0; hv_demand_next(demand, &sample); i++) {
        work_ns += sample.work_ns;
        most = MAX(most, i % 1000 == 0 ? heap_in_use() - before : 0);
    }
    ck_assert_ptr_null(hv_demand_problem(demand));
    ck_assert_uint_eq(work_ns, expected_ns);
    ck_assert_uint_lt(most, HV_DEMAND_CHUNK_SIZE + 4096);
    remove_room(room);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("hv/demand-files");
    TCase *tcase = tcase_create("demand");

    if (argc != 2) {
        fprintf(stderr, "usage: %s DATA\n", argv[0]);
        return EXIT_FAILURE;
    }
    g_setenv("LPARSIM_TEST_DATA", argv[1], TRUE);
    tcase_add_loop_test(tcase, real_files_are_read, 0, G_N_ELEMENTS(printed));
    tcase_add_test(tcase, folders_and_missing_files);
    tcase_add_test(tcase, a_change_is_seen);
    tcase_add_test(tcase, the_longest_line);
    tcase_add_test(tcase, the_longest_quoted_field);
    tcase_add_test(tcase, many_files_at_a_time);
    tcase_add_test(tcase, memory_does_not_grow_with_the_file);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
