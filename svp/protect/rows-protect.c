/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The nouns of DEFINE and of DELETE: rows of the table of commands.
 *
 * What is defined here says how LPARs are protected (svp/protect/protect.h); nothing of it changes the machine.
 */
#include "svp/command-operands.h"
#include "svp/command-row.h"

static const char *const steps[] = {"PRE", "POST", NULL};

const SvpCommandRow svp_define_rows[] = {
    {.name = "POLICY",
     .operands =
         {SVP_NOUN("policy"),
          SVP_FLAG_WORDS("FREQUENCY", "daily"),
          SVP_FLAG_WORDS("AT", "22:00"),
          SVP_FLAG_WORDS("DAY", "fri"),
          SVP_FLAG_WORDS("KEEP", "7 DAYS"),
          SVP_FLAG_WORDS("LABEL", "label"),
          {.name = "RPO", .kind = SVP_OPERAND_FLAG_DURATION, .optional = true, .shown = "RPO=duration"},
          SVP_FLAG("CONSOLEONLY")},
     .modifies = true,
     .durable = SVP_DURABLE_NOTHING, /* the store keeps it */
     .run = svp_command_define_policy,
     .help = "A policy: how often snapshots are taken, how long they are kept, and their label",
     .detail = "FREQUENCY is hourly, daily, weekly, monthly or none (on demand, the default). AT is a time "
               "of day, hourly the "
               "minute (00:15); DAY is a weekday, or a day of the month: 31 is its last day in every month. "
               "KEEP is so many "
               "DAYS or COPIES (up to 255), or ALL. RPO is how old the newest copy may be before REPORT "
               "PROTECTION complains. "
               "CONSOLEONLY: no other command or job comes between the policy's steps.",
     .example = "DEFINE POLICY NIGHTLY FREQUENCY(daily) AT(22:00) KEEP(7 DAYS)"},
    {.name = "STEP",
     .operands =
         {SVP_NOUN("policy"),
          {.name = "PRE|POST", .kind = SVP_OPERAND_KEYWORD, .words = steps, .comma = true},
          {.name = "command", .kind = SVP_OPERAND_COMMAND, .comma = true}},
     .modifies = true,
     .durable = SVP_DURABLE_NOTHING, /* the store keeps it */
     .immediate = true,
     .run = svp_command_define_step,
     .help = "A command that is carried out before or after each scheduled snapshot of a policy",
     .detail = "Steps are carried out in the order in which they were defined. One that is refused ends the "
               "run: what would have followed "
               "is not carried out, and the message says so; CONTINUE goes on.",
     .example = "DEFINE STEP MONTHLY,PRE,LOAD LPAR1"},
    {.name = "GROUP",
     .operands =
         {SVP_NOUN("group"), SVP_FLAG_WORDS("LPARS", "LPAR1,LPAR2"), SVP_FLAG_WORDS("POLICY", "policy"),
          SVP_FLAG_WORDS("AT", "22:00"), SVP_FLAG_WORDS("DAY", "fri")},
     .modifies = true,
     .durable = SVP_DURABLE_NOTHING, /* the store keeps it */
     .run = svp_command_define_group,
     .help = "A resource group: LPARs that are captured together, at one moment",
     .detail = "LPARS(ALL) are all that there are. POLICY, with AT and DAY, is the first that it follows; "
               "DEFINE SCHEDULE adds more.",
     .example = "DEFINE GROUP PROD LPARS(LPAR1,LPAR2) POLICY(NIGHTLY)"},
    {.name = "SCHEDULE",
     .operands =
         {SVP_NOUN("group"), SVP_NOUN_AFTER_COMMA("policy"), SVP_FLAG_WORDS("AT", "22:00"),
          SVP_FLAG_WORDS("DAY", "fri"), SVP_FLAG_WORDS("CLOCK", "WALL|MACHINE")},
     .modifies = true,
     .durable = SVP_DURABLE_NOTHING, /* the store keeps it */
     .run = svp_command_define_schedule,
     .help = "When exactly a resource group follows a policy",
     .detail =
         "What is not given is as the policy says. RUN takes the snapshots when their time comes by the "
         "machine's clock; with CLOCK(WALL), by the clock on the wall, at the prompt as well.",
     .example = "DEFINE SCHEDULE PROD,MONTHLY AT(03:00) DAY(31)"},
    {.name = "MIRROR",
     .operands = {SVP_NOUN("group"), SVP_NOUN_AFTER_COMMA("folder"), SVP_FLAG_WORDS("FROM", "PRIMARY")},
     .modifies = true,
     .durable = SVP_DURABLE_NOTHING, /* the store keeps it */
     .run = svp_command_define_mirror,
     .help = "A folder that has a copy of every snapshot that the group keeps",
     .detail = "UPDATE group INITIALIZE prepares it. Copies go from the primary only: a copy of a copy is "
               "refused.",
     .example = "DEFINE MIRROR PROD,/backup/mirror"},
    {.name = "VAULT",
     .operands =
         {SVP_NOUN("group"), SVP_NOUN_AFTER_COMMA("folder"), SVP_FLAG_WORDS("POLICY", "policy"),
          SVP_FLAG_WORDS("ONLY", "label"), SVP_FLAG_WORDS("FROM", "PRIMARY")},
     .modifies = true,
     .durable = SVP_DURABLE_NOTHING, /* the store keeps it */
     .run = svp_command_define_vault,
     .help = "A folder that keeps copies for the long term, by a policy of its own",
     .detail = "Of POLICY the retention and the label count; without it everything is kept. ONLY: snapshots "
               "of that label alone. "
               "UPDATE group INITIALIZE prepares it.",
     .example = "DEFINE VAULT PROD,/backup/vault POLICY(YEARS) ONLY(MONTHLY)"},
    {0},
};

const SvpCommandRow svp_delete_rows[] = {
    {.name = "POLICY",
     .operands = {SVP_NOUN("policy")},
     .modifies = true,
     .durable = SVP_DURABLE_NOTHING, /* the store keeps it */
     .run = svp_command_delete_policy,
     .help = "A policy that nothing follows",
     .example = "DELETE POLICY NIGHTLY"},
    {.name = "GROUP",
     .operands = {SVP_NOUN("group")},
     .modifies = true,
     .durable = SVP_DURABLE_NOTHING, /* the store keeps it */
     .run = svp_command_delete_group,
     .help = "A resource group without snapshots",
     .example = "DELETE GROUP PROD"},
    {.name = "SCHEDULE",
     .operands = {SVP_NOUN("group"), SVP_NOUN_AFTER_COMMA("policy")},
     .modifies = true,
     .durable = SVP_DURABLE_NOTHING, /* the store keeps it */
     .run = svp_command_delete_schedule,
     .help = "The group no longer follows the policy; snapshots of its label are kept until they are deleted",
     .example = "DELETE SCHEDULE PROD,MONTHLY"},
    {.name = "MIRROR",
     .operands = {SVP_NOUN("group")},
     .modifies = true,
     .durable = SVP_DURABLE_NOTHING, /* the store keeps it */
     .run = svp_command_delete_mirror,
     .help = "The mirror of a group, with the copies in it",
     .example = "DELETE MIRROR PROD"},
    {.name = "VAULT",
     .operands = {SVP_NOUN("group")},
     .modifies = true,
     .durable = SVP_DURABLE_NOTHING, /* the store keeps it */
     .run = svp_command_delete_vault,
     .help = "The vault of a group, with the copies in it",
     .example = "DELETE VAULT PROD"},
    {.name = "SNAPSHOT",
     .operands = {SVP_NOUN("snapshot"), SVP_FLAG_WORDS("FROM", "PRIMARY|MIRROR|VAULT"), SVP_FLAG("FORCE")},
     .modifies = true,
     .durable = SVP_DURABLE_NOTHING, /* the store keeps it */
     .run = svp_command_delete_snapshot,
     .help = "A snapshot with all its copies, or the copy in one place",
     .detail = "Refused for what a clone shares, what a mirror or vault does not have yet, and the last good "
               "copy of an LPAR in a place; FORCE "
               "overrides the last.",
     .example = "DELETE SNAPSHOT BEFORE-CHANGE"},
    {.name = "JOURNAL",
     .operands =
         {{.name = "receiver", .kind = SVP_OPERAND_WORD},
          {.name = "TO", .kind = SVP_OPERAND_FLAG_WORDS, .shown = "TO(directory)"}},
     .run = svp_command_delete_journal,
     .help = "A receiver of the operation journal that is SAVED, and that the contingency has applied",
     .detail = "Looks whether the contingency is in step before. The oldest comes first; the one that is "
               "CONNECTED stays.",
     .example = "DELETE JOURNAL JRN00001 TO(/var/lib/contingency)"},
    {.name = "LPAR",
     .operands = {SVP_LPAR},
     .modifies = true,
     .durable = SVP_DURABLE_CHECKPOINT,
     .confirm = "lpar",
     .run = svp_command_delete_lpar,
     .help = "An LPAR that CLONE or RESTORE with TO has made, and that is deactivated",
     .example = "DELETE LPAR LPAR3"},
    {0},
};
