/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The workload of a model guest, as text and as numbers.
 *
 * A text is a row of parts with ';' between them; each part is a keyword and its operand, and one row of a
 * table says which function reads it. The canonical text has the parts in the order of the table, so equal
 * workloads have equal texts. Upper limits keep every product of a rate with a simulated time inside 64 bits.
 */
#include "hv/workload.h"

#include "hv/error.h"

#include <string.h>

#define WORKLOAD_DEFAULT_PERIOD_NS (100 * HV_NS_PER_MS)
#define WORKLOAD_MAX_PERIOD_NS     (3600 * HV_NS_PER_S)
#define WORKLOAD_MAX_IO_HUNDREDTHS (100u * 1000 * 1000)
#define WORKLOAD_ACCEPTED                                                                                    \
    "Use busy, idle, cpu PERCENT, write RATE and io RATE, with ';' between them, as in "                     \
    "\"cpu 30%; write 16M/s; io 50/s\""

typedef struct {
    HvWorkload workload;
    bool cpu_given, write_given, io_given;
} Reading;

/* `why` goes on after the quoted part, so the sentence says which part is meant and what is wrong with it. */
static bool refuse(const char *part, const char *why, GError **error)
{
    g_autofree char *quoted = g_strescape(part, NULL);

    g_set_error(error, HV_ERROR, HV_ERROR_WORKLOAD, "\"%.80s\" %s\n%s", quoted, why, WORKLOAD_ACCEPTED);
    return false;
}

/* Two parts that say the same thing are refused rather than the last one taken. */
static bool claim(bool *given, const char *part, const char *why, GError **error)
{
    if (*given)
        return refuse(part, why, error);
    *given = true;
    return true;
}

static bool claim_cpu(Reading *reading, const char *part, GError **error)
{
    return claim(
        &reading->cpu_given, part, "comes second: only one of busy, idle and cpu is possible", error);
}

static bool read_busy(Reading *reading, const char *part, const char *operand, GError **error)
{
    if (*operand)
        return refuse(part, "is too much: busy has no operand", error);
    reading->workload.cpu = HV_WORKLOAD_CPU_BUSY;
    return claim_cpu(reading, part, error);
}

static bool read_idle(Reading *reading, const char *part, const char *operand, GError **error)
{
    if (*operand)
        return refuse(part, "is too much: idle has no operand", error);
    return claim_cpu(reading, part, error);
}

/* "30%", "30%/50ms" */
static bool read_cpu(Reading *reading, const char *part, const char *operand, GError **error)
{
    g_auto(GStrv) halves = g_strsplit(operand, "/", 2);
    HvTime period_ns = WORKLOAD_DEFAULT_PERIOD_NS;
    uint32_t demand_bp;

    if (!halves[0] || !hv_quantity_parse_percent(halves[0], &demand_bp, NULL) || demand_bp == 0)
        return refuse(part, "is no demand: give more than 0 % and at most 100 % of an IP", error);
    if (halves[1] && (!hv_quantity_parse_duration(halves[1], &period_ns, NULL) || period_ns < HV_NS_PER_MS ||
                      period_ns > WORKLOAD_MAX_PERIOD_NS))
        return refuse(part, "has no good period: give 1ms to 1h behind the '/'", error);
    reading->workload.cpu = HV_WORKLOAD_CPU_DEMAND;
    reading->workload.demand_bp = demand_bp;
    reading->workload.period_ns = period_ns;
    return claim_cpu(reading, part, error);
}

/* "16M/s", "16M/s 64M" */
static bool read_write(Reading *reading, const char *part, const char *operand, GError **error)
{
    g_auto(GStrv) words = g_strsplit_set(operand, " \t", 2);
    uint64_t rate, set_bytes = 0;

    if (!words[0] || !hv_quantity_parse_rate(words[0], &rate, NULL) || rate > HV_WORKLOAD_MAX_WRITE_RATE)
        return refuse(part, "is no rate of writing: give 1 to 1T bytes a second, as in 16M/s", error);
    if (words[1] && (!hv_quantity_parse_size(words[1], &set_bytes, NULL) || set_bytes == 0 ||
                     set_bytes % HV_WORKLOAD_WRITE_UNIT != 0))
        return refuse(part, "has no good working set: give whole pages of 4K, as in 64M", error);
    reading->workload.write_rate = rate;
    reading->workload.write_set_bytes = set_bytes;
    return claim(&reading->write_given, part, "comes second: write can be given once", error);
}

/* "50/s", "50", "0.5/s" */
static bool read_io(Reading *reading, const char *part, const char *operand, GError **error)
{
    g_autofree char *number = g_strdup(operand);
    uint32_t hundredths;

    if (g_str_has_suffix(number, "/s"))
        number[strlen(number) - 2] = '\0';
    if (!hv_quantity_parse_decimal(number, &hundredths, NULL) || hundredths == 0 ||
        hundredths > WORKLOAD_MAX_IO_HUNDREDTHS)
        return refuse(part, "is no rate of requests: give 0.01 to 1000000 a second, as in 50/s", error);
    reading->workload.io_rate_milli = (uint64_t)hundredths * 10;
    return claim(&reading->io_given, part, "comes second: io can be given once", error);
}

static const struct {
    const char *keyword;
    bool (*read)(Reading *reading, const char *part, const char *operand, GError **error);
} parts[] = {
    {"busy", read_busy}, {"idle", read_idle}, {"cpu", read_cpu}, {"write", read_write}, {"io", read_io},
};

/* `part` has no blanks around it; the operand follows after blanks, or after ':' with or without blanks. */
static bool read_part(Reading *reading, const char *part, GError **error)
{
    size_t keyword_length = strcspn(part, " \t:");
    const char *operand = part + keyword_length;

    operand += strspn(operand, " \t");
    if (*operand == ':')
        operand += 1 + strspn(operand + 1, " \t");
    for (unsigned i = 0; i < G_N_ELEMENTS(parts); i++)
        if (strlen(parts[i].keyword) == keyword_length &&
            g_ascii_strncasecmp(parts[i].keyword, part, keyword_length) == 0)
            return parts[i].read(reading, part, operand, error);
    return refuse(part, "is no workload", error);
}

bool hv_workload_parse(const char *text, HvWorkload *ret_workload, GError **error)
{
    g_auto(GStrv) split = g_strsplit(text, ";", -1);
    Reading reading = {.workload = {.cpu = HV_WORKLOAD_CPU_IDLE}};
    unsigned n_parts = 0;

    for (char **part = split; *part; part++) {
        g_strstrip(*part);
        if (**part == '\0')
            continue;
        if (!read_part(&reading, *part, error))
            return false;
        n_parts++;
    }
    if (n_parts == 0)
        return refuse(text, "names no workload", error);
    *ret_workload = reading.workload;
    return true;
}

static char *format_cpu(const HvWorkload *workload)
{
    if (workload->cpu == HV_WORKLOAD_CPU_IDLE)
        return NULL;
    if (workload->cpu == HV_WORKLOAD_CPU_BUSY)
        return g_strdup("busy");
    g_autofree char *percent = hv_quantity_format_percent(workload->demand_bp);
    g_autofree char *period = hv_quantity_format_duration(workload->period_ns);

    if (workload->period_ns == WORKLOAD_DEFAULT_PERIOD_NS)
        return g_strdup_printf("cpu %s%%", percent);
    return g_strdup_printf("cpu %s%%/%s", percent, period);
}

static char *format_write(const HvWorkload *workload)
{
    if (workload->write_rate == 0)
        return NULL;
    g_autofree char *rate = hv_quantity_format_size(workload->write_rate);
    g_autofree char *set = hv_quantity_format_size(workload->write_set_bytes);

    if (workload->write_set_bytes == 0)
        return g_strdup_printf("write %s/s", rate);
    return g_strdup_printf("write %s/s %s", rate, set);
}

static char *format_io(const HvWorkload *workload)
{
    g_assert(workload->io_rate_milli % 10 == 0);
    if (workload->io_rate_milli == 0)
        return NULL;
    g_autofree char *rate = hv_quantity_format_decimal((uint32_t)(workload->io_rate_milli / 10));

    return g_strdup_printf("io %s/s", rate);
}

char *hv_workload_format(const HvWorkload *workload)
{
    char *(*const formats[])(const HvWorkload *) = {format_cpu, format_write, format_io};
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);

    for (unsigned i = 0; i < G_N_ELEMENTS(formats); i++) {
        char *text = formats[i](workload);

        if (text)
            g_ptr_array_add(texts, text);
    }
    if (texts->len == 0)
        g_ptr_array_add(texts, g_strdup("idle"));
    g_ptr_array_add(texts, NULL);
    return g_strjoinv("; ", (char **)texts->pdata);
}
