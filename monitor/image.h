/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_MONITOR_IMAGE_H
#define LPARSIM_MONITOR_IMAGE_H

#include "hv/storage-snapshot.h"
#include "monitor/system.h"

/*
 * The state of a whole machine but for the content of its storage: clock, trace, assignment, dispatcher, LPARs, guests, channels, random
 * streams. A machine that was read back goes on as the one that was written would have: same digest.
 */
/*
 * Between commands only: no INTEG or restore is under way (asserted). Guests have done by it all that they do up to now, so the content
 * that goes with it (monitor_system_content()) is taken afterwards, before time passes. Nobody notices.
 */
GBytes *monitor_system_image(MonitorSystem *system);
/* The content of a kind of storage, all of it; and put into a system that is about to read an image. NULL: the machine has none. */
HvStorageSnapshot *monitor_system_content(MonitorSystem *system, ResmgrStorageKind kind);
void monitor_system_put_content(
    MonitorSystem *system, ResmgrStorageKind kind, const HvStorageSnapshot *content);
/*
 * `system` is fresh from monitor_system_open() with the same definition and seed, and its storage holds the content already. LPARs that were
 * defined while the machine ran are part of the image. False with HV_ERROR_IMAGE; then the system is good for nothing but
 * monitor_system_free().
 */
bool monitor_system_read_image(MonitorSystem *system, GBytes *image, GError **error);

/*
 * An LPAR more, which has nothing yet (RELEASED) and is not activated: for clones and what is restored under a new name. Takes the definition,
 * also if it is refused; with number 0 it gets the lowest that is free. MONITOR_ERROR_DEFINE: the name or number is taken, there is no
 * number left, or something else does not fit to the machine as it is. The LPAR belongs to the machine from now on, its definition too;
 * monitor_system_definition() has it, the one that the machine was made with has not.
 */
bool monitor_system_define(MonitorSystem *system, ResmgrLparDef *def, GError **error);
/*
 * The opposite, for an LPAR that was defined that way, has no resources, and of which no INTEG's record tells; else MONITOR_ERROR_DEFINE. What it
 * used is nobody's from then on.
 */
bool monitor_system_undefine(MonitorSystem *system, unsigned lpar, GError **error);

#endif
