/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The clock on the wall: civil time as a number of seconds, and back.
 *
 * Days are counted from Monday, 0001-01-01, in the Gregorian calendar as if it had always been there; so the weekday is the number
 * of the day modulo 7. A date is found by taking a year to begin in March: the leap day is then the last of a year, and the lengths
 * of the months repeat every five months, 153 days (Howard Hinnant, "chrono-compatible low-level date algorithms"). All is integer
 * arithmetic; no time zone of the computer it runs on has a say.
 */
#include "hv/calendar.h"

#include "hv/error.h"

#include <string.h>

#define DAY_S     UINT64_C(86400)
#define YEAR_DAYS 365u
#define ERA_DAYS  146097u /* of 400 years */
#define MARCH_TO_0001                                                                                        \
    306u /* days from 0000-03-01, where the count of years that begin in March starts, to 0001-01-01 */
#define N_WEEKDAYS    7u
#define WEEKDAYS_BITS 0x1fu
#define WEEKEND_BITS  0x60u
#define CLOCK_REMEDY  "Give YYYY-MM-DD HH:MM or YYYY-MM-DD HH:MM:SS, as in 2026-11-20 18:00"
#define TIME_REMEDY   "Give HH:MM or HH:MM:SS, from 00:00 to 23:59:59"
#define DAYS_REMEDY   "Give daily, weekdays, weekend, or days with ',' between them, as in mon,wed,fri"

static const char weekday_names[N_WEEKDAYS][4] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

/* What a word of a list of days stands for besides one day. */
static const struct {
    const char *name;
    unsigned days;
} groups[] = {{"daily", HV_ALL_WEEKDAYS}, {"weekdays", WEEKDAYS_BITS}, {"weekend", WEEKEND_BITS}};

static bool refuse(const char *text, const char *what, const char *remedy, GError **error)
{
    g_autofree char *quoted = g_strescape(text, NULL);

    g_set_error(error, HV_ERROR, HV_ERROR_QUANTITY, "\"%.80s\" is not %s\n%s", quoted, what, remedy);
    return false;
}

/* --- Dates ------------------------------------------------------------------------------------------------------ */

/* Days from a 1st of March to the first of the month that is so many months later, 0 .. 11. */
static unsigned days_before_month(unsigned months)
{
    return (153 * months + 2) / 5;
}

static uint64_t day_of_date(unsigned year, unsigned month, unsigned day)
{
    unsigned months = (month + 9) % 12, y = month <= 2 ? year - 1 : year;
    uint64_t march_days = (uint64_t)y * YEAR_DAYS + y / 4 - y / 100 + y / 400;

    return march_days + days_before_month(months) + day - 1 - MARCH_TO_0001;
}

static void date_of_day(uint64_t day, HvCivilTime *ret_civil)
{
    uint64_t since_march = day + MARCH_TO_0001;
    unsigned of_era = (unsigned)(since_march % ERA_DAYS);
    /* Takes off the leap days before: one each 1460, but not at the end of each 36524, but the last of 146097. */
    unsigned year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / YEAR_DAYS;
    unsigned of_year = of_era - (YEAR_DAYS * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned months = (5 * of_year + 2) / 153;

    ret_civil->month = months < 10 ? months + 3 : months - 9;
    ret_civil->day = of_year - days_before_month(months) + 1;
    ret_civil->year = (unsigned)(since_march / ERA_DAYS) * 400 + year_of_era + (ret_civil->month <= 2);
}

static bool is_leap(unsigned year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static unsigned days_of_month(unsigned year, unsigned month)
{
    if (month == 2)
        return is_leap(year) ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/* --- Reading ---------------------------------------------------------------------------------------------------- */

/* Reads `digits` digits at *cursor as a number of min .. max, and moves *cursor behind them. */
static bool read_digits(const char **cursor, unsigned digits, unsigned min, unsigned max, unsigned *ret)
{
    unsigned value = 0;

    for (unsigned i = 0; i < digits; i++) {
        if (!g_ascii_isdigit((*cursor)[i]))
            return false;
        value = value * 10 + (unsigned)((*cursor)[i] - '0');
    }
    *cursor += digits;
    *ret = value;
    return value >= min && value <= max;
}

static bool read_char(const char **cursor, char c)
{
    if (**cursor != c)
        return false;
    ++*cursor;
    return true;
}

/* "18:00", "8:00", "18:00:30" up to the end of the text. */
static bool read_time(const char *cursor, unsigned *ret_second)
{
    unsigned hour, minute, second = 0;
    unsigned digits = g_ascii_isdigit(cursor[0]) && cursor[1] == ':' ? 1 : 2;

    if (!read_digits(&cursor, digits, 0, 23, &hour) || !read_char(&cursor, ':') ||
        !read_digits(&cursor, 2, 0, 59, &minute))
        return false;
    if (read_char(&cursor, ':') && !read_digits(&cursor, 2, 0, 59, &second))
        return false;
    *ret_second = (hour * 60 + minute) * 60 + second;
    return *cursor == '\0';
}

bool hv_calendar_parse(const char *text, HvCalendar *ret_calendar, GError **error)
{
    g_autofree char *stripped = g_strstrip(g_strdup(text));
    const char *cursor = stripped;
    unsigned year, month, day, second;

    if (!read_digits(&cursor, 4, 1, 9999, &year) || !read_char(&cursor, '-') ||
        !read_digits(&cursor, 2, 1, 12, &month) || !read_char(&cursor, '-') ||
        !read_digits(&cursor, 2, 1, days_of_month(year, month), &day) || !read_char(&cursor, ' ') ||
        !read_time(cursor + strspn(cursor, " "), &second))
        return refuse(text, "a date and time", CLOCK_REMEDY, error);
    *ret_calendar = (HvCalendar){.start_s = day_of_date(year, month, day) * DAY_S + second, .given = true};
    return true;
}

bool hv_calendar_parse_time_of_day(const char *text, unsigned *ret_second, GError **error)
{
    g_autofree char *stripped = g_strstrip(g_strdup(text));
    unsigned second;

    if (!read_time(stripped, &second))
        return refuse(text, "a time of day", TIME_REMEDY, error);
    *ret_second = second;
    return true;
}

/* 0: it is no day. */
static unsigned read_day(const char *word)
{
    for (unsigned i = 0; i < N_WEEKDAYS; i++)
        if (g_ascii_strcasecmp(word, weekday_names[i]) == 0)
            return 1u << i;
    for (unsigned i = 0; i < G_N_ELEMENTS(groups); i++)
        if (g_ascii_strcasecmp(word, groups[i].name) == 0)
            return groups[i].days;
    return 0;
}

bool hv_calendar_parse_days(const char *text, unsigned *ret_days, GError **error)
{
    g_auto(GStrv) words = g_strsplit(text, ",", -1);
    unsigned days = 0;

    for (char **word = words; *word; word++) {
        unsigned more = read_day(g_strstrip(*word));
        if (more == 0)
            return refuse(*word, "a day", DAYS_REMEDY, error);
        if (days & more)
            return refuse(text, "a list with each day once", DAYS_REMEDY, error);
        days |= more;
    }
    if (days == 0)
        return refuse(text, "a list of days", DAYS_REMEDY, error);
    *ret_days = days;
    return true;
}

/* --- The clock -------------------------------------------------------------------------------------------------- */

static HvCivilTime civil_of(uint64_t clock_s)
{
    uint64_t day = clock_s / DAY_S;
    unsigned second = (unsigned)(clock_s % DAY_S);
    HvCivilTime civil = {
        .hour = second / 3600,
        .minute = second / 60 % 60,
        .second = second % 60,
        .weekday = (unsigned)(day % N_WEEKDAYS),
    };

    date_of_day(day, &civil);
    return civil;
}

HvCivilTime hv_calendar_civil(const HvCalendar *calendar, HvTime at_ns)
{
    return civil_of(calendar->start_s + at_ns / HV_NS_PER_S);
}

HvTime hv_calendar_next(const HvCalendar *calendar, HvTime from_ns, unsigned second_of_day, unsigned days)
{
    g_assert(second_of_day < DAY_S && (days & HV_ALL_WEEKDAYS) != 0);
    uint64_t from_s = from_ns / HV_NS_PER_S + (from_ns % HV_NS_PER_S != 0);
    uint64_t clock_s = calendar->start_s + from_s, day = clock_s / DAY_S;

    if (clock_s % DAY_S > second_of_day)
        day++;
    while (!(days & 1u << day % N_WEEKDAYS))
        day++;
    uint64_t at_s = day * DAY_S + second_of_day - calendar->start_s;

    return at_s <= (HV_TIME_NEVER - 1) / HV_NS_PER_S ? at_s * HV_NS_PER_S : HV_TIME_NEVER;
}

/* --- Writing ---------------------------------------------------------------------------------------------------- */

static char *format_civil(const HvCivilTime *civil)
{
    return g_strdup_printf(
        "%04u-%02u-%02u %02u:%02u:%02u", civil->year, civil->month, civil->day, civil->hour, civil->minute,
        civil->second);
}

char *hv_calendar_format(const HvCalendar *calendar)
{
    HvCivilTime civil = civil_of(calendar->start_s);

    return format_civil(&civil);
}

char *hv_calendar_show(const HvCalendar *calendar, HvTime at_ns)
{
    HvCivilTime civil = hv_calendar_civil(calendar, at_ns);
    g_autofree char *text = format_civil(&civil);

    return g_strdup_printf("%s %s", weekday_names[civil.weekday], text);
}

char *hv_calendar_format_time_of_day(unsigned second)
{
    g_assert(second < DAY_S);
    if (second % 60 == 0)
        return g_strdup_printf("%02u:%02u", second / 3600, second / 60 % 60);
    return g_strdup_printf("%02u:%02u:%02u", second / 3600, second / 60 % 60, second % 60);
}

char *hv_calendar_format_days(unsigned days)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    g_assert(days > 0 && days <= HV_ALL_WEEKDAYS);
    for (unsigned i = 0; i < G_N_ELEMENTS(groups); i++)
        if (days == groups[i].days)
            return g_strdup(groups[i].name);
    for (unsigned i = 0; i < N_WEEKDAYS; i++)
        if (days & 1u << i)
            g_ptr_array_add(names, (char *)(uintptr_t)weekday_names[i]);
    g_ptr_array_add(names, NULL);
    g_autofree char *joined = g_strjoinv(",", (char **)names->pdata);

    return g_ascii_strdown(joined, -1);
}
