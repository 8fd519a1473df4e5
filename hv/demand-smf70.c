/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The CSV of REPORT PARTITION: what an LPAR got in another run, or on another machine, as what a guest wants.
 *
 * An LPAR has a row for each type of IP, all with the same time, one below the other or not; they are added up, so an interval is
 * known only when a row with another time comes, or the file ends. The time is the end of an interval. What the LPAR got effectively counts,
 * without management time. Times have six decimals, so an interval may seem to begin a microsecond or two early.
 */
#include "hv/demand-private.h"
#include "hv/demand-value.h"
#include "hv/error.h"
#include "hv/smf70.h"

#include <string.h>

#define TOLERANCE_NS (2 * HV_NS_PER_US)

enum { FIELD_TIME, FIELD_INTERVAL, FIELD_NAME, FIELD_WORK, N_FIELDS };

/* A definition that names a column reads it as any other CSV. */
static bool recognize(const HvDemandDef *def, HvDemandText first)
{
    return !def->column && hv_demand_table_says(first, HV_SMF70_COLUMNS, /* any_case= */ true);
}

static bool begin(HvDemand *demand, GError **error)
{
    HvDemandText header;

    if (!demand->def->key || demand->def->in_folder) {
        g_set_error(
            error, HV_ERROR, HV_ERROR_WORKLOAD,
            "\"%s\" is a report of several LPARs\nAdd key and the name of one of them", demand->lines.name);
        return false;
    }
    if (!hv_demand_lines_next(&demand->lines, /* quotes= */ true, &header)) {
        g_set_error_literal(error, HV_ERROR, HV_ERROR_WORKLOAD, demand->lines.problem);
        return false;
    }
    g_autoptr(GPtrArray) names = hv_demand_table_names(header, ',', /* quotes= */ true);
    const unsigned wanted[N_FIELDS] = {
        [FIELD_TIME] = hv_demand_table_find(names, "time"),
        [FIELD_INTERVAL] = hv_demand_table_find(names, "interval_s"),
        [FIELD_NAME] = hv_demand_table_find(names, "name"),
        [FIELD_WORK] = hv_demand_table_find(names, "dispatch_effective_s"),
    };

    hv_demand_table_set(&demand->table, ',', /* quotes= */ true, names->len, wanted, N_FIELDS);
    return true;
}

/* A row of any LPAR; the first one begins where the file's clock does. */
static bool read_times(HvDemand *demand, const HvDemandText *fields, HvDemandHeld *row)
{
    int64_t end_ns;

    if (!hv_demand_read_time(demand, fields[FIELD_TIME], &end_ns) ||
        !hv_demand_read_length(demand, fields[FIELD_INTERVAL], &row->length_ns))
        return false;
    hv_demand_set_zero(demand, end_ns - (int64_t)row->length_ns);
    row->at_ns = (HvTime)end_ns;
    return true;
}

/* The next row of the LPAR that lasts for some time; its work may be empty. */
static bool read_row(HvDemand *demand, HvDemandHeld *ret_row)
{
    HvDemandText fields[HV_DEMAND_FIELDS + 1], line;

    while (hv_demand_lines_next(&demand->lines, /* quotes= */ true, &line)) {
        HvDemandHeld row = {.any = true, .line = demand->lines.line};

        if (line.length == 0)
            continue;
        if (!hv_demand_table_split(demand, line, fields))
            return false;
        bool mine = hv_demand_table_says(fields[FIELD_NAME], demand->def->key, /* any_case= */ true);

        if ((mine || !demand->zero_known) && !read_times(demand, fields, &row))
            return false;
        demand->rows += mine;
        if (!mine || row.length_ns == 0)
            continue;
        row.measured = hv_demand_value_strip(fields[FIELD_WORK]).length > 0;
        if (row.measured && !hv_demand_read_value(demand, fields[FIELD_WORK], HV_DEMAND_CPU_NS, &row.value))
            return false;
        *ret_row = row;
        return true;
    }
    return false;
}

static bool give(HvDemand *demand, const HvDemandHeld *row, HvDemandSample *ret_sample)
{
    demand->lines.line = row->line;
    return hv_demand_place(demand, (int64_t)row->at_ns, row->length_ns, TOLERANCE_NS, ret_sample) &&
           hv_demand_work(
               demand, HV_DEMAND_CPU_NS, row->value, ret_sample->end_ns - ret_sample->begin_ns,
               &ret_sample->work_ns);
}

/* Another type of IP in the same interval. Each value is below 2^63, so the sum fits. */
static void add(HvDemandHeld *held, const HvDemandHeld *row)
{
    held->measured |= row->measured;
    held->value = MIN(held->value + row->value, (uint64_t)INT64_MAX);
}

static bool next(HvDemand *demand, HvDemandSample *ret_sample)
{
    HvDemandHeld row;

    while (read_row(demand, &row)) {
        const HvDemandHeld before = demand->held;

        if (before.any && before.at_ns == row.at_ns) {
            add(&demand->held, &row);
            continue;
        }
        demand->held = row;
        if (before.measured)
            return give(demand, &before, ret_sample);
    }
    const HvDemandHeld last = demand->held;

    demand->held = (HvDemandHeld){0};
    return !demand->lines.problem && last.measured && give(demand, &last, ret_sample);
}

const HvDemandFormat hv_demand_smf70 = {
    .name = "the CSV of a report",
    .words = HV_DEMAND_KEY,
    .recognize = recognize,
    .begin = begin,
    .next = next,
};
