/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_CONSOLE_PRIVATE_H
#define LPARSIM_SVP_CONSOLE_PRIVATE_H

#include "svp/command-parse.h"
#include "svp/log.h"
#include "svp/operations/jobs.h"
#include "svp/page.h"
#include "svp/progress.h"
#include "svp/save/tape.h"
#include "svp/state.h"

typedef struct SvpProtect SvpProtect;     /* svp/protect/protect.h */
typedef struct SvpPresnaps SvpPresnaps;   /* svp/save/presnap.h */
typedef struct SvpPolicyRun SvpPolicyRun; /* svp/protect/policy-run.h */

/* What the console and the functions of its commands share; nobody else includes this. */

/* A command that AT has queued. */
typedef struct {
    HvTime due_ns;
    SvpCall *call;
    char *source;
} SvpQueued;

struct SvpConsole {
    MonitorSystem *system;
    SvpConsoleConfig config;
    SvpPage *page;
    SvpLog *log;
    SvpState *state;   /* NULL: nothing survives */
    GPtrArray *queued; /* SvpQueued *, by time, then in the order in which they were given */
    SvpStore *store;   /* of the configuration, or `own_store` */
    SvpStore *own_store;
    SvpRole role;      /* of a user who is not in the table: what he was before there was one */
    char *machine_id;  /* NULL: nobody has asked yet */
    json_t *unaudited; /* array: entries of the audit that could not be written */
    SvpJobs *jobs;
    SvpTapes *tapes;
    SvpPresnaps *presnaps;
    unsigned jobs_done, jobs_failed; /* jobs that have ended during the line under way */
    unsigned jobs_failed_ever;       /* of them, in this session */
    json_t *jobs_ended;              /* array: those of them that the line did not carry out at once */
    bool operator_brings_up; /* ACTIVATE, LOAD or START was carried out, or the first power on has been */
    const char *source;      /* of the line under way */
    SvpProgress *progress;   /* of the command under way; NULL: not to be shown */
    /* Queued commands that were carried out, and that were refused, during the line under way. */
    unsigned queued_done, queued_refused;
    SvpProtect *protect;      /* snapshots and their policies; NULL: not used yet */
    SvpPolicyRun *policy_run; /* the policy that is under way; NULL: none */
    bool tracing;             /* SET TRACE ON */
    bool redoing;             /* a command is done again from the journal: nobody is asked */
    bool begun;               /* svp_console_begin() */
    bool quit;
    bool keep;           /* SET KEEP ON, QUIT KEEP: domains are left running at the end */
    bool echoed_command; /* the last line that was echoed was no comment */
};

static inline const ResmgrState *svp_console_state(const SvpConsole *console)
{
    return monitor_system_state(console->system);
}

/* operations/console-audit.c */
SvpRole svp_console_role(const SvpConsole *console);
/* SVP_ERROR_ROLE: the user's role does not allow the command; or the audit cannot be written, and it does more than look. */
bool svp_console_may(SvpConsole *console, const SvpCall *call, GError **error);
/* The command gets into the audit; and into the operation journal, if it was begun and is one that can be done again (`call` not NULL). */
void svp_console_audit(SvpConsole *console, const SvpLogEntry *done, const SvpCall *call);
const char *svp_console_machine_id(SvpConsole *console);    /* of its definition */
void svp_console_check_audit(SvpConsole *console);          /* at the start: says what is wrong with it */
void svp_console_say_audit_head(const SvpConsole *console); /* at the end, so that it can be noted */

/* operations/console-jobs.c */
void svp_console_open_jobs(SvpConsole *console);
void svp_console_close_jobs(SvpConsole *console);
void svp_console_say_job_trouble(SvpConsole *console); /* what jobs could not write down */
void svp_console_clean_tapes(SvpConsole *console);     /* at the start: of what a crash has left on them */
void svp_console_say_unfinished_jobs(const SvpConsole *console);

/* Carries out a command that was understood, prints its result and logs it. `due_ns`: of a queued one, else HV_TIME_NEVER. */
bool svp_console_carry_out(SvpConsole *console, const SvpCall *call, const char *source, HvTime due_ns);
/* The same of a command that was submitted as that job, whose turn has come. */
bool svp_console_carry_out_job(
    SvpConsole *console, const SvpCall *call, const char *job_name, GError **error);
/*
 * Asks the operator, if there is one to ask, to type the name of the LPAR that the command takes away. True if there is nothing to
 * ask or the name was typed; SVP_ERROR_CANCELLED otherwise.
 */
bool svp_console_confirm(SvpConsole *console, const SvpCall *call, GError **error);
/* A line that was not understood, spelled out as `text`: its error is printed and logged. */
void svp_console_refuse(SvpConsole *console, const char *text, const char *source, const GError *error);
/* When the earliest queued command is due; HV_TIME_NEVER if there is none. */
HvTime svp_console_next_due(const SvpConsole *console);
SvpQueued *
svp_console_take_next(SvpConsole *console); /* there is one (asserted); free with svp_queued_free() */
void svp_console_queue(
    SvpConsole *console, HvTime due_ns, SvpCall *call, const char *source); /* takes the call */
void svp_queued_free(SvpQueued *queued);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpQueued, svp_queued_free)

/* Shows that something works, until svp_progress_end(); nothing may be printed meanwhile. NULL: nobody watches, or progress is shown already. */
SvpProgress *svp_console_working(const SvpConsole *console, const char *what);

#endif
