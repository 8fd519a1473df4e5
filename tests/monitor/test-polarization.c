/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Vertical polarization: worked layouts of partitioning manuals, every layout of small pools against the rules, and what
 * LIPs get of it.
 */
#include "dispatch-room.h"
#include "monitor/polarization.h"

#include <check.h>

#define MS HV_NS_PER_MS
#define S  HV_NS_PER_S

/* --- Layouts -------------------------------------------------------------------------------------------- */

START_TEST(layouts_are_as_the_manuals_say)
{
    static const struct {
        unsigned n_ips, weight, total_weight, n_lips;
        MonitorVerticalLayout expected;
    } cases[] = {
        {32, 28, 100, 32, {8, 1, 23, 9600}}, /* 8.96 */
        {8, 600, 1000, 8, {4, 1, 3, 8000}},  /* 4.8 */
        {8, 400, 1000, 8, {2, 2, 4, 6000}},  /* 3.2: 2 and 1.2 for two */
        {4, 50, 100, 4, {2, 0, 2, 0}},       /* 2 */
        {6, 100, 1300, 6, {0, 1, 5, 4615}},  /* 0.4615 */
        {13, 10, 100, 13, {0, 2, 11, 6500}}, /* 1.3 */
        {3, 50, 100, 3, {1, 1, 1, 5000}},    /* 1.5: 0.5 is enough for a medium of its own */
        {1, 1, 1, 1, {1, 0, 0, 0}},          /* 1 */
        {6, 900, 1300, 2, {2, 0, 0, 0}},     /* 4.15, and 2 LIPs */
        {6, 300, 1300, 1, {1, 0, 0, 0}},     /* 1.38, and one LIP */
        {6, 300, 1300, 2, {0, 2, 0, 6923}},  /* 1.3846: two of 0.6923 */
        {4, 0, 100, 2, {0, 0, 2, 0}},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        MonitorVerticalLayout layout = monitor_polarization_layout(
            cases[i].n_ips, cases[i].weight, cases[i].total_weight, cases[i].n_lips);

        ck_assert_msg(
            layout.n_high == cases[i].expected.n_high && layout.n_medium == cases[i].expected.n_medium &&
                layout.n_low == cases[i].expected.n_low && layout.medium_bp == cases[i].expected.medium_bp,
            "case %u: %u high, %u medium of %u, %u low", i, layout.n_high, layout.n_medium, layout.medium_bp,
            layout.n_low);
    }
}
END_TEST

/* Highs and mediums add up to the entitlement; a medium has half an IP at least if there is a whole one in all. */
START_TEST(layouts_add_up)
{
    for (unsigned n_ips = 1; n_ips <= 6; n_ips++)
        for (unsigned total = 1; total <= 24; total++)
            for (unsigned weight = 1; weight <= total; weight++)
                for (unsigned n_lips = 1; n_lips <= n_ips; n_lips++) {
                    MonitorVerticalLayout one = monitor_polarization_layout(n_ips, weight, total, n_lips);
                    double ideal = MIN((double)n_ips * weight / total, n_lips);

                    ck_assert_uint_eq(one.n_high + one.n_medium + one.n_low, n_lips);
                    ck_assert_uint_le(one.n_medium, 2);
                    ck_assert_double_eq_tol(one.n_high + one.n_medium * one.medium_bp / 10000.0, ideal, 3e-4);
                    if (one.n_medium > 0)
                        ck_assert_uint_lt(one.medium_bp, one.n_medium == 1 ? 10000 : 7500);
                    if (one.n_medium > 0 && ideal >= 1)
                        ck_assert_uint_ge(one.medium_bp, 5000);
                }
}
END_TEST

/* --- Dispatching ---------------------------------------------------------------------------------------- */

static MonitorLipAccount account_of(const Room *room, unsigned lpar, unsigned lip)
{
    return monitor_tcb_account(monitor_dispatch_find(room->dispatch, lpar, lip));
}

static Room *make_room(bool every_slice)
{
    Room *room =
        room_new(&(RoomPlan){.n_ips = 8, .pooled = true, .vertical = true, .every_slice = every_slice});

    for (unsigned lpar = 1; lpar <= 2; lpar++) {
        room_set_lpar(room, lpar, lpar == 1 ? 600 : 400, RESMGR_CAP_NONE, 0);
        for (unsigned lip = 1; lip <= 8; lip++)
            room_set_busy(room_add(room, lpar, lip, 0, 0), true);
    }
    return room;
}

/* 8 IPs, 600/400: 4 highs and a medium of 80 %, 2 highs and two of 60 %. All busy for 10 s, 400 frames of 25 ms. */
START_TEST(entitlement_is_on_few_lips)
{
    static const unsigned percent[2][8] = {{100, 100, 100, 100, 80}, {100, 100, 60, 60}};
    g_autoptr(Room) room = make_room(_i);

    room_run(room, 10 * S);
    room_check(room);
    for (unsigned lpar = 1; lpar <= 2; lpar++)
        for (unsigned lip = 1; lip <= 8; lip++) {
            MonitorLipAccount account = account_of(room, lpar, lip);
            bool low = percent[lpar - 1][lip - 1] == 0;

            ck_assert_uint_eq(account.running_ns, percent[lpar - 1][lip - 1] * S / 10);
            ck_assert_uint_eq(account.parked_ns, low ? 10 * S : 0);
            ck_assert_uint_eq(account.waiting_ns, low ? 10 * S : 0);
            ck_assert_uint_eq(account.ready_ns, low ? 0 : 10 * S - account.running_ns);
        }
    /* Highs are on the first IPs, in slices of 100 ms. */
    for (unsigned ip = 1; ip <= 6; ip++) {
        ck_assert_uint_eq(monitor_dispatch_matrix_ns(room->dispatch, ip <= 4 ? 1 : 2, ip), 10 * S);
        ck_assert_uint_eq(monitor_dispatch_ip_account(room->dispatch, ip).dispatches, 100);
    }
    ck_assert_uint_eq(account_of(room, 1, 4).dispatches, 100);
}
END_TEST

/* LPAR 2 waits: LPAR 1 wants 8 IPs and has them, its lows too. Then it is as before, and they are parked again. */
START_TEST(lows_run_on_spare_time)
{
    g_autoptr(Room) room = make_room(_i);

    room_run(room, S);
    for (unsigned i = 8; i < 16; i++)
        room_set_busy(&room->workers[i], false);
    room_run(room, S);
    for (unsigned lip = 1; lip <= 8; lip++) {
        ck_assert_uint_eq(account_of(room, 1, lip).parked_ns, lip <= 5 ? 0 : S);
        ck_assert_uint_eq(
            account_of(room, 1, lip).running_ns, lip <= 4   ? 2 * S
                                                 : lip == 5 ? S + S / 10 * 8
                                                            : S);
    }
    ck_assert_uint_eq(account_of(room, 2, 8).parked_ns, 2 * S);
    for (unsigned i = 8; i < 16; i++)
        room_set_busy(&room->workers[i], true);
    room_run(room, S);
    ck_assert_uint_eq(account_of(room, 1, 6).parked_ns, 2 * S);
    room_check(room);
}
END_TEST

/* Highs 1 and 2 of LPAR 1 wait: it has work for 4.8 IPs on six LIPs, the lows take part and nothing is lost. IPs 1 and 2
 * are of use to others, 3 and 4 remain those of LIPs 3 and 4. */
START_TEST(what_a_high_leaves_its_lpar_has)
{
    g_autoptr(Room) room = make_room(_i);
    HvTime sum_ns = 0;

    room_set_busy(&room->workers[0], false);
    room_set_busy(&room->workers[1], false);
    room_run(room, S);
    for (unsigned lip = 1; lip <= 8; lip++)
        sum_ns += account_of(room, 1, lip).running_ns;
    ck_assert_uint_eq(sum_ns, 48 * S / 10);
    ck_assert_uint_eq(account_of(room, 1, 3).running_ns, S);
    ck_assert_uint_eq(account_of(room, 1, 5).running_ns, S); /* 2 highs, and the medium up to an IP */
    ck_assert_uint_eq(account_of(room, 1, 6).running_ns, 6 * S / 10);
    ck_assert_uint_eq(monitor_dispatch_matrix_ns(room->dispatch, 1, 3), S);
    ck_assert_uint_eq(monitor_dispatch_matrix_ns(room->dispatch, 1, 4), S);
    ck_assert_uint_eq(monitor_dispatch_ip_account(room->dispatch, 1).busy_ns, S);
    room_check(room);
}
END_TEST

/* Weights move, as by an INTEG: 600/400 becomes 1000, and all of its LIPs are high. */
START_TEST(the_layout_follows_weights)
{
    g_autoptr(Room) room = make_room(_i);

    room_run(room, S);
    ck_assert_int_eq(monitor_tcb_polarity(room->workers[4].tcb), MONITOR_VERTICAL_MEDIUM);
    ck_assert_uint_eq(monitor_tcb_vertical_bp(room->workers[4].tcb), 8000);
    ck_assert(monitor_tcb_is_parked(room->workers[7].tcb));
    for (unsigned i = 8; i < 16; i++)
        monitor_dispatch_end_task(room->dispatch, room->workers[i].tcb);
    room->n_workers = 8;
    room_set_lpar(room, 2, 0, RESMGR_CAP_NONE, 0);
    room_set_lpar(room, 1, 1000, RESMGR_CAP_NONE, 0);
    room_run(room, S);
    for (unsigned i = 0; i < 8; i++)
        ck_assert_int_eq(monitor_tcb_polarity(room->workers[i].tcb), MONITOR_VERTICAL_HIGH);
    ck_assert_uint_eq(account_of(room, 1, 8).running_ns, S);
    ck_assert_uint_eq(account_of(room, 1, 8).parked_ns, S);
    ck_assert_str_eq(monitor_polarity_name(MONITOR_VERTICAL_HIGH), "high");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("monitor/polarization");
    TCase *tcase = tcase_create("polarization");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, layouts_are_as_the_manuals_say);
    tcase_add_test(tcase, layouts_add_up);
    tcase_add_loop_test(tcase, entitlement_is_on_few_lips, 0, 2);
    tcase_add_loop_test(tcase, lows_run_on_spare_time, 0, 2);
    tcase_add_loop_test(tcase, what_a_high_leaves_its_lpar_has, 0, 2);
    tcase_add_loop_test(tcase, the_layout_follows_weights, 0, 2);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
