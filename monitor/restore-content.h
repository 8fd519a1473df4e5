/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_MONITOR_RESTORE_CONTENT_H
#define LPARSIM_MONITOR_RESTORE_CONTENT_H

#include "hv/storage-snapshot.h"
#include "monitor/system.h"

/* Content that is put back into the storage of an LPAR that goes on with it. */
typedef struct {
    ResmgrStorageKind kind;
    const HvStorageSnapshot *content; /* from the begin of the LPAR's area */
    const GArray *segments;           /* uint32_t: which MiB of it, ascending; NULL: all */
    HvTime reading_ns;                /* until the bytes are there; the LPAR runs meanwhile */
} MonitorContentWish;

typedef struct {
    uint64_t bytes; /* of pages that were put back */
    unsigned pieces;
    HvTime longest_hold_ns; /* 0: it did not run */
    HvTime elapsed_ns;
} MonitorContentReport;

/*
 * MONITOR_ERROR_RESTORE: the LPAR has no storage, is real, something else is being done to it, or its area is smaller than the content; `segments`
 * and `reading_ns` are of no meaning.
 */
bool monitor_system_can_restore_content(
    const MonitorSystem *system, unsigned lpar, const MonitorContentWish *wish, GError **error);
/*
 * The wanted addresses read as the content does, the others as before. An LPAR that is operating is held for each piece, at most for its shortest
 * time slice, and runs for as long as that between two; its guest is not told. Returns when it is done: simulated time has passed. It can be
 * done (asserted).
 */
MonitorContentReport
monitor_system_restore_content(MonitorSystem *system, unsigned lpar, const MonitorContentWish *wish);

#endif
