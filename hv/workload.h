/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_WORKLOAD_H
#define LPARSIM_HV_WORKLOAD_H

#include "hv/quantity.h"

/*
 * What a model guest does, parsed from `workload = ...`: one or several parts with ';' between them.
 *
 *   busy                  every LIP always has work
 *   idle                  no LIP ever has work (the default)
 *   cpu PERCENT[/PERIOD]  every LIP wants PERCENT of one IP: at the beginning of each period (100 ms unless
 *                         given, 1 ms .. 1 h) work of PERIOD x PERCENT arrives; what was not got in time is
 *                         not forgotten: `cpu 30%`, `cpu 30%/50ms`
 *   write RATE [SET]      writes RATE bytes a second (at most 1T) of the time it operates, page after page,
 *                         round and round through a working set of SET bytes, or of all the storage above
 *                         the boot image: `write 16M/s`, `write 16M/s 64M`
 *   io RATE               starts RATE I/O requests a second (0.01 .. 10^6), in turn on its devices: `io 50/s`
 *
 * At most one of busy, idle, cpu; write and io at most once. Keywords in any case; "cpu:30", "write:10M" and
 * "io:50" are read as well.
 */
#define HV_WORKLOAD_MAX_WRITE_RATE HV_TIB
#define HV_WORKLOAD_WRITE_UNIT     (4 * HV_KIB) /* a page: a working set is a multiple of it */

typedef enum {
    HV_WORKLOAD_CPU_IDLE,
    HV_WORKLOAD_CPU_BUSY,
    HV_WORKLOAD_CPU_DEMAND,
} HvWorkloadCpu;

typedef struct {
    HvWorkloadCpu cpu;
    uint32_t demand_bp;       /* HV_WORKLOAD_CPU_DEMAND: of one IP, per LIP, 1 .. 10000 */
    HvTime period_ns;         /* HV_WORKLOAD_CPU_DEMAND: 1 ms .. 1 h */
    uint64_t write_rate;      /* bytes per second, 0: none */
    uint64_t write_set_bytes; /* 0: all storage above the boot image */
    uint64_t io_rate_milli;   /* requests per 1000 seconds, a multiple of 10; 0: none */
} HvWorkload;

/* False with HV_ERROR_WORKLOAD; the message names the part that is wrong and what is accepted. */
bool hv_workload_parse(const char *text, HvWorkload *ret_workload, GError **error);
/* The canonical text, which parses to the same workload; free with g_free(). */
char *hv_workload_format(const HvWorkload *workload);

#endif
