/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Commands to real guests: asked, and waited for.
 *
 * A guest settles in its own time; the engine runs until it has, so the other guests of the machine go on meanwhile,
 * real ones and simulated ones. Patience limits every wait.
 */
#include "lpar/error.h"
#include "monitor/system-private.h"

#include <glib-unix.h>

/* An operator who looks does not wait long; what is known is shown then. */
#define LOOK_PATIENCE_NS (5 * HV_NS_PER_S)
/* At the end of a session, guests are to be gone soon. */
#define END_LIMIT_NS (10 * HV_NS_PER_S)

/* A heartbeat comes every 200 ms, the balloon's statistics every second. */
#define SAY_WAIT_NS (250 * HV_NS_PER_MS)
#define SAY_TRIES   6

typedef struct {
    bool waits;
    char *did;
    GError *problem;
} Wait;

static void settled(const char *did, const GError *error, void *data)
{
    Wait *wait = data;

    wait->waits = false;
    wait->did = g_strdup(did);
    wait->problem = error ? g_error_copy(error) : NULL;
}

/* *ret_did, which may be NULL: what the guest has done, or said. */
static bool wait_for(MonitorSystem *system, unsigned lpar, HvTime patience_ns, char **ret_did, GError **error)
{
    Wait wait = {.waits = true};

    lpar_settle(system->lpars[lpar], patience_ns, settled, &wait);
    bool over = hv_engine_run_while(system->engine, &wait.waits);

    g_assert(over);
    if (!wait.problem && ret_did)
        *ret_did = g_steal_pointer(&wait.did);
    g_free(wait.did);
    if (!wait.problem)
        return true;
    g_propagate_prefixed_error(error, wait.problem, "%s: ", lpar_name(system->lpars[lpar]));
    return false;
}

bool monitor_system_settle(MonitorSystem *system, unsigned lpar, GError **error)
{
    return wait_for(system, lpar, system->patience_ns, NULL, error);
}

bool monitor_system_guest_tell(
    MonitorSystem *system, unsigned lpar, const char *command, char **ret_answer, GError **error)
{
    return lpar_guest_tell(system->lpars[lpar], command, error) &&
           wait_for(system, lpar, system->patience_ns, ret_answer, error);
}

void monitor_system_catch_up(MonitorSystem *system)
{
    if (system->host)
        hv_engine_run_until(system->engine, hv_engine_now(system->engine));
}

static gboolean can_be_read(G_GNUC_UNUSED gint fd, G_GNUC_UNUSED GIOCondition condition, void *data)
{
    *(bool *)data = false;
    return G_SOURCE_CONTINUE;
}

void monitor_system_listen(MonitorSystem *system, int fd)
{
    bool waits = true;

    if (!system->host)
        return;
    GSource *source = g_unix_fd_source_new(fd, G_IO_IN | G_IO_HUP | G_IO_ERR);

    g_source_set_callback(source, G_SOURCE_FUNC(can_be_read), &waits, NULL);
    g_source_attach(source, NULL);
    hv_engine_run_while(system->engine, &waits);
    g_source_destroy(source);
    g_source_unref(source);
}

void monitor_system_set_patience(MonitorSystem *system, HvTime patience_ns)
{
    system->patience_ns = patience_ns;
}

HvTime monitor_system_patience(const MonitorSystem *system)
{
    return system->patience_ns;
}

unsigned monitor_system_host_cpus(const MonitorSystem *system)
{
    return system->host ? hv_libvirt_host_cpus(system->host) : 0;
}

/* The real ones among one LPAR, or (0) all. */
static bool is_meant(const MonitorSystem *system, unsigned number, unsigned lpar)
{
    return system->lpars[number] && lpar_is_real(system->lpars[number]) && (lpar == 0 || lpar == number);
}

void monitor_system_charge(MonitorSystem *system)
{
    g_autoptr(GPtrArray) tasks = monitor_dispatch_tasks(system->dispatch);

    for (unsigned i = 0; system->host && i < tasks->len; i++) {
        MonitorTcb *tcb = g_ptr_array_index(tasks, i);
        LparControl *lpar = system->lpars[monitor_tcb_lpar(tcb)];
        HvTime ran_ns, ready_ns;

        if (!lpar_is_real(lpar))
            continue;
        hv_guest_take_usage(lpar_guest(lpar), monitor_tcb_lip(tcb), &ran_ns, &ready_ns);
        monitor_dispatch_charge(system->dispatch, tcb, ran_ns, ready_ns);
    }
}

void monitor_system_look(MonitorSystem *system, unsigned lpar)
{
    for (unsigned i = 1; i <= RESMGR_MAX_LPARS; i++)
        if (is_meant(system, i, lpar))
            lpar_look(system->lpars[i]);
    for (unsigned i = 1; i <= RESMGR_MAX_LPARS; i++)
        if (is_meant(system, i, lpar))
            wait_for(system, i, LOOK_PATIENCE_NS, NULL, NULL);
    monitor_system_charge(system);
}

uint64_t monitor_system_wait_for_storage(MonitorSystem *system, unsigned lpar, uint64_t before_bytes)
{
    uint64_t now_bytes = before_bytes;

    for (unsigned i = 0; i < SAY_TRIES && now_bytes <= before_bytes && lpar_guest(system->lpars[lpar]); i++) {
        hv_engine_run_until(system->engine, hv_engine_now(system->engine) + SAY_WAIT_NS);
        monitor_system_look(system, lpar);
        now_bytes = hv_guest_status(lpar_guest(system->lpars[lpar])).ms_online_bytes;
    }
    return now_bytes > before_bytes ? now_bytes - before_bytes : 0;
}

static bool require_running(const LparControl *lpar, GError **error)
{
    if (lpar_is_real(lpar) && lpar_run_state(lpar) == LPAR_OPERATING)
        return true;
    g_set_error(
        error, LPAR_ERROR, LPAR_ERROR_NOT_OPERATING, "%s is %s%s: there is nothing to complete\n%s",
        lpar_name(lpar), lpar_run_state_name(lpar_run_state(lpar)),
        lpar_is_real(lpar) ? "" : ", and its guest is simulated",
        lpar_is_real(lpar) ? "LOAD or START it: what belongs to it is there then"
                           : "Only the domains of real guests can have something pending");
    return false;
}

bool monitor_system_complete(MonitorSystem *system, unsigned lpar, GError **error)
{
    LparControl *control = system->lpars[lpar];
    g_autoptr(GArray) none = g_array_new(FALSE, FALSE, sizeof(unsigned));

    if (!require_running(control, error))
        return false;
    lpar_assign(control, HV_ASSIGN_ALL);
    if (!monitor_system_settle(system, lpar, error))
        return false;
    lpar_notify(control, none);
    if (!monitor_system_settle(system, lpar, error))
        return false;
    monitor_system_look(system, lpar);
    monitor_system_check(system);
    return true;
}

bool monitor_system_let_go(MonitorSystem *system, bool keep, GError **error)
{
    bool all = true;

    for (unsigned i = 1; i <= RESMGR_MAX_LPARS; i++)
        if (is_meant(system, i, 0))
            lpar_let_go(system->lpars[i], END_LIMIT_NS, keep);
    for (unsigned i = 1; i <= RESMGR_MAX_LPARS; i++)
        if (is_meant(system, i, 0) && !monitor_system_settle(system, i, all ? error : NULL))
            all = false;
    return all;
}
