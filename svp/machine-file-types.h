/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_MACHINE_FILE_TYPES_H
#define LPARSIM_SVP_MACHINE_FILE_TYPES_H

#include "resmgr/definition.h"

/*
 * The types of the values in a machine file. A type reads a text into one field of a definition and writes the
 * field as a text that it reads back as the same value. Which C type `field` points to is said at each.
 */
typedef struct {
    /* False with G_KEY_FILE_ERROR_INVALID_VALUE, or an error of hv; the message is a sentence that quotes the
     * text, and the remedy on a second line. The field is unchanged then. */
    bool (*read)(const char *text, void *field, GError **error);
    /* NULL where nothing needs to be written; free with g_free(). */
    char *(*format)(const void *field);
    /* Instead of read(), for a value that names a file, or may: relative to `directory`, which NULL is the working one. */
    bool (*read_in)(const char *text, const char *directory, void *field, GError **error);
} SvpFileType;

/* Scalars. */
extern const SvpFileType svp_file_type_text;          /* char *: 1 .. 64 characters */
extern const SvpFileType svp_file_type_size;          /* uint64_t */
extern const SvpFileType svp_file_type_origin;        /* uint64_t, or RESMGR_ORIGIN_FIRST_FIT */
extern const SvpFileType svp_file_type_reserved;      /* ResmgrStorageDef */
extern const SvpFileType svp_file_type_rate;          /* uint64_t */
extern const SvpFileType svp_file_type_duration;      /* HvTime */
extern const SvpFileType svp_file_type_yes_no;        /* bool */
extern const SvpFileType svp_file_type_lpar_number;   /* unsigned, 1 .. RESMGR_MAX_LPARS */
extern const SvpFileType svp_file_type_weight;        /* uint32_t, 1 .. 999 */
extern const SvpFileType svp_file_type_weight_limit;  /* uint32_t, 1 .. 999; 0 is not written */
extern const SvpFileType svp_file_type_lips;          /* unsigned, 1 .. 256 */
extern const SvpFileType svp_file_type_lips_min;      /* unsigned, 1 .. 256; 0 is not written */
extern const SvpFileType svp_file_type_ip_type;       /* HvIpType */
extern const SvpFileType svp_file_type_cap;           /* ResmgrCap */
extern const SvpFileType svp_file_type_decimal;       /* uint32_t, hundredths, 1 .. 10^9; 0 is not written */
extern const SvpFileType svp_file_type_polarization;  /* bool: vertical */
extern const SvpFileType svp_file_type_workload;      /* HvWorkload */
extern const SvpFileType svp_file_type_chp_mode;      /* HvChpMode */
extern const SvpFileType svp_file_type_device_number; /* uint16_t */

/* Real guests. */
extern const SvpFileType svp_file_type_backend;      /* bool: libvirt */
extern const SvpFileType svp_file_type_uri;          /* char *: 1 .. 200 characters, SCHEME://... */
extern const SvpFileType svp_file_type_host_cpus;    /* GPtrArray * of char *, [ip - 1] */
extern const SvpFileType svp_file_type_domain;       /* char *: 1 .. 255 characters */
extern const SvpFileType svp_file_type_file;         /* char *: 1 .. 1024 characters */
extern const SvpFileType svp_file_type_cmdline;      /* char *: 1 .. 2048 characters */
extern const SvpFileType svp_file_type_arch;         /* HvArch */
extern const SvpFileType svp_file_type_virt;         /* HvVirt */
extern const SvpFileType svp_file_type_grow;         /* HvGrow */
extern const SvpFileType svp_file_type_disks;        /* GPtrArray * of char *: 1 .. 16 files */
extern const SvpFileType svp_file_type_nic;          /* char * */
extern const SvpFileType svp_file_type_image_format; /* bool: qcow2 */

/* Lists, with ';' between their elements and perhaps behind the last. */
extern const SvpFileType svp_file_type_ips;         /* HvMachineDef: n_ips, ip_types */
extern const SvpFileType svp_file_type_installed;   /* HvMachineDef: chps[].installed */
extern const SvpFileType svp_file_type_shares;      /* GArray * of ResmgrIpShare */
extern const SvpFileType svp_file_type_pools;       /* GArray * of ResmgrPoolDef */
extern const SvpFileType svp_file_type_chpids;      /* GArray * of uint8_t */
extern const SvpFileType svp_file_type_device_chps; /* uint64_t[4], bit map */
extern const SvpFileType svp_file_type_candidates;  /* HvChpDef: candidates_given, candidates */
extern const SvpFileType svp_file_type_lends;       /* ResmgrLparDef: lends_given, lends_to */
extern const SvpFileType svp_file_type_names;       /* GPtrArray * of char * */

/* Workloads of planners: service classes, demand, paging, the clock. */
extern const SvpFileType svp_file_type_clock;        /* HvCalendar */
extern const SvpFileType svp_file_type_service;      /* HvDeviceDef: `service_ns` and `service` */
extern const SvpFileType svp_file_type_distribution; /* HvDistribution * */
extern const SvpFileType svp_file_type_arrivals;     /* HvArrivalsDef * */
extern const SvpFileType svp_file_type_start;        /* HvClassDef: `at_start`, `start_second`, `days` */
extern const SvpFileType svp_file_type_class_name;   /* char * */
extern const SvpFileType svp_file_type_users;        /* unsigned: 1 .. 10^6 */
extern const SvpFileType svp_file_type_jobs;         /* uint64_t: 1 .. 10^6 */
extern const SvpFileType svp_file_type_ios;          /* unsigned: 0 .. 10^6 */
extern const SvpFileType svp_file_type_priority;     /* unsigned: 1 .. HV_CLASS_PRIORITIES */
extern const SvpFileType svp_file_type_devices;      /* GArray * of uint16_t */
extern const SvpFileType svp_file_type_goal;         /* HvGoal */
extern const SvpFileType svp_file_type_dispatching;  /* HvDispatching */
extern const SvpFileType svp_file_type_faults;       /* uint64_t: per 1000 s */
extern const SvpFileType svp_file_type_demand;       /* HvDemandDef * */

/* Says what is wrong with `text`; returns false. */
bool svp_file_type_refuse(const char *text, const char *what, const char *remedy, GError **error);
/* The elements of a list without blanks around them; a ';' behind the last is no element. NULL if one is empty or
 * there are more than `max`. */
char **svp_file_type_split(const char *text, unsigned max, const char *remedy, GError **error);

#endif
