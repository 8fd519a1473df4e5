/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The files that a run depends on besides the machine file.
 *
 * Runs that are finished are kept, and must not be taken for runs of a machine whose traces have changed since. Which keys name files is not
 * known here: every word of the text that is the name of a file, or of a folder with files, counts. A word that is one by chance
 * does no harm but that the study begins anew if that file changes.
 */
#include "svp/plan/input-files.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define CHUNK_BYTES 65536

static void add_file(GChecksum *sum, const char *path)
{
    g_autofree guchar *chunk = g_malloc(CHUNK_BYTES);
    FILE *file = fopen(path, "re");
    size_t n;

    while (file && (n = fread(chunk, 1, CHUNK_BYTES, file)) > 0)
        g_checksum_update(sum, chunk, (gssize)n);
    if (file)
        fclose(file);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Its files in the order of their names; folders in it are not looked into. */
static void add_folder(GChecksum *sum, const char *path)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    GDir *folder = g_dir_open(path, 0, NULL);
    const char *name;

    while (folder && (name = g_dir_read_name(folder)))
        g_ptr_array_add(names, g_strdup(name));
    if (folder)
        g_dir_close(folder);
    g_ptr_array_sort(names, compare_names);
    for (unsigned i = 0; i < names->len; i++) {
        g_autofree char *file = g_build_filename(path, g_ptr_array_index(names, i), NULL);

        g_checksum_update(sum, (const guchar *)g_ptr_array_index(names, i), -1);
        if (g_file_test(file, G_FILE_TEST_IS_REGULAR))
            add_file(sum, file);
    }
}

/* Of a file or a folder; NULL if it is neither. */
static const char *digest_of(const char *path, GHashTable *known)
{
    const char *found = g_hash_table_lookup(known, path);
    bool is_file = g_file_test(path, G_FILE_TEST_IS_REGULAR);

    if (found || (!is_file && !g_file_test(path, G_FILE_TEST_IS_DIR)))
        return found;
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

    if (is_file)
        add_file(sum, path);
    else
        add_folder(sum, path);
    char *digest = g_strdup(g_checksum_get_string(sum));

    g_hash_table_insert(known, g_strdup(path), digest);
    return digest;
}

/* "." and "/" are folders that nobody means. */
static bool can_be_name(const char *word)
{
    return word[strspn(word, "./0123456789")] != '\0';
}

char *svp_input_files_digest(const char *machine_text, const char *directory, GHashTable *known)
{
    g_auto(GStrv) words = g_strsplit_set(machine_text, " \t\r\n=;,[]\"", -1);
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    bool any = false;

    for (char **word = words; *word; word++) {
        if (!can_be_name(*word))
            continue;
        g_autofree char *path = g_canonicalize_filename(*word, directory);
        const char *digest = digest_of(path, known);

        if (!digest)
            continue;
        g_checksum_update(sum, (const guchar *)digest, -1);
        any = true;
    }
    return g_strdup(any ? g_checksum_get_string(sum) : "");
}
