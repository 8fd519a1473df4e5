/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Figures of a study's result: how they are read, and how they are written for people.
 *
 * A result has SI units, so that programs can read it; people read 112 ms rather than 0.112 s. A scale is chosen once for figures
 * that stand together (a row, an axis), by the largest of them, so that they can be compared digit by digit. What a result lacks
 * is no error: a study of one replication has no intervals, one without classes has no percentiles.
 */
#include "svp/plan/figure.h"

#include "svp/plan/time-axis.h"

#include <math.h>
#include <string.h>

const char *svp_figure_string(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

bool svp_figure_get(const json_t *object, const char *key, double *ret_value)
{
    const json_t *value = json_object_get(object, key);

    if (!json_is_number(value))
        return false;
    *ret_value = json_number_value(value);
    return true;
}

double svp_figure_get_or(const json_t *object, const char *key, double fallback)
{
    svp_figure_get(object, key, &fallback);
    return fallback;
}

SvpFigureScale svp_figure_scale(const char *unit, double magnitude)
{
    static const struct {
        double from_s;
        SvpFigureScale scale;
    } times[] = {{7200, {1 / 3600.0, "h"}}, {300, {1 / 60.0, "min"}}, {1, {1, "s"}},
                 {1e-3, {1e3, "ms"}},       {1e-6, {1e6, "µs"}},      {0, {1e9, "ns"}}};
    static const struct {
        const char *unit, *shown;
    } others[] = {{"percent", "%"}, {"ips", "IPs"}, {"1/s", "per s"}, {"/s", "per s"}, {"1", ""}};

    magnitude = fabs(magnitude);
    if (strcmp(unit, "s") == 0 && magnitude == 0)
        return (SvpFigureScale){1, "s"};
    for (unsigned i = 0; strcmp(unit, "s") == 0 && i < G_N_ELEMENTS(times); i++)
        if (magnitude >= times[i].from_s)
            return times[i].scale;
    for (unsigned i = 0; i < G_N_ELEMENTS(others); i++)
        if (strcmp(unit, others[i].unit) == 0)
            return (SvpFigureScale){1, others[i].shown};
    return (SvpFigureScale){1, unit};
}

char *svp_figure_number(double value)
{
    char buffer[G_ASCII_DTOSTR_BUF_SIZE + 320];
    double size = fabs(value);
    const char *format = size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : size >= 1 ? "%.2f" : "%.3f";

    if (size == 0)
        format = "%.0f";
    else if (size < 0.001 || size >= 1e15)
        format = "%.3g";
    return g_strdup(g_ascii_formatd(buffer, (int)sizeof buffer, format, size == 0 ? 0 : value));
}

char *svp_figure_text(double value, SvpFigureScale scale)
{
    g_autofree char *number = svp_figure_number(value * scale.factor);

    if (!*scale.unit)
        return g_steal_pointer(&number);
    return g_strdup_printf("%s %s", number, scale.unit);
}

SvpFigureKind svp_figure_kind(const char *metric, const char *unit, const char *clock)
{
    bool is_time = clock && *clock && g_str_has_suffix(metric, ".end");

    return (SvpFigureKind){.unit = unit, .clock = is_time ? clock : NULL};
}

static char *time_interval(double value, bool has_interval, double low, double high, const char *clock)
{
    g_autofree char *text = svp_time_axis_label(clock, value);

    if (!has_interval)
        return g_steal_pointer(&text);
    g_autofree char *from = svp_time_axis_label(clock, low);
    g_autofree char *to = svp_time_axis_label(clock, high);

    return g_strdup_printf("%s (%s to %s)", text, from, to);
}

char *svp_figure_interval(const json_t *object, const char *key, SvpFigureKind kind)
{
    double value, low = 0, high = 0;

    if (!svp_figure_get(object, key, &value))
        return g_strdup("-");
    bool has_interval = svp_figure_get(object, "low", &low) && svp_figure_get(object, "high", &high);

    if (kind.clock)
        return time_interval(value, has_interval, low, high, kind.clock);
    SvpFigureScale scale = svp_figure_scale(kind.unit, value != 0 ? value : MAX(fabs(low), fabs(high)));
    g_autofree char *text = svp_figure_text(value, scale);

    if (!has_interval)
        return g_steal_pointer(&text);
    g_autofree char *from = svp_figure_number(low * scale.factor);
    g_autofree char *to = svp_figure_number(high * scale.factor);

    return g_strdup_printf("%s (%s to %s)", text, from, to);
}

char *svp_figure_mib(double mib)
{
    static const char *const units[] = {"MiB", "GiB", "TiB", "PiB"};
    unsigned unit = 0;

    while (mib >= 1024 && unit + 1 < G_N_ELEMENTS(units)) {
        mib /= 1024;
        unit++;
    }
    /* Sizes are mostly whole; the digits after the point are there when they are needed. */
    g_autofree char *text = mib == floor(mib) ? g_strdup_printf("%.0f", mib) : svp_figure_number(mib);

    return g_strdup_printf("%s %s", text, units[unit]);
}
