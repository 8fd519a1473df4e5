/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_CALENDAR_H
#define LPARSIM_HV_CALENDAR_H

#include "hv/quantity.h"

/*
 * The clock on the wall of a simulated machine. `clock` of the machine file says what it shows at power on; every day has 24 hours,
 * there is no daylight saving time. Without it the machine is powered on on Monday, 0001-01-01, 00:00:00.
 */
typedef struct {
    uint64_t
        start_s; /* civil seconds since 0001-01-01 00:00:00 (proleptic Gregorian calendar) at simulated time 0 */
    bool given;
} HvCalendar;

typedef struct {
    unsigned year, month, day; /* from 1, 1 .. 12, 1 .. 31; a clock that was set to 9999 may show 10000 */
    unsigned hour, minute, second;
    unsigned weekday; /* 0: Monday .. 6: Sunday */
} HvCivilTime;

#define HV_ALL_WEEKDAYS 0x7fu /* bit n: weekday n */

/* "2026-11-20 18:00" or "2026-11-20 18:00:30", years 0001 .. 9999; false with HV_ERROR_QUANTITY. */
bool hv_calendar_parse(const char *text, HvCalendar *ret_calendar, GError **error);
/* "2026-11-20 18:00:00"; free with g_free(). */
char *hv_calendar_format(const HvCalendar *calendar);
/* "18:00" or "18:00:30": seconds since midnight, below 86400. */
bool hv_calendar_parse_time_of_day(const char *text, unsigned *ret_second, GError **error);
char *hv_calendar_format_time_of_day(unsigned second); /* "18:00", "18:00:30" */
/* "daily", "weekdays", "weekend", or days with ',' between them: "mon,wed,fri"; in any case, no day twice. Bits of
 * HV_ALL_WEEKDAYS. */
bool hv_calendar_parse_days(const char *text, unsigned *ret_days, GError **error);
char *hv_calendar_format_days(unsigned days); /* "daily", "weekdays", "weekend", "mon,wed" */

HvCivilTime hv_calendar_civil(const HvCalendar *calendar, HvTime at_ns); /* the part of a second is dropped */
/* The first moment at or after `from_ns` at which the clock turns to that time of day on one of the days (at least one, asserted);
 * a whole second. HV_TIME_NEVER: simulated time ends before. */
HvTime hv_calendar_next(const HvCalendar *calendar, HvTime from_ns, unsigned second_of_day, unsigned days);
/* "Fri 2026-11-20 18:00:00"; free with g_free(). */
char *hv_calendar_show(const HvCalendar *calendar, HvTime at_ns);

#endif
