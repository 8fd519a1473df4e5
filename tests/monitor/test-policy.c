/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who gets how much: worked examples of partitioning manuals, and random instances against a water filling
 * that looks for the level by bisection in floating point.
 */
#include "hv/rng.h"
#include "monitor/policy.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LPARS  8
#define MAX_CLAIMS 64
#define MS         HV_NS_PER_MS

/* --- A second water filling ----------------------------------------------------------------------------- */

/* What `level` gives to taker i. */
static long double at_level(long double level, uint64_t weight, uint64_t limit)
{
    return MIN(level * (long double)weight, (long double)limit);
}

/* Takers without weight get nothing; the level at which the amounts sum up to what there is. */
static void fill_by_bisection(
    const uint64_t *weights, const uint64_t *limits, unsigned n, uint64_t total, long double *ret_amounts)
{
    long double low = 0, high = 1, sum_of_limits = 0;

    for (unsigned i = 0; i < n; i++) {
        sum_of_limits += weights[i] ? (long double)limits[i] : 0;
        high = MAX(high, weights[i] ? (long double)limits[i] / (long double)weights[i] : 0);
    }
    long double wanted = MIN((long double)total, sum_of_limits);

    for (unsigned step = 0; step < 200; step++) {
        long double level = (low + high) / 2, sum = 0;

        for (unsigned i = 0; i < n; i++)
            sum += at_level(level, weights[i], limits[i]);
        *(sum < wanted ? &low : &high) = level;
    }
    for (unsigned i = 0; i < n; i++)
        ret_amounts[i] = at_level(high, weights[i], limits[i]);
}

static uint64_t sum_of(const uint64_t *values, unsigned n)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < n; i++)
        sum += values[i];
    return sum;
}

START_TEST(filling_is_the_level_found_by_bisection)
{
    HvRng rng;

    hv_rng_init(&rng, (uint64_t)_i, "test-policy fill");
    for (unsigned round = 0; round < 100; round++) {
        uint64_t weights[20], limits[20], amounts[20], possible = 0;
        long double ideal[20];
        unsigned n = 1 + (unsigned)hv_rng_below(&rng, 20);
        uint64_t total = hv_rng_below(&rng, hv_rng_below(&rng, 2) ? 100 : 1600 * MS);

        for (unsigned i = 0; i < n; i++) {
            weights[i] = hv_rng_below(&rng, 8) ? 1 + hv_rng_below(&rng, 999) : 0;
            limits[i] = hv_rng_below(&rng, 4) ? hv_rng_below(&rng, 1 + total) : 0;
            possible += weights[i] ? limits[i] : 0;
        }
        monitor_policy_fill(weights, limits, n, total, amounts);
        fill_by_bisection(weights, limits, n, total, ideal);
        ck_assert_uint_eq(sum_of(amounts, n), MIN(total, possible));
        for (unsigned i = 0; i < n; i++) {
            ck_assert_uint_le(amounts[i], limits[i]);
            ck_assert_ldouble_eq_tol((long double)amounts[i], ideal[i], 2.0L);
        }
    }
}
END_TEST

/* Three equal takers of 100: 34, 33, 33, whatever else is in the list; the same again in another order. */
START_TEST(rounding_is_by_largest_remainder_then_index)
{
    static const uint64_t weights[] = {1, 1, 0, 1}, limits[] = {100, 100, 100, 100};
    static const uint64_t uneven[] = {1, 2, 4}; /* of 10: 1.43, 2.86, 5.71 -> 1, 3, 6 */
    uint64_t amounts[4];

    monitor_policy_fill(weights, limits, 4, 100, amounts);
    ck_assert_uint_eq(amounts[0], 34);
    ck_assert_uint_eq(amounts[1], 33);
    ck_assert_uint_eq(amounts[2], 0);
    ck_assert_uint_eq(amounts[3], 33);
    monitor_policy_fill(uneven, limits, 3, 10, amounts);
    ck_assert_uint_eq(amounts[0], 1);
    ck_assert_uint_eq(amounts[1], 3);
    ck_assert_uint_eq(amounts[2], 6);
}
END_TEST

typedef struct {
    uint64_t remainder;
    unsigned index;
} Rest;

static int compare_rests(const void *a, const void *b)
{
    const Rest *x = a, *y = b;

    if (x->remainder != y->remainder)
        return x->remainder > y->remainder ? -1 : 1;
    return x->index < y->index ? -1 : 1;
}

/* Nobody limited: the quotients, and a unit more for the largest remainders, all of them sorted. */
START_TEST(units_go_to_the_largest_remainders)
{
    enum { MOST = 300 };
    uint64_t weights[MOST], limits[MOST], amounts[MOST], expected[MOST], sum = 0;
    Rest rests[MOST];
    HvRng rng;

    hv_rng_init(&rng, (uint64_t)_i, "test-policy units");
    unsigned n = 1 + (unsigned)hv_rng_below(&rng, MOST);
    uint64_t total = hv_rng_below(&rng, 1000000000), left = total, most = 1 + hv_rng_below(&rng, 1000);

    for (unsigned i = 0; i < n; i++) {
        weights[i] = 1 + hv_rng_below(&rng, most);
        limits[i] = UINT64_C(1) << 40;
        sum += weights[i];
    }
    for (unsigned i = 0; i < n; i++) {
        rests[i] = (Rest){total * weights[i] % sum, i};
        expected[i] = total * weights[i] / sum;
        left -= expected[i];
    }
    qsort(rests, n, sizeof(*rests), compare_rests);
    for (unsigned k = 0; k < left; k++)
        expected[rests[k].index]++;
    monitor_policy_fill(weights, limits, n, total, amounts);
    for (unsigned i = 0; i < n; i++)
        ck_assert_uint_eq(amounts[i], expected[i]);
}
END_TEST

/* --- Pools by weight ------------------------------------------------------------------------------------ */

typedef struct {
    uint32_t weight;
    unsigned runnable, waiting; /* LIPs */
    bool hard_cap;
    uint32_t cap_hundredths;
    uint32_t expected_hundredths; /* of one IP */
} Lpar;

typedef struct {
    const char *what;
    unsigned n_ips;
    Lpar lpars[MAX_LPARS];
} PoolCase;

/* clang-format off */
static const PoolCase pool_cases[] = {
    /* Nominal 23.1/7.7/69.2 % of 6 IPs = 1.38/0.46/4.15; the first can use 1, the last 2, so 3 are left. */
    {"attainable share", 6, {{300, 1, 0, 0, 0, 100}, {100, 6, 0, 0, 0, 300}, {900, 2, 0, 0, 0, 200}}},
    /* 4 x 5:3:2 = 2.0/1.2/0.8: no limit binds. */
    {"5:3:2", 4, {{5, 4, 0, 0, 0, 200}, {3, 2, 0, 0, 0, 120}, {2, 1, 0, 0, 0, 80}}},
    /* 6 IPs: 3.0/1.8/1.2, the first wants 1, so 5 are left 3:2. */
    {"demand bounds", 6, {{500, 1, 5, 0, 0, 100}, {300, 6, 0, 0, 0, 300}, {200, 6, 0, 0, 0, 200}}},
    /* 1.6/3.2/4.8/6.4; the cap of 3 binds, 13 left 1:2:3 = 2.17/4.33/6.5; the cap of 2 binds, 11 left 2:3. */
    {"caps", 16, {{100, 16, 0, 0, 200, 200}, {200, 16, 0, 0, 800, 440}, {300, 16, 0, 0, 800, 660},
                  {400, 16, 0, 0, 300, 300}}},
    {"30/10/10/30", 4, {{30, 4, 0, 0, 0, 150}, {10, 4, 0, 0, 0, 50}, {10, 4, 0, 0, 0, 50},
                        {30, 4, 0, 0, 0, 150}}},
    {"the fourth is gone", 4, {{30, 4, 0, 0, 0, 240}, {10, 4, 0, 0, 0, 80}, {10, 4, 0, 0, 0, 80}}},
    {"the fourth is in the first", 4, {{60, 4, 0, 0, 0, 300}, {10, 4, 0, 0, 0, 50}, {10, 4, 0, 0, 0, 50}}},
    /* Hard caps of 50 % and 48 % of 6 IPs, while the third, of 2 %, does nothing: its time is nobody's. */
    {"hard caps", 6, {{500, 6, 0, 1, 0, 300}, {480, 3, 0, 1, 0, 288}, {20, 0, 1, 0, 0, 0}}},
    {"500/300/200", 6, {{500, 6, 0, 0, 0, 300}, {300, 3, 0, 0, 0, 180}, {200, 3, 0, 0, 0, 120}}},
    {"lone with a cap", 4, {{10, 4, 0, 0, 150, 150}}},
    {"both caps, the lower binds", 4, {{50, 4, 0, 1, 100, 100}, {50, 4, 0, 1, 300, 200}}},
    {"fewer LIPs than IPs", 8, {{50, 2, 0, 0, 0, 200}, {50, 1, 3, 0, 0, 100}}},
    {"nobody", 2, {{50, 0, 2, 0, 0, 0}}},
};
/* clang-format on */

/* One claim per LIP, runnable ones first; returns how many. */
static unsigned make_claims(const PoolCase *pool, MonitorClaim *claims)
{
    uint32_t total_weight = 0;
    unsigned n = 0;

    for (unsigned i = 0; i < MAX_LPARS; i++)
        total_weight += pool->lpars[i].weight;
    for (unsigned i = 0; i < MAX_LPARS; i++) {
        const Lpar *lpar = &pool->lpars[i];

        for (unsigned lip = 0; lip < lpar->runnable + lpar->waiting; lip++)
            claims[n++] = (MonitorClaim){
                .lpar = i + 1,
                .weight = lpar->weight,
                .total_weight = total_weight,
                .runnable = lip < lpar->runnable,
                .hard_cap = lpar->hard_cap,
                .cap_bp = lpar->cap_hundredths * 100,
            };
    }
    g_assert(n <= MAX_CLAIMS);
    return n;
}

START_TEST(pools_divide_as_the_manuals_say)
{
    const PoolCase *pool = &pool_cases[_i];
    MonitorClaim claims[MAX_CLAIMS];
    HvTime allotments_ns[MAX_CLAIMS];
    bool capped[MAX_CLAIMS];
    unsigned n = make_claims(pool, claims), claim = 0;

    monitor_policy_weight.divide(claims, n, pool->n_ips, 100 * MS, allotments_ns, capped);
    for (unsigned i = 0; i < MAX_LPARS; i++) {
        const Lpar *lpar = &pool->lpars[i];
        HvTime sum_ns = sum_of(&allotments_ns[claim], lpar->runnable + lpar->waiting);

        ck_assert_msg(
            sum_ns == lpar->expected_hundredths * MS, "%s: LPAR %u has %" G_GUINT64_FORMAT " ns of 100 ms",
            pool->what, i + 1, sum_ns);
        for (unsigned lip = 0; lip < lpar->runnable + lpar->waiting; lip++, claim++) {
            HvTime each_ns = lip < lpar->runnable ? sum_ns / lpar->runnable : 0;

            ck_assert_uint_ge(allotments_ns[claim], each_ns);
            ck_assert_uint_le(allotments_ns[claim], each_ns + (lip < lpar->runnable ? 1 : 0));
        }
    }
}
END_TEST

/* Limits of the LPARs in floating point, and the level; then equally over those who can run. */
static void divide_by_bisection(const PoolCase *pool, HvTime length_ns, long double *ret_each_ns)
{
    uint64_t weights[MAX_LPARS], limits[MAX_LPARS], total_weight = 0;
    long double amounts[MAX_LPARS];

    for (unsigned i = 0; i < MAX_LPARS; i++)
        total_weight += pool->lpars[i].weight;
    for (unsigned i = 0; i < MAX_LPARS; i++) {
        const Lpar *lpar = &pool->lpars[i];
        long double limit = (long double)lpar->runnable * (long double)length_ns;

        if (lpar->hard_cap)
            limit =
                MIN(limit, (long double)(pool->n_ips * length_ns) * lpar->weight / (long double)total_weight);
        if (lpar->cap_hundredths)
            limit = MIN(limit, (long double)length_ns * lpar->cap_hundredths / 100);
        weights[i] = lpar->weight;
        limits[i] = (uint64_t)limit;
    }
    fill_by_bisection(weights, limits, MAX_LPARS, pool->n_ips * length_ns, amounts);
    for (unsigned i = 0; i < MAX_LPARS; i++)
        ret_each_ns[i] = pool->lpars[i].runnable ? amounts[i] / pool->lpars[i].runnable : 0;
}

static PoolCase draw_pool(HvRng *rng)
{
    PoolCase pool = {.n_ips = 1 + (unsigned)hv_rng_below(rng, 16)};

    unsigned n_lpars = 1 + (unsigned)hv_rng_below(rng, MAX_LPARS);

    for (unsigned i = 0; i < n_lpars; i++)
        pool.lpars[i] = (Lpar){
            .weight = 1 + (uint32_t)hv_rng_below(rng, 999),
            .runnable = (unsigned)hv_rng_below(rng, MIN(pool.n_ips, 4) + 1),
            .waiting = (unsigned)hv_rng_below(rng, 4),
            .hard_cap = hv_rng_below(rng, 3) == 0,
            .cap_hundredths = hv_rng_below(rng, 3) ? 0 : 1 + (uint32_t)hv_rng_below(rng, 400),
        };
    return pool;
}

START_TEST(pools_divide_as_bisection_says)
{
    HvRng rng;

    hv_rng_init(&rng, (uint64_t)_i, "test-policy pool");
    for (unsigned round = 0; round < 100; round++) {
        PoolCase pool = draw_pool(&rng);
        HvTime length_ns = 1 + hv_rng_below(&rng, 200 * MS), allotments_ns[MAX_CLAIMS], sum_ns = 0;
        MonitorClaim claims[MAX_CLAIMS];
        unsigned n = make_claims(&pool, claims);
        long double each_ns[MAX_LPARS];
        bool capped[MAX_CLAIMS];

        monitor_policy_weight.divide(claims, n, pool.n_ips, length_ns, allotments_ns, capped);
        divide_by_bisection(&pool, length_ns, each_ns);
        for (unsigned i = 0; i < n; i++) {
            long double ideal_ns = claims[i].runnable ? each_ns[claims[i].lpar - 1] : 0;

            ck_assert_uint_le(allotments_ns[i], length_ns);
            ck_assert_ldouble_eq_tol((long double)allotments_ns[i], ideal_ns, 3.0L);
            sum_ns += allotments_ns[i];
        }
        ck_assert_uint_le(sum_ns, pool.n_ips * length_ns);
    }
}
END_TEST

/* --- One IP by shares ----------------------------------------------------------------------------------- */

typedef struct {
    const char *what;
    struct {
        uint32_t share_bp;
        bool runnable, hard_cap;
        uint32_t cap_hundredths;
        uint32_t expected_bp; /* of a frame of 10000 */
    } lips[4];
} ShareCase;

/* clang-format off */
static const ShareCase share_cases[] = {
    {"all busy", {{5000, 1, 0, 0, 5000}, {3000, 1, 0, 0, 3000}, {2000, 1, 0, 0, 2000}}},
    /* 5000 left over, 3:2. */
    {"one waits", {{5000, 0, 0, 0, 0}, {3000, 1, 0, 0, 6000}, {2000, 1, 0, 0, 4000}}},
    {"one waits, one is capped", {{5000, 0, 0, 0, 0}, {3000, 1, 1, 0, 3000}, {2000, 1, 0, 0, 7000}}},
    {"all capped", {{5000, 0, 1, 0, 0}, {3000, 1, 1, 0, 3000}, {2000, 1, 1, 0, 2000}}},
    {"absolute", {{5000, 1, 0, 25, 2500}, {3000, 1, 0, 0, 4500}, {2000, 1, 0, 0, 3000}}},
    /* Half of the IP is nobody's: it goes by share. */
    {"not all given away", {{3000, 1, 0, 0, 7500}, {1000, 1, 0, 0, 2500}}},
    {"not all given away, capped", {{3000, 1, 1, 0, 3000}, {1000, 1, 1, 0, 1000}}},
    {"a third each of 10000", {{3333, 1, 0, 0, 3333}, {3333, 1, 0, 0, 3333}, {3334, 1, 0, 0, 3334}}},
};
/* clang-format on */

START_TEST(shares_divide_an_ip)
{
    const ShareCase *one = &share_cases[_i];
    MonitorClaim claims[4];
    HvTime allotments_ns[4];
    bool capped[4];
    unsigned n = 0;

    for (; n < 4 && one->lips[n].share_bp; n++)
        claims[n] = (MonitorClaim){
            .lpar = n + 1,
            .weight = one->lips[n].share_bp,
            .total_weight = HV_SHARE_WHOLE_BP,
            .runnable = one->lips[n].runnable,
            .hard_cap = one->lips[n].hard_cap,
            .cap_bp = one->lips[n].cap_hundredths * 100,
        };
    monitor_policy_share.divide(claims, n, 1, HV_SHARE_WHOLE_BP, allotments_ns, capped);
    for (unsigned i = 0; i < n; i++)
        ck_assert_msg(
            allotments_ns[i] == one->lips[i].expected_bp, "%s: LIP %u has %" G_GUINT64_FORMAT, one->what, i,
            allotments_ns[i]);
}
END_TEST

/* 25 ms x 6/9 = 16.67 ms, 25 x 3/7 = 10.7 -> 12.5 ms, 25 x 4/2 -> 25 ms; nobody: the longest. */
START_TEST(slices_follow_the_rule)
{
    static const struct {
        unsigned n_lips, n_ips;
        HvTime slice_ns;
    } cases[] = {{9, 6, 16666666}, {7, 3, 12500000}, {2, 4, 25000000}, {4, 4, 25000000},
                 {5, 4, 20000000}, {8, 4, 12500000}, {0, 1, 25000000}};

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        ck_assert_uint_eq(monitor_policy_weight.slice(cases[i].n_lips, cases[i].n_ips), cases[i].slice_ns);
        ck_assert_uint_eq(monitor_policy_share.slice(cases[i].n_lips, cases[i].n_ips), cases[i].slice_ns);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("monitor/policy");
    TCase *tcase = tcase_create("policy");

    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, filling_is_the_level_found_by_bisection, 0, 30);
    tcase_add_test(tcase, rounding_is_by_largest_remainder_then_index);
    tcase_add_loop_test(tcase, units_go_to_the_largest_remainders, 0, 100);
    tcase_add_loop_test(tcase, pools_divide_as_the_manuals_say, 0, G_N_ELEMENTS(pool_cases));
    tcase_add_loop_test(tcase, pools_divide_as_bisection_says, 0, 30);
    tcase_add_loop_test(tcase, shares_divide_an_ip, 0, G_N_ELEMENTS(share_cases));
    tcase_add_test(tcase, slices_follow_the_rule);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
