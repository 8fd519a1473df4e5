/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A database: versions and their upgrades, transactions, what is refused, and that what was committed is there afterwards.
 *
 * What a file holds is read by SQLite itself, not by the code that is tested. What happens when the disk fails is in tests/crash.
 */
#include "hv/database.h"
#include "hv/folder.h"

#include <check.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

static const char *const upgrades[] = {
    "CREATE TABLE thing (name TEXT PRIMARY KEY, size INTEGER) STRICT",
    "ALTER TABLE thing ADD COLUMN color TEXT; UPDATE thing SET color = 'grey'",
    "CREATE TABLE part (thing TEXT REFERENCES thing (name), bytes BLOB) STRICT",
};

static char *folder_new(void)
{
    char *folder = g_dir_make_tmp("lparsim-database-XXXXXX", NULL);

    ck_assert_ptr_nonnull(folder);
    return folder;
}

static void folder_free(char *folder)
{
    ck_assert(hv_folder_remove(folder));
    g_free(folder);
}

/* The first column of the first row, as text. */
static char *look(const char *path, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *statement;

    ck_assert_int_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    int result = sqlite3_step(statement);

    ck_assert(result == SQLITE_ROW || result == SQLITE_DONE);
    char *text = result == SQLITE_ROW ? g_strdup((const char *)sqlite3_column_text(statement, 0))
                                      : g_strdup("none");

    sqlite3_finalize(statement);
    sqlite3_close(db);
    return text;
}

static void ck_look(const char *path, const char *sql, const char *wanted)
{
    g_autofree char *text = look(path, sql);

    ck_assert_str_eq(text, wanted);
}

static void add(HvDatabase *database, const char *name, int64_t size)
{
    ck_assert(
        hv_database_run(database, NULL, "INSERT INTO thing (name, size) VALUES (?, ?)", "si", name, size));
}

START_TEST(what_was_committed_is_there)
{
    char *folder = folder_new();
    g_autofree char *path = g_build_filename(folder, "a.db", NULL);
    HvDatabase *database = hv_database_open(path, upgrades, 1, NULL);

    ck_assert_ptr_nonnull(database);
    add(database, "one", 1);
    ck_assert(hv_database_begin(database, NULL));
    add(database, "two", 2);
    hv_database_rollback(database);
    ck_assert(hv_database_begin(database, NULL));
    add(database, "three", INT64_MAX);
    ck_look(path, "SELECT count(*) FROM thing", "1");
    ck_assert(hv_database_commit(database, NULL));
    ck_look(path, "SELECT group_concat(name) FROM thing", "one,three");
    ck_look(path, "SELECT size FROM thing WHERE name = 'three'", "9223372036854775807");
    ck_assert(hv_database_begin(database, NULL));
    add(database, "four", 4);
    hv_database_free(database);
    ck_look(path, "SELECT count(*) FROM thing", "2");
    ck_look(path, "PRAGMA journal_mode", "wal");
    folder_free(folder);
}
END_TEST

START_TEST(an_older_one_is_upgraded_with_a_copy_kept)
{
    char *folder = folder_new();
    g_autofree char *path = g_build_filename(folder, "a.db", NULL);
    g_autofree char *copy = g_strconcat(path, ".v1.bak", NULL);
    HvDatabase *database = hv_database_open(path, upgrades, 1, NULL);

    add(database, "one", 1);
    hv_database_free(database);
    database = hv_database_open(path, upgrades, 3, NULL);
    ck_assert_ptr_nonnull(database);
    hv_database_free(database);
    ck_look(path, "SELECT color FROM thing", "grey");
    ck_look(path, "PRAGMA user_version", "3");
    ck_look(path, "SELECT group_concat(version) FROM schema_version", "1,2,3");
    ck_look(copy, "SELECT name FROM thing", "one");
    ck_look(copy, "PRAGMA user_version", "1");
    folder_free(folder);
}
END_TEST

START_TEST(an_upgrade_that_fails_has_changed_nothing)
{
    static const char *const broken[] = {
        "CREATE TABLE thing (name TEXT PRIMARY KEY, size INTEGER) STRICT",
        "DELETE FROM thing; CREATE TABLE thing (again TEXT)"};
    char *folder = folder_new();
    g_autofree char *path = g_build_filename(folder, "a.db", NULL);
    HvDatabase *database = hv_database_open(path, broken, 1, NULL);
    g_autoptr(GError) error = NULL;

    add(database, "one", 1);
    hv_database_free(database);
    ck_assert_ptr_null(hv_database_open(path, broken, 2, &error));
    ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_DATABASE));
    ck_look(path, "SELECT name FROM thing", "one");
    ck_look(path, "PRAGMA user_version", "1");
    folder_free(folder);
}
END_TEST

START_TEST(a_newer_one_is_refused)
{
    char *folder = folder_new();
    g_autofree char *path = g_build_filename(folder, "a.db", NULL);
    g_autoptr(GError) error = NULL;

    hv_database_free(hv_database_open(path, upgrades, 3, NULL));
    ck_assert_ptr_null(hv_database_open(path, upgrades, 2, &error));
    ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_DATABASE_VERSION));
    ck_assert(strstr(error->message, "version 3") && strstr(error->message, "1 to 2"));
    ck_look(path, "PRAGMA user_version", "3");
    folder_free(folder);
}
END_TEST

START_TEST(what_is_no_database_of_ours_is_refused)
{
    char *folder = folder_new();
    g_autofree char *path = g_build_filename(folder, "a.db", NULL);
    g_autoptr(GError) error = NULL;

    g_file_set_contents(
        path, "This is a text that is long enough to have a header of a database in it.", -1, NULL);
    ck_assert_ptr_null(hv_database_open(path, upgrades, 1, &error));
    ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_DATABASE_DAMAGED));
    g_clear_error(&error);
    g_remove(path);
    sqlite3 *db;

    sqlite3_open(path, &db);
    sqlite3_exec(db, "CREATE TABLE other (x)", NULL, NULL, NULL);
    sqlite3_close(db);
    ck_assert_ptr_null(hv_database_open(path, upgrades, 1, &error));
    ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_DATABASE_DAMAGED));
    folder_free(folder);
}
END_TEST

/* Each page of the file is overwritten in turn; page 1 with the header too. Refused, or (a page that is free) read as it was. */
START_TEST(damage_is_found)
{
    char *folder = folder_new();
    g_autofree char *path = g_build_filename(folder, "a.db", NULL), *bytes = NULL;
    HvDatabase *database = hv_database_open(path, upgrades, 1, NULL);
    gsize length;

    hv_database_begin(database, NULL);
    for (unsigned i = 0; i < 2000; i++) {
        g_autofree char *name = g_strdup_printf("thing %u", i);

        add(database, name, i);
    }
    hv_database_commit(database, NULL);
    hv_database_free(database);
    ck_assert(g_file_get_contents(path, &bytes, &length, NULL));
    ck_assert_uint_gt(length, 16 * 4096);
    for (gsize at = 0; at < length; at += 4096) {
        g_autofree char *damaged = g_memdup2(bytes, length);
        g_autoptr(GError) error = NULL;

        memset(damaged + at, 0x5a, 512);
        g_file_set_contents(path, damaged, (gssize)length, NULL);
        ck_assert_ptr_null(hv_database_open(path, upgrades, 1, &error));
        ck_assert_int_eq(error->code, HV_ERROR_DATABASE_DAMAGED);
    }
    folder_free(folder);
}
END_TEST

START_TEST(a_missing_reference_is_damage)
{
    char *folder = folder_new();
    g_autofree char *path = g_build_filename(folder, "a.db", NULL);
    g_autoptr(GError) error = NULL;
    HvDatabase *database = hv_database_open(path, upgrades, 3, NULL);

    ck_assert(!hv_database_run(database, NULL, "INSERT INTO part (thing) VALUES (?)", "s", "none"));
    hv_database_free(database);
    g_free(look(path, "INSERT INTO part (thing) VALUES ('none')"));
    ck_assert_ptr_null(hv_database_open(path, upgrades, 3, &error));
    ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_DATABASE_DAMAGED));
    folder_free(folder);
}
END_TEST

static bool add_length(const HvDatabaseRow *row, void *data)
{
    g_autoptr(GBytes) bytes = hv_database_row_bytes(row, 0);

    *(int64_t *)data += bytes ? (int64_t)g_bytes_get_size(bytes) : 100;
    return *(int64_t *)data < 1000;
}

START_TEST(bytes_and_nothing_are_kept)
{
    g_autoptr(HvDatabase) database = hv_database_open(NULL, upgrades, 3, NULL);
    g_autoptr(GBytes) three = g_bytes_new_static("a\0b", 3);
    g_autoptr(GBytes) empty = g_bytes_new_static("", 0);
    int64_t sum = 0;

    ck_assert_str_eq(hv_database_path(database), ":memory:");
    ck_assert(hv_database_run(
        database, NULL, "INSERT INTO part (bytes) VALUES (?), (?), (?)", "bbb", three, empty,
        (GBytes *)NULL));
    ck_assert(hv_database_query(database, add_length, &sum, NULL, "SELECT bytes FROM part", ""));
    ck_assert_int_eq(sum, 3 + 0 + 100);
}
END_TEST

START_TEST(a_folder_that_is_not_there_is_refused)
{
    g_autoptr(GError) error = NULL;

    ck_assert_ptr_null(hv_database_open("/nowhere/a.db", upgrades, 1, &error));
    ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_DATABASE));
    ck_assert(strstr(error->message, "/nowhere/a.db"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("database");
    TCase *tcase = tcase_create("files");

    tcase_add_test(tcase, what_was_committed_is_there);
    tcase_add_test(tcase, an_older_one_is_upgraded_with_a_copy_kept);
    tcase_add_test(tcase, an_upgrade_that_fails_has_changed_nothing);
    tcase_add_test(tcase, a_newer_one_is_refused);
    tcase_add_test(tcase, what_is_no_database_of_ours_is_refused);
    tcase_add_test(tcase, damage_is_found);
    tcase_add_test(tcase, a_missing_reference_is_damage);
    tcase_add_test(tcase, bytes_and_nothing_are_kept);
    tcase_add_test(tcase, a_folder_that_is_not_there_is_refused);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
