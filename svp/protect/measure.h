/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PROTECT_MEASURE_H
#define LPARSIM_SVP_PROTECT_MEASURE_H

#include "hv/quantity.h"

#include <jansson.h>

typedef enum {
    SVP_MEASURE_SAVE, /* a snapshot and its copies, or a save to tape */
    SVP_MEASURE_RESTORE,
    SVP_MEASURES,
} SvpMeasureKind;

/* How long the last save and the last restore of an LPAR took. */
typedef struct {
    bool known;
    HvTime took_ns;  /* simulated */
    int64_t wall_us; /* of the computer that simulates: never the same twice */
} SvpMeasured;

typedef struct {
    char *lpar;
    SvpMeasured last[SVP_MEASURES];
} SvpMeasure;

SvpMeasure *svp_measure_new(const char *lpar);
void svp_measure_free(SvpMeasure *measure); /* NULL is allowed */
json_t *svp_measure_to_json(const SvpMeasure *measure);
SvpMeasure *svp_measure_from_json(const json_t *record, GError **error); /* SVP_ERROR_CATALOG */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpMeasure, svp_measure_free)

#endif
