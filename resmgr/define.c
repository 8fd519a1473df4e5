/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * LPARs that come while the machine runs: copies of others, and what is restored under a new name.
 *
 *     (none) --resmgr_state_define--> RELEASED --resmgr_state_undefine--> (none)
 *
 * Such an LPAR has nothing; it asks for its areas, LIPs and paths when it is activated, like any other that is RELEASED. The definition of
 * the machine stays the caller's: here a view of it is extended, and the view is the machine's own.
 *
 * What the definition fixes for good when the machine is powered on stays fixed: which IPs are divided by shares, pooled or dedicated. An
 * LPAR that wants otherwise is refused. So is taking one away of which the record of an INTEG tells.
 */
#include "resmgr/define.h"

#include "resmgr/definition-check.h"
#include "resmgr/state-codec.h"

#include <string.h>

/* --- Views ---------------------------------------------------------------------------------------------- */

ResmgrDefinition *resmgr_definition_view(const ResmgrDefinition *definition)
{
    ResmgrDefinition *view = g_new(ResmgrDefinition, 1);

    *view = *definition;
    view->lpars = g_ptr_array_new();
    for (unsigned i = 0; i < definition->lpars->len; i++)
        g_ptr_array_add(view->lpars, g_ptr_array_index(definition->lpars, i));
    return view;
}

void resmgr_definition_view_free(ResmgrDefinition *view)
{
    if (!view)
        return;
    g_ptr_array_unref(view->lpars);
    g_free(view);
}

/* --- Copies --------------------------------------------------------------------------------------------- */

static void copy_array(GArray *copy, const GArray *array)
{
    g_array_append_vals(copy, array->data, array->len);
}

static void copy_domain(HvDomainDef *copy, const HvDomainDef *def)
{
    *copy = *def;
    copy->domain = copy->console_log = NULL;
    copy->kernel = g_strdup(def->kernel);
    copy->initrd = g_strdup(def->initrd);
    copy->cmdline = g_strdup(def->cmdline);
}

static void copy_jobs(HvJobsDef *copy, const HvJobsDef *jobs)
{
    GPtrArray *classes = copy->classes;

    *copy = *jobs;
    copy->classes = classes;
    copy->demand = jobs->demand ? hv_demand_def_ref(jobs->demand) : NULL;
    for (unsigned i = 0; jobs->classes && i < jobs->classes->len; i++)
        g_ptr_array_add(classes, g_ptr_array_index(jobs->classes, i));
}

static void copy_processors(ResmgrLparDef *copy, const ResmgrLparDef *def)
{
    copy_array(copy->ip_shares, def->ip_shares);
    copy_array(copy->pools, def->pools);
    copy->weight = def->weight;
    copy->lips_min = def->lips_min;
    copy->weight_min = def->weight_min;
    copy->weight_max = def->weight_max;
    copy->n_lips = def->n_lips;
    copy->ip_type = def->ip_type;
    copy->dedicated = def->dedicated;
    copy->cap = def->cap;
    copy->defined_msu_hundredths = def->defined_msu_hundredths;
    copy->lends_given = def->lends_given;
    for (unsigned i = 0; i < def->lends_to->len; i++)
        g_ptr_array_add(copy->lends_to, g_strdup(g_ptr_array_index(def->lends_to, i)));
}

ResmgrLparDef *resmgr_lpar_def_copy(const ResmgrLparDef *def, const char *name, unsigned number)
{
    ResmgrLparDef *copy = resmgr_lpar_def_new(name, number);

    copy->ms = def->ms;
    copy->es = def->es;
    copy->ms.origin_bytes = copy->es.origin_bytes = RESMGR_ORIGIN_FIRST_FIT;
    copy_processors(copy, def);
    copy_array(copy->channels, def->channels);
    g_free(copy->guest);
    copy->guest = g_strdup(def->guest);
    copy->workload = def->workload;
    copy_jobs(&copy->jobs, &def->jobs);
    copy_domain(&copy->domain, &def->domain);
    copy->relocatable = def->relocatable;
    copy->cross_partition_authority = def->cross_partition_authority;
    copy->isolated = def->isolated;
    return copy;
}

/* --- Defining ------------------------------------------------------------------------------------------- */

static char *name_problem(const ResmgrState *state, const ResmgrLparDef *def)
{
    if (!resmgr_definition_check_name_is_valid(def->name))
        return g_strdup_printf(
            "\"%s\" is not an LPAR name\nGive 1 to 16 letters, digits, _ - $ # @, and not digits only",
            def->name);
    if (def->number < 1 || def->number > RESMGR_MAX_LPARS)
        return g_strdup_printf(
            "%u is not an LPAR number\nThey run from 1 to %d", def->number, RESMGR_MAX_LPARS);
    for (unsigned i = 0; i < state->lpars->len; i++) {
        const ResmgrLpar *lpar = state->lpars->pdata[i];

        if (g_ascii_strcasecmp(lpar->name, def->name) == 0 || lpar->number == def->number)
            return g_strdup_printf(
                "there is an LPAR %s with number %u already\nGive another name and number than those of "
                "DISPLAY LPAR",
                lpar->name, lpar->number);
    }
    return NULL;
}

static char *storage_problem(const ResmgrState *state, const ResmgrLparDef *def)
{
    uint64_t increment = state->definition->machine->increment_bytes;

    for (ResmgrStorageKind kind = 0; kind < RESMGR_STORAGE_KINDS; kind++) {
        const ResmgrStorageDef *area = kind == RESMGR_MS ? &def->ms : &def->es;
        uint64_t total_bytes = resmgr_storage_total(state, kind);
        g_autofree char *size = hv_quantity_format_size(area->size_bytes);

        if (area->size_bytes % increment != 0 || area->reserved_bytes % increment != 0)
            return g_strdup_printf("%s is not a multiple of the machine's increment\nRound it up", size);
        if (area->size_bytes > total_bytes || area->reserved_bytes > total_bytes - area->size_bytes)
            return g_strdup_printf(
                "%s and what is reserved are more than all the machine's %s\nGive a smaller size", size,
                resmgr_storage_kind_name(kind));
    }
    return def->ms.size_bytes > 0 ? NULL : g_strdup("an LPAR needs MS\nGive a size");
}

static char *share_problem(const ResmgrState *state, const ResmgrIpShare *share)
{
    const HvMachineDef *machine = state->definition->machine;

    if (share->ip < 1 || share->ip > machine->n_ips)
        return g_strdup_printf("there is no IP %u\nThe machine has IPs 1 to %u", share->ip, machine->n_ips);
    if (share->share_bp < 1 || share->share_bp > HV_SHARE_WHOLE_BP)
        return g_strdup_printf("a share of IP %u is not possible\nGive 0.01 to 100 %%", share->ip);
    if (state->ip_in_pool[share->ip - 1] || state->ip_dedicated[share->ip - 1])
        return g_strdup_printf(
            "IP %u is not divided by shares\nThat is fixed when the machine is powered on: name another IP",
            share->ip);
    return NULL;
}

static char *pool_problem(const ResmgrState *state, HvIpType type, unsigned n_lips)
{
    const HvMachineDef *machine = state->definition->machine;
    unsigned most = 0;

    for (unsigned ip = 1; ip <= machine->n_ips; ip++)
        most += state->ip_in_pool[ip - 1] && machine->ip_types[ip - 1] == type;
    if (n_lips >= 1 && n_lips <= MIN(most, HV_MAX_LIPS))
        return NULL;
    return g_strdup_printf(
        "%u LIPs are not possible in the pool of type %s\nIt has %u IPs", n_lips, hv_ip_type_name(type),
        most);
}

static char *processor_problem(const ResmgrState *state, const ResmgrLparDef *def)
{
    char *problem = NULL;

    if (def->dedicated)
        return g_strdup("IPs are dedicated when the machine is powered on\nGive shares or a weight instead");
    for (unsigned i = 0; i < def->ip_shares->len && !problem; i++)
        problem = share_problem(state, &g_array_index(def->ip_shares, ResmgrIpShare, i));
    if (def->weight > 0 && !problem)
        problem = pool_problem(state, def->ip_type, def->n_lips);
    for (unsigned p = 0; p < def->pools->len && !problem; p++)
        problem = pool_problem(
            state, g_array_index(def->pools, ResmgrPoolDef, p).type,
            g_array_index(def->pools, ResmgrPoolDef, p).n_lips);
    if (!problem && def->ip_shares->len == 0 && def->weight == 0)
        problem = g_strdup("it has no processor\nGive shares or a weight");
    if (!problem && def->defined_msu_hundredths > 0 && state->definition->machine->msu_per_ip_hundredths == 0)
        problem =
            g_strdup("the machine does not tell what an IP gives in MSU\nLeave the defined capacity out");
    for (unsigned i = 0; i < def->lends_to->len && !problem; i++)
        if (!resmgr_definition_find(state->definition, def->lends_to->pdata[i]))
            problem = g_strdup_printf(
                "there is no LPAR %s to lend to\nDISPLAY LPAR lists the LPARs",
                (const char *)def->lends_to->pdata[i]);
    return problem;
}

char *resmgr_define_problem(const ResmgrState *state, const ResmgrLparDef *def)
{
    char *problem = name_problem(state, def);

    if (!problem)
        problem = storage_problem(state, def);
    if (!problem)
        problem = processor_problem(state, def);
    if (!problem && resmgr_lpar_def_is_libvirt(def) && !state->definition->machine->libvirt)
        problem = g_strdup("the machine has no real guests\nGive another kind of guest");
    return problem;
}

unsigned resmgr_define_number(const ResmgrState *state)
{
    for (unsigned number = 1; number <= RESMGR_MAX_LPARS; number++)
        if (!resmgr_state_lpar(state, number))
            return number;
    return 0;
}

/* Paths that it asks for when it is activated. */
static void note_paths(ResmgrState *state, const ResmgrLparDef *def)
{
    for (unsigned i = 0; i < def->channels->len; i++) {
        uint8_t chpid = g_array_index(def->channels, uint8_t, i);

        if (state->chps[chpid].installed)
            state->chp_claims[chpid][def->number / 64] |= UINT64_C(1) << (def->number % 64);
    }
}

void resmgr_state_define(ResmgrState *state, const ResmgrLparDef *def)
{
    unsigned at = 0;

    g_assert(resmgr_definition_find(state->definition, def->name) == def);
    while (at < state->lpars->len && ((const ResmgrLpar *)state->lpars->pdata[at])->number < def->number)
        at++;
    g_ptr_array_insert(state->lpars, (int)at, resmgr_lpar_new(state->definition, def));
    note_paths(state, def);
    state->channel_changes++;
}

char *resmgr_undefine_problem(const ResmgrState *state, unsigned number)
{
    const ResmgrLpar *lpar = resmgr_state_lpar(state, number);

    if (!lpar)
        return g_strdup_printf("LPAR %u is not defined\nDISPLAY LPAR lists the LPARs", number);
    if (lpar->assignment != RESMGR_RELEASED)
        return g_strdup_printf("%s has resources\nDEACTIVATE it first", lpar->name);
    for (unsigned i = 0; i < state->commits->len; i++) {
        const ResmgrCommit *commit = &g_array_index(state->commits, ResmgrCommit, i);

        if (commit->retired == number || commit->survivor == number)
            return g_strdup_printf(
                "the record of an INTEG tells of %s\nIt stays defined as long as the machine runs",
                lpar->name);
    }
    return NULL;
}

void resmgr_state_undefine(ResmgrState *state, unsigned number)
{
    for (unsigned chpid = 0; chpid < HV_MAX_CHPS; chpid++) {
        state->chp_claims[chpid][number / 64] &= ~(UINT64_C(1) << (number % 64));
        if (state->chps[chpid].reserved_for == number)
            state->chps[chpid].reserved_for = 0;
    }
    for (unsigned i = 0; i < state->lpars->len; i++)
        if (((const ResmgrLpar *)state->lpars->pdata[i])->number == number) {
            g_ptr_array_remove_index(state->lpars, i);
            break;
        }
    state->channel_changes++;
}
