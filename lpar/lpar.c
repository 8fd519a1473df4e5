/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * LPAR control: the run state of one LPAR, its guest, and what the guest sees of the machine.
 *
 * The states and who makes each transition are drawn in lpar/lpar.h. Facts that hold in each:
 *
 *     NOT_ACTIVATED, RETIRED   no guest, no LIP online, both windows empty
 *     NOT_OPERATING            no guest; the windows show the assigned areas, which read as zeros
 *     OPERATING                a guest; at least one LIP online
 *     STOPPED                  a guest that was halted by the operator
 *     FENCED                   as before the fence, but halted and held, without I/O under way
 *
 * Held and halted differ in who knows: a halted guest was stopped by its operator and its clock stands until
 * START; a held one does not notice. Holds nest (the last round of a relocation can fall into the hold of an
 * INTEG), so they are counted and only the outermost reaches the guest and the dispatcher.
 *
 * LPAR control owns the guest and the windows. What is assigned it reads from the resource manager, what is
 * to be scheduled it asks of the monitor through LparMonitorOps.
 */
#include "lpar/lpar-private.h"

static const HvTraceEvent lpar_ev_state = {"lpar.state", {"lpar", "from", "to"}};
static const HvTraceEvent lpar_ev_lip_declared = {"lpar.lip-declared", {"lpar", "lip"}};
static const HvTraceEvent lpar_ev_lip_started = {"lpar.lip-started", {"lpar", "lip"}};
static const HvTraceEvent lpar_ev_lip_stopped = {"lpar.lip-stopped", {"lpar", "lip"}};
static const HvTraceEvent lpar_ev_window = {"lpar.window", {"lpar", "kind", "origin", "size"}};

const ResmgrLpar *lpar_assignment(const LparControl *lpar)
{
    const ResmgrLpar *assignment = resmgr_state_lpar(lpar->config.state, lpar->config.number);

    g_assert(assignment);
    return assignment;
}

HvTime lpar_now(const LparControl *lpar)
{
    return hv_engine_now(lpar->config.engine);
}

LparControl *lpar_control_new(const LparConfig *config)
{
    LparControl *lpar = g_new0(LparControl, 1);

    lpar->config = *config;
    lpar->real = (HvGuestRealConfig){
        .machine = config->state->definition->machine,
        .domain = &config->def->domain,
        .lpar_name = config->def->name,
        .host = config->host,
    };
    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++)
        lpar->windows[k].storage = config->storage[k];
    return lpar;
}

void lpar_control_free(LparControl *lpar)
{
    if (!lpar)
        return;
    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++)
        hv_storage_extract_free(lpar->aside[k]);
    hv_guest_destroy(lpar->guest);
    g_clear_pointer(&lpar->devices, g_array_unref);
    g_free(lpar);
}

const char *lpar_run_state_name(LparRunState state)
{
    static const char *const names[] = {
        [LPAR_NOT_ACTIVATED] = "not-activated",
        [LPAR_NOT_OPERATING] = "not-operating",
        [LPAR_OPERATING] = "operating",
        [LPAR_STOPPED] = "stopped",
        [LPAR_FENCED] = "fenced",
        [LPAR_RETIRED] = "retired",
    };

    g_assert(state < G_N_ELEMENTS(names));
    return names[state];
}

LparRunState lpar_run_state(const LparControl *lpar)
{
    return lpar->state;
}

unsigned lpar_number(const LparControl *lpar)
{
    return lpar->config.number;
}

const char *lpar_name(const LparControl *lpar)
{
    return lpar->config.def->name;
}

HvGuest *lpar_guest(LparControl *lpar)
{
    return lpar->guest;
}

const HvGuest *lpar_guest_peek(const LparControl *lpar)
{
    return lpar->guest;
}

bool lpar_is_held(const LparControl *lpar)
{
    return lpar->holds > 0 && !lpar_is_real(lpar);
}

bool lpar_is_real(const LparControl *lpar)
{
    return resmgr_lpar_def_is_libvirt(lpar->config.def);
}

bool lpar_is_activated(const LparControl *lpar)
{
    return lpar->state != LPAR_NOT_ACTIVATED && lpar->state != LPAR_RETIRED;
}

bool lpar_lip_is_online(const LparControl *lpar, unsigned lip)
{
    return lip >= 1 && lip <= HV_MAX_LIPS && lpar->lips.online[lip];
}

const HvStorageWindow *lpar_window(const LparControl *lpar, ResmgrStorageKind kind)
{
    return &lpar->windows[kind];
}

void lpar_set_state(LparControl *lpar, LparRunState state)
{
    hv_trace_emit(
        lpar->config.trace, lpar_now(lpar), &lpar_ev_state, lpar->config.number, lpar->state, state);
    lpar->state = state;
}

/* --- Windows -------------------------------------------------------------------------------------------- */

void lpar_set_window(LparControl *lpar, ResmgrStorageKind kind, uint64_t origin_bytes, uint64_t size_bytes)
{
    HvStorageWindow *window = &lpar->windows[kind];

    if (window->origin_bytes == origin_bytes && window->size_bytes == size_bytes)
        return;
    window->origin_bytes = origin_bytes;
    window->size_bytes = size_bytes;
    hv_trace_emit(
        lpar->config.trace, lpar_now(lpar), &lpar_ev_window, lpar->config.number, kind, origin_bytes,
        size_bytes);
}

void lpar_set_window_origin(LparControl *lpar, ResmgrStorageKind kind, uint64_t origin_bytes)
{
    lpar_set_window(lpar, kind, origin_bytes, lpar->windows[kind].size_bytes);
}

void lpar_read_storage(LparControl *lpar)
{
    const ResmgrLpar *assignment = lpar_assignment(lpar);

    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++) {
        const ResmgrArea *area = &assignment->areas[k];
        uint64_t had_bytes = lpar->windows[k].size_bytes;

        g_assert(area->size_bytes >= had_bytes);
        if (area->size_bytes > had_bytes)
            hv_storage_clear(
                lpar->config.storage[k], area->origin_bytes + had_bytes, area->size_bytes - had_bytes);
        lpar_set_window(lpar, k, area->origin_bytes, area->size_bytes);
    }
}

static void lpar_close_windows(LparControl *lpar)
{
    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++) {
        HvStorageWindow *window = &lpar->windows[k];

        if (window->size_bytes > 0 && !lpar->aside[k])
            hv_storage_clear(window->storage, window->origin_bytes, window->size_bytes);
        lpar_set_window(lpar, k, 0, 0);
    }
}

/* --- LIPs and tasks ------------------------------------------------------------------------------------- */

bool lpar_start_lip(LparControl *lpar, unsigned lip, GError **error)
{
    if (!lpar_lips_start(&lpar->lips, lpar_name(lpar), lip, error))
        return false;
    hv_trace_emit(lpar->config.trace, lpar_now(lpar), &lpar_ev_lip_started, lpar->config.number, lip);
    lpar->config.monitor_ops->task_make(lpar->config.monitor, lpar->config.number, lip);
    return true;
}

bool lpar_stop_lip(LparControl *lpar, unsigned lip, GError **error)
{
    if (!lpar_lips_stop(&lpar->lips, lpar_name(lpar), lip, error))
        return false;
    hv_trace_emit(lpar->config.trace, lpar_now(lpar), &lpar_ev_lip_stopped, lpar->config.number, lip);
    lpar->config.monitor_ops->task_end(lpar->config.monitor, lpar->config.number, lip);
    return true;
}

GArray *lpar_read_lips(LparControl *lpar)
{
    GArray *declared = lpar_lips_declare(&lpar->lips, lpar_assignment(lpar)->lips);

    for (unsigned i = 0; i < declared->len; i++)
        hv_trace_emit(
            lpar->config.trace, lpar_now(lpar), &lpar_ev_lip_declared, lpar->config.number,
            g_array_index(declared, unsigned, i));
    return declared;
}

void lpar_end_tasks(LparControl *lpar)
{
    for (unsigned lip = 1; lip <= HV_MAX_LIPS; lip++)
        if (lpar->lips.online[lip])
            lpar_stop_lip(lpar, lip, NULL);
    lpar_lips_forget(&lpar->lips);
}

void lpar_dismantle(LparControl *lpar)
{
    if (lpar->state == LPAR_OPERATING && !lpar_is_real(lpar))
        hv_guest_halt(lpar->guest);
    hv_channels_end_lpar(lpar->config.channels, lpar->config.number);
    lpar_end_tasks(lpar);
    g_clear_pointer(&lpar->guest, hv_guest_destroy);
    lpar_close_windows(lpar);
}
