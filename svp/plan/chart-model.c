/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The charts of a study as data: what is drawn, with which words, colors and axes.
 *
 * The page draws with a chart library and the pictures are drawn with cairo; so that both show the same, all that is decided is
 * decided here: units, marks, labels, which LPAR has which color, what is left out where there are too many. What draws a model
 * needs to know nothing of results. Colors: the first LPARs have one each, on a machine with more LPARs than colors those that are
 * busiest, and the rest is gray and drawn as one.
 */
#include "svp/plan/chart-model-private.h"

#include "svp/plan/figure.h"

#include <string.h>

/* --- Colors --------------------------------------------------------------------------------------------- */

typedef struct {
    const char *name;
    double busy;    /* sum over all alternatives */
    unsigned first; /* when it was met first */
} Lpar;

static void meet(GArray *lpars, const char *name, double busy)
{
    for (unsigned i = 0; i < lpars->len; i++) {
        Lpar *known = &g_array_index(lpars, Lpar, i);

        if (strcmp(known->name, name) == 0) {
            known->busy += busy;
            return;
        }
    }
    Lpar lpar = {.name = name, .busy = busy, .first = lpars->len};

    g_array_append_val(lpars, lpar);
}

static double sum(const json_t *numbers)
{
    double total = 0;

    for (size_t i = 0; i < json_array_size(numbers); i++)
        total += json_number_value(json_array_get(numbers, i));
    return total;
}

static void meet_series(GArray *lpars, const json_t *alternative)
{
    const json_t *series = json_object_get(json_object_get(alternative, "series"), "lpars");

    for (size_t i = 0; i < json_array_size(series); i++) {
        const json_t *one = json_array_get(series, i);

        meet(lpars, svp_figure_string(one, "lpar"), sum(json_object_get(one, "busy_ips")));
    }
}

static void meet_machine(GArray *lpars, const json_t *machine)
{
    const json_t *areas = json_object_get(svp_chart_storage_of(machine), "areas");
    const json_t *ips = json_object_get(machine, "ips");

    for (size_t i = 0; i < json_array_size(areas); i++)
        meet(lpars, svp_figure_string(json_array_get(areas, i), "lpar"), 0);
    for (size_t i = 0; i < json_array_size(ips); i++) {
        const json_t *shares = json_object_get(json_array_get(ips, i), "shares");

        for (size_t k = 0; k < json_array_size(shares); k++)
            meet(lpars, svp_figure_string(json_array_get(shares, k), "lpar"), 0);
    }
}

static int busiest_first(const void *a, const void *b)
{
    const Lpar *one = a, *other = b;

    if (one->busy != other->busy)
        return one->busy < other->busy ? 1 : -1;
    return one->first < other->first ? -1 : one->first > other->first;
}

json_t *svp_chart_colors(const json_t *result)
{
    const json_t *alternatives = json_object_get(result, "alternatives");
    g_autoptr(GArray) lpars = g_array_new(FALSE, FALSE, sizeof(Lpar));
    json_t *colors = json_object();

    for (size_t i = 0; i < json_array_size(alternatives); i++) {
        const json_t *alternative = json_array_get(alternatives, i);

        meet_series(lpars, alternative);
        meet_machine(lpars, json_object_get(alternative, "before"));
        meet_machine(lpars, json_object_get(alternative, "after"));
    }
    if (lpars->len >= SVP_CHART_COLORS)
        g_array_sort(lpars, busiest_first);
    for (unsigned i = 0; i < lpars->len && i < SVP_CHART_COLORS - 1; i++)
        json_object_set_new(colors, g_array_index(lpars, Lpar, i).name, json_integer(i));
    return colors;
}

unsigned svp_chart_color(const json_t *colors, const char *lpar)
{
    const json_t *color = json_object_get(colors, lpar);

    return color ? (unsigned)json_integer_value(color) : SVP_CHART_COLORS - 1;
}

/* --- All of them ---------------------------------------------------------------------------------------- */

static void add(json_t *models, json_t *model)
{
    if (model)
        json_array_append_new(models, model);
}

json_t *svp_chart_models(const json_t *result)
{
    size_t n_alternatives = json_array_size(json_object_get(result, "alternatives"));
    json_t *models = json_array(), *colors = svp_chart_colors(result);

    svp_chart_add_intervals(models, result);
    for (unsigned i = 0; i < n_alternatives; i++) {
        add(models, svp_chart_utilization(result, i, colors));
        add(models, svp_chart_percentiles(result, i));
        add(models, svp_chart_storage(result, i, colors));
        add(models, svp_chart_shares(result, i, colors));
    }
    json_decref(colors);
    return models;
}
