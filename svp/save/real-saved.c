/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Saves of real guests, as they are shown; and one that is put back.
 *
 * A real guest goes on from the files of its save, with its storage and its disks, so there is no plan of what goes where: the LPAR must have
 * what the saved one had, which is looked at before anything is touched. Its resources are those that ACTIVATE gives it. A copy under
 * another name needs disks to go to, so its LPAR must be there.
 */
#include "svp/save/real-saved.h"

#include "monitor/real-save.h"
#include "svp/error.h"
#include "svp/message.h"
#include "svp/output.h"

/* --- What is shown -------------------------------------------------------------------------------------- */

json_t *svp_json_hold(const HvGuestSaved *saved)
{
    return saved->hold_ns == HV_TIME_NEVER ? json_null()
                                           : json_real((double)saved->hold_ns / (double)HV_NS_PER_MS);
}

char *svp_text_hold(const HvGuestSaved *saved)
{
    if (saved->hold_ns == HV_TIME_NEVER)
        return NULL;
    double hold_ms = (double)saved->hold_ns / (double)HV_NS_PER_MS;

    if (saved->limit_ns == 0 || saved->hold_ns <= saved->limit_ns)
        return g_strdup_printf("it stood for %.1f ms", hold_ms);
    return g_strdup_printf(
        "it stood for %.1f ms, longer than a time slice of %.1f ms", hold_ms,
        (double)saved->limit_ns / (double)HV_NS_PER_MS);
}

/* Simulated ones are never held. */
unsigned svp_real_say_holds(MonitorSystem *system, const GPtrArray *captures, SvpJob *job)
{
    unsigned n_lacking = 0;

    for (unsigned i = 0; i < captures->len; i++) {
        const MonitorCapture *capture = g_ptr_array_index(captures, i);
        g_autofree char *hold = capture->real ? svp_text_hold(capture->real->saved) : NULL;

        if (hold)
            svp_job_say(job, SVP_MESSAGE_SAVE_HOLD, "%s: %s", capture->name, hold);
        if (capture->real || !lpar_is_real(monitor_system_lpar(system, capture->number)))
            continue;
        n_lacking++;
        svp_job_say(
            job, SVP_MESSAGE_SAVE_NO_GUEST, "%s: its real guest is not loaded, so its disks are not saved",
            capture->name);
    }
    return n_lacking;
}

json_t *svp_real_holds_json(const GPtrArray *captures)
{
    json_t *guests = json_array();

    for (unsigned i = 0; i < captures->len; i++) {
        const MonitorCapture *capture = g_ptr_array_index(captures, i);

        if (capture->real)
            json_array_append_new(
                guests,
                json_pack(
                    "{s:s, s:o}", "lpar", capture->name, "hold_ms", svp_json_hold(capture->real->saved)));
    }
    return guests;
}

static json_t *file_json(const HvSavedFile *file)
{
    return json_pack(
        "{s:s, s:I, s:I, s:s, s:s?}", "file", file->name, "size_bytes", (json_int_t)file->content.size_bytes,
        "stored_bytes", (json_int_t)file->content.stored_bytes, "sha256", file->content.sha256, "target",
        file->target);
}

void svp_real_saved_json(const LparControl *lpar, const HvGuestSaved *saved, json_t *json)
{
    json_t *files = json_array();

    for (unsigned i = 0; i < saved->files->len; i++)
        json_array_append_new(files, file_json(g_ptr_array_index(saved->files, i)));
    json_object_set_new(json, "lpar", json_string(lpar_name(lpar)));
    json_object_set_new(json, "state", json_string(lpar_run_state_name(lpar_run_state(lpar))));
    json_object_set_new(json, "kind", json_string(hv_save_kind_name(saved->kind)));
    json_object_set_new(json, "domain", json_string(saved->domain));
    json_object_set_new(
        json, "hold_s", saved->hold_ns == HV_TIME_NEVER ? json_null() : svp_json_seconds(saved->hold_ns));
    json_object_set_new(json, "hold_ms", svp_json_hold(saved));
    json_object_set_new(json, "took_s", svp_json_seconds(saved->took_ns));
    json_object_set_new(json, "files", files);
}

void svp_real_saved_files(const HvGuestSaved *saved, SvpPage *page)
{
    for (unsigned i = 0; i < saved->files->len; i++) {
        const HvSavedFile *file = g_ptr_array_index(saved->files, i);
        g_autofree char *size = g_format_size_full(file->content.size_bytes, G_FORMAT_SIZE_IEC_UNITS);
        g_autofree char *stored = g_format_size_full(file->content.stored_bytes, G_FORMAT_SIZE_IEC_UNITS);

        svp_page_printf(
            page, SVP_STYLE_PLAIN, "  %-12s %12s, %s on disk, SHA-256 %.16s...\n", file->name, size, stored,
            file->content.sha256);
    }
}

/* --- Putting one back ----------------------------------------------------------------------------------- */

static LparControl *refuse(const char *lpar, const char *why, const char *remedy, GError **error)
{
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_RESTORE, "The real guest of %s cannot be restored: %s\n%s", lpar, why,
        remedy);
    return NULL;
}

/* The LPAR that it goes to; NULL with *error. */
static LparControl *target(SvpConsole *console, const SvpRestoring *restoring, GError **error)
{
    const MonitorCapture *capture = restoring->capture;
    const ResmgrLpar *other = restoring->to
                                  ? resmgr_state_find(svp_console_state(console), restoring->to, NULL)
                                  : NULL;

    if (restoring->giver_before)
        return refuse(
            capture->name, "a snapshot before INTEG has no disks of it",
            "Restore it from tape, or a snapshot", error);
    if (!capture->real)
        return refuse(
            capture->name, "none was loaded when it was saved", "LOAD it, which boots it from its disks",
            error);
    if (restoring->to && !other)
        return refuse(
            capture->name, "no LPAR has the name it is to have, and it needs disks to go to",
            "DEFINE it in the machine file with disks of its own, as large as those that were saved", error);
    LparControl *lpar = monitor_system_lpar(console->system, other ? other->number : restoring->lpar);

    if (lpar_is_real(lpar))
        return lpar;
    return refuse(
        capture->name, "the LPAR that it is to go to has no domain of libvirt", "Restore it to one that has",
        error);
}

/* Activated only as long as something comes of it. */
static HvGuestSaved *
put_back(SvpConsole *console, LparControl *lpar, const MonitorRealCopy *copy, GError **error)
{
    unsigned number = lpar_number(lpar);
    bool activate = lpar_run_state(lpar) == LPAR_NOT_ACTIVATED;

    if (activate && !monitor_system_activate(console->system, number, error))
        return NULL;
    HvGuestSaved *saved =
        monitor_system_restore_real(console->system, number, hv_staging_path(copy->staging), error);

    if (!saved && activate)
        monitor_system_deactivate(console->system, number, NULL);
    return saved;
}

static void show(const LparControl *lpar, const HvGuestSaved *saved, bool planned, SvpResult *result)
{
    if (result->json) {
        svp_real_saved_json(lpar, saved, result->json);
        json_object_set_new(result->json, "planned", json_boolean(planned));
        return;
    }
    svp_page_printf(
        result->page, SVP_STYLE_GOOD, "%s %s from where domain %s was saved.\n", lpar_name(lpar),
        planned ? "would go on" : "goes on", saved->domain);
    svp_real_saved_files(saved, result->page);
    if (planned)
        svp_page_add(result->page, SVP_STYLE_NOTABLE, "This was a plan; nothing has been changed.\n");
}

static void count_objects(SvpConsole *console, const MonitorRealCopy *copy)
{
    SvpJob *job = svp_jobs_current(console->jobs);
    uint64_t total = 2 + copy->saved->files->len; /* what it owned; the files and their manifest */

    if (job)
        svp_job_count(job, total, total, 0);
}

bool svp_restoring_carry_out_real(
    SvpConsole *console, const SvpRestoring *restoring, SvpResult *result, HvTime *ret_took_ns,
    GError **error)
{
    LparControl *lpar = target(console, restoring, error);
    HvTime begun_ns = monitor_system_now(console->system);

    if (!lpar)
        return false;
    const MonitorRealCopy *copy = restoring->capture->real;

    if (restoring->plan) {
        show(lpar, copy->saved, /* planned= */ true, result);
        return true;
    }
    g_autoptr(HvGuestSaved) saved = put_back(console, lpar, copy, error);

    if (!saved)
        return false;
    show(lpar, saved, /* planned= */ false, result);
    count_objects(console, copy);
    *ret_took_ns = monitor_system_now(console->system) - begun_ns;
    return true;
}
