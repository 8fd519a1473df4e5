/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The commands about users and the audit: DISPLAY USER, SET USER, DISPLAY AUDIT, VERIFY AUDIT.
 *
 * There is no command that changes the audit.
 */
#include "svp/command-row.h"
#include "svp/console-private.h"
#include "svp/error.h"
#include "svp/message.h"
#include "svp/operations/audit.h"
#include "svp/operations/role.h"
#include "svp/output.h"
#include "svp/table.h"

#include <string.h>

#define ENTRIES_SHOWN 20u

/* --- Users ---------------------------------------------------------------------------------------------- */

SVP_COMMAND_FUNC(display_user)
{
    static const SvpColumn columns[] = {{"user", false}, {"role", false}};
    g_autoptr(SvpTable) table = svp_table_new(columns, G_N_ELEMENTS(columns));
    json_t *users = svp_role_users(console->store), *user;
    const char *role = svp_role_name(svp_console_role(console));
    size_t index;

    (void)call;
    (void)error;
    if (result->json) {
        json_object_set_new(result->json, "users", users);
        json_object_set_new(result->json, "user", json_string(console->config.operator_name));
        json_object_set_new(result->json, "role", json_string(role));
        return true;
    }
    json_array_foreach(users, index, user)
    {
        svp_table_cell(table, "%s", json_string_value(json_object_get(user, "user")));
        svp_table_cell(table, "%s", json_string_value(json_object_get(user, "role")));
    }
    svp_page_title(result->page, "Users");
    if (json_array_size(users) > 0)
        svp_table_print(table, result->page);
    else
        svp_page_add(result->page, SVP_STYLE_DIM, "  none: everybody is an administrator\n");
    svp_page_printf(
        result->page, SVP_STYLE_PLAIN, "At the console: %s, %s\n", console->config.operator_name, role);
    json_decref(users);
    return true;
}

/* SVP_ROLE_INHERITED for "none". */
static bool parse_role(const char *word, SvpRole *ret_role, GError **error)
{
    for (unsigned i = SVP_ROLE_INHERITED; word && i <= SVP_ROLE_ADMINISTRATOR; i++)
        if (g_ascii_strcasecmp(word, svp_role_name((SvpRole)i)) == 0) {
            *ret_role = (SvpRole)i;
            return true;
        }
    g_autofree char *quoted = word ? svp_message_quote(word) : g_strdup("Nothing");

    g_set_error(
        error, SVP_ERROR, SVP_ERROR_USER,
        "%s is no role\nGive ROLE(viewer), ROLE(operator), ROLE(administrator) or ROLE(none)", quoted);
    return false;
}

SVP_COMMAND_FUNC(set_user)
{
    const char *name = svp_call_word(call, "name");
    g_autofree char *user = g_ascii_strup(name, -1);
    SvpRole role;

    if (!parse_role(svp_call_word(call, "ROLE"), &role, error))
        return false;
    /* Whoever makes the first user is somebody, too, until he leaves. */
    console->role = svp_console_role(console);
    if (!svp_role_set(console->store, name, role, error))
        return false;
    if (result->json) {
        json_object_set_new(result->json, "user", json_string(user));
        json_object_set_new(result->json, "role", json_string(svp_role_name(role)));
    } else if (role == SVP_ROLE_INHERITED) {
        svp_page_printf(result->page, SVP_STYLE_GOOD, "%s is no user any more.\n", user);
    } else {
        svp_page_printf(result->page, SVP_STYLE_GOOD, "%s is %s.\n", user, svp_role_name(role));
    }
    return true;
}

/* --- The audit ------------------------------------------------------------------------------------------ */

typedef struct {
    uint64_t after; /* entries after this one are collected */
    json_t *entries;
} Collecting;

static bool collect(const char *key, json_t *record, void *data)
{
    const Collecting *collecting = data;
    json_t *entry = json_object_get(record, "entry");

    (void)key;
    if ((uint64_t)json_integer_value(json_object_get(entry, "number")) > collecting->after) {
        json_t *shown = json_copy(entry);

        json_object_set(shown, "hash", json_object_get(record, "hash"));
        json_array_append_new(collecting->entries, shown);
    }
    return true;
}

static void draw_entries(SvpPage *page, const json_t *entries)
{
    static const SvpColumn columns[] = {{"entry", true},   {"at", true},    {"by", false},
                                        {"result", false}, {"hash", false}, {"command", false}};
    g_autoptr(SvpTable) table = svp_table_new(columns, G_N_ELEMENTS(columns));

    for (size_t i = 0; i < json_array_size(entries); i++) {
        json_t *entry = json_array_get(entries, i), *id = json_object_get(entry, "id");
        g_autofree char *at = svp_text_seconds((HvTime)json_integer_value(json_object_get(entry, "at_ns")));

        svp_table_cell(table, "%" JSON_INTEGER_FORMAT, json_integer_value(json_object_get(entry, "number")));
        svp_table_cell(table, "%s", at);
        svp_table_cell(table, "%s", json_string_value(json_object_get(entry, "by")));
        svp_table_cell(table, "%s", id ? json_string_value(id) : "done");
        svp_table_cell(table, "%.8s", json_string_value(json_object_get(entry, "hash")));
        svp_table_cell(table, "%s", json_string_value(json_object_get(entry, "command")));
    }
    if (json_array_size(entries) > 0)
        svp_table_print(table, page);
}

SVP_COMMAND_FUNC(display_audit)
{
    uint64_t n = svp_call_value(call, "count") ? svp_call_number(call, "count") : ENTRIES_SHOWN;
    uint64_t n_entries = svp_store_count(console->store, SVP_AUDIT_COLLECTION);
    Collecting collecting = {.after = n_entries > n ? n_entries - n : 0, .entries = json_array()};

    (void)error;
    svp_store_foreach(console->store, SVP_AUDIT_COLLECTION, collect, &collecting);
    const char *head = json_string_value(
        json_object_get(json_array_get(collecting.entries, json_array_size(collecting.entries) - 1), "hash"));

    if (result->json) {
        json_object_set_new(result->json, "entries", json_integer((json_int_t)n_entries));
        json_object_set_new(result->json, "head", head ? json_string(head) : json_null());
        json_t *shown = json_array();

        for (size_t i = 0; i < json_array_size(collecting.entries); i++)
            json_array_append_new(shown, svp_json_in_seconds(json_array_get(collecting.entries, i)));
        json_decref(collecting.entries);
        json_object_set_new(result->json, "audit", shown);
        return true;
    }
    svp_page_title(result->page, "Audit: %" G_GUINT64_FORMAT " entries", n_entries);
    draw_entries(result->page, collecting.entries);
    if (head)
        svp_page_printf(result->page, SVP_STYLE_PLAIN, "  head %s\n", head);
    json_decref(collecting.entries);
    return true;
}

SVP_COMMAND_FUNC(verify_audit)
{
    const char *noted = svp_call_word(call, "HEAD");
    SvpAuditState state;

    if (!svp_audit_check(console->store, noted, &state, error))
        return false;
    if (result->json) {
        json_object_set_new(result->json, "entries", json_integer((json_int_t)state.n_entries));
        json_object_set_new(result->json, "head", json_string(state.head));
        if (noted)
            json_object_set_new(result->json, "noted_at", json_integer((json_int_t)state.noted_at));
        return true;
    }
    svp_page_printf(
        result->page, SVP_STYLE_GOOD, "The audit is whole: %" G_GUINT64_FORMAT " entries.\n",
        state.n_entries);
    if (noted)
        svp_page_printf(
            result->page, SVP_STYLE_GOOD, "The hash that was noted is that of entry %" G_GUINT64_FORMAT ".\n",
            state.noted_at);
    svp_page_printf(result->page, SVP_STYLE_PLAIN, "Note its head elsewhere:\n  %s\n", state.head);
    return true;
}
