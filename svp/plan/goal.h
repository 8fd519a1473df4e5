/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PLAN_GOAL_H
#define LPARSIM_SVP_PLAN_GOAL_H

#include "svp/plan/alternative.h"
#include "svp/plan/statistics.h"

/* What the classes of a machine are to reach, as limits of metrics; and the names of all its metrics. */
GPtrArray *svp_goals_new(void); /* SvpGoal * */
void svp_goals_collect(GPtrArray *goals, const ResmgrDefinition *definition);
void svp_metrics_collect(GPtrArray *names, const ResmgrDefinition *definition); /* char * */

/* "met", "missed", or "open" where the interval contains the limit; static. */
const char *svp_goal_verdict(bool below, double limit, const SvpInterval *value);

#endif
