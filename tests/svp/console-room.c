/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Consoles for tests: streams in memory, and JSON taken apart by the library that did not write it. */
#include "tests/svp/console-room.h"

#include "svp/machine-file.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static ConsoleRoom *room_new(ResmgrDefinition *definition, const SvpConsoleConfig *config)
{
    ConsoleRoom *room = g_new0(ConsoleRoom, 1);
    SvpConsoleConfig used = config ? *config : (SvpConsoleConfig){.json = true};

    ck_assert_ptr_nonnull(definition);
    room->definition = definition;
    room->system = monitor_system_new(definition, 1);
    room->out = open_memstream(&room->out_text, &room->out_length);
    room->err = open_memstream(&room->err_text, &room->err_length);
    used.out = room->out;
    used.err = room->err;
    if (!used.operator_name)
        used.operator_name = "operator";
    room->console = svp_console_new(room->system, &used);
    return room;
}

ConsoleRoom *console_room_new(const char *machine_path, const SvpConsoleConfig *config)
{
    g_autofree char *path = g_build_filename(SOURCE_ROOT, machine_path, NULL);
    g_autoptr(GPtrArray) problems = NULL;

    return room_new(svp_machine_file_read(path, &problems), config);
}

ConsoleRoom *console_room_parse(const char *machine_text, const SvpConsoleConfig *config)
{
    g_autoptr(GPtrArray) problems = NULL;

    return room_new(svp_machine_file_parse(machine_text, strlen(machine_text), &problems), config);
}

void console_room_free(ConsoleRoom *room)
{
    svp_console_free(room->console);
    monitor_system_free(room->system);
    resmgr_definition_free(room->definition);
    fclose(room->out);
    fclose(room->err);
    free(room->out_text);
    free(room->err_text);
    g_free(room);
}

void console_room_clear(ConsoleRoom *room)
{
    fflush(room->out);
    fflush(room->err);
    room->out_seen = room->out_length;
    room->err_seen = room->err_length;
}

const char *console_room_out(ConsoleRoom *room)
{
    fflush(room->out);
    return room->out_text + room->out_seen;
}

const char *console_room_err(ConsoleRoom *room)
{
    fflush(room->err);
    return room->err_text + room->err_seen;
}

static json_t *last_object(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    unsigned n = g_strv_length(lines);
    json_error_t error;

    ck_assert_msg(n >= 2 && *lines[n - 1] == '\0', "not whole lines: %s", text);
    for (unsigned i = 0; i + 1 < n; i++) {
        json_t *object = json_loads(lines[i], JSON_REJECT_DUPLICATES, &error);

        ck_assert_msg(json_is_object(object), "no JSON object: %s", lines[i]);
        if (i + 2 == n)
            return object;
        json_decref(object);
    }
    return NULL;
}

json_t *console_room_json(ConsoleRoom *room, const char *line)
{
    console_room_clear(room);
    bool done = svp_console_line(room->console, line, "test");

    json_t *object = last_object(console_room_out(room));
    bool queued_refused = json_integer_value(console_room_at(object, "result.queued_refused")) > 0 ||
                          json_integer_value(console_room_at(object, "result.jobs_failed")) > 0;

    ck_assert_msg(
        done == (json_is_true(json_object_get(object, "ok")) && !queued_refused), "%s: %s", line,
        room->out_text);
    ck_assert(json_is_string(json_object_get(object, "command")));
    ck_assert(json_is_real(json_object_get(object, "at_s")));
    return object;
}

void console_room_give(ConsoleRoom *room, const char *const *lines)
{
    for (unsigned i = 0; lines[i]; i++)
        if (!svp_console_line(room->console, lines[i], "test"))
            ck_abort_msg("%s was refused: %s%s", lines[i], console_room_out(room), console_room_err(room));
}

char *console_room_refusal(ConsoleRoom *room, const char *line)
{
    json_t *object = console_room_json(room, line);
    const char *id = json_string_value(console_room_at(object, "error.id"));
    char *copy = g_strdup(id ? id : "");

    json_decref(object);
    return copy;
}

json_t *console_room_at(json_t *object, const char *path)
{
    g_auto(GStrv) names = g_strsplit(path, ".", -1);

    for (unsigned i = 0; object && names[i]; i++)
        object = json_is_array(object) ? json_array_get(object, (size_t)atoi(names[i]))
                                       : json_object_get(object, names[i]);
    return object;
}
