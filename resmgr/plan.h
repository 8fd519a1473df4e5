/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_RESMGR_PLAN_H
#define LPARSIM_RESMGR_PLAN_H

#include "resmgr/share-table.h"

/*
 * What an INTEG will do, computed purely from the state: data that PLAN prints and the steps carry out.
 */
typedef struct {
    unsigned lpar;
    ResmgrStorageKind kind;
    uint64_t from_bytes, to_bytes, size_bytes;
    uint32_t group; /* moves of one group and kind are carried out together (resmgr/relocate.h) */
    bool
        held; /* the whole move is made in step 205 while the survivor is held: its own move, and what must follow it */
} ResmgrMove;

typedef struct {
    unsigned retiring, survivor;
    bool force;
    GArray *moves;            /* ResmgrMove, in the order of execution: all of step 203, then those of 205 */
    unsigned n_moves_running; /* the first so many are made in 203, the rest in 205 */
    ResmgrArea areas_after[RESMGR_STORAGE_KINDS]; /* the survivor's; reserved is 0, figure 3(b) */
    bool layout_exact[RESMGR_STORAGE_KINDS];
    uint64_t moved_bytes;       /* sum over moves, MS and ES */
    uint64_t moved_bound_bytes; /* proved: no legal layout moves less; equal to moved_bytes when exact */
    GArray *lip_merges;         /* ResmgrLipMerge */
    GArray *lips_after;         /* ResmgrLip, the survivor's */
    uint32_t weights_after[HV_IP_TYPES];
    ResmgrCap cap_after; /* absolute caps add; otherwise the survivor's own */
    GArray
        *chps; /* uint8_t, ascending: the paths that go over; shared ones the survivor gets or has already */
} ResmgrPlan;

/*
 * Refuses with a RESMGR_ERROR_* before anything has changed: unknown numbers, equal ones, NOT_ASSIGNED, AUTHORITY,
 * RESERVED, CANDIDATE, DEVICE_NUMBER, LIPS, NO_ROOM. Run states are LPAR control's to check.
 */
ResmgrPlan *
resmgr_plan_new(const ResmgrState *state, unsigned retiring, unsigned survivor, bool force, GError **error);
void resmgr_plan_free(ResmgrPlan *plan);

/* Moves of one group stand next to each other: how many there are from `first` on. */
unsigned resmgr_moves_group_size(const GArray *moves, unsigned first);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ResmgrPlan, resmgr_plan_free)

#endif
