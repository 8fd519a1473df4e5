/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reports: rows of typed cells, and how they are shown.
 *
 *     report's fill() --> rows of cells --> frame | JSON | CSV
 *
 * A cell keeps what was measured, in nanoseconds or as a fraction, and is written with as many digits as each way of showing has:
 * percentages with two decimals, times in seconds (CSV: six decimals, JSON: as exactly as a number can be), other numbers with
 * three. A cell with nothing in it is empty, null, or between two commas.
 *
 * A report that is too wide for a page is drawn as several tables, which all begin with the columns that name the row.
 */
#include "svp/report.h"

#include "svp/csv.h"
#include "svp/output.h"
#include "svp/table.h"

#include <math.h>

typedef enum {
    CELL_NOTHING,
    CELL_TEXT,
    CELL_COUNT,
    CELL_SECONDS,
    CELL_DURATION,
    CELL_PERCENT,
    CELL_NUMBER,
} CellKind;

typedef struct {
    CellKind kind;
    char *text;
    uint64_t count; /* a time in ns */
    double number;
} Cell;

struct SvpReportRows {
    const SvpReport *report;
    GArray *cells;  /* Cell, row by row */
    GArray *totals; /* bool, a row each: it is a total */
};

const ResmgrLparDef *svp_report_lpar_def(const SvpReportScope *scope, unsigned lpar)
{
    const GPtrArray *lpars = monitor_system_definition(scope->system)->lpars;

    for (unsigned i = 0; i < lpars->len; i++) {
        const ResmgrLparDef *def = g_ptr_array_index(lpars, i);

        if (def->number == lpar)
            return def;
    }
    g_assert_not_reached();
}

static void cell_clear(void *data)
{
    g_free(((Cell *)data)->text);
}

SvpReportRows *svp_report_rows_new(const SvpReport *report)
{
    SvpReportRows *rows = g_new0(SvpReportRows, 1);

    rows->report = report;
    rows->cells = g_array_new(FALSE, FALSE, sizeof(Cell));
    rows->totals = g_array_new(FALSE, FALSE, sizeof(bool));
    g_array_set_clear_func(rows->cells, cell_clear);
    return rows;
}

void svp_report_rows_free(SvpReportRows *rows)
{
    if (!rows)
        return;
    g_array_unref(rows->cells);
    g_array_unref(rows->totals);
    g_free(rows);
}

/* --- Filling in ----------------------------------------------------------------------------------------- */

static void begin_row(SvpReportRows *rows, bool total)
{
    g_assert(rows->cells->len == rows->totals->len * rows->report->n_columns);
    g_array_append_val(rows->totals, total);
}

void svp_report_row(SvpReportRows *rows)
{
    begin_row(rows, /* total= */ false);
}

void svp_report_total(SvpReportRows *rows)
{
    begin_row(rows, /* total= */ true);
}

static void add_cell(SvpReportRows *rows, Cell cell)
{
    g_assert(rows->cells->len < rows->totals->len * rows->report->n_columns);
    g_array_append_val(rows->cells, cell);
}

void svp_report_nothing(SvpReportRows *rows)
{
    add_cell(rows, (Cell){.kind = CELL_NOTHING});
}

void svp_report_text(SvpReportRows *rows, const char *text)
{
    add_cell(rows, (Cell){.kind = text ? CELL_TEXT : CELL_NOTHING, .text = g_strdup(text)});
}

void svp_report_count(SvpReportRows *rows, uint64_t count)
{
    add_cell(rows, (Cell){.kind = CELL_COUNT, .count = count});
}

void svp_report_seconds(SvpReportRows *rows, HvTime ns)
{
    add_cell(rows, (Cell){.kind = CELL_SECONDS, .count = ns});
}

void svp_report_duration(SvpReportRows *rows, HvTime ns)
{
    add_cell(rows, (Cell){.kind = CELL_DURATION, .count = ns});
}

void svp_report_percent(SvpReportRows *rows, uint64_t part, uint64_t whole)
{
    add_cell(
        rows, (Cell){
                  .kind = whole > 0 ? CELL_PERCENT : CELL_NOTHING,
                  .number = round(100.0 * svp_percent_of(part, whole)) / 100.0});
}

void svp_report_number(SvpReportRows *rows, double number)
{
    add_cell(rows, (Cell){.kind = CELL_NUMBER, .number = number});
}

/* --- Cells ---------------------------------------------------------------------------------------------- */

static json_t *cell_json(const Cell *cell)
{
    switch (cell->kind) {
    case CELL_NOTHING:
        return json_null();
    case CELL_TEXT:
        return json_string(cell->text);
    case CELL_COUNT:
        return json_integer((json_int_t)cell->count);
    case CELL_SECONDS:
    case CELL_DURATION:
        return svp_json_seconds(cell->count);
    case CELL_PERCENT:
        return svp_json_percent(cell->number);
    case CELL_NUMBER:
        return json_real(round(cell->number * 1000.0) / 1000.0);
    }
    g_assert_not_reached();
}

/* As it stands in a CSV; free with g_free(). */
static char *cell_csv(const Cell *cell)
{
    switch (cell->kind) {
    case CELL_NOTHING:
        return g_strdup("");
    case CELL_TEXT:
        return g_strdup(cell->text);
    case CELL_COUNT:
        return g_strdup_printf("%" G_GUINT64_FORMAT, cell->count);
    case CELL_SECONDS:
    case CELL_DURATION:
        return svp_csv_seconds(cell->count);
    case CELL_PERCENT:
        return g_strdup_printf("%.2f", cell->number);
    case CELL_NUMBER:
        return g_strdup_printf("%.3f", cell->number);
    }
    g_assert_not_reached();
}

static char *cell_frame(const Cell *cell)
{
    switch (cell->kind) {
    case CELL_SECONDS:
        return svp_text_seconds(cell->count);
    case CELL_DURATION:
        return hv_quantity_describe_duration(cell->count);
    case CELL_NUMBER:
        return g_strdup_printf("%.2f", cell->number);
    case CELL_NOTHING:
    case CELL_TEXT:
    case CELL_COUNT:
    case CELL_PERCENT:
        return cell_csv(cell);
    }
    g_assert_not_reached();
}

static const Cell *cell_at(const SvpReportRows *rows, unsigned row, unsigned column)
{
    return &g_array_index(rows->cells, Cell, row * rows->report->n_columns + column);
}

static SvpReportRows *filled(const SvpReport *report, const SvpReportScope *scope)
{
    SvpReportRows *rows = svp_report_rows_new(report);

    report->fill(rows, scope);
    g_assert(rows->cells->len == rows->totals->len * report->n_columns);
    return rows;
}

/* --- JSON ----------------------------------------------------------------------------------------------- */

static json_t *row_json(const SvpReportRows *rows, unsigned row)
{
    json_t *object = json_object();

    for (unsigned column = 0; column < rows->report->n_columns; column++)
        json_object_set_new(
            object, rows->report->columns[column].name, cell_json(cell_at(rows, row, column)));
    return object;
}

/* What the clock on the wall showed, if the machine has been given one. */
static void clock_json(json_t *block, const SvpReportScope *scope)
{
    const HvCalendar *calendar = &monitor_system_definition(scope->system)->machine->calendar;
    HvTime end_ns = scope->sample->at_ns, begin_ns = end_ns - scope->sample->interval_ns;
    g_autofree char *from = hv_calendar_show(calendar, begin_ns), *to = hv_calendar_show(calendar, end_ns);

    if (!calendar->given)
        return;
    json_object_set_new(block, "from_clock", json_string(from));
    json_object_set_new(block, "to_clock", json_string(to));
}

static void clock_line(SvpPage *page, const SvpReportScope *scope)
{
    const HvCalendar *calendar = &monitor_system_definition(scope->system)->machine->calendar;
    HvTime end_ns = scope->sample->at_ns, begin_ns = end_ns - scope->sample->interval_ns;
    g_autofree char *from = hv_calendar_show(calendar, begin_ns), *to = hv_calendar_show(calendar, end_ns);

    if (calendar->given)
        svp_page_printf(page, SVP_STYLE_PLAIN, "  %s to %s.\n", from, to);
}

json_t *svp_report_json(const SvpReport *report, const SvpReportScope *scope)
{
    g_autoptr(SvpReportRows) rows = filled(report, scope);
    HvTime interval_ns = scope->sample->interval_ns;
    json_t *block = json_object(), *plain = json_array(), *totals = json_array();

    json_object_set_new(block, "from_s", svp_json_seconds(scope->sample->at_ns - interval_ns));
    json_object_set_new(block, "to_s", svp_json_seconds(scope->sample->at_ns));
    json_object_set_new(block, "interval_s", svp_json_seconds(interval_ns));
    clock_json(block, scope);
    if (report->head_json)
        report->head_json(block, scope);
    for (unsigned row = 0; row < rows->totals->len; row++)
        json_array_append_new(g_array_index(rows->totals, bool, row) ? totals : plain, row_json(rows, row));
    json_object_set_new(block, "rows", plain);
    if (json_array_size(totals) > 0)
        json_object_set(block, "totals", totals);
    json_decref(totals);
    return block;
}

/* --- CSV ------------------------------------------------------------------------------------------------ */

void svp_report_csv_header(GString *csv, const SvpReport *report)
{
    svp_csv_field(csv, "time");
    svp_csv_field(csv, "interval_s");
    for (unsigned column = 0; column < report->n_columns; column++)
        svp_csv_field(csv, report->columns[column].name);
    svp_csv_end_row(csv);
}

static void csv_row(GString *csv, const SvpReportRows *rows, unsigned row, const MonitorSample *sample)
{
    g_autofree char *end = svp_csv_seconds(sample->at_ns);
    g_autofree char *interval = svp_csv_seconds(sample->interval_ns);

    svp_csv_field(csv, end);
    svp_csv_field(csv, interval);
    for (unsigned column = 0; column < rows->report->n_columns; column++) {
        g_autofree char *text = cell_csv(cell_at(rows, row, column));

        svp_csv_field(csv, text);
    }
    svp_csv_end_row(csv);
}

void svp_report_csv(GString *csv, const SvpReport *report, const SvpReportScope *scope)
{
    g_autoptr(SvpReportRows) rows = filled(report, scope);

    for (unsigned row = 0; row < rows->totals->len; row++)
        if (!g_array_index(rows->totals, bool, row))
            csv_row(csv, rows, row, scope->sample);
}

/* --- Frames --------------------------------------------------------------------------------------------- */

static bool is_in_part(const SvpReportColumn *column, unsigned part)
{
    return column->title && (column->part == part || column->part == SVP_REPORT_ALL_PARTS);
}

/* The columns of a part as those of a table. */
static GArray *part_columns(const SvpReport *report, unsigned part)
{
    GArray *columns = g_array_new(FALSE, FALSE, sizeof(SvpColumn));

    for (unsigned i = 0; i < report->n_columns; i++) {
        const SvpColumn column = {report->columns[i].title, report->columns[i].right};

        if (is_in_part(&report->columns[i], part))
            g_array_append_val(columns, column);
    }
    return columns;
}

/* A total that has nothing to say in this part is left out. */
static bool is_empty_total(const SvpReportRows *rows, unsigned row, unsigned part)
{
    if (!g_array_index(rows->totals, bool, row))
        return false;
    for (unsigned i = 0; i < rows->report->n_columns; i++)
        if (rows->report->columns[i].part == part && cell_at(rows, row, i)->kind != CELL_NOTHING)
            return false;
    return true;
}

static void draw_part(SvpPage *page, const SvpReportRows *rows, unsigned part)
{
    g_autoptr(GArray) columns = part_columns(rows->report, part);
    g_autoptr(SvpTable) table = svp_table_new((const SvpColumn *)(void *)columns->data, columns->len);

    for (unsigned row = 0; row < rows->totals->len; row++) {
        if (is_empty_total(rows, row, part))
            continue;
        for (unsigned i = 0; i < rows->report->n_columns; i++) {
            g_autofree char *text = cell_frame(cell_at(rows, row, i));

            if (is_in_part(&rows->report->columns[i], part))
                svp_table_cell(table, "%s", text);
        }
    }
    svp_table_print(table, page);
}

static unsigned count_parts(const SvpReport *report)
{
    unsigned parts = 1;

    for (unsigned i = 0; i < report->n_columns; i++)
        if (report->columns[i].part != SVP_REPORT_ALL_PARTS)
            parts = MAX(parts, report->columns[i].part + 1);
    return parts;
}

void svp_report_frame(SvpPage *page, const SvpReport *report, const SvpReportScope *scope, const char *which)
{
    g_autoptr(SvpReportRows) rows = filled(report, scope);
    g_autofree char *from = svp_text_seconds(scope->sample->at_ns - scope->sample->interval_ns);
    g_autofree char *to = svp_text_seconds(scope->sample->at_ns);

    svp_page_title(page, "%s, %s: %s to %s", report->title, which, from, to);
    clock_line(page, scope);
    if (report->head_frame)
        report->head_frame(page, scope);
    if (rows->totals->len == 0) {
        svp_page_printf(page, SVP_STYLE_PLAIN, "  %s\n", report->nothing);
        return;
    }
    for (unsigned part = 0; part < count_parts(report); part++) {
        if (part > 0)
            svp_page_add(page, SVP_STYLE_PLAIN, "\n");
        draw_part(page, rows, part);
    }
}
