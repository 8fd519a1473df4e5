/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_OPERATIONS_AUDIT_H
#define LPARSIM_SVP_OPERATIONS_AUDIT_H

#include "svp/store.h"

#include <stdint.h>

/*
 * The audit: every command that was carried out or refused, in a chain. Each entry has the SHA-256 of the hash of the entry before
 * and its own text, so whoever changes, adds or removes one breaks the chain there; how many there are, and the last hash, are kept apart, so
 * that entries cannot go missing at the end. Whoever can write the database could make a whole new chain: against that the head is noted elsewhere,
 * and svp_audit_check() told of it.
 */
#define SVP_AUDIT_COLLECTION      "audit"      /* "000000000001": {"entry":{..},"hash":".."} */
#define SVP_AUDIT_HEAD_COLLECTION "audit-head" /* "head": {"count":..,"hash":".."} */
#define SVP_AUDIT_HASH_LENGTH     64u

/* `entry` is an object of strings, whole numbers and truth values; it gets its number as "number". In the caller's transaction: two
 * records are put. */
bool svp_audit_append(SvpStore *store, const json_t *entry, GError **error);

typedef struct {
    uint64_t n_entries;                   /* in the chain, from the first on, as far as it is whole */
    char head[SVP_AUDIT_HASH_LENGTH + 1]; /* hash of the last of them; of none: "0...0" */
    uint64_t noted_at;                    /* the number of the entry that has the noted hash; 0: none has */
} SvpAuditState;

/* How many entries there are, and the hash of the last, as its record says; nothing is checked. */
SvpAuditState svp_audit_head(SvpStore *store);
/*
 * Looks at the whole chain. `noted`: a hash that was noted (or any beginning of it of at least 8 digits), or NULL. SVP_ERROR_AUDIT: where it is
 * broken, or the noted hash is not in it; *ret_state is filled in even then.
 */
bool svp_audit_check(SvpStore *store, const char *noted, SvpAuditState *ret_state, GError **error);

#endif
