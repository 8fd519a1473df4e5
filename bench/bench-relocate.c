/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Relocating 1 GiB of touched storage, beside memmove() and beside a page remap (mremap), in one run.
 *
 * Each is done there and back several times for displacements that are aligned to 1 GiB, 2 MiB and one page, and the best time of each
 * is compared: what matters is the ratio to the better of the two others that the same alignment allows. Aim: 1.2 or less.
 */
#include "hv/storage.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define LENGTH HV_GIB
#define SPACE  (4 * HV_GIB)
#define ROUNDS 5

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double best(double a, double b)
{
    return a < b ? a : b;
}

static double time_storage(uint64_t displacement)
{
    HvStorage *storage = hv_storage_new(SPACE);
    double fastest = 1e9;

    for (uint64_t addr = 0; addr < LENGTH; addr += HV_PAGE_SIZE)
        hv_storage_write(storage, addr, &addr, sizeof(addr));
    for (unsigned i = 0; i < ROUNDS; i++) {
        double begun = seconds_now();

        hv_storage_move(storage, 0, displacement, LENGTH);
        fastest = best(fastest, seconds_now() - begun);
        hv_storage_move(storage, displacement, 0, LENGTH);
    }
    hv_storage_free(storage);
    return fastest;
}

static char *touched_memory(void)
{
    char *memory =
        mmap(NULL, SPACE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    g_assert(memory != MAP_FAILED);
    char *aligned = (char *)(((uintptr_t)memory + HV_GIB - 1) / HV_GIB * HV_GIB);

    memset(aligned, 1, LENGTH);
    return aligned;
}

static double time_memmove(uint64_t displacement)
{
    char *memory = touched_memory();
    double fastest = 1e9;

    for (unsigned i = 0; i < 2; i++) {
        double begun = seconds_now();

        memmove(memory + displacement, memory, LENGTH);
        fastest = best(fastest, seconds_now() - begun);
    }
    munmap(memory, SPACE - HV_GIB);
    return fastest;
}

/* mremap cannot move onto itself: the two ranges are one after the other, their distance aligned as asked. */
static double time_remap(uint64_t alignment)
{
    char *memory = touched_memory();
    uint64_t displacement = alignment >= HV_GIB ? LENGTH : LENGTH + alignment;
    double fastest = 1e9;

    for (unsigned i = 0; i < ROUNDS; i++) {
        double begun = seconds_now();
        void *there = mremap(memory, LENGTH, LENGTH, MREMAP_MAYMOVE | MREMAP_FIXED, memory + displacement);

        fastest = best(fastest, seconds_now() - begun);
        g_assert(there == memory + displacement);
        there = mremap(there, LENGTH, LENGTH, MREMAP_MAYMOVE | MREMAP_FIXED, memory);
        g_assert(there == memory);
    }
    munmap(memory, SPACE - HV_GIB);
    return fastest;
}

int main(void)
{
    static const struct {
        const char *name;
        uint64_t alignment, displacement;
    } rows[] = {
        {"1 GiB", HV_GIB, HV_GIB},
        {"2 MiB", 2 * HV_MIB, 512 * HV_MIB + 2 * HV_MIB},
        {"4 KiB", HV_PAGE_SIZE, 128 * HV_MIB + HV_PAGE_SIZE}};

    printf("Relocating 1 GiB, every page touched; best of %u, in ms\n", ROUNDS);
    printf(
        "%-10s %12s %12s %12s %24s\n", "alignment", "lparsim", "memmove", "mremap",
        "lparsim / better of both");
    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        double ours = time_storage(rows[i].displacement);
        double moved = time_memmove(rows[i].displacement), remapped = time_remap(rows[i].alignment);

        printf(
            "%-10s %12.4f %12.4f %12.4f %24.3f\n", rows[i].name, ours * 1e3, moved * 1e3, remapped * 1e3,
            ours / best(moved, remapped));
    }
    return 0;
}
