/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The books' part of INTEG: each function enters one piece of a plan, and cannot fail.
 *
 * Whether a piece may be entered was asked when the plan was made; here it is asserted only that the state is the one the
 * plan was made for. The undo of a function restores every field that it changed, so going back in mirror order gives
 * the state before, bit for bit. The commit has no undo.
 */
#include "resmgr/integ.h"

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

static void set_owned_paths(ResmgrState *state, const ResmgrPlan *plan, unsigned owner, bool online)
{
    state->channel_changes++;
    for (unsigned i = 0; i < plan->chps->len; i++) {
        ResmgrChp *chp = &state->chps[g_array_index(plan->chps, uint8_t, i)];

        if (chp->owner == owner && chp->mode != HV_CHP_SHARED)
            chp->online = online;
    }
}

void resmgr_integ_offline(ResmgrState *state, const ResmgrPlan *plan)
{
    ResmgrLpar *retiring = lpar_to_change(state, plan->retiring);

    g_assert(retiring->assignment == RESMGR_ASSIGNED);
    retiring->assignment = RESMGR_OFFLINE;
    set_owned_paths(state, plan, plan->retiring, /* online= */ false);
}

void resmgr_integ_online(ResmgrState *state, const ResmgrPlan *plan)
{
    ResmgrLpar *retiring = lpar_to_change(state, plan->retiring);

    g_assert(retiring->assignment == RESMGR_OFFLINE);
    set_owned_paths(state, plan, plan->retiring, /* online= */ true);
    retiring->assignment = RESMGR_ASSIGNED;
}

static void move_areas(ResmgrState *state, const ResmgrPlan *plan, unsigned first, unsigned count, bool back)
{
    for (unsigned i = first; i < first + count; i++) {
        const ResmgrMove *move = &g_array_index(plan->moves, ResmgrMove, i);
        ResmgrArea *area = &lpar_to_change(state, move->lpar)->areas[move->kind];

        g_assert(area->origin_bytes == (back ? move->to_bytes : move->from_bytes));
        area->origin_bytes = back ? move->from_bytes : move->to_bytes;
    }
}

void resmgr_integ_move(ResmgrState *state, const ResmgrPlan *plan, unsigned first, unsigned count)
{
    g_assert(first + count <= plan->n_moves_running);
    move_areas(state, plan, first, count, /* back= */ false);
}

void resmgr_integ_move_back(ResmgrState *state, const ResmgrPlan *plan, unsigned first, unsigned count)
{
    g_assert(first + count <= plan->n_moves_running);
    move_areas(state, plan, first, count, /* back= */ true);
}

static void hand_over_paths(ResmgrState *state, const ResmgrPlan *plan)
{
    state->channel_changes++;
    for (unsigned i = 0; i < plan->chps->len; i++) {
        ResmgrChp *chp = &state->chps[g_array_index(plan->chps, uint8_t, i)];

        if (chp->mode == HV_CHP_SHARED) {
            hv_chp_map_set(chp->users, (uint8_t)plan->retiring, false);
            hv_chp_map_set(chp->users, (uint8_t)plan->survivor, true);
        } else {
            chp->owner = (uint8_t)plan->survivor;
        }
    }
}

static void retire(ResmgrLpar *retiring)
{
    retiring->assignment = RESMGR_RETIRED;
    memset(retiring->areas, 0, sizeof(retiring->areas));
    memset(retiring->weights, 0, sizeof(retiring->weights));
    g_array_set_size(retiring->lips, 0);
}

static void absorb(ResmgrLpar *survivor, const ResmgrPlan *plan)
{
    memcpy(survivor->areas, plan->areas_after, sizeof(survivor->areas));
    memcpy(survivor->weights, plan->weights_after, sizeof(survivor->weights));
    survivor->cap = plan->cap_after;
    g_array_set_size(survivor->lips, 0);
    g_array_append_vals(survivor->lips, plan->lips_after->data, plan->lips_after->len);
}

void resmgr_integ_commit(ResmgrState *state, const ResmgrPlan *plan, HvTime now)
{
    ResmgrLpar *retiring = lpar_to_change(state, plan->retiring);
    const ResmgrCommit commit = {.at_ns = now, .retired = plan->retiring, .survivor = plan->survivor};

    g_assert(retiring->assignment == RESMGR_OFFLINE);
    for (unsigned i = plan->n_moves_running; i < plan->moves->len; i++)
        move_areas(state, plan, i, 1, /* back= */ false);
    absorb(lpar_to_change(state, plan->survivor), plan);
    hand_over_paths(state, plan);
    retire(retiring);
    g_array_append_val(state->commits, commit);
}

void resmgr_integ_channels_online(ResmgrState *state, const ResmgrPlan *plan)
{
    set_owned_paths(state, plan, plan->survivor, /* online= */ true);
}
