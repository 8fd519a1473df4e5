/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The output of `sadf -d` (sysstat): what all processors together were not idle.
 *
 *     # hostname;interval;timestamp;CPU;%user;%nice;%system;%iowait;%steal;%idle
 *     vm;600;2026-11-20 00:10:01 UTC;-1;1.00;0.00;0.50;0.00;0.00;98.50
 *     vm;-1;2026-11-20 00:15:00 UTC;LINUX-RESTART   (2 CPU)
 *
 * A header stands before the rows of each activity and again after each restart, so columns are looked up in each; rows below a header
 * without CPU and %idle are of other activities. CPU -1 is all of them. The time is the end of an interval. Interval and time are whole
 * seconds, rounded apart, so an interval may seem to begin a second early. Where two runs of the collector meet there are rows of
 * interval 0, which say nothing, and rows of interval -1, which are restarts and comments.
 */
#include "hv/demand-private.h"
#include "hv/demand-value.h"

#include <string.h>

#define HEADER       "# hostname;interval;timestamp;"
#define RESTART      "LINUX-RESTART"
#define TOLERANCE_NS HV_NS_PER_S

enum { FIELD_INTERVAL, FIELD_TIME, FIELD_CPU, FIELD_IDLE, N_FIELDS };

static bool has_prefix(HvDemandText text, const char *prefix)
{
    return text.length >= strlen(prefix) && memcmp(text.at, prefix, strlen(prefix)) == 0;
}

static bool is_restart(HvDemandText line)
{
    return memmem(line.at, line.length, ";-1;", strlen(";-1;")) &&
           memmem(line.at, line.length, ";" RESTART, strlen(";" RESTART));
}

static bool recognize(const HvDemandDef *def, HvDemandText first)
{
    (void)def;
    return has_prefix(first, HEADER) || is_restart(first);
}

/*
 * Nothing is wanted of the rows below a header of another activity: then the table has no columns. `sadf -h` writes "%idle[...]", and puts
 * CPU 0 and the others behind CPU -1 in one row.
 */
static void take_header(HvDemand *demand, HvDemandText line)
{
    g_autoptr(GPtrArray) names = hv_demand_table_names(line, ';', /* quotes= */ false);
    unsigned idle = hv_demand_table_find(names, "%idle"), more = hv_demand_table_find(names, "%idle[...]");
    const unsigned wanted[N_FIELDS] = {
        [FIELD_INTERVAL] = hv_demand_table_find(names, "interval"),
        [FIELD_TIME] = hv_demand_table_find(names, "timestamp"),
        [FIELD_CPU] = hv_demand_table_find(names, "CPU"),
        [FIELD_IDLE] = MIN(idle, more),
    };

    hv_demand_table_clear(&demand->table);
    for (unsigned i = 0; i < N_FIELDS; i++)
        if (wanted[i] == HV_DEMAND_NO_COLUMN)
            return;
    hv_demand_table_set(&demand->table, ';', /* quotes= */ false, names->len, wanted, N_FIELDS);
    demand->table.open_ended = more != HV_DEMAND_NO_COLUMN;
}

static bool begin(HvDemand *demand, GError **error)
{
    (void)error;
    hv_demand_table_clear(&demand->table);
    return true;
}

/* Whether the line is a row of a measurement, below the right header; `line` is none otherwise. */
static bool is_row(HvDemand *demand, HvDemandText line)
{
    if (line.length == 0)
        return false;
    if (line.at[0] == '#') {
        take_header(demand, line);
        return false;
    }
    const char *interval = demand->table.slots ? memchr(line.at, ';', line.length) : NULL;

    return interval &&
           !has_prefix((HvDemandText){interval, (size_t)(line.at + line.length - interval)}, ";-1;");
}

static bool read_busy(HvDemand *demand, HvDemandText field, uint64_t *ret_value)
{
    const uint64_t whole = 100 * UINT64_C(1000000);
    uint64_t idle;

    if (!hv_demand_value_decimal(field, 6, &idle) || idle > whole)
        return hv_demand_fail_text(demand, field, "is no percentage from 0 to 100");
    *ret_value = whole - idle;
    return true;
}

/* A row of an interval of some length. */
static bool
read_row(HvDemand *demand, const HvDemandText *fields, HvTime length_ns, HvDemandSample *ret_sample)
{
    int64_t end_ns;
    uint64_t value = 0;

    return hv_demand_read_time(demand, fields[FIELD_TIME], &end_ns) &&
           read_busy(demand, fields[FIELD_IDLE], &value) &&
           hv_demand_place(demand, end_ns, length_ns, TOLERANCE_NS, ret_sample) &&
           hv_demand_work(
               demand, HV_DEMAND_MICRO_PERCENT, value, ret_sample->end_ns - ret_sample->begin_ns,
               &ret_sample->work_ns);
}

static bool next(HvDemand *demand, HvDemandSample *ret_sample)
{
    HvDemandText fields[HV_DEMAND_FIELDS + 1], line;
    HvTime length_ns;

    while (hv_demand_lines_next(&demand->lines, /* quotes= */ false, &line)) {
        if (!is_row(demand, line))
            continue;
        if (!hv_demand_table_split(demand, line, fields))
            return false;
        if (!hv_demand_table_says(fields[FIELD_CPU], "-1", /* any_case= */ false))
            continue;
        if (!hv_demand_read_length(demand, fields[FIELD_INTERVAL], &length_ns))
            return false;
        if (length_ns > 0)
            return read_row(demand, fields, length_ns, ret_sample);
    }
    return false;
}

const HvDemandFormat hv_demand_sadf = {
    .name = "output of sadf -d",
    .words = HV_DEMAND_OF,
    .recognize = recognize,
    .begin = begin,
    .next = next,
};
