/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The model of the utilization chart: busy IPs by LPAR over time, stacked, with the commands as marks.
 *
 * Each value is the mean over an interval that begins at its time, so it is drawn as a step. LPARs without a color of their own are
 * added up to one series. Commands beyond a limit are left out, INTEG last of all: a week of a thousand commands is not
 * readable.
 */
#include "svp/plan/chart-model-private.h"
#include "svp/plan/figure.h"
#include "svp/plan/time-axis.h"
#include "svp/plan/value-axis.h"

#include <string.h>

#define MARKS_MAX 12u

static json_t *numbers_of(const json_t *lpar, const char *key, size_t n)
{
    const json_t *given = json_object_get(lpar, key);
    json_t *numbers = json_array();

    for (size_t i = 0; i < n; i++)
        json_array_append_new(numbers, json_real(json_number_value(json_array_get(given, i))));
    return numbers;
}

static void add_numbers(json_t *sum, const json_t *more)
{
    for (size_t i = 0; i < json_array_size(sum); i++)
        json_real_set(
            json_array_get(sum, i),
            json_number_value(json_array_get(sum, i)) + json_number_value(json_array_get(more, i)));
}

static json_t *series_new(const char *name, unsigned color, json_t *busy, json_t *ready)
{
    return json_pack("{s:s,s:i,s:o,s:o}", "name", name, "color", (int)color, "busy", busy, "ready", ready);
}

/* The series of LPARs, and last that of all LPARs without a color. */
static json_t *make_series(const json_t *lpars, size_t n, const json_t *colors)
{
    json_t *all = json_array(), *rest = NULL;
    unsigned n_rest = 0;

    for (size_t i = 0; i < json_array_size(lpars); i++) {
        const json_t *lpar = json_array_get(lpars, i);
        const char *name = svp_figure_string(lpar, "lpar");
        unsigned color = svp_chart_color(colors, name);
        json_t *busy = numbers_of(lpar, "busy_ips", n), *ready = numbers_of(lpar, "ready_ips", n);

        if (color < SVP_CHART_COLORS - 1) {
            json_array_append_new(all, series_new(name, color, busy, ready));
            continue;
        }
        n_rest++;
        if (!rest) {
            rest = series_new(name, color, busy, ready);
            continue;
        }
        add_numbers(json_object_get(rest, "busy"), busy);
        add_numbers(json_object_get(rest, "ready"), ready);
        json_decref(busy);
        json_decref(ready);
    }
    if (n_rest > 1) {
        g_autofree char *name = g_strdup_printf("%u others", n_rest);

        json_object_set_new(rest, "name", json_string(name));
    }
    if (rest)
        json_array_append_new(all, rest);
    return all;
}

static bool is_integ(const json_t *command)
{
    return g_ascii_strncasecmp(svp_figure_string(command, "command"), "INTEG", strlen("INTEG")) == 0;
}

static json_t *mark_new(const json_t *command, const char *clock)
{
    double at_s = svp_figure_get_or(command, "at_s", 0);
    bool ok = json_is_true(json_object_get(command, "ok"));
    g_autofree char *when = svp_time_axis_label(clock, at_s);
    const char *message = svp_figure_string(command, "message"),
               *line = svp_figure_string(command, "command");
    g_autofree char *label = g_strdup_printf("%s%s", line, ok ? "" : " (refused)");
    g_autofree char *text = g_strdup_printf("%s: %s%s%s", when, label, *message ? ": " : "", message);

    return json_pack(
        "{s:f,s:s,s:s,s:b,s:b}", "at_s", at_s, "label", label, "text", text, "integ", is_integ(command), "ok",
        ok);
}

static json_t *make_marks(const json_t *commands, const char *clock)
{
    json_t *marks = json_array();
    size_t n = json_array_size(commands);

    for (size_t i = 0; i < n && json_array_size(marks) < MARKS_MAX; i++)
        if (n <= MARKS_MAX || is_integ(json_array_get(commands, i)))
            json_array_append_new(marks, mark_new(json_array_get(commands, i), clock));
    return marks;
}

static double mean_of(const json_t *numbers)
{
    double sum = 0;
    size_t n = json_array_size(numbers);

    for (size_t i = 0; i < n; i++)
        sum += json_number_value(json_array_get(numbers, i));
    return n > 0 ? sum / (double)n : 0;
}

/* In words: who is how busy, and when what was commanded. */
static char *describe(double ips, const json_t *series, const json_t *marks)
{
    GString *text = g_string_new(NULL);

    g_string_append_printf(text, "Busy IPs over time, stacked by LPAR, of %.0f IPs. Means:", ips);
    for (size_t i = 0; i < json_array_size(series); i++) {
        const json_t *one = json_array_get(series, i);
        g_autofree char *mean = svp_figure_number(mean_of(json_object_get(one, "busy")));

        g_string_append_printf(text, "%s %s %s", i > 0 ? "," : "", svp_figure_string(one, "name"), mean);
    }
    g_string_append(text, ".");
    for (size_t i = 0; i < json_array_size(marks); i++)
        g_string_append_printf(
            text, "%s %s", i > 0 ? ";" : " Marked:", svp_figure_string(json_array_get(marks, i), "text"));
    return g_string_free(text, FALSE);
}

static double last_number(const json_t *numbers)
{
    return json_number_value(json_array_get(numbers, json_array_size(numbers) - 1));
}

json_t *svp_chart_utilization(const json_t *result, unsigned index, const json_t *colors)
{
    const json_t *alternative = json_array_get(json_object_get(result, "alternatives"), index);
    const json_t *given = json_object_get(alternative, "series"), *at_s = json_object_get(given, "t_s");
    const char *clock = svp_figure_string(result, "clock");
    size_t n = json_array_size(at_s);

    if (n == 0 || json_array_size(json_object_get(given, "lpars")) == 0)
        return NULL;
    double from_s = json_number_value(json_array_get(at_s, 0));
    double to_s = last_number(at_s) + svp_figure_get_or(given, "interval_s", 0);
    double ips = svp_figure_get_or(given, "ips", 0);
    json_t *series = make_series(json_object_get(given, "lpars"), n, colors);
    json_t *marks = make_marks(json_object_get(alternative, "commands"), clock);
    g_autofree char *title = svp_time_axis_title(clock), *text = describe(ips, series, marks);
    g_autofree char *id = g_strdup_printf("utilization-%02u", index + 1);
    json_t *time = json_pack(
        "{s:f,s:f,s:s,s:o}", "from_s", from_s, "to_s", to_s, "title", title, "ticks",
        svp_time_axis_ticks(clock, from_s, to_s));

    return json_pack(
        "{s:s,s:s,s:s,s:s,s:i,s:f,s:o,s:o,s:O,s:o,s:o}", "id", id, "kind", "utilization", "title",
        "Utilization by LPAR", "text", text, "alternative", (int)index, "ips", ips, "axis",
        svp_value_axis(0, MAX(ips, 1), "", /* log= */ false), "time", time, "at_s", at_s, "series", series,
        "marks", marks);
}
