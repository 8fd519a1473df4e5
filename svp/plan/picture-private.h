/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PLAN_PICTURE_PRIVATE_H
#define LPARSIM_SVP_PLAN_PICTURE_PRIVATE_H

#include "svp/plan/pen.h"

/* The parts of svp/plan/picture.c, one file for each kind of chart. All are as wide; they say how high they are. */
#define SVP_PICTURE_WIDTH 960.0

/* Where the figures are drawn. */
typedef struct {
    double x, y, width, height;
} SvpPlot;

double svp_picture_utilization_height(const json_t *model);
void svp_picture_utilization(cairo_t *cr, const json_t *model, double height);
double svp_picture_percentiles_height(const json_t *model);
void svp_picture_percentiles(cairo_t *cr, const json_t *model, double height);
double svp_picture_intervals_height(const json_t *model);
void svp_picture_intervals(cairo_t *cr, const json_t *model, double height);
double svp_picture_storage_height(const json_t *model);
void svp_picture_storage(cairo_t *cr, const json_t *model, double height);
double svp_picture_shares_height(const json_t *model);
void svp_picture_shares(cairo_t *cr, const json_t *model, double height);

/* The title, at the top left. */
void svp_picture_title(cairo_t *cr, const json_t *model);
/* Where a figure is on an axis: 0 at its begin, 1 at its end. */
double svp_picture_position(const json_t *axis, double value);
/* The marks of an upright axis at the left of the plot, with grid lines. */
void svp_picture_upright_axis(cairo_t *cr, SvpPlot plot, const json_t *axis);
/* The name of an upright axis, written upwards at the left edge. */
void svp_picture_upright_title(cairo_t *cr, SvpPlot plot, const char *title);

/* One entry of a legend. */
typedef struct {
    const char *label;
    SvpInk ink;
    int shape; /* of a dot; -1: a box */
} SvpLegendEntry;

/* From `y` down; returns the height. With cr of no use (NULL), an estimate that is enough. */
double svp_picture_legend(cairo_t *cr, double y, const SvpLegendEntry *entries, unsigned n_entries);

#endif
