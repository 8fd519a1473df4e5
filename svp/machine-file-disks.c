/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The files of `disks` as devices.
 *
 * A disk must be a device behind a path, because paths are what INTEG moves from one LPAR to another. Somebody who only
 * wants a guest to have its disks should not have to write a group for each, so the list stands for such groups. Written
 * files have the groups: after an INTEG the disk of one LPAR is behind the path of another, and keeps its name.
 *
 * Numbers are taken from 0x1000 + 16 * LPAR number upward, and no other device of the machine has them, so that the disks
 * of two LPARs can come together in one. There are more numbers than devices that a file can have.
 */
#include "svp/machine-file-disks.h"

#define FIRST_NUMBER     0x1000
#define NUMBERS_PER_LPAR 16
#define N_NUMBERS        0x10000

static bool *numbers_in_use(const GPtrArray *devices)
{
    bool *in_use = g_new0(bool, N_NUMBERS);

    for (unsigned i = 0; i < devices->len; i++)
        in_use[((const HvDeviceDef *)g_ptr_array_index(devices, i))->number] = true;
    return in_use;
}

static uint16_t take_number(bool *in_use, unsigned from)
{
    while (from < N_NUMBERS && in_use[from])
        from++;
    g_assert(from < N_NUMBERS);
    in_use[from] = true;
    return (uint16_t)from;
}

static HvDeviceDef *disk_new(const ResmgrLparDef *lpar, unsigned n, bool *in_use)
{
    g_autofree char *name = g_strdup_printf("%s.DISK%u", lpar->name, n);
    unsigned from = FIRST_NUMBER + NUMBERS_PER_LPAR * lpar->number;
    HvDeviceDef *device = hv_device_def_new(name, take_number(in_use, from), /* service_ns= */ 0);
    unsigned path = MIN(n, lpar->channels->len) - 1;

    device->disk = g_strdup(g_ptr_array_index(lpar->disks, n - 1));
    device->qcow2 = g_str_has_suffix(device->disk, ".qcow2");
    hv_device_def_add_chp(device, g_array_index(lpar->channels, uint8_t, path));
    return device;
}

bool svp_machine_file_expand_disks(const ResmgrDefinition *definition, unsigned max_devices)
{
    GPtrArray *devices = definition->machine->devices;
    g_autofree bool *in_use = numbers_in_use(devices);

    for (unsigned i = 0; i < definition->lpars->len; i++) {
        const ResmgrLparDef *lpar = g_ptr_array_index(definition->lpars, i);
        if (lpar->disks->len == 0 || lpar->channels->len == 0 || !resmgr_lpar_def_is_libvirt(lpar))
            continue;
        if (devices->len + lpar->disks->len > max_devices)
            return false;
        for (unsigned n = 1; n <= lpar->disks->len; n++)
            g_ptr_array_add(devices, disk_new(lpar, n, in_use));
        g_ptr_array_set_size(lpar->disks, 0);
    }
    return true;
}
