/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The plan of a restore: everything that will change, computed from the state and changing nothing.
 *
 * First whether the LPAR can be brought back at all; what is idle counts as released from then on. Then what the LPAR that it was integrated into gives up, and what is had
 * from elsewhere: processors, storage, paths, each in a file of its own. What cannot be given back is listed with its
 * reason. Only at the end it is asked whether something is missed that the wish does not do without; so a plan for
 * PARTIAL shows all of it.
 */
#include "resmgr/restore-private.h"

static void lack_free(void *data)
{
    ResmgrLack *lack = data;

    g_free(lack->what);
    g_free(lack->reason);
    g_free(lack);
}

void resmgr_restore_lack(
    ResmgrRestoring *restoring, ResmgrLackKind kind, bool missed, char *what, char *reason)
{
    ResmgrLack *lack = g_new0(ResmgrLack, 1);

    *lack = (ResmgrLack){.kind = kind, .what = what, .reason = reason, .missed = missed};
    g_ptr_array_add(restoring->plan->lacks, lack);
    restoring->plan->partial |= missed;
}

/* --- Who ------------------------------------------------------------------------------------------------ */

static const ResmgrLpar *operand(const ResmgrState *state, const ResmgrRestoreWish *wish, GError **error)
{
    const ResmgrLpar *lpar = resmgr_state_lpar(state, wish->lpar);
    bool idle = lpar && lpar->assignment == RESMGR_ASSIGNED && wish->idle;

    if (!lpar) {
        g_set_error(
            error, RESMGR_ERROR, RESMGR_ERROR_UNKNOWN_LPAR,
            "LPAR %u is not defined\nDISPLAY LPAR lists the LPARs", wish->lpar);
        return NULL;
    }
    if (!idle && lpar->assignment != RESMGR_RELEASED && lpar->assignment != RESMGR_RETIRED) {
        g_set_error(
            error, RESMGR_ERROR, RESMGR_ERROR_ASSIGNED,
            "%s has resources and cannot be restored over what runs in it\nDEACTIVATE it first, or restore "
            "it "
            "under another name",
            lpar->name);
        return NULL;
    }
    return lpar;
}

/* What was integrated into the LPAR later than the moment that is restored is no part of it then: the giver keeps it. */
static void find_left(ResmgrRestoring *restoring)
{
    const GArray *commits = restoring->state->commits;
    bool came_back[RESMGR_MAX_LPARS + 1] = {0};

    for (unsigned i = commits->len; i-- > 0;) {
        const ResmgrCommit *commit = &g_array_index(commits, ResmgrCommit, i);

        if (commit->survivor == restoring->plan->lpar && !came_back[commit->retired] &&
            commit->at_ns > restoring->wish->at_ns)
            g_array_append_val(restoring->plan->left, commit->retired);
        came_back[commit->retired] = commit->survivor == 0;
    }
}

/* Who stands for whom once the LPAR has come back: an INTEG of others into it counts again. */
static void find_heirs(ResmgrRestoring *restoring)
{
    g_autoptr(ResmgrState) after = resmgr_state_copy(restoring->state);

    resmgr_restore_record(after, restoring->plan, 0);
    resmgr_state_heirs(after, restoring->heirs);
}

static void begin(ResmgrRestoring *restoring)
{
    const ResmgrState *state = restoring->state;
    ResmgrRestorePlan *plan = restoring->plan;

    plan->lpar = restoring->lpar->number;
    if (restoring->wish->parent != 0) {
        plan->parent = restoring->wish->parent;
        plan->parent_lips = g_array_copy(resmgr_state_lpar(state, plan->parent)->lips);
    }
    plan->moves = g_array_new(FALSE, FALSE, sizeof(ResmgrMove));
    plan->lips = g_array_new(FALSE, TRUE, sizeof(ResmgrLip));
    plan->giver_lips = g_array_new(FALSE, TRUE, sizeof(ResmgrLip));
    plan->left = g_array_new(FALSE, FALSE, sizeof(unsigned));
    plan->lacks = g_ptr_array_new_with_free_func(lack_free);
    if (restoring->lpar->assignment == RESMGR_RETIRED) {
        plan->giver = resmgr_state_heir(state, plan->lpar);
        restoring->giver = resmgr_state_lpar(state, plan->giver);
        find_left(restoring);
        find_heirs(restoring);
    } else {
        resmgr_state_heirs(state, restoring->heirs);
    }
    if (!restoring->giver)
        return;
    restoring->giver_runs = restoring->giver->assignment == RESMGR_ASSIGNED;
    g_array_append_vals(plan->giver_lips, restoring->giver->lips->data, restoring->giver->lips->len);
    memcpy(plan->giver_weights, restoring->giver->weights, sizeof(plan->giver_weights));
    plan->giver_cap = restoring->giver->cap;
}

/* --- The plan ------------------------------------------------------------------------------------------- */

static char *missed_text(const ResmgrRestorePlan *plan)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < plan->lacks->len; i++) {
        const ResmgrLack *lack = g_ptr_array_index(plan->lacks, i);

        if (lack->missed)
            g_string_append_printf(text, "%s%s (%s)", text->len ? ", " : "", lack->what, lack->reason);
    }
    return g_string_free(text, FALSE);
}

static bool suffices(const ResmgrRestoring *restoring, GError **error)
{
    if (!restoring->plan->partial || restoring->wish->partial)
        return true;
    g_autofree char *missed = missed_text(restoring->plan);

    g_set_error(
        error, RESMGR_ERROR, RESMGR_ERROR_NOT_GIVEN_BACK,
        "%s cannot have all that it had: %s\nGive PARTIAL to do without, or PLAN to see all of it",
        restoring->lpar->name, missed);
    return false;
}

static ResmgrState *released_copy(const ResmgrState *state, unsigned lpar)
{
    ResmgrState *copy = resmgr_state_copy(state);

    resmgr_state_release(copy, lpar);
    return copy;
}

ResmgrRestorePlan *
resmgr_restore_plan_new(const ResmgrState *state, const ResmgrRestoreWish *wish, GError **error)
{
    g_autoptr(ResmgrRestorePlan) plan = g_new0(ResmgrRestorePlan, 1);
    ResmgrRestoring restoring = {.state = state, .wish = wish, .plan = plan};
    g_autoptr(ResmgrState) released = NULL;

    restoring.lpar = operand(state, wish, error);
    if (!restoring.lpar)
        return NULL;
    if (restoring.lpar->assignment == RESMGR_ASSIGNED) {
        restoring.state = released = released_copy(state, wish->lpar);
        restoring.lpar = resmgr_state_lpar(released, wish->lpar);
    }
    begin(&restoring);
    if (!resmgr_restore_plan_processors(&restoring, error) || !resmgr_restore_plan_storage(&restoring, error))
        return NULL;
    resmgr_restore_plan_channels(&restoring);
    if (!suffices(&restoring, error))
        return NULL;
    if (released)
        plan->chps_before = g_memdup2(state->chps, sizeof(state->chps));
    return g_steal_pointer(&plan);
}

void resmgr_restore_plan_free(ResmgrRestorePlan *plan)
{
    if (!plan)
        return;
    g_clear_pointer(&plan->moves, g_array_unref);
    g_clear_pointer(&plan->lips, g_array_unref);
    g_clear_pointer(&plan->giver_lips, g_array_unref);
    g_clear_pointer(&plan->left, g_array_unref);
    g_clear_pointer(&plan->parent_lips, g_array_unref);
    g_clear_pointer(&plan->lacks, g_ptr_array_unref);
    g_free(plan->chps_before);
    g_free(plan);
}
