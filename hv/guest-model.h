/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_GUEST_MODEL_H
#define LPARSIM_HV_GUEST_MODEL_H

#include "hv/guest.h"

/*
 * The simulated guest, kind "model". At boot it writes an image: a block of pages from address 0 and one page
 * in each further part of its storage up to the last page, ES as well, so that a relocation of an idle guest
 * is proved too.
 */
extern const HvGuestOps hv_guest_model_ops;

#endif
