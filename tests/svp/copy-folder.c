/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Folders with copies of snapshots, looked at from outside: the label is read as plain JSON, files are counted by their sizes. So what the program
 * says of its copies is compared with what there is.
 */
#include "tests/svp/copy-folder.h"

#include <glib/gstdio.h>
#include <jansson.h>

unsigned copy_folder_count(const char *folder, const char *group)
{
    g_autofree char *path = g_build_filename(folder, group, "VOLUME.json", NULL);
    json_t *label = json_load_file(path, 0, NULL), *save;
    unsigned n = 0;
    size_t i;

    json_array_foreach(json_object_get(label, "saves"), i, save)
        n += !json_is_true(json_object_get(save, "dropped"));
    json_decref(label);
    return n;
}

uint64_t copy_folder_bytes(const char *folder, const char *group)
{
    g_autofree char *path = g_build_filename(folder, group, NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;
    uint64_t bytes = 0;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *file = g_build_filename(path, name, NULL);
        GStatBuf about;

        bytes += g_stat(file, &about) == 0 ? (uint64_t)about.st_size : 0;
    }
    return bytes;
}

void remove_tree(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *below = g_build_filename(path, name, NULL);

        remove_tree(below);
    }
    g_remove(path);
}
