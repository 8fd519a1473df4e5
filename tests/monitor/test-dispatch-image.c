/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The dispatcher written down and read back, on random machines: one goes on uninterrupted, of the other an image is taken at random
 * moments, and what was read from it goes on in its place. All accounts must be the same integers at every look.
 *
 * Damaged images are refused, or read as something; the program survives both. The number of the loop, printed with a failure, is the
 * seed.
 */
#include "hv/rng.h"
#include "monitor/capacity.h"
#include "random-machine.h"
#include "tests/sanitized.h"

#include <check.h>
#include <stdlib.h>

#define MS HV_NS_PER_MS

static HvTime draw_pause(HvRng *rng)
{
    static const HvTime scales_ns[] = {1, MS, 10 * MS, 40 * MS, 300 * MS};

    return hv_rng_below(rng, scales_ns[hv_rng_below(rng, G_N_ELEMENTS(scales_ns))]);
}

static RandomMachine draw_machine(HvRng *rng)
{
    RandomMachine machine = random_machine_draw(rng);

    machine.plan.cost_ns = hv_rng_below(rng, 2) ? hv_rng_below(rng, MS / 2) : 0;
    machine.plan.wait_completion = hv_rng_below(rng, 3) == 0;
    machine.plan.every_slice = hv_rng_below(rng, 4) == 0;
    machine.lends = hv_rng_below(rng, 3) ? 0 : (unsigned)hv_rng_below(rng, 512);
    machine.soft_hundredths = hv_rng_below(rng, 2) ? 1 + (uint32_t)hv_rng_below(rng, 200) : 0;
    return machine;
}

static void begin_demands(const RandomMachine *machine, Room *room, uint64_t seed)
{
    HvRng rng;

    hv_rng_init(&rng, seed, "test-dispatch-image demands");
    for (unsigned i = 0; i < machine->n_lips; i++)
        if (hv_rng_below(&rng, 3) == 0)
            room_demand(&room->workers[i], 1 + hv_rng_below(&rng, 60 * MS), 1 + hv_rng_below(&rng, 100 * MS));
}

/* The nth change, the same in every room that is given the same seed. */
static void change(const RandomMachine *machine, Room *room, uint64_t seed, unsigned step)
{
    HvRng rng;

    hv_rng_init(&rng, seed * 1000 + step, "test-dispatch-image change");
    RoomWorker *worker = &room->workers[hv_rng_below(&rng, machine->n_lips)];
    uint64_t what = hv_rng_below(&rng, 20);

    if (what < 6)
        monitor_dispatch_set_held(
            room->dispatch, worker->tcb, monitor_tcb_state(worker->tcb) != MONITOR_TCB_HELD);
    else if (what == 6 && machine->plan.pooled)
        room_replace(worker);
    else if (what == 7 && machine->plan.pooled)
        room_set_lpar(room, worker->lpar, 1 + (uint32_t)hv_rng_below(&rng, 999), RESMGR_CAP_HARD, 0);
    else if (what == 8 && monitor_tcb_binding(worker->tcb).ip > 0)
        monitor_dispatch_set_share(
            room->dispatch, worker->tcb,
            1 + (uint32_t)hv_rng_below(&rng, monitor_tcb_binding(worker->tcb).share_bp));
    else if (worker->period_ns == 0)
        room_set_busy(worker, worker->backlog_ns == 0);
}

static void ck_same(const Room *a, const Room *b)
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
    for (unsigned lpar = 1; lpar <= RANDOM_MACHINE_LPARS; lpar++) {
        ck_assert_uint_eq(
            monitor_dispatch_rolling_msu(a->dispatch, lpar), monitor_dispatch_rolling_msu(b->dispatch, lpar));
        for (MonitorBound bound = 0; bound < MONITOR_BOUNDS; bound++)
            ck_assert_uint_eq(
                monitor_dispatch_bound_ns(a->dispatch, lpar, bound),
                monitor_dispatch_bound_ns(b->dispatch, lpar, bound));
    }
    for (unsigned i = 0; i < a->n_workers; i++) {
        MonitorLipAccount x = monitor_tcb_account(a->workers[i].tcb);
        MonitorLipAccount y = monitor_tcb_account(b->workers[i].tcb);

        ck_assert_mem_eq(&x, &y, sizeof(x));
        ck_assert_uint_eq(a->workers[i].ran_ns, b->workers[i].ran_ns);
        ck_assert_uint_eq(a->workers[i].backlog_ns, b->workers[i].backlog_ns);
        ck_assert_uint_eq(
            monitor_tcb_vertical_bp(a->workers[i].tcb), monitor_tcb_vertical_bp(b->workers[i].tcb));
        ck_assert_uint_eq(monitor_tcb_is_parked(a->workers[i].tcb), monitor_tcb_is_parked(b->workers[i].tcb));
    }
}

static Room *room_without_tasks(const RandomMachine *machine)
{
    RandomMachine empty = *machine;

    empty.n_lips = 0;
    return random_machine_build(&empty);
}

static Room *read_image(const RandomMachine *machine, const Room *room, GBytes *image)
{
    Room *read = room_without_tasks(machine);
    GError *error = NULL;

    ck_assert_msg(room_read(read, room, image, &error), "%s", error ? error->message : "");
    return read;
}

/* What is read from the room's image, instead of it. Events are numbered anew by that, once: then the bytes stay as they are. */
static Room *read_again(const RandomMachine *machine, Room *room)
{
    g_autoptr(GBytes) first = room_image(room);
    g_autoptr(Room) once = read_image(machine, room, first);
    g_autoptr(GBytes) second = room_image(once);
    Room *twice = read_image(machine, room, second);
    g_autoptr(GBytes) third = room_image(twice);

    ck_assert(g_bytes_equal(second, third));
    room_free(room);
    return twice;
}

START_TEST(goes_on_as_if_nothing_had_been)
{
    HvRng rng;

    hv_rng_init(&rng, (uint64_t)_i, "test-dispatch-image");
    RandomMachine machine = draw_machine(&rng);

    if (machine.n_lips == 0)
        return;
    g_autoptr(Room) through = random_machine_build(&machine);
    Room *read = random_machine_build(&machine);

    begin_demands(&machine, through, (uint64_t)_i);
    begin_demands(&machine, read, (uint64_t)_i);
    for (unsigned step = 0; step < 300; step++) {
        /* Once for so long that what is averaged over 5 minutes counts. */
        HvTime pause_ns = step == 200 && machine.soft_hundredths > 0 ? 301 * HV_NS_PER_S : draw_pause(&rng);

        change(&machine, through, (uint64_t)_i, step);
        change(&machine, read, (uint64_t)_i, step);
        if (hv_rng_below(&rng, 4) == 0)
            read = read_again(&machine, read);
        hv_engine_run_until(through->engine, hv_engine_now(through->engine) + pause_ns);
        hv_engine_run_until(read->engine, hv_engine_now(read->engine) + pause_ns);
        if (hv_rng_below(&rng, 3) == 0)
            read = read_again(&machine, read);
        if (hv_rng_below(&rng, 4) > 0)
            continue;
        room_check(through);
        room_check(read);
        ck_same(through, read);
    }
    monitor_dispatch_settle(through->dispatch);
    monitor_dispatch_settle(read->dispatch);
    ck_same(through, read);
    ck_assert_uint_eq(hv_engine_queued(through->engine), hv_engine_queued(read->engine));
    room_free(read);
}
END_TEST

/* A byte is another, or the end is missing. */
static GBytes *damage(HvRng *rng, GBytes *image)
{
    gsize length;
    g_autofree guint8 *bytes = g_bytes_unref_to_data(g_bytes_ref(image), &length);

    if (hv_rng_below(rng, 4) == 0)
        return g_bytes_new(bytes, hv_rng_below(rng, length));
    bytes[hv_rng_below(rng, length)] ^= (guint8)(1u << hv_rng_below(rng, 8));
    return g_bytes_new(bytes, length);
}

START_TEST(survives_damage)
{
    HvRng rng;

    hv_rng_init(&rng, (uint64_t)_i, "test-dispatch-image damage");
    RandomMachine machine = draw_machine(&rng);

    if (machine.n_lips == 0)
        return;
    g_autoptr(Room) room = random_machine_build(&machine);
    unsigned refused = 0;

    begin_demands(&machine, room, (uint64_t)_i);
    for (unsigned step = 0; step < 40; step++) {
        change(&machine, room, (uint64_t)_i, step);
        room_run(room, draw_pause(&rng));
    }
    g_autoptr(GBytes) image = room_image(room);

    for (unsigned i = 0; i < 100; i++) {
        g_autoptr(GBytes) damaged = damage(&rng, image);
        g_autoptr(Room) read = room_without_tasks(&machine);

        refused += !room_read(read, room, damaged, NULL);
    }
    ck_assert_uint_gt(refused, 30);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("monitor/dispatch-image");
    TCase *tcase = tcase_create("random");

    tcase_add_loop_test(tcase, goes_on_as_if_nothing_had_been, 0, 60 / TESTS_ONE_OF);
    tcase_add_loop_test(tcase, survives_damage, 0, 20);
    tcase_set_timeout(tcase, 120);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
