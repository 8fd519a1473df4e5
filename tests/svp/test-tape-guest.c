/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files of real guests on volumes: what comes back has the bytes, and the holes, that were there; several LPARs do not mix; damage is seen, and
 * so is a folder in which nothing can be written.
 *
 * Files are sparse, with random content, and compared byte by byte. The seed is printed.
 */
#include "hv/digest.h"
#include "svp/error.h"
#include "svp/save/manifest.h"
#include "tests/svp/tape-room.h"

#include <check.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define N_FILES 3u
static const char *const names[N_FILES] = {"manifest.json", "memory", "vda.raw"};

/* A length that is no multiple of anything, and pieces of content in it. */
static void make_file(TapeRoom *room, const char *path, uint64_t length_max)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
    uint64_t length = hv_rng_below(&room->rng, length_max) + 1, page[512];

    ck_assert_int_eq(ftruncate(fd, (off_t)length), 0);
    for (unsigned i = 0; i < 40; i++) {
        for (unsigned j = 0; j < G_N_ELEMENTS(page); j++)
            page[j] = hv_rng_u64(&room->rng);
        size_t n = MIN(sizeof page, length);

        ck_assert_int_eq(pwrite(fd, page, n, (off_t)hv_rng_below(&room->rng, length - n + 1)), (ssize_t)n);
    }
    close(fd);
}

static void add_guest(TapeRoom *room, SvpArchiveLpar *lpar)
{
    lpar->folder = hv_staging_new(room->folder, NULL);
    for (unsigned i = 0; i < N_FILES; i++) {
        g_autofree char *path = g_build_filename(hv_staging_path(lpar->folder), names[i], NULL);
        HvFileContent content;

        make_file(room, path, i == 0 ? 1 : 40 * HV_MIB);
        ck_assert(hv_file_content(path, &content, NULL));
        svp_archive_lpar_add_file(lpar, names[i], &content);
    }
}

static bool save(
    TapeRoom *room, const char *volumes, const SvpArchiveLpar *lpars, SvpSaveRecord **ret_record,
    GError **error)
{
    g_autoptr(SvpVolumeSet) set = tape_room_set(room, volumes, error);
    const SvpArchiveRequest request = {
        .name = "SYSTEM",
        .kind = "SYSTEM",
        .lpars = lpars,
        .n_lpars = 2,
        .machine = "test",
        .machine_text = "[machine]\n",
        .at_ns = 1,
        .clock = "now"};

    return set && svp_archive_write(set, NULL, &request, ret_record, error);
}

static void make_lpars(TapeRoom *room, SvpArchiveLpar lpars[2])
{
    for (unsigned i = 0; i < 2; i++) {
        lpars[i].name = g_strdup_printf("LPAR%u", i + 1);
        lpars[i].number = i + 1;
        lpars[i].state = g_bytes_new_static("state", 5);
        add_guest(room, &lpars[i]);
    }
}

static void assert_same(const HvStaging *one, const HvStaging *other)
{
    for (unsigned i = 0; i < N_FILES; i++) {
        g_autofree char *from = g_build_filename(hv_staging_path(one), names[i], NULL);
        g_autofree char *to = g_build_filename(hv_staging_path(other), names[i], NULL);
        g_autofree char *bytes = NULL, *found = NULL;
        gsize length, found_length;

        ck_assert(g_file_get_contents(from, &bytes, &length, NULL));
        ck_assert(g_file_get_contents(to, &found, &found_length, NULL));
        ck_assert_uint_eq(length, found_length);
        ck_assert_mem_eq(bytes, found, length);
        struct stat status;

        ck_assert_int_eq(stat(to, &status), 0);
        ck_assert_msg((uint64_t)status.st_blocks * 512 < 8 * HV_MIB, "%s has no holes", to);
    }
}

static bool
restore(TapeRoom *room, const char *volumes, const char *lpar, SvpArchiveLpar *ret, GError **error)
{
    g_autoptr(SvpVolumeSet) set = tape_room_set(room, volumes, error);

    return set && svp_archive_read(set, 0, lpar, ret, NULL, error);
}

START_TEST(files_come_back_as_they_were)
{
    static const char *const volumes[] = {"VOL1", "VOL1.tar", "VOL1 VOL2"};
    uint64_t seed = 2000 + (uint64_t)_i;
    TapeRoom *room = tape_room_new(HV_MIB, seed);
    SvpArchiveLpar lpars[2] = {{0}, {0}};
    g_autoptr(SvpSaveRecord) record = NULL;
    g_autoptr(GError) error = NULL;

    g_print("files with seed %" G_GUINT64_FORMAT "\n", seed);
    tape_room_volume(room, _i == 1 ? "VOL1.tar" : "VOL1", _i == 2 ? 300 * 1024 : 0);
    if (_i == 2)
        tape_room_volume(room, "VOL2", 0);
    make_lpars(room, lpars);
    ck_assert_msg(save(room, volumes[_i], lpars, &record, &error), "%s", error ? error->message : "");
    ck_assert_uint_eq(record->objects, 1 + 2 * (1 + N_FILES));
    for (unsigned i = 0; i < 2; i++) {
        g_auto(SvpArchiveLpar) read = {0};

        ck_assert_msg(
            restore(room, volumes[_i], lpars[i].name, &read, &error), "%s", error ? error->message : "");
        assert_same(lpars[i].folder, read.folder);
    }
    g_autoptr(SvpVolumeSet) set = tape_room_set(room, volumes[_i], NULL);
    SvpArchiveCounts counts = {0};

    ck_assert(svp_archive_verify(set, 1, &counts, &error));
    ck_assert_uint_eq(counts.objects, record->objects);
    svp_archive_lpar_clear(&lpars[0]);
    svp_archive_lpar_clear(&lpars[1]);
    tape_room_free(room);
}
END_TEST

/* A file that has changed since its digest was computed: VERIFY compares what is on the tape with that. */
START_TEST(a_file_that_is_not_what_it_was_is_seen)
{
    TapeRoom *room = tape_room_new(HV_MIB, 3);
    SvpArchiveLpar lpars[2] = {{0}, {0}};
    g_autoptr(GError) error = NULL;
    SvpArchiveCounts counts = {0};

    tape_room_volume(room, "VOL1", 0);
    make_lpars(room, lpars);
    g_autofree char *path = g_build_filename(hv_staging_path(lpars[1].folder), "memory", NULL);
    int fd = open(path, O_WRONLY);

    ck_assert_int_eq(pwrite(fd, "changed", 7, 5), 7);
    ck_assert(save(room, "VOL1", lpars, NULL, NULL));
    g_autoptr(SvpVolumeSet) set = tape_room_set(room, "VOL1", NULL);

    ck_assert(!svp_archive_verify(set, 1, &counts, &error));
    ck_assert_int_eq(error->code, SVP_ERROR_TAPE_DAMAGED);
    ck_assert(strstr(error->message, "'LPAR2/real/memory'"));
    g_clear_error(&error);
    /* One that is shorter cannot be saved at all. */
    ck_assert_int_eq(ftruncate(fd, 1), 0);
    close(fd);
    ck_assert(!save(room, "VOL1", lpars, NULL, &error));
    ck_assert_int_eq(error->code, SVP_ERROR_TAPE_IO);
    svp_archive_lpar_clear(&lpars[0]);
    svp_archive_lpar_clear(&lpars[1]);
    tape_room_free(room);
}
END_TEST

START_TEST(names_that_lead_out_of_the_folder_are_none)
{
    ck_assert_str_eq(svp_manifest_file("LPAR1/real/memory", "LPAR1"), "memory");
    ck_assert_str_eq(svp_manifest_file("LPAR1/real/memory", NULL), "memory");
    ck_assert_ptr_null(svp_manifest_file("LPAR1/real/memory", "LPAR"));
    ck_assert_ptr_null(svp_manifest_file("LPAR1/real/memory", "LPAR11"));
    ck_assert_ptr_null(svp_manifest_file("LPAR1/real/../../etc/passwd", "LPAR1"));
    ck_assert_ptr_null(svp_manifest_file("LPAR1/real/..", "LPAR1"));
    ck_assert_ptr_null(svp_manifest_file("LPAR1/real/", "LPAR1"));
    ck_assert_ptr_null(svp_manifest_file("LPAR1/ms/00000000", "LPAR1"));
    ck_assert_ptr_null(svp_manifest_file("machine.ini", NULL));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("svp/tape-guest");
    TCase *cases = tcase_create("tape-guest");

    tcase_set_timeout(cases, 100);
    tcase_add_loop_test(cases, files_come_back_as_they_were, 0, 3);
    tcase_add_test(cases, a_file_that_is_not_what_it_was_is_seen);
    tcase_add_test(cases, names_that_lead_out_of_the_folder_are_none);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
