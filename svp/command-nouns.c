/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The nouns of DISPLAY and of SET: rows of the table of commands.
 *
 * A new noun is a row here and a function in one of the command-*.c files.
 */
#include "svp/command-operands.h"
#include "svp/command-row.h"

static const char *const on_off[] = {"ON", "OFF", NULL};
static const char *const es[] = {"ES", NULL};
static const char *const reset[] = {"RESET", NULL};
static const char *const release[] = {"RELEASE", NULL};

const SvpCommandRow svp_display_rows[] = {
    {.name = "MS",
     .operands = {SVP_LPAR_OPTIONAL},
     .run = svp_command_display_ms,
     .help = "The map of main storage, drawn to scale, with origins, sizes and reserved sizes",
     .example = "DISPLAY MS"},
    {.name = "ES",
     .operands = {SVP_LPAR_OPTIONAL},
     .run = svp_command_display_es,
     .help = "The map of expanded storage",
     .example = "DISPLAY ES"},
    {.name = "IP",
     .operands = {SVP_LPAR_OPTIONAL},
     .run = svp_command_display_ip,
     .help = "The share matrix, LPARs by IPs, and the pools of IPs that are divided by weight",
     .detail = "A share in parentheses belongs to a LIP that is offline: it has no task.",
     .example = "DISPLAY IP"},
    {.name = "CHP",
     .operands = {SVP_LPAR_OPTIONAL},
     .run = svp_command_display_chp,
     .help = "The channel paths: owners, states, candidates",
     .example = "DISPLAY CHP LPAR2"},
    {.name = "LPAR",
     .operands = {SVP_LPAR_OPTIONAL},
     .run = svp_command_display_lpar,
     .help = "The LPARs: states, guests, storage, LIPs",
     .detail = "The digest is a checksum of all that the guest would read in its storage.",
     .example = "DISPLAY LPAR LPAR1"},
    {.name = "TASK",
     .operands = {SVP_LPAR_OPTIONAL},
     .run = svp_command_display_task,
     .help = "The monitor's tasks: who has control, and the task of each LIP that is online",
     .example = "DISPLAY TASK"},
    {.name = "USAGE",
     .operands = {SVP_LPAR_OPTIONAL},
     .run = svp_command_display_usage,
     .help = "Processor time used since activation or the last SET USAGE RESET",
     .detail = "Busy and ready percentages of a LIP are of the time for which it was online.",
     .example = "DISPLAY USAGE"},
    {.name = "TRACE",
     .operands = {{.name = "count", .kind = SVP_OPERAND_NUMBER, .optional = true, .max = 1000}},
     .run = svp_command_display_trace,
     .help =
         "The digest of all that has happened, and the last records of the trace (20, or as many as given)",
     .example = "DISPLAY TRACE 5"},
    {.name = "LOG",
     .operands = {SVP_LPAR_OPTIONAL},
     .run = svp_command_display_log,
     .help = "Every command that was given: when, by whom, with what result",
     .detail = "With an LPAR: the commands that named it.",
     .example = "DISPLAY LOG"},
    {.name = "MACHINE",
     .run = svp_command_display_machine,
     .help = "The machine: its inventory, and the integrations it has seen",
     .example = "DISPLAY MACHINE"},
    {.name = "DEVICE",
     .operands = {SVP_LPAR_OPTIONAL},
     .run = svp_command_display_device,
     .help = "The devices, the channel paths that lead to them, and their I/O",
     .example = "DISPLAY DEVICE LPAR1"},
    {.name = "JOB",
     .operands =
         {{.name = "which", .kind = SVP_OPERAND_WORD, .optional = true, .shown = "number|name|ACTIVE"}},
     .run = svp_command_display_job,
     .help = "The jobs: those that have not ended and the last that have, or one of them",
     .detail = "ACTIVE: only those that have not ended. How many objects an active job has processed follows "
               "from its time.",
     .example = "DISPLAY JOB ACTIVE"},
    {.name = "JOBLOG",
     .operands =
         {{.name = "JOB", .kind = SVP_OPERAND_FLAG_FILE, .optional = true, .shown = "JOB(name|number)"}},
     .run = svp_command_display_joblog,
     .help = "The messages of the jobs: started, objects processed, ended with which completion code",
     .example = "DISPLAY JOBLOG JOB(INTEG)"},
    {.name = "MESSAGE",
     .operands = {{.name = "number", .kind = SVP_OPERAND_NUMBER, .max = 999999999}},
     .run = svp_command_display_message,
     .help = "A message of a job in detail: its id, when it was sent, processor time used, completion code",
     .example = "DISPLAY MESSAGE 3"},
    {.name = "USER",
     .run = svp_command_display_user,
     .help = "The users and their roles, and who is at the console",
     .example = "DISPLAY USER"},
    {.name = "AUDIT",
     .operands = {{.name = "count", .kind = SVP_OPERAND_NUMBER, .optional = true, .max = 999999999}},
     .run = svp_command_display_audit,
     .help = "The last entries of the audit (20, or as many as given), and its head",
     .detail = "Every command that was carried out or refused is in the audit, each chained to the one "
               "before. Note the head elsewhere: VERIFY "
               "AUDIT HEAD(hash) says whether it is still in the chain.",
     .example = "DISPLAY AUDIT 5"},
    {0},
};

const SvpCommandRow svp_set_rows[] = {
    {.name = "FAULT",
     .modifies = true,
     .run = svp_command_set_fault,
     .operands = {{.name = "point", .kind = SVP_OPERAND_WORD, .shown = "point|OFF"}},
     .help = "Makes a step of the next INTEG fail, once",
     .detail = "A point is 201 to 209, 203.1 (after the first relocation, and so on) or 203.COMMIT. Before "
               "the commit point "
               "everything is taken back; behind it INTEG completes all the same.",
     .example = "SET FAULT 203.1"},
    {.name = "RESERVED",
     .modifies = true,
     .run = svp_command_set_reserved,
     .operands =
         {SVP_LPAR,
          {.name = "size", .kind = SVP_OPERAND_SIZE, .comma = true},
          {.name = "ES", .kind = SVP_OPERAND_KEYWORD, .words = es, .optional = true, .comma = true}},
     .help = "Declares reserved storage (MS, or ES) for the next LOAD of the LPAR",
     .detail = "After an INTEG the survivor's reserved size is 0. Its guest learns of new reserved storage "
               "when it is "
               "loaded, at no other time.",
     .example = "SET RESERVED LPAR1,256M"},
    {.name = "USAGE",
     .durable = SVP_DURABLE_TEXT,
     .run = svp_command_set_usage,
     .operands = {{.name = "RESET", .kind = SVP_OPERAND_KEYWORD, .words = reset}},
     .help = "Begins a new interval for DISPLAY USAGE",
     .example = "SET USAGE RESET"},
    {.name = "INTERVAL",
     .durable = SVP_DURABLE_TEXT,
     .run = svp_command_set_interval,
     .operands = {{.name = "interval", .kind = SVP_OPERAND_DURATION}},
     .help = "At which intervals figures are kept for REPORT ... INTERVAL; 15 minutes at first",
     .detail =
         "At most 512 intervals are kept; when there are more, every two become one of twice the length. "
         "What was kept before becomes one interval.",
     .example = "SET INTERVAL 5m"},
    {.name = "CHP",
     .modifies = true,
     .run = svp_command_set_chp,
     .operands =
         {{.name = "chpid", .kind = SVP_OPERAND_CHPID},
          {.name = "RELEASE", .kind = SVP_OPERAND_KEYWORD, .words = release, .comma = true}},
     .help = "Gives back a channel path that is kept reserved for an isolated LPAR",
     .example = "SET CHP 0A,RELEASE"},
    {.name = "PATIENCE",
     .durable = SVP_DURABLE_TEXT,
     .run = svp_command_set_patience,
     .operands = {{.name = "duration", .kind = SVP_OPERAND_DURATION}},
     .help = "How long libvirt or a real guest may take for one thing",
     .detail = "Sixty seconds at first. What takes longer counts as failed: before INTEG's commit point "
               "everything is "
               "taken back, behind it the thing is pending.",
     .example = "SET PATIENCE 20s"},
    {.name = "TRACE",
     .run = svp_command_set_trace,
     .operands = {{.name = "ON|OFF", .kind = SVP_OPERAND_KEYWORD, .words = on_off}},
     .help = "Writes each record of the trace to standard error as it happens, or no longer",
     .detail = "The digest of the trace is the same either way.",
     .example = "SET TRACE ON"},
    {.name = "EVERYSLICE",
     .durable = SVP_DURABLE_TEXT,
     .run = svp_command_set_everyslice,
     .operands = {{.name = "ON|OFF", .kind = SVP_OPERAND_KEYWORD, .words = on_off}},
     .help = "Makes every time slice an event, instead of computing whole frames at once",
     .detail = "The figures are the same; the simulation is slower.",
     .example = "SET EVERYSLICE ON"},
    {.name = "USER",
     .role = SVP_ROLE_ADMINISTRATOR,
     .operands =
         {{.name = "name", .kind = SVP_OPERAND_WORD},
          {.name = "ROLE",
           .kind = SVP_OPERAND_FLAG_FILE,
           .optional = true,
           .shown = "ROLE(viewer|operator|administrator|none)"}},
     .run = svp_command_set_user,
     .help = "Gives a user a role, or removes the user",
     .detail = "Viewers look; operators run the machine; administrators say who may do what and what is "
               "kept. As long as there are no users, everybody "
               "is an administrator; the first must be one. The program is told its user by --user.",
     .example = "SET USER OPEIBM09 ROLE(operator)"},
    {0},
};
