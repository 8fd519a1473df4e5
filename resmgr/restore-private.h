/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_RESMGR_RESTORE_PRIVATE_H
#define LPARSIM_RESMGR_RESTORE_PRIVATE_H

#include "resmgr/restore.h"

/* What the files that make a restore plan share among themselves; nobody else includes this. */
typedef struct {
    const ResmgrState *state;
    const ResmgrRestoreWish *wish;
    const ResmgrLpar *lpar, *giver;       /* giver NULL: none */
    bool giver_runs;                      /* it is ASSIGNED: its guest has a say, and its shares count */
    unsigned heirs[RESMGR_MAX_LPARS + 1]; /* as they are when the LPAR has come back */
    ResmgrRestorePlan *plan;
} ResmgrRestoring;

/* restore.c: the records that say so. */
void resmgr_restore_record(ResmgrState *state, const ResmgrRestorePlan *plan, HvTime now);
/* Enters something that is not to be had; takes both texts. */
void resmgr_restore_lack(
    ResmgrRestoring *restoring, ResmgrLackKind kind, bool missed, char *what, char *reason);

/* restore-storage.c: what the giver gives up, where the LPAR stands, who moves. */
bool resmgr_restore_plan_storage(ResmgrRestoring *restoring, GError **error);
/* restore-processors.c: shares, LIPs, weights, cap, of both. */
bool resmgr_restore_plan_processors(ResmgrRestoring *restoring, GError **error);
/* restore-channels.c: paths of both. */
void resmgr_restore_plan_channels(ResmgrRestoring *restoring);

#endif
