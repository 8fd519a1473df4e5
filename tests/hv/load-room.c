/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A model guest at work, with a host that really gives it time and I/O.
 *
 * Each LIP has an IP of its own: it runs while it has work and the guest does not stand. Its time is told late, as the monitor does: at the
 * end of a burst or of a slice of 7 ms, and when the guest asks for it. A change of what a LIP has to do is seen to by an event of the same
 * time, behind the guest's own.
 */
#include "tests/hv/load-room.h"

#include "hv/guest-model.h"

#include <string.h>

#define SLICE_NS (7 * HV_NS_PER_MS)

/* --- The host's side ------------------------------------------------------------------------------------ */

static void note(LoadRoom *room, const char *what, unsigned number)
{
    g_autofree char *line = g_strdup_printf(
        "%" G_GUINT64_FORMAT " %s %u\n", hv_engine_now(room->engine) - room->since_ns, what, number);

    g_checksum_update(room->history, (const guchar *)line, -1);
    if (room->calls_left > 0 && --room->calls_left == 0)
        room->goes_on = false;
}

static void tell_lip(LoadLip *lip)
{
    LoadRoom *room = lip->room;
    HvTime now = hv_engine_now(room->engine), ran_ns = now - lip->told_ns;

    lip->told_ns = now;
    if (room->is_doubtful)
        ran_ns = MIN(ran_ns, hv_guest_lip_burst(room->guest, (unsigned)(lip - room->lips)));
    if (lip->has_work && !room->is_held && !room->is_halted && ran_ns > 0)
        hv_guest_lip_ran(room->guest, (unsigned)(lip - room->lips), ran_ns);
}

static void lip_goes_on(G_GNUC_UNUSED HvEvent *event, void *data)
{
    LoadLip *lip = data;
    LoadRoom *room = lip->room;

    tell_lip(lip);
    if (!lip->is_started || !lip->has_work || room->is_held || room->is_halted)
        return;
    HvTime burst_ns = hv_guest_lip_burst(room->guest, (unsigned)(lip - room->lips));

    g_assert(burst_ns > 0 || room->is_doubtful);
    if (burst_ns == 0)
        return;
    hv_engine_after(room->engine, &lip->event, MIN(burst_ns, SLICE_NS));
}

static void kick(LoadLip *lip)
{
    hv_engine_after(lip->room->engine, &lip->event, 0);
}

static void host_lip_ready(void *host, unsigned lip, bool has_work)
{
    LoadRoom *room = host;

    g_assert(room->lips[lip].is_started || room->is_doubtful);
    note(room, has_work ? "ready" : "waits", lip);
    if (has_work && !room->lips[lip].has_work)
        room->lips[lip].told_ns = hv_engine_now(room->engine);
    room->lips[lip].has_work = has_work;
    kick(&room->lips[lip]);
}

static void host_lip_catch_up(void *host, unsigned lip)
{
    LoadRoom *room = host;

    tell_lip(&room->lips[lip]);
}

static void host_lip_burst_changed(void *host, unsigned lip)
{
    LoadRoom *room = host;

    note(room, "burst", lip);
    kick(&room->lips[lip]);
}

static bool host_lip_start(void *host, unsigned lip, GError **error)
{
    LoadRoom *room = host;

    (void)error;
    if (lip > LOAD_MAX_LIPS || room->lips[lip].is_started)
        return false;
    room->lips[lip].told_ns = hv_engine_now(room->engine);
    return room->lips[lip].is_started = true;
}

static bool host_lip_stop(void *host, unsigned lip, GError **error)
{
    LoadRoom *room = host;

    (void)error;
    if (lip > LOAD_MAX_LIPS || !room->lips[lip].is_started)
        return false;
    tell_lip(&room->lips[lip]);
    room->lips[lip].is_started = room->lips[lip].has_work = false;
    return true;
}

static bool host_io_start(void *host, unsigned nth, HvIoFunc func, void *data)
{
    LoadRoom *room = host;
    const uint64_t chps[4] = {UINT64_C(3) << 0x10};

    note(room, "io", nth);
    return !room->no_paths && hv_channels_start(room->channels, 1, nth, chps, func, data);
}

static unsigned host_n_devices(void *host)
{
    return ((const LoadRoom *)host)->no_paths ? 0 : LOAD_DEVICES;
}

static bool host_find_device(void *host, uint16_t number, unsigned *ret_nth)
{
    *ret_nth = number;
    return !((const LoadRoom *)host)->no_paths;
}

static const HvGuestHostOps host_ops = {
    .lip_ready = host_lip_ready,
    .lip_catch_up = host_lip_catch_up,
    .lip_burst_changed = host_lip_burst_changed,
    .lip_start = host_lip_start,
    .lip_stop = host_lip_stop,
    .io_start = host_io_start,
    .n_devices = host_n_devices,
    .find_device = host_find_device,
};

/* --- The room ------------------------------------------------------------------------------------------- */

LoadRoom *load_room_new(const LoadDef *def)
{
    LoadRoom *room = g_new0(LoadRoom, 1);

    room->def = def;
    room->engine = hv_engine_new();
    room->trace = hv_trace_new();
    room->storages[0] = hv_storage_new(128 * HV_MIB);
    room->storages[1] = hv_storage_new(8 * HV_MIB);
    room->windows[0] = (HvStorageWindow){room->storages[0], 16 * HV_MIB, 8 * HV_MIB};
    room->windows[1] = (HvStorageWindow){room->storages[1], 0, 2 * HV_MIB};
    room->channels = hv_channels_new(room->engine, room->trace, def->machine, def->seed);
    room->history = g_checksum_new(G_CHECKSUM_SHA256);
    for (unsigned lip = 1; lip <= LOAD_MAX_LIPS; lip++) {
        room->lips[lip].room = room;
        hv_event_init(&room->lips[lip].event, HV_PRIORITY_DISPATCH, lip_goes_on, &room->lips[lip]);
    }
    const HvGuestConfig config = {
        .engine = room->engine,
        .trace = room->trace,
        .lpar = 1,
        .ms = &room->windows[0],
        .es = &room->windows[1],
        .host_ops = &host_ops,
        .host = room,
        .seed = def->seed,
        .jobs = &def->jobs,
    };

    room->guest = hv_guest_create(&hv_guest_model_ops, &config, &def->workload);
    return room;
}

void load_room_free(LoadRoom *room)
{
    hv_guest_destroy(room->guest);
    hv_channels_free(room->channels);
    for (unsigned k = 0; k < 2; k++)
        hv_storage_free(room->storages[k]);
    hv_trace_free(room->trace);
    hv_engine_free(room->engine);
    g_checksum_free(room->history);
    g_free(room);
}

void load_room_settle(LoadRoom *room)
{
    for (unsigned lip = 1; lip <= LOAD_MAX_LIPS; lip++)
        tell_lip(&room->lips[lip]);
}

void load_room_forget(LoadRoom *room)
{
    room->since_ns = hv_engine_now(room->engine);
    g_checksum_reset(room->history);
}

void load_room_run(LoadRoom *room, HvTime duration_ns)
{
    hv_engine_run_until(room->engine, hv_engine_now(room->engine) + duration_ns);
}

static void stop_running(G_GNUC_UNUSED HvEvent *event, void *data)
{
    *(bool *)data = false;
}

void load_room_run_to_call(LoadRoom *room, unsigned calls)
{
    HvEvent limit;

    hv_event_init(&limit, HV_PRIORITY_SVP, stop_running, &room->goes_on);
    hv_engine_after(room->engine, &limit, 200 * HV_NS_PER_MS);
    room->goes_on = true;
    room->calls_left = calls;
    hv_engine_run_while(room->engine, &room->goes_on);
    room->calls_left = 0;
    hv_engine_cancel(room->engine, &limit);
}

void load_room_boot(LoadRoom *room)
{
    static const unsigned lips[] = {1, 2};
    const HvGuestBoot boot = {
        .ms_online_bytes = room->windows[0].size_bytes,
        .ms_reserved_bytes = 32 * HV_MIB,
        .es_online_bytes = room->windows[1].size_bytes,
        .n_lips_online = G_N_ELEMENTS(lips),
        .lips_online = lips,
    };

    load_room_settle(room);
    room->is_held = room->is_halted = false;
    for (unsigned lip = 1; lip <= LOAD_MAX_LIPS; lip++) {
        room->lips[lip].is_started = lip <= 2;
        room->lips[lip].has_work = false;
        hv_engine_cancel(room->engine, &room->lips[lip].event);
    }
    hv_guest_halt(room->guest);
    hv_channels_end_lpar(room->channels, 1);
    hv_guest_boot(room->guest, &boot);
}

static void stand(LoadRoom *room, bool is_held, bool is_halted)
{
    load_room_settle(room);
    bool stood = room->is_held || room->is_halted;

    room->is_held = is_held;
    room->is_halted = is_halted;
    for (unsigned lip = 1; lip <= LOAD_MAX_LIPS && stood && !is_held && !is_halted; lip++) {
        room->lips[lip].told_ns = hv_engine_now(room->engine);
        if (room->lips[lip].has_work)
            kick(&room->lips[lip]);
    }
}

void load_room_hold(LoadRoom *room, bool hold)
{
    stand(room, hold, room->is_halted);
    (hold ? hv_guest_hold : hv_guest_release)(room->guest);
}

void load_room_meddle(LoadRoom *room, HvRng *rng)
{
    unsigned lip = (unsigned)(1 + hv_rng_below(rng, LOAD_MAX_LIPS));
    uint64_t changed;

    switch (hv_rng_below(rng, 10)) {
    case 0:
    case 1:
        load_room_hold(room, !room->is_held);
        break;
    case 2:
    case 3:
        stand(room, room->is_held, !room->is_halted);
        (room->is_halted ? hv_guest_halt : hv_guest_resume)(room->guest);
        break;
    case 4:
        hv_guest_config_cpu(room->guest, lip, /* online= */ true, NULL);
        break;
    case 5:
        hv_guest_config_cpu(room->guest, lip, /* online= */ false, NULL);
        break;
    case 6:
        room->windows[0].size_bytes = MIN(room->windows[0].size_bytes + 4 * HV_MIB, 32 * HV_MIB);
        hv_guest_config_storage(room->guest, /* online= */ true, &changed, NULL);
        break;
    case 7:
        hv_channels_end_lpar(room->channels, 1);
        break;
    case 8:
        room->no_paths = !room->no_paths;
        break;
    default:
        if (hv_rng_below(rng, 4) == 0)
            load_room_boot(room);
        break;
    }
}

/* --- Written down and read back ------------------------------------------------------------------------- */

static void room_codec(LoadRoom *room, HvCodec *codec)
{
    if (!hv_codec_is_whole(codec)) {
        hv_guest_codec(room->guest, codec);
        return;
    }
    hv_codec_begin(codec, "room", 1);
    hv_codec_bool(codec, &room->is_held);
    hv_codec_bool(codec, &room->is_halted);
    hv_codec_bool(codec, &room->no_paths);
    for (unsigned lip = 1; lip <= LOAD_MAX_LIPS; lip++) {
        hv_codec_bool(codec, &room->lips[lip].is_started);
        hv_codec_bool(codec, &room->lips[lip].has_work);
        hv_codec_moment(codec, &room->lips[lip].told_ns);
        hv_codec_event(codec, &room->lips[lip].event);
    }
    hv_guest_codec(room->guest, codec);
    hv_channels_codec(room->channels, codec);
    hv_codec_end(codec);
}

GBytes *load_room_write(LoadRoom *room, bool whole)
{
    g_autoptr(HvCodec) codec = hv_codec_writer(room->engine, whole);
    GBytes *bytes;

    room_codec(room, codec);
    hv_codec_finish(codec, &bytes, NULL);
    return bytes;
}

bool load_room_read(LoadRoom *room, bool whole, GBytes *bytes, GError **error)
{
    g_autoptr(HvCodec) codec = hv_codec_reader(room->engine, whole, bytes);

    room->is_held = !whole;
    room_codec(room, codec);
    return hv_codec_finish(codec, NULL, error);
}

static void copy_storage(const LoadRoom *from, LoadRoom *to)
{
    static const uint8_t zeros[HV_PAGE_SIZE];
    uint8_t page[HV_PAGE_SIZE];

    for (unsigned k = 0; k < 2; k++) {
        to->windows[k].size_bytes = from->windows[k].size_bytes;
        for (uint64_t at = 0; at < from->windows[k].size_bytes; at += HV_PAGE_SIZE) {
            hv_storage_window_read(&from->windows[k], at, page, HV_PAGE_SIZE, NULL);
            if (memcmp(page, zeros, HV_PAGE_SIZE) != 0)
                hv_storage_window_write(&to->windows[k], at, page, HV_PAGE_SIZE, NULL);
        }
    }
}

LoadRoom *load_room_read_beside(const LoadRoom *from, HvTime now_ns, bool whole, GBytes *bytes)
{
    LoadRoom *room = load_room_new(from->def);
    g_autoptr(GError) error = NULL;

    hv_engine_set_clock(room->engine, now_ns);
    copy_storage(from, room);
    for (unsigned lip = 1; lip <= LOAD_MAX_LIPS; lip++) {
        room->lips[lip].is_started = from->lips[lip].is_started;
        room->lips[lip].told_ns = now_ns;
    }
    room->is_halted = from->is_halted;
    bool good = load_room_read(room, whole, bytes, &error);

    if (!good)
        g_error("%s", error->message);
    return room;
}

LoadRoom *load_room_for_reading(const LoadDef *def, HvTime now_ns)
{
    LoadRoom *room = load_room_new(def);

    room->is_doubtful = true;
    hv_engine_set_clock(room->engine, now_ns);
    for (unsigned lip = 1; lip <= LOAD_MAX_LIPS; lip++) {
        room->lips[lip].is_started = true;
        room->lips[lip].told_ns = now_ns;
    }
    return room;
}

void load_room_try(LoadRoom *room)
{
    HvRng rng;

    hv_rng_init(&rng, 1, "try");
    g_free(load_room_describe(room, /* with_channels= */ true));
    if (room->is_held)
        load_room_hold(room, false);
    for (unsigned i = 0; i < 10; i++) {
        load_room_run(room, 3 * HV_NS_PER_MS);
        load_room_meddle(room, &rng);
    }
    g_free(load_room_describe(room, /* with_channels= */ true));
    g_bytes_unref(load_room_write(room, /* whole= */ true));
    load_room_boot(room);
    load_room_run(room, 3 * HV_NS_PER_MS);
}
