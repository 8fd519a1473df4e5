/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The hash chain of the audit.
 *
 *     hash(0) = 64 zeros          hash(n) = SHA-256(hash(n-1) NEWLINE text(n))
 *
 * text(n) is the entry as compact JSON with its keys in order, so it does not depend on who has written it down. The entry and the head
 * belong in one transaction. There is no function that changes or removes an entry.
 */
#include "svp/operations/audit.h"

#include "hv/digest.h"
#include "svp/error.h"

#include <stdlib.h>
#include <string.h>

#define HEAD_KEY         "head"
#define NOTED_LENGTH_MIN 8u

static char *hash_of(const char *previous, const json_t *entry)
{
    char *text = json_dumps(entry, JSON_COMPACT | JSON_SORT_KEYS);
    g_autofree char *chained = g_strdup_printf("%s\n%s", previous, text);

    free(text);
    return hv_digest_of(chained, strlen(chained));
}

static void zero_hash(char hash[SVP_AUDIT_HASH_LENGTH + 1])
{
    memset(hash, '0', SVP_AUDIT_HASH_LENGTH);
    hash[SVP_AUDIT_HASH_LENGTH] = '\0';
}

/* The number of entries and the last hash as they were noted with the last entry; of nothing if there is no record that makes sense. */
static uint64_t read_head(SvpStore *store, char hash[SVP_AUDIT_HASH_LENGTH + 1])
{
    json_t *head = svp_store_get(store, SVP_AUDIT_HEAD_COLLECTION, HEAD_KEY);
    const char *text = json_string_value(json_object_get(head, "hash"));
    uint64_t count = 0;

    zero_hash(hash);
    if (text && strlen(text) == SVP_AUDIT_HASH_LENGTH) {
        memcpy(hash, text, SVP_AUDIT_HASH_LENGTH);
        count = (uint64_t)json_integer_value(json_object_get(head, "count"));
    }
    json_decref(head);
    return count;
}

SvpAuditState svp_audit_head(SvpStore *store)
{
    SvpAuditState state = {0};

    state.n_entries = read_head(store, state.head);
    return state;
}

/* --- Appending ------------------------------------------------------------------------------------------ */

static bool put(SvpStore *store, const char *collection, const char *key, json_t *record, GError **error)
{
    bool done = svp_store_put(store, collection, key, record, error);

    json_decref(record);
    return done;
}

bool svp_audit_append(SvpStore *store, const json_t *entry, GError **error)
{
    char previous[SVP_AUDIT_HASH_LENGTH + 1];
    uint64_t number = read_head(store, previous) + 1;
    g_autofree char *key = g_strdup_printf("%012" G_GUINT64_FORMAT, number);
    json_t *numbered = json_copy((json_t *)(guintptr)entry);

    json_object_set_new(numbered, "number", json_integer((json_int_t)number));
    g_autofree char *hash = hash_of(previous, numbered);
    json_t *record = json_pack("{s:o, s:s}", "entry", numbered, "hash", hash);
    json_t *head = json_pack("{s:I, s:s}", "count", (json_int_t)number, "hash", hash);

    bool put_entry = put(store, SVP_AUDIT_COLLECTION, key, record, error);

    return put(store, SVP_AUDIT_HEAD_COLLECTION, HEAD_KEY, head, put_entry ? error : NULL) && put_entry;
}

/* --- Checking ------------------------------------------------------------------------------------------- */

typedef struct {
    SvpAuditState *state;
    const char *noted;
    char *broken; /* what is wrong; NULL: nothing so far */
} Check;

static bool check_entry(const char *key, json_t *record, void *data)
{
    Check *check = data;
    uint64_t number = check->state->n_entries + 1;
    g_autofree char *expected_key = g_strdup_printf("%012" G_GUINT64_FORMAT, number);
    const json_t *entry = json_object_get(record, "entry");
    const char *kept = json_string_value(json_object_get(record, "hash"));

    if (strcmp(key, expected_key) != 0) {
        check->broken = g_strdup_printf("entry %" G_GUINT64_FORMAT " is missing", number);
        return false;
    }
    g_autofree char *hash = json_is_object(entry) ? hash_of(check->state->head, entry) : g_strdup("");

    if (g_strcmp0(hash, kept) != 0 || json_object_size(record) != 2) {
        check->broken = g_strdup_printf("entry %" G_GUINT64_FORMAT " is not as it was written", number);
        return false;
    }
    check->state->n_entries = number;
    memcpy(check->state->head, hash, SVP_AUDIT_HASH_LENGTH);
    if (check->noted && g_ascii_strncasecmp(hash, check->noted, strlen(check->noted)) == 0)
        check->state->noted_at = number;
    return true;
}

/* The entries are whole; are they all? */
static char *compare_head(SvpStore *store, const SvpAuditState *state)
{
    char hash[SVP_AUDIT_HASH_LENGTH + 1];
    uint64_t count = read_head(store, hash);

    if (count == state->n_entries && strcmp(hash, state->head) == 0)
        return NULL;
    return g_strdup_printf(
        "it ends after entry %" G_GUINT64_FORMAT ", and its head says %" G_GUINT64_FORMAT, state->n_entries,
        count);
}

static bool is_hash(const char *text)
{
    size_t length = strlen(text);

    return length >= NOTED_LENGTH_MIN && length <= SVP_AUDIT_HASH_LENGTH &&
           strspn(text, "0123456789abcdefABCDEF") == length;
}

bool svp_audit_check(SvpStore *store, const char *noted, SvpAuditState *ret_state, GError **error)
{
    Check check = {.state = ret_state, .noted = noted};

    *ret_state = (SvpAuditState){0};
    zero_hash(ret_state->head);
    if (noted && !is_hash(noted)) {
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_AUDIT,
            "\"%s\" is no hash\nGive at least the first %u hexadecimal digits that VERIFY AUDIT printed",
            noted, NOTED_LENGTH_MIN);
        return false;
    }
    svp_store_foreach(store, SVP_AUDIT_COLLECTION, check_entry, &check);
    g_autofree char *broken = check.broken ? check.broken : compare_head(store, ret_state);

    if (!broken && noted && ret_state->noted_at == 0)
        broken = g_strdup_printf("no entry has the hash %s", noted);
    if (!broken)
        return true;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_AUDIT,
        "The audit has been tampered with: %s\nKeep a copy of the state directory, and find out who could "
        "write it",
        broken);
    return false;
}
