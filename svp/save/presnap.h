/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_SAVE_PRESNAP_H
#define LPARSIM_SVP_SAVE_PRESNAP_H

#include "monitor/capture.h"
#include "svp/protect/snapshot.h"
#include "svp/store.h"

/*
 * Snapshots that are taken before INTEG, so that it can be taken back (SET PRESNAP ON): the retiring LPAR, and what the survivor had of its own. One
 * per LPAR, the last. Whether they are taken is remembered in the store (collection "restore"), and what is known of each; their content
 * is in memory, sharing its pages with the machine until those are written to, and, with a state directory, in its folder presnap/ as
 * well (svp/protect/copy.h), from where it is read when it is first asked for after a start.
 */
typedef struct SvpPresnaps SvpPresnaps;

typedef struct {
    MonitorCapture *capture; /* of the LPAR that was integrated */
    ResmgrLpar *giver;       /* the survivor, as it was then */
    SvpSnapshot *copy;       /* in the folder; NULL: in memory only */
} SvpPresnap;

/* `directory`: of the state; NULL: none. System and store outlive it. */
SvpPresnaps *svp_presnaps_new(MonitorSystem *system, SvpStore *store, const char *directory);
void svp_presnaps_free(SvpPresnaps *presnaps); /* NULL is allowed */
bool svp_presnaps_are_on(const SvpPresnaps *presnaps);
bool svp_presnaps_set(SvpPresnaps *presnaps, bool on, GError **error);

/* Taken, and written, before the INTEG of `retiring`: to be kept or dropped afterwards. What capturing and writing refuse. */
SvpPresnap *svp_presnaps_take(SvpPresnaps *presnaps, unsigned retiring, unsigned survivor, GError **error);
/* The INTEG is done: it comes in place of an earlier one of the LPAR. False: it is in memory only, and *error says why. */
bool svp_presnaps_keep(SvpPresnaps *presnaps, SvpPresnap *presnap, GError **error);
/* The INTEG was not done. NULL is allowed. */
void svp_presnaps_drop(SvpPresnaps *presnaps, SvpPresnap *presnap);
/* SVP_ERROR_PRESNAP if there is none; SVP_ERROR_COPY, HV_ERROR_IMAGE if it cannot be read any more. */
const SvpPresnap *svp_presnaps_find(SvpPresnaps *presnaps, const ResmgrLpar *lpar, GError **error);
/* const SvpPresnap *, by LPAR number, those that can be read; g_ptr_array_unref() */
GPtrArray *svp_presnaps_list(SvpPresnaps *presnaps);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpPresnaps, svp_presnaps_free)

#endif
