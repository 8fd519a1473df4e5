/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checkers of the invariants about control and time, by number.
 *
 * They add up what the dispatcher reports, with additions of their own, and compare; active in release
 * builds.
 */
#include "monitor/check.h"

char *monitor_check_7(const MonitorControl *control)
{
    bool is_lpars = control->holder.component == MONITOR_COMPONENT_LPAR_CONTROL ||
                    control->holder.component == MONITOR_COMPONENT_LIP_CONTROL;

    if (control->holder.component < MONITOR_COMPONENTS && is_lpars == (control->holder.lpar > 0))
        return NULL;
    return g_strdup_printf(
        "invariant 7: component %u of LPAR %u cannot have control", control->holder.component,
        control->holder.lpar);
}

char *monitor_check_8(HvTime running_at_hold_ns, HvTime running_at_release_ns)
{
    if (running_at_hold_ns == running_at_release_ns)
        return NULL;
    return g_strdup_printf(
        "invariant 8: a held LIP ran for %" G_GUINT64_FORMAT " ns",
        running_at_release_ns - running_at_hold_ns);
}

static char *check_ip(const MonitorDispatch *dispatch, unsigned ip, HvTime now)
{
    MonitorIpAccount account = monitor_dispatch_ip_account(dispatch, ip);

    if (account.busy_ns + account.idle_ns + account.management_ns == now)
        return NULL;
    return g_strdup_printf(
        "invariant 9: IP %u has busy %" G_GUINT64_FORMAT " + idle %" G_GUINT64_FORMAT
        " + management %" G_GUINT64_FORMAT ", but %" G_GUINT64_FORMAT " ns have passed",
        ip, account.busy_ns, account.idle_ns, account.management_ns, now);
}

static char *check_tcb(const MonitorTcb *tcb)
{
    MonitorLipAccount account = monitor_tcb_account(tcb);

    if (account.running_ns + account.ready_ns + account.waiting_ns == account.online_ns)
        return NULL;
    return g_strdup_printf(
        "invariant 9: LIP %u of LPAR %u has running %" G_GUINT64_FORMAT " + ready %" G_GUINT64_FORMAT
        " + waiting %" G_GUINT64_FORMAT ", but is online for %" G_GUINT64_FORMAT " ns",
        monitor_tcb_lip(tcb), monitor_tcb_lpar(tcb), account.running_ns, account.ready_ns, account.waiting_ns,
        account.online_ns);
}

char *monitor_check_9(const MonitorDispatch *dispatch, unsigned n_ips, HvTime now)
{
    g_autoptr(GPtrArray) tasks = monitor_dispatch_tasks(dispatch);
    char *wrong = NULL;

    for (unsigned ip = 1; ip <= n_ips && !wrong; ip++)
        wrong = check_ip(dispatch, ip, now);
    for (unsigned i = 0; i < tasks->len && !wrong; i++)
        wrong = check_tcb(g_ptr_array_index(tasks, i));
    return wrong;
}

void monitor_check_assert(char *wrong)
{
    if (wrong)
        g_error("%s", wrong);
}
