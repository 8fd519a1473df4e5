/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files of real guests in archives.
 *
 * They are as long as a guest's disks, so they are never in memory as a whole. A disk is mostly zeros: those are compressed to next to nothing on
 * the way to the tape, and become holes again on the way back.
 */
#include "svp/save/archive-guest.h"

#include "svp/error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_BYTES ((size_t)256 << 10)
#define BLOCK_BYTES  ((size_t)64 << 10)

static bool fail(const char *path, const char *what, int code, GError **error)
{
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_TAPE_IO, "%s cannot be %s: %s\n%s", path, what,
        code == 0 ? "it is shorter than it was" : g_strerror(code),
        code == ENOSPC ? "Free some space beside the volume"
                       : "See who may use it, and give the command again");
    return false;
}

/* --- To the tape ---------------------------------------------------------------------------------------- */

static bool
write_bytes(SvpTarWriter *tar, int fd, uint64_t length, uint8_t *buffer, const char *path, GError **error)
{
    for (uint64_t done = 0; done < length;) {
        ssize_t n = read(fd, buffer, (size_t)MIN(length - done, BUFFER_BYTES));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return fail(path, "read", n < 0 ? errno : 0, error);
        if (!svp_tar_writer_data(tar, buffer, (size_t)n, error))
            return false;
        done += (uint64_t)n;
    }
    return true;
}

bool svp_archive_write_guest_file(
    SvpTarWriter *tar, const char *member, const SvpArchiveLpar *lpar, const SvpArchiveGuestFile *file,
    GError **error)
{
    g_autofree char *path = g_build_filename(hv_staging_path(lpar->folder), file->name, NULL);
    g_autofree uint8_t *buffer = g_malloc(BUFFER_BYTES);
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return fail(path, "read", errno, error);
    bool ok = svp_tar_writer_begin(tar, member, file->content.size_bytes, error) &&
              write_bytes(tar, fd, file->content.size_bytes, buffer, path, error);

    close(fd);
    return ok;
}

/* --- From the tape -------------------------------------------------------------------------------------- */

static bool is_zero(const uint8_t *bytes, size_t length)
{
    return bytes[0] == 0 && memcmp(bytes, bytes + 1, length - 1) == 0;
}

static bool put_block(int fd, const uint8_t *block, size_t length, uint64_t at)
{
    for (size_t done = 0; done < length;) {
        ssize_t n = pwrite(fd, block + done, length - done, (off_t)(at + done));

        if (n < 0 && errno != EINTR)
            return false;
        done += n > 0 ? (size_t)n : 0;
    }
    return true;
}

static bool put_bytes(int fd, const uint8_t *bytes, size_t length, uint64_t at)
{
    for (size_t done = 0; done < length; done += BLOCK_BYTES) {
        size_t n = MIN(length - done, BLOCK_BYTES);

        if (!is_zero(bytes + done, n) && !put_block(fd, bytes + done, n, at + done))
            return false;
    }
    return true;
}

void svp_archive_guest_sink_close(SvpArchiveGuestSink *sink)
{
    if (sink->fd >= 0)
        close(sink->fd);
    sink->fd = -1;
}

bool svp_archive_guest_put(
    SvpArchiveGuestSink *sink, const char *folder, const char *file, const SvpArchivePiece *piece)
{
    g_autofree char *path = g_build_filename(folder, file, NULL);

    if (piece->at == 0) {
        svp_archive_guest_sink_close(sink);
        sink->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    }
    bool done = sink->fd >= 0 && put_bytes(sink->fd, piece->bytes, piece->length, piece->at);

    if (done && svp_archive_piece_is_last(piece)) {
        done = ftruncate(sink->fd, (off_t)piece->object->bytes) == 0;
        svp_archive_guest_sink_close(sink);
    }
    if (!done)
        sink->problem = errno;
    return done;
}

void svp_archive_guest_say_problem(const SvpArchiveGuestSink *sink, const char *folder, GError **error)
{
    g_clear_error(error);
    fail(folder, "written", sink->problem, error);
}
