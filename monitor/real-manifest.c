/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The manifest of a saved real guest: JSON that people and other programs read as well.
 *
 *     {"format": "lparsim real guest 1", "kind": "live", "lpar": "A", "domain": "m-A", "uuid": "..", "was_running": true,
 *      "hold_ns": 9000000, "took_ns": 400000000, "domain_xml": "<domain ..",
 *      "files": [{"file": "memory", "size_bytes": .., "stored_bytes": .., "sha256": ".."},
 *                {"file": "vda.raw", .., "target": "vda", "alias": "ua-lparsim-0a00", "source": "/disk.img", "format": "raw"}]}
 *
 * hold_ns is null where it is not known; alias where there is none. What is read comes from outside: every value is looked at, and names of
 * files are names, never paths.
 */
#include "monitor/error.h"
#include "monitor/real-save.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define MANIFEST_FORMAT "lparsim real guest 1"

static char *manifest_path(const char *folder)
{
    return g_build_filename(folder, MONITOR_REAL_MANIFEST, NULL);
}

/* --- Writing -------------------------------------------------------------------------------------------- */

static json_t *string_or_null(const char *text)
{
    return text ? json_string(text) : json_null();
}

static json_t *file_json(const HvSavedFile *file)
{
    const HvFileContent *content = &file->content;
    json_t *object = json_pack(
        "{s:s, s:I, s:I, s:s}", "file", file->name, "size_bytes", (json_int_t)content->size_bytes,
        "stored_bytes", (json_int_t)content->stored_bytes, "sha256", content->sha256);

    if (!file->target)
        return object;
    json_object_set_new(object, "target", json_string(file->target));
    json_object_set_new(object, "alias", string_or_null(file->alias));
    json_object_set_new(object, "source", json_string(file->source));
    json_object_set_new(object, "format", json_string(file->qcow2 ? "qcow2" : "raw"));
    return object;
}

static json_t *saved_json(const HvGuestSaved *saved, const char *lpar)
{
    json_t *hold = saved->hold_ns == HV_TIME_NEVER ? json_null() : json_integer((json_int_t)saved->hold_ns);
    json_t *files = json_array();

    for (unsigned i = 0; i < saved->files->len; i++)
        json_array_append_new(files, file_json(g_ptr_array_index(saved->files, i)));
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:b, s:o, s:I, s:s, s:o}", "format", MANIFEST_FORMAT, "kind",
        hv_save_kind_name(saved->kind), "lpar", lpar, "domain", saved->domain, "uuid", saved->uuid,
        "was_running", saved->was_running, "hold_ns", hold, "took_ns", (json_int_t)saved->took_ns,
        "domain_xml", saved->xml, "files", files);
}

bool monitor_real_manifest_write(const HvGuestSaved *saved, const char *lpar, GError **error)
{
    g_autofree char *path = manifest_path(saved->folder);
    g_autoptr(GError) problem = NULL;
    json_t *object = saved_json(saved, lpar);
    char *text = json_dumps(object, JSON_INDENT(2));
    bool ok = g_file_set_contents_full(
        path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0644, &problem);

    free(text);
    json_decref(object);
    if (!ok)
        g_set_error(
            error, MONITOR_ERROR, MONITOR_ERROR_REAL_SAVE, "%s\nFree some space, or name another folder",
            problem->message);
    return ok;
}

/* --- Reading -------------------------------------------------------------------------------------------- */

static bool refuse(GError **error, const char *folder, const char *why)
{
    g_set_error(
        error, MONITOR_ERROR, MONITOR_ERROR_REAL_SAVE,
        "Folder \"%s\" holds no save of a real guest: %s\n"
        "Name the folder that GUEST lpar,SAVE was given",
        folder, why);
    return false;
}

static bool is_name(const char *name)
{
    return *name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
           strcmp(name, MONITOR_REAL_MANIFEST) != 0;
}

static bool is_sha256(const char *text)
{
    return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

static bool read_disk(const json_t *object, HvSavedFile *file)
{
    const char *target, *source, *format;

    if (json_unpack(
            (json_t *)(uintptr_t)object, "{s:s, s:s, s:s}", "target", &target, "source", &source, "format",
            &format) != 0)
        return false;
    const char *alias = json_string_value(json_object_get(object, "alias"));

    file->target = (char *)(uintptr_t)target;
    file->source = (char *)(uintptr_t)source;
    file->alias = (char *)(uintptr_t)alias;
    file->qcow2 = strcmp(format, "qcow2") == 0;
    return *target && *source && (file->qcow2 || strcmp(format, "raw") == 0);
}

/* Strings belong to the object; hv_guest_saved_add() copies them. */
static bool read_file(const json_t *object, HvGuestSaved *saved)
{
    HvSavedFile file = {0};
    const char *name, *sha256;
    json_int_t size_bytes, stored_bytes;

    if (json_unpack(
            (json_t *)(uintptr_t)object, "{s:s, s:I, s:I, s:s}", "file", &name, "size_bytes", &size_bytes,
            "stored_bytes", &stored_bytes, "sha256", &sha256) != 0)
        return false;
    if (!is_name(name) || !is_sha256(sha256) || size_bytes < 0 || stored_bytes < 0)
        return false;
    if (strcmp(name, HV_SAVE_MEMORY_FILE) != 0 && !read_disk(object, &file))
        return false;
    file.name = (char *)(uintptr_t)name;
    file.content.size_bytes = (uint64_t)size_bytes;
    file.content.stored_bytes = (uint64_t)stored_bytes;
    g_strlcpy(file.content.sha256, sha256, sizeof(file.content.sha256));
    hv_guest_saved_add(saved, &file);
    return true;
}

static bool read_files(const json_t *object, HvGuestSaved *saved)
{
    const json_t *files = json_object_get(object, "files");
    unsigned memories = 0;

    for (size_t i = 0; i < json_array_size(files); i++) {
        if (!read_file(json_array_get(files, i), saved))
            return false;
        memories += ((const HvSavedFile *)g_ptr_array_index(saved->files, i))->target == NULL;
    }
    return memories == (saved->kind != HV_SAVE_DISKS);
}

static HvGuestSaved *read_object(const json_t *object, const char *folder)
{
    const char *format, *kind_name, *domain, *uuid, *xml;
    int was_running;
    json_int_t took_ns;
    HvSaveKind kind;

    if (json_unpack(
            (json_t *)(uintptr_t)object, "{s:s, s:s, s:s, s:s, s:s, s:b, s:I}", "format", &format, "kind",
            &kind_name, "domain", &domain, "uuid", &uuid, "domain_xml", &xml, "was_running", &was_running,
            "took_ns", &took_ns) != 0 ||
        strcmp(format, MANIFEST_FORMAT) != 0 || !hv_save_kind_parse(kind_name, &kind) || took_ns < 0)
        return NULL;
    g_autoptr(HvGuestSaved) saved = hv_guest_saved_new(folder, kind);
    const json_t *hold = json_object_get(object, "hold_ns");

    saved->domain = g_strdup(domain);
    saved->uuid = g_strdup(uuid);
    saved->xml = g_strdup(xml);
    saved->was_running = was_running;
    saved->took_ns = (HvTime)took_ns;
    saved->hold_ns = json_is_integer(hold) ? (HvTime)json_integer_value(hold) : HV_TIME_NEVER;
    return read_files(object, saved) ? g_steal_pointer(&saved) : NULL;
}

HvGuestSaved *monitor_real_manifest_read(const char *folder, GError **error)
{
    g_autofree char *path = manifest_path(folder);
    g_autofree char *text = NULL;
    gsize length;

    if (!g_file_get_contents(path, &text, &length, NULL)) {
        refuse(error, folder, "it has no " MONITOR_REAL_MANIFEST);
        return NULL;
    }
    json_t *object = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
    HvGuestSaved *saved = object ? read_object(object, folder) : NULL;

    if (!saved)
        refuse(error, folder, "its " MONITOR_REAL_MANIFEST " is damaged, or of another version");
    json_decref(object);
    return saved;
}
