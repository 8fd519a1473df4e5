/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The workload of a model guest, as text and as numbers.
 *
 * A text is a row of parts with ';' between them; each part is a keyword and its operand, and one row of a
 * table says which function reads it. The canonical text has the parts in the order of the table, so equal
 * workloads have equal texts.
 */
#include "hv/workload.h"

#include "hv/error.h"

#include <inttypes.h>
#include <string.h>

#define WORKLOAD_DEFAULT_PERIOD_NS (100 * HV_NS_PER_MS)
#define WORKLOAD_ACCEPTED                                                                                    \
    "Use busy, idle, cpu PERCENT, write RATE and io RATE, with ';' between them, as in "                     \
    "\"cpu 30%; write 16M/s; io 50/s\""

typedef struct {
    HvWorkload workload;
    bool cpu_given, write_given, io_given;
} Reading;

static bool refuse(const char *part, const char *why, GError **error)
{
    g_autofree char *quoted = g_strescape(part, NULL);

    g_set_error(error, HV_ERROR, HV_ERROR_WORKLOAD, "\"%.80s\" %s\n%s", quoted, why, WORKLOAD_ACCEPTED);
    return false;
}

static bool read_busy(Reading *reading, const char *operand, GError **error)
{
    if (reading->cpu_given || *operand)
        return refuse(
            operand, "is too much: busy has no operand, and only one of busy, idle and cpu is possible",
            error);
    reading->workload.cpu = HV_WORKLOAD_CPU_BUSY;
    reading->cpu_given = true;
    return true;
}

static bool read_idle(Reading *reading, const char *operand, GError **error)
{
    if (reading->cpu_given || *operand)
        return refuse(
            operand, "is too much: idle has no operand, and only one of busy, idle and cpu is possible",
            error);
    reading->cpu_given = true;
    return true;
}

static bool read_cpu(Reading *reading, const char *operand, GError **error)
{
    g_auto(GStrv) halves = g_strsplit(operand, "/", 2);
    HvTime period_ns = WORKLOAD_DEFAULT_PERIOD_NS;
    uint32_t demand_bp = 0;

    if (reading->cpu_given)
        return refuse(operand, "comes second: only one of busy, idle and cpu is possible", error);
    if (!halves[0] || !hv_quantity_parse_percent(halves[0], &demand_bp, error))
        return halves[0] ? false : refuse(operand, "is no percentage of an IP", error);
    if (halves[1] && !hv_quantity_parse_duration(halves[1], &period_ns, error))
        return false;
    if (demand_bp == 0 || period_ns < HV_NS_PER_MS || period_ns > 3600 * HV_NS_PER_S)
        return refuse(operand, "is no demand: more than 0 %, each period of 1ms to 1h", error);
    reading->workload.cpu = HV_WORKLOAD_CPU_DEMAND;
    reading->workload.demand_bp = demand_bp;
    reading->workload.period_ns = period_ns;
    reading->cpu_given = true;
    return true;
}

static bool read_write(Reading *reading, const char *operand, GError **error)
{
    g_auto(GStrv) words = g_strsplit_set(operand, " \t", 2);

    if (reading->write_given)
        return refuse(operand, "is a second write", error);
    if (!words[0])
        return refuse(operand, "is no rate", error);
    if (!hv_quantity_parse_rate(words[0], &reading->workload.write_rate, error))
        return false;
    if (words[1] && !hv_quantity_parse_size(words[1], &reading->workload.write_set_bytes, error))
        return false;
    if (words[1] && reading->workload.write_set_bytes < 4096)
        return refuse(words[1], "is too small a working set: it has at least one page, 4K", error);
    reading->write_given = true;
    return true;
}

/* "50/s", "50", "0.5/s": requests per 1000 seconds are whole. */
static bool read_io(Reading *reading, const char *operand, GError **error)
{
    g_autofree char *number = g_strdup(operand);
    uint32_t hundredths = 0;

    if (reading->io_given)
        return refuse(operand, "is a second io", error);
    if (g_str_has_suffix(number, "/s"))
        number[strlen(number) - 2] = '\0';
    if (!hv_quantity_parse_decimal(number, &hundredths, error))
        return false;
    if (hundredths == 0 || hundredths > 100 * 1000 * 1000)
        return refuse(operand, "is no rate of requests: 0.01 to 1000000 a second", error);
    reading->workload.io_rate_milli = (uint64_t)hundredths * 10;
    reading->io_given = true;
    return true;
}

static const struct {
    const char *keyword;
    bool (*read)(Reading *reading, const char *operand, GError **error);
} parts[] = {
    {"busy", read_busy}, {"idle", read_idle}, {"cpu", read_cpu}, {"write", read_write}, {"io", read_io},
};

static bool read_part(Reading *reading, char *part, GError **error)
{
    size_t keyword_length = strcspn(part, " \t:=");
    const char *operand = part + keyword_length;

    operand += strspn(operand, " \t:=");
    for (unsigned i = 0; i < G_N_ELEMENTS(parts); i++)
        if (strlen(parts[i].keyword) == keyword_length &&
            g_ascii_strncasecmp(parts[i].keyword, part, keyword_length) == 0)
            return parts[i].read(reading, operand, error);
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
        return refuse(text, "is no workload", error);
    *ret_workload = reading.workload;
    return true;
}

static void append_cpu(GString *text, const HvWorkload *workload)
{
    g_autofree char *percent = hv_quantity_format_percent(workload->demand_bp);
    g_autofree char *period = hv_quantity_format_duration(workload->period_ns);

    if (workload->cpu == HV_WORKLOAD_CPU_BUSY)
        g_string_append(text, "busy");
    if (workload->cpu == HV_WORKLOAD_CPU_DEMAND)
        g_string_append_printf(text, "cpu %s%%/%s", percent, period);
}

char *hv_workload_format(const HvWorkload *workload)
{
    GString *text = g_string_new(NULL);

    append_cpu(text, workload);
    if (workload->write_rate > 0) {
        g_autofree char *rate = hv_quantity_format_size(workload->write_rate);
        g_autofree char *set = hv_quantity_format_size(workload->write_set_bytes);

        g_string_append_printf(text, "%swrite %s/s", text->len ? "; " : "", rate);
        if (workload->write_set_bytes > 0)
            g_string_append_printf(text, " %s", set);
    }
    if (workload->io_rate_milli > 0) {
        g_autofree char *rate = hv_quantity_format_decimal((uint32_t)(workload->io_rate_milli / 10));

        g_string_append_printf(text, "%sio %s/s", text->len ? "; " : "", rate);
    }
    if (text->len == 0)
        g_string_append(text, "idle");
    return g_string_free(text, FALSE);
}
