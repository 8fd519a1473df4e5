/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_STATE_H
#define LPARSIM_SVP_STATE_H

#include "svp/command-parse.h"
#include "svp/store.h"

/*
 * A state directory: what survives the program. It holds
 *
 *     lock           held by the program that has it open
 *     machine.db     the machine's journal (resmgr/journal.h): readable by sqlite3
 *     operations.db  what the SVP remembers (svp/store.h): operator log, jobs, ...
 *     machine.ini    the machine file in force, for people; the database has it too
 *     checkpoints/N  the state of the machine when it was last written as a whole
 *
 * At start the machine of the last checkpoint (or of the machine file) is made, and what the journal has recorded since is done again: the
 * simulation is deterministic, so it is the same machine then, to the last bit. A command that was under way when the program ended is
 * rolled back if it had not reached its commit point, else completed.
 */
typedef struct SvpState SvpState;

/* Makes the directory on its first use; has its lock from then on. */
SvpState *svp_state_open(const char *directory, GError **error);
void svp_state_free(SvpState *state); /* NULL is allowed */
const char *svp_state_directory(const SvpState *state);
SvpStore *svp_state_store(SvpState *state);

/* --- The machine ------------------------------------------------------------------------------------------ */
bool svp_state_is_new(const SvpState *state); /* no machine has been put in */
/* Of a new one: this is its machine, for good. The definition was read from a file. */
bool svp_state_put_machine(
    SvpState *state, const ResmgrDefinition *definition, uint64_t seed, GError **error);
/* Of one that is not new: that it is the same machine (`path` names its file), the same seed. SVP_ERROR_STATE says what differs. */
bool svp_state_check_machine(
    SvpState *state, const ResmgrDefinition *definition, const char *path, GError **error);
bool svp_state_check_seed(SvpState *state, uint64_t seed, GError **error);
uint64_t svp_state_seed(const SvpState *state);
/* The machine, as svp_machine_file_parse_in() gives it. */
ResmgrDefinition *svp_state_definition(SvpState *state, GPtrArray **ret_problems);

/* --- Going on --------------------------------------------------------------------------------------------- */
/*
 * `console` is new, its system too and made of that definition and seed. Afterwards they are where the last session was, and everything that
 * the console does is recorded. *ret_notes: what was found, one message each (char *). False: RESMGR_ERROR_REDO, _RECORD, HV_ERROR_IMAGE, ...;
 * nothing has been written.
 */
bool svp_state_resume(SvpState *state, SvpConsole *console, GPtrArray **ret_notes, GError **error);

/* --- What the console says; without a state directory (NULL) all of it succeeds and does nothing --------------------- */
/* Before a command is carried out. False: it must not be. `log_sequence`: its place in the operator log. */
bool svp_state_begin(
    SvpState *state, const SvpCall *call, const char *source, HvTime due_ns, uint64_t log_sequence,
    GError **error);
/*
 * It has been carried out, or (`refused`) has not. False: what it has done could not be recorded, and nothing else can be done until it is.
 */
bool svp_state_end(SvpState *state, const GError *refused, GError **error);
/* The same around the first power on. */
bool svp_state_begin_power_on(SvpState *state, GError **error);
/* The clock has gone on; `now`: recorded at once, else when the last record is old enough. */
bool svp_state_advance(SvpState *state, bool at_once, GError **error);
/* The state of the machine as a whole becomes what the next start begins with. Between commands; SVP_ERROR_CHECKPOINT. */
bool svp_state_checkpoint(SvpState *state, GError **error);
/* The end of a session: a checkpoint, if anything has been done since the last. */
bool svp_state_close(SvpState *state, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpState, svp_state_free)

#endif
