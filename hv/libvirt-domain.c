/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls about one domain.
 *
 * Each call gets the connection, finds the domain by UUID, does one thing and lets go of both, so that nothing is
 * kept that a restarted daemon would invalidate. A call that asks for what is so already succeeds: jobs are
 * repeated after a lost connection, and the first try may have been carried out.
 */
#include "hv/libvirt-domain.h"

#include "hv/domain-xml.h"
#include "hv/error.h"

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdlib.h>

#define SHUTDOWN_POLL_US (100 * 1000)
/* Seconds between two reports of the balloon's driver. */
#define MEMORY_STATISTICS_S 1

struct HvLibvirtDomain {
    HvLibvirtHost *host; /* a reference */
    char *name;
    char uuid[VIR_UUID_STRING_BUFLEN]; /* "": not found yet */
};

static void domain_clear(void *data)
{
    HvLibvirtDomain *domain = data;

    hv_libvirt_host_unref(domain->host);
    g_free(domain->name);
}

HvLibvirtDomain *hv_libvirt_domain_new(HvLibvirtHost *host, const char *name)
{
    HvLibvirtDomain *domain = g_atomic_rc_box_new0(HvLibvirtDomain);

    domain->host = hv_libvirt_host_ref(host);
    domain->name = g_strdup(name);
    return domain;
}

HvLibvirtDomain *hv_libvirt_domain_ref(HvLibvirtDomain *domain)
{
    return g_atomic_rc_box_acquire(domain);
}

void hv_libvirt_domain_unref(HvLibvirtDomain *domain)
{
    g_atomic_rc_box_release_full(domain, domain_clear);
}

const char *hv_libvirt_domain_name(const HvLibvirtDomain *domain)
{
    return domain->name;
}

const char *hv_libvirt_domain_uuid(const HvLibvirtDomain *domain)
{
    return *domain->uuid ? domain->uuid : NULL;
}

HvLibvirtHost *hv_libvirt_domain_host(const HvLibvirtDomain *domain)
{
    return domain->host;
}

/* --- Finding it ----------------------------------------------------------------------------------------- */

static bool learn_uuid(HvLibvirtDomain *domain, virDomainPtr found, GError **error)
{
    if (virDomainGetUUIDString(found, domain->uuid) == 0)
        return true;
    hv_libvirt_set_error(error, "Domain %s", domain->name);
    return false;
}

struct _virDomain *hv_libvirt_domain_find(HvLibvirtDomain *domain, GError **error)
{
    virConnectPtr connection = hv_libvirt_host_connection(domain->host, error);
    virDomainPtr found = NULL;

    if (!connection)
        return NULL;
    found = *domain->uuid ? virDomainLookupByUUIDString(connection, domain->uuid)
                          : virDomainLookupByName(connection, domain->name);
    if (!found)
        hv_libvirt_set_error(error, "Domain %s", domain->name);
    virConnectClose(connection);
    if (found && !learn_uuid(domain, found, error)) {
        virDomainFree(found);
        return NULL;
    }
    return found;
}

bool hv_libvirt_domain_done(
    const HvLibvirtDomain *domain, struct _virDomain *found, int result, const char *what, GError **error)
{
    if (result < 0)
        hv_libvirt_set_error(error, "%s %s", what, hv_libvirt_domain_name(domain));
    virDomainFree(found);
    return result >= 0;
}
/* --- States --------------------------------------------------------------------------------------------- */

static bool read_run(const HvLibvirtDomain *domain, virDomainPtr found, HvDomainRun *ret_run, GError **error)
{
    int state;

    if (virDomainGetState(found, &state, NULL, 0) < 0) {
        hv_libvirt_set_error(error, "State of %s", domain->name);
        return false;
    }
    if (state == VIR_DOMAIN_SHUTOFF || state == VIR_DOMAIN_CRASHED)
        *ret_run = HV_DOMAIN_OFF;
    else if (state == VIR_DOMAIN_PAUSED)
        *ret_run = HV_DOMAIN_PAUSED;
    else
        *ret_run = HV_DOMAIN_RUNNING;
    return true;
}

/* A transient domain that has ended is not there any more. */
static bool is_gone(GError **problem)
{
    if (!g_error_matches(*problem, HV_ERROR, HV_ERROR_GONE))
        return false;
    g_clear_error(problem);
    return true;
}

bool hv_libvirt_domain_run(HvLibvirtDomain *domain, HvDomainRun *ret_run, GError **error)
{
    GError *problem = NULL;
    virDomainPtr found = hv_libvirt_domain_find(domain, &problem);
    HvDomainRun run = HV_DOMAIN_OFF;
    bool ok = found && read_run(domain, found, &run, &problem);

    if (found)
        virDomainFree(found);
    if (!ok && !is_gone(&problem)) {
        g_propagate_error(error, problem);
        return false;
    }
    *ret_run = run;
    return true;
}

static char *read_xml(const HvLibvirtDomain *domain, virDomainPtr found, unsigned flags, GError **error)
{
    char *xml = virDomainGetXMLDesc(found, flags), *copy = g_strdup(xml);

    if (!xml)
        hv_libvirt_set_error(error, "Description of %s", domain->name);
    free(xml);
    return copy;
}

HvDomainView *hv_libvirt_domain_view(HvLibvirtDomain *domain, bool inactive, GError **error)
{
    virDomainPtr found = hv_libvirt_domain_find(domain, error);

    if (!found)
        return NULL;
    g_autofree char *xml = read_xml(domain, found, inactive ? VIR_DOMAIN_XML_INACTIVE : 0, error);

    virDomainFree(found);
    return xml ? hv_domain_view_parse(xml, error) : NULL;
}

char *hv_libvirt_domain_owner(HvLibvirtDomain *domain)
{
    virDomainPtr found = hv_libvirt_domain_find(domain, NULL);

    if (!found)
        return NULL;
    char *xml = virDomainGetMetadata(found, VIR_DOMAIN_METADATA_ELEMENT, HV_DOMAIN_OWNER_NAMESPACE, 0);
    g_auto(GStrv) parts = xml ? g_strsplit_set(xml, "<>", 4) : NULL;
    char *owner = parts && g_strv_length(parts) >= 3 ? g_strdup(parts[2]) : NULL;

    free(xml);
    virDomainFree(found);
    return owner;
}

char *hv_libvirt_domain_save_xml(HvLibvirtDomain *domain, GError **error)
{
    virDomainPtr found = hv_libvirt_domain_find(domain, error);

    if (!found)
        return NULL;
    bool persistent = virDomainIsPersistent(found) == 1;
    char *xml = persistent
                    ? NULL
                    : read_xml(domain, found, VIR_DOMAIN_XML_SECURE | VIR_DOMAIN_XML_MIGRATABLE, error);

    virDomainFree(found);
    return xml;
}

char *hv_libvirt_domain_migratable_xml(HvLibvirtDomain *domain, GError **error)
{
    virDomainPtr found = hv_libvirt_domain_find(domain, error);

    if (!found)
        return NULL;
    char *xml = read_xml(domain, found, VIR_DOMAIN_XML_MIGRATABLE, error);

    virDomainFree(found);
    return xml;
}

/* The balloon's driver tells what the guest's kernel has; a host that cannot ask for it is no reason to fail. */
static void ask_for_statistics(virDomainPtr found)
{
    virDomainSetMemoryStatsPeriod(found, MEMORY_STATISTICS_S, VIR_DOMAIN_AFFECT_LIVE);
}

/* What has come of it; NULL: nothing, and libvirt has said why. Frees both. */
static bool has_begun(
    HvLibvirtDomain *domain, virConnectPtr connection, virDomainPtr made, const char *done, GError **error)
{
    if (!made)
        hv_libvirt_set_error(error, "Domain %s cannot be %s", domain->name, done);
    virConnectClose(connection);
    if (!made)
        return false;
    bool ok = learn_uuid(domain, made, error);

    ask_for_statistics(made);
    virDomainFree(made);
    return ok;
}

bool hv_libvirt_domain_create(HvLibvirtDomain *domain, const char *xml, bool suspended, GError **error)
{
    virConnectPtr connection = hv_libvirt_host_connection(domain->host, error);

    if (!connection)
        return false;
    virDomainPtr made = virDomainCreateXML(connection, xml, suspended ? VIR_DOMAIN_START_PAUSED : 0);

    return has_begun(domain, connection, made, "started", error);
}

bool hv_libvirt_domain_restore(
    HvLibvirtDomain *domain, const char *memory, const char *xml, bool suspended, GError **error)
{
    virConnectPtr connection = hv_libvirt_host_connection(domain->host, error);
    unsigned flags = suspended ? VIR_DOMAIN_SAVE_PAUSED : 0;
    virDomainPtr made = NULL;

    if (!connection)
        return false;
    if (virDomainRestoreFlags(connection, memory, xml, flags) == 0)
        made = virDomainLookupByName(connection, domain->name);
    return has_begun(domain, connection, made, "restored", error);
}

char *hv_libvirt_domain_name_of(HvLibvirtDomain *domain, const char *uuid)
{
    virConnectPtr connection = hv_libvirt_host_connection(domain->host, NULL);
    virDomainPtr found = connection ? virDomainLookupByUUIDString(connection, uuid) : NULL;
    char *name = found ? g_strdup(virDomainGetName(found)) : NULL;

    if (found)
        virDomainFree(found);
    if (connection)
        virConnectClose(connection);
    return name;
}

bool hv_libvirt_domain_set_owner(HvLibvirtDomain *domain, const char *owner, GError **error)
{
    g_autofree char *element = g_markup_printf_escaped("<owner>%s</owner>", owner);
    virDomainPtr found = hv_libvirt_domain_find(domain, error);

    return found && hv_libvirt_domain_done(
                        domain, found,
                        virDomainSetMetadata(
                            found, VIR_DOMAIN_METADATA_ELEMENT, element, "lparsim", HV_DOMAIN_OWNER_NAMESPACE,
                            VIR_DOMAIN_AFFECT_LIVE),
                        "Taking up", error);
}

bool hv_libvirt_domain_start(HvLibvirtDomain *domain, GError **error)
{
    virDomainPtr found = hv_libvirt_domain_find(domain, error);
    HvDomainRun run;

    if (!found)
        return false;
    bool runs = read_run(domain, found, &run, NULL) && run != HV_DOMAIN_OFF;

    return hv_libvirt_domain_done(domain, found, runs ? 0 : virDomainCreate(found), "Starting", error);
}

bool hv_libvirt_domain_suspend(HvLibvirtDomain *domain, GError **error)
{
    virDomainPtr found = hv_libvirt_domain_find(domain, error);
    HvDomainRun run;

    if (!found)
        return false;
    bool stands = read_run(domain, found, &run, NULL) && run == HV_DOMAIN_PAUSED;

    return hv_libvirt_domain_done(domain, found, stands ? 0 : virDomainSuspend(found), "Suspending", error);
}

bool hv_libvirt_domain_resume(HvLibvirtDomain *domain, GError **error)
{
    virDomainPtr found = hv_libvirt_domain_find(domain, error);
    HvDomainRun run;

    if (!found)
        return false;
    bool runs = read_run(domain, found, &run, NULL) && run == HV_DOMAIN_RUNNING;

    return hv_libvirt_domain_done(domain, found, runs ? 0 : virDomainResume(found), "Resuming", error);
}

bool hv_libvirt_domain_destroy(HvLibvirtDomain *domain, GError **error)
{
    HvDomainRun run;

    if (!hv_libvirt_domain_run(domain, &run, error))
        return false;
    virDomainPtr found = run == HV_DOMAIN_OFF ? NULL : hv_libvirt_domain_find(domain, error);

    if (!found)
        return run == HV_DOMAIN_OFF;
    if (virDomainDestroy(found) == 0) {
        virDomainFree(found);
        return true;
    }
    /* It may have ended by itself between the two calls; then there is nothing left to end. */
    hv_libvirt_set_error(error, "Destroying %s", domain->name);
    virDomainFree(found);
    if (hv_libvirt_domain_run(domain, &run, NULL) && run == HV_DOMAIN_OFF) {
        g_clear_error(error);
        return true;
    }
    return false;
}

bool hv_libvirt_domain_shutdown(HvLibvirtDomain *domain, HvTime limit_ns, bool *ret_off, GError **error)
{
    gint64 until_us = g_get_monotonic_time() + (gint64)(limit_ns / HV_NS_PER_US);
    HvDomainRun run;

    if (!hv_libvirt_domain_run(domain, &run, error))
        return false;
    virDomainPtr found = run == HV_DOMAIN_OFF ? NULL : hv_libvirt_domain_find(domain, error);

    if (found && !hv_libvirt_domain_done(domain, found, virDomainShutdown(found), "Shutting down", error))
        return false;
    while (run != HV_DOMAIN_OFF && g_get_monotonic_time() < until_us) {
        g_usleep(SHUTDOWN_POLL_US);
        if (!hv_libvirt_domain_run(domain, &run, error))
            return false;
    }
    *ret_off = run == HV_DOMAIN_OFF;
    return true;
}
