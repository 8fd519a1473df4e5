/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_MONITOR_PLACE_H
#define LPARSIM_MONITOR_PLACE_H

#include "hv/quantity.h"

/* A LIP's place in a frame: whoever has the most credit goes first, equals by index. */
typedef struct {
    int64_t credit_ns;
    uint32_t index;
} MonitorPlace;

/* Puts them in order. They come by index (asserted), and no credit is above `most_ns`; `spare` has room for n. */
void monitor_places_sort(MonitorPlace *places, MonitorPlace *spare, unsigned n, int64_t most_ns);

#endif
