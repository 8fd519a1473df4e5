/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The commands about tapes: SET TAPE, INZTAP, DISPLAY TAPE, VERIFY.
 *
 * None of them takes simulated time. DISPLAY reads labels only; VERIFY reads every byte.
 */
#include "svp/command-row.h"
#include "svp/console-private.h"
#include "svp/error.h"
#include "svp/message.h"
#include "svp/output.h"
#include "svp/save/list-objects.h"
#include "svp/save/tape.h"
#include "svp/table.h"

#include <string.h>

static bool may_write(const SvpConsole *console, GError **error)
{
    if (!console->config.no_files)
        return true;
    g_set_error_literal(
        error, SVP_ERROR, SVP_ERROR_FILE, "This console writes no files, and so no tapes\nGive it elsewhere");
    return false;
}

/* Removes what a crash has left on the volumes, or says why that cannot be: the saves on them can be used all the same. */
static void clean_tape(const SvpConsole *console, const SvpTape *tape)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *reason = NULL, *remedy = NULL;

    if (svp_tape_clean(tape, &error))
        return;
    svp_message_split(error, &reason, &remedy);
    g_autofree char *note = svp_message_note(
        SVP_MESSAGE_TAPE_LEFT, "What a crash has left on %s stays there: %s", tape->unit, reason);

    fprintf(console->config.err, "%s\n", note);
}

/* --- SET TAPE, INZTAP ----------------------------------------------------------------------------------- */

void svp_console_clean_tapes(SvpConsole *console)
{
    g_autoptr(GPtrArray) tapes = svp_tapes_list(console->tapes);

    for (unsigned i = 0; i < tapes->len && !console->config.no_files; i++)
        clean_tape(console, g_ptr_array_index(tapes, i));
}

SVP_COMMAND_FUNC(set_tape)
{
    const char *unit = svp_call_word(call, "unit"), *path = svp_call_word(call, "path");
    const char *rate = svp_call_word(call, "RATE");
    uint64_t rate_bytes = 0;

    if (!may_write(console, error) || (rate && !hv_quantity_parse_rate(rate, &rate_bytes, error)))
        return false;
    bool demount = g_ascii_strcasecmp(path, "*NONE") == 0;

    if (demount ? !svp_tapes_demount(console->tapes, unit, error)
                : !svp_tapes_mount(console->tapes, unit, path, rate_bytes, error))
        return false;
    const SvpTape *tape = demount ? NULL : svp_tapes_find(console->tapes, unit, NULL);

    if (tape)
        clean_tape(console, tape);
    if (result->json) {
        json_object_set_new(result->json, "unit", json_string(tape ? tape->unit : unit));
        json_object_set_new(result->json, "mounted", json_boolean(tape != NULL));
    } else if (!tape) {
        svp_page_printf(result->page, SVP_STYLE_GOOD, "Nothing is mounted on %s any more.\n", unit);
    } else {
        g_autofree char *volumes = g_strjoinv(", ", tape->paths);
        g_autofree char *speed = hv_quantity_format_size(tape->rate_bytes);

        svp_page_printf(
            result->page, SVP_STYLE_GOOD, "Mounted on %s: %s (%s per second).\n", tape->unit, volumes, speed);
    }
    return true;
}

static bool wants_check(const SvpCall *call, bool *ret_check, GError **error)
{
    const char *word = svp_call_word(call, "CHECK");

    *ret_check = !word || g_ascii_strcasecmp(word, "*NO") != 0;
    if (!word || g_ascii_strcasecmp(word, "*NO") == 0 || g_ascii_strcasecmp(word, "*YES") == 0)
        return true;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_OPERAND, "CHECK('%s') is not understood\nGive CHECK(*NO) or CHECK(*YES)",
        word);
    return false;
}

SVP_COMMAND_FUNC(inztap)
{
    const char *unit = svp_call_word(call, "DEV"), *volume = svp_call_word(call, "NEWVOL");
    const char *size = svp_call_word(call, "SIZE");
    uint64_t size_bytes = 0;
    bool check;

    if (!may_write(console, error) || !wants_check(call, &check, error) ||
        (size && !hv_quantity_parse_size(size, &size_bytes, error)) ||
        !svp_tapes_initialize(console->tapes, unit, volume, size_bytes, check, error))
        return false;
    g_autofree char *name = g_ascii_strup(volume, -1);

    if (result->json)
        json_object_set_new(
            result->json, "volume",
            json_pack(
                "{s:s, s:o}", "name", name, "size_bytes",
                size_bytes > 0 ? json_integer((json_int_t)size_bytes) : json_null()));
    else
        svp_page_printf(result->page, SVP_STYLE_GOOD, "Volume %s on %s is initialized.\n", name, unit);
    return true;
}

/* --- DISPLAY TAPE --------------------------------------------------------------------------------------- */

static uint64_t file_bytes(const SvpVolumeSet *set, const SvpSaveRecord *first)
{
    uint64_t bytes = 0;

    for (unsigned part = 1; part <= first->parts; part++) {
        const SvpSaveRecord *record;

        if (svp_volume_set_part(set, first->sequence, part, &record))
            bytes += record->file_bytes;
    }
    return bytes;
}

static json_t *json_save(const SvpConsole *console, const SvpVolumeSet *set, const SvpSaveRecord *record)
{
    HvTime now = monitor_system_now(console->system);
    json_t *lpars = json_array(), *needs = json_array();

    for (unsigned i = 0; record->lpars[i]; i++)
        json_array_append_new(lpars, json_string(record->lpars[i]));
    for (unsigned i = 0; i < record->needs->len; i++)
        json_array_append_new(needs, json_integer(g_array_index(record->needs, unsigned, i)));
    return json_pack(
        "{s:i, s:s, s:s, s:o, s:o, s:s, s:s, s:o, s:I, s:I, s:I, s:I, s:i, s:o}", "sequence",
        (int)record->sequence, "name", record->name, "kind", record->kind, "lpars", lpars, "at_s",
        svp_json_seconds(record->at_ns), "clock", record->clock, "saved", record->saved, "age_s",
        record->at_ns <= now ? svp_json_seconds(now - record->at_ns) : json_null(), "objects",
        (json_int_t)record->objects, "shared", (json_int_t)record->shared, "content_bytes",
        (json_int_t)record->content_bytes, "file_bytes", (json_int_t)file_bytes(set, record), "parts",
        (int)record->parts, "needs", needs);
}

static json_t *json_volumes(const SvpVolumeSet *set)
{
    json_t *volumes = json_array();

    for (unsigned i = 0; i < svp_volume_set_size(set); i++) {
        const SvpVolume *volume = svp_volume_set_volume(set, i);
        const SvpLabel *label = svp_volume_label(volume);

        json_array_append_new(
            volumes, json_pack(
                         "{s:s, s:s, s:b, s:I, s:o}", "name", label->volume, "path", svp_volume_path(volume),
                         "blank", i >= svp_volume_set_used(set), "used_bytes",
                         (json_int_t)svp_label_used_bytes(label), "size_bytes",
                         label->size_bytes > 0 ? json_integer((json_int_t)label->size_bytes) : json_null()));
    }
    return volumes;
}

static json_t *json_tape(const SvpConsole *console, const SvpTape *tape)
{
    g_autoptr(GError) problem = NULL;
    g_autoptr(SvpVolumeSet) set = svp_tapes_open(console->tapes, tape->unit, NULL, &problem);
    json_t *json = json_pack(
        "{s:s, s:o, s:I}", "unit", tape->unit, "paths", json_array(), "rate_bytes_per_s",
        (json_int_t)tape->rate_bytes);

    for (unsigned i = 0; tape->paths[i]; i++)
        json_array_append_new(json_object_get(json, "paths"), json_string(tape->paths[i]));
    if (!set) {
        json_object_set_new(json, "error", svp_json_error(problem));
        return json;
    }
    g_autoptr(GPtrArray) saves = svp_volume_set_saves(set);
    json_t *list = json_array();

    for (unsigned i = 0; i < saves->len; i++)
        json_array_append_new(list, json_save(console, set, g_ptr_array_index(saves, i)));
    json_object_set_new(json, "volumes", json_volumes(set));
    json_object_set_new(json, "saves", list);
    return json;
}

static void show_volumes(const SvpVolumeSet *set, SvpPage *page)
{
    for (unsigned i = 0; i < svp_volume_set_size(set); i++) {
        const SvpVolume *volume = svp_volume_set_volume(set, i);
        const SvpLabel *label = svp_volume_label(volume);
        g_autofree char *size = label->size_bytes > 0 ? hv_quantity_format_size(label->size_bytes) : NULL;

        svp_page_printf(
            page, SVP_STYLE_PLAIN, "Volume %s%s: %.1f MiB used%s%s   %s\n", label->volume,
            i >= svp_volume_set_used(set) ? " (blank)" : "",
            (double)svp_label_used_bytes(label) / (double)HV_MIB, size ? " of " : "", size ? size : "",
            svp_volume_path(volume));
    }
}

static void
show_saves(const SvpConsole *console, const SvpVolumeSet *set, const GPtrArray *saves, SvpPage *page)
{
    static const SvpColumn columns[] = {{"seqnbr", true}, {"kind", false},   {"checkpoint", false},
                                        {"age", true},    {"objects", true}, {"shared", true},
                                        {"MiB", true},    {"LPARs", false}};
    g_autoptr(SvpTable) table = svp_table_new(columns, G_N_ELEMENTS(columns));
    HvTime now = monitor_system_now(console->system);

    for (unsigned i = 0; i < saves->len; i++) {
        const SvpSaveRecord *record = g_ptr_array_index(saves, i);
        g_autofree char *lpars = g_strjoinv(", ", record->lpars);
        g_autofree char *age = record->at_ns <= now ? svp_text_age(now - record->at_ns) : NULL;

        svp_table_cell(table, "%u", record->sequence);
        svp_table_cell(table, "%s", record->kind);
        svp_table_cell(table, "%s", record->clock);
        svp_table_cell(table, "%s", age ? age : "-");
        svp_table_cell(table, "%" G_GUINT64_FORMAT, record->objects);
        svp_table_cell(table, "%" G_GUINT64_FORMAT, record->shared);
        svp_table_cell(table, "%.1f", (double)file_bytes(set, record) / (double)HV_MIB);
        svp_table_cell(table, "%s", lpars);
    }
    svp_table_print(table, page);
}

static void show_tape(const SvpConsole *console, const SvpTape *tape, SvpPage *page)
{
    g_autoptr(GError) problem = NULL;
    g_autoptr(SvpVolumeSet) set = svp_tapes_open(console->tapes, tape->unit, NULL, &problem);
    g_autofree char *rate = hv_quantity_format_size(tape->rate_bytes);

    svp_page_title(page, "%s   (%s per second)", tape->unit, rate);
    if (!set) {
        g_auto(GStrv) lines = g_strsplit(problem->message, "\n", 2);

        for (unsigned i = 0; lines[i]; i++)
            svp_page_printf(page, i == 0 ? SVP_STYLE_NOTABLE : SVP_STYLE_DIM, "%s.\n", lines[i]);
        return;
    }
    g_autoptr(GPtrArray) saves = svp_volume_set_saves(set);

    show_volumes(set, page);
    if (saves->len > 0)
        show_saves(console, set, saves, page);
    else
        svp_page_add(page, SVP_STYLE_DIM, "Nothing has been saved on it.\n");
}

/* SEQNBR: the objects of that save. */
static bool display_objects(SvpConsole *console, const SvpCall *call, SvpResult *result, GError **error)
{
    const char *unit = svp_call_word(call, "unit");
    uint64_t sequence;

    if (!hv_quantity_parse_number(svp_call_word(call, "SEQNBR"), 1, G_MAXINT32, &sequence, error))
        return false;
    if (!unit) {
        g_set_error_literal(
            error, SVP_ERROR, SVP_ERROR_OPERAND,
            "It is not said on which unit the save is\nGive DISPLAY TAPE unit SEQNBR(n)");
        return false;
    }
    g_autoptr(SvpVolumeSet) set = svp_tapes_open(console->tapes, unit, NULL, error);

    if (!set)
        return false;
    if (result->page)
        return svp_objects_page(set, (unsigned)sequence, result->page, error);
    json_t *objects = svp_objects_json(set, (unsigned)sequence, error);

    if (objects)
        json_object_set_new(result->json, "objects", objects);
    return objects != NULL;
}

SVP_COMMAND_FUNC(display_tape)
{
    if (svp_call_word(call, "SEQNBR"))
        return display_objects(console, call, result, error);
    const char *unit = svp_call_word(call, "unit");
    g_autoptr(GPtrArray) tapes = svp_tapes_list(console->tapes);
    const SvpTape *only = unit ? svp_tapes_find(console->tapes, unit, error) : NULL;
    json_t *list = result->json ? json_array() : NULL;

    if (unit && !only) {
        json_decref(list);
        return false;
    }
    for (unsigned i = 0; i < tapes->len; i++) {
        const SvpTape *tape = g_ptr_array_index(tapes, i);

        if (only && tape != only)
            continue;
        if (list)
            json_array_append_new(list, json_tape(console, tape));
        else
            show_tape(console, tape, result->page);
    }
    if (list)
        json_object_set_new(result->json, "tapes", list);
    else if (tapes->len == 0)
        svp_page_add(
            result->page, SVP_STYLE_DIM,
            "Nothing is mounted on any unit. SET TAPE TAP01,path mounts a folder or a file.\n");
    return true;
}

/* --- VERIFY --------------------------------------------------------------------------------------------- */

static bool verify_all(SvpVolumeSet *set, unsigned sequence, SvpArchiveCounts *counts, GError **error)
{
    g_autoptr(GPtrArray) saves = svp_volume_set_saves(set);

    if (sequence > 0)
        return svp_archive_verify(set, sequence, counts, error);
    for (unsigned i = 0; i < saves->len; i++)
        if (!svp_archive_verify(
                set, ((const SvpSaveRecord *)g_ptr_array_index(saves, i))->sequence, counts, error))
            return false;
    return true;
}

SVP_COMMAND_FUNC(verify_dev)
{
    const char *seqnbr = svp_call_word(call, "SEQNBR");
    uint64_t sequence = 0;
    SvpArchiveCounts counts = {0};

    if (seqnbr && !hv_quantity_parse_number(seqnbr, 1, G_MAXINT32, &sequence, error))
        return false;
    g_autoptr(SvpVolumeSet)
        set = svp_tapes_open(console->tapes, svp_call_word(call, "DEV"), svp_call_word(call, "VOL"), error);

    if (!set)
        return false;
    SvpProgress *progress = svp_console_working(console, "VERIFY");
    bool verified = verify_all(set, (unsigned)sequence, &counts, error);

    svp_progress_end(progress);
    if (!verified)
        return false;
    if (result->json)
        json_object_set_new(
            result->json, "verified",
            json_pack(
                "{s:i, s:I, s:I}", "saves", (int)counts.saves, "objects", (json_int_t)counts.objects,
                "object_bytes", (json_int_t)counts.bytes));
    else
        svp_page_printf(
            result->page, SVP_STYLE_GOOD,
            "%u save%s with %" G_GUINT64_FORMAT " objects (%.1f MiB): all as it was written.\n", counts.saves,
            counts.saves == 1 ? "" : "s", counts.objects, (double)counts.bytes / (double)HV_MIB);
    return true;
}
