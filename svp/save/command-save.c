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
#include "svp/save/save.h"
#include "svp/save/tape.h"

#include <string.h>

/* What the command prints of a job that has begun; shared with the job, which may outlive the command. */
typedef struct {
    bool begun;
    unsigned n_lpars;
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

static void save_free(void *data)
{
    SaveJob *job = data;

    g_ptr_array_unref(job->captures);
    g_rc_box_release(job->begun);
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

static bool check_tape(const SaveJob *save, uint64_t *ret_rate_bytes, GError **error)
{
    const SvpTapes *tapes = save->console->tapes;
    g_autoptr(SvpVolumeSet) set = svp_tapes_open(tapes, save->units, save->volume, error);
    g_auto(GStrv) units = g_strsplit_set(save->units, " ,", 2);

    if (!set)
        return false;
    *ret_rate_bytes = svp_tapes_find(tapes, units[0], NULL)->rate_bytes;
    if (!g_str_equal(save->kind, "CHANGES") || svp_volume_set_newest(set, NULL, 0))
        return true;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_TAPE_SAVE,
        "Nothing has been saved on the volume '%s' yet that could have changed\nGive SAVE SYSTEM first",
        svp_volume_label(svp_volume_set_volume(set, 0))->volume);
    return false;
}

static bool save_begin(SvpJob *job, void *data, HvTime *ret_duration_ns, GError **error)
{
    SaveJob *save = data;
    uint64_t rate_bytes;

    if (!check_tape(save, &rate_bytes, error))
        return false;
    svp_job_say(job, SVP_MESSAGE_SAVE_STARTED, "Save of %s to %s started", save->kind, save->units);
    if (!capture_all(save, error))
        return false;
    uint64_t bytes = svp_save_content_bytes(save->captures);

    svp_job_say(
        job, SVP_MESSAGE_SAVE_CHECKPOINT,
        "Checkpoint reached: %u LPAR%s, %" G_GUINT64_FORMAT " bytes of content", save->captures->len,
        save->captures->len == 1 ? "" : "s", bytes);
    svp_job_count(job, 0, save->captures->len, 0);
    *ret_duration_ns = hv_muldiv(bytes, HV_NS_PER_S, rate_bytes);
    *save->begun = (Begun){true, save->captures->len, bytes, *ret_duration_ns};
    return true;
}

/* --- End ------------------------------------------------------------------------------------------------ */

/* For those who ask how long ago, and how long it took: by set and sequence number. */
static bool catalog(const SaveJob *save, const SvpVolumeSet *set, const SvpSaveRecord *record, GError **error)
{
    g_autofree char *key = g_strdup_printf("%s-%06u", svp_volume_set_id(set), record->sequence);
    json_t *lpars = json_array();

    for (unsigned i = 0; record->lpars[i]; i++)
        json_array_append_new(lpars, json_string(record->lpars[i]));
    json_t *json = json_pack(
        "{s:s, s:s, s:i, s:s, s:o, s:I, s:I, s:s, s:I, s:I}", "set", svp_volume_set_id(set), "volume",
        svp_volume_label(svp_volume_set_volume(set, 0))->volume, "sequence", (int)record->sequence, "kind",
        record->kind, "lpars", lpars, "at_ns", (json_int_t)record->at_ns, "duration_ns",
        (json_int_t)save->begun->duration_ns, "saved", record->saved, "objects", (json_int_t)record->objects,
        "shared", (json_int_t)record->shared);
    bool done = svp_store_put(save->console->store, "save", key, json, error);

    json_decref(json);
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

    if (!svp_save_write(set, svp_tapes_memory(save->console->tapes), &request, &record, error)) {
        svp_job_count(job, 0, expected, expected);
        return false;
    }
    svp_job_count(
        job, record->objects, expected, expected > record->objects ? expected - record->objects : 0);
    say_saved(job, save, record);
    return catalog(save, set, record, error);
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
                "{s:s, s:s, s:i, s:I, s:o, s:o}", "job", name, "kind", save->kind, "lpars",
                (int)begun->n_lpars, "bytes", (json_int_t)begun->bytes, "checkpoint_s", svp_json_seconds(now),
                "ends_s", svp_json_seconds(now + begun->duration_ns)));
        return;
    }
    svp_page_printf(
        result->page, SVP_STYLE_GOOD,
        "Job %s has reached its checkpoint: %u LPAR%s, %.1f MiB; it ends at %s.\n", name, begun->n_lpars,
        begun->n_lpars == 1 ? "" : "s", (double)begun->bytes / (double)HV_MIB, ends);
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
    g_rc_box_release(begun);
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
