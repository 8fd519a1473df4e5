/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The inventory of the physical machine as plain data: making it, freeing it, and the names of its kinds.
 *
 * Nothing is checked here; whether a definition is usable is asked of resmgr_definition_check(), which sees
 * the LPARs too.
 */
#include "hv/machine.h"

#include "hv/channel.h"

static const char *const ip_type_names[HV_IP_TYPES] = {
    [HV_IP_CP] = "CP",
    [HV_IP_IFL] = "IFL",
    [HV_IP_ZIIP] = "ZIIP",
    [HV_IP_ICF] = "ICF",
};

static const char *const chp_mode_names[] = {
    [HV_CHP_RECONFIGURABLE] = "reconfigurable",
    [HV_CHP_DEDICATED] = "dedicated",
    [HV_CHP_SHARED] = "shared",
};

static void free_device(void *device)
{
    hv_device_def_free(device);
}

HvMachineDef *hv_machine_def_new(void)
{
    HvMachineDef *def = g_new0(HvMachineDef, 1);

    def->increment_bytes = HV_MIB;
    def->ms_copy_rate = 2 * HV_GIB;
    def->devices = g_ptr_array_new_with_free_func(free_device);
    def->host_cpus = g_ptr_array_new_with_free_func(g_free);
    for (unsigned chp = 0; chp < HV_MAX_CHPS; chp++) {
        def->chps[chp].candidates = g_ptr_array_new_with_free_func(g_free);
        def->chps[chp].access = g_ptr_array_new_with_free_func(g_free);
    }
    return def;
}

void hv_machine_def_free(HvMachineDef *def)
{
    if (!def)
        return;
    for (unsigned chp = 0; chp < HV_MAX_CHPS; chp++) {
        g_ptr_array_unref(def->chps[chp].candidates);
        g_ptr_array_unref(def->chps[chp].access);
    }
    g_ptr_array_unref(def->devices);
    g_ptr_array_unref(def->host_cpus);
    g_free(def->uri);
    g_free(def->directory);
    g_free(def->name);
    g_free(def);
}

HvDeviceDef *hv_device_def_new(const char *name, uint16_t number, HvTime service_ns)
{
    HvDeviceDef *device = g_new0(HvDeviceDef, 1);

    device->name = g_strdup(name);
    device->number = number;
    device->service_ns = service_ns;
    return device;
}

void hv_device_def_free(HvDeviceDef *device)
{
    if (!device)
        return;
    g_free(device->name);
    hv_distribution_unref(device->service);
    g_free(device->disk);
    g_free(device->nic);
    g_free(device);
}

bool hv_device_def_on_chp(const HvDeviceDef *device, uint8_t chpid)
{
    return hv_chp_map_has(device->chps, chpid);
}

void hv_device_def_add_chp(HvDeviceDef *device, uint8_t chpid)
{
    hv_chp_map_set(device->chps, chpid, true);
}

const char *hv_ip_type_name(HvIpType type)
{
    g_assert(type < HV_IP_TYPES);
    return ip_type_names[type];
}

bool hv_ip_type_parse(const char *text, HvIpType *ret_type)
{
    unsigned index;

    if (!hv_quantity_parse_word(text, ip_type_names, HV_IP_TYPES, &index))
        return false;
    *ret_type = (HvIpType)index;
    return true;
}

const char *hv_chp_mode_name(HvChpMode mode)
{
    g_assert(mode < G_N_ELEMENTS(chp_mode_names));
    return chp_mode_names[mode];
}

bool hv_chp_mode_parse(const char *text, HvChpMode *ret_mode)
{
    unsigned index;

    if (!hv_quantity_parse_word(text, chp_mode_names, G_N_ELEMENTS(chp_mode_names), &index))
        return false;
    *ret_mode = (HvChpMode)index;
    return true;
}
