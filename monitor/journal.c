/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The machine's way to whoever keeps its record: a table of two operations.
 *
 * Steps and their commit point are the monitor's, the database is not: with no table set there is no record, and the machine behaves the
 * same. What must hold: nothing irrevocable is done before commit() has returned true.
 */
#include "monitor/journal.h"

#include "monitor/system-private.h"

void monitor_system_set_journal(MonitorSystem *system, const MonitorJournalOps *ops, void *data)
{
    g_assert(!ops || (ops->step && ops->commit));
    system->journal_ops = ops;
    system->journal = data;
}

void monitor_journal_step(
    MonitorSystem *system, const char *step, HvTime at_ns, unsigned lpar, const char *text)
{
    if (system->journal_ops)
        system->journal_ops->step(system->journal, step, at_ns, lpar, text);
}

bool monitor_journal_commit(MonitorSystem *system, const ResmgrState *after, GError **error)
{
    return !system->journal_ops || system->journal_ops->commit(system->journal, after, error);
}

void monitor_system_assume(MonitorSystem *system, const ResmgrState *recorded)
{
    resmgr_state_assume(system->state, recorded);
    for (unsigned i = 1; i <= RESMGR_MAX_LPARS; i++)
        if (system->lpars[i] && resmgr_state_lpar(system->state, i)->assignment == RESMGR_RETIRED)
            lpar_assume_retired(system->lpars[i]);
    monitor_system_check(system);
}
