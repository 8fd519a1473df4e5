/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PROTECT_COPY_H
#define LPARSIM_SVP_PROTECT_COPY_H

#include "monitor/capture.h"
#include "svp/protect/snapshot.h"

/*
 * Where copies of snapshots are kept: a medium. A copy is known by its folder and the snapshot's name. `folder` NULL: that of the primary
 * when it has none. What fails is SVP_ERROR_COPY, or SVP_ERROR_COPY_AWAY: the folder is not there, and nothing is known of what is in it.
 */
typedef struct {
    const char *name; /* "memory" */
    /* The folder is made ready for copies of that group; what is there already must be of the same. */
    bool (*prepare)(void *data, const char *folder, const char *group, GError **error);
    /*
     * All or nothing; one of that name is replaced. `base`: a snapshot with a good copy there, with which this one may share content; NULL: there is no
     * good copy there. `captures`: MonitorCapture *, of each of the snapshot's LPARs in turn; the caller's.
     */
    bool (*write)(
        void *data, const char *folder, const SvpSnapshot *snapshot, const SvpSnapshot *base,
        const GPtrArray *captures, GError **error);
    /* The caller's. What is read is checked. */
    MonitorCapture *(*read)(
        void *data, const char *folder, const SvpSnapshot *snapshot, const char *lpar, GError **error);
    /* Every byte is read and checked; once for all copies with the same `seen`, a table that is the medium's (svp_copy_seen_new()). */
    bool (*verify)(
        void *data, const char *folder, const SvpSnapshot *snapshot, GHashTable *seen, GError **error);
    /* One that is not there is removed already. */
    bool (*remove)(void *data, const char *folder, const SvpSnapshot *snapshot, GError **error);
    /* Copies of the group there that are of none of these snapshots are what a crash has left, and go. NULL: there never are any. */
    bool (*sweep)(
        void *data, const char *folder, const char *group, const GPtrArray *snapshots, GError **error);
    void (*free)(void *data);
} SvpCopyOps;

typedef struct {
    const SvpCopyOps *ops;
    void *data;
} SvpCopyMedium;

static inline bool
svp_copy_prepare(const SvpCopyMedium *medium, const char *folder, const char *group, GError **error)
{
    return medium->ops->prepare(medium->data, folder, group, error);
}

static inline bool svp_copy_write(
    const SvpCopyMedium *medium, const char *folder, const SvpSnapshot *snapshot, const SvpSnapshot *base,
    const GPtrArray *captures, GError **error)
{
    g_assert(captures->len == svp_snapshot_lpars(snapshot));
    return medium->ops->write(medium->data, folder, snapshot, base, captures, error);
}

static inline MonitorCapture *svp_copy_read(
    const SvpCopyMedium *medium, const char *folder, const SvpSnapshot *snapshot, const char *lpar,
    GError **error)
{
    g_assert(svp_snapshot_has(snapshot, lpar));
    return medium->ops->read(medium->data, folder, snapshot, lpar, error);
}

static inline GHashTable *svp_copy_seen_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

static inline bool svp_copy_verify(
    const SvpCopyMedium *medium, const char *folder, const SvpSnapshot *snapshot, GHashTable *seen,
    GError **error)
{
    return medium->ops->verify(medium->data, folder, snapshot, seen, error);
}

static inline bool
svp_copy_remove(const SvpCopyMedium *medium, const char *folder, const SvpSnapshot *snapshot, GError **error)
{
    return medium->ops->remove(medium->data, folder, snapshot, error);
}

static inline bool svp_copy_sweep(
    const SvpCopyMedium *medium, const char *folder, const char *group, const GPtrArray *snapshots,
    GError **error)
{
    return !medium->ops->sweep || medium->ops->sweep(medium->data, folder, group, snapshots, error);
}

/*
 * In memory: content is shared, page by page, with the machine and with other copies until it is written to. The machine outlives it. Free with
 * medium.ops->free().
 */
SvpCopyMedium svp_copy_memory(const MonitorSystem *system);
/* How many copies it has, and how many pages they refer to, each counted in every copy that it is in; `ret_pages` may be
 * NULL, they have to be looked at one by one. */
unsigned svp_copy_memory_count(const SvpCopyMedium *medium, uint64_t *ret_pages);

/* In folders, as archives (svp/save/); they survive the program. The machine outlives it. `prepared`: a folder is used after prepare() only. */
SvpCopyMedium svp_copy_archive(const MonitorSystem *system, bool prepared);

/* The same again: content is shared. The machine is that of the capture. */
MonitorCapture *svp_capture_copy(const MonitorSystem *system, const MonitorCapture *capture);
/* Pages of its content that take memory. */
uint64_t svp_capture_pages(const MonitorCapture *capture);

#endif
