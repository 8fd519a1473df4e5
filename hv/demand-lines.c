/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The lines of a file of measurements, in memory that does not depend on its size.
 *
 * A machine may have thousands of guests, each with a file of its own, so none is kept open: each chunk is read between an open and a
 * close of its own, which costs less than reading its lines. A file that is no longer than a chunk is read once and stays in the buffer,
 * also when it is read again from its beginning. A file that changes between two chunks is a problem, not a mixture of the two.
 *
 *     buffer:  | given out | still to come | room |
 *              0          at            filled   capacity
 *
 * What must hold: at <= filled <= capacity; the buffer begins in the file at offset - filled.
 */
#include "hv/demand-lines.h"

#include "hv/error.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char byte_order_mark[] = "\xEF\xBB\xBF";

/* How far the end of a line has been looked for. */
typedef struct {
    size_t scanned; /* bytes behind `at` */
    uint64_t ends;  /* ends of line among them */
    bool quoted;    /* the last one lies between quotation marks */
} Search;

/* The name as it can stand in a message; free with g_free(). */
static char *printable(const char *name)
{
    bool plain = g_utf8_validate(name, -1, NULL);

    for (const char *c = name; plain && *c != '\0'; c++)
        plain = !g_ascii_iscntrl(*c);
    return plain ? g_strdup(name) : g_strescape(name, NULL);
}

static bool refuse(const char *name, const char *why, GError **error)
{
    g_autofree char *shown = printable(name);

    g_set_error(
        error, HV_ERROR, HV_ERROR_WORKLOAD, "\"%s\" cannot be read: %s\nGive a file of measured utilization",
        shown, why);
    return false;
}

bool hv_demand_lines_open(
    HvDemandLines *lines, const char *name, const char *path, GBytes *content, GError **error)
{
    struct stat status = {.st_size = 0};

    if (!content && stat(path, &status) != 0)
        return refuse(name, g_strerror(errno), error);
    if (!content && !S_ISREG(status.st_mode))
        return refuse(name, "it is no regular file", error);
    if (!content && access(path, R_OK) != 0)
        return refuse(name, g_strerror(errno), error);
    *lines = (HvDemandLines){
        .name = printable(name),
        .path = g_strdup(path),
        .content = content ? g_bytes_ref(content) : NULL,
        .size = content ? g_bytes_get_size(content) : (uint64_t)status.st_size,
        .device = status.st_dev,
        .inode = status.st_ino,
        .changed_s = status.st_mtim.tv_sec,
        .changed_ns = status.st_mtim.tv_nsec,
        .next_line = 1,
    };
    lines->capacity = (size_t)CLAMP(lines->size, 1, HV_DEMAND_CHUNK_SIZE);
    lines->buffer = g_malloc(lines->capacity);
    return true;
}

void hv_demand_lines_close(HvDemandLines *lines)
{
    g_free(lines->name);
    g_free(lines->path);
    g_clear_pointer(&lines->content, g_bytes_unref);
    g_free(lines->buffer);
    g_free(lines->problem);
    *lines = (HvDemandLines){0};
}

bool hv_demand_lines_fail(HvDemandLines *lines, const char *format, ...)
{
    va_list arguments;

    if (lines->problem)
        return false;
    va_start(arguments, format);
    g_autofree char *why = g_strdup_vprintf(format, arguments);
    va_end(arguments);

    lines->problem = g_strdup_printf("%s:%" PRIu64 ": %s", lines->name, MAX(lines->line, 1), why);
    return false;
}

static bool is_unchanged(const HvDemandLines *lines, int fd)
{
    struct stat status;

    return fstat(fd, &status) == 0 && status.st_dev == lines->device && status.st_ino == lines->inode &&
           (uint64_t)status.st_size == lines->size && status.st_mtim.tv_sec == lines->changed_s &&
           status.st_mtim.tv_nsec == lines->changed_ns;
}

/* Exactly `length` bytes of the file from `offset` on. */
static bool read_fully(int fd, char *to, size_t length, uint64_t offset)
{
    while (length > 0) {
        ssize_t n = pread(fd, to, length, (off_t)offset);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        to += n;
        length -= (size_t)n;
        offset += (uint64_t)n;
    }
    return true;
}

static bool read_file(HvDemandLines *lines, char *to, size_t length)
{
    int fd = open(lines->path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return hv_demand_lines_fail(lines, "the file cannot be read on: %s", g_strerror(errno));
    bool unchanged = is_unchanged(lines, fd);
    bool good = unchanged && read_fully(fd, to, length, lines->offset);

    close(fd);
    return good ||
           hv_demand_lines_fail(
               lines, unchanged ? "the file cannot be read on" : "the file was changed while it was read");
}

/* Makes room behind what is still to come: by moving it to the front, or else by a larger buffer. */
static void make_room(HvDemandLines *lines)
{
    if (lines->at == 0 && lines->filled == lines->capacity) {
        lines->capacity *= 2;
        lines->buffer = g_realloc(lines->buffer, lines->capacity);
    }
    memmove(lines->buffer, lines->buffer + lines->at, lines->filled - lines->at);
    lines->filled -= lines->at;
    lines->at = 0;
}

/* Reads a chunk. There is more in the file. */
static bool fill(HvDemandLines *lines)
{
    g_assert(lines->offset < lines->size);
    make_room(lines);
    char *to = lines->buffer + lines->filled;
    size_t length = (size_t)MIN(lines->capacity - lines->filled, lines->size - lines->offset);

    if (lines->content)
        memcpy(to, (const char *)g_bytes_get_data(lines->content, NULL) + lines->offset, length);
    else if (!read_file(lines, to, length))
        return false;
    lines->filled += length;
    lines->offset += length;
    return true;
}

static bool has_odd_quotes(const char *at, size_t length)
{
    const char *const end = at + length;
    bool odd = false;

    while ((at = memchr(at, '"', (size_t)(end - at)))) {
        odd = !odd;
        at++;
    }
    return odd;
}

/* Goes on until the end of the line, which counts as scanned, or to the end of the buffer: then false. */
static bool find_end(const HvDemandLines *lines, bool quotes, Search *search)
{
    for (;;) {
        const char *from = lines->buffer + lines->at + search->scanned;
        size_t left = lines->filled - lines->at - search->scanned;
        const char *end = memchr(from, '\n', left);
        size_t stretch = end ? (size_t)(end - from) : left;

        if (quotes && has_odd_quotes(from, stretch))
            search->quoted = !search->quoted;
        search->scanned += stretch + (end != NULL);
        search->ends += end != NULL;
        if (!end || !search->quoted)
            return end != NULL;
    }
}

static HvDemandText take(HvDemandLines *lines, size_t scanned, bool ended)
{
    HvDemandText text = {lines->buffer + lines->at, scanned - ended};
    size_t mark = strlen(byte_order_mark);

    lines->at += scanned;
    if (text.length > 0 && text.at[text.length - 1] == '\r')
        text.length--;
    if (lines->line == 1 && text.length >= mark && memcmp(text.at, byte_order_mark, mark) == 0)
        text = (HvDemandText){text.at + mark, text.length - mark};
    return text;
}

static bool fail_long(HvDemandLines *lines, bool quoted)
{
    return hv_demand_lines_fail(
        lines, quoted ? "a quotation mark is not closed within %d bytes" : "the line is longer than %d bytes",
        HV_DEMAND_LINE_MAX);
}

bool hv_demand_lines_next(HvDemandLines *lines, bool quotes, HvDemandText *ret_text)
{
    Search search = {0};
    bool ended;

    if (lines->problem)
        return false;
    while (!(ended = find_end(lines, quotes, &search)) && lines->offset < lines->size) {
        lines->line = lines->next_line;
        if (search.scanned > HV_DEMAND_LINE_MAX)
            return fail_long(lines, search.quoted);
        if (!fill(lines))
            return false;
    }
    if (search.scanned == 0)
        return false;
    lines->line = lines->next_line;
    lines->next_line += search.ends + !ended;
    if (search.scanned - ended > HV_DEMAND_LINE_MAX)
        return fail_long(lines, search.quoted);
    if (search.quoted)
        return hv_demand_lines_fail(lines, "a quotation mark is never closed");
    *ret_text = take(lines, search.scanned, ended);
    return true;
}

void hv_demand_lines_rewind(HvDemandLines *lines)
{
    lines->at = 0;
    if (lines->offset > lines->filled) {
        lines->filled = 0;
        lines->offset = 0;
    }
    lines->line = 0;
    lines->next_line = 1;
}
