/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The content of one storage in checkpoints: files of pages, in layers.
 *
 * A checkpoint writes the pages that have changed since the one before, as a layer of its own; the layers of that one it has too, by hard links.
 * What is read from the bottom up, later layers over earlier ones, is the content. So the cost follows what has changed, and removing a
 * folder takes away just the layers that no other one has.
 *
 * A layer that is not at least twice as long as what comes upon it is not kept: its pages are written again with the new ones. So there are
 * few layers, together not longer than twice the lowest, and each page is written again a few times in its life only. Where a file system
 * has no hard links, each checkpoint has one layer.
 *
 * What is known of the checkpoint that counts: its layers with the offsets of their pages, and a snapshot of the content, which shares its
 * pages with the storage. So nothing is read to find what has changed.
 *
 * A file: LPSMEM01, then pages, each behind its offset. Bit 0 of an offset: the page reads as zeros, and no bytes follow. Numbers are
 * little-endian. It is checked as a whole, by its SHA-256, before anybody uses it.
 */
#include "svp/state-content.h"

#include "hv/digest.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define MAGIC         "LPSMEM01"
#define MAGIC_LENGTH  8u
#define ZEROS         UINT64_C(1)
#define BUFFER_LENGTH ((size_t)1 << 20)

typedef struct {
    char *name; /* of its file */
    char *sha256;
    uint64_t length;
    GArray *offsets; /* uint64_t, ascending */
} Layer;

struct SvpStateContent {
    HvStorageSnapshot *snapshot;
    GPtrArray *layers; /* of Layer *, boxed, from the bottom up */
};

static const uint8_t zeros[HV_PAGE_SIZE];

static void layer_clear(void *data)
{
    Layer *layer = data;

    g_free(layer->name);
    g_free(layer->sha256);
    g_array_unref(layer->offsets);
}

static void layer_release(void *data)
{
    g_rc_box_release_full(data, layer_clear);
}

static Layer *layer_new(const char *name)
{
    Layer *layer = g_rc_box_new0(Layer);

    layer->name = g_strdup(name);
    layer->offsets = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    return layer;
}

static SvpStateContent *content_new(HvStorageSnapshot *snapshot)
{
    SvpStateContent *content = g_new0(SvpStateContent, 1);

    content->snapshot = hv_storage_snapshot_ref(snapshot);
    content->layers = g_ptr_array_new_with_free_func(layer_release);
    return content;
}

void svp_state_content_free(SvpStateContent *content)
{
    if (!content)
        return;
    g_ptr_array_unref(content->layers);
    hv_storage_snapshot_unref(content->snapshot);
    g_free(content);
}

const HvStorageSnapshot *svp_state_content_snapshot(const SvpStateContent *content)
{
    return content->snapshot;
}

void svp_state_content_foreach(
    const SvpStateContent *content,
    void (*visit)(const char *name, uint64_t length, const char *sha256, void *data), void *data)
{
    for (unsigned i = 0; i < content->layers->len; i++) {
        const Layer *layer = g_ptr_array_index(content->layers, i);

        visit(layer->name, layer->length, layer->sha256, data);
    }
}

/* --- Which pages ---------------------------------------------------------------------------------------- */

static bool add_offset(uint64_t offset, const uint8_t *page, void *data)
{
    (void)page;
    g_array_append_val((GArray *)data, offset);
    return true;
}

static GArray *changed_offsets(const HvStorageSnapshot *now, const HvStorageSnapshot *before)
{
    GArray *offsets = g_array_new(FALSE, FALSE, sizeof(uint64_t));

    hv_storage_snapshot_foreach_changed(now, before, 0, hv_storage_snapshot_length(now), add_offset, offsets);
    return offsets;
}

/* Both ascending; those that are in either, once. */
static GArray *either_offsets(const GArray *a, const GArray *b)
{
    GArray *either = g_array_sized_new(FALSE, FALSE, sizeof(uint64_t), a->len + b->len);
    unsigned i = 0, j = 0;

    while (i < a->len || j < b->len) {
        uint64_t of_a = i < a->len ? g_array_index(a, uint64_t, i) : UINT64_MAX;
        uint64_t of_b = j < b->len ? g_array_index(b, uint64_t, j) : UINT64_MAX;
        uint64_t least = MIN(of_a, of_b);

        g_array_append_val(either, least);
        i += of_a == least;
        j += of_b == least;
    }
    return either;
}

/* How many layers are kept; *offsets gets the pages of those that are not. */
static unsigned count_kept(const GPtrArray *layers, GArray **offsets)
{
    unsigned n_kept = layers->len;

    for (; n_kept > 0; n_kept--) {
        const Layer *top = g_ptr_array_index(layers, n_kept - 1);

        if (top->offsets->len >= 2 * (*offsets)->len)
            break;
        GArray *more = either_offsets(*offsets, top->offsets);

        g_array_unref(*offsets);
        *offsets = more;
    }
    return n_kept;
}

/* --- Writing -------------------------------------------------------------------------------------------- */

typedef struct {
    FILE *file;
    HvDigest digest;
    uint64_t length;
} Stream;

static bool write_bytes(Stream *stream, const void *bytes, size_t length)
{
    hv_digest_update(&stream->digest, bytes, length);
    stream->length += length;
    return fwrite(bytes, 1, length, stream->file) == length;
}

static bool take_page(uint64_t offset, const uint8_t *page, void *data)
{
    (void)offset;
    *(const uint8_t **)data = page;
    return true;
}

static bool write_page(Stream *stream, const HvStorageSnapshot *now, uint64_t offset)
{
    const uint8_t *page = NULL;

    hv_storage_snapshot_foreach(now, offset, HV_PAGE_SIZE, take_page, &page);
    bool is_zero = !page || memcmp(page, zeros, HV_PAGE_SIZE) == 0;
    uint64_t little = GUINT64_TO_LE(is_zero ? offset | ZEROS : offset);

    return write_bytes(stream, &little, sizeof little) &&
           (is_zero || write_bytes(stream, page, HV_PAGE_SIZE));
}

static bool write_pages(Stream *stream, const HvStorageSnapshot *now, const GArray *offsets)
{
    bool written = write_bytes(stream, MAGIC, MAGIC_LENGTH);

    for (unsigned i = 0; written && i < offsets->len; i++)
        written = write_page(stream, now, g_array_index(offsets, uint64_t, i));
    return written && fflush(stream->file) == 0 && fsync(fileno(stream->file)) == 0;
}

/* NULL: errno says why. */
static Layer *write_layer(const HvStorageSnapshot *now, GArray *offsets, const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL), *buffer = g_malloc(BUFFER_LENGTH);
    Stream stream = {.file = g_fopen(path, "w")};

    if (!stream.file)
        return NULL;
    setvbuf(stream.file, buffer, _IOFBF, BUFFER_LENGTH);
    hv_digest_init(&stream.digest);
    bool written = write_pages(&stream, now, offsets);

    if (fclose(stream.file) != 0 || !written)
        return NULL;
    Layer *layer = layer_new(name);

    g_array_unref(layer->offsets);
    layer->offsets = g_array_ref(offsets);
    layer->length = stream.length;
    layer->sha256 = hv_digest_hex(&stream.digest);
    return layer;
}

static bool link_layer(const Layer *layer, const char *from, const char *to)
{
    g_autofree char *old = g_build_filename(from, layer->name, NULL);
    g_autofree char *new = g_build_filename(to, layer->name, NULL);

    return link(old, new) == 0;
}

static void unlink_layers(const SvpStateContent *content, const char *folder)
{
    for (unsigned i = 0; i < content->layers->len; i++) {
        g_autofree char *path =
            g_build_filename(folder, ((const Layer *)g_ptr_array_index(content->layers, i))->name, NULL);

        g_unlink(path);
    }
    g_ptr_array_set_size(content->layers, 0);
}

/* The lowest layers of `before` are those of `content`, too. False: there are no hard links here. */
static bool link_layers(
    SvpStateContent *content, const SvpStateContent *before, unsigned n, const char *from, const char *to)
{
    for (unsigned i = 0; i < n; i++) {
        Layer *layer = g_ptr_array_index(before->layers, i);

        if (!link_layer(layer, from, to)) {
            unlink_layers(content, to);
            return false;
        }
        g_ptr_array_add(content->layers, g_rc_box_acquire(layer));
    }
    return true;
}

SvpStateContent *svp_state_content_write(
    HvStorageSnapshot *now, const SvpStateContent *before, const char *from, const char *to, const char *name)
{
    g_autoptr(SvpStateContent) content = content_new(now);
    g_autoptr(GArray) offsets = changed_offsets(now, before ? before->snapshot : NULL);
    unsigned n_kept = before ? count_kept(before->layers, &offsets) : 0;

    if (!link_layers(content, before, n_kept, from, to)) {
        g_array_unref(offsets);
        offsets = changed_offsets(now, /* before= */ NULL);
    }
    if (offsets->len == 0)
        return g_steal_pointer(&content);
    Layer *layer = write_layer(now, offsets, to, name);

    if (!layer)
        return NULL;
    g_ptr_array_add(content->layers, layer);
    return g_steal_pointer(&content);
}

/* --- Reading -------------------------------------------------------------------------------------------- */

/* False at the end, and where there are fewer: what there was counts for the digest all the same. */
static bool read_bytes(Stream *stream, void *bytes, size_t length)
{
    size_t n = fread(bytes, 1, length, stream->file);

    hv_digest_update(&stream->digest, bytes, n);
    return n == length;
}

/* NULL: all was read; else why not. */
static const char *read_pages(Stream *stream, HvStorageSnapshot *snapshot, GArray *offsets)
{
    uint8_t page[HV_PAGE_SIZE];
    char magic[MAGIC_LENGTH];
    uint64_t little;

    if (!read_bytes(stream, magic, sizeof magic) || memcmp(magic, MAGIC, sizeof magic) != 0)
        return "it is no content of storage";
    while (read_bytes(stream, &little, sizeof little)) {
        bool is_zero = GUINT64_FROM_LE(little) & ZEROS;
        uint64_t offset = GUINT64_FROM_LE(little) & ~ZEROS;

        if (offset % HV_PAGE_SIZE != 0 || offset >= hv_storage_snapshot_length(snapshot) ||
            (offsets->len > 0 && offset <= g_array_index(offsets, uint64_t, offsets->len - 1)))
            return "it has a page outside the storage, or one twice";
        if (!is_zero && !read_bytes(stream, page, sizeof page))
            return "it is cut off";
        hv_storage_snapshot_put(snapshot, offset, is_zero ? zeros : page);
        g_array_append_val(offsets, offset);
    }
    return feof(stream->file) ? NULL : "it cannot be read";
}

const char *svp_state_content_read(
    SvpStateContent *content, const char *folder, const char *name, uint64_t length, const char *sha256)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    Stream stream = {.file = g_fopen(path, "r")};

    if (!stream.file)
        return "it cannot be opened";
    Layer *layer = layer_new(name);

    g_ptr_array_add(content->layers, layer);
    hv_digest_init(&stream.digest);
    const char *why = read_pages(&stream, content->snapshot, layer->offsets);

    layer->length = length;
    layer->sha256 = hv_digest_hex(&stream.digest);
    fclose(stream.file);
    if (!why && g_strcmp0(layer->sha256, sha256) != 0)
        why = "its SHA-256 is not the one in the manifest";
    return why;
}

SvpStateContent *svp_state_content_new(uint64_t length)
{
    g_autoptr(HvStorageSnapshot) empty = hv_storage_snapshot_new(length);

    return content_new(empty);
}
