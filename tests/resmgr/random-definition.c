/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Random definitions that are usable by construction: areas are drawn one behind the other, shares from what is left
 * of an IP, owners of paths from their candidates, device numbers without repetition unless nobody meets two.
 */
#include "tests/resmgr/random-definition.h"

#include "tests/resmgr/machine-builder.h"

#define SHARE_IPS 4
#define POOL_IPS  3 /* two CPs and an IFL */
#define CHPS      12

static bool chance(HvRng *rng, unsigned in)
{
    return hv_rng_below(rng, in) == 0;
}

static unsigned below(HvRng *rng, unsigned bound)
{
    return (unsigned)hv_rng_below(rng, bound);
}

/* In a random order of LPARs, so that the order on the line is not that of their numbers. */
static unsigned *shuffled(HvRng *rng, unsigned n)
{
    unsigned *order = g_new(unsigned, n);

    for (unsigned i = 0; i < n; i++) {
        unsigned j = below(rng, i + 1);

        order[i] = order[j];
        order[j] = i;
    }
    return order;
}

static void draw_storage(ResmgrDefinition *definition, HvRng *rng)
{
    unsigned n = definition->lpars->len, ms_mib = 0, es_mib = 0;
    g_autofree unsigned *order = shuffled(rng, n);

    for (unsigned i = 0; i < n; i++) {
        ResmgrLparDef *lpar = definition->lpars->pdata[order[i]];

        ms_mib += chance(rng, 2) ? below(rng, 6) : 0;
        lpar->ms.origin_bytes = ms_mib * HV_MIB;
        lpar->ms.size_bytes = (1 + below(rng, 12)) * HV_MIB;
        ms_mib += (unsigned)(lpar->ms.size_bytes / HV_MIB);
        if (chance(rng, 2))
            continue;
        es_mib += below(rng, 3);
        build_es(lpar, es_mib, 1 + below(rng, 6));
        es_mib += (unsigned)(lpar->es.size_bytes / HV_MIB);
    }
    definition->machine->ms_bytes = (ms_mib + below(rng, 10)) * HV_MIB;
    definition->machine->es_bytes = (es_mib + below(rng, 6)) * HV_MIB;
    for (unsigned i = 0; i < n; i++) {
        ResmgrLparDef *lpar = definition->lpars->pdata[i];

        lpar->ms.reserved_bytes =
            hv_rng_below(rng, (definition->machine->ms_bytes - lpar->ms.size_bytes) / HV_MIB + 1) * HV_MIB;
        lpar->es.reserved_given = chance(rng, 4);
        if (lpar->es.reserved_given)
            lpar->es.reserved_bytes =
                hv_rng_below(rng, (definition->machine->es_bytes - lpar->es.size_bytes) / HV_MIB + 1) *
                HV_MIB;
    }
}

static void draw_processors(ResmgrDefinition *definition, HvRng *rng)
{
    unsigned left[SHARE_IPS + 1] = {0, 100, 100, 100, 100};

    for (unsigned i = 0; i < definition->lpars->len; i++) {
        ResmgrLparDef *lpar = definition->lpars->pdata[i];

        for (unsigned ip = 1; ip <= SHARE_IPS && !chance(rng, 4); ip++) {
            unsigned share = left[ip] > 0 ? 1 + below(rng, left[ip]) : 0;

            if (share == 0 || chance(rng, 3))
                continue;
            build_share(lpar, ip, share);
            left[ip] -= share;
        }
        if (lpar->ip_shares->len == 0) {
            bool ifl = chance(rng, 3);

            build_weight(lpar, ifl ? HV_IP_IFL : HV_IP_CP, 1 + below(rng, 999), ifl ? 1 : 1 + below(rng, 2));
        }
        if (lpar->weight == 0 || lpar->ip_type == HV_IP_CP) {
            const ResmgrPoolDef pool = {HV_IP_IFL, 1 + below(rng, 999), 1};

            if (chance(rng, 4))
                g_array_append_val(lpar->pools, pool);
        }
        lpar->cap.kind = below(rng, 3);
        if (lpar->cap.kind == RESMGR_CAP_ABSOLUTE)
            lpar->cap.ips_hundredths = 1 + below(rng, 400);
    }
}

static const char *name_of(const ResmgrDefinition *definition, unsigned i)
{
    return ((const ResmgrLparDef *)definition->lpars->pdata[i])->name;
}

static void draw_path(ResmgrDefinition *definition, HvRng *rng, uint8_t chpid)
{
    HvChpDef *chp = &definition->machine->chps[chpid];
    unsigned n = definition->lpars->len, owner = below(rng, n + 1);

    chp->mode = below(rng, 3);
    for (unsigned i = 0; chance(rng, 3) && i < n; i++) {
        if (i == owner || chance(rng, 2))
            build_candidate(definition, chpid, name_of(definition, i));
    }
    if (owner < n && resmgr_definition_is_candidate(definition, chpid, definition->lpars->pdata[owner]))
        build_chp(definition->lpars->pdata[owner], chpid);
    for (unsigned i = 0; chp->mode == HV_CHP_SHARED && i < n; i++) {
        if (i != owner && chance(rng, 2) &&
            resmgr_definition_is_candidate(definition, chpid, definition->lpars->pdata[i]))
            build_access(definition, chpid, name_of(definition, i));
    }
    if (chance(rng, 2)) {
        g_autofree char *name = g_strdup_printf("DEV%02X", chpid);

        build_device(definition, name, chpid, chpid);
    }
}

/* LPARs with a weight for CPs, some of them, in up to two groups. */
static void draw_groups(ResmgrDefinition *definition, HvRng *rng)
{
    ResmgrGroupDef *groups[] = {resmgr_group_def_new("GOLD"), resmgr_group_def_new("G2")};

    definition->machine->msu_per_ip_hundredths = chance(rng, 3) ? 0 : 1 + below(rng, 20000);
    bool msu = definition->machine->msu_per_ip_hundredths > 0;

    definition->machine->vertical = chance(rng, 4);

    for (unsigned i = 0; i < definition->lpars->len; i++) {
        ResmgrLparDef *lpar = definition->lpars->pdata[i];

        lpar->lends_given = chance(rng, 5);
        if (lpar->lends_given && chance(rng, 2))
            g_ptr_array_add(lpar->lends_to, g_strdup(name_of(definition, 0)));
        if (msu && chance(rng, 3) && (lpar->weight == 0 || lpar->ip_type == HV_IP_CP))
            lpar->defined_msu_hundredths = 1 + below(rng, 9999);
        if (lpar->weight > 0 && lpar->ip_type == HV_IP_CP && chance(rng, 2))
            g_ptr_array_add(groups[below(rng, 2)]->members, g_strdup(lpar->name));
    }
    for (unsigned g = 0; g < G_N_ELEMENTS(groups); g++) {
        groups[g]->limit_msu_hundredths = msu ? below(rng, 9999) : 0;
        groups[g]->cap_ips_hundredths = chance(rng, 2) ? 0 : 1 + below(rng, 400);
        if (groups[g]->members->len > 0 &&
            (groups[g]->limit_msu_hundredths > 0 || groups[g]->cap_ips_hundredths > 0))
            g_ptr_array_add(definition->groups, groups[g]);
        else
            resmgr_group_def_free(groups[g]);
    }
}

ResmgrDefinition *random_definition_new(HvRng *rng, unsigned max_lpars)
{
    ResmgrDefinition *definition = build_machine(SHARE_IPS + POOL_IPS, 0, 0, CHPS);
    unsigned n = 2 + below(rng, max_lpars - 1);

    definition->machine->ip_types[SHARE_IPS + POOL_IPS - 1] = HV_IP_IFL;
    for (unsigned i = 0; i < n; i++) {
        ResmgrLparDef *lpar = build_lpar(definition, 1 + 3 * i, 0, 0, 0);

        lpar->relocatable = !chance(rng, 8);
        lpar->cross_partition_authority = !chance(rng, 8);
        lpar->isolated = chance(rng, 4);
    }
    draw_storage(definition, rng);
    draw_processors(definition, rng);
    for (unsigned chpid = 0; chpid < CHPS; chpid++)
        draw_path(definition, rng, (uint8_t)chpid);
    draw_groups(definition, rng);
    return definition;
}
