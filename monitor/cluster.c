/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Weight management: in a cluster of LPARs weight moves, in steps, from those that do not want their part of the pool to
 * those that are held back. The sum stays the same, so LPARs outside do not notice.
 *
 * That matters where others are in the pool. What a member leaves goes to all by weight anyway; but its weight, moved to
 * another member, keeps what belongs to the cluster in the cluster.
 *
 * At the end of each period one move is decided from what the members wanted in it (monitor_cluster_decide()). LPARs that
 * are not activated take no part. While an INTEG is under way nothing moves: its plan is made for the weights there are.
 */
#include "monitor/cluster.h"

#include "monitor/system-private.h"
#include "resmgr/share-table.h"
#include "resmgr/weight.h"

#define STEPS_OF_A_CLUSTER 20 /* 5 % each */

typedef struct {
    MonitorSystem *system;
    const ResmgrClusterDef *def;
    HvTime *wanted_ns; /* [def->members->len]: since power on, at the last evaluation */
    HvEvent event;
} Cluster;

/* --- The rule ------------------------------------------------------------------------------------------- */

static uint32_t need_of(const MonitorClusterMember *member, uint32_t total_weight, HvTime capacity_ns)
{
    uint64_t need = hv_muldiv(member->wanted_ns, total_weight, capacity_ns);

    /* Rounded up; what fits exactly is enough. */
    need += hv_muldiv(need, capacity_ns, total_weight) < member->wanted_ns;
    return (uint32_t)CLAMP(need, member->min, member->max);
}

MonitorClusterMove monitor_cluster_decide(
    const MonitorClusterMember *members, unsigned n, uint32_t total_weight, HvTime capacity_ns)
{
    MonitorClusterMove move = {0};
    uint32_t spare = 0, lack = 0, sum = 0;

    g_assert(capacity_ns > 0);
    for (unsigned i = 0; i < n; i++) {
        uint32_t weight = members[i].weight, need = need_of(&members[i], total_weight, capacity_ns);

        sum += weight;
        if (weight > need && weight - need > spare) {
            spare = weight - need;
            move.from = i;
        }
        if (weight < need && need - weight > lack) {
            lack = need - weight;
            move.to = i;
        }
    }
    move.amount = MIN(MIN(spare, lack), (sum + STEPS_OF_A_CLUSTER - 1) / STEPS_OF_A_CLUSTER);
    return move;
}

/* --- In a system ---------------------------------------------------------------------------------------- */

static const ResmgrLparDef *member_def(const Cluster *cluster, unsigned i)
{
    return resmgr_definition_find(cluster->system->definition, cluster->def->members->pdata[i]);
}

static HvTime wanted_by(const MonitorUsage *usage, unsigned lpar)
{
    HvTime wanted_ns = 0;

    for (unsigned i = 0; i < usage->lips->len; i++) {
        const MonitorLipUsage *lip = &g_array_index(usage->lips, MonitorLipUsage, i);

        wanted_ns += lip->lpar == lpar ? lip->account.running_ns + lip->account.ready_ns : 0;
    }
    return wanted_ns;
}

/* Weights of the activated LPARs in the pool. */
static uint32_t total_weight(const MonitorSystem *system, HvIpType type)
{
    uint32_t sum = 0;

    for (unsigned i = 1; i <= RESMGR_MAX_LPARS; i++)
        if (system->lpars[i] && lpar_is_activated(system->lpars[i]))
            sum += resmgr_state_lpar(system->state, i)->weights[type];
    return sum;
}

/* Who takes part: numbers and what the rule asks of them; returns how many. What they wanted is noted for all. */
static unsigned
collect(Cluster *cluster, HvIpType type, unsigned *ret_numbers, MonitorClusterMember *ret_members)
{
    MonitorSystem *system = cluster->system;
    g_autoptr(MonitorUsage) usage = monitor_usage_take(system->dispatch);
    unsigned n = 0;

    for (unsigned i = 0; i < cluster->def->members->len; i++) {
        const ResmgrLparDef *def = member_def(cluster, i);
        uint32_t weight = resmgr_state_lpar(system->state, def->number)->weights[type];
        HvTime before_ns = cluster->wanted_ns[i];

        cluster->wanted_ns[i] = wanted_by(usage, def->number);
        if (!lpar_is_activated(system->lpars[def->number]) || weight == 0)
            continue;
        ret_numbers[n] = def->number;
        ret_members[n++] = (MonitorClusterMember){
            .weight = weight,
            .min = MIN(MAX(def->weight_min, 1), weight),
            .max = MAX(def->weight_max > 0 ? def->weight_max : UINT32_MAX, weight),
            .wanted_ns = cluster->wanted_ns[i] - before_ns,
        };
    }
    return n;
}

static void move_weight(Cluster *cluster)
{
    MonitorSystem *system = cluster->system;
    HvIpType type = member_def(cluster, 0)->ip_type;
    g_autofree unsigned *numbers = g_new(unsigned, cluster->def->members->len);
    g_autofree MonitorClusterMember *members = g_new(MonitorClusterMember, cluster->def->members->len);
    unsigned n = collect(cluster, type, numbers, members);

    if (n < 2 || system->integ_active)
        return;
    HvTime capacity_ns = resmgr_share_table_pool_size(system->state, type) * cluster->def->period_ns;
    MonitorClusterMove move = monitor_cluster_decide(members, n, total_weight(system, type), capacity_ns);

    if (move.amount == 0)
        return;
    resmgr_weight_move(system->state, type, numbers[move.from], numbers[move.to], move.amount);
    monitor_system_reschedule(system, numbers[move.from]);
    monitor_system_reschedule(system, numbers[move.to]);
}

static void period_ends(HvEvent *event, void *data)
{
    Cluster *cluster = data;

    monitor_dispatch_settle(cluster->system->dispatch);
    move_weight(cluster);
    hv_engine_after(cluster->system->engine, event, cluster->def->period_ns);
}

static void cluster_free(void *data)
{
    Cluster *cluster = data;

    hv_engine_cancel(cluster->system->engine, &cluster->event);
    g_free(cluster->wanted_ns);
    g_free(cluster);
}

void monitor_clusters_init(MonitorSystem *system)
{
    const GPtrArray *defs = system->definition->clusters;

    system->clusters = g_ptr_array_new_with_free_func(cluster_free);
    for (unsigned i = 0; i < defs->len; i++) {
        Cluster *cluster = g_new0(Cluster, 1);

        cluster->system = system;
        cluster->def = g_ptr_array_index(defs, i);
        cluster->wanted_ns = g_new0(HvTime, cluster->def->members->len);
        hv_event_init(&cluster->event, HV_PRIORITY_MONITOR, period_ends, cluster);
        hv_engine_after(system->engine, &cluster->event, cluster->def->period_ns);
        g_ptr_array_add(system->clusters, cluster);
    }
}

void monitor_clusters_clear(MonitorSystem *system)
{
    g_clear_pointer(&system->clusters, g_ptr_array_unref);
}

/* --- Written down and read back -------------------------------------------------------------------------- */

void monitor_clusters_quiesce(MonitorSystem *system)
{
    for (unsigned i = 0; i < system->clusters->len; i++)
        hv_engine_cancel(system->engine, &((Cluster *)g_ptr_array_index(system->clusters, i))->event);
}

void monitor_clusters_codec(MonitorSystem *system, HvCodec *codec)
{
    hv_codec_begin(codec, "clusters", 1);
    for (unsigned i = 0; i < system->clusters->len; i++) {
        Cluster *cluster = g_ptr_array_index(system->clusters, i);

        for (unsigned m = 0; m < cluster->def->members->len; m++)
            hv_codec_u64(codec, &cluster->wanted_ns[m]);
        hv_codec_event(codec, &cluster->event);
    }
    hv_codec_end(codec);
}
