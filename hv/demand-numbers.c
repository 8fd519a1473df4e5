/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One utilization in percent a line, as in PlanetLab's traces: each is an interval.
 *
 * An empty line is an interval in which nothing was measured. What must hold: the number of lines alone says when an interval
 * begins, so no line is passed over.
 */
#include "hv/demand-private.h"
#include "hv/demand-value.h"

#include <string.h>

/* What begins as a number does and has no separator is meant as one, so that a bad one is said to be bad and not taken for a header. */
static bool recognize(const HvDemandDef *def, HvDemandText first)
{
    uint64_t value;

    if (hv_demand_value_decimal(first, 0, &value))
        return true;
    first = hv_demand_value_strip(first);
    return !def->column && first.length > 0 && first.at[0] != '\0' && strchr("+-.0123456789", first.at[0]) &&
           !memchr(first.at, ',', first.length);
}

static bool next(HvDemand *demand, HvDemandSample *ret_sample)
{
    HvDemandText line;
    uint64_t value;

    while (hv_demand_lines_next(&demand->lines, /* quotes= */ false, &line)) {
        if (!hv_demand_tick(demand, ret_sample))
            return false;
        if (hv_demand_value_strip(line).length == 0)
            continue;
        return hv_demand_read_value(demand, line, HV_DEMAND_MICRO_PERCENT, &value) &&
               hv_demand_work(
                   demand, HV_DEMAND_MICRO_PERCENT, value, demand->def->interval_ns, &ret_sample->work_ns);
    }
    return false;
}

const HvDemandFormat hv_demand_numbers = {
    .name = "a number a line",
    .words = HV_DEMAND_OF | HV_DEMAND_INTERVAL,
    .recognize = recognize,
    .next = next,
};
