/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PLAN_CHARTS_H
#define LPARSIM_SVP_PLAN_CHARTS_H

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

/*
 * The charts of a study's result as pictures, two files for each: ID.svg and ID.png, with the id of svp/plan/chart-model.h, in
 * a folder that is made if it is not there. Of the alternatives, the first SVP_CHARTS_ALTERNATIVES_MAX have pictures. The same
 * result gives the same bytes.
 */
bool svp_study_charts_write(const json_t *result, const char *directory, GError **error);

#define SVP_CHARTS_ALTERNATIVES_MAX 50u

#endif
