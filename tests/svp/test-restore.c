/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * RESTORE, CLONE and their kin at the console: what programs see of them. The undo of an INTEG, what a survivor keeps, copies
 * from tape and from a snapshot, clones, and every refusal.
 */
#include "tests/svp/console-room.h"

#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

static const char pool_machine[] =
    "[machine]\nname = POOL\nips = 4\nms = 256M\nchannels = 00-05\n"
    "[channel 04]\nmode = shared\naccess = A;B\n"
    "[lpar A]\nnumber = 1\nms = 64M\nms-reserved = 64M\nweight = 300\nlips = 3\n"
    "channels = 00\nworkload = busy\n"
    "[lpar B]\nnumber = 2\nms = 64M\nweight = 100\nlips = 2\nchannels = 01\n"
    "workload = busy; write 1M/s 4M\n";

static const char *text_at(json_t *object, const char *path)
{
    const char *text = json_string_value(console_room_at(object, path));

    return text ? text : "";
}

static double number_at(json_t *object, const char *path)
{
    return json_number_value(console_room_at(object, path));
}

static void ck_refused(ConsoleRoom *room, const char *line, const char *id)
{
    g_autofree char *found = console_room_refusal(room, line);

    ck_assert_msg(strcmp(found, id) == 0, "%s: \"%s\" instead of %s", line, found, id);
}

static char *digest_of(ConsoleRoom *room, const char *lpar)
{
    g_autofree char *line = g_strdup_printf("GUEST %s,VERIFY", lpar);
    json_t *object = console_room_json(room, line);
    char *digest = g_strdup(text_at(object, "result.digest"));

    ck_assert(json_is_true(console_room_at(object, "result.verified")));
    json_decref(object);
    return digest;
}

START_TEST(an_integ_is_taken_back)
{
    static const char *const begin[] = {"SET PRESNAP ON", "RUN 2s", NULL};
    ConsoleRoom *room = console_room_new("examples/patent.ini", NULL);

    console_room_give(room, begin);
    g_autofree char *before = digest_of(room, "LPAR2");
    json_t *integ = console_room_json(room, "INTEG LPAR2,LPAR1");
    json_t *plan = console_room_json(room, "RESTORE LPAR2 PRESNAP PLAN");
    json_t *restored = console_room_json(room, "RESTORE LPAR2 PRESNAP");

    ck_assert(json_is_true(console_room_at(integ, "result.presnap")));
    ck_assert(json_is_true(console_room_at(plan, "result.planned")));
    ck_assert_str_eq(text_at(restored, "result.restored"), "LPAR2");
    ck_assert_str_eq(text_at(restored, "result.gives.lpar"), "LPAR1");
    ck_assert_double_eq(number_at(restored, "result.gives.ms_mib"), 128);
    ck_assert_uint_eq(json_array_size(console_room_at(restored, "result.not_given_back")), 0);
    ck_assert_uint_eq(json_array_size(console_room_at(restored, "result.steps")), 9);
    /* The assignment is as before the INTEG, but for where LPAR2 and LPAR3 stand. */
    ck_assert(json_equal(
        console_room_at(restored, "result.after.channels"),
        console_room_at(integ, "result.before.channels")));
    ck_assert(json_equal(
        console_room_at(restored, "result.after.ips"), console_room_at(integ, "result.before.ips")));
    g_autofree char *after = digest_of(room, "LPAR2");

    ck_assert_str_eq(before, after);
    json_decref(integ);
    json_decref(plan);
    json_decref(restored);
    console_room_free(room);
}
END_TEST

START_TEST(what_is_kept_is_said)
{
    static const char *const begin[] = {"SET PRESNAP ON", "RUN 2s", "INTEG LPAR2,LPAR1", "LOAD LPAR1", NULL};
    ConsoleRoom *room = console_room_new("examples/patent.ini", NULL);

    console_room_give(room, begin);
    ck_refused(room, "RESTORE LPAR2 PRESNAP", "LPS208E");
    ck_refused(room, "RESTORE LPAR2 PRESNAP PLAN", "LPS208E");
    ck_refused(room, "DEACTIVATE LPAR3", "");
    json_t *restored = console_room_json(room, "RESTORE LPAR2 PRESNAP");

    ck_assert_str_eq(text_at(restored, "result.not_given_back.0.what"), "MS 128M");
    ck_assert(json_is_false(console_room_at(restored, "result.not_given_back.0.missed")));
    json_decref(restored);
    console_room_free(room);
}
END_TEST

START_TEST(clones_come_and_go)
{
    static const char *const begin[] = {"RUN 2s", NULL};
    ConsoleRoom *room = console_room_parse(pool_machine, NULL);

    console_room_give(room, begin);
    json_t *plan = console_room_json(room, "CLONE B TO(B2) PLAN");

    ck_refused(room, "DISPLAY LPAR B2", "LPS201E"); /* a plan leaves nothing behind */
    json_t *clone = console_room_json(room, "CLONE B TO(B2)");
    g_autofree char *parent = digest_of(room, "B"), *child = digest_of(room, "B2");
    json_t *shared = console_room_json(room, "DISPLAY CLONE");

    ck_assert_str_eq(text_at(plan, "result.restored"), "B2");
    ck_assert_str_eq(text_at(clone, "result.channels.0"), "04");
    ck_assert_str_eq(parent, child);
    ck_assert_str_eq(text_at(shared, "result.clones.0.parent"), "B");
    ck_assert_double_gt(number_at(shared, "result.clones.0.shared_mib"), 0);
    double at_first = number_at(shared, "result.clones.0.shared_mib");

    json_decref(plan);
    json_decref(clone);
    json_decref(shared);
    console_room_give(room, begin); /* both write: what is shared becomes less */
    shared = console_room_json(room, "DISPLAY CLONE");
    ck_assert_double_lt(
        number_at(shared, "result.clones.0.shared_mib"), number_at(shared, "result.clones.0.content_mib"));
    ck_assert_double_le(number_at(shared, "result.clones.0.shared_mib"), at_first);
    json_decref(shared);
    ck_refused(room, "CLONE B TO(B2)", "LPS421E");
    ck_refused(room, "DELETE LPAR B2", "LPS421E");
    ck_refused(room, "DEACTIVATE B2", "");
    ck_refused(room, "DELETE LPAR B2", "");
    ck_refused(room, "DELETE LPAR B", "LPS421E");
    shared = console_room_json(room, "DISPLAY CLONE");
    ck_assert_uint_eq(json_array_size(console_room_at(shared, "result.clones")), 0);
    json_decref(shared);
    console_room_free(room);
}
END_TEST

static void remove_folder(const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *file = g_build_filename(path, name, NULL);

        if (g_file_test(file, G_FILE_TEST_IS_DIR))
            remove_folder(file);
        else
            g_unlink(file);
    }
    if (dir)
        g_dir_close(dir);
    g_rmdir(path);
}

START_TEST(from_tape_and_from_a_snapshot)
{
    g_autofree char *folder = g_dir_make_tmp("lparsim-restore-XXXXXX", NULL);
    g_autofree char *mount = g_strdup_printf("SET TAPE TAP01,%s", folder);
    const char *const begin[] = {
        "RUN 2s",
        mount,
        "INZTAP DEV(TAP01) NEWVOL(VOL1)",
        "SAVE LPAR B DEV(TAP01)",
        "DEFINE GROUP G LPARS(B)",
        "SNAPSHOT G NAME(S1)",
        NULL};
    ConsoleRoom *room = console_room_parse(pool_machine, NULL);

    console_room_give(room, begin);
    g_autofree char *before = digest_of(room, "B");

    ck_refused(room, "RUN 5s", "");
    ck_refused(room, "RESTORE B DEV(TAP01)", "LPS215E");
    static const char *const sources[] = {
        "RESTORE B DEV(TAP01)", "RESTORE B DEV(TAP01) SEQNBR(1)", "RESTORE B DEV(TAP01) SEQNBR(*SEARCH)",
        "RESTORE B SNAPSHOT(S1)"};

    for (unsigned i = 0; i < G_N_ELEMENTS(sources); i++) {
        ck_refused(room, "DEACTIVATE B", "");
        ck_refused(room, sources[i], "");
        g_autofree char *after = digest_of(room, "B");

        ck_assert_str_eq(before, after);
    }
    ck_refused(room, "RESTORE B DEV(TAP01) TO(B9)", "");
    g_autofree char *copy = digest_of(room, "B9");

    ck_assert_str_eq(before, copy);
    ck_refused(room, "DEACTIVATE B", "");
    ck_refused(room, "RESTORE B DEV(TAP01) SEQNBR(7)", "LPS546E");
    ck_refused(room, "RESTORE B DEV(TAP01) SEQNBR(x)", "LPS502E");
    ck_refused(room, "RESTORE B DEV(TAP02)", "LPS540E");
    ck_refused(room, "RESTORE A SNAPSHOT(S1)", "LPS566E");
    ck_refused(room, "RESTORE B SNAPSHOT(S1) FROM(MOON)", "LPS502E");
    ck_refused(room, "RESTORE B", "LPS550E");
    ck_refused(room, "RESTORE B PRESNAP", "LPS551E");
    ck_refused(room, "RESTORE B PRESNAP DEV(TAP01)", "LPS550E");
    console_room_free(room);
    remove_folder(folder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("svp/restore");
    TCase *tcase = tcase_create("restore");
    SRunner *runner = srunner_create(suite);

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, an_integ_is_taken_back);
    tcase_add_test(tcase, what_is_kept_is_said);
    tcase_add_test(tcase, clones_come_and_go);
    tcase_add_test(tcase, from_tape_and_from_a_snapshot);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
