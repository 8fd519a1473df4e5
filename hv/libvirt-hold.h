/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_LIBVIRT_HOLD_H
#define LPARSIM_HV_LIBVIRT_HOLD_H

#include "hv/quantity.h"

/*
 * How long a domain stands while something is done to it: by QEMU's own events and clock, so that what libvirt does before and after does
 * not count. Used in a job; the events come by GLib's default main context, which runs meanwhile.
 */
typedef struct HvLibvirtHold HvLibvirtHold;
struct _virDomain;

/*
 * NULL: this host has no such events. With a limit (0: none) QEMU goes on writing storage while the guest runs until it thinks that the rest takes
 * no longer than that; as a guest that writes faster would never be done, the limit is doubled again and again.
 */
HvLibvirtHold *hv_libvirt_hold_begin(struct _virDomain *found, HvTime limit_ns);
/* HV_TIME_NEVER: nothing was heard, or `hold` is NULL. Frees it. */
HvTime hv_libvirt_hold_end(HvLibvirtHold *hold);

#endif
