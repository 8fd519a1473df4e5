/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Real guests in a definition: LPARs whose guests are domains of libvirt, and the disks and network interfaces that are
 * attached to them.
 *
 * What a key cannot mean for its guest is refused rather than ignored: whoever gives a workload to a real guest, or a
 * kernel to a simulated one, believes in something that will not happen. And two domains must never have one disk, which
 * would destroy what is on it: a disk stands behind paths of one LPAR, none of them shared, and no file is two disks. Names
 * are compared as the folder of the machine file makes them absolute; links are not followed.
 */
#include "resmgr/definition-check.h"

#include "hv/guest.h"

#define REAL_BACKEND "give backend = libvirt in [machine]"

/* "1:0;3:0-1,3" */
static char *host_cpus_text(const GPtrArray *cpus)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < cpus->len; i++) {
        if (cpus->pdata[i] != NULL)
            g_string_append_printf(
                text, "%s%u:%s", text->len > 0 ? ";" : "", i + 1, (const char *)cpus->pdata[i]);
    }
    return g_string_free(text, FALSE);
}

static void check_host_cpus(ResmgrDefinitionCheck *check, const char *value)
{
    const HvMachineDef *machine = check->definition->machine;

    for (unsigned i = machine->n_ips; i < machine->host_cpus->len; i++) {
        if (machine->host_cpus->pdata[i] != NULL)
            resmgr_definition_check_problem(
                check, "host-cpus", value, NULL, "there is no IP %u: the machine has IPs 1 to %u", i + 1,
                machine->n_ips);
    }
}

void resmgr_definition_check_machine_guests(ResmgrDefinitionCheck *check)
{
    const HvMachineDef *machine = check->definition->machine;
    g_autofree char *host_cpus = host_cpus_text(machine->host_cpus);

    if (machine->uri != NULL && !machine->libvirt)
        resmgr_definition_check_problem(
            check, "uri", machine->uri, REAL_BACKEND, "only a machine with real guests has a host");
    if (*host_cpus != '\0' && !machine->libvirt)
        resmgr_definition_check_problem(
            check, "host-cpus", host_cpus, REAL_BACKEND,
            "only a machine with real guests has CPUs of a host");
    check_host_cpus(check, host_cpus);
}

static char *files_text(const GPtrArray *files)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < files->len; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? ";" : "", (const char *)files->pdata[i]);
    return g_string_free(text, FALSE);
}

/* The guest is simulated: each key that only a real one can use. */
static void check_simulated(ResmgrDefinitionCheck *check, const ResmgrLparDef *lpar)
{
    const HvDomainDef *domain = &lpar->domain;
    g_autofree char *disks = files_text(lpar->disks);
    const struct {
        const char *key, *value;
    } given[] = {
        {"domain", domain->domain},
        {"arch", domain->arch != HV_ARCH_X86_64 ? hv_arch_name(domain->arch) : NULL},
        {"virt", domain->virt != HV_VIRT_AUTO ? hv_virt_name(domain->virt) : NULL},
        {"ms-grow", domain->grow != HV_GROW_DEFAULT ? hv_grow_name(domain->grow) : NULL},
        {"kernel", domain->kernel},
        {"initrd", domain->initrd},
        {"cmdline", domain->cmdline},
        {"console-log", domain->console_log},
        {"agent", domain->agent ? "yes" : NULL},
        {"disks", lpar->disks->len > 0 ? disks : NULL},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(given); i++) {
        if (given[i].value != NULL)
            resmgr_definition_check_problem(
                check, given[i].key, given[i].value, "give guest = libvirt, or leave the key out",
                "%s is for real guests, and that of %s is simulated", given[i].key, lpar->name);
    }
}

/* What a real guest does is its own affair, and no processor that QEMU knows has ES. */
static void check_model_keys(ResmgrDefinitionCheck *check, const ResmgrLparDef *lpar)
{
    g_autofree char *workload = hv_workload_format(&lpar->workload);
    g_autofree char *es = hv_quantity_format_size(lpar->es.size_bytes);
    g_autofree char *reserved = hv_quantity_format_size(lpar->es.reserved_bytes);

    if (!g_str_equal(workload, "idle"))
        resmgr_definition_check_problem(
            check, "workload", workload, "leave it out", "a real guest does what it does, not a workload");
    if (lpar->es.size_bytes > 0)
        resmgr_definition_check_problem(
            check, "es", es, "leave it out", "a real guest cannot have expanded storage");
    if (lpar->es.reserved_bytes > 0)
        resmgr_definition_check_problem(
            check, "es-reserved", reserved, "leave it out", "a real guest cannot have expanded storage");
}

static void check_grow(ResmgrDefinitionCheck *check, const HvDomainDef *domain)
{
    bool x86_only = domain->grow == HV_GROW_DIMM || domain->grow == HV_GROW_VIRTIO_MEM;

    if (x86_only && domain->arch == HV_ARCH_S390X)
        resmgr_definition_check_problem(
            check, "ms-grow", hv_grow_name(domain->grow), "give ms-grow = balloon",
            "storage of s390x guests cannot grow by %s", hv_grow_name(domain->grow));
}

/* The LPAR has a path to some disk at power on. */
static bool has_disk(const ResmgrDefinitionCheck *check, const ResmgrLparDef *lpar)
{
    const GPtrArray *devices = check->definition->machine->devices;
    uint64_t paths[4] = {0};

    if (lpar->number > RESMGR_MAX_LPARS)
        return false;
    for (unsigned chpid = 0; chpid < HV_MAX_CHPS; chpid++)
        paths[chpid / 64] |= (uint64_t)resmgr_lpar_map_has(check->users[chpid], lpar->number) << (chpid % 64);
    for (unsigned i = 0; i < devices->len; i++) {
        const HvDeviceDef *device = devices->pdata[i];
        for (unsigned word = 0; device->disk != NULL && word < G_N_ELEMENTS(paths); word++) {
            if ((device->chps[word] & paths[word]) != 0)
                return true;
        }
    }
    return false;
}

/* A domain is taken over with all it has, or made from a kernel and its company, or from a disk. */
static void check_boot(ResmgrDefinitionCheck *check, const ResmgrLparDef *lpar)
{
    const HvDomainDef *domain = &lpar->domain;
    const struct {
        const char *key, *value;
    } company[] = {{"initrd", domain->initrd}, {"cmdline", domain->cmdline}};
    bool complete = domain->domain != NULL || domain->kernel != NULL || lpar->disks->len > 0;

    if (domain->domain != NULL && domain->kernel != NULL)
        resmgr_definition_check_problem(
            check, "kernel", domain->kernel, "leave it out, or domain",
            "domain %s is taken over as it is, with what it boots from", domain->domain);
    for (unsigned i = 0; i < G_N_ELEMENTS(company); i++) {
        complete |= company[i].value != NULL;
        if (company[i].value == NULL)
            continue;
        if (domain->domain != NULL)
            resmgr_definition_check_problem(
                check, company[i].key, company[i].value, "leave it out, or domain",
                "domain %s is taken over as it is, with what it boots from", domain->domain);
        else if (domain->kernel == NULL)
            resmgr_definition_check_problem(
                check, company[i].key, company[i].value, "give kernel too", "%s is given without a kernel",
                company[i].key);
    }
    if (!complete && !has_disk(check, lpar))
        resmgr_definition_check_problem(
            check, "domain", NULL, "give domain, or kernel, or disks",
            "there is nothing that %s could boot from", lpar->name);
}

static void check_domain_once(ResmgrDefinitionCheck *check, unsigned index)
{
    const ResmgrLparDef *lpar = check->definition->lpars->pdata[index];
    const char *domain = lpar->domain.domain;

    for (unsigned i = 0; i < index && domain != NULL; i++) {
        const ResmgrLparDef *other = check->definition->lpars->pdata[i];
        if (!resmgr_lpar_def_is_libvirt(other) || g_strcmp0(other->domain.domain, domain) != 0)
            continue;
        resmgr_definition_check_problem(
            check, "domain", domain, "give each LPAR a domain of its own", "domain %s is that of %s", domain,
            other->name);
        break;
    }
}

static void check_real(ResmgrDefinitionCheck *check, unsigned index)
{
    const ResmgrLparDef *lpar = check->definition->lpars->pdata[index];

    if (!check->definition->machine->libvirt)
        resmgr_definition_check_problem(
            check, "guest", lpar->guest, REAL_BACKEND, "this machine has no real guests");
    check_model_keys(check, lpar);
    check_domain_once(check, index);
    check_grow(check, &lpar->domain);
    check_boot(check, lpar);
    if (lpar->disks->len > 0 && lpar->channels->len == 0) {
        g_autofree char *disks = files_text(lpar->disks);
        resmgr_definition_check_problem(
            check, "disks", disks, "give channels, one path for each disk or one for all",
            "disks stand behind channel paths, and %s has none", lpar->name);
    }
}

void resmgr_definition_check_guest(ResmgrDefinitionCheck *check, unsigned index)
{
    const ResmgrLparDef *lpar = check->definition->lpars->pdata[index];

    if (resmgr_lpar_def_is_libvirt(lpar))
        check_real(check, index);
    else if (hv_guest_kind(lpar->guest) != NULL)
        check_simulated(check, lpar);
}

/* The number of the one LPAR that has the path at power on, or 0. Of several, where only one may have it, others speak. */
static unsigned only_user(const uint64_t users[4])
{
    unsigned user = 0;

    for (unsigned word = 0; word < 4; word++) {
        if (users[word] == 0)
            continue;
        if (user != 0 || (users[word] & (users[word] - 1)) != 0)
            return 0;
        user = word * 64 + (unsigned)__builtin_ctzll(users[word]);
    }
    return user;
}

static const char *name_of(const ResmgrDefinition *definition, unsigned number)
{
    for (unsigned i = 0; i < definition->lpars->len; i++) {
        const ResmgrLparDef *lpar = definition->lpars->pdata[i];
        if (lpar->number == number)
            return lpar->name;
    }
    g_assert_not_reached();
}

/* What is attached is attached to one guest. */
static void
check_one_user(ResmgrDefinitionCheck *check, const HvDeviceDef *device, const char *key, const char *value)
{
    static const char remedy[] = "put it behind paths of one LPAR";
    unsigned first = 0;

    for (unsigned chpid = 0; chpid < HV_MAX_CHPS; chpid++) {
        const HvChpDef *chp = &check->definition->machine->chps[chpid];
        if (!hv_device_def_on_chp(device, (uint8_t)chpid) || !chp->installed)
            continue;
        if (chp->mode == HV_CHP_SHARED) {
            resmgr_definition_check_problem(
                check, key, value, remedy, "path %02X is shared, and %s can be attached to one guest only",
                chpid, device->name);
            return;
        }
        unsigned user = only_user(check->users[chpid]);
        if (first != 0 && user != 0 && user != first) {
            resmgr_definition_check_problem(
                check, key, value, remedy,
                "%s and %s would reach it, and %s can be attached to one guest only",
                name_of(check->definition, first), name_of(check->definition, user), device->name);
            return;
        }
        first = user != 0 ? user : first;
    }
}

/* The name of the file from the root; free with g_free(). */
static char *absolute_name(const HvMachineDef *machine, const char *file)
{
    g_autofree char *folder = g_canonicalize_filename(machine->directory ? machine->directory : ".", NULL);

    return g_canonicalize_filename(file, folder);
}

static void check_disk_once(ResmgrDefinitionCheck *check, const HvDeviceDef *device)
{
    g_autofree char *file = absolute_name(check->definition->machine, device->disk);
    const HvDeviceDef *other = g_hash_table_lookup(check->disks, file);

    if (other != NULL)
        resmgr_definition_check_problem(
            check, "disk", device->disk, "give each device a file of its own",
            "it is the disk of device %s already", other->name);
    else
        g_hash_table_insert(check->disks, g_steal_pointer(&file), (gpointer)(uintptr_t)device);
}

void resmgr_definition_check_attached(ResmgrDefinitionCheck *check, unsigned index)
{
    const HvDeviceDef *device = check->definition->machine->devices->pdata[index];
    const char *key = device->disk != NULL ? "disk" : "nic";
    const char *value = device->disk != NULL ? device->disk : device->nic;

    if (device->qcow2 && device->disk == NULL)
        resmgr_definition_check_problem(
            check, "format", "qcow2", "give disk too, or leave the format out",
            "only a disk has a format, and %s is none", device->name);
    if (value == NULL)
        return;
    if (device->disk != NULL && device->nic != NULL)
        resmgr_definition_check_problem(
            check, "nic", device->nic, "make two devices of them", "%s is a disk already", device->name);
    if (!check->definition->machine->libvirt)
        resmgr_definition_check_problem(
            check, key, value, REAL_BACKEND, "this machine has no real guests, and so no real devices");
    check_one_user(check, device, key, value);
    if (device->disk != NULL)
        check_disk_once(check, device);
}
