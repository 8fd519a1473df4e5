/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_RESMGR_WEIGHT_H
#define LPARSIM_RESMGR_WEIGHT_H

#include "resmgr/state.h"

/* Moves weight in the pool of a type. Both are assigned and have a weight there; some is left (asserted). */
void resmgr_weight_move(ResmgrState *state, HvIpType type, unsigned from, unsigned to, uint32_t amount);

#endif
