/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as the text of a distribution, of arrivals, of a clock, a time of day, a list of days. The first byte chooses which.
 *
 * Either the text is refused with an error of the right code that has a reason and a remedy in printable characters, and nothing was
 * written; or it is written in its canonical form, which reads back as an equal value and is written the same again. What was read
 * then works: variates and times lie within their limits. With 'F' the text is that of a file of values, with 'A' of arrivals.
 */
#include "hv/arrivals.h"
#include "hv/calendar.h"
#include "hv/distribution.h"
#include "hv/error.h"
#include "tests/fuzz/fuzz.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#define N_DRAWS    50
#define N_ARRIVALS 5 /* one can need ten thousand rounds through the states of a process */

static void check_refused(const GError *error, int code)
{
    g_assert(error && error->domain == HV_ERROR && error->code == code);
    const char *newline = strchr(error->message, '\n');

    g_assert(newline && newline > error->message && newline[1] && !strchr(newline + 1, '\n'));
    for (const char *c = error->message; *c; c++)
        g_assert(*c == '\n' || ((unsigned char)*c >= 0x20 && (unsigned char)*c < 0x7F));
}

/* --- Distributions ---------------------------------------------------------------------------------------------- */

static void use_distribution(const HvDistribution *distribution)
{
    double mean_ns = hv_distribution_mean_ns(distribution), cs2 = hv_distribution_cs2(distribution);
    HvRng rng;

    g_assert(isfinite(mean_ns) && mean_ns >= 0 && mean_ns <= 1.000001 * (double)HV_DISTRIBUTION_MAX_NS);
    g_assert(isfinite(cs2) && cs2 >= 0);
    hv_rng_init(&rng, 1, "fuzz");
    for (unsigned i = 0; i < N_DRAWS; i++)
        g_assert(hv_distribution_draw(distribution, &rng) <= HV_DISTRIBUTION_MAX_NS);
}

static void check_distribution(const char *text, const char *directory)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(HvDistribution) distribution = hv_distribution_parse(text, directory, &error);

    if (!distribution) {
        check_refused(error, HV_ERROR_WORKLOAD);
        return;
    }
    g_autofree char *canonical = hv_distribution_format(distribution);
    g_autoptr(HvDistribution) again = hv_distribution_parse(canonical, directory, &error);

    g_assert_no_error(error);
    g_autofree char *same = hv_distribution_format(again);

    g_assert(hv_distribution_equal(distribution, again));
    g_assert_cmpstr(canonical, ==, same);
    use_distribution(distribution);
}

/* --- Arrivals --------------------------------------------------------------------------------------------------- */

static void use_arrivals(const HvArrivalsDef *def)
{
    HvRng rng;
    HvTime last_ns = 0;

    hv_rng_init(&rng, 1, "fuzz");
    g_autoptr(HvArrivals) arrivals = hv_arrivals_new(def, &rng);

    for (unsigned i = 0; i < N_ARRIVALS; i++) {
        HvTime at_ns = hv_arrivals_next(arrivals);
        g_assert(at_ns >= last_ns);
        last_ns = at_ns;
    }
    g_assert(!hv_arrivals_problem(arrivals) || last_ns == HV_TIME_NEVER);
}

static void check_arrivals(const char *text, const char *directory)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(HvArrivalsDef) def = hv_arrivals_parse(text, directory, &error);

    if (!def) {
        check_refused(error, HV_ERROR_WORKLOAD);
        return;
    }
    g_autofree char *canonical = hv_arrivals_format(def);
    g_autoptr(HvArrivalsDef) again = hv_arrivals_parse(canonical, directory, &error);

    g_assert_no_error(error);
    g_autofree char *same = hv_arrivals_format(again);
    double rate = hv_arrivals_rate(def);

    g_assert(hv_arrivals_def_equal(def, again));
    g_assert_cmpstr(canonical, ==, same);
    g_assert(
        rate == hv_arrivals_rate(again) && isfinite(rate) &&
        (rate > 0 || hv_arrivals_kind(def) == HV_ARRIVALS_FILE));
    use_arrivals(def);
}

/* --- Calendar --------------------------------------------------------------------------------------------------- */

static void check_clock(const char *text)
{
    HvCalendar calendar = {.start_s = 77}, again;
    g_autoptr(GError) error = NULL;

    if (!hv_calendar_parse(text, &calendar, &error)) {
        g_assert(calendar.start_s == 77);
        check_refused(error, HV_ERROR_QUANTITY);
        return;
    }
    g_autofree char *canonical = hv_calendar_format(&calendar);

    g_assert(hv_calendar_parse(canonical, &again, NULL));
    g_assert(again.start_s == calendar.start_s && again.given && calendar.given);
}

static void check_time_of_day(const char *text)
{
    unsigned second = 86400, again;
    g_autoptr(GError) error = NULL;

    if (!hv_calendar_parse_time_of_day(text, &second, &error)) {
        g_assert(second == 86400);
        check_refused(error, HV_ERROR_QUANTITY);
        return;
    }
    g_autofree char *canonical = hv_calendar_format_time_of_day(second);

    g_assert(hv_calendar_parse_time_of_day(canonical, &again, NULL) && again == second);
}

static void check_days(const char *text)
{
    unsigned days = 0, again;
    g_autoptr(GError) error = NULL;

    if (!hv_calendar_parse_days(text, &days, &error)) {
        g_assert(days == 0);
        check_refused(error, HV_ERROR_QUANTITY);
        return;
    }
    g_autofree char *canonical = hv_calendar_format_days(days);

    g_assert(hv_calendar_parse_days(canonical, &again, NULL) && again == days);
}

/* --- Files ------------------------------------------------------------------------------------------------------ */

/* The bytes, with NULs and all, as the file "values" in a folder of its own; `check` is given a text that names it. */
static void check_file(
    const uint8_t *data, size_t size, const char *text,
    void (*check)(const char *text, const char *directory))
{
    g_autofree char *folder = g_dir_make_tmp("lparsim-XXXXXX", NULL);
    g_autofree char *path = folder ? g_build_filename(folder, "values", NULL) : NULL;

    g_assert(path);
    g_assert(g_file_set_contents_full(
        path, (const char *)data, (gssize)size, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
    check(text, folder);
    g_unlink(path);
    g_rmdir(folder);
}

/* A text that names a file is left out: it could be any file of the machine. */
static bool names_a_file(const char *text)
{
    g_autofree char *lower = g_ascii_strdown(text, -1);
    const char *word = lower + strspn(lower, " \t\r\n\f");

    return g_str_has_prefix(word, "file") || (g_str_has_prefix(word, "empirical") && strchr(word, '/'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    g_autofree char *text = g_strndup((const char *)data + 1, size - 1);

    switch (data[0]) {
    case 'F':
        check_file(data + 1, size - 1, "empirical values", check_distribution);
        break;
    case 'A':
        check_file(data + 1, size - 1, "file values", check_arrivals);
        break;
    case 'c':
        check_clock(text);
        break;
    case 't':
        check_time_of_day(text);
        break;
    case 'd':
        check_days(text);
        break;
    default:
        if (names_a_file(text))
            return 0;
        check_distribution(text, "/nonexistent");
        check_arrivals(text, "/nonexistent");
    }
    return 0;
}
