/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_LPAR_LIP_H
#define LPARSIM_LPAR_LIP_H

#include "resmgr/state.h"

/*
 * LIP control's table: which LIPs an LPAR has and which of them are online.
 *
 *     (none) --declare--> DECLARED --start--> ONLINE --stop--> DECLARED --forget--> (none)
 *
 * DECLARED: the LIP exists and the guest may start it; it has no task. ONLINE: it has a task and can be
 * dispatched.
 */
typedef struct {
    bool declared[HV_MAX_LIPS + 1]; /* [lip number]; [0] is not used */
    bool online[HV_MAX_LIPS + 1];
} LparLips;

/* Declares every LIP of the array that is not declared yet; returns their numbers, ascending: GArray of
 * unsigned. */
GArray *lpar_lips_declare(LparLips *lips, const GArray *assigned);
/* LPAR_ERROR_LIP if the LIP is not declared or online already (is not online). */
bool lpar_lips_start(LparLips *lips, const char *lpar_name, unsigned lip, GError **error);
bool lpar_lips_stop(LparLips *lips, const char *lpar_name, unsigned lip, GError **error);
unsigned lpar_lips_online(const LparLips *lips); /* how many */
/* Those that are not among the assigned (ResmgrLip) are not declared any more; none of them may be online (asserted). */
void lpar_lips_retain(LparLips *lips, const GArray *assigned);
void lpar_lips_forget(LparLips *lips); /* all of them; none may be online (asserted) */

#endif
