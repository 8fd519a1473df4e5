/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_SAVE_REAL_SAVED_H
#define LPARSIM_SVP_SAVE_REAL_SAVED_H

#include "svp/save/restoring.h"

/* Saves of real guests: what is shown of them, and how one is put back. */

/* How long it stood, in milliseconds; null: not known, or it has ended. */
json_t *svp_json_hold(const HvGuestSaved *saved);
/* "it stood for 81.0 ms"; with the limit if that was longer. NULL: not known. Free with g_free(). */
char *svp_text_hold(const HvGuestSaved *saved);
/* Into `json`: what was saved of the LPAR, or has been restored to it. */
void svp_real_saved_json(const LparControl *lpar, const HvGuestSaved *saved, json_t *json);
/*
 * How long the real guests among them (MonitorCapture *) stood, as messages of the job. Returned: how many could not be saved, since they are
 * not loaded; of these there are only the books.
 */
unsigned svp_real_say_holds(MonitorSystem *system, const GPtrArray *captures, SvpJob *job);
json_t *svp_real_holds_json(const GPtrArray *captures);
/* Its files, a line each. */
void svp_real_saved_files(const HvGuestSaved *saved, SvpPage *page);

/*
 * As svp_restoring_carry_out(), of a real guest: into its LPAR, or into another one that is defined and has disks of its own. The LPAR is
 * activated if it is not. SVP_ERROR_RESTORE, or as monitor_system_restore_real(); then the LPAR is as before.
 */
bool svp_restoring_carry_out_real(
    SvpConsole *console, const SvpRestoring *restoring, SvpResult *result, HvTime *ret_took_ns,
    GError **error);

#endif
