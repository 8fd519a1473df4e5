/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The picture of response-time percentiles: a line with error bars for each service class, and goals as short lines.
 *
 * Classes stand a little beside each other at each percentile, so that their error bars do not cover each other.
 */
#include "svp/plan/chart-model.h"
#include "svp/plan/figure.h"
#include "svp/plan/picture-private.h"

#include <glib.h>

#define HEIGHT      430.0
#define LEGEND_TOP  42.0
#define FOOT        58.0
#define LEGEND_MAX  24u
#define SPREAD      0.36 /* of the distance of two percentiles, taken by all classes together */
#define LINE_COLORS (SVP_CHART_COLORS - 2) /* neither yellow nor gray: lines are thin */

double svp_picture_percentiles_height(const json_t *model)
{
    return HEIGHT + (json_array_size(json_object_get(model, "series")) > 5 ? 44 : 0);
}

typedef struct {
    cairo_t *cr;
    SvpPlot plot;
    const json_t *axis;
    size_t n_labels, n_series;
} Drawing;

static double x_of(const Drawing *drawing, size_t index, size_t series)
{
    double step = drawing->plot.width / (double)drawing->n_labels;
    double shift = ((double)series + 0.5) / (double)drawing->n_series - 0.5;

    return drawing->plot.x + step * ((double)index + 0.5 + SPREAD * shift);
}

static double y_of(const Drawing *drawing, double value)
{
    return drawing->plot.y + drawing->plot.height * (1 - svp_picture_position(drawing->axis, value));
}

static SvpInk ink_of(size_t series)
{
    return SVP_INK_SERIES + (unsigned)(series % LINE_COLORS);
}

static void draw_line(const Drawing *drawing, const json_t *points, size_t series)
{
    cairo_new_path(drawing->cr);
    for (size_t i = 0; i < json_array_size(points); i++) {
        const json_t *point = json_array_get(points, i);

        if (json_is_object(point))
            cairo_line_to(
                drawing->cr, x_of(drawing, i, series), y_of(drawing, svp_figure_get_or(point, "value", 0)));
    }
    svp_pen_ink(drawing->cr, ink_of(series));
    cairo_set_line_width(drawing->cr, 1.6);
    cairo_stroke(drawing->cr);
}

static void draw_points(const Drawing *drawing, const json_t *points, size_t series)
{
    for (size_t i = 0; i < json_array_size(points); i++) {
        const json_t *point = json_array_get(points, i);
        double x = x_of(drawing, i, series), low, high;

        if (!json_is_object(point))
            continue;
        if (svp_figure_get(point, "low", &low) && svp_figure_get(point, "high", &high))
            svp_pen_bar(drawing->cr, x, y_of(drawing, low), x, y_of(drawing, high), ink_of(series));
        svp_pen_dot(
            drawing->cr, x, y_of(drawing, svp_figure_get_or(point, "value", 0)), (unsigned)series,
            ink_of(series));
    }
}

static void draw_labels(const Drawing *drawing, const json_t *labels)
{
    const SvpPlot *plot = &drawing->plot;
    SvpLettering how = {.size = 12, .ink = SVP_INK_DIM, .anchor = SVP_ANCHOR_MIDDLE};
    double step = plot->width / (double)drawing->n_labels, bottom = plot->y + plot->height;

    svp_pen_line(drawing->cr, plot->x, bottom, plot->x + plot->width, bottom, SVP_INK_DIM, false);
    for (size_t i = 0; i < drawing->n_labels; i++)
        svp_pen_text(
            drawing->cr, plot->x + step * ((double)i + 0.5), bottom + 20, how,
            json_string_value(json_array_get(labels, i)));
    svp_pen_text(
        drawing->cr, plot->x + plot->width / 2, bottom + 42, how,
        "this part of the requests is answered within the time");
}

static void draw_limit(const Drawing *drawing, const json_t *limit)
{
    double step = drawing->plot.width / (double)drawing->n_labels;
    double x = drawing->plot.x + step * svp_figure_get_or(limit, "index", 0);
    double y = y_of(drawing, svp_figure_get_or(limit, "at", 0));
    SvpLettering how = {.size = 11, .ink = SVP_INK_MARK, .anchor = SVP_ANCHOR_MIDDLE};

    svp_pen_box(drawing->cr, x + step * 0.1, y - 1, step * 0.8, 2, SVP_INK_MARK);
    g_autofree char *label = svp_pen_fit(drawing->cr, how, svp_figure_string(limit, "label"), step * 1.6);

    svp_pen_text(drawing->cr, x + step / 2, y - 6, how, label);
}

static double draw_legend(cairo_t *cr, const json_t *series)
{
    size_t n = MIN(json_array_size(series), LEGEND_MAX);
    SvpLegendEntry entries[LEGEND_MAX];

    for (size_t i = 0; i < n; i++)
        entries[i] = (SvpLegendEntry){
            .label = svp_figure_string(json_array_get(series, i), "name"),
            .ink = ink_of(i),
            .shape = (int)(i % 4)};
    return svp_picture_legend(cr, LEGEND_TOP, entries, (unsigned)n);
}

void svp_picture_percentiles(cairo_t *cr, const json_t *model, double height)
{
    const json_t *series = json_object_get(model, "series"), *limits = json_object_get(model, "limits");
    const json_t *labels = json_object_get(model, "labels");
    double top = LEGEND_TOP + draw_legend(cr, series) + 12;
    Drawing drawing = {
        .cr = cr,
        .plot = {92, top, SVP_PICTURE_WIDTH - 92 - 24, height - top - FOOT},
        .axis = json_object_get(model, "axis"),
        .n_labels = json_array_size(labels),
        .n_series = json_array_size(series)};

    svp_picture_title(cr, model);
    svp_picture_upright_axis(cr, drawing.plot, drawing.axis);
    svp_picture_upright_title(cr, drawing.plot, "response time");
    draw_labels(&drawing, labels);
    for (size_t i = 0; i < json_array_size(limits); i++)
        draw_limit(&drawing, json_array_get(limits, i));
    for (size_t i = 0; i < drawing.n_series; i++) {
        const json_t *points = json_object_get(json_array_get(series, i), "points");

        draw_line(&drawing, points, i);
        draw_points(&drawing, points, i);
    }
}
