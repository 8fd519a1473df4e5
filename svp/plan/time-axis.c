/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The axis of simulated time: where its marks are and what is written there.
 *
 * With a clock, marks stand at full clock times (18:00, 21:00), not at multiples since the begin; midnight has the day's name. The
 * clock has no time zone and no summer time: it is the machine's, and every day has 24 hours. Names of days are English in every
 * locale, as all that the program says.
 */
#include "svp/plan/time-axis.h"

#include <math.h>
#include <string.h>

#define MINUTE_S  60
#define HOUR_S    3600
#define DAY_S     86400
#define TICKS_MAX 12
#define EPSILON_S 1e-6

static const char *const day_names[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
static const char *const month_names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/* NULL if there is no clock, or none that can be read. */
static GDateTime *clock_begin(const char *clock)
{
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();

    if (!clock || strlen(clock) < strlen("2026-01-01 00:00"))
        return NULL;
    g_autofree char *iso = g_strdup(clock);

    iso[strlen("2026-01-01")] = 'T';
    return g_date_time_new_from_iso8601(iso, utc);
}

static GDateTime *clock_at(GDateTime *begin, double at_s)
{
    return g_date_time_add(begin, (GTimeSpan)llround(at_s * G_USEC_PER_SEC));
}

static const char *day_of(GDateTime *time)
{
    return day_names[g_date_time_get_day_of_week(time) - 1];
}

/* At least a step that makes at most TICKS_MAX of the span; 0.001 s to weeks, and then powers of ten of weeks. */
static double step_of(double span_s)
{
    static const double steps_s[] = {
        0.001,
        0.002,
        0.005,
        0.01,
        0.02,
        0.05,
        0.1,
        0.2,
        0.5,
        1,
        2,
        5,
        10,
        15,
        30,
        MINUTE_S,
        2 * MINUTE_S,
        5 * MINUTE_S,
        10 * MINUTE_S,
        15 * MINUTE_S,
        30 * MINUTE_S,
        HOUR_S,
        2 * HOUR_S,
        3 * HOUR_S,
        6 * HOUR_S,
        12 * HOUR_S,
        DAY_S,
        2 * DAY_S,
        7 * DAY_S};
    double step_s = steps_s[G_N_ELEMENTS(steps_s) - 1];

    for (unsigned i = 0; i < G_N_ELEMENTS(steps_s); i++)
        if (span_s / steps_s[i] <= TICKS_MAX)
            return steps_s[i];
    while (span_s / step_s > TICKS_MAX)
        step_s *= 10;
    return step_s;
}

/* "18:00", at midnight "Sat 21", with days between the marks "21 Nov". */
static char *clock_tick_label(GDateTime *time, double step_s)
{
    int day = g_date_time_get_day_of_month(time), hour = g_date_time_get_hour(time);
    int minute = g_date_time_get_minute(time), second = g_date_time_get_second(time);

    if (step_s >= 7 * DAY_S)
        return g_strdup_printf("%d %s", day, month_names[g_date_time_get_month(time) - 1]);
    if (step_s >= DAY_S || (hour == 0 && minute == 0 && second == 0))
        return g_strdup_printf("%s %d", day_of(time), day);
    if (step_s >= MINUTE_S)
        return g_strdup_printf("%02d:%02d", hour, minute);
    if (step_s >= 1)
        return g_strdup_printf("%02d:%02d:%02d", hour, minute, second);
    return g_strdup_printf(
        "%02d:%02d.%03d", minute, second, g_date_time_get_microsecond(time) / 1000); /* min:s.ms */
}

static char *elapsed_tick_label(double at_s, double step_s)
{
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];

    if (step_s < MINUTE_S) {
        g_ascii_formatd(buffer, (int)sizeof buffer, "%.6g", at_s);
        return g_strdup_printf("%s s", buffer);
    }
    if (step_s < HOUR_S)
        return g_strdup_printf("%.0f min", at_s / MINUTE_S);
    if (step_s < DAY_S)
        return g_strdup_printf("%.0f h", at_s / HOUR_S);
    return g_strdup_printf("day %.0f", at_s / DAY_S);
}

/* How long the clock has run since its last full step: seconds since midnight, or since a Monday for steps of days. */
static double clock_phase(GDateTime *begin, double step_s)
{
    double since_s = g_date_time_get_hour(begin) * HOUR_S + g_date_time_get_minute(begin) * MINUTE_S +
                     g_date_time_get_seconds(begin);

    if (step_s > DAY_S)
        since_s += (g_date_time_get_day_of_week(begin) - 1) * DAY_S;
    return fmod(since_s, step_s);
}

json_t *svp_time_axis_ticks(const char *clock, double from_s, double to_s)
{
    g_autoptr(GDateTime) begin = clock_begin(clock);
    double step_s = step_of(MAX(to_s - from_s, EPSILON_S));
    double phase_s = begin ? clock_phase(begin, step_s) : 0;
    double first = ceil((from_s + phase_s - EPSILON_S) / step_s);
    json_t *ticks = json_array();

    for (unsigned i = 0; i <= TICKS_MAX; i++) {
        double at_s = (first + i) * step_s - phase_s;

        if (at_s > to_s + EPSILON_S)
            break;
        g_autoptr(GDateTime) time = begin ? clock_at(begin, at_s) : NULL;
        g_autofree char *label = time ? clock_tick_label(time, step_s) : elapsed_tick_label(at_s, step_s);

        json_array_append_new(ticks, json_pack("{s:f,s:s}", "at", at_s, "label", label));
    }
    return ticks;
}

char *svp_time_axis_label(const char *clock, double at_s)
{
    g_autoptr(GDateTime) begin = clock_begin(clock);
    g_autoptr(GDateTime) time = begin ? clock_at(begin, at_s) : NULL;
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];

    if (time)
        return g_strdup_printf(
            "%s %02d:%02d:%02d", day_of(time), g_date_time_get_hour(time), g_date_time_get_minute(time),
            g_date_time_get_second(time));
    if (at_s >= HOUR_S)
        return g_strdup_printf(
            "%.0f h %02.0f min", floor(at_s / HOUR_S), floor(fmod(at_s, HOUR_S) / MINUTE_S));
    if (at_s >= MINUTE_S)
        return g_strdup_printf("%.0f min %02.0f s", floor(at_s / MINUTE_S), floor(fmod(at_s, MINUTE_S)));
    return g_strdup_printf("%s s", g_ascii_formatd(buffer, (int)sizeof buffer, "%.6g", at_s));
}

char *svp_time_axis_title(const char *clock)
{
    g_autoptr(GDateTime) begin = clock_begin(clock);

    if (!begin)
        return g_strdup("time since the begin");
    return g_strdup_printf("time of day, from %.16s on", clock);
}
