/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The definition of an LPAR that came while the machine ran, written down and read back.
 *
 * It has no machine file of its own, so the state of the machine brings it along. What it shares with the machine's definition is named by
 * where that has it: classes by their place in the file, measured demand by the LPAR that has the same.
 *
 * Real guests' domains are defined anew from what is written here; what a domain can have only once is not.
 */
#include "resmgr/define.h"

#define NAMES_MAX 256u

static void storage_codec(ResmgrStorageDef *def, HvCodec *codec)
{
    hv_codec_u64(codec, &def->size_bytes);
    hv_codec_u64(codec, &def->origin_bytes);
    hv_codec_u64(codec, &def->reserved_bytes);
    hv_codec_bool(codec, &def->reserved_given);
}

static unsigned resize(GArray *array, HvCodec *codec, size_t max)
{
    size_t count = array->len;

    hv_codec_count(codec, &count, max);
    if (hv_codec_reads(codec))
        g_array_set_size(array, (guint)count);
    return (unsigned)count;
}

static void names_codec(GPtrArray *names, HvCodec *codec)
{
    size_t count = names->len;

    hv_codec_count(codec, &count, NAMES_MAX);
    for (unsigned i = 0; i < count; i++) {
        char *name = hv_codec_reads(codec) ? NULL : g_ptr_array_index(names, i);

        hv_codec_string(codec, &name);
        if (hv_codec_reads(codec))
            g_ptr_array_add(names, name ? name : g_strdup(""));
    }
}

static void processors_codec(ResmgrLparDef *def, HvCodec *codec)
{
    for (unsigned i = 0, n = resize(def->ip_shares, codec, HV_MAX_LIPS); i < n; i++) {
        hv_codec_u16(codec, &g_array_index(def->ip_shares, ResmgrIpShare, i).ip);
        hv_codec_u16(codec, &g_array_index(def->ip_shares, ResmgrIpShare, i).share_bp);
    }
    for (unsigned i = 0, n = resize(def->pools, codec, HV_IP_TYPES); i < n; i++) {
        ResmgrPoolDef *pool = &g_array_index(def->pools, ResmgrPoolDef, i);

        HV_CODEC_ENUM(codec, pool->type, HV_IP_TYPES);
        hv_codec_u32(codec, &pool->weight);
        hv_codec_uint(codec, &pool->n_lips);
    }
    hv_codec_u32(codec, &def->weight);
    hv_codec_uint(codec, &def->lips_min);
    hv_codec_u32(codec, &def->weight_min);
    hv_codec_u32(codec, &def->weight_max);
    hv_codec_uint(codec, &def->n_lips);
    HV_CODEC_ENUM(codec, def->ip_type, HV_IP_TYPES);
    HV_CODEC_ENUM(codec, def->cap.kind, RESMGR_CAP_ABSOLUTE + 1);
    hv_codec_u32(codec, &def->cap.ips_hundredths);
    hv_codec_u32(codec, &def->defined_msu_hundredths);
    hv_codec_bool(codec, &def->lends_given);
    names_codec(def->lends_to, codec);
}

static void workload_codec(HvWorkload *workload, HvCodec *codec)
{
    HV_CODEC_ENUM(codec, workload->cpu, HV_WORKLOAD_CPU_DEMAND + 1);
    hv_codec_u32(codec, &workload->demand_bp);
    hv_codec_u64(codec, &workload->period_ns);
    hv_codec_u64(codec, &workload->write_rate);
    hv_codec_u64(codec, &workload->write_set_bytes);
    hv_codec_u64(codec, &workload->io_rate_milli);
}

/* Number of an LPAR of the definition with that demand; 0: none has it. */
static unsigned who_demands(const ResmgrDefinition *definition, const HvDemandDef *demand)
{
    for (unsigned i = 0; demand && i < definition->lpars->len; i++) {
        const ResmgrLparDef *lpar = g_ptr_array_index(definition->lpars, i);

        if (lpar->jobs.demand == demand)
            return lpar->number;
    }
    return 0;
}

static void demand_codec(HvJobsDef *jobs, const ResmgrDefinition *definition, HvCodec *codec)
{
    unsigned number = who_demands(definition, jobs->demand);

    hv_codec_uint(codec, &number);
    if (!hv_codec_reads(codec) || number == 0)
        return;
    for (unsigned i = 0; i < definition->lpars->len && !jobs->demand; i++) {
        const ResmgrLparDef *lpar = g_ptr_array_index(definition->lpars, i);

        if (lpar->number == number && lpar->jobs.demand)
            jobs->demand = hv_demand_def_ref(lpar->jobs.demand);
    }
    if (!jobs->demand)
        hv_codec_fail(codec, "LPAR %u has no demand", number);
}

static void classes_codec(HvJobsDef *jobs, const ResmgrDefinition *definition, HvCodec *codec)
{
    size_t count = jobs->classes->len;

    hv_codec_count(codec, &count, RESMGR_MAX_CLASSES);
    for (unsigned i = 0; i < count; i++) {
        unsigned nth = 0;

        if (!hv_codec_reads(codec))
            g_ptr_array_find(definition->classes, g_ptr_array_index(jobs->classes, i), &nth);
        hv_codec_uint(codec, &nth);
        if (nth >= definition->classes->len)
            hv_codec_fail(codec, "there is no class %u", nth);
        else if (hv_codec_reads(codec))
            g_ptr_array_add(jobs->classes, g_ptr_array_index(definition->classes, nth));
    }
}

static void jobs_codec(HvJobsDef *jobs, const ResmgrDefinition *definition, HvCodec *codec)
{
    HV_CODEC_ENUM(codec, jobs->dispatching, HV_DISPATCHING_FCFS + 1);
    hv_codec_u64(codec, &jobs->paging.working_set_bytes);
    hv_codec_u64(codec, &jobs->paging.faults_milli);
    hv_codec_u64(codec, &jobs->paging.es_page_ns);
    hv_codec_u64(codec, &jobs->demand_period_ns);
    demand_codec(jobs, definition, codec);
    classes_codec(jobs, definition, codec);
}

static void domain_codec(HvDomainDef *domain, HvCodec *codec)
{
    HV_CODEC_ENUM(codec, domain->arch, HV_ARCHS);
    HV_CODEC_ENUM(codec, domain->virt, HV_VIRT_KINDS);
    HV_CODEC_ENUM(codec, domain->grow, HV_GROW_KINDS);
    hv_codec_string(codec, &domain->kernel);
    hv_codec_string(codec, &domain->initrd);
    hv_codec_string(codec, &domain->cmdline);
    hv_codec_bool(codec, &domain->agent);
}

void resmgr_lpar_def_codec(ResmgrLparDef *def, const ResmgrDefinition *definition, HvCodec *codec)
{
    hv_codec_begin(codec, "definition of an LPAR", 1);
    hv_codec_string(codec, &def->name);
    hv_codec_uint(codec, &def->number);
    storage_codec(&def->ms, codec);
    storage_codec(&def->es, codec);
    processors_codec(def, codec);
    hv_codec_numbers(codec, def->channels, HV_MAX_CHPS);
    hv_codec_string(codec, &def->guest);
    workload_codec(&def->workload, codec);
    jobs_codec(&def->jobs, definition, codec);
    domain_codec(&def->domain, codec);
    hv_codec_bool(codec, &def->relocatable);
    hv_codec_bool(codec, &def->cross_partition_authority);
    hv_codec_bool(codec, &def->isolated);
    hv_codec_end(codec);
}
