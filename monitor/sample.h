/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_MONITOR_SAMPLE_H
#define LPARSIM_MONITOR_SAMPLE_H

#include "hv/class-def.h"
#include "hv/codec.h"
#include "monitor/account.h"
#include "monitor/system.h"

/*
 * A sample: all that a report tells of a system, as of one moment, in figures that only grow; the difference of two is a report
 * over the interval between them. Plain data that owns what it points to (the definitions apart, which are the system's).
 */
typedef struct {
    unsigned number;
    LparRunState status;
    uint32_t weights[HV_IP_TYPES]; /* weight in the pool of each type; 0: not in it */
    ResmgrCap cap;
    unsigned n_lips[HV_IP_TYPES];    /* assigned, online or not */
    uint32_t share_bp[HV_IP_TYPES];  /* sum of the shares of LIPs that are bound to IPs */
    uint32_t rolling_msu_hundredths; /* average of the last 4 hours */
} MonitorLparSample;

typedef struct {
    unsigned lpar, nth; /* the LPAR's number, and which of its classes, from 0 in the order of the file */
    HvTime loaded_ns;   /* when its guest was loaded */
    HvClassStats stats; /* stats.responses is `responses` */
    HvHistogram *responses;
} MonitorClassSample;

typedef struct {
    unsigned number; /* CHPID, or index of the device in the machine's definition */
    HvIoCounts counts;
} MonitorIoSample;

typedef struct {
    HvTime at_ns, interval_ns; /* of a sample as taken: since power on */
    MonitorUsage *usage;
    GArray *lpars; /* MonitorLparSample, every LPAR by number, as it was at the end of the interval */
    GArray *
        group_msu; /* uint32_t, 1/100 MSU: the average of the last 4 hours of each group, in the order of the file */
    GArray *classes;  /* MonitorClassSample, by (lpar, nth); of LPARs that have a guest */
    GArray *channels; /* MonitorIoSample, installed paths by CHPID */
    GArray *devices;  /* MonitorIoSample, in the order of the machine file */
} MonitorSample;

/* Settles the accounts; changes nothing that a guest or a trace could notice, nor any result. */
MonitorSample *monitor_sample_take(MonitorSystem *system);
/* now - earlier, both of one system. A guest that was loaded again in between counts from its load on. */
MonitorSample *monitor_sample_since(const MonitorSample *earlier, const MonitorSample *now);
void monitor_sample_free(MonitorSample *sample);
/* One without figures, around the usage, which it takes; to be read into. */
MonitorSample *monitor_sample_new(MonitorUsage *usage);
/* The LPAR is no more: figures of its own are left out. */
void monitor_sample_forget(MonitorSample *sample, unsigned lpar);
/* Written down and read back (hv/codec.h). */
void monitor_sample_codec(MonitorSample *sample, MonitorSystem *system, HvCodec *codec);
/* NULL if there is no such LPAR. */
const MonitorLparSample *monitor_sample_lpar(const MonitorSample *sample, unsigned lpar);
/* NULL if the LPAR has no such class in the sample. */
const MonitorClassSample *monitor_sample_class(const MonitorSample *sample, unsigned lpar, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(MonitorSample, monitor_sample_free)

#endif
