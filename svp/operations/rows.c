/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rows below the commands of operations: what HOLD, RELEASE, END and APPLY take.
 *
 * The commands themselves are rows of svp/command-table.c, the nouns of DISPLAY and SET of svp/command-nouns.c; a new thing that can be held,
 * released or ended is a row here.
 */
#include "svp/operations/rows.h"

#include "svp/command-operands.h"
#include "svp/command-row.h"

#define JOB_NUMBER                                                                                           \
    {                                                                                                        \
        {                                                                                                    \
            .name = "number", .kind = SVP_OPERAND_NUMBER, .max = 999999                                      \
        }                                                                                                    \
    }

const SvpCommandRow svp_hold_rows[] = {
    {.name = "JOB",
     .operands = JOB_NUMBER,
     .run = svp_command_hold_job,
     .help = "Holds a job that waits: it does not begin before it is released",
     .example = "HOLD JOB 12"},
    {0},
};

const SvpCommandRow svp_release_rows[] = {
    {.name = "JOB",
     .operands = JOB_NUMBER,
     .run = svp_command_release_job,
     .help = "Lets a job that is held begin, as soon as what it needs is free",
     .example = "RELEASE JOB 12"},
    {0},
};

const SvpCommandRow svp_end_rows[] = {
    {.name = "JOB",
     .operands = JOB_NUMBER,
     .run = svp_command_end_job,
     .help = "Ends a job before its time; what it had begun is given up",
     .detail = "Its completion code is 50, or 40 if it was not active yet.",
     .example = "END JOB 12"},
    {0},
};

const SvpCommandRow svp_apply_rows[] = {
    {.name = "JOURNAL",
     .operands =
         {{.name = "path", .kind = SVP_OPERAND_WORD, .optional = true},
          SVP_FLAG_WORDS("DEV", "unit"),
          SVP_FLAG_WORDS("SEQNBR", "n"),
          SVP_FLAG_WORDS("VOL", "name"),
          {.name = "TO", .kind = SVP_OPERAND_FLAG_WORDS, .shown = "TO(directory)"}},
     .run = svp_command_apply_journal,
     .help =
         "Applies saved receivers, from a folder or a tape, to a contingency: another state directory of the "
         "same machine",
     .detail =
         "Its entries are carried out there at their times, from where it stands. Receivers that are "
         "missing, changed or of another machine are "
         "refused before anything is done. Of a tape, the journals of all its saves are looked at, or of the "
         "one that SEQNBR says. A directory that is not there is made.",
     .example = "APPLY JOURNAL /backup/journals TO(/var/lib/contingency)"},
    {0},
};
