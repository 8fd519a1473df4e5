/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The picture of figures with intervals: a row for each, a dot with its bar, the figure in words, and the line that decides.
 *
 * The state of a row is seen three times: by where the bar is, by its color and shape, and by the word at the right.
 */
#include "svp/plan/figure.h"
#include "svp/plan/picture-private.h"

#include <glib.h>
#include <string.h>

#define TOP        58.0
#define ROW        30.0
#define FOOT       34.0
#define NAME_WIDTH 210.0
#define TEXT_WIDTH 290.0

double svp_picture_intervals_height(const json_t *model)
{
    return TOP + ROW * (double)json_array_size(json_object_get(model, "rows")) + FOOT;
}

/* How a state looks. */
typedef struct {
    const char *name, *shown;
    SvpInk ink;
    unsigned shape;
} State;

static const State *state_of(const json_t *row)
{
    static const State states[] = {
        {"met", "met", SVP_INK_GOOD, 0},   {"missed", "missed", SVP_INK_BAD, 3},
        {"open", "open", SVP_INK_OPEN, 1}, {"less", "less", SVP_INK_GOOD, 0},
        {"more", "more", SVP_INK_BAD, 3},  {"same", "not significant", SVP_INK_OPEN, 1},
    };
    static const State unknown = {"", "", SVP_INK_OPEN, 1};

    for (unsigned i = 0; i < G_N_ELEMENTS(states); i++)
        if (strcmp(svp_figure_string(row, "state"), states[i].name) == 0)
            return &states[i];
    return &unknown;
}

static void draw_axis(cairo_t *cr, SvpPlot plot, const json_t *axis)
{
    const json_t *ticks = json_object_get(axis, "ticks");
    SvpLettering how = {.size = 12, .ink = SVP_INK_DIM, .anchor = SVP_ANCHOR_MIDDLE};
    double bottom = plot.y + plot.height;

    for (size_t i = 0; i < json_array_size(ticks); i++) {
        const json_t *tick = json_array_get(ticks, i);
        double x = plot.x + plot.width * svp_picture_position(axis, svp_figure_get_or(tick, "at", 0));

        svp_pen_line(cr, x, plot.y, x, bottom, SVP_INK_GRID, false);
        svp_pen_text(cr, x, bottom + 18, how, svp_figure_string(tick, "label"));
    }
}

static void draw_reference(cairo_t *cr, SvpPlot plot, const json_t *axis, const json_t *reference)
{
    double x = plot.x + plot.width * svp_picture_position(axis, svp_figure_get_or(reference, "at", 0));
    SvpLettering how = {.size = 12, .bold = true, .ink = SVP_INK_MARK, .anchor = SVP_ANCHOR_MIDDLE};

    if (!json_is_object(reference))
        return;
    svp_pen_box(cr, x - 1, plot.y - 2, 2, plot.height + 2, SVP_INK_MARK);
    svp_pen_text(cr, x, plot.y - 6, how, svp_figure_string(reference, "label"));
}

static void draw_row(cairo_t *cr, SvpPlot plot, const json_t *axis, const json_t *row, double y)
{
    const State *state = state_of(row);
    SvpLettering name = {.size = 13, .ink = SVP_INK_TEXT, .anchor = SVP_ANCHOR_RIGHT};
    SvpLettering words = {.size = 12, .ink = SVP_INK_TEXT};
    g_autofree char *label = svp_pen_fit(cr, name, svp_figure_string(row, "label"), NAME_WIDTH - 24);
    g_autofree char *text = g_strdup_printf("%s  %s", svp_figure_string(row, "text"), state->shown);
    g_autofree char *shown = svp_pen_fit(cr, words, text, TEXT_WIDTH - 24);
    double low, high;

    svp_pen_text(cr, plot.x - 12, y + 4, name, label);
    if (svp_figure_get(row, "low", &low) && svp_figure_get(row, "high", &high))
        svp_pen_bar(
            cr, plot.x + plot.width * svp_picture_position(axis, low), y,
            plot.x + plot.width * svp_picture_position(axis, high), y, state->ink);
    svp_pen_dot(
        cr, plot.x + plot.width * svp_picture_position(axis, svp_figure_get_or(row, "value", 0)), y,
        state->shape, state->ink);
    svp_pen_text(cr, plot.x + plot.width + 16, y + 4, words, shown);
}

void svp_picture_intervals(cairo_t *cr, const json_t *model, double height)
{
    const json_t *axis = json_object_get(model, "axis"), *rows = json_object_get(model, "rows");
    SvpPlot plot = {NAME_WIDTH, TOP, SVP_PICTURE_WIDTH - NAME_WIDTH - TEXT_WIDTH, height - TOP - FOOT};

    svp_picture_title(cr, model);
    draw_axis(cr, plot, axis);
    draw_reference(cr, plot, axis, json_object_get(model, "reference"));
    for (size_t i = 0; i < json_array_size(rows); i++)
        draw_row(cr, plot, axis, json_array_get(rows, i), TOP + ROW * ((double)i + 0.5));
}
