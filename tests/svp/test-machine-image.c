/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Machines of machine files written down and read back while they run: all examples, and one that has something of every policy and of every
 * kind of work. Pauses are random; the number of the loop, printed with a failure, is the seed.
 */
#include "hv/rng.h"
#include "monitor/history.h"
#include "svp/machine-file.h"
#include "tests/monitor/image-room.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const char *const files[] = {"consolidation.ini", "patent.ini", "refuses.ini",
                                    "sixty.ini",         "sizing.ini", "window.ini"};

/* Polarization, groups, clusters, limits in MSU, lending, LIPs by load; closed, open and batch classes, paging, shared paths. */
static const char everything[] =
    "[machine]\n"
    "ips = 1-8:CP;9-10:IFL\n"
    "ms = 64M\n"
    "es = 32M\n"
    "channels = 00-07\n"
    "dispatch-cost = 5us\n"
    "polarization = vertical\n"
    "msu-per-ip = 100\n"
    "clock = 2026-11-19 18:00\n"
    "[lpar A]\nms = 8M\nms-reserved = 8M\nes = 4M\nweight = 300\nlips = 4\nchannels = 00;07\n"
    "working-set = 12M\nweight-min = 50\nlips-min = 2\nworkload = io 30/s\n"
    "[lpar B]\nms = 8M\nweight = 200\nlips = 6\ndefined-capacity = 40\nworkload = busy; write 1M/s 2M\n"
    "pool = IFL:10:2\n"
    "[lpar C]\nms = 8M\nweight = 100\nlips = 2\ncap = hard\nworkload = cpu 70%/40ms; io 50/s\nchannels = 02\n"
    "[lpar D]\nms = 4M\nweight = 50\nlips = 3\ncap = 1.5\nworkload = cpu 90%/10ms\nlends-to = B\n"
    "[lpar E]\nms = 4M\nip-shares = 8:60\nworkload = busy\n"
    "[lpar F]\nms = 4M\nip-shares = 8:40\nworkload = cpu 20%; write 256K/s\ndispatching = fcfs\nchannels = "
    "03\n"
    "[group G]\nmembers = C;D\ncap = 2.50\nlimit = 150\n"
    "[cluster K]\nmembers = A;D\nperiod = 500ms\n"
    "[channel 07]\nmode = shared\naccess = B\nservice-time = 50us\n"
    "[device 0100]\nchannels = 00;07\nservice-time = exponential 2ms\n"
    "[device 0200]\nchannels = 02\nservice-time = 3ms\n"
    "[device 0300]\nchannels = 03\nservice-time = lognormal 4ms 2\n"
    "[class CLOSED]\nlpar = A\nusers = 30\nthink = exponential 100ms\nservice = hyperexponential 4ms 3\nios "
    "= 3\n"
    "goal = p95 < 100ms\n"
    "[class OPEN]\nlpar = A\narrivals = mmpp 40/s 200ms, 5/s 300ms\nservice = pareto 1.5 1ms 200ms\npriority "
    "= 2\n"
    "[class POISSON]\nlpar = F\narrivals = poisson 20/s\nservice = exponential 10ms\nios = 1\n"
    "[class NIGHT]\nlpar = A\nstart = 18:00\njobs = 500\ninitiators = 3\nservice = 3ms\nios = 2\npriority = "
    "3\n"
    "goal = end < 18:01\n"
    "[class AFTER]\nlpar = A\nafter = NIGHT\njobs = 100\nservice = 2ms\n";

/* --- Two of them ---------------------------------------------------------------------------------------- */

static MonitorSystem *power_on(const ResmgrDefinition *definition)
{
    MonitorSystem *system = monitor_system_new(definition, 1);

    monitor_system_record(system, HV_NS_PER_S);
    ck_assert(monitor_system_power_on(system, NULL));
    return system;
}

static HvTime draw_pause(HvRng *rng)
{
    static const HvTime scales_ns[] = {1000, HV_NS_PER_MS, 50 * HV_NS_PER_MS, HV_NS_PER_S, 5 * HV_NS_PER_S};

    return 1 + hv_rng_below(rng, scales_ns[hv_rng_below(rng, G_N_ELEMENTS(scales_ns))]);
}

/* One lives through it all, the other is read again and again. */
static void live(const ResmgrDefinition *definition, HvRng *rng, unsigned n_steps)
{
    g_autoptr(MonitorSystem) through = power_on(definition);
    MonitorSystem *read = power_on(definition);

    for (unsigned step = 0; step < n_steps; step++) {
        HvTime pause_ns = draw_pause(rng);

        ck_assert(monitor_system_run(through, pause_ns, NULL));
        ck_assert(monitor_system_run(read, pause_ns, NULL));
        read = image_room_read_again(definition, 1, read);
        image_room_ck_same(through, read);
    }
    monitor_system_free(read);
}

START_TEST(examples)
{
    g_autofree char *path = g_build_filename(SOURCE_ROOT, "examples", files[_i], NULL);
    GPtrArray *problems;
    g_autoptr(ResmgrDefinition) definition = svp_machine_file_read(path, &problems);
    HvRng rng;

    ck_assert_ptr_nonnull(definition);
    hv_rng_init(&rng, (uint64_t)_i, "test-machine-image");
    live(definition, &rng, 8);
}
END_TEST

static ResmgrDefinition *parse(const char *text)
{
    GPtrArray *problems;
    ResmgrDefinition *definition = svp_machine_file_parse(text, strlen(text), &problems);

    if (!definition) {
        g_autofree char *first = svp_machine_file_problem_text("text", g_ptr_array_index(problems, 0));

        ck_abort_msg("%s", first);
    }
    return definition;
}

START_TEST(something_of_everything)
{
    g_autoptr(ResmgrDefinition) definition = parse(everything);
    HvRng rng;

    hv_rng_init(&rng, (uint64_t)_i, "test-machine-image everything");
    live(definition, &rng, 25);
}
END_TEST

/* Averages over 4 hours, and soft limits that come into force. */
START_TEST(for_hours)
{
    g_autoptr(ResmgrDefinition) definition = parse(
        "[machine]\nips = 4\nms = 16M\nmsu-per-ip = 100\n"
        "[lpar A]\nms = 1M\nweight = 10\nlips = 4\ndefined-capacity = 60\nworkload = busy\n"
        "[lpar B]\nms = 1M\nweight = 10\nlips = 4\nworkload = busy\n"
        "[lpar C]\nms = 1M\nweight = 5\nlips = 2\nworkload = busy\n"
        "[group G]\nmembers = B;C\nlimit = 170\n");
    g_autoptr(MonitorSystem) through = power_on(definition);
    MonitorSystem *read = power_on(definition);

    for (unsigned step = 0; step < 30; step++) {
        ck_assert(monitor_system_run(through, 611 * HV_NS_PER_S, NULL));
        ck_assert(monitor_system_run(read, 611 * HV_NS_PER_S, NULL));
        read = image_room_read_again(definition, 1, read);
        image_room_ck_same(through, read);
    }
    g_autoptr(MonitorUsage) usage = monitor_system_usage(read);

    ck_assert_uint_gt(monitor_usage_bound(usage, 1, MONITOR_BOUND_SOFT), 0);
    ck_assert_uint_gt(monitor_usage_bound(usage, 2, MONITOR_BOUND_GROUP_CAPACITY), 0);
    monitor_system_free(read);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("svp/machine-image");
    TCase *tcase = tcase_create("machines");

    tcase_add_loop_test(tcase, examples, 0, G_N_ELEMENTS(files));
    tcase_add_loop_test(tcase, something_of_everything, 0, 5);
    tcase_add_test(tcase, for_hours);
    tcase_set_timeout(tcase, 120);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
