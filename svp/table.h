/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_TABLE_H
#define LPARSIM_SVP_TABLE_H

#include "svp/page.h"

/* Rows and columns on a page. */
typedef struct SvpTable SvpTable;

typedef struct {
    const char *title; /* static */
    bool right;        /* numbers */
} SvpColumn;

/* `columns` is static. */
SvpTable *svp_table_new(const SvpColumn *columns, unsigned n_columns);
void svp_table_free(SvpTable *table);
/* The next cell: row by row, each from left to right. */
void svp_table_cell(SvpTable *table, const char *format, ...) G_GNUC_PRINTF(2, 3);
void svp_table_empty(SvpTable *table); /* a cell with nothing in it */
unsigned svp_table_rows(const SvpTable *table);
/* Draws all rows (the last is complete, asserted). Columns in which every cell is empty are left out; the last column is wrapped
 * if the page is too narrow. */
void svp_table_print(const SvpTable *table, SvpPage *page);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpTable, svp_table_free)

#endif
