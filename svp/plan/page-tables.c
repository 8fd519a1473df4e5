/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The tables of a study's page, which are there without JavaScript too.
 *
 * Each has a caption and is in a box that scrolls by itself, so that a wide table does not make the page wide. Figures come with
 * their interval; a figure of one replication has none, and a dash stands there.
 */
#include "svp/plan/page-parts.h"
#include "svp/plan/result.h"

#include <string.h>

#define DASH "\xe2\x80\x93"

/* What is shown of a verdict; it is told apart by sign and word, not by colour alone. */
static const struct {
    const char *verdict, *class, *sign;
} signs[] = {
    {"met", "met", "\xe2\x9c\x93"},
    {"missed", "missed", "\xe2\x9c\x97"},
    {"open", "open", "?"},
    {"cannot run", "missed", "\xe2\x9c\x97"},
    {"refused", "missed", "\xe2\x9c\x97"},
    {"done", "met", "\xe2\x9c\x93"},
};

void svp_study_page_verdict(GString *html, const char *verdict)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(signs); i++)
        if (strcmp(signs[i].verdict, verdict) == 0) {
            svp_html_add(
                html, "<span class=\"verdict %s\"><span aria-hidden=\"true\">%s</span> %s</span>",
                signs[i].class, signs[i].sign, verdict);
            return;
        }
    svp_html_add(html, "<span class=\"verdict\">%s</span>", verdict);
}

/* Columns, '|' between them; one that begins with '#' has figures. */
static void begin_table(GString *html, const char *caption, const char *columns)
{
    g_auto(GStrv) names = g_strsplit(columns, "|", 0);

    svp_html_add(
        html,
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
        "aria-label=\"%s\">\n<table><caption>%s</caption>\n",
        caption, caption);
    g_string_append(html, "<thead><tr>");
    for (char **name = names; *name; name++)
        svp_html_add(
            html, **name == '#' ? "<th scope=\"col\" class=\"number\">%s</th>" : "<th scope=\"col\">%s</th>",
            *name + (**name == '#'));
    g_string_append(html, "</tr></thead>\n<tbody>\n");
}

static void end_table(GString *html)
{
    g_string_append(html, "</tbody></table>\n</div>\n");
}

static char *value_text(const json_t *row, const char *name, const char *unit, const char *metric)
{
    const json_t *value = json_object_get(row, name);

    return json_is_number(value) ? svp_result_value_text(json_number_value(value), unit, metric)
                                 : g_strdup(DASH);
}

/* "1.2 s to 1.4 s", or a dash. */
static char *range_text(const json_t *row, const char *unit, const char *metric)
{
    g_autofree char *low = value_text(row, "low", unit, metric),
                    *high = value_text(row, "high", unit, metric);
    bool known = json_is_number(json_object_get(row, "low")) && json_is_number(json_object_get(row, "high"));

    if (!known || svp_html_number_of(row, "low") == svp_html_number_of(row, "high"))
        return g_strdup(DASH);
    return g_strdup_printf("%s to %s", low, high);
}

static void
add_figures(GString *html, const json_t *row, const char *middle, const char *unit, const char *metric)
{
    g_autofree char *value = value_text(row, middle, unit, metric), *range = range_text(row, unit, metric);

    svp_html_add(html, "<td class=\"number\">%s</td><td class=\"number range\">%s</td>", value, range);
}

static char *interval_heading(const SvpStudyPage *page)
{
    return g_strdup_printf("#%g %% interval", svp_html_number_of(page->result, "confidence_percent"));
}

/* --- Goals: alternatives down, goals across -------------------------------------------------------------- */

static char *goal_title(const json_t *goal)
{
    return g_strdup_printf(
        "%s.%s %s", svp_html_text_of(goal, "lpar"), svp_html_text_of(goal, "class"),
        svp_html_text_of(goal, "goal"));
}

/* The goals of all alternatives, each once. */
static GPtrArray *goal_titles(const json_t *alternatives)
{
    GPtrArray *titles = g_ptr_array_new_with_free_func(g_free);
    const json_t *alternative, *goal;
    size_t a, g;

    json_array_foreach(alternatives, a, alternative)
    {
        json_array_foreach(json_object_get(alternative, "goals"), g, goal)
        {
            g_autofree char *title = goal_title(goal);

            if (!g_ptr_array_find_with_equal_func(titles, title, g_str_equal, NULL))
                g_ptr_array_add(titles, g_steal_pointer(&title));
        }
    }
    return titles;
}

static const json_t *find_goal(const json_t *alternative, const char *wanted)
{
    const json_t *goal;
    size_t i;

    json_array_foreach(json_object_get(alternative, "goals"), i, goal)
    {
        g_autofree char *title = goal_title(goal);

        if (strcmp(title, wanted) == 0)
            return goal;
    }
    return NULL;
}

static void add_goal(GString *html, const json_t *goal)
{
    const char *unit = svp_html_text_of(goal, "unit"), *metric = svp_html_text_of(goal, "metric");

    if (!goal) {
        g_string_append(html, "<td>" DASH "</td>");
        return;
    }
    g_autofree char *value = value_text(goal, "value", unit, metric), *range = range_text(goal, unit, metric);

    g_string_append(html, "<td>");
    svp_study_page_verdict(html, svp_html_text_of(goal, "verdict"));
    svp_html_add(html, " <b>%s</b><br><small>%s</small></td>", value, range);
}

static void add_goals(GString *html, const json_t *alternative, const GPtrArray *titles)
{
    svp_html_add(html, "<tr><th scope=\"row\">%s</th>", svp_html_text_of(alternative, "name"));
    if (json_is_string(json_object_get(alternative, "failed"))) {
        svp_html_add(html, "<td colspan=\"%u\">", titles->len);
        svp_study_page_verdict(html, "cannot run");
        svp_html_add(html, " %s</td></tr>\n", svp_html_text_of(alternative, "failed"));
        return;
    }
    for (unsigned i = 0; i < titles->len; i++)
        add_goal(html, find_goal(alternative, g_ptr_array_index(titles, i)));
    g_string_append(html, "</tr>\n");
}

void svp_study_page_goals(const SvpStudyPage *page, GString *html)
{
    const json_t *alternatives = json_object_get(page->result, "alternatives"), *alternative;
    g_autoptr(GPtrArray) titles = goal_titles(alternatives);
    size_t i;

    if (titles->len == 0)
        return;
    g_string_append(
        html,
        "<p>Met or missed: the whole interval is on one side of the limit. Open: the limit is inside.</p>\n");
    g_string_append(
        html,
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Goals\">\n<table class=\"goals\">"
        "<caption>Goals of each alternative</caption>\n<thead><tr><th scope=\"col\">Alternative</th>");
    for (unsigned t = 0; t < titles->len; t++)
        svp_html_add(html, "<th scope=\"col\">%s</th>", (const char *)g_ptr_array_index(titles, t));
    g_string_append(html, "</tr></thead>\n<tbody>\n");
    json_array_foreach(alternatives, i, alternative) add_goals(html, alternative, titles);
    end_table(html);
}

/* --- Search and advice ---------------------------------------------------------------------------------- */

/* The unit of what is searched for: "PROD.ONLINE.p95 < 200ms" is a metric first. */
static const char *unit_of_condition(const SvpStudyPage *page, const char *metric)
{
    const json_t *alternative, *row;
    size_t a, m;

    json_array_foreach(json_object_get(page->result, "alternatives"), a, alternative)
    {
        json_array_foreach(json_object_get(alternative, "metrics"), m, row)
        {
            if (strcmp(svp_html_text_of(row, "name"), metric) == 0)
                return svp_html_text_of(row, "unit");
        }
    }
    return "";
}

void svp_study_page_search(const SvpStudyPage *page, GString *html)
{
    const json_t *search = json_object_get(page->result, "search"), *step;
    const char *condition = svp_html_text_of(search, "condition");
    g_autofree char *metric = g_strndup(condition, strcspn(condition, " <>=")),
                    *heading = interval_heading(page);
    const char *unit = unit_of_condition(page, metric);
    size_t i;

    if (!json_is_object(search))
        return;
    g_autofree char *columns =
        g_strdup_printf("%s|#%s|%s|Condition", svp_html_text_of(search, "key"), metric, heading);
    g_autofree char *caption = g_strdup_printf("Values tried so that %s, in this order", condition);

    begin_table(html, caption, columns);
    json_array_foreach(json_object_get(search, "steps"), i, step)
    {
        svp_html_add(html, "<tr><th scope=\"row\">%s</th>", svp_html_text_of(step, "value"));
        add_figures(html, step, "metric", unit, metric);
        g_string_append(html, "<td>");
        svp_study_page_verdict(html, json_is_true(json_object_get(step, "met")) ? "met" : "missed");
        svp_html_add(html, " %s</td></tr>\n", svp_html_text_of(step, "failed"));
    }
    end_table(html);
}

/* A goal's metric says the unit; goals of a study are about seconds or, with velocity, about percent. */
static void add_effect(GString *html, const json_t *effect)
{
    const char *goal = svp_html_text_of(effect, "goal");
    const char *unit = g_str_has_prefix(goal, "velocity") ? "percent" : "s";
    const char *metric = svp_html_text_of(effect, "metric");
    g_autofree char *before = value_text(effect, "before", unit, metric);
    g_autofree char *after = value_text(effect, "after", unit, metric),
                    *range = range_text(effect, unit, metric);

    g_string_append(html, "<div class=\"effect\">");
    svp_study_page_verdict(html, svp_html_text_of(effect, "verdict"));
    svp_html_add(
        html, " %s.%s %s: %s, before %s <small>%s</small></div>", svp_html_text_of(effect, "lpar"),
        svp_html_text_of(effect, "class"), goal, after, before, range);
}

static void add_advice(GString *html, const json_t *row)
{
    const json_t *effect;
    const char *at = svp_html_text_of(row, "at");
    g_autofree char *moved = svp_study_page_size(svp_html_number_of(row, "moved_mib"));
    size_t i;

    svp_html_add(
        html, "<tr><td class=\"number\">%d</td><th scope=\"row\">%s into %s</th><td>%s</td>",
        (int)json_integer_value(json_object_get(row, "rank")), svp_html_text_of(row, "retiring"),
        svp_html_text_of(row, "surviving"), *at ? at : DASH);
    svp_html_add(html, "<td class=\"number\">%s</td><td>", moved);
    if (!json_is_true(json_object_get(row, "feasible"))) {
        svp_study_page_verdict(html, "refused");
        g_string_append_c(html, ' ');
    }
    svp_html_add(html, "%s</td><td>", svp_html_text_of(row, "reason"));
    json_array_foreach(json_object_get(row, "effects"), i, effect) add_effect(html, effect);
    g_string_append(html, i == 0 ? DASH "</td></tr>\n" : "</td></tr>\n");
}

void svp_study_page_advice(const SvpStudyPage *page, GString *html)
{
    const json_t *advice = json_object_get(page->result, "advice"), *row;
    size_t i;

    if (!json_is_array(advice))
        return;
    begin_table(
        html, "Which LPAR to retire into which, best first",
        "#Rank|INTEG|At|#Storage moved|Reason|Effect on goals");
    json_array_foreach(advice, i, row) add_advice(html, row);
    end_table(html);
}

/* --- Comparisons, metrics, commands --------------------------------------------------------------------- */

static void add_comparison(GString *html, const json_t *row)
{
    bool significant = json_is_true(json_object_get(row, "significant"));

    svp_html_add(
        html, "<tr><th scope=\"row\">%s</th><td>%s</td><td>%s</td>", svp_html_text_of(row, "metric"),
        svp_html_text_of(row, "b"), svp_html_text_of(row, "a"));
    /* a difference of two times of day is a duration, so the metric does not matter */
    add_figures(html, row, "difference", svp_html_text_of(row, "unit"), "");
    svp_html_add(html, "<td>%s</td></tr>\n", significant ? "yes" : "may be chance");
}

void svp_study_page_comparisons(const SvpStudyPage *page, GString *html)
{
    const json_t *comparisons = json_object_get(page->result, "comparisons"), *row;
    g_autofree char *heading = interval_heading(page);
    g_autofree char *columns =
        g_strdup_printf("Metric|With|Instead of|#Difference|%s|More than chance", heading);
    size_t i;

    if (json_array_size(comparisons) == 0)
        return;
    g_string_append(
        html,
        "<p>What one alternative has more (right) or less (left) than another, from pairs of runs with the "
        "same "
        "random numbers. An interval that does not touch zero is more than chance.</p>\n"
        "<figure class=\"chart js\"><figcaption>Differences with their intervals</figcaption>\n"
        "<div class=\"control\"><label for=\"comparison-metric\">Metric</label> "
        "<select id=\"comparison-metric\"></select></div>\n<div class=\"canvas\"><canvas id=\"comparison\" "
        "role=\"img\" aria-label=\"Differences between alternatives with their intervals; the table below "
        "has the "
        "figures\"></canvas></div></figure>\n");
    svp_html_add(
        html, "<details><summary>All differences as a table (%u)</summary>\n",
        (unsigned)json_array_size(comparisons));
    begin_table(html, "Differences between alternatives", columns);
    json_array_foreach(comparisons, i, row) add_comparison(html, row);
    end_table(html);
    g_string_append(html, "</details>\n");
}

void svp_study_page_metrics(const SvpStudyPage *page, const json_t *alternative, GString *html)
{
    const json_t *metrics = json_object_get(alternative, "metrics"), *row;
    g_autofree char *heading = interval_heading(page);
    g_autofree char *columns = g_strdup_printf("Metric|#Mean|%s|#Values", heading);
    g_autofree char *caption = g_strdup_printf("Metrics of %s", svp_html_text_of(alternative, "name"));
    size_t i;

    if (json_array_size(metrics) == 0)
        return;
    svp_html_add(html, "<details><summary>All metrics (%u)</summary>\n", (unsigned)json_array_size(metrics));
    begin_table(html, caption, columns);
    json_array_foreach(metrics, i, row)
    {
        svp_html_add(html, "<tr><th scope=\"row\">%s</th>", svp_html_text_of(row, "name"));
        add_figures(html, row, "mean", svp_html_text_of(row, "unit"), svp_html_text_of(row, "name"));
        svp_html_add(
            html, "<td class=\"number\">%d</td></tr>\n", (int)json_integer_value(json_object_get(row, "n")));
    }
    end_table(html);
    g_string_append(html, "</details>\n");
}

void svp_study_page_commands(const json_t *alternative, GString *html)
{
    const json_t *commands = json_object_get(alternative, "commands"), *command;
    g_autofree char *caption = g_strdup_printf(
        "Commands of %s, as they went in replication 1", svp_html_text_of(alternative, "name"));
    size_t i;

    if (json_array_size(commands) == 0)
        return;
    begin_table(html, caption, "At|Command|Result|#Took");
    json_array_foreach(commands, i, command)
    {
        const char *clock = svp_html_text_of(command, "clock");
        double at_s = svp_html_number_of(command, "at_s"), end_s = svp_html_number_of(command, "end_s");
        g_autofree char *at = svp_result_value_text(at_s, "s", ""),
                        *took = svp_result_value_text(end_s - at_s, "s", "");

        svp_html_add(
            html, "<tr><td>%s</td><th scope=\"row\">%s</th><td>", *clock ? clock : at,
            svp_html_text_of(command, "command"));
        svp_study_page_verdict(html, json_is_true(json_object_get(command, "ok")) ? "done" : "refused");
        svp_html_add(
            html, " %s</td><td class=\"number\">%s</td></tr>\n", svp_html_text_of(command, "message"), took);
    }
    end_table(html);
}
