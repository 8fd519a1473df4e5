/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_GUEST_LIBVIRT_PRIVATE_H
#define LPARSIM_HV_GUEST_LIBVIRT_PRIVATE_H

#include "hv/guest-libvirt-job.h"
#include "hv/guest-libvirt.h"

/* What the files of the real guest share among themselves; nobody else includes this. */
#define HV_GUEST_PARTS 3
/* How long a save or a restore may take on top of the patience: much storage on a slow disk. */
#define HV_GUEST_SAVE_LIMIT_NS (15 * 60 * HV_NS_PER_S)

/* Something typed on the console that is to be answered. */
typedef struct {
    unsigned id;
    bool notify;  /* NOTIFY */
    bool told;    /* TELL: the answer is the result */
    unsigned lip; /* CF CPU; 0: CF STOR, or none of these */
    bool online;
} HvGuestTyped;

typedef struct {
    HvGuest base;
    HvGuestConfig config;
    HvGuestRealConfig real;
    HvLibvirtDomain *domain;
    HvGuestOrigin *origin;
    HvJobQueue *jobs;
    HvLibvirtConsole *console;
    HvGuestWant *want; /* what belongs to it; NULL before the first boot */
    GArray *lips;      /* unsigned: LIP of each CPU of `want` */
    bool lips_online[HV_MAX_LIPS + 1];
    /* The domain. */
    bool on, suspended;
    char *ended;             /* why it is off, if nobody here has ended it; NULL: it is not */
    char *suspected;         /* an event has said that it is off, and why; NULL: none has */
    bool off_expected;       /* we end it; or it was asked to */
    HvDomainRun found;       /* adopted: what it did when it was found */
    HvLibvirtTuning *tuning; /* adopted: as it was found */
    unsigned boots, notified;
    HvTime loaded_ns;
    /* What has been asked and not settled. */
    unsigned under_way;
    HvTime allowance_ns; /* limits of what is under way */
    const char *what;    /* is under way, for messages */
    GString *did;
    GError *problem;
    HvGuestSettled settled; /* NULL: nobody waits */
    void *settled_data;
    HvEvent patience;
    GArray *typed; /* HvGuestTyped */
    unsigned last_id;
    GArray *new_lips; /* unsigned: given, and not yet known to be online in the guest */
    bool unacknowledged;
    /* What is known. */
    HvDomainView *view; /* NULL: nothing */
    HvDomainFigures figures;
    HvGuestSaved *saved;   /* the last save, until somebody takes it; NULL: none */
    HvDomainFigures taken; /* what take_usage() has given of them */
    unsigned agent_cpus;
    GPtrArray *devices_seen, *pending; /* char *, for sight() */
    GPtrArray *left[HV_GUEST_PARTS];   /* char *, by part: what could not be given */
} HvGuestLibvirt;

static inline HvGuestLibvirt *hv_guest_libvirt(HvGuest *guest)
{
    return (HvGuestLibvirt *)guest;
}

static inline const HvGuestLibvirt *hv_guest_libvirt_peek(const HvGuest *guest)
{
    return (const HvGuestLibvirt *)guest;
}

/* guest-libvirt.c: jobs, and who waits for them. */
HvGuestJob *hv_guest_libvirt_job(HvGuestLibvirt *self, const char *what);
/* One thing more is under way; `what` is a constant, for messages. */
void hv_guest_libvirt_begin(HvGuestLibvirt *self, const char *what);
void hv_guest_libvirt_push(HvGuestLibvirt *self, const HvJobOps *ops, HvGuestJob *job);
/* One thing that was under way is over. */
void hv_guest_libvirt_finish(HvGuestLibvirt *self, const char *did, const GError *error);
/* What a job has seen of the domain. */
void hv_guest_libvirt_learn(HvGuestLibvirt *self, HvGuestJob *job);
void hv_guest_libvirt_went_off(HvGuestLibvirt *self);
void hv_guest_libvirt_watch(HvGuestLibvirt *self);
void hv_guest_libvirt_look(HvGuest *guest);
/* It has ended, and LPAR control is told why. */
void hv_guest_libvirt_ended(HvGuestLibvirt *self, const char *why);

/* guest-libvirt-domain.c: the domain begins, stops, goes on, ends, and gets what belongs to it. */
void hv_guest_libvirt_boot(HvGuest *guest, const HvGuestBoot *boot);
void hv_guest_libvirt_halt(HvGuest *guest);
void hv_guest_libvirt_resume(HvGuest *guest);
void hv_guest_libvirt_shutdown(HvGuest *guest, HvTime limit_ns);
void hv_guest_libvirt_power_off(HvGuest *guest);
void hv_guest_libvirt_let_go(HvGuest *guest, HvTime limit_ns, bool keep);
void hv_guest_libvirt_boot_done(void *data, const GError *error);
void hv_guest_libvirt_assign(HvGuest *guest, const HvGuestResources *resources, HvAssignParts parts);
void hv_guest_libvirt_probe(HvGuest *guest, const HvGuestResources *resources);

/* guest-libvirt-save.c: saves, and how a domain begins otherwise than by booting. */
extern const HvJobOps hv_guest_libvirt_restore_ops, hv_guest_libvirt_take_up_ops;
void hv_guest_libvirt_save(HvGuest *guest, const HvSaveOrder *order);
HvGuestSaved *hv_guest_libvirt_take_saved(HvGuest *guest);

/* guest-libvirt-operator.c: what is said to the guest and what it says. */
void hv_guest_libvirt_answered(const HvGuestAnswer *answer, void *data);
void hv_guest_libvirt_resources_changed(HvGuest *guest, const unsigned *lips, unsigned n_lips);
bool hv_guest_libvirt_config_storage(
    HvGuest *guest, bool online, uint64_t *ret_changed_bytes, GError **error);
bool hv_guest_libvirt_config_cpu(HvGuest *guest, unsigned lip, bool online, GError **error);
bool hv_guest_libvirt_tell(HvGuest *guest, const char *command, GError **error);
HvGuestStatus hv_guest_libvirt_status(const HvGuest *guest);
HvGuestSight hv_guest_libvirt_sight(HvGuest *guest);
void hv_guest_libvirt_take_usage(HvGuest *guest, unsigned lip, HvTime *ret_ran_ns, HvTime *ret_ready_ns);

#endif
