/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A guest's dispatcher, beside a second one that knows no virtual time.
 *
 * The room gives the LIPs time in portions of random size, none beyond a burst, as the hypervisor does. The second implementation
 * divides what a LIP got among its items one by one, in doubles; it may differ from the first by rounding, a nanosecond per
 * portion, but in nothing else.
 */
#include "hv/run-queue.h"

#include "hv/rng.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

#define MAX_ITEMS 64
#define LIPS      4

typedef struct {
    HvRunItem item; /* first */
    unsigned number;
    HvTime need_ns, through_ns; /* when it was through, by the LIP time of the room; 0: not yet */
    double got;
} Thing;

typedef struct {
    HvRunQueue *queue;
    Thing things[MAX_ITEMS];
    unsigned n;
    bool has_work[LIPS + 1];
    HvTime clock_ns;
    unsigned order[MAX_ITEMS], n_through;
} Room;

static void caught_up(G_GNUC_UNUSED void *data, G_GNUC_UNUSED unsigned lip)
{
}

static void note_change(void *data, unsigned lip, bool has_work)
{
    ((Room *)data)->has_work[lip] = has_work;
}

static void note_through(void *data, HvRunItem *item)
{
    Room *room = data;
    Thing *thing = (Thing *)item;

    thing->through_ns = room->clock_ns;
    room->order[room->n_through++] = thing->number;
}

static const HvRunQueueOps room_ops = {
    .catch_up = caught_up, .lip_changed = note_change, .through = note_through};

static Room *room_new(HvDispatching dispatching, unsigned lips)
{
    Room *room = g_new0(Room, 1);

    room->queue = hv_run_queue_new(dispatching, &room_ops, room);
    for (unsigned lip = 1; lip <= lips; lip++)
        hv_run_queue_lip_online(room->queue, lip);
    return room;
}

static void room_free(Room *room)
{
    hv_run_queue_free(room->queue);
    g_free(room);
}

static Thing *add(Room *room, unsigned priority, HvTime need_ns)
{
    Thing *thing = &room->things[room->n];

    ck_assert_uint_lt(room->n, MAX_ITEMS);
    thing->number = room->n++;
    thing->need_ns = need_ns;
    hv_run_queue_add(room->queue, &thing->item, priority, need_ns);
    return thing;
}

/* One LIP runs for so long, in as many portions as its bursts make. */
static void run(Room *room, unsigned lip, HvTime time_ns)
{
    while (time_ns > 0 && hv_run_queue_has_work(room->queue, lip)) {
        HvTime portion_ns = MIN(time_ns, hv_run_queue_burst(room->queue, lip));

        room->clock_ns += portion_ns;
        hv_run_queue_ran(room->queue, lip, portion_ns);
        time_ns -= portion_ns;
    }
}

/* All there from the beginning: item i is through when the sum over j of min(need j, need i) has passed. */
START_TEST(sharing_divides_equally)
{
    static const HvTime needs_ns[] = {7, 100, 33, 100, 1};
    /* 1: 5 x 1 = 5; 7: 5 + 4 x 6 = 29; 33: 29 + 3 x 26 = 107; 100 and 100: 107 + 2 x 67 = 241 */
    static const HvTime through_ns[] = {29, 241, 107, 241, 5};
    Room *room = room_new(HV_DISPATCHING_SHARING, 1);

    for (unsigned i = 0; i < G_N_ELEMENTS(needs_ns); i++)
        add(room, 1, needs_ns[i]);
    run(room, 1, 1000);
    for (unsigned i = 0; i < G_N_ELEMENTS(needs_ns); i++)
        ck_assert_uint_eq(room->things[i].through_ns, through_ns[i]);
    ck_assert(!room->has_work[1] && room->clock_ns == 241);
    room_free(room);
}
END_TEST

START_TEST(fcfs_takes_one_after_the_other)
{
    Room *room = room_new(HV_DISPATCHING_FCFS, 1);

    add(room, 1, 10);
    add(room, 1, 5);
    add(room, 1, 1);
    run(room, 1, 100);
    ck_assert_uint_eq(room->things[0].through_ns, 10);
    ck_assert_uint_eq(room->things[1].through_ns, 15);
    ck_assert_uint_eq(room->things[2].through_ns, 16);
    room_free(room);
}
END_TEST

/* 2 of 10 are done when the better one comes and takes the LIP for 5; both kinds of dispatching. */
START_TEST(a_better_priority_goes_before)
{
    Room *room = room_new(_i ? HV_DISPATCHING_FCFS : HV_DISPATCHING_SHARING, 1);

    add(room, 2, 10);
    run(room, 1, 2);
    add(room, 1, 5);
    run(room, 1, 100);
    ck_assert_uint_eq(room->things[1].through_ns, 7);
    ck_assert_uint_eq(room->things[0].through_ns, 15);
    room_free(room);
}
END_TEST

START_TEST(work_goes_to_the_lip_with_least_of_it)
{
    Room *room = room_new(HV_DISPATCHING_SHARING, 2);

    for (unsigned i = 0; i < 4; i++)
        ck_assert_uint_eq(add(room, 1, 10)->item.lip, 1 + i % 2);
    run(room, 1, 20); /* LIP 1 is empty, LIP 2 has two of 10 */
    ck_assert(!room->has_work[1]);
    ck_assert(hv_run_queue_is_unbalanced(room->queue));
    hv_run_queue_balance(room->queue);
    ck_assert(!hv_run_queue_is_unbalanced(room->queue));
    ck_assert(
        room->has_work[1] && hv_run_queue_burst(room->queue, 1) == 10 &&
        hv_run_queue_burst(room->queue, 2) == 10);
    room_free(room);
}
END_TEST

/* Fcfs: what was put aside for a better one goes on at a LIP that has become free, and before those that wait. */
START_TEST(what_was_put_aside_goes_on_elsewhere)
{
    Room *room = room_new(HV_DISPATCHING_FCFS, 2);

    add(room, 2, 10);
    add(room, 1, 3);
    add(room, 1, 50); /* on LIP 1, before item 0 */
    add(room, 2, 7);
    ck_assert_uint_eq(room->things[2].item.lip, 1);
    run(room, 2, 3);
    ck_assert_uint_eq(room->things[3].item.lip, 2); /* it waited, and LIP 2 took it by itself */
    run(room, 2, 7);
    hv_run_queue_balance(room->queue);
    ck_assert_uint_eq(room->things[0].item.lip, 2);
    room_free(room);
}
END_TEST

START_TEST(a_lip_that_goes_leaves_its_items)
{
    Room *room = room_new(_i ? HV_DISPATCHING_FCFS : HV_DISPATCHING_SHARING, 2);

    for (unsigned i = 0; i < 5; i++)
        add(room, 1 + i % 3, 10);
    hv_run_queue_lip_offline(room->queue, 1);
    ck_assert_uint_eq(hv_run_queue_length(room->queue), 5);
    ck_assert_uint_eq(hv_run_queue_burst(room->queue, 1), 0);
    hv_run_queue_lip_offline(room->queue, 2);
    ck_assert_uint_eq(
        hv_run_queue_length(room->queue), 5); /* nobody is there to run them, and nobody is lost */
    hv_run_queue_lip_online(room->queue, 3);
    hv_run_queue_balance(room->queue);
    run(room, 3, 50);
    ck_assert_uint_eq(room->n_through, 5);
    room_free(room);
}
END_TEST

/* --- The second implementation -------------------------------------------------------------------------- */

static bool is_through(const Thing *thing)
{
    return thing->through_ns > 0;
}

/* What `time_ns` of the LIP give each item that is on it now, none of them ending before. */
static void share_by_hand(Room *room, unsigned lip, HvTime time_ns)
{
    unsigned best = HV_CLASS_PRIORITIES + 1, count = 0;

    for (unsigned i = 0; i < room->n; i++)
        if (!is_through(&room->things[i]) && room->things[i].item.lip == lip)
            best = MIN(best, room->things[i].item.priority);
    for (unsigned i = 0; i < room->n; i++)
        count += !is_through(&room->things[i]) && room->things[i].item.lip == lip &&
                 room->things[i].item.priority == best;
    for (unsigned i = 0; i < room->n; i++)
        if (!is_through(&room->things[i]) && room->things[i].item.lip == lip &&
            room->things[i].item.priority == best)
            room->things[i].got += (double)time_ns / count;
}

static void one_portion(Room *room, HvRng *rng, unsigned *ret_portions)
{
    unsigned lip = 1 + (unsigned)hv_rng_below(rng, LIPS);
    HvTime burst_ns = hv_run_queue_burst(room->queue, lip);

    if (burst_ns == 0)
        return;
    HvTime portion_ns = hv_rng_below(rng, 3) ? burst_ns : 1 + hv_rng_below(rng, burst_ns);

    share_by_hand(room, lip, portion_ns);
    room->clock_ns += portion_ns;
    hv_run_queue_ran(room->queue, lip, portion_ns);
    (*ret_portions)++;
}

static void check_balance(const Room *room, HvDispatching dispatching)
{
    unsigned counts[LIPS + 1] = {0}, least = MAX_ITEMS, most = 0;

    for (unsigned i = 0; i < room->n; i++)
        counts[room->things[i].item.lip] += !is_through(&room->things[i]);
    for (unsigned lip = 1; lip <= LIPS; lip++) {
        least = MIN(least, counts[lip]);
        most = MAX(most, counts[lip]);
    }
    if (dispatching == HV_DISPATCHING_SHARING)
        ck_assert_uint_le(most, least + 1);
    else
        ck_assert(counts[0] == 0 || least > 0); /* nobody waits while a LIP has nothing to do */
}

START_TEST(a_second_implementation_agrees)
{
    HvRng rng;
    HvDispatching dispatching = _i % 2 ? HV_DISPATCHING_FCFS : HV_DISPATCHING_SHARING;
    Room *room = room_new(dispatching, LIPS);
    unsigned portions = 0;

    hv_rng_init(&rng, (uint64_t)_i, "run queue"); /* the seed is the number of the loop */
    while (room->n_through < MAX_ITEMS) {
        room->clock_ns++;
        if (room->n < MAX_ITEMS && hv_rng_below(&rng, 4) == 0)
            add(room, 1 + (unsigned)hv_rng_below(&rng, 3), 1 + hv_rng_below(&rng, 1000));
        one_portion(room, &rng, &portions);
        if (hv_run_queue_is_unbalanced(room->queue))
            hv_run_queue_balance(room->queue);
        check_balance(room, dispatching);
    }
    for (unsigned i = 0; i < MAX_ITEMS; i++)
        ck_assert_double_le(fabs(room->things[i].got - (double)room->things[i].need_ns), portions);
    ck_assert_uint_eq(hv_run_queue_length(room->queue), 0);
    room_free(room);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hv/run-queue");
    TCase *cases = tcase_create("run-queue");
    SRunner *runner = srunner_create(suite);

    tcase_add_test(cases, sharing_divides_equally);
    tcase_add_test(cases, fcfs_takes_one_after_the_other);
    tcase_add_loop_test(cases, a_better_priority_goes_before, 0, 2);
    tcase_add_test(cases, work_goes_to_the_lip_with_least_of_it);
    tcase_add_test(cases, what_was_put_aside_goes_on_elsewhere);
    tcase_add_loop_test(cases, a_lip_that_goes_leaves_its_items, 0, 2);
    tcase_add_loop_test(cases, a_second_implementation_agrees, 0, 40);
    suite_add_tcase(suite, cases);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
