/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which snapshot is due next.
 *
 * Every group keeps, for each policy it follows, when it is due; the earliest of all is next. Whoever sees to it says so first, and
 * the next time is the first after now: what was missed while the clock went on (an INTEG takes time, a program may stand still) is made up for once,
 * not once for every time it was due.
 */
#include "svp/protect/protect-private.h"

bool svp_protect_next_due(const SvpProtect *protect, SvpProtectDue *ret_due)
{
    const GPtrArray *groups = svp_catalog_all(protect->catalog, SVP_CATALOG_GROUP);
    SvpProtectDue due = {.due_ns = HV_TIME_NEVER};

    for (unsigned i = 0; i < groups->len; i++) {
        const SvpGroup *group = groups->pdata[i];

        for (unsigned j = 0; j < group->schedules->len; j++) {
            const SvpGroupSchedule *schedule = group->schedules->pdata[j];

            if (schedule->next_ns < due.due_ns)
                due = (SvpProtectDue){
                    group, svp_catalog_policy(protect->catalog, schedule->policy), schedule->next_ns};
        }
    }
    if (due.due_ns == HV_TIME_NEVER)
        return false;
    *ret_due = due;
    return true;
}

bool svp_protect_due_done(SvpProtect *protect, const SvpProtectDue *due, GError **error)
{
    json_t *record = svp_group_to_json(due->group);
    SvpGroup *group = svp_group_from_json(record, NULL);
    SvpGroupSchedule *schedule = svp_group_schedule(group, due->policy->name);
    HvTime from_ns = MAX(due->due_ns, monitor_system_now(protect->system)) + 1;

    json_decref(record);
    schedule->next_ns = svp_schedule_next(&schedule->schedule, &protect->calendar, from_ns);
    return svp_catalog_put(protect->catalog, SVP_CATALOG_GROUP, group, error);
}
