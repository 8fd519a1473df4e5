/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The 4-hour rolling average of MSU: 48 values of 5 minutes, the oldest of which goes when a new one comes.
 *
 * A value is processor time, not MSU, so that the sum is exact and nothing drifts as values come and go. An hour of one
 * IP is msu_per_ip, so the average is sum / 4 h x msu_per_ip; rounding to the nearest 1/100 MSU is what lets an LPAR that
 * is held at its limit, where a frame more or less falls into an interval, stay at it.
 */
#include "monitor/rolling.h"

void monitor_rolling_add(MonitorRolling *rolling, HvTime used_ns)
{
    g_assert(rolling->sum_ns >= rolling->used_ns[rolling->next]);
    rolling->sum_ns = rolling->sum_ns - rolling->used_ns[rolling->next] + used_ns;
    rolling->used_ns[rolling->next] = used_ns;
    rolling->next = (rolling->next + 1) % MONITOR_ROLLING_VALUES;
}

void monitor_rolling_codec(MonitorRolling *rolling, HvCodec *codec)
{
    HvTime sum_ns = 0;

    for (unsigned i = 0; i < MONITOR_ROLLING_VALUES; i++) {
        hv_codec_u64(codec, &rolling->used_ns[i]);
        sum_ns += rolling->used_ns[i];
    }
    hv_codec_uint(codec, &rolling->next);
    if (rolling->next >= MONITOR_ROLLING_VALUES)
        hv_codec_fail(codec, "value %u of the rolling average is not there", rolling->next);
    rolling->sum_ns = sum_ns;
}

uint32_t monitor_rolling_msu(const MonitorRolling *rolling, uint32_t msu_per_ip)
{
    const HvTime span_ns = MONITOR_ROLLING_VALUES * MONITOR_ROLLING_INTERVAL_NS;
    uint64_t doubled = hv_muldiv(2 * rolling->sum_ns, msu_per_ip, span_ns);

    return (uint32_t)MIN((doubled + 1) / 2, UINT32_MAX);
}
