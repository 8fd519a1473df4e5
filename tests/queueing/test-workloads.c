/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Workloads of whole machines, where the result is known to the nanosecond: runs of jobs, what a stop costs, what INTEG brings,
 * measured demand, and that processor time is neither made nor lost.
 */
#include "monitor/sample.h"
#include "svp/machine-file.h"

#include <check.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ONE                                                                                                  \
    "[machine]\nips = 1\nms = 64M\nchannels = 00\n[device 0190]\nchannels = 00\nservice-time = 10ms\n"       \
    "[lpar A]\nms = 16M\nms-reserved = 16M\nip-shares = 1:100\nchannels = 00\n"

typedef struct {
    ResmgrDefinition *definition;
    MonitorSystem *system;
} Room;

static Room room_new(const char *text)
{
    g_autoptr(GPtrArray) problems = NULL;
    Room room = {.definition = svp_machine_file_parse(text, strlen(text), &problems)};

    for (unsigned i = 0; problems && i < problems->len; i++)
        fprintf(stderr, "%s\n", (const char *)g_ptr_array_index(problems, i));
    ck_assert_ptr_nonnull(room.definition);
    room.system = monitor_system_new(room.definition, 1);
    ck_assert(monitor_system_power_on(room.system, NULL));
    return room;
}

static void room_clear(Room *room)
{
    monitor_system_check(room->system);
    monitor_system_free(room->system);
    resmgr_definition_free(room->definition);
}

static void run(Room *room, HvTime duration_ns)
{
    ck_assert(monitor_system_run(room->system, duration_ns, NULL));
}

static HvClassStats stats_of(Room *room, unsigned nth)
{
    monitor_system_dispatch(room->system);
    return hv_guest_class_stats(lpar_guest(monitor_system_lpar(room->system, 1)), nth);
}

static HvTime running_ns(Room *room)
{
    g_autoptr(MonitorUsage) usage = monitor_usage_take(monitor_system_dispatch(room->system));
    HvTime sum_ns = 0;

    for (unsigned i = 0; i < usage->lips->len; i++)
        sum_ns += g_array_index(usage->lips, MonitorLipUsage, i).account.running_ns;
    return sum_ns;
}

/* 10 jobs of 1 s each, with one I/O of 10 ms, one after the other: 10.1 s; the follower, two at once on one LIP, 4 s more. */
START_TEST(a_batch_run_takes_its_time)
{
    Room room = room_new(
        ONE "[class FIRST]\nlpar = A\nstart = 01:00\njobs = 10\ninitiators = 1\nservice = 1s\n"
            "ios = 1\ngoal = end < 01:00:10\n"
            "[class SECOND]\nlpar = A\nafter = FIRST\njobs = 2\nservice = 2s\ngoal = end < 01:01\n");
    const HvTime hour_ns = 3600 * HV_NS_PER_S;

    run(&room, hour_ns + 10050 * HV_NS_PER_MS);
    /* Not through, and late already: it is missed. */
    ck_assert_uint_eq(stats_of(&room, 0).running_since_ns, hour_ns);
    ck_assert(stats_of(&room, 0).goal_missed == 1 && stats_of(&room, 0).runs_done == 0);
    run(&room, hour_ns - 10050 * HV_NS_PER_MS);
    ck_assert_uint_eq(stats_of(&room, 0).running_since_ns, HV_TIME_NEVER);
    HvClassStats first = stats_of(&room, 0), second = stats_of(&room, 1);

    ck_assert_uint_eq(first.run_began_ns, hour_ns);
    ck_assert_uint_eq(first.run_ended_ns, hour_ns + 10100 * HV_NS_PER_MS);
    ck_assert_uint_eq(first.goal_missed, 1);
    ck_assert(first.runs == 1 && first.runs_done == 1 && first.done == 10 && first.ios == 10);
    ck_assert_uint_eq(first.cpu_ns, 10 * HV_NS_PER_S);
    ck_assert_uint_eq(first.io_ns, 100 * HV_NS_PER_MS);
    ck_assert_uint_eq(second.run_ended_ns, first.run_ended_ns + 4 * HV_NS_PER_S);
    ck_assert_uint_eq(second.goal_missed, 0);
    /* Two of 2 s share the LIP: each waits for half of its 4 s. */
    ck_assert(second.cpu_ns == 4 * HV_NS_PER_S && second.cpu_wait_ns == 4 * HV_NS_PER_S);
    ck_assert_uint_eq(running_ns(&room), 14 * HV_NS_PER_S);
    run(&room, 24 * hour_ns);
    ck_assert_uint_eq(stats_of(&room, 1).runs_done, 2);
    room_clear(&room);
}
END_TEST

/* Jobs of 1 s arrive each 10 s; one is in the middle when the LPAR is stopped for 5 s, and its user waits. */
START_TEST(who_is_stopped_makes_users_wait)
{
    Room room = room_new(ONE "[class C]\nlpar = A\narrivals = every 10s\nservice = 1s\n");

    run(&room, 10500 * HV_NS_PER_MS);
    ck_assert(monitor_system_stop(room.system, 1, NULL));
    run(&room, 5 * HV_NS_PER_S);
    ck_assert(monitor_system_start(room.system, 1, NULL));
    run(&room, 10 * HV_NS_PER_S);
    HvClassStats stats = stats_of(&room, 0);

    ck_assert_uint_eq(stats.done, 2);
    ck_assert_uint_eq(hv_histogram_greatest_ns(stats.responses), 6 * HV_NS_PER_S);
    ck_assert_uint_eq(hv_histogram_least_ns(stats.responses), HV_NS_PER_S);
    ck_assert_uint_eq(stats.cpu_wait_ns, 5 * HV_NS_PER_S);
    room_clear(&room);
}
END_TEST

/* What comes while the guest stands is there when it goes on: at 10 s and 20 s, in a stop from 5 s to 25 s. */
START_TEST(jobs_arrive_while_a_guest_stands)
{
    Room room = room_new(ONE "[class C]\nlpar = A\narrivals = every 10s\nservice = 1s\n");

    run(&room, 5 * HV_NS_PER_S);
    ck_assert(monitor_system_stop(room.system, 1, NULL));
    run(&room, 20 * HV_NS_PER_S);
    ck_assert_uint_eq(stats_of(&room, 0).arrived, 2);
    ck_assert_uint_eq(stats_of(&room, 0).done, 0);
    ck_assert(monitor_system_start(room.system, 1, NULL));
    run(&room, 2 * HV_NS_PER_S);
    /* Both share the LIP for 2 s. */
    ck_assert_uint_eq(stats_of(&room, 0).done, 2);
    ck_assert_uint_eq(hv_histogram_greatest_ns(stats_of(&room, 0).responses), 17 * HV_NS_PER_S);
    room_clear(&room);
}
END_TEST

/* An INTEG that fails at its commit point starts the retiring guest again: the I/O that was ended is made anew, no job is lost. */
START_TEST(a_fence_that_is_undone_loses_no_job)
{
    Room room = room_new(
        "[machine]\nips = 2\nms = 64M\nchannels = 00\n[device 0190]\nchannels = 00\nservice-time = 10s\n"
        "[lpar A]\nms = 16M\nip-shares = 1:100\nchannels = 00\n"
        "[lpar B]\nms = 16M\nms-reserved = 32M\nip-shares = 2:100\n"
        "[class C]\nlpar = A\nstart = 00:00\njobs = 3\nservice = 2s\nios = 1\n");
    const MonitorIntegOptions options = {.notify = true};

    run(&room, 5 * HV_NS_PER_S);
    ck_assert(monitor_system_set_fault(room.system, "203.commit", NULL));
    ck_assert_ptr_null(monitor_system_integ(room.system, 1, 2, &options, NULL));
    run(&room, 60 * HV_NS_PER_S);
    HvClassStats stats = stats_of(&room, 0);

    ck_assert(stats.done == 3 && stats.ios == 3 && stats.runs_done == 1);
    ck_assert_uint_eq(stats.cpu_ns, 6 * HV_NS_PER_S);
    ck_assert_uint_gt(stats.run_ended_ns, 32 * HV_NS_PER_S); /* three of 10 s, and what the fence took away */
    room_clear(&room);
}
END_TEST

/* 16 MiB for a working set of 32: F faults a second; INTEG brings 16 MiB more, and there are none any more. */
START_TEST(integ_ends_paging)
{
    Room room = room_new(
        "[machine]\nips = 2\nms = 64M\nchannels = 00\n[device 0190]\nchannels = 00\nservice-time = 1ms\n"
        "[lpar A]\nms = 16M\nms-reserved = 16M\nip-shares = 1:100\nchannels = 00\nworking-set = "
        "32M\npage-faults = 50/s\n"
        "[lpar B]\nms = 16M\nip-shares = 2:100\n"
        "[class C]\nlpar = A\nusers = 1\nservice = 1s\n");
    const MonitorIntegOptions options = {.notify = true};

    run(&room, 100 * HV_NS_PER_S);
    HvClassStats before = stats_of(&room, 0);

    ck_assert_uint_ge(before.faults, 50 * before.done);
    ck_assert_uint_le(before.faults, 50 * (before.done + 1));
    g_autoptr(MonitorIntegReport) report = monitor_system_integ(room.system, 2, 1, &options, NULL);

    ck_assert_ptr_nonnull(report);
    run(&room, 100 * HV_NS_PER_S);
    HvClassStats after = stats_of(&room, 0);

    ck_assert_uint_eq(
        after.faults, before.faults); /* the job that was under way has met its faults at its begin */
    ck_assert_uint_ge(after.done - before.done, 99);
    room_clear(&room);
}
END_TEST

/* A job of priority 1 does not notice those of priority 2: M/D/1 with its own load only is seen by the busy time before it. */
START_TEST(a_better_priority_does_not_notice_others)
{
    Room alone = room_new(ONE "[class HI]\nlpar = A\narrivals = poisson 20/s\nservice = exponential 20ms\n");
    Room both = room_new(ONE "[class HI]\nlpar = A\narrivals = poisson 20/s\nservice = exponential 20ms\n"
                             "[class LO]\nlpar = A\nusers = 4\nservice = 1s\npriority = 2\n");

    run(&alone, 100 * HV_NS_PER_S);
    run(&both, 100 * HV_NS_PER_S);
    HvClassStats a = stats_of(&alone, 0), b = stats_of(&both, 0);

    ck_assert_uint_gt(a.done, 1500);
    ck_assert_uint_eq(a.done, b.done);
    ck_assert_uint_eq(a.cpu_wait_ns, b.cpu_wait_ns);
    ck_assert_uint_eq(hv_histogram_sum_ns(a.responses), hv_histogram_sum_ns(b.responses));
    ck_assert_uint_gt(stats_of(&both, 1).done, 10);
    room_clear(&alone);
    room_clear(&both);
}
END_TEST

/* Two LIPs, three classes, I/O, many wakings: what LIPs ran is what jobs got, but for the bursts under way. */
START_TEST(processor_time_is_neither_made_nor_lost)
{
    Room room = room_new(
        "[machine]\nips = 2\nms = 64M\nchannels = 00\n[device 0190]\nchannels = 00\nservice-time = "
        "exponential 3ms\n"
        "[lpar A]\nms = 16M\nweight = 100\nlips = 2\nchannels = 00\n"
        "[lpar B]\nms = 16M\nweight = 100\nlips = 2\nworkload = cpu 60%\n"
        "[class X]\nlpar = A\nusers = 7\nthink = exponential 20ms\nservice = lognormal 5ms 3\nios = 2\n"
        "[class Y]\nlpar = A\narrivals = poisson 30/s\nservice = exponential 9ms\npriority = 2\n"
        "[class Z]\nlpar = A\nstart = 00:00:10\njobs = 20\ninitiators = 3\nservice = 100ms\nios = "
        "5\npriority = 3\n");

    for (unsigned i = 0; i < 50; i++) {
        HvTime jobs_ns = 0, lips_ns = 0;

        run(&room, 1 + 997 * HV_NS_PER_MS);
        g_autoptr(MonitorSample) sample = monitor_sample_take(room.system);

        for (unsigned c = 0; c < sample->classes->len; c++)
            jobs_ns += g_array_index(sample->classes, MonitorClassSample, c).stats.cpu_ns;
        for (unsigned l = 0; l < sample->usage->lips->len; l++) {
            const MonitorLipUsage *lip = &g_array_index(sample->usage->lips, MonitorLipUsage, l);

            lips_ns += lip->lpar == 1 ? lip->account.running_ns : 0;
            ck_assert_uint_eq(
                lip->account.running_ns + lip->account.ready_ns + lip->account.waiting_ns,
                lip->account.online_ns);
        }
        ck_assert_uint_le(jobs_ns, lips_ns);
        /* Bursts under way: no more of them than jobs in the system, each of a job that is not through. */
        ck_assert_uint_le(lips_ns - jobs_ns, 2 * HV_NS_PER_S);
    }
    HvClassStats z = stats_of(&room, 2);

    ck_assert(z.done == 20 && z.cpu_ns == 2 * HV_NS_PER_S && z.ios == 100);
    room_clear(&room);
}
END_TEST

/* 25, 50, 75 % of one IP in intervals of 300 s, on two LIPs: 75, 150, 225 s of work, all at once or in portions. */
START_TEST(measured_demand_is_what_is_used)
{
    char path[] = "/tmp/lparsim-demand-XXXXXX";
    int fd = g_mkstemp(path);
    g_autofree char *text = g_strdup_printf(
        "[machine]\nips = 2\nms = 64M\n[lpar A]\nms = 16M\nweight = 10\nlips = 2\nguest = trace\ndemand = "
        "%s\n%s",
        path, _i ? "demand-period = 7s\n" : "");

    ck_assert(fd >= 0 && write(fd, "25\n50\n75\n", 9) == 9);
    close(fd);
    Room room = room_new(text);

    run(&room, 299 * HV_NS_PER_S);
    ck_assert_uint_eq(running_ns(&room), 75 * HV_NS_PER_S);
    run(&room, 300 * HV_NS_PER_S);
    ck_assert_uint_eq(running_ns(&room), 225 * HV_NS_PER_S);
    run(&room, 3000 * HV_NS_PER_S);
    ck_assert_uint_eq(running_ns(&room), 450 * HV_NS_PER_S);
    ck_assert_ptr_null(hv_guest_problem(lpar_guest(monitor_system_lpar(room.system, 1))));
    room_clear(&room);
    g_unlink(path);
}
END_TEST

/* Accounting slice by slice gives the same jobs, to the nanosecond. */
START_TEST(every_slice_changes_nothing)
{
    static const char machine[] =
        "[machine]\nips = 2\nms = 64M\ndispatch-cost = 20us\n[lpar A]\nms = 16M\nweight = 300\nlips = 2\n"
        "[lpar B]\nms = 16M\nweight = 100\nlips = 2\nworkload = busy\n"
        "[class X]\nlpar = A\nusers = 9\nthink = exponential 30ms\nservice = exponential 8ms\n";
    Room closed = room_new(machine), slices = room_new(machine);

    monitor_system_set_every_slice(slices.system, true);
    run(&closed, 30 * HV_NS_PER_S);
    run(&slices, 30 * HV_NS_PER_S);
    HvClassStats a = stats_of(&closed, 0), b = stats_of(&slices, 0);

    ck_assert_uint_gt(a.done, 1000);
    ck_assert(a.done == b.done && a.cpu_ns == b.cpu_ns && a.cpu_wait_ns == b.cpu_wait_ns);
    ck_assert_uint_eq(hv_histogram_sum_ns(a.responses), hv_histogram_sum_ns(b.responses));
    room_clear(&closed);
    room_clear(&slices);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("workloads");
    TCase *cases = tcase_create("workloads");
    SRunner *runner = srunner_create(suite);

    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, a_batch_run_takes_its_time);
    tcase_add_test(cases, who_is_stopped_makes_users_wait);
    tcase_add_test(cases, jobs_arrive_while_a_guest_stands);
    tcase_add_test(cases, a_fence_that_is_undone_loses_no_job);
    tcase_add_test(cases, integ_ends_paging);
    tcase_add_test(cases, a_better_priority_does_not_notice_others);
    tcase_add_test(cases, processor_time_is_neither_made_nor_lost);
    tcase_add_loop_test(cases, measured_demand_is_what_is_used, 0, 2);
    tcase_add_test(cases, every_slice_changes_nothing);
    suite_add_tcase(suite, cases);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
