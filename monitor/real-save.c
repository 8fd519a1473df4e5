/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Saving, restoring and taking up real guests.
 *
 * The guest does it in its own time (hv/guest-libvirt-save.c) and is waited for as for anything else; then the manifest is written, which makes
 * what lies in the folder a save. Restoring reads it first, so a folder without one, or with a damaged one, is refused before anything is touched.
 */
#include "monitor/real-save.h"

#include "hv/error.h"
#include "monitor/capacity.h"
#include "monitor/error.h"
#include "monitor/system-private.h"

#include <errno.h>
#include <glib/gstdio.h>

static LparControl *find_real(MonitorSystem *system, unsigned lpar, GError **error)
{
    LparControl *control = monitor_system_lpar(system, lpar);

    if (control && lpar_is_real(control))
        return control;
    g_set_error(
        error, MONITOR_ERROR, MONITOR_ERROR_REAL_SAVE,
        "%s has no real guest\nOnly domains of libvirt are saved this way",
        control ? lpar_name(control) : "That LPAR");
    return NULL;
}

/* --- Save ----------------------------------------------------------------------------------------------- */

/* The folder is there and holds no save; *ret_made: it was not there before. */
static bool prepare_folder(const char *folder, bool *ret_made, GError **error)
{
    g_autofree char *manifest = g_build_filename(folder, MONITOR_REAL_MANIFEST, NULL);

    if (g_file_test(manifest, G_FILE_TEST_EXISTS)) {
        g_set_error(
            error, MONITOR_ERROR, MONITOR_ERROR_REAL_SAVE,
            "Folder \"%s\" holds a save already\nName another folder", folder);
        return false;
    }
    *ret_made = !g_file_test(folder, G_FILE_TEST_EXISTS);
    if (g_mkdir_with_parents(folder, 0755) == 0)
        return true;
    g_set_error(
        error, MONITOR_ERROR, MONITOR_ERROR_REAL_SAVE,
        "Folder \"%s\" cannot be made: %s\nName another folder", folder, g_strerror(errno));
    return false;
}

/* Saves the guest; NULL with *error. */
static HvGuestSaved *
save_guest(MonitorSystem *system, LparControl *control, const char *folder, HvSaveKind kind, GError **error)
{
    const HvSaveOrder order = {(char *)(uintptr_t)folder, kind, /* moment= */ NULL};

    if (!lpar_save(control, &order, error) || !monitor_system_settle(system, lpar_number(control), error))
        return NULL;
    HvGuestSaved *saved = hv_guest_take_saved(lpar_guest(control));

    g_assert(saved);
    if (monitor_real_manifest_write(saved, lpar_name(control), error))
        return saved;
    hv_guest_saved_remove(saved);
    hv_guest_saved_free(saved);
    return NULL;
}

HvGuestSaved *monitor_system_save_real(
    MonitorSystem *system, unsigned lpar, const char *folder, HvSaveKind kind, GError **error)
{
    LparControl *control = find_real(system, lpar, error);
    g_autofree char *absolute = g_canonicalize_filename(folder, NULL);
    bool made = false;

    if (!control || !prepare_folder(absolute, &made, error))
        return NULL;
    HvGuestSaved *saved = save_guest(system, control, absolute, kind, error);

    if (!saved && made)
        g_rmdir(absolute);
    monitor_system_check(system);
    return saved;
}

/* --- Restore -------------------------------------------------------------------------------------------- */

/* Waits until it runs; an LPAR whose guest does not come up has none. */
static bool has_begun(MonitorSystem *system, LparControl *control, GError **error)
{
    bool begun = monitor_system_settle(system, lpar_number(control), error);

    if (!begun && lpar_run_state(control) == LPAR_OPERATING)
        lpar_guest_is_gone(control);
    monitor_system_check(system);
    return begun;
}

HvGuestSaved *
monitor_system_restore_real(MonitorSystem *system, unsigned lpar, const char *folder, GError **error)
{
    LparControl *control = find_real(system, lpar, error);
    g_autofree char *absolute = g_canonicalize_filename(folder, NULL);
    g_autoptr(HvGuestSaved) saved = control ? monitor_real_manifest_read(absolute, error) : NULL;

    if (!saved || !lpar_restore(control, saved, error))
        return NULL;
    monitor_dispatch_forget_rolling(system->dispatch, lpar);
    if (!has_begun(system, control, error))
        return NULL;
    if (!saved->was_running)
        monitor_system_stop(system, lpar, NULL);
    return g_steal_pointer(&saved);
}

/* --- Take up -------------------------------------------------------------------------------------------- */

static bool take_up(MonitorSystem *system, LparControl *control, GError **error)
{
    if (!lpar_take_up(control, error))
        return false;
    monitor_dispatch_forget_rolling(system->dispatch, lpar_number(control));
    return has_begun(system, control, error);
}

bool monitor_system_take_up(
    MonitorSystem *system, unsigned lpar, bool or_load, bool *ret_loaded, GError **error)
{
    LparControl *control = find_real(system, lpar, error);
    GError *problem = NULL;

    if (!control ||
        (lpar_run_state(control) == LPAR_NOT_ACTIVATED && !monitor_system_activate(system, lpar, error)))
        return false;
    *ret_loaded = false;
    if (take_up(system, control, &problem)) {
        monitor_system_complete(system, lpar, NULL); /* what is not done is seen as pending */
        return true;
    }
    if (!or_load || !g_error_matches(problem, HV_ERROR, HV_ERROR_GONE)) {
        g_propagate_error(error, problem);
        return false;
    }
    g_clear_error(&problem);
    *ret_loaded = true;
    return monitor_system_load(system, lpar, error);
}
