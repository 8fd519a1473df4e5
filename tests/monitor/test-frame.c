/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames against a second implementation: a table of every nanosecond of every IP, filled one by one.
 *
 * Frames of up to 120 ns are small enough to write down who is on which IP in each nanosecond, whether it is
 * dispatched or works, and whether a dispatch begins there. Everything the closed forms say is counted in
 * that table instead.
 */
#include "hv/rng.h"
#include "monitor/frame.h"

#include <check.h>

#define MAX_IPS    4
#define MAX_LIPS   8
#define MAX_LENGTH 120
#define FRAMES     3
#define NOBODY     UINT32_MAX

typedef struct {
    unsigned n_lips, n_ips;
    HvTime length_ns, slice_ns, cost_ns;
    HvTime allotments_ns[MAX_LIPS];
    uint32_t lip[MAX_IPS][MAX_LENGTH]; /* NOBODY: idle */
    bool manages[MAX_IPS][MAX_LENGTH];
    bool begins[MAX_IPS][MAX_LENGTH];
} Table;

static HvTime random_length(HvRng *rng, HvTime max_ns)
{
    return 1 + hv_rng_below(rng, max_ns);
}

/* Allotments that fit: each at most the frame, together at most the IPs' time. */
static void draw(Table *table, HvRng *rng)
{
    HvTime left_ns;

    table->n_lips = (unsigned)random_length(rng, MAX_LIPS);
    table->n_ips = (unsigned)random_length(rng, MAX_IPS);
    table->length_ns = random_length(rng, MAX_LENGTH);
    table->slice_ns = random_length(rng, MAX_LENGTH);
    table->cost_ns = hv_rng_below(rng, 3) ? hv_rng_below(rng, 12) : 0;
    left_ns = table->n_ips * table->length_ns;
    for (unsigned i = 0; i < table->n_lips; i++) {
        HvTime most_ns = MIN(left_ns, table->length_ns);

        table->allotments_ns[i] = hv_rng_below(rng, 4) ? hv_rng_below(rng, most_ns + 1) : most_ns;
        left_ns -= table->allotments_ns[i];
    }
}

/* Nanosecond after nanosecond, the next LIP as soon as one has its allotment. */
static void fill(Table *table)
{
    unsigned lip = 0;
    HvTime had_ns = 0, in_slice_ns = 0;

    for (unsigned ip = 0; ip < table->n_ips; ip++)
        for (HvTime t = 0; t < table->length_ns; t++) {
            while (lip < table->n_lips && had_ns == table->allotments_ns[lip]) {
                lip++;
                had_ns = in_slice_ns = 0;
            }
            if (t == 0)
                in_slice_ns = 0;
            table->lip[ip][t] = lip < table->n_lips ? lip : NOBODY;
            table->begins[ip][t] = in_slice_ns == 0;
            table->manages[ip][t] = in_slice_ns < table->cost_ns;
            had_ns++;
            in_slice_ns = (in_slice_ns + 1) % table->slice_ns;
        }
}

static void count(const Table *table, unsigned lip, unsigned ip, HvTime t, MonitorRan *ran)
{
    if (table->lip[ip][t] != lip)
        return;
    ran->busy_ns += !table->manages[ip][t];
    ran->management_ns += table->manages[ip][t];
    ran->dispatches += table->begins[ip][t];
}

static void ck_ran_eq(MonitorRan a, MonitorRan b)
{
    ck_assert_uint_eq(a.busy_ns, b.busy_ns);
    ck_assert_uint_eq(a.management_ns, b.management_ns);
    ck_assert_uint_eq(a.dispatches, b.dispatches);
}

static void check_pieces(const Table *table, const MonitorFrame *frame)
{
    for (unsigned p = 0; p < frame->n_pieces; p++) {
        const MonitorPiece *piece = &frame->pieces[p];
        MonitorRan counted = {0};

        ck_assert_uint_lt(piece->start_ns, piece->end_ns);
        ck_assert_uint_le(piece->end_ns, table->length_ns);
        for (HvTime t = 0; t < FRAMES * table->length_ns; t++) {
            ck_ran_eq(monitor_frame_piece_ran(frame, p, t), counted);
            count(table, piece->lip, piece->ip, t % table->length_ns, &counted);
        }
    }
}

/* The walk over [from, to) is the difference of two closed forms. */
static void check_walks(const Table *table, const MonitorFrame *frame, HvRng *rng)
{
    for (unsigned p = 0; p < frame->n_pieces; p++) {
        HvTime to_ns = hv_rng_below(rng, FRAMES * table->length_ns + 1);
        HvTime from_ns = hv_rng_below(rng, to_ns + 1);
        MonitorRan counted = {0};

        for (HvTime t = from_ns; t < to_ns; t++)
            count(table, frame->pieces[p].lip, frame->pieces[p].ip, t % table->length_ns, &counted);
        ck_ran_eq(monitor_frame_piece_walk(frame, p, from_ns, to_ns), counted);
    }
}

/* Every amount a LIP gets in the frames is reached at the end of the nanosecond in which it is counted. */
static void check_when(const Table *table, const MonitorFrame *frame)
{
    for (uint32_t lip = 0; lip < table->n_lips; lip++) {
        MonitorRan ran = {0};

        for (HvTime t = 0; t < FRAMES * table->length_ns; t++) {
            HvTime before_ns = ran.busy_ns;

            for (unsigned ip = 0; ip < table->n_ips; ip++)
                count(table, lip, ip, t % table->length_ns, &ran);
            ck_assert_uint_le(ran.busy_ns, before_ns + 1); /* never on two IPs at once */
            if (ran.busy_ns > before_ns)
                ck_assert_uint_eq(monitor_frame_when(frame, lip, ran.busy_ns), t + 1);
        }
        if (ran.busy_ns == 0)
            ck_assert_uint_eq(monitor_frame_when(frame, lip, 1), HV_TIME_NEVER);
    }
}

/* Seeds 20 * _i and the 19 after it: the number of the loop is in the report of a failure. */
START_TEST(closed_forms_are_what_is_counted)
{
    g_autofree Table *table = g_new(Table, 1);
    MonitorFrame frame = {0};

    for (unsigned seed = 20 * (unsigned)_i; seed < 20 * (unsigned)_i + 20; seed++) {
        HvRng rng;

        hv_rng_init(&rng, seed, "test-frame");
        draw(table, &rng);
        fill(table);
        monitor_frame_lay_out(
            &frame, table->allotments_ns, table->n_lips, table->n_ips, table->length_ns, table->slice_ns,
            table->cost_ns);
        check_pieces(table, &frame);
        check_walks(table, &frame, &rng);
        check_when(table, &frame);
    }
    monitor_frame_clear(&frame);
}
END_TEST

/* 60, 80 and 60 of a frame of 100 on two IPs: the second is cut after 40 at the end of IP 0. */
START_TEST(wrap_around_cuts_at_the_end_of_an_ip)
{
    static const HvTime allotments_ns[] = {60, 80, 60};
    static const MonitorPiece expected[] = {{0, 0, 0, 60}, {1, 0, 60, 100}, {1, 1, 0, 40}, {2, 1, 40, 100}};
    MonitorFrame frame = {0};

    monitor_frame_lay_out(&frame, allotments_ns, 3, 2, 100, 50, 0);
    ck_assert_uint_eq(frame.n_pieces, G_N_ELEMENTS(expected));
    for (unsigned p = 0; p < frame.n_pieces; p++) {
        ck_assert_uint_eq(frame.pieces[p].lip, expected[p].lip);
        ck_assert_uint_eq(frame.pieces[p].ip, expected[p].ip);
        ck_assert_uint_eq(frame.pieces[p].start_ns, expected[p].start_ns);
        ck_assert_uint_eq(frame.pieces[p].end_ns, expected[p].end_ns);
    }
    /* It has run for 40 at 40, on IP 1, pauses until 60, and has 80 at 100, on IP 0. */
    ck_assert_uint_eq(monitor_frame_when(&frame, 1, 40), 40);
    ck_assert_uint_eq(monitor_frame_when(&frame, 1, 41), 61);
    ck_assert_uint_eq(monitor_frame_when(&frame, 1, 80 * 100000 + 5), 100 * 100000 + 5);
    monitor_frame_clear(&frame);
}
END_TEST

/* A year of 25 ms frames, one LIP with 10 ms in each: 31536000 s / 25 ms * 10 ms. */
START_TEST(a_year_costs_no_more_than_a_frame)
{
    static const HvTime allotments_ns[] = {10 * HV_NS_PER_MS};
    const HvTime year_ns = UINT64_C(31536000) * HV_NS_PER_S;
    MonitorFrame frame = {0};

    monitor_frame_lay_out(
        &frame, allotments_ns, 1, 1, 25 * HV_NS_PER_MS, 25 * HV_NS_PER_MS, 20 * HV_NS_PER_US);
    MonitorRan ran = monitor_frame_piece_ran(&frame, 0, year_ns);

    ck_assert_uint_eq(ran.dispatches, UINT64_C(31536000) * 40);
    ck_assert_uint_eq(ran.management_ns, UINT64_C(31536000) * 40 * 20 * HV_NS_PER_US);
    ck_assert_uint_eq(ran.busy_ns + ran.management_ns, year_ns / 5 * 2);
    ck_assert_uint_eq(
        monitor_frame_when(&frame, 0, ran.busy_ns), year_ns - 25 * HV_NS_PER_MS + 10 * HV_NS_PER_MS);
    monitor_frame_clear(&frame);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("monitor/frame");
    TCase *tcase = tcase_create("frame");

    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, closed_forms_are_what_is_counted, 0, 30);
    tcase_add_test(tcase, wrap_around_cuts_at_the_end_of_an_ip);
    tcase_add_test(tcase, a_year_costs_no_more_than_a_frame);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
