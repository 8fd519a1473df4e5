/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a loss of power takes.
 *
 *     bytes   of each file that was opened for writing, what it had at its last sync is kept. When the power is lost, each sector of 512
 *             bytes that differs is as it was then or as it is now, and so is the length: what a disk and a page cache may do to
 *             writes that nobody waited for
 *     names   changes of names are kept, with what undoes them, until their folder is synced. When the power is lost, those of the
 *             last few are undone, from the newest back: file systems lose names, but in the order in which they were changed
 *
 * A sync of a file makes its bytes durable and not its name: some file systems do both, none promises it. Folders are held open, so a name is
 * found again when its folder has been renamed meanwhile. Files stay open too, so that one that was removed can come back.
 */
#include "tests/crash/fault-power.h"

#include "hv/rng.h"

#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECTOR 512u

typedef struct {
    ino_t inode;
    int fd; /* own, for reading and writing */
    GByteArray *synced;
} File;

typedef enum { MADE, REMOVED, RENAMED } ChangeKind;

typedef struct {
    ChangeKind kind;
    bool is_folder;
    int folder;           /* fd */
    ino_t inode, removed; /* of the folder; of the one that was removed */
    char *name, *to;      /* in it; to: of RENAMED */
    File *victim;         /* REMOVED, RENAMED: what had the name (the new name); NULL: nothing, or a folder */
} Change;

static struct {
    GPtrArray *files;   /* File * */
    GPtrArray *changes; /* Change *, the oldest first */
} power;

static ino_t inode_of(int fd)
{
    struct stat status;

    g_assert(fstat(fd, &status) == 0);
    return status.st_ino;
}

/* --- Bytes ------------------------------------------------------------------------------------------------ */

static GByteArray *read_all(int fd)
{
    GByteArray *bytes = g_byte_array_new();
    struct stat status;

    g_assert(fstat(fd, &status) == 0);
    g_byte_array_set_size(bytes, (guint)status.st_size);
    ssize_t n = pread(fd, bytes->data, bytes->len, 0);

    g_assert(n == (ssize_t)bytes->len);
    return bytes;
}

static void write_all(int fd, const uint8_t *bytes, size_t length)
{
    ssize_t n = pwrite(fd, bytes, length, 0);

    g_assert(n == (ssize_t)length && ftruncate(fd, (off_t)length) == 0);
}

static File *find(ino_t inode)
{
    for (unsigned i = 0; power.files && i < power.files->len; i++)
        if (((File *)power.files->pdata[i])->inode == inode)
            return power.files->pdata[i];
    return NULL;
}

static File *hold(int fd, bool made)
{
    g_autofree char *link = g_strdup_printf("/proc/self/fd/%d", fd);
    File *file = find(inode_of(fd));

    if (file)
        return file;
    file = g_new0(File, 1);
    file->inode = inode_of(fd);
    file->fd = open(link, O_RDWR | O_CLOEXEC);
    g_assert(file->fd >= 0);
    file->synced = made ? g_byte_array_new() : read_all(file->fd);
    if (!power.files)
        power.files = g_ptr_array_new();
    g_ptr_array_add(power.files, file);
    return file;
}

void fault_power_opened(int fd, bool made)
{
    hold(fd, made);
}

static void lose_bytes(const File *file, HvRng *rng)
{
    g_autoptr(GByteArray) now = read_all(file->fd);
    const GByteArray *then = file->synced;
    guint length = hv_rng_below(rng, 2) ? now->len : then->len;
    g_autofree uint8_t *kept = g_malloc0(length + 1);

    for (guint at = 0; at < length; at += SECTOR) {
        const GByteArray *from = hv_rng_below(rng, 2) ? now : then;

        if (at < from->len)
            memcpy(kept + at, from->data + at, MIN(MIN(SECTOR, length - at), from->len - at));
    }
    write_all(file->fd, kept, length);
}

/* --- Names ------------------------------------------------------------------------------------------------ */

static Change *add_change(ChangeKind kind, const char *path)
{
    g_autofree char *parent = g_path_get_dirname(path);
    Change *change = g_new0(Change, 1);

    change->kind = kind;
    change->folder = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    g_assert(change->folder >= 0);
    change->inode = inode_of(change->folder);
    change->name = g_path_get_basename(path);
    if (!power.changes)
        power.changes = g_ptr_array_new();
    g_ptr_array_add(power.changes, change);
    return change;
}

/* The file of that name, which is going to lose it; NULL: there is none. */
static File *victim_of(const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);

    if (fd < 0)
        return NULL;
    File *file = hold(fd, /* made= */ false);

    close(fd);
    return file;
}

void fault_power_made(const char *path, bool is_folder)
{
    add_change(MADE, path)->is_folder = is_folder;
}

void fault_power_removing(const char *path)
{
    File *victim = victim_of(path);

    add_change(REMOVED, path)->victim = victim;
}

void fault_power_removed_folder(const char *path, ino_t inode)
{
    Change *change = add_change(REMOVED, path);

    change->is_folder = true;
    change->removed = inode;
}

void fault_power_renaming(const char *from, const char *to)
{
    File *victim = victim_of(to);
    Change *change = add_change(RENAMED, from);

    change->to = g_path_get_basename(to);
    change->victim = victim;
}

void fault_power_synced(int fd)
{
    ino_t inode = inode_of(fd);
    File *file = find(inode);

    if (file) {
        g_byte_array_unref(file->synced);
        file->synced = read_all(file->fd);
    }
    for (unsigned i = power.changes ? power.changes->len : 0; i-- > 0;) {
        const Change *change = power.changes->pdata[i];

        if (change->inode == inode) {
            close(change->folder);
            g_ptr_array_remove_index(power.changes, i);
        }
    }
}

static void remove_tree(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *inner = g_build_filename(path, name, NULL);

        if (g_unlink(inner) != 0)
            remove_tree(inner);
    }
    g_rmdir(path);
}

static void bring_back(const Change *change, const char *name)
{
    if (!change->victim)
        return;
    g_autoptr(GByteArray) bytes = read_all(change->victim->fd);
    int fd = openat(change->folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd < 0) /* its folder has gone, and that is durable */
        return;
    write_all(fd, bytes->data, bytes->len);
    close(fd);
}

/* It is another one now: what was changed in it is undone there. */
static void bring_back_folder(const Change *change)
{
    g_assert(mkdirat(change->folder, change->name, 0700) == 0);
    int fd = openat(change->folder, change->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    for (unsigned i = 0; i < power.changes->len; i++) {
        Change *earlier = power.changes->pdata[i];

        if (earlier->inode == change->removed)
            earlier->folder = fd;
    }
}

static void undo(const Change *change)
{
    g_autofree char *made = g_strdup_printf("/proc/self/fd/%d/%s", change->folder, change->name);

    if (change->kind == MADE && change->is_folder)
        remove_tree(made);
    else if (change->kind == MADE)
        g_unlink(made);
    else if (change->kind == RENAMED)
        renameat(change->folder, change->to, change->folder, change->name);
    else if (change->is_folder)
        bring_back_folder(change);
    bring_back(change, change->kind == RENAMED ? change->to : change->name);
}

/* All of them, none, or the last few. */
void fault_power_lose(uint64_t seed)
{
    HvRng rng;
    unsigned n = power.changes ? power.changes->len : 0;

    hv_rng_init(&rng, seed, "power");
    for (unsigned i = 0; power.files && i < power.files->len; i++)
        lose_bytes(power.files->pdata[i], &rng);
    unsigned extreme = (unsigned)hv_rng_below(&rng, 3);
    unsigned kept = extreme == 0 ? 0 : extreme == 1 ? n : (unsigned)hv_rng_below(&rng, n + 1);

    for (unsigned i = n; i-- > kept;)
        undo(power.changes->pdata[i]);
}
