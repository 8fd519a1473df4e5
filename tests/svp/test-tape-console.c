/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tapes at the console: what the commands refuse and answer, saves as jobs, and that what is saved is as of the checkpoint while the LPAR
 * runs on: read back, it has the digest that the storage had then.
 */
#include "svp/error.h"
#include "svp/save/save.h"
#include "tests/svp/console-room.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    ConsoleRoom *room;
    char *folder;
} Tapes;

static void give(Tapes *tapes, const char *line)
{
    const char *const lines[] = {line, NULL};

    console_room_give(tapes->room, lines);
}

/* Two folders, VOL001 and VOL002, on TAP01 and TAP02, initialized. */
static Tapes tapes_new(void)
{
    Tapes tapes = {
        console_room_new("examples/patent.ini", NULL), g_dir_make_tmp("lparsim-tape-XXXXXX", NULL)};

    for (unsigned i = 1; i <= 2; i++) {
        g_autofree char *folder = g_strdup_printf("%s/%u", tapes.folder, i);
        g_autofree char *mount = g_strdup_printf("SET TAPE TAP0%u,%s", i, folder);
        g_autofree char *initialize = g_strdup_printf("INZTAP DEV(TAP0%u) NEWVOL(VOL00%u)", i, i);

        ck_assert_int_eq(g_mkdir_with_parents(folder, 0777), 0);
        give(&tapes, mount);
        give(&tapes, initialize);
    }
    return tapes;
}

static void tapes_free(Tapes *tapes)
{
    g_autofree char *command = g_strdup_printf("rm -rf '%s'", tapes->folder);

    console_room_free(tapes->room);
    ck_assert_int_eq(system(command), 0);
    g_free(tapes->folder);
}

/* One value of the command's result, as compact JSON. */
static void assert_value(Tapes *tapes, const char *line, const char *path, const char *expected)
{
    json_t *object = console_room_json(tapes->room, line), *value = console_room_at(object, path);
    char *text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : strdup("nothing");

    ck_assert_msg(g_str_equal(text, expected), "%s: %s is %s, not %s", line, path, text, expected);
    free(text);
    json_decref(object);
}

static void assert_refusal(Tapes *tapes, const char *line, const char *id)
{
    g_autofree char *found = console_room_refusal(tapes->room, line);

    ck_assert_msg(g_str_equal(found, id), "%s: %s, not %s", line, found, id);
}

/* DISPLAY lets the guest do what it has to do until now. */
static char *digest_of(Tapes *tapes, unsigned lpar)
{
    give(tapes, "DISPLAY LPAR");
    MonitorSystem *system = tapes->room->system;
    const ResmgrArea *area = &resmgr_state_lpar(monitor_system_state(system), lpar)->areas[RESMGR_MS];

    return hv_storage_digest(monitor_system_storage(system, RESMGR_MS), area->origin_bytes, area->size_bytes);
}

static char *saved_digest(Tapes *tapes, unsigned sequence, const char *lpar)
{
    g_autofree char *path = g_strdup_printf("%s/1", tapes->folder);
    const char *const paths[] = {path, NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(SvpVolumeSet) set = svp_volume_set_open(paths, &error);
    g_autoptr(MonitorCapture)
        capture = set ? svp_save_read(set, tapes->room->system, sequence, lpar, NULL, &error) : NULL;

    ck_assert_msg(capture, "%s", error ? error->message : "");
    return hv_storage_snapshot_digest(capture->content[RESMGR_MS]);
}

START_TEST(a_save_is_as_of_its_checkpoint)
{
    Tapes tapes = tapes_new();

    give(&tapes, "RUN 1s");
    g_autofree char *then = digest_of(&tapes, 1);

    assert_value(&tapes, "SAVE LPAR LPAR1 DEV(TAP01)", "result.save.checkpoint_s", "1.0");
    assert_value(&tapes, "DISPLAY TAPE TAP01", "result.tapes.0.saves", "[]");
    give(&tapes, "RUN 1s");
    g_autofree char *later = digest_of(&tapes, 1), *saved = saved_digest(&tapes, 1, "LPAR1");

    ck_assert_str_ne(then, later);
    ck_assert_str_eq(then, saved);
    assert_value(&tapes, "DISPLAY TAPE TAP01", "result.tapes.0.saves.0.lpars", "[\"LPAR1\"]");
    assert_value(&tapes, "DISPLAY TAPE TAP01", "result.tapes.0.saves.0.age_s", "1.0");
    assert_value(&tapes, "VERIFY DEV(TAP01)", "result.verified.saves", "1");
    tapes_free(&tapes);
}
END_TEST

START_TEST(all_lpars_of_a_save_are_of_one_moment)
{
    static const char *const names[] = {"LPAR1", "LPAR2", "LPAR3"};
    Tapes tapes = tapes_new();
    char *then[2][3];

    for (unsigned round = 0; round < 2; round++) {
        give(&tapes, "RUN 1s");
        for (unsigned i = 0; i < 3; i++)
            then[round][i] = digest_of(&tapes, i + 1);
        give(&tapes, round == 0 ? "SAVE SYSTEM DEV(TAP01)" : "SAVE CHANGES DEV(TAP01)");
        give(&tapes, "RUN 5s");
    }
    for (unsigned round = 0; round < 2; round++)
        for (unsigned i = 0; i < 3; i++) {
            g_autofree char *saved = saved_digest(&tapes, round + 1, names[i]);

            ck_assert_str_eq(saved, then[round][i]);
            g_free(then[round][i]);
        }
    assert_value(&tapes, "DISPLAY TAPE TAP01", "result.tapes.0.saves.1.kind", "\"CHANGES\"");
    tapes_free(&tapes);
}
END_TEST

/* The messages of a save in the job's log, by number. */
START_TEST(a_save_is_a_job_with_messages)
{
    static const char *const ids[] = {"LPS051I", "LPS030I", "LPS031I", "LPS032I",
                                      "LPS033I", "LPS052I", "LPS053I"};
    Tapes tapes = tapes_new();

    give(&tapes, "RUN 1s");
    give(&tapes, "SAVE LPAR LPAR2 DEV(TAP01)");
    give(&tapes, "RUN 5s");
    json_t *object = console_room_json(tapes.room, "DISPLAY JOBLOG");

    for (unsigned i = 0; i < G_N_ELEMENTS(ids); i++) {
        g_autofree char *path = g_strdup_printf("result.joblog.0.messages.%u.id", i);
        const char *id = json_string_value(console_room_at(object, path));

        ck_assert_msg(id && g_str_equal(id, ids[i]), "message %u is %s, not %s", i, id ? id : "none", ids[i]);
    }
    json_decref(object);
    tapes_free(&tapes);
}
END_TEST

START_TEST(tapes_are_refused)
{
    Tapes tapes = tapes_new();
    g_autofree char *unused = g_strdup_printf("SET TAPE TAP03,%s", tapes.folder);
    g_autofree char *both = g_strdup_printf("SET TAPE TAP04,%s/1;%s/2", tapes.folder, tapes.folder);

    give(&tapes, unused);
    give(&tapes, "RUN 1s");
    assert_refusal(&tapes, "SAVE LPAR LPAR1 DEV(TAP03)", "LPS541E");
    assert_refusal(&tapes, "SAVE LPAR LPAR1 DEV(TAP01) VOL(VOL002)", "LPS541E");
    assert_refusal(&tapes, "SAVE CHANGES DEV(TAP01)", "LPS546E");
    assert_refusal(&tapes, "SAVE SYSTEM DEV(TAP01 TAP01)", "LPS540E");
    assert_refusal(&tapes, "SET TAPE TAP05,;", "LPS540E");
    assert_refusal(&tapes, "REPORT PROTECTION CSV(/dev/null) REPLACE", "LPS505E");
    give(&tapes, "SAVE LPAR LPAR1 DEV(TAP01) VOL(vol001)");
    assert_refusal(&tapes, "SAVE LPAR LPAR2 DEV(TAP01)", "LPS571E");
    give(&tapes, "SAVE LPAR LPAR2 DEV(TAP02)");
    give(&tapes, "RUN 5s");
    /* Two volumes that have saves, and not of one set. */
    give(&tapes, both);
    assert_refusal(&tapes, "SAVE LPAR LPAR1 DEV(TAP04)", "LPS541E");
    assert_refusal(&tapes, "VERIFY DEV(TAP01) SEQNBR(2)", "LPS546E");
    assert_refusal(&tapes, "INZTAP DEV(TAP01) NEWVOL(VOL009)", "LPS542E");
    assert_refusal(&tapes, "INZTAP DEV(TAP01) NEWVOL(TOOLONG)", "LPS541E");
    give(&tapes, "INZTAP DEV(TAP01) NEWVOL(VOL009) CHECK(*NO)");
    assert_value(&tapes, "DISPLAY TAPE TAP01", "result.tapes.0.saves", "[]");
    assert_value(&tapes, "DISPLAY TAPE TAP01", "result.tapes.0.volumes.0.name", "\"VOL009\"");
    give(&tapes, "SET TAPE TAP01,*NONE");
    assert_refusal(&tapes, "SAVE LPAR LPAR1 DEV(TAP01)", "LPS540E");
    tapes_free(&tapes);
}
END_TEST

/* One unit after the other: the second has the rest. */
START_TEST(a_save_goes_on_on_the_second_unit)
{
    Tapes tapes = tapes_new();

    give(&tapes, "INZTAP DEV(TAP01) NEWVOL(VOL001) SIZE(1M)");
    give(&tapes, "RUN 1s");
    give(&tapes, "SAVE LPAR LPAR1 DEV(TAP01)");
    json_t *ended = console_room_json(tapes.room, "RUN 5s");

    ck_assert_int_eq(json_integer_value(console_room_at(ended, "result.jobs_failed")), 1);
    json_decref(ended);
    assert_value(&tapes, "DISPLAY TAPE TAP01", "result.tapes.0.saves", "[]");
    give(&tapes, "SAVE LPAR LPAR1 DEV(TAP01 TAP02)");
    give(&tapes, "RUN 5s");
    assert_value(&tapes, "VERIFY DEV(TAP02 TAP01)", "result.verified.saves", "1");
    assert_refusal(&tapes, "VERIFY DEV(TAP01)", "LPS541E");
    tapes_free(&tapes);
}
END_TEST

/* Without simulated time passing: a fuzzer's console writes nothing. */
START_TEST(a_console_without_files_has_no_tapes)
{
    const SvpConsoleConfig config = {.json = true, .no_files = true};
    ConsoleRoom *room = console_room_new("examples/patent.ini", &config);
    static const char *const lines[] = {
        "SET TAPE TAP01,/tmp", "INZTAP DEV(TAP01) NEWVOL(A)", "SAVE SYSTEM DEV(TAP01)"};

    for (unsigned i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autofree char *id = console_room_refusal(room, lines[i]);

        ck_assert_str_eq(id, "LPS505E");
    }
    console_room_free(room);
}
END_TEST

/* A save counts as a copy and is measured, until its volume is initialized anew. */
START_TEST(the_report_knows_of_saves)
{
    Tapes tapes = tapes_new();

    give(&tapes, "RUN 1s");
    assert_value(&tapes, "REPORT PROTECTION LPAR1", "result.lpars.0.newest", "null");
    assert_value(&tapes, "SAVE LPAR LPAR1 DEV(TAP01)", "result.save.lpars", "[\"LPAR1\"]");
    give(&tapes, "RUN 2s");
    give(&tapes, "SAVE SYSTEM DEV(TAP02)");
    give(&tapes, "RUN 1s");
    assert_value(&tapes, "REPORT PROTECTION LPAR1", "result.lpars.0.newest", "\"VOL002:1\"");
    assert_value(&tapes, "REPORT PROTECTION LPAR1", "result.lpars.0.age_s", "1.0");
    assert_value(&tapes, "REPORT PROTECTION LPAR1", "result.lpars.0.tape", "2");
    assert_value(&tapes, "REPORT PROTECTION LPAR3", "result.lpars.0.tape", "1");
    assert_value(&tapes, "REPORT PROTECTION LPAR3", "result.lpars.0.findings", "[\"no group\"]");
    json_t *object = console_room_json(tapes.room, "REPORT PROTECTION LPAR1");

    ck_assert(json_real_value(console_room_at(object, "result.lpars.0.save_s")) > 0.0);
    json_decref(object);
    give(&tapes, "INZTAP DEV(TAP02) NEWVOL(VOL002) CHECK(*NO)");
    assert_value(&tapes, "REPORT PROTECTION LPAR1", "result.lpars.0.newest", "\"VOL001:1\"");
    assert_value(&tapes, "REPORT PROTECTION LPAR3", "result.lpars.0.newest", "null");
    tapes_free(&tapes);
}
END_TEST

/* All objects are processed when the job is over; until then as many as its time says. A save that is ended has none on tape. */
START_TEST(an_active_save_says_how_far_it_is)
{
    Tapes tapes = tapes_new();
    char path[64];

    g_snprintf(path, sizeof path, "SET TAPE TAP01,%s/1 RATE(1M)", tapes.folder);
    give(&tapes, path);
    give(&tapes, "RUN 1s");
    json_t *begun = console_room_json(tapes.room, "SAVE LPAR LPAR1 DEV(TAP01)");
    double ends_s = json_real_value(console_room_at(begun, "result.save.ends_s"));
    g_autofree char *half = g_strdup_printf("RUN %.0fms", (ends_s - 1.0) * 500.0);

    json_decref(begun);
    give(&tapes, half);
    json_t *shown = console_room_json(tapes.room, "DISPLAY JOB 1");
    json_int_t total = json_integer_value(console_room_at(shown, "result.jobs.0.total"));
    json_int_t processed = json_integer_value(console_room_at(shown, "result.jobs.0.processed"));

    json_decref(shown);
    ck_assert_int_gt(total, 10);
    ck_assert_int_ge(processed, total / 2 - 1);
    ck_assert_int_le(processed, total / 2 + 1);
    give(&tapes, "END JOB 1");
    assert_value(&tapes, "DISPLAY JOB 1", "result.jobs.0.processed", "0");
    assert_value(&tapes, "DISPLAY JOB 1", "result.jobs.0.code", "50");
    tapes_free(&tapes);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("svp/tape-console");
    TCase *cases = tcase_create("tape-console");

    tcase_set_timeout(cases, 100);
    tcase_add_test(cases, a_save_is_as_of_its_checkpoint);
    tcase_add_test(cases, all_lpars_of_a_save_are_of_one_moment);
    tcase_add_test(cases, a_save_is_a_job_with_messages);
    tcase_add_test(cases, the_report_knows_of_saves);
    tcase_add_test(cases, an_active_save_says_how_far_it_is);
    tcase_add_test(cases, tapes_are_refused);
    tcase_add_test(cases, a_save_goes_on_on_the_second_unit);
    tcase_add_test(cases, a_console_without_files_has_no_tapes);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
