/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_LIBVIRT_SAVE_H
#define LPARSIM_HV_LIBVIRT_SAVE_H

#include "hv/guest-save.h"
#include "hv/libvirt-domain.h"

/*
 * Saving a domain into files and beginning it from them again. Calls block for as long as it takes and belong into a job; errors as in
 * hv/libvirt-domain.h, and HV_ERROR_FILE.
 */

/*
 * Saves what runs, or stands. The folder exists on this host; for HV_SAVE_DISKS QEMU's user must get there. NULL: the domain is as it was before, and
 * no file is left behind. Free with hv_guest_saved_free().
 */
HvGuestSaved *
hv_libvirt_domain_save(HvLibvirtDomain *domain, const char *folder, HvSaveKind kind, GError **error);
/*
 * Disks that have been left divided by a save that was interrupted (this program or libvirt killed in the middle) become one again, while
 * the domain runs. *ret_merged, which may be NULL: how many there were.
 */
bool hv_libvirt_domain_merge(HvLibvirtDomain *domain, unsigned *ret_merged, GError **error);

/* How overlays are named, after their disk. */
#define HV_SAVE_OVERLAY_SUFFIX ".lparsim-save"

#endif
