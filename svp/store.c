/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Records of the SVP: JSON objects by collection and key, in one table.
 *
 * Collections need no declaration, and what a record contains is known to whoever puts it. In memory the same database is used without
 * a file, so a program behaves the same with a state directory and without; only the care differs (hv/database.h).
 *
 * What must hold: every value is the text of a JSON object. Whoever walks over a collection may change it meanwhile: he sees it as it
 * was when he began.
 */
#include "svp/store.h"

#include "hv/database.h"

struct SvpStore {
    HvDatabase *database;
};

/* [n - 1]: to version n. */
static const char *const store_upgrades[] = {
    "CREATE TABLE record (collection TEXT NOT NULL, key TEXT NOT NULL,"
    " value TEXT NOT NULL, PRIMARY KEY (collection, key)) STRICT, WITHOUT ROWID",
};

static bool take_key(const HvDatabaseRow *row, void *data)
{
    *(char **)data = g_strdup_printf("%s %s", hv_database_row_text(row, 0), hv_database_row_text(row, 1));
    return false;
}

/* SQLite's own check sees its pages, not what a text says. */
static bool check_values(SvpStore *store, GError **error)
{
    g_autofree char *wrong = NULL;

    if (!hv_database_query(
            store->database, take_key, &wrong, error,
            "SELECT collection, key FROM record WHERE NOT json_valid(value) OR json_type(value) <> 'object'",
            ""))
        return false;
    if (!wrong)
        return true;
    g_set_error(
        error, HV_ERROR, HV_ERROR_DATABASE_DAMAGED,
        "%s is damaged: the record \"%s\" is no object\nTake an older copy of the file",
        hv_database_path(store->database), wrong);
    return false;
}

SvpStore *svp_store_open(const char *directory, GError **error)
{
    g_autofree char *path = directory ? g_build_filename(directory, SVP_STORE_FILE, NULL) : NULL;
    g_autoptr(SvpStore) store = g_new0(SvpStore, 1);

    store->database = hv_database_open(path, store_upgrades, G_N_ELEMENTS(store_upgrades), error);
    return store->database && check_values(store, error) ? g_steal_pointer(&store) : NULL;
}

void svp_store_free(SvpStore *store)
{
    if (!store)
        return;
    hv_database_free(store->database);
    g_free(store);
}

bool svp_store_may_write(const SvpStore *store, GError **error)
{
    return hv_database_may_write(store->database, error);
}

/* --- Records -------------------------------------------------------------------------------------------- */

bool svp_store_put(
    SvpStore *store, const char *collection, const char *key, const json_t *record, GError **error)
{
    g_assert(json_is_object(record));
    char *text = json_dumps(record, JSON_COMPACT | JSON_REAL_PRECISION(17));

    g_assert(text);
    bool put = hv_database_run(
        store->database, error, "INSERT OR REPLACE INTO record (collection, key, value) VALUES (?, ?, ?)",
        "sss", collection, key, text);

    free(text);
    return put;
}

bool svp_store_delete(SvpStore *store, const char *collection, const char *key, GError **error)
{
    return hv_database_run(
        store->database, error, "DELETE FROM record WHERE collection = ? AND key = ?", "ss", collection, key);
}

static bool take_record(const HvDatabaseRow *row, void *data)
{
    *(json_t **)data = json_loads(hv_database_row_text(row, 0), 0, NULL);
    return false;
}

json_t *svp_store_get(SvpStore *store, const char *collection, const char *key)
{
    json_t *record = NULL;

    hv_database_query(
        store->database, take_record, &record, NULL,
        "SELECT value FROM record WHERE collection = ? AND key = ?", "ss", collection, key);
    return record;
}

typedef struct {
    char *key, *text;
} StoredText;

static void stored_text_clear(void *data)
{
    StoredText *stored = data;

    g_free(stored->key);
    g_free(stored->text);
}

static bool collect(const HvDatabaseRow *row, void *data)
{
    const StoredText stored = {
        g_strdup(hv_database_row_text(row, 0)), g_strdup(hv_database_row_text(row, 1))};

    g_array_append_val((GArray *)data, stored);
    return true;
}

void svp_store_foreach(
    SvpStore *store, const char *collection, bool (*visit)(const char *key, json_t *record, void *data),
    void *data)
{
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(StoredText));
    bool go_on = true;

    g_array_set_clear_func(all, stored_text_clear);
    hv_database_query(
        store->database, collect, all, NULL,
        "SELECT key, value FROM record WHERE collection = ? ORDER BY key", "s", collection);
    for (unsigned i = 0; i < all->len && go_on; i++) {
        const StoredText *stored = &g_array_index(all, StoredText, i);
        json_t *record = json_loads(stored->text, 0, NULL);

        go_on = visit(stored->key, record, data);
        json_decref(record);
    }
}

static bool take_count(const HvDatabaseRow *row, void *data)
{
    *(size_t *)data = (size_t)hv_database_row_int(row, 0);
    return false;
}

size_t svp_store_count(SvpStore *store, const char *collection)
{
    size_t count = 0;

    hv_database_query(
        store->database, take_count, &count, NULL, "SELECT count(*) FROM record WHERE collection = ?", "s",
        collection);
    return count;
}

/* --- Several changes ------------------------------------------------------------------------------------ */

bool svp_store_begin(SvpStore *store, GError **error)
{
    return hv_database_begin(store->database, error);
}

bool svp_store_commit(SvpStore *store, GError **error)
{
    return hv_database_commit(store->database, error);
}

void svp_store_rollback(SvpStore *store)
{
    hv_database_rollback(store->database);
}
