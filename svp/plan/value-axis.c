/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The axis of figures: its ends and its marks, at round numbers.
 *
 * Marks of a linear axis are multiples of 1, 2 or 5 times a power of ten in the unit that is shown (so 200 ms, not 0.2 s);
 * those of a logarithmic one are powers of ten, with 2 and 5 between them if there are few, each in its own unit. An axis is made
 * here once, so that the page and the pictures have the same.
 */
#include "svp/plan/value-axis.h"

#include "svp/plan/figure.h"

#include <math.h>
#include <string.h>

#define INTERVALS_MAX  7
#define LOG_FROM_RATIO 30.0 /* of the largest to the smallest figure */
#define DECADES_WITH_5 2.5

static void add_tick(json_t *ticks, double at, const char *label)
{
    json_array_append_new(ticks, json_pack("{s:f,s:s}", "at", at, "label", label));
}

static double round_step(double span)
{
    static const double steps[] = {1, 2, 5, 10};
    double power = pow(10, floor(log10(span / INTERVALS_MAX)));

    for (unsigned i = 0; i < G_N_ELEMENTS(steps); i++)
        if (span / (steps[i] * power) <= INTERVALS_MAX)
            return steps[i] * power;
    return 10 * power;
}

/* 0.30000000000000004 is 0.3. */
static char *tick_label(double value, const char *unit)
{
    char number[G_ASCII_DTOSTR_BUF_SIZE];

    g_ascii_formatd(number, (int)sizeof number, "%.6g", fabs(value) < 1e-12 ? 0 : value);
    return *unit ? g_strdup_printf("%s %s", number, unit) : g_strdup(number);
}

static json_t *linear_axis(double min, double max, const char *unit)
{
    SvpFigureScale scale = svp_figure_scale(unit, MAX(fabs(min), fabs(max)));
    double step = round_step((max - min) * scale.factor);
    double first = floor(min * scale.factor / step + 1e-9), last = ceil(max * scale.factor / step - 1e-9);
    json_t *ticks = json_array();

    for (unsigned i = 0; first + i <= last && i <= 2 * INTERVALS_MAX; i++) {
        g_autofree char *label = tick_label((first + i) * step, scale.unit);

        add_tick(ticks, (first + i) * step / scale.factor, label);
    }
    return json_pack(
        "{s:f,s:f,s:b,s:o}", "min", first * step / scale.factor, "max", last * step / scale.factor, "log", 0,
        "ticks", ticks);
}

static json_t *log_axis(double min, double max, const char *unit)
{
    static const double all[] = {1, 2, 5}, powers[] = {1};
    bool few = log10(max / min) <= DECADES_WITH_5;
    const double *steps = few ? all : powers;
    unsigned n_steps = few ? G_N_ELEMENTS(all) : G_N_ELEMENTS(powers);
    json_t *ticks = json_array();
    double low = 0, high = 0;
    int power = (int)floor(log10(min));

    for (unsigned i = 0; high < max * (1 - 1e-9); i++) {
        double at = steps[i % n_steps] * pow(10, power + (int)(i / n_steps));
        double next = steps[(i + 1) % n_steps] * pow(10, power + (int)((i + 1) / n_steps));

        if (next <= min * (1 + 1e-9))
            continue;
        SvpFigureScale scale = svp_figure_scale(unit, at * (1 + 1e-9));
        g_autofree char *label = tick_label(at * scale.factor, scale.unit);

        low = json_array_size(ticks) == 0 ? at : low;
        high = at;
        add_tick(ticks, at, label);
    }
    return json_pack("{s:f,s:f,s:b,s:o}", "min", low, "max", high, "log", 1, "ticks", ticks);
}

json_t *svp_value_axis(double min, double max, const char *unit, bool log)
{
    if (log && min > 0 && max / min >= LOG_FROM_RATIO)
        return log_axis(min, max, unit);
    /* From 0 unless that would press the figures into a corner. */
    if (min > 0 && min < max / 2)
        min = 0;
    if (max - min <= fabs(max) * 1e-9) {
        double room = max != 0 ? fabs(max) / 10 : 1;

        min -= room;
        max += room;
    }
    return linear_axis(min, max, unit);
}
