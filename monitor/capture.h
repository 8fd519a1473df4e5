/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_MONITOR_CAPTURE_H
#define LPARSIM_MONITOR_CAPTURE_H

#include "hv/storage-snapshot.h"
#include "monitor/system.h"

/*
 * One LPAR as it was at one moment: what it owned, the state of its LPAR control and its guest, and the content of its storage. It is what
 * is saved, cloned, and restored from. Taking it changes nothing and takes no simulated time: the LPAR runs on.
 */
typedef struct {
    unsigned number;
    char *name;
    HvTime at_ns;
    ResmgrLpar *books;      /* areas, LIPs, weights, cap; ours */
    uint64_t chps_owned[4]; /* bit map of CHPIDs: reconfigurable paths it owned */
    uint64_t chps_used[4];  /* shared paths it had */
    LparRunState state;
    GBytes *image; /* LPAR control and guest (hv/codec.h, not whole); NULL: nothing was loaded */
    HvStorageSnapshot *content[RESMGR_STORAGE_KINDS]; /* of its areas; NULL: it had none, or is real */
    char *digest;                                     /* NULL: see monitor_capture_digest() */
} MonitorCapture;

/* Of an LPAR that has resources and to which nothing is being done (else MONITOR_ERROR_CAPTURE); real guests: books and definition only. */
MonitorCapture *monitor_system_capture(MonitorSystem *system, unsigned lpar, GError **error);
void monitor_capture_free(MonitorCapture *capture); /* NULL is allowed */
/*
 * Pages of its storage that the LPAR (asserted to be defined) shares with others, captures or LPARs: how many there are; and an end of it: it gets
 * pages of its own, whose number is returned. Nobody notices.
 */
uint64_t monitor_system_count_shared(const MonitorSystem *system, unsigned lpar);
uint64_t monitor_system_split(MonitorSystem *system, unsigned lpar);

/*
 * A digest of the content of its areas, 64 hexadecimal digits: equal for captures of equal content, wherever it is. Costs a look at each byte the
 * first time, while `content` is there. NULL: nothing was loaded, or its content is not here.
 */
const char *monitor_capture_digest(MonitorCapture *capture);

/*
 * Puts it into an LPAR (asserted to be defined) that is not activated and has no resources: that gets what it asks for, as ACTIVATE would give
 * it, the content, and the state; its guest is not booted, but goes on as it was when it was captured. MONITOR_ERROR_CAPTURE: no guest was
 * loaded, or it had more storage; else as ACTIVATE and lpar_install() refuse. Then all is as before.
 */
bool monitor_system_install(
    MonitorSystem *system, unsigned lpar, const MonitorCapture *capture, GError **error);
/*
 * The same for an LPAR that has its resources already, by a record of them (monitor_system_assume()), and is not activated: it gets the content
 * and the state. MONITOR_ERROR_CAPTURE and as lpar_install(): then it has its resources, and nothing in them.
 */
bool monitor_system_reinstall(
    MonitorSystem *system, unsigned lpar, const MonitorCapture *capture, GError **error);

/* All but the content, as bytes, and back; NULL with HV_ERROR_IMAGE if they are damaged. `content` is NULL then, until the caller sets it. */
GBytes *monitor_capture_to_bytes(const MonitorCapture *capture);
MonitorCapture *monitor_capture_from_bytes(const MonitorSystem *system, GBytes *bytes, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(MonitorCapture, monitor_capture_free)

#endif
