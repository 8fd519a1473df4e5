/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Real guests beside simulated ones: LPARs of both kinds saved as of one moment.
 *
 * A simulated LPAR is captured when no time passes, so nothing has to be waited for. A real guest has to be waited for. One that is saved alone is
 * saved while it runs, at a moment that libvirt chooses. Several, or one beside simulated ones, all stand first; then the simulated ones are
 * captured, which takes no time, and all that is saved is of this moment; and then each guest goes on as soon as its storage is written.
 *
 *     stand: every real guest  -->  captures of all LPARs  -->  storage written, guest goes on  -->  disks copied, manifest
 *
 * If any of them fails, all go on and nothing is left of any.
 */
#include "monitor/real-copy.h"

#include "monitor/capture.h"
#include "monitor/error.h"
#include "monitor/real-save.h"
#include "monitor/system-private.h"

/* --- Copies --------------------------------------------------------------------------------------------- */

MonitorRealCopy *monitor_real_copy_new(HvStaging *staging, HvGuestSaved *saved)
{
    MonitorRealCopy *copy = g_atomic_rc_box_new0(MonitorRealCopy);

    copy->staging = hv_staging_ref(staging);
    copy->saved = saved;
    return copy;
}

MonitorRealCopy *monitor_real_copy_read(HvStaging *staging, GError **error)
{
    HvGuestSaved *saved = monitor_real_manifest_read(hv_staging_path(staging), error);

    return saved ? monitor_real_copy_new(staging, saved) : NULL;
}

MonitorRealCopy *monitor_real_copy_ref(MonitorRealCopy *copy)
{
    return g_atomic_rc_box_acquire(copy);
}

static void copy_clear(void *data)
{
    MonitorRealCopy *copy = data;

    hv_guest_saved_free(copy->saved);
    hv_staging_unref(copy->staging);
}

void monitor_real_copy_unref(MonitorRealCopy *copy)
{
    if (copy)
        g_atomic_rc_box_release_full(copy, copy_clear);
}

uint64_t monitor_real_copy_bytes(const MonitorRealCopy *copy)
{
    uint64_t bytes = 0;

    for (unsigned i = 0; i < copy->saved->files->len; i++)
        bytes += ((const HvSavedFile *)g_ptr_array_index(copy->saved->files, i))->content.stored_bytes;
    return bytes;
}

/* --- One moment ----------------------------------------------------------------------------------------- */

/* One real guest on its way into its folder. */
typedef struct {
    unsigned lpar;
    HvStaging *staging;
    HvGuestSaved *saved; /* NULL: not yet */
} Saving;

static void saving_clear(void *data)
{
    Saving *saving = data;

    hv_staging_unref(saving->staging);
    hv_guest_saved_free(saving->saved);
}

static bool has_loaded_domain(MonitorSystem *system, unsigned lpar)
{
    const LparControl *control = monitor_system_lpar(system, lpar);

    return control && lpar_is_real(control) &&
           (lpar_run_state(control) == LPAR_OPERATING || lpar_run_state(control) == LPAR_STOPPED);
}

/* Saving, for each that has a domain; NULL with *error. */
static GArray *
prepare(MonitorSystem *system, const unsigned *lpars, unsigned n, const char *beside, GError **error)
{
    g_autoptr(GArray) savings = g_array_new(FALSE, TRUE, sizeof(Saving));

    g_array_set_clear_func(savings, saving_clear);
    for (unsigned i = 0; i < n; i++) {
        Saving saving = {.lpar = lpars[i]};

        if (!has_loaded_domain(system, lpars[i]))
            continue;
        saving.staging = hv_staging_new(beside, error);
        if (!saving.staging)
            return NULL;
        g_array_append_val(savings, saving);
    }
    return g_steal_pointer(&savings);
}

static void capture_free(void *data)
{
    monitor_capture_free(data);
}

static GPtrArray *capture_each(MonitorSystem *system, const unsigned *lpars, unsigned n, GError **error)
{
    g_autoptr(GPtrArray) captures = g_ptr_array_new_with_free_func(capture_free);

    for (unsigned i = 0; i < n; i++) {
        MonitorCapture *capture = monitor_system_capture(system, lpars[i], error);

        if (!capture)
            return NULL;
        g_ptr_array_add(captures, capture);
    }
    return g_steal_pointer(&captures);
}

/* All of them are being saved; `n_begun` of them if one was refused. */
static bool
begin_all(MonitorSystem *system, GArray *savings, HvSaveMoment *moment, unsigned *ret_begun, GError **error)
{
    for (*ret_begun = 0; *ret_begun < savings->len; (*ret_begun)++) {
        const Saving *saving = &g_array_index(savings, Saving, *ret_begun);
        const HvSaveOrder order = {(char *)(uintptr_t)hv_staging_path(saving->staging), HV_SAVE_LIVE, moment};

        if (!lpar_save(monitor_system_lpar(system, saving->lpar), &order, error))
            return false;
    }
    return true;
}

/* All that has begun is waited for, whatever becomes of the others; *error is the first. */
static bool end_all(MonitorSystem *system, GArray *savings, unsigned n_begun, GError **error)
{
    bool ok = true;

    for (unsigned i = 0; i < n_begun; i++) {
        Saving *saving = &g_array_index(savings, Saving, i);
        LparControl *control = monitor_system_lpar(system, saving->lpar);

        ok = monitor_system_settle(system, saving->lpar, ok ? error : NULL) && ok;
        if (lpar_guest(control))
            saving->saved = hv_guest_take_saved(lpar_guest(control));
    }
    for (unsigned i = 0; ok && i < n_begun; i++) {
        const Saving *saving = &g_array_index(savings, Saving, i);
        const LparControl *control = monitor_system_lpar(system, saving->lpar);

        g_assert(saving->saved);
        ok = monitor_real_manifest_write(saving->saved, lpar_name(control), error);
    }
    return ok;
}

static GPtrArray *
capture_together(MonitorSystem *system, const unsigned *lpars, unsigned n, GArray *savings, GError **error)
{
    g_autoptr(HvSaveMoment) moment = hv_save_moment_new(savings->len);
    g_autoptr(GPtrArray) captures = NULL;
    g_autoptr(GError) missed = NULL, failed = NULL;
    unsigned n_begun;
    bool begun = begin_all(system, savings, moment, &n_begun, error);

    if (begun && hv_save_moment_wait(moment, (gint64)(system->patience_ns / HV_NS_PER_US)))
        captures = capture_each(system, lpars, n, &missed);
    if (captures)
        hv_save_moment_pass(moment);
    else
        hv_save_moment_give_up(moment, missed ? missed->message : "it was refused");
    bool ended = end_all(system, savings, n_begun, &failed);

    if (missed)
        g_propagate_error(error, g_steal_pointer(&missed));
    else if (begun && !ended)
        g_propagate_error(error, g_steal_pointer(&failed));
    return captures && ended ? g_steal_pointer(&captures) : NULL;
}

/* At the moment that libvirt chooses; the books do not change meanwhile. */
static GPtrArray *capture_alone(MonitorSystem *system, Saving *saving, GError **error)
{
    g_autoptr(GPtrArray) captures = capture_each(system, &saving->lpar, 1, error);

    if (!captures)
        return NULL;
    saving->saved =
        monitor_system_save_real(system, saving->lpar, hv_staging_path(saving->staging), HV_SAVE_LIVE, error);
    return saving->saved ? g_steal_pointer(&captures) : NULL;
}

static void attach(const GPtrArray *captures, Saving *saving)
{
    for (unsigned i = 0; i < captures->len; i++) {
        MonitorCapture *capture = g_ptr_array_index(captures, i);

        if (capture->number == saving->lpar)
            capture->real = monitor_real_copy_new(saving->staging, g_steal_pointer(&saving->saved));
    }
}

GPtrArray *monitor_system_capture_all(
    MonitorSystem *system, const unsigned *lpars, unsigned n, const char *beside, GError **error)
{
    g_autoptr(GArray) savings = prepare(system, lpars, n, beside, error);

    if (!savings)
        return NULL;
    GPtrArray *captures = savings->len == 0 ? capture_each(system, lpars, n, error)
                          : n == 1          ? capture_alone(system, &g_array_index(savings, Saving, 0), error)
                                            : capture_together(system, lpars, n, savings, error);

    for (unsigned i = 0; captures && i < savings->len; i++)
        attach(captures, &g_array_index(savings, Saving, i));
    if (savings->len > 0)
        monitor_system_check(system);
    return captures;
}
