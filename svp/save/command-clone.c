/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CLONE, SPLIT, DISPLAY CLONE, DELETE LPAR: LPARs that come while the machine runs, beside those that they are like.
 *
 * A clone begins as its parent was at that moment, and shares each page with it until one of the two writes to it, or until it is split from it.
 * How much a clone shares, with its parent or with whoever else has the pages as well (snapshots, other clones), is counted when it is asked for.
 */
#include "monitor/image.h"
#include "svp/command-row.h"
#include "svp/error.h"
#include "svp/output.h"
#include "svp/save/clone.h"
#include "svp/save/restoring.h"
#include "svp/table.h"

/* --- CLONE ---------------------------------------------------------------------------------------------- */

/* *ret_part_bp: of each share of the parent; 0 if nothing is said. */
static bool parse_shares(const SvpCall *call, uint32_t *ret_part_bp, GError **error)
{
    const char *word = svp_call_word(call, "SHARES");

    *ret_part_bp = 0;
    if (!word || (hv_quantity_parse_percent(word, ret_part_bp, NULL) && *ret_part_bp > 0 &&
                  *ret_part_bp < HV_SHARE_WHOLE_BP))
        return true;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_OPERAND,
        "SHARES('%s') is no part of a share\nGive a percentage above 0 and below 100, such as SHARES(20)",
        word);
    return false;
}

SVP_COMMAND_FUNC(clone)
{
    uint32_t parent_bp;

    if (!parse_shares(call, &parent_bp, error))
        return false;
    g_autoptr(MonitorCapture)
        capture = monitor_system_capture(console->system, svp_call_lpar(call, "lpar"), error);
    HvTime took_ns = 0;
    const SvpRestoring restoring = {
        .capture = capture,
        .lpar = svp_call_lpar(call, "lpar"),
        .to = svp_call_word(call, "TO"),
        .plan = svp_call_word(call, "PLAN") != NULL,
        .partial = svp_call_word(call, "PARTIAL") != NULL,
        .parent_bp = parent_bp,
    };

    if (!capture || !svp_restoring_carry_out(console, &restoring, result, &took_ns, error))
        return false;
    return restoring.plan || svp_clones_add(console, restoring.to, capture, error);
}

/* --- DISPLAY CLONE -------------------------------------------------------------------------------------- */

/* Bytes of content that an LPAR has, and of those that others have as well. */
typedef struct {
    uint64_t content, shared;
} Sharing;

static Sharing count_sharing(MonitorSystem *system, unsigned lpar)
{
    Sharing sharing = {.shared = monitor_system_count_shared(system, lpar) * HV_PAGE_SIZE};
    g_autoptr(MonitorCapture) capture = monitor_system_capture(system, lpar, NULL);

    for (unsigned k = 0; capture && k < RESMGR_STORAGE_KINDS; k++)
        if (capture->content[k])
            sharing.content += hv_storage_snapshot_pages(capture->content[k]) * HV_PAGE_SIZE;
    return sharing;
}

typedef struct {
    MonitorSystem *system;
    json_t *json;    /* array, or NULL */
    SvpTable *table; /* or NULL */
    unsigned n;
} Listing;

static void add_json(json_t *list, const SvpCloneOrigin *origin, Sharing sharing)
{
    json_array_append_new(
        list, json_pack(
                  "{s:s, s:s, s:s?, s:o, s:o, s:o, s:o}", "clone", origin->clone->name, "parent",
                  origin->parent, "snapshot", origin->snapshot, "at_s", svp_json_seconds(origin->at_ns),
                  "content_mib", svp_json_mib(sharing.content), "shared_mib", svp_json_mib(sharing.shared),
                  "own_mib", svp_json_mib(sharing.content - sharing.shared)));
}

static void add_line(SvpTable *table, const SvpCloneOrigin *origin, Sharing sharing)
{
    const uint64_t sizes[] = {sharing.content, sharing.shared, sharing.content - sharing.shared};
    g_autofree char *at = svp_text_seconds(origin->at_ns);

    svp_table_cell(table, "%s", origin->clone->name);
    svp_table_cell(table, "%s", origin->parent);
    svp_table_cell(table, "%s", origin->snapshot ? origin->snapshot : "");
    svp_table_cell(table, "%s", at);
    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autofree char *size = hv_quantity_format_size(sizes[i]);

        svp_table_cell(table, "%s", size);
    }
}

static bool list_clone(const SvpCloneOrigin *origin, void *data)
{
    Listing *listing = data;
    Sharing sharing = count_sharing(listing->system, origin->clone->number);

    listing->n++;
    if (listing->json)
        add_json(listing->json, origin, sharing);
    else
        add_line(listing->table, origin, sharing);
    return true;
}

SVP_COMMAND_FUNC(display_clone)
{
    static const SvpColumn columns[] = {{"clone", false}, {"of", false},     {"snapshot", false},
                                        {"made", true},   {"content", true}, {"shared", true},
                                        {"own", true}};
    g_autoptr(SvpTable) table = svp_table_new(columns, G_N_ELEMENTS(columns));
    Listing listing = {.system = console->system, .table = table};

    (void)call;
    if (result->json) {
        listing.json = json_array();
        json_object_set_new(result->json, "clones", listing.json);
    }
    if (!svp_clones_foreach(console, list_clone, &listing, error))
        return false;
    if (!result->page)
        return true;
    svp_page_title(result->page, "Clones");
    if (listing.n == 0)
        svp_page_add(result->page, SVP_STYLE_DIM, "  There are none; CLONE lpar TO(name) makes one.\n");
    else
        svp_table_print(table, result->page);
    return true;
}

/* --- SPLIT ---------------------------------------------------------------------------------------------- */

typedef struct {
    unsigned clone;
    bool found;
} Search;

static bool find_clone(const SvpCloneOrigin *origin, void *data)
{
    Search *search = data;

    search->found = origin->clone->number == search->clone;
    return !search->found;
}

static bool is_clone(SvpConsole *console, unsigned lpar, GError **error)
{
    Search search = {.clone = lpar};

    if (!svp_clones_foreach(console, find_clone, &search, error) || search.found)
        return search.found;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_CLONE, "%s is no clone\nDISPLAY CLONE lists the clones",
        resmgr_state_lpar(svp_console_state(console), lpar)->name);
    return false;
}

static void show_split(const char *name, const Sharing *before, const Sharing *after, SvpResult *result)
{
    uint64_t copied_bytes = before->shared - after->shared;
    g_autofree char *content = hv_quantity_format_size(before->content);
    g_autofree char *copied = hv_quantity_format_size(copied_bytes);

    if (result->json) {
        json_object_set_new(result->json, "split", json_string(name));
        json_object_set_new(result->json, "content_mib", svp_json_mib(before->content));
        json_object_set_new(result->json, "shared_before_mib", svp_json_mib(before->shared));
        json_object_set_new(result->json, "shared_after_mib", svp_json_mib(after->shared));
        json_object_set_new(result->json, "copied_bytes", json_integer((json_int_t)copied_bytes));
        return;
    }
    svp_page_printf(
        result->page, SVP_STYLE_GOOD,
        "%s shares nothing any more: %s of its %s of content were shared, and have been copied.\n", name,
        copied, content);
}

SVP_COMMAND_FUNC(split)
{
    unsigned clone = svp_call_lpar(call, "lpar");
    const char *name = resmgr_state_lpar(svp_console_state(console), clone)->name;

    if (!is_clone(console, clone, error) || !svp_clones_forget(console, name, error))
        return false;
    Sharing before = count_sharing(console->system, clone);
    uint64_t n_copied = monitor_system_split(console->system, clone);
    Sharing after = count_sharing(console->system, clone);

    g_assert(n_copied * HV_PAGE_SIZE == before.shared - after.shared && after.content == before.content);
    show_split(name, &before, &after, result);
    return true;
}

/* --- DELETE LPAR ---------------------------------------------------------------------------------------- */

typedef struct {
    const char *parent;
    GString *clones; /* names, separated by ", " */
} Dependants;

static bool collect_dependant(const SvpCloneOrigin *origin, void *data)
{
    Dependants *dependants = data;

    /* What came from a snapshot does not need the LPAR that the snapshot was made of. */
    if (!origin->snapshot && g_ascii_strcasecmp(origin->parent, dependants->parent) == 0)
        g_string_append_printf(
            dependants->clones, "%s%s", dependants->clones->len ? ", " : "", origin->clone->name);
    return true;
}

static bool has_no_clones(SvpConsole *console, const char *name, GError **error)
{
    g_autoptr(GString) clones = g_string_new(NULL);
    Dependants dependants = {.parent = name, .clones = clones};

    if (!svp_clones_foreach(console, collect_dependant, &dependants, error))
        return false;
    if (clones->len == 0)
        return true;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_CLONE,
        "%s cannot be deleted: its content is shared by its clones: %s\nSPLIT them, or DELETE them first",
        name, clones->str);
    return false;
}

SVP_COMMAND_FUNC(delete_lpar)
{
    unsigned number = svp_call_lpar(call, "lpar");
    g_autofree char *name = g_strdup(resmgr_state_lpar(svp_console_state(console), number)->name);

    if (!has_no_clones(console, name, error) || !monitor_system_undefine(console->system, number, error))
        return false;
    svp_clones_forget(console, name, NULL);
    if (result->json)
        json_object_set_new(result->json, "deleted", json_string(name));
    else
        svp_page_printf(result->page, SVP_STYLE_GOOD, "%s is no more.\n", name);
    return true;
}
