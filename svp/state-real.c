/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The next start of a machine with real guests.
 *
 * Its books are the recorded ones by now (state-redo.c); here they meet what libvirt says:
 *
 *     recorded          libvirt has a domain     what is done
 *     assigned          yes                      it is taken up as it runs, and gets what the record says and it has not got yet
 *     assigned          no                       nothing; an INTEG that was rolled back had ended it: it is begun again with its disks
 *     retired           (ended before the commit point)
 *
 * So an INTEG that had not reached its commit point is undone, and one that had is completed. Simulated guests beside real ones are
 * state-guests.c's, what AT has queued is state-queue.c's.
 */
#include "hv/error.h"
#include "monitor/real-save.h"
#include "svp/console-private.h"
#include "svp/error.h"
#include "svp/message.h"
#include "svp/state-private.h"

#include <string.h>

/* --- Domains -------------------------------------------------------------------------------------------- */

/* `or_load`: it is begun again if it has ended. */
static void take_up(SvpState *state, const LparControl *lpar, bool or_load, GPtrArray *notes)
{
    g_autoptr(GError) problem = NULL;
    bool loaded;

    if (monitor_system_take_up(state->system, lpar_number(lpar), or_load, &loaded, &problem))
        svp_state_note(
            notes, SVP_MESSAGE_STATE, "The domain of %s %s", lpar_name(lpar),
            loaded ? "had ended, and is begun again with its own disks" : "is taken up as it runs");
    else if (!g_error_matches(problem, HV_ERROR, HV_ERROR_GONE)) {
        g_autofree char *reason = NULL, *remedy = NULL;

        svp_message_split(problem, &reason, &remedy);
        svp_state_note(
            notes, SVP_MESSAGE_STATE, "The domain of %s is not taken up: %s", lpar_name(lpar), reason);
    }
}

/* `retiring`: of an INTEG that was rolled back; 0: there is none. */
static void take_up_all(SvpState *state, unsigned retiring, GPtrArray *notes)
{
    const GPtrArray *lpars = monitor_system_state(state->system)->lpars;

    for (unsigned i = 0; i < lpars->len; i++) {
        const ResmgrLpar *assigned = g_ptr_array_index(lpars, i);
        const LparControl *lpar = monitor_system_lpar(state->system, assigned->number);

        if (assigned->assignment == RESMGR_ASSIGNED && lpar_is_real(lpar))
            take_up(state, lpar, assigned->number == retiring, notes);
    }
}

/* --- The command that was under way ------------------------------------------------------------------------ */

/* The LPAR that it would have retired; 0: it is no INTEG. */
static unsigned retiring_of(const SvpState *state, const ResmgrEntry *entry)
{
    g_autoptr(SvpCall) call =
        entry->text ? svp_command_parse(svp_console_state(state->console), entry->text, NULL, NULL) : NULL;

    if (!call || strcmp(svp_call_row(call)->name, "INTEG") != 0)
        return 0;
    return svp_call_lpar(call, "retiring");
}

/* --- All of it ------------------------------------------------------------------------------------------ */

void svp_state_take_up(SvpState *state, const ResmgrEntry *last, GPtrArray *notes)
{
    bool begun = last && last->status == RESMGR_ENTRY_BEGUN;

    state->console->operator_brings_up = true;
    take_up_all(state, begun ? retiring_of(state, last) : 0, notes);
}
