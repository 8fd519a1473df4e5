/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SAVE: the job that saves LPARs to tape.
 *
 *     begin: volumes are looked at, every LPAR is captured at one moment  --bytes / rate of the unit-->  end: the archive is written
 *
 * The LPARs run on: what they write after the checkpoint goes to pages of their own. The job has the tape units to itself, the LPARs not.
 * Until the end nothing is on the tape; then all of it, or, with a message, nothing.
 */
#include "svp/command-row.h"
#include "svp/console-private.h"
#include "svp/error.h"
#include "svp/message.h"
#include "svp/output.h"
#include "svp/protect/policy-run.h"
#include "svp/save/save.h"
#include "svp/save/saved.h"
#include "svp/save/tape.h"

#include <string.h>

/* What the command prints of a job that has begun; shared with the job, which may outlive the command. */
typedef struct {
    bool begun;
    json_t *lpars; /* names */
    uint64_t bytes;
    HvTime duration_ns;
} Begun;

typedef struct {
    SvpConsole *console;
    const char *kind;
    unsigned lpar; /* 0: all */
    char *units, *volume;
    GPtrArray *captures; /* MonitorCapture * */
    Begun *begun;
} SaveJob;

static void free_capture(gpointer data)
{
    monitor_capture_free(data);
}

static void begun_clear(gpointer data)
{
    json_decref(((Begun *)data)->lpars);
}

static void begun_release(Begun *begun)
{
    g_rc_box_release_full(begun, begun_clear);
}

static void save_free(void *data)
{
    SaveJob *job = data;

    g_ptr_array_unref(job->captures);
    begun_release(job->begun);
    g_free(job->units);
    g_free(job->volume);
    g_free(job);
}

/* --- Begin ---------------------------------------------------------------------------------------------- */

static bool capture(SaveJob *save, unsigned number, GError **error)
{
    MonitorCapture *captured = monitor_system_capture(save->console->system, number, error);

    if (captured)
        g_ptr_array_add(save->captures, captured);
    return captured != NULL;
}

static bool capture_all(SaveJob *save, GError **error)
{
    const ResmgrState *state = svp_console_state(save->console);

    if (save->lpar > 0)
        return capture(save, save->lpar, error);
    for (unsigned number = 1; number <= RESMGR_MAX_LPARS; number++) {
        const ResmgrLpar *lpar = resmgr_state_lpar(state, number);

        if (lpar && lpar->assignment == RESMGR_ASSIGNED && !capture(save, number, error))
            return false;
    }
    if (save->captures->len > 0)
        return true;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_TAPE_SAVE,
        "No LPAR has resources: there is nothing to save\nACTIVATE one");
    return false;
}

/* Journals do not count. */
static bool has_saves_of_lpars(const SvpVolumeSet *set)
{
    g_autoptr(GPtrArray) saves = svp_volume_set_saves(set);

    for (unsigned i = 0; i < saves->len; i++)
        if (*((const SvpSaveRecord *)g_ptr_array_index(saves, i))->lpars)
            return true;
    return false;
}

static bool check_tape(const SaveJob *save, uint64_t *ret_rate_bytes, GError **error)
{
    const SvpTapes *tapes = save->console->tapes;
    g_autoptr(SvpVolumeSet) set = svp_tapes_open(tapes, save->units, save->volume, error);
    g_auto(GStrv) units = g_strsplit_set(save->units, " ,", 2);

    if (!set)
        return false;
    *ret_rate_bytes = svp_tapes_find(tapes, units[0], NULL)->rate_bytes;
    if (!g_str_equal(save->kind, "CHANGES") || has_saves_of_lpars(set))
        return true;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_TAPE_SAVE,
        "Nothing has been saved on the volume '%s' yet that could have changed\nGive SAVE SYSTEM first",
        svp_volume_label(svp_volume_set_volume(set, 0))->volume);
    return false;
}

/* The LPAR that is saved, or SYSTEM, CHANGES. */
static const char *name_of(const SaveJob *save)
{
    return save->lpar > 0 ? resmgr_state_lpar(svp_console_state(save->console), save->lpar)->name
                          : save->kind;
}

static bool save_begin(SvpJob *job, void *data, HvTime *ret_duration_ns, GError **error)
{
    SaveJob *save = data;
    uint64_t rate_bytes;

    if (!check_tape(save, &rate_bytes, error))
        return false;
    svp_job_say(job, SVP_MESSAGE_SAVE_STARTED, "Save of %s to %s started", name_of(save), save->units);
    if (!capture_all(save, error))
        return false;
    uint64_t bytes = svp_save_content_bytes(save->captures);

    svp_job_say(
        job, SVP_MESSAGE_SAVE_CHECKPOINT,
        "Checkpoint reached: %u LPAR%s, %" G_GUINT64_FORMAT " bytes of content", save->captures->len,
        save->captures->len == 1 ? "" : "s", bytes);
    uint64_t objects = svp_save_objects(save->captures);

    svp_job_count(job, 0, objects, 0);
    *ret_duration_ns = hv_muldiv(bytes, HV_NS_PER_S, rate_bytes);
    *save->begun = (Begun){true, json_array(), bytes, *ret_duration_ns};
    for (unsigned i = 0; i < save->captures->len; i++)
        json_array_append_new(
            save->begun->lpars,
            json_string(((const MonitorCapture *)g_ptr_array_index(save->captures, i))->name));
    return true;
}

/* --- End ------------------------------------------------------------------------------------------------ */

/* For REPORT PROTECTION: how long ago, and how long it took. */
static bool note(
    const SaveJob *save, const SvpVolumeSet *set, const SvpSaveRecord *record, gint64 begun_us,
    GError **error)
{
    SvpProtect *protect = svp_console_protect(save->console, error);
    bool done = protect && svp_saved_note(save->console->store, set, record, save->begun->duration_ns, error);

    for (unsigned i = 0; done && record->lpars[i]; i++)
        done = svp_protect_measured(
            protect, record->lpars[i], SVP_MEASURE_SAVE, save->begun->duration_ns,
            g_get_monotonic_time() - begun_us, error);
    return done;
}

static void say_saved(SvpJob *job, const SaveJob *save, const SvpSaveRecord *record)
{
    unsigned n = save->captures->len;

    for (unsigned i = 0; i < n; i++)
        svp_job_say(
            job, SVP_MESSAGE_SAVE_LPAR, "%s: %u of %u processed",
            ((const MonitorCapture *)g_ptr_array_index(save->captures, i))->name, i + 1, n);
    svp_job_say(
        job, SVP_MESSAGE_SAVE_ENDED,
        "%" G_GUINT64_FORMAT " objects saved with sequence number %u, %" G_GUINT64_FORMAT
        " of them shared with earlier saves; ended",
        record->objects, record->sequence, record->shared);
}

static bool save_end(SvpJob *job, void *data, GError **error)
{
    SaveJob *save = data;
    gint64 begun_us = g_get_monotonic_time();
    g_autoptr(SvpVolumeSet) set = svp_tapes_open(save->console->tapes, save->units, save->volume, error);
    g_autoptr(SvpSaveRecord) record = NULL;

    if (!set)
        return false;
    const SvpSaveRequest request = {
        .system = save->console->system,
        .name = save->lpar > 0 ? ((const MonitorCapture *)g_ptr_array_index(save->captures, 0))->name
                               : save->kind,
        .kind = save->kind,
        .captures = save->captures};

    uint64_t expected = svp_save_objects(save->captures);
    SvpProgress *progress = svp_console_working(save->console, svp_job_name(job));
    bool written = svp_save_write(set, svp_tapes_memory(save->console->tapes), &request, &record, error);

    svp_progress_end(progress);
    if (!written) {
        svp_job_count(job, 0, expected, expected);
        return false;
    }
    svp_job_count(
        job, record->objects, expected, expected > record->objects ? expected - record->objects : 0);
    say_saved(job, save, record);
    return note(save, set, record, begun_us, error);
}

static const SvpJobOps save_ops = {
    .program = "SAVE", .begin = save_begin, .end = save_end, .free = save_free};

/* --- The command ---------------------------------------------------------------------------------------- */

static char **units_of(const char *units)
{
    g_auto(GStrv) words = g_strsplit_set(units, " ,\t", -1);
    GStrvBuilder *builder = g_strv_builder_new();

    for (unsigned i = 0; words[i]; i++) {
        g_autofree char *unit = g_ascii_strup(words[i], -1);

        if (*unit)
            g_strv_builder_add(builder, unit);
    }
    char **list = g_strv_builder_end(builder);

    g_strv_builder_unref(builder);
    return list;
}

static void
show_begun(const SaveJob *save, const Begun *begun, const char *name, HvTime now, SvpResult *result)
{
    g_autofree char *ends = svp_text_seconds(now + begun->duration_ns);

    if (result->json) {
        json_object_set_new(
            result->json, "save",
            json_pack(
                "{s:s, s:s, s:o, s:o, s:o, s:o}", "job", name, "kind", save->kind, "lpars",
                json_incref(begun->lpars), "content_mib", svp_json_mib(begun->bytes), "checkpoint_s",
                svp_json_seconds(now), "ends_s", svp_json_seconds(now + begun->duration_ns)));
        return;
    }
    svp_page_printf(
        result->page, SVP_STYLE_GOOD,
        "Job %s has reached its checkpoint: %zu LPAR%s, %.1f MiB; it ends at %s.\n", name,
        json_array_size(begun->lpars), json_array_size(begun->lpars) == 1 ? "" : "s",
        (double)begun->bytes / (double)HV_MIB, ends);
}

static bool may_write(const SvpConsole *console, GError **error)
{
    if (!console->config.no_files)
        return true;
    g_set_error_literal(
        error, SVP_ERROR, SVP_ERROR_FILE, "This console writes no files, and so no tapes\nGive it elsewhere");
    return false;
}

static bool
save(SvpConsole *console, const SvpCall *call, const char *kind, SvpResult *result, GError **error)
{
    if (!may_write(console, error))
        return false;
    g_auto(GStrv) units = units_of(svp_call_word(call, "DEV"));
    const SvpJobRequest request = {.command = call->text, .resources = (const char *const *)units};
    SaveJob *job = g_new0(SaveJob, 1);
    Begun *begun = g_rc_box_new0(Begun);
    HvTime now = monitor_system_now(console->system);
    SaveJob shown = {.kind = kind};

    *job = (SaveJob){
        .console = console,
        .kind = kind,
        .lpar = svp_call_lpar(call, "lpar"),
        .units = g_strjoinv(" ", units),
        .volume = g_strdup(svp_call_word(call, "VOL")),
        .captures = g_ptr_array_new_with_free_func(free_capture),
        .begun = g_rc_box_acquire(begun)};
    const SvpJob *submitted = svp_jobs_submit(console->jobs, &request, &save_ops, job, error);

    if (submitted && begun->begun)
        show_begun(&shown, begun, svp_job_name(submitted), now, result);
    begun_release(begun);
    return submitted != NULL;
}

SVP_COMMAND_FUNC(save_lpar)
{
    return save(console, call, "LPAR", result, error);
}

SVP_COMMAND_FUNC(save_system)
{
    return save(console, call, "SYSTEM", result, error);
}

SVP_COMMAND_FUNC(save_changes)
{
    return save(console, call, "CHANGES", result, error);
}
