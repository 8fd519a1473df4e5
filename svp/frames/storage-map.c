/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The storage map, figure 3 of the patent: who has which part of MS or ES.
 *
 * The bar is to scale. A machine with many areas gets several bars below one another, each for an equal span of the storage, so
 * that an area of average size has room for its name. An area too small for a column is not seen in the bar; the table below it
 * lists all. Two bars drawn of one machine have the same scale, so before and after can be compared by eye.
 */
#include "resmgr/storage-map.h"
#include "svp/frames/frames.h"
#include "svp/output.h"
#include "svp/table.h"

#include <string.h>

#define COLUMNS_PER_AREA 9u
#define BARS_MAX         12u
#define INDENT           2u

/* --- JSON ----------------------------------------------------------------------------------------------- */

static json_t *area_json(const ResmgrState *state, ResmgrStorageKind kind, const ResmgrPiece *piece)
{
    const ResmgrLpar *lpar = resmgr_state_lpar(state, piece->lpar);
    json_t *area = json_object();

    json_object_set_new(area, "lpar", json_string(lpar->name));
    json_object_set_new(area, "origin_mib", svp_json_mib(piece->origin_bytes));
    json_object_set_new(area, "size_mib", svp_json_mib(piece->size_bytes));
    json_object_set_new(area, "reserved_mib", svp_json_mib(lpar->areas[kind].reserved_bytes));
    return area;
}

static json_t *free_json(const ResmgrPiece *piece)
{
    json_t *hole = json_object();

    json_object_set_new(hole, "origin_mib", svp_json_mib(piece->origin_bytes));
    json_object_set_new(hole, "size_mib", svp_json_mib(piece->size_bytes));
    return hole;
}

json_t *svp_storage_json(const ResmgrState *state, ResmgrStorageKind kind, unsigned lpar)
{
    g_autoptr(GArray) pieces = resmgr_storage_map(state, kind);
    json_t *storage = json_object(), *areas = json_array(), *holes = json_array();

    for (unsigned i = 0; i < pieces->len; i++) {
        const ResmgrPiece *piece = &g_array_index(pieces, ResmgrPiece, i);

        if (piece->lpar == 0)
            json_array_append_new(holes, free_json(piece));
        else if (lpar == 0 || lpar == piece->lpar)
            json_array_append_new(areas, area_json(state, kind, piece));
    }
    json_object_set_new(storage, "size_mib", svp_json_mib(resmgr_storage_total(state, kind)));
    json_object_set_new(storage, "increment_mib", svp_json_mib(state->definition->machine->increment_bytes));
    json_object_set_new(storage, "areas", areas);
    json_object_set_new(storage, "free", holes);
    return storage;
}

/* --- The bar -------------------------------------------------------------------------------------------- */

/* One bar: `span_bytes` of storage from `start_bytes` on, over `columns` columns and one for the last edge. */
typedef struct {
    SvpPage *page;
    const ResmgrState *state;
    const GArray *pieces;
    uint64_t start_bytes, end_bytes, span_bytes;
    unsigned columns;
} Bar;

static unsigned column_of(const Bar *bar, uint64_t address)
{
    uint64_t at = CLAMP(address, bar->start_bytes, bar->end_bytes) - bar->start_bytes;

    return (unsigned)hv_muldiv(at, bar->columns, bar->span_bytes);
}

/* The columns of a piece in this bar; false if there are none. */
static bool piece_columns(const Bar *bar, const ResmgrPiece *piece, unsigned *ret_first, unsigned *ret_end)
{
    *ret_first = column_of(bar, piece->origin_bytes);
    *ret_end = column_of(bar, piece->origin_bytes + piece->size_bytes);
    return *ret_first < *ret_end;
}

static void draw_edges(const Bar *bar, SvpGlyph left, SvpGlyph middle, SvpGlyph right)
{
    unsigned first, end, last = column_of(bar, bar->end_bytes);

    svp_page_printf(bar->page, SVP_STYLE_PLAIN, "%*s", (int)INDENT, "");
    for (unsigned i = 0; i < bar->pieces->len; i++) {
        if (!piece_columns(bar, &g_array_index(bar->pieces, ResmgrPiece, i), &first, &end))
            continue;
        svp_page_repeat(bar->page, SVP_STYLE_PLAIN, first == 0 ? left : middle, 1);
        svp_page_repeat(bar->page, SVP_STYLE_PLAIN, SVP_GLYPH_HORIZONTAL, end - first - 1);
        if (end == last)
            svp_page_repeat(bar->page, SVP_STYLE_PLAIN, right, 1);
    }
    svp_page_add(bar->page, SVP_STYLE_PLAIN, "\n");
}

static void draw_free(const Bar *bar, unsigned room)
{
    bool named = room >= strlen(" free ") + 2;

    svp_page_repeat(bar->page, SVP_STYLE_DIM, SVP_GLYPH_FREE, named ? 1 : room);
    if (!named)
        return;
    svp_page_add(bar->page, SVP_STYLE_DIM, " free ");
    svp_page_repeat(bar->page, SVP_STYLE_DIM, SVP_GLYPH_FREE, room - 1 - (unsigned)strlen(" free "));
}

/* The name, or the number, or neither, as there is room. */
static void draw_area(const Bar *bar, const ResmgrPiece *piece, unsigned room)
{
    const ResmgrLpar *lpar = resmgr_state_lpar(bar->state, piece->lpar);
    g_autofree char *number = g_strdup_printf("%u", lpar->number);
    const char *label = strlen(lpar->name) <= room ? lpar->name : strlen(number) <= room ? number : "";

    svp_page_printf(
        bar->page, SVP_STYLE_AREA + (piece->lpar - 1) % SVP_AREA_STYLES, "%-*s", (int)room, label);
}

static void draw_inside(const Bar *bar)
{
    unsigned first, end;

    svp_page_printf(bar->page, SVP_STYLE_PLAIN, "%*s", (int)INDENT, "");
    for (unsigned i = 0; i < bar->pieces->len; i++) {
        const ResmgrPiece *piece = &g_array_index(bar->pieces, ResmgrPiece, i);

        if (!piece_columns(bar, piece, &first, &end))
            continue;
        svp_page_repeat(bar->page, SVP_STYLE_PLAIN, SVP_GLYPH_VERTICAL, 1);
        if (piece->lpar == 0)
            draw_free(bar, end - first - 1);
        else
            draw_area(bar, piece, end - first - 1);
    }
    svp_page_repeat(bar->page, SVP_STYLE_PLAIN, SVP_GLYPH_VERTICAL, 1);
    svp_page_add(bar->page, SVP_STYLE_PLAIN, "\n");
}

/* Addresses under the edges, where one does not run into the next. The end comes first: it is always shown. */
static void draw_addresses(const Bar *bar)
{
    g_autofree char *end_text = hv_quantity_format_size(bar->end_bytes);
    unsigned end_column = column_of(bar, bar->end_bytes), first, end;
    g_autoptr(GString) line = g_string_new(NULL);

    for (unsigned i = 0; i < bar->pieces->len; i++) {
        const ResmgrPiece *piece = &g_array_index(bar->pieces, ResmgrPiece, i);
        g_autofree char *text = hv_quantity_format_size(MAX(piece->origin_bytes, bar->start_bytes));

        if (!piece_columns(bar, piece, &first, &end) || (line->len > 0 && line->len >= first) ||
            first + strlen(text) >= end_column)
            continue;
        g_string_append_printf(line, "%*s%s", (int)(first - line->len), "", text);
    }
    g_string_append_printf(line, "%*s%s", (int)(end_column - line->len), "", end_text);
    svp_page_printf(bar->page, SVP_STYLE_DIM, "%*s%s\n", (int)INDENT, "", line->str);
}

static void draw_bar(const Bar *bar)
{
    draw_edges(bar, SVP_GLYPH_TOP_LEFT, SVP_GLYPH_TOP, SVP_GLYPH_TOP_RIGHT);
    draw_inside(bar);
    draw_edges(bar, SVP_GLYPH_BOTTOM_LEFT, SVP_GLYPH_BOTTOM, SVP_GLYPH_BOTTOM_RIGHT);
    draw_addresses(bar);
}

/* Span of one bar: enough bars that areas have room on average, and whole increments. */
static uint64_t span_of_bar(const ResmgrState *state, uint64_t total, unsigned n_pieces, unsigned columns)
{
    uint64_t increment = state->definition->machine->increment_bytes;
    unsigned n_bars = CLAMP((n_pieces * COLUMNS_PER_AREA + columns - 1) / columns, 1, BARS_MAX);
    uint64_t span = (total + n_bars - 1) / n_bars;

    return (span + increment - 1) / increment * increment;
}

void svp_storage_bar(SvpPage *page, const ResmgrState *state, ResmgrStorageKind kind, const char *title)
{
    g_autoptr(GArray) pieces = resmgr_storage_map(state, kind);
    uint64_t total = resmgr_storage_total(state, kind);
    Bar bar = {.page = page, .state = state, .pieces = pieces};

    svp_page_title(page, "%s", title);
    if (total == 0)
        return;
    bar.columns = svp_page_width(page) - INDENT - 8; /* the last address stands behind the last edge */
    bar.span_bytes = span_of_bar(state, total, pieces->len, bar.columns);
    for (bar.start_bytes = 0; bar.start_bytes < total; bar.start_bytes += bar.span_bytes) {
        bar.end_bytes = MIN(bar.start_bytes + bar.span_bytes, total);
        draw_bar(&bar);
    }
}

/* --- The frame ------------------------------------------------------------------------------------------ */

static void
table_row(SvpTable *table, const ResmgrState *state, ResmgrStorageKind kind, const ResmgrPiece *piece)
{
    const ResmgrLpar *lpar = resmgr_state_lpar(state, piece->lpar);
    g_autofree char *origin = hv_quantity_format_size(piece->origin_bytes);
    g_autofree char *size = hv_quantity_format_size(piece->size_bytes);

    svp_table_cell(table, "%s", lpar ? lpar->name : "free");
    svp_table_cell(table, "%s", origin);
    svp_table_cell(table, "%s", size);
    if (!lpar) {
        svp_table_empty(table);
        svp_table_empty(table);
        return;
    }
    const ResmgrArea *area = &lpar->areas[kind];
    g_autofree char *reserved = hv_quantity_format_size(area->reserved_bytes);
    g_autofree char *next = hv_quantity_format_size(area->reserved_next_bytes);

    svp_table_cell(table, "%s", reserved);
    svp_table_cell(table, "%s", area->reserved_next_given ? next : "");
}

static void draw_table(SvpPage *page, const ResmgrState *state, ResmgrStorageKind kind, unsigned lpar)
{
    static const SvpColumn columns[] = {
        {"LPAR", false}, {"origin", true}, {"size", true}, {"reserved", true}, {"at next load", true}};
    g_autoptr(SvpTable) table = svp_table_new(columns, G_N_ELEMENTS(columns));
    g_autoptr(GArray) pieces = resmgr_storage_map(state, kind);

    for (unsigned i = 0; i < pieces->len; i++) {
        const ResmgrPiece *piece = &g_array_index(pieces, ResmgrPiece, i);

        if (lpar == 0 || lpar == piece->lpar)
            table_row(table, state, kind, piece);
    }
    svp_table_print(table, page);
}

void svp_storage_frame(SvpPage *page, const ResmgrState *state, ResmgrStorageKind kind, unsigned lpar)
{
    g_autoptr(GArray) pieces = resmgr_storage_map(state, kind);
    g_autofree char *total = hv_quantity_format_size(resmgr_storage_total(state, kind));
    g_autofree char *increment = hv_quantity_format_size(state->definition->machine->increment_bytes);
    g_autofree char *free_size = hv_quantity_format_size(resmgr_storage_map_free(pieces));
    g_autofree char *title = g_strdup_printf(
        "%s storage: %s, %s free, increment %s", kind == RESMGR_MS ? "Main" : "Expanded", total, free_size,
        increment);

    if (resmgr_storage_total(state, kind) == 0) {
        svp_page_title(page, "%s storage: none", kind == RESMGR_MS ? "Main" : "Expanded");
        return;
    }
    svp_storage_bar(page, state, kind, title);
    svp_page_add(page, SVP_STYLE_PLAIN, "\n");
    draw_table(page, state, kind, lpar);
}
