/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PLAN_PEN_H
#define LPARSIM_SVP_PLAN_PEN_H

#include <cairo.h>
#include <jansson.h>
#include <stdbool.h>

/* What all pictures are drawn with: text, lines and grounds in the report's colors, on any cairo surface. */

typedef enum {
    SVP_INK_TEXT,
    SVP_INK_DIM,
    SVP_INK_GRID,
    SVP_INK_PAPER,
    SVP_INK_MARK, /* commands, limits */
    SVP_INK_GOOD,
    SVP_INK_BAD,
    SVP_INK_OPEN,
    SVP_INK_FREE,
    SVP_INK_SERIES, /* the first of SVP_CHART_COLORS */
} SvpInk;

typedef enum { SVP_ANCHOR_LEFT, SVP_ANCHOR_MIDDLE, SVP_ANCHOR_RIGHT } SvpAnchor;

typedef struct {
    double size;
    bool bold;
    SvpInk ink;
    SvpAnchor anchor;
} SvpLettering;

void svp_pen_ink(cairo_t *cr, SvpInk ink);
/* Whether text on this ink is dark. */
bool svp_pen_is_light(SvpInk ink);
/* `y` is the base line. */
void svp_pen_text(cairo_t *cr, double x, double y, SvpLettering how, const char *text);
double svp_pen_text_width(cairo_t *cr, SvpLettering how, const char *text);
/* The text, shortened with an ellipsis to the width; "" if not even that has room. Free it. */
char *svp_pen_fit(cairo_t *cr, SvpLettering how, const char *text, double width);
/* Sharp on pixels: for lines of width 1 that are level or upright. */
void svp_pen_line(cairo_t *cr, double x1, double y1, double x2, double y2, SvpInk ink, bool dashed);
void svp_pen_box(cairo_t *cr, double x, double y, double width, double height, SvpInk ink);
/* A dot, square, triangle or diamond: `shape` is any number. */
void svp_pen_dot(cairo_t *cr, double x, double y, unsigned shape, SvpInk ink);
/* Upright or level error bar from one end to the other. */
void svp_pen_bar(cairo_t *cr, double x1, double y1, double x2, double y2, SvpInk ink);

#endif
