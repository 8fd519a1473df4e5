/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The operator log as a frame: when, by whom, what, and what came of it.
 *
 * With an LPAR, those commands are shown that named it, also inside a command that queued them.
 */
#include "svp/frames/frames.h"
#include "svp/output.h"
#include "svp/table.h"

static json_t *entry_json(const SvpLogEntry *entry)
{
    json_t *object = json_object();

    json_object_set_new(object, "at_s", svp_json_seconds(entry->given_ns));
    json_object_set_new(object, "done_s", svp_json_seconds(entry->done_ns));
    json_object_set_new(object, "by", json_string(entry->operator_name));
    json_object_set_new(object, "source", json_string(entry->source));
    json_object_set_new(object, "command", json_string(entry->command));
    json_object_set_new(object, "modifies", json_boolean(entry->modifies));
    json_object_set_new(object, "ok", json_boolean(entry->ok));
    if (!entry->ok) {
        json_object_set_new(object, "id", json_string(entry->id));
        json_object_set_new(object, "reason", json_string(entry->reason));
    }
    return object;
}

json_t *svp_log_json(const SvpLog *log, unsigned lpar)
{
    json_t *entries = json_array();

    for (unsigned i = 0; i < svp_log_length(log); i++) {
        const SvpLogEntry *entry = svp_log_entry(log, i);

        if (lpar == 0 || svp_log_entry_names(entry, lpar))
            json_array_append_new(entries, entry_json(entry));
    }
    return entries;
}

void svp_log_frame(SvpPage *page, const SvpLog *log, unsigned lpar)
{
    static const SvpColumn columns[] = {
        {"at", true}, {"by", false}, {"from", false}, {"command", false}, {"result", false}};
    g_autoptr(SvpTable) table = svp_table_new(columns, G_N_ELEMENTS(columns));

    for (unsigned i = 0; i < svp_log_length(log); i++) {
        const SvpLogEntry *entry = svp_log_entry(log, i);
        g_autofree char *at = svp_text_seconds(entry->given_ns);

        if (lpar != 0 && !svp_log_entry_names(entry, lpar))
            continue;
        svp_table_cell(table, "%s", at);
        svp_table_cell(table, "%s", entry->operator_name);
        svp_table_cell(table, "%s", entry->source);
        svp_table_cell(table, "%s", entry->command);
        svp_table_cell(table, "%s", entry->ok ? "done" : entry->id);
    }
    svp_page_title(page, "Operator log");
    svp_table_print(table, page);
}
