/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * REPORT LIP: how each logical processor fared.
 *
 * Percentages are of the time for which the LIP was online, in which it was running (busy), ready (it had work and was on no IP, what
 * Linux calls steal; its own dispatching is in it), parked, or waiting for work. The share is what the LIP is entitled to of one IP at
 * the end of the interval: its share of an IP, or, in a pool, IPs x weight / sum of the weights of active LPARs / the LPAR's LIPs,
 * or what the vertical polarization gives it. A LIP with all of an IP is HIGH, one with a part of it MED, one with nothing LOW. A mean slice is the time on an IP by dispatch.
 */
#include "svp/report.h"

static bool is_active(const MonitorLparSample *lpar)
{
    return lpar->status != LPAR_NOT_ACTIVATED && lpar->status != LPAR_RETIRED;
}

static unsigned count_pool_ips(const ResmgrState *state, HvIpType type)
{
    const HvMachineDef *machine = state->definition->machine;
    unsigned n = 0;

    for (unsigned ip = 0; ip < machine->n_ips; ip++)
        n += state->ip_in_pool[ip] && machine->ip_types[ip] == type;
    return n;
}

static unsigned count_online(const MonitorSample *sample, unsigned lpar, HvIpType type)
{
    unsigned n = 0;

    for (unsigned i = 0; i < sample->usage->lips->len; i++) {
        const MonitorLipUsage *lip = &g_array_index(sample->usage->lips, MonitorLipUsage, i);

        n += lip->online && lip->lpar == lpar && lip->type == type;
    }
    return n;
}

/* Of a LIP in a pool, in 1/100 % of one IP, not more than the whole. */
static uint32_t pool_share_bp(const SvpReportScope *scope, const MonitorLipUsage *lip)
{
    const MonitorSample *sample = scope->sample;
    const MonitorLparSample *own = monitor_sample_lpar(sample, lip->lpar);
    unsigned n_online = count_online(sample, lip->lpar, lip->type), sum = 0;

    for (unsigned i = 0; i < sample->lpars->len; i++) {
        const MonitorLparSample *lpar = &g_array_index(sample->lpars, MonitorLparSample, i);

        sum += is_active(lpar) ? lpar->weights[lip->type] : 0;
    }
    if (sum == 0 || n_online == 0)
        return 0;
    unsigned n_ips = count_pool_ips(monitor_system_state(scope->system), lip->type);

    return (uint32_t)MIN(
        (uint64_t)n_ips * HV_SHARE_WHOLE_BP * own->weights[lip->type] / sum / n_online, HV_SHARE_WHOLE_BP);
}

/* Of a LIP that is bound to an IP it follows from its share. */
static const char *polarity(const MonitorLipUsage *lip)
{
    if (lip->ip != 0)
        return lip->share_bp == HV_SHARE_WHOLE_BP ? "HIGH" : "MED";
    switch (lip->polarity) {
    case MONITOR_HORIZONTAL:
        return NULL;
    case MONITOR_VERTICAL_HIGH:
        return "HIGH";
    case MONITOR_VERTICAL_MEDIUM:
        return "MED";
    case MONITOR_VERTICAL_LOW:
        return "LOW";
    }
    g_assert_not_reached();
}

static uint32_t share_bp(const SvpReportScope *scope, const MonitorLipUsage *lip)
{
    if (lip->ip != 0)
        return lip->share_bp;
    return lip->polarity == MONITOR_HORIZONTAL ? pool_share_bp(scope, lip) : lip->vertical_bp;
}

static void share_cells(SvpReportRows *rows, const SvpReportScope *scope, const MonitorLipUsage *lip)
{
    if (lip->online) {
        svp_report_percent(rows, share_bp(scope, lip), HV_SHARE_WHOLE_BP);
        svp_report_text(rows, polarity(lip));
    } else {
        svp_report_nothing(rows);
        svp_report_nothing(rows);
    }
}

/* Nobody is parked in a machine without vertical polarization. */
static void parked_cell(SvpReportRows *rows, const SvpReportScope *scope, const MonitorLipAccount *account)
{
    if (monitor_system_definition(scope->system)->machine->vertical)
        svp_report_percent(rows, account->parked_ns, account->online_ns);
    else
        svp_report_nothing(rows);
}

static void lip_row(SvpReportRows *rows, const SvpReportScope *scope, const MonitorLipUsage *lip)
{
    const MonitorLipAccount *account = &lip->account;
    HvTime on_ip_ns = account->running_ns + account->management_ns;
    g_autofree char *ip = lip->ip != 0 ? g_strdup_printf("%u", lip->ip) : g_strdup("pool");

    svp_report_row(rows);
    svp_report_text(rows, resmgr_state_lpar(monitor_system_state(scope->system), lip->lpar)->name);
    svp_report_count(rows, lip->lip);
    svp_report_text(rows, ip);
    svp_report_text(rows, hv_ip_type_name(lip->type));
    svp_report_seconds(rows, account->online_ns);
    svp_report_percent(rows, account->running_ns, account->online_ns);
    svp_report_percent(rows, account->ready_ns, account->online_ns);
    parked_cell(rows, scope, account);
    share_cells(rows, scope, lip);
    svp_report_seconds(rows, account->running_ns);
    svp_report_seconds(rows, account->management_ns);
    svp_report_seconds(rows, account->held_ns);
    svp_report_count(rows, account->dispatches);
    if (account->dispatches > 0)
        svp_report_duration(rows, on_ip_ns / account->dispatches);
    else
        svp_report_nothing(rows);
}

static void fill(SvpReportRows *rows, const SvpReportScope *scope)
{
    for (unsigned i = 0; i < scope->sample->usage->lips->len; i++) {
        const MonitorLipUsage *lip = &g_array_index(scope->sample->usage->lips, MonitorLipUsage, i);

        if (scope->lpar == 0 || scope->lpar == lip->lpar)
            lip_row(rows, scope, lip);
    }
}

static const SvpReportColumn columns[] = {
    SVP_REPORT_LEFT("lpar", "LPAR", 0),
    SVP_REPORT_RIGHT("lip", "LIP", 0),
    SVP_REPORT_RIGHT("ip", "IP", 0),
    SVP_REPORT_LEFT("type", NULL, 0),
    SVP_REPORT_RIGHT("online_s", "online", 0),
    SVP_REPORT_RIGHT("busy_percent", "busy %", 0),
    SVP_REPORT_RIGHT("ready_percent", "ready %", 0),
    SVP_REPORT_RIGHT("parked_percent", "parked %", 0),
    SVP_REPORT_RIGHT("share_percent", "share %", 0),
    SVP_REPORT_LEFT("polarity", "", 0),
    SVP_REPORT_LEFT("running_s", NULL, 0),
    SVP_REPORT_LEFT("management_s", NULL, 0),
    SVP_REPORT_LEFT("held_s", NULL, 0),
    SVP_REPORT_RIGHT("dispatches", "dispatches", 0),
    SVP_REPORT_RIGHT("mean_slice_s", "slice", 0),
};

const SvpReport svp_report_lip = {
    .name = "lip",
    .title = "Logical processors",
    .nothing = "No LIP was online.",
    .columns = columns,
    .n_columns = G_N_ELEMENTS(columns),
    .fill = fill,
};
