/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A study under way: which run is next, and when there are enough.
 *
 * Each alternative needs its replications 1, 2, 3 ... in order; how many is fixed, or known when the interval over the first n of them is
 * narrow enough for the first time. That is decided on prefixes: replication n + 1 may be finished before n, but it counts only if the
 * first n were not enough. Runs that turn out to be too many are dropped. So neither the number of threads nor an interruption has any
 * influence on the result:
 *
 *   (1) issued >= prefix, and a case that is decided has decided <= prefix
 *   (2) a task is issued once, to the store if the run is there already, else to the pool
 *   (3) runs beyond what is needed are issued only when nothing else is left to do
 */
#include "svp/plan/study-run.h"

#include "svp/error.h"

#include <math.h>

#define WAIT_US (100 * 1000)

typedef struct {
    SvpStudyCase *of;
    unsigned replication;
} Ticket;

static void case_free(void *data)
{
    SvpStudyCase *of = data;

    svp_alternative_free(of->alternative);
    g_ptr_array_unref(of->runs);
    g_ptr_array_unref(of->keys);
    g_free(of);
}

SvpStudyRun *svp_study_run_new(const SvpStudy *study, const SvpStudyMachine *machine)
{
    SvpStudyRun *run = g_new0(SvpStudyRun, 1);

    run->study = study;
    run->machine = machine;
    run->cases = g_ptr_array_new_with_free_func(case_free);
    run->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    run->tickets = g_array_new(FALSE, FALSE, sizeof(Ticket));
    return run;
}

void svp_study_run_free(SvpStudyRun *run)
{
    if (!run)
        return;
    g_ptr_array_unref(run->cases);
    g_hash_table_unref(run->names);
    g_array_unref(run->tickets);
    g_free(run);
}

/* Two values can be spelled alike in a list. */
static void make_unique(const SvpStudyRun *run, SvpAlternative *alternative)
{
    g_autofree char *plain = g_strdup(alternative->name);

    for (unsigned n = 2; g_hash_table_contains(run->names, alternative->name); n++) {
        g_free(alternative->name);
        alternative->name = g_strdup_printf("%s (%u)", plain, n);
    }
    g_hash_table_add(run->names, g_strdup(alternative->name));
}

SvpStudyCase *svp_study_run_add(SvpStudyRun *run, SvpAlternative *alternative)
{
    SvpStudyCase *of = g_new0(SvpStudyCase, 1);

    make_unique(run, alternative);
    of->alternative = alternative;
    of->runs = g_ptr_array_new();
    of->keys = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(run->cases, of);
    return of;
}

/* --- Metrics -------------------------------------------------------------------------------------------- */

bool svp_run_metric(const json_t *run, const char *metric, double *ret_value)
{
    const json_t *value = json_object_get(json_object_get(run, "metrics"), metric);

    if (value)
        *ret_value = json_number_value(value);
    return value != NULL;
}

double *svp_study_case_values(const SvpStudyCase *of, const char *metric)
{
    double *values = g_new(double, of->decided + 1);

    for (unsigned i = 0; i < of->decided; i++)
        if (!svp_run_metric(g_ptr_array_index(of->runs, i), metric, &values[i]))
            values[i] = NAN;
    return values;
}

/* Of one run: around its value, as wide as its batches say. */
static void
interval_of_batches(const json_t *run, const char *metric, double confidence_percent, SvpInterval *interval)
{
    const json_t *batch;
    SvpMoments moments = {0};
    size_t i;

    json_array_foreach(json_object_get(run, "batches"), i, batch)
    {
        const json_t *value = json_object_get(batch, metric);

        if (value)
            svp_moments_add(&moments, json_number_value(value));
    }
    if (moments.n < SVP_RUN_BATCHES)
        return;
    interval->half_width = svp_plan_interval(&moments, confidence_percent).half_width;
    interval->low = interval->mean - interval->half_width;
    interval->high = interval->mean + interval->half_width;
    interval->n = moments.n;
}

bool svp_study_case_interval(
    const SvpStudyCase *of, const char *metric, double confidence_percent, SvpInterval *ret_interval)
{
    g_autofree double *values = svp_study_case_values(of, metric);
    SvpMoments moments = {0};

    for (unsigned i = 0; i < of->decided; i++)
        if (!isnan(values[i]))
            svp_moments_add(&moments, values[i]);
    if (moments.n == 0)
        return false;
    *ret_interval = svp_plan_interval(&moments, confidence_percent);
    if (of->decided == 1)
        interval_of_batches(g_ptr_array_index(of->runs, 0), metric, confidence_percent, ret_interval);
    return true;
}

/* --- When there are enough ------------------------------------------------------------------------------ */

static bool is_narrow(const SvpStudyRun *run, const SvpStudyCase *of)
{
    if (of->precision.n < 2)
        return false;
    SvpInterval found = svp_plan_interval(&of->precision, run->study->confidence_percent);

    return found.half_width <= fabs(found.mean) * run->study->precision_percent / 100.0;
}

/* One more run has joined the prefix. */
static void decide(const SvpStudyRun *run, SvpStudyCase *of)
{
    const SvpStudy *study = run->study;
    double value;

    if (study->precision_of &&
        svp_run_metric(g_ptr_array_index(of->runs, of->prefix - 1), study->precision_of, &value))
        svp_moments_add(&of->precision, value);
    if (of->prefix == study->replications_max ||
        (study->precision_of && of->prefix >= study->replications && is_narrow(run, of)))
        of->decided = of->prefix;
}

static void accept_run(SvpStudyRun *run, SvpStudyCase *of, unsigned replication, const json_t *result)
{
    of->runs->pdata[replication - 1] = (void *)(uintptr_t)result;
    run->n_done++;
    while (of->decided == 0 && of->prefix < of->runs->len && of->runs->pdata[of->prefix]) {
        of->prefix++;
        decide(run, of);
    }
}

/* --- What is next --------------------------------------------------------------------------------------- */

static bool is_open(const SvpStudyCase *of)
{
    return !of->alternative->failed && of->decided == 0;
}

/* How many runs it needs in any case, as far as is known now. */
static unsigned required(const SvpStudyRun *run, const SvpStudyCase *of)
{
    return CLAMP(of->prefix + 1, run->study->replications, run->study->replications_max);
}

/* How many may be under way or there when nothing else is left to do. */
static unsigned allowed(const SvpStudyRun *run, const SvpStudyCase *of)
{
    return MIN(of->prefix + run->pool->capacity, run->study->replications_max);
}

static bool all_decided(SvpStudyRun *run)
{
    while (run->first_open < run->cases->len && !is_open(g_ptr_array_index(run->cases, run->first_open)))
        run->first_open++;
    return run->first_open == run->cases->len;
}

static SvpStudyCase *next_case(const SvpStudyRun *run)
{
    for (unsigned i = run->first_open; i < run->cases->len; i++) {
        SvpStudyCase *of = g_ptr_array_index(run->cases, i);

        if (is_open(of) && of->issued < required(run, of))
            return of;
    }
    for (unsigned i = run->first_open; i < run->cases->len; i++) {
        SvpStudyCase *of = g_ptr_array_index(run->cases, i);

        if (is_open(of) && of->issued < allowed(run, of))
            return of;
    }
    return NULL;
}

static void issue(SvpStudyRun *run, SvpStudyCase *of)
{
    const Ticket ticket = {.of = of, .replication = ++of->issued};
    const SvpRunConfig config = svp_alternative_config(of->alternative, run->machine, ticket.replication);
    json_t *spec = svp_run_spec(&config);
    char *key = svp_run_key(spec);
    const json_t *found = svp_run_store_find(run->store, key);

    g_ptr_array_add(of->keys, key);
    g_ptr_array_add(of->runs, NULL);
    if (found) {
        run->n_found++;
        accept_run(run, of, ticket.replication, found);
    } else {
        svp_pool_submit(run->pool, run->tickets->len, spec);
        g_array_append_val(run->tickets, ticket);
    }
    json_decref(spec);
}

static unsigned count_all(const SvpStudyRun *run)
{
    unsigned n = 0;

    for (unsigned i = 0; i < run->cases->len; i++) {
        const SvpStudyCase *of = g_ptr_array_index(run->cases, i);

        if (!of->alternative->failed)
            n += MAX(of->issued, required(run, of));
    }
    return n;
}

/* --- Carrying out --------------------------------------------------------------------------------------- */

static bool take_result(SvpStudyRun *run, GError **error)
{
    SvpPoolResult result;

    if (!svp_pool_wait(run->pool, WAIT_US, &result))
        return true;
    const Ticket ticket = g_array_index(run->tickets, Ticket, result.ticket);
    const json_t *stored = svp_run_store_add(
        run->store, g_ptr_array_index(ticket.of->keys, ticket.replication - 1), ticket.of->alternative->name,
        ticket.replication, result.run_text, error);

    g_free(result.run_text);
    if (!stored)
        return false;
    accept_run(run, ticket.of, ticket.replication, stored);
    return true;
}

static bool check_interrupted(const SvpStudyRun *run, GError **error)
{
    if (!run->watch || !svp_watch_interrupted(run->watch))
        return true;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_STUDY_ENDED,
        "The study was interrupted after %u of %u runs, which are kept\nGive the same command again to go on",
        run->n_done, count_all(run));
    return false;
}

/* What is still under way at the end has turned out to be too much. */
bool svp_study_run_complete(SvpStudyRun *run, GError **error)
{
    SvpStudyCase *of = NULL;

    while (!all_decided(run)) {
        if (run->watch && svp_watch_is_due(run->watch))
            svp_watch_show(run->watch, run->n_done, run->n_found, count_all(run));
        if (!check_interrupted(run, error))
            return false;
        if (run->pool->under_way < run->pool->capacity && (of = next_case(run)))
            issue(run, of);
        else if (!take_result(run, error))
            return false;
    }
    return true;
}

bool svp_study_run_settle(SvpStudyRun *run, GError **error)
{
    g_autoptr(GPtrArray) keys = g_ptr_array_new(), names = g_ptr_array_new();
    g_autoptr(GArray) replications = g_array_new(FALSE, FALSE, sizeof(unsigned));

    for (unsigned i = 0; i < run->cases->len; i++) {
        const SvpStudyCase *of = g_ptr_array_index(run->cases, i);

        for (unsigned r = 1; r <= of->decided; r++) {
            g_ptr_array_add(keys, g_ptr_array_index(of->keys, r - 1));
            g_ptr_array_add(names, of->alternative->name);
            g_array_append_val(replications, r);
        }
    }
    return svp_run_store_settle(run->store, keys, names, replications, error);
}
