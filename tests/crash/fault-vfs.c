/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The failing disk.
 *
 * Each open file stands in front of the real one. For POWER the bytes that are surely on the disk are kept: the whole file as it was at its
 * last sync. When the power is lost, each sector of 512 bytes that differs is as it was then or as it is now, and so is the length; that is
 * what a disk and a page cache may do to writes that nobody waited for.
 */
#include "tests/crash/fault-vfs.h"

#include "hv/rng.h"

#include <glib.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SECTOR 512u

typedef struct {
    sqlite3_file base; /* first: SQLite's view */
    sqlite3_file *real;
    char *path;
    char *synced; /* POWER: the bytes at the last sync */
    gsize synced_length;
} FaultFile;

/* One process, one disk: a test's state, not the library's. */
static struct {
    sqlite3_vfs vfs, *real;
    sqlite3_io_methods methods;
    FaultKind kind;
    unsigned at, count;
    HvRng rng;
    GPtrArray *files; /* FaultFile * */
} disk;

unsigned fault_vfs_count(void)
{
    return disk.count;
}

/* --- Dying ---------------------------------------------------------------------------------------------- */

static void lose_power_of(const FaultFile *file)
{
    g_autofree char *now = NULL;
    gsize length;

    if (!g_file_get_contents(file->path, &now, &length, NULL))
        return;
    gsize kept_length = hv_rng_below(&disk.rng, 2) ? length : file->synced_length;
    g_autofree char *kept = g_malloc0(MAX(kept_length, 1));

    for (gsize at = 0; at < kept_length; at += SECTOR) {
        gsize n = MIN(SECTOR, kept_length - at);
        bool is_new = hv_rng_below(&disk.rng, 2) != 0;
        const char *from = is_new ? now : file->synced;
        gsize from_length = is_new ? length : file->synced_length;

        if (at < from_length)
            memcpy(kept + at, from + at, MIN(n, from_length - at));
    }
    FILE *stream = fopen(file->path, "w");

    fwrite(kept, 1, kept_length, stream);
    fclose(stream);
}

static void die(void)
{
    if (disk.kind == FAULT_POWER)
        for (unsigned i = 0; i < disk.files->len; i++)
            lose_power_of(g_ptr_array_index(disk.files, i));
    _exit(FAULT_DIED);
}

/* Counts an operation; true: it is the one. */
static bool strikes(void)
{
    bool now = ++disk.count == disk.at;

    if (now && (disk.kind == FAULT_DIE || disk.kind == FAULT_POWER))
        die();
    return now;
}

/* --- Files ---------------------------------------------------------------------------------------------- */

static FaultFile *fault(sqlite3_file *file)
{
    return (FaultFile *)file;
}

static void note_synced(FaultFile *file)
{
    if (disk.kind != FAULT_POWER)
        return;
    g_clear_pointer(&file->synced, g_free);
    if (!g_file_get_contents(file->path, &file->synced, &file->synced_length, NULL))
        file->synced_length = 0;
}

static int fault_close(sqlite3_file *file)
{
    g_ptr_array_remove(disk.files, file);
    int result = fault(file)->real->pMethods->xClose(fault(file)->real);

    g_free(fault(file)->real);
    g_free(fault(file)->path);
    g_free(fault(file)->synced);
    return result;
}

static int fault_read(sqlite3_file *file, void *buffer, int n, sqlite3_int64 at)
{
    return fault(file)->real->pMethods->xRead(fault(file)->real, buffer, n, at);
}

static bool is_full_for(sqlite3_file *file, sqlite3_int64 end)
{
    sqlite3_int64 size = 0;

    if (disk.kind != FAULT_FULL_ON || disk.count < disk.at)
        return false;
    fault(file)->real->pMethods->xFileSize(fault(file)->real, &size);
    return end > size;
}

static int fault_write(sqlite3_file *file, const void *buffer, int n, sqlite3_int64 at)
{
    sqlite3_file *real = fault(file)->real;
    bool now = strikes();

    if (now && (disk.kind == FAULT_TEAR || disk.kind == FAULT_IOERR))
        real->pMethods->xWrite(real, buffer, n / 2, at);
    if (now && disk.kind == FAULT_TEAR)
        die();
    if (now && disk.kind == FAULT_IOERR)
        return SQLITE_IOERR_WRITE;
    if ((now && disk.kind == FAULT_FULL) || is_full_for(file, at + n))
        return SQLITE_FULL;
    return real->pMethods->xWrite(real, buffer, n, at);
}

static int fault_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    if (strikes() && disk.kind == FAULT_TEAR)
        die();
    if (disk.count == disk.at && disk.kind == FAULT_IOERR)
        return SQLITE_IOERR_TRUNCATE;
    return fault(file)->real->pMethods->xTruncate(fault(file)->real, size);
}

static int fault_sync(sqlite3_file *file, int flags)
{
    if (strikes() && disk.kind == FAULT_TEAR)
        die();
    if (disk.count == disk.at && disk.kind == FAULT_IOERR)
        return SQLITE_IOERR_FSYNC;
    int result = fault(file)->real->pMethods->xSync(fault(file)->real, flags);

    note_synced(fault(file));
    return result;
}

static int fault_file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return fault(file)->real->pMethods->xFileSize(fault(file)->real, size);
}

static int fault_lock(sqlite3_file *file, int level)
{
    return fault(file)->real->pMethods->xLock(fault(file)->real, level);
}

static int fault_unlock(sqlite3_file *file, int level)
{
    return fault(file)->real->pMethods->xUnlock(fault(file)->real, level);
}

static int fault_check_reserved(sqlite3_file *file, int *result)
{
    return fault(file)->real->pMethods->xCheckReservedLock(fault(file)->real, result);
}

static int fault_control(sqlite3_file *file, int op, void *argument)
{
    return fault(file)->real->pMethods->xFileControl(fault(file)->real, op, argument);
}

static int fault_sector_size(sqlite3_file *file)
{
    return fault(file)->real->pMethods->xSectorSize(fault(file)->real);
}

static int fault_device(sqlite3_file *file)
{
    return fault(file)->real->pMethods->xDeviceCharacteristics(fault(file)->real);
}

static int fault_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **ret_page)
{
    return fault(file)->real->pMethods->xShmMap(fault(file)->real, page, size, extend, ret_page);
}

static int fault_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
    return fault(file)->real->pMethods->xShmLock(fault(file)->real, offset, n, flags);
}

static void fault_shm_barrier(sqlite3_file *file)
{
    fault(file)->real->pMethods->xShmBarrier(fault(file)->real);
}

static int fault_shm_unmap(sqlite3_file *file, int remove)
{
    return fault(file)->real->pMethods->xShmUnmap(fault(file)->real, remove);
}

/* --- The disk ------------------------------------------------------------------------------------------- */

static int fault_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *ret_flags)
{
    FaultFile *opened = fault(file);

    (void)vfs;
    memset(opened, 0, sizeof *opened);
    opened->real = g_malloc0((gsize)disk.real->szOsFile);
    int result = disk.real->xOpen(disk.real, path, opened->real, flags, ret_flags);

    if (result != SQLITE_OK) {
        g_clear_pointer(&opened->real, g_free);
        return result;
    }
    opened->base.pMethods = &disk.methods;
    opened->path = g_strdup(path);
    note_synced(opened);
    if (path)
        g_ptr_array_add(disk.files, opened);
    return SQLITE_OK;
}

static int fault_delete(sqlite3_vfs *vfs, const char *path, int sync)
{
    (void)vfs;
    if (strikes() && disk.kind == FAULT_TEAR)
        die();
    if (disk.count == disk.at && disk.kind == FAULT_IOERR)
        return SQLITE_IOERR_DELETE;
    return disk.real->xDelete(disk.real, path, sync);
}

void fault_vfs_install(FaultKind kind, unsigned at, uint64_t seed)
{
    disk.real = sqlite3_vfs_find(NULL);
    disk.vfs = *disk.real;
    disk.vfs.zName = "fault";
    disk.vfs.pNext = NULL;
    disk.vfs.szOsFile = (int)sizeof(FaultFile);
    disk.vfs.xOpen = fault_open;
    disk.vfs.xDelete = fault_delete;
    disk.methods = (sqlite3_io_methods){
        .iVersion = 2,
        .xClose = fault_close,
        .xRead = fault_read,
        .xWrite = fault_write,
        .xTruncate = fault_truncate,
        .xSync = fault_sync,
        .xFileSize = fault_file_size,
        .xLock = fault_lock,
        .xUnlock = fault_unlock,
        .xCheckReservedLock = fault_check_reserved,
        .xFileControl = fault_control,
        .xSectorSize = fault_sector_size,
        .xDeviceCharacteristics = fault_device,
        .xShmMap = fault_shm_map,
        .xShmLock = fault_shm_lock,
        .xShmBarrier = fault_shm_barrier,
        .xShmUnmap = fault_shm_unmap,
    };
    disk.kind = kind;
    disk.at = at;
    disk.count = 0;
    hv_rng_init(&disk.rng, seed, "power");
    disk.files = g_ptr_array_new();
    sqlite3_vfs_register(&disk.vfs, /* default= */ 1);
}
