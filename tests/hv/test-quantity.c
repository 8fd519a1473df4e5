/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Quantities: tables of what is read and what is refused, and reading back what was written.
 */
#include "hv/error.h"
#include "hv/quantity.h"
#include "hv/rng.h"

#include <check.h>
#include <stdlib.h>

typedef struct {
    const char *text;
    bool good;
    uint64_t value;
} Row;

static const Row sizes[] = {
    {"0", true, 0},
    {"4096", true, 4096},
    {"640M", true, 671088640},
    {" 2g ", true, 2147483648},
    {"64T", true, 64 * HV_TIB},
    {"1K", true, 1024},
    {"", false, 0},
    {"M", false, 0},
    {"-1M", false, 0},
    {"1.5G", false, 0},
    {"640X", false, 0},
    {"640MB", false, 0},
    {"9999999T", false, 0},
    {"99999999999999999999", false, 0},
    {"8388607T", true, 8388607 * HV_TIB},
    {"1 M", false, 0},
};

static const Row durations[] = {
    {"0", true, 0},
    {"10s", true, 10 * HV_NS_PER_S},
    {"250ms", true, 250 * HV_NS_PER_MS},
    {"20us", true, 20000},
    {"500ns", true, 500},
    {"1.5s", true, 1500000000},
    {"90m", true, 5400 * HV_NS_PER_S},
    {"4h", true, 14400 * HV_NS_PER_S},
    {"0.000000001s", true, 1},
    {"1.5ns", false, 0},
    {"10", false, 0},
    {"s", false, 0},
    {"1.s", false, 0},
    {".5s", false, 0},
    {"-1s", false, 0},
    {"99999999h", false, 0},
    {"2562047h", true, 2562047u * (3600 * HV_NS_PER_S)},
    {"1.0000000000s", false, 0},
};

static const Row percents[] = {
    {"50", true, 5000}, {"33.33", true, 3333}, {"50%", true, 5000}, {"100", true, 10000}, {"0.01", true, 1},
    {"7.5", true, 750}, {"100.01", false, 0},  {"101", false, 0},   {"1.234", false, 0},  {"%", false, 0},
    {"-5", false, 0},   {"5 %", true, 500},    {"0", true, 0},
};

START_TEST(sizes_are_read)
{
    const Row *row = &sizes[_i];
    g_autoptr(GError) error = NULL;
    uint64_t value = 77;

    ck_assert_msg(hv_quantity_parse_size(row->text, &value, &error) == row->good, "%s", row->text);
    ck_assert_uint_eq(value, row->good ? row->value : 77);
    ck_assert(row->good || g_error_matches(error, HV_ERROR, HV_ERROR_QUANTITY));
}
END_TEST

START_TEST(durations_are_read)
{
    const Row *row = &durations[_i];
    HvTime value = 77;

    ck_assert_msg(hv_quantity_parse_duration(row->text, &value, NULL) == row->good, "%s", row->text);
    ck_assert_uint_eq(value, row->good ? row->value : 77);
}
END_TEST

START_TEST(percents_are_read)
{
    const Row *row = &percents[_i];
    uint32_t value = 77;

    ck_assert_msg(hv_quantity_parse_percent(row->text, &value, NULL) == row->good, "%s", row->text);
    ck_assert_uint_eq(value, row->good ? row->value : 77);
}
END_TEST

START_TEST(other_kinds)
{
    uint64_t number;
    uint32_t hex, hundredths;

    ck_assert(hv_quantity_parse_number("300", 1, 999, &number, NULL) && number == 300);
    ck_assert(!hv_quantity_parse_number("0", 1, 999, &number, NULL));
    ck_assert(!hv_quantity_parse_number("1000", 1, 999, &number, NULL));
    ck_assert(!hv_quantity_parse_number("3x", 1, 999, &number, NULL));
    ck_assert(hv_quantity_parse_hex("0a", 2, &hex, NULL) && hex == 10);
    ck_assert(!hv_quantity_parse_hex("A", 2, &hex, NULL));
    ck_assert(!hv_quantity_parse_hex("0G", 2, &hex, NULL));
    ck_assert(hv_quantity_parse_decimal("1.5", &hundredths, NULL) && hundredths == 150);
    ck_assert(!hv_quantity_parse_decimal("1.505", &hundredths, NULL));
    ck_assert(hv_quantity_parse_rate("2G/s", &number, NULL) && number == 2 * HV_GIB);
    ck_assert(!hv_quantity_parse_rate("0", &number, NULL));
}
END_TEST

START_TEST(what_is_written_reads_back)
{
    HvRng rng;

    hv_rng_init(&rng, 1, "quantity");
    for (unsigned i = 0; i < 20000; i++) {
        uint64_t value = hv_rng_u64(&rng) >> (1 + hv_rng_below(&rng, 60)), size, duration;
        uint32_t bp = (uint32_t)hv_rng_below(&rng, 10001), percent, decimal;
        g_autofree char *size_text = hv_quantity_format_size(value);
        g_autofree char *duration_text = hv_quantity_format_duration(value);
        g_autofree char *percent_text = hv_quantity_format_percent(bp);
        g_autofree char *decimal_text = hv_quantity_format_decimal(bp * 7);

        ck_assert_msg(hv_quantity_parse_size(size_text, &size, NULL) && size == value, "%s", size_text);
        ck_assert_msg(
            hv_quantity_parse_duration(duration_text, &duration, NULL) && duration == value, "%s",
            duration_text);
        ck_assert_msg(
            hv_quantity_parse_percent(percent_text, &percent, NULL) && percent == bp, "%s", percent_text);
        ck_assert_msg(
            hv_quantity_parse_decimal(decimal_text, &decimal, NULL) && decimal == bp * 7, "%s", decimal_text);
    }
}
END_TEST

START_TEST(durations_are_described)
{
    static const struct {
        HvTime ns;
        const char *text;
    } rows[] = {
        {0, "0 s"},
        {7, "7 ns"},
        {5722, "5.72 us"},
        {31250000, "31.2 ms"},
        {1500000000, "1.5 s"},
        {7200 * HV_NS_PER_S, "7200 s"}};

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = hv_quantity_describe_duration(rows[i].ns);

        ck_assert_str_eq(text, rows[i].text);
    }
}
END_TEST

START_TEST(muldiv_needs_no_room_for_the_product)
{
    ck_assert_uint_eq(hv_muldiv(UINT64_MAX, UINT64_MAX, UINT64_MAX), UINT64_MAX);
    ck_assert_uint_eq(hv_muldiv(7, 5, 3), 11);
}
END_TEST

START_TEST(millionths)
{
    static const struct {
        const char *text;
        bool good;
        uint64_t millionths;
        const char *canonical;
    } rows[] = {
        {"0", true, 0, "0"},
        {"0.000001", true, 1, "0.000001"},
        {" 40.50 ", true, 40500000, "40.5"},
        {"100", true, 100000000, "100"},
        {"100.000001", false, 0, NULL},
        {"0.0000001", false, 0, NULL},
        {"", false, 0, NULL},
        {"-1", false, 0, NULL},
        {"1e3", false, 0, NULL},
        {"9223372036854775807", false, 0, NULL},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        uint64_t value = 77;
        ck_assert(hv_quantity_parse_millionths(rows[i].text, 100000000, &value, NULL) == rows[i].good);
        ck_assert_uint_eq(value, rows[i].good ? rows[i].millionths : 77);
        g_autofree char *text = rows[i].good ? hv_quantity_format_millionths(value) : NULL;
        ck_assert_pstr_eq(text, rows[i].canonical);
    }
}
END_TEST

START_TEST(words_are_found_in_any_case)
{
    static const char *const words[] = {"none", "hard"};
    unsigned index = 7;

    ck_assert(!hv_quantity_parse_word("har", words, 2, &index));
    ck_assert(!hv_quantity_parse_word("", words, 2, &index));
    ck_assert_uint_eq(index, 7); /* untouched */
    ck_assert(hv_quantity_parse_word("HARD", words, 2, &index));
    ck_assert_uint_eq(index, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("quantity");
    TCase *tcase = tcase_create("tables");

    tcase_add_loop_test(tcase, sizes_are_read, 0, (int)G_N_ELEMENTS(sizes));
    tcase_add_loop_test(tcase, durations_are_read, 0, (int)G_N_ELEMENTS(durations));
    tcase_add_loop_test(tcase, percents_are_read, 0, (int)G_N_ELEMENTS(percents));
    tcase_add_test(tcase, other_kinds);
    tcase_add_test(tcase, what_is_written_reads_back);
    tcase_add_test(tcase, durations_are_described);
    tcase_add_test(tcase, muldiv_needs_no_room_for_the_product);
    tcase_add_test(tcase, millionths);
    tcase_add_test(tcase, words_are_found_in_any_case);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
