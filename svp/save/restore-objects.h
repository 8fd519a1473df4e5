/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_SAVE_RESTORE_OBJECTS_H
#define LPARSIM_SVP_SAVE_RESTORE_OBJECTS_H

#include "svp/console-private.h"
#include "svp/save/volume-set.h"

/* Single objects of a save. */
typedef struct {
    SvpVolumeSet *set;
    unsigned sequence;   /* 0: the newest save with the LPAR */
    unsigned lpar;       /* number of the LPAR whose objects they are, and which gets them */
    const char *objects; /* names, separated by blanks: "ms", "LPAR1/es", "ms/0000012f", "machine.ini" */
    const char *file;    /* for machine.ini: where to; NULL: nowhere */
    uint64_t rate_bytes; /* per second, of the tape unit */
    bool plan;           /* nothing is done */
} SvpRestoreObjects;

/* Prints what was restored, and counts it for the job. All that is named is there and can be restored, or nothing is. */
bool svp_restore_objects(
    SvpConsole *console, const SvpRestoreObjects *wish, SvpResult *result, GError **error);

#endif
