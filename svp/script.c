/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Scripts: lines of a file, or of standard input.
 *
 * A script that was told to do something and was refused must not go on as if it had been done, so it ends there unless it
 * is told otherwise. Whatever the bytes are, they become lines that the console can refuse: a NUL becomes a visible
 * character, and a line without end is cut.
 */
#include "svp/script.h"

#include "svp/command-parse.h"
#include "svp/error.h"
#include "svp/message.h"

#include <errno.h>

#define VISIBLE_NUL "\xE2\x90\x80" /* U+2400, symbol for null */

char *svp_script_line(FILE *stream)
{
    g_autoptr(GString) line = g_string_new(NULL);
    bool any = false;
    int c;

    while ((c = getc(stream)) != EOF) {
        any = true;
        if (c == '\n')
            break;
        if (line->len > SVP_LINE_MAX)
            continue;
        if (c == '\0')
            g_string_append(line, VISIBLE_NUL);
        else
            g_string_append_c(line, (char)c);
    }
    return any ? g_strdup(line->str) : NULL;
}

static SvpExit read_failed(const SvpScript *script, int reason, FILE *err)
{
    g_autofree char *text =
        svp_message_note(SVP_ERROR_FILE, "%s cannot be read: %s", script->name, g_strerror(reason));

    fprintf(err, "%s\n", text);
    return SVP_EXIT_USAGE;
}

static void say_ended(const char *source, FILE *err)
{
    g_autofree char *text = svp_message_note(
        SVP_MESSAGE_ENDED, "%s was refused, and the commands after it are not given", source);

    fprintf(err, "%s\n", text);
}

SvpExit svp_script_run(SvpConsole *console, const SvpScript *script, FILE *out, FILE *err)
{
    SvpExit status = SVP_EXIT_OK;
    unsigned number = 0;

    while (!svp_console_quit(console) && !ferror(out)) {
        g_autofree char *line = svp_script_line(script->stream);

        if (!line || (script->ended && script->ended(script->data)))
            break;
        g_autofree char *source = g_strdup_printf("%s:%u", script->name, ++number);

        if (svp_console_line(console, line, source))
            continue;
        status = SVP_EXIT_REFUSED;
        if (script->keep_going)
            continue;
        say_ended(source, err);
        break;
    }
    return ferror(script->stream) ? read_failed(script, errno, err) : status;
}
