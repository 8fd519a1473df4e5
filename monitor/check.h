/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_MONITOR_CHECK_H
#define LPARSIM_MONITOR_CHECK_H

#include "monitor/dispatch.h"
#include "monitor/transfer.h"

/*
 * The invariants of the design that are about control and time; those about assignment are in resmgr/check.h.
 * Each returns NULL, or a sentence to be freed.
 *
 *   7  exactly one holder of control, of one LPAR if its component is one LPAR's
 *   8  a held LIP never runs: what it has run at release is what it had run when it was held
 *   9  per IP busy + idle + management = elapsed; per LIP running + ready + waiting = online; in integers
 *  11  (same seed and same commands give the same digest) is a matter of two runs: the tests'
 */
char *monitor_check_7(const MonitorControl *control);
char *monitor_check_8(HvTime running_at_hold_ns, HvTime running_at_release_ns);
/* The dispatcher has been settled at `now`. */
char *monitor_check_9(const MonitorDispatch *dispatch, unsigned n_ips, HvTime now);

/* Aborts the program with the sentence if there is one; frees it. */
void monitor_check_assert(char *wrong);

#endif
