/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The lock of a state directory: one program at a time.
 *
 * It is held by an open file (flock), so the kernel releases it with its holder, however that ends: there is no stale lock that somebody
 * would have to remove. The number of the process stands in the file only to be named in the message of whoever comes second.
 */
#include "resmgr/journal-private.h"

#include "hv/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define LOCK_FILE "lock"

static int refuse(int fd, const char *path, const char *what, GError **error)
{
    g_set_error(
        error, RESMGR_ERROR, RESMGR_ERROR_DIRECTORY,
        "%s cannot be %s: %s\nLook at the path and its permissions, or name another folder", path, what,
        g_strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

static int refuse_holder(int fd, const char *directory, GError **error)
{
    char holder[32] = "";
    ssize_t length = pread(fd, holder, sizeof(holder) - 1, 0);

    close(fd);
    g_set_error(
        error, RESMGR_ERROR, RESMGR_ERROR_LOCKED,
        "The state directory %s is in use by process %s\nEnd that one first, or name another folder",
        directory, length > 0 ? g_strstrip(holder) : "(unknown)");
    return -1;
}

int resmgr_journal_lock(const char *directory, GError **error)
{
    g_autofree char *path = g_build_filename(directory, LOCK_FILE, NULL);
    g_autofree char *holder = g_strdup_printf("%d\n", (int)getpid());

    if (!hv_folder_make(directory))
        return refuse(-1, directory, "made", error);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0)
        return refuse(fd, path, "opened", error);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK ? refuse_holder(fd, directory, error) : refuse(fd, path, "locked", error);
    if (ftruncate(fd, 0) != 0 || pwrite(fd, holder, strlen(holder), 0) < 0)
        return refuse(fd, path, "written", error);
    return fd;
}
