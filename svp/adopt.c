/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A machine from what runs already.
 *
 * The definition is made from what libvirt says of the domains and then written as a machine file, so that it is checked
 * like any other, and can be kept. What a domain can still grow by is its reserved storage. Its vCPUs may go on running
 * on all CPUs of the host.
 */
#include "svp/adopt.h"

#include "hv/error.h"
#include "hv/libvirt-adopt.h"
#include "svp/machine-file.h"

#include <string.h>

#define NAME_MAX_LETTERS 16
#define NAME_LETTERS     G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-$#@"
#define FIRST_DEVICE     0x1000
#define BP_OF_AN_IP      10000

typedef struct {
    ResmgrDefinition *definition;
    unsigned host_cpus;
    unsigned next_chp, next_number;
} Adoption;

/* --- LPARs ---------------------------------------------------------------------------------------------- */

static bool is_lpar_name(const ResmgrDefinition *definition, const char *name)
{
    bool letters = strspn(name, NAME_LETTERS) == strlen(name) && strlen(name) <= NAME_MAX_LETTERS;
    bool digits = strspn(name, G_CSET_DIGITS) == strlen(name);

    return letters && !digits && !resmgr_definition_find(definition, name);
}

/* The domain's name if an LPAR can have it. */
static ResmgrLparDef *add_lpar(Adoption *adoption, const HvDomainView *view)
{
    ResmgrDefinition *definition = adoption->definition;
    unsigned number = definition->lpars->len + 1;
    g_autofree char *other = g_strdup_printf("LPAR%u", number);
    bool fits = is_lpar_name(definition, view->name);
    ResmgrLparDef *lpar = resmgr_lpar_def_new(fits ? view->name : other, number);

    g_free(lpar->guest);
    lpar->guest = g_strdup("libvirt");
    lpar->domain.domain = g_strdup(view->name);
    g_ptr_array_add(definition->lpars, lpar);
    return lpar;
}

static bool adopt_storage(Adoption *adoption, ResmgrLparDef *lpar, const HvDomainView *view, GError **error)
{
    HvMachineDef *machine = adoption->definition->machine;
    uint64_t limit_bytes = hv_domain_view_limit_bytes(view, hv_domain_view_grow(view));
    g_autofree char *size = hv_quantity_format_size(view->current_bytes);

    if (view->current_bytes == 0 || view->current_bytes % machine->increment_bytes != 0) {
        g_set_error(
            error, HV_ERROR, HV_ERROR_DOMAIN,
            "Domain %s has %s of storage, which is no multiple of 1M\nChange it: virsh setmem %s SIZE",
            view->name, size, view->name);
        return false;
    }
    lpar->ms.size_bytes = view->current_bytes;
    lpar->ms.reserved_bytes = (limit_bytes - view->current_bytes) / machine->increment_bytes *
                              machine->increment_bytes;
    machine->ms_bytes += view->current_bytes;
    return true;
}

static bool
adopt_processors(Adoption *adoption, ResmgrLparDef *lpar, const HvDomainView *view, GError **error)
{
    HvMachineDef *machine = adoption->definition->machine;

    if (machine->n_ips + view->vcpus > HV_MAX_IPS) {
        g_set_error(
            error, HV_ERROR, HV_ERROR_DOMAIN,
            "The domains have more than %u vCPUs together, and a machine has no more IPs\nAdopt fewer of "
            "them",
            HV_MAX_IPS);
        return false;
    }
    for (unsigned i = 0; i < view->vcpus; i++) {
        const ResmgrIpShare share = {.ip = (uint16_t)++machine->n_ips, .share_bp = BP_OF_AN_IP};

        g_array_append_val(lpar->ip_shares, share);
        g_ptr_array_add(machine->host_cpus, g_strdup_printf("0-%u", adoption->host_cpus - 1));
    }
    return true;
}

/* --- Devices -------------------------------------------------------------------------------------------- */

static char *device_name(const ResmgrLparDef *lpar, const HvDomainViewDevice *seen, unsigned nth)
{
    return seen->target ? g_strdup_printf("%s.%s", lpar->name, seen->target)
                        : g_strdup_printf("%s.nic%u", lpar->name, nth);
}

static bool adopt_device(
    Adoption *adoption, ResmgrLparDef *lpar, const HvDomainViewDevice *seen, unsigned nth, GError **error)
{
    HvMachineDef *machine = adoption->definition->machine;
    uint8_t chpid = (uint8_t)adoption->next_chp;
    g_autofree char *name = device_name(lpar, seen, nth);

    if (adoption->next_chp == HV_MAX_CHPS) {
        g_set_error(
            error, HV_ERROR, HV_ERROR_DOMAIN,
            "The domains have more than %d disks and network interfaces together\nAdopt fewer of them",
            HV_MAX_CHPS);
        return false;
    }
    HvDeviceDef *device = hv_device_def_new(
        name, seen->has_devno ? seen->devno : (uint16_t)adoption->next_number++, HV_NS_PER_MS);

    hv_device_def_add_chp(device, chpid);
    if (seen->is_disk)
        device->disk = g_strdup(seen->source);
    else
        device->nic = g_strdup(seen->source);
    device->qcow2 = seen->qcow2;
    machine->chps[chpid].installed = true;
    g_ptr_array_add(machine->devices, device);
    g_array_append_val(lpar->channels, chpid);
    adoption->next_chp++;
    return true;
}

/* What is neither a file nor a block device nor a network by name stays where it is. */
static bool adopt_devices(Adoption *adoption, ResmgrLparDef *lpar, const HvDomainView *view, GError **error)
{
    for (unsigned i = 0; i < view->devices->len; i++) {
        const HvDomainViewDevice *seen = g_ptr_array_index(view->devices, i);

        if (seen->source && !adopt_device(adoption, lpar, seen, i, error))
            return false;
    }
    return true;
}

/* -------------------------------------------------------------------------------------------------------- */

static bool adopt_one(Adoption *adoption, const HvDomainView *view, GError **error)
{
    ResmgrLparDef *lpar = add_lpar(adoption, view);

    return adopt_storage(adoption, lpar, view, error) && adopt_processors(adoption, lpar, view, error) &&
           adopt_devices(adoption, lpar, view, error);
}

/* An LPAR cannot grow by more than all others have. */
static void limit_reserved(ResmgrDefinition *definition)
{
    for (unsigned i = 0; i < definition->lpars->len; i++) {
        ResmgrLparDef *lpar = g_ptr_array_index(definition->lpars, i);

        lpar->ms.reserved_bytes =
            MIN(lpar->ms.reserved_bytes, definition->machine->ms_bytes - lpar->ms.size_bytes);
    }
}

char *svp_adopt(const char *uri, const char *names, GError **error)
{
    g_auto(GStrv) list = g_strsplit(names, ",", -1);
    g_autoptr(ResmgrDefinition) definition = resmgr_definition_new();
    Adoption adoption = {.definition = definition, .host_cpus = 1, .next_number = FIRST_DEVICE};
    g_autoptr(GPtrArray) views = hv_libvirt_read_domains(uri, list, &adoption.host_cpus, error);

    if (!views)
        return NULL;
    definition->machine->name = g_strdup("adopted");
    definition->machine->libvirt = true;
    definition->machine->uri = g_strdup(uri);
    for (unsigned i = 0; i < views->len; i++)
        if (!adopt_one(&adoption, g_ptr_array_index(views, i), error))
            return NULL;
    limit_reserved(definition);
    return svp_machine_file_format(definition);
}
