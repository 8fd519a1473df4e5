/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PROTECT_GROUP_H
#define LPARSIM_SVP_PROTECT_GROUP_H

#include "svp/protect/policy.h"

/* That a group follows a policy, and when exactly. */
typedef struct {
    char *policy;
    SvpSchedule schedule;
    bool wall;      /* by the clock on the wall */
    HvTime next_ns; /* when it is due next, by its clock (svp/protect/protect.h); HV_TIME_NEVER: on demand */
} SvpGroupSchedule;

/* A resource group: LPARs that are captured together, at one moment. */
typedef struct {
    char *name;
    GPtrArray *lpars;     /* char *: names, as of the machine; each once */
    GPtrArray *schedules; /* SvpGroupSchedule *: one for each policy, no two policies of one label */
} SvpGroup;

SvpGroup *svp_group_new(const char *name);
void svp_group_free(SvpGroup *group); /* NULL is allowed */
bool svp_group_has(const SvpGroup *group, const char *lpar);
SvpGroupSchedule *
svp_group_schedule(const SvpGroup *group, const char *policy); /* NULL: it does not follow it */
void svp_group_follow(
    SvpGroup *group, const char *policy, const SvpSchedule *schedule, bool wall, HvTime next_ns);

/* "daily, 22:00", and by which clock if it is not the machine's; free with g_free(). */
char *svp_group_schedule_format(const SvpGroupSchedule *schedule);

json_t *svp_group_to_json(const SvpGroup *group);
SvpGroup *svp_group_from_json(const json_t *record, GError **error); /* SVP_ERROR_CATALOG */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpGroup, svp_group_free)

#endif
