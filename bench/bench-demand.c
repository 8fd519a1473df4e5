/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How many lines of measured utilization are read per second in each format, beside bare reading in the same run.
 *
 * Bare reading is the least that looking at a file can be: chunks of 64 KiB, and the ends of line in them counted, as `wc -l` does. The
 * files are made anew in the temporary folder and are in the page cache. Each case is checked by the sum of its work, which is known from
 * how the file was made. Figures are the best of several rounds, by processor time, so that others on the machine matter less; memory is what
 * the heap holds more while the file is open.
 */
#include "hv/demand.h"
#include "hv/smf70.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS     5
#define INTERVAL_S 300

static double now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* --- The files ------------------------------------------------------------------------------------------ */

/* Row i wants this, in percent. */
static unsigned percent_of(unsigned i)
{
    return i * 37 % 101;
}

static void write_number(FILE *file, unsigned i)
{
    fprintf(file, "%u\n", percent_of(i));
}

static void write_csv_seconds(FILE *file, unsigned i)
{
    fprintf(file, "%u,web,%u.00\n", i * INTERVAL_S, percent_of(i));
}

static void write_date(FILE *file, unsigned i)
{
    time_t at = 1795132800 + (time_t)i * INTERVAL_S;
    struct tm tm;

    gmtime_r(&at, &tm);
    fprintf(
        file, "%04d-%02d-%02d %02d:%02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
        tm.tm_min, tm.tm_sec);
}

static void write_csv_dates(FILE *file, unsigned i)
{
    write_date(file, i);
    fprintf(file, ",web,%u.00\n", percent_of(i));
}

static void write_csv_quoted(FILE *file, unsigned i)
{
    fprintf(file, "\"%u\",\"web, 1\",\"%u.00\"\n", i * INTERVAL_S, percent_of(i));
}

static void write_sadf(FILE *file, unsigned i)
{
    fprintf(file, "vm;%d;", INTERVAL_S);
    write_date(file, i);
    fprintf(file, " UTC;-1;%u.00;0.00;0.00;0.00;0.00;%u.00\n", percent_of(i), 100 - percent_of(i));
}

static void write_smf70(FILE *file, unsigned i)
{
    unsigned work_s = percent_of(i) * INTERVAL_S / 100;

    fprintf(
        file, "%u.000000,%d.000000,1,PROD,operating,CP,300,,%u.00,none,0.00,,2,%u.000000,%u.000000,",
        i * INTERVAL_S, INTERVAL_S, percent_of(i), work_s, work_s);
    fprintf(
        file, "%u.00,%u.00,0.00,%u.00,%u.00,4\n", percent_of(i), percent_of(i), percent_of(i), percent_of(i));
}

typedef struct {
    const char *name, *header, *words;
    void (*write)(FILE *file, unsigned i);
    unsigned n_rows;
} Case;

static const Case cases[] = {
    {"numbers", "", "", write_number, 10000000},
    {"csv, seconds", "time,host,cpu\n", " column cpu", write_csv_seconds, 3000000},
    {"csv, seconds, key", "time,host,cpu\n", " column cpu key host=web", write_csv_seconds, 3000000},
    {"csv, dates", "time,host,cpu\n", " column cpu", write_csv_dates, 3000000},
    {"csv, quoted", "time,host,cpu\n", " column cpu", write_csv_quoted, 3000000},
    {"sadf", "# hostname;interval;timestamp;CPU;%user;%nice;%system;%iowait;%steal;%idle\n", "", write_sadf,
     2000000},
    {"smf70", HV_SMF70_COLUMNS "\n", " key PROD", write_smf70, 1000000},
};

static void make_file(const Case *one, const char *path)
{
    FILE *file = fopen(path, "w");

    g_assert(file);
    fputs(one->header, file);
    for (unsigned i = 0; i < one->n_rows; i++)
        one->write(file, i);
    fclose(file);
}

/* --- Reading -------------------------------------------------------------------------------------------- */

static double count_lines_s(const char *path, unsigned n_lines)
{
    static char chunk[65536];
    double begin_s = now_s();
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    unsigned counted = 0;
    ssize_t n;

    while ((n = read(fd, chunk, sizeof chunk)) > 0)
        for (const char *c = chunk; (c = memchr(c, '\n', (size_t)(chunk + n - c))); c++)
            counted++;
    close(fd);
    g_assert(counted == n_lines);
    return now_s() - begin_s;
}

static size_t heap_in_use(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

static double read_s(const Case *one, const HvDemandDef *def, size_t *ret_heap_bytes)
{
    size_t before_bytes = heap_in_use();
    g_autoptr(HvDemand) demand = hv_demand_open(def, NULL);
    double begin_s = now_s();
    uint64_t work_ns = 0, expected_ns = 0;
    HvDemandSample sample;
    unsigned n = 0;

    for (; hv_demand_next(demand, &sample); n++)
        work_ns += sample.work_ns;
    double taken_s = now_s() - begin_s;

    *ret_heap_bytes = heap_in_use() - before_bytes;
    for (unsigned i = 0; i < one->n_rows; i++)
        expected_ns += percent_of(i) * INTERVAL_S / 100 * HV_NS_PER_S;
    g_assert(!hv_demand_problem(demand) && n == one->n_rows && work_ns == expected_ns);
    return taken_s;
}

static void compare(const Case *one, const char *path)
{
    double bare_s = G_MAXDOUBLE, taken_s = G_MAXDOUBLE;
    g_autofree char *text = g_strdup_printf("%s%s", path, one->words);
    size_t heap_bytes = 0;
    GStatBuf status;

    make_file(one, path);
    g_autoptr(HvDemandDef) def = hv_demand_parse(text, NULL, NULL);

    g_assert(def && g_stat(path, &status) == 0);
    for (unsigned round = 0; round < ROUNDS; round++) {
        bare_s = MIN(bare_s, count_lines_s(path, one->n_rows + (*one->header != '\0')));
        taken_s = MIN(taken_s, read_s(one, def, &heap_bytes));
    }
    printf(
        "%-18s %6.2f M lines/s  %7.1f MB/s  bare %7.2f M lines/s  %6.3f of it  %5.1f KiB\n", one->name,
        one->n_rows / taken_s * 1e-6, (double)status.st_size / taken_s * 1e-6, one->n_rows / bare_s * 1e-6,
        bare_s / taken_s, (double)heap_bytes / (double)HV_KIB);
}

/* --- Many guests ---------------------------------------------------------------------------------------- */

#define N_GUESTS 1052
#define N_LINES  288

/* A day of five-minute utilization for each guest, a file each, as PlanetLab's traces are: opened all, then read in turn. */
static void read_guests(const char *folder, const char *path)
{
    g_autofree char *text = g_strdup_printf("%s key rows", folder);
    const Case day = {"", "", "", write_number, N_LINES};
    g_autofree HvDemand **demands = g_new(HvDemand *, N_GUESTS);
    size_t before_bytes = heap_in_use(), heap_bytes;
    uint64_t work_ns = 0;
    HvDemandSample sample;

    make_file(&day, path);
    double begin_s = now_s();
    g_autoptr(HvDemandDef) def = hv_demand_parse(text, NULL, NULL);

    for (unsigned k = 0; k < N_GUESTS; k++)
        demands[k] = hv_demand_open(def, NULL);
    double opened_s = now_s();

    for (unsigned i = 0; i < N_LINES; i++)
        for (unsigned k = 0; k < N_GUESTS; k++) {
            bool read = hv_demand_next(demands[k], &sample);

            g_assert(read);
            work_ns += sample.work_ns;
        }
    double done_s = now_s();

    heap_bytes = heap_in_use() - before_bytes;
    g_assert(work_ns > 0);
    for (unsigned k = 0; k < N_GUESTS; k++)
        hv_demand_free(demands[k]);
    printf(
        "%d guests x %d samples: opened in %.1f ms, read in %.1f ms, %.2f MiB\n", N_GUESTS, N_LINES,
        (opened_s - begin_s) * 1e3, (done_s - opened_s) * 1e3, (double)heap_bytes / (double)HV_MIB);
}

int main(void)
{
    g_autofree char *folder = g_dir_make_tmp("bench-demand-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "rows", NULL);

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++)
        compare(&cases[i], path);
    read_guests(folder, path);
    g_unlink(path);
    g_rmdir(folder);
    return 0;
}
