/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The channel paths of an LPAR that comes back.
 *
 * A path that only one can have comes from nobody, or from the LPAR that it came to by the INTEG, unless the guest there has
 * I/O on it that is not to be ended. A shared path is given besides; the giver keeps it only if it had it before, by its own
 * claim or that of another LPAR that it stands for. What the giver got is given back whatever the candidate lists say: FORCE may
 * have overridden them before.
 */
#include "resmgr/channel-table.h"
#include "resmgr/restore-private.h"

static bool is_candidate(const ResmgrChp *chp, unsigned lpar)
{
    return !chp->candidates_limited || resmgr_lpar_map_has(chp->candidates, lpar);
}

/* Somebody whose heir the LPAR is, when the other has come back, claims the path. */
static bool claims(const ResmgrRestoring *restoring, unsigned lpar, unsigned chpid)
{
    for (unsigned number = 1; number <= RESMGR_MAX_LPARS; number++)
        if (restoring->heirs[number] == lpar &&
            resmgr_lpar_map_has(restoring->state->chp_claims[chpid], number))
            return true;
    return false;
}

static void lack(ResmgrRestoring *restoring, unsigned chpid, bool missed, char *reason)
{
    resmgr_restore_lack(restoring, RESMGR_LACK_CHP, missed, g_strdup_printf("CHP %02X", chpid), reason);
}

static bool giver_keeps(const ResmgrRestoring *restoring, unsigned chpid)
{
    const ResmgrGiver *needs = restoring->giver_runs ? restoring->wish->giver : NULL;

    return needs && hv_chp_map_has(needs->keeps_chps, (uint8_t)chpid);
}

static void plan_shared(ResmgrRestoring *restoring, unsigned chpid)
{
    const ResmgrChp *chp = &restoring->state->chps[chpid];
    ResmgrRestorePlan *plan = restoring->plan;

    bool from_giver = plan->giver != 0 && resmgr_lpar_map_has(chp->users, plan->giver);

    if (!from_giver && !is_candidate(chp, plan->lpar)) {
        lack(restoring, chpid, /* missed= */ true, g_strdup("the LPAR is not among its candidates"));
        return;
    }
    hv_chp_map_set(plan->chps, (uint8_t)chpid, true);
    if (!from_giver || claims(restoring, plan->giver, chpid))
        return;
    if (giver_keeps(restoring, chpid))
        lack(
            restoring, chpid, /* missed= */ false,
            g_strdup_printf("%s has I/O on it, and shares it from now on", restoring->giver->name));
    else
        hv_chp_map_set(plan->given_chps, (uint8_t)chpid, true);
}

static void plan_owned(ResmgrRestoring *restoring, unsigned chpid)
{
    const ResmgrState *state = restoring->state;
    const ResmgrChp *chp = &state->chps[chpid];
    ResmgrRestorePlan *plan = restoring->plan;
    unsigned holder = chp->owner != 0 ? chp->owner : chp->reserved_for;
    bool from_giver = plan->giver != 0 && holder == plan->giver;

    if (holder != 0 && holder != plan->lpar && !from_giver)
        lack(
            restoring, chpid, /* missed= */ !restoring->wish->copy,
            g_strdup_printf("it belongs to %s", resmgr_state_lpar(state, holder)->name));
    else if (!from_giver && !is_candidate(chp, plan->lpar))
        lack(restoring, chpid, /* missed= */ true, g_strdup("the LPAR is not among its candidates"));
    else if (from_giver && giver_keeps(restoring, chpid))
        lack(
            restoring, chpid, /* missed= */ true,
            g_strdup_printf("%s has I/O on it", restoring->giver->name));
    else {
        hv_chp_map_set(plan->chps, (uint8_t)chpid, true);
        hv_chp_map_set(plan->given_chps, (uint8_t)chpid, from_giver);
    }
}

void resmgr_restore_plan_channels(ResmgrRestoring *restoring)
{
    for (unsigned chpid = 0; chpid < HV_MAX_CHPS; chpid++) {
        const ResmgrChp *chp = &restoring->state->chps[chpid];

        if (!hv_chp_map_has(restoring->wish->chps, (uint8_t)chpid))
            continue;
        if (!chp->installed)
            lack(restoring, chpid, /* missed= */ true, g_strdup("this machine has no such path"));
        else if (chp->mode == HV_CHP_SHARED)
            plan_shared(restoring, chpid);
        else
            plan_owned(restoring, chpid);
    }
}
