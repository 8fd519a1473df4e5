/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Domains as libvirt reads them.
 *
 * A domain is defined so that it can grow without a restart: room for DIMMs or a virtio-mem device on x86_64, a
 * balloon that holds the reserved part on IBM Z; vCPUs up to the most that an INTEG can give; and on x86_64 a
 * number of free PCI Express ports, because a device can be plugged into a free port only. What is written here is
 * what libvirt 9.0 and QEMU 7.2 were seen to start and to grow.
 *
 * Everything that comes from a machine file is escaped.
 */
#include "hv/domain-xml.h"

#include <string.h>

/* One port takes one device; what an INTEG brings needs a free one. */
#define XML_FREE_PORTS 8
#define XML_DIMM_SLOTS 16
/* The granule of virtio-mem on x86_64, a transparent huge page. */
#define XML_VIRTIO_MEM_BLOCK_KIB 2048
#define KIB(bytes)               ((bytes) / 1024)

G_GNUC_PRINTF(2, 3)
static void add(GString *xml, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_autofree char *text = g_markup_vprintf_escaped(format, arguments);

    va_end(arguments);
    g_string_append(xml, text);
}

static char *absolute(const char *file, const char *directory)
{
    return g_canonicalize_filename(file, directory);
}

static HvGrow shape_grow(const HvDomainShape *shape)
{
    return hv_grow_resolve(shape->def->grow, shape->def->arch);
}

/* --- Storage and processors ----------------------------------------------------------------------------- */

static void add_storage(GString *xml, const HvDomainShape *shape)
{
    uint64_t ms_kib = KIB(shape->ms_bytes), max_kib = KIB(shape->ms_max_bytes);

    if (shape_grow(shape) == HV_GROW_BALLOON) {
        add(xml, "  <memory unit='KiB'>%" G_GUINT64_FORMAT "</memory>\n", max_kib);
        add(xml, "  <currentMemory unit='KiB'>%" G_GUINT64_FORMAT "</currentMemory>\n", ms_kib);
        return;
    }
    if (max_kib > ms_kib) /* QEMU refuses slots that nothing could be plugged into */
        add(xml, "  <maxMemory slots='%d' unit='KiB'>%" G_GUINT64_FORMAT "</maxMemory>\n", XML_DIMM_SLOTS,
            max_kib);
    add(xml, "  <memory unit='KiB'>%" G_GUINT64_FORMAT "</memory>\n", ms_kib);
}

/* Storage that is plugged in belongs to a NUMA cell, so there must be one. */
static void add_processors(GString *xml, const HvDomainShape *shape)
{
    add(xml, "  <vcpu current='%u'>%u</vcpu>\n", shape->vcpus, shape->vcpus_max);
    if (shape_grow(shape) == HV_GROW_BALLOON)
        return;
    g_string_append(xml, shape->kvm ? "  <cpu mode='host-passthrough'>" : "  <cpu>");
    add(xml, "<numa><cell id='0' cpus='0-%u' memory='%" G_GUINT64_FORMAT "' unit='KiB'/></numa></cpu>\n",
        shape->vcpus_max - 1, KIB(shape->ms_bytes));
}

char *hv_domain_xml_dimm(uint64_t size_bytes)
{
    return g_strdup_printf(
        "<memory model='dimm'><target><size unit='KiB'>%" G_GUINT64_FORMAT
        "</size><node>0</node></target></memory>\n",
        KIB(size_bytes));
}

char *hv_domain_xml_virtio_mem(uint64_t max_bytes, uint64_t requested_bytes, const char *address)
{
    return g_strdup_printf(
        "<memory model='virtio-mem'><target><size unit='KiB'>%" G_GUINT64_FORMAT
        "</size><node>0</node><block unit='KiB'>%d</block><requested unit='KiB'>%" G_GUINT64_FORMAT
        "</requested></target><alias name='" HV_DOMAIN_VIRTIO_MEM_ALIAS "'/>%s</memory>\n",
        KIB(max_bytes), XML_VIRTIO_MEM_BLOCK_KIB, KIB(requested_bytes), address ? address : "");
}

/* --- Devices -------------------------------------------------------------------------------------------- */

char *hv_domain_xml_alias(const HvDeviceDef *device)
{
    return g_strdup_printf("ua-lparsim-%04x", device->number);
}

/* By what it is known again, and, on IBM Z, where the guest sees it. */
static void add_identity(GString *xml, const HvDeviceDef *device, HvArch arch)
{
    g_autofree char *alias = hv_domain_xml_alias(device);

    add(xml, "<alias name='%s'/>", alias);
    if (arch == HV_ARCH_S390X)
        add(xml, "<address type='ccw' cssid='0xfe' ssid='0x0' devno='0x%04x'/>", device->number);
}

static void
add_disk(GString *xml, const HvDeviceDef *device, HvArch arch, unsigned slot, const char *directory)
{
    g_autofree char *file = absolute(device->disk, directory);
    bool is_block = g_str_has_prefix(file, "/dev/");

    g_assert(slot < HV_DOMAIN_DISKS);
    add(xml, "<disk type='%s' device='disk'><driver name='qemu' type='%s'/>", is_block ? "block" : "file",
        device->qcow2 ? "qcow2" : "raw");
    add(xml, "<source %s='%s'/><target dev='vd%c' bus='virtio'/>", is_block ? "dev" : "file", file,
        (int)('a' + slot));
    add_identity(xml, device, arch);
    add(xml, "</disk>\n");
}

static void add_nic(GString *xml, const HvDeviceDef *device, HvArch arch)
{
    const char *name = strchr(device->nic, ':');

    if (!name)
        add(xml, "<interface type='user'>");
    else if (g_str_has_prefix(device->nic, "network:"))
        add(xml, "<interface type='network'><source network='%s'/>", name + 1);
    else
        add(xml, "<interface type='bridge'><source bridge='%s'/>", name + 1);
    add(xml, "<model type='virtio'/>");
    add_identity(xml, device, arch);
    add(xml, "</interface>\n");
}

char *hv_domain_xml_device(const HvDeviceDef *device, HvArch arch, unsigned slot, const char *directory)
{
    GString *xml = g_string_new(NULL);

    g_assert(device->disk || device->nic);
    if (device->disk)
        add_disk(xml, device, arch, slot, directory);
    else
        add_nic(xml, device, arch);
    return g_string_free(xml, FALSE);
}

static void add_devices(GString *xml, const HvDomainShape *shape)
{
    unsigned slot = 0;

    for (unsigned i = 0; i < shape->devices->len; i++) {
        const HvDeviceDef *device = g_ptr_array_index(shape->devices, i);

        if (!device->disk && !device->nic)
            continue;
        g_autofree char *text = hv_domain_xml_device(device, shape->def->arch, slot, shape->directory);
        g_string_append_printf(xml, "    %s", text);
        slot += device->disk != NULL;
    }
}

static void add_ports(GString *xml, const HvDomainShape *shape)
{
    if (shape->def->arch != HV_ARCH_X86_64)
        return;
    add(xml, "    <controller type='pci' index='0' model='pcie-root'/>\n");
    for (unsigned i = 0; i < XML_FREE_PORTS + shape->devices->len; i++)
        add(xml, "    <controller type='pci' index='%u' model='pcie-root-port'/>\n", i + 1);
}

/* What the guest prints goes into a file as well, and what is typed for it comes over the pseudo terminal. */
static void add_console(GString *xml, const HvDomainShape *shape)
{
    add(xml, "    <console type='pty'><target type='%s'/>",
        shape->def->arch == HV_ARCH_S390X ? "sclp" : "serial");
    if (shape->def->console_log) {
        g_autofree char *log = absolute(shape->def->console_log, shape->directory);

        add(xml, "<log file='%s' append='off'/>", log);
    }
    add(xml, "</console>\n");
    if (shape->def->agent)
        add(xml,
            "    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>\n");
}

/* --- The domain ----------------------------------------------------------------------------------------- */

static void add_file(GString *xml, const char *element, const char *file, const char *directory)
{
    if (!file)
        return;
    g_autofree char *path = absolute(file, directory);

    add(xml, "<%s>%s</%s>", element, path, element);
}

static void add_boot(GString *xml, const HvDomainShape *shape)
{
    const HvDomainDef *def = shape->def;
    const char *machine = def->arch == HV_ARCH_S390X ? "s390-ccw-virtio" : "q35";

    add(xml, "  <os><type arch='%s' machine='%s'>hvm</type>", hv_arch_name(def->arch), machine);
    add_file(xml, "kernel", def->kernel, shape->directory);
    add_file(xml, "initrd", def->initrd, shape->directory);
    if (def->cmdline)
        add(xml, "<cmdline>%s</cmdline>", def->cmdline);
    add(xml, "</os>\n");
    if (def->arch == HV_ARCH_X86_64)
        add(xml, "  <features><acpi/></features>\n");
}

char *hv_domain_xml(const HvDomainShape *shape)
{
    GString *xml = g_string_new(NULL);

    g_assert(shape->vcpus >= 1 && shape->vcpus <= shape->vcpus_max);
    g_assert(shape->ms_bytes <= shape->ms_max_bytes);
    add(xml, "<domain type='%s'>\n  <name>%s</name>\n", shape->kvm ? "kvm" : "qemu", shape->name);
    if (shape->owner)
        add(xml, "  <metadata><owner xmlns='" HV_DOMAIN_OWNER_NAMESPACE "'>%s</owner></metadata>\n",
            shape->owner);
    add_storage(xml, shape);
    add_processors(xml, shape);
    add_boot(xml, shape);
    add(xml, "  <on_poweroff>destroy</on_poweroff>\n  <on_crash>destroy</on_crash>\n  <devices>\n");
    add_ports(xml, shape);
    add_devices(xml, shape);
    if (shape_grow(shape) == HV_GROW_VIRTIO_MEM && shape->ms_max_bytes > shape->ms_bytes) {
        g_autofree char *memory = hv_domain_xml_virtio_mem(shape->ms_max_bytes - shape->ms_bytes, 0, NULL);
        g_string_append_printf(xml, "    %s", memory);
    }
    add_console(xml, shape);
    add(xml, "    <memballoon model='virtio'/>\n  </devices>\n</domain>\n");
    return g_string_free(xml, FALSE);
}
