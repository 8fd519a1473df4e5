/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_TESTS_HV_GUEST_ROOM_H
#define LPARSIM_TESTS_HV_GUEST_ROOM_H

#include "hv/guest.h"

#define ROOM_MAX_LIPS 8
#define ROOM_MAX_IO   256

/* A guest and the little it stands on; the test plays LPAR control, the monitor and the channel subsystem. */
typedef struct {
    HvEngine *engine;
    HvTrace *trace;
    HvStorage *storages[2];
    HvStorageWindow windows[2]; /* MS, ES */
    HvGuest *guest;
    bool declared[ROOM_MAX_LIPS + 1], started[ROOM_MAX_LIPS + 1], ready[ROOM_MAX_LIPS + 1];
    unsigned ready_calls;
    unsigned n_devices;
    bool path_is_online;
    unsigned n_io;                /* started */
    unsigned io_nth[ROOM_MAX_IO]; /* the device of each */
    HvTime io_at_ns[ROOM_MAX_IO];
    HvIoFunc io_func;
    void *io_data;
} GuestRoom;

/* MS of 64 MiB in a storage of 256 MiB from 32 MiB on, ES of 16 MiB from 0 on; 3 LIPs, LIP 3 only declared. */
GuestRoom *guest_room_new(const char *workload, uint64_t seed);
void guest_room_free(GuestRoom *room);
/* Loads the guest with what the windows hold, 64 MiB of MS reserved behind it, and LIPs 1 and 2. */
void guest_room_boot(GuestRoom *room);
/* Both at once. */
GuestRoom *guest_room_booted(const char *workload);
void guest_room_run(GuestRoom *room, HvTime duration_ns);
/* Tells the guest of the result of `n` requests. */
void guest_room_conclude(GuestRoom *room, unsigned n, HvIoResult result);
/* Reads or inverts one byte as the guest addresses it, behind the guest's back. */
uint8_t guest_room_byte(const GuestRoom *room, unsigned window, uint64_t addr);
void guest_room_flip(GuestRoom *room, unsigned window, uint64_t addr);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(GuestRoom, guest_room_free)

#endif
