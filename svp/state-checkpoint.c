/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checkpoints: the state of the machine as a whole, in a folder of its own (state-folder.c).
 *
 *     checkpoints/N/image         everything but the content of storage (monitor/image.h)
 *     checkpoints/N/ms-M, es-M    the pages that were ever written, in layers: what checkpoint M has found changed (state-content.c)
 *     checkpoints/N/console.json  what the console knows: commands that AT has queued, whether LPARs have been brought up
 *     checkpoints/N/manifest.json length and SHA-256 of each of them; its own SHA-256 is in the journal
 *
 * It is on the disk as a whole before the journal names it. From then on the journal's entries before it are gone, and the checkpoint before is
 * removed; until then they are what counts. So whatever ends the program at whatever moment, there is one to begin with. What such an end has
 * left lying is removed by the next checkpoint.
 *
 * What must hold: state->content is what the checkpoint has that the journal names.
 */
#include "hv/folder.h"
#include "monitor/image.h"
#include "svp/console-private.h"
#include "svp/state-folder.h"
#include "svp/state-private.h"

#include <string.h>

#define IMAGE   "image"
#define CONSOLE "console.json"

static char *checkpoint_path(const SvpState *state, int64_t id)
{
    return g_strdup_printf("%s/" SVP_STATE_CHECKPOINTS "/%" G_GINT64_FORMAT, state->directory, id);
}

static char *storage_name(unsigned kind)
{
    return g_ascii_strdown(resmgr_storage_kind_name(kind), -1);
}

void svp_state_forget_content(SvpStateContents *contents)
{
    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++)
        g_clear_pointer(&contents->of[k], svp_state_content_free);
}

/* All but the one that counts. */
static void remove_others(const SvpState *state, int64_t id)
{
    g_autofree char *folder = g_build_filename(state->directory, SVP_STATE_CHECKPOINTS, NULL);
    g_autofree char *kept = g_strdup_printf("%" G_GINT64_FORMAT, id);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        if (strcmp(name, kept) != 0)
            hv_folder_remove(path);
    }
}

/* --- Writing -------------------------------------------------------------------------------------------- */

/* A checkpoint that is being written. */
typedef struct {
    SvpStateFolder folder;
    int64_t id;
    char *before; /* the folder of the one that counts */
    SvpStateContents contents;
} Writing;

static bool write_image(SvpState *state, Writing *writing, GError **error)
{
    g_autoptr(GBytes) image = monitor_system_image(state->system);
    gsize length;
    const void *bytes = g_bytes_get_data(image, &length);

    return svp_state_folder_write(&writing->folder, IMAGE, bytes, length, error);
}

static bool write_storage(SvpState *state, Writing *writing, ResmgrStorageKind kind, GError **error)
{
    g_autoptr(HvStorageSnapshot) now = monitor_system_content(state->system, kind);
    g_autofree char *name = storage_name(kind);

    if (!now)
        return true;
    writing->contents.of[kind] = svp_state_folder_write_content(
        &writing->folder, name, now, state->contents.of[kind], writing->before, writing->id, error);
    return writing->contents.of[kind] != NULL;
}

static bool write_console(SvpState *state, Writing *writing, GError **error)
{
    json_t *console = json_pack(
        "{s:b,s:o}", "brought_up", state->console->operator_brings_up, "queued", svp_state_queue_json(state));
    bool written = svp_state_folder_write_json(&writing->folder, CONSOLE, console, error);

    json_decref(console);
    return written;
}

static bool write_storages(SvpState *state, Writing *writing, GError **error)
{
    return write_storage(state, writing, RESMGR_MS, error) && write_storage(state, writing, RESMGR_ES, error);
}

/* The image first: it lets the guests do what they have to do up to now. Of real guests only the books count, which the journal has. */
static bool write_all(SvpState *state, Writing *writing, GError **error)
{
    if (state->real)
        return svp_state_write_guests(state, &writing->folder, error) &&
               write_storages(state, writing, error);
    return write_image(state, writing, error) && write_storages(state, writing, error) &&
           write_console(state, writing, error);
}

/* The folder, and the journal's record of it. */
static bool write_checkpoint(SvpState *state, Writing *writing, GError **error)
{
    ResmgrCheckpoint next = {.id = writing->id, .at_ns = monitor_system_now(state->system)};
    g_autofree char *path = checkpoint_path(state, writing->id), *sha256 = NULL;

    if (!svp_state_folder_begin(&writing->folder, path, error) || !write_all(state, writing, error) ||
        !svp_state_folder_finish(&writing->folder, path, next.at_ns, &sha256, error))
        return false;
    next.sha256 = sha256;
    return resmgr_journal_add_checkpoint(state->journal, &next, monitor_system_state(state->system), error);
}

bool svp_state_checkpoint(SvpState *state, GError **error)
{
    ResmgrCheckpoint last;

    g_assert(state->system);
    /* If it may be in the journal or not, its folder stays as it is. */
    if (!resmgr_journal_may_write(state->journal, error) ||
        !resmgr_journal_last_checkpoint(state->journal, &last, error))
        return false;
    g_autofree char *before = checkpoint_path(state, last.id);
    Writing writing = {.id = last.id + 1, .before = before};
    bool written = write_checkpoint(state, &writing, error);

    resmgr_checkpoint_clear(&last);
    svp_state_folder_clear(&writing.folder);
    if (!written) {
        svp_state_forget_content(&writing.contents);
        return false;
    }
    svp_state_forget_content(&state->contents);
    state->contents = writing.contents;
    state->checkpoint_owed = state->changed = false;
    remove_others(state, writing.id);
    return true;
}

/* --- Reading -------------------------------------------------------------------------------------------- */

bool svp_state_read_content(
    SvpState *state, const SvpStateFolder *folder, ResmgrStorageKind kind, GError **error)
{
    uint64_t length = resmgr_storage_total(monitor_system_state(state->system), kind);
    g_autofree char *name = storage_name(kind);

    if (length > 0)
        state->contents.of[kind] = svp_state_folder_read_content(folder, name, length, error);
    return length == 0 || state->contents.of[kind];
}

static bool
read_storage(SvpState *state, const SvpStateFolder *folder, ResmgrStorageKind kind, GError **error)
{
    if (!svp_state_read_content(state, folder, kind, error))
        return false;
    if (state->contents.of[kind])
        monitor_system_put_content(state->system, kind, svp_state_content_snapshot(state->contents.of[kind]));
    return true;
}

static bool read_image(SvpState *state, const SvpStateFolder *folder, GError **error)
{
    g_autoptr(GBytes) image = NULL;

    return svp_state_folder_read(folder, IMAGE, &image, error) &&
           monitor_system_read_image(state->system, image, error);
}

static bool read_console(SvpState *state, const SvpStateFolder *folder, GError **error)
{
    json_t *console = svp_state_folder_read_json(folder, CONSOLE, error);
    const json_t *queued = json_object_get(console, "queued");
    bool ok = console != NULL;

    if (json_is_true(json_object_get(console, "brought_up")))
        state->console->operator_brings_up = true;
    for (size_t i = 0; ok && i < json_array_size(queued); i++) {
        const json_t *one = json_array_get(queued, i);

        ok = svp_state_queue_add(state, one, (HvTime)json_integer_value(json_object_get(one, "due_ns"))) ||
             svp_state_folder_refuse_damage(folder->path, "a queued command is not understood", error);
    }
    json_decref(console);
    return ok;
}

bool svp_state_read_checkpoint(SvpState *state, const ResmgrCheckpoint *checkpoint, GError **error)
{
    g_autofree char *path = checkpoint_path(state, checkpoint->id);
    g_auto(SvpStateFolder) folder = {0};

    return svp_state_folder_open(&folder, path, checkpoint->sha256, error) &&
           read_storage(state, &folder, RESMGR_MS, error) && read_storage(state, &folder, RESMGR_ES, error) &&
           read_image(state, &folder, error) && read_console(state, &folder, error);
}

void svp_state_read_real_checkpoint(SvpState *state, const ResmgrCheckpoint *checkpoint, GPtrArray *notes)
{
    g_autofree char *path = checkpoint_path(state, checkpoint->id);
    g_auto(SvpStateFolder) folder = {0};
    g_autoptr(GError) error = NULL;

    if (!*checkpoint->sha256) /* of an older program: the books only */
        return;
    if (svp_state_folder_open(&folder, path, checkpoint->sha256, &error))
        svp_state_read_guests(state, &folder, notes);
    else
        svp_state_note_guests_lost(notes, error);
}
