/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is given to a domain while it runs: devices, storage, vCPUs, and its part of the host's processors.
 *
 * Everything is done to the running domain only; the definition of a persistent one stays as its owner wrote it.
 */
#include "hv/libvirt-domain.h"

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdlib.h>

/* Period of the limit on host CPU time, as Linux has it by default. */
#define PERIOD_US 100000

bool hv_libvirt_domain_attach(HvLibvirtDomain *domain, const char *xml, GError **error)
{
    virDomainPtr found = hv_libvirt_domain_find(domain, error);

    return found && hv_libvirt_domain_done(
                        domain, found, virDomainAttachDeviceFlags(found, xml, VIR_DOMAIN_AFFECT_LIVE),
                        "Attaching to", error);
}

bool hv_libvirt_domain_update(HvLibvirtDomain *domain, const char *xml, GError **error)
{
    virDomainPtr found = hv_libvirt_domain_find(domain, error);

    return found && hv_libvirt_domain_done(
                        domain, found, virDomainUpdateDeviceFlags(found, xml, VIR_DOMAIN_AFFECT_LIVE),
                        "Changing a device of", error);
}

bool hv_libvirt_domain_set_balloon(HvLibvirtDomain *domain, uint64_t bytes, GError **error)
{
    virDomainPtr found = hv_libvirt_domain_find(domain, error);

    return found && hv_libvirt_domain_done(
                        domain, found, virDomainSetMemoryFlags(found, bytes / 1024, VIR_DOMAIN_AFFECT_LIVE),
                        "The balloon of", error);
}

bool hv_libvirt_domain_set_vcpus(HvLibvirtDomain *domain, unsigned n, GError **error)
{
    virDomainPtr found = hv_libvirt_domain_find(domain, error);

    return found &&
           hv_libvirt_domain_done(
               domain, found, virDomainSetVcpusFlags(found, n, VIR_DOMAIN_VCPU_LIVE), "vCPUs of", error);
}

/* The bit map that libvirt wants, of *ret_length bytes; CPUs that the host does not have are left out. */
static unsigned char *cpu_map(const char *cpus, unsigned n_cpus, int *ret_length)
{
    unsigned length = (n_cpus + 7) / 8;
    unsigned char *map = g_new0(unsigned char, length);
    g_auto(GStrv) ranges = g_strsplit(cpus, ",", -1);

    for (unsigned i = 0; ranges[i]; i++) {
        char *end;
        guint64 first = g_ascii_strtoull(ranges[i], &end, 10);
        guint64 last = *end == '-' ? g_ascii_strtoull(end + 1, NULL, 10) : first;

        for (guint64 cpu = first; cpu <= last && cpu < n_cpus; cpu++)
            map[cpu / 8] |= (unsigned char)(1U << (cpu % 8));
    }
    *ret_length = (int)length;
    return map;
}

bool hv_libvirt_domain_pin(HvLibvirtDomain *domain, unsigned vcpu, const char *cpus, GError **error)
{
    unsigned n_cpus = hv_libvirt_host_cpus(hv_libvirt_domain_host(domain));
    g_autofree char *all = g_strdup_printf("0-%u", n_cpus - 1);
    int length;
    g_autofree unsigned char *map = cpu_map(cpus ? cpus : all, n_cpus, &length);
    virDomainPtr found = hv_libvirt_domain_find(domain, error);

    return found &&
           hv_libvirt_domain_done(
               domain, found, virDomainPinVcpuFlags(found, vcpu, map, length, VIR_DOMAIN_AFFECT_CURRENT),
               "Pinning vCPUs of", error);
}

bool hv_libvirt_domain_schedule(HvLibvirtDomain *domain, unsigned shares, uint64_t quota_us, GError **error)
{
    virTypedParameterPtr parameters = NULL;
    int n = 0, capacity = 0;
    virDomainPtr found = hv_libvirt_domain_find(domain, error);

    if (!found)
        return false;
    virTypedParamsAddULLong(&parameters, &n, &capacity, VIR_DOMAIN_SCHEDULER_CPU_SHARES, shares);
    virTypedParamsAddULLong(&parameters, &n, &capacity, VIR_DOMAIN_SCHEDULER_GLOBAL_PERIOD, PERIOD_US);
    virTypedParamsAddLLong(
        &parameters, &n, &capacity, VIR_DOMAIN_SCHEDULER_GLOBAL_QUOTA, quota_us ? (long long)quota_us : -1);
    int result = virDomainSetSchedulerParametersFlags(found, parameters, n, VIR_DOMAIN_AFFECT_LIVE);
    bool ok = hv_libvirt_domain_done(domain, found, result, "Shares of", error);

    virTypedParamsFree(parameters, n);
    return ok;
}

/* --- As it was found ------------------------------------------------------------------------------------ */

struct HvLibvirtTuning {
    unsigned char *maps; /* n_vcpus times map_length */
    int n_vcpus, map_length;
    virTypedParameterPtr parameters;
    int n_parameters;
};

void hv_libvirt_tuning_free(HvLibvirtTuning *tuning)
{
    if (!tuning)
        return;
    virTypedParamsFree(tuning->parameters, tuning->n_parameters);
    g_free(tuning->maps);
    g_free(tuning);
}

static bool read_pins(virDomainPtr found, HvLibvirtTuning *tuning, unsigned n_cpus)
{
    int n_vcpus = virDomainGetVcpusFlags(found, VIR_DOMAIN_AFFECT_LIVE);

    tuning->map_length = (int)(n_cpus + 7) / 8;
    tuning->maps = g_new0(unsigned char, (gsize)(MAX(n_vcpus, 1) * tuning->map_length));
    tuning->n_vcpus = n_vcpus > 0
                          ? virDomainGetVcpuPinInfo(
                                found, n_vcpus, tuning->maps, tuning->map_length, VIR_DOMAIN_AFFECT_CURRENT)
                          : -1;
    return tuning->n_vcpus >= 0;
}

/* Without the controller of the cgroups there is nothing to read, and nothing was changed. */
static void read_weights(virDomainPtr found, HvLibvirtTuning *tuning)
{
    char *type = virDomainGetSchedulerType(found, &tuning->n_parameters);

    free(type);
    if (!type || tuning->n_parameters <= 0)
        return;
    tuning->parameters = calloc((size_t)tuning->n_parameters, sizeof(*tuning->parameters));
    if (virDomainGetSchedulerParametersFlags(
            found, tuning->parameters, &tuning->n_parameters, VIR_DOMAIN_AFFECT_LIVE) < 0)
        tuning->n_parameters = 0;
}

HvLibvirtTuning *hv_libvirt_domain_tuning(HvLibvirtDomain *domain)
{
    virDomainPtr found = hv_libvirt_domain_find(domain, NULL);
    HvLibvirtTuning *tuning = g_new0(HvLibvirtTuning, 1);

    if (!found || !read_pins(found, tuning, hv_libvirt_host_cpus(hv_libvirt_domain_host(domain))))
        g_clear_pointer(&tuning, hv_libvirt_tuning_free);
    else
        read_weights(found, tuning);
    if (found)
        virDomainFree(found);
    return tuning;
}

void hv_libvirt_domain_tune(HvLibvirtDomain *domain, const HvLibvirtTuning *tuning)
{
    virDomainPtr found = hv_libvirt_domain_find(domain, NULL);

    if (!found)
        return;
    for (int i = 0; i < tuning->n_vcpus; i++)
        virDomainPinVcpuFlags(
            found, (unsigned)i, &tuning->maps[i * tuning->map_length], tuning->map_length,
            VIR_DOMAIN_AFFECT_CURRENT);
    if (tuning->n_parameters > 0)
        virDomainSetSchedulerParametersFlags(
            found, tuning->parameters, tuning->n_parameters, VIR_DOMAIN_AFFECT_LIVE);
    virDomainFree(found);
}

/* --- Whose disk it is ----------------------------------------------------------------------------------- */

static bool has_disk(virDomainPtr other, const char *disk)
{
    char *xml = virDomainGetXMLDesc(other, 0);
    g_autoptr(HvDomainView) view = xml ? hv_domain_view_parse(xml, NULL) : NULL;

    free(xml);
    return view && hv_domain_view_find(view, NULL, disk);
}

char *hv_libvirt_domain_other_user(HvLibvirtDomain *domain, const char *disk, GError **error)
{
    virConnectPtr connection = hv_libvirt_host_connection(hv_libvirt_domain_host(domain), error);
    virDomainPtr *others = NULL;
    char *user = NULL;

    if (!connection)
        return NULL;
    int n = virConnectListAllDomains(connection, &others, VIR_CONNECT_LIST_DOMAINS_ACTIVE);

    if (n < 0)
        hv_libvirt_set_error(error, "The list of domains");
    for (int i = 0; i < n; i++) {
        char uuid[VIR_UUID_STRING_BUFLEN] = "";

        virDomainGetUUIDString(others[i], uuid);
        if (!user && g_strcmp0(uuid, hv_libvirt_domain_uuid(domain)) != 0 && has_disk(others[i], disk))
            user = g_strdup(virDomainGetName(others[i]));
        virDomainFree(others[i]);
    }
    free(others);
    virConnectClose(connection);
    return user;
}
