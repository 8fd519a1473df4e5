/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * INTEG, the retiring side: fence, set aside, retire, and the way back.
 *
 *     201  lpar_fence       undo: lpar_unfence
 *     202  lpar_set_aside   undo: lpar_put_back
 *     203  lpar_retire      behind the commit point, no undo
 *
 * The content of the retiring LPAR is taken out of the storage before others move into its room, so that
 * until the commit point it can be put back byte for byte. Its guest stands halted all the while.
 */
#include "lpar/lpar-private.h"

static const HvTraceEvent lpar_ev_io_ended = {"lpar.io-ended", {"lpar", "requests"}};

bool lpar_can_retire(const LparControl *lpar, GError **error)
{
    return lpar_require_activated(lpar, error);
}

unsigned lpar_fence(LparControl *lpar)
{
    g_assert(lpar_is_activated(lpar) && lpar->state != LPAR_FENCED && lpar->holds == 0);
    if (lpar->state == LPAR_OPERATING)
        hv_guest_halt(lpar->guest);
    lpar->config.monitor_ops->tasks_hold(lpar->config.monitor, lpar->config.number, true);
    unsigned ended = hv_channels_end_lpar(lpar->config.channels, lpar->config.number);

    if (ended > 0)
        hv_trace_emit(lpar->config.trace, lpar_now(lpar), &lpar_ev_io_ended, lpar->config.number, ended);
    lpar->state_before_fence = lpar->state;
    lpar_set_state(lpar, LPAR_FENCED);
    return ended;
}

void lpar_unfence(LparControl *lpar)
{
    g_assert(lpar->state == LPAR_FENCED);
    lpar_set_state(lpar, lpar->state_before_fence);
    if (lpar->state != LPAR_STOPPED)
        lpar->config.monitor_ops->tasks_hold(lpar->config.monitor, lpar->config.number, false);
    if (lpar->state == LPAR_OPERATING)
        hv_guest_resume(lpar->guest);
    if (lpar->state == LPAR_STOPPED && lpar_is_real(lpar)) {
        /* If its domain has been ended, it begins anew before it stands. */
        hv_guest_resume(lpar->guest);
        hv_guest_halt(lpar->guest);
    }
}

void lpar_set_aside(LparControl *lpar)
{
    g_assert(lpar->state == LPAR_FENCED);
    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++) {
        const HvStorageWindow *window = &lpar->windows[k];

        g_assert(!lpar->aside[k]);
        if (window->size_bytes > 0)
            lpar->aside[k] = hv_storage_extract(window->storage, window->origin_bytes, window->size_bytes);
    }
}

void lpar_put_back(LparControl *lpar)
{
    g_assert(lpar->state == LPAR_FENCED);
    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++)
        if (lpar->aside[k])
            hv_storage_insert(
                lpar->windows[k].storage, lpar->windows[k].origin_bytes, g_steal_pointer(&lpar->aside[k]));
}

void lpar_retire(LparControl *lpar)
{
    g_assert(lpar->state == LPAR_FENCED);
    lpar_dismantle(lpar);
    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++)
        g_clear_pointer(&lpar->aside[k], hv_storage_extract_free);
    lpar_set_state(lpar, LPAR_RETIRED);
}

void lpar_assume_retired(LparControl *lpar)
{
    g_assert(lpar->state == LPAR_NOT_ACTIVATED);
    lpar_set_state(lpar, LPAR_RETIRED);
}
