/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * REPORT GROUP: what groups of LPARs may use together, and what they used.
 *
 * A row for each member, and behind them one for the group. Of the pool that the members share, with D the dispatch time of an LPAR's LIPs
 * (management included) and T the interval:
 *
 *     IPs used D / T     MSU used msu-per-ip x D / T     entitlement  limit x weight / sum of the members' weights
 *     capped %           time in which a limit of the group kept the member from having more / T
 *
 * The rolling average is that of the last 4 hours at the end of the interval, as it was last evaluated. A member that retired or is not
 * activated has no weight in the sum.
 */
#include "svp/report.h"

/* A group in one interval. */
typedef struct {
    const SvpReportScope *scope;
    const ResmgrGroupDef *def;
    unsigned nth; /* of the machine's groups, from 0 */
    HvIpType type;
    uint32_t weights; /* of the members that are active */
} Group;

static const MonitorLparSample *member(const Group *group, unsigned i)
{
    const ResmgrDefinition *definition = monitor_system_definition(group->scope->system);

    return monitor_sample_lpar(
        group->scope->sample, resmgr_definition_find(definition, group->def->members->pdata[i])->number);
}

static uint32_t weight_of(const MonitorLparSample *lpar, HvIpType type)
{
    return lpar->status == LPAR_NOT_ACTIVATED || lpar->status == LPAR_RETIRED ? 0 : lpar->weights[type];
}

/* The type of the pool that the members are in, by what the machine file says of the first. */
static HvIpType type_of(const SvpReportScope *scope, const ResmgrGroupDef *def)
{
    return resmgr_definition_find(monitor_system_definition(scope->system), def->members->pdata[0])->ip_type;
}

static HvTime dispatch_ns(const Group *group, unsigned lpar)
{
    const GArray *lips = group->scope->sample->usage->lips;
    HvTime sum_ns = 0;

    for (unsigned i = 0; i < lips->len; i++) {
        const MonitorLipUsage *lip = &g_array_index(lips, MonitorLipUsage, i);

        if (lip->lpar == lpar && lip->type == group->type)
            sum_ns += lip->account.running_ns + lip->account.management_ns;
    }
    return sum_ns;
}

static void hundredths_cell(SvpReportRows *rows, uint32_t hundredths)
{
    if (hundredths > 0)
        svp_report_number(rows, hundredths / 100.0);
    else
        svp_report_nothing(rows);
}

static void used_cells(SvpReportRows *rows, const Group *group, HvTime sum_ns)
{
    double interval_ns = (double)group->scope->sample->interval_ns;
    double ips = interval_ns > 0.0 ? (double)sum_ns / interval_ns : 0.0;
    uint32_t per_ip = monitor_system_definition(group->scope->system)->machine->msu_per_ip_hundredths;

    svp_report_seconds(rows, sum_ns);
    svp_report_number(rows, ips);
    if (per_ip > 0 && group->type == HV_IP_CP)
        svp_report_number(rows, per_ip / 100.0 * ips);
    else
        svp_report_nothing(rows);
}

static void member_row(SvpReportRows *rows, const Group *group, const MonitorLparSample *lpar)
{
    const MonitorUsage *usage = group->scope->sample->usage;
    uint32_t weight = weight_of(lpar, group->type), limit = group->def->limit_msu_hundredths;
    HvTime capped_ns = monitor_usage_bound(usage, lpar->number, MONITOR_BOUND_GROUP) +
                       monitor_usage_bound(usage, lpar->number, MONITOR_BOUND_GROUP_CAPACITY);

    svp_report_row(rows);
    svp_report_text(rows, group->def->name);
    svp_report_text(rows, resmgr_state_lpar(monitor_system_state(group->scope->system), lpar->number)->name);
    svp_report_text(rows, hv_ip_type_name(group->type));
    svp_report_count(rows, weight);
    svp_report_nothing(rows);
    svp_report_nothing(rows);
    if (limit > 0 && group->weights > 0)
        svp_report_number(rows, limit / 100.0 * weight / group->weights);
    else
        svp_report_nothing(rows);
    used_cells(rows, group, dispatch_ns(group, lpar->number));
    hundredths_cell(rows, lpar->rolling_msu_hundredths);
    svp_report_percent(rows, MIN(capped_ns, usage->interval_ns), usage->interval_ns);
}

static void group_row(SvpReportRows *rows, const Group *group, HvTime sum_ns)
{
    svp_report_row(rows);
    svp_report_text(rows, group->def->name);
    svp_report_nothing(rows);
    svp_report_text(rows, hv_ip_type_name(group->type));
    svp_report_count(rows, group->weights);
    hundredths_cell(rows, group->def->cap_ips_hundredths);
    hundredths_cell(rows, group->def->limit_msu_hundredths);
    svp_report_nothing(rows);
    used_cells(rows, group, sum_ns);
    hundredths_cell(rows, g_array_index(group->scope->sample->group_msu, uint32_t, group->nth));
    svp_report_nothing(rows);
}

static bool has_member(const Group *group, unsigned lpar)
{
    for (unsigned i = 0; i < group->def->members->len; i++)
        if (member(group, i)->number == lpar)
            return true;
    return false;
}

static void fill_group(SvpReportRows *rows, Group *group)
{
    HvTime sum_ns = 0;

    if (group->scope->lpar != 0 && !has_member(group, group->scope->lpar))
        return;
    for (unsigned i = 0; i < group->def->members->len; i++) {
        group->weights += weight_of(member(group, i), group->type);
        sum_ns += dispatch_ns(group, member(group, i)->number);
    }
    for (unsigned i = 0; i < group->def->members->len; i++)
        member_row(rows, group, member(group, i));
    group_row(rows, group, sum_ns);
}

static void fill(SvpReportRows *rows, const SvpReportScope *scope)
{
    const GPtrArray *groups = monitor_system_definition(scope->system)->groups;

    for (unsigned i = 0; i < groups->len; i++) {
        const ResmgrGroupDef *def = g_ptr_array_index(groups, i);
        Group group = {.scope = scope, .def = def, .nth = i, .type = type_of(scope, def)};

        fill_group(rows, &group);
    }
}

static const SvpReportColumn columns[] = {
    SVP_REPORT_LEFT("group", "group", 0),
    SVP_REPORT_LEFT("lpar", "LPAR", 0),
    SVP_REPORT_LEFT("type", NULL, 0),
    SVP_REPORT_RIGHT("weight", "weight", 0),
    SVP_REPORT_RIGHT("limit_ips", "limit IPs", 0),
    SVP_REPORT_RIGHT("limit_msu", "limit MSU", 0),
    SVP_REPORT_RIGHT("entitled_msu", "entitled", 0),
    SVP_REPORT_RIGHT("dispatch_total_s", NULL, 0),
    SVP_REPORT_RIGHT("ips_used", "IPs", 0),
    SVP_REPORT_RIGHT("msu_actual", "MSU", 0),
    SVP_REPORT_RIGHT("msu_rolling", "4 hours", 0),
    SVP_REPORT_RIGHT("capped_percent", "capped %", 0),
};

const SvpReport svp_report_group = {
    .name = "group",
    .title = "Groups",
    .nothing = "No group of LPARs is defined.",
    .columns = columns,
    .n_columns = G_N_ELEMENTS(columns),
    .fill = fill,
};
