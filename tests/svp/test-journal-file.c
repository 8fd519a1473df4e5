/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Receivers of the operation journal: their states, the chain of their hashes, and files of which any single bit is another, a byte is missing, or
 * something is added.
 */
#include "svp/error.h"
#include "svp/operations/journal-file.h"
#include "svp/operations/journal.h"

#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#define MACHINE "a machine"

static SvpStore *store_with_entries(unsigned n, unsigned size)
{
    SvpStore *store = svp_store_open(NULL, NULL);

    ck_assert(svp_journal_set_size(store, size, NULL));
    for (unsigned i = 1; i <= n; i++) {
        json_t *entry = json_pack(
            "{s:I, s:s, s:s, s:b}", "at_ns", (json_int_t)i, "by", "operator", "command", "STOP \"LPAR1\"\\",
            "ok", 1);

        ck_assert(svp_journal_append(store, MACHINE, entry, NULL));
        json_decref(entry);
    }
    return store;
}

static void assert_receivers(SvpStore *store, const char *shall)
{
    json_t *receivers = svp_journal_receivers(store), *receiver;
    g_autoptr(GString) text = g_string_new(NULL);
    size_t index;

    json_array_foreach(receivers, index, receiver) g_string_append_printf(
        text, "%s %s %d-%d\n", json_string_value(json_object_get(receiver, "receiver")),
        json_string_value(json_object_get(receiver, "state")),
        (int)json_integer_value(json_object_get(receiver, "first")),
        (int)json_integer_value(json_object_get(receiver, "last")));
    ck_assert_str_eq(text->str, shall);
    json_decref(receivers);
}

START_TEST(receivers_fill_and_change)
{
    g_autoptr(SvpStore) store = store_with_entries(5, 2);

    assert_receivers(store, "JRN00001 ONLINE 1-2\nJRN00002 ONLINE 3-4\nJRN00003 CONNECTED 5-5\n");
    ck_assert(svp_journal_change(store, MACHINE, NULL));
    assert_receivers(
        store, "JRN00001 ONLINE 1-2\nJRN00002 ONLINE 3-4\nJRN00003 ONLINE 5-5\nJRN00004 CONNECTED 6-5\n");
    g_autoptr(GError) error = NULL;

    ck_assert(!svp_journal_change(store, MACHINE, &error)); /* it is empty */
    ck_assert(g_error_matches(error, SVP_ERROR, SVP_ERROR_JOURNAL));
}
END_TEST

START_TEST(only_what_is_saved_and_applied_is_deleted)
{
    g_autoptr(SvpStore) store = store_with_entries(5, 2);

    ck_assert(!svp_journal_delete(store, "JRN00001", 99, NULL)); /* ONLINE */
    ck_assert(!svp_journal_delete(store, "JRN00003", 99, NULL)); /* CONNECTED */
    ck_assert(!svp_journal_delete(store, "JRN00009", 99, NULL));
    ck_assert(svp_journal_set_saved(store, "JRN00001", "/tmp", NULL));
    ck_assert(svp_journal_set_saved(store, "JRN00002", "/tmp", NULL));
    ck_assert(!svp_journal_delete(store, "JRN00002", 99, NULL)); /* an older one is there */
    ck_assert(!svp_journal_delete(store, "JRN00001", 1, NULL));  /* not applied */
    ck_assert(svp_journal_delete(store, "JRN00001", 2, NULL));
    ck_assert(!svp_journal_delete(store, "JRN00002", 3, NULL));
    ck_assert(svp_journal_delete(store, "JRN00002", 4, NULL));
    assert_receivers(store, "JRN00003 CONNECTED 5-5\n");
    /* The chain goes on all the same. */
    ck_assert(svp_journal_change(store, MACHINE, NULL));
    g_autofree char *text = svp_journal_text(store, MACHINE, "JRN00003", NULL);

    ck_assert_ptr_nonnull(text);
    ck_assert_ptr_null(strstr(text, "0000000000000000"));
}
END_TEST

START_TEST(a_connected_receiver_has_no_text)
{
    g_autoptr(SvpStore) store = store_with_entries(1, 2);
    g_autoptr(GError) error = NULL;

    ck_assert_ptr_null(svp_journal_text(store, MACHINE, "JRN00001", &error));
    ck_assert(g_error_matches(error, SVP_ERROR, SVP_ERROR_JOURNAL));
}
END_TEST

START_TEST(entries_that_were_changed_in_the_store_are_not_saved)
{
    g_autoptr(SvpStore) store = store_with_entries(3, 2);
    json_t *entry = svp_store_get(store, "journal-entry", "000000000001");

    json_object_set_new(entry, "command", json_string("STOP LPAR2"));
    ck_assert(svp_store_put(store, "journal-entry", "000000000001", entry, NULL));
    json_decref(entry);
    ck_assert_ptr_null(svp_journal_text(store, MACHINE, "JRN00001", NULL));
}
END_TEST

/* --- Files ------------------------------------------------------------------------------------------------ */

static bool reads(const char *path, const char *text, size_t length)
{
    g_autoptr(GError) error = NULL;

    ck_assert(g_file_set_contents_full(path, text, (gssize)length, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
    g_autoptr(SvpJournalFile) file = svp_journal_file_read(path, &error);

    ck_assert(file || g_error_matches(error, SVP_ERROR, SVP_ERROR_JOURNAL_FILE));
    return file != NULL;
}

START_TEST(damaged_files_are_refused)
{
    g_autofree char *folder = g_dir_make_tmp("lparsim-journal-XXXXXX", NULL);
    g_autofree char *path = svp_journal_file_path(folder, "JRN00001");
    g_autoptr(SvpStore) store = store_with_entries(3, 2);
    g_autofree char *text = svp_journal_text(store, MACHINE, "JRN00001", NULL);
    size_t length = strlen(text);

    ck_assert(reads(path, text, length));
    for (size_t i = 0; i < length; i++) {
        g_autofree char *damaged = g_strdup(text);

        damaged[i] = (char)(damaged[i] ^ (1 << i % 8));
        ck_assert_msg(!reads(path, damaged, length), "byte %zu", i);
        ck_assert_msg(!reads(path, text, i), "%zu bytes", i);
    }
    g_autofree char *longer = g_strconcat(text, "\n", NULL), *twice = g_strconcat(text, text, NULL);

    ck_assert(!reads(path, longer, length + 1));
    ck_assert(!reads(path, twice, 2 * length));
    g_unlink(path);
    ck_assert_ptr_null(svp_journal_file_read(path, NULL));
    ck_assert_ptr_null(svp_journal_files_read(folder, NULL));
    g_rmdir(folder);
}
END_TEST

START_TEST(files_are_what_was_written)
{
    g_autofree char *folder = g_dir_make_tmp("lparsim-journal-XXXXXX", NULL);
    g_autoptr(SvpStore) store = store_with_entries(5, 2);
    static const char *const names[] = {"JRN00001", "JRN00002"};

    for (unsigned i = 0; i < 2; i++) {
        g_autofree char *text = svp_journal_text(store, MACHINE, names[i], NULL);

        g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));

        ck_assert(svp_journal_file_write(folder, names[i], bytes, NULL));
    }
    g_autoptr(GPtrArray) files = svp_journal_files_read(folder, NULL);

    ck_assert_uint_eq(files->len, 2);
    const SvpJournalFile *first = g_ptr_array_index(files, 0), *second = g_ptr_array_index(files, 1);

    ck_assert_str_eq(first->machine, MACHINE);
    ck_assert_str_eq(second->previous, first->sha256);
    ck_assert_uint_eq(second->first, 3);
    ck_assert_uint_eq(json_array_size(second->entries), 2);
    g_autoptr(GBytes) empty = g_bytes_new_static("", 0);

    ck_assert(!svp_journal_file_write("/proc/no/such/place", "JRN00001", empty, NULL));
    for (unsigned i = 0; i < 2; i++) {
        g_autofree char *path = svp_journal_file_path(folder, names[i]);

        g_unlink(path);
    }
    g_rmdir(folder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("svp/journal-file");
    TCase *cases = tcase_create("journal-file");

    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, receivers_fill_and_change);
    tcase_add_test(cases, only_what_is_saved_and_applied_is_deleted);
    tcase_add_test(cases, a_connected_receiver_has_no_text);
    tcase_add_test(cases, entries_that_were_changed_in_the_store_are_not_saved);
    tcase_add_test(cases, damaged_files_are_refused);
    tcase_add_test(cases, files_are_what_was_written);
    suite_add_tcase(suite, cases);

    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
