/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * INTEG, the surviving side, and what bystanders share with it: hold, release, and the word to the guest.
 *
 * Holds nest: the last round of a relocation may fall into the hold of an INTEG. Only the outermost hold and
 * its release reach the guest and the dispatcher. An LPAR whose guest does not operate has nothing that could
 * be held, and a real guest needs none: all that it gets is added while it runs.
 */
#include "lpar/lpar-private.h"

static const HvTraceEvent lpar_ev_hold = {"lpar.hold", {"lpar"}};
static const HvTraceEvent lpar_ev_release = {"lpar.release", {"lpar"}};

bool lpar_can_absorb(const LparControl *lpar, GError **error)
{
    return lpar_require_operating(lpar, error);
}

void lpar_hold(LparControl *lpar)
{
    if (lpar->holds++ > 0)
        return;
    hv_trace_emit(lpar->config.trace, lpar_now(lpar), &lpar_ev_hold, lpar->config.number);
    if (lpar->state != LPAR_OPERATING || lpar_is_real(lpar))
        return;
    hv_guest_hold(lpar->guest);
    lpar->config.monitor_ops->tasks_hold(lpar->config.monitor, lpar->config.number, true);
}

void lpar_release(LparControl *lpar)
{
    g_assert(lpar->holds > 0);
    if (--lpar->holds > 0)
        return;
    hv_trace_emit(lpar->config.trace, lpar_now(lpar), &lpar_ev_release, lpar->config.number);
    if (lpar->state != LPAR_OPERATING || lpar_is_real(lpar))
        return;
    lpar->config.monitor_ops->tasks_hold(lpar->config.monitor, lpar->config.number, false);
    hv_guest_release(lpar->guest);
}

void lpar_notify(LparControl *lpar, const GArray *lips)
{
    g_assert(lpar->holds == 0);
    if (lpar->state != LPAR_OPERATING && lpar_is_real(lpar))
        return; /* it has ended meanwhile */
    g_assert(lpar->state == LPAR_OPERATING);
    hv_guest_resources_changed(lpar->guest, (const unsigned *)(const void *)lips->data, lips->len);
}
