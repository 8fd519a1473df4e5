/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_RESMGR_RESTORE_H
#define LPARSIM_RESMGR_RESTORE_H

#include "resmgr/plan.h"

/*
 * Bringing an LPAR back: one that is deactivated or never was activated, was integrated into another, or has been defined just now. The plan is
 * computed purely from the state, as that of an INTEG is; here the other way round: it finds room, takes back what the
 * survivor of the INTEG got then and can do without, and says what it cannot.
 */

/* What the guest of the LPAR that gives back cannot do without. Of no meaning if that LPAR is deactivated. */
typedef struct {
    uint64_t least_bytes[RESMGR_STORAGE_KINDS]; /* what its guest keeps online at least */
    uint64_t most_bytes[RESMGR_STORAGE_KINDS];  /* as far as it can grow until its next load; 0: not known */
    bool keeps_lip[HV_MAX_LIPS + 1];            /* [LIP number] */
    uint64_t keeps_chps[4];                     /* bit map of CHPIDs */
    const ResmgrLpar *own; /* it as it was before it got what it is to give back; NULL: by the definitions */
} ResmgrGiver;

typedef struct {
    unsigned lpar; /* RELEASED or RETIRED; ASSIGNED if it is idle */
    bool idle;     /* nothing runs in it: what it has is as free as what it would have if it were RELEASED */
    HvTime at_ns;  /* when it had what is wished: what came to it later by other INTEGs stays where it is */
    /* Sizes, where the areas shall begin if they can, reserved sizes; multiples of the increment. */
    ResmgrArea areas[RESMGR_STORAGE_KINDS];
    const GArray *lips; /* ResmgrLip */
    uint32_t weights[HV_IP_TYPES];
    ResmgrCap cap;
    uint64_t chps[4]; /* bit map of CHPIDs, shared ones too */
    bool copy;        /* of an LPAR that keeps what it has: that it has its paths and shares is no shortage */
    unsigned
        parent; /* ASSIGNED: the shares come out of its own, of which something is left each time; 0: of nobody's */
    bool partial; /* what is not to be had is done without; storage never is */
    const ResmgrGiver
        *giver; /* what belongs to the LPAR that this one was integrated into; NULL: it keeps nothing */
} ResmgrRestoreWish;

typedef enum {
    RESMGR_LACK_STORAGE,
    RESMGR_LACK_SHARE,
    RESMGR_LACK_LIP,
    RESMGR_LACK_POOL,
    RESMGR_LACK_CAP,
    RESMGR_LACK_CHP,
} ResmgrLackKind;

/* Something that could not be given back, or not be had. */
typedef struct {
    ResmgrLackKind kind;
    char *what;   /* "MS 64M", "40 % of IP 2", "CHP 05" */
    char *reason; /* "the guest of LPAR1 has it online" */
    bool
        missed; /* the LPAR is without it; false: it got as much from elsewhere, or none of it is to be missed */
} ResmgrLack;

typedef struct {
    unsigned lpar, giver; /* giver 0: the LPAR was not integrated into another */
    GArray *moves;        /* ResmgrMove, in the order of execution; all while the LPARs run */
    uint64_t moved_bytes, moved_bound_bytes; /* as in ResmgrPlan */
    bool layout_exact[RESMGR_STORAGE_KINDS];
    ResmgrArea areas[RESMGR_STORAGE_KINDS]; /* the LPAR's */
    GArray *lips;                           /* ResmgrLip */
    uint32_t weights[HV_IP_TYPES];
    ResmgrCap cap;
    uint64_t chps[4]; /* what it gets */
    /* What the giver has: areas before anything moves, then smaller. */
    ResmgrArea giver_areas_before[RESMGR_STORAGE_KINDS], giver_areas[RESMGR_STORAGE_KINDS];
    GArray *giver_lips; /* ResmgrLip */
    uint32_t giver_weights[HV_IP_TYPES];
    ResmgrCap giver_cap;
    uint64_t given_chps[4]; /* paths that it has no longer */
    unsigned parent;        /* as wished */
    GArray *parent_lips;    /* ResmgrLip: what is left to it; NULL: it gives nothing */
    GArray *
        left; /* unsigned: LPARs integrated into this one after the moment wished for: the giver keeps them */
    GPtrArray *lacks;       /* ResmgrLack * */
    bool partial;           /* one of them is missed */
    ResmgrChp *chps_before; /* [HV_MAX_CHPS], of an idle LPAR, which is RELEASED first; NULL: it is no such */
} ResmgrRestorePlan;

/*
 * Refuses before anything has changed: RESMGR_ERROR_UNKNOWN_LPAR, RESMGR_ERROR_ASSIGNED, RESMGR_ERROR_INCREMENT,
 * RESMGR_ERROR_NO_ROOM, RESMGR_ERROR_LIPS (LIPs that this machine cannot have, or none is left),
 * RESMGR_ERROR_NOT_GIVEN_BACK (something is missed, and the wish does not allow it).
 */
ResmgrRestorePlan *
resmgr_restore_plan_new(const ResmgrState *state, const ResmgrRestoreWish *wish, GError **error);
void resmgr_restore_plan_free(ResmgrRestorePlan *plan); /* NULL is allowed */

/*
 * The books' part of carrying it out; none can fail, and the undo in mirror order gives the state back bit for bit.
 *
 *     resmgr_restore_channels_offline (given)     undo: resmgr_restore_channels_back
 *     resmgr_restore_shrink (the giver's areas; all that an idle LPAR had)   undo: resmgr_restore_grow
 *     resmgr_restore_move (each group)            undo: resmgr_restore_move_back
 *     resmgr_restore_commit                       the commit point: no undo
 *     resmgr_restore_channels_online
 */
/* Paths that the giver alone has and gives: it starts no I/O on them any more. */
void resmgr_restore_channels_offline(ResmgrState *state, const ResmgrRestorePlan *plan);
void resmgr_restore_channels_back(ResmgrState *state, const ResmgrRestorePlan *plan);
void resmgr_restore_shrink(ResmgrState *state, const ResmgrRestorePlan *plan);
void resmgr_restore_grow(ResmgrState *state, const ResmgrRestorePlan *plan);
void resmgr_restore_move(ResmgrState *state, const ResmgrRestorePlan *plan, unsigned first, unsigned count);
void resmgr_restore_move_back(
    ResmgrState *state, const ResmgrRestorePlan *plan, unsigned first, unsigned count);
/* The LPAR is ASSIGNED; if it was RETIRED, a ResmgrCommit says that it came back. Its own paths are offline still. */
void resmgr_restore_commit(ResmgrState *state, const ResmgrRestorePlan *plan, HvTime now);
void resmgr_restore_channels_online(ResmgrState *state, const ResmgrRestorePlan *plan);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ResmgrRestorePlan, resmgr_restore_plan_free)

#endif
