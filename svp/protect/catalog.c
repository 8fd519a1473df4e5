/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The catalog: things in memory, each with its record in the store.
 *
 * Kinds of things differ in their key and in how they are written; a table says so, and the rest is the same for all. A change is written to
 * the store first and made in memory when that has succeeded, so the two never differ, and a change that the store refuses has not happened.
 *
 * Snapshots are numbered, and the number is never given again: it is what is newer when two were taken at one moment. The highest is
 * kept as a record of its own, since the snapshot that had it may be gone.
 */
#include "svp/protect/catalog.h"

#include "svp/error.h"
#include "svp/message.h"
#include "svp/protect/name.h"

#include <string.h>

struct SvpCatalog {
    SvpStore *store; /* its owner's */
    GPtrArray *things[SVP_CATALOG_KINDS];
    uint64_t last_sequence;
};

typedef struct {
    const char *collection;
    char *(*key)(const void *thing);
    json_t *(*to_json)(const void *thing);
    void *(*from_json)(const json_t *record, GError **error);
    GDestroyNotify free;
} Kind;

#define KIND_FUNCTIONS(name, Type, function, key_expression)                                                 \
    static char *name##_key(const void *thing)                                                               \
    {                                                                                                        \
        const Type *it = thing;                                                                              \
                                                                                                             \
        return key_expression;                                                                               \
    }                                                                                                        \
    static json_t *name##_to_json(const void *thing)                                                         \
    {                                                                                                        \
        return function##_to_json(thing);                                                                    \
    }                                                                                                        \
    static void *name##_from_json(const json_t *record, GError **error)                                      \
    {                                                                                                        \
        return function##_from_json(record, error);                                                          \
    }                                                                                                        \
    static void name##_free(void *thing)                                                                     \
    {                                                                                                        \
        function##_free(thing);                                                                              \
    }

static char *relation_key_of(const char *group, SvpPlace place)
{
    g_autofree char *key = svp_protect_key(group);

    return g_strdup_printf("%s %s", key, svp_place_name(place));
}

static char *run_key_of(const char *group, const char *policy)
{
    g_autofree char *group_key = svp_protect_key(group), *policy_key = svp_protect_key(policy);

    return g_strdup_printf("%s %s", group_key, policy_key);
}

static char *sequence_key(uint64_t sequence)
{
    return g_strdup_printf("%020" G_GUINT64_FORMAT, sequence);
}

KIND_FUNCTIONS(policy, SvpPolicy, svp_policy, svp_protect_key(it->name))
KIND_FUNCTIONS(group, SvpGroup, svp_group, svp_protect_key(it->name))
KIND_FUNCTIONS(relation, SvpRelation, svp_relation, relation_key_of(it->group, it->place))
KIND_FUNCTIONS(snapshot, SvpSnapshot, svp_snapshot, sequence_key(it->sequence))
KIND_FUNCTIONS(clone, SvpClone, svp_clone, svp_protect_key(it->clone))
KIND_FUNCTIONS(measure, SvpMeasure, svp_measure, svp_protect_key(it->lpar))
KIND_FUNCTIONS(run, SvpRun, svp_run, run_key_of(it->group, it->policy))

#define KIND(name, collection_)                                                                              \
    {                                                                                                        \
        .collection = (collection_), .key = name##_key, .to_json = name##_to_json,                           \
        .from_json = name##_from_json, .free = name##_free                                                   \
    }
static const Kind kinds[SVP_CATALOG_KINDS] = {
    [SVP_CATALOG_POLICY] = KIND(policy, "policy"),       [SVP_CATALOG_GROUP] = KIND(group, "group"),
    [SVP_CATALOG_RELATION] = KIND(relation, "relation"), [SVP_CATALOG_SNAPSHOT] = KIND(snapshot, "snapshot"),
    [SVP_CATALOG_CLONE] = KIND(clone, "clone"),          [SVP_CATALOG_MEASURE] = KIND(measure, "measure"),
    [SVP_CATALOG_RUN] = KIND(run, "policy-run"),
};

#define SEQUENCE_COLLECTION "protect"
#define SEQUENCE_KEY        "sequence"

/* --- Opening ---------------------------------------------------------------------------------------------- */

typedef struct {
    const Kind *kind;
    GPtrArray *things;
    GError **error;
    bool ok;
} Reading;

static bool read_record(const char *key, json_t *record, void *data)
{
    Reading *reading = data;
    void *thing = reading->kind->from_json(record, reading->error);

    reading->ok = thing != NULL;
    if (thing) {
        g_autofree char *own = reading->kind->key(thing);

        g_ptr_array_add(reading->things, thing);
        reading->ok = strcmp(own, key) == 0;
        if (!reading->ok)
            g_set_error(
                reading->error, SVP_ERROR, SVP_ERROR_CATALOG,
                "The record %s of collection %s is damaged: it calls itself %s\nGo back to an older state "
                "directory",
                key, reading->kind->collection, own);
    }
    return reading->ok;
}

static void read_sequence(SvpCatalog *catalog)
{
    const GPtrArray *snapshots = catalog->things[SVP_CATALOG_SNAPSHOT];
    json_t *record = svp_store_get(catalog->store, SEQUENCE_COLLECTION, SEQUENCE_KEY);
    json_int_t last = json_integer_value(json_object_get(record, "last"));

    json_decref(record);
    catalog->last_sequence = last > 0 ? (uint64_t)last : 0;
    if (snapshots->len > 0) {
        const SvpSnapshot *newest = snapshots->pdata[snapshots->len - 1];

        catalog->last_sequence = MAX(catalog->last_sequence, newest->sequence);
    }
}

SvpCatalog *svp_catalog_open(SvpStore *store, GError **error)
{
    g_autoptr(SvpCatalog) catalog = g_new0(SvpCatalog, 1);

    catalog->store = store;
    for (unsigned i = 0; i < SVP_CATALOG_KINDS; i++)
        catalog->things[i] = g_ptr_array_new_with_free_func(kinds[i].free);
    for (unsigned i = 0; i < SVP_CATALOG_KINDS; i++) {
        Reading reading = {.kind = &kinds[i], .things = catalog->things[i], .error = error, .ok = true};

        svp_store_foreach(store, kinds[i].collection, read_record, &reading);
        if (!reading.ok)
            return NULL;
    }
    read_sequence(catalog);
    return g_steal_pointer(&catalog);
}

void svp_catalog_free(SvpCatalog *catalog)
{
    if (!catalog)
        return;
    for (unsigned i = 0; i < SVP_CATALOG_KINDS; i++)
        g_ptr_array_unref(catalog->things[i]);
    g_free(catalog);
}

/* --- Any kind --------------------------------------------------------------------------------------------- */

const GPtrArray *svp_catalog_all(const SvpCatalog *catalog, SvpCatalogKind kind)
{
    g_assert(kind < SVP_CATALOG_KINDS);
    return catalog->things[kind];
}

/* Where a thing of that key is, or where it would stand. */
static bool locate(const SvpCatalog *catalog, SvpCatalogKind kind, const char *key, unsigned *ret_index)
{
    const GPtrArray *things = catalog->things[kind];
    unsigned low = 0, high = things->len;

    while (low < high) {
        unsigned middle = (low + high) / 2;
        g_autofree char *at = kinds[kind].key(things->pdata[middle]);
        int order = strcmp(at, key);

        if (order == 0) {
            *ret_index = middle;
            return true;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *ret_index = low;
    return false;
}

static const void *find(const SvpCatalog *catalog, SvpCatalogKind kind, const char *key)
{
    unsigned index;

    return locate(catalog, kind, key, &index) ? catalog->things[kind]->pdata[index] : NULL;
}

static bool write_record(SvpCatalog *catalog, SvpCatalogKind kind, const void *thing, GError **error)
{
    g_autofree char *key = kinds[kind].key(thing);
    json_t *record = kinds[kind].to_json(thing);

    g_assert(record);
    bool ok = svp_store_put(catalog->store, kinds[kind].collection, key, record, error);

    json_decref(record);
    return ok;
}

static bool write_sequence(SvpCatalog *catalog, uint64_t sequence, GError **error)
{
    if (sequence <= catalog->last_sequence)
        return true;
    json_t *record = json_pack("{s:I}", "last", (json_int_t)sequence);
    bool ok = svp_store_put(catalog->store, SEQUENCE_COLLECTION, SEQUENCE_KEY, record, error);

    json_decref(record);
    if (ok)
        catalog->last_sequence = sequence;
    return ok;
}

/* In memory, as the store has it. */
static void take(SvpCatalog *catalog, SvpCatalogKind kind, void *thing)
{
    g_autofree char *key = kinds[kind].key(thing);
    unsigned index;

    if (locate(catalog, kind, key, &index)) {
        kinds[kind].free(catalog->things[kind]->pdata[index]);
        catalog->things[kind]->pdata[index] = thing;
    } else {
        g_ptr_array_insert(catalog->things[kind], (gint)index, thing);
    }
}

bool svp_catalog_put(SvpCatalog *catalog, SvpCatalogKind kind, void *thing, GError **error)
{

    /* A number that was given to a snapshot which then was not written is lost; that does no harm. */
    if ((kind == SVP_CATALOG_SNAPSHOT &&
         !write_sequence(catalog, ((const SvpSnapshot *)thing)->sequence, error)) ||
        !write_record(catalog, kind, thing, error)) {
        kinds[kind].free(thing);
        return false;
    }
    take(catalog, kind, thing);
    return true;
}

static bool
write_all(SvpCatalog *catalog, const SvpCatalogChange *changes, unsigned n_changes, GError **error)
{
    if (!svp_store_begin(catalog->store, error))
        return false;
    for (unsigned i = 0; i < n_changes; i++)
        if (!write_record(catalog, changes[i].kind, changes[i].thing, error)) {
            svp_store_rollback(catalog->store);
            return false;
        }
    return svp_store_commit(catalog->store, error);
}

bool svp_catalog_put_all(
    SvpCatalog *catalog, const SvpCatalogChange *changes, unsigned n_changes, GError **error)
{
    bool written = write_all(catalog, changes, n_changes, error);

    for (unsigned i = 0; i < n_changes; i++) {
        g_assert(changes[i].kind != SVP_CATALOG_SNAPSHOT); /* those have numbers */
        if (written)
            take(catalog, changes[i].kind, changes[i].thing);
        else
            kinds[changes[i].kind].free(changes[i].thing);
    }
    return written;
}

bool svp_catalog_remove(SvpCatalog *catalog, SvpCatalogKind kind, const void *thing, GError **error)
{
    g_autofree char *key = kinds[kind].key(thing);
    unsigned index;
    bool is_there = locate(catalog, kind, key, &index);

    g_assert(is_there);
    if (!svp_store_delete(catalog->store, kinds[kind].collection, key, error))
        return false;
    g_ptr_array_remove_index(catalog->things[kind], index);
    return true;
}

/* --- By name ---------------------------------------------------------------------------------------------- */

static const void *find_named(const SvpCatalog *catalog, SvpCatalogKind kind, const char *name)
{
    g_autofree char *key = svp_protect_key(name);

    return find(catalog, kind, key);
}

const SvpPolicy *svp_catalog_policy(const SvpCatalog *catalog, const char *name)
{
    return find_named(catalog, SVP_CATALOG_POLICY, name);
}

const SvpGroup *svp_catalog_group(const SvpCatalog *catalog, const char *name)
{
    return find_named(catalog, SVP_CATALOG_GROUP, name);
}

const SvpClone *svp_catalog_clone(const SvpCatalog *catalog, const char *clone)
{
    return find_named(catalog, SVP_CATALOG_CLONE, clone);
}

const SvpMeasure *svp_catalog_measure(const SvpCatalog *catalog, const char *lpar)
{
    return find_named(catalog, SVP_CATALOG_MEASURE, lpar);
}

const SvpRun *svp_catalog_run(const SvpCatalog *catalog, const char *group, const char *policy)
{
    g_autofree char *key = run_key_of(group, policy);

    return find(catalog, SVP_CATALOG_RUN, key);
}

const SvpRelation *svp_catalog_relation(const SvpCatalog *catalog, const char *group, SvpPlace place)
{
    g_autofree char *key = relation_key_of(group, place);

    return find(catalog, SVP_CATALOG_RELATION, key);
}

const SvpSnapshot *svp_catalog_snapshot(const SvpCatalog *catalog, const char *name)
{
    const GPtrArray *snapshots = catalog->things[SVP_CATALOG_SNAPSHOT];

    for (unsigned i = snapshots->len; i > 0; i--) {
        const SvpSnapshot *snapshot = snapshots->pdata[i - 1];

        if (svp_protect_same_name(snapshot->name, name))
            return snapshot;
    }
    return NULL;
}

static const void *
need(const void *thing, const char *what, const char *name, const char *noun, GError **error)
{
    if (!thing) {
        g_autofree char *quoted = svp_message_quote(name);

        g_set_error(
            error, SVP_ERROR, SVP_ERROR_PROTECT_UNKNOWN, "There is no %s %s\nDISPLAY %s lists what there is",
            what, quoted, noun);
    }
    return thing;
}

const SvpPolicy *svp_catalog_need_policy(const SvpCatalog *catalog, const char *name, GError **error)
{
    return need(svp_catalog_policy(catalog, name), "policy", name, "POLICY", error);
}

const SvpGroup *svp_catalog_need_group(const SvpCatalog *catalog, const char *name, GError **error)
{
    return need(svp_catalog_group(catalog, name), "resource group", name, "GROUP", error);
}

const SvpSnapshot *svp_catalog_need_snapshot(const SvpCatalog *catalog, const char *name, GError **error)
{
    return need(svp_catalog_snapshot(catalog, name), "snapshot", name, "SNAPSHOT", error);
}

const SvpRelation *
svp_catalog_need_relation(const SvpCatalog *catalog, const char *group, SvpPlace place, GError **error)
{
    g_autofree char *what = g_strdup_printf("%s of group", svp_place_name(place));

    return need(svp_catalog_relation(catalog, group, place), what, group, "RELATION", error);
}

/* --- Snapshots -------------------------------------------------------------------------------------------- */

uint64_t svp_catalog_next_sequence(const SvpCatalog *catalog)
{
    return catalog->last_sequence + 1;
}

static bool has_copy(const SvpSnapshot *snapshot)
{
    for (unsigned i = 0; i < SVP_PLACES; i++)
        if (snapshot->copies[i] == SVP_COPY_GOOD || snapshot->copies[i] == SVP_COPY_BAD)
            return true;
    return false;
}

bool svp_catalog_is_certain(const SvpCatalog *catalog)
{
    return svp_store_may_write(catalog->store, NULL);
}

bool svp_catalog_set_copy(
    SvpCatalog *catalog, const SvpSnapshot *snapshot, SvpPlace place, SvpCopyState state, GError **error)
{
    g_autofree char *key = sequence_key(snapshot->sequence);
    unsigned index;
    bool is_there = locate(catalog, SVP_CATALOG_SNAPSHOT, key, &index);

    g_assert(is_there && catalog->things[SVP_CATALOG_SNAPSHOT]->pdata[index] == snapshot);
    SvpSnapshot *own = catalog->things[SVP_CATALOG_SNAPSHOT]->pdata[index];
    SvpCopyState before = own->copies[place];

    own->copies[place] = state;
    bool ok = has_copy(own) ? write_record(catalog, SVP_CATALOG_SNAPSHOT, own, error)
                            : svp_catalog_remove(catalog, SVP_CATALOG_SNAPSHOT, own, error);

    if (!ok)
        own->copies[place] = before;
    return ok;
}

unsigned svp_catalog_clones_of(const SvpCatalog *catalog, const SvpSnapshot *snapshot)
{
    const GPtrArray *clones = catalog->things[SVP_CATALOG_CLONE];
    unsigned n = 0;

    for (unsigned i = 0; i < clones->len; i++)
        n += svp_protect_same_name(((const SvpClone *)clones->pdata[i])->snapshot, snapshot->name);
    return n;
}
