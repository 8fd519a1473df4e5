/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * For how long which cap bound an LPAR: worked cases, and random pools against the definition itself. That is: a cap
 * binds while its LPAR would get more without it, all else being equal. It is found by dividing twice, in floating
 * point, once with the LPAR's caps and once without them.
 */
#include "dispatch-room.h"
#include "hv/rng.h"
#include "monitor/account.h"
#include "monitor/capacity.h"

#include <check.h>

#define S         HV_NS_PER_S
#define MAX_LPARS 8

static void ck_bound(const Room *room, unsigned lpar, MonitorBound bound, HvTime expected_ns)
{
    ck_assert_msg(
        monitor_dispatch_bound_ns(room->dispatch, lpar, bound) == expected_ns,
        "LPAR %u, bound %d: %" G_GUINT64_FORMAT " ns, not %" G_GUINT64_FORMAT, lpar, (int)bound,
        monitor_dispatch_bound_ns(room->dispatch, lpar, bound), expected_ns);
}

/* Two LIPs of 50 % with hard caps. Both busy for 10 s: each has its half and no cap takes anything from it. Then one
 * waits for 7 s, and the other could have its half: bound. Then it waits too, and wants nothing. */
START_TEST(a_hard_cap_binds_while_there_is_more)
{
    const bool pooled = _i;
    g_autoptr(Room) room = room_new(&(RoomPlan){.n_ips = 1, .pooled = pooled});

    for (unsigned lpar = 1; lpar <= 2; lpar++) {
        room_set_lpar(room, lpar, pooled ? 100 : 0, RESMGR_CAP_HARD, 0);
        room_set_busy(room_add(room, lpar, 1, pooled ? 0 : 1, pooled ? 0 : 5000), true);
    }
    room_run(room, 10 * S);
    ck_bound(room, 1, MONITOR_BOUND_HARD, 0);
    ck_bound(room, 1, MONITOR_BOUND_NONE, 10 * S);
    room_set_busy(&room->workers[1], false);
    room_run(room, 7 * S);
    ck_bound(room, 1, MONITOR_BOUND_HARD, 7 * S);
    ck_bound(room, 1, MONITOR_BOUND_NONE, 10 * S);
    room_set_busy(&room->workers[0], false);
    room_run(room, 5 * S);
    ck_bound(room, 1, MONITOR_BOUND_HARD, 7 * S);
    ck_bound(room, 1, MONITOR_BOUND_NONE, 15 * S);
    ck_bound(room, 2, MONITOR_BOUND_NONE, 22 * S);
}
END_TEST

/* 4 IPs, weights 50/50, absolute caps of 1 and 3 IPs: 1 and 3 of them. Without its cap LPAR 1 would have 2: bound. */
START_TEST(absolute_caps_bind)
{
    g_autoptr(Room) room = room_new(&(RoomPlan){.n_ips = 4, .pooled = true});

    room_set_lpar(room, 1, 50, RESMGR_CAP_ABSOLUTE, 100);
    room_set_lpar(room, 2, 50, RESMGR_CAP_ABSOLUTE, 300);
    for (unsigned i = 0; i < 8; i++)
        room_set_busy(room_add(room, 1 + i / 4, 1 + i % 4, 0, 0), true);
    room_run(room, 3 * S);
    ck_bound(room, 1, MONITOR_BOUND_ABSOLUTE, 3 * S);
    /* All 4 IPs are in use, and LPAR 2 has the most for its weight: without its cap it would have the same. */
    ck_bound(room, 2, MONITOR_BOUND_ABSOLUTE, 0);
    /* With two LIPs LPAR 2 wants 2: an IP is idle, LPAR 1 is bound still, LPAR 2 by nothing but its LIPs. */
    room_set_busy(&room->workers[6], false);
    room_set_busy(&room->workers[7], false);
    room_run(room, 2 * S);
    ck_bound(room, 1, MONITOR_BOUND_ABSOLUTE, 5 * S);
    ck_bound(room, 2, MONITOR_BOUND_ABSOLUTE, 0);
    ck_bound(room, 2, MONITOR_BOUND_NONE, 5 * S);
}
END_TEST

/* Bound on IP 1 from 0 to 4 s, on IP 2 from 2 to 6 s: 6 s in all. What ends is bound no more. */
START_TEST(several_ips_count_once)
{
    g_autoptr(Room) room = room_new(&(RoomPlan){.n_ips = 2});

    room_set_lpar(room, 1, 0, RESMGR_CAP_HARD, 0);
    room_set_busy(room_add(room, 1, 1, 1, 3000), true);
    room_add(room, 1, 2, 2, 4000);
    room_run(room, 2 * S);
    room_set_busy(&room->workers[1], true);
    room_run(room, 2 * S);
    room_set_busy(&room->workers[0], false);
    room_run(room, 2 * S);
    monitor_dispatch_end_task(room->dispatch, room->workers[1].tcb);
    room->n_workers = 1;
    room_run(room, 2 * S);
    ck_bound(room, 1, MONITOR_BOUND_HARD, 6 * S);
    ck_bound(room, 1, MONITOR_BOUND_NONE, 2 * S);
}
END_TEST

/* The difference of two snapshots has the time between them. */
START_TEST(usage_has_the_time_of_its_interval)
{
    g_autoptr(Room) room = room_new(&(RoomPlan){.n_ips = 2, .pooled = true});

    room_set_lpar(room, 3, 10, RESMGR_CAP_ABSOLUTE, 25);
    room_set_busy(room_add(room, 3, 1, 0, 0), true);
    room_run(room, 4 * S);
    g_autoptr(MonitorUsage) before = monitor_usage_take(room->dispatch);

    room_run(room, 5 * S);
    g_autoptr(MonitorUsage) after = monitor_usage_take(room->dispatch);
    g_autoptr(MonitorUsage) usage = monitor_usage_since(before, after);

    ck_assert_uint_eq(monitor_usage_bound(usage, 3, MONITOR_BOUND_ABSOLUTE), 5 * S);
    ck_assert_uint_eq(monitor_usage_bound(usage, 3, MONITOR_BOUND_NONE), 0);
    ck_assert_uint_eq(monitor_usage_bound(usage, 2, MONITOR_BOUND_NONE), 5 * S);
    ck_assert_uint_eq(monitor_usage_bound(after, 3, MONITOR_BOUND_ABSOLUTE), 9 * S);
}
END_TEST

/* --- Random pools --------------------------------------------------------------------------------------- */

typedef struct {
    uint32_t weight;
    ResmgrCap cap;
    unsigned first, n_lips, running;
    HvTime bound_ns[MONITOR_BOUNDS];
} Lpar;

typedef struct {
    unsigned n_ips, n_lpars;
    unsigned n_members; /* the first ones are a group */
    double group_ips;   /* that has so many IPs together */
    Lpar lpars[MAX_LPARS];
    bool busy[ROOM_MAX_WORKERS];
} Pool;

/* The limit of an LPAR in IPs and what it comes from. */
static double limit_of(const Pool *pool, const Lpar *lpar, MonitorBound *ret_bound)
{
    double weights = 0, limit = lpar->running, cap = lpar->running;

    for (unsigned i = 0; i < pool->n_lpars; i++)
        weights += pool->lpars[i].weight;
    if (lpar->cap.kind == RESMGR_CAP_HARD)
        cap = pool->n_ips * lpar->weight / weights;
    if (lpar->cap.kind == RESMGR_CAP_ABSOLUTE)
        cap = lpar->cap.ips_hundredths / 100.0;
    *ret_bound = lpar->cap.kind == RESMGR_CAP_HARD ? MONITOR_BOUND_HARD : MONITOR_BOUND_ABSOLUTE;
    return MIN(limit, cap);
}

/* What an LPAR has at that level; `freed`, which may be NULL, is held by nothing but its LIPs. */
static double at_level(const Pool *pool, const Lpar *lpar, const Lpar *freed, double level)
{
    MonitorBound bound;

    return MIN(level * lpar->weight, lpar == freed ? lpar->running : limit_of(pool, lpar, &bound));
}

/* The level at which those in [first, end) that are not freed have `total` together; high if they never do. */
static double level_of(const Pool *pool, unsigned first, unsigned end, const Lpar *freed, double total)
{
    double low = 0, high = 1024;

    for (unsigned step = 0; step < 100; step++) {
        double level = (low + high) / 2, sum = 0;

        for (unsigned i = first; i < end; i++)
            sum += &pool->lpars[i] == freed ? 0 : at_level(pool, &pool->lpars[i], freed, level);
        *(sum < total ? &low : &high) = level;
    }
    return high;
}

/* The same for the pool, in which a group's level stops rising at `group_level`. */
static double pool_level(const Pool *pool, const Lpar *freed, double group_level)
{
    double low = 0, high = 1024;

    for (unsigned step = 0; step < 100; step++) {
        double level = (low + high) / 2, sum = 0;

        for (unsigned i = 0; i < pool->n_lpars; i++) {
            bool member = i < pool->n_members && &pool->lpars[i] != freed;

            sum += at_level(pool, &pool->lpars[i], freed, member ? MIN(level, group_level) : level);
        }
        *(sum < pool->n_ips ? &low : &high) = level;
    }
    return high;
}

/* What `lpar` has, by what it is held, and what it would have if it were freed. */
static double rate_of(const Pool *pool, const Lpar *lpar, bool freed, MonitorBound *ret_bound)
{
    const Lpar *free_one = freed ? lpar : NULL;
    double group_level = level_of(pool, 0, pool->n_members, free_one, pool->group_ips);
    double level = pool_level(pool, free_one, group_level);
    bool member = lpar < pool->lpars + pool->n_members && !freed;

    limit_of(pool, lpar, ret_bound);
    if (member && group_level < level &&
        at_level(pool, lpar, NULL, group_level) < limit_of(pool, lpar, ret_bound) - 1e-9)
        *ret_bound = MONITOR_BOUND_GROUP;
    return at_level(pool, lpar, free_one, member ? MIN(level, group_level) : level);
}

static void pass(Pool *pool, HvTime pause_ns)
{
    for (unsigned i = 0; i < pool->n_lpars; i++) {
        Lpar *lpar = &pool->lpars[i];
        MonitorBound bound;
        double free_rate = rate_of(pool, lpar, /* freed= */ true, &bound);
        double loss = free_rate - rate_of(pool, lpar, /* freed= */ false, &bound);

        lpar->bound_ns[loss > 1e-6 ? bound : MONITOR_BOUND_NONE] += pause_ns;
    }
}

static void draw_group(Pool *pool, Room *room, HvRng *rng)
{
    static const unsigned members[] = {1, 2, 3, 4, 5, 6, 7, 8};
    uint32_t hundredths = 1 + (uint32_t)hv_rng_below(rng, 300);

    if (hv_rng_below(rng, 2) == 0)
        return;
    pool->n_members = 1 + (unsigned)hv_rng_below(rng, pool->n_lpars);
    pool->group_ips = hundredths / 100.0;
    monitor_dispatch_add_group(
        room->dispatch,
        &(MonitorGroupTerms){
            .cap_ips_hundredths = hundredths, .members = members, .n_members = pool->n_members});
}

static Pool draw_pool(HvRng *rng, Room **ret_room)
{
    Pool pool = {.n_ips = 1 + (unsigned)hv_rng_below(rng, 6), .n_lpars = 1 + (unsigned)hv_rng_below(rng, 8)};
    Room *room =
        room_new(&(RoomPlan){.n_ips = pool.n_ips, .pooled = true, .every_slice = hv_rng_below(rng, 2) == 0});

    for (unsigned i = 0; i < pool.n_lpars; i++) {
        Lpar *lpar = &pool.lpars[i];

        lpar->weight = 1 + (uint32_t)hv_rng_below(rng, 20);
        lpar->cap.kind = (ResmgrCapKind)hv_rng_below(rng, 3);
        lpar->cap.ips_hundredths = lpar->cap.kind == RESMGR_CAP_ABSOLUTE
                                       ? 1 + (uint32_t)hv_rng_below(rng, 300)
                                       : 0;
        lpar->first = room->n_workers;
        lpar->n_lips = 1 + (unsigned)hv_rng_below(rng, pool.n_ips);
        room_set_lpar(room, i + 1, lpar->weight, lpar->cap.kind, lpar->cap.ips_hundredths);
        for (unsigned lip = 1; lip <= lpar->n_lips; lip++)
            room_add(room, i + 1, lip, 0, 0);
    }
    draw_group(&pool, room, rng);
    *ret_room = room;
    return pool;
}

static void toggle(Pool *pool, Room *room, HvRng *rng)
{
    Lpar *lpar = &pool->lpars[hv_rng_below(rng, pool->n_lpars)];
    unsigned worker = lpar->first + (unsigned)hv_rng_below(rng, lpar->n_lips);

    pool->busy[worker] = !pool->busy[worker];
    lpar->running += pool->busy[worker] ? 1u : -1u;
    room_set_busy(&room->workers[worker], pool->busy[worker]);
}

START_TEST(a_cap_binds_if_without_it_there_were_more)
{
    g_autoptr(Room) room = NULL;
    HvRng rng;

    hv_rng_init(&rng, (uint64_t)_i, "test-bound");
    Pool pool = draw_pool(&rng, &room);

    for (unsigned step = 0; step < 300; step++) {
        HvTime pause_ns = hv_rng_below(&rng, 50 * HV_NS_PER_MS);

        toggle(&pool, room, &rng);
        room_run(room, pause_ns);
        pass(&pool, pause_ns);
    }
    for (unsigned i = 0; i < pool.n_lpars; i++)
        for (MonitorBound bound = 0; bound < MONITOR_BOUNDS; bound++)
            ck_bound(room, i + 1, bound, pool.lpars[i].bound_ns[bound]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("monitor/bound");
    TCase *tcase = tcase_create("bound");

    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, a_hard_cap_binds_while_there_is_more, 0, 2);
    tcase_add_test(tcase, absolute_caps_bind);
    tcase_add_test(tcase, several_ips_count_once);
    tcase_add_test(tcase, usage_has_the_time_of_its_interval);
    tcase_add_loop_test(tcase, a_cap_binds_if_without_it_there_were_more, 0, 40);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
