/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_TESTS_CRASH_FAULT_DISK_H
#define LPARSIM_TESTS_CRASH_FAULT_DISK_H

#include <stdint.h>

/*
 * A disk that fails when it is told to. It stands in front of the C library's functions for files, so whatever writes below its folder is
 * seen, in one numbering: databases, tapes, checkpoints, copies. It counts what changes files or names (writes, truncations, syncs; files
 * and folders that are made, renamed, removed), and at the n-th does what is ordered. "Dies" ends the process at once (exit status
 * FAULT_DIED). To die behind the n-th is to die before the next.
 */
typedef enum {
    FAULT_NONE,
    FAULT_DIE,  /* the process dies before the operation */
    FAULT_TEAR, /* half of what is to be written is written, then it dies */
    FAULT_POWER, /* it dies, and what was not synced is lost: sectors of files at random, names from the newest back */
    FAULT_IOERR,   /* the operation, alone, fails with an I/O error; a write has written half */
    FAULT_FULL,    /* this write fails because the disk is full, alone */
    FAULT_FULL_ON, /* the disk is full from this operation on: what makes no file longer works */
    FAULT_KINDS,
} FaultKind;

#define FAULT_DIED 97

/* What happens below `folder` (absolute) from now on is counted, and fails. `seed`: of POWER. */
void fault_disk_install(const char *folder, FaultKind kind, unsigned at, uint64_t seed);
unsigned fault_disk_count(void); /* operations so far */
const char *fault_kind_name(FaultKind kind);

#endif
