/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Schedules: when something that comes again is due next.
 *
 * All times are those of the machine's clock (hv/calendar.h), whose days have 24 hours each, so every frequency but one is a search for
 * a time of day on certain weekdays. Months differ in length: a schedule for day 31 is due on the last day of a shorter month. The last
 * day is the one that the 1st of a month follows, so leap years are the calendar's business alone.
 *
 * A schedule is a plain value and remembers nothing: the same question has the same answer, whoever asks and how often.
 */
#include "svp/protect/schedule.h"

#include "svp/error.h"
#include "svp/message.h"

#include <string.h>

#define HOUR_S   3600u
#define DAY_S    86400u
#define DAY_MAX  31u
#define WEEKDAYS 7u

static const char *const frequency_names[SVP_FREQUENCIES] = {"none", "hourly", "daily", "weekly", "monthly"};
static const HvTime periods_s[SVP_FREQUENCIES] = {0, HOUR_S, DAY_S, WEEKDAYS *DAY_S, DAY_MAX *DAY_S};

SvpSchedule svp_schedule_default(SvpFrequency frequency)
{
    g_assert(frequency < SVP_FREQUENCIES);
    return (SvpSchedule){.frequency = frequency, .day = 1};
}

HvTime svp_frequency_period_ns(SvpFrequency frequency)
{
    g_assert(frequency < SVP_FREQUENCIES);
    return frequency == SVP_FREQUENCY_NONE ? HV_TIME_NEVER : periods_s[frequency] * HV_NS_PER_S;
}

/* --- The next time ---------------------------------------------------------------------------------------- */

/* The earliest of the 24 times of a day at which the clock shows so many seconds past the hour. */
static HvTime next_of_hours(unsigned second_of_hour, const HvCalendar *calendar, HvTime from_ns)
{
    HvTime next_ns = HV_TIME_NEVER;

    for (unsigned second = second_of_hour; second < DAY_S; second += HOUR_S)
        next_ns = MIN(next_ns, hv_calendar_next(calendar, from_ns, second, HV_ALL_WEEKDAYS));
    return next_ns;
}

static bool is_day_of_month(unsigned day, const HvCalendar *calendar, HvTime at_ns)
{
    HvCivilTime today = hv_calendar_civil(calendar, at_ns);

    if (today.day >= day || at_ns > HV_TIME_NEVER - DAY_S * HV_NS_PER_S)
        return today.day == day;
    return hv_calendar_civil(calendar, at_ns + DAY_S * HV_NS_PER_S).day == 1;
}

static HvTime next_of_months(const SvpSchedule *schedule, const HvCalendar *calendar, HvTime from_ns)
{
    HvTime at_ns = hv_calendar_next(calendar, from_ns, schedule->second_of_day, HV_ALL_WEEKDAYS);

    while (at_ns != HV_TIME_NEVER && !is_day_of_month(schedule->day, calendar, at_ns))
        at_ns = hv_calendar_next(calendar, at_ns + 1, schedule->second_of_day, HV_ALL_WEEKDAYS);
    return at_ns;
}

HvTime svp_schedule_next(const SvpSchedule *schedule, const HvCalendar *calendar, HvTime from_ns)
{
    g_assert(from_ns != HV_TIME_NEVER);
    switch (schedule->frequency) {
    case SVP_FREQUENCY_HOURLY:
        return next_of_hours(schedule->second_of_day, calendar, from_ns);
    case SVP_FREQUENCY_DAILY:
        return hv_calendar_next(calendar, from_ns, schedule->second_of_day, HV_ALL_WEEKDAYS);
    case SVP_FREQUENCY_WEEKLY:
        return hv_calendar_next(calendar, from_ns, schedule->second_of_day, 1u << schedule->weekday);
    case SVP_FREQUENCY_MONTHLY:
        return next_of_months(schedule, calendar, from_ns);
    case SVP_FREQUENCY_NONE:
    case SVP_FREQUENCIES:
        break;
    }
    return HV_TIME_NEVER;
}

/* --- Text ------------------------------------------------------------------------------------------------- */

const char *svp_frequency_name(SvpFrequency frequency)
{
    g_assert(frequency < SVP_FREQUENCIES);
    return frequency_names[frequency];
}

static bool refuse(const char *text, const char *what, const char *remedy, GError **error)
{
    g_autofree char *quoted = svp_message_quote(text);

    g_set_error(error, SVP_ERROR, SVP_ERROR_POLICY, "%s is not %s\n%s", quoted, what, remedy);
    return false;
}

bool svp_frequency_parse(const char *text, SvpFrequency *ret_frequency, GError **error)
{
    for (unsigned i = 0; *text && i < SVP_FREQUENCIES; i++) {
        /* No two begin with the same letter, so whatever fits is unique. */
        if (g_ascii_strncasecmp(frequency_names[i], text, strlen(text)) != 0)
            continue;
        *ret_frequency = (SvpFrequency)i;
        return true;
    }
    return refuse(text, "a frequency", "Give hourly, daily, weekly, monthly or none", error);
}

static bool set_time(SvpSchedule *schedule, const char *at, GError **error)
{
    g_autoptr(GError) problem = NULL;
    unsigned second;

    if (schedule->frequency == SVP_FREQUENCY_NONE)
        return refuse(at, "needed for what is taken on demand", "Leave AT away, or give a frequency", error);
    if (!hv_calendar_parse_time_of_day(at, &second, &problem))
        return refuse(at, "a time of day", "Give HH:MM or HH:MM:SS, from 00:00 to 23:59:59", error);
    if (schedule->frequency == SVP_FREQUENCY_HOURLY && second >= HOUR_S)
        return refuse(at, "a time within an hour", "Give 00:15 for a quarter past each hour", error);
    schedule->second_of_day = second;
    return true;
}

static bool set_weekday(SvpSchedule *schedule, const char *day, GError **error)
{
    g_autoptr(GError) problem = NULL;
    unsigned days;

    if (!hv_calendar_parse_days(day, &days, &problem) || (days & (days - 1)) != 0)
        return refuse(day, "one day of the week", "Give mon, tue, wed, thu, fri, sat or sun", error);
    schedule->weekday = (unsigned)g_bit_nth_lsf(days, -1);
    return true;
}

static bool set_day(SvpSchedule *schedule, const char *day, GError **error)
{
    g_autoptr(GError) problem = NULL;
    uint64_t number;

    if (schedule->frequency == SVP_FREQUENCY_WEEKLY)
        return set_weekday(schedule, day, error);
    if (schedule->frequency != SVP_FREQUENCY_MONTHLY)
        return refuse(
            day, "needed for that frequency", "Leave DAY away: it is for weekly and monthly", error);
    if (!hv_quantity_parse_number(day, 1, DAY_MAX, &number, &problem))
        return refuse(day, "a day of the month", "Give 1 to 31; 31 is the last one in every month", error);
    schedule->day = (unsigned)number;
    return true;
}

bool svp_schedule_set(SvpSchedule *schedule, const char *at, const char *day, GError **error)
{
    SvpSchedule changed = *schedule;

    if ((at && !set_time(&changed, at, error)) || (day && !set_day(&changed, day, error)))
        return false;
    *schedule = changed;
    return true;
}

char *svp_schedule_format(const SvpSchedule *schedule)
{
    const char *name = svp_frequency_name(schedule->frequency);
    g_autofree char *time = hv_calendar_format_time_of_day(schedule->second_of_day);

    switch (schedule->frequency) {
    case SVP_FREQUENCY_WEEKLY: {
        g_autofree char *day = hv_calendar_format_days(1u << schedule->weekday);

        return g_strdup_printf("%s, %s, %s", name, day, time);
    }
    case SVP_FREQUENCY_MONTHLY:
        return g_strdup_printf("%s, day %u, %s", name, schedule->day, time);
    case SVP_FREQUENCY_HOURLY:
    case SVP_FREQUENCY_DAILY:
        return g_strdup_printf("%s, %s", name, time);
    case SVP_FREQUENCY_NONE:
    case SVP_FREQUENCIES:
        break;
    }
    return g_strdup("on demand");
}

/* --- Records ---------------------------------------------------------------------------------------------- */

json_t *svp_schedule_to_json(const SvpSchedule *schedule)
{
    return json_pack(
        "{s:s,s:i,s:i,s:i}", "frequency", svp_frequency_name(schedule->frequency), "second",
        (int)schedule->second_of_day, "weekday", (int)schedule->weekday, "day", (int)schedule->day);
}

static bool
read_number(const json_t *record, const char *key, unsigned min, unsigned max, unsigned *ret_number)
{
    const json_t *value = json_object_get(record, key);
    json_int_t number = json_integer_value(value);

    if (!json_is_integer(value) || number < min || number > max)
        return false;
    *ret_number = (unsigned)number;
    return true;
}

bool svp_schedule_from_json(const json_t *record, SvpSchedule *ret_schedule)
{
    const char *frequency = json_string_value(json_object_get(record, "frequency"));
    SvpSchedule schedule;

    if (!frequency || !svp_frequency_parse(frequency, &schedule.frequency, NULL))
        return false;
    if (!read_number(record, "second", 0, DAY_S - 1, &schedule.second_of_day) ||
        !read_number(record, "weekday", 0, WEEKDAYS - 1, &schedule.weekday) ||
        !read_number(record, "day", 1, DAY_MAX, &schedule.day))
        return false;
    if (schedule.frequency == SVP_FREQUENCY_HOURLY && schedule.second_of_day >= HOUR_S)
        return false;
    *ret_schedule = schedule;
    return true;
}
