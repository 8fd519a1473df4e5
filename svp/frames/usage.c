/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Usage: who used how much of which IP since activation or the last reset.
 *
 * Per IP busy + idle + management is the interval; per LIP running + ready + waiting is the time for which it was online, and its
 * percentages are of that, so they can be compared with its share. The LIPs of real guests have used what libvirt says that
 * their vCPUs have.
 */
#include "resmgr/share-table.h"
#include "svp/frames/frames.h"
#include "svp/output.h"
#include "svp/table.h"

#define BAR_COLUMNS        20u
#define BAR_COLUMNS_NARROW 10u /* on pages narrower than */
#define NARROW_PAGE        100u

/* --- JSON ----------------------------------------------------------------------------------------------- */

static json_t *ip_json(const MonitorUsage *usage, unsigned ip)
{
    const MonitorIpAccount *account = &g_array_index(usage->ips, MonitorIpAccount, ip - 1);
    json_t *object = json_object();

    json_object_set_new(object, "ip", json_integer(ip));
    json_object_set_new(
        object, "busy_percent", svp_json_percent(svp_percent_of(account->busy_ns, usage->interval_ns)));
    json_object_set_new(
        object, "management_percent",
        svp_json_percent(svp_percent_of(account->management_ns, usage->interval_ns)));
    json_object_set_new(
        object, "idle_percent", svp_json_percent(svp_percent_of(account->idle_ns, usage->interval_ns)));
    json_object_set_new(object, "busy_s", svp_json_seconds(account->busy_ns));
    json_object_set_new(object, "management_s", svp_json_seconds(account->management_ns));
    json_object_set_new(object, "idle_s", svp_json_seconds(account->idle_ns));
    json_object_set_new(object, "dispatches", json_integer((json_int_t)account->dispatches));
    return object;
}

static json_t *lip_json(const ResmgrState *state, const MonitorLipUsage *lip)
{
    const MonitorLipAccount *account = &lip->account;
    json_t *object = json_object();

    json_object_set_new(object, "lpar", json_string(resmgr_state_lpar(state, lip->lpar)->name));
    json_object_set_new(object, "lip", json_integer(lip->lip));
    json_object_set_new(object, "ip", lip->ip != 0 ? json_integer(lip->ip) : json_null());
    json_object_set_new(object, "online_s", svp_json_seconds(account->online_ns));
    json_object_set_new(object, "busy_s", svp_json_seconds(account->running_ns));
    json_object_set_new(
        object, "busy_percent", svp_json_percent(svp_percent_of(account->running_ns, account->online_ns)));
    json_object_set_new(
        object, "ready_percent", svp_json_percent(svp_percent_of(account->ready_ns, account->online_ns)));
    json_object_set_new(object, "management_s", svp_json_seconds(account->management_ns));
    json_object_set_new(object, "held_s", svp_json_seconds(account->held_ns));
    json_object_set_new(object, "dispatches", json_integer((json_int_t)account->dispatches));
    return object;
}

static json_t *matrix_json(const ResmgrState *state, const MonitorUsage *usage, unsigned only_lpar)
{
    json_t *matrix = json_array();

    for (unsigned lpar = 1; lpar <= usage->max_lpar; lpar++)
        for (unsigned ip = 1; ip <= usage->n_ips; ip++) {
            HvTime busy_ns = monitor_usage_matrix(usage, lpar, ip);

            if (busy_ns == 0 || (only_lpar != 0 && only_lpar != lpar))
                continue;
            json_t *cell = json_object();

            json_object_set_new(cell, "lpar", json_string(resmgr_state_lpar(state, lpar)->name));
            json_object_set_new(cell, "ip", json_integer(ip));
            json_object_set_new(cell, "busy_s", svp_json_seconds(busy_ns));
            json_array_append_new(matrix, cell);
        }
    return matrix;
}

void svp_usage_json(json_t *result, MonitorSystem *system, unsigned lpar)
{
    g_autoptr(MonitorUsage) usage = monitor_system_usage(system);
    const ResmgrState *state = monitor_system_state(system);
    json_t *ips = json_array(), *lips = json_array();

    for (unsigned ip = 1; ip <= usage->n_ips; ip++)
        json_array_append_new(ips, ip_json(usage, ip));
    for (unsigned i = 0; i < usage->lips->len; i++) {
        const MonitorLipUsage *lip = &g_array_index(usage->lips, MonitorLipUsage, i);

        if (lpar == 0 || lpar == lip->lpar)
            json_array_append_new(lips, lip_json(state, lip));
    }
    json_object_set_new(result, "interval_s", svp_json_seconds(usage->interval_ns));
    json_object_set_new(result, "ips", ips);
    json_object_set_new(result, "lips", lips);
    json_object_set_new(result, "matrix", matrix_json(state, usage, lpar));
    json_object_set_new(result, "pools", svp_pools_json(system, lpar));
    json_object_set_new(result, "real", svp_real_usage_json(system, lpar));
}

/* --- The frame ------------------------------------------------------------------------------------------ */

/* A cell with a bar, full at 100 %. */
static void bar_cell(SvpTable *table, const SvpPage *page, double percent)
{
    unsigned columns = svp_page_width(page) < NARROW_PAGE ? BAR_COLUMNS_NARROW : BAR_COLUMNS;
    unsigned full = (unsigned)(CLAMP(percent, 0.0, 100.0) * columns / 100.0 + 0.5);
    g_autoptr(GString) bar = g_string_new(NULL);

    for (unsigned i = 0; i < columns; i++)
        g_string_append(bar, svp_page_glyph(page, i < full ? SVP_GLYPH_FULL : SVP_GLYPH_EMPTY));
    svp_table_cell(table, "%s", bar->str);
}

/* With an LPAR: the IPs that it has used. */
static void ips_table(SvpPage *page, const MonitorUsage *usage, unsigned lpar)
{
    static const SvpColumn columns[] = {{"IP", true},           {"", false},      {"busy %", true},
                                        {"management %", true}, {"idle %", true}, {"dispatches", true}};
    g_autoptr(SvpTable) table = svp_table_new(columns, G_N_ELEMENTS(columns));

    for (unsigned ip = 1; ip <= usage->n_ips; ip++) {
        const MonitorIpAccount *account = &g_array_index(usage->ips, MonitorIpAccount, ip - 1);
        double busy = svp_percent_of(account->busy_ns, usage->interval_ns);

        if (lpar != 0 && monitor_usage_matrix(usage, lpar, ip) == 0)
            continue;
        svp_table_cell(table, "%u", ip);
        bar_cell(table, page, busy);
        svp_table_cell(table, "%.2f", busy);
        svp_table_cell(table, "%.2f", svp_percent_of(account->management_ns, usage->interval_ns));
        svp_table_cell(table, "%.2f", svp_percent_of(account->idle_ns, usage->interval_ns));
        svp_table_cell(table, "%" G_GUINT64_FORMAT, account->dispatches);
    }
    svp_table_print(table, page);
}

/* What the LIP is entitled to by now, in percent of one IP; "" if the LIP is there no more. */
static char *share_now(MonitorSystem *system, const MonitorLipUsage *usage)
{
    const ResmgrLpar *lpar = resmgr_state_lpar(monitor_system_state(system), usage->lpar);
    const ResmgrLip *lip = resmgr_lpar_lip(lpar, usage->lip);

    if (!lip)
        return g_strdup("");
    if (lip->ip != 0 && monitor_system_state(system)->ip_dedicated[lip->ip - 1])
        return g_strdup("DED");
    return svp_text_percent(
        (double)(lip->ip != 0 ? lip->share_bp : svp_pool_lip_share_bp(system, lpar, lip->type)) / 100.0);
}

static void lip_row(SvpTable *table, const SvpPage *page, MonitorSystem *system, const MonitorLipUsage *lip)
{
    const MonitorLipAccount *account = &lip->account;
    double busy = svp_percent_of(account->running_ns, account->online_ns);
    g_autofree char *share = share_now(system, lip);
    g_autofree char *running = svp_text_seconds(account->running_ns);

    svp_table_cell(table, "%s", resmgr_state_lpar(monitor_system_state(system), lip->lpar)->name);
    svp_table_cell(table, "%u", lip->lip);
    if (lip->ip != 0)
        svp_table_cell(table, "%u", lip->ip);
    else
        svp_table_cell(table, "pool");
    bar_cell(table, page, busy);
    svp_table_cell(table, "%.2f", busy);
    svp_table_cell(table, "%s", share);
    svp_table_cell(table, "%.2f", svp_percent_of(account->ready_ns, account->online_ns));
    svp_table_cell(table, "%s", running);
    svp_table_cell(table, "%" G_GUINT64_FORMAT, account->dispatches);
}

void svp_usage_frame(SvpPage *page, MonitorSystem *system, unsigned lpar)
{
    static const SvpColumn columns[] = {{"LPAR", false},   {"LIP", true},    {"IP", true},
                                        {"", false},       {"busy %", true}, {"share %", true},
                                        {"ready %", true}, {"busy", true},   {"dispatches", true}};
    g_autoptr(MonitorUsage) usage = monitor_system_usage(system);
    g_autofree char *interval = svp_text_seconds(usage->interval_ns);
    g_autoptr(SvpTable) table = svp_table_new(columns, G_N_ELEMENTS(columns));

    svp_page_title(page, "Usage in the last %s", interval);
    ips_table(page, usage, lpar);
    for (unsigned i = 0; i < usage->lips->len; i++) {
        const MonitorLipUsage *lip = &g_array_index(usage->lips, MonitorLipUsage, i);

        if (lpar == 0 || lpar == lip->lpar)
            lip_row(table, page, system, lip);
    }
    if (svp_table_rows(table) > 0)
        svp_page_add(page, SVP_STYLE_PLAIN, "\n");
    svp_table_print(table, page);
    svp_pools_frame(page, system, lpar);
    svp_real_usage_frame(page, system, lpar);
}
