/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Copies: they go from the primary to mirror and vault, are checked, and are dropped when retention says so.
 *
 * A relation is behind by the snapshots that it is to have and does not have: it is given them in the order in which they were taken. The primary keeps
 * what a relation is to have yet, and the newest that it has: from there it goes on. A copy that cannot be written is tried again with
 * every later snapshot; the primary waits for it.
 *
 * Retention is asked place by place. A mirror follows the rules of the primary, so it drops what the primary drops; but its good copies are its own, so what was
 * damaged in the primary only is still there. A vault follows its own policy.
 */
#include "svp/error.h"
#include "svp/protect/name.h"
#include "svp/protect/protect-private.h"

bool svp_protect_is_pending(const SvpRelation *relation, const SvpSnapshot *snapshot)
{
    SvpCopyState state = snapshot->copies[relation->place];

    return svp_protect_same_name(relation->group, snapshot->group) &&
           snapshot->copies[SVP_PLACE_PRIMARY] == SVP_COPY_GOOD &&
           (state == SVP_COPY_NONE || state == SVP_COPY_BAD) &&
           (!relation->only || svp_protect_same_name(relation->only, snapshot->label));
}

unsigned svp_protect_pending(const SvpProtect *protect, const SvpRelation *relation)
{
    const GPtrArray *snapshots = svp_catalog_all(protect->catalog, SVP_CATALOG_SNAPSHOT);
    unsigned n = 0;

    for (unsigned i = 0; i < snapshots->len; i++)
        n += svp_protect_is_pending(relation, snapshots->pdata[i]);
    return n;
}

const SvpSnapshot *svp_protect_newest_in(const SvpProtect *protect, const char *group, SvpPlace place)
{
    const GPtrArray *snapshots = svp_catalog_all(protect->catalog, SVP_CATALOG_SNAPSHOT);

    for (unsigned i = snapshots->len; i > 0; i--) {
        const SvpSnapshot *snapshot = snapshots->pdata[i - 1];

        if (svp_protect_same_name(snapshot->group, group) && snapshot->copies[place] == SVP_COPY_GOOD)
            return snapshot;
    }
    return NULL;
}

/* --- Writing ---------------------------------------------------------------------------------------------- */

bool svp_protect_initialize(SvpProtect *protect, const char *group, GError **error)
{
    bool done = false;

    for (SvpPlace place = SVP_PLACE_MIRROR; place < SVP_PLACES; place++) {
        const SvpRelation *relation = svp_catalog_relation(protect->catalog, group, place);

        if (!relation || relation->initialized)
            continue;
        if (!svp_copy_prepare(&protect->folder_medium, relation->path, relation->group, error))
            return false;
        json_t *record = svp_relation_to_json(relation);
        SvpRelation *initialized = svp_relation_from_json(record, NULL);

        json_decref(record);
        initialized->initialized = true;
        if (!svp_catalog_put(protect->catalog, SVP_CATALOG_RELATION, initialized, error))
            return false;
        done = true;
    }
    if (!done)
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_RELATION,
            "Group %s has no mirror or vault that is to be initialized\nDEFINE MIRROR or DEFINE VAULT first",
            group);
    return done;
}

bool svp_protect_may_replicate(SvpProtect *protect, const SvpGroup *group, bool initialize, GError **error)
{
    unsigned n = 0;

    if (initialize)
        return svp_protect_initialize(protect, group->name, error);
    for (SvpPlace place = SVP_PLACE_MIRROR; place < SVP_PLACES; place++) {
        const SvpRelation *relation = svp_catalog_relation(protect->catalog, group->name, place);

        n += relation != NULL;
        if (!relation || relation->initialized)
            continue;
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_RELATION,
            "The %s of group %s is not initialized\nUPDATE %s INITIALIZE", svp_place_name(place), group->name,
            group->name);
        return false;
    }
    if (n == 0)
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_RELATION,
            "Group %s has no mirror and no vault\nDEFINE MIRROR or DEFINE VAULT first", group->name);
    return n > 0;
}

static void capture_free(gpointer data)
{
    monitor_capture_free(data);
}

static GPtrArray *read_primary(const SvpProtect *protect, const SvpSnapshot *snapshot, GError **error)
{
    g_autoptr(GPtrArray) captures = g_ptr_array_new_with_free_func(capture_free);

    for (unsigned i = 0; i < svp_snapshot_lpars(snapshot); i++) {
        MonitorCapture *capture = svp_copy_read(
            &protect->primary_medium, protect->primary, snapshot, snapshot->lpars->pdata[i], error);

        if (!capture)
            return NULL;
        g_ptr_array_add(captures, capture);
    }
    return g_steal_pointer(&captures);
}

/* `captures` NULL: they are read from the primary. */
static bool copy_one(
    SvpProtect *protect, const SvpRelation *relation, const SvpSnapshot *snapshot, const GPtrArray *captures,
    GError **error)
{
    const SvpSnapshot *base = svp_protect_newest_in(protect, relation->group, relation->place);
    g_autoptr(GPtrArray) read = captures ? NULL : read_primary(protect, snapshot, error);

    if ((!captures && !read) ||
        !svp_copy_write(
            &protect->folder_medium, relation->path, snapshot, base, captures ? captures : read, error))
        return false;
    if (svp_catalog_set_copy(protect->catalog, snapshot, relation->place, SVP_COPY_GOOD, error))
        return true;
    if (svp_catalog_is_certain(protect->catalog))
        svp_copy_remove(&protect->folder_medium, relation->path, snapshot, NULL);
    return false;
}

void svp_protect_replicate_taken(
    SvpProtect *protect, const SvpGroup *group, const SvpSnapshot *taken, const GPtrArray *captures,
    SvpProtectReport *report)
{
    const GPtrArray *snapshots = svp_catalog_all(protect->catalog, SVP_CATALOG_SNAPSHOT);

    for (SvpPlace place = SVP_PLACE_MIRROR; place < SVP_PLACES; place++) {
        const SvpRelation *relation = svp_catalog_relation(protect->catalog, group->name, place);

        for (unsigned i = 0; relation && relation->initialized && i < snapshots->len; i++) {
            const SvpSnapshot *snapshot = snapshots->pdata[i];
            g_autoptr(GError) error = NULL;

            if (!svp_protect_is_pending(relation, snapshot))
                continue;
            if (copy_one(protect, relation, snapshot, snapshot == taken ? captures : NULL, &error))
                report->n_written++;
            else
                svp_protect_warn(report, error);
        }
    }
}

void svp_protect_replicate(SvpProtect *protect, const SvpGroup *group, SvpProtectReport *report)
{
    svp_protect_replicate_taken(protect, group, /* taken= */ NULL, /* captures= */ NULL, report);
}

/* --- Checking --------------------------------------------------------------------------------------------- */

/* True: it is good, or nobody knows. */
static bool verify_one(
    SvpProtect *protect, const SvpSnapshot *snapshot, SvpPlace place, GHashTable *seen,
    SvpProtectReport *report)
{
    const char *folder;
    const SvpCopyMedium *medium = svp_protect_medium(protect, snapshot->group, place, &folder);
    g_autoptr(GError) error = NULL;

    if (!medium || snapshot->copies[place] != SVP_COPY_GOOD ||
        svp_copy_verify(medium, folder, snapshot, seen, &error))
        return true;
    svp_protect_warn(report, error);
    if (g_error_matches(error, SVP_ERROR, SVP_ERROR_COPY_AWAY))
        return true;
    g_clear_error(&error);
    if (!svp_catalog_set_copy(protect->catalog, snapshot, place, SVP_COPY_BAD, &error))
        svp_protect_warn(report, error);
    return false;
}

unsigned svp_protect_verify(SvpProtect *protect, const SvpGroup *group, SvpProtectReport *report)
{
    const GPtrArray *snapshots = svp_catalog_all(protect->catalog, SVP_CATALOG_SNAPSHOT);
    g_autoptr(GHashTable) seen = svp_copy_seen_new();
    unsigned n_bad = 0;

    for (unsigned i = 0; i < snapshots->len; i++) {
        const SvpSnapshot *snapshot = snapshots->pdata[i];

        for (SvpPlace place = 0; svp_protect_same_name(snapshot->group, group->name) && place < SVP_PLACES;
             place++)
            n_bad += !verify_one(protect, snapshot, place, seen, report);
    }
    return n_bad;
}

/* --- Dropping --------------------------------------------------------------------------------------------- */

GArray *svp_protect_rules(const SvpProtect *protect, const SvpGroup *group, SvpPlace place)
{
    GArray *rules = g_array_new(FALSE, FALSE, sizeof(SvpRetentionRule));
    const SvpRelation *relation = svp_catalog_relation(protect->catalog, group->name, place);

    if (place == SVP_PLACE_VAULT) {
        const SvpPolicy *policy = relation && relation->policy
                                      ? svp_catalog_policy(protect->catalog, relation->policy)
                                      : NULL;
        const SvpRetentionRule rule = {policy ? policy->label : "", policy ? policy->keep : (SvpKeep){0}};

        g_array_append_val(rules, rule);
        return rules;
    }
    for (unsigned i = 0; i < group->schedules->len; i++) {
        const SvpGroupSchedule *schedule = group->schedules->pdata[i];
        const SvpPolicy *policy = svp_catalog_policy(protect->catalog, schedule->policy);
        const SvpRetentionRule rule = {policy->label, policy->keep};

        g_array_append_val(rules, rule);
    }
    return rules;
}

/* What a copy in the primary is needed for. Nobody can be given anything from one that is damaged; but a clone shares its pages. */
static unsigned needs_of(const SvpProtect *protect, const SvpSnapshot *snapshot)
{
    unsigned needs = svp_catalog_clones_of(protect->catalog, snapshot) > 0 ? SVP_NEED_CLONE : 0;

    for (SvpPlace place = SVP_PLACE_MIRROR; place < SVP_PLACES; place++) {
        const SvpRelation *relation = svp_catalog_relation(protect->catalog, snapshot->group, place);

        if (relation && relation->initialized && snapshot->copies[SVP_PLACE_PRIMARY] == SVP_COPY_GOOD &&
            (svp_protect_is_pending(relation, snapshot) ||
             svp_protect_newest_in(protect, snapshot->group, place) == snapshot))
            needs |= place == SVP_PLACE_MIRROR ? SVP_NEED_MIRROR : SVP_NEED_VAULT;
    }
    return needs;
}

static SvpRetentionCopy
look_at(const SvpProtect *protect, const SvpSnapshot *snapshot, SvpPlace place, const GArray *rules)
{
    return (SvpRetentionCopy){
        .label = place == SVP_PLACE_VAULT ? g_array_index(rules, SvpRetentionRule, 0).label : snapshot->label,
        .at_ns = snapshot->at_ns,
        .sequence = snapshot->sequence,
        .good = snapshot->copies[place] == SVP_COPY_GOOD,
        .needs = place == SVP_PLACE_PRIMARY ? needs_of(protect, snapshot) : 0,
        .lpars = (const char *const *)snapshot->lpars->pdata,
    };
}

static bool is_in(const SvpSnapshot *snapshot, const char *group, SvpPlace place)
{
    return svp_protect_same_name(snapshot->group, group) &&
           (snapshot->copies[place] == SVP_COPY_GOOD || snapshot->copies[place] == SVP_COPY_BAD);
}

SvpVerdict *svp_protect_verdicts(
    const SvpProtect *protect, const SvpGroup *group, SvpPlace place, GPtrArray **ret_snapshots)
{
    const GPtrArray *all = svp_catalog_all(protect->catalog, SVP_CATALOG_SNAPSHOT);
    g_autoptr(GArray) rules = svp_protect_rules(protect, group, place);
    g_autoptr(GArray) copies = g_array_new(FALSE, FALSE, sizeof(SvpRetentionCopy));

    *ret_snapshots = g_ptr_array_new();
    for (unsigned i = 0; i < all->len; i++) {
        if (!is_in(all->pdata[i], group->name, place))
            continue;
        const SvpRetentionCopy copy = look_at(protect, all->pdata[i], place, rules);

        g_array_append_val(copies, copy);
        g_ptr_array_add(*ret_snapshots, all->pdata[i]);
    }
    SvpVerdict *verdicts = g_new0(SvpVerdict, copies->len + 1);

    svp_retention_plan(
        (const SvpRetentionCopy *)(const void *)copies->data, copies->len,
        (const SvpRetentionRule *)(const void *)rules->data, rules->len, svp_protect_now(protect), verdicts);
    return verdicts;
}

bool svp_protect_drop(
    SvpProtect *protect, const SvpSnapshot *snapshot, SvpPlace place, SvpCopyState state, GError **error)
{
    const char *folder;
    const SvpCopyMedium *medium = svp_protect_medium(protect, snapshot->group, place, &folder);
    g_autoptr(SvpSnapshot) gone = svp_snapshot_copy(snapshot); /* the record goes with the last copy */

    if (!svp_catalog_set_copy(protect->catalog, snapshot, place, state, error))
        return false;
    if (!medium || svp_copy_remove(medium, folder, gone, error))
        return true;
    svp_catalog_put(protect->catalog, SVP_CATALOG_SNAPSHOT, g_steal_pointer(&gone), NULL);
    return false;
}

static void prune_place(SvpProtect *protect, const SvpGroup *group, SvpPlace place, SvpProtectReport *report)
{
    g_autoptr(GPtrArray) snapshots = NULL;
    g_autofree SvpVerdict *verdicts = svp_protect_verdicts(protect, group, place, &snapshots);

    for (unsigned i = 0; i < snapshots->len; i++) {
        g_autoptr(GError) error = NULL;

        if (verdicts[i].kind != SVP_VERDICT_DROP)
            continue;
        if (svp_protect_drop(protect, snapshots->pdata[i], place, SVP_COPY_DROPPED, &error))
            report->n_dropped++;
        else
            svp_protect_warn(report, error);
    }
}

/* A copy that no record counts was written, or was to be removed, when the program ended. */
static void sweep_place(SvpProtect *protect, const SvpGroup *group, SvpPlace place, SvpProtectReport *report)
{
    const GPtrArray *all = svp_catalog_all(protect->catalog, SVP_CATALOG_SNAPSHOT);
    g_autoptr(GPtrArray) snapshots = g_ptr_array_new();
    const char *folder;
    const SvpCopyMedium *medium = svp_protect_medium(protect, group->name, place, &folder);
    const SvpRelation *relation = svp_catalog_relation(protect->catalog, group->name, place);
    g_autoptr(GError) error = NULL;

    if (!medium || (relation && !relation->initialized) || !svp_catalog_is_certain(protect->catalog))
        return;
    for (unsigned i = 0; i < all->len; i++)
        if (is_in(all->pdata[i], group->name, place))
            g_ptr_array_add(snapshots, all->pdata[i]);
    if (!svp_copy_sweep(medium, folder, group->name, snapshots, &error))
        svp_protect_warn(report, error);
}

void svp_protect_prune(SvpProtect *protect, const SvpGroup *group, SvpProtectReport *report)
{
    for (SvpPlace place = 0; place < SVP_PLACES; place++) {
        prune_place(protect, group, place, report);
        sweep_place(protect, group, place, report);
    }
}

/* Whether any other of the group's snapshots has a good copy of the LPAR there. */
static bool
has_other_good(const SvpProtect *protect, const SvpSnapshot *snapshot, SvpPlace place, const char *lpar)
{
    const GPtrArray *all = svp_catalog_all(protect->catalog, SVP_CATALOG_SNAPSHOT);

    for (unsigned i = 0; i < all->len; i++) {
        const SvpSnapshot *other = all->pdata[i];

        if (other != snapshot && svp_protect_same_name(other->group, snapshot->group) &&
            other->copies[place] == SVP_COPY_GOOD && svp_snapshot_has(other, lpar))
            return true;
    }
    return false;
}

bool svp_protect_is_last_good(
    const SvpProtect *protect, const SvpSnapshot *snapshot, SvpPlace place, const char **ret_lpar)
{
    if (snapshot->copies[place] != SVP_COPY_GOOD)
        return false;
    for (unsigned i = 0; i < svp_snapshot_lpars(snapshot); i++) {
        *ret_lpar = snapshot->lpars->pdata[i];
        if (!has_other_good(protect, snapshot, place, *ret_lpar))
            return true;
    }
    return false;
}
