/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The commands about operation journals: DISPLAY, SET, CHANGE, SAVE, APPLY and DELETE JOURNAL.
 *
 * Whether a contingency is in step is looked up there each time it matters: what it said last may not be so any more.
 */
#include "svp/command-row.h"
#include "svp/console-private.h"
#include "svp/error.h"
#include "svp/operations/contingency.h"
#include "svp/operations/job-frames.h"
#include "svp/operations/journal-tape.h"
#include "svp/operations/journal.h"
#include "svp/output.h"
#include "svp/save/tape.h"
#include "svp/table.h"

#include <string.h>

static uint64_t number_of(const json_t *record, const char *name)
{
    return (uint64_t)json_integer_value(json_object_get(record, name));
}

static const char *text_of(const json_t *record, const char *name)
{
    const char *text = json_string_value(json_object_get(record, name));

    return text ? text : "";
}

static bool may_use_files(const SvpConsole *console, GError **error)
{
    if (!console->config.no_files)
        return true;
    g_set_error_literal(
        error, SVP_ERROR, SVP_ERROR_FILE,
        "No files are written here\nGive the command at a console of your own");
    return false;
}

/* --- Looking -------------------------------------------------------------------------------------------- */

static void draw_receivers(SvpConsole *console, SvpPage *page, const json_t *receivers)
{
    static const SvpColumn columns[] = {{"receiver", false}, {"state", false}, {"first", true},
                                        {"last", true},      {"until", true},  {"saved in", false}};
    const HvCalendar *calendar = &monitor_system_definition(console->system)->machine->calendar;
    g_autoptr(SvpTable) table = svp_table_new(columns, G_N_ELEMENTS(columns));

    for (size_t i = 0; i < json_array_size(receivers); i++) {
        const json_t *receiver = json_array_get(receivers, i);
        g_autofree char *until = svp_text_moment(calendar, number_of(receiver, "last_ns"));

        svp_table_cell(table, "%s", text_of(receiver, "receiver"));
        svp_table_cell(table, "%s", text_of(receiver, "state"));
        svp_table_cell(table, "%" G_GUINT64_FORMAT, number_of(receiver, "first"));
        svp_table_cell(table, "%" G_GUINT64_FORMAT, number_of(receiver, "last"));
        svp_table_cell(table, "%s", json_object_get(receiver, "last_ns") ? until : "no entry");
        svp_table_cell(table, "%s", text_of(receiver, "path"));
    }
    svp_page_title(page, "Operation journal");
    if (json_array_size(receivers) > 0)
        svp_table_print(table, page);
    else
        svp_page_add(page, SVP_STYLE_DIM, "  no receiver: nothing has been done yet\n");
}

static void
show_position(const char *directory, uint64_t last, const SvpContingencyPosition *position, SvpResult *result)
{
    uint64_t behind = last > position->applied ? last - position->applied : 0;

    if (result->json) {
        json_object_set_new(
            result->json, "contingency",
            json_pack(
                "{s:s, s:I, s:I, s:b, s:o}", "directory", directory, "applied", (json_int_t)position->applied,
                "behind", (json_int_t)behind, "in_step", behind == 0, "at_s",
                svp_json_seconds(position->at_ns)));
        return;
    }
    g_autofree char *at = svp_text_seconds(position->at_ns);

    if (position->applying > 0)
        svp_page_printf(
            result->page, SVP_STYLE_NOTABLE, "An application broke off at entry %" G_GUINT64_FORMAT ".\n",
            position->applying);
    if (behind == 0)
        svp_page_printf(
            result->page, SVP_STYLE_GOOD,
            "The contingency %s is in step: entry %" G_GUINT64_FORMAT ", at %s.\n", directory,
            position->applied, at);
    else
        svp_page_printf(
            result->page, SVP_STYLE_NOTABLE,
            "The contingency %s is %" G_GUINT64_FORMAT " entries behind: it has applied %" G_GUINT64_FORMAT
            " of %" G_GUINT64_FORMAT ", at %s.\n",
            directory, behind, position->applied, last, at);
}

SVP_COMMAND_FUNC(display_journal)
{
    const char *directory = svp_call_word(call, "TO");
    SvpJournalState state = svp_journal_state(console->store);
    SvpContingencyPosition position;

    if (directory &&
        (!may_use_files(console, error) ||
         !svp_contingency_position(directory, svp_console_machine_id(console), &position, error)))
        return false;
    json_t *receivers = svp_journal_receivers(console->store);

    if (result->json) {
        json_t *shown = json_array();

        for (size_t i = 0; i < json_array_size(receivers); i++)
            json_array_append_new(shown, svp_json_in_seconds(json_array_get(receivers, i)));
        json_object_set_new(result->json, "receivers", shown);
        json_object_set_new(result->json, "last", json_integer((json_int_t)state.last));
        json_object_set_new(result->json, "size", json_integer((json_int_t)state.size));
    } else {
        draw_receivers(console, result->page, receivers);
    }
    json_decref(receivers);
    if (directory)
        show_position(directory, state.last, &position, result);
    return true;
}

/* --- Receivers ------------------------------------------------------------------------------------------ */

SVP_COMMAND_FUNC(set_journal)
{
    uint64_t size = svp_call_number(call, "size");

    if (!svp_journal_set_size(console->store, size, error))
        return false;
    if (result->json)
        json_object_set_new(result->json, "size", json_integer((json_int_t)size));
    else
        svp_page_printf(
            result->page, SVP_STYLE_GOOD, "A receiver is full with %" G_GUINT64_FORMAT " entries.\n", size);
    return true;
}

SVP_COMMAND_FUNC(change_journal)
{
    g_autofree char *before = svp_journal_receiver_name(svp_journal_state(console->store).receiver);

    (void)call;
    if (!svp_journal_change(console->store, svp_console_machine_id(console), error))
        return false;
    g_autofree char *now = svp_journal_receiver_name(svp_journal_state(console->store).receiver);

    if (result->json) {
        json_object_set_new(result->json, "online", json_string(before));
        json_object_set_new(result->json, "connected", json_string(now));
    } else {
        svp_page_printf(result->page, SVP_STYLE_GOOD, "%s is ONLINE, %s is CONNECTED.\n", before, now);
    }
    return true;
}

/* --- Saving --------------------------------------------------------------------------------------------- */

/* The receivers that are meant, as files that are not written yet. ALL: those that are ONLINE, the oldest first. */
static GPtrArray *receivers_to_save(SvpConsole *console, const char *which, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) files = svp_archive_files_new();
    json_t *receivers = svp_journal_receivers(console->store), *receiver;
    bool all = strcmp(which, "ALL") == 0;
    size_t index;

    json_array_foreach(receivers, index, receiver)
    {
        if (all && strcmp(text_of(receiver, "state"), "ONLINE") == 0)
            g_ptr_array_add(names, g_strdup(text_of(receiver, "receiver")));
    }
    json_decref(receivers);
    if (!all)
        g_ptr_array_add(names, g_strdup(which));
    for (unsigned i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_autofree char *text =
            svp_journal_text(console->store, svp_console_machine_id(console), name, error);

        if (!text)
            return NULL;
        svp_archive_files_add(files, name, text, strlen(text));
    }
    if (files->len > 0)
        return g_steal_pointer(&files);
    g_set_error_literal(
        error, SVP_ERROR, SVP_ERROR_JOURNAL,
        "No receiver is ONLINE\nCHANGE JOURNAL takes the one that is CONNECTED out of use");
    return NULL;
}

static bool
save_to_folder(SvpConsole *console, const GPtrArray *receivers, const char *folder, GError **error)
{
    for (unsigned i = 0; i < receivers->len; i++) {
        const SvpArchiveFile *receiver = g_ptr_array_index(receivers, i);

        if (!svp_journal_file_write(folder, receiver->name, receiver->bytes, error) ||
            !svp_journal_set_saved(console->store, receiver->name, folder, error))
            return false;
    }
    return true;
}

/* All of them are one save, so all are on the tape or none. */
static bool write_to_tape(
    SvpConsole *console, const GPtrArray *receivers, const char *units, const char *volume, char **ret_where,
    GError **error)
{
    const HvMachineDef *machine = monitor_system_definition(console->system)->machine;
    HvTime now = monitor_system_now(console->system);
    g_autofree char *clock = hv_calendar_show(&machine->calendar, now);
    const SvpArchiveRequest request = {
        .name = SVP_JOURNAL_KIND,
        .kind = SVP_JOURNAL_KIND,
        .machine = machine->name,
        .at_ns = now,
        .clock = clock};
    g_autoptr(SvpVolumeSet) set = svp_tapes_open(console->tapes, units, volume, error);
    g_autoptr(GPtrArray) files = svp_archive_files_new();
    g_autoptr(SvpSaveRecord) record = NULL;

    for (unsigned i = 0; i < receivers->len; i++) {
        const SvpArchiveFile *receiver = g_ptr_array_index(receivers, i);
        g_autofree char *name = svp_journal_file_name(receiver->name);
        gsize length;
        const void *bytes = g_bytes_get_data(receiver->bytes, &length);

        svp_archive_files_add(files, name, bytes, length);
    }
    if (!set || !svp_archive_write_files(set, &request, files, &record, error))
        return false;
    *ret_where = g_strdup_printf(
        "%s, sequence number %u", svp_volume_label(svp_volume_set_volume(set, 0))->volume, record->sequence);
    return true;
}

static bool save_to_tape(
    SvpConsole *console, const GPtrArray *receivers, const char *units, const char *volume, char **ret_where,
    GError **error)
{
    if (!write_to_tape(console, receivers, units, volume, ret_where, error))
        return false;
    for (unsigned i = 0; i < receivers->len; i++)
        if (!svp_journal_set_saved(
                console->store, ((const SvpArchiveFile *)g_ptr_array_index(receivers, i))->name, *ret_where,
                error))
            return false;
    return true;
}

/* One of the two: a folder, or a tape unit. */
static bool one_place(const SvpCall *call, GError **error)
{
    if (!svp_call_word(call, "path") != !svp_call_word(call, "DEV"))
        return true;
    g_set_error_literal(
        error, SVP_ERROR, SVP_ERROR_OPERAND,
        "Journals are in a folder or on a tape\nGive one of the two: a path, or DEV(TAP01)");
    return false;
}

static void show_saved(const GPtrArray *receivers, const char *where, SvpResult *result)
{
    json_t *names = result->json ? json_array() : NULL;

    for (unsigned i = 0; i < receivers->len; i++) {
        const char *name = ((const SvpArchiveFile *)g_ptr_array_index(receivers, i))->name;

        if (names)
            json_array_append_new(names, json_string(name));
        else
            svp_page_printf(result->page, SVP_STYLE_GOOD, "%s is SAVED in %s.\n", name, where);
    }
    if (!names)
        return;
    json_object_set_new(result->json, "saved", names);
    json_object_set_new(result->json, "in", json_string(where));
}

SVP_COMMAND_FUNC(save_journal)
{
    g_autofree char *which = g_ascii_strup(svp_call_word(call, "receiver"), -1);
    const char *folder = svp_call_word(call, "path"), *units = svp_call_word(call, "DEV");

    if (!may_use_files(console, error) || !one_place(call, error))
        return false;
    g_autoptr(GPtrArray) receivers = receivers_to_save(console, which, error);
    g_autofree char *where = g_strdup(folder);
    SvpJob *job = svp_jobs_current(console->jobs);

    if (!receivers ||
        !(folder ? save_to_folder(console, receivers, folder, error)
                 : save_to_tape(console, receivers, units, svp_call_word(call, "VOL"), &where, error)))
        return false;
    if (job)
        svp_job_count(job, receivers->len, receivers->len, 0);
    show_saved(receivers, where, result);
    return true;
}

/* --- The contingency ------------------------------------------------------------------------------------ */

static GPtrArray *read_journals(SvpConsole *console, const SvpCall *call, GError **error)
{
    const char *seqnbr = svp_call_word(call, "SEQNBR");
    uint64_t sequence = 0;

    if (svp_call_word(call, "path"))
        return svp_journal_files_read(svp_call_word(call, "path"), error);
    if (seqnbr && !hv_quantity_parse_number(seqnbr, 1, G_MAXINT32, &sequence, error))
        return NULL;
    g_autoptr(SvpVolumeSet)
        set = svp_tapes_open(console->tapes, svp_call_word(call, "DEV"), svp_call_word(call, "VOL"), error);

    return set ? svp_journal_tape_read(set, (unsigned)sequence, error) : NULL;
}

SVP_COMMAND_FUNC(apply_journal)
{
    const char *directory = svp_call_word(call, "TO");
    const ResmgrDefinition *definition = monitor_system_made_of(console->system);
    const SvpContingencySource source = {
        .definition = definition,
        .machine = svp_console_machine_id(console),
        .seed = console->state ? svp_state_seed(console->state) : 0,
        .seed_known = console->state != NULL,
    };
    SvpContingencyPosition position;
    uint64_t n_applied;

    if (!may_use_files(console, error) || !one_place(call, error))
        return false;
    if (definition->machine->libvirt) {
        g_set_error_literal(
            error, SVP_ERROR, SVP_ERROR_CONTINGENCY,
            "What real guests did cannot be done again from a journal\nSave the LPARs instead");
        return false;
    }
    g_autoptr(GPtrArray) files = read_journals(console, call, error);

    if (!files || !svp_contingency_apply(directory, &source, files, &position, &n_applied, error))
        return false;
    if (result->json)
        json_object_set_new(result->json, "applied_now", json_integer((json_int_t)n_applied));
    else
        svp_page_printf(
            result->page, SVP_STYLE_GOOD, "%" G_GUINT64_FORMAT " entr%s applied.\n", n_applied,
            n_applied == 1 ? "y" : "ies");
    show_position(directory, svp_journal_state(console->store).last, &position, result);
    return true;
}

SVP_COMMAND_FUNC(delete_journal)
{
    g_autofree char *receiver = g_ascii_strup(svp_call_word(call, "receiver"), -1);
    const char *directory = svp_call_word(call, "TO");
    SvpContingencyPosition position;

    if (!may_use_files(console, error) ||
        !svp_contingency_position(directory, svp_console_machine_id(console), &position, error) ||
        !svp_journal_delete(console->store, receiver, position.applied, error))
        return false;
    if (result->json)
        json_object_set_new(result->json, "deleted", json_string(receiver));
    else
        svp_page_printf(result->page, SVP_STYLE_GOOD, "%s is deleted.\n", receiver);
    return true;
}
