/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_MONITOR_RESTORE_H
#define LPARSIM_MONITOR_RESTORE_H

#include "monitor/capture.h"
#include "resmgr/restore.h"

/* What a restore did, or, planned only, would do. */
typedef struct {
    bool planned; /* nothing was done */
    ResmgrRestorePlan *plan;
    ResmgrState *before, *after; /* the assignment; planned: as it would be */
    GArray *costs;               /* LparRelocationCost, one per plan->moves */
    GPtrArray *steps;   /* MonitorIntegStep *, "check", "301" .. "308"; planned: what each will do, at_ns 0 */
    HvTime captured_ns; /* the moment that is restored */
    HvTime begun_ns, ended_ns, elapsed_ns; /* planned: estimated, one round per move */
    uint64_t content_bytes;                /* of pages that are put back */
    LparRunState state;                    /* the LPAR's then */
    char
        *guest_problem; /* its guest does not go on: why, in one sentence; NULL: it does, or there was none */
    /* What the guest of the giver takes offline. */
    uint64_t offline_bytes[RESMGR_STORAGE_KINDS];
    GArray *offline_lips; /* unsigned */
    GArray *lost_lips; /* unsigned: LIPs that the LPAR had and has not got back; its guest goes on without */
} MonitorRestoreReport;

void monitor_restore_report_free(MonitorRestoreReport *report); /* NULL is allowed */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MonitorRestoreReport, monitor_restore_report_free)

typedef struct {
    unsigned lpar; /* 0: the one that was captured; else one that was defined like it */
    bool copy;     /* the one that was captured keeps what it has */
    uint32_t
        parent_bp; /* of a copy: so much of each share of the one that was captured becomes the copy's; 0: nothing */
    bool partial; /* what is not to be had is done without */
    /* The giver's record before the INTEG that is taken back, if that is known and it is the giver still; may be NULL. */
    const ResmgrLpar *giver_before;
    uint64_t content_rate; /* bytes per second at which the content comes in; 0: the machine's copy rate */
    HvTime io_limit_ns;    /* how long I/O on the giver's paths is waited for; 0: 10 s */
    void (*step)(const MonitorIntegStep *step, void *data); /* called after each step; may be NULL */
    void *data;
} MonitorRestoreOptions;

/*
 * Brings an LPAR back as it was captured: an LPAR that is not activated, that was integrated into another, or that has been defined just now.
 * Others are relocated while they run and notice nothing; the LPAR that it was integrated into gives back what it can do without. Returns
 * when it is done: simulated time has passed. Refused before anything has changed: RESMGR_ERROR_* of the plan, MONITOR_ERROR_RESTORE.
 * MONITOR_ERROR_STEP_FAILED: a step failed before the commit point, and everything is as before.
 */
MonitorRestoreReport *monitor_system_restore(
    MonitorSystem *system, const MonitorCapture *capture, const MonitorRestoreOptions *options,
    GError **error);
/* What it would do; what is missed is no reason to refuse. Changes nothing, no time passes. */
MonitorRestoreReport *monitor_system_restore_plan(
    MonitorSystem *system, const MonitorCapture *capture, const MonitorRestoreOptions *options,
    GError **error);

#endif
