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
    char *machine_now;       /* the same with what has been defined since; NULL: the same */
    char *machine;           /* the text of the machine file; NULL: new */
    char *machine_directory; /* names of files in it are relative to this; NULL: none */
    uint64_t seed;
    /* From svp_state_resume() on; the console's. */
    SvpConsole *console;
    MonitorSystem *system;
    /* The command under way, if it is recorded. */
    SvpDurable under_way; /* NOTHING: none is */
    bool commit_refused;  /* its commit record could not be written */
    bool changed;         /* something was recorded since the last checkpoint */
    bool checkpoint_owed; /* the last one cannot be done again and no checkpoint could be written */
    bool real;          /* the machine has real guests: nothing is done again, and there are no checkpoints */
    gint64 advanced_us; /* when the clock was last recorded, by the wall clock */
    /* Redoing. */
    const ResmgrEntry *redone;   /* NULL: nothing is being done again */
    const ResmgrState *recorded; /* the assignment after entry recorded_id */
    int64_t recorded_id;
    bool differs; /* what is done again has come to another assignment at its commit point */
};

/* How a command is recorded: the row's word for it, PLAN and AT considered. */
SvpDurable svp_state_durable(const SvpCall *call);
/* state-checkpoint.c: the system's state becomes that of the last checkpoint, if there is one. The system and the console are new. */
bool svp_state_read_checkpoint(SvpState *state, GError **error);
/* The machine file in it; *ret_text is NULL if there is no checkpoint. */
bool svp_state_read_machine(SvpState *state, char **ret_text, GError **error);
/* state-content.c; false: errno, or *ret_why, says why. The storage is empty when it is read. */
bool svp_state_write_content(HvStorage *storage, const char *path, uint64_t *ret_length, char **ret_sha256);
bool svp_state_read_content(HvStorage *storage, const char *path, const char *sha256, char **ret_why);
/* state-real.c: instead of redoing, of a machine with real guests; `recorded` is set. What was under way is settled, domains are taken up. */
bool svp_state_resume_real(SvpState *state, const GPtrArray *entries, GPtrArray *notes, GError **error);
/* state-redo.c: the monitor's journal while things are done again, or are not. */
void svp_state_listen(SvpState *state);

#endif
