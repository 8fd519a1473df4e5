/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a session records of what it does, so that nothing of it is lost.
 *
 * A command whose text is its record (TEXT) counts from the record on, which is made before it is carried out: if that cannot be written,
 * the command is refused and nothing has changed. INTEG (TRANSACTION) counts from the record that the monitor asks for at its commit point.
 * One that cannot be done again (CHECKPOINT) counts when the checkpoint behind it is on the disk. RUN records how far the clock has come,
 * about once a second and at its end.
 */
#include "svp/console-private.h"
#include "svp/state-private.h"

#include "hv/error.h"
#include "svp/error.h"
#include "svp/message.h"

#define ADVANCE_EVERY_US G_USEC_PER_SEC

SvpDurable svp_state_durable(const SvpCall *call)
{
    const SvpCommandRow *row = svp_call_row(call);

    if (row->plannable && svp_call_word(call, "PLAN"))
        return SVP_DURABLE_NOTHING;
    if (row->durable != SVP_DURABLE_BY_DEFAULT)
        return row->durable;
    return row->modifies ? SVP_DURABLE_TEXT : SVP_DURABLE_NOTHING;
}

/* The clock has to be recorded for a record of anything at its present time; the entry itself does that. */
static bool begin_entry(SvpState *state, ResmgrEntry *entry, SvpDurable durable, GError **error)
{
    if (state->checkpoint_owed && !svp_state_checkpoint(state, error))
        return false;
    entry->status = durable == SVP_DURABLE_TEXT ? RESMGR_ENTRY_COMMITTED : RESMGR_ENTRY_BEGUN;
    entry->at_ns = monitor_system_now(state->system);
    if (!resmgr_journal_begin(state->journal, entry, error))
        return false;
    state->under_way = durable;
    state->recording = true;
    state->changed = true;
    state->commit_refused = false;
    return true;
}

bool svp_state_begin(
    SvpState *state, const SvpCall *call, const char *source, HvTime due_ns, uint64_t log_sequence,
    GError **error)
{
    SvpDurable durable = svp_state_durable(call);

    /* One that was queued has left the queue, which is recorded whatever it is. */
    if (!state || (durable == SVP_DURABLE_NOTHING && due_ns == HV_TIME_NEVER))
        return true;
    char *text = g_strdup(call->text), *from = g_strdup(source);
    ResmgrEntry entry = {
        .kind = RESMGR_ENTRY_COMMAND,
        .due_ns = due_ns,
        .text = text,
        .source = from,
        .log_sequence = log_sequence,
    };
    bool begun = begin_entry(state, &entry, durable, error);

    if (begun && state->real && due_ns != HV_TIME_NEVER)
        svp_state_write_queue(state, NULL); /* else it is written with its next change; the entry is there */

    g_free(text);
    g_free(from);
    return begun;
}

bool svp_state_begin_power_on(SvpState *state, GError **error)
{
    ResmgrEntry entry = {.kind = RESMGR_ENTRY_POWER_ON, .due_ns = HV_TIME_NEVER};

    return !state || begin_entry(state, &entry, SVP_DURABLE_TEXT, error);
}

/*
 * The operator has not confirmed, a job is in the way, a database cannot be written: done again, nothing of that would refuse it. The machine
 * has not been touched by then.
 */
static bool is_from_outside(const GError *refused)
{
    return refused->domain == SVP_ERROR ||
           (refused->domain == HV_ERROR && refused->code >= HV_ERROR_DATABASE &&
            refused->code <= HV_ERROR_DATABASE_DAMAGED);
}

bool svp_state_end(SvpState *state, const GError *refused, GError **error)
{
    if (!state || !state->recording)
        return true;
    bool by_checkpoint = state->under_way == SVP_DURABLE_CHECKPOINT && !refused;
    g_autofree char *reason = NULL, *remedy = NULL;

    state->under_way = SVP_DURABLE_NOTHING;
    state->recording = false;
    if (by_checkpoint) {
        state->checkpoint_owed = true;
        return svp_state_checkpoint(state, error);
    }
    if (refused)
        svp_message_split(refused, &reason, &remedy);
    if (refused && is_from_outside(refused)) {
        resmgr_journal_dismiss(
            state->journal, monitor_system_now(state->system), monitor_system_state(state->system), reason);
        return true;
    }
    resmgr_journal_end(
        state->journal, monitor_system_now(state->system), monitor_system_state(state->system), reason,
        state->commit_refused);
    return !state->real || svp_state_write_queue(state, error);
}

bool svp_state_advance(SvpState *state, bool at_once, GError **error)
{
    gint64 now_us = g_get_monotonic_time();

    if (state && state->checkpoint_owed) /* what is recorded now would stand behind what is not */
        return svp_state_checkpoint(state, error);
    if (!state || state->real || (!at_once && now_us - state->advanced_us < ADVANCE_EVERY_US))
        return true;
    state->advanced_us = now_us;
    state->changed = true;
    return resmgr_journal_advance(state->journal, monitor_system_now(state->system), error);
}

bool svp_state_close(SvpState *state, GError **error)
{
    /* Simulated guests beside real ones have gone on, whatever has been recorded. */
    bool worth = state && (state->changed || state->checkpoint_owed || state->real);

    return !worth || svp_state_checkpoint(state, error);
}
