/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading an archive from a set of volumes.
 *
 * The parts follow each other as one stream. Each is compared with the length and the SHA-256 that the label has for it, so no bit of a
 * volume can change unseen, be it of an object or of what holds them together. Another thread computes the digest, while what has been
 * read is already unpacked; it has caught up before a part ends.
 */
#include "hv/digest.h"
#include "svp/error.h"
#include "svp/save/bounded-pool.h"
#include "svp/save/tape-stream.h"

#include <errno.h>
#include <unistd.h>

#define PIECE_BYTES ((size_t)256 << 10)
#define PIECES_MAX  16u

typedef struct {
    size_t length;
    uint8_t bytes[PIECE_BYTES];
} Piece;

struct SvpTapeReader {
    SvpVolumeSet *set;
    unsigned sequence, part, parts; /* the part that is open */
    int fd;
    uint64_t left_bytes; /* of the part */
    HvDigest digest;     /* of the part; the thread's, while pieces are under way */
    SvpBoundedPool *digester;
    Piece *pieces; /* [PIECES_MAX], used in turn */
    unsigned next_piece;
};

static void digest_piece(gpointer piece_data, gpointer reader_data)
{
    const Piece *piece = piece_data;
    SvpTapeReader *reader = reader_data;

    hv_digest_update(&reader->digest, piece->bytes, piece->length);
}

static bool open_part(SvpTapeReader *reader, GError **error)
{
    const SvpSaveRecord *record;
    SvpVolume *volume = svp_volume_set_part(reader->set, reader->sequence, reader->part, &record);

    if (!volume) {
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_TAPE_VOLUME,
            "Part %u of %u of save %u is on no volume that is mounted\nMount all volumes of the set",
            reader->part, reader->parts, reader->sequence);
        return false;
    }
    reader->fd = svp_volume_open_file(volume, record->file, record->file_bytes, error);
    reader->left_bytes = record->file_bytes;
    hv_digest_init(&reader->digest);
    return reader->fd >= 0;
}

SvpTapeReader *svp_tape_reader_new(SvpVolumeSet *set, unsigned sequence, GError **error)
{
    const SvpSaveRecord *record = svp_volume_set_find(set, sequence, error);

    if (!record)
        return NULL;
    g_autoptr(SvpTapeReader) reader = g_new0(SvpTapeReader, 1);

    reader->set = set;
    reader->sequence = sequence;
    reader->part = 1;
    reader->parts = record->parts;
    reader->digester = svp_bounded_pool_new(digest_piece, reader, /* threads= */ 1, PIECES_MAX - 1);
    reader->pieces = g_new(Piece, PIECES_MAX);
    return open_part(reader, error) ? g_steal_pointer(&reader) : NULL;
}

void svp_tape_reader_free(SvpTapeReader *reader)
{
    if (!reader)
        return;
    svp_bounded_pool_free(reader->digester);
    g_free(reader->pieces);
    if (reader->fd >= 0)
        close(reader->fd);
    g_free(reader);
}

static bool end_part(SvpTapeReader *reader, GError **error)
{
    const SvpSaveRecord *record;
    SvpVolume *volume = svp_volume_set_part(reader->set, reader->sequence, reader->part, &record);

    svp_bounded_pool_wait(reader->digester);
    g_autofree char *hex = hv_digest_hex(&reader->digest);

    close(reader->fd);
    reader->fd = -1;
    if (g_str_equal(hex, record->file_sha256))
        return true;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_TAPE_DAMAGED,
        "'%s' on the volume '%s' is not what was written: its SHA-256 differs\n"
        "Use another copy of the volume, or another save",
        record->file, svp_volume_path(volume));
    return false;
}

/* The part that has bytes left; false at the end of the last one, with *error unset. */
static bool turn_to_part(SvpTapeReader *reader, GError **error)
{
    while (reader->left_bytes == 0) {
        if (reader->fd >= 0 && !end_part(reader, error))
            return false;
        if (reader->part == reader->parts)
            return false;
        reader->part++;
        if (!open_part(reader, error))
            return false;
    }
    return true;
}

/* The next bytes of the part. One piece is the caller's, at most all others the thread's: so the one that is next is nobody's. */
static const Piece *read_piece(SvpTapeReader *reader, GError **error)
{
    Piece *piece = &reader->pieces[reader->next_piece];
    ssize_t n;

    do
        n = read(reader->fd, piece->bytes, (size_t)MIN(PIECE_BYTES, reader->left_bytes));
    while (n < 0 && errno == EINTR);
    if (n <= 0) {
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_TAPE_IO,
            "Save %u cannot be read: %s\nUse another copy of the volume, or another save", reader->sequence,
            n < 0 ? g_strerror(errno) : "the file has become shorter");
        return NULL;
    }
    piece->length = (size_t)n;
    reader->left_bytes -= (uint64_t)n;
    reader->next_piece = (reader->next_piece + 1) % PIECES_MAX;
    return piece;
}

bool svp_tape_reader_read(SvpTapeReader *reader, const void **ret_bytes, size_t *ret_length, GError **error)
{
    g_autoptr(GError) problem = NULL;

    *ret_bytes = NULL;
    *ret_length = 0;
    if (!turn_to_part(reader, &problem)) {
        if (!problem)
            return true;
        g_propagate_error(error, g_steal_pointer(&problem));
        return false;
    }
    const Piece *piece = read_piece(reader, error);

    if (!piece)
        return false;
    svp_bounded_pool_push(reader->digester, (gpointer)(uintptr_t)piece);
    *ret_bytes = piece->bytes;
    *ret_length = piece->length;
    return true;
}

bool svp_tape_reader_finish(SvpTapeReader *reader, GError **error)
{
    const void *bytes;
    size_t length;

    do
        if (!svp_tape_reader_read(reader, &bytes, &length, error))
            return false;
    while (length > 0);
    return true;
}
