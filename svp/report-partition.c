/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * REPORT PARTITION: the partition data report, as capacity planners know it from RMF.
 *
 * A row for each LPAR and each type of IP that it has LIPs of; behind those of a type its *PHYSICAL* row, the monitor's time that
 * belongs to no LPAR, and a total. With R and M the running and the management time of an LPAR's LIPs, O the time for which they
 * were online, T the interval and N the number of IPs of the type:
 *
 *     dispatch time   effective R, total R + M             logical %    effective R / O, total (R + M) / O
 *     LIPs            O / T                                physical %   management M / NT, effective R / NT, total (R + M) / NT
 *     MSU             msu-per-ip x (R + M) / T, of the CPs
 *     capped %        time in which a cap kept it from having more / T
 *
 * The M of *PHYSICAL* is what the IPs had of management less what the LPARs had. This monitor charges each dispatch to the LIP that is
 * dispatched, so it is 0; it is computed all the same, from accounts that are kept apart.
 */
#include "hv/smf70.h"
#include "svp/output.h"
#include "svp/report.h"

/* Sums over the LIPs of one LPAR, or over the LPARs, of one type. */
typedef struct {
    HvTime running_ns, management_ns, online_ns;
} Sums;

static HvTime total_ns(const Sums *sums)
{
    return sums->running_ns + sums->management_ns;
}

static Sums sum_lips(const MonitorUsage *usage, unsigned lpar, HvIpType type)
{
    Sums sums = {0};

    for (unsigned i = 0; i < usage->lips->len; i++) {
        const MonitorLipUsage *lip = &g_array_index(usage->lips, MonitorLipUsage, i);

        if (lip->type != type || (lpar != 0 && lip->lpar != lpar))
            continue;
        sums.running_ns += lip->account.running_ns;
        sums.management_ns += lip->account.management_ns;
        sums.online_ns += lip->account.online_ns;
    }
    return sums;
}

static unsigned count_ips(const HvMachineDef *machine, HvIpType type)
{
    unsigned n = 0;

    for (unsigned ip = 0; ip < machine->n_ips; ip++)
        n += machine->ip_types[ip] == type;
    return n;
}

static const HvMachineDef *machine_of(const SvpReportScope *scope)
{
    return monitor_system_definition(scope->system)->machine;
}

static HvTime ips_management_ns(const SvpReportScope *scope, HvIpType type)
{
    HvTime sum_ns = 0;

    for (unsigned ip = 0; ip < scope->sample->usage->n_ips; ip++)
        if (machine_of(scope)->ip_types[ip] == type)
            sum_ns += g_array_index(scope->sample->usage->ips, MonitorIpAccount, ip).management_ns;
    return sum_ns;
}

/* --- Cells ---------------------------------------------------------------------------------------------- */

/* "300", "DED": whole IPs of its own; else "". */
static char *weight_text(const MonitorLparSample *lpar, HvIpType type)
{
    if (lpar->weights[type] > 0)
        return g_strdup_printf("%u", lpar->weights[type]);
    return g_strdup(
        lpar->n_lips[type] > 0 && lpar->share_bp[type] == lpar->n_lips[type] * HV_SHARE_WHOLE_BP ? "DED"
                                                                                                 : "");
}

/* As in the machine file. */
static char *cap_text(const ResmgrCap *cap)
{
    switch (cap->kind) {
    case RESMGR_CAP_NONE:
        return g_strdup("none");
    case RESMGR_CAP_HARD:
        return g_strdup("hard");
    case RESMGR_CAP_ABSOLUTE:
        return hv_quantity_format_decimal(cap->ips_hundredths);
    }
    g_assert_not_reached();
}

static const char *bound_name(MonitorBound bound)
{
    static const char *const names[] = {
        [MONITOR_BOUND_NONE] = NULL,           [MONITOR_BOUND_HARD] = "hard",
        [MONITOR_BOUND_ABSOLUTE] = "absolute", [MONITOR_BOUND_GROUP] = "group",
        [MONITOR_BOUND_SOFT] = "soft",         [MONITOR_BOUND_GROUP_CAPACITY] = "group-capacity"};

    g_assert(bound < G_N_ELEMENTS(names));
    return names[bound];
}

/* The kind that bound for the longest time. */
static MonitorBound main_bound(const MonitorUsage *usage, unsigned lpar)
{
    MonitorBound longest = MONITOR_BOUND_NONE;
    HvTime longest_ns = 0;

    for (MonitorBound bound = MONITOR_BOUND_HARD; bound < MONITOR_BOUNDS; bound++)
        if (monitor_usage_bound(usage, lpar, bound) > longest_ns) {
            longest = bound;
            longest_ns = monitor_usage_bound(usage, lpar, bound);
        }
    return longest;
}

/* Of the CPs only, as defined capacities are: what was defined, and what was used, an hour's worth of it. */
static void
msu_cells(SvpReportRows *rows, const SvpReportScope *scope, unsigned lpar, HvIpType type, const Sums *sums)
{
    uint32_t per_ip = machine_of(scope)->msu_per_ip_hundredths, defined = 0;
    HvTime interval_ns = scope->sample->interval_ns;

    if (lpar != 0)
        defined = svp_report_lpar_def(scope, lpar)->defined_msu_hundredths;
    if (defined > 0 && type == HV_IP_CP)
        svp_report_number(rows, defined / 100.0);
    else
        svp_report_nothing(rows);
    if (per_ip > 0 && type == HV_IP_CP && interval_ns > 0)
        svp_report_number(rows, per_ip / 100.0 * (double)total_ns(sums) / (double)interval_ns);
    else
        svp_report_nothing(rows);
}

static void capping_cells(SvpReportRows *rows, const SvpReportScope *scope, const MonitorLparSample *lpar)
{
    const MonitorUsage *usage = scope->sample->usage;
    HvTime free_ns = monitor_usage_bound(usage, lpar->number, MONITOR_BOUND_NONE);
    g_autofree char *cap = cap_text(&lpar->cap);

    svp_report_text(rows, cap);
    svp_report_percent(rows, usage->interval_ns - MIN(free_ns, usage->interval_ns), usage->interval_ns);
    svp_report_text(rows, bound_name(main_bound(usage, lpar->number)));
}

static void physical_cells(
    SvpReportRows *rows, const SvpReportScope *scope, HvIpType type, const Sums *sums, bool is_lpar)
{
    unsigned n_ips = count_ips(machine_of(scope), type);
    HvTime whole_ns = n_ips * scope->sample->interval_ns;

    svp_report_percent(rows, sums->management_ns, whole_ns);
    if (is_lpar)
        svp_report_percent(rows, sums->running_ns, whole_ns);
    else
        svp_report_nothing(rows);
    svp_report_percent(rows, total_ns(sums), whole_ns);
    svp_report_count(rows, n_ips);
}

static void nothing(SvpReportRows *rows, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        svp_report_nothing(rows);
}

/* --- Rows ----------------------------------------------------------------------------------------------- */

static void lpar_row(
    SvpReportRows *rows, const SvpReportScope *scope, const MonitorLparSample *lpar, HvIpType type,
    const Sums *sums)
{
    HvTime interval_ns = scope->sample->interval_ns;
    g_autofree char *weight = weight_text(lpar, type);

    svp_report_row(rows);
    svp_report_count(rows, lpar->number);
    svp_report_text(rows, resmgr_state_lpar(monitor_system_state(scope->system), lpar->number)->name);
    svp_report_text(rows, lpar_run_state_name(lpar->status));
    svp_report_text(rows, hv_ip_type_name(type));
    svp_report_text(rows, *weight ? weight : NULL);
    msu_cells(rows, scope, lpar->number, type, sums);
    capping_cells(rows, scope, lpar);
    if (interval_ns > 0)
        svp_report_number(rows, (double)sums->online_ns / (double)interval_ns);
    else
        svp_report_nothing(rows);
    svp_report_seconds(rows, sums->running_ns);
    svp_report_seconds(rows, total_ns(sums));
    svp_report_percent(rows, sums->running_ns, sums->online_ns);
    svp_report_percent(rows, total_ns(sums), sums->online_ns);
    physical_cells(rows, scope, type, sums, /* is_lpar= */ true);
}

/* `status`, `weight`, `msu`, capping and LIPs are an LPAR's. */
static void physical_row(SvpReportRows *rows, const SvpReportScope *scope, HvIpType type, const Sums *lpars)
{
    HvTime management_ns = ips_management_ns(scope, type);

    g_assert(management_ns >= lpars->management_ns);
    const Sums own = {.management_ns = management_ns - lpars->management_ns};

    svp_report_row(rows);
    svp_report_nothing(rows);
    svp_report_text(rows, HV_SMF70_PHYSICAL);
    svp_report_nothing(rows);
    svp_report_text(rows, hv_ip_type_name(type));
    nothing(rows, 8);
    svp_report_seconds(rows, total_ns(&own));
    nothing(rows, 2);
    physical_cells(rows, scope, type, &own, /* is_lpar= */ false);
}

static void total_row(SvpReportRows *rows, const SvpReportScope *scope, HvIpType type, const Sums *lpars)
{
    const Sums all = {.running_ns = lpars->running_ns, .management_ns = ips_management_ns(scope, type)};

    svp_report_total(rows);
    svp_report_nothing(rows);
    svp_report_text(rows, "total");
    svp_report_nothing(rows);
    svp_report_text(rows, hv_ip_type_name(type));
    svp_report_nothing(rows);
    msu_cells(rows, scope, /* lpar= */ 0, type, &all);
    nothing(rows, 4);
    svp_report_seconds(rows, all.running_ns);
    svp_report_seconds(rows, total_ns(&all));
    nothing(rows, 2);
    physical_cells(rows, scope, type, &all, /* is_lpar= */ true);
}

static void fill_type(SvpReportRows *rows, const SvpReportScope *scope, HvIpType type)
{
    Sums all = sum_lips(scope->sample->usage, /* lpar= */ 0, type);

    for (unsigned i = 0; i < scope->sample->lpars->len; i++) {
        const MonitorLparSample *lpar = &g_array_index(scope->sample->lpars, MonitorLparSample, i);
        Sums sums = sum_lips(scope->sample->usage, lpar->number, type);
        bool has_any = lpar->n_lips[type] > 0 || sums.online_ns > 0;

        if (has_any && (scope->lpar == 0 || scope->lpar == lpar->number))
            lpar_row(rows, scope, lpar, type, &sums);
    }
    if (scope->lpar != 0)
        return;
    physical_row(rows, scope, type, &all);
    total_row(rows, scope, type, &all);
}

static void fill(SvpReportRows *rows, const SvpReportScope *scope)
{
    for (HvIpType type = 0; type < HV_IP_TYPES; type++)
        if (count_ips(machine_of(scope), type) > 0)
            fill_type(rows, scope, type);
}

/* --- The head ------------------------------------------------------------------------------------------- */

/* What real reports cannot give: who had how much of which IP. */
static json_t *matrix_json(const SvpReportScope *scope)
{
    const MonitorUsage *usage = scope->sample->usage;
    json_t *matrix = json_array();

    for (unsigned lpar = 1; lpar <= usage->max_lpar; lpar++)
        for (unsigned ip = 1; ip <= usage->n_ips; ip++) {
            HvTime busy_ns = monitor_usage_matrix(usage, lpar, ip);

            if (busy_ns == 0 || (scope->lpar != 0 && scope->lpar != lpar))
                continue;
            json_t *cell = json_object();

            json_object_set_new(
                cell, "lpar",
                json_string(resmgr_state_lpar(monitor_system_state(scope->system), lpar)->name));
            json_object_set_new(cell, "ip", json_integer(ip));
            json_object_set_new(cell, "busy_s", svp_json_seconds(busy_ns));
            json_array_append_new(matrix, cell);
        }
    return matrix;
}

static void head_json(json_t *block, const SvpReportScope *scope)
{
    const HvMachineDef *machine = machine_of(scope);
    json_t *ips = json_object();

    for (HvIpType type = 0; type < HV_IP_TYPES; type++)
        if (count_ips(machine, type) > 0)
            json_object_set_new(ips, hv_ip_type_name(type), json_integer(count_ips(machine, type)));
    json_object_set_new(block, "ips", ips);
    json_object_set_new(block, "wait_completion", json_boolean(machine->wait_completion));
    json_object_set_new(
        block, "slice_s",
        machine->slice_ns > 0 ? svp_json_seconds(machine->slice_ns) : json_string("dynamic"));
    json_object_set_new(block, "matrix", matrix_json(scope));
}

static void head_frame(SvpPage *page, const SvpReportScope *scope)
{
    const HvMachineDef *machine = machine_of(scope);
    g_autofree char *slice = machine->slice_ns > 0 ? svp_text_duration(machine->slice_ns)
                                                   : g_strdup("dynamic");
    g_autoptr(GString) ips = g_string_new(NULL);

    for (HvIpType type = 0; type < HV_IP_TYPES; type++)
        if (count_ips(machine, type) > 0)
            g_string_append_printf(
                ips, "%s%u %s", ips->len > 0 ? ", " : "", count_ips(machine, type), hv_ip_type_name(type));
    svp_page_printf(
        page, SVP_STYLE_PLAIN, "  IPs: %s. Wait completion: %s. Dispatch interval: %s.\n", ips->str,
        machine->wait_completion ? "yes" : "no", slice);
}

/* The names are those of HV_SMF70_COLUMNS, in that order, behind the two that each CSV begins with. */
static const SvpReportColumn columns[] = {
    SVP_REPORT_RIGHT("number", "#", 0),
    SVP_REPORT_LEFT("name", "LPAR", SVP_REPORT_ALL_PARTS),
    SVP_REPORT_LEFT("status", "status", 0),
    SVP_REPORT_LEFT("type", "type", SVP_REPORT_ALL_PARTS),
    SVP_REPORT_RIGHT("weight", "weight", 0),
    SVP_REPORT_RIGHT("msu_defined", "MSU defined", 0),
    SVP_REPORT_RIGHT("msu_actual", "MSU", 0),
    SVP_REPORT_RIGHT("capping_defined", "cap", 0),
    SVP_REPORT_RIGHT("capped_percent", "capped %", 0),
    SVP_REPORT_LEFT("capped_by", "by", 0),
    SVP_REPORT_RIGHT("lips", "LIPs", 0),
    SVP_REPORT_RIGHT("dispatch_effective_s", "effective", 1),
    SVP_REPORT_RIGHT("dispatch_total_s", "total", 1),
    SVP_REPORT_RIGHT("logical_effective_percent", "log eff", 1),
    SVP_REPORT_RIGHT("logical_total_percent", "log tot", 1),
    SVP_REPORT_RIGHT("physical_management_percent", "mgmt %", 1),
    SVP_REPORT_RIGHT("physical_effective_percent", "phys eff", 1),
    SVP_REPORT_RIGHT("physical_total_percent", "phys tot", 1),
    SVP_REPORT_LEFT("ips", NULL, 1),
};

const SvpReport svp_report_partition = {
    .name = "partition",
    .title = "Partition data",
    .nothing = "There is no LPAR with a LIP.",
    .columns = columns,
    .n_columns = G_N_ELEMENTS(columns),
    .fill = fill,
    .head_json = head_json,
    .head_frame = head_frame,
};
