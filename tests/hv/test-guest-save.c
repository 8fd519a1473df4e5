/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files of saved guests: copies with their digests, and a save whose bytes have changed.
 *
 * The digests are compared with GLib's, the copies with the bytes themselves. Random files have a seed that is printed.
 */
#include "hv/guest-save.h"

#include "hv/error.h"

#include <check.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *folder;

static char *in_folder(const char *name)
{
    return g_build_filename(folder, name, NULL);
}

static void setup(void)
{
    folder = g_dir_make_tmp("lparsim-save-XXXXXX", NULL);
}

static void teardown(void)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(dir))) {
        g_autofree char *path = in_folder(name);

        g_unlink(path);
    }
    ck_assert_int_eq(g_rmdir(folder), 0);
    g_clear_pointer(&folder, g_free);
}

/* Data at some places, holes elsewhere; the length is no multiple of anything. */
static char *sparse_file(const char *name, guint32 seed)
{
    GRand *random = g_rand_new_with_seed(seed);
    char *path = in_folder(name);
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0640);

    ck_assert_int_eq(ftruncate(file, g_rand_int_range(random, 1, 5 << 20)), 0);
    for (int i = g_rand_int_range(random, 0, 8); i > 0; i--) {
        char bytes[5000];

        for (size_t at = 0; at < sizeof(bytes); at++)
            bytes[at] = (char)g_rand_int_range(random, 0, 3);
        ck_assert_int_eq(
            pwrite(file, bytes, sizeof(bytes), g_rand_int_range(random, 0, 6 << 20)), sizeof(bytes));
    }
    close(file);
    g_rand_free(random);
    return path;
}

static void check_content(const char *path, const HvFileContent *content)
{
    g_autofree char *bytes = NULL;
    gsize length;

    ck_assert(g_file_get_contents(path, &bytes, &length, NULL));
    g_autofree char *sha256 = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)bytes, length);

    ck_assert_uint_eq(content->size_bytes, length);
    ck_assert_str_eq(content->sha256, sha256);
}

START_TEST(copies_are_the_same_bytes_and_say_their_digest)
{
    guint32 seed = g_random_int();

    printf("seed %u\n", seed);
    for (unsigned i = 0; i < 20; i++) {
        g_autofree char *from = sparse_file("from", seed + i), *to = in_folder("to");
        HvFileContent copied, read;
        g_autoptr(GError) error = NULL;

        ck_assert_msg(hv_file_copy(from, to, NULL, &copied, &error), "%s", error ? error->message : "");
        check_content(from, &copied);
        check_content(to, &copied);
        ck_assert(hv_file_content(to, &read, NULL));
        check_content(to, &read);
        ck_assert_uint_le(copied.stored_bytes, copied.size_bytes + 65536);
    }
}
END_TEST

START_TEST(a_large_hole_takes_no_room)
{
    g_autofree char *from = in_folder("from"), *to = in_folder("to");
    int file = open(from, O_RDWR | O_CREAT, 0600);
    HvFileContent content;

    ck_assert_int_eq(ftruncate(file, 256 << 20), 0);
    ck_assert_int_eq(pwrite(file, "end", 3, (256 << 20) - 3), 3);
    close(file);
    ck_assert(hv_file_copy(from, to, NULL, &content, NULL));
    ck_assert_uint_eq(content.size_bytes, 256 << 20);
    ck_assert_uint_lt(content.stored_bytes, 1 << 20);
}
END_TEST

START_TEST(what_is_replaced_keeps_its_mode_and_what_is_new_has_that_of_another)
{
    g_autofree char *from = sparse_file("from", 1), *to = in_folder("to"), *fresh = in_folder("fresh");
    struct stat status;

    ck_assert(g_file_set_contents(to, "before", -1, NULL));
    ck_assert_int_eq(g_chmod(to, 0604), 0);
    ck_assert(hv_file_copy(from, to, NULL, NULL, NULL));
    ck_assert_int_eq(stat(to, &status), 0);
    ck_assert_int_eq(status.st_mode & 0777, 0604);
    ck_assert(hv_file_copy(from, fresh, to, NULL, NULL));
    ck_assert_int_eq(stat(fresh, &status), 0);
    ck_assert_int_eq(status.st_mode & 0777, 0604);
}
END_TEST

START_TEST(a_copy_that_fails_leaves_what_was_there)
{
    g_autofree char *from = in_folder("missing"), *to = in_folder("to"), *nowhere = in_folder("no/where");
    g_autoptr(GError) error = NULL;
    g_autofree char *bytes = NULL;

    ck_assert(g_file_set_contents(to, "before", -1, NULL));
    ck_assert(!hv_file_copy(from, to, NULL, NULL, &error));
    ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_FILE));
    ck_assert_ptr_nonnull(strstr(error->message, from));
    ck_assert(g_file_get_contents(to, &bytes, NULL, NULL));
    ck_assert_str_eq(bytes, "before");
    g_clear_error(&error);
    ck_assert(!hv_file_copy(to, nowhere, NULL, NULL, &error));
    ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_FILE));
    g_clear_error(&error);
    ck_assert(!hv_file_copy(to, "/dev/full/x", NULL, NULL, &error));
    ck_assert(!hv_file_sync(from, NULL));
}
END_TEST

static HvGuestSaved *one_save(void)
{
    HvGuestSaved *saved = hv_guest_saved_new(folder, HV_SAVE_LIVE);
    char memory_name[] = "memory", disk_name[] = "vda.raw", target[] = "vda", source[] = "/a.img";
    HvSavedFile memory = {.name = memory_name};
    HvSavedFile disk = {.name = disk_name, .target = target, .source = source};
    g_autofree char *memory_path = sparse_file("memory", 3), *disk_path = sparse_file("vda.raw", 4);

    ck_assert(hv_file_content(memory_path, &memory.content, NULL));
    ck_assert(hv_file_content(disk_path, &disk.content, NULL));
    hv_guest_saved_add(saved, &memory);
    hv_guest_saved_add(saved, &disk);
    return saved;
}

START_TEST(every_change_of_a_save_is_found)
{
    g_autoptr(HvGuestSaved) saved = one_save();
    g_autoptr(HvGuestSaved) copy = hv_guest_saved_copy(saved);
    g_autofree char *disk = in_folder("vda.raw");
    g_autoptr(GError) error = NULL;
    char byte;

    ck_assert(hv_guest_saved_verify(copy, &error));
    int file = open(disk, O_RDWR);

    ck_assert_int_eq(pread(file, &byte, 1, 100), 1);
    byte ^= 1;
    ck_assert_int_eq(pwrite(file, &byte, 1, 100), 1);
    ck_assert(!hv_guest_saved_verify(copy, &error));
    ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_IMAGE));
    ck_assert_ptr_nonnull(strstr(error->message, disk));
    byte ^= 1;
    ck_assert_int_eq(pwrite(file, &byte, 1, 100), 1);
    ck_assert(hv_guest_saved_verify(copy, NULL));
    struct stat status;

    ck_assert_int_eq(fstat(file, &status), 0);
    ck_assert_int_eq(ftruncate(file, status.st_size - 1), 0);
    ck_assert(!hv_guest_saved_verify(copy, NULL));
    close(file);
    hv_guest_saved_remove(copy);
    ck_assert(!g_file_test(disk, G_FILE_TEST_EXISTS));
    g_clear_error(&error);
    ck_assert(!hv_guest_saved_verify(copy, &error));
    ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_FILE));
}
END_TEST

START_TEST(kinds_have_names)
{
    HvSaveKind kind;

    for (HvSaveKind i = 0; i < HV_SAVE_KINDS; i++) {
        g_autofree char *upper = g_ascii_strup(hv_save_kind_name(i), -1);

        ck_assert(hv_save_kind_parse(upper, &kind));
        ck_assert_int_eq(kind, i);
    }
    ck_assert(!hv_save_kind_parse("LIV", &kind));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("guest-save");
    TCase *tcase = tcase_create("files");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, copies_are_the_same_bytes_and_say_their_digest);
    tcase_add_test(tcase, a_large_hole_takes_no_room);
    tcase_add_test(tcase, what_is_replaced_keeps_its_mode_and_what_is_new_has_that_of_another);
    tcase_add_test(tcase, a_copy_that_fails_leaves_what_was_there);
    tcase_add_test(tcase, every_change_of_a_save_is_found);
    tcase_add_test(tcase, kinds_have_names);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
