/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_GUEST_H
#define LPARSIM_HV_GUEST_H

#include "hv/channel.h"
#include "hv/class-def.h"
#include "hv/domain-def.h"
#include "hv/engine.h"
#include "hv/guest-save.h"
#include "hv/machine.h"
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
typedef struct HvCodec HvCodec; /* hv/codec.h */

/* What the machine does for a guest; `host` is the guest's LPAR control. */
typedef struct {
    /* LIP `lip` has work now (it wants to be dispatched), or no longer (it waits). */
    void (*lip_ready)(void *host, unsigned lip, bool has_work);
    /* lip_ran() is called with all that the LIP has received up to now, before this returns. */
    void (*lip_catch_up)(void *host, unsigned lip);
    /* What lip_burst() says of the LIP, caught up, is another value from now on. */
    void (*lip_burst_changed)(void *host, unsigned lip);
    /* SIGP start: brings a LIP online that LPAR control declared; it gets a task. False, with error, if it
     * cannot. */
    bool (*lip_start)(void *host, unsigned lip, GError **error);
    /* SIGP stop: takes a LIP offline; its task goes. */
    bool (*lip_stop)(void *host, unsigned lip, GError **error);
    /* Starts an I/O on the guest's `nth` device (0-based, by device number); false if it has no such device
     * or path. */
    bool (*io_start)(void *host, unsigned nth, HvIoFunc func, void *data);
    unsigned (*n_devices)(void *host);
    /* The position of the device with that number; false if the guest has none. */
    bool (*find_device)(void *host, uint16_t number, unsigned *ret_nth);
    /* Real guests: it runs no more, and nobody here has ended it. The guest object stays and can be booted. */
    void (*guest_ended)(void *host, const char *why);
} HvGuestHostOps;

/* What a real guest is made with, besides; all of it outlives the guest. */
typedef struct {
    const HvMachineDef *machine;
    const HvDomainDef *domain;
    const char *lpar_name;
    struct HvLibvirtHost *host;
} HvGuestRealConfig;

/* What a guest is made with. The windows and the engine stay LPAR control's and outlive the guest. */
typedef struct {
    HvEngine *engine;
    HvTrace *trace;
    unsigned lpar;             /* number, for traces */
    const HvStorageWindow *ms; /* moves under the guest; its size grows by INTEG */
    const HvStorageWindow *es;
    const HvGuestHostOps *host_ops;
    void *host;
    uint64_t seed;                 /* of this guest's content and random streams */
    const HvJobsDef *jobs;         /* model guests: classes, demand, paging; NULL: none; outlives the guest */
    const HvCalendar *calendar;    /* NULL: the default one; outlives the guest */
    const HvGuestRealConfig *real; /* NULL for guests that are not */
} HvGuestConfig;

/*
 * A real guest (HvGuestOps.real) is a machine of its own, a domain of libvirt. It is told what belongs to it and sees
 * to it that it gets that; its content is not in the machine's storage, and holds do not reach it.
 */
typedef struct {
    unsigned lip;
    uint16_t ip; /* 0: pool */
} HvGuestCpu;

typedef struct {
    uint64_t ms_bytes, ms_max_bytes; /* now, and how far it can grow until the next load */
    const HvGuestCpu *cpus;          /* by LIP number; the first is the guest's CPU 0, and so on */
    unsigned n_cpus, max_cpus;       /* now, and at most until the next load */
    unsigned cpu_shares;             /* weight against others on the host: 1024 for a whole IP */
    uint64_t quota_us;               /* host CPU time in 100 ms, all CPUs together; 0: not limited */
    const GPtrArray *devices;        /* const HvDeviceDef *, by device number; some may be simulated only */
} HvGuestResources;

typedef enum {
    HV_ASSIGN_STORAGE = 1 << 0,
    HV_ASSIGN_DEVICES = 1 << 1,
    HV_ASSIGN_PROCESSORS = 1 << 2,
    HV_ASSIGN_ALL = HV_ASSIGN_STORAGE | HV_ASSIGN_DEVICES | HV_ASSIGN_PROCESSORS,
} HvAssignParts;

/*
 * Called when all that a real guest was asked for has been done. `did`: sentences, one a line, "" if there is
 * nothing to say; `error`: the first thing that failed, or NULL.
 */
typedef void (*HvGuestSettled)(const char *did, const GError *error, void *data);

/* What the guest learns at load: figure 3's sizes and the processors that exist. */
typedef struct {
    uint64_t ms_online_bytes;   /* initial size */
    uint64_t ms_reserved_bytes; /* how far MS can grow behind it */
    uint64_t es_online_bytes;
    unsigned n_lips_online; /* LIPs online at load, their numbers in lips_online */
    const unsigned *lips_online;
    const HvGuestResources *resources; /* real guests; NULL for others */
    const HvGuestSaved
        *saved; /* real guests: it goes on from there, its disks are put back; NULL: it boots */
    bool
        take_up; /* real guests: what an earlier console has left running is taken up as it runs; HV_ERROR_GONE if there is none */
} HvGuestBoot;

typedef struct {
    unsigned boots;                            /* times it was loaded since activation */
    HvTime uptime_ns;                          /* since the last load, by the machine's clock */
    uint64_t ms_online_bytes, es_online_bytes; /* what the guest uses, at most what it was given */
    uint64_t ms_least_bytes, es_least_bytes;   /* what it keeps while it runs, whatever is taken offline */
    uint64_t ms_most_bytes; /* as far as it can grow until it is loaded again; 0: not told */
    uint64_t ms_assigned_bytes, es_assigned_bytes; /* what its windows hold now */
    unsigned cpus_online;
    uint64_t written_bytes; /* by its workload since the last load */
    uint64_t io_started, io_done, io_ended;
    uint64_t io_skipped; /* not started: no device, or too many under way already */
    unsigned notified;   /* interruptions "resources changed" taken since the last load */
} HvGuestStatus;

/* What can be seen of a real guest. Pointers are the guest's and good until it is next called. */
typedef struct {
    const char *domain, *uuid, *run; /* uuid NULL: not there; run: "running", "paused", "off" */
    const char *ended;               /* why it is off although nobody here has ended it; NULL: it is not */
    bool adopted;
    uint64_t memory_bytes; /* by libvirt: with what is plugged in, less the balloon */
    uint64_t usable_bytes; /* by the balloon's driver, what the kernel has; 0: it does not say */
    unsigned vcpus;
    const char *agent;        /* "answers", "does not answer", "none" */
    const GPtrArray *devices; /* char *, "vda /file", "network:default" */
    const GPtrArray *pending; /* char *: what belongs to it and it has not got, with the reason */
    /* By the heartbeat on its console; beats 0: there is none. */
    uint64_t beats;
    HvTime beat_age_ns,
        longest_gap_ns;               /* since the last one; between two, outside STOP, since the last load */
    const char *boot_id, *disks_seen; /* as it prints them */
    double uptime_s;
    uint64_t mem_bytes; /* MemTotal */
    unsigned cpus_online, cpus_present, css_devices, nics;
    /* By libvirt's statistics. */
    unsigned n_vcpus;
    const uint64_t *vcpu_ns,
        *wait_ns; /* [n_vcpus]: processor time used; ready, and waiting for a processor */
    uint64_t disk_reads, disk_read_bytes, disk_writes, disk_written_bytes;
} HvGuestSight;

typedef struct {
    const char *kind; /* as in the machine file: "model" */
    bool real;        /* a machine of its own; has the operations at the end */
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
    /* So much MS and ES and no more; HV_ERROR_GUEST if that is less than it can do with or more than it was given. May be
     * NULL: it gives nothing back. */
    bool (*set_storage)(HvGuest *guest, const uint64_t online_bytes[2], GError **error);
    bool (*config_cpu)(HvGuest *guest, unsigned lip, bool online, GError **error); /* CF CPU(n) */
    HvGuestStatus (*status)(const HvGuest *guest);
    /* Checks every byte it ever wrote against what it must be; false with a sentence in *error naming the
     * first that differs. */
    bool (*verify)(HvGuest *guest, GError **error);
    /* Digest of all MS and ES it has online (64 hexadecimal digits); free with g_free(). */
    char *(*digest)(HvGuest *guest);
    bool (*lip_is_online)(const HvGuest *guest, unsigned lip);
    /* What its workload could not do: a file that cannot be read on; NULL: nothing. May be NULL. */
    const char *(*problem)(const HvGuest *guest);
    unsigned (*n_classes)(const HvGuest *guest); /* NULL: none */
    /* How its nth class (from 0) has fared up to now; may be NULL for kinds without classes. */
    HvClassStats (*class_stats)(HvGuest *guest, unsigned nth);
    void (*codec)(HvGuest *guest, HvCodec *codec); /* see hv_guest_codec(); NULL: its state is not here */
    /*
     * Real guests. Each of their operations, these and those above, only asks; what has become of it is heard by
     * settle(). resume() after power_off() boots the guest again with what it had.
     */
    /* These parts of what belongs to it: what is missing is attached. Repeating it does no harm. */
    void (*assign)(HvGuest *guest, const HvGuestResources *resources, HvAssignParts parts);
    /* Whether it is there, answers, and could be given all of this; nothing changes. */
    void (*probe)(HvGuest *guest, const HvGuestResources *resources);
    /* Asks its operating system to shut down and waits up to the limit; that it has not is no error. */
    void (*shutdown)(HvGuest *guest, HvTime limit_ns);
    /* It ends, at once; an adopted one too. */
    void (*power_off)(HvGuest *guest);
    /* Lets an adopted one be as it was found; others end, or (`keep`) are left as they are for another console. */
    void (*let_go)(HvGuest *guest, HvTime limit_ns, bool keep);
    /* Saves it into the folder, which is there; what has become of it is in saved(). */
    void (*save)(HvGuest *guest, const HvSaveOrder *order);
    /* The last save, if it has come off; the caller's, hv_guest_saved_free(). */
    HvGuestSaved *(*take_saved)(HvGuest *guest);
    /* Types a command on its console; the answer is what it did. Refused at once if the console does not obey. */
    bool (*tell)(HvGuest *guest, const char *command, GError **error);
    void (*look)(HvGuest *guest); /* brings what sight() shows up to date */
    /* One at a time. Called back at once if nothing is under way, else when it is over, or has taken longer than
     * `patience_ns` on top of the limits asked for. */
    void (*settle)(HvGuest *guest, HvTime patience_ns, HvGuestSettled func, void *data);
    HvGuestSight (*sight)(HvGuest *guest);
    /* Host CPU time that the LIP's vCPU has used, and has waited for, since this was last asked. */
    void (*take_usage)(HvGuest *guest, unsigned lip, HvTime *ret_ran_ns, HvTime *ret_ready_ns);
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
bool hv_guest_set_storage(HvGuest *guest, const uint64_t online_bytes[2], GError **error);
bool hv_guest_config_cpu(HvGuest *guest, unsigned lip, bool online, GError **error);
HvGuestStatus hv_guest_status(const HvGuest *guest);
bool hv_guest_verify(HvGuest *guest, GError **error);
char *hv_guest_digest(HvGuest *guest);
bool hv_guest_lip_is_online(const HvGuest *guest, unsigned lip);
/* Classes of jobs that the guest has been loaded with, and how one has fared; stats.responses is the guest's. */
unsigned hv_guest_n_classes(const HvGuest *guest);
HvClassStats hv_guest_class_stats(HvGuest *guest, unsigned nth); /* nth < n_classes (asserted) */
const char *hv_guest_problem(const HvGuest *guest);              /* NULL: none */
/*
 * The guest written down, or read back into one that was created with the same definition and not loaded. The bytes of its storage are not part
 * of it: a writer first does what catch_up() does, and when it is read they are in its windows already.
 *
 * Whole machine: the guest goes on as if nothing had happened, and calls nothing of the host, whose own state is read beside it. Its requests
 * under way are declared for hv_channels_codec(), which comes after all guests.
 *
 * Part of a machine: before writing, LIP time has been told up to now, as for class_stats(). A guest that was read is held, whether or not it was,
 * and halted if it was. hv_guest_release() then lets it go on, or stand still if it is halted, and says of each LIP that is online whether it has
 * work; the LIPs and devices are there by then. Requests that were under way are started anew when it goes on; those that cannot be count as
 * ended. Times by the guest's clock, and how long ago something was, are as they were; what comes by the calendar comes by the new one.
 */
bool hv_guest_can_be_written(const HvGuest *guest);  /* false: real guests */
void hv_guest_codec(HvGuest *guest, HvCodec *codec); /* of one that can (asserted) */
bool hv_guest_is_real(const HvGuest *guest);
/* For guests that are not real, these do nothing and are over at once; the last two are for real ones only. */
void hv_guest_assign(HvGuest *guest, const HvGuestResources *resources, HvAssignParts parts);
void hv_guest_probe(HvGuest *guest, const HvGuestResources *resources);
void hv_guest_shutdown(HvGuest *guest, HvTime limit_ns);
void hv_guest_power_off(HvGuest *guest);
void hv_guest_let_go(HvGuest *guest, HvTime limit_ns, bool keep);
void hv_guest_save(HvGuest *guest, const HvSaveOrder *order);
HvGuestSaved *hv_guest_take_saved(HvGuest *guest); /* NULL: none, or not real */
bool hv_guest_tell(
    HvGuest *guest, const char *command, GError **error); /* refused for those that are not real */
void hv_guest_look(HvGuest *guest);
void hv_guest_settle(HvGuest *guest, HvTime patience_ns, HvGuestSettled func, void *data);
HvGuestSight hv_guest_sight(HvGuest *guest);
void hv_guest_take_usage(HvGuest *guest, unsigned lip, HvTime *ret_ran_ns, HvTime *ret_ready_ns);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvGuest, hv_guest_destroy)

#endif
