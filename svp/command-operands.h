/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_COMMAND_OPERANDS_H
#define LPARSIM_SVP_COMMAND_OPERANDS_H

#include "svp/command-table.h"

/* Operands that many rows have, for the files with rows. */
#define SVP_LPAR                                                                                             \
    {                                                                                                        \
        .name = "lpar", .kind = SVP_OPERAND_LPAR                                                             \
    }
#define SVP_LPAR_OPTIONAL                                                                                    \
    {                                                                                                        \
        .name = "lpar", .kind = SVP_OPERAND_LPAR, .optional = true                                           \
    }
#define SVP_LPAR_OR_ALL                                                                                      \
    {                                                                                                        \
        .name = "lpar", .kind = SVP_OPERAND_LPAR_OR_ALL, .shown = "lpar|ALL"                                 \
    }
#define SVP_NOUN(noun)                                                                                       \
    {                                                                                                        \
        .name = noun, .kind = SVP_OPERAND_WORD                                                               \
    }
#define SVP_NOUN_AFTER_COMMA(noun)                                                                           \
    {                                                                                                        \
        .name = noun, .kind = SVP_OPERAND_WORD, .comma = true                                                \
    }
#define SVP_FLAG(word)                                                                                       \
    {                                                                                                        \
        .name = word, .kind = SVP_OPERAND_FLAG, .optional = true                                             \
    }
#define SVP_FLAG_WORDS(word, value)                                                                          \
    {                                                                                                        \
        .name = word, .kind = SVP_OPERAND_FLAG_WORDS, .optional = true, .shown = word "(" value ")"          \
    }

#endif
