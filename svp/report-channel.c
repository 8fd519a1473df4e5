/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * REPORT CHANNEL: channel paths and the devices behind them.
 *
 * A path or a device is utilized while at least one request on it is served. With B that time, S and W the requests in service and
 * waiting, summed over time, D the requests that were done and T the interval (the operational laws of Denning and Buzen, 1978):
 *
 *     utilization B / T     requests per second D / T     mean service S / D     mean wait W / D     mean queue W / T
 *
 * A request that is under way at an end of the interval counts with the time in it, and is done in the interval in which it ends.
 */
#include "svp/report.h"

#include <string.h>

/* Time by requests done; nothing if there were none. */
static void mean_cell(SvpReportRows *rows, HvTime sum_ns, uint64_t done)
{
    if (done > 0)
        svp_report_duration(rows, sum_ns / done);
    else
        svp_report_nothing(rows);
}

static void count_cells(SvpReportRows *rows, const SvpReportScope *scope, const HvIoCounts *counts)
{
    HvTime interval_ns = scope->sample->interval_ns;
    double interval_s = (double)interval_ns / (double)HV_NS_PER_S;

    svp_report_count(rows, counts->done);
    svp_report_count(rows, counts->ended);
    svp_report_percent(rows, counts->busy_ns, interval_ns);
    svp_report_number(rows, interval_ns > 0 ? (double)counts->done / interval_s : 0.0);
    mean_cell(rows, counts->service_ns, counts->done);
    mean_cell(rows, counts->wait_ns, counts->done);
    svp_report_number(rows, interval_ns > 0 ? (double)counts->wait_ns / (double)interval_ns : 0.0);
}

/* --- Paths ---------------------------------------------------------------------------------------------- */

static const char *owner_name(const ResmgrState *state, unsigned chpid)
{
    const ResmgrChp *chp = &state->chps[chpid];

    if (chp->mode == HV_CHP_SHARED)
        return "shared";
    return chp->owner != 0 ? resmgr_state_lpar(state, chp->owner)->name : NULL;
}

static bool has_path(const ResmgrState *state, unsigned lpar, unsigned chpid)
{
    const ResmgrChp *chp = &state->chps[chpid];

    return chp->mode == HV_CHP_SHARED ? resmgr_lpar_map_has(chp->users, lpar) : chp->owner == lpar;
}

static void path_row(SvpReportRows *rows, const SvpReportScope *scope, const MonitorIoSample *path)
{
    g_autofree char *chpid = g_strdup_printf("%02X", path->number);

    svp_report_row(rows);
    svp_report_text(rows, "path");
    svp_report_text(rows, chpid);
    svp_report_text(rows, owner_name(monitor_system_state(scope->system), path->number));
    count_cells(rows, scope, &path->counts);
}

/* --- Devices -------------------------------------------------------------------------------------------- */

static bool reaches(const ResmgrState *state, unsigned lpar, unsigned device)
{
    g_autoptr(GArray) devices = resmgr_state_devices(state, lpar);

    for (unsigned i = 0; i < devices->len; i++)
        if (g_array_index(devices, unsigned, i) == device)
            return true;
    return false;
}

static void device_row(SvpReportRows *rows, const SvpReportScope *scope, const MonitorIoSample *device)
{
    const HvMachineDef *machine = monitor_system_definition(scope->system)->machine;

    svp_report_row(rows);
    svp_report_text(rows, "device");
    svp_report_text(rows, ((const HvDeviceDef *)g_ptr_array_index(machine->devices, device->number))->name);
    svp_report_nothing(rows);
    count_cells(rows, scope, &device->counts);
}

static void fill(SvpReportRows *rows, const SvpReportScope *scope)
{
    const ResmgrState *state = monitor_system_state(scope->system);

    for (unsigned i = 0; i < scope->sample->channels->len; i++) {
        const MonitorIoSample *path = &g_array_index(scope->sample->channels, MonitorIoSample, i);

        if (scope->lpar == 0 || has_path(state, scope->lpar, path->number))
            path_row(rows, scope, path);
    }
    for (unsigned i = 0; i < scope->sample->devices->len; i++) {
        const MonitorIoSample *device = &g_array_index(scope->sample->devices, MonitorIoSample, i);

        if (scope->lpar == 0 || reaches(state, scope->lpar, device->number))
            device_row(rows, scope, device);
    }
}

static const SvpReportColumn columns[] = {
    SVP_REPORT_LEFT("kind", "", 0),
    SVP_REPORT_LEFT("name", "name", 0),
    SVP_REPORT_LEFT("owner", "owner", 0),
    SVP_REPORT_RIGHT("done", "requests", 0),
    SVP_REPORT_RIGHT("ended", "ended", 0),
    SVP_REPORT_RIGHT("utilization_percent", "busy %", 0),
    SVP_REPORT_RIGHT("requests_per_s", "per s", 0),
    SVP_REPORT_RIGHT("mean_service_s", "service", 0),
    SVP_REPORT_RIGHT("mean_wait_s", "wait", 0),
    SVP_REPORT_RIGHT("mean_queue", "queue", 0),
};

const SvpReport svp_report_channel = {
    .name = "channel",
    .title = "Channel paths and devices",
    .nothing = "There is no channel path.",
    .columns = columns,
    .n_columns = G_N_ELEMENTS(columns),
    .fill = fill,
};
