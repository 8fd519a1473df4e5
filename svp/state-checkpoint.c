/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checkpoints: the state of the machine as a whole, in a folder of its own.
 *
 *     checkpoints/N/image         everything but the content of storage (monitor/image.h)
 *     checkpoints/N/ms, es        the pages that were ever written (state-content.c)
 *     checkpoints/N/console.json  what the console knows: commands that AT has queued, whether LPARs have been brought up
 *     checkpoints/N/manifest.json length and SHA-256 of each of them; its own SHA-256 is in the journal
 *
 * It is made under another name, and every file and folder of it is on the disk before it gets its name, before the journal names it. From
 * then on the journal's entries before it are gone, and the checkpoint before is removed; until then they are what counts. So whatever
 * ends the program at whatever moment, there is one to begin with. What such an end has left lying is removed by the next checkpoint.
 */
#include "monitor/image.h"
#include "svp/console-private.h"
#include "svp/state-private.h"

#include "hv/digest.h"
#include "hv/folder.h"
#include "svp/error.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define FOLDER   "checkpoints"
#define MANIFEST "manifest.json"

/* One that is being written, or read. */
typedef struct {
    char *path;    /* of its folder */
    json_t *files; /* name -> {bytes, sha256} */
} Folder;

static bool refuse(const char *path, const char *what, GError **error)
{
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_CHECKPOINT,
        "%s cannot be %s: %s\nMake room, or look at the folder's permissions; until then nothing can be "
        "changed "
        "that needs it",
        path, what, g_strerror(errno));
    return false;
}

static bool refuse_damage(const char *path, const char *why, GError **error)
{
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_CHECKPOINT,
        "%s is damaged: %s\nTake an older copy of the state directory", path, why);
    return false;
}

/* --- Folders -------------------------------------------------------------------------------------------- */

static char *checkpoint_path(const SvpState *state, int64_t id, const char *suffix)
{
    return g_strdup_printf("%s/" FOLDER "/%" G_GINT64_FORMAT "%s", state->directory, id, suffix);
}

/* All but the one that counts. */
static void remove_others(const SvpState *state, int64_t id)
{
    g_autofree char *folder = g_build_filename(state->directory, FOLDER, NULL);
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

static void enter_file(Folder *folder, const char *name, uint64_t length, const char *sha256)
{
    json_t *file = json_object();

    json_object_set_new(file, "bytes", json_integer((json_int_t)length));
    json_object_set_new(file, "sha256", json_string(sha256));
    json_object_set_new(folder->files, name, file);
}

static bool write_file(Folder *folder, const char *name, const void *bytes, size_t length, GError **error)
{
    g_autofree char *path = g_build_filename(folder->path, name, NULL), *sha256 = hv_digest_of(bytes, length);
    FILE *file = g_fopen(path, "w");
    bool written = file && fwrite(bytes, 1, length, file) == length && fflush(file) == 0 &&
                   fsync(fileno(file)) == 0;

    if (!written)
        refuse(path, "written", error);
    if (file)
        fclose(file);
    enter_file(folder, name, length, sha256);
    return written;
}

static bool write_image(SvpState *state, Folder *folder, GError **error)
{
    g_autoptr(GBytes) image = monitor_system_image(state->system);
    gsize length;
    const void *bytes = g_bytes_get_data(image, &length);

    return write_file(folder, "image", bytes, length, error);
}

static bool write_storage(SvpState *state, Folder *folder, ResmgrStorageKind kind, GError **error)
{
    g_autoptr(HvStorageSnapshot) content = monitor_system_content(state->system, kind);
    g_autofree char *name = g_ascii_strdown(resmgr_storage_kind_name(kind), -1), *sha256 = NULL;
    g_autofree char *path = g_build_filename(folder->path, name, NULL);
    uint64_t length;

    if (!content)
        return true;
    if (!svp_state_write_content(content, path, &length, &sha256))
        return refuse(path, "written", error);
    enter_file(folder, name, length, sha256);
    return true;
}

static bool write_json(Folder *folder, const char *name, json_t *json, char **ret_sha256, GError **error)
{
    char *text = json_dumps(json, JSON_INDENT(1) | JSON_SORT_KEYS);
    bool written = write_file(folder, name, text, strlen(text), error);

    if (ret_sha256)
        *ret_sha256 = hv_digest_of(text, strlen(text));
    free(text);
    return written;
}

static bool write_console(SvpState *state, Folder *folder, GError **error)
{
    json_t *console = json_object(), *queued = json_array();

    for (unsigned i = 0; i < state->console->queued->len; i++) {
        const SvpQueued *one = g_ptr_array_index(state->console->queued, i);

        json_array_append_new(
            queued, json_pack(
                        "{s:I,s:s,s:s}", "due_ns", (json_int_t)one->due_ns, "command", one->call->text,
                        "source", one->source));
    }
    json_object_set_new(console, "brought_up", json_boolean(state->console->operator_brings_up));
    json_object_set_new(console, "queued", queued);
    bool written = write_json(folder, "console.json", console, NULL, error);

    json_decref(console);
    return written;
}

/* The manifest has no room for its own digest: that is the journal's. */
static bool write_manifest(SvpState *state, Folder *folder, char **ret_sha256, GError **error)
{
    json_t *manifest = json_object();

    json_object_set_new(manifest, "format", json_integer(1));
    json_object_set_new(manifest, "program", json_string(LPARSIM_VERSION));
    json_object_set_new(manifest, "at_ns", json_integer((json_int_t)monitor_system_now(state->system)));
    json_object_set(manifest, "files", folder->files);
    bool written = write_json(folder, MANIFEST, manifest, ret_sha256, error);

    json_decref(manifest);
    return written;
}

/* The image first: it lets the guests do what they have to do up to now. */
static bool write_all(SvpState *state, Folder *folder, char **ret_sha256, GError **error)
{
    return write_image(state, folder, error) && write_storage(state, folder, RESMGR_MS, error) &&
           write_storage(state, folder, RESMGR_ES, error) && write_console(state, folder, error) &&
           write_manifest(state, folder, ret_sha256, error);
}

/* Under its name, and on the disk. */
static bool make_folder(SvpState *state, int64_t id, char **ret_sha256, GError **error)
{
    g_autofree char *parent = g_build_filename(state->directory, FOLDER, NULL);
    g_autofree char *path = checkpoint_path(state, id, "");
    Folder folder = {.path = checkpoint_path(state, id, ".new"), .files = json_object()};
    bool made = false;

    hv_folder_remove(folder.path);
    hv_folder_remove(path);
    if (!hv_folder_make(folder.path))
        refuse(folder.path, "made", error);
    else if (write_all(state, &folder, ret_sha256, error))
        made = (hv_folder_sync(folder.path) && rename(folder.path, path) == 0 && hv_folder_sync(parent)) ||
               refuse(path, "made", error);
    if (!made)
        hv_folder_remove(folder.path);
    json_decref(folder.files);
    g_free(folder.path);
    return made;
}

bool svp_state_checkpoint(SvpState *state, GError **error)
{
    ResmgrCheckpoint last;

    g_assert(state->system);
    /* If it may be in the journal or not, its folder stays as it is. */
    if (!resmgr_journal_may_write(state->journal, error) ||
        !resmgr_journal_last_checkpoint(state->journal, &last, error))
        return false;
    ResmgrCheckpoint next = {.id = last.id + 1, .at_ns = monitor_system_now(state->system)};

    resmgr_checkpoint_clear(&last);
    if (state->real) /* only the books count: its guests go on or do not, whatever is written here */
        next.sha256 = g_strdup("");
    bool made =
        (state->real || make_folder(state, next.id, &next.sha256, error)) &&
        resmgr_journal_add_checkpoint(state->journal, &next, monitor_system_state(state->system), error);

    resmgr_checkpoint_clear(&next);
    if (!made)
        return false;
    remove_others(state, next.id);
    state->checkpoint_owed = state->changed = false;
    return true;
}

/* --- Reading -------------------------------------------------------------------------------------------- */

/* A file of the folder, as it was written. */
static bool read_file(const Folder *folder, const char *name, GBytes **ret_bytes, GError **error)
{
    g_autofree char *path = g_build_filename(folder->path, name, NULL), *sha256 = NULL;
    g_autoptr(GError) why = NULL;
    char *text;
    gsize length;

    if (!g_file_get_contents(path, &text, &length, &why))
        return refuse_damage(path, why->message, error);
    g_autoptr(GBytes) bytes = g_bytes_new_take(text, length);

    sha256 = hv_digest_of(text, length);
    if (g_strcmp0(
            sha256, json_string_value(json_object_get(json_object_get(folder->files, name), "sha256"))) != 0)
        return refuse_damage(path, "its SHA-256 is not the one in the manifest", error);
    *ret_bytes = g_steal_pointer(&bytes);
    return true;
}

static bool open_folder(const ResmgrCheckpoint *checkpoint, Folder *folder, GError **error)
{
    g_autofree char *path = g_build_filename(folder->path, MANIFEST, NULL), *text = NULL, *sha256 = NULL;
    g_autoptr(GError) why = NULL;
    gsize length;

    if (!g_file_get_contents(path, &text, &length, &why))
        return refuse_damage(path, why->message, error);
    sha256 = hv_digest_of(text, length);
    if (strcmp(sha256, checkpoint->sha256) != 0)
        return refuse_damage(path, "its SHA-256 is not the one in the journal", error);
    json_t *manifest = json_loadb(text, length, 0, NULL);

    folder->files = json_incref(json_object_get(manifest, "files"));
    bool known = json_integer_value(json_object_get(manifest, "format")) == 1 && folder->files;

    json_decref(manifest);
    return known || refuse_damage(path, "it has a format of a newer program", error);
}

static bool read_storage(SvpState *state, const Folder *folder, ResmgrStorageKind kind, GError **error)
{
    g_autofree char *name = g_ascii_strdown(resmgr_storage_kind_name(kind), -1), *why = NULL;
    g_autofree char *path = g_build_filename(folder->path, name, NULL);
    const json_t *file = json_object_get(folder->files, name);
    uint64_t length = resmgr_storage_total(monitor_system_state(state->system), kind);

    if (length == 0)
        return true;
    g_autoptr(HvStorageSnapshot) content =
        svp_state_read_content(length, path, json_string_value(json_object_get(file, "sha256")), &why);

    if (!content)
        return refuse_damage(path, why, error);
    monitor_system_put_content(state->system, kind, content);
    return true;
}

static bool read_image(SvpState *state, const Folder *folder, GError **error)
{
    g_autoptr(GBytes) image = NULL;

    return read_file(folder, "image", &image, error) &&
           monitor_system_read_image(state->system, image, error);
}

static bool queue_command(SvpState *state, const json_t *one, const char *path, GError **error)
{
    const char *text = json_string_value(json_object_get(one, "command"));
    const char *source = json_string_value(json_object_get(one, "source"));
    HvTime due_ns = (HvTime)json_integer_value(json_object_get(one, "due_ns"));
    SvpCall *call = text ? svp_command_parse(svp_console_state(state->console), text, NULL, NULL) : NULL;

    if (!call)
        return refuse_damage(path, "a queued command is not understood", error);
    svp_console_queue(state->console, due_ns, call, source ? source : "");
    return true;
}

static bool read_console(SvpState *state, const Folder *folder, GError **error)
{
    g_autoptr(GBytes) bytes = NULL;
    gsize length;
    bool ok = true;

    if (!read_file(folder, "console.json", &bytes, error))
        return false;
    const char *text = g_bytes_get_data(bytes, &length);
    json_t *console = json_loadb(text, length, 0, NULL), *queued = json_object_get(console, "queued");

    if (json_is_true(json_object_get(console, "brought_up")))
        state->console->operator_brings_up = true;
    for (size_t i = 0; ok && i < json_array_size(queued); i++)
        ok = queue_command(state, json_array_get(queued, i), folder->path, error);
    json_decref(console);
    return ok;
}

static void folder_clear(Folder *folder)
{
    g_free(folder->path);
    json_decref(folder->files);
}

bool svp_state_read_checkpoint(SvpState *state, const ResmgrCheckpoint *checkpoint, GError **error)
{
    Folder folder = {.path = checkpoint_path(state, checkpoint->id, "")};
    bool ok = open_folder(checkpoint, &folder, error) && read_storage(state, &folder, RESMGR_MS, error) &&
              read_storage(state, &folder, RESMGR_ES, error) && read_image(state, &folder, error) &&
              read_console(state, &folder, error);

    folder_clear(&folder);
    return ok;
}
