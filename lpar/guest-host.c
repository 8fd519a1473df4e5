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

static void host_lip_catch_up(void *host, unsigned lip)
{
    LparControl *lpar = host;

    if (lpar_lip_is_online(lpar, lip))
        lpar->config.monitor_ops->task_catch_up(lpar->config.monitor, lpar->config.number, lip);
}

static void host_lip_burst_changed(void *host, unsigned lip)
{
    LparControl *lpar = host;

    if (lpar_lip_is_online(lpar, lip))
        lpar->config.monitor_ops->task_burst_changed(lpar->config.monitor, lpar->config.number, lip);
}

static bool host_lip_start(void *host, unsigned lip, GError **error)
{
    return lpar_start_lip(host, lip, error);
}

static bool host_lip_stop(void *host, unsigned lip, GError **error)
{
    return lpar_stop_lip(host, lip, error);
}

/* Every I/O asks, so what is known is kept until it may be another. */
static const GArray *reachable_devices(LparControl *lpar)
{
    const ResmgrState *state = lpar->config.state;

    if (lpar->devices && lpar->asked_at == state->channel_changes)
        return lpar->devices;
    g_clear_pointer(&lpar->devices, g_array_unref);
    lpar->devices = resmgr_state_devices(state, lpar->config.number);
    resmgr_state_chps_online(state, lpar->config.number, lpar->chps);
    lpar->asked_at = state->channel_changes;
    return lpar->devices;
}

static unsigned host_n_devices(void *host)
{
    return reachable_devices(host)->len;
}

static bool host_io_start(void *host, unsigned nth, HvIoFunc func, void *data)
{
    LparControl *lpar = host;
    const GArray *devices = reachable_devices(lpar);

    return nth < devices->len && hv_channels_start(
                                     lpar->config.channels, lpar->config.number,
                                     g_array_index(devices, unsigned, nth), lpar->chps, func, data);
}

static bool host_find_device(void *host, uint16_t number, unsigned *ret_nth)
{
    LparControl *lpar = host;
    const GPtrArray *all = lpar->config.state->definition->machine->devices;
    const GArray *devices = reachable_devices(lpar);

    for (unsigned i = 0; i < devices->len; i++) {
        const HvDeviceDef *device = g_ptr_array_index(all, g_array_index(devices, unsigned, i));

        if (device->number == number) {
            *ret_nth = i;
            return true;
        }
    }
    return false;
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
    .lip_catch_up = host_lip_catch_up,
    .lip_burst_changed = host_lip_burst_changed,
    .lip_start = host_lip_start,
    .lip_stop = host_lip_stop,
    .io_start = host_io_start,
    .n_devices = host_n_devices,
    .find_device = host_find_device,
};
