/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CSV with a header, from which the columns are chosen by name.
 *
 *     time,host,cpu
 *     2026-11-20 00:00:00,web,12.5
 *     2026-11-20 00:00:00,db,80
 *
 * The time of a row is the beginning of its interval, which lasts to the next row that `key` lets through; the last one lasts as long as
 * the one before. So a row is held until the next one has been read. Where there is no column of times, each row is an interval. An empty
 * value is an interval in which nothing was measured; an empty line is nothing.
 *
 * Times count from the first row of the file, whoever's it is: guests that read their rows from one file stay in step.
 */
#include "hv/demand-private.h"
#include "hv/demand-value.h"
#include "hv/error.h"

#include <string.h>

enum { FIELD_VALUE, FIELD_TIME, FIELD_KEY, N_FIELDS };

/* Which columns a file's rows are read by. */
typedef struct {
    const GPtrArray *names;
    unsigned columns[N_FIELDS];
} Choice;

static bool recognize(const HvDemandDef *def, HvDemandText first)
{
    (void)def;
    for (size_t i = 0; i < first.length; i++)
        if (g_ascii_iscntrl(first.at[i]) && first.at[i] != '\t')
            return false;
    return first.length > 0;
}

/* --- The header ----------------------------------------------------------------------------------------- */

static void choose_time(Choice *choice)
{
    static const char *const names[] = {"time", "timestamp", "start"};

    choice->columns[FIELD_TIME] = HV_DEMAND_NO_COLUMN;
    for (unsigned i = 0; i < G_N_ELEMENTS(names) && choice->columns[FIELD_TIME] == HV_DEMAND_NO_COLUMN; i++)
        choice->columns[FIELD_TIME] = hv_demand_table_find(choice->names, names[i]);
}

/* The part of the key before '=' names a column. */
static bool choose_key(const HvDemand *demand, Choice *choice, GError **error)
{
    const HvDemandDef *def = demand->def;
    const char *equals = def->key && !def->in_folder ? strchr(def->key, '=') : NULL;

    choice->columns[FIELD_KEY] = HV_DEMAND_NO_COLUMN;
    if (!def->key || def->in_folder)
        return true;
    if (!equals) {
        g_autofree char *quoted = g_strescape(def->key, NULL);

        g_set_error(
            error, HV_ERROR, HV_ERROR_WORKLOAD,
            "\"%s\" is no key of \"%s\"\nGive key NAME=VALUE: rows in which the column NAME has that VALUE",
            quoted, demand->lines.name);
        return false;
    }
    g_autofree char *name = g_strndup(def->key, (size_t)(equals - def->key));

    choice->columns[FIELD_KEY] = hv_demand_table_find(choice->names, name);
    return choice->columns[FIELD_KEY] != HV_DEMAND_NO_COLUMN ||
           hv_demand_table_missing(demand, choice->names, name, error);
}

/* The only column that is neither the time nor the key; HV_DEMAND_NO_COLUMN if there are none or several. */
static unsigned find_only_value(const Choice *choice)
{
    unsigned found = HV_DEMAND_NO_COLUMN;

    for (unsigned i = 0; i < choice->names->len; i++) {
        if (i == choice->columns[FIELD_TIME] || i == choice->columns[FIELD_KEY])
            continue;
        if (found != HV_DEMAND_NO_COLUMN)
            return HV_DEMAND_NO_COLUMN;
        found = i;
    }
    return found;
}

static bool choose_value(const HvDemand *demand, Choice *choice, GError **error)
{
    const char *name = demand->def->column;
    unsigned found = name ? hv_demand_table_find(choice->names, name) : find_only_value(choice);

    choice->columns[FIELD_VALUE] = found;
    if (found == HV_DEMAND_NO_COLUMN && name)
        return hv_demand_table_missing(demand, choice->names, name, error);
    if (found == HV_DEMAND_NO_COLUMN) {
        g_autofree char *list = hv_demand_table_list(choice->names);

        g_set_error(
            error, HV_ERROR, HV_ERROR_WORKLOAD,
            "It is not said which column of \"%s\" is the utilization\nAdd column and one of %s",
            demand->lines.name, list);
        return false;
    }
    if (found == choice->columns[FIELD_TIME])
        choice->columns[FIELD_TIME] = HV_DEMAND_NO_COLUMN;
    if (found == choice->columns[FIELD_KEY]) {
        g_set_error(
            error, HV_ERROR, HV_ERROR_WORKLOAD,
            "The column \"%s\" of \"%s\" cannot be both the utilization and the key\nName another one",
            (const char *)g_ptr_array_index(choice->names, found), demand->lines.name);
        return false;
    }
    return true;
}

static bool has_suffix(const char *name, const char *suffix)
{
    size_t length = strlen(name), suffix_length = strlen(suffix);

    return length >= suffix_length && g_ascii_strcasecmp(name + length - suffix_length, suffix) == 0;
}

/* What the values are in, by the name of their column. */
static bool choose_unit(HvDemand *demand, const Choice *choice, GError **error)
{
    const char *name = g_ptr_array_index(choice->names, choice->columns[FIELD_VALUE]);

    demand->unit = has_suffix(name, "_ips") ? HV_DEMAND_IPS
                   : has_suffix(name, "_s") ? HV_DEMAND_CPU_NS
                                            : HV_DEMAND_MICRO_PERCENT;
    if (demand->unit == HV_DEMAND_MICRO_PERCENT || !(demand->def->words & HV_DEMAND_OF))
        return true;
    g_autofree char *quoted = g_strescape(name, NULL);

    g_set_error(
        error, HV_ERROR, HV_ERROR_WORKLOAD,
        "\"of\" says nothing of the column \"%s\", which is no percentage\nLeave it out", quoted);
    return false;
}

static bool begin(HvDemand *demand, GError **error)
{
    HvDemandText header;

    if (!hv_demand_lines_next(&demand->lines, /* quotes= */ true, &header)) {
        g_assert(demand->lines.problem); /* it was recognized by its first line */
        g_set_error_literal(error, HV_ERROR, HV_ERROR_WORKLOAD, demand->lines.problem);
        return false;
    }
    g_autoptr(GPtrArray) names = hv_demand_table_names(header, ',', /* quotes= */ true);
    Choice choice = {.names = names};

    choose_time(&choice);
    if (!choose_key(demand, &choice, error) || !choose_value(demand, &choice, error) ||
        !choose_unit(demand, &choice, error))
        return false;
    if (choice.columns[FIELD_TIME] == choice.columns[FIELD_KEY])
        choice.columns[FIELD_TIME] = HV_DEMAND_NO_COLUMN;
    demand->has_times = choice.columns[FIELD_TIME] != HV_DEMAND_NO_COLUMN;
    demand->has_key = choice.columns[FIELD_KEY] != HV_DEMAND_NO_COLUMN;
    hv_demand_table_set(&demand->table, ',', /* quotes= */ true, names->len, choice.columns, N_FIELDS);
    return true;
}

/* --- Rows ----------------------------------------------------------------------------------------------- */

static bool is_mine(const HvDemand *demand, const HvDemandText *fields)
{
    return !demand->has_key ||
           hv_demand_table_says(fields[FIELD_KEY], strchr(demand->def->key, '=') + 1, /* any_case= */ false);
}

/* The time of a row; that of the first one of the file, whoever's it is, is where the clock begins. */
static bool read_time(HvDemand *demand, const HvDemandText *fields, HvDemandHeld *row)
{
    int64_t at_ns;

    if (!hv_demand_read_time(demand, fields[FIELD_TIME], &at_ns))
        return false;
    hv_demand_set_zero(demand, at_ns);
    if (at_ns < demand->zero_ns)
        return hv_demand_lines_fail(&demand->lines, "the time is before that of the first row");
    row->at_ns = (HvTime)(at_ns - demand->zero_ns);
    return true;
}

/* The next row that the key lets through. */
static bool read_row(HvDemand *demand, HvDemandHeld *ret_row)
{
    HvDemandText fields[HV_DEMAND_FIELDS + 1], line;

    while (hv_demand_lines_next(&demand->lines, /* quotes= */ true, &line)) {
        HvDemandHeld row = {.any = true, .line = demand->lines.line};

        if (line.length == 0 && demand->table.n_columns > 1)
            continue;
        if (!hv_demand_table_split(demand, line, fields))
            return false;
        bool mine = is_mine(demand, fields);

        if (demand->has_times && (mine || !demand->zero_known) && !read_time(demand, fields, &row))
            return false;
        if (!mine)
            continue;
        demand->rows++;
        row.measured = hv_demand_value_strip(fields[FIELD_VALUE]).length > 0;
        if (row.measured && !hv_demand_read_value(demand, fields[FIELD_VALUE], demand->unit, &row.value))
            return false;
        *ret_row = row;
        return true;
    }
    return false;
}

static bool next_without_times(HvDemand *demand, HvDemandSample *ret_sample)
{
    HvDemandHeld row;

    while (read_row(demand, &row)) {
        if (!hv_demand_tick(demand, ret_sample))
            return false;
        if (row.measured)
            return hv_demand_work(
                demand, demand->unit, row.value, demand->def->interval_ns, &ret_sample->work_ns);
    }
    return false;
}

static bool give(HvDemand *demand, const HvDemandHeld *row, HvTime length_ns, HvDemandSample *ret_sample)
{
    demand->lines.line = row->line;
    ret_sample->begin_ns = row->at_ns;
    ret_sample->end_ns = row->at_ns + length_ns;
    return hv_demand_work(demand, demand->unit, row->value, length_ns, &ret_sample->work_ns);
}

/* How long the row before lasted, now that this one is known. */
static bool measure(HvDemand *demand, const HvDemandHeld *before, const HvDemandHeld *row)
{
    if (row->at_ns <= before->at_ns)
        return hv_demand_lines_fail(
            &demand->lines, "the time is not after that of the row before%s",
            demand->has_key ? "" : "; key NAME=VALUE takes the rows of one only");
    demand->last_length_ns = row->at_ns - before->at_ns;
    return demand->last_length_ns <= HV_DEMAND_MAX_INTERVAL_NS ||
           hv_demand_lines_fail(
               &demand->lines, "the time is more than 366 days after that of the row before");
}

static bool next_with_times(HvDemand *demand, HvDemandSample *ret_sample)
{
    HvDemandHeld row;

    while (read_row(demand, &row)) {
        const HvDemandHeld before = demand->held;

        if (before.any && !measure(demand, &before, &row))
            return false;
        demand->held = row;
        if (before.measured)
            return give(demand, &before, demand->last_length_ns, ret_sample);
    }
    const HvDemandHeld last = demand->held;
    HvTime length_ns = demand->last_length_ns > 0 ? demand->last_length_ns : demand->def->interval_ns;

    demand->held = (HvDemandHeld){0};
    return !demand->lines.problem && last.measured && give(demand, &last, length_ns, ret_sample);
}

static bool next(HvDemand *demand, HvDemandSample *ret_sample)
{
    return demand->has_times ? next_with_times(demand, ret_sample) : next_without_times(demand, ret_sample);
}

const HvDemandFormat hv_demand_csv = {
    .name = "CSV",
    .words = HV_DEMAND_COLUMN | HV_DEMAND_OF | HV_DEMAND_INTERVAL | HV_DEMAND_KEY,
    .recognize = recognize,
    .begin = begin,
    .next = next,
};
