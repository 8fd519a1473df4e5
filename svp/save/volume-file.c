/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Volumes that are one file: a tar archive that grows at its end.
 *
 *     [VOLUME.json] [000001-LPAR1.tar.zst] [VOLUME.json] [000002-SYSTEM.tar.zst] [VOLUME.json] 0 0
 *
 * Each save adds two members, itself and the label that names it; of several labels the last is the valid one, as tar would unpack
 * it. The end of an archive is a block of zeros. So a new save's first block, its header, is left zero until all that follows is on
 * the disk, and is written last: one block decides whether the save is on the volume. Blocks of 512 bytes are written as a whole by
 * all disks. Nothing before the end is ever written again. While a save is written the file is longer than that: the disk is asked for
 * room ahead, so that when it is full there is still enough for the label.
 */
#include "svp/save/volume-kind.h"

#include "hv/folder.h"
#include "svp/error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define BLOCK              512u
#define RESERVE_STEP_BYTES ((uint64_t)16 << 20)

/* The header of a member, as POSIX has it (ustar); sizes from 8 GiB on as GNU tar writes them, in binary. */
typedef struct {
    char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100];
    char magic[8], owner[32], group[32], devices[16], prefix[155], rest[12];
} Header;
G_STATIC_ASSERT(sizeof(Header) == BLOCK);

static uint64_t padded(uint64_t bytes)
{
    return (bytes + BLOCK - 1) / BLOCK * BLOCK;
}

static unsigned checksum_of(const Header *header)
{
    Header blank = *header;
    unsigned sum = 0;

    memset(blank.checksum, ' ', sizeof blank.checksum);
    for (unsigned i = 0; i < BLOCK; i++)
        sum += ((const uint8_t *)&blank)[i];
    return sum;
}

static Header header_of(const char *name, uint64_t size_bytes)
{
    Header header = {.type = '0'};

    g_strlcpy(header.name, name, sizeof header.name);
    memcpy(header.mode, "0000644", 8);
    memcpy(header.uid, "0000000", 8);
    memcpy(header.gid, "0000000", 8);
    memcpy(header.magic, "ustar\00000", 8);
    memcpy(header.mtime, "00000000000", 12);
    if (size_bytes < UINT64_C(1) << 33) {
        g_snprintf(header.size, sizeof header.size, "%011" G_GINT64_MODIFIER "o", size_bytes);
    } else {
        header.size[0] = (char)0x80;
        for (unsigned i = 0; i < 8; i++)
            header.size[4 + i] = (char)(uint8_t)(size_bytes >> (56 - 8 * i));
    }
    g_snprintf(header.checksum, sizeof header.checksum, "%06o", checksum_of(&header));
    header.checksum[7] = ' ';
    return header;
}

static uint64_t size_of(const Header *header)
{
    uint64_t size = 0;

    if (!(header->size[0] & 0x80))
        return g_ascii_strtoull(header->size, NULL, 8);
    for (unsigned i = 4; i < 12; i++)
        size = size << 8 | (uint8_t)header->size[i];
    return size;
}

static bool is_zero(const Header *header)
{
    const uint8_t *bytes = (const uint8_t *)header;

    return bytes[0] == 0 && memcmp(bytes, bytes + 1, BLOCK - 1) == 0;
}

static bool refuse_damaged(const SvpVolume *volume, uint64_t at, GError **error)
{
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_TAPE_DAMAGED,
        "The volume '%s' is damaged at byte %" G_GUINT64_FORMAT ": no member of an archive begins or ends "
        "there\nUse another copy of the volume, or INZTAP with CHECK(*NO) to use it anew",
        volume->path, at);
    return false;
}

/* --- Reading -------------------------------------------------------------------------------------------- */

/* Looks at all members up to the end; *ret_at is where the last one of that name has its bytes, 0: there is none. */
static bool
scan(SvpVolume *volume, int fd, const char *name, uint64_t *ret_at, uint64_t *ret_length, GError **error)
{
    uint64_t end = (uint64_t)lseek(fd, 0, SEEK_END), at = 0;
    Header header;

    *ret_at = *ret_length = 0;
    for (;;) {
        if (at + BLOCK > end || pread(fd, &header, BLOCK, (off_t)at) != BLOCK)
            return refuse_damaged(volume, at, error);
        if (is_zero(&header))
            break;
        uint64_t size = size_of(&header);

        if (checksum_of(&header) != g_ascii_strtoull(header.checksum, NULL, 8) || size > end ||
            at + BLOCK + padded(size) > end)
            return refuse_damaged(volume, at, error);
        if (strncmp(header.name, name, sizeof header.name) == 0) {
            *ret_at = at + BLOCK;
            *ret_length = size;
        }
        at += BLOCK + padded(size);
    }
    volume->end_bytes = at;
    return true;
}

static bool read_bytes(int fd, uint64_t at, uint64_t length, char **ret_text)
{
    g_autofree char *text = g_malloc(length + 1);

    if (pread(fd, text, length, (off_t)at) != (ssize_t)length)
        return false;
    text[length] = '\0';
    *ret_text = g_steal_pointer(&text);
    return true;
}

static bool read_label(SvpVolume *volume, char **ret_text, size_t *ret_length, GError **error)
{
    int fd = open(volume->path, O_RDONLY | O_CLOEXEC);
    uint64_t at, length;
    bool done = true;

    if (fd < 0)
        return errno == ENOENT || svp_volume_fail(volume, "read", error);
    if (lseek(fd, 0, SEEK_END) > 0)
        done = scan(volume, fd, SVP_VOLUME_LABEL, &at, &length, error) &&
               (at == 0 || read_bytes(fd, at, length, ret_text) || svp_volume_fail(volume, "read", error));
    if (*ret_text)
        *ret_length = (size_t)length;
    close(fd);
    return done;
}

static int open_file(SvpVolume *volume, const char *file, uint64_t *ret_length, GError **error)
{
    int fd = open(volume->path, O_RDONLY | O_CLOEXEC);
    uint64_t at = 0;

    if (fd < 0) {
        svp_volume_fail(volume, "read", error);
        return -1;
    }
    if (!scan(volume, fd, file, &at, ret_length, error)) {
        close(fd);
        return -1;
    }
    if (at == 0)
        refuse_damaged(volume, volume->end_bytes, error);
    else if (lseek(fd, (off_t)at, SEEK_SET) >= 0)
        return fd;
    close(fd);
    return -1;
}

/* --- Writing -------------------------------------------------------------------------------------------- */

/* A label as a member and the end of the archive behind it; but for the first block, if that is to be written last. */
static bool write_label(int fd, const char *label, uint64_t at, bool without_header)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    const Header header = header_of(SVP_VOLUME_LABEL, strlen(label));
    static const Header nothing;

    g_byte_array_append(bytes, (const uint8_t *)(without_header ? &nothing : &header), BLOCK);
    g_byte_array_append(bytes, (const uint8_t *)label, (guint)strlen(label));
    unsigned length = bytes->len;

    g_byte_array_set_size(bytes, (guint)padded(length) + 2 * BLOCK);
    memset(bytes->data + length, 0, bytes->len - length);
    return svp_volume_write_at(fd, bytes->data, bytes->len, at);
}

static bool decide(int fd, const char *name, uint64_t size_bytes, uint64_t at)
{
    const Header header = header_of(name, size_bytes);

    return fsync(fd) == 0 && svp_volume_write_at(fd, &header, BLOCK, at) && fsync(fd) == 0;
}

static bool put_label(SvpVolume *volume, const char *label, GError **error)
{
    int fd = open(volume->path, O_RDWR | O_CLOEXEC);
    uint64_t at = volume->end_bytes;
    bool done = fd >= 0 && write_label(fd, label, at, /* without_header= */ true) &&
                decide(fd, SVP_VOLUME_LABEL, strlen(label), at);

    if (done)
        volume->end_bytes = at + BLOCK + padded(strlen(label));
    else
        svp_volume_fail(volume, "labelled", error);
    if (fd >= 0)
        close(fd);
    return done;
}

static bool initialize(SvpVolume *volume, const char *label, GError **error)
{
    g_autofree char *part = g_strconcat(volume->path, ".tmp", NULL);
    g_autofree char *folder = g_path_get_dirname(volume->path);
    int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
    bool done = fd >= 0 && write_label(fd, label, 0, /* without_header= */ false) && fsync(fd) == 0 &&
                g_rename(part, volume->path) == 0 && hv_folder_sync(folder);

    if (!done) {
        svp_volume_fail(volume, "initialized", error);
        g_unlink(part);
    }
    if (fd >= 0)
        close(fd);
    volume->end_bytes = done ? BLOCK + padded(strlen(label)) : volume->end_bytes;
    return done;
}

static bool remove_file(SvpVolume *volume, const char *file, const char *label, GError **error)
{
    (void)label;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_TAPE_IO,
        "'%s' cannot be removed from '%s': a volume that is a file only grows\n"
        "Use a folder as volume, or INZTAP when nothing on it is needed any more",
        file, volume->path);
    return false;
}

/* What stands behind the end was left by a crash, or by a save that was given up. */
static bool clean(SvpVolume *volume, const SvpLabel *label, GError **error)
{
    GStatBuf about;

    (void)label;
    if (g_stat(volume->path, &about) != 0)
        return svp_volume_fail(volume, "read", error);
    uint64_t end = volume->end_bytes + 2 * (uint64_t)BLOCK;

    if ((uint64_t)about.st_size == end)
        return true;
    int fd = open(volume->path, O_RDWR | O_CLOEXEC);
    bool done = fd >= 0 && ftruncate(fd, (off_t)(end - BLOCK)) == 0 && ftruncate(fd, (off_t)end) == 0;

    if (!done)
        svp_volume_fail(volume, "cleaned", error);
    if (fd >= 0)
        close(fd);
    return done;
}

static bool begin(SvpVolumePart *part, GError **error)
{
    part->fd = open(part->volume->path, O_RDWR | O_CLOEXEC);
    if (part->fd < 0)
        return svp_volume_fail(part->volume, "written", error);
    part->base_bytes = part->volume->end_bytes + BLOCK;
    return true;
}

/* Ahead by steps while there is room for them, and at least by what the label may take. What cannot reserve does not. */
static bool make_room(SvpVolumePart *part, uint64_t length)
{
    uint64_t needed = part->base_bytes + length + SVP_VOLUME_RESERVE_BYTES, step = RESERVE_STEP_BYTES;

    part->reserved_bytes = MAX(part->reserved_bytes, part->base_bytes);
    while (part->reserved_bytes < needed) {
        uint64_t missing = needed - part->reserved_bytes;

        step = MAX(step, missing);
        if (fallocate(part->fd, 0, (off_t)part->reserved_bytes, (off_t)step) == 0)
            part->reserved_bytes += step;
        else if (!svp_volume_is_full(errno))
            part->reserved_bytes = UINT64_MAX;
        else if (step == missing)
            return false;
        else
            step = missing;
    }
    return true;
}

static bool commit(SvpVolumePart *part, const char *file, const char *label, GError **error)
{
    static const uint8_t zeros[BLOCK];
    SvpVolume *volume = part->volume;
    uint64_t end = part->base_bytes + part->length_bytes,
             next = part->base_bytes + padded(part->length_bytes);

    if (!svp_volume_write_at(part->fd, zeros, (size_t)(next - end), end) ||
        !write_label(part->fd, label, next, /* without_header= */ false) ||
        ftruncate(part->fd, (off_t)(next + padded(strlen(label)) + 3 * (uint64_t)BLOCK)) != 0 ||
        !decide(part->fd, file, part->length_bytes, volume->end_bytes))
        return svp_volume_fail(volume, "written", error);
    volume->end_bytes = next + BLOCK + padded(strlen(label));
    return true;
}

/*
 * Back to the end as it was: two blocks of zeros. If that fails too, the first of them is still there. It is not when the very last
 * sync has failed, behind the header: so it is written again.
 */
static void abandon(SvpVolumePart *part)
{
    static const uint8_t zeros[BLOCK];
    uint64_t end = part->volume->end_bytes;

    if (!svp_volume_write_at(part->fd, zeros, BLOCK, end) || ftruncate(part->fd, (off_t)(end + BLOCK)) != 0 ||
        ftruncate(part->fd, (off_t)(end + 2 * BLOCK)) != 0)
        g_debug("%s keeps what was given up behind its end", part->volume->path);
}

const SvpVolumeOps svp_volume_file_ops = {
    .read_label = read_label,
    .initialize = initialize,
    .clean = clean,
    .put_label = put_label,
    .remove = remove_file,
    .begin = begin,
    .make_room = make_room,
    .commit = commit,
    .abandon = abandon,
    .open_file = open_file,
};
