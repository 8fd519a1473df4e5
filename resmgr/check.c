/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checkers of the invariants about assignment, by number.
 *
 * They look at the fields themselves and add up for themselves; nothing that keeps the state is called, so an error there cannot
 * hide here. An area counts only while its LPAR is ASSIGNED: what is OFFLINE is on its way to the survivor, and its room is
 * free for others already. Near-linear in what there is, because they run after every step.
 */
#include "resmgr/check.h"

#include <stdlib.h>
#include <string.h>

static const ResmgrLpar *lpar_at(const ResmgrState *state, unsigned i)
{
    return g_ptr_array_index(state->lpars, i);
}

static uint64_t machine_total(const ResmgrState *state, unsigned kind)
{
    const HvMachineDef *machine = state->definition->machine;

    return kind == RESMGR_MS ? machine->ms_bytes : machine->es_bytes;
}

typedef struct {
    uint64_t origin, size;
    const ResmgrLpar *lpar;
} Occupied;

static int compare_occupied(const void *a, const void *b)
{
    const Occupied *x = a, *y = b;

    return x->origin < y->origin ? -1 : x->origin > y->origin;
}

/* Areas of one kind by origin; free with g_free(). */
static Occupied *occupied_areas(const ResmgrState *state, unsigned kind, unsigned *ret_n)
{
    Occupied *occupied = g_new0(Occupied, state->lpars->len + 1);
    unsigned n = 0;

    for (unsigned i = 0; i < state->lpars->len; i++) {
        const ResmgrLpar *lpar = lpar_at(state, i);

        if (lpar->assignment == RESMGR_ASSIGNED && lpar->areas[kind].size_bytes > 0)
            occupied[n++] = (Occupied){lpar->areas[kind].origin_bytes, lpar->areas[kind].size_bytes, lpar};
    }
    qsort(occupied, n, sizeof(*occupied), compare_occupied);
    *ret_n = n;
    return occupied;
}

char *resmgr_check_1(const ResmgrState *state)
{
    for (unsigned kind = 0; kind < RESMGR_STORAGE_KINDS; kind++) {
        unsigned n;
        g_autofree Occupied *occupied = occupied_areas(state, kind, &n);
        uint64_t sum = 0, at = 0;

        for (unsigned i = 0; i < n; i++) {
            sum += occupied[i].origin > at ? occupied[i].origin - at : 0; /* the hole before it */
            sum += occupied[i].size;
            at = occupied[i].origin + occupied[i].size;
        }
        sum += machine_total(state, kind) > at ? machine_total(state, kind) - at : 0;
        if (sum != machine_total(state, kind))
            return g_strdup_printf(
                "invariant 1: %s areas and holes make %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " bytes",
                kind == RESMGR_MS ? "MS" : "ES", sum, machine_total(state, kind));
    }
    return NULL;
}

static char *check_area(const ResmgrState *state, const ResmgrLpar *lpar, unsigned kind)
{
    const ResmgrArea *area = &lpar->areas[kind];
    uint64_t increment = state->definition->machine->increment_bytes, total = machine_total(state, kind);

    if (area->origin_bytes % increment || area->size_bytes % increment)
        return g_strdup_printf("invariant 2: an area of %s is off the increment", lpar->name);
    if (area->origin_bytes > total || area->size_bytes > total - area->origin_bytes)
        return g_strdup_printf("invariant 2: an area of %s passes the end of the storage", lpar->name);
    return NULL;
}

char *resmgr_check_2(const ResmgrState *state)
{
    for (unsigned kind = 0; kind < RESMGR_STORAGE_KINDS; kind++) {
        unsigned n;
        g_autofree Occupied *occupied = occupied_areas(state, kind, &n);

        for (unsigned i = 0; i < n; i++) {
            char *wrong = check_area(state, occupied[i].lpar, kind);

            if (wrong)
                return wrong;
            if (i > 0 && occupied[i].origin < occupied[i - 1].origin + occupied[i - 1].size)
                return g_strdup_printf(
                    "invariant 2: areas of %s and %s overlap", occupied[i - 1].lpar->name,
                    occupied[i].lpar->name);
        }
    }
    return NULL;
}

/* Per IP (from 1; 0: pools), over ASSIGNED and OFFLINE LPARs; free with g_free(). */
static uint32_t *share_sums(const ResmgrState *state)
{
    uint32_t *sums = g_new0(uint32_t, HV_MAX_IPS + 1);

    for (unsigned i = 0; i < state->lpars->len; i++) {
        const ResmgrLpar *lpar = lpar_at(state, i);

        if (lpar->assignment != RESMGR_ASSIGNED && lpar->assignment != RESMGR_OFFLINE)
            continue;
        for (unsigned l = 0; l < lpar->lips->len; l++) {
            const ResmgrLip *lip = &g_array_index(lpar->lips, ResmgrLip, l);

            if (lip->ip <= HV_MAX_IPS)
                sums[lip->ip] += lip->share_bp;
        }
    }
    return sums;
}

char *resmgr_check_3(const ResmgrState *state)
{
    g_autofree uint32_t *sums = share_sums(state);

    for (unsigned ip = 1; ip <= HV_MAX_IPS; ip++)
        if (sums[ip] > HV_SHARE_WHOLE_BP)
            return g_strdup_printf("invariant 3: shares of IP %u sum up to %u/100 %%", ip, sums[ip]);
    return NULL;
}

char *resmgr_check_3_across(const ResmgrState *before, const ResmgrState *after)
{
    g_autofree uint32_t *were = share_sums(before);
    g_autofree uint32_t *are = share_sums(after);

    for (unsigned ip = 1; ip <= HV_MAX_IPS; ip++)
        if (were[ip] != are[ip])
            return g_strdup_printf(
                "invariant 3: shares of IP %u were %u/100 %% and are %u/100 %%", ip, were[ip], are[ip]);
    return NULL;
}

static char *check_lips(const ResmgrState *state, const ResmgrLpar *lpar)
{
    g_autofree bool *on_ip = g_new0(bool, HV_MAX_IPS + 1);
    unsigned last = 0;

    for (unsigned l = 0; l < lpar->lips->len; l++) {
        const ResmgrLip *lip = &g_array_index(lpar->lips, ResmgrLip, l);
        bool bound_well = lip->ip == 0 ? lip->share_bp == 0
                                       : lip->ip <= state->definition->machine->n_ips && lip->share_bp > 0;

        if (lip->number <= last || lip->number > HV_MAX_LIPS)
            return g_strdup_printf("invariant 4: LIP numbers of %s are not ascending", lpar->name);
        if (!bound_well || (lip->ip > 0 && on_ip[lip->ip]))
            return g_strdup_printf(
                "invariant 4: LIP %u of %s is not bound to an IP of its own", lip->number, lpar->name);
        on_ip[lip->ip] = lip->ip > 0;
        last = lip->number;
    }
    return NULL;
}

char *resmgr_check_4(const ResmgrState *state)
{
    for (unsigned i = 0; i < state->lpars->len; i++) {
        char *wrong = check_lips(state, lpar_at(state, i));

        if (wrong)
            return wrong;
    }
    return NULL;
}

/* holds[number]: the LPAR exists and has resources. */
static void who_holds(const ResmgrState *state, bool holds[256])
{
    memset(holds, 0, 256);
    for (unsigned i = 0; i < state->lpars->len; i++) {
        const ResmgrLpar *lpar = lpar_at(state, i);

        holds[lpar->number] = lpar->assignment == RESMGR_ASSIGNED || lpar->assignment == RESMGR_OFFLINE;
    }
}

char *resmgr_check_5(const ResmgrState *state)
{
    bool holds[256];

    who_holds(state, holds);
    for (unsigned c = 0; c < HV_MAX_CHPS; c++) {
        const ResmgrChp *chp = &state->chps[c];

        if (chp->installed != state->definition->machine->chps[c].installed)
            return g_strdup_printf("invariant 5: CHP %02X was lost, or came from nowhere", c);
        if (chp->owner && !holds[chp->owner])
            return g_strdup_printf(
                "invariant 5: CHP %02X belongs to LPAR %u, which has no resources", c, chp->owner);
        if (chp->owner && (chp->mode == HV_CHP_SHARED || !chp->installed))
            return g_strdup_printf("invariant 5: CHP %02X cannot have an owner", c);
    }
    return NULL;
}

char *resmgr_check_5_across(const ResmgrState *before, const ResmgrState *after)
{
    for (unsigned c = 0; c < HV_MAX_CHPS; c++)
        if ((before->chps[c].owner == 0) != (after->chps[c].owner == 0))
            return g_strdup_printf("invariant 5: CHP %02X was lost", c);
    return NULL;
}

static bool keeps_all_but_origin(const ResmgrLpar *was, const ResmgrLpar *is)
{
    bool same_lips = was->lips->len == is->lips->len;

    for (unsigned l = 0; same_lips && l < was->lips->len; l++) {
        const ResmgrLip *a = &g_array_index(was->lips, ResmgrLip, l),
                        *b = &g_array_index(is->lips, ResmgrLip, l);

        same_lips = a->number == b->number && a->ip == b->ip && a->share_bp == b->share_bp &&
                    a->type == b->type;
    }
    for (unsigned kind = 0; kind < RESMGR_STORAGE_KINDS; kind++)
        if (was->areas[kind].size_bytes != is->areas[kind].size_bytes ||
            was->areas[kind].reserved_bytes != is->areas[kind].reserved_bytes)
            return false;
    return same_lips && was->assignment == is->assignment &&
           memcmp(was->weights, is->weights, sizeof(is->weights)) == 0;
}

static char *
keeps_paths(const ResmgrState *before, const ResmgrState *after, unsigned retiring, unsigned survivor)
{
    for (unsigned c = 0; c < HV_MAX_CHPS; c++) {
        unsigned was = before->chps[c].owner, is = after->chps[c].owner;

        if (was != is && !(was == retiring && is == survivor))
            return g_strdup_printf("invariant 6: CHP %02X went from LPAR %u to LPAR %u", c, was, is);
    }
    return NULL;
}

char *
resmgr_check_6(const ResmgrState *before, const ResmgrState *after, unsigned retiring, unsigned survivor)
{
    for (unsigned i = 0; i < before->lpars->len; i++) {
        const ResmgrLpar *was = lpar_at(before, i), *is = lpar_at(after, i);

        if (was->number == retiring || was->number == survivor)
            continue;
        if (!keeps_all_but_origin(was, is))
            return g_strdup_printf("invariant 6: bystander %s has changed", was->name);
    }
    return keeps_paths(before, after, retiring, survivor);
}

char *resmgr_check_10(const ResmgrState *state)
{
    unsigned times[256] = {0};

    for (unsigned i = 0; i < state->commits->len; i++)
        times[g_array_index(state->commits, ResmgrCommit, i).retired]++;
    for (unsigned i = 0; i < state->lpars->len; i++) {
        const ResmgrLpar *lpar = lpar_at(state, i);
        unsigned expected = lpar->assignment == RESMGR_RETIRED;

        if (times[lpar->number] != expected)
            return g_strdup_printf(
                "invariant 10: %s is%s retired, but %u commit records say so", lpar->name,
                expected ? "" : " not", times[lpar->number]);
    }
    return NULL;
}

/* Ends the program with the first sentence there is. */
static void assert_none(char *wrong)
{
    if (wrong)
        g_error("%s", wrong);
}

void resmgr_check_assert(const ResmgrState *state)
{
    assert_none(resmgr_check_1(state));
    assert_none(resmgr_check_2(state));
    assert_none(resmgr_check_3(state));
    assert_none(resmgr_check_4(state));
    assert_none(resmgr_check_5(state));
    assert_none(resmgr_check_10(state));
}

void resmgr_check_assert_across(
    const ResmgrState *before, const ResmgrState *after, unsigned retiring, unsigned survivor)
{
    resmgr_check_assert(after);
    assert_none(resmgr_check_3_across(before, after));
    assert_none(resmgr_check_5_across(before, after));
    assert_none(resmgr_check_6(before, after, retiring, survivor));
}
