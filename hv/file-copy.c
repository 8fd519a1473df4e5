/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Copying disks of guests.
 *
 * Disks are mostly holes, so holes are skipped on reading where the file system tells where they are, and blocks of zeros are not
 * written. The digest is taken from the bytes that are copied, so one pass does both. A copy is written beside its place under another name
 * and renamed when it is complete and on the disk: whoever opens the place finds the old bytes or the new ones, never half of them.
 */
#include "hv/file-copy.h"

#include "hv/digest.h"
#include "hv/error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPY_BLOCK_BYTES 65536
#define COPY_SUFFIX      ".lparsim-new"

typedef struct {
    int from, to; /* to: -1: only read */
    HvDigest digest;
    uint8_t block[COPY_BLOCK_BYTES];
} Copy;

static bool fail(GError **error, const char *what, const char *path)
{
    int code = errno;

    g_set_error(
        error, HV_ERROR, HV_ERROR_FILE, "%s cannot be %s: %s\n%s", path, what, g_strerror(code),
        code == ENOSPC || code == EDQUOT ? "Free some space, or name another folder"
                                         : "See who may use the file and its folder");
    return false;
}

static bool is_zero(const uint8_t *block, size_t length)
{
    return length == 0 || (block[0] == 0 && memcmp(block, block + 1, length - 1) == 0);
}

/* --- Bytes ---------------------------------------------------------------------------------------------- */

static bool write_block(const Copy *copy, size_t length, off_t at)
{
    for (size_t done = 0; done < length;) {
        ssize_t n = pwrite(copy->to, copy->block + done, length - done, at + (off_t)done);

        if (n < 0 && errno != EINTR)
            return false;
        done += n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* A hole adds zeros to the digest and nothing to the copy. */
static void skip_hole(Copy *copy, off_t length)
{
    memset(copy->block, 0, sizeof(copy->block));
    for (off_t left = length; left > 0; left -= COPY_BLOCK_BYTES)
        hv_digest_update(&copy->digest, copy->block, (size_t)MIN(left, COPY_BLOCK_BYTES));
}

/* *ret_end: behind the last byte, the length of a block device too. */
static bool copy_data(Copy *copy, off_t end, bool holes_cleared, const char **ret_failed)
{
    off_t at = 0;

    *ret_failed = "read";
    while (at < end) {
        off_t data = lseek(copy->from, at, SEEK_DATA);

        if (data < 0 && errno == ENXIO)
            data = end;
        if (data > at && holes_cleared) {
            skip_hole(copy, MIN(data, end) - at);
            at = MIN(data, end);
            continue;
        }
        ssize_t n = pread(copy->from, copy->block, (size_t)MIN(end - at, COPY_BLOCK_BYTES), at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            errno = n < 0 ? errno : EIO;
            return false;
        }
        hv_digest_update(&copy->digest, copy->block, (size_t)n);
        *ret_failed = "written";
        if (copy->to >= 0 && !(holes_cleared && is_zero(copy->block, (size_t)n)) &&
            !write_block(copy, (size_t)n, at))
            return false;
        *ret_failed = "read";
        at += n;
    }
    return true;
}

static void fill_in(const Copy *copy, uint64_t size_bytes, int file, HvFileContent *ret_content)
{
    g_autofree char *hex = hv_digest_hex(&copy->digest);
    struct stat status;

    if (!ret_content)
        return;
    ret_content->size_bytes = size_bytes;
    ret_content->stored_bytes = fstat(file, &status) == 0 ? (uint64_t)status.st_blocks * 512 : size_bytes;
    g_strlcpy(ret_content->sha256, hex, sizeof(ret_content->sha256));
}

/* --- Files ---------------------------------------------------------------------------------------------- */

bool hv_file_content(const char *path, HvFileContent *ret_content, GError **error)
{
    g_autofree Copy *copy = g_new(Copy, 1);
    const char *failed = "read";

    copy->from = open(path, O_RDONLY | O_CLOEXEC);
    copy->to = -1;
    hv_digest_init(&copy->digest);
    if (copy->from < 0)
        return fail(error, "opened", path);
    off_t end = lseek(copy->from, 0, SEEK_END);
    bool ok = end >= 0 && copy_data(copy, end, /* holes_cleared= */ true, &failed);

    if (ok)
        fill_in(copy, (uint64_t)end, copy->from, ret_content);
    else
        fail(error, failed, path);
    close(copy->from);
    return ok;
}

/* What is there keeps its owner and mode. */
static void adopt_owner(int file, const char *place)
{
    struct stat status;

    if (stat(place, &status) < 0)
        return;
    if (fchown(file, status.st_uid, status.st_gid) < 0 || fchmod(file, status.st_mode & 07777) < 0)
        g_debug("%s: owner and mode are not those of before", place);
}

static bool is_block_device(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISBLK(status.st_mode);
}

static bool copy_into(
    Copy *copy, const char *from, const char *to, bool device, HvFileContent *ret_content, GError **error)
{
    const char *failed = "read";
    off_t end = lseek(copy->from, 0, SEEK_END);

    if (end < 0)
        return fail(error, "read", from);
    if (!device && ftruncate(copy->to, end) < 0)
        return fail(error, "written", to);
    if (!copy_data(copy, end, /* holes_cleared= */ !device, &failed))
        return fail(error, failed, g_str_equal(failed, "read") ? from : to);
    if (fsync(copy->to) < 0)
        return fail(error, "written", to);
    fill_in(copy, (uint64_t)end, copy->to, ret_content);
    return true;
}

bool hv_file_sync(const char *path, GError **error)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    bool ok = file >= 0 && fsync(file) == 0;

    if (!ok)
        fail(error, "written", path);
    if (file >= 0)
        close(file);
    return ok;
}

bool hv_file_copy(
    const char *from, const char *to, const char *like, HvFileContent *ret_content, GError **error)
{
    g_autofree Copy *copy = g_new(Copy, 1);
    bool device = is_block_device(to);
    g_autofree char *beside = device ? g_strdup(to) : g_strconcat(to, COPY_SUFFIX, NULL);

    hv_digest_init(&copy->digest);
    copy->from = open(from, O_RDONLY | O_CLOEXEC);
    if (copy->from < 0)
        return fail(error, "opened", from);
    copy->to = open(beside, O_WRONLY | O_CLOEXEC | (device ? 0 : O_CREAT | O_TRUNC), 0600);
    bool ok = copy->to >= 0 ? copy_into(copy, from, to, device, ret_content, error)
                            : fail(error, "written", to);

    if (ok && !device)
        adopt_owner(copy->to, like ? like : to);
    close(copy->from);
    if (copy->to >= 0)
        close(copy->to);
    if (ok && !device && g_rename(beside, to) < 0)
        ok = fail(error, "replaced", to);
    if (!ok && !device)
        g_unlink(beside);
    return ok;
}
