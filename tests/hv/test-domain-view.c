/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading domains: what hv_domain_xml() writes is read back, and what libvirt 9.0 prints of a running domain is understood.
 *
 * Writer and reader are two programs: one writes text, the other asks libxml2 for paths.
 */
#include "hv/domain-view.h"

#include "hv/domain-xml.h"
#include "hv/error.h"

#include <check.h>
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
    uint64_t current_mib, max_mib; /* as the view has them */
    HvGrow reads_as;
} shapes[] = {
    {HV_ARCH_X86_64, HV_GROW_DIMM, false, 256, 640, HV_GROW_DIMM},
    {HV_ARCH_X86_64, HV_GROW_VIRTIO_MEM, true, 256, 640, HV_GROW_VIRTIO_MEM},
    {HV_ARCH_X86_64, HV_GROW_BALLOON, false, 256, 0, HV_GROW_BALLOON},
    {HV_ARCH_S390X, HV_GROW_DEFAULT, false, 256, 0, HV_GROW_BALLOON},
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
    ck_assert_uint_eq(view->current_bytes, shapes[_i].current_mib * HV_MIB);
    ck_assert_uint_eq(view->max_bytes, shapes[_i].max_mib * HV_MIB);
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

static const char *const garbage[] = {"", "<domain", "no XML", "<network><name>default</name></network>"};

START_TEST(what_is_no_domain_is_refused)
{
    g_autoptr(GError) error = NULL;

    ck_assert_ptr_null(hv_domain_view_parse(garbage[_i], &error));
    ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_DOMAIN));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("domain-view");
    TCase *tcase = tcase_create("views");

    tcase_add_loop_test(tcase, what_is_written_is_read, 0, G_N_ELEMENTS(shapes));
    tcase_add_test(tcase, a_running_domain_is_understood);
    tcase_add_loop_test(tcase, what_is_no_domain_is_refused, 0, G_N_ELEMENTS(garbage));
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
