/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_TESTS_LPAR_MACHINE_ROOM_H
#define LPARSIM_TESTS_LPAR_MACHINE_ROOM_H

#include "lpar/bystander.h"

/*
 * A machine of 64 MiB with three LPARs (A at 0, 8 MiB; B at 16 MiB, 16 MiB; C at 48 MiB, 8 MiB and 4 MiB ES)
 * on two IPs and one device each, with their LPAR controls and a monitor that only takes notes.
 */
typedef struct {
    ResmgrDefinition *definition;
    HvEngine *engine;
    HvTrace *trace;
    HvStorage *storage[RESMGR_STORAGE_KINDS];
    HvChannels *channels;
    ResmgrState *state;
    LparControl *lpars[4]; /* [number] */
    bool task[4][HV_MAX_LIPS + 1], ready[4][HV_MAX_LIPS + 1];
    bool held[4];
} MachineRoom;

MachineRoom *machine_room_new(const HvWorkload *workload);
void machine_room_free(MachineRoom *room);
/* Activates and loads the LPAR. */
void machine_room_load(MachineRoom *room, unsigned lpar);

#endif
