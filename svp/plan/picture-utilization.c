/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The picture of the utilization: steps stacked by LPAR over time, and commands as upright lines.
 *
 * The first LPAR is at the bottom. Labels of commands are written upwards at their line, on the side where there is room, over a
 * ground of paper so that they can be read on any color.
 */
#include "svp/plan/chart-model.h"
#include "svp/plan/figure.h"
#include "svp/plan/picture-private.h"

#include <glib.h>

#define HEIGHT     430.0
#define LEGEND_TOP 42.0
#define FOOT       58.0 /* below the plot: times and the name of the axis */

double svp_picture_utilization_height(const json_t *model)
{
    size_t n_series = json_array_size(json_object_get(model, "series"));

    return HEIGHT + (n_series > 5 ? 22 : 0);
}

typedef struct {
    cairo_t *cr;
    SvpPlot plot;
    const json_t *model, *time, *at_s;
    double from_s, to_s;
} Drawing;

static double x_of(const Drawing *drawing, double at_s)
{
    return drawing->plot.x +
           drawing->plot.width * (at_s - drawing->from_s) / (drawing->to_s - drawing->from_s);
}

static double y_of(const Drawing *drawing, double ips)
{
    return drawing->plot.y +
           drawing->plot.height * (1 - svp_picture_position(json_object_get(drawing->model, "axis"), ips));
}

/* The steps of the levels, from the left or back from the right. */
static void steps(const Drawing *drawing, const double *levels, bool back)
{
    size_t n = json_array_size(drawing->at_s);

    for (size_t i = 0; i < n; i++) {
        size_t k = back ? n - 1 - i : i;
        double begin = x_of(drawing, json_number_value(json_array_get(drawing->at_s, k)));
        double end = k + 1 < n ? x_of(drawing, json_number_value(json_array_get(drawing->at_s, k + 1)))
                               : x_of(drawing, drawing->to_s);

        cairo_line_to(drawing->cr, back ? end : begin, y_of(drawing, levels[k]));
        cairo_line_to(drawing->cr, back ? begin : end, y_of(drawing, levels[k]));
    }
}

static void draw_series(const Drawing *drawing)
{
    const json_t *series = json_object_get(drawing->model, "series");
    size_t n = json_array_size(drawing->at_s);
    g_autofree double *below = g_new0(double, n), *above = g_new0(double, n);

    for (size_t i = 0; i < json_array_size(series); i++) {
        const json_t *one = json_array_get(series, i), *busy = json_object_get(one, "busy");

        for (size_t k = 0; k < n; k++)
            above[k] = below[k] + json_number_value(json_array_get(busy, k));
        cairo_new_path(drawing->cr);
        steps(drawing, above, /* back= */ false);
        steps(drawing, below, /* back= */ true);
        cairo_close_path(drawing->cr);
        svp_pen_ink(drawing->cr, SVP_INK_SERIES + (unsigned)svp_figure_get_or(one, "color", 0));
        cairo_fill(drawing->cr);
        for (size_t k = 0; k < n; k++)
            below[k] = above[k];
    }
}

static void draw_time(const Drawing *drawing)
{
    const json_t *ticks = json_object_get(drawing->time, "ticks");
    const SvpPlot *plot = &drawing->plot;
    SvpLettering how = {.size = 12, .ink = SVP_INK_DIM, .anchor = SVP_ANCHOR_MIDDLE};
    double bottom = plot->y + plot->height;

    for (size_t i = 0; i < json_array_size(ticks); i++) {
        const json_t *tick = json_array_get(ticks, i);
        double x = x_of(drawing, svp_figure_get_or(tick, "at", 0));

        svp_pen_line(drawing->cr, x, bottom, x, bottom + 5, SVP_INK_DIM, false);
        svp_pen_text(drawing->cr, x, bottom + 20, how, svp_figure_string(tick, "label"));
    }
    svp_pen_line(drawing->cr, plot->x, bottom, plot->x + plot->width, bottom, SVP_INK_DIM, false);
    svp_pen_text(
        drawing->cr, plot->x + plot->width / 2, bottom + 42, how, svp_figure_string(drawing->time, "title"));
}

static void draw_mark(const Drawing *drawing, const json_t *mark, double *last_x)
{
    const SvpPlot *plot = &drawing->plot;
    bool integ = json_is_true(json_object_get(mark, "integ"));
    SvpInk ink = integ ? SVP_INK_MARK : SVP_INK_DIM;
    SvpLettering how = {.size = 12, .bold = integ, .ink = ink};
    double x = x_of(drawing, svp_figure_get_or(mark, "at_s", 0));
    g_autofree char *label =
        svp_pen_fit(drawing->cr, how, svp_figure_string(mark, "label"), plot->height - 12);
    double width = svp_pen_text_width(drawing->cr, how, label);

    svp_pen_line(drawing->cr, x, plot->y, x, plot->y + plot->height, ink, !integ);
    /* One label after the other: those of commands at one time would cover each other. */
    x = *last_x >= 0 && x < *last_x + 17 ? *last_x + 17 : x;
    *last_x = x;
    if (x + 20 > plot->x + plot->width)
        x -= 21;
    cairo_save(drawing->cr);
    cairo_translate(drawing->cr, x + 14, plot->y + 6 + width);
    cairo_rotate(drawing->cr, -G_PI / 2);
    svp_pen_box(drawing->cr, -3, -12, width + 6, 16, SVP_INK_PAPER);
    svp_pen_text(drawing->cr, 0, 0, how, label);
    cairo_restore(drawing->cr);
}

static double draw_legend(cairo_t *cr, const json_t *series)
{
    size_t n = MIN(json_array_size(series), SVP_CHART_COLORS);
    SvpLegendEntry entries[SVP_CHART_COLORS];

    for (size_t i = 0; i < n; i++) {
        const json_t *one = json_array_get(series, i);

        entries[i] = (SvpLegendEntry){
            .label = svp_figure_string(one, "name"),
            .ink = SVP_INK_SERIES + (unsigned)svp_figure_get_or(one, "color", 0),
            .shape = -1};
    }
    return svp_picture_legend(cr, LEGEND_TOP, entries, (unsigned)n);
}

void svp_picture_utilization(cairo_t *cr, const json_t *model, double height)
{
    const json_t *marks = json_object_get(model, "marks"), *time = json_object_get(model, "time");
    double top = LEGEND_TOP + draw_legend(cr, json_object_get(model, "series")) + 12, last_x = -1;
    g_autofree char *name = g_strdup_printf("busy IPs, of %.0f", svp_figure_get_or(model, "ips", 0));
    Drawing drawing = {
        .cr = cr,
        .plot = {70, top, SVP_PICTURE_WIDTH - 70 - 24, height - top - FOOT},
        .model = model,
        .time = time,
        .at_s = json_object_get(model, "at_s"),
        .from_s = svp_figure_get_or(time, "from_s", 0),
        .to_s = svp_figure_get_or(time, "to_s", 1)};

    svp_picture_title(cr, model);
    svp_picture_upright_axis(cr, drawing.plot, json_object_get(model, "axis"));
    svp_picture_upright_title(cr, drawing.plot, name);
    draw_series(&drawing);
    draw_time(&drawing);
    for (size_t i = 0; i < json_array_size(marks); i++)
        draw_mark(&drawing, json_array_get(marks, i), &last_x);
}
