/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_GUEST_LIBVIRT_H
#define LPARSIM_HV_GUEST_LIBVIRT_H

#include "hv/guest.h"

/* The real guest: a domain of libvirt, defined by lparsim or adopted. */
extern const HvGuestOps hv_guest_libvirt_ops;

#endif
