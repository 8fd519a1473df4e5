/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CLONE, DISPLAY CLONE, DELETE LPAR: LPARs that come while the machine runs, beside those that they are like.
 *
 * A clone begins as its parent was at that moment, and shares each page with it until one of the two writes to it. Who is whose clone
 * is a record of the store (collection "clone"); how much they still share is counted when it is asked for.
 */
#include "monitor/image.h"
#include "svp/command-row.h"
#include "svp/output.h"
#include "svp/protect/policy-run.h"
#include "svp/save/restoring.h"
#include "svp/table.h"

#define COLLECTION "clone"

/* --- CLONE ---------------------------------------------------------------------------------------------- */

static bool put_record(SvpConsole *console, const char *clone, const MonitorCapture *parent, GError **error)
{
    g_autofree char *key = g_ascii_strup(clone, -1);
    json_t *record = json_pack(
        "{s:s, s:s, s:I}", "clone", clone, "parent", parent->name, "at_ns", (json_int_t)parent->at_ns);
    bool put = svp_store_put(console->store, COLLECTION, key, record, error);

    json_decref(record);
    return put;
}

SVP_COMMAND_FUNC(clone)
{
    g_autoptr(MonitorCapture)
        capture = monitor_system_capture(console->system, svp_call_lpar(call, "lpar"), error);
    HvTime took_ns = 0;
    const SvpRestoring restoring = {
        .capture = capture,
        .lpar = svp_call_lpar(call, "lpar"),
        .to = svp_call_word(call, "TO"),
        .plan = svp_call_word(call, "PLAN") != NULL,
        .partial = svp_call_word(call, "PARTIAL") != NULL,
    };

    if (!capture || !svp_restoring_carry_out(console, &restoring, result, &took_ns, error))
        return false;
    return restoring.plan || put_record(console, restoring.to, capture, error);
}

/* --- DISPLAY CLONE -------------------------------------------------------------------------------------- */

static bool note_page(uint64_t offset, const uint8_t *page, void *data)
{
    GHashTable *pages = data;
    uint64_t *key = g_memdup2(&offset, sizeof(offset));

    g_hash_table_insert(pages, key, (gpointer)(uintptr_t)page);
    return true;
}

typedef struct {
    GHashTable *parent; /* offset: page */
    uint64_t pages, shared;
} Sharing;

static bool compare_page(uint64_t offset, const uint8_t *page, void *data)
{
    Sharing *sharing = data;

    sharing->pages++;
    sharing->shared += g_hash_table_lookup(sharing->parent, &offset) == page;
    return true;
}

/* Pages that the clone has, and those of them that are the same memory as its parent's. False: one of the two has none. */
static bool count_sharing(MonitorSystem *system, unsigned clone, unsigned parent, Sharing *ret_sharing)
{
    g_autoptr(MonitorCapture) a = monitor_system_capture(system, clone, NULL);
    g_autoptr(MonitorCapture) b = monitor_system_capture(system, parent, NULL);

    for (unsigned k = 0; a && b && k < RESMGR_STORAGE_KINDS; k++) {
        if (!a->content[k] || !b->content[k])
            continue;
        ret_sharing->parent = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
        hv_storage_snapshot_foreach(
            b->content[k], 0, hv_storage_snapshot_length(b->content[k]), note_page, ret_sharing->parent);
        hv_storage_snapshot_foreach(
            a->content[k], 0, hv_storage_snapshot_length(a->content[k]), compare_page, ret_sharing);
        g_hash_table_unref(ret_sharing->parent);
    }
    return a && b;
}

typedef struct {
    SvpConsole *console;
    json_t *json;    /* array, or NULL */
    SvpTable *table; /* or NULL */
    unsigned n;
} Listing;

static bool list_clone(const char *key, json_t *record, void *data)
{
    Listing *listing = data;
    const ResmgrState *state = svp_console_state(listing->console);
    const char *parent_name = json_string_value(json_object_get(record, "parent"));
    HvTime at_ns = (HvTime)json_integer_value(json_object_get(record, "at_ns"));
    const ResmgrLpar *clone = resmgr_state_find(state, key, NULL);
    const ResmgrLpar *parent = parent_name ? resmgr_state_find(state, parent_name, NULL) : NULL;
    Sharing sharing = {0};

    if (!clone || !parent)
        return true; /* one of the two is no more */
    count_sharing(listing->console->system, clone->number, parent->number, &sharing);
    listing->n++;
    if (listing->json) {
        json_array_append_new(
            listing->json,
            json_pack(
                "{s:s, s:s, s:o, s:o, s:o}", "clone", clone->name, "parent", parent->name, "at_s",
                svp_json_seconds(at_ns), "content_mib", svp_json_mib(sharing.pages * HV_PAGE_SIZE),
                "shared_mib", svp_json_mib(sharing.shared * HV_PAGE_SIZE)));
        return true;
    }
    g_autofree char *at = svp_text_seconds(at_ns);
    g_autofree char *content = hv_quantity_format_size(sharing.pages * HV_PAGE_SIZE);
    g_autofree char *shared = hv_quantity_format_size(sharing.shared * HV_PAGE_SIZE);

    svp_table_cell(listing->table, "%s", clone->name);
    svp_table_cell(listing->table, "%s", parent->name);
    svp_table_cell(listing->table, "%s", at);
    svp_table_cell(listing->table, "%s", content);
    svp_table_cell(listing->table, "%s", shared);
    return true;
}

SVP_COMMAND_FUNC(display_clone)
{
    static const SvpColumn columns[] = {
        {"clone", false}, {"of", false}, {"made", true}, {"content", true}, {"shared", true}};
    g_autoptr(SvpTable) table = result->page ? svp_table_new(columns, G_N_ELEMENTS(columns)) : NULL;
    Listing listing = {.console = console, .json = result->json ? json_array() : NULL, .table = table};

    (void)call;
    (void)error;
    svp_store_foreach(console->store, COLLECTION, list_clone, &listing);
    if (result->json) {
        json_object_set_new(result->json, "clones", listing.json);
        return true;
    }
    svp_page_title(result->page, "Clones");
    if (listing.n == 0)
        svp_page_add(result->page, SVP_STYLE_DIM, "  There are none; CLONE lpar TO(name) makes one.\n");
    else
        svp_table_print(table, result->page);
    return true;
}

/* --- DELETE LPAR ---------------------------------------------------------------------------------------- */

SVP_COMMAND_FUNC(delete_lpar)
{
    unsigned number = svp_call_lpar(call, "lpar");
    g_autofree char *name = g_strdup(resmgr_state_lpar(svp_console_state(console), number)->name);
    g_autofree char *key = g_ascii_strup(name, -1);

    if (!monitor_system_undefine(console->system, number, error))
        return false;
    svp_store_delete(console->store, COLLECTION, key, NULL);
    if (console->protect)
        svp_protect_split_clone(console->protect, name, NULL);
    if (result->json)
        json_object_set_new(result->json, "deleted", json_string(name));
    else
        svp_page_printf(result->page, SVP_STYLE_GOOD, "%s is no more.\n", name);
    return true;
}
