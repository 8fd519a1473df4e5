/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbers and times in files of measurements, as integers.
 *
 * The files come from many programs, so numbers may have an exponent and more digits than mean anything; they are read digit by digit
 * as an integer and a power of ten, never by way of floating point: the same file gives the same integers on every machine, whatever
 * its locale. A number has room for 19 digits that count; further ones are cut off.
 *
 * A date is turned into days by the usual count from March on, which puts the leap day at the end of the year.
 */
#include "hv/demand-value.h"

#include "hv/quantity.h"

#include <string.h>

#define DIGITS_ROOM  UINT64_C(1000000000000000000) /* a value below it has room for one more digit */
#define EXPONENT_MAX 9999
#define QUOTE_MAX    40
#define S_PER_DAY    86400

static const uint64_t powers_of_ten[] = {
    UINT64_C(1),
    UINT64_C(10),
    UINT64_C(100),
    UINT64_C(1000),
    UINT64_C(10000),
    UINT64_C(100000),
    UINT64_C(1000000),
    UINT64_C(10000000),
    UINT64_C(100000000),
    UINT64_C(1000000000),
    UINT64_C(10000000000),
    UINT64_C(100000000000),
    UINT64_C(1000000000000),
    UINT64_C(10000000000000),
    UINT64_C(100000000000000),
    UINT64_C(1000000000000000),
    UINT64_C(10000000000000000),
    UINT64_C(100000000000000000),
    UINT64_C(1000000000000000000),
    UINT64_C(10000000000000000000),
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

HvDemandText hv_demand_value_strip(HvDemandText text)
{
    while (text.length > 0 && is_blank(text.at[0])) {
        text.at++;
        text.length--;
    }
    while (text.length > 0 && is_blank(text.at[text.length - 1]))
        text.length--;
    return text;
}

char *hv_demand_value_quote(HvDemandText text)
{
    g_autofree char *head = g_strndup(text.at, MIN(text.length, QUOTE_MAX));
    g_autofree char *escaped = g_strescape(head, NULL);

    return g_strdup_printf("\"%s%s\"", escaped, text.length > QUOTE_MAX ? "..." : "");
}

/* --- Numbers -------------------------------------------------------------------------------------------- */

/* digits x 10^exponent */
typedef struct {
    uint64_t digits;
    int exponent;
    bool any;
} Number;

/* Digits from *cursor on; each that is kept moves the exponent by `kept`, each that is cut off by `kept` + 1. */
static void read_digits(const char **cursor, const char *end, int kept, Number *number)
{
    const char *c = *cursor;

    for (; c < end && is_digit(*c); c++) {
        number->any = true;
        if (number->digits < DIGITS_ROOM) {
            number->digits = number->digits * 10 + (uint64_t)(*c - '0');
            number->exponent += kept;
        } else {
            number->exponent += kept + 1;
        }
    }
    *cursor = c;
}

/* "e-05"; *cursor is behind the 'e'. */
static bool read_exponent(const char **cursor, const char *end, int *exponent)
{
    const char *c = *cursor;
    bool negative = c < end && *c == '-';
    int value = 0;

    c += c < end && (*c == '-' || *c == '+');
    if (c == end || !is_digit(*c))
        return false;
    for (; c < end && is_digit(*c); c++)
        value = MIN(value * 10 + (*c - '0'), EXPONENT_MAX);
    *exponent += negative ? -value : value;
    *cursor = c;
    return true;
}

static uint64_t scale(uint64_t digits, int exponent)
{
    const int most = G_N_ELEMENTS(powers_of_ten) - 1;

    if (digits == 0 || exponent < -most)
        return 0;
    if (exponent < 0)
        return digits / powers_of_ten[-exponent];
    if (exponent > most || digits > UINT64_MAX / powers_of_ten[exponent])
        return UINT64_MAX;
    return digits * powers_of_ten[exponent];
}

bool hv_demand_value_decimal(HvDemandText text, unsigned decimals, uint64_t *ret_value)
{
    Number number = {.exponent = (int)decimals};

    text = hv_demand_value_strip(text);
    const char *c = text.at, *end = c + text.length;

    read_digits(&c, end, /* kept= */ 0, &number);
    if (c < end && *c == '.') {
        c++;
        read_digits(&c, end, /* kept= */ -1, &number);
    }
    if (!number.any)
        return false;
    if (c < end && (*c == 'e' || *c == 'E')) {
        c++;
        if (!read_exponent(&c, end, &number.exponent))
            return false;
    }
    if (c < end)
        return false;
    *ret_value = scale(number.digits, number.exponent);
    return true;
}

/* --- Times ---------------------------------------------------------------------------------------------- */

/* A field of a date: `n` digits, min .. max, behind `before`, which is 0 for none. */
typedef struct {
    char before;
    unsigned n, min, max;
} Part;

static bool read_part(const char **cursor, const char *end, Part part, unsigned *ret_value)
{
    const char *c = *cursor;
    unsigned value = 0;

    if (part.before && (c == end || *c++ != part.before))
        return false;
    if ((size_t)(end - c) < part.n)
        return false;
    for (unsigned i = 0; i < part.n; i++, c++) {
        if (!is_digit(*c))
            return false;
        value = value * 10 + (unsigned)(*c - '0');
    }
    if (value < part.min || value > part.max)
        return false;
    *cursor = c;
    *ret_value = value;
    return true;
}

static bool is_leap(unsigned year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static unsigned days_of_month(unsigned year, unsigned month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Since 1 January 1970. March is the first month of a year that is counted from there. */
static int64_t days_since_epoch(unsigned year, unsigned month, unsigned day)
{
    unsigned y = month > 2 ? year : year - 1, m = month > 2 ? month - 3 : month + 9;
    int64_t days = (int64_t)y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1;

    return days - 719468; /* 1 March of year 0 to 1 January 1970 */
}

/* "YYYY-MM-DD" as seconds. */
static bool read_date(const char **cursor, const char *end, int64_t *ret_s)
{
    unsigned year, month, day;

    if (!read_part(cursor, end, (Part){0, 4, 1970, 2262}, &year) ||
        !read_part(cursor, end, (Part){'-', 2, 1, 12}, &month) ||
        !read_part(cursor, end, (Part){'-', 2, 1, days_of_month(year, month)}, &day))
        return false;
    *ret_s = days_since_epoch(year, month, day) * S_PER_DAY;
    return true;
}

/* ".123" as nanoseconds; nothing is 0. */
static bool read_fraction(const char **cursor, const char *end, int64_t *ret_ns)
{
    const char *c = *cursor;
    int64_t ns = 0, unit = (int64_t)HV_NS_PER_S / 10;

    if (c < end && *c == '.') {
        if (++c == end || !is_digit(*c))
            return false;
        for (; c < end && is_digit(*c); c++, unit /= 10)
            ns += unit * (*c - '0');
    }
    *cursor = c;
    *ret_ns = ns;
    return true;
}

/* "HH:MM", "HH:MM:SS", "HH:MM:SS.fraction"; a leap second is let through. */
static bool read_day_time(const char **cursor, const char *end, int64_t *ret_s, int64_t *ret_ns)
{
    unsigned hour, minute, second = 0;

    if (!read_part(cursor, end, (Part){0, 2, 0, 23}, &hour) ||
        !read_part(cursor, end, (Part){':', 2, 0, 59}, &minute))
        return false;
    *ret_ns = 0;
    if (*cursor < end && **cursor == ':' &&
        (!read_part(cursor, end, (Part){':', 2, 0, 60}, &second) || !read_fraction(cursor, end, ret_ns)))
        return false;
    *ret_s = hour * 3600 + minute * 60 + second;
    return true;
}

/* What follows a time, to its end: nothing, "Z", " UTC", "+01:00"; the seconds it is ahead. */
static bool read_zone(const char *c, const char *end, int64_t *ret_ahead_s)
{
    size_t length = (size_t)(end - c);
    unsigned hours, minutes;

    *ret_ahead_s = 0;
    if (length == 0 || (length == 1 && *c == 'Z') || (length == 4 && memcmp(c, " UTC", 4) == 0))
        return true;
    char sign = *c;

    if ((sign != '+' && sign != '-') || !read_part(&c, end, (Part){sign, 2, 0, 23}, &hours) ||
        !read_part(&c, end, (Part){':', 2, 0, 59}, &minutes) || c < end)
        return false;
    *ret_ahead_s = (sign == '-' ? -1 : 1) * (int64_t)(hours * 3600 + minutes * 60);
    return true;
}

static bool read_date_and_time(HvDemandText text, int64_t *ret_ns)
{
    const char *c = text.at, *end = c + text.length;
    int64_t date_s, day_s = 0, ns = 0, ahead_s;

    if (!read_date(&c, end, &date_s))
        return false;
    if (c < end && (*c == 'T' || *c == ' ') && end - c > 1 && is_digit(c[1])) {
        c++;
        if (!read_day_time(&c, end, &day_s, &ns))
            return false;
    }
    if (!read_zone(c, end, &ahead_s))
        return false;
    int64_t s = date_s + day_s - ahead_s;

    if (s < 0 || s >= INT64_MAX / (int64_t)HV_NS_PER_S)
        return false;
    *ret_ns = s * (int64_t)HV_NS_PER_S + ns;
    return true;
}

bool hv_demand_value_time(HvDemandText text, int64_t *ret_ns)
{
    uint64_t ns;

    text = hv_demand_value_strip(text);
    if (text.length > 4 && text.at[4] == '-')
        return read_date_and_time(text, ret_ns);
    if (!hv_demand_value_decimal(text, 9, &ns) || ns > INT64_MAX)
        return false;
    *ret_ns = (int64_t)ns;
    return true;
}
