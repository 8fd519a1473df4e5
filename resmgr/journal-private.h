/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_RESMGR_JOURNAL_PRIVATE_H
#define LPARSIM_RESMGR_JOURNAL_PRIVATE_H

#include "hv/database.h"
#include "resmgr/journal.h"

/* What the journal's files share; nobody else includes this. */

/* journal-lock.c: the directory, made if it is not there, and its lock; a file descriptor, -1 with *error. */
int resmgr_journal_lock(const char *directory, GError **error);

/*
 * journal-record.c: a state that is being put together from rows. The rows of LPARs come before what belongs to them. The first thing
 * that cannot be is kept as a sentence; what comes behind it is passed over.
 */
typedef struct {
    ResmgrState *state;
    char *wrong;      /* NULL: nothing so far */
    unsigned n_lpars; /* rows of LPARs */
} ResmgrRecord;

/* number, name, assignment, cap kind, cap's hundredths */
bool resmgr_record_lpar(const HvDatabaseRow *row, void *record);
/* lpar, kind, origin, size, reserved, reserved limits, next reserved or null */
bool resmgr_record_area(const HvDatabaseRow *row, void *record);
/* lpar, number, ip, share, type */
bool resmgr_record_lip(const HvDatabaseRow *row, void *record);
/* lpar, type, weight */
bool resmgr_record_weight(const HvDatabaseRow *row, void *record);
/* chpid, owner, online, reserved for */
bool resmgr_record_chp(const HvDatabaseRow *row, void *record);
/* chpid, lpar */
bool resmgr_record_chp_user(const HvDatabaseRow *row, void *record);
bool resmgr_record_chp_claim(const HvDatabaseRow *row, void *record);
/* at, retired, survivor */
bool resmgr_record_commit(const HvDatabaseRow *row, void *record);
/* All rows have come: the invariants. False: record->wrong says which does not hold. */
bool resmgr_record_check(ResmgrRecord *record);

const char *resmgr_assignment_name(ResmgrAssignment assignment);

/* journal-sql.c: the schema, and one function for each thing that is written or read. */
const char *const *resmgr_journal_upgrades(unsigned *ret_n);
bool resmgr_journal_last_id(HvDatabase *db, int64_t *ret_id, GError **error); /* 0: there was none yet */
char *resmgr_journal_read_meta(HvDatabase *db, const char *key);
bool resmgr_journal_write_meta(HvDatabase *db, const char *key, const char *value, GError **error);
bool resmgr_journal_write_tables(HvDatabase *db, const ResmgrState *state, GError **error);
/* record->state is a copy of the state at power on; what is wrong is in *record. */
bool resmgr_journal_read_tables(HvDatabase *db, ResmgrRecord *record, GError **error);
bool resmgr_journal_insert_entry(HvDatabase *db, const ResmgrEntry *entry, GError **error);
bool resmgr_journal_update_entry(HvDatabase *db, const ResmgrEntry *entry, GError **error); /* how it ended */
bool resmgr_journal_move_advance(HvDatabase *db, int64_t id, HvTime at_ns, GError **error);
bool resmgr_journal_insert_step(
    HvDatabase *db, int64_t entry, const char *step, HvTime at_ns, unsigned lpar, const char *text,
    GError **error);
/* `relation`: ">": those behind the last checkpoint; "=": the one that it was written behind. */
bool resmgr_journal_read_entries(
    HvDatabase *db, const char *relation, GPtrArray *ret_entries, GError **error);
bool resmgr_journal_read_checkpoint(HvDatabase *db, ResmgrCheckpoint *ret_checkpoint, GError **error);
bool resmgr_journal_replace_checkpoint(HvDatabase *db, const ResmgrCheckpoint *checkpoint, GError **error);

#endif
