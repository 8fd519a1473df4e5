/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The pen: text, lines and grounds in the report's colors, on any cairo surface.
 *
 * The colors of series are those of Okabe and Ito, which people tell apart who do not see red and green as others do, in an order
 * in which neighbours also differ in lightness; series are told apart by shape as well where there is no ground. page.css has the
 * same colors. Text is drawn with the font that the system takes for sans-serif.
 */
#include "svp/plan/pen.h"

#include "svp/plan/chart-model.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#define DOT_RADIUS 4.5

static const unsigned inks[SVP_INK_SERIES + SVP_CHART_COLORS] = {
    [SVP_INK_TEXT] = 0x1b1f24,       [SVP_INK_DIM] = 0x57606a,        [SVP_INK_GRID] = 0xd8dee4,
    [SVP_INK_PAPER] = 0xffffff,      [SVP_INK_MARK] = 0x8b1a4a,       [SVP_INK_GOOD] = 0x0072b2,
    [SVP_INK_BAD] = 0xc4500a,        [SVP_INK_OPEN] = 0x6e7781,       [SVP_INK_FREE] = 0xeef1f4,
    [SVP_INK_SERIES] = 0x0072b2,     [SVP_INK_SERIES + 1] = 0xe69f00, [SVP_INK_SERIES + 2] = 0x009e73,
    [SVP_INK_SERIES + 3] = 0xcc79a7, [SVP_INK_SERIES + 4] = 0x56b4e9, [SVP_INK_SERIES + 5] = 0xd55e00,
    [SVP_INK_SERIES + 6] = 0xf0e442, [SVP_INK_SERIES + 7] = 0xa3a9b1,
};

static double part(SvpInk ink, unsigned shift)
{
    return ((inks[ink] >> shift) & 0xff) / 255.0;
}

void svp_pen_ink(cairo_t *cr, SvpInk ink)
{
    cairo_set_source_rgb(cr, part(ink, 16), part(ink, 8), part(ink, 0));
}

bool svp_pen_is_light(SvpInk ink)
{
    return 0.299 * part(ink, 16) + 0.587 * part(ink, 8) + 0.114 * part(ink, 0) > 0.5;
}

static void letter(cairo_t *cr, SvpLettering how)
{
    cairo_select_font_face(
        cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
        how.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cr, how.size);
}

double svp_pen_text_width(cairo_t *cr, SvpLettering how, const char *text)
{
    cairo_text_extents_t extents;

    letter(cr, how);
    cairo_text_extents(cr, text, &extents);
    return extents.x_advance;
}

void svp_pen_text(cairo_t *cr, double x, double y, SvpLettering how, const char *text)
{
    double width = svp_pen_text_width(cr, how, text);

    if (!*text)
        return;
    svp_pen_ink(cr, how.ink);
    cairo_move_to(
        cr,
        x - (how.anchor == SVP_ANCHOR_MIDDLE  ? width / 2
             : how.anchor == SVP_ANCHOR_RIGHT ? width
                                              : 0),
        y);
    cairo_show_text(cr, text);
}

char *svp_pen_fit(cairo_t *cr, SvpLettering how, const char *text, double width)
{
    if (svp_pen_text_width(cr, how, text) <= width)
        return g_strdup(text);
    for (glong n = g_utf8_strlen(text, -1) - 1; n > 0; n--) {
        g_autofree char *head = g_utf8_substring(text, 0, n);
        g_autofree char *shortened = g_strdup_printf("%s…", head);

        if (svp_pen_text_width(cr, how, shortened) <= width)
            return g_steal_pointer(&shortened);
    }
    return g_strdup("");
}

void svp_pen_line(cairo_t *cr, double x1, double y1, double x2, double y2, SvpInk ink, bool dashed)
{
    static const double dashes[] = {4, 3};

    svp_pen_ink(cr, ink);
    cairo_set_line_width(cr, 1);
    if (dashed)
        cairo_set_dash(cr, dashes, G_N_ELEMENTS(dashes), 0);
    cairo_move_to(cr, floor(x1) + 0.5, floor(y1) + 0.5);
    cairo_line_to(cr, floor(x2) + 0.5, floor(y2) + 0.5);
    cairo_stroke(cr);
    cairo_set_dash(cr, NULL, 0, 0);
}

void svp_pen_box(cairo_t *cr, double x, double y, double width, double height, SvpInk ink)
{
    svp_pen_ink(cr, ink);
    cairo_rectangle(cr, x, y, width, height);
    cairo_fill(cr);
}

/* The path of a shape with so many corners, the first at `angle`. */
static void polygon(cairo_t *cr, double x, double y, unsigned corners, double angle)
{
    for (unsigned i = 0; i < corners; i++) {
        double turn = angle + 2 * G_PI * i / corners;

        cairo_line_to(cr, x + 1.25 * DOT_RADIUS * cos(turn), y + 1.25 * DOT_RADIUS * sin(turn));
    }
    cairo_close_path(cr);
}

void svp_pen_dot(cairo_t *cr, double x, double y, unsigned shape, SvpInk ink)
{
    cairo_new_path(cr);
    switch (shape % 4) {
    case 0:
        cairo_arc(cr, x, y, DOT_RADIUS, 0, 2 * G_PI);
        break;
    case 1:
        polygon(cr, x, y, 4, G_PI / 4);
        break;
    case 2:
        polygon(cr, x, y, 3, -G_PI / 2);
        break;
    default:
        polygon(cr, x, y, 4, 0);
    }
    svp_pen_ink(cr, ink);
    cairo_fill_preserve(cr);
    svp_pen_ink(cr, SVP_INK_PAPER);
    cairo_set_line_width(cr, 1);
    cairo_stroke(cr);
}

void svp_pen_bar(cairo_t *cr, double x1, double y1, double x2, double y2, SvpInk ink)
{
    double across_x = x1 == x2 ? DOT_RADIUS : 0, across_y = x1 == x2 ? 0 : DOT_RADIUS;

    svp_pen_ink(cr, ink);
    cairo_set_line_width(cr, 1.6);
    cairo_move_to(cr, x1, y1);
    cairo_line_to(cr, x2, y2);
    cairo_move_to(cr, x1 - across_x, y1 - across_y);
    cairo_line_to(cr, x1 + across_x, y1 + across_y);
    cairo_move_to(cr, x2 - across_x, y2 - across_y);
    cairo_line_to(cr, x2 + across_x, y2 + across_y);
    cairo_stroke(cr);
}
