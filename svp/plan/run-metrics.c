/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The metrics of a run: what a sample over an interval says of the machine, of each LPAR, and of each class of jobs, as numbers with
 * names. LPAR.CLASS.p95 is the 95th percentile of the response times of that class in that LPAR.
 *
 * A metric that an interval cannot give (the percentile of no jobs, anything of an LPAR whose guest is gone) is left out, and not made a
 * zero. Order is that of the machine file, so that every alternative has the same.
 */
#include "svp/plan/run.h"

static void append(json_t *metrics, const char *name, double value)
{
    json_object_set_new(metrics, name, json_real(value));
}

static double seconds(double ns)
{
    return ns / (double)HV_NS_PER_S;
}

static double ratio(double part, double whole)
{
    return whole > 0.0 ? part / whole : 0.0;
}

/* --- LPARs ---------------------------------------------------------------------------------------------- */

typedef struct {
    HvTime running_ns, ready_ns, online_ns;
} Use;

static Use use_of(const MonitorSample *interval, unsigned lpar)
{
    const GArray *lips = interval->usage->lips;
    Use use = {0};

    for (unsigned i = 0; i < lips->len; i++) {
        const MonitorLipUsage *lip = &g_array_index(lips, MonitorLipUsage, i);

        if (lip->lpar != lpar)
            continue;
        use.running_ns += lip->account.running_ns;
        use.ready_ns += lip->account.ready_ns;
        use.online_ns += lip->account.online_ns;
    }
    return use;
}

void svp_run_lpar_use(const MonitorSample *interval, unsigned lpar, double *ret_busy, double *ret_ready)
{
    Use use = use_of(interval, lpar);

    *ret_busy = ratio((double)use.running_ns, (double)interval->interval_ns);
    *ret_ready = ratio((double)use.ready_ns, (double)interval->interval_ns);
}

static void append_lpar(json_t *metrics, const ResmgrLparDef *lpar, const MonitorSample *interval)
{
    g_autofree char *busy = g_strdup_printf("%s.busy_ips", lpar->name);
    g_autofree char *ready = g_strdup_printf("%s.ready_percent", lpar->name);
    g_autofree char *capped = g_strdup_printf("%s.capped_percent", lpar->name);
    Use use = use_of(interval, lpar->number);
    double span = (double)interval->interval_ns;
    double free_ns = (double)monitor_usage_bound(interval->usage, lpar->number, MONITOR_BOUND_NONE);

    append(metrics, busy, ratio((double)use.running_ns, span));
    append(metrics, ready, 100.0 * ratio((double)use.ready_ns, (double)use.online_ns));
    if (lpar->cap.kind != RESMGR_CAP_NONE)
        append(metrics, capped, 100.0 * ratio(span - free_ns, span));
}

static void append_machine(json_t *metrics, const MonitorSample *interval)
{
    const GArray *ips = interval->usage->ips;
    double busy_ns = 0.0;

    for (unsigned i = 0; i < ips->len; i++)
        busy_ns += (double)g_array_index(ips, MonitorIpAccount, i).busy_ns;
    append(
        metrics, "machine.busy_percent",
        100.0 * ratio(busy_ns, (double)interval->interval_ns * (double)ips->len));
}

/* --- Classes of jobs ------------------------------------------------------------------------------------ */

/* Percentiles of every class, in 1/100 %; that of its goal comes on top. */
static const unsigned percentiles_bp[] = {5000, 7500, 9000, 9500, 9900, 9990};

static void append_percentile(json_t *metrics, const char *prefix, const HvHistogram *responses, unsigned bp)
{
    g_autofree char *percent = hv_quantity_format_percent(bp);
    g_autofree char *name = g_strdup_printf("%s.p%s", prefix, percent);

    append(metrics, name, seconds((double)hv_histogram_quantile_ns(responses, bp / 100.0)));
}

static bool is_usual(unsigned bp)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(percentiles_bp); i++)
        if (percentiles_bp[i] == bp)
            return true;
    return false;
}

static void append_responses(json_t *metrics, const char *prefix, const MonitorClassSample *class)
{
    const HvGoal *goal = &class->stats.def->goal;
    g_autofree char *mean = g_strdup_printf("%s.mean", prefix);

    if (hv_histogram_count(class->responses) == 0)
        return;
    append(metrics, mean, seconds(hv_histogram_mean_ns(class->responses)));
    for (unsigned i = 0; i < G_N_ELEMENTS(percentiles_bp); i++)
        append_percentile(metrics, prefix, class->responses, percentiles_bp[i]);
    if (goal->kind == HV_GOAL_PERCENTILE && !is_usual(goal->percent_bp))
        append_percentile(metrics, prefix, class->responses, goal->percent_bp);
}

/*
 * When a batch run was through, as a second of the day: compared with the deadline, the first moment after its beginning at which the
 * clock shows the goal's time. A run that is late by an hour has a value an hour above the goal, whatever day it is. One that is not
 * through at the end, and late, counts as if it were through then: it is missed by that much at least.
 */
static void append_end(
    json_t *metrics, const char *prefix, const MonitorClassSample *class, HvTime now_ns,
    const HvCalendar *calendar)
{
    const HvClassStats *stats = &class->stats;
    const HvGoal *goal = &stats->def->goal;
    bool has_goal = goal->kind == HV_GOAL_END, ended = stats->runs_done > 0;
    g_autofree char *name = g_strdup_printf("%s.end", prefix);
    HvTime began_ns = stats->run_began_ns, ended_ns = stats->run_ended_ns;

    if (has_goal && stats->running_since_ns != HV_TIME_NEVER &&
        now_ns > hv_calendar_next(calendar, stats->running_since_ns, goal->end_second, HV_ALL_WEEKDAYS)) {
        began_ns = stats->running_since_ns;
        ended_ns = now_ns;
        ended = true;
    }
    if (!ended || ended_ns == HV_TIME_NEVER)
        return;
    unsigned second = has_goal ? goal->end_second : 0;
    HvTime deadline_ns = hv_calendar_next(calendar, began_ns, second, HV_ALL_WEEKDAYS);

    /* Without a goal: the second of the day on which it began, beyond 86400 if it took longer. */
    append(metrics, name, (has_goal ? second : 86400.0) + seconds((double)ended_ns - (double)deadline_ns));
}

static void append_class(
    json_t *metrics, const char *prefix, const MonitorClassSample *class, const MonitorSample *interval,
    const HvCalendar *calendar)
{
    const HvClassStats *stats = &class->stats;
    double using_ns = (double)stats->cpu_ns + (double)stats->io_ns;
    double waiting_ns = (double)stats->cpu_wait_ns + (double)stats->io_wait_ns;
    g_autofree char *throughput = g_strdup_printf("%s.throughput", prefix);
    g_autofree char *velocity = g_strdup_printf("%s.velocity", prefix);

    append_responses(metrics, prefix, class);
    append(metrics, throughput, ratio((double)stats->done, seconds((double)interval->interval_ns)));
    if (using_ns + waiting_ns > 0.0)
        append(metrics, velocity, 100.0 * using_ns / (using_ns + waiting_ns));
    append_end(metrics, prefix, class, interval->at_ns, calendar);
}

static void append_classes(
    json_t *metrics, const ResmgrLparDef *lpar, const MonitorSample *interval, const HvCalendar *calendar)
{
    for (unsigned i = 0; i < interval->classes->len; i++) {
        const MonitorClassSample *class = &g_array_index(interval->classes, MonitorClassSample, i);

        if (class->lpar != lpar->number)
            continue;
        g_autofree char *prefix = g_strdup_printf("%s.%s", lpar->name, class->stats.def->name);

        append_class(metrics, prefix, class, interval, calendar);
    }
}

void svp_run_set_metrics(json_t *metrics, const ResmgrDefinition *definition, const MonitorSample *interval)
{
    append_machine(metrics, interval);
    for (unsigned i = 0; i < definition->lpars->len; i++) {
        const ResmgrLparDef *lpar = g_ptr_array_index(definition->lpars, i);

        append_lpar(metrics, lpar, interval);
        append_classes(metrics, lpar, interval, &definition->machine->calendar);
    }
}

/* --- Warm-up -------------------------------------------------------------------------------------------- */

double svp_run_level(const MonitorSample *interval)
{
    double jobs = 0.0, sum_ns = 0.0, busy_ns = 0.0;

    for (unsigned i = 0; i < interval->classes->len; i++) {
        const HvHistogram *responses = g_array_index(interval->classes, MonitorClassSample, i).responses;

        jobs += (double)hv_histogram_count(responses);
        sum_ns += (double)hv_histogram_sum_ns(responses);
    }
    if (interval->classes->len > 0)
        return seconds(ratio(sum_ns, jobs));
    for (unsigned i = 0; i < interval->usage->ips->len; i++)
        busy_ns += (double)g_array_index(interval->usage->ips, MonitorIpAccount, i).busy_ns;
    return ratio(busy_ns, (double)interval->interval_ns);
}
