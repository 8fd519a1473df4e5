/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_TESTS_HV_LOAD_ROOM_H
#define LPARSIM_TESTS_HV_LOAD_ROOM_H

#include "hv/codec.h"
#include "hv/guest.h"
#include "tests/hv/load-def.h"

#define LOAD_MAX_LIPS 4

/* A LIP with an IP of its own. */
typedef struct {
    struct LoadRoom *room;
    bool is_started, has_work;
    HvTime told_ns; /* its time has been told up to then */
    HvEvent event;
} LoadLip;

/*
 * A guest with all it stands on: storage, real channels, and LIPs that run as soon as they have work. Each call of the guest goes into
 * `history`, with its time since `since_ns`.
 */
typedef struct LoadRoom {
    const LoadDef *def;
    HvEngine *engine;
    HvTrace *trace;
    HvStorage *storages[2];
    HvStorageWindow windows[2];
    HvChannels *channels;
    HvGuest *guest;
    LoadLip lips[LOAD_MAX_LIPS + 1];
    bool is_held, is_halted, no_paths;
    bool is_doubtful; /* what was read may be wrong about the LIPs: they are given no more than they want */
    bool goes_on;     /* load_room_run_to_call() */
    unsigned calls_left;
    HvTime since_ns;
    GChecksum *history;
} LoadRoom;

LoadRoom *load_room_new(const LoadDef *def);
void load_room_free(LoadRoom *room);
void load_room_boot(LoadRoom *room); /* ends all I/O before */
void load_room_run(LoadRoom *room, HvTime duration_ns);
/* Up to the event in which the guest has called its host so often, or for 200 ms: other events of that moment have not come yet. */
void load_room_run_to_call(LoadRoom *room, unsigned calls);
/* Something an operator or the machine may do, by the stream: hold, release, STOP, START, a CPU more or less, storage more, a fence, LOAD. */
void load_room_meddle(LoadRoom *room, HvRng *rng);
void load_room_hold(LoadRoom *room, bool hold);
/* LIP time is told up to now. */
void load_room_settle(LoadRoom *room);
void load_room_forget(LoadRoom *room); /* a new history from now on */

/* The whole room, but for its storage; or the guest alone. */
GBytes *load_room_write(LoadRoom *room, bool whole);
/* Into a new room; of a guest alone, `lips` and `windows` are there already. */
bool load_room_read(LoadRoom *room, bool whole, GBytes *bytes, GError **error);
/* For bytes that may be damaged: all LIPs are there, the storage reads as zeros. */
LoadRoom *load_room_for_reading(const LoadDef *def, HvTime now_ns);
/* What was read is a state: it is looked at, released, run, meddled with, written, loaded anew. */
void load_room_try(LoadRoom *room);
/* A room that has been read from `bytes`, with the storage of `from`; its clock stands at `now_ns`. */
LoadRoom *load_room_read_beside(const LoadRoom *from, HvTime now_ns, bool whole, GBytes *bytes);
/*
 * All that can be seen of the guest, as text; free with g_free(). `with_channels`: and of the channels, and how much of the time of I/O was
 * service, which only they know of a request that is under way.
 */
char *load_room_describe(LoadRoom *room, bool with_channels);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LoadRoom, load_room_free)

#endif
