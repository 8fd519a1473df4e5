/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The share table, figure 4: LIP by IP, and what happens to it when one LPAR's LIPs become another's (claim 3
 * and step 203): where the survivor has a LIP on the same IP its share grows, elsewhere it gets a new LIP
 * with the lowest number that is free. So no IP's sum of shares ever changes by it.
 *
 * LIPs of a pool carry no share: there the weight moves, and with it as many LIPs as the pool has IPs for,
 * because an LPAR cannot run on more IPs than there are.
 *
 * Everything here is a function of its arguments; nothing is changed.
 */
#include "resmgr/share-table.h"

const ResmgrLip *resmgr_share_table_on_ip(const GArray *lips, unsigned ip)
{
    for (unsigned i = 0; ip != 0 && i < lips->len; i++) {
        const ResmgrLip *lip = &g_array_index(lips, ResmgrLip, i);
        if (lip->ip == ip)
            return lip;
    }
    return NULL;
}

unsigned resmgr_share_table_lowest_free(const GArray *lips)
{
    unsigned i = 0;

    while (i < lips->len && g_array_index(lips, ResmgrLip, i).number == i + 1)
        i++;
    return i + 1;
}

uint32_t resmgr_share_table_sum_bp(const ResmgrState *state, unsigned ip, bool with_offline)
{
    uint32_t sum_bp = 0;

    for (unsigned i = 0; i < state->lpars->len; i++) {
        const ResmgrLpar *lpar = state->lpars->pdata[i];
        bool counts = lpar->assignment == RESMGR_ASSIGNED ||
                      (with_offline && lpar->assignment == RESMGR_OFFLINE);
        const ResmgrLip *lip = counts ? resmgr_share_table_on_ip(lpar->lips, ip) : NULL;
        sum_bp += lip != NULL ? lip->share_bp : 0;
    }
    return sum_bp;
}

unsigned resmgr_share_table_pool_size(const ResmgrState *state, HvIpType type)
{
    const HvMachineDef *machine = state->definition->machine;
    unsigned size = 0;

    for (unsigned ip = 1; ip <= machine->n_ips; ip++)
        size += state->ip_in_pool[ip - 1] && machine->ip_types[ip - 1] == type;
    return size;
}

uint32_t resmgr_share_table_nominal_bp(
    const ResmgrState *state, unsigned lpar_number, HvIpType type, const uint64_t active[4])
{
    uint64_t sum = 0, own = 0;

    for (unsigned i = 0; i < state->lpars->len; i++) {
        const ResmgrLpar *lpar = state->lpars->pdata[i];
        if (!resmgr_lpar_map_has(active, lpar->number))
            continue;
        sum += lpar->weights[type];
        own = lpar->number == lpar_number ? lpar->weights[type] : own;
    }
    return sum > 0 ? (uint32_t)((own * HV_SHARE_WHOLE_BP + sum / 2) / sum) : 0;
}

static void insert_sorted(GArray *lips, ResmgrLip lip)
{
    unsigned at = 0;

    while (at < lips->len && g_array_index(lips, ResmgrLip, at).number < lip.number)
        at++;
    g_array_insert_val(lips, at, lip);
}

/* Brings one merge into a LIP array: the one place where both functions below agree on what a merge means. */
static void apply_merge(GArray *lips, const ResmgrLipMerge *merge)
{
    if (merge->dropped)
        return;
    if (merge->is_new) {
        insert_sorted(lips, (ResmgrLip){(uint16_t)merge->to_lip, merge->ip, merge->after_bp, merge->type});
        return;
    }
    for (unsigned i = 0; i < lips->len; i++) {
        ResmgrLip *lip = &g_array_index(lips, ResmgrLip, i);
        if (lip->number == merge->to_lip)
            lip->share_bp = merge->after_bp;
    }
}

static unsigned pool_lips(const GArray *lips, HvIpType type)
{
    unsigned count = 0;

    for (unsigned i = 0; i < lips->len; i++) {
        const ResmgrLip *lip = &g_array_index(lips, ResmgrLip, i);
        count += lip->ip == 0 && lip->type == type;
    }
    return count;
}

static ResmgrLipMerge merge_one(const ResmgrState *state, const GArray *lips, const ResmgrLip *retired)
{
    const ResmgrLip *same = resmgr_share_table_on_ip(lips, retired->ip);
    ResmgrLipMerge merge = {.from_lip = retired->number, .ip = retired->ip, .type = retired->type};

    if (retired->ip == 0 &&
        pool_lips(lips, retired->type) >= resmgr_share_table_pool_size(state, retired->type)) {
        merge.dropped = true;
        return merge;
    }
    merge.is_new = same == NULL;
    merge.to_lip = same != NULL ? same->number : resmgr_share_table_lowest_free(lips);
    merge.before_bp = same != NULL ? same->share_bp : 0;
    merge.added_bp = retired->share_bp;
    merge.after_bp = merge.before_bp + merge.added_bp;
    return merge;
}

static GArray *lips_copy(const GArray *lips)
{
    GArray *copy = g_array_sized_new(FALSE, TRUE, sizeof(ResmgrLip), lips->len);

    g_array_append_vals(copy, lips->data, lips->len);
    return copy;
}

GArray *
resmgr_share_table_merge(const ResmgrState *state, const ResmgrLpar *retiring, const ResmgrLpar *survivor)
{
    GArray *merges = g_array_new(FALSE, TRUE, sizeof(ResmgrLipMerge));
    g_autoptr(GArray) lips = lips_copy(survivor->lips);

    for (unsigned i = 0; i < retiring->lips->len; i++) {
        ResmgrLipMerge merge = merge_one(state, lips, &g_array_index(retiring->lips, ResmgrLip, i));
        g_array_append_val(merges, merge);
        apply_merge(lips, &merge);
    }
    return merges;
}

GArray *resmgr_share_table_merged(const GArray *survivor_lips, const GArray *merges)
{
    GArray *lips = lips_copy(survivor_lips);

    for (unsigned i = 0; i < merges->len; i++)
        apply_merge(lips, &g_array_index(merges, ResmgrLipMerge, i));
    return lips;
}
