/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One word as the value of one operand: a function for each kind.
 *
 * Quantities and LPAR names are understood by the layers that own them, which also say what is wrong with them. A command
 * inside a command (AT) is parsed as one, so that it is refused when it is queued and not when its time has come.
 */
#include "svp/command-walk.h"

#include "svp/error.h"
#include "svp/message.h"

#include <string.h>

static bool take_lpar(SvpWalk *walk, const SvpToken *token, SvpValue *value, GError **error)
{
    if (value->operand->kind == SVP_OPERAND_LPAR_OR_ALL && g_ascii_strcasecmp(token->text, "ALL") == 0) {
        svp_walk_spell(walk, token, "ALL");
        return true;
    }
    const ResmgrLpar *lpar = resmgr_state_find(walk->state, token->text, error);

    if (!lpar)
        return false;
    value->lpar = lpar->number;
    return true;
}

static bool take_keyword(SvpWalk *walk, const SvpToken *token, SvpValue *value, GError **error)
{
    g_autofree char *what = g_strdup_printf("nothing that %s takes here", svp_call_row(walk->call)->name);
    int index = svp_walk_match(token->text, value->operand->words, what, SVP_ERROR_OPERAND, error);

    if (index < 0)
        return false;
    value->word = value->operand->words[index];
    svp_walk_spell(walk, token, value->word);
    return true;
}

static bool take_chpid(const SvpToken *token, SvpValue *value, GError **error)
{
    uint32_t chpid;

    if (!hv_quantity_parse_hex(token->text, 2, &chpid, error))
        return false;
    value->number = chpid;
    return true;
}

static bool take_word(SvpWalk *walk, const SvpToken *token, SvpValue *value)
{
    SvpToken words = *token;

    /* In parentheses, all that stand there. */
    if (value->operand->in_parens)
        words.end = words.start + strcspn(walk->line + words.start, ")");
    char *word = g_strstrip(g_strndup(walk->line + words.start, words.end - words.start));

    g_ptr_array_add(walk->call->words, word);
    value->word = word;
    walk->taken_until = words.end;
    return true;
}

/* Whether the token is one of the flags behind a command in a command, in full: the command's own words can be like it. */
static bool is_flag(const SvpOperand *flags, const SvpToken *token, SvpOperandKind kind)
{
    for (; flags->name; flags++)
        if (flags->kind == kind && !token->in_parens && g_ascii_strcasecmp(flags->name, token->text) == 0)
            return true;
    return false;
}

/* How many bytes of the line, from the first word of a command in a command, belong to it and not to the flags behind it. */
static size_t command_length(const char *line, const SvpOperand *flags)
{
    g_autoptr(GArray) tokens = svp_command_tokens(line, NULL);
    unsigned n = tokens ? tokens->len : 0, first = n;
    const SvpToken *words = n > 0 ? &g_array_index(tokens, SvpToken, 0) : NULL;

    while (first > 1) {
        if (is_flag(flags, &words[first - 1], SVP_OPERAND_FLAG))
            first--;
        else if (
            first > 2 && words[first - 1].in_parens &&
            is_flag(flags, &words[first - 2], SVP_OPERAND_FLAG_FILE))
            first -= 2;
        else
            break;
    }
    size_t length = first < n ? words[first].start : strlen(line);

    while (length > 0 && strchr(" ,", line[length - 1]))
        length--;
    return length;
}

static bool take_command(SvpWalk *walk, const SvpToken *token, SvpValue *value, GError **error)
{
    g_autofree char *spelled = NULL;
    SvpToken rest = *token;

    rest.end = rest.start + command_length(walk->line + rest.start, value->operand + 1);
    g_autofree char *line = g_strndup(walk->line + rest.start, rest.end - rest.start);

    value->command = svp_command_parse(walk->state, line, &spelled, error);
    svp_walk_spell(walk, &rest, spelled);
    walk->taken_until = rest.end;
    if (!value->command)
        return false;
    for (unsigned i = 0; i < value->command->n_path; i++) {
        const SvpCommandRow *row = value->command->path[i];
        bool submits = row->submits && svp_call_row(walk->call)->submits;

        if (!row->immediate && !submits)
            continue;
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_OPERAND, "%s cannot be %s\nGive it by itself", row->name,
            submits ? "submitted" : "queued");
        g_clear_pointer(&value->command, svp_call_free);
        return false;
    }
    return true;
}

static bool take_text(SvpWalk *walk, const SvpToken *token, SvpValue *value)
{
    SvpToken rest = *token;
    char *text = g_strdup(walk->line + rest.start);

    rest.end = rest.start + strlen(text);
    g_ptr_array_add(walk->call->words, text);
    value->word = text;
    svp_walk_spell(walk, &rest, text);
    walk->rest_taken = true;
    return true;
}

/* HELP's words name rows from the top down. */
static bool take_topic(SvpWalk *walk, const SvpToken *token, GError **error)
{
    SvpCall *call = walk->call;
    const SvpCommandRow *rows =
        call->topic ? ((const SvpCommandRow *)g_ptr_array_index(call->topic, call->topic->len - 1))->rows
                    : svp_commands;
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_autofree char *quoted = svp_message_quote(token->text);

    if (!rows)
        return svp_walk_refuse(walk, error, "%s is one operand too many", quoted);
    for (const SvpCommandRow *row = rows; row->name; row++)
        g_ptr_array_add(names, (gpointer)(guintptr)row->name);
    g_ptr_array_add(names, NULL);
    int index = svp_walk_match(
        token->text, (const char *const *)names->pdata, "nothing that there is help for", SVP_ERROR_COMMAND,
        error);

    if (index < 0)
        return false;
    if (!call->topic)
        call->topic = g_ptr_array_new();
    g_ptr_array_add(call->topic, (gpointer)(guintptr)&rows[index]);
    svp_walk_spell(walk, token, rows[index].name);
    return true;
}

/* A time of day is a number of seconds, and a word besides. */
static bool take_time(const SvpToken *token, SvpValue *value, GError **error)
{
    unsigned second;

    if (!strchr(token->text, ':'))
        return hv_quantity_parse_duration(token->text, &value->number, error);
    if (!hv_calendar_parse_time_of_day(token->text, &second, error))
        return false;
    value->number = second;
    value->word = SVP_TIME_OF_DAY;
    return true;
}

static bool understand(SvpWalk *walk, const SvpToken *token, SvpValue *value, GError **error)
{
    switch (value->operand->kind) {
    case SVP_OPERAND_LPAR:
    case SVP_OPERAND_LPAR_OR_ALL:
        return take_lpar(walk, token, value, error);
    case SVP_OPERAND_KEYWORD:
        return take_keyword(walk, token, value, error);
    case SVP_OPERAND_DURATION:
        return hv_quantity_parse_duration(token->text, &value->number, error);
    case SVP_OPERAND_TIME:
        return take_time(token, value, error);
    case SVP_OPERAND_SIZE:
        return hv_quantity_parse_size(token->text, &value->number, error);
    case SVP_OPERAND_NUMBER:
        return hv_quantity_parse_number(token->text, 1, value->operand->max, &value->number, error);
    case SVP_OPERAND_CHPID:
        return take_chpid(token, value, error);
    case SVP_OPERAND_WORD:
        return take_word(walk, token, value);
    case SVP_OPERAND_TEXT:
        return take_text(walk, token, value);
    case SVP_OPERAND_COMMAND:
        return take_command(walk, token, value, error);
    case SVP_OPERAND_FLAG:
    case SVP_OPERAND_FLAG_DURATION:
    case SVP_OPERAND_FLAG_FILE:
    case SVP_OPERAND_FLAG_WORDS:
    case SVP_OPERAND_TOPIC:
        break;
    }
    g_assert_not_reached();
}

bool svp_walk_take_value(SvpWalk *walk, const SvpOperand *operand, const SvpToken *token, GError **error)
{
    SvpCall *call = walk->call;
    SvpValue value = {.operand = operand};

    if (operand->kind == SVP_OPERAND_TOPIC) {
        walk->next--; /* the turn stays with this operand */
        return take_topic(walk, token, error);
    }
    if (!understand(walk, token, &value, error))
        return false;
    g_assert(call->n_values < SVP_VALUES);
    call->values[call->n_values++] = value;
    return true;
}
