/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a line to a call: what was typed becomes a path of rows with values.
 *
 * A line is text: what is not UTF-8, or controls a terminal, is refused before anybody looks at words, so no later quote of it
 * can do harm. Everything that can be known without the machine is checked here, LPAR names included; whether the machine allows
 * the command is for the layers below to say.
 */
#include "svp/command-parse.h"

#include "svp/command-walk.h"
#include "svp/error.h"
#include "svp/message.h"

#include <string.h>

#define SHOWN_OF_LONG_LINE 80

static SvpCall *call_new(void)
{
    SvpCall *call = g_new0(SvpCall, 1);

    call->words = g_ptr_array_new_with_free_func(g_free);
    return call;
}

void svp_call_free(SvpCall *call)
{
    if (!call)
        return;
    for (unsigned i = 0; i < call->n_values; i++)
        svp_call_free(call->values[i].command);
    g_clear_pointer(&call->topic, g_ptr_array_unref);
    g_ptr_array_unref(call->words);
    g_free(call->text);
    g_free(call);
}

const SvpCommandRow *svp_call_row(const SvpCall *call)
{
    g_assert(call->n_path > 0);
    return call->path[call->n_path - 1];
}

const SvpValue *svp_call_value(const SvpCall *call, const char *name)
{
    for (unsigned i = 0; i < call->n_values; i++)
        if (strcmp(call->values[i].operand->name, name) == 0)
            return &call->values[i];
    return NULL;
}

unsigned svp_call_lpar(const SvpCall *call, const char *name)
{
    const SvpValue *value = svp_call_value(call, name);

    return value ? value->lpar : 0;
}

uint64_t svp_call_number(const SvpCall *call, const char *name)
{
    const SvpValue *value = svp_call_value(call, name);

    g_assert(value);
    return value->number;
}

const char *svp_call_word(const SvpCall *call, const char *name)
{
    const SvpValue *value = svp_call_value(call, name);

    return value ? value->word : NULL;
}

bool svp_command_is_blank(const char *line)
{
    line += strspn(line, " \t\r\n");
    return *line == '\0' || *line == '#' || *line == '*';
}

static bool is_text(const char *line, GError **error)
{
    if (strlen(line) > SVP_LINE_MAX) {
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_INPUT, "The command is longer than %u bytes\nGive a shorter one",
            SVP_LINE_MAX);
        return false;
    }
    for (const char *p = line; *p; p += g_utf8_skip[(unsigned char)*p]) {
        gunichar c = g_utf8_get_char_validated(p, -1);

        if (c < (gunichar)-2 && (g_unichar_isprint(c) || c == '\t'))
            continue;
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_INPUT,
            "The command has something at column %ld that is not text: \\x%02X\nGive commands as UTF-8 text",
            g_utf8_pointer_to_offset(line, p) + 1, (unsigned char)*p);
        return false;
    }
    return true;
}

static bool walk_line(SvpWalk *walk, GError **error)
{
    g_autoptr(GArray) tokens = svp_command_tokens(walk->line, error);

    if (!tokens)
        return false;
    g_assert(tokens->len > 0);
    for (unsigned i = 0; i < tokens->len; i++)
        if (!svp_walk_step(walk, &g_array_index(tokens, SvpToken, i), error))
            return false;
    return svp_walk_end(walk, error);
}

/* A line that is refused is spelled out as far as it was understood; what follows stays as typed, but not without end. */
static void complete_text(SvpWalk *walk)
{
    if (!walk->rest_taken && walk->copied < strlen(walk->line))
        g_string_append(walk->text, walk->line + walk->copied);
    if (walk->text->len > SVP_LINE_MAX) {
        g_string_truncate(walk->text, SHOWN_OF_LONG_LINE);
        g_string_append(walk->text, "...");
    }
}

SvpCall *svp_command_parse(const ResmgrState *state, const char *line, char **ret_text, GError **error)
{
    /* A tab is a blank, so that the text of a call can be parsed again: queued commands are. */
    g_autofree char *trimmed = g_strstrip(g_strdelimit(g_strdup(line), "\t", ' '));
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(SvpCall) call = call_new();
    SvpWalk walk;

    svp_walk_begin(&walk, state, trimmed, call, text);
    bool understood = is_text(trimmed, error) && walk_line(&walk, error);

    if (!understood)
        complete_text(&walk);
    call->text = svp_message_printable(text->str);
    if (ret_text)
        *ret_text = g_strdup(call->text);
    return understood ? g_steal_pointer(&call) : NULL;
}
