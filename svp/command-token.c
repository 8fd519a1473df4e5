/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A command line as words.
 *
 * Blanks or one comma stand between words, and parentheses stand around one: "GUEST LPAR1,CF CPU(3),ONLINE" has the words GUEST,
 * LPAR1, CF, CPU, (3), ONLINE. Where a comma may stand and where a blank is not the lines' business: both
 * separate. But two commas with nothing between them are a word that was forgotten, and that is refused.
 */
#include "svp/command-token.h"

#include "svp/error.h"

#include <string.h>

typedef struct {
    const char *line;
    size_t at;
    bool in_parens;
    bool comma_open; /* a comma, and no word after it yet */
    GArray *tokens;
} Scan;

static void clear_token(gpointer data)
{
    g_free(((SvpToken *)data)->text);
}

static bool refuse(GError **error, const char *why, const char *remedy)
{
    g_set_error(error, SVP_ERROR, SVP_ERROR_OPERAND, "%s\n%s", why, remedy);
    return false;
}

static bool scan_comma(Scan *scan, GError **error)
{
    if (scan->comma_open || scan->tokens->len == 0)
        return refuse(error, "There is nothing before a comma", "Give the operand, or take the comma away");
    scan->comma_open = true;
    scan->at++;
    return true;
}

static bool scan_paren(Scan *scan, GError **error)
{
    bool opens = scan->line[scan->at] == '(';

    if (opens == scan->in_parens || (opens && scan->tokens->len == 0))
        return refuse(error, "The parentheses do not match", "Write them as in STOR(ALL) or CPU(3)");
    scan->in_parens = opens;
    scan->at++;
    return true;
}

static void scan_word(Scan *scan)
{
    size_t length = strcspn(scan->line + scan->at, " \t,()");
    const SvpToken token = {
        .text = g_strndup(scan->line + scan->at, length),
        .start = scan->at,
        .end = scan->at + length,
        .in_parens = scan->in_parens,
    };

    g_array_append_val(scan->tokens, token);
    scan->comma_open = false;
    scan->at += length;
}

static bool scan_next(Scan *scan, GError **error)
{
    switch (scan->line[scan->at]) {
    case ' ':
    case '\t':
        scan->at++;
        return true;
    case ',':
        return scan_comma(scan, error);
    case '(':
    case ')':
        return scan_paren(scan, error);
    default:
        scan_word(scan);
        return true;
    }
}

GArray *svp_command_tokens(const char *line, GError **error)
{
    g_autoptr(GArray) tokens = g_array_new(FALSE, FALSE, sizeof(SvpToken));
    Scan scan = {.line = line, .tokens = tokens};

    g_array_set_clear_func(tokens, clear_token);
    while (line[scan.at])
        if (!scan_next(&scan, error))
            return NULL;
    if (scan.in_parens) {
        refuse(error, "The parentheses do not match", "Write them as in STOR(ALL) or CPU(3)");
        return NULL;
    }
    if (scan.comma_open) {
        refuse(error, "There is nothing after the last comma", "Give the operand, or take the comma away");
        return NULL;
    }
    return g_steal_pointer(&tokens);
}
