/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Saves on volumes: what comes back is what was there, by the storage's own digest; what is shared; what a volume that is full, damaged,
 * missing, or cannot be written does. Seeds are printed where a run is random.
 */
#include "svp/error.h"
#include "tests/svp/tape-room.h"

#include <check.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHAIN 30u

static const char *const volume_names[] = {"VOL1", "VOL1.tar"};

static void assert_saved(TapeRoom *room, const char *volumes, bool with_memory, SvpSaveRecord **ret_record)
{
    g_autoptr(GError) error = NULL;

    ck_assert_msg(
        tape_room_save(room, volumes, with_memory, ret_record, &error), "%s", error ? error->message : "");
}

static void assert_restores(TapeRoom *room, const char *volumes, unsigned sequence, const char *digest)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *found = tape_room_restore(room, volumes, sequence, &error);

    ck_assert_msg(found, "save %u: %s", sequence, error ? error->message : "");
    ck_assert_msg(g_str_equal(found, digest), "save %u: %s, not %s", sequence, found, digest);
}

/* The error is looked at after what has set it. */
static void assert_refused(bool done, GError **set_error, int code)
{
    const GError *error = *set_error;

    ck_assert(!done);
    ck_assert_ptr_nonnull(error);
    ck_assert_msg(
        g_error_matches(error, SVP_ERROR, code), "%s %d: %s", g_quark_to_string(error->domain), error->code,
        error->message);
    ck_assert_msg(strchr(error->message, '\n'), "no remedy: %s", error->message);
}

/* After a restart nothing is known from memory: what has not changed is shared all the same, of layers too, and a change is a layer. */
START_TEST(a_restart_costs_no_space)
{
    TapeRoom *room = tape_room_new(8 * HV_MIB, 21);
    g_autoptr(SvpSaveRecord) same = NULL, changed = NULL;

    tape_room_volume(room, "VOL1", 0);
    tape_room_write(room, 6000);
    assert_saved(room, "VOL1", /* with_memory= */ true, NULL);
    hv_storage_write(room->storage, 3 * HV_MIB, "layer", 5);
    assert_saved(room, "VOL1", /* with_memory= */ true, NULL);
    assert_saved(room, "VOL1", /* with_memory= */ false, &same);
    ck_assert_uint_eq(same->objects - same->shared, 2); /* the machine file, and the LPAR's state */
    hv_storage_write(room->storage, 7 * HV_MIB, "another", 7);
    assert_saved(room, "VOL1", /* with_memory= */ false, &changed);
    ck_assert_uint_eq(changed->objects - changed->shared, 3);
    ck_assert_uint_lt(changed->object_bytes, 16 * HV_PAGE_SIZE);
    g_autofree char *digest = tape_room_digest(room);

    assert_restores(room, "VOL1", 4, digest);
    tape_room_free(room);
}
END_TEST

/* Sequences of random changes: each save is as of its moment, whether what has changed is known from memory or from digests. */
START_TEST(chains_restore_each_save)
{
    const char *name = volume_names[_i % 2];
    uint64_t seed = 1000 + (uint64_t)_i;
    TapeRoom *room = tape_room_new(8 * HV_MIB, seed);
    char *digests[CHAIN];
    uint64_t shared = 0;

    g_print("chain with seed %" G_GUINT64_FORMAT "\n", seed);
    tape_room_volume(room, name, 0);
    tape_room_write(room, 2000);
    for (unsigned n = 0; n < CHAIN; n++) {
        g_autoptr(SvpSaveRecord) record = NULL;

        assert_saved(room, name, /* with_memory= */ hv_rng_below(&room->rng, 4) > 0, &record);
        ck_assert_uint_eq(record->sequence, n + 1);
        digests[n] = tape_room_digest(room);
        shared += record->shared;
        tape_room_write(room, (unsigned)hv_rng_below(&room->rng, n % 7 == 0 ? 3000 : 60));
    }
    ck_assert_uint_gt(shared, 0);
    for (unsigned n = 0; n < CHAIN; n++)
        assert_restores(room, name, n + 1, digests[n]);
    assert_restores(room, name, 0, digests[CHAIN - 1]);
    for (unsigned n = 0; n < CHAIN; n++)
        g_free(digests[n]);
    tape_room_free(room);
}
END_TEST

/* 64 MiB, every page; then one page in a hundred, scattered over all segments. */
START_TEST(later_saves_share_what_did_not_change)
{
    TapeRoom *room = tape_room_new(64 * HV_MIB, 1);
    uint64_t pages = 64 * HV_MIB / HV_PAGE_SIZE, page[HV_PAGE_SIZE / 8];
    g_autoptr(SvpSaveRecord) first = NULL, second = NULL, third = NULL;

    for (uint64_t n = 0; n < pages; n++) {
        for (unsigned i = 0; i < G_N_ELEMENTS(page); i++)
            page[i] = hv_rng_u64(&room->rng);
        hv_storage_write(room->storage, n * HV_PAGE_SIZE, page, sizeof page);
    }
    tape_room_volume(room, "VOL1", 0);
    assert_saved(room, "VOL1", true, &first);
    ck_assert_uint_eq(first->shared, 0);
    /* 64 segments of MS, 16 of ES, the state, the machine file. */
    ck_assert_uint_eq(first->objects, 82);
    for (uint64_t n = 37; n < pages; n += 100)
        hv_storage_write(room->storage, n * HV_PAGE_SIZE, "changed", 7);
    g_autofree char *digest = tape_room_digest(room);

    assert_saved(room, "VOL1", true, &second);
    ck_assert_msg(
        second->file_bytes == 0 && second->object_bytes * 20 < first->object_bytes,
        "%" G_GUINT64_FORMAT " bytes after %" G_GUINT64_FORMAT, second->object_bytes, first->object_bytes);
    ck_assert_uint_eq(second->objects, first->objects);
    /* Nothing has changed: without memory too, as far as segments are whole. */
    assert_saved(room, "VOL1", true, &third);
    ck_assert_uint_eq(third->shared, 80);
    assert_restores(room, "VOL1", 2, digest);
    assert_restores(room, "VOL1", 3, digest);
    tape_room_free(room);
}
END_TEST

START_TEST(without_memory_digests_tell_what_changed)
{
    TapeRoom *room = tape_room_new(16 * HV_MIB, 5);
    g_autoptr(SvpSaveRecord) first = NULL, second = NULL;

    tape_room_write(room, 3000);
    tape_room_volume(room, "VOL1", 0);
    assert_saved(room, "VOL1", false, &first);
    hv_storage_write(room->storage, 3 * HV_MIB + 5, "changed", 7);
    assert_saved(room, "VOL1", false, &second);
    ck_assert_uint_eq(second->shared, first->objects - 2 - 1);
    g_autofree char *digest = tape_room_digest(room);

    assert_restores(room, "VOL1", 2, digest);
    tape_room_free(room);
}
END_TEST

/* --- Damage --------------------------------------------------------------------------------------------- */

static char *file_of_save(TapeRoom *room, unsigned n)
{
    g_autofree char *name = g_strdup_printf("VOL1/%06u-LPAR1.tar.zst", n);

    return tape_room_path(room, name);
}

static void flip(const char *path, uint64_t at, uint8_t mask)
{
    int fd = open(path, O_RDWR);
    uint8_t byte;

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(pread(fd, &byte, 1, (off_t)at), 1);
    byte ^= mask;
    ck_assert_int_eq(pwrite(fd, &byte, 1, (off_t)at), 1);
    close(fd);
}

static uint64_t length_of(const char *path)
{
    GStatBuf about;

    ck_assert_int_eq(g_stat(path, &about), 0);
    return (uint64_t)about.st_size;
}

/* A volume with two saves, the second in layers; then one bit anywhere, of the files and of the label. */
START_TEST(every_flipped_bit_is_seen)
{
    static const char *const names[] = {
        "VOL1/000001-LPAR1.tar.zst", "VOL1/000002-LPAR1.tar.zst", "VOL1/VOLUME.json"};
    TapeRoom *room = tape_room_new(2 * HV_MIB, 11);
    g_autofree char *path = tape_room_path(room, names[_i]);

    tape_room_volume(room, "VOL1", 0);
    tape_room_write(room, 20);
    assert_saved(room, "VOL1", true, NULL);
    hv_storage_write(room->storage, 0, "changed", 7);
    assert_saved(room, "VOL1", true, NULL);
    uint64_t length = length_of(path);
    g_autofree char *good = tape_room_digest(room);

    for (uint64_t at = 0; at < length; at += 1 + length / 150) {
        uint8_t mask = (uint8_t)(1u << hv_rng_below(&room->rng, 8));
        g_autoptr(GError) error = NULL;

        flip(path, at, mask);
        g_autofree char *found = tape_room_restore(room, "VOL1", 2, &error);

        ck_assert_msg(!found, "byte %" G_GUINT64_FORMAT " of %s, bits %02x", at, names[_i], mask);
        assert_refused(false, &error, SVP_ERROR_TAPE_DAMAGED);
        flip(path, at, mask);
    }
    assert_restores(room, "VOL1", 2, good);
    tape_room_free(room);
}
END_TEST

/* Of a volume that is a file some bytes are of no use any more: older labels, what fills blocks up. All others are as above. */
START_TEST(a_flipped_bit_of_a_file_is_seen_or_harmless)
{
    TapeRoom *room = tape_room_new(HV_MIB, 13);
    g_autofree char *path = tape_room_path(room, "VOL1.tar");
    unsigned seen = 0, tried = 0;

    tape_room_volume(room, "VOL1.tar", 0);
    tape_room_write(room, 10);
    assert_saved(room, "VOL1.tar", true, NULL);
    hv_storage_write(room->storage, 0, "changed", 7);
    assert_saved(room, "VOL1.tar", true, NULL);
    uint64_t length = length_of(path);
    g_autofree char *good = tape_room_digest(room);

    for (uint64_t at = 0; at < length; at += 1 + length / 300, tried++) {
        uint8_t mask = (uint8_t)(1u << hv_rng_below(&room->rng, 8));
        g_autoptr(GError) error = NULL;

        flip(path, at, mask);
        g_autofree char *found = tape_room_restore(room, "VOL1.tar", 2, &error);

        ck_assert_msg(
            found ? g_str_equal(found, good)
                  : error->domain == SVP_ERROR &&
                        (error->code == SVP_ERROR_TAPE_DAMAGED || error->code == SVP_ERROR_TAPE_SAVE ||
                         error->code == SVP_ERROR_TAPE_VOLUME),
            "byte %" G_GUINT64_FORMAT ", bits %02x: %s", at, mask, found ? found : error->message);
        seen += found == NULL;
        flip(path, at, mask);
    }
    ck_assert_uint_gt(seen, tried / 2);
    assert_restores(room, "VOL1.tar", 2, good);
    tape_room_free(room);
}
END_TEST

START_TEST(a_truncated_file_is_seen)
{
    TapeRoom *room = tape_room_new(2 * HV_MIB, 12);
    g_autofree char *path = file_of_save(room, 1);

    tape_room_volume(room, "VOL1", 0);
    tape_room_write(room, 20);
    assert_saved(room, "VOL1", true, NULL);
    for (uint64_t length = length_of(path); length > 0; length = length * 9 / 10) {
        g_autoptr(GError) error = NULL;

        ck_assert_int_eq(truncate(path, (off_t)length - 1), 0);
        assert_refused(tape_room_restore(room, "VOL1", 1, &error) != NULL, &error, SVP_ERROR_TAPE_DAMAGED);
    }
    tape_room_free(room);
}
END_TEST

/* --- Volumes -------------------------------------------------------------------------------------------- */

START_TEST(a_save_goes_on_on_the_next_volume)
{
    TapeRoom *room = tape_room_new(8 * HV_MIB, 21);
    const char *second = _i == 0 ? "VOL2" : "VOL2.tar";
    g_autofree char *both = g_strconcat("VOL1 ", second, " VOL3", NULL);
    g_autofree char *swapped = g_strconcat("VOL3 ", second, " VOL1", NULL);
    g_autofree char *two = g_strconcat("VOL1 ", second, NULL);
    g_autoptr(SvpSaveRecord) record = NULL;

    tape_room_volume(room, "VOL1", HV_MIB);
    tape_room_volume(room, second, HV_MIB);
    tape_room_volume(room, "VOL3", 0);
    tape_room_volume(room, "OTHER", 0);
    tape_room_write(room, 4000);
    /* Not enough room: nothing has happened. */
    g_autoptr(GError) full = NULL, missing = NULL, other = NULL;
    g_autofree char *digest = tape_room_digest(room);

    assert_refused(tape_room_save(room, two, true, NULL, &full), &full, SVP_ERROR_TAPE_FULL);
    assert_saved(room, both, true, &record);
    ck_assert_uint_eq(record->sequence, 1);
    hv_storage_write(room->storage, 0, "changed", 7);
    g_autofree char *later = tape_room_digest(room);

    assert_saved(room, swapped, true, NULL);
    assert_restores(room, swapped, 1, digest);
    assert_restores(room, both, 2, later);
    assert_refused(tape_room_restore(room, two, 1, &missing) != NULL, &missing, SVP_ERROR_TAPE_VOLUME);
    ck_assert_msg(strstr(missing->message, "VOL3"), "%s", missing->message);
    assert_saved(room, "OTHER", true, NULL);
    assert_refused(tape_room_restore(room, "OTHER VOL1", 1, &other) != NULL, &other, SVP_ERROR_TAPE_VOLUME);
    tape_room_free(room);
}
END_TEST

START_TEST(what_cannot_be_written_stays_as_it_was)
{
    const char *name = volume_names[_i];
    TapeRoom *room = tape_room_new(8 * HV_MIB, 31);
    g_autofree char *path = tape_room_path(room, name);
    g_autoptr(GError) error = NULL;

    bool is_root = geteuid() == 0; /* who may write everywhere */

    if (is_root)
        ck_assert(chown(room->folder, 65534, 65534) == 0 && seteuid(65534) == 0);
    tape_room_volume(room, name, 0);
    tape_room_write(room, 100);
    assert_saved(room, name, true, NULL);
    g_autofree char *digest = tape_room_digest(room);

    tape_room_write(room, 100);
    ck_assert_int_eq(chmod(path, _i == 0 ? 0555 : 0444), 0);
    assert_refused(tape_room_save(room, name, true, NULL, &error), &error, SVP_ERROR_TAPE_IO);
    assert_restores(room, name, 0, digest);
    ck_assert_int_eq(chmod(path, 0755), 0);
    ck_assert(!is_root || seteuid(0) == 0);
    tape_room_free(room);
}
END_TEST

/* What a crash leaves before the commit is no save, and is gone after the next one. */
START_TEST(leftovers_are_removed)
{
    TapeRoom *room = tape_room_new(HV_MIB, 41);
    g_autofree char *left = tape_room_path(room, "VOL1/save.tmp");
    g_autofree char *unnamed = tape_room_path(room, "VOL1/000007-LPAR1.tar.zst");
    g_autofree char *foreign = tape_room_path(room, "VOL1/notes.txt");

    tape_room_volume(room, "VOL1", 0);
    tape_room_write(room, 10);
    ck_assert(g_file_set_contents(left, "left", -1, NULL));
    ck_assert(g_file_set_contents(unnamed, "left", -1, NULL));
    ck_assert(g_file_set_contents(foreign, "mine", -1, NULL));
    assert_saved(room, "VOL1", true, NULL);
    ck_assert(!g_file_test(left, G_FILE_TEST_EXISTS));
    ck_assert(!g_file_test(unnamed, G_FILE_TEST_EXISTS));
    ck_assert(g_file_test(foreign, G_FILE_TEST_EXISTS));
    tape_room_free(room);
}
END_TEST

START_TEST(saves_that_are_needed_cannot_be_removed)
{
    TapeRoom *room = tape_room_new(4 * HV_MIB, 51);
    g_autoptr(GError) error = NULL;

    tape_room_volume(room, "VOL1", 0);
    tape_room_write(room, 500);
    assert_saved(room, "VOL1", true, NULL);
    tape_room_write(room, 5);
    assert_saved(room, "VOL1", true, NULL);
    g_autoptr(SvpVolumeSet) set = tape_room_set(room, "VOL1", &error);

    assert_refused(svp_volume_set_remove(set, 1, &error), &error, SVP_ERROR_TAPE_NEEDED);
    g_clear_error(&error);
    ck_assert(svp_volume_set_remove(set, 2, &error));
    ck_assert(svp_volume_set_remove(set, 1, &error));
    assert_refused(svp_volume_set_remove(set, 1, &error), &error, SVP_ERROR_TAPE_SAVE);
    tape_room_free(room);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("svp/tape");
    TCase *cases = tcase_create("tape");

    tcase_set_timeout(cases, 100);
    tcase_add_loop_test(cases, chains_restore_each_save, 0, 4);
    tcase_add_test(cases, later_saves_share_what_did_not_change);
    tcase_add_test(cases, without_memory_digests_tell_what_changed);
    tcase_add_test(cases, a_restart_costs_no_space);
    tcase_add_loop_test(cases, every_flipped_bit_is_seen, 0, 3);
    tcase_add_test(cases, a_flipped_bit_of_a_file_is_seen_or_harmless);
    tcase_add_test(cases, a_truncated_file_is_seen);
    tcase_add_loop_test(cases, a_save_goes_on_on_the_next_volume, 0, 2);
    tcase_add_loop_test(cases, what_cannot_be_written_stays_as_it_was, 0, 2);
    tcase_add_test(cases, leftovers_are_removed);
    tcase_add_test(cases, saves_that_are_needed_cannot_be_removed);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
