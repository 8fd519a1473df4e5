/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Advice: which LPAR can be retired into which, when, and what comes of it.
 *
 * Every ordered pair is planned first: what INTEG would refuse has the refusal as its reason, and is not simulated. Every other pair is an
 * alternative for each time, compared with the machine as it is, in pairs of replications with the same random numbers. Ranked are: goals
 * that are lost (fewest first), goals that are met (most first), effect, storage to be moved, and the order of the machine file.
 * The effect is the mean improvement of the goals' metrics, relative to their values; on a machine without goals,
 * the time that LPARs have to wait for IPs.
 */
#include "svp/error.h"
#include "svp/message.h"
#include "svp/plan/goal.h"
#include "svp/plan/plan.h"
#include "svp/plan/result.h"

#include <math.h>
#include <string.h>

#define TIME_STEP_NS (3 * 3600 * HV_NS_PER_S)

/* A pair at a time. */
typedef struct {
    const ResmgrLparDef *retiring, *surviving;
    char *at;      /* as it is shown; NULL: not feasible at all */
    char *refusal; /* NULL: feasible */
    double moved_mib;
    SvpStudyCase *of; /* NULL: not simulated */
    unsigned n_lost, n_met, n_ended;
    double score;
    json_t *effects;
    unsigned order;
} Candidate;

typedef struct {
    SvpStudyRun *run;
    const SvpStudyCase *base;
    ResmgrDefinition *definition;
    GPtrArray *whens;      /* char *: "18:00" or "3h", as commands take it */
    GPtrArray *labels;     /* char *: the same for people */
    GPtrArray *candidates; /* Candidate * */
} Advisor;

static void candidate_free(void *data)
{
    Candidate *candidate = data;

    g_free(candidate->at);
    g_free(candidate->refusal);
    json_decref(candidate->effects);
    g_free(candidate);
}

/* --- Times ---------------------------------------------------------------------------------------------- */

/* The time of day, if the machine has a clock and a day has only one such moment. */
static char *label_of(const Advisor *advisor, HvTime at_ns)
{
    const HvCalendar *calendar = &advisor->definition->machine->calendar;
    HvCivilTime civil = hv_calendar_civil(calendar, at_ns);

    if (!calendar->given)
        return hv_quantity_format_duration(at_ns);
    if (advisor->run->study->length_ns > 24 * 3600 * HV_NS_PER_S)
        return hv_calendar_show(calendar, at_ns);
    return g_strdup_printf("%02u:%02u", civil.hour, civil.minute);
}

/* Each three hours of what counts; of a shorter run, its middle. */
static void add_usual_times(Advisor *advisor)
{
    const SvpStudy *study = advisor->run->study;
    HvTime step_ns = study->length_ns > TIME_STEP_NS ? TIME_STEP_NS : MAX(study->length_ns / 2, 1);

    for (HvTime at_ns = step_ns; at_ns < study->length_ns; at_ns += step_ns) {
        g_ptr_array_add(advisor->whens, hv_quantity_format_duration(at_ns));
        g_ptr_array_add(advisor->labels, label_of(advisor, at_ns));
    }
}

static bool add_given_times(Advisor *advisor, const char *at, GError **error)
{
    g_auto(GStrv) times = g_strsplit(at, ",", -1);

    for (char **time = times; *time; time++) {
        g_autofree char *command = g_strdup_printf("%s DISPLAY MS", g_strstrip(*time));
        g_autoptr(SvpStudyCommand) parsed = svp_study_command_parse("at", command, NULL);

        if (!parsed ||
            svp_run_due(parsed, &advisor->definition->machine->calendar) >= advisor->run->study->length_ns) {
            g_set_error(
                error, SVP_ERROR, SVP_ERROR_STUDY, "--at %s is no time within the run\n%s", *time,
                "Give times with commas between them, as in 18:00,22:00, or 3h,6h since power on");
            return false;
        }
        g_ptr_array_add(advisor->whens, g_strdup(*time));
        g_ptr_array_add(advisor->labels, g_strdup(*time));
    }
    return true;
}

/* --- Pairs ---------------------------------------------------------------------------------------------- */

static Candidate *
candidate_new(Advisor *advisor, const ResmgrLparDef *retiring, const ResmgrLparDef *surviving)
{
    Candidate *candidate = g_new0(Candidate, 1);

    candidate->retiring = retiring;
    candidate->surviving = surviving;
    candidate->effects = json_array();
    candidate->order = advisor->candidates->len;
    g_ptr_array_add(advisor->candidates, candidate);
    return candidate;
}

static void
simulate(Advisor *advisor, const ResmgrLparDef *retiring, const ResmgrLparDef *surviving, double moved_mib)
{
    for (unsigned i = 0; i < advisor->whens->len; i++) {
        Candidate *candidate = candidate_new(advisor, retiring, surviving);
        const char *label = g_ptr_array_index(advisor->labels, i);
        g_autofree char *name = g_strdup_printf("%s into %s at %s", retiring->name, surviving->name, label);
        g_autofree char *command = g_strdup_printf(
            "%s INTEG %s,%s", (const char *)g_ptr_array_index(advisor->whens, i), retiring->name,
            surviving->name);

        candidate->at = g_strdup(label);
        candidate->moved_mib = moved_mib;
        candidate->of = svp_study_run_add(
            advisor->run, svp_alternative_new(advisor->run->machine, svp_settings_new(), name, command));
    }
}

static double moved_mib_of(const MonitorIntegReport *plan)
{
    uint64_t bytes = 0;

    for (unsigned i = 0; i < plan->plan->moves->len; i++)
        bytes += g_array_index(plan->plan->moves, ResmgrMove, i).size_bytes;
    return (double)bytes / (double)HV_MIB;
}

static void try_pair(
    Advisor *advisor, MonitorSystem *system, const ResmgrLparDef *retiring, const ResmgrLparDef *surviving)
{
    const MonitorIntegOptions options = {.notify = true};
    g_autoptr(GError) refusal = NULL;
    g_autoptr(MonitorIntegReport)
        plan = monitor_system_integ_plan(system, retiring->number, surviving->number, &options, &refusal);

    if (plan) {
        simulate(advisor, retiring, surviving, moved_mib_of(plan));
        return;
    }
    g_autofree char *remedy = NULL;

    svp_message_split(refusal, &candidate_new(advisor, retiring, surviving)->refusal, &remedy);
}

/* On the machine as it is powered on. */
static void try_pairs(Advisor *advisor)
{
    g_autoptr(MonitorSystem) system = monitor_system_new(advisor->definition, /* seed= */ 1);
    const GPtrArray *lpars = advisor->definition->lpars;

    monitor_system_power_on(system, NULL); /* an LPAR that is not up is refused below */
    for (unsigned r = 0; r < lpars->len; r++)
        for (unsigned s = 0; s < lpars->len; s++)
            if (r != s)
                try_pair(advisor, system, g_ptr_array_index(lpars, r), g_ptr_array_index(lpars, s));
}

/* --- Effects -------------------------------------------------------------------------------------------- */

/* How much better, relative to what it was: positive is good. */
static double improvement(bool below, double before, double after)
{
    double change = below ? before - after : after - before;

    return before != 0.0 ? change / fabs(before) : 0.0;
}

static void judge_goal(Advisor *advisor, Candidate *candidate, const SvpGoal *goal)
{
    double confidence_percent = advisor->run->study->confidence_percent;
    SvpInterval before, after;
    bool had = svp_study_case_interval(advisor->base, goal->metric, confidence_percent, &before);
    bool has = svp_study_case_interval(candidate->of, goal->metric, confidence_percent, &after);
    const char *was = had ? svp_goal_verdict(goal->below, goal->limit, &before) : "open";
    const char *is = has ? svp_goal_verdict(goal->below, goal->limit, &after) : "open";
    json_t *effect = json_object();

    json_object_set_new(effect, "lpar", json_string(goal->lpar));
    json_object_set_new(effect, "class", json_string(goal->class_name));
    json_object_set_new(effect, "goal", json_string(goal->text));
    json_object_set_new(effect, "metric", json_string(goal->metric));
    json_object_set_new(effect, "before", had ? json_real(before.mean) : json_null());
    json_object_set_new(effect, "after", has ? json_real(after.mean) : json_null());
    json_object_set_new(effect, "low", has ? json_real(after.low) : json_null());
    json_object_set_new(effect, "high", has ? json_real(after.high) : json_null());
    json_object_set_new(effect, "verdict", json_string(is));
    json_array_append_new(candidate->effects, effect);
    candidate->n_met += strcmp(is, "met") == 0;
    candidate->n_lost += strcmp(was, "met") == 0 && strcmp(is, "missed") == 0;
    if (had && has)
        candidate->score += improvement(goal->below, before.mean, after.mean);
}

/* Without goals: by how many percent of their time the LPARs that stay wait less for IPs. */
static double ready_gain(const Advisor *advisor, const Candidate *candidate)
{
    const GPtrArray *lpars = advisor->definition->lpars;
    double gain = 0.0;

    for (unsigned i = 0; i < lpars->len; i++) {
        const ResmgrLparDef *lpar = g_ptr_array_index(lpars, i);
        g_autofree char *metric = g_strdup_printf("%s.ready_percent", lpar->name);
        SvpInterval before, after;

        if (lpar != candidate->retiring && svp_study_case_interval(advisor->base, metric, 95.0, &before) &&
            svp_study_case_interval(candidate->of, metric, 95.0, &after))
            gain += (before.mean - after.mean) / (lpars->len - 1);
    }
    return gain;
}

/* The INTEG of a run was refused after all: the study's own commands came before it. */
static void note_refusal(Candidate *candidate)
{
    const json_t *commands = json_object_get(g_ptr_array_index(candidate->of->runs, 0), "commands"), *command;
    g_autofree char *integ =
        g_strdup_printf("INTEG %s,%s", candidate->retiring->name, candidate->surviving->name);
    size_t i;

    json_array_foreach(commands, i, command)
    {
        const char *text = json_string_value(json_object_get(command, "command"));

        if (text && strcmp(text, integ) == 0 && json_is_false(json_object_get(command, "ok")))
            candidate->refusal = g_strdup(json_string_value(json_object_get(command, "message")));
    }
}

static void judge(Advisor *advisor, Candidate *candidate)
{
    const GPtrArray *goals = advisor->base->alternative->goals;
    unsigned n = 0;

    if (candidate->of->alternative->failed)
        candidate->refusal = g_strdup(candidate->of->alternative->failed);
    else
        note_refusal(candidate);
    if (candidate->refusal)
        return;
    for (unsigned i = 0; i < goals->len; i++) {
        const SvpGoal *goal = g_ptr_array_index(goals, i);

        if (strcmp(goal->lpar, candidate->retiring->name) == 0) {
            candidate->n_ended++; /* its work ends with it */
            continue;
        }
        judge_goal(advisor, candidate, goal);
        n++;
    }
    candidate->score = n > 0 ? candidate->score / n : ready_gain(advisor, candidate);
}

/* --- Ranking -------------------------------------------------------------------------------------------- */

static int compare_candidates(const void *a, const void *b)
{
    const Candidate *x = *(Candidate *const *)a, *y = *(Candidate *const *)b;

    if (!x->refusal != !y->refusal)
        return x->refusal ? 1 : -1;
    if (x->n_lost != y->n_lost)
        return x->n_lost < y->n_lost ? -1 : 1;
    if (x->n_met != y->n_met)
        return x->n_met > y->n_met ? -1 : 1;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    if (x->moved_mib != y->moved_mib)
        return x->moved_mib < y->moved_mib ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

/* The first goal with that verdict: "PROD.ONLINE p95 < 200ms". */
static char *name_goal(const Candidate *candidate, const char *verdict)
{
    const json_t *effect;
    size_t i;

    json_array_foreach(candidate->effects, i, effect)
    {
        if (g_strcmp0(json_string_value(json_object_get(effect, "verdict")), verdict) == 0)
            return g_strdup_printf(
                "%s.%s %s", json_string_value(json_object_get(effect, "lpar")),
                json_string_value(json_object_get(effect, "class")),
                json_string_value(json_object_get(effect, "goal")));
    }
    return g_strdup("a goal");
}

/* "; 2 goals end with TEST"; "" if none does. */
static char *ended_text(const Candidate *candidate)
{
    if (candidate->n_ended == 0)
        return g_strdup("");
    return g_strdup_printf(
        "; %u %s with %s", candidate->n_ended, candidate->n_ended == 1 ? "goal ends" : "goals end",
        candidate->retiring->name);
}

static char *reason_of(const Candidate *candidate)
{
    size_t n_goals = json_array_size(candidate->effects);
    g_autofree char *moved = svp_plan_number_text(candidate->moved_mib), *ended = ended_text(candidate);
    g_autofree char *missed = name_goal(candidate, "missed");
    double percent = fabs(candidate->score) * 100.0;
    const char *direction = candidate->score >= 0.0 ? "better" : "worse";

    if (candidate->refusal)
        return g_strdup(candidate->refusal);
    if (n_goals == 0)
        return g_strdup_printf(
            "No goals are stated for those that stay; they wait for IPs during %.2f %% of their time %s, and "
            "%s MiB "
            "are moved%s",
            fabs(candidate->score), candidate->score >= 0.0 ? "less" : "more", moved, ended);
    if (candidate->n_lost > 0)
        return g_strdup_printf(
            "Of %zu goals %u met before %s lost, %s first; their metrics become %.1f %% %s, and %s MiB are "
            "moved%s",
            n_goals, candidate->n_lost, candidate->n_lost == 1 ? "is" : "are", missed, percent, direction,
            moved, ended);
    return g_strdup_printf(
        "No goal is lost and %u of %zu are met; their metrics become %.1f %% %s, and %s MiB are moved%s",
        candidate->n_met, n_goals, percent, direction, moved, ended);
}

static json_t *advice_row(const Candidate *candidate, unsigned rank)
{
    g_autofree char *reason = reason_of(candidate);
    json_t *row = json_object();

    json_object_set_new(row, "rank", json_integer(rank));
    json_object_set_new(row, "retiring", json_string(candidate->retiring->name));
    json_object_set_new(row, "surviving", json_string(candidate->surviving->name));
    json_object_set_new(row, "at", candidate->at ? json_string(candidate->at) : json_null());
    json_object_set_new(row, "score", json_real(candidate->score));
    json_object_set_new(row, "reason", json_string(reason));
    json_object_set_new(row, "moved_mib", json_real(candidate->moved_mib));
    json_object_set_new(row, "feasible", json_boolean(!candidate->refusal));
    json_object_set(row, "effects", candidate->effects);
    return row;
}

static json_t *rank(Advisor *advisor)
{
    json_t *advice = json_array();

    for (unsigned i = 0; i < advisor->candidates->len; i++) {
        Candidate *candidate = g_ptr_array_index(advisor->candidates, i);

        if (candidate->of)
            judge(advisor, candidate);
    }
    g_ptr_array_sort(advisor->candidates, compare_candidates);
    for (unsigned i = 0; i < advisor->candidates->len; i++)
        json_array_append_new(advice, advice_row(g_ptr_array_index(advisor->candidates, i), i + 1));
    return advice;
}

/* --- The whole ------------------------------------------------------------------------------------------ */

static bool advise(Advisor *advisor, const char *at, json_t **ret_advice, GError **error)
{
    if (at && !add_given_times(advisor, at, error))
        return false;
    if (!at)
        add_usual_times(advisor);
    try_pairs(advisor);
    if (!svp_study_run_complete(advisor->run, error))
        return false;
    *ret_advice = rank(advisor);
    return true;
}

bool svp_advise(SvpStudyRun *run, const char *at, json_t **ret_advice, GError **error)
{
    Advisor advisor = {.run = run, .base = g_ptr_array_index(run->cases, 0)};
    const SvpRunConfig config = svp_alternative_config(advisor.base->alternative, run->machine, 1);
    bool usable = svp_run_check(&config, &advisor.definition, NULL);

    g_assert(usable);
    advisor.whens = g_ptr_array_new_with_free_func(g_free);
    advisor.labels = g_ptr_array_new_with_free_func(g_free);
    advisor.candidates = g_ptr_array_new_with_free_func(candidate_free);
    bool ok = advise(&advisor, at, ret_advice, error);

    g_ptr_array_unref(advisor.candidates);
    g_ptr_array_unref(advisor.whens);
    g_ptr_array_unref(advisor.labels);
    resmgr_definition_free(advisor.definition);
    return ok;
}
