/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PLAN_FIGURE_H
#define LPARSIM_SVP_PLAN_FIGURE_H

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

/* Figures of a study's result: how they are read, and how they are written for people. */

/* The string of a key; "" if there is none. The result's. */
const char *svp_figure_string(const json_t *object, const char *key);
/* False, and *ret_value untouched, if there is no number. */
bool svp_figure_get(const json_t *object, const char *key, double *ret_value);
double svp_figure_get_or(const json_t *object, const char *key, double fallback);

/* The unit that figures of about one size are shown in: 0.11 "s" is 110 ms. */
typedef struct {
    double factor;    /* shown = figure * factor */
    const char *unit; /* static; "" for a plain number */
} SvpFigureScale;

/* `unit` as in a result; another unit than those it knows is shown as it is, and must live as long as the scale. */
SvpFigureScale svp_figure_scale(const char *unit, double magnitude);

/* Three digits that count, with a point in every locale; free it. */
char *svp_figure_number(double value);
/* "112 ms" */
char *svp_figure_text(double value, SvpFigureScale scale);

/* What a figure is: a quantity of a unit, or the time of day at which something happened. */
typedef struct {
    const char *unit;
    const char *clock; /* of the study; NULL: a quantity */
} SvpFigureKind;

/* `metric` tells times of day (LPAR.CLASS.end) from durations; a study without a clock has none. The strings are not copied. */
SvpFigureKind svp_figure_kind(const char *metric, const char *unit, const char *clock);
/* "112 ms (105 to 119)", "Fri 04:51:00 (04:49:10 to 04:52:50)"; without "low" and "high" "112 ms", without a value "-". Free it. */
char *svp_figure_interval(const json_t *object, const char *key, SvpFigureKind kind);
/* "12.5 GiB" */
char *svp_figure_mib(double mib);

#endif
