/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The assignment state: made from a definition, copied, compared, searched. What changes it stands in
 * activation.c (ACTIVATE, DEACTIVATE, declared storage) and integ.c (INTEG); everybody else reads.
 *
 * At power on every LPAR is assigned what the machine file says, by the same code that activates one later:
 * the new state has all LPARs RELEASED with the areas and LIPs that they will ask for, and then each is
 * assigned in turn. A definition that passed its check leaves none of them short.
 *
 * A RELEASED LPAR keeps in its record what it asks for at the next activation; the storage map, the share
 * table and the channel table do not count it. A RETIRED one keeps nothing.
 */
#include "resmgr/state.h"

#include "resmgr/layout.h"
#include "resmgr/state-codec.h"

#include <string.h>

void resmgr_lpar_free(ResmgrLpar *lpar)
{
    if (!lpar)
        return;
    g_free(lpar->name);
    g_array_unref(lpar->lips);
    g_free(lpar);
}

static void lpar_free(void *data)
{
    resmgr_lpar_free(data);
}

static int by_number(gconstpointer a, gconstpointer b)
{
    const ResmgrLpar *x = *(const ResmgrLpar *const *)a, *y = *(const ResmgrLpar *const *)b;

    return (x->number > y->number) - (x->number < y->number);
}

static ResmgrArea area_new(const ResmgrStorageDef *def, const ResmgrPlace *place, ResmgrStorageKind kind)
{
    return (ResmgrArea){
        .origin_bytes = place->origin_bytes,
        .size_bytes = def->size_bytes,
        .reserved_bytes = def->reserved_bytes,
        .reserved_limits = kind == RESMGR_MS || def->reserved_given,
    };
}

static void add_lip(GArray *lips, unsigned ip, uint32_t share_bp, HvIpType type)
{
    const ResmgrLip lip = {(uint16_t)(lips->len + 1), (uint16_t)ip, share_bp, type};

    g_array_append_val(lips, lip);
}

static void add_dedicated(GArray *lips, const ResmgrDefinition *definition, const ResmgrLparDef *def)
{
    unsigned owners[HV_MAX_IPS];

    resmgr_definition_dedicate(definition, NULL, owners);
    for (unsigned ip = 1; ip <= definition->machine->n_ips; ip++) {
        if (owners[ip - 1] == def->number)
            add_lip(lips, ip, HV_SHARE_WHOLE_BP, def->ip_type);
    }
}

static GArray *lips_new(const ResmgrDefinition *definition, const ResmgrLparDef *def)
{
    GArray *lips = g_array_new(FALSE, TRUE, sizeof(ResmgrLip));

    for (unsigned i = 0; i < def->ip_shares->len; i++) {
        const ResmgrIpShare *share = &g_array_index(def->ip_shares, ResmgrIpShare, i);
        add_lip(lips, share->ip, share->share_bp, definition->machine->ip_types[share->ip - 1]);
    }
    if (def->dedicated)
        add_dedicated(lips, definition, def);
    for (unsigned i = 0; def->weight > 0 && i < def->n_lips; i++)
        add_lip(lips, 0, 0, def->ip_type);
    for (unsigned p = 0; p < def->pools->len; p++) {
        const ResmgrPoolDef *pool = &g_array_index(def->pools, ResmgrPoolDef, p);
        for (unsigned i = 0; i < pool->n_lips; i++)
            add_lip(lips, 0, 0, pool->type);
    }
    return lips;
}

ResmgrLpar *resmgr_lpar_new_empty(void)
{
    ResmgrLpar *lpar = g_new0(ResmgrLpar, 1);

    lpar->lips = g_array_new(FALSE, TRUE, sizeof(ResmgrLip));
    return lpar;
}

ResmgrLpar *resmgr_lpar_new(const ResmgrDefinition *definition, const ResmgrLparDef *def)
{
    static const ResmgrPlace first = {.origin_bytes = 0};
    ResmgrLpar *lpar = g_new0(ResmgrLpar, 1);

    lpar->number = def->number;
    lpar->name = g_strdup(def->name);
    lpar->assignment = RESMGR_RELEASED;
    lpar->lips = lips_new(definition, def);
    if (def->weight > 0)
        lpar->weights[def->ip_type] = def->weight;
    for (unsigned p = 0; p < def->pools->len; p++) {
        const ResmgrPoolDef *pool = &g_array_index(def->pools, ResmgrPoolDef, p);
        lpar->weights[pool->type] = pool->weight;
    }
    lpar->cap = def->cap;
    lpar->relocatable = def->relocatable;
    lpar->cross_partition_authority = def->cross_partition_authority;
    lpar->isolated = def->isolated;
    lpar->areas[RESMGR_MS] = area_new(&def->ms, &first, RESMGR_MS);
    lpar->areas[RESMGR_ES] = area_new(&def->es, &first, RESMGR_ES);
    return lpar;
}

static void add_lpars(ResmgrState *state)
{
    const ResmgrDefinition *definition = state->definition;
    g_autofree ResmgrPlace *ms = resmgr_layout_new(definition, RESMGR_MS);
    g_autofree ResmgrPlace *es = resmgr_layout_new(definition, RESMGR_ES);

    for (unsigned i = 0; i < definition->lpars->len; i++) {
        const ResmgrLparDef *def = definition->lpars->pdata[i];
        ResmgrLpar *lpar = resmgr_lpar_new(definition, def);
        lpar->areas[RESMGR_MS] = area_new(&def->ms, &ms[i], RESMGR_MS);
        lpar->areas[RESMGR_ES] = area_new(&def->es, &es[i], RESMGR_ES);
        g_ptr_array_add(state->lpars, lpar);
    }
    g_ptr_array_sort(state->lpars, by_number);
}

static void add_chps(ResmgrState *state)
{
    for (unsigned chpid = 0; chpid < HV_MAX_CHPS; chpid++) {
        const HvChpDef *def = &state->definition->machine->chps[chpid];
        ResmgrChp *chp = &state->chps[chpid];
        chp->installed = def->installed;
        chp->mode = def->mode;
        chp->candidates_limited = def->candidates_given;
        for (unsigned i = 0; def->candidates_given && i < def->candidates->len; i++) {
            const ResmgrLparDef *lpar = resmgr_definition_find(state->definition, def->candidates->pdata[i]);
            chp->candidates[lpar->number / 64] |= UINT64_C(1) << (lpar->number % 64);
        }
    }
}

ResmgrState *resmgr_state_new(const ResmgrDefinition *definition)
{
    g_assert(resmgr_definition_check(definition, NULL, NULL) == 0);

    ResmgrState *state = g_new0(ResmgrState, 1);
    unsigned owners[HV_MAX_IPS];
    state->definition = definition;
    state->lpars = g_ptr_array_new_with_free_func(lpar_free);
    state->commits = g_array_new(FALSE, TRUE, sizeof(ResmgrCommit));
    resmgr_definition_pool(definition, state->ip_in_pool);
    resmgr_definition_dedicate(definition, NULL, owners);
    for (unsigned ip = 1; ip <= HV_MAX_IPS; ip++)
        state->ip_dedicated[ip - 1] = owners[ip - 1] != 0;
    resmgr_definition_users(definition, state->chp_claims);
    add_lpars(state);
    add_chps(state);
    for (unsigned i = 0; i < state->lpars->len; i++) {
        const ResmgrLpar *lpar = state->lpars->pdata[i];
        bool assigned = resmgr_state_assign(state, lpar->number, NULL);
        g_assert(assigned);
    }
    return state;
}

static GArray *array_copy(const GArray *array, unsigned element_size)
{
    GArray *copy = g_array_sized_new(FALSE, TRUE, element_size, array->len);

    g_array_append_vals(copy, array->data, array->len);
    return copy;
}

ResmgrLpar *resmgr_lpar_copy(const ResmgrLpar *lpar)
{
    ResmgrLpar *copy = g_new0(ResmgrLpar, 1);

    *copy = *lpar;
    copy->name = g_strdup(lpar->name);
    copy->lips = array_copy(lpar->lips, sizeof(ResmgrLip));
    return copy;
}

ResmgrState *resmgr_state_copy(const ResmgrState *state)
{
    ResmgrState *copy = g_new0(ResmgrState, 1);

    *copy = *state;
    copy->lpars = g_ptr_array_new_with_free_func(lpar_free);
    for (unsigned i = 0; i < state->lpars->len; i++)
        g_ptr_array_add(copy->lpars, resmgr_lpar_copy(state->lpars->pdata[i]));
    copy->commits = array_copy(state->commits, sizeof(ResmgrCommit));
    return copy;
}

void resmgr_state_assume(ResmgrState *state, const ResmgrState *recorded)
{
    ResmgrState *assumed = resmgr_state_copy(recorded);
    const ResmgrState before = *state;

    g_assert(recorded->definition == state->definition);
    *state = *assumed;
    *assumed = before;
    resmgr_state_free(assumed);
    state->channel_changes = before.channel_changes + 1;
    for (unsigned i = 0; i < state->commits->len; i++)
        g_array_index(state->commits, ResmgrCommit, i).at_ns = 0;
    for (unsigned chpid = 0; chpid < HV_MAX_CHPS; chpid++)
        state->chps[chpid].online = state->chps[chpid].online || state->chps[chpid].owner != 0;
}

void resmgr_state_free(ResmgrState *state)
{
    if (state == NULL)
        return;
    g_ptr_array_unref(state->lpars);
    g_array_unref(state->commits);
    g_free(state);
}

const ResmgrLpar *resmgr_state_lpar(const ResmgrState *state, unsigned number)
{
    unsigned low = 0, high = state->lpars->len;

    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        const ResmgrLpar *lpar = state->lpars->pdata[middle];
        if (lpar->number == number)
            return lpar;
        if (lpar->number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static char *lpars_text(const ResmgrState *state)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < state->lpars->len; i++) {
        const ResmgrLpar *lpar = state->lpars->pdata[i];
        g_string_append_printf(text, "%s%s (%u)", i > 0 ? ", " : "", lpar->name, lpar->number);
    }
    return g_string_free(text, FALSE);
}

const ResmgrLpar *resmgr_state_find(const ResmgrState *state, const char *name_or_number, GError **error)
{
    const ResmgrLparDef *def = resmgr_definition_find(state->definition, name_or_number);

    if (def != NULL)
        return resmgr_state_lpar(state, def->number);
    g_autofree char *known = lpars_text(state);
    g_set_error(
        error, RESMGR_ERROR, RESMGR_ERROR_UNKNOWN_LPAR, "there is no LPAR %s\nthe LPARs are %s",
        name_or_number, known);
    return NULL;
}

const ResmgrLip *resmgr_lpar_lip(const ResmgrLpar *lpar, unsigned lip)
{
    for (unsigned i = 0; i < lpar->lips->len; i++) {
        const ResmgrLip *candidate = &g_array_index(lpar->lips, ResmgrLip, i);
        if (candidate->number == lip)
            return candidate;
    }
    return NULL;
}

const char *resmgr_storage_kind_name(ResmgrStorageKind kind)
{
    return kind == RESMGR_MS ? "MS" : "ES";
}

uint64_t resmgr_storage_total(const ResmgrState *state, ResmgrStorageKind kind)
{
    return resmgr_layout_total(state->definition, kind);
}
