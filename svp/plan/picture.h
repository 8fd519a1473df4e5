/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PLAN_PICTURE_H
#define LPARSIM_SVP_PLAN_PICTURE_H

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

/* Pictures of chart models (svp/plan/chart-model.h), the same bytes for the same model. NULL and an error if there is no memory. */
GBytes *svp_picture_svg(const json_t *model, GError **error);
GBytes *svp_picture_png(const json_t *model, GError **error);

#endif
