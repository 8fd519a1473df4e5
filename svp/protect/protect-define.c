/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Definitions: policies, groups, schedules, mirrors and vaults come and go.
 *
 * Everything that a definition refers to is there, and nothing that is referred to goes away: a policy that is followed, a group that has snapshots.
 * Two policies of one group never share a label, for a label says by whose rule its copies are dropped.
 */
#include "svp/error.h"
#include "svp/protect/name.h"
#include "svp/protect/protect-private.h"

static bool refuse_present(const char *what, const char *name, GError **error)
{
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_PROTECT_NAME,
        "There is a %s %s already\nGive another name, or DELETE it first", what, name);
    return false;
}

static bool refuse_needed(const char *what, const char *by, const char *remedy, GError **error)
{
    g_set_error(error, SVP_ERROR, SVP_ERROR_PROTECT_NEEDED, "%s is needed by %s\n%s", what, by, remedy);
    return false;
}

/* Things are changed by putting a changed copy in their place. */
SvpGroup *svp_protect_copy_group(const SvpGroup *group)
{
    json_t *record = svp_group_to_json(group);
    SvpGroup *copy = svp_group_from_json(record, NULL);

    json_decref(record);
    return copy;
}

/* --- Policies --------------------------------------------------------------------------------------------- */

bool svp_protect_define_policy(SvpProtect *protect, SvpPolicy *policy, GError **error)
{
    g_autoptr(SvpPolicy) owned = policy;

    if (!svp_protect_name_check(policy->name, "policy", SVP_PROTECT_NAME_MAX, error) ||
        !svp_protect_name_check(policy->label, "label", SVP_PROTECT_NAME_MAX, error))
        return false;
    if (svp_catalog_policy(protect->catalog, policy->name))
        return refuse_present("policy", policy->name, error);
    return svp_catalog_put(protect->catalog, SVP_CATALOG_POLICY, g_steal_pointer(&owned), error);
}

bool svp_protect_add_step(
    SvpProtect *protect, const char *policy, SvpStepsKind kind, const char *command, GError **error)
{
    const SvpPolicy *before = svp_catalog_need_policy(protect->catalog, policy, error);

    if (!before)
        return false;
    json_t *record = svp_policy_to_json(before);
    SvpPolicy *changed = svp_policy_from_json(record, NULL);

    json_decref(record);
    g_ptr_array_add(changed->steps[kind], g_strdup(command));
    return svp_catalog_put(protect->catalog, SVP_CATALOG_POLICY, changed, error);
}

/* What follows the policy; NULL: nothing does. Free with g_free(). */
static char *follower_of(const SvpProtect *protect, const char *policy)
{
    const GPtrArray *groups = svp_catalog_all(protect->catalog, SVP_CATALOG_GROUP),
                    *relations = svp_catalog_all(protect->catalog, SVP_CATALOG_RELATION);

    for (unsigned i = 0; i < groups->len; i++) {
        const SvpGroup *group = groups->pdata[i];

        if (svp_group_schedule(group, policy))
            return g_strdup_printf("group %s", group->name);
    }
    for (unsigned i = 0; i < relations->len; i++) {
        const SvpRelation *relation = relations->pdata[i];

        if (relation->policy && svp_protect_same_name(relation->policy, policy))
            return g_strdup_printf("the %s of group %s", svp_place_name(relation->place), relation->group);
    }
    return NULL;
}

bool svp_protect_delete_policy(SvpProtect *protect, const char *name, GError **error)
{
    const SvpPolicy *policy = svp_catalog_need_policy(protect->catalog, name, error);
    g_autofree char *follower = policy ? follower_of(protect, name) : NULL;
    g_autofree char *what = g_strdup_printf("Policy %s", policy ? policy->name : "");

    if (!policy)
        return false;
    if (follower)
        return refuse_needed(what, follower, "DELETE its schedule, its mirror or its vault first", error);
    return svp_catalog_remove(protect->catalog, SVP_CATALOG_POLICY, policy, error);
}

/* --- Groups ----------------------------------------------------------------------------------------------- */

bool svp_protect_define_group(SvpProtect *protect, SvpGroup *group, GError **error)
{
    g_autoptr(SvpGroup) owned = group;

    g_assert(group->lpars->len > 0);
    if (!svp_protect_name_check(group->name, "resource group", SVP_PROTECT_NAME_MAX, error))
        return false;
    if (svp_catalog_group(protect->catalog, group->name))
        return refuse_present("resource group", group->name, error);
    return svp_catalog_put(protect->catalog, SVP_CATALOG_GROUP, g_steal_pointer(&owned), error);
}

/* Another policy of the group that has the label; NULL: none. */
static const SvpPolicy *policy_of_label(const SvpProtect *protect, const SvpGroup *group, const char *label)
{
    for (unsigned i = 0; i < group->schedules->len; i++) {
        const SvpGroupSchedule *schedule = group->schedules->pdata[i];
        const SvpPolicy *policy = svp_catalog_policy(protect->catalog, schedule->policy);

        if (svp_protect_same_name(policy->label, label))
            return policy;
    }
    return NULL;
}

bool svp_protect_follow(
    SvpProtect *protect, const char *group, const char *policy, const char *at, const char *day, bool wall,
    GError **error)
{
    const SvpGroup *before = svp_catalog_need_group(protect->catalog, group, error);
    const SvpPolicy *followed = before ? svp_catalog_need_policy(protect->catalog, policy, error) : NULL;
    SvpSchedule schedule = followed ? followed->schedule : svp_schedule_default(SVP_FREQUENCY_NONE);

    if (!followed || !svp_schedule_set(&schedule, at, day, error))
        return false;
    const SvpPolicy *other = policy_of_label(protect, before, followed->label);

    if (other) {
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_POLICY,
            "Group %s follows policy %s already, whose label %s is that of %s\nDELETE SCHEDULE first, or "
            "give the policy another LABEL",
            before->name, other->name, other->label, followed->name);
        return false;
    }
    SvpGroup *changed = svp_protect_copy_group(before);

    svp_group_follow(
        changed, followed->name, &schedule, wall, svp_protect_first_due(protect, &schedule, wall));
    return svp_catalog_put(protect->catalog, SVP_CATALOG_GROUP, changed, error);
}

/* Of that group and policy (NULL: any) nobody will go on with a run. */
static bool forget_runs(SvpProtect *protect, const char *group, const char *policy, GError **error)
{
    const GPtrArray *runs = svp_catalog_all(protect->catalog, SVP_CATALOG_RUN);

    for (unsigned i = runs->len; i > 0; i--) {
        const SvpRun *run = runs->pdata[i - 1];

        if (svp_protect_same_name(run->group, group) &&
            (!policy || svp_protect_same_name(run->policy, policy)) &&
            !svp_protect_forget_run(protect, run, error))
            return false;
    }
    return true;
}

const SvpGroupSchedule *svp_protect_need_schedule(const SvpGroup *group, const char *policy, GError **error)
{
    const SvpGroupSchedule *schedule = svp_group_schedule(group, policy);

    if (!schedule)
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_PROTECT_UNKNOWN,
            "Group %s does not follow a policy %s\nDISPLAY GROUP %s shows which it follows", group->name,
            policy, group->name);
    return schedule;
}

bool svp_protect_unfollow(SvpProtect *protect, const char *group, const char *policy, GError **error)
{
    const SvpGroup *before = svp_catalog_need_group(protect->catalog, group, error);

    if (!before || !svp_protect_need_schedule(before, policy, error) ||
        !forget_runs(protect, group, policy, error))
        return false;
    SvpGroup *changed = svp_protect_copy_group(before);

    g_ptr_array_remove(changed->schedules, svp_group_schedule(changed, policy));
    return svp_catalog_put(protect->catalog, SVP_CATALOG_GROUP, changed, error);
}

static bool has_snapshots(const SvpProtect *protect, const SvpGroup *group)
{
    const GPtrArray *snapshots = svp_catalog_all(protect->catalog, SVP_CATALOG_SNAPSHOT);

    for (unsigned i = 0; i < snapshots->len; i++)
        if (svp_protect_same_name(((const SvpSnapshot *)snapshots->pdata[i])->group, group->name))
            return true;
    return false;
}

bool svp_protect_delete_group(SvpProtect *protect, const char *name, GError **error)
{
    const SvpGroup *group = svp_catalog_need_group(protect->catalog, name, error);
    g_autofree char *what = g_strdup_printf("Resource group %s", group ? group->name : "");

    if (!group)
        return false;
    if (has_snapshots(protect, group))
        return refuse_needed(what, "its snapshots", "DELETE SNAPSHOT them first", error);
    for (SvpPlace place = SVP_PLACE_MIRROR; place < SVP_PLACES; place++)
        if (svp_catalog_relation(protect->catalog, name, place))
            return refuse_needed(
                what, place == SVP_PLACE_MIRROR ? "its mirror" : "its vault", "DELETE that first", error);
    return forget_runs(protect, name, /* policy= */ NULL, error) &&
           svp_catalog_remove(protect->catalog, SVP_CATALOG_GROUP, group, error);
}

/* --- Mirrors and vaults ------------------------------------------------------------------------------------ */

bool svp_protect_define_relation(
    SvpProtect *protect, SvpRelation *relation, const char *source, GError **error)
{
    g_autoptr(SvpRelation) owned = relation;
    const SvpGroup *group = svp_catalog_need_group(protect->catalog, relation->group, error);
    const GPtrArray *relations = svp_catalog_all(protect->catalog, SVP_CATALOG_RELATION);

    if (!group || (relation->policy && !svp_catalog_need_policy(protect->catalog, relation->policy, error)) ||
        !svp_relation_check(
            relations, group->name, relation->place, relation->path, protect->primary, source, error))
        return false;
    g_free(relation->group);
    relation->group = g_strdup(group->name);
    return svp_catalog_put(protect->catalog, SVP_CATALOG_RELATION, g_steal_pointer(&owned), error);
}

/* An LPAR whose only good copies, of any place, are in this one; NULL: none. */
static const char *would_lose(const SvpProtect *protect, const char *group, SvpPlace place)
{
    const GPtrArray *snapshots = svp_catalog_all(protect->catalog, SVP_CATALOG_SNAPSHOT);
    g_autoptr(GHashTable) elsewhere = g_hash_table_new(g_str_hash, g_str_equal);

    for (unsigned pass = 0; pass < 2; pass++)
        for (unsigned i = 0; i < snapshots->len; i++) {
            const SvpSnapshot *snapshot = snapshots->pdata[i];
            bool good = false;

            for (SvpPlace p = 0; p < SVP_PLACES; p++)
                good = good || ((p == place) == (pass == 1) && snapshot->copies[p] == SVP_COPY_GOOD);
            for (unsigned l = 0;
                 good && svp_protect_same_name(snapshot->group, group) && l < svp_snapshot_lpars(snapshot);
                 l++)
                if (g_hash_table_add(elsewhere, snapshot->lpars->pdata[l]) && pass == 1)
                    return snapshot->lpars->pdata[l];
        }
    return NULL;
}

static bool
drop_all(SvpProtect *protect, const char *group, SvpPlace place, SvpProtectReport *report, GError **error)
{
    const GPtrArray *snapshots = svp_catalog_all(protect->catalog, SVP_CATALOG_SNAPSHOT);

    /* From the end: a snapshot that has no copy left goes away. What was dropped there is as if it had never been: a later mirror has it again. */
    for (unsigned i = snapshots->len; i > 0; i--) {
        const SvpSnapshot *snapshot = snapshots->pdata[i - 1];
        bool is_there = snapshot->copies[place] == SVP_COPY_GOOD || snapshot->copies[place] == SVP_COPY_BAD;

        if (!svp_protect_same_name(snapshot->group, group) || snapshot->copies[place] == SVP_COPY_NONE)
            continue;
        if (!svp_protect_drop(protect, snapshot, place, SVP_COPY_NONE, error))
            return false;
        report->n_dropped += is_there;
    }
    return true;
}

bool svp_protect_delete_relation(
    SvpProtect *protect, const char *group, SvpPlace place, SvpProtectReport *report, GError **error)
{
    const SvpRelation *relation = svp_catalog_need_relation(protect->catalog, group, place, error);
    const char *lpar = relation ? would_lose(protect, group, place) : NULL;

    if (lpar) {
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_PROTECT_NEEDED,
            "The %s of group %s has the last good copy of %s\nTake a SNAPSHOT first", svp_place_name(place),
            relation->group, lpar);
        return false;
    }
    return relation && drop_all(protect, group, place, report, error) &&
           svp_catalog_remove(protect->catalog, SVP_CATALOG_RELATION, relation, error);
}
