/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What restores and clones ask of snapshots.
 *
 * A snapshot is of several LPARs and is good for each of those alone: what it has of one is never given for another; a restore under a new name
 * asks for the LPAR that it was made of. A clone shares pages with the snapshot that it came from, so that one is needed until the clone is split.
 */
#include "svp/error.h"
#include "svp/protect/name.h"
#include "svp/protect/protect-private.h"

#include <string.h>

static MonitorCapture *find_in(
    const SvpProtect *protect, const SvpSnapshot *snapshot, const char *lpar, SvpPlace place, GError **error)
{
    const char *folder;
    const SvpCopyMedium *medium = svp_protect_medium(protect, snapshot->group, place, &folder);

    if (medium && snapshot->copies[place] == SVP_COPY_GOOD)
        return svp_copy_read(medium, folder, snapshot, lpar, error);
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_COPY,
        "Snapshot %s has no good copy in the %s\nDISPLAY SNAPSHOT %s shows where it has", snapshot->name,
        svp_place_name(place), snapshot->name);
    return NULL;
}

static MonitorCapture *
find_anywhere(const SvpProtect *protect, const SvpSnapshot *snapshot, const char *lpar, GError **error)
{
    g_autoptr(GError) first = NULL;

    for (SvpPlace place = 0; place < SVP_PLACES; place++) {
        g_autoptr(GError) problem = NULL;
        MonitorCapture *capture = find_in(protect, snapshot, lpar, place, &problem);

        if (capture)
            return capture;
        if (!first)
            first = g_steal_pointer(&problem);
    }
    g_propagate_error(error, g_steal_pointer(&first));
    return NULL;
}

static bool made_for(const SvpSnapshot *snapshot, const char *lpar, GError **error)
{
    g_autofree char *lpars = g_strjoinv(", ", (char **)snapshot->lpars->pdata);

    if (svp_snapshot_has(snapshot, lpar))
        return true;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_MADE_FOR, "Snapshot %s was not made of %s\nIt is of %s", snapshot->name,
        lpar, lpars);
    return false;
}

MonitorCapture *
svp_protect_find(SvpProtect *protect, const char *snapshot, const char *lpar, SvpPlace place, GError **error)
{
    const SvpSnapshot *found = svp_catalog_need_snapshot(protect->catalog, snapshot, error);

    if (!found || !made_for(found, lpar, error))
        return NULL;
    return place == SVP_PLACES ? find_anywhere(protect, found, lpar, error)
                               : find_in(protect, found, lpar, place, error);
}

/* --- Digests ---------------------------------------------------------------------------------------------- */

const SvpSnapshot *svp_protect_digests(SvpProtect *protect, const SvpSnapshot *snapshot)
{
    json_t *record = svp_snapshot_to_json(snapshot);
    g_autoptr(SvpSnapshot) changed = svp_snapshot_from_json(record, NULL);
    g_autofree char *name = g_strdup(snapshot->name);
    bool learned = false;

    json_decref(record);
    for (unsigned i = 0; i < svp_snapshot_lpars(snapshot); i++) {
        char **known = (char **)&changed->digests->pdata[i];
        g_autoptr(MonitorCapture)
            capture = **known ? NULL : find_anywhere(protect, snapshot, snapshot->lpars->pdata[i], NULL);
        const char *digest = capture ? monitor_capture_digest(capture) : NULL;

        if (!digest)
            continue;
        g_free(*known);
        *known = g_strdup(digest);
        learned = true;
    }
    if (learned)
        svp_catalog_put(protect->catalog, SVP_CATALOG_SNAPSHOT, g_steal_pointer(&changed), NULL);
    return svp_catalog_snapshot(protect->catalog, name);
}

/* --- Clones ----------------------------------------------------------------------------------------------- */

bool svp_protect_add_clone(
    SvpProtect *protect, const char *snapshot, const char *lpar, const char *clone, GError **error)
{
    const SvpSnapshot *found = svp_catalog_need_snapshot(protect->catalog, snapshot, error);

    if (!found || !made_for(found, lpar, error))
        return false;
    if (svp_catalog_clone(protect->catalog, clone)) {
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_PROTECT_NAME, "%s is a clone already\nGive another name", clone);
        return false;
    }
    SvpClone *added = g_new0(SvpClone, 1);

    added->clone = g_strdup(clone);
    added->snapshot = g_strdup(found->name);
    added->lpar = g_strdup(lpar);
    return svp_catalog_put(protect->catalog, SVP_CATALOG_CLONE, added, error);
}

bool svp_protect_split_clone(SvpProtect *protect, const char *clone, GError **error)
{
    const SvpClone *found = svp_catalog_clone(protect->catalog, clone);

    return !found || svp_catalog_remove(protect->catalog, SVP_CATALOG_CLONE, found, error);
}

/* --- Measurements ----------------------------------------------------------------------------------------- */

bool svp_protect_measured(
    SvpProtect *protect, const char *lpar, SvpMeasureKind kind, HvTime took_ns, int64_t wall_us,
    GError **error)
{
    const SvpMeasure *before = svp_catalog_measure(protect->catalog, lpar);
    SvpMeasure *measure = svp_measure_new(lpar);

    g_assert(kind < SVP_MEASURES);
    if (before)
        memcpy(measure->last, before->last, sizeof measure->last);
    measure->last[kind] = (SvpMeasured){.known = true, .took_ns = took_ns, .wall_us = wall_us};
    return svp_catalog_put(protect->catalog, SVP_CATALOG_MEASURE, measure, error);
}
