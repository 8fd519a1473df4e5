/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading domains: what hv_domain_xml() writes is read back, and what libvirt 9.0 prints of a running domain is understood.
 *
 * Writer and reader are two programs: one writes text, the other asks libxml2 for paths. Garbage is the text of a running
 * domain with bytes changed at random.
 */
#include "hv/domain-view.h"

#include "hv/domain-xml.h"
#include "hv/error.h"
#include "hv/rng.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void device_free(void *data)
{
    hv_device_def_free(data);
}

static void add_device(GPtrArray *devices, uint16_t number, const char *disk, const char *nic, bool qcow2)
{
    HvDeviceDef *device = hv_device_def_new("DEVICE", number, 1);

    device->disk = g_strdup(disk);
    device->nic = g_strdup(nic);
    device->qcow2 = qcow2;
    g_ptr_array_add(devices, device);
}

static GPtrArray *devices_new(void)
{
    GPtrArray *devices = g_ptr_array_new_with_free_func(device_free);

    add_device(devices, 0x1000, "a&b.img", NULL, false);
    add_device(devices, 0x1001, "/dev/vg/lv", NULL, true);
    add_device(devices, 0x1002, NULL, "user", false);
    add_device(devices, 0x1003, NULL, "network:default", false);
    add_device(devices, 0x1004, NULL, "bridge:br0", false);
    return devices;
}

static const struct {
    HvArch arch;
    HvGrow grow;
    bool kvm;
    uint64_t memory_mib, current_mib, max_mib, virtio_mem_mib; /* as the view has them */
    unsigned dimm_slots;
    bool has_ports;
    HvGrow reads_as;
} shapes[] = {
    /* 256 MiB that can grow to 640; the virtio-mem device is of the 384 between, the balloon holds them. */
    {HV_ARCH_X86_64, HV_GROW_DIMM, false, 256, 256, 640, 0, 16, true, HV_GROW_DIMM},
    {HV_ARCH_X86_64, HV_GROW_VIRTIO_MEM, true, 256, 256, 640, 384, 16, true, HV_GROW_VIRTIO_MEM},
    {HV_ARCH_X86_64, HV_GROW_BALLOON, false, 640, 256, 0, 0, 0, true, HV_GROW_BALLOON},
    {HV_ARCH_S390X, HV_GROW_DEFAULT, false, 640, 256, 0, 0, 0, false, HV_GROW_BALLOON},
};

static void check_devices(const HvDomainView *view, HvArch arch)
{
    static const struct {
        const char *alias, *source, *target;
        bool is_disk, qcow2;
    } wanted[] = {
        {"ua-lparsim-1000", "/m/a&b.img", "vda", true, false},
        {"ua-lparsim-1001", "/dev/vg/lv", "vdb", true, true},
        {"ua-lparsim-1002", "user", NULL, false, false},
        {"ua-lparsim-1003", "network:default", NULL, false, false},
        {"ua-lparsim-1004", "bridge:br0", NULL, false, false},
    };

    ck_assert_uint_eq(view->devices->len, G_N_ELEMENTS(wanted));
    for (unsigned i = 0; i < G_N_ELEMENTS(wanted); i++) {
        const HvDomainViewDevice *device = hv_domain_view_find(view, wanted[i].alias, NULL);

        ck_assert_ptr_nonnull(device);
        ck_assert_str_eq(device->source, wanted[i].source);
        ck_assert_pstr_eq(device->target, wanted[i].target);
        ck_assert_int_eq(device->is_disk, wanted[i].is_disk);
        ck_assert_int_eq(device->qcow2, wanted[i].qcow2);
        ck_assert_int_eq(device->has_devno, arch == HV_ARCH_S390X);
        ck_assert_uint_eq(device->devno, arch == HV_ARCH_S390X ? 0x1000 + i : 0);
    }
    ck_assert_ptr_nonnull(hv_domain_view_find(view, NULL, "/dev/vg/lv"));
    ck_assert_ptr_null(hv_domain_view_find(view, NULL, "user")); /* sources are looked for among disks only */
    ck_assert_ptr_null(hv_domain_view_find(view, "ua-lparsim-2000", "/m/other.img"));
}

START_TEST(what_is_written_is_read)
{
    g_autoptr(GPtrArray) devices = devices_new();
    char kernel[] = "k", log[] = "log";
    const HvDomainDef def = {
        .arch = shapes[_i].arch,
        .grow = shapes[_i].grow,
        .kernel = kernel,
        .console_log = log,
        .agent = true};
    const HvDomainShape shape = {
        .name = "M-LPAR1",
        .def = &def,
        .directory = "/m",
        .owner = "1@host",
        .kvm = shapes[_i].kvm,
        .ms_bytes = 256 * HV_MIB,
        .ms_max_bytes = 640 * HV_MIB,
        .vcpus = 2,
        .vcpus_max = 5,
        .devices = devices,
    };
    g_autofree char *xml = hv_domain_xml(&shape);
    g_autoptr(HvDomainView) view = hv_domain_view_parse(xml, NULL);

    ck_assert_ptr_nonnull(view);
    ck_assert_str_eq(view->name, "M-LPAR1");
    ck_assert(view->arch_known && view->arch == shapes[_i].arch);
    ck_assert_int_eq(view->kvm, shapes[_i].kvm);
    ck_assert_ptr_null(view->uuid); /* libvirt gives it one */
    ck_assert_uint_eq(view->memory_bytes, shapes[_i].memory_mib * HV_MIB);
    ck_assert_uint_eq(view->current_bytes, shapes[_i].current_mib * HV_MIB);
    ck_assert_uint_eq(view->max_bytes, shapes[_i].max_mib * HV_MIB);
    ck_assert_uint_eq(view->dimm_slots, shapes[_i].dimm_slots);
    ck_assert_uint_eq(view->dimm_slots_used, 0);
    ck_assert_int_eq(view->has_virtio_mem, shapes[_i].virtio_mem_mib > 0);
    ck_assert_uint_eq(view->virtio_mem_bytes, shapes[_i].virtio_mem_mib * HV_MIB);
    ck_assert_uint_eq(view->virtio_mem_requested_bytes, 0);
    ck_assert_ptr_null(view->virtio_mem_address);
    /* Eight to spare, and one for each of the five devices. */
    ck_assert_int_eq(view->has_ports, shapes[_i].has_ports);
    ck_assert_uint_eq(view->free_ports, shapes[_i].has_ports ? 8 + 5 : 0);
    ck_assert_uint_eq(view->vcpus, 2);
    ck_assert_uint_eq(view->vcpus_max, 5);
    ck_assert(view->has_balloon && view->has_agent && !view->agent_answers);
    ck_assert_str_eq(view->console_log, "/m/log");
    ck_assert_int_eq(hv_domain_view_grow(view), shapes[_i].reads_as);
    check_devices(view, shapes[_i].arch);
}
END_TEST

static const char live[] =
    "<domain type='kvm' id='4'><name>web</name><uuid>6695eb01-f6a4-8304-79aa-97f2502e193f</uuid>"
    "<maxMemory slots='4' unit='KiB'>524288</maxMemory><memory unit='KiB'>393216</memory>"
    "<currentMemory unit='KiB'>262144</currentMemory><vcpu placement='static' current='3'>8</vcpu>"
    "<os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os><devices>"
    "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/a.qcow2' index='1'/>"
    "<target dev='vda' bus='virtio'/><alias name='virtio-disk0'/></disk>"
    "<disk type='file' device='cdrom'><source file='/cd.iso'/><target dev='sda' bus='sata'/></disk>"
    "<disk type='network' device='disk'><source protocol='rbd' name='p/i'/><target dev='vdb' "
    "bus='virtio'/></disk>"
    "<interface type='network'><source network='default' bridge='virbr0'/><target dev='vnet0'/></interface>"
    "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0' state='connected'/></channel>"
    "<memory model='dimm'><target><size unit='KiB'>131072</size><node>0</node></target></memory>"
    "<memory model='virtio-mem'><target><size unit='MiB'>128</size><node>0</node><block "
    "unit='KiB'>2048</block>"
    "<requested unit='KiB'>65536</requested><current unit='KiB'>32768</current></target>"
    "<alias name='ua-lparsim-ms'/><address type='pci' domain='0x0000' bus='0x04' slot='0x00' "
    "function='0x0'/></memory>"
    "<controller type='pci' index='0' model='pcie-root'/>"
    "<controller type='pci' index='1' model='pcie-root-port'><address type='pci' bus='0x00' "
    "slot='0x01'/></controller>"
    "<controller type='pci' index='4' model='pcie-root-port'><address type='pci' bus='0x00' "
    "slot='0x02'/></controller>"
    "<controller type='pci' index='10' model='pcie-root-port'><address type='pci' bus='0x00' "
    "slot='0x03'/></controller>"
    "<controller type='usb' index='0'><address type='pci' bus='0x0a' slot='0x00'/></controller>"
    "<memballoon model='none'/></devices></domain>";

START_TEST(a_running_domain_is_understood)
{
    g_autoptr(HvDomainView) view = hv_domain_view_parse(live, NULL);

    ck_assert_str_eq(view->uuid, "6695eb01-f6a4-8304-79aa-97f2502e193f");
    ck_assert(view->kvm && view->has_agent && view->agent_answers && !view->has_balloon);
    ck_assert_uint_eq(view->memory_bytes, 384 * HV_MIB);
    ck_assert_uint_eq(view->current_bytes, 256 * HV_MIB);
    ck_assert_uint_eq(view->vcpus, 3);
    ck_assert_uint_eq(view->dimm_slots, 4);
    ck_assert_uint_eq(view->dimm_slots_used, 1);
    ck_assert(view->has_virtio_mem);
    ck_assert_uint_eq(view->virtio_mem_bytes, 128 * HV_MIB);
    ck_assert_uint_eq(view->virtio_mem_requested_bytes, 64 * HV_MIB);
    ck_assert_uint_eq(view->virtio_mem_current_bytes, 32 * HV_MIB);
    ck_assert_ptr_nonnull(strstr(view->virtio_mem_address, "bus=\"0x04\""));
    ck_assert_uint_eq(view->devices->len, 3); /* the CD-ROM is left out */
    /* In port 4 is the virtio-mem device, in port 10 the USB controller. */
    ck_assert(view->has_ports);
    ck_assert_uint_eq(view->free_ports, 1);
    const HvDomainViewDevice *network = view->devices->pdata[1];

    ck_assert_ptr_null(network->source);
    ck_assert_uint_eq(hv_domain_view_limit_bytes(view, HV_GROW_DIMM), 512 * HV_MIB);
    ck_assert_uint_eq(hv_domain_view_limit_bytes(view, HV_GROW_BALLOON), 256 * HV_MIB);
}
END_TEST

/* IBM Z's CPU architecture with what only x86_64 has, a DIMM, to tell what is read from what is assumed. */
static const char with_balloon[] =
    "<?xml version='1.0'?>\n<domain type='qemu' id='1'>\n  <name>db</name>\n"
    "  <uuid>00000000-0000-4000-8000-000000000001</uuid>\n"
    "  <maxMemory slots='16' unit='KiB'>1048576</maxMemory>\n  <memory unit='KiB'>393216</memory>\n"
    "  <currentMemory unit='KiB'>327680</currentMemory>\n  <vcpu placement='static'>4</vcpu>\n"
    "  <os>\n    <type arch='s390x' machine='s390-ccw-virtio-7.2'>hvm</type>\n  </os>\n  <devices>\n"
    "    <disk type='block' device='lun'><source dev='/dev/sdx' index='2'/><backingStore/>"
    "<target dev='sda' bus='scsi'/><alias name='scsi0-0-0-0'/></disk>\n"
    "    <disk type='file'><driver name='qemu' type='raw'/><source file='/b.img' index='1'/>"
    "<target dev='vda' bus='virtio'/><alias name='ua-lparsim-1a2b'/>"
    "<address type='ccw' cssid='0xfe' ssid='0x0' devno='0x1a2b'/></disk>\n"
    "    <disk type='file' device='floppy'><source file='/fd.img'/><target dev='fda'/></disk>\n"
    "    <interface type='bridge'><mac address='52:54:00:00:00:01'/><source bridge='br1'/>"
    "<target dev='vnet1'/><alias name='net0'/>"
    "<address type='ccw' cssid='0xfe' ssid='0x0' devno='0x0000'/></interface>\n"
    "    <interface type='direct'><source dev='eth0' mode='bridge'/><target dev='macvtap0'/></interface>\n"
    "    <serial type='pty'><source path='/dev/pts/1'/><log file='/s.log' append='off'/></serial>\n"
    "    <console type='pty' tty='/dev/pts/1'><target type='sclp' port='0'/></console>\n"
    "    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0' state='disconnected'/>"
    "</channel>\n"
    "    <channel type='spicevmc'><target type='virtio' name='com.redhat.spice.0' state='connected'/>"
    "</channel>\n"
    "    <memory model='dimm'><target><size unit='KiB'>131072</size><node>0</node></target>"
    "<alias name='dimm0'/><address type='dimm' slot='0' base='0x100000000'/></memory>\n"
    "    <memory model='virtio-mem'><target><size unit='KiB'>131072</size><requested unit='KiB'>0"
    "</requested></target><alias name='virtiomem0'/></memory>\n"
    "    <memballoon model='virtio'><stats period='1'/><alias name='balloon0'/></memballoon>\n"
    "  </devices>\n</domain>\n";

START_TEST(a_domain_with_balloon_and_dimm_is_understood)
{
    static const struct {
        const char *source, *target, *alias;
        bool is_disk, has_devno;
        unsigned devno;
    } wanted[] = {
        {"/dev/sdx", "sda", "scsi0-0-0-0", true, false, 0},
        {"/b.img", "vda", "ua-lparsim-1a2b", true, true, 0x1a2b},
        {"bridge:br1", "vnet1", "net0", false, true, 0},
        {NULL, "macvtap0", NULL, false, false, 0},
    };
    g_autoptr(HvDomainView) view = hv_domain_view_parse(with_balloon, NULL);

    ck_assert_ptr_nonnull(view);
    ck_assert(view->arch_known && view->arch == HV_ARCH_S390X && !view->kvm);
    ck_assert_uint_eq(view->memory_bytes, 384 * HV_MIB);
    ck_assert_uint_eq(view->current_bytes, 320 * HV_MIB);
    ck_assert_uint_eq(view->max_bytes, HV_GIB);
    ck_assert_uint_eq(view->dimm_slots_used, 1);
    ck_assert(view->has_balloon && view->has_agent && !view->agent_answers);
    /* Another's virtio-mem device is none of ours. */
    ck_assert(!view->has_virtio_mem && view->virtio_mem_bytes == 0 && !view->virtio_mem_address);
    ck_assert_uint_eq(view->vcpus, 4);
    ck_assert_uint_eq(view->vcpus_max, 4);
    ck_assert(!view->has_ports && view->free_ports == 0);
    ck_assert_str_eq(view->console_log, "/s.log");
    ck_assert_uint_eq(view->devices->len, G_N_ELEMENTS(wanted));
    for (unsigned i = 0; i < G_N_ELEMENTS(wanted); i++) {
        const HvDomainViewDevice *device = view->devices->pdata[i];

        ck_assert_pstr_eq(device->source, wanted[i].source);
        ck_assert_pstr_eq(device->target, wanted[i].target);
        ck_assert_pstr_eq(device->alias, wanted[i].alias);
        ck_assert_int_eq(device->is_disk, wanted[i].is_disk);
        ck_assert_int_eq(device->has_devno, wanted[i].has_devno);
        ck_assert_uint_eq(device->devno, wanted[i].devno);
    }
}
END_TEST

/* Sizes in GiB; limits by DIMM, by virtio-mem, by balloon. */
static const struct {
    unsigned memory, current, max, slots;
    bool virtio_mem, balloon;
    HvGrow grow;
    unsigned dimm_limit, virtio_mem_limit, balloon_limit;
} ways[] = {
    {4, 4, 16, 8, false, true, HV_GROW_DIMM, 16, 4, 4},
    {4, 2, 16, 8, false, true, HV_GROW_DIMM, 16, 4, 4},
    {4, 2, 16, 8, false, false, HV_GROW_DIMM, 16, 4, 2},
    /* Room without slots, and slots without room, take no DIMM. */
    {4, 2, 16, 0, false, true, HV_GROW_BALLOON, 16, 4, 4},
    {4, 2, 4, 8, false, true, HV_GROW_BALLOON, 4, 4, 4},
    {4, 2, 0, 0, false, true, HV_GROW_BALLOON, 4, 4, 4},
    {4, 2, 0, 0, false, false, HV_GROW_BALLOON, 4, 4, 2},
    /* The device is part of the 4 GiB. */
    {4, 2, 4, 8, true, true, HV_GROW_VIRTIO_MEM, 4, 4, 4},
    {4, 2, 16, 8, true, false, HV_GROW_VIRTIO_MEM, 16, 4, 2},
};

START_TEST(there_is_a_way_to_grow_and_a_limit)
{
    const HvDomainView view = {
        .memory_bytes = ways[_i].memory * HV_GIB,
        .current_bytes = ways[_i].current * HV_GIB,
        .max_bytes = ways[_i].max * HV_GIB,
        .dimm_slots = ways[_i].slots,
        .has_virtio_mem = ways[_i].virtio_mem,
        .has_balloon = ways[_i].balloon,
    };

    ck_assert_int_eq(hv_domain_view_grow(&view), ways[_i].grow);
    ck_assert_uint_eq(hv_domain_view_limit_bytes(&view, HV_GROW_DIMM), ways[_i].dimm_limit * HV_GIB);
    ck_assert_uint_eq(
        hv_domain_view_limit_bytes(&view, HV_GROW_VIRTIO_MEM), ways[_i].virtio_mem_limit * HV_GIB);
    ck_assert_uint_eq(hv_domain_view_limit_bytes(&view, HV_GROW_BALLOON), ways[_i].balloon_limit * HV_GIB);
}
END_TEST

/* --- Garbage -------------------------------------------------------------------------------------------- */

static const char *const garbage[] = {
    "",
    " ",
    "<domain",
    "<domain>",
    "<domain></network>",
    "<domain/><domain/>",
    "no XML",
    "<network><name>default</name></network>",
    "<domains><domain/></domains>",
    "<domain>\xff</domain>",
    "<domain>&nothing;</domain>",
};

START_TEST(what_is_no_domain_is_refused)
{
    g_autoptr(GError) error = NULL;

    ck_assert_ptr_null(hv_domain_view_parse(garbage[_i], &error));
    ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_DOMAIN));
    ck_assert_ptr_null(hv_domain_view_parse(garbage[_i], NULL));
}
END_TEST

START_TEST(an_empty_domain_has_nothing)
{
    g_autoptr(HvDomainView) view = hv_domain_view_parse("<domain/>", NULL);

    ck_assert_ptr_nonnull(view);
    ck_assert(!view->name && !view->uuid && !view->console_log);
    ck_assert(!view->arch_known && !view->kvm && !view->has_balloon && !view->has_agent && !view->has_ports);
    ck_assert_uint_eq(view->memory_bytes + view->current_bytes + view->max_bytes + view->vcpus, 0);
    ck_assert_uint_eq(view->devices->len, 0);
    ck_assert_ptr_null(hv_domain_view_find(view, NULL, NULL));
}
END_TEST

START_TEST(garbage_does_no_harm)
{
    uint64_t seed = (uint64_t)g_get_real_time();
    unsigned n_read = 0;
    HvRng rng;

    hv_rng_init(&rng, seed, "garbage");
    printf("seed %" G_GUINT64_FORMAT "\n", seed);
    for (unsigned i = 0; i < 2000; i++) {
        g_autofree char *xml = g_strdup(i % 2 ? live : with_balloon);
        size_t length = strlen(xml);
        g_autoptr(GError) error = NULL;

        for (unsigned k = 0; k < 1 + i % 3; k++)
            xml[hv_rng_below(&rng, length)] = (char)(1 + hv_rng_below(&rng, 255));
        if (i % 16 == 0)
            xml[hv_rng_below(&rng, length)] = '\0';
        g_autoptr(HvDomainView) view = hv_domain_view_parse(xml, &error);

        ck_assert_int_eq(view != NULL, error == NULL);
        if (view)
            hv_domain_view_limit_bytes(view, hv_domain_view_grow(view));
        n_read += view != NULL;
    }
    /* Some of them are XML still. */
    ck_assert_uint_gt(n_read, 0);
    ck_assert_uint_lt(n_read, 2000);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("domain-view");
    TCase *tcase = tcase_create("views");

    tcase_add_loop_test(tcase, what_is_written_is_read, 0, G_N_ELEMENTS(shapes));
    tcase_add_test(tcase, a_running_domain_is_understood);
    tcase_add_test(tcase, a_domain_with_balloon_and_dimm_is_understood);
    tcase_add_loop_test(tcase, there_is_a_way_to_grow_and_a_limit, 0, G_N_ELEMENTS(ways));
    tcase_add_loop_test(tcase, what_is_no_domain_is_refused, 0, G_N_ELEMENTS(garbage));
    tcase_add_test(tcase, an_empty_domain_has_nothing);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, garbage_does_no_harm);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
