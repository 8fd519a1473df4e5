/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The journal: what is written is read back, in order; the assignment, of any machine, comes back field by field; versions, the lock, and
 * records that cannot be.
 *
 * What happens when a write fails at any moment is in tests/crash.
 */
#include "resmgr/journal.h"

#include "hv/folder.h"
#include "resmgr/integ.h"
#include "tests/resmgr/machine-builder.h"
#include "tests/resmgr/patent-definition.h"
#include "tests/resmgr/random-definition.h"

#include <check.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *folder_new(void)
{
    char *folder = g_dir_make_tmp("lparsim-journal-XXXXXX", NULL);

    ck_assert_ptr_nonnull(folder);
    return folder;
}

static void folder_free(char *folder)
{
    ck_assert(hv_folder_remove(folder));
    g_free(folder);
}

static void execute(const char *folder, const char *sql)
{
    g_autofree char *path = g_build_filename(folder, "machine.db", NULL);
    sqlite3 *db;

    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void begin(ResmgrJournal *journal, ResmgrEntryStatus status, HvTime at_ns, const char *command)
{
    g_autofree char *text = g_strdup(command);
    const ResmgrEntry entry = {
        .kind = RESMGR_ENTRY_COMMAND,
        .status = status,
        .at_ns = at_ns,
        .due_ns = HV_TIME_NEVER,
        .text = text,
        .log_sequence = 7,
    };

    ck_assert(resmgr_journal_begin(journal, &entry, NULL));
}

static void check_entry(
    const GPtrArray *entries, unsigned i, ResmgrEntryStatus status, HvTime at_ns, HvTime ended_ns,
    const char *text)
{
    const ResmgrEntry *entry = g_ptr_array_index(entries, i);

    ck_assert_int_eq(entry->status, status);
    ck_assert_uint_eq(entry->at_ns, at_ns);
    ck_assert_uint_eq(entry->ended_ns, ended_ns);
    ck_assert(g_strcmp0(entry->text, text) == 0);
}

START_TEST(entries_are_read_back)
{
    char *folder = folder_new();
    g_autoptr(ResmgrDefinition) definition = patent_definition_new();
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);
    ResmgrJournal *journal = resmgr_journal_open(folder, NULL);

    ck_assert(resmgr_journal_advance(journal, 5, NULL));
    ck_assert(resmgr_journal_advance(journal, 8, NULL)); /* the same entry */
    begin(journal, RESMGR_ENTRY_COMMITTED, 8, "STOP LPAR1");
    resmgr_journal_end(journal, 8, state, NULL, false);
    ck_assert(resmgr_journal_advance(journal, 9, NULL));
    begin(journal, RESMGR_ENTRY_BEGUN, 9, "INTEG LPAR2,LPAR1");
    resmgr_journal_step(journal, "201", 9, 2, "fenced");
    resmgr_journal_step(journal, "202", 9, 2, "offline");
    resmgr_journal_end(journal, 11, state, "why", true);
    begin(journal, RESMGR_ENTRY_BEGUN, 11, "INTEG LPAR3,LPAR1");
    resmgr_journal_step(journal, "201", 11, 3, "fenced");
    resmgr_journal_free(journal);
    journal = resmgr_journal_open(folder, NULL);
    GPtrArray *entries = resmgr_journal_entries(journal, NULL);

    ck_assert_uint_eq(entries->len, 5);
    check_entry(entries, 0, RESMGR_ENTRY_DONE, 8, 8, NULL);
    check_entry(entries, 1, RESMGR_ENTRY_DONE, 8, 8, "STOP LPAR1");
    check_entry(entries, 2, RESMGR_ENTRY_DONE, 9, 9, NULL);
    check_entry(entries, 3, RESMGR_ENTRY_FAILED, 9, 11, "INTEG LPAR2,LPAR1");
    check_entry(entries, 4, RESMGR_ENTRY_BEGUN, 11, 11, "INTEG LPAR3,LPAR1");
    const ResmgrEntry *failed = g_ptr_array_index(entries, 3), *last = g_ptr_array_index(entries, 4);

    ck_assert(
        failed->commit_refused && strcmp(failed->reason, "why") == 0 && strcmp(failed->step, "202") == 0);
    ck_assert_str_eq(last->step, "201");
    ck_assert_uint_eq(last->log_sequence, 7);
    ck_assert_int_eq(resmgr_journal_recorded_id(journal), failed->id);
    ck_assert(resmgr_journal_roll_back(journal, last, NULL));
    g_ptr_array_unref(entries);
    entries = resmgr_journal_entries(journal, NULL);
    check_entry(entries, 4, RESMGR_ENTRY_ROLLED_BACK, 11, 11, "INTEG LPAR3,LPAR1");
    g_ptr_array_unref(entries);
    resmgr_journal_free(journal);
    folder_free(folder);
}
END_TEST

START_TEST(a_checkpoint_takes_the_place_of_the_entries)
{
    char *folder = folder_new();
    g_autoptr(ResmgrDefinition) definition = patent_definition_new();
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);
    ResmgrJournal *journal = resmgr_journal_open(folder, NULL);
    char sha256[] = "abc";
    const ResmgrCheckpoint checkpoint = {.id = 4, .at_ns = 20, .sha256 = sha256};
    ResmgrCheckpoint last;

    ck_assert(resmgr_journal_last_checkpoint(journal, &last, NULL) && last.id == 0);
    begin(journal, RESMGR_ENTRY_COMMITTED, 8, "STOP LPAR1");
    resmgr_journal_end(journal, 8, state, NULL, false);
    begin(journal, RESMGR_ENTRY_BEGUN, 20, "RESTORE LPAR1");
    ck_assert(resmgr_journal_add_checkpoint(journal, &checkpoint, state, NULL));
    begin(journal, RESMGR_ENTRY_COMMITTED, 21, "START LPAR1");
    resmgr_journal_free(journal);
    journal = resmgr_journal_open(folder, NULL);
    g_autoptr(GPtrArray) entries = resmgr_journal_entries(journal, NULL);
    g_autoptr(GPtrArray) checkpointed = resmgr_journal_checkpointed(journal, NULL);

    ck_assert_uint_eq(entries->len, 1);
    check_entry(entries, 0, RESMGR_ENTRY_COMMITTED, 21, 21, "START LPAR1");
    ck_assert_uint_eq(checkpointed->len, 1);
    check_entry(checkpointed, 0, RESMGR_ENTRY_DONE, 20, 20, "RESTORE LPAR1");
    ck_assert(resmgr_journal_last_checkpoint(journal, &last, NULL));
    ck_assert(last.id == 4 && last.entry_id == 2 && last.at_ns == 20 && strcmp(last.sha256, "abc") == 0);
    ck_assert_int_eq(((const ResmgrEntry *)g_ptr_array_index(entries, 0))->id, 3);
    resmgr_checkpoint_clear(&last);
    resmgr_journal_free(journal);
    folder_free(folder);
}
END_TEST

/* Any machine, at power on and behind an INTEG if it allows one. */
START_TEST(an_assignment_comes_back)
{
    char *folder = folder_new();
    HvRng rng;
    unsigned n_integrated = 0;

    hv_rng_init(&rng, 20261121, "journal");
    for (unsigned round = 0; round < 60; round++) {
        ResmgrJournal *journal = resmgr_journal_open(folder, NULL);
        g_autoptr(ResmgrDefinition) definition = random_definition_new(&rng, 12);
        g_autoptr(ResmgrState) state = resmgr_state_new(definition);
        g_autoptr(ResmgrState) fresh = resmgr_state_new(definition);

        for (unsigned a = 0; a < state->lpars->len && state->commits->len == 0; a++)
            for (unsigned b = 0; b < state->lpars->len && state->commits->len == 0; b++) {
                const ResmgrLpar *retiring = g_ptr_array_index(state->lpars, a);
                const ResmgrLpar *survivor = g_ptr_array_index(state->lpars, b);
                g_autoptr(ResmgrPlan)
                    plan = resmgr_plan_new(state, retiring->number, survivor->number, true, NULL);

                if (!plan || plan->moves->len > 0)
                    continue;
                resmgr_integ_offline(state, plan);
                resmgr_integ_commit(state, plan, 5);
                n_integrated++;
            }
        begin(journal, RESMGR_ENTRY_COMMITTED, 1, "x");
        resmgr_journal_end(journal, 1, state, NULL, false);
        g_autoptr(GError) error = NULL;
        g_autoptr(ResmgrState) recorded = resmgr_journal_state(journal, fresh, &error);

        ck_assert_msg(recorded, "round %u: %s", round, error ? error->message : "");
        ck_assert(resmgr_state_equal(recorded, state));
        resmgr_journal_free(journal);
    }
    ck_assert_uint_gt(n_integrated, 5);
    folder_free(folder);
}
END_TEST

START_TEST(books_that_cannot_be_are_refused)
{
    static const char *const wrong[] = {
        "UPDATE area SET origin_bytes = origin_bytes + 1048576 WHERE lpar = 1 AND kind = 'MS'",
        "UPDATE lip SET share_bp = 10000 WHERE lpar = 2",
        "UPDATE lpar SET assignment = 'retired' WHERE number = 3",
        "UPDATE lpar SET name = 'OTHER' WHERE number = 3",
        "UPDATE chp SET owner = 9 WHERE chpid = 0",
        "DELETE FROM area WHERE lpar = 2; DELETE FROM lip WHERE lpar = 2; DELETE FROM chp_claim WHERE lpar = "
        "2;"
        "DELETE FROM lpar WHERE number = 2",
        "INSERT INTO commit_record VALUES (1, 5, 2, 1)",
        "UPDATE lip SET type = 'XYZ'",
    };
    char *folder = folder_new();
    g_autoptr(ResmgrDefinition) definition = patent_definition_new();
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);
    ResmgrJournal *journal = resmgr_journal_open(folder, NULL);
    g_autoptr(GError) error = NULL;

    begin(journal, RESMGR_ENTRY_COMMITTED, 1, "x");
    resmgr_journal_end(journal, 1, state, NULL, false);
    resmgr_journal_free(journal);
    execute(folder, wrong[_i]);
    journal = resmgr_journal_open(folder, NULL);
    ck_assert_ptr_null(resmgr_journal_state(journal, state, &error));
    ck_assert(g_error_matches(error, RESMGR_ERROR, RESMGR_ERROR_RECORD));
    resmgr_journal_free(journal);
    folder_free(folder);
}
END_TEST

START_TEST(an_older_journal_is_upgraded)
{
    char *folder = folder_new();
    g_autofree char *copy = g_build_filename(folder, "machine.db.v1.bak", NULL);
    g_autoptr(ResmgrDefinition) definition = patent_definition_new();
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);
    ResmgrJournal *journal = resmgr_journal_open(folder, NULL);

    begin(journal, RESMGR_ENTRY_COMMITTED, 1, "x");
    resmgr_journal_end(journal, 1, state, NULL, false);
    resmgr_journal_free(journal);
    /* Version 1 had no checkpoints. */
    execute(
        folder,
        "DROP TABLE checkpoint; DROP INDEX integ_step_of_entry; DELETE FROM schema_version WHERE version = 2;"
        "PRAGMA user_version = 1");
    journal = resmgr_journal_open(folder, NULL);
    ck_assert_ptr_nonnull(journal);
    g_autoptr(ResmgrState) recorded = resmgr_journal_state(journal, state, NULL);
    ResmgrCheckpoint last;

    ck_assert(resmgr_state_equal(recorded, state));
    ck_assert(resmgr_journal_last_checkpoint(journal, &last, NULL) && last.id == 0);
    ck_assert(g_file_test(copy, G_FILE_TEST_EXISTS));
    resmgr_journal_free(journal);
    folder_free(folder);
}
END_TEST

START_TEST(one_at_a_time)
{
    char *folder = folder_new();
    ResmgrJournal *journal = resmgr_journal_open(folder, NULL);
    g_autoptr(GError) error = NULL;
    g_autofree char *pid = g_strdup_printf("process %d", (int)getpid());

    ck_assert_ptr_null(resmgr_journal_open(folder, &error));
    ck_assert(g_error_matches(error, RESMGR_ERROR, RESMGR_ERROR_LOCKED));
    ck_assert(strstr(error->message, pid));
    resmgr_journal_free(journal);
    journal = resmgr_journal_open(folder, NULL);
    ck_assert_ptr_nonnull(journal);
    ck_assert(
        resmgr_journal_set(journal, "seed", "1", NULL) && resmgr_journal_set(journal, "seed", "2", NULL));
    g_autofree char *seed = resmgr_journal_get(journal, "seed");

    ck_assert_str_eq(seed, "2");
    ck_assert_ptr_null(resmgr_journal_get(journal, "nothing"));
    resmgr_journal_free(journal);
    folder_free(folder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("journal");
    TCase *tcase = tcase_create("journal");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, entries_are_read_back);
    tcase_add_test(tcase, a_checkpoint_takes_the_place_of_the_entries);
    tcase_add_test(tcase, an_assignment_comes_back);
    tcase_add_loop_test(tcase, books_that_cannot_be_are_refused, 0, 8);
    tcase_add_test(tcase, an_older_journal_is_upgraded);
    tcase_add_test(tcase, one_at_a_time);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
