/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_TESTS_RESMGR_RESTORE_PLAY_H
#define LPARSIM_TESTS_RESMGR_RESTORE_PLAY_H

#include "resmgr/restore.h"

/* Carrying out INTEGs and restores on the books, with all checkers after each step. */
void play_integ(ResmgrState *state, const ResmgrPlan *plan, HvTime now);
/* Everything that the LPAR has in `from`, as a wish; it points into that state. */
ResmgrRestoreWish play_wish(const ResmgrState *from, unsigned lpar);
/* What the guest of an LPAR needs that was loaded when the state was `from`. */
ResmgrGiver play_giver(const ResmgrState *from, unsigned lpar);
/* With the undo before the commit, at every point: nothing must remain of it. */
void play_restore(ResmgrState *state, const ResmgrRestorePlan *plan, HvTime now);
/* The two are the same but for the records and, unless `origins`, where areas stand. Fails the test. */
void play_expect_same(const ResmgrState *before, const ResmgrState *after, bool origins, const char *what);

#endif
