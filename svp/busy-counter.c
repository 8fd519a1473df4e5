/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A counter over time in bounded memory: sums of busy time by stretches, which become longer as time goes on.
 *
 * What is added may come in any order of time. Sums are floating point: they are drawn, not accounted.
 */
#include "svp/busy-counter.h"

void svp_busy_counter_init(SvpBusyCounter *counter)
{
    counter->length_ns = HV_NS_PER_MS;
    counter->busy_ns = g_array_new(FALSE, /* clear= */ TRUE, sizeof(double));
}

void svp_busy_counter_clear(SvpBusyCounter *counter)
{
    g_clear_pointer(&counter->busy_ns, g_array_unref);
}

/* Every two stretches become one. */
static void fold(SvpBusyCounter *counter)
{
    GArray *busy_ns = counter->busy_ns;
    unsigned n = (busy_ns->len + 1) / 2;

    for (unsigned i = 0; i < n; i++) {
        double second = 2 * i + 1 < busy_ns->len ? g_array_index(busy_ns, double, 2 * i + 1) : 0.0;

        g_array_index(busy_ns, double, i) = g_array_index(busy_ns, double, 2 * i) + second;
    }
    g_array_set_size(busy_ns, n);
    counter->length_ns *= 2;
}

void svp_busy_counter_add(SvpBusyCounter *counter, HvTime from_ns, HvTime to_ns, HvTime busy_ns)
{
    g_assert(from_ns < to_ns);
    while ((to_ns - 1) / counter->length_ns >= SVP_BUSY_STRETCHES)
        fold(counter);
    double rate = (double)busy_ns / (double)(to_ns - from_ns);
    unsigned last = (unsigned)((to_ns - 1) / counter->length_ns);

    if (last >= counter->busy_ns->len)
        g_array_set_size(counter->busy_ns, last + 1);
    for (unsigned i = (unsigned)(from_ns / counter->length_ns); i <= last; i++) {
        HvTime low_ns = MAX(from_ns, i * counter->length_ns);
        HvTime high_ns = MIN(to_ns, (i + 1) * counter->length_ns);

        g_array_index(counter->busy_ns, double, i) += rate * (double)(high_ns - low_ns);
    }
}

double svp_busy_counter_mean(const SvpBusyCounter *counter, unsigned nth, HvTime until_ns)
{
    HvTime begin_ns = nth * counter->length_ns, end_ns = MIN(begin_ns + counter->length_ns, until_ns);

    g_assert(nth < counter->busy_ns->len && begin_ns < end_ns);
    return g_array_index(counter->busy_ns, double, nth) / (double)(end_ns - begin_ns);
}
