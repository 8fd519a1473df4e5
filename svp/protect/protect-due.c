/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which snapshot is due next, and how far the run is that takes it.
 *
 * Every group keeps, for each policy it follows, when it is due; the earliest of all is next. Whoever sees to it says so first, and
 * the next time is the first after now: what was missed while the clock went on (an INTEG takes time, a program may stand still) is made up for once,
 * not once for every time it was due. That, and the run that sees to it, are written down together: so it is due, or under way, or done.
 *
 * Simulated time does not know when the clock on the wall will show a time, unless both go on together (real guests): until then it is never.
 */
#include "svp/protect/protect-private.h"

static bool is_by_wall(const SvpProtect *protect, bool wall)
{
    return wall || protect->by_wall;
}

static HvTime now_by(const SvpProtect *protect, bool wall)
{
    return wall ? svp_protect_wall_now(protect) : svp_protect_now(protect);
}

static HvTime next_by(const SvpProtect *protect, const SvpSchedule *schedule, bool wall, HvTime from_ns)
{
    const HvCalendar calendar = wall ? svp_protect_wall_calendar() : protect->calendar;

    return svp_schedule_next(schedule, &calendar, from_ns);
}

HvTime svp_protect_first_due(const SvpProtect *protect, const SvpSchedule *schedule, bool wall)
{
    return next_by(protect, schedule, wall, now_by(protect, wall));
}

/* In simulated time. */
static HvTime simulated_due(const SvpProtect *protect, const SvpGroupSchedule *schedule)
{
    HvTime now_ns = monitor_system_now(protect->system);

    if (!is_by_wall(protect, schedule->wall) || schedule->next_ns == HV_TIME_NEVER)
        return schedule->next_ns;
    HvTime wall_ns = svp_protect_wall_now(protect);

    if (schedule->next_ns <= wall_ns)
        return now_ns;
    return protect->by_wall ? now_ns + (schedule->next_ns - wall_ns) : HV_TIME_NEVER;
}

bool svp_protect_next_due(const SvpProtect *protect, bool wall, SvpProtectDue *ret_due)
{
    const GPtrArray *groups = svp_catalog_all(protect->catalog, SVP_CATALOG_GROUP);
    SvpProtectDue due = {.due_ns = HV_TIME_NEVER};

    for (unsigned i = 0; i < groups->len; i++) {
        const SvpGroup *group = groups->pdata[i];

        for (unsigned j = 0; j < group->schedules->len; j++) {
            const SvpGroupSchedule *schedule = group->schedules->pdata[j];
            bool by_wall = is_by_wall(protect, schedule->wall);
            HvTime due_ns = wall && !by_wall ? HV_TIME_NEVER : simulated_due(protect, schedule);

            if (due_ns < due.due_ns)
                due = (SvpProtectDue){
                    group, svp_catalog_policy(protect->catalog, schedule->policy), due_ns, by_wall};
        }
    }
    if (due.due_ns == HV_TIME_NEVER)
        return false;
    *ret_due = due;
    return true;
}

char *svp_protect_show_due(const SvpProtect *protect, const SvpGroupSchedule *schedule)
{
    const HvCalendar calendar = schedule->wall ? svp_protect_wall_calendar() : protect->calendar;

    return schedule->next_ns == HV_TIME_NEVER ? g_strdup("on demand")
                                              : hv_calendar_show(&calendar, schedule->next_ns);
}

bool svp_protect_has_wall(const SvpProtect *protect)
{
    const GPtrArray *groups = svp_catalog_all(protect->catalog, SVP_CATALOG_GROUP);

    for (unsigned i = 0; i < groups->len; i++) {
        const SvpGroup *group = groups->pdata[i];

        for (unsigned j = 0; j < group->schedules->len; j++)
            if (is_by_wall(protect, ((const SvpGroupSchedule *)group->schedules->pdata[j])->wall))
                return true;
    }
    return false;
}

/* --- Runs ------------------------------------------------------------------------------------------------- */

bool svp_protect_begin_run(SvpProtect *protect, const SvpProtectDue *due, SvpRun *run, GError **error)
{
    SvpGroup *group = svp_protect_copy_group(due->group);
    SvpGroupSchedule *schedule = svp_group_schedule(group, due->policy->name);
    HvTime from_ns = MAX(schedule->next_ns, now_by(protect, schedule->wall)) + 1;

    schedule->next_ns = next_by(protect, &schedule->schedule, schedule->wall, from_ns);
    const SvpCatalogChange changes[] = {{SVP_CATALOG_GROUP, group}, {SVP_CATALOG_RUN, run}};

    return svp_catalog_put_all(protect->catalog, changes, G_N_ELEMENTS(changes), error);
}

bool svp_protect_record_run(SvpProtect *protect, const SvpRun *run, GError **error)
{
    if (svp_run_is_through(run))
        return svp_protect_forget_run(protect, run, error);
    return svp_catalog_put(protect->catalog, SVP_CATALOG_RUN, svp_run_copy(run), error);
}

bool svp_protect_forget_run(SvpProtect *protect, const SvpRun *run, GError **error)
{
    const SvpRun *known = svp_catalog_run(protect->catalog, run->group, run->policy);

    return !known || svp_catalog_remove(protect->catalog, SVP_CATALOG_RUN, known, error);
}
