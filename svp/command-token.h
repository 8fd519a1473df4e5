/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_COMMAND_TOKEN_H
#define LPARSIM_SVP_COMMAND_TOKEN_H

#include <glib.h>
#include <stdbool.h>

/* One word of a command line. */
typedef struct {
    char *text;
    size_t start, end; /* bytes in the line, without parentheses */
    bool in_parens;
} SvpToken;

/*
 * The words of a line: GArray of SvpToken, free with g_array_unref(). NULL with SVP_ERROR_OPERAND: parentheses that do not
 * match, nothing between two commas.
 */
GArray *svp_command_tokens(const char *line, GError **error);

#endif
