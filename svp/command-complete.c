/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Completion: what the word at the cursor could become.
 *
 * The words before it are walked as when the line is carried out; what may come next is then known from the table. Only names
 * can be completed: rows, keywords, flags and LPARs.
 */
#include "svp/command-walk.h"

#include <string.h>

static void offer(GPtrArray *found, const char *name, const char *begun)
{
    if (g_ascii_strncasecmp(name, begun, strlen(begun)) == 0)
        g_ptr_array_add(found, g_strdup(name));
}

static void offer_rows(GPtrArray *found, const SvpCommandRow *rows, const char *begun)
{
    for (const SvpCommandRow *row = rows; row && row->name; row++)
        offer(found, row->name, begun);
}

static void offer_lpars(GPtrArray *found, const ResmgrState *state, const char *begun)
{
    for (unsigned i = 0; i < state->lpars->len; i++) {
        const ResmgrLpar *lpar = g_ptr_array_index(state->lpars, i);

        if (lpar->assignment != RESMGR_RETIRED)
            offer(found, lpar->name, begun);
    }
}

static void offer_flags(GPtrArray *found, const SvpWalk *walk, const SvpOperand *flag, const char *begun)
{
    for (; flag->name; flag++)
        if (!svp_walk_has(walk, flag))
            offer(found, flag->name, begun);
}

static void offer_topic(GPtrArray *found, const SvpWalk *walk, const char *begun)
{
    const GPtrArray *topic = walk->call->topic;

    offer_rows(
        found, topic ? ((const SvpCommandRow *)g_ptr_array_index(topic, topic->len - 1))->rows : svp_commands,
        begun);
}

static void offer_operand(GPtrArray *found, const SvpWalk *walk, const char *begun)
{
    const SvpOperand *operand = walk->next;

    if (walk->file_of)
        return;
    if (svp_operand_is_flag(operand))
        offer_flags(found, walk, operand, begun);
    else if (operand->kind == SVP_OPERAND_TOPIC)
        offer_topic(found, walk, begun);
    else if (operand->kind == SVP_OPERAND_LPAR || operand->kind == SVP_OPERAND_LPAR_OR_ALL)
        offer_lpars(found, walk->state, begun);
    if (operand->kind == SVP_OPERAND_LPAR_OR_ALL)
        offer(found, "ALL", begun);
    if (operand->optional && operand[1].name && svp_operand_is_flag(&operand[1]) &&
        !svp_operand_is_flag(operand))
        offer_flags(found, walk, operand + 1, begun);
    for (const char *const *word = operand->words; word && *word; word++)
        offer(found, *word, begun);
}

/* A command in a command: completed as if it stood alone. */
static char **complete_command(const SvpWalk *walk, const char *before, const char *begun)
{
    g_autofree char *line = g_strconcat(before, begun, NULL);

    return svp_command_complete(walk->state, line, strlen(line));
}

/* Walks the words before the cursor. Returns where the rest of the line, a command of its own, begins; else 0. */
static size_t walk_words(SvpWalk *walk, const GArray *tokens, bool *ret_ok)
{
    for (unsigned i = 0; i < tokens->len; i++) {
        const SvpToken *token = &g_array_index(tokens, SvpToken, i);

        *ret_ok = true;
        if (walk->next && walk->next->name && walk->next->kind == SVP_OPERAND_COMMAND)
            return token->start;
        *ret_ok = svp_walk_step(walk, token, NULL);
        if (!*ret_ok)
            return 0;
    }
    *ret_ok = true;
    return 0;
}

static char **candidates(SvpWalk *walk, const char *before, const char *begun)
{
    g_autofree char *closed =
        g_strconcat(before, strchr(before, '(') && !strchr(before, ')') ? ")" : "", NULL);
    g_autofree char *comma_less = g_strchomp(g_strdup(closed));
    size_t length = strlen(comma_less);
    bool ok;

    if (length > 0 && comma_less[length - 1] == ',')
        comma_less[length - 1] = '\0';
    g_autoptr(GArray) tokens = svp_command_tokens(comma_less, NULL);

    if (!tokens)
        return NULL;
    walk->line = comma_less;
    size_t rest = walk_words(walk, tokens, &ok);

    if (rest > 0)
        return complete_command(walk, before + rest, begun);
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);

    if (ok && svp_walk_rows(walk))
        offer_rows(found, svp_walk_rows(walk), begun);
    else if (ok && walk->next->kind == SVP_OPERAND_COMMAND && walk->next->name)
        offer_rows(found, svp_commands, begun);
    else if (ok && walk->next->name)
        offer_operand(found, walk, begun);
    if (found->len == 0)
        return NULL;
    g_ptr_array_add(found, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&found), FALSE);
}

char **svp_command_complete(const ResmgrState *state, const char *line, size_t cursor)
{
    size_t begin = MIN(cursor, strlen(line));
    g_autofree char *before = g_strndup(line, begin);

    while (begin > 0 && !strchr(" \t,()", line[begin - 1]))
        begin--;
    g_autofree char *begun = g_strdup(before + begin);

    before[begin] = '\0';
    if (!g_utf8_validate(before, -1, NULL))
        return NULL;
    SvpCall call = {.words = g_ptr_array_new_with_free_func(g_free)};
    g_autoptr(GString) text = g_string_new(NULL);
    SvpWalk walk;

    svp_walk_begin(&walk, state, before, &call, text);
    char **found = candidates(&walk, before, begun);

    for (unsigned i = 0; i < call.n_values; i++)
        svp_call_free(call.values[i].command);
    g_clear_pointer(&call.topic, g_ptr_array_unref);
    g_ptr_array_unref(call.words);
    return found;
}
