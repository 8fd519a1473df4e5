/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Resource groups as plain data: which LPARs, which policies, when.
 *
 * LPARs are named, not numbered: what is protected is the LPAR that an operator knows by its name, whatever number a later machine file
 * gives it.
 */
#include "svp/protect/group.h"

#include "svp/error.h"
#include "svp/protect/name.h"

static void schedule_free(gpointer data)
{
    SvpGroupSchedule *schedule = data;

    g_free(schedule->policy);
    g_free(schedule);
}

SvpGroup *svp_group_new(const char *name)
{
    SvpGroup *group = g_new0(SvpGroup, 1);

    group->name = g_strdup(name);
    group->lpars = g_ptr_array_new_with_free_func(g_free);
    group->schedules = g_ptr_array_new_with_free_func(schedule_free);
    return group;
}

void svp_group_free(SvpGroup *group)
{
    if (!group)
        return;
    g_free(group->name);
    g_ptr_array_unref(group->lpars);
    g_ptr_array_unref(group->schedules);
    g_free(group);
}

bool svp_group_has(const SvpGroup *group, const char *lpar)
{
    for (unsigned i = 0; i < group->lpars->len; i++)
        if (svp_protect_same_name(group->lpars->pdata[i], lpar))
            return true;
    return false;
}

SvpGroupSchedule *svp_group_schedule(const SvpGroup *group, const char *policy)
{
    for (unsigned i = 0; i < group->schedules->len; i++) {
        SvpGroupSchedule *schedule = group->schedules->pdata[i];

        if (svp_protect_same_name(schedule->policy, policy))
            return schedule;
    }
    return NULL;
}

void svp_group_follow(
    SvpGroup *group, const char *policy, const SvpSchedule *schedule, bool wall, HvTime next_ns)
{
    SvpGroupSchedule *followed = g_new0(SvpGroupSchedule, 1);

    g_assert(!svp_group_schedule(group, policy));
    followed->policy = g_strdup(policy);
    followed->schedule = *schedule;
    followed->wall = wall;
    followed->next_ns = next_ns;
    g_ptr_array_add(group->schedules, followed);
}

char *svp_group_schedule_format(const SvpGroupSchedule *schedule)
{
    g_autofree char *when = svp_schedule_format(&schedule->schedule);

    return g_strconcat(when, schedule->wall ? ", by the clock on the wall" : "", NULL);
}

/* --- Records ---------------------------------------------------------------------------------------------- */

json_t *svp_group_to_json(const SvpGroup *group)
{
    json_t *lpars = json_array(), *schedules = json_array();

    for (unsigned i = 0; i < group->lpars->len; i++)
        json_array_append_new(lpars, json_string(group->lpars->pdata[i]));
    for (unsigned i = 0; i < group->schedules->len; i++) {
        const SvpGroupSchedule *schedule = group->schedules->pdata[i];
        json_t *next = schedule->next_ns == HV_TIME_NEVER ? json_null()
                                                          : json_integer((json_int_t)schedule->next_ns);

        json_array_append_new(
            schedules,
            json_pack(
                "{s:s,s:o,s:b,s:o}", "policy", schedule->policy, "schedule",
                svp_schedule_to_json(&schedule->schedule), "wall", (int)schedule->wall, "next_ns", next));
    }
    return json_pack("{s:s,s:o,s:o}", "name", group->name, "lpars", lpars, "schedules", schedules);
}

static bool schedule_from_json(const json_t *record, SvpGroup *group)
{
    const char *policy = json_string_value(json_object_get(record, "policy"));
    const json_t *next = json_object_get(record, "next_ns");
    SvpSchedule schedule;

    if (!policy || svp_group_schedule(group, policy) ||
        !svp_schedule_from_json(json_object_get(record, "schedule"), &schedule) ||
        (json_is_integer(next) && json_integer_value(next) < 0))
        return false;
    svp_group_follow(
        group, policy, &schedule, json_is_true(json_object_get(record, "wall")),
        json_is_integer(next) ? (HvTime)json_integer_value(next) : HV_TIME_NEVER);
    return true;
}

static bool rest_from_json(const json_t *record, SvpGroup *group)
{
    const json_t *lpars = json_object_get(record, "lpars"), *schedules = json_object_get(record, "schedules");

    for (size_t i = 0; i < json_array_size(lpars); i++) {
        const char *lpar = json_string_value(json_array_get(lpars, i));

        if (!lpar)
            return false;
        g_ptr_array_add(group->lpars, g_strdup(lpar));
    }
    for (size_t i = 0; i < json_array_size(schedules); i++)
        if (!schedule_from_json(json_array_get(schedules, i), group))
            return false;
    return group->lpars->len > 0;
}

SvpGroup *svp_group_from_json(const json_t *record, GError **error)
{
    const char *name = json_string_value(json_object_get(record, "name"));

    if (name) {
        g_autoptr(SvpGroup) group = svp_group_new(name);

        if (rest_from_json(record, group))
            return g_steal_pointer(&group);
    }
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_CATALOG,
        "The record of resource group %s is damaged\nDEFINE it anew, or go back to an older state directory",
        name ? name : "(no name)");
    return NULL;
}
