/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_MONITOR_WATCH_H
#define LPARSIM_MONITOR_WATCH_H

#include "monitor/dispatch.h"
#include "monitor/frame.h"

/*
 * Watching the dispatcher: who was on which IP from when to when. The watcher is told at settlings, of all that has been settled: so
 * of each IP in the order of time, without overlaps, but not of several IPs in one order. What it is told adds up, in nanoseconds,
 * to what the accounts have got meanwhile; what a real guest is charged with has no place on an IP and is not told.
 *
 * A frame that repeats is told of piece by piece for MONITOR_WATCH_FRAMES times; what comes after that until it is laid out anew is
 * told of as a whole: the IP was shared, and what each LIP got of it.
 */
#define MONITOR_WATCH_FRAMES 64u

typedef struct {
    unsigned lpar, lip;
    MonitorRan ran;
} MonitorWatchPart;

typedef struct {
    /* The LIP was on the IP, without a break: got.busy_ns + got.management_ns = to_ns - from_ns. */
    void (*ran)(void *data, unsigned ip, HvTime from_ns, HvTime to_ns, const MonitorWatchPart *part);
    /* LIPs took turns on the IP, the first of them first; the rest of the time it was idle. */
    void (*shared)(
        void *data, unsigned ip, HvTime from_ns, HvTime to_ns, const MonitorWatchPart *parts,
        unsigned n_parts);
} MonitorWatchOps;

/* One watcher at a time; `ops` NULL: none. Watching changes nothing. The dispatcher is settled by the call. */
void monitor_dispatch_watch(MonitorDispatch *dispatch, const MonitorWatchOps *ops, void *data);

#endif
