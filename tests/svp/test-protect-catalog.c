/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The catalog and its copies in folders: what was defined and taken is there when it is opened again, copies restore to what was taken, and what is
 * damaged, missing, in the way or not allowed is said, with everything as before.
 */
#include "svp/error.h"
#include "svp/machine-file.h"
#include "svp/protect/protect.h"
#include "tests/svp/copy-folder.h"

#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char machine_text[] =
    "[machine]\nname = ROOM\nips = 1\nms = 8M\nclock = 2026-11-20 18:00\n"
    "[lpar A]\nnumber = 1\nms = 2M\nip-shares = 1:50\nworkload = write 40960/s 256K\n"
    "[lpar B]\nnumber = 2\nms = 2M\nip-shares = 1:50\n";

typedef struct {
    ResmgrDefinition *definition;
    MonitorSystem *system;
    SvpStore *store;
    SvpProtect *protect;
    char *folder; /* of all files of the test */
    SvpProtectReport report;
} Room;

static char *in(const Room *room, const char *name)
{
    return g_build_filename(room->folder, name, NULL);
}

static void open_protect(Room *room)
{
    g_autofree char *primary = in(room, "primary");
    const SvpProtectConfig config = {
        .system = room->system,
        .store = room->store,
        .primary = primary,
        .primary_medium = svp_copy_archive(room->system, /* prepared= */ false),
        .folder_medium = svp_copy_archive(room->system, /* prepared= */ true),
    };
    g_autoptr(GError) error = NULL;

    svp_protect_free(room->protect);
    room->protect = svp_protect_new(&config, &error);
    ck_assert_msg(room->protect, "%s", error ? error->message : "");
}

static Room *room_new(void)
{
    Room *room = g_new0(Room, 1);
    g_autoptr(GPtrArray) problems = NULL;
    SvpGroup *group = svp_group_new("PROD");

    room->definition = svp_machine_file_parse(machine_text, strlen(machine_text), &problems);
    room->system = monitor_system_new(room->definition, 1);
    room->store = svp_store_open(NULL, NULL);
    room->folder = g_dir_make_tmp("lparsim-protect-XXXXXX", NULL);
    svp_protect_report_begin(&room->report);
    ck_assert(monitor_system_power_on(room->system, NULL));
    ck_assert(monitor_system_run(room->system, 3 * HV_NS_PER_S, NULL));
    open_protect(room);
    g_ptr_array_add(group->lpars, g_strdup("A"));
    g_ptr_array_add(group->lpars, g_strdup("B"));
    ck_assert(svp_protect_define_group(room->protect, group, NULL));
    return room;
}

static void room_free(Room *room)
{
    svp_protect_free(room->protect);
    svp_protect_report_clear(&room->report);
    svp_store_free(room->store);
    monitor_system_free(room->system);
    resmgr_definition_free(room->definition);
    remove_tree(room->folder);
    g_free(room->folder);
    g_free(room);
}

static void relate(Room *room, SvpPlace place, const char *folder, const char *policy)
{
    SvpRelation *relation = g_new0(SvpRelation, 1);
    g_autoptr(GError) error = NULL;

    relation->group = g_strdup("prod");
    relation->place = place;
    relation->path = in(room, folder);
    relation->policy = g_strdup(policy);
    ck_assert_msg(
        svp_protect_define_relation(room->protect, relation, NULL, &error), "%s",
        error ? error->message : "");
}

static const SvpSnapshot *take(Room *room, const char *name)
{
    const SvpSnapshotRequest request = {.group = "PROD", .name = name};
    g_autoptr(GError) error = NULL;
    const SvpSnapshot *snapshot = svp_protect_snapshot(room->protect, &request, &room->report, &error);

    ck_assert_msg(snapshot, "%s", error ? error->message : "");
    return snapshot;
}

/* Of LPAR A's storage now. */
static char *digest_now(const Room *room)
{
    const ResmgrLpar *books = resmgr_state_lpar(monitor_system_state(room->system), 1);
    g_autoptr(MonitorCapture) capture = monitor_system_capture(room->system, 1, NULL);

    ck_assert_ptr_nonnull(capture); /* the guest has caught up with the clock */
    return hv_storage_digest(
        monitor_system_storage(room->system, RESMGR_MS), books->areas[RESMGR_MS].origin_bytes,
        books->areas[RESMGR_MS].size_bytes);
}

static void assert_restores(Room *room, const char *name, SvpPlace place, const char *digest)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(MonitorCapture) found = svp_protect_find(room->protect, name, "A", place, &error);

    ck_assert_msg(found, "%s", error ? error->message : "");
    g_autofree char *restored = hv_storage_snapshot_digest(found->content[RESMGR_MS]);

    ck_assert_str_eq(restored, digest);
}

static void assert_not_found(Room *room, const char *name, const char *lpar, SvpPlace place, int code)
{
    g_autoptr(GError) error = NULL;

    ck_assert_ptr_null(svp_protect_find(room->protect, name, lpar, place, &error));
    ck_assert_msg(g_error_matches(error, SVP_ERROR, code), "%d %s", error->code, error->message);
}

/* --- Copies ----------------------------------------------------------------------------------------------- */

START_TEST(copies_restore_from_every_place)
{
    Room *room = room_new();

    relate(room, SVP_PLACE_MIRROR, "mirror", NULL);
    relate(room, SVP_PLACE_VAULT, "vault", NULL);
    g_autofree char *digest = digest_now(room);

    take(room, "BEFORE");
    ck_assert(svp_protect_initialize(room->protect, "PROD", NULL));
    ck_assert(monitor_system_run(room->system, HV_NS_PER_S, NULL));
    take(room, "AFTER"); /* copies BEFORE, too */
    ck_assert_uint_eq(room->report.n_written, 4);
    ck_assert_uint_eq(room->report.warnings->len, 0);
    open_protect(room);
    for (SvpPlace place = 0; place <= SVP_PLACES; place++)
        assert_restores(room, "before", place, digest);
    assert_not_found(room, "BEFORE", "C", SVP_PLACES, SVP_ERROR_MADE_FOR);
    assert_not_found(room, "NEVER", "A", SVP_PLACES, SVP_ERROR_PROTECT_UNKNOWN);
    room_free(room);
}
END_TEST

/* The first that was written to the place. */
static char *archive_of(const Room *room, const char *place, const char *name)
{
    g_autofree char *file = g_strdup_printf("000001-%s.tar.zst", name);

    return g_build_filename(room->folder, place, "PROD", file, NULL);
}

static void flip_byte(const char *path, size_t at)
{
    g_autofree char *text = NULL;
    gsize length;

    ck_assert(g_file_get_contents(path, &text, &length, NULL));
    ck_assert_uint_lt(at, length);
    text[at] = (char)(text[at] ^ 4);
    ck_assert(g_file_set_contents(path, text, (gssize)length, NULL));
}

/* A damaged copy is found, counts for nothing, and is written anew from the primary; the primary's is restored from the mirror. */
START_TEST(damage_is_found_and_mended)
{
    Room *room = room_new();
    const SvpGroup *group = svp_catalog_group(svp_protect_catalog(room->protect), "PROD");

    relate(room, SVP_PLACE_MIRROR, "mirror", NULL);
    ck_assert(svp_protect_initialize(room->protect, "PROD", NULL));
    g_autofree char *digest = digest_now(room);

    take(room, "ONE");
    g_autofree char *mirrored = archive_of(room, "mirror", "ONE"), *own = archive_of(room, "primary", "ONE");

    flip_byte(mirrored, 700);
    assert_not_found(room, "ONE", "A", SVP_PLACE_MIRROR, SVP_ERROR_COPY);
    ck_assert_uint_eq(svp_protect_verify(room->protect, group, &room->report), 1);
    svp_protect_replicate(room->protect, group, &room->report);
    assert_restores(room, "ONE", SVP_PLACE_MIRROR, digest);
    flip_byte(own, 700);
    assert_restores(room, "ONE", SVP_PLACES, digest);
    ck_assert_uint_eq(svp_protect_verify(room->protect, group, &room->report), 1);
    assert_not_found(room, "ONE", "A", SVP_PLACE_PRIMARY, SVP_ERROR_COPY);
    svp_protect_prune(room->protect, group, &room->report);
    ck_assert(!g_file_test(own, G_FILE_TEST_EXISTS));
    assert_restores(room, "ONE", SVP_PLACES, digest);
    room_free(room);
}
END_TEST

/* A folder that cannot be written to: the snapshot is taken all the same, the primary keeps it, and the mirror has it later. */
START_TEST(a_mirror_that_is_away_catches_up)
{
    Room *room = room_new();
    const SvpGroup *group = svp_catalog_group(svp_protect_catalog(room->protect), "PROD");
    g_autofree char *mirror = in(room, "mirror"), *away = in(room, "away");

    relate(room, SVP_PLACE_MIRROR, "mirror", NULL);
    ck_assert(svp_protect_initialize(room->protect, "PROD", NULL));
    ck_assert_int_eq(g_rename(mirror, away), 0);
    ck_assert(g_file_set_contents(mirror, "no folder", -1, NULL));
    take(room, "ONE");
    const SvpRelation *relation =
        svp_catalog_relation(svp_protect_catalog(room->protect), "PROD", SVP_PLACE_MIRROR);

    ck_assert_uint_eq(room->report.warnings->len, 1);
    ck_assert_uint_eq(svp_protect_pending(room->protect, relation), 1);
    ck_assert(!svp_protect_delete_snapshot(room->protect, "ONE", SVP_PLACE_PRIMARY, /* force= */ true, NULL));
    g_unlink(mirror);
    ck_assert_int_eq(g_rename(away, mirror), 0);
    svp_protect_replicate(room->protect, group, &room->report);
    ck_assert_uint_eq(svp_protect_pending(room->protect, relation), 0);
    room_free(room);
}
END_TEST

START_TEST(folders_of_others_are_left_alone)
{
    Room *room = room_new();
    g_autofree char *folder = in(room, "mirror"), *mark = in(room, "mirror/PROTECT.json"),
                    *letter = in(room, "mirror/letter.txt");
    g_autoptr(GError) error = NULL;

    relate(room, SVP_PLACE_MIRROR, "mirror", NULL);
    ck_assert_int_eq(g_mkdir(folder, 0700), 0);
    ck_assert(g_file_set_contents(letter, "dear", -1, NULL));
    ck_assert(!svp_protect_initialize(room->protect, "PROD", &error));
    ck_assert(g_error_matches(error, SVP_ERROR, SVP_ERROR_RELATION));
    ck_assert(g_file_set_contents(mark, "{\"machine\":\"ROOM\",\"group\":\"TEST\"}", -1, NULL));
    ck_assert(!svp_protect_initialize(room->protect, "PROD", NULL));
    g_unlink(mark);
    g_unlink(letter);
    ck_assert(svp_protect_initialize(room->protect, "PROD", NULL));
    room_free(room);
}
END_TEST

/* What a crash has left behind is no copy, and is in nobody's way. */
START_TEST(what_was_begun_is_no_copy)
{
    Room *room = room_new();
    g_autofree char *begun = in(room, "primary/PROD/save.tmp");

    take(room, "ONE");
    ck_assert(g_file_set_contents(begun, "half", -1, NULL));
    take(room, "TWO");
    ck_assert(!g_file_test(begun, G_FILE_TEST_EXISTS));
    ck_assert(svp_protect_delete_snapshot(room->protect, "ONE", SVP_PLACES, /* force= */ true, NULL));
    ck_assert(svp_protect_delete_snapshot(room->protect, "TWO", SVP_PLACES, /* force= */ true, NULL));
    ck_assert_uint_eq(svp_catalog_all(svp_protect_catalog(room->protect), SVP_CATALOG_SNAPSHOT)->len, 0);
    room_free(room);
}
END_TEST

/* A copy whose record the crash has come before; its number and its room are not lost. */
START_TEST(what_no_record_counts_is_swept)
{
    Room *room = room_new();
    g_autofree char *primary = in(room, "primary");
    SvpCopyMedium medium = svp_copy_archive(room->system, /* prepared= */ false);
    g_autoptr(SvpSnapshot) lost = svp_snapshot_new("LOST", "PROD", "DAILY", NULL);
    g_autoptr(GPtrArray) captures = g_ptr_array_new();
    g_autoptr(MonitorCapture) capture = monitor_system_capture(room->system, 1, NULL);

    svp_snapshot_add_lpar(lost, "A", NULL);
    g_ptr_array_add(captures, capture);
    ck_assert(svp_copy_write(&medium, primary, lost, /* base= */ NULL, captures, NULL));
    ck_assert_uint_eq(copy_folder_count(primary, "PROD"), 1);
    take(room, "ONE");
    ck_assert_uint_eq(copy_folder_count(primary, "PROD"), 1);
    medium.ops->free(medium.data);
    room_free(room);
}
END_TEST

/* A disk that is not mounted: nothing is said of the copies on it, none is dropped, and nothing is written in its place. */
START_TEST(a_mirror_that_is_not_mounted_is_left_alone)
{
    Room *room = room_new();
    const SvpGroup *group = svp_catalog_group(svp_protect_catalog(room->protect), "PROD");
    g_autofree char *mirror = in(room, "mirror"), *away = in(room, "away"), *digest = digest_now(room);

    relate(room, SVP_PLACE_MIRROR, "mirror", NULL);
    ck_assert(svp_protect_initialize(room->protect, "PROD", NULL));
    take(room, "ONE");
    ck_assert_int_eq(g_rename(mirror, away), 0);
    ck_assert_int_eq(g_mkdir(mirror, 0700), 0); /* where it is mounted at other times */
    ck_assert_uint_eq(svp_protect_verify(room->protect, group, &room->report), 0);
    take(room, "TWO");
    svp_protect_prune(room->protect, group, &room->report);
    ck_assert_uint_ge(room->report.warnings->len, 1);
    assert_not_found(room, "ONE", "A", SVP_PLACE_MIRROR, SVP_ERROR_COPY_AWAY);
    ck_assert(!svp_protect_delete_snapshot(room->protect, "ONE", SVP_PLACE_MIRROR, /* force= */ true, NULL));
    ck_assert_int_eq(g_rmdir(mirror), 0);
    ck_assert_int_eq(g_rename(away, mirror), 0);
    svp_protect_replicate(room->protect, group, &room->report);
    assert_restores(room, "ONE", SVP_PLACE_MIRROR, digest);
    assert_restores(room, "TWO", SVP_PLACE_MIRROR, digest);
    room_free(room);
}
END_TEST

/* --- Definitions ------------------------------------------------------------------------------------------ */

static void assert_refused(bool done, GError **error, int code)
{
    ck_assert(!done);
    ck_assert_msg(g_error_matches(*error, SVP_ERROR, code), "%d %s", (*error)->code, (*error)->message);
    g_clear_error(error);
}

START_TEST(what_is_needed_stays)
{
    Room *room = room_new();
    g_autoptr(GError) error = NULL;

    ck_assert(svp_protect_define_policy(room->protect, svp_policy_new("A", SVP_FREQUENCY_DAILY), NULL));
    ck_assert(svp_protect_define_policy(room->protect, svp_policy_new("B", SVP_FREQUENCY_DAILY), NULL));
    ck_assert(svp_protect_follow(room->protect, "PROD", "A", NULL, NULL, false, NULL));
    assert_refused(
        svp_protect_follow(room->protect, "PROD", "b", NULL, NULL, false, &error), &error, SVP_ERROR_POLICY);
    assert_refused(svp_protect_delete_policy(room->protect, "a", &error), &error, SVP_ERROR_PROTECT_NEEDED);
    take(room, "ONE");
    assert_refused(svp_protect_delete_group(room->protect, "PROD", &error), &error, SVP_ERROR_PROTECT_NEEDED);
    assert_refused(
        svp_protect_delete_snapshot(room->protect, "ONE", SVP_PLACES, false, &error), &error,
        SVP_ERROR_PROTECT_NEEDED);
    ck_assert(svp_protect_add_clone(room->protect, "ONE", "A", "COPY", NULL));
    assert_refused(
        svp_protect_delete_snapshot(room->protect, "ONE", SVP_PLACES, true, &error), &error,
        SVP_ERROR_PROTECT_NEEDED);
    ck_assert(svp_protect_split_clone(room->protect, "copy", NULL));
    ck_assert(svp_protect_split_clone(room->protect, "copy", NULL));
    ck_assert(svp_protect_delete_snapshot(room->protect, "ONE", SVP_PLACES, true, NULL));
    assert_refused(
        svp_protect_unfollow(room->protect, "PROD", "B", &error), &error, SVP_ERROR_PROTECT_UNKNOWN);
    ck_assert(svp_protect_unfollow(room->protect, "PROD", "A", NULL));
    ck_assert(svp_protect_delete_policy(room->protect, "A", NULL));
    ck_assert(svp_protect_delete_group(room->protect, "PROD", NULL));
    room_free(room);
}
END_TEST

/* The number of a snapshot is never given again, even if it was the last. */
START_TEST(numbers_are_given_once)
{
    Room *room = room_new();
    uint64_t first = take(room, "ONE")->sequence;

    ck_assert(svp_protect_delete_snapshot(room->protect, "ONE", SVP_PLACES, true, NULL));
    open_protect(room);
    ck_assert_uint_gt(take(room, "ONE")->sequence, first);
    room_free(room);
}
END_TEST

static const struct {
    const char *collection, *key, *record;
} damaged[] = {
    {"policy", "P", "{}"},
    {"policy", "P",
     "{\"name\":\"P\",\"label\":\"L\",\"keep\":\"some\",\"rpo_ns\":0,\"pre\":[],\"post\":[],"
     "\"schedule\":{\"frequency\":\"daily\",\"second\":0,\"weekday\":0,\"day\":1}}"},
    {"group", "G", "{\"name\":\"G\",\"lpars\":[],\"schedules\":[]}"},
    {"group", "G", "{\"name\":\"H\",\"lpars\":[\"A\"],\"schedules\":[]}"},
    {"relation", "G mirror", "{\"group\":\"G\",\"place\":\"primary\",\"path\":\"/x\"}"},
    {"snapshot", "00000000000000000001", "{\"name\":\"S\",\"group\":\"G\",\"label\":\"L\",\"sequence\":0}"},
    {"clone", "C", "{\"clone\":\"C\"}"},
    {"measure", "A", "{\"lpar\":\"A\",\"save\":{\"took_ns\":-1,\"wall_us\":0}}"},
};

START_TEST(damaged_records_are_refused)
{
    g_autoptr(SvpStore) store = svp_store_open(NULL, NULL);
    json_t *record = json_loads(damaged[_i].record, 0, NULL);
    g_autoptr(GError) error = NULL;

    ck_assert(svp_store_put(store, damaged[_i].collection, damaged[_i].key, record, NULL));
    json_decref(record);
    ck_assert_ptr_null(svp_catalog_open(store, &error));
    ck_assert(g_error_matches(error, SVP_ERROR, SVP_ERROR_CATALOG));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("svp/protect-catalog");
    TCase *cases = tcase_create("protect-catalog");

    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, copies_restore_from_every_place);
    tcase_add_test(cases, damage_is_found_and_mended);
    tcase_add_test(cases, a_mirror_that_is_away_catches_up);
    tcase_add_test(cases, folders_of_others_are_left_alone);
    tcase_add_test(cases, what_was_begun_is_no_copy);
    tcase_add_test(cases, what_no_record_counts_is_swept);
    tcase_add_test(cases, a_mirror_that_is_not_mounted_is_left_alone);
    tcase_add_test(cases, what_is_needed_stays);
    tcase_add_test(cases, numbers_are_given_once);
    tcase_add_loop_test(cases, damaged_records_are_refused, 0, G_N_ELEMENTS(damaged));
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
