/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_MONITOR_ACCOUNT_H
#define LPARSIM_MONITOR_ACCOUNT_H

#include "monitor/dispatch.h"

/* Usage: the dispatcher's accounts at a moment, or, as a difference of two, over an interval. Plain data. */
typedef struct {
    unsigned lpar, lip;
    uint16_t ip;               /* 0: pool */
    HvIpType type;             /* of the IPs that it runs on */
    uint32_t share_bp;         /* of that IP, while online; 0 in a pool */
    MonitorLipAccount account; /* over all tasks the LIP has had */
    bool online;               /* it has a task now */
    MonitorPolarity polarity;  /* of that task */
    uint32_t vertical_bp; /* its share by the polarization, in 1/100 % of an IP; 0 if that is horizontal */
} MonitorLipUsage;

typedef struct {
    HvTime interval_ns; /* of a snapshot: since power on */
    GArray *ips;        /* MonitorIpAccount, [ip - 1] */
    GArray *lips;       /* MonitorLipUsage, by (lpar, lip) */
    GArray *matrix_ns;  /* HvTime, [lpar * n_ips + ip - 1] */
    GArray *bounds_ns;  /* HvTime, [lpar * MONITOR_BOUNDS + bound]: monitor_dispatch_bound_ns() */
    unsigned n_ips, max_lpar;
} MonitorUsage;

/* A snapshot; the dispatcher has been settled by the caller. */
MonitorUsage *monitor_usage_take(const MonitorDispatch *dispatch);
/* One without figures, to be read into. */
MonitorUsage *monitor_usage_new(const MonitorDispatch *dispatch);
/* now - baseline; a NULL baseline is power on. LIPs that neither were online in it nor are now are left out. */
MonitorUsage *monitor_usage_since(const MonitorUsage *baseline, const MonitorUsage *now);
/* NULL if it has no figures of that LIP. */
const MonitorLipUsage *monitor_usage_lip(const MonitorUsage *usage, unsigned lpar, unsigned lip);
void monitor_usage_free(MonitorUsage *usage);
/* Written down and read back; the reader's is a new one. */
void monitor_usage_codec(MonitorUsage *usage, HvCodec *codec);
HvTime monitor_usage_matrix(const MonitorUsage *usage, unsigned lpar, unsigned ip);
/* The LPAR is no more: its LIPs are left out, and what it used is nobody's (LPAR 0). */
void monitor_usage_forget(MonitorUsage *usage, unsigned lpar);
/* For how long that kind of cap bound the LPAR; NONE: none did. */
HvTime monitor_usage_bound(const MonitorUsage *usage, unsigned lpar, MonitorBound bound);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(MonitorUsage, monitor_usage_free)

#endif
