/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Folders. What a loss of power leaves of them is shown by tests/crash; here is what they do when nothing happens, and what they say when
 * something cannot be done.
 */
#include "hv/folder.h"

#include <check.h>
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdlib.h>

static char *folder_new(void)
{
    char *folder = g_dir_make_tmp("lparsim-folder-XXXXXX", NULL);

    ck_assert_ptr_nonnull(folder);
    return folder;
}

START_TEST(it_is_made_with_those_above_it)
{
    g_autofree char *top = folder_new(), *middle = g_build_filename(top, "a", NULL),
                    *path = g_build_filename(middle, "b", NULL);

    ck_assert(hv_folder_make(path));
    ck_assert(g_file_test(path, G_FILE_TEST_IS_DIR));
    ck_assert(hv_folder_make(path)); /* it is there */
    ck_assert(hv_folder_sync(path));
    ck_assert(hv_folder_remove(path));
    ck_assert(!g_file_test(path, G_FILE_TEST_EXISTS));
    ck_assert(hv_folder_remove(path)); /* it has gone already */
    ck_assert(!hv_folder_sync(path));
    ck_assert_int_eq(errno, ENOENT);
    ck_assert(hv_folder_remove(middle) && hv_folder_remove(top));
}
END_TEST

START_TEST(a_file_is_put_in_place_of_another)
{
    g_autofree char *folder = folder_new(), *path = g_build_filename(folder, "file", NULL), *text = NULL;
    g_autofree char *fresh = g_strconcat(path, ".new", NULL);

    ck_assert(hv_folder_put(folder, "file", "the first", 9));
    ck_assert(hv_folder_put(folder, "file", "2nd", 3));
    ck_assert(g_file_get_contents(path, &text, NULL, NULL));
    ck_assert_str_eq(text, "2nd");
    ck_assert(!g_file_test(fresh, G_FILE_TEST_EXISTS));
    ck_assert(hv_folder_remove(folder));
}
END_TEST

START_TEST(what_cannot_be_done_leaves_nothing)
{
    g_autofree char *folder = folder_new(), *file = g_build_filename(folder, "file", NULL),
                    *below = g_build_filename(file, "below", NULL), *fresh = g_strconcat(file, ".new", NULL);

    ck_assert(g_file_set_contents(file, "a file", -1, NULL));
    ck_assert(!hv_folder_make(below));
    ck_assert_int_eq(errno, EEXIST); /* in the way of the folder is a file */
    ck_assert(!hv_folder_put(below, "file", "text", 4));
    ck_assert_int_eq(errno, ENOTDIR);
    ck_assert_int_eq(g_unlink(file), 0);
    ck_assert_int_eq(g_mkdir(file, 0700), 0); /* in the way of the file is a folder */
    ck_assert(!hv_folder_put(folder, "file", "text", 4));
    ck_assert_int_eq(errno, EISDIR);
    ck_assert(!g_file_test(fresh, G_FILE_TEST_EXISTS));
    ck_assert(!hv_folder_remove(folder)); /* it has a folder */
    ck_assert(hv_folder_remove(file) && hv_folder_remove(folder));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("folder");
    TCase *tcase = tcase_create("folders");

    tcase_add_test(tcase, it_is_made_with_those_above_it);
    tcase_add_test(tcase, a_file_is_put_in_place_of_another);
    tcase_add_test(tcase, what_cannot_be_done_leaves_nothing);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
