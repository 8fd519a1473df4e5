/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading domains that somebody else runs.
 *
 * A connection of its own, read-only in use and closed at the end: the machine that adopts them opens another one.
 */
#include "hv/libvirt-adopt.h"

#include "hv/error.h"
#include "hv/libvirt-host.h"

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdlib.h>

static void view_free(void *data)
{
    hv_domain_view_free(data);
}

static char *running_names(virConnectPtr host)
{
    virDomainPtr *domains = NULL;
    int n = virConnectListAllDomains(host, &domains, VIR_CONNECT_LIST_DOMAINS_ACTIVE);
    GString *names = g_string_new(NULL);

    for (int i = 0; i < n; i++) {
        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", virDomainGetName(domains[i]));
        virDomainFree(domains[i]);
    }
    free(domains);
    return g_string_free(names, FALSE);
}

static bool refuse_name(virConnectPtr host, const char *name, GError **error)
{
    g_autofree char *names = running_names(host);

    g_set_error(
        error, HV_ERROR, HV_ERROR_GONE, "No domain %s runs there\n%s%s", name,
        *names ? "These run: " : "None runs: start it first, virsh start ", *names ? names : name);
    return false;
}

static bool read_one(virConnectPtr host, const char *name, GPtrArray *views, GError **error)
{
    virDomainPtr domain = virDomainLookupByName(host, name);
    bool runs = domain && virDomainIsActive(domain) == 1;
    char *xml = runs ? virDomainGetXMLDesc(domain, 0) : NULL;

    if (domain)
        virDomainFree(domain);
    if (!xml)
        return refuse_name(host, name, error);
    HvDomainView *view = hv_domain_view_parse(xml, error);

    free(xml);
    if (view)
        g_ptr_array_add(views, view);
    return view != NULL;
}

GPtrArray *
hv_libvirt_read_domains(const char *uri, char *const *names, unsigned *ret_host_cpus, GError **error)
{
    g_autoptr(GPtrArray) views = g_ptr_array_new_with_free_func(view_free);
    virNodeInfo info = {.cpus = 1};

    hv_libvirt_be_quiet();
    virConnectPtr host = virConnectOpen(uri);
    bool ok = host != NULL;

    if (!ok)
        hv_libvirt_set_unreachable(error, uri);
    for (unsigned i = 0; ok && names[i]; i++)
        ok = read_one(host, names[i], views, error);
    if (ok && virNodeGetInfo(host, &info) == 0)
        *ret_host_cpus = info.cpus;
    if (host)
        virConnectClose(host);
    return ok ? g_steal_pointer(&views) : NULL;
}
