/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The reference of the machine file as Markdown: one table per group, one line per key, straight from the table that
 * reads the files. docs/machine-file.md holds exactly this text between two marks, and a test compares them.
 * Nothing is said here that the table does not say.
 */
#include "svp/machine-file-keys.h"

#include "svp/machine-file.h"

static void append_key(GString *text, const SvpFileKey *key)
{
    const char *otherwise = key->required ? "must be given" : key->otherwise;

    g_assert(otherwise && key->values && key->meaning && key->example);
    g_string_append_printf(
        text, "| `%s` | %s | %s | %s | `%s = %s` |\n", key->name, key->values, otherwise, key->meaning,
        key->name, key->example);
}

static void append_kind(GString *text, const SvpFileKindRow *row)
{
    g_string_append_printf(text, "### `%s`\n\n%s\n\n", row->title, row->about);
    g_string_append(
        text, "| key | values | if not given | meaning | example |\n| --- | --- | --- | --- | --- |\n");
    for (unsigned i = 0; i < row->n_keys; i++)
        append_key(text, &row->keys[i]);
}

char *svp_machine_file_reference(void)
{
    GString *text = g_string_new(NULL);

    for (SvpFileKind kind = 0; kind < SVP_FILE_KINDS; kind++) {
        if (kind > 0)
            g_string_append_c(text, '\n');
        append_kind(text, svp_file_kind(kind));
    }
    return g_string_free(text, FALSE);
}
