/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Single objects of a save: each comes back alone, all of them together are the content that was saved, what is not named stays, and what is no
 * object is refused before anything has changed.
 */
#include "tests/svp/restore-room.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* --- Single objects -------------------------------------------------------------------------------------- */

/* Of all that its guest has online. */
static char *content_of(ConsoleRoom *room, const char *lpar)
{
    g_autofree char *line = g_strdup_printf("DISPLAY LPAR %s", lpar);
    json_t *object = console_room_json(room, line);
    char *digest = g_strdup(restore_room_text(object, "result.lpars.0.guest.digest"));

    json_decref(object);
    return digest;
}

/* B was saved with `*ret_saved` as its content, has gone on writing since, and stands. */
static ConsoleRoom *room_with_save(const char *folder, char **ret_saved)
{
    g_autofree char *mount = g_strdup_printf("SET TAPE TAP01,%s", folder);
    const char *const begin[] = {mount, "RUN 6s", "INZTAP DEV(TAP01) NEWVOL(VOL1)", NULL};
    const char *const save[] = {"SAVE LPAR B DEV(TAP01)", "RUN 2s", "STOP B", NULL};
    /* Copying 1 MiB takes 250 ms: more than a time slice, which is 20 ms here. */
    g_auto(GStrv) parts = g_strsplit(restore_room_pool, "ips = 4\n", 2);
    g_autofree char *machine = g_strconcat(parts[0], "ips = 4\nms-copy-rate = 4M\n", parts[1], NULL);
    ConsoleRoom *room = console_room_parse(machine, NULL);

    console_room_give(room, begin);
    *ret_saved = content_of(room, "B");
    console_room_give(room, save);
    return room;
}

START_TEST(an_object_comes_back_alone)
{
    g_autofree char *folder = g_dir_make_tmp("lparsim-restore-XXXXXX", NULL), *saved = NULL;
    ConsoleRoom *room = room_with_save(folder, &saved);
    g_autofree char *now = content_of(room, "B");
    json_t *listed = console_room_json(room, "DISPLAY TAPE TAP01 SEQNBR(1)"), *object;
    unsigned n_segments = 0, n_changed = 0;
    size_t i;

    ck_assert_str_ne(saved, now);
    json_t *plan = console_room_json(room, "RESTORE B DEV(TAP01) OBJECT(ms) PLAN");
    g_autofree char *after_plan = content_of(room, "B");

    ck_assert_str_eq(now, after_plan);
    json_array_foreach(console_room_at(listed, "result.objects"), i, object)
    {
        const char *name = restore_room_text(object, "object");
        g_autofree char *line = g_strdup_printf("RESTORE B DEV(TAP01) SEQNBR(1) OBJECT(%s)", name);
        g_autofree char *before = content_of(room, "B");

        if (!strstr(name, "/ms/"))
            continue;
        json_t *restored = console_room_json(room, line);

        ck_assert_double_eq(restore_room_number(restored, "result.objects"), 1);
        ck_assert_double_eq(restore_room_number(restored, "result.hold_s"), 0); /* it stands */
        json_decref(restored);
        g_autofree char *with_it = content_of(room, "B");

        n_changed += strcmp(before, with_it) != 0;
        n_segments++;
    }
    g_autofree char *after = content_of(room, "B");

    ck_assert_str_eq(saved, after);
    ck_assert_uint_gt(n_changed, 1); /* each did its part */
    ck_assert_double_eq(restore_room_number(plan, "result.objects"), n_segments);
    json_decref(listed);
    json_decref(plan);
    console_room_free(room);
    restore_room_remove(folder);
}
END_TEST

/* All of it at once, the other LPAR as before; while it operates, too: then it is held at most a time slice at once, and runs between. */
START_TEST(objects_come_back_into_what_runs)
{
    g_autofree char *folder = g_dir_make_tmp("lparsim-restore-XXXXXX", NULL), *saved = NULL;
    ConsoleRoom *room = room_with_save(folder, &saved);

    ck_refused(room, "RESTORE B DEV(TAP01) OBJECT(B/ms)", "");
    g_autofree char *after = content_of(room, "B");

    ck_assert_str_eq(saved, after);
    ck_refused(room, "START B", "");
    g_free(restore_room_digest(room, "A"));
    json_t *restored = console_room_json(room, "RESTORE B DEV(TAP01) OBJECT(ms)");
    json_t *job = console_room_json(room, "DISPLAY JOB 3"); /* after the save and the first one */

    ck_assert_double_gt(restore_room_number(restored, "result.hold_s"), 0);
    ck_assert_double_le(restore_room_number(restored, "result.hold_s"), 0.02);
    /* It runs as long as it is held, at least. */
    ck_assert_double_gt(
        restore_room_number(restored, "result.elapsed_s"),
        2 * restore_room_number(restored, "result.bytes") / (4 * 1024 * 1024));
    ck_assert_double_eq(
        restore_room_number(job, "result.jobs.0.processed"), restore_room_number(restored, "result.objects"));
    ck_assert_double_eq(restore_room_number(job, "result.jobs.0.code"), 0);
    json_decref(restored);
    json_decref(job);
    console_room_free(room);
    restore_room_remove(folder);
}
END_TEST

START_TEST(what_is_no_object_is_refused)
{
    static const struct {
        const char *line, *id;
    } refusals[] = {
        {"RESTORE B DEV(TAP01) OBJECT(ms/00000005)", "LPS546E"}, /* nothing was there */
        {"RESTORE B DEV(TAP01) OBJECT(ms/ffffffff)", "LPS546E"},
        {"RESTORE B DEV(TAP01) OBJECT(ms/5)", "LPS546E"},
        {"RESTORE B DEV(TAP01) OBJECT(A/ms)", "LPS546E"},
        {"RESTORE B DEV(TAP01) OBJECT(es)", "LPS546E"},
        {"RESTORE B DEV(TAP01) OBJECT(B/state)", "LPS546E"},
        {"RESTORE B DEV(TAP01) OBJECT(ms es)", "LPS546E"}, /* and of ms nothing */
        {"RESTORE B DEV(TAP01) OBJECT(machine.ini)", "LPS502E"},
        {"RESTORE B DEV(TAP01) OBJECT(machine.ini ms) TO(/proc/no/such/place)", "LPS505E"},
        {"RESTORE B DEV(TAP01) OBJECT(machine.ini ms) TO(/proc/version)", "LPS505E"},
        {"RESTORE B DEV(TAP01) SEQNBR(9) OBJECT(ms)", "LPS546E"},
        {"RESTORE B SNAPSHOT(S1) OBJECT(ms)", "LPS550E"},
        {"RESTORE B OBJECT(ms)", "LPS550E"},
        {"RESTORE A DEV(TAP01) OBJECT(ms)", "LPS546E"},
        {"DISPLAY TAPE SEQNBR(1)", "LPS502E"},
        {"DISPLAY TAPE TAP01 SEQNBR(9)", "LPS546E"},
    };
    g_autofree char *folder = g_dir_make_tmp("lparsim-restore-XXXXXX", NULL), *saved = NULL;
    ConsoleRoom *room = room_with_save(folder, &saved);
    g_autofree char *now = content_of(room, "B");

    for (unsigned i = 0; i < G_N_ELEMENTS(refusals); i++)
        ck_refused(room, refusals[i].line, refusals[i].id);
    g_autofree char *after = content_of(room, "B");

    ck_assert_str_eq(now, after);
    ck_refused(room, "DEACTIVATE B", "");
    ck_refused(room, "RESTORE B DEV(TAP01) OBJECT(ms)", "LPS422E");
    console_room_free(room);
    restore_room_remove(folder);
}
END_TEST

START_TEST(the_machine_is_an_object)
{
    g_autofree char *folder = g_dir_make_tmp("lparsim-restore-XXXXXX", NULL), *saved = NULL;
    g_autofree char *path = g_build_filename(folder, "machine.ini", NULL), *text = NULL;
    g_autofree char *line = g_strdup_printf("RESTORE B DEV(TAP01) OBJECT(machine.ini) TO(%s)", path);
    ConsoleRoom *room = room_with_save(folder, &saved);

    /* Of the machine as it was made: what a clone is like would not go with it. */
    ck_refused(room, "CLONE A TO(A2)", "");
    ck_refused(room, "SAVE LPAR B DEV(TAP01)", "");
    ck_refused(room, "RUN 1s", "");
    ck_refused(room, line, "");
    ck_refused(room, line, "LPS505E"); /* it is there already */
    console_room_free(room);
    ck_assert(g_file_get_contents(path, &text, NULL, NULL));
    console_room_free(console_room_parse(text, NULL)); /* a machine file */
    restore_room_remove(folder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("svp/restore-objects");
    TCase *tcase = tcase_create("objects");
    SRunner *runner = srunner_create(suite);

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, an_object_comes_back_alone);
    tcase_add_test(tcase, objects_come_back_into_what_runs);
    tcase_add_test(tcase, what_is_no_object_is_refused);
    tcase_add_test(tcase, the_machine_is_an_object);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
