/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Distributions as text.
 *
 * A text is a row of words: the name of the kind and its operands. One row of a table says which operands a kind has, times and one
 * number, in which order, and within which limits; reading and writing both follow the row. Only the empirical distribution is
 * different: its operands are points, or the name of a file with a point in each line.
 *
 * What must hold: the canonical text reads back as an equal distribution. So points are sorted and each value is there once, and no
 * sum of counts is accepted that could not be written as one count.
 */
#include "hv/distribution-private.h"
#include "hv/error.h"
#include "hv/line-reader.h"

#include <inttypes.h>
#include <string.h>

#define BLANKS     " \t\r\n\f" /* what g_strstrip() takes off */
#define POINTS_MAX 1000000u
#define COUNT_MAX  UINT64_C(1000000000000000) /* also of the sum of all */
#define MILLION    UINT64_C(1000000)
#define ACCEPTED                                                                                             \
    "Use a duration, exponential MEAN, hyperexponential MEAN CS2, lognormal MEAN CS2, "                      \
    "pareto ALPHA LOW HIGH, empirical VALUE[:COUNT] ... or empirical FILE"
#define EMPIRICAL_REMEDY                                                                                     \
    "Use empirical VALUE[:COUNT] ..., as in \"empirical 1ms:3 20ms:1\", or empirical FILE"
#define POINT_REMEDY "Give a duration and, behind a blank, how often it was seen, as in \"20ms 3\""

typedef struct {
    const char *name;
    const char *operands; /* 't': the next of time_ns; 'n': the number */
    const char *form;
    uint64_t least_millionths, greatest_millionths;
    const char *number_refused;
} Row;

/* By HvDistributionKind. */
static const Row rows[] = {
    {"constant", "t", "Use constant VALUE, as in \"constant 5ms\"", 0, 0, NULL},
    {"exponential", "t", "Use exponential MEAN, as in \"exponential 5ms\"", 0, 0, NULL},
    {"hyperexponential", "tn", "Use hyperexponential MEAN CS2, as in \"hyperexponential 5ms 4\"", MILLION + 1,
     MILLION *MILLION, "is no CS2 of a hyperexponential distribution: it is above 1 and at most 1000000"},
    {"lognormal", "tn", "Use lognormal MEAN CS2, as in \"lognormal 5ms 0.5\"", 1, MILLION *MILLION,
     "is no CS2 of a lognormal distribution: it is above 0 and at most 1000000"},
    {"pareto", "ntt", "Use pareto ALPHA LOW HIGH, as in \"pareto 1.5 1ms 10s\"", 1, 10 * MILLION,
     "is no ALPHA: it is above 0 and at most 10"},
    {"empirical", NULL, EMPIRICAL_REMEDY, 0, 0, NULL},
};

/* `why` goes on after the quoted part. */
static bool refuse(const char *part, const char *why, const char *remedy, GError **error)
{
    g_autofree char *quoted = g_strescape(part, NULL);

    g_set_error(error, HV_ERROR, HV_ERROR_WORKLOAD, "\"%.80s\" %s\n%s", quoted, why, remedy);
    return false;
}

/* The words of a text; free with g_strfreev(). */
static char **split_words(const char *text)
{
    g_auto(GStrv) split = g_strsplit_set(text, BLANKS, -1);
    g_autoptr(GPtrArray) words = g_ptr_array_new();

    for (char **word = split; *word; word++)
        if (**word)
            g_ptr_array_add(words, g_strdup(*word));
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&words), /* free_segment= */ FALSE);
}

/* --- Points of an empirical distribution ---------------------------------------------------------------------- */

static bool read_value(const char *word, HvTime *ret_ns)
{
    HvTime value_ns;

    if (!hv_quantity_parse_duration(word, &value_ns, NULL) || value_ns > HV_DISTRIBUTION_MAX_NS)
        return false;
    *ret_ns = value_ns;
    return true;
}

/* `count` NULL: 1. */
static bool read_point(const char *value, const char *count, HvEmpiricalPoint *ret_point)
{
    HvEmpiricalPoint point = {.count = 1};

    if (!read_value(value, &point.value_ns) ||
        (count && !hv_quantity_parse_number(count, 1, COUNT_MAX, &point.count, NULL)))
        return false;
    *ret_point = point;
    return true;
}

/* "20ms:3", "20ms" */
static bool read_point_word(const char *word, HvEmpiricalPoint *ret_point)
{
    g_auto(GStrv) halves = g_strsplit(word, ":", 2);

    return read_point(halves[0], halves[1], ret_point);
}

/* "20ms 3", "20ms" */
static bool read_point_line(const char *line, HvEmpiricalPoint *ret_point)
{
    g_auto(GStrv) words = split_words(line);

    return g_strv_length(words) <= 2 && read_point(words[0], words[1], ret_point);
}

/* Adds a point to those read so far; false if it is one too many, by number or by count. */
static bool push_point(GArray *points, uint64_t *total, const HvEmpiricalPoint *point)
{
    if (points->len == POINTS_MAX || point->count > COUNT_MAX - *total)
        return false;
    *total += point->count;
    g_array_append_val(points, *point);
    return true;
}

#define TOO_MUCH "is too much: 1000000 values can be given, and their counts can add up to 1000000000000000"

static bool read_words(GArray *points, char *const *words, GError **error)
{
    uint64_t total = 0;

    for (; *words; words++) {
        HvEmpiricalPoint point;
        if (!read_point_word(*words, &point))
            return refuse(*words, "is no VALUE[:COUNT] of at most 8784h", EMPIRICAL_REMEDY, error);
        if (!push_point(points, &total, &point))
            return refuse(*words, TOO_MUCH, EMPIRICAL_REMEDY, error);
    }
    return true;
}

static bool refuse_line(const HvLineReader *reader, const char *line, const char *why, GError **error)
{
    g_autofree char *quoted = g_strescape(line, NULL);
    g_autofree char *what = g_strdup_printf("\"%.80s\" %s", quoted, why);

    return hv_line_reader_refuse(reader, what, POINT_REMEDY, error);
}

static bool read_file(GArray *points, const char *name, const char *directory, GError **error)
{
    g_autoptr(HvLineReader) reader = hv_line_reader_open(name, directory, error);
    g_autoptr(GError) problem = NULL;
    uint64_t total = 0;

    if (!reader)
        return false;
    for (char *line; (line = hv_line_reader_next(reader, &problem));) {
        HvEmpiricalPoint point;
        if (!read_point_line(line, &point))
            return refuse_line(reader, line, "is no VALUE [COUNT] of at most 8784h", error);
        if (!push_point(points, &total, &point))
            return refuse_line(reader, line, TOO_MUCH, error);
    }
    if (problem) {
        g_propagate_error(error, g_steal_pointer(&problem));
        return false;
    }
    return points->len > 0 ||
           hv_line_reader_refuse(reader, "there is no value in the file", POINT_REMEDY, error);
}

static int compare_points(const void *a, const void *b)
{
    const HvEmpiricalPoint *x = a, *y = b;

    return (x->value_ns > y->value_ns) - (x->value_ns < y->value_ns);
}

/* By value, each value once, and with cumulated counts. */
static void take_points(HvDistribution *distribution, GArray *points)
{
    uint64_t cumulated = 0;
    unsigned n = 0;

    g_array_sort(points, compare_points);
    HvEmpiricalPoint *sorted = (HvEmpiricalPoint *)(void *)points->data;

    for (unsigned i = 0; i < points->len; i++) {
        bool again = n > 0 && sorted[n - 1].value_ns == sorted[i].value_ns;
        uint64_t count = sorted[i].count;
        if (!again)
            sorted[n++] = (HvEmpiricalPoint){.value_ns = sorted[i].value_ns};
        cumulated += count;
        sorted[n - 1].count += count;
        sorted[n - 1].cumulated = cumulated;
    }
    distribution->points = g_memdup2(sorted, n * sizeof *sorted);
    distribution->n_points = n;
}

/* `text` is what follows the name, without blanks around it. A value begins with a digit, a file does not: ./1.txt, not 1.txt. */
static bool
read_empirical(HvDistribution *distribution, const char *text, const char *directory, GError **error)
{
    g_autoptr(GArray) points = g_array_new(FALSE, FALSE, sizeof(HvEmpiricalPoint));
    g_auto(GStrv) words = split_words(text);
    bool given = g_ascii_isdigit(*text);

    if (!*text)
        return refuse("empirical", "needs values or a file", EMPIRICAL_REMEDY, error);
    if (!(given ? read_words(points, words, error) : read_file(points, text, directory, error)))
        return false;
    distribution->file = given ? NULL : g_strdup(text);
    take_points(distribution, points);
    return true;
}

/* --- The other kinds ------------------------------------------------------------------------------------------ */

static bool read_time(HvDistribution *distribution, unsigned index, const char *word, GError **error)
{
    bool constant = distribution->kind == HV_DISTRIBUTION_CONSTANT;
    HvTime *time_ns = &distribution->time_ns[index];

    return (read_value(word, time_ns) && (constant || *time_ns > 0)) ||
           refuse(
               word, constant ? "is no duration from 0 to 8784h" : "is no duration from 1ns to 8784h",
               rows[distribution->kind].form, error);
}

static bool read_number(HvDistribution *distribution, const char *word, GError **error)
{
    const Row *row = &rows[distribution->kind];

    return (hv_quantity_parse_millionths(word, row->greatest_millionths, &distribution->millionths, NULL) &&
            distribution->millionths >= row->least_millionths) ||
           refuse(word, row->number_refused, row->form, error);
}

static bool read_operands(HvDistribution *distribution, const char *text, char *const *words, GError **error)
{
    const Row *row = &rows[distribution->kind];
    unsigned n_times = 0;

    if (g_strv_length((char **)(uintptr_t)words) != strlen(row->operands))
        return refuse(text, "has too many operands, or too few", row->form, error);
    for (unsigned i = 0; words[i]; i++)
        if (!(row->operands[i] == 't' ? read_time(distribution, n_times++, words[i], error)
                                      : read_number(distribution, words[i], error)))
            return false;
    return n_times < 2 || distribution->time_ns[0] < distribution->time_ns[1] ||
           refuse(text, "has a LOW that is not below its HIGH", row->form, error);
}

/* The kind that the first word says. A text may also begin with the value of a constant: then *ret_skip is 0 words, else 1. */
static bool read_kind(const char *text, const char *word, HvDistributionKind *ret_kind, unsigned *ret_skip)
{
    for (unsigned kind = 0; kind < G_N_ELEMENTS(rows); kind++)
        if (g_ascii_strcasecmp(rows[kind].name, word) == 0) {
            *ret_kind = kind;
            *ret_skip = 1;
            return true;
        }
    *ret_kind = HV_DISTRIBUTION_CONSTANT;
    *ret_skip = 0;
    return g_ascii_isdigit(*text);
}

HvDistribution *hv_distribution_parse(const char *text, const char *directory, GError **error)
{
    g_autofree char *stripped = g_strstrip(g_strdup(text));
    g_auto(GStrv) words = split_words(stripped);
    HvDistributionKind kind;
    unsigned skip;

    if (!words[0] || !read_kind(stripped, words[0], &kind, &skip)) {
        refuse(stripped, "is no distribution", ACCEPTED, error);
        return NULL;
    }
    g_autoptr(HvDistribution) distribution = hv_distribution_new(kind);
    bool good;

    if (kind == HV_DISTRIBUTION_EMPIRICAL)
        good = read_empirical(distribution, g_strchug(stripped + strlen(words[0])), directory, error);
    else
        good = read_operands(distribution, stripped, words + skip, error);
    if (!good)
        return NULL;
    hv_distribution_prepare(distribution);
    return g_steal_pointer(&distribution);
}

/* --- Writing -------------------------------------------------------------------------------------------------- */

static void write_points(GString *text, const HvDistribution *distribution)
{
    for (unsigned i = 0; i < distribution->n_points; i++) {
        const HvEmpiricalPoint *point = &distribution->points[i];
        g_autofree char *value = hv_quantity_format_duration(point->value_ns);
        g_string_append_printf(text, " %s", value);
        if (point->count != 1)
            g_string_append_printf(text, ":%" PRIu64, point->count);
    }
}

static void write_operands(GString *text, const HvDistribution *distribution)
{
    unsigned n_times = 0;

    for (const char *operand = rows[distribution->kind].operands; *operand; operand++) {
        g_autofree char *word = *operand == 't'
                                    ? hv_quantity_format_duration(distribution->time_ns[n_times++])
                                    : hv_quantity_format_millionths(distribution->millionths);
        g_string_append_printf(text, " %s", word);
    }
}

char *hv_distribution_format(const HvDistribution *distribution)
{
    if (distribution->kind == HV_DISTRIBUTION_CONSTANT)
        return hv_quantity_format_duration(distribution->time_ns[0]);
    GString *text = g_string_new(rows[distribution->kind].name);

    if (distribution->file)
        g_string_append_printf(text, " %s", distribution->file);
    else if (distribution->kind == HV_DISTRIBUTION_EMPIRICAL)
        write_points(text, distribution);
    else
        write_operands(text, distribution);
    return g_string_free(text, /* free_segment= */ FALSE);
}
