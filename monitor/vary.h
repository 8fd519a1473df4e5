/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_MONITOR_VARY_H
#define LPARSIM_MONITOR_VARY_H

#include "monitor/system.h"

/* LIPs that a guest takes offline and brings back by its load. */
#define MONITOR_VARY_PERIOD_NS (10 * HV_NS_PER_S)

/*
 * The rule, at the end of each period: with n LIPs online that had work for w periods together, one more comes online
 * (1) if w > 0.9 n and there is one, one goes offline (-1) if n > n_min and w < 0.7 (n - 1); otherwise all stays as it is
 * (0). Between the two lies what keeps a LIP from going and coming with every period.
 */
int monitor_vary_decide(unsigned n_online, unsigned n_min, bool more, HvTime wanted_ns, HvTime period_ns);

/* LPARs of the system's definition with lips_min; it begins with power on. */
void monitor_vary_init(MonitorSystem *system);
void monitor_vary_clear(MonitorSystem *system);
/* An LPAR more, and one less. */
void monitor_vary_add(MonitorSystem *system, const ResmgrLparDef *def);
void monitor_vary_remove(MonitorSystem *system, unsigned lpar);
/* Nobody waits for anything any more: what they wait for is read next. */
void monitor_vary_quiesce(MonitorSystem *system);
void monitor_vary_codec(MonitorSystem *system, HvCodec *codec);

#endif
