/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Labels of volumes, as JSON.
 *
 * A label is small and is rewritten whole. It carries the SHA-256 of itself (of the text without that field), because all else that is
 * on the volume is checked against it: a label with one bit that has changed must not be believed.
 */
#include "svp/save/label.h"

#include "hv/digest.h"
#include "svp/error.h"

#include <jansson.h>
#include <string.h>

#define FORMAT 1

char *svp_label_wall_clock(void)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();

    return g_date_time_format(now, "%Y-%m-%dT%H:%M:%SZ");
}

void svp_save_record_free(SvpSaveRecord *record)
{
    if (!record)
        return;
    g_free(record->name);
    g_free(record->kind);
    g_strfreev(record->lpars);
    g_free(record->clock);
    g_free(record->saved);
    g_array_unref(record->needs);
    g_free(record->manifest_sha256);
    g_free(record->file);
    g_free(record->file_sha256);
    g_free(record);
}

SvpSaveRecord *svp_save_record_copy(const SvpSaveRecord *record)
{
    SvpSaveRecord *copy = g_memdup2(record, sizeof *record);

    copy->name = g_strdup(record->name);
    copy->kind = g_strdup(record->kind);
    copy->lpars = g_strdupv(record->lpars);
    copy->clock = g_strdup(record->clock);
    copy->saved = g_strdup(record->saved);
    copy->needs = g_array_copy(record->needs);
    copy->manifest_sha256 = g_strdup(record->manifest_sha256);
    copy->file = g_strdup(record->file);
    copy->file_sha256 = g_strdup(record->file_sha256);
    return copy;
}

static void free_record(gpointer data)
{
    svp_save_record_free(data);
}

static SvpLabel *label_new(void)
{
    SvpLabel *label = g_new0(SvpLabel, 1);

    label->saves = g_ptr_array_new_with_free_func(free_record);
    return label;
}

SvpLabel *svp_label_new(const char *volume, uint64_t size_bytes)
{
    SvpLabel *label = label_new();

    label->volume = g_strdup(volume);
    label->set = g_uuid_string_random();
    label->index = 1;
    label->size_bytes = size_bytes;
    label->initialized = svp_label_wall_clock();
    return label;
}

void svp_label_free(SvpLabel *label)
{
    if (!label)
        return;
    g_free(label->volume);
    g_free(label->set);
    g_free(label->next_volume);
    g_free(label->initialized);
    g_ptr_array_unref(label->saves);
    g_free(label);
}

SvpLabel *svp_label_copy(const SvpLabel *label)
{
    SvpLabel *copy = label_new();

    copy->volume = g_strdup(label->volume);
    copy->set = g_strdup(label->set);
    copy->index = label->index;
    copy->next_volume = g_strdup(label->next_volume);
    copy->size_bytes = label->size_bytes;
    copy->initialized = g_strdup(label->initialized);
    for (unsigned i = 0; i < label->saves->len; i++)
        g_ptr_array_add(copy->saves, svp_save_record_copy(g_ptr_array_index(label->saves, i)));
    return copy;
}

SvpSaveRecord *svp_label_find(const SvpLabel *label, unsigned sequence)
{
    for (unsigned i = 0; i < label->saves->len; i++) {
        SvpSaveRecord *record = g_ptr_array_index(label->saves, i);

        if (record->sequence == sequence)
            return record;
    }
    return NULL;
}

void svp_label_drop(SvpLabel *label, unsigned sequence)
{
    for (unsigned i = label->saves->len; i-- > 0;)
        if (((SvpSaveRecord *)g_ptr_array_index(label->saves, i))->sequence == sequence)
            g_ptr_array_remove_index(label->saves, i);
}

uint64_t svp_label_used_bytes(const SvpLabel *label)
{
    uint64_t used = 0;

    for (unsigned i = 0; i < label->saves->len; i++)
        used += ((SvpSaveRecord *)g_ptr_array_index(label->saves, i))->file_bytes;
    return used;
}

/* --- Writing -------------------------------------------------------------------------------------------- */

static json_t *format_record(const SvpSaveRecord *record)
{
    json_t *lpars = json_array(), *needs = json_array();

    for (unsigned i = 0; record->lpars[i]; i++)
        json_array_append_new(lpars, json_string(record->lpars[i]));
    for (unsigned i = 0; i < record->needs->len; i++)
        json_array_append_new(needs, json_integer(g_array_index(record->needs, unsigned, i)));
    json_t *json = json_pack(
        "{s:i, s:s, s:s, s:o, s:I, s:s, s:s, s:I, s:I, s:I, s:I, s:o, s:s, s:i, s:i, s:s, s:I, s:s}",
        "sequence", (int)record->sequence, "name", record->name, "kind", record->kind, "lpars", lpars,
        "at_ns", (json_int_t)record->at_ns, "clock", record->clock, "saved", record->saved, "objects",
        (json_int_t)record->objects, "shared", (json_int_t)record->shared, "content_bytes",
        (json_int_t)record->content_bytes, "object_bytes", (json_int_t)record->object_bytes, "needs", needs,
        "manifest_sha256", record->manifest_sha256, "part", (int)record->part, "parts", (int)record->parts,
        "file", record->file, "file_bytes", (json_int_t)record->file_bytes, "file_sha256",
        record->file_sha256);

    g_assert(json);
    if (record->dropped)
        json_object_set_new(json, "dropped", json_true());
    return json;
}

static char *digest_of(const json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT);
    char *hex = hv_digest_of(text, strlen(text));

    free(text);
    return hex;
}

char *svp_label_format(const SvpLabel *label)
{
    json_t *saves = json_array();

    for (unsigned i = 0; i < label->saves->len; i++)
        json_array_append_new(saves, format_record(g_ptr_array_index(label->saves, i)));
    json_t *json = json_pack(
        "{s:i, s:s, s:s, s:i, s:s*, s:I, s:s, s:o}", "format", FORMAT, "volume", label->volume, "set",
        label->set, "index", (int)label->index, "next_volume", label->next_volume, "size_bytes",
        (json_int_t)label->size_bytes, "initialized", label->initialized, "saves", saves);

    g_assert(json);
    g_autofree char *sha256 = digest_of(json);

    json_object_set_new(json, "sha256", json_string(sha256));
    char *text = json_dumps(json, JSON_INDENT(1));
    char *copy = g_strconcat(text, "\n", NULL);

    free(text);
    json_decref(json);
    return copy;
}

/* --- Reading -------------------------------------------------------------------------------------------- */

static bool is_sha256(const char *text)
{
    return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

static char **parse_names(const json_t *array)
{
    GStrvBuilder *names = g_strv_builder_new();

    for (size_t i = 0; i < json_array_size(array); i++) {
        const char *name = json_string_value(json_array_get(array, i));

        g_strv_builder_add(names, name ? name : "");
    }
    char **list = g_strv_builder_end(names);

    g_strv_builder_unref(names);
    return list;
}

static SvpSaveRecord *parse_record(json_t *json)
{
    const char *name, *kind, *clock, *saved, *manifest, *file, *file_sha256;
    json_int_t at, objects, shared, content, object_bytes, file_bytes;
    int sequence, part, parts;
    json_t *lpars, *needs;

    if (json_unpack(
            json,
            "{s:i, s:s, s:s, s:o, s:I, s:s, s:s, s:I, s:I, s:I, s:I, s:o, s:s, s:i, s:i, s:s, s:I, s:s}",
            "sequence", &sequence, "name", &name, "kind", &kind, "lpars", &lpars, "at_ns", &at, "clock",
            &clock, "saved", &saved, "objects", &objects, "shared", &shared, "content_bytes", &content,
            "object_bytes", &object_bytes, "needs", &needs, "manifest_sha256", &manifest, "part", &part,
            "parts", &parts, "file", &file, "file_bytes", &file_bytes, "file_sha256", &file_sha256) != 0)
        return NULL;
    if (sequence < 1 || part < 1 || parts < part || file_bytes < 0 || strchr(file, '/') || *file == '.' ||
        !is_sha256(manifest) || !is_sha256(file_sha256))
        return NULL;
    SvpSaveRecord *record = g_new0(SvpSaveRecord, 1);

    *record = (SvpSaveRecord){
        .sequence = (unsigned)sequence,
        .name = g_strdup(name),
        .kind = g_strdup(kind),
        .lpars = parse_names(lpars),
        .at_ns = (HvTime)at,
        .clock = g_strdup(clock),
        .saved = g_strdup(saved),
        .objects = (uint64_t)objects,
        .shared = (uint64_t)shared,
        .content_bytes = (uint64_t)content,
        .object_bytes = (uint64_t)object_bytes,
        .needs = g_array_new(FALSE, FALSE, sizeof(unsigned)),
        .dropped = json_is_true(json_object_get(json, "dropped")),
        .manifest_sha256 = g_strdup(manifest),
        .part = (unsigned)part,
        .parts = (unsigned)parts,
        .file = g_strdup(file),
        .file_bytes = (uint64_t)file_bytes,
        .file_sha256 = g_strdup(file_sha256)};
    for (size_t i = 0; i < json_array_size(needs); i++) {
        unsigned need = (unsigned)json_integer_value(json_array_get(needs, i));

        g_array_append_val(record->needs, need);
    }
    return record;
}

/* The text of the label says what the text was when it was written. */
static bool is_itself(json_t *json)
{
    g_autofree char *said = g_strdup(json_string_value(json_object_get(json, "sha256")));

    json_object_del(json, "sha256");
    g_autofree char *sha256 = digest_of(json);

    return said && g_str_equal(said, sha256);
}

static SvpLabel *parse(json_t *json)
{
    const char *volume, *set, *next = NULL, *initialized;
    json_int_t size;
    json_t *saves;
    int index, format;

    if (!is_itself(json) ||
        json_unpack(
            json, "{s:i, s:s, s:s, s:i, s?:s, s:I, s:s, s:o}", "format", &format, "volume", &volume, "set",
            &set, "index", &index, "next_volume", &next, "size_bytes", &size, "initialized", &initialized,
            "saves", &saves) != 0 ||
        format != FORMAT || index < 1)
        return NULL;
    g_autoptr(SvpLabel) label = label_new();

    label->volume = g_strdup(volume);
    label->set = g_strdup(set);
    label->index = (unsigned)index;
    label->next_volume = g_strdup(next);
    label->size_bytes = (uint64_t)size;
    label->initialized = g_strdup(initialized);
    for (size_t i = 0; i < json_array_size(saves); i++) {
        SvpSaveRecord *record = parse_record(json_array_get(saves, i));

        if (!record)
            return NULL;
        g_ptr_array_add(label->saves, record);
    }
    return g_steal_pointer(&label);
}

SvpLabel *svp_label_parse(const char *path, const char *text, size_t length, GError **error)
{
    json_t *json = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
    SvpLabel *label = json ? parse(json) : NULL;

    json_decref(json);
    if (!label)
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_TAPE_DAMAGED,
            "The label of the volume '%s' (VOLUME.json) is damaged, or of a newer version\n"
            "Use another copy of the volume, or INZTAP with CHECK(*NO) to use it anew",
            path);
    return label;
}
