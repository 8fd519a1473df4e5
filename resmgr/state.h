/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_RESMGR_STATE_H
#define LPARSIM_RESMGR_STATE_H

#include "hv/guest.h"
#include "resmgr/definition.h"
#include "resmgr/error.h"

/*
 * The assignment: who owns what at this moment. Only the resource manager changes it (activation in this file,
 * INTEG in resmgr/integ.h); everybody else reads it through const pointers.
 *
 * Life of an LPAR's resources, and the function that makes each step:
 *
 *     power on --resmgr_state_new--> ASSIGNED          every LPAR gets what the machine file says, activated or not
 *     ASSIGNED --resmgr_state_release--> RELEASED      DEACTIVATE: areas, shares and paths are free (isolated: paths kept)
 *     RELEASED --resmgr_state_assign--> ASSIGNED       ACTIVATE again: at the old origin if that is free, else first fit
 *     ASSIGNED --resmgr_integ_offline--> OFFLINE       step 202
 *     OFFLINE --resmgr_integ_online--> ASSIGNED        undo of 202
 *     OFFLINE --resmgr_integ_commit--> RETIRED         step 203: everything belongs to the survivor now
 *     RETIRED: nothing is left to assign; only a restore brings it back
 *     RETIRED, RELEASED --resmgr_restore_commit--> ASSIGNED    with what it had, as far as that is to be had
 */
typedef enum {
    RESMGR_RELEASED,
    RESMGR_ASSIGNED,
    RESMGR_OFFLINE,
    RESMGR_RETIRED,
} ResmgrAssignment;

typedef enum {
    RESMGR_MS,
    RESMGR_ES,
    RESMGR_STORAGE_KINDS,
} ResmgrStorageKind;

typedef struct {
    uint64_t origin_bytes;
    uint64_t size_bytes; /* 0: none, origin is 0 then */
    uint64_t reserved_bytes;
    bool reserved_limits;         /* growth beyond size + reserved is refused (always for MS) */
    uint64_t reserved_next_bytes; /* declared at the next load (SET RESERVED) */
    bool reserved_next_given;
} ResmgrArea;

/* A logical IP: bound to one IP with a share of it, or (ip 0) one of its LPAR's LIPs in the pool of its type. */
typedef struct {
    uint16_t number;   /* 1 .. HV_MAX_LIPS, unique in the LPAR; the array is sorted by it */
    uint16_t ip;       /* 0: pool */
    uint32_t share_bp; /* of that IP; 0 in a pool */
    HvIpType type;
} ResmgrLip;

typedef struct {
    unsigned number;
    char *name;
    ResmgrAssignment assignment;
    ResmgrArea areas[RESMGR_STORAGE_KINDS];
    GArray *lips;                  /* ResmgrLip, sorted by number */
    uint32_t weights[HV_IP_TYPES]; /* weight in the pool of each type; 0: not in it */
    ResmgrCap cap;
    bool relocatable, cross_partition_authority, isolated;
} ResmgrLpar;

typedef struct {
    bool installed;
    HvChpMode mode;
    uint8_t owner;        /* LPAR number; 0: none (always for shared paths) */
    bool online;          /* to its owner, or, shared, to its users */
    uint8_t reserved_for; /* isolated LPAR that keeps it while not activated; 0: none */
    bool candidates_limited;
    uint64_t candidates[4]; /* bit map of LPAR numbers that may get it, when candidates_limited */
    uint64_t users[4];      /* shared: bit map of the LPAR numbers that have it */
} ResmgrChp;

/*
 * One record per INTEG that passed its commit point: `retired` belongs to `survivor` from then on. With survivor 0 the
 * LPAR was brought back, and its last record before that one counts no longer.
 */
typedef struct {
    HvTime at_ns;
    unsigned retired, survivor;
} ResmgrCommit;

typedef struct {
    const ResmgrDefinition *definition; /* outlives the state */
    GPtrArray *lpars;                   /* ResmgrLpar *, by number */
    ResmgrChp chps[HV_MAX_CHPS];
    bool ip_in_pool
        [HV_MAX_IPS]; /* [ip - 1]: weight LPARs' IP; false: divided by shares. Fixed by the definition */
    bool ip_dedicated[HV_MAX_IPS];       /* [ip - 1]: whole, for one LIP. Fixed by the definition */
    uint64_t chp_claims[HV_MAX_CHPS][4]; /* bit maps of LPAR numbers that ask for the path when they are
                                            activated: by the definition, until a RESTORE changes who has it */
    GArray *commits;                     /* ResmgrCommit */
    uint64_t
        channel_changes; /* grows whenever who has which path online may have changed; no part of equality */
} ResmgrState;

/* The state at power on. The definition must have passed resmgr_definition_check() (asserted) and outlive the state. */
ResmgrState *resmgr_state_new(const ResmgrDefinition *definition);
ResmgrState *resmgr_state_copy(const ResmgrState *state);
void resmgr_state_free(ResmgrState *state);
bool resmgr_state_equal(const ResmgrState *a, const ResmgrState *b); /* every field */

/*
 * The state becomes what was recorded of the same machine by an earlier program. That program's clock is not this one's: what was committed
 * then was committed before now. Paths that an INTEG had handed over and not brought online yet are online.
 */
void resmgr_state_assume(ResmgrState *state, const ResmgrState *recorded);
const ResmgrLpar *resmgr_state_lpar(const ResmgrState *state, unsigned number); /* NULL if there is none */
/* By number or name, any case, retired ones too. RESMGR_ERROR_UNKNOWN_LPAR lists what exists. */
const ResmgrLpar *resmgr_state_find(const ResmgrState *state, const char *name_or_number, GError **error);
const ResmgrLip *resmgr_lpar_lip(const ResmgrLpar *lpar, unsigned lip);
/* The paths that are online to the LPAR, owned or shared, as a bit map of CHPIDs. */
void resmgr_state_chps_online(const ResmgrState *state, unsigned lpar, uint64_t ret_chps[4]);
/* Indices (in machine->devices) of the devices that the LPAR reaches by paths it has, by device number. */
GArray *
resmgr_state_devices(const ResmgrState *state, unsigned lpar); /* of unsigned; free with g_array_unref() */

/* The LPAR that everything of `lpar` belongs to by now: itself, or what it was integrated into. */
unsigned resmgr_state_heir(const ResmgrState *state, unsigned lpar);
/* ret_heirs[number]: the same of every number, 1 .. RESMGR_MAX_LPARS. */
void resmgr_state_heirs(const ResmgrState *state, unsigned ret_heirs[RESMGR_MAX_LPARS + 1]);

/* ACTIVATE of a released LPAR: all or nothing. RESMGR_ERROR_NO_ROOM, _CHANNEL_OWNED, _SHARES, _NOT_ASSIGNED (retired). */
bool resmgr_state_assign(ResmgrState *state, unsigned lpar, GError **error);
/* DEACTIVATE. The LPAR is ASSIGNED (asserted). */
void resmgr_state_release(ResmgrState *state, unsigned lpar);
/* SET RESERVED: what is declared at the next load. Off the increment: RESMGR_ERROR_INCREMENT names the nearest sizes. */
bool resmgr_state_declare_reserved(
    ResmgrState *state, unsigned lpar, ResmgrStorageKind kind, uint64_t reserved_bytes, GError **error);
/* LOAD: what was declared becomes the reserved size. */
void resmgr_state_load_reserved(ResmgrState *state, unsigned lpar);
/* Gives a path that an isolated LPAR keeps back to nobody. RESMGR_ERROR_CHANNEL if it is not so kept. */
bool resmgr_state_release_chp(ResmgrState *state, uint8_t chpid, GError **error);

const char *resmgr_storage_kind_name(ResmgrStorageKind kind); /* "MS", "ES" */
uint64_t resmgr_storage_total(const ResmgrState *state, ResmgrStorageKind kind);

static inline bool resmgr_lpar_map_has(const uint64_t map[4], unsigned lpar)
{
    return (map[lpar / 64] >> (lpar % 64)) & 1;
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ResmgrState, resmgr_state_free)

#endif
