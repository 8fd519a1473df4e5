/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Machines and reports for tests: a report as JSON, taken apart by names. */
#include "tests/svp/report-room.h"

#include <check.h>
#include <string.h>

/* Shares, a pool with caps and management time, a second type, an LPAR without work, devices. */
const char report_room_machine[] =
    "[machine]\nips = 1-4:CP;5:IFL\nms = 64M\nchannels = 00-03\ndispatch-cost = 50us\n"
    "[lpar A]\nnumber = 1\nms = 16M\nip-shares = 1:100;2:50\nchannels = 00;01\nworkload = busy; io 80/s\n"
    "[lpar B]\nnumber = 2\nms = 8M\nip-shares = 2:50\nchannels = 02\nworkload = cpu 20%\n"
    "[lpar C]\nnumber = 3\nms = 8M\nweight = 300\nlips = 2\nworkload = cpu 40%\n"
    "[lpar D]\nnumber = 4\nms = 8M\nweight = 100\nlips = 1\ncap = hard\nworkload = busy\n"
    "[lpar E]\nnumber = 5\nms = 4M\nweight = 200\nlips = 1\nip-type = IFL\nworkload = cpu 30%\n"
    "[device DISK]\nnumber = 0190\nchannels = 00;01\nservice-time = 5ms\n";
ConsoleRoom *report_room_new(void)
{
    return console_room_parse(report_room_machine, NULL);
}

json_t *report_room_result(ConsoleRoom *room, const char *line)
{
    json_t *object = console_room_json(room, line);
    json_t *result = json_object_get(object, "result");

    ck_assert_msg(result, "%s: %s", line, console_room_out(room));
    json_incref(result);
    json_decref(object);
    return result;
}

double report_room_number(json_t *object, const char *path)
{
    json_t *value = console_room_at(object, path);

    ck_assert_msg(json_is_number(value), "%s", path);
    return json_number_value(value);
}

const char *report_room_text(json_t *object, const char *path)
{
    const char *value = json_string_value(console_room_at(object, path));

    return value ? value : "";
}

/* The row of an LPAR and a type, by their names. */
json_t *report_room_row(json_t *block, const char *rows, const char *name, const char *type)
{
    json_t *row;
    size_t i;

    json_array_foreach(json_object_get(block, rows), i, row) if (
        strcmp(report_room_text(row, "name"), name) == 0 &&
        strcmp(report_room_text(row, "type"), type) == 0) return row;
    ck_abort_msg("no row %s %s", name, type);
}
