/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Saving touched content to tape and reading it back, beside `tar | zstd` of the same bytes, in one run.
 *
 *     bench-save [GIB [FOLDER]]
 *
 * Half of the pages are random, half are text that compresses. Both ways end with the bytes on the disk (fsync). Then one page in a
 * hundred, all over, is written to, and a second save is made: its time and space beside the first one's. Aims: not slower than
 * tar | zstd; the second save below 5 % of the first in both. And what a snapshot costs: the table at once, and the copies afterwards.
 */
#include "bench/peak.h"
#include "svp/save/archive.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    char *folder;
    HvStorage *storage;
    uint64_t bytes;
} Bench;

static double seconds_now(void)
{
    return (double)g_get_monotonic_time() / 1e6;
}

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

static double shell(const Bench *bench, const char *command)
{
    g_autofree char *line = g_strdup_printf("cd '%s' && %s", bench->folder, command);
    double begun = seconds_now();

    if (system(line) != 0)
        g_error("%s failed", line);
    return seconds_now() - begun;
}

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

/* *ret_snapshot_s: of it, taking the snapshot. */
static double save(Bench *bench, SvpArchiveMemory *memory, uint64_t *ret_bytes, double *ret_snapshot_s)
{
    double begun = seconds_now();
    g_autoptr(SvpVolumeSet) set = open_set(bench);
    g_auto(SvpArchiveLpar) lpar = {
        .name = g_strdup("LPAR1"),
        .number = 1,
        .state = g_bytes_new_static("state", 5),
        .content = {hv_storage_snapshot(bench->storage, 0, bench->bytes)}};

    *ret_snapshot_s = seconds_now() - begun;
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
    double elapsed = seconds_now() - begun;
    const SvpSaveRecord *record = svp_volume_set_newest(set, NULL, 0);

    *ret_bytes = record->file_bytes;
    return elapsed;
}

static double restore(Bench *bench)
{
    double begun = seconds_now();
    g_autoptr(SvpVolumeSet) set = open_set(bench);
    g_auto(SvpArchiveLpar) lpar = {0};
    g_autoptr(GError) error = NULL;

    if (!svp_archive_read(set, 0, "LPAR1", &lpar, NULL, &error))
        g_error("%s", error->message);
    double elapsed = seconds_now() - begun;
    g_autofree char *found = hv_storage_snapshot_digest(lpar.content[RESMGR_MS]);
    g_autofree char *expected = hv_storage_digest(bench->storage, 0, bench->bytes);

    g_assert_cmpstr(found, ==, expected);
    return elapsed;
}

/* One page in a hundred, at places that follow no pattern. Returns the time per page, in ns: the first write copies it. */
static double change(Bench *bench, uint64_t salt)
{
    uint64_t pages = bench->bytes / HV_PAGE_SIZE;
    double begun = seconds_now();

    for (uint64_t i = 0; i < pages / 100; i++) {
        uint64_t value = mix(salt + i);

        hv_storage_write(
            bench->storage, mix(salt * 7919 + i) % pages * HV_PAGE_SIZE + 64, &value, sizeof value);
    }
    return (seconds_now() - begun) * 1e9 / (double)(pages / 100);
}

int main(int argc, char **argv)
{
    double gib = argc > 1 ? strtod(argv[1], NULL) : 4;
    g_autofree char *folder = argc > 2 ? g_strdup(argv[2])
                                       : g_dir_make_tmp("lparsim-bench-save-XXXXXX", NULL);
    Bench bench = {.folder = folder, .bytes = (uint64_t)(gib * 1024) * HV_MIB};
    SvpArchiveMemory *memory = svp_archive_memory_new();
    uint64_t first_bytes, second_bytes;
    double first_snapshot_s, second_snapshot_s;

    bench.storage = hv_storage_new(bench.bytes);
    g_mkdir_with_parents(folder, 0777);
    shell(&bench, "mkdir -p raw volume restored");
    fill(&bench);
    initialize(&bench);
    double tar_s = shell(&bench, "tar -cf - raw | zstd -q > tar.zst && sync tar.zst");
    double tar_mt_s = shell(&bench, "rm tar.zst; tar -cf - raw | zstd -q -T0 > tar.zst && sync tar.zst");
    double untar_s = shell(&bench, "zstd -dcq tar.zst | tar -xf - -C restored");

    shell(&bench, "rm -r restored");
    double first_s = save(&bench, memory, &first_bytes, &first_snapshot_s);
    double restore_s = restore(&bench);
    double plain_ns = change(&bench, 1), again_ns = change(&bench, 1);
    double second_s = save(&bench, memory, &second_bytes, &second_snapshot_s);
    double restore_second_s = restore(&bench);

    printf("%.1f GiB touched, half random, half text; times in seconds\n", gib);
    printf("%-34s %8.2f\n", "tar | zstd", tar_s);
    printf("%-34s %8.2f\n", "tar | zstd -T0", tar_mt_s);
    printf("%-34s %8.2f   %.2f of tar | zstd\n", "save", first_s, first_s / tar_s);
    printf("%-34s %8.2f\n", "zstd -d | tar -x", untar_s);
    printf("%-34s %8.2f   %.2f of zstd -d | tar -x\n", "restore", restore_s, restore_s / untar_s);
    printf(
        "%-34s %8.2f   %.1f %% of the first; %.1f %% of its %.1f MiB\n", "second save, 1 % changed", second_s,
        100 * second_s / first_s, 100 * (double)second_bytes / (double)first_bytes,
        (double)first_bytes / (double)HV_MIB);
    printf("%-34s %8.2f\n", "restore of the second", restore_second_s);
    printf("%-34s %8.1f and %.1f ms\n", "snapshots", first_snapshot_s * 1e3, second_snapshot_s * 1e3);
    printf("%-34s %8.0f ns, then %.0f ns\n", "first write to a page afterwards", plain_ns, again_ns);
    printf("%-34s %8.1f MiB\n", "memory, at most", (double)bench_peak_kib() / 1024);
    svp_archive_memory_free(memory);
    hv_storage_free(bench.storage);
    shell(&bench, "rm -rf raw volume tar.zst");
    g_rmdir(folder);
    return 0;
}
