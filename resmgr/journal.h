/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_RESMGR_JOURNAL_H
#define LPARSIM_RESMGR_JOURNAL_H

#include "resmgr/state.h"

/*
 * The durable record of a machine, in a directory: machine.db, which sqlite3 reads, and the lock that keeps it to one program at a time.
 *
 * The simulation is deterministic, so what has become of a machine is said by a checkpoint (or the machine file, where there is none) and
 * the entries of the log since: who they are done again for gets the same machine. The entries:
 *
 *     begin(COMMAND) --> BEGUN --commit--> COMMITTED --end--> DONE       INTEG: its commit point is the durable record of step 203
 *                          |                  ^------- begin(.committed): commands whose first record is their commit point
 *                          +--end--> FAILED   refused, or taken back: done again it fails again
 *                          +--crash, next start--> ROLLED BACK           never done again
 *     advance: the clock went on
 *
 * Every function returns when its record is on the disk; errors are those of hv/database.h. The one that ends an entry may find the disk
 * full when the thing is done already: then it is written with the next record, and until then nothing else can be begun.
 */
typedef struct ResmgrJournal ResmgrJournal;

#define RESMGR_JOURNAL_FILE "machine.db"

typedef enum {
    RESMGR_ENTRY_ADVANCE,
    RESMGR_ENTRY_POWER_ON,
    RESMGR_ENTRY_COMMAND,
} ResmgrEntryKind;

typedef enum {
    RESMGR_ENTRY_BEGUN,
    RESMGR_ENTRY_COMMITTED,
    RESMGR_ENTRY_DONE,
    RESMGR_ENTRY_FAILED,
    RESMGR_ENTRY_ROLLED_BACK,
} ResmgrEntryStatus;

typedef struct {
    int64_t id; /* ascending */
    ResmgrEntryKind kind;
    ResmgrEntryStatus status;
    HvTime at_ns;          /* of ADVANCE: how far */
    HvTime ended_ns;       /* when it was done or had failed */
    HvTime due_ns;         /* of a command that was queued; else HV_TIME_NEVER */
    char *text, *source;   /* of a command; else NULL */
    char *step;            /* INTEG: the last step that was recorded; NULL: none */
    char *reason;          /* FAILED: why; NULL else */
    bool commit_refused;   /* FAILED because its commit record could not be written */
    uint64_t log_sequence; /* its place in the operator log; 0: none */
} ResmgrEntry;

typedef struct {
    int64_t id;       /* ascending; its folder is checkpoints/ID */
    int64_t entry_id; /* what it contains: all entries up to this one */
    HvTime at_ns;
    char *sha256; /* of its manifest */
} ResmgrCheckpoint;

/*
 * Makes the directory (0700) on its first use. RESMGR_ERROR_LOCKED names the process that has it; RESMGR_ERROR_DIRECTORY: it cannot be
 * made.
 */
ResmgrJournal *resmgr_journal_open(const char *directory, GError **error);
void resmgr_journal_free(ResmgrJournal *journal); /* NULL is allowed */
/* False: what was written last is there or is not, and nothing can be written any more. */
bool resmgr_journal_may_write(const ResmgrJournal *journal, GError **error);

/* "seed", "machine", ...; NULL if it was never said; free with g_free(). */
char *resmgr_journal_get(ResmgrJournal *journal, const char *key);
bool resmgr_journal_set(ResmgrJournal *journal, const char *key, const char *value, GError **error);

/* --- The log: one entry at a time is under way --- */
/* The entry's kind, at_ns, due_ns, text, source, log_sequence are used, and its status: BEGUN or COMMITTED. */
bool resmgr_journal_begin(ResmgrJournal *journal, const ResmgrEntry *entry, GError **error);
/* Of the entry under way. */
void resmgr_journal_step(
    ResmgrJournal *journal, const char *step, HvTime at_ns, unsigned lpar, const char *text);
/* The commit point: one transaction with the last commit record of `after` and its whole assignment. */
bool resmgr_journal_commit(ResmgrJournal *journal, const ResmgrState *after, GError **error);
/*
 * `reason` NULL: done. `commit_refused`: see above. `state` is the assignment now. Where the disk is full the record is written with what
 * comes next: what has been committed is done again otherwise, and the rest was not done.
 */
void resmgr_journal_end(
    ResmgrJournal *journal, HvTime at_ns, const ResmgrState *state, const char *reason, bool commit_refused);
/* The same for one that was refused from outside the machine, which it has not changed: it is never done again. */
void resmgr_journal_dismiss(
    ResmgrJournal *journal, HvTime at_ns, const ResmgrState *state, const char *reason);
bool resmgr_journal_advance(ResmgrJournal *journal, HvTime at_ns, GError **error);

/* --- The next start --- */
/* Entries behind the last checkpoint, in order: of ResmgrEntry *; NULL with *error. */
GPtrArray *resmgr_journal_entries(ResmgrJournal *journal, GError **error);
/* The entry that the last checkpoint was written behind, or none. */
GPtrArray *resmgr_journal_checkpointed(ResmgrJournal *journal, GError **error);
/* The last entry is BEGUN: it is rolled back. */
bool resmgr_journal_roll_back(ResmgrJournal *journal, const ResmgrEntry *entry, GError **error);
/* The last entry is COMMITTED and is to be done to its end: it is under way again. */
void resmgr_journal_resume(ResmgrJournal *journal, const ResmgrEntry *entry);
/* After which entry the recorded assignment holds; 0: none was recorded. */
int64_t resmgr_journal_recorded_id(ResmgrJournal *journal);
/*
 * The assignment as it was recorded last. `like` is one of the machine with the LPARs that it has after that entry. The invariants have been
 * checked. RESMGR_ERROR_RECORD: it is of another machine, or one of them does not hold.
 */
ResmgrState *resmgr_journal_state(ResmgrJournal *journal, const ResmgrState *like, GError **error);

/* --- Checkpoints --- */
/* The one that counts; id 0: there is none yet. resmgr_checkpoint_clear() it. */
bool resmgr_journal_last_checkpoint(ResmgrJournal *journal, ResmgrCheckpoint *ret_checkpoint, GError **error);
void resmgr_checkpoint_clear(ResmgrCheckpoint *checkpoint);
/*
 * The checkpoint (id, at_ns and sha256 are used) is on the disk: from now on it is what the next start begins with. The entries before it
 * are dropped; one under way has ended with it. `state` is the assignment now.
 */
bool resmgr_journal_add_checkpoint(
    ResmgrJournal *journal, const ResmgrCheckpoint *checkpoint, const ResmgrState *state, GError **error);

const char *resmgr_entry_status_name(ResmgrEntryStatus status);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ResmgrJournal, resmgr_journal_free)

#endif
