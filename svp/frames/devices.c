/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Devices: numbers, the channel paths that lead to them, which LPARs reach them, and the I/O done on them.
 *
 * A device number names one device in one LPAR, not in the machine, so the name in the machine file is shown too.
 */
#include "svp/frames/frames.h"
#include "svp/output.h"
#include "svp/table.h"

static bool reaches(const ResmgrState *state, unsigned lpar, unsigned device)
{
    g_autoptr(GArray) devices = resmgr_state_devices(state, lpar);

    for (unsigned i = 0; i < devices->len; i++)
        if (g_array_index(devices, unsigned, i) == device)
            return true;
    return false;
}

/* Numbers of the LPARs that reach the device: GArray of unsigned. */
static GArray *lpars_of(const ResmgrState *state, unsigned device)
{
    GArray *lpars = g_array_new(FALSE, FALSE, sizeof(unsigned));

    for (unsigned i = 0; i < state->lpars->len; i++) {
        unsigned number = ((const ResmgrLpar *)g_ptr_array_index(state->lpars, i))->number;

        if (reaches(state, number, device))
            g_array_append_val(lpars, number);
    }
    return lpars;
}

static const HvDeviceDef *device_at(const ResmgrState *state, unsigned device)
{
    return g_ptr_array_index(state->definition->machine->devices, device);
}

/* --- JSON ----------------------------------------------------------------------------------------------- */

static json_t *device_json(MonitorSystem *system, unsigned index)
{
    const ResmgrState *state = monitor_system_state(system);
    const HvDeviceDef *device = device_at(state, index);
    HvIoCounts counts = hv_channels_device_counts(monitor_system_channels(system), index);
    g_autoptr(GArray) numbers = lpars_of(state, index);
    json_t *object = json_object(), *chpids = json_array(), *lpars = json_array();

    for (unsigned chpid = 0; chpid < HV_MAX_CHPS; chpid++)
        if (hv_device_def_on_chp(device, (uint8_t)chpid))
            json_array_append_new(chpids, svp_json_chpid((uint8_t)chpid));
    for (unsigned i = 0; i < numbers->len; i++)
        json_array_append_new(
            lpars, json_string(resmgr_state_lpar(state, g_array_index(numbers, unsigned, i))->name));
    json_object_set_new(object, "device", json_string(device->name));
    json_object_set_new(object, "number", json_sprintf("%04X", device->number));
    if (device->disk)
        json_object_set_new(object, "disk", json_string(device->disk));
    if (device->nic)
        json_object_set_new(object, "nic", json_string(device->nic));
    json_object_set_new(object, "chpids", chpids);
    json_object_set_new(object, "lpars", lpars);
    json_object_set_new(object, "started", json_integer((json_int_t)counts.started));
    json_object_set_new(object, "done", json_integer((json_int_t)counts.done));
    json_object_set_new(object, "ended", json_integer((json_int_t)counts.ended));
    json_object_set_new(object, "busy_s", svp_json_seconds(counts.busy_ns));
    return object;
}

json_t *svp_devices_json(MonitorSystem *system, unsigned lpar)
{
    const ResmgrState *state = monitor_system_state(system);
    json_t *devices = json_array();

    for (unsigned i = 0; i < state->definition->machine->devices->len; i++)
        if (lpar == 0 || reaches(state, lpar, i))
            json_array_append_new(devices, device_json(system, i));
    return devices;
}

/* --- The frame ------------------------------------------------------------------------------------------ */

static char *chpids_text(const HvDeviceDef *device)
{
    GString *text = g_string_new(NULL);

    for (unsigned chpid = 0; chpid < HV_MAX_CHPS; chpid++)
        if (hv_device_def_on_chp(device, (uint8_t)chpid))
            g_string_append_printf(text, "%s%02X", text->len ? " " : "", chpid);
    return g_string_free(text, FALSE);
}

static char *lpars_text(const ResmgrState *state, unsigned device)
{
    g_autoptr(GArray) numbers = lpars_of(state, device);
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < numbers->len; i++)
        g_string_append_printf(
            text, "%s%s", text->len ? ", " : "",
            resmgr_state_lpar(state, g_array_index(numbers, unsigned, i))->name);
    return g_string_free(text, FALSE);
}

static void device_row(SvpTable *table, MonitorSystem *system, unsigned index)
{
    const ResmgrState *state = monitor_system_state(system);
    const HvDeviceDef *device = device_at(state, index);
    HvIoCounts counts = hv_channels_device_counts(monitor_system_channels(system), index);
    g_autofree char *chpids = chpids_text(device), *lpars = lpars_text(state, index);
    g_autofree char *busy = svp_text_seconds(counts.busy_ns);

    svp_table_cell(table, "%s", device->name);
    svp_table_cell(table, "%04X", device->number);
    svp_table_cell(table, "%s", chpids);
    svp_table_cell(table, "%" G_GUINT64_FORMAT, counts.started);
    svp_table_cell(table, "%" G_GUINT64_FORMAT, counts.done);
    svp_table_cell(table, "%" G_GUINT64_FORMAT, counts.ended);
    svp_table_cell(table, "%s", busy);
    svp_table_cell(table, "%s", lpars);
    svp_table_cell(table, "%s", device->disk ? device->disk : device->nic ? device->nic : "");
}

void svp_devices_frame(SvpPage *page, MonitorSystem *system, unsigned lpar)
{
    static const SvpColumn columns[] = {{"device", false}, {"number", false}, {"CHPIDs", false},
                                        {"started", true}, {"done", true},    {"ended", true},
                                        {"busy", true},    {"LPARs", false},  {"disk or network", false}};
    const ResmgrState *state = monitor_system_state(system);
    g_autoptr(SvpTable) table = svp_table_new(columns, G_N_ELEMENTS(columns));

    for (unsigned i = 0; i < state->definition->machine->devices->len; i++)
        if (lpar == 0 || reaches(state, lpar, i))
            device_row(table, system, i);
    svp_page_title(page, "Devices%s", svp_table_rows(table) == 0 ? ": none" : "");
    svp_table_print(table, page);
}
