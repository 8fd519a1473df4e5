/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_MONITOR_SYSTEM_PRIVATE_H
#define LPARSIM_MONITOR_SYSTEM_PRIVATE_H

#include "hv/codec.h"
#include "hv/libvirt-host.h"
#include "monitor/history.h"
#include "monitor/journal.h"
#include "monitor/system.h"

typedef struct MonitorVary MonitorVary;

/* What the files that make up the system share among themselves; nobody else includes this. */
struct MonitorSystem {
    const ResmgrDefinition *made_of; /* the caller's */
    ResmgrDefinition *definition;    /* a view: the same, and what was defined while the machine ran */
    GPtrArray *defined;              /* ResmgrLparDef *, owned: the latter */
    HvEngine *engine;
    HvTrace *trace;
    HvStorage *storage[RESMGR_STORAGE_KINDS];
    HvChannels *channels;
    ResmgrState *state;
    MonitorDispatch *dispatch;
    MonitorControl control;
    LparControl *lpars[RESMGR_MAX_LPARS + 1]; /* [number]; NULL: not defined */
    MonitorUsage *usage_baseline;             /* NULL: since power on */
    MonitorHistory *history;                  /* NULL: not recorded */
    bool was_activated;                       /* some LPAR was: usage counts from then */
    char *fault;                              /* SET FAULT; NULL: none */
    HvLibvirtHost *host;                      /* NULL: no real guests */
    HvTime patience_ns;
    GPtrArray *clusters;                  /* cluster.c */
    MonitorVary *vary;                    /* vary.c */
    const MonitorJournalOps *journal_ops; /* NULL: no record is kept */
    void *journal;
    uint64_t seed;
    bool integ_active; /* content may be under way: windows need not match the assignment */
};

/* The state's weights and cap of an LPAR as the dispatcher is to use them; none if it is not activated. */
void monitor_system_reschedule(MonitorSystem *system, unsigned lpar);
/* How the dispatcher asks and tells the guest of an LparControl. */
const MonitorWorkOps *monitor_system_work_ops(void);
/* image.c: everybody has been told of all the time received, and guests have done all they do up to now. Nobody notices. */
void monitor_system_catch_up_guests(MonitorSystem *system);
/* Definitions that came while the machine ran; a reader has none yet. Before anything that is one LPAR's. */
void monitor_defined_codec(MonitorSystem *system, HvCodec *codec);
/* LPAR control for the definition; what the dispatcher is told of it. */
void monitor_system_add_lpar(MonitorSystem *system, const ResmgrLparDef *def);

/* real.c: waits until the LPAR's guest has done what it was asked for; at once if it is not real. */
bool monitor_system_settle(MonitorSystem *system, unsigned lpar, GError **error);
/* real.c: how much more a real guest has by now; what it says comes a moment late. */
uint64_t monitor_system_wait_for_storage(MonitorSystem *system, unsigned lpar, uint64_t before_bytes);
/* real.c: what real guests have used, as far as it is known, goes into the accounts. */
void monitor_system_charge(MonitorSystem *system);
/* The shortest time slice in force for the LPAR's tasks: how long it may be held and not notice. */
HvTime monitor_system_hold_limit(const MonitorSystem *system, unsigned lpar);

/* history.c: the measurement begins now. */
void monitor_history_restart(MonitorHistory *history);
/* The LPAR is no more. */
void monitor_history_forget(MonitorHistory *history, unsigned lpar);
void monitor_history_free(MonitorHistory *history); /* NULL is allowed */
/* The system's history, if it records; the reader's does not (asserted). */
void monitor_history_codec(MonitorSystem *system, HvCodec *codec);

#endif
