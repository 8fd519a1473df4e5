/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_MONITOR_CAPACITY_H
#define LPARSIM_MONITOR_CAPACITY_H

#include "monitor/dispatch.h"
#include "monitor/rolling.h"

/*
 * Limits beside an LPAR's own cap: of groups of LPARs in one pool, and soft ones, in MSU, that count only while the
 * average of the last 4 hours has reached them, and only on CPs. All of it is set up before time passes.
 */
typedef struct {
    uint32_t cap_ips_hundredths;   /* absolute cap of the members together; 0: none */
    uint32_t limit_msu_hundredths; /* group capacity; 0: none */
    const unsigned *members;       /* LPAR numbers; an LPAR is in one group at most (asserted) */
    unsigned n_members;
} MonitorGroupTerms;

/* What one IP gives in an hour; first of all. Without it there are no soft limits. */
void monitor_dispatch_set_msu(MonitorDispatch *dispatch, uint32_t msu_per_ip_hundredths);
/* Returns the number of the group, from 1. */
unsigned monitor_dispatch_add_group(MonitorDispatch *dispatch, const MonitorGroupTerms *terms);
void monitor_dispatch_set_defined_capacity(MonitorDispatch *dispatch, unsigned lpar, uint32_t msu_hundredths);
/* The LPAR is loaded: its average begins from zero. */
void monitor_dispatch_forget_rolling(MonitorDispatch *dispatch, unsigned lpar);

/* The average of the last 4 hours in 1/100 MSU as it was last evaluated, of an LPAR or of a group. */
uint32_t monitor_dispatch_rolling_msu(const MonitorDispatch *dispatch, unsigned lpar);
uint32_t monitor_dispatch_group_rolling_msu(const MonitorDispatch *dispatch, unsigned group);

#endif
