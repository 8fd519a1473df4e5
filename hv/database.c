/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A database in one file, with the care that what it holds is worth.
 *
 * SQLite's write-ahead log with synchronous=FULL: when a commit returns, it is on the disk. Two things SQLite leaves to its user are
 * decided here. First, what an error means: before the commit any error leaves everything as before; at the commit a full disk does, too
 * (the record that commits is written last and was not), but whether a record is there after a failed sync nobody knows, and a
 * page cache that has lost it will not say. So the database is in doubt then, and stays so: nothing is written any more by this
 * process. Second, the log is brought into the database by us and not by SQLite itself, which ignores errors of that: they put it in
 * doubt as well.
 *
 * Owned: the connection and its prepared statements, one for each text of SQL (these are literals; the table keeps their pointers' texts).
 * What must hold: the only transaction is the one that begin() began; every row that is read was committed, or written in it.
 */
#include "hv/database.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BUSY_LIMIT_MS 5000 /* somebody reads with sqlite3 and is in the way */
#define WAL_PAGES_MAX 1000 /* then it is brought into the database */
#define DAMAGE_REMEDY "Take an older copy of the file or of its folder, or begin with a new folder"
#define START_AGAIN_REMEDY                                                                                   \
    "End the program, mend the disk and start again: the next start looks what is there"

struct HvDatabase {
    sqlite3 *db;
    char *path;
    GHashTable *statements; /* SQL -> sqlite3_stmt * */
    int wal_pages;          /* in the log after the last commit */
    bool in_transaction;
    char *doubt; /* why; NULL: there is none */
};

/* --- What went wrong ------------------------------------------------------------------------------------ */

static bool refuse_doubt(const HvDatabase *database, GError **error)
{
    g_set_error(
        error, HV_ERROR, HV_ERROR_DATABASE_DOUBT,
        "Whether the last change is in %s is not known (%s): nothing more may be "
        "changed\n" START_AGAIN_REMEDY,
        database->path, database->doubt);
    return false;
}

static bool refuse(const HvDatabase *database, GError **error)
{
    int code = sqlite3_errcode(database->db) & 0xff;
    const char *why = sqlite3_errmsg(database->db);

    if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
        g_set_error(
            error, HV_ERROR, HV_ERROR_DATABASE_DAMAGED, "%s is damaged: %s\n" DAMAGE_REMEDY, database->path,
            why);
    else if (code == SQLITE_FULL)
        g_set_error(
            error, HV_ERROR, HV_ERROR_DATABASE_FULL,
            "%s cannot be written: the disk is full; nothing has changed\nMake room, and give the command "
            "again",
            database->path);
    else
        g_set_error(
            error, HV_ERROR, HV_ERROR_DATABASE,
            "%s cannot be read or written: %s\nLook at the file, its folder and their permissions",
            database->path, why);
    return false;
}

static void set_doubt(HvDatabase *database)
{
    if (!database->doubt)
        database->doubt = g_strdup(sqlite3_errmsg(database->db));
    sqlite3_db_config(database->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
}

/* --- Statements ----------------------------------------------------------------------------------------- */

static void statement_free(void *data)
{
    sqlite3_finalize(data);
}

/* *ret_own: the caller's, because the kept one is being read. */
static sqlite3_stmt *prepare(HvDatabase *database, const char *sql, bool *ret_own, GError **error)
{
    sqlite3_stmt *statement = g_hash_table_lookup(database->statements, sql);
    bool kept = statement != NULL;

    *ret_own = kept && sqlite3_stmt_busy(statement);
    if (kept && !*ret_own)
        return statement;
    if (sqlite3_prepare_v3(database->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK) {
        refuse(database, error);
        return NULL;
    }
    if (!kept)
        g_hash_table_insert(database->statements, g_strdup(sql), statement);
    return statement;
}

static void release(sqlite3_stmt *statement, bool own)
{
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    if (own)
        sqlite3_finalize(statement);
}

static void bind_bytes(sqlite3_stmt *statement, int parameter, GBytes *bytes)
{
    gsize size = 0;
    const void *data = bytes ? g_bytes_get_data(bytes, &size) : NULL;

    if (bytes)
        sqlite3_bind_blob64(statement, parameter, data ? data : "", size, SQLITE_STATIC);
}

/* The caller's values live until the statement is released. */
static void bind(sqlite3_stmt *statement, const char *types, va_list values)
{
    g_assert(sqlite3_bind_parameter_count(statement) == (int)strlen(types));
    for (int i = 0; types[i]; i++) {
        g_assert(strchr("sib", types[i]));
        if (types[i] == 's')
            sqlite3_bind_text(statement, i + 1, va_arg(values, const char *), -1, SQLITE_STATIC);
        else if (types[i] == 'i')
            sqlite3_bind_int64(statement, i + 1, va_arg(values, int64_t));
        else
            bind_bytes(statement, i + 1, va_arg(values, GBytes *));
    }
}

typedef bool (*RowFunc)(const HvDatabaseRow *row, void *data);

static bool query(
    HvDatabase *database, RowFunc visit, void *data, GError **error, const char *sql, const char *types,
    va_list values)
{
    bool own;
    sqlite3_stmt *statement = prepare(database, sql, &own, error);
    int result;

    if (!statement)
        return false;
    bind(statement, types, values);
    while ((result = sqlite3_step(statement)) == SQLITE_ROW)
        if (visit && !visit((const HvDatabaseRow *)statement, data))
            break;
    bool ok = result == SQLITE_ROW || result == SQLITE_DONE || refuse(database, error);

    release(statement, own);
    return ok;
}

bool hv_database_query(
    HvDatabase *database, RowFunc visit, void *data, GError **error, const char *sql, const char *types, ...)
{
    va_list values;

    va_start(values, types);
    bool ok = query(database, visit, data, error, sql, types, values);

    va_end(values);
    return ok;
}

static sqlite3_stmt *row_statement(const HvDatabaseRow *row)
{
    union {
        const HvDatabaseRow *row;
        sqlite3_stmt *statement; /* SQLite's getters want it without const */
    } either = {.row = row};

    return either.statement;
}

int64_t hv_database_row_int(const HvDatabaseRow *row, unsigned column)
{
    return sqlite3_column_int64(row_statement(row), (int)column);
}

const char *hv_database_row_text(const HvDatabaseRow *row, unsigned column)
{
    return (const char *)sqlite3_column_text(row_statement(row), (int)column);
}

GBytes *hv_database_row_bytes(const HvDatabaseRow *row, unsigned column)
{
    sqlite3_stmt *statement = row_statement(row);
    const void *data = sqlite3_column_blob(statement, (int)column);

    if (sqlite3_column_type(statement, (int)column) == SQLITE_NULL)
        return NULL;
    return g_bytes_new(data, (gsize)sqlite3_column_bytes(statement, (int)column));
}

/* --- Transactions --------------------------------------------------------------------------------------- */

static bool execute(HvDatabase *database, const char *sql, GError **error)
{
    return hv_database_query(database, NULL, NULL, error, sql, "");
}

bool hv_database_in_transaction(const HvDatabase *database)
{
    return database->in_transaction;
}

bool hv_database_may_write(const HvDatabase *database, GError **error)
{
    return !database->doubt || refuse_doubt(database, error);
}

bool hv_database_begin(HvDatabase *database, GError **error)
{
    g_assert(!database->in_transaction);
    database->in_transaction = hv_database_may_write(database, error) &&
                               execute(database, "BEGIN IMMEDIATE", error);
    return database->in_transaction;
}

/* SQLite has done so itself after some errors. */
void hv_database_rollback(HvDatabase *database)
{
    if (!sqlite3_get_autocommit(database->db))
        execute(database, "ROLLBACK", NULL);
    database->in_transaction = false;
}

static int count_wal_pages(void *data, sqlite3 *db, const char *name, int pages)
{
    (void)db;
    (void)name;
    ((HvDatabase *)data)->wal_pages = pages;
    return SQLITE_OK;
}

/* What was committed is safe whatever happens here; but a disk that fails now is not trusted any more. */
static void shorten_wal(HvDatabase *database)
{
    if (database->wal_pages < WAL_PAGES_MAX)
        return;
    int result = sqlite3_wal_checkpoint_v2(database->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL) & 0xff;

    if (result == SQLITE_IOERR || result == SQLITE_CORRUPT)
        set_doubt(database);
}

bool hv_database_commit(HvDatabase *database, GError **error)
{
    g_assert(database->in_transaction);
    g_autoptr(GError) why = NULL;

    if (execute(database, "COMMIT", &why)) {
        database->in_transaction = false;
        shorten_wal(database);
        return true;
    }
    bool full = g_error_matches(why, HV_ERROR, HV_ERROR_DATABASE_FULL);

    if (!full)
        set_doubt(database);
    hv_database_rollback(database);
    if (!full)
        return refuse_doubt(database, error);
    g_propagate_error(error, g_steal_pointer(&why));
    return false;
}

bool hv_database_run(HvDatabase *database, GError **error, const char *sql, const char *types, ...)
{
    bool alone = !database->in_transaction;
    va_list values;

    if (alone && !hv_database_begin(database, error))
        return false;
    va_start(values, types);
    bool ok = query(database, NULL, NULL, error, sql, types, values);

    va_end(values);
    if (alone && !ok)
        hv_database_rollback(database);
    return ok && (!alone || hv_database_commit(database, error));
}

/* --- Opening -------------------------------------------------------------------------------------------- */

static bool take_int(const HvDatabaseRow *row, void *data)
{
    *(int64_t *)data = hv_database_row_int(row, 0);
    return false;
}

static bool take_wrong(const HvDatabaseRow *row, void *data)
{
    const char *text = hv_database_row_text(row, 0);

    if (g_strcmp0(text, "ok") != 0)
        *(char **)data = g_strdup(text ? text : "a foreign key is missing");
    return false;
}

static bool check_integrity(HvDatabase *database, GError **error)
{
    g_autofree char *wrong = NULL;

    if (!hv_database_query(database, take_wrong, &wrong, error, "PRAGMA integrity_check(1)", ""))
        return false;
    if (!wrong && !hv_database_query(database, take_wrong, &wrong, error, "PRAGMA foreign_key_check", ""))
        return false;
    if (!wrong)
        return true;
    g_set_error(
        error, HV_ERROR, HV_ERROR_DATABASE_DAMAGED, "%s is damaged: %s\n" DAMAGE_REMEDY, database->path,
        wrong);
    return false;
}

static bool sync_path(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC);
    bool synced = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0)
        close(fd);
    return synced;
}

static bool make_durable(const char *temporary, const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);

    return sync_path(temporary, O_RDWR) && rename(temporary, path) == 0 &&
           sync_path(folder, O_RDONLY | O_DIRECTORY);
}

/* Whole before anything is changed; one of an upgrade that did not come to its end is replaced. */
static bool keep_copy(HvDatabase *database, unsigned version, GError **error)
{
    g_autofree char *copy = g_strdup_printf("%s.v%u.bak", database->path, version);
    g_autofree char *temporary = g_strdup_printf("%s.new", copy);

    unlink(temporary);
    if (!hv_database_query(database, NULL, NULL, error, "VACUUM INTO ?", "s", temporary))
        return false;
    if (make_durable(temporary, copy))
        return true;
    g_set_error(
        error, HV_ERROR, HV_ERROR_DATABASE, "%s cannot be written: %s\nLook at the folder's permissions",
        copy, g_strerror(errno));
    return false;
}

/* A script of several statements. */
static bool run_script(HvDatabase *database, const char *sql, GError **error)
{
    return sqlite3_exec(database->db, sql, NULL, NULL, NULL) == SQLITE_OK || refuse(database, error);
}

static bool
make_version(HvDatabase *database, const char *const *upgrades, unsigned from, unsigned to, GError **error)
{
    g_autofree char *pragma = g_strdup_printf("PRAGMA user_version = %u", to);

    for (unsigned version = from + 1; version <= to; version++)
        if (!run_script(database, upgrades[version - 1], error) ||
            !hv_database_run(
                database, error, "INSERT INTO schema_version (version, made_by) VALUES (?, ?)", "is",
                (int64_t)version, "lparsim " LPARSIM_VERSION))
            return false;
    return run_script(database, pragma, error);
}

static bool
upgrade(HvDatabase *database, const char *const *upgrades, unsigned from, unsigned to, GError **error)
{
    if (from == to)
        return true;
    if (from > 0 && !keep_copy(database, from, error))
        return false;
    if (!hv_database_begin(database, error))
        return false;
    bool made = (from > 0 || run_script(
                                 database,
                                 "CREATE TABLE schema_version (version INTEGER PRIMARY KEY, made_by TEXT NOT "
                                 "NULL) STRICT",
                                 error)) &&
                make_version(database, upgrades, from, to, error);

    if (made)
        return hv_database_commit(database, error);
    hv_database_rollback(database);
    return false;
}

static bool refuse_version(const HvDatabase *database, int64_t version, unsigned known, GError **error)
{
    g_set_error(
        error, HV_ERROR, HV_ERROR_DATABASE_VERSION,
        "%s has version %" G_GINT64_FORMAT ", this program knows versions 1 to %u\nUse the newer program, or "
        "another folder",
        database->path, version, known);
    return false;
}

static bool refuse_stranger(const HvDatabase *database, GError **error)
{
    g_set_error(
        error, HV_ERROR, HV_ERROR_DATABASE_DAMAGED, "%s is a database of something else\n" DAMAGE_REMEDY,
        database->path);
    return false;
}

static bool
bring_up_to_date(HvDatabase *database, const char *const *upgrades, unsigned n_upgrades, GError **error)
{
    int64_t version = 0, n_tables = 0, n_ours = 0;

    if (!hv_database_query(database, take_int, &version, error, "PRAGMA user_version", "") ||
        !hv_database_query(database, take_int, &n_tables, error, "SELECT count(*) FROM sqlite_schema", "") ||
        !hv_database_query(
            database, take_int, &n_ours, error,
            "SELECT count(*) FROM sqlite_schema WHERE name = 'schema_version'", ""))
        return false;
    if (version > n_upgrades)
        return refuse_version(database, version, n_upgrades, error);
    bool is_ours = version == 0 ? n_tables == 0 : version > 0 && n_ours == 1;

    if (!is_ours)
        return refuse_stranger(database, error);
    return (version == 0 || check_integrity(database, error)) &&
           upgrade(database, upgrades, (unsigned)version, n_upgrades, error);
}

static bool connect_to(HvDatabase *database, GError **error)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;

    if (sqlite3_open_v2(database->path, &database->db, flags, NULL) != SQLITE_OK)
        return refuse(database, error);
    sqlite3_busy_timeout(database->db, BUSY_LIMIT_MS);
    sqlite3_wal_hook(database->db, count_wal_pages, database);
    if (sqlite3_db_readonly(database->db, NULL) != 0) {
        g_set_error(
            error, HV_ERROR, HV_ERROR_DATABASE,
            "%s cannot be written\nLook at the permissions of the file and its folder", database->path);
        return false;
    }
    return run_script(
        database,
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
        "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON",
        error);
}

HvDatabase *
hv_database_open(const char *path, const char *const *upgrades, unsigned n_upgrades, GError **error)
{
    g_autoptr(HvDatabase) database = g_new0(HvDatabase, 1);

    database->path = g_strdup(path ? path : ":memory:");
    database->statements = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, statement_free);
    if (!connect_to(database, error) || !bring_up_to_date(database, upgrades, n_upgrades, error))
        return NULL;
    return g_steal_pointer(&database);
}

void hv_database_free(HvDatabase *database)
{
    if (!database)
        return;
    g_hash_table_unref(database->statements);
    sqlite3_close(database->db);
    g_free(database->doubt);
    g_free(database->path);
    g_free(database);
}

const char *hv_database_path(const HvDatabase *database)
{
    return database->path;
}
