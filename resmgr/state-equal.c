/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether two states are the same, field by field: what an undo is measured against.
 *
 * Fields are compared one by one and not as memory, because padding between them means nothing. A field that
 * is added to the state must be added here, or an undo that forgets it would pass for a good one.
 */
#include "resmgr/state.h"

#include <string.h>

static bool areas_equal(const ResmgrArea *a, const ResmgrArea *b)
{
    return a->origin_bytes == b->origin_bytes && a->size_bytes == b->size_bytes &&
           a->reserved_bytes == b->reserved_bytes && a->reserved_limits == b->reserved_limits &&
           a->reserved_next_bytes == b->reserved_next_bytes &&
           a->reserved_next_given == b->reserved_next_given;
}

static bool lips_equal(const GArray *a, const GArray *b)
{
    if (a->len != b->len)
        return false;
    for (unsigned i = 0; i < a->len; i++) {
        const ResmgrLip *x = &g_array_index(a, ResmgrLip, i), *y = &g_array_index(b, ResmgrLip, i);
        if (x->number != y->number || x->ip != y->ip || x->share_bp != y->share_bp || x->type != y->type)
            return false;
    }
    return true;
}

static bool lpars_equal(const ResmgrLpar *a, const ResmgrLpar *b)
{
    for (ResmgrStorageKind kind = 0; kind < RESMGR_STORAGE_KINDS; kind++) {
        if (!areas_equal(&a->areas[kind], &b->areas[kind]))
            return false;
    }
    return a->number == b->number && g_str_equal(a->name, b->name) && a->assignment == b->assignment &&
           lips_equal(a->lips, b->lips) && memcmp(a->weights, b->weights, sizeof a->weights) == 0 &&
           a->cap.kind == b->cap.kind && a->cap.ips_hundredths == b->cap.ips_hundredths &&
           a->relocatable == b->relocatable && a->cross_partition_authority == b->cross_partition_authority &&
           a->isolated == b->isolated;
}

static bool chps_equal(const ResmgrChp *a, const ResmgrChp *b)
{
    return a->installed == b->installed && a->mode == b->mode && a->owner == b->owner &&
           a->online == b->online && a->reserved_for == b->reserved_for &&
           a->candidates_limited == b->candidates_limited &&
           memcmp(a->candidates, b->candidates, sizeof a->candidates) == 0 &&
           memcmp(a->users, b->users, sizeof a->users) == 0;
}

static bool commits_equal(const GArray *a, const GArray *b)
{
    if (a->len != b->len)
        return false;
    for (unsigned i = 0; i < a->len; i++) {
        const ResmgrCommit *x = &g_array_index(a, ResmgrCommit, i), *y = &g_array_index(b, ResmgrCommit, i);
        if (x->at_ns != y->at_ns || x->retired != y->retired || x->survivor != y->survivor)
            return false;
    }
    return true;
}

bool resmgr_state_equal(const ResmgrState *a, const ResmgrState *b)
{
    if (a->definition->machine != b->definition->machine || a->lpars->len != b->lpars->len ||
        memcmp(a->ip_in_pool, b->ip_in_pool, sizeof a->ip_in_pool) != 0 ||
        memcmp(a->chp_claims, b->chp_claims, sizeof a->chp_claims) != 0 ||
        !commits_equal(a->commits, b->commits))
        return false;
    for (unsigned i = 0; i < a->lpars->len; i++) {
        if (!lpars_equal(a->lpars->pdata[i], b->lpars->pdata[i]))
            return false;
    }
    for (unsigned chpid = 0; chpid < HV_MAX_CHPS; chpid++) {
        if (!chps_equal(&a->chps[chpid], &b->chps[chpid]))
            return false;
    }
    return true;
}
