/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What libvirt is told, read back by GLib's XML parser: it is well formed whatever the machine file said, and each
 * way to grow leaves the room that it needs.
 */
#include "hv/domain-xml.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* A text as "domain/memory[unit=KiB]:262144;": one entry per element that has text or attributes. */
typedef struct {
    GString *path, *flat;
} Flattener;

static void begin_element(
    G_GNUC_UNUSED GMarkupParseContext *context, const char *element, const char **names, const char **values,
    void *data, G_GNUC_UNUSED GError **error)
{
    Flattener *flattener = data;

    g_string_append_printf(flattener->path, "/%s", element);
    g_string_append_printf(flattener->flat, "\n%s", flattener->path->str);
    for (unsigned i = 0; names[i]; i++)
        g_string_append_printf(flattener->flat, " %s=%s", names[i], values[i]);
}

static void end_element(
    G_GNUC_UNUSED GMarkupParseContext *context, G_GNUC_UNUSED const char *element, void *data,
    G_GNUC_UNUSED GError **error)
{
    Flattener *flattener = data;

    g_string_truncate(flattener->path, (size_t)(strrchr(flattener->path->str, '/') - flattener->path->str));
}

static void add_text(
    G_GNUC_UNUSED GMarkupParseContext *context, const char *text, G_GNUC_UNUSED size_t length, void *data,
    G_GNUC_UNUSED GError **error)
{
    g_autofree char *stripped = g_strstrip(g_strdup(text));

    if (*stripped)
        g_string_append_printf(((Flattener *)data)->flat, ": %s", stripped);
}

static char *flatten(const char *xml)
{
    static const GMarkupParser parser = {
        .start_element = begin_element, .end_element = end_element, .text = add_text};
    Flattener flattener = {g_string_new(NULL), g_string_new(NULL)};
    g_autoptr(GMarkupParseContext) context = g_markup_parse_context_new(&parser, 0, &flattener, NULL);
    g_autoptr(GError) error = NULL;

    if (!g_markup_parse_context_parse(context, xml, -1, &error) ||
        !g_markup_parse_context_end_parse(context, &error))
        ck_abort_msg("%s\n%s", error->message, xml);
    g_string_append_c(flattener.flat, '\n');
    g_string_free(flattener.path, TRUE);
    return g_string_free(flattener.flat, FALSE);
}

static unsigned count(const char *text, const char *part)
{
    unsigned n = 0;

    for (const char *found = text; (found = strstr(found, part)); found += strlen(part))
        n++;
    return n;
}

static void assert_has(const char *flat, const char *line)
{
    g_autofree char *whole = g_strdup_printf("\n%s\n", line);

    ck_assert_msg(strstr(flat, whole) != NULL, "no line \"%s\" in:%s", line, flat);
}

static GPtrArray *devices_new(void)
{
    GPtrArray *devices = g_ptr_array_new_with_free_func((GDestroyNotify)hv_device_def_free);
    HvDeviceDef *simulated = hv_device_def_new("SIM", 0x0190, 0);
    HvDeviceDef *disk = hv_device_def_new("DISK", 0x1000, 0);
    HvDeviceDef *nic = hv_device_def_new("NIC", 0x1001, 0);
    HvDeviceDef *image = hv_device_def_new("IMAGE", 0x1002, 0);

    disk->disk = g_strdup("disks/a&b.img");
    nic->nic = g_strdup("network:<lan>");
    image->disk = g_strdup("/dev/vg/lv");
    image->qcow2 = true;
    g_ptr_array_add(devices, simulated);
    g_ptr_array_add(devices, disk);
    g_ptr_array_add(devices, nic);
    g_ptr_array_add(devices, image);
    return devices;
}

static char *domain(HvArch arch, HvGrow grow, bool kvm)
{
    g_autoptr(GPtrArray) devices = devices_new();
    g_autofree char *kernel = g_strdup("k"), *cmdline = g_strdup("a='<1>' & b=\"2\"");
    g_autofree char *log = g_strdup("log/LPAR1");
    const HvDomainDef def = {
        .arch = arch, .grow = grow, .kernel = kernel, .cmdline = cmdline, .console_log = log, .agent = kvm};
    const HvDomainShape shape = {
        .name = "M-LPAR1",
        .def = &def,
        .directory = "/machine",
        .kvm = kvm,
        .ms_bytes = 256 * HV_MIB,
        .ms_max_bytes = 640 * HV_MIB,
        .vcpus = 1,
        .vcpus_max = 3,
        .devices = devices,
    };
    g_autofree char *xml = hv_domain_xml(&shape);

    return flatten(xml);
}

START_TEST(everything_of_the_file_is_escaped)
{
    g_autofree char *flat = domain(HV_ARCH_X86_64, HV_GROW_DEFAULT, false);

    assert_has(flat, "/domain type=qemu");
    assert_has(flat, "/domain/name: M-LPAR1");
    assert_has(flat, "/domain/os/kernel: /machine/k");
    assert_has(flat, "/domain/os/cmdline: a='<1>' & b=\"2\"");
    assert_has(flat, "/domain/devices/disk/source file=/machine/disks/a&b.img");
    assert_has(flat, "/domain/devices/disk/source dev=/dev/vg/lv");
    assert_has(flat, "/domain/devices/disk/driver name=qemu type=qcow2");
    assert_has(flat, "/domain/devices/interface/source network=<lan>");
    assert_has(flat, "/domain/devices/console/log file=/machine/log/LPAR1 append=off");
    /* The simulated device is none of libvirt's, and the two disks are vda and vdb. */
    ck_assert_uint_eq(count(flat, "/domain/devices/disk "), 2);
    assert_has(flat, "/domain/devices/disk/target dev=vda bus=virtio");
    assert_has(flat, "/domain/devices/disk/target dev=vdb bus=virtio");
    ck_assert_uint_eq(count(flat, "org.qemu.guest_agent.0"), 0);
}
END_TEST

/* 256 MiB = 262144 KiB, 640 MiB = 655360 KiB, and 384 MiB = 393216 KiB between them. */
static const struct {
    HvArch arch;
    HvGrow grow;
    const char *has[4];
    bool has_cell, has_ports;
} rooms[] = {
    {HV_ARCH_X86_64,
     HV_GROW_DEFAULT,
     {"/domain/maxMemory slots=16 unit=KiB: 655360", "/domain/memory unit=KiB: 262144"},
     true,
     true},
    {HV_ARCH_X86_64,
     HV_GROW_DIMM,
     {"/domain/maxMemory slots=16 unit=KiB: 655360", "/domain/memory unit=KiB: 262144"},
     true,
     true},
    {HV_ARCH_X86_64,
     HV_GROW_VIRTIO_MEM,
     {"/domain/maxMemory slots=16 unit=KiB: 655360", "/domain/devices/memory model=virtio-mem",
      "/domain/devices/memory/target/size unit=KiB: 393216",
      "/domain/devices/memory/target/requested unit=KiB: 0"},
     true,
     true},
    {HV_ARCH_X86_64,
     HV_GROW_BALLOON,
     {"/domain/memory unit=KiB: 655360", "/domain/currentMemory unit=KiB: 262144"},
     false,
     true},
    {HV_ARCH_S390X,
     HV_GROW_DEFAULT,
     {"/domain/memory unit=KiB: 655360", "/domain/currentMemory unit=KiB: 262144",
      "/domain/devices/disk/address type=ccw cssid=0xfe ssid=0x0 devno=0x1000",
      "/domain/devices/interface/address type=ccw cssid=0xfe ssid=0x0 devno=0x1001"},
     false,
     false},
};

START_TEST(there_is_room_to_grow)
{
    g_autofree char *flat = domain(rooms[_i].arch, rooms[_i].grow, false);

    for (unsigned i = 0; i < G_N_ELEMENTS(rooms[_i].has) && rooms[_i].has[i]; i++)
        assert_has(flat, rooms[_i].has[i]);
    assert_has(flat, "/domain/vcpu current=1: 3");
    ck_assert_uint_eq(
        count(flat, "/domain/cpu/numa/cell id=0 cpus=0-2 memory=262144 unit=KiB"), rooms[_i].has_cell);
    ck_assert_uint_eq(count(flat, "model=pcie-root-port") >= 8 + 3, rooms[_i].has_ports);
}
END_TEST

START_TEST(kvm_and_agent_when_asked_for)
{
    g_autofree char *flat = domain(HV_ARCH_X86_64, HV_GROW_DEFAULT, true);

    assert_has(flat, "/domain type=kvm");
    assert_has(flat, "/domain/cpu mode=host-passthrough");
    assert_has(flat, "/domain/devices/channel/target type=virtio name=org.qemu.guest_agent.0");
}
END_TEST

START_TEST(pieces_are_attached)
{
    g_autoptr(GPtrArray) devices = devices_new();
    g_autofree char *dimm = hv_domain_xml_dimm(128 * HV_MIB);
    g_autofree char *disk =
        hv_domain_xml_device(g_ptr_array_index(devices, 1), HV_ARCH_S390X, 25, "/machine");
    g_autofree char *memory = hv_domain_xml_virtio_mem(384 * HV_MIB, 128 * HV_MIB, NULL);
    g_autofree char *flat_dimm = flatten(dimm), *flat_disk = flatten(disk), *flat_memory = flatten(memory);

    assert_has(flat_dimm, "/memory model=dimm");
    assert_has(flat_dimm, "/memory/target/size unit=KiB: 131072");
    assert_has(flat_disk, "/disk/target dev=vdz bus=virtio");
    assert_has(flat_disk, "/disk/address type=ccw cssid=0xfe ssid=0x0 devno=0x1000");
    assert_has(flat_memory, "/memory/target/size unit=KiB: 393216");
    assert_has(flat_memory, "/memory/target/requested unit=KiB: 131072");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("domain-xml");
    TCase *tcase = tcase_create("texts");

    tcase_add_test(tcase, everything_of_the_file_is_escaped);
    tcase_add_loop_test(tcase, there_is_room_to_grow, 0, G_N_ELEMENTS(rooms));
    tcase_add_test(tcase, kvm_and_agent_when_asked_for);
    tcase_add_test(tcase, pieces_are_attached);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
