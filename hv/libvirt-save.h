/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_LIBVIRT_SAVE_H
#define LPARSIM_HV_LIBVIRT_SAVE_H

#include "hv/guest-save.h"
#include "hv/libvirt-domain.h"

/*
 * Saving a domain into files and beginning it from them again. Calls block for as long as it takes and belong into a job; errors as in
 * hv/libvirt-domain.h, and HV_ERROR_FILE.
 */

/* A save under way; repeated with the same one if the connection was lost in the middle. */
typedef struct {
    HvSaveOrder order;
    HvTime hold_limit_ns; /* LIVE: how long it is to stand at most, as far as that can be had */
    bool stood;           /* for the moment: that does not come back */
    bool suspended;       /* by the save; it is to go on */
} HvLibvirtSave;

/*
 * Saves what runs, or stands. The folder exists on this host; for HV_SAVE_DISKS QEMU's user must get there. NULL: the domain is as it was before, and
 * no file is left behind. Free with hv_guest_saved_free().
 */
HvGuestSaved *hv_libvirt_domain_save(HvLibvirtDomain *domain, HvLibvirtSave *save, GError **error);

#endif
