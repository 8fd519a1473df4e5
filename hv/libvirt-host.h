/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_LIBVIRT_HOST_H
#define LPARSIM_HV_LIBVIRT_HOST_H

#include "hv/engine.h"

/*
 * The libvirt host that a machine's real guests run on: one connection for all of them, opened again when it was
 * lost. Reference-counted, because calls that hang outlive the machine.
 *
 * libvirt's events come by GLib's default main context, which runs while the engine waits.
 */
typedef struct HvLibvirtHost HvLibvirtHost;
struct _virConnect;
struct _virDomain;

/* How long a lost connection is tried to be opened again. */
#define HV_LIBVIRT_RECONNECT_S 30

typedef enum {
    HV_DOMAIN_EVENT_ENDED,     /* it runs no more */
    HV_DOMAIN_EVENT_SUSPENDED, /* it stands, whoever made it */
    HV_DOMAIN_EVENT_RESUMED,
    HV_DOMAIN_EVENT_LOOK, /* the connection is new: anything may have happened */
} HvDomainEvent;

/* Called in the engine's thread, the clock set to now; `why` is a word of libvirt's, "crashed". */
typedef void (*HvDomainEventFunc)(HvDomainEvent event, const char *why, void *data);

/* Connects; HV_ERROR_HOST with the remedy if that fails. The engine follows the wall clock (asserted). */
HvLibvirtHost *hv_libvirt_host_new(const char *uri, HvEngine *engine, GError **error);
/* The engine's thread hears no more of the host; references of others stay good. */
void hv_libvirt_host_free(HvLibvirtHost *host);
HvLibvirtHost *hv_libvirt_host_ref(HvLibvirtHost *host);
void hv_libvirt_host_unref(HvLibvirtHost *host);

/* Events of the domain with that UUID. The engine's thread only. */
void hv_libvirt_host_watch(HvLibvirtHost *host, const char *uuid, HvDomainEventFunc func, void *data);
void hv_libvirt_host_unwatch(HvLibvirtHost *host, void *data);

/*
 * Any thread but the engine's: the connection, opened again for up to HV_LIBVIRT_RECONNECT_S if it was lost. A
 * reference of its own; virConnectClose() gives it back. NULL with HV_ERROR_HOST.
 */
struct _virConnect *hv_libvirt_host_connection(HvLibvirtHost *host, GError **error);

unsigned hv_libvirt_host_cpus(const HvLibvirtHost *host); /* CPUs that guests can be pinned to, 1 or more */
bool hv_libvirt_host_is_local(const HvLibvirtHost *host); /* its files are files here */
/* The last error of libvirt in this thread: HV_ERROR_HOST if the connection is lost, _GONE or _DOMAIN. */
void hv_libvirt_be_quiet(void);            /* libvirt prints no errors of its own from now on */
bool hv_libvirt_is_local(const char *uri); /* of a host whose files are files here */
void hv_libvirt_set_unreachable(GError **error, const char *uri); /* virConnectOpen() has failed */
void hv_libvirt_set_error(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Whether KVM runs guests of that architecture ("x86_64") there. Any thread but the engine's. */
bool hv_libvirt_host_has_kvm(HvLibvirtHost *host, const char *arch);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvLibvirtHost, hv_libvirt_host_free)

#endif
