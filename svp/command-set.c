/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SET: switches of the machine and of the simulation.
 *
 * Each says what holds from now on. SET TRACE is the console's own; the others are passed on to the machine.
 */
#include "monitor/history.h"
#include "svp/command-row.h"
#include "svp/console-private.h"
#include "svp/error.h"
#include "svp/output.h"

static bool is_on(const SvpCall *call)
{
    return g_str_equal(svp_call_word(call, "ON|OFF"), "ON");
}

SVP_COMMAND_FUNC(set_fault)
{
    if (!monitor_system_set_fault(console->system, svp_call_word(call, "point"), error))
        return false;
    const char *fault = monitor_system_fault(console->system);

    if (result->json)
        json_object_set_new(result->json, "fault", fault ? json_string(fault) : json_null());
    else if (fault)
        svp_page_printf(
            result->page, SVP_STYLE_NOTABLE, "The next %s fails at %s.\n",
            *fault == '3' ? "RESTORE" : "INTEG", fault);
    else
        svp_page_add(result->page, SVP_STYLE_GOOD, "No step of INTEG is made to fail.\n");
    return true;
}

SVP_COMMAND_FUNC(set_reserved)
{
    ResmgrStorageKind kind = svp_call_word(call, "ES") ? RESMGR_ES : RESMGR_MS;
    unsigned number = svp_call_lpar(call, "lpar");
    uint64_t size_bytes = svp_call_number(call, "size");

    if (!monitor_system_declare_reserved(console->system, number, kind, size_bytes, error))
        return false;
    const char *name = resmgr_state_lpar(svp_console_state(console), number)->name;
    g_autofree char *size = hv_quantity_format_size(size_bytes);

    if (result->json) {
        json_object_set_new(result->json, "lpar", json_string(name));
        json_object_set_new(result->json, "storage", json_string(kind == RESMGR_MS ? "ms" : "es"));
        json_object_set_new(result->json, "reserved_next_mib", svp_json_mib(size_bytes));
        return true;
    }
    svp_page_printf(
        result->page, SVP_STYLE_GOOD, "At its next LOAD %s declares %s of reserved %s.\n", name, size,
        resmgr_storage_kind_name(kind));
    return true;
}

SVP_COMMAND_FUNC(set_patience)
{
    HvTime patience_ns = svp_call_number(call, "duration");
    g_autofree char *text = svp_text_duration(patience_ns);

    (void)error;
    monitor_system_set_patience(console->system, patience_ns);
    if (result->json)
        json_object_set_new(result->json, "patience_s", svp_json_seconds(patience_ns));
    else
        svp_page_printf(
            result->page, SVP_STYLE_GOOD, "libvirt and real guests have %s for one thing.\n", text);
    return true;
}

SVP_COMMAND_FUNC(set_usage)
{
    (void)call;
    (void)error;
    monitor_system_look(console->system, 0);
    monitor_system_usage_reset(console->system);
    if (result->json)
        json_object_set_new(result->json, "usage", json_string("reset"));
    else
        svp_page_add(result->page, SVP_STYLE_GOOD, "Usage is measured from now on.\n");
    return true;
}

SVP_COMMAND_FUNC(set_interval)
{
    HvTime interval_ns = svp_call_number(call, "interval");
    g_autofree char *text = hv_quantity_format_duration(interval_ns);

    if (interval_ns == 0) {
        g_set_error_literal(
            error, SVP_ERROR, SVP_ERROR_OPERAND,
            "Nothing can be measured in an interval of 0 s\nGive SET INTERVAL 15m, for example");
        return false;
    }
    monitor_system_look(console->system, 0);
    monitor_system_record(console->system, interval_ns);
    if (result->json)
        json_object_set_new(result->json, "interval_s", svp_json_seconds(interval_ns));
    else
        svp_page_printf(
            result->page, SVP_STYLE_GOOD, "Figures are kept for intervals of %s from now on.\n", text);
    return true;
}

SVP_COMMAND_FUNC(set_chp)
{
    uint8_t chpid = (uint8_t)svp_call_number(call, "chpid");

    if (!monitor_system_release_chp(console->system, chpid, error))
        return false;
    if (result->json) {
        json_object_set_new(result->json, "chpid", svp_json_chpid(chpid));
        json_object_set_new(result->json, "owner", json_null());
        return true;
    }
    svp_page_printf(result->page, SVP_STYLE_GOOD, "Channel path %02X is reserved for nobody now.\n", chpid);
    return true;
}

SVP_COMMAND_FUNC(set_trace)
{
    HvTrace *trace = monitor_system_trace(console->system);
    bool on = is_on(call);

    (void)error;
    if (on && !console->tracing)
        hv_trace_add_sink(trace, console->config.err, console->config.json ? HV_TRACE_JSON : HV_TRACE_TEXT);
    if (!on && console->tracing)
        hv_trace_remove_sink(trace, console->config.err);
    console->tracing = on;
    if (result->json)
        json_object_set_new(result->json, "trace", json_string(on ? "on" : "off"));
    else
        svp_page_printf(
            result->page, SVP_STYLE_GOOD, "The trace is %swritten to standard error.\n", on ? "" : "not ");
    return true;
}

SVP_COMMAND_FUNC(set_everyslice)
{
    bool on = is_on(call);

    (void)error;
    monitor_system_set_every_slice(console->system, on);
    if (result->json)
        json_object_set_new(result->json, "everyslice", json_string(on ? "on" : "off"));
    else
        svp_page_printf(
            result->page, SVP_STYLE_GOOD, "%s\n",
            on ? "Every time slice is an event now."
               : "Frames are computed at once, where nothing can change.");
    return true;
}
