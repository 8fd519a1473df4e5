/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Receivers and entries of the operation journal, in the store.
 *
 * The text of a receiver is lines of JSON: a head with the machine, the receiver, its first and last entry and the hash of the receiver before;
 * the entries; and the SHA-256 of all lines before. It follows from the store alone, so it is the same whenever it is written, and the hash can
 * be kept when the receiver is closed.
 */
#include "svp/operations/journal.h"

#include "hv/digest.h"
#include "svp/error.h"

#include <stdlib.h>
#include <string.h>

#define COLLECTION_META      "journal"
#define COLLECTION_RECEIVERS "journal-receiver"
#define COLLECTION_ENTRIES   "journal-entry"
#define META_KEY             "state"
#define HASH_LENGTH          64u

static const char connected[] = "CONNECTED", online[] = "ONLINE", saved[] = "SAVED";

static uint64_t number_of(const json_t *record, const char *name)
{
    return (uint64_t)json_integer_value(json_object_get(record, name));
}

static bool put(SvpStore *store, const char *collection, const char *key, json_t *record, GError **error)
{
    bool done = svp_store_put(store, collection, key, record, error);

    json_decref(record);
    return done;
}

static char *entry_key(uint64_t number)
{
    return g_strdup_printf("%012" G_GUINT64_FORMAT, number);
}

char *svp_journal_receiver_name(unsigned number)
{
    return g_strdup_printf("JRN%05u", number);
}

/* --- State ---------------------------------------------------------------------------------------------- */

SvpJournalState svp_journal_state(SvpStore *store)
{
    json_t *meta = svp_store_get(store, COLLECTION_META, META_KEY);
    SvpJournalState state = {
        .last = number_of(meta, "last"),
        .receiver = (unsigned)number_of(meta, "receiver"),
        .size = meta ? number_of(meta, "size") : SVP_JOURNAL_SIZE,
    };

    json_decref(meta);
    return state;
}

static bool put_state(SvpStore *store, const SvpJournalState *state, GError **error)
{
    return put(
        store, COLLECTION_META, META_KEY,
        json_pack(
            "{s:I, s:I, s:I}", "last", (json_int_t)state->last, "receiver", (json_int_t)state->receiver,
            "size", (json_int_t)state->size),
        error);
}

bool svp_journal_set_size(SvpStore *store, uint64_t size, GError **error)
{
    SvpJournalState state = svp_journal_state(store);

    state.size = size;
    return put_state(store, &state, error);
}

/* --- Receivers ------------------------------------------------------------------------------------------ */

static json_t *receiver_record(SvpStore *store, unsigned number)
{
    g_autofree char *name = svp_journal_receiver_name(number);

    return svp_store_get(store, COLLECTION_RECEIVERS, name);
}

static bool has_state(const json_t *record, const char *state)
{
    return g_strcmp0(json_string_value(json_object_get(record, "state")), state) == 0;
}

static bool add_receiver(const char *key, json_t *record, void *data)
{
    json_t *shown = json_pack("{s:s}", "receiver", key);

    json_object_update(shown, record);
    json_array_append_new(data, shown);
    return true;
}

json_t *svp_journal_receivers(SvpStore *store)
{
    json_t *receivers = json_array();

    svp_store_foreach(store, COLLECTION_RECEIVERS, add_receiver, receivers);
    return receivers;
}

static void append_line(GString *text, const json_t *object)
{
    char *line = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);

    g_string_append(text, line);
    g_string_append_c(text, '\n');
    free(line);
}

/* Head and entries; the hash of them closes the text. */
static char *
text_without_hash(SvpStore *store, const char *machine, const char *receiver, const json_t *record)
{
    GString *text = g_string_new(NULL);
    json_t *head = json_pack(
        "{s:i, s:s, s:s, s:O, s:O, s:O}", "lparsim-journal", 1, "machine", machine, "receiver", receiver,
        "first", json_object_get(record, "first"), "last", json_object_get(record, "last"), "previous",
        json_object_get(record, "previous"));

    append_line(text, head);
    json_decref(head);
    for (uint64_t i = number_of(record, "first"); i <= number_of(record, "last"); i++) {
        g_autofree char *key = entry_key(i);
        json_t *entry = svp_store_get(store, COLLECTION_ENTRIES, key);

        append_line(text, entry);
        json_decref(entry);
    }
    return g_string_free(text, FALSE);
}

/* Closes the receiver that is CONNECTED. */
static bool close_receiver(SvpStore *store, const char *machine, const SvpJournalState *state, GError **error)
{
    g_autofree char *name = svp_journal_receiver_name(state->receiver);
    json_t *record = receiver_record(store, state->receiver);

    json_object_set_new(record, "last", json_integer((json_int_t)state->last));
    g_autofree char *text = text_without_hash(store, machine, name, record);
    g_autofree char *hash = hv_digest_of(text, strlen(text));

    json_object_set_new(record, "state", json_string(online));
    json_object_set_new(record, "sha256", json_string(hash));
    return put(store, COLLECTION_RECEIVERS, name, record, error);
}

static bool connect_receiver(SvpStore *store, SvpJournalState *state, GError **error)
{
    json_t *before = receiver_record(store, state->receiver);
    const char *hash = json_string_value(json_object_get(before, "sha256"));
    g_autofree char *none = g_strnfill(HASH_LENGTH, '0');
    g_autofree char *name = svp_journal_receiver_name(++state->receiver);
    json_t *record = json_pack(
        "{s:s, s:I, s:I, s:s}", "state", connected, "first", (json_int_t)state->last + 1, "last",
        (json_int_t)state->last, "previous", hash ? hash : none);

    json_decref(before);
    return put(store, COLLECTION_RECEIVERS, name, record, error);
}

/* --- Entries -------------------------------------------------------------------------------------------- */

bool svp_journal_append(SvpStore *store, const char *machine, const json_t *entry, GError **error)
{
    SvpJournalState state = svp_journal_state(store);
    HvTime at_ns = (HvTime)number_of(entry, "at_ns");
    json_t *receiver = receiver_record(store, state.receiver);
    bool is_open = has_state(receiver, connected);
    bool is_full = is_open && state.last + 1 - number_of(receiver, "first") >= state.size;

    json_decref(receiver);
    if (is_full && !close_receiver(store, machine, &state, error))
        return false;
    if ((is_full || !is_open) && !connect_receiver(store, &state, error))
        return false;
    g_autofree char *key = entry_key(++state.last), *name = svp_journal_receiver_name(state.receiver);
    json_t *numbered = json_copy((json_t *)(guintptr)entry), *record = receiver_record(store, state.receiver);

    json_object_set_new(numbered, "number", json_integer((json_int_t)state.last));
    json_object_set_new(record, "last", json_integer((json_int_t)state.last));
    if (number_of(record, "first") == state.last)
        json_object_set_new(record, "first_ns", json_integer((json_int_t)at_ns));
    json_object_set_new(record, "last_ns", json_integer((json_int_t)at_ns));
    bool put_entry = put(store, COLLECTION_ENTRIES, key, numbered, error);

    return put(store, COLLECTION_RECEIVERS, name, record, put_entry ? error : NULL) && put_entry &&
           put_state(store, &state, error);
}

static bool change(SvpStore *store, const char *machine, SvpJournalState *state, GError **error)
{
    return close_receiver(store, machine, state, error) && connect_receiver(store, state, error) &&
           put_state(store, state, error);
}

bool svp_journal_change(SvpStore *store, const char *machine, GError **error)
{
    SvpJournalState state = svp_journal_state(store);
    json_t *record = receiver_record(store, state.receiver);
    bool has_entries = record && number_of(record, "first") <= state.last;

    json_decref(record);
    if (!has_entries) {
        g_set_error_literal(
            error, SVP_ERROR, SVP_ERROR_JOURNAL,
            "The receiver that is CONNECTED has no entry\nThere is nothing to save yet");
        return false;
    }
    if (!svp_store_begin(store, error))
        return false;
    if (change(store, machine, &state, error))
        return svp_store_commit(store, error);
    svp_store_rollback(store);
    return false;
}

/* --- Saving and deleting -------------------------------------------------------------------------------- */

static json_t *find_receiver(SvpStore *store, const char *receiver, GError **error)
{
    json_t *record = svp_store_get(store, COLLECTION_RECEIVERS, receiver);

    if (!record)
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_JOURNAL, "There is no receiver %s\nDISPLAY JOURNAL lists them",
            receiver);
    return record;
}

char *svp_journal_text(SvpStore *store, const char *machine, const char *receiver, GError **error)
{
    json_t *record = find_receiver(store, receiver, error);
    const char *hash = json_string_value(json_object_get(record, "sha256"));
    char *text = NULL;

    if (record && !hash)
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_JOURNAL,
            "Receiver %s is CONNECTED: it is still written\nGive CHANGE JOURNAL first", receiver);
    if (hash) {
        g_autofree char *lines = text_without_hash(store, machine, receiver, record);
        g_autofree char *found = hv_digest_of(lines, strlen(lines));

        if (strcmp(found, hash) == 0)
            text = g_strdup_printf("%s{\"sha256\":\"%s\"}\n", lines, hash);
        else
            g_set_error(
                error, SVP_ERROR, SVP_ERROR_JOURNAL,
                "The entries of receiver %s are not those that were written\nFind out who could write the "
                "state directory; VERIFY AUDIT says more",
                receiver);
    }
    json_decref(record);
    return text;
}

bool svp_journal_set_saved(SvpStore *store, const char *receiver, const char *path, GError **error)
{
    json_t *record = find_receiver(store, receiver, error);

    if (!record)
        return false;
    json_object_set_new(record, "state", json_string(saved));
    json_object_set_new(record, "path", json_string(path));
    return put(store, COLLECTION_RECEIVERS, receiver, record, error);
}

static bool first_name(const char *key, json_t *record, void *data)
{
    (void)record;
    *(char **)data = g_strdup(key);
    return false;
}

static bool
may_delete(SvpStore *store, const char *receiver, const json_t *record, uint64_t applied, GError **error)
{
    g_autofree char *oldest = NULL;

    svp_store_foreach(store, COLLECTION_RECEIVERS, first_name, &oldest);
    if (!has_state(record, saved))
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_JOURNAL, "Receiver %s is %s, not SAVED\nGive SAVE JOURNAL first",
            receiver, json_string_value(json_object_get(record, "state")));
    else if (applied < number_of(record, "last"))
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_JOURNAL,
            "Receiver %s ends with entry %" G_GUINT64_FORMAT
            ", and the contingency has applied %" G_GUINT64_FORMAT "\nGive APPLY JOURNAL first",
            receiver, number_of(record, "last"), applied);
    else if (g_strcmp0(oldest, receiver) != 0)
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_JOURNAL, "Receiver %s is older than %s\nDelete that first", oldest,
            receiver);
    else
        return true;
    return false;
}

static bool delete_entries(SvpStore *store, const json_t *record, GError **error)
{
    for (uint64_t i = number_of(record, "first"); i <= number_of(record, "last"); i++) {
        g_autofree char *key = entry_key(i);

        if (!svp_store_delete(store, COLLECTION_ENTRIES, key, error))
            return false;
    }
    return true;
}

bool svp_journal_delete(SvpStore *store, const char *receiver, uint64_t applied, GError **error)
{
    json_t *record = find_receiver(store, receiver, error);
    bool allowed = record && may_delete(store, receiver, record, applied, error) &&
                   svp_store_begin(store, error);
    bool done = allowed && delete_entries(store, record, error) &&
                svp_store_delete(store, COLLECTION_RECEIVERS, receiver, error);

    json_decref(record);
    if (done)
        return svp_store_commit(store, error);
    if (allowed)
        svp_store_rollback(store);
    return false;
}
