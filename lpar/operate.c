/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The operator's commands to one LPAR: activate, load, start, stop, deactivate, and what its guest's operator
 * says.
 *
 * Each first asks whether the state allows it and refuses with the remedy; then nothing can fail any more.
 * LOAD is a system reset followed by a boot: whatever the state was, storage reads as zeros and every
 * assigned LIP is online.
 */
#include "lpar/lpar-private.h"

static bool
refuse(const LparControl *lpar, LparErrorCode code, const char *why, const char *remedy, GError **error)
{
    g_set_error(
        error, LPAR_ERROR, (gint)code, "%s is %s: %s%s%s", lpar_name(lpar), lpar_run_state_name(lpar->state),
        why, remedy ? "\n" : "", remedy ? remedy : "");
    return false;
}

bool lpar_require_activated(const LparControl *lpar, GError **error)
{
    if (lpar->state == LPAR_RETIRED)
        return refuse(
            lpar, LPAR_ERROR_RETIRED, "its resources belong to another LPAR now",
            "Name the surviving LPAR instead", error);
    if (lpar->state == LPAR_NOT_ACTIVATED)
        return refuse(
            lpar, LPAR_ERROR_NOT_ACTIVATED, "it must be activated for this", "ACTIVATE it first", error);
    return true;
}

bool lpar_require_loaded(const LparControl *lpar, GError **error)
{
    if (!lpar_require_activated(lpar, error))
        return false;
    if (lpar->state == LPAR_NOT_OPERATING)
        return refuse(lpar, LPAR_ERROR_NOT_LOADED, "no guest is loaded", "LOAD it first", error);
    return true;
}

bool lpar_require_operating(const LparControl *lpar, GError **error)
{
    if (!lpar_require_loaded(lpar, error))
        return false;
    if (lpar->state != LPAR_OPERATING)
        return refuse(
            lpar, LPAR_ERROR_NOT_OPERATING, "its guest must be operating for this", "START it first", error);
    return true;
}

bool lpar_can_activate(const LparControl *lpar, GError **error)
{
    if (lpar->state == LPAR_RETIRED)
        return lpar_require_activated(lpar, error);
    if (lpar->state != LPAR_NOT_ACTIVATED)
        return refuse(
            lpar, LPAR_ERROR_RUNNING, "it is activated already", "DEACTIVATE it first to begin anew", error);
    return true;
}

bool lpar_activate(LparControl *lpar, GError **error)
{
    if (!lpar_can_activate(lpar, error))
        return false;
    g_assert(lpar_assignment(lpar)->assignment == RESMGR_ASSIGNED);
    lpar_read_storage(lpar);
    lpar_set_state(lpar, LPAR_NOT_OPERATING);
    return true;
}

bool lpar_can_deactivate(const LparControl *lpar, GError **error)
{
    return lpar_require_activated(lpar, error);
}

bool lpar_deactivate(LparControl *lpar, GError **error)
{
    if (!lpar_can_deactivate(lpar, error))
        return false;
    lpar_dismantle(lpar);
    lpar_set_state(lpar, LPAR_NOT_ACTIVATED);
    return true;
}

uint64_t lpar_own_seed(const LparControl *lpar)
{
    return hv_rng_mix(lpar->config.seed ^ hv_rng_mix(lpar->config.number));
}

HvGuest *lpar_guest_new(LparControl *lpar, uint64_t seed)
{
    const HvGuestOps *kind = hv_guest_kind(lpar->config.def->guest);

    g_assert(kind);
    const HvGuestConfig config = {
        .engine = lpar->config.engine,
        .trace = lpar->config.trace,
        .lpar = lpar->config.number,
        .ms = &lpar->windows[RESMGR_MS],
        .es = &lpar->windows[RESMGR_ES],
        .host_ops = &lpar_guest_host_ops,
        .host = lpar,
        .seed = seed,
        .jobs = &lpar->config.def->jobs,
        .calendar = &lpar->config.state->definition->machine->calendar,
        .real = kind->real ? &lpar->real : NULL,
    };

    return hv_guest_create(kind, &config, &lpar->config.def->workload);
}

/* A system reset: what ran is gone, storage reads as zeros, every assigned LIP is online with a new task. */
static GArray *lpar_reset(LparControl *lpar)
{
    if (lpar->state == LPAR_OPERATING && !lpar_is_real(lpar))
        hv_guest_halt(lpar->guest);
    hv_channels_end_lpar(lpar->config.channels, lpar->config.number);
    lpar_end_tasks(lpar);
    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++)
        if (lpar->windows[k].size_bytes > 0)
            hv_storage_clear(
                lpar->windows[k].storage, lpar->windows[k].origin_bytes, lpar->windows[k].size_bytes);
    GArray *lips = lpar_read_lips(lpar);

    for (unsigned i = 0; i < lips->len; i++) {
        bool started = lpar_start_lip(lpar, g_array_index(lips, unsigned, i), NULL);
        g_assert(started);
    }
    return lips;
}

/* How a real guest begins otherwise than by booting: neither for the others. */
typedef struct {
    const HvGuestSaved *saved;
    bool take_up;
} Beginning;

static void begin_guest(LparControl *lpar, Beginning beginning)
{
    g_assert(lpar->state != LPAR_FENCED && lpar->holds == 0);
    g_autoptr(GArray) lips = lpar_reset(lpar);
    const ResmgrLpar *assignment = lpar_assignment(lpar);
    g_autoptr(LparResources) resources = lpar_is_real(lpar) ? lpar_resources_new(lpar, lpar->config.state)
                                                            : NULL;
    const HvGuestBoot boot = {
        .ms_online_bytes = assignment->areas[RESMGR_MS].size_bytes,
        .ms_reserved_bytes = assignment->areas[RESMGR_MS].reserved_bytes,
        .es_online_bytes = assignment->areas[RESMGR_ES].size_bytes,
        .n_lips_online = lips->len,
        .lips_online = (const unsigned *)(void *)lips->data,
        .resources = resources ? &resources->guest : NULL,
        .saved = beginning.saved,
        .take_up = beginning.take_up,
    };

    if (!lpar->guest) {
        lpar->guest_seed = lpar_own_seed(lpar);
        lpar->guest = lpar_guest_new(lpar, lpar->guest_seed);
    }
    lpar_set_state(lpar, LPAR_OPERATING);
    hv_guest_boot(lpar->guest, &boot);
}

bool lpar_load(LparControl *lpar, GError **error)
{
    if (!lpar_require_activated(lpar, error))
        return false;
    begin_guest(lpar, (Beginning){0});
    return true;
}

static bool require_not_loaded(const LparControl *lpar, GError **error)
{
    if (!lpar_require_activated(lpar, error))
        return false;
    if (lpar->state != LPAR_NOT_OPERATING)
        return refuse(
            lpar, LPAR_ERROR_RUNNING, "a guest is loaded already",
            "DEACTIVATE it, and ACTIVATE it again, first", error);
    return true;
}

bool lpar_restore(LparControl *lpar, const HvGuestSaved *saved, GError **error)
{
    g_assert(lpar_is_real(lpar));
    if (!require_not_loaded(lpar, error))
        return false;
    begin_guest(lpar, (Beginning){.saved = saved});
    return true;
}

bool lpar_take_up(LparControl *lpar, GError **error)
{
    g_assert(lpar_is_real(lpar));
    if (!require_not_loaded(lpar, error))
        return false;
    begin_guest(lpar, (Beginning){.take_up = true});
    return true;
}

bool lpar_stop(LparControl *lpar, GError **error)
{
    if (!lpar_require_operating(lpar, error))
        return false;
    hv_guest_halt(lpar->guest);
    lpar->config.monitor_ops->tasks_hold(lpar->config.monitor, lpar->config.number, true);
    lpar_set_state(lpar, LPAR_STOPPED);
    return true;
}

bool lpar_start(LparControl *lpar, GError **error)
{
    if (!lpar_require_loaded(lpar, error))
        return false;
    if (lpar->state != LPAR_STOPPED)
        return refuse(
            lpar, LPAR_ERROR_NOT_STOPPED, "only a stopped guest can be started",
            "STOP it first, or LOAD it anew", error);
    lpar_set_state(lpar, LPAR_OPERATING);
    lpar->config.monitor_ops->tasks_hold(lpar->config.monitor, lpar->config.number, false);
    hv_guest_resume(lpar->guest);
    return true;
}

bool lpar_guest_config_storage(LparControl *lpar, bool online, uint64_t *ret_changed_bytes, GError **error)
{
    return lpar_require_operating(lpar, error) &&
           hv_guest_config_storage(lpar->guest, online, ret_changed_bytes, error);
}

bool lpar_guest_config_cpu(LparControl *lpar, unsigned lip, bool online, GError **error)
{
    return lpar_require_operating(lpar, error) && hv_guest_config_cpu(lpar->guest, lip, online, error);
}

bool lpar_guest_tell(LparControl *lpar, const char *command, GError **error)
{
    return lpar_require_operating(lpar, error) && hv_guest_tell(lpar->guest, command, error);
}
