/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_RESMGR_SHARE_TABLE_H
#define LPARSIM_RESMGR_SHARE_TABLE_H

#include "resmgr/state.h"

/* The share table, figure 4 of the patent: LIP by IP. Pure functions over LIP arrays (GArray of ResmgrLip). */

/* What one retired LIP becomes in the survivor: step 203. */
typedef struct {
    unsigned from_lip; /* retiring LPAR's */
    unsigned to_lip;   /* survivor's */
    bool is_new;       /* to_lip did not exist: the lowest number that was free */
    bool
        dropped; /* pool LIP that is not taken over (the survivor has one per IP of the pool already); to_lip 0 */
    uint16_t ip; /* 0: pool */
    HvIpType type;
    uint32_t added_bp, before_bp, after_bp; /* share of `ip`; 0 in a pool */
} ResmgrLipMerge;

const ResmgrLip *resmgr_share_table_on_ip(const GArray *lips, unsigned ip); /* NULL if none */
unsigned resmgr_share_table_lowest_free(const GArray *lips);                /* 1 .. HV_MAX_LIPS + 1 */
/* Sum of the shares of an IP over all ASSIGNED LPARs, and OFFLINE ones if `with_offline`. */
uint32_t resmgr_share_table_sum_bp(const ResmgrState *state, unsigned ip, bool with_offline);
unsigned
resmgr_share_table_pool_size(const ResmgrState *state, HvIpType type); /* IPs in the pool of that type */
/* Nominal share of one LPAR in a pool, in basis points of the whole pool: weight / sum of the weights of `active` LPARs
   (bit map of numbers); 0 if it is not in the pool. */
uint32_t resmgr_share_table_nominal_bp(
    const ResmgrState *state, unsigned lpar, HvIpType type, const uint64_t active[4]);

/* The merge of claim 3, in the order of the retiring LPAR's LIP numbers: GArray of ResmgrLipMerge. */
GArray *
resmgr_share_table_merge(const ResmgrState *state, const ResmgrLpar *retiring, const ResmgrLpar *survivor);
/* The survivor's LIPs after that merge: a new GArray of ResmgrLip. */
GArray *resmgr_share_table_merged(const GArray *survivor_lips, const GArray *merges);

#endif
