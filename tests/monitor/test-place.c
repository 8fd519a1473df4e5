/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The order of LIPs in a frame, against the C library's sort.
 *
 * Numbers of LIPs around the limit of insertion and far above; credits of all magnitudes, many of them equal. The
 * number of the loop, printed with a failure, is the seed.
 */
#include "hv/rng.h"
#include "monitor/place.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PLACES 3000

static int compare_places(const void *a, const void *b)
{
    const MonitorPlace *x = a, *y = b;

    if (x->credit_ns != y->credit_ns)
        return x->credit_ns > y->credit_ns ? -1 : 1;
    return x->index < y->index ? -1 : 1;
}

START_TEST(order_is_by_credit_then_index)
{
    static const int64_t mosts_ns[] = {1, 3, 2047, 2048, 62500000, INT64_C(6250000000), INT64_MAX / 2};
    static MonitorPlace places[MAX_PLACES], expected[MAX_PLACES], spare[MAX_PLACES];
    HvRng rng;

    hv_rng_init(&rng, (uint64_t)_i, "test-place");
    unsigned n = (unsigned)hv_rng_below(&rng, _i % 2 ? 80 : MAX_PLACES);
    int64_t most_ns = mosts_ns[hv_rng_below(&rng, G_N_ELEMENTS(mosts_ns))];

    for (unsigned i = 0; i < n; i++)
        places[i] = (MonitorPlace){
            .credit_ns = most_ns - (int64_t)hv_rng_below(&rng, 2 * (uint64_t)most_ns + 1), .index = 2 * i};
    memcpy(expected, places, sizeof(places));
    qsort(expected, n, sizeof(*expected), compare_places);
    monitor_places_sort(places, spare, n, most_ns);
    for (unsigned i = 0; i < n; i++) {
        ck_assert_int_eq(places[i].credit_ns, expected[i].credit_ns);
        ck_assert_uint_eq(places[i].index, expected[i].index);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("monitor/place");
    TCase *tcase = tcase_create("place");

    tcase_add_loop_test(tcase, order_is_by_credit_then_index, 0, 60);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
