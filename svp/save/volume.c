/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Volumes: what holds for both kinds.
 *
 *     begin --write...--> sync --> commit: the file has its name and is in the label
 *        \-----\-------------\---> free: as if nothing had been
 *
 * A volume is full when its label says so, or when the disk is: both only end the part, and the writer goes on on the next volume.
 * Any other error is one.
 */
#include "svp/save/volume-kind.h"

#include "svp/error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

bool svp_volume_fail(const SvpVolume *volume, const char *what, GError **error)
{
    int reason = errno;

    g_set_error(
        error, SVP_ERROR, SVP_ERROR_TAPE_IO, "The volume '%s' could not be %s: %s\n%s", volume->path, what,
        g_strerror(reason),
        reason == ENOSPC || reason == EDQUOT
            ? "Make room on the disk; what was on the volume is still there"
            : "Look at the path and its permissions; what was on the volume is still there");
    return false;
}

bool svp_volume_is_full(int reason)
{
    return reason == ENOSPC || reason == EDQUOT || reason == EFBIG;
}

bool svp_volume_write_at(int fd, const void *bytes, size_t length, uint64_t at)
{
    const uint8_t *from = bytes;

    while (length > 0) {
        ssize_t n = pwrite(fd, from, length, (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        from += n;
        at += (uint64_t)n;
        length -= (size_t)n;
    }
    return true;
}

SvpVolume *svp_volume_open(const char *path, bool ignore_label, GError **error)
{
    g_autoptr(SvpVolume) volume = g_new0(SvpVolume, 1);
    g_autofree char *text = NULL;
    size_t length = 0;

    volume->path = g_strdup(path);
    if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
        volume->ops = &svp_volume_folder_ops;
    } else if (
        g_file_test(path, G_FILE_TEST_IS_REGULAR) ||
        (g_str_has_suffix(path, ".tar") && !g_file_test(path, G_FILE_TEST_EXISTS))) {
        volume->ops = &svp_volume_file_ops;
    } else {
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_TAPE_IO,
            "'%s' is no volume: there is neither a folder nor a file of that name\n"
            "Make the folder, or give a name that ends with .tar for a volume that is a file",
            path);
        return NULL;
    }
    if (ignore_label)
        return g_steal_pointer(&volume);
    if (!volume->ops->read_label(volume, &text, &length, error))
        return NULL;
    if (text && !(volume->label = svp_label_parse(path, text, length, error)))
        return NULL;
    return g_steal_pointer(&volume);
}

void svp_volume_free(SvpVolume *volume)
{
    if (!volume)
        return;
    svp_label_free(volume->label);
    g_free(volume->path);
    g_free(volume);
}

const char *svp_volume_path(const SvpVolume *volume)
{
    return volume->path;
}

const SvpLabel *svp_volume_label(const SvpVolume *volume)
{
    return volume->label;
}

static void take_label(SvpVolume *volume, const SvpLabel *label)
{
    SvpLabel *copy = svp_label_copy(label);

    svp_label_free(volume->label);
    volume->label = copy;
}

/* Held by the open file, so it goes with the process. */
int svp_volume_lock(const SvpVolume *volume, GError **error)
{
    int fd = open(volume->path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        svp_volume_fail(volume, "opened", error);
        return -1;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return fd;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_TAPE_IO,
        "The volume '%s' is being written by another program\nWait until that has ended", volume->path);
    close(fd);
    return -1;
}

bool svp_volume_initialize(SvpVolume *volume, const SvpLabel *label, GError **error)
{
    g_autofree char *text = svp_label_format(label);
    int fd = g_file_test(volume->path, G_FILE_TEST_EXISTS) ? svp_volume_lock(volume, error) : -1;

    if (fd < 0 && g_file_test(volume->path, G_FILE_TEST_EXISTS))
        return false;
    bool done = volume->ops->initialize(volume, text, error);

    if (fd >= 0)
        close(fd);
    if (done)
        take_label(volume, label);
    return done;
}

bool svp_volume_put_label(SvpVolume *volume, const SvpLabel *label, GError **error)
{
    g_autofree char *text = svp_label_format(label);

    g_assert(volume->label);
    if (!volume->ops->put_label(volume, text, error))
        return false;
    take_label(volume, label);
    return true;
}

bool svp_volume_remove(SvpVolume *volume, const char *file, const SvpLabel *label, GError **error)
{
    g_autofree char *text = svp_label_format(label);

    if (!volume->ops->remove(volume, file, text, error))
        return false;
    take_label(volume, label);
    return true;
}

bool svp_volume_clean(SvpVolume *volume, GError **error)
{
    g_assert(volume->label);
    return volume->ops->clean(volume, volume->label, error);
}

/* --- Parts ---------------------------------------------------------------------------------------------- */

SvpVolumePart *svp_volume_begin(SvpVolume *volume, GError **error)
{
    g_autoptr(SvpVolumePart) part = g_new0(SvpVolumePart, 1);
    const SvpLabel *label = volume->label;

    g_assert(label);
    uint64_t used = svp_label_used_bytes(label);

    part->volume = volume;
    part->fd = part->lock_fd = -1;
    part->room_bytes = label->size_bytes == 0     ? UINT64_MAX
                       : label->size_bytes > used ? label->size_bytes - used
                                                  : 0;
    if ((part->lock_fd = svp_volume_lock(volume, error)) < 0)
        return NULL;
    if (!svp_volume_clean(volume, error) || !volume->ops->begin(part, error))
        return NULL;
    return g_steal_pointer(&part);
}

bool svp_volume_write(
    SvpVolumePart *part, const void *bytes, size_t length, size_t *ret_written, GError **error)
{
    size_t done = 0, wanted = (size_t)MIN(length, part->room_bytes - part->length_bytes);

    if (wanted > 0 && part->volume->ops->make_room &&
        !part->volume->ops->make_room(part, part->length_bytes + wanted))
        wanted = 0;
    while (done < wanted) {
        ssize_t n = pwrite(
            part->fd, (const uint8_t *)bytes + done, wanted - done,
            (off_t)(part->base_bytes + part->length_bytes + done));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && svp_volume_is_full(errno))
            break;
        if (n < 0)
            return svp_volume_fail(part->volume, "written", error);
        done += (size_t)n;
    }
    part->length_bytes += done;
    *ret_written = done;
    return true;
}

uint64_t svp_volume_part_bytes(const SvpVolumePart *part)
{
    return part->length_bytes;
}

bool svp_volume_sync(SvpVolumePart *part, GError **error)
{
    return fsync(part->fd) == 0 || svp_volume_fail(part->volume, "written", error);
}

bool svp_volume_commit(SvpVolumePart *part, const char *file, const SvpLabel *label, GError **error)
{
    g_autofree char *text = svp_label_format(label);

    g_assert(!part->committed);
    if (!part->volume->ops->commit(part, file, text, error))
        return false;
    part->committed = true;
    take_label(part->volume, label);
    return true;
}

void svp_volume_part_free(SvpVolumePart *part)
{
    if (!part)
        return;
    if (part->fd >= 0) {
        if (!part->committed)
            part->volume->ops->abandon(part);
        close(part->fd);
    }
    if (part->lock_fd >= 0)
        close(part->lock_fd);
    g_free(part);
}

int svp_volume_open_file(SvpVolume *volume, const char *file, uint64_t length, GError **error)
{
    uint64_t there = 0;
    int fd = volume->ops->open_file(volume, file, &there, error);

    if (fd >= 0 && there != length) {
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_TAPE_DAMAGED,
            "'%s' on the volume '%s' has %" G_GUINT64_FORMAT " bytes and should have %" G_GUINT64_FORMAT
            "\nUse another copy of the volume, or another save",
            file, volume->path, there, length);
        close(fd);
        return -1;
    }
    return fd;
}
