/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The values of study files that have a syntax of their own: commands with their time, replications, conditions.
 *
 * Each function takes a whole value and says in one sentence what is wrong with it. What a value means for a machine (whether the
 * LPAR of a metric is there, whether a command is one) is not known here.
 */
#include "hv/nearest.h"
#include "svp/machine-file-types.h"
#include "svp/plan/study-file.h"

#include <string.h>

/* --- Commands ------------------------------------------------------------------------------------------- */

void svp_study_command_free(SvpStudyCommand *command)
{
    if (!command)
        return;
    g_free(command->key);
    g_free(command->text);
    g_free(command->command);
    g_free(command);
}

/* The first word of *text, which moves behind it; free with g_free(). */
static char *next_word(const char **text)
{
    const char *begin = *text + strspn(*text, " \t");
    size_t length = strcspn(begin, " \t");

    *text = begin + length + strspn(begin + length, " \t");
    return g_strndup(begin, length);
}

/* "18:00", "Sat 18:00" or "90m". */
static bool read_when(const char **text, SvpStudyCommand *command)
{
    g_autofree char *word = next_word(text);

    command->days = HV_ALL_WEEKDAYS;
    if (!strchr(word, ':') && hv_quantity_parse_duration(word, &command->after_ns, NULL))
        return true;
    command->by_clock = true;
    if (hv_calendar_parse_time_of_day(word, &command->second, NULL))
        return true;
    g_autofree char *time = next_word(text);

    return hv_calendar_parse_days(word, &command->days, NULL) && command->days != 0 &&
           hv_calendar_parse_time_of_day(time, &command->second, NULL);
}

SvpStudyCommand *svp_study_command_parse(const char *key, const char *text, GError **error)
{
    g_autoptr(SvpStudyCommand) command = g_new0(SvpStudyCommand, 1);
    const char *rest = text;

    if (!read_when(&rest, command) || *rest == '\0') {
        svp_file_type_refuse(
            text, "a time and a command",
            "give a time of the clock or a time since power on, and a command, as in 18:00 INTEG TEST,PROD",
            error);
        return NULL;
    }
    command->key = g_strdup(key);
    command->text = g_strdup(text);
    command->command = g_strchomp(g_strdup(rest));
    return g_steal_pointer(&command);
}

/* --- Metrics and conditions ----------------------------------------------------------------------------- */

typedef struct {
    const char *name, *unit;
    bool less_is_better;
} MetricRow;

static const MetricRow metrics[] = {
    {"busy_ips", "ips", true},           {"ready_percent", "percent", true},
    {"capped_percent", "percent", true}, {"busy_percent", "percent", true},
    {"velocity", "percent", false},      {"throughput", "per s", false},
};

static const MetricRow *find_metric(const char *metric)
{
    static const MetricRow duration = {"", "s", true};
    const char *dot = strrchr(metric, '.'), *last = dot ? dot + 1 : metric;

    for (unsigned i = 0; i < G_N_ELEMENTS(metrics); i++)
        if (strcmp(metrics[i].name, last) == 0)
            return &metrics[i];
    return &duration;
}

const char *svp_plan_metric_unit(const char *metric)
{
    return find_metric(metric)->unit;
}

bool svp_plan_metric_less_is_better(const char *metric)
{
    return find_metric(metric)->less_is_better;
}

static bool read_limit(const char *metric, const char *text, double *ret_limit, GError **error)
{
    const char *unit = svp_plan_metric_unit(metric);
    char *end = NULL;
    uint32_t bp;
    HvTime ns;
    unsigned second;

    if (strcmp(unit, "percent") == 0) {
        if (!hv_quantity_parse_percent(text, &bp, error))
            return false;
        *ret_limit = bp / 100.0;
        return true;
    }
    if (g_str_has_suffix(metric, ".end")) {
        if (!hv_calendar_parse_time_of_day(text, &second, error))
            return false;
        *ret_limit = second;
        return true;
    }
    if (strcmp(unit, "s") == 0) {
        if (!hv_quantity_parse_duration(text, &ns, error))
            return false;
        *ret_limit = (double)ns / (double)HV_NS_PER_S;
        return true;
    }
    double limit = g_ascii_strtod(text, &end);

    if (!g_ascii_isdigit(*text) || *end != '\0' || limit > 1e15)
        return svp_file_type_refuse(text, "a number", "give a number, as in 3.5", error);
    *ret_limit = limit;
    return true;
}

/* LPAR.busy_ips, LPAR.CLASS.p95: two or three words, none empty. */
static bool is_metric(const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, ".", 5);
    unsigned n = g_strv_length(words);

    if (n < 2 || n > 4) /* "p99.9" has a dot of its own */
        return false;
    for (unsigned i = 0; i < n; i++)
        if (*words[i] == '\0' || strpbrk(words[i], " \t"))
            return false;
    return true;
}

/* Whether the last word of a metric is one; says which was meant. */
static bool check_last_word(const char *metric, GError **error)
{
    const char *names[G_N_ELEMENTS(metrics) + 3] = {"mean", "end", "p95"};
    const char *dot = strrchr(metric, '.'), *last = dot + 1;
    uint32_t percent_bp;

    for (unsigned i = 0; i < G_N_ELEMENTS(metrics); i++)
        names[3 + i] = metrics[i].name;
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(names[i], last) == 0)
            return true;
    /* "p99.9" has a dot of its own */
    const char *percentile = strstr(metric, ".p");

    while (percentile && !g_ascii_isdigit(percentile[2]))
        percentile = strstr(percentile + 1, ".p");
    if (percentile && hv_quantity_parse_percent(percentile + 2, &percent_bp, NULL))
        return true;
    const char *like = hv_nearest(last, names, G_N_ELEMENTS(names));
    g_autofree char *remedy =
        like ? g_strdup_printf("did you mean %.*s.%s?", (int)(dot - metric), metric, like)
             : g_strdup(
                   "metrics end in busy_ips, ready_percent, capped_percent, busy_percent, mean, p95 or any "
                   "other percentile, throughput, velocity, end");

    return svp_file_type_refuse(metric, "a metric", remedy, error);
}

bool svp_study_condition_parse(const char *text, SvpStudyCondition *ret_condition, GError **error)
{
    size_t length = strcspn(text, "<>");
    g_autofree char *metric = g_strstrip(g_strndup(text, length));
    double limit = 0.0;

    if (text[length] == '\0' || !is_metric(metric))
        return svp_file_type_refuse(
            text, "a condition", "give a metric, < or >, and a limit, as in PROD.ONLINE.p95 < 200ms", error);
    g_autofree char *limit_text = g_strstrip(g_strdup(text + length + 1));

    if (!check_last_word(metric, error) || !read_limit(metric, limit_text, &limit, error))
        return false;
    ret_condition->text = g_strdup(text);
    ret_condition->metric = g_steal_pointer(&metric);
    ret_condition->below = text[length] == '<';
    ret_condition->limit = limit;
    return true;
}

/* --- Replications --------------------------------------------------------------------------------------- */

static bool read_range(const char *text, uint64_t *ret_min, uint64_t *ret_max)
{
    g_auto(GStrv) ends = g_strsplit(text, "-", 2);

    if (!ends[0] || !hv_quantity_parse_number(ends[0], 1, SVP_STUDY_MAX_REPLICATIONS, ret_min, NULL))
        return false;
    *ret_max = *ret_min;
    return !ends[1] ||
           (hv_quantity_parse_number(ends[1], *ret_min, SVP_STUDY_MAX_REPLICATIONS, ret_max, NULL) &&
            *ret_min >= 2);
}

bool svp_study_replications_parse(
    const char *text, unsigned *ret_min, unsigned *ret_max, double *ret_precision_percent, GError **error)
{
    const char *until = strstr(text, "until");
    g_autofree char *range = g_strstrip(until ? g_strndup(text, (gsize)(until - text)) : g_strdup(text));
    uint32_t precision_bp = 0;
    uint64_t min, max;

    if (!read_range(range, &min, &max) || (until == NULL) != (min == max && !strchr(range, '-')) ||
        (until &&
         (!hv_quantity_parse_percent(until + strlen("until"), &precision_bp, NULL) || precision_bp == 0)))
        return svp_file_type_refuse(
            text, "a number of replications",
            "give 1 to 100000, as in 10, or from two upwards until the interval is narrow enough, as in "
            "5-50 until 5%",
            error);
    *ret_min = (unsigned)min;
    *ret_max = (unsigned)max;
    *ret_precision_percent = precision_bp / 100.0;
    return true;
}

/* --- Numbers -------------------------------------------------------------------------------------------- */

char *svp_plan_number_text(double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    if (value > -1e15 && value < 1e15 && value == (double)(int64_t)value)
        return g_strdup_printf("%" G_GINT64_FORMAT, (int64_t)value);
    for (int digits = 1; digits <= 17; digits++) {
        g_autofree char *format = g_strdup_printf("%%.%dg", digits);

        g_ascii_formatd(text, sizeof text, format, value);
        if (g_ascii_strtod(text, NULL) == value)
            break;
    }
    return g_strdup(text);
}
