/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_COMMAND_WALK_H
#define LPARSIM_SVP_COMMAND_WALK_H

#include "svp/command-parse.h"
#include "svp/command-token.h"

/*
 * A walk along the table, word by word: where we are, and what may come next. Parsing walks to the end; completion walks to
 * the cursor and looks at what may come next.
 */
typedef struct {
    const ResmgrState *state;
    const char *line;
    SvpCall *call;          /* filled in on the way */
    const SvpOperand *next; /* the operand whose turn it is; NULL before the first word */
    GString *text;          /* the line, spelled out as far as we are */
    size_t copied;          /* bytes of the line that are in `text` */
    bool rest_taken;        /* the rest of the line was one operand */
    size_t taken_until;     /* words that begin before were one operand */
    SvpValue *file_of;      /* a flag that waits for its file or its words; NULL: none */
    size_t words_start; /* where in the line the words of that flag begin; 0: none of them was there yet */
} SvpWalk;

void svp_walk_begin(SvpWalk *walk, const ResmgrState *state, const char *line, SvpCall *call, GString *text);
/* The rows of which the next word names one, NULL if it is not the turn of a row. */
const SvpCommandRow *svp_walk_rows(const SvpWalk *walk);
/* Goes on by the word. False: refused. */
bool svp_walk_step(SvpWalk *walk, const SvpToken *token, GError **error);
/* Whether the walk may end here. False: something is missing, and *error says what. */
bool svp_walk_end(SvpWalk *walk, GError **error);
/* True if the flag was given already. */
bool svp_walk_has(const SvpWalk *walk, const SvpOperand *operand);

/* command-value.c: understands the word as that operand. */
bool svp_walk_take_value(SvpWalk *walk, const SvpOperand *operand, const SvpToken *token, GError **error);
/* Adds the line up to the token, and `spelled` in place of the token. */
void svp_walk_spell(SvpWalk *walk, const SvpToken *token, const char *spelled);
/* Sets *error to SVP_ERROR_OPERAND with the syntax and the example of the command as remedy. Returns false. */
bool svp_walk_refuse(const SvpWalk *walk, GError **error, const char *format, ...) G_GNUC_PRINTF(3, 4);

/*
 * Finds the word among `names` (NULL-terminated), in any case and abbreviated. An exact match wins. Returns its index, or -1
 * with *error of `code`: `what` it is not, with the nearest or all that fit.
 */
int svp_walk_match(const char *word, const char *const *names, const char *what, int code, GError **error);

#endif
