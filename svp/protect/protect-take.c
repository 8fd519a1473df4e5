/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Taking a snapshot of a group, and deleting one.
 *
 *     request --checked--> captures of all LPARs --> content in the primary --> record in the catalog --> copies, retention
 *
 * No simulated time passes from the first capture to the last, so all are of one moment. Until the record is there, there is no snapshot: what
 * fails before takes back what was done. What comes behind it serves the snapshot and cannot undo it; it is tried again with the next one.
 */
#include "svp/error.h"
#include "svp/message.h"
#include "svp/protect/name.h"
#include "svp/protect/protect-private.h"

#include <string.h>

static void capture_free(gpointer data)
{
    monitor_capture_free(data);
}

static GPtrArray *capture_all(const SvpProtect *protect, const SvpGroup *group, GError **error)
{
    g_autoptr(GPtrArray) captures = g_ptr_array_new_with_free_func(capture_free);

    for (unsigned i = 0; i < group->lpars->len; i++) {
        const ResmgrLpar *lpar =
            resmgr_state_find(monitor_system_state(protect->system), group->lpars->pdata[i], error);
        MonitorCapture *capture = lpar ? monitor_system_capture(protect->system, lpar->number, error) : NULL;

        if (!capture)
            return NULL;
        g_ptr_array_add(captures, capture);
    }
    return g_steal_pointer(&captures);
}

static bool is_taken(const char *name, void *data)
{
    return svp_catalog_snapshot(data, name) != NULL;
}

/* The name that it will have; NULL: refused. */
static char *name_for(const SvpProtect *protect, const SvpSnapshotRequest *request, GError **error)
{
    const ResmgrDefinition *definition = monitor_system_definition(protect->system);

    if (!request->name)
        return svp_snapshot_name(
            request->group, definition->machine->name, &protect->calendar, svp_protect_now(protect), is_taken,
            protect->catalog);
    if (!svp_protect_name_check(request->name, "snapshot", SVP_SNAPSHOT_NAME_MAX, error))
        return NULL;
    if (is_taken(request->name, protect->catalog)) {
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_PROTECT_NAME,
            "There is a snapshot %s already\nGive another name, or DELETE SNAPSHOT it", request->name);
        return NULL;
    }
    return g_strdup(request->name);
}

/* The label that it will have; NULL: refused. The catalog's. */
static const char *
label_for(const SvpProtect *protect, const SvpSnapshotRequest *request, const SvpGroup *group, GError **error)
{
    if (!request->policy)
        return "ON-DEMAND";
    const SvpPolicy *policy = svp_catalog_need_policy(protect->catalog, request->policy, error);

    if (policy && !svp_group_schedule(group, policy->name)) {
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_POLICY,
            "Group %s does not follow policy %s\nDEFINE SCHEDULE %s,%s first, or take it without POLICY",
            group->name, policy->name, group->name, policy->name);
        return NULL;
    }
    return policy ? policy->label : NULL;
}

static bool tag_fits(const char *tag, GError **error)
{
    if (!tag || strlen(tag) <= SVP_TAG_MAX)
        return true;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_PROTECT_NAME, "The tag is longer than %u bytes\nGive a shorter one",
        SVP_TAG_MAX);
    return false;
}

static SvpSnapshot *
describe(const SvpProtect *protect, const SvpSnapshotRequest *request, const SvpGroup *group, GError **error)
{
    const char *label = label_for(protect, request, group, error);
    const SvpSnapshotRequest full = {.group = group->name, .name = request->name};
    g_autofree char *name = label && tag_fits(request->tag, error) ? name_for(protect, &full, error) : NULL;

    if (!name)
        return NULL;
    SvpSnapshot *snapshot = svp_snapshot_new(name, group->name, label, request->tag);

    snapshot->sequence = svp_catalog_next_sequence(protect->catalog);
    snapshot->at_ns = svp_protect_now(protect);
    return snapshot;
}

/* Content first, then the record; both or neither. */
static const SvpSnapshot *
keep(SvpProtect *protect, SvpSnapshot *snapshot, const GPtrArray *captures, GError **error)
{
    g_autofree char *name = g_strdup(snapshot->name);
    g_autoptr(SvpSnapshot) owned = snapshot;

    for (unsigned i = 0; i < captures->len; i++) {
        const MonitorCapture *capture = captures->pdata[i];

        svp_snapshot_add_lpar(owned, capture->name, capture->digest);
        owned->pages += svp_capture_pages(capture);
    }
    owned->copies[SVP_PLACE_PRIMARY] = SVP_COPY_GOOD;
    const SvpSnapshot *base = svp_protect_newest_in(protect, owned->group, SVP_PLACE_PRIMARY);

    if (!svp_copy_write(&protect->primary_medium, protect->primary, owned, base, captures, error))
        return NULL;
    g_autoptr(SvpSnapshot) written = svp_snapshot_copy(owned);

    if (svp_catalog_put(protect->catalog, SVP_CATALOG_SNAPSHOT, g_steal_pointer(&owned), error))
        return svp_catalog_snapshot(protect->catalog, name);
    if (svp_catalog_is_certain(protect->catalog))
        svp_copy_remove(&protect->primary_medium, protect->primary, written, NULL);
    return NULL;
}

static void measure(SvpProtect *protect, const SvpGroup *group, int64_t begun_us, SvpProtectReport *report)
{
    for (unsigned i = 0; i < group->lpars->len; i++) {
        g_autoptr(GError) error = NULL;

        if (!svp_protect_measured(
                protect, group->lpars->pdata[i], SVP_MEASURE_SAVE, 0, g_get_monotonic_time() - begun_us,
                &error))
            svp_protect_warn(report, error);
    }
}

const SvpSnapshot *svp_protect_snapshot(
    SvpProtect *protect, const SvpSnapshotRequest *request, SvpProtectReport *report, GError **error)
{
    const SvpGroup *group = svp_catalog_need_group(protect->catalog, request->group, error);
    g_autoptr(SvpSnapshot) described = group ? describe(protect, request, group, error) : NULL;
    int64_t begun_us = g_get_monotonic_time();

    if (!described)
        return NULL;
    g_autoptr(GPtrArray) captures = capture_all(protect, group, error);

    if (!captures)
        return NULL;
    const SvpSnapshot *snapshot = keep(protect, g_steal_pointer(&described), captures, error);

    if (!snapshot)
        return NULL;
    svp_protect_replicate_taken(protect, group, snapshot, captures, report);
    measure(protect, group, begun_us, report);
    svp_protect_prune(protect, group, report);
    return snapshot;
}

/* --- Deleting --------------------------------------------------------------------------------------------- */

static bool refuse_needed(const SvpSnapshot *snapshot, const char *by, const char *remedy, GError **error)
{
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_PROTECT_NEEDED, "Snapshot %s is needed by %s\n%s", snapshot->name, by,
        remedy);
    return false;
}

/* `whole`: the copies elsewhere go as well. */
static bool
may_delete_primary(const SvpProtect *protect, const SvpSnapshot *snapshot, bool whole, GError **error)
{
    if (svp_catalog_clones_of(protect->catalog, snapshot) > 0)
        return refuse_needed(
            snapshot, "a clone that shares its content", "SPLIT the clone (DISPLAY CLONE), or DELETE it",
            error);
    if (whole)
        return true;
    for (SvpPlace place = SVP_PLACE_MIRROR; place < SVP_PLACES; place++) {
        const SvpRelation *relation = svp_catalog_relation(protect->catalog, snapshot->group, place);

        if (relation && relation->initialized && svp_protect_is_pending(relation, snapshot))
            return refuse_needed(
                snapshot,
                place == SVP_PLACE_MIRROR ? "the mirror, which does not have it yet"
                                          : "the vault, which does not have it yet",
                "UPDATE the group first", error);
    }
    return true;
}

static bool
may_go(const SvpProtect *protect, const SvpSnapshot *snapshot, SvpPlace place, bool force, GError **error)
{
    const char *lpar;

    if (force || !svp_protect_is_last_good(protect, snapshot, place, &lpar))
        return true;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_PROTECT_NEEDED,
        "Snapshot %s is the last good copy of %s in the %s\nTake another SNAPSHOT first, or give FORCE",
        snapshot->name, lpar, svp_place_name(place));
    return false;
}

static bool has_copy(const SvpSnapshot *snapshot, SvpPlace place)
{
    return snapshot->copies[place] == SVP_COPY_GOOD || snapshot->copies[place] == SVP_COPY_BAD;
}

bool svp_protect_delete_snapshot(
    SvpProtect *protect, const char *name, SvpPlace place, bool force, GError **error)
{
    const SvpSnapshot *snapshot = svp_catalog_need_snapshot(protect->catalog, name, error);
    SvpPlace first = place == SVP_PLACES ? SVP_PLACE_PRIMARY : place,
             last = place == SVP_PLACES ? SVP_PLACE_VAULT : place;
    g_autofree char *own = snapshot ? g_strdup(snapshot->name) : NULL;

    if (!snapshot)
        return false;
    if (place != SVP_PLACES && !has_copy(snapshot, place)) {
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_PROTECT_UNKNOWN,
            "There is no copy of snapshot %s in the %s\nDISPLAY SNAPSHOT %s shows where there are", own,
            svp_place_name(place), own);
        return false;
    }
    if (first == SVP_PLACE_PRIMARY && has_copy(snapshot, SVP_PLACE_PRIMARY) &&
        !may_delete_primary(protect, snapshot, place == SVP_PLACES, error))
        return false;
    for (SvpPlace p = first; p <= last; p++)
        if (has_copy(snapshot, p) && !may_go(protect, snapshot, p, force, error))
            return false;
    /* The record goes with the last copy. */
    for (SvpPlace p = first; p <= last; p++) {
        snapshot = svp_catalog_snapshot(protect->catalog, own);
        if (snapshot && has_copy(snapshot, p) &&
            !svp_protect_drop(protect, snapshot, p, SVP_COPY_DROPPED, error))
            return false;
    }
    return true;
}
