/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PROTECT_RUN_H
#define LPARSIM_SVP_PROTECT_RUN_H

#include "hv/quantity.h"

#include <jansson.h>

/* A policy that is being carried out for a group, or was until it stopped on the way. */
typedef struct {
    char *group, *policy;
    GPtrArray *steps;  /* char *: commands, in order; the snapshot is one of them */
    unsigned done;     /* of them */
    bool under_way;    /* the next one has begun; whether it is done, who was cut off in it does not know */
    bool console_only; /* as in SvpPolicy */
    HvTime due_ns;     /* simulated */
} SvpRun;

SvpRun *svp_run_new(const char *group, const char *policy);
SvpRun *svp_run_copy(const SvpRun *run);
void svp_run_free(SvpRun *run); /* NULL is allowed */
bool svp_run_is_through(const SvpRun *run);
const char *svp_run_next(const SvpRun *run); /* the step that is next or under way; there is one (asserted) */

json_t *svp_run_to_json(const SvpRun *run);
SvpRun *svp_run_from_json(const json_t *record, GError **error); /* SVP_ERROR_CATALOG */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpRun, svp_run_free)

#endif
