/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Watching the dispatcher on random machines: what is told never overlaps, adds up to the accounts to the nanosecond, and changes
 * nothing. The number of the loop, printed with a failure, is the seed.
 */
#include "dispatch-room.h"
#include "hv/rng.h"
#include "monitor/account.h"
#include "monitor/watch.h"
#include "tests/sanitized.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define MS       HV_NS_PER_MS
#define MAX_IPS  4
#define MAX_LPAR 3
#define MAX_LIPS 8

/* What a watcher has been told. */
typedef struct {
    HvTime told_ns[MAX_IPS + 1]; /* [ip]: up to which time */
    HvTime on_ns[MAX_LPAR + 1][MAX_IPS + 1];
    MonitorRan sums[MAX_LPAR + 1][MAX_LIPS + 1];
    GArray *stretches; /* Stretch: those of one LIP alone */
    unsigned n_shared;
} Record;

typedef struct {
    unsigned lpar, lip;
    HvTime from_ns, to_ns;
} Stretch;

static void add_part(Record *record, unsigned ip, const MonitorWatchPart *part)
{
    MonitorRan *sum = &record->sums[part->lpar][part->lip];

    sum->busy_ns += part->ran.busy_ns;
    sum->management_ns += part->ran.management_ns;
    sum->dispatches += part->ran.dispatches;
    record->on_ns[part->lpar][ip] += part->ran.busy_ns + part->ran.management_ns;
}

static void advance(Record *record, unsigned ip, HvTime from_ns, HvTime to_ns)
{
    ck_assert_uint_ge(from_ns, record->told_ns[ip]);
    ck_assert_uint_gt(to_ns, from_ns);
    record->told_ns[ip] = to_ns;
}

static void ran(void *data, unsigned ip, HvTime from_ns, HvTime to_ns, const MonitorWatchPart *part)
{
    Record *record = data;
    const Stretch stretch = {part->lpar, part->lip, from_ns, to_ns};

    advance(record, ip, from_ns, to_ns);
    ck_assert_uint_eq(part->ran.busy_ns + part->ran.management_ns, to_ns - from_ns);
    add_part(record, ip, part);
    g_array_append_val(record->stretches, stretch);
}

static void
shared(void *data, unsigned ip, HvTime from_ns, HvTime to_ns, const MonitorWatchPart *parts, unsigned n_parts)
{
    Record *record = data;
    HvTime sum_ns = 0;

    advance(record, ip, from_ns, to_ns);
    for (unsigned i = 0; i < n_parts; i++) {
        sum_ns += parts[i].ran.busy_ns + parts[i].ran.management_ns;
        add_part(record, ip, &parts[i]);
    }
    ck_assert_uint_le(sum_ns, to_ns - from_ns);
    record->n_shared++;
}

static const MonitorWatchOps record_ops = {.ran = ran, .shared = shared};

/* --- Machines ------------------------------------------------------------------------------------------- */

static void add_lips(Room *room, HvRng *rng, const RoomPlan *plan)
{
    unsigned next_lip[MAX_LPAR + 1] = {0};

    for (unsigned lpar = 1; lpar <= MAX_LPAR; lpar++) {
        bool capped = hv_rng_below(rng, 3) == 0;

        room_set_lpar(
            room, lpar, plan->pooled ? 1 + (uint32_t)hv_rng_below(rng, 500) : 0,
            capped ? RESMGR_CAP_HARD : RESMGR_CAP_NONE, 0);
        for (unsigned ip = 1; ip <= plan->n_ips; ip++)
            if (hv_rng_below(rng, 3) > 0)
                room_add(room, lpar, ++next_lip[lpar], plan->pooled ? 0 : (uint16_t)ip, 3000);
    }
}

static Room *draw_room(HvRng *rng)
{
    const RoomPlan plan = {
        .n_ips = 1 + (unsigned)hv_rng_below(rng, MAX_IPS),
        .pooled = hv_rng_below(rng, 2) == 0,
        .cost_ns = hv_rng_below(rng, 2) == 0 ? 0 : 30 * HV_NS_PER_US,
        .wait_completion = hv_rng_below(rng, 4) == 0,
        .every_slice = hv_rng_below(rng, 4) == 0,
        .frames_only = hv_rng_below(rng, 2) == 0,
        .vertical = hv_rng_below(rng, 3) == 0,
    };
    Room *room = room_new(&plan);

    add_lips(room, rng, &plan);
    return room;
}

/* Somebody begins or ends to be busy, or gets a little to do; then time passes, at times enough for a frame to repeat often. */
static void stir(Room *room, HvRng *rng)
{
    HvTime passes_ns = hv_rng_below(rng, 8) == 0 ? 8000 * MS : hv_rng_below(rng, 200 * MS);

    if (room->n_workers > 0) {
        RoomWorker *worker = &room->workers[hv_rng_below(rng, room->n_workers)];

        if (hv_rng_below(rng, 2) == 0)
            room_set_busy(worker, hv_rng_below(rng, 3) > 0);
        else if (worker->backlog_ns != HV_TIME_NEVER)
            room_give(worker, 1 + hv_rng_below(rng, 60 * MS));
    }
    room_run(room, passes_ns);
}

/* --- What must hold ------------------------------------------------------------------------------------- */

/* Of one LIP no two stretches overlap, on whatever IPs: it is on one at a time. */
static int compare_stretches(const void *a, const void *b)
{
    const Stretch *x = a, *y = b;

    if (x->lpar != y->lpar)
        return x->lpar < y->lpar ? -1 : 1;
    if (x->lip != y->lip)
        return x->lip < y->lip ? -1 : 1;
    return x->from_ns < y->from_ns ? -1 : x->from_ns > y->from_ns;
}

static void check_stretches(GArray *stretches)
{
    g_array_sort(stretches, compare_stretches);
    for (unsigned i = 1; i < stretches->len; i++) {
        const Stretch *before = &g_array_index(stretches, Stretch, i - 1);
        const Stretch *next = &g_array_index(stretches, Stretch, i);

        if (before->lpar == next->lpar && before->lip == next->lip)
            ck_assert_uint_le(before->to_ns, next->from_ns);
    }
}

static void check_accounts(const Room *room, const Record *record, const MonitorUsage *usage)
{
    for (unsigned i = 0; i < usage->lips->len; i++) {
        const MonitorLipUsage *lip = &g_array_index(usage->lips, MonitorLipUsage, i);
        const MonitorRan *sum = &record->sums[lip->lpar][lip->lip];

        ck_assert_uint_eq(sum->busy_ns, lip->account.running_ns);
        ck_assert_uint_eq(sum->management_ns, lip->account.management_ns);
        ck_assert_uint_eq(sum->dispatches, lip->account.dispatches);
    }
    for (unsigned lpar = 1; lpar <= MAX_LPAR; lpar++)
        for (unsigned ip = 1; ip <= room->n_ips; ip++)
            ck_assert_uint_eq(record->on_ns[lpar][ip], monitor_usage_matrix(usage, lpar, ip));
}

static MonitorUsage *play(unsigned seed, Record *record)
{
    HvRng rng;

    hv_rng_init(&rng, seed, "watch");
    g_autoptr(Room) room = draw_room(&rng);

    if (record)
        monitor_dispatch_watch(room->dispatch, &record_ops, record);
    for (unsigned i = 0; i < 40; i++)
        stir(room, &rng);
    monitor_dispatch_settle(room->dispatch);
    MonitorUsage *usage = monitor_usage_take(room->dispatch);

    if (record)
        check_accounts(room, record, usage);
    return usage;
}

START_TEST(what_is_told_is_what_is_accounted)
{
    Record record = {.stretches = g_array_new(FALSE, FALSE, sizeof(Stretch))};
    g_autoptr(MonitorUsage) watched = play((unsigned)_i, &record);
    g_autoptr(MonitorUsage) plain = play((unsigned)_i, NULL);

    check_stretches(record.stretches);
    ck_assert_uint_eq(watched->lips->len, plain->lips->len);
    for (unsigned i = 0; i < plain->lips->len; i++) {
        const MonitorLipAccount *a = &g_array_index(watched->lips, MonitorLipUsage, i).account;
        const MonitorLipAccount *b = &g_array_index(plain->lips, MonitorLipUsage, i).account;

        ck_assert_mem_eq(a, b, sizeof(*a));
    }
    g_array_unref(record.stretches);
}
END_TEST

/* Two LIPs on one IP, 75 % and 25 %: 64 frames of 25 ms, each of two pieces, and then the rest at once, of which they have as much. */
START_TEST(a_frame_that_repeats_is_told_as_a_whole)
{
    Record record = {.stretches = g_array_new(FALSE, FALSE, sizeof(Stretch))};
    g_autoptr(Room) room = room_new(&(RoomPlan){.n_ips = 1});

    room_add(room, 1, 1, 1, 7500);
    room_add(room, 2, 1, 1, 2500);
    room_set_busy(&room->workers[0], true);
    room_set_busy(&room->workers[1], true);
    monitor_dispatch_watch(room->dispatch, &record_ops, &record);
    room_run(room, 100 * HV_NS_PER_S);
    ck_assert_uint_eq(record.stretches->len, 2 * MONITOR_WATCH_FRAMES);
    ck_assert_uint_eq(record.n_shared, 1);
    ck_assert_uint_eq(record.sums[1][1].busy_ns, 75 * HV_NS_PER_S);
    ck_assert_uint_eq(record.told_ns[1], 100 * HV_NS_PER_S);

    monitor_dispatch_watch(room->dispatch, NULL, NULL);
    room_run(room, HV_NS_PER_S);
    ck_assert_uint_eq(record.told_ns[1], 100 * HV_NS_PER_S);
    g_array_unref(record.stretches);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("monitor/watch");
    TCase *cases = tcase_create("watch");

    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, what_is_told_is_what_is_accounted, 1, 1 + 150 / TESTS_ONE_OF);
    tcase_add_test(cases, a_frame_that_repeats_is_told_as_a_whole);
    suite_add_tcase(suite, cases);

    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
