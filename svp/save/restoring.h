/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_SAVE_RESTORING_H
#define LPARSIM_SVP_SAVE_RESTORING_H

#include "monitor/restore.h"
#include "svp/console-private.h"

/* What RESTORE and CLONE have in common: an LPAR that is captured goes into itself, or into a new one. */
typedef struct {
    const MonitorCapture *capture;
    unsigned lpar;  /* number of the LPAR that was captured, of which a new one is defined */
    const char *to; /* name of the new one; NULL: the LPAR itself */
    bool plan, partial;
    uint32_t parent_bp;             /* as in MonitorRestoreOptions */
    const ResmgrLpar *giver_before; /* as in MonitorRestoreOptions */
    uint64_t content_rate;          /* the same */
} SvpRestoring;

/* Prints what is done, or planned. *ret_took_ns: simulated time that passed. */
bool svp_restoring_carry_out(
    SvpConsole *console, const SvpRestoring *restoring, SvpResult *result, HvTime *ret_took_ns,
    GError **error);

#endif
