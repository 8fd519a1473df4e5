/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A state directory: opened, given its machine, closed.
 *
 * A machine is put in once, with its seed, and stays: a log of what was done makes sense for one machine only. Its text is kept in the
 * database, in the same transaction as everything else about it, so a directory either has a machine or is new. machine.ini is a copy for
 * people to read. The folder that the machine file came from is remembered, since demand and disks may be named relative to it.
 *
 * The two databases belong together. One that is empty beside one that is not has been lost, and is not taken for a new one: nothing would say
 * that what was in it is gone. Only a log that somebody has removed on purpose begins anew, and that is said (state-redo.c).
 *
 * What is recorded of the machine's life is in state-log.c, how a session goes on from it in state-redo.c.
 */
#include "svp/state-private.h"

#include "svp/error.h"
#include "svp/machine-file.h"
#include "svp/message.h"

#include <glib/gstdio.h>
#include <string.h>

/* Keys of the journal's meta table. "machine" is written last. */
#define KEY_MACHINE   "machine"
#define KEY_DIRECTORY "machine_directory"
#define KEY_NAME      "machine_name"
#define KEY_SEED      "seed"
#define KEY_PROGRAM   "program"

/* What was there before anything was opened. */
typedef struct {
    bool log;       /* operations.db */
    bool log_empty; /* it is there, and has nothing in it */
    bool checkpoints;
} Found;

static Found look(const char *directory)
{
    g_autofree char *log = g_build_filename(directory, SVP_STORE_FILE, NULL);
    g_autofree char *checkpoints = g_build_filename(directory, SVP_STATE_CHECKPOINTS, NULL);
    GStatBuf status;
    bool is_there = g_stat(log, &status) == 0;

    return (Found){
        .log = is_there,
        .log_empty = is_there && status.st_size == 0,
        .checkpoints = g_file_test(checkpoints, G_FILE_TEST_IS_DIR),
    };
}

/* Before the log is opened, which would make one of an empty file. */
static bool check_log(SvpState *state, const Found *found, GError **error)
{
    state->log_is_new = state->machine && !found->log;
    if (!state->machine || !found->log_empty)
        return true;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_STATE,
        "%s/" SVP_STORE_FILE
        " is empty: operator log, jobs and policies of the machine are gone\nTake the file "
        "from an older copy of the folder, or remove it to begin with none of them",
        state->directory);
    return false;
}

static bool check_journal(const SvpState *state, const Found *found, GError **error)
{
    if (state->machine || (!found->checkpoints && svp_store_count(state->store, "log") == 0))
        return true;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_STATE,
        "%s/" RESMGR_JOURNAL_FILE
        " has no machine, but the folder has %s of one\nTake the file from an older "
        "copy of the folder, or name another folder to begin with",
        state->directory, found->checkpoints ? "a checkpoint" : "the operator log");
    return false;
}

SvpState *svp_state_open(const char *directory, GError **error)
{
    g_autoptr(SvpState) state = g_new0(SvpState, 1);

    state->under_way = SVP_DURABLE_NOTHING;
    state->directory = g_canonicalize_filename(directory, NULL); /* messages say where it really is */
    state->journal = resmgr_journal_open(state->directory, error);
    if (!state->journal)
        return NULL;
    state->machine = resmgr_journal_get(state->journal, KEY_MACHINE);
    state->machine_directory = resmgr_journal_get(state->journal, KEY_DIRECTORY);
    g_autofree char *seed = resmgr_journal_get(state->journal, KEY_SEED);

    state->seed = seed ? g_ascii_strtoull(seed, NULL, 10) : 0;
    const Found found = look(state->directory);

    if (!check_log(state, &found, error) || !(state->store = svp_store_open(state->directory, error)) ||
        !check_journal(state, &found, error))
        return NULL;
    return g_steal_pointer(&state);
}

void svp_state_free(SvpState *state)
{
    if (!state)
        return;
    svp_state_forget_content(&state->contents);
    svp_store_free(state->store);
    resmgr_journal_free(state->journal);
    g_free(state->queue);
    g_free(state->machine_directory);
    g_free(state->machine);
    g_free(state->directory);
    g_free(state);
}

const char *svp_state_directory(const SvpState *state)
{
    return state->directory;
}

SvpStore *svp_state_store(SvpState *state)
{
    return state->store;
}

bool svp_state_is_new(const SvpState *state)
{
    return state->machine == NULL;
}

uint64_t svp_state_seed(const SvpState *state)
{
    return state->seed;
}

ResmgrDefinition *svp_state_definition(SvpState *state, GPtrArray **ret_problems)
{
    g_assert(state->machine);
    return svp_machine_file_parse_in(
        state->machine_directory, state->machine, strlen(state->machine), ret_problems);
}

/* --- Putting a machine in ------------------------------------------------------------------------------- */

static bool write_copy(const SvpState *state, const char *text, GError **error)
{
    g_autofree char *path = g_build_filename(state->directory, "machine.ini", NULL);
    g_autoptr(GError) why = NULL;

    if (g_file_set_contents_full(
            path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600, &why))
        return true;
    g_set_error(error, SVP_ERROR, SVP_ERROR_STATE, "%s\nLook at the folder's permissions", why->message);
    return false;
}

static char *absolute_directory(const HvMachineDef *machine)
{
    return machine->directory ? g_canonicalize_filename(machine->directory, NULL) : NULL;
}

bool svp_state_put_machine(SvpState *state, const ResmgrDefinition *definition, uint64_t seed, GError **error)
{
    const HvMachineDef *machine = definition->machine;
    g_autofree char *text = svp_machine_file_format(definition), *directory = absolute_directory(machine);
    g_autofree char *seed_text = g_strdup_printf("%" G_GUINT64_FORMAT, seed);
    ResmgrJournal *journal = state->journal;

    g_assert(svp_state_is_new(state));
    if (!write_copy(state, text, error) || !resmgr_journal_set(journal, KEY_SEED, seed_text, error) ||
        !resmgr_journal_set(journal, KEY_NAME, machine->name ? machine->name : "", error) ||
        !resmgr_journal_set(journal, KEY_PROGRAM, LPARSIM_VERSION, error) ||
        (directory && !resmgr_journal_set(journal, KEY_DIRECTORY, directory, error)) ||
        !resmgr_journal_set(journal, KEY_MACHINE, text, error))
        return false;
    state->machine = g_steal_pointer(&text);
    state->machine_directory = g_steal_pointer(&directory);
    state->seed = seed;
    return true;
}

/* --- The same machine ----------------------------------------------------------------------------------- */

static char *quote_line(const char *line)
{
    return line && *line ? svp_message_quote(line) : g_strdup("nothing");
}

/* The first line in which the texts differ, of each, and the heading of its group. */
static void first_difference(const char *a, const char *b, char **ret_group, char **ret_a, char **ret_b)
{
    g_auto(GStrv) lines_a = g_strsplit(a, "\n", -1), lines_b = g_strsplit(b, "\n", -1);
    const char *group = "";
    unsigned i = 0;

    for (; lines_a[i] && lines_b[i] && strcmp(lines_a[i], lines_b[i]) == 0; i++)
        if (*lines_a[i] == '[')
            group = lines_a[i];
    *ret_group = g_strdup(group);
    *ret_a = quote_line(lines_a[i]);
    *ret_b = quote_line(lines_b[i]);
}

bool svp_state_check_machine(
    SvpState *state, const ResmgrDefinition *definition, const char *path, GError **error)
{
    g_autofree char *text = svp_machine_file_format(definition), *group = NULL, *given = NULL, *kept = NULL;

    if (strcmp(text, state->machine) == 0)
        return true;
    first_difference(text, state->machine, &group, &given, &kept);
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_STATE,
        "%s is not the machine of the state directory %s: in %s it has %s, the directory's machine %s\nLeave "
        "the machine file out to go on with the directory's, or name another folder to begin with this one",
        path, state->directory, group, given, kept);
    return false;
}

bool svp_state_check_seed(SvpState *state, uint64_t seed, GError **error)
{
    if (seed == state->seed)
        return true;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_STATE,
        "The machine of the state directory %s has the seed %" G_GUINT64_FORMAT ", not %" G_GUINT64_FORMAT
        "\nLeave --seed out, or name another folder",
        state->directory, state->seed, seed);
    return false;
}
