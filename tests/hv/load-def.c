/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What runs in the rooms of load-room.c, by a number: one of the workloads, up to five classes of all kinds, measured demand, paging. The files
 * that they read are made in a folder that the test has.
 */
#include "tests/hv/load-def.h"

#include <glib/gstdio.h>

static const char *pick(HvRng *rng, const char *const *texts, unsigned n)
{
    return texts[hv_rng_below(rng, n)];
}
#define PICK(rng, texts) pick((rng), (texts), G_N_ELEMENTS(texts))

static HvDistribution *draw_distribution(HvRng *rng)
{
    static const char *const texts[] = {
        "exponential 3ms", "constant 2ms", "exponential 800us", "lognormal 2ms 3", "constant 12ms"};

    return hv_distribution_parse(PICK(rng, texts), NULL, NULL);
}

static void
draw_source(HvClassDef *def, HvRng *rng, const LoadDef *load, const char *directory, bool with_calendar)
{
    static const char *const arrivals[] = {
        "poisson 40/s", "every 25ms", "mmpp 100/s 100ms, 5/s 200ms", "mmpp 0/s 50ms, 200/s 20ms, 10/s 100ms",
        "file arrivals.txt" /* last */};
    uint64_t kind = hv_rng_below(rng, 3);
    const HvClassDef *last = load->jobs.classes->len > 0
                                 ? g_ptr_array_index(load->jobs.classes, load->jobs.classes->len - 1)
                                 : NULL;

    if (kind == 0) {
        def->users = (unsigned)(1 + hv_rng_below(rng, 70));
        def->think = hv_rng_below(rng, 4) ? hv_distribution_parse("exponential 150ms", NULL, NULL) : NULL;
    } else if (kind == 1 || (!with_calendar && !(last && hv_class_def_kind(last) == HV_CLASS_BATCH))) {
        def->arrivals =
            hv_arrivals_parse(pick(rng, arrivals, G_N_ELEMENTS(arrivals) - !directory), directory, NULL);
        g_assert(def->arrivals);
    } else {
        def->jobs = 1 + hv_rng_below(rng, 60);
        def->initiators = (unsigned)hv_rng_below(rng, 4);
        def->at_start = !(last && hv_class_def_kind(last) == HV_CLASS_BATCH);
        def->days = HV_ALL_WEEKDAYS;
        def->start_second = (unsigned)hv_rng_below(rng, 3);
        def->after = def->at_start ? NULL : g_strdup(last->name);
    }
}

static HvClassDef *draw_class(HvRng *rng, const LoadDef *load, const char *directory, bool with_calendar)
{
    g_autofree char *name = g_strdup_printf("C%u", load->jobs.classes->len);
    HvClassDef *def = hv_class_def_new(name);
    const uint16_t device = 1;

    draw_source(def, rng, load, directory, with_calendar);
    def->service = draw_distribution(rng);
    def->ios = (unsigned)hv_rng_below(rng, 4);
    def->priority = (unsigned)(1 + hv_rng_below(rng, 3));
    if (hv_rng_below(rng, 3) == 0)
        g_array_append_val(def->devices, device);
    return def;
}

static HvMachineDef *draw_machine(HvRng *rng)
{
    HvMachineDef *machine = hv_machine_def_new();

    for (unsigned d = 0; d < LOAD_DEVICES; d++) {
        HvDeviceDef *device = hv_device_def_new("D", (uint16_t)d, (2 + d) * HV_NS_PER_MS);

        device->service = hv_rng_below(rng, 2) ? hv_distribution_parse("exponential 4ms", NULL, NULL) : NULL;
        hv_device_def_add_chp(device, 0x10);
        if (d > 0)
            hv_device_def_add_chp(device, 0x11);
        g_ptr_array_add(machine->devices, device);
    }
    machine->chps[0x11].service_ns = 100 * HV_NS_PER_US;
    return machine;
}

static HvDemandDef *draw_demand(HvRng *rng, const char *directory)
{
    static const char *const texts[] = {
        "demand.csv column cpu interval 300ms repeat",
        "demand.csv column cpu of 2 interval 90ms",
        "demand.txt interval 40ms repeat",
        "demand.txt interval 130ms",
        "demand.sadf",
        "times.csv column cpu repeat"};
    HvDemandDef *demand = hv_demand_parse(PICK(rng, texts), directory, NULL);

    g_assert(demand);
    return demand;
}

static void free_class(void *def)
{
    hv_class_def_free(def);
}

LoadDef *load_def_new(uint64_t number, const char *directory, bool with_calendar)
{
    static const char *const workloads[] = {
        "busy",
        "idle",
        "cpu 30%/50ms",
        "cpu 90%/20ms; write 1M/s 2M",
        "write 4M/s",
        "idle; io 60/s",
        "cpu 15%; write 300K/s 100K; io 300/s"};
    LoadDef *def = g_new0(LoadDef, 1);
    HvRng rng;

    hv_rng_init(&rng, number, "load");
    def->seed = number;
    def->workload_text = g_strdup(workloads[number % G_N_ELEMENTS(workloads)]);
    bool good = hv_workload_parse(def->workload_text, &def->workload, NULL);

    g_assert(good);
    def->machine = draw_machine(&rng);
    def->jobs.dispatching = hv_rng_below(&rng, 2) ? HV_DISPATCHING_SHARING : HV_DISPATCHING_FCFS;
    if (hv_rng_below(&rng, 2))
        def->jobs.paging = (HvPagingDef){32 * HV_MIB, 20000000, 75 * HV_NS_PER_US};
    if (directory && hv_rng_below(&rng, 2)) {
        def->jobs.demand = draw_demand(&rng, directory);
        def->jobs.demand_period_ns = hv_rng_below(&rng, 2) * 17 * HV_NS_PER_MS;
    }
    def->jobs.classes = g_ptr_array_new_with_free_func(free_class);
    for (uint64_t n = hv_rng_below(&rng, LOAD_CLASSES + 1); n > 0; n--)
        g_ptr_array_add(def->jobs.classes, draw_class(&rng, def, directory, with_calendar));
    return def;
}

void load_def_free(LoadDef *def)
{
    g_ptr_array_unref(def->jobs.classes);
    g_clear_pointer(&def->jobs.demand, hv_demand_def_unref);
    hv_machine_def_free(def->machine);
    g_free(def->workload_text);
    g_free(def);
}

/* --- Files ---------------------------------------------------------------------------------------------- */

void load_def_write_file(const char *directory, const char *name, const char *content)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);
    bool good = g_file_set_contents(path, content, -1, NULL);

    g_assert(good);
}

void load_def_remove_file(const char *directory, const char *name)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);

    g_remove(path);
}

static const struct {
    const char *name, *content;
} workload_files[] = {
    {"demand.csv", "cpu,other\n10,1\n55.5,2\n,3\n100,4\n3,5\n80,1\n20,2\n"},
    {"demand.txt", "20\n70\n0\n95\n10\n33\n"},
    {"times.csv", "time,cpu\n100.0,50\n100.2,10\n100.3,90\n100.9,30\n101.2,70\n"},
    {"demand.sadf", "# hostname;interval;timestamp;CPU;%user;%nice;%system;%iowait;%steal;%idle\n"
                    "vm;1;2026-11-20 00:00:01 UTC;-1;1.00;0.00;0.50;0.00;0.00;58.50\n"
                    "# hostname;interval;timestamp;tps\nvm;1;2026-11-20 00:00:01 UTC;12\n"
                    "# hostname;interval;timestamp;CPU;%user;%nice;%system;%iowait;%steal;%idle\n"
                    "vm;1;2026-11-20 00:00:02 UTC;-1;1.00;0.00;0.50;0.00;0.00;28.50\n"
                    "vm;1;2026-11-20 00:00:04 UTC;-1;1.00;0.00;0.50;0.00;0.00;70.50\n"},
};

/* 4000 arrivals, some of them together, which is more than one buffer. */
static void write_arrivals(const char *directory)
{
    g_autoptr(GString) text = g_string_new("# arrivals\n");

    for (unsigned i = 0; i < 4000; i++)
        g_string_append_printf(text, "%u.%03u # %u\n", i / 50, i / 5 * 5 % 50 * 20, i);
    load_def_write_file(directory, "arrivals.txt", text->str);
}

char *load_def_make_folder(void)
{
    char *directory = g_dir_make_tmp("load-XXXXXX", NULL);

    g_assert(directory);
    for (unsigned i = 0; i < G_N_ELEMENTS(workload_files); i++)
        load_def_write_file(directory, workload_files[i].name, workload_files[i].content);
    write_arrivals(directory);
    return directory;
}

void load_def_remove_folder(char *directory)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(workload_files); i++)
        load_def_remove_file(directory, workload_files[i].name);
    load_def_remove_file(directory, "arrivals.txt");
    g_rmdir(directory);
    g_free(directory);
}
