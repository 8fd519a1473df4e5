/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_MACHINE_H
#define LPARSIM_HV_MACHINE_H

#include "hv/calendar.h"
#include "hv/distribution.h"

/*
 * The inventory of the physical machine: a definition, that is plain data which is filled in once and then
 * only read. IPs are numbered from 1. Channel paths are named by their CHPID, 0x00 .. 0xFF.
 */
#define HV_MAX_IPS   1024
#define HV_MAX_CHPS  256
#define HV_PAGE_SIZE UINT64_C(4096)

typedef enum {
    HV_IP_CP,
    HV_IP_IFL,
    HV_IP_ZIIP,
    HV_IP_ICF,
    HV_IP_TYPES,
} HvIpType;

typedef enum {
    HV_CHP_RECONFIGURABLE, /* one owner at a time, may change owner within its candidate list */
    HV_CHP_DEDICATED,      /* one owner for good; only INTEG ... FORCE moves it */
    HV_CHP_SHARED,         /* used by several LPARs at once; no owner */
} HvChpMode;

/* A device, reached through one or more channel paths. */
typedef struct {
    char *name;              /* group name in the machine file, unique */
    uint16_t number;         /* device number as a guest knows it; unique per LPAR, not per machine */
    HvTime service_ns;       /* time one I/O keeps the device busy, the mean of `service` */
    HvDistribution *service; /* NULL: always service_ns */
    uint64_t chps[4];        /* bit map of the CHPIDs that reach it: bit c of chps[c / 64] */
    /* For real guests, at most one of the two; NULL: the device is simulated. */
    char *disk; /* image file or block device */
    char *nic;  /* "user", "network:NAME" or "bridge:NAME" */
    bool qcow2; /* format of the image; false: raw */
} HvDeviceDef;

typedef struct {
    bool installed;
    HvChpMode mode;
    bool candidates_given; /* false: any LPAR may get it */
    GPtrArray *candidates; /* names of LPARs that may get it, char *; empty when !candidates_given */
    GPtrArray *access; /* shared paths: names of LPARs that have it at start, besides those whose `channels`
                          name it */
    HvTime service_ns; /* time one I/O keeps the path busy, on top of the device's */
} HvChpDef;

typedef struct {
    char *name;
    unsigned n_ips;
    HvIpType ip_types[HV_MAX_IPS];  /* [ip - 1] */
    uint64_t ms_bytes, es_bytes;    /* multiples of increment_bytes */
    uint64_t increment_bytes;       /* granule of storage, a multiple of HV_PAGE_SIZE */
    uint64_t ms_copy_rate;          /* bytes per second that a relocation copies; default 2G */
    HvTime dispatch_cost_ns;        /* management time of one dispatch; default 0 */
    HvTime slice_ns;                /* time slice, 1 ms .. 100 ms; 0: by the slice rule (12.5 .. 25 ms) */
    bool vertical;                  /* pools have vertical polarization */
    uint32_t msu_per_ip_hundredths; /* MSU that one IP gives in an hour; 0: not told, no limits in MSU */
    HvCalendar calendar;            /* what the clock on the wall shows */
    bool wait_completion;           /* true: a LIP keeps its IP through its waits (time-driven dispatching) */
    HvChpDef chps[HV_MAX_CHPS];     /* [chpid] */
    GPtrArray *devices;             /* HvDeviceDef *, in the order of the file */
    /* Machines with real guests. */
    bool libvirt;         /* backend = libvirt: LPARs may have guests of that kind; wall-clock time */
    char *uri;            /* of the libvirt host; NULL: HV_LIBVIRT_URI */
    GPtrArray *host_cpus; /* [ip - 1]: char *, host CPUs as "0-1,3"; NULL or beyond its end: chosen */
    char *directory;      /* absolute; names of files are relative to it; NULL: to the working directory */
} HvMachineDef;

#define HV_LIBVIRT_URI "qemu:///system"

/* An empty machine with the defaults above: no IP, no storage, increment 1 MiB. */
HvMachineDef *hv_machine_def_new(void);
void hv_machine_def_free(HvMachineDef *def);
HvDeviceDef *hv_device_def_new(const char *name, uint16_t number, HvTime service_ns);
void hv_device_def_free(HvDeviceDef *device);
bool hv_device_def_on_chp(const HvDeviceDef *device, uint8_t chpid);
void hv_device_def_add_chp(HvDeviceDef *device, uint8_t chpid);

/* "CP", "IFL", "ZIIP", "ICF" and back (any case). */
const char *hv_ip_type_name(HvIpType type);
bool hv_ip_type_parse(const char *text, HvIpType *ret_type);
/* "reconfigurable", "dedicated", "shared" and back (any case). */
const char *hv_chp_mode_name(HvChpMode mode);
bool hv_chp_mode_parse(const char *text, HvChpMode *ret_mode);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvMachineDef, hv_machine_def_free)

#endif
