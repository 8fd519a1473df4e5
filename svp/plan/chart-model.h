/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PLAN_CHART_MODEL_H
#define LPARSIM_SVP_PLAN_CHART_MODEL_H

#include <jansson.h>

/*
 * The charts of a study as data, in the order in which they are shown. The caller frees the array.
 *
 * Each: {"id":"utilization-01","kind":"utilization","title":..,"text":"what it shows, in words","alternative":0, ...}; the charts of the
 * whole study have "alternative":null. `id` names a file. The kinds, and what they have besides:
 *   intervals    "axis", "rows":[{"label","value","low","high","state","text"}], "reference":null|{"at","label"}
 *                state: met, missed, open; for differences: less, more, same
 *   utilization  "ips", "axis" (busy IPs), "time":{"from_s","to_s","title","ticks"}, "at_s":[..],
 *                "series":[{"name","color","busy":[..],"ready":[..]}], "marks":[{"at_s","label","text","integ","ok"}]
 *   percentiles  "axis", "labels":["50 %",..], "series":[{"name","points":[null|{"value","low","high","text"}]}],
 *                "limits":[{"index","at","label"}]: of goals, `index` into labels
 *   storage      "size_mib", "maps":[{"title","pieces":[{"lpar":name|null,"color","origin_mib","size_mib","text"}]}]
 *   shares       "ips":[{"ip","type","pool"}], "matrices":[{"title","rows":[{"lpar","color","percents":[number|null]}]}],
 *                "left_out":0 (IPs and LPARs that there was no room for)
 * An axis: svp/plan/value-axis.h. A color is an index below SVP_CHART_COLORS; the last is of what has no color of its own.
 */
json_t *svp_chart_models(const json_t *result);

#define SVP_CHART_COLORS 8u

#endif
