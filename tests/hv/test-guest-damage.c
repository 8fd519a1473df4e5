/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * States of guests that are damaged, or of another definition: they are refused, or they are a state that can go on.
 *
 * Here are also the inputs that tests/fuzz/fuzz-image.c begins with. They must be good states by the present layout, else that would try nothing
 * but how they are refused; with LPARSIM_UPDATE_GOLDEN=1, from the root of the sources, they are made anew.
 */
#include "hv/error.h"
#include "tests/hv/load-room.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define CORPUS "tests/fuzz/corpus/fuzz-image"

/* Without one of the classes. Which part does not fit is said. */
START_TEST(an_image_of_another_definition_is_refused)
{
    g_autoptr(LoadDef) def = load_def_new(12, NULL, /* with_calendar= */ false);
    g_autoptr(LoadDef) other = load_def_new(12, NULL, /* with_calendar= */ false);
    g_autoptr(LoadRoom) room = load_room_new(def);
    g_autoptr(GError) error = NULL;
    bool whole = _i == 0;

    ck_assert_uint_gt(other->jobs.classes->len, 0);
    g_ptr_array_remove_index(other->jobs.classes, 0);
    load_room_boot(room);
    load_room_run(room, 250 * HV_NS_PER_MS);
    load_room_settle(room);
    g_autoptr(GBytes) bytes = load_room_write(room, whole);
    g_autoptr(LoadRoom) copy = load_room_for_reading(other, 250 * HV_NS_PER_MS);

    ck_assert(!load_room_read(copy, whole, bytes, &error));
    ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_IMAGE));
    ck_assert_msg(strstr(error->message, "classes") != NULL, "%s", error->message);
}
END_TEST

/* It is refused, or it is a state: then it can be run, and written, and loaded anew. */
static void read_damaged(const LoadDef *def, HvTime now_ns, bool whole, const uint8_t *data, size_t length)
{
    g_autoptr(GBytes) bytes = g_bytes_new(data, length);
    g_autoptr(LoadRoom) room = load_room_for_reading(def, now_ns);
    g_autoptr(GError) error = NULL;

    if (!load_room_read(room, whole, bytes, &error)) {
        ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_IMAGE));
        return;
    }
    load_room_try(room);
}

START_TEST(damaged_bytes_are_refused_or_are_a_state)
{
    g_autoptr(LoadDef)
        def = load_def_new((uint64_t)_i, g_getenv("LPARSIM_TEST_FOLDER"), /* with_calendar= */ true);
    bool whole = _i % 2;
    size_t length;
    HvRng rng;

    hv_rng_init(&rng, (uint64_t)_i, "damage");
    g_autoptr(LoadRoom) room = load_room_new(def);

    load_room_boot(room);
    load_room_run(room, hv_rng_below(&rng, 1000 * HV_NS_PER_MS));
    load_room_meddle(room, &rng);
    load_room_run(room, hv_rng_below(&rng, 300 * HV_NS_PER_MS));

    load_room_settle(room);
    HvTime now_ns = hv_engine_now(room->engine);
    g_autoptr(GBytes) bytes = load_room_write(room, whole);
    const uint8_t *data = g_bytes_get_data(bytes, &length);

    for (size_t n = 0; n < length; n += 1 + length / 400) {
        g_autoptr(GBytes) cut = g_bytes_new(data, n);
        g_autoptr(LoadRoom) copy = load_room_for_reading(def, now_ns);

        ck_assert_msg(!load_room_read(copy, whole, cut, NULL), "number %d, %zu bytes of %zu", _i, n, length);
    }
    for (unsigned i = 0; i < 400; i++) {
        g_autofree uint8_t *damaged = g_memdup2(data, length);

        for (uint64_t n = 1 + hv_rng_below(&rng, 2); n > 0; n--)
            damaged[hv_rng_below(&rng, length)] ^= (uint8_t)(1u << hv_rng_below(&rng, 8));
        read_damaged(def, now_ns, whole, damaged, length);
    }
}
END_TEST

/* --- The fuzzer's corpus -------------------------------------------------------------------------------- */

/* As fuzz-image.c takes it: number of the definition, whole or not, then the state, to be read at 2 s. */
static GByteArray *make_input(uint8_t number, bool whole)
{
    g_autoptr(LoadDef) def = load_def_new(number, NULL, /* with_calendar= */ true);
    g_autoptr(LoadRoom) room = load_room_new(def);
    const uint8_t head[] = {number, whole};
    GByteArray *input = g_byte_array_new();
    size_t length;

    load_room_run(room, 1800 * HV_NS_PER_MS);
    load_room_boot(room);
    load_room_run(room, 200 * HV_NS_PER_MS);
    load_room_settle(room);
    g_autoptr(GBytes) bytes = load_room_write(room, whole);
    const uint8_t *data = g_bytes_get_data(bytes, &length);

    g_byte_array_append(input, head, sizeof(head));
    g_byte_array_append(input, data, (unsigned)length);
    return input;
}

START_TEST(the_corpus_of_the_fuzzer_is_of_the_present_layout)
{
    const char *directory = g_getenv("LPARSIM_TEST_CORPUS");
    g_autofree char *name = g_strdup_printf("%02d-%s", _i / 2, _i % 2 ? "whole" : "part");
    g_autofree char *path = g_build_filename(directory ? directory : CORPUS, name, NULL);
    g_autoptr(GByteArray) input = make_input((uint8_t)(_i / 2), _i % 2);
    g_autofree char *found = NULL;
    size_t length;

    if (g_getenv("LPARSIM_UPDATE_GOLDEN"))
        ck_assert(g_file_set_contents(path, (const char *)input->data, input->len, NULL));
    ck_assert_msg(g_file_get_contents(path, &found, &length, NULL), "%s is not there", path);
    ck_assert_msg(
        length == input->len && memcmp(found, input->data, length) == 0,
        "%s is not what would be written now; LPARSIM_UPDATE_GOLDEN=1 makes it anew", path);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("hv/guest-damage");
    TCase *tcase = tcase_create("damage");
    char *directory = load_def_make_folder();

    g_setenv("LPARSIM_TEST_FOLDER", directory, TRUE);
    if (argc > 1)
        g_setenv("LPARSIM_TEST_CORPUS", argv[1], TRUE);
    tcase_add_loop_test(tcase, an_image_of_another_definition_is_refused, 0, 2);
    tcase_add_loop_test(tcase, damaged_bytes_are_refused_or_are_a_state, 0, 14);
    tcase_add_loop_test(tcase, the_corpus_of_the_fuzzer_is_of_the_present_layout, 0, 14);
    tcase_set_timeout(tcase, 120);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    load_def_remove_folder(directory);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
