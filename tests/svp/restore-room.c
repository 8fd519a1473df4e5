/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the tests of RESTORE and CLONE have in common: a machine, looks at results, and folders for tapes.
 *
 * ck_refused() gives a line and says which message it must be refused with, "" if it must be carried out; the others look at what was printed.
 */
#include "tests/svp/restore-room.h"

#include <check.h>
#include <glib/gstdio.h>
#include <string.h>

const char restore_room_pool[] = "[machine]\nname = POOL\nips = 4\nms = 256M\nchannels = 00-05\n"
                                 "[channel 04]\nmode = shared\naccess = A;B\n"
                                 "[lpar A]\nnumber = 1\nms = 64M\nms-reserved = 64M\nweight = 300\nlips = 3\n"
                                 "channels = 00\nworkload = busy\n"
                                 "[lpar B]\nnumber = 2\nms = 64M\nweight = 100\nlips = 2\nchannels = 01\n"
                                 "workload = busy; write 1M/s 4M\n";

const char *restore_room_text(json_t *object, const char *path)
{
    const char *text = json_string_value(console_room_at(object, path));

    return text ? text : "";
}

double restore_room_number(json_t *object, const char *path)
{
    return json_number_value(console_room_at(object, path));
}

void ck_refused(ConsoleRoom *room, const char *line, const char *id)
{
    g_autofree char *found = console_room_refusal(room, line);

    ck_assert_msg(strcmp(found, id) == 0, "%s: \"%s\" instead of %s", line, found, id);
}

char *restore_room_digest(ConsoleRoom *room, const char *lpar)
{
    g_autofree char *line = g_strdup_printf("GUEST %s,VERIFY", lpar);
    json_t *object = console_room_json(room, line);
    char *digest = g_strdup(restore_room_text(object, "result.digest"));

    ck_assert(json_is_true(console_room_at(object, "result.verified")));
    json_decref(object);
    return digest;
}

void restore_room_remove(const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *file = g_build_filename(path, name, NULL);

        if (g_file_test(file, G_FILE_TEST_IS_DIR))
            restore_room_remove(file);
        else
            g_unlink(file);
    }
    if (dir)
        g_dir_close(dir);
    g_rmdir(path);
}
