/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_MONITOR_LENDING_H
#define LPARSIM_MONITOR_LENDING_H

#include "monitor/dispatch.h"

/*
 * One-way lending: what an LPAR leaves of its own part goes to some LPARs only. In two steps:
 *
 * 1. Each has min(own part, limit).
 * 2. What somebody leaves of his part goes to those he lends to, and to nobody else. It is divided such that all together
 *    are as even as can be, for their weights: nobody could have more without somebody having less who got something in
 *    this step and has no more for his weight.
 *
 * If everybody lends to everybody, that is the plain filling by weight.
 */
typedef struct {
    uint64_t own;    /* its part of what there is */
    uint64_t weight; /* > 0, or it takes nothing */
    uint64_t limit;  /* the most it can use */
} MonitorLendingParty;

/*
 * may[from * n + to]: `from` lends to `to`; what is on the diagonal is not looked at. `common` is nobody's own and lent
 * to all. In whole units; what can be given is given.
 */
void monitor_lending_divide(
    const MonitorLendingParty *parties, unsigned n, uint64_t common, const bool *may, uint64_t *ret_amounts);

/* What LPAR `lpar` leaves goes only to those in the bit map; before time passes. Others lend to all. */
void monitor_dispatch_set_lending(MonitorDispatch *dispatch, unsigned lpar, const uint64_t to[4]);

#endif
