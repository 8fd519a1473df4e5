/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The keys of real guests in machine files: as they can be read, as they are written then, which field they reach, with
 * which words they are refused, and which devices `disks` stands for.
 */
#include "svp/machine-file-disks.h"
#include "svp/machine-file-keys.h"
#include "tests/svp/machine-text.h"

#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

/* A small machine with a real guest and one more line in one group: line 6, 12 or 16. */
static char *with_line(SvpFileKind kind, const char *line)
{
    const char *lines[SVP_FILE_KINDS] = {"", "", "", "", "", "", ""};
    bool boots = kind == SVP_FILE_LPAR && (g_str_has_prefix(line, "domain") || strstr(line, "kernel"));

    lines[kind] = line;
    return g_strdup_printf(
        "[machine]\nips = 4\nms = 1G\nbackend = libvirt\nchannels = 03;04;05\n%s\n"
        "[lpar A]\nms = 64M\nip-shares = 1:50\nguest = libvirt\nchannels = 03;04\n%s\n%s\n"
        "[device 0190]\nchannels = 05\n%s\n",
        lines[SVP_FILE_MACHINE], lines[SVP_FILE_LPAR], boots ? "" : "kernel = k", lines[SVP_FILE_DEVICE]);
}

/* What is written is what was read, or, where `written` is given, that; "" if nothing is written. */
static const struct {
    SvpFileKind kind;
    const char *read, *written;
} values[] = {
    {SVP_FILE_MACHINE, "uri = test:///default", NULL},
    {SVP_FILE_MACHINE, "uri = qemu+ssh://host/system?a=b;c", NULL},
    {SVP_FILE_MACHINE, "uri = qemu:///system", NULL},
    {SVP_FILE_MACHINE, "host-cpus = 1:0;2:1;3:0-1,3", NULL},
    {SVP_FILE_MACHINE, "host-cpus = 4:4095", NULL},
    {SVP_FILE_MACHINE, "host-cpus = 3 : 007 , 2 - 5;1:6-6;", "host-cpus = 1:6;3:7,2-5"},
    {SVP_FILE_LPAR, "domain = a b; \xC3\xA4=#1", NULL},
    {SVP_FILE_LPAR, "arch = S390X", "arch = s390x"},
    {SVP_FILE_LPAR, "arch = x86_64", ""},
    {SVP_FILE_LPAR, "virt = Auto", ""},
    {SVP_FILE_LPAR, "virt = KVM", "virt = kvm"},
    {SVP_FILE_LPAR, "virt = qemu", NULL},
    {SVP_FILE_LPAR, "ms-grow = default", ""},
    {SVP_FILE_LPAR, "ms-grow = DIMM", "ms-grow = dimm"},
    {SVP_FILE_LPAR, "ms-grow = virtio-mem", NULL},
    {SVP_FILE_LPAR, "ms-grow = balloon", NULL},
    {SVP_FILE_LPAR, "kernel = /boot/vmlinuz;1,2=3 4", NULL},
    {SVP_FILE_LPAR, "kernel =#k", NULL},
    {SVP_FILE_LPAR, "initrd = i", NULL},
    {SVP_FILE_LPAR, "cmdline = console=ttyS0 a=b;c,d \"x  y\"", NULL},
    {SVP_FILE_LPAR, "console-log = a/b.log", NULL},
    {SVP_FILE_LPAR, "agent = TRUE", "agent = yes"},
    {SVP_FILE_LPAR, "agent = no", ""},
    {SVP_FILE_LPAR, "disks = a.img", "[device A.DISK1]"},
    {SVP_FILE_DEVICE, "disk = /dev/disk/by-id/x;y,z=1", NULL},
    {SVP_FILE_DEVICE, "disk = d\nformat = Qcow2", "format = qcow2"},
    {SVP_FILE_DEVICE, "format = raw", ""},
    {SVP_FILE_DEVICE, "nic = User", "nic = user"},
    {SVP_FILE_DEVICE, "nic = NETWORK : a:b", "nic = network:a:b"},
    {SVP_FILE_DEVICE, "nic = bridge:br0", NULL},
};

static bool has_line(const char *text, const char *line)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    return g_strv_contains((const char *const *)lines, line);
}

START_TEST(value_is_read)
{
    const char *written = values[_i].written ? values[_i].written : values[_i].read;
    g_autofree char *text = with_line(values[_i].kind, values[_i].read);
    g_autofree char *text_without = with_line(values[_i].kind, "");
    g_autoptr(ResmgrDefinition) definition = machine_text_parse(text);
    g_autoptr(ResmgrDefinition) without = machine_text_parse(text_without);
    g_autofree char *formatted = svp_machine_file_format(definition);
    g_autofree char *formatted_without = svp_machine_file_format(without);

    machine_text_round_trip(definition);
    ck_assert(resmgr_definition_equal(definition, without) == (*written == '\0'));
    if (*written)
        ck_assert_msg(has_line(formatted, written), "%s\n%s", written, formatted);
    else
        ck_assert_str_eq(formatted, formatted_without);
}
END_TEST

/* Each makes one problem and no more, with these words. */
static const struct {
    SvpFileKind kind;
    const char *line, *problem;
} refusals[] = {
    {SVP_FILE_MACHINE, "uri =", "FILE:6: [machine] uri =: \"\" is not a URI of libvirt. Give one"},
    {SVP_FILE_MACHINE, "uri = qemu:/system", "\"qemu:/system\" is not a URI of libvirt."},
    {SVP_FILE_MACHINE, "uri = ://host", "\"://host\" is not a URI of libvirt."},
    {SVP_FILE_MACHINE, "uri = a b://host", "\"a b://host\" is not a URI of libvirt."},
    {SVP_FILE_MACHINE, "uri = qemu://h\\x", "is not a URI of libvirt."},
    {SVP_FILE_MACHINE, "host-cpus = ;", "is not a list: an element is empty."},
    {SVP_FILE_MACHINE, "host-cpus =", "\"\" is not a list of IPs with their host CPUs."},
    {SVP_FILE_MACHINE, "host-cpus = 0:1", "\"0:1\" is not an IP with its host CPUs."},
    {SVP_FILE_MACHINE, "host-cpus = 1025:1", "\"1025:1\" is not an IP with its host CPUs."},
    {SVP_FILE_MACHINE, "host-cpus = 1", "\"1\" is not an IP with its host CPUs."},
    {SVP_FILE_MACHINE, "host-cpus = 1:", "\"1:\" is not an IP with its host CPUs."},
    {SVP_FILE_MACHINE, "host-cpus = 1:0,", "\"1:0,\" is not an IP with its host CPUs."},
    {SVP_FILE_MACHINE, "host-cpus = 1:3-2", "\"1:3-2\" is not an IP with its host CPUs."},
    {SVP_FILE_MACHINE, "host-cpus = 1:4096", "\"1:4096\" is not an IP with its host CPUs. Give IP:CPUS"},
    {SVP_FILE_MACHINE, "host-cpus = 1:0;2:1;1:2", "IP 1 is given twice. Give one set for it"},
    {SVP_FILE_MACHINE, "host_cpus = 1:0", "Did you mean host-cpus?"},
    {SVP_FILE_LPAR, "arch = arm", "FILE:12: [lpar A] arch = arm: \"arm\" is not an architecture."},
    {SVP_FILE_LPAR, "virt = tcg", "\"tcg\" is not a kind of virtualization. Give auto, kvm or qemu."},
    {SVP_FILE_LPAR, "ms-grow = fast", "\"fast\" is not a way of growing main storage."},
    {SVP_FILE_LPAR, "domain =", "\"\" is not the name of a domain."},
    {SVP_FILE_LPAR, "kernel = a\\b", "\"a\\b\" is not the name of a file."},
    {SVP_FILE_LPAR, "initrd =", "\"\" is not the name of a file."},
    {SVP_FILE_LPAR, "cmdline =", "\"\" is not a command line of a kernel."},
    {SVP_FILE_LPAR, "cmdline = a\\b", "is not a command line of a kernel."},
    {SVP_FILE_LPAR, "console-log = \\", "is not the name of a file."},
    {SVP_FILE_LPAR, "agent = perhaps", "\"perhaps\" is not yes or no."},
    {SVP_FILE_LPAR, "disks =", "\"\" is not a list of files."},
    {SVP_FILE_LPAR, "disks = a;;b", "\"a;;b\" is not a list: an element is empty."},
    {SVP_FILE_LPAR, "disks = a;b\\c", "\"b\\c\" is not the name of a file."},
    {SVP_FILE_LPAR, "disks = 1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16;17", "a list of 17 is too long."},
    {SVP_FILE_LPAR, "disk = a", "Did you mean disks?"},
    {SVP_FILE_LPAR, "nic = user", "It belongs to [device NAME]."},
    {SVP_FILE_LPAR, "domain = d\nkernel = k",
     "FILE:13: [lpar A] kernel = k: domain d is taken over as it is"},
    {SVP_FILE_LPAR, "workload = busy", "FILE:12: [lpar A] workload = busy: a real guest does what it does"},
    {SVP_FILE_LPAR, "arch = s390x\nms-grow = dimm", "FILE:13: [lpar A] ms-grow = dimm: storage of s390x"},
    {SVP_FILE_LPAR, "disks = a;./a",
     "[device A.DISK2] disk = ./a: it is the disk of device A.DISK1 already."},
    {SVP_FILE_MACHINE, "host-cpus = 5:0", "FILE:6: [machine] host-cpus = 5:0: there is no IP 5"},
    {SVP_FILE_DEVICE, "disk = a\nnic = user", "FILE:17: [device 0190] nic = user: 0190 is a disk already."},
    {SVP_FILE_DEVICE, "disk =", "FILE:16: [device 0190] disk =: \"\" is not the name of a file."},
    {SVP_FILE_DEVICE, "nic = tap0", "\"tap0\" is not a network interface. Give user, network:NAME or"},
    {SVP_FILE_DEVICE, "nic = bridge:", "\"bridge:\" is not a network interface."},
    {SVP_FILE_DEVICE, "nic = user:x", "\"user:x\" is not a network interface."},
    {SVP_FILE_DEVICE, "format = vmdk", "\"vmdk\" is not a format of disk images. Give raw or qcow2."},
};

START_TEST(value_is_refused)
{
    g_autofree char *text = with_line(refusals[_i].kind, refusals[_i].line);
    g_autofree char *lines = machine_text_refused(text, strlen(text));

    ck_assert_msg(strstr(lines, refusals[_i].problem), "%s\n%s", text, lines);
    ck_assert_msg(strchr(lines, '\n') == strrchr(lines, '\n'), "%s", lines);
}
END_TEST

/* Each text may be so long, in characters, and not longer. */
static const struct {
    SvpFileKind kind;
    const char *begin;
    unsigned longest;
} lengths[] = {
    {SVP_FILE_MACHINE, "uri = ", 200},  {SVP_FILE_LPAR, "domain = ", 255},
    {SVP_FILE_LPAR, "kernel = ", 1024}, {SVP_FILE_LPAR, "cmdline = ", 2048},
    {SVP_FILE_LPAR, "disks = ", 1024},  {SVP_FILE_DEVICE, "disk = ", 1024},
};

START_TEST(text_has_a_length)
{
    for (unsigned more = 0; more < 2; more++) {
        g_autoptr(GString) line = g_string_new(lengths[_i].begin);
        bool is_uri = lengths[_i].kind == SVP_FILE_MACHINE;
        g_string_append(line, is_uri ? "test://" : "");
        for (unsigned n = is_uri ? 7 : 0; n < lengths[_i].longest + more; n++)
            g_string_append(line, is_uri ? "x" : "\xC3\xA4");
        g_autofree char *text = with_line(lengths[_i].kind, line->str);
        if (more == 0) {
            g_autoptr(ResmgrDefinition) definition = machine_text_parse(text);
            machine_text_round_trip(definition);
        } else {
            g_autofree char *lines = machine_text_refused(text, strlen(text));
            ck_assert_msg(strstr(lines, "Give "), "%s", lines);
        }
    }
}
END_TEST

START_TEST(fields_are_reached)
{
    g_autofree char *text = machine_text_load("tests/golden/machine-guests.ini");
    g_autoptr(ResmgrDefinition) definition = machine_text_parse(text);
    const HvMachineDef *machine = definition->machine;
    const HvDomainDef *web = &resmgr_definition_find(definition, "WEB")->domain;
    const HvDomainDef *z = &resmgr_definition_find(definition, "Z")->domain;
    const HvDomainDef *old = &resmgr_definition_find(definition, "OLD")->domain;

    ck_assert(machine->libvirt);
    ck_assert_str_eq(machine->uri, "qemu+ssh://root@host.example/system?no_verify=1");
    ck_assert_uint_eq(machine->host_cpus->len, 3);
    ck_assert_str_eq(machine->host_cpus->pdata[0], "0");
    ck_assert_str_eq(machine->host_cpus->pdata[1], "1");
    ck_assert_str_eq(machine->host_cpus->pdata[2], "0-1,3");
    ck_assert_str_eq(web->kernel, "images/vmlinuz-6.1; signed");
    ck_assert_str_eq(web->initrd, "/boot/initrd,img=1");
    ck_assert_str_eq(web->cmdline, "console=ttyS0 root=/dev/vda rw,quiet;debug=\"a b\"");
    ck_assert_str_eq(web->console_log, "web.log");
    ck_assert(web->arch == HV_ARCH_X86_64 && web->virt == HV_VIRT_KVM && web->grow == HV_GROW_VIRTIO_MEM);
    ck_assert(web->agent && !web->domain);
    ck_assert(z->arch == HV_ARCH_S390X && z->virt == HV_VIRT_QEMU && z->grow == HV_GROW_BALLOON);
    ck_assert_str_eq(old->domain, "old server");
    ck_assert(!hv_domain_def_is_given(&resmgr_definition_find(definition, "SIM")->domain));
}
END_TEST

/* "NAME NUMBER CHPIDS DISK-OR-NIC FORMAT" of each device, one line each. */
static char *devices_text(const ResmgrDefinition *definition)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < definition->machine->devices->len; i++) {
        const HvDeviceDef *device = g_ptr_array_index(definition->machine->devices, i);
        g_autofree char *chpids = svp_file_type_device_chps.format(device->chps);
        g_string_append_printf(
            text, "%s %04X %s %s %s\n", device->name, device->number, chpids,
            device->disk ? device->disk : device->nic, device->qcow2 ? "qcow2" : "raw");
    }
    return g_string_free(text, FALSE);
}

/* WEB is LPAR 1 with two paths and three files: 1010 is taken. Z is LPAR 2 and begins at 0x1000 + 32. */
START_TEST(disks_become_devices)
{
    g_autofree char *text = machine_text_load("tests/golden/machine-guests.ini");
    g_autoptr(ResmgrDefinition) definition = machine_text_parse(text);
    g_autofree char *devices = devices_text(definition);

    ck_assert_str_eq(
        devices, "SPARE 1010 06 /dev/disk/by-id/a;b,c raw\n"
                 "COPY 0190 03;04 old.img qcow2\n"
                 "NET0 0600 01 network:default raw\n"
                 "NET1 0601 02 user raw\n"
                 "NET2 0602 03 bridge:br0 raw\n"
                 "WEB.DISK1 1011 00 root.img raw\n"
                 "WEB.DISK2 1012 01 data.QCOW2 raw\n"
                 "WEB.DISK3 1013 01 more.qcow2 qcow2\n"
                 "Z.DISK1 1020 02 z.img raw\n");
    for (unsigned i = 0; i < definition->lpars->len; i++)
        ck_assert_uint_eq(((const ResmgrLparDef *)definition->lpars->pdata[i])->disks->len, 0);
}
END_TEST

/* Lists of which no devices can be made are left to the check, which says why. */
static const struct {
    const char *text, *problem;
} left_lists[] = {
    {"[machine]\nips = 4\nms = 1G\nchannels = 00\n"
     "[lpar A]\nms = 64M\nip-shares = 1:50\nchannels = 00\ndisks = a;b\n",
     "FILE:9: [lpar A] disks = a;b: disks is for real guests, and that of A is simulated. "
     "Give guest = libvirt, or leave the key out.\n"},
    {"[machine]\nips = 4\nms = 1G\nchannels = 00\nbackend = libvirt\n"
     "[lpar A]\nms = 64M\nip-shares = 1:50\nguest = libvirt\ndisks = a;b\n",
     "FILE:10: [lpar A] disks = a;b: disks stand behind channel paths, and A has none. "
     "Give channels, one path for each disk or one for all.\n"},
    {"[machine]\nips = 4\nms = 1G\nchannels = 00\nbackend = libvirt\n"
     "[lpar A]\nms = 64M\nip-shares = 1:50\nguest = libvirt\nchannels = 0\ndisks = a;b\n",
     "FILE:10: [lpar A] channels = 0: \"0\" is not a CHPID or a range of them. "
     "Give CHPIDs of two hexadecimal digits with ';' between them, or ranges, as in 00;02;10-1F.\n"},
    /* A wrong word is one mistake, whatever depends on it. */
    {"[machine]\nips = 4\nms = 1G\nchannels = 00\nbackend = kvm\nuri = qemu:///system\n"
     "[lpar A]\nms = 64M\nip-shares = 1:50\nguest = libvirt\nchannels = 00\ndisks = a;b\n",
     "FILE:5: [machine] backend = kvm: \"kvm\" is not a backend. Give model or libvirt.\n"},
};

START_TEST(list_is_left)
{
    g_autofree char *lines = machine_text_refused(left_lists[_i].text, strlen(left_lists[_i].text));

    ck_assert_str_eq(lines, left_lists[_i].problem);
}
END_TEST

/* Three disks are one device too many for a machine of at most two. */
START_TEST(devices_are_limited)
{
    g_autofree char *text = with_line(SVP_FILE_LPAR, "");
    g_autoptr(ResmgrDefinition) definition = machine_text_parse(text);
    ResmgrLparDef *lpar = definition->lpars->pdata[0];

    g_ptr_array_set_size(definition->machine->devices, 0);
    for (unsigned i = 0; i < 3; i++)
        g_ptr_array_add(lpar->disks, g_strdup_printf("%u", i));
    ck_assert(!svp_machine_file_expand_disks(definition, 2));
    ck_assert_uint_eq(definition->machine->devices->len, 0);
    ck_assert(svp_machine_file_expand_disks(definition, 3));
    ck_assert_uint_eq(definition->machine->devices->len, 3);
    ck_assert_uint_eq(lpar->disks->len, 0);
}
END_TEST

/* The folder of the file is remembered, and makes no difference between two definitions. */
START_TEST(folder_is_remembered)
{
    g_autofree char *text = machine_text_load("tests/golden/machine-guests.ini");
    g_autofree char *path = g_build_filename(SOURCE_ROOT, "tests/golden/machine-guests.ini", NULL);
    g_autofree char *folder = g_build_filename(SOURCE_ROOT, "tests/golden", NULL);
    GPtrArray *problems = NULL;
    g_autoptr(ResmgrDefinition) read = svp_machine_file_read(path, &problems);
    g_autoptr(ResmgrDefinition) parsed = machine_text_parse(text);

    ck_assert(read && !problems);
    ck_assert_str_eq(read->machine->directory, folder);
    ck_assert_ptr_null(parsed->machine->directory);
    ck_assert(resmgr_definition_equal(read, parsed));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("svp/machine-guests");
    TCase *tcase = tcase_create("guests");

    tcase_add_loop_test(tcase, value_is_read, 0, G_N_ELEMENTS(values));
    tcase_add_loop_test(tcase, value_is_refused, 0, G_N_ELEMENTS(refusals));
    tcase_add_loop_test(tcase, text_has_a_length, 0, G_N_ELEMENTS(lengths));
    tcase_add_test(tcase, fields_are_reached);
    tcase_add_test(tcase, disks_become_devices);
    tcase_add_loop_test(tcase, list_is_left, 0, G_N_ELEMENTS(left_lists));
    tcase_add_test(tcase, devices_are_limited);
    tcase_add_test(tcase, folder_is_remembered);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
