/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Weight that moves from one LPAR to another in a pool, apart from INTEG.
 *
 * The sum over the pool stays what it was, so nobody else notices. Both LPARs keep a weight, because an LPAR with LIPs in
 * a pool has one (invariant 4).
 */
#include "resmgr/weight.h"

static ResmgrLpar *lpar_with_weight(const ResmgrState *state, unsigned number, HvIpType type)
{
    for (unsigned i = 0; i < state->lpars->len; i++) {
        ResmgrLpar *lpar = state->lpars->pdata[i];
        if (lpar->number == number && lpar->assignment == RESMGR_ASSIGNED && lpar->weights[type] > 0)
            return lpar;
    }
    g_assert_not_reached();
}

void resmgr_weight_move(ResmgrState *state, HvIpType type, unsigned from, unsigned to, uint32_t amount)
{
    ResmgrLpar *giver = lpar_with_weight(state, from, type), *taker = lpar_with_weight(state, to, type);

    g_assert(giver != taker && amount < giver->weights[type]);
    giver->weights[type] -= amount;
    taker->weights[type] += amount;
}
