/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The trace's digest against bytes encoded here, its sinks, its ring; and random streams against the published generators.
 */
#include "hv/rng.h"
#include "hv/trace.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const HvTraceEvent two = {"test.two", {"a", "b"}};
static const HvTraceEvent one = {"test.one", {"only"}};

static void append_u64(GByteArray *bytes, uint64_t value)
{
    for (unsigned i = 0; i < 8; i++) {
        const guint8 byte = (guint8)(value >> (8 * i));

        g_byte_array_append(bytes, &byte, 1);
    }
}

static void
append_record(GByteArray *bytes, uint64_t time, const char *name, const uint64_t *values, unsigned n)
{
    const guint8 length = (guint8)strlen(name);

    append_u64(bytes, time);
    g_byte_array_append(bytes, &length, 1);
    g_byte_array_append(bytes, (const guint8 *)name, length);
    for (unsigned i = 0; i < n; i++)
        append_u64(bytes, values[i]);
}

START_TEST(digest_is_over_the_documented_bytes)
{
    HvTrace *trace = hv_trace_new();
    g_autoptr(GByteArray) bytes = g_byte_array_new();

    hv_trace_emit(trace, 5, &two, 1, UINT64_MAX);
    hv_trace_emit(trace, 1000000007, &one, 42);
    append_record(bytes, 5, "test.two", (const uint64_t[]){1, UINT64_MAX}, 2);
    append_record(bytes, 1000000007, "test.one", (const uint64_t[]){42}, 1);
    g_autofree char *digest = hv_trace_digest(trace);
    g_autofree char *expected = g_compute_checksum_for_data(G_CHECKSUM_SHA256, bytes->data, bytes->len);
    g_autofree char *again = hv_trace_digest(trace);

    ck_assert_str_eq(digest, expected);
    ck_assert_str_eq(digest, again);
    ck_assert_uint_eq(hv_trace_count(trace), 2);
    hv_trace_free(trace);
}
END_TEST

static void emit_some(HvTrace *trace)
{
    hv_trace_emit(trace, 1500000000, &two, 7, 8);
    hv_trace_emit(trace, 2000000001, &one, 9);
}

START_TEST(sinks_get_lines_and_change_nothing)
{
    char *text = NULL, *json = NULL;
    size_t text_length, json_length;
    FILE *text_stream = open_memstream(&text, &text_length),
         *json_stream = open_memstream(&json, &json_length);
    HvTrace *trace = hv_trace_new(), *silent = hv_trace_new();

    hv_trace_add_sink(trace, text_stream, HV_TRACE_TEXT);
    hv_trace_add_sink(trace, json_stream, HV_TRACE_JSON);
    emit_some(trace);
    emit_some(silent);
    hv_trace_remove_sink(trace, text_stream);
    g_autofree char *digest = hv_trace_digest(trace);
    g_autofree char *silent_digest = hv_trace_digest(silent);

    hv_trace_emit(trace, 3000000000, &one, 1);
    fclose(text_stream);
    fclose(json_stream);
    ck_assert_str_eq(text, "    1.500000000 test.two a=7 b=8\n    2.000000001 test.one only=9\n");
    ck_assert_ptr_nonnull(strstr(json, "{\"t_ns\":1500000000,\"event\":\"test.two\",\"a\":7,\"b\":8}\n"));
    ck_assert_ptr_nonnull(strstr(json, "\"t_ns\":3000000000"));
    ck_assert_str_eq(digest, silent_digest);
    hv_trace_free(trace);
    hv_trace_free(silent);
    free(text);
    free(json);
}
END_TEST

static void collect(const char *text, void *data)
{
    g_string_append_printf(data, "%s;", strrchr(text, '='));
}

START_TEST(ring_keeps_the_last)
{
    HvTrace *trace = hv_trace_new();
    g_autoptr(GString) seen = g_string_new(NULL);

    hv_trace_keep(trace, 3);
    for (unsigned i = 0; i < 5; i++)
        hv_trace_emit(trace, i, &one, i);
    hv_trace_foreach_kept(trace, 2, collect, seen);
    hv_trace_foreach_kept(trace, 9, collect, seen);
    ck_assert_str_eq(seen->str, "=3;=4;=2;=3;=4;");
    hv_trace_free(trace);
}
END_TEST

/* SplitMix64 as its author published it, the state kept apart. */
static uint64_t published_splitmix(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

START_TEST(mix_is_splitmix64)
{
    uint64_t state = 1234567;

    /* The first outputs for seed 1234567, as many tests of SplitMix64 quote them. */
    static const uint64_t vector[] = {6457827717110365317u, 3203168211198807973u, 9817491932198370423u};

    for (unsigned i = 0; i < G_N_ELEMENTS(vector); i++) {
        uint64_t before = state;

        ck_assert_uint_eq(published_splitmix(&state), vector[i]);
        ck_assert_uint_eq(hv_rng_mix(before), vector[i]);
    }
}
END_TEST

START_TEST(xoshiro_gives_its_vector)
{
    /* xoshiro256** from state 1, 2, 3, 4: the first outputs of the authors' C code. */
    static const uint64_t vector[] = {11520u, 0u, 1509978240u, 1215971899390074240u};
    HvRng rng = {{1, 2, 3, 4}};

    for (unsigned i = 0; i < G_N_ELEMENTS(vector); i++)
        ck_assert_uint_eq(hv_rng_u64(&rng), vector[i]);
}
END_TEST

START_TEST(streams_depend_on_seed_and_name_alone)
{
    HvRng a, b, c, d;
    unsigned counts[7] = {0};

    hv_rng_init(&a, 1, "guest 1");
    hv_rng_init(&b, 1, "guest 2");
    hv_rng_init(&c, 2, "guest 1");
    hv_rng_init(&d, 1, "guest 1");
    for (unsigned i = 0; i < 100; i++) {
        uint64_t drawn = hv_rng_u64(&a);

        ck_assert_uint_ne(drawn, hv_rng_u64(&b));
        ck_assert_uint_ne(drawn, hv_rng_u64(&c));
        ck_assert_uint_eq(drawn, hv_rng_u64(&d));
    }
    for (unsigned i = 0; i < 70000; i++)
        counts[hv_rng_below(&a, 7)]++;
    for (unsigned i = 0; i < 7; i++) /* 10000 expected, standard deviation 93: five of them */
        ck_assert(counts[i] > 9500 && counts[i] < 10500);
    for (unsigned i = 0; i < 1000; i++)
        ck_assert(hv_rng_unit(&a) >= 0 && hv_rng_unit(&a) < 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trace");
    TCase *tcase = tcase_create("records and streams");

    tcase_add_test(tcase, digest_is_over_the_documented_bytes);
    tcase_add_test(tcase, sinks_get_lines_and_change_nothing);
    tcase_add_test(tcase, ring_keeps_the_last);
    tcase_add_test(tcase, mix_is_splitmix64);
    tcase_add_test(tcase, xoshiro_gives_its_vector);
    tcase_add_test(tcase, streams_depend_on_seed_and_name_alone);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
