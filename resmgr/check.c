/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checkers of the invariants that take two states or the whole of one: 6 and 10, and the assertions that run all of
 * them after every step. Those about storage, processors and channel paths have a file each, check-*.c.
 *
 * A checker reads fields and draws its own conclusions; it does not call what keeps them. All are near-linear in
 * what there is (areas are sorted, nothing is compared pairwise), because they run after every step of every INTEG in
 * release builds too.
 */
#include "resmgr/check.h"

#include <string.h>

static bool same_area(const ResmgrArea *was, const ResmgrArea *is, bool may_move)
{
    return (may_move || was->origin_bytes == is->origin_bytes) && was->size_bytes == is->size_bytes &&
           was->reserved_bytes == is->reserved_bytes && was->reserved_limits == is->reserved_limits &&
           was->reserved_next_bytes == is->reserved_next_bytes &&
           was->reserved_next_given == is->reserved_next_given;
}

static bool same_lips(const GArray *was, const GArray *is)
{
    bool same = was->len == is->len;

    for (unsigned l = 0; same && l < was->len; l++) {
        const ResmgrLip *a = &g_array_index(was, ResmgrLip, l), *b = &g_array_index(is, ResmgrLip, l);

        same = a->number == b->number && a->ip == b->ip && a->share_bp == b->share_bp && a->type == b->type;
    }
    return same;
}

/* What an LPAR that takes no part may see of an INTEG: nothing but other origins, and those only of what it has. */
static bool keeps_all_but_origins(const ResmgrLpar *was, const ResmgrLpar *is)
{
    for (ResmgrStorageKind kind = 0; kind < RESMGR_STORAGE_KINDS; kind++) {
        bool may_move = was->assignment == RESMGR_ASSIGNED && was->relocatable;

        if (!same_area(&was->areas[kind], &is->areas[kind], may_move))
            return false;
    }
    return was->number == is->number && was->assignment == is->assignment && same_lips(was->lips, is->lips) &&
           memcmp(was->weights, is->weights, sizeof is->weights) == 0 && was->cap.kind == is->cap.kind &&
           was->cap.ips_hundredths == is->cap.ips_hundredths && was->relocatable == is->relocatable &&
           was->cross_partition_authority == is->cross_partition_authority && was->isolated == is->isolated;
}

/* Users besides the two operands. */
static bool same_other_users(const ResmgrChp *was, const ResmgrChp *is, unsigned retiring, unsigned survivor)
{
    uint64_t others[4] = {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};

    others[retiring / 64] &= ~(UINT64_C(1) << (retiring % 64));
    others[survivor / 64] &= ~(UINT64_C(1) << (survivor % 64));
    for (unsigned word = 0; word < 4; word++) {
        if (((was->users[word] ^ is->users[word]) & others[word]) != 0)
            return false;
    }
    return true;
}

static bool keeps_path(const ResmgrChp *was, const ResmgrChp *is, unsigned retiring, unsigned survivor)
{
    bool handed_over = was->owner == retiring && is->owner == survivor;
    bool others = was->owner != 0 && was->owner != retiring && was->owner != survivor;

    return (was->owner == is->owner || handed_over) && (!others || was->online == is->online) &&
           was->reserved_for == is->reserved_for && same_other_users(was, is, retiring, survivor);
}

char *
resmgr_check_6(const ResmgrState *before, const ResmgrState *after, unsigned retiring, unsigned survivor)
{
    if (before->lpars->len != after->lpars->len)
        return g_strdup("invariant 6: an LPAR was lost, or came from nowhere");
    for (unsigned i = 0; i < before->lpars->len; i++) {
        const ResmgrLpar *was = before->lpars->pdata[i], *is = after->lpars->pdata[i];

        if (was->number != retiring && was->number != survivor && !keeps_all_but_origins(was, is))
            return g_strdup_printf("invariant 6: bystander %s has changed", was->name);
    }
    for (unsigned chpid = 0; chpid < HV_MAX_CHPS; chpid++) {
        if (!keeps_path(&before->chps[chpid], &after->chps[chpid], retiring, survivor))
            return g_strdup_printf("invariant 6: path %02X of a bystander has changed", chpid);
    }
    return NULL;
}

/* What a restore may do to a path: it comes to the LPAR, from the giver or from where nobody used it, or the LPAR had it and has it no longer. */
static bool path_comes_back(const ResmgrChp *was, const ResmgrChp *is, unsigned lpar, unsigned giver)
{
    bool kept_for_it = (was->reserved_for == lpar || was->reserved_for == giver) && is->reserved_for == 0;
    bool came = is->owner == lpar && (was->owner == giver || was->owner == lpar || was->owner == 0);
    bool left = is->owner == 0 && was->owner == lpar;
    bool stayed = was->owner == is->owner && (was->owner == 0 || was->online == is->online);

    return (came || left || stayed) && (kept_for_it || was->reserved_for == is->reserved_for) &&
           same_other_users(was, is, lpar, giver);
}

char *
resmgr_check_6_restored(const ResmgrState *before, const ResmgrState *after, unsigned lpar, unsigned giver)
{
    for (unsigned i = 0; i < before->lpars->len; i++) {
        const ResmgrLpar *was = before->lpars->pdata[i], *is = resmgr_state_lpar(after, was->number);

        if (was->number != lpar && was->number != giver && (!is || !keeps_all_but_origins(was, is)))
            return g_strdup_printf("invariant 6: bystander %s has changed", was->name);
    }
    for (unsigned chpid = 0; chpid < HV_MAX_CHPS; chpid++) {
        if (!path_comes_back(&before->chps[chpid], &after->chps[chpid], lpar, giver))
            return g_strdup_printf("invariant 6: path %02X of a bystander has changed", chpid);
    }
    return NULL;
}

/* Commit records by themselves: in order of time, nothing goes to an LPAR that has gone before, and only such a one comes back. */
static char *check_records(const ResmgrState *state, unsigned times_retired[RESMGR_MAX_LPARS + 1])
{
    HvTime last_ns = 0;

    for (unsigned i = 0; i < state->commits->len; i++) {
        const ResmgrCommit *commit = &g_array_index(state->commits, ResmgrCommit, i);
        bool comes_back = commit->survivor == 0;
        bool known = commit->retired >= 1 && commit->retired <= RESMGR_MAX_LPARS &&
                     commit->survivor <= RESMGR_MAX_LPARS && commit->retired != commit->survivor;

        if (!known || commit->at_ns < last_ns || (!comes_back && times_retired[commit->survivor] > 0) ||
            (comes_back && times_retired[commit->retired] != 1))
            return g_strdup_printf(
                "invariant 10: the record of LPAR %u into LPAR %u cannot be", commit->retired,
                commit->survivor);
        if (comes_back)
            times_retired[commit->retired]--;
        else
            times_retired[commit->retired]++;
        last_ns = commit->at_ns;
    }
    return NULL;
}

char *resmgr_check_10(const ResmgrState *state)
{
    unsigned times_retired[RESMGR_MAX_LPARS + 1] = {0};
    char *wrong = check_records(state, times_retired);

    for (unsigned i = 0; i < state->lpars->len && wrong == NULL; i++) {
        const ResmgrLpar *lpar = state->lpars->pdata[i];
        unsigned expected = lpar->assignment == RESMGR_RETIRED;

        if (times_retired[lpar->number] != expected)
            wrong = g_strdup_printf(
                "invariant 10: %s is%s retired, but %u commit records say so", lpar->name,
                expected ? "" : " not", times_retired[lpar->number]);
    }
    return wrong;
}

/* Ends the program with the sentence, if there is one. */
static void assert_none(char *wrong)
{
    if (wrong != NULL)
        g_error("%s", wrong);
}

void resmgr_check_assert(const ResmgrState *state)
{
    assert_none(resmgr_check_10(state)); /* first: the others rely on the records */
    assert_none(resmgr_check_2(state));
    assert_none(resmgr_check_1(state));
    assert_none(resmgr_check_3(state));
    assert_none(resmgr_check_4(state));
    assert_none(resmgr_check_5(state));
}

void resmgr_check_assert_across(
    const ResmgrState *before, const ResmgrState *after, unsigned retiring, unsigned survivor)
{
    resmgr_check_assert(after);
    assert_none(resmgr_check_3_across(before, after));
    assert_none(resmgr_check_5_across(before, after));
    assert_none(resmgr_check_6(before, after, retiring, survivor));
}
