/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What copies of snapshots on disk cost: what has changed since the one before, in each place by itself, also after a restart; and that the room is given
 * back when copies are dropped. Content is random, so it does not compress: bytes of files are bytes of pages.
 */
#include "hv/rng.h"
#include "svp/error.h"
#include "svp/machine-file.h"
#include "svp/protect/protect.h"
#include "tests/svp/copy-folder.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define CONTENT_BYTES (4 * HV_MIB)
#define PAGES         ((unsigned)(CONTENT_BYTES / HV_PAGE_SIZE))
#define KEEP          5u
#define SNAPSHOTS     100u

static const char machine_text[] = "[machine]\nname = ROOM\nips = 1\nms = 8M\nclock = 2026-11-20 18:00\n"
                                   "[lpar A]\nnumber = 1\nms = 5M\nip-shares = 1:50\nworkload = idle\n";

typedef struct {
    ResmgrDefinition *definition;
    MonitorSystem *system;
    SvpStore *store;
    SvpProtect *protect;
    char *folder;
    HvRng rng;
    unsigned n_taken;
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

    svp_protect_free(room->protect);
    room->protect = svp_protect_new(&config, NULL);
    ck_assert_ptr_nonnull(room->protect);
}

static void write_page(Room *room, unsigned page)
{
    const ResmgrLpar *books = resmgr_state_lpar(monitor_system_state(room->system), 1);
    uint64_t words[HV_PAGE_SIZE / 8];

    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++)
        words[i] = hv_rng_u64(&room->rng);
    hv_storage_write(
        (HvStorage *)(guintptr)monitor_system_storage(room->system, RESMGR_MS),
        books->areas[RESMGR_MS].origin_bytes + (uint64_t)page * HV_PAGE_SIZE, words, sizeof words);
}

/* Pages here and there. */
static void change(Room *room, unsigned n_pages)
{
    for (unsigned i = 0; i < n_pages; i++)
        write_page(room, (unsigned)hv_rng_below(&room->rng, PAGES));
}

static void define(Room *room)
{
    SvpGroup *group = svp_group_new("PROD");
    SvpPolicy *policy = svp_policy_new("FEW", SVP_FREQUENCY_DAILY);
    SvpRelation *mirror = g_new0(SvpRelation, 1);

    policy->keep = (SvpKeep){SVP_KEEP_COPIES, KEEP};
    g_ptr_array_add(group->lpars, g_strdup("A"));
    mirror->group = g_strdup("PROD");
    mirror->place = SVP_PLACE_MIRROR;
    mirror->path = in(room, "mirror");
    ck_assert(svp_protect_define_policy(room->protect, policy, NULL));
    ck_assert(svp_protect_define_group(room->protect, group, NULL));
    ck_assert(svp_protect_follow(room->protect, "PROD", "FEW", NULL, NULL, false, NULL));
    ck_assert(svp_protect_define_relation(room->protect, mirror, NULL, NULL));
    ck_assert(svp_protect_initialize(room->protect, "PROD", NULL));
}

static Room *room_new(void)
{
    Room *room = g_new0(Room, 1);
    g_autoptr(GPtrArray) problems = NULL;

    room->definition = svp_machine_file_parse(machine_text, strlen(machine_text), &problems);
    ck_assert_ptr_nonnull(room->definition);
    room->system = monitor_system_new(room->definition, 1);
    room->store = svp_store_open(NULL, NULL);
    room->folder = g_dir_make_tmp("lparsim-space-XXXXXX", NULL);
    hv_rng_init(&room->rng, 1, "space");
    ck_assert(monitor_system_power_on(room->system, NULL));
    open_protect(room);
    define(room);
    for (unsigned page = 0; page < PAGES; page++)
        write_page(room, page);
    return room;
}

static void room_free(Room *room)
{
    svp_protect_free(room->protect);
    svp_store_free(room->store);
    monitor_system_free(room->system);
    resmgr_definition_free(room->definition);
    remove_tree(room->folder);
    g_free(room->folder);
    g_free(room);
}

static uint64_t bytes_in(const Room *room, const char *place)
{
    g_autofree char *path = in(room, place);

    return copy_folder_bytes(path, "PROD");
}

static char *digest_now(const Room *room)
{
    const ResmgrArea *area = &resmgr_state_lpar(monitor_system_state(room->system), 1)->areas[RESMGR_MS];

    return hv_storage_digest(
        monitor_system_storage(room->system, RESMGR_MS), area->origin_bytes, area->size_bytes);
}

/* The name of the snapshot; it is in the primary and in the mirror. */
static char *take(Room *room)
{
    g_autofree char *name = g_strdup_printf("S%u", ++room->n_taken);
    const SvpSnapshotRequest request = {.group = "PROD", .name = name, .policy = "FEW"};
    g_auto(SvpProtectReport) report = {0};
    g_autoptr(GError) error = NULL;

    svp_protect_report_begin(&report);
    ck_assert_msg(
        svp_protect_snapshot(room->protect, &request, &report, &error), "%s", error ? error->message : "");
    ck_assert_msg(report.warnings->len == 0, "%s", (const char *)report.warnings->pdata[0]);
    return g_steal_pointer(&name);
}

static void assert_restores(Room *room, const char *name, const char *digest)
{
    for (SvpPlace place = SVP_PLACE_PRIMARY; place <= SVP_PLACE_MIRROR; place++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(MonitorCapture) found = svp_protect_find(room->protect, name, "A", place, &error);

        ck_assert_msg(found, "%s", error ? error->message : "");
        g_autofree char *restored = hv_storage_snapshot_digest(found->content[RESMGR_MS]);

        ck_assert_str_eq(restored, digest);
    }
}

static void assert_grew(const Room *room, const char *place, uint64_t before, unsigned n_pages)
{
    uint64_t grew = bytes_in(room, place) - before, changed = (uint64_t)n_pages * HV_PAGE_SIZE;

    /* Manifest, machine file and label are some KiB, compressed or not. */
    ck_assert_msg(
        grew <= changed * 11 / 10 + 48 * HV_KIB, "%s grew by %" G_GUINT64_FORMAT " for %u pages", place, grew,
        n_pages);
}

/* 1 % of 1024 pages, which are in all 4 segments: what no digest of a segment would find the same. */
START_TEST(what_has_not_changed_costs_nothing)
{
    Room *room = room_new();
    g_autofree char *first = take(room), *first_digest = digest_now(room);
    uint64_t primary = bytes_in(room, "primary"), mirror = bytes_in(room, "mirror");

    ck_assert_uint_ge(primary, CONTENT_BYTES);
    change(room, PAGES / 100);
    g_autofree char *second = take(room), *second_digest = digest_now(room);

    assert_grew(room, "primary", primary, PAGES / 100);
    assert_grew(room, "mirror", mirror, PAGES / 100);
    /* After a restart what was saved last is read back. */
    open_protect(room);
    primary = bytes_in(room, "primary");
    mirror = bytes_in(room, "mirror");
    change(room, PAGES / 100);
    g_autofree char *third = take(room), *third_digest = digest_now(room);

    assert_grew(room, "primary", primary, PAGES / 100);
    assert_grew(room, "mirror", mirror, PAGES / 100);
    assert_restores(room, first, first_digest);
    assert_restores(room, second, second_digest);
    assert_restores(room, third, third_digest);
    room_free(room);
}
END_TEST

/* 2 % changed from one to the next, five kept: all can be restored at any time, and the place takes some times the content. */
START_TEST(room_is_given_back)
{
    Room *room = room_new();
    char *names[KEEP] = {NULL}, *digests[KEEP] = {NULL};
    uint64_t most = 0, written = 0;

    for (unsigned i = 0; i < SNAPSHOTS; i++) {
        unsigned at = i % KEEP;
        uint64_t before = bytes_in(room, "primary");

        change(room, PAGES / 50);
        g_free(names[at]);
        g_free(digests[at]);
        names[at] = take(room);
        digests[at] = digest_now(room);
        most = MAX(most, bytes_in(room, "mirror"));
        written += bytes_in(room, "primary") > before ? bytes_in(room, "primary") - before : 0;
        if (i % 20 == 19)
            for (unsigned j = 0; j < KEEP; j++)
                assert_restores(room, names[j], digests[j]);
        if (i % 40 == 39)
            open_protect(room);
    }
    /* Segments that are in many layers, and now and then all, are written whole again. */
    ck_assert_uint_le(written, CONTENT_BYTES + 4 * SNAPSHOTS * (CONTENT_BYTES / 50));
    ck_assert_uint_le(most, 5 * CONTENT_BYTES);
    for (unsigned j = 0; j < KEEP; j++) {
        g_free(names[j]);
        g_free(digests[j]);
    }
    room_free(room);
}
END_TEST

static char *file_of(const Room *room, const char *place, const char *name)
{
    return g_build_filename(room->folder, place, "PROD", name, NULL);
}

static void flip_byte(const char *path)
{
    g_autofree char *text = NULL;
    gsize length;

    ck_assert(g_file_get_contents(path, &text, &length, NULL));
    text[length / 2] = (char)(text[length / 2] ^ 4);
    ck_assert(g_file_set_contents(path, text, (gssize)length, NULL));
}

/* Whoever shares with a damaged copy is damaged, too; what is written then shares with none of them, and the mirror is whole again. */
static void mend(const char *file, unsigned n_bad)
{
    Room *room = room_new();
    const SvpGroup *group = svp_catalog_group(svp_protect_catalog(room->protect), "PROD");
    g_autofree char *path = file_of(room, "mirror", file), *first = take(room), *digest = digest_now(room);
    g_auto(SvpProtectReport) report = {0};

    svp_protect_report_begin(&report);
    change(room, PAGES / 100);
    g_autofree char *second = take(room), *second_digest = digest_now(room);

    flip_byte(path);
    ck_assert_uint_eq(svp_protect_verify(room->protect, group, &report), n_bad);
    svp_protect_replicate(room->protect, group, &report);
    ck_assert_uint_eq(report.n_written, n_bad);
    ck_assert_uint_eq(svp_protect_verify(room->protect, group, &report), 0);
    assert_restores(room, first, digest);
    assert_restores(room, second, second_digest);
    ck_assert_uint_le(bytes_in(room, "mirror"), CONTENT_BYTES * 5 / 4);
    room_free(room);
}

START_TEST(damage_goes_with_what_is_shared)
{
    mend("000001-S1.tar.zst", 2);
    mend("000002-S2.tar.zst", 1);
    mend("VOLUME.json", 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("svp/protect-space");
    TCase *cases = tcase_create("protect-space");

    tcase_set_timeout(cases, 300);
    tcase_add_test(cases, what_has_not_changed_costs_nothing);
    tcase_add_test(cases, room_is_given_back);
    tcase_add_test(cases, damage_goes_with_what_is_shared);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
