/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The books' part of a restore: each function enters one piece of a plan, and cannot fail.
 *
 * The giver's area gets smaller first, so that what is to come or to move finds room that is free by the books as well. LIPs,
 * weights and paths change hands only at the commit, all at once: before it, nobody has lost anything that its guest had not
 * given up, and growing back gives the state bit for bit.
 *
 * At the commit the claims on paths are brought in line with who has them. A path that the LPAR could not have back is
 * claimed by who kept it from then on, and the other way round; so a later DEACTIVATE and ACTIVATE ask for what
 * there was.
 */
#include "resmgr/restore-private.h"

#include "resmgr/channel-table.h"

static ResmgrLpar *lpar_to_change(ResmgrState *state, unsigned number)
{
    for (unsigned i = 0; i < state->lpars->len; i++) {
        ResmgrLpar *lpar = g_ptr_array_index(state->lpars, i);

        if (lpar->number == number)
            return lpar;
    }
    g_assert_not_reached();
}

/* --- Before the commit ---------------------------------------------------------------------------------- */

static void set_given_paths(ResmgrState *state, const ResmgrRestorePlan *plan, bool online)
{
    state->channel_changes++;
    for (unsigned chpid = 0; chpid < HV_MAX_CHPS; chpid++) {
        ResmgrChp *chp = &state->chps[chpid];

        if (hv_chp_map_has(plan->given_chps, (uint8_t)chpid) && chp->mode != HV_CHP_SHARED && chp->owner != 0)
            chp->online = online;
    }
}

void resmgr_restore_channels_offline(ResmgrState *state, const ResmgrRestorePlan *plan)
{
    set_given_paths(state, plan, /* online= */ false);
}

void resmgr_restore_channels_back(ResmgrState *state, const ResmgrRestorePlan *plan)
{
    set_given_paths(state, plan, /* online= */ true);
}

static void set_giver_areas(
    ResmgrState *state, const ResmgrRestorePlan *plan, const ResmgrArea from[RESMGR_STORAGE_KINDS],
    const ResmgrArea to[RESMGR_STORAGE_KINDS])
{
    if (plan->giver == 0)
        return;
    ResmgrLpar *giver = lpar_to_change(state, plan->giver);

    for (unsigned kind = 0; kind < RESMGR_STORAGE_KINDS; kind++) {
        g_assert(giver->areas[kind].size_bytes == from[kind].size_bytes);
        giver->areas[kind] = to[kind];
    }
}

void resmgr_restore_shrink(ResmgrState *state, const ResmgrRestorePlan *plan)
{
    set_giver_areas(state, plan, plan->giver_areas_before, plan->giver_areas);
    if (plan->chps_before)
        resmgr_state_release(state, plan->lpar);
}

void resmgr_restore_grow(ResmgrState *state, const ResmgrRestorePlan *plan)
{
    set_giver_areas(state, plan, plan->giver_areas, plan->giver_areas_before);
    if (!plan->chps_before)
        return;
    state->channel_changes++;
    memcpy(state->chps, plan->chps_before, sizeof(state->chps));
    lpar_to_change(state, plan->lpar)->assignment = RESMGR_ASSIGNED;
}

static void
move_areas(ResmgrState *state, const ResmgrRestorePlan *plan, unsigned first, unsigned count, bool back)
{
    g_assert(first + count <= plan->moves->len);
    for (unsigned i = first; i < first + count; i++) {
        const ResmgrMove *move = &g_array_index(plan->moves, ResmgrMove, i);
        ResmgrArea *area = &lpar_to_change(state, move->lpar)->areas[move->kind];

        g_assert(area->origin_bytes == (back ? move->to_bytes : move->from_bytes));
        area->origin_bytes = back ? move->from_bytes : move->to_bytes;
    }
}

void resmgr_restore_move(ResmgrState *state, const ResmgrRestorePlan *plan, unsigned first, unsigned count)
{
    move_areas(state, plan, first, count, /* back= */ false);
}

void resmgr_restore_move_back(
    ResmgrState *state, const ResmgrRestorePlan *plan, unsigned first, unsigned count)
{
    move_areas(state, plan, first, count, /* back= */ true);
}

/* --- The commit ------------------------------------------------------------------------------------------ */

static void set_lips(ResmgrLpar *lpar, const GArray *lips)
{
    g_array_set_size(lpar->lips, 0);
    g_array_append_vals(lpar->lips, lips->data, lips->len);
}

static void take_from_giver(ResmgrState *state, const ResmgrRestorePlan *plan)
{
    ResmgrLpar *giver = lpar_to_change(state, plan->giver);

    set_lips(giver, plan->giver_lips);
    memcpy(giver->weights, plan->giver_weights, sizeof(giver->weights));
    giver->cap = plan->giver_cap;
}

static void hand_over_path(ResmgrChp *chp, const ResmgrRestorePlan *plan, uint8_t chpid)
{
    if (chp->reserved_for == plan->lpar)
        chp->reserved_for = 0;
    if (hv_chp_map_has(plan->given_chps, chpid)) {
        if (chp->mode == HV_CHP_SHARED)
            hv_chp_map_set(chp->users, (uint8_t)plan->giver, false);
        else
            chp->owner = chp->reserved_for = 0;
    }
    if (!hv_chp_map_has(plan->chps, chpid))
        return;
    if (chp->mode == HV_CHP_SHARED) {
        hv_chp_map_set(chp->users, (uint8_t)plan->lpar, true);
        chp->online = true;
    } else {
        chp->owner = (uint8_t)plan->lpar;
        chp->online = false;
    }
}

/* Those whose heir the LPAR is claim the path if and only if it has it. True if a claim on it was dropped. */
static bool
align_claims(ResmgrState *state, const unsigned heirs[RESMGR_MAX_LPARS + 1], unsigned lpar, unsigned chpid)
{
    uint64_t *claims = state->chp_claims[chpid];
    bool has = resmgr_channel_table_has(state, lpar, (uint8_t)chpid), claimed = false;

    for (unsigned number = 1; number <= RESMGR_MAX_LPARS; number++) {
        if (heirs[number] != lpar || !resmgr_lpar_map_has(claims, number))
            continue;
        claimed = true;
        if (!has)
            hv_chp_map_set(claims, (uint8_t)number, false);
    }
    if (has && !claimed)
        hv_chp_map_set(claims, (uint8_t)lpar, true);
    return claimed && !has;
}

static void hand_over_paths(ResmgrState *state, const ResmgrRestorePlan *plan)
{
    unsigned heirs[RESMGR_MAX_LPARS + 1];
    bool giver_has_any = plan->giver != 0 &&
                         resmgr_state_lpar(state, plan->giver)->assignment == RESMGR_ASSIGNED;

    state->channel_changes++;
    resmgr_state_heirs(state, heirs);
    for (unsigned chpid = 0; chpid < HV_MAX_CHPS; chpid++) {
        hand_over_path(&state->chps[chpid], plan, (uint8_t)chpid);
        bool dropped = align_claims(state, heirs, plan->lpar, chpid);

        if (giver_has_any)
            align_claims(state, heirs, plan->giver, chpid);
        else if (plan->giver != 0 && dropped && state->chps[chpid].owner == 0)
            hv_chp_map_set(
                state->chp_claims[chpid], (uint8_t)plan->giver, true); /* when it is activated again */
    }
}

/* The LPAR has come back; what it had got after that moment belongs to the giver itself. */
void resmgr_restore_record(ResmgrState *state, const ResmgrRestorePlan *plan, HvTime now)
{
    ResmgrCommit commit = {.at_ns = now, .retired = plan->lpar};

    g_array_append_val(state->commits, commit);
    for (unsigned i = 0; i < plan->left->len; i++) {
        commit = (ResmgrCommit){.at_ns = now, .retired = g_array_index(plan->left, unsigned, i)};
        g_array_append_val(state->commits, commit);
        commit.survivor = plan->giver;
        g_array_append_val(state->commits, commit);
    }
}

void resmgr_restore_commit(ResmgrState *state, const ResmgrRestorePlan *plan, HvTime now)
{
    ResmgrLpar *lpar = lpar_to_change(state, plan->lpar);

    if (plan->giver != 0)
        take_from_giver(state, plan);
    if (plan->parent_lips)
        set_lips(lpar_to_change(state, plan->parent), plan->parent_lips);
    memcpy(lpar->areas, plan->areas, sizeof(lpar->areas));
    memcpy(lpar->weights, plan->weights, sizeof(lpar->weights));
    lpar->cap = plan->cap;
    set_lips(lpar, plan->lips);
    if (lpar->assignment == RESMGR_RETIRED)
        resmgr_restore_record(state, plan, now);
    lpar->assignment = RESMGR_ASSIGNED;
    hand_over_paths(state, plan);
}

void resmgr_restore_channels_online(ResmgrState *state, const ResmgrRestorePlan *plan)
{
    state->channel_changes++;
    for (unsigned chpid = 0; chpid < HV_MAX_CHPS; chpid++)
        if (hv_chp_map_has(plan->chps, (uint8_t)chpid))
            state->chps[chpid].online = true;
}
