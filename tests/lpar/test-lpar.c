/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * LPAR control: every transition and every refusal of its state diagram, and what fence, aside, hold and load
 * leave behind.
 */
#include "lpar/error.h"
#include "tests/lpar/machine-room.h"

#include <check.h>
#include <stdlib.h>

static const HvWorkload busy_writer = {
    .cpu = HV_WORKLOAD_CPU_BUSY, .write_rate = 8 * HV_MIB, .io_rate_milli = 1000 * 1000};

typedef bool (*Command)(LparControl *lpar, GError **error);

/* Brings LPAR A of a new room into the state. */
static MachineRoom *room_in(LparRunState state)
{
    MachineRoom *room = machine_room_new(&busy_writer);

    if (state == LPAR_NOT_ACTIVATED)
        return room;
    ck_assert(lpar_activate(room->lpars[1], NULL));
    if (state == LPAR_NOT_OPERATING)
        return room;
    ck_assert(lpar_load(room->lpars[1], NULL));
    if (state == LPAR_STOPPED)
        ck_assert(lpar_stop(room->lpars[1], NULL));
    if (state == LPAR_RETIRED) {
        lpar_fence(room->lpars[1]);
        lpar_set_aside(room->lpars[1]);
        lpar_retire(room->lpars[1]);
    }
    ck_assert_int_eq(lpar_run_state(room->lpars[1]), state);
    return room;
}

START_TEST(state_diagram)
{
    static const struct {
        LparRunState from;
        Command command;
        int error; /* 0: allowed */
        LparRunState to;
    } rows[] = {
        {LPAR_NOT_ACTIVATED, lpar_activate, 0, LPAR_NOT_OPERATING},
        {LPAR_NOT_ACTIVATED, lpar_load, LPAR_ERROR_NOT_ACTIVATED, LPAR_NOT_ACTIVATED},
        {LPAR_NOT_ACTIVATED, lpar_start, LPAR_ERROR_NOT_ACTIVATED, LPAR_NOT_ACTIVATED},
        {LPAR_NOT_ACTIVATED, lpar_stop, LPAR_ERROR_NOT_ACTIVATED, LPAR_NOT_ACTIVATED},
        {LPAR_NOT_ACTIVATED, lpar_deactivate, LPAR_ERROR_NOT_ACTIVATED, LPAR_NOT_ACTIVATED},
        {LPAR_NOT_OPERATING, lpar_activate, LPAR_ERROR_RUNNING, LPAR_NOT_OPERATING},
        {LPAR_NOT_OPERATING, lpar_load, 0, LPAR_OPERATING},
        {LPAR_NOT_OPERATING, lpar_start, LPAR_ERROR_NOT_LOADED, LPAR_NOT_OPERATING},
        {LPAR_NOT_OPERATING, lpar_stop, LPAR_ERROR_NOT_LOADED, LPAR_NOT_OPERATING},
        {LPAR_NOT_OPERATING, lpar_deactivate, 0, LPAR_NOT_ACTIVATED},
        {LPAR_OPERATING, lpar_activate, LPAR_ERROR_RUNNING, LPAR_OPERATING},
        {LPAR_OPERATING, lpar_load, 0, LPAR_OPERATING},
        {LPAR_OPERATING, lpar_start, LPAR_ERROR_NOT_STOPPED, LPAR_OPERATING},
        {LPAR_OPERATING, lpar_stop, 0, LPAR_STOPPED},
        {LPAR_OPERATING, lpar_deactivate, 0, LPAR_NOT_ACTIVATED},
        {LPAR_STOPPED, lpar_activate, LPAR_ERROR_RUNNING, LPAR_STOPPED},
        {LPAR_STOPPED, lpar_load, 0, LPAR_OPERATING},
        {LPAR_STOPPED, lpar_start, 0, LPAR_OPERATING},
        {LPAR_STOPPED, lpar_stop, LPAR_ERROR_NOT_OPERATING, LPAR_STOPPED},
        {LPAR_STOPPED, lpar_deactivate, 0, LPAR_NOT_ACTIVATED},
        {LPAR_RETIRED, lpar_activate, LPAR_ERROR_RETIRED, LPAR_RETIRED},
        {LPAR_RETIRED, lpar_load, LPAR_ERROR_RETIRED, LPAR_RETIRED},
        {LPAR_RETIRED, lpar_deactivate, LPAR_ERROR_RETIRED, LPAR_RETIRED},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        MachineRoom *room = room_in(rows[i].from);
        g_autoptr(GError) error = NULL;
        bool done = rows[i].command(room->lpars[1], &error);

        ck_assert_msg(done == (rows[i].error == 0), "row %u", i);
        ck_assert_msg(
            done || g_error_matches(error, LPAR_ERROR, rows[i].error), "row %u: %s", i, error->message);
        ck_assert_msg(lpar_run_state(room->lpars[1]) == rows[i].to, "row %u", i);
        machine_room_free(room);
    }
}
END_TEST

START_TEST(load_makes_a_task_for_every_lip)
{
    MachineRoom *room = room_in(LPAR_OPERATING);

    ck_assert(room->task[1][1] && room->task[1][2] && !room->task[1][3]);
    ck_assert(room->ready[1][1] && room->ready[1][2]);
    ck_assert(lpar_deactivate(room->lpars[1], NULL));
    ck_assert(!room->task[1][1] && !room->task[1][2]);
    ck_assert_ptr_null(lpar_guest(room->lpars[1]));
    machine_room_free(room);
}
END_TEST

START_TEST(fence_is_undone_without_a_trace_in_the_guest)
{
    MachineRoom *room = room_in(LPAR_OPERATING);
    LparControl *lpar = room->lpars[1];

    hv_engine_run_until(
        room->engine, 100 * HV_NS_PER_MS); /* 100 requests started at 5 ms each: some are under way */
    unsigned ended = lpar_fence(lpar);
    g_autofree char *before = hv_guest_digest(lpar_guest(lpar));

    ck_assert_uint_gt(ended, 0);
    ck_assert_uint_eq(hv_guest_status(lpar_guest(lpar)).io_ended, ended);
    ck_assert(room->held[1]);
    lpar_set_aside(lpar);
    hv_engine_run_until(room->engine, 300 * HV_NS_PER_MS);
    hv_storage_write(room->storage[RESMGR_MS], 0, "somebody else", 13);
    lpar_put_back(lpar);
    g_autofree char *after = hv_guest_digest(lpar_guest(lpar));

    ck_assert_str_eq(before, after);
    lpar_unfence(lpar);
    ck_assert(!room->held[1]);
    ck_assert_int_eq(lpar_run_state(lpar), LPAR_OPERATING);
    ck_assert_uint_eq(hv_guest_status(lpar_guest(lpar)).boots, 1);
    hv_engine_run_until(room->engine, 400 * HV_NS_PER_MS);
    ck_assert(hv_guest_verify(lpar_guest(lpar), NULL));
    machine_room_free(room);
}
END_TEST

START_TEST(holds_nest)
{
    MachineRoom *room = room_in(LPAR_OPERATING);
    LparControl *lpar = room->lpars[1];

    lpar_hold(lpar);
    lpar_hold(lpar);
    ck_assert(room->held[1] && lpar_is_held(lpar));
    lpar_release(lpar);
    ck_assert(room->held[1] && lpar_is_held(lpar));
    lpar_release(lpar);
    ck_assert(!room->held[1] && !lpar_is_held(lpar));
    machine_room_free(room);
}
END_TEST

START_TEST(a_held_guest_writes_nothing)
{
    MachineRoom *room = room_in(LPAR_OPERATING);
    LparControl *lpar = room->lpars[1];

    hv_engine_run_until(room->engine, 50 * HV_NS_PER_MS);
    lpar_hold(lpar);
    uint64_t written = hv_guest_status(lpar_guest(lpar)).written_bytes;

    hv_engine_run_until(room->engine, 150 * HV_NS_PER_MS);
    ck_assert_uint_eq(hv_guest_status(lpar_guest(lpar)).written_bytes, written);
    lpar_release(lpar);
    hv_engine_run_until(room->engine, 250 * HV_NS_PER_MS);
    /* 8 MiB/s for another 100 ms, in whole pages: 819.2 KiB. */
    ck_assert_uint_ge(hv_guest_status(lpar_guest(lpar)).written_bytes, written + 800 * HV_KIB);
    ck_assert_uint_le(hv_guest_status(lpar_guest(lpar)).written_bytes, written + 824 * HV_KIB);
    machine_room_free(room);
}
END_TEST

START_TEST(deactivated_storage_reads_as_zeros)
{
    MachineRoom *room = room_in(LPAR_OPERATING);
    HvStorage *nothing = hv_storage_new(8 * HV_MIB);
    g_autofree char *zeros = hv_storage_digest(nothing, 0, 8 * HV_MIB);

    hv_engine_run_until(room->engine, 50 * HV_NS_PER_MS);
    ck_assert(lpar_deactivate(room->lpars[1], NULL));
    g_autofree char *left = hv_storage_digest(room->storage[RESMGR_MS], 0, 8 * HV_MIB);

    ck_assert_str_eq(left, zeros);
    hv_storage_free(nothing);
    machine_room_free(room);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lpar");
    TCase *tcase = tcase_create("control");

    tcase_add_test(tcase, state_diagram);
    tcase_add_test(tcase, load_makes_a_task_for_every_lip);
    tcase_add_test(tcase, fence_is_undone_without_a_trace_in_the_guest);
    tcase_add_test(tcase, holds_nest);
    tcase_add_test(tcase, a_held_guest_writes_nothing);
    tcase_add_test(tcase, deactivated_storage_reads_as_zeros);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
