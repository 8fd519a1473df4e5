/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Arrivals as text and from files: what is read, written and refused, and a large file in little memory.
 */
#include "hv/arrivals.h"
#include "hv/error.h"

#include <check.h>
#include <glib/gstdio.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

START_TEST(texts_and_their_canonical_forms)
{
    static const struct {
        const char *text, *canonical;
        double per_s;
    } texts[] = {
        {"poisson 40/s", "poisson 40/s", 40},
        {" Poisson\t0.50/S ", "poisson 0.5/s", 0.5},
        {"poisson 3/min", "poisson 0.05/s", 0.05},
        {"poisson 900/h", "poisson 0.25/s", 0.25},
        {"poisson 1/min", "poisson 1/min", 1.0 / 60},
        {"poisson 1/h", "poisson 1/h", 1.0 / 3600},
        {"poisson 0.000001/h", "poisson 0.000001/h", 1e-6 / 3600},
        {"poisson 3600000000/h", "poisson 1000000/s", 1e6},
        {"poisson 3599999999.999999/h", "poisson 3599999999.999999/h", 3599999999.999999 / 3600},
        {"every 1000ms", "every 1s", 1},
        {"mmpp 100/s 10s,5/s 60s", "mmpp 100/s 10s, 5/s 1m", 1300.0 / 70},
        {"MMPP 0/s 1s , 2/min 1s,0/h 1s", "mmpp 0/s 1s, 2/min 1s, 0/s 1s", 1.0 / 90},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(HvArrivalsDef) def = hv_arrivals_parse(texts[i].text, NULL, NULL);
        ck_assert_msg(def != NULL, "%s", texts[i].text);
        g_autofree char *text = hv_arrivals_format(def);
        g_autoptr(HvArrivalsDef) again = hv_arrivals_parse(text, NULL, NULL);
        ck_assert_str_eq(text, texts[i].canonical);
        ck_assert(again && hv_arrivals_def_equal(def, again));
        ck_assert_double_eq_tol(hv_arrivals_rate(def) / texts[i].per_s, 1, 1e-12);
    }
}
END_TEST

START_TEST(different_texts_differ)
{
    static const char *const texts[] = {
        "poisson 40/s",
        "poisson 40/min",
        "every 1s",
        "every 2s",
        "mmpp 1/s 1s, 2/s 1s",
        "mmpp 1/s 1s, 2/s 2s",
        "mmpp 1/s 1s, 3/s 1s",
        "mmpp 1/s 1s, 2/s 1s, 3/s 1s",
        "file /dev/../etc/passwd",
        "file /etc/passwd",
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++)
        for (unsigned j = 0; j < G_N_ELEMENTS(texts); j++) {
            g_autoptr(HvArrivalsDef) a = hv_arrivals_parse(texts[i], NULL, NULL);
            g_autoptr(HvArrivalsDef) b = hv_arrivals_parse(texts[j], NULL, NULL);
            ck_assert(a && b && hv_arrivals_def_equal(a, b) == (i == j));
        }
}
END_TEST

START_TEST(texts_that_are_refused)
{
    static const struct {
        const char *text, *reason;
    } texts[] = {
        {"", "\"\" does not say how jobs arrive"},
        {"40/s", "\"40/s\" does not say how jobs arrive"},
        {"poisson", "\"\" is no rate above 0 and up to 1000000/s"},
        {"poisson 40", "\"40\" is no rate above 0 and up to 1000000/s"},
        {"poisson 0/s", "\"0/s\" is no rate above 0 and up to 1000000/s"},
        {"poisson /s", "\"/s\" is no rate above 0 and up to 1000000/s"},
        {"poisson -1/s", "\"-1/s\" is no rate above 0 and up to 1000000/s"},
        {"poisson 1000000.000001/s", "\"1000000.000001/s\" is no rate above 0 and up to 1000000/s"},
        {"poisson 1/day", "\"1/day\" is no rate above 0 and up to 1000000/s"},
        {"every 0", "\"0\" is no duration above 0"},
        {"every 5", "\"5\" is no duration above 0"},
        {"mmpp 1/s 1s", "\"1/s 1s\" has not 2 to 8 states with ',' between them"},
        {"mmpp 1/s 1s,1/s 1s,1/s 1s,1/s 1s,1/s 1s,1/s 1s,1/s 1s,1/s 1s,1/s 1s",
         "\"1/s 1s,1/s 1s,1/s 1s,1/s 1s,1/s 1s,1/s 1s,1/s 1s,1/s 1s,1/s 1s\" has not 2 to 8 states with ',' "
         "between them"},
        {"mmpp 1/s 1s, ", "\"\" does not begin with a rate from 0/s to 1000000/s"},
        {"mmpp 1s 1/s, 1/s 1s", "\"1s 1/s\" does not begin with a rate from 0/s to 1000000/s"},
        {"mmpp 1/s 0, 1/s 1s", "\"1/s 0\" has no duration above 0 behind the rate"},
        {"mmpp 1/s, 1/s 1s", "\"1/s\" has no duration above 0 behind the rate"},
        {"mmpp 0/s 1s, 0/s 1s",
         "\"0/s 1s, 0/s 1s\" has less than one arrival in 10000 rounds through its states"},
        {"mmpp 0/s 1h, 1000/h 1us",
         "\"0/s 1h, 1000/h 1us\" has less than one arrival in 10000 rounds through its states"},
        {"file", "\"file\" needs the name of a file"},
        {"file no-such-file", "\"no-such-file\" cannot be read: No such file or directory"},
        {"file /dev/zero", "\"/dev/zero\" cannot be read: it is no regular file"},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GError) error = NULL;
        ck_assert_msg(!hv_arrivals_parse(texts[i].text, NULL, &error), "%s", texts[i].text);
        ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_WORKLOAD));
        g_auto(GStrv) halves = g_strsplit(error->message, "\n", 2);
        ck_assert_str_eq(halves[0], texts[i].reason);
        ck_assert(halves[1] && *halves[1]);
    }
}
END_TEST

/* --- Files ---------------------------------------------------------------------------------------------------------- */

typedef struct {
    char *folder, *path;
} Place;

static Place place_new(const char *content, gssize length)
{
    Place place = {.folder = g_dir_make_tmp("lparsim-XXXXXX", NULL)};

    ck_assert_ptr_nonnull(place.folder);
    place.path = g_build_filename(place.folder, "arrivals", NULL);
    ck_assert(g_file_set_contents(place.path, content, length, NULL));
    return place;
}

static void place_clear(Place *place)
{
    g_unlink(place->path);
    g_rmdir(place->folder);
    g_free(place->path);
    g_free(place->folder);
}

static HvArrivals *begin_file(const Place *place)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(HvArrivalsDef) def = hv_arrivals_parse("file arrivals", place->folder, &error);
    HvRng rng;

    g_assert_no_error(error);
    ck_assert_int_eq(hv_arrivals_kind(def), HV_ARRIVALS_FILE);
    ck_assert_double_eq(hv_arrivals_rate(def), 0);
    hv_rng_init(&rng, 1, "file");
    return hv_arrivals_new(def, &rng);
}

START_TEST(a_file_is_read)
{
    static const HvTime expected[] = {0,          500000000,        500000000,
                                      1000000001, 12 * HV_NS_PER_S, 9223372035999999999};
    Place place =
        place_new("# seconds\r\n0\r\n 0.5 # first\n\n0.50\n1.000000001\n00012\n9223372035.999999999", -1);
    g_autoptr(HvArrivals) arrivals = begin_file(&place);

    for (unsigned i = 0; i < G_N_ELEMENTS(expected); i++)
        ck_assert_uint_eq(hv_arrivals_next(arrivals), expected[i]);
    for (unsigned i = 0; i < 3; i++)
        ck_assert_uint_eq(hv_arrivals_next(arrivals), HV_TIME_NEVER);
    ck_assert_ptr_null(hv_arrivals_problem(arrivals));
    place_clear(&place);
}
END_TEST

START_TEST(lines_that_are_refused)
{
    g_autofree char *too_long = g_strnfill(20000, '1');
    g_autofree char *late_long = g_strconcat("1\n2\n", too_long, NULL);
    const struct {
        const char *content;
        gssize length;
        unsigned n_good;
        const char *problem;
    } rows[] = {
        {"1\n2\n1.999999999\n", -1, 2, "arrivals:3: \"1.999999999\" is before the arrival of the line above"},
        {"1\n\n#\n.5\n", -1, 1, "arrivals:4: \".5\" is no number of seconds"},
        {"5.", -1, 0, "arrivals:1: \"5.\" is no number of seconds"},
        {"-1", -1, 0, "arrivals:1: \"-1\" is no number of seconds"},
        {"1 2", -1, 0, "arrivals:1: \"1 2\" is no number of seconds"},
        {"1\nabc\n3", -1, 1, "arrivals:2: \"abc\" is no number of seconds"},
        {"0.1234567891", -1, 0, "arrivals:1: \"0.1234567891\" is no number of seconds"},
        {"9223372036", -1, 0, "arrivals:1: \"9223372036\" is no number of seconds"},
        {"99999999999999999999999", -1, 0, "arrivals:1: \"99999999999999999999999\" is no number of seconds"},
        {"1\n2\0003\n", 6, 1, "arrivals:2: there is a NUL in the line"},
        {too_long, -1, 0, "arrivals:1: the line is too long"},
        {late_long, -1, 2, "arrivals:3: the line is too long"},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        Place place = place_new(rows[i].content, rows[i].length);
        g_autoptr(HvArrivals) arrivals = begin_file(&place);
        for (unsigned n = 0; n < rows[i].n_good; n++)
            ck_assert_uint_ne(hv_arrivals_next(arrivals), HV_TIME_NEVER);
        ck_assert_uint_eq(hv_arrivals_next(arrivals), HV_TIME_NEVER);
        ck_assert_uint_eq(hv_arrivals_next(arrivals), HV_TIME_NEVER);
        ck_assert_ptr_nonnull(hv_arrivals_problem(arrivals));
        g_auto(GStrv) halves = g_strsplit(hv_arrivals_problem(arrivals), "\n", 2);
        ck_assert_str_eq(halves[0], rows[i].problem);
        ck_assert(halves[1] && *halves[1]);
        place_clear(&place);
    }
}
END_TEST

/* It was there when the text was read, and is not any more. */
START_TEST(a_file_that_goes_away)
{
    Place place = place_new("1\n", -1);
    g_autoptr(HvArrivalsDef) def = hv_arrivals_parse("file arrivals", place.folder, NULL);
    HvRng rng;

    hv_rng_init(&rng, 1, "file");
    place_clear(&place);
    g_autoptr(HvArrivals) arrivals = hv_arrivals_new(def, &rng);

    ck_assert_uint_eq(hv_arrivals_next(arrivals), HV_TIME_NEVER);
    ck_assert(g_str_has_prefix(hv_arrivals_problem(arrivals), "\"arrivals\" cannot be read: "));
}
END_TEST

/* A million lines of all lengths, so that every place of a line end in the buffer comes up; in less than 64 KiB. */
START_TEST(a_large_file_in_little_memory)
{
    const uint64_t n = 1000000, step_ns = 1234567891;
    Place place = place_new("", 0);
    FILE *out = fopen(place.path, "w");

    for (uint64_t i = 1; i <= n; i++)
        fprintf(
            out, "%*s%lu.%09lu%s\n", (int)(i % 7), "", i * step_ns / HV_NS_PER_S, i * step_ns % HV_NS_PER_S,
            i % 11 == 0 ? " # eleven" : "");
    ck_assert_int_eq(fclose(out), 0);
    size_t before = mallinfo2().uordblks, most = 0;
    g_autoptr(HvArrivals) arrivals = begin_file(&place);

    for (uint64_t i = 1; i <= n; i++) {
        ck_assert_uint_eq(hv_arrivals_next(arrivals), i * step_ns);
        if (i % 1000 == 0)
            most = MAX(most, mallinfo2().uordblks - before);
    }
    ck_assert_uint_eq(hv_arrivals_next(arrivals), HV_TIME_NEVER);
    ck_assert_ptr_null(hv_arrivals_problem(arrivals));
    ck_assert_uint_le(most, 64 * 1024);
    place_clear(&place);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("arrivals-text");
    TCase *tcase = tcase_create("text");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, texts_and_their_canonical_forms);
    tcase_add_test(tcase, different_texts_differ);
    tcase_add_test(tcase, texts_that_are_refused);
    tcase_add_test(tcase, a_file_is_read);
    tcase_add_test(tcase, lines_that_are_refused);
    tcase_add_test(tcase, a_file_that_goes_away);
    tcase_add_test(tcase, a_large_file_in_little_memory);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
