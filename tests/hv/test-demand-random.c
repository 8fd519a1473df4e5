/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files of measurements at random: what is read is what was written, whatever the format, and whatever way it is written in.
 *
 * What the samples must be is computed from the numbers the files are made of, with wide integers, and never read from the files. Numbers
 * and times are compared with the C library's. Files are longer than a chunk, so lines lie across its border.
 */
#include "hv/demand-value.h"
#include "hv/demand.h"
#include "hv/rng.h"
#include "hv/smf70.h"
#include "tests/sanitized.h"

#include <check.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define INTERVAL_S 300
#define MAX_ROWS   3000

static GBytes *take_bytes(GString *text)
{
    return g_string_free_to_bytes(text);
}

/* All samples: HvDemandSample. */
static GArray *read_all(const char *text, GBytes *content)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(HvDemandDef) def = hv_demand_parse_content(text, content, &error);
    GArray *samples = g_array_new(FALSE, FALSE, sizeof(HvDemandSample));
    HvDemandSample sample;

    ck_assert_msg(def != NULL, "%s: %s", text, error ? error->message : "");
    g_autoptr(HvDemand) demand = hv_demand_open(def, &error);

    ck_assert_ptr_nonnull(demand);
    while (hv_demand_next(demand, &sample))
        g_array_append_val(samples, sample);
    ck_assert_msg(!hv_demand_problem(demand), "%s: %s", text, hv_demand_problem(demand));
    return samples;
}

static void check_same(const GArray *samples, const GArray *expected, const char *what, uint64_t seed)
{
    ck_assert_msg(
        samples->len == expected->len, "%s, seed %" PRIu64 ": %u samples, not %u", what, seed, samples->len,
        expected->len);
    for (unsigned i = 0; i < samples->len; i++) {
        const HvDemandSample *a = &g_array_index(samples, HvDemandSample, i),
                             *b = &g_array_index(expected, HvDemandSample, i);

        ck_assert_msg(
            a->begin_ns == b->begin_ns && a->end_ns == b->end_ns && a->work_ns == b->work_ns,
            "%s, seed %" PRIu64 ", sample %u: %" PRIu64 "..%" PRIu64 " %" PRIu64 ", not %" PRIu64 "..%" PRIu64
            " %" PRIu64,
            what, seed, i, a->begin_ns, a->end_ns, a->work_ns, b->begin_ns, b->end_ns, b->work_ns);
    }
}

/* --- One series in all formats -------------------------------------------------------------------------- */

typedef struct {
    const char *name, *header, *words;
    void (*write)(GString *text, unsigned i, unsigned percent_bp);
} Writer;

static void write_number(GString *text, unsigned i, unsigned percent_bp)
{
    (void)i;
    g_string_append_printf(text, "%u.%02u\n", percent_bp / 100, percent_bp % 100);
}

static void append_date(GString *text, unsigned i)
{
    g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(1795132800 + (int64_t)i * INTERVAL_S);
    g_autofree char *written = g_date_time_format(date, "%Y-%m-%d %H:%M:%S");

    g_string_append(text, written);
}

static void write_csv(GString *text, unsigned i, unsigned percent_bp)
{
    append_date(text, i);
    g_string_append_printf(text, ",web,%u.%02u\r\n", percent_bp / 100, percent_bp % 100);
}

static void write_csv_ips(GString *text, unsigned i, unsigned percent_bp)
{
    g_string_append_printf(text, "%u,%u.%04u\n", i * INTERVAL_S, percent_bp / 10000, percent_bp % 10000);
}

/* The processor time of x hundredths of a percent of 300 s is x * 0.03 s. */
static void write_csv_seconds(GString *text, unsigned i, unsigned percent_bp)
{
    g_string_append_printf(text, "%u,%u.%02u\n", i * INTERVAL_S, percent_bp * 3 / 100, percent_bp * 3 % 100);
}

static void write_sadf(GString *text, unsigned i, unsigned percent_bp)
{
    unsigned idle_bp = 10000 - percent_bp;

    g_string_append(text, "vm;300;");
    append_date(text, i + 1);
    g_string_append_printf(
        text, " UTC;-1;%u.%02u;0.00;0.00;0.00;0.00;%u.%02u\nvm;300;", percent_bp / 100, percent_bp % 100,
        idle_bp / 100, idle_bp % 100);
    append_date(text, i + 1);
    g_string_append(text, " UTC;0;0.00;0.00;0.00;0.00;0.00;100.00\n");
}

static void write_smf70(GString *text, unsigned i, unsigned percent_bp)
{
    const char *const names[] = {"PROD", "TEST"};

    for (unsigned k = 0; k < 2; k++)
        g_string_append_printf(
            text,
            "%u.000000,300.000000,%u,%s,operating,CP,300,,1.00,none,0.00,,2,%u.%02u0000,0,0,0,0,0,0,4\n",
            (i + 1) * INTERVAL_S, k + 1, names[k], percent_bp * 3 / 100, percent_bp * 3 % 100 + k);
}

static const Writer writers[] = {
    {"numbers", "", "FILE", write_number},
    {"csv", "time,host,cpu\r\n", "FILE column cpu key host=web", write_csv},
    {"csv, IPs", "start,used_ips\n", "FILE", write_csv_ips},
    {"csv, seconds", "Timestamp,cpu_s\n", "FILE", write_csv_seconds},
    {"sadf", "# hostname;interval;timestamp;CPU;%user;%nice;%system;%iowait;%steal;%idle\n", "FILE",
     write_sadf},
    {"smf70", HV_SMF70_COLUMNS "\n", "FILE key PROD", write_smf70},
};

START_TEST(formats_agree)
{
    const uint64_t seed = 100 + (uint64_t)_i;
    g_autoptr(GArray) expected = g_array_new(FALSE, FALSE, sizeof(HvDemandSample));
    GString *texts[G_N_ELEMENTS(writers)];
    HvRng rng;

    hv_rng_init(&rng, seed, "series");
    unsigned n_rows = 2 + (unsigned)hv_rng_below(&rng, MAX_ROWS);

    for (unsigned k = 0; k < G_N_ELEMENTS(writers); k++)
        texts[k] = g_string_new(writers[k].header);
    for (unsigned i = 0; i < n_rows; i++) {
        unsigned percent_bp = (unsigned)hv_rng_below(&rng, 10001);
        const HvDemandSample sample = {
            .begin_ns = i * INTERVAL_S * HV_NS_PER_S,
            .end_ns = (i + 1) * INTERVAL_S * HV_NS_PER_S,
            .work_ns = percent_bp * INTERVAL_S * (HV_NS_PER_S / 10000),
        };

        g_array_append_val(expected, sample);
        for (unsigned k = 0; k < G_N_ELEMENTS(writers); k++)
            writers[k].write(texts[k], i, percent_bp);
    }
    for (unsigned k = 0; k < G_N_ELEMENTS(writers); k++) {
        g_autoptr(GBytes) content = take_bytes(texts[k]);
        g_autoptr(GArray) samples = read_all(writers[k].words, content);

        check_same(samples, expected, writers[k].name, seed);
    }
}
END_TEST

/* --- CSV, whatever way it is written in ----------------------------------------------------------------- */

static void append_field(GString *text, HvRng *rng, const char *field)
{
    bool must = strpbrk(field, ",\"\n") != NULL;

    if (!must && hv_rng_below(rng, 3) > 0) {
        g_string_append(text, field);
        return;
    }
    g_string_append_c(text, '"');
    for (; *field; field++) {
        g_string_append_c(text, *field);
        if (*field == '"')
            g_string_append_c(text, '"');
    }
    g_string_append_c(text, '"');
}

/* micro-percent, with decimals or as it is with an exponent. */
static char *write_percent(HvRng *rng, uint64_t micro)
{
    if (hv_rng_below(rng, 4) == 0)
        return g_strdup_printf("%" PRIu64 "e-6", micro);
    return g_strdup_printf("%" PRIu64 ".%06" PRIu64, micro / 1000000, micro % 1000000);
}

/* The rows of "a, "b"" are expected; those of others lie between them. */
START_TEST(random_csv_is_read)
{
    static const char *const hosts[] = {"a, \"b\"", "a", "two\nlines", ""};
    static const char *const notes[] = {"", "x", "1,2", "say \"no\"", "one\ntwo\nthree"};
    const uint64_t seed = 1000 + (uint64_t)_i;
    g_autoptr(GArray) expected = g_array_new(FALSE, FALSE, sizeof(HvDemandSample));
    GString *text = g_string_new("note,time,host,cpu\n");
    HvTime at_ns = 0, zero_ns = 0, began_ns = 0, length_ns = 0;
    uint64_t before = UINT64_MAX; /* micro-percent of the row before; UINT64_MAX: none */
    HvRng rng;

    hv_rng_init(&rng, seed, "csv");
    for (uint64_t i = 0, n = 3 + hv_rng_below(&rng, 1500); i < n; i++) {
        unsigned host = (unsigned)hv_rng_below(&rng, G_N_ELEMENTS(hosts));
        uint64_t micro = hv_rng_below(&rng, UINT64_C(12800000000));
        bool empty = hv_rng_below(&rng, 10) == 0;

        at_ns += 1 + hv_rng_below(&rng, 1000 * HV_NS_PER_S);
        zero_ns = i == 0 ? at_ns : zero_ns;
        g_autofree char *time =
            g_strdup_printf("%" PRIu64 ".%09" PRIu64, at_ns / HV_NS_PER_S, at_ns % HV_NS_PER_S);
        g_autofree char *percent = empty ? g_strdup("") : write_percent(&rng, micro);
        const char *const fields[] = {
            notes[hv_rng_below(&rng, G_N_ELEMENTS(notes))], time, hosts[host], percent};

        for (unsigned k = 0; k < G_N_ELEMENTS(fields); k++) {
            if (k > 0)
                g_string_append_c(text, ',');
            append_field(text, &rng, fields[k]);
        }
        g_string_append(text, hv_rng_below(&rng, 2) ? "\r\n" : "\n");
        if (host != 0)
            continue;
        length_ns = began_ns > 0 ? at_ns - began_ns : INTERVAL_S * HV_NS_PER_S;
        if (began_ns > 0 && before != UINT64_MAX) {
            const HvDemandSample sample = {
                began_ns - zero_ns, at_ns - zero_ns, hv_muldiv(length_ns, before * 2, 100000000)};

            g_array_append_val(expected, sample);
        }
        began_ns = at_ns;
        before = empty ? UINT64_MAX : micro;
    }
    if (began_ns > 0 && before != UINT64_MAX) {
        const HvDemandSample sample = {
            began_ns - zero_ns, began_ns + length_ns - zero_ns, hv_muldiv(length_ns, before * 2, 100000000)};

        g_array_append_val(expected, sample);
    }
    g_autoptr(GBytes) content = take_bytes(text);

    if (began_ns == 0)
        return;
    g_autoptr(GArray) samples = read_all("FILE column cpu of 2 key \"host=a, \"\"b\"\"\"", content);

    check_same(samples, expected, "csv", seed);
}
END_TEST

/* --- Lines across the border of a chunk ----------------------------------------------------------------- */

START_TEST(chunks_leave_no_trace)
{
    static const char *const ends[] = {"\n", "\r\n"};
    g_autoptr(GArray) expected = g_array_new(FALSE, FALSE, sizeof(HvDemandSample));
    unsigned padding = HV_DEMAND_CHUNK_SIZE - 12 + (unsigned)_i / 2;
    GString *text = g_string_new(NULL);
    const unsigned percents[] = {11, 22, 33, 44};

    for (unsigned i = 0; i < 4; i++) {
        const HvDemandSample sample = {
            i * HV_NS_PER_S, (i + 1) * HV_NS_PER_S, percents[i] * (HV_NS_PER_S / 100)};

        g_string_append_printf(text, "%*u%s", i == 0 ? (int)padding : 1, percents[i], ends[_i % 2]);
        g_array_append_val(expected, sample);
    }
    g_autoptr(GBytes) content = take_bytes(text);
    g_autoptr(GArray) samples = read_all("FILE interval 1s", content);

    check_same(samples, expected, "chunks", padding);
}
END_TEST

/* --- Numbers and times ---------------------------------------------------------------------------------- */

static bool read_decimal(const char *text, unsigned decimals, uint64_t *ret_value)
{
    return hv_demand_value_decimal((HvDemandText){text, strlen(text)}, decimals, ret_value);
}

/* Up to six digits behind the point and nine before it: a double of the number, times 10^6, is less than 0.5 off. */
START_TEST(numbers_are_those_of_the_library)
{
    const uint64_t seed = 5;
    HvRng rng;

    hv_rng_init(&rng, seed, "numbers");
    for (unsigned i = 0; i < 200000; i++) {
        unsigned decimals = (unsigned)hv_rng_below(&rng, 7);
        uint64_t whole = hv_rng_below(&rng, 1000000000), part = hv_rng_below(&rng, 1000000), value;
        g_autofree char *text = g_strdup_printf("%.*f", (int)decimals, (double)whole + (double)part * 1e-6);

        ck_assert_msg(read_decimal(text, 6, &value), "seed %" PRIu64 ": %s", seed, text);
        ck_assert_msg(
            value == (uint64_t)llround(g_ascii_strtod(text, NULL) * 1e6), "seed %" PRIu64 ": %s is %" PRIu64,
            seed, text, value);
    }
}
END_TEST

static const struct {
    const char *text;
    unsigned decimals;
    uint64_t value;
} decimals[] = {
    {"0", 6, 0},
    {"000000000000000000000000000012", 0, 12},
    {"0.000000000000000000000000000012e29", 0, 1}, /* 1.2 */
    {"12.345678901234567890123456789", 6, 12345678},
    {"18446744073709551615", 0, UINT64_C(18446744073709551600) + 10}, /* 19 digits count */
    {"18446744073709551617", 0, UINT64_C(18446744073709551610)},
    {"18446744073709551620", 0, UINT64_MAX},
    {"1e19", 0, UINT64_C(10000000000000000000)},
    {"1e20", 0, UINT64_MAX},
    {"0e20", 0, 0},
    {"1e-20", 20, 1},
    {"1e-21", 20, 0},
    {"5.", 1, 50},
    {".5", 1, 5},
};

START_TEST(numbers_at_the_limits)
{
    uint64_t value;

    ck_assert(read_decimal(decimals[_i].text, decimals[_i].decimals, &value));
    ck_assert_msg(value == decimals[_i].value, "%s is %" PRIu64, decimals[_i].text, value);
}
END_TEST

static bool read_time(const char *text, int64_t *ret_ns)
{
    return hv_demand_value_time((HvDemandText){text, strlen(text)}, ret_ns);
}

START_TEST(dates_are_those_of_the_library)
{
    const uint64_t seed = 6;
    HvRng rng;

    hv_rng_init(&rng, seed, "dates");
    for (unsigned i = 0; i < 50000; i++) {
        time_t at = (time_t)hv_rng_below(&rng, UINT64_C(9223372036));
        struct tm tm;
        int64_t ns;

        gmtime_r(&at, &tm);
        g_autofree char *text = g_strdup_printf(
            "%04d-%02d-%02d%c%02d:%02d:%02d.25", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
            hv_rng_below(&rng, 2) ? ' ' : 'T', tm.tm_hour, tm.tm_min, tm.tm_sec);

        ck_assert_msg(read_time(text, &ns), "seed %" PRIu64 ": %s", seed, text);
        ck_assert_msg(
            ns == (int64_t)at * 1000000000 + 250000000, "seed %" PRIu64 ": %s is %" PRId64, seed, text, ns);
    }
}
END_TEST

static const struct {
    const char *text;
    int64_t s; /* -1: none */
} times[] = {
    {"1970-01-01 00:00:00", 0},
    {"1970-01-02", 86400},
    {" 1970-01-01 00:01 ", 60},
    {"1970-01-01T00:00:01Z", 1},
    {"1970-01-01 00:00:01 UTC", 1},
    {"1970-01-01 02:00:00+01:30", 1800},
    {"1970-01-01 02:00:00-01:30", 12600},
    {"2000-02-29", 951782400},
    {"1970-01-01 23:59:60", 86400},
    {"9223372036.854775807", 9223372036},
    {"9223372036.854775808", -1},
    {"9223372037", -1},
    {"1970-01-01 00:00:00+01:00", -1},
    {"1969-12-31 23:59:59", -1},
    {"2263-01-01 00:00:00", -1},
    {"2262-12-31 00:00:00", -1},
    {"2026-02-29", -1},
    {"2026-13-01", -1},
    {"2026-00-01", -1},
    {"2026-01-00", -1},
    {"2026-1-1", -1},
    {"2026-01-01 24:00:00", -1},
    {"2026-01-01 00:60:00", -1},
    {"2026-01-01 00:00:61", -1},
    {"2026-01-01 00:00:00.", -1},
    {"2026-01-01 00", -1},
    {"2026-01-01 ", 1767225600},
    {"2026-01-01T", -1},
    {"2026-01-01 00:00:00 CET", -1},
    {"2026-01-01 00:00:00+1", -1},
    {"2026-01-01 00:00:00+01:00x", -1},
    {"-5", -1},
    {"", -1},
};

START_TEST(times_are_read)
{
    int64_t ns;
    bool good = read_time(times[_i].text, &ns);

    ck_assert_msg(good == (times[_i].s >= 0), "\"%s\"", times[_i].text);
    ck_assert_msg(!good || ns / 1000000000 == times[_i].s, "\"%s\" is %" PRId64, times[_i].text, ns);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hv/demand-random");
    TCase *tcase = tcase_create("demand");

    tcase_add_loop_test(tcase, formats_agree, 0, 30 / TESTS_ONE_OF);
    tcase_add_loop_test(tcase, random_csv_is_read, 0, 100);
    tcase_add_loop_test(tcase, chunks_leave_no_trace, 0, 48 / TESTS_ONE_OF);
    tcase_add_test(tcase, numbers_are_those_of_the_library);
    tcase_add_loop_test(tcase, numbers_at_the_limits, 0, G_N_ELEMENTS(decimals));
    tcase_add_test(tcase, dates_are_those_of_the_library);
    tcase_add_loop_test(tcase, times_are_read, 0, G_N_ELEMENTS(times));
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
