/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_SAVE_PRESNAP_H
#define LPARSIM_SVP_SAVE_PRESNAP_H

#include "monitor/capture.h"
#include "svp/store.h"

/*
 * Snapshots that are taken before INTEG, so that it can be taken back (SET PRESNAP ON): the retiring LPAR, and the assignment. One per LPAR, the
 * last. Whether they are taken is remembered in the store (collection "restore"); they themselves are in memory, sharing their pages with
 * the machine until those are written to.
 */
typedef struct SvpPresnaps SvpPresnaps;

typedef struct {
    MonitorCapture *capture; /* of the LPAR that was integrated */
    ResmgrState *before;     /* the assignment then */
    unsigned survivor;
} SvpPresnap;

SvpPresnaps *svp_presnaps_new(SvpStore *store); /* the store outlives it */
void svp_presnaps_free(SvpPresnaps *presnaps);  /* NULL is allowed */
bool svp_presnaps_are_on(const SvpPresnaps *presnaps);
bool svp_presnaps_set(SvpPresnaps *presnaps, bool on, GError **error);

/* Taken before the INTEG of `retiring`; the caller's. */
SvpPresnap *svp_presnap_new(MonitorSystem *system, unsigned retiring, unsigned survivor, GError **error);
void svp_presnap_free(SvpPresnap *presnap); /* NULL is allowed */
/* The INTEG is done: takes the snapshot, in place of an earlier one of the LPAR. */
void svp_presnaps_keep(SvpPresnaps *presnaps, SvpPresnap *presnap);
/* SVP_ERROR_PRESNAP if there is none. */
const SvpPresnap *svp_presnaps_find(const SvpPresnaps *presnaps, const ResmgrLpar *lpar, GError **error);
GPtrArray *
svp_presnaps_list(const SvpPresnaps *presnaps); /* const SvpPresnap *, by LPAR number; g_ptr_array_unref() */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpPresnaps, svp_presnaps_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpPresnap, svp_presnap_free)

#endif
