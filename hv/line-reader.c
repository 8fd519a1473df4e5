/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lines of a file, a buffer at a time.
 *
 * The buffer holds a window of the file: [begin, end) of it has been read and not yet given out. When no whole line is left in it,
 * the rest is moved to the front and the file is opened, read on from where the window ends, and closed again: that costs little
 * for a thousand lines, and a machine with thousands of guests, a file each, does not run out of file descriptors.
 *
 * What must hold: begin <= end <= BUFFER_SIZE, and there is room for a terminator behind the buffer. A line that does not fit into
 * the buffer is refused; so is a NUL, which would hide what follows it.
 */
#include "hv/line-reader.h"

#include "hv/codec.h"
#include "hv/error.h"
#include "hv/file-mark.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_SIZE 16384u
#define FILE_REMEDY "Give the name of a text file that can be read"

struct HvLineReader {
    char *name, *path;
    char buffer[BUFFER_SIZE + 1];
    size_t begin, end;
    off_t read_to; /* of the file */
    bool at_end;   /* the buffer has the last of it */
    uint64_t line; /* of the last line that was given out, from 1 */
};

static bool refuse_file(const char *name, const char *why, GError **error)
{
    g_autofree char *quoted = g_strescape(name, NULL);

    g_set_error(
        error, HV_ERROR, HV_ERROR_WORKLOAD, "\"%.200s\" cannot be read: %s\n%s", quoted, why, FILE_REMEDY);
    return false;
}

/* -1 with an error. Without waiting: a named pipe would wait for its writer before it can be told that it is none of ours. */
static int open_file(const char *path, const char *name, GError **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status;

    if (fd < 0) {
        refuse_file(name, g_strerror(errno), error);
        return -1;
    }
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
        return fd;
    close(fd);
    refuse_file(name, "it is no regular file", error);
    return -1;
}

HvLineReader *hv_line_reader_open(const char *name, const char *directory, GError **error)
{
    g_autofree char *path = directory && !g_path_is_absolute(name) ? g_build_filename(directory, name, NULL)
                                                                   : g_strdup(name);
    int fd = open_file(path, name, error);

    if (fd < 0)
        return NULL;
    close(fd);
    HvLineReader *reader = g_new(HvLineReader, 1);

    *reader = (HvLineReader){.name = g_strdup(name), .path = g_steal_pointer(&path)};
    return reader;
}

void hv_line_reader_free(HvLineReader *reader)
{
    if (!reader)
        return;
    g_free(reader->name);
    g_free(reader->path);
    g_free(reader);
}

bool hv_line_reader_refuse(const HvLineReader *reader, const char *what, const char *remedy, GError **error)
{
    g_autofree char *quoted = g_strescape(reader->name, NULL);

    g_set_error(
        error, HV_ERROR, HV_ERROR_WORKLOAD, "%.200s:%" G_GUINT64_FORMAT ": %s\n%s", quoted, reader->line,
        what, remedy);
    return false;
}

/* Moves the window on. False with an error if the file cannot be read, or the buffer is full already. */
static bool refill(HvLineReader *reader, GError **error)
{
    if (reader->begin == 0 && reader->end == BUFFER_SIZE) {
        reader->line++;
        return hv_line_reader_refuse(reader, "the line is too long", "Give lines below 16 KiB", error);
    }
    int fd = open_file(reader->path, reader->name, error);

    if (fd < 0)
        return false;
    memmove(reader->buffer, reader->buffer + reader->begin, reader->end - reader->begin);
    reader->end -= reader->begin;
    reader->begin = 0;
    ssize_t got = pread(fd, reader->buffer + reader->end, BUFFER_SIZE - reader->end, reader->read_to);
    int problem = errno;

    close(fd);
    if (got < 0)
        return refuse_file(reader->name, g_strerror(problem), error);
    reader->at_end = got == 0;
    reader->end += (size_t)got;
    reader->read_to += got;
    return true;
}

/* The next line as it is, terminated instead of its line end; NULL as in hv_line_reader_next(). */
static char *next_line(HvLineReader *reader, size_t *ret_length, GError **error)
{
    char *stop;

    while (!(stop = memchr(reader->buffer + reader->begin, '\n', reader->end - reader->begin)) &&
           !reader->at_end)
        if (!refill(reader, error))
            return NULL;
    if (!stop && reader->begin == reader->end)
        return NULL;
    char *line = reader->buffer + reader->begin;

    if (!stop)
        stop = reader->buffer + reader->end; /* the last line need not have an end */
    reader->begin = MIN((size_t)(stop - reader->buffer) + 1, reader->end);
    reader->line++;
    *stop = '\0';
    *ret_length = (size_t)(stop - line);
    return line;
}

/* Without comment and blanks. */
static char *strip(char *line)
{
    static const char byte_order_mark[] = "\xEF\xBB\xBF";

    if (g_str_has_prefix(line, byte_order_mark))
        line += strlen(byte_order_mark);
    line[strcspn(line, "#")] = '\0';
    return g_strstrip(line);
}

char *hv_line_reader_next(HvLineReader *reader, GError **error)
{
    size_t length;

    for (char *line; (line = next_line(reader, &length, error));) {
        if (strlen(line) != length) {
            hv_line_reader_refuse(reader, "there is a NUL in the line", FILE_REMEDY, error);
            return NULL;
        }
        line = strip(line);
        if (*line)
            return line;
    }
    return NULL;
}

/* --- Written down and read back -------------------------------------------------------------------------- */

/* What is in the buffer and was not given out is read again. */
void hv_line_reader_codec(HvLineReader *reader, HvCodec *codec)
{
    uint64_t offset = (uint64_t)reader->read_to - (reader->end - reader->begin);

    hv_codec_begin(codec, "lines", 1);
    hv_file_mark_codec(reader->path, reader->name, codec);
    hv_codec_u64(codec, &offset);
    hv_codec_u64(codec, &reader->line);
    if (hv_codec_reads(codec)) {
        if (offset > INT64_MAX)
            hv_codec_fail(codec, "%" G_GUINT64_FORMAT " is no place in a file", offset);
        reader->read_to = (off_t)(offset & INT64_MAX);
        reader->begin = reader->end = 0;
        reader->at_end = false;
    }
    hv_codec_end(codec);
}
