/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading and writing quantities: sizes, durations, percentages, rates, decimals, numbers.
 *
 * Everything is exact: a decimal is read as an integer number of its smallest unit, never by way of floating
 * point, and what does not fit or is finer than the unit is refused instead of rounded. A value is written in
 * the largest unit that divides it, so that reading it back gives the same value.
 */
#include "hv/quantity.h"

#include "hv/error.h"

#include <inttypes.h>
#include <string.h>

#define QUANTITY_MAX ((uint64_t)INT64_MAX)

typedef struct {
    const char *suffix;
    uint64_t factor;
} Unit;

static const Unit size_units[] = {{"T", HV_TIB}, {"G", HV_GIB}, {"M", HV_MIB}, {"K", HV_KIB}, {"", 1}};

static const Unit duration_units[] = {
    {"h", 3600 * HV_NS_PER_S}, {"m", 60 * HV_NS_PER_S}, {"s", HV_NS_PER_S},
    {"ms", HV_NS_PER_MS},      {"us", HV_NS_PER_US},    {"ns", 1},
};

static bool refuse(const char *text, const char *what, const char *remedy, GError **error)
{
    g_autofree char *quoted = g_strescape(text, NULL);

    g_set_error(error, HV_ERROR, HV_ERROR_QUANTITY, "\"%.80s\" is not %s\n%s", quoted, what, remedy);
    return false;
}

/* Appends a decimal digit; false on overflow. */
static bool push_digit(uint64_t *value, char digit)
{
    if (*value > (QUANTITY_MAX - (uint64_t)(digit - '0')) / 10)
        return false;
    *value = *value * 10 + (uint64_t)(digit - '0');
    return true;
}

/*
 * Reads "digits[.digits]" at *cursor as value * 10^-decimals with at most `max_decimals` decimals. *cursor is
 * moved behind it.
 */
static bool
read_decimal(const char **cursor, unsigned max_decimals, uint64_t *ret_value, unsigned *ret_decimals)
{
    const char *c = *cursor;
    uint64_t value = 0;
    unsigned decimals = 0;

    if (!g_ascii_isdigit(*c))
        return false;
    for (; g_ascii_isdigit(*c); c++)
        if (!push_digit(&value, *c))
            return false;
    if (*c == '.' && max_decimals > 0) {
        if (!g_ascii_isdigit(*++c))
            return false;
        for (; g_ascii_isdigit(*c); c++, decimals++)
            if (decimals == max_decimals || !push_digit(&value, *c))
                return false;
    }
    *cursor = c;
    *ret_value = value;
    *ret_decimals = decimals;
    return true;
}

static uint64_t power_of_ten(unsigned exponent)
{
    uint64_t power = 1;

    while (exponent-- > 0)
        power *= 10;
    return power;
}

static const Unit *find_unit(const Unit *units, size_t n, const char *suffix)
{
    for (size_t i = 0; i < n; i++)
        if (g_ascii_strcasecmp(units[i].suffix, suffix) == 0)
            return &units[i];
    return NULL;
}

/* The text without blanks around it; free with g_free(). */
static char *strip(const char *text)
{
    return g_strstrip(g_strdup(text));
}

/* A number and its unit as a multiple of the smallest unit; false if it is none, not exact, or too large. */
static bool read_with_unit(
    const char *text, const Unit *units, size_t n_units, unsigned max_decimals, uint64_t *ret_value)
{
    const char *cursor = text;
    uint64_t value;
    unsigned decimals;

    if (!read_decimal(&cursor, max_decimals, &value, &decimals))
        return false;
    const Unit *unit = find_unit(units, n_units, cursor);
    uint64_t divisor = power_of_ten(decimals);

    if (!unit || (value > 0 && unit->factor / divisor > QUANTITY_MAX / value))
        return false;
    if (unit->factor % divisor != 0) {
        if (value * unit->factor / unit->factor != value || value * unit->factor % divisor != 0)
            return false;
        *ret_value = value * unit->factor / divisor;
    } else {
        *ret_value = value * (unit->factor / divisor);
    }
    return *ret_value <= QUANTITY_MAX;
}

bool hv_quantity_parse_size(const char *text, uint64_t *ret_bytes, GError **error)
{
    g_autofree char *stripped = strip(text);

    return read_with_unit(stripped, size_units, G_N_ELEMENTS(size_units), /* max_decimals= */ 0, ret_bytes) ||
           refuse(text, "a size", "Give a whole number with K, M, G or T behind it, as in 640M", error);
}

bool hv_quantity_parse_duration(const char *text, HvTime *ret_ns, GError **error)
{
    g_autofree char *stripped = strip(text);

    if (strcmp(stripped, "0") == 0) {
        *ret_ns = 0;
        return true;
    }
    return read_with_unit(
               stripped, duration_units, G_N_ELEMENTS(duration_units), /* max_decimals= */ 9, ret_ns) ||
           refuse(
               text, "a duration", "Give a number with ns, us, ms, s, m or h behind it, as in 250ms", error);
}

bool hv_quantity_parse_percent(const char *text, uint32_t *ret_bp, GError **error)
{
    g_autofree char *stripped = strip(text);
    size_t length = strlen(stripped);
    const char *cursor = stripped;
    uint64_t value;
    unsigned decimals;

    if (length > 0 && stripped[length - 1] == '%') {
        stripped[length - 1] = '\0';
        g_strchomp(stripped);
    }
    if (read_decimal(&cursor, 2, &value, &decimals) && *cursor == '\0' && value <= HV_SHARE_WHOLE_BP &&
        value * power_of_ten(2 - decimals) <= HV_SHARE_WHOLE_BP) {
        *ret_bp = (uint32_t)(value * power_of_ten(2 - decimals));
        return true;
    }
    return refuse(text, "a percentage", "Give 0 to 100 with at most two decimals, as in 33.33", error);
}

bool hv_quantity_parse_rate(const char *text, uint64_t *ret_bytes_per_s, GError **error)
{
    g_autofree char *stripped = strip(text);
    uint64_t bytes;

    if (g_str_has_suffix(stripped, "/s"))
        stripped[strlen(stripped) - 2] = '\0';
    if (read_with_unit(stripped, size_units, G_N_ELEMENTS(size_units), /* max_decimals= */ 0, &bytes) &&
        bytes > 0) {
        *ret_bytes_per_s = bytes;
        return true;
    }
    return refuse(text, "a rate", "Give bytes per second, more than 0, as in 2G or 2G/s", error);
}

bool hv_quantity_parse_decimal(const char *text, uint32_t *ret_hundredths, GError **error)
{
    g_autofree char *stripped = strip(text);
    const char *cursor = stripped;
    uint64_t value;
    unsigned decimals;

    if (read_decimal(&cursor, 2, &value, &decimals) && *cursor == '\0' && value <= 1000000000 &&
        value * power_of_ten(2 - decimals) <= 1000000000) {
        *ret_hundredths = (uint32_t)(value * power_of_ten(2 - decimals));
        return true;
    }
    return refuse(text, "a number with at most two decimals", "Give a number such as 1.50", error);
}

bool hv_quantity_parse_millionths(const char *text, uint64_t max, uint64_t *ret_millionths, GError **error)
{
    g_autofree char *stripped = strip(text);
    const char *cursor = stripped;
    uint64_t value;
    unsigned decimals;

    if (read_decimal(&cursor, 6, &value, &decimals) && *cursor == '\0' &&
        value <= max / power_of_ten(6 - decimals)) {
        *ret_millionths = value * power_of_ten(6 - decimals);
        return true;
    }
    return refuse(
        text, "a number that fits here", "Give a number with at most six decimals, as in 0.25", error);
}

bool hv_quantity_parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *ret, GError **error)
{
    g_autofree char *stripped = strip(text);
    const char *cursor = stripped;
    uint64_t value;
    unsigned decimals;

    if (read_decimal(&cursor, 0, &value, &decimals) && *cursor == '\0' && value >= min && value <= max) {
        *ret = value;
        return true;
    }
    g_autofree char *remedy = g_strdup_printf("Give %" PRIu64 " to %" PRIu64, min, max);

    return refuse(text, "a number that fits here", remedy, error);
}

bool hv_quantity_parse_hex(const char *text, unsigned digits, uint32_t *ret, GError **error)
{
    g_autofree char *stripped = strip(text);
    bool good = strlen(stripped) == digits;
    uint32_t value = 0;

    g_assert(digits >= 1 && digits <= 8);
    for (const char *c = stripped; good && *c; c++) {
        good = g_ascii_isxdigit(*c);
        value = value << 4 | (good ? (uint32_t)g_ascii_xdigit_value(*c) : 0);
    }
    if (good) {
        *ret = value;
        return true;
    }
    g_autofree char *what = g_strdup_printf("a number of %u hexadecimal digits", digits);
    g_autofree char *remedy =
        g_strdup_printf("Give %u digits of 0-9 and A-F, as in %0*X", digits, (int)digits, 10u);

    return refuse(text, what, remedy, error);
}

bool hv_quantity_parse_word(const char *text, const char *const *words, unsigned n_words, unsigned *ret_index)
{
    for (unsigned i = 0; i < n_words; i++) {
        if (g_ascii_strcasecmp(words[i], text) != 0)
            continue;
        *ret_index = i;
        return true;
    }
    return false;
}

static char *format_with_unit(uint64_t value, const Unit *units, size_t n_units)
{
    for (size_t i = 0; i < n_units; i++)
        if (value >= units[i].factor && value % units[i].factor == 0)
            return g_strdup_printf("%" PRIu64 "%s", value / units[i].factor, units[i].suffix);
    return g_strdup("0");
}

char *hv_quantity_format_size(uint64_t bytes)
{
    return format_with_unit(bytes, size_units, G_N_ELEMENTS(size_units));
}

char *hv_quantity_format_duration(HvTime ns)
{
    return format_with_unit(ns, duration_units, G_N_ELEMENTS(duration_units));
}

char *hv_quantity_describe_duration(HvTime ns)
{
    static const Unit units[] = {{"s", HV_NS_PER_S}, {"ms", HV_NS_PER_MS}, {"us", HV_NS_PER_US}, {"ns", 1}};

    for (size_t i = 0; i < G_N_ELEMENTS(units); i++)
        if (ns >= units[i].factor)
            return g_strdup_printf(
                ns >= 1000 * units[i].factor ? "%.0f %s" : "%.3g %s", (double)ns / (double)units[i].factor,
                units[i].suffix);
    return g_strdup("0 s");
}

/* Hundredths with no more decimals than they need. */
static char *format_hundredths(uint32_t hundredths)
{
    if (hundredths % 100 == 0)
        return g_strdup_printf("%u", hundredths / 100);
    if (hundredths % 10 == 0)
        return g_strdup_printf("%u.%u", hundredths / 100, hundredths % 100 / 10);
    return g_strdup_printf("%u.%02u", hundredths / 100, hundredths % 100);
}

char *hv_quantity_format_percent(uint32_t bp)
{
    return format_hundredths(bp);
}

char *hv_quantity_format_decimal(uint32_t hundredths)
{
    return format_hundredths(hundredths);
}

char *hv_quantity_format_millionths(uint64_t millionths)
{
    char *text = g_strdup_printf("%" PRIu64 ".%06" PRIu64, millionths / 1000000, millionths % 1000000);
    size_t length = strlen(text);

    while (text[length - 1] == '0')
        length--;
    if (text[length - 1] == '.')
        length--;
    text[length] = '\0';
    return text;
}
