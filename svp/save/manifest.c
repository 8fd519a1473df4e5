/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Manifests, as JSON.
 *
 * A manifest is complete by itself as far as layers go: whoever reads it knows which earlier saves are needed, and what of them. The
 * digests of objects in earlier saves are in the manifests of those. A segment is an array of numbers, since there are thousands:
 * [number, pages in layers above the first, sequence number of each layer...].
 */
#include "svp/save/manifest.h"

#include "svp/error.h"

#include <jansson.h>
#include <string.h>

#define FORMAT 1

/* More than any machine has; storage has a table that grows with its length. */
#define CONTENT_BYTES_MAX ((uint64_t)1 << 50)

static const char *const kind_names[RESMGR_STORAGE_KINDS] = {[RESMGR_MS] = "ms", [RESMGR_ES] = "es"};

static void free_object(gpointer data)
{
    SvpManifestObject *object = data;

    g_free(object->name);
    g_free(object->sha256);
    g_free(object);
}

static void free_lpar(gpointer data)
{
    SvpManifestLpar *lpar = data;

    for (unsigned kind = 0; kind < RESMGR_STORAGE_KINDS; kind++)
        g_array_unref(lpar->content[kind].segments);
    g_free(lpar->name);
    g_free(lpar);
}

SvpManifest *svp_manifest_new(void)
{
    SvpManifest *manifest = g_rc_box_new0(SvpManifest);

    manifest->objects = g_ptr_array_new_with_free_func(free_object);
    manifest->by_name = g_hash_table_new(g_str_hash, g_str_equal);
    manifest->lpars = g_ptr_array_new_with_free_func(free_lpar);
    return manifest;
}

static void clear(gpointer data)
{
    SvpManifest *manifest = data;

    g_hash_table_unref(manifest->by_name);
    g_ptr_array_unref(manifest->objects);
    g_ptr_array_unref(manifest->lpars);
    g_free(manifest->set);
    g_free(manifest->kind);
    g_free(manifest->name);
    g_free(manifest->machine);
    g_free(manifest->clock);
    g_free(manifest->saved);
}

SvpManifest *svp_manifest_ref(SvpManifest *manifest)
{
    return g_rc_box_acquire(manifest);
}

void svp_manifest_unref(SvpManifest *manifest)
{
    if (manifest)
        g_rc_box_release_full(manifest, clear);
}

void svp_manifest_add_object(SvpManifest *manifest, const char *name, uint64_t bytes, const char *sha256)
{
    SvpManifestObject *object = g_new0(SvpManifestObject, 1);

    object->name = g_strdup(name);
    object->bytes = bytes;
    object->sha256 = g_strdup(sha256);
    g_ptr_array_add(manifest->objects, object);
    g_hash_table_insert(manifest->by_name, object->name, object);
}

const SvpManifestObject *svp_manifest_object(const SvpManifest *manifest, const char *name)
{
    return g_hash_table_lookup(manifest->by_name, name);
}

SvpManifestLpar *svp_manifest_add_lpar(SvpManifest *manifest, const char *name, unsigned number)
{
    SvpManifestLpar *lpar = g_new0(SvpManifestLpar, 1);

    lpar->name = g_strdup(name);
    lpar->number = number;
    for (unsigned kind = 0; kind < RESMGR_STORAGE_KINDS; kind++)
        lpar->content[kind].segments = g_array_new(FALSE, FALSE, sizeof(SvpManifestSegment));
    g_ptr_array_add(manifest->lpars, lpar);
    return lpar;
}

const SvpManifestLpar *svp_manifest_lpar(const SvpManifest *manifest, const char *name)
{
    for (unsigned i = 0; i < manifest->lpars->len; i++) {
        const SvpManifestLpar *lpar = g_ptr_array_index(manifest->lpars, i);

        if (g_str_equal(lpar->name, name))
            return lpar;
    }
    return NULL;
}

const SvpManifestSegment *svp_manifest_segment(const SvpManifestContent *content, uint32_t number)
{
    guint low = 0, high = content->segments->len;

    while (low < high) {
        guint middle = low + (high - low) / 2;
        const SvpManifestSegment *segment = &g_array_index(content->segments, SvpManifestSegment, middle);

        if (segment->number == number)
            return segment;
        if (segment->number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

char *svp_manifest_state_name(const char *lpar)
{
    return g_strdup_printf("%s/state", lpar);
}

char *svp_manifest_segment_name(const char *lpar, ResmgrStorageKind kind, uint32_t number)
{
    return g_strdup_printf("%s/%s/%08x", lpar, kind_names[kind], number);
}

/* --- Writing -------------------------------------------------------------------------------------------- */

static json_t *format_content(const SvpManifestContent *content)
{
    json_t *segments = json_array();

    if (!content->there) {
        json_decref(segments);
        return json_null();
    }
    for (unsigned i = 0; i < content->segments->len; i++) {
        const SvpManifestSegment *segment = &g_array_index(content->segments, SvpManifestSegment, i);
        json_t *row = json_pack("[i, i]", (int)segment->number, (int)segment->layered_pages);

        for (unsigned layer = 0; layer < segment->n_layers; layer++)
            json_array_append_new(row, json_integer(segment->layers[layer]));
        json_array_append_new(segments, row);
    }
    return json_pack("{s:I, s:o}", "bytes", (json_int_t)content->length_bytes, "segments", segments);
}

static json_t *format_lpars(const SvpManifest *manifest)
{
    json_t *lpars = json_array();

    for (unsigned i = 0; i < manifest->lpars->len; i++) {
        const SvpManifestLpar *lpar = g_ptr_array_index(manifest->lpars, i);
        json_t *json = json_pack("{s:s, s:i}", "name", lpar->name, "number", (int)lpar->number);

        for (unsigned kind = 0; kind < RESMGR_STORAGE_KINDS; kind++)
            json_object_set_new(json, kind_names[kind], format_content(&lpar->content[kind]));
        json_array_append_new(lpars, json);
    }
    return lpars;
}

char *svp_manifest_format(const SvpManifest *manifest)
{
    json_t *objects = json_array();

    for (unsigned i = 0; i < manifest->objects->len; i++) {
        const SvpManifestObject *object = g_ptr_array_index(manifest->objects, i);

        json_array_append_new(
            objects, json_pack(
                         "{s:s, s:I, s:s}", "name", object->name, "bytes", (json_int_t)object->bytes,
                         "sha256", object->sha256));
    }
    json_t *json = json_pack(
        "{s:i, s:s, s:i, s:s, s:s, s:s, s:s, s:I, s:s, s:o, s:o}", "format", FORMAT, "set", manifest->set,
        "sequence", (int)manifest->sequence, "kind", manifest->kind, "name", manifest->name, "machine",
        manifest->machine, "clock", manifest->clock, "at_ns", (json_int_t)manifest->at_ns, "saved",
        manifest->saved, "lpars", format_lpars(manifest), "objects", objects);

    g_assert(json);
    char *text = json_dumps(json, JSON_COMPACT);
    char *copy = g_strconcat(text, "\n", NULL);

    free(text);
    json_decref(json);
    return copy;
}

/* --- Reading -------------------------------------------------------------------------------------------- */

static bool parse_segment(const json_t *row, unsigned sequence, SvpManifestSegment *ret)
{
    size_t n = json_array_size(row);

    if (n < 3 || n > 2 + SVP_MANIFEST_LAYERS)
        return false;
    ret->number = (uint32_t)json_integer_value(json_array_get(row, 0));
    ret->layered_pages = (uint32_t)json_integer_value(json_array_get(row, 1));
    ret->n_layers = (unsigned)n - 2;
    for (unsigned i = 0; i < ret->n_layers; i++) {
        json_int_t layer = json_integer_value(json_array_get(row, i + 2));

        if (layer < 1 || layer > sequence || (i > 0 && layer <= ret->layers[i - 1]))
            return false;
        ret->layers[i] = (unsigned)layer;
    }
    return true;
}

static bool parse_content(const json_t *json, unsigned sequence, SvpManifestContent *content)
{
    const json_t *segments = json_object_get(json, "segments");
    uint32_t next = 0;

    if (json_is_null(json))
        return true;
    content->there = true;
    content->length_bytes = (uint64_t)json_integer_value(json_object_get(json, "bytes"));
    if (content->length_bytes == 0 || content->length_bytes > CONTENT_BYTES_MAX ||
        content->length_bytes % HV_PAGE_SIZE != 0 || !json_is_array(segments))
        return false;
    for (size_t i = 0; i < json_array_size(segments); i++) {
        SvpManifestSegment segment = {0};

        if (!parse_segment(json_array_get(segments, i), sequence, &segment) || segment.number < next ||
            segment.number > (content->length_bytes - 1) / HV_MIB)
            return false;
        next = segment.number + 1;
        g_array_append_val(content->segments, segment);
    }
    return true;
}

static bool parse_lpars(SvpManifest *manifest, const json_t *lpars)
{
    for (size_t i = 0; i < json_array_size(lpars); i++) {
        const json_t *json = json_array_get(lpars, i);
        const char *name = json_string_value(json_object_get(json, "name"));
        json_int_t number = json_integer_value(json_object_get(json, "number"));

        if (!name)
            return false;
        SvpManifestLpar *lpar = svp_manifest_add_lpar(manifest, name, (unsigned)number);

        for (unsigned kind = 0; kind < RESMGR_STORAGE_KINDS; kind++)
            if (!parse_content(
                    json_object_get(json, kind_names[kind]), manifest->sequence, &lpar->content[kind]))
                return false;
    }
    return true;
}

static bool parse_objects(SvpManifest *manifest, const json_t *objects)
{
    for (size_t i = 0; i < json_array_size(objects); i++) {
        const json_t *json = json_array_get(objects, i);
        const char *name = json_string_value(json_object_get(json, "name"));
        const char *sha256 = json_string_value(json_object_get(json, "sha256"));
        json_int_t bytes = json_integer_value(json_object_get(json, "bytes"));

        if (!name || !sha256 || bytes < 0 || svp_manifest_object(manifest, name))
            return false;
        svp_manifest_add_object(manifest, name, (uint64_t)bytes, sha256);
    }
    return true;
}

static bool parse(SvpManifest *manifest, json_t *json)
{
    const char *set, *kind, *name, *machine, *clock, *saved;
    json_t *lpars, *objects;
    int format, sequence;
    json_int_t at;

    if (json_unpack(
            json, "{s:i, s:s, s:i, s:s, s:s, s:s, s:s, s:I, s:s, s:o, s:o}", "format", &format, "set", &set,
            "sequence", &sequence, "kind", &kind, "name", &name, "machine", &machine, "clock", &clock,
            "at_ns", &at, "saved", &saved, "lpars", &lpars, "objects", &objects) != 0 ||
        format != FORMAT || sequence < 1)
        return false;
    manifest->set = g_strdup(set);
    manifest->sequence = (unsigned)sequence;
    manifest->kind = g_strdup(kind);
    manifest->name = g_strdup(name);
    manifest->machine = g_strdup(machine);
    manifest->clock = g_strdup(clock);
    manifest->saved = g_strdup(saved);
    manifest->at_ns = (uint64_t)at;
    return parse_lpars(manifest, lpars) && parse_objects(manifest, objects);
}

SvpManifest *svp_manifest_parse(const char *text, size_t length, GError **error)
{
    json_t *json = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
    g_autoptr(SvpManifest) manifest = svp_manifest_new();
    bool understood = json && parse(manifest, json);

    json_decref(json);
    if (understood)
        return g_steal_pointer(&manifest);
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_TAPE_DAMAGED,
        "The manifest of the archive is damaged, or of a newer version\nUse another copy of the volume, or "
        "another save");
    return NULL;
}
