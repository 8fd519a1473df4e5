/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The walk along the command table.
 *
 *     top --word--> row --its operands--> row below, or the end
 *
 * At each word either it is the turn of a row, then the word names one of them, or of an operand, then the word is its
 * value. Optional operands stand last in a row and a row with rows below it has none, so there is no choice but
 * one: an LPAR that may be left out before flags. A word that names an LPAR is that; else it may be a flag. The line is copied on the way with every abbreviation spelled out: that is what goes into the log and into
 * the results.
 */
#include "svp/command-walk.h"

#include "hv/nearest.h"
#include "svp/error.h"
#include "svp/message.h"

#include <string.h>

void svp_walk_begin(SvpWalk *walk, const ResmgrState *state, const char *line, SvpCall *call, GString *text)
{
    *walk = (SvpWalk){.state = state, .line = line, .call = call, .text = text};
}

void svp_walk_spell(SvpWalk *walk, const SvpToken *token, const char *spelled)
{
    g_assert(token->start >= walk->copied);
    g_string_append_len(walk->text, walk->line + walk->copied, (gssize)(token->start - walk->copied));
    g_string_append(walk->text, spelled);
    walk->copied = token->end;
}

bool svp_walk_refuse(const SvpWalk *walk, GError **error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_autofree char *why = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_autofree char *syntax = svp_command_syntax(walk->call->path, walk->call->n_path);

    g_set_error(
        error, SVP_ERROR, SVP_ERROR_OPERAND, "%s\nGive %s, for example %s", why, syntax,
        svp_call_row(walk->call)->example);
    return false;
}

/* --- Names ---------------------------------------------------------------------------------------------- */

static char *
those_with_prefix(const char *word, const char *const *names, unsigned *ret_count, int *ret_index)
{
    GString *list = g_string_new(NULL);
    size_t length = strlen(word);

    *ret_count = 0;
    for (int i = 0; names[i]; i++) {
        bool exact = g_ascii_strcasecmp(names[i], word) == 0;

        if (g_ascii_strncasecmp(names[i], word, length) != 0)
            continue;
        *ret_count = exact ? 1 : *ret_count + 1;
        *ret_index = i;
        g_string_append_printf(list, "%s%s", list->len ? ", " : "", names[i]);
        if (exact)
            break;
    }
    return g_string_free(list, FALSE);
}

static unsigned count_names(const char *const *names)
{
    unsigned n = 0;

    while (names[n])
        n++;
    return n;
}

static char *join_names(const char *const *names)
{
    GString *list = g_string_new(NULL);

    for (unsigned i = 0; names[i]; i++)
        g_string_append_printf(list, "%s%s", i ? ", " : "", names[i]);
    return g_string_free(list, FALSE);
}

int svp_walk_match(const char *word, const char *const *names, const char *what, int code, GError **error)
{
    unsigned n_fit;
    int index = -1;
    g_autofree char *fitting = those_with_prefix(word, names, &n_fit, &index);
    g_autofree char *quoted = svp_message_quote(word);

    if (n_fit == 1)
        return index;
    if (n_fit > 1) {
        g_set_error(
            error, SVP_ERROR, code, "%s could be %s\nGive as many letters as tell them apart", quoted,
            fitting);
        return -1;
    }
    const char *nearest = hv_nearest(word, names, count_names(names));
    g_autofree char *all = join_names(names);

    if (nearest)
        g_set_error(error, SVP_ERROR, code, "%s is %s\nDid you mean %s?", quoted, what, nearest);
    else
        g_set_error(error, SVP_ERROR, code, "%s is %s\nThere are %s", quoted, what, all);
    return -1;
}

/* --- Rows ----------------------------------------------------------------------------------------------- */

const SvpCommandRow *svp_walk_rows(const SvpWalk *walk)
{
    if (!walk->next)
        return svp_commands;
    return walk->next->name ? NULL : svp_call_row(walk->call)->rows;
}

static bool step_row(SvpWalk *walk, const SvpCommandRow *rows, const SvpToken *token, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    bool is_top = walk->call->n_path == 0;
    g_autofree char *what = is_top ? g_strdup("no command")
                                   : g_strdup_printf("nothing that %s takes", walk->call->path[0]->name);

    for (const SvpCommandRow *row = rows; row->name; row++)
        g_ptr_array_add(names, (gpointer)(guintptr)row->name);
    g_ptr_array_add(names, NULL);
    int index = svp_walk_match(
        token->text, (const char *const *)names->pdata, what, is_top ? SVP_ERROR_COMMAND : SVP_ERROR_OPERAND,
        error);

    if (index < 0)
        return false;
    g_assert(walk->call->n_path < SVP_PATH_MAX);
    walk->call->path[walk->call->n_path++] = &rows[index];
    walk->next = rows[index].operands;
    svp_walk_spell(walk, token, rows[index].name);
    if (token->in_parens)
        return svp_walk_refuse(walk, error, "%s does not belong in parentheses", rows[index].name);
    return true;
}

/* --- Operands ------------------------------------------------------------------------------------------- */

bool svp_walk_has(const SvpWalk *walk, const SvpOperand *operand)
{
    for (unsigned i = 0; i < walk->call->n_values; i++)
        if (walk->call->values[i].operand == operand)
            return true;
    return false;
}

/* What stands behind the flag's `=`; NULL: nothing. */
static bool take_flag_value(const SvpWalk *walk, SvpValue *value, const char *text, GError **error)
{
    bool takes = value->operand->kind == SVP_OPERAND_FLAG_DURATION;

    if (takes == (text == NULL))
        return svp_walk_refuse(
            walk, error, takes ? "%s is given with a duration, %s=60s" : "%s takes no value, only %s itself",
            value->word, value->word);
    return !takes || hv_quantity_parse_duration(text, &value->number, error);
}

static bool refuse_without_parens(const SvpWalk *walk, GError **error)
{
    const SvpOperand *operand = walk->file_of->operand;

    if (operand->kind == SVP_OPERAND_FLAG_WORDS)
        return svp_walk_refuse(
            walk, error, "%s is given with its value in parentheses, %s", operand->name, operand->shown);
    return svp_walk_refuse(
        walk, error, "%s is given with a file in parentheses, %s(FILE)", operand->name, operand->name);
}

/* The word behind a flag that takes a file, or the next of its words: all that stand in the parentheses, with what is between them. */
static bool step_file(SvpWalk *walk, const SvpToken *token, GError **error)
{
    SvpValue *value = walk->file_of;

    if (!token->in_parens)
        return refuse_without_parens(walk, error);
    bool is_file = value->operand->kind == SVP_OPERAND_FLAG_FILE;

    walk->words_start = walk->words_start ? walk->words_start : token->start;
    char *text = g_strndup(walk->line + walk->words_start, token->end - walk->words_start);

    g_ptr_array_add(walk->call->words, text);
    value->word = text;
    if (is_file)
        walk->file_of = NULL;
    return true;
}

/* An LPAR, or a word, is left out, and this is one of the flags behind it: spelled out, where it could be that word. */
static bool skips_operand(const SvpWalk *walk, const SvpToken *token)
{
    const SvpOperand *flag = walk->next + 1;
    size_t length = strcspn(token->text, "=");
    bool is_word = walk->next->kind == SVP_OPERAND_WORD;

    if ((!is_word && walk->next->kind != SVP_OPERAND_LPAR) || !walk->next->optional || token->in_parens ||
        (!is_word && resmgr_state_find(walk->state, token->text, NULL)))
        return false;
    for (; length > 0 && flag->name; flag++)
        if (svp_operand_is_flag(flag) && g_ascii_strncasecmp(flag->name, token->text, length) == 0 &&
            (!is_word || strlen(flag->name) == length))
            return true;
    return false;
}

/* The flags of a row stand together at its end. */
static bool step_flag(SvpWalk *walk, const SvpToken *token, GError **error)
{
    const SvpOperand *flags = walk->next;
    const char *names[SVP_OPERANDS + 1] = {NULL};
    g_autofree char *what = g_strdup_printf("no option of %s", svp_call_row(walk->call)->name);

    for (unsigned i = 0; flags[i].name; i++)
        names[i] = flags[i].name;
    g_auto(GStrv) parts = g_strsplit(token->text, "=", 2);
    int index = svp_walk_match(parts[0] ? parts[0] : "", names, what, SVP_ERROR_OPERAND, error);

    if (index < 0)
        return false;
    g_autofree char *spelled = g_strconcat(names[index], parts[1] ? "=" : "", parts[1], NULL);
    SvpValue value = {.operand = &flags[index], .word = names[index]};

    svp_walk_spell(walk, token, spelled);
    if (svp_walk_has(walk, &flags[index]))
        return svp_walk_refuse(walk, error, "%s is given twice", names[index]);
    if (!take_flag_value(walk, &value, parts[1], error))
        return false;
    walk->call->values[walk->call->n_values++] = value;
    walk->words_start = 0;
    if (value.operand->kind == SVP_OPERAND_FLAG_FILE || value.operand->kind == SVP_OPERAND_FLAG_WORDS)
        walk->file_of = &walk->call->values[walk->call->n_values - 1];
    return true;
}

static bool step_operand(SvpWalk *walk, const SvpToken *token, GError **error)
{
    if (skips_operand(walk, token))
        walk->next++;
    const SvpOperand *operand = walk->next;
    g_autofree char *quoted = svp_message_quote(token->text);

    if (operand->in_parens != token->in_parens)
        return svp_walk_refuse(
            walk, error,
            operand->in_parens ? "%s belongs in parentheses" : "%s does not belong in parentheses", quoted);
    if (svp_operand_is_flag(operand))
        return step_flag(walk, token, error);
    if (!svp_walk_take_value(walk, operand, token, error))
        return false;
    walk->next++;
    return true;
}

bool svp_walk_step(SvpWalk *walk, const SvpToken *token, GError **error)
{
    const SvpCommandRow *rows = svp_walk_rows(walk);

    if (walk->rest_taken || token->start < walk->taken_until)
        return true;
    if (walk->words_start && !token->in_parens)
        walk->file_of = NULL;
    if (walk->file_of)
        return step_file(walk, token, error);
    if (rows)
        return step_row(walk, rows, token, error);
    if (walk->next->name)
        return step_operand(walk, token, error);
    g_autofree char *quoted = svp_message_quote(token->text);

    return svp_walk_refuse(walk, error, "%s is one operand too many", quoted);
}

bool svp_walk_end(SvpWalk *walk, GError **error)
{
    /* Flags stay behind `next`, given or not. */
    for (const SvpOperand *operand = walk->next; operand->name; operand++)
        if (!operand->optional && !svp_walk_has(walk, operand))
            return svp_walk_refuse(
                walk, error, "%s: the operand %s is missing", svp_call_row(walk->call)->name, operand->name);
    if (svp_walk_rows(walk))
        return svp_walk_refuse(walk, error, "%s: say what", svp_call_row(walk->call)->name);
    if (walk->file_of && !walk->words_start)
        return refuse_without_parens(walk, error);
    if (!walk->rest_taken)
        g_string_append(walk->text, walk->line + walk->copied);
    return true;
}
