/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pools: IPs of one type that are divided by weight.
 *
 * Nominal is what the weights say, attainable what an LPAR gets when all are busy, given its LIPs and caps; both in percent of one
 * IP, so that they can be compared with each other and with the number of IPs. Weights count while their LPAR is
 * activated. Before anybody is, the shares shown are those that will hold when all are.
 */
#include "resmgr/share-table.h"
#include "svp/frames/frames.h"
#include "svp/output.h"
#include "svp/table.h"

typedef struct {
    uint64_t nominal_bp, attainable_bp; /* of one IP */
    uint64_t pool_bp;                   /* nominal, of the pool */
    unsigned n_lips, n_online;
} PoolMember;

static unsigned count_pool(const ResmgrState *state, HvIpType type, bool *ret_weighted)
{
    *ret_weighted = false;
    for (unsigned i = 0; i < state->lpars->len; i++)
        *ret_weighted = *ret_weighted ||
                        ((const ResmgrLpar *)g_ptr_array_index(state->lpars, i))->weights[type] > 0;
    return resmgr_share_table_pool_size(state, type);
}

/* The LPARs whose weights count: the activated ones, or, if there is none, all that are assigned. */
static void active_lpars(MonitorSystem *system, uint64_t ret_active[4])
{
    const ResmgrState *state = monitor_system_state(system);
    bool any = false;

    for (unsigned pass = 0; pass < 2 && !any; pass++) {
        memset(ret_active, 0, 4 * sizeof ret_active[0]);
        for (unsigned i = 0; i < state->lpars->len; i++) {
            const ResmgrLpar *lpar = g_ptr_array_index(state->lpars, i);
            bool counts = pass == 0 ? lpar_is_activated(monitor_system_lpar(system, lpar->number))
                                    : lpar->assignment == RESMGR_ASSIGNED;

            if (counts)
                ret_active[lpar->number / 64] |= UINT64_C(1) << (lpar->number % 64);
            any = any || counts;
        }
    }
}

static PoolMember member_of(MonitorSystem *system, const ResmgrLpar *lpar, HvIpType type)
{
    const ResmgrState *state = monitor_system_state(system);
    uint64_t active[4];
    PoolMember member = {0};

    active_lpars(system, active);
    if (resmgr_lpar_map_has(active, lpar->number))
        member.pool_bp = resmgr_share_table_nominal_bp(state, lpar->number, type, active);
    MonitorPoolShare share = monitor_dispatch_pool_share(monitor_system_dispatch(system), lpar->number, type);

    member.nominal_bp = share.nominal_bp > 0 ? share.nominal_bp
                                             : member.pool_bp * resmgr_share_table_pool_size(state, type);
    member.attainable_bp = share.attainable_bp;
    for (unsigned i = 0; i < lpar->lips->len; i++) {
        const ResmgrLip *lip = &g_array_index(lpar->lips, ResmgrLip, i);

        if (lip->ip != 0 || lip->type != type)
            continue;
        member.n_lips++;
        member.n_online += lpar_lip_is_online(monitor_system_lpar(system, lpar->number), lip->number) ? 1 : 0;
    }
    return member;
}

uint64_t svp_pool_lip_share_bp(MonitorSystem *system, const ResmgrLpar *lpar, HvIpType type)
{
    PoolMember member = member_of(system, lpar, type);
    unsigned n = member.n_online > 0 ? member.n_online : member.n_lips;

    return n == 0 ? 0 : member.nominal_bp / n;
}

/* Whether the pool is divided by weight, and among others for that LPAR (0: for anybody). */
static bool is_shown(const ResmgrState *state, HvIpType type, unsigned only_lpar)
{
    bool weighted;
    unsigned n_ips = count_pool(state, type, &weighted);
    const ResmgrLpar *lpar = resmgr_state_lpar(state, only_lpar);

    return n_ips > 0 && weighted && (!lpar || lpar->weights[type] > 0);
}

static bool is_member(const ResmgrLpar *lpar, HvIpType type, unsigned only_lpar)
{
    return lpar->weights[type] > 0 && lpar->assignment == RESMGR_ASSIGNED &&
           (only_lpar == 0 || only_lpar == lpar->number);
}

/* --- JSON ----------------------------------------------------------------------------------------------- */

static json_t *lips_json(const ResmgrLpar *lpar, HvIpType type)
{
    json_t *lips = json_array();

    for (unsigned i = 0; i < lpar->lips->len; i++) {
        const ResmgrLip *lip = &g_array_index(lpar->lips, ResmgrLip, i);

        if (lip->ip == 0 && lip->type == type)
            json_array_append_new(lips, json_integer(lip->number));
    }
    return lips;
}

static json_t *member_json(MonitorSystem *system, const ResmgrLpar *lpar, HvIpType type)
{
    PoolMember member = member_of(system, lpar, type);
    json_t *object = json_object();

    json_object_set_new(object, "lpar", json_string(lpar->name));
    json_object_set_new(object, "weight", json_integer(lpar->weights[type]));
    json_object_set_new(object, "nominal_percent", svp_json_share(member.nominal_bp));
    json_object_set_new(object, "nominal_pool_percent", svp_json_share(member.pool_bp));
    json_object_set_new(object, "attainable_percent", svp_json_share(member.attainable_bp));
    json_object_set_new(object, "lips", lips_json(lpar, type));
    json_object_set_new(object, "lips_online", json_integer(member.n_online));
    return object;
}

static json_t *pool_json(MonitorSystem *system, HvIpType type, unsigned only_lpar)
{
    const ResmgrState *state = monitor_system_state(system);
    const HvMachineDef *machine = state->definition->machine;
    json_t *pool = json_object(), *ips = json_array(), *members = json_array();

    for (unsigned ip = 1; ip <= machine->n_ips; ip++)
        if (state->ip_in_pool[ip - 1] && machine->ip_types[ip - 1] == type)
            json_array_append_new(ips, json_integer(ip));
    for (unsigned i = 0; i < state->lpars->len; i++) {
        const ResmgrLpar *lpar = g_ptr_array_index(state->lpars, i);

        if (is_member(lpar, type, only_lpar))
            json_array_append_new(members, member_json(system, lpar, type));
    }
    json_object_set_new(pool, "type", json_string(hv_ip_type_name(type)));
    json_object_set_new(pool, "ips", ips);
    json_object_set_new(pool, "lpars", members);
    return pool;
}

json_t *svp_pools_json(MonitorSystem *system, unsigned lpar)
{
    json_t *pools = json_array();

    for (unsigned type = 0; type < HV_IP_TYPES; type++)
        if (is_shown(monitor_system_state(system), type, lpar))
            json_array_append_new(pools, pool_json(system, type, lpar));
    return pools;
}

/* --- The frame ------------------------------------------------------------------------------------------ */

static void member_row(SvpTable *table, MonitorSystem *system, const ResmgrLpar *lpar, HvIpType type)
{
    PoolMember member = member_of(system, lpar, type);

    svp_table_cell(table, "%s", lpar->name);
    svp_table_cell(table, "%u", lpar->weights[type]);
    svp_table_cell(table, "%u/%u", member.n_online, member.n_lips);
    svp_table_cell(table, "%.2f", (double)member.pool_bp / 100.0);
    svp_table_cell(table, "%.2f", (double)member.nominal_bp / 10000.0);
    svp_table_cell(table, "%.2f", (double)member.attainable_bp / 10000.0);
}

static void pool_frame(SvpPage *page, MonitorSystem *system, HvIpType type, unsigned only_lpar)
{
    static const SvpColumn columns[] = {{"LPAR", false},     {"weight", true},      {"LIPs online", true},
                                        {"% of pool", true}, {"nominal IPs", true}, {"attainable IPs", true}};
    const ResmgrState *state = monitor_system_state(system);
    unsigned n_ips = resmgr_share_table_pool_size(state, type);
    g_autoptr(SvpTable) table = svp_table_new(columns, G_N_ELEMENTS(columns));

    svp_page_title(
        page, "%s pool: %u IP%s, divided by weight", hv_ip_type_name(type), n_ips, n_ips == 1 ? "" : "s");
    for (unsigned i = 0; i < state->lpars->len; i++) {
        const ResmgrLpar *lpar = g_ptr_array_index(state->lpars, i);

        if (is_member(lpar, type, only_lpar))
            member_row(table, system, lpar, type);
    }
    svp_table_print(table, page);
}

void svp_pools_frame(SvpPage *page, MonitorSystem *system, unsigned lpar)
{
    for (unsigned type = 0; type < HV_IP_TYPES; type++)
        if (is_shown(monitor_system_state(system), type, lpar))
            pool_frame(page, system, type, lpar);
}
