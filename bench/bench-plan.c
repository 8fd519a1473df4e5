/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How long the planning of a relocation takes on large fragmented machines, and how good the plans are.
 *
 * Each row is a family of seeded machines: that many LPARs, sizes of one kind, the line filled to between 60 % and 98 %, holes of
 * random size anywhere, and in some families one LPAR in ten or one in three that must stay. Two neighbours in number, not in place,
 * are the operands. `exact`: how many plans are proved to be the best. `gap`: how far the worst plan of those that are not can at
 * most be from the best, in percent of the proved lower bound. `refused`: how many have no legal layout.
 *
 *     bench-plan [MACHINES-PER-ROW [SEED]]
 */
#include "hv/rng.h"
#include "resmgr/relocate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_LPARS 85

typedef enum {
    SIZES_EVEN,   /* 1 .. 16 */
    SIZES_POWERS, /* 1, 2, 4 .. 64 */
    SIZES_FINE,   /* 1 .. 1000 */
} Sizes;

static const char *const sizes_names[] = {"even", "powers", "fine"};

typedef struct {
    unsigned lpars;
    Sizes sizes;
    unsigned fixed_percent;
    bool tight; /* filled to 90 % and more, a little hole everywhere, the operands among the largest */
} Family;

static const Family families[] = {
    {12, SIZES_EVEN, 0, false},    {12, SIZES_FINE, 10, false}, {12, SIZES_POWERS, 0, true},
    {12, SIZES_FINE, 0, true},     {12, SIZES_FINE, 10, true},  {60, SIZES_EVEN, 0, false},
    {60, SIZES_POWERS, 0, false},  {60, SIZES_FINE, 0, false},  {60, SIZES_EVEN, 10, false},
    {60, SIZES_POWERS, 10, false}, {60, SIZES_FINE, 10, false}, {60, SIZES_EVEN, 33, false},
    {60, SIZES_POWERS, 33, false}, {60, SIZES_FINE, 33, false}, {60, SIZES_EVEN, 0, true},
    {60, SIZES_POWERS, 0, true},   {60, SIZES_FINE, 0, true},   {60, SIZES_EVEN, 10, true},
    {60, SIZES_POWERS, 10, true},  {60, SIZES_FINE, 10, true},  {60, SIZES_EVEN, 33, true},
    {60, SIZES_POWERS, 33, true},  {60, SIZES_FINE, 33, true},  {85, SIZES_EVEN, 0, false},
    {85, SIZES_POWERS, 0, false},  {85, SIZES_FINE, 0, false},  {85, SIZES_EVEN, 10, false},
    {85, SIZES_POWERS, 10, false}, {85, SIZES_FINE, 10, false}, {85, SIZES_EVEN, 33, false},
    {85, SIZES_POWERS, 33, false}, {85, SIZES_FINE, 33, false}, {85, SIZES_EVEN, 0, true},
    {85, SIZES_POWERS, 0, true},   {85, SIZES_FINE, 0, true},   {85, SIZES_EVEN, 10, true},
    {85, SIZES_POWERS, 10, true},  {85, SIZES_FINE, 10, true},  {85, SIZES_EVEN, 33, true},
    {85, SIZES_POWERS, 33, true},  {85, SIZES_FINE, 33, true},
};

typedef struct {
    ResmgrRelocateArea bystanders[MAX_LPARS];
    ResmgrRelocateProblem problem;
} Machine;

static uint64_t draw_size(HvRng *rng, Sizes sizes)
{
    switch (sizes) {
    case SIZES_EVEN:
        return 1 + hv_rng_below(rng, 16);
    case SIZES_POWERS:
        return UINT64_C(1) << hv_rng_below(rng, 7);
    default:
        return 1 + hv_rng_below(rng, 1000);
    }
}

/* Cuts `room` into `n` random parts: what lies before each area; the rest is behind the last. */
static void draw_holes(HvRng *rng, uint64_t room, unsigned n, unsigned fragments, uint64_t *holes)
{
    memset(holes, 0, n * sizeof(*holes));
    for (unsigned i = 0; i < fragments; i++) {
        uint64_t part = hv_rng_below(rng, 2 * room / fragments + 1);

        part = MIN(part, room);
        holes[hv_rng_below(rng, n)] += part;
        room -= part;
    }
}

/* Any LPAR but `other`; on a tight machine one of the four largest. */
static unsigned draw_operand(HvRng *rng, const uint64_t *sizes, const Family *family, unsigned other)
{
    unsigned rank, drawn;

    do {
        drawn = (unsigned)hv_rng_below(rng, family->lpars);
        rank = 0;
        for (unsigned i = 0; i < family->lpars; i++)
            rank += sizes[i] > sizes[drawn];
    } while (drawn == other || (family->tight && rank > 4));
    return drawn;
}

static void draw_machine(HvRng *rng, const Family *family, Machine *machine)
{
    uint64_t sizes[MAX_LPARS], holes[MAX_LPARS], used = 0, at = 0, retired = 0;
    unsigned fill_percent = family->tight ? 90 + (unsigned)hv_rng_below(rng, 10)
                                          : 60 + (unsigned)hv_rng_below(rng, 39);
    unsigned fragments = family->tight ? 2 * family->lpars : 1 + (unsigned)hv_rng_below(rng, family->lpars);
    unsigned survivor, retiring;
    ResmgrRelocateProblem *problem = &machine->problem;

    memset(machine, 0, sizeof(*machine));
    for (unsigned i = 0; i < family->lpars; i++)
        used += sizes[i] = draw_size(rng, family->sizes);
    problem->total = used * 100 / fill_percent;
    draw_holes(rng, problem->total - used, family->lpars, fragments, holes);
    survivor = draw_operand(rng, sizes, family, family->lpars);
    retiring = draw_operand(rng, sizes, family, survivor);
    problem->bystanders = machine->bystanders;
    problem->survivor_movable = hv_rng_below(rng, 100) >= family->fixed_percent;
    for (unsigned i = 0; i < family->lpars; i++) {
        bool movable = hv_rng_below(rng, 100) >= family->fixed_percent;

        at += holes[i];
        if (i == survivor) {
            problem->survivor_origin = at;
            problem->survivor_size = sizes[i];
        } else if (i == retiring) {
            retired = sizes[i];
        } else {
            machine->bystanders[problem->n_bystanders++] = (ResmgrRelocateArea){at, sizes[i], movable};
        }
        at += sizes[i];
    }
    problem->survivor_new_size = problem->survivor_size + retired;
}

static double now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int compare_doubles(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

static void run_family(const Family *family, unsigned machines, uint64_t seed)
{
    g_autofree double *times_ms = g_new0(double, machines);
    unsigned refused = 0, exact = 0;
    double worst_gap = 0, sum_ms = 0;

    for (unsigned i = 0; i < machines; i++) {
        Machine machine;
        HvRng rng;

        hv_rng_init(&rng, seed + i, "bench-plan");
        draw_machine(&rng, family, &machine);
        double start_ms = now_ms();
        g_autoptr(ResmgrRelocatePlan) plan = resmgr_relocate_plan(&machine.problem, NULL);

        sum_ms += times_ms[i] = now_ms() - start_ms;
        refused += !plan;
        exact += plan && plan->exact;
        if (plan && !plan->exact)
            worst_gap =
                MAX(worst_gap,
                    100.0 * (double)(plan->moved - plan->lower_bound) / (double)MAX(1, plan->lower_bound));
    }
    qsort(times_ms, machines, sizeof(*times_ms), compare_doubles);
    printf(
        "%5u  %-6s %5u%%  %-5s  %8.3f %8.3f %8.3f  %6.1f%%  %6.1f%%  %5u\n", family->lpars,
        sizes_names[family->sizes], family->fixed_percent, family->tight ? "tight" : "loose",
        sum_ms / machines, times_ms[machines * 99 / 100], times_ms[machines - 1],
        100.0 * exact / MAX(1, machines - refused), worst_gap, refused);
}

int main(int argc, char **argv)
{
    unsigned machines = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 300;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;

    printf(
        "LPARs  sizes   fixed  holes   mean ms  99 %% ms worst ms    exact      gap  refused   (%u machines "
        "each, "
        "seed %" G_GUINT64_FORMAT ")\n",
        machines, seed);
    for (unsigned f = 0; f < G_N_ELEMENTS(families); f++)
        run_family(&families[f], MAX(machines, 1), seed);
    return 0;
}
