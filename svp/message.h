/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_MESSAGE_H
#define LPARSIM_SVP_MESSAGE_H

#include <glib.h>
#include <stdbool.h>

/* The catalogue of messages: every number that an operator can see, whatever layer it comes from. */
typedef enum {
    SVP_MESSAGE_INFORMATION = 'I',
    SVP_MESSAGE_WARNING = 'W',
    SVP_MESSAGE_ERROR = 'E',
} SvpMessageSeverity;

typedef struct {
    int number; /* the code of the GError; 0xx: never an error */
    SvpMessageSeverity severity;
    const char *layer, *meaning, *remedy;
} SvpMessageRow;

extern const SvpMessageRow svp_messages[]; /* by number */
extern const unsigned svp_n_messages;

/* Information and warnings of the SVP itself. */
typedef enum {
    SVP_MESSAGE_POWERED_ON = 1,      /* the first command that needs running LPARs has brought them up */
    SVP_MESSAGE_QUEUED = 2,          /* AT commands that were not reached */
    SVP_MESSAGE_ENDED = 3,           /* the script ended at a refused command */
    SVP_MESSAGE_HOST_CPUS = 4,       /* the host of real guests has fewer CPUs than the machine has IPs */
    SVP_MESSAGE_STATE = 10,          /* a state directory: where the machine goes on */
    SVP_MESSAGE_ROLLED_BACK = 11,    /* a command was under way and is not done */
    SVP_MESSAGE_COMPLETED = 12,      /* a command was under way and committed */
    SVP_MESSAGE_CHECKPOINT = 13,     /* a checkpoint could not be written */
    SVP_MESSAGE_SIGNAL = 14,         /* a signal ends the session */
    SVP_MESSAGE_LOG_NEW = 15,        /* a state directory has lost its log */
    SVP_MESSAGE_POLICY_ENDED = 41,   /* a step of a policy was refused, and there were more */
    SVP_MESSAGE_POLICY_STOPPED = 42, /* found at the start: a policy was cut off on the way */
    SVP_MESSAGE_JOB_SUBMITTED = 50,
    SVP_MESSAGE_JOB_STARTED = 51,
    SVP_MESSAGE_JOB_COUNTS = 52,
    SVP_MESSAGE_JOB_ENDED = 53,
    SVP_MESSAGE_JOB_HELD = 54,
    SVP_MESSAGE_JOB_QUEUED = 55,
    SVP_MESSAGE_JOB_CANCELLED = 56,
    SVP_MESSAGE_AUDIT_BROKEN = 70,    /* found at the start */
    SVP_MESSAGE_AUDIT_HEAD = 71,      /* said at the end, to be noted elsewhere */
    SVP_MESSAGE_JOB_LOST = 57,        /* it was active when the console ended */
    SVP_MESSAGE_JOB_UNFINISHED = 58,  /* the console ends, and a job has not */
    SVP_MESSAGE_SAVE_STARTED = 30,    /* a save has begun */
    SVP_MESSAGE_SAVE_CHECKPOINT = 31, /* its checkpoint has been reached */
    SVP_MESSAGE_SAVE_LPAR = 32,       /* n of m processed */
    SVP_MESSAGE_SAVE_ENDED = 33,      /* objects saved, ended */
    SVP_MESSAGE_SAVE_HOLD = 34,       /* how long a real guest stood */
    SVP_MESSAGE_SAVE_NO_GUEST = 35,   /* a real guest is not loaded: its disks are not saved */
    SVP_MESSAGE_TAPE_LEFT = 36,       /* what a crash has left on a volume cannot be removed */
} SvpMessageNumber;

const SvpMessageRow *svp_message_find(int number); /* NULL if there is none */
char *svp_message_id(int number);                  /* "LPS204E"; the number is in the catalogue (asserted) */

/* What an error says, taken apart and made printable; *ret_remedy is NULL if there is none. Free both. */
void svp_message_split(const GError *error, char **ret_reason, char **ret_remedy);
/* "LPS204E Sentence. Remedy.", and the same for a number and its sentence. Free with g_free(). */
char *svp_message_text(const GError *error);
char *svp_message_note(int number, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* The text with everything that could not be printed, or is no UTF-8, as \xNN. Free with g_free(). */
char *svp_message_printable(const char *text);
/* The same in quotes, cut where it is long: for quoting input. */
char *svp_message_quote(const char *text);

/* Reference of all messages as Markdown; free with g_free(). */
char *svp_message_reference(void);

#endif
