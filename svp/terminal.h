/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_TERMINAL_H
#define LPARSIM_SVP_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/* A terminal with an operator at it: line editing, history, completion, and the interrupt key. */
typedef struct SvpTerminal SvpTerminal;

/* NULL-terminated strings, g_strfreev(), or NULL: what the word that ends at `cursor` could become. */
typedef char **(*SvpTerminalComplete)(const char *line, size_t cursor, void *data);

/* On the standard streams. From now on the interrupt key ends nothing; svp_terminal_interrupted() tells of it. */
/* `read`: as read(2) of standard input; 0: the end. */
SvpTerminal *svp_terminal_new(
    SvpTerminalComplete complete, ssize_t (*read)(char *buffer, size_t length, void *data), void *data);
void svp_terminal_free(SvpTerminal *terminal); /* the history is saved; NULL is allowed */

/* A line without its newline, in the history if `remember`; NULL at the end of input. Free with g_free(). */
char *svp_terminal_read(SvpTerminal *terminal, const char *prompt, bool remember);
/* Whether the interrupt key was pressed since the last call. */
bool svp_terminal_interrupted(void);

/* Columns of the terminal that the stream is, 0 if it is none. */
unsigned svp_terminal_width(FILE *stream);

#endif
