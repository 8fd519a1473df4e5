/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_MONITOR_INTEG_REPORT_H
#define LPARSIM_MONITOR_INTEG_REPORT_H

#include "lpar/bystander.h"
#include "monitor/transfer.h"
#include "resmgr/plan.h"

/* What an INTEG did, or, planned only, would do. */
typedef struct {
    char *step; /* "check", "201" .. "209" */
    MonitorComponent component;
    unsigned lpar; /* 0: none */
    HvTime at_ns;
    char *text; /* one sentence */
} MonitorIntegStep;

typedef struct {
    bool planned; /* nothing was done */
    ResmgrPlan *plan;
    ResmgrState *before, *after; /* the assignment; planned: as it would be */
    GArray *costs;               /* LparRelocationCost, one per plan->moves */
    GPtrArray *steps;            /* MonitorIntegStep *, in order; planned: what each step will do, at_ns 0 */
    HvTime begun_ns, ended_ns;
    HvTime survivor_hold_ns; /* 204 to 208; planned: estimated from the copy rate */
    HvTime elapsed_ns;       /* planned: estimated, one round per running move */
    unsigned io_ended;       /* requests of the retiring guest that were ended */
    bool notify;
    GPtrArray
        *pending; /* char *: what the survivor's domain has not got yet, with the reason; may be empty */
} MonitorIntegReport;

void monitor_integ_report_free(MonitorIntegReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MonitorIntegReport, monitor_integ_report_free)

#endif
