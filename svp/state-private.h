/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_STATE_PRIVATE_H
#define LPARSIM_SVP_STATE_PRIVATE_H

#include "resmgr/journal.h"
#include "svp/state-folder.h"
#include "svp/state.h"

#define SVP_STATE_CHECKPOINTS "checkpoints" /* the folder of their folders */

/* What the storages hold in a checkpoint; NULL: the machine has none of that kind, or it is not known. */
typedef struct {
    SvpStateContent *of[RESMGR_STORAGE_KINDS];
} SvpStateContents;

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
    SvpStateContents contents; /* of the checkpoint that counts */
    /* The command under way, if it is recorded. */
    bool recording;
    SvpDurable under_way; /* NOTHING: none is */
    bool commit_refused;  /* its commit record could not be written */
    bool log_is_new;      /* operations.db was not there, though the machine is not new */
    bool real;            /* the machine has real guests: nothing is done again, the books are taken over */
    char *queue;          /* with real guests: what the journal has of the queue; NULL: nothing */
    bool changed;         /* something was recorded since the last checkpoint */
    bool checkpoint_owed; /* the last one cannot be done again and no checkpoint could be written */
    gint64 advanced_us;   /* when the clock was last recorded, by the wall clock */
    /* Redoing. */
    const ResmgrEntry *redone; /* NULL: nothing is being done again */
    int64_t recorded_id;       /* after this entry the recorded assignment holds */
    bool differs;              /* what is done again has come to another assignment at its commit point */
};

/* How a command is recorded: the row's word for it, PLAN and AT considered. */
SvpDurable svp_state_durable(const SvpCall *call);
/* state-checkpoint.c: what the storage of that kind held becomes known, and is not put into it. */
bool svp_state_read_content(
    SvpState *state, const SvpStateFolder *folder, ResmgrStorageKind kind, GError **error);
/* Of a machine with real guests that has its books again: what can go on of simulated ones does. */
void svp_state_read_real_checkpoint(SvpState *state, const ResmgrCheckpoint *checkpoint, GPtrArray *notes);
/* The system's state becomes that of the checkpoint. The system and the console are new. */
bool svp_state_read_checkpoint(SvpState *state, const ResmgrCheckpoint *checkpoint, GError **error);
void svp_state_forget_content(SvpStateContents *contents);
/* state-guests.c: simulated guests beside real ones. What cannot go on is told. */
bool svp_state_write_guests(SvpState *state, SvpStateFolder *folder, GError **error);
void svp_state_read_guests(SvpState *state, const SvpStateFolder *folder, GPtrArray *notes);
/* state-queue.c: the commands that AT has queued, and one of them; false: it is not understood. */
json_t *svp_state_queue_json(const SvpState *state);
bool svp_state_queue_add(SvpState *state, const json_t *one, HvTime due_ns);
/* Of a machine with real guests: the journal's record of the queue, if it has changed; and what the last session has left of it. */
bool svp_state_write_queue(SvpState *state, GError **error);
void svp_state_read_queue(SvpState *state, const ResmgrEntry *last, GPtrArray *notes);
/* state-real.c: of a machine with real guests that has its books again: domains are taken up. `last`: the last entry; NULL: none. */
void svp_state_take_up(SvpState *state, const ResmgrEntry *last, GPtrArray *notes);
/* state-notes.c: what the next start says; one message is added each, or none. */
void svp_state_note(GPtrArray *notes, int id, const char *format, ...) G_GNUC_PRINTF(3, 4);
void svp_state_note_log(const SvpState *state, GPtrArray *notes);
void svp_state_note_found(
    const SvpState *state, GPtrArray *notes, const GPtrArray *entries, HvTime checkpoint_ns);
void svp_state_note_queue(const SvpState *state, GPtrArray *notes);
void svp_state_note_rolled_back(GPtrArray *notes, const ResmgrEntry *entry);
void svp_state_note_completed(GPtrArray *notes, const ResmgrEntry *entry, const char *refused);
void svp_state_note_real(const SvpState *state, GPtrArray *notes, const ResmgrEntry *last);
void svp_state_note_guests_lost(GPtrArray *notes, const GError *error);
const char *svp_state_entry_command(const ResmgrEntry *entry);
/* state-redo.c: the monitor's journal while things are done again, or are not. */
void svp_state_listen(SvpState *state);

#endif
