/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_MONITOR_REAL_SAVE_H
#define LPARSIM_MONITOR_REAL_SAVE_H

#include "monitor/system.h"

/*
 * Real guests into folders and back. A folder holds one save: the files of the domain (hv/guest-save.h) and `manifest.json`, written last, that lists
 * them with their lengths and SHA-256; without it there is no save. The folder can be moved, and its files put into an archive, as they are.
 *
 * Each returns when it is over; meanwhile the engine goes on, and with it all other guests.
 */
#define MONITOR_REAL_MANIFEST "manifest.json"

/*
 * Saves the guest of an LPAR into a folder that holds no save yet; it is made if it is not there. What was done is returned, and NULL with the
 * guest as before if it failed: LPAR_ERROR_NOT_LOADED, MONITOR_ERROR_REAL_SAVE (not a real guest; the folder is taken), HV_ERROR_*. After
 * HV_SAVE_STOP the LPAR is NOT_OPERATING. Free with hv_guest_saved_free().
 */
HvGuestSaved *monitor_system_save_real(
    MonitorSystem *system, unsigned lpar, const char *folder, HvSaveKind kind, GError **error);
/*
 * The LPAR, activated and not loaded, goes on from the save in the folder; a save of disks alone boots. It must have what the saved one had:
 * storage, LIPs, as many disks; their content is replaced. Another LPAR than the saved one becomes a clone, while the saved one may run. NULL: the
 * LPAR and its disks are as before: LPAR_ERROR_RUNNING, MONITOR_ERROR_REAL_SAVE, HV_ERROR_IMAGE (a file is not what was saved), HV_ERROR_*.
 */
HvGuestSaved *
monitor_system_restore_real(MonitorSystem *system, unsigned lpar, const char *folder, GError **error);

/*
 * Takes up the domain of an LPAR that an earlier console has left running, as it runs: its guest is not booted. The LPAR is activated if
 * it is not. What belongs to it and it has not got yet (an INTEG was interrupted behind its commit point) is given to it, as by
 * monitor_system_complete(); what cannot be stays pending. HV_ERROR_GONE: there is no such domain any more; with `or_load` it is begun then, with
 * its own disks, and *ret_loaded says so.
 */
bool monitor_system_take_up(
    MonitorSystem *system, unsigned lpar, bool or_load, bool *ret_loaded, GError **error);

/* The manifest of a folder, read and written (durably, at once). MONITOR_ERROR_REAL_SAVE; `folder` of what was read is where it was found. */
HvGuestSaved *monitor_real_manifest_read(const char *folder, GError **error);
bool monitor_real_manifest_write(const HvGuestSaved *saved, const char *lpar, GError **error);

#endif
