/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The operator log: who gave which command, when, and with what result.
 *
 * An entry is made before the command is carried out and completed afterwards, so the log is in the order in which the commands
 * were given, also where one command carries out others (RUN, when the time of a queued one has come). Nothing is ever
 * taken out.
 *
 * With a store each entry is a record of the collection "log", by its sequence number, written when it is complete.
 */
#include "svp/log.h"

#include "svp/message.h"

#define LOG_COLLECTION "log"

struct SvpLog {
    GPtrArray *entries;   /* SvpLogEntry *, by sequence */
    SvpStore *store;      /* NULL: none */
    GPtrArray *unwritten; /* SvpLogEntry *: complete, and not in the store; the entries' */
    uint64_t sequence;    /* the last */
};

static void entry_free(gpointer data)
{
    SvpLogEntry *entry = data;

    g_free(entry->operator_name);
    g_free(entry->source);
    g_free(entry->command);
    g_free(entry->id);
    g_free(entry->reason);
    g_array_unref(entry->lpars);
    g_free(entry);
}

/* --- Records -------------------------------------------------------------------------------------------- */

static char *entry_key(uint64_t sequence)
{
    return g_strdup_printf("%012" G_GUINT64_FORMAT, sequence);
}

/* Moments as they are: JSON's integers have 64 bits here. */
static json_t *entry_record(const SvpLogEntry *entry)
{
    json_t *record = json_object(), *lpars = json_array();

    json_object_set_new(record, "given_ns", json_integer((json_int_t)entry->given_ns));
    json_object_set_new(record, "done_ns", json_integer((json_int_t)entry->done_ns));
    json_object_set_new(record, "by", json_string(entry->operator_name));
    json_object_set_new(record, "source", json_string(entry->source));
    json_object_set_new(record, "command", json_string(entry->command));
    json_object_set_new(record, "modifies", json_boolean(entry->modifies));
    json_object_set_new(record, "ok", json_boolean(entry->ok));
    if (entry->id)
        json_object_set_new(record, "id", json_string(entry->id));
    if (entry->reason)
        json_object_set_new(record, "reason", json_string(entry->reason));
    for (unsigned i = 0; i < entry->lpars->len; i++)
        json_array_append_new(lpars, json_integer(g_array_index(entry->lpars, unsigned, i)));
    json_object_set_new(record, "lpars", lpars);
    return record;
}

static char *text_of(const json_t *record, const char *name)
{
    return g_strdup(json_string_value(json_object_get(record, name)));
}

static HvTime moment_of(const json_t *record, const char *name)
{
    return (HvTime)json_integer_value(json_object_get(record, name));
}

static bool add_record(const char *key, json_t *record, void *data)
{
    SvpLog *log = data;
    SvpLogEntry *entry = g_new0(SvpLogEntry, 1);
    const json_t *lpars = json_object_get(record, "lpars");

    entry->sequence = g_ascii_strtoull(key, NULL, 10);
    entry->given_ns = moment_of(record, "given_ns");
    entry->done_ns = moment_of(record, "done_ns");
    entry->operator_name = text_of(record, "by");
    entry->source = text_of(record, "source");
    entry->command = text_of(record, "command");
    entry->modifies = json_is_true(json_object_get(record, "modifies"));
    entry->ok = json_is_true(json_object_get(record, "ok"));
    entry->id = text_of(record, "id");
    entry->reason = text_of(record, "reason");
    entry->lpars = g_array_new(FALSE, FALSE, sizeof(unsigned));
    for (size_t i = 0; i < json_array_size(lpars); i++) {
        unsigned lpar = (unsigned)json_integer_value(json_array_get(lpars, i));

        g_array_append_val(entry->lpars, lpar);
    }
    g_ptr_array_add(log->entries, entry);
    log->sequence = MAX(log->sequence, entry->sequence);
    return true;
}

static bool put_entry(SvpLog *log, const SvpLogEntry *entry)
{
    g_autofree char *key = entry_key(entry->sequence);
    json_t *record = entry_record(entry);
    bool put = svp_store_put(log->store, LOG_COLLECTION, key, record, NULL);

    json_decref(record);
    return put;
}

/* In one transaction: one sync of the disk. */
static void write_entries(SvpLog *log)
{
    bool ok = svp_store_begin(log->store, NULL);

    if (!ok)
        return;
    for (unsigned i = 0; ok && i < log->unwritten->len; i++)
        ok = put_entry(log, g_ptr_array_index(log->unwritten, i));
    if (!ok)
        svp_store_rollback(log->store);
    else if (svp_store_commit(log->store, NULL))
        g_ptr_array_set_size(log->unwritten, 0);
}

SvpLog *svp_log_new(SvpStore *store)
{
    SvpLog *log = g_new0(SvpLog, 1);

    log->entries = g_ptr_array_new_with_free_func(entry_free);
    log->unwritten = g_ptr_array_new();
    log->store = store;
    if (store)
        svp_store_foreach(store, LOG_COLLECTION, add_record, log);
    return log;
}

void svp_log_free(SvpLog *log)
{
    if (!log)
        return;
    g_ptr_array_unref(log->unwritten);
    g_ptr_array_unref(log->entries);
    g_free(log);
}

/* --- Entries -------------------------------------------------------------------------------------------- */

/* The LPARs that the call names, and the call inside it. */
static void collect_lpars(GArray *lpars, const SvpCall *call)
{
    for (unsigned i = 0; i < call->n_values; i++) {
        if (call->values[i].lpar > 0)
            g_array_append_val(lpars, call->values[i].lpar);
        if (call->values[i].command)
            collect_lpars(lpars, call->values[i].command);
    }
}

static bool call_modifies(const SvpCall *call)
{
    bool modifies = svp_call_row(call)->modifies && !svp_call_word(call, "PLAN");

    for (unsigned i = 0; i < call->n_values; i++)
        modifies = modifies || (call->values[i].command && call_modifies(call->values[i].command));
    return modifies;
}

/* In its place by sequence, which is the last one nearly always. */
static void insert_entry(SvpLog *log, SvpLogEntry *entry)
{
    unsigned at = log->entries->len;

    while (at > 0 && svp_log_entry(log, at - 1)->sequence > entry->sequence)
        at--;
    g_ptr_array_insert(log->entries, (gint)at, entry);
    log->sequence = MAX(log->sequence, entry->sequence);
}

SvpLogEntry *svp_log_add(
    SvpLog *log, HvTime given_ns, const char *operator_name, const char *source, const char *command,
    const SvpCall *call)
{
    return svp_log_add_at(log, log->sequence + 1, given_ns, operator_name, source, command, call);
}

SvpLogEntry *svp_log_add_at(
    SvpLog *log, uint64_t sequence, HvTime given_ns, const char *operator_name, const char *source,
    const char *command, const SvpCall *call)
{
    SvpLogEntry *entry = g_new0(SvpLogEntry, 1);

    entry->sequence = sequence;
    entry->given_ns = entry->done_ns = given_ns;
    entry->operator_name = g_strdup(operator_name);
    entry->source = g_strdup(source);
    entry->command = g_strdup(command);
    entry->lpars = g_array_new(FALSE, FALSE, sizeof(unsigned));
    entry->ok = true;
    if (call) {
        collect_lpars(entry->lpars, call);
        entry->modifies = call_modifies(call);
    }
    insert_entry(log, entry);
    return entry;
}

static void note_refusal(SvpLogEntry *entry, const GError *error)
{
    g_autofree char *remedy = NULL;

    entry->ok = false;
    entry->id = svp_message_id(error->code);
    svp_message_split(error, &entry->reason, &remedy);
}

void svp_log_result(SvpLog *log, SvpLogEntry *entry, HvTime done_ns, const GError *error)
{
    entry->done_ns = done_ns;
    if (error)
        note_refusal(entry, error);
    if (!log->store)
        return;
    g_ptr_array_add(log->unwritten, entry);
    write_entries(log);
}

bool svp_log_has(const SvpLog *log, uint64_t sequence)
{
    for (unsigned i = log->entries->len; i > 0; i--)
        if (svp_log_entry(log, i - 1)->sequence == sequence)
            return true;
    return false;
}

unsigned svp_log_length(const SvpLog *log)
{
    return log->entries->len;
}

const SvpLogEntry *svp_log_entry(const SvpLog *log, unsigned index)
{
    return g_ptr_array_index(log->entries, index);
}

bool svp_log_entry_names(const SvpLogEntry *entry, unsigned lpar)
{
    for (unsigned i = 0; i < entry->lpars->len; i++)
        if (g_array_index(entry->lpars, unsigned, i) == lpar)
            return true;
    return false;
}
