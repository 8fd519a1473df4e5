/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The content of storage in a file: the pages that were ever written, each behind its offset.
 *
 * Cost and length follow what was touched. What is read is checked as a whole, by the SHA-256 of the file, before anybody uses
 * it. Numbers are little-endian.
 */
#include "hv/digest.h"
#include "hv/storage-snapshot.h"
#include "svp/state-private.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define MAGIC        "LPSMEM01"
#define MAGIC_LENGTH 8u

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

static bool write_page(uint64_t offset, const uint8_t *page, void *data)
{
    uint64_t little = GUINT64_TO_LE(offset);

    return write_bytes(data, &little, sizeof little) && write_bytes(data, page, HV_PAGE_SIZE);
}

bool svp_state_write_content(
    const HvStorageSnapshot *content, const char *path, uint64_t *ret_length, char **ret_sha256)
{
    uint64_t size = hv_storage_snapshot_length(content);
    Stream stream = {.file = g_fopen(path, "w")};

    if (!stream.file)
        return false;
    hv_digest_init(&stream.digest);
    bool written = write_bytes(&stream, MAGIC, MAGIC_LENGTH) &&
                   hv_storage_snapshot_foreach(content, 0, size, write_page, &stream) &&
                   fflush(stream.file) == 0 && fsync(fileno(stream.file)) == 0;

    if (fclose(stream.file) != 0 || !written)
        return false;
    *ret_length = stream.length;
    *ret_sha256 = hv_digest_hex(&stream.digest);
    return true;
}

/* False at the end, and where there are fewer: what there was counts for the digest all the same. */
static bool read_bytes(Stream *stream, void *bytes, size_t length)
{
    size_t n = fread(bytes, 1, length, stream->file);

    hv_digest_update(&stream->digest, bytes, n);
    return n == length;
}

/* NULL: all was read; else why not. */
static const char *read_pages(Stream *stream, HvStorageSnapshot *snapshot)
{
    uint8_t page[HV_PAGE_SIZE];
    char magic[MAGIC_LENGTH];
    uint64_t offset;

    if (!read_bytes(stream, magic, sizeof magic) || memcmp(magic, MAGIC, sizeof magic) != 0)
        return "it is no content of storage";
    while (read_bytes(stream, &offset, sizeof offset)) {
        offset = GUINT64_FROM_LE(offset);
        if (offset % HV_PAGE_SIZE != 0 || offset >= hv_storage_snapshot_length(snapshot))
            return "it has a page outside the storage";
        if (!read_bytes(stream, page, sizeof page))
            return "it is cut off";
        hv_storage_snapshot_put(snapshot, offset, page);
    }
    return feof(stream->file) ? NULL : "it cannot be read";
}

HvStorageSnapshot *
svp_state_read_content(uint64_t length, const char *path, const char *sha256, char **ret_why)
{
    g_autoptr(HvStorageSnapshot) content = hv_storage_snapshot_new(length);
    Stream stream = {.file = g_fopen(path, "r")};

    if (!stream.file) {
        *ret_why = g_strdup("it cannot be opened");
        return NULL;
    }
    hv_digest_init(&stream.digest);
    const char *why = read_pages(&stream, content);
    g_autofree char *found = hv_digest_hex(&stream.digest);

    fclose(stream.file);
    if (!why && g_strcmp0(found, sha256) != 0)
        why = "its SHA-256 is not the one in the manifest";
    if (!why)
        return g_steal_pointer(&content);
    *ret_why = g_strdup(why);
    return NULL;
}
