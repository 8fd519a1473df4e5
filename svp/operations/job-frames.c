/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Jobs and their logs, as JSON and for people.
 *
 * What is shown are the records (svp/operations/jobs.h), so jobs of earlier consoles look as those of this one. The program of a
 * job works at its beginning or at its end, and the job takes the time between: how far an active job is, is therefore computed from the time.
 */
#include "svp/operations/job-frames.h"

#include "svp/message.h"
#include "svp/output.h"
#include "svp/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint64_t number_of(const json_t *record, const char *name)
{
    return (uint64_t)json_integer_value(json_object_get(record, name));
}

static const char *text_of(const json_t *record, const char *name)
{
    const char *text = json_string_value(json_object_get(record, name));

    return text ? text : "";
}

static bool has_state(const json_t *record, SvpJobState state)
{
    return strcmp(text_of(record, "state"), svp_job_state_name(state)) == 0;
}

static char *name_of(const json_t *record)
{
    return g_strdup_printf(
        "%06u/%s/%s", (unsigned)number_of(record, "number"), text_of(record, "user"),
        text_of(record, "name"));
}

char *svp_text_moment(const HvCalendar *calendar, HvTime at_ns)
{
    return calendar->given ? hv_calendar_show(calendar, at_ns) : svp_text_seconds(at_ns);
}

/* --- Selecting ------------------------------------------------------------------------------------------ */

typedef struct {
    const SvpJobSelection *selection;
    json_t *found;
} Selecting;

static bool select_one(const char *key, json_t *record, void *data)
{
    const Selecting *selecting = data;
    const SvpJobSelection *selection = selecting->selection;

    (void)key;
    if ((selection->unended_only && has_state(record, SVP_JOB_ENDED)) ||
        (selection->number > 0 && number_of(record, "number") != selection->number) ||
        (selection->name && g_ascii_strcasecmp(selection->name, text_of(record, "name")) != 0) ||
        (selection->user && g_ascii_strcasecmp(selection->user, text_of(record, "user")) != 0))
        return true;
    json_array_append(selecting->found, record);
    return true;
}

static void drop_oldest(json_t *records, unsigned ended_max)
{
    size_t n_ended = 0;

    for (size_t i = json_array_size(records); i-- > 0;) {
        if (!has_state(json_array_get(records, i), SVP_JOB_ENDED))
            continue;
        if (++n_ended > ended_max)
            json_array_remove(records, i);
    }
}

json_t *svp_jobs_selected(const SvpJobSelection *selection)
{
    Selecting selecting = {.selection = selection, .found = json_array()};

    svp_jobs_foreach(selection->jobs, select_one, &selecting);
    if (selection->ended_max > 0)
        drop_oldest(selecting.found, selection->ended_max);
    return selecting.found;
}

/* --- Jobs ----------------------------------------------------------------------------------------------- */

/* How much of the time that an active job takes has passed: 0 to 1; 1 if it is not active, or that is not known. */
static double part_by_now(const SvpJobSelection *selection, const json_t *record)
{
    uint64_t begun_ns = number_of(record, "begun_ns"), due_ns = number_of(record, "due_ns");

    if (!has_state(record, SVP_JOB_ACTIVE) || due_ns <= begun_ns)
        return 1;
    return MIN(1, (double)(selection->now_ns - begun_ns) / (double)(due_ns - begun_ns));
}

static bool is_under_way(const json_t *record)
{
    return has_state(record, SVP_JOB_ACTIVE) && json_object_get(record, "due_ns");
}

static uint64_t processed_by_now(const SvpJobSelection *selection, const json_t *record)
{
    uint64_t at_end = number_of(record, "total") - number_of(record, "failed");

    if (!is_under_way(record))
        return number_of(record, "processed");
    return (uint64_t)((double)at_end * part_by_now(selection, record));
}

static void copy_time(json_t *to, const char *name, const json_t *record, const char *from)
{
    if (json_object_get(record, from))
        json_object_set_new(to, name, svp_json_seconds(number_of(record, from)));
}

json_t *svp_job_json(const SvpJobSelection *selection, json_t *record)
{
    static const char *const copied[] = {"number",    "user",  "name",   "state", "command",
                                         "resources", "total", "failed", "code"};
    json_t *shown = json_object();
    g_autofree char *name = name_of(record);

    json_object_set_new(shown, "job", json_string(name));
    for (unsigned i = 0; i < G_N_ELEMENTS(copied); i++)
        if (json_object_get(record, copied[i]))
            json_object_set(shown, copied[i], json_object_get(record, copied[i]));
    json_object_set_new(shown, "processed", json_integer((json_int_t)processed_by_now(selection, record)));
    if (is_under_way(record))
        json_object_set_new(shown, "percent", json_real(floor(part_by_now(selection, record) * 100)));
    copy_time(shown, "submitted_s", record, "submitted_ns");
    copy_time(shown, "begun_s", record, "begun_ns");
    copy_time(shown, "due_s", record, "due_ns");
    copy_time(shown, "ended_s", record, "ended_ns");
    copy_time(shown, "processor_s", record, "processor_ns");
    return shown;
}

static char *progress_text(const SvpJobSelection *selection, const json_t *record)
{
    uint64_t total = number_of(record, "total");

    if (total == 0)
        return NULL;
    return g_strdup_printf(
        "%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT, processed_by_now(selection, record), total);
}

/* When the job ends or has ended, else when it was submitted. */
static char *moment_text(const SvpJobSelection *selection, const json_t *record)
{
    const char *name = has_state(record, SVP_JOB_ENDED)    ? "ended_ns"
                       : json_object_get(record, "due_ns") ? "due_ns"
                                                           : "submitted_ns";

    return svp_text_moment(selection->calendar, number_of(record, name));
}

static void add_cell(SvpTable *table, const char *text)
{
    if (text && *text)
        svp_table_cell(table, "%s", text);
    else
        svp_table_empty(table);
}

void svp_jobs_frame(SvpPage *page, const SvpJobSelection *selection)
{
    static const SvpColumn columns[] = {{"job", false},    {"state", false},      {"objects", true},
                                        {"done", true},    {"since/until", true}, {"code", true},
                                        {"command", false}};
    g_autoptr(SvpTable) table = svp_table_new(columns, G_N_ELEMENTS(columns));
    json_t *records = svp_jobs_selected(selection), *record;
    size_t index;

    json_array_foreach(records, index, record)
    {
        g_autofree char *name = name_of(record), *progress = progress_text(selection, record);
        g_autofree char *moment = moment_text(selection, record);

        svp_table_cell(table, "%s", name);
        svp_table_cell(table, "%s", text_of(record, "state"));
        add_cell(table, progress);
        if (is_under_way(record))
            svp_table_cell(table, "%.0f %%", floor(part_by_now(selection, record) * 100));
        else
            svp_table_empty(table);
        svp_table_cell(table, "%s", moment);
        if (has_state(record, SVP_JOB_ENDED))
            svp_table_cell(table, "%u", (unsigned)number_of(record, "code"));
        else
            svp_table_empty(table);
        add_cell(table, text_of(record, "command"));
    }
    svp_page_title(page, selection->unended_only ? "Jobs that have not ended" : "Jobs");
    if (json_array_size(records) > 0)
        svp_table_print(table, page);
    else
        svp_page_add(page, SVP_STYLE_DIM, "  none\n");
    json_decref(records);
}

/* --- One job -------------------------------------------------------------------------------------------- */

static void line(SvpPage *page, const char *label, const char *text)
{
    g_autofree char *shown = g_strdup_printf("%-20s", label);

    if (!text || !*text)
        return;
    svp_page_printf(page, SVP_STYLE_DIM, "  %s", shown);
    svp_page_wrap(page, SVP_STYLE_PLAIN, text, 22, 22);
}

static void time_line(
    SvpPage *page, const SvpJobSelection *selection, const json_t *record, const char *label,
    const char *name)
{
    g_autofree char *text = svp_text_moment(selection->calendar, number_of(record, name));

    if (json_object_get(record, name))
        line(page, label, text);
}

static char *resources_text(const json_t *record)
{
    GString *text = g_string_new(NULL);
    const json_t *resources = json_object_get(record, "resources");

    for (size_t i = 0; i < json_array_size(resources); i++)
        g_string_append_printf(text, "%s%s", i ? ", " : "", json_string_value(json_array_get(resources, i)));
    return g_string_free(text, FALSE);
}

void svp_job_frame(SvpPage *page, const SvpJobSelection *selection, json_t *record)
{
    g_autofree char *name = name_of(record), *progress = progress_text(selection, record);
    g_autofree char *resources = resources_text(record);
    const SvpJob *job = svp_jobs_find(selection->jobs, (unsigned)number_of(record, "number"));
    const SvpJob *before = job ? svp_job_waits_for(job) : NULL;

    svp_page_title(page, "Job %s", name);
    line(page, "State", text_of(record, "state"));
    line(page, "Waits for", before ? svp_job_name(before) : NULL);
    line(page, "Command", text_of(record, "command"));
    line(page, "Needs", resources);
    time_line(page, selection, record, "Submitted", "submitted_ns");
    time_line(page, selection, record, "Begun", "begun_ns");
    time_line(page, selection, record, "Ends", "due_ns");
    time_line(page, selection, record, "Ended", "ended_ns");
    line(page, "Objects", progress);
    if (!has_state(record, SVP_JOB_ENDED))
        return;
    g_autofree char *code = g_strdup_printf("%u", (unsigned)number_of(record, "code"));
    g_autofree char *used = svp_text_seconds(number_of(record, "processor_ns"));
    g_autofree char *host = job ? g_strdup_printf("%.3f s", (double)svp_job_host_us(job) / 1e6) : NULL;

    line(page, "Completion code", code);
    line(page, "Processor time", used);
    line(page, "of this program", host);
}

/* --- The log -------------------------------------------------------------------------------------------- */

static json_t *messages_of(const SvpJobSelection *selection, const json_t *record)
{
    json_t *log = svp_jobs_log(selection->jobs, (unsigned)number_of(record, "number"));
    json_t *messages = log ? json_incref(json_object_get(log, "messages")) : json_array();

    json_decref(log);
    return messages;
}

static const SvpMessageRow *row_of(const json_t *message)
{
    const char *id = text_of(message, "id");

    return strlen(id) > strlen("LPS") ? svp_message_find(atoi(id + strlen("LPS"))) : NULL;
}

static const char *severity_of(const json_t *message)
{
    const SvpMessageRow *row = row_of(message);

    return !row || row->severity == SVP_MESSAGE_INFORMATION ? "information"
           : row->severity == SVP_MESSAGE_WARNING           ? "warning"
                                                            : "error";
}

static json_t *message_json(const SvpJobSelection *selection, json_t *message)
{
    uint64_t at_ns = number_of(message, "at_ns");
    json_t *shown = json_pack(
        "{s:O, s:O, s:s, s:o, s:O}", "number", json_object_get(message, "number"), "id",
        json_object_get(message, "id"), "severity", severity_of(message), "at_s", svp_json_seconds(at_ns),
        "text", json_object_get(message, "text"));

    if (selection->calendar->given) {
        g_autofree char *clock = hv_calendar_show(selection->calendar, at_ns);

        json_object_set_new(shown, "clock", json_string(clock));
    }
    return shown;
}

json_t *svp_job_log_json(const SvpJobSelection *selection)
{
    json_t *records = svp_jobs_selected(selection), *logs = json_array(), *record, *message;
    size_t i, k;

    json_array_foreach(records, i, record)
    {
        json_t *messages = messages_of(selection, record), *shown = json_array();
        g_autofree char *name = name_of(record);

        json_array_foreach(messages, k, message)
            json_array_append_new(shown, message_json(selection, message));
        json_array_append_new(logs, json_pack("{s:s, s:o}", "job", name, "messages", shown));
        json_decref(messages);
    }
    json_decref(records);
    return logs;
}

static void draw_log(SvpPage *page, const SvpJobSelection *selection, json_t *record)
{
    static const SvpColumn columns[] = {{"message", true}, {"id", false}, {"sent", true}, {"text", false}};
    g_autoptr(SvpTable) table = svp_table_new(columns, G_N_ELEMENTS(columns));
    g_autofree char *name = name_of(record);
    json_t *messages = messages_of(selection, record), *message;
    size_t index;

    json_array_foreach(messages, index, message)
    {
        g_autofree char *at = svp_text_moment(selection->calendar, number_of(message, "at_ns"));

        svp_table_cell(table, "%u", (unsigned)number_of(message, "number"));
        svp_table_cell(table, "%s", text_of(message, "id"));
        svp_table_cell(table, "%s", at);
        svp_table_cell(table, "%s", text_of(message, "text"));
    }
    svp_page_title(page, "Job log of %s", name);
    if (json_array_size(messages) > 0)
        svp_table_print(table, page);
    else
        svp_page_add(page, SVP_STYLE_DIM, "  no messages yet\n");
    json_decref(messages);
}

void svp_job_log_frame(SvpPage *page, const SvpJobSelection *selection)
{
    json_t *records = svp_jobs_selected(selection), *record;
    size_t index;

    json_array_foreach(records, index, record) draw_log(page, selection, record);
    if (json_array_size(records) == 0) {
        svp_page_title(page, "Job log");
        svp_page_add(page, SVP_STYLE_DIM, "  no such job has been submitted\n");
    }
    json_decref(records);
}

/* --- A message ------------------------------------------------------------------------------------------ */

json_t *svp_job_message(SvpJobs *jobs, unsigned number)
{
    const SvpJobSelection all = {.jobs = jobs};
    json_t *records = svp_jobs_selected(&all), *found = NULL, *message;
    size_t k;

    for (size_t i = json_array_size(records); i-- > 0 && !found;) {
        json_t *record = json_array_get(records, i), *messages = messages_of(&all, record);

        json_array_foreach(messages, k, message) if (number_of(message, "number") == number)
            found = json_pack("{s:O, s:O}", "job", record, "message", message);
        json_decref(messages);
    }
    json_decref(records);
    return found;
}

/* The message with which a job says that it has ended. */
static bool is_end(const json_t *message)
{
    const SvpMessageRow *row = row_of(message);

    return row && row->number == SVP_MESSAGE_JOB_ENDED;
}

json_t *svp_job_message_json(const SvpJobSelection *selection, json_t *found)
{
    json_t *record = json_object_get(found, "job"), *message = json_object_get(found, "message");
    json_t *shown = message_json(selection, message);
    const SvpMessageRow *row = row_of(message);
    g_autofree char *name = name_of(record);

    json_object_set_new(shown, "job", json_string(name));
    if (is_end(message)) {
        json_object_set(shown, "code", json_object_get(record, "code"));
        copy_time(shown, "processor_s", record, "processor_ns");
    }
    if (row) {
        json_object_set_new(shown, "meaning", json_string(row->meaning));
        json_object_set_new(shown, "remedy", json_string(row->remedy));
    }
    return shown;
}

void svp_job_message_frame(SvpPage *page, const SvpJobSelection *selection, json_t *found)
{
    json_t *record = json_object_get(found, "job"), *message = json_object_get(found, "message");
    const SvpMessageRow *row = row_of(message);
    g_autofree char *name = name_of(record);

    svp_page_title(page, "Additional message information");
    line(page, "Message id", text_of(message, "id"));
    line(page, "Severity", severity_of(message));
    time_line(page, selection, message, "Sent", "at_ns");
    line(page, "Job", name);
    line(page, "Message", text_of(message, "text"));
    if (is_end(message)) {
        g_autofree char *used = svp_text_seconds(number_of(record, "processor_ns"));
        g_autofree char *code = g_strdup_printf("%u", (unsigned)number_of(record, "code"));

        line(page, "Processor time used", used);
        line(page, "Completion code", code);
    }
    line(page, "Meaning", row ? row->meaning : NULL);
    line(page, "What to do", row ? row->remedy : NULL);
}
