/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_FRAMES_FRAMES_H
#define LPARSIM_SVP_FRAMES_FRAMES_H

#include "monitor/restore.h"
#include "monitor/system.h"
#include "svp/log.h"
#include "svp/page.h"
#include "svp/table.h"

#include <jansson.h>

/*
 * The frames: each thing that can be shown, once as JSON and once for people. They read and change nothing. `lpar` restricts a
 * frame to one LPAR; 0: all. JSON is new and the caller's.
 */

/* storage-map.c. Of any assignment: before and after an INTEG too. */
json_t *svp_storage_json(const ResmgrState *state, ResmgrStorageKind kind, unsigned lpar);
void svp_storage_frame(SvpPage *page, const ResmgrState *state, ResmgrStorageKind kind, unsigned lpar);
/* The bar alone, with a title of its own. */
void svp_storage_bar(SvpPage *page, const ResmgrState *state, ResmgrStorageKind kind, const char *title);

/* share-matrix.c. `system` says which LIPs are online now. */
json_t *svp_ips_json(MonitorSystem *system, const ResmgrState *state, unsigned lpar);
/* Only the IPs on which one of these LPARs has a LIP; their rows alone, or those of everybody there. */
typedef struct {
    unsigned lpars[2]; /* 0: none */
    bool neighbours;
} SvpMatrixSelection;
/* `selection` NULL: everything. */
void svp_share_matrix_frame(
    SvpPage *page, MonitorSystem *system, const ResmgrState *state, const SvpMatrixSelection *selection,
    const char *title);

/* pools.c */
json_t *svp_pools_json(MonitorSystem *system, unsigned lpar);
void svp_pools_frame(SvpPage *page, MonitorSystem *system, unsigned lpar);
/* Nominal share of each online LIP of the LPAR (of each LIP, if none is), in 1/100 % of one IP. */
uint64_t svp_pool_lip_share_bp(MonitorSystem *system, const ResmgrLpar *lpar, HvIpType type);

/* channels.c */
json_t *svp_channels_json(const ResmgrState *state, unsigned lpar);
void svp_channels_frame(SvpPage *page, const ResmgrState *state, unsigned lpar);

/* guests.c */
json_t *svp_guest_json(LparControl *lpar); /* null while nothing is loaded */
void svp_guest_frame(SvpPage *page, LparControl *lpar);

/* lpars.c */
json_t *svp_lpars_json(MonitorSystem *system, unsigned lpar);
void svp_lpars_frame(SvpPage *page, MonitorSystem *system, unsigned lpar);

/* tasks.c */
void svp_tasks_json(json_t *result, MonitorSystem *system, unsigned lpar);
void svp_tasks_frame(SvpPage *page, MonitorSystem *system, unsigned lpar);

/* usage.c */
void svp_usage_json(json_t *result, MonitorSystem *system, unsigned lpar);
void svp_usage_frame(SvpPage *page, MonitorSystem *system, unsigned lpar);

/* integ-steps.c */
void svp_integ_json(json_t *result, const MonitorIntegReport *report);
void svp_integ_step_line(SvpPage *page, const MonitorIntegStep *step, bool planned);
void svp_integ_summary(SvpPage *page, const MonitorIntegReport *report);

/* What steps and moves of an INTEG and of a restore have in common; `state` has the LPARs' names. */
json_t *svp_move_json(const ResmgrState *state, const ResmgrMove *move, const LparRelocationCost *cost);
json_t *svp_step_json(const ResmgrState *state, const MonitorIntegStep *step);

/* assignment.c: storage, shares and channel paths together; on a large machine only the IPs of these LPARs are drawn. */
json_t *svp_assignment_json(MonitorSystem *system, const ResmgrState *state);
void svp_assignment_frame(
    SvpPage *page, MonitorSystem *system, const ResmgrState *state, const unsigned lpars[2],
    const char *when);

/* restore-steps.c */
void svp_restore_json(json_t *result, const MonitorRestoreReport *report);
void svp_restore_lacks(SvpPage *page, const MonitorRestoreReport *report);
void svp_restore_summary(SvpPage *page, const MonitorRestoreReport *report);

/* log.c */
json_t *svp_log_json(const SvpLog *log, unsigned lpar);
void svp_log_frame(SvpPage *page, const SvpLog *log, unsigned lpar);

/* machine.c */
json_t *svp_machine_json(MonitorSystem *system);
void svp_machine_frame(SvpPage *page, MonitorSystem *system);

/* devices.c */
json_t *svp_devices_json(MonitorSystem *system, unsigned lpar);
void svp_devices_frame(SvpPage *page, MonitorSystem *system, unsigned lpar);

/* What is seen of a real guest; rows of two cells. */
json_t *svp_real_json(HvGuest *guest);
void svp_real_rows(SvpTable *table, HvGuest *guest);
/* Storage and disks of the real guests, by libvirt's statistics. */
json_t *svp_real_usage_json(MonitorSystem *system, unsigned lpar);
void svp_real_usage_frame(SvpPage *page, MonitorSystem *system, unsigned lpar);

#endif
