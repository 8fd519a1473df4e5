/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tables: cells are collected, then each column is as wide as its widest cell.
 *
 * A column that has nothing in any row is not drawn, so a frame can offer columns that few machines need (expanded
 * storage, caps). What does not fit on the page is the last column's to solve: its words go on in further lines below
 * one another.
 */
#include "svp/table.h"

#include <string.h>

#define TABLE_INDENT 2u
#define TABLE_GAP    2u
#define TABLE_LAST   24u /* what the last column is given at least before the gaps are made narrower */

struct SvpTable {
    const SvpColumn *columns;
    unsigned n_columns;
    GPtrArray *cells; /* char *, row by row */
};

SvpTable *svp_table_new(const SvpColumn *columns, unsigned n_columns)
{
    SvpTable *table = g_new0(SvpTable, 1);

    table->columns = columns;
    table->n_columns = n_columns;
    table->cells = g_ptr_array_new_with_free_func(g_free);
    return table;
}

void svp_table_free(SvpTable *table)
{
    if (!table)
        return;
    g_ptr_array_unref(table->cells);
    g_free(table);
}

void svp_table_cell(SvpTable *table, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_ptr_array_add(table->cells, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

void svp_table_empty(SvpTable *table)
{
    g_ptr_array_add(table->cells, g_strdup(""));
}

unsigned svp_table_rows(const SvpTable *table)
{
    return table->cells->len / table->n_columns;
}

static const char *cell_at(const SvpTable *table, unsigned row, unsigned column)
{
    return g_ptr_array_index(table->cells, row * table->n_columns + column);
}

/* 0: nothing in it, not drawn. */
static unsigned column_width(const SvpTable *table, unsigned column)
{
    unsigned width = 0;

    for (unsigned row = 0; row < svp_table_rows(table); row++)
        width = MAX(width, svp_page_columns(cell_at(table, row, column)));
    return width == 0 ? 0 : MAX(width, svp_page_columns(table->columns[column].title));
}

static unsigned *column_widths(const SvpTable *table, unsigned *ret_last)
{
    unsigned *widths = g_new0(unsigned, table->n_columns);

    *ret_last = 0;
    for (unsigned column = 0; column < table->n_columns; column++) {
        widths[column] = column_width(table, column);
        if (widths[column] > 0)
            *ret_last = column;
    }
    return widths;
}

/* Between columns: less where the page would be too narrow otherwise. */
static unsigned choose_gap(const SvpPage *page, const unsigned *widths, unsigned last)
{
    unsigned columns = TABLE_INDENT + MIN(widths[last], TABLE_LAST);

    for (unsigned column = 0; column < last; column++)
        columns += widths[column] > 0 ? widths[column] + TABLE_GAP : 0;
    return columns > svp_page_width(page) ? 1 : TABLE_GAP;
}

/* Where the columns stand on this page. */
typedef struct {
    unsigned *widths; /* 0: not drawn */
    unsigned last;    /* column that is drawn */
    unsigned gap;
} Layout;

static void print_line(
    const SvpTable *table, SvpPage *page, SvpStyle style, const Layout *layout, unsigned row, bool is_heading)
{
    unsigned at = TABLE_INDENT;

    svp_page_printf(page, SVP_STYLE_PLAIN, "%*s", (int)TABLE_INDENT, "");
    for (unsigned column = 0; column <= layout->last; column++) {
        const char *text = is_heading ? table->columns[column].title : cell_at(table, row, column);
        unsigned width = layout->widths[column], pad = width - MIN(width, svp_page_columns(text));
        unsigned before = table->columns[column].right ? pad : 0;

        if (width == 0)
            continue;
        svp_page_printf(page, SVP_STYLE_PLAIN, "%*s", (int)before, "");
        if (column == layout->last) {
            svp_page_wrap(page, style, text, at + before, at);
            continue;
        }
        svp_page_add(page, style, text);
        svp_page_printf(page, SVP_STYLE_PLAIN, "%*s", (int)(pad - before + layout->gap), "");
        at += width + layout->gap;
    }
}

static bool has_titles(const SvpTable *table)
{
    for (unsigned column = 0; column < table->n_columns; column++)
        if (*table->columns[column].title)
            return true;
    return false;
}

void svp_table_print(const SvpTable *table, SvpPage *page)
{
    Layout layout;
    g_autofree unsigned *widths = column_widths(table, &layout.last);

    g_assert(table->cells->len % table->n_columns == 0);
    if (svp_table_rows(table) == 0)
        return;
    layout.widths = widths;
    layout.gap = choose_gap(page, widths, layout.last);
    if (has_titles(table))
        print_line(table, page, SVP_STYLE_DIM, &layout, 0, /* is_heading= */ true);
    for (unsigned row = 0; row < svp_table_rows(table); row++)
        print_line(table, page, SVP_STYLE_PLAIN, &layout, row, /* is_heading= */ false);
}
