/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * RESTORE at the console: what programs see of it. The undo of an INTEG, what a survivor keeps, copies from tape and from a snapshot, over an LPAR that
 * was never activated, and every refusal.
 */
#include "tests/svp/restore-room.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

START_TEST(an_integ_is_taken_back)
{
    static const char *const begin[] = {"SET PRESNAP ON", "RUN 2s", NULL};
    ConsoleRoom *room = console_room_new("examples/patent.ini", NULL);

    console_room_give(room, begin);
    g_autofree char *before = restore_room_digest(room, "LPAR2");
    json_t *integ = console_room_json(room, "INTEG LPAR2,LPAR1");
    json_t *plan = console_room_json(room, "RESTORE LPAR2 PRESNAP PLAN");
    json_t *restored = console_room_json(room, "RESTORE LPAR2 PRESNAP");

    ck_assert(json_is_true(console_room_at(integ, "result.presnap")));
    ck_assert(json_is_true(console_room_at(plan, "result.planned")));
    ck_assert_str_eq(restore_room_text(restored, "result.restored"), "LPAR2");
    ck_assert_str_eq(restore_room_text(restored, "result.gives.lpar"), "LPAR1");
    ck_assert_double_eq(restore_room_number(restored, "result.gives.ms_mib"), 128);
    ck_assert_uint_eq(json_array_size(console_room_at(restored, "result.not_given_back")), 0);
    ck_assert_uint_eq(json_array_size(console_room_at(restored, "result.steps")), 9);
    /* The assignment is as before the INTEG, but for where LPAR2 and LPAR3 stand. */
    ck_assert(json_equal(
        console_room_at(restored, "result.after.channels"),
        console_room_at(integ, "result.before.channels")));
    ck_assert(json_equal(
        console_room_at(restored, "result.after.ips"), console_room_at(integ, "result.before.ips")));
    g_autofree char *after = restore_room_digest(room, "LPAR2");

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

    ck_assert_str_eq(restore_room_text(restored, "result.not_given_back.0.what"), "MS 128M");
    ck_assert(json_is_false(console_room_at(restored, "result.not_given_back.0.missed")));
    json_decref(restored);
    console_room_free(room);
}
END_TEST

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
    ConsoleRoom *room = console_room_parse(restore_room_pool, NULL);

    console_room_give(room, begin);
    g_autofree char *before = restore_room_digest(room, "B");

    ck_refused(room, "RUN 5s", "");
    ck_refused(room, "RESTORE B DEV(TAP01)", "LPS215E");
    static const char *const sources[] = {
        "RESTORE B DEV(TAP01)", "RESTORE B DEV(TAP01) SEQNBR(1)", "RESTORE B DEV(TAP01) SEQNBR(*SEARCH)",
        "RESTORE B SNAPSHOT(S1)"};

    for (unsigned i = 0; i < G_N_ELEMENTS(sources); i++) {
        ck_refused(room, "DEACTIVATE B", "");
        ck_refused(room, sources[i], "");
        g_autofree char *after = restore_room_digest(room, "B");

        ck_assert_str_eq(before, after);
    }
    ck_refused(room, "RESTORE B DEV(TAP01) TO(B9)", "");
    g_autofree char *copy = restore_room_digest(room, "B9");

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
    restore_room_remove(folder);
}
END_TEST

/* --- An LPAR that was never activated -------------------------------------------------------------------- */

START_TEST(restored_over_one_that_is_idle)
{
    g_autofree char *folder = g_dir_make_tmp("lparsim-restore-XXXXXX", NULL);
    g_autofree char *mount = g_strdup_printf("SET TAPE TAP01,%s", folder);
    const char *const save[] = {
        mount, "RUN 2s", "INZTAP DEV(TAP01) NEWVOL(VOL1)", "SAVE LPAR B DEV(TAP01)", NULL};
    const char *const begin[] = {mount, "ACTIVATE A", "LOAD A", "RUN 1s", NULL};
    ConsoleRoom *room = console_room_parse(restore_room_pool, NULL);

    console_room_give(room, save);
    g_autofree char *before = restore_room_digest(room, "B");

    ck_refused(room, "RUN 1s", ""); /* the save ends */
    console_room_free(room);
    room = console_room_parse(restore_room_pool, NULL);
    console_room_give(room, begin);
    json_t *at_first = console_room_json(room, "DISPLAY CHP");

    ck_refused(room, "DEACTIVATE B", "LPS301E");
    ck_refused(room, "RESTORE B DEV(TAP01) PLAN", "");
    ck_refused(room, "SET FAULT 303.COMMIT", "");
    ck_refused(room, "RESTORE B DEV(TAP01)", "LPS401E"); /* and all is as before: asserted by the flow */
    ck_refused(room, "RESTORE B DEV(TAP01)", "");
    g_autofree char *after = restore_room_digest(room, "B");
    json_t *at_last = console_room_json(room, "DISPLAY CHP");

    ck_assert_str_eq(before, after);
    ck_assert(json_equal(console_room_at(at_first, "result"), console_room_at(at_last, "result")));
    json_decref(at_first);
    json_decref(at_last);
    console_room_free(room);
    restore_room_remove(folder);
}
END_TEST

/* --- Counts ---------------------------------------------------------------------------------------------- */

static void ck_counts(ConsoleRoom *room, unsigned job, unsigned failed, unsigned code)
{
    g_autofree char *line = g_strdup_printf("DISPLAY JOB %u", job);
    json_t *object = console_room_json(room, line);
    double total = restore_room_number(object, "result.jobs.0.total");

    ck_assert_double_gt(total, failed == UINT_MAX ? 0 : failed);
    ck_assert_double_eq(
        restore_room_number(object, "result.jobs.0.failed"), failed == UINT_MAX ? total : failed);
    ck_assert_double_eq(
        restore_room_number(object, "result.jobs.0.processed"), failed == UINT_MAX ? 0 : total - failed);
    ck_assert_double_eq(restore_room_number(object, "result.jobs.0.code"), code);
    json_decref(object);
}

/*
 * Objects that were not saved, or not restored, make the completion code non-zero. Of a save that does not fit on the tape it is all of them; of a
 * restore whose guest is of another kind by now, the guest; of one that is refused, all.
 */
START_TEST(counts_are_compared)
{
    g_autofree char *folder = g_dir_make_tmp("lparsim-restore-XXXXXX", NULL);
    g_autofree char *mount = g_strdup_printf("SET TAPE TAP01,%s", folder);
    const char *const save[] = {
        mount, "RUN 6s", "INZTAP DEV(TAP01) NEWVOL(VOL1) SIZE(64K)", "SAVE LPAR B DEV(TAP01)", NULL};
    const char *const again[] = {"INZTAP DEV(TAP01) NEWVOL(VOL1)", "SAVE LPAR B DEV(TAP01)", "RUN 1s", NULL};
    ConsoleRoom *room = console_room_parse(restore_room_pool, NULL);

    console_room_give(room, save);
    ck_refused(room, "RUN 1s", "");
    ck_counts(room, 1, UINT_MAX, 30);
    console_room_give(room, again);
    ck_counts(room, 2, 0, 0);
    ck_refused(room, "RESTORE B DEV(TAP01)", "LPS215E");
    ck_counts(room, 3, UINT_MAX, 30);
    console_room_free(room);

    g_auto(GStrv) parts = g_strsplit(restore_room_pool, "workload = busy; write 1M/s 4M\n", 2);
    g_autofree char *other = g_strconcat(
        parts[0], parts[1],
        "[class K]\nlpar = B\nusers = 2\nthink = exponential 1s\nservice = exponential 1ms\n", NULL);

    room = console_room_parse(other, NULL);
    ck_refused(room, mount, "");
    ck_refused(room, "ACTIVATE A", "");
    json_t *restored = console_room_json(room, "RESTORE B DEV(TAP01)");

    ck_assert_ptr_nonnull(console_room_at(restored, "result.guest_problem"));
    json_decref(restored);
    ck_counts(room, 1, 1, 20);
    console_room_free(room);
    restore_room_remove(folder);
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
    tcase_add_test(tcase, from_tape_and_from_a_snapshot);
    tcase_add_test(tcase, restored_over_one_that_is_idle);
    tcase_add_test(tcase, counts_are_compared);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
