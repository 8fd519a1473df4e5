/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_MONITOR_CLUSTER_H
#define LPARSIM_MONITOR_CLUSTER_H

#include "monitor/system.h"

/* Weight management in a cluster: one member in one period. */
typedef struct {
    uint32_t weight, min, max; /* 1 <= min <= weight <= max */
    HvTime wanted_ns;          /* for which its LIPs had work, on an IP or not */
} MonitorClusterMember;

typedef struct {
    unsigned from, to; /* indices */
    uint32_t amount;   /* 0: nothing moves */
} MonitorClusterMove;

/*
 * The rule. A member needs the weight whose part of the pool is what it wanted: wanted x total weight / (IPs x period),
 * rounded up. From the one that has most more than it needs, to the one that has most less, moves as much as the former
 * has more, the latter has less, and both their limits allow, but at most 5 % of the cluster's weight, rounded up. Of
 * equals the first one. `capacity_ns` is IPs x period, more than 0.
 */
MonitorClusterMove monitor_cluster_decide(
    const MonitorClusterMember *members, unsigned n, uint32_t total_weight, HvTime capacity_ns);

/* Clusters of the system's definition; they begin with power on. */
void monitor_clusters_init(MonitorSystem *system);
void monitor_clusters_clear(MonitorSystem *system);
/* They wait for nothing any more: what they wait for is read next. */
void monitor_clusters_quiesce(MonitorSystem *system);
void monitor_clusters_codec(MonitorSystem *system, HvCodec *codec);

#endif
