/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The search of a study: bisection on a condition that holds from some value on, or up to some value.
 *
 * Both ends are tried first, together; then what lies between is halved until two neighbours are left of which one does and one does
 * not. That the condition is monotone is the planner's claim, of which the answer reminds: halving cannot find it out. A value counts
 * as good if the mean over the replications meets the limit. A machine that cannot be built does not meet anything.
 */
#include "svp/plan/search.h"

#include "svp/plan/result.h"

typedef struct {
    SvpStudyRun *run;
    json_t *steps;
    SvpStudyCase *cases[2]; /* of the two ends */
} Search;

static char *value_text(const SvpStudySearch *search, uint64_t value)
{
    return search->size ? hv_quantity_format_size(value) : g_strdup_printf("%" G_GUINT64_FORMAT, value);
}

static SvpStudyCase *add_value(Search *search, uint64_t value)
{
    const SvpStudySearch *wanted = &search->run->study->search;
    g_autofree char *text = value_text(wanted, value);
    GPtrArray *settings = svp_settings_new();

    svp_settings_add(settings, wanted->key, text);
    return svp_study_run_add(search->run, svp_alternative_new(search->run->machine, settings, NULL, NULL));
}

/* Notes the step; returns whether the condition holds. */
static bool judge(Search *search, const SvpStudyCase *of, uint64_t value)
{
    const SvpStudySearch *wanted = &search->run->study->search;
    const SvpStudyCondition *condition = &wanted->condition;
    g_autofree char *text = value_text(wanted, value);
    SvpInterval found;
    bool known =
        !of->alternative->failed &&
        svp_study_case_interval(of, condition->metric, search->run->study->confidence_percent, &found);
    bool met = known && (condition->below ? found.mean < condition->limit : found.mean > condition->limit);
    json_t *step = json_object();

    json_object_set_new(step, "value", json_string(text));
    json_object_set_new(step, "metric", known ? json_real(found.mean) : json_null());
    json_object_set_new(step, "low", known ? json_real(found.low) : json_null());
    json_object_set_new(step, "high", known ? json_real(found.high) : json_null());
    json_object_set_new(step, "met", json_boolean(met));
    if (of->alternative->failed)
        json_object_set_new(step, "failed", json_string(of->alternative->failed));
    json_array_append_new(search->steps, step);
    return met;
}

static void set_answer(json_t *result, const SvpStudySearch *wanted, const uint64_t *answer, const char *why)
{
    g_autofree char *text = answer ? value_text(wanted, *answer) : NULL;

    json_object_set_new(result, "answer", text ? json_string(text) : json_null());
    json_object_set_new(result, "why", json_string(why));
}

/* Both ends agree: there is nothing to halve. */
static void answer_ends(json_t *result, const SvpStudySearch *wanted, bool met)
{
    g_autofree char *from = value_text(wanted, wanted->from), *to = value_text(wanted, wanted->to);
    g_autofree char *why =
        met ? g_strdup_printf(
                  "The condition holds at both ends, %s and %s; if it is monotone, it holds for all between",
                  from, to)
            : g_strdup_printf(
                  "The condition holds neither at %s nor at %s; if it is monotone, it holds for none between",
                  from, to);

    set_answer(result, wanted, met ? &wanted->from : NULL, why);
}

/* low and high are the last two: neighbours, of which one meets the condition. */
static void
answer_between(json_t *result, const SvpStudySearch *wanted, uint64_t low, uint64_t high, bool met_at_high)
{
    uint64_t answer = met_at_high ? high : low, other = met_at_high ? low : high;
    g_autofree char *good = value_text(wanted, answer), *bad = value_text(wanted, other);
    g_autofree char *why = g_strdup_printf(
        "The condition holds at %s and does not hold at %s; if it is monotone, %s is the %s value", good, bad,
        good, met_at_high ? "least" : "greatest");

    set_answer(result, wanted, &answer, why);
}

static bool halve(Search *search, json_t *result, bool met_at_high, GError **error)
{
    const SvpStudySearch *wanted = &search->run->study->search;
    uint64_t low = wanted->from, high = wanted->to;

    while (high - low > wanted->step) {
        uint64_t steps = (high - low + wanted->step - 1) / wanted->step;
        uint64_t middle = low + steps / 2 * wanted->step;
        SvpStudyCase *of = add_value(search, middle);

        if (!svp_study_run_complete(search->run, error))
            return false;
        if (judge(search, of, middle) == met_at_high)
            high = middle;
        else
            low = middle;
    }
    answer_between(result, wanted, low, high, met_at_high);
    return true;
}

bool svp_search(SvpStudyRun *run, json_t **ret_search, GError **error)
{
    const SvpStudySearch *wanted = &run->study->search;
    Search search = {.run = run, .steps = json_array()};
    json_t *result = json_object();

    json_object_set_new(result, "key", json_string(wanted->key));
    json_object_set_new(result, "condition", json_string(wanted->condition.text));
    search.cases[0] = add_value(&search, wanted->from);
    search.cases[1] = add_value(&search, wanted->to);
    bool ok = svp_study_run_complete(run, error);

    if (ok) {
        bool met_at_low = judge(&search, search.cases[0], wanted->from);
        bool met_at_high = judge(&search, search.cases[1], wanted->to);

        if (met_at_low == met_at_high)
            answer_ends(result, wanted, met_at_low);
        else
            ok = halve(&search, result, met_at_high, error);
    }
    json_object_set_new(result, "steps", search.steps);
    if (ok)
        *ret_search = json_incref(result);
    json_decref(result);
    return ok;
}
