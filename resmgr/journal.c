/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The journal of a machine: the log of what is done with it, and its assignment. What is written together, and in which order, is
 * decided here; the statements are in journal-sql.c.
 *
 * The assignment stands in tables, so that anybody can look with sqlite3 who owns what; they are rewritten in the same transaction as the
 * entry after which they hold ("assignment_entry"). Nothing continues from them: they are what a machine that was made again from
 * checkpoint and log is compared with.
 *
 * One entry at a time is under way (entry_id). What was to be recorded of it and could not be, because the disk was full, is owed: the next
 * transaction writes it first. So no later entry can stand in the log without it.
 */
#include "resmgr/journal-private.h"

#include <string.h>
#include <unistd.h>

#define ASSIGNMENT_ENTRY "assignment_entry" /* the tables hold after this one */

typedef struct {
    int64_t entry_id;
    char *step, *text;
    HvTime at_ns;
    unsigned lpar;
} OwedStep;

struct ResmgrJournal {
    int lock_fd;
    HvDatabase *database;
    int64_t last_id;      /* of any entry, dropped ones too */
    int64_t entry_id;     /* under way; 0: none */
    int64_t advance_id;   /* the last entry if it is an ADVANCE, which is carried on; else 0 */
    HvTime recorded_ns;   /* up to here the log goes */
    ResmgrState *written; /* what the tables say; NULL: not known */
    GArray *owed_steps;
    ResmgrEntry owed_end; /* how an entry has ended; id 0: nothing is owed */
    ResmgrState *owed_state;
};

/* --- Opening -------------------------------------------------------------------------------------------- */

static void owed_step_clear(void *data)
{
    OwedStep *step = data;

    g_free(step->step);
    g_free(step->text);
}

ResmgrJournal *resmgr_journal_open(const char *directory, GError **error)
{
    g_autoptr(ResmgrJournal) journal = g_new0(ResmgrJournal, 1);
    g_autofree char *path = g_build_filename(directory, RESMGR_JOURNAL_FILE, NULL);
    const char *const *upgrades;
    unsigned n_upgrades;

    journal->owed_steps = g_array_new(FALSE, FALSE, sizeof(OwedStep));
    g_array_set_clear_func(journal->owed_steps, owed_step_clear);
    journal->lock_fd = resmgr_journal_lock(directory, error);
    if (journal->lock_fd < 0)
        return NULL;
    upgrades = resmgr_journal_upgrades(&n_upgrades);
    journal->database = hv_database_open(path, upgrades, n_upgrades, error);
    if (!journal->database || !resmgr_journal_last_id(journal->database, &journal->last_id, error))
        return NULL;
    return g_steal_pointer(&journal);
}

static void forget_owed(ResmgrJournal *journal)
{
    g_array_set_size(journal->owed_steps, 0);
    g_free(journal->owed_end.reason);
    journal->owed_end = (ResmgrEntry){0};
    g_clear_pointer(&journal->owed_state, resmgr_state_free);
}

void resmgr_journal_free(ResmgrJournal *journal)
{
    if (!journal)
        return;
    forget_owed(journal);
    g_array_unref(journal->owed_steps);
    g_clear_pointer(&journal->written, resmgr_state_free);
    hv_database_free(journal->database);
    if (journal->lock_fd >= 0)
        close(journal->lock_fd);
    g_free(journal);
}

bool resmgr_journal_may_write(const ResmgrJournal *journal, GError **error)
{
    return hv_database_may_write(journal->database, error);
}

char *resmgr_journal_get(ResmgrJournal *journal, const char *key)
{
    return resmgr_journal_read_meta(journal->database, key);
}

bool resmgr_journal_set(ResmgrJournal *journal, const char *key, const char *value, GError **error)
{
    return resmgr_journal_write_meta(journal->database, key, value, error);
}

/* --- The assignment ------------------------------------------------------------------------------------- */

/* They hold after the entry; in the transaction that is under way. */
static bool write_assignment(ResmgrJournal *journal, const ResmgrState *state, int64_t entry, GError **error)
{
    g_autofree char *id = g_strdup_printf("%" G_GINT64_FORMAT, entry);
    bool same = journal->written && resmgr_state_equal(journal->written, state);

    g_clear_pointer(&journal->written, resmgr_state_free); /* not known until it is committed */
    if (!resmgr_journal_set(journal, ASSIGNMENT_ENTRY, id, error) ||
        !(same || resmgr_journal_write_tables(journal->database, state, error)))
        return false;
    journal->written = resmgr_state_copy(state);
    return true;
}

int64_t resmgr_journal_recorded_id(ResmgrJournal *journal)
{
    g_autofree char *entry = resmgr_journal_get(journal, ASSIGNMENT_ENTRY);

    return entry ? g_ascii_strtoll(entry, NULL, 10) : 0;
}

ResmgrState *resmgr_journal_state(ResmgrJournal *journal, const ResmgrState *like, GError **error)
{
    g_autoptr(ResmgrState) state = resmgr_state_copy(like);
    ResmgrRecord record = {.state = state};

    if (!resmgr_journal_read_tables(journal->database, &record, error))
        return NULL;
    if (resmgr_record_check(&record))
        return g_steal_pointer(&state);
    g_set_error(
        error, RESMGR_ERROR, RESMGR_ERROR_RECORD,
        "%s: the recorded assignment cannot be: %s\nTake an older copy of the folder, or begin with a new "
        "one",
        hv_database_path(journal->database), record.wrong);
    g_free(record.wrong);
    return NULL;
}

/* --- Writing the log ------------------------------------------------------------------------------------ */

static bool write_owed(ResmgrJournal *journal, GError **error)
{
    HvDatabase *db = journal->database;
    bool ok = true;

    for (unsigned i = 0; ok && i < journal->owed_steps->len; i++) {
        const OwedStep *step = &g_array_index(journal->owed_steps, OwedStep, i);

        ok = resmgr_journal_insert_step(
            db, step->entry_id, step->step, step->at_ns, step->lpar, step->text, error);
    }
    return ok && (journal->owed_end.id == 0 ||
                  (resmgr_journal_update_entry(db, &journal->owed_end, error) &&
                   write_assignment(journal, journal->owed_state, journal->owed_end.id, error)));
}

/* A transaction, which begins with what is owed. */
static bool begin_writing(ResmgrJournal *journal, GError **error)
{
    return hv_database_begin(journal->database, error) && write_owed(journal, error);
}

static bool end_writing(ResmgrJournal *journal, bool ok, GError **error)
{
    if (ok && hv_database_commit(journal->database, error)) {
        forget_owed(journal);
        return true;
    }
    if (hv_database_in_transaction(journal->database))
        hv_database_rollback(journal->database);
    g_clear_pointer(&journal->written, resmgr_state_free);
    return false;
}

bool resmgr_journal_begin(ResmgrJournal *journal, const ResmgrEntry *entry, GError **error)
{
    g_assert(journal->entry_id == 0 && entry->status <= RESMGR_ENTRY_COMMITTED);
    ResmgrEntry next = *entry;

    next.id = journal->last_id + 1;
    bool ok = begin_writing(journal, error) && resmgr_journal_insert_entry(journal->database, &next, error);

    if (!end_writing(journal, ok, error))
        return false;
    journal->entry_id = ++journal->last_id;
    journal->advance_id = 0;
    journal->recorded_ns = entry->at_ns;
    return true;
}

void resmgr_journal_step(
    ResmgrJournal *journal, const char *step, HvTime at_ns, unsigned lpar, const char *text)
{
    const OwedStep owed = {journal->entry_id, g_strdup(step), g_strdup(text), at_ns, lpar};

    g_assert(journal->entry_id != 0);
    g_array_append_val(journal->owed_steps, owed);
    end_writing(journal, begin_writing(journal, NULL), NULL);
}

bool resmgr_journal_commit(ResmgrJournal *journal, const ResmgrState *after, GError **error)
{
    g_assert(journal->entry_id != 0 && after->commits->len > 0);
    const ResmgrEntry committed = {
        .id = journal->entry_id,
        .status = RESMGR_ENTRY_COMMITTED,
        .ended_ns = g_array_index(after->commits, ResmgrCommit, after->commits->len - 1).at_ns,
    };
    bool ok = begin_writing(journal, error) &&
              resmgr_journal_update_entry(journal->database, &committed, error) &&
              write_assignment(journal, after, journal->entry_id, error);

    return end_writing(journal, ok, error);
}

static void end_entry(
    ResmgrJournal *journal, ResmgrEntryStatus status, HvTime at_ns, const ResmgrState *state,
    const char *reason, bool commit_refused)
{
    g_assert(journal->entry_id != 0 && journal->owed_end.id == 0);
    journal->owed_end = (ResmgrEntry){
        .id = journal->entry_id,
        .status = status,
        .ended_ns = at_ns,
        .reason = g_strdup(reason),
        .commit_refused = commit_refused,
    };
    journal->owed_state = resmgr_state_copy(state);
    journal->entry_id = 0;
    journal->recorded_ns = at_ns;
    end_writing(journal, begin_writing(journal, NULL), NULL);
}

void resmgr_journal_end(
    ResmgrJournal *journal, HvTime at_ns, const ResmgrState *state, const char *reason, bool commit_refused)
{
    end_entry(
        journal, reason ? RESMGR_ENTRY_FAILED : RESMGR_ENTRY_DONE, at_ns, state, reason, commit_refused);
}

void resmgr_journal_dismiss(
    ResmgrJournal *journal, HvTime at_ns, const ResmgrState *state, const char *reason)
{
    end_entry(journal, RESMGR_ENTRY_ROLLED_BACK, at_ns, state, reason, /* commit_refused= */ false);
}

static bool write_advance(ResmgrJournal *journal, HvTime at_ns, GError **error)
{
    const ResmgrEntry entry = {
        .id = journal->last_id + 1,
        .kind = RESMGR_ENTRY_ADVANCE,
        .status = RESMGR_ENTRY_DONE,
        .at_ns = at_ns,
        .due_ns = HV_TIME_NEVER,
    };

    if (journal->advance_id == 0)
        return resmgr_journal_insert_entry(journal->database, &entry, error);
    return resmgr_journal_move_advance(journal->database, journal->advance_id, at_ns, error);
}

bool resmgr_journal_advance(ResmgrJournal *journal, HvTime at_ns, GError **error)
{
    g_assert(journal->entry_id == 0);
    if (at_ns == journal->recorded_ns)
        return true;
    bool ok = begin_writing(journal, error) && write_advance(journal, at_ns, error);

    if (!end_writing(journal, ok, error))
        return false;
    if (journal->advance_id == 0)
        journal->advance_id = ++journal->last_id;
    journal->recorded_ns = at_ns;
    return true;
}

/* --- The next start ------------------------------------------------------------------------------------- */

static const char *const status_names[] = {
    [RESMGR_ENTRY_BEGUN] = "begun",
    [RESMGR_ENTRY_COMMITTED] = "committed",
    [RESMGR_ENTRY_DONE] = "done",
    [RESMGR_ENTRY_FAILED] = "failed",
    [RESMGR_ENTRY_ROLLED_BACK] = "rolled back",
};

const char *resmgr_entry_status_name(ResmgrEntryStatus status)
{
    return status_names[status];
}

static void entry_free(void *data)
{
    ResmgrEntry *entry = data;

    g_free(entry->text);
    g_free(entry->source);
    g_free(entry->step);
    g_free(entry->reason);
    g_free(entry);
}

static GPtrArray *read_entries(ResmgrJournal *journal, const char *relation, GError **error)
{
    g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func(entry_free);

    if (!resmgr_journal_read_entries(journal->database, relation, entries, error))
        return NULL;
    return g_steal_pointer(&entries);
}

GPtrArray *resmgr_journal_entries(ResmgrJournal *journal, GError **error)
{
    return read_entries(journal, ">", error);
}

GPtrArray *resmgr_journal_checkpointed(ResmgrJournal *journal, GError **error)
{
    return read_entries(journal, "=", error);
}

bool resmgr_journal_roll_back(ResmgrJournal *journal, const ResmgrEntry *entry, GError **error)
{
    ResmgrEntry ended = *entry;

    g_assert(entry->status == RESMGR_ENTRY_BEGUN && entry->id == journal->last_id);
    ended.status = RESMGR_ENTRY_ROLLED_BACK;
    ended.ended_ns = entry->at_ns;
    return end_writing(
        journal,
        begin_writing(journal, error) && resmgr_journal_update_entry(journal->database, &ended, error),
        error);
}

void resmgr_journal_resume(ResmgrJournal *journal, const ResmgrEntry *entry)
{
    g_assert(entry->status == RESMGR_ENTRY_COMMITTED && entry->id == journal->last_id);
    journal->entry_id = entry->id;
}

/* --- Checkpoints ---------------------------------------------------------------------------------------- */

bool resmgr_journal_last_checkpoint(ResmgrJournal *journal, ResmgrCheckpoint *ret_checkpoint, GError **error)
{
    *ret_checkpoint = (ResmgrCheckpoint){0};
    return resmgr_journal_read_checkpoint(journal->database, ret_checkpoint, error);
}

void resmgr_checkpoint_clear(ResmgrCheckpoint *checkpoint)
{
    g_clear_pointer(&checkpoint->sha256, g_free);
}

/* What was owed is in the checkpoint. */
bool resmgr_journal_add_checkpoint(
    ResmgrJournal *journal, const ResmgrCheckpoint *checkpoint, const ResmgrState *state, GError **error)
{
    ResmgrCheckpoint row = *checkpoint;

    row.entry_id = journal->last_id;
    bool ok = hv_database_begin(journal->database, error) &&
              resmgr_journal_replace_checkpoint(journal->database, &row, error) &&
              write_assignment(journal, state, row.entry_id, error);

    if (!end_writing(journal, ok, error))
        return false;
    journal->entry_id = journal->advance_id = 0;
    journal->recorded_ns = checkpoint->at_ns;
    return true;
}
