/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Folders.
 *
 * A sync of a file brings its bytes to the disk and not its name: that stands in the folder, which has to be synchronized too, and the
 * folder's own name in the one above it. What is kept in a new folder is safe only when all of them are.
 */
#include "hv/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdint.h>
#include <unistd.h>

bool hv_folder_sync(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return false;
    bool synced = fsync(fd) == 0;
    int reason = errno;

    close(fd);
    errno = reason;
    return synced;
}

bool hv_folder_make(const char *path)
{
    g_autofree char *parent = g_path_get_dirname(path);

    if (g_file_test(path, G_FILE_TEST_IS_DIR))
        return true;
    if (!hv_folder_make(parent) || g_mkdir(path, 0700) != 0)
        return false;
    if (hv_folder_sync(parent))
        return true;
    int reason = errno;

    g_rmdir(path); /* else the next one would find it, and not know */
    errno = reason;
    return false;
}

static bool write_file(const char *path, const uint8_t *bytes, size_t length)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    size_t done = 0;

    if (fd < 0)
        return false;
    for (ssize_t n; done < length && (n = write(fd, bytes + done, length - done)) > 0; done += (size_t)n)
        ;
    bool written = done == length && fsync(fd) == 0;
    int reason = errno;

    close(fd);
    errno = reason;
    return written;
}

bool hv_folder_put(const char *path, const char *name, const void *bytes, size_t length)
{
    g_autofree char *file = g_build_filename(path, name, NULL), *fresh = g_strconcat(file, ".new", NULL);

    if (write_file(fresh, bytes, length) && g_rename(fresh, file) == 0)
        return hv_folder_sync(path);
    int reason = errno;

    g_unlink(fresh);
    errno = reason;
    return false;
}

bool hv_folder_remove(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *file = g_build_filename(path, name, NULL);

        if (g_unlink(file) != 0)
            return false;
    }
    return g_rmdir(path) == 0 || errno == ENOENT;
}
