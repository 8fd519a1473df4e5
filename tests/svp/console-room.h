/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_TESTS_SVP_CONSOLE_ROOM_H
#define LPARSIM_TESTS_SVP_CONSOLE_ROOM_H

#include "svp/console.h"

#include <jansson.h>

/* A console on a machine of a text, whose results can be looked at. */
typedef struct {
    ResmgrDefinition *definition;
    MonitorSystem *system;
    SvpConsole *console;
    FILE *out, *err;
    char *out_text, *err_text; /* all that was written, once flushed */
    size_t out_length, err_length;
    size_t out_seen, err_seen; /* what of it was there at the last console_room_clear() */
} ConsoleRoom;

/* The machine is a file of the source tree, "examples/patent.ini". `config` without streams; NULL: JSON. */
ConsoleRoom *console_room_new(const char *machine_path, const SvpConsoleConfig *config);
ConsoleRoom *console_room_parse(const char *machine_text, const SvpConsoleConfig *config);
void console_room_free(ConsoleRoom *room);
void console_room_clear(ConsoleRoom *room);
/* What was written since then; the room's, until something is written. */
const char *console_room_out(ConsoleRoom *room);
const char *console_room_err(ConsoleRoom *room);
/* Gives one line and returns the last JSON object that it gave (the test fails if there is none or it is no JSON). */
json_t *console_room_json(ConsoleRoom *room, const char *line);
/* Gives lines, one after the other; each must be carried out. */
void console_room_give(ConsoleRoom *room, const char *const *lines);
/* The id of the message with which the line is refused, or "" if it is carried out; free with g_free(). */
char *console_room_refusal(ConsoleRoom *room, const char *line);
/* The value at a path of names and indices, "result.ms.areas.0.lpar"; NULL if it is not there. Not owned. */
json_t *console_room_at(json_t *object, const char *path);

#endif
