/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_COMMAND_TABLE_H
#define LPARSIM_SVP_COMMAND_TABLE_H

#include "svp/console.h"

#include <jansson.h>

/*
 * The commands: one const row each. Parsing, help, completion, the audit in the operator log, and the reference derive
 * from the rows; nothing else knows a command's name.
 *
 * A row can have rows below it: DISPLAY's and SET's nouns, what GUEST is told. The words of a command name a path of rows
 * from the top to one that has a function.
 */
typedef struct SvpCommandRow SvpCommandRow;
typedef struct SvpCall SvpCall;
typedef struct SvpPage SvpPage;

typedef enum {
    SVP_OPERAND_LPAR,          /* number or name */
    SVP_OPERAND_LPAR_OR_ALL,   /* the same, or ALL */
    SVP_OPERAND_KEYWORD,       /* one of `words` */
    SVP_OPERAND_FLAG,          /* its own name, or nothing; the flags of a row come in any order */
    SVP_OPERAND_FLAG_DURATION, /* the same with a duration: NAME=60s */
    SVP_OPERAND_FLAG_FILE,     /* the same with the name of a file: NAME(FILE) */
    SVP_OPERAND_FLAG_WORDS,    /* the same with words, as they are: NAME(7 DAYS), NAME(LPAR1,LPAR2) */
    SVP_OPERAND_DURATION,
    SVP_OPERAND_TIME, /* a duration since power on, or a time of day: "18:00" */
    SVP_OPERAND_SIZE,
    SVP_OPERAND_NUMBER, /* 1 .. `max` */
    SVP_OPERAND_CHPID,
    SVP_OPERAND_WORD,    /* whatever stands there */
    SVP_OPERAND_COMMAND, /* the rest of the line is a command, up to the flags of this one */
    SVP_OPERAND_TEXT,    /* the rest of the line, as it is */
    SVP_OPERAND_TOPIC,   /* the rest of the line names rows */
} SvpOperandKind;

/* Who may give a command: the least role. */
typedef enum {
    SVP_ROLE_INHERITED, /* as the row above; at the top: an operator */
    SVP_ROLE_VIEWER,
    SVP_ROLE_OPERATOR,
    SVP_ROLE_ADMINISTRATOR,
} SvpRole;

typedef struct {
    const char *name; /* as in the syntax; NULL ends the array */
    SvpOperandKind kind;
    bool optional, in_parens;
    bool comma;               /* the syntax shows a comma before it; blanks do as well */
    const char *const *words; /* SVP_OPERAND_KEYWORD: NULL-terminated */
    unsigned max;             /* SVP_OPERAND_NUMBER */
    const char *shown;        /* in the syntax, instead of what follows from the kind; may be NULL */
} SvpOperand;
#define SVP_OPERANDS 12

static inline bool svp_operand_is_flag(const SvpOperand *operand)
{
    return operand->kind == SVP_OPERAND_FLAG || operand->kind == SVP_OPERAND_FLAG_DURATION ||
           operand->kind == SVP_OPERAND_FLAG_FILE || operand->kind == SVP_OPERAND_FLAG_WORDS;
}

/* Where a command puts its result: one of the two. */
typedef struct {
    json_t *json;  /* an object to be filled in */
    SvpPage *page; /* to be drawn on */
} SvpResult;

/* With a state directory: how what a command has done is there at the next start (svp/state.h). */
typedef enum {
    SVP_DURABLE_BY_DEFAULT,  /* TEXT if it modifies, else NOTHING */
    SVP_DURABLE_TEXT,        /* recorded before it is carried out; it can be done again from its text */
    SVP_DURABLE_TRANSACTION, /* the same, but it counts from a commit point of its own on (INTEG) */
    SVP_DURABLE_CHECKPOINT,  /* it cannot be done again: a checkpoint is written when it is done */
    SVP_DURABLE_NOTHING,     /* nothing of it has to be, or others see to it */
} SvpDurable;

/* False with *error: refused. */
typedef bool (*SvpCommandFunc)(SvpConsole *console, const SvpCall *call, SvpResult *result, GError **error);

struct SvpCommandRow {
    const char *name;
    SvpOperand operands[SVP_OPERANDS];
    SvpRole role;
    bool modifies;    /* the machine, or simulated time: for the audit */
    bool plannable;   /* it has the flag PLAN: says what would be done, and does nothing */
    bool needs_power; /* makes the first power on, unless the operator does */
    bool brings_up;   /* the operator brings LPARs up himself */
    bool immediate;   /* cannot be queued by AT, nor submitted */
    SvpDurable durable;
    bool makes_job;            /* its function submits a job (svp/job.h) */
    bool submits;              /* it submits another command as a job */
    const char *program;       /* it is a job of that program by itself, except with PLAN; NULL: none */
    const char *confirm;       /* the operand whose LPAR the operator must name when asked; NULL: none */
    bool comma;                /* as in SvpOperand, before the name */
    const char *help;          /* one sentence, without full stop */
    const char *detail;        /* more sentences; may be NULL */
    const char *example;       /* a whole command */
    const SvpCommandRow *rows; /* below it; NULL: none */
    SvpCommandFunc run;        /* NULL if there are rows below */
};

extern const SvpCommandRow svp_commands[];     /* ends with a name of NULL */
extern const SvpCommandRow svp_display_rows[]; /* DISPLAY's nouns */
extern const SvpCommandRow svp_set_rows[];     /* SET's nouns */
extern const SvpCommandRow svp_report_rows[];  /* REPORT's nouns */
extern const SvpCommandRow svp_define_rows[];  /* DEFINE's nouns */
extern const SvpCommandRow svp_delete_rows[];  /* DELETE's nouns */

/* "INTEG retiring,surviving [PLAN] [NONOTIFY] [FORCE]": the syntax of the last row of a path; free with g_free(). */
char *svp_command_syntax(const SvpCommandRow *const *path, unsigned n_path);
/* The same of the row alone: name and operands. */
void svp_command_append_syntax(GString *text, const SvpCommandRow *row);
/* The same with all flags as "[options]". */
void svp_command_append_summary(GString *text, const SvpCommandRow *row);

#endif
