/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_MONITOR_BOUND_H
#define LPARSIM_MONITOR_BOUND_H

/* The kinds of caps, of which the lowest binds; of equal ones the first here is said to. */
typedef enum {
    MONITOR_BOUND_NONE,           /* no cap, or none that kept it from having more */
    MONITOR_BOUND_HARD,           /* the nominal share, by cap = hard */
    MONITOR_BOUND_ABSOLUTE,       /* a number of IPs, of the LPAR */
    MONITOR_BOUND_GROUP,          /* a number of IPs, of its group */
    MONITOR_BOUND_SOFT,           /* its defined capacity, by the 4-hour rolling average */
    MONITOR_BOUND_GROUP_CAPACITY, /* that of its group */
    MONITOR_BOUNDS,
} MonitorBound;

#endif
