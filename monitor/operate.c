/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The operator's commands to the machine, apart from INTEG and RUN.
 *
 * Each asks everybody who could refuse before anybody changes anything: LPAR control about run states, the
 * resource manager about resources. Then the parts change in the order books, LPAR control, dispatcher. The
 * invariants are asserted at the end of each.
 */
#include "monitor/capacity.h"
#include "monitor/error.h"
#include "monitor/system-private.h"
#include "resmgr/error.h"

/* How long a real guest has to shut down when its LPAR is deactivated. */
#define SYSTEM_SHUTDOWN_LIMIT_NS (30 * HV_NS_PER_S)

static LparControl *find_lpar(MonitorSystem *system, unsigned lpar, GError **error)
{
    LparControl *control = monitor_system_lpar(system, lpar);

    if (!control)
        g_set_error(
            error, RESMGR_ERROR, RESMGR_ERROR_UNKNOWN_LPAR,
            "LPAR %u is not defined\nDISPLAY LPAR lists the LPARs", lpar);
    return control;
}

static bool done(MonitorSystem *system, bool ok)
{
    if (ok)
        monitor_system_check(system);
    return ok;
}

bool monitor_system_activate(MonitorSystem *system, unsigned lpar, GError **error)
{
    LparControl *control = find_lpar(system, lpar, error);

    if (!control || !lpar_can_activate(control, error))
        return false;
    if (resmgr_state_lpar(system->state, lpar)->assignment != RESMGR_ASSIGNED &&
        !resmgr_state_assign(system->state, lpar, error))
        return false;
    bool activated = lpar_activate(control, NULL);

    g_assert(activated);
    monitor_system_reschedule(system, lpar);
    if (!system->was_activated)
        monitor_system_usage_reset(system);
    system->was_activated = true;
    return done(system, true);
}

bool monitor_system_deactivate(MonitorSystem *system, unsigned lpar, GError **error)
{
    LparControl *control = find_lpar(system, lpar, error);

    if (!control || !lpar_can_deactivate(control, error))
        return false;
    lpar_let_go(control, SYSTEM_SHUTDOWN_LIMIT_NS, /* keep= */ false);
    if (!monitor_system_settle(system, lpar, error))
        return false;
    bool deactivated = lpar_deactivate(control, NULL);

    g_assert(deactivated);
    resmgr_state_release(system->state, lpar);
    monitor_system_reschedule(system, lpar);
    return done(system, true);
}

/* A real guest may not come up; then its LPAR has none. */
static bool is_loaded(MonitorSystem *system, unsigned lpar, GError **error)
{
    bool loaded = monitor_system_settle(system, lpar, error);

    if (!loaded && lpar_run_state(system->lpars[lpar]) == LPAR_OPERATING)
        lpar_guest_is_gone(system->lpars[lpar]);
    return done(system, loaded);
}

bool monitor_system_load(MonitorSystem *system, unsigned lpar, GError **error)
{
    LparControl *control = find_lpar(system, lpar, error);

    if (control && lpar_is_activated(control))
        resmgr_state_load_reserved(system->state, lpar);
    if (!control || !lpar_load(control, error))
        return false;
    monitor_dispatch_forget_rolling(system->dispatch, lpar);
    return is_loaded(system, lpar, error);
}

bool monitor_system_start(MonitorSystem *system, unsigned lpar, GError **error)
{
    LparControl *control = find_lpar(system, lpar, error);

    if (!control || !lpar_start(control, error))
        return false;
    bool started = monitor_system_settle(system, lpar, error);

    if (!started && lpar_run_state(control) == LPAR_OPERATING)
        lpar_stop(control, NULL);
    return done(system, started);
}

bool monitor_system_stop(MonitorSystem *system, unsigned lpar, GError **error)
{
    LparControl *control = find_lpar(system, lpar, error);

    if (!control || !lpar_stop(control, error))
        return false;
    bool stopped = monitor_system_settle(system, lpar, error);

    if (!stopped && lpar_run_state(control) == LPAR_STOPPED)
        lpar_start(control, NULL);
    return done(system, stopped);
}

/* Real guests come up side by side. Reports the first one that does not. */
static bool are_loaded(MonitorSystem *system, GError **error)
{
    bool all = true;

    for (unsigned i = 1; i <= RESMGR_MAX_LPARS; i++)
        if (system->lpars[i] && !is_loaded(system, i, all ? error : NULL))
            all = false;
    return all;
}

bool monitor_system_power_on(MonitorSystem *system, GError **error)
{
    for (unsigned i = 1; i <= RESMGR_MAX_LPARS; i++) {
        LparControl *lpar = system->lpars[i];
        bool waits = lpar && lpar_run_state(lpar) == LPAR_NOT_ACTIVATED &&
                     resmgr_state_lpar(system->state, i)->assignment == RESMGR_ASSIGNED;

        if (!waits)
            continue;
        if (!monitor_system_activate(system, i, error))
            return false;
        resmgr_state_load_reserved(system->state, i);
        if (!lpar_load(lpar, error))
            return false;
        monitor_dispatch_forget_rolling(system->dispatch, i);
    }
    return are_loaded(system, error);
}

bool monitor_system_guest_storage(
    MonitorSystem *system, unsigned lpar, bool online, uint64_t *ret_changed_bytes, GError **error)
{
    LparControl *control = find_lpar(system, lpar, error);

    monitor_system_look(system, lpar);
    uint64_t before_bytes = control && lpar_guest(control)
                                ? hv_guest_status(lpar_guest(control)).ms_online_bytes
                                : 0;
    bool ok = control && lpar_guest_config_storage(control, online, ret_changed_bytes, error) &&
              monitor_system_settle(system, lpar, error);

    if (ok && lpar_is_real(control))
        *ret_changed_bytes = monitor_system_wait_for_storage(system, lpar, before_bytes);
    return done(system, ok);
}

bool monitor_system_guest_cpu(MonitorSystem *system, unsigned lpar, unsigned lip, bool online, GError **error)
{
    LparControl *control = find_lpar(system, lpar, error);

    bool ok = control && lpar_guest_config_cpu(control, lip, online, error) &&
              monitor_system_settle(system, lpar, error);

    if (ok)
        monitor_system_look(system, lpar);
    return done(system, ok);
}

bool monitor_system_declare_reserved(
    MonitorSystem *system, unsigned lpar, ResmgrStorageKind kind, uint64_t reserved_bytes, GError **error)
{
    return find_lpar(system, lpar, error) &&
           done(system, resmgr_state_declare_reserved(system->state, lpar, kind, reserved_bytes, error));
}

bool monitor_system_release_chp(MonitorSystem *system, uint8_t chpid, GError **error)
{
    return done(system, resmgr_state_release_chp(system->state, chpid, error));
}

/* "203.N" or "303.N" with N from 1. */
static bool is_move_point(const char *point)
{
    uint64_t move;

    return (g_str_has_prefix(point, "203.") || g_str_has_prefix(point, "303.")) &&
           hv_quantity_parse_number(point + 4, 1, 2 * RESMGR_MAX_LPARS, &move, NULL);
}

bool monitor_system_set_fault(MonitorSystem *system, const char *point, GError **error)
{
    static const char *const points[] = {"201", "202", "203", "203.commit", "204", "205", "206",
                                         "207", "208", "209", "301",        "302", "303", "303.commit",
                                         "304", "305", "306", "307",        "308", NULL};
    g_autofree char *lower = g_ascii_strdown(point, -1);
    bool off = strcmp(lower, "off") == 0;

    if (!off && !g_strv_contains(points, lower) && !is_move_point(lower)) {
        g_set_error(
            error, MONITOR_ERROR, MONITOR_ERROR_FAULT_POINT,
            "\"%s\" is no step of INTEG or RESTORE\nGive 201 to 209, 203.1 (after the first move), "
            "203.COMMIT, or 301 "
            "to 308 likewise, or OFF",
            point);
        return false;
    }
    g_free(system->fault);
    system->fault = off ? NULL : g_steal_pointer(&lower);
    return true;
}
