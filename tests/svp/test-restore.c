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

/* --- LIPs and shares ------------------------------------------------------------------------------------- */

#define WRITER "workload = busy; write 1M/s 4M\n"

/* Every IP is given away, but for what a deactivated LPAR leaves. */
static const char shares_machine[] =
    "[machine]\nname = SHARES\nips = 3\nms = 256M\nchannels = 00-05\n"
    "[lpar A]\nnumber = 1\nms = 32M\nip-shares = 1:50;2:50;3:20\nchannels = 00\n" WRITER
    "[lpar B]\nnumber = 2\nms = 32M\nip-shares = 2:50;3:80\nchannels = 01\n" WRITER
    "[lpar C]\nnumber = 3\nms = 32M\nip-shares = 1:50\n" WRITER;

static double cpus_online(ConsoleRoom *room, const char *lpar)
{
    g_autofree char *line = g_strdup_printf("DISPLAY LPAR %s", lpar);
    json_t *object = console_room_json(room, line);
    double n = number_at(object, "result.lpars.0.guest.cpus_online");

    json_decref(object);
    return n;
}

/* The guest of A had LIPs 1 to 3 online; what B2 has taken meanwhile (IP 2), it goes on without. */
static void ck_comes_back_without(ConsoleRoom *room, const char *lip, double n_cpus)
{
    json_t *plan = console_room_json(room, "RESTORE A SNAPSHOT(S1) PLAN");

    ck_refused(room, "RESTORE A SNAPSHOT(S1)", "LPS214E");
    json_t *restored = console_room_json(room, "RESTORE A SNAPSHOT(S1) PARTIAL");

    ck_assert(json_is_true(console_room_at(plan, "result.partial")));
    ck_assert_str_eq(text_at(plan, "result.not_given_back.0.kind"), "lip");
    ck_assert_msg(strstr(text_at(plan, "result.not_given_back.0.what"), lip) != NULL, "%s", lip);
    ck_assert(
        json_equal(console_room_at(plan, "result.lips_lost"), console_room_at(restored, "result.lips_lost")));
    ck_assert_uint_eq(json_array_size(console_room_at(restored, "result.lips_lost")), 1);
    ck_assert_str_eq(text_at(restored, "result.state"), "operating");
    ck_assert_double_eq(cpus_online(room, "A"), n_cpus);
    json_decref(plan);
    json_decref(restored);
    ck_refused(room, "RUN 3s", "");
    g_free(digest_of(room, "A"));
}

START_TEST(a_guest_goes_on_without_a_lip)
{
    static const char *const begin[] = {
        "RUN 2s",
        "DEFINE GROUP G LPARS(A)",
        "SNAPSHOT G NAME(S1)",
        "RUN 1s",
        "DEACTIVATE A",
        "CLONE B TO(B2)", /* takes what is free of IP 2 and 3 */
        NULL};
    ConsoleRoom *room = console_room_parse(shares_machine, NULL);

    console_room_give(room, begin);
    ck_refused(room, "DEACTIVATE B", "");   /* 50 % of IP 2 and 80 % of IP 3 are free again */
    ck_refused(room, "CLONE C TO(C2)", ""); /* takes 50 % of IP 1: LIP 1 of A has no place */
    ck_comes_back_without(room, "LIP 1 with 50 % of IP 1", 2);
    console_room_free(room);
}
END_TEST

/* Only LIP 1 was online, and it is the one that is gone: another comes online instead. */
START_TEST(another_lip_comes_online)
{
    static const char *const begin[] = {
        "RUN 2s",
        "GUEST A,CF CPU(2),OFFLINE",
        "GUEST A,CF CPU(3),OFFLINE",
        "DEFINE GROUP G LPARS(A)",
        "SNAPSHOT G NAME(S1)",
        "RUN 1s",
        "DEACTIVATE A",
        "CLONE C TO(C2)",
        NULL};
    ConsoleRoom *room = console_room_parse(shares_machine, NULL);

    console_room_give(room, begin);
    ck_comes_back_without(room, "LIP 1 with 50 % of IP 1", 1);
    console_room_free(room);
}
END_TEST

static double share_of(ConsoleRoom *room, const char *lpar, unsigned lip)
{
    g_autofree char *line = g_strdup_printf("DISPLAY LPAR %s", lpar);
    g_autofree char *path = g_strdup_printf("result.lpars.0.lips.%u.share_percent", lip - 1);
    json_t *object = console_room_json(room, line);
    double share = number_at(object, path);

    json_decref(object);
    return share;
}

START_TEST(clones_where_all_is_shared)
{
    static const char *const begin[] = {"RUN 2s", NULL};
    ConsoleRoom *room = console_room_parse(shares_machine, NULL);

    console_room_give(room, begin);
    ck_refused(room, "CLONE A TO(A2)", "LPS212E");
    ck_refused(room, "CLONE A TO(A2) PLAN", "LPS212E");
    ck_refused(room, "CLONE A TO(A2) SHARES(0)", "LPS502E");
    ck_refused(room, "CLONE A TO(A2) SHARES(100)", "LPS502E");
    ck_refused(room, "CLONE A TO(A2) SHARES(0.01)", "LPS422E");
    json_t *plan = console_room_json(room, "CLONE A TO(A2) SHARES(40) PLAN");

    ck_assert_uint_eq(json_array_size(console_room_at(plan, "result.not_given_back")), 1); /* CHP 00 */
    json_decref(plan);
    ck_assert_double_eq(share_of(room, "A", 1), 50);
    ck_refused(room, "CLONE A TO(A2) SHARES(40)", "");
    for (unsigned lip = 1; lip <= 3; lip++) {
        ck_assert_double_eq(share_of(room, "A", lip), lip < 3 ? 30 : 12);
        ck_assert_double_eq(share_of(room, "A2", lip), lip < 3 ? 20 : 8);
    }
    ck_assert_double_eq(cpus_online(room, "A2"), 3);
    g_autofree char *parent = digest_of(room, "A"), *child = digest_of(room, "A2");

    ck_assert_str_eq(parent, child);
    /* Of IP 1 the 50 % of C are free, of IP 2 the 50 %, of IP 3 the 80 % of B. */
    ck_refused(room, "DEACTIVATE C", "");
    ck_refused(room, "DEACTIVATE B", "");
    ck_refused(room, "DEACTIVATE A2", "");
    ck_refused(room, "ACTIVATE C", "");
    ck_refused(room, "LOAD C", "");
    json_t *clone =
        console_room_json(room, "CLONE C TO(C3)"); /* wants 50 % of IP 1, has it of the emptiest */

    ck_assert_str_eq(text_at(clone, "result.restored"), "C3");
    ck_assert(json_is_false(console_room_at(clone, "result.partial")));
    ck_assert_str_eq(text_at(clone, "result.not_given_back.0.kind"), "share");
    json_decref(clone);
    ck_assert_double_eq(share_of(room, "C3", 1), 50);
    ck_assert_double_eq(cpus_online(room, "C3"), 1);
    console_room_give(room, begin);
    g_free(digest_of(room, "C3"));
    console_room_free(room);
}
END_TEST

/* --- Splitting ------------------------------------------------------------------------------------------- */

typedef struct {
    double content, shared, own;
} Sharing;

/* The clone's line of DISPLAY CLONE. */
static Sharing sharing_of(ConsoleRoom *room, const char *clone)
{
    json_t *object = console_room_json(room, "DISPLAY CLONE"), *line;
    Sharing sharing = {-1, -1, -1};
    size_t i;

    json_array_foreach(
        console_room_at(object, "result.clones"), i, line) if (strcmp(text_at(line, "clone"), clone) == 0)
        sharing = (Sharing){
            number_at(line, "content_mib"), number_at(line, "shared_mib"), number_at(line, "own_mib")};
    json_decref(object);
    return sharing;
}

START_TEST(a_clone_is_split)
{
    static const char *const begin[] = {"RUN 2s", "CLONE B TO(B2)", "CLONE B2 TO(B3)", "RUN 2s", NULL};
    ConsoleRoom *room = console_room_parse(pool_machine, NULL);

    console_room_give(room, begin);
    Sharing before = sharing_of(room, "B2");

    ck_assert_double_gt(before.shared, 0);
    ck_assert_double_eq(before.content, before.shared + before.own);
    ck_refused(room, "SPLIT B", "LPS552E");
    ck_refused(room, "DEACTIVATE B2", "");
    ck_refused(room, "DELETE LPAR B2", "LPS552E"); /* B3 is its clone */
    json_t *split = console_room_json(room, "SPLIT B3");

    ck_assert_str_eq(text_at(split, "result.split"), "B3");
    ck_assert_double_lt(sharing_of(room, "B3").content, 0); /* no clone any more */
    ck_refused(room, "SPLIT B3", "LPS552E");
    ck_refused(room, "DELETE LPAR B2", "");
    json_decref(split);
    g_free(digest_of(room, "B3"));
    console_room_free(room);
}
END_TEST

/* Pages that the clone shares + pages of its own = pages that it has, before; and all are its own afterwards. */
START_TEST(no_page_is_lost_by_splitting)
{
    static const char *const begin[] = {"RUN 2s", "CLONE B TO(B2)", "RUN 2s", NULL};
    ConsoleRoom *room = console_room_parse(pool_machine, NULL);

    console_room_give(room, begin);
    Sharing before = sharing_of(room, "B2");
    g_autofree char *digest = digest_of(room, "B2"), *parent = digest_of(room, "B");
    json_t *split = console_room_json(room, "SPLIT B2");
    g_autofree char *digest_after = digest_of(room, "B2"), *parent_after = digest_of(room, "B");

    ck_assert_double_eq(number_at(split, "result.copied_bytes"), before.shared * 1024 * 1024);
    ck_assert_double_eq(number_at(split, "result.shared_after_mib"), 0);
    ck_assert_double_eq(number_at(split, "result.shared_before_mib"), before.shared);
    ck_assert_double_eq(number_at(split, "result.content_mib"), before.content);
    ck_assert_str_eq(digest, digest_after);
    ck_assert_str_eq(parent, parent_after);
    json_decref(split);
    console_room_free(room);
}
END_TEST

/* A clone of a snapshot keeps it from being deleted until it is split. */
START_TEST(splitting_frees_the_snapshot)
{
    static const char *const begin[] = {
        "RUN 2s",
        "DEFINE GROUP G LPARS(B)",
        "SNAPSHOT G NAME(S1)",
        "SNAPSHOT G NAME(S2)",
        "RESTORE B SNAPSHOT(S1) TO(B2)",
        NULL};
    ConsoleRoom *room = console_room_parse(pool_machine, NULL);

    console_room_give(room, begin);
    ck_refused(room, "DELETE SNAPSHOT S1", "LPS564E");
    ck_assert_double_gt(sharing_of(room, "B2").shared, 0);
    ck_refused(room, "SPLIT B2", "");
    ck_refused(room, "DELETE SNAPSHOT S1", "");
    console_room_free(room);
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
    ConsoleRoom *room = console_room_parse(pool_machine, NULL);

    console_room_give(room, save);
    g_autofree char *before = digest_of(room, "B");

    ck_refused(room, "RUN 1s", ""); /* the save ends */
    console_room_free(room);
    room = console_room_parse(pool_machine, NULL);
    console_room_give(room, begin);
    json_t *at_first = console_room_json(room, "DISPLAY CHP");

    ck_refused(room, "DEACTIVATE B", "LPS301E");
    ck_refused(room, "RESTORE B DEV(TAP01) PLAN", "");
    ck_refused(room, "SET FAULT 303.COMMIT", "");
    ck_refused(room, "RESTORE B DEV(TAP01)", "LPS401E"); /* and all is as before: asserted by the flow */
    ck_refused(room, "RESTORE B DEV(TAP01)", "");
    g_autofree char *after = digest_of(room, "B");
    json_t *at_last = console_room_json(room, "DISPLAY CHP");

    ck_assert_str_eq(before, after);
    ck_assert(json_equal(console_room_at(at_first, "result"), console_room_at(at_last, "result")));
    json_decref(at_first);
    json_decref(at_last);
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
    tcase_add_test(tcase, a_guest_goes_on_without_a_lip);
    tcase_add_test(tcase, another_lip_comes_online);
    tcase_add_test(tcase, clones_where_all_is_shared);
    tcase_add_test(tcase, a_clone_is_split);
    tcase_add_test(tcase, no_page_is_lost_by_splitting);
    tcase_add_test(tcase, splitting_frees_the_snapshot);
    tcase_add_test(tcase, restored_over_one_that_is_idle);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
