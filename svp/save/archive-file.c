/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files of real guests in archives.
 *
 * They are as long as a guest's disks, so they are never in memory as a whole. A disk is mostly zeros: those are compressed to next to nothing on
 * the way to the tape, and become holes again on the way back. Digests are computed on the way.
 */
#include "svp/save/archive-file.h"

#include "hv/digest.h"
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

bool svp_archive_write_file(
    SvpTarWriter *tar, const char *member, const SvpArchiveLpar *lpar, const SvpArchiveFile *file,
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

/* `fd` -1: nowhere. */
static bool put_bytes(int fd, const uint8_t *bytes, size_t length, uint64_t at)
{
    for (size_t done = 0; fd >= 0 && done < length; done += BLOCK_BYTES) {
        size_t n = MIN(length - done, BLOCK_BYTES);

        if (!is_zero(bytes + done, n) && !put_block(fd, bytes + done, n, at + done))
            return false;
    }
    return true;
}

static bool read_bytes(
    SvpTarReader *tar, const SvpManifestObject *object, int fd, const char *path, HvDigest *digest,
    GError **error)
{
    g_autofree uint8_t *buffer = g_malloc(BUFFER_BYTES);

    for (uint64_t done = 0; done < object->bytes;) {
        size_t n = (size_t)MIN(object->bytes - done, BUFFER_BYTES);

        if (!svp_tar_reader_data(tar, buffer, n, error))
            return false;
        hv_digest_update(digest, buffer, n);
        if (!put_bytes(fd, buffer, n, done))
            return fail(path, "written", errno, error);
        done += n;
    }
    return fd < 0 || ftruncate(fd, (off_t)object->bytes) == 0 || fail(path, "written", errno, error);
}

bool svp_archive_read_file(
    SvpTarReader *tar, const SvpManifestObject *object, const char *path, bool *ret_right, GError **error)
{
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
    HvDigest digest;

    if (path && fd < 0)
        return fail(path, "written", errno, error);
    hv_digest_init(&digest);
    bool ok = read_bytes(tar, object, fd, path, &digest, error);

    if (fd >= 0)
        close(fd);
    if (!ok)
        return false;
    g_autofree char *sha256 = hv_digest_hex(&digest);

    *ret_right = g_str_equal(sha256, object->sha256);
    return true;
}
