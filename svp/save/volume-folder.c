/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Volumes that are folders: VOLUME.json, and a file for each save.
 *
 * A file is written under the name save.tmp; when all of it is on the disk it is renamed, and then the label that names it replaces the
 * old one in the same way. A crash before that leaves a file that no label names, which the next writer removes. Before anything is
 * written a reserve is taken, so that a disk which the save has filled still has room for the label. The folder may come from a stranger:
 * what is written never goes through a symbolic link in it.
 */
#include "svp/save/volume-kind.h"

#include "hv/folder.h"
#include "svp/error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define PART       "save.tmp"
#define LABEL_PART "VOLUME.tmp"
#define RESERVE    "reserve.tmp"

static char *path_of(const SvpVolume *volume, const char *name)
{
    return g_build_filename(volume->path, name, NULL);
}

static void unlink_in(const SvpVolume *volume, const char *name)
{
    g_autofree char *path = path_of(volume, name);

    g_unlink(path);
}

static bool read_label(SvpVolume *volume, char **ret_text, size_t *ret_length, GError **error)
{
    g_autofree char *path = path_of(volume, SVP_VOLUME_LABEL);
    g_autoptr(GError) problem = NULL;

    if (g_file_get_contents(path, ret_text, ret_length, &problem))
        return true;
    if (g_error_matches(problem, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return true;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_TAPE_IO,
        "The label of the volume cannot be read: %s\n"
        "Look at the path and its permissions",
        problem->message);
    return false;
}

static bool write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);

    if (fd < 0)
        return false;
    bool done = svp_volume_write_at(fd, text, strlen(text), 0) && fsync(fd) == 0;
    int reason = errno;

    close(fd);
    errno = reason;
    return done;
}

/* False: the label is the one of before. */
static bool replace_label(const SvpVolume *volume, const char *label, GError **error)
{
    g_autofree char *part = path_of(volume, LABEL_PART), *path = path_of(volume, SVP_VOLUME_LABEL);

    if (write_file(part, label) && g_rename(part, path) == 0)
        return true;
    svp_volume_fail(volume, "labelled", error);
    g_unlink(part);
    return false;
}

/* False: the label is the one of before, or the new one, and the disk does not say which. */
static bool put_label(SvpVolume *volume, const char *label, GError **error)
{
    return replace_label(volume, label, error) &&
           (hv_folder_sync(volume->path) || svp_volume_fail(volume, "labelled", error));
}

/* "000001-LPAR1.tar.zst", "000001-LPAR1.tar.zst.002": nothing else in the folder is ours. */
static bool looks_like_a_save(const char *name)
{
    return strspn(name, "0123456789") == 6 && name[6] == '-' && strstr(name, ".tar.zst");
}

static bool is_ours(const char *name)
{
    return looks_like_a_save(name) || g_str_equal(name, PART) || g_str_equal(name, LABEL_PART) ||
           g_str_equal(name, RESERVE);
}

static bool in_label(const SvpLabel *label, const char *name)
{
    for (unsigned i = 0; label && i < label->saves->len; i++)
        if (g_str_equal(((const SvpSaveRecord *)g_ptr_array_index(label->saves, i))->file, name))
            return true;
    return false;
}

static bool clean(SvpVolume *volume, const SvpLabel *label, GError **error)
{
    g_autoptr(GDir) folder = g_dir_open(volume->path, 0, NULL);

    if (!folder)
        return svp_volume_fail(volume, "read", error);
    for (const char *name; (name = g_dir_read_name(folder));) {
        g_autofree char *path = path_of(volume, name);

        if (is_ours(name) && !in_label(label, name) && g_unlink(path) != 0)
            return svp_volume_fail(volume, "cleaned", error);
    }
    return true;
}

/* The label first: if it fails in between there are files that no label names, not a label that names none. */
static bool initialize(SvpVolume *volume, const char *label, GError **error)
{
    return put_label(volume, label, error) && clean(volume, NULL, error);
}

static bool remove_file(SvpVolume *volume, const char *file, const char *label, GError **error)
{
    if (!put_label(volume, label, error))
        return false;
    unlink_in(volume, file);
    return true;
}

/* --- Parts ---------------------------------------------------------------------------------------------- */

static bool take_reserve(const SvpVolume *volume)
{
    g_autofree char *path = path_of(volume, RESERVE);
    int fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);

    if (fd < 0)
        return false;
    int reason = posix_fallocate(fd, 0, (off_t)SVP_VOLUME_RESERVE_BYTES);

    close(fd);
    errno = reason;
    return reason == 0;
}

static bool begin(SvpVolumePart *part, GError **error)
{
    g_autofree char *path = path_of(part->volume, PART);

    part->fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (part->fd < 0)
        return svp_volume_fail(part->volume, "written", error);
    if (!take_reserve(part->volume)) {
        svp_volume_fail(part->volume, "written", error);
        unlink_in(part->volume, RESERVE);
        unlink_in(part->volume, PART);
        close(part->fd);
        part->fd = -1;
        return false;
    }
    return true;
}

static bool commit(SvpVolumePart *part, const char *file, const char *label, GError **error)
{
    SvpVolume *volume = part->volume;
    g_autofree char *from = path_of(volume, PART), *to = path_of(volume, file);

    unlink_in(volume, RESERVE);
    if (g_rename(from, to) != 0 || !hv_folder_sync(volume->path))
        return svp_volume_fail(volume, "written", error);
    if (replace_label(volume, label, error)) /* what it names stays, whatever becomes of the sync */
        return hv_folder_sync(volume->path) || svp_volume_fail(volume, "labelled", error);
    g_unlink(to);
    return false;
}

static void abandon(SvpVolumePart *part)
{
    unlink_in(part->volume, PART);
    unlink_in(part->volume, RESERVE);
}

static int open_file(SvpVolume *volume, const char *file, uint64_t *ret_length, GError **error)
{
    g_autofree char *path = path_of(volume, file);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    GStatBuf about;

    if (fd < 0 || g_stat(path, &about) != 0) {
        g_set_error(
            error, SVP_ERROR, errno == ENOENT ? SVP_ERROR_TAPE_DAMAGED : SVP_ERROR_TAPE_IO,
            "'%s' on the volume '%s' cannot be read: %s\nUse another copy of the volume, or another save",
            file, volume->path, g_strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    *ret_length = (uint64_t)about.st_size;
    return fd;
}

const SvpVolumeOps svp_volume_folder_ops = {
    .read_label = read_label,
    .initialize = initialize,
    .clean = clean,
    .put_label = put_label,
    .remove = remove_file,
    .begin = begin,
    .commit = commit,
    .abandon = abandon,
    .open_file = open_file,
};
