/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The nouns of CHANGE: rows of the table of commands.
 *
 * What is not given stays as it is; what was defined keeps its name, and policies their label, for copies are known by them.
 */
#include "svp/command-operands.h"
#include "svp/command-row.h"
#include "svp/operations/rows.h"

const SvpCommandRow svp_change_rows[] = {
    {.name = "JOURNAL",
     .run = svp_command_change_journal,
     .help = "Closes the receiver that is CONNECTED, so that it can be saved, and connects a new one",
     .example = "CHANGE JOURNAL"},
    {.name = "POLICY",
     .operands =
         {SVP_NOUN("policy"),
          SVP_FLAG_WORDS("FREQUENCY", "daily"),
          SVP_FLAG_WORDS("AT", "22:00"),
          SVP_FLAG_WORDS("DAY", "fri"),
          SVP_FLAG_WORDS("KEEP", "7 DAYS"),
          {.name = "RPO", .kind = SVP_OPERAND_FLAG_DURATION, .optional = true, .shown = "RPO=duration"},
          SVP_FLAG_WORDS("CONSOLEONLY", "YES|NO"),
          SVP_FLAG("NOSTEPS")},
     .modifies = true,
     .durable = SVP_DURABLE_NOTHING, /* the store keeps it */
     .run = svp_command_change_policy,
     .help = "A policy: how often, how long copies are kept, how old the newest may be",
     .detail = "Groups that follow it at its own times go on doing so. Copies that there are follow the new "
               "rule with the next SNAPSHOT or UPDATE; the answer says how many will be dropped. NOSTEPS "
               "takes its steps away; DEFINE STEP gives it others.",
     .example = "CHANGE POLICY NIGHTLY KEEP(14 DAYS)"},
    {.name = "GROUP",
     .operands = {SVP_NOUN("group"), SVP_FLAG_WORDS("LPARS", "LPAR1,LPAR2")},
     .modifies = true,
     .durable = SVP_DURABLE_NOTHING, /* the store keeps it */
     .run = svp_command_change_group,
     .help = "Which LPARs a resource group has from now on",
     .detail = "Snapshots that there are keep what they have.",
     .example = "CHANGE GROUP PROD LPARS(LPAR1,LPAR2)"},
    {.name = "SCHEDULE",
     .operands =
         {SVP_NOUN("group"), SVP_NOUN_AFTER_COMMA("policy"), SVP_FLAG_WORDS("AT", "22:00"),
          SVP_FLAG_WORDS("DAY", "fri"), SVP_FLAG_WORDS("CLOCK", "WALL|MACHINE")},
     .modifies = true,
     .durable = SVP_DURABLE_NOTHING, /* the store keeps it */
     .run = svp_command_change_schedule,
     .help = "When exactly, and by which clock, a resource group follows a policy",
     .example = "CHANGE SCHEDULE PROD,NIGHTLY AT(23:00)"},
    {0},
};
