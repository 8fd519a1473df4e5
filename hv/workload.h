/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_WORKLOAD_H
#define LPARSIM_HV_WORKLOAD_H

#include "hv/quantity.h"

/*
 * What a model guest does, parsed from `workload = ...`: one or several parts with ';' between them.
 *
 *   busy           every LIP always has work
 *   idle           no LIP ever has work (the default)
 *   cpu PERCENT    every LIP wants PERCENT of one IP: work of period x PERCENT arrives each period; what was
 * not got in time is not forgotten (`cpu 30%`; with a period: `cpu 30%/50ms`, default 100 ms) write RATE
 * writes RATE bytes a second of the time it operates, page after page through its working set
 *                  (`write 16M/s`; with a working set: `write 16M/s 64M`; default: all its storage above the
 * boot image) io RATE        starts RATE I/O requests a second, in turn on its devices (`io 50/s`)
 *
 * At most one of busy, idle, cpu. Keywords in any case; "cpu:30", "write:10M" and "io:50" are read as well.
 */
typedef enum {
    HV_WORKLOAD_CPU_IDLE,
    HV_WORKLOAD_CPU_BUSY,
    HV_WORKLOAD_CPU_DEMAND,
} HvWorkloadCpu;

typedef struct {
    HvWorkloadCpu cpu;
    uint32_t demand_bp;       /* HV_WORKLOAD_CPU_DEMAND: of one IP, per LIP, 1 .. 10000 */
    HvTime period_ns;         /* HV_WORKLOAD_CPU_DEMAND: at least 1 ms */
    uint64_t write_rate;      /* bytes per second, 0: none */
    uint64_t write_set_bytes; /* 0: all storage above the boot image */
    uint64_t io_rate_milli;   /* requests per 1000 seconds, 0: none */
} HvWorkload;

/* False with HV_ERROR_WORKLOAD; the message names the part that is wrong and what is accepted. */
bool hv_workload_parse(const char *text, HvWorkload *ret_workload, GError **error);
/* The canonical text, which parses to the same workload; free with g_free(). */
char *hv_workload_format(const HvWorkload *workload);

#endif
