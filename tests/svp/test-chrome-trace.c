/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The trace for Perfetto: it is JSON, events of one IP never overlap, and what they say that each LIP got is what the accounts say,
 * to the nanosecond, however much was cut.
 */
#include "svp/busy-counter.h"
#include "svp/chrome-trace.h"
#include "tests/svp/console-room.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A pool where not all have an IP, a pool where all have, IPs with shares, time for dispatching. */
static const char machine_text[] =
    "[machine]\nips = 1-4:CP;5-6:IFL\nms = 64M\ndispatch-cost = 20us\n"
    "[lpar A]\nnumber = 1\nms = 16M\nms-reserved = 16M\nip-shares = 1:100;2:50\nworkload = busy; write 1M/s\n"
    "[lpar B]\nnumber = 2\nms = 8M\nms-origin = 40M\nip-shares = 2:50\nworkload = cpu 20%\n"
    "[lpar C]\nnumber = 3\nms = 8M\nweight = 300\nlips = 2\nworkload = cpu 60%/30ms\n"
    "[lpar D]\nnumber = 4\nms = 8M\nms-origin = 16M\nweight = 100\nlips = 1\nworkload = busy; write 1M/s\n"
    "[lpar E]\nnumber = 5\nms = 4M\nweight = 200\nlips = 2\nip-type = IFL\nworkload = cpu 30%\n";

static const char *const session[] = {"RUN 3.3s", "INTEG B,A", "RUN 2s", "STOP D", "RUN 20s", NULL};

/* The trace of the session, cut at so many events; *ret_room has the accounts. */
static json_t *traced(unsigned max_events, ConsoleRoom **ret_room)
{
    ConsoleRoom *room = console_room_parse(machine_text, NULL);
    char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);
    SvpChromeTrace *trace = svp_chrome_trace_new_limited(room->system, stream, max_events);
    json_error_t error;

    console_room_give(room, session);
    svp_chrome_trace_end(trace);
    fclose(stream);
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);

    ck_assert_msg(root, "line %d: %s", error.line, error.text);
    free(text);
    *ret_room = room;
    return root;
}

static long long ns_of(json_t *event, const char *field)
{
    return llround(1000.0 * json_number_value(json_object_get(event, field)));
}

static bool has(json_t *event, const char *field, const char *value)
{
    const char *found = json_string_value(json_object_get(event, field));

    return found && strcmp(found, value) == 0;
}

static bool is_of_ip(json_t *event)
{
    return has(event, "cat", "lip") || has(event, "cat", "shared");
}

/* --- Sums ----------------------------------------------------------------------------------------------- */

typedef struct {
    HvTime busy_ns, management_ns;
    uint64_t dispatches;
} Sum;

static void add(GHashTable *sums, const char *name, json_t *args)
{
    Sum *sum = g_hash_table_lookup(sums, name);

    if (!sum) {
        sum = g_new0(Sum, 1);
        g_hash_table_insert(sums, g_strdup(name), sum);
    }
    sum->busy_ns += (HvTime)json_integer_value(json_object_get(args, "busy_ns"));
    sum->management_ns += (HvTime)json_integer_value(json_object_get(args, "management_ns"));
    sum->dispatches += (uint64_t)json_integer_value(json_object_get(args, "dispatches"));
}

/* By LIP, "A.1". */
static GHashTable *sum_up(json_t *events)
{
    GHashTable *sums = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    json_t *event, *args;
    const char *name;
    size_t i;

    json_array_foreach(events, i, event)
    {
        if (has(event, "cat", "lip"))
            add(sums, json_string_value(json_object_get(event, "name")), json_object_get(event, "args"));
        if (has(event, "cat", "shared"))
            json_object_foreach(console_room_at(event, "args.lips"), name, args) add(sums, name, args);
    }
    return sums;
}

static void check_sums(json_t *root, MonitorSystem *system)
{
    g_autoptr(GHashTable) sums = sum_up(json_object_get(root, "traceEvents"));
    g_autoptr(MonitorUsage) usage = monitor_usage_take(monitor_system_dispatch(system));

    for (unsigned i = 0; i < usage->lips->len; i++) {
        const MonitorLipUsage *lip = &g_array_index(usage->lips, MonitorLipUsage, i);
        g_autofree char *name = g_strdup_printf(
            "%s.%u", resmgr_state_lpar(monitor_system_state(system), lip->lpar)->name, lip->lip);
        const Sum *sum = g_hash_table_lookup(sums, name);

        ck_assert_msg(sum, "%s", name);
        ck_assert_uint_eq(sum->busy_ns, lip->account.running_ns);
        ck_assert_uint_eq(sum->management_ns, lip->account.management_ns);
        ck_assert_uint_eq(sum->dispatches, lip->account.dispatches);
    }
    ck_assert_uint_eq(g_hash_table_size(sums), usage->lips->len);
}

/* --- Overlaps ------------------------------------------------------------------------------------------- */

/* Events of an IP are written in the order of time. Returns how many there were. */
static unsigned check_overlaps(json_t *events)
{
    long long told_ns[7] = {0};
    unsigned count = 0;
    json_t *event;
    size_t i;

    json_array_foreach(events, i, event)
    {
        json_int_t ip = json_integer_value(json_object_get(event, "tid"));

        if (!is_of_ip(event))
            continue;
        ck_assert(ip >= 1 && ip <= 6);
        ck_assert_int_ge(ns_of(event, "ts"), told_ns[ip]);
        ck_assert_int_gt(ns_of(event, "dur"), 0);
        if (has(event, "cat", "lip"))
            ck_assert_int_eq(
                ns_of(event, "dur"), json_integer_value(console_room_at(event, "args.busy_ns")) +
                                         json_integer_value(console_room_at(event, "args.management_ns")));
        told_ns[ip] = ns_of(event, "ts") + ns_of(event, "dur");
        count++;
    }
    return count;
}

static const unsigned limits[] = {SVP_CHROME_EVENTS, 200, 20, 0};

START_TEST(events_are_the_accounts)
{
    ConsoleRoom *room;
    json_t *root = traced(limits[_i], &room), *events = json_object_get(root, "traceEvents");
    unsigned count = check_overlaps(events);

    check_sums(root, room->system);
    ck_assert_uint_ge(count, 6);
    ck_assert_uint_le(count, MAX(limits[_i], 6));
    if (_i == 0)
        ck_assert_uint_gt(count, 200);
    json_decref(root);
    console_room_free(room);
}
END_TEST

/* --- What else is in it --------------------------------------------------------------------------------- */

static unsigned count_events(json_t *events, const char *field, const char *value)
{
    unsigned count = 0;
    json_t *event;
    size_t i;

    json_array_foreach(events, i, event) count += has(event, field, value);
    return count;
}

static unsigned count_processes(json_t *events, const char *name)
{
    unsigned count = 0;
    json_t *event;
    size_t i;

    json_array_foreach(events, i, event)
        count += has(event, "name", "process_name") && has(json_object_get(event, "args"), "name", name);
    return count;
}

START_TEST(integ_holds_and_counters_are_there)
{
    ConsoleRoom *room;
    json_t *root = traced(SVP_CHROME_EVENTS, &room), *events = json_object_get(root, "traceEvents"), *event;
    size_t i;

    /* The check and nine steps; D, between A and B, is relocated; it and A are held. */
    ck_assert_uint_eq(count_events(events, "cat", "integ"), 10);
    ck_assert_uint_eq(count_events(events, "name", "209"), 1);
    ck_assert_uint_eq(count_events(events, "name", "D relocated"), 1);
    ck_assert_uint_ge(count_events(events, "name", "D held"), 1);
    ck_assert_uint_eq(count_events(events, "name", "A held"), 1);
    ck_assert_uint_eq(count_processes(events, "Pool of CPs"), 1);
    ck_assert_uint_eq(count_processes(events, "Pool of ICFs"), 0);
    json_array_foreach(events, i, event)
    {
        double busy = json_number_value(console_room_at(event, "args.IPs"));

        if (has(event, "ph", "C"))
            ck_assert(busy >= 0.0 && busy <= 6.0);
    }
    ck_assert_uint_gt(count_events(events, "ph", "C"), 10);
    json_decref(root);
    console_room_free(room);
}
END_TEST

START_TEST(tracing_changes_nothing)
{
    ConsoleRoom *traced_room, *plain = console_room_parse(machine_text, NULL);
    json_t *root = traced(200, &traced_room);

    console_room_give(plain, session);
    json_t *a = console_room_json(traced_room, "DISPLAY USAGE"),
           *b = console_room_json(plain, "DISPLAY USAGE");
    g_autofree char *digest_a = hv_trace_digest(monitor_system_trace(traced_room->system));
    g_autofree char *digest_b = hv_trace_digest(monitor_system_trace(plain->system));

    ck_assert_str_eq(digest_a, digest_b);
    ck_assert(json_equal(a, b));
    json_decref(a);
    json_decref(b);
    json_decref(root);
    console_room_free(traced_room);
    console_room_free(plain);
}
END_TEST

/* 10 s in a stretch each of 1, 2, 4 ms ...: 4096 of them reach to 16.384 s. */
START_TEST(counters_fold)
{
    SvpBusyCounter counter;
    double sum = 0.0;

    svp_busy_counter_init(&counter);
    svp_busy_counter_add(&counter, 0, 3 * HV_NS_PER_MS, 3 * HV_NS_PER_MS / 2);
    ck_assert_double_eq_tol(svp_busy_counter_mean(&counter, 2, HV_NS_PER_S), 0.5, 1e-12);
    svp_busy_counter_add(&counter, HV_NS_PER_S, 10 * HV_NS_PER_S, 18 * HV_NS_PER_S);
    ck_assert_uint_eq(counter.length_ns, 4 * HV_NS_PER_MS);
    for (unsigned i = 0; i < counter.busy_ns->len; i++)
        sum += g_array_index(counter.busy_ns, double, i);
    ck_assert_double_eq_tol(sum, 18.0015e9, 1.0);
    ck_assert_double_eq_tol(svp_busy_counter_mean(&counter, 1000, 10 * HV_NS_PER_S), 2.0, 1e-9);
    svp_busy_counter_clear(&counter);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("svp/chrome-trace");
    TCase *cases = tcase_create("chrome-trace");

    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, events_are_the_accounts, 0, G_N_ELEMENTS(limits));
    tcase_add_test(cases, integ_holds_and_counters_are_there);
    tcase_add_test(cases, tracing_changes_nothing);
    tcase_add_test(cases, counters_fold);
    suite_add_tcase(suite, cases);

    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
