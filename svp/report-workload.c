/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * REPORT WORKLOAD: how the service classes of the guests fared.
 *
 * Response times are from a job's arrival to its end, percentiles of the histogram (within 0.8 %) of those that ended in the interval.
 * With X the jobs done, T the interval, L the jobs in the system summed over time, and the times of all jobs together:
 *
 *     throughput X / T     mean number in the system L / T (Little: throughput x mean response, in the long run)
 *     velocity  using / (using + waiting)     using: on a LIP that runs, or I/O served; waiting: for the LIP, its IP, or the device
 *
 * A percentile goal is met if that percentile is below its limit, a mean or velocity goal likewise, a batch goal if no run of the
 * interval ended after it. Where nothing ended there is no answer.
 */
#include "svp/report.h"

typedef enum {
    GOAL_UNKNOWN,
    GOAL_MET,
    GOAL_MISSED,
} GoalResult;

static HvTime using_ns(const HvClassStats *stats)
{
    return stats->cpu_ns + stats->io_ns;
}

static HvTime using_and_waiting_ns(const HvClassStats *stats)
{
    return using_ns(stats) + stats->cpu_wait_ns + stats->io_wait_ns;
}

static GoalResult met_if(bool known, bool met)
{
    if (!known)
        return GOAL_UNKNOWN;
    return met ? GOAL_MET : GOAL_MISSED;
}

static GoalResult judge(const MonitorClassSample *class)
{
    const HvGoal *goal = &class->stats.def->goal;
    const HvHistogram *responses = class->responses;
    HvTime all_ns = using_and_waiting_ns(&class->stats);
    bool any = hv_histogram_count(responses) > 0;

    switch (goal->kind) {
    case HV_GOAL_NONE:
        return GOAL_UNKNOWN;
    case HV_GOAL_PERCENTILE:
        return met_if(
            any, hv_histogram_quantile_ns(responses, (double)goal->percent_bp / 100.0) < goal->limit_ns);
    case HV_GOAL_MEAN:
        return met_if(any, hv_histogram_mean_ns(responses) < (double)goal->limit_ns);
    case HV_GOAL_VELOCITY:
        return met_if(
            all_ns > 0,
            (double)using_ns(&class->stats) * 10000.0 > (double)goal->percent_bp * (double)all_ns);
    case HV_GOAL_END:
        return met_if(
            class->stats.runs_done > 0 || class->stats.goal_missed > 0, class->stats.goal_missed == 0);
    }
    g_assert_not_reached();
}

static const char *result_name(GoalResult result)
{
    static const char *const names[] = {[GOAL_UNKNOWN] = NULL, [GOAL_MET] = "met", [GOAL_MISSED] = "missed"};

    g_assert(result < G_N_ELEMENTS(names));
    return names[result];
}

/* --- Cells ---------------------------------------------------------------------------------------------- */

static void response_cells(SvpReportRows *rows, const HvHistogram *responses)
{
    static const double percents[] = {50.0, 90.0, 95.0, 99.0};
    uint64_t count = hv_histogram_count(responses);

    for (unsigned i = 0; i <= G_N_ELEMENTS(percents); i++) {
        if (count == 0)
            svp_report_nothing(rows);
        else if (i == 0)
            svp_report_duration(rows, hv_histogram_sum_ns(responses) / count);
        else
            svp_report_duration(rows, hv_histogram_quantile_ns(responses, percents[i - 1]));
    }
}

static void rate_cell(SvpReportRows *rows, double sum, double whole)
{
    if (whole > 0.0)
        svp_report_number(rows, sum / whole);
    else
        svp_report_nothing(rows);
}

static void goal_cells(SvpReportRows *rows, const MonitorClassSample *class)
{
    const HvGoal *goal = &class->stats.def->goal;
    g_autofree char *text = goal->kind == HV_GOAL_NONE ? NULL : hv_goal_format(goal);

    svp_report_text(rows, text);
    svp_report_text(rows, result_name(judge(class)));
}

static void times_cells(SvpReportRows *rows, const HvClassStats *stats)
{
    svp_report_seconds(rows, stats->cpu_ns);
    svp_report_seconds(rows, stats->cpu_wait_ns);
    svp_report_seconds(rows, stats->io_ns);
    svp_report_seconds(rows, stats->io_wait_ns);
    svp_report_count(rows, stats->ios);
    svp_report_count(rows, stats->faults);
    svp_report_count(rows, stats->es_faults);
}

static void class_row(SvpReportRows *rows, const SvpReportScope *scope, const MonitorClassSample *class)
{
    const HvClassStats *stats = &class->stats;
    double interval_ns = (double)scope->sample->interval_ns;

    svp_report_row(rows);
    svp_report_text(rows, resmgr_state_lpar(monitor_system_state(scope->system), class->lpar)->name);
    svp_report_text(rows, stats->def->name);
    svp_report_text(rows, hv_class_kind_name(hv_class_def_kind(stats->def)));
    svp_report_count(rows, stats->arrived);
    svp_report_count(rows, stats->done);
    svp_report_count(rows, stats->ended);
    rate_cell(rows, (double)stats->done * (double)HV_NS_PER_S, interval_ns);
    response_cells(rows, class->responses);
    rate_cell(rows, (double)stats->in_system_ns, interval_ns);
    svp_report_percent(rows, using_ns(stats), using_and_waiting_ns(stats));
    times_cells(rows, stats);
    goal_cells(rows, class);
}

static void fill(SvpReportRows *rows, const SvpReportScope *scope)
{
    for (unsigned i = 0; i < scope->sample->classes->len; i++) {
        const MonitorClassSample *class = &g_array_index(scope->sample->classes, MonitorClassSample, i);

        if (scope->lpar == 0 || scope->lpar == class->lpar)
            class_row(rows, scope, class);
    }
}

static const SvpReportColumn columns[] = {
    SVP_REPORT_LEFT("lpar", "LPAR", SVP_REPORT_ALL_PARTS),
    SVP_REPORT_LEFT("class", "class", SVP_REPORT_ALL_PARTS),
    SVP_REPORT_LEFT("kind", NULL, 0),
    SVP_REPORT_RIGHT("arrived", "arrived", 0),
    SVP_REPORT_RIGHT("done", "done", 0),
    SVP_REPORT_LEFT("ended", NULL, 0),
    SVP_REPORT_RIGHT("throughput_per_s", "per s", 0),
    SVP_REPORT_RIGHT("response_mean_s", "mean", 0),
    SVP_REPORT_RIGHT("response_p50_s", "p50", 0),
    SVP_REPORT_RIGHT("response_p90_s", "p90", 0),
    SVP_REPORT_RIGHT("response_p95_s", "p95", 0),
    SVP_REPORT_RIGHT("response_p99_s", "p99", 0),
    SVP_REPORT_RIGHT("in_system", "in system", 1),
    SVP_REPORT_RIGHT("velocity_percent", "velocity", 1),
    SVP_REPORT_RIGHT("cpu_s", "cpu", 1),
    SVP_REPORT_RIGHT("cpu_wait_s", "wait", 1),
    SVP_REPORT_RIGHT("io_s", "I/O", 1),
    SVP_REPORT_RIGHT("io_wait_s", "wait", 1),
    SVP_REPORT_LEFT("ios", NULL, 1),
    SVP_REPORT_RIGHT("faults", "faults", 1),
    SVP_REPORT_LEFT("es_faults", NULL, 1),
    SVP_REPORT_LEFT("goal", "goal", 2),
    SVP_REPORT_LEFT("goal_result", "", 2),
};

const SvpReport svp_report_workload = {
    .name = "workload",
    .title = "Service classes",
    .nothing = "No guest that is loaded has service classes.",
    .columns = columns,
    .n_columns = G_N_ELEMENTS(columns),
    .fill = fill,
};
