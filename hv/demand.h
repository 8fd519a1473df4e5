/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_DEMAND_H
#define LPARSIM_HV_DEMAND_H

#include "hv/quantity.h"

/*
 * Measured utilization as a workload: how many IPs' worth of work a guest wants in each interval, read from a file as it goes, in
 * memory that does not depend on its size.
 *
 * The text, a row of words:  FILE [column NAME] [of NUMBER] [interval DURATION] [key VALUE] [repeat]
 *
 * Formats, told by their first lines:
 *   numbers    one utilization in percent a line (PlanetLab's traces as CloudSim ships them); FILE may be a folder, of which
 *              `key` picks a file by name
 *   csv        a header, then rows; `column` names the one with the utilization (percent), or, if its name ends in "_ips" or
 *              "_s", a number of IPs, or processor seconds in the interval; `key NAME=VALUE` takes only rows in which the column
 *              NAME has that VALUE; times from a column "time", "timestamp" or "start" (seconds, or YYYY-MM-DD HH:MM:SS), else by
 *              `interval`. A time is the beginning of an interval that lasts to the next row, the last one as long as the one
 *              before, an only one by `interval`
 *   sadf       output of `sadf -d` (";" between fields, "# hostname;interval;timestamp;CPU;%user;..."): 100 - %idle of CPU -1
 *   smf70      the CSV that REPORT writes (hv/smf70.h): effective dispatch time of the LPAR that `key` names, all types of IPs
 *
 * `of NUMBER`: 100 % is so many IPs (1 unless given). `interval`: of a file that has no times (5 min unless given). `repeat`: from
 * the beginning again at the end of the last sample; else there is no demand any more. Names with blanks stand between quotation marks.
 *
 * Times count from the first row of the file, whoever's it is, so guests that read one file stay in step. An empty value is an interval in
 * which nothing was measured: there is no sample of it. Up to 256 IPs, and lines up to 64 KiB. No file stays open; one that changes while it
 * is read is a problem.
 */
typedef struct HvDemandDef HvDemandDef; /* immutable, counted references */

/* NULL with HV_ERROR_WORKLOAD: no such file, no such column (the nearest is named), an unknown format, ... */
HvDemandDef *hv_demand_parse(const char *text, const char *directory, GError **error);
/* With the bytes of a file that need not exist. */
HvDemandDef *hv_demand_parse_content(const char *text, GBytes *content, GError **error);
HvDemandDef *hv_demand_def_ref(HvDemandDef *def);
void hv_demand_def_unref(HvDemandDef *def);
char *hv_demand_format(const HvDemandDef *def);
bool hv_demand_def_equal(const HvDemandDef *a, const HvDemandDef *b);

typedef struct {
    HvTime begin_ns, end_ns; /* since the guest was loaded; begin < end, gaps have no demand */
    uint64_t work_ns;        /* processor time wanted in the interval, all LIPs together */
} HvDemandSample;

typedef struct HvDemand HvDemand; /* a file being read */
typedef struct HvCodec HvCodec;   /* hv/codec.h */

HvDemand *hv_demand_open(const HvDemandDef *def, GError **error);
void hv_demand_free(HvDemand *demand);
/* False: there are no more, or a line cannot be read; hv_demand_problem() then says "FILE:LINE: why", else it is NULL. */
bool hv_demand_next(HvDemand *demand, HvDemandSample *ret_sample);
const char *hv_demand_problem(const HvDemand *demand);
/*
 * How far it has been read; it has neither ended nor a problem (asserted of a writer). *last is the sample that hv_demand_next() gave last,
 * there was one (asserted). A reader's was just opened, by the same definition; what was read since the last repetition began it reads again.
 */
void hv_demand_codec(HvDemand *demand, HvDemandSample *last, HvCodec *codec);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvDemandDef, hv_demand_def_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvDemand, hv_demand_free)

#endif
