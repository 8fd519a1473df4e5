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
    /* Nanoseconds since 1970-01-01 00:00 by the clock on the wall; NULL: that of this computer, in its time zone. */
    HvTime (*wall_func)(void *data);
    void *wall_data;
} SvpProtectConfig;

/* SVP_ERROR_CATALOG; the media are freed then, too. */
SvpProtect *svp_protect_new(const SvpProtectConfig *config, GError **error);
void svp_protect_free(SvpProtect *protect); /* NULL is allowed */
const SvpCatalog *svp_protect_catalog(const SvpProtect *protect);
/*
 * The clock that protection goes by: the machine's, in simulated time. That of a machine with real guests begins anew with each session, so such a machine goes
 * by the clock on the wall, unless its machine file sets it. With svp_protect_calendar() moments by that clock are shown.
 */
HvTime svp_protect_now(const SvpProtect *protect);
const HvCalendar *svp_protect_calendar(const SvpProtect *protect);

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
/*
 * The group follows the policy from now on; `at`, `day` as in svp_schedule_set(), NULL: as the policy says. `wall`: by the clock on the wall, whatever clock
 * protection goes by.
 */
bool svp_protect_follow(
    SvpProtect *protect, const char *group, const char *policy, const char *at, const char *day, bool wall,
    GError **error);
/* What is not NULL is otherwise from now on. */
bool svp_protect_change_schedule(
    SvpProtect *protect, const char *group, const char *policy, const char *at, const char *day,
    const bool *wall, GError **error);
/*
 * The policy, of which there is one of that name and label (asserted), is otherwise from now on. Groups that follow it at its own times go on doing so; with
 * another frequency all do. Copies that there are follow the new rule. All or nothing.
 */
bool svp_protect_change_policy(SvpProtect *protect, SvpPolicy *policy, GError **error);
/* The group, of which there is one of that name, has those LPARs from now on; snapshots keep what they have. Takes `lpars` (char *). */
bool svp_protect_change_group(SvpProtect *protect, const char *group, GPtrArray *lpars, GError **error);
/* Good copies that retention would drop now: of all groups that follow the policy, or are kept by it. */
unsigned svp_protect_droppable(const SvpProtect *protect, const char *policy);
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
/*
 * Digests of what the snapshot has of each LPAR (monitor_capture_digest()) are worked out, which needs each byte of it, and kept. The snapshot as it is in the
 * catalog then; that of a real guest stays unknown, and so does one that cannot be read.
 */
const SvpSnapshot *svp_protect_digests(SvpProtect *protect, const SvpSnapshot *snapshot);
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
    HvTime due_ns; /* simulated */
    bool wall;     /* by the clock on the wall */
} SvpProtectDue;

/*
 * The earliest, in order of groups and policies at one time; false: none, as far as simulated time can tell: when what goes by the clock on the wall is due
 * shows only then. `wall`: only of those.
 */
bool svp_protect_next_due(const SvpProtect *protect, bool wall, SvpProtectDue *ret_due);
/* By its clock: "Fri 2026-11-20 22:00:00", "on demand"; free with g_free(). */
char *svp_protect_show_due(const SvpProtect *protect, const SvpGroupSchedule *schedule);
bool svp_protect_has_wall(const SvpProtect *protect); /* something goes by the clock on the wall */
/* It is being seen to by that run, which is written down with it (taken): next is the first time after now. */
bool svp_protect_begin_run(SvpProtect *protect, const SvpProtectDue *due, SvpRun *run, GError **error);
/* How far the run is, or (through) that it is no more. */
bool svp_protect_record_run(SvpProtect *protect, const SvpRun *run, GError **error);
/* Nobody goes on with it. */
bool svp_protect_forget_run(SvpProtect *protect, const SvpRun *run, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpProtect, svp_protect_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SvpProtectReport, svp_protect_report_clear)

#endif
