/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_GUEST_LIBVIRT_JOB_H
#define LPARSIM_HV_GUEST_LIBVIRT_JOB_H

#include "hv/guest.h"
#include "hv/job-queue.h"
#include "hv/libvirt-console.h"
#include "hv/libvirt-domain.h"
#include "hv/libvirt-save.h"

/*
 * What guest-libvirt.c has done in the thread of its jobs: each job has its own copy of all it needs, since it can
 * outlive the guest, and brings back what it has found. Nobody else includes this.
 */

/* What belongs to the guest, as HvGuestResources, with everything looked up. */
typedef struct {
    uint64_t ms_bytes, ms_max_bytes;
    unsigned n_cpus, max_cpus;
    char **host_cpus; /* [n_cpus], NULL-terminated: "0-1,3"; "": any */
    unsigned cpu_shares;
    uint64_t quota_us;
    GPtrArray *devices; /* HvDeviceDef *, copies: those with a disk or a network interface */
} HvGuestWant;

HvGuestWant *
hv_guest_want_new(const HvGuestResources *resources, const HvMachineDef *machine, unsigned host_cpus);
HvGuestWant *hv_guest_want_copy(const HvGuestWant *want);
void hv_guest_want_free(HvGuestWant *want);

/* How the domain is begun; a copy goes with every job that may have to. */
typedef struct {
    bool adopted;
    char *owner;              /* others: what hv_domain_xml() writes into it */
    char *xml_kvm, *xml_qemu; /* others: the domain with and without KVM; NULL: not to be used */
    GArray *found;            /* uint16_t: adopted: numbers of the devices that it had when it was found */
    char *saved_xml;          /* adopted and transient: as it was found */
    HvArch arch;
    HvGrow grow;       /* HV_GROW_DEFAULT: what the domain was made for */
    char *console_log; /* absolute; NULL: none */
    char *directory;   /* file names are relative to it; may be NULL */
} HvGuestOrigin;

HvGuestOrigin *hv_guest_origin_copy(const HvGuestOrigin *origin);
void hv_guest_origin_free(HvGuestOrigin *origin);

typedef struct {
    void *guest;             /* the engine's thread only */
    const char *what;        /* "starting", for messages */
    HvLibvirtDomain *domain; /* a reference */
    HvGuestOrigin *origin;
    HvGuestWant *want; /* NULL: not needed */
    HvAssignParts parts;
    HvTime limit_ns;
    bool again;              /* boot: it runs already and is booted anew */
    HvDomainRun as_found;    /* let go, adopted: what it did when it was found */
    HvLibvirtTuning *tuning; /* adopted: as it was found */
    HvLibvirtSave save;      /* `folder` is its own, and a reference to `moment` */
    HvGuestSaved *saved;     /* restore: what is restored; save: brought back */
    bool keep;               /* let go */
    unsigned cpu;            /* agent */
    bool online, storage;
    /* Brought back. */
    GString *did;       /* sentences, one a line */
    GPtrArray *left;    /* char *: what could not be given, with the reason */
    HvDomainView *view; /* NULL: not looked at */
    HvDomainFigures figures;
    bool has_figures, off;
    HvDomainRun found;   /* boot, look: what the domain did */
    unsigned agent_cpus; /* 0: not asked */
    struct _virStream *stream;
    bool has_stream; /* `stream` is to be attached, even if NULL */
} HvGuestJob;

HvGuestJob *
hv_guest_job_new(void *guest, const char *what, HvLibvirtDomain *domain, const HvGuestOrigin *origin);
void hv_guest_job_free(void *job);
/* A sentence for the operator, with the time since `begun_us` if that is not 0. */
void hv_guest_job_say(HvGuestJob *job, gint64 begun_us, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* The work of jobs; repeated, if the connection is lost in the middle, when it is back. */
typedef bool (*HvGuestWork)(HvGuestJob *job, GError **error);
bool hv_guest_work_boot(void *job, GError **error);
bool hv_guest_work_suspend(void *job, GError **error);
bool hv_guest_work_resume(void *job, GError **error); /* starts it if it is off */
bool hv_guest_work_shutdown(void *job, GError **error);
bool hv_guest_work_power_off(void *job, GError **error);
bool hv_guest_work_let_go(void *job, GError **error);
bool hv_guest_work_look(void *job, GError **error);
bool hv_guest_work_agent(void *job, GError **error);
bool hv_guest_work_assign(void *job, GError **error);
bool hv_guest_work_probe(void *job, GError **error);
bool hv_guest_work_save(void *job, GError **error);
bool hv_guest_work_restore(void *job, GError **error);
bool hv_guest_work_take_up(void *job, GError **error);
/* guest-libvirt-job.c: parts of beginning a domain. The name is free afterwards; nobody else has a disk; the console is attached. */
bool hv_guest_job_clear_name(HvGuestJob *job, GError **error);
bool hv_guest_job_disks_are_free(const HvGuestJob *job, GError **error);
void hv_guest_job_open_console(HvGuestJob *job);
bool hv_guest_job_owner_lives(const char *owner, const char *mine);
bool hv_guest_job_boot(HvGuestJob *job, GError **error);
/* guest-libvirt-overlay.c: `xml` with the overlays that an interrupted save has left beside disks instead of these; free with g_free(). */
char *hv_guest_job_with_overlays(const HvGuestJob *job, const char *xml, bool *ret_any, GError **error);
/* They become one with their disks; the domain is there, suspended. */
bool hv_guest_job_merge_overlays(HvGuestJob *job, GError **error);
bool hv_guest_persist(HvGuestJob *job, HvGuestWork work, GError **error);
/* The absolute name of the device's disk; NULL: it has none. Free with g_free(). */
char *hv_guest_job_file(const HvGuestJob *job, const HvDeviceDef *device);
/* Fills in job->view. */
bool hv_guest_job_view(HvGuestJob *job, GError **error);
/* Pins and weights; what the host cannot do is said and is no error. */
void hv_guest_job_tune(HvGuestJob *job);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvGuestWant, hv_guest_want_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvGuestOrigin, hv_guest_origin_free)

#endif
