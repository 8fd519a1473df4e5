/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checkers of the invariant about channel paths: 5.
 *
 * "None is lost" is meant strictly. Who claims each path stands in the state (at power on, by the definition), and which
 * LPAR has come to own everything of which other follows from the commit records; so it is known who must have each path
 * now, and that is what the table is held against, whatever way it came to be as it is. A path that only one at a time can
 * have may be claimed by several, all but one of which wait for it without resources.
 */
#include "resmgr/check.h"

#include <string.h>

/* What the paths are held against. */
typedef struct {
    const ResmgrState *state;
    const ResmgrLpar *lpars[RESMGR_MAX_LPARS + 1]; /* by number */
    unsigned heirs[RESMGR_MAX_LPARS + 1];          /* who has by now what was of LPAR [number]; 0: nobody */
} ChpCheck;

static bool holds_resources(const ResmgrLpar *lpar)
{
    return lpar != NULL && (lpar->assignment == RESMGR_ASSIGNED || lpar->assignment == RESMGR_OFFLINE);
}

/*
 * From the last commit to the first: what was taken over later has its heir already. A record without survivor, an LPAR
 * that came back, takes the one before it away.
 */
static void find_heirs(ChpCheck *check)
{
    const GArray *commits = check->state->commits;
    bool annulled[RESMGR_MAX_LPARS + 1] = {0};

    for (unsigned number = 1; number <= RESMGR_MAX_LPARS; number++)
        check->heirs[number] = number;
    for (unsigned i = commits->len; i-- > 0;) {
        const ResmgrCommit *commit = &g_array_index(commits, ResmgrCommit, i);

        if (commit->survivor == 0) {
            annulled[commit->retired] = true;
            continue;
        }
        if (!annulled[commit->retired])
            check->heirs[commit->retired] = check->heirs[commit->survivor];
        annulled[commit->retired] = false;
    }
    for (unsigned number = 1; number <= RESMGR_MAX_LPARS; number++) {
        if (!holds_resources(check->lpars[check->heirs[number]]))
            check->heirs[number] = 0;
    }
}

static void check_begin(ChpCheck *check, const ResmgrState *state)
{
    memset(check, 0, sizeof *check);
    check->state = state;
    for (unsigned i = 0; i < state->lpars->len; i++) {
        const ResmgrLpar *lpar = state->lpars->pdata[i];

        check->lpars[lpar->number] = lpar;
    }
    find_heirs(check);
}

static bool is_empty(const uint64_t map[4])
{
    return (map[0] | map[1] | map[2] | map[3]) == 0;
}

/* Who may have the path: the heirs of those who claim it, as far as they have resources. */
static void claimants(const ChpCheck *check, unsigned chpid, uint64_t ret_lpars[4])
{
    memset(ret_lpars, 0, 4 * sizeof ret_lpars[0]);
    for (unsigned word = 0; word < 4; word++) {
        for (uint64_t rest = check->state->chp_claims[chpid][word]; rest != 0; rest &= rest - 1) {
            unsigned heir = check->heirs[word * 64 + (unsigned)__builtin_ctzll(rest)];

            if (heir != 0)
                ret_lpars[heir / 64] |= UINT64_C(1) << (heir % 64);
        }
    }
}

static char *check_shared(const ChpCheck *check, unsigned chpid)
{
    const ResmgrChp *chp = &check->state->chps[chpid];
    uint64_t expected[4];

    if (chp->owner != 0 || chp->reserved_for != 0)
        return g_strdup_printf("invariant 5: path %02X is shared, but LPAR %u owns it", chpid, chp->owner);
    claimants(check, chpid, expected);
    if (memcmp(expected, chp->users, sizeof expected) != 0)
        return g_strdup_printf("invariant 5: shared path %02X has lost or gained a user", chpid);
    if (chp->online == is_empty(chp->users))
        return g_strdup_printf(
            "invariant 5: shared path %02X is online to nobody, or offline to users", chpid);
    return NULL;
}

static char *check_kept(const ChpCheck *check, unsigned chpid)
{
    const ResmgrChp *chp = &check->state->chps[chpid];
    const ResmgrLpar *keeper = check->lpars[chp->reserved_for];

    if (chp->reserved_for == 0)
        return NULL;
    if (chp->owner == 0 && keeper != NULL && keeper->isolated && keeper->assignment == RESMGR_RELEASED)
        return NULL;
    return g_strdup_printf("invariant 5: path %02X may not be kept for LPAR %u", chpid, chp->reserved_for);
}

static bool has_another(const uint64_t map[4])
{
    unsigned n = 0;

    for (unsigned word = 0; word < 4; word++)
        n += (unsigned)__builtin_popcountll(map[word]);
    return n > 1;
}

static char *check_owned(const ChpCheck *check, unsigned chpid)
{
    const ResmgrChp *chp = &check->state->chps[chpid];
    uint64_t expected[4];

    claimants(check, chpid, expected);
    if (!is_empty(chp->users))
        return g_strdup_printf("invariant 5: path %02X has users but is not shared", chpid);
    if (chp->owner != 0 && !holds_resources(check->lpars[chp->owner]))
        return g_strdup_printf(
            "invariant 5: path %02X belongs to LPAR %u, which has no resources", chpid, chp->owner);
    if (chp->owner == 0 ? !is_empty(expected)
                        : !((expected[chp->owner / 64] >> (chp->owner % 64)) & 1) || has_another(expected))
        return g_strdup_printf(
            "invariant 5: path %02X belongs to LPAR %u, which is not who claims it", chpid, chp->owner);
    if (chp->online && (chp->owner == 0 || check->lpars[chp->owner]->assignment != RESMGR_ASSIGNED))
        return g_strdup_printf("invariant 5: path %02X is online to nobody", chpid);
    return check_kept(check, chpid);
}

static char *check_path(const ChpCheck *check, unsigned chpid)
{
    const ResmgrChp *chp = &check->state->chps[chpid];
    const HvChpDef *def = &check->state->definition->machine->chps[chpid];

    if (chp->installed != def->installed || chp->mode != def->mode)
        return g_strdup_printf("invariant 5: path %02X is not as it was installed", chpid);
    if (!chp->installed && (chp->owner != 0 || chp->online || !is_empty(chp->users)))
        return g_strdup_printf("invariant 5: path %02X is in use but not installed", chpid);
    if (!chp->installed)
        return NULL;
    return chp->mode == HV_CHP_SHARED ? check_shared(check, chpid) : check_owned(check, chpid);
}

char *resmgr_check_5(const ResmgrState *state)
{
    ChpCheck check;

    check_begin(&check, state);
    for (unsigned chpid = 0; chpid < HV_MAX_CHPS; chpid++) {
        char *wrong = check_path(&check, chpid);

        if (wrong != NULL)
            return wrong;
    }
    return NULL;
}

char *resmgr_check_5_across(const ResmgrState *before, const ResmgrState *after)
{
    for (unsigned chpid = 0; chpid < HV_MAX_CHPS; chpid++) {
        const ResmgrChp *was = &before->chps[chpid], *is = &after->chps[chpid];

        if ((was->owner == 0) != (is->owner == 0) || is_empty(was->users) != is_empty(is->users) ||
            was->installed != is->installed)
            return g_strdup_printf("invariant 5: path %02X was lost, or came from nowhere", chpid);
    }
    return NULL;
}
