/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PROTECT_PROTECT_PRIVATE_H
#define LPARSIM_SVP_PROTECT_PROTECT_PRIVATE_H

#include "svp/protect/protect.h"

/* What the files of protection share; nobody else includes this. */
struct SvpProtect {
    MonitorSystem *system;
    SvpCatalog *catalog;
    char *primary; /* NULL: the medium needs no folder */
    SvpCopyMedium primary_medium, folder_medium;
    HvCalendar calendar;
    bool by_wall; /* svp_protect_now() is the clock on the wall */
    HvTime (*wall_func)(void *data);
    void *wall_data;
};

/* Where the copies of a group in a place are: its medium and, in *ret_folder, its folder. The primary is always there, else NULL without a relation. */
const SvpCopyMedium *
svp_protect_medium(const SvpProtect *protect, const char *group, SvpPlace place, const char **ret_folder);
void svp_protect_warn(SvpProtectReport *report, const GError *error); /* NULL: nobody is told */

/* The newest of a group that has a good copy in the place; NULL: none. The catalog's. */
const SvpSnapshot *svp_protect_newest_in(const SvpProtect *protect, const char *group, SvpPlace place);
HvCalendar svp_protect_wall_calendar(void);
HvTime svp_protect_wall_now(const SvpProtect *protect);
/* When the schedule is due next, from now on. */
HvTime svp_protect_first_due(const SvpProtect *protect, const SvpSchedule *schedule, bool wall);
/* SVP_ERROR_PROTECT_UNKNOWN: it does not follow it. */
const SvpGroupSchedule *svp_protect_need_schedule(const SvpGroup *group, const char *policy, GError **error);
SvpGroup *svp_protect_copy_group(const SvpGroup *group); /* to be changed, and put in its place */
/* As svp_protect_replicate(); what was just taken (NULL: nothing) need not be read again. */
void svp_protect_replicate_taken(
    SvpProtect *protect, const SvpGroup *group, const SvpSnapshot *taken, const GPtrArray *captures,
    SvpProtectReport *report);

/* The labels that a group's policies keep copies by; the strings are the catalog's. Free with g_array_unref(). */
GArray *svp_protect_rules(const SvpProtect *protect, const SvpGroup *group, SvpPlace place);
/*
 * Says in the catalog that the copy is DROPPED or NONE, and then removes the content: a copy that counts is always there. It may free the
 * snapshot. False: it is there as before.
 */
bool svp_protect_drop(
    SvpProtect *protect, const SvpSnapshot *snapshot, SvpPlace place, SvpCopyState state, GError **error);
/* Whether an LPAR of the snapshot has its only good copy of that place in it. *ret_lpar: which. */
bool svp_protect_is_last_good(
    const SvpProtect *protect, const SvpSnapshot *snapshot, SvpPlace place, const char **ret_lpar);

#endif
