/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PROTECT_POLICY_RUN_H
#define LPARSIM_SVP_PROTECT_POLICY_RUN_H

#include "svp/console-private.h"
#include "svp/protect/protect.h"

/* A policy whose time has come for a group: its steps before, the snapshot, its steps after, one command after the other. */
typedef struct SvpPolicyRun SvpPolicyRun;

void svp_policy_run_free(SvpPolicyRun *run); /* NULL is allowed */

/* The protection of the console's machine; made at its first use. NULL: its records are damaged. */
SvpProtect *svp_console_protect(SvpConsole *console, GError **error);
/* When the next step of a policy or command that AT has queued is due; HV_TIME_NEVER: none is. */
HvTime svp_policy_run_next_due(SvpConsole *console);
/* Whether that is a step of a policy. */
bool svp_policy_run_is_next(SvpConsole *console);
/* Carries out the next step; one is due now (asserted). False: it was refused, which stops the run. */
bool svp_policy_run_step(SvpConsole *console);

/* Something goes by the clock on the wall: whoever lets time pass asks now and then whether it is due. */
bool svp_policy_run_has_wall(SvpConsole *console);
bool svp_policy_run_wall_is_due(SvpConsole *console);
/* Carries out what is due by the clock on the wall. */
void svp_policy_run_at_prompt(SvpConsole *console);

/*
 * Goes on with a run that has stopped (the catalog's): with the step at which it did, or (`skip`) behind that, as far as no job has to be waited for. False:
 * another is under way, SVP_ERROR_POLICY.
 */
bool svp_policy_run_continue(SvpConsole *console, const SvpRun *stopped, bool skip, GError **error);
/* At the start: those that the last session has left. */
void svp_policy_runs_say_stopped(SvpConsole *console);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpPolicyRun, svp_policy_run_free)

#endif
