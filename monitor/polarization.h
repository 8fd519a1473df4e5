/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_MONITOR_POLARIZATION_H
#define LPARSIM_MONITOR_POLARIZATION_H

#include "hv/quantity.h"

/*
 * Vertical polarization: what an LPAR is entitled to is put on as few of its LIPs as possible, instead of a little on
 * each.
 */
typedef enum {
    MONITOR_HORIZONTAL,
    MONITOR_VERTICAL_HIGH,   /* 100 % of an IP, its own */
    MONITOR_VERTICAL_MEDIUM, /* a part */
    MONITOR_VERTICAL_LOW,    /* 0 %: parked unless there is spare time */
} MonitorPolarity;

#define MONITOR_VERTICAL_HIGH_SLICE_NS (100 * HV_NS_PER_MS)

/* The layout of one LPAR; its LIPs in the order of their numbers are high, then medium, then low. */
typedef struct {
    unsigned n_high, n_medium, n_low;
    uint32_t medium_bp; /* of each medium one, in 1/100 %, rounded down */
} MonitorVerticalLayout;

/*
 * With E = IPs x weight / total weight, at most n_lips: an integer E has E highs. If its fraction is 0.5 or more, there
 * are floor(E) highs and a medium with the rest; otherwise, and above 1, floor(E) - 1 highs and two mediums that share
 * the rest. Below 1 there is one medium.
 */
MonitorVerticalLayout
monitor_polarization_layout(unsigned n_ips, uint32_t weight, uint32_t total_weight, unsigned n_lips);
const char *monitor_polarity_name(MonitorPolarity polarity); /* "", "high", "medium", "low" */

#endif
