/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From runs to the result of a study.
 *
 * Everything is computed from the runs in the order of their replications, as they are in the store, and from nothing else; so the result
 * is the same bytes however the runs came about. Doubles are written with ten significant digits, which is more than any of them is
 * worth.
 */
#include "svp/plan/result.h"

#include "svp/plan/goal.h"

#include <math.h>
#include <string.h>

#define DIGITS 10

/* --- Numbers -------------------------------------------------------------------------------------------- */

void svp_result_set_interval(json_t *object, const SvpInterval *interval)
{
    json_object_set_new(object, "mean", json_real(interval->mean));
    json_object_set_new(
        object, "half_width", isfinite(interval->half_width) ? json_real(interval->half_width) : json_null());
    json_object_set_new(object, "low", json_real(interval->low));
    json_object_set_new(object, "high", json_real(interval->high));
    json_object_set_new(object, "n", json_integer(interval->n));
}

static json_t *seconds(HvTime ns)
{
    return json_real((double)ns / (double)HV_NS_PER_S);
}

static json_t *text_or_null(const char *text)
{
    return text ? json_string(text) : json_null();
}

/* --- One alternative ------------------------------------------------------------------------------------ */

static json_t *metrics_of(const SvpStudyCase *of, double confidence_percent)
{
    const GPtrArray *names = of->alternative->metrics;
    json_t *metrics = json_array();

    for (unsigned i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        SvpInterval found;

        if (!svp_study_case_interval(of, name, confidence_percent, &found))
            continue;
        json_t *row = json_object();

        json_object_set_new(row, "name", json_string(name));
        json_object_set_new(row, "unit", json_string(svp_plan_metric_unit(name)));
        svp_result_set_interval(row, &found);
        json_array_append_new(metrics, row);
    }
    return metrics;
}

static json_t *goal_row(const SvpStudyCase *of, const SvpGoal *goal, double confidence_percent)
{
    json_t *row = json_object();
    SvpInterval found;
    bool known = svp_study_case_interval(of, goal->metric, confidence_percent, &found);

    json_object_set_new(row, "goal", json_string(goal->text));
    json_object_set_new(row, "lpar", json_string(goal->lpar));
    json_object_set_new(row, "class", json_string(goal->class_name));
    json_object_set_new(row, "metric", json_string(goal->metric));
    json_object_set_new(row, "limit", json_real(goal->limit));
    json_object_set_new(row, "unit", json_string(svp_plan_metric_unit(goal->metric)));
    json_object_set_new(row, "value", known ? json_real(found.mean) : json_null());
    json_object_set_new(row, "low", known ? json_real(found.low) : json_null());
    json_object_set_new(row, "high", known ? json_real(found.high) : json_null());
    json_object_set_new(
        row, "verdict", json_string(known ? svp_goal_verdict(goal->below, goal->limit, &found) : "open"));
    return row;
}

static json_t *goals_of(const SvpStudyCase *of, double confidence_percent)
{
    json_t *goals = json_array();

    for (unsigned i = 0; i < of->alternative->goals->len; i++)
        json_array_append_new(
            goals, goal_row(of, g_ptr_array_index(of->alternative->goals, i), confidence_percent));
    return goals;
}

/* "PROD.ONLINE.p50": a class that has responses; *ret_prefix without the last word. */
static bool is_median(const char *metric, char **ret_prefix)
{
    if (!g_str_has_suffix(metric, ".p50"))
        return false;
    *ret_prefix = g_strndup(metric, strlen(metric) - strlen(".p50"));
    return true;
}

static json_t *points_of(const SvpStudyCase *of, const char *prefix, double confidence_percent)
{
    static const double percents[] = {50, 75, 90, 95, 99, 99.9};
    json_t *points = json_array();

    for (unsigned i = 0; i < G_N_ELEMENTS(percents); i++) {
        g_autofree char *percent = svp_plan_number_text(percents[i]);
        g_autofree char *metric = g_strdup_printf("%s.p%s", prefix, percent);
        SvpInterval found;

        if (!svp_study_case_interval(of, metric, confidence_percent, &found))
            continue;
        json_t *point = json_object();

        json_object_set_new(point, "percent", json_real(percents[i]));
        json_object_set_new(point, "mean_s", json_real(found.mean));
        json_object_set_new(point, "low_s", json_real(found.low));
        json_object_set_new(point, "high_s", json_real(found.high));
        json_array_append_new(points, point);
    }
    return points;
}

static json_t *percentiles_of(const SvpStudyCase *of, double confidence_percent)
{
    json_t *percentiles = json_array();

    for (unsigned i = 0; i < of->alternative->metrics->len; i++) {
        g_autofree char *prefix = NULL;

        if (!is_median(g_ptr_array_index(of->alternative->metrics, i), &prefix))
            continue;
        const char *dot = strchr(prefix, '.');
        json_t *points = points_of(of, prefix, confidence_percent);
        json_t *class = json_object();

        json_object_set_new(class, "lpar", json_stringn(prefix, (size_t)(dot - prefix)));
        json_object_set_new(class, "class", json_string(dot + 1));
        json_object_set_new(class, "points", points);
        if (json_array_size(points) > 0)
            json_array_append(percentiles, class);
        json_decref(class);
    }
    return percentiles;
}

/* --- Curves --------------------------------------------------------------------------------------------- */

static const json_t *curve_of(const json_t *run, size_t lpar, const char *which)
{
    return json_object_get(
        json_array_get(json_object_get(json_object_get(run, "series"), "lpars"), lpar), which);
}

/* The mean over the runs that count, point by point. */
static json_t *mean_curve(const SvpStudyCase *of, size_t lpar, const char *which)
{
    json_t *mean = json_array();
    size_t n_points = json_array_size(curve_of(g_ptr_array_index(of->runs, 0), lpar, which));

    for (size_t p = 0; p < n_points; p++) {
        double sum = 0.0;

        for (unsigned r = 0; r < of->decided; r++)
            sum +=
                json_number_value(json_array_get(curve_of(g_ptr_array_index(of->runs, r), lpar, which), p));
        json_array_append_new(mean, json_real(sum / of->decided));
    }
    return mean;
}

static json_t *series_of(const SvpStudyCase *of)
{
    const json_t *first = json_object_get(g_ptr_array_index(of->runs, 0), "series"), *lpar;
    json_t *series = json_object(), *lpars = json_array();
    size_t i;

    json_object_set(series, "interval_s", json_object_get(first, "interval_s"));
    json_object_set(series, "ips", json_object_get(first, "ips"));
    json_object_set(series, "t_s", json_object_get(first, "t_s"));
    json_array_foreach(json_object_get(first, "lpars"), i, lpar)
    {
        json_t *curves = json_object();

        json_object_set(curves, "lpar", json_object_get(lpar, "lpar"));
        json_object_set_new(curves, "busy_ips", mean_curve(of, i, "busy_ips"));
        json_object_set_new(curves, "ready_ips", mean_curve(of, i, "ready_ips"));
        json_array_append_new(lpars, curves);
    }
    json_object_set_new(series, "lpars", lpars);
    return series;
}

/* --- All alternatives ----------------------------------------------------------------------------------- */

static json_t *settings_of(const SvpAlternative *alternative)
{
    json_t *settings = json_array();

    for (unsigned i = 0; i < alternative->settings->len; i++) {
        const SvpSetting *setting = g_ptr_array_index(alternative->settings, i);
        json_t *row = json_object();

        json_object_set_new(row, "key", json_string(setting->key));
        json_object_set_new(row, "value", json_string(setting->value));
        json_array_append_new(settings, row);
    }
    return settings;
}

static json_t *alternative_of(const SvpStudyCase *of, double confidence_percent)
{
    const SvpAlternative *alternative = of->alternative;
    json_t *row = json_object();

    json_object_set_new(row, "name", json_string(alternative->name));
    json_object_set_new(row, "settings", settings_of(alternative));
    json_object_set_new(row, "replications", json_integer(of->decided));
    json_object_set_new(row, "failed", text_or_null(alternative->failed));
    if (alternative->failed)
        return row;
    const json_t *first = g_ptr_array_index(of->runs, 0);

    json_object_set(row, "commands", json_object_get(first, "commands"));
    json_object_set_new(row, "metrics", metrics_of(of, confidence_percent));
    json_object_set_new(row, "goals", goals_of(of, confidence_percent));
    json_object_set_new(row, "percentiles", percentiles_of(of, confidence_percent));
    json_object_set_new(row, "series", series_of(of));
    json_object_set(row, "before", json_object_get(first, "before"));
    json_object_set(row, "after", json_object_get(first, "after"));
    return row;
}

static const SvpStudyCase *case_at(const SvpStudyRun *run, unsigned i)
{
    return g_ptr_array_index(run->cases, i);
}

/* The longest warm-up of any run: one that is given is the same for all. */
static double warm_up_s(const SvpStudyRun *run)
{
    double longest = 0.0;

    for (unsigned i = 0; i < run->cases->len; i++)
        for (unsigned r = 0; r < case_at(run, i)->decided; r++)
            longest = MAX(
                longest,
                json_number_value(json_object_get(g_ptr_array_index(case_at(run, i)->runs, r), "warm_up_s")));
    return longest;
}

/* --- Comparisons ---------------------------------------------------------------------------------------- */

/* In pairs: replications in which both have the metric. */
static bool paired_difference(
    const double *a, const double *b, unsigned n, double confidence_percent, SvpInterval *ret_difference)
{
    SvpMoments moments = {0};

    for (unsigned i = 0; i < n; i++)
        if (!isnan(a[i]) && !isnan(b[i]))
            svp_moments_add(&moments, b[i] - a[i]);
    if (moments.n > 0)
        *ret_difference = svp_plan_interval(&moments, confidence_percent);
    return moments.n > 0;
}

static bool free_difference(
    const double *a, unsigned n_a, const double *b, unsigned n_b, double confidence_percent,
    SvpInterval *ret_difference)
{
    SvpMoments of_a = {0}, of_b = {0};

    for (unsigned i = 0; i < n_a; i++)
        if (!isnan(a[i]))
            svp_moments_add(&of_a, a[i]);
    for (unsigned i = 0; i < n_b; i++)
        if (!isnan(b[i]))
            svp_moments_add(&of_b, b[i]);
    if (of_a.n < 2 || of_b.n < 2)
        return false;
    *ret_difference = svp_plan_welch_difference(&of_a, &of_b, confidence_percent);
    return true;
}

json_t *svp_result_comparison(
    const char *a, const char *b, const char *metric, const double *values_a, unsigned n_a,
    const double *values_b, unsigned n_b, bool paired, double confidence_percent)
{
    SvpInterval difference;

    if (paired ? !paired_difference(values_a, values_b, MIN(n_a, n_b), confidence_percent, &difference)
               : !free_difference(values_a, n_a, values_b, n_b, confidence_percent, &difference))
        return NULL;
    bool significant = difference.n > 1 && (difference.low > 0.0 || difference.high < 0.0);
    json_t *row = json_object();

    json_object_set_new(row, "a", json_string(a));
    json_object_set_new(row, "b", json_string(b));
    json_object_set_new(row, "metric", json_string(metric));
    json_object_set_new(row, "unit", json_string(svp_plan_metric_unit(metric)));
    json_object_set_new(row, "difference", json_real(difference.mean));
    json_object_set_new(row, "low", json_real(difference.low));
    json_object_set_new(row, "high", json_real(difference.high));
    json_object_set_new(row, "n", json_integer(difference.n));
    json_object_set_new(row, "significant", json_boolean(significant));
    return row;
}

static void
compare(json_t *comparisons, const SvpStudyCase *a, const SvpStudyCase *b, double confidence_percent)
{
    for (unsigned i = 0; i < a->alternative->metrics->len; i++) {
        const char *metric = g_ptr_array_index(a->alternative->metrics, i);
        g_autofree double *of_a = svp_study_case_values(a, metric), *of_b = svp_study_case_values(b, metric);
        json_t *row = svp_result_comparison(
            a->alternative->name, b->alternative->name, metric, of_a, a->decided, of_b, b->decided,
            a->alternative->seed == b->alternative->seed, confidence_percent);

        if (row)
            json_array_append_new(comparisons, row);
    }
}

static json_t *comparisons_of(const SvpStudyRun *run)
{
    const SvpStudy *study = run->study;
    json_t *comparisons = json_array();
    const SvpStudyCase *base = NULL;

    for (unsigned i = 0; i < run->cases->len; i++) {
        const SvpStudyCase *of = case_at(run, i);

        if (of->alternative->failed ||
            (study->compare_a && strcmp(of->alternative->name, study->compare_a) != 0))
            continue;
        base = of;
        break;
    }
    for (unsigned i = 0; base && i < run->cases->len; i++) {
        const SvpStudyCase *of = case_at(run, i);

        if (of == base || of->alternative->failed ||
            (study->compare_b && strcmp(of->alternative->name, study->compare_b) != 0))
            continue;
        compare(comparisons, base, of, study->confidence_percent);
    }
    return comparisons;
}

/* --- The whole ------------------------------------------------------------------------------------------ */

/* Of the first alternative that has one. */
static const SvpAlternative *usable(const SvpStudyRun *run)
{
    for (unsigned i = 0; i < run->cases->len; i++)
        if (!case_at(run, i)->alternative->failed)
            return case_at(run, i)->alternative;
    return case_at(run, 0)->alternative;
}

json_t *svp_result_new(const SvpResultParts *parts)
{
    const SvpStudyRun *run = parts->run;
    const SvpStudy *study = run->study;
    json_t *result = json_object(), *alternatives = json_array();

    for (unsigned i = 0; i < run->cases->len; i++)
        json_array_append_new(alternatives, alternative_of(case_at(run, i), study->confidence_percent));
    json_object_set_new(result, "lparsim", json_string(LPARSIM_VERSION));
    json_object_set_new(result, "study", json_string(study->name));
    json_object_set_new(result, "title", json_string(study->title));
    json_object_set_new(result, "machine", text_or_null(usable(run)->machine_name));
    json_object_set_new(result, "machine_file", json_string(study->machine));
    json_object_set_new(result, "seed", json_integer((json_int_t)study->seed));
    json_object_set_new(result, "clock", text_or_null(usable(run)->clock));
    json_object_set_new(result, "length_s", seconds(study->length_ns));
    json_object_set_new(result, "warm_up_s", json_real(warm_up_s(run)));
    json_object_set_new(result, "confidence_percent", json_real(study->confidence_percent));
    json_object_set_new(result, "alternatives", alternatives);
    json_object_set_new(result, "comparisons", comparisons_of(run));
    json_object_set(result, "search", parts->search ? parts->search : json_null());
    json_object_set(result, "advice", parts->advice ? parts->advice : json_null());
    return result;
}

char *svp_result_text(const json_t *result, size_t flags)
{
    char *dumped = json_dumps(result, JSON_REAL_PRECISION(DIGITS) | flags);
    char *text = g_strconcat(dumped, "\n", NULL);

    free(dumped);
    return text;
}
