/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_MONITOR_HISTORY_H
#define LPARSIM_MONITOR_HISTORY_H

#include "monitor/sample.h"

/*
 * What a system was like at regular intervals: samples from the beginning of the measurement on (power on, or the last reset of the
 * usage), at most MONITOR_HISTORY_SAMPLES of them, and fewer when their histograms take more than MONITOR_HISTORY_BYTES. Then every
 * second one is dropped and the interval doubles; so a run may be of any length, and what has been recorded covers all of it.
 */
#define MONITOR_HISTORY_SAMPLES       512u
#define MONITOR_HISTORY_SAMPLES_LEAST 8u
#define MONITOR_HISTORY_BYTES         ((size_t)64 << 20)
#define MONITOR_HISTORY_INTERVAL_NS   (900 * HV_NS_PER_S)

typedef struct MonitorHistory MonitorHistory;

/*
 * From now on a sample is taken every `interval_ns` > 0 of simulated time; nothing else is any different for it, no result and no
 * digest. Once more: with another interval from now on; what was recorded becomes one interval, as long as it was.
 */
void monitor_system_record(MonitorSystem *system, HvTime interval_ns);
/* The system's; NULL: it does not record. */
const MonitorHistory *monitor_system_history(const MonitorSystem *system);

/* The interval at which samples are kept by now: what was asked for, doubled as often as it had to be. */
HvTime monitor_history_interval_ns(const MonitorHistory *history);
/* How many samples are kept, from 0 to MONITOR_HISTORY_SAMPLES - 1. */
unsigned monitor_history_length(const MonitorHistory *history);
/* When the measurement began. */
HvTime monitor_history_begun_ns(const MonitorHistory *history);

/*
 * Differences, MonitorSample * by time, each of one interval: the last ends now, and may be shorter. They follow each other without
 * gaps, so their figures add up to those of the whole. interval_ns must be a multiple of the one that is kept:
 * MONITOR_ERROR_INTERVAL says which are. Free with g_ptr_array_unref().
 */
GPtrArray *monitor_system_intervals(MonitorSystem *system, HvTime interval_ns, GError **error);
/* From the beginning of the measurement to now. The system records (asserted, here and above). */
MonitorSample *monitor_system_whole(MonitorSystem *system);

#endif
