/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_LIBVIRT_DOMAIN_H
#define LPARSIM_HV_LIBVIRT_DOMAIN_H

#include "hv/domain-view.h"
#include "hv/guest.h"
#include "hv/libvirt-host.h"

/*
 * One domain and what can be done to it. Every call goes to the host, may block for as long as that takes, and
 * belongs into a job (hv/job-queue.h); only name and UUID may be read elsewhere, while no job runs.
 *
 * Errors: HV_ERROR_HOST (connection lost: the call may have been carried out or not), HV_ERROR_GONE (no such
 * domain), HV_ERROR_DOMAIN (libvirt or QEMU refuses, in its words). The domain is found by its UUID once that is
 * known, so another one of the same name is never mistaken for it.
 *
 * Reference-counted: a job that hangs outlives the guest.
 */
typedef struct HvLibvirtDomain HvLibvirtDomain;

HvLibvirtDomain *hv_libvirt_domain_new(HvLibvirtHost *host, const char *name);
HvLibvirtDomain *hv_libvirt_domain_ref(HvLibvirtDomain *domain);
void hv_libvirt_domain_unref(HvLibvirtDomain *domain);
const char *hv_libvirt_domain_name(const HvLibvirtDomain *domain);
const char *hv_libvirt_domain_uuid(const HvLibvirtDomain *domain); /* NULL: not found yet */
HvLibvirtHost *hv_libvirt_domain_host(const HvLibvirtDomain *domain);

/* libvirt's own handle of it; virDomainFree() gives it back. */
struct _virDomain *hv_libvirt_domain_find(HvLibvirtDomain *domain, GError **error);

/* Whether a call's result, negative for failure, is success: else *error says what it was about. Frees what was found. */
bool hv_libvirt_domain_done(
    const HvLibvirtDomain *domain, struct _virDomain *found, int result, const char *what, GError **error);

/* --- States --- */
typedef enum {
    HV_DOMAIN_OFF, /* shut off, or not there at all */
    HV_DOMAIN_RUNNING,
    HV_DOMAIN_PAUSED,
} HvDomainRun;

bool hv_libvirt_domain_run(HvLibvirtDomain *domain, HvDomainRun *ret_run, GError **error);
/* What it is now; `inactive`: what it will be at its next start. */
HvDomainView *hv_libvirt_domain_view(HvLibvirtDomain *domain, bool inactive, GError **error);
/* What hv_domain_xml() was told is its owner; NULL if nothing. Free with g_free(). */
char *hv_libvirt_domain_owner(HvLibvirtDomain *domain);
/* A transient domain from hv_domain_xml(), suspended or running. The name must be free. */
bool hv_libvirt_domain_create(HvLibvirtDomain *domain, const char *xml, bool suspended, GError **error);
/* A domain that is defined and shut off. */
bool hv_libvirt_domain_start(HvLibvirtDomain *domain, GError **error);
/* All of the following are done already if the domain is so already. */
bool hv_libvirt_domain_suspend(HvLibvirtDomain *domain, GError **error);
bool hv_libvirt_domain_resume(HvLibvirtDomain *domain, GError **error);
/* Ends it at once, like a machine without power. */
bool hv_libvirt_domain_destroy(HvLibvirtDomain *domain, GError **error);
/* Asks it to shut down, by guest agent and ACPI, and waits for up to `limit_ns`; *ret_off: it has. */
bool hv_libvirt_domain_shutdown(HvLibvirtDomain *domain, HvTime limit_ns, bool *ret_off, GError **error);
/* The XML that starts a transient domain again as it is; NULL without error if it is persistent. Free with g_free(). */
char *hv_libvirt_domain_save_xml(HvLibvirtDomain *domain, GError **error);

/* Its XML as it can be given to libvirt again, or to another host. Free with g_free(). */
char *hv_libvirt_domain_migratable_xml(HvLibvirtDomain *domain, GError **error);
/*
 * Begins a domain of this name from a file of its storage (hv/save-image.h), suspended, or as it was then. `xml`: what differs from the XML in the
 * file, which must be the same name and UUID; NULL: nothing.
 */
bool hv_libvirt_domain_restore(
    HvLibvirtDomain *domain, const char *memory, const char *xml, bool suspended, GError **error);
/* The name of the domain that has the UUID; NULL: none has. Free with g_free(). */
char *hv_libvirt_domain_name_of(HvLibvirtDomain *domain, const char *uuid);
/* From now on it belongs to that owner; only for domains that had one. */
bool hv_libvirt_domain_set_owner(HvLibvirtDomain *domain, const char *owner, GError **error);

/* --- Resources of a running domain --- */
bool hv_libvirt_domain_attach(HvLibvirtDomain *domain, const char *xml, GError **error);
bool hv_libvirt_domain_update(HvLibvirtDomain *domain, const char *xml, GError **error);
bool hv_libvirt_domain_set_balloon(HvLibvirtDomain *domain, uint64_t bytes, GError **error);
bool hv_libvirt_domain_set_vcpus(HvLibvirtDomain *domain, unsigned n, GError **error);
/* `cpus`: "0-1,3"; NULL: all of the host. */
bool hv_libvirt_domain_pin(HvLibvirtDomain *domain, unsigned vcpu, const char *cpus, GError **error);
/* cgroup: weight against others, 2 .. 262144; time per 100 ms of all vCPUs together, in us, 0: no limit. */
bool hv_libvirt_domain_schedule(HvLibvirtDomain *domain, unsigned shares, uint64_t quota_us, GError **error);
/* Pins and cgroup weights as they are, to be put back later; NULL if they cannot be read. */
typedef struct HvLibvirtTuning HvLibvirtTuning;
HvLibvirtTuning *hv_libvirt_domain_tuning(HvLibvirtDomain *domain);
void hv_libvirt_domain_tune(HvLibvirtDomain *domain, const HvLibvirtTuning *tuning);
void hv_libvirt_tuning_free(HvLibvirtTuning *tuning);
/* The name of another running domain that has the file as its disk; NULL: none. Free with g_free(). */
char *hv_libvirt_domain_other_user(HvLibvirtDomain *domain, const char *disk, GError **error);

/* --- What the guest does --- */
typedef struct {
    unsigned n_vcpus;
    uint64_t vcpu_ns[HV_MAX_LIPS]; /* [vcpu]: host CPU time used */
    uint64_t wait_ns[HV_MAX_LIPS]; /* ready and waiting for a host CPU */
    uint64_t balloon_bytes;        /* what the balloon leaves it */
    uint64_t usable_bytes;         /* what its kernel has, by the balloon's driver; 0: it does not say */
    uint64_t unused_bytes;
    uint64_t disk_reads, disk_read_bytes, disk_writes, disk_written_bytes;
} HvDomainFigures;

bool hv_libvirt_domain_figures(HvLibvirtDomain *domain, HvDomainFigures *ret_figures, GError **error);
/* By the guest agent: the number of CPUs online in the guest. */
bool hv_libvirt_domain_agent_cpus(HvLibvirtDomain *domain, unsigned *ret_online, GError **error);
/* By the guest agent: CPU online or offline; all storage that is plugged in online. */
bool hv_libvirt_domain_agent_config_cpu(HvLibvirtDomain *domain, unsigned cpu, bool online, GError **error);
bool hv_libvirt_domain_agent_storage_online(HvLibvirtDomain *domain, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvLibvirtDomain, hv_libvirt_domain_unref)

#endif
