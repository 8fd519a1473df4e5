/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Folders for a while.
 *
 * The folder is locked as long as it is in use. The kernel releases the lock with its holder, however that ends, so a folder of the name of
 * ours that can be locked belongs to nobody any more, and is removed by whoever comes next. The files in it are not for others: they
 * are the storage and the disks of a guest.
 */
#include "hv/staging.h"

#include "hv/error.h"
#include "hv/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/file.h>
#include <unistd.h>

#define STAGING_PREFIX ".lparsim-guest-"
#define ELSEWHERE      "/var/tmp"

struct HvStaging {
    char *path;
    int lock;
};

/* The folder's descriptor, which has the lock; -1: somebody has it, or there is no such folder. */
static int lock_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

static void remove_left_behind(const char *beside)
{
    g_autoptr(GDir) dir = g_dir_open(beside, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(beside, name, NULL);
        int lock = g_str_has_prefix(name, STAGING_PREFIX) ? lock_folder(path) : -1;

        if (lock < 0)
            continue;
        hv_folder_remove(path);
        close(lock);
    }
}

static HvStaging *make(const char *beside)
{
    g_autofree char *path = g_build_filename(beside, STAGING_PREFIX "XXXXXX", NULL);

    g_mkdir_with_parents(beside, 0700);
    remove_left_behind(beside);
    int lock = g_mkdtemp(path) ? lock_folder(path) : -1;

    if (lock < 0)
        return NULL;
    HvStaging *staging = g_atomic_rc_box_new0(HvStaging);

    staging->path = g_steal_pointer(&path);
    staging->lock = lock;
    return staging;
}

HvStaging *hv_staging_new(const char *beside, GError **error)
{
    HvStaging *staging = beside ? make(beside) : NULL;

    if (!staging)
        staging = make(ELSEWHERE);
    if (!staging)
        g_set_error(
            error, HV_ERROR, HV_ERROR_FILE, "No folder for the files of a guest can be made in %s: %s\n%s",
            beside ? beside : ELSEWHERE, g_strerror(errno),
            "See who may write there, and whether there is room");
    return staging;
}

HvStaging *hv_staging_ref(HvStaging *staging)
{
    return g_atomic_rc_box_acquire(staging);
}

static void clear(void *data)
{
    HvStaging *staging = data;

    hv_folder_remove(staging->path);
    close(staging->lock);
    g_free(staging->path);
}

void hv_staging_unref(HvStaging *staging)
{
    if (staging)
        g_atomic_rc_box_release_full(staging, clear);
}

const char *hv_staging_path(const HvStaging *staging)
{
    return staging->path;
}
