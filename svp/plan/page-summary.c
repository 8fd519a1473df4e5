/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The top of a study's page: what was asked, answered in sentences.
 *
 * First what a planner came for, the answer of a search or the best advice; then which alternatives meet all goals; then what
 * speaks against the others, what is open, and what could not be done. Long lists are cut: the tables below have everything.
 */
#include "svp/plan/page-parts.h"
#include "svp/plan/result.h"

#include <string.h>

#define NAMES_MAX     6u
#define SENTENCES_MAX 6u /* of one kind */

bool svp_study_page_meets_all(const json_t *alternative)
{
    const json_t *goals = json_object_get(alternative, "goals"), *goal;
    size_t i;

    json_array_foreach(
        goals, i, goal) if (strcmp(svp_html_text_of(goal, "verdict"), "met") != 0) return false;
    return json_array_size(goals) > 0 && !json_is_string(json_object_get(alternative, "failed"));
}

/* "A, B and C"; "A, B, C, D, E, F and 3 more". */
static char *list_names(const GPtrArray *names)
{
    GString *list = g_string_new(NULL);
    unsigned shown = names->len > NAMES_MAX + 1 ? NAMES_MAX : names->len;

    for (unsigned i = 0; i < shown; i++) {
        const char *before = i == 0 ? "" : i + 1 == names->len ? " and " : ", ";

        g_string_append_printf(list, "%s%s", before, (const char *)g_ptr_array_index(names, i));
    }
    if (shown < names->len)
        g_string_append_printf(list, " and %u more", names->len - shown);
    return g_string_free(list, FALSE);
}

/* --- The answer ----------------------------------------------------------------------------------------- */

static void answer_search(GString *html, const json_t *search)
{
    const char *answer = json_string_value(json_object_get(search, "answer"));

    if (!json_is_object(search))
        return;
    if (answer)
        svp_html_add(
            html, "<p class=\"answer\"><strong>%s = %s</strong> is enough so that %s.</p>\n",
            svp_html_text_of(search, "key"), answer, svp_html_text_of(search, "condition"));
    else
        svp_html_add(
            html, "<p class=\"answer\"><strong>No value of %s found</strong> for which %s.</p>\n",
            svp_html_text_of(search, "key"), svp_html_text_of(search, "condition"));
    svp_html_add(html, "<p>%s.</p>\n", svp_html_text_of(search, "why"));
}

static const json_t *best_advice(const json_t *advice)
{
    const json_t *row;
    size_t i;

    json_array_foreach(advice, i, row) if (json_is_true(json_object_get(row, "feasible"))) return row;
    return NULL;
}

static void answer_advice(GString *html, const json_t *advice)
{
    const json_t *best = best_advice(advice);

    if (!json_is_array(advice))
        return;
    if (!best) {
        g_string_append(
            html, "<p class=\"answer\"><strong>No LPAR can be retired into another.</strong></p>\n");
        return;
    }
    const char *at = svp_html_text_of(best, "at");

    svp_html_add(
        html, "<p class=\"answer\">Best advice: <strong>retire %s into %s%s%s.</strong></p>\n<p>%s</p>\n",
        svp_html_text_of(best, "retiring"), svp_html_text_of(best, "surviving"), *at ? " at " : "", at,
        svp_html_text_of(best, "reason"));
}

/* --- Goals ---------------------------------------------------------------------------------------------- */

static void say_who_meets(GString *html, const json_t *alternatives, const char *class)
{
    g_autoptr(GPtrArray) meeting = g_ptr_array_new();
    const json_t *alternative;
    size_t i, n = json_array_size(alternatives), n_goals = 0;

    json_array_foreach(alternatives, i, alternative)
    {
        n_goals += json_array_size(json_object_get(alternative, "goals"));
        if (svp_study_page_meets_all(alternative))
            g_ptr_array_add(meeting, (char *)(uintptr_t)svp_html_text_of(alternative, "name"));
    }
    if (n_goals == 0) {
        svp_html_add(html, "<p class=\"%s\">The study has no goals; its figures are below.</p>\n", class);
        return;
    }
    g_autofree char *names = list_names(meeting);

    if (meeting->len == 0)
        svp_html_add(
            html, "<p class=\"%s\"><strong>%s</strong></p>\n", class,
            n == 1 ? "The goals are not all met." : "No alternative meets all goals for certain.");
    else if (n == 1)
        svp_html_add(html, "<p class=\"%s\"><strong>All goals are met.</strong></p>\n", class);
    else if (meeting->len == n)
        svp_html_add(
            html, "<p class=\"%s\"><strong>All %u alternatives meet all goals</strong>: %s.</p>\n", class,
            (unsigned)n, names);
    else
        svp_html_add(
            html, "<p class=\"%s\"><strong>%s</strong> %s all goals; %u of %u alternatives.</p>\n", class,
            names, meeting->len == 1 ? "meets" : "meet", meeting->len, (unsigned)n);
}

static void say_goal(GString *html, const json_t *alternative, const json_t *goal, const char *verdict)
{
    bool known = json_is_number(json_object_get(goal, "value"));
    g_autofree char *value = known ? svp_result_interval_text(goal, "value", svp_html_text_of(goal, "metric"))
                                   : g_strdup("there is no value");

    g_string_append(html, "<li>");
    svp_study_page_verdict(html, verdict);
    svp_html_add(
        html, " <b>%s</b>: %s.%s %s, %s", svp_html_text_of(alternative, "name"),
        svp_html_text_of(goal, "lpar"), svp_html_text_of(goal, "class"), svp_html_text_of(goal, "goal"),
        value);
    if (known && strcmp(verdict, "open") == 0)
        g_string_append(html, "; the interval contains the limit, more replications would tell");
    g_string_append(html, ".</li>\n");
}

/* The goals with that verdict, of all alternatives. */
static void list_goals(GString *html, const json_t *alternatives, const char *verdict)
{
    const json_t *alternative, *goal;
    size_t a, g;
    unsigned n = 0;

    json_array_foreach(alternatives, a, alternative)
    {
        json_array_foreach(json_object_get(alternative, "goals"), g, goal)
        {
            if (strcmp(svp_html_text_of(goal, "verdict"), verdict) == 0 && n++ < SENTENCES_MAX)
                say_goal(html, alternative, goal, verdict);
        }
    }
    if (n > SENTENCES_MAX)
        svp_html_add(html, "<li>and %u more goals that are %s.</li>\n", n - SENTENCES_MAX, verdict);
}

/* --- What could not be done ----------------------------------------------------------------------------- */

static void list_failed(GString *html, const json_t *alternatives)
{
    const json_t *alternative;
    size_t i;
    unsigned n = 0;

    json_array_foreach(alternatives, i, alternative)
    {
        if (!json_is_string(json_object_get(alternative, "failed")) || n++ >= SENTENCES_MAX)
            continue;
        g_string_append(html, "<li>");
        svp_study_page_verdict(html, "cannot run");
        svp_html_add(
            html, " <b>%s</b>: %s</li>\n", svp_html_text_of(alternative, "name"),
            svp_html_text_of(alternative, "failed"));
    }
    if (n > SENTENCES_MAX)
        svp_html_add(html, "<li>and %u more alternatives that cannot run.</li>\n", n - SENTENCES_MAX);
}

static void list_refused(GString *html, const json_t *alternatives)
{
    const json_t *alternative, *command;
    size_t a, c;
    unsigned n = 0;

    json_array_foreach(alternatives, a, alternative)
    {
        json_array_foreach(json_object_get(alternative, "commands"), c, command)
        {
            if (json_is_true(json_object_get(command, "ok")) || n++ >= SENTENCES_MAX)
                continue;
            g_string_append(html, "<li>");
            svp_study_page_verdict(html, "refused");
            svp_html_add(
                html, " <b>%s</b>: %s. %s</li>\n", svp_html_text_of(alternative, "name"),
                svp_html_text_of(command, "command"), svp_html_text_of(command, "message"));
        }
    }
    if (n > SENTENCES_MAX)
        svp_html_add(html, "<li>and %u more commands that were refused.</li>\n", n - SENTENCES_MAX);
}

void svp_study_page_summary(const SvpStudyPage *page, GString *html)
{
    const json_t *search = json_object_get(page->result, "search");
    const json_t *advice = json_object_get(page->result, "advice");
    const json_t *alternatives = json_object_get(page->result, "alternatives");
    bool answered = json_is_object(search) || json_is_array(advice);

    answer_search(html, search);
    answer_advice(html, advice);
    say_who_meets(html, alternatives, answered ? "also" : "answer");
    gsize empty = html->len;

    g_string_append(html, "<ul class=\"findings\">\n");
    gsize begin = html->len;

    list_goals(html, alternatives, "open");
    list_goals(html, alternatives, "missed");
    list_failed(html, alternatives);
    list_refused(html, alternatives);
    if (html->len == begin)
        g_string_truncate(html, empty);
    else
        g_string_append(html, "</ul>\n");
}
