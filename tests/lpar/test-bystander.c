/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Relocation of running LPARs: no write is lost, no hold is longer than the limit, and the time is what the
 * copy rate says.
 */
#include "tests/lpar/machine-room.h"

#include <check.h>
#include <stdlib.h>

#define LIMIT_NS (10 * HV_NS_PER_MS)

static void set_true(void *data)
{
    *(bool *)data = true;
}

typedef struct {
    HvTime took_ns;
    LparRelocationCost cost;
} Outcome;

/* Relocates B (16 MiB at 16 MiB) to `to_mib`, the machine copying 64 MiB/s, and verifies the guest
 * afterwards. */
static Outcome relocate_b(const HvWorkload *workload, uint64_t to_mib)
{
    MachineRoom *room = machine_room_new(workload);
    LparControl *b = room->lpars[2];
    bool arrived = false;
    const LparRelocationMove move = {
        .lpar = b,
        .kind = RESMGR_MS,
        .from_bytes = 16 * HV_MIB,
        .to_bytes = to_mib * HV_MIB,
        .size_bytes = 16 * HV_MIB};

    machine_room_load(room, 2);
    hv_engine_run_until(room->engine, 100 * HV_NS_PER_MS);
    HvTime begun_ns = hv_engine_now(room->engine);
    LparRelocation *relocation =
        lpar_relocation_begin(room->engine, room->trace, 64 * HV_MIB, LIMIT_NS, &move, 1, set_true, &arrived);

    while (!arrived)
        hv_engine_run_until(room->engine, hv_engine_now(room->engine) + HV_NS_PER_MS / 10);
    const Outcome outcome = {hv_engine_now(room->engine) - begun_ns, lpar_relocation_cost(relocation, 0)};

    lpar_relocation_free(relocation);
    ck_assert_uint_eq(lpar_window(b, RESMGR_MS)->origin_bytes, to_mib * HV_MIB);
    ck_assert(!lpar_is_held(b) && !room->held[2]);
    hv_engine_run_until(room->engine, hv_engine_now(room->engine) + HV_NS_PER_S);
    g_autoptr(GError) error = NULL;

    ck_assert_msg(hv_guest_verify(lpar_guest(b), &error), "%s", error ? error->message : "");
    machine_room_free(room);
    return outcome;
}

START_TEST(an_idle_guest_costs_one_round)
{
    const HvWorkload idle = {.cpu = HV_WORKLOAD_CPU_IDLE};
    const Outcome outcome = relocate_b(&idle, 32);

    /* 16 MiB at 64 MiB/s: 250 ms; nothing is left for the hold. */
    ck_assert_uint_ge(outcome.took_ns, 250 * HV_NS_PER_MS);
    ck_assert_uint_le(outcome.took_ns, 251 * HV_NS_PER_MS);
    ck_assert_uint_eq(outcome.cost.copied_bytes, 16 * HV_MIB);
    ck_assert_uint_eq(outcome.cost.hold_ns, 0);
}
END_TEST

START_TEST(a_slow_writer_costs_a_short_hold)
{
    const HvWorkload writer = {.cpu = HV_WORKLOAD_CPU_BUSY, .write_rate = 8 * HV_MIB};
    /* Rounds shrink by 8/64 each: 250 ms, 31 ms, 3.9 ms, 0.5 ms (32 KiB); the sum is below 250 / (1 - 1/8) =
     * 286 ms. */
    const Outcome outcome = relocate_b(&writer, 24);

    ck_assert_uint_ge(outcome.took_ns, 280 * HV_NS_PER_MS);
    ck_assert_uint_le(outcome.took_ns, 290 * HV_NS_PER_MS);
    ck_assert_uint_ge(outcome.cost.rounds, 4);
    ck_assert_uint_eq(outcome.cost.holds, 1);
    /* At most 16 pages are left: 1 ms. */
    ck_assert_uint_le(outcome.cost.hold_ns, HV_NS_PER_MS);
}
END_TEST

START_TEST(a_fast_writer_is_held_piece_by_piece)
{
    static const uint64_t rates_mib[] = {64, 128, 1024};

    for (unsigned i = 0; i < G_N_ELEMENTS(rates_mib); i++) {
        const HvWorkload writer = {.cpu = HV_WORKLOAD_CPU_BUSY, .write_rate = rates_mib[i] * HV_MIB};
        const Outcome outcome = relocate_b(&writer, 40);

        ck_assert_uint_gt(outcome.cost.holds, 1);
        ck_assert_uint_gt(outcome.cost.hold_ns, 0);
        ck_assert_uint_le(outcome.cost.hold_ns, LIMIT_NS);
        ck_assert_uint_ge(outcome.cost.hold_total_ns, outcome.cost.hold_ns);
    }
}
END_TEST

START_TEST(two_areas_change_places)
{
    const HvWorkload writer = {.cpu = HV_WORKLOAD_CPU_BUSY, .write_rate = 4 * HV_MIB};
    MachineRoom *room = machine_room_new(&writer);
    bool arrived = false;
    /* A and C, 8 MiB each, exchange their rooms. */
    const LparRelocationMove moves[] = {
        {room->lpars[1], RESMGR_MS, 0, 48 * HV_MIB, 8 * HV_MIB},
        {room->lpars[3], RESMGR_MS, 48 * HV_MIB, 0, 8 * HV_MIB}};

    machine_room_load(room, 1);
    machine_room_load(room, 3);
    hv_engine_run_until(room->engine, 50 * HV_NS_PER_MS);
    LparRelocation *relocation =
        lpar_relocation_begin(room->engine, room->trace, 64 * HV_MIB, LIMIT_NS, moves, 2, set_true, &arrived);

    hv_engine_run_until(room->engine, 2 * HV_NS_PER_S);
    ck_assert(arrived);
    lpar_relocation_free(relocation);
    for (unsigned i = 1; i <= 3; i += 2)
        ck_assert(hv_guest_verify(lpar_guest(room->lpars[i]), NULL));
    ck_assert_uint_eq(lpar_window(room->lpars[1], RESMGR_MS)->origin_bytes, 48 * HV_MIB);
    ck_assert_uint_eq(lpar_window(room->lpars[3], RESMGR_MS)->origin_bytes, 0);
    machine_room_free(room);
}
END_TEST

START_TEST(given_up_nothing_has_moved)
{
    const HvWorkload writer = {.cpu = HV_WORKLOAD_CPU_BUSY, .write_rate = 256 * HV_MIB};
    const LparRelocationMove none = {0};
    /* At any moment, the hold of a piece included. */
    for (HvTime at_ns = 0; at_ns < 700 * HV_NS_PER_MS; at_ns += 33 * HV_NS_PER_MS) {
        MachineRoom *room = machine_room_new(&writer);
        LparRelocationMove move = none;
        bool arrived = false;

        move.lpar = room->lpars[2];
        move.from_bytes = 16 * HV_MIB;
        move.to_bytes = 32 * HV_MIB;
        move.size_bytes = 16 * HV_MIB;
        machine_room_load(room, 2);
        LparRelocation *relocation = lpar_relocation_begin(
            room->engine, room->trace, 64 * HV_MIB, LIMIT_NS, &move, 1, set_true, &arrived);

        hv_engine_run_until(room->engine, at_ns);
        ck_assert(!arrived);
        lpar_relocation_free(relocation);
        ck_assert(!room->held[2] && !lpar_is_held(room->lpars[2]));
        ck_assert_uint_eq(lpar_window(room->lpars[2], RESMGR_MS)->origin_bytes, 16 * HV_MIB);
        hv_engine_run_until(room->engine, at_ns + HV_NS_PER_S);
        ck_assert(!arrived && hv_guest_verify(lpar_guest(room->lpars[2]), NULL));
        machine_room_free(room);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bystander");
    TCase *tcase = tcase_create("relocation");

    tcase_add_test(tcase, an_idle_guest_costs_one_round);
    tcase_add_test(tcase, a_slow_writer_costs_a_short_hold);
    tcase_add_test(tcase, a_fast_writer_is_held_piece_by_piece);
    tcase_add_test(tcase, two_areas_change_places);
    tcase_add_test(tcase, given_up_nothing_has_moved);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
