/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who is whose clone.
 *
 * Of a clone of an LPAR there is a record in the store (collection "lpar-clone"); a clone that was made from a snapshot is in the catalog of the
 * protection, which keeps the snapshot as long as it is there. Nothing else depends on either: pages count for themselves who has them.
 *
 * A record whose clone is no more is of no use to anybody and is passed over.
 */
#include "svp/save/clone.h"

#include "svp/protect/policy-run.h"

#define COLLECTION "lpar-clone" /* "clone" is the catalog's */

bool svp_clones_add(SvpConsole *console, const char *clone, const MonitorCapture *parent, GError **error)
{
    g_autofree char *key = g_ascii_strup(clone, -1);
    json_t *record = json_pack(
        "{s:s, s:s, s:I}", "clone", clone, "parent", parent->name, "at_ns", (json_int_t)parent->at_ns);
    bool put = svp_store_put(console->store, COLLECTION, key, record, error);

    json_decref(record);
    return put;
}

bool svp_clones_forget(SvpConsole *console, const char *clone, GError **error)
{
    SvpProtect *protect = svp_console_protect(console, error);
    g_autofree char *key = g_ascii_strup(clone, -1);

    return protect && svp_store_delete(console->store, COLLECTION, key, error) &&
           svp_protect_split_clone(protect, clone, error);
}

/* --- All of them ---------------------------------------------------------------------------------------- */

typedef struct {
    const ResmgrState *state;
    SvpCloneFunc visit;
    void *data;
    bool goes_on;
} Visit;

static bool visit_clone(Visit *visit, const char *clone, SvpCloneOrigin origin)
{
    origin.clone = resmgr_state_find(visit->state, clone, NULL);
    if (origin.clone && origin.parent)
        visit->goes_on = visit->visit(&origin, visit->data);
    return visit->goes_on;
}

static bool visit_record(const char *key, json_t *record, void *data)
{
    return visit_clone(
        data, key,
        (SvpCloneOrigin){
            .parent = json_string_value(json_object_get(record, "parent")),
            .at_ns = (HvTime)json_integer_value(json_object_get(record, "at_ns"))});
}

bool svp_clones_foreach(SvpConsole *console, SvpCloneFunc func, void *data, GError **error)
{
    Visit visit = {.state = svp_console_state(console), .visit = func, .data = data, .goes_on = true};
    SvpProtect *protect = svp_console_protect(console, error);

    if (!protect)
        return false;
    svp_store_foreach(console->store, COLLECTION, visit_record, &visit);
    const GPtrArray *clones = svp_catalog_all(svp_protect_catalog(protect), SVP_CATALOG_CLONE);

    for (unsigned i = 0; visit.goes_on && i < clones->len; i++) {
        const SvpClone *clone = g_ptr_array_index(clones, i);
        const SvpSnapshot *snapshot = svp_catalog_snapshot(svp_protect_catalog(protect), clone->snapshot);

        visit_clone(
            &visit, clone->clone,
            (SvpCloneOrigin){
                .parent = clone->lpar, .snapshot = clone->snapshot, .at_ns = snapshot ? snapshot->at_ns : 0});
    }
    return true;
}
