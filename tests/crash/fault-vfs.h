/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_TESTS_CRASH_FAULT_VFS_H
#define LPARSIM_TESTS_CRASH_FAULT_VFS_H

#include <stdint.h>

/*
 * A disk that fails when it is told to: an SQLite VFS over the default one, which becomes the default itself. It counts what changes
 * files (writes, truncations, syncs, removals), and at the n-th does what is ordered. "Dies" ends the process at once (exit status
 * FAULT_DIED).
 */
typedef enum {
    FAULT_NONE,
    FAULT_DIE,  /* the process dies before the operation */
    FAULT_TEAR, /* half of what is to be written is written, then it dies */
    FAULT_POWER, /* it dies, and of what was written and not synced each sector is there or is not, at random */
    FAULT_IOERR,   /* the operation, alone, fails with an I/O error; a write has written half */
    FAULT_FULL,    /* this write fails because the disk is full, alone */
    FAULT_FULL_ON, /* the disk is full from this write on: syncs work, what makes no file longer works */
    FAULT_KINDS,
} FaultKind;

#define FAULT_DIED 97

/* Before SQLite is used for the first time in the process. `seed`: of POWER. */
void fault_vfs_install(FaultKind kind, unsigned at, uint64_t seed);
unsigned fault_vfs_count(void); /* operations so far */

#endif
