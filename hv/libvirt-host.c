/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A connection to libvirt that comes back.
 *
 * The connection is opened and used by many threads, so it is reached under a lock and handed out by reference.
 * Whoever finds it dead opens it anew and registers for events again; the watchers are then told to look for
 * themselves, since events in between are lost. Watchers belong to the engine's thread alone: libvirt's event loop
 * is GLib's default main context, and that runs where the engine waits.
 */
#include "hv/libvirt-host.h"

#include "hv/error.h"

#include <libvirt-glib/libvirt-glib.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdlib.h>

#define RETRY_US (200 * 1000)
/* A daemon that does not answer for so long is given up: seconds between two questions, and how many. */
#define KEEPALIVE_S     5
#define KEEPALIVE_COUNT 5

typedef struct {
    char *uuid;
    HvDomainEventFunc func;
    void *data;
} Watch;

struct HvLibvirtHost {
    char *uri;
    unsigned n_cpus;
    GMutex mutex;             /* of the three below */
    virConnectPtr connection; /* NULL: lost, or not yet */
    int callback;             /* of the events of `connection` */
    HvEngine *engine;         /* NULL: the owner has gone */
    GPtrArray *watches;       /* Watch *; the engine's thread only */
};

static void host_clear(void *data)
{
    HvLibvirtHost *host = data;

    g_assert(!host->connection);
    g_mutex_clear(&host->mutex);
    g_ptr_array_unref(host->watches);
    g_free(host->uri);
}

HvLibvirtHost *hv_libvirt_host_ref(HvLibvirtHost *host)
{
    return g_atomic_rc_box_acquire(host);
}

void hv_libvirt_host_unref(HvLibvirtHost *host)
{
    g_atomic_rc_box_release_full(host, host_clear);
}

static void host_unref(void *data)
{
    hv_libvirt_host_unref(data);
}

/* --- Errors --------------------------------------------------------------------------------------------- */

static void ignore_error(G_GNUC_UNUSED void *data, G_GNUC_UNUSED virErrorPtr error)
{
}

void hv_libvirt_be_quiet(void)
{
    virSetErrorFunc(NULL, ignore_error);
}

static int error_code(const virError *error)
{
    if (!error)
        return HV_ERROR_DOMAIN;
    if (error->domain == VIR_FROM_RPC || error->code == VIR_ERR_NO_CONNECT || error->code == VIR_ERR_RPC)
        return HV_ERROR_HOST;
    if (error->code == VIR_ERR_NO_DOMAIN)
        return HV_ERROR_GONE;
    return HV_ERROR_DOMAIN;
}

void hv_libvirt_set_error(GError **error, const char *format, ...)
{
    const virError *last = virGetLastError();
    const char *message = virGetLastErrorMessage();
    va_list arguments;

    va_start(arguments, format);
    g_autofree char *what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error(error, HV_ERROR, error_code(last), "%s: %s", what, message);
}

void hv_libvirt_set_unreachable(GError **error, const char *uri)
{
    g_set_error(
        error, HV_ERROR, HV_ERROR_HOST,
        "The libvirt host %s cannot be reached: %s\nWhat to do says: lparsim doctor -c %s", uri,
        virGetLastErrorMessage(), uri);
}

/* --- Events --------------------------------------------------------------------------------------------- */

static void watch_free(void *data)
{
    Watch *watch = data;

    g_free(watch->uuid);
    g_free(watch);
}

/* `uuid` NULL: everybody. A watcher may stop watching when it is told. */
static void tell_watchers(HvLibvirtHost *host, const char *uuid, HvDomainEvent event, const char *why)
{
    for (unsigned i = host->watches->len; i-- > 0;) {
        const Watch *watch = g_ptr_array_index(host->watches, i);

        if (!uuid || g_str_equal(watch->uuid, uuid))
            watch->func(event, why, watch->data);
        i = MIN(i, host->watches->len);
    }
}

static const char *stopped_word(int detail)
{
    static const char *const words[] = {
        [VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN] = "it has shut down",
        [VIR_DOMAIN_EVENT_STOPPED_DESTROYED] = "it was destroyed",
        [VIR_DOMAIN_EVENT_STOPPED_CRASHED] = "it has crashed",
        [VIR_DOMAIN_EVENT_STOPPED_MIGRATED] = "it was migrated",
        [VIR_DOMAIN_EVENT_STOPPED_SAVED] = "it was saved",
        [VIR_DOMAIN_EVENT_STOPPED_FAILED] = "QEMU has failed",
    };
    bool known = detail >= 0 && detail < (int)G_N_ELEMENTS(words) && words[detail];

    return known ? words[detail] : "it has ended";
}

static int
lifecycle(G_GNUC_UNUSED virConnectPtr connection, virDomainPtr domain, int event, int detail, void *data)
{
    HvLibvirtHost *host = data;
    char uuid[VIR_UUID_STRING_BUFLEN];

    if (!host->engine || virDomainGetUUIDString(domain, uuid) < 0)
        return 0;
    hv_engine_catch_up(host->engine);
    if (event == VIR_DOMAIN_EVENT_STOPPED)
        tell_watchers(host, uuid, HV_DOMAIN_EVENT_ENDED, stopped_word(detail));
    else if (event == VIR_DOMAIN_EVENT_SUSPENDED)
        tell_watchers(host, uuid, HV_DOMAIN_EVENT_SUSPENDED, "it was suspended");
    else if (event == VIR_DOMAIN_EVENT_RESUMED)
        tell_watchers(host, uuid, HV_DOMAIN_EVENT_RESUMED, "it was resumed");
    return 0;
}

static void connected_again(void *data)
{
    tell_watchers(data, NULL, HV_DOMAIN_EVENT_LOOK, "the connection to libvirt is new");
}

void hv_libvirt_host_watch(HvLibvirtHost *host, const char *uuid, HvDomainEventFunc func, void *data)
{
    Watch *watch = g_new(Watch, 1);

    *watch = (Watch){g_strdup(uuid), func, data};
    g_ptr_array_add(host->watches, watch);
}

void hv_libvirt_host_unwatch(HvLibvirtHost *host, void *data)
{
    for (unsigned i = host->watches->len; i-- > 0;)
        if (((Watch *)g_ptr_array_index(host->watches, i))->data == data)
            g_ptr_array_remove_index(host->watches, i);
}

/* --- The connection ------------------------------------------------------------------------------------- */

/* The lock is held. */
static void close_connection(HvLibvirtHost *host)
{
    if (!host->connection)
        return;
    if (host->callback >= 0)
        virConnectDomainEventDeregisterAny(host->connection, host->callback);
    virConnectClose(host->connection);
    host->connection = NULL;
}

/* The lock is held. */
static bool open_connection(HvLibvirtHost *host, GError **error)
{
    host->connection = virConnectOpen(host->uri);
    if (!host->connection) {
        hv_libvirt_set_unreachable(error, host->uri);
        return false;
    }
    virConnectSetKeepAlive(host->connection, KEEPALIVE_S, KEEPALIVE_COUNT);
    host->callback = virConnectDomainEventRegisterAny(
        host->connection, NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE, VIR_DOMAIN_EVENT_CALLBACK(lifecycle),
        hv_libvirt_host_ref(host), host_unref);
    if (host->callback < 0)
        hv_libvirt_host_unref(host);
    return true;
}

/* The lock is held. */
static bool open_again(HvLibvirtHost *host, GError **error)
{
    gint64 until_us = g_get_monotonic_time() + HV_LIBVIRT_RECONNECT_S * G_USEC_PER_SEC;
    bool opened;

    close_connection(host);
    while (!(opened = open_connection(host, NULL)) && host->engine && g_get_monotonic_time() < until_us) {
        g_mutex_unlock(&host->mutex);
        g_usleep(RETRY_US);
        g_mutex_lock(&host->mutex);
        if (host->connection)
            return true; /* somebody else was faster */
    }
    if (opened && host->engine)
        hv_engine_post(host->engine, connected_again, hv_libvirt_host_ref(host), host_unref);
    return opened || open_connection(host, error);
}

struct _virConnect *hv_libvirt_host_connection(HvLibvirtHost *host, GError **error)
{
    virConnectPtr connection = NULL;

    g_mutex_lock(&host->mutex);
    if ((host->connection && virConnectIsAlive(host->connection) == 1) || open_again(host, error)) {
        connection = host->connection;
        virConnectRef(connection);
    }
    if (!host->engine)
        close_connection(host); /* the owner has gone and will not: it is the caller's alone */
    g_mutex_unlock(&host->mutex);
    return connection;
}

/* CPUs that are online; libvirt's built-in driver and remote hosts are asked the same way. */
static unsigned count_cpus(virConnectPtr connection)
{
    virNodeInfo info;

    return virNodeGetInfo(connection, &info) == 0 && info.cpus > 0 ? info.cpus : 1;
}

HvLibvirtHost *hv_libvirt_host_new(const char *uri, HvEngine *engine, GError **error)
{
    HvLibvirtHost *host = g_atomic_rc_box_new0(HvLibvirtHost);

    g_assert(hv_engine_follows_wall_clock(engine));
    gvir_event_register();
    hv_libvirt_be_quiet();
    host->uri = g_strdup(uri);
    host->engine = engine;
    host->watches = g_ptr_array_new_with_free_func(watch_free);
    g_mutex_init(&host->mutex);
    if (!open_connection(host, error)) {
        hv_libvirt_host_unref(host);
        return NULL;
    }
    host->n_cpus = count_cpus(host->connection);
    return host;
}

void hv_libvirt_host_free(HvLibvirtHost *host)
{
    if (!host)
        return;
    g_mutex_lock(&host->mutex);
    host->engine = NULL;
    close_connection(host);
    g_mutex_unlock(&host->mutex);
    g_ptr_array_set_size(host->watches, 0);
    hv_libvirt_host_unref(host);
}

unsigned hv_libvirt_host_cpus(const HvLibvirtHost *host)
{
    return host->n_cpus;
}

bool hv_libvirt_is_local(const char *uri)
{
    return g_strrstr(uri, ":///") != NULL;
}

bool hv_libvirt_host_is_local(const HvLibvirtHost *host)
{
    return hv_libvirt_is_local(host->uri);
}

bool hv_libvirt_host_has_kvm(HvLibvirtHost *host, const char *arch)
{
    virConnectPtr connection = hv_libvirt_host_connection(host, NULL);

    if (!connection)
        return false;
    char *xml = virConnectGetDomainCapabilities(connection, NULL, arch, NULL, "kvm", 0);
    bool has = xml != NULL;

    free(xml);
    virConnectClose(connection);
    return has;
}
