/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_DOCTOR_H
#define LPARSIM_SVP_DOCTOR_H

#include <stdbool.h>

/*
 * `lparsim doctor`: prints what of real guests works on the host of a libvirt URI, as a page or as one JSON object.
 * Returns whether all that they need is there.
 */
bool svp_doctor_run(const char *uri, bool json);

#endif
