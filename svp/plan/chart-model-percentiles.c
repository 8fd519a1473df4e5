/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The model of the percentiles chart: response times of each service class, from the median to the far tail, with intervals.
 *
 * The percentiles stand side by side at equal distances: what a planner compares is classes at one percentile, and the tail would
 * have no room on a scale from 0 to 100. Classes of very different response times share a logarithmic axis. A goal on a percentile
 * is shown as a limit where it applies.
 */
#include "svp/plan/chart-model-private.h"
#include "svp/plan/figure.h"
#include "svp/plan/value-axis.h"

#include <stdlib.h>
#include <string.h>

/* What is collected while the model is made. */
typedef struct {
    GArray *percents; /* double, rising: those of all classes */
    double min, max;
    bool any;
} Range;

static int rising(const void *a, const void *b)
{
    double one = *(const double *)a, other = *(const double *)b;

    return one < other ? -1 : one > other;
}

static int index_of(const GArray *percents, double percent)
{
    for (unsigned i = 0; i < percents->len; i++)
        if (g_array_index(percents, double, i) == percent)
            return (int)i;
    return -1;
}

static void see(Range *range, const json_t *point, const char *key)
{
    double value;

    if (!svp_figure_get(point, key, &value))
        return;
    range->min = range->any ? MIN(range->min, value) : value;
    range->max = range->any ? MAX(range->max, value) : value;
    range->any = true;
}

static void see_class(Range *range, const json_t *class)
{
    const json_t *points = json_object_get(class, "points");

    for (size_t i = 0; i < json_array_size(points); i++) {
        const json_t *point = json_array_get(points, i);
        double percent = svp_figure_get_or(point, "percent", 0);

        if (index_of(range->percents, percent) < 0)
            g_array_append_val(range->percents, percent);
        see(range, point, "mean_s");
        see(range, point, "low_s");
        see(range, point, "high_s");
    }
}

static char *percent_label(double percent)
{
    char number[G_ASCII_DTOSTR_BUF_SIZE];

    return g_strdup_printf("%s %%", g_ascii_formatd(number, (int)sizeof number, "%.6g", percent));
}

static json_t *point_new(const json_t *given)
{
    json_t *point = json_object();
    double number;

    if (svp_figure_get(given, "mean_s", &number))
        json_object_set_new(point, "value", json_real(number));
    if (svp_figure_get(given, "low_s", &number))
        json_object_set_new(point, "low", json_real(number));
    if (svp_figure_get(given, "high_s", &number))
        json_object_set_new(point, "high", json_real(number));
    g_autofree char *text = svp_figure_interval(point, "value", svp_figure_kind("", "s", NULL));

    json_object_set_new(point, "text", json_string(text));
    return point;
}

/* One place for each percentile; null where the class has none. */
static json_t *series_new(const json_t *class, const GArray *percents)
{
    const json_t *given = json_object_get(class, "points");
    g_autofree char *name =
        g_strdup_printf("%s %s", svp_figure_string(class, "lpar"), svp_figure_string(class, "class"));
    json_t *points = json_array();

    for (unsigned i = 0; i < percents->len; i++)
        json_array_append_new(points, json_null());
    for (size_t i = 0; i < json_array_size(given); i++) {
        const json_t *point = json_array_get(given, i);
        int at = index_of(percents, svp_figure_get_or(point, "percent", 0));
        double value;

        if (svp_figure_get(point, "mean_s", &value))
            json_array_set_new(points, (size_t)at, point_new(point));
    }
    return json_pack("{s:s,s:o}", "name", name, "points", points);
}

/* The percentile that a goal is about, from its metric: LPAR.CLASS.p95; -1 for other metrics. */
static int goal_index(const json_t *goal, const GArray *percents)
{
    const char *dot = strrchr(svp_figure_string(goal, "metric"), '.');

    if (!dot || dot[1] != 'p' || !g_ascii_isdigit(dot[2]))
        return -1;
    return index_of(percents, g_ascii_strtod(dot + 2, NULL));
}

static json_t *make_limits(const json_t *goals, Range *range)
{
    json_t *limits = json_array();

    for (size_t i = 0; i < json_array_size(goals); i++) {
        const json_t *goal = json_array_get(goals, i);
        int index = goal_index(goal, range->percents);
        double limit;

        if (index < 0 || !svp_figure_get(goal, "limit", &limit))
            continue;
        g_autofree char *label = g_strdup_printf(
            "%s %s: %s", svp_figure_string(goal, "lpar"), svp_figure_string(goal, "class"),
            svp_figure_string(goal, "goal"));

        see(range, goal, "limit");
        json_array_append_new(
            limits, json_pack("{s:i,s:f,s:s}", "index", index, "at", limit, "label", label));
    }
    return limits;
}

static char *describe(const json_t *series, const json_t *labels)
{
    GString *text = g_string_new("Response times with intervals.");

    for (size_t i = 0; i < json_array_size(series); i++) {
        const json_t *points = json_object_get(json_array_get(series, i), "points");

        g_string_append_printf(text, " %s:", svp_figure_string(json_array_get(series, i), "name"));
        for (size_t k = 0; k < json_array_size(points); k++)
            if (json_is_object(json_array_get(points, k)))
                g_string_append_printf(
                    text, " %s %s;", json_string_value(json_array_get(labels, k)),
                    svp_figure_string(json_array_get(points, k), "text"));
    }
    return g_string_free(text, FALSE);
}

json_t *svp_chart_percentiles(const json_t *result, unsigned index)
{
    const json_t *alternative = json_array_get(json_object_get(result, "alternatives"), index);
    const json_t *classes = json_object_get(alternative, "percentiles");
    g_autoptr(GArray) percents = g_array_new(FALSE, FALSE, sizeof(double));
    Range range = {.percents = percents};
    json_t *series = json_array(), *labels = json_array();

    for (size_t i = 0; i < json_array_size(classes); i++)
        see_class(&range, json_array_get(classes, i));
    g_array_sort(percents, rising);
    for (unsigned i = 0; i < percents->len; i++) {
        g_autofree char *label = percent_label(g_array_index(percents, double, i));

        json_array_append_new(labels, json_string(label));
    }
    for (size_t i = 0; i < json_array_size(classes); i++)
        json_array_append_new(series, series_new(json_array_get(classes, i), percents));
    if (!range.any) {
        json_decref(series);
        json_decref(labels);
        return NULL;
    }
    json_t *limits = make_limits(json_object_get(alternative, "goals"), &range);
    g_autofree char *id = g_strdup_printf("percentiles-%02u", index + 1);
    g_autofree char *text = describe(series, labels);

    return json_pack(
        "{s:s,s:s,s:s,s:s,s:i,s:o,s:o,s:o,s:o}", "id", id, "kind", "percentiles", "title",
        "Response-time percentiles", "text", text, "alternative", (int)index, "axis",
        svp_value_axis(range.min, range.max, "s", /* log= */ true), "labels", labels, "series", series,
        "limits", limits);
}
