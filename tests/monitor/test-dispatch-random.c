/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The dispatcher on random machines whose LIPs begin and end to work at random, against a fluid ideal.
 *
 * The ideal knows no slices and no frames: at every instant each LIP that has work receives at the rate of
 * its entitlement, a level found by bisection in floating point. What a LIP really received must stay within
 * one frame of it, at every moment looked at, however often the others change. The number of the loop,
 * printed with a failure, is the seed.
 */
#include "hv/rng.h"
#include "monitor/capacity.h"
#include "random-machine.h"
#include "tests/sanitized.h"

#include <check.h>
#include <math.h>
#include <string.h>

#define MS HV_NS_PER_MS

/* --- Random changes ------------------------------------------------------------------------------------- */

static void change(RandomMachine *machine, Room *room, HvRng *rng)
{
    unsigned i = (unsigned)hv_rng_below(rng, machine->n_lips);
    RandomLip *lip = &machine->lips[i];

    if (hv_rng_below(rng, 10) == 0) {
        lip->held = !lip->held;
        monitor_dispatch_set_held(room->dispatch, room->workers[i].tcb, lip->held);
        return;
    }
    lip->busy = !lip->busy;
    room_set_busy(&room->workers[i], lip->busy);
}

/* Lengths of all orders: several changes at once, in a slice, in a frame, now and then many frames. */
static HvTime draw_pause(HvRng *rng)
{
    static const HvTime scales_ns[] = {1, MS, 10 * MS, 40 * MS, 300 * MS};

    return hv_rng_below(rng, scales_ns[hv_rng_below(rng, G_N_ELEMENTS(scales_ns))]);
}

START_TEST(lag_is_within_a_frame)
{
    HvRng rng;

    hv_rng_init(&rng, (uint64_t)_i, "test-dispatch lag");
    RandomMachine machine = random_machine_draw(&rng);
    g_autoptr(Room) room = random_machine_build(&machine);

    if (machine.n_lips == 0)
        return;
    for (unsigned step = 0; step < 1000; step++) {
        HvTime pause_ns = draw_pause(&rng);

        change(&machine, room, &rng);
        room_run(room, pause_ns);
        for (unsigned i = 0; step == 0 && i < machine.n_lips; i++)
            machine.lips[i].polarity = monitor_tcb_polarity(room->workers[i].tcb);
        random_machine_flow(&machine, pause_ns);
        ck_assert_msg(
            random_machine_worst_lag(&machine, room) <= 1.0001,
            "after %u changes somebody is %.3f frames from the ideal", step,
            random_machine_worst_lag(&machine, room));
    }
    room_check(room);
}
END_TEST

/* --- Slice by slice ------------------------------------------------------------------------------------- */

/* The same changes, demands and looks, from the same seed. */
static void live(RandomMachine *machine, Room *room, uint64_t seed)
{
    HvRng rng;

    hv_rng_init(&rng, seed, "test-dispatch live");
    for (unsigned i = 0; i < machine->n_lips; i++)
        if (hv_rng_below(&rng, 3) == 0)
            room_demand(&room->workers[i], 1 + hv_rng_below(&rng, 60 * MS), 1 + hv_rng_below(&rng, 100 * MS));
    for (unsigned step = 0; step < 400 && machine->n_lips > 0; step++) {
        unsigned i = (unsigned)hv_rng_below(&rng, machine->n_lips);
        RandomLip *lip = &machine->lips[i];

        if (room->workers[i].period_ns == 0 || hv_rng_below(&rng, 2)) {
            lip->held = !lip->held && hv_rng_below(&rng, 3) == 0;
            monitor_dispatch_set_held(room->dispatch, room->workers[i].tcb, lip->held);
        }
        if (room->workers[i].period_ns == 0) {
            lip->busy = !lip->busy;
            room_set_busy(&room->workers[i], lip->busy);
        }
        if (lip->ip > 0 && hv_rng_below(&rng, 20) == 0)
            monitor_dispatch_set_share(
                room->dispatch, room->workers[i].tcb, 1 + (uint32_t)hv_rng_below(&rng, lip->share_bp));
        /* Once for so long that what is averaged over 5 minutes counts. */
        HvTime pause_ns = step == 200 && machine->soft_hundredths > 0 ? 301 * HV_NS_PER_S : draw_pause(&rng);

        hv_engine_run_until(room->engine, hv_engine_now(room->engine) + pause_ns);
        if (hv_rng_below(&rng, 4) == 0)
            room_check(room);
    }
    room_check(room);
}

static void ck_same_accounts(const Room *a, const Room *b)
{
    for (unsigned ip = 1; ip <= a->n_ips; ip++) {
        MonitorIpAccount x = monitor_dispatch_ip_account(a->dispatch, ip);
        MonitorIpAccount y = monitor_dispatch_ip_account(b->dispatch, ip);

        ck_assert_mem_eq(&x, &y, sizeof(x));
        for (unsigned lpar = 1; lpar <= RANDOM_MACHINE_LPARS; lpar++)
            ck_assert_uint_eq(
                monitor_dispatch_matrix_ns(a->dispatch, lpar, ip),
                monitor_dispatch_matrix_ns(b->dispatch, lpar, ip));
    }
    for (unsigned lpar = 1; lpar <= RANDOM_MACHINE_LPARS; lpar++)
        for (MonitorBound bound = 0; bound < MONITOR_BOUNDS; bound++)
            ck_assert_uint_eq(
                monitor_dispatch_bound_ns(a->dispatch, lpar, bound),
                monitor_dispatch_bound_ns(b->dispatch, lpar, bound));
    for (unsigned i = 0; i < a->n_workers; i++) {
        MonitorLipAccount x = monitor_tcb_account(a->workers[i].tcb);
        MonitorLipAccount y = monitor_tcb_account(b->workers[i].tcb);

        ck_assert_mem_eq(&x, &y, sizeof(x));
        ck_assert_uint_eq(a->workers[i].ran_ns, b->workers[i].ran_ns);
    }
}

START_TEST(slice_by_slice_gives_the_same_integers)
{
    HvRng rng;

    hv_rng_init(&rng, (uint64_t)_i, "test-dispatch slices");
    RandomMachine machine = random_machine_draw(&rng);

    machine.plan.cost_ns = hv_rng_below(&rng, 2) ? hv_rng_below(&rng, MS / 2) : 0;
    machine.plan.wait_completion = hv_rng_below(&rng, 3) == 0;
    machine.lends = hv_rng_below(&rng, 3) ? 0 : (unsigned)hv_rng_below(&rng, 512);
    machine.soft_hundredths = hv_rng_below(&rng, 2) ? 1 + (uint32_t)hv_rng_below(&rng, 200) : 0;
    RandomMachine other = machine;

    other.plan.every_slice = true;
    g_autoptr(Room) closed = random_machine_build(&machine);
    g_autoptr(Room) slices = random_machine_build(&other);

    live(&machine, closed, (uint64_t)_i);
    live(&other, slices, (uint64_t)_i);
    ck_same_accounts(closed, slices);
}
END_TEST

/* --- Seats ---------------------------------------------------------------------------------------------- */

/* What LIPs got and waited for; on which IP and in how many dispatches it was may differ. */
static void ck_same_times(const Room *a, const Room *b)
{
    HvTime busy_ns[2] = {0};

    for (unsigned ip = 1; ip <= a->n_ips; ip++) {
        busy_ns[0] += monitor_dispatch_ip_account(a->dispatch, ip).busy_ns;
        busy_ns[1] += monitor_dispatch_ip_account(b->dispatch, ip).busy_ns;
    }
    ck_assert_uint_eq(busy_ns[0], busy_ns[1]);
    for (unsigned i = 0; i < a->n_workers; i++) {
        MonitorLipAccount x = monitor_tcb_account(a->workers[i].tcb);
        MonitorLipAccount y = monitor_tcb_account(b->workers[i].tcb);

        x.dispatches = y.dispatches = 0;
        ck_assert_mem_eq(&x, &y, sizeof(x));
        ck_assert_uint_eq(a->workers[i].ran_ns, b->workers[i].ran_ns);
    }
}

/* As long as a dispatch costs nothing, frames give the same where there is an IP for everybody. */
START_TEST(seats_give_the_same_as_frames)
{
    HvRng rng;

    hv_rng_init(&rng, (uint64_t)_i, "test-dispatch seats");
    RandomMachine machine = random_machine_draw(&rng);

    machine.plan.wait_completion = hv_rng_below(&rng, 3) == 0;
    RandomMachine other = machine;

    other.plan.frames_only = true;
    g_autoptr(Room) seats = random_machine_build(&machine);
    g_autoptr(Room) frames = random_machine_build(&other);

    live(&machine, seats, (uint64_t)_i);
    live(&other, frames, (uint64_t)_i);
    ck_same_times(seats, frames);
}
END_TEST

/* Looking changes nothing: the same machine, settled at many more moments. */
START_TEST(looking_changes_nothing)
{
    HvRng rng;

    hv_rng_init(&rng, (uint64_t)_i, "test-dispatch looks");
    RandomMachine machine = random_machine_draw(&rng);
    g_autoptr(Room) seldom = random_machine_build(&machine);
    g_autoptr(Room) often = random_machine_build(&machine);

    for (unsigned i = 0; i < machine.n_lips; i++) {
        HvTime work_ns = 1 + hv_rng_below(&rng, 60 * MS);

        room_demand(&seldom->workers[i], work_ns, 100 * MS);
        room_demand(&often->workers[i], work_ns, 100 * MS);
    }
    room_run(seldom, 3 * HV_NS_PER_S);
    for (HvTime at_ns = 0; at_ns < 3 * HV_NS_PER_S;) {
        HvTime drawn_ns = 1 + draw_pause(&rng), pause_ns = MIN(drawn_ns, 3 * HV_NS_PER_S - at_ns);

        room_run(often, pause_ns);
        at_ns += pause_ns;
    }
    room_check(often);
    ck_same_accounts(seldom, often);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("monitor/dispatch-random");
    TCase *tcase = tcase_create("random");

    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, lag_is_within_a_frame, 0, 60 / TESTS_ONE_OF);
    tcase_add_loop_test(tcase, slice_by_slice_gives_the_same_integers, 0, 40 / TESTS_ONE_OF);
    tcase_add_loop_test(tcase, seats_give_the_same_as_frames, 0, 60 / TESTS_ONE_OF);
    tcase_add_loop_test(tcase, looking_changes_nothing, 0, 30 / TESTS_ONE_OF);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
