/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is defined is changed: policies, groups, schedules.
 *
 * A changed copy is put in the place of what there was, with all that follows from it, in one transaction. Names and labels never change, for
 * copies are known by them; so copies that there are follow the new rule. What no rule keeps any more is dropped with the next snapshot or UPDATE, not
 * here: whoever has made a mistake can change it back.
 */
#include "svp/error.h"
#include "svp/protect/name.h"
#include "svp/protect/protect-private.h"

static bool is_same_time(const SvpSchedule *a, const SvpSchedule *b)
{
    return a->frequency == b->frequency && a->second_of_day == b->second_of_day && a->weekday == b->weekday &&
           a->day == b->day;
}

/* --- Policies --------------------------------------------------------------------------------------------- */

/* A group that follows at the policy's times goes on so; one that has its own keeps them as long as they have a meaning. */
static SvpGroup *changed_follower(
    const SvpProtect *protect, const SvpGroup *group, const SvpPolicy *before, const SvpPolicy *after)
{
    const SvpGroupSchedule *own = svp_group_schedule(group, before->name);

    if (!own || is_same_time(&before->schedule, &after->schedule) ||
        (before->schedule.frequency == after->schedule.frequency &&
         !is_same_time(&own->schedule, &before->schedule)))
        return NULL;
    SvpGroup *changed = svp_protect_copy_group(group);
    SvpGroupSchedule *schedule = svp_group_schedule(changed, before->name);

    schedule->schedule = after->schedule;
    schedule->next_ns = svp_protect_first_due(protect, &after->schedule, schedule->wall);
    return changed;
}

bool svp_protect_change_policy(SvpProtect *protect, SvpPolicy *policy, GError **error)
{
    const SvpPolicy *before = svp_catalog_policy(protect->catalog, policy->name);
    const GPtrArray *groups = svp_catalog_all(protect->catalog, SVP_CATALOG_GROUP);
    g_autoptr(GArray) changes = g_array_new(FALSE, FALSE, sizeof(SvpCatalogChange));

    g_assert(before && svp_protect_same_name(before->label, policy->label));
    for (unsigned i = 0; i < groups->len; i++) {
        const SvpCatalogChange change = {
            SVP_CATALOG_GROUP, changed_follower(protect, groups->pdata[i], before, policy)};

        if (change.thing)
            g_array_append_val(changes, change);
    }
    const SvpCatalogChange change = {SVP_CATALOG_POLICY, policy};

    g_array_append_val(changes, change);
    return svp_catalog_put_all(
        protect->catalog, (const SvpCatalogChange *)(const void *)changes->data, changes->len, error);
}

/* --- Groups and schedules --------------------------------------------------------------------------------- */

bool svp_protect_change_group(SvpProtect *protect, const char *group, GPtrArray *lpars, GError **error)
{
    SvpGroup *changed = svp_protect_copy_group(svp_catalog_group(protect->catalog, group));

    g_assert(lpars->len > 0);
    g_ptr_array_unref(changed->lpars);
    changed->lpars = lpars;
    return svp_catalog_put(protect->catalog, SVP_CATALOG_GROUP, changed, error);
}

bool svp_protect_change_schedule(
    SvpProtect *protect, const char *group, const char *policy, const char *at, const char *day,
    const bool *wall, GError **error)
{
    const SvpGroup *before = svp_catalog_need_group(protect->catalog, group, error);
    const SvpGroupSchedule *own = before ? svp_protect_need_schedule(before, policy, error) : NULL;
    SvpSchedule schedule = own ? own->schedule : svp_schedule_default(SVP_FREQUENCY_NONE);

    if (!own || !svp_schedule_set(&schedule, at, day, error))
        return false;
    SvpGroup *changed = svp_protect_copy_group(before);
    SvpGroupSchedule *put = svp_group_schedule(changed, policy);

    put->schedule = schedule;
    put->wall = wall ? *wall : put->wall;
    put->next_ns = svp_protect_first_due(protect, &schedule, put->wall);
    return svp_catalog_put(protect->catalog, SVP_CATALOG_GROUP, changed, error);
}

/* --- What follows from it --------------------------------------------------------------------------------- */

static bool is_ruled_by(const SvpProtect *protect, const SvpGroup *group, SvpPlace place, const char *policy)
{
    const SvpRelation *relation = svp_catalog_relation(protect->catalog, group->name, place);

    if (place != SVP_PLACE_VAULT)
        return svp_group_schedule(group, policy) != NULL;
    return relation && relation->policy && svp_protect_same_name(relation->policy, policy);
}

static unsigned droppable_in(const SvpProtect *protect, const SvpGroup *group, SvpPlace place)
{
    g_autoptr(GPtrArray) snapshots = NULL;
    g_autofree SvpVerdict *verdicts = svp_protect_verdicts(protect, group, place, &snapshots);
    unsigned n = 0;

    for (unsigned i = 0; i < snapshots->len; i++)
        n += verdicts[i].kind == SVP_VERDICT_DROP &&
             ((const SvpSnapshot *)snapshots->pdata[i])->copies[place] == SVP_COPY_GOOD;
    return n;
}

unsigned svp_protect_droppable(const SvpProtect *protect, const char *policy)
{
    const GPtrArray *groups = svp_catalog_all(protect->catalog, SVP_CATALOG_GROUP);
    unsigned n = 0;

    for (unsigned i = 0; i < groups->len; i++)
        for (SvpPlace place = 0; place < SVP_PLACES; place++)
            if (is_ruled_by(protect, groups->pdata[i], place, policy))
                n += droppable_in(protect, groups->pdata[i], place);
    return n;
}
