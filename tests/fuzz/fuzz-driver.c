/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs a fuzzer without a fuzzing engine, so that under every compiler it is an ordinary test: first each file of
 * its corpus, with all that was ever found and mended, then inputs made from them.
 *
 *     run-fuzz-NAME CORPUS [MUTATIONS [FIRST]]
 *
 * Mutation number N is the same on every machine. Each input is announced before it is run: the last line of the
 * output names the one that failed, and `run-fuzz-NAME CORPUS 1 N` runs mutation N alone.
 *
 * A new fuzzer, of the command line say, is a file fuzz-NAME.c with LLVMFuzzerTestOneInput(), a folder
 * corpus/fuzz-NAME/ of inputs to begin with, and a row in meson.build.
 */
#include "hv/rng.h"
#include "tests/fuzz/fuzz.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_MAX 65536

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The paths of the files in a folder, by name, whatever order the folder has. */
static GPtrArray *list_files(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);

    for (const char *name; dir && (name = g_dir_read_name(dir));)
        g_ptr_array_add(paths, g_build_filename(folder, name, NULL));
    g_ptr_array_sort(paths, compare_names);
    return paths;
}

/* The files' content: GBytes, in the order of `paths`. NULL if one cannot be read. */
static GPtrArray *load_files(const GPtrArray *paths)
{
    g_autoptr(GPtrArray) inputs = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);

    for (unsigned i = 0; i < paths->len; i++) {
        g_autoptr(GError) error = NULL;
        char *data = NULL;
        size_t size;
        if (!g_file_get_contents(g_ptr_array_index(paths, i), &data, &size, &error)) {
            fprintf(stderr, "%s\n", error->message);
            return NULL;
        }
        g_ptr_array_add(inputs, g_bytes_new_take(data, size));
    }
    return g_steal_pointer(&inputs);
}

static void run(const uint8_t *data, size_t size)
{
    g_autofree uint8_t *copy = g_malloc(MAX(size, 1)); /* of exactly its size: reading behind it is found */

    if (size > 0)
        memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
}

/* --- Mutations ------------------------------------------------------------------------------------------ */

static GBytes *pick(const GPtrArray *inputs, HvRng *rng)
{
    return g_ptr_array_index(inputs, hv_rng_below(rng, inputs->len));
}

/* A stretch of [0, length): often short, sometimes up to all of it. */
static void draw_stretch(HvRng *rng, size_t length, size_t *ret_start, size_t *ret_length)
{
    size_t limit = hv_rng_below(rng, 4) == 0 ? length : MIN(length, 12);

    *ret_start = hv_rng_below(rng, length + 1);
    size_t wanted = hv_rng_below(rng, limit + 1);

    *ret_length = MIN(wanted, length - *ret_start);
}

static void change_byte(GByteArray *input, HvRng *rng)
{
    static const uint8_t telling[] = {0, '\n', ' ', '#', ';', '=', '[', ']', '-', ':', '0', '9', 0x7F, 0xFF};
    size_t at = hv_rng_below(rng, input->len);

    if (hv_rng_below(rng, 2) == 0)
        input->data[at] = telling[hv_rng_below(rng, sizeof telling)];
    else
        input->data[at] ^= (uint8_t)(1u << hv_rng_below(rng, 8));
}

static void delete_stretch(GByteArray *input, HvRng *rng)
{
    size_t start, length;

    draw_stretch(rng, input->len, &start, &length);
    g_byte_array_remove_range(input, (unsigned)start, (unsigned)length);
}

/* Copies a stretch of any input, this one perhaps, to somewhere else. */
static void insert_stretch(GByteArray *input, const GPtrArray *inputs, HvRng *rng)
{
    size_t size, start, length;
    const uint8_t *from = g_bytes_get_data(pick(inputs, rng), &size);

    draw_stretch(rng, size, &start, &length);
    if (length == 0 || input->len + length > INPUT_MAX)
        return;
    if (input->len == 0) {
        g_byte_array_append(input, from + start, (unsigned)length);
        return;
    }
    size_t at = hv_rng_below(rng, input->len + 1);
    g_autofree uint8_t *tail = g_memdup2(input->data + at, input->len - at);
    size_t tail_length = input->len - at;

    g_byte_array_set_size(input, (unsigned)at);
    g_byte_array_append(input, from + start, (unsigned)length);
    g_byte_array_append(input, tail, (unsigned)tail_length);
}

/* One to eight changes to one of the inputs; free with g_byte_array_unref(). */
static GByteArray *mutate(const GPtrArray *inputs, uint64_t number)
{
    HvRng rng;
    GByteArray *input = g_byte_array_new();
    size_t size;

    hv_rng_init(&rng, number, "mutation");
    const uint8_t *data = g_bytes_get_data(pick(inputs, &rng), &size);

    g_byte_array_append(input, data, (unsigned)MIN(size, INPUT_MAX));
    for (uint64_t changes = 1 + hv_rng_below(&rng, 8); changes > 0; changes--) {
        uint64_t kind = input->len == 0 ? 2 : hv_rng_below(&rng, 4);
        if (kind == 0)
            change_byte(input, &rng);
        else if (kind == 1)
            delete_stretch(input, &rng);
        else
            insert_stretch(input, inputs, &rng);
    }
    return input;
}

static void announce(const char *what)
{
    printf("%s\n", what);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    g_autoptr(GPtrArray) paths = argc >= 2 ? list_files(argv[1]) : NULL;
    g_autoptr(GPtrArray) inputs = paths ? load_files(paths) : NULL;
    uint64_t n_mutations = argc >= 3 ? g_ascii_strtoull(argv[2], NULL, 10) : 0;
    uint64_t first = argc >= 4 ? g_ascii_strtoull(argv[3], NULL, 10) : 1;

    g_log_set_always_fatal(G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);
    if (!inputs || inputs->len == 0) {
        fprintf(stderr, "usage: %s CORPUS [MUTATIONS [FIRST]]: no inputs\n", argv[0]);
        return 2;
    }
    for (unsigned i = 0; i < inputs->len && argc < 4; i++) {
        size_t size;
        const uint8_t *data = g_bytes_get_data(g_ptr_array_index(inputs, i), &size);
        announce(g_ptr_array_index(paths, i));
        run(data, size);
    }
    for (uint64_t number = first; number < first + n_mutations; number++) {
        g_autoptr(GByteArray) input = mutate(inputs, number);
        g_autofree char *name = g_strdup_printf("mutation %" PRIu64, number);
        announce(name);
        run(input->data, input->len);
    }
    return 0;
}
