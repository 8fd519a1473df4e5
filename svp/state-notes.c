/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the next start says it has found, for an operator who has been called at night: where the machine is, whether the last session ended in
 * order, what became of the command that was under way, what is still to come, and what is to be done now.
 *
 * One sentence each, with the number of its kind; the first says where the machine is.
 */
#include "svp/console-private.h"
#include "svp/state-private.h"

#include "svp/message.h"
#include "svp/output.h"

void svp_state_note(GPtrArray *notes, int id, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_ptr_array_add(notes, svp_message_note(id, "%s", text));
}

const char *svp_state_entry_command(const ResmgrEntry *entry)
{
    return entry->kind == RESMGR_ENTRY_POWER_ON ? "Power on" : entry->text;
}

void svp_state_note_log(const SvpState *state, GPtrArray *notes)
{
    if (state->log_is_new)
        svp_state_note(
            notes, SVP_MESSAGE_LOG_NEW,
            "%s/" SVP_STORE_FILE " was not there: operator log, jobs and policies begin anew",
            state->directory);
}

/* Commands of the log, and not how far the clock has come. */
static unsigned count_commands(const GPtrArray *entries)
{
    unsigned n = 0;

    for (unsigned i = 0; i < entries->len; i++)
        n += ((const ResmgrEntry *)g_ptr_array_index(entries, i))->kind != RESMGR_ENTRY_ADVANCE;
    return n;
}

void svp_state_note_found(
    const SvpState *state, GPtrArray *notes, const GPtrArray *entries, HvTime checkpoint_ns)
{
    g_autofree char *now = svp_text_seconds(monitor_system_now(state->system));
    g_autofree char *from = svp_text_seconds(checkpoint_ns);
    unsigned n = count_commands(entries);

    if (entries->len > 0)
        svp_state_note(
            notes, SVP_MESSAGE_STATE,
            "The state directory %s: the last session ended without a checkpoint, as in a crash; what it had "
            "done since %s (%u "
            "command%s) has been done again, and the machine goes on at %s",
            state->directory, from, n, n == 1 ? "" : "s", now);
    else if (monitor_system_now(state->system) > 0)
        svp_state_note(
            notes, SVP_MESSAGE_STATE,
            "The state directory %s: the last session ended in order, and the machine goes on at %s",
            state->directory, now);
}

void svp_state_note_queue(const SvpState *state, GPtrArray *notes)
{
    unsigned n = state->console->queued->len;

    if (n == 0)
        return;
    g_autofree char *due = svp_text_seconds(svp_console_next_due(state->console));

    svp_state_note(
        notes, SVP_MESSAGE_STATE, "%u command%s that AT has queued %s still to come, the first at %s", n,
        n == 1 ? "" : "s", n == 1 ? "is" : "are", due);
}

void svp_state_note_rolled_back(GPtrArray *notes, const ResmgrEntry *entry)
{
    g_autofree char *at = svp_text_seconds(entry->at_ns);

    svp_state_note(
        notes, SVP_MESSAGE_ROLLED_BACK,
        "%s was under way at %s, %s%s, when the program ended, and had not reached its commit point: it is "
        "rolled back, and everything is as before; give it again if it is still wanted",
        svp_state_entry_command(entry), at, entry->step ? "behind step " : "in its first step",
        entry->step ? entry->step : "");
}

void svp_state_note_completed(GPtrArray *notes, const ResmgrEntry *entry, const char *refused)
{
    g_autofree char *at = svp_text_seconds(entry->at_ns);

    svp_state_note(
        notes, SVP_MESSAGE_COMPLETED,
        "%s was under way at %s when the program ended, and was committed: %s%s",
        svp_state_entry_command(entry), at,
        refused ? "done again it was refused: " : "it is completed, and nothing has to be done",
        refused ? refused : "");
}

static void note_real_under_way(GPtrArray *notes, const ResmgrEntry *last)
{
    bool committed = last->status == RESMGR_ENTRY_COMMITTED && last->step;
    const char *outcome = "; whether its guest has done it, DISPLAY LPAR shows";

    if (committed)
        outcome = ", behind the commit point: it is completed";
    else if (last->step)
        outcome = ", before the commit point: it is rolled back; give it again if it is still wanted";
    svp_state_note(
        notes, committed ? SVP_MESSAGE_COMPLETED : SVP_MESSAGE_ROLLED_BACK,
        "%s was under way when the program ended%s%s%s", svp_state_entry_command(last),
        last->step ? ", behind step " : "", last->step ? last->step : "", outcome);
}

void svp_state_note_real(const SvpState *state, GPtrArray *notes, const ResmgrEntry *last)
{
    svp_state_note(
        notes, SVP_MESSAGE_STATE,
        "The state directory %s: the LPARs have what they had; the clock begins anew", state->directory);
    if (last && (last->status == RESMGR_ENTRY_BEGUN || last->status == RESMGR_ENTRY_COMMITTED))
        note_real_under_way(notes, last);
}

void svp_state_note_guests_lost(GPtrArray *notes, const GError *error)
{
    g_autofree char *reason = NULL, *remedy = NULL;

    svp_message_split(error, &reason, &remedy);
    svp_state_note(
        notes, SVP_MESSAGE_CHECKPOINT, "Simulated guests begin anew, when they are activated: %s", reason);
}
