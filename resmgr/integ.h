/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_RESMGR_INTEG_H
#define LPARSIM_RESMGR_INTEG_H

#include "resmgr/plan.h"

/*
 * The resource manager's part of INTEG: each function applies one piece of a plan to the state and cannot fail. Content
 * is moved by whoever calls (LPAR control); here only the books change. Undo in mirror order gives the state back bit
 * for bit.
 *
 *     202  resmgr_integ_offline          undo: resmgr_integ_online
 *     203  resmgr_integ_move (each)      undo: resmgr_integ_move_back (in reverse)
 *     203  resmgr_integ_commit           the commit point: no undo
 *     206  resmgr_integ_channels_online
 */
void resmgr_integ_offline(ResmgrState *state, const ResmgrPlan *plan);
void resmgr_integ_online(ResmgrState *state, const ResmgrPlan *plan);
/* Moves [first, first + count) of plan->moves, which form one group: areas get their new origins together. */
void resmgr_integ_move(ResmgrState *state, const ResmgrPlan *plan, unsigned first, unsigned count);
void resmgr_integ_move_back(ResmgrState *state, const ResmgrPlan *plan, unsigned first, unsigned count);
/*
 * Everything of the retiring LPAR becomes the survivor's: areas (also of the moves of 205, whose content follows),
 * LIPs and shares, weights, paths (offline still). The retiring LPAR is RETIRED. One ResmgrCommit is recorded.
 */
void resmgr_integ_commit(ResmgrState *state, const ResmgrPlan *plan, HvTime now);
void resmgr_integ_channels_online(ResmgrState *state, const ResmgrPlan *plan);

#endif
