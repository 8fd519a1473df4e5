/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Saving touched content to tape and reading it back, beside `tar | zstd` of the same bytes, in one run.
 *
 *     bench-save [GIB [FOLDER [RUNS]]]
 *
 * Half of the pages are random, half are text that compresses; the same bytes stand in storage and in a file, which is in the host's cache.
 * Tar and zstd are shown with the level of ours and with zstd's own, with one thread and with two. Whatever writes an archive ends with
 * it on the disk. A restore ends with the pages in memory, tar's with them in the host's cache. All ways take turns, RUNS times; the median
 * is shown, with the processor's time beside it: where others use the machine only that can be compared.
 *
 * Then one page in a hundred, all over, is written to, and a second save is made. Aims: not slower than tar and zstd; the second save below
 * 5 % of the first in time and space. And what a snapshot costs: at once, and at the first write to a page afterwards.
 *
 * Takes twice GIB of memory and three times GIB on the disk at most.
 */
#include "bench/peak.h"
#include "svp/save/archive.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define RUNS_MAX 25u

typedef struct {
    double wall_s, cpu_s; /* cpu_s: of all threads, and of programs that were started */
} Cost;

typedef enum {
    TAR_DEFAULT,
    TAR_OURS,
    TAR_OURS_2,
    SAVE,
    UNTAR,
    RESTORE,
    SECOND_SAVE,
    SECOND_RESTORE,
    SNAPSHOT_HALF,
    SNAPSHOT,
    KINDS
} Kind;

typedef struct {
    char *folder;
    HvStorage *storage;
    uint64_t bytes;
    uint64_t first_bytes, second_bytes; /* of the archives */
    Cost costs[KINDS][RUNS_MAX];
    unsigned runs;
    double first_write_ns, next_write_ns;
} Bench;

static double cpu_seconds_of(int who)
{
    struct rusage usage;

    getrusage(who, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static Cost cost_now(void)
{
    return (Cost){
        (double)g_get_monotonic_time() / 1e6, cpu_seconds_of(RUSAGE_SELF) + cpu_seconds_of(RUSAGE_CHILDREN)};
}

/* Of this run. */
static void note(Bench *bench, Kind kind, Cost begun)
{
    Cost now = cost_now();

    bench->costs[kind][bench->runs] = (Cost){now.wall_s - begun.wall_s, now.cpu_s - begun.cpu_s};
}

/* --- The bytes ------------------------------------------------------------------------------------------ */

static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static void fill_page(char *page, uint64_t number)
{
    static const char *const words[] = {"share ",  "origin ", "LPAR ",    "channel ",
                                        "of the ", "is ",     "storage ", "1024 "};
    size_t at = 0;

    if (number % 2 == 0) {
        for (size_t i = 0; i < HV_PAGE_SIZE / 8; i++)
            ((uint64_t *)(void *)page)[i] = mix(number * 512 + i);
        return;
    }
    for (uint64_t i = 0; at < HV_PAGE_SIZE; i++) {
        const char *word = words[mix(number * 999 + i) % G_N_ELEMENTS(words)];
        size_t length = MIN(strlen(word), HV_PAGE_SIZE - at);

        memcpy(page + at, word, length);
        at += length;
    }
}

/* The same bytes in storage and in a file. */
static void fill(Bench *bench)
{
    g_autofree char *path = g_build_filename(bench->folder, "raw", "content", NULL);
    g_autofree char *page = g_malloc(HV_PAGE_SIZE);
    FILE *file = fopen(path, "w");

    g_assert(file);
    for (uint64_t number = 0; number < bench->bytes / HV_PAGE_SIZE; number++) {
        fill_page(page, number);
        hv_storage_write(bench->storage, number * HV_PAGE_SIZE, page, HV_PAGE_SIZE);
        if (fwrite(page, HV_PAGE_SIZE, 1, file) != 1)
            g_error("%s cannot be written", path);
    }
    fclose(file);
}

/* One page in a hundred, at places that follow no pattern. Returns the time per page, in ns. */
static double change(Bench *bench, uint64_t salt)
{
    uint64_t pages = bench->bytes / HV_PAGE_SIZE;
    double begun = cost_now().wall_s;

    for (uint64_t i = 0; i < pages / 100; i++) {
        uint64_t value = mix(salt + i);

        hv_storage_write(
            bench->storage, mix(salt * 7919 + i) % pages * HV_PAGE_SIZE + 64, &value, sizeof value);
    }
    return (cost_now().wall_s - begun) * 1e9 / (double)(pages / 100);
}

/* --- The others ----------------------------------------------------------------------------------------- */

static void shell(const Bench *bench, const char *command)
{
    g_autofree char *line = g_strdup_printf("cd '%s' && %s", bench->folder, command);

    if (system(line) != 0)
        g_error("%s failed", line);
}

static void time_shell(Bench *bench, Kind kind, const char *command)
{
    Cost begun = cost_now();

    shell(bench, command);
    note(bench, kind, begun);
}

static void time_others(Bench *bench)
{
    time_shell(bench, TAR_DEFAULT, "tar -cf - raw | zstd -q -T1 > tar.zst && sync tar.zst");
    shell(bench, "rm tar.zst");
    time_shell(bench, TAR_OURS_2, "tar -cf - raw | zstd -q -1 -T2 > tar.zst && sync tar.zst");
    shell(bench, "rm tar.zst");
    time_shell(bench, TAR_OURS, "tar -cf - raw | zstd -q -1 -T1 > tar.zst && sync tar.zst");
    shell(bench, "mkdir restored");
    time_shell(bench, UNTAR, "zstd -dcq tar.zst | tar -xf - -C restored");
    shell(bench, "rm -r restored tar.zst");
}

/* --- Ours ----------------------------------------------------------------------------------------------- */

static SvpVolumeSet *open_set(const Bench *bench)
{
    g_autofree char *path = g_build_filename(bench->folder, "volume", NULL);
    const char *const paths[] = {path, NULL};
    g_autoptr(GError) error = NULL;
    SvpVolumeSet *set = svp_volume_set_open(paths, &error);

    if (!set)
        g_error("%s", error->message);
    return set;
}

static void initialize(const Bench *bench)
{
    g_autofree char *path = g_build_filename(bench->folder, "volume", NULL);
    g_autoptr(SvpVolume) volume = svp_volume_open(path, /* ignore_label= */ true, NULL);
    g_autoptr(SvpLabel) label = svp_label_new("BENCH", 0);

    if (!volume || !svp_volume_initialize(volume, label, NULL))
        g_error("%s cannot be initialized", path);
}

/* Returns the length of the archive. */
static uint64_t save(Bench *bench, Kind kind, SvpArchiveMemory *memory)
{
    Cost begun = cost_now();
    g_autoptr(SvpVolumeSet) set = open_set(bench);
    g_auto(SvpArchiveLpar) lpar = {
        .name = g_strdup("LPAR1"),
        .number = 1,
        .state = g_bytes_new_static("state", 5),
        .content = {hv_storage_snapshot(bench->storage, 0, bench->bytes)}};
    const SvpArchiveRequest request = {
        .name = "LPAR1",
        .kind = "LPAR",
        .lpars = &lpar,
        .n_lpars = 1,
        .machine = "BENCH",
        .machine_text = "[machine]\n",
        .clock = "Mon 0001-01-01 00:00:00"};
    g_autoptr(GError) error = NULL;

    if (!svp_archive_write(set, memory, &request, NULL, &error))
        g_error("%s", error->message);
    note(bench, kind, begun);
    return svp_volume_set_newest(set, NULL, 0)->file_bytes;
}

static void restore(Bench *bench, Kind kind)
{
    Cost begun = cost_now();
    g_autoptr(SvpVolumeSet) set = open_set(bench);
    g_auto(SvpArchiveLpar) lpar = {0};
    g_autoptr(GError) error = NULL;

    if (!svp_archive_read(set, 0, "LPAR1", &lpar, NULL, &error))
        g_error("%s", error->message);
    note(bench, kind, begun);
    g_autofree char *found = hv_storage_snapshot_digest(lpar.content[RESMGR_MS]);
    g_autofree char *expected = hv_storage_digest(bench->storage, 0, bench->bytes);

    g_assert_cmpstr(found, ==, expected);
}

/* Of content that no snapshot has yet, or all of which the last one has; never both at the same time, so that the memory is enough. */
static void time_snapshot(Bench *bench, Kind kind, uint64_t bytes)
{
    Cost begun = cost_now();
    HvStorageSnapshot *snapshot = hv_storage_snapshot(bench->storage, 0, bytes);

    note(bench, kind, begun);
    hv_storage_snapshot_unref(snapshot);
}

static void run(Bench *bench)
{
    SvpArchiveMemory *memory = svp_archive_memory_new();

    time_others(bench);
    initialize(bench);
    time_snapshot(bench, SNAPSHOT_HALF, bench->bytes / 2);
    time_snapshot(bench, SNAPSHOT, bench->bytes);
    bench->first_bytes = save(bench, SAVE, memory);
    restore(bench, RESTORE);
    bench->first_write_ns = change(bench, bench->runs + 1);
    bench->next_write_ns = change(bench, bench->runs + 1);
    bench->second_bytes = save(bench, SECOND_SAVE, memory);
    restore(bench, SECOND_RESTORE);
    svp_archive_memory_free(memory);
    bench->runs++;
}

/* --- The report ----------------------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return left < right ? -1 : left > right;
}

static Cost median(const Bench *bench, Kind kind)
{
    double wall[RUNS_MAX], cpu[RUNS_MAX];

    for (unsigned i = 0; i < bench->runs; i++) {
        wall[i] = bench->costs[kind][i].wall_s;
        cpu[i] = bench->costs[kind][i].cpu_s;
    }
    qsort(wall, bench->runs, sizeof wall[0], by_value);
    qsort(cpu, bench->runs, sizeof cpu[0], by_value);
    return (Cost){wall[bench->runs / 2], cpu[bench->runs / 2]};
}

/* `ours`: how its time compares with this. */
static void print_other(const Bench *bench, const char *name, Kind kind, const char *what, Kind ours)
{
    Cost cost = median(bench, kind), own = median(bench, ours);

    printf(
        "%-34s %8.2f %8.2f   %s: %.2f of its time, %.2f of its processor's\n", name, cost.wall_s, cost.cpu_s,
        what, own.wall_s / cost.wall_s, own.cpu_s / cost.cpu_s);
}

static void print_ours(const Bench *bench, const char *name, Kind kind)
{
    Cost cost = median(bench, kind);

    printf("%-34s %8.2f %8.2f\n", name, cost.wall_s, cost.cpu_s);
}

static void print_snapshot(const Bench *bench, Kind kind, uint64_t bytes)
{
    g_autofree char *name = g_strdup_printf("snapshot of %.2f GiB", (double)bytes / (double)HV_GIB);

    printf("%-34s %8.3f ms\n", name, median(bench, kind).wall_s * 1e3);
}

static void print(const Bench *bench)
{
    Cost first = median(bench, SAVE), second = median(bench, SECOND_SAVE);

    printf(
        "%.1f GiB touched, half random, half text; seconds and processor seconds, median of %u\n",
        (double)bench->bytes / (double)HV_GIB, bench->runs);
    print_other(bench, "tar | zstd (its own level, 3)", TAR_DEFAULT, "save", SAVE);
    print_other(bench, "tar | zstd -1", TAR_OURS, "save", SAVE);
    print_other(bench, "tar | zstd -1 -T2", TAR_OURS_2, "save", SAVE);
    print_ours(bench, "save", SAVE);
    print_other(bench, "zstd -d | tar -x", UNTAR, "restore", RESTORE);
    print_ours(bench, "restore", RESTORE);
    print_ours(bench, "second save, 1 % changed", SECOND_SAVE);
    printf(
        "    of the first: %.1f %% of the time, %.1f %% of its %.1f MiB\n",
        100 * second.wall_s / first.wall_s, 100 * (double)bench->second_bytes / (double)bench->first_bytes,
        (double)bench->first_bytes / (double)HV_MIB);
    print_ours(bench, "restore of both", SECOND_RESTORE);
    print_snapshot(bench, SNAPSHOT_HALF, bench->bytes / 2);
    print_snapshot(bench, SNAPSHOT, bench->bytes);
    printf(
        "%-34s %8.0f ns, then %.0f ns\n", "first write to a page after it", bench->first_write_ns,
        bench->next_write_ns);
    printf("%-34s %8.1f MiB\n", "memory, at most", (double)bench_peak_kib() / 1024);
}

int main(int argc, char **argv)
{
    double gib = argc > 1 ? strtod(argv[1], NULL) : 4;
    g_autofree char *folder = argc > 2 ? g_strdup(argv[2])
                                       : g_dir_make_tmp("lparsim-bench-save-XXXXXX", NULL);
    unsigned runs = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 1;
    g_autofree Bench *bench = g_new0(Bench, 1);

    bench->folder = folder;
    bench->bytes = (uint64_t)(gib * 1024) * HV_MIB;
    bench->storage = hv_storage_new(bench->bytes);
    g_mkdir_with_parents(folder, 0777);
    shell(bench, "mkdir -p raw volume");
    fill(bench);
    while (bench->runs < CLAMP(runs, 1, RUNS_MAX))
        run(bench);
    print(bench);
    hv_storage_free(bench->storage);
    shell(bench, "rm -rf raw volume");
    g_rmdir(folder);
    return 0;
}
