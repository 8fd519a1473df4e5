/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_MONITOR_JOURNAL_H
#define LPARSIM_MONITOR_JOURNAL_H

#include "monitor/system.h"

/*
 * Who keeps a durable record of what the machine does to its assignment in several steps (INTEG, a restore). The machine does not know
 * how: it says when a step is through, and asks before the commit point.
 */
typedef struct {
    /* A step is through, or was taken back. */
    void (*step)(void *data, const char *step, HvTime at_ns, unsigned lpar, const char *text);
    /*
     * The commit point: true when the record is durable, and `after` is the assignment from then on. False with *error: there is none, and
     * everything is taken back.
     */
    bool (*commit)(void *data, const ResmgrState *after, GError **error);
} MonitorJournalOps;

/* `ops` NULL: nobody does, and every commit succeeds; so it is at first. `ops` and `data` outlive the system or the next call. */
void monitor_system_set_journal(MonitorSystem *system, const MonitorJournalOps *ops, void *data);

/*
 * A machine with real guests cannot be made again from what was done with it: at the start of a program its books become what an earlier one
 * has recorded. The system is new, no LPAR is activated (asserted); its guests are taken up afterwards (monitor/real-save.h).
 */
void monitor_system_assume(MonitorSystem *system, const ResmgrState *recorded);

/* For whoever carries out such steps. */
void monitor_journal_step(
    MonitorSystem *system, const char *step, HvTime at_ns, unsigned lpar, const char *text);
bool monitor_journal_commit(MonitorSystem *system, const ResmgrState *after, GError **error);

#endif
