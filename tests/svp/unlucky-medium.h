/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_TESTS_SVP_UNLUCKY_MEDIUM_H
#define LPARSIM_TESTS_SVP_UNLUCKY_MEDIUM_H

#include "svp/protect/copy.h"
#include "tests/svp/protect-world.h"

/* A medium in front of another, on which things fail. */
typedef struct {
    SvpCopyMedium real; /* its owner's */
    /* Whether an attempt succeeds. `group`: whose name is `groups[group]`. */
    bool (*luck)(WorldAttempt attempt, unsigned group, unsigned place, const char *name, void *data);
    void *data;
    const char *const *groups;
} UnluckyMedium;

/* Freeing it frees nothing. Folders of mirrors end in "-mirror", those of vaults in something else; the primary has none. */
SvpCopyMedium unlucky_medium(UnluckyMedium *medium);

#endif
