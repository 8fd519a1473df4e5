/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PLAN_SEARCH_H
#define LPARSIM_SVP_PLAN_SEARCH_H

#include "svp/plan/study-run.h"

/*
 * Bisection: adds and completes alternatives until the least (or greatest) value is known for which the study's condition holds.
 * *ret_search is the "search" of the result; json_decref() it. False with an error of the run.
 */
bool svp_search(SvpStudyRun *run, json_t **ret_search, GError **error);

#endif
