/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The report of a study as one HTML page.
 *
 * The page is a template with places like {{TITLE}}, which are filled in one pass: what is filled in is not looked at again, so a name
 * with braces does no harm. Text and tables are made here; charts are drawn in the browser by Chart.js, which is in the page, from
 * the result, which is in the page as JSON. Nothing is loaded from anywhere: the page's own security policy forbids it.
 *
 * A study of very many alternatives lists all of them among the goals, but only some in detail, so that a browser can show the page.
 */
#include "svp/plan/page-html.h"

#include "svp/csv.h"
#include "svp/plan/page-embedded.h"
#include "svp/plan/page-parts.h"
#include "svp/plan/result.h"

#include <string.h>

#define DETAILS_MAX 50u

/* --- What the parts share ------------------------------------------------------------------------------- */

static void add_lpar(GPtrArray *lpars, const json_t *row)
{
    const char *name = svp_html_text_of(row, "lpar");

    if (!g_ptr_array_find_with_equal_func(lpars, name, g_str_equal, NULL))
        g_ptr_array_add(lpars, (char *)(uintptr_t)name);
}

static void add_lpars(GPtrArray *lpars, const json_t *rows)
{
    const json_t *row;
    size_t i;

    json_array_foreach(rows, i, row) add_lpar(lpars, row);
}

/* Those of a moment: in storage, with shares, in pools. */
static void add_lpars_of(GPtrArray *lpars, const json_t *moment)
{
    const json_t *storage = json_object_get(moment, "ms"), *row;
    size_t i;

    add_lpars(lpars, json_object_get(json_object_get(storage, "ms"), "areas"));
    add_lpars(lpars, json_object_get(json_object_get(storage, "es"), "areas"));
    json_array_foreach(json_object_get(moment, "ips"), i, row)
        add_lpars(lpars, json_object_get(row, "shares"));
    json_array_foreach(json_object_get(moment, "pools"), i, row)
        add_lpars(lpars, json_object_get(row, "lpars"));
}

static GPtrArray *all_lpars(const json_t *alternatives)
{
    GPtrArray *lpars = g_ptr_array_new();
    const json_t *alternative;
    size_t i;

    json_array_foreach(alternatives, i, alternative)
    {
        add_lpars(lpars, json_object_get(json_object_get(alternative, "series"), "lpars"));
        add_lpars_of(lpars, json_object_get(alternative, "before"));
        add_lpars_of(lpars, json_object_get(alternative, "after"));
    }
    return lpars;
}

/* Whether the search ended with this alternative. */
static bool is_answer(const json_t *alternative, const json_t *search)
{
    const char *answer = json_string_value(json_object_get(search, "answer"));
    const json_t *setting;
    size_t i;

    json_array_foreach(json_object_get(alternative, "settings"), i, setting)
    {
        if (answer && strcmp(svp_html_text_of(setting, "key"), svp_html_text_of(search, "key")) == 0 &&
            strcmp(svp_html_text_of(setting, "value"), answer) == 0)
            return true;
    }
    return false;
}

/* The one to show first: the answer of the search, else the first that meets all goals, else the first that runs. */
static size_t choose(const json_t *result)
{
    const json_t *alternatives = json_object_get(result, "alternatives"), *alternative;
    size_t i, best = 0;
    unsigned best_rank = 0;

    json_array_foreach(alternatives, i, alternative)
    {
        unsigned rank = is_answer(alternative, json_object_get(result, "search")) ? 3
                        : svp_study_page_meets_all(alternative)                   ? 2
                        : !json_is_string(json_object_get(alternative, "failed")) ? 1
                                                                                  : 0;

        if (rank > best_rank) {
            best = i;
            best_rank = rank;
        }
    }
    return best;
}

/* The first of them, and the chosen one. */
static json_t *shown_alternatives(const json_t *alternatives, size_t chosen)
{
    json_t *shown = json_array();

    for (size_t i = 0; i < json_array_size(alternatives); i++)
        if (i == chosen || json_array_size(shown) + (chosen > i) < DETAILS_MAX)
            json_array_append(shown, json_array_get(alternatives, i));
    return shown;
}

/* --- Parts ---------------------------------------------------------------------------------------------- */

static bool has_percentiles(const json_t *alternatives)
{
    const json_t *alternative;
    size_t i;

    json_array_foreach(
        alternatives, i,
        alternative) if (json_array_size(json_object_get(alternative, "percentiles")) > 0) return true;
    return false;
}

void svp_study_page_percentiles(const SvpStudyPage *page, GString *html)
{
    if (!has_percentiles(page->shown))
        return;
    g_string_append(
        html,
        "<p class=\"js\">How long a transaction takes: a point at 95 % says that 95 % of all transactions "
        "took no longer. "
        "The line through each point is its interval.</p>\n"
        "<p class=\"no-js-only\">The charts need JavaScript; the figures are among the metrics of each "
        "alternative.</p>\n"
        "<figure class=\"chart js\"><figcaption>Percentiles of response times</figcaption>\n<div "
        "class=\"control\">"
        "<label for=\"percentiles-class\">Service class</label> <select "
        "id=\"percentiles-class\"></select></div>\n"
        "<div class=\"canvas tall\"><canvas id=\"percentiles\" role=\"img\" aria-label=\"Percentiles of "
        "response "
        "times of each alternative; the tables of metrics have the figures\"></canvas></div></figure>\n");
}

static void add_settings(GString *html, const json_t *settings)
{
    const json_t *setting;
    size_t i;

    json_array_foreach(settings, i, setting)
    {
        g_string_append(html, i == 0 ? "<p>Settings: " : ", ");
        svp_html_add(
            html, "<code>%s = %s</code>", svp_html_text_of(setting, "key"),
            svp_html_text_of(setting, "value"));
    }
    if (i > 0)
        g_string_append(html, ".</p>\n");
}

static void add_alternative(const SvpStudyPage *page, GString *html, size_t number, const json_t *alternative)
{
    svp_html_add(
        html, "<article class=\"alternative\" data-number=\"%u\"><h3>%s</h3>\n", (unsigned)number,
        svp_html_text_of(alternative, "name"));
    add_settings(html, json_object_get(alternative, "settings"));
    if (json_is_string(json_object_get(alternative, "failed"))) {
        g_string_append(html, "<p>");
        svp_study_page_verdict(html, "cannot run");
        svp_html_add(html, " %s</p>\n", svp_html_text_of(alternative, "failed"));
    } else {
        svp_study_page_commands(alternative, html);
        svp_study_page_machine(page, alternative, html);
        svp_study_page_metrics(page, alternative, html);
    }
    g_string_append(html, "</article>\n");
}

void svp_study_page_alternatives(const SvpStudyPage *page, GString *html)
{
    const json_t *alternative;
    size_t i, n = json_array_size(json_object_get(page->result, "alternatives"));

    if (json_array_size(page->shown) < n)
        svp_html_add(
            html, "<p>%u of %u alternatives are shown here; result.csv has the metrics of all.</p>\n",
            (unsigned)json_array_size(page->shown), (unsigned)n);
    g_string_append(
        html, "<div class=\"control js\"><label for=\"alternative-choice\">Alternative</label> "
              "<select id=\"alternative-choice\">");
    json_array_foreach(page->shown, i, alternative)
    {
        const char *name = svp_html_text_of(alternative, "name");

        svp_html_add(
            html, "<option value=\"%u\"%s>%s</option>", (unsigned)i,
            strcmp(name, page->first) == 0 ? " selected" : "", name);
    }
    g_string_append(
        html, "</select></div>\n<figure class=\"chart js\" id=\"utilization-figure\"><figcaption>Busy IPs "
              "over time, "
              "by LPAR</figcaption>\n<div class=\"canvas tall\"><canvas id=\"utilization\" role=\"img\" "
              "aria-label=\"Busy IPs over time, stacked by LPAR, with the commands "
              "marked\"></canvas></div></figure>\n");
    json_array_foreach(page->shown, i, alternative) add_alternative(page, html, i, alternative);
}

void svp_study_page_about(const SvpStudyPage *page, GString *html)
{
    double confidence = svp_html_number_of(page->result, "confidence_percent");

    svp_html_add(
        html,
        "<p>Made by lparsim %s from the study <code>%s</code> of the machine file <code>%s</code>, seed "
        "%" JSON_INTEGER_FORMAT ".</p>\n",
        svp_html_text_of(page->result, "lparsim"), svp_html_text_of(page->result, "study"),
        svp_html_text_of(page->result, "machine_file"),
        json_integer_value(json_object_get(page->result, "seed")));
    svp_html_add(
        html,
        "<p>Each alternative was simulated several times with other random numbers; a figure is the mean "
        "over these "
        "replications. Were the whole study done again and again, the %g %% interval would contain the true "
        "mean in "
        "%g of 100 studies. It says how well the simulation knows the figure, not how well the model fits "
        "the "
        "machine.</p>\n",
        confidence, confidence);
    svp_html_add(
        html,
        "<details class=\"licence\"><summary>Licence of Chart.js, which draws the "
        "charts</summary>\n<pre>%s</pre></details>\n",
        svp_embedded_chart_licence);
}

/* In the order of the page; what is first is what was asked. */
static const struct {
    const char *id, *title;
    void (*add)(const SvpStudyPage *page, GString *html);
} parts[] = {
    {"summary", "In short", svp_study_page_summary},
    {"goals", "Goals", svp_study_page_goals},
    {"search", "Search", svp_study_page_search},
    {"advice", "Advice", svp_study_page_advice},
    {"differences", "Differences", svp_study_page_comparisons},
    {"response", "Response times", svp_study_page_percentiles},
    {"detail", "Alternatives in detail", svp_study_page_alternatives},
    {"about", "About this page", svp_study_page_about},
};

/* --- Places of the template ----------------------------------------------------------------------------- */

static void fill_title(const SvpStudyPage *page, GString *html)
{
    svp_html_add(html, "%s", svp_html_text_of(page->result, "title"));
}

/* "2 h", "30 min", "2 days": as a planner says it. */
static char *describe_length(double length_s)
{
    static const struct {
        const char *name;
        double seconds;
    } units[] = {{"days", 86400.0}, {"hours", 3600.0}, {"minutes", 60.0}};

    for (unsigned i = 0; i < G_N_ELEMENTS(units); i++)
        if (length_s >= 2.0 * units[i].seconds)
            return g_strdup_printf("%.4g %s", length_s / units[i].seconds, units[i].name);
    return svp_result_value_text(length_s, "s", "");
}

static void fill_about(const SvpStudyPage *page, GString *html)
{
    g_autofree char *length = describe_length(svp_html_number_of(page->result, "length_s"));
    g_autofree char *warm_up = describe_length(svp_html_number_of(page->result, "warm_up_s"));
    const char *clock = svp_html_text_of(page->result, "clock");
    size_t n = json_array_size(json_object_get(page->result, "alternatives"));

    svp_html_add(
        html, "Machine %s \xc2\xb7 %u alternative%s \xc2\xb7 runs of %s",
        svp_html_text_of(page->result, "machine"), (unsigned)n, n == 1 ? "" : "s", length);
    if (svp_html_number_of(page->result, "warm_up_s") > 0.0)
        svp_html_add(html, ", the first %s not counted", warm_up);
    if (*clock)
        svp_html_add(html, " \xc2\xb7 from %s", clock);
    svp_html_add(html, " \xc2\xb7 %g %% intervals", svp_html_number_of(page->result, "confidence_percent"));
}

static void fill_parts(const SvpStudyPage *page, GString *html)
{
    GString *nav = g_string_new("<nav aria-label=\"Parts of this page\">"), *sections = g_string_new(NULL);

    for (unsigned i = 0; i < G_N_ELEMENTS(parts); i++) {
        GString *part = g_string_new(NULL);

        parts[i].add(page, part);
        if (part->len > 0) {
            g_string_append_printf(nav, "<a href=\"#%s\">%s</a> ", parts[i].id, parts[i].title);
            g_string_append_printf(
                sections, "<section id=\"%s\">\n<h2>%s</h2>\n%s</section>\n", parts[i].id, parts[i].title,
                part->str);
        }
        g_string_free(part, TRUE);
    }
    g_string_append_printf(html, "%s</nav>\n%s", nav->str, sections->str);
    g_string_free(nav, TRUE);
    g_string_free(sections, TRUE);
}

/* JSON in a <script>: without '<' nothing in it can end the element. */
static void add_json(GString *html, const json_t *value)
{
    g_autofree char *text = svp_result_text(value, JSON_COMPACT | JSON_ENCODE_ANY);

    for (const char *at = text; *at; at++)
        if (*at == '<')
            g_string_append(html, "\\u003c");
        else
            g_string_append_c(html, *at);
}

static void fill_data(const SvpStudyPage *page, GString *html)
{
    json_t *result = json_copy((json_t *)(uintptr_t)page->result);

    json_object_set(result, "alternatives", page->shown);
    add_json(html, result);
    json_decref(result);
}

static void fill_lpars(const SvpStudyPage *page, GString *html)
{
    json_t *names = json_array();

    for (unsigned i = 0; i < page->lpars->len; i++)
        json_array_append_new(names, json_string(g_ptr_array_index(page->lpars, i)));
    add_json(html, names);
    json_decref(names);
}

static void fill_css(const SvpStudyPage *page G_GNUC_UNUSED, GString *html)
{
    g_string_append(html, svp_embedded_page_css);
}

static void fill_chart_js(const SvpStudyPage *page G_GNUC_UNUSED, GString *html)
{
    g_string_append(html, svp_embedded_chart_js);
}

static void fill_page_js(const SvpStudyPage *page G_GNUC_UNUSED, GString *html)
{
    g_string_append(html, svp_embedded_page_js);
}

static const struct {
    const char *name;
    void (*fill)(const SvpStudyPage *page, GString *html);
} places[] = {
    {"{{TITLE}}", fill_title},       {"{{ABOUT}}", fill_about},     {"{{PARTS}}", fill_parts},
    {"{{DATA}}", fill_data},         {"{{LPARS}}", fill_lpars},     {"{{CSS}}", fill_css},
    {"{{CHART_JS}}", fill_chart_js}, {"{{PAGE_JS}}", fill_page_js},
};

/* Fills the place that the template has here; its length. */
static size_t fill_place(const SvpStudyPage *page, const char *at, GString *html)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(places); i++)
        if (g_str_has_prefix(at, places[i].name)) {
            places[i].fill(page, html);
            return strlen(places[i].name);
        }
    g_assert_not_reached();
}

static GString *make_page(const json_t *result)
{
    const json_t *alternatives = json_object_get(result, "alternatives");
    size_t chosen = choose(result);
    g_autoptr(GPtrArray) lpars = all_lpars(alternatives);
    SvpStudyPage page = {
        .result = result,
        .lpars = lpars,
        .shown = shown_alternatives(alternatives, chosen),
        .first = svp_html_text_of(json_array_get(alternatives, chosen), "name"),
    };
    GString *html = g_string_new(NULL);
    const char *at = svp_embedded_page_html;

    for (const char *place; (place = strstr(at, "{{")); at = place + fill_place(&page, place, html))
        g_string_append_len(html, at, place - at);
    g_string_append(html, at);
    json_decref(page.shown);
    return html;
}

char *svp_study_page_text(const json_t *result)
{
    return g_string_free(make_page(result), FALSE);
}

bool svp_study_page_write(const json_t *result, const char *path, GError **error)
{
    GString *html = make_page(result);
    bool ok = svp_csv_write(html, path, /* replace= */ true, error);

    g_string_free(html, TRUE);
    return ok;
}
