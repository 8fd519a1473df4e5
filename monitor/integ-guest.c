/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * INTEG and real guests: waiting until they have done what a step asked of them.
 *
 * Both sides are waited for after every step, there and back. Guests that are not real, and those that were not asked
 * for anything, have settled at once; then the flow goes straight on and nothing of it changes.
 */
#include "monitor/integ-step.h"

static void one_settled(const char *did, const GError *error, void *data)
{
    MonitorIntegFlow *flow = data;
    MonitorFlow *base = &flow->base;

    if (*did)
        g_string_append_printf(base->did, "%s%s", base->did->len ? "\n" : "", did);
    if (error && !base->problem)
        base->problem = g_error_copy(error);
    g_assert(flow->settling > 0);
    if (--flow->settling == 0)
        monitor_flow_settled(base);
}

bool monitor_integ_settle(MonitorFlow *base)
{
    MonitorIntegFlow *flow = (MonitorIntegFlow *)base;
    MonitorSystem *system = base->system;
    const ResmgrPlan *plan = flow->report->plan;

    g_assert(flow->settling == 0);
    flow->settling = 3;
    lpar_settle(system->lpars[plan->retiring], system->patience_ns, one_settled, flow);
    lpar_settle(system->lpars[plan->survivor], system->patience_ns, one_settled, flow);
    return --flow->settling == 0;
}

GPtrArray *monitor_integ_pending(const MonitorIntegFlow *flow)
{
    LparControl *survivor = flow->base.system->lpars[flow->report->plan->survivor];
    GPtrArray *pending = g_ptr_array_new_with_free_func(g_free);

    if (!lpar_is_real(survivor) || !lpar_guest(survivor))
        return pending;
    HvGuestSight sight = hv_guest_sight(lpar_guest(survivor));

    for (unsigned i = 0; i < sight.pending->len; i++)
        g_ptr_array_add(pending, g_strdup(g_ptr_array_index(sight.pending, i)));
    return pending;
}
