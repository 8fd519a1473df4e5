/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * DISPLAY: each noun is one frame (svp/frames/frames.h), as JSON or for people.
 *
 * Nothing changes by looking, and nothing is refused: what was asked about was understood when the line was parsed.
 */
#include "svp/command-row.h"
#include "svp/console-private.h"
#include "svp/frames/frames.h"
#include "svp/output.h"

#define TRACE_RECORDS_SHOWN 20

/* Every noun is displayed: there is nothing to refuse. */
#define UNUSED_ERROR (void)error

static bool display_storage(
    SvpConsole *console, const SvpCall *call, SvpResult *result, ResmgrStorageKind kind, const char *name)
{
    const ResmgrState *state = svp_console_state(console);
    unsigned lpar = svp_call_lpar(call, "lpar");

    if (result->json)
        json_object_set_new(result->json, name, svp_storage_json(state, kind, lpar));
    else
        svp_storage_frame(result->page, state, kind, lpar);
    return true;
}

SVP_COMMAND_FUNC(display_ms)
{
    UNUSED_ERROR;
    return display_storage(console, call, result, RESMGR_MS, "ms");
}

SVP_COMMAND_FUNC(display_es)
{
    UNUSED_ERROR;
    return display_storage(console, call, result, RESMGR_ES, "es");
}

SVP_COMMAND_FUNC(display_ip)
{
    const ResmgrState *state = svp_console_state(console);
    unsigned lpar = svp_call_lpar(call, "lpar");

    UNUSED_ERROR;
    if (result->json) {
        json_object_set_new(result->json, "ips", svp_ips_json(console->system, state, lpar));
        json_object_set_new(result->json, "pools", svp_pools_json(console->system, lpar));
        return true;
    }
    const SvpMatrixSelection only = {.lpars = {lpar}};

    svp_share_matrix_frame(
        result->page, console->system, state, lpar != 0 ? &only : NULL, "Shares of the IPs, in percent");
    svp_pools_frame(result->page, console->system, lpar);
    return true;
}

SVP_COMMAND_FUNC(display_chp)
{
    const ResmgrState *state = svp_console_state(console);
    unsigned lpar = svp_call_lpar(call, "lpar");

    UNUSED_ERROR;
    if (result->json)
        json_object_set_new(result->json, "channels", svp_channels_json(state, lpar));
    else
        svp_channels_frame(result->page, state, lpar);
    return true;
}

SVP_COMMAND_FUNC(display_lpar)
{
    unsigned lpar = svp_call_lpar(call, "lpar");

    UNUSED_ERROR;
    monitor_system_look(console->system, lpar);
    if (result->json)
        json_object_set_new(result->json, "lpars", svp_lpars_json(console->system, lpar));
    else
        svp_lpars_frame(result->page, console->system, lpar);
    return true;
}

SVP_COMMAND_FUNC(display_task)
{
    unsigned lpar = svp_call_lpar(call, "lpar");

    UNUSED_ERROR;
    if (result->json)
        svp_tasks_json(result->json, console->system, lpar);
    else
        svp_tasks_frame(result->page, console->system, lpar);
    return true;
}

SVP_COMMAND_FUNC(display_usage)
{
    unsigned lpar = svp_call_lpar(call, "lpar");

    UNUSED_ERROR;
    monitor_system_look(console->system, lpar);
    if (result->json)
        svp_usage_json(result->json, console->system, lpar);
    else
        svp_usage_frame(result->page, console->system, lpar);
    return true;
}

static void append_record(const char *text, void *data)
{
    json_array_append_new(data, json_string(text));
}

static void draw_record(const char *text, void *data)
{
    svp_page_printf(data, SVP_STYLE_PLAIN, "  %s\n", text);
}

SVP_COMMAND_FUNC(display_trace)
{
    HvTrace *trace = monitor_system_trace(console->system);
    g_autofree char *digest = hv_trace_digest(trace);
    unsigned count = svp_call_value(call, "count") ? (unsigned)svp_call_number(call, "count")
                                                   : TRACE_RECORDS_SHOWN;

    UNUSED_ERROR;
    if (result->json) {
        json_t *last = json_array();

        hv_trace_foreach_kept(trace, count, append_record, last);
        json_object_set_new(result->json, "digest", json_string(digest));
        json_object_set_new(result->json, "records", json_integer((json_int_t)hv_trace_count(trace)));
        json_object_set_new(result->json, "last", last);
        return true;
    }
    svp_page_title(result->page, "Trace: %" G_GUINT64_FORMAT " records", hv_trace_count(trace));
    svp_page_printf(result->page, SVP_STYLE_PLAIN, "  digest %s\n", digest);
    hv_trace_foreach_kept(trace, count, draw_record, result->page);
    return true;
}

SVP_COMMAND_FUNC(display_log)
{
    unsigned lpar = svp_call_lpar(call, "lpar");

    UNUSED_ERROR;
    if (result->json)
        json_object_set_new(result->json, "log", svp_log_json(console->log, lpar));
    else
        svp_log_frame(result->page, console->log, lpar);
    return true;
}

SVP_COMMAND_FUNC(display_machine)
{
    (void)call;
    UNUSED_ERROR;
    if (result->json)
        json_object_set_new(result->json, "machine", svp_machine_json(console->system));
    else
        svp_machine_frame(result->page, console->system);
    return true;
}

SVP_COMMAND_FUNC(display_device)
{
    unsigned lpar = svp_call_lpar(call, "lpar");

    UNUSED_ERROR;
    if (result->json)
        json_object_set_new(result->json, "devices", svp_devices_json(console->system, lpar));
    else
        svp_devices_frame(result->page, console->system, lpar);
    return true;
}
