/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The next start: what the journal has recorded is done again, so that the machine is where it was.
 *
 *     last entry   DONE, FAILED, an ADVANCE      nothing was under way
 *                  BEGUN                         rolled back: it is not done again
 *                  COMMITTED                     completed: it is done again, to its end
 *
 * Commands are done again without printing anything and without asking anybody. Whether the result is what was recorded is checked as far
 * as something was: a command that was refused is refused again, an INTEG comes to the recorded assignment at its commit point, and the
 * assignment is the recorded one after the entry for which it was. What differs is an error, and nothing has been written by then: the
 * machine file's inputs have changed, or this program computes something else than the one before.
 */
#include "monitor/journal.h"
#include "svp/console-private.h"
#include "svp/state-private.h"

#include "svp/error.h"
#include "svp/message.h"
#include "svp/output.h"

#include <string.h>

/* --- The monitor's journal ------------------------------------------------------------------------------ */

/* The assignment is the recorded one. */
static bool is_as_recorded(SvpState *state, const ResmgrState *now, GError **error)
{
    g_autoptr(ResmgrState) recorded = resmgr_journal_state(state->journal, now, error);

    return recorded && resmgr_state_equal(recorded, now);
}

static void record_step(void *data, const char *step, HvTime at_ns, unsigned lpar, const char *text)
{
    SvpState *state = data;

    if (!state->redone && state->under_way == SVP_DURABLE_TRANSACTION)
        resmgr_journal_step(state->journal, step, at_ns, lpar, text);
}

static bool record_commit(void *data, const ResmgrState *after, GError **error)
{
    SvpState *state = data;

    if (state->redone) {
        bool is_recorded = state->redone->id == state->recorded_id &&
                           state->redone->status == RESMGR_ENTRY_COMMITTED;

        state->differs = is_recorded && !is_as_recorded(state, after, NULL);
        return true;
    }
    if (state->under_way != SVP_DURABLE_TRANSACTION) /* a checkpoint is its record */
        return true;
    state->commit_refused = !resmgr_journal_commit(state->journal, after, error);
    return !state->commit_refused;
}

static const MonitorJournalOps state_journal_ops = {.step = record_step, .commit = record_commit};

void svp_state_listen(SvpState *state)
{
    monitor_system_set_journal(state->system, &state_journal_ops, state);
}

/* --- Doing one entry again ------------------------------------------------------------------------------ */

static bool refuse(const SvpState *state, const ResmgrEntry *entry, GError **error, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

static bool refuse(const SvpState *state, const ResmgrEntry *entry, GError **error, const char *format, ...)
{
    g_autofree char *at = svp_text_seconds(entry->at_ns);
    va_list arguments;

    va_start(arguments, format);
    g_autofree char *why = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error(
        error, RESMGR_ERROR, RESMGR_ERROR_REDO,
        "%s: entry %" G_GINT64_FORMAT
        " of the journal (%s at %s), done again, %s\nUse the version of the program "
        "that wrote it, with the same input files; SAVE STATE there makes a checkpoint",
        state->directory, entry->id, entry->text ? entry->text : "power on", at, why);
    return false;
}

/* A queued command leaves the queue whatever becomes of it. */
static bool take_from_queue(SvpState *state, const ResmgrEntry *entry, GError **error)
{
    if (entry->due_ns == HV_TIME_NEVER)
        return true;
    if (svp_console_next_due(state->console) != entry->due_ns)
        return refuse(state, entry, error, "is not the next one that AT has queued");
    g_autoptr(SvpQueued) queued = svp_console_take_next(state->console);

    return strcmp(queued->call->text, entry->text) == 0 ||
           refuse(state, entry, error, "is not the next one that AT has queued");
}

/* Carries the command out again; *ret_refused: it was refused. */
static bool redo_command(SvpState *state, const ResmgrEntry *entry, GError **ret_refused, GError **error)
{
    SvpConsole *console = state->console;
    g_autoptr(SvpCall) call = svp_command_parse(svp_console_state(console), entry->text, NULL, ret_refused);
    SvpResult result = {0};

    if (!call)
        return refuse(state, entry, error, "is not understood");
    if (entry->commit_refused)
        monitor_system_set_fault(state->system, "203.commit", NULL);
    result.json = json_object();
    console->source = entry->source;
    console->redoing = true;
    bool ok = svp_call_row(call)->run(console, call, &result, ret_refused);

    console->redoing = false;
    json_decref(result.json);
    console->operator_brings_up = console->operator_brings_up || (ok && svp_call_row(call)->brings_up);
    return true;
}

static bool redo_power_on(SvpState *state, GError **ret_refused)
{
    state->console->operator_brings_up = true;
    return monitor_system_power_on(state->system, ret_refused);
}

static bool check_outcome(SvpState *state, const ResmgrEntry *entry, const GError *refused, GError **error)
{
    bool is_recorded = entry->id == state->recorded_id && entry->status != RESMGR_ENTRY_COMMITTED;
    g_autoptr(GError) why = NULL;

    if (entry->status == RESMGR_ENTRY_DONE && refused)
        return refuse(state, entry, error, "is refused: %s", refused->message);
    if (entry->status == RESMGR_ENTRY_FAILED && !refused)
        return refuse(state, entry, error, "is not refused");
    if (state->differs || (is_recorded && !is_as_recorded(state, monitor_system_state(state->system), &why)))
        return refuse(
            state, entry, error, "comes to another assignment%s%s", why ? ": " : "", why ? why->message : "");
    if (entry->status != RESMGR_ENTRY_COMMITTED && monitor_system_now(state->system) != entry->ended_ns)
        return refuse(state, entry, error, "takes another time");
    return true;
}

static bool advance_to(SvpState *state, const ResmgrEntry *entry, GError **error)
{
    HvTime now = monitor_system_now(state->system);

    if (entry->at_ns < now)
        return refuse(state, entry, error, "comes too late");
    return entry->at_ns == now || monitor_system_run(state->system, entry->at_ns - now, error);
}

/*
 * Not what was rolled back; nor a queued command that others keep the effect of, whose entry only says that it has left the queue; nor one that
 * cannot be done again and was refused.
 */
static bool is_done_again(const SvpState *state, const ResmgrEntry *entry)
{
    if (entry->kind != RESMGR_ENTRY_COMMAND || entry->status == RESMGR_ENTRY_ROLLED_BACK ||
        entry->status == RESMGR_ENTRY_BEGUN)
        return entry->kind == RESMGR_ENTRY_POWER_ON;
    g_autoptr(SvpCall) call = svp_command_parse(svp_console_state(state->console), entry->text, NULL, NULL);
    SvpDurable durable = call ? svp_state_durable(call) : SVP_DURABLE_TEXT;

    return durable != SVP_DURABLE_NOTHING &&
           !(durable == SVP_DURABLE_CHECKPOINT && entry->status == RESMGR_ENTRY_FAILED);
}

/* *ret_refused: how a command that was committed has ended now. */
static bool redo_entry(SvpState *state, const ResmgrEntry *entry, GError **ret_refused, GError **error)
{
    if (!advance_to(state, entry, error) || !take_from_queue(state, entry, error))
        return false;
    if (!is_done_again(state, entry))
        return true;
    state->redone = entry;
    if (entry->kind == RESMGR_ENTRY_POWER_ON)
        redo_power_on(state, ret_refused);
    else if (!redo_command(state, entry, ret_refused, error)) {
        state->redone = NULL;
        return false;
    }
    bool same = check_outcome(state, entry, *ret_refused, error);

    state->redone = NULL;
    return same;
}

/* --- All of them ---------------------------------------------------------------------------------------- */

static bool redo_all(SvpState *state, const GPtrArray *entries, GError **ret_refused, GError **error)
{
    for (unsigned i = 0; i < entries->len; i++) {
        g_clear_error(ret_refused);
        if (!redo_entry(state, g_ptr_array_index(entries, i), ret_refused, error))
            return false;
    }
    return true;
}

static bool roll_back(SvpState *state, const ResmgrEntry *entry, GPtrArray *notes, GError **error)
{
    if (!resmgr_journal_roll_back(state->journal, entry, error))
        return false;
    svp_state_note_rolled_back(notes, entry);
    return true;
}

static void complete(SvpState *state, const ResmgrEntry *entry, const GError *refused, GPtrArray *notes)
{
    g_autofree char *reason = NULL, *remedy = NULL;

    if (refused)
        svp_message_split(refused, &reason, &remedy);
    resmgr_journal_resume(state->journal, entry);
    resmgr_journal_end(
        state->journal, monitor_system_now(state->system), monitor_system_state(state->system), reason,
        /* commit_refused= */ false);
    svp_state_note_completed(notes, entry, reason);
}

/* --- The operator log ----------------------------------------------------------------------------------- */

/* An entry goes to the log when its command has been recorded, so the last one can be missing there; if a checkpoint records it, too. */
static void log_entry(SvpState *state, const ResmgrEntry *entry, const GError *refused)
{
    SvpConsole *console = state->console;
    g_autoptr(SvpCall) call = svp_command_parse(svp_console_state(console), entry->text, NULL, NULL);
    bool rolled_back = entry->status <= RESMGR_ENTRY_BEGUN || entry->status == RESMGR_ENTRY_ROLLED_BACK;
    g_autoptr(GError) why = rolled_back ? g_error_new_literal(
                                              SVP_ERROR, SVP_MESSAGE_ROLLED_BACK,
                                              "Rolled back: the program had ended during it")
                            : refused       ? g_error_copy(refused)
                            : entry->reason ? g_error_new_literal(SVP_ERROR, SVP_ERROR_STATE, entry->reason)
                                            : NULL;
    SvpLogEntry *logged = svp_log_add_at(
        console->log, entry->log_sequence, entry->at_ns, console->config.operator_name, entry->source,
        entry->text, call);

    svp_log_result(console->log, logged, why ? entry->ended_ns : monitor_system_now(state->system), why);
}

static void log_missing(SvpState *state, const GPtrArray *entries, const GError *refused)
{
    for (unsigned i = 0; i < entries->len; i++) {
        const ResmgrEntry *entry = g_ptr_array_index(entries, i);

        if (entry->log_sequence > 0 && !svp_log_has(state->console->log, entry->log_sequence))
            log_entry(state, entry, i + 1 == entries->len ? refused : NULL);
    }
}

static bool settle_last(
    SvpState *state, const GPtrArray *entries, const GError *refused, GPtrArray *notes, GError **error)
{
    const ResmgrEntry *last = entries->len > 0 ? g_ptr_array_index(entries, entries->len - 1) : NULL;

    if (last && last->status == RESMGR_ENTRY_BEGUN)
        return roll_back(state, last, notes, error);
    if (last && last->status == RESMGR_ENTRY_COMMITTED)
        complete(state, last, refused, notes);
    return true;
}

/* The checkpoint, and its record; without one there is nothing to compare the machine at power on with. */
static bool begin_from_checkpoint(SvpState *state, GError **error)
{
    g_autoptr(GError) why = NULL;
    ResmgrCheckpoint last;

    if (!resmgr_journal_last_checkpoint(state->journal, &last, error))
        return false;
    bool ok = last.id == 0 || svp_state_read_checkpoint(state, &last, error);
    bool compare = ok && last.id > 0 && last.entry_id == state->recorded_id;

    resmgr_checkpoint_clear(&last);
    if (!compare || is_as_recorded(state, monitor_system_state(state->system), &why))
        return ok;
    g_set_error(
        error, RESMGR_ERROR, RESMGR_ERROR_RECORD,
        "%s: the assignment of the checkpoint is not the recorded one%s%s\nTake an older copy of the folder",
        state->directory, why ? ": " : "", why ? why->message : "");
    return false;
}

static bool
go_on(SvpState *state, const GPtrArray *entries, GError **ret_refused, GPtrArray *notes, GError **error)
{
    if (!begin_from_checkpoint(state, error))
        return false;
    HvTime checkpoint_ns = monitor_system_now(state->system);

    if (!redo_all(state, entries, ret_refused, error))
        return false;
    svp_state_note_found(state, notes, entries, checkpoint_ns);
    return settle_last(state, entries, *ret_refused, notes, error);
}

/* --- Real guests ---------------------------------------------------------------------------------------- */

static bool assume_recorded(SvpState *state, GError **error)
{
    g_autoptr(ResmgrState) recorded = NULL;

    recorded = resmgr_journal_state(state->journal, monitor_system_state(state->system), error);
    if (recorded)
        monitor_system_assume(state->system, recorded);
    return recorded != NULL;
}

/* The books, and a new log: its clock begins anew. */
static bool take_over(SvpState *state, const GPtrArray *entries, GPtrArray *notes, GError **error)
{
    const ResmgrEntry *last = entries->len > 0 ? g_ptr_array_index(entries, entries->len - 1) : NULL;
    g_autoptr(GPtrArray) guests = g_ptr_array_new_with_free_func(g_free); /* what is said of simulated ones */
    ResmgrCheckpoint before;

    if (!resmgr_journal_last_checkpoint(state->journal, &before, error))
        return false;
    bool is_first = !last && before.id == 0;
    bool has_books = is_first || state->recorded_id == 0 || assume_recorded(state, error);

    if (has_books && before.id > 0)
        svp_state_read_real_checkpoint(state, &before, guests);
    resmgr_checkpoint_clear(&before);
    if (is_first || !has_books)
        return has_books;
    svp_state_note_real(state, notes, last);
    g_ptr_array_extend_and_steal(notes, g_steal_pointer(&guests));
    svp_state_take_up(state, last, notes);
    svp_state_read_queue(state, last, notes);
    if (!svp_state_write_queue(state, error))
        return false;
    return svp_state_checkpoint(state, error);
}

bool svp_state_resume(SvpState *state, SvpConsole *console, GPtrArray **ret_notes, GError **error)
{
    g_autoptr(GPtrArray) entries = resmgr_journal_entries(state->journal, error);
    g_autoptr(GPtrArray) checkpointed = resmgr_journal_checkpointed(state->journal, error);
    g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) refused = NULL;

    if (!entries || !checkpointed)
        return false;
    state->console = console;
    state->system = console->system;
    state->recorded_id = resmgr_journal_recorded_id(state->journal);
    state->changed = entries->len > 0;
    state->real = monitor_system_definition(state->system)->machine->libvirt;
    svp_state_listen(state);
    svp_state_note_log(state, notes);
    if (state->real ? !take_over(state, entries, notes, error)
                    : !go_on(state, entries, &refused, notes, error))
        return false;
    log_missing(state, checkpointed, NULL);
    log_missing(state, entries, refused);
    svp_state_note_queue(state, notes);
    console->state = state;
    *ret_notes = g_steal_pointer(&notes);
    return true;
}
