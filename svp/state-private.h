/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_STATE_PRIVATE_H
#define LPARSIM_SVP_STATE_PRIVATE_H

#include "resmgr/journal.h"
#include "svp/state.h"

/* What the files of the state directory share; nobody else includes this. */
struct SvpState {
    char *directory;
    ResmgrJournal *journal;
    SvpStore *store;
    char *machine;           /* the text of the machine file; NULL: new */
    char *machine_directory; /* names of files in it are relative to this; NULL: none */
    uint64_t seed;
    /* From svp_state_resume() on; the console's. */
    SvpConsole *console;
    MonitorSystem *system;
    /* The command under way, if it is recorded. */
    SvpDurable under_way; /* NOTHING: none is */
    bool commit_refused;  /* its commit record could not be written */
    bool checkpoint_owed; /* the last one cannot be done again and no checkpoint could be written */
    gint64 advanced_us;   /* when the clock was last recorded, by the wall clock */
    /* Redoing. */
    const ResmgrEntry *redone;   /* NULL: nothing is being done again */
    const ResmgrState *recorded; /* the assignment after entry recorded_id */
    int64_t recorded_id;
    bool differs; /* what is done again has come to another assignment at its commit point */
};

/* How a command is recorded: the row's word for it, PLAN and AT considered. */
SvpDurable svp_state_durable(const SvpCall *call);
/* state-redo.c: the monitor's journal while things are done again, or are not. */
void svp_state_listen(SvpState *state);

#endif
