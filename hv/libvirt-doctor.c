/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a host can do for real guests, asked of libvirt and, on this host, of the file system.
 *
 * Every check stands for itself and says what was found; the remedies are commands of Debian 12. What libvirt
 * answers in XML is searched for the few attributes that matter here.
 */
#include "hv/libvirt-doctor.h"

#include "hv/domain-def.h"
#include "hv/libvirt-host.h"

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdlib.h>
#include <sys/stat.h>

#define DOCTOR_KVM    "/dev/kvm"
#define DOCTOR_IMAGES "/var/lib/libvirt/images"
#define DOCTOR_CGROUP "/sys/fs/cgroup"

const char *hv_doctor_status_name(HvDoctorStatus status)
{
    static const char *const names[] = {
        [HV_DOCTOR_OK] = "ok", [HV_DOCTOR_LIMITED] = "limited", [HV_DOCTOR_MISSING] = "missing"};

    g_assert(status < G_N_ELEMENTS(names));
    return names[status];
}

static void check_free(void *data)
{
    HvDoctorCheck *check = data;

    g_free(check->found);
    g_free(check->remedy);
    g_free(check);
}

/* Takes `found`; `remedy` may be NULL. */
static void add(GPtrArray *checks, const char *name, HvDoctorStatus status, char *found, const char *remedy)
{
    HvDoctorCheck *check = g_new(HvDoctorCheck, 1);

    *check = (HvDoctorCheck){name, status, found, g_strdup(remedy)};
    g_ptr_array_add(checks, check);
}

/* The remedy is found by what the message says, because libvirt has one code for most of them. */
static const char *connection_remedy(const char *message)
{
    static const struct {
        const char *part, *remedy;
    } remedies[] = {
        {"Permission denied", "Run as root, or join the group libvirt and log in anew: adduser NAME libvirt"},
        {"authentication", "Run as root, or join the group libvirt and log in anew: adduser NAME libvirt"},
        {"No such file", "Install the daemon: apt-get install libvirt-daemon-system qemu-system-x86. Start "
                         "it: systemctl start "
                         "libvirtd, or without a service manager: virtlogd -d; libvirtd -d"},
        {"Connection refused", "Start the daemon: systemctl start libvirtd, or without a service manager: "
                               "virtlogd -d; libvirtd -d"},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(remedies); i++)
        if (g_strrstr(message, remedies[i].part))
            return remedies[i].remedy;
    return "Give the URI of a host, such as qemu:///system or qemu+ssh://root@host/system";
}

static virConnectPtr connect_to(GPtrArray *checks, const char *uri)
{
    virConnectPtr host = virConnectOpen(uri);
    unsigned long library = 0, hypervisor = 0;

    if (!host) {
        const char *message = virGetLastErrorMessage();

        add(checks, "connection", HV_DOCTOR_MISSING, g_strdup(message), connection_remedy(message));
        return NULL;
    }
    virConnectGetLibVersion(host, &library);
    virConnectGetVersion(host, &hypervisor);
    add(checks, "connection", HV_DOCTOR_OK,
        g_strdup_printf(
            "%s %lu.%lu.%lu by libvirt %lu.%lu.%lu", virConnectGetType(host), hypervisor / 1000000,
            hypervisor / 1000 % 1000, hypervisor % 1000, library / 1000000, library / 1000 % 1000,
            library % 1000),
        NULL);
    return host;
}

static void check_host(GPtrArray *checks, virConnectPtr host)
{
    virNodeInfo info;
    unsigned long long free_bytes = virNodeGetFreeMemory(host);

    if (virNodeGetInfo(host, &info) < 0)
        return;
    add(checks, "host", HV_DOCTOR_OK,
        g_strdup_printf(
            "%u CPUs (%s), %lu MiB of storage, %llu MiB free", info.cpus, info.model, info.memory / 1024,
            free_bytes >> 20),
        NULL);
}

/* --- Architectures -------------------------------------------------------------------------------------- */

/* NULL if the host cannot run such domains. */
static char *capabilities(virConnectPtr host, HvArch arch, const char *type)
{
    return virConnectGetDomainCapabilities(host, NULL, hv_arch_name(arch), NULL, type, 0);
}

static unsigned max_vcpus(const char *xml)
{
    g_autoptr(GRegex) regex = g_regex_new("<vcpu max='([0-9]+)'", 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;

    if (!g_regex_match(regex, xml, 0, &match))
        return 0;
    g_autofree char *number = g_match_info_fetch(match, 1);

    return (unsigned)g_ascii_strtoull(number, NULL, 10);
}

/* Whether the host can run guests of the architecture. */
static bool check_arch(GPtrArray *checks, virConnectPtr host, HvArch arch)
{
    static const struct {
        const char *package, *grows;
    } by_arch[HV_ARCHS] = {
        [HV_ARCH_X86_64] = {"qemu-system-x86", "storage by DIMM, virtio-mem or balloon"},
        [HV_ARCH_S390X] = {"qemu-system-misc", "storage by balloon"},
    };
    char *kvm = capabilities(host, arch, "kvm"), *emulated = capabilities(host, arch, "qemu");
    const char *xml = kvm ? kvm : emulated;

    if (!xml) {
        g_autofree char *remedy = g_strdup_printf(
            "For guests of it: apt-get install %s, then restart libvirtd", by_arch[arch].package);

        add(checks, hv_arch_name(arch), HV_DOCTOR_LIMITED, g_strdup("no QEMU for this architecture"), remedy);
    } else {
        add(checks, hv_arch_name(arch), kvm ? HV_DOCTOR_OK : HV_DOCTOR_LIMITED,
            g_strdup_printf(
                "%s; grows while it runs: %s; up to %u vCPUs; disks and networks",
                kvm ? "KVM" : "emulation in software, slower than KVM", by_arch[arch].grows, max_vcpus(xml)),
            NULL);
    }
    bool can_run = xml != NULL;

    free(kvm);
    free(emulated);
    return can_run;
}

static void check_archs(GPtrArray *checks, virConnectPtr host)
{
    bool any = false;

    for (HvArch arch = 0; arch < HV_ARCHS; arch++)
        any = check_arch(checks, host, arch) || any;
    if (!any)
        add(checks, "guests", HV_DOCTOR_MISSING, g_strdup("guests of no architecture can be run"),
            "apt-get install qemu-system-x86, then restart libvirtd");
}

/* --- This host's files ---------------------------------------------------------------------------------- */

static bool is_this_host(const char *uri)
{
    return hv_libvirt_is_local(uri) && !g_str_has_prefix(uri, "test:");
}

/* As the rules of udev would have it, the group kvm may use it; where they are not in force, only root may. */
static void check_kvm_device(GPtrArray *checks)
{
    struct stat status;

    if (stat(DOCTOR_KVM, &status) < 0) {
        add(checks, "KVM device", HV_DOCTOR_LIMITED,
            g_strdup(DOCTOR_KVM " is not there: guests are emulated"),
            "Where the processor has it, enable virtualization in the firmware, or nested virtualization");
        return;
    }
    if ((status.st_mode & (S_IRGRP | S_IWGRP)) == (S_IRGRP | S_IWGRP)) {
        add(checks, "KVM device", HV_DOCTOR_OK, g_strdup(DOCTOR_KVM " can be used by its group"), NULL);
        return;
    }
    add(checks, "KVM device", HV_DOCTOR_LIMITED,
        g_strdup(DOCTOR_KVM " is for its owner only: libvirt looks at QEMU anew whenever a guest is started, "
                            "which can take a minute"),
        "chgrp kvm " DOCTOR_KVM " && chmod 660 " DOCTOR_KVM ", then restart libvirtd");
}

static void check_console_logs(GPtrArray *checks, bool is_session)
{
    g_autofree char *socket =
        is_session ? g_build_filename(g_get_user_runtime_dir(), "libvirt", "virtlogd-sock", NULL)
                   : g_strdup("/run/libvirt/virtlogd-sock");

    if (g_file_test(socket, G_FILE_TEST_EXISTS))
        add(checks, "console logs", HV_DOCTOR_OK, g_strdup("virtlogd writes what guests print"), NULL);
    else
        add(checks, "console logs", HV_DOCTOR_MISSING, g_strdup_printf("%s is not there", socket),
            "Start it: systemctl start virtlogd.socket, or without a service manager: virtlogd -d");
}

/* Version 2 lists its controllers in a file, version 1 has a folder for each. */
static void check_scheduling(GPtrArray *checks)
{
    g_autofree char *controllers = NULL;
    bool has_cpu = g_file_test(DOCTOR_CGROUP "/cpu", G_FILE_TEST_IS_DIR);

    if (g_file_get_contents(DOCTOR_CGROUP "/cgroup.controllers", &controllers, NULL, NULL)) {
        g_auto(GStrv) names = g_strsplit_set(controllers, " \n", -1);

        has_cpu = g_strv_contains((const char *const *)names, "cpu");
    }
    if (has_cpu)
        add(checks, "shares", HV_DOCTOR_OK, g_strdup("the cgroup controller cpu is there"), NULL);
    else
        add(checks, "shares", HV_DOCTOR_LIMITED,
            g_strdup("no cgroup controller cpu: shares and caps cannot be set, CPUs can be pinned"),
            "Use a host with systemd, or mount the controller");
}

static void check_images(GPtrArray *checks)
{
    struct stat status;
    bool open = stat(DOCTOR_IMAGES, &status) == 0 && (status.st_mode & S_IXOTH);

    if (open)
        add(checks, "images", HV_DOCTOR_OK, g_strdup("QEMU's user can reach " DOCTOR_IMAGES), NULL);
    else
        add(checks, "images", HV_DOCTOR_LIMITED,
            g_strdup("QEMU's user cannot reach " DOCTOR_IMAGES ", where kernels and disks belong"),
            "mkdir -p " DOCTOR_IMAGES " && chmod 711 " DOCTOR_IMAGES);
}

/* --- Domains -------------------------------------------------------------------------------------------- */

static void check_domains(GPtrArray *checks, virConnectPtr host)
{
    virDomainPtr *domains = NULL;
    int n = virConnectListAllDomains(host, &domains, VIR_CONNECT_LIST_DOMAINS_ACTIVE);
    g_autoptr(GString) names = g_string_new(NULL);
    unsigned answering = 0;

    if (n < 0) {
        add(checks, "domains", HV_DOCTOR_MISSING, g_strdup(virGetLastErrorMessage()),
            "Use a connection that is allowed to see domains");
        return;
    }
    for (int i = 0; i < n; i++) {
        char *xml = virDomainGetXMLDesc(domains[i], 0);

        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", virDomainGetName(domains[i]));
        answering += xml && g_strrstr(xml, "name='org.qemu.guest_agent.0' state='connected'");
        free(xml);
        virDomainFree(domains[i]);
    }
    free(domains);
    add(checks, "domains", HV_DOCTOR_OK,
        n == 0 ? g_strdup("none is running")
               : g_strdup_printf(
                     "%d running: %s; in %u of them a guest agent answers", n, names->str, answering),
        NULL);
}

GPtrArray *hv_libvirt_doctor(const char *uri)
{
    GPtrArray *checks = g_ptr_array_new_with_free_func(check_free);

    hv_libvirt_be_quiet();
    virConnectPtr host = connect_to(checks, uri);

    if (!host)
        return checks;
    check_host(checks, host);
    check_archs(checks, host);
    if (is_this_host(uri)) {
        check_kvm_device(checks);
        check_console_logs(checks, g_strrstr(uri, "///session") != NULL);
        check_scheduling(checks);
        check_images(checks);
    }
    check_domains(checks, host);
    virConnectClose(host);
    return checks;
}
