/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Definitions of service classes: made, freed, compared, and the text of goals.
 *
 * A class is what its keys say: users make it closed, arrivals open, a start or a predecessor batch. Whether they go together, and
 * with the machine, is for the check of the whole definition.
 */
#include "hv/class-def.h"

#include "hv/error.h"

#include <string.h>

HvClassDef *hv_class_def_new(const char *name)
{
    HvClassDef *def = g_new0(HvClassDef, 1);

    def->name = g_strdup(name);
    def->jobs = 1;
    def->days = HV_ALL_WEEKDAYS;
    def->priority = 1;
    def->devices = g_array_new(FALSE, FALSE, sizeof(uint16_t));
    return def;
}

void hv_class_def_free(HvClassDef *def)
{
    if (!def)
        return;
    g_free(def->name);
    g_free(def->lpar);
    g_free(def->after);
    hv_distribution_unref(def->think);
    hv_distribution_unref(def->service);
    g_clear_pointer(&def->arrivals, hv_arrivals_def_unref);
    g_array_unref(def->devices);
    g_free(def);
}

HvClassKind hv_class_def_kind(const HvClassDef *def)
{
    if (def->arrivals)
        return HV_CLASS_OPEN;
    return def->at_start || def->after ? HV_CLASS_BATCH : HV_CLASS_CLOSED;
}

const char *hv_class_kind_name(HvClassKind kind)
{
    static const char *const names[] = {"closed", "open", "batch"};

    g_assert(kind < G_N_ELEMENTS(names));
    return names[kind];
}

static bool distributions_equal(const HvDistribution *a, const HvDistribution *b)
{
    return a == b || (a && b && hv_distribution_equal(a, b));
}

static bool sources_equal(const HvClassDef *a, const HvClassDef *b)
{
    bool arrivals = a->arrivals == b->arrivals ||
                    (a->arrivals && b->arrivals && hv_arrivals_def_equal(a->arrivals, b->arrivals));

    return arrivals && a->users == b->users && distributions_equal(a->think, b->think) &&
           a->jobs == b->jobs && a->initiators == b->initiators && a->at_start == b->at_start &&
           a->start_second == b->start_second && a->days == b->days && g_strcmp0(a->after, b->after) == 0;
}

static bool goals_equal(const HvGoal *a, const HvGoal *b)
{
    return a->kind == b->kind && a->percent_bp == b->percent_bp && a->limit_ns == b->limit_ns &&
           a->end_second == b->end_second;
}

static bool devices_equal(const GArray *a, const GArray *b)
{
    return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len * sizeof(uint16_t)) == 0);
}

bool hv_class_def_equal(const HvClassDef *a, const HvClassDef *b)
{
    return g_strcmp0(a->name, b->name) == 0 && g_strcmp0(a->lpar, b->lpar) == 0 && sources_equal(a, b) &&
           distributions_equal(a->service, b->service) && a->ios == b->ios &&
           devices_equal(a->devices, b->devices) && a->priority == b->priority &&
           goals_equal(&a->goal, &b->goal);
}

/* --- Goals ---------------------------------------------------------------------------------------------- */

static bool refuse_goal(const char *text, GError **error)
{
    g_autofree char *quoted = g_strescape(text, NULL);

    g_set_error(
        error, HV_ERROR, HV_ERROR_WORKLOAD,
        "\"%.80s\" is no goal\nGive a percentile of the response time as in \"p95 < 200ms\", its mean as in "
        "\"mean < 100ms\", \"velocity > 50%%\", or for a batch class \"end < 04:30\"",
        quoted);
    return false;
}

/* "p95", "p99.9" */
static bool read_percentile(const char *measure, const char *limit, HvGoal *goal)
{
    goal->kind = HV_GOAL_PERCENTILE;
    return hv_quantity_parse_percent(measure + 1, &goal->percent_bp, NULL) && goal->percent_bp > 0 &&
           hv_quantity_parse_duration(limit, &goal->limit_ns, NULL) && goal->limit_ns > 0;
}

static bool read_mean(G_GNUC_UNUSED const char *measure, const char *limit, HvGoal *goal)
{
    goal->kind = HV_GOAL_MEAN;
    return hv_quantity_parse_duration(limit, &goal->limit_ns, NULL) && goal->limit_ns > 0;
}

static bool read_velocity(G_GNUC_UNUSED const char *measure, const char *limit, HvGoal *goal)
{
    goal->kind = HV_GOAL_VELOCITY;
    return hv_quantity_parse_percent(limit, &goal->percent_bp, NULL) && goal->percent_bp > 0;
}

static bool read_end(G_GNUC_UNUSED const char *measure, const char *limit, HvGoal *goal)
{
    goal->kind = HV_GOAL_END;
    return hv_calendar_parse_time_of_day(limit, &goal->end_second, NULL);
}

static const struct {
    const char *measure; /* what it begins with */
    bool whole;          /* and nothing else */
    char sign;
    bool (*read)(const char *measure, const char *limit, HvGoal *goal);
} goal_rows[] = {
    {"mean", true, '<', read_mean},
    {"velocity", true, '>', read_velocity},
    {"end", true, '<', read_end},
    {"p", false, '<', read_percentile},
};

bool hv_goal_parse(const char *text, HvGoal *ret_goal, GError **error)
{
    size_t length = strcspn(text, "<>");
    char sign = text[length];
    g_autofree char *measure = g_ascii_strdown(text, (gssize)length);
    g_autofree char *limit = g_strstrip(g_strdup(sign ? text + length + 1 : ""));
    HvGoal goal = {0};

    g_strstrip(measure);
    for (unsigned i = 0; i < G_N_ELEMENTS(goal_rows); i++) {
        bool fits = goal_rows[i].whole ? strcmp(measure, goal_rows[i].measure) == 0
                                       : g_str_has_prefix(measure, goal_rows[i].measure);

        if (!fits)
            continue;
        if (sign != goal_rows[i].sign || !goal_rows[i].read(measure, limit, &goal))
            break;
        *ret_goal = goal;
        return true;
    }
    return refuse_goal(text, error);
}

char *hv_goal_format(const HvGoal *goal)
{
    g_autofree char *limit = hv_quantity_format_duration(goal->limit_ns);
    g_autofree char *percent = hv_quantity_format_percent(goal->percent_bp);
    g_autofree char *end = hv_calendar_format_time_of_day(goal->end_second);

    switch (goal->kind) {
    case HV_GOAL_NONE:
        return NULL;
    case HV_GOAL_PERCENTILE:
        return g_strdup_printf("p%s < %s", percent, limit);
    case HV_GOAL_MEAN:
        return g_strdup_printf("mean < %s", limit);
    case HV_GOAL_VELOCITY:
        return g_strdup_printf("velocity > %s%%", percent);
    case HV_GOAL_END:
        return g_strdup_printf("end < %s", end);
    }
    g_assert_not_reached();
}
