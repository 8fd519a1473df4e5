/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The fixture of the guest tests: a real engine and real storage, and in the place of LPAR control a notebook
 * that grants what was declared and remembers what was asked.
 *
 * Requests of I/O stay under way until the test concludes them, so a test decides when a guest learns what.
 */
#include "tests/hv/guest-room.h"

#include "hv/error.h"

static void note_ready(void *host, unsigned lip, bool has_work)
{
    GuestRoom *room = host;

    g_assert(lip <= ROOM_MAX_LIPS && room->started[lip]);
    room->ready[lip] = has_work;
    room->ready_calls++;
}

static void ignore_lip(G_GNUC_UNUSED void *host, G_GNUC_UNUSED unsigned lip)
{
}

static bool grant_start(void *host, unsigned lip, GError **error)
{
    GuestRoom *room = host;

    if (lip > ROOM_MAX_LIPS || !room->declared[lip] || room->started[lip]) {
        g_set_error(error, HV_ERROR, HV_ERROR_GUEST, "The host does not start %u", lip);
        return false;
    }
    return room->started[lip] = true;
}

static bool grant_stop(void *host, unsigned lip, GError **error)
{
    GuestRoom *room = host;

    if (lip > ROOM_MAX_LIPS || !room->started[lip]) {
        g_set_error(error, HV_ERROR, HV_ERROR_GUEST, "The host does not stop %u", lip);
        return false;
    }
    room->started[lip] = room->ready[lip] = false;
    return true;
}

static bool note_io(void *host, unsigned nth, HvIoFunc func, void *data)
{
    GuestRoom *room = host;

    g_assert(nth < room->n_devices && room->n_io < ROOM_MAX_IO);
    if (!room->path_is_online)
        return false;
    room->io_at_ns[room->n_io] = hv_engine_now(room->engine);
    room->io_nth[room->n_io++] = nth;
    room->io_func = func;
    room->io_data = data;
    return true;
}

static unsigned count_devices(void *host)
{
    const GuestRoom *room = host;

    return room->n_devices;
}

static const HvGuestHostOps notebook_ops = {
    .lip_ready = note_ready,
    .lip_catch_up = ignore_lip,
    .lip_burst_changed = ignore_lip,
    .lip_start = grant_start,
    .lip_stop = grant_stop,
    .io_start = note_io,
    .n_devices = count_devices,
};

GuestRoom *guest_room_new(const char *workload_text, uint64_t seed)
{
    GuestRoom *room = g_new0(GuestRoom, 1);
    HvWorkload workload;
    bool good = hv_workload_parse(workload_text, &workload, NULL);

    g_assert(good);
    room->engine = hv_engine_new();
    room->trace = hv_trace_new();
    room->storages[0] = hv_storage_new(256 * HV_MIB);
    room->storages[1] = hv_storage_new(32 * HV_MIB);
    room->windows[0] = (HvStorageWindow){room->storages[0], 32 * HV_MIB, 64 * HV_MIB};
    room->windows[1] = (HvStorageWindow){room->storages[1], 0, 16 * HV_MIB};
    room->path_is_online = true;
    const HvGuestConfig config = {
        .engine = room->engine,
        .trace = room->trace,
        .lpar = 1,
        .ms = &room->windows[0],
        .es = &room->windows[1],
        .host_ops = &notebook_ops,
        .host = room,
        .seed = seed,
    };

    room->guest = hv_guest_create(hv_guest_kind("model"), &config, &workload);
    return room;
}

void guest_room_free(GuestRoom *room)
{
    hv_guest_destroy(room->guest);
    for (unsigned k = 0; k < 2; k++)
        hv_storage_free(room->storages[k]);
    hv_trace_free(room->trace);
    hv_engine_free(room->engine);
    g_free(room);
}

void guest_room_boot(GuestRoom *room)
{
    static const unsigned lips[] = {1, 2};
    const HvGuestBoot boot = {
        .ms_online_bytes = room->windows[0].size_bytes,
        .ms_reserved_bytes = 64 * HV_MIB,
        .es_online_bytes = room->windows[1].size_bytes,
        .n_lips_online = G_N_ELEMENTS(lips),
        .lips_online = lips,
    };

    for (unsigned lip = 1; lip <= 3; lip++) {
        room->declared[lip] = true;
        room->started[lip] = lip <= 2;
        room->ready[lip] = false;
    }
    hv_guest_boot(room->guest, &boot);
}

GuestRoom *guest_room_booted(const char *workload)
{
    GuestRoom *room = guest_room_new(workload, /* seed= */ 1);

    guest_room_boot(room);
    return room;
}

void guest_room_run(GuestRoom *room, HvTime duration_ns)
{
    hv_engine_run_until(room->engine, hv_engine_now(room->engine) + duration_ns);
}

void guest_room_conclude(GuestRoom *room, unsigned n, HvIoResult result)
{
    for (unsigned i = 0; i < n; i++)
        room->io_func(room->io_data, result, /* served_ns= */ 0);
}

uint8_t guest_room_byte(const GuestRoom *room, unsigned window, uint64_t addr)
{
    uint8_t byte;
    bool inside = hv_storage_window_read(&room->windows[window], addr, &byte, 1, NULL);

    g_assert(inside);
    return byte;
}

void guest_room_flip(GuestRoom *room, unsigned window, uint64_t addr)
{
    uint8_t byte = guest_room_byte(room, window, addr) ^ 0xFF;
    bool inside = hv_storage_window_write(&room->windows[window], addr, &byte, 1, NULL);

    g_assert(inside);
}
