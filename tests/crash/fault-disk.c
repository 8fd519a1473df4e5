/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The failing disk.
 *
 * The functions at the end are the C library's, by their names: the linker takes those of a program before those of any library, for the
 * libraries too. They go to the system by syscall(). The buffers of streams are emptied here: the library would not call these functions.
 *
 * What a power loss takes is known to fault-power.c, which is told of everything that becomes durable or is not so yet.
 */
#include "tests/crash/fault-disk.h"

#include "tests/crash/fault-power.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define STREAM_BUFFER 65536u
#define SECTOR        512

/* One process, one disk: a test's state, not the library's. */
static struct {
    char folder[256]; /* "": not installed */
    FaultKind kind;
    unsigned at, count;
    uint64_t seed;
} disk;

unsigned fault_disk_count(void)
{
    return disk.count;
}

const char *fault_kind_name(FaultKind kind)
{
    static const char *const names[FAULT_KINDS] = {"none",  "dies",    "tears",    "loses power",
                                                   "error", "full at", "full from"};

    return names[kind];
}

void fault_disk_install(const char *folder, FaultKind kind, unsigned at, uint64_t seed)
{
    g_assert(strlen(folder) < sizeof disk.folder);
    disk.kind = kind;
    disk.at = at;
    disk.count = 0;
    disk.seed = seed;
    strcpy(disk.folder, folder);
}

/* --- Which files, which operation ------------------------------------------------------------------------- */

static bool is_below(const char *path)
{
    return disk.folder[0] && g_str_has_prefix(path, disk.folder);
}

static bool is_below_fd(int fd)
{
    char link[64], path[512];

    if (!disk.folder[0])
        return false;
    g_snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);

    if (length < 0)
        return false;
    path[length] = '\0';
    return is_below(path) && !g_str_has_suffix(path, "-shm"); /* SQLite's memory, made anew at each start */
}

static bool loses_power(void)
{
    return disk.kind == FAULT_POWER;
}

static void die(void)
{
    disk.folder[0] = '\0'; /* from here on it is an ordinary disk */
    if (loses_power())
        fault_power_lose(disk.seed);
    _exit(FAULT_DIED);
}

/* Counts an operation that writes no bytes; false: it fails, with errno. */
static bool goes_well(void)
{
    bool now = ++disk.count == disk.at;

    if (now && (disk.kind == FAULT_DIE || disk.kind == FAULT_TEAR || disk.kind == FAULT_POWER))
        die();
    errno = EIO;
    return !now || disk.kind != FAULT_IOERR;
}

static bool is_full_for(int fd, off_t end)
{
    struct stat status;

    if (disk.kind == FAULT_FULL)
        return disk.count == disk.at;
    return disk.kind == FAULT_FULL_ON && disk.count >= disk.at && fstat(fd, &status) == 0 &&
           end > status.st_size;
}

/* --- The system's ----------------------------------------------------------------------------------------- */

static ssize_t real_write(int fd, const void *bytes, size_t length, off_t at)
{
    return syscall(SYS_pwrite64, fd, bytes, length, at);
}

/* Of what is to be written about half, up to the end of a sector: disks write sectors as a whole. */
static size_t torn(off_t at, size_t length)
{
    off_t end = (at + (off_t)length / 2) / SECTOR * SECTOR;

    return end > at ? (size_t)(end - at) : 0;
}

static ssize_t put(int fd, const void *bytes, size_t length, off_t at)
{
    bool now = disk.count + 1 == disk.at;

    if (now && (disk.kind == FAULT_TEAR || disk.kind == FAULT_IOERR))
        real_write(fd, bytes, torn(at, length), at);
    if (!goes_well())
        return -1;
    if (is_full_for(fd, at + (off_t)length)) {
        errno = ENOSPC;
        return -1;
    }
    return real_write(fd, bytes, length, at);
}

static int sync_file(int fd)
{
    if (!goes_well())
        return -1;
    if (loses_power())
        fault_power_synced(fd);
    return 0; /* the machine itself loses no power: nothing is gained by waiting for its disk */
}

static int open_real(const char *path, int flags, mode_t mode)
{
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

/* Making a file is an operation, and so is emptying it. */
static int open_below(const char *path, int flags, mode_t mode)
{
    struct stat status;
    bool is_there = stat(path, &status) == 0;
    bool makes = !is_there && (flags & O_CREAT),
         empties = is_there && (flags & O_TRUNC) && status.st_size > 0;

    if ((makes || empties) && !goes_well())
        return -1;
    int fd = open_real(path, loses_power() ? flags & ~O_TRUNC : flags, mode);

    if (fd < 0 || !loses_power() || (flags & O_ACCMODE) == O_RDONLY)
        return fd;
    fault_power_opened(fd, makes);
    if (makes)
        fault_power_made(path, /* is_folder= */ false);
    if (flags & O_TRUNC)
        syscall(SYS_ftruncate, fd, (off_t)0);
    return fd;
}

/* --- In place of the C library's -------------------------------------------------------------------------- */

/* Under this name and, where the library has a second one for 64-bit offsets, under that as well. */
#define NAMED(name)          __asm__(name) __attribute__((used))
#define ALSO(name, original) __asm__(name) __attribute__((alias(original)))

ssize_t fault_write(int fd, const void *bytes, size_t length) NAMED("write");
ssize_t fault_write(int fd, const void *bytes, size_t length)
{
    if (!is_below_fd(fd))
        return syscall(SYS_write, fd, bytes, length);
    ssize_t written = put(fd, bytes, length, lseek(fd, 0, SEEK_CUR));

    if (written > 0)
        lseek(fd, written, SEEK_CUR);
    return written;
}

ssize_t fault_pwrite(int fd, const void *bytes, size_t length, off_t at) NAMED("pwrite64");
ssize_t fault_pwrite(int fd, const void *bytes, size_t length, off_t at)
{
    return is_below_fd(fd) ? put(fd, bytes, length, at) : real_write(fd, bytes, length, at);
}
ssize_t fault_pwrite_too(int fd, const void *bytes, size_t length, off_t at) ALSO("pwrite", "pwrite64");

int fault_fsync(int fd) NAMED("fsync");
int fault_fsync(int fd)
{
    return is_below_fd(fd) ? sync_file(fd) : (int)syscall(SYS_fsync, fd);
}
int fault_fdatasync(int fd) ALSO("fdatasync", "fsync");

int fault_ftruncate(int fd, off_t size) NAMED("ftruncate64");
int fault_ftruncate(int fd, off_t size)
{
    return is_below_fd(fd) && !goes_well() ? -1 : (int)syscall(SYS_ftruncate, fd, size);
}
int fault_ftruncate_too(int fd, off_t size) ALSO("ftruncate", "ftruncate64");

int fault_fallocate(int fd, off_t at, off_t length) NAMED("posix_fallocate64");
int fault_fallocate(int fd, off_t at, off_t length)
{
    if (is_below_fd(fd) && !goes_well())
        return EIO;
    if (is_below_fd(fd) && is_full_for(fd, at + length))
        return ENOSPC;
    return syscall(SYS_fallocate, fd, 0, at, length) == 0 ? 0 : errno;
}
int fault_fallocate_too(int fd, off_t at, off_t length) ALSO("posix_fallocate", "posix_fallocate64");

int fault_open(const char *path, int flags, ...) NAMED("open64");
int fault_open(const char *path, int flags, ...)
{
    mode_t mode = 0;

    if (flags & (O_CREAT | O_TMPFILE)) {
        va_list arguments;

        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        va_end(arguments);
    }
    return is_below(path) ? open_below(path, flags, mode) : open_real(path, flags, mode);
}
int fault_open_too(const char *path, int flags, ...) ALSO("open", "open64");

int fault_rename(const char *from, const char *to) NAMED("rename");
int fault_rename(const char *from, const char *to)
{
    if (is_below(from) && !goes_well())
        return -1;
    if (is_below(from) && loses_power())
        fault_power_renaming(from, to);
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int fault_unlink(const char *path) NAMED("unlink");
int fault_unlink(const char *path)
{
    bool is_there = access(path, F_OK) == 0;

    if (is_there && is_below(path) && !goes_well())
        return -1;
    if (is_there && is_below(path) && loses_power())
        fault_power_removing(path);
    return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

int fault_rmdir(const char *path) NAMED("rmdir");
int fault_rmdir(const char *path)
{
    struct stat status;
    bool is_there = stat(path, &status) == 0;

    if (is_there && is_below(path) && !goes_well())
        return -1;
    int result = (int)syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);

    if (result == 0 && is_below(path) && loses_power())
        fault_power_removed_folder(path, status.st_ino);
    return result;
}

int fault_mkdir(const char *path, mode_t mode) NAMED("mkdir");
int fault_mkdir(const char *path, mode_t mode)
{
    bool is_there = access(path, F_OK) == 0;

    if (!is_there && is_below(path) && !goes_well())
        return -1;
    int result = (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);

    if (result == 0 && is_below(path) && loses_power())
        fault_power_made(path, /* is_folder= */ true);
    return result;
}

FILE *fault_fopen(const char *path, const char *mode) NAMED("fopen64");
FILE *fault_fopen(const char *path, const char *mode)
{
    int access_mode = strchr(mode, '+') ? O_RDWR : mode[0] == 'r' ? O_RDONLY : O_WRONLY;
    int made = mode[0] == 'w' ? O_CREAT | O_TRUNC : mode[0] == 'a' ? O_CREAT | O_APPEND : 0;
    int fd = fault_open(path, access_mode | made | O_CLOEXEC, 0666);
    FILE *stream = fd >= 0 ? fdopen(fd, mode) : NULL;

    if (stream && is_below(path))
        setvbuf(stream, NULL, _IOFBF, STREAM_BUFFER);
    return stream;
}
FILE *fault_fopen_too(const char *path, const char *mode) ALSO("fopen", "fopen64");

/* What is in the buffer goes to the file here, and not by the library. */
int fault_fflush(FILE *stream) NAMED("fflush");
int fault_fflush(FILE *stream)
{
    size_t pending = stream ? __fpending(stream) : 0;

    if (pending == 0 || !is_below_fd(fileno(stream)))
        return fflush_unlocked(stream);
    ssize_t written = fault_write(fileno(stream), stream->_IO_write_base, pending);

    __fpurge(stream);
    return written == (ssize_t)pending ? 0 : EOF;
}

size_t fault_fwrite(const void *bytes, size_t size, size_t n, FILE *stream) NAMED("fwrite");
size_t fault_fwrite(const void *bytes, size_t size, size_t n, FILE *stream)
{
    bool is_ours = disk.folder[0] && is_below_fd(fileno(stream));

    if (is_ours && __fpending(stream) + size * n >= STREAM_BUFFER && fault_fflush(stream) != 0)
        return 0;
    if (is_ours && size * n >= STREAM_BUFFER)
        return fault_write(fileno(stream), bytes, size * n) == (ssize_t)(size * n) ? n : 0;
    return fwrite_unlocked(bytes, size, n, stream);
}
