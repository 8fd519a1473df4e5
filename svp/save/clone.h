/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_SAVE_CLONE_H
#define LPARSIM_SVP_SAVE_CLONE_H

#include "monitor/capture.h"
#include "svp/console-private.h"

/* A clone and where it came from: an LPAR, or a snapshot. */
typedef struct {
    const ResmgrLpar *clone;
    const char *parent;   /* the LPAR that it is a clone of */
    const char *snapshot; /* that it was made from; NULL: from the LPAR itself */
    HvTime at_ns;         /* the moment of the parent that it began as; 0: that of the snapshot */
} SvpCloneOrigin;

/* From the moment `parent` was captured on, `clone` is its clone. */
bool svp_clones_add(SvpConsole *console, const char *clone, const MonitorCapture *parent, GError **error);
/* It is no clone any more; no harm if it was none. */
bool svp_clones_forget(SvpConsole *console, const char *clone, GError **error);
/* Calls `visit` for all clones that are defined, those of LPARs first, until it returns false. What it is given is good for the call. */
typedef bool (*SvpCloneFunc)(const SvpCloneOrigin *origin, void *data);
bool svp_clones_foreach(SvpConsole *console, SvpCloneFunc visit, void *data, GError **error);

#endif
