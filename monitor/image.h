/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_MONITOR_IMAGE_H
#define LPARSIM_MONITOR_IMAGE_H

#include "monitor/system.h"

/*
 * The state of a whole machine but for the content of its storage: clock, trace, assignment, dispatcher, LPARs, guests, channels, random
 * streams. A machine that was read back goes on as the one that was written would have: same digest.
 */
/* Between commands only: no INTEG or restore is under way (asserted). */
GBytes *monitor_system_image(MonitorSystem *system);
/*
 * `system` is fresh from monitor_system_open() with the same definition and seed, and its storage holds the content already. False with
 * HV_ERROR_IMAGE; then the system is good for nothing but monitor_system_free().
 */
bool monitor_system_read_image(MonitorSystem *system, GBytes *image, GError **error);

/*
 * An LPAR more, which has nothing yet (RELEASED) and is not activated: for clones and what is restored under a new name. Takes the definition.
 * MONITOR_ERROR_DEFINE: the name or number is taken, or there is no number left. It belongs to the machine from now on, its definition too.
 */
bool monitor_system_define(MonitorSystem *system, ResmgrLparDef *def, GError **error);
/* The opposite, for an LPAR that has no resources and was defined that way. */
bool monitor_system_undefine(MonitorSystem *system, unsigned lpar, GError **error);

#endif
