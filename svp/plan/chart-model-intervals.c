/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The models of figures with intervals: the goals, the comparisons and the search of a study.
 *
 * One chart for each metric, because an axis has one unit: a row for each alternative (goals), pair of alternatives (comparisons)
 * or value tried (search), a dot with its interval, and a line at what matters: the limit, or no difference. Whether an interval
 * touches the line is what decides, and what is to be seen.
 */
#include "svp/plan/chart-model-private.h"
#include "svp/plan/figure.h"
#include "svp/plan/time-axis.h"
#include "svp/plan/value-axis.h"

#include <math.h>
#include <string.h>

#define ROWS_MAX 40u /* of one chart; a table has all */

/* A chart that rows are added to. */
typedef struct {
    json_t *rows;
    SvpFigureKind kind;
    double min, max;
    bool any;
    unsigned n_left_out;
    const char *reference; /* label; NULL: no line */
    double at;
} Panel;

static Panel panel_new(SvpFigureKind kind)
{
    return (Panel){.rows = json_array(), .kind = kind};
}

static void include(Panel *panel, double value)
{
    panel->min = panel->any ? MIN(panel->min, value) : value;
    panel->max = panel->any ? MAX(panel->max, value) : value;
    panel->any = true;
}

/* A row of `object`, whose value is at `key`, if it has one. */
static void add_row(Panel *panel, const char *label, const json_t *object, const char *key, const char *state)
{
    g_autofree char *text = svp_figure_interval(object, key, panel->kind);
    double value, low, high;

    if (!svp_figure_get(object, key, &value))
        return;
    if (json_array_size(panel->rows) >= ROWS_MAX) {
        panel->n_left_out++;
        return;
    }
    json_t *row =
        json_pack("{s:s,s:f,s:s,s:s}", "label", label, "value", value, "state", state, "text", text);

    include(panel, value);
    if (svp_figure_get(object, "low", &low) && svp_figure_get(object, "high", &high)) {
        include(panel, low);
        include(panel, high);
        json_object_set_new(row, "low", json_real(low));
        json_object_set_new(row, "high", json_real(high));
    }
    json_array_append_new(panel->rows, row);
}

static json_t *axis_of(const Panel *panel)
{
    if (!panel->kind.clock)
        return svp_value_axis(panel->min, panel->max, panel->kind.unit, /* log= */ false);
    double room_s = MAX((panel->max - panel->min) / 10, 60);
    double min_s = panel->min - room_s, max_s = panel->max + room_s;

    return json_pack(
        "{s:f,s:f,s:b,s:o}", "min", min_s, "max", max_s, "log", 0, "ticks",
        svp_time_axis_ticks(panel->kind.clock, min_s, max_s));
}

static char *describe(const Panel *panel, const char *title)
{
    GString *text = g_string_new(title);

    for (size_t i = 0; i < json_array_size(panel->rows); i++) {
        const json_t *row = json_array_get(panel->rows, i);

        g_string_append_printf(
            text, "%s %s: %s, %s", i > 0 ? ";" : ".", svp_figure_string(row, "label"),
            svp_figure_string(row, "text"), svp_figure_string(row, "state"));
    }
    return g_string_free(text, FALSE);
}

/* Takes the rows; nothing is appended without any. */
static void finish(Panel *panel, json_t *models, const char *id, const char *title)
{
    if (json_array_size(panel->rows) == 0) {
        json_decref(panel->rows);
        return;
    }
    g_autofree char *text = describe(panel, title);
    g_autofree char *shown =
        panel->n_left_out == 0 ? g_strdup(title)
                               : g_strdup_printf("%s (%u more rows in the table)", title, panel->n_left_out);
    json_t *reference = json_null();

    if (panel->reference) {
        include(panel, panel->at);
        reference = json_pack("{s:f,s:s}", "at", panel->at, "label", panel->reference);
    }
    json_array_append_new(
        models,
        json_pack(
            "{s:s,s:s,s:s,s:s,s:n,s:o,s:o,s:o}", "id", id, "kind", "intervals", "title", shown, "text", text,
            "alternative", "axis", axis_of(panel), "rows", panel->rows, "reference", reference));
}

/* --- Goals ---------------------------------------------------------------------------------------------- */

static bool same_goal(const json_t *one, const json_t *other)
{
    return strcmp(svp_figure_string(one, "metric"), svp_figure_string(other, "metric")) == 0 &&
           strcmp(svp_figure_string(one, "goal"), svp_figure_string(other, "goal")) == 0;
}

static const json_t *find_goal(const json_t *goals, const json_t *wanted)
{
    for (size_t i = 0; i < json_array_size(goals); i++)
        if (same_goal(json_array_get(goals, i), wanted))
            return json_array_get(goals, i);
    return NULL;
}

static void add_goal(json_t *models, const json_t *result, const json_t *goal, unsigned number)
{
    const json_t *alternatives = json_object_get(result, "alternatives");
    SvpFigureKind kind = svp_figure_kind(
        svp_figure_string(goal, "metric"), svp_figure_string(goal, "unit"),
        svp_figure_string(result, "clock"));
    Panel panel = panel_new(kind);
    g_autofree char *id = g_strdup_printf("goal-%02u", number);
    g_autofree char *title = g_strdup_printf(
        "%s %s: %s", svp_figure_string(goal, "lpar"), svp_figure_string(goal, "class"),
        svp_figure_string(goal, "goal"));

    if (svp_figure_get(goal, "limit", &panel.at))
        panel.reference = "limit";
    for (size_t i = 0; i < json_array_size(alternatives); i++) {
        const json_t *alternative = json_array_get(alternatives, i);
        const json_t *own = find_goal(json_object_get(alternative, "goals"), goal);

        add_row(
            &panel, svp_figure_string(alternative, "name"), own, "value", svp_figure_string(own, "verdict"));
    }
    finish(&panel, models, id, title);
}

json_t *svp_chart_goals(const json_t *result)
{
    const json_t *alternatives = json_object_get(result, "alternatives");
    json_t *all = json_array();

    for (size_t i = 0; i < json_array_size(alternatives); i++) {
        const json_t *goals = json_object_get(json_array_get(alternatives, i), "goals");

        for (size_t k = 0; k < json_array_size(goals); k++)
            if (!find_goal(all, json_array_get(goals, k)))
                json_array_append(all, json_array_get(goals, k));
    }
    return all;
}

static void add_goals(json_t *models, const json_t *result)
{
    json_t *goals = svp_chart_goals(result);

    for (unsigned i = 0; i < json_array_size(goals); i++)
        add_goal(models, result, json_array_get(goals, i), i + 1);
    json_decref(goals);
}

/* --- Comparisons ---------------------------------------------------------------------------------------- */

static const char *difference_state(const json_t *comparison)
{
    if (!json_is_true(json_object_get(comparison, "significant")))
        return "same";
    return svp_figure_get_or(comparison, "difference", 0) < 0 ? "less" : "more";
}

/* All comparisons of the metric that the one at `first` has; nothing if an earlier one had it. */
static bool add_comparison(json_t *models, const json_t *comparisons, size_t first, unsigned number)
{
    const json_t *one = json_array_get(comparisons, first);
    const char *metric = svp_figure_string(one, "metric");

    for (size_t i = 0; i < first; i++)
        if (strcmp(svp_figure_string(json_array_get(comparisons, i), "metric"), metric) == 0)
            return false;
    Panel panel = panel_new((SvpFigureKind){.unit = svp_figure_string(one, "unit")});
    g_autofree char *id = g_strdup_printf("comparison-%02u", number);
    g_autofree char *title = g_strdup_printf("Difference of %s", metric);

    panel.reference = "no difference";
    for (size_t i = first; i < json_array_size(comparisons); i++) {
        const json_t *other = json_array_get(comparisons, i);
        g_autofree char *label = g_strdup_printf(
            "%s \342\210\222 %s", svp_figure_string(other, "b"), svp_figure_string(other, "a"));

        if (strcmp(svp_figure_string(other, "metric"), metric) == 0)
            add_row(&panel, label, other, "difference", difference_state(other));
    }
    finish(&panel, models, id, title);
    return true;
}

static void add_comparisons(json_t *models, const json_t *comparisons)
{
    unsigned number = 1;

    for (size_t i = 0; i < json_array_size(comparisons); i++)
        if (add_comparison(models, comparisons, i, number))
            number++;
}

/* --- Search --------------------------------------------------------------------------------------------- */

/* The goal that the condition names, with its unit and its limit; NULL if it is another condition. */
static const json_t *goal_of_condition(const json_t *goals, const char *condition)
{
    for (size_t i = 0; i < json_array_size(goals); i++) {
        const json_t *goal = json_array_get(goals, i);
        const char *metric = svp_figure_string(goal, "metric");

        if (*metric && g_str_has_prefix(condition, metric) &&
            strstr(condition, svp_figure_string(goal, "goal")))
            return goal;
    }
    return NULL;
}

/* The unit of a metric, by its name. */
static const char *unit_of_condition(const char *condition)
{
    const char *end = condition + strcspn(condition, " <>=");
    const char *dot = end;

    while (dot > condition && *dot != '.')
        dot--;
    if (*dot != '.')
        return "";
    if (g_str_has_prefix(dot, ".busy_ips"))
        return "IPs";
    if (strstr(dot, "percent") || g_str_has_prefix(dot, ".velocity"))
        return "percent";
    if (g_str_has_prefix(dot, ".throughput"))
        return "1/s";
    return (dot[1] == 'p' && g_ascii_isdigit(dot[2])) || g_str_has_prefix(dot, ".mean") ||
                   g_str_has_prefix(dot, ".end")
               ? "s"
               : "";
}

static int by_value(const void *a, const void *b)
{
    const json_t *one = *(const json_t *const *)a, *other = *(const json_t *const *)b;
    double left = g_ascii_strtod(svp_figure_string(one, "value"), NULL);
    double right = g_ascii_strtod(svp_figure_string(other, "value"), NULL);

    return left < right ? -1 : left > right;
}

static void add_search(json_t *models, const json_t *result)
{
    const json_t *search = json_object_get(result, "search"), *steps = json_object_get(search, "steps");
    const char *condition = svp_figure_string(search, "condition");
    json_t *goals = svp_chart_goals(result);
    const json_t *goal = goal_of_condition(goals, condition);
    Panel panel = panel_new((SvpFigureKind){.unit = unit_of_condition(condition)});
    g_autoptr(GPtrArray) sorted = g_ptr_array_new();
    g_autofree char *title = g_strdup_printf("Search: %s", condition);

    if (goal && svp_figure_get(goal, "limit", &panel.at))
        panel.reference = "limit";
    for (size_t i = 0; i < json_array_size(steps); i++)
        g_ptr_array_add(sorted, json_array_get(steps, i));
    g_ptr_array_sort(sorted, by_value);
    for (unsigned i = 0; i < sorted->len; i++) {
        const json_t *step = g_ptr_array_index(sorted, i);
        g_autofree char *label =
            g_strdup_printf("%s=%s", svp_figure_string(search, "key"), svp_figure_string(step, "value"));

        add_row(&panel, label, step, "metric", json_is_true(json_object_get(step, "met")) ? "met" : "missed");
    }
    finish(&panel, models, "search", title);
    json_decref(goals);
}

void svp_chart_add_intervals(json_t *models, const json_t *result)
{
    add_goals(models, result);
    add_search(models, result);
    add_comparisons(models, json_object_get(result, "comparisons"));
}
