/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checkers of the invariants about processors: 3 and 4.
 *
 * They look at the fields themselves and add up for themselves, so that an error in the share table cannot hide here.
 * Shares and weights count while an LPAR is ASSIGNED or OFFLINE: an INTEG only passes them on, so over the whole of
 * it, step by step, no sum may change.
 */
#include "resmgr/check.h"

#include <string.h>

static bool holds_resources(const ResmgrLpar *lpar)
{
    return lpar->assignment == RESMGR_ASSIGNED || lpar->assignment == RESMGR_OFFLINE;
}

/* Sums over all LPARs that hold something. */
typedef struct {
    uint64_t share_bp[HV_MAX_IPS + 1]; /* [ip] */
    uint64_t weight[HV_IP_TYPES];
} Sums;

static void add_up(const ResmgrState *state, Sums *sums)
{
    memset(sums, 0, sizeof *sums);
    for (unsigned i = 0; i < state->lpars->len; i++) {
        const ResmgrLpar *lpar = state->lpars->pdata[i];

        if (!holds_resources(lpar))
            continue;
        for (unsigned type = 0; type < HV_IP_TYPES; type++)
            sums->weight[type] += lpar->weights[type];
        for (unsigned l = 0; l < lpar->lips->len; l++) {
            const ResmgrLip *lip = &g_array_index(lpar->lips, ResmgrLip, l);

            if (lip->ip <= HV_MAX_IPS)
                sums->share_bp[lip->ip] += lip->share_bp;
        }
    }
}

char *resmgr_check_3(const ResmgrState *state)
{
    Sums sums;

    add_up(state, &sums);
    for (unsigned ip = 1; ip <= HV_MAX_IPS; ip++) {
        if (sums.share_bp[ip] > HV_SHARE_WHOLE_BP)
            return g_strdup_printf(
                "invariant 3: shares of IP %u add up to %" G_GUINT64_FORMAT "/100 %%", ip, sums.share_bp[ip]);
    }
    return NULL;
}

char *resmgr_check_3_across(const ResmgrState *before, const ResmgrState *after)
{
    Sums were, are;

    add_up(before, &were);
    add_up(after, &are);
    for (unsigned ip = 1; ip <= HV_MAX_IPS; ip++) {
        if (were.share_bp[ip] != are.share_bp[ip])
            return g_strdup_printf(
                "invariant 3: shares of IP %u were %" G_GUINT64_FORMAT "/100 %% and are %" G_GUINT64_FORMAT
                "/100 %%",
                ip, were.share_bp[ip], are.share_bp[ip]);
    }
    for (HvIpType type = 0; type < HV_IP_TYPES; type++) {
        if (were.weight[type] != are.weight[type])
            return g_strdup_printf(
                "invariant 3: weights of type %s were %" G_GUINT64_FORMAT " and are %" G_GUINT64_FORMAT,
                hv_ip_type_name(type), were.weight[type], are.weight[type]);
    }
    return NULL;
}

/* What every LPAR's LIPs are held against. */
typedef struct {
    const ResmgrState *state;
    unsigned pool_size[HV_IP_TYPES];
    unsigned taken_by[HV_MAX_IPS + 1]; /* [ip]: number of the LPAR that was seen on it last */
} LipCheck;

static bool is_bound_well(const LipCheck *check, const ResmgrLpar *lpar, const ResmgrLip *lip)
{
    const HvMachineDef *machine = check->state->definition->machine;

    if (lip->type >= HV_IP_TYPES)
        return false;
    if (lip->ip == 0)
        return lip->share_bp == 0 && lpar->weights[lip->type] > 0;
    return lip->ip <= machine->n_ips && lip->share_bp >= 1 && lip->share_bp <= HV_SHARE_WHOLE_BP &&
           machine->ip_types[lip->ip - 1] == lip->type && !check->state->ip_in_pool[lip->ip - 1] &&
           check->taken_by[lip->ip] != lpar->number;
}

static char *check_pools(const LipCheck *check, const ResmgrLpar *lpar, const unsigned pool_lips[HV_IP_TYPES])
{
    for (HvIpType type = 0; type < HV_IP_TYPES; type++) {
        if (pool_lips[type] > check->pool_size[type])
            return g_strdup_printf(
                "invariant 4: %s has %u LIPs in a pool of %u IPs", lpar->name, pool_lips[type],
                check->pool_size[type]);
        if (lpar->weights[type] > 0 && pool_lips[type] == 0)
            return g_strdup_printf("invariant 4: %s has a weight but no LIP in that pool", lpar->name);
    }
    return NULL;
}

static char *check_lips(LipCheck *check, const ResmgrLpar *lpar)
{
    unsigned pool_lips[HV_IP_TYPES] = {0}, last = 0;

    if (lpar->assignment == RESMGR_RETIRED && lpar->lips->len > 0)
        return g_strdup_printf("invariant 4: %s is retired but has LIPs", lpar->name);
    for (unsigned l = 0; l < lpar->lips->len; l++) {
        const ResmgrLip *lip = &g_array_index(lpar->lips, ResmgrLip, l);

        if (lip->number <= last || lip->number > HV_MAX_LIPS)
            return g_strdup_printf("invariant 4: LIP numbers of %s are not ascending", lpar->name);
        if (!is_bound_well(check, lpar, lip))
            return g_strdup_printf(
                "invariant 4: LIP %u of %s is not bound to an IP of its own or a pool", lip->number,
                lpar->name);
        pool_lips[lip->type] += lip->ip == 0;
        check->taken_by[lip->ip] = lip->ip != 0 ? lpar->number : 0;
        last = lip->number;
    }
    return check_pools(check, lpar, pool_lips);
}

char *resmgr_check_4(const ResmgrState *state)
{
    const HvMachineDef *machine = state->definition->machine;
    LipCheck check = {.state = state};

    for (unsigned ip = 1; ip <= machine->n_ips; ip++)
        check.pool_size[machine->ip_types[ip - 1]] += state->ip_in_pool[ip - 1];
    for (unsigned i = 0; i < state->lpars->len; i++) {
        char *wrong = check_lips(&check, state->lpars->pdata[i]);

        if (wrong != NULL)
            return wrong;
    }
    return NULL;
}
