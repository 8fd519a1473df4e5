/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PLAN_TIME_AXIS_H
#define LPARSIM_SVP_PLAN_TIME_AXIS_H

#include <glib.h>
#include <jansson.h>

/* The axis of simulated time: clock times if the study has a clock, else time since the begin. */

/* [{"at":..,"label":".."}], at most 13, rising; `clock` as in a result, NULL or "" for none. */
json_t *svp_time_axis_ticks(const char *clock, double from_s, double to_s);
/* "Fri 18:00:00", or "6 h 30 min" without a clock; free it. */
char *svp_time_axis_label(const char *clock, double at_s);
/* What stands below the axis; free it. */
char *svp_time_axis_title(const char *clock);

#endif
