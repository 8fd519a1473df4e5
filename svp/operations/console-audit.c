/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who is at the console: what his role allows, and that what he does is in the audit.
 *
 * A command is judged when it is given, also one that is to be carried out later; whoever could queue it need not be there then. It gets into
 * the audit when its result is known. If the audit cannot be written, the entries wait, and until they are there only commands that
 * look are carried out: nothing happens that is not written down.
 */
#include "svp/command-row.h"
#include "svp/console-private.h"
#include "svp/error.h"
#include "svp/message.h"
#include "svp/operations/audit.h"
#include "svp/operations/contingency.h"
#include "svp/operations/journal.h"
#include "svp/operations/role.h"
#include "svp/state-private.h"

static const char *user_of(const SvpConsole *console)
{
    return console->config.operator_name;
}

SvpRole svp_console_role(const SvpConsole *console)
{
    return svp_role_of(console->store, user_of(console), console->role);
}

const char *svp_console_machine_id(SvpConsole *console)
{
    if (!console->machine_id)
        console->machine_id = svp_contingency_machine_id(monitor_system_made_of(console->system));
    return console->machine_id;
}

/* An entry of the audit and, with it or not at all, of the operation journal. */
static bool write_one(SvpConsole *console, const json_t *pending, GError **error)
{
    const json_t *journal = json_object_get(pending, "journal");

    if (!svp_store_begin(console->store, error))
        return false;
    if (svp_audit_append(console->store, json_object_get(pending, "audit"), error) &&
        (!journal || svp_journal_append(console->store, svp_console_machine_id(console), journal, error)))
        return svp_store_commit(console->store, error);
    svp_store_rollback(console->store);
    return false;
}

/* Entries that could not be written before, first. */
static bool write_pending(SvpConsole *console, GError **error)
{
    while (json_array_size(console->unaudited) > 0) {
        if (!write_one(console, json_array_get(console->unaudited, 0), error))
            return false;
        json_array_remove(console->unaudited, 0);
    }
    return true;
}

/* What a contingency has to do as well: commands that change the machine and are carried out at one moment. */
static bool is_for_journal(const SvpCall *call)
{
    for (unsigned i = 0; i < call->n_values; i++)
        if (call->values[i].command) /* it gets there itself, when it is carried out */
            return false;
    return svp_state_durable(call) != SVP_DURABLE_NOTHING && svp_call_row(call)->run != svp_command_run;
}

bool svp_console_may(SvpConsole *console, const SvpCall *call, GError **error)
{
    SvpRole needed = svp_role_needed(call), role = svp_console_role(console);

    if (role < needed) {
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_ROLE, "%s needs the role %s; %s is %s\nAsk an administrator",
            call->path[0]->name, svp_role_name(needed), user_of(console), svp_role_name(role));
        return false;
    }
    return needed == SVP_ROLE_VIEWER || write_pending(console, error);
}

void svp_console_audit(SvpConsole *console, const SvpLogEntry *done, const SvpCall *call)
{
    g_autoptr(GError) error = NULL;
    json_t *entry = json_pack(
        "{s:I, s:I, s:s, s:s, s:s, s:b, s:b}", "at_ns", (json_int_t)done->given_ns, "done_ns",
        (json_int_t)done->done_ns, "by", done->operator_name, "source", done->source, "command",
        done->command, "modifies", (int)done->modifies, "ok", (int)done->ok);

    if (!done->ok) {
        json_object_set_new(entry, "id", json_string(done->id));
        json_object_set_new(entry, "reason", json_string(done->reason));
    }
    if (!console->own_store) {
        g_autoptr(GDateTime) now = g_date_time_new_now_utc();
        g_autofree char *utc = g_date_time_format_iso8601(now);

        json_object_set_new(entry, "utc", json_string(utc));
    }
    json_t *pending = json_pack("{s:o}", "audit", entry);

    if (call && is_for_journal(call))
        json_object_set_new(
            pending, "journal",
            json_pack(
                "{s:I, s:s, s:s, s:b}", "at_ns", (json_int_t)done->given_ns, "by", done->operator_name,
                "command", done->command, "ok", (int)done->ok));
    json_array_append_new(console->unaudited, pending);
    if (write_pending(console, &error))
        return;
    g_autofree char *text = svp_message_text(error);

    fprintf(console->config.err, "%s\n", text);
}

void svp_console_say_audit_head(const SvpConsole *console)
{
    SvpAuditState audit = svp_audit_head(console->store);

    if (audit.n_entries == 0)
        return;
    g_autofree char *note = svp_message_note(
        SVP_MESSAGE_AUDIT_HEAD, "The audit has %" G_GUINT64_FORMAT " entr%s; its head is %s", audit.n_entries,
        audit.n_entries == 1 ? "y" : "ies", audit.head);

    fprintf(console->config.err, "%s\n", note);
}

void svp_console_check_audit(SvpConsole *console)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *reason = NULL, *remedy = NULL;
    SvpAuditState state;

    if (svp_audit_check(console->store, NULL, &state, &error))
        return;
    svp_message_split(error, &reason, &remedy);
    g_autofree char *note = svp_message_note(SVP_MESSAGE_AUDIT_BROKEN, "%s", reason);

    fprintf(console->config.err, "%s\n", note);
}
