/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_MONITOR_SYSTEM_H
#define LPARSIM_MONITOR_SYSTEM_H

#include "lpar/lpar.h"
#include "monitor/account.h"
#include "monitor/dispatch.h"
#include "monitor/integ-report.h"
#include "monitor/watch.h"

/*
 * A whole machine: engine, trace, storage, channels, resource manager, LPAR controls, dispatcher, put
 * together from a definition. Any number of systems can live in a process. All commands of an operator that
 * change the machine are functions here; the SVP parses and prints, nothing else. A refused command has
 * changed nothing.
 *
 * Simulated time passes only in monitor_system_run() and monitor_system_integ().
 */
typedef struct MonitorSystem MonitorSystem;

/*
 * The definition has passed resmgr_definition_check() and outlives the system. LPARs are assigned, none is activated.
 * A machine with real guests follows the wall clock, and NULL with HV_ERROR_HOST says that its host cannot be reached.
 */
MonitorSystem *monitor_system_open(const ResmgrDefinition *definition, uint64_t seed, GError **error);
/* The same for a machine without real guests (asserted), which cannot fail. */
MonitorSystem *monitor_system_new(const ResmgrDefinition *definition, uint64_t seed);
void monitor_system_free(MonitorSystem *system);

const ResmgrDefinition *monitor_system_definition(const MonitorSystem *system);
/* The definition that it was opened with, without what has been defined while it ran: a machine file, and what the machine is known by. */
const ResmgrDefinition *monitor_system_made_of(const MonitorSystem *system);
HvTime monitor_system_now(const MonitorSystem *system);
HvTrace *monitor_system_trace(MonitorSystem *system);
const ResmgrState *monitor_system_state(const MonitorSystem *system);
const HvChannels *monitor_system_channels(const MonitorSystem *system);
const HvStorage *monitor_system_storage(const MonitorSystem *system, ResmgrStorageKind kind);
const MonitorControl *monitor_system_control(const MonitorSystem *system);
/* Settled up to now by the call. */
const MonitorDispatch *monitor_system_dispatch(MonitorSystem *system);
/* NULL if no LPAR has that number. The guest behind it may be asked for status, digest and verify. */
LparControl *monitor_system_lpar(MonitorSystem *system, unsigned lpar);

/* Activates and loads every LPAR that is assigned and not activated, in order of their numbers. */
bool monitor_system_power_on(MonitorSystem *system, GError **error);
bool monitor_system_activate(MonitorSystem *system, unsigned lpar, GError **error);
bool monitor_system_deactivate(MonitorSystem *system, unsigned lpar, GError **error);
bool monitor_system_load(MonitorSystem *system, unsigned lpar, GError **error);
bool monitor_system_start(MonitorSystem *system, unsigned lpar, GError **error);
bool monitor_system_stop(MonitorSystem *system, unsigned lpar, GError **error);
bool monitor_system_guest_storage(
    MonitorSystem *system, unsigned lpar, bool online, uint64_t *ret_changed_bytes, GError **error);
bool monitor_system_guest_cpu(
    MonitorSystem *system, unsigned lpar, unsigned lip, bool online, GError **error);
/* Types a command on the console of a real guest; *ret_answer is what it says, free with g_free(). */
bool monitor_system_guest_tell(
    MonitorSystem *system, unsigned lpar, const char *command, char **ret_answer, GError **error);
bool monitor_system_declare_reserved(
    MonitorSystem *system, unsigned lpar, ResmgrStorageKind kind, uint64_t reserved_bytes, GError **error);
bool monitor_system_release_chp(MonitorSystem *system, uint8_t chpid, GError **error);

/*
 * Real guests. A command that asks something of one returns when that is done, when it has failed, or when it has taken
 * longer than the patience (HV_ERROR_DOMAIN). For machines without, all of these do nothing.
 */
void monitor_system_catch_up(MonitorSystem *system); /* the clock is set to now, what is due happens */
/* Lets the machine go on, in wall-clock time, until there is something to be read from the file descriptor. */
void monitor_system_listen(MonitorSystem *system, int fd);
void monitor_system_set_patience(MonitorSystem *system, HvTime patience_ns);
HvTime monitor_system_patience(const MonitorSystem *system);
/* Brings what is seen of the guests up to date, of one or (0) of all. */
void monitor_system_look(MonitorSystem *system, unsigned lpar);
/* Gives an LPAR's domain what belongs to it and could not be given, and tells the guest. */
bool monitor_system_complete(MonitorSystem *system, unsigned lpar, GError **error);
/*
 * The end: domains that were adopted are left as they were found, the others shut down and end, or (`keep`) go on without a console, for one
 * that takes them up (monitor/real-save.h).
 */
bool monitor_system_let_go(MonitorSystem *system, bool keep, GError **error);
/* CPUs of the host; 0: the machine has no real guests. */
unsigned monitor_system_host_cpus(const MonitorSystem *system);

/* Lets `duration_ns` of simulated time pass. MONITOR_ERROR_TIME if the clock would overflow. */
bool monitor_system_run(MonitorSystem *system, HvTime duration_ns, GError **error);

typedef struct {
    bool force;         /* candidate lists and dedication are overridden */
    bool notify;        /* the guest is told by an interruption */
    HvTime shutdown_ns; /* how long a real retiring guest has to shut down by itself; 0: it is not asked */
    /* Called after each step, and may be NULL: the steps as they happen. */
    void (*step)(const MonitorIntegStep *step, void *data);
    void *data;
} MonitorIntegOptions;

/* What INTEG would do. Changes nothing, no time passes. */
MonitorIntegReport *monitor_system_integ_plan(
    MonitorSystem *system, unsigned retiring, unsigned survivor, const MonitorIntegOptions *options,
    GError **error);
/* Does it, and returns when it is done: simulated time has passed, everybody else has run meanwhile. */
MonitorIntegReport *monitor_system_integ(
    MonitorSystem *system, unsigned retiring, unsigned survivor, const MonitorIntegOptions *options,
    GError **error);

/*
 * Arms one failure for the next INTEG: "201" .. "209" fail when the step begins; "203.N" fails after the Nth
 * move of step 203 (N from 1), "203.commit" just before the commit point; for the next restore "301" .. "308" and
 * "303.N", "303.commit" likewise. "off" disarms.
 * MONITOR_ERROR_FAULT_POINT otherwise.
 */
bool monitor_system_set_fault(MonitorSystem *system, const char *point, GError **error);
const char *monitor_system_fault(const MonitorSystem *system); /* NULL: none is armed */

/* DISPLAY USAGE: since the first activation or the last reset. Free with monitor_usage_free(). */
MonitorUsage *monitor_system_usage(MonitorSystem *system);
void monitor_system_usage_reset(MonitorSystem *system);
/* Whether the dispatcher accounts slice by slice (same figures, slower). */
void monitor_system_set_every_slice(MonitorSystem *system, bool every_slice);

/* Who is on which IP when (monitor/watch.h); `ops` NULL: nobody watches any more. */
void monitor_system_watch(MonitorSystem *system, const MonitorWatchOps *ops, void *data);

/* Every invariant, now; aborts the program if one does not hold. */
void monitor_system_check(MonitorSystem *system);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(MonitorSystem, monitor_system_free)

#endif
