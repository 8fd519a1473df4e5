/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_MONITOR_REAL_COPY_H
#define LPARSIM_MONITOR_REAL_COPY_H

#include "hv/guest-save.h"
#include "hv/staging.h"

/* A saved real guest whose files lie in a folder for as long as somebody keeps it. Reference-counted; not to be changed. */
typedef struct {
    HvStaging *staging;
    HvGuestSaved *saved;
} MonitorRealCopy;

/* Takes the save, and a reference to the folder in which it lies. */
MonitorRealCopy *monitor_real_copy_new(HvStaging *staging, HvGuestSaved *saved);
/* Of files that lie in the folder, by their manifest. MONITOR_ERROR_REAL_SAVE. */
MonitorRealCopy *monitor_real_copy_read(HvStaging *staging, GError **error);
MonitorRealCopy *monitor_real_copy_ref(MonitorRealCopy *copy);
void monitor_real_copy_unref(MonitorRealCopy *copy); /* NULL is allowed */
/* What its files take on the disk. */
uint64_t monitor_real_copy_bytes(const MonitorRealCopy *copy);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(MonitorRealCopy, monitor_real_copy_unref)

#endif
