/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Receivers as files, in a folder or on a tape: JRN00001.jrn, lines of JSON, closed by the SHA-256 of the lines before (svp/operations/journal.c writes the text).
 *
 * A file is taken as a whole or not at all: the hash first, then that the entries are those that the head announces, without a gap. Whether it fits to what was applied
 * before is for whoever applies it.
 */
#include "svp/operations/journal-file.h"

#include "hv/digest.h"
#include "hv/folder.h"
#include "svp/error.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#define SUFFIX        ".jrn"
#define CLOSING_BEGIN "{\"sha256\":\""
#define HASH_LENGTH   64u

char *svp_journal_file_name(const char *receiver)
{
    return g_strconcat(receiver, SUFFIX, NULL);
}

char *svp_journal_file_path(const char *folder, const char *receiver)
{
    g_autofree char *name = svp_journal_file_name(receiver);

    return g_build_filename(folder, name, NULL);
}

bool svp_journal_file_write(const char *folder, const char *receiver, GBytes *text, GError **error)
{
    gsize length;
    const char *bytes = g_bytes_get_data(text, &length);
    g_autofree char *path = svp_journal_file_path(folder, receiver), *name = g_path_get_basename(path);

    if (hv_folder_make(folder) && hv_folder_put(folder, name, bytes, length))
        return true;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_FILE, "%s cannot be written: %s\nName a folder that can be written", path,
        g_strerror(errno));
    return false;
}

void svp_journal_file_free(SvpJournalFile *file)
{
    if (!file)
        return;
    g_free(file->receiver);
    g_free(file->machine);
    g_free(file->previous);
    g_free(file->sha256);
    json_decref(file->entries);
    g_free(file);
}

/* --- Reading -------------------------------------------------------------------------------------------- */

static bool refuse(const char *path, const char *why, GError **error)
{
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_JOURNAL_FILE, "%s %s\nSave the receiver again; nothing has been applied",
        path, why);
    return false;
}

/* Cuts the closing line off and compares it with what stands before; *ret_hash is in the text. */
static bool check_hash(const char *path, char *text, const char **ret_hash, GError **error)
{
    size_t length = strlen(text), closing = strlen(CLOSING_BEGIN) + HASH_LENGTH + strlen("\"}\n");
    char *line = length >= closing ? text + length - closing : NULL;

    if (!line || !g_str_has_prefix(line, CLOSING_BEGIN) || strcmp(text + length - 3, "\"}\n") != 0 ||
        (line > text && line[-1] != '\n'))
        return refuse(path, "does not end as a saved journal does", error);
    g_autofree char *found = hv_digest_of(text, (size_t)(line - text));
    char *hash = line + strlen(CLOSING_BEGIN);

    *line = '\0';
    hash[HASH_LENGTH] = '\0';
    if (strcmp(found, hash) != 0)
        return refuse(path, "is not as it was written: its hash is another", error);
    *ret_hash = hash;
    return true;
}

static bool read_head(SvpJournalFile *file, const json_t *head)
{
    json_t *root = (json_t *)(guintptr)head;
    const char *receiver, *machine, *previous;
    json_int_t version, first, last;

    if (json_unpack(
            root, "{s:I, s:s, s:s, s:I, s:I, s:s}", "lparsim-journal", &version, "machine", &machine,
            "receiver", &receiver, "first", &first, "last", &last, "previous", &previous) != 0 ||
        version != 1 || first < 1 || last < first)
        return false;
    file->receiver = g_strdup(receiver);
    file->machine = g_strdup(machine);
    file->previous = g_strdup(previous);
    file->first = (uint64_t)first;
    file->last = (uint64_t)last;
    return true;
}

static bool read_entries(SvpJournalFile *file, char *const *lines)
{
    for (uint64_t number = file->first; number <= file->last; number++, lines++) {
        json_t *entry = *lines ? json_loads(*lines, JSON_REJECT_DUPLICATES, NULL) : NULL;
        bool is_next = (uint64_t)json_integer_value(json_object_get(entry, "number")) == number &&
                       json_is_string(json_object_get(entry, "command")) &&
                       json_is_integer(json_object_get(entry, "at_ns"));

        if (!is_next) {
            json_decref(entry);
            return false;
        }
        json_array_append_new(file->entries, entry);
    }
    return lines[0] && !*lines[0]; /* nothing behind the last line */
}

SvpJournalFile *svp_journal_file_read(const char *path, GError **error)
{
    g_autoptr(GError) failure = NULL;
    g_autofree char *bytes = NULL;
    gsize length;

    if (g_file_get_contents(path, &bytes, &length, &failure))
        return svp_journal_file_parse(path, bytes, length, error);
    refuse(path, failure->message, error);
    return NULL;
}

SvpJournalFile *svp_journal_file_parse(const char *path, const char *bytes, size_t length, GError **error)
{
    g_autoptr(SvpJournalFile) file = g_new0(SvpJournalFile, 1);
    g_autofree char *text = g_strndup(bytes, length);
    const char *hash;

    file->entries = json_array();
    if (strlen(text) != length) {
        refuse(path, "is no text", error);
        return NULL;
    }
    if (!check_hash(path, text, &hash, error))
        return NULL;
    file->sha256 = g_strdup(hash);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    json_t *head = json_loads(lines[0] ? lines[0] : "", JSON_REJECT_DUPLICATES, NULL);
    bool understood = head && read_head(file, head) && read_entries(file, lines + 1);

    json_decref(head);
    if (!understood) {
        refuse(path, "is no saved journal of this version", error);
        return NULL;
    }
    return g_steal_pointer(&file);
}

/* --- A folder ------------------------------------------------------------------------------------------- */

static gint by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static GPtrArray *list_names(const char *folder, GError **error)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);

    for (const char *name; dir && (name = g_dir_read_name(dir));)
        if (g_str_has_suffix(name, SUFFIX))
            g_ptr_array_add(names, g_strdup(name));
    if (names->len == 0) {
        refuse(folder, dir ? "has no saved journals in it" : "is no folder that can be read", error);
        g_ptr_array_unref(names);
        return NULL;
    }
    g_ptr_array_sort(names, by_name);
    return names;
}

GPtrArray *svp_journal_files_read(const char *folder, GError **error)
{
    g_autoptr(GPtrArray) names = list_names(folder, error);
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func((GDestroyNotify)svp_journal_file_free);

    for (unsigned i = 0; names && i < names->len; i++) {
        g_autofree char *path = g_build_filename(folder, g_ptr_array_index(names, i), NULL);
        SvpJournalFile *file = svp_journal_file_read(path, error);

        if (!file)
            return NULL;
        g_ptr_array_add(files, file);
    }
    return names ? g_steal_pointer(&files) : NULL;
}
