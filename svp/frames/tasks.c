/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The monitor's tasks: its components, of which exactly one has control, and the LIP tasks with their TCBs.
 *
 * A LIP without a task is not here: it is offline, and DISPLAY IP and DISPLAY LPAR show it. Times are since the task
 * was made.
 */
#include "svp/frames/frames.h"
#include "svp/output.h"
#include "svp/table.h"

/* --- JSON ----------------------------------------------------------------------------------------------- */

static json_t *task_json(const MonitorDispatch *dispatch, const ResmgrState *state, const MonitorTcb *tcb)
{
    MonitorBinding binding = monitor_tcb_binding(tcb);
    MonitorLipAccount account = monitor_tcb_account(tcb);
    json_t *task = json_object();

    json_object_set_new(task, "lpar", json_string(resmgr_state_lpar(state, monitor_tcb_lpar(tcb))->name));
    json_object_set_new(task, "lip", json_integer(monitor_tcb_lip(tcb)));
    json_object_set_new(task, "ip", binding.ip != 0 ? json_integer(binding.ip) : json_null());
    json_object_set_new(task, "state", json_string(monitor_tcb_state_name(monitor_tcb_state(tcb))));
    if (binding.ip != 0)
        json_object_set_new(task, "share_percent", svp_json_share(binding.share_bp));
    if (monitor_tcb_polarity(tcb) != MONITOR_HORIZONTAL) {
        json_object_set_new(task, "polarity", json_string(monitor_polarity_name(monitor_tcb_polarity(tcb))));
        json_object_set_new(task, "share_percent", svp_json_share(monitor_tcb_vertical_bp(tcb)));
        json_object_set_new(task, "parked_s", svp_json_seconds(account.parked_ns));
    }
    json_object_set_new(task, "slice_s", svp_json_seconds(monitor_dispatch_slice_ns(dispatch, tcb)));
    json_object_set_new(task, "online_s", svp_json_seconds(account.online_ns));
    json_object_set_new(task, "running_s", svp_json_seconds(account.running_ns));
    json_object_set_new(task, "ready_s", svp_json_seconds(account.ready_ns));
    json_object_set_new(task, "waiting_s", svp_json_seconds(account.waiting_ns));
    json_object_set_new(task, "dispatches", json_integer((json_int_t)account.dispatches));
    return task;
}

void svp_tasks_json(json_t *result, MonitorSystem *system, unsigned lpar)
{
    const MonitorDispatch *dispatch = monitor_system_dispatch(system);
    const MonitorControl *control = monitor_system_control(system);
    const ResmgrState *state = monitor_system_state(system);
    g_autoptr(GPtrArray) tcbs = monitor_dispatch_tasks(dispatch);
    const ResmgrLpar *holder = resmgr_state_lpar(state, control->holder.lpar);
    json_t *tasks = json_array();

    for (unsigned i = 0; i < tcbs->len; i++) {
        const MonitorTcb *tcb = g_ptr_array_index(tcbs, i);

        if (lpar == 0 || lpar == monitor_tcb_lpar(tcb))
            json_array_append_new(tasks, task_json(dispatch, state, tcb));
    }
    json_object_set_new(result, "control", json_string(monitor_component_name(control->holder.component)));
    json_object_set_new(result, "control_lpar", holder ? json_string(holder->name) : json_null());
    json_object_set_new(result, "transfers", json_integer((json_int_t)control->transfers));
    json_object_set_new(result, "tasks", tasks);
}

/* "medium 80": what it is by vertical polarization, and its share; "" where polarization is horizontal. */
static char *polarity_text(const MonitorTcb *tcb)
{
    g_autofree char *share = hv_quantity_format_percent(monitor_tcb_vertical_bp(tcb));

    if (monitor_tcb_polarity(tcb) == MONITOR_HORIZONTAL)
        return g_strdup("");
    return g_strdup_printf(
        "%s %s", monitor_polarity_name(monitor_tcb_polarity(tcb)),
        monitor_tcb_is_parked(tcb) ? "parked" : share);
}

/* --- The frame ------------------------------------------------------------------------------------------ */

static void
task_row(SvpTable *table, const MonitorDispatch *dispatch, const ResmgrState *state, const MonitorTcb *tcb)
{
    MonitorBinding binding = monitor_tcb_binding(tcb);
    MonitorLipAccount account = monitor_tcb_account(tcb);
    bool dedicated = binding.ip != 0 && state->ip_dedicated[binding.ip - 1];
    g_autofree char *share = dedicated ? g_strdup("DED") : hv_quantity_format_percent(binding.share_bp);
    g_autofree char *slice = svp_text_duration(monitor_dispatch_slice_ns(dispatch, tcb));
    g_autofree char *running = svp_text_seconds(account.running_ns),
                    *ready = svp_text_seconds(account.ready_ns);
    g_autofree char *waiting = svp_text_seconds(account.waiting_ns);

    g_autofree char *polarity = polarity_text(tcb);

    svp_table_cell(table, "%s", resmgr_state_lpar(state, monitor_tcb_lpar(tcb))->name);
    svp_table_cell(table, "%u", monitor_tcb_lip(tcb));
    if (binding.ip != 0)
        svp_table_cell(table, "%u", binding.ip);
    else
        svp_table_cell(table, "%s pool", hv_ip_type_name(binding.type));
    svp_table_cell(table, "%s", binding.ip != 0 ? share : polarity);
    svp_table_cell(table, "%s", monitor_tcb_state_name(monitor_tcb_state(tcb)));
    svp_table_cell(table, "%s", slice);
    svp_table_cell(table, "%s", running);
    svp_table_cell(table, "%s", ready);
    svp_table_cell(table, "%s", waiting);
    svp_table_cell(table, "%" G_GUINT64_FORMAT, account.dispatches);
}

void svp_tasks_frame(SvpPage *page, MonitorSystem *system, unsigned lpar)
{
    static const SvpColumn columns[] = {
        {"LPAR", false}, {"LIP", true},     {"IP", true},    {"share %", true}, {"state", false},
        {"slice", true}, {"running", true}, {"ready", true}, {"waiting", true}, {"dispatches", true}};
    const MonitorDispatch *dispatch = monitor_system_dispatch(system);
    const MonitorControl *control = monitor_system_control(system);
    const ResmgrState *state = monitor_system_state(system);
    const ResmgrLpar *holder = resmgr_state_lpar(state, control->holder.lpar);
    g_autoptr(GPtrArray) tcbs = monitor_dispatch_tasks(dispatch);
    g_autoptr(SvpTable) table = svp_table_new(columns, G_N_ELEMENTS(columns));

    for (unsigned i = 0; i < tcbs->len; i++) {
        const MonitorTcb *tcb = g_ptr_array_index(tcbs, i);

        if (lpar == 0 || lpar == monitor_tcb_lpar(tcb))
            task_row(table, dispatch, state, tcb);
    }
    svp_page_title(
        page, "Control: %s%s%s, after %" G_GUINT64_FORMAT " transfers",
        monitor_component_name(control->holder.component), holder ? " of " : "", holder ? holder->name : "",
        control->transfers);
    svp_page_title(page, "LIP tasks%s", svp_table_rows(table) == 0 ? ": none" : "");
    svp_table_print(table, page);
}
