/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One-way lending: worked cases, the plain filling where all lend to all, and random cases against a certificate of
 * fairness over all sets of takers: what a set has is at most what it uses of its own and what those leave who lend into
 * it; and who is below his limit is in a set for which that is used up, and in which nobody to whom something was lent
 * stands higher than he does.
 */
#include "dispatch-room.h"
#include "hv/rng.h"
#include "monitor/lending.h"
#include "monitor/policy.h"

#include <check.h>

#define S           HV_NS_PER_S
#define MAX_PARTIES 6

/* --- The division --------------------------------------------------------------------------------------- */

typedef struct {
    const char *what;
    unsigned n;
    uint64_t common;
    MonitorLendingParty parties[4];
    bool may[16]; /* [from * n + to] */
    uint64_t expected[4];
} Case;

/* clang-format off: matrices */
static const Case cases[] = {
    /* T leaves all of its 2, P may have it. */
    {"to P", 2, 0, {{200, 50, 0}, {200, 50, 400}}, {0, 1, 0, 0}, {0, 400}},
    /* P leaves all of its 2, T may not have it. */
    {"not back", 2, 0, {{200, 50, 400}, {200, 50, 0}}, {0, 1, 0, 0}, {200, 0}},
    /* 10 IPs by 50/30/20. T uses 1 of its 5 and lends to P only: P 3 + 4, Q its own 2. */
    {"only to P",
     3,
     0,
     {{500, 50, 100}, {300, 30, 1000}, {200, 20, 1000}},
     {0, 1, 0, 1, 0, 1, 1, 1, 0},
     {100, 700, 200}},
    /* The same, but P wants only 5: 2 of T's stay unused, Q may not have them. */
    {"what P leaves of it",
     3,
     0,
     {{500, 50, 100}, {300, 30, 500}, {200, 20, 1000}},
     {0, 1, 0, 1, 0, 1, 1, 1, 0},
     {100, 500, 200}},
    /* P takes T's 4 rather than Q's: Q leaves 1 of 2, lent to all, and needs none of T's. */
    {"where it can go",
     3,
     0,
     {{500, 50, 100}, {300, 30, 1000}, {200, 20, 100}},
     {0, 1, 0, 1, 0, 1, 1, 1, 0},
     {100, 800, 100}},
    /* T's 4 go to P; of the 4 of U, lent to P and Q, all go to Q, who stands lower: 2 + 4 for weight 20, P 2 + 4. */
    {"levels are evened",
     4,
     0,
     {{500, 50, 100}, {200, 20, 1000}, {200, 20, 1000}, {500, 50, 100}},
     {0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0},
     {100, 600, 600, 100}},
    /* Nobody's part is for all: 100 by 1:3. */
    {"nobody's", 2, 100, {{100, 10, 900}, {300, 30, 900}}, {0, 0, 0, 0}, {125, 375}},
    /* Who has no weight owns and takes nothing. */
    {"without a weight", 2, 0, {{400, 40, 400}, {0, 0, 400}}, {0, 1, 1, 0}, {400, 0}},
};
/* clang-format on */

START_TEST(lending_is_as_defined)
{
    const Case *one = &cases[_i];
    uint64_t amounts[4];

    monitor_lending_divide(one->parties, one->n, one->common, one->may, amounts);
    for (unsigned i = 0; i < one->n; i++)
        ck_assert_msg(
            amounts[i] == one->expected[i], "%s: %u has %" G_GUINT64_FORMAT, one->what, i, amounts[i]);
}
END_TEST

typedef struct {
    unsigned n;
    uint64_t common;
    MonitorLendingParty parties[MAX_PARTIES];
    bool may[MAX_PARTIES * MAX_PARTIES];
} Draw;

static Draw draw(HvRng *rng)
{
    Draw one = {.n = 1 + (unsigned)hv_rng_below(rng, MAX_PARTIES)};
    uint64_t unit = hv_rng_below(rng, 2) ? 1 : 1000000;

    one.common = hv_rng_below(rng, 3) ? 0 : hv_rng_below(rng, 100) * unit;
    for (unsigned i = 0; i < one.n; i++) {
        uint64_t weight = hv_rng_below(rng, 8) ? 1 + hv_rng_below(rng, 99) : 0;

        one.parties[i] = (MonitorLendingParty){
            weight * 10 * unit, weight, hv_rng_below(rng, 3) ? hv_rng_below(rng, 2000) * unit : 0};
        for (unsigned to = 0; to < one.n; to++)
            one.may[i * one.n + to] = hv_rng_below(rng, 3) == 0;
    }
    return one;
}

static uint64_t of_its_own(const Draw *one, unsigned i)
{
    return one->parties[i].weight > 0 ? MIN(one->parties[i].own, one->parties[i].limit) : 0;
}

/* What the takers in `set` can have at most, and what they have. */
static uint64_t lent_into(const Draw *one, unsigned set)
{
    uint64_t sum = set ? one->common : 0;

    for (unsigned from = 0; from < one->n; from++) {
        bool reaches = false;

        sum += (set >> from) & 1 ? of_its_own(one, from) : 0;
        for (unsigned to = 0; to < one->n; to++)
            reaches = reaches || (((set >> to) & 1) && one->may[from * one->n + to]);
        sum += reaches ? one->parties[from].own - of_its_own(one, from) : 0;
    }
    return sum;
}

static uint64_t had_by(const uint64_t *amounts, unsigned n, unsigned set)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < n; i++)
        sum += (set >> i) & 1 ? amounts[i] : 0;
    return sum;
}

/* Rounding may leave a taker a unit short of the level, and as many units as there are takers together. */
static bool is_justified(const Draw *one, const uint64_t *amounts, unsigned i)
{
    double own_level = (double)(amounts[i] + 2) / (double)one->parties[i].weight;

    for (unsigned set = 1; set < 1u << one->n; set++) {
        bool highest = (set >> i) & 1;

        for (unsigned k = 0; k < one->n; k++)
            if (((set >> k) & 1) && one->parties[k].weight > 0 && amounts[k] > of_its_own(one, k))
                highest = highest && (double)amounts[k] <= own_level * (double)one->parties[k].weight + 2;
        if (highest && had_by(amounts, one->n, set) == lent_into(one, set))
            return true;
    }
    return false;
}

START_TEST(nobody_can_have_more)
{
    HvRng rng;

    hv_rng_init(&rng, (uint64_t)_i, "test-lending");
    for (unsigned round = 0; round < 50; round++) {
        Draw one = draw(&rng);
        uint64_t amounts[MAX_PARTIES];

        monitor_lending_divide(one.parties, one.n, one.common, one.may, amounts);
        for (unsigned set = 1; set < 1u << one.n; set++)
            ck_assert_uint_le(had_by(amounts, one.n, set), lent_into(&one, set));
        for (unsigned i = 0; i < one.n; i++) {
            ck_assert_uint_le(amounts[i], one.parties[i].limit);
            if (one.parties[i].weight == 0)
                ck_assert_uint_eq(amounts[i], 0);
            else if (amounts[i] < one.parties[i].limit)
                ck_assert_msg(is_justified(&one, amounts, i), "round %u: %u could have more", round, i);
        }
    }
}
END_TEST

/* All lend to all: the plain filling, to the unit. */
START_TEST(lending_to_all_is_the_plain_filling)
{
    HvRng rng;

    hv_rng_init(&rng, (uint64_t)_i, "test-lending all");
    for (unsigned round = 0; round < 50; round++) {
        Draw one = draw(&rng);
        uint64_t amounts[MAX_PARTIES], filled[MAX_PARTIES], weights[MAX_PARTIES], limits[MAX_PARTIES];
        uint64_t total = one.common;

        for (unsigned i = 0; i < one.n * one.n; i++)
            one.may[i] = true;
        for (unsigned i = 0; i < one.n; i++) {
            weights[i] = one.parties[i].weight;
            limits[i] = one.parties[i].limit;
            total += one.parties[i].own;
        }
        monitor_lending_divide(one.parties, one.n, one.common, one.may, amounts);
        monitor_policy_fill(weights, limits, one.n, total, filled);
        ck_assert_mem_eq(amounts, filled, one.n * sizeof(*amounts));
    }
}
END_TEST

/* --- On a machine --------------------------------------------------------------------------------------- */

static HvTime running_of(const Room *room, unsigned lpar)
{
    HvTime sum_ns = 0;

    for (unsigned i = 0; i < room->n_workers; i++)
        sum_ns += room->workers[i].lpar == lpar ? room_running(room, i) : 0;
    return sum_ns;
}

static void set_busy(Room *room, unsigned lpar, bool busy)
{
    for (unsigned i = 0; i < room->n_workers; i++)
        if (room->workers[i].lpar == lpar)
            room_set_busy(&room->workers[i], busy);
}

/* 4 IPs, T and P with 50 each. P lends to nobody. Each in turn waits for 5 s: P has all 4, T only its 2; an IP for every
 * LIP makes no difference to that. */
START_TEST(p_has_what_t_leaves_and_not_the_other_way)
{
    static const uint64_t nobody[4];
    g_autoptr(Room) room = room_new(&(RoomPlan){.n_ips = 4, .pooled = true, .every_slice = _i});

    monitor_dispatch_set_lending(room->dispatch, 2, nobody);
    for (unsigned lpar = 1; lpar <= 2; lpar++) {
        room_set_lpar(room, lpar, 50, RESMGR_CAP_NONE, 0);
        for (unsigned lip = 1; lip <= 4; lip++)
            room_add(room, lpar, lip, 0, 0);
    }
    set_busy(room, 2, true);
    room_run(room, 5 * S);
    ck_assert_uint_eq(running_of(room, 2), 20 * S);
    set_busy(room, 1, true);
    room_run(room, 5 * S);
    ck_assert_uint_eq(running_of(room, 1), 10 * S);
    ck_assert_uint_eq(running_of(room, 2), 30 * S);
    set_busy(room, 2, false);
    room_run(room, 5 * S);
    ck_assert_uint_eq(running_of(room, 1), 20 * S);
    ck_assert_uint_eq(monitor_dispatch_bound_ns(room->dispatch, 1, MONITOR_BOUND_NONE), 15 * S);
    room_check(room);
}
END_TEST

/* An IP by shares, 50/30, 20 for nobody. The first lends only to itself: its 50 stay unused, of the rest P has all. */
START_TEST(shares_are_lent_too)
{
    static const uint64_t nobody[4];
    g_autoptr(Room) room = room_new(&(RoomPlan){.n_ips = 1, .every_slice = _i});

    monitor_dispatch_set_lending(room->dispatch, 1, nobody);
    room_add(room, 1, 1, 1, 5000);
    room_set_busy(room_add(room, 2, 1, 1, 3000), true);
    room_run(room, 10 * S);
    ck_assert_uint_eq(running_of(room, 2), 5 * S);
    set_busy(room, 1, true);
    room_run(room, 8 * S);
    /* 20 % by 5:3. */
    ck_assert_uint_eq(running_of(room, 1), 5 * S);
    ck_assert_uint_eq(running_of(room, 2), 8 * S);
    room_check(room);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("monitor/lending");
    TCase *tcase = tcase_create("lending");

    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, lending_is_as_defined, 0, G_N_ELEMENTS(cases));
    tcase_add_loop_test(tcase, nobody_can_have_more, 0, 40);
    tcase_add_loop_test(tcase, lending_to_all_is_the_plain_filling, 0, 20);
    tcase_add_loop_test(tcase, p_has_what_t_leaves_and_not_the_other_way, 0, 2);
    tcase_add_loop_test(tcase, shares_are_lent_too, 0, 2);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
