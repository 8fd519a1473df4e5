/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Records of the SVP: put, replaced, deleted, walked over, all or none; the same in memory and in a folder, where they survive.
 */
#include "svp/store.h"

#include "hv/error.h"

#include <check.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

static SvpStore *open_store(char *folder)
{
    g_autoptr(GError) error = NULL;
    SvpStore *store = svp_store_open(folder, &error);

    ck_assert_msg(store, "%s", error ? error->message : "no error");
    return store;
}

static void put(SvpStore *store, const char *collection, const char *key, int n)
{
    json_t *record = json_pack("{s:i,s:f}", "n", n, "tenth", 0.1);

    ck_assert(svp_store_put(store, collection, key, record, NULL));
    json_decref(record);
}

static int get(SvpStore *store, const char *collection, const char *key)
{
    json_t *record = svp_store_get(store, collection, key);
    int n = record ? (int)json_integer_value(json_object_get(record, "n")) : -1;

    if (record)
        ck_assert(json_real_value(json_object_get(record, "tenth")) == 0.1);
    json_decref(record);
    return n;
}

typedef struct {
    SvpStore *store;
    GString *keys;
    unsigned limit;
} Walk;

static bool walk(const char *key, json_t *record, void *data)
{
    Walk *state = data;

    ck_assert(json_is_object(record));
    g_string_append_printf(state->keys, "%s ", key);
    ck_assert(svp_store_delete(state->store, "walked", key, NULL));
    return --state->limit > 0;
}

static void check_walk(SvpStore *store, unsigned limit, const char *wanted)
{
    Walk state = {store, g_string_new(NULL), limit};

    svp_store_foreach(store, "walked", walk, &state);
    ck_assert_str_eq(state.keys->str, wanted);
    g_string_free(state.keys, TRUE);
}

/* [0]: in memory, [1]: in a folder. */
START_TEST(records_are_kept)
{
    char *folder = _i == 0 ? NULL : g_dir_make_tmp("lparsim-store-XXXXXX", NULL);
    SvpStore *store = open_store(folder);

    put(store, "a", "x", 1);
    put(store, "a", "x", 2);
    put(store, "a", "y", 3);
    put(store, "b", "x", 4);
    ck_assert_int_eq(get(store, "a", "x"), 2);
    ck_assert_int_eq(get(store, "b", "y"), -1);
    ck_assert_uint_eq(svp_store_count(store, "a"), 2);
    ck_assert(svp_store_delete(store, "a", "y", NULL));
    ck_assert(svp_store_delete(store, "a", "y", NULL));
    ck_assert_uint_eq(svp_store_count(store, "a"), 1);
    ck_assert(svp_store_begin(store, NULL));
    put(store, "a", "x", 5);
    put(store, "c", "z", 6);
    svp_store_rollback(store);
    ck_assert_int_eq(get(store, "a", "x"), 2);
    ck_assert(svp_store_begin(store, NULL));
    put(store, "c", "z", 7);
    ck_assert(svp_store_commit(store, NULL));
    if (folder) {
        svp_store_free(store);
        store = open_store(folder);
    }
    ck_assert_int_eq(get(store, "a", "x"), 2);
    ck_assert_int_eq(get(store, "b", "x"), 4);
    ck_assert_int_eq(get(store, "c", "z"), 7);
    svp_store_free(store);
    if (folder) {
        g_autofree char *path = g_build_filename(folder, "operations.db", NULL);

        ck_assert_int_eq(g_remove(path), 0);
        ck_assert_int_eq(g_rmdir(folder), 0);
    }
    g_free(folder);
}
END_TEST

START_TEST(a_collection_is_walked_over_by_key)
{
    g_autoptr(SvpStore) store = open_store(NULL);

    put(store, "walked", "10", 1);
    put(store, "walked", "02", 1);
    put(store, "walked", "b", 1);
    put(store, "walked", "A", 1);
    put(store, "other", "0", 1);
    check_walk(store, 2, "02 10 ");
    check_walk(store, 9, "A b ");
    check_walk(store, 9, "");
    ck_assert_uint_eq(svp_store_count(store, "other"), 1);
}
END_TEST

/* A text that is no object any more, as after a flipped bit. */
START_TEST(a_damaged_record_is_found)
{
    g_autofree char *folder = g_dir_make_tmp("lparsim-store-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "operations.db", NULL);
    g_autoptr(GError) error = NULL;
    SvpStore *store = open_store(folder);
    sqlite3 *db;

    put(store, "job", "000123", 1);
    svp_store_free(store);
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db, "UPDATE record SET value = '{\"n\":1'", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    ck_assert_ptr_null(svp_store_open(folder, &error));
    ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_DATABASE_DAMAGED));
    ck_assert(strstr(error->message, "job 000123"));
    g_remove(path);
    g_rmdir(folder);
}
END_TEST

START_TEST(a_folder_that_is_not_there_is_refused)
{
    g_autoptr(GError) error = NULL;

    ck_assert_ptr_null(svp_store_open("/nowhere/at/all", &error));
    ck_assert_ptr_nonnull(error);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("store");
    TCase *tcase = tcase_create("records");

    tcase_add_loop_test(tcase, records_are_kept, 0, 2);
    tcase_add_test(tcase, a_collection_is_walked_over_by_key);
    tcase_add_test(tcase, a_damaged_record_is_found);
    tcase_add_test(tcase, a_folder_that_is_not_there_is_refused);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
