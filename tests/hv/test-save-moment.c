/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The moment of several saves, with threads that do as saves do; and the folders in which their files lie for a while.
 *
 * Nobody may go on before all stand and the moment has passed: each thread counts itself in and looks at the count when it goes on.
 */
#include "hv/save-moment.h"
#include "hv/staging.h"

#include <check.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SAVES 5

typedef struct {
    HvSaveMoment *moment;
    gint standing, passed, gone_on, seen_too_early;
} Saves;

static gpointer save(gpointer data)
{
    Saves *saves = data;
    g_autofree char *why = NULL;

    g_usleep((gulong)g_random_int_range(0, 2000));
    g_atomic_int_inc(&saves->standing);
    if (hv_save_moment_stand(saves->moment, &why)) {
        if (g_atomic_int_get(&saves->standing) < SAVES || !g_atomic_int_get(&saves->passed))
            g_atomic_int_inc(&saves->seen_too_early);
        g_atomic_int_inc(&saves->gone_on);
    } else {
        ck_assert_str_eq(why, "the disk is full");
    }
    return NULL;
}

static void begin(Saves *saves, GThread **threads, unsigned n)
{
    *saves = (Saves){.moment = hv_save_moment_new(SAVES)};
    for (unsigned i = 0; i < n; i++)
        threads[i] = g_thread_new("save", save, saves);
}

static void end(Saves *saves, GThread **threads, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        g_thread_join(threads[i]);
    hv_save_moment_unref(saves->moment);
}

START_TEST(nobody_goes_on_before_all_stand)
{
    GThread *threads[SAVES];
    Saves saves;

    begin(&saves, threads, SAVES);
    ck_assert(hv_save_moment_wait(saves.moment, 60 * G_USEC_PER_SEC));
    ck_assert_int_eq(g_atomic_int_get(&saves.standing), SAVES);
    ck_assert_int_eq(g_atomic_int_get(&saves.gone_on), 0);
    g_atomic_int_set(&saves.passed, 1);
    hv_save_moment_pass(saves.moment);
    hv_save_moment_give_up(saves.moment, "too late");
    end(&saves, threads, SAVES);
    ck_assert_int_eq(saves.gone_on, SAVES);
    ck_assert_int_eq(saves.seen_too_early, 0);
}
END_TEST

START_TEST(one_that_fails_lets_the_others_go_and_says_why)
{
    GThread *threads[SAVES];
    Saves saves;

    begin(&saves, threads, SAVES - 1);
    hv_save_moment_give_up(saves.moment, "the disk is full");
    hv_save_moment_give_up(saves.moment, "something else");
    ck_assert(!hv_save_moment_wait(saves.moment, 60 * G_USEC_PER_SEC));
    hv_save_moment_pass(saves.moment);
    end(&saves, threads, SAVES - 1);
    ck_assert_int_eq(saves.gone_on, 0);
}
END_TEST

START_TEST(one_that_never_stands_is_waited_for_so_long)
{
    g_autoptr(HvSaveMoment) moment = hv_save_moment_new(2);
    g_autofree char *why = NULL;

    ck_assert(!hv_save_moment_wait(moment, 1000));
    ck_assert(!hv_save_moment_stand(moment, &why));
    ck_assert_str_eq(why, "not all of them stood in time");
}
END_TEST

/* --- Folders -------------------------------------------------------------------------------------------- */

static void put(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);

    ck_assert(g_file_set_contents(path, "storage", -1, NULL));
}

static unsigned count(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    unsigned n = 0;

    while (dir && g_dir_read_name(dir))
        n++;
    return n;
}

START_TEST(a_folder_goes_with_its_last_reference)
{
    g_autofree char *beside = g_dir_make_tmp("lparsim-staging-XXXXXX", NULL);
    HvStaging *one = hv_staging_new(beside, NULL), *other = hv_staging_new(beside, NULL);

    ck_assert_uint_eq(count(beside), 2); /* one that is in use is left alone */
    put(hv_staging_path(one), "memory");
    hv_staging_unref(hv_staging_ref(one));
    ck_assert_uint_eq(count(hv_staging_path(one)), 1);
    hv_staging_unref(one);
    hv_staging_unref(other);
    ck_assert_uint_eq(count(beside), 0);
    g_rmdir(beside);
}
END_TEST

START_TEST(what_was_left_behind_goes_with_the_next)
{
    g_autofree char *beside = g_dir_make_tmp("lparsim-staging-XXXXXX", NULL);
    g_autofree char *left = g_build_filename(beside, ".lparsim-guest-abcdef", NULL);
    g_autofree char *others = g_build_filename(beside, "lparsim-guest-abcdef", NULL);

    ck_assert_int_eq(g_mkdir(left, 0700), 0);
    ck_assert_int_eq(g_mkdir(others, 0700), 0);
    put(left, "vda.raw");
    hv_staging_unref(hv_staging_new(beside, NULL));
    ck_assert(!g_file_test(left, G_FILE_TEST_EXISTS));
    ck_assert(g_file_test(others, G_FILE_TEST_EXISTS));
    g_rmdir(others);
    g_rmdir(beside);
}
END_TEST

START_TEST(where_nothing_can_be_written_it_is_elsewhere)
{
    g_autoptr(HvStaging) staging = hv_staging_new("/proc/none", NULL);

    ck_assert_ptr_nonnull(staging);
    ck_assert(g_str_has_prefix(hv_staging_path(staging), "/var/tmp/"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("save-moment");
    TCase *tests = tcase_create("save-moment");

    tcase_add_test(tests, nobody_goes_on_before_all_stand);
    tcase_add_test(tests, one_that_fails_lets_the_others_go_and_says_why);
    tcase_add_test(tests, one_that_never_stands_is_waited_for_so_long);
    tcase_add_test(tests, a_folder_goes_with_its_last_reference);
    tcase_add_test(tests, what_was_left_behind_goes_with_the_next);
    tcase_add_test(tests, where_nothing_can_be_written_it_is_elsewhere);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
