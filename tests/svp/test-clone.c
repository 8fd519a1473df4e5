/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CLONE and SPLIT at the console, and what becomes of LIPs: a guest goes on without those that are not to be had, a clone finds shares where they are or
 * gets a part of its parent's, and is split without a page being lost.
 */
#include "tests/svp/restore-room.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

START_TEST(clones_come_and_go)
{
    static const char *const begin[] = {"RUN 2s", NULL};
    ConsoleRoom *room = console_room_parse(restore_room_pool, NULL);

    console_room_give(room, begin);
    json_t *plan = console_room_json(room, "CLONE B TO(B2) PLAN");

    ck_refused(room, "DISPLAY LPAR B2", "LPS201E"); /* a plan leaves nothing behind */
    json_t *clone = console_room_json(room, "CLONE B TO(B2)");
    g_autofree char *parent = restore_room_digest(room, "B"), *child = restore_room_digest(room, "B2");
    json_t *shared = console_room_json(room, "DISPLAY CLONE");

    ck_assert_str_eq(restore_room_text(plan, "result.restored"), "B2");
    ck_assert_str_eq(restore_room_text(clone, "result.channels.0"), "04");
    ck_assert_str_eq(parent, child);
    ck_assert_str_eq(restore_room_text(shared, "result.clones.0.parent"), "B");
    ck_assert_double_gt(restore_room_number(shared, "result.clones.0.shared_mib"), 0);
    double at_first = restore_room_number(shared, "result.clones.0.shared_mib");

    json_decref(plan);
    json_decref(clone);
    json_decref(shared);
    console_room_give(room, begin); /* both write: what is shared becomes less */
    shared = console_room_json(room, "DISPLAY CLONE");
    ck_assert_double_lt(
        restore_room_number(shared, "result.clones.0.shared_mib"),
        restore_room_number(shared, "result.clones.0.content_mib"));
    ck_assert_double_le(restore_room_number(shared, "result.clones.0.shared_mib"), at_first);
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

/* --- LIPs and shares ------------------------------------------------------------------------------------- */

#define WRITER "workload = busy; write 1M/s 4M\n"

/* Every IP is given away, but for what a deactivated LPAR leaves. */
static const char shares_machine[] =
    "[machine]\nname = SHARES\nips = 3\nms = 256M\nchannels = 00-05\n"
    "[lpar A]\nnumber = 1\nms = 32M\nip-shares = 1:50;2:50;3:20\nchannels = 00\n" WRITER
    "[lpar B]\nnumber = 2\nms = 32M\nip-shares = 2:50;3:80\nchannels = 01\n" WRITER
    "[lpar C]\nnumber = 3\nms = 32M\nip-shares = 1:50\n" WRITER;

/* That have a task. */
static unsigned lips_online(ConsoleRoom *room, const char *lpar)
{
    g_autofree char *line = g_strdup_printf("DISPLAY LPAR %s", lpar);
    json_t *object = console_room_json(room, line), *lip;
    unsigned n = 0;
    size_t i;

    json_array_foreach(console_room_at(object, "result.lpars.0.lips"), i, lip)
    {
        n += strcmp(restore_room_text(lip, "state"), "online") == 0;
    }
    json_decref(object);
    return n;
}

static double cpus_online(ConsoleRoom *room, const char *lpar)
{
    g_autofree char *line = g_strdup_printf("DISPLAY LPAR %s", lpar);
    json_t *object = console_room_json(room, line);
    double n = restore_room_number(object, "result.lpars.0.guest.cpus_online");

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
    ck_assert_str_eq(restore_room_text(plan, "result.not_given_back.0.kind"), "lip");
    ck_assert_msg(strstr(restore_room_text(plan, "result.not_given_back.0.what"), lip) != NULL, "%s", lip);
    ck_assert(
        json_equal(console_room_at(plan, "result.lips_lost"), console_room_at(restored, "result.lips_lost")));
    ck_assert_uint_eq(json_array_size(console_room_at(restored, "result.lips_lost")), 1);
    ck_assert_str_eq(restore_room_text(restored, "result.state"), "operating");
    ck_assert_double_eq(cpus_online(room, "A"), n_cpus);
    ck_assert_double_eq(lips_online(room, "A"), n_cpus);
    json_decref(plan);
    json_decref(restored);
    ck_refused(room, "RUN 3s", "");
    g_free(restore_room_digest(room, "A"));
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
    double share = restore_room_number(object, path);

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
    g_autofree char *parent = restore_room_digest(room, "A"), *child = restore_room_digest(room, "A2");

    ck_assert_str_eq(parent, child);
    /* Of IP 1 the 50 % of C are free, of IP 2 the 50 %, of IP 3 the 80 % of B. */
    ck_refused(room, "DEACTIVATE C", "");
    ck_refused(room, "DEACTIVATE B", "");
    ck_refused(room, "DEACTIVATE A2", "");
    ck_refused(room, "ACTIVATE C", "");
    ck_refused(room, "LOAD C", "");
    json_t *clone =
        console_room_json(room, "CLONE C TO(C3)"); /* wants 50 % of IP 1, has it of the emptiest */

    ck_assert_str_eq(restore_room_text(clone, "result.restored"), "C3");
    ck_assert(json_is_false(console_room_at(clone, "result.partial")));
    ck_assert_str_eq(restore_room_text(clone, "result.not_given_back.0.kind"), "share");
    json_decref(clone);
    ck_assert_double_eq(share_of(room, "C3", 1), 50);
    ck_assert_double_eq(cpus_online(room, "C3"), 1);
    console_room_give(room, begin);
    g_free(restore_room_digest(room, "C3"));
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
        console_room_at(object, "result.clones"), i,
        line) if (strcmp(restore_room_text(line, "clone"), clone) == 0) sharing = (Sharing){
        restore_room_number(line, "content_mib"), restore_room_number(line, "shared_mib"),
        restore_room_number(line, "own_mib")};
    json_decref(object);
    return sharing;
}

START_TEST(a_clone_is_split)
{
    static const char *const begin[] = {"RUN 2s", "CLONE B TO(B2)", "CLONE B2 TO(B3)", "RUN 2s", NULL};
    ConsoleRoom *room = console_room_parse(restore_room_pool, NULL);

    console_room_give(room, begin);
    Sharing before = sharing_of(room, "B2");

    ck_assert_double_gt(before.shared, 0);
    ck_assert_double_eq(before.content, before.shared + before.own);
    ck_refused(room, "SPLIT B", "LPS552E");
    ck_refused(room, "DEACTIVATE B2", "");
    ck_refused(room, "DELETE LPAR B2", "LPS552E"); /* B3 is its clone */
    json_t *split = console_room_json(room, "SPLIT B3");

    ck_assert_str_eq(restore_room_text(split, "result.split"), "B3");
    ck_assert_double_lt(sharing_of(room, "B3").content, 0); /* no clone any more */
    ck_refused(room, "SPLIT B3", "LPS552E");
    ck_refused(room, "DELETE LPAR B2", "");
    json_decref(split);
    g_free(restore_room_digest(room, "B3"));
    console_room_free(room);
}
END_TEST

/* Pages that the clone shares + pages of its own = pages that it has, before; and all are its own afterwards. */
START_TEST(no_page_is_lost_by_splitting)
{
    static const char *const begin[] = {"RUN 2s", "CLONE B TO(B2)", "RUN 2s", NULL};
    ConsoleRoom *room = console_room_parse(restore_room_pool, NULL);

    console_room_give(room, begin);
    Sharing before = sharing_of(room, "B2");
    g_autofree char *digest = restore_room_digest(room, "B2"), *parent = restore_room_digest(room, "B");
    json_t *split = console_room_json(room, "SPLIT B2");
    g_autofree char *digest_after = restore_room_digest(room, "B2"),
                    *parent_after = restore_room_digest(room, "B");

    ck_assert_double_eq(restore_room_number(split, "result.copied_bytes"), before.shared * 1024 * 1024);
    ck_assert_double_eq(restore_room_number(split, "result.shared_after_mib"), 0);
    ck_assert_double_eq(restore_room_number(split, "result.shared_before_mib"), before.shared);
    ck_assert_double_eq(restore_room_number(split, "result.content_mib"), before.content);
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
    ConsoleRoom *room = console_room_parse(restore_room_pool, NULL);

    console_room_give(room, begin);
    json_t *refused = console_room_json(room, "DELETE SNAPSHOT S1");

    ck_assert_str_eq(restore_room_text(refused, "error.id"), "LPS564E");
    ck_assert_ptr_nonnull(strstr(restore_room_text(refused, "error.remedy"), "SPLIT"));
    json_decref(refused);
    ck_assert_double_gt(sharing_of(room, "B2").shared, 0);
    ck_refused(room, "SPLIT B2", "");
    ck_refused(room, "DELETE SNAPSHOT S1", "");
    console_room_free(room);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("svp/clone");
    TCase *tcase = tcase_create("clone");
    SRunner *runner = srunner_create(suite);

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, clones_come_and_go);
    tcase_add_test(tcase, a_guest_goes_on_without_a_lip);
    tcase_add_test(tcase, another_lip_comes_online);
    tcase_add_test(tcase, clones_where_all_is_shared);
    tcase_add_test(tcase, a_clone_is_split);
    tcase_add_test(tcase, no_page_is_lost_by_splitting);
    tcase_add_test(tcase, splitting_frees_the_snapshot);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
