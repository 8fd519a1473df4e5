/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_SCRIPT_H
#define LPARSIM_SVP_SCRIPT_H

#include "svp/console.h"

/*
 * The next line of the stream, without its newline; NULL at its end. A line longer than any command is cut a little
 * behind the longest, so that it is refused and not held in memory. Free with g_free().
 */
char *svp_script_line(FILE *stream);

typedef struct {
    FILE *stream;              /* the caller's */
    const char *name;          /* for the log and for messages */
    bool (*ended)(void *data); /* whether the session ends: then no line is given any more; NULL: never */
    void *data;
    bool keep_going; /* past refused commands */
} SvpScript;

/* Gives every line to the console, until the end, QUIT, a refused command, or results that cannot be written; a line that is cut off by the session's end is not given. */
SvpExit svp_script_run(SvpConsole *console, const SvpScript *script, FILE *out, FILE *err);

#endif
