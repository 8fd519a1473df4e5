/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The calendar against GLib's: random moments, every day around the ends of centuries, and the next time of day found by looking at
 * every second or every day.
 */
#include "hv/calendar.h"
#include "hv/error.h"
#include "hv/rng.h"

#include <check.h>
#include <stdlib.h>

#define DAY_S     UINT64_C(86400)
#define N_RANDOM  20000
#define LAST_9999 UINT64_C(3652058) /* the number of the day 9999-12-31 */

static void check_civil(HvCivilTime civil, const GDateTime *when)
{
    GDateTime *g = (GDateTime *)(uintptr_t)when;

    ck_assert_int_eq((int)civil.year, g_date_time_get_year(g));
    ck_assert_int_eq((int)civil.month, g_date_time_get_month(g));
    ck_assert_int_eq((int)civil.day, g_date_time_get_day_of_month(g));
    ck_assert_int_eq((int)civil.hour, g_date_time_get_hour(g));
    ck_assert_int_eq((int)civil.minute, g_date_time_get_minute(g));
    ck_assert_int_eq((int)civil.second, g_date_time_get_second(g));
    ck_assert_int_eq((int)civil.weekday, g_date_time_get_day_of_week(g) - 1);
}

/* The clock that a text sets is GLib's of the same text; run on for some time it still is. */
START_TEST(random_moments)
{
    HvRng rng;

    hv_rng_init(&rng, 31, "calendar");
    for (unsigned i = 0; i < N_RANDOM; i++) {
        GDate date;
        g_date_clear(&date, 1);
        g_date_set_julian(&date, 1 + (guint32)hv_rng_below(&rng, LAST_9999 + 1));
        int hour = (int)hv_rng_below(&rng, 24), minute = (int)hv_rng_below(&rng, 60),
            second = (int)hv_rng_below(&rng, 60);
        g_autoptr(GDateTime) start = g_date_time_new_utc(
            g_date_get_year(&date), (int)g_date_get_month(&date), g_date_get_day(&date), hour, minute,
            second);
        g_autofree char *text = g_strdup_printf(
            "%04u-%02u-%02u %02d:%02d:%02d", g_date_get_year(&date), g_date_get_month(&date),
            g_date_get_day(&date), hour, minute, second);
        HvCalendar calendar = {0};

        ck_assert_msg(hv_calendar_parse(text, &calendar, NULL), "%s", text);
        ck_assert(calendar.given);
        check_civil(hv_calendar_civil(&calendar, 999999999), start);
        g_autofree char *again = hv_calendar_format(&calendar);
        ck_assert_str_eq(again, text);

        HvTime later_s = hv_rng_below(&rng, 4000 * DAY_S);
        g_autoptr(GDateTime) later = g_date_time_add_seconds(start, (double)later_s);
        if (!later) /* GLib's calendar ends with 9999 */
            continue;
        check_civil(hv_calendar_civil(&calendar, later_s * HV_NS_PER_S), later);
        g_autofree char *shown = hv_calendar_show(&calendar, later_s * HV_NS_PER_S + 5);
        g_autofree char *expected = g_date_time_format(later, "%a %Y-%m-%d %H:%M:%S");
        if (g_date_time_get_year(later) >= 1000) /* GLib's %Y has no zeros in front */
            ck_assert_str_eq(shown, expected);
    }
}
END_TEST

/* Each day of the years around a century, whether or not it is a leap year, and of the first and the last years. */
START_TEST(every_day_of_some_years)
{
    static const unsigned years[] = {1, 1600, 1700, 1900, 1999, 2000, 2023, 2024, 2100, 2400, 9998};
    const HvCalendar calendar = {0};

    for (unsigned i = 0; i < G_N_ELEMENTS(years); i++) {
        g_autoptr(GDate) date = g_date_new_dmy(1, 1, (GDateYear)years[i]);
        for (unsigned day = 0; day < 731; day++, g_date_add_days(date, 1)) {
            HvCalendar of_day = {.start_s = (g_date_get_julian(date) - 1) * DAY_S};
            HvCivilTime civil = hv_calendar_civil(&of_day, 0);
            ck_assert_uint_eq(civil.year, g_date_get_year(date));
            ck_assert_uint_eq(civil.month, (unsigned)g_date_get_month(date));
            ck_assert_uint_eq(civil.day, g_date_get_day(date));
            ck_assert_uint_eq(civil.weekday + 1, (unsigned)g_date_get_weekday(date));
            if (g_date_get_julian(date) > LAST_9999)
                break;
        }
    }
    g_autofree char *first = hv_calendar_show(&calendar, 0);

    ck_assert_str_eq(first, "Mon 0001-01-01 00:00:00");
}
END_TEST

/* After the last second that can be set, and at the end of simulated time, there is still a date: 9999 + 584 years. */
START_TEST(beyond_9999)
{
    HvCalendar calendar;

    ck_assert(hv_calendar_parse("9999-12-31 23:59:59", &calendar, NULL));
    g_autofree char *next = hv_calendar_show(&calendar, HV_NS_PER_S);

    ck_assert_str_eq(next, "Sat 10000-01-01 00:00:00");
    ck_assert_uint_eq(hv_calendar_civil(&calendar, HV_TIME_NEVER).year, 10584);
}
END_TEST

/* --- The next time of day --------------------------------------------------------------------------------------- */

/* The definition: day after day from the one of from_ns, the first moment that is not before. */
static HvTime next_by_definition(const HvCalendar *calendar, HvTime from_ns, unsigned second, unsigned days)
{
    uint64_t midnight_s = calendar->start_s - calendar->start_s % DAY_S; /* of the day of power on */

    for (uint64_t clock_s = midnight_s + second;; clock_s += DAY_S) {
        g_autoptr(GDate) date = g_date_new_julian((guint32)(clock_s / DAY_S) + 1);
        if (clock_s >= calendar->start_s && (clock_s - calendar->start_s) * HV_NS_PER_S >= from_ns &&
            days & 1u << (g_date_get_weekday(date) - 1))
            return (clock_s - calendar->start_s) * HV_NS_PER_S;
    }
}

START_TEST(next_is_the_first)
{
    HvRng rng;

    hv_rng_init(&rng, 32, "next");
    for (unsigned i = 0; i < N_RANDOM; i++) {
        HvCalendar calendar = {.start_s = hv_rng_below(&rng, 3000000 * DAY_S)};
        unsigned second = (unsigned)hv_rng_below(&rng, DAY_S),
                 days = 1 + (unsigned)hv_rng_below(&rng, HV_ALL_WEEKDAYS);
        HvTime from_ns = hv_rng_below(&rng, 20 * DAY_S * HV_NS_PER_S);
        HvTime next_ns = hv_calendar_next(&calendar, from_ns, second, days);

        ck_assert_msg(
            next_ns == next_by_definition(&calendar, from_ns, second, days),
            "start %lu from %lu second %u days %x", calendar.start_s, from_ns, second, days);
        ck_assert_uint_eq(hv_calendar_next(&calendar, next_ns, second, days), next_ns);
        ck_assert_uint_gt(hv_calendar_next(&calendar, next_ns + 1, second, days), next_ns);
    }
}
END_TEST

START_TEST(next_by_hand)
{
    HvCalendar friday;
    const unsigned six = 18 * 3600, weekdays = 0x1f, monday = 1;

    ck_assert(hv_calendar_parse("2026-11-20 18:00", &friday, NULL)); /* a Friday */
    ck_assert_uint_eq(hv_calendar_next(&friday, 0, six, weekdays), 0);
    ck_assert_uint_eq(hv_calendar_next(&friday, 1, six, weekdays), 3 * DAY_S * HV_NS_PER_S); /* Monday */
    ck_assert_uint_eq(hv_calendar_next(&friday, 1, six, HV_ALL_WEEKDAYS), DAY_S * HV_NS_PER_S);
    ck_assert_uint_eq(hv_calendar_next(&friday, 0, six + 1, weekdays), HV_NS_PER_S);
    ck_assert_uint_eq(hv_calendar_next(&friday, 0, six - 1, monday), (3 * DAY_S - 1) * HV_NS_PER_S);
    ck_assert_uint_eq(hv_calendar_next(&friday, HV_TIME_NEVER - 1, six, weekdays), HV_TIME_NEVER);
}
END_TEST

START_TEST(next_wants_a_day)
{
    const HvCalendar calendar = {0};

    hv_calendar_next(&calendar, 0, 0, 0);
}
END_TEST

/* --- Text --------------------------------------------------------------------------------------------------------- */

static void check_refused(bool good, const GError *error, const char *reason)
{
    ck_assert_msg(!good, "%s", reason);
    ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_QUANTITY));
    g_auto(GStrv) halves = g_strsplit(error->message, "\n", 2);

    ck_assert_str_eq(halves[0], reason);
    ck_assert(halves[1] && *halves[1]);
}

START_TEST(clocks_that_are_refused)
{
    static const char *const texts[] = {
        "",
        "2026-11-20",
        "2026-11-20 24:00",
        "2026-11-20 18:60",
        "2026-11-20 18:00:60",
        "2026-02-29 00:00",
        "1900-02-29 00:00",
        "2026-13-01 00:00",
        "2026-00-01 00:00",
        "2026-01-00 00:00",
        "0000-01-01 00:00",
        "2026-04-31 00:00",
        "26-11-20 18:00",
        "2026-11-20T18:00",
        "2026-11-20 18:00:",
        "2026-11-20 18:00x",
        "2026-11-20 18:00:00 ,",
        "2026-11-2 18:00",
        "-026-11-20 18:00",
        "10000-01-01 00:00",
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++) {
        HvCalendar calendar = {.start_s = 77};
        g_autoptr(GError) error = NULL;
        bool good = hv_calendar_parse(texts[i], &calendar, &error);
        g_autofree char *reason = g_strdup_printf("\"%s\" is not a date and time", texts[i]);
        check_refused(good, error, reason);
        ck_assert_uint_eq(calendar.start_s, 77);
    }
}
END_TEST

START_TEST(clocks_that_are_read)
{
    static const char *const texts[] = {"2000-02-29 0:00", " 2026-11-20   08:05 ", "0001-01-01 00:00:00"};
    static const char *const canonical[] = {
        "2000-02-29 00:00:00", "2026-11-20 08:05:00", "0001-01-01 00:00:00"};

    for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++) {
        HvCalendar calendar;
        ck_assert_msg(hv_calendar_parse(texts[i], &calendar, NULL), "%s", texts[i]);
        g_autofree char *text = hv_calendar_format(&calendar);
        ck_assert_str_eq(text, canonical[i]);
    }
}
END_TEST

START_TEST(times_of_day)
{
    for (unsigned second = 0; second < DAY_S; second++) {
        g_autofree char *text = hv_calendar_format_time_of_day(second);
        unsigned again = 77;
        ck_assert_msg(hv_calendar_parse_time_of_day(text, &again, NULL) && again == second, "%s", text);
    }
    static const char *const refused[] = {"",      "18",     "18:0",     "24:00", "18:00:0",
                                          "1:2:3", "018:00", "18:00 pm", ":00"};

    for (unsigned i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_autoptr(GError) error = NULL;
        unsigned second = 77;
        bool good = hv_calendar_parse_time_of_day(refused[i], &second, &error);
        g_autofree char *reason = g_strdup_printf("\"%s\" is not a time of day", refused[i]);
        check_refused(good, error, reason);
        ck_assert_uint_eq(second, 77);
    }
    g_autofree char *short_form = hv_calendar_format_time_of_day(8 * 3600 + 300);
    g_autofree char *long_form = hv_calendar_format_time_of_day(8 * 3600 + 301);

    ck_assert_str_eq(short_form, "08:05");
    ck_assert_str_eq(long_form, "08:05:01");
}
END_TEST

START_TEST(lists_of_days)
{
    static const struct {
        const char *text;
        unsigned days;
        const char *canonical, *reason;
    } rows[] = {
        {"daily", 0x7f, "daily", NULL},
        {"Weekdays", 0x1f, "weekdays", NULL},
        {"weekend", 0x60, "weekend", NULL},
        {"fri , MON,wed", 0x15, "mon,wed,fri", NULL},
        {"mon,tue,wed,thu,fri", 0x1f, "weekdays", NULL},
        {"weekend,mon", 0x61, "mon,sat,sun", NULL},
        {"sun", 0x40, "sun", NULL},
        {"", 0, NULL, "\"\" is not a list of days"},
        {"mon,", 0, NULL, "\"\" is not a day"},
        {"monday", 0, NULL, "\"monday\" is not a day"},
        {"mon,mon", 0, NULL, "\"mon,mon\" is not a list with each day once"},
        {"weekdays,fri", 0, NULL, "\"weekdays,fri\" is not a list with each day once"},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        unsigned days = 77;
        bool good = hv_calendar_parse_days(rows[i].text, &days, &error);
        if (rows[i].reason) {
            check_refused(good, error, rows[i].reason);
            ck_assert_uint_eq(days, 77);
            continue;
        }
        g_autofree char *text = hv_calendar_format_days(days);
        ck_assert_uint_eq(days, rows[i].days);
        ck_assert_str_eq(text, rows[i].canonical);
    }
    for (unsigned days = 1; days <= HV_ALL_WEEKDAYS; days++) {
        g_autofree char *text = hv_calendar_format_days(days);
        unsigned again;
        ck_assert_msg(hv_calendar_parse_days(text, &again, NULL) && again == days, "%s", text);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("calendar");
    TCase *tcase = tcase_create("calendar");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, random_moments);
    tcase_add_test(tcase, every_day_of_some_years);
    tcase_add_test(tcase, beyond_9999);
    tcase_add_test(tcase, next_is_the_first);
    tcase_add_test(tcase, next_by_hand);
    tcase_add_test_raise_signal(tcase, next_wants_a_day, SIGABRT);
    tcase_add_test(tcase, clocks_that_are_refused);
    tcase_add_test(tcase, clocks_that_are_read);
    tcase_add_test(tcase, times_of_day);
    tcase_add_test(tcase, lists_of_days);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
