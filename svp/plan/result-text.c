/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The result of a study as text: a table in CSV for other programs, a summary for people, and the files.
 *
 * Both are made from the JSON object and know nothing that is not in it. The summary says first what was asked: the answer of a search,
 * the goals, the advice; metrics are listed for few alternatives only, since the CSV has them all. Each file is replaced
 * in one piece, so that a reader never finds half of one.
 */
#include "svp/plan/charts.h"
#include "svp/plan/result.h"

#include "svp/csv.h"
#include "svp/error.h"

#include <string.h>

#define METRICS_SHOWN_MAX     60
#define COMPARISONS_SHOWN_MAX 200

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text ? text : "";
}

static double number_of(const json_t *object, const char *name)
{
    return json_number_value(json_object_get(object, name));
}

/* --- CSV ------------------------------------------------------------------------------------------------ */

static void append_number(GString *csv, const json_t *value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE] = "";

    if (json_is_number(value))
        g_ascii_formatd(text, sizeof text, "%.10g", json_number_value(value));
    svp_csv_field(csv, text);
}

static void append_row(GString *csv, const json_t *alternative, const json_t *metric)
{
    static const char *const numbers[] = {"mean", "half_width", "low", "high", "n"};

    svp_csv_field(csv, text_of(alternative, "name"));
    svp_csv_field(csv, text_of(metric, "name"));
    svp_csv_field(csv, text_of(metric, "unit"));
    for (unsigned i = 0; i < G_N_ELEMENTS(numbers); i++)
        append_number(csv, json_object_get(metric, numbers[i]));
    svp_csv_end_row(csv);
}

char *svp_result_csv(const json_t *result)
{
    GString *csv = g_string_new("alternative,metric,unit,mean,half_width,low,high,n\n");
    const json_t *alternative, *metric;
    size_t a, m;

    json_array_foreach(json_object_get(result, "alternatives"), a, alternative)
    {
        json_array_foreach(json_object_get(alternative, "metrics"), m, metric)
            append_row(csv, alternative, metric);
    }
    return g_string_free(csv, FALSE);
}

/* --- Summary -------------------------------------------------------------------------------------------- */

char *svp_result_value_text(double value, const char *unit, const char *metric)
{
    if (g_str_has_suffix(metric, ".end") && value >= 0.0) {
        unsigned second = (unsigned)(value + 0.5);

        return g_strdup_printf("%02u:%02u:%02u", second / 3600, second / 60 % 60, second % 60);
    }
    if (strcmp(unit, "s") == 0) {
        g_autofree char *size =
            hv_quantity_describe_duration((HvTime)((value < 0 ? -value : value) * (double)HV_NS_PER_S + 0.5));

        return g_strconcat(value < 0 ? "-" : "", size, NULL);
    }
    return g_strdup_printf(
        "%.4g %s", value,
        strcmp(unit, "percent") == 0 ? "%"
        : strcmp(unit, "ips") == 0   ? "IPs"
                                     : unit);
}

char *svp_result_interval_text(const json_t *row, const char *middle, const char *metric)
{
    const char *unit = text_of(row, "unit");
    g_autofree char *mean = svp_result_value_text(number_of(row, middle), unit, metric);
    g_autofree char *low = svp_result_value_text(number_of(row, "low"), unit, metric);
    g_autofree char *high = svp_result_value_text(number_of(row, "high"), unit, metric);

    if (number_of(row, "low") == number_of(row, "high"))
        return g_steal_pointer(&mean);
    return g_strdup_printf("%s (%s to %s)", mean, low, high);
}

static void summarize_metrics(GString *text, const json_t *alternative)
{
    const json_t *metric;
    size_t i;

    json_array_foreach(json_object_get(alternative, "metrics"), i, metric)
    {
        g_autofree char *value = svp_result_interval_text(metric, "mean", text_of(metric, "name"));

        g_string_append_printf(text, "    %-32s %s\n", text_of(metric, "name"), value);
    }
}

static void summarize_goals(GString *text, const json_t *alternative)
{
    const json_t *goal;
    size_t i;

    json_array_foreach(json_object_get(alternative, "goals"), i, goal)
    {
        bool known = json_is_number(json_object_get(goal, "value"));
        g_autofree char *value = known ? svp_result_interval_text(goal, "value", text_of(goal, "metric"))
                                       : g_strdup("no value");

        g_string_append_printf(
            text, "  %-6s %s.%s: %s; %s\n", text_of(goal, "verdict"), text_of(goal, "lpar"),
            text_of(goal, "class"), text_of(goal, "goal"), value);
    }
}

static void summarize_commands(GString *text, const json_t *alternative)
{
    const json_t *command;
    size_t i;

    json_array_foreach(json_object_get(alternative, "commands"), i, command)
    {
        bool ok = json_is_true(json_object_get(command, "ok"));

        g_string_append_printf(
            text, "  %s %s: %s%s\n", text_of(command, "clock"), text_of(command, "command"),
            ok ? "" : "refused: ", text_of(command, "message"));
    }
}

static void summarize_alternatives(GString *text, const json_t *alternatives)
{
    const json_t *alternative;
    size_t i;

    json_array_foreach(alternatives, i, alternative)
    {
        const char *failed = text_of(alternative, "failed");

        g_string_append_printf(text, "\n%s", text_of(alternative, "name"));
        if (*failed) {
            g_string_append_printf(text, ": cannot run. %s\n", failed);
            continue;
        }
        int n = (int)json_integer_value(json_object_get(alternative, "replications"));

        g_string_append_printf(text, n == 1 ? ", one replication\n" : ", %d replications\n", n);
        summarize_commands(text, alternative);
        summarize_goals(text, alternative);
        if (json_array_size(alternatives) * json_array_size(json_object_get(alternative, "metrics")) <=
            METRICS_SHOWN_MAX)
            summarize_metrics(text, alternative);
    }
}

static void summarize_search(GString *text, const json_t *search)
{
    if (!json_is_object(search))
        return;
    g_string_append_printf(
        text, "\n%s so that %s: %s. %s\n", text_of(search, "key"), text_of(search, "condition"),
        json_is_string(json_object_get(search, "answer")) ? text_of(search, "answer") : "no answer",
        text_of(search, "why"));
}

static void summarize_advice(GString *text, const json_t *advice)
{
    const json_t *row;
    size_t i;

    if (json_is_array(advice))
        g_string_append(text, "\nAdvice, best first\n");
    json_array_foreach(advice, i, row)
    {
        g_string_append_printf(
            text, "%4d. %s into %s", (int)json_integer_value(json_object_get(row, "rank")),
            text_of(row, "retiring"), text_of(row, "surviving"));
        g_string_append_printf(
            text, "%s%s: %s\n", *text_of(row, "at") ? " at " : "", text_of(row, "at"),
            text_of(row, "reason"));
    }
}

/* Pair by pair; a heading stands before the first row of a pair that is shown. */
static void append_comparisons(GString *text, const json_t *comparisons, bool only_significant)
{
    const json_t *row, *headed = NULL;
    size_t i;

    json_array_foreach(comparisons, i, row)
    {
        bool significant = json_is_true(json_object_get(row, "significant"));
        g_autofree char *value = svp_result_interval_text(row, "difference", "");

        if (only_significant && !significant)
            continue;
        if (!headed || strcmp(text_of(row, "a"), text_of(headed, "a")) != 0 ||
            strcmp(text_of(row, "b"), text_of(headed, "b")) != 0)
            g_string_append_printf(
                text, "%s%s instead of %s\n", headed ? "\n" : "", text_of(row, "b"), text_of(row, "a"));
        headed = row;
        g_string_append_printf(
            text, "  %-32s %s%s\n", text_of(row, "metric"), value, significant ? "" : "  (may be chance)");
    }
}

static void summarize_comparisons(GString *text, const json_t *comparisons)
{
    if (json_array_size(comparisons) == 0 || json_array_size(comparisons) > COMPARISONS_SHOWN_MAX)
        return;
    g_string_append(text, "\nDifferences that are more than chance\n\n");
    append_comparisons(text, comparisons, /* only_significant= */ true);
}

char *svp_result_comparison_text(const json_t *comparisons)
{
    GString *text = g_string_new(NULL);

    append_comparisons(text, comparisons, /* only_significant= */ false);
    return g_string_free(text, FALSE);
}

char *svp_result_summary(const json_t *result)
{
    GString *text = g_string_new(NULL);
    HvTime length_ns = (HvTime)(number_of(result, "length_s") * (double)HV_NS_PER_S);
    HvTime warm_up_ns = (HvTime)(number_of(result, "warm_up_s") * (double)HV_NS_PER_S);
    g_autofree char *length = hv_quantity_describe_duration(length_ns);
    g_autofree char *warm_up = hv_quantity_describe_duration(warm_up_ns);

    g_string_append_printf(
        text, "%s\n\nMachine %s; runs of %s, warm-up %s; intervals of %g %%\n", text_of(result, "title"),
        text_of(result, "machine_file"), length, warm_up, number_of(result, "confidence_percent"));
    summarize_search(text, json_object_get(result, "search"));
    summarize_advice(text, json_object_get(result, "advice"));
    if (!json_is_array(json_object_get(result, "advice")))
        summarize_alternatives(text, json_object_get(result, "alternatives"));
    if (!json_is_array(json_object_get(result, "advice")))
        summarize_comparisons(text, json_object_get(result, "comparisons"));
    return g_string_free(text, FALSE);
}

/* --- Files ---------------------------------------------------------------------------------------------- */

static bool write_file(const char *directory, const char *name, const char *text, GError **error)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);
    g_autoptr(GError) why = NULL;

    if (g_file_set_contents(path, text, -1, &why))
        return true;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_FILE, "%s\nLook at the permissions of the directory", why->message);
    return false;
}

bool svp_result_write(const json_t *result, const char *directory, GError **error)
{
    g_autofree char *json = svp_result_text(result, JSON_COMPACT);
    g_autofree char *csv = svp_result_csv(result), *summary = svp_result_summary(result);
    g_autofree char *charts = g_build_filename(directory, "charts", NULL);

    return write_file(directory, "result.json", json, error) &&
           write_file(directory, "result.csv", csv, error) &&
           write_file(directory, "summary.txt", summary, error) &&
           svp_study_charts_write(result, charts, error);
}
