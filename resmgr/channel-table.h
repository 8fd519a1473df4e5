/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_RESMGR_CHANNEL_TABLE_H
#define LPARSIM_RESMGR_CHANNEL_TABLE_H

#include "resmgr/state.h"

/* The channel table: one row per CHPID. Pure questions; changes are made by resmgr/state.h and resmgr/integ.h. */

/* True if the LPAR owns the path or, shared, is one of its users. */
bool resmgr_channel_table_has(const ResmgrState *state, unsigned lpar, uint8_t chpid);
/* True if the path may be given to the LPAR: a candidate if there is a list, and neither dedicated to nor kept for
   another. */
bool resmgr_channel_table_may_have(const ResmgrState *state, unsigned lpar, uint8_t chpid);
/* CHPIDs of the LPAR, owned and shared, ascending: GArray of uint8_t. */
GArray *resmgr_channel_table_of(const ResmgrState *state, unsigned lpar);
/*
 * Whether all paths of `retiring` may go to `survivor`. Refuses with RESMGR_ERROR_CANDIDATE (not with `force`), naming
 * all paths concerned, or RESMGR_ERROR_DEVICE_NUMBER, naming the number and both devices (force does not help).
 */
bool resmgr_channel_table_can_merge(
    const ResmgrState *state, unsigned retiring, unsigned survivor, bool force, GError **error);

#endif
