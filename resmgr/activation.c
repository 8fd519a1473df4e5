/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ACTIVATE and DEACTIVATE: an LPAR's resources between RELEASED and ASSIGNED, and the reserved storage that
 * is declared for its next load.
 *
 * An activation is found out first and carried out afterwards: a proposal with the areas' origins and the
 * paths is made from the state alone, every reason to refuse is found while it is made, and carrying it out
 * cannot fail.
 *
 * What an LPAR asks for: its areas at the origins where it had them last, or else the first hole; its LIPs
 * with their shares; and the paths it had, which are those of its own definition and of all LPARs that were
 * integrated into it, directly or through another. The commit records say which; a RESTORE that could not
 * give a path back moves the claim on it to who has it.
 */
#include "resmgr/channel-table.h"
#include "resmgr/share-table.h"
#include "resmgr/storage-map.h"

#include <string.h>

typedef struct {
    uint64_t origins_bytes[RESMGR_STORAGE_KINDS];
    uint64_t chps[4];
} Proposal;

static ResmgrLpar *mutable_lpar(ResmgrState *state, unsigned number)
{
    for (unsigned i = 0; i < state->lpars->len; i++) {
        ResmgrLpar *lpar = state->lpars->pdata[i];
        if (lpar->number == number)
            return lpar;
    }
    g_assert_not_reached();
}

/* Backwards, so that the heir of whoever took over is known already. */
void resmgr_state_heirs(const ResmgrState *state, unsigned ret_heirs[RESMGR_MAX_LPARS + 1])
{
    bool came_back[RESMGR_MAX_LPARS + 1] = {0};

    for (unsigned number = 0; number <= RESMGR_MAX_LPARS; number++)
        ret_heirs[number] = number;
    for (unsigned i = state->commits->len; i-- > 0;) {
        const ResmgrCommit *commit = &g_array_index(state->commits, ResmgrCommit, i);

        if (commit->survivor != 0 && !came_back[commit->retired])
            ret_heirs[commit->retired] = ret_heirs[commit->survivor];
        came_back[commit->retired] = commit->survivor == 0;
    }
}

unsigned resmgr_state_heir(const ResmgrState *state, unsigned lpar)
{
    unsigned heirs[RESMGR_MAX_LPARS + 1];

    resmgr_state_heirs(state, heirs);
    return heirs[lpar];
}

/* The paths that the LPAR claims, or any LPAR whose heir it is. */
static void collect_paths(const ResmgrState *state, unsigned number, uint64_t ret_chps[4])
{
    uint64_t members[4] = {0};
    unsigned heirs[RESMGR_MAX_LPARS + 1];

    resmgr_state_heirs(state, heirs);
    for (unsigned i = 0; i < state->lpars->len; i++) {
        unsigned member = ((const ResmgrLpar *)state->lpars->pdata[i])->number;
        if (heirs[member] == number)
            members[member / 64] |= UINT64_C(1) << (member % 64);
    }
    memset(ret_chps, 0, 4 * sizeof ret_chps[0]);
    for (unsigned chpid = 0; chpid < HV_MAX_CHPS; chpid++) {
        const uint64_t *users = state->chp_claims[chpid];
        uint64_t common = 0;
        for (unsigned word = 0; word < 4; word++)
            common |= users[word] & members[word];
        hv_chp_map_set(ret_chps, (uint8_t)chpid, common != 0);
    }
}

static bool propose_area(
    const ResmgrState *state, const ResmgrLpar *lpar, ResmgrStorageKind kind, uint64_t *ret_origin_bytes,
    GError **error)
{
    const ResmgrArea *area = &lpar->areas[kind];
    g_autoptr(GArray) pieces = resmgr_storage_map(state, kind);

    if (area->size_bytes == 0 || resmgr_storage_map_is_free(pieces, area->origin_bytes, area->size_bytes)) {
        *ret_origin_bytes = area->origin_bytes;
        return true;
    }
    if (resmgr_storage_map_first_fit(pieces, area->size_bytes, ret_origin_bytes))
        return true;
    g_autofree char *size = hv_quantity_format_size(area->size_bytes);
    g_autofree char *hole = hv_quantity_format_size(resmgr_storage_map_largest_hole(pieces));
    g_set_error(
        error, RESMGR_ERROR, RESMGR_ERROR_NO_ROOM,
        "the %s of %s, %s, does not fit: the largest hole is %s\nDEACTIVATE an LPAR, or INTEG it into "
        "another",
        resmgr_storage_kind_name(kind), lpar->name, size, hole);
    return false;
}

static bool propose_shares(const ResmgrState *state, const ResmgrLpar *lpar, GError **error)
{
    for (unsigned i = 0; i < lpar->lips->len; i++) {
        const ResmgrLip *lip = &g_array_index(lpar->lips, ResmgrLip, i);
        if (lip->ip == 0)
            continue;
        uint32_t taken_bp = resmgr_share_table_sum_bp(state, lip->ip, /* with_offline= */ true);
        if (taken_bp + lip->share_bp <= HV_SHARE_WHOLE_BP)
            continue;
        g_autofree char *share = hv_quantity_format_percent(lip->share_bp);
        g_autofree char *taken = hv_quantity_format_percent(taken_bp);
        g_set_error(
            error, RESMGR_ERROR, RESMGR_ERROR_SHARES, "%s needs %s %% of IP %u, and %s %% of it are taken",
            lpar->name, share, lip->ip, taken);
        return false;
    }
    return true;
}

static bool
propose_paths(const ResmgrState *state, const ResmgrLpar *lpar, uint64_t ret_chps[4], GError **error)
{
    g_autoptr(GString) taken = g_string_new(NULL);

    collect_paths(state, lpar->number, ret_chps);
    for (unsigned chpid = 0; chpid < HV_MAX_CHPS; chpid++) {
        const ResmgrChp *chp = &state->chps[chpid];
        unsigned holder = chp->owner != 0 ? chp->owner : chp->reserved_for;
        if (!hv_chp_map_has(ret_chps, (uint8_t)chpid) || holder == 0 || holder == lpar->number)
            continue;
        g_string_append_printf(
            taken, "%s%02X (%s)", taken->len > 0 ? ", " : "", chpid, resmgr_state_lpar(state, holder)->name);
    }
    if (taken->len == 0)
        return true;
    g_set_error(
        error, RESMGR_ERROR, RESMGR_ERROR_CHANNEL_OWNED, "channel paths of %s belong to others: %s",
        lpar->name, taken->str);
    return false;
}

static bool propose(const ResmgrState *state, const ResmgrLpar *lpar, Proposal *ret_proposal, GError **error)
{
    for (ResmgrStorageKind kind = 0; kind < RESMGR_STORAGE_KINDS; kind++) {
        if (!propose_area(state, lpar, kind, &ret_proposal->origins_bytes[kind], error))
            return false;
    }
    return propose_shares(state, lpar, error) && propose_paths(state, lpar, ret_proposal->chps, error);
}

static void take_path(ResmgrChp *chp, unsigned number)
{
    if (chp->mode == HV_CHP_SHARED)
        chp->users[number / 64] |= UINT64_C(1) << (number % 64);
    else
        chp->owner = (uint8_t)number;
    chp->reserved_for = 0;
    chp->online = true;
}

static void carry_out(ResmgrState *state, ResmgrLpar *lpar, const Proposal *proposal)
{
    for (ResmgrStorageKind kind = 0; kind < RESMGR_STORAGE_KINDS; kind++)
        lpar->areas[kind].origin_bytes = proposal->origins_bytes[kind];
    for (unsigned chpid = 0; chpid < HV_MAX_CHPS; chpid++) {
        if (hv_chp_map_has(proposal->chps, (uint8_t)chpid))
            take_path(&state->chps[chpid], lpar->number);
    }
    lpar->assignment = RESMGR_ASSIGNED;
}

bool resmgr_state_assign(ResmgrState *state, unsigned number, GError **error)
{
    ResmgrLpar *lpar = mutable_lpar(state, number);
    Proposal proposal;

    state->channel_changes++;
    if (lpar->assignment == RESMGR_RETIRED) {
        const ResmgrLpar *heir = resmgr_state_lpar(state, resmgr_state_heir(state, number));
        g_set_error(
            error, RESMGR_ERROR, RESMGR_ERROR_NOT_ASSIGNED, "%s is retired: all it had belongs to %s",
            lpar->name, heir->name);
        return false;
    }
    g_assert(lpar->assignment == RESMGR_RELEASED);
    if (!propose(state, lpar, &proposal, error))
        return false;
    carry_out(state, lpar, &proposal);
    return true;
}

static void leave_path(ResmgrChp *chp, const ResmgrLpar *lpar)
{
    if (chp->mode == HV_CHP_SHARED) {
        chp->users[lpar->number / 64] &= ~(UINT64_C(1) << (lpar->number % 64));
        chp->online = (chp->users[0] | chp->users[1] | chp->users[2] | chp->users[3]) != 0;
        return;
    }
    chp->owner = 0;
    chp->online = false;
    chp->reserved_for = lpar->isolated ? (uint8_t)lpar->number : 0;
}

void resmgr_state_release(ResmgrState *state, unsigned number)
{
    ResmgrLpar *lpar = mutable_lpar(state, number);

    state->channel_changes++;
    g_assert(lpar->assignment == RESMGR_ASSIGNED);
    for (unsigned chpid = 0; chpid < HV_MAX_CHPS; chpid++) {
        if (resmgr_channel_table_has(state, number, (uint8_t)chpid))
            leave_path(&state->chps[chpid], lpar);
    }
    lpar->assignment = RESMGR_RELEASED;
}

static bool check_reserved(
    const ResmgrState *state, const ResmgrLpar *lpar, ResmgrStorageKind kind, uint64_t reserved_bytes,
    GError **error)
{
    uint64_t increment = state->definition->machine->increment_bytes;
    uint64_t most_bytes = resmgr_storage_total(state, kind) - lpar->areas[kind].size_bytes;
    g_autofree char *reserved = hv_quantity_format_size(reserved_bytes);

    if (reserved_bytes % increment != 0) {
        uint64_t below = reserved_bytes / increment * increment;
        g_autofree char *granule = hv_quantity_format_size(increment);
        g_autofree char *lower = hv_quantity_format_size(below);
        g_autofree char *upper = hv_quantity_format_size(below + increment);
        g_set_error(
            error, RESMGR_ERROR, RESMGR_ERROR_INCREMENT,
            "%s is not a multiple of the increment %s\nthe nearest sizes that are: %s and %s", reserved,
            granule, lower, upper);
        return false;
    }
    if (reserved_bytes > most_bytes) {
        g_autofree char *size = hv_quantity_format_size(lpar->areas[kind].size_bytes);
        g_autofree char *most = hv_quantity_format_size(most_bytes);
        g_set_error(
            error, RESMGR_ERROR, RESMGR_ERROR_NO_ROOM,
            "%s has %s of %s, and %s more would pass what the machine has\nat most %s can be reserved",
            lpar->name, size, resmgr_storage_kind_name(kind), reserved, most);
        return false;
    }
    return true;
}

bool resmgr_state_declare_reserved(
    ResmgrState *state, unsigned number, ResmgrStorageKind kind, uint64_t reserved_bytes, GError **error)
{
    ResmgrLpar *lpar = mutable_lpar(state, number);

    if (lpar->assignment == RESMGR_RETIRED) {
        g_set_error(
            error, RESMGR_ERROR, RESMGR_ERROR_NOT_ASSIGNED, "%s is retired and will not be loaded again",
            lpar->name);
        return false;
    }
    if (!check_reserved(state, lpar, kind, reserved_bytes, error))
        return false;
    lpar->areas[kind].reserved_next_bytes = reserved_bytes;
    lpar->areas[kind].reserved_next_given = true;
    return true;
}

void resmgr_state_load_reserved(ResmgrState *state, unsigned number)
{
    ResmgrLpar *lpar = mutable_lpar(state, number);

    for (ResmgrStorageKind kind = 0; kind < RESMGR_STORAGE_KINDS; kind++) {
        ResmgrArea *area = &lpar->areas[kind];
        if (!area->reserved_next_given)
            continue;
        area->reserved_bytes = area->reserved_next_bytes;
        area->reserved_limits = true;
        area->reserved_next_bytes = 0;
        area->reserved_next_given = false;
    }
}

bool resmgr_state_release_chp(ResmgrState *state, uint8_t chpid, GError **error)
{
    ResmgrChp *chp = &state->chps[chpid];

    state->channel_changes++;
    if (!chp->installed || chp->reserved_for == 0) {
        g_set_error(
            error, RESMGR_ERROR, RESMGR_ERROR_CHANNEL,
            chp->installed ? "path %02X is not reserved for an LPAR that is not activated"
                           : "path %02X is not installed",
            chpid);
        return false;
    }
    chp->reserved_for = 0;
    return true;
}
