/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_TESTS_CRASH_CRASH_SCRIPT_H
#define LPARSIM_TESTS_CRASH_CRASH_SCRIPT_H

#include <stdbool.h>

/* What is interrupted at every write. Lists end with NULL. */
typedef struct {
    const char *name;
    const char *const *setup; /* before, with a sound disk */
    const char *const *lines; /* the disk fails during these; each of them can be carried out */
    const char *const *proof; /* must go well on what is left; one with '?' in front may be refused */
    unsigned n_min;           /* so many operations it has at least */
    bool each_kind;  /* fails in each way at each operation; else dies at each, and fails in one other way */
    bool takes_away; /* something that was held before is meant to be gone afterwards */
} CrashScript;

extern const CrashScript crash_scripts[]; /* until one without a name */

#endif
