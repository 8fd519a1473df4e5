/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The codec of states: every kind of value, at its limits, in both directions, versions, and what happens to bytes that do not fit.
 *
 * Objects are small structs of this file, each with one function that names what it consists of, as everywhere else. The bytes themselves are
 * compared once with what the layout says, so that a state that was written by another version of the program is not misread unseen.
 */
#include "hv/codec.h"

#include "hv/error.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define S HV_NS_PER_S

typedef enum { COLOUR_RED, COLOUR_GREEN, COLOUR_BLUE, COLOURS } Colour;

typedef struct {
    bool yes;
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;
    int64_t i64;
    unsigned number;
    double real;
    HvTime at, since;
    Colour colour;
    char *text;
    uint8_t raw[5];
    size_t count;
    GArray *list8, *list16, *list32, *list64;
    HvRng rng;
} Values;

static void values_codec(Values *v, HvCodec *codec)
{
    hv_codec_begin(codec, "values", 3);
    hv_codec_bool(codec, &v->yes);
    hv_codec_u8(codec, &v->u8);
    hv_codec_u16(codec, &v->u16);
    hv_codec_u32(codec, &v->u32);
    hv_codec_u64(codec, &v->u64);
    hv_codec_i64(codec, &v->i64);
    hv_codec_uint(codec, &v->number);
    hv_codec_double(codec, &v->real);
    hv_codec_moment(codec, &v->at);
    hv_codec_since(codec, &v->since);
    HV_CODEC_ENUM(codec, v->colour, COLOURS);
    hv_codec_string(codec, &v->text);
    hv_codec_bytes(codec, v->raw, sizeof(v->raw));
    hv_codec_count(codec, &v->count, 1000);
    hv_codec_numbers(codec, v->list8, 100);
    hv_codec_numbers(codec, v->list16, 100);
    hv_codec_numbers(codec, v->list32, 100);
    hv_codec_numbers(codec, v->list64, 100);
    hv_codec_rng(codec, &v->rng);
    hv_codec_end(codec);
}

static void values_init(Values *v)
{
    *v = (Values){
        .list8 = g_array_new(FALSE, FALSE, 1),
        .list16 = g_array_new(FALSE, FALSE, 2),
        .list32 = g_array_new(FALSE, FALSE, 4),
        .list64 = g_array_new(FALSE, FALSE, 8),
    };
}

static void values_clear(Values *v)
{
    g_array_unref(v->list8);
    g_array_unref(v->list16);
    g_array_unref(v->list32);
    g_array_unref(v->list64);
    g_free(v->text);
}

static HvEngine *engine_at(HvTime now_ns)
{
    HvEngine *engine = hv_engine_new();

    hv_engine_set_clock(engine, now_ns);
    return engine;
}

static GBytes *write_values(Values *v, HvTime now_ns)
{
    g_autoptr(HvEngine) engine = engine_at(now_ns);
    g_autoptr(HvCodec) codec = hv_codec_writer(engine, /* whole= */ true);
    GBytes *bytes;

    ck_assert(!hv_codec_reads(codec) && hv_codec_is_whole(codec) && hv_codec_now(codec) == now_ns);
    values_codec(v, codec);
    ck_assert(hv_codec_finish(codec, &bytes, NULL));
    return bytes;
}

static bool read_values(Values *v, HvTime now_ns, GBytes *bytes, GError **error)
{
    g_autoptr(HvEngine) engine = engine_at(now_ns);
    g_autoptr(HvCodec) codec = hv_codec_reader(engine, /* whole= */ false, bytes);

    ck_assert(hv_codec_reads(codec) && !hv_codec_is_whole(codec));
    values_codec(v, codec);
    return hv_codec_finish(codec, NULL, error);
}

/* By the stream; each third one has limits. */
static void draw_values(Values *v, uint64_t number)
{
    HvRng rng;

    hv_rng_init(&rng, number, "values");
    bool lowest = number % 3 == 1, highest = number % 3 == 2;
    uint64_t drawn = lowest ? 0 : highest ? UINT64_MAX : hv_rng_u64(&rng) >> hv_rng_below(&rng, 64);

    values_init(v);
    v->yes = drawn & 1;
    v->u8 = (uint8_t)drawn;
    v->u16 = (uint16_t)drawn;
    v->u32 = (uint32_t)drawn;
    v->u64 = drawn;
    v->i64 = lowest ? INT64_MIN : highest ? INT64_MAX : (int64_t)hv_rng_u64(&rng);
    v->number = (unsigned)drawn;
    v->real = lowest ? -0.0 : highest ? (double)INFINITY : hv_rng_unit(&rng) * 1e-300;
    v->at = highest ? HV_TIME_NEVER : hv_rng_below(&rng, 100 * S);
    v->since = hv_rng_below(&rng, 50 * S);
    v->colour = lowest ? COLOUR_RED : COLOUR_BLUE;
    v->text = lowest ? NULL : g_strdup(highest ? "" : "a \"text\", \xC3\xA4\n");
    memset(v->raw, (int)(drawn & 0xFF), sizeof(v->raw));
    v->count = lowest ? 0 : 1000;
    for (unsigned i = 0; i < (lowest ? 0 : 100); i++) {
        uint64_t one = highest ? UINT64_MAX : hv_rng_u64(&rng);

        g_array_append_vals(v->list8, &(uint8_t){(uint8_t)one}, 1);
        g_array_append_vals(v->list16, &(uint16_t){(uint16_t)one}, 1);
        g_array_append_vals(v->list32, &(uint32_t){(uint32_t)one}, 1);
        g_array_append_val(v->list64, one);
    }
    v->rng = rng;
}

static void check_lists(const GArray *a, const GArray *b)
{
    ck_assert_uint_eq(a->len, b->len);
    ck_assert(
        a->len == 0 ||
        memcmp(a->data, b->data, (size_t)a->len * g_array_get_element_size((GArray *)(uintptr_t)a)) == 0);
}

static void check_values(const Values *a, const Values *b, HvTime later_ns)
{
    ck_assert(a->yes == b->yes && a->u8 == b->u8 && a->u16 == b->u16 && a->u32 == b->u32);
    ck_assert(a->u64 == b->u64 && a->i64 == b->i64 && a->number == b->number);
    ck_assert(memcmp(&a->real, &b->real, sizeof(double)) == 0);
    ck_assert_uint_eq(a->at == HV_TIME_NEVER ? HV_TIME_NEVER : a->at + later_ns, b->at);
    ck_assert_uint_eq(a->since + later_ns, b->since);
    ck_assert_int_eq(a->colour, b->colour);
    ck_assert_pstr_eq(a->text, b->text);
    ck_assert(memcmp(a->raw, b->raw, sizeof(a->raw)) == 0);
    ck_assert_uint_eq(a->count, b->count);
    check_lists(a->list8, b->list8);
    check_lists(a->list16, b->list16);
    check_lists(a->list32, b->list32);
    check_lists(a->list64, b->list64);
    ck_assert(memcmp(&a->rng, &b->rng, sizeof(HvRng)) == 0);
}

START_TEST(values_are_read_as_they_were_written)
{
    Values written, read;
    GError *error = NULL;

    draw_values(&written, (uint64_t)_i);
    draw_values(&read, (uint64_t)_i + 1); /* what was there is replaced, and freed */
    g_autoptr(GBytes) bytes = write_values(&written, 50 * S);

    ck_assert_msg(read_values(&read, 70 * S, bytes, &error), "%s", error ? error->message : "");
    check_values(&written, &read, 20 * S);
    g_autoptr(GBytes) again = write_values(&read, 70 * S);

    ck_assert(g_bytes_equal(bytes, again));
    values_clear(&written);
    values_clear(&read);
}
END_TEST

START_TEST(the_first_bytes_that_do_not_fit_are_the_error)
{
    Values written;
    size_t length;

    draw_values(&written, 3);
    g_autoptr(GBytes) bytes = write_values(&written, 50 * S);
    const uint8_t *data = g_bytes_get_data(bytes, &length);

    for (size_t n = 0; n <= length + 1; n++) {
        g_autofree uint8_t *copy = g_malloc0(length + 1);
        g_autoptr(GError) error = NULL;
        Values read;

        memcpy(copy, data, length);
        g_autoptr(GBytes) part = g_bytes_new(copy, n);

        values_init(&read);
        ck_assert_int_eq(read_values(&read, 50 * S, part, &error), n == length);
        if (n != length) {
            ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_IMAGE));
            ck_assert_ptr_nonnull(
                strstr(error->message, n < length ? "\"values\"" : "1 bytes are left over"));
        }
        values_clear(&read);
    }
    values_clear(&written);
}
END_TEST

START_TEST(flipped_bits_never_read_outside)
{
    Values written;
    size_t length;
    HvRng rng;

    draw_values(&written, 6);
    g_autoptr(GBytes) bytes = write_values(&written, 50 * S);
    const uint8_t *data = g_bytes_get_data(bytes, &length);

    hv_rng_init(&rng, 1, "flips");
    for (unsigned i = 0; i < 5000; i++) {
        g_autofree uint8_t *copy = g_memdup2(data, length);
        g_autoptr(GError) error = NULL;
        Values read;

        copy[hv_rng_below(&rng, length)] ^= (uint8_t)(1u << hv_rng_below(&rng, 8));
        g_autoptr(GBytes) flipped = g_bytes_new(copy, length);

        values_init(&read);
        if (!read_values(&read, 50 * S, flipped, &error))
            ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_IMAGE));
        ck_assert(read.colour < COLOURS && read.count <= 1000 && read.list8->len <= 100);
        values_clear(&read);
    }
    values_clear(&written);
}
END_TEST

/* 300 is 1 0101100 in binary: AC 02; -2 is 3 in zigzag; 2.0 has the bits 40 00 ... */
START_TEST(the_layout_is_that_of_the_first_version)
{
    static const uint8_t expected[] = {'{',  4,   'p', 'a', 'r', 't', 2,   'n', 1,   'n', 0xAC,
                                       2,    'n', 3,   'd', 0,   0,   0,   0,   0,   0,   0,
                                       0x40, 'b', 2,   'h', 'i', '0', 'n', 0,   'n', 9,   '}'};
    g_autoptr(HvEngine) engine = engine_at(10);
    g_autoptr(HvCodec) codec = hv_codec_writer(engine, /* whole= */ false);
    g_autofree char *text = g_strdup("hi"), *nothing = NULL;
    bool yes = true;
    uint64_t n = 300;
    int64_t i = -2;
    double d = 2.0;
    HvTime since = 1;
    GBytes *bytes;
    size_t length;

    hv_codec_begin(codec, "part", 2);
    hv_codec_bool(codec, &yes);
    hv_codec_u64(codec, &n);
    hv_codec_i64(codec, &i);
    hv_codec_double(codec, &d);
    hv_codec_string(codec, &text);
    hv_codec_string(codec, &nothing);
    yes = false;
    hv_codec_bool(codec, &yes);
    hv_codec_since(codec, &since);
    hv_codec_end(codec);
    ck_assert(hv_codec_finish(codec, &bytes, NULL));
    const uint8_t *data = g_bytes_get_data(bytes, &length);

    ck_assert_uint_eq(length, sizeof(expected));
    ck_assert_mem_eq(data, expected, length);
    g_bytes_unref(bytes);
}
END_TEST

/* --- Versions, groups, failing -------------------------------------------------------------------------- */

static GBytes *write_version(unsigned version)
{
    g_autoptr(HvEngine) engine = hv_engine_new();
    g_autoptr(HvCodec) codec = hv_codec_writer(engine, /* whole= */ false);
    uint64_t value = 42, added = 43;
    GBytes *bytes;

    ck_assert_uint_eq(hv_codec_begin(codec, "outer", 1), 1);
    ck_assert_uint_eq(hv_codec_begin(codec, "inner", version), version);
    hv_codec_u64(codec, &value);
    if (version >= 2)
        hv_codec_u64(codec, &added);
    hv_codec_end(codec);
    hv_codec_end(codec);
    hv_codec_finish(codec, &bytes, NULL);
    return bytes;
}

/* The program knows version 2, in which a value was added. */
START_TEST(older_versions_are_read_and_newer_ones_refused)
{
    unsigned version = (unsigned)_i;
    g_autoptr(GBytes) bytes = write_version(version);
    g_autoptr(HvEngine) engine = hv_engine_new();
    g_autoptr(HvCodec) codec = hv_codec_reader(engine, /* whole= */ false, bytes);
    g_autoptr(GError) error = NULL;
    uint64_t value = 0, added = 0;

    hv_codec_begin(codec, "outer", 1);
    unsigned found = hv_codec_begin(codec, "inner", 2);

    hv_codec_u64(codec, &value);
    if (found >= 2)
        hv_codec_u64(codec, &added);
    hv_codec_end(codec);
    hv_codec_end(codec);
    ck_assert_int_eq(hv_codec_finish(codec, NULL, &error), version <= 2);
    if (version <= 2) {
        ck_assert_uint_eq(found, version);
        ck_assert_uint_eq(value, 42);
        ck_assert_uint_eq(added, version == 2 ? 43 : 0);
        return;
    }
    ck_assert_str_eq(
        error->message,
        "The saved state does not fit, in \"inner\": version 3 of this part is not known, only up to 2");
    ck_assert_uint_eq(value, 0);
}
END_TEST

START_TEST(a_group_of_another_name_does_not_fit)
{
    static const char *const names[] = {"oute", "outer1", "Outer", ""};

    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GBytes) bytes = write_version(1);
        g_autoptr(HvEngine) engine = hv_engine_new();
        g_autoptr(HvCodec) codec = hv_codec_reader(engine, /* whole= */ false, bytes);
        g_autoptr(GError) error = NULL;

        hv_codec_begin(codec, names[i], 1);
        hv_codec_end(codec);
        ck_assert(!hv_codec_finish(codec, NULL, &error));
        ck_assert_ptr_nonnull(strstr(error->message, "does not begin where it should"));
    }
}
END_TEST

static void count_call(void *data)
{
    ++*(unsigned *)data;
}

START_TEST(after_a_failure_everything_is_zero_and_nothing_is_done)
{
    g_autoptr(GBytes) bytes = write_version(2);
    g_autoptr(HvEngine) engine = hv_engine_new();
    g_autoptr(HvCodec) codec = hv_codec_reader(engine, /* whole= */ false, bytes);
    g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    g_autoptr(GError) error = NULL;
    uint64_t value = 7;
    double real = 7;
    bool yes = true;
    char *text = g_strdup("7");
    uint8_t raw[2] = {7, 7};
    size_t count = 7;
    unsigned calls = 0;

    hv_codec_begin(codec, "outer", 1);
    hv_codec_afterwards(codec, count_call, &calls);
    ck_assert(!hv_codec_failed(codec));
    hv_codec_fail(codec, "%u is wrong", 17u);
    hv_codec_fail(codec, "so is this, but later");
    ck_assert(hv_codec_failed(codec));
    hv_codec_u64(codec, &value);
    hv_codec_double(codec, &real);
    hv_codec_bool(codec, &yes);
    hv_codec_string(codec, &text);
    hv_codec_bytes(codec, raw, 2);
    hv_codec_count(codec, &count, 10);
    hv_codec_numbers(codec, list, 10);
    ck_assert_uint_eq(hv_codec_choice(codec, 2, 3), 0);
    ck_assert(value == 0 && real == 0 && !yes && !text && raw[0] == 0 && count == 0 && list->len == 0);
    hv_codec_end(codec);
    ck_assert(!hv_codec_finish(codec, NULL, &error));
    ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_IMAGE));
    ck_assert_str_eq(error->message, "The saved state does not fit, in \"outer\": 17 is wrong");
    ck_assert_uint_eq(calls, 0);
}
END_TEST

typedef enum { ASK_U8, ASK_U32, ASK_BOOL, ASK_CHOICE, ASK_COUNT, ASK_DOUBLE, ASK_BYTES, ASK_STRING } Ask;

/* What was written as 300 is asked for as something else. */
START_TEST(a_value_that_is_too_large_or_of_another_kind_does_not_fit)
{
    g_autoptr(HvEngine) engine = hv_engine_new();
    g_autoptr(HvCodec) writer = hv_codec_writer(engine, /* whole= */ false);
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    uint64_t n = _i == ASK_U32 ? UINT64_C(1) << 32 : 300;
    uint8_t u8 = 1;
    uint32_t u32 = 1;
    bool yes = true;
    size_t count = 1;
    double real = 1;
    GBytes *bytes;

    hv_codec_u64(writer, &n);
    hv_codec_finish(writer, &bytes, NULL);
    g_autoptr(HvCodec) codec = hv_codec_reader(engine, /* whole= */ false, bytes);

    switch ((Ask)_i) {
    case ASK_U8:
        hv_codec_u8(codec, &u8);
        break;
    case ASK_U32:
        hv_codec_u32(codec, &u32);
        break;
    case ASK_BOOL:
        hv_codec_bool(codec, &yes);
        break;
    case ASK_CHOICE:
        hv_codec_choice(codec, 0, 300);
        break;
    case ASK_COUNT:
        hv_codec_count(codec, &count, 299);
        break;
    case ASK_DOUBLE:
        hv_codec_double(codec, &real);
        break;
    case ASK_BYTES:
        hv_codec_bytes(codec, &u8, 1);
        break;
    case ASK_STRING:
        hv_codec_string(codec, &text);
        break;
    }
    ck_assert(hv_codec_failed(codec));
    ck_assert(!hv_codec_finish(codec, NULL, &error));
    ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_IMAGE));
    g_bytes_unref(bytes);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hv/codec");
    TCase *tcase = tcase_create("codec");

    tcase_add_loop_test(tcase, values_are_read_as_they_were_written, 0, 200);
    tcase_add_test(tcase, the_first_bytes_that_do_not_fit_are_the_error);
    tcase_add_test(tcase, flipped_bits_never_read_outside);
    tcase_add_test(tcase, the_layout_is_that_of_the_first_version);
    tcase_add_loop_test(tcase, older_versions_are_read_and_newer_ones_refused, 1, 4);
    tcase_add_test(tcase, a_group_of_another_name_does_not_fit);
    tcase_add_test(tcase, after_a_failure_everything_is_zero_and_nothing_is_done);
    tcase_add_loop_test(tcase, a_value_that_is_too_large_or_of_another_kind_does_not_fit, 0, ASK_STRING + 1);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
