/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_LINE_READER_H
#define LPARSIM_HV_LINE_READER_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * A text file read line by line in 16 KiB of memory, whatever its size. Errors are HV_ERROR_WORKLOAD. Between two calls the file is
 * not open, so thousands of readers need no more file descriptors than one.
 */
typedef struct HvLineReader HvLineReader;
typedef struct HvCodec HvCodec; /* hv/codec.h */

/* `directory`: where a relative `name` lies; NULL: in the working directory. NULL with an error if `name` is no regular file that
 * can be read. */
HvLineReader *hv_line_reader_open(const char *name, const char *directory, GError **error);
void hv_line_reader_free(HvLineReader *reader); /* NULL is allowed */
/*
 * The next line that has something in it, without its comment ('#' and what follows) and the blanks around it; it may be changed,
 * and lasts until the next call. NULL: there is none any more; or the file cannot be read on, and `error` is set.
 */
char *hv_line_reader_next(HvLineReader *reader, GError **error);
/* Sets "NAME:LINE: what", LINE being that of the last line, and behind a newline the remedy; returns false. */
bool hv_line_reader_refuse(const HvLineReader *reader, const char *what, const char *remedy, GError **error);

/* How far it has come. A reader's was opened anew; that the file is another one now, by its content, does not fit. */
void hv_line_reader_codec(HvLineReader *reader, HvCodec *codec);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvLineReader, hv_line_reader_free)

#endif
