/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PLAN_CHART_MODEL_PRIVATE_H
#define LPARSIM_SVP_PLAN_CHART_MODEL_PRIVATE_H

#include "svp/plan/chart-model.h"

/* The parts of svp/plan/chart-model.c, one file for each kind of chart. */

/* Which LPAR has which color, the same in all charts: {"PROD":0,..}. The caller frees it. */
json_t *svp_chart_colors(const json_t *result);
unsigned svp_chart_color(const json_t *colors, const char *lpar);

/* Of one alternative; NULL if the result has nothing to show. `index` from 0. */
json_t *svp_chart_utilization(const json_t *result, unsigned index, const json_t *colors);
json_t *svp_chart_percentiles(const json_t *result, unsigned index);
json_t *svp_chart_storage(const json_t *result, unsigned index, const json_t *colors);
json_t *svp_chart_shares(const json_t *result, unsigned index, const json_t *colors);

/* Of the study; appended to `models`: goals, comparisons, search. */
void svp_chart_add_intervals(json_t *models, const json_t *result);

/* The goals of all alternatives, each once: an array of the result's goal objects, which the caller frees. */
json_t *svp_chart_goals(const json_t *result);

/* The storage of "before" or "after" of an alternative: {"size_mib":..,"areas":..}; NULL if there is none. */
const json_t *svp_chart_storage_of(const json_t *machine);

#endif
