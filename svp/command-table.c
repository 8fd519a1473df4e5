/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The table of commands, and how a row is written as syntax.
 *
 * Everything an operator can type stands here, with its help. A new command is a row here and a function in
 * one of the command-*.c files; a new noun of DISPLAY or SET is a row in
 * command-nouns.c.
 */
#include "svp/command-table.h"

#include "svp/command-operands.h"
#include "svp/command-row.h"
#include "svp/operations/rows.h"
#include "svp/save/rows-save.h"

static const char *const online_offline[] = {"ONLINE", "OFFLINE", NULL};
static const char *const all[] = {"ALL", NULL};

static const SvpCommandRow cf_rows[] = {
    {.name = "STOR",
     .modifies = true,
     .run = svp_command_guest_storage,
     .operands =
         {{.name = "ALL", .kind = SVP_OPERAND_KEYWORD, .words = all, .in_parens = true},
          {.name = "ONLINE",
           .kind = SVP_OPERAND_KEYWORD,
           .words = online_offline,
           .comma = true,
           .shown = "ONLINE"}},
     .help = "Brings all storage that was added online in the guest",
     .example = "GUEST LPAR1,CF STOR(ALL),ONLINE"},
    {.name = "CPU",
     .modifies = true,
     .run = svp_command_guest_cpu,
     .operands =
         {{.name = "n", .kind = SVP_OPERAND_NUMBER, .max = HV_MAX_LIPS, .in_parens = true},
          {.name = "ONLINE|OFFLINE", .kind = SVP_OPERAND_KEYWORD, .words = online_offline, .comma = true}},
     .help = "Brings a LIP online, which makes its task, or takes it offline",
     .example = "GUEST LPAR1,CF CPU(3),ONLINE"},
    {0},
};

static const SvpCommandRow guest_rows[] = {
    {.name = "CF",
     .comma = true,
     .rows = cf_rows,
     .help = "Configures storage or processors in the guest",
     .example = "GUEST LPAR1,CF STOR(ALL),ONLINE"},
    {.name = "DISPLAY",
     .role = SVP_ROLE_VIEWER,
     .comma = true,
     .run = svp_command_guest_display,
     .help = "What the guest has: boots, uptime, storage, processors, I/O",
     .example = "GUEST LPAR1,DISPLAY"},
    {.name = "TELL",
     .comma = true,
     .operands = {{.name = "command", .kind = SVP_OPERAND_TEXT}},
     .modifies = true,
     .run = svp_command_guest_tell,
     .help = "Types a command on the console of a real guest, and shows the last line of the answer",
     .detail = "Guests of scripts/guest-image obey on their console: CF, NOTIFY, and whatever their shell "
               "understands.",
     .example = "GUEST LPAR1,TELL uname -r"},
    {.name = "VERIFY",
     .comma = true,
     .run = svp_command_guest_verify,
     .help = "Lets the guest check every byte that it has written",
     .example = "GUEST LPAR1,VERIFY"},
    {.name = "SAVE",
     .comma = true,
     .operands = {{.name = "folder", .kind = SVP_OPERAND_WORD}, SVP_FLAG("DISKS"), SVP_FLAG("STOP")},
     .modifies = true,
     .durable = SVP_DURABLE_NOTHING, /* of the machine's assignment nothing changes */
     .run = svp_command_guest_save,
     .help = "Saves a real guest into a folder: its storage and its disks, of one moment, while it runs on",
     .detail = "DISKS: only the disks, as after a loss of power. STOP: the domain ends when its storage is "
               "saved. The folder must hold no "
               "save yet; manifest.json in it lists the files with their SHA-256.",
     .example = "GUEST LPAR1,SAVE /var/lib/libvirt/images/monday"},
    {.name = "RESTORE",
     .comma = true,
     .operands = {{.name = "folder", .kind = SVP_OPERAND_WORD}},
     .modifies = true,
     .run = svp_command_guest_restore,
     .help = "Lets a real guest go on from where it was saved, with its disks as they were",
     .detail = "The LPAR is activated and not loaded, and has what the saved one had: storage, LIPs, as many "
               "disks, whose content is "
               "replaced. In another LPAR than the saved one the guest is a clone.",
     .example = "GUEST LPAR1,RESTORE /var/lib/libvirt/images/monday"},
    {0},
};
const SvpCommandRow svp_commands[] = {
    {.name = "DISPLAY",
     .role = SVP_ROLE_VIEWER,
     .rows = svp_display_rows,
     .help = "Shows the machine and what is in it",
     .example = "DISPLAY MS"},
    {.name = "ACTIVATE",
     .operands = {SVP_LPAR_OR_ALL},
     .modifies = true,
     .brings_up = true,
     .run = svp_command_activate,
     .help = "Gives an LPAR its resources and makes it ready for LOAD",
     .detail = "At power on the LPARs have been assigned their resources and none is activated. The first "
               "RUN, INTEG, GUEST, "
               "STOP or DEACTIVATE activates and loads all of them, unless ACTIVATE, LOAD or START was given "
               "before, or "
               "the program was started with --no-power-on.",
     .example = "ACTIVATE LPAR1"},
    {.name = "DEACTIVATE",
     .operands = {SVP_LPAR},
     .modifies = true,
     .needs_power = true,
     .confirm = "lpar",
     .run = svp_command_deactivate,
     .help = "Takes an LPAR's resources from it; its guest is gone",
     .example = "DEACTIVATE LPAR3"},
    {.name = "LOAD",
     .operands = {SVP_LPAR_OR_ALL},
     .modifies = true,
     .brings_up = true,
     .run = svp_command_load,
     .help = "Boots the guest of an LPAR",
     .detail = "A guest that runs already is booted anew, and what its storage held is gone. ALL loads the "
               "LPARs that are "
               "activated and have no guest.",
     .example = "LOAD LPAR1"},
    {.name = "START",
     .operands = {SVP_LPAR},
     .modifies = true,
     .brings_up = true,
     .run = svp_command_start,
     .help = "Lets a stopped guest go on",
     .example = "START LPAR1"},
    {.name = "STOP",
     .operands = {SVP_LPAR},
     .modifies = true,
     .needs_power = true,
     .run = svp_command_stop,
     .help = "Stops a guest; START lets it go on",
     .example = "STOP LPAR1"},
    {.name = "INTEG",
     .operands =
         {{.name = "retiring", .kind = SVP_OPERAND_LPAR},
          {.name = "surviving", .kind = SVP_OPERAND_LPAR, .comma = true},
          SVP_FLAG("PLAN"),
          SVP_FLAG("NONOTIFY"),
          SVP_FLAG("FORCE"),
          {.name = "SHUTDOWN",
           .kind = SVP_OPERAND_FLAG_DURATION,
           .optional = true,
           .shown = "SHUTDOWN=duration"}},
     .modifies = true,
     .plannable = true,
     .needs_power = true,
     .durable = SVP_DURABLE_TRANSACTION,
     .confirm = "retiring",
     .program = "INTEG",
     .run = svp_command_integ,
     .help =
         "Integrates the retiring LPAR into the surviving one: its storage, channel paths and processor time",
     .detail = "The surviving guest goes on without being loaded. PLAN shows what would be done, and does "
               "nothing. NONOTIFY: "
               "the guest is not told; its operator brings the new resources online with GUEST. FORCE "
               "overrides candidate "
               "lists and dedication of channel paths. SHUTDOWN: a real guest that retires is asked to shut "
               "down, and has so long to do it before it is ended.",
     .example = "INTEG LPAR2,LPAR1"},
    {.name = "COMPLETE",
     .operands = {SVP_LPAR},
     .modifies = true,
     .run = svp_command_complete_lpar,
     .help = "Gives a real guest what belongs to its LPAR and could not be given, and tells it",
     .detail =
         "After an INTEG, DISPLAY LPAR lists under pending what libvirt has refused or the guest has not "
         "acknowledged. What is in place already is left alone.",
     .example = "COMPLETE LPAR1"},
    {.name = "GUEST",
     .operands = {SVP_LPAR},
     .rows = guest_rows,
     .needs_power = true,
     .help = "Gives a command to a guest, as its own operator would",
     .example = "GUEST LPAR1,CF STOR(ALL),ONLINE"},
    {.name = "REPORT",
     .role = SVP_ROLE_VIEWER,
     .rows = svp_report_rows,
     .help = "Reports for capacity planning, over the whole measurement or by intervals",
     .detail =
         "The measurement begins at power on and at SET USAGE RESET. INTERVAL gives one report for each "
         "interval of that "
         "length, and then the whole; it is a multiple of the interval at which figures are kept (SET "
         "INTERVAL). CSV "
         "writes the rows to a file, the intervals' if there are any; a file that exists is replaced only "
         "with REPLACE.",
     .example = "REPORT PARTITION"},
    {.name = "RUN",
     .operands = {{.name = "duration", .kind = SVP_OPERAND_DURATION}},
     .modifies = true,
     .needs_power = true,
     .immediate = true,
     .durable = SVP_DURABLE_NOTHING, /* how far the clock has come is recorded on the way */
     .run = svp_command_run,
     .help = "Lets simulated time pass",
     .detail = "Commands that AT has queued are carried out when their time comes; if one of them is "
               "refused, RUN goes "
               "on to its end and then counts as refused itself.",
     .example = "RUN 10s"},
    {.name = "AT",
     .operands =
         {{.name = "time", .kind = SVP_OPERAND_TIME}, {.name = "command", .kind = SVP_OPERAND_COMMAND}},
     .immediate = true,
     .durable = SVP_DURABLE_TEXT,
     .run = svp_command_at,
     .help = "Queues a command for a moment of simulated time",
     .detail = "The time counts from power on, or is a time of day of the machine's clock, as 18:00: the "
               "next one. RUN carries the command out when it gets there, and its "
               "result is shown then.",
     .example = "AT 10s INTEG LPAR2,LPAR1"},
    {.name = "SET",
     .rows = svp_set_rows,
     .help = "Changes how the machine or the simulation behaves",
     .example = "SET USAGE RESET"},
    {.name = "SBMJOB",
     .operands =
         {{.name = "command", .kind = SVP_OPERAND_COMMAND},
          {.name = "JOB", .kind = SVP_OPERAND_FLAG_FILE, .optional = true, .shown = "JOB(name)"},
          SVP_FLAG("HOLD")},
     .submits = true,
     .run = svp_command_sbmjob,
     .help = "Submits a command as a job, which begins as soon as what it needs is free",
     .detail = "A job needs the LPARs and the tape unit that its command names; jobs that need the same are "
               "active one after the other, in the "
               "order in which they were submitted. HOLD: it waits for RELEASE JOB. DISPLAY JOB and DISPLAY "
               "JOBLOG show what became of it.",
     .example = "SBMJOB INTEG LPAR2,LPAR1 JOB(NIGHT) HOLD"},
    {.name = "HOLD", .rows = svp_hold_rows, .help = "Holds what waits", .example = "HOLD JOB 12"},
    {.name = "RELEASE",
     .rows = svp_release_rows,
     .help = "Releases what is held",
     .example = "RELEASE JOB 12"},
    {.name = "END", .rows = svp_end_rows, .help = "Ends what was submitted", .example = "END JOB 12"},
    {.name = "CHANGE",
     .rows = svp_change_rows,
     .help = "Changes what is defined, or what is written to",
     .example = "CHANGE POLICY NIGHTLY KEEP(14 DAYS)"},
    {.name = "CONTINUE",
     .operands =
         {{.name = "group", .kind = SVP_OPERAND_WORD},
          {.name = "policy", .kind = SVP_OPERAND_WORD, .comma = true},
          SVP_FLAG("SKIP"),
          SVP_FLAG("FORGET")},
     .modifies = true,
     .durable = SVP_DURABLE_NOTHING, /* its steps are commands, which are recorded */
     .needs_power = true,
     .immediate = true,
     .run = svp_command_continue,
     .help = "Goes on with the steps of a policy that stopped at one, or was cut off",
     .detail = "With the step at which it stopped, or (SKIP) the one behind it. FORGET: nobody goes on with "
               "it, and it is no longer reported.",
     .example = "CONTINUE PROD,FULL"},
    {.name = "APPLY",
     .rows = svp_apply_rows,
     .help = "Does again what was saved",
     .example = "APPLY JOURNAL /backup/journals TO(/var/lib/contingency)"},
    {.name = "MENU",
     .role = SVP_ROLE_VIEWER,
     .immediate = true,
     .operands =
         {{.name = "option", .kind = SVP_OPERAND_WORD, .optional = true},
          {.name = "parameters", .kind = SVP_OPERAND_TEXT, .optional = true}},
     .run = svp_command_menu,
     .help = "The operators' numbered menus; every option is a command, which it names",
     .detail = "At a terminal the option and its parameters are asked for, and the command is shown before "
               "it is carried out. Elsewhere the "
               "parameters stand behind the option, and the command is carried out.",
     .example = "MENU 54.1 LPAR1"},
    {.name = "DEFINE",
     .role = SVP_ROLE_ADMINISTRATOR,
     .rows = svp_define_rows,
     .modifies = true,
     .help = "Defines how LPARs are protected: policies, resource groups, schedules, mirrors and vaults",
     .example = "DEFINE GROUP PROD LPARS(LPAR1,LPAR2) POLICY(NIGHTLY)"},
    {.name = "DELETE",
     .role = SVP_ROLE_ADMINISTRATOR,
     .rows = svp_delete_rows,
     .modifies = true,
     .help = "Takes away what DEFINE has made, a snapshot, or an LPAR that CLONE or RESTORE has made",
     .example = "DELETE SNAPSHOT BEFORE-CHANGE"},
    {.name = "SNAPSHOT",
     .operands =
         {{.name = "group", .kind = SVP_OPERAND_WORD},
          SVP_FLAG_WORDS("POLICY", "policy"),
          SVP_FLAG_WORDS("NAME", "name"),
          SVP_FLAG_WORDS("TAG", "text")},
     .modifies = true,
     .needs_power = true,
     .durable = SVP_DURABLE_NOTHING, /* the store and the copies keep it */
     .run = svp_command_snapshot,
     .help = "Captures all LPARs of a resource group at one moment, while they run",
     .detail = "The snapshot is named group_host_MM-DD-YYYY_HH.MM.SS unless NAME is given. With POLICY it "
               "carries that policy's label and is "
               "dropped by its rule; without, it is kept until it is deleted. Copies go to the group's "
               "mirror and vault at once.",
     .example = "SNAPSHOT PROD NAME(BEFORE-CHANGE) TAG(before the new release)"},
    {.name = "UPDATE",
     .operands = {{.name = "group", .kind = SVP_OPERAND_WORD}, SVP_FLAG("INITIALIZE"), SVP_FLAG("VERIFY")},
     .modifies = true,
     .durable = SVP_DURABLE_NOTHING, /* the store and the copies keep it */
     .run = svp_command_update,
     .help = "Writes what a group's mirror and vault do not have yet",
     .detail = "INITIALIZE prepares their folders; nothing is copied before that. VERIFY reads every copy of "
               "the group first: what is damaged "
               "in the mirror or vault is written anew. What retention no longer keeps is dropped.",
     .example = "UPDATE PROD INITIALIZE"},
    {.name = "SAVE",
     .rows = svp_save_rows,
     .help = "Saves to tape",
     .detail = "A tape unit is mounted by SET TAPE, a volume initialized by INZTAP. The save is a job: "
               "DISPLAY JOB shows how far it is.",
     .example = "SAVE LPAR LPAR1 DEV(TAP01)"},
    {.name = "VERIFY",
     .role = SVP_ROLE_VIEWER,
     .rows = svp_verify_rows,
     .help = "Checks that what was written can be read, and is as it was written",
     .example = "VERIFY DEV(TAP01)"},
    {.name = "INZTAP",
     .role = SVP_ROLE_ADMINISTRATOR,
     .operands =
         {{.name = "DEV", .kind = SVP_OPERAND_FLAG_WORDS, .shown = "DEV(unit)"},
          {.name = "NEWVOL", .kind = SVP_OPERAND_FLAG_WORDS, .shown = "NEWVOL(name)"},
          {.name = "SIZE", .kind = SVP_OPERAND_FLAG_WORDS, .optional = true, .shown = "SIZE(size)"},
          {.name = "CHECK", .kind = SVP_OPERAND_FLAG_WORDS, .optional = true, .shown = "CHECK(*NO)"}},
     .run = svp_command_inztap,
     .help = "Initializes the volume on a tape unit: gives it a name, and all that was on it is gone",
     .detail = "Refused if there are saves on it, unless CHECK(*NO) is given. SIZE is how much it takes; "
               "without, as much as the disk. "
               "Of several volumes on the unit the first without a label is meant, else the last.",
     .example = "INZTAP DEV(TAP01) NEWVOL(VOL001)"},
    {.name = "RESTORE",
     .operands =
         {SVP_LPAR, SVP_FLAG_WORDS("DEV", "unit"), SVP_FLAG_WORDS("SEQNBR", "n|*SEARCH"),
          SVP_FLAG_WORDS("VOL", "name"), SVP_FLAG_WORDS("SNAPSHOT", "name"), SVP_FLAG_WORDS("FROM", "MIRROR"),
          SVP_FLAG("PRESNAP"), SVP_FLAG_WORDS("OBJECT", "name ..."), SVP_FLAG_WORDS("TO", "name"),
          SVP_FLAG("PLAN"), SVP_FLAG("PARTIAL")},
     .modifies = true,
     .plannable = true,
     .needs_power = true,
     .durable = SVP_DURABLE_CHECKPOINT,
     .program = "RESTORE",
     .run = svp_command_restore,
     .help = "Brings an LPAR back as it was saved: from tape, from a snapshot, or by taking an INTEG back",
     .detail = "The LPAR is not activated, or was integrated into another: then that one gives back what it "
               "got and can do "
               "without, and runs on. PRESNAP is the snapshot before that INTEG (SET PRESNAP ON). Others are "
               "relocated "
               "while they run, where needed. PLAN shows what would be done, and what could not be given "
               "back and why; "
               "PARTIAL does without that: its guest goes on without the LIPs that are missed. TO defines a "
               "new LPAR, so "
               "that the other can go on. SEQNBR is a number of DISPLAY TAPE; without, or with *SEARCH, the "
               "newest save of "
               "the LPAR. OBJECT(ms), OBJECT(es), OBJECT(ms/0000012f ...) put back that content alone, into "
               "the LPAR as "
               "it is: if it operates it runs on, and is held at most a time slice for each piece. "
               "OBJECT(machine.ini) "
               "with TO(file) writes the machine's definition to a file.",
     .example = "RESTORE LPAR2 PRESNAP PLAN"},
    {.name = "CLONE",
     .operands =
         {SVP_LPAR,
          {.name = "TO", .kind = SVP_OPERAND_FLAG_WORDS, .shown = "TO(name)"},
          SVP_FLAG_WORDS("SHARES", "percent"),
          SVP_FLAG("PLAN"),
          SVP_FLAG("PARTIAL")},
     .modifies = true,
     .plannable = true,
     .needs_power = true,
     .durable = SVP_DURABLE_CHECKPOINT,
     .program = "CLONE",
     .run = svp_command_clone,
     .help = "Makes a new LPAR beside one, which begins as that is now",
     .detail =
         "The clone shares each page of content with its parent until one of the two writes to it (DISPLAY "
         "CLONE), or SPLIT gives it pages of its own. It has the same weight and the shared channel paths. "
         "Shares it gets from what is free, of the same IPs or others of their type, and its guest goes on "
         "without the LIPs for which nothing is; with SHARES(20), 20 % of each share of its parent becomes "
         "the clone's. DELETE LPAR takes it away again.",
     .example = "CLONE LPAR1 TO(TEST1) PLAN"},
    {.name = "SPLIT",
     .operands = {SVP_LPAR},
     .modifies = true,
     .durable = SVP_DURABLE_CHECKPOINT,
     .run = svp_command_split,
     .help = "Gives a clone pages of its own, so that it shares none with its parent or a snapshot any more",
     .detail = "Says how much was copied. It is no clone from then on: what it came from can be deleted.",
     .example = "SPLIT LPAR3"},
    {.name = "TAKEUP",
     .operands = {SVP_LPAR_OR_ALL, SVP_FLAG("LOAD")},
     .modifies = true,
     .brings_up = true,
     .run = svp_command_takeup,
     .help = "Takes up domains of real guests that an earlier console has left running, without booting them",
     .detail = "After QUIT KEEP, or when a console was killed. What an interrupted INTEG has not given yet "
               "is given. LOAD: a domain "
               "that does not run any more is begun again with its own disks.",
     .example = "TAKEUP ALL"},
    {.name = "HELP",
     .role = SVP_ROLE_VIEWER,
     .operands = {{.name = "command", .kind = SVP_OPERAND_TOPIC, .optional = true}},
     .run = svp_command_help,
     .help = "Lists the commands, or explains one",
     .example = "HELP INTEG"},
    {.name = "QUIT",
     .role = SVP_ROLE_VIEWER,
     .operands = {SVP_FLAG("KEEP")},
     .immediate = true,
     .run = svp_command_quit,
     .help = "Ends the session",
     .detail = "KEEP: domains of real guests are left running, for TAKEUP.",
     .example = "QUIT"},
    {0},
};

static void append_operand(GString *text, const SvpOperand *operand)
{
    const char *separator = operand->in_parens ? "(" : operand->comma ? "," : " ";
    const char *shown = operand->shown ? operand->shown : operand->name;

    if (operand->optional && operand->comma)
        g_string_append_printf(text, "[%s%s]", separator, shown);
    else if (operand->optional)
        g_string_append_printf(text, " [%s]", shown);
    else
        g_string_append_printf(text, "%s%s%s", separator, shown, operand->in_parens ? ")" : "");
}

void svp_command_append_syntax(GString *text, const SvpCommandRow *row)
{
    g_string_append(text, row->name);
    for (const SvpOperand *operand = row->operands; operand->name; operand++)
        append_operand(text, operand);
}

void svp_command_append_summary(GString *text, const SvpCommandRow *row)
{
    const SvpOperand *operand = row->operands;

    g_string_append(text, row->name);
    for (; operand->name && !svp_operand_is_flag(operand); operand++)
        append_operand(text, operand);
    if (operand->name)
        g_string_append(text, " [options]");
}

char *svp_command_syntax(const SvpCommandRow *const *path, unsigned n_path)
{
    GString *text = g_string_new(NULL);

    g_assert(n_path > 0);
    for (unsigned i = 0; i < n_path; i++) {
        if (i > 0)
            g_string_append_c(text, path[i]->comma ? ',' : ' ');
        svp_command_append_syntax(text, path[i]);
    }
    if (path[n_path - 1]->rows) {
        g_string_append_c(text, path[n_path - 1]->rows->comma ? ',' : ' ');
        for (const SvpCommandRow *row = path[n_path - 1]->rows; row->name; row++)
            g_string_append_printf(text, "%s%s", row == path[n_path - 1]->rows ? "" : "|", row->name);
    }
    return g_string_free(text, FALSE);
}
