/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_CHROME_TRACE_H
#define LPARSIM_SVP_CHROME_TRACE_H

#include "monitor/system.h"

#include <stdio.h>

/*
 * The Chrome trace event format, which Perfetto (https://ui.perfetto.dev) opens: a process for the IPs that are divided by shares and
 * one for each pool, with a thread for each IP and an event for each time a LIP was on it; processes for the steps of INTEG, for
 * holds and for relocations; a counter of busy IPs.
 *
 * Bounded: a frame of the dispatcher that repeats is written out MONITOR_WATCH_FRAMES times and is one event then, "shared"; when
 * SVP_CHROME_EVENTS events have been written, each IP's time from then on is one such event. Each says in nanoseconds what each LIP
 * got, so the sums are exact all the same.
 */
#define SVP_CHROME_EVENTS 1000000u

typedef struct SvpChromeTrace SvpChromeTrace;

/* Begins to trace; the stream is the caller's and takes nothing else. Nothing else changes, nor does any digest. */
SvpChromeTrace *svp_chrome_trace_new(MonitorSystem *system, FILE *stream);
/* The same with another limit. */
SvpChromeTrace *svp_chrome_trace_new_limited(MonitorSystem *system, FILE *stream, unsigned max_events);
/* Writes what is still open, and the end; the system is still there. NULL is allowed. */
void svp_chrome_trace_end(SvpChromeTrace *trace);

#endif
