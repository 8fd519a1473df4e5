/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_MACHINE_FILE_DISKS_H
#define LPARSIM_SVP_MACHINE_FILE_DISKS_H

#include "resmgr/definition.h"

/*
 * `disks` of an LPAR is short for devices: the n-th file becomes the device LPAR.DISKn behind the n-th of the LPAR's
 * paths, or the last, and the list is emptied. LPARs have their numbers. A list of which no devices can be made is left:
 * the check of the definition says why (the guest is no domain, or has no paths). False if the machine would have more
 * than `max_devices`; then the rest of the lists is left, too.
 */
bool svp_machine_file_expand_disks(const ResmgrDefinition *definition, unsigned max_devices);

#endif
