/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_BUSY_COUNTER_H
#define LPARSIM_SVP_BUSY_COUNTER_H

#include "hv/quantity.h"

/*
 * How many of something were busy on average, over equal stretches of time: at most SVP_BUSY_STRETCHES of them. They are a
 * millisecond long at first; when there are too many, every two become one.
 */
#define SVP_BUSY_STRETCHES 4096u

typedef struct {
    HvTime length_ns;
    GArray *busy_ns; /* double, a stretch each */
} SvpBusyCounter;

void svp_busy_counter_init(SvpBusyCounter *counter);
void svp_busy_counter_clear(SvpBusyCounter *counter);
/* Between two times it was busy for `busy_ns`, evenly. */
void svp_busy_counter_add(SvpBusyCounter *counter, HvTime from_ns, HvTime to_ns, HvTime busy_ns);
/* The average over the nth stretch, of which time has passed up to `until_ns`, which is behind its beginning. */
double svp_busy_counter_mean(const SvpBusyCounter *counter, unsigned nth, HvTime until_ns);

#endif
