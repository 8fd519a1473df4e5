/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PROTECT_PROTECT_H
#define LPARSIM_SVP_PROTECT_PROTECT_H

#include "svp/protect/catalog.h"
#include "svp/protect/copy.h"
#include "svp/protect/retention.h"

/*
 * Protection of a machine's LPARs: snapshots of groups, their copies in mirrors and vaults, and what is dropped when. The catalog says what
 * there is, media hold the content; this keeps the two in step.
 */
typedef struct SvpProtect SvpProtect;

typedef struct {
    MonitorSystem *system; /* outlives it */
    SvpStore *store;       /* the same */
    const char *primary;   /* folder of the primary; NULL: its medium needs none */
    /* Taken. They may be the same medium. */
    SvpCopyMedium primary_medium, folder_medium;
} SvpProtectConfig;

/* SVP_ERROR_CATALOG; the media are freed then, too. */
SvpProtect *svp_protect_new(const SvpProtectConfig *config, GError **error);
void svp_protect_free(SvpProtect *protect); /* NULL is allowed */
const SvpCatalog *svp_protect_catalog(const SvpProtect *protect);
const HvCalendar *svp_protect_calendar(const SvpProtect *protect); /* the clock that schedules go by */

/* What a command has done besides what it was asked for. */
typedef struct {
    unsigned n_written, n_dropped;
    GPtrArray *warnings; /* char *: copies that could not be written, read or removed */
} SvpProtectReport;

void svp_protect_report_begin(SvpProtectReport *report);
void svp_protect_report_clear(SvpProtectReport *report);

/* --- Definitions (protect-define.c). All: the thing is taken in any case. ------------------------------------------ */

bool svp_protect_define_policy(SvpProtect *protect, SvpPolicy *policy, GError **error);
/* The step is understood by whoever adds it. */
bool svp_protect_add_step(
    SvpProtect *protect, const char *policy, SvpStepsKind kind, const char *command, GError **error);
bool svp_protect_define_group(SvpProtect *protect, SvpGroup *group, GError **error);
/* The group follows the policy from now on; `at`, `day` as in svp_schedule_set(), NULL: as the policy says. */
bool svp_protect_follow(
    SvpProtect *protect, const char *group, const char *policy, const char *at, const char *day,
    GError **error);
/* `source`: as in svp_relation_check(). */
bool svp_protect_define_relation(
    SvpProtect *protect, SvpRelation *relation, const char *source, GError **error);
bool svp_protect_delete_policy(SvpProtect *protect, const char *name, GError **error);
bool svp_protect_delete_group(SvpProtect *protect, const char *name, GError **error);
bool svp_protect_unfollow(SvpProtect *protect, const char *group, const char *policy, GError **error);
/* Copies that are there go with it, unless an LPAR has no other: then it is refused. */
bool svp_protect_delete_relation(
    SvpProtect *protect, const char *group, SvpPlace place, SvpProtectReport *report, GError **error);

/* --- Snapshots (protect-take.c) ---------------------------------------------------------------------------------- */

typedef struct {
    const char *group;
    const char
        *policy;      /* its label and retention; the group follows it; NULL: on demand, kept until deleted */
    const char *name; /* NULL: svp_snapshot_name() */
    const char *tag;  /* NULL: none */
} SvpSnapshotRequest;

/*
 * All LPARs of the group at this moment: all or nothing. Then copies go to its mirror and vault, and what retention does not keep is dropped; what of
 * that fails is in the report, and is tried again next time. The snapshot is the catalog's.
 */
const SvpSnapshot *svp_protect_snapshot(
    SvpProtect *protect, const SvpSnapshotRequest *request, SvpProtectReport *report, GError **error);
/*
 * Removes a snapshot with all its copies, or (not SVP_PLACES) that in one place. SVP_ERROR_PROTECT_NEEDED: by a clone, a mirror or vault that does not
 * have it yet, or as the last good copy of an LPAR there; `force` overrides the last.
 */
bool svp_protect_delete_snapshot(
    SvpProtect *protect, const char *name, SvpPlace place, bool force, GError **error);

/* --- Copies (protect-copies.c) ----------------------------------------------------------------------------------- */

/* Prepares the folders of the group's mirror and vault that are not initialized. Nothing to do: SVP_ERROR_RELATION. */
bool svp_protect_initialize(SvpProtect *protect, const char *group, GError **error);
/* The group has a mirror or vault, and all are initialized, with `initialize` from now on. SVP_ERROR_RELATION. */
bool svp_protect_may_replicate(SvpProtect *protect, const SvpGroup *group, bool initialize, GError **error);
/* Whether the relation is to have that snapshot and does not. */
bool svp_protect_is_pending(const SvpRelation *relation, const SvpSnapshot *snapshot);
unsigned
svp_protect_pending(const SvpProtect *protect, const SvpRelation *relation); /* how far it is behind */
/* Copies what is pending, the oldest first, to those that are initialized. */
void svp_protect_replicate(SvpProtect *protect, const SvpGroup *group, SvpProtectReport *report);
/* Reads and checks every copy of the group; what is damaged counts as such from then on. Returns how many were found damaged. */
unsigned svp_protect_verify(SvpProtect *protect, const SvpGroup *group, SvpProtectReport *report);
/* Drops what retention does not keep, in all places. */
void svp_protect_prune(SvpProtect *protect, const SvpGroup *group, SvpProtectReport *report);
/*
 * The verdicts of retention on copies of a group in a place, now: as many as there are in *ret_snapshots (const SvpSnapshot *, by sequence; unref). Free
 * with g_free().
 */
SvpVerdict *svp_protect_verdicts(
    const SvpProtect *protect, const SvpGroup *group, SvpPlace place, GPtrArray **ret_snapshots);

/*
 * What a snapshot has of an LPAR, to be restored or cloned from; the caller's. `place` SVP_PLACES: the first good copy of primary, mirror, vault that can be
 * read. SVP_ERROR_MADE_FOR: it is not of that LPAR; _COPY: there is no good copy there.
 */
MonitorCapture *
svp_protect_find(SvpProtect *protect, const char *snapshot, const char *lpar, SvpPlace place, GError **error);
/* A clone made from a snapshot shares its content from now on: the snapshot stays in the primary. */
bool svp_protect_add_clone(
    SvpProtect *protect, const char *snapshot, const char *lpar, const char *clone, GError **error);
/* The clone is split from its parent, or is gone. One that is not known is no error. */
bool svp_protect_split_clone(SvpProtect *protect, const char *clone, GError **error);
/* A save or restore of the LPAR was done. */
bool svp_protect_measured(
    SvpProtect *protect, const char *lpar, SvpMeasureKind kind, HvTime took_ns, int64_t wall_us,
    GError **error);

/* --- Schedules (protect-due.c) ----------------------------------------------------------------------------------- */

/* A snapshot that is due. */
typedef struct {
    const SvpGroup *group;
    const SvpPolicy *policy;
    HvTime due_ns;
} SvpProtectDue;

/* The earliest, in order of groups and policies at one time; false: none ever. */
bool svp_protect_next_due(const SvpProtect *protect, SvpProtectDue *ret_due);
/* It is being seen to: next is the first time after now. */
bool svp_protect_due_done(SvpProtect *protect, const SvpProtectDue *due, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpProtect, svp_protect_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SvpProtectReport, svp_protect_report_clear)

#endif
