/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_LIBVIRT_MERGE_H
#define LPARSIM_HV_LIBVIRT_MERGE_H

#include "hv/libvirt-domain.h"

/*
 * Disks that have been left divided by a save that was interrupted (this program or libvirt killed in the middle) become one again, while
 * the domain runs. *ret_merged, which may be NULL: how many there were.
 */
bool hv_libvirt_domain_merge(HvLibvirtDomain *domain, unsigned *ret_merged, GError **error);

/* How overlays are named, after their disk. */
#define HV_SAVE_OVERLAY_SUFFIX ".lparsim-save"

#endif
