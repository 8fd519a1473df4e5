/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The channel table: who has which path, who may get it, and whether all paths of one LPAR may go to another.
 *
 * A path that is not shared has one owner or none. A shared one has users and never an owner; it is online
 * while it has a user. A dedicated path stays with its owner, and a path that an isolated LPAR keeps while it
 * is not activated stays kept: of the two only the first can be overridden, by INTEG with FORCE.
 *
 * Devices come with the paths that reach them. A guest knows a device by its number alone, so two devices of
 * one number in one LPAR cannot be, with FORCE or without.
 */
#include "resmgr/channel-table.h"

#include <string.h>

bool resmgr_channel_table_has(const ResmgrState *state, unsigned lpar, uint8_t chpid)
{
    const ResmgrChp *chp = &state->chps[chpid];

    return chp->installed && lpar != 0 && (chp->owner == lpar || resmgr_lpar_map_has(chp->users, lpar));
}

bool resmgr_channel_table_may_have(const ResmgrState *state, unsigned lpar, uint8_t chpid)
{
    const ResmgrChp *chp = &state->chps[chpid];
    bool dedicated_to_other = chp->mode == HV_CHP_DEDICATED && chp->owner != 0 && chp->owner != lpar;
    bool kept_by_other = chp->reserved_for != 0 && chp->reserved_for != lpar;

    return chp->installed && !dedicated_to_other && !kept_by_other &&
           (!chp->candidates_limited || resmgr_lpar_map_has(chp->candidates, lpar));
}

GArray *resmgr_channel_table_of(const ResmgrState *state, unsigned lpar)
{
    GArray *chpids = g_array_new(FALSE, FALSE, sizeof(uint8_t));

    for (unsigned c = 0; c < HV_MAX_CHPS; c++) {
        uint8_t chpid = (uint8_t)c;
        if (resmgr_channel_table_has(state, lpar, chpid))
            g_array_append_val(chpids, chpid);
    }
    return chpids;
}

void resmgr_state_chps_online(const ResmgrState *state, unsigned lpar, uint64_t ret_chps[4])
{
    const ResmgrLpar *owner = resmgr_state_lpar(state, lpar);

    memset(ret_chps, 0, 4 * sizeof ret_chps[0]);
    if (owner == NULL || owner->assignment != RESMGR_ASSIGNED)
        return;
    for (unsigned chpid = 0; chpid < HV_MAX_CHPS; chpid++) {
        if (state->chps[chpid].online && resmgr_channel_table_has(state, lpar, (uint8_t)chpid))
            hv_chp_map_set(ret_chps, (uint8_t)chpid, true);
    }
}

static bool reaches(const HvDeviceDef *device, const uint64_t chps[4])
{
    return ((device->chps[0] & chps[0]) | (device->chps[1] & chps[1]) | (device->chps[2] & chps[2]) |
            (device->chps[3] & chps[3])) != 0;
}

static int by_device_number(gconstpointer a, gconstpointer b, gpointer devices)
{
    unsigned i = *(const unsigned *)a, j = *(const unsigned *)b;
    const HvDeviceDef *x = ((const GPtrArray *)devices)->pdata[i],
                      *y = ((const GPtrArray *)devices)->pdata[j];

    return x->number != y->number ? (x->number > y->number) - (x->number < y->number) : (i > j) - (i < j);
}

static GArray *devices_behind(const ResmgrState *state, const uint64_t chps[4])
{
    GPtrArray *devices = state->definition->machine->devices;
    GArray *reached = g_array_new(FALSE, FALSE, sizeof(unsigned));

    for (unsigned i = 0; i < devices->len; i++) {
        if (reaches(devices->pdata[i], chps))
            g_array_append_val(reached, i);
    }
    g_array_sort_with_data(reached, by_device_number, devices);
    return reached;
}

static void add_paths(const ResmgrState *state, unsigned lpar, uint64_t chps[4])
{
    for (unsigned chpid = 0; chpid < HV_MAX_CHPS; chpid++) {
        if (resmgr_channel_table_has(state, lpar, (uint8_t)chpid))
            hv_chp_map_set(chps, (uint8_t)chpid, true);
    }
}

GArray *resmgr_state_devices(const ResmgrState *state, unsigned lpar)
{
    uint64_t chps[4] = {0};

    add_paths(state, lpar, chps);
    return devices_behind(state, chps);
}

static bool can_take_paths(const ResmgrState *state, unsigned retiring, unsigned survivor, GError **error)
{
    g_autoptr(GString) denied = g_string_new(NULL);

    for (unsigned chpid = 0; chpid < HV_MAX_CHPS; chpid++) {
        if (!resmgr_channel_table_has(state, retiring, (uint8_t)chpid) ||
            resmgr_channel_table_has(state, survivor, (uint8_t)chpid) ||
            resmgr_channel_table_may_have(state, survivor, (uint8_t)chpid))
            continue;
        bool dedicated = state->chps[chpid].mode == HV_CHP_DEDICATED;
        g_string_append_printf(
            denied, "%s%02X (%s)", denied->len > 0 ? ", " : "", chpid,
            dedicated ? "dedicated" : "not a candidate");
    }
    if (denied->len == 0)
        return true;
    g_set_error(
        error, RESMGR_ERROR, RESMGR_ERROR_CANDIDATE,
        "channel paths of %s may not go to %s: %s\nadd it to their candidates, or give FORCE",
        resmgr_state_lpar(state, retiring)->name, resmgr_state_lpar(state, survivor)->name, denied->str);
    return false;
}

static bool
can_tell_devices_apart(const ResmgrState *state, unsigned retiring, unsigned survivor, GError **error)
{
    const GPtrArray *devices = state->definition->machine->devices;
    uint64_t chps[4] = {0};

    add_paths(state, retiring, chps);
    add_paths(state, survivor, chps);
    g_autoptr(GArray) reached = devices_behind(state, chps);
    for (unsigned i = 1; i < reached->len; i++) {
        const HvDeviceDef *device = devices->pdata[g_array_index(reached, unsigned, i - 1)];
        const HvDeviceDef *other = devices->pdata[g_array_index(reached, unsigned, i)];
        if (device->number != other->number)
            continue;
        g_set_error(
            error, RESMGR_ERROR, RESMGR_ERROR_DEVICE_NUMBER,
            "%s would have two devices of number %04X, %s and %s\ngive one of them another number",
            resmgr_state_lpar(state, survivor)->name, device->number, device->name, other->name);
        return false;
    }
    return true;
}

bool resmgr_channel_table_can_merge(
    const ResmgrState *state, unsigned retiring, unsigned survivor, bool force, GError **error)
{
    return (force || can_take_paths(state, retiring, survivor, error)) &&
           can_tell_devices_apart(state, retiring, survivor, error);
}
