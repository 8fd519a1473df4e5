/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_TESTS_IMAGE_ROOM_H
#define LPARSIM_TESTS_IMAGE_ROOM_H

#include "monitor/system.h"

/* What was read from the system's image goes on in its place: frees `system`, and returns the other. */
MonitorSystem *
image_room_read_again(const ResmgrDefinition *definition, uint64_t seed, MonitorSystem *system);
/* Stops the test unless all that can be asked of both is the same: digest, assignment, usage, history, guests. Both record. */
void image_room_ck_same(MonitorSystem *a, MonitorSystem *b);

#endif
