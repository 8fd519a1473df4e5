/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The text that says which file of measurements is a guest's demand, and how it is read.
 *
 * A row of words with blanks between them; a word with blanks in it stands between quotation marks, and a quotation mark in it is doubled.
 * One row of a table says which function reads a word's operand and which writes it. The canonical text has the words in the order of the
 * table, without those that say what is the case anyway, so equal definitions have equal texts. Which words go with which format is known
 * only when the file has been looked at (demand.c).
 */
#include "hv/demand-private.h"
#include "hv/error.h"

#include <string.h>

#define DEFAULT_OF_HUNDREDTHS 100
#define ACCEPTED                                                                                             \
    "Use FILE, and behind it column NAME, of NUMBER, interval DURATION, key VALUE and repeat, as in "        \
    "\"web.csv column cpu of 2\""

static bool refuse(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* `format` is a sentence, and perhaps a remedy. */
static bool refuse(GError **error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error(
        error, HV_ERROR, HV_ERROR_WORKLOAD, "%s%s", message, strchr(message, '\n') ? "" : "\n" ACCEPTED);
    return false;
}

static bool refuse_operand(GError **error, const char *text, const char *what)
{
    g_autofree char *quoted = g_strescape(text, NULL);

    return refuse(error, "\"%.80s\" %s", quoted, what);
}

/* --- Operands ------------------------------------------------------------------------------------------- */

static bool read_column(HvDemandDef *def, const char *text, GError **error)
{
    if (*text == '\0')
        return refuse(error, "The column has no name");
    def->column = g_strdup(text);
    return true;
}

static bool read_of(HvDemandDef *def, const char *text, GError **error)
{
    uint32_t hundredths;

    if (!hv_quantity_parse_decimal(text, &hundredths, NULL) || hundredths == 0 ||
        hundredths > HV_DEMAND_MAX_IPS * 100)
        return refuse_operand(
            error, text, "is no number of IPs\nGive 0.01 to 256 behind \"of\": what 100 % is");
    def->of_hundredths = hundredths;
    return true;
}

static bool read_interval(HvDemandDef *def, const char *text, GError **error)
{
    HvTime interval_ns;

    if (!hv_quantity_parse_duration(text, &interval_ns, NULL) || interval_ns == 0 ||
        interval_ns > HV_DEMAND_MAX_INTERVAL_NS)
        return refuse_operand(
            error, text,
            "is no interval\nGive more than 0 and at most 366 days behind \"interval\", as in 5m");
    def->interval_ns = interval_ns;
    return true;
}

static bool read_key(HvDemandDef *def, const char *text, GError **error)
{
    if (*text == '\0')
        return refuse(error, "The key is empty");
    def->key = g_strdup(text);
    return true;
}

static char *format_column(const HvDemandDef *def)
{
    return g_strdup(def->column);
}

static char *format_of(const HvDemandDef *def)
{
    return hv_quantity_format_decimal(def->of_hundredths);
}

static char *format_interval(const HvDemandDef *def)
{
    return hv_quantity_format_duration(def->interval_ns);
}

static char *format_key(const HvDemandDef *def)
{
    return g_strdup(def->key);
}

static const struct {
    const char *word;
    HvDemandWord bit;
    bool (*read)(HvDemandDef *def, const char *text, GError **error); /* NULL: no operand; so with format */
    char *(*format)(const HvDemandDef *def);
} words[] = {
    {"column", HV_DEMAND_COLUMN, read_column, format_column},
    {"of", HV_DEMAND_OF, read_of, format_of},
    {"interval", HV_DEMAND_INTERVAL, read_interval, format_interval},
    {"key", HV_DEMAND_KEY, read_key, format_key},
    {"repeat", HV_DEMAND_REPEAT, NULL, NULL},
};

/* --- Words ---------------------------------------------------------------------------------------------- */

/* A word between quotation marks, *cursor is at the first one. */
static bool read_quoted_word(const char **cursor, GString *word, GError **error)
{
    const char *c = *cursor + 1;

    for (; *c != '\0'; c++) {
        if (*c == '"' && c[1] != '"')
            break;
        g_string_append_c(word, *c);
        c += *c == '"';
    }
    if (*c == '\0')
        return refuse_operand(error, *cursor, "has no quotation mark at its end");
    c++;
    if (*c != '\0' && *c != ' ' && *c != '\t')
        return refuse_operand(error, *cursor, "has no blank behind a quotation mark");
    *cursor = c;
    return true;
}

/* The words of a text; NULL with *error. */
static GPtrArray *split_words(const char *text, GError **error)
{
    g_autoptr(GPtrArray) split = g_ptr_array_new_with_free_func(g_free);

    for (const char *c = text + strspn(text, " \t"); *c != '\0'; c += strspn(c, " \t")) {
        g_autoptr(GString) word = g_string_new(NULL);
        size_t length = strcspn(c, " \t");

        if (*c == '"') {
            if (!read_quoted_word(&c, word, error))
                return NULL;
        } else {
            g_string_append_len(word, c, (gssize)length);
            c += length;
        }
        g_ptr_array_add(split, g_strdup(word->str));
    }
    return g_steal_pointer(&split);
}

/* Reads the word number *nth and its operand, and moves *nth behind them. */
static bool read_word(HvDemandDef *def, const GPtrArray *split, unsigned *nth, GError **error)
{
    const char *word = g_ptr_array_index(split, (*nth)++);

    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
        if (g_ascii_strcasecmp(words[i].word, word) != 0)
            continue;
        if (def->words & words[i].bit)
            return refuse(error, "\"%s\" comes twice", words[i].word);
        def->words |= words[i].bit;
        if (!words[i].read)
            return true;
        if (*nth == split->len)
            return refuse(error, "Nothing stands behind \"%s\"", words[i].word);
        return words[i].read(def, g_ptr_array_index(split, (*nth)++), error);
    }
    return refuse_operand(error, word, "is no word of a demand");
}

/* What is the case anyway is as if it was not given. */
static void drop_defaults(HvDemandDef *def)
{
    if (def->of_hundredths == DEFAULT_OF_HUNDREDTHS)
        def->words &= ~(unsigned)HV_DEMAND_OF;
    if (def->interval_ns == HV_DEMAND_DEFAULT_INTERVAL_NS)
        def->words &= ~(unsigned)HV_DEMAND_INTERVAL;
}

HvDemandDef *hv_demand_def_read(const char *text, GError **error)
{
    g_autoptr(HvDemandDef) def = g_new0(HvDemandDef, 1);
    g_autoptr(GPtrArray) split = split_words(text, error);

    g_atomic_ref_count_init(&def->references);
    def->of_hundredths = DEFAULT_OF_HUNDREDTHS;
    def->interval_ns = HV_DEMAND_DEFAULT_INTERVAL_NS;
    if (!split)
        return NULL;
    if (split->len == 0 || *(const char *)g_ptr_array_index(split, 0) == '\0') {
        refuse(error, "No file is named");
        return NULL;
    }
    def->file = g_strdup(g_ptr_array_index(split, 0));
    for (unsigned nth = 1; nth < split->len;)
        if (!read_word(def, split, &nth, error))
            return NULL;
    drop_defaults(def);
    return g_steal_pointer(&def);
}

/* --- As an object --------------------------------------------------------------------------------------- */

HvDemandDef *hv_demand_def_ref(HvDemandDef *def)
{
    g_atomic_ref_count_inc(&def->references);
    return def;
}

void hv_demand_def_unref(HvDemandDef *def)
{
    if (!def || !g_atomic_ref_count_dec(&def->references))
        return;
    g_free(def->file);
    g_free(def->column);
    g_free(def->key);
    g_free(def->name);
    g_free(def->path);
    g_clear_pointer(&def->content, g_bytes_unref);
    g_free(def);
}

static void append_word(GString *text, const char *word)
{
    bool plain = *word != '\0' && !strpbrk(word, " \t\"");

    if (text->len > 0)
        g_string_append_c(text, ' ');
    if (plain) {
        g_string_append(text, word);
        return;
    }
    g_string_append_c(text, '"');
    for (; *word != '\0'; word++) {
        g_string_append_c(text, *word);
        if (*word == '"')
            g_string_append_c(text, '"');
    }
    g_string_append_c(text, '"');
}

char *hv_demand_format(const HvDemandDef *def)
{
    GString *text = g_string_new(NULL);

    append_word(text, def->file);
    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
        if (!(def->words & words[i].bit))
            continue;
        append_word(text, words[i].word);
        if (!words[i].format)
            continue;
        g_autofree char *operand = words[i].format(def);

        append_word(text, operand);
    }
    return g_string_free(text, FALSE);
}

bool hv_demand_def_equal(const HvDemandDef *a, const HvDemandDef *b)
{
    return a->words == b->words && strcmp(a->file, b->file) == 0 && g_strcmp0(a->column, b->column) == 0 &&
           a->of_hundredths == b->of_hundredths && a->interval_ns == b->interval_ns &&
           g_strcmp0(a->key, b->key) == 0;
}
