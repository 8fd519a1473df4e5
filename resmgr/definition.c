/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The definition of a machine and its LPARs as plain data: made, freed, compared, searched. Nothing here
 * judges it; that is definition-check.c. Nothing here knows of a state: many states can be made of one
 * definition.
 *
 * Equality compares what the data means, not how it lies in memory: two readers of one machine file must give
 * equal definitions, and formatting a definition and reading it back must give an equal one.
 */
#include "resmgr/definition.h"

#include <string.h>

#define DEFAULT_FAULTS_MILLI 100000
#define DEFAULT_ES_PAGE_NS   (75 * HV_NS_PER_US)

static void lpar_def_free_void(void *lpar)
{
    resmgr_lpar_def_free(lpar);
}

static void class_def_free_void(void *def)
{
    hv_class_def_free(def);
}

static void group_def_free_void(void *group)
{
    resmgr_group_def_free(group);
}

static void cluster_def_free_void(void *cluster)
{
    resmgr_cluster_def_free(cluster);
}

ResmgrDefinition *resmgr_definition_new(void)
{
    ResmgrDefinition *definition = g_new0(ResmgrDefinition, 1);

    definition->machine = hv_machine_def_new();
    definition->classes = g_ptr_array_new_with_free_func(class_def_free_void);
    definition->lpars = g_ptr_array_new_with_free_func(lpar_def_free_void);
    definition->groups = g_ptr_array_new_with_free_func(group_def_free_void);
    definition->clusters = g_ptr_array_new_with_free_func(cluster_def_free_void);
    return definition;
}

void resmgr_definition_free(ResmgrDefinition *definition)
{
    if (definition == NULL)
        return;
    hv_machine_def_free(definition->machine);
    g_ptr_array_unref(definition->lpars);
    g_ptr_array_unref(definition->classes);
    g_ptr_array_unref(definition->groups);
    g_ptr_array_unref(definition->clusters);
    g_free(definition);
}

ResmgrLparDef *resmgr_lpar_def_new(const char *name, unsigned number)
{
    ResmgrLparDef *lpar = g_new0(ResmgrLparDef, 1);

    lpar->name = g_strdup(name);
    lpar->number = number;
    lpar->ms.origin_bytes = RESMGR_ORIGIN_FIRST_FIT;
    lpar->es.origin_bytes = RESMGR_ORIGIN_FIRST_FIT;
    lpar->ip_shares = g_array_new(FALSE, TRUE, sizeof(ResmgrIpShare));
    lpar->pools = g_array_new(FALSE, TRUE, sizeof(ResmgrPoolDef));
    lpar->lends_to = g_ptr_array_new_with_free_func(g_free);
    lpar->channels = g_array_new(FALSE, TRUE, sizeof(uint8_t));
    lpar->guest = g_strdup("model");
    lpar->disks = g_ptr_array_new_with_free_func(g_free);
    lpar->workload.cpu = HV_WORKLOAD_CPU_IDLE;
    lpar->jobs.classes = g_ptr_array_new();
    lpar->jobs.paging.faults_milli = DEFAULT_FAULTS_MILLI;
    lpar->jobs.paging.es_page_ns = DEFAULT_ES_PAGE_NS;
    lpar->relocatable = true;
    lpar->cross_partition_authority = true;
    return lpar;
}

void resmgr_lpar_def_free(ResmgrLparDef *lpar)
{
    if (lpar == NULL)
        return;
    g_free(lpar->name);
    g_array_unref(lpar->ip_shares);
    g_array_unref(lpar->pools);
    g_ptr_array_unref(lpar->lends_to);
    g_array_unref(lpar->channels);
    g_free(lpar->guest);
    hv_domain_def_clear(&lpar->domain);
    g_ptr_array_unref(lpar->disks);
    g_ptr_array_unref(lpar->jobs.classes);
    g_clear_pointer(&lpar->jobs.demand, hv_demand_def_unref);
    g_free(lpar);
}

ResmgrGroupDef *resmgr_group_def_new(const char *name)
{
    ResmgrGroupDef *group = g_new0(ResmgrGroupDef, 1);

    group->name = g_strdup(name);
    group->members = g_ptr_array_new_with_free_func(g_free);
    return group;
}

void resmgr_group_def_free(ResmgrGroupDef *group)
{
    if (group == NULL)
        return;
    g_free(group->name);
    g_ptr_array_unref(group->members);
    g_free(group);
}

ResmgrClusterDef *resmgr_cluster_def_new(const char *name)
{
    ResmgrClusterDef *cluster = g_new0(ResmgrClusterDef, 1);

    cluster->name = g_strdup(name);
    cluster->members = g_ptr_array_new_with_free_func(g_free);
    cluster->period_ns = 10 * HV_NS_PER_S;
    return cluster;
}

void resmgr_cluster_def_free(ResmgrClusterDef *cluster)
{
    if (cluster == NULL)
        return;
    g_free(cluster->name);
    g_ptr_array_unref(cluster->members);
    g_free(cluster);
}

bool resmgr_lpar_def_is_libvirt(const ResmgrLparDef *lpar)
{
    return g_ascii_strcasecmp(lpar->guest, "libvirt") == 0;
}

bool resmgr_lpar_def_is_trace(const ResmgrLparDef *lpar)
{
    return g_ascii_strcasecmp(lpar->guest, "trace") == 0;
}

static bool names_equal(const GPtrArray *a, const GPtrArray *b)
{
    unsigned length_a = a != NULL ? a->len : 0, length_b = b != NULL ? b->len : 0;

    if (length_a != length_b)
        return false;
    for (unsigned i = 0; i < length_a; i++) {
        if (!g_str_equal(a->pdata[i], b->pdata[i]))
            return false;
    }
    return true;
}

static bool chp_defs_equal(const HvChpDef *a, const HvChpDef *b)
{
    return a->installed == b->installed && a->mode == b->mode && a->candidates_given == b->candidates_given &&
           a->service_ns == b->service_ns && names_equal(a->candidates, b->candidates) &&
           names_equal(a->access, b->access);
}

static bool services_equal(const HvDeviceDef *a, const HvDeviceDef *b)
{
    bool drawn = a->service == b->service ||
                 (a->service && b->service && hv_distribution_equal(a->service, b->service));

    return drawn && a->service_ns == b->service_ns;
}

static bool device_defs_equal(const HvDeviceDef *a, const HvDeviceDef *b)
{
    return g_str_equal(a->name, b->name) && a->number == b->number && services_equal(a, b) &&
           memcmp(a->chps, b->chps, sizeof a->chps) == 0 && g_strcmp0(a->disk, b->disk) == 0 &&
           g_strcmp0(a->nic, b->nic) == 0 && a->qcow2 == b->qcow2;
}

static bool host_cpus_equal(const HvMachineDef *a, const HvMachineDef *b)
{
    unsigned n = MAX(a->host_cpus->len, b->host_cpus->len);

    for (unsigned i = 0; i < n; i++) {
        const char *x = i < a->host_cpus->len ? a->host_cpus->pdata[i] : NULL;
        const char *y = i < b->host_cpus->len ? b->host_cpus->pdata[i] : NULL;
        if (g_strcmp0(x, y) != 0)
            return false;
    }
    return true;
}

static bool machine_scalars_equal(const HvMachineDef *a, const HvMachineDef *b)
{
    return g_strcmp0(a->name, b->name) == 0 && a->n_ips == b->n_ips && a->ms_bytes == b->ms_bytes &&
           a->es_bytes == b->es_bytes && a->increment_bytes == b->increment_bytes &&
           a->ms_copy_rate == b->ms_copy_rate && a->dispatch_cost_ns == b->dispatch_cost_ns &&
           a->slice_ns == b->slice_ns && a->msu_per_ip_hundredths == b->msu_per_ip_hundredths &&
           a->vertical == b->vertical && a->wait_completion == b->wait_completion &&
           a->calendar.given == b->calendar.given && a->calendar.start_s == b->calendar.start_s &&
           a->libvirt == b->libvirt && g_strcmp0(a->uri, b->uri) == 0 && host_cpus_equal(a, b);
}

static bool machine_defs_equal(const HvMachineDef *a, const HvMachineDef *b)
{
    if (!machine_scalars_equal(a, b) || a->devices->len != b->devices->len)
        return false;
    for (unsigned ip = 0; ip < MIN(a->n_ips, HV_MAX_IPS); ip++) {
        if (a->ip_types[ip] != b->ip_types[ip])
            return false;
    }
    for (unsigned chpid = 0; chpid < HV_MAX_CHPS; chpid++) {
        if (!chp_defs_equal(&a->chps[chpid], &b->chps[chpid]))
            return false;
    }
    for (unsigned i = 0; i < a->devices->len; i++) {
        if (!device_defs_equal(a->devices->pdata[i], b->devices->pdata[i]))
            return false;
    }
    return true;
}

static bool storage_defs_equal(const ResmgrStorageDef *a, const ResmgrStorageDef *b)
{
    return a->size_bytes == b->size_bytes && a->origin_bytes == b->origin_bytes &&
           a->reserved_bytes == b->reserved_bytes && a->reserved_given == b->reserved_given;
}

static bool shares_equal(const GArray *a, const GArray *b)
{
    if (a->len != b->len)
        return false;
    for (unsigned i = 0; i < a->len; i++) {
        const ResmgrIpShare *x = &g_array_index(a, ResmgrIpShare, i),
                            *y = &g_array_index(b, ResmgrIpShare, i);
        if (x->ip != y->ip || x->share_bp != y->share_bp)
            return false;
    }
    return true;
}

static bool pools_equal(const GArray *a, const GArray *b)
{
    if (a->len != b->len)
        return false;
    for (unsigned i = 0; i < a->len; i++) {
        const ResmgrPoolDef *x = &g_array_index(a, ResmgrPoolDef, i),
                            *y = &g_array_index(b, ResmgrPoolDef, i);
        if (x->type != y->type || x->weight != y->weight || x->n_lips != y->n_lips)
            return false;
    }
    return true;
}

static bool chpids_equal(const GArray *a, const GArray *b)
{
    return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

static bool workloads_equal(const HvWorkload *a, const HvWorkload *b)
{
    return a->cpu == b->cpu && a->demand_bp == b->demand_bp && a->period_ns == b->period_ns &&
           a->write_rate == b->write_rate && a->write_set_bytes == b->write_set_bytes &&
           a->io_rate_milli == b->io_rate_milli;
}

/* Classes are the definition's, and compared there. */
static bool jobs_equal(const HvJobsDef *a, const HvJobsDef *b)
{
    bool demand = a->demand == b->demand ||
                  (a->demand && b->demand && hv_demand_def_equal(a->demand, b->demand));

    return demand && a->dispatching == b->dispatching && a->demand_period_ns == b->demand_period_ns &&
           a->paging.working_set_bytes == b->paging.working_set_bytes &&
           a->paging.faults_milli == b->paging.faults_milli && a->paging.es_page_ns == b->paging.es_page_ns;
}

static bool processors_equal(const ResmgrLparDef *a, const ResmgrLparDef *b)
{
    return shares_equal(a->ip_shares, b->ip_shares) && a->weight == b->weight && a->n_lips == b->n_lips &&
           a->dedicated == b->dedicated && pools_equal(a->pools, b->pools) && a->ip_type == b->ip_type &&
           a->cap.kind == b->cap.kind && a->cap.ips_hundredths == b->cap.ips_hundredths &&
           a->lips_min == b->lips_min && a->weight_min == b->weight_min && a->weight_max == b->weight_max &&
           a->defined_msu_hundredths == b->defined_msu_hundredths && a->lends_given == b->lends_given &&
           names_equal(a->lends_to, b->lends_to);
}

static bool group_defs_equal(const ResmgrGroupDef *a, const ResmgrGroupDef *b)
{
    return g_str_equal(a->name, b->name) && names_equal(a->members, b->members) &&
           a->cap_ips_hundredths == b->cap_ips_hundredths &&
           a->limit_msu_hundredths == b->limit_msu_hundredths;
}

static bool lpar_defs_equal(const ResmgrLparDef *a, const ResmgrLparDef *b)
{
    return g_str_equal(a->name, b->name) && a->number == b->number && storage_defs_equal(&a->ms, &b->ms) &&
           storage_defs_equal(&a->es, &b->es) && processors_equal(a, b) &&
           chpids_equal(a->channels, b->channels) && g_str_equal(a->guest, b->guest) &&
           workloads_equal(&a->workload, &b->workload) && jobs_equal(&a->jobs, &b->jobs) &&
           hv_domain_def_equal(&a->domain, &b->domain) && names_equal(a->disks, b->disks) &&
           a->relocatable == b->relocatable && a->cross_partition_authority == b->cross_partition_authority &&
           a->isolated == b->isolated;
}

static bool classes_equal(const GPtrArray *a, const GPtrArray *b)
{
    if (a->len != b->len)
        return false;
    for (unsigned i = 0; i < a->len; i++) {
        if (!hv_class_def_equal(a->pdata[i], b->pdata[i]))
            return false;
    }
    return true;
}

bool resmgr_definition_equal(const ResmgrDefinition *a, const ResmgrDefinition *b)
{
    if (!machine_defs_equal(a->machine, b->machine) || a->lpars->len != b->lpars->len ||
        a->groups->len != b->groups->len || a->clusters->len != b->clusters->len)
        return false;
    for (unsigned i = 0; i < a->clusters->len; i++) {
        const ResmgrClusterDef *x = a->clusters->pdata[i], *y = b->clusters->pdata[i];
        if (!g_str_equal(x->name, y->name) || x->period_ns != y->period_ns ||
            !names_equal(x->members, y->members))
            return false;
    }
    for (unsigned i = 0; i < a->groups->len; i++) {
        if (!group_defs_equal(a->groups->pdata[i], b->groups->pdata[i]))
            return false;
    }
    for (unsigned i = 0; i < a->lpars->len; i++) {
        if (!lpar_defs_equal(a->lpars->pdata[i], b->lpars->pdata[i]))
            return false;
    }
    return classes_equal(a->classes, b->classes);
}

void resmgr_definition_attach_classes(ResmgrDefinition *definition)
{
    for (unsigned i = 0; i < definition->lpars->len; i++) {
        ResmgrLparDef *lpar = definition->lpars->pdata[i];

        g_ptr_array_set_size(lpar->jobs.classes, 0);
        for (unsigned c = 0; c < definition->classes->len; c++) {
            HvClassDef *def = definition->classes->pdata[c];

            if (def->lpar != NULL && resmgr_definition_find(definition, def->lpar) == lpar)
                g_ptr_array_add(lpar->jobs.classes, def);
        }
    }
}

const ResmgrLparDef *resmgr_definition_find(const ResmgrDefinition *definition, const char *name_or_number)
{
    guint64 number = 0;

    g_ascii_string_to_unsigned(name_or_number, 10, 1, RESMGR_MAX_LPARS, &number, NULL);
    for (unsigned i = 0; i < definition->lpars->len; i++) {
        const ResmgrLparDef *lpar = definition->lpars->pdata[i];
        if ((number != 0 && lpar->number == number) || g_ascii_strcasecmp(lpar->name, name_or_number) == 0)
            return lpar;
    }
    return NULL;
}

static void find_unshared(const ResmgrDefinition *definition, bool ret_unshared[HV_MAX_IPS])
{
    for (unsigned ip = 1; ip <= HV_MAX_IPS; ip++)
        ret_unshared[ip - 1] = ip <= definition->machine->n_ips;
    for (unsigned i = 0; i < definition->lpars->len; i++) {
        const ResmgrLparDef *lpar = definition->lpars->pdata[i];
        for (unsigned s = 0; s < lpar->ip_shares->len; s++) {
            unsigned ip = g_array_index(lpar->ip_shares, ResmgrIpShare, s).ip;
            if (ip >= 1 && ip <= HV_MAX_IPS)
                ret_unshared[ip - 1] = false;
        }
    }
}

/* Returns how many are wanting. */
static unsigned
dedicate_to(const ResmgrDefinition *definition, const ResmgrLparDef *lpar, bool *unshared, unsigned *owners)
{
    unsigned wanting = lpar->n_lips;

    for (unsigned ip = 1; ip <= MIN(definition->machine->n_ips, HV_MAX_IPS) && wanting > 0; ip++) {
        if (!unshared[ip - 1] || definition->machine->ip_types[ip - 1] != lpar->ip_type)
            continue;
        unshared[ip - 1] = false;
        owners[ip - 1] = lpar->number;
        wanting--;
    }
    return wanting;
}

unsigned resmgr_definition_dedicate(
    const ResmgrDefinition *definition, const ResmgrLparDef *lpar, unsigned ret_owners[HV_MAX_IPS])
{
    bool unshared[HV_MAX_IPS];
    unsigned wanting = 0;

    memset(ret_owners, 0, HV_MAX_IPS * sizeof ret_owners[0]);
    find_unshared(definition, unshared);
    for (unsigned i = 0; i < definition->lpars->len; i++) {
        const ResmgrLparDef *one = definition->lpars->pdata[i];
        unsigned missing = one->dedicated ? dedicate_to(definition, one, unshared, ret_owners) : 0;
        wanting += lpar == NULL || lpar == one ? missing : 0;
    }
    return wanting;
}

void resmgr_definition_pool(const ResmgrDefinition *definition, bool ret_in_pool[HV_MAX_IPS])
{
    unsigned owners[HV_MAX_IPS];

    find_unshared(definition, ret_in_pool);
    resmgr_definition_dedicate(definition, NULL, owners);
    for (unsigned ip = 1; ip <= HV_MAX_IPS; ip++)
        ret_in_pool[ip - 1] = ret_in_pool[ip - 1] && owners[ip - 1] == 0;
}

bool resmgr_definition_names(
    const ResmgrDefinition *definition, const GPtrArray *names, const ResmgrLparDef *lpar)
{
    for (unsigned i = 0; names != NULL && i < names->len; i++) {
        if (resmgr_definition_find(definition, names->pdata[i]) == lpar)
            return true;
    }
    return false;
}

bool resmgr_definition_is_candidate(
    const ResmgrDefinition *definition, uint8_t chpid, const ResmgrLparDef *lpar)
{
    const HvChpDef *chp = &definition->machine->chps[chpid];

    return !chp->candidates_given || resmgr_definition_names(definition, chp->candidates, lpar);
}

static void add_user(uint64_t users[4], const ResmgrLparDef *lpar)
{
    if (lpar != NULL && lpar->number <= RESMGR_MAX_LPARS)
        users[lpar->number / 64] |= UINT64_C(1) << (lpar->number % 64);
}

void resmgr_definition_users(const ResmgrDefinition *definition, uint64_t ret_users[HV_MAX_CHPS][4])
{
    memset(ret_users, 0, HV_MAX_CHPS * sizeof ret_users[0]);
    for (unsigned i = 0; i < definition->lpars->len; i++) {
        const ResmgrLparDef *lpar = definition->lpars->pdata[i];
        for (unsigned c = 0; c < lpar->channels->len; c++) {
            uint8_t chpid = g_array_index(lpar->channels, uint8_t, c);
            if (definition->machine->chps[chpid].installed)
                add_user(ret_users[chpid], lpar);
        }
    }
    for (unsigned chpid = 0; chpid < HV_MAX_CHPS; chpid++) {
        const HvChpDef *chp = &definition->machine->chps[chpid];
        bool by_access = chp->installed && chp->mode == HV_CHP_SHARED && chp->access != NULL;
        for (unsigned i = 0; by_access && i < chp->access->len; i++)
            add_user(ret_users[chpid], resmgr_definition_find(definition, chp->access->pdata[i]));
    }
}
