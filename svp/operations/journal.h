/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_OPERATIONS_JOURNAL_H
#define LPARSIM_SVP_OPERATIONS_JOURNAL_H

#include "hv/quantity.h"
#include "svp/store.h"

/*
 * Operation journals: what was done to a machine, to be done to its contingency copy as well. Entries go to a receiver:
 *
 *     CONNECTED  --it is full, or CHANGE JOURNAL-->  ONLINE  --SAVE JOURNAL-->  SAVED  --DELETE JOURNAL-->  gone
 *
 * There is one CONNECTED receiver (none before the first entry). Entries are numbered through all receivers. Each receiver that is closed has
 * the SHA-256 of its text, in which that of the one before stands: a saved receiver that is changed, or missing, shows.
 */
typedef struct {
    uint64_t last;     /* number of the last entry; 0: there is none */
    unsigned receiver; /* number of the receiver that is CONNECTED, or was last */
    uint64_t size;     /* entries of a receiver */
} SvpJournalState;

#define SVP_JOURNAL_SIZE 1000u /* entries, unless SET JOURNAL says another number */

SvpJournalState svp_journal_state(SvpStore *store);
/* "JRN00001"; free with g_free(). */
char *svp_journal_receiver_name(unsigned number);
/* One more entry, {"at_ns":..,"by":..,"command":..,"ok":..}; it gets its number. `machine` is the id of the machine. In the caller's transaction. */
bool svp_journal_append(SvpStore *store, const char *machine, const json_t *entry, GError **error);
/* The CONNECTED receiver becomes ONLINE, and another is CONNECTED. SVP_ERROR_JOURNAL: it has no entry. */
bool svp_journal_change(SvpStore *store, const char *machine, GError **error);
bool svp_journal_set_size(SvpStore *store, uint64_t size, GError **error);

/*
 * The receivers, in order: [{"receiver":"JRN00001","state":"SAVED","first":1,"last":1000,"first_ns":..,"last_ns":..,"sha256":..,"path":..}].
 */
json_t *svp_journal_receivers(SvpStore *store);
/* The text of a receiver that is closed, as it is saved; NULL with SVP_ERROR_JOURNAL. */
char *svp_journal_text(SvpStore *store, const char *machine, const char *receiver, GError **error);
bool svp_journal_set_saved(SvpStore *store, const char *receiver, const char *path, GError **error);
/*
 * Deletes a receiver and its entries. SVP_ERROR_JOURNAL: it is not SAVED, an older one is there, or `applied`, the entry up to which the contingency is in step, is
 * before its last.
 */
bool svp_journal_delete(SvpStore *store, const char *receiver, uint64_t applied, GError **error);

#endif
