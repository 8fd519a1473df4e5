/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The operator log: who gave which command, when, and with what result.
 *
 * An entry is made before the command is carried out and completed afterwards, so the log is in the order in which the commands
 * were given, also where one command carries out others (RUN, when the time of a queued one has come). Nothing is ever
 * taken out.
 */
#include "svp/log.h"

#include "svp/message.h"

struct SvpLog {
    GPtrArray *entries; /* SvpLogEntry * */
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

SvpLog *svp_log_new(void)
{
    SvpLog *log = g_new0(SvpLog, 1);

    log->entries = g_ptr_array_new_with_free_func(entry_free);
    return log;
}

void svp_log_free(SvpLog *log)
{
    if (!log)
        return;
    g_ptr_array_unref(log->entries);
    g_free(log);
}

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

SvpLogEntry *svp_log_add(
    SvpLog *log, HvTime given_ns, const char *operator_name, const char *source, const char *command,
    const SvpCall *call)
{
    SvpLogEntry *entry = g_new0(SvpLogEntry, 1);

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
    g_ptr_array_add(log->entries, entry);
    return entry;
}

void svp_log_result(SvpLogEntry *entry, HvTime done_ns, const GError *error)
{
    entry->done_ns = done_ns;
    if (!error)
        return;
    g_autofree char *remedy = NULL;

    entry->ok = false;
    entry->id = svp_message_id(error->code);
    svp_message_split(error, &entry->reason, &remedy);
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
