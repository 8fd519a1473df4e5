/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The machine's side of the guest contract: what a guest may ask of its LPAR control.
 *
 * A guest names LIPs by their number and devices by their position among those it can reach, by device
 * number. Which those are is looked up in the assignment at each request, so a guest sees a channel path from
 * the moment on at which the resource manager has it online, and never one that has gone.
 */
#include "lpar/lpar-private.h"

static void host_lip_ready(void *host, unsigned lip, bool has_work)
{
    LparControl *lpar = host;

    if (lpar_lip_is_online(lpar, lip))
        lpar->config.monitor_ops->task_ready(lpar->config.monitor, lpar->config.number, lip, has_work);
}

static bool host_lip_start(void *host, unsigned lip, GError **error)
{
    return lpar_start_lip(host, lip, error);
}

static bool host_lip_stop(void *host, unsigned lip, GError **error)
{
    return lpar_stop_lip(host, lip, error);
}

static unsigned host_n_devices(void *host)
{
    LparControl *lpar = host;
    g_autoptr(GArray) devices = resmgr_state_devices(lpar->config.state, lpar->config.number);

    return devices->len;
}

static bool host_io_start(void *host, unsigned nth, HvIoFunc func, void *data)
{
    LparControl *lpar = host;
    g_autoptr(GArray) devices = resmgr_state_devices(lpar->config.state, lpar->config.number);
    uint64_t chps[4];

    if (nth >= devices->len)
        return false;
    resmgr_state_chps_online(lpar->config.state, lpar->config.number, chps);
    return hv_channels_start(
        lpar->config.channels, lpar->config.number, g_array_index(devices, unsigned, nth), chps, func, data);
}

static void host_guest_ended(void *host, G_GNUC_UNUSED const char *why)
{
    LparControl *lpar = host;

    /* Under a fence, undo boots it again, and otherwise it retires. */
    if (lpar->state == LPAR_OPERATING || lpar->state == LPAR_STOPPED)
        lpar_guest_is_gone(lpar);
}

const HvGuestHostOps lpar_guest_host_ops = {
    .guest_ended = host_guest_ended,
    .lip_ready = host_lip_ready,
    .lip_start = host_lip_start,
    .lip_stop = host_lip_stop,
    .io_start = host_io_start,
    .n_devices = host_n_devices,
};
