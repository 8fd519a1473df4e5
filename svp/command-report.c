/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * REPORT: each noun is one report (svp/report.h), over the whole measurement, and by intervals if that is asked for.
 *
 * The intervals come first and then the whole. What is written to a file is the same rows; with intervals only theirs, so that the
 * file is a time series in which nothing counts twice.
 */
#include "svp/command-row.h"
#include "svp/console-private.h"
#include "svp/csv.h"
#include "svp/error.h"
#include "svp/output.h"
#include "svp/report.h"

/* One REPORT under way. */
typedef struct {
    SvpConsole *console;
    const SvpCall *call;
    const SvpReport *report;
    GPtrArray *intervals; /* MonitorSample *; NULL: not asked for */
    MonitorSample *whole;
} Job;

static SvpReportScope scope_of(const Job *job, const MonitorSample *sample)
{
    return (SvpReportScope){
        .system = job->console->system, .sample = sample, .lpar = svp_call_lpar(job->call, "lpar")};
}

static void show_json(const Job *job, json_t *result)
{
    const SvpReportScope whole = scope_of(job, job->whole);
    json_t *blocks = json_array();

    json_object_set_new(result, "report", json_string(job->report->name));
    for (unsigned i = 0; job->intervals && i < job->intervals->len; i++) {
        const SvpReportScope scope = scope_of(job, g_ptr_array_index(job->intervals, i));

        json_array_append_new(blocks, svp_report_json(job->report, &scope));
    }
    if (job->intervals)
        json_object_set(result, "intervals", blocks);
    json_decref(blocks);
    json_object_set_new(result, "whole", svp_report_json(job->report, &whole));
}

static void show_page(const Job *job, SvpPage *page)
{
    const SvpReportScope whole = scope_of(job, job->whole);

    for (unsigned i = 0; job->intervals && i < job->intervals->len; i++) {
        const SvpReportScope scope = scope_of(job, g_ptr_array_index(job->intervals, i));
        g_autofree char *which = g_strdup_printf("interval %u of %u", i + 1, job->intervals->len);

        svp_report_frame(page, job->report, &scope, which);
    }
    svp_report_frame(page, job->report, &whole, "the whole");
}

/* --- The file ------------------------------------------------------------------------------------------- */

static GString *csv_of(const Job *job)
{
    GString *csv = g_string_new(NULL);
    const SvpReportScope whole = scope_of(job, job->whole);

    svp_report_csv_header(csv, job->report);
    for (unsigned i = 0; job->intervals && i < job->intervals->len; i++) {
        const SvpReportScope scope = scope_of(job, g_ptr_array_index(job->intervals, i));

        svp_report_csv(csv, job->report, &scope);
    }
    if (!job->intervals)
        svp_report_csv(csv, job->report, &whole);
    return csv;
}

static bool may_write_files(const SvpConsole *console, GError **error)
{
    if (!console->config.no_files)
        return true;
    g_set_error_literal(
        error, SVP_ERROR, SVP_ERROR_FILE,
        "This console writes no files\nGive REPORT without CSV, and keep what it shows");
    return false;
}

static bool write_file(const Job *job, const char *path, GError **error)
{
    if (!path)
        return true;
    g_autoptr(GString) csv = csv_of(job);

    return may_write_files(job->console, error) &&
           svp_csv_write(csv, path, svp_call_word(job->call, "REPLACE") != NULL, error);
}

/* --- The command ---------------------------------------------------------------------------------------- */

static bool measure(Job *job, GError **error)
{
    MonitorSystem *system = job->console->system;

    monitor_system_look(system, svp_call_lpar(job->call, "lpar"));
    if (svp_call_value(job->call, "INTERVAL")) {
        job->intervals = monitor_system_intervals(system, svp_call_number(job->call, "INTERVAL"), error);
        if (!job->intervals)
            return false;
    }
    job->whole = monitor_system_whole(system);
    return true;
}

static bool
report(SvpConsole *console, const SvpCall *call, SvpResult *result, const SvpReport *which, GError **error)
{
    Job job = {.console = console, .call = call, .report = which};
    const char *path = svp_call_word(call, "CSV");
    bool ok = measure(&job, error) && write_file(&job, path, error);

    if (ok && result->json) {
        show_json(&job, result->json);
        if (path)
            json_object_set_new(result->json, "csv", json_string(path));
    } else if (ok && path) {
        svp_page_printf(result->page, SVP_STYLE_GOOD, "%s has been written.\n", path);
    } else if (ok) {
        show_page(&job, result->page);
    }
    g_clear_pointer(&job.intervals, g_ptr_array_unref);
    monitor_sample_free(job.whole);
    return ok;
}

SVP_COMMAND_FUNC(report_partition)
{
    return report(console, call, result, &svp_report_partition, error);
}

SVP_COMMAND_FUNC(report_lip)
{
    return report(console, call, result, &svp_report_lip, error);
}

SVP_COMMAND_FUNC(report_channel)
{
    return report(console, call, result, &svp_report_channel, error);
}

SVP_COMMAND_FUNC(report_group)
{
    return report(console, call, result, &svp_report_group, error);
}

SVP_COMMAND_FUNC(report_workload)
{
    return report(console, call, result, &svp_report_workload, error);
}
