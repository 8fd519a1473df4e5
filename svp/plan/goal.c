/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Goals as limits of metrics.
 *
 * A goal is met or missed when the whole interval of its metric is on one side of the limit; else the replications do not tell, and it
 * is open. With a single replication there is no interval, and the value decides.
 */
#include "svp/plan/goal.h"

static void goal_free(void *data)
{
    SvpGoal *goal = data;

    g_free(goal->text);
    g_free(goal->lpar);
    g_free(goal->class_name);
    g_free(goal->metric);
    g_free(goal);
}

GPtrArray *svp_goals_new(void)
{
    return g_ptr_array_new_with_free_func(goal_free);
}

/* The metric of a goal, and its limit in the metric's unit. */
static char *metric_of(const HvGoal *goal, const char *prefix, double *ret_limit)
{
    g_autofree char *percent = hv_quantity_format_percent(goal->percent_bp);

    *ret_limit = (double)goal->limit_ns / (double)HV_NS_PER_S;
    switch (goal->kind) {
    case HV_GOAL_PERCENTILE:
        return g_strdup_printf("%s.p%s", prefix, percent);
    case HV_GOAL_MEAN:
        return g_strdup_printf("%s.mean", prefix);
    case HV_GOAL_VELOCITY:
        *ret_limit = goal->percent_bp / 100.0;
        return g_strdup_printf("%s.velocity", prefix);
    case HV_GOAL_END:
        *ret_limit = goal->end_second;
        return g_strdup_printf("%s.end", prefix);
    case HV_GOAL_NONE:
        break;
    }
    return NULL;
}

static void collect_class(GPtrArray *goals, const char *lpar, const HvClassDef *class)
{
    g_autofree char *prefix = g_strdup_printf("%s.%s", lpar, class->name);
    double limit;
    char *metric = metric_of(&class->goal, prefix, &limit);

    if (!metric)
        return;
    SvpGoal *goal = g_new0(SvpGoal, 1);

    goal->text = hv_goal_format(&class->goal);
    goal->lpar = g_strdup(lpar);
    goal->class_name = g_strdup(class->name);
    goal->metric = metric;
    goal->limit = limit;
    goal->below = class->goal.kind != HV_GOAL_VELOCITY;
    g_ptr_array_add(goals, goal);
}

void svp_goals_collect(GPtrArray *goals, const ResmgrDefinition *definition)
{
    for (unsigned i = 0; i < definition->lpars->len; i++) {
        const ResmgrLparDef *lpar = g_ptr_array_index(definition->lpars, i);

        for (unsigned c = 0; lpar->jobs.classes && c < lpar->jobs.classes->len; c++)
            collect_class(goals, lpar->name, g_ptr_array_index(lpar->jobs.classes, c));
    }
}

static void collect_class_metrics(GPtrArray *names, const char *lpar, const HvClassDef *class)
{
    static const char *const lasts[] = {"mean", "p50",   "p75",        "p90",      "p95",
                                        "p99",  "p99.9", "throughput", "velocity", "end"};
    g_autofree char *prefix = g_strdup_printf("%s.%s", lpar, class->name);
    double limit;
    char *of_goal = metric_of(&class->goal, prefix, &limit);

    for (unsigned i = 0; i < G_N_ELEMENTS(lasts); i++)
        g_ptr_array_add(names, g_strdup_printf("%s.%s", prefix, lasts[i]));
    if (of_goal && !g_ptr_array_find_with_equal_func(names, of_goal, g_str_equal, NULL))
        g_ptr_array_add(names, g_steal_pointer(&of_goal));
    g_free(of_goal);
}

void svp_metrics_collect(GPtrArray *names, const ResmgrDefinition *definition)
{
    static const char *const lasts[] = {"busy_ips", "ready_percent", "capped_percent"};

    g_ptr_array_add(names, g_strdup("machine.busy_percent"));
    for (unsigned i = 0; i < definition->lpars->len; i++) {
        const ResmgrLparDef *lpar = g_ptr_array_index(definition->lpars, i);

        for (unsigned k = 0; k < G_N_ELEMENTS(lasts); k++)
            g_ptr_array_add(names, g_strdup_printf("%s.%s", lpar->name, lasts[k]));
        for (unsigned c = 0; lpar->jobs.classes && c < lpar->jobs.classes->len; c++)
            collect_class_metrics(names, lpar->name, g_ptr_array_index(lpar->jobs.classes, c));
    }
}

const char *svp_goal_verdict(bool below, double limit, const SvpInterval *value)
{
    if (below ? value->high < limit : value->low > limit)
        return "met";
    if (below ? value->low >= limit : value->high <= limit)
        return "missed";
    return "open";
}
