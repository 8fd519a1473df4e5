/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PROTECT_CATALOG_H
#define LPARSIM_SVP_PROTECT_CATALOG_H

#include "svp/protect/group.h"
#include "svp/protect/measure.h"
#include "svp/protect/run.h"
#include "svp/protect/snapshot.h"
#include "svp/store.h"

/*
 * All that is known of protection: groups, policies, relations, snapshots, clones, measurements. Each is a record of the store; what is
 * in memory is what the store has. The catalog owns its things; others look at them, and put new ones in their place.
 */
typedef struct SvpCatalog SvpCatalog;

typedef enum {
    SVP_CATALOG_POLICY,   /* SvpPolicy, by name */
    SVP_CATALOG_GROUP,    /* SvpGroup, by name */
    SVP_CATALOG_RELATION, /* SvpRelation, by group and place */
    SVP_CATALOG_SNAPSHOT, /* SvpSnapshot, by sequence */
    SVP_CATALOG_CLONE,    /* SvpClone, by the clone's name */
    SVP_CATALOG_MEASURE,  /* SvpMeasure, by LPAR */
    SVP_CATALOG_RUN,      /* SvpRun, by group and policy: under way, or stopped on the way */
    SVP_CATALOG_KINDS,
} SvpCatalogKind;

/* Reads what the store has; the store outlives the catalog. SVP_ERROR_CATALOG: a record is damaged. */
SvpCatalog *svp_catalog_open(SvpStore *store, GError **error);
void svp_catalog_free(SvpCatalog *catalog); /* NULL is allowed */

/* All of a kind, by their keys; the catalog's. */
const GPtrArray *svp_catalog_all(const SvpCatalog *catalog, SvpCatalogKind kind);
/* Takes the thing, in any case. One of the same key is replaced and freed. False: the store refuses; nothing has changed. */
bool svp_catalog_put(SvpCatalog *catalog, SvpCatalogKind kind, void *thing, GError **error);
/* Several at once, all or none; takes the things in any case. */
typedef struct {
    SvpCatalogKind kind;
    void *thing;
} SvpCatalogChange;
bool svp_catalog_put_all(
    SvpCatalog *catalog, const SvpCatalogChange *changes, unsigned n_changes, GError **error);
/* It is there (asserted), and is freed. False: the store refuses; nothing has changed. */
bool svp_catalog_remove(SvpCatalog *catalog, SvpCatalogKind kind, const void *thing, GError **error);

/* By name, in any case; NULL: there is none. */
const SvpPolicy *svp_catalog_policy(const SvpCatalog *catalog, const char *name);
const SvpGroup *svp_catalog_group(const SvpCatalog *catalog, const char *name);
const SvpRelation *svp_catalog_relation(const SvpCatalog *catalog, const char *group, SvpPlace place);
const SvpSnapshot *svp_catalog_snapshot(const SvpCatalog *catalog, const char *name);
const SvpClone *svp_catalog_clone(const SvpCatalog *catalog, const char *clone);
const SvpRun *svp_catalog_run(const SvpCatalog *catalog, const char *group, const char *policy);
const SvpMeasure *svp_catalog_measure(const SvpCatalog *catalog, const char *lpar);

/* The same with SVP_ERROR_PROTECT_UNKNOWN, which names what there is. */
const SvpPolicy *svp_catalog_need_policy(const SvpCatalog *catalog, const char *name, GError **error);
const SvpGroup *svp_catalog_need_group(const SvpCatalog *catalog, const char *name, GError **error);
const SvpSnapshot *svp_catalog_need_snapshot(const SvpCatalog *catalog, const char *name, GError **error);
const SvpRelation *
svp_catalog_need_relation(const SvpCatalog *catalog, const char *group, SvpPlace place, GError **error);

/* The number of the next snapshot: higher than any there ever was. */
uint64_t svp_catalog_next_sequence(const SvpCatalog *catalog);
/* Whether a change that was refused has not happened; if not, nobody knows it. */
bool svp_catalog_is_certain(const SvpCatalog *catalog);
/* Its copy in that place is in that state from now on; one that has no copy anywhere any more is removed and freed. */
bool svp_catalog_set_copy(
    SvpCatalog *catalog, const SvpSnapshot *snapshot, SvpPlace place, SvpCopyState state, GError **error);
/* How many clones share its content. */
unsigned svp_catalog_clones_of(const SvpCatalog *catalog, const SvpSnapshot *snapshot);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpCatalog, svp_catalog_free)

#endif
