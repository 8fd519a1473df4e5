/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_COMMAND_PARSE_H
#define LPARSIM_SVP_COMMAND_PARSE_H

#include "svp/command-table.h"

#define SVP_LINE_MAX 4096u /* bytes of a command */
#define SVP_PATH_MAX 4u    /* rows from the top to the one that is run */
#define SVP_VALUES   12u
/* The word of a TIME that is a time of day; its number is the second of the day then. */
#define SVP_TIME_OF_DAY "time of day"

/* What was given for one operand. */
typedef struct {
    const SvpOperand *operand;
    unsigned lpar;   /* LPAR, LPAR_OR_ALL; 0: ALL */
    uint64_t number; /* DURATION, TIME and FLAG_DURATION in ns, SIZE in bytes, NUMBER, CHPID */
    const char *
        word; /* KEYWORD, FLAG: as in the table; WORD, FLAG_FILE, FLAG_WORDS: as typed, the call's; TIME: see below */
    SvpCall *command; /* COMMAND: the call's */
} SvpValue;

/* A command that was understood: a path of rows and the values of its operands. */
struct SvpCall {
    const SvpCommandRow *path[SVP_PATH_MAX];
    unsigned n_path;
    SvpValue values[SVP_VALUES];
    unsigned n_values;
    GPtrArray *topic; /* const SvpCommandRow *: the path that HELP was asked about; NULL: none */
    GPtrArray *words; /* char *: owns what `word` points to */
    char *text;       /* as typed, with abbreviations spelled out */
};

/*
 * Understands a line that is neither blank nor a comment. Refuses with SVP_ERROR_COMMAND, _OPERAND, _INPUT, with what
 * resmgr_state_find() or hv_quantity_parse_*() say. *ret_text, if not NULL, is the line as far as it was understood, spelled
 * out, whether or not it was refused; free it with g_free().
 */
SvpCall *svp_command_parse(const ResmgrState *state, const char *line, char **ret_text, GError **error);
void svp_call_free(SvpCall *call);

bool svp_command_is_blank(const char *line); /* nothing, or a comment */

const SvpCommandRow *svp_call_row(const SvpCall *call); /* the one that is run */
/* The value of the operand of that name; NULL if it is optional and was not given. */
const SvpValue *svp_call_value(const SvpCall *call, const char *name);
unsigned svp_call_lpar(const SvpCall *call, const char *name);    /* 0: not given, or ALL */
uint64_t svp_call_number(const SvpCall *call, const char *name);  /* given (asserted) */
const char *svp_call_word(const SvpCall *call, const char *name); /* NULL: not given */

/* Completions of the word that ends at `cursor`: NULL-terminated, g_strfreev(); NULL if none. */
char **svp_command_complete(const ResmgrState *state, const char *line, size_t cursor);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpCall, svp_call_free)

#endif
