/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbers as they are shown, in JSON and to people.
 *
 * The machine counts in bytes, nanoseconds and 1/100 %, all integers. Here, at the very end, they become MiB, seconds and percent.
 * Percentages have at most two decimals; whole numbers are written as integers, except times, which readers may
 * want to take for floating point always.
 */
#include "svp/output.h"

#include "svp/message.h"

#include <math.h>
#include <string.h>

json_t *svp_json_mib(uint64_t bytes)
{
    if (bytes % HV_MIB == 0)
        return json_integer((json_int_t)(bytes / HV_MIB));
    return json_real((double)bytes / (double)HV_MIB);
}

json_t *svp_json_seconds(HvTime ns)
{
    return json_real((double)ns / (double)HV_NS_PER_S);
}

json_t *svp_json_percent(double percent)
{
    double hundredths = round(percent * 100.0);

    if (fmod(hundredths, 100.0) == 0.0)
        return json_integer((json_int_t)(hundredths / 100.0));
    return json_real(hundredths / 100.0);
}

json_t *svp_json_share(uint64_t share_bp)
{
    return svp_json_percent((double)share_bp / 100.0);
}

json_t *svp_json_strings(const GPtrArray *strings)
{
    json_t *array = json_array();

    for (unsigned i = 0; i < strings->len; i++)
        json_array_append_new(array, json_string(g_ptr_array_index(strings, i)));
    return array;
}

json_t *svp_json_in_seconds(const json_t *record)
{
    json_t *shown = json_object(), *value;
    const char *key;

    json_object_foreach((json_t *)(uintptr_t)record, key, value)
    {
        g_autofree char *stem = g_str_has_suffix(key, "_ns") ? g_strndup(key, strlen(key) - strlen("ns"))
                                                             : NULL;
        g_autofree char *name = g_strconcat(stem ? stem : key, stem ? "s" : "", NULL);

        json_object_set_new(
            shown, name, stem ? svp_json_seconds((HvTime)json_integer_value(value)) : json_incref(value));
    }
    return shown;
}

json_t *svp_json_chpid(uint8_t chpid)
{
    return json_sprintf("%02X", chpid);
}

double svp_percent_of(uint64_t part, uint64_t whole)
{
    return whole == 0 ? 0.0 : 100.0 * (double)part / (double)whole;
}

void svp_json_line(FILE *out, const json_t *object)
{
    char *line = json_dumps(object, JSON_REAL_PRECISION(15) | JSON_COMPACT);

    g_assert(line);
    fprintf(out, "%s\n", line);
    fflush(out);
    free(line);
}

json_t *svp_json_error(const GError *error)
{
    g_autofree char *id = svp_message_id(error->code), *reason = NULL, *remedy = NULL;

    svp_message_split(error, &reason, &remedy);
    json_t *object = json_pack("{s:s, s:s}", "id", id, "reason", reason);

    g_assert(object);
    if (remedy)
        json_object_set_new(object, "remedy", json_string(remedy));
    return object;
}

char *svp_text_seconds(HvTime ns)
{
    return g_strdup_printf(
        "%" G_GUINT64_FORMAT ".%03u s", ns / HV_NS_PER_S, (unsigned)(ns % HV_NS_PER_S / HV_NS_PER_MS));
}

char *svp_text_duration(HvTime ns)
{
    if (ns == 0)
        return g_strdup("0 s");
    if (ns < HV_NS_PER_US)
        return g_strdup_printf("%u ns", (unsigned)ns);
    if (ns < HV_NS_PER_MS)
        return g_strdup_printf("%u.%03u us", (unsigned)(ns / 1000), (unsigned)(ns % 1000));
    if (ns < HV_NS_PER_S)
        return g_strdup_printf(
            "%u.%03u ms", (unsigned)(ns / HV_NS_PER_MS), (unsigned)(ns % HV_NS_PER_MS / 1000));
    return svp_text_seconds(ns);
}

char *svp_text_age(HvTime ns)
{
    uint64_t s = ns / HV_NS_PER_S;

    if (s >= 48 * 3600)
        return g_strdup_printf("%" G_GUINT64_FORMAT "d%02uh", s / 86400, (unsigned)(s / 3600 % 24));
    if (s >= 3600)
        return g_strdup_printf("%" G_GUINT64_FORMAT "h%02um", s / 3600, (unsigned)(s / 60 % 60));
    if (s >= 60)
        return g_strdup_printf("%" G_GUINT64_FORMAT "m%02us", s / 60, (unsigned)(s % 60));
    return g_strdup_printf("%" G_GUINT64_FORMAT " s", s);
}

char *svp_text_percent(double percent)
{
    return g_strdup_printf("%.2f", percent);
}
