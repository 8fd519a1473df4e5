/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The fixture of the LPAR control tests: real storage, engine, channels and books, and in the monitor's place
 * a notebook.
 *
 * What LPAR control asks of its monitor is entered per LPAR and LIP, so a test can ask whether a LIP has a
 * task, is ready, or is held, without any dispatcher being there.
 */
#include "tests/lpar/machine-room.h"

static void note_task_make(void *monitor, unsigned lpar, unsigned lip)
{
    MachineRoom *room = monitor;

    g_assert(!room->task[lpar][lip]);
    room->task[lpar][lip] = true;
}

static void note_task_end(void *monitor, unsigned lpar, unsigned lip)
{
    MachineRoom *room = monitor;

    g_assert(room->task[lpar][lip]);
    room->task[lpar][lip] = room->ready[lpar][lip] = false;
}

static void note_task_ready(void *monitor, unsigned lpar, unsigned lip, bool has_work)
{
    MachineRoom *room = monitor;

    g_assert(room->task[lpar][lip]);
    room->ready[lpar][lip] = has_work;
}

static void note_tasks_hold(void *monitor, unsigned lpar, bool held)
{
    MachineRoom *room = monitor;

    room->held[lpar] = held;
}

static void ignore_task(G_GNUC_UNUSED void *monitor, G_GNUC_UNUSED unsigned lpar, G_GNUC_UNUSED unsigned lip)
{
}

static const LparMonitorOps notebook_ops = {
    .task_make = note_task_make,
    .task_end = note_task_end,
    .task_ready = note_task_ready,
    .task_catch_up = ignore_task,
    .task_burst_changed = ignore_task,
    .tasks_hold = note_tasks_hold,
};

static void add_lpar(ResmgrDefinition *definition, unsigned number, uint64_t origin_mib, uint64_t size_mib)
{
    const char names[] = {(char)('A' + number - 1), '\0'};
    ResmgrLparDef *lpar = resmgr_lpar_def_new(names, number);
    const uint8_t chp = (uint8_t)number;
    HvDeviceDef *device = hv_device_def_new(names, (uint16_t)(0x100 + number), 5 * HV_NS_PER_MS);

    lpar->ms = (ResmgrStorageDef){
        .size_bytes = size_mib * HV_MIB, .origin_bytes = origin_mib * HV_MIB, .reserved_bytes = 16 * HV_MIB};
    for (unsigned ip = 1; ip <= 2; ip++) {
        const ResmgrIpShare share = {.ip = (uint16_t)ip, .share_bp = 3000};

        g_array_append_val(lpar->ip_shares, share);
    }
    g_array_append_val(lpar->channels, chp);
    hv_device_def_add_chp(device, chp);
    g_ptr_array_add(definition->machine->devices, device);
    definition->machine->chps[chp].installed = true;
    g_ptr_array_add(definition->lpars, lpar);
}

static ResmgrDefinition *small_definition(const HvWorkload *workload)
{
    ResmgrDefinition *definition = resmgr_definition_new();

    g_free(definition->machine->name);
    definition->machine->name = g_strdup("ROOM");
    definition->machine->n_ips = 2;
    definition->machine->ms_bytes = 64 * HV_MIB;
    definition->machine->es_bytes = 8 * HV_MIB;
    definition->machine->ms_copy_rate = 64 * HV_MIB;
    add_lpar(definition, 1, 0, 8);
    add_lpar(definition, 2, 16, 16);
    add_lpar(definition, 3, 48, 8);
    ((ResmgrLparDef *)g_ptr_array_index(definition->lpars, 2))->es.size_bytes = 4 * HV_MIB;
    ((ResmgrLparDef *)g_ptr_array_index(definition->lpars, 2))->es.origin_bytes = 0;
    for (unsigned i = 0; i < definition->lpars->len; i++)
        ((ResmgrLparDef *)g_ptr_array_index(definition->lpars, i))->workload = *workload;
    return definition;
}

MachineRoom *machine_room_new(const HvWorkload *workload)
{
    MachineRoom *room = g_new0(MachineRoom, 1);

    room->definition = small_definition(workload);
    room->engine = hv_engine_new();
    room->trace = hv_trace_new();
    room->storage[RESMGR_MS] = hv_storage_new(64 * HV_MIB);
    room->storage[RESMGR_ES] = hv_storage_new(8 * HV_MIB);
    room->channels = hv_channels_new(room->engine, room->trace, room->definition->machine, 1);
    room->state = resmgr_state_new(room->definition);
    for (unsigned i = 1; i <= 3; i++) {
        const LparConfig config = {
            .number = i,
            .def = g_ptr_array_index(room->definition->lpars, i - 1),
            .state = room->state,
            .engine = room->engine,
            .trace = room->trace,
            .storage = {room->storage[RESMGR_MS], room->storage[RESMGR_ES]},
            .channels = room->channels,
            .monitor_ops = &notebook_ops,
            .monitor = room,
            .seed = 1,
        };

        room->lpars[i] = lpar_control_new(&config);
    }
    return room;
}

void machine_room_free(MachineRoom *room)
{
    for (unsigned i = 1; i <= 3; i++)
        lpar_control_free(room->lpars[i]);
    hv_channels_free(room->channels);
    resmgr_state_free(room->state);
    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++)
        hv_storage_free(room->storage[k]);
    hv_trace_free(room->trace);
    hv_engine_free(room->engine);
    resmgr_definition_free(room->definition);
    g_free(room);
}

void machine_room_load(MachineRoom *room, unsigned lpar)
{
    bool loaded = lpar_activate(room->lpars[lpar], NULL) && lpar_load(room->lpars[lpar], NULL);

    g_assert(loaded);
}
