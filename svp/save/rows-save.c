/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What SAVE saves and VERIFY verifies: rows of the table of commands.
 *
 * All saves make a job; what they have in common is the tape.
 */
#include "svp/save/rows-save.h"

#include "svp/command-operands.h"
#include "svp/command-row.h"

#define DEV                                                                                                  \
    {                                                                                                        \
        .name = "DEV", .kind = SVP_OPERAND_FLAG_WORDS, .shown = "DEV(unit ...)"                              \
    }
#define VOL                                                                                                  \
    {                                                                                                        \
        .name = "VOL", .kind = SVP_OPERAND_FLAG_WORDS, .optional = true, .shown = "VOL(name)"                \
    }

const SvpCommandRow svp_save_rows[] = {
    {.name = "LPAR",
     .operands = {SVP_LPAR, DEV, VOL},
     .makes_job = true,
     .run = svp_command_save_lpar,
     .help = "Saves an LPAR to tape: what it has, its state, the content of its storage",
     .detail = "It runs on: the save is as of its checkpoint, the moment at which the job begins. The job "
               "ends when the bytes to be "
               "read have been read at the unit's rate (SET TAPE). What did not change since an earlier save "
               "of the LPAR on the same "
               "volumes is not written again.",
     .example = "SAVE LPAR LPAR1 DEV(TAP01)"},
    {.name = "SYSTEM",
     .operands = {DEV, VOL},
     .makes_job = true,
     .run = svp_command_save_system,
     .help = "Saves all LPARs that have resources, as of one moment",
     .example = "SAVE SYSTEM DEV(TAP01 TAP02)"},
    {.name = "CHANGES",
     .operands = {DEV, VOL},
     .makes_job = true,
     .run = svp_command_save_changes,
     .help = "Saves what has changed since the last save on the volume, of all LPARs",
     .detail = "Something must have been saved there before: SAVE SYSTEM, first of all.",
     .example = "SAVE CHANGES DEV(TAP01)"},
    {.name = "JOURNAL",
     .operands =
         {{.name = "receiver", .kind = SVP_OPERAND_WORD, .shown = "receiver|ALL"},
          {.name = "path", .kind = SVP_OPERAND_WORD, .optional = true},
          SVP_FLAG_WORDS("DEV", "unit ..."),
          VOL},
     .program = "SAVEJRN",
     .run = svp_command_save_journal,
     .help = "Saves a receiver of the operation journal, or all that are ONLINE, to a folder or a tape",
     .detail = "Each becomes a file with its entries and a SHA-256, in which that of the receiver before is "
               "counted. On a tape they are one save, of the kind JOURNAL.",
     .example = "SAVE JOURNAL ALL DEV(TAP01)"},
    {.name = "STATE",
     .role = SVP_ROLE_ADMINISTRATOR,
     .run = svp_command_save_state,
     .help = "Writes a checkpoint of the whole machine into the state directory, as QUIT does",
     .detail = "Nothing is lost without it; it makes the next start quick, since what was done before it "
               "need not be done again then.",
     .example = "SAVE STATE"},
    {0},
};

const SvpCommandRow svp_verify_rows[] = {
    {.name = "DEV",
     .operands =
         {{.name = "DEV", .kind = SVP_OPERAND_WORD, .in_parens = true, .shown = "unit ..."},
          {.name = "SEQNBR", .kind = SVP_OPERAND_FLAG_WORDS, .optional = true, .shown = "SEQNBR(n)"},
          VOL},
     .run = svp_command_verify_dev,
     .help = "Reads all that is on a tape, or one save, and compares every object with its SHA-256",
     .example = "VERIFY DEV(TAP01) SEQNBR(3)"},
    {.name = "AUDIT",
     .operands = {{.name = "HEAD", .kind = SVP_OPERAND_FLAG_FILE, .optional = true, .shown = "HEAD(hash)"}},
     .run = svp_command_verify_audit,
     .help = "Checks the chain of the audit, and that a hash that was noted is still in it",
     .detail = "Says which entry is missing or changed. An entry that was removed at the end shows as well.",
     .example = "VERIFY AUDIT"},
    {0},
};
