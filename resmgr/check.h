/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_RESMGR_CHECK_H
#define LPARSIM_RESMGR_CHECK_H

#include "resmgr/state.h"

/*
 * The invariants of the design, one checker per number. Each returns NULL if it holds, else a sentence that says
 * what is wrong (free with g_free()). resmgr_check_assert() runs those about assignment and aborts the program on
 * the first that fails, in release builds too. 7, 8 and 9 are about control and time: monitor/check.h.
 *
 *   1  areas + free = the machine's storage, MS and ES
 *   2  areas disjoint, on increments, inside the storage; one MS and one ES area per LPAR
 *   3  per IP the sum of shares is the same before and after an INTEG, and never above 100 %
 *   4  a LIP is bound to one IP (or a pool), numbers are unique and ascending, at most one LIP of an LPAR per IP
 *   5  every path has one owner or none, only an LPAR that has resources owns one, none is lost
 *   6  over an INTEG a bystander keeps its sizes, LIPs, shares, weights and paths; only origins may differ
 *  10  an LPAR is RETIRED if and only if a commit record says so, once, and no later one that it came back
 */
char *resmgr_check_1(const ResmgrState *state);
char *resmgr_check_2(const ResmgrState *state);
char *resmgr_check_3(const ResmgrState *state);
char *resmgr_check_3_across(const ResmgrState *before, const ResmgrState *after);
char *resmgr_check_4(const ResmgrState *state);
char *resmgr_check_5(const ResmgrState *state);
char *resmgr_check_5_across(const ResmgrState *before, const ResmgrState *after);
char *
resmgr_check_6(const ResmgrState *before, const ResmgrState *after, unsigned retiring, unsigned survivor);
/* The same over a restore of `lpar`, partly from `giver` (0: nobody). */
char *
resmgr_check_6_restored(const ResmgrState *before, const ResmgrState *after, unsigned lpar, unsigned giver);
char *resmgr_check_10(const ResmgrState *state);

/* 1-5 and 10. */
void resmgr_check_assert(const ResmgrState *state);
/* The same for `after`, and 3, 5 and 6 across an INTEG of `retiring` into `survivor` that began at `before`. */
void resmgr_check_assert_across(
    const ResmgrState *before, const ResmgrState *after, unsigned retiring, unsigned survivor);

#endif
