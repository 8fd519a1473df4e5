/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The lock of a state directory: one program at a time.
 *
 * It is held by an open file (flock), so the kernel releases it with its holder, however that ends: there is no stale lock that somebody
 * would have to remove. The number of the process and its host stand in the file only to be named in the message of whoever comes second; the
 * holder may be on another host, or in a container with numbers of its own.
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

/* Some file systems have no locks, and two programs at once would leave nothing of a folder. */
static int refuse_lock(int fd, const char *directory, GError **error)
{
    g_set_error(
        error, RESMGR_ERROR, RESMGR_ERROR_DIRECTORY,
        "The state directory %s cannot be locked: %s\nName a folder on a disk of this host; some network "
        "file "
        "systems have no locks",
        directory, g_strerror(errno));
    close(fd);
    return -1;
}

/* "process 4711 on host a": the first two words of the file are the number and the host. */
static char *holder_text(const char *holder)
{
    g_auto(GStrv) words = g_strsplit_set(holder, " \n", 3);
    const char *number = words[0] && *words[0] ? words[0] : "(unknown)";

    if (!words[0] || !words[1] || !*words[1])
        return g_strdup_printf("process %s", number);
    g_autofree char *proc = g_strdup_printf("/proc/%s", number);
    bool is_hidden = strcmp(words[1], g_get_host_name()) == 0 && !g_file_test(proc, G_FILE_TEST_EXISTS);

    return g_strdup_printf(
        "process %s on host %s%s", number, words[1],
        is_hidden ? ", in a container that numbers processes by itself" : "");
}

static int refuse_holder(int fd, const char *directory, GError **error)
{
    char holder[512] = "";

    if (pread(fd, holder, sizeof(holder) - 1, 0) < 0)
        *holder = '\0';
    close(fd);
    g_autofree char *text = holder_text(holder);

    g_set_error(
        error, RESMGR_ERROR, RESMGR_ERROR_LOCKED,
        "The state directory %s is in use by %s\nEnd that one first, or name another folder", directory,
        text);
    return -1;
}

int resmgr_journal_lock(const char *directory, GError **error)
{
    g_autofree char *path = g_build_filename(directory, LOCK_FILE, NULL);
    g_autofree char *holder = g_strdup_printf("%d %s\n", (int)getpid(), g_get_host_name());

    if (!hv_folder_make(directory))
        return refuse(-1, directory, "made", error);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0)
        return refuse(fd, path, "opened", error);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK ? refuse_holder(fd, directory, error) : refuse_lock(fd, directory, error);
    if (ftruncate(fd, 0) != 0 || pwrite(fd, holder, strlen(holder), 0) < 0)
        return refuse(fd, path, "written", error);
    return fd;
}
