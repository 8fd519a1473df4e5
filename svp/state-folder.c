/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The folder of a checkpoint: files, and manifest.json with the length and the SHA-256 of each.
 *
 * It is made as PATH.new; each file is on the disk when it has been written, then the manifest, then the folder itself, then its name. So PATH is whole, or not there. The manifest's own SHA-256 is for whoever names the folder in his journal.
 *
 * Format 1 had one layer of each storage, called as the storage is; it is read as that. Newer formats are refused.
 */
#include "svp/state-folder.h"

#include "hv/digest.h"
#include "hv/folder.h"
#include "svp/error.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define MANIFEST  "manifest.json"
#define UNDER_WAY ".new"
#define FORMAT    2

static bool refuse(const char *path, const char *what, GError **error)
{
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_CHECKPOINT,
        "%s cannot be %s: %s\nMake room, or look at the folder's permissions; until then nothing can be "
        "changed that needs it",
        path, what, g_strerror(errno));
    return false;
}

bool svp_state_folder_refuse_damage(const char *path, const char *why, GError **error)
{
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_CHECKPOINT,
        "%s is damaged: %s\nTake an older copy of the state directory", path, why);
    return false;
}

void svp_state_folder_clear(SvpStateFolder *folder)
{
    if (folder->path && g_str_has_suffix(folder->path, UNDER_WAY))
        hv_folder_remove(folder->path);
    g_clear_pointer(&folder->path, g_free);
    g_clear_pointer(&folder->files, json_decref);
    g_clear_pointer(&folder->content, json_decref);
}

/* --- Writing -------------------------------------------------------------------------------------------- */

bool svp_state_folder_begin(SvpStateFolder *folder, const char *path, GError **error)
{
    *folder = (SvpStateFolder){
        .path = g_strconcat(path, UNDER_WAY, NULL), .files = json_object(), .content = json_object()};
    hv_folder_remove(folder->path);
    hv_folder_remove(path);
    return hv_folder_make(folder->path) || refuse(folder->path, "made", error);
}

static void enter_file(SvpStateFolder *folder, const char *name, uint64_t length, const char *sha256)
{
    json_object_set_new(
        folder->files, name, json_pack("{s:I,s:s}", "bytes", (json_int_t)length, "sha256", sha256));
}

bool svp_state_folder_write(
    SvpStateFolder *folder, const char *name, const void *bytes, size_t length, GError **error)
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

bool svp_state_folder_write_json(SvpStateFolder *folder, const char *name, const json_t *json, GError **error)
{
    char *text = json_dumps(json, JSON_INDENT(1) | JSON_SORT_KEYS);
    bool written = svp_state_folder_write(folder, name, text, strlen(text), error);

    free(text);
    return written;
}

typedef struct {
    SvpStateFolder *folder;
    json_t *names;
} Entering;

static void enter_layer(const char *name, uint64_t length, const char *sha256, void *data)
{
    const Entering *entering = data;

    json_array_append_new(entering->names, json_string(name));
    enter_file(entering->folder, name, length, sha256);
}

SvpStateContent *svp_state_folder_write_content(
    SvpStateFolder *folder, const char *name, HvStorageSnapshot *now, const SvpStateContent *before,
    const char *from, int64_t id, GError **error)
{
    g_autofree char *layer = g_strdup_printf("%s-%" G_GINT64_FORMAT, name, id);
    SvpStateContent *content = svp_state_content_write(now, before, from, folder->path, layer);
    Entering entering = {.folder = folder, .names = json_array()};

    json_object_set_new(folder->content, name, entering.names);
    if (content)
        svp_state_content_foreach(content, enter_layer, &entering);
    else {
        g_autofree char *path = g_build_filename(folder->path, layer, NULL);

        refuse(path, "written", error);
    }
    return content;
}

/* The manifest has no room for its own digest. */
static bool write_manifest(SvpStateFolder *folder, HvTime at_ns, char **ret_sha256, GError **error)
{
    json_t *manifest = json_pack(
        "{s:i,s:s,s:I,s:O,s:O}", "format", FORMAT, "program", LPARSIM_VERSION, "at_ns", (json_int_t)at_ns,
        "files", folder->files, "content", folder->content);
    bool written = svp_state_folder_write_json(folder, MANIFEST, manifest, error);

    json_decref(manifest);
    *ret_sha256 =
        g_strdup(json_string_value(json_object_get(json_object_get(folder->files, MANIFEST), "sha256")));
    return written;
}

bool svp_state_folder_finish(
    SvpStateFolder *folder, const char *path, HvTime at_ns, char **ret_sha256, GError **error)
{
    g_autofree char *parent = g_path_get_dirname(path);
    g_autofree char *sha256 = NULL;

    if (!write_manifest(folder, at_ns, &sha256, error))
        return false;
    if (!hv_folder_sync(folder->path) || g_rename(folder->path, path) != 0 || !hv_folder_sync(parent))
        return refuse(path, "made", error);
    g_free(folder->path);
    folder->path = g_strdup(path);
    *ret_sha256 = g_steal_pointer(&sha256);
    return true;
}

/* --- Reading -------------------------------------------------------------------------------------------- */

static const char *recorded_sha256(const SvpStateFolder *folder, const char *name)
{
    return json_string_value(json_object_get(json_object_get(folder->files, name), "sha256"));
}

/* A file of which the SHA-256 is recorded in `where`. */
static bool
read_file(const char *path, const char *recorded, const char *where, GBytes **ret_bytes, GError **error)
{
    g_autofree char *sha256 = NULL, *other = g_strdup_printf("its SHA-256 is not the one in the %s", where);
    g_autoptr(GError) why = NULL;
    char *text;
    gsize length;

    if (!g_file_get_contents(path, &text, &length, &why))
        return svp_state_folder_refuse_damage(
            path, g_access(path, R_OK) != 0 ? g_strerror(errno) : why->message, error);
    g_autoptr(GBytes) bytes = g_bytes_new_take(text, length);

    sha256 = hv_digest_of(text, length);
    if (g_strcmp0(sha256, recorded) != 0)
        return svp_state_folder_refuse_damage(path, other, error);
    *ret_bytes = g_steal_pointer(&bytes);
    return true;
}

bool svp_state_folder_read(const SvpStateFolder *folder, const char *name, GBytes **ret_bytes, GError **error)
{
    g_autofree char *path = g_build_filename(folder->path, name, NULL);

    return read_file(path, recorded_sha256(folder, name), "manifest", ret_bytes, error);
}

static json_t *parse(GBytes *bytes)
{
    gsize length;
    const char *text = g_bytes_get_data(bytes, &length);

    return json_loadb(text, length, 0, NULL);
}

json_t *svp_state_folder_read_json(const SvpStateFolder *folder, const char *name, GError **error)
{
    g_autofree char *path = g_build_filename(folder->path, name, NULL);
    g_autoptr(GBytes) bytes = NULL;

    if (!svp_state_folder_read(folder, name, &bytes, error))
        return NULL;
    json_t *json = parse(bytes);

    if (!json)
        svp_state_folder_refuse_damage(path, "it is no JSON", error);
    return json;
}

bool svp_state_folder_open(SvpStateFolder *folder, const char *path, const char *sha256, GError **error)
{
    g_autofree char *manifest_path = g_build_filename(path, MANIFEST, NULL);
    g_autoptr(GBytes) bytes = NULL;

    *folder = (SvpStateFolder){.path = g_strdup(path)};
    if (!read_file(manifest_path, sha256, "journal", &bytes, error))
        return false;
    json_t *manifest = parse(bytes);
    json_int_t format = json_integer_value(json_object_get(manifest, "format"));

    folder->files = json_incref(json_object_get(manifest, "files"));
    folder->content = json_incref(json_object_get(manifest, "content"));
    json_decref(manifest);
    if (format > 0 && format <= FORMAT && folder->files)
        return true;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_CHECKPOINT,
        "%s has format %" JSON_INTEGER_FORMAT ", this program knows formats 1 to %d\nUse the newer program",
        manifest_path, format, FORMAT);
    return false;
}

static bool
read_layer(const SvpStateFolder *folder, SvpStateContent *content, const char *name, GError **error)
{
    const json_t *file = json_object_get(folder->files, name);
    const char *why = svp_state_content_read(
        content, folder->path, name, (uint64_t)json_integer_value(json_object_get(file, "bytes")),
        recorded_sha256(folder, name));
    g_autofree char *path = g_build_filename(folder->path, name, NULL);

    return !why || svp_state_folder_refuse_damage(path, why, error);
}

SvpStateContent *
svp_state_folder_read_content(const SvpStateFolder *folder, const char *name, uint64_t length, GError **error)
{
    g_autoptr(SvpStateContent) content = svp_state_content_new(length);
    const json_t *layers = json_object_get(folder->content, name);

    if (!folder->content)
        return read_layer(folder, content, name, error) ? g_steal_pointer(&content) : NULL;
    for (size_t i = 0; i < json_array_size(layers); i++)
        if (!read_layer(folder, content, json_string_value(json_array_get(layers, i)), error))
            return NULL;
    return g_steal_pointer(&content);
}
