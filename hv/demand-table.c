/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tables as text: a header with the names of the columns, then rows of as many fields.
 *
 * Of a row only a few fields are wanted, whatever its width: each column has a slot, and one slot more takes all that nobody wants. With
 * `quotes` the rules are those of RFC 4180: a field may stand between quotation marks, may then hold separators and ends of line, and
 * doubled quotation marks, which mean one. A field is given out as it stands in the buffer, without the outer marks; the doubled ones are
 * seen to where fields are compared.
 */
#include "hv/demand-private.h"
#include "hv/demand-value.h"
#include "hv/error.h"
#include "hv/nearest.h"

#include <string.h>

#define LISTED_MAX 20 /* names in a message */

/* Why a field is none; NULL: it is one. */
typedef const char *Fault;

/* `*cursor` is at the opening quotation mark, and afterwards behind the closing one. */
static Fault read_quoted(const char **cursor, const char *end, char separator, HvDemandText *ret_field)
{
    const char *from = *cursor + 1, *c = from;

    while ((c = memchr(c, '"', (size_t)(end - c))) && c + 1 < end && c[1] == '"')
        c += 2;
    if (!c)
        return "a quotation mark is never closed";
    if (c + 1 < end && c[1] != separator)
        return "something follows a closing quotation mark";
    *ret_field = (HvDemandText){from, (size_t)(c - from)};
    *cursor = c + 1;
    return NULL;
}

static Fault read_field(const char **cursor, const char *end, char separator, HvDemandText *ret_field)
{
    const char *from = *cursor, *c = from;

    if (c < end && *c == '"')
        return read_quoted(cursor, end, separator, ret_field);
    for (; c < end && *c != separator; c++)
        if (*c == '"')
            return "a quotation mark stands inside a field that does not begin with one";
    *ret_field = (HvDemandText){from, (size_t)(c - from)};
    *cursor = c;
    return NULL;
}

/* The field without its doubled quotation marks; free with g_free(). */
static char *unquote(HvDemandText field)
{
    GString *text = g_string_sized_new(field.length);

    for (size_t i = 0; i < field.length; i++) {
        g_string_append_c(text, field.at[i]);
        i += field.at[i] == '"' && i + 1 < field.length && field.at[i + 1] == '"';
    }
    return g_string_free(text, FALSE);
}

bool hv_demand_table_says(HvDemandText field, const char *text, bool any_case)
{
    field = hv_demand_value_strip(field);
    if (memchr(field.at, '"', field.length)) {
        g_autofree char *plain = unquote(field);

        return (any_case ? g_ascii_strcasecmp(plain, text) : strcmp(plain, text)) == 0;
    }
    if (strlen(text) != field.length)
        return false;
    return any_case ? g_ascii_strncasecmp(field.at, text, field.length) == 0
                    : memcmp(field.at, text, field.length) == 0;
}

/* Where there are no quotation marks, most rows that is. */
static unsigned split_plain(const HvDemandTable *table, HvDemandText line, HvDemandText *fields)
{
    const char *from = line.at, *const end = line.at + line.length;
    unsigned n = 0;

    for (const char *c = from;; c++) {
        if (c < end && *c != table->separator)
            continue;
        if (n < table->n_columns)
            fields[table->slots[n]] = (HvDemandText){from, (size_t)(c - from)};
        n++;
        if (c == end)
            return n;
        from = c + 1;
    }
}

static Fault
split_quoted(const HvDemandTable *table, HvDemandText line, HvDemandText *fields, unsigned *ret_n)
{
    const char *c = line.at, *const end = line.at + line.length;

    for (unsigned n = 0;; c++) {
        HvDemandText field;
        Fault fault = read_field(&c, end, table->separator, &field);

        if (fault)
            return fault;
        if (n < table->n_columns)
            fields[table->slots[n]] = field;
        *ret_n = ++n;
        if (c == end)
            return NULL;
    }
}

bool hv_demand_table_split(HvDemand *demand, HvDemandText line, HvDemandText fields[HV_DEMAND_FIELDS + 1])
{
    const HvDemandTable *table = &demand->table;
    unsigned n;

    if (!table->quotes || !memchr(line.at, '"', line.length)) {
        n = split_plain(table, line, fields);
    } else {
        Fault fault = split_quoted(table, line, fields, &n);

        if (fault)
            return hv_demand_lines_fail(&demand->lines, "%s", fault);
    }
    if (n == table->n_columns || (n > table->n_columns && table->open_ended))
        return true;
    return hv_demand_lines_fail(
        &demand->lines, "the row has %u field%s, the header has %u", n, n == 1 ? "" : "s", table->n_columns);
}

GPtrArray *hv_demand_table_names(HvDemandText header, char separator, bool quotes)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    const char *c = header.at, *const end = header.at + header.length;

    for (;; c++) {
        HvDemandText field;
        const char *from = c;

        /* A header that is no good is taken as it stands: then it has no such column. */
        if (!quotes || read_field(&c, end, separator, &field)) {
            const char *next = memchr(from, separator, (size_t)(end - from));

            c = next ? next : end;
            field = (HvDemandText){from, (size_t)(c - from)};
        }
        g_ptr_array_add(names, unquote(hv_demand_value_strip(field)));
        if (c == end)
            return names;
    }
}

void hv_demand_table_set(
    HvDemandTable *table, char separator, bool quotes, unsigned n_columns, const unsigned *wanted,
    unsigned n_wanted)
{
    g_assert(n_wanted <= HV_DEMAND_FIELDS);
    hv_demand_table_clear(table);
    *table = (HvDemandTable){
        .separator = separator, .quotes = quotes, .slots = g_malloc(n_columns), .n_columns = n_columns};
    memset(table->slots, HV_DEMAND_FIELDS, n_columns);
    for (unsigned i = 0; i < n_wanted; i++) {
        if (wanted[i] == HV_DEMAND_NO_COLUMN)
            continue;
        g_assert(wanted[i] < n_columns && table->slots[wanted[i]] == HV_DEMAND_FIELDS);
        table->slots[wanted[i]] = (uint8_t)i;
    }
}

void hv_demand_table_clear(HvDemandTable *table)
{
    g_free(table->slots);
    *table = (HvDemandTable){0};
}

unsigned hv_demand_table_find(const GPtrArray *names, const char *name)
{
    for (unsigned i = 0; i < names->len; i++)
        if (strcmp(g_ptr_array_index(names, i), name) == 0)
            return i;
    for (unsigned i = 0; i < names->len; i++)
        if (g_ascii_strcasecmp(g_ptr_array_index(names, i), name) == 0)
            return i;
    return HV_DEMAND_NO_COLUMN;
}

char *hv_demand_table_list(const GPtrArray *names)
{
    GString *list = g_string_new(NULL);

    for (unsigned i = 0; i < MIN(names->len, LISTED_MAX); i++) {
        g_autofree char *escaped = g_strescape(g_ptr_array_index(names, i), NULL);

        g_string_append_printf(list, "%s%.40s", i > 0 ? ", " : "", escaped);
    }
    if (names->len > LISTED_MAX)
        g_string_append_printf(list, " and %u more", names->len - LISTED_MAX);
    return g_string_free(list, FALSE);
}

bool hv_demand_table_missing(const HvDemand *demand, const GPtrArray *names, const char *name, GError **error)
{
    g_autofree char *quoted = g_strescape(name, NULL);
    g_autofree char *list = hv_demand_table_list(names);
    const char *nearest = hv_nearest(name, (const char *const *)names->pdata, names->len);
    g_autofree char *escaped = nearest ? g_strescape(nearest, NULL) : NULL;

    g_set_error(
        error, HV_ERROR, HV_ERROR_WORKLOAD, "\"%s\" has no column \"%s\"\n%s%s%sIt has %s",
        demand->lines.name, quoted, escaped ? "Did you mean " : "", escaped ? escaped : "",
        escaped ? "? " : "", list);
    return false;
}
