/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PLAN_VALUE_AXIS_H
#define LPARSIM_SVP_PLAN_VALUE_AXIS_H

#include <jansson.h>
#include <stdbool.h>

/*
 * An axis that figures from `min` to `max` have room on: {"min":..,"max":..,"log":false,"ticks":[{"at":..,"label":"100 ms"}]}.
 * Its ends are marks. `log`: logarithmic, if both are positive and far enough apart, else not.
 */
json_t *svp_value_axis(double min, double max, const char *unit, bool log);

#endif
