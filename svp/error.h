/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_ERROR_H
#define LPARSIM_SVP_ERROR_H

#include <glib.h>

/* Errors of the SVP. The code is the message number (hv/error.h). */
#define SVP_ERROR (svp_error_quark())
GQuark svp_error_quark(void);

typedef enum {
    SVP_ERROR_COMMAND = 501,         /* no such command, or an abbreviation of several */
    SVP_ERROR_OPERAND = 502,         /* an operand is missing, too much, or not understood */
    SVP_ERROR_CANCELLED = 503,       /* the operator did not confirm */
    SVP_ERROR_PAST = 504,            /* AT a time that has passed */
    SVP_ERROR_FILE = 505,            /* machine file, script or trace file cannot be read or written */
    SVP_ERROR_MACHINE = 506,         /* the machine file has problems */
    SVP_ERROR_USAGE = 507,           /* the command line of the program */
    SVP_ERROR_INTERRUPTED = 508,     /* RUN was interrupted by the operator */
    SVP_ERROR_INPUT = 509,           /* a line is too long or not text */
    SVP_ERROR_STUDY = 520,           /* a study, or an alternative of it, cannot be simulated */
    SVP_ERROR_STUDY_ENDED = 521,     /* a study ended before it was finished */
    SVP_ERROR_STATE = 530,           /* the state directory is of another machine, or cannot be used */
    SVP_ERROR_CHECKPOINT = 531,      /* a checkpoint cannot be written, or is damaged */
    SVP_ERROR_RESTORE = 550,         /* it is not said what is to be restored */
    SVP_ERROR_PRESNAP = 551,         /* there is no snapshot from before an INTEG */
    SVP_ERROR_CLONE = 552,           /* there is no such clone, or one shares what is to be deleted */
    SVP_ERROR_POLICY = 560,          /* a policy, group or schedule is not understood */
    SVP_ERROR_PROTECT_NAME = 561,    /* a name is taken, or has characters that names do not have */
    SVP_ERROR_PROTECT_UNKNOWN = 562, /* no such group, policy, snapshot, mirror or vault */
    SVP_ERROR_RELATION = 563,        /* a mirror or vault that cannot be, or is not initialized */
    SVP_ERROR_PROTECT_NEEDED = 564,  /* what is to be deleted is needed */
    SVP_ERROR_COPY = 565,            /* a copy cannot be written, read or removed, or is damaged */
    SVP_ERROR_MADE_FOR = 566,        /* a snapshot is restored to the LPAR that it was made for */
    SVP_ERROR_CATALOG = 567,         /* a record of the catalog is damaged */
    SVP_ERROR_COPY_AWAY = 568,       /* the folder of copies is not at hand */
    SVP_ERROR_TAPE_UNIT = 540,       /* no tape unit, or nothing is mounted on it */
    SVP_ERROR_TAPE_VOLUME = 541,     /* a volume is not initialized, is missing, or is another one */
    SVP_ERROR_TAPE_ACTIVE = 542,     /* INZTAP of a volume with saves on it */
    SVP_ERROR_TAPE_FULL = 543,       /* a volume is full and there is no next one */
    SVP_ERROR_TAPE_IO = 544,         /* a volume cannot be read or written */
    SVP_ERROR_TAPE_DAMAGED = 545,    /* what is on a volume is not what was written */
    SVP_ERROR_TAPE_SAVE = 546,       /* there is no such save on the volume, or the LPAR is not in it */
    SVP_ERROR_TAPE_NEEDED = 547,     /* a save cannot be removed: a later one shares objects with it */
    SVP_ERROR_JOB = 570,             /* there is no such job, or it is not in a state for this */
    SVP_ERROR_JOB_BUSY = 571,        /* something that the job needs is in use */
    SVP_ERROR_JOB_NAME = 572,        /* no name of a job */
    SVP_ERROR_JOURNAL = 573,         /* a receiver is not there, or not in a state for this */
    SVP_ERROR_JOURNAL_FILE = 574,    /* a saved journal cannot be read, or is not as it was written */
    SVP_ERROR_CONTINGENCY = 575,     /* a journal cannot be applied to the contingency */
    SVP_ERROR_ROLE = 580,            /* the user's role does not allow the command */
    SVP_ERROR_USER = 581,            /* there is no such user, or it cannot be changed so */
    SVP_ERROR_AUDIT = 582,           /* the audit is not as it was written */
} SvpErrorCode;

#endif
