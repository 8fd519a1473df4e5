/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PROTECT_SCHEDULE_H
#define LPARSIM_SVP_PROTECT_SCHEDULE_H

#include "hv/calendar.h"

#include <jansson.h>

typedef enum {
    SVP_FREQUENCY_NONE, /* on demand */
    SVP_FREQUENCY_HOURLY,
    SVP_FREQUENCY_DAILY,
    SVP_FREQUENCY_WEEKLY,
    SVP_FREQUENCY_MONTHLY,
    SVP_FREQUENCIES,
} SvpFrequency;

/* When something that comes again is due, by the machine's clock. */
typedef struct {
    SvpFrequency frequency;
    unsigned second_of_day; /* hourly: of the hour */
    unsigned weekday;       /* weekly: 0 Monday .. 6 Sunday */
    unsigned day;           /* monthly: 1 .. 31; in a month that has no such day, its last */
} SvpSchedule;

/* Midnight; on Mondays; on the 1st. */
SvpSchedule svp_schedule_default(SvpFrequency frequency);
/* The first moment at or after `from_ns`; HV_TIME_NEVER: on demand, or simulated time ends before. */
HvTime svp_schedule_next(const SvpSchedule *schedule, const HvCalendar *calendar, HvTime from_ns);
/* From one time to the next; a month counts 31 days; HV_TIME_NEVER: on demand. */
HvTime svp_frequency_period_ns(SvpFrequency frequency);

const char *svp_frequency_name(SvpFrequency frequency); /* "daily" */
/* In any case, abbreviated while unique; SVP_ERROR_POLICY. */
bool svp_frequency_parse(const char *text, SvpFrequency *ret_frequency, GError **error);
/*
 * Sets the time and the day; each may be NULL, which leaves what is there. `at`: "22:00", hourly "00:15" (a quarter past each hour);
 * `day`: weekly "fri", monthly "31". SVP_ERROR_POLICY: not understood, or of no use for that frequency; then nothing has changed.
 */
bool svp_schedule_set(SvpSchedule *schedule, const char *at, const char *day, GError **error);
char *svp_schedule_format(const SvpSchedule *schedule); /* "monthly, day 31, 22:00"; free with g_free() */

json_t *svp_schedule_to_json(const SvpSchedule *schedule);
/* False: it is none. */
bool svp_schedule_from_json(const json_t *record, SvpSchedule *ret_schedule);

#endif
