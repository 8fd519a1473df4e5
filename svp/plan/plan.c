/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A study from its file to its results, as a list of steps: read, build the alternatives, carry out what is missing, write.
 *
 * What can be refused is refused before anything is simulated, and before the directory of the results is touched: mistakes of the file,
 * metrics and alternatives that are not there, a study of which no alternative can run. A goal that is missed is a result, not
 * an error.
 */
#include "svp/plan/plan.h"

#include "svp/error.h"
#include "svp/message.h"
#include "svp/output.h"
#include "svp/plan/page-html.h"
#include "svp/plan/result.h"
#include "svp/plan/search.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void say(const GError *error)
{
    g_autofree char *text = svp_message_text(error);

    fprintf(stderr, "%s\n", text);
}

/* --- Reading -------------------------------------------------------------------------------------------- */

static void say_problems(const char *path, GPtrArray *problems)
{
    for (unsigned i = 0; i < problems->len; i++) {
        g_autofree char *text = svp_machine_file_problem_text(path, g_ptr_array_index(problems, i));
        g_autofree char *message = svp_message_note(SVP_ERROR_STUDY, "%s", text);

        fprintf(stderr, "%s\n", message);
    }
    g_ptr_array_unref(problems);
}

static bool is_machine_file(const char *path)
{
    g_autofree char *text = NULL;

    return g_file_get_contents(path, &text, NULL, NULL) && !svp_study_is_study(text);
}

/* INTEG, or an abbreviation of it. */
static bool is_integ(const SvpStudyCommand *command)
{
    size_t length = strcspn(command->command, " \t");

    return length <= strlen("INTEG") && g_ascii_strncasecmp(command->command, "INTEG", length) == 0;
}

/* Advice tries every INTEG itself: those that the study gives would come on top of each. */
static void leave_out_integ(SvpStudy *study)
{
    for (unsigned i = study->commands->len; i-- > 0;)
        if (is_integ(g_ptr_array_index(study->commands, i)))
            g_ptr_array_remove_index(study->commands, i);
}

static SvpStudy *read_study(const SvpPlanOptions *options)
{
    GPtrArray *problems = NULL;

    if (options->advise && is_machine_file(options->path))
        return svp_study_new_default(options->path);
    SvpStudy *study = svp_study_read(options->path, &problems);

    if (!study)
        say_problems(options->path, problems);
    else if (options->advise)
        leave_out_integ(study);
    return study;
}

/* --- Building ------------------------------------------------------------------------------------------- */

static void add_alternatives(SvpStudyRun *run)
{
    g_autoptr(GPtrArray) alternatives = svp_alternatives_new(run->machine);
    gsize n;
    void **taken = g_ptr_array_steal(alternatives, &n);

    for (gsize i = 0; i < n; i++)
        svp_study_run_add(run, taken[i]);
    g_free(taken);
}

static const SvpAlternative *alternative_at(const SvpStudyRun *run, unsigned i)
{
    return ((const SvpStudyCase *)g_ptr_array_index(run->cases, i))->alternative;
}

static const SvpAlternative *first_usable(const SvpStudyRun *run, GError **error)
{
    for (unsigned i = 0; i < run->cases->len; i++)
        if (!alternative_at(run, i)->failed)
            return alternative_at(run, i);
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_STUDY, "No alternative of the study can run; the first, %s: %s\n%s",
        alternative_at(run, 0)->name, alternative_at(run, 0)->failed,
        "Correct the study or the machine file");
    return NULL;
}

static bool check_name(const SvpStudyRun *run, const char *name, GError **error)
{
    for (unsigned i = 0; !name || i < run->cases->len; i++)
        if (!name || strcmp(alternative_at(run, i)->name, name) == 0)
            return true;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_STUDY,
        "[compare] names %s, which is no alternative\nThe first is called %s", name,
        alternative_at(run, 0)->name);
    return false;
}

/* Of the search: the machine as it is stands for all. */
static bool check_search(const SvpStudyRun *run, GError **error)
{
    g_autoptr(SvpAlternative) plain = svp_alternative_new(run->machine, svp_settings_new(), NULL, NULL);

    if (!plain->failed)
        return svp_alternative_has_metric(plain, run->study->search.condition.metric, error);
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_STUDY, "The machine file cannot be used as it is: %s\nCorrect it first",
        plain->failed);
    return false;
}

static bool prepare(SvpStudyRun *run, const SvpPlanOptions *options, GError **error)
{
    const SvpStudy *study = run->study;

    if (study->search.key && !options->advise)
        return check_search(run, error);
    if (options->advise)
        svp_study_run_add(run, svp_alternative_new(run->machine, svp_settings_new(), "as it is", NULL));
    else
        add_alternatives(run);
    const SvpAlternative *usable = first_usable(run, error);

    if (!usable || (study->precision_of && !svp_alternative_has_metric(usable, study->precision_of, error)))
        return false;
    return options->advise ||
           (check_name(run, study->compare_a, error) && check_name(run, study->compare_b, error));
}

/* --- Carrying out --------------------------------------------------------------------------------------- */

static SvpPool *make_pool(const SvpPlanOptions *options)
{
    if (options->mpi)
        return svp_mpi_pool_new(options->mpi);
    return svp_pool_new_threads(options->jobs ? options->jobs : g_get_num_processors());
}

static bool carry_out(SvpStudyRun *run, const SvpPlanOptions *options, SvpResultParts *parts, GError **error)
{
    if (options->advise)
        return svp_advise(run, options->at, &parts->advice, error);
    if (run->study->search.key)
        return svp_search(run, &parts->search, error);
    return svp_study_run_complete(run, error);
}

static void print_result(const json_t *result, const SvpPlanOptions *options)
{
    g_autofree char *text = options->json ? svp_result_text(result, JSON_COMPACT)
                                          : svp_result_summary(result);

    fputs(text, stdout);
    if (!options->json)
        printf(
            "\nThe results are in %s: result.json, result.csv, summary.txt, charts/, and report.html for a "
            "browser\n",
            options->directory);
}

static bool write_page(const json_t *result, const char *directory, GError **error)
{
    g_autofree char *path = g_build_filename(directory, "report.html", NULL);

    return svp_study_page_write(result, path, error);
}

/* The threads begin after the watch, which they inherit the signals from, and end before the store. */
static bool run_in_pool(SvpStudyRun *run, const SvpPlanOptions *options, GError **error)
{
    SvpResultParts parts = {.run = run};
    g_autoptr(SvpRunStore) store = svp_run_store_open(options->directory, error);

    if (!store)
        return false;
    g_autoptr(SvpWatch) watch = svp_watch_new(isatty(STDERR_FILENO));
    g_autoptr(SvpPool) pool = make_pool(options);

    run->store = store;
    run->watch = watch;
    run->pool = pool;
    bool ok = carry_out(run, options, &parts, error) && svp_study_run_settle(run, error);

    if (ok) {
        json_t *result = svp_result_new(&parts);

        g_clear_pointer(&watch, svp_watch_free);
        ok = svp_result_write(result, options->directory, error) &&
             write_page(result, options->directory, error);
        if (ok)
            print_result(result, options);
        json_decref(result);
    }
    json_decref(parts.search);
    json_decref(parts.advice);
    return ok;
}

static SvpExit exit_of(const GError *error)
{
    if (!error)
        return SVP_EXIT_OK;
    return error->domain == SVP_ERROR && error->code == SVP_ERROR_STUDY_ENDED ? SVP_EXIT_REFUSED
                                                                              : SVP_EXIT_USAGE;
}

static SvpExit plan_study(const SvpPlanOptions *options)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SvpStudy) study = read_study(options);

    if (!study)
        return SVP_EXIT_USAGE;
    g_autoptr(SvpStudyMachine) machine = svp_study_machine_read(study, &error);
    g_autoptr(SvpStudyRun) run = machine ? svp_study_run_new(study, machine) : NULL;

    if (!run || !prepare(run, options, &error) || !run_in_pool(run, options, &error))
        say(error);
    return exit_of(error);
}

static SvpExit plan_comparison(const SvpPlanOptions *options)
{
    g_autoptr(GError) error = NULL;
    json_t *compared = svp_plan_compare(options->compare_a, options->compare_b, options->directory, &error);

    if (!compared) {
        say(error);
        return SVP_EXIT_USAGE;
    }
    if (options->json) {
        svp_json_line(stdout, compared);
    } else {
        g_autofree char *text = svp_result_comparison_text(json_object_get(compared, "comparisons"));

        fputs(text, stdout);
    }
    json_decref(compared);
    return SVP_EXIT_OK;
}

SvpExit svp_plan(const SvpPlanOptions *options)
{
    return options->compare ? plan_comparison(options) : plan_study(options);
}
