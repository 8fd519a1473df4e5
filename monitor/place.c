/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The order of LIPs in a frame.
 *
 * A large pool whose LIPs wake and wait is sorted thousands of times a second, and comparing would take most of the
 * time. Credits are bounded by a frame, so what somebody lacks of the most is a number of about 30 bits: a radix sort
 * goes through all of them once for every 11 bits, and keeps those in order that are equal. Few are sorted by insertion.
 */
#include "monitor/place.h"

#include <string.h>

#define PLACES_FEW 32
#define DIGIT_BITS 11
#define DIGITS     (1u << DIGIT_BITS)

static uint64_t lack(const MonitorPlace *place, int64_t most_ns)
{
    return (uint64_t)most_ns - (uint64_t)place->credit_ns;
}

static void insert_each(MonitorPlace *places, unsigned n)
{
    for (unsigned i = 1; i < n; i++) {
        MonitorPlace moved = places[i];
        unsigned k = i;

        for (; k > 0 && places[k - 1].credit_ns < moved.credit_ns; k--)
            places[k] = places[k - 1];
        places[k] = moved;
    }
}

/* From one array into the other by the digit at `shift`, equals in the order they had. */
static void
sort_by_digit(const MonitorPlace *from, MonitorPlace *to, unsigned n, int64_t most_ns, unsigned shift)
{
    uint32_t begins[DIGITS] = {0}, sum = 0;

    for (unsigned i = 0; i < n; i++)
        begins[lack(&from[i], most_ns) >> shift & (DIGITS - 1)]++;
    for (unsigned digit = 0; digit < DIGITS; digit++) {
        uint32_t count = begins[digit];

        begins[digit] = sum;
        sum += count;
    }
    for (unsigned i = 0; i < n; i++)
        to[begins[lack(&from[i], most_ns) >> shift & (DIGITS - 1)]++] = from[i];
}

void monitor_places_sort(MonitorPlace *places, MonitorPlace *spare, unsigned n, int64_t most_ns)
{
    MonitorPlace *from = places, *to = spare;
    uint64_t largest = 0;

    for (unsigned i = 0; i < n; i++) {
        g_assert(places[i].credit_ns <= most_ns && (i == 0 || places[i].index > places[i - 1].index));
        largest = MAX(largest, lack(&places[i], most_ns));
    }
    if (n <= PLACES_FEW) {
        insert_each(places, n);
        return;
    }
    for (unsigned shift = 0; shift < 64 && largest >> shift > 0; shift += DIGIT_BITS) {
        sort_by_digit(from, to, n, most_ns, shift);
        MonitorPlace *sorted = to;

        to = from;
        from = sorted;
    }
    if (from != places)
        memcpy(places, from, n * sizeof(*places));
}
