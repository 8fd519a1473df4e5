/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as a script for the console, on a machine with shares, a pool, ES, devices and lists of candidates.
 *
 * Whatever comes, each line that is no comment gives exactly one JSON object (RUN those of queued commands before it), the object
 * says "ok" or has an error with an id of the catalogue, and nothing in it could control a terminal. Every word can be
 * completed. The first byte chooses whether frames are drawn for people instead; then only what must never be written is
 * looked for.
 */
#include "svp/command-parse.h"
#include "svp/machine-file.h"
#include "svp/message.h"
#include "svp/script.h"
#include "tests/fuzz/fuzz.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define LINES_MAX  25
#define RUN_MAX_NS (1 * HV_NS_PER_S) /* a longer RUN is skipped: it could take hours */

static const char machine_text[] =
    "[machine]\nips = 1-3:CP;4-5:IFL\nms = 64M\nes = 16M\nchannels = 00-07\ndispatch-cost = 10us\n"
    "[lpar A]\nnumber = 1\nms = 16M\nms-reserved = 32M\nes = 4M\nip-shares = 1:100;2:50\nchannels = 00;01\n"
    "workload = busy; write 4M/s; io 20/s\n"
    "[lpar B]\nnumber = 2\nms = 8M\nms-origin = 32M\nip-shares = 2:50;3:50\nchannels = 02;03\nworkload = cpu "
    "30%\n"
    "[lpar C]\nnumber = 3\nms = 16M\nms-origin = 16M\nes = 4M\nip-shares = 3:50\nchannels = 04\nrelocatable "
    "= no\n"
    "[lpar D]\nnumber = 4\nms = 4M\nweight = 100\nlips = 2\nip-type = IFL\nworkload = busy\n"
    "[lpar E]\nnumber = 5\nms = 4M\nms-reserved = 8M\nweight = 200\nlips = 1\nip-type = IFL\nworkload = "
    "busy\n"
    "[channel 02]\ncandidates = A;B\n[channel 06]\nmode = shared\naccess = A;D\n"
    "[device DISK]\nnumber = 0190\nchannels = 00;01\nservice-time = 5ms\n";

/* Commands that would take long, or write without end. */
static bool is_skipped(const ResmgrState *state, const char *line)
{
    g_autoptr(SvpCall) call = svp_command_is_blank(line) ? NULL : svp_command_parse(state, line, NULL, NULL);
    const SvpValue *duration = call ? svp_call_value(call, "duration") : NULL;

    return duration && duration->number > RUN_MAX_NS;
}

static void check_object(const char *line)
{
    json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, NULL),
           *error = json_object_get(object, "error");

    g_assert(json_is_object(object) && json_is_string(json_object_get(object, "command")));
    g_assert(json_is_real(json_object_get(object, "at_s")));
    g_assert(json_is_true(json_object_get(object, "ok")) == (error == NULL));
    g_assert((json_object_get(object, "result") != NULL) == (error == NULL));
    if (error) {
        const char *id = json_string_value(json_object_get(error, "id"));

        g_assert(id && strlen(id) == 7 && svp_message_find(atoi(id + 3)));
        g_assert(json_is_string(json_object_get(error, "reason")));
    }
    json_decref(object);
}

/* What was written for one line: one object; for RUN those of queued commands before it. */
static void check_json(const char *text, bool is_blank, bool may_have_many)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    unsigned n = *text ? g_strv_length(lines) - 1 : 0;

    g_assert(!*text || *lines[n] == '\0');
    g_assert(is_blank ? n == 0 : may_have_many ? n >= 1 : n == 1);
    for (unsigned i = 0; i < n; i++)
        check_object(lines[i]);
}

static void check_plain(const char *text)
{
    for (const char *p = text; *p; p++)
        g_assert(*p == '\n' || ((unsigned char)*p >= 0x20 && (unsigned char)*p < 0x7F));
}

static void
give_line(SvpConsole *console, MonitorSystem *system, const char *line, FILE *out, char **text, bool json)
{
    long before = (fflush(out), ftell(out));
    g_auto(GStrv) candidates = svp_console_complete(console, line, strlen(line));

    g_assert(!candidates || candidates[0]);
    if (is_skipped(monitor_system_state(system), line))
        return;
    svp_console_line(console, line, "fuzz");
    fflush(out);
    if (json)
        check_json(
            *text + before, svp_command_is_blank(line), strchr("rR", line[strspn(line, " \t\r\n")]) != NULL);
    else
        check_plain(*text + before);
}

static void play(const uint8_t *data, size_t size, bool json)
{
    g_autoptr(GPtrArray) problems = NULL;
    g_autoptr(ResmgrDefinition)
        definition = svp_machine_file_parse(machine_text, strlen(machine_text), &problems);
    g_autoptr(MonitorSystem) system = monitor_system_new(definition, 1);
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length), *err = fopen("/dev/null", "w");
    FILE *script = size > 0 ? fmemopen((void *)(uintptr_t)data, size, "r") : NULL;
    const SvpConsoleConfig config = {
        .out = out,
        .err = err,
        .json = json,
        .ascii = true,
        .width = 80,
        .no_files = true,
        .operator_name = "fuzz"};
    SvpConsole *console = svp_console_new(system, &config);

    for (unsigned i = 0; script && i < LINES_MAX && !svp_console_quit(console); i++) {
        g_autofree char *line = svp_script_line(script);

        if (!line)
            break;
        give_line(console, system, line, out, &text, json);
    }
    svp_console_free(console);
    g_clear_pointer(&script, fclose);
    fclose(out);
    fclose(err);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0)
        play(data + 1, size - 1, data[0] % 2 == 0);
    return 0;
}
