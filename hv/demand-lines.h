/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_DEMAND_LINES_H
#define LPARSIM_HV_DEMAND_LINES_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define HV_DEMAND_LINE_MAX   65536 /* bytes of a line, without its end */
#define HV_DEMAND_CHUNK_SIZE 16384 /* bytes that are read at a time */

/* A stretch of the file; no zero byte at its end. */
typedef struct {
    const char *at;
    size_t length;
} HvDemandText;

/*
 * The lines of a file, one by one, in a buffer of HV_DEMAND_CHUNK_SIZE, or of the file's size if it is smaller, or of up to twice the
 * longest line. No file stays open, so there may be thousands. `line` is where the last one began, from 1.
 */
typedef struct {
    char *name; /* for messages */
    char *path;
    GBytes *content; /* read instead of the file, if there is one */
    uint64_t size;   /* of the file */
    uint64_t device, inode;
    int64_t changed_s, changed_ns;
    char *buffer;
    size_t capacity, filled, at; /* [at, filled) is still to be given out */
    uint64_t offset;             /* in the file, of what comes behind the buffer */
    uint64_t line, next_line;
    char *problem; /* "NAME:LINE: why"; NULL: none so far */
} HvDemandLines;

/* False, with HV_ERROR_WORKLOAD, if it is no file that can be read. `content` may be NULL. */
bool hv_demand_lines_open(
    HvDemandLines *lines, const char *name, const char *path, GBytes *content, GError **error);
void hv_demand_lines_close(HvDemandLines *lines);
/*
 * The next line without its end (LF or CR LF); good until the next call. With `quotes`, an end of line between quotation marks does
 * not count. False: there is none, or there is a problem.
 */
bool hv_demand_lines_next(HvDemandLines *lines, bool quotes, HvDemandText *ret_text);
void hv_demand_lines_rewind(HvDemandLines *lines);
/* Sets the problem, of the line that was given last, unless there is one. Always false. */
bool hv_demand_lines_fail(HvDemandLines *lines, const char *format, ...) G_GNUC_PRINTF(2, 3);

#endif
