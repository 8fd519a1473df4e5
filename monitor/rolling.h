/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_MONITOR_ROLLING_H
#define LPARSIM_MONITOR_ROLLING_H

#include "hv/codec.h"
#include "hv/quantity.h"

/* The 4-hour rolling average: the processor time used in each of the last 48 intervals of 5 minutes. Zeroed: nothing. */
#define MONITOR_ROLLING_VALUES      48
#define MONITOR_ROLLING_INTERVAL_NS (300 * HV_NS_PER_S)

typedef struct {
    HvTime used_ns[MONITOR_ROLLING_VALUES];
    unsigned next; /* where the next value goes, in the place of the oldest */
    HvTime sum_ns;
} MonitorRolling;

/* An interval has ended in which that much was used. */
void monitor_rolling_add(MonitorRolling *rolling, HvTime used_ns);
/*
 * The average in MSU, in the unit of `msu_per_ip`, which is what an IP that is busy all the time gives in an hour;
 * rounded to the nearest. What there was before the first value counts as 0.
 */
uint32_t monitor_rolling_msu(const MonitorRolling *rolling, uint32_t msu_per_ip);
/* Written down and read back. */
void monitor_rolling_codec(MonitorRolling *rolling, HvCodec *codec);

#endif
