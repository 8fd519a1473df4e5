/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_DATABASE_H
#define LPARSIM_HV_DATABASE_H

#include "hv/error.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * A database in one file (SQLite, write-ahead log, every commit on the disk before it returns). Who uses one says what is in it: the
 * statements are his, the care is here. Whoever opens it for writing is the only one who does; others may read it meanwhile.
 *
 * A write that fails leaves everything as before: HV_ERROR_DATABASE, HV_ERROR_DATABASE_FULL. There is one exception: when the disk
 * fails at the very commit, nobody knows whether the record is there. That is HV_ERROR_DATABASE_DOUBT, and from then on nothing is
 * written any more; who opens it anew sees what is there.
 */
typedef struct HvDatabase HvDatabase;
typedef struct HvDatabaseRow HvDatabaseRow; /* of a result, as long as its visit lasts */

/*
 * `path` NULL: in memory. upgrades[n - 1] is the SQL that makes version n of version n - 1 (0: empty). A file of an older version is
 * copied to PATH.vN.bak first; the upgrade is one transaction. HV_ERROR_DATABASE_VERSION: it is newer than n_upgrades;
 * HV_ERROR_DATABASE_DAMAGED: SQLite's own check finds something, or it is no database.
 */
HvDatabase *
hv_database_open(const char *path, const char *const *upgrades, unsigned n_upgrades, GError **error);
void hv_database_free(HvDatabase *database); /* NULL is allowed; what is not committed is rolled back */
const char *hv_database_path(const HvDatabase *database); /* ":memory:" */

/*
 * One statement with a parameter '?' for each letter of `types`: 's' const char * (NULL: null), 'i' int64_t, 'b' GBytes * (NULL: null).
 * Outside a transaction it is one by itself.
 */
bool hv_database_run(HvDatabase *database, GError **error, const char *sql, const char *types, ...);
/* Calls `visit` for each row of the result, until it returns false. It may use the database, but not change what is being read. */
bool hv_database_query(
    HvDatabase *database, bool (*visit)(const HvDatabaseRow *row, void *data), void *data, GError **error,
    const char *sql, const char *types, ...);
int64_t hv_database_row_int(const HvDatabaseRow *row, unsigned column);      /* 0 for null */
const char *hv_database_row_text(const HvDatabaseRow *row, unsigned column); /* NULL for null */
GBytes *hv_database_row_bytes(const HvDatabaseRow *row, unsigned column);    /* a copy; NULL for null */

/* All or nothing. Not nested (asserted). */
bool hv_database_begin(HvDatabase *database, GError **error);
bool hv_database_commit(HvDatabase *database, GError **error); /* false: rolled back, or in doubt */
void hv_database_rollback(HvDatabase *database);
bool hv_database_in_transaction(const HvDatabase *database);
/* False: whether the last change is in it is not known, and nothing may be written any more. */
bool hv_database_may_write(const HvDatabase *database, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvDatabase, hv_database_free)

#endif
