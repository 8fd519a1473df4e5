/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The runs that are finished, on disk.
 *
 * While a study goes on the file is only appended to, one whole line with one write(2), and brought to the disk every second or so. A
 * crash can tear the last line and nothing else; it is cut off at the next start. At the end the file is replaced by one with the
 * lines in the order of the study, so it no longer tells in which order threads finished, or how often the study was interrupted.
 *
 * A run that has just been finished is parsed from the very text that is written: whoever takes it from here gets the same numbers
 * as one who reads the file later. Seventeen digits bring every double back.
 */
#include "svp/plan/run-store.h"

#include "svp/error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define FILE_NAME     "runs.jsonl"
#define SYNC_EVERY_US G_USEC_PER_SEC

struct SvpRunStore {
    char *path;
    int fd;
    GHashTable *runs; /* key -> json_t *, the whole line */
    gint64 synced_us;
};

static bool refuse(const char *path, const char *what, int why, GError **error)
{
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_FILE, "%s cannot be %s: %s\nLook at the path and its permissions", path,
        what, g_strerror(why));
    return false;
}

static void line_free(void *data)
{
    json_decref(data);
}

/* --- Reading -------------------------------------------------------------------------------------------- */

static bool is_run(const json_t *line)
{
    return json_is_string(json_object_get(line, "key")) &&
           json_is_string(json_object_get(line, "alternative")) &&
           json_is_integer(json_object_get(line, "replication")) &&
           json_is_object(json_object_get(line, "run"));
}

/* Calls func for every line that is a run; returns how many bytes from the beginning are whole lines. */
static size_t
for_each_line(const char *text, size_t length, void (*func)(json_t *line, void *data), void *data)
{
    size_t at = 0;

    for (;;) {
        const char *newline = memchr(text + at, '\n', length - at);

        if (!newline)
            return at;
        size_t size = (size_t)(newline - (text + at));
        json_t *line = json_loadb(text + at, size, 0, NULL);

        if (is_run(line))
            func(line, data);
        json_decref(line);
        at += size + 1;
    }
}

static void keep(json_t *line, void *data)
{
    SvpRunStore *store = data;

    g_hash_table_replace(
        store->runs, g_strdup(json_string_value(json_object_get(line, "key"))), json_incref(line));
}

static bool load(SvpRunStore *store, GError **error)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) why = NULL;
    gsize length;

    if (!g_file_get_contents(store->path, &text, &length, &why)) {
        g_set_error(error, SVP_ERROR, SVP_ERROR_FILE, "%s\nLook at its permissions", why->message);
        return false;
    }
    size_t whole = for_each_line(text, length, keep, store);

    if (whole < length && ftruncate(store->fd, (off_t)whole) != 0)
        return refuse(store->path, "shortened", errno, error);
    return true;
}

/* --- Opening and closing -------------------------------------------------------------------------------- */

static bool take(SvpRunStore *store, GError **error)
{
    store->fd = open(store->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (store->fd < 0)
        return refuse(store->path, "opened", errno, error);
    if (flock(store->fd, LOCK_EX | LOCK_NB) == 0)
        return true;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_FILE,
        "%s belongs to a study that is under way\nWait for its end, or give another directory", store->path);
    return false;
}

SvpRunStore *svp_run_store_open(const char *directory, GError **error)
{
    g_autoptr(SvpRunStore) store = g_new0(SvpRunStore, 1);

    store->path = g_build_filename(directory, FILE_NAME, NULL);
    store->fd = -1;
    store->runs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, line_free);
    store->synced_us = g_get_monotonic_time();
    if (g_mkdir_with_parents(directory, 0777) != 0) {
        refuse(directory, "made", errno, error);
        return NULL;
    }
    return take(store, error) && load(store, error) ? g_steal_pointer(&store) : NULL;
}

void svp_run_store_close(SvpRunStore *store)
{
    if (!store)
        return;
    if (store->fd >= 0) {
        fsync(store->fd);
        close(store->fd);
    }
    g_hash_table_unref(store->runs);
    g_free(store->path);
    g_free(store);
}

/* --- Runs ----------------------------------------------------------------------------------------------- */

const json_t *svp_run_store_find(const SvpRunStore *store, const char *key)
{
    return json_object_get(g_hash_table_lookup(store->runs, key), "run");
}

unsigned svp_run_store_length(const SvpRunStore *store)
{
    return g_hash_table_size(store->runs);
}

static json_t *make_line(const char *key, const char *alternative, unsigned replication, json_t *run)
{
    json_t *line = json_object();

    json_object_set_new(line, "key", json_string(key));
    json_object_set_new(line, "alternative", json_string(alternative));
    json_object_set_new(line, "replication", json_integer(replication));
    json_object_set(line, "run", run);
    return line;
}

static void append_line(GString *text, const json_t *line)
{
    char *dumped = json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(17));

    g_string_append_printf(text, "%s\n", dumped);
    free(dumped);
}

static bool write_all(int fd, const GString *text)
{
    for (gsize at = 0; at < text->len;) {
        ssize_t n = write(fd, text->str + at, text->len - at);

        if (n < 0 && errno != EINTR)
            return false;
        at += n > 0 ? (gsize)n : 0;
    }
    return true;
}

static void sync_sometimes(SvpRunStore *store)
{
    if (g_get_monotonic_time() - store->synced_us < SYNC_EVERY_US)
        return;
    fdatasync(store->fd);
    store->synced_us = g_get_monotonic_time();
}

const json_t *svp_run_store_add(
    SvpRunStore *store, const char *key, const char *alternative, unsigned replication, const char *run_text,
    GError **error)
{
    json_t *run = json_loads(run_text, 0, NULL);

    g_assert(run);
    json_t *line = make_line(key, alternative, replication, run);
    g_autoptr(GString) text = g_string_new(NULL);

    json_decref(run);
    append_line(text, line);
    keep(line, store);
    json_decref(line);
    if (!write_all(store->fd, text)) {
        refuse(store->path, "written", errno, error);
        return NULL;
    }
    sync_sometimes(store);
    return svp_run_store_find(store, key);
}

bool svp_run_store_settle(
    SvpRunStore *store, const GPtrArray *keys, const GPtrArray *alternatives, const GArray *replications,
    GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GError) why = NULL;

    for (unsigned i = 0; i < keys->len; i++) {
        const char *key = g_ptr_array_index(keys, i);
        json_t *run = json_object_get(g_hash_table_lookup(store->runs, key), "run");

        g_assert(run);
        json_t *line =
            make_line(key, g_ptr_array_index(alternatives, i), g_array_index(replications, unsigned, i), run);

        append_line(text, line);
        json_decref(line);
    }
    if (g_file_set_contents_full(
            store->path, text->str, (gssize)text->len, G_FILE_SET_CONTENTS_CONSISTENT, 0666, &why))
        return true;
    g_set_error(error, SVP_ERROR, SVP_ERROR_FILE, "%s\nLook at its permissions", why->message);
    return false;
}

static void collect(json_t *line, void *data)
{
    json_array_append(data, line);
}

json_t *svp_run_store_read(const char *directory, GError **error)
{
    g_autofree char *path = g_build_filename(directory, FILE_NAME, NULL), *text = NULL;
    g_autoptr(GError) why = NULL;
    json_t *lines = json_array();
    gsize length;

    if (g_file_get_contents(path, &text, &length, &why)) {
        for_each_line(text, length, collect, lines);
        return lines;
    }
    json_decref(lines);
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_FILE, "%s\nName a directory that a study was written to", why->message);
    return NULL;
}
