/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What can be wrong with real guests in a definition. The patent's machine again, LPAR2 with a real guest that boots from
 * a kernel: it has the paths 02 and 03, LPAR1 has 00 and 01, and nobody has 0A and 0B.
 */
#include "tests/resmgr/definition-problems.h"
#include "tests/resmgr/machine-builder.h"

static ResmgrLparDef *lpar_def(ResmgrDefinition *definition, unsigned number)
{
    return definition->lpars->pdata[number - 1];
}

static HvDomainDef *domain_def(ResmgrDefinition *definition, unsigned number)
{
    return &lpar_def(definition, number)->domain;
}

static void set(char **text, const char *value)
{
    g_free(*text);
    *text = g_strdup(value);
}

/* A real guest that has nothing yet to boot from. */
static ResmgrLparDef *bare(ResmgrDefinition *definition, unsigned number)
{
    definition->machine->libvirt = true;
    set(&lpar_def(definition, number)->guest, "LibVirt");
    return lpar_def(definition, number);
}

static ResmgrLparDef *real(ResmgrDefinition *definition, unsigned number)
{
    set(&bare(definition, number)->domain.kernel, "k");
    return lpar_def(definition, number);
}

static HvDeviceDef *disk(ResmgrDefinition *definition, const char *name, uint8_t chpid, const char *file)
{
    HvDeviceDef *device =
        build_device(definition, name, (uint16_t)(0x100 + definition->machine->devices->len), chpid);

    set(&device->disk, file);
    return device;
}

static void set_cpus(ResmgrDefinition *definition, unsigned ip, const char *cpus)
{
    g_ptr_array_set_size(definition->machine->host_cpus, (int)ip);
    definition->machine->host_cpus->pdata[ip - 1] = g_strdup(cpus);
}

#define SPOIL(name) static void name(ResmgrDefinition *d)

SPOIL(uri_of_model)
{
    set(&d->machine->uri, "qemu:///system");
}
SPOIL(cpus_of_model)
{
    set_cpus(d, 3, "0-1,3");
}
SPOIL(cpus_of_no_ip)
{
    d->machine->libvirt = true;
    set_cpus(d, 4, "0");
    set_cpus(d, 5, "1");
}
SPOIL(guest_of_model)
{
    real(d, 2);
    d->machine->libvirt = false;
}
SPOIL(model_domain)
{
    set(&domain_def(d, 2)->domain, "web1");
}
SPOIL(model_arch)
{
    domain_def(d, 2)->arch = HV_ARCH_S390X;
}
SPOIL(model_virt)
{
    domain_def(d, 2)->virt = HV_VIRT_KVM;
}
SPOIL(model_grow)
{
    domain_def(d, 2)->grow = HV_GROW_BALLOON;
}
SPOIL(model_kernel)
{
    set(&domain_def(d, 2)->kernel, "k");
}
SPOIL(model_initrd)
{
    set(&domain_def(d, 2)->initrd, "i");
}
SPOIL(model_cmdline)
{
    set(&domain_def(d, 2)->cmdline, "ro");
}
SPOIL(model_console_log)
{
    set(&domain_def(d, 2)->console_log, "log");
}
SPOIL(model_agent)
{
    domain_def(d, 2)->agent = true;
}
SPOIL(model_disks)
{
    g_ptr_array_add(lpar_def(d, 2)->disks, g_strdup("a.img"));
    g_ptr_array_add(lpar_def(d, 2)->disks, g_strdup("b.img"));
}
SPOIL(real_workload)
{
    real(d, 2)->workload.io_rate_milli = 50000;
}
SPOIL(real_es)
{
    d->machine->es_bytes = 64 * HV_MIB;
    build_es(real(d, 2), BUILD_FIRST_FIT, 16);
}
SPOIL(real_es_reserved)
{
    d->machine->es_bytes = 64 * HV_MIB;
    real(d, 2)->es.reserved_bytes = 8 * HV_MIB;
}
SPOIL(nothing_to_boot)
{
    bare(d, 2);
}
SPOIL(disk_of_another)
{
    bare(d, 2);
    disk(d, "D", 1, "a.img");
}
SPOIL(no_disk_among_devices)
{
    bare(d, 2);
    build_device(d, "D", 0x100, 2);
    set(&build_device(d, "N", 0x101, 3)->nic, "user");
}
SPOIL(domain_and_kernel)
{
    set(&real(d, 2)->domain.domain, "web1");
}
SPOIL(domain_and_initrd)
{
    set(&bare(d, 2)->domain.domain, "web1");
    set(&domain_def(d, 2)->initrd, "i");
}
SPOIL(domain_and_cmdline)
{
    set(&bare(d, 2)->domain.domain, "web1");
    set(&domain_def(d, 2)->cmdline, "ro");
}
SPOIL(initrd_alone)
{
    set(&bare(d, 2)->domain.initrd, "i");
}
SPOIL(cmdline_alone)
{
    set(&bare(d, 2)->domain.cmdline, "ro");
    disk(d, "D", 2, "a.img");
}
SPOIL(domain_twice)
{
    for (unsigned number = 1; number <= 2; number++)
        set(&bare(d, number)->domain.domain, "web1");
}
SPOIL(grow_dimm)
{
    real(d, 2)->domain.arch = HV_ARCH_S390X;
    domain_def(d, 2)->grow = HV_GROW_DIMM;
}
SPOIL(grow_virtio_mem)
{
    real(d, 2)->domain.arch = HV_ARCH_S390X;
    domain_def(d, 2)->grow = HV_GROW_VIRTIO_MEM;
}
SPOIL(disks_without_paths)
{
    g_ptr_array_add(bare(d, 2)->disks, g_strdup("a.img"));
    g_array_set_size(lpar_def(d, 2)->channels, 0);
}
SPOIL(disk_of_model)
{
    disk(d, "D", 2, "a.img");
}
SPOIL(nic_of_model)
{
    set(&build_device(d, "N", 0x100, 2)->nic, "user");
}
SPOIL(disk_and_nic)
{
    real(d, 2);
    set(&disk(d, "D", 2, "a.img")->nic, "user");
}
SPOIL(format_alone)
{
    real(d, 2);
    build_device(d, "D", 0x100, 2)->qcow2 = true;
}
SPOIL(disk_of_two)
{
    real(d, 2);
    hv_device_def_add_chp(disk(d, "D", 2, "a.img"), 1);
}
SPOIL(nic_of_two)
{
    HvDeviceDef *device = build_device(d, "N", 0x100, 2);

    real(d, 2);
    hv_device_def_add_chp(device, 0xA);
    hv_device_def_add_chp(device, 4);
    set(&device->nic, "user");
}
SPOIL(disk_shared)
{
    real(d, 2);
    d->machine->chps[0xA].mode = HV_CHP_SHARED;
    hv_device_def_add_chp(disk(d, "D", 2, "a.img"), 0xA);
}
SPOIL(disk_twice)
{
    real(d, 2);
    set(&d->machine->directory, "/srv/machine");
    disk(d, "D", 2, "a.img");
    disk(d, "E", 0xB, "/srv/machine/images/.././a.img");
}

const DefinitionProblem definition_guest_problems[] = {
    {uri_of_model, "machine", "uri", "qemu:///system", "only a machine with real guests",
     "backend = libvirt"},
    {cpus_of_model, "machine", "host-cpus", "3:0-1,3", "only a machine with real guests",
     "backend = libvirt"},
    {cpus_of_no_ip, "machine", "host-cpus", "4:0;5:1", "no IP 5: the machine has IPs 1 to 4", NULL},
    {guest_of_model, "lpar LPAR2", "guest", "LibVirt", "no real guests", "backend = libvirt in [machine]"},
    {model_domain, "lpar LPAR2", "domain", "web1", "that of LPAR2 is simulated", "guest = libvirt"},
    {model_arch, "lpar LPAR2", "arch", "s390x", "arch is for real guests", "guest = libvirt"},
    {model_virt, "lpar LPAR2", "virt", "kvm", "virt is for real guests", "guest = libvirt"},
    {model_grow, "lpar LPAR2", "ms-grow", "balloon", "ms-grow is for real guests", "guest = libvirt"},
    {model_kernel, "lpar LPAR2", "kernel", "k", "kernel is for real guests", "guest = libvirt"},
    {model_initrd, "lpar LPAR2", "initrd", "i", "initrd is for real guests", "guest = libvirt"},
    {model_cmdline, "lpar LPAR2", "cmdline", "ro", "cmdline is for real guests", "guest = libvirt"},
    {model_console_log, "lpar LPAR2", "console-log", "log", "console-log is for", "guest = libvirt"},
    {model_agent, "lpar LPAR2", "agent", "yes", "agent is for real guests", "guest = libvirt"},
    {model_disks, "lpar LPAR2", "disks", "a.img;b.img", "disks is for real guests", "guest = libvirt"},
    {real_workload, "lpar LPAR2", "workload", "io 50/s", "does what it does", "leave it out"},
    {real_es, "lpar LPAR2", "es", "16M", "cannot have expanded storage", "leave it out"},
    {real_es_reserved, "lpar LPAR2", "es-reserved", "8M", "cannot have expanded storage", "leave it out"},
    {nothing_to_boot, "lpar LPAR2", "domain", "", "nothing that LPAR2 could boot from", "kernel, or disks"},
    {disk_of_another, "lpar LPAR2", "domain", "", "nothing that LPAR2 could boot from", "kernel, or disks"},
    {no_disk_among_devices, "lpar LPAR2", "domain", "", "nothing that LPAR2 could boot from", "or disks"},
    {domain_and_kernel, "lpar LPAR2", "kernel", "k", "domain web1 is taken over as it is", "or domain"},
    {domain_and_initrd, "lpar LPAR2", "initrd", "i", "domain web1 is taken over as it is", "or domain"},
    {domain_and_cmdline, "lpar LPAR2", "cmdline", "ro", "domain web1 is taken over as it is", "or domain"},
    {initrd_alone, "lpar LPAR2", "initrd", "i", "initrd is given without a kernel", "kernel"},
    {cmdline_alone, "lpar LPAR2", "cmdline", "ro", "cmdline is given without a kernel", "kernel"},
    {domain_twice, "lpar LPAR2", "domain", "web1", "domain web1 is that of LPAR1", "of its own"},
    {grow_dimm, "lpar LPAR2", "ms-grow", "dimm", "s390x guests cannot grow by dimm", "ms-grow = balloon"},
    {grow_virtio_mem, "lpar LPAR2", "ms-grow", "virtio-mem", "cannot grow by virtio-mem", "balloon"},
    {disks_without_paths, "lpar LPAR2", "disks", "a.img", "LPAR2 has none", "give channels"},
    {disk_of_model, "device D", "disk", "a.img", "no real guests", "backend = libvirt in [machine]"},
    {nic_of_model, "device N", "nic", "user", "no real guests", "backend = libvirt in [machine]"},
    {disk_and_nic, "device D", "nic", "user", "D is a disk already", "two devices"},
    {format_alone, "device D", "format", "qcow2", "only a disk has a format", "give disk"},
    {disk_of_two, "device D", "disk", "a.img", "LPAR1 and LPAR2 would reach it", "of one LPAR"},
    {nic_of_two, "device N", "nic", "user", "LPAR2 and LPAR3 would reach it", "of one LPAR"},
    {disk_shared, "device D", "disk", "a.img", "path 0A is shared", "of one LPAR"},
    {disk_twice, "device E", "disk", "/srv/machine/images/.././a.img", "the disk of device D already",
     "its own"},
};

const unsigned definition_n_guest_problems = G_N_ELEMENTS(definition_guest_problems);
