/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_GUEST_H
#define LPARSIM_HV_GUEST_H

#include "hv/channel.h"
#include "hv/engine.h"
#include "hv/rng.h"
#include "hv/storage.h"
#include "hv/workload.h"

/*
 * The contract between the machine and what runs in an LPAR. A guest kind is a const table of operations
 * (HvGuestOps); the machine's side of it is another (HvGuestHostOps), given by LPAR control. LIPs are named
 * by their number in the LPAR, 1 .. HV_MAX_LIPS.
 *
 * States, and the function that makes each transition:
 *
 *     (new) --boot--> running --hold--> held --release--> running     the guest does not notice a hold
 *                     running --halt--> halted --resume--> running    STOP and START, the fence of INTEG
 *                     any --boot--> running                           LOAD again: a new boot
 *
 * While held or halted a guest does nothing: it writes nothing, starts no I/O, and its clock (uptime apart)
 * stands. I/O that completes meanwhile is taken note of at release or resume; that a request was ended by the
 * machine counts at once. Every request must have been ended before a guest is booted again or destroyed.
 */
#define HV_MAX_LIPS 256

typedef struct HvGuest HvGuest;

/* What the machine does for a guest; `host` is the guest's LPAR control. */
typedef struct {
    /* LIP `lip` has work now (it wants to be dispatched), or no longer (it waits). */
    void (*lip_ready)(void *host, unsigned lip, bool has_work);
    /* SIGP start: brings a LIP online that LPAR control declared; it gets a task. False, with error, if it
     * cannot. */
    bool (*lip_start)(void *host, unsigned lip, GError **error);
    /* SIGP stop: takes a LIP offline; its task goes. */
    bool (*lip_stop)(void *host, unsigned lip, GError **error);
    /* Starts an I/O on the guest's `nth` device (0-based, by device number); false if it has no such device
     * or path. */
    bool (*io_start)(void *host, unsigned nth, HvIoFunc func, void *data);
    unsigned (*n_devices)(void *host);
} HvGuestHostOps;

/* What a guest is made with. The windows and the engine stay LPAR control's and outlive the guest. */
typedef struct {
    HvEngine *engine;
    HvTrace *trace;
    unsigned lpar;             /* number, for traces */
    const HvStorageWindow *ms; /* moves under the guest; its size grows by INTEG */
    const HvStorageWindow *es;
    const HvGuestHostOps *host_ops;
    void *host;
    uint64_t seed; /* of this guest's content and random streams */
} HvGuestConfig;

/* What the guest learns at load: figure 3's sizes and the processors that exist. */
typedef struct {
    uint64_t ms_online_bytes;   /* initial size */
    uint64_t ms_reserved_bytes; /* how far MS can grow behind it */
    uint64_t es_online_bytes;
    unsigned n_lips_online; /* LIPs online at load, their numbers in lips_online */
    const unsigned *lips_online;
} HvGuestBoot;

typedef struct {
    unsigned boots;                                /* times it was loaded since activation */
    HvTime uptime_ns;                              /* since the last load, by the machine's clock */
    uint64_t ms_online_bytes, es_online_bytes;     /* what the guest uses, at most what it was given */
    uint64_t ms_assigned_bytes, es_assigned_bytes; /* what its windows hold now */
    unsigned cpus_online;
    uint64_t written_bytes; /* by its workload since the last load */
    uint64_t io_started, io_done, io_ended;
    uint64_t io_skipped; /* not started: no device, or too many under way already */
    unsigned notified;   /* interruptions "resources changed" taken since the last load */
} HvGuestStatus;

typedef struct {
    const char *kind; /* as in the machine file: "model" */
    HvGuest *(*create)(const HvGuestConfig *config, const HvWorkload *workload);
    void (*destroy)(HvGuest *guest);
    void (*boot)(HvGuest *guest, const HvGuestBoot *boot);
    void (*halt)(HvGuest *guest);
    void (*resume)(HvGuest *guest);
    void (*hold)(HvGuest *guest);
    void (*release)(HvGuest *guest);
    /* The guest has done all it does up to now, its writes above all: called before anybody looks at its
     * storage. */
    void (*catch_up)(HvGuest *guest);
    /* Nanoseconds of processor time LIP `lip` can use before the guest must be asked again: 0 while it waits,
       HV_TIME_NEVER when there is no end to it. */
    HvTime (*lip_burst)(HvGuest *guest, unsigned lip);
    /* LIP `lip` has run for `ran_ns` (at most its burst). When that is the whole burst, the guest decides
       what comes next: lip_burst() gives a new value, or it calls host_ops->lip_ready(.., false). */
    void (*lip_ran)(HvGuest *guest, unsigned lip, HvTime ran_ns);
    /* External interruption: storage, LIPs or channels were added (NOTIFY); `lips` are the new LIPs. */
    void (*resources_changed)(HvGuest *guest, const unsigned *lips, unsigned n_lips);
    /* Commands of the guest's operator, [0034-0039] of the patent. */
    bool (*config_storage)(
        HvGuest *guest, bool online, uint64_t *ret_changed_bytes, GError **error); /* CF STOR(ALL) */
    bool (*config_cpu)(HvGuest *guest, unsigned lip, bool online, GError **error); /* CF CPU(n) */
    HvGuestStatus (*status)(const HvGuest *guest);
    /* Checks every byte it ever wrote against what it must be; false with a sentence in *error naming the
     * first that differs. */
    bool (*verify)(HvGuest *guest, GError **error);
    /* Digest of all MS and ES it has online (64 hexadecimal digits); free with g_free(). */
    char *(*digest)(HvGuest *guest);
    bool (*lip_is_online)(const HvGuest *guest, unsigned lip);
} HvGuestOps;

/* Every guest kind's object begins with this. */
struct HvGuest {
    const HvGuestOps *ops;
};

/* The kind with that name, or NULL. `hv_guest_kind_names()` lists them, separated by ", ", for messages. */
const HvGuestOps *hv_guest_kind(const char *name);
const char *hv_guest_kind_names(void);

/* Thin wrappers that assert and call the table. */
HvGuest *hv_guest_create(const HvGuestOps *kind, const HvGuestConfig *config, const HvWorkload *workload);
void hv_guest_destroy(HvGuest *guest); /* NULL is allowed */
void hv_guest_boot(HvGuest *guest, const HvGuestBoot *boot);
void hv_guest_halt(HvGuest *guest);
void hv_guest_resume(HvGuest *guest);
void hv_guest_hold(HvGuest *guest);
void hv_guest_release(HvGuest *guest);
void hv_guest_catch_up(HvGuest *guest);
HvTime hv_guest_lip_burst(HvGuest *guest, unsigned lip);
void hv_guest_lip_ran(HvGuest *guest, unsigned lip, HvTime ran_ns);
void hv_guest_resources_changed(HvGuest *guest, const unsigned *lips, unsigned n_lips);
bool hv_guest_config_storage(HvGuest *guest, bool online, uint64_t *ret_changed_bytes, GError **error);
bool hv_guest_config_cpu(HvGuest *guest, unsigned lip, bool online, GError **error);
HvGuestStatus hv_guest_status(const HvGuest *guest);
bool hv_guest_verify(HvGuest *guest, GError **error);
char *hv_guest_digest(HvGuest *guest);
bool hv_guest_lip_is_online(const HvGuest *guest, unsigned lip);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvGuest, hv_guest_destroy)

#endif
