/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_OPERATIONS_JOB_COMMAND_H
#define LPARSIM_SVP_OPERATIONS_JOB_COMMAND_H

#include "svp/command-parse.h"
#include "svp/operations/jobs.h"

/* Commands as jobs. */

/* Carries out the command at once, as a job of its row's program: it is in the list of jobs and has a log. */
bool svp_job_command_run(SvpConsole *console, const SvpCall *call, SvpResult *result, GError **error);

/*
 * Submits the command as a batch job: one that makes a job itself with what that prints in `result`, any other as a job that carries it out.
 * It is held at first in any case, so that it can be announced; release what is not to be held. NULL: refused.
 */
const SvpJob *svp_job_command_submit(
    SvpConsole *console, const SvpCall *call, const SvpJobSubmission *as, SvpResult *result, GError **error);

/* Jobs that waited when the last console ended wait again, by number. */
void svp_job_command_readmit(SvpConsole *console);

#endif
