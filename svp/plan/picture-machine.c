/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The pictures of the machine before and after: the storage map, and the share matrix.
 *
 * Before and after are below one another on one scale, so that what moved is seen. The ground of a share is the deeper the larger it is;
 * the number is in it.
 */
#include "svp/plan/figure.h"
#include "svp/plan/picture-private.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#define TOP    48.0
#define MARGIN 16.0

/* --- Storage map ---------------------------------------------------------------------------------------- */

#define MAP_HEIGHT 104.0
#define BAR_HEIGHT 44.0
#define FULL_WIDTH (SVP_PICTURE_WIDTH - 2 * MARGIN)

double svp_picture_storage_height(const json_t *model)
{
    return TOP + MAP_HEIGHT * (double)json_array_size(json_object_get(model, "maps"));
}

static void draw_piece(cairo_t *cr, const json_t *piece, double y, double x, double width)
{
    const char *lpar = json_string_value(json_object_get(piece, "lpar"));
    SvpInk ink = lpar ? SVP_INK_SERIES + (unsigned)svp_figure_get_or(piece, "color", 0) : SVP_INK_FREE;
    SvpInk on_it = svp_pen_is_light(ink) ? SVP_INK_TEXT : SVP_INK_PAPER;
    SvpLettering how = {.size = 13, .bold = lpar != NULL, .ink = on_it, .anchor = SVP_ANCHOR_MIDDLE};
    SvpLettering small = {.size = 11, .ink = on_it, .anchor = SVP_ANCHOR_MIDDLE};
    g_autofree char *name = svp_pen_fit(cr, how, lpar ? lpar : "free", width - 6);
    g_autofree char *size = svp_figure_mib(svp_figure_get_or(piece, "size_mib", 0));

    svp_pen_box(cr, x, y, width, BAR_HEIGHT, ink);
    svp_pen_text(cr, x + width / 2, y + 19, how, name);
    if (svp_pen_text_width(cr, small, size) <= width - 6)
        svp_pen_text(cr, x + width / 2, y + 35, small, size);
    cairo_rectangle(cr, x, y, width, BAR_HEIGHT);
    svp_pen_ink(cr, SVP_INK_PAPER);
    cairo_set_line_width(cr, MIN(2, width / 4));
    cairo_stroke(cr);
}

/* Origins below the bar, where one does not run into the one before; the end of the storage always. */
static void draw_origins(cairo_t *cr, const json_t *pieces, double size, double y)
{
    SvpLettering how = {.size = 11, .ink = SVP_INK_DIM}, end = how;
    g_autofree char *last = svp_figure_mib(size);
    double used = 0, limit;

    end.anchor = SVP_ANCHOR_RIGHT;
    svp_pen_text(cr, MARGIN + FULL_WIDTH, y, end, last);
    limit = MARGIN + FULL_WIDTH - svp_pen_text_width(cr, end, last) - 8;
    for (size_t i = 0; i < json_array_size(pieces); i++) {
        double origin = svp_figure_get_or(json_array_get(pieces, i), "origin_mib", 0);
        g_autofree char *text = origin > 0 ? svp_figure_mib(origin) : g_strdup("0");
        double x = MARGIN + FULL_WIDTH * origin / size, width = svp_pen_text_width(cr, how, text);

        if (x < used || x + width > limit)
            continue;
        svp_pen_text(cr, x, y, how, text);
        used = x + width + 8;
    }
}

static void draw_map(cairo_t *cr, const json_t *map, double size, double y)
{
    const json_t *pieces = json_object_get(map, "pieces");
    SvpLettering how = {.size = 13, .ink = SVP_INK_DIM};

    svp_pen_text(cr, MARGIN, y + 16, how, svp_figure_string(map, "title"));
    for (size_t i = 0; i < json_array_size(pieces); i++) {
        const json_t *piece = json_array_get(pieces, i);
        double x = MARGIN + FULL_WIDTH * svp_figure_get_or(piece, "origin_mib", 0) / size;

        draw_piece(cr, piece, y + 24, x, FULL_WIDTH * svp_figure_get_or(piece, "size_mib", 0) / size);
    }
    draw_origins(cr, pieces, size, y + 24 + BAR_HEIGHT + 15);
}

void svp_picture_storage(cairo_t *cr, const json_t *model, double height)
{
    const json_t *maps = json_object_get(model, "maps");
    double size = svp_figure_get_or(model, "size_mib", 1);

    g_assert(height > TOP);
    svp_picture_title(cr, model);
    for (size_t i = 0; i < json_array_size(maps); i++)
        draw_map(cr, json_array_get(maps, i), size, TOP + MAP_HEIGHT * (double)i);
}

/* --- Share matrix --------------------------------------------------------------------------------------- */

#define CELL_HEIGHT   24.0
#define CELL_WIDE_MAX 84.0
#define NAME_WIDTH    140.0
#define MATRIX_HEAD   48.0 /* title and IPs */
#define MATRIX_FOOT   14.0

static double matrix_height(const json_t *matrix)
{
    return MATRIX_HEAD + CELL_HEIGHT * (double)json_array_size(json_object_get(matrix, "rows")) + MATRIX_FOOT;
}

static double note_height(const json_t *model)
{
    return svp_figure_get_or(model, "left_out", 0) > 0 ? 24 : 0;
}

double svp_picture_shares_height(const json_t *model)
{
    const json_t *matrices = json_object_get(model, "matrices");
    double height = TOP;

    for (size_t i = 0; i < json_array_size(matrices); i++)
        height += matrix_height(json_array_get(matrices, i));
    return height + note_height(model);
}

static void draw_cell(cairo_t *cr, double x, double y, double width, const json_t *percent)
{
    double value = json_number_value(percent);
    SvpLettering how = {.size = width < 36 ? 10 : 12, .ink = SVP_INK_TEXT, .anchor = SVP_ANCHOR_MIDDLE};
    char number[G_ASCII_DTOSTR_BUF_SIZE];

    svp_pen_box(cr, x + 1, y + 1, width - 2, CELL_HEIGHT - 2, SVP_INK_FREE);
    if (!json_is_number(percent))
        return;
    svp_pen_ink(cr, SVP_INK_SERIES + 4);
    cairo_rectangle(cr, x + 1, y + 1, width - 2, CELL_HEIGHT - 2);
    cairo_save(cr);
    cairo_clip(cr);
    cairo_paint_with_alpha(cr, 0.15 + 0.75 * CLAMP(value, 0, 100) / 100);
    cairo_restore(cr);
    svp_pen_text(cr, x + width / 2, y + 16, how, g_ascii_formatd(number, (int)sizeof number, "%.4g", value));
}

static void draw_head(cairo_t *cr, const json_t *ips, double y, double width)
{
    SvpLettering how = {.size = width < 36 ? 10 : 12, .ink = SVP_INK_DIM, .anchor = SVP_ANCHOR_MIDDLE};

    for (size_t i = 0; i < json_array_size(ips); i++) {
        const json_t *ip = json_array_get(ips, i);
        g_autofree char *name = g_strdup_printf("IP%.0f", svp_figure_get_or(ip, "ip", 0));
        g_autofree char *shown = svp_pen_fit(cr, how, name, width + 1);

        svp_pen_text(
            cr, NAME_WIDTH + width * ((double)i + 0.5), y, how, *shown ? shown : name + strlen("IP"));
    }
}

static void draw_matrix(cairo_t *cr, const json_t *matrix, const json_t *ips, double y)
{
    const json_t *rows = json_object_get(matrix, "rows");
    SvpLettering title = {.size = 13, .ink = SVP_INK_DIM};
    SvpLettering how = {.size = 13, .ink = SVP_INK_TEXT, .anchor = SVP_ANCHOR_RIGHT};
    double width =
        floor(MIN((SVP_PICTURE_WIDTH - NAME_WIDTH - MARGIN) / (double)json_array_size(ips), CELL_WIDE_MAX));

    svp_pen_text(cr, MARGIN, y + 16, title, svp_figure_string(matrix, "title"));
    draw_head(cr, ips, y + MATRIX_HEAD - 8, width);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i), *percents = json_object_get(row, "percents");
        double top = y + MATRIX_HEAD + CELL_HEIGHT * (double)i;
        g_autofree char *name =
            svp_pen_fit(cr, how, svp_figure_string(row, "lpar"), NAME_WIDTH - MARGIN - 10);

        svp_pen_text(cr, NAME_WIDTH - 10, top + 16, how, name);
        for (size_t k = 0; k < json_array_size(percents); k++)
            draw_cell(cr, NAME_WIDTH + width * (double)k, top, width, json_array_get(percents, k));
    }
}

void svp_picture_shares(cairo_t *cr, const json_t *model, double height)
{
    const json_t *matrices = json_object_get(model, "matrices"), *ips = json_object_get(model, "ips");
    SvpLettering note = {.size = 12, .ink = SVP_INK_DIM};
    double y = TOP;

    svp_picture_title(cr, model);
    for (size_t i = 0; i < json_array_size(matrices); i++) {
        draw_matrix(cr, json_array_get(matrices, i), ips, y);
        y += matrix_height(json_array_get(matrices, i));
    }
    if (note_height(model) > 0)
        svp_pen_text(
            cr, MARGIN, height - 12, note,
            "Not all IPs and LPARs have room here; those whose shares change come first.");
}
